//! Move packages: manifests, builds, metadata, ABI; runs the planned unit tests.

pub mod files;
pub mod graph;
pub mod manifest;
pub mod metadata;

#[cfg(test)]
mod graph_tests;

pub use graph::source_digest;
