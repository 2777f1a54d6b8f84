//! Fields: a struct promises no more than its fields can keep.
//!
//! A definition passes iff every field is a well-formed type without references in the context of
//! the struct's own constraints; would have what the declared abilities require if type parameters
//! had every ability; and mentions phantom parameters only as arguments for phantom parameters.
//!
//! Part of the signature checker. Linear in the fields.

use crate::{
    context::Context,
    error::Reject,
    signatures::{Needs, NeedsOfTypes},
    types::{Type, TypeId},
};
use move_binary_format::{
    errors::IndexKind,
    file_format::{AbilitySet, StructDefIdx, StructTypeParam},
};
use move_core_types::StatusCode;

pub(crate) fn check(context: &mut Context<'_>, of_types: &mut NeedsOfTypes) -> Result<(), Reject> {
    for index in 0..context.tables.struct_defs.len() {
        let owner = StructDefIdx(u16::try_from(index).unwrap_or(u16::MAX));
        check_definition(context, of_types, owner)
            .map_err(|status| Reject::entry(status, IndexKind::StructDefinition, index))?;
    }
    Ok(())
}

fn check_definition(
    context: &mut Context<'_>,
    of_types: &mut NeedsOfTypes,
    owner: StructDefIdx,
) -> Result<(), StatusCode> {
    let handle = context.struct_handle(owner);
    let granted = Needs::granted(handle.type_params.iter().map(|param| param.constraints));
    let required = handle.abilities.requires();
    let everything = vec![AbilitySet::ALL; handle.type_params.len()];
    context.types.enter_context(&everything);
    let fields: Vec<TypeId> =
        context.layout(owner).iter().flat_map(|list| context.types.items(*list).iter().copied()).collect();
    for field in fields {
        let needs = of_types.of_value(context, field)?;
        if !needs.is_granted_by(&granted) {
            return Err(StatusCode::ConstraintNotSatisfied);
        }
        if !required.is_subset(context.types.abilities(field)) {
            return Err(StatusCode::FieldMissingTypeAbility);
        }
        if misuses_phantom(context, field, &handle.type_params) {
            return Err(StatusCode::InvalidPhantomTypeParamPosition);
        }
    }
    Ok(())
}

/// Whether a phantom parameter of the struct occurs other than as an argument for a phantom parameter.
fn misuses_phantom(context: &Context<'_>, field: TypeId, own: &[StructTypeParam]) -> bool {
    if !own.iter().any(|param| param.is_phantom) {
        return false;
    }
    let mut stack = vec![field];
    while let Some(ty) = stack.pop() {
        if let Type::Parameter(index) = context.types.shape(ty) {
            if own.get(usize::from(index)).is_some_and(|param| param.is_phantom) {
                return true;
            }
        } else if let Type::Instance(handle, arguments) = context.types.shape(ty) {
            let params = &context.types.struct_handle(handle).type_params;
            for (argument, param) in context.types.items(arguments).iter().zip(params) {
                let is_parameter = matches!(context.types.shape(*argument), Type::Parameter(_));
                if !(param.is_phantom && is_parameter) {
                    stack.push(*argument);
                }
            }
        } else {
            stack.extend(context.types.components(ty).filter(|component| !context.types.is_closed(*component)));
        }
    }
    false
}
