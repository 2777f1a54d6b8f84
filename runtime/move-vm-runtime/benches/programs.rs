//! How fast Move runs: the shared programs and whole transactions, side by side with plain Rust and with a rival.
//!
//! `cargo bench -p move-vm-runtime [-- name]` prints a row per program, with gas on; all results must agree. Times are
//! the least processor time of one call out of several batches, a session per call.
//!
//! `TENOR_REFERENCE_VM=<driver>` names the driver of a public Move VM of 2022 (`driver DIR MODULE FUNCTION N RUNS [SIGNER
//! [SETUP]]`, printing function, least and median nanoseconds, and the returned bytes). It reads bytecode version 5; rows
//! beyond that, and its successor of 2025, are compared with figures measured elsewhere, scaled by the rows that run here.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "a benchmark may fail loudly"
)]
#![expect(clippy::disallowed_methods, reason = "a benchmark reads files, clocks and the environment")]
#![expect(clippy::float_arithmetic, clippy::cast_precision_loss, reason = "ratios for people")]
#![expect(clippy::cast_possible_truncation, reason = "small numbers")]

use move_binary_format::CompiledModule;
use move_compiler::{Input, Options, SourceFile};
use move_core_types::{AccountAddress, ModuleId, StructTag};
use move_vm_runtime::{
    CallRule, Engine, GasMeter, GasSchedule, Key, SessionContext, StateError, StateView, Vm, VmConfig,
};
use std::collections::BTreeMap;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

#[path = "../tests/common/mod.rs"]
#[expect(dead_code, reason = "other suites use the rest")]
mod common;
mod native;

// As in the `tenor` command.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Modules and resources in memory; no tables.
#[derive(Debug, Default, Clone)]
struct State {
    modules: BTreeMap<ModuleId, Arc<[u8]>>,
    resources: BTreeMap<AccountAddress, BTreeMap<StructTag, Arc<[u8]>>>,
}

impl StateView for State {
    fn module(&self, id: &ModuleId) -> Result<Option<Arc<[u8]>>, StateError> {
        Ok(self.modules.get(id).cloned())
    }

    fn resource(&self, address: &AccountAddress, tag: &StructTag) -> Result<Option<Arc<[u8]>>, StateError> {
        Ok(self.resources.get(address).and_then(|account| account.get(tag)).cloned())
    }

    fn table_item(&self, _: &AccountAddress, _: &[u8]) -> Result<Option<Arc<[u8]>>, StateError> {
        Ok(None)
    }

    fn code_version(&self) -> u64 {
        0
    }
}

impl State {
    fn write(&mut self, key: Key, value: Option<Arc<[u8]>>) {
        let Key::Resource(address, tag) = key else { panic!("only resources are written") };
        let account = self.resources.entry(address).or_default();
        match value {
            Some(value) => match account.get_mut(&*tag) {
                Some(place) => *place = value,
                None => drop(account.insert((*tag).clone(), value)),
            },
            None => drop(account.remove(&*tag)),
        }
    }
}

/// A program of `programs/`.
struct Program {
    module: &'static str,
    function: &'static str,
    n: u64,
    result: u64,
    /// Microseconds of the rivals of 2025 and 2022 on one idle machine: gas off, run-time checks off.
    figures: (f64, Option<f64>),
    /// Most of the time goes to native code, which is not what the targets are about.
    native: bool,
}

const fn row(
    module: &'static str,
    function: &'static str,
    n: u64,
    result: u64,
    newer: f64,
    older: Option<f64>,
) -> Program {
    Program { module, function, n, result, figures: (newer, older), native: false }
}

const fn native(row: Program) -> Program {
    Program { native: true, ..row }
}

