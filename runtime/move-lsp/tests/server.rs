//! Drives the server message by message: what editors ask, and what no editor should.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::disallowed_methods, reason = "a test may fail loudly")]

use move_lsp::Server;
use move_package::files::MemoryFiles;
use serde_json::{Value, json};

#[path = "../../move-fmt/tests/common/mutations.rs"]
mod mutations;
use mutations::{Random, mutate};

const PATH: &str = "file:///p/sources/m.move";
const MANIFEST: &str = "[package]\nname = \"P\"\nversion = \"0.0.1\"\n[addresses]\np = \"0x42\"\n\
    [dependencies]\nMoveStdlib = { git = \"https://example.com\", rev = \"main\" }\n";
const OTHER: &str = "/// The other one.\nmodule p::other {\n    /// Doubles.\n    public fun twice(x: u64): u64 { x * 2 }\n    fun hidden() {}\n    public fun calls(): Kind { hidden(); Kind::Small }\n    enum Kind has drop { Small, Large { size: u64 } }\n}\n";
const SOURCE: &str = "module p::m {
    use std::option::{Self, Option};
    use p::other;

    /// A box.
    struct Box has drop { width: u64, inner: Option<u64> }

    const LIMIT: u64 = 5;

    fun area(self: &Box): u64 { self.width * LIMIT }

    public fun work(count: u64): u64 {
        let box = Box { width: count, inner: option::none() };
        let doubled = other::twice(box.area());
        doubled + box.width
    }
}
";

fn files() -> MemoryFiles {
    let mut files = MemoryFiles::default();
    files.insert("/p/Move.toml", MANIFEST);
    files.insert("/p/sources/m.move", SOURCE);
    files.insert("/p/sources/other.move", OTHER);
    files
}

struct Client<'f> {
    server: Server<'f>,
    next: u64,
}

impl<'f> Client<'f> {
    fn start(files: &'f MemoryFiles) -> Self {
        let mut client = Client { server: Server::new(files), next: 0 };
        let answer = client.ask("initialize", json!({ "capabilities": {} }));
        assert_eq!(answer["result"]["capabilities"]["hoverProvider"], true);
        client.tell("initialized", json!({}));
        client
    }

    fn tell(&mut self, method: &str, params: Value) -> Vec<Value> {
        let message = json!({ "jsonrpc": "2.0", "method": method, "params": params });
        self.server.handle(message.to_string().as_bytes())
    }

    fn ask(&mut self, method: &str, params: Value) -> Value {
        self.next += 1;
        let message = json!({ "jsonrpc": "2.0", "id": self.next, "method": method, "params": params });
        let mut answers = self.server.handle(message.to_string().as_bytes());
        assert_eq!(answers.len(), 1, "{answers:?}");
        assert_eq!(answers[0]["id"], self.next);
        answers.remove(0)
    }

    fn open(&mut self, text: &str) -> Vec<Value> {
        let document = json!({ "uri": PATH, "languageId": "move", "version": 1, "text": text });
        self.tell("textDocument/didOpen", json!({ "textDocument": document }))
    }

    /// A request at the first place where `mark` stands in the text, `behind` characters into it.
    fn at(&mut self, method: &str, text: &str, mark: &str, behind: usize) -> Value {
        let before = &text[..text.find(mark).unwrap() + behind];
        let line = before.matches('\n').count();
        let character = before.rsplit('\n').next().unwrap().len();
        let params = json!({ "textDocument": { "uri": PATH }, "position": { "line": line, "character": character } });
        self.ask(method, params)["result"].clone()
    }

    fn labels(&mut self, text: &str, mark: &str, behind: usize) -> Vec<String> {
        let found = self.at("textDocument/completion", text, mark, behind);
        found.as_array().unwrap().iter().map(|item| item["label"].as_str().unwrap().to_owned()).collect()
    }
}

#[test]
fn diagnostics_come_with_every_change_and_go_with_the_mistake() {
    let files = files();
    let mut client = Client::start(&files);
    let clean = client.open(SOURCE);
    assert!(clean.iter().all(|note| note["params"]["diagnostics"].as_array().unwrap().is_empty()), "{clean:?}");
    let change = |text: &str, range: Value| {
        let mut change = json!({ "text": text });
        if !range.is_null() {
            change["range"] = range;
        }
        json!({ "textDocument": { "uri": PATH, "version": 2 }, "contentChanges": [change] })
    };
    let line = SOURCE.lines().position(|line| line.contains("doubled + box")).unwrap();
    let range = json!({ "start": { "line": line, "character": 8 }, "end": { "line": line, "character": 15 } });
    let notes = client.tell("textDocument/didChange", change("dubled", range));
    let found = &notes.iter().find(|note| note["params"]["uri"] == PATH).unwrap()["params"]["diagnostics"];
    let error = found.as_array().unwrap().iter().find(|finding| finding["severity"] == 1).unwrap();
    assert_eq!(error["code"], "E0303", "{found}");
    assert_eq!(error["range"]["start"], json!({ "line": line, "character": 8 }));
    let notes = client.tell("textDocument/didChange", change(SOURCE, Value::Null));
    assert!(notes.iter().all(|note| note["params"]["diagnostics"].as_array().unwrap().is_empty()), "{notes:?}");
}

