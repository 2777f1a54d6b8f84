//! Drives the real binary: the tools for those who write Move.
#![expect(clippy::unwrap_used, reason = "a test fails loudly")]

use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

fn tenor(directory: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tenor")).args(args).current_dir(directory).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

const SOURCE: &str = "/// Counts.\nmodule p::m {\n    /// Adds one.\n    public fun next(x: u64): u64 { x + 1 }\n\n    #[test]\n    fun test_next() { assert!(next(1) == 2, 0); }\n}\n";

fn package() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    std::fs::create_dir(directory.path().join("sources")).unwrap();
    let manifest = "[package]\nname = \"P\"\nversion = \"0.0.1\"\n[addresses]\np = \"0x42\"\n";
    std::fs::write(directory.path().join("Move.toml"), manifest).unwrap();
    std::fs::write(directory.path().join("sources/m.move"), SOURCE).unwrap();
    directory
}

#[test]
fn fmt_says_what_it_would_change_and_changes_it() {
    let directory = package();
    let file = directory.path().join("sources/m.move");
    assert!(tenor(directory.path(), &["fmt", "--check"]).status.success());
    std::fs::write(&file, SOURCE.replace("{ x + 1 }", "{x+1}")).unwrap();
    let check = tenor(directory.path(), &["fmt", "--check"]);
    assert_eq!(check.status.code(), Some(1));
    assert!(text(&check.stdout).trim().ends_with("m.move"), "{}", text(&check.stdout));
    assert!(text(&check.stderr).contains("run `tenor fmt`"));
    assert!(tenor(directory.path(), &["fmt"]).status.success());
    assert_eq!(std::fs::read_to_string(&file).unwrap(), SOURCE);
    std::fs::write(&file, "module p::m {").unwrap();
    let broken = tenor(directory.path(), &["fmt"]);
    assert_eq!(broken.status.code(), Some(1));
    assert!(text(&broken.stderr).contains("m.move:1:13: "), "{}", text(&broken.stderr));
}

#[test]
fn doc_and_disassemble_show_what_was_written() {
    let directory = package();
    let pages = tenor(directory.path(), &["doc"]);
    assert!(pages.status.success(), "{}", text(&pages.stderr));
    let page = std::fs::read_to_string(directory.path().join(text(&pages.stdout).trim())).unwrap();
    assert!(page.contains("# Module `0x42::m`") && page.contains("Adds one."), "{page}");
    assert!(tenor(directory.path(), &["build"]).status.success());
    let code = tenor(directory.path(), &["disassemble", "build/P/bytecode_modules/m.mv"]);
    assert!(text(&code.stdout).contains("public fun next"), "{}", text(&code.stdout));
    let refused = tenor(directory.path(), &["disassemble", "Move.toml"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(text(&refused.stderr).contains("neither a module nor a script"));
}

#[test]
fn transactional_tests_are_compared_with_their_baselines() {
    let directory = tempfile::tempdir().unwrap();
    let session = "//# publish\nmodule 0x42::m { public fun f(): u64 { 7 } }\n\n//# run 0x42::m::f\n";
    std::fs::write(directory.path().join("a.move"), session).unwrap();
    let run = |more: &[&str]| {
        let mut args = vec!["test", "--transactional", "a.move"];
        args.extend(more);
        tenor(directory.path(), &args)
    };
    assert_eq!(run(&[]).status.code(), Some(1));
    assert!(run(&["--update"]).status.success());
    assert!(run(&[]).status.success());
    let json: Value = serde_json::from_slice(&run(&["--json"]).stdout).unwrap();
    assert_eq!(json["tasks"][1]["returns"], json!(["7"]));
    std::fs::write(directory.path().join("a.exp"), "processed 1 task\n").unwrap();
    let wrong = run(&[]);
    assert_eq!(wrong.status.code(), Some(1));
    assert!(text(&wrong.stderr).contains("+return values: 7"), "{}", text(&wrong.stderr));
}

#[test]
fn lsp_answers_over_its_protocol_and_survives_nonsense() {
    let directory = package();
    let mut child = Command::new(env!("CARGO_BIN_EXE_tenor"))
        .arg("lsp")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let uri = format!("file://{}", directory.path().join("sources/m.move").display());
    let broken = SOURCE.replace("x + 1", "y + 1");
    let document = json!({ "uri": uri, "languageId": "move", "version": 1, "text": broken });
    let at = json!({ "textDocument": { "uri": uri }, "position": { "line": 6, "character": 30 } });
    let messages = [
        json!({ "jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {} }).to_string(),
        json!({ "jsonrpc": "2.0", "method": "initialized", "params": {} }).to_string(),
        "nonsense".to_owned(),
        json!({ "jsonrpc": "2.0", "method": "textDocument/didOpen", "params": { "textDocument": document } })
            .to_string(),
        json!({ "jsonrpc": "2.0", "id": 2, "method": "textDocument/definition", "params": at }).to_string(),
        json!({ "jsonrpc": "2.0", "id": 3, "method": "shutdown" }).to_string(),
        json!({ "jsonrpc": "2.0", "method": "exit" }).to_string(),
    ];
    let mut stdin = child.stdin.take().unwrap();
    for message in &messages {
        write!(stdin, "Content-Length: {}\r\n\r\n{message}", message.len()).unwrap();
    }
    stdin.flush().unwrap();
    let mut output = String::new();
    child.stdout.take().unwrap().read_to_string(&mut output).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
    let answers: Vec<Value> = output
        .split("Content-Length: ")
        .filter_map(|part| part.split_once("\r\n\r\n"))
        .map(|(_, body)| serde_json::from_str(body).unwrap())
        .collect();
    assert!(answers.iter().any(|answer| answer["error"]["code"] == -32700), "{answers:?}");
    let notes: Vec<&Value> =
        answers.iter().filter(|answer| answer["method"] == "textDocument/publishDiagnostics").collect();
    let codes: Vec<&Value> = notes
        .iter()
        .flat_map(|note| note["params"]["diagnostics"].as_array().unwrap())
        .map(|finding| &finding["code"])
        .collect();
    assert!(codes.contains(&&json!("E0303")), "{notes:?}");
    let definition = answers.iter().find(|answer| answer["id"] == 2).unwrap();
    assert_eq!(definition["result"]["range"]["start"]["line"], 3, "{definition}");
}
