//! One function: block by block, instruction by instruction.

use super::op::{Any, Op, Pc, Slot};
use super::operand::{Operand, Place, Target, move_words, redirect};
use super::{Lowered, Site};
use crate::error::{VmError, VmResult};
use crate::fast::scalar_words;
use crate::instance::{Arith, Instance, Instr, Order};
use crate::layout::{Layout, Shape, element_bytes};
use crate::native::Scalar;
use crate::types::{IntKind, Kind, Ty};
use crate::world::{InstanceNo, World};
use move_core_types::StatusCode;
use std::sync::Arc;

/// Slots of a frame; the rest of the range of a slot number is for outgoing arguments.
const FRAME_SLOTS_MAX: u32 = 40_000;
/// Instructions of a loop header that is repeated at the loop's end.
const HEADER_MAX: u16 = 12;

/// Lowering does not go on: the function runs on the plain interpreter.
enum Stop {
    Unsupported,
    Error(VmError),
}

impl From<VmError> for Stop {
    fn from(error: VmError) -> Self {
        Stop::Error(error)
    }
}

type Step<T> = Result<T, Stop>;

/// Makes an op from result, operand, constant and width.
type Immediate = fn(Slot, Slot, u64, u16) -> Op;

/// A condition that a branch may follow.
enum Test {
    Lt(Slot, Slot),
    Le(Slot, Slot),
    Eq(Slot, Slot),
    LtImm(Slot, u32),
    LeImm(Slot, u32),
    GtImm(Slot, u32),
    GeImm(Slot, u32),
    EqImm(Slot, u64),
}

pub(super) fn build(world: &mut World, no: InstanceNo) -> VmResult<Option<Lowered>> {
    let instance = world.instance(no).clone();
    let mut builder = match Builder::new(world, instance.clone()) {
        Ok(builder) => builder,
        Err(Stop::Unsupported) => return Ok(None),
        Err(Stop::Error(error)) => return Err(error),
    };
    match builder.run() {
        Ok(()) => {}
        Err(Stop::Unsupported) => return Ok(None),
        Err(Stop::Error(error)) => return Err(error),
    }
    let (mut ops, offsets, slots) = (builder.ops, builder.offsets, builder.top);
    let Ok(start) = Pc::try_from(world.arena.ops.len()) else { return Ok(None) };
    for op in &mut ops {
        if let Some(to) = target(op) {
            *to += start;
        }
    }
    world.arena.ops.extend(ops);
    world.arena.offsets.extend(offsets);
    let Ok(end) = Pc::try_from(world.arena.ops.len()) else { return Ok(None) };
    let Ok(slots) = u16::try_from(slots + 8) else { return Ok(None) };
    let height = instance.blocks.iter().map(|block| block.height).max().unwrap_or(0);
    Ok(Some(Lowered { instance: no, start, end, slots, height }))
}

/// Where a jump goes.
fn target(op: &mut Op) -> Option<&mut Pc> {
    match op {
        Op::Jump { to }
        | Op::JumpTrue { to, .. }
        | Op::JumpFalse { to, .. }
        | Op::JumpEq { to, .. }
        | Op::JumpNe { to, .. }
        | Op::JumpLt { to, .. }
        | Op::JumpLe { to, .. }
        | Op::JumpEqImm { to, .. }
        | Op::JumpNeImm { to, .. }
        | Op::JumpLtImm { to, .. }
        | Op::JumpLeImm { to, .. }
        | Op::JumpGtImm { to, .. }
        | Op::JumpGeImm { to, .. } => Some(to),
        _ => None,
    }
}

struct Builder<'w> {
    world: &'w mut World,
    instance: Arc<Instance>,
    /// First slot of each local.
    locals: Vec<Slot>,
    stack: Vec<Operand>,
    /// First slot behind the locals.
    bottom: u32,
    /// One past the highest slot in use anywhere.
    top: u32,
    ops: Vec<Op>,
    offsets: Vec<u16>,
    /// First op of each block, once it is there.
    block_starts: Vec<Option<Pc>>,
    /// Jumps whose target is still a bytecode offset.
    open_jumps: Vec<(usize, u16)>,
    /// The op before which nothing may be redirected.
    fence: usize,
    /// The instruction at work.
    at: u16,
    /// First slot that no operand had when the instruction began.
    free: u32,
    /// Instructions to pass over because an earlier one did their work.
    skip: u16,
}

impl<'w> Builder<'w> {
    fn new(world: &'w mut World, instance: Arc<Instance>) -> Step<Self> {
        let mut next = 0u32;
        let mut locals = Vec::with_capacity(instance.locals.len());
        for ty in instance.locals.iter() {
            locals.push(Slot::try_from(next).map_err(|_| Stop::Unsupported)?);
            next += world.layout(*ty)?.ok_or(Stop::Unsupported)?.words;
            if next > FRAME_SLOTS_MAX {
                return Err(Stop::Unsupported);
            }
        }
        let blocks = instance.blocks.len();
        Ok(Self {
            world,
            instance,
            locals,
            stack: Vec::new(),
            bottom: next,
            top: next,
            ops: Vec::new(),
            offsets: Vec::new(),
            block_starts: vec![None; blocks],
            open_jumps: Vec::new(),
            fence: 0,
            at: 0,
            free: next,
            skip: 0,
        })
    }

    fn run(&mut self) -> Step<()> {
        // Results overwrite the first slots of the frame, whatever stands there.
        let results = self.instance.results.clone();
        let mut result_words = 0;
        for ty in results.iter() {
            result_words += u32::from(self.words(*ty)?);
        }
        self.top = self.top.max(result_words);
        let instance = self.instance.clone();
        let first = instance.blocks.first().ok_or(Stop::Unsupported)?;
        self.gas(instance.entry_gas.checked_add(first.gas).ok_or(Stop::Unsupported)?)?;
        let looped =
            instance.code.iter().any(|instr| matches!(instr, Instr::Branch(0) | Instr::BrTrue(0) | Instr::BrFalse(0)));
        if looped {
            let over = self.ops.len() as Pc + 2;
            self.emit(Op::Jump { to: over });
        }
        for (number, block) in instance.blocks.iter().enumerate() {
            self.block_starts[number] = Some(self.ops.len() as Pc);
            self.at = block.start;
            if number > 0 || looped {
                self.gas(block.gas)?;
            }
            self.block(block.start, block.end)?;
        }
        for (op, to) in std::mem::take(&mut self.open_jumps) {
            let block = usize::from(instance.block_at[usize::from(to)]);
            let start = block.checked_sub(1).and_then(|block| self.block_starts[block]).ok_or(Stop::Unsupported)?;
            if let Some(to) = target(&mut self.ops[op]) {
                *to = start;
            }
        }
        Ok(())
    }