const PROGRAMS: &[Program] = &[
    row("fib", "bench_fib", 24, 46368, 37410.0, Some(44050.0)),
    row("sieve", "bench_sieve", 20000, 21171191, 14960.0, Some(16490.0)),
    row("queens", "bench_queens", 7, 40, 6320.0, Some(6250.0)),
    row("arith", "bench_u64", 50000, 4662599317536557838, 29770.0, Some(26690.0)),
    row("arith", "bench_u128", 50000, 11166152294960062874, 12850.0, Some(14180.0)),
    native(row("arith", "bench_u256", 10000, 15694598460206470643, 20380.0, None)),
    row("vecops", "bench_vecops", 20000, 304844197, 23480.0, None),
    row("bounce", "bench_bounce", 200, 684138291, 27140.0, Some(29790.0)),
    row("nested", "bench_nested", 20000, 801365424089, 67390.0, Some(76950.0)),
    row("generics", "bench_generics", 10000, 419901189, 33180.0, Some(29660.0)),
    row("crosscall", "bench_crosscall", 10000, 151137299, 15830.0, Some(16250.0)),
    row("globals", "bench_counter", 20000, 30000, 8800.0, None),
    row("globals", "bench_churn", 10000, 9579644, 7380.0, None),
    row("globals", "bench_table", 10000, 535269963, 8010.0, None),
    row("book", "bench_book", 2000, 19002462, 23440.0, None),
    native(row("hashing", "bench_sha3", 2000, 3606705317862338249, 990.0, None)),
    native(row("hashing", "bench_sha2", 2000, 12557616853956140684, 530.0, None)),
    native(row("serial", "bench_bcs", 2000, 271384072, 4070.0, None)),
    row("enums", "bench_enums", 1000, 65051, 8630.0, None),
];

impl Program {
    fn name(&self) -> String {
        match (self.module, self.function.trim_start_matches("bench_")) {
            (module, function) if module == function => module.to_owned(),
            (module, function) => format!("{module} {function}"),
        }
    }
}

fn main() {
    let filter = std::env::args().skip(1).find(|argument| !argument.starts_with('-'));
    let wanted = |name: &str| filter.as_ref().is_none_or(|filter| name.contains(filter.as_str()));
    let rival = Rival::find();
    println!("                         plain Rust  interpreter     lowered  to Rust   rival 2022   faster");
    let mut rows = Vec::new();
    let state = programs();
    for program in PROGRAMS.iter().filter(|program| wanted(&program.name())) {
        let row = Row::measure(&state, program, rival.as_ref());
        row.print();
        rows.push(row);
    }
    summary(&rows);
    println!();
    println!("whole transactions            times are microseconds");
    println!("                         outside      inside     lowered             rival 2022   faster");
    let mut ratios = Vec::new();
    for name in ["coin", "lending", "orders"] {
        if wanted(name) {
            ratios.extend(transaction(name, rival.as_ref()));
        }
    }
    if !ratios.is_empty() {
        println!("transactions, geometric mean against the rival of 2022: {:.1}", mean(&ratios));
    }
}

/// One program, measured.
struct Row<'p> {
    program: &'p Program,
    native: f64,
    plain: f64,
    lowered: f64,
    rival: Option<f64>,
}

impl<'p> Row<'p> {
    fn measure(state: &State, program: &'p Program, rival: Option<&Rival>) -> Self {
        let run = native::program(&program.name());
        let check = |result: u64| assert_eq!(result, program.result, "{} computes something else", program.name());
        let native = least(5, || check(run(black_box(program.n))));
        let measure = |engine, batches| {
            let vm = Vm::new(move_natives::table(), VmConfig { engine, ..VmConfig::default() });
            let mut caller = Caller::new(program.module, state, &vm);
            least(batches, || check(caller.call(state, program.function, program.n)))
        };
        let lowered = measure(Engine::Lowered, 5);
        let plain = measure(Engine::Plain, 1);
        let rival = rival.and_then(|rival| {
            let signer = (program.module == "globals").then_some("0xbe");
            let (time, result) = rival.run(program.module, program.function, program.n, 11, signer, None)?;
            check(result);
            Some(time)
        });
        Self { program, native, plain, lowered, rival }
    }

