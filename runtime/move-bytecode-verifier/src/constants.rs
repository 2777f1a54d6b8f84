//! Constants: each has a type that constants may have, and the bytes of one value of it.
//!
//! The bytes must be canonical BCS, all of them: booleans 0 or 1, lengths in shortest form.
//! Linear in the constant table.
#![warn(clippy::indexing_slicing)]

use crate::{
    context::Context,
    error::Reject,
    types::{Type, TypeId, Types},
};
use move_binary_format::errors::IndexKind;
use move_core_types::StatusCode;

pub(crate) fn check(context: &Context<'_>) -> Result<(), Reject> {
    for (index, constant) in context.tables.constants.iter().enumerate() {
        let ty = context.constant_type(index);
        let reject = |status| Reject::entry(status, IndexKind::ConstantPool, index);
        let shape = constant_shape(&context.types, ty).ok_or(reject(StatusCode::InvalidConstantType))?;
        if read_value(shape, &constant.data) != Some(&[]) {
            return Err(reject(StatusCode::MalformedConstantData));
        }
    }
    Ok(())
}

/// What a constant is: how often `vector` stands before what.
#[derive(Clone, Copy)]
struct Shape {
    vectors: usize,
    base: Base,
}

#[derive(Clone, Copy)]
enum Base {
    Bool,
    /// So many bytes, all values of which are valid.
    Bytes(usize),
}

fn constant_shape(types: &Types<'_>, mut ty: TypeId) -> Option<Shape> {
    let mut vectors = 0;
    loop {
        let base = match types.shape(ty) {
            Type::Bool => Base::Bool,
            Type::U8 | Type::I8 => Base::Bytes(1),
            Type::U16 | Type::I16 => Base::Bytes(2),
            Type::U32 | Type::I32 => Base::Bytes(4),
            Type::U64 | Type::I64 => Base::Bytes(8),
            Type::U128 | Type::I128 => Base::Bytes(16),
            Type::U256 | Type::I256 | Type::Address => Base::Bytes(32),
            Type::Vector(element) => {
                vectors += 1;
                ty = element;
                continue;
            }
            Type::Signer
            | Type::Parameter(_)
            | Type::Reference(_)
            | Type::MutableReference(_)
            | Type::Struct(_)
            | Type::Instance(..)
            | Type::Function { .. } => return None,
        };
        return Some(Shape { vectors, base });
    }
}

/// What follows the value.
fn read_value(shape: Shape, mut bytes: &[u8]) -> Option<&[u8]> {
    // By open vector: how many elements are still to be read. Every element takes at least a byte.
    let mut open: Vec<u32> = Vec::new();
    loop {
        if open.len() < shape.vectors {
            let (length, rest) = read_length(bytes)?;
            bytes = rest;
            open.push(length);
        } else {
            bytes = read_base(shape.base, bytes)?;
        }
        // Close vectors that are complete, and start the next element of the first that is not.
        loop {
            match open.pop() {
                None => return Some(bytes),
                Some(0) => {}
                Some(more) => {
                    open.push(more - 1);
                    break;
                }
            }
        }
    }
}

fn read_base(base: Base, bytes: &[u8]) -> Option<&[u8]> {
    match (base, bytes) {
        (Base::Bool, [0 | 1, rest @ ..]) => Some(rest),
        (Base::Bool, _) => None,
        (Base::Bytes(count), _) => bytes.get(count..),
    }
}

/// The length of a sequence: a canonical ULEB128 number of at most 31 bits.
fn read_length(bytes: &[u8]) -> Option<(u32, &[u8])> {
    let mut value = 0u64;
    for (position, byte) in bytes.iter().enumerate().take(5) {
        value |= u64::from(byte & 0x7f) << (7 * position);
        if byte & 0x80 == 0 {
            let is_canonical = position == 0 || *byte != 0;
            let length = u32::try_from(value).ok().filter(|length| is_canonical && *length <= i32::MAX as u32)?;
            return Some((length, bytes.get(position + 1..)?));
        }
    }
    None
}
