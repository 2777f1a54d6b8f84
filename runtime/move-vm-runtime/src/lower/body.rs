//! One function: block by block, with what each block costs.
//!
//! A block's gas is charged by the jump that enters it, by a [`Op::Gas`] where control falls into it, or, where nothing
//! in it can fail, together with the jump or return that ends it. Ops that cannot fail are passed over freely: between
//! them nobody can tell when a charge happens. Before an op that can fail everything due is charged.

use super::op::{Op, Pc, Slot};
use super::operand::Operand;
use super::{Lowered, Span};
use crate::error::{VmError, VmResult};
use crate::host::Backing;
use crate::instance::{Arith, Block, Instance, Instr};
use crate::types::IntKind;
use crate::world::{InstanceNo, ModuleNo, World};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Slots of a frame; the rest of the range of a slot number is for outgoing arguments.
pub(super) const FRAME_SLOTS_MAX: u32 = 40_000;
/// Instructions of a loop header that is repeated at the loop's end.
const HEADER_MAX: u16 = 12;
/// Instructions of a test or a return that is repeated instead of jumped to.
const REPEATED_MAX: u16 = 4;
/// Most gas that a single charge of lowered code carries before it is added to another.
const CHARGE_MAX: u64 = 1 << 30;

/// Lowering does not go on: the function runs on the plain interpreter.
pub(super) enum Stop {
    Unsupported,
    Error(VmError),
}

impl From<VmError> for Stop {
    fn from(error: VmError) -> Self {
        Stop::Error(error)
    }
}

pub(super) type Step<T> = Result<T, Stop>;

pub(super) fn build(world: &mut World, host: &Backing<'_>, no: InstanceNo) -> VmResult<Option<Lowered>> {
    let instance = world.instance(no).clone();
    let result = Builder::new(world, host, no, instance.clone()).and_then(|mut builder| {
        builder.run()?;
        Ok(builder.done())
    });
    let Done { mut ops, offsets, slots, spans, height, depth } = match result {
        Ok(done) => done,
        Err(Stop::Unsupported) => return Ok(None),
        Err(Stop::Error(error)) => return Err(error),
    };
    let Ok(start) = Pc::try_from(world.arena.ops.len()) else { return Ok(None) };
    for op in &mut ops {
        if let Some((to, _)) = target(op) {
            *to += start;
        }
    }
    world.arena.ops.extend(ops);
    world.arena.offsets.extend(offsets);
    let Ok(end) = Pc::try_from(world.arena.ops.len()) else { return Ok(None) };
    let Ok(slots) = u16::try_from(slots + 8) else { return Ok(None) };
    let spans_from = world.arena.spans.len();
    world.arena.spans.extend(spans.into_iter().map(|span| Span {
        start: span.start + start,
        end: span.end + start,
        ..span
    }));
    let spans = spans_from..world.arena.spans.len();
    let first = instance.blocks.first().map_or(0, |block| block.gas);
    let entry_gas = instance.entry_gas.saturating_add(first);
    Ok(Some(Lowered { instance: no, start, end, slots, height, depth, entry_gas, spans: (spans.start, spans.end) }))
}

/// Where a jump goes, and what it charges.
pub(super) fn target(op: &mut Op) -> Option<(&mut Pc, &mut u32)> {
    match op {
        Op::Jump { to, gas }
        | Op::JumpTrue { to, gas, .. }
        | Op::JumpFalse { to, gas, .. }
        | Op::JumpEq { to, gas, .. }
        | Op::JumpNe { to, gas, .. }
        | Op::JumpLt { to, gas, .. }
        | Op::JumpLe { to, gas, .. }
        | Op::JumpEqImm { to, gas, .. }
        | Op::JumpNeImm { to, gas, .. }
        | Op::JumpLtImm { to, gas, .. }
        | Op::JumpLeImm { to, gas, .. }
        | Op::JumpGtImm { to, gas, .. }
        | Op::JumpGeImm { to, gas, .. } => Some((to, gas)),
        _ => None,
    }
}