    fn print(&self) {
        let name = self.program.name();
        print!("{name:<22}{:>13.1}{:>13.0}{:>12.1}", self.native, self.plain, self.lowered);
        print!("{:>9.1}", self.lowered / self.native);
        match self.rival {
            Some(rival) => println!("{rival:>13.0}{:>9.1}", rival / self.lowered),
            None => println!("{:>13}{:>9}", "-", "-"),
        }
    }
}

fn summary(rows: &[Row<'_>]) {
    let scored = |row: &&Row<'_>| !row.program.native;
    let slower: Vec<f64> = rows.iter().filter(scored).map(|row| row.lowered / row.native).collect();
    if !slower.is_empty() {
        println!("slower than plain Rust, geometric mean without the rows of native code: {:.1}", mean(&slower));
    }
    let live: Vec<f64> = rows.iter().filter_map(|row| Some(row.rival? / row.lowered)).collect();
    if !live.is_empty() {
        let worst = live.iter().copied().fold(f64::MAX, f64::min);
        println!("against the rival of 2022, {} rows: geometric mean {:.1}, worst {worst:.1}", live.len(), mean(&live));
    }
    // How this machine compares with the one of the figures, by the rows that ran on both.
    let scales: Vec<f64> = rows.iter().filter_map(|row| Some(row.rival? / row.program.figures.1?)).collect();
    let scale = if scales.is_empty() { 1.0 } else { mean(&scales) };
    let all: Vec<(f64, bool, String)> = rows
        .iter()
        .map(|row| (row.program.figures.0 * scale / row.lowered, row.program.native, row.program.name()))
        .collect();
    let text: Vec<String> = all.iter().map(|(ratio, _, name)| format!("{name} {ratio:.1}")).collect();
    println!("against the rival of 2025, by its figures times {scale:.2}: {}", text.join(", "));
    let own: Vec<f64> = all.iter().filter(|(_, native, _)| !native).map(|(ratio, ..)| *ratio).collect();
    let with: Vec<f64> = all.iter().map(|(ratio, ..)| *ratio).collect();
    if !own.is_empty() {
        let worst = own.iter().copied().fold(f64::MAX, f64::min);
        println!(
            "  geometric mean {:.1}, worst {worst:.1}; with the rows of native code {:.1}",
            mean(&own),
            mean(&with)
        );
    }
}

fn mean(ratios: &[f64]) -> f64 {
    (ratios.iter().map(|ratio| ratio.ln()).sum::<f64>() / ratios.len() as f64).exp()
}

/// The state that the programs run on: they and the standard library.
fn programs() -> State {
    let mut state = State::default();
    for (id, bytes) in common::standard_modules() {
        state.modules.insert(id, bytes.into());
    }
    for bytes in binaries() {
        let module = CompiledModule::deserialize(&bytes).unwrap();
        state.modules.insert(module.self_id().unwrap(), bytes.into());
    }
    state
}

fn here() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("benches")
}

/// The programs as another compiler made them.
fn binaries() -> Vec<Vec<u8>> {
    let entries = std::fs::read_dir(here().join("programs/mv")).unwrap();
    entries.map(|entry| std::fs::read(entry.unwrap().path()).unwrap()).collect()
}

/// Compiles files of this directory together.
fn compile(files: &[&str]) -> Vec<(ModuleId, CompiledModule)> {
    let sources =
        files.iter().map(|file| SourceFile::new(*file, std::fs::read_to_string(here().join(file)).unwrap())).collect();
    let input = Input {
        package: "bench".to_owned(),
        sources,
        named_addresses: [("std".to_owned(), AccountAddress::ONE)].into(),
        options: Options { bytecode_version: Some(5), ..Options::default() },
        ..Input::default()
    };
    let output = move_compiler::compile(input);
    assert!(!output.diagnostics.has_errors(), "{}", output.diagnostics.render());
    output.modules.into_iter().map(|unit| (unit.id, CompiledModule::deserialize(&unit.bytes).unwrap())).collect()
}

