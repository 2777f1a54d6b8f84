//! Locals: nothing is used before it is stored or after it is moved, nothing that must be kept is
//! overwritten or left behind.
//!
//! Every local is unavailable, available, or available on some paths only. A function passes iff
//! moves, copies and borrows find their local available, and no store and no return finds a value
//! without `drop` in a local that may be available. Aborts may leave anything behind.
//!
//! Assumes type safety. Visits reachable blocks only. Metered.

use crate::{
    context::{Body, Context},
    control_flow::ControlFlow,
    error::Reject,
    interpret::{Domain, interpret},
    meter::Meter,
    op::Op,
};
use move_core_types::StatusCode;

/// Units for each instruction.
const STEP_COST: u64 = 15;
/// Units for each local at a return.
const RETURN_PER_LOCAL_COST: u64 = 30;
/// Units for each node of a local's type that depends on type parameters: the abilities of other types
/// are known, those of these are found anew in every function.
const OPEN_NODE_COST: u64 = 2;
/// Units for each join, and for each local in it.
const JOIN_COST: u64 = 10;
const JOIN_PER_LOCAL_COST: u64 = 5;

pub(crate) fn check(
    context: &mut Context<'_>,
    body: &Body<'_>,
    flow: &ControlFlow,
    meter: &mut Meter,
) -> Result<(), Reject> {
    context.types.enter_context(body.type_params);
    let mut droppable = LocalSet::default();
    for (local, ty) in (0u16..).zip(&body.locals) {
        if !context.types.is_closed(*ty) {
            meter.charge_items(OPEN_NODE_COST, context.types.nodes(*ty))?;
        }
        if context.types.abilities(*ty).has_drop() {
            droppable.insert(local);
        }
    }
    let mut initial = Availability::default();
    for parameter in 0..u16::try_from(body.parameter_count).unwrap_or(u16::MAX) {
        initial.surely.insert(parameter);
        initial.maybe.insert(parameter);
    }
    let count = body.locals.len() as u64;
    interpret(&mut Locals { droppable, count, meter }, initial, &body.ops, flow)
}

/// A set of at most 256 locals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct LocalSet([u64; 4]);

impl LocalSet {
    fn insert(&mut self, local: u16) {
        self.0[usize::from(local / 64)] |= 1 << (local % 64);
    }

    fn remove(&mut self, local: u16) {
        self.0[usize::from(local / 64)] &= !(1 << (local % 64));
    }

    fn contains(&self, local: u16) -> bool {
        self.0[usize::from(local / 64)] & (1 << (local % 64)) != 0
    }

    fn is_subset(&self, other: &LocalSet) -> bool {
        self.0.iter().zip(&other.0).all(|(own, other)| own & !other == 0)
    }

    fn combine(&self, other: &LocalSet, operation: fn(u64, u64) -> u64) -> LocalSet {
        LocalSet(std::array::from_fn(|word| operation(self.0[word], other.0[word])))
    }
}

/// What is known about locals. `surely` is a subset of `maybe`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Availability {
    /// Available on every path.
    surely: LocalSet,
    /// Available on some path.
    maybe: LocalSet,
}

struct Locals<'f> {
    droppable: LocalSet,
    count: u64,
    meter: &'f mut Meter,
}

impl Locals<'_> {
    fn require(state: &Availability, local: u8, otherwise: StatusCode) -> Result<(), Reject> {
        if state.surely.contains(local.into()) { Ok(()) } else { Err(Reject::new(otherwise)) }
    }
}

impl Domain for Locals<'_> {
    type State = Availability;

    fn step(&mut self, state: &mut Availability, op: Op) -> Result<(), Reject> {
        self.meter.charge(STEP_COST)?;
        match op {
            Op::MoveLocal(local) => {
                Self::require(state, local, StatusCode::MovelocUnavailableError)?;
                state.surely.remove(local.into());
                state.maybe.remove(local.into());
            }
            Op::CopyLocal(local) => Self::require(state, local, StatusCode::CopylocUnavailableError)?,
            Op::BorrowLocal { local, mutable: _ } => {
                Self::require(state, local, StatusCode::BorrowlocUnavailableError)?;
            }
            Op::StoreLocal(local) => {
                let local = u16::from(local);
                if state.maybe.contains(local) && !self.droppable.contains(local) {
                    return Err(Reject::new(StatusCode::StlocUnsafeToDestroyError));
                }
                state.surely.insert(local);
                state.maybe.insert(local);
            }
            Op::Ret => {
                self.meter.charge_items(RETURN_PER_LOCAL_COST, self.count)?;
                if !state.maybe.is_subset(&self.droppable) {
                    return Err(Reject::new(StatusCode::UnsafeRetUnusedValuesWithoutDrop));
                }
            }
            Op::Pop
            | Op::Fork
            | Op::Jump
            | Op::Nop
            | Op::Load(_)
            | Op::LoadConstant(_)
            | Op::BorrowField { .. }
            | Op::Call { .. }
            | Op::Pack { .. }
            | Op::Unpack { .. }
            | Op::TestVariant { .. }
            | Op::Exists { .. }
            | Op::BorrowGlobal { .. }
            | Op::MoveFrom { .. }
            | Op::MoveTo { .. }
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
            | Op::Vector { .. }
            | Op::PackClosure { .. }
            | Op::CallClosure(_) => {}
        }
        Ok(())
    }

    fn finish_block(&mut self, _state: &mut Availability) -> Result<(), Reject> {
        Ok(())
    }

    fn join(&mut self, old: &mut Availability, new: &Availability) -> Result<bool, Reject> {
        self.meter.charge(JOIN_COST)?;
        self.meter.charge_items(JOIN_PER_LOCAL_COST, self.count)?;
        let joined = Availability {
            surely: old.surely.combine(&new.surely, |old, new| old & new),
            maybe: old.maybe.combine(&new.maybe, |old, new| old | new),
        };
        let changed = joined != *old;
        *old = joined;
        Ok(changed)
    }
}