    fn gas(&mut self, gas: u64) -> Step<()> {
        let gas = u32::try_from(gas).map_err(|_| Stop::Unsupported)?;
        self.emit(Op::Gas { gas });
        self.fence = self.ops.len();
        Ok(())
    }

    fn block(&mut self, start: u16, end: u16) -> Step<()> {
        self.stack.clear();
        self.skip = 0;
        let instance = self.instance.clone();
        for at in start..end {
            self.at = at;
            if self.skip > 0 {
                self.skip -= 1;
                continue;
            }
            self.free = self.next();
            self.instr(&instance.code[usize::from(at)])?;
        }
        Ok(())
    }

    fn emit(&mut self, op: Op) {
        self.ops.push(op);
        self.offsets.push(self.at);
    }

    fn jump(&mut self, op: Op, to: u16) {
        self.open_jumps.push((self.ops.len(), to));
        self.emit(op);
        self.fence = self.ops.len();
    }

    /// The instruction after `count` more, if it belongs to the same block.
    fn peek(&self, count: u16) -> Option<&Instr> {
        let at = usize::from(self.at + count);
        if self.instance.block_at.get(at) != Some(&0) { None } else { self.instance.code.get(at) }
    }

    // Operands

    fn layout(&mut self, ty: Ty) -> Step<Arc<Layout>> {
        self.world.layout(ty)?.ok_or(Stop::Unsupported)
    }

    fn words(&mut self, ty: Ty) -> Step<u16> {
        u16::try_from(self.layout(ty)?.words).map_err(|_| Stop::Unsupported)
    }

    /// The slot where the next operand would go.
    fn next(&self) -> u32 {
        self.stack.last().map_or(self.bottom, |last| u32::from(last.at) + u32::from(last.words))
    }

    fn push(&mut self, ty: Ty, place: Place) -> Step<Slot> {
        let words = self.words(ty)?;
        let next = self.next();
        self.top = self.top.max(next + u32::from(words));
        if self.top > FRAME_SLOTS_MAX {
            return Err(Stop::Unsupported);
        }
        let at = Slot::try_from(next).map_err(|_| Stop::Unsupported)?;
        self.stack.push(Operand { ty, words, at, place, volatile: false });
        Ok(at)
    }

    fn pop(&mut self) -> Step<Operand> {
        self.stack.pop().ok_or(Stop::Unsupported)
    }

    /// Puts an operand into the slots of its position.
    fn put_here(&mut self, operand: &mut Operand) {
        let at = operand.at;
        self.put_at(operand, at);
        operand.place = Place::Here;
        operand.volatile = false;
    }

    /// Writes the value of an operand to some slots.
    fn put_at(&mut self, operand: &Operand, d: Slot) {
        match operand.place {
            Place::Here if operand.at == d => {}
            Place::Here => self.emit(move_words(d, operand.at, operand.words)),
            Place::Slot(a) if a == d => {}
            Place::Slot(a) => self.emit(move_words(d, a, operand.words)),
            Place::Const(imm) => self.emit(Op::Const { d, imm }),
            Place::Frame(a) => self.emit(Op::Lea { d, a }),
            Place::Offset { slot, offset: 0 } if slot == d => {}
            Place::Offset { slot, offset: 0 } => self.emit(Op::Move { d, a: slot }),
            Place::Offset { slot, offset } => self.emit(Op::Offset { d, r: slot, offset }),
        }
    }

    /// The slots that hold an operand, emitting code if it is in none.
    fn slot(&mut self, operand: &mut Operand) -> Slot {
        match operand.place {
            Place::Here => operand.at,
            Place::Slot(slot) | Place::Offset { slot, offset: 0 } => slot,
            Place::Const(_) | Place::Frame(_) | Place::Offset { .. } => {
                self.put_here(operand);
                operand.at
            }
        }
    }

    fn pop_slot(&mut self) -> Step<Slot> {
        let mut operand = self.pop()?;
        Ok(self.slot(&mut operand))
    }

    /// The reference on top, taken apart.
    fn pop_target(&mut self) -> Step<Target> {
        let operand = self.pop()?;
        Ok(match operand.place {
            Place::Frame(slot) => Target::Frame(slot),
            Place::Offset { slot, offset } => Target::Memory { slot, offset },
            Place::Slot(slot) => Target::Memory { slot, offset: 0 },
            Place::Here => Target::Memory { slot: operand.at, offset: 0 },
            Place::Const(_) => return Err(Stop::Unsupported),
        })
    }

    /// A target in memory; a borrowed local gets an address in the slots of the next operand.
    fn in_memory(&mut self, target: Target) -> Step<(Slot, u32)> {
        match target {
            Target::Memory { slot, offset } => Ok((slot, offset)),
            Target::Frame(a) => {
                let d = self.spare(1)?;
                self.emit(Op::Lea { d, a });
                Ok((d, 0))
            }
        }
    }

    /// Slots above every operand that was there when the instruction began.
    fn spare(&mut self, words: u32) -> Step<Slot> {
        let at = self.free;
        self.free += words;
        self.top = self.top.max(self.free);
        Slot::try_from(at).map_err(|_| Stop::Unsupported)
    }

    /// Secures operands that read slots which are about to change.
    fn spill(&mut self, from: Slot, words: u16) {
        for index in 0..self.stack.len() {
            if self.stack[index].depends_on(from, words) {
                let mut operand = self.stack[index];
                self.put_here(&mut operand);
                self.stack[index] = operand;
            }
        }
    }

    /// Secures operands that were read through references: memory is about to change.
    fn spill_volatile(&mut self) {
        for index in 0..self.stack.len() {
            if self.stack[index].volatile {
                let mut operand = self.stack[index];
                self.put_here(&mut operand);
                self.stack[index] = operand;
            }
        }
    }

    /// Puts the topmost operands into their positions and takes them off; the answer is the first slot.
    fn pop_block(&mut self, count: usize) -> Step<Slot> {
        let from = self.stack.len().checked_sub(count).ok_or(Stop::Unsupported)?;
        for index in from..self.stack.len() {
            let mut operand = self.stack[index];
            self.put_here(&mut operand);
            self.stack[index] = operand;
        }
        let first = self.stack.get(from).map_or(self.next(), |operand| u32::from(operand.at));
        self.stack.truncate(from);
        Slot::try_from(first).map_err(|_| Stop::Unsupported)
    }

