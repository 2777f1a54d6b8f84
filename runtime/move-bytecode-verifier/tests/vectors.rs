//! The shared vectors: every recorded verdict is ours too, and what the vectors run, verifies.
//!
//! `TENOR_VECTORS` replaces `tests/vectors`; a relative value counts from the workspace root.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::expect_used,
    reason = "a test reads files named by its environment and fails loudly"
)]

use move_binary_format::{CompiledModule, CompiledScript, ReaderConfig, TrailingBytes};
use move_bytecode_verifier::{VerifierConfig, VerifyError, complexity, dependencies, verify_module, verify_script};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

fn vectors_dir() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("the crate is two below the root");
    match std::env::var_os("TENOR_VECTORS") {
        Some(dir) => {
            let dir = root.join(dir);
            assert!(dir.is_dir(), "TENOR_VECTORS names {}, which is no directory", dir.display());
            dir
        }
        None => root.join("tests/vectors"),
    }
}

fn subdirectories(dir: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(dir) else { return Vec::new() };
    let mut found: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()).collect();
    found.sort();
    found
}

fn files(dir: &Path, extension: &str) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(dir) else { return Vec::new() };
    let mut found: Vec<PathBuf> = entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|found| found == extension))
        .collect();
    found.sort();
    found
}

/// As the reference read: versions up to 7, bytes after the end ignored.
fn reader() -> ReaderConfig {
    ReaderConfig { version_max: 7, trailing: TrailingBytes::Ignore, ..ReaderConfig::default() }
}

/// Phase, name and number of the outcome.
type Verdict = (String, String, u64);

fn failed(phase: &str, error: &VerifyError) -> Verdict {
    (phase.into(), error.status.name().into(), error.status.number())
}

fn judge(bytes: &[u8], supplied: &[PathBuf]) -> Verdict {
    let config = VerifierConfig::production();
    let module = match CompiledModule::deserialize_with(bytes, &reader()) {
        Ok(module) => module,
        Err(error) => return failed("deserialize", &error.into()),
    };
    let module = match verify_module(&config, module) {
        Ok(module) => module,
        Err(error) => return failed("verify", &error),
    };
    let supplied: BTreeMap<_, _> = supplied
        .iter()
        .map(|path| {
            let module = CompiledModule::deserialize_with(&fs::read(path).unwrap(), &reader()).unwrap();
            let module = verify_module(&config, module).unwrap();
            (module.self_id().unwrap(), module)
        })
        .collect();
    // A loader that does not find a module fails before anything is linked.
    if module.dependencies().any(|id| !supplied.contains_key(&id)) {
        return ("link".into(), "LINKER_ERROR".into(), 1081);
    }
    match dependencies::verify(&module, supplied.values()) {
        Ok(()) => ("done".into(), "ok".into(), 0),
        Err(error) => failed("link", &error),
    }
}

fn expected(case: &Path) -> Verdict {
    let json: Value = serde_json::from_slice(&fs::read(case.join("expected.json")).unwrap()).unwrap();
    if json["status"] == "ok" {
        return ("done".into(), "ok".into(), 0);
    }
    let text = |key: &str| json[key].as_str().unwrap().to_owned();
    (text("phase"), text("name"), json["number"].as_u64().unwrap())
}

fn main() {
    let (mut passed, mut failures) = (0, 0);
    for case in subdirectories(&vectors_dir().join("verify-fail")) {
        let name = case.file_name().unwrap().to_string_lossy().into_owned();
        let expected = expected(&case);
        let found = judge(&fs::read(case.join("module.mv")).unwrap(), &files(&case.join("deps"), "mv"));
        if found == expected {
            passed += 1;
        } else {
            failures += 1;
            println!("{name}: found {found:?}, expected {expected:?}");
        }
    }
    for case in subdirectories(&vectors_dir().join("vm")) {
        let name = case.file_name().unwrap().to_string_lossy().into_owned();
        for file in files(&case.join("mv"), "mv") {
            let file_name = file.file_name().unwrap().to_string_lossy().into_owned();
            let bytes = fs::read(&file).unwrap();
            let reader = ReaderConfig { trailing: TrailingBytes::Ignore, ..ReaderConfig::default() };
            let config = VerifierConfig::production();
            let verdict = if file_name.starts_with("script_") {
                CompiledScript::deserialize_with(&bytes, &reader)
                    .map_err(VerifyError::from)
                    .and_then(|script| verify_script(&config, script))
                    .and_then(|script| complexity::check_script(&script, bytes.len()))
                    .map(|_| ())
            } else {
                CompiledModule::deserialize_with(&bytes, &reader)
                    .map_err(VerifyError::from)
                    .and_then(|module| verify_module(&config, module))
                    .and_then(|module| complexity::check_module(&module, bytes.len()))
                    .map(|_| ())
            };
            match verdict {
                Ok(()) => passed += 1,
                Err(error) => {
                    failures += 1;
                    println!("{name}/{file_name}: {error}");
                }
            }
        }
    }
    assert!(passed + failures > 0, "no cases in {}", vectors_dir().display());
    println!("{passed} passed, {failures} failed");
    if failures > 0 {
        std::process::exit(1);
    }
}
