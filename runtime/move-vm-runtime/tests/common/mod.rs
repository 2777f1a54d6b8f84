//! The standard library's modules, compiled from the embedded sources.

use move_core_types::ModuleId;

/// Names and binaries of the modules at `0x1`.
pub fn standard_modules() -> Vec<(ModuleId, Vec<u8>)> {
    Vec::new()
}