    /// Stores an operand into slots that are not its own.
    fn store(&mut self, operand: Operand, d: Slot) {
        self.spill(d, operand.words);
        let last = self.ops.len().wrapping_sub(1);
        if operand.place == Place::Here && self.ops.len() > self.fence {
            // A spill would have come last; then this is not the op that made the operand.
            if let Some(op) = self.ops.get_mut(last)
                && redirect(op, operand.at, operand.words, d)
            {
                return;
            }
        }
        self.put_at(&operand, d);
        self.fence = self.ops.len();
    }

    // Instructions

    fn instr(&mut self, instr: &Instr) -> Step<()> {
        match instr {
            Instr::Nop => {}
            Instr::Pop => {
                self.pop()?;
            }
            Instr::Ret => self.ret()?,
            Instr::BrTrue(to) => {
                let a = self.pop_slot()?;
                self.jump(Op::JumpTrue { a, to: 0 }, *to);
            }
            Instr::BrFalse(to) => {
                let a = self.pop_slot()?;
                self.jump(Op::JumpFalse { a, to: 0 }, *to);
            }
            Instr::Branch(to) => self.branch(*to)?,
            Instr::Ld(scalar) => self.literal(*scalar)?,
            Instr::LdConst { ty, data } => self.constant(*ty, data)?,
            Instr::CopyLoc { local, sized } => self.copy_loc(*local, *sized)?,
            Instr::MoveLoc(local) => {
                let slot = self.locals[usize::from(*local)];
                self.push(self.instance.locals[usize::from(*local)], Place::Slot(slot))?;
            }
            Instr::StLoc(local) => {
                let operand = self.pop()?;
                self.store(operand, self.locals[usize::from(*local)]);
            }
            Instr::BorrowLoc { local, result } => {
                let slot = self.locals[usize::from(*local)];
                let words = self.words(self.instance.locals[usize::from(*local)])?;
                self.spill(slot, words);
                self.push(*result, Place::Frame(slot))?;
            }
            Instr::BorrowField { field, owner, result } => {
                let layout = self.layout(*owner)?;
                let Shape::Struct(fields) = &layout.shape else { return Err(Stop::Unsupported) };
                let (words, _) = *fields.get(usize::from(*field)).ok_or(Stop::Unsupported)?;
                self.advance(words, *result)?;
            }
            Instr::BorrowVariantField { field, variants, owner, result } => {
                self.variant_field(*field, variants, *owner, *result)?;
            }
            Instr::Call(site) => self.call(*site)?,
            Instr::Pack { ty, variant: None } => self.pack(*ty)?,
            Instr::Pack { ty, variant: Some(tag) } => self.pack_variant(*ty, *tag)?,
            Instr::Unpack { ty, variant: None } => self.unpack(*ty)?,
            Instr::Unpack { ty, variant: Some(tag) } => self.unpack_variant(*ty, *tag)?,
            Instr::TestVariant { variant, .. } => {
                let slot = match self.pop_target()? {
                    Target::Frame(slot) => slot,
                    Target::Memory { slot, offset } => {
                        let d = self.spare(1)?;
                        self.emit(Op::Load8 { d, r: slot, offset });
                        d
                    }
                };
                self.test(Test::EqImm(slot, u64::from(*variant)))?;
            }
            Instr::ReadRef { ty, sized } => self.read_ref(*ty, *sized)?,
            Instr::WriteRef { ty } => self.write_ref(*ty)?,
            Instr::FreezeRef { result } => {
                if let Some(top) = self.stack.last_mut() {
                    top.ty = *result;
                }
            }
            Instr::Arith(op, kind) => self.arith(*op, *kind)?,
            Instr::Negate(kind) => {
                let a = self.pop_slot()?;
                let d = self.push(kind.ty(), Place::Here)?;
                self.emit(Op::Arith { op: Any::Negate, kind: *kind, d, a, b: a });
            }
            Instr::Cast { from, to } => self.cast(*from, *to)?,
            Instr::Or => self.binary(Ty::BOOL, |d, a, b| Op::Or { d, a, b })?,
            Instr::And => self.binary(Ty::BOOL, |d, a, b| Op::And { d, a, b })?,
            Instr::Not => {
                let a = self.pop_slot()?;
                match self.peek(1) {
                    Some(Instr::BrTrue(to)) => {
                        let to = *to;
                        self.skip = 1;
                        self.jump(Op::JumpFalse { a, to: 0 }, to);
                    }
                    Some(Instr::BrFalse(to)) => {
                        let to = *to;
                        self.skip = 1;
                        self.jump(Op::JumpTrue { a, to: 0 }, to);
                    }
                    _ => {
                        let d = self.push(Ty::BOOL, Place::Here)?;
                        self.emit(Op::Not { d, a });
                    }
                }
            }
            Instr::Eq { ty, negated, sized } => self.equal(*ty, *negated, *sized)?,
            Instr::Compare(order, kind) => self.compare(*order, *kind)?,
            Instr::Abort => {
                let a = self.pop_slot()?;
                self.emit(Op::Abort { a });
            }
            Instr::AbortMsg => {
                let b = self.pop_slot()?;
                let a = self.pop_slot()?;
                self.emit(Op::AbortMsg { a, b });
            }
            Instr::Exists(ty) => {
                let a = self.pop_slot()?;
                let d = self.push(Ty::BOOL, Place::Here)?;
                self.emit(Op::Exists { d, a, ty: ty.0 });
            }
            Instr::BorrowGlobal { ty, result } => {
                let a = self.pop_slot()?;
                let d = self.push(*result, Place::Here)?;
                self.emit(Op::BorrowGlobal { d, a, ty: ty.0 });
            }
            Instr::MoveFrom(ty) => {
                self.spill_volatile();
                let a = self.pop_slot()?;
                let d = self.push(*ty, Place::Here)?;
                self.emit(Op::MoveFrom { d, a, ty: ty.0 });
            }
            Instr::MoveTo(ty) => {
                let a = self.pop_slot()?;
                let r = self.pop_slot()?;
                self.emit(Op::MoveTo { r, a, ty: ty.0 });
            }
            Instr::VecPack { element, ty, count } => {
                let count = u16::try_from(*count).map_err(|_| Stop::Unsupported)?;
                if self.too_deep(*ty)? {
                    return Ok(());
                }
                self.layout(*ty)?;
                let a = self.pop_block(usize::from(count))?;
                let d = self.push(*ty, Place::Here)?;
                self.emit(if count == 0 {
                    Op::Zero { d, n: 3 }
                } else {
                    Op::VecPack { d, a, n: count, ty: element.0 }
                });
            }
            Instr::VecUnpack { element, count } => {
                let a = self.pop_slot()?;
                let n = u16::try_from(*count).map_err(|_| Stop::Unsupported)?;
                let d = Slot::try_from(self.next()).map_err(|_| Stop::Unsupported)?;
                for _ in 0..n {
                    self.push(*element, Place::Here)?;
                }
                self.emit(Op::VecUnpack { d, a, n, ty: element.0 });
            }
            Instr::VecLen(_) => {
                let target = self.pop_target()?;
                let d = self.push(Ty::U64, Place::Here)?;
                self.emit(match target {
                    Target::Frame(v) => Op::VecLenLocal { d, v },
                    Target::Memory { slot, offset } => Op::VecLen { d, r: slot, offset },
                });
            }
            Instr::VecBorrow { element, result } => self.vec_borrow(*element, *result)?,
            Instr::VecPushBack(element) => self.vec_push(*element)?,
            Instr::VecPopBack(element) => {
                self.spill_volatile();
                let bytes = self.element(*element)?;
                let target = self.pop_target()?;
                let (r, offset) = self.in_memory(target)?;
                let d = self.push(*element, Place::Here)?;
                self.emit(Op::VecPop { d, r, bytes, offset });
            }
            Instr::VecSwap(element) => {
                self.spill_volatile();
                let bytes = self.element(*element)?;
                let (j, i) = (self.pop_slot()?, self.pop_slot()?);
                let target = self.pop_target()?;
                let (r, offset) = self.in_memory(target)?;
                self.emit(Op::VecSwap { r, i, j, bytes, offset });
            }
            Instr::PackClosure { .. } | Instr::CallClosure { .. } => return Err(Stop::Unsupported),
            Instr::Fail(error) => self.fail((**error).clone()),
        }
        Ok(())
    }

