//! The instructions, as one table.
//!
//! `instruction_table!` hands the table to another macro, so that the enum, the reader, the writer,
//! the assembler and the disassembler cannot disagree. A row reads: opcode, first version, name,
//! immediates with their encoding. In the descriptions `A` are arguments, `R` results, `F` fields,
//! `C` captured arguments and `n` the count; the top of the stack is on the right.

use crate::file_format::{
    CodeOffset, ConstantIdx, FieldHandleIdx, FieldInstIdx, FunctionHandleIdx, FunctionInstIdx, LocalIdx, SignatureIdx,
    StructDefIdx, StructDefInstIdx, StructVariantHandleIdx, StructVariantInstIdx, VariantFieldHandleIdx,
    VariantFieldInstIdx,
};
use move_core_types::{I256, U256};

macro_rules! instruction_table {
    ($callback:ident) => {
        $callback! {
            /// Discard the top value; stack 1→0.
            0x01 since 1 Pop;
            /// Return; R = number of results; stack R→0.
            0x02 since 1 Ret;
            /// Jump when true; stack 1→0.
            0x03 since 1 BrTrue(to: CodeOffset = offset);
            /// Jump when false; stack 1→0.
            0x04 since 1 BrFalse(to: CodeOffset = offset);
            /// Jump; stack 0→0.
            0x05 since 1 Branch(to: CodeOffset = offset);
            /// Push literal; stack 0→1.
            0x06 since 1 LdU64(value: u64 = raw_u64);
            /// Push decoded constant; stack 0→1.
            0x07 since 1 LdConst(constant: ConstantIdx = index);
            /// Push true; stack 0→1.
            0x08 since 1 LdTrue;
            /// Push false; stack 0→1.
            0x09 since 1 LdFalse;
            /// Copy a local; stack 0→1.
            0x0A since 1 CopyLoc(local: LocalIdx = local);
            /// Move a local out; stack 0→1.
            0x0B since 1 MoveLoc(local: LocalIdx = local);
            /// Store into a local; stack 1→0.
            0x0C since 1 StLoc(local: LocalIdx = local);
            /// `&mut` local; stack 0→1.
            0x0D since 1 MutBorrowLoc(local: LocalIdx = local);
            /// `&` local; stack 0→1.
            0x0E since 1 ImmBorrowLoc(local: LocalIdx = local);
            /// `&mut` field; stack 1→1.
            0x0F since 1 MutBorrowField(field: FieldHandleIdx = index);
            /// `&` field; stack 1→1.
            0x10 since 1 ImmBorrowField(field: FieldHandleIdx = index);
            /// Static call; stack A→R.
            0x11 since 1 Call(function: FunctionHandleIdx = index);
            /// Build a struct; stack F→1.
            0x12 since 1 Pack(def: StructDefIdx = index);
            /// Take a struct apart; stack 1→F.
            0x13 since 1 Unpack(def: StructDefIdx = index);
            /// Copy through a reference; stack 1→1.
            0x14 since 1 ReadRef;
            /// Write through a reference (reference on top); stack 2→0.
            0x15 since 1 WriteRef;
            /// Checked addition; stack 2→1.
            0x16 since 1 Add;
            /// Checked subtraction; stack 2→1.
            0x17 since 1 Sub;
            /// Checked multiplication; stack 2→1.
            0x18 since 1 Mul;
            /// Remainder; stack 2→1.
            0x19 since 1 Mod;
            /// Division; stack 2→1.
            0x1A since 1 Div;
            /// Bitwise or; stack 2→1.
            0x1B since 1 BitOr;
            /// Bitwise and; stack 2→1.
            0x1C since 1 BitAnd;
            /// Bitwise xor; stack 2→1.
            0x1D since 1 Xor;
            /// Boolean or (no short circuit); stack 2→1.
            0x1E since 1 Or;
            /// Boolean and (no short circuit); stack 2→1.
            0x1F since 1 And;
            /// Boolean not; stack 1→1.
            0x20 since 1 Not;
            /// Structural equality; stack 2→1.
            0x21 since 1 Eq;
            /// Structural inequality; stack 2→1.
            0x22 since 1 Neq;
            /// Integer less-than; stack 2→1.
            0x23 since 1 Lt;
            /// Integer greater-than; stack 2→1.
            0x24 since 1 Gt;
            /// Integer at-most; stack 2→1.
            0x25 since 1 Le;
            /// Integer at-least; stack 2→1.
            0x26 since 1 Ge;
            /// Abort with a u64 code; stack 1→0.
            0x27 since 1 Abort;
            /// Nothing; stack 0→0.
            0x28 since 1 Nop;
            /// Does the resource exist; stack 1→1.
            0x29 since 1 Exists(def: StructDefIdx = index);
            /// `&mut` resource; stack 1→1.
            0x2A since 1 MutBorrowGlobal(def: StructDefIdx = index);
            /// `&` resource; stack 1→1.
            0x2B since 1 ImmBorrowGlobal(def: StructDefIdx = index);
            /// Take a resource out of storage; stack 1→1.
            0x2C since 1 MoveFrom(def: StructDefIdx = index);
            /// Publish a resource; stack 2→0.
            0x2D since 1 MoveTo(def: StructDefIdx = index);
            /// `&mut` to `&`; stack 1→1.
            0x2E since 1 FreezeRef;
            /// Shift left; stack 2→1.
            0x2F since 1 Shl;
            /// Shift right; stack 2→1.
            0x30 since 1 Shr;
            /// Push literal; stack 0→1.
            0x31 since 1 LdU8(value: u8 = raw_u8);
            /// Push literal; stack 0→1.
            0x32 since 1 LdU128(value: u128 = raw_u128);
            /// Checked cast; stack 1→1.
            0x33 since 1 CastU8;
            /// Checked cast; stack 1→1.
            0x34 since 1 CastU64;
            /// Checked cast; stack 1→1.
            0x35 since 1 CastU128;
            /// Generic form of [`Bytecode::MutBorrowField`]; stack 1→1.
            0x36 since 1 MutBorrowFieldGeneric(field: FieldInstIdx = index);
            /// Generic form of [`Bytecode::ImmBorrowField`]; stack 1→1.
            0x37 since 1 ImmBorrowFieldGeneric(field: FieldInstIdx = index);
            /// Generic form of [`Bytecode::Call`]; stack A→R.
            0x38 since 1 CallGeneric(function: FunctionInstIdx = index);
            /// Generic form of [`Bytecode::Pack`]; stack F→1.
            0x39 since 1 PackGeneric(def: StructDefInstIdx = index);
            /// Generic form of [`Bytecode::Unpack`]; stack 1→F.
            0x3A since 1 UnpackGeneric(def: StructDefInstIdx = index);
            /// Generic form of [`Bytecode::Exists`]; stack 1→1.
            0x3B since 1 ExistsGeneric(def: StructDefInstIdx = index);
            /// Generic form of [`Bytecode::MutBorrowGlobal`]; stack 1→1.
            0x3C since 1 MutBorrowGlobalGeneric(def: StructDefInstIdx = index);
            /// Generic form of [`Bytecode::ImmBorrowGlobal`]; stack 1→1.
            0x3D since 1 ImmBorrowGlobalGeneric(def: StructDefInstIdx = index);
            /// Generic form of [`Bytecode::MoveFrom`]; stack 1→1.
            0x3E since 1 MoveFromGeneric(def: StructDefInstIdx = index);
            /// Generic form of [`Bytecode::MoveTo`]; stack 2→0.
            0x3F since 1 MoveToGeneric(def: StructDefInstIdx = index);
            /// Build a vector; stack n→1.
            0x40 since 4 VecPack(element: SignatureIdx = index, count: u64 = raw_u64);
            /// Length through a reference; stack 1→1.
            0x41 since 4 VecLen(element: SignatureIdx = index);
            /// `&` element; stack 2→1.
            0x42 since 4 VecImmBorrow(element: SignatureIdx = index);
            /// `&mut` element; stack 2→1.
            0x43 since 4 VecMutBorrow(element: SignatureIdx = index);
            /// Append; stack 2→0.
            0x44 since 4 VecPushBack(element: SignatureIdx = index);
            /// Remove last; stack 1→1.
            0x45 since 4 VecPopBack(element: SignatureIdx = index);
            /// Take a vector of known length apart; stack 1→n.
            0x46 since 4 VecUnpack(element: SignatureIdx = index, count: u64 = raw_u64);
            /// Swap two elements; stack 3→0.
            0x47 since 4 VecSwap(element: SignatureIdx = index);
            /// Push literal; stack 0→1.
            0x48 since 6 LdU16(value: u16 = raw_u16);
            /// Push literal; stack 0→1.
            0x49 since 6 LdU32(value: u32 = raw_u32);
            /// Push literal; stack 0→1.
            0x4A since 6 LdU256(value: U256 = raw_u256);
            /// Checked cast; stack 1→1.
            0x4B since 6 CastU16;
            /// Checked cast; stack 1→1.
            0x4C since 6 CastU32;
            /// Checked cast; stack 1→1.
            0x4D since 6 CastU256;
            /// `&` field of an enum; stack 1→1.
            0x4E since 7 ImmBorrowVariantField(field: VariantFieldHandleIdx = index);
            /// `&mut` field of an enum; stack 1→1.
            0x4F since 7 MutBorrowVariantField(field: VariantFieldHandleIdx = index);
            /// Generic form of [`Bytecode::ImmBorrowVariantField`]; stack 1→1.
            0x50 since 7 ImmBorrowVariantFieldGeneric(field: VariantFieldInstIdx = index);
            /// Generic form of [`Bytecode::MutBorrowVariantField`]; stack 1→1.
            0x51 since 7 MutBorrowVariantFieldGeneric(field: VariantFieldInstIdx = index);
            /// Build an enum value; stack F→1.
            0x52 since 7 PackVariant(variant: StructVariantHandleIdx = index);
            /// Generic form of [`Bytecode::PackVariant`]; stack F→1.
            0x53 since 7 PackVariantGeneric(variant: StructVariantInstIdx = index);
            /// Take an enum value apart; stack 1→F.
            0x54 since 7 UnpackVariant(variant: StructVariantHandleIdx = index);
            /// Generic form of [`Bytecode::UnpackVariant`]; stack 1→F.
            0x55 since 7 UnpackVariantGeneric(variant: StructVariantInstIdx = index);
            /// Does the reference point at this variant; stack 1→1.
            0x56 since 7 TestVariant(variant: StructVariantHandleIdx = index);
            /// Generic form of [`Bytecode::TestVariant`]; stack 1→1.
            0x57 since 7 TestVariantGeneric(variant: StructVariantInstIdx = index);
            /// Build a closure; stack C→1.
            0x58 since 8 PackClosure(function: FunctionHandleIdx = index, mask: u64 = mask);
            /// Generic form of [`Bytecode::PackClosure`]; stack C→1.
            0x59 since 8 PackClosureGeneric(function: FunctionInstIdx = index, mask: u64 = mask);
            /// Call a closure (closure on top); stack A+1→R.
            0x5A since 8 CallClosure(signature: SignatureIdx = index);
            /// Push literal; stack 0→1.
            0x5B since 9 LdI8(value: i8 = raw_i8);
            /// Push literal; stack 0→1.
            0x5C since 9 LdI16(value: i16 = raw_i16);
            /// Push literal; stack 0→1.
            0x5D since 9 LdI32(value: i32 = raw_i32);
            /// Push literal; stack 0→1.
            0x5E since 9 LdI64(value: i64 = raw_i64);
            /// Push literal; stack 0→1.
            0x5F since 9 LdI128(value: i128 = raw_i128);
            /// Push literal; stack 0→1.
            0x60 since 9 LdI256(value: I256 = raw_i256);
            /// Checked cast; stack 1→1.
            0x61 since 9 CastI8;
            /// Checked cast; stack 1→1.
            0x62 since 9 CastI16;
            /// Checked cast; stack 1→1.
            0x63 since 9 CastI32;
            /// Checked cast; stack 1→1.
            0x64 since 9 CastI64;
            /// Checked cast; stack 1→1.
            0x65 since 9 CastI128;
            /// Checked cast; stack 1→1.
            0x66 since 9 CastI256;
            /// Checked arithmetic negation; stack 1→1.
            0x67 since 9 Negate;
            /// Abort with code and message (message on top); stack 2→0.
            0x68 since 10 AbortMsg;
        }
    };
}
pub(crate) use instruction_table;

