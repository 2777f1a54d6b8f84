//! References: no value is moved, overwritten or taken away under a reference, no reference outlives
//! what it points at, and what is mutably borrowed is reached in one way only.
//!
//! Locals hold values or references; the borrow graph knows which reference was borrowed from which.
//! The *frame root* stands for the function's own locals and for global storage; a returned
//! reference must not derive from it. At the end of a block references live in locals only and are
//! named after them, so that states can be joined.
//!
//! Assumes type safety and locals safety. Visits reachable blocks only. Metered by the size of the
//! graph.
//! Source: "The Move Borrow Checker" (2022).

use crate::{
    borrow_graph::{BorrowGraph, Label, RefId},
    context::{Body, Context},
    control_flow::ControlFlow,
    error::Reject,
    interpret::{Domain, interpret},
    meter::Meter,
    op::{Op, VectorOp},
    types::{ListId, Type},
};
use move_binary_format::file_format::{FunctionHandleIdx, StructDefIdx};
use move_core_types::StatusCode;
use smallvec::SmallVec;

/// Units for each instruction, each local and each node and edge of the graph.
const STEP_COST: u64 = 10;
const STEP_PER_LOCAL_COST: u64 = 20;
const PER_GRAPH_ITEM_COST: u64 = 50;
/// Units for each join, and for each local in it.
const JOIN_COST: u64 = 100;
const JOIN_PER_LOCAL_COST: u64 = 10;
/// Units for each resource that a callee acquires.
const PER_ACQUIRES_COST: u64 = 100;
/// Units for the first edge from an argument to a result of a call; every further one of the same
/// call costs half as much again (rule T-MET-2).
const FIRST_CALL_EDGE_COST: u64 = 100;

pub(crate) fn check(
    context: &Context<'_>,
    body: &Body<'_>,
    flow: &ControlFlow,
    meter: &mut Meter,
) -> Result<(), Reject> {
    let mut initial = State::new(body.locals.len());
    let parameters = &body.locals[..body.parameter_count];
    for ((local, id), ty) in initial.locals.iter_mut().zip(0u32..).zip(parameters) {
        if let Some((_, mutable)) = context.types.target(*ty) {
            *local = Operand::Reference(id);
            initial.graph.add(id, mutable);
        }
    }
    initial.graph.add(initial.root(), true);
    interpret(
        &mut References { context, meter, result_count: context.types.items(body.results).len() },
        initial,
        &body.ops,
        flow,
    )
}

/// What a local or stack position holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operand {
    /// Anything but a reference.
    Value,
    Reference(RefId),
}

/// What is known at one point of the function.
#[derive(Debug, Clone)]
struct State {
    locals: Vec<Operand>,
    /// Empty between blocks.
    stack: Vec<Operand>,
    graph: BorrowGraph,
    next_id: RefId,
}

impl State {
    /// All locals hold values; the graph is empty.
    fn new(local_count: usize) -> Self {
        let root = u32::try_from(local_count).unwrap_or(u32::MAX);
        Self {
            locals: vec![Operand::Value; local_count],
            stack: Vec::new(),
            graph: BorrowGraph::default(),
            next_id: root + 1,
        }
    }

    fn root(&self) -> RefId {
        u32::try_from(self.locals.len()).unwrap_or(u32::MAX)
    }

    fn add(&mut self, mutable: bool) -> RefId {
        let id = self.next_id;
        self.next_id += 1;
        self.graph.add(id, mutable);
        id
    }

    fn push_value(&mut self) {
        self.stack.push(Operand::Value);
    }

    fn push_reference(&mut self, id: RefId) {
        self.stack.push(Operand::Reference(id));
    }

    fn pop(&mut self) -> Result<Operand, Reject> {
        // The stack pass has shown that there is one.
        self.stack.pop().ok_or(Reject::new(StatusCode::VerifierInvariantViolation))
    }

    fn pop_value(&mut self) -> Result<(), Reject> {
        match self.pop()? {
            Operand::Value => Ok(()),
            Operand::Reference(_) => Err(Reject::new(StatusCode::VerifierInvariantViolation)),
        }
    }

    fn pop_values(&mut self, count: u64) -> Result<(), Reject> {
        (0..count).try_for_each(|_| self.pop_value())
    }