    fn fail(&mut self, error: VmError) {
        self.world.arena.errors.push(error);
        let at = (self.world.arena.errors.len() - 1) as u32;
        self.emit(Op::Fail { at });
        // The rest of the block is not reached and need not balance.
        self.skip = u16::MAX;
    }

    /// Emits the failure when values of the type may nest too deep.
    fn too_deep(&mut self, ty: Ty) -> Step<bool> {
        if self.world.facts(ty)?.depth > crate::world::VALUE_DEPTH_MAX {
            self.fail(VmError::new(StatusCode::VmMaxValueDepthReached));
            return Ok(true);
        }
        Ok(false)
    }

    /// Bytes of an element, for ops.
    fn element(&mut self, ty: Ty) -> Step<u16> {
        u16::try_from(element_bytes(&*self.layout(ty)?)).map_err(|_| Stop::Unsupported)
    }

    fn ret(&mut self) -> Step<()> {
        let results = self.instance.results.len();
        let (a, n) = if results == 1 {
            let mut operand = self.pop()?;
            (self.slot(&mut operand), operand.words)
        } else {
            let mut words = 0u32;
            for operand in self.stack.iter().rev().take(results) {
                words += u32::from(operand.words);
            }
            (self.pop_block(results)?, u16::try_from(words).map_err(|_| Stop::Unsupported)?)
        };
        self.emit(Op::Return { a, n });
        Ok(())
    }

    /// A jump; back to a short loop header, the header itself once more, so that a round takes one jump.
    fn branch(&mut self, to: u16) -> Step<()> {
        let instance = self.instance.clone();
        let header = instance.block_starting(to).copied();
        match header {
            Some(header) if to <= self.at && header.end - header.start <= HEADER_MAX => {
                let last = &instance.code[usize::from(header.end - 1)];
                let body = match last {
                    Instr::BrTrue(_) | Instr::BrFalse(_) => header.end,
                    _ => {
                        self.jump(Op::Jump { to: 0 }, to);
                        return Ok(());
                    }
                };
                let saved = self.at;
                self.at = header.start;
                self.gas(header.gas)?;
                self.block(header.start, header.end)?;
                // Stay in the loop by the conditional jump, leave it by the other one.
                let inside = header.start..=saved;
                let last = self.ops.len() - 1;
                match self.open_jumps.last().copied() {
                    Some((op, out)) if op == last && !inside.contains(&out) && invert(&mut self.ops[last]) => {
                        if let Some(open) = self.open_jumps.last_mut() {
                            open.1 = body;
                        }
                        self.jump(Op::Jump { to: 0 }, out);
                    }
                    _ => self.jump(Op::Jump { to: 0 }, body),
                }
                self.at = saved;
                Ok(())
            }
            _ => {
                self.jump(Op::Jump { to: 0 }, to);
                Ok(())
            }
        }
    }

    fn pool(&mut self, words: &[u64]) -> u32 {
        let at = self.world.arena.pool.len() as u32;
        self.world.arena.pool.extend_from_slice(words);
        at
    }

    fn literal(&mut self, scalar: Scalar) -> Step<()> {
        let (words, n, ty) = scalar_words(scalar).ok_or(Stop::Unsupported)?;
        self.words_literal(&words[..n], ty)
    }

    fn words_literal(&mut self, words: &[u64], ty: Ty) -> Step<()> {
        if let [word] = words {
            self.push(ty, Place::Const(*word))?;
            return Ok(());
        }
        let at = self.pool(words);
        let d = self.push(ty, Place::Here)?;
        self.emit(Op::ConstWords { d, n: words.len() as u16, at });
        Ok(())
    }

    fn constant(&mut self, ty: Ty, data: &Arc<[u8]>) -> Step<()> {
        if matches!(self.world.types.kind(ty), Kind::Vector(_)) {
            self.world.arena.constants.push((ty, data.clone()));
            let at = (self.world.arena.constants.len() - 1) as u32;
            let d = self.push(ty, Place::Here)?;
            self.emit(Op::LoadConst { d, at });
            return Ok(());
        }
        let value = crate::plain::decode(self.world, ty, data)?.ok_or(Stop::Unsupported)?;
        let (words, n) = crate::fast::words(&value).ok_or(Stop::Unsupported)?;
        self.words_literal(&words[..n], ty)
    }

    fn copy_loc(&mut self, local: u8, sized: bool) -> Step<()> {
        let (slot, ty) = (self.locals[usize::from(local)], self.instance.locals[usize::from(local)]);
        if !sized {
            self.emit(Op::ChargeLocal { a: slot, ty: ty.0 });
        }
        if self.layout(ty)?.flat {
            self.push(ty, Place::Slot(slot))?;
            return Ok(());
        }
        let d = self.push(ty, Place::Here)?;
        self.emit(Op::CopyDeep { d, a: slot, ty: ty.0 });
        Ok(())
    }

