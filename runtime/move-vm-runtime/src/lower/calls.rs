//! Calls: to natives, to other frames, and to small functions that are put in place of the call.
//!
//! An inlined function keeps its gas, its place in errors and its part of the limits: what its frame would be charged
//! for entering is due where the call stood, [`Span`]s tell which ops belong to it, and depth and operands are counted
//! as if it were called. Its parameters are the caller's operands wherever they are, so that a reference to a local
//! that is handed down becomes the local's slots.

use super::body::{Builder, FRAME_SLOTS_MAX, Local, Scope, Step, Stop, target};
use super::op::{Op, Pc, Slot};
use super::operand::{Operand, Place};
use super::{INLINE_DEPTH_MAX, Site, Span};
use crate::instance::{CallSite, Instance, Instr};
use crate::types::{Kind, Ty};
use crate::world::{InstanceNo, ModuleNo};
use std::sync::Arc;

/// Instructions of a function that is put in place of a call.
const INLINE_CODE_MAX: usize = 48;
/// Instructions that calls of one function are replaced by, at most.
const BUDGET_MAX: usize = 1500;

/// How many instructions a function of this length may grow by.
pub(super) fn budget(code: usize) -> usize {
    (code * 8 + 100).min(BUDGET_MAX)
}

/// What an inlined function leaves, and where.
pub(super) struct Inlined {
    /// First slot of the results: where the arguments began.
    base: Slot,
    /// One block: results may stay where they are.
    straight: bool,
    /// Jumps to the end.
    exits: Vec<usize>,
    /// The result of a straight function that needed no slot.
    kept: Option<Operand>,
}

impl Builder<'_, '_> {
    pub(super) fn ret(&mut self) -> Step<()> {
        if self.scope.inlined.is_some() {
            return self.ret_inlined();
        }
        let results = self.scope.instance.results.len();
        let (a, n) = if results == 1 {
            let mut operand = self.pop()?;
            (self.slot(&mut operand), operand.words)
        } else {
            let words = self.words_of_last(results);
            (self.pop_block(results)?, words.ok_or(Stop::Unsupported)?)
        };
        let gas = self.pending as u32;
        self.emit(Op::Return { a, n, gas });
        self.leave();
        Ok(())
    }

    fn words_of_last(&self, count: usize) -> Option<u16> {
        let words: u32 = self.stack.iter().rev().take(count).map(|operand| u32::from(operand.words)).sum();
        u16::try_from(words).ok()
    }

    /// The function behind a call, if it is to be had without failing.
    fn resolve(&mut self, module: ModuleNo, site: &CallSite) -> Option<InstanceNo> {
        let broken = self.world.broken;
        let found = self
            .world
            .callee(self.host, module, site.handle)
            .and_then(|function| self.world.instantiate(function, &site.ty_args));
        if found.is_err() {
            self.world.broken = broken;
        }
        found.ok()
    }

    /// Sees to it that the first use of another module in a transaction is charged.
    fn pay(&mut self, module: ModuleNo) {
        let around = self.outer.iter().chain([&self.scope]).any(|scope| scope.instance.module == module);
        if around || self.paid.contains(&module) || self.world.module(module).id.address.is_special() {
            return;
        }
        self.emit(Op::Pay { module: module.0 });
        self.paid.push(module);
        if self.entry {
            self.paid_first = self.paid.len();
        }
    }

    pub(super) fn call(&mut self, number: u16) -> Step<()> {
        self.spill_volatile();
        let site = self.scope.instance.sites[usize::from(number)].clone();
        let module = self.scope.instance.module;
        let found = self.resolve(module, &site);
        if let Some(no) = found {
            let callee = self.world.instance(no).clone();
            self.pay(callee.module);
            if callee.native.is_some() {
                let base = self.pop_block(site.params.len())?;
                self.emit(Op::CallNative { base, instance: no.0 });
                return self.results(&site.results);
            }
            if let Some(cost) = self.worth(no, &callee) {
                self.budget -= cost;
                return self.inline(no, callee, site.params.len());
            }
        }
        let base = self.pop_block(site.params.len())?;
        let height = u16::try_from(self.stack.len()).map_err(|_| Stop::Unsupported)?;
        self.world.arena.sites.push(Site { module, handle: site.handle, ty_args: site.ty_args, paid: found.is_some() });
        let number = (self.world.arena.sites.len() - 1) as u32;
        self.emit(Op::CallSite { base, height, site: number });
        self.results(&site.results)
    }

    fn results(&mut self, results: &[Ty]) -> Step<()> {
        for ty in results {
            self.push(*ty, Place::Here)?;
        }
        self.fence = self.ops.len();
        Ok(())
    }

