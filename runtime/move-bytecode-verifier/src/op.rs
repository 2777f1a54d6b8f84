//! Instructions as passes see them: plain and generic forms folded into one, indices resolved to
//! definitions.
//!
//! The only place that matches all instructions of the file; every pass matches all of [`Op`].

use crate::types::Type;
use move_binary_format::file_format::{
    Bytecode, ConstantIdx, FunctionHandleIdx, SignatureIdx, StructDefIdx, Tables, VariantFieldHandleIdx,
};

/// The signature with the type arguments of a generic form; `None` for the plain form.
pub(crate) type Arguments = Option<SignatureIdx>;

/// One instruction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Op {
    Pop,
    Ret,
    /// `BrTrue`, `BrFalse`.
    Fork,
    Jump,
    Nop,
    /// A literal of this type.
    Load(Type),
    LoadConstant(ConstantIdx),
    CopyLocal(u8),
    MoveLocal(u8),
    StoreLocal(u8),
    BorrowLocal {
        mutable: bool,
        local: u8,
    },
    /// A field at `field`, of the plain struct or of any of the variants in the handle.
    BorrowField {
        mutable: bool,
        owner: StructDefIdx,
        field: u16,
        variants: Option<VariantFieldHandleIdx>,
        arguments: Arguments,
    },
    Call {
        function: FunctionHandleIdx,
        arguments: Arguments,
    },
    Pack {
        owner: StructDefIdx,
        variant: Option<u16>,
        arguments: Arguments,
    },
    Unpack {
        owner: StructDefIdx,
        variant: Option<u16>,
        arguments: Arguments,
    },
    TestVariant {
        owner: StructDefIdx,
        variant: u16,
        arguments: Arguments,
    },
    Exists {
        owner: StructDefIdx,
        arguments: Arguments,
    },
    BorrowGlobal {
        mutable: bool,
        owner: StructDefIdx,
        arguments: Arguments,
    },
    MoveFrom {
        owner: StructDefIdx,
        arguments: Arguments,
    },
    MoveTo {
        owner: StructDefIdx,
        arguments: Arguments,
    },
    ReadRef,
    WriteRef,
    FreezeRef,
    /// `Add` to `Div`.
    Arithmetic,
    /// `BitOr`, `BitAnd`, `Xor`.
    Bitwise,
    Shift,
    Negate,
    Cast(Type),
    /// `Lt` to `Ge`.
    Compare,
    /// `Eq`, `Neq`.
    Equal,
    /// `Or`, `And`.
    Logic,
    Not,
    Abort,
    AbortMessage,
    Vector {
        what: VectorOp,
        element: SignatureIdx,
    },
    PackClosure {
        function: FunctionHandleIdx,
        mask: u64,
        arguments: Arguments,
    },
    CallClosure(SignatureIdx),
}

/// What to do with a vector.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum VectorOp {
    Pack(u64),
    Unpack(u64),
    Length,
    Borrow { mutable: bool },
    PushBack,
    PopBack,
    Swap,
}

