//! Operand-stack height: every basic block gives back exactly what it takes.
//!
//! A function passes iff no block pops below the height at which it was entered, every block ends
//! at that height, and neither the height nor the pushes of a block exceed their limits. All blocks
//! count, reachable or not. Lowering relies on it: each stack position becomes one fixed slot.
//!
//! Assumes that bounds, instruction consistency and control flow have passed. Linear in the code.
//! Source: "Move: A Language With Programmable Resources" (2019), stack balance checking.

use crate::{
    config::VerifierConfig,
    context::{Body, Context},
    control_flow::ControlFlow,
    error::Reject,
    op::{Op, VectorOp},
    types::Type,
};
use move_core_types::StatusCode;

pub(crate) fn check(
    config: &VerifierConfig,
    context: &Context<'_>,
    body: &Body<'_>,
    flow: &ControlFlow,
) -> Result<(), Reject> {
    let pushes_max = config.max_pushes_in_block.map_or(u64::MAX, u64::from);
    let height_max = u64::from(config.max_stack_height);
    for block in flow.blocks() {
        let reject = |status| Reject::at(status, block.start);
        let mut height = 0u64; // Relative to block entry.
        let mut pushes = 0u64;
        for offset in block.offsets() {
            let effect = effect(context, body, body.ops[usize::from(offset)]);
            pushes = pushes.saturating_add(effect.pushes);
            if pushes > pushes_max {
                return Err(reject(StatusCode::ValueStackPushOverflow));
            }
            let left = height.checked_sub(effect.pops).ok_or(reject(StatusCode::NegativeStackSizeWithinBlock))?;
            height = left.checked_add(effect.pushes).ok_or(reject(StatusCode::PositiveStackSizeAtBlockEnd))?;
            if height > height_max {
                return Err(reject(StatusCode::ValueStackOverflow));
            }
        }
        if height != 0 {
            return Err(reject(StatusCode::PositiveStackSizeAtBlockEnd));
        }
    }
    Ok(())
}

/// How many values an instruction takes from the operand stack and puts there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Effect {
    pops: u64,
    pushes: u64,
}

const fn fixed(pops: u64, pushes: u64) -> Effect {
    Effect { pops, pushes }
}

fn effect(context: &Context<'_>, body: &Body<'_>, op: Op) -> Effect {
    let len = |list| context.types.items(list).len() as u64;
    let fields = |owner, variant| context.fields(owner, variant).map_or(0, len);
    match op {
        Op::Pop | Op::Fork | Op::StoreLocal(_) | Op::Abort => fixed(1, 0),
        Op::Jump | Op::Nop => fixed(0, 0),
        Op::Load(_) | Op::LoadConstant(_) => fixed(0, 1),
        Op::CopyLocal(_) | Op::MoveLocal(_) | Op::BorrowLocal { .. } => fixed(0, 1),
        Op::BorrowField { .. } | Op::TestVariant { .. } | Op::ReadRef | Op::FreezeRef => fixed(1, 1),
        Op::Exists { .. } | Op::BorrowGlobal { .. } | Op::MoveFrom { .. } => fixed(1, 1),
        Op::Negate | Op::Not | Op::Cast(_) => fixed(1, 1),
        Op::MoveTo { .. } | Op::WriteRef | Op::AbortMessage => fixed(2, 0),
        Op::Arithmetic | Op::Bitwise | Op::Shift | Op::Compare | Op::Equal | Op::Logic => fixed(2, 1),
        Op::Ret => Effect { pops: len(body.results), pushes: 0 },
        Op::Call { function, arguments: _ } => {
            let handle = &context.tables.function_handles[usize::from(function.0)];
            Effect { pops: len(context.signature(handle.parameters)), pushes: len(context.signature(handle.results)) }
        }
        Op::Pack { owner, variant, arguments: _ } => Effect { pops: fields(owner, variant), pushes: 1 },
        Op::Unpack { owner, variant, arguments: _ } => Effect { pops: 1, pushes: fields(owner, variant) },
        Op::PackClosure { mask, function: _, arguments: _ } => Effect { pops: u64::from(mask.count_ones()), pushes: 1 },
        Op::CallClosure(signature) => {
            let function = context.signature_items(signature).first().map(|ty| context.types.shape(*ty));
            match function {
                Some(Type::Function { arguments, results, abilities: _ }) => {
                    Effect { pops: 1 + len(arguments), pushes: len(results) }
                }
                _ => fixed(1, 0),
            }
        }
        Op::Vector { what, element: _ } => match what {
            VectorOp::Pack(count) => Effect { pops: count, pushes: 1 },
            VectorOp::Unpack(count) => Effect { pops: 1, pushes: count },
            VectorOp::Length | VectorOp::PopBack => fixed(1, 1),
            VectorOp::Borrow { mutable: _ } => fixed(2, 1),
            VectorOp::PushBack => fixed(2, 0),
            VectorOp::Swap => fixed(3, 0),
        },
    }
}
