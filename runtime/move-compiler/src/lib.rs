//! Move source to bytecode with diagnostics; plans unit tests, runs none.
//!
//! [`compile`] is a function of its argument: no files, no clock, no environment.
//!
//! The way of a program: `lexer` and `parser` make syntax trees (`ast`); `declare` and `resolve` enter
//! declarations (`program`) and find names; `typing` checks bodies (`typed`); `lower` makes three-address
//! code (`ir`), expanding inline functions; `flow` checks assignments, abilities and borrows; `emit` makes
//! stack code and modules; `verify` asks the bytecode verifier. `driver` has the order.
//!
//! ```
//! use move_compiler::{compile, Input, SourceFile};
//! let text = "module 0x42::m { public fun twice(x: u64): u64 { x * 2 } }";
//! let output = compile(Input { sources: vec![SourceFile::new("m.move", text)], ..Input::default() });
//! assert!(!output.diagnostics.has_errors(), "{}", output.diagnostics.render());
//! assert_eq!(output.modules[0].id.name.as_str(), "m");
//! ```

#![expect(
    clippy::cast_possible_truncation,
    reason = "indices and offsets are limited where they arise: files to 4 GiB, tables to 65535 entries, values to their width"
)]

pub mod api;
mod ast;
mod checks;
pub mod codes;
mod constants;
mod declare;
pub mod diagnostics;
mod driver;
mod emit;
mod exhaust;
mod facts;
mod flow;
pub mod index;
mod ir;
mod lexer;
mod lints;
mod lower;
mod parser;
mod plan;
mod program;
mod resolve;
mod silence;
pub mod source;
pub mod source_map;
pub mod tokens;
mod typed;
mod types;
mod typing;
mod verify;

pub use api::{Dependency, Input, LanguageVersion, Options, Output};
pub use driver::compile;
pub use index::analyze;
pub use source::{SourceFile, Span};