/// A session per call, changes kept or not.
struct Caller<'v> {
    vm: &'v Vm,
    id: ModuleId,
    schedule: Arc<GasSchedule>,
    signer: Option<AccountAddress>,
}

impl<'v> Caller<'v> {
    fn new(module: &str, state: &State, vm: &'v Vm) -> Self {
        let address = AccountAddress::from_hex_literal("0xbe").unwrap();
        let id = ModuleId::new(address, module.parse().unwrap());
        let schedule = Arc::new(GasSchedule::initial());
        let mut session = vm.session(state, SessionContext::new(4, schedule.clone()));
        let known = ["bench_counter", "transact"].iter().find_map(|name| session.function_info(&id, name).unwrap());
        let signer = known.filter(|info| info.signers == 1).map(|_| address);
        drop(session);
        Self { vm, id, schedule, signer }
    }

    fn args(&self, n: u64) -> Vec<Vec<u8>> {
        self.signer.iter().map(|signer| signer.as_ref().to_vec()).chain([n.to_le_bytes().to_vec()]).collect()
    }

    fn call(&mut self, state: &State, function: &str, n: u64) -> u64 {
        let mut session = self.vm.session(state, SessionContext::new(4, self.schedule.clone()));
        let mut gas = GasMeter::unlimited();
        let returns = session.call(&self.id, function, &[], &self.args(n), CallRule::Any, &mut gas);
        result(&returns.unwrap_or_else(|error| panic!("{}::{function}: {error}", self.id)).values[0])
    }

    fn transact(&mut self, state: &mut State, function: &str, n: u64) -> u64 {
        let mut session = self.vm.session(state, SessionContext::new(4, self.schedule.clone()));
        let mut gas = GasMeter::unlimited();
        let returns = session.call(&self.id, function, &[], &self.args(n), CallRule::Any, &mut gas);
        let returned = result(&returns.unwrap_or_else(|error| panic!("{}::{function}: {error}", self.id)).values[0]);
        session.charge_writes(&mut gas).unwrap();
        for (key, value) in session.finish().unwrap().writes {
            state.write(key, value);
        }
        returned
    }
}

fn result(bytes: &[u8]) -> u64 {
    u64::from_le_bytes(bytes.try_into().unwrap())
}

/// Runs of a rival's transaction; as many of ours must lead to the same result.
const TRANSACTIONS: u64 = 200;

/// A whole transaction: opening the session, reading, executing, writing. The inside is what one more of the same
/// operations in a transaction adds.
fn transaction(name: &str, rival: Option<&Rival>) -> Option<f64> {
    let mut fresh = State::default();
    for (id, module) in compile(&["rival/std.move", &format!("transactions/{name}.move")]) {
        fresh.modules.insert(id, module.serialize(5).unwrap().into());
    }
    let run = |engine, n, count: u64| {
        let vm = Vm::new(move_natives::table(), VmConfig { engine, ..VmConfig::default() });
        let mut state = fresh.clone();
        let mut caller = Caller::new(name, &state, &vm);
        caller.transact(&mut state, "setup", n);
        let mut last = 0;
        for _ in 0..count {
            last = caller.transact(&mut state, "transact", n);
        }
        let time = least(5, || {
            caller.transact(&mut state, "transact", n);
        });
        (time, last)
    };
    let (_, expected) = run(Engine::Both, 1, TRANSACTIONS + 1);
    let (one, last) = run(Engine::Lowered, 1, TRANSACTIONS + 1);
    assert_eq!(last, expected, "{name}: the interpreters differ");
    let (many, _) = run(Engine::Lowered, 33, 1);
    let inside = (many - one) / 32.0;
    print!("{name:<20}{:>12.2}{inside:>12.2}{one:>12.2}", one - inside);
    let answer = rival.and_then(|rival| rival.run(name, "transact", 1, TRANSACTIONS, Some("0xbe"), Some("setup")));
    let Some((time, result)) = answer else {
        println!();
        return None;
    };
    assert_eq!(result, expected, "{name}: the rival computes something else");
    println!("{time:>23.1}{:>9.1}", time / one);
    Some(time / one)
}

