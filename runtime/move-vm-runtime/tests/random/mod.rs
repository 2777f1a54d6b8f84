//! Random well-typed programs, and what running them shows.

#![expect(clippy::unwrap_used, clippy::panic, clippy::cast_possible_truncation, reason = "a test may fail loudly")]
#![expect(clippy::print_stdout, reason = "figures for whoever asks")]

pub(crate) mod body;
pub(crate) mod program;
pub(crate) mod run;
pub(crate) mod types;
