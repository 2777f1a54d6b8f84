//! The full doses: `cargo test -p tests --release --test soak`.
#![expect(
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    unreachable_pub,
    reason = "a test fails loudly; its modules are shared by several targets"
)]

#[path = "../common/chain.rs"]
mod chain;
#[path = "../common/harness.rs"]
mod harness;
#[path = "../common/kills.rs"]
mod kills;
#[path = "../common/sim.rs"]
mod sim;

mod fuzz;
#[path = "../../runtime/move-vm-runtime/tests/random/mod.rs"]
mod random;

use random::run as random_run;

use std::sync::Arc;

use sim::{live, seeds};
use storage::DataDirectory;

#[test]
fn a_thousand_seeds_of_crashes_lose_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let directory = Arc::new(DataDirectory::open(directory.path()).unwrap());
    let (mut count, mut crashes, mut versions) = (0, 0, 0);
    for seed in seeds(1_000) {
        match live(seed, 500, &directory) {
            Ok(sim) => {
                count += 1;
                crashes += sim.crashes;
                versions += sim.confirmed.versions.len();
            }
            Err(lost) => panic!("{lost}"),
        }
    }
    assert!(crashes >= count, "{crashes} crashes in {count} seeds: nothing was tested");
    eprintln!(
        "soak: simulated disk: {count} seeds, {crashes} crashes, {versions} confirmed transactions all found at their version with their receipt"
    );
}

#[test]
fn fifty_kills_under_load_lose_nothing() {
    let survived = kills::kill_under_load(50);
    assert!(survived.confirmed >= 500, "{survived:?}: there was no load");
    eprintln!(
        "soak: real disk: {} kills under load, {} confirmed transactions all found at their version with their receipt",
        survived.kills, survived.confirmed
    );
}