#[test]
fn definitions_are_found_in_this_file_and_in_others() {
    let files = files();
    let mut client = Client::start(&files);
    client.open(SOURCE);
    // where the cursor is (a mark and how far into it), file and text of the line of the definition
    for (mark, behind, file, line) in [
        ("doubled + box", 3, PATH, "let doubled"),
        ("box.width\n", 6, PATH, "struct Box"),
        ("box.area()", 5, PATH, "fun area"),
        ("other::twice", 8, "file:///p/sources/other.move", "public fun twice"),
        ("other::twice", 2, "file:///p/sources/other.move", "module p::other"),
        ("Box { width: count", 1, PATH, "struct Box"),
        ("&Box): u64", 2, PATH, "struct Box"),
        ("* LIMIT", 4, PATH, "const LIMIT"),
        ("use p::other", 8, "file:///p/sources/other.move", "module p::other"),
        ("width: count", 8, PATH, "public fun work"),
    ] {
        let found = client.at("textDocument/definition", SOURCE, mark, behind);
        assert_eq!(found["uri"], file, "{mark}: {found}");
        let text = if file == PATH { SOURCE } else { OTHER };
        let found = text.lines().nth(found["range"]["start"]["line"].as_u64().unwrap().try_into().unwrap()).unwrap();
        assert!(found.contains(line), "{mark}: {found}");
    }
    assert!(client.at("textDocument/definition", SOURCE, "struct", 2).is_null());
}

#[test]
fn hover_shows_types_and_documentation() {
    let files = files();
    let mut client = Client::start(&files);
    client.open(SOURCE);
    for (mark, behind, expected) in [
        ("doubled + box", 2, "let doubled: u64"),
        ("box.area", 1, "let box: Box"),
        ("other::twice", 8, "public fun twice(x: u64): u64\n```\n\nDoubles."),
        ("other::twice", 1, "module 0x42::other\n```\n\nThe other one."),
        ("box.width\n", 5, "width: u64"),
        ("LIMIT }", 1, "const LIMIT: u64"),
        ("Option<u64> }", 1, "Option"),
        ("Box { width: count", 1, "struct Box has drop\n```\n\nA box."),
    ] {
        let found = client.at("textDocument/hover", SOURCE, mark, behind);
        let text = found["contents"]["value"].as_str().unwrap_or_default();
        assert!(text.contains(expected), "{mark}: {found}");
    }
}

#[test]
fn completion_knows_members_modules_and_what_is_in_scope() {
    let files = files();
    let mut client = Client::start(&files);
    client.open(SOURCE);
    let with =
        |line: &str| SOURCE.replace("        doubled + box.width\n", &format!("{line}\n        doubled + box.width\n"));
    for line in ["        box.;", "        box.", "        let x = box.wi;"] {
        let text = with(line);
        client.open(&text);
        let labels = client.labels(&text, line, line.find("box.").unwrap() + 4);
        assert!(labels.contains(&"width".to_owned()) && labels.contains(&"area".to_owned()), "{line}: {labels:?}");
    }
    let text = with("        other::");
    client.open(&text);
    let labels = client.labels(&text, "        other::\n", 15);
    assert_eq!(labels, ["Kind", "twice", "calls"]);
    client.open(SOURCE);
    let labels = client.labels(SOURCE, "doubled + box", 0);
    for name in ["count", "box", "doubled", "area", "work", "Box", "LIMIT", "option", "other", "Option"] {
        assert!(labels.contains(&name.to_owned()), "{name}: {labels:?}");
    }
}

#[test]
fn formatting_is_one_edit_or_none() {
    let files = files();
    let mut client = Client::start(&files);
    client.open("module   p::m{}\n");
    let params = json!({ "textDocument": { "uri": PATH }, "options": {} });
    let edits = client.ask("textDocument/formatting", params.clone())["result"].clone();
    assert_eq!(edits[0]["newText"], "module p::m {}\n");
    client.open("module p::m {}\n");
    assert_eq!(client.ask("textDocument/formatting", params.clone())["result"], json!([]));
    client.open("module p::m {\n");
    assert!(client.ask("textDocument/formatting", params)["result"].is_null());
}

