//! Move source to bytecode with diagnostics; plans unit tests, runs none.
//!
//! [`compile`] is a function of its argument: no files, no clock, no environment.
//!
//! The way of a program: `lexer`, `parser` (always a tree), `ast`; then names, types, flow and code.

pub mod api;
mod ast;
pub mod codes;
pub mod diagnostics;
mod lexer;
mod parser;
pub mod source;
pub mod source_map;

pub use api::{Dependency, Input, LanguageVersion, Options, Output};
pub use source::{SourceFile, Span};

use diagnostics::Sink;
use source::Files;

/// Compiles packages. See [`api`] for what goes in and comes out.
pub fn compile(input: Input) -> Output {
    let mut files = Files::default();
    let mut sink = Sink::default();
    for source in input.sources {
        let index = files.add(source);
        let text = files.get(index).map(|file| file.text.clone()).unwrap_or_default();
        let _ = parser::parse(&text, index, input.options.language, &mut sink);
    }
    Output { diagnostics: sink.finish(files), ..Output::default() }
}
