//! The shared vectors, read and written.

#![expect(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test reads files and may fail loudly")]

use move_binary_format::{
    CompiledModule, CompiledScript, ReaderConfig, TrailingBytes,
    assembly::{assemble, assemble_script, disassemble, disassemble_script, outline, outline_script},
};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// How the reference that recorded the vectors was configured.
const RECORDED: ReaderConfig =
    ReaderConfig { version_max: 7, identifier_bytes_max: 255, trailing: TrailingBytes::Ignore };

fn vectors() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors")
}

fn files_below(directory: &Path, extension: &str) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut pending = vec![directory.to_owned()];
    while let Some(directory) = pending.pop() {
        for entry in fs::read_dir(&directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                pending.push(path);
            } else if path.extension().is_some_and(|found| found == extension) {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

/// The modules (and scripts) that the reference could read.
fn readable() -> Vec<(PathBuf, Vec<u8>)> {
    let is_readable = |path: &PathBuf| {
        let expected = path.with_file_name("expected.json");
        let in_case = path.parent().unwrap().parent().unwrap().ends_with("verify-fail");
        !in_case || !fs::read_to_string(expected).unwrap().contains("\"deserialize\"")
    };
    let files = files_below(&vectors(), "mv").into_iter().filter(is_readable);
    files.map(|path| (path.clone(), fs::read(path).unwrap())).collect()
}

#[test]
fn what_was_read_is_written_with_the_same_bytes() {
    let files = readable();
    assert!(files.len() > 300, "{} vectors found", files.len());
    for (path, bytes) in files {
        let is_script = path.file_name().unwrap().to_string_lossy().starts_with("script_");
        let written = if is_script {
            let script = CompiledScript::deserialize_with(&bytes, &RECORDED).unwrap();
            script.serialize(script.version).unwrap()
        } else {
            let module = CompiledModule::deserialize_with(&bytes, &RECORDED).unwrap();
            module.serialize(module.version).unwrap()
        };
        assert!(written == bytes[..written.len()], "{}: bytes differ", path.display());
        let tail = bytes.len() - written.len();
        let may_have_tail = path.to_string_lossy().contains("trailing");
        assert!(tail == 0 || may_have_tail, "{}: {tail} bytes more were read", path.display());
    }
}

#[test]
fn the_text_of_a_module_makes_an_equal_one() {
    for (path, bytes) in readable() {
        if path.file_name().unwrap().to_string_lossy().starts_with("script_") {
            let script = CompiledScript::deserialize_with(&bytes, &RECORDED).unwrap();
            let text = disassemble_script(&script);
            assert_eq!(assemble_script(&text).as_ref(), Ok(&script), "{}:\n{text}", path.display());
            assemble_script(&outline_script(&script)).unwrap();
            continue;
        }
        let module = CompiledModule::deserialize_with(&bytes, &RECORDED).unwrap();
        let text = disassemble(&module);
        assert_eq!(assemble(&text).as_ref(), Ok(&module), "{}:\n{text}", path.display());
        // Without the order of the tables the text still makes a module with the same text.
        let outline_text = outline(&module);
        let again = assemble(&outline_text).unwrap_or_else(|error| panic!("{error}\n{outline_text}"));
        if !outline_text.contains('#') {
            assert_eq!(outline(&again), outline_text, "{}", path.display());
        }
    }
}

#[test]
fn a_module_survives_every_newer_version() {
    for (path, bytes) in readable() {
        let Ok(module) = CompiledModule::deserialize_with(&bytes, &RECORDED) else { continue };
        for version in module.version..=11 {
            let config = ReaderConfig { version_max: 11, ..ReaderConfig::PRODUCTION };
            let written = module.serialize(version).unwrap();
            let mut again = CompiledModule::deserialize_with(&written, &config).unwrap();
            assert_eq!(again.version, version);
            again.version = module.version;
            assert!(again == module, "{} in version {version}", path.display());
        }
    }
}

#[test]
fn bytes_are_refused_with_the_recorded_status() {
    let mut refused = 0;
    let mut wrong = 0;
    for path in files_below(&vectors().join("verify-fail"), "json") {
        if !path.ends_with("expected.json") {
            continue;
        }
        let expected: serde_json::Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        let bytes = fs::read(path.with_file_name("module.mv")).unwrap();
        let got = match CompiledModule::deserialize_with(&bytes, &RECORDED) {
            Ok(_) => None,
            Err(error) => Some((error.status.name().to_owned(), error.status.number())),
        };
        let want = (expected["phase"] == "deserialize")
            .then(|| (expected["name"].as_str().unwrap().to_owned(), expected["number"].as_u64().unwrap()));
        refused += usize::from(want.is_some());
        if got != want {
            wrong += 1;
            eprintln!("{}: expected {want:?}, got {got:?}", path.display());
        }
    }
    assert_eq!((refused, wrong), (24, 0));
}
