//! Which unit tests there are, and what they expect.

use crate::{api::TestCase, program::Program};

/// Plans the tests of the root package.
pub(crate) fn tests(program: &Program) -> Vec<TestCase> {
    let _ = program;
    Vec::new()
}
