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
#[path = "../common/natives.rs"]
mod natives;
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
    for seed in seeds(1_000) {
        if let Err(lost) = live(seed, 500, &directory) {
            panic!("{lost}");
        }
    }
}

#[test]
fn ten_million_inputs_find_no_difference_between_natives_and_move_text() {
    let threads = [1, 2]
        .map(|seed| std::thread::spawn(move || natives::compare(seed, 340_000, move_vm_runtime::Engine::Lowered)));
    let mut inputs = 0;
    for thread in threads {
        match thread.join().unwrap() {
            Ok(count) => inputs += count,
            Err(difference) => panic!("{difference}"),
        }
    }
    assert!(inputs >= 10_000_000, "{inputs} inputs");
}
