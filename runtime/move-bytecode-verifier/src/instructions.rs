//! Instruction consistency: the form of an instruction fits what it names.
//!
//! A function passes iff generic forms name generic things and plain forms plain ones, vectors are
//! packed and unpacked by counts that stack arithmetic can hold, and closures capture parameters
//! that exist and are called through function types.
//!
//! Assumes bounds. Linear in the code.

use crate::{
    context::{Body, Context},
    error::Reject,
    op::{Arguments, Op, VectorOp},
    types::Type,
};
use move_binary_format::file_format::{FunctionHandleIdx, StructDefIdx};
use move_core_types::StatusCode;

/// The most elements that one instruction packs or unpacks (specification 42.1).
const VECTOR_COUNT_MAX: u64 = 65_535;

pub(crate) fn check(context: &Context<'_>, body: &Body<'_>) -> Result<(), Reject> {
    for (offset, op) in (0u16..).zip(&body.ops) {
        check_instruction(context, *op).map_err(|status| Reject::at(status, offset))?;
    }
    Ok(())
}

fn check_instruction(context: &Context<'_>, op: Op) -> Result<(), StatusCode> {
    match op {
        Op::BorrowField { owner, arguments, mutable: _, field: _, variants: _ }
        | Op::Pack { owner, arguments, variant: _ }
        | Op::Unpack { owner, arguments, variant: _ }
        | Op::TestVariant { owner, arguments, variant: _ }
        | Op::Exists { owner, arguments }
        | Op::BorrowGlobal { owner, arguments, mutable: _ }
        | Op::MoveFrom { owner, arguments }
        | Op::MoveTo { owner, arguments } => check_owner(context, owner, arguments),
        Op::Call { function, arguments } => check_function(context, function, arguments),
        Op::PackClosure { function, mask, arguments } => {
            check_function(context, function, arguments)?;
            let handle = &context.tables.function_handles[usize::from(function.0)];
            let parameters = context.signature_items(handle.parameters).len();
            let captured_up_to = (u64::BITS - mask.leading_zeros()) as usize;
            if captured_up_to > parameters { Err(StatusCode::InvalidClosureMask) } else { Ok(()) }
        }
        Op::CallClosure(signature) => match context.signature_items(signature) {
            [ty] if matches!(context.types.shape(*ty), Type::Function { .. }) => Ok(()),
            _ => Err(StatusCode::ClosureCallRequiresFunction),
        },
        Op::Vector { what: VectorOp::Pack(count) | VectorOp::Unpack(count), element: _ } => {
            if count > VECTOR_COUNT_MAX { Err(StatusCode::ConstraintNotSatisfied) } else { Ok(()) }
        }
        Op::Vector { what: VectorOp::Length, element: _ }
        | Op::Vector { what: VectorOp::Borrow { mutable: _ }, element: _ }
        | Op::Vector { what: VectorOp::PushBack | VectorOp::PopBack | VectorOp::Swap, element: _ }
        | Op::Pop
        | Op::Ret
        | Op::Fork
        | Op::Jump
        | Op::Nop
        | Op::Load(_)
        | Op::LoadConstant(_)
        | Op::CopyLocal(_)
        | Op::MoveLocal(_)
        | Op::StoreLocal(_)
        | Op::BorrowLocal { .. }
        | Op::ReadRef
        | Op::WriteRef
        | Op::FreezeRef
        | Op::Arithmetic
        | Op::Bitwise
        | Op::Shift
        | Op::Negate
        | Op::Cast(_)
        | Op::Compare
        | Op::Equal
        | Op::Logic
        | Op::Not
        | Op::Abort
        | Op::AbortMessage => Ok(()),
    }
}

fn check_form(arguments: Arguments, is_generic: bool) -> Result<(), StatusCode> {
    if arguments.is_some() == is_generic { Ok(()) } else { Err(StatusCode::GenericMemberOpcodeMismatch) }
}

fn check_owner(context: &Context<'_>, owner: StructDefIdx, arguments: Arguments) -> Result<(), StatusCode> {
    check_form(arguments, !context.struct_handle(owner).type_params.is_empty())
}

fn check_function(context: &Context<'_>, function: FunctionHandleIdx, arguments: Arguments) -> Result<(), StatusCode> {
    check_form(arguments, !context.tables.function_handles[usize::from(function.0)].type_params.is_empty())
}