macro_rules! define_bytecode {
    ($($(#[$doc:meta])* $opcode:literal since $since:literal $name:ident
        $(($($arg:ident: $type:ty = $codec:ident),+))?;)*) => {
        /// One instruction of the file. Jump targets are instruction indices.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Bytecode {
            $($(#[$doc])* $name $(($($type),+))?,)*
        }

        impl Bytecode {
            /// The byte that starts the instruction in a file.
            pub fn opcode(&self) -> u8 {
                match self {
                    $(define_bytecode!(@pattern $name $(($($arg),+))?) => $opcode,)*
                }
            }

            /// The name of the instruction, such as `LdU64`.
            pub fn name(&self) -> &'static str {
                match self {
                    $(define_bytecode!(@pattern $name $(($($arg),+))?) => stringify!($name),)*
                }
            }

            /// The first file version that has the instruction.
            pub fn since(&self) -> u32 {
                match self {
                    $(define_bytecode!(@pattern $name $(($($arg),+))?) => $since,)*
                }
            }

            /// Opcode, name and first version of every instruction, by opcode.
            pub const TABLE: &'static [(u8, &'static str, u32)] = &[$(($opcode, stringify!($name), $since),)*];
        }
    };
    (@pattern $name:ident) => { Bytecode::$name };
    (@pattern $name:ident ($($arg:ident),+)) => { Bytecode::$name(..) };
}
instruction_table!(define_bytecode);

