//! Move unit tests of the language: every file below `tests/language` is compiled in test mode, and its tests run.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may fail loudly")]
#![expect(clippy::disallowed_methods, reason = "the cases are files")]
#![expect(clippy::indexing_slicing, clippy::expect_used, reason = "the step runner is shared")]

use move_compiler::api::{ExpectedFailure, TestArg};
use move_compiler::{Input, LanguageVersion, Options, SourceFile, compile};
use move_core_types::AccountAddress;
use move_vm_runtime::{CallRule, Engine, GasMeter, GasSchedule, Key, Location, SessionContext, Vm, VmConfig, VmError};
use std::path::Path;
use std::sync::Arc;

#[path = "../../move-vm-runtime/tests/common/mod.rs"]
#[expect(dead_code, reason = "other suites use the rest")]
mod common;

#[test]
fn the_language_behaves() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/language");
    let mut paths: Vec<_> = std::fs::read_dir(&dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let (mut passed, mut failed) = (0, 0);
    for path in paths {
        let text = std::fs::read_to_string(&path).unwrap();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let output = compile(Input {
            sources: vec![SourceFile::new(name.clone(), text)],
            dependencies: common::standard_sources(),
            named_addresses: [("std".to_owned(), AccountAddress::ONE)].into(),
            options: Options { language: LanguageVersion::V2_4, test_mode: true, ..Options::default() },
            ..Input::default()
        });
        if output.diagnostics.has_errors() {
            failed += 1;
            println!("FAILED {name}:\n{}", output.diagnostics.render());
            continue;
        }
        let mut state = common::Memory::default();
        for unit in &output.modules {
            state.items.insert(Key::Module(unit.id.clone()), unit.bytes.as_slice().into());
        }
        let vm = Vm::new(move_natives::table(), VmConfig { engine: Engine::Plain, ..VmConfig::default() });
        assert!(!output.tests.is_empty(), "{name} has no tests");
        for case in &output.tests {
            let args: Vec<Vec<u8>> = case
                .args
                .iter()
                .map(|arg| match arg {
                    TestArg::Signer(address) | TestArg::Address(address) => address.0.to_vec(),
                })
                .collect();
            let mut session = vm.session(&state, SessionContext::new(4, Arc::new(GasSchedule::initial())));
            let result =
                session.call(&case.module, &case.function, &[], &args, CallRule::Any, &mut GasMeter::unlimited());
            match verdict(case.expected_failure.as_ref(), result.map(|_| ())) {
                Ok(()) => passed += 1,
                Err(why) => {
                    failed += 1;
                    println!("FAILED {name} {}: {why}", case.function);
                }
            }
        }
    }
    println!("{passed} passed, {failed} failed");
    assert_eq!(failed, 0);
}

fn verdict(expected: Option<&ExpectedFailure>, result: Result<(), VmError>) -> Result<(), String> {
    match (expected, result) {
        (None, Ok(())) => Ok(()),
        (None, Err(error)) => Err(format!("failed with {error:?}")),
        (Some(_), Ok(())) => Err("did not fail".to_owned()),
        (Some(ExpectedFailure::Any), Err(_)) => Ok(()),
        (Some(ExpectedFailure::Abort { code, location, .. }), Err(error)) => {
            let place = match (&error.location, location) {
                (_, None) => true,
                (Location::Module(id), Some(wanted)) => id == wanted,
                _ => false,
            };
            if error.status.name() == "ABORTED" && error.sub_status == Some(*code) && place {
                Ok(())
            } else {
                Err(format!("failed with {error:?}"))
            }
        }
        (Some(ExpectedFailure::Arithmetic { .. }), Err(error)) if error.status.name() == "ARITHMETIC_ERROR" => Ok(()),
        (Some(ExpectedFailure::Vector { .. }), Err(error)) if error.status.name() == "VECTOR_OPERATION_ERROR" => Ok(()),
        (Some(ExpectedFailure::Status { major, .. }), Err(error)) if error.status.number() == *major => Ok(()),
        (Some(other), Err(error)) => Err(format!("expected {other:?}, failed with {error:?}")),
    }
}