/// Turns a conditional jump around; `false` when the op is none.
pub(super) fn invert(op: &mut Op) -> bool {
    *op = match *op {
        Op::JumpTrue { a, to, gas } => Op::JumpFalse { a, to, gas },
        Op::JumpFalse { a, to, gas } => Op::JumpTrue { a, to, gas },
        Op::JumpEq { a, b, to, gas } => Op::JumpNe { a, b, to, gas },
        Op::JumpNe { a, b, to, gas } => Op::JumpEq { a, b, to, gas },
        Op::JumpLt { a, b, to, gas } => Op::JumpLe { a: b, b: a, to, gas },
        Op::JumpLe { a, b, to, gas } => Op::JumpLt { a: b, b: a, to, gas },
        Op::JumpEqImm { a, imm, to, gas } => Op::JumpNeImm { a, imm, to, gas },
        Op::JumpNeImm { a, imm, to, gas } => Op::JumpEqImm { a, imm, to, gas },
        Op::JumpLtImm { a, imm, to, gas } => Op::JumpGeImm { a, imm, to, gas },
        Op::JumpLeImm { a, imm, to, gas } => Op::JumpGtImm { a, imm, to, gas },
        Op::JumpGtImm { a, imm, to, gas } => Op::JumpLeImm { a, imm, to, gas },
        Op::JumpGeImm { a, imm, to, gas } => Op::JumpLtImm { a, imm, to, gas },
        _ => return false,
    };
    true
}

/// Where a local is.
#[derive(Debug, Clone, Copy)]
pub(super) enum Local {
    /// In slots of its own.
    Own(Slot),
    /// A parameter that is never written to: whatever the caller's operand at this height is.
    Argument(usize),
}

/// A function being lowered: the one asked for, or one inside it in place of a call.
pub(super) struct Scope {
    pub(super) no: InstanceNo,
    pub(super) instance: Arc<Instance>,
    pub(super) locals: Vec<Local>,
    /// Operands of the scopes around.
    pub(super) floor: usize,
    /// First slot behind the locals.
    pub(super) bottom: u32,
    /// First op of each block, once it is there, for jumps.
    block_starts: Vec<Option<Pc>>,
    /// What a jump into each block charges for it.
    block_gas: Vec<u32>,
    /// Jumps whose target is still a bytecode offset.
    pub(super) open_jumps: Vec<(usize, u16)>,
    /// The instruction at work.
    pub(super) at: u16,
    /// Instructions to pass over because an earlier one did their work.
    pub(super) skip: u16,
    pub(super) inlined: Option<super::calls::Inlined>,
}

impl Scope {
    pub(super) fn new(no: InstanceNo, instance: Arc<Instance>, locals: Vec<Local>, floor: usize, bottom: u32) -> Self {
        let blocks = instance.blocks.len();
        Self {
            no,
            instance,
            locals,
            floor,
            bottom,
            block_starts: vec![None; blocks],
            block_gas: vec![0; blocks],
            open_jumps: Vec::new(),
            at: 0,
            skip: 0,
            inlined: None,
        }
    }
}

/// What lowering a function gave, with positions counted from its first op.
pub(super) struct Done {
    ops: Vec<Op>,
    offsets: Vec<u16>,
    slots: u32,
    spans: Vec<Span>,
    height: u16,
    depth: u16,
}

