//! The native functions, one table.