    /// What putting a function in place of its call costs, if that is to be done.
    fn worth(&mut self, no: InstanceNo, callee: &Arc<Instance>) -> Option<usize> {
        let mut around: Vec<InstanceNo> = self.outer.iter().map(|scope| scope.no).collect();
        around.push(self.scope.no);
        if self.refused.contains(&no) {
            return None;
        }
        let cost = self.shape(no, callee, &mut around).filter(|cost| *cost <= self.budget);
        if cost.is_none() {
            self.refused.insert(no);
        }
        cost
    }

    /// Instructions of a function with all it calls, if it has no loops and calls nothing but natives and its like.
    fn shape(&mut self, no: InstanceNo, callee: &Arc<Instance>, around: &mut Vec<InstanceNo>) -> Option<usize> {
        if around.len() > INLINE_DEPTH_MAX || around.contains(&no) || callee.code.len() > INLINE_CODE_MAX {
            return None;
        }
        for ty in callee.locals.iter().chain(&callee.results) {
            self.world.layout(*ty).ok()??;
        }
        let mut cost = callee.code.len();
        let mut returns = false;
        for instr in &callee.code {
            match instr {
                Instr::Fail(_) | Instr::PackClosure { .. } | Instr::CallClosure { .. } => return None,
                Instr::Ret => returns = true,
                Instr::Call(site) => {
                    let site = callee.sites.get(usize::from(*site))?.clone();
                    let inner = self.resolve(callee.module, &site)?;
                    let instance = self.world.instance(inner).clone();
                    if instance.native.is_none() {
                        around.push(no);
                        let more = self.shape(inner, &instance, around);
                        around.pop();
                        cost = cost.checked_add(more?).filter(|cost| *cost <= self.budget)?;
                    }
                }
                _ => {}
            }
        }
        (returns && !has_loop(callee)).then_some(cost)
    }

    /// Emits a function in place of its call; its arguments are the topmost operands.
    fn inline(&mut self, no: InstanceNo, callee: Arc<Instance>, params: usize) -> Step<()> {
        let first = self.stack.len().checked_sub(params).ok_or(Stop::Unsupported)?;
        let base = self.stack.get(first).map_or(self.next(), |operand| u32::from(operand.at));
        let straight = callee.blocks.len() == 1;
        let mut locals = Vec::with_capacity(callee.locals.len());
        for param in 0..params {
            let (slot, own) = needs(&callee, param);
            let index = first + param;
            let mut operand = self.stack[index];
            let has_slot = matches!(operand.place, Place::Here | Place::Slot(_));
            if own || (slot && !has_slot) {
                self.put_here(&mut operand);
                self.stack[index] = operand;
            }
            locals.push(if own { Local::Own(operand.at) } else { Local::Argument(index) });
            if let (Place::Frame(slot), Kind::Ref { mutable: true, target }) =
                (operand.place, self.world.types.kind(operand.ty).clone())
            {
                // What a branch writes must not be spilled inside it.
                let words = self.words(target)?;
                self.spill(slot, words);
            }
        }
        let mut next = self.next();
        for ty in &callee.locals[params..] {
            locals.push(Local::Own(Slot::try_from(next).map_err(|_| Stop::Unsupported)?));
            next += u32::from(self.words(*ty)?);
            if next > FRAME_SLOTS_MAX {
                return Err(Stop::Unsupported);
            }
        }
        let mut words = base;
        for ty in callee.results.iter() {
            words += u32::from(self.words(*ty)?);
        }
        self.top = self.top.max(next).max(words);
        let height = callee.blocks.iter().map(|block| usize::from(block.height)).max().unwrap_or(0);
        self.height = self.height.max(self.stack.len() + height);
        self.due(callee.entry_gas)?;
        let base = Slot::try_from(base).map_err(|_| Stop::Unsupported)?;
        let mut scope = Scope::new(no, callee.clone(), locals, self.stack.len(), next);
        scope.inlined = Some(Inlined { base, straight, exits: Vec::new(), kept: None });
        let outer = std::mem::replace(&mut self.scope, scope);
        let span = self.spans.len();
        self.spans.push(Span { start: self.ops.len() as Pc, end: 0, instance: no, at: outer.at });
        self.outer.push(outer);
        self.depth = self.depth.max(self.outer.len() as u16);
        self.blocks()?;
        let outer = self.outer.pop().ok_or(Stop::Unsupported)?;
        let done = std::mem::replace(&mut self.scope, outer);
        let Some(Inlined { exits, kept, .. }) = done.inlined else { return Err(Stop::Unsupported) };
        if !straight {
            // The last return need not jump.
            let mut exits = exits;
            if exits.last().is_some_and(|exit| exit + 1 == self.ops.len()) {
                exits.pop();
                if let Some(Op::Jump { gas, .. }) = self.ops.last().copied() {
                    self.unemit();
                    self.pending = u64::from(gas);
                    self.charge();
                }
            }
            self.reached = true;
            let here = self.ops.len();
            for exit in exits {
                if let Some((to, _)) = target(&mut self.ops[exit]) {
                    *to = here as Pc;
                }
            }
            self.fence = here;
            self.forget_paid();
        }
        self.spans[span].end = self.ops.len() as Pc;
        self.stack.truncate(first);
        if let Some(kept) = kept {
            self.push(kept.ty, kept.place)?;
            if let Some(top) = self.stack.last_mut() {
                top.volatile = kept.volatile;
            }
            return Ok(());
        }
        for (position, ty) in callee.results.iter().enumerate() {
            let at = self.push(*ty, Place::Here)?;
            if position == 0 && at != base {
                return Err(Stop::Unsupported);
            }
        }
        Ok(())
    }

