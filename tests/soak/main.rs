//! The full doses: `cargo test -p tests --release --test soak`.
#![expect(
    dead_code,
    clippy::unwrap_used,
    clippy::panic,
    unreachable_pub,
    reason = "a test fails loudly; its modules are shared by several targets"
)]

#[path = "../common/chain.rs"]
mod chain;
#[path = "../common/sim.rs"]
mod sim;

use std::sync::Arc;

use sim::{live, seeds};
use storage::DataDirectory;

#[test]
fn a_thousand_seeds_of_crashes_lose_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let directory = Arc::new(DataDirectory::open(directory.path()).unwrap());
    for seed in seeds(1_000) {
        if let Err(lost) = live(seed, 500, &directory) {
            panic!("{lost}");
        }
    }
}
