//! Acquires: the list of a function names exactly the resources that it borrows globally or takes.
//!
//! A function passes iff every own resource that it borrows from storage or moves out of it, and
//! every one in the list of an own function that it calls, is in its list; everything in the list is
//! needed by some instruction, and has `key`. Calls to other modules and closures do not count: what
//! they lead back to, the run-time rule on re-entrancy covers.
//!
//! Linear in the code and the lists.

use crate::{
    context::{Body, Context},
    error::Reject,
    op::Op,
};
use move_binary_format::file_format::StructDefIdx;
use move_core_types::StatusCode;
use std::collections::{BTreeMap, BTreeSet};

pub(crate) fn check(context: &Context<'_>, body: &Body<'_>) -> Result<(), Reject> {
    // By declared resource: whether an instruction has needed it.
    let mut declared: BTreeMap<StructDefIdx, bool> = body.acquires.iter().map(|resource| (*resource, false)).collect();
    let mut need = |resource: StructDefIdx, offset| match declared.get_mut(&resource) {
        Some(needed) => {
            *needed = true;
            Ok(())
        }
        None => Err(Reject::at(StatusCode::MissingAcquiresAnnotation, offset)),
    };
    // Functions whose lists have been looked at.
    let mut called = BTreeSet::new();
    for (offset, op) in (0u16..).zip(&body.ops) {
        match *op {
            Op::MoveFrom { owner, arguments: _ } | Op::BorrowGlobal { owner, mutable: _, arguments: _ } => {
                need(owner, offset)?;
            }
            Op::Call { function, arguments: _ } => {
                let Some(callee) = context.definition(function) else { continue };
                let list = &context.tables.function_defs[usize::from(callee.0)].acquires;
                if !list.is_empty() && called.insert(callee) {
                    for resource in list {
                        need(*resource, offset)?;
                    }
                }
            }
            Op::Exists { .. }
            | Op::MoveTo { .. }
            | Op::PackClosure { .. }
            | Op::CallClosure(_)
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
            | Op::BorrowField { .. }
            | Op::Pack { .. }
            | Op::Unpack { .. }
            | Op::TestVariant { .. }
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
            | Op::AbortMessage
            | Op::Vector { .. } => {}
        }
    }
    if declared.values().any(|needed| !needed) {
        return Err(Reject::new(StatusCode::ExtraneousAcquiresAnnotation));
    }
    for resource in body.acquires {
        if !context.struct_handle(*resource).abilities.has_key() {
            return Err(Reject::new(StatusCode::InvalidAcquiresAnnotation));
        }
    }
    Ok(())
}
