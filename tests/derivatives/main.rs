//! The whole exchange through the executor: every entry function, random scripts with all invariants, access paths, bad input,
//! and what operations cost.
#![expect(
    clippy::float_arithmetic,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::print_stdout,
    unreachable_pub,
    reason = "a test program reads the package's files, counts in small numbers and fails loudly"
)]

mod access;
mod bad_input;
mod costs;
mod invariants;
mod properties;
mod script;
mod walk;
mod world;
