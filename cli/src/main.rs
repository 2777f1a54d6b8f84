//! The `tenor` command.

fn main() {}
