//! What the verifier accepts, runs: randomly changed modules that still verify are executed by both
//! interpreters, the stack interpreter with its run-time type checks.
//!
//! No run may end in an invariant violation: not a value of the wrong kind, not a dangling reference,
//! not a difference between the interpreters. `TENOR_FUZZ` sets the number of changed modules.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a test reads files and its environment and fails loudly"
)]

use move_binary_format::fuzz::{Random, change};
use move_binary_format::{
    CompiledModule, ReaderConfig, TrailingBytes, assembly,
    file_format::{AbilitySet, SignatureToken},
};
use move_bytecode_verifier::{VerifierConfig, dependencies, verify_module};
use move_core_types::{AccountAddress, ModuleId, StatusCode, StructTag, TypeTag};
use move_vm_runtime::{
    CallRule, Engine, GasMeter, GasSchedule, NativeTable, SessionContext, StateError, StateView, Vm, VmConfig,
};
use std::{collections::BTreeMap, fs, path::Path, sync::Arc};

/// Modules, and nothing else; with a number of their own.
struct Modules(BTreeMap<ModuleId, Arc<[u8]>>, u64);

impl StateView for Modules {
    fn module(&self, id: &ModuleId) -> Result<Option<Arc<[u8]>>, StateError> {
        Ok(self.0.get(id).cloned())
    }

    fn resource(&self, _address: &AccountAddress, _tag: &StructTag) -> Result<Option<Arc<[u8]>>, StateError> {
        Ok(None)
    }

    fn table_item(&self, _handle: &AccountAddress, _key: &[u8]) -> Result<Option<Arc<[u8]>>, StateError> {
        Ok(None)
    }

    fn code_version(&self) -> u64 {
        self.1
    }
}

fn reader() -> ReaderConfig {
    ReaderConfig { version_max: 11, trailing: TrailingBytes::Ignore, ..ReaderConfig::default() }
}

/// The accepted modules among the hand-written cases: they hold what the vectors do not, such as closures.
fn hand_written() -> Vec<Vec<CompiledModule>> {
    let files =
        [include_str!("rules/references.cases"), include_str!("rules/types.cases"), include_str!("rules/locals.cases")];
    let mut modules = Vec::new();
    for file in files {
        let (prelude, rest) = file.split_once("\n== ").unwrap();
        for case in rest.split("\n== ") {
            let (header, body) = case.split_once('\n').unwrap();
            let text = format!("module 0x42::m version 10 {{ {prelude} {body} }}");
            if header.ends_with(" ok")
                && let Ok(module) = assembly::assemble(&text)
                && module.dependencies().next().is_none()
            {
                modules.push(vec![module]);
            }
        }
    }
    modules
}

/// The cases of the vectors whose modules need no others.
fn cases() -> Vec<Vec<CompiledModule>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap().join("tests/vectors/vm");
    let mut dirs: Vec<_> = fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()).collect();
    dirs.sort();
    let mut cases = Vec::new();
    for dir in dirs {
        let Ok(entries) = fs::read_dir(dir.join("mv")) else { continue };
        let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        paths.retain(|path| !path.file_name().unwrap().to_string_lossy().starts_with("script_"));
        let modules: Vec<CompiledModule> = paths
            .iter()
            .map(|path| CompiledModule::deserialize_with(&fs::read(path).unwrap(), &reader()).unwrap())
            .collect();
        let names: Vec<ModuleId> = modules.iter().filter_map(CompiledModule::self_id).collect();
        if !modules.is_empty() && modules.iter().all(|module| module.dependencies().all(|id| names.contains(&id))) {
            cases.push(modules);
        }
    }
    cases
}

/// Some value of a type that needs no definitions, as BCS.
fn argument(random: &mut Random, ty: &SignatureToken) -> Option<Vec<u8>> {
    let small = |random: &mut Random, width: usize| {
        let mut bytes = vec![0; width];
        bytes[0] = u8::try_from(random.below(4)).unwrap();
        bytes
    };
    Some(match ty {
        SignatureToken::Bool => vec![u8::try_from(random.below(2)).unwrap()],
        SignatureToken::U8 | SignatureToken::I8 => small(random, 1),
        SignatureToken::U16 | SignatureToken::I16 => small(random, 2),
        SignatureToken::U32 | SignatureToken::I32 => small(random, 4),
        SignatureToken::U64 | SignatureToken::I64 | SignatureToken::TypeParam(_) => small(random, 8),
        SignatureToken::U128 | SignatureToken::I128 => small(random, 16),
        SignatureToken::U256 | SignatureToken::I256 | SignatureToken::Address | SignatureToken::Signer => {
            small(random, 32)
        }
        SignatureToken::Vector(element) => {
            let count = random.below(4);
            let mut bytes = vec![u8::try_from(count).unwrap()];
            for _ in 0..count {
                bytes.extend(argument(random, element)?);
            }
            bytes
        }
        SignatureToken::Reference(target) | SignatureToken::MutableReference(target) => argument(random, target)?,
        SignatureToken::Struct(_) | SignatureToken::StructInst(..) | SignatureToken::Function(_) => return None,
    })
}

