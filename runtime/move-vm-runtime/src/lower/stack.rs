//! The operand stack while lowering: where operands are, and putting them where they are needed.

use super::body::{Builder, FRAME_SLOTS_MAX, Local, Step, Stop};
use super::op::{Op, Slot};
use super::operand::{Operand, Place, Target, move_words, redirect};
use crate::layout::Layout;
use crate::types::Ty;
use std::sync::Arc;

impl Builder<'_, '_> {
    pub(super) fn layout(&mut self, ty: Ty) -> Step<Arc<Layout>> {
        self.world.layout(ty)?.ok_or(Stop::Unsupported)
    }

    pub(super) fn words(&mut self, ty: Ty) -> Step<u16> {
        u16::try_from(self.layout(ty)?.words).map_err(|_| Stop::Unsupported)
    }

    /// The slot where the next operand would go.
    pub(super) fn next(&self) -> u32 {
        let above = self.stack.last().map_or(0, |last| u32::from(last.at) + u32::from(last.words));
        above.max(self.scope.bottom)
    }

    pub(super) fn push(&mut self, ty: Ty, place: Place) -> Step<Slot> {
        let words = self.words(ty)?;
        let next = self.next();
        self.top = self.top.max(next + u32::from(words));
        if self.top > FRAME_SLOTS_MAX {
            return Err(Stop::Unsupported);
        }
        let at = Slot::try_from(next).map_err(|_| Stop::Unsupported)?;
        self.stack.push(Operand { ty, words, at, place, volatile: false, moved: false });
        Ok(at)
    }

    pub(super) fn pop(&mut self) -> Step<Operand> {
        self.stack.pop().ok_or(Stop::Unsupported)
    }

    /// Puts an operand into the slots of its position.
    pub(super) fn put_here(&mut self, operand: &mut Operand) {
        let at = operand.at;
        self.put_at(operand, at);
        operand.place = Place::Here;
        operand.volatile = false;
    }

    /// Writes the value of an operand to some slots.
    pub(super) fn put_at(&mut self, operand: &Operand, d: Slot) {
        match operand.place {
            Place::Here if operand.at == d => {}
            Place::Here => self.emit(move_words(d, operand.at, operand.words)),
            Place::Slot(a) if a == d => {}
            Place::Slot(a) => self.emit(move_words(d, a, operand.words)),
            Place::Const(imm) => self.emit(Op::Const { d, imm }),
            Place::Wide(imm) => self.emit(Op::Const2 { d, imm }),
            Place::Frame(a) => self.emit(Op::Lea { d, a }),
            Place::Offset { slot, offset: 0 } if slot == d => {}
            Place::Offset { slot, offset: 0 } => self.emit(Op::Move { d, a: slot }),
            Place::Offset { slot, offset } => self.emit(Op::Offset { d, r: slot, offset }),
        }
    }

    /// The slots that hold an operand, emitting code if it is in none.
    pub(super) fn slot(&mut self, operand: &mut Operand) -> Slot {
        match operand.place {
            Place::Here => operand.at,
            Place::Slot(slot) | Place::Offset { slot, offset: 0 } => slot,
            Place::Const(_) | Place::Wide(_) | Place::Frame(_) | Place::Offset { .. } => {
                self.put_here(operand);
                operand.at
            }
        }
    }

    pub(super) fn pop_slot(&mut self) -> Step<Slot> {
        let mut operand = self.pop()?;
        Ok(self.slot(&mut operand))
    }

    /// The reference on top, taken apart.
    pub(super) fn pop_target(&mut self) -> Step<Target> {
        let operand = self.pop()?;
        Ok(match operand.place {
            Place::Frame(slot) => Target::Frame(slot),
            Place::Offset { slot, offset } => Target::Memory { slot, offset },
            Place::Slot(slot) => Target::Memory { slot, offset: 0 },
            Place::Here => Target::Memory { slot: operand.at, offset: 0 },
            Place::Const(_) | Place::Wide(_) => return Err(Stop::Unsupported),
        })
    }

    /// A target in memory; a borrowed local gets an address in the slots of the next operand.
    pub(super) fn in_memory(&mut self, target: Target) -> Step<(Slot, u32)> {
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
    pub(super) fn spare(&mut self, words: u32) -> Step<Slot> {
        let at = self.free;
        self.free += words;
        self.top = self.top.max(self.free);
        Slot::try_from(at).map_err(|_| Stop::Unsupported)
    }

    /// Secures operands that read slots which are about to change.
    pub(super) fn spill(&mut self, from: Slot, words: u16) {
        for index in 0..self.stack.len() {
            if self.stack[index].depends_on(from, words) {
                let mut operand = self.stack[index];
                self.put_here(&mut operand);
                self.stack[index] = operand;
            }
        }
    }

    /// Secures operands that were read through references: memory is about to change.
    pub(super) fn spill_volatile(&mut self) {
        for index in 0..self.stack.len() {
            if self.stack[index].volatile {
                let mut operand = self.stack[index];
                self.put_here(&mut operand);
                self.stack[index] = operand;
            }
        }
    }

    /// Puts the topmost operands into their positions and takes them off; the answer is the first slot.
    pub(super) fn pop_block(&mut self, count: usize) -> Step<Slot> {
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

    /// Where the value of a local is.
    pub(super) fn local(&self, local: u8) -> Step<Place> {
        Ok(match self.scope.locals.get(usize::from(local)).copied().ok_or(Stop::Unsupported)? {
            Local::Own(slot) => Place::Slot(slot),
            Local::Argument(index) => {
                let operand = self.stack.get(index).ok_or(Stop::Unsupported)?;
                match operand.place {
                    Place::Here => Place::Slot(operand.at),
                    place => place,
                }
            }
        })
    }

    /// The slots of a local that is known to be in some.
    pub(super) fn local_slot(&self, local: u8) -> Step<Slot> {
        match self.local(local)? {
            Place::Slot(slot) => Ok(slot),
            _ => Err(Stop::Unsupported),
        }
    }

    /// Stores an operand into slots that are not its own.
    pub(super) fn store(&mut self, operand: Operand, d: Slot) {
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
    }
}
