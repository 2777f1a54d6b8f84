//! One instruction at a time; families of their own have files of their own.

use super::body::{Builder, Local, Step, Stop};
use super::numbers::Test;
use super::op::{Any, Op, Slot};
use super::operand::{Place, Target};
use crate::error::VmError;
use crate::fast::scalar_words;
use crate::instance::Instr;
use crate::layout::{Shape, element_bytes};
use crate::native::Scalar;
use crate::types::{Kind, Ty};
use move_core_types::StatusCode;
use std::sync::Arc;

impl Builder<'_, '_> {
    pub(super) fn instr(&mut self, instr: &Instr) -> Step<()> {
        match instr {
            Instr::Nop => {}
            Instr::Pop => {
                self.pop()?;
            }
            Instr::Ret => self.ret()?,
            Instr::BrTrue(to) => self.branch_if(true, *to)?,
            Instr::BrFalse(to) => self.branch_if(false, *to)?,
            Instr::Branch(to) => self.branch(*to)?,
            Instr::Ld(scalar) => self.literal(*scalar)?,
            Instr::LdConst { ty, data } => self.constant(*ty, data)?,
            Instr::CopyLoc { local, sized } => self.copy_loc(*local, *sized)?,
            Instr::MoveLoc(local) => {
                let place = self.local(*local)?;
                self.push(self.scope.instance.locals[usize::from(*local)], place)?;
                let own = matches!(self.scope.locals.get(usize::from(*local)), Some(Local::Own(_)));
                if let Some(top) = self.stack.last_mut() {
                    top.moved = own;
                }
            }
            Instr::StLoc(local) => {
                let operand = self.pop()?;
                let slot = self.local_slot(*local)?;
                self.store(operand, slot);
            }
            Instr::BorrowLoc { local, mutable, result } => {
                let slot = self.local_slot(*local)?;
                if *mutable {
                    let words = self.words(self.scope.instance.locals[usize::from(*local)])?;
                    self.spill(slot, words);
                }
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
                self.test(Test::EqImm(slot, u64::from(*variant), false))?;
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
                let d = self.push(Ty::BOOL, Place::Here)?;
                self.emit(Op::Not { d, a });
            }
            Instr::Eq { ty, negated, sized } => self.equal(*ty, *negated, *sized)?,
            Instr::Compare(order, kind) => self.compare(*order, *kind)?,
            Instr::Abort => {
                let a = self.pop_slot()?;
                self.emit(Op::Abort { a });
                self.leave();
            }
            Instr::AbortMsg => {
                let b = self.pop_slot()?;
                let a = self.pop_slot()?;
                self.emit(Op::AbortMsg { a, b });
                self.leave();
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
                let d = self.push(*element, Place::Here)?;
                self.emit(match target {
                    Target::Frame(v) => Op::VecPopLocal { d, v, bytes },
                    Target::Memory { slot, offset } => Op::VecPop { d, r: slot, bytes, offset },
                });
            }
            Instr::VecSwap(element) => {
                self.spill_volatile();
                let bytes = self.element(*element)?;
                let (j, i) = (self.pop_slot()?, self.pop_slot()?);
                let target = self.pop_target()?;
                self.emit(match target {
                    Target::Frame(v) => Op::VecSwapLocal { v, i, j, bytes },
                    Target::Memory { slot, offset } => Op::VecSwap { r: slot, i, j, bytes, offset },
                });
            }
            Instr::PackClosure { .. } | Instr::CallClosure { .. } => return Err(Stop::Unsupported),
            Instr::Fail(error) => self.fail((**error).clone())?,
        }
        Ok(())
    }

    fn fail(&mut self, error: VmError) -> Step<()> {
        if self.scope.inlined.is_some() {
            return Err(Stop::Unsupported);
        }
        self.world.arena.errors.push(error);
        let at = (self.world.arena.errors.len() - 1) as u32;
        self.emit(Op::Fail { at });
        // The rest of the block is not reached and need not balance.
        self.scope.skip = u16::MAX;
        self.leave();
        Ok(())
    }

    /// Emits the failure when values of the type may nest too deep.
    pub(super) fn too_deep(&mut self, ty: Ty) -> Step<bool> {
        if self.world.facts(ty)?.depth > crate::world::VALUE_DEPTH_MAX {
            self.fail(VmError::new(StatusCode::VmMaxValueDepthReached))?;
            return Ok(true);
        }
        Ok(false)
    }

    /// Bytes of an element, for ops.
    pub(super) fn element(&mut self, ty: Ty) -> Step<u16> {
        u16::try_from(element_bytes(&*self.layout(ty)?)).map_err(|_| Stop::Unsupported)
    }

    pub(super) fn pool(&mut self, words: &[u64]) -> u32 {
        let at = self.world.arena.pool.len() as u32;
        self.world.arena.pool.extend_from_slice(words);
        at
    }

    pub(super) fn literal(&mut self, scalar: Scalar) -> Step<()> {
        let (words, n, ty) = scalar_words(scalar).ok_or(Stop::Unsupported)?;
        self.words_literal(&words[..n], ty)
    }

    pub(super) fn words_literal(&mut self, words: &[u64], ty: Ty) -> Step<()> {
        if let [word] = words {
            self.push(ty, Place::Const(*word))?;
            return Ok(());
        }
        if let [word, 0] = words {
            self.push(ty, Place::Wide(*word))?;
            return Ok(());
        }
        let at = self.pool(words);
        let d = self.push(ty, Place::Here)?;
        self.emit(Op::ConstWords { d, n: words.len() as u16, at });
        Ok(())
    }

    pub(super) fn constant(&mut self, ty: Ty, data: &Arc<[u8]>) -> Step<()> {
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

    pub(super) fn copy_loc(&mut self, local: u8, sized: bool) -> Step<()> {
        let ty = self.scope.instance.locals[usize::from(local)];
        let flat = self.layout(ty)?.flat;
        if flat && sized {
            let place = self.local(local)?;
            self.push(ty, place)?;
            return Ok(());
        }
        let slot = self.local_slot(local)?;
        if !sized {
            self.emit(Op::ChargeLocal { a: slot, ty: ty.0 });
        }
        if flat {
            self.push(ty, Place::Slot(slot))?;
            return Ok(());
        }
        let d = self.push(ty, Place::Here)?;
        self.emit(Op::CopyDeep { d, a: slot, ty: ty.0 });
        Ok(())
    }
}