    fn push_values(&mut self, count: u64) {
        for _ in 0..count {
            self.push_value();
        }
    }

    fn pop_reference(&mut self) -> Result<RefId, Reject> {
        match self.pop()? {
            Operand::Reference(id) => Ok(id),
            Operand::Value => Err(Reject::new(StatusCode::VerifierInvariantViolation)),
        }
    }

    fn release(&mut self, operand: Operand) {
        if let Operand::Reference(id) = operand {
            self.graph.release(id);
        }
    }

    fn is_local_borrowed(&self, local: u8) -> bool {
        self.graph.is_borrowed_at(self.root(), Label::Local(local))
    }

    fn is_local_mutably_borrowed(&self, local: u8) -> bool {
        self.graph.is_mutably_borrowed_at(self.root(), Label::Local(local))
    }

    fn is_global_borrowed(&self, resource: StructDefIdx) -> bool {
        self.graph.is_borrowed_at(self.root(), Label::Global(resource.0))
    }

    fn is_global_mutably_borrowed(&self, resource: StructDefIdx) -> bool {
        self.graph.is_mutably_borrowed_at(self.root(), Label::Global(resource.0))
    }

    /// A mutable reference may be written through.
    fn is_writable(&self, id: RefId) -> bool {
        !self.graph.is_borrowed(id)
    }

    /// What the reference points at may be read.
    fn is_readable(&self, id: RefId) -> bool {
        !self.graph.is_mutable(id) || !self.graph.is_mutably_borrowed(id)
    }

    /// A field of what the reference points at may be read.
    fn is_readable_at(&self, id: RefId, field: Label) -> bool {
        !self.graph.is_mutable(id) || !self.graph.is_mutably_borrowed_at(id, field)
    }

    /// Names every reference after the local that holds it.
    fn make_canonical(&mut self) {
        let mut names: SmallVec<[(RefId, RefId); 8]> = SmallVec::new();
        let mut is_canonical = true;
        for (name, local) in (0u32..).zip(&mut self.locals) {
            if let Operand::Reference(id) = local {
                is_canonical &= *id == name;
                names.push((*id, name));
                *id = name;
            }
        }
        if !is_canonical {
            names.sort_unstable();
            self.graph.rename(|id| match names.binary_search_by_key(&id, |(old, _)| *old) {
                Ok(at) => names[at].1,
                Err(_) => id,
            });
        }
        self.next_id = self.root() + 1;
    }
}

struct References<'f, 'm> {
    context: &'f Context<'m>,
    meter: &'f mut Meter,
    result_count: usize,
}

/// `Ok` iff the rule holds.
fn require(holds: bool, otherwise: StatusCode) -> Result<(), Reject> {
    if holds { Ok(()) } else { Err(Reject::new(otherwise)) }
}

impl References<'_, '_> {
    fn copy_local(state: &mut State, local: u8) -> Result<(), Reject> {
        match state.locals[usize::from(local)] {
            Operand::Reference(id) => {
                let copy = state.add(state.graph.is_mutable(id));
                state.graph.borrow_strong(id, &[], copy);
                state.push_reference(copy);
            }
            Operand::Value => {
                require(!state.is_local_mutably_borrowed(local), StatusCode::CopylocExistsBorrowError)?;
                state.push_value();
            }
        }
        Ok(())
    }

    fn move_local(state: &mut State, local: u8) -> Result<(), Reject> {
        let operand = std::mem::replace(&mut state.locals[usize::from(local)], Operand::Value);
        if operand == Operand::Value {
            require(!state.is_local_borrowed(local), StatusCode::MovelocExistsBorrowError)?;
        }
        state.stack.push(operand);
        Ok(())
    }

    fn store_local(state: &mut State, local: u8) -> Result<(), Reject> {
        match state.locals[usize::from(local)] {
            Operand::Reference(id) => state.graph.release(id),
            Operand::Value => {
                require(!state.is_local_borrowed(local), StatusCode::StlocUnsafeToDestroyError)?;
            }
        }
        state.locals[usize::from(local)] = state.pop()?;
        Ok(())
    }

