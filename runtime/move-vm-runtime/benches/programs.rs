//! The shared benchmark programs: plain interpreter, lowered code with gas on, and the figures of the reference.
//!
//! `cargo bench -p move-vm-runtime` prints a row per program; the result must be the one that the reference computed.
//! Least processor time of several runs of one call, a session per run.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a benchmark may fail loudly"
)]
#![expect(clippy::disallowed_methods, reason = "a benchmark reads files and clocks")]
#![expect(clippy::float_arithmetic, clippy::cast_precision_loss, reason = "ratios for people")]

use move_binary_format::CompiledModule;
use move_core_types::{AccountAddress, ModuleId, StructTag};
use move_vm_runtime::{CallRule, Engine, GasMeter, GasSchedule, SessionContext, StateError, StateView, Vm, VmConfig};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

#[path = "../tests/common/mod.rs"]
#[expect(dead_code, reason = "other suites use the rest")]
mod common;

/// Program, function, argument, result, microseconds of the reference (gas off, run-time checks off).
const PROGRAMS: &[(&str, &str, u64, u64, f64)] = &[
    ("fib", "bench_fib", 24, 46368, 37410.0),
    ("sieve", "bench_sieve", 20000, 21171191, 14960.0),
    ("queens", "bench_queens", 7, 40, 6320.0),
    ("arith", "bench_u64", 50000, 4662599317536557838, 29770.0),
    ("arith", "bench_u128", 50000, 11166152294960062874, 12850.0),
    ("arith", "bench_u256", 10000, 15694598460206470643, 20380.0),
    ("vecops", "bench_vecops", 20000, 304844197, 23480.0),
    ("bounce", "bench_bounce", 200, 684138291, 27140.0),
    ("nested", "bench_nested", 20000, 801365424089, 67390.0),
    ("generics", "bench_generics", 10000, 419901189, 33180.0),
    ("crosscall", "bench_crosscall", 10000, 151137299, 15830.0),
    ("globals", "bench_counter", 20000, 30000, 8800.0),
    ("globals", "bench_churn", 10000, 9579644, 7380.0),
    ("globals", "bench_table", 10000, 535269963, 8010.0),
    ("book", "bench_book", 2000, 19002462, 23440.0),
    ("hashing", "bench_sha3", 2000, 3606705317862338249, 990.0),
    ("hashing", "bench_sha2", 2000, 12557616853956140684, 530.0),
    ("serial", "bench_bcs", 2000, 271384072, 4070.0),
    ("enums", "bench_enums", 1000, 65051, 8630.0),
];

#[derive(Default)]
struct Memory(BTreeMap<ModuleId, Arc<[u8]>>);

impl StateView for Memory {
    fn module(&self, id: &ModuleId) -> Result<Option<Arc<[u8]>>, StateError> {
        Ok(self.0.get(id).cloned())
    }

    fn resource(&self, _: &AccountAddress, _: &StructTag) -> Result<Option<Arc<[u8]>>, StateError> {
        Ok(None)
    }

    fn table_item(&self, _: &AccountAddress, _: &[u8]) -> Result<Option<Arc<[u8]>>, StateError> {
        Ok(None)
    }

    fn code_version(&self) -> u64 {
        0
    }
}

fn main() {
    let mut state = Memory::default();
    for (id, bytes) in common::standard_modules() {
        state.0.insert(id, bytes.into());
    }
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/programs/mv");
    for entry in std::fs::read_dir(dir).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        let module = CompiledModule::deserialize(&bytes).unwrap();
        state.0.insert(module.self_id().unwrap(), bytes.into());
    }
    let filter = std::env::args().skip(1).find(|argument| !argument.starts_with('-'));
    println!(
        "{:<22}{:>12}{:>12}{:>10}{:>12}{:>10}",
        "program", "plain us", "lowered us", "ratio", "reference", "faster"
    );
    let mut sum = 0.0;
    let mut rows = 0;
    for (module, function, n, result, reference) in PROGRAMS {
        let name = format!("{module}::{}", function.trim_start_matches("bench_"));
        if filter.as_ref().is_some_and(|filter| !name.contains(filter.as_str())) {
            continue;
        }
        let plain = measure(&state, Engine::Plain, module, function, *n, *result, 1);
        let lowered = measure(&state, Engine::Lowered, module, function, *n, *result, 3);
        let micros = |time: Duration| time.as_nanos() as f64 / 1000.0;
        let faster = reference / micros(lowered);
        println!(
            "{name:<22}{:>12.0}{:>12.0}{:>10.1}{reference:>12.0}{faster:>10.1}",
            micros(plain),
            micros(lowered),
            micros(plain) / micros(lowered)
        );
        sum += faster.ln();
        rows += 1;
    }
    println!("geometric mean against the reference: {:.1}", (sum / f64::from(rows)).exp());
}

/// Time that this thread has run, where the system tells; else the time of day.
fn now() -> Duration {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanos = stat.as_ref().and_then(|text| text.split_whitespace().next()?.parse().ok());
    nanos.map_or_else(|| START.elapsed(), Duration::from_nanos)
}

/// Time of one batch of calls.
const BATCH: Duration = Duration::from_millis(80);

static START: std::sync::LazyLock<Instant> = std::sync::LazyLock::new(Instant::now);

/// Least time of one call.
fn measure(
    state: &Memory,
    engine: Engine,
    module: &str,
    function: &str,
    n: u64,
    result: u64,
    batches: u32,
) -> Duration {
    let vm = Vm::new(move_natives::table(), VmConfig { engine, ..VmConfig::default() });
    let schedule = Arc::new(GasSchedule::initial());
    let address = AccountAddress::from_hex_literal("0xbe").unwrap();
    let id = ModuleId::new(address, module.parse().unwrap());
    let mut least = Duration::MAX;
    // The clock of a thread advances by ticks of some milliseconds: a batch is many of them.
    for _ in 0..batches {
        let start = now();
        let mut calls = 0;
        while calls == 0 || now() - start < BATCH {
            let mut session = vm.session(state, SessionContext::new(4, schedule.clone()));
            let mut gas = GasMeter::unlimited();
            let mut args = vec![n.to_le_bytes().to_vec()];
            let info =
                session.function_info(&id, function).unwrap().unwrap_or_else(|| panic!("no {module}::{function}"));
            if info.signers == 1 {
                args.insert(0, address.as_ref().to_vec());
            }
            let returns = session.call(&id, function, &[], &args, CallRule::Any, &mut gas);
            let returns = returns.unwrap_or_else(|error| panic!("{module}::{function}: {error}"));
            assert_eq!(returns.values[0], result.to_le_bytes(), "{module}::{function} computes something else");
            calls += 1;
        }
        least = least.min((now() - start) / calls);
    }
    least
}
