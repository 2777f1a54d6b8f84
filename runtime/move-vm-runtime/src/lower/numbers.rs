//! Arithmetic, casts, comparisons, and the branches that follow them.

use super::body::{Builder, Step, Stop, invert};
use super::data::load;
use super::op::{Any, Op, Slot};
use super::operand::{Operand, Place};
use crate::instance::{Arith, Order};
use crate::layout::element_bytes;
use crate::types::{IntKind, Kind, Ty};

/// Makes an op from result, operand, constant and width.
type Immediate = fn(Slot, Slot, u64, u16) -> Op;

/// A condition that a branch may follow.
pub(super) enum Test {
    Lt(Slot, Slot),
    Le(Slot, Slot),
    /// Not if the flag is set; so with constants.
    Eq(Slot, Slot, bool),
    LtImm(Slot, u32),
    LeImm(Slot, u32),
    GtImm(Slot, u32),
    GeImm(Slot, u32),
    EqImm(Slot, u64, bool),
}

impl Builder<'_, '_> {
    pub(super) fn binary(&mut self, ty: Ty, op: impl Fn(Slot, Slot, Slot) -> Op) -> Step<()> {
        let b = self.pop_slot()?;
        let a = self.pop_slot()?;
        let d = self.push(ty, Place::Here)?;
        self.emit(op(d, a, b));
        Ok(())
    }

