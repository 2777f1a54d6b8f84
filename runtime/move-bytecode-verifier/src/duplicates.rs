//! Duplication and ownership: every table entry says something new, and what is defined here is ours.
//!
//! A module passes iff no two entries of a table have the same key, every plain struct has a field,
//! every definition defines an own handle, and every own handle has a definition. Later passes rely
//! on it: equal indices are equal names.
//!
//! n log n in the module.

use crate::{context::Context, error::Reject};
use move_binary_format::{
    errors::IndexKind,
    file_format::{FieldDef, ModuleHandleIdx, StructFields, Tables},
};
use move_core_types::StatusCode;

/// The position of the first item that has occurred before.
fn first_repetition<K: Ord>(keys: impl ExactSizeIterator<Item = K>) -> Option<usize> {
    if keys.len() < 2 {
        return None;
    }
    let mut keys: Vec<(K, usize)> = keys.enumerate().map(|(index, key)| (key, index)).collect();
    keys.sort_unstable();
    keys.windows(2)
        .filter_map(|pair| match pair {
            [(first, _), (second, index)] if first == second => Some(*index),
            _ => None,
        })
        .min()
}

fn unique<K: Ord>(kind: IndexKind, keys: impl ExactSizeIterator<Item = K>) -> Result<(), Reject> {
    match first_repetition(keys) {
        Some(index) => Err(Reject::entry(StatusCode::DuplicateElement, kind, index)),
        None => Ok(()),
    }
}

pub(crate) fn check(context: &Context<'_>) -> Result<(), Reject> {
    let tables = context.tables;
    check_common(context)?;
    let Some(own) = context.self_handle else { return Ok(()) };
    check_module_tables(tables)?;
    check_function_definitions(tables)?;
    check_struct_definitions(tables)?;
    unique(IndexKind::StructDefInstantiation, tables.struct_def_insts.iter())?;
    check_ownership(tables, own)
}

fn check_common(context: &Context<'_>) -> Result<(), Reject> {
    let tables = context.tables;
    unique(IndexKind::Identifier, tables.identifiers.iter().map(|name| name.as_str()))?;
    unique(IndexKind::AddressIdentifier, tables.addresses.iter())?;
    unique(
        IndexKind::ConstantPool,
        tables.constants.iter().enumerate().map(|(index, constant)| (context.constant_type(index), &constant.data)),
    )?;
    unique(IndexKind::Signature, context.signatures().iter())?;
    unique(IndexKind::ModuleHandle, tables.module_handles.iter())?;
    unique(IndexKind::FriendDeclaration, tables.friends.iter())?;
    unique(IndexKind::StructHandle, tables.struct_handles.iter().map(|handle| (handle.module, handle.name)))?;
    unique(IndexKind::FunctionHandle, tables.function_handles.iter().map(|handle| (handle.module, handle.name)))?;
    unique(IndexKind::FunctionInstantiation, tables.function_insts.iter())
}

fn check_module_tables(tables: &Tables) -> Result<(), Reject> {
    unique(IndexKind::FieldHandle, tables.field_handles.iter())?;
    unique(IndexKind::FieldInstantiation, tables.field_insts.iter())?;
    unique(IndexKind::VariantFieldHandle, tables.variant_field_handles.iter())?;
    unique(IndexKind::VariantFieldInstantiation, tables.variant_field_insts.iter())?;
    unique(IndexKind::StructVariantHandle, tables.struct_variant_handles.iter())?;
    unique(IndexKind::StructVariantInstantiation, tables.struct_variant_insts.iter())
}

fn check_function_definitions(tables: &Tables) -> Result<(), Reject> {
    unique(IndexKind::FunctionDefinition, tables.function_defs.iter().map(|def| def.handle))?;
    for (index, def) in tables.function_defs.iter().enumerate() {
        if first_repetition(def.acquires.iter()).is_some() {
            let status = StatusCode::DuplicateAcquiresAnnotation;
            return Err(Reject::entry(status, IndexKind::FunctionDefinition, index));
        }
    }
    Ok(())
}

fn check_struct_definitions(tables: &Tables) -> Result<(), Reject> {
    unique(IndexKind::StructDefinition, tables.struct_defs.iter().map(|def| def.handle))?;
    let names_repeat = |fields: &[FieldDef]| first_repetition(fields.iter().map(|field| field.name)).is_some();
    for (index, def) in tables.struct_defs.iter().enumerate() {
        let repeats = match &def.fields {
            StructFields::Native => false,
            StructFields::Plain(fields) => names_repeat(fields),
            StructFields::Variants(variants) => {
                first_repetition(variants.iter().map(|variant| variant.name)).is_some()
                    || variants.iter().any(|variant| names_repeat(&variant.fields))
            }
        };
        if repeats {
            return Err(Reject::entry(StatusCode::DuplicateElement, IndexKind::StructDefinition, index));
        }
    }
    Ok(())
}

fn check_ownership(tables: &Tables, own: ModuleHandleIdx) -> Result<(), Reject> {
    for (index, def) in tables.struct_defs.iter().enumerate() {
        if matches!(&def.fields, StructFields::Plain(fields) if fields.is_empty()) {
            return Err(Reject::entry(StatusCode::ZeroSizedStruct, IndexKind::StructDefinition, index));
        }
    }
    let mut struct_defined = vec![false; tables.struct_handles.len()];
    for (index, def) in tables.struct_defs.iter().enumerate() {
        struct_defined[usize::from(def.handle.0)] = true;
        if tables.struct_handles[usize::from(def.handle.0)].module != own {
            return Err(Reject::entry(StatusCode::InvalidModuleHandle, IndexKind::StructDefinition, index));
        }
    }
    let mut function_defined = vec![false; tables.function_handles.len()];
    for (index, def) in tables.function_defs.iter().enumerate() {
        function_defined[usize::from(def.handle.0)] = true;
        if tables.function_handles[usize::from(def.handle.0)].module != own {
            return Err(Reject::entry(StatusCode::InvalidModuleHandle, IndexKind::FunctionDefinition, index));
        }
    }
    for (index, (handle, defined)) in tables.struct_handles.iter().zip(struct_defined).enumerate() {
        if handle.module == own && !defined {
            return Err(Reject::entry(StatusCode::UnimplementedHandle, IndexKind::StructHandle, index));
        }
    }
    for (index, (handle, defined)) in tables.function_handles.iter().zip(function_defined).enumerate() {
        if handle.module == own && !defined {
            return Err(Reject::entry(StatusCode::UnimplementedHandle, IndexKind::FunctionHandle, index));
        }
    }
    Ok(())
}
