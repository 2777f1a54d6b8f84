//! Move packages: manifests, builds, metadata, ABI; runs the planned unit tests.

pub mod build;
pub mod checks;
pub mod docs;
pub mod files;
pub mod graph;
pub mod manifest;
pub mod metadata;
pub mod test_runner;

#[cfg(test)]
mod graph_tests;

pub use build::{BuildConfig, BuildError, Built, build};
pub use graph::source_digest;