impl Bytecode {
    /// `Ret`, `Branch`, `Abort`, `AbortMsg`: control never reaches the next instruction.
    pub fn is_unconditional_branch(&self) -> bool {
        matches!(self, Bytecode::Ret | Bytecode::Branch(_) | Bytecode::Abort | Bytecode::AbortMsg)
    }

    /// `BrTrue`, `BrFalse`.
    pub fn is_conditional_branch(&self) -> bool {
        matches!(self, Bytecode::BrTrue(_) | Bytecode::BrFalse(_))
    }

    /// Whether the instruction ends a basic block.
    pub fn is_branch(&self) -> bool {
        self.is_unconditional_branch() || self.is_conditional_branch()
    }

    /// Where the instruction may jump to.
    pub fn branch_target(&self) -> Option<CodeOffset> {
        match self {
            Bytecode::BrTrue(to) | Bytecode::BrFalse(to) | Bytecode::Branch(to) => Some(*to),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opcodes_are_dense_and_versions_never_decrease() {
        assert_eq!(Bytecode::TABLE.len(), 0x68);
        for (position, (opcode, name, since)) in Bytecode::TABLE.iter().enumerate() {
            assert_eq!(usize::from(*opcode), position + 1, "{name}");
            assert!(position == 0 || Bytecode::TABLE[position - 1].2 <= *since, "{name}");
        }
        let op = Bytecode::VecPack(SignatureIdx(1), 2);
        assert_eq!((op.opcode(), op.name(), op.since()), (0x40, "VecPack", 4));
    }
}
