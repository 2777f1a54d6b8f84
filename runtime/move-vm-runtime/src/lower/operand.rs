//! Operands that have not been put anywhere yet, and the code being emitted.

use super::op::{Op, Slot};
use crate::types::Ty;

/// Where the value of an operand is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// In the slots of its stack position.
    Here,
    /// In the slots of a local, or of a part of one.
    Slot(Slot),
    /// A value of one word.
    Const(u64),
    /// A 128-bit value below 2^64.
    Wide(u64),
    /// A reference to these slots of the frame.
    Frame(Slot),
    /// The reference in a slot, some bytes further.
    Offset { slot: Slot, offset: u32 },
}

/// An entry of the operand stack while lowering.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Operand {
    pub(super) ty: Ty,
    pub(super) words: u16,
    /// First slot of its stack position.
    pub(super) at: Slot,
    pub(super) place: Place,
    /// Read through a reference: a write may change the slots before the operand is used.
    pub(super) volatile: bool,
    /// Moved out of a local, which nobody reads again before it is written.
    pub(super) moved: bool,
}

impl Operand {
    /// Whether the operand needs these slots to stay as they are.
    pub(super) fn depends_on(&self, from: Slot, words: u16) -> bool {
        let overlaps = |slot: Slot, count: u16| slot < from + words && from < slot + count;
        match self.place {
            Place::Slot(slot) => overlaps(slot, self.words),
            Place::Offset { slot, .. } if slot != self.at => overlaps(slot, 1),
            Place::Here | Place::Const(_) | Place::Wide(_) | Place::Frame(_) | Place::Offset { .. } => false,
        }
    }
}

/// A reference, taken apart for use by one op.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Target {
    Frame(Slot),
    Memory { slot: Slot, offset: u32 },
}

/// The op that moves words between slots.
pub(super) fn move_words(d: Slot, a: Slot, n: u16) -> Op {
    match n {
        1 => Op::Move { d, a },
        2 => Op::Move2 { d, a },
        3 => Op::Move3 { d, a },
        4 => Op::Move4 { d, a },
        _ => Op::MoveWords { d, a, n },
    }
}

/// Makes an op that wrote `words` to slot `from` write to slot `to` instead.
pub(super) fn redirect(op: &mut Op, from: Slot, words: u16, to: Slot) -> bool {
    let (d, written) = match op {
        Op::Const { d, .. }
        | Op::Move { d, .. }
        | Op::Add { d, .. }
        | Op::Sub { d, .. }
        | Op::Mul { d, .. }
        | Op::Div { d, .. }
        | Op::Mod { d, .. }
        | Op::AddImm { d, .. }
        | Op::SubImm { d, .. }
        | Op::MulImm { d, .. }
        | Op::DivImm { d, .. }
        | Op::ModImm { d, .. }
        | Op::AddNarrow { d, .. }
        | Op::MulNarrow { d, .. }
        | Op::And { d, .. }
        | Op::Or { d, .. }
        | Op::Xor { d, .. }
        | Op::AndImm { d, .. }
        | Op::OrImm { d, .. }
        | Op::XorImm { d, .. }
        | Op::Shl { d, .. }
        | Op::Shr { d, .. }
        | Op::ShlImm { d, .. }
        | Op::ShrImm { d, .. }
        | Op::Not { d, .. }
        | Op::Eq { d, .. }
        | Op::EqImm { d, .. }
        | Op::Ne { d, .. }
        | Op::NeImm { d, .. }
        | Op::Lt { d, .. }
        | Op::Le { d, .. }
        | Op::LtImm { d, .. }
        | Op::LeImm { d, .. }
        | Op::GtImm { d, .. }
        | Op::GeImm { d, .. }
        | Op::NarrowWords { d, .. }
        | Op::EqWords { d, .. }
        | Op::Narrow { d, .. }
        | Op::Lt128 { d, .. }
        | Op::Le128 { d, .. }
        | Op::Lt256 { d, .. }
        | Op::Le256 { d, .. }
        | Op::Lea { d, .. }
        | Op::Offset { d, .. }
        | Op::Load1 { d, .. }
        | Op::Load2 { d, .. }
        | Op::Load4 { d, .. }
        | Op::Load8 { d, .. }
        | Op::VecLenLocal { d, .. }
        | Op::VecLen { d, .. }
        | Op::VecGet8Local { d, .. }
        | Op::VecGetLocal { d, .. }
        | Op::VecGet8 { d, .. }
        | Op::VecGet { d, .. }
        | Op::VecAtLocal { d, .. }
        | Op::VecAt { d, .. }
        | Op::Exists { d, .. }
        | Op::BorrowGlobal { d, .. } => (d, 1),
        Op::Move3 { d, .. } => (d, 3),
        Op::Const2 { d, .. }
        | Op::Narrow256 { d, .. }
        | Op::Add128Imm { d, .. }
        | Op::Sub128Imm { d, .. }
        | Op::Mul128Imm { d, .. }
        | Op::Div128Imm { d, .. }
        | Op::Mod128Imm { d, .. }
        | Op::Move2 { d, .. }
        | Op::Add128 { d, .. }
        | Op::Sub128 { d, .. }
        | Op::Mul128 { d, .. }
        | Op::Div128 { d, .. }
        | Op::Mod128 { d, .. } => (d, 2),
        Op::Move4 { d, .. }
        | Op::Add256 { d, .. }
        | Op::Sub256 { d, .. }
        | Op::Mul256 { d, .. }
        | Op::Div256 { d, .. }
        | Op::Mod256 { d, .. } => (d, 4),
        Op::ConstWords { d, n, .. }
        | Op::MoveWords { d, n, .. }
        | Op::LoadWords { d, n, .. }
        | Op::Widen { d, n, .. }
        | Op::Zero { d, n } => {
            let n = *n;
            (d, n)
        }
        _ => return false,
    };
    if *d != from || written != words {
        return false;
    }
    *d = to;
    true
}
