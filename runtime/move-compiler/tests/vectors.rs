//! The shared vectors: every source below `vm` compiled and run, every program below `compile-fail` refused where it
//! should be.
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
#![expect(clippy::cast_possible_truncation, reason = "the step runner encodes small numbers")]

use move_compiler::{Input, LanguageVersion, Options, SourceFile, compile};
use move_core_types::AccountAddress;
use move_vm_runtime::Engine;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

#[path = "../../move-vm-runtime/tests/common/mod.rs"]
#[expect(dead_code, reason = "other suites use the rest")]
mod common;
use common::{json, label, run_case, standard_modules, standard_sources, vectors_dir};

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
    let std = standard_modules();
    for dir in directories(&root.join("vm")) {
        if !sources(&dir).is_empty() {
            report(&label(&root, &dir), vm_case(&dir, &std));
        }
    }
    for dir in directories(&root.join("compile-fail")) {
        report(&label(&root, &dir), compile_fail_case(&dir));
    }
    assert!(passed + failed > 0, "no case below {}", root.display());
    println!("{passed} passed, {failed} failed");
    if failed > 0 {
        std::process::exit(1);
    }
}

/// Directories with expectations, by name; none when the family is missing.
fn directories(family: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(family) else { return Vec::new() };
    let mut dirs: Vec<PathBuf> =
        entries.map(|entry| entry.unwrap().path()).filter(|path| path.join("expected.json").is_file()).collect();
    dirs.sort();
    dirs
}

fn sources(dir: &Path) -> Vec<SourceFile> {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "move"))
        .collect();
    paths.sort();
    paths
        .iter()
        .map(|path| {
            SourceFile::new(path.file_name().unwrap().to_string_lossy(), std::fs::read_to_string(path).unwrap())
        })
        .collect()
}

fn input(dir: &Path, language: Option<LanguageVersion>, addresses: &[(String, AccountAddress)]) -> Input {
    let mut named_addresses: BTreeMap<String, AccountAddress> = [("std".to_owned(), AccountAddress::ONE)].into();
    named_addresses.extend(addresses.iter().cloned());
    Input {
        package: "case".to_owned(),
        sources: sources(dir),
        named_addresses,
        dependencies: standard_sources(),
        options: Options { language: language.unwrap_or_default(), ..Options::default() },
    }
}

/// Compiles a case and runs its steps.
fn vm_case(dir: &Path, std: &[(move_core_types::ModuleId, Vec<u8>)]) -> Result<(), String> {
    let case = json(&dir.join("case.json"));
    let addresses: Vec<(String, AccountAddress)> = case["named_addresses"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, value)| (name.clone(), AccountAddress::from_hex_literal(value.as_str().unwrap()).unwrap()))
        .collect();
    let language = case["language"]
        .as_str()
        .map(|text| LanguageVersion::from_text(text).unwrap_or_else(|| panic!("language {text}")));
    let mut input = input(dir, language, &addresses);
    input.options.bytecode_version = Some(7);
    let output = compile(input);
    if output.diagnostics.has_errors() {
        return Err(format!("does not compile:\n{}", output.diagnostics.render()));
    }
    let mut modules = std.to_vec();
    modules.extend(output.root_modules().map(|unit| (unit.id.clone(), unit.bytes.clone())));
    let scripts = output.scripts.iter().map(|unit| (unit.name.to_string(), unit.bytes.clone())).collect();
    run_case(dir, Engine::Plain, &modules, &scripts)
}

/// An error on at least one recorded line, at most two elsewhere; controls are accepted.
fn compile_fail_case(dir: &Path) -> Result<(), String> {
    let expected = json(&dir.join("expected.json"));
    let output = compile(input(dir, None, &[]));
    let diagnostics = &output.diagnostics;
    if expected["accepted"].as_bool().unwrap() {
        return if diagnostics.has_errors() { Err(format!("refused:\n{}", diagnostics.render())) } else { Ok(()) };
    }
    let mut recorded: Vec<u32> = Vec::new();
    for error in expected["errors"].as_array().unwrap() {
        recorded.push(error["line"].as_u64().unwrap() as u32);
        recorded.extend(error["also_lines"].as_array().into_iter().flatten().map(|line| line.as_u64().unwrap() as u32));
    }
    let line = |error: &move_compiler::diagnostics::Diagnostic| {
        diagnostics.files.position(error.primary.span.file, error.primary.span.start).line
    };
    let lines: Vec<u32> = diagnostics.errors().map(line).collect();
    if lines.is_empty() {
        return Err(format!("accepted, expected an error on line(s) {recorded:?}"));
    }
    if !lines.iter().any(|line| recorded.contains(line)) {
        return Err(format!("no error on line(s) {recorded:?}:\n{}", diagnostics.render()));
    }
    let elsewhere = lines.iter().filter(|line| !recorded.contains(line)).count();
    if elsewhere > 2 { Err(format!("{elsewhere} errors elsewhere:\n{}", diagnostics.render())) } else { Ok(()) }
}