impl Op {
    /// Resolves an instruction. Bounds checks have passed, on `tables` and on the instruction.
    pub(crate) fn new(tables: &Tables, instruction: &Bytecode) -> Op {
        use Bytecode as B;
        let vector = |what, element: &SignatureIdx| Op::Vector { what, element: *element };
        match instruction {
            B::Pop => Op::Pop,
            B::Ret => Op::Ret,
            B::BrTrue(_) | B::BrFalse(_) => Op::Fork,
            B::Branch(_) => Op::Jump,
            B::Nop => Op::Nop,
            B::LdU8(_) => Op::Load(Type::U8),
            B::LdU16(_) => Op::Load(Type::U16),
            B::LdU32(_) => Op::Load(Type::U32),
            B::LdU64(_) => Op::Load(Type::U64),
            B::LdU128(_) => Op::Load(Type::U128),
            B::LdU256(_) => Op::Load(Type::U256),
            B::LdI8(_) => Op::Load(Type::I8),
            B::LdI16(_) => Op::Load(Type::I16),
            B::LdI32(_) => Op::Load(Type::I32),
            B::LdI64(_) => Op::Load(Type::I64),
            B::LdI128(_) => Op::Load(Type::I128),
            B::LdI256(_) => Op::Load(Type::I256),
            B::LdTrue | B::LdFalse => Op::Load(Type::Bool),
            B::LdConst(constant) => Op::LoadConstant(*constant),
            B::CopyLoc(local) => Op::CopyLocal(*local),
            B::MoveLoc(local) => Op::MoveLocal(*local),
            B::StLoc(local) => Op::StoreLocal(*local),
            B::MutBorrowLoc(local) => Op::BorrowLocal { mutable: true, local: *local },
            B::ImmBorrowLoc(local) => Op::BorrowLocal { mutable: false, local: *local },
            B::MutBorrowField(field) => borrow_field(tables, true, field.0, None),
            B::ImmBorrowField(field) => borrow_field(tables, false, field.0, None),
            B::MutBorrowFieldGeneric(field) => {
                let inst = &tables.field_insts[usize::from(field.0)];
                borrow_field(tables, true, inst.target.0, Some(inst.type_args))
            }
            B::ImmBorrowFieldGeneric(field) => {
                let inst = &tables.field_insts[usize::from(field.0)];
                borrow_field(tables, false, inst.target.0, Some(inst.type_args))
            }
            B::MutBorrowVariantField(field) => borrow_variant_field(tables, true, *field, None),
            B::ImmBorrowVariantField(field) => borrow_variant_field(tables, false, *field, None),
            B::MutBorrowVariantFieldGeneric(field) => {
                let inst = &tables.variant_field_insts[usize::from(field.0)];
                borrow_variant_field(tables, true, inst.target, Some(inst.type_args))
            }
            B::ImmBorrowVariantFieldGeneric(field) => {
                let inst = &tables.variant_field_insts[usize::from(field.0)];
                borrow_variant_field(tables, false, inst.target, Some(inst.type_args))
            }
            B::Call(function) => Op::Call { function: *function, arguments: None },
            B::CallGeneric(function) => {
                let inst = &tables.function_insts[usize::from(function.0)];
                Op::Call { function: inst.target, arguments: Some(inst.type_args) }
            }
            B::Pack(def) => Op::Pack { owner: *def, variant: None, arguments: None },
            B::Unpack(def) => Op::Unpack { owner: *def, variant: None, arguments: None },
            B::PackGeneric(def) => {
                let (owner, arguments) = struct_inst(tables, def.0);
                Op::Pack { owner, variant: None, arguments }
            }
            B::UnpackGeneric(def) => {
                let (owner, arguments) = struct_inst(tables, def.0);
                Op::Unpack { owner, variant: None, arguments }
            }
            B::PackVariant(variant) => {
                let (owner, variant) = struct_variant(tables, variant.0);
                Op::Pack { owner, variant: Some(variant), arguments: None }
            }
            B::UnpackVariant(variant) => {
                let (owner, variant) = struct_variant(tables, variant.0);
                Op::Unpack { owner, variant: Some(variant), arguments: None }
            }
            B::TestVariant(variant) => {
                let (owner, variant) = struct_variant(tables, variant.0);
                Op::TestVariant { owner, variant, arguments: None }
            }
            B::PackVariantGeneric(variant) => {
                let (owner, variant, arguments) = struct_variant_inst(tables, variant.0);
                Op::Pack { owner, variant: Some(variant), arguments }
            }
            B::UnpackVariantGeneric(variant) => {
                let (owner, variant, arguments) = struct_variant_inst(tables, variant.0);
                Op::Unpack { owner, variant: Some(variant), arguments }
            }
            B::TestVariantGeneric(variant) => {
                let (owner, variant, arguments) = struct_variant_inst(tables, variant.0);
                Op::TestVariant { owner, variant, arguments }
            }
            B::Exists(def) => Op::Exists { owner: *def, arguments: None },
            B::MutBorrowGlobal(def) => Op::BorrowGlobal { mutable: true, owner: *def, arguments: None },
            B::ImmBorrowGlobal(def) => Op::BorrowGlobal { mutable: false, owner: *def, arguments: None },
            B::MoveFrom(def) => Op::MoveFrom { owner: *def, arguments: None },
            B::MoveTo(def) => Op::MoveTo { owner: *def, arguments: None },
            B::ExistsGeneric(def) => {
                let (owner, arguments) = struct_inst(tables, def.0);
                Op::Exists { owner, arguments }
            }
            B::MutBorrowGlobalGeneric(def) => {
                let (owner, arguments) = struct_inst(tables, def.0);
                Op::BorrowGlobal { mutable: true, owner, arguments }
            }
            B::ImmBorrowGlobalGeneric(def) => {
                let (owner, arguments) = struct_inst(tables, def.0);
                Op::BorrowGlobal { mutable: false, owner, arguments }
            }
            B::MoveFromGeneric(def) => {
                let (owner, arguments) = struct_inst(tables, def.0);
                Op::MoveFrom { owner, arguments }
            }
            B::MoveToGeneric(def) => {
                let (owner, arguments) = struct_inst(tables, def.0);
                Op::MoveTo { owner, arguments }
            }
            B::ReadRef => Op::ReadRef,
            B::WriteRef => Op::WriteRef,
            B::FreezeRef => Op::FreezeRef,
            B::Add | B::Sub | B::Mul | B::Mod | B::Div => Op::Arithmetic,
            B::BitOr | B::BitAnd | B::Xor => Op::Bitwise,
            B::Shl | B::Shr => Op::Shift,
            B::Negate => Op::Negate,
            B::CastU8 => Op::Cast(Type::U8),
            B::CastU16 => Op::Cast(Type::U16),
            B::CastU32 => Op::Cast(Type::U32),
            B::CastU64 => Op::Cast(Type::U64),
            B::CastU128 => Op::Cast(Type::U128),
            B::CastU256 => Op::Cast(Type::U256),
            B::CastI8 => Op::Cast(Type::I8),
            B::CastI16 => Op::Cast(Type::I16),
            B::CastI32 => Op::Cast(Type::I32),
            B::CastI64 => Op::Cast(Type::I64),
            B::CastI128 => Op::Cast(Type::I128),
            B::CastI256 => Op::Cast(Type::I256),
            B::Lt | B::Gt | B::Le | B::Ge => Op::Compare,
            B::Eq | B::Neq => Op::Equal,
            B::Or | B::And => Op::Logic,
            B::Not => Op::Not,
            B::Abort => Op::Abort,
            B::AbortMsg => Op::AbortMessage,
            B::VecPack(element, count) => vector(VectorOp::Pack(*count), element),
            B::VecUnpack(element, count) => vector(VectorOp::Unpack(*count), element),
            B::VecLen(element) => vector(VectorOp::Length, element),
            B::VecImmBorrow(element) => vector(VectorOp::Borrow { mutable: false }, element),
            B::VecMutBorrow(element) => vector(VectorOp::Borrow { mutable: true }, element),
            B::VecPushBack(element) => vector(VectorOp::PushBack, element),
            B::VecPopBack(element) => vector(VectorOp::PopBack, element),
            B::VecSwap(element) => vector(VectorOp::Swap, element),
            B::PackClosure(function, mask) => Op::PackClosure { function: *function, mask: *mask, arguments: None },
            B::PackClosureGeneric(function, mask) => {
                let inst = &tables.function_insts[usize::from(function.0)];
                Op::PackClosure { function: inst.target, mask: *mask, arguments: Some(inst.type_args) }
            }
            B::CallClosure(signature) => Op::CallClosure(*signature),
        }
    }
}