/// The public VM of 2022.
struct Rival {
    driver: String,
    modules: PathBuf,
}

impl Rival {
    /// The one that the environment names, with all it can read written down for it.
    fn find() -> Option<Self> {
        let driver = std::env::var("TENOR_REFERENCE_VM").ok()?;
        let modules = Path::new(env!("CARGO_TARGET_TMPDIR")).join("rival");
        std::fs::create_dir_all(&modules).unwrap();
        let write = |module: &CompiledModule| {
            let id = module.self_id().unwrap();
            if let Ok(bytes) = module.serialize(5) {
                let name = format!("{}_{}.mv", hex::encode(id.address), id.name);
                std::fs::write(modules.join(name), bytes).unwrap();
            }
        };
        for entry in std::fs::read_dir(here().join("rival/mv")).unwrap() {
            write(&CompiledModule::deserialize(&std::fs::read(entry.unwrap().path()).unwrap()).unwrap());
        }
        for name in ["coin", "lending", "orders"] {
            for (_, module) in compile(&["rival/std.move", &format!("transactions/{name}.move")]) {
                write(&module);
            }
        }
        Some(Self { driver, modules })
    }

    /// Least microseconds and the result; `None` where it cannot run the program.
    fn run(
        &self,
        module: &str,
        function: &str,
        n: u64,
        runs: u64,
        signer: Option<&str>,
        setup: Option<&str>,
    ) -> Option<(f64, u64)> {
        let mut command = std::process::Command::new(&self.driver);
        command.arg(&self.modules).args([module, function, &n.to_string(), &runs.to_string()]);
        let output = command.args(signer).args(setup).output().expect("the driver starts");
        if !output.status.success() {
            return None;
        }
        let text = String::from_utf8(output.stdout).unwrap();
        let mut words = text.split_whitespace().skip(1);
        let nanos: f64 = words.next()?.parse().ok()?;
        let bytes: Vec<u8> = text
            .split_once('[')?
            .1
            .trim()
            .trim_end_matches(']')
            .split(", ")
            .map(|byte| u8::from_str_radix(byte, 16).unwrap())
            .collect();
        Some((nanos / 1000.0, result(&bytes)))
    }
}

/// Time that this thread has run, where the system tells; else the time of day.
fn now() -> Duration {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanos = stat.as_ref().and_then(|text| text.split_whitespace().next()?.parse().ok());
    nanos.map_or_else(|| START.elapsed(), Duration::from_nanos)
}

/// Time of one batch of calls.
const BATCH: Duration = Duration::from_millis(60);

static START: std::sync::LazyLock<Instant> = std::sync::LazyLock::new(Instant::now);

/// Least microseconds of one call, over batches of many: the clock of a thread advances by ticks of some milliseconds.
fn least(batches: u32, mut call: impl FnMut()) -> f64 {
    let mut least = f64::MAX;
    for _ in 0..batches {
        let (start, mut calls, mut step) = (now(), 0u32, 1u32);
        let mut spent = Duration::ZERO;
        while spent < BATCH {
            (0..step).for_each(|_| call());
            calls += step;
            spent = now() - start;
            // Short calls are not to wait for the clock.
            if spent < BATCH / 16 {
                step = step.saturating_mul(2);
            }
        }
        least = least.min(spent.as_nanos() as f64 / 1000.0 / f64::from(calls));
    }
    least
}