    /// The reference on top, some words further.
    fn advance(&mut self, words: u32, result: Ty) -> Step<()> {
        let operand = self.pop()?;
        let bytes = words * 8;
        let place = match operand.place {
            Place::Frame(slot) => Place::Frame(slot + words as u16),
            Place::Offset { slot, offset } => Place::Offset { slot, offset: offset + bytes },
            Place::Slot(slot) => Place::Offset { slot, offset: bytes },
            Place::Here => Place::Offset { slot: operand.at, offset: bytes },
            Place::Const(_) => return Err(Stop::Unsupported),
        };
        self.push(result, place)?;
        if let Some(top) = self.stack.last_mut() {
            top.volatile = operand.volatile;
        }
        Ok(())
    }

    fn variant_field(&mut self, field: u16, variants: &[u16], owner: Ty, result: Ty) -> Step<()> {
        let layout = self.layout(owner)?;
        let Shape::Enum(bodies) = &layout.shape else { return Err(Stop::Unsupported) };
        let place = |variant: u16| {
            bodies.get(usize::from(variant)).and_then(|fields| fields.get(usize::from(field))).map(|field| field.0)
        };
        let words = place(*variants.first().ok_or(Stop::Unsupported)?).ok_or(Stop::Unsupported)?;
        if variants.iter().any(|variant| place(*variant) != Some(words)) {
            return Err(Stop::Unsupported);
        }
        let mut operand = self.pop()?;
        match (operand.place, variants) {
            (Place::Frame(a), [tag]) => self.emit(Op::CheckTag { a, tag: *tag }),
            (place, _) => {
                let mut mask = [0u64; 2];
                for variant in variants {
                    mask[usize::from(variant >> 6 & 1)] |= 1 << (variant & 63);
                }
                let at = self.pool(&mask);
                let (r, offset) = match place {
                    Place::Frame(a) => self.in_memory(Target::Frame(a))?,
                    Place::Offset { slot, offset } => (slot, offset),
                    _ => (self.slot(&mut operand), 0),
                };
                self.emit(Op::CheckTags { r, offset, at });
            }
        }
        self.stack.push(operand);
        self.advance(words, result)
    }

    fn call(&mut self, site: u16) -> Step<()> {
        self.spill_volatile();
        let site = self.instance.sites[usize::from(site)].clone();
        let base = self.pop_block(site.params.len())?;
        let height = u16::try_from(self.stack.len()).map_err(|_| Stop::Unsupported)?;
        self.world.arena.sites.push(Site {
            module: self.instance.module,
            handle: site.handle,
            ty_args: site.ty_args,
            callee: None,
        });
        let number = (self.world.arena.sites.len() - 1) as u32;
        self.emit(Op::CallSite { base, height, site: number });
        for ty in site.results.iter() {
            self.push(*ty, Place::Here)?;
        }
        self.fence = self.ops.len();
        Ok(())
    }

    fn pack(&mut self, ty: Ty) -> Step<()> {
        if self.too_deep(ty)? {
            return Ok(());
        }
        let layout = self.layout(ty)?;
        let Shape::Struct(fields) = &layout.shape else { return Err(Stop::Unsupported) };
        if let [_] = fields.as_slice() {
            let operand = self.pop()?;
            self.push(ty, operand.place)?;
            if let Some(top) = self.stack.last_mut() {
                top.volatile = operand.volatile;
            }
            return Ok(());
        }
        self.pop_block(fields.len())?;
        self.push(ty, Place::Here)?;
        Ok(())
    }

    fn pack_variant(&mut self, ty: Ty, tag: u16) -> Step<()> {
        if self.too_deep(ty)? {
            return Ok(());
        }
        let layout = self.layout(ty)?;
        let Shape::Enum(variants) = &layout.shape else { return Err(Stop::Unsupported) };
        let fields = variants.get(usize::from(tag)).ok_or(Stop::Unsupported)?;
        let a = self.pop_block(fields.len())?;
        let d = self.push(ty, Place::Here)?;
        let mut used = 1;
        for (_, field) in fields {
            used += self.words(*field)?;
        }
        if used > 1 {
            self.emit(Op::MoveWords { d: d + 1, a, n: used - 1 });
        }
        let words = layout.words as u16;
        if words > used {
            self.emit(Op::Zero { d: d + used, n: words - used });
        }
        self.emit(Op::Const { d, imm: u64::from(tag) });
        Ok(())
    }

    fn unpack(&mut self, ty: Ty) -> Step<()> {
        let layout = self.layout(ty)?;
        let Shape::Struct(fields) = &layout.shape else { return Err(Stop::Unsupported) };
        let operand = self.pop()?;
        for (words, field) in fields {
            let place = match operand.place {
                Place::Slot(slot) => Place::Slot(slot + *words as u16),
                place => place,
            };
            self.push(*field, place)?;
            if let Some(top) = self.stack.last_mut() {
                top.volatile = operand.volatile;
            }
        }
        Ok(())
    }

    fn unpack_variant(&mut self, ty: Ty, tag: u16) -> Step<()> {
        let layout = self.layout(ty)?;
        let Shape::Enum(variants) = &layout.shape else { return Err(Stop::Unsupported) };
        let fields = variants.get(usize::from(tag)).ok_or(Stop::Unsupported)?;
        let mut operand = self.pop()?;
        let a = self.slot(&mut operand);
        self.emit(Op::CheckTag { a, tag });
        let in_place = operand.place == Place::Here;
        let mut used = 0;
        for (words, field) in fields {
            used += self.words(*field)?;
            let place = if in_place { Place::Here } else { Place::Slot(a + *words as u16) };
            self.push(*field, place)?;
            if let Some(top) = self.stack.last_mut() {
                top.volatile = operand.volatile;
            }
        }
        if in_place && used > 0 {
            self.emit(move_words(operand.at, operand.at + 1, used));
            self.fence = self.ops.len();
        }
        Ok(())
    }

    fn read_ref(&mut self, ty: Ty, sized: bool) -> Step<()> {
        let layout = self.layout(ty)?;
        let target = self.pop_target()?;
        if let (Target::Frame(slot), true) = (target, layout.flat) {
            if !sized {
                self.emit(Op::ChargeLocal { a: slot, ty: ty.0 });
            }
            self.push(ty, Place::Slot(slot))?;
            if let Some(top) = self.stack.last_mut() {
                top.volatile = true;
            }
            return Ok(());
        }
        let (r, offset) = self.in_memory(target)?;
        if !sized || !layout.flat {
            self.world.arena.tys.push(ty);
            let number = u16::try_from(self.world.arena.tys.len() - 1).map_err(|_| Stop::Unsupported)?;
            let d = self.push(ty, Place::Here)?;
            self.emit(Op::LoadDeep { d, r, ty: number, offset, charged: sized });
            return Ok(());
        }
        let bytes = element_bytes(&layout);
        let d = self.push(ty, Place::Here)?;
        self.emit(load(d, r, offset, bytes));
        Ok(())
    }

