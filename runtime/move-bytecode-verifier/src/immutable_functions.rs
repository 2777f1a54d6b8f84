//! Immutable functions (version 11): what never changes calls only what never changes.
//!
//! A function whose handle is *immutable* passes iff every function that it calls or makes a closure
//! of is immutable too, natives included. Calls of closures are free. Linear in the code.

use crate::{
    context::{Body, Context},
    error::Reject,
    op::Op,
};
use move_binary_format::file_format::{FunctionAttribute, FunctionHandleIdx};
use move_core_types::StatusCode;

/// The first version with immutable functions.
const SINCE: u32 = 11;

pub(crate) fn check(context: &Context<'_>, body: &Body<'_>) -> Result<(), Reject> {
    let is_immutable = |function: FunctionHandleIdx| {
        let handle = &context.tables.function_handles[usize::from(function.0)];
        handle.attributes.contains(&FunctionAttribute::Immutable)
    };
    let Some(definition) = body.definition else { return Ok(()) };
    let own = context.tables.function_defs[usize::from(definition.0)].handle;
    if context.version < SINCE || !is_immutable(own) {
        return Ok(());
    }
    for (offset, op) in (0u16..).zip(&body.ops) {
        let (Op::Call { function: called, arguments: _ } | Op::PackClosure { function: called, mask: _, arguments: _ }) =
            *op
        else {
            continue;
        };
        if !is_immutable(called) {
            return Err(Reject::at(StatusCode::ImmutableFunctionCallsNonImmutable, offset));
        }
    }
    Ok(())
}
