//! Every public function of a module that most applications need is called by a test of the standard packages: by test code
//! itself, not through another function.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails loudly")]

use std::collections::{BTreeMap, BTreeSet};

use move_binary_format::bytecode::Bytecode;
use move_binary_format::file_format::{FunctionHandleIdx, Visibility};
use move_compiler::Output;
use move_compiler::api::CompiledUnit;
use move_core_types::{AccountAddress, ModuleId};
use move_package::build::{BuildConfig, BuildError, Built, build};
use move_package::files::MemoryFiles;
use move_package::graph::Mode;

const TABLE: &str = include_str!("../../../move-packages/surface.txt");

/// Module and function at `0x1`, and those of tests wherever they are.
type Name = (ModuleId, String);

fn tested(directory: &str) -> Built {
    let mut files = MemoryFiles::default();
    for package in move_packages::packages() {
        files.insert_package(package.directory, package);
    }
    let config = BuildConfig { mode: Mode::Test, ..BuildConfig::default() };
    match build(&files, directory, &config, &mut |_| {}) {
        Ok(built) => built,
        Err(BuildError::Compile(output)) => panic!("{}", output.diagnostics.render()),
        Err(error) => panic!("{error}"),
    }
}

/// Where each function is declared: file, and place of its name to the function.
struct Places(BTreeMap<(u32, u32), Name>);

impl Places {
    fn new(output: &Output) -> Self {
        let mut places = BTreeMap::new();
        for unit in &output.modules {
            for facts in unit.facts.functions.iter().chain(&unit.facts.inline_functions) {
                places.insert((facts.span.file, facts.span.start), (unit.id.clone(), facts.name.clone()));
            }
        }
        Places(places)
    }

    fn function_at(&self, file: u32, at: u32) -> Option<&Name> {
        self.0.range((file, 0)..=(file, at)).next_back().map(|(_, name)| name)
    }
}

fn handle_name(unit: &CompiledUnit, handle: FunctionHandleIdx) -> Name {
    let handle = unit.module.tables.function_handle(handle).unwrap();
    let name = unit.module.tables.identifier(handle.name).unwrap().to_string();
    (unit.module.tables.module_id_at(handle.module).unwrap(), name)
}

/// The function of `vector` that the compiler turns into this instruction.
fn of_vector(instruction: &Bytecode) -> Option<&'static str> {
    Some(match instruction {
        Bytecode::VecPack(_, 0) => "empty",
        Bytecode::VecLen(_) => "length",
        Bytecode::VecImmBorrow(_) => "borrow",
        Bytecode::VecMutBorrow(_) => "borrow_mut",
        Bytecode::VecPushBack(_) => "push_back",
        Bytecode::VecPopBack(_) => "pop_back",
        Bytecode::VecUnpack(_, 0) => "destroy_empty",
        Bytecode::VecSwap(_) => "swap",
        _ => return None,
    })
}

/// What the code of a function calls, and what was expanded into it.
fn called(places: &Places, unit: &CompiledUnit, index: usize, found: &mut BTreeSet<Name>) {
    let code = unit.module.tables.function_defs.get(index).and_then(|definition| definition.code.as_ref());
    let tables = &unit.module.tables;
    let generic = |inst| handle_name(unit, tables.function_inst(inst).unwrap().target);
    for instruction in code.iter().flat_map(|code| &code.code) {
        match instruction {
            Bytecode::Call(handle) | Bytecode::PackClosure(handle, _) => {
                found.insert(handle_name(unit, *handle));
            }
            Bytecode::CallGeneric(inst) | Bytecode::PackClosureGeneric(inst, _) => {
                found.insert(generic(*inst));
            }
            _ => {
                let id = |name: &str| ModuleId::new(AccountAddress::ONE, name.parse().unwrap());
                found.extend(of_vector(instruction).map(|name| (id("vector"), name.to_owned())));
            }
        }
    }
    let map = unit.source_map.functions.get(index).unwrap();
    for span in map.code.values().chain(map.inlined_at.values().flatten()) {
        found.extend(places.function_at(span.file, span.start).cloned());
    }
}