    fn write_ref(&mut self, ty: Ty) -> Step<()> {
        let layout = self.layout(ty)?;
        let target = self.pop_target()?;
        let mut operand = self.pop()?;
        self.spill_volatile();
        match target {
            Target::Frame(slot) => self.store(operand, slot),
            Target::Memory { slot: r, offset } => {
                // The reference may stand just above; the operand goes to its own position below.
                let a = self.slot(&mut operand);
                self.emit(match element_bytes(&layout) {
                    1 => Op::Store1 { r, a, offset },
                    2 => Op::Store2 { r, a, offset },
                    4 => Op::Store4 { r, a, offset },
                    8 => Op::Store8 { r, a, offset },
                    bytes => Op::StoreWords { r, a, n: (bytes / 8) as u16, offset },
                });
            }
        }
        Ok(())
    }

    fn binary(&mut self, ty: Ty, op: impl Fn(Slot, Slot, Slot) -> Op) -> Step<()> {
        let b = self.pop_slot()?;
        let a = self.pop_slot()?;
        let d = self.push(ty, Place::Here)?;
        self.emit(op(d, a, b));
        Ok(())
    }

    fn arith(&mut self, op: Arith, kind: IntKind) -> Step<()> {
        let ty = kind.ty();
        let bits = (kind.bytes() * 8) as u16;
        match kind {
            IntKind::U8 | IntKind::U16 | IntKind::U32 | IntKind::U64 => self.arith_word(op, ty, bits),
            IntKind::U128 => match op {
                Arith::Add => self.binary(ty, |d, a, b| Op::Add128 { d, a, b }),
                Arith::Sub => self.binary(ty, |d, a, b| Op::Sub128 { d, a, b }),
                Arith::Mul => self.binary(ty, |d, a, b| Op::Mul128 { d, a, b }),
                Arith::Div => self.binary(ty, |d, a, b| Op::Div128 { d, a, b }),
                Arith::Mod => self.binary(ty, |d, a, b| Op::Mod128 { d, a, b }),
                _ => self.binary(ty, |d, a, b| Op::Arith { op: any(op), kind, d, a, b }),
            },
            IntKind::U256 => match op {
                Arith::Add => self.binary(ty, |d, a, b| Op::Add256 { d, a, b }),
                Arith::Sub => self.binary(ty, |d, a, b| Op::Sub256 { d, a, b }),
                Arith::Mul => self.binary(ty, |d, a, b| Op::Mul256 { d, a, b }),
                Arith::Div => self.binary(ty, |d, a, b| Op::Div256 { d, a, b }),
                Arith::Mod => self.binary(ty, |d, a, b| Op::Mod256 { d, a, b }),
                _ => self.binary(ty, |d, a, b| Op::Arith { op: any(op), kind, d, a, b }),
            },
            _ => self.binary(ty, |d, a, b| Op::Arith { op: any(op), kind, d, a, b }),
        }
    }

    /// Unsigned integers that fit a word, with immediates where an operand is constant.
    fn arith_word(&mut self, op: Arith, ty: Ty, bits: u16) -> Step<()> {
        let mut right = self.pop()?;
        let mut left = self.pop()?;
        let commutes = matches!(op, Arith::Add | Arith::Mul | Arith::BitAnd | Arith::BitOr | Arith::Xor);
        if commutes && matches!(left.place, Place::Const(_)) && !matches!(right.place, Place::Const(_)) {
            std::mem::swap(&mut left, &mut right);
        }
        if let Place::Const(imm) = right.place {
            let whole = bits == 64;
            let small = u16::try_from(imm).unwrap_or(u16::MAX);
            let make: Option<Immediate> = match op {
                Arith::Add if whole => Some(|d, a, imm, _| Op::AddImm { d, a, imm }),
                Arith::Sub => Some(|d, a, imm, _| Op::SubImm { d, a, imm }),
                Arith::Mul if whole => Some(|d, a, imm, _| Op::MulImm { d, a, imm }),
                Arith::Div if imm != 0 => Some(|d, a, imm, _| Op::DivImm { d, a, imm }),
                Arith::Mod if imm != 0 => Some(|d, a, imm, _| Op::ModImm { d, a, imm }),
                Arith::BitAnd => Some(|d, a, imm, _| Op::AndImm { d, a, imm }),
                Arith::BitOr => Some(|d, a, imm, _| Op::OrImm { d, a, imm }),
                Arith::Xor => Some(|d, a, imm, _| Op::XorImm { d, a, imm }),
                Arith::Shl if small < bits => Some(|d, a, imm, bits| Op::ShlImm { d, a, imm: imm as u16, bits }),
                Arith::Shr if small < bits => Some(|d, a, imm, _| Op::ShrImm { d, a, imm: imm as u16 }),
                _ => None,
            };
            if let Some(make) = make {
                let a = self.slot(&mut left);
                let d = self.push(ty, Place::Here)?;
                self.emit(make(d, a, imm, bits));
                return Ok(());
            }
        }
        let a = self.slot(&mut left);
        let b = self.slot(&mut right);
        let d = self.push(ty, Place::Here)?;
        self.emit(match op {
            Arith::Add if bits == 64 => Op::Add { d, a, b },
            Arith::Add => Op::AddNarrow { d, a, b, bits },
            Arith::Sub => Op::Sub { d, a, b },
            Arith::Mul if bits == 64 => Op::Mul { d, a, b },
            Arith::Mul => Op::MulNarrow { d, a, b, bits },
            Arith::Div => Op::Div { d, a, b },
            Arith::Mod => Op::Mod { d, a, b },
            Arith::BitOr => Op::Or { d, a, b },
            Arith::BitAnd => Op::And { d, a, b },
            Arith::Xor => Op::Xor { d, a, b },
            Arith::Shl => Op::Shl { d, a, b, bits },
            Arith::Shr => Op::Shr { d, a, b, bits },
        });
        Ok(())
    }

