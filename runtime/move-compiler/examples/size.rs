//! Compares the number of instructions with binaries beside the sources: `size DIR...`.
#![expect(clippy::print_stdout, clippy::disallowed_methods, clippy::unwrap_used, reason = "a development tool")]
use move_binary_format::{CompiledModule, ReaderConfig, TrailingBytes};
use move_compiler::{Input, Options, SourceFile, compile};
use move_core_types::AccountAddress;
use std::path::Path;

fn main() {
    let package = move_packages::package("MoveStdlib").unwrap();
    let std: Vec<SourceFile> = package.sources().map(|file| SourceFile::new(file.path, file.text)).collect();
    let names: std::collections::BTreeMap<String, AccountAddress> = [
        ("std".to_owned(), AccountAddress::ONE),
        ("vm_reserved".to_owned(), AccountAddress::ZERO),
        ("mine".to_owned(), AccountAddress::from_hex_literal("0x77").unwrap()),
    ]
    .into();
    let (mut mine, mut theirs, mut worse) = (0, 0, 0);
    for dir in std::env::args().skip(1) {
        let dir = Path::new(&dir);
        let mut sources = Vec::new();
        if !dir.is_dir() {
            continue;
        }
        for entry in std::fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|e| e == "move") {
                sources.push(SourceFile::new(path.display().to_string(), std::fs::read_to_string(path).unwrap()));
            }
        }
        if sources.is_empty() || !dir.join("mv").is_dir() {
            continue;
        }
        let dependency = move_compiler::Dependency {
            name: "std".into(),
            sources: std.clone(),
            named_addresses: names.clone(),
            language: None,
        };
        let output = compile(Input {
            sources,
            named_addresses: names.clone(),
            dependencies: vec![dependency],
            options: Options { bytecode_version: Some(7), compile_dependencies: false, ..Options::default() },
            ..Input::default()
        });
        if output.diagnostics.has_errors() {
            println!("{}: {}", dir.display(), output.diagnostics.render());
            continue;
        }
        for entry in std::fs::read_dir(dir.join("mv")).unwrap() {
            let bytes = std::fs::read(entry.unwrap().path()).unwrap();
            let reader = ReaderConfig { version_max: 11, identifier_bytes_max: 255, trailing: TrailingBytes::Ignore };
            let Ok(reference) = CompiledModule::deserialize_with(&bytes, &reader) else { continue };
            let Some(unit) = output.module(&reference.self_id().unwrap()) else { continue };
            for definition in &reference.function_defs {
                let name = |module: &CompiledModule, handle| {
                    module.identifier(module.function_handle(handle).unwrap().name).unwrap().to_string()
                };
                let wanted = name(&reference, definition.handle);
                let own = unit.module.function_defs.iter().find(|d| name(&unit.module, d.handle) == wanted);
                let (Some(a), Some(b)) = (own.and_then(|d| d.code.as_ref()), definition.code.as_ref()) else {
                    continue;
                };
                mine += a.code.len();
                theirs += b.code.len();
                if a.code.len() > b.code.len() {
                    worse += 1;
                    println!("{} {wanted}: {} against {}", unit.id, a.code.len(), b.code.len());
                    if std::env::var("SHOW").is_ok() {
                        for code in &a.code {
                            println!("      {code:?}");
                        }
                        println!("    --");
                        for code in &b.code {
                            println!("      {code:?}");
                        }
                    }
                }
            }
        }
    }
    println!("{mine} instructions against {theirs}; {worse} functions are longer");
}
