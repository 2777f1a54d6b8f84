//! The fuzz target on a corpus and its random neighbours: what verifies runs alike on both interpreters.
//!
//! `TENOR_FUZZ` sets the number of changed modules; the full dose is in `tests/soak`.
#![expect(clippy::disallowed_methods, reason = "a test reads files and its environment")]

use move_binary_format::fuzz::{Random, Verdict, change};
use move_binary_format::{CompiledModule, ReaderConfig};
use move_vm_runtime::fuzz::{Endings, run};
use std::{fs, path::Path};

#[test]
fn what_verifies_runs_without_a_defect() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests");
    let mut paths: Vec<_> =
        fs::read_dir(tests.join("corpus/modules")).unwrap().map(|entry| entry.unwrap().path()).collect();
    let cases = fs::read_dir(tests.join("vectors/vm")).unwrap().map(|entry| entry.unwrap().path().join("mv/0x42_m.mv"));
    paths.extend(cases.filter(|path| path.is_file()));
    paths.sort();
    let seeds: Vec<Vec<u8>> = paths.iter().map(|path| fs::read(path).unwrap()).collect();
    assert!(seeds.len() >= 20, "{}", seeds.len());
    let reader = ReaderConfig { version_max: 11, ..ReaderConfig::default() };
    let mut endings = Endings::new();
    let mut accepted = seeds.iter().filter(|seed| run(seed, &mut endings) == Verdict::Accepted).count() as u64;
    assert!(accepted >= 20, "{accepted} of the corpus verify and need no other module");
    let count: u64 = std::env::var("TENOR_FUZZ").ok().and_then(|count| count.parse().ok()).unwrap_or(3_000);
    let mut random = Random::new(3);
    for _ in 0..count {
        let mut bytes = random.pick(&seeds).unwrap().clone();
        if random.below(4) == 0 {
            random.mutate(&mut bytes);
        } else {
            let mut module = CompiledModule::deserialize_with(&bytes, &reader).unwrap();
            (0..=random.below(3)).for_each(|_| change(&mut random, &mut module));
            let Ok(changed) = module.serialize(module.version) else { continue };
            bytes = changed;
        }
        accepted += u64::from(run(&bytes, &mut endings) == Verdict::Accepted);
    }
    println!("{accepted} modules ran: {endings:?}");
    assert!(accepted * 20 > count, "{accepted} of {count}");
    for ending in ["EXECUTED", "ABORTED", "ARITHMETIC_ERROR", "MISSING_DATA", "VECTOR_OPERATION_ERROR"] {
        assert!(endings.contains_key(ending), "{ending} never happened: {endings:?}");
    }
}
