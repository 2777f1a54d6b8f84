//! Random changes to good modules: whatever comes out gets a verdict, never a panic.
//!
//! [`verdict`] is the target: bytes in, verdict out. It runs here on the vectors' modules with random
//! bytes changed, and on modules changed in structure, which reach deeper passes. `TENOR_FUZZ` sets the
//! number of changed modules.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a test reads files and its environment and fails loudly"
)]

mod common;

use common::{Random, change};
use move_binary_format::{CompiledModule, ReaderConfig};
use move_bytecode_verifier::{VerifierConfig, verify_module};
use move_core_types::StatusCode;
use std::{collections::BTreeMap, fs, path::Path};

/// What became of some bytes.
type Verdict = Result<u64, StatusCode>;

/// The fuzz target.
fn verdict(bytes: &[u8]) -> Verdict {
    let reader = ReaderConfig { version_max: 11, ..ReaderConfig::default() };
    let module = CompiledModule::deserialize_with(bytes, &reader).map_err(|error| error.status)?;
    let verified = verify_module(&VerifierConfig::production(), module).map_err(|error| error.status)?;
    Ok(verified.units())
}

fn seeds() -> Vec<Vec<u8>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap().join("tests/vectors");
    let mut files = Vec::new();
    let mut stack = vec![root];
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

/// Counts verdicts, and fails on those that mean a defect of ours.
fn record(seen: &mut BTreeMap<&'static str, usize>, verdict: &Verdict, bytes: &[u8]) {
    let name = match verdict {
        Ok(_) => "ok",
        Err(status) => status.name(),
    };
    *seen.entry(name).or_default() += 1;
    let is_defect = matches!(verdict, Err(StatusCode::VerifierInvariantViolation));
    assert!(!is_defect, "{name}: {}", bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>());
}

#[test]
fn changed_bytes_get_a_verdict() {
    let seeds = seeds();
    assert!(!seeds.is_empty());
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let mut seen = BTreeMap::new();
    for _ in 0..iterations(20_000) {
        let mut bytes = random.pick(&seeds).unwrap().clone();
        for _ in 0..=random.below(3) {
            let at = random.below(bytes.len());
            match random.below(3) {
                0 if !bytes.is_empty() => bytes[at] = u8::try_from(random.below(256)).unwrap(),
                1 if !bytes.is_empty() => bytes[at] = bytes[at].wrapping_add(1),
                _ => bytes.truncate(at.max(20)),
            }
        }
        record(&mut seen, &verdict(&bytes), &bytes);
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
    let mut random = Random(0x2545_f491_4f6c_dd1d);
    let mut seen = BTreeMap::new();
    for _ in 0..iterations(20_000) {
        let mut module = random.pick(&seeds).unwrap().clone();
        module.version = [5, 6, 7, 8, 10, 11][random.below(6)].max(module.version);
        for _ in 0..=random.below(4) {
            change(&mut random, &mut module);
        }
        let Ok(bytes) = module.serialize(module.version) else { continue };
        record(&mut seen, &verdict(&bytes), &bytes);
    }
    println!("{seen:?}");
    // The changes must reach every kind of pass.
    for name in ["ok", "MOVELOC_UNAVAILABLE_ERROR", "CALL_TYPE_MISMATCH_ERROR", "POSITIVE_STACK_SIZE_AT_BLOCK_END"] {
        assert!(seen.contains_key(name), "{name} was never seen");
    }
}
