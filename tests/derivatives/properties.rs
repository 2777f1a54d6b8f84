//! Thousands of random actions with all invariants after each.

use std::sync::OnceLock;

use crate::script::{Dice, Run, explore, replay, shrink};

fn start() -> &'static Run {
    static START: OnceLock<Run> = OnceLock::new();
    START.get_or_init(|| Run::start(None))
}

/// How many seeds and actions: `TENOR_DERIVATIVES_SEEDS` and `TENOR_DERIVATIVES_STEPS` ask for more than continuous integration does.
fn dose(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

#[test]
fn random_scripts_keep_every_invariant() {
    let first = dose("TENOR_DERIVATIVES_FIRST", 1);
    let (seeds, steps) = (dose("TENOR_DERIVATIVES_SEEDS", 4), dose("TENOR_DERIVATIVES_STEPS", 1_500));
    let mut kinds = std::collections::BTreeMap::<String, (u64, u64)>::new();
    for seed in first..first + seeds {
        let run = explore(start(), seed, steps as usize);
        println!("seed {seed}: {} succeeded, refused {:x?}", run.succeeded, run.refused);
        for (name, (passed, refused)) in run.kinds {
            let sum = kinds.entry(name).or_default();
            sum.0 += passed;
            sum.1 += refused;
        }
    }
    for (name, (passed, refused)) in &kinds {
        println!("{name:20} {passed:6} done {refused:6} refused");
    }
}

#[test]
fn a_script_comes_to_the_same_state_twice() {
    let script: Vec<_> = {
        let mut dice = Dice(77);
        (0..150).map(|_| dice.action()).collect()
    };
    let once = replay(start(), &script).unwrap_or_else(|(step, why)| panic!("step {step}: {why}"));
    let twice = replay(start(), &script).unwrap_or_else(|(step, why)| panic!("step {step}: {why}"));
    assert_eq!(once.world.fingerprint(), twice.world.fingerprint());
}

/// One unit that a fill gives to the taker and takes from nobody.
#[test]
fn a_unit_that_leaks_is_found_and_the_script_is_short() {
    let leak = (
        "derivatives/sources/exchange.move",
        "accounts::credit_quietly(account, out.taker_cash());",
        "accounts::credit_quietly(account, out.taker_cash());\n        if (out.filled() != 0) accounts::credit_quietly(account, int128::from(1));",
    );
    let start = Run::start(Some(leak));
    let script: Vec<_> = {
        let mut dice = Dice(5);
        (0..300).map(|_| dice.action()).collect()
    };
    let Err((_, why)) = replay(&start, &script) else { panic!("a leak of one unit was not seen") };
    assert!(why.starts_with("INV-1"), "{why}");
    let (short, why) = shrink(&start, &script);
    assert!(why.starts_with("INV-1") && short.len() <= 6, "{why}: {short:?}");
}
