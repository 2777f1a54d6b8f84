//! A sequencer, its storage and its DA layer in one thread, from one seed: crashes, outages, replay.
//!
//! `TENOR_SEEDS` says how many seeds, `TENOR_SEED` repeats one.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    unreachable_pub,
    reason = "a test fails loudly; its modules are shared by several targets"
)]

#[path = "../common/chain.rs"]
mod chain;
mod refusals;
#[path = "../common/sim.rs"]
mod sim;

use std::sync::Arc;

use sim::{Sim, Workload, live, seeds};
use storage::DataDirectory;

#[test]
fn what_was_confirmed_survives_any_crash_and_replays_from_da() {
    let directory = tempfile::tempdir().unwrap();
    let directory = Arc::new(DataDirectory::open(directory.path()).unwrap());
    let (mut crashes, mut versions) = (0, 0);
    for seed in seeds(30) {
        match live(seed, 500, &directory) {
            Ok(sim) => {
                crashes += sim.crashes;
                versions += sim.confirmed.versions.len();
            }
            Err(lost) => panic!("{lost}"),
        }
    }
    assert!(crashes > 0 && versions > 100, "{crashes} crashes, {versions} versions: nothing was tested");
}

/// What the full dose has found once: 124, the blocks of an outage that no batch could hold.
#[test]
fn seeds_that_failed_once_pass() {
    let directory = tempfile::tempdir().unwrap();
    let directory = Arc::new(DataDirectory::open(directory.path()).unwrap());
    for seed in [124] {
        if let Err(lost) = live(seed, 500, &directory) {
            panic!("{lost}");
        }
    }
}

#[test]
fn the_same_seed_is_the_same_run() {
    let run = || {
        let mut sim = Sim::new(77).crash_per_mille(25).da_outage_per_mille(10);
        sim.run(Workload { steps: 300 }).unwrap();
        (sim.confirmed.versions, sim.confirmed.headers, sim.crashes)
    };
    assert_eq!(run(), run());
}

#[test]
fn a_build_without_syncs_fails_the_suite() {
    let lost = (0..20).filter(|seed| {
        let mut sim = Sim::new(*seed).crash_per_mille(25).without_sync();
        sim.run(Workload { steps: 300 }).and_then(|()| sim.restart()).is_err()
    });
    let lost = lost.count();
    assert!(lost > 10, "only {lost} of 20 seeds noticed that nothing was synced");
}