pub(super) struct Builder<'w, 's> {
    pub(super) world: &'w mut World,
    pub(super) host: &'w Backing<'s>,
    pub(super) scope: Scope,
    /// The scopes around, outermost first.
    pub(super) outer: Vec<Scope>,
    pub(super) stack: Vec<Operand>,
    /// One past the highest slot in use anywhere.
    pub(super) top: u32,
    pub(super) ops: Vec<Op>,
    offsets: Vec<u16>,
    pub(super) spans: Vec<Span>,
    /// The op before which nothing may be redirected.
    pub(super) fence: usize,
    /// First slot that no operand had when the instruction began.
    pub(super) free: u32,
    /// Gas that is due and not charged yet.
    pub(super) pending: u64,
    /// Whether control can come from the last op.
    pub(super) reached: bool,
    /// Modules known to be paid for here, those from the beginning first.
    pub(super) paid: Vec<ModuleNo>,
    /// How many of these are paid for at the beginning of the function.
    pub(super) paid_first: usize,
    /// Whether everything so far is executed whenever the function is.
    pub(super) entry: bool,
    /// Instructions that may still be put in place of calls.
    pub(super) budget: usize,
    /// Functions that are not to be put in place of their calls.
    pub(super) refused: BTreeSet<InstanceNo>,
    /// Greatest height of operands, those of inlined functions included.
    pub(super) height: usize,
    /// Deepest nesting of inlined calls.
    pub(super) depth: u16,
}

impl<'w, 's> Builder<'w, 's> {
    fn new(world: &'w mut World, host: &'w Backing<'s>, no: InstanceNo, instance: Arc<Instance>) -> Step<Self> {
        let mut next = 0u32;
        let mut locals = Vec::with_capacity(instance.locals.len());
        for ty in instance.locals.iter() {
            locals.push(Local::Own(Slot::try_from(next).map_err(|_| Stop::Unsupported)?));
            next += world.layout(*ty)?.ok_or(Stop::Unsupported)?.words;
            if next > FRAME_SLOTS_MAX {
                return Err(Stop::Unsupported);
            }
        }
        let height = instance.blocks.iter().map(|block| usize::from(block.height)).max().unwrap_or(0);
        let budget = super::calls::budget(instance.code.len());
        Ok(Self {
            world,
            host,
            scope: Scope::new(no, instance, locals, 0, next),
            outer: Vec::new(),
            stack: Vec::new(),
            top: next,
            ops: Vec::new(),
            offsets: Vec::new(),
            spans: Vec::new(),
            fence: 0,
            free: next,
            pending: 0,
            reached: true,
            paid: Vec::new(),
            paid_first: 0,
            entry: true,
            budget,
            refused: BTreeSet::new(),
            height,
            depth: 0,
        })
    }

    fn done(self) -> Done {
        let height = u16::try_from(self.height).unwrap_or(u16::MAX);
        let Self { ops, offsets, top: slots, spans, depth, .. } = self;
        Done { ops, offsets, slots, spans, height, depth }
    }

    fn run(&mut self) -> Step<()> {
        // Results overwrite the first slots of the frame, whatever stands there.
        let results = self.scope.instance.results.clone();
        let mut result_words = 0;
        for ty in results.iter() {
            result_words += u32::from(self.words(*ty)?);
        }
        self.top = self.top.max(result_words);
        self.due(self.scope.instance.entry_gas)?;
        self.blocks()
    }

    /// Emits all blocks of the scope.
    pub(super) fn blocks(&mut self) -> Step<()> {
        let instance = self.scope.instance.clone();
        let targets = targets(&instance);
        for (number, block) in instance.blocks.iter().enumerate() {
            self.scope.at = block.start;
            if !targets[number] && !self.reached {
                continue;
            }
            self.label(number, block, targets[number])?;
            self.block(block.start, block.end)?;
        }
        for (op, to) in std::mem::take(&mut self.scope.open_jumps) {
            let block = usize::from(instance.block_at[usize::from(to)]).checked_sub(1).ok_or(Stop::Unsupported)?;
            let start = self.scope.block_starts[block].ok_or(Stop::Unsupported)?;
            if let Some((to, gas)) = target(&mut self.ops[op]) {
                *to = start;
                *gas = gas.checked_add(self.scope.block_gas[block]).ok_or(Stop::Unsupported)?;
            }
        }
        Ok(())
    }

