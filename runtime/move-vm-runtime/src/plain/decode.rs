//! BCS to values, by type. Layouts are checked first, which bounds the recursion.

use super::value::{Captured, Closure, Value, int_from_le};
use crate::closure::StoredClosure;
use crate::codec::Reader;
use crate::error::VmResult;
use crate::types::{Kind, Ty};
use crate::world::World;
use std::sync::Arc;

/// A value from exactly its bytes; `None` when they are not its encoding.
///
/// Signers have no encoding that is read.
pub(crate) fn decode(world: &mut World, ty: Ty, bytes: &[u8]) -> VmResult<Option<Value>> {
    decode_whole(world, ty, bytes, false)
}

/// As [`decode`], for arguments of the outermost call, where signers stand as their addresses.
pub(crate) fn decode_argument(world: &mut World, ty: Ty, bytes: &[u8]) -> VmResult<Option<Value>> {
    decode_whole(world, ty, bytes, true)
}

fn decode_whole(world: &mut World, ty: Ty, bytes: &[u8], signers: bool) -> VmResult<Option<Value>> {
    world.check_layout(ty)?;
    let mut reader = Reader::new(bytes);
    let value = decode_at(world, ty, &mut reader, signers)?;
    Ok(value.filter(|_| reader.is_empty()))
}

/// The value that starts where the reader stands; the layout has been checked.
pub(crate) fn decode_at(world: &mut World, ty: Ty, reader: &mut Reader<'_>, signers: bool) -> VmResult<Option<Value>> {
    Ok(match world.types.kind(ty) {
        Kind::Bool => reader.bool().map(Value::Bool),
        Kind::Int(kind) => {
            let kind = *kind;
            reader.take(kind.bytes() as usize).and_then(|bytes| int_from_le(kind, bytes))
        }
        Kind::Address => reader.address().map(Value::Address),
        Kind::Vector(element) => {
            let element = *element;
            let Some(count) = reader.length() else { return Ok(None) };
            if element == Ty::U8 {
                return Ok(reader.take(count).map(Value::bytes));
            }
            let mut values = Vec::with_capacity(count.min(reader.left.len()).min(1024));
            for _ in 0..count {
                match decode_at(world, element, reader, signers)? {
                    Some(value) => values.push(value),
                    None => return Ok(None),
                }
            }
            Some(Value::Vector(values))
        }
        Kind::Struct(..) => {
            let body = world.body(ty)?;
            let tag = if body.is_enum { reader.uleb() } else { Some(0) };
            let Some(fields) = tag.and_then(|tag| body.variants.get(tag as usize)) else { return Ok(None) };
            let mut values = Vec::with_capacity(fields.len());
            for field in fields {
                match decode_at(world, *field, reader, signers)? {
                    Some(value) => values.push(value),
                    None => return Ok(None),
                }
            }
            Some(match (body.is_enum, tag) {
                (true, Some(tag)) => Value::Variant(tag as u16, values),
                _ => Value::Struct(values),
            })
        }
        Kind::Function(_) => StoredClosure::decode(reader).map(|stored| {
            let captured = if stored.head.mask == 0 {
                Captured::Values(Vec::new())
            } else {
                Captured::Blob(stored.captured.into())
            };
            Value::Closure(Box::new(Closure { head: Arc::new(stored.head), depth: stored.depth, captured }))
        }),
        Kind::Signer if signers => reader.address().map(Value::signer),
        Kind::Signer | Kind::Ref { .. } => None,
    })
}