    fn cast(&mut self, from: IntKind, to: IntKind) -> Step<()> {
        let word = |kind: IntKind| !kind.signed() && kind.bytes() <= 8;
        if word(from) && word(to) {
            let bits = (to.bytes() * 8) as u16;
            let fits = match self.stack.last().map(|top| top.place) {
                _ if to.bytes() >= from.bytes() => true,
                Some(Place::Const(value)) => value >> (bits & 63) == 0,
                _ => false,
            };
            if fits {
                if let Some(top) = self.stack.last_mut() {
                    top.ty = to.ty();
                }
                return Ok(());
            }
            let a = self.pop_slot()?;
            let d = self.push(to.ty(), Place::Here)?;
            self.emit(Op::Narrow { d, a, bits });
            return Ok(());
        }
        if word(from) && !to.signed() {
            let operand = self.pop()?;
            let n = (to.bytes() / 8) as u16;
            let d = self.push(to.ty(), Place::Here)?;
            self.put_at(&operand, d);
            self.emit(Op::Zero { d: d + 1, n: n - 1 });
            return Ok(());
        }
        let a = self.pop_slot()?;
        let d = self.push(to.ty(), Place::Here)?;
        self.emit(Op::Cast { from, to, d, a });
        Ok(())
    }

    fn compare(&mut self, order: Order, kind: IntKind) -> Step<()> {
        let (order, swapped) = match order {
            Order::Lt => (Order::Lt, false),
            Order::Gt => (Order::Lt, true),
            Order::Le => (Order::Le, false),
            Order::Ge => (Order::Le, true),
        };
        let mut right = self.pop()?;
        let mut left = self.pop()?;
        if kind.signed() || kind.bytes() > 8 {
            let a = self.slot(&mut left);
            let b = self.slot(&mut right);
            let (a, b) = if swapped { (b, a) } else { (a, b) };
            let d = self.push(Ty::BOOL, Place::Here)?;
            self.emit(match (kind, order) {
                (IntKind::U128, Order::Lt) => Op::Lt128 { d, a, b },
                (IntKind::U128, _) => Op::Le128 { d, a, b },
                (IntKind::U256, Order::Lt) => Op::Lt256 { d, a, b },
                (IntKind::U256, _) => Op::Le256 { d, a, b },
                (_, Order::Lt) => Op::Arith { op: Any::Lt, kind, d, a, b },
                _ => Op::Arith { op: Any::Le, kind, d, a, b },
            });
            return Ok(());
        }
        if swapped {
            std::mem::swap(&mut left, &mut right);
        }
        let small = |operand: &Operand| match operand.place {
            Place::Const(imm) => u32::try_from(imm).ok(),
            _ => None,
        };
        let less = order == Order::Lt;
        let test = match (small(&left), small(&right)) {
            (None, Some(imm)) => {
                let a = self.slot(&mut left);
                if less { Test::LtImm(a, imm) } else { Test::LeImm(a, imm) }
            }
            // imm < r is r > imm.
            (Some(imm), None) => {
                let a = self.slot(&mut right);
                if less { Test::GtImm(a, imm) } else { Test::GeImm(a, imm) }
            }
            _ => {
                let a = self.slot(&mut left);
                let b = self.slot(&mut right);
                if less { Test::Lt(a, b) } else { Test::Le(a, b) }
            }
        };
        self.test(test)
    }

    /// A condition: into the branch behind it, or as a value.
    fn test(&mut self, test: Test) -> Step<()> {
        let branch = match self.peek(1) {
            Some(Instr::BrTrue(to)) => Some((*to, true)),
            Some(Instr::BrFalse(to)) => Some((*to, false)),
            _ => None,
        };
        if let Some((to, when)) = branch {
            let wide = matches!(test, Test::EqImm(_, imm) if u32::try_from(imm).is_err());
            if !wide {
                self.skip = 1;
                let mut op = match test {
                    Test::Lt(a, b) => Op::JumpLt { a, b, to: 0 },
                    Test::Le(a, b) => Op::JumpLe { a, b, to: 0 },
                    Test::Eq(a, b) => Op::JumpEq { a, b, to: 0 },
                    Test::LtImm(a, imm) => Op::JumpLtImm { a, imm, to: 0 },
                    Test::LeImm(a, imm) => Op::JumpLeImm { a, imm, to: 0 },
                    Test::GtImm(a, imm) => Op::JumpGtImm { a, imm, to: 0 },
                    Test::GeImm(a, imm) => Op::JumpGeImm { a, imm, to: 0 },
                    Test::EqImm(a, imm) => Op::JumpEqImm { a, imm: imm as u32, to: 0 },
                };
                if !when {
                    invert(&mut op);
                }
                self.jump(op, to);
                return Ok(());
            }
        }
        let d = self.push(Ty::BOOL, Place::Here)?;
        let immediate = |builder: &mut Self, imm: u32| -> Step<Slot> {
            let slot = builder.spare(1)?;
            builder.emit(Op::Const { d: slot, imm: u64::from(imm) });
            Ok(slot)
        };
        let op = match test {
            Test::Lt(a, b) => Op::Lt { d, a, b },
            Test::Le(a, b) => Op::Le { d, a, b },
            Test::Eq(a, b) => Op::Eq { d, a, b },
            Test::LtImm(a, imm) => Op::Lt { d, a, b: immediate(self, imm)? },
            Test::LeImm(a, imm) => Op::Le { d, a, b: immediate(self, imm)? },
            Test::GtImm(a, imm) => Op::Lt { d, a: immediate(self, imm)?, b: a },
            Test::GeImm(a, imm) => Op::Le { d, a: immediate(self, imm)?, b: a },
            Test::EqImm(a, imm) => Op::EqImm { d, a, imm },
        };
        self.emit(op);
        Ok(())
    }