    /// The start of a block: who charges for it, and where jumps to it go.
    fn label(&mut self, number: usize, block: &Block, is_target: bool) -> Step<()> {
        if !is_target {
            self.due(block.gas)?;
        } else if quiet(&self.scope.instance, block) {
            if self.reached {
                self.charge();
            }
            self.pending = 0;
            self.due(block.gas)?;
        } else {
            if self.reached {
                self.due(block.gas)?;
                self.charge();
            }
            self.pending = 0;
            self.scope.block_gas[number] =
                u32::try_from(block.gas).ok().filter(|gas| u64::from(*gas) < CHARGE_MAX).ok_or(Stop::Unsupported)?;
        }
        if number > 0 {
            self.entry = false;
        }
        if is_target {
            self.forget_paid();
        }
        self.scope.block_starts[number] = Some(self.ops.len() as Pc);
        self.fence = self.ops.len();
        self.reached = true;
        Ok(())
    }

    /// Gas that has to be charged before anything else can fail.
    pub(super) fn due(&mut self, gas: u64) -> Step<()> {
        if gas >= CHARGE_MAX {
            return Err(Stop::Unsupported);
        }
        if self.pending + gas >= CHARGE_MAX {
            self.charge();
        }
        self.pending += gas;
        Ok(())
    }

    /// Charges what is due.
    pub(super) fn charge(&mut self) {
        let gas = std::mem::take(&mut self.pending) as u32;
        if gas > 0 {
            self.ops.push(Op::Gas { gas });
            self.offsets.push(self.scope.at);
        }
    }

    fn block(&mut self, start: u16, end: u16) -> Step<()> {
        self.stack.truncate(self.scope.floor);
        self.scope.skip = 0;
        let instance = self.scope.instance.clone();
        for at in start..end {
            self.scope.at = at;
            if self.scope.skip > 0 {
                self.scope.skip -= 1;
                continue;
            }
            self.free = self.next();
            self.instr(&instance.code[usize::from(at)])?;
        }
        Ok(())
    }

    pub(super) fn emit(&mut self, op: Op) {
        if !op.cannot_fail() {
            self.charge();
        }
        self.ops.push(op);
        self.offsets.push(self.scope.at);
    }

    /// Takes the last op back.
    pub(super) fn unemit(&mut self) {
        self.ops.pop();
        self.offsets.pop();
    }

    /// A jump; it takes along what is due.
    pub(super) fn jump(&mut self, mut op: Op, to: u16) {
        self.scope.open_jumps.push((self.ops.len(), to));
        if let Some((_, gas)) = target(&mut op) {
            *gas = self.pending as u32;
        }
        if matches!(op, Op::Jump { .. }) {
            self.leave();
        }
        self.ops.push(op);
        self.offsets.push(self.scope.at);
        self.fence = self.ops.len();
    }

    /// Where control may come from elsewhere, only what was paid for at the beginning is.
    pub(super) fn forget_paid(&mut self) {
        self.paid.truncate(self.paid_first);
    }

    /// After an op that does not go on to the next.
    pub(super) fn leave(&mut self) {
        self.pending = 0;
        self.reached = false;
    }

    /// The instruction after `count` more, if it belongs to the same block.
    pub(super) fn peek(&self, count: u16) -> Option<&Instr> {
        let at = usize::from(self.scope.at + count);
        let instance = &self.scope.instance;
        if instance.block_at.get(at) != Some(&0) { None } else { instance.code.get(at) }
    }

