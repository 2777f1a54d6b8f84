//! Natives: only privileged addresses may define native functions and native structs.
//!
//! Asked at publication; whoever publishes knows which addresses are privileged (`0x0` to `0xf`, and
//! those that genesis lists). Linear in the definitions.

use crate::error::VerifyError;
use move_binary_format::{
    errors::IndexKind,
    file_format::{CompiledModule, StructFields},
};
use move_core_types::StatusCode;

/// Checks that a module that is not privileged defines nothing native.
///
/// # Errors
/// `USER_DEFINED_NATIVE_NOT_ALLOWED` (rule T-STRUCT-1) with the first native definition.
pub fn check(module: &CompiledModule, is_privileged: bool) -> Result<(), VerifyError> {
    if is_privileged {
        return Ok(());
    }
    let structs = (0u16..).zip(&module.struct_defs).filter(|(_, def)| matches!(def.fields, StructFields::Native));
    let functions = (0u16..).zip(&module.function_defs).filter(|(_, def)| def.is_native());
    let natives = structs
        .map(|(index, _)| (IndexKind::StructDefinition, index))
        .chain(functions.map(|(index, _)| (IndexKind::FunctionDefinition, index)));
    match natives.into_iter().next() {
        None => Ok(()),
        Some(found) => Err(VerifyError {
            module: module.self_id(),
            index: Some(found),
            ..VerifyError::new(StatusCode::UserDefinedNativeNotAllowed)
        }),
    }
}