    fn equal(&mut self, ty: Ty, negated: bool, sized: bool) -> Step<()> {
        let mut right = self.pop()?;
        let mut left = self.pop()?;
        if let Kind::Ref { target, .. } = *self.world.types.kind(ty) {
            let a = self.slot(&mut left);
            let b = self.slot(&mut right);
            let layout = self.layout(target)?;
            if layout.words == 1 && layout.flat && sized {
                let (x, y) = (self.spare(1)?, self.spare(1)?);
                let bytes = element_bytes(&layout);
                self.emit(load(x, a, 0, bytes));
                self.emit(load(y, b, 0, bytes));
                return self.equal_words(x, y, negated);
            }
            self.world.arena.tys.push(target);
            let number = u16::try_from(self.world.arena.tys.len() - 1).map_err(|_| Stop::Unsupported)?;
            let d = self.push(Ty::BOOL, Place::Here)?;
            self.emit(Op::EqRefs { d, a, b, ty: number, negated, sized });
            return Ok(());
        }
        let layout = self.layout(ty)?;
        if !sized || !layout.flat {
            let a = self.slot(&mut left);
            let b = self.slot(&mut right);
            self.world.arena.tys.push(ty);
            let number = u16::try_from(self.world.arena.tys.len() - 1).map_err(|_| Stop::Unsupported)?;
            let d = self.push(Ty::BOOL, Place::Here)?;
            self.emit(Op::EqDeep { d, a, b, ty: number, negated, sized });
            return Ok(());
        }
        if layout.words == 1 {
            if let (Place::Const(_), false) = (left.place, matches!(right.place, Place::Const(_))) {
                std::mem::swap(&mut left, &mut right);
            }
            let a = self.slot(&mut left);
            if let (Place::Const(imm), false) = (right.place, negated) {
                return self.test(Test::EqImm(a, imm));
            }
            if let (Place::Const(imm), Some(Instr::BrTrue(to) | Instr::BrFalse(to)), true) = (
                right.place,
                self.peek(1),
                u32::try_from(match right.place {
                    Place::Const(imm) => imm,
                    _ => 0,
                })
                .is_ok(),
            ) {
                let (to, when) = (*to, matches!(self.peek(1), Some(Instr::BrTrue(_))));
                let mut op = Op::JumpNeImm { a, imm: imm as u32, to: 0 };
                if !when {
                    invert(&mut op);
                }
                self.skip = 1;
                self.jump(op, to);
                return Ok(());
            }
            let b = self.slot(&mut right);
            return self.equal_words(a, b, negated);
        }
        let n = layout.words as u16;
        let a = self.slot(&mut left);
        let b = self.slot(&mut right);
        let d = self.push(Ty::BOOL, Place::Here)?;
        self.emit(Op::EqWords { d, a, b, n, negated });
        Ok(())
    }

    fn equal_words(&mut self, a: Slot, b: Slot, negated: bool) -> Step<()> {
        if !negated {
            return self.test(Test::Eq(a, b));
        }
        let branch = match self.peek(1) {
            Some(Instr::BrTrue(to)) => Some((*to, Op::JumpNe { a, b, to: 0 })),
            Some(Instr::BrFalse(to)) => Some((*to, Op::JumpEq { a, b, to: 0 })),
            _ => None,
        };
        if let Some((to, op)) = branch {
            self.skip = 1;
            self.jump(op, to);
            return Ok(());
        }
        let d = self.push(Ty::BOOL, Place::Here)?;
        self.emit(Op::Ne { d, a, b });
        Ok(())
    }

    fn vec_borrow(&mut self, element: Ty, result: Ty) -> Step<()> {
        let layout = self.layout(element)?;
        let bytes = element_bytes(&layout);
        let i = self.pop_slot()?;
        let target = self.pop_target()?;
        let reads = layout.flat && bytes <= 8 && matches!(self.peek(1), Some(Instr::ReadRef { sized: true, .. }));
        if reads {
            self.skip = 1;
            let d = self.push(element, Place::Here)?;
            let small = bytes as u16;
            self.emit(match (target, bytes) {
                (Target::Frame(v), 8) => Op::VecGet8Local { d, v, i },
                (Target::Frame(v), _) => Op::VecGetLocal { d, v, i, bytes: small },
                (Target::Memory { slot, offset }, 8) => Op::VecGet8 { d, r: slot, i, offset },
                (Target::Memory { slot, offset }, _) => Op::VecGet { d, r: slot, i, bytes: small, offset },
            });
            return Ok(());
        }
        let d = self.push(result, Place::Here)?;
        match target {
            Target::Frame(v) => self.emit(Op::VecAtLocal { d, v, i, bytes }),
            Target::Memory { slot, offset } => {
                let bytes = u16::try_from(bytes).map_err(|_| Stop::Unsupported)?;
                self.emit(Op::VecAt { d, r: slot, i, bytes, offset });
            }
        }
        Ok(())
    }

    fn vec_push(&mut self, element: Ty) -> Step<()> {
        let vector = self.world.types.vector(element)?;
        self.spill_volatile();
        let bytes = self.element(element)?;
        let mut operand = self.pop()?;
        let target = self.pop_target()?;
        if self.too_deep(vector)? {
            return Ok(());
        }
        if operand.volatile {
            self.put_here(&mut operand);
        }
        let a = self.slot(&mut operand);
        self.emit(match target {
            Target::Frame(v) => Op::VecPushLocal { v, a, bytes },
            Target::Memory { slot, offset } => Op::VecPush { r: slot, a, bytes, offset },
        });
        Ok(())
    }
}

fn load(d: Slot, r: Slot, offset: u32, bytes: u32) -> Op {
    match bytes {
        1 => Op::Load1 { d, r, offset },
        2 => Op::Load2 { d, r, offset },
        4 => Op::Load4 { d, r, offset },
        8 => Op::Load8 { d, r, offset },
        _ => Op::LoadWords { d, r, n: (bytes / 8) as u16, offset },
    }
}

fn any(op: Arith) -> Any {
    match op {
        Arith::Add => Any::Add,
        Arith::Sub => Any::Sub,
        Arith::Mul => Any::Mul,
        Arith::Div => Any::Div,
        Arith::Mod => Any::Mod,
        Arith::BitOr => Any::BitOr,
        Arith::BitAnd => Any::BitAnd,
        Arith::Xor => Any::Xor,
        Arith::Shl => Any::Shl,
        Arith::Shr => Any::Shr,
    }
}

/// Turns a conditional jump around; `false` when the op is none.
fn invert(op: &mut Op) -> bool {
    *op = match *op {
        Op::JumpTrue { a, to } => Op::JumpFalse { a, to },
        Op::JumpFalse { a, to } => Op::JumpTrue { a, to },
        Op::JumpEq { a, b, to } => Op::JumpNe { a, b, to },
        Op::JumpNe { a, b, to } => Op::JumpEq { a, b, to },
        Op::JumpLt { a, b, to } => Op::JumpLe { a: b, b: a, to },
        Op::JumpLe { a, b, to } => Op::JumpLt { a: b, b: a, to },
        Op::JumpEqImm { a, imm, to } => Op::JumpNeImm { a, imm, to },
        Op::JumpNeImm { a, imm, to } => Op::JumpEqImm { a, imm, to },
        Op::JumpLtImm { a, imm, to } => Op::JumpGeImm { a, imm, to },
        Op::JumpLeImm { a, imm, to } => Op::JumpGtImm { a, imm, to },
        Op::JumpGtImm { a, imm, to } => Op::JumpLeImm { a, imm, to },
        Op::JumpGeImm { a, imm, to } => Op::JumpLtImm { a, imm, to },
        _ => return false,
    };
    true
}
