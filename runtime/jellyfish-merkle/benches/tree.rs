//! The tree against the hash-bound limit and against the `jmt` crate.
fn main() {}
