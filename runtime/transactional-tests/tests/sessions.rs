//! The session files in `cases` and their baselines. `TENOR_UPDATE=1` writes these anew, as
//! `tenor test --transactional tests/cases --update` does.
#![expect(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test may fail loudly; its cases are files")]

use std::path::{Path, PathBuf};

fn files(directory: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "move") {
            found.push(path);
        }
    }
}

#[test]
fn sessions_print_what_their_baselines_say() {
    let mut found = Vec::new();
    files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases"), &mut found);
    assert!(found.len() > 10, "the cases are missing");
    let mut failed = Vec::new();
    for path in &found {
        let name = path.file_name().unwrap().to_string_lossy();
        let report = transactional_tests::run(&name, &std::fs::read_to_string(path).unwrap()).unwrap();
        if std::env::var("TENOR_UPDATE").is_ok() {
            std::fs::write(path.with_extension("exp"), report.baseline()).unwrap();
        }
        let expected = std::fs::read_to_string(path.with_extension("exp")).unwrap_or_default();
        if !transactional_tests::same_baseline(&expected, &report.baseline()) {
            println!("{}\n{}", path.display(), report.baseline());
            failed.push(path);
        }
    }
    assert!(failed.is_empty(), "{failed:?}");
}

#[test]
fn reports_as_json_have_the_keys_that_apply() {
    let text = "//# publish\nmodule 0x42::m {\n    public fun f(r: &mut u64): u64 { *r += 1; *r }\n    public fun g() { abort 7 }\n}\n\n\
                //# run 0x42::m::f --args 4\n\n//# run 0x42::m::g\n\n//# view --address 0x1 --resource 0x42::m::R\n\n\
                //# run\nscript {\n    fun main() { x }\n}\n";
    let report = transactional_tests::run("m.move", text).unwrap().to_json("dir/m.move");
    let expected = serde_json::json!({ "file": "dir/m.move", "tasks": [
        { "index": 0, "command": "publish", "lines": [1, 5], "outcome": "ok", "text": "" },
        { "index": 1, "command": "run", "lines": [7, 7], "outcome": "ok", "returns": ["5"], "mutable_inputs": {"0": "5"},
          "text": "mutable inputs after call: local#0: 5\nreturn values: 5\n" },
        { "index": 2, "command": "run", "lines": [9, 9], "outcome": "vm_error", "major_status": "ABORTED",
          "status_number": 4016, "sub_status": 7, "location": "0x42::m",
          "text": "Error: Function execution failed with VMError: {\n    major_status: ABORTED,\n    sub_status: Some(7),\n    \
                   location: 0x42::m,\n    indices: [],\n    offsets: [(FunctionDefinitionIndex(1), 1)],\n}\n" },
        { "index": 3, "command": "view", "lines": [11, 11], "outcome": "no_resource", "text": "[No Resource Exists]\n" },
        { "index": 4, "command": "run", "lines": [13, 16], "outcome": "compile_error", "diagnostic_lines": [15] },
    ]});
    let mut found = report;
    let last = found["tasks"][4].as_object_mut().unwrap().remove("text").unwrap();
    assert!(last.as_str().unwrap().starts_with("Error: compilation errors:\n"), "{last}");
    assert_eq!(found, expected);
}