    pub(super) fn arith(&mut self, op: Arith, kind: IntKind) -> Step<()> {
        let ty = kind.ty();
        let bits = (kind.bytes() * 8) as u16;
        match kind {
            IntKind::U8 | IntKind::U16 | IntKind::U32 | IntKind::U64 => self.arith_word(op, ty, bits),
            IntKind::U128 if self.wide_immediate(op)? => Ok(()),
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

    /// A 128-bit operation with a constant below 2^64; `false` when it is not one.
    fn wide_immediate(&mut self, op: Arith) -> Step<bool> {
        let [.., left, right] = self.stack.as_slice() else { return Err(Stop::Unsupported) };
        let (imm, commuted) = match (left.place, right.place, op) {
            (_, Place::Wide(0), Arith::Div | Arith::Mod) => return Ok(false),
            (_, Place::Wide(imm), Arith::Add | Arith::Sub | Arith::Mul | Arith::Div | Arith::Mod) => (imm, false),
            (Place::Wide(imm), _, Arith::Add | Arith::Mul) => (imm, true),
            _ => return Ok(false),
        };
        let (right, left) = (self.pop()?, self.pop()?);
        let mut operand = if commuted { right } else { left };
        let a = self.slot(&mut operand);
        let d = self.push(Ty::U128, Place::Here)?;
        self.emit(match op {
            Arith::Add => Op::Add128Imm { d, a, imm },
            Arith::Sub => Op::Sub128Imm { d, a, imm },
            Arith::Mul => Op::Mul128Imm { d, a, imm },
            Arith::Div => Op::Div128Imm { d, a, imm },
            _ => Op::Mod128Imm { d, a, imm },
        });
        Ok(true)
    }

    /// Unsigned integers that fit a word, with immediates where an operand is constant.
    pub(super) fn arith_word(&mut self, op: Arith, ty: Ty, bits: u16) -> Step<()> {
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

    pub(super) fn cast(&mut self, from: IntKind, to: IntKind) -> Step<()> {
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
        let unsigned = !from.signed() && !to.signed();
        if word(from) && unsigned {
            let mut operand = self.pop()?;
            if let (Place::Const(word), IntKind::U128) = (operand.place, to) {
                self.push(to.ty(), Place::Wide(word))?;
                return Ok(());
            }
            let a = self.slot(&mut operand);
            let d = self.push(to.ty(), Place::Here)?;
            self.emit(Op::Widen { d, a, n: (to.bytes() / 8) as u16 });
            return Ok(());
        }
        if word(to) && unsigned {
            let a = self.pop_slot()?;
            let d = self.push(to.ty(), Place::Here)?;
            self.emit(Op::NarrowWords { d, a, n: (from.bytes() / 8) as u16, bits: (to.bytes() * 8) as u16 });
            return Ok(());
        }
        let a = self.pop_slot()?;
        let d = self.push(to.ty(), Place::Here)?;
        if (from, to) == (IntKind::U256, IntKind::U128) {
            self.emit(Op::Narrow256 { d, a });
            return Ok(());
        }
        self.emit(Op::Cast { from, to, d, a });
        Ok(())
    }

    pub(super) fn compare(&mut self, order: Order, kind: IntKind) -> Step<()> {
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

    /// A condition, as a value; a branch behind it takes it up, see [`Builder::branch_if`].
    pub(super) fn test(&mut self, test: Test) -> Step<()> {
        let d = self.push(Ty::BOOL, Place::Here)?;
        self.emit(match test {
            Test::Lt(a, b) => Op::Lt { d, a, b },
            Test::Le(a, b) => Op::Le { d, a, b },
            Test::LtImm(a, imm) => Op::LtImm { d, a, imm },
            Test::LeImm(a, imm) => Op::LeImm { d, a, imm },
            Test::GtImm(a, imm) => Op::GtImm { d, a, imm },
            Test::GeImm(a, imm) => Op::GeImm { d, a, imm },
            Test::Eq(a, b, false) => Op::Eq { d, a, b },
            Test::Eq(a, b, true) => Op::Ne { d, a, b },
            Test::EqImm(a, imm, false) => Op::EqImm { d, a, imm },
            Test::EqImm(a, imm, true) => Op::NeImm { d, a, imm },
        });
        Ok(())
    }

    /// A branch on the condition on top, together with the comparison that made it, if that came just before.
    pub(super) fn branch_if(&mut self, when: bool, to: u16) -> Step<()> {
        let mut operand = self.pop()?;
        if let Some(known) = self.take_const(operand) {
            if known == when {
                self.jump(Op::Jump { to: 0, gas: 0 }, to);
            }
            return Ok(());
        }
        let mut op = match self.take_test(operand) {
            // A negation: of a comparison, if its operand was made for it.
            Some(Op::JumpFalse { a, .. }) if Some(a) == made_in(operand) => match self.take_test(operand) {
                Some(mut inner) => {
                    invert(&mut inner);
                    inner
                }
                None => Op::JumpFalse { a, to: 0, gas: 0 },
            },
            Some(op) => op,
            None => Op::JumpTrue { a: self.slot(&mut operand), to: 0, gas: 0 },
        };
        if !when {
            invert(&mut op);
        }
        self.jump(op, to);
        Ok(())
    }

    /// Takes back the last op if it is the test that made this operand, and only it.
    fn take_test(&mut self, operand: Operand) -> Option<Op> {
        let op = fused(*self.last_op()?, made_in(operand)?)?;
        self.unemit();
        Some(op)
    }

    /// What a condition is, if that is known.
    fn take_const(&mut self, operand: Operand) -> Option<bool> {
        if let Place::Const(value) = operand.place {
            return Some(value != 0);
        }
        let slot = made_in(operand)?;
        match *self.last_op()? {
            Op::Const { d, imm } if d == slot => {
                self.unemit();
                Some(imm != 0)
            }
            _ => None,
        }
    }

    fn last_op(&self) -> Option<&Op> {
        self.ops.last().filter(|_| self.ops.len() > self.fence)
    }

    pub(super) fn equal(&mut self, ty: Ty, negated: bool, sized: bool) -> Step<()> {
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
                return self.test(Test::Eq(x, y, negated));
            }
            let d = self.push(Ty::BOOL, Place::Here)?;
            self.emit(Op::EqRefs { d, a, b, ty: target.0, negated, sized });
            return Ok(());
        }
        let layout = self.layout(ty)?;
        if !sized || !layout.flat {
            let a = self.slot(&mut left);
            let b = self.slot(&mut right);
            let d = self.push(Ty::BOOL, Place::Here)?;
            self.emit(Op::EqDeep { d, a, b, ty: ty.0, negated, sized });
            return Ok(());
        }
        if layout.words == 1 {
            if matches!(left.place, Place::Const(_)) {
                std::mem::swap(&mut left, &mut right);
            }
            let a = self.slot(&mut left);
            if let Place::Const(imm) = right.place {
                return self.test(Test::EqImm(a, imm, negated));
            }
            let b = self.slot(&mut right);
            return self.test(Test::Eq(a, b, negated));
        }
        let n = layout.words as u16;
        let a = self.slot(&mut left);
        let b = self.slot(&mut right);
        let d = self.push(Ty::BOOL, Place::Here)?;
        self.emit(Op::EqWords { d, a, b, n, negated });
        Ok(())
    }
}

/// The slot that an operand is in, and nobody else reads.
fn made_in(operand: Operand) -> Option<Slot> {
    match operand.place {
        Place::Here => Some(operand.at),
        Place::Slot(slot) if operand.moved => Some(slot),
        _ => None,
    }
}

/// The jump on what an op that made a condition in slot `d` found.
fn fused(op: Op, d: Slot) -> Option<Op> {
    let (to, gas) = (0, 0);
    let (made, jump) = match op {
        Op::Eq { d, a, b } => (d, Op::JumpEq { a, b, to, gas }),
        Op::Ne { d, a, b } => (d, Op::JumpNe { a, b, to, gas }),
        Op::Lt { d, a, b } => (d, Op::JumpLt { a, b, to, gas }),
        Op::Le { d, a, b } => (d, Op::JumpLe { a, b, to, gas }),
        Op::LtImm { d, a, imm } => (d, Op::JumpLtImm { a, imm, to, gas }),
        Op::LeImm { d, a, imm } => (d, Op::JumpLeImm { a, imm, to, gas }),
        Op::GtImm { d, a, imm } => (d, Op::JumpGtImm { a, imm, to, gas }),
        Op::GeImm { d, a, imm } => (d, Op::JumpGeImm { a, imm, to, gas }),
        Op::EqImm { d, a, imm } => (d, Op::JumpEqImm { a, imm: u32::try_from(imm).ok()?, to, gas }),
        Op::NeImm { d, a, imm } => (d, Op::JumpNeImm { a, imm: u32::try_from(imm).ok()?, to, gas }),
        Op::Not { d, a } => (d, Op::JumpFalse { a, to, gas }),
        _ => return None,
    };
    (made == d).then_some(jump)
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
