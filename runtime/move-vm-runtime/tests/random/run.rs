//! Runs random programs on both interpreters and counts what happens.

use super::program::{OTHERS, program};
use move_binary_format::assembly::assemble;
use move_core_types::{AccountAddress, ModuleId, StructTag};
use move_vm_runtime::coverage::Coverage;
use move_vm_runtime::{CallRule, Engine, GasMeter, GasSchedule, SessionContext, StateError, StateView, Vm, VmConfig};
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

/// Modules, and two resources at `0x43`.
struct State {
    modules: BTreeMap<ModuleId, Arc<[u8]>>,
    resources: BTreeMap<(AccountAddress, StructTag), Arc<[u8]>>,
    code_version: u64,
}

impl State {
    fn new() -> Self {
        let at = AccountAddress::from_hex_literal("0x43").unwrap();
        let pair = [7u64.to_le_bytes().to_vec(), vec![9], 11u128.to_le_bytes().to_vec()].concat();
        let words = [vec![3], 1u64.to_le_bytes().to_vec(), 2u64.to_le_bytes().to_vec(), 3u64.to_le_bytes().to_vec()];
        let resource =
            [5u64.to_le_bytes().to_vec(), pair, words.concat(), vec![0], 8u64.to_le_bytes().to_vec()].concat();
        let resources = BTreeMap::from([
            ((at, "0x42::r::R".parse().unwrap()), Arc::from(resource)),
            ((at, "0x42::r::G<u64>".parse().unwrap()), Arc::from(13u64.to_le_bytes())),
        ]);
        let modules = OTHERS.iter().map(|text| {
            let module = assemble(text).unwrap_or_else(|error| panic!("{error:?}\n{text}"));
            (module.self_id().unwrap(), Arc::from(module.serialize(module.version).unwrap()))
        });
        Self { modules: modules.collect(), resources, code_version: 0 }
    }
}

impl StateView for State {
    fn module(&self, id: &ModuleId) -> Result<Option<Arc<[u8]>>, StateError> {
        Ok(self.modules.get(id).cloned())
    }

    fn resource(&self, address: &AccountAddress, tag: &StructTag) -> Result<Option<Arc<[u8]>>, StateError> {
        Ok(self.resources.get(&(*address, tag.clone())).cloned())
    }

    fn table_item(&self, _: &AccountAddress, _: &[u8]) -> Result<Option<Arc<[u8]>>, StateError> {
        Ok(None)
    }

    fn code_version(&self) -> u64 {
        self.code_version
    }
}

/// What happened.
pub(crate) struct Statistics {
    pub(crate) programs: u64,
    /// By status, with its sub-status for vectors: how many calls ended so.
    pub(crate) outcomes: BTreeMap<String, u64>,
    /// Programs whose first call ended normally.
    pub(crate) normal: u64,
    /// By what programs are made of.
    pub(crate) kinds: BTreeMap<&'static str, u64>,
    pub(crate) writes: u64,
    pub(crate) coverage: Coverage,
}

/// More programs than this are a long run: it shows how far it is.
const MANY: u64 = 100_000;

/// Runs the programs with these seeds.
pub(crate) fn run(seeds: Range<u64>) -> Statistics {
    let machine = |coverage: bool| {
        Vm::new(move_natives::table(), VmConfig { engine: Engine::Both, coverage, ..VmConfig::default() })
    };
    // Counting what is executed takes time: of many programs, every eighth is enough.
    let (counting, quick) = (machine(true), machine(false));
    let is_long = seeds.end - seeds.start > MANY;
    let schedule = Arc::new(GasSchedule::initial());
    let id = ModuleId::new(AccountAddress::from_hex_literal("0x42").unwrap(), "r".parse().unwrap());
    let signer = id.address.as_ref().to_vec();
    let mut state = State::new();
    let mut found = Statistics {
        programs: seeds.end - seeds.start,
        outcomes: BTreeMap::new(),
        normal: 0,
        kinds: BTreeMap::new(),
        writes: 0,
        coverage: Coverage::default(),
    };
    for seed in seeds {
        let vm = if is_long && seed % 8 != 0 { &quick } else { &counting };
        if is_long && seed % (MANY / 2) == 0 {
            println!("{seed} programs, no difference: {:?}", found.outcomes);
        }
        let program = program(seed);
        let text = &program.text;
        let module = assemble(text).unwrap_or_else(|error| panic!("seed {seed}: {error:?}\n{text}"));
        state.modules.insert(id.clone(), module.serialize(module.version).unwrap().into());
        state.code_version = seed;
        for kind in program.kinds {
            *found.kinds.entry(kind).or_default() += 1;
        }
        // Gas without end for most, then some that runs out somewhere, under either limit.
        let plenty = program.gas;
        let mut used = plenty;
        for round in 0..2u64 {
            let (a, b) = if round == 0 { (1u64, 2u64) } else { (seed.wrapping_mul(0x9e37_79b9), u64::MAX) };
            let mut gas = if round == 0 {
                GasMeter::new(plenty, plenty)
            } else {
                let limit = seed.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 20;
                let limit = 1 + limit % (used + used / 4 + 1);
                if seed % 2 == 0 { GasMeter::new(limit, plenty) } else { GasMeter::new(plenty, limit) }
            };
            let mut session = vm.session(&state, SessionContext::new(4, schedule.clone()));
            let args = [signer.clone(), a.to_le_bytes().to_vec(), b.to_le_bytes().to_vec()];
            let result = session.call(&id, "run", &[], &args, CallRule::Any, &mut gas);
            let outcome = match result {
                Ok(_) => {
                    found.normal += 1 - round;
                    found.writes += u64::from(!session.finish().unwrap().writes.is_empty());
                    "EXECUTED".to_owned()
                }
                Err(error) => {
                    let number = error.status.number();
                    let is_type_limit = error.status.name() == "TOO_MANY_TYPE_NODES";
                    assert!(number >= 4000 || is_type_limit, "seed {seed}: {error}\n{text}");
                    match (error.status.name(), error.sub_status) {
                        ("VECTOR_OPERATION_ERROR", Some(sub)) => format!("VECTOR_OPERATION_ERROR {sub}"),
                        (name, _) => name.to_owned(),
                    }
                }
            };
            used = gas.used();
            *found.outcomes.entry(outcome).or_default() += 1;
        }
    }
    found.coverage = counting.coverage();
    found
}