    /// A jump; to a short loop header, a short test or a return, that block itself once more instead of the jump.
    pub(super) fn branch(&mut self, to: u16) -> Step<()> {
        let instance = self.scope.instance.clone();
        let Some(Repeated { block, returns }) = repeated(&instance, self.scope.at, to) else {
            self.jump(Op::Jump { to: 0, gas: 0 }, to);
            return Ok(());
        };
        let (saved, before) = (self.scope.at, self.ops.len());
        self.scope.at = block.start;
        self.due(block.gas)?;
        self.block(block.start, block.end)?;
        if returns {
            self.scope.at = saved;
            return Ok(());
        }
        // Stay in a loop by the conditional jump, leave it by the other one.
        let body = block.end;
        let inside = block.start..=saved;
        let last = self.ops.len().wrapping_sub(1);
        let back = to <= saved && self.ops.len() > before;
        match self.scope.open_jumps.last().copied() {
            Some((op, out)) if op == last && back && !inside.contains(&out) && invert(&mut self.ops[last]) => {
                if let Some(open) = self.scope.open_jumps.last_mut() {
                    open.1 = body;
                }
                self.jump(Op::Jump { to: 0, gas: 0 }, out);
            }
            _ if self.reached => self.jump(Op::Jump { to: 0, gas: 0 }, body),
            _ => {}
        }
        self.scope.at = saved;
        Ok(())
    }
}

/// A block that is emitted once more in place of a jump to it.
struct Repeated {
    block: Block,
    /// It ends in a return, else in a conditional jump.
    returns: bool,
}

/// The block that a jump from `at` to `to` repeats.
fn repeated(instance: &Instance, at: u16, to: u16) -> Option<Repeated> {
    let block = *instance.block_starting(to)?;
    let length = block.end - block.start;
    match instance.code.get(usize::from(block.end).checked_sub(1)?)? {
        Instr::Ret => (length <= REPEATED_MAX).then_some(Repeated { block, returns: true }),
        Instr::BrTrue(_) | Instr::BrFalse(_) => {
            let most = if to <= at { HEADER_MAX } else { REPEATED_MAX };
            let goes_on = usize::from(block.end) < instance.code.len();
            (length <= most && goes_on).then_some(Repeated { block, returns: false })
        }
        _ => None,
    }
}

/// Which blocks are entered by jumps.
fn targets(instance: &Instance) -> Vec<bool> {
    let mut targets = vec![false; instance.blocks.len()];
    let mut mark = |to: u16| {
        if let Some(block) = instance.block_at.get(usize::from(to)).and_then(|block| block.checked_sub(1)) {
            targets[usize::from(block)] = true;
        }
    };
    for (at, instr) in instance.code.iter().enumerate() {
        match instr {
            Instr::BrTrue(to) | Instr::BrFalse(to) => mark(*to),
            Instr::Branch(to) => match repeated(instance, at as u16, *to) {
                Some(Repeated { returns: true, .. }) => {}
                Some(Repeated { block, returns: false }) => mark(block.end),
                None => mark(*to),
            },
            _ => {}
        }
    }
    targets
}

/// Whether nothing in a block can fail and a jump or return ends it: that one charges for the block. An answer that
/// is wrong costs time, nothing else.
fn quiet(instance: &Instance, block: &Block) -> bool {
    let code = &instance.code[usize::from(block.start)..usize::from(block.end)];
    let Some((last, rest)) = code.split_last() else { return false };
    matches!(last, Instr::BrTrue(_) | Instr::BrFalse(_) | Instr::Branch(_) | Instr::Ret)
        && rest.iter().all(|instr| match instr {
            Instr::Nop
            | Instr::Pop
            | Instr::Ld(_)
            | Instr::CopyLoc { sized: true, .. }
            | Instr::MoveLoc(_)
            | Instr::StLoc(_)
            | Instr::BorrowLoc { .. }
            | Instr::BorrowField { .. }
            | Instr::Pack { .. }
            | Instr::Unpack { variant: None, .. }
            | Instr::TestVariant { .. }
            | Instr::ReadRef { sized: true, .. }
            | Instr::WriteRef { .. }
            | Instr::FreezeRef { .. }
            | Instr::Or
            | Instr::And
            | Instr::Not
            | Instr::Eq { sized: true, .. }
            | Instr::VecLen(_) => true,
            Instr::Arith(Arith::BitOr | Arith::BitAnd | Arith::Xor, kind) | Instr::Compare(_, kind) => {
                !matches!(kind, IntKind::I128 | IntKind::I256)
            }
            _ => false,
        })
}
