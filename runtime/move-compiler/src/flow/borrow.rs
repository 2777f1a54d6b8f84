//! Borrow checking.

use crate::{emit::ModuleCode, program::Program, types::StructId};
use std::collections::BTreeSet;

/// Checks all functions of a module.
pub(crate) fn check_module(program: &Program, code: &ModuleCode, acquires: &[BTreeSet<StructId>]) {
    let _ = (program, code, acquires);
}