/// What the tests of a package call.
fn called_by_tests(output: &Output) -> BTreeSet<Name> {
    let places = Places::new(output);
    let units: BTreeMap<&ModuleId, &CompiledUnit> = output.modules.iter().map(|unit| (&unit.id, unit)).collect();
    let mut found = BTreeSet::new();
    let mut seen = BTreeSet::new();
    let mut open: Vec<Name> =
        output.tests.iter().map(|test| (test.module.clone(), test.function.to_string())).collect();
    while let Some(name) = open.pop() {
        let (unit, is_new) = (units.get(&name.0), seen.insert(name.clone()));
        let (Some(unit), true) = (unit, is_new) else { continue };
        let Some(index) = unit.facts.functions.iter().position(|facts| facts.name == name.1) else { continue };
        let is_test = unit.facts.is_test_only
            || unit.facts.functions.get(index).is_some_and(|facts| {
                facts.is_test_only || facts.attributes.iter().any(|attribute| attribute.name == "test")
            });
        // What a function of the library calls is its own business.
        if !is_test {
            continue;
        }
        let mut calls = BTreeSet::new();
        called(&places, unit, index, &mut calls);
        open.extend(calls.iter().cloned());
        found.extend(calls);
    }
    found
}

#[test]
fn tests_call_every_public_function_that_most_applications_need() {
    let needed: BTreeSet<&str> = TABLE
        .lines()
        .filter_map(|line| line.strip_prefix("module "))
        .filter_map(|line| line.strip_suffix(" P0").or_else(|| line.strip_suffix(" P1")))
        .collect();
    assert!(needed.len() > 30, "{} modules of priority P0", needed.len());
    let mut found = BTreeSet::new();
    let mut built = None;
    for directory in ["move-stdlib", "aptos-stdlib", "aptos-framework"] {
        let package = tested(directory);
        found.extend(called_by_tests(&package.output));
        built = Some(package);
    }
    let mut public = 0;
    let mut uncalled = Vec::new();
    for unit in built.unwrap().output.modules.iter().filter(|unit| needed.contains(unit.id.name.as_str())) {
        let definitions = unit.module.tables.function_defs.iter().zip(&unit.facts.functions);
        let functions = definitions.filter(|(definition, _)| definition.visibility == Visibility::Public);
        let inlines = unit.facts.inline_functions.iter().filter(|facts| facts.signature.starts_with("public inline"));
        for facts in functions.map(|(_, facts)| facts).chain(inlines) {
            public += 1;
            if !found.contains(&(unit.id.clone(), facts.name.clone())) {
                uncalled.push(format!("{}::{}", unit.id.name, facts.name));
            }
        }
    }
    assert!(public > 600, "{public} public functions");
    assert!(uncalled.is_empty(), "{} of {public} are called by no test:\n{}", uncalled.len(), uncalled.join("\n"));
}

/// What the code for publication calls of the packages that this binary carries.
fn framework_functions(output: &Output) -> BTreeSet<Name> {
    let places = Places::new(output);
    let mut found = BTreeSet::new();
    for unit in output.root_modules().filter(|unit| !unit.facts.is_test_only) {
        for (index, facts) in unit.facts.functions.iter().enumerate() {
            if !facts.is_test_only {
                called(&places, unit, index, &mut found);
            }
        }
    }
    found.into_iter().filter(|(id, _)| id.address == AccountAddress::ONE).collect()
}

#[test]
fn examples_of_the_ecosystem_are_long_tested_and_use_much() {
    for directory in ["examples/order_book", "examples/lending", "examples/nft_market"] {
        let package = move_packages::packages().iter().find(|package| package.directory == directory).unwrap();
        let lines: usize = package.files.iter().map(|file| file.text.lines().count()).sum();
        assert!(lines >= 1_000, "{directory}: {lines} lines");
        let built = tested(directory);
        let tests = built.output.tests.len();
        assert!(tests >= 20, "{directory}: {tests} tests");
        let used = framework_functions(&built.output);
        assert!(used.len() >= 25, "{directory}: {} functions of the framework", used.len());
    }
}
