//! Random well-typed programs: the plain interpreter and lowered code agree on results, writes, gas and status.
//!
//! `TENOR_RANDOM=<count>` runs more programs than the default; each is named by its seed, `TENOR_SEED=<seed>` runs one.
//! What was executed is printed: every bytecode instruction must be among it, micro-ops that were not are listed.
#![expect(clippy::disallowed_methods, reason = "the number of programs comes from the environment")]

#[path = "mod.rs"]
mod random;

use random::{program, run};

#[test]
fn both_interpreters_agree_on_random_programs() {
    if let Some(seed) = std::env::var("TENOR_SEED").ok().and_then(|text| text.parse().ok()) {
        println!("{}", program::program(seed).text);
        return run::run(seed..seed + 1).print();
    }
    let count: u64 = std::env::var("TENOR_RANDOM").ok().and_then(|text| text.parse().ok()).unwrap_or(4000);
    let statistics = run::run(1..count + 1);
    statistics.print();
    statistics.check();
}
