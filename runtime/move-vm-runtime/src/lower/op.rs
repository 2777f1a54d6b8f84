//! Micro-ops: what lowered code consists of.
//!
//! `r[x]` is the word in frame slot `x`; `r[x..n]` are `n` words from there. `m[p]` is memory at byte address `p`; the
//! upper half of a reference names the resource it points into, 0 for none. `abort C` ends the transaction with status
//! `C` at the bytecode offset noted for the op. Names read operation, width, operand kind. Integers of up to 64 bits
//! are zero-extended in their word, so that one op serves all unsigned widths where nothing can overflow.

use crate::types::IntKind;

/// A frame slot.
pub(crate) type Slot = u16;
/// A position in the arena of ops.
pub(crate) type Pc = u32;

/// One instruction of lowered code.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Op {
    /// Charges a block; abort OUT_OF_GAS.
    Gas { gas: u32 },
    /// `goto to`. Jumps charge `gas` when they are taken: the block they enter, and what was due before.
    Jump { to: Pc, gas: u32 },
    /// `if r[a] != 0 goto to`.
    JumpTrue { a: Slot, to: Pc, gas: u32 },
    /// `if r[a] == 0 goto to`.
    JumpFalse { a: Slot, to: Pc, gas: u32 },
    /// `if r[a] == r[b] goto to`. Fuses a comparison and a branch, as the next seven do.
    JumpEq { a: Slot, b: Slot, to: Pc, gas: u32 },
    /// `if r[a] != r[b] goto to`.
    JumpNe { a: Slot, b: Slot, to: Pc, gas: u32 },
    /// `if r[a] < r[b] goto to`.
    JumpLt { a: Slot, b: Slot, to: Pc, gas: u32 },
    /// `if r[a] <= r[b] goto to`.
    JumpLe { a: Slot, b: Slot, to: Pc, gas: u32 },
    /// `if r[a] == imm goto to`.
    JumpEqImm { a: Slot, imm: u32, to: Pc, gas: u32 },
    /// `if r[a] != imm goto to`.
    JumpNeImm { a: Slot, imm: u32, to: Pc, gas: u32 },
    /// `if r[a] < imm goto to`.
    JumpLtImm { a: Slot, imm: u32, to: Pc, gas: u32 },
    /// `if r[a] <= imm goto to`.
    JumpLeImm { a: Slot, imm: u32, to: Pc, gas: u32 },
    /// `if r[a] > imm goto to`.
    JumpGtImm { a: Slot, imm: u32, to: Pc, gas: u32 },
    /// `if r[a] >= imm goto to`.
    JumpGeImm { a: Slot, imm: u32, to: Pc, gas: u32 },

    /// `r[d] := imm`.
    Const { d: Slot, imm: u64 },
    /// `r[d..2] := imm`.
    Const2 { d: Slot, imm: u64 },
    /// `r[d..n] := pool[at..n]`.
    ConstWords { d: Slot, n: u16, at: u32 },
    /// `r[d] := r[a]`.
    Move { d: Slot, a: Slot },
    /// `r[d..2] := r[a..2]`.
    Move2 { d: Slot, a: Slot },
    /// `r[d..3] := r[a..3]`.
    Move3 { d: Slot, a: Slot },
    /// `r[d..4] := r[a..4]`.
    Move4 { d: Slot, a: Slot },
    /// `r[d..n] := r[a..n]`; the ranges may overlap.
    MoveWords { d: Slot, a: Slot, n: u16 },
    /// `r[d..n] := r[a]`, with zeros in the upper words.
    Widen { d: Slot, a: Slot, n: u16 },
    /// `r[d..n] := 0`.
    Zero { d: Slot, n: u16 },

    /// `r[d] := r[a] + r[b]`; abort ARITHMETIC_ERROR above 64 bits.
    Add { d: Slot, a: Slot, b: Slot },
    /// `r[d] := r[a] - r[b]`; abort ARITHMETIC_ERROR below 0.
    Sub { d: Slot, a: Slot, b: Slot },
    /// `r[d] := r[a] * r[b]`; abort ARITHMETIC_ERROR above 64 bits.
    Mul { d: Slot, a: Slot, b: Slot },
    /// `r[d] := r[a] / r[b]`; abort ARITHMETIC_ERROR by 0.
    Div { d: Slot, a: Slot, b: Slot },
    /// `r[d] := r[a] % r[b]`; abort ARITHMETIC_ERROR by 0.
    Mod { d: Slot, a: Slot, b: Slot },
    /// `r[d] := r[a] + imm`; abort ARITHMETIC_ERROR above 64 bits.
    AddImm { d: Slot, a: Slot, imm: u64 },
    /// `r[d] := r[a] - imm`; abort ARITHMETIC_ERROR below 0.
    SubImm { d: Slot, a: Slot, imm: u64 },
    /// `r[d] := r[a] * imm`; abort ARITHMETIC_ERROR above 64 bits.
    MulImm { d: Slot, a: Slot, imm: u64 },
    /// `r[d] := r[a] / imm`, imm not 0.
    DivImm { d: Slot, a: Slot, imm: u64 },
    /// `r[d] := r[a] % imm`, imm not 0.
    ModImm { d: Slot, a: Slot, imm: u64 },
    /// `r[d] := r[a] + r[b]`; abort ARITHMETIC_ERROR above `bits`, at most 32.
    AddNarrow { d: Slot, a: Slot, b: Slot, bits: u16 },
    /// `r[d] := r[a] * r[b]`; abort ARITHMETIC_ERROR above `bits`, at most 32.
    MulNarrow { d: Slot, a: Slot, b: Slot, bits: u16 },
    /// `r[d] := r[a] & r[b]`.
    And { d: Slot, a: Slot, b: Slot },
    /// `r[d] := r[a] | r[b]`.
    Or { d: Slot, a: Slot, b: Slot },
    /// `r[d] := r[a] ^ r[b]`.
    Xor { d: Slot, a: Slot, b: Slot },
    /// `r[d] := r[a] & imm`.
    AndImm { d: Slot, a: Slot, imm: u64 },
    /// `r[d] := r[a] | imm`.
    OrImm { d: Slot, a: Slot, imm: u64 },
    /// `r[d] := r[a] ^ imm`.
    XorImm { d: Slot, a: Slot, imm: u64 },
    /// `r[d] := r[a] << r[b]` in `bits`; abort ARITHMETIC_ERROR for amounts from `bits` on.
    Shl { d: Slot, a: Slot, b: Slot, bits: u16 },
    /// `r[d] := r[a] >> r[b]`; abort ARITHMETIC_ERROR for amounts from `bits` on.
    Shr { d: Slot, a: Slot, b: Slot, bits: u16 },
    /// `r[d] := r[a] << imm` in `bits`, imm below `bits`.
    ShlImm { d: Slot, a: Slot, imm: u16, bits: u16 },
    /// `r[d] := r[a] >> imm`, imm below 64.
    ShrImm { d: Slot, a: Slot, imm: u16 },
    /// `r[d] := r[a] == 0`.
    Not { d: Slot, a: Slot },
    /// `r[d] := r[a] == r[b]`.
    Eq { d: Slot, a: Slot, b: Slot },
    /// `r[d] := r[a] == imm`.
    EqImm { d: Slot, a: Slot, imm: u64 },
    /// `r[d] := r[a] != imm`.
    NeImm { d: Slot, a: Slot, imm: u64 },
    /// `r[d] := r[a] != r[b]`.
    Ne { d: Slot, a: Slot, b: Slot },
    /// `r[d] := r[a] < r[b]`.
    Lt { d: Slot, a: Slot, b: Slot },
    /// `r[d] := r[a] <= r[b]`.
    Le { d: Slot, a: Slot, b: Slot },
    /// `r[d] := r[a] < imm`.
    LtImm { d: Slot, a: Slot, imm: u32 },
    /// `r[d] := r[a] <= imm`.
    LeImm { d: Slot, a: Slot, imm: u32 },
    /// `r[d] := r[a] > imm`.
    GtImm { d: Slot, a: Slot, imm: u32 },
    /// `r[d] := r[a] >= imm`.
    GeImm { d: Slot, a: Slot, imm: u32 },
    /// `r[d] := r[a..n] == r[b..n]`, not if `negated`.
    EqWords { d: Slot, a: Slot, b: Slot, n: u16, negated: bool },
    /// `r[d] := r[a]`; abort ARITHMETIC_ERROR above `bits`.
    Narrow { d: Slot, a: Slot, bits: u16 },
    /// `r[d..2] := r[a..2] + r[b..2]`; abort ARITHMETIC_ERROR above 128 bits.
    Add128 { d: Slot, a: Slot, b: Slot },
    /// `r[d..2] := r[a..2] - r[b..2]`; abort ARITHMETIC_ERROR below 0.
    Sub128 { d: Slot, a: Slot, b: Slot },
    /// `r[d..2] := r[a..2] * r[b..2]`; abort ARITHMETIC_ERROR above 128 bits.
    Mul128 { d: Slot, a: Slot, b: Slot },
    /// `r[d..2] := r[a..2] / r[b..2]`; abort ARITHMETIC_ERROR by 0.
    Div128 { d: Slot, a: Slot, b: Slot },
    /// `r[d..2] := r[a..2] % r[b..2]`; abort ARITHMETIC_ERROR by 0.
    Mod128 { d: Slot, a: Slot, b: Slot },
    /// `r[d..2] := r[a..2] + imm`; abort ARITHMETIC_ERROR above 128 bits.
    Add128Imm { d: Slot, a: Slot, imm: u64 },
    /// `r[d..2] := r[a..2] - imm`; abort ARITHMETIC_ERROR below 0.
    Sub128Imm { d: Slot, a: Slot, imm: u64 },
    /// `r[d..2] := r[a..2] * imm`; abort ARITHMETIC_ERROR above 128 bits.
    Mul128Imm { d: Slot, a: Slot, imm: u64 },
    /// `r[d..2] := r[a..2] / imm`, imm not 0.
    Div128Imm { d: Slot, a: Slot, imm: u64 },
    /// `r[d..2] := r[a..2] % imm`, imm not 0.
    Mod128Imm { d: Slot, a: Slot, imm: u64 },
    /// `r[d] := r[a..n]`; abort ARITHMETIC_ERROR above `bits`, at most 64.
    NarrowWords { d: Slot, a: Slot, n: u16, bits: u16 },
    /// `r[d..2] := r[a..4]`; abort ARITHMETIC_ERROR above 128 bits.
    Narrow256 { d: Slot, a: Slot },
    /// `r[d] := r[a..2] < r[b..2]`.
    Lt128 { d: Slot, a: Slot, b: Slot },
    /// `r[d] := r[a..2] <= r[b..2]`.
    Le128 { d: Slot, a: Slot, b: Slot },
    /// `r[d..4] := r[a..4] + r[b..4]`; abort ARITHMETIC_ERROR above 256 bits.
    Add256 { d: Slot, a: Slot, b: Slot },
    /// `r[d..4] := r[a..4] - r[b..4]`; abort ARITHMETIC_ERROR below 0.
    Sub256 { d: Slot, a: Slot, b: Slot },
    /// `r[d..4] := r[a..4] * r[b..4]`; abort ARITHMETIC_ERROR above 256 bits.
    Mul256 { d: Slot, a: Slot, b: Slot },
    /// `r[d..4] := r[a..4] / r[b..4]`; abort ARITHMETIC_ERROR by 0.
    Div256 { d: Slot, a: Slot, b: Slot },
    /// `r[d..4] := r[a..4] % r[b..4]`; abort ARITHMETIC_ERROR by 0.
    Mod256 { d: Slot, a: Slot, b: Slot },
    /// `r[d] := r[a..4] < r[b..4]`.
    Lt256 { d: Slot, a: Slot, b: Slot },
    /// `r[d] := r[a..4] <= r[b..4]`.
    Le256 { d: Slot, a: Slot, b: Slot },
    /// Any operation of any integer type: `r[d..] := r[a..] op r[b..]`; abort ARITHMETIC_ERROR.
    Arith { op: Any, kind: IntKind, d: Slot, a: Slot, b: Slot },
    /// Any cast: `r[d..] := r[a..]`; abort ARITHMETIC_ERROR when it does not fit.
    Cast { from: IntKind, to: IntKind, d: Slot, a: Slot },

    /// `r[d] := address of r[a]`: borrows a local.
    Lea { d: Slot, a: Slot },
    /// `r[d] := r[r] + offset`: borrows a field.
    Offset { d: Slot, r: Slot, offset: u32 },
    /// `r[d] := byte m[r[r] + offset]`.
    Load1 { d: Slot, r: Slot, offset: u32 },
    /// `r[d] := 2 bytes m[r[r] + offset]`.
    Load2 { d: Slot, r: Slot, offset: u32 },
    /// `r[d] := 4 bytes m[r[r] + offset]`.
    Load4 { d: Slot, r: Slot, offset: u32 },
    /// `r[d] := m[r[r] + offset]`.
    Load8 { d: Slot, r: Slot, offset: u32 },
    /// `r[d..n] := m[r[r] + offset ..n]`.
    LoadWords { d: Slot, r: Slot, n: u16, offset: u32 },
    /// `byte m[r[r] + offset] := r[a]`; the resource becomes dirty.
    Store1 { r: Slot, a: Slot, offset: u32 },
    /// `2 bytes m[r[r] + offset] := r[a]`; the resource becomes dirty.
    Store2 { r: Slot, a: Slot, offset: u32 },
    /// `4 bytes m[r[r] + offset] := r[a]`; the resource becomes dirty.
    Store4 { r: Slot, a: Slot, offset: u32 },
    /// `m[r[r] + offset] := r[a]`; the resource becomes dirty.
    Store8 { r: Slot, a: Slot, offset: u32 },
    /// `m[r[r] + offset ..n] := r[a..n]`; the resource becomes dirty.
    StoreWords { r: Slot, a: Slot, n: u16, offset: u32 },

    /// `r[d] := length of the vector in r[v..3]`.
    VecLenLocal { d: Slot, v: Slot },
    /// `r[d] := length of the vector at r[r] + offset`.
    VecLen { d: Slot, r: Slot, offset: u32 },
    /// `r[d] := element r[i] of the vector in r[v..3]`, 8 bytes; abort VECTOR_OPERATION_ERROR 1.
    VecGet8Local { d: Slot, v: Slot, i: Slot },
    /// `r[d] := element r[i] of the vector in r[v..3]`, `bytes` 1, 2 or 4; abort VECTOR_OPERATION_ERROR 1.
    VecGetLocal { d: Slot, v: Slot, i: Slot, bytes: u16 },
    /// `r[d] := element r[i] of the vector at r[r] + offset`, 8 bytes; abort VECTOR_OPERATION_ERROR 1.
    VecGet8 { d: Slot, r: Slot, i: Slot, offset: u32 },
    /// `r[d] := element r[i] of the vector at r[r] + offset`, `bytes` 1, 2 or 4; abort VECTOR_OPERATION_ERROR 1.
    VecGet { d: Slot, r: Slot, i: Slot, bytes: u16, offset: u32 },
    /// `r[d] := address of element r[i] of the vector in r[v..3]`; abort VECTOR_OPERATION_ERROR 1.
    VecAtLocal { d: Slot, v: Slot, i: Slot, bytes: u32 },
    /// `r[d] := address of element r[i] of the vector at r[r] + offset`; abort VECTOR_OPERATION_ERROR 1.
    VecAt { d: Slot, r: Slot, i: Slot, bytes: u16, offset: u32 },
    /// `element r[i] of the vector in r[v..3] := r[a]`, 8 bytes; abort VECTOR_OPERATION_ERROR 1.
    VecPut8Local { v: Slot, i: Slot, a: Slot },
    /// `element r[i] of the vector in r[v..3] := r[a]`, `bytes` 1, 2 or 4; abort VECTOR_OPERATION_ERROR 1.
    VecPutLocal { v: Slot, i: Slot, a: Slot, bytes: u16 },
    /// `element r[i] of the vector at r[r] + offset := r[a]`, `bytes` up to 8; the resource becomes dirty; abort
    /// VECTOR_OPERATION_ERROR 1.
    VecPut { r: Slot, i: Slot, a: Slot, bytes: u16, offset: u32 },
    /// Appends r[a..] (`bytes` of it) to the vector at r[r] + offset; the resource becomes dirty.
    VecPush { r: Slot, a: Slot, bytes: u16, offset: u32 },
    /// Appends r[a..] (`bytes` of it) to the vector in r[v..3].
    VecPushLocal { v: Slot, a: Slot, bytes: u16 },
    /// `r[d..] := last element`, taken off the vector in r[v..3]; abort VECTOR_OPERATION_ERROR 2.
    VecPopLocal { d: Slot, v: Slot, bytes: u16 },
    /// `r[d..] := last element`, taken off the vector at r[r] + offset; abort VECTOR_OPERATION_ERROR 2.
    VecPop { d: Slot, r: Slot, bytes: u16, offset: u32 },
    /// Exchanges elements r[i] and r[j] of the vector in r[v..3]; abort VECTOR_OPERATION_ERROR 1.
    VecSwapLocal { v: Slot, i: Slot, j: Slot, bytes: u16 },
    /// Exchanges elements r[i] and r[j] of the vector at r[r] + offset; abort VECTOR_OPERATION_ERROR 1.
    VecSwap { r: Slot, i: Slot, j: Slot, bytes: u16, offset: u32 },

    /// Abort STRUCT_VARIANT_MISMATCH unless `r[a] == tag`.
    CheckTag { a: Slot, tag: u16 },
    /// Abort STRUCT_VARIANT_MISMATCH unless `m[r[r] + offset]` is a tag with a bit in `mask[at..]`.
    CheckTags { r: Slot, offset: u32, at: u32 },

    /// Calls a function that is paid for: its frame of `slots` starts at slot `base`, where its arguments are. `height`
    /// operands stay on the stack, at most `reach` more come. Abort CALL_STACK_OVERFLOW.
    Call { base: Slot, height: u16, reach: u16, slots: u16, to: Pc },
    /// Charges what is due, and returns `r[a..n]`.
    Return { a: Slot, n: u16, gas: u32 },
    /// Goes on when the module was charged for in this transaction; charges for it outside the loop otherwise.
    Pay { module: u32 },

    /// `r[d] := resource of type ty exists at r[a..4]`. This and the next three do a resource that was used of late in
    /// the loop, any other outside.
    Exists { d: Slot, a: Slot, ty: u32 },
    /// `r[d] := reference to the resource at r[a..4]`; abort MISSING_DATA.
    BorrowGlobal { d: Slot, a: Slot, ty: u32 },
    /// `r[d..] := resource taken from r[a..4]`; abort MISSING_DATA.
    MoveFrom { d: Slot, a: Slot, ty: u32 },
    /// Stores r[a..] at the address in the signer that r[r] points at; abort RESOURCE_ALREADY_EXISTS.
    MoveTo { r: Slot, a: Slot, ty: u32 },

    // What follows is done outside the loop.
    /// Calls a native whose frame starts at slot `base`.
    CallNative { base: Slot, instance: u32 },
    /// Calls a function for the first time; it becomes a [`Op::Call`] unless its module was not known beforehand.
    CallSite { base: Slot, height: u16, site: u32 },
    /// Aborts with the code in r[a].
    Abort { a: Slot },
    /// Aborts with the code in r[a] and the message in r[b..3].
    AbortMsg { a: Slot, b: Slot },
    /// Fails with error `at` of the table.
    Fail { at: u32 },
    /// Charges for the abstract size of r[a..] of type `ty`.
    ChargeLocal { a: Slot, ty: u32 },
    /// `r[d..] := deep copy of r[a..]` of type `ty`.
    CopyDeep { d: Slot, a: Slot, ty: u32 },
    /// Charges for the value at r[r] + offset and copies it to r[d..]; type `ty`.
    LoadDeep { d: Slot, r: Slot, ty: u32, offset: u32, charged: bool },
    /// `r[d] := r[a..] equals r[b..]`, of type `ty`, charged by size if `sized` is false.
    EqDeep { d: Slot, a: Slot, b: Slot, ty: u32, negated: bool, sized: bool },
    /// As `EqDeep`, with references in r[a] and r[b].
    EqRefs { d: Slot, a: Slot, b: Slot, ty: u32, negated: bool, sized: bool },
    /// `r[d..3] := vector of n elements from r[a..]`.
    VecPack { d: Slot, a: Slot, n: u16, ty: u32 },
    /// `r[d..] := the n elements of the vector in r[a..3]`; abort VECTOR_OPERATION_ERROR 3.
    VecUnpack { d: Slot, a: Slot, n: u16, ty: u32 },
    /// `r[d..] := constant at` of the table, a vector.
    LoadConst { d: Slot, at: u32 },
}

