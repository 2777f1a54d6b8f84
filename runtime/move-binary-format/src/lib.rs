//! Move modules and scripts as bytes and back, within bounds.
//!
//! [`file_format`] holds the data structures, [`bytecode`] the instructions.

pub mod abi;
pub mod attributes;
pub mod bytecode;
pub mod errors;
pub mod file_format;

pub use bytecode::Bytecode;
pub use errors::{FormatError, IndexKind, Place};
pub use file_format::{CompiledModule, CompiledScript, Tables};