fn struct_inst(tables: &Tables, index: u16) -> (StructDefIdx, Arguments) {
    let inst = &tables.struct_def_insts[usize::from(index)];
    (inst.target, Some(inst.type_args))
}

fn struct_variant(tables: &Tables, index: u16) -> (StructDefIdx, u16) {
    let handle = &tables.struct_variant_handles[usize::from(index)];
    (handle.owner, handle.variant)
}

fn struct_variant_inst(tables: &Tables, index: u16) -> (StructDefIdx, u16, Arguments) {
    let inst = &tables.struct_variant_insts[usize::from(index)];
    let (owner, variant) = struct_variant(tables, inst.target.0);
    (owner, variant, Some(inst.type_args))
}

fn borrow_field(tables: &Tables, mutable: bool, index: u16, arguments: Arguments) -> Op {
    let handle = &tables.field_handles[usize::from(index)];
    Op::BorrowField { mutable, owner: handle.owner, field: handle.field, variants: None, arguments }
}

fn borrow_variant_field(tables: &Tables, mutable: bool, index: VariantFieldHandleIdx, arguments: Arguments) -> Op {
    let handle = &tables.variant_field_handles[usize::from(index.0)];
    Op::BorrowField { mutable, owner: handle.owner, field: handle.field, variants: Some(index), arguments }
}
