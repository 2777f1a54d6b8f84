//! The full doses: `cargo test -p tests --release --test soak`.
#![expect(
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::float_arithmetic,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::print_stdout,
    unreachable_pub,
    reason = "a test fails loudly; its modules are shared by several targets"
)]

#[path = "../common/chain.rs"]
mod chain;
#[path = "../derivatives/costs.rs"]
mod costs;
#[path = "../common/harness.rs"]
mod harness;
#[path = "../derivatives/invariants.rs"]
mod invariants;
#[path = "../common/kills.rs"]
mod kills;
#[path = "../derivatives/script.rs"]
mod script;
#[path = "../common/sim.rs"]
mod sim;
#[path = "../derivatives/world.rs"]
mod world;

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

#[test]
fn a_hundred_thousand_random_actions_on_the_exchange_keep_every_invariant() {
    let start = script::Run::start(None);
    for seed in 1_000..1_050 {
        script::explore(&start, seed, 2_000);
    }
}

#[test]
fn a_book_of_a_hundred_thousand_orders_costs_little_more_than_one_of_a_thousand() {
    costs::book_table(100_000);
}