    fn borrow_local(state: &mut State, mutable: bool, local: u8) -> Result<(), Reject> {
        if !mutable {
            require(!state.is_local_mutably_borrowed(local), StatusCode::BorrowlocExistsBorrowError)?;
        }
        let id = state.add(mutable);
        state.graph.borrow_strong(state.root(), &[Label::Local(local)], id);
        state.push_reference(id);
        Ok(())
    }

    fn borrow_field(state: &mut State, mutable: bool, field: u16) -> Result<(), Reject> {
        let operand = state.pop_reference()?;
        let label = Label::Field(field);
        let is_allowed =
            if mutable { !state.graph.is_fully_borrowed(operand) } else { state.is_readable_at(operand, label) };
        require(is_allowed, StatusCode::BorrowfieldExistsMutableBorrowError)?;
        let id = state.add(mutable);
        state.graph.borrow_strong(operand, &[label], id);
        state.graph.release(operand);
        state.push_reference(id);
        Ok(())
    }

    fn borrow_global(state: &mut State, mutable: bool, resource: StructDefIdx) -> Result<(), Reject> {
        let is_taken =
            if mutable { state.is_global_borrowed(resource) } else { state.is_global_mutably_borrowed(resource) };
        require(!is_taken, StatusCode::GlobalReferenceError)?;
        state.pop_value()?;
        let id = state.add(mutable);
        state.graph.borrow_weak(state.root(), &[Label::Global(resource.0)], id);
        state.push_reference(id);
        Ok(())
    }

    fn freeze(state: &mut State) -> Result<(), Reject> {
        let operand = state.pop_reference()?;
        require(state.is_readable(operand), StatusCode::FreezerefExistsMutableBorrowError)?;
        let id = state.add(false);
        state.graph.borrow_strong(operand, &[], id);
        state.graph.release(operand);
        state.push_reference(id);
        Ok(())
    }

    fn equal(state: &mut State) -> Result<(), Reject> {
        let operands = [state.pop()?, state.pop()?];
        for operand in operands {
            if let Operand::Reference(id) = operand {
                require(state.is_readable(id), StatusCode::ReadrefExistsMutableBorrowError)?;
            }
        }
        for operand in operands {
            state.release(operand);
        }
        state.push_value();
        Ok(())
    }

    /// `ReadRef`, `TestVariant`.
    fn read(state: &mut State) -> Result<(), Reject> {
        let id = state.pop_reference()?;
        require(state.is_readable(id), StatusCode::ReadrefExistsMutableBorrowError)?;
        state.graph.release(id);
        state.push_value();
        Ok(())
    }

    /// Takes a mutable reference through which something is changed.
    fn pop_written(state: &mut State, otherwise: StatusCode) -> Result<(), Reject> {
        let id = state.pop_reference()?;
        require(state.is_writable(id), otherwise)?;
        state.graph.release(id);
        Ok(())
    }

    fn vector(state: &mut State, what: VectorOp) -> Result<(), Reject> {
        let update = StatusCode::VecUpdateExistsMutableBorrowError;
        match what {
            VectorOp::Pack(count) => {
                state.pop_values(count)?;
                state.push_value();
            }
            VectorOp::Unpack(count) => {
                state.pop_value()?;
                state.push_values(count);
            }
            VectorOp::Length => {
                let id = state.pop_reference()?;
                state.graph.release(id);
                state.push_value();
            }
            VectorOp::Borrow { mutable } => {
                state.pop_value()?;
                let vector = state.pop_reference()?;
                // Stricter than the public rules, which ask nothing of an immutable borrow through `&mut`: with an
                // element mutably borrowed before, a reference into that element could be left dangling.
                let is_allowed = if mutable { state.is_writable(vector) } else { state.is_readable(vector) };
                require(is_allowed, StatusCode::VecBorrowElementExistsMutableBorrowError)?;
                let id = state.add(mutable);
                state.graph.borrow_weak(vector, &[], id);
                state.graph.release(vector);
                state.push_reference(id);
            }
            VectorOp::PushBack => {
                state.pop_value()?;
                Self::pop_written(state, update)?;
            }
            VectorOp::PopBack => {
                Self::pop_written(state, update)?;
                state.push_value();
            }
            VectorOp::Swap => {
                state.pop_values(2)?;
                Self::pop_written(state, update)?;
            }
        }
        Ok(())
    }

