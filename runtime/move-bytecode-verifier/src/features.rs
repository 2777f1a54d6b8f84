//! Feature gates: what the network has not switched on does not occur.
//!
//! A module passes iff, for every switch that is off, it holds none of the constructs that the
//! switch guards. All nodes of all types are looked at, those of fields and constants included
//! (rule T-FEAT-1). Linear.

use crate::{config::VerifierConfig, error::Reject};
use move_binary_format::{
    errors::IndexKind,
    file_format::{AccessSpecifier, Bytecode, SignatureToken, StructFields, Tables},
};
use move_core_types::StatusCode;

pub(crate) fn check(config: &VerifierConfig, tables: &Tables) -> Result<(), Reject> {
    let off = |kind, index| Err(Reject::entry(StatusCode::FeatureNotEnabled, kind, index));
    if !config.enable_enums {
        for (index, def) in tables.struct_defs.iter().enumerate() {
            if matches!(def.fields, StructFields::Variants(_)) {
                return off(IndexKind::StructDefinition, index);
            }
        }
    }
    if !config.enable_resource_access_control {
        for (index, handle) in tables.function_handles.iter().enumerate() {
            if handle.access.is_some() {
                return off(IndexKind::FunctionHandle, index);
            }
        }
    }
    if !config.enable_function_values {
        check_function_values(tables)?;
    }
    Ok(())
}

/// The access specifiers of a script.
pub(crate) fn check_script_access(
    config: &VerifierConfig,
    access: Option<&Vec<AccessSpecifier>>,
) -> Result<(), Reject> {
    if access.is_some() && !config.enable_resource_access_control {
        return Err(Reject::new(StatusCode::FeatureNotEnabled));
    }
    Ok(())
}

/// The instructions of one function or script.
pub(crate) fn check_code(config: &VerifierConfig, code: &[Bytecode]) -> Result<(), Reject> {
    if config.enable_function_values {
        return Ok(());
    }
    for (offset, instruction) in (0u16..).zip(code) {
        if matches!(
            instruction,
            Bytecode::PackClosure(..) | Bytecode::PackClosureGeneric(..) | Bytecode::CallClosure(_)
        ) {
            return Err(Reject::at(StatusCode::FeatureNotEnabled, offset));
        }
    }
    Ok(())
}

fn check_function_values(tables: &Tables) -> Result<(), Reject> {
    let off = |kind, index| Err(Reject::entry(StatusCode::FeatureNotEnabled, kind, index));
    let has_function = |ty: &SignatureToken| ty.nodes().any(|(node, _)| matches!(node, SignatureToken::Function(_)));
    for (index, handle) in tables.function_handles.iter().enumerate() {
        if !handle.attributes.is_empty() {
            return off(IndexKind::FunctionHandle, index);
        }
    }
    for (index, signature) in tables.signatures.iter().enumerate() {
        if signature.0.iter().any(has_function) {
            return off(IndexKind::Signature, index);
        }
    }
    for (index, constant) in tables.constants.iter().enumerate() {
        if has_function(&constant.ty) {
            return off(IndexKind::ConstantPool, index);
        }
    }
    for (index, def) in tables.struct_defs.iter().enumerate() {
        if def.all_fields().any(|field| has_function(&field.ty)) {
            return off(IndexKind::StructDefinition, index);
        }
    }
    Ok(())
}