/// The statuses in which verified code can end, without storage that is damaged.
const STATUSES: [&str; 21] = [
    "EXECUTED",
    "ABORTED",
    "ABORT_MESSAGE_LIMIT_EXCEEDED",
    "ARITHMETIC_ERROR",
    "CALL_STACK_OVERFLOW",
    "EXECUTION_LIMIT_REACHED",
    "EXECUTION_STACK_OVERFLOW",
    "INVALID_ABORT_MESSAGE",
    "IO_LIMIT_REACHED",
    "MEMORY_LIMIT_EXCEEDED",
    "MISSING_DATA",
    "OUT_OF_GAS",
    "RESOURCE_ALREADY_EXISTS",
    "RUNTIME_DISPATCH_ERROR",
    "STRUCT_VARIANT_MISMATCH",
    "TOO_MANY_TYPE_NODES",
    "TYPE_TAG_LIMIT_EXCEEDED",
    "VECTOR_OPERATION_ERROR 1",
    "VECTOR_OPERATION_ERROR 2",
    "VECTOR_OPERATION_ERROR 3",
    "VM_MAX_VALUE_DEPTH_REACHED",
];

/// The names of the micro-ops, from their table.
fn micro_ops() -> Vec<&'static str> {
    let table = include_str!("../../src/lower/op.rs");
    let start = table.find("pub(crate) enum Op {").unwrap();
    let end = start + table[start..].find("\n}\n").unwrap();
    let lines = table[start..end].lines().skip(1).map(str::trim);
    let names = lines.filter(|line| line.starts_with(|first: char| first.is_ascii_uppercase()));
    names.map(|line| line.split([' ', ',', '(']).next().unwrap()).collect()
}

impl Statistics {
    /// Micro-ops that were never executed.
    pub(crate) fn missing_ops(&self) -> Vec<&'static str> {
        let ops = &self.coverage.micro_ops;
        // A call site becomes a call once it has been executed.
        let ran = |name: &str| ops.contains_key(name) || name == "CallSite" && ops.contains_key("Call");
        micro_ops().into_iter().filter(|name| !ran(name)).collect()
    }

    pub(crate) fn print(&self) {
        let share = |count: u64| format!("{}.{} %", 100 * count / self.programs, 1000 * count / self.programs % 10);
        println!("{} programs; normal end {}; calls that write {}", self.programs, share(self.normal), self.writes);
        println!("outcomes {:?}", self.outcomes);
        let kinds: Vec<String> = self.kinds.iter().map(|(kind, count)| format!("{kind} {}", share(*count))).collect();
        println!("made of: {}", kinds.join(", "));
        println!(
            "{} calls compared, {} on the plain interpreter alone",
            self.coverage.compared, self.coverage.plain_only
        );
        println!(
            "{} of {} instructions executed; {} of {} micro-ops, not: {:?}",
            self.coverage.instructions.len(),
            move_binary_format::Bytecode::TABLE.len(),
            micro_ops().len() - self.missing_ops().len(),
            micro_ops().len(),
            self.missing_ops()
        );
    }

    /// What any large number of programs must have shown.
    pub(crate) fn check(&self) {
        assert!(self.normal * 10 >= self.programs * 3, "three tenths of the programs should end normally");
        for kind in ["loops", "references", "generics", "enums", "storage"] {
            let count = self.kinds.get(kind).copied().unwrap_or(0);
            assert!(count * 10 >= self.programs, "{kind} in a tenth of the programs");
        }
        let missing: Vec<&&str> = STATUSES.iter().filter(|status| !self.outcomes.contains_key(**status)).collect();
        assert!(missing.is_empty(), "no program ended with {missing:?}");
        let all = move_binary_format::Bytecode::TABLE.iter().map(|(_, name, _)| *name);
        let missing: Vec<&str> = all.filter(|name| !self.coverage.instructions.contains_key(name)).collect();
        assert!(missing.is_empty(), "never executed: {missing:?}");
    }
}