    fn call(&mut self, state: &mut State, function: FunctionHandleIdx) -> Result<(), Reject> {
        let handle = &self.context.tables.function_handles[usize::from(function.0)];
        if let Some(callee) = self.context.definition(function) {
            for resource in &self.context.tables.function_defs[usize::from(callee.0)].acquires {
                self.meter.charge(PER_ACQUIRES_COST)?;
                require(!state.is_global_borrowed(*resource), StatusCode::GlobalReferenceError)?;
            }
        }
        let parameters = self.context.signature(handle.parameters);
        self.call_with(state, parameters, self.context.signature(handle.results))
    }

    /// Takes arguments and leaves results, which may borrow from any reference among the arguments.
    fn call_with(&mut self, state: &mut State, parameters: ListId, results: ListId) -> Result<(), Reject> {
        let types = &self.context.types;
        let count = types.items(parameters).len();
        let from = state.stack.len().checked_sub(count).ok_or(Reject::new(StatusCode::VerifierInvariantViolation))?;
        let arguments: SmallVec<[Operand; 8]> = state.stack.drain(from..).collect();
        let references = || {
            arguments.iter().filter_map(|argument| match argument {
                Operand::Reference(id) => Some(*id),
                Operand::Value => None,
            })
        };
        let mutable: SmallVec<[RefId; 8]> = references().filter(|id| state.graph.is_mutable(*id)).collect();
        for id in &mutable {
            require(state.is_writable(*id), StatusCode::CallBorrowedMutableReferenceError)?;
        }
        let mut edge_cost = FIRST_CALL_EDGE_COST;
        for ty in types.items(results) {
            let Some((_, is_mutable)) = types.target(*ty) else {
                state.push_value();
                continue;
            };
            let sources: SmallVec<[RefId; 8]> = if is_mutable { mutable.clone() } else { references().collect() };
            let id = state.add(is_mutable);
            for source in sources {
                self.meter.charge(edge_cost)?;
                edge_cost = edge_cost.saturating_mul(3) / 2;
                state.graph.borrow_weak(source, &[], id);
            }
            state.push_reference(id);
        }
        for id in references() {
            state.graph.release(id);
        }
        Ok(())
    }

    fn call_closure(&mut self, state: &mut State, function: Type) -> Result<(), Reject> {
        let Type::Function { arguments, results, abilities: _ } = function else {
            return Err(Reject::new(StatusCode::VerifierInvariantViolation));
        };
        state.pop_value()?;
        self.call_with(state, arguments, results)
    }

    fn ret(&self, state: &mut State) -> Result<(), Reject> {
        for local in 0..state.locals.len() {
            let operand = std::mem::replace(&mut state.locals[local], Operand::Value);
            state.release(operand);
        }
        let is_rooted = state.graph.is_borrowed(state.root());
        require(!is_rooted, StatusCode::UnsafeRetLocalOrResourceStillBorrowed)?;
        for _ in 0..self.result_count {
            if let Operand::Reference(id) = state.pop()?
                && state.graph.is_mutable(id)
            {
                require(state.is_writable(id), StatusCode::RetBorrowedMutableReferenceError)?;
            }
        }
        Ok(())
    }

    fn field_count(&self, owner: StructDefIdx, variant: Option<u16>) -> u64 {
        self.context.fields(owner, variant).map_or(0, |fields| self.context.types.items(fields).len() as u64)
    }

