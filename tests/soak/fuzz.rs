//! The fuzz targets and the random programs in full: ten minutes and a million executions for each target, a million
//! programs. `TENOR_FUZZ_SECONDS`, `TENOR_FUZZ_RUNS` and `TENOR_RANDOM` set other amounts.

use move_binary_format::fuzz::{Random, Verdict, change};
use move_binary_format::{CompiledModule, ReaderConfig};
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

fn amount(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

fn corpus(folder: &str) -> Vec<Vec<u8>> {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    let files = fs::read_dir(tests.join("corpus").join(folder)).unwrap();
    let mut paths: Vec<_> = files.map(|entry| entry.unwrap().path()).collect();
    if folder == "modules" {
        let cases = fs::read_dir(tests.join("vectors/vm")).unwrap();
        let cases = cases.map(|entry| entry.unwrap().path().join("mv/0x42_m.mv"));
        paths.extend(cases.filter(|path| path.is_file()));
    }
    paths.sort();
    let seeds: Vec<Vec<u8>> = paths.iter().map(|path| fs::read(path).unwrap()).collect();
    assert!(!seeds.is_empty());
    seeds
}

/// How inputs are made from the corpus.
#[derive(Clone, Copy, PartialEq)]
enum Change {
    Bytes,
    /// Structure three times out of four.
    Modules,
}

/// Runs a target on the corpus, on its neighbours, and now and then on bytes that are nobody's neighbour.
fn hammer(name: &str, seeds: &[Vec<u8>], how: Change, mut target: impl FnMut(&[u8]) -> Verdict) {
    let runs_min = amount("TENOR_FUZZ_RUNS", 1_000_000);
    let seconds_min = Duration::from_secs(amount("TENOR_FUZZ_SECONDS", 600));
    let reader = ReaderConfig { version_max: 11, ..ReaderConfig::default() };
    let mut random = Random::new(amount("TENOR_SEED", 1));
    let (start, mut runs, mut accepted) = (Instant::now(), 0u64, 0u64);
    for seed in seeds {
        target(seed);
    }
    while runs < runs_min || (runs % 256 != 0 || start.elapsed() < seconds_min) {
        let mut bytes = random.pick(seeds).cloned().unwrap_or_default();
        if how == Change::Modules && random.below(4) > 0 {
            let Ok(mut module) = CompiledModule::deserialize_with(&bytes, &reader) else { continue };
            (0..=random.below(4)).for_each(|_| change(&mut random, &mut module));
            let Ok(changed) = module.serialize(module.version) else { continue };
            bytes = changed;
        } else if random.below(50) == 0 {
            bytes = (0..random.below(400)).map(|_| random.next_u64().to_le_bytes()[0]).collect();
        } else {
            random.mutate(&mut bytes);
        }
        accepted += u64::from(target(&bytes) == Verdict::Accepted);
        runs += 1;
    }
    println!("{name}: {runs} executions in {} s, {accepted} accepted, no finding", start.elapsed().as_secs());
    assert!(accepted > 0 && accepted < runs);
}

#[test]
fn fuzz_deserializer() {
    hammer("deserializer", &corpus("modules"), Change::Bytes, move_binary_format::fuzz::module);
}

#[test]
fn fuzz_verifier() {
    hammer("verifier", &corpus("modules"), Change::Modules, move_bytecode_verifier::fuzz::module);
}

#[test]
fn fuzz_lowering_and_run() {
    let mut endings = move_vm_runtime::fuzz::Endings::new();
    hammer("lowering and run", &corpus("modules"), Change::Modules, |bytes| {
        move_vm_runtime::fuzz::run(bytes, &mut endings)
    });
    println!("calls: {endings:?}");
}

#[test]
fn fuzz_values() {
    hammer("BCS of values", &corpus("values"), Change::Bytes, move_core_types::fuzz::value);
}

#[test]
fn a_million_random_programs() {
    let count = amount("TENOR_RANDOM", 1_000_000);
    let statistics = crate::random_run::run(1..count + 1);
    statistics.print();
    statistics.check();
    assert!(statistics.missing_ops().is_empty(), "micro-ops that no program executed: {:?}", statistics.missing_ops());
}
