//! What the embedded packages declare native has a native function.

#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use move_core_types::AccountAddress;

/// Module and name of every `native fun` in a source, and whether it is marked for tests.
fn declared(text: &str) -> Vec<(String, String)> {
    let code = text.lines().map(|line| line.split("//").next().unwrap_or_default());
    let code: String = code.collect::<Vec<_>>().join(" ");
    let Some((_, after)) = code.split_once("module ") else {
        return Vec::new();
    };
    let name = |text: &str| text.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap().to_owned();
    let module = name(after.split_once("::").unwrap().1);
    let natives = code.split("native ").skip(1).filter_map(|after| {
        let (modifiers, after) = after.split_once("fun ")?;
        let is_function = modifiers.trim().is_empty() || modifiers.trim().starts_with("public");
        is_function.then(|| (module.clone(), name(after.trim_start())))
    });
    natives.collect()
}

#[test]
fn every_declared_native_exists() {
    let table = move_natives::test_table();
    let mut found = 0;
    for package in move_packages::packages() {
        for file in package.sources() {
            for (module, function) in declared(file.text) {
                // The compiler turns these into instructions.
                let is_instruction = module == "vector" && function != "move_range";
                let exists = table.get(&AccountAddress::ONE, &module, &function).is_some();
                assert!(exists || is_instruction, "{module}::{function} in {}", package.name);
                found += usize::from(exists);
            }
        }
    }
    assert!(found > 60, "{found} natives found");
}