    /// The end of an inlined function: its results go to where its arguments began.
    fn ret_inlined(&mut self) -> Step<()> {
        let results = self.scope.instance.results.len();
        let Some(Inlined { base, straight, .. }) = self.scope.inlined else { return Err(Stop::Unsupported) };
        if results == 1 {
            let operand = self.pop()?;
            if straight && outlives(operand.place, base) {
                if let Some(inlined) = self.scope.inlined.as_mut() {
                    inlined.kept = Some(operand);
                }
                return Ok(());
            }
            self.store(operand, base);
        } else if results > 1 {
            let n = self.words_of_last(results).ok_or(Stop::Unsupported)?;
            let a = self.pop_block(results)?;
            if a != base {
                self.emit(Op::MoveWords { d: base, a, n });
            }
        }
        if !straight {
            let exit = self.ops.len();
            if let Some(inlined) = self.scope.inlined.as_mut() {
                inlined.exits.push(exit);
            }
            let gas = self.pending as u32;
            self.emit(Op::Jump { to: 0, gas });
            self.fence = self.ops.len();
            self.leave();
        }
        Ok(())
    }
}

/// Whether blocks of a function follow one another in a circle.
fn has_loop(instance: &Instance) -> bool {
    let block_of = |at: u16| instance.block_at.get(usize::from(at)).and_then(|block| block.checked_sub(1));
    let mut waits = vec![0usize; instance.blocks.len()];
    let mut next: Vec<Vec<u16>> = Vec::with_capacity(instance.blocks.len());
    for block in &instance.blocks {
        let jump = match instance.code.get(usize::from(block.end).wrapping_sub(1)) {
            Some(Instr::Branch(to)) => [block_of(*to), None],
            Some(Instr::BrTrue(to) | Instr::BrFalse(to)) => [block_of(*to), block_of(block.end)],
            Some(Instr::Ret | Instr::Abort | Instr::AbortMsg) => [None, None],
            _ => [block_of(block.end), None],
        };
        let followers: Vec<u16> = jump.into_iter().flatten().collect();
        followers.iter().for_each(|block| waits[usize::from(*block)] += 1);
        next.push(followers);
    }
    // Takes away what nothing leads to; a circle stays.
    let mut free: Vec<usize> = (0..waits.len()).filter(|block| waits[*block] == 0).collect();
    let mut taken = 0;
    while let Some(block) = free.pop() {
        taken += 1;
        for follower in &next[block] {
            let follower = usize::from(*follower);
            waits[follower] -= 1;
            if waits[follower] == 0 {
                free.push(follower);
            }
        }
    }
    taken < waits.len()
}

/// Whether a value stays as it is when the slots from `base` on are used for something else.
fn outlives(place: Place, base: Slot) -> bool {
    match place {
        Place::Const(_) | Place::Wide(_) => true,
        Place::Slot(slot) | Place::Frame(slot) | Place::Offset { slot, .. } => slot < base,
        Place::Here => false,
    }
}

/// Whether a parameter has to be in slots, and in slots of its own.
fn needs(callee: &Instance, param: usize) -> (bool, bool) {
    let (mut slot, mut own) = (false, false);
    for instr in &callee.code {
        match instr {
            Instr::StLoc(local) if usize::from(*local) == param => own = true,
            Instr::BorrowLoc { local, mutable, .. } if usize::from(*local) == param => {
                slot = true;
                own |= *mutable;
            }
            Instr::CopyLoc { local, sized: false } if usize::from(*local) == param => slot = true,
            _ => {}
        }
    }
    (slot, own)
}
