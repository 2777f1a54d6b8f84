//! Random changes to good modules: whatever comes out gets a verdict, never a panic.
//!
//! The target is `move_bytecode_verifier::fuzz::verify`: bytes in, verdict out. It runs here on the corpus and on the
//! vectors' modules with random bytes changed, and on modules changed in structure, which reach deeper passes.
//! `TENOR_FUZZ` sets the number of changed modules; the full dose is in `tests/soak`.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a test reads files and its environment and fails loudly"
)]

use move_binary_format::fuzz::{Random, Verdict, change};
use move_binary_format::{CompiledModule, ReaderConfig};
use move_bytecode_verifier::fuzz::verify;
use std::{collections::BTreeMap, fs, path::Path};

fn seeds() -> Vec<Vec<u8>> {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap().join("tests");
    let mut files = Vec::new();
    let mut stack = vec![tests.join("vectors"), tests.join("corpus")];
    while let Some(dir) = stack.pop() {
        let Ok(entries) = fs::read_dir(&dir) else { continue };
        for entry in entries {
            let path = entry.unwrap().path();
            if path.is_dir() {
                stack.push(path);
            } else if path.extension().is_some_and(|extension| extension == "mv") {
                files.push(path);
            }
        }
    }
    files.sort();
    files.iter().map(|path| fs::read(path).unwrap()).collect()
}

fn iterations(default: usize) -> usize {
    std::env::var("TENOR_FUZZ").ok().and_then(|count| count.parse().ok()).unwrap_or(default)
}

/// Counts verdicts.
fn record(seen: &mut BTreeMap<&'static str, usize>, bytes: &[u8]) {
    let (verdict, status) = verify(bytes);
    *seen.entry(if verdict == Verdict::Accepted { "ok" } else { status.name() }).or_default() += 1;
}

#[test]
fn changed_bytes_get_a_verdict() {
    let seeds = seeds();
    assert!(!seeds.is_empty());
    let mut random = Random::new(1);
    let mut seen = BTreeMap::new();
    for bytes in &seeds {
        record(&mut seen, bytes);
    }
    for _ in 0..iterations(20_000) {
        let mut bytes = random.pick(&seeds).unwrap().clone();
        random.mutate(&mut bytes);
        record(&mut seen, &bytes);
    }
    println!("{seen:?}");
}

#[test]
fn changed_modules_get_a_verdict() {
    let reader = ReaderConfig {
        version_max: 11,
        trailing: move_binary_format::TrailingBytes::Ignore,
        ..ReaderConfig::default()
    };
    let seeds: Vec<CompiledModule> =
        seeds().iter().filter_map(|bytes| CompiledModule::deserialize_with(bytes, &reader).ok()).collect();
    assert!(!seeds.is_empty());
    let mut random = Random::new(2);
    let mut seen = BTreeMap::new();
    for _ in 0..iterations(20_000) {
        let mut module = random.pick(&seeds).unwrap().clone();
        module.version = [5, 6, 7, 8, 10, 11][random.below(6)].max(module.version);
        for _ in 0..=random.below(4) {
            change(&mut random, &mut module);
        }
        let Ok(bytes) = module.serialize(module.version) else { continue };
        record(&mut seen, &bytes);
    }
    println!("{seen:?}");
    // The changes must reach every kind of pass.
    for name in ["ok", "MOVELOC_UNAVAILABLE_ERROR", "CALL_TYPE_MISMATCH_ERROR", "POSITIVE_STACK_SIZE_AT_BLOCK_END"] {
        assert!(seen.contains_key(name), "{name} was never seen");
    }
}