/// Operations of [`Op::Arith`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Any {
    Add,
    Sub,
    Mul,
    Div,
    Mod,
    BitOr,
    BitAnd,
    Xor,
    Shl,
    Shr,
    Negate,
    Lt,
    Le,
}

impl Op {
    /// Whether the op always goes on to the next and charges nothing, so that a charge may pass over it. Jumps and
    /// returns, which carry charges themselves, count as such.
    pub(crate) fn cannot_fail(&self) -> bool {
        matches!(
            self,
            Op::Jump { .. }
                | Op::Return { .. }
                | Op::Const { .. }
                | Op::Const2 { .. }
                | Op::ConstWords { .. }
                | Op::Move { .. }
                | Op::Move2 { .. }
                | Op::Move3 { .. }
                | Op::Move4 { .. }
                | Op::MoveWords { .. }
                | Op::Widen { .. }
                | Op::Zero { .. }
                | Op::And { .. }
                | Op::Or { .. }
                | Op::Xor { .. }
                | Op::AndImm { .. }
                | Op::OrImm { .. }
                | Op::XorImm { .. }
                | Op::DivImm { .. }
                | Op::ModImm { .. }
                | Op::ShlImm { .. }
                | Op::ShrImm { .. }
                | Op::Not { .. }
                | Op::Eq { .. }
                | Op::EqImm { .. }
                | Op::Ne { .. }
                | Op::NeImm { .. }
                | Op::Lt { .. }
                | Op::Le { .. }
                | Op::LtImm { .. }
                | Op::LeImm { .. }
                | Op::GtImm { .. }
                | Op::GeImm { .. }
                | Op::EqWords { .. }
                | Op::Lt128 { .. }
                | Op::Le128 { .. }
                | Op::Lt256 { .. }
                | Op::Le256 { .. }
                | Op::Lea { .. }
                | Op::Offset { .. }
                | Op::Load1 { .. }
                | Op::Load2 { .. }
                | Op::Load4 { .. }
                | Op::Load8 { .. }
                | Op::LoadWords { .. }
                | Op::Store1 { .. }
                | Op::Store2 { .. }
                | Op::Store4 { .. }
                | Op::Store8 { .. }
                | Op::StoreWords { .. }
                | Op::VecLenLocal { .. }
                | Op::VecLen { .. }
        )
    }
}

const _: () = assert!(size_of::<Op>() <= 16);
