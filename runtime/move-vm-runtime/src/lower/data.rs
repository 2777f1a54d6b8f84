//! Structs, enums, references and vectors.

use super::body::{Builder, Step, Stop};
use super::op::{Op, Slot};
use super::operand::{Place, Target, move_words};
use crate::instance::Instr;
use crate::layout::{Shape, element_bytes};
use crate::types::Ty;

impl Builder<'_, '_> {
    /// The reference on top, some words further.
    pub(super) fn advance(&mut self, words: u32, result: Ty) -> Step<()> {
        let operand = self.pop()?;
        let bytes = words * 8;
        let place = match operand.place {
            Place::Frame(slot) => Place::Frame(slot + words as u16),
            Place::Offset { slot, offset } => Place::Offset { slot, offset: offset + bytes },
            Place::Slot(slot) => Place::Offset { slot, offset: bytes },
            Place::Here => Place::Offset { slot: operand.at, offset: bytes },
            Place::Const(_) | Place::Wide(_) => return Err(Stop::Unsupported),
        };
        self.push(result, place)?;
        if let Some(top) = self.stack.last_mut() {
            top.volatile = operand.volatile;
        }
        Ok(())
    }

    pub(super) fn variant_field(&mut self, field: u16, variants: &[u16], owner: Ty, result: Ty) -> Step<()> {
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

    pub(super) fn pack(&mut self, ty: Ty) -> Step<()> {
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

    pub(super) fn pack_variant(&mut self, ty: Ty, tag: u16) -> Step<()> {
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

    pub(super) fn unpack(&mut self, ty: Ty) -> Step<()> {
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

    pub(super) fn unpack_variant(&mut self, ty: Ty, tag: u16) -> Step<()> {
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

    pub(super) fn read_ref(&mut self, ty: Ty, sized: bool) -> Step<()> {
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
            let d = self.push(ty, Place::Here)?;
            self.emit(Op::LoadDeep { d, r, ty: ty.0, offset, charged: sized });
            return Ok(());
        }
        let bytes = element_bytes(&layout);
        let d = self.push(ty, Place::Here)?;
        self.emit(load(d, r, offset, bytes));
        Ok(())
    }

    pub(super) fn write_ref(&mut self, ty: Ty) -> Step<()> {
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

    pub(super) fn vec_borrow(&mut self, element: Ty, result: Ty) -> Step<()> {
        let layout = self.layout(element)?;
        let bytes = element_bytes(&layout);
        let i = self.pop_slot()?;
        let target = self.pop_target()?;
        let small = layout.flat && bytes <= 8;
        if small && matches!(self.peek(1), Some(Instr::WriteRef { .. })) {
            self.scope.skip = 1;
            let mut operand = self.pop()?;
            self.spill_volatile();
            let a = self.slot(&mut operand);
            let bytes = bytes as u16;
            self.emit(match target {
                Target::Frame(v) if bytes == 8 => Op::VecPut8Local { v, i, a },
                Target::Frame(v) => Op::VecPutLocal { v, i, a, bytes },
                Target::Memory { slot, offset } => Op::VecPut { r: slot, i, a, bytes, offset },
            });
            return Ok(());
        }
        let reads = small && matches!(self.peek(1), Some(Instr::ReadRef { sized: true, .. }));
        if reads {
            self.scope.skip = 1;
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

    pub(super) fn vec_push(&mut self, element: Ty) -> Step<()> {
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

pub(super) fn load(d: Slot, r: Slot, offset: u32, bytes: u32) -> Op {
    match bytes {
        1 => Op::Load1 { d, r, offset },
        2 => Op::Load2 { d, r, offset },
        4 => Op::Load4 { d, r, offset },
        8 => Op::Load8 { d, r, offset },
        _ => Op::LoadWords { d, r, n: (bytes / 8) as u16, offset },
    }
}
