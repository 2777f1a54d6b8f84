//! Random well-typed programs, and what running them shows.

pub(crate) mod body;
pub(crate) mod program;
pub(crate) mod run;
pub(crate) mod types;