    fn apply(&mut self, state: &mut State, op: Op) -> Result<(), Reject> {
        match op {
            Op::Pop => {
                let operand = state.pop()?;
                state.release(operand);
                Ok(())
            }
            Op::Ret => self.ret(state),
            Op::Jump | Op::Nop => Ok(()),
            Op::Fork | Op::Abort => state.pop_value(),
            Op::AbortMessage => state.pop_values(2),
            Op::Load(_) | Op::LoadConstant(_) => {
                state.push_value();
                Ok(())
            }
            Op::CopyLocal(local) => Self::copy_local(state, local),
            Op::MoveLocal(local) => Self::move_local(state, local),
            Op::StoreLocal(local) => Self::store_local(state, local),
            Op::BorrowLocal { mutable, local } => Self::borrow_local(state, mutable, local),
            Op::BorrowField { mutable, field, owner: _, variants: _, arguments: _ } => {
                Self::borrow_field(state, mutable, field)
            }
            Op::Call { function, arguments: _ } => self.call(state, function),
            Op::Pack { owner, variant, arguments: _ } => {
                state.pop_values(self.field_count(owner, variant))?;
                state.push_value();
                Ok(())
            }
            Op::Unpack { owner, variant, arguments: _ } => {
                state.pop_value()?;
                state.push_values(self.field_count(owner, variant));
                Ok(())
            }
            Op::TestVariant { .. } | Op::ReadRef => Self::read(state),
            Op::Exists { .. } | Op::Negate | Op::Not | Op::Cast(_) => {
                state.pop_value()?;
                state.push_value();
                Ok(())
            }
            Op::BorrowGlobal { mutable, owner, arguments: _ } => Self::borrow_global(state, mutable, owner),
            Op::MoveFrom { owner, arguments: _ } => {
                require(!state.is_global_borrowed(owner), StatusCode::GlobalReferenceError)?;
                state.pop_value()?;
                state.push_value();
                Ok(())
            }
            Op::MoveTo { .. } => {
                state.pop_value()?;
                let signer = state.pop_reference()?;
                state.graph.release(signer);
                Ok(())
            }
            Op::WriteRef => {
                Self::pop_written(state, StatusCode::WriterefExistsBorrowError)?;
                state.pop_value()
            }
            Op::FreezeRef => Self::freeze(state),
            Op::Arithmetic | Op::Bitwise | Op::Shift | Op::Compare | Op::Logic => {
                state.pop_values(2)?;
                state.push_value();
                Ok(())
            }
            Op::Equal => Self::equal(state),
            Op::Vector { what, element: _ } => Self::vector(state, what),
            Op::PackClosure { mask, function: _, arguments: _ } => {
                state.pop_values(u64::from(mask.count_ones()))?;
                state.push_value();
                Ok(())
            }
            Op::CallClosure(signature) => {
                let function = self.context.signature_items(signature).first();
                let function = function.ok_or(Reject::new(StatusCode::VerifierInvariantViolation))?;
                self.call_closure(state, self.context.types.shape(*function))
            }
        }
    }
}

impl Domain for References<'_, '_> {
    type State = State;

    fn step(&mut self, state: &mut State, op: Op) -> Result<(), Reject> {
        self.meter.charge(STEP_COST)?;
        self.meter.charge_items(STEP_PER_LOCAL_COST, state.locals.len() as u64)?;
        self.meter.charge_items(PER_GRAPH_ITEM_COST, state.graph.size())?;
        let result = self.apply(state, op);
        self.context.count(state.graph.take_work());
        result
    }

    fn finish_block(&mut self, state: &mut State) -> Result<(), Reject> {
        require(state.stack.is_empty(), StatusCode::VerifierInvariantViolation)?;
        state.make_canonical();
        Ok(())
    }

    fn join(&mut self, old: &mut State, new: &State) -> Result<bool, Reject> {
        self.meter.charge(JOIN_COST)?;
        self.meter.charge_items(JOIN_PER_LOCAL_COST, old.locals.len() as u64)?;
        self.meter.charge_items(PER_GRAPH_ITEM_COST, old.graph.size().saturating_add(new.graph.size()))?;
        let changed = join_states(old, new);
        // A join that reported growth for ever would not end (specification 42.3).
        debug_assert!(!join_states(&mut old.clone(), new), "a state that includes another does not grow by it");
        self.context.count(1 + old.graph.take_work() + new.graph.take_work());
        Ok(changed)
    }
}

/// Widens `old` so that it includes `new`; whether it has grown. Both are canonical.
fn join_states(old: &mut State, new: &State) -> bool {
    let mut changed = false;
    let mut other = std::borrow::Cow::Borrowed(&new.graph);
    for (own, new) in old.locals.iter_mut().zip(&new.locals) {
        match (*own, *new) {
            (Operand::Reference(id), Operand::Value) => {
                old.graph.release(id);
                *own = Operand::Value;
                changed = true;
            }
            (Operand::Value, Operand::Reference(id)) => other.to_mut().release(id),
            (Operand::Value, Operand::Value) => {}
            (Operand::Reference(_), Operand::Reference(_)) => {}
        }
    }
    old.graph.absorb(&other) | changed
}
