//! The shared vectors: every case below `vm` and `verify-fail`, from the bytecode they bring along.
//!
//! `TENOR_VECTORS=<dir>` names another directory of the same layout; a relative one counts from the workspace root.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test may fail loudly"
)]
#![expect(clippy::indexing_slicing, reason = "a test may fail loudly")]
#![expect(clippy::disallowed_methods, reason = "the vectors are files, named by the environment")]

use move_binary_format::{CompiledModule, ReaderConfig};
use move_bytecode_verifier::{VerifierConfig, dependencies, verify_module};
use move_core_types::ModuleId;
use move_vm_runtime::Engine;
use std::collections::BTreeMap;
use std::path::Path;

mod common;
use common::{READER, cases, json, label, run_case, vectors_dir};

/// Failures that are expected until something else is ready are not listed here: there are none.
fn main() {
    let root = vectors_dir();
    let (mut passed, mut failed) = (0, 0);
    let mut report = |name: &str, result: Result<(), String>| match result {
        Ok(()) => passed += 1,
        Err(why) => {
            failed += 1;
            println!("FAILED {name}: {why}");
        }
    };
    for dir in cases(&root.join("verify-fail")) {
        report(&label(&root, &dir), verify_case(&dir));
    }
    let std = common::standard_modules();
    for engine in [Engine::Plain, Engine::Lowered, Engine::Both] {
        for dir in cases(&root.join("vm")) {
            if dir.join("mv").is_dir() {
                report(&format!("{} ({engine:?})", label(&root, &dir)), vm_case(&dir, engine, &std));
            }
        }
    }
    assert!(passed + failed > 0, "no case below {}", root.display());
    println!("{passed} passed, {failed} failed");
    if failed > 0 {
        std::process::exit(1);
    }
}

fn verify_case(dir: &Path) -> Result<(), String> {
    let (case, expected) = (json(&dir.join("case.json")), json(&dir.join("expected.json")));
    let bytes = std::fs::read(dir.join(case["module"].as_str().unwrap())).unwrap();
    let config = VerifierConfig { meter_reports_constraint: true, ..VerifierConfig::production() };
    let run = || -> Result<(), (&'static str, u64, &'static str)> {
        let module = CompiledModule::deserialize_with(&bytes, &READER)
            .map_err(|error| ("deserialize", error.status.number(), error.status.name()))?;
        let module =
            verify_module(&config, module).map_err(|error| ("verify", error.status.number(), error.status.name()))?;
        let mut known = Vec::new();
        for dep in case["deps"].as_array().into_iter().flatten() {
            let bytes = std::fs::read(dir.join(dep.as_str().unwrap())).unwrap();
            let dep = CompiledModule::deserialize_with(&bytes, &READER).expect("dependencies are valid");
            known.push(verify_module(&config, dep).expect("dependencies are valid"));
        }
        for (_, bytes) in common::standard_modules() {
            let dep = CompiledModule::deserialize(&bytes).expect("dependencies are valid");
            known.push(verify_module(&config, dep).expect("dependencies are valid"));
        }
        if let Some(missing) =
            module.dependencies().find(|id| !known.iter().any(|dep| dep.self_id().as_ref() == Some(id)))
        {
            let _ = missing;
            return Err(("link", 1081, "LINKER_ERROR"));
        }
        dependencies::verify(&module, known.iter())
            .map_err(|error| ("link", error.status.number(), error.status.name()))
    };
    match (run(), expected["status"].as_str().unwrap()) {
        (Ok(()), "ok") => Ok(()),
        (Ok(()), _) => Err(format!("accepted, expected {}", expected["name"])),
        (Err((phase, number, name)), "ok") => Err(format!("{name} {number} in {phase}, expected acceptance")),
        (Err((phase, number, name)), _) => {
            let want = (expected["number"].as_u64().unwrap(), expected["name"].as_str().unwrap());
            // The reference answered something else for version 4; rule T-VER-1 wins.
            if (number, name) == want {
                Ok(())
            } else {
                Err(format!("{name} {number} in {phase}, expected {} {}", want.1, want.0))
            }
        }
    }
}

/// Runs a case from the binaries that it brings along.
fn vm_case(dir: &Path, engine: Engine, std: &[(ModuleId, Vec<u8>)]) -> Result<(), String> {
    let mut modules = std.to_vec();
    let mut scripts = BTreeMap::new();
    for entry in std::fs::read_dir(dir.join("mv")).unwrap() {
        let path = entry.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        let stem = path.file_stem().unwrap().to_str().unwrap();
        if let Some(name) = stem.strip_prefix("script_") {
            scripts.insert(name.to_owned(), bytes);
        } else {
            let reader = ReaderConfig { version_max: 11, ..READER };
            let module = CompiledModule::deserialize_with(&bytes, &reader).map_err(|error| error.to_string())?;
            modules.push((module.self_id().unwrap(), bytes));
        }
    }
    run_case(dir, engine, &modules, &scripts)
}
