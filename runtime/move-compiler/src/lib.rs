//! Move source to bytecode with diagnostics; plans unit tests, runs none.