#[test]
fn symbols_are_those_of_the_file() {
    let files = files();
    let mut client = Client::start(&files);
    client.open(SOURCE);
    let found = client.ask("textDocument/documentSymbol", json!({ "textDocument": { "uri": PATH } }));
    let names: Vec<&str> = found["result"][0]["children"]
        .as_array()
        .unwrap()
        .iter()
        .map(|child| child["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["Box", "area", "work", "LIMIT"]);
}

#[test]
fn messages_that_make_no_sense_are_answered_or_dropped() {
    let files = files();
    let mut server = Server::new(&files);
    let mut code = |text: &str| {
        let answers = server.handle(text.as_bytes());
        answers.first().map_or(0, |answer| answer["error"]["code"].as_i64().unwrap_or(1))
    };
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    for (text, expected) in [
        ("", -32700),
        ("{", -32700),
        (deep.as_str(), -32700),
        ("[]", 0),
        ("7", 0),
        (r#"{"id":1}"#, -32600),
        (r#"{"id":1,"result":7}"#, 0),
        (r#"{"id":1,"method":"textDocument/hover"}"#, -32002),
        (r#"{"id":1,"method":"initialize"}"#, 1),
        (r#"{"id":2,"method":"initialize"}"#, -32600),
        (r#"{"id":1,"method":"no/such"}"#, -32601),
        (r#"{"id":1,"method":7}"#, -32600),
        (r#"{"id":{},"method":"shutdown"}"#, 0),
        (r#"{"id":1,"method":"textDocument/hover"}"#, -32602),
        (
            r#"{"id":1,"method":"textDocument/hover","params":{"textDocument":{"uri":"http://x"},"position":{"line":0,"character":0}}}"#,
            -32602,
        ),
        (
            r#"{"id":1,"method":"textDocument/hover","params":{"textDocument":{"uri":"file:///x"},"position":{"line":-1,"character":0}}}"#,
            -32602,
        ),
        (
            r#"{"id":1,"method":"textDocument/hover","params":{"textDocument":{"uri":"file:///x"},"position":{"line":4294967295,"character":4294967295}}}"#,
            1,
        ),
        (
            r#"{"method":"textDocument/didChange","params":{"textDocument":{"uri":"file:///x"},"contentChanges":[{"text":7},{"range":7,"text":"x"}]}}"#,
            1,
        ),
        (r#"{"method":"textDocument/didOpen","params":{"textDocument":{"uri":"file:///x"}}}"#, 0),
        (r#"{"id":1,"method":"shutdown"}"#, 1),
        (r#"{"id":1,"method":"textDocument/hover"}"#, -32600),
    ] {
        assert_eq!(code(text), expected, "{}", &text[..text.len().min(80)]);
    }
    assert_eq!(server.exit_code(), None);
    server.handle(br#"{"method":"exit"}"#);
    assert_eq!(server.exit_code(), Some(0));
}

/// How many mutations: `TENOR_MUTATIONS`, or a small dose.
fn count() -> u64 {
    std::env::var("TENOR_MUTATIONS").ok().and_then(|text| text.parse().ok()).unwrap_or(150)
}

#[test]
fn mutated_documents_never_end_the_server() {
    let files = files();
    let mut client = Client::start(&files);
    let sources: Vec<&str> = std::iter::once(SOURCE)
        .chain(move_packages::package("MoveStdlib").unwrap().sources().map(|file| file.text))
        .filter(|text| text.len() < 12_000)
        .collect();
    client.open(SOURCE);
    for seed in 0..count() {
        let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        let text = mutate(sources[random.below(sources.len())], &mut random);
        let change = json!({ "textDocument": { "uri": PATH, "version": 2 }, "contentChanges": [{ "text": text }] });
        let notes = client.tell("textDocument/didChange", change);
        assert!(!notes.is_empty(), "seed {seed}");
        let line = random.below(text.lines().count() + 1);
        let position = json!({ "line": line, "character": random.below(60) });
        let params = json!({ "textDocument": { "uri": PATH }, "position": position });
        for method in ["textDocument/hover", "textDocument/definition", "textDocument/completion"] {
            assert!(client.ask(method, params.clone()).get("result").is_some(), "seed {seed}: {method}");
        }
        assert!(client.ask("textDocument/formatting", params).get("result").is_some(), "seed {seed}");
    }
}
