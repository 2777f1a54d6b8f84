//! The constructor bytes of types.

use crate::file_format::SignatureToken;

pub(crate) const REFERENCE: u8 = 0x06;
pub(crate) const MUTABLE_REFERENCE: u8 = 0x07;
pub(crate) const STRUCT: u8 = 0x08;
pub(crate) const TYPE_PARAM: u8 = 0x09;
pub(crate) const VECTOR: u8 = 0x0a;
pub(crate) const STRUCT_INST: u8 = 0x0b;
pub(crate) const FUNCTION: u8 = 0x10;

/// The byte that begins a type.
pub(crate) fn of(token: &SignatureToken) -> u8 {
    match token {
        SignatureToken::Bool => 0x01,
        SignatureToken::U8 => 0x02,
        SignatureToken::U64 => 0x03,
        SignatureToken::U128 => 0x04,
        SignatureToken::Address => 0x05,
        SignatureToken::Reference(_) => REFERENCE,
        SignatureToken::MutableReference(_) => MUTABLE_REFERENCE,
        SignatureToken::Struct(_) => STRUCT,
        SignatureToken::TypeParam(_) => TYPE_PARAM,
        SignatureToken::Vector(_) => VECTOR,
        SignatureToken::StructInst(..) => STRUCT_INST,
        SignatureToken::Signer => 0x0c,
        SignatureToken::U16 => 0x0d,
        SignatureToken::U32 => 0x0e,
        SignatureToken::U256 => 0x0f,
        SignatureToken::Function(_) => FUNCTION,
        SignatureToken::I8 => 0x11,
        SignatureToken::I16 => 0x12,
        SignatureToken::I32 => 0x13,
        SignatureToken::I64 => 0x14,
        SignatureToken::I128 => 0x15,
        SignatureToken::I256 => 0x16,
    }
}

/// The type that consists of this byte alone.
pub(crate) fn leaf(byte: u8) -> Option<SignatureToken> {
    Some(match byte {
        0x01 => SignatureToken::Bool,
        0x02 => SignatureToken::U8,
        0x03 => SignatureToken::U64,
        0x04 => SignatureToken::U128,
        0x05 => SignatureToken::Address,
        0x0c => SignatureToken::Signer,
        0x0d => SignatureToken::U16,
        0x0e => SignatureToken::U32,
        0x0f => SignatureToken::U256,
        0x11 => SignatureToken::I8,
        0x12 => SignatureToken::I16,
        0x13 => SignatureToken::I32,
        0x14 => SignatureToken::I64,
        0x15 => SignatureToken::I128,
        0x16 => SignatureToken::I256,
        _ => return None,
    })
}

/// The first file version that has the byte; `None` if none has.
pub(crate) fn since(byte: u8) -> Option<u32> {
    match byte {
        0x01..=0x0c => Some(1),
        0x0d..=0x0f => Some(6),
        FUNCTION => Some(8),
        0x11..=0x16 => Some(9),
        _ => None,
    }
}