/// How often functions ended how.
type Endings = BTreeMap<&'static str, usize>;

fn run_all(vm: &Vm, state: &Modules, module: &CompiledModule, random: &mut Random, endings: &mut Endings) {
    let id = module.self_id().unwrap();
    let schedule = Arc::new(GasSchedule::initial());
    let mut session = vm.session(state, SessionContext::new(4, schedule));
    for def in &module.function_defs {
        let handle = module.function_handle(def.handle).unwrap();
        let parameters = &module.signature(handle.parameters).unwrap().0;
        let ordinary = AbilitySet::PRIMITIVES;
        if def.is_native() || !handle.type_params.iter().all(|constraints| constraints.is_subset(ordinary)) {
            continue;
        }
        let Some(args) = parameters.iter().map(|ty| argument(random, ty)).collect::<Option<Vec<_>>>() else { continue };
        let ty_args = vec![TypeTag::U64; handle.type_params.len()];
        let name = module.identifier(handle.name).unwrap().as_str();
        let mut gas = GasMeter::new(20_000_000, 20_000_000);
        let ending = match session.call(&id, name, &ty_args, &args, CallRule::Any, &mut gas) {
            Ok(_) => "ok",
            Err(error) => {
                let number = error.status.number();
                assert!(
                    !(2000..3000).contains(&number) && number < 5000,
                    "{id}::{name}: {error:?}\n{}",
                    assembly::disassemble(module)
                );
                error.status.name()
            }
        };
        *endings.entry(ending).or_default() += 1;
    }
}

#[test]
fn whatever_verifies_runs_without_violating_an_invariant() {
    let mut cases = cases();
    assert!(cases.len() > 50, "{}", cases.len());
    cases.extend(hand_written());
    assert!(cases.len() > 150, "{}", cases.len());
    let count: u64 = std::env::var("TENOR_FUZZ").ok().and_then(|count| count.parse().ok()).unwrap_or(4_000);
    let config = VerifierConfig::production();
    let vm_config = VmConfig { engine: Engine::Both, reader: reader(), ..VmConfig::default() };
    let vm = Vm::new(NativeTable::new(), vm_config);
    let mut random = Random::new(0x1234_5678_9abc_def1);
    let (mut accepted, mut endings) = (0, Endings::new());
    for _ in 0..count {
        let case = random.pick(&cases).unwrap();
        let changed = random.below(case.len());
        let mut module = case[changed].clone();
        for _ in 0..=random.below(3) {
            change(&mut random, &mut module);
        }
        let Ok(bytes) = module.serialize(module.version) else { continue };
        let Ok(module) = CompiledModule::deserialize_with(&bytes, &reader()) else { continue };
        if module == case[changed] {
            continue;
        }
        let Ok(verified) = verify_module(&config, module.clone()) else { continue };
        let others = case.iter().enumerate().filter(|(index, _)| *index != changed);
        let others: Vec<_> = others.map(|(_, module)| verify_module(&config, module.clone()).unwrap()).collect();
        if dependencies::verify(&verified, &others).is_err() {
            continue;
        }
        // The others must still fit the changed one.
        let mut all = others.clone();
        all.push(verified);
        if !others.iter().all(|module| dependencies::verify(module, &all).is_ok()) {
            continue;
        }
        accepted += 1;
        let files = all.iter().map(|module| {
            let bytes = module.serialize(module.version).unwrap();
            (module.self_id().unwrap(), Arc::from(bytes))
        });
        let state = Modules(files.collect(), accepted);
        run_all(&vm, &state, &module, &mut random, &mut endings);
    }
    assert!(accepted * 50 > count, "{accepted} of {count} changed modules verify");
    for ending in ["ok", StatusCode::Aborted.name(), StatusCode::ArithmeticError.name()] {
        assert!(endings.contains_key(ending), "{ending} never happened: {endings:?}");
    }
    eprintln_endings(accepted, &endings);
}

/// Shown with `--nocapture`.
#[expect(clippy::print_stderr, reason = "figures for whoever asks")]
fn eprintln_endings(accepted: u64, endings: &Endings) {
    eprintln!("{accepted} accepted, {endings:?}");
}
