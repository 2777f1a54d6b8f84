//! Compiles files and prints diagnostics: `mvc [--test] [--lang 2.x] [--std DIR]... FILES`; directories are read whole.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a development tool"
)]
use move_compiler::{Dependency, Input, LanguageVersion, Options, SourceFile, compile};
use move_core_types::AccountAddress;
use std::{collections::BTreeMap, path::Path};

fn collect(path: &Path, out: &mut Vec<SourceFile>) {
    if path.is_dir() {
        let mut entries: Vec<_> = std::fs::read_dir(path).unwrap().map(|e| e.unwrap().path()).collect();
        entries.sort();
        for entry in entries {
            collect(&entry, out);
        }
    } else if path.extension().is_some_and(|e| e == "move") {
        out.push(SourceFile::new(path.display().to_string(), std::fs::read_to_string(path).unwrap()));
    }
}

fn main() {
    let mut args = std::env::args().skip(1);
    let mut input = Input::default();
    let mut options = Options::default();
    let mut addresses: BTreeMap<String, AccountAddress> =
        ["std", "aptos_std", "aptos_framework", "aptos_token", "core_resources", "vm_reserved", "vm"]
            .into_iter()
            .map(|n| (n.to_string(), AccountAddress::ONE))
            .collect();
    let mut dis = false;
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--test" => options.test_mode = true,
            "--dis" => dis = true,
            "--lang" => options.language = LanguageVersion::from_text(&args.next().unwrap()).unwrap(),
            "--std" => {
                let mut sources = Vec::new();
                let dir = args.next().unwrap();
                collect(Path::new(&dir), &mut sources);
                input.dependencies.push(Dependency {
                    name: dir,
                    sources,
                    named_addresses: addresses.clone(),
                    language: None,
                });
            }
            "--addr" => {
                let text = args.next().unwrap();
                let (name, value) = text.split_once('=').unwrap();
                addresses.insert(name.into(), AccountAddress::from_hex_literal(value).unwrap());
            }
            path => collect(Path::new(path), &mut input.sources),
        }
    }
    input.options = options;
    input.named_addresses = addresses;
    let output = compile(input);
    eprint!("{}", output.diagnostics.render());
    for unit in output.modules.iter().filter(|unit| dis && unit.dependency.is_none()) {
        println!("module {}", unit.id);
        for (nth, definition) in unit.module.function_defs.iter().enumerate() {
            println!("fun {}", unit.facts.functions.get(nth).map_or("?", |f| f.name.as_str()));
            for (at, code) in definition.code.iter().flat_map(|code| code.code.iter().enumerate()) {
                println!("  {at}: {code:?}");
            }
        }
    }
    println!(
        "{} modules, {} errors, {} tests",
        output.modules.len(),
        output.diagnostics.errors().count(),
        output.tests.len()
    );
    if output.diagnostics.has_errors() {
        std::process::exit(1);
    }
}
