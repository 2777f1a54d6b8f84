//! Move modules and scripts as bytes and back, within bounds.
//!
//! [`file_format`] holds the data structures, [`bytecode`] the instructions. [`reader`] decodes,
//! [`bounds`] checks that every index refers to something, [`writer`] encodes: the same module gives
//! the same bytes. [`attributes`] and [`abi`] interpret metadata and signatures for clients.

#![warn(clippy::indexing_slicing)]

pub mod abi;
pub mod assembly;
pub mod attributes;
pub mod bounds;
pub mod bytecode;
mod cursor;
pub mod errors;
pub mod file_format;
pub mod fuzz;
pub mod layout;
mod mutate;
pub mod reader;
mod table_kind;
mod token_tag;
pub mod writer;

pub use bytecode::Bytecode;
pub use errors::{FormatError, IndexKind, Place};
pub use file_format::{CompiledModule, CompiledScript, Tables};
pub use reader::{ReaderConfig, TrailingBytes};
