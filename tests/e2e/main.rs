//! The real binary in real processes: what a user types, what an SDK sends, and what may go wrong.
//!
//! `TENOR_BIN` names a binary to be used in place of the one that cargo builds.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    unreachable_pub,
    reason = "a test fails loudly"
)]

mod bytecode;
mod celestia;
mod faults;
#[path = "../common/harness.rs"]
mod harness;
#[path = "../common/kills.rs"]
mod kills;
mod packages;
mod proof;
mod requests;
mod scaffolds;
mod sdk;
mod upgrades;
mod venue;
mod walk;
