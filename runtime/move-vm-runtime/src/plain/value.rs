//! Values of the plain interpreter: trees that carry their kind.
//!
//! A reference is a path: the place where it starts and the positions to walk. Nothing is shared, so that copies are
//! independent by construction. Values nest at most 128 deep, which bounds every recursion here.

use crate::closure::ClosureHead;
use crate::error::{VmError, VmResult};
use crate::native::Scalar;
use crate::types::{IntKind, Ty};
use move_core_types::{AccountAddress, I256, StatusCode, U256};
use smallvec::SmallVec;
use std::cmp::Ordering;
use std::sync::Arc;

/// A value, or the mark of an empty place.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Invalid,
    Bool(bool),
    U8(u8),
    U16(u16),
    U32(u32),
    U64(u64),
    U128(u128),
    U256(U256),
    I8(i8),
    I16(i16),
    I32(i32),
    I64(i64),
    I128(i128),
    I256(I256),
    Address(AccountAddress),
    /// Holds an [`Value::Address`], so that a reference can point at it.
    Signer(Box<Value>),
    Vector(Vec<Value>),
    Struct(Vec<Value>),
    Variant(u16, Vec<Value>),
    Ref(Ref),
    Closure(Box<Closure>),
}

/// A path to a place.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Ref {
    pub(crate) root: Root,
    pub(crate) path: SmallVec<[u32; 4]>,
}

/// Where a path starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Root {
    /// A local of a frame.
    Local { frame: u32, local: u8 },
    /// An entry of the transaction's cache of storage.
    Global(u32),
    /// What a reference argument of the outermost call points at.
    Temporary(u32),
}

impl Ref {
    pub(crate) fn new(root: Root) -> Self {
        Self { root, path: SmallVec::new() }
    }

    /// The same reference, one step further in.
    pub(crate) fn step(mut self, index: u32) -> Self {
        self.path.push(index);
        self
    }
}

/// A function value.
#[derive(Debug, Clone)]
pub(crate) struct Closure {
    pub(crate) head: Arc<ClosureHead>,
    /// 0 without captured values, else 1 more than the deepest of them.
    pub(crate) depth: u16,
    pub(crate) captured: Captured,
}

/// Captured values; those of a closure from storage stay encoded until the function is known.
#[derive(Debug, Clone)]
pub(crate) enum Captured {
    Values(Vec<Value>),
    Blob(Arc<[u8]>),
}

impl Closure {
    /// BCS of the captured values, one after another.
    pub(crate) fn blob(&self) -> VmResult<Vec<u8>> {
        match &self.captured {
            Captured::Blob(bytes) => Ok(bytes.to_vec()),
            Captured::Values(values) => {
                let mut out = Vec::new();
                values.iter().try_for_each(|value| value.encode(&mut out))?;
                Ok(out)
            }
        }
    }
}

impl PartialEq for Closure {
    /// Captured values have the same types, as the heads are equal, so that equal encodings mean equal values.
    fn eq(&self, other: &Self) -> bool {
        if self.head != other.head {
            return false;
        }
        match (&self.captured, &other.captured) {
            (Captured::Values(left), Captured::Values(right)) => left == right,
            _ => matches!((self.blob(), other.blob()), (Ok(left), Ok(right)) if left == right),
        }
    }
}

fn type_error(what: &str) -> VmError {
    VmError::new(StatusCode::InternalTypeError).message(format!("expected {what}"))
}

impl Value {
    pub(crate) fn signer(address: AccountAddress) -> Self {
        Value::Signer(Box::new(Value::Address(address)))
    }

    pub(crate) fn bytes(bytes: &[u8]) -> Self {
        Value::Vector(bytes.iter().map(|byte| Value::U8(*byte)).collect())
    }

    /// The parts of a container.
    pub(crate) fn child(&self, index: u32) -> Option<&Value> {
        match self {
            Value::Vector(parts) | Value::Struct(parts) | Value::Variant(_, parts) => parts.get(index as usize),
            Value::Signer(address) if index == 0 => Some(address),
            _ => None,
        }
    }

    pub(crate) fn child_mut(&mut self, index: u32) -> Option<&mut Value> {
        match self {
            Value::Vector(parts) | Value::Struct(parts) | Value::Variant(_, parts) => parts.get_mut(index as usize),
            _ => None,
        }
    }

    pub(crate) fn as_bool(&self) -> VmResult<bool> {
        match self {
            Value::Bool(value) => Ok(*value),
            _ => Err(type_error("a bool")),
        }
    }

    pub(crate) fn as_u64(&self) -> VmResult<u64> {
        match self {
            Value::U64(value) => Ok(*value),
            _ => Err(type_error("a u64")),
        }
    }

    pub(crate) fn as_address(&self) -> VmResult<AccountAddress> {
        match self {
            Value::Address(value) => Ok(*value),
            Value::Signer(inner) => inner.as_address(),
            _ => Err(type_error("an address")),
        }
    }

    pub(crate) fn as_vector(&self) -> VmResult<&Vec<Value>> {
        match self {
            Value::Vector(values) => Ok(values),
            _ => Err(type_error("a vector")),
        }
    }

    pub(crate) fn as_vector_mut(&mut self) -> VmResult<&mut Vec<Value>> {
        match self {
            Value::Vector(values) => Ok(values),
            _ => Err(type_error("a vector")),
        }
    }

    pub(crate) fn into_vector(self) -> VmResult<Vec<Value>> {
        match self {
            Value::Vector(values) => Ok(values),
            _ => Err(type_error("a vector")),
        }
    }

    pub(crate) fn to_bytes(&self) -> VmResult<Vec<u8>> {
        self.as_vector()?
            .iter()
            .map(|value| match value {
                Value::U8(byte) => Ok(*byte),
                _ => Err(type_error("a byte")),
            })
            .collect()
    }

    pub(crate) fn scalar(&self) -> VmResult<Scalar> {
        Ok(match self {
            Value::Bool(value) => Scalar::Bool(*value),
            Value::U8(value) => Scalar::U8(*value),
            Value::U16(value) => Scalar::U16(*value),
            Value::U32(value) => Scalar::U32(*value),
            Value::U64(value) => Scalar::U64(*value),
            Value::U128(value) => Scalar::U128(*value),
            Value::U256(value) => Scalar::U256(*value),
            Value::I8(value) => Scalar::I8(*value),
            Value::I16(value) => Scalar::I16(*value),
            Value::I32(value) => Scalar::I32(*value),
            Value::I64(value) => Scalar::I64(*value),
            Value::I128(value) => Scalar::I128(*value),
            Value::I256(value) => Scalar::I256(*value),
            Value::Address(value) => Scalar::Address(*value),
            Value::Signer(inner) => return inner.scalar(),
            Value::Invalid
            | Value::Vector(_)
            | Value::Struct(_)
            | Value::Variant(..)
            | Value::Ref(_)
            | Value::Closure(_) => {
                return Err(type_error("a scalar"));
            }
        })
    }

    /// The type of a scalar.
    pub(crate) fn scalar_ty(&self) -> Option<Ty> {
        Some(match self {
            Value::Bool(_) => Ty::BOOL,
            Value::U8(_) => Ty::U8,
            Value::U16(_) => Ty::U16,
            Value::U32(_) => Ty::U32,
            Value::U64(_) => Ty::U64,
            Value::U128(_) => Ty::U128,
            Value::U256(_) => Ty::U256,
            Value::I8(_) => Ty::I8,
            Value::I16(_) => Ty::I16,
            Value::I32(_) => Ty::I32,
            Value::I64(_) => Ty::I64,
            Value::I128(_) => Ty::I128,
            Value::I256(_) => Ty::I256,
            Value::Address(_) => Ty::ADDRESS,
            _ => return None,
        })
    }

    pub(crate) fn from_scalar(scalar: Scalar) -> Self {
        match scalar {
            Scalar::Bool(value) => Value::Bool(value),
            Scalar::U8(value) => Value::U8(value),
            Scalar::U16(value) => Value::U16(value),
            Scalar::U32(value) => Value::U32(value),
            Scalar::U64(value) => Value::U64(value),
            Scalar::U128(value) => Value::U128(value),
            Scalar::U256(value) => Value::U256(value),
            Scalar::I8(value) => Value::I8(value),
            Scalar::I16(value) => Value::I16(value),
            Scalar::I32(value) => Value::I32(value),
            Scalar::I64(value) => Value::I64(value),
            Scalar::I128(value) => Value::I128(value),
            Scalar::I256(value) => Value::I256(value),
            Scalar::Address(value) => Value::Address(value),
        }
    }

    /// Abstract size: 40 per header; elements of primitive vectors count their width.
    pub(crate) fn units(&self) -> u64 {
        match self {
            Value::Vector(values) => match values.first().and_then(Value::width) {
                Some(width) => 40 + width * values.len() as u64,
                None => 40 + values.iter().map(Value::units).sum::<u64>(),
            },
            Value::Struct(parts) | Value::Variant(_, parts) => 40 + parts.iter().map(Value::units).sum::<u64>(),
            Value::Closure(closure) => match &closure.captured {
                Captured::Values(values) => 40 + values.iter().map(Value::units).sum::<u64>(),
                Captured::Blob(bytes) => 40 + bytes.len() as u64,
            },
            _ => 40,
        }
    }

    /// Bytes of a primitive inside a packed vector.
    fn width(&self) -> Option<u64> {
        Some(match self {
            Value::Bool(_) | Value::U8(_) | Value::I8(_) => 1,
            Value::U16(_) | Value::I16(_) => 2,
            Value::U32(_) | Value::I32(_) => 4,
            Value::U64(_) | Value::I64(_) => 8,
            Value::U128(_) | Value::I128(_) => 16,
            Value::U256(_) | Value::I256(_) | Value::Address(_) => 32,
            Value::Invalid
            | Value::Signer(_)
            | Value::Vector(_)
            | Value::Struct(_)
            | Value::Variant(..)
            | Value::Ref(_)
            | Value::Closure(_) => return None,
        })
    }

    /// Nesting of the value as it is, closures with what they captured.
    pub(crate) fn depth(&self) -> u32 {
        match self {
            Value::Vector(parts) | Value::Struct(parts) | Value::Variant(_, parts) => {
                1 + parts.iter().map(Value::depth).max().unwrap_or(0)
            }
            // What is recorded counts the closure itself, unless it has captured nothing.
            Value::Closure(closure) => u32::from(closure.depth).max(1),
            _ => 0,
        }
    }

    /// Total order: numbers by value, addresses bytewise, vectors and structs by parts, enums by tag first.
    pub(crate) fn compare(&self, other: &Self) -> VmResult<Ordering> {
        Ok(match (self, other) {
            (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
            (Value::U8(a), Value::U8(b)) => a.cmp(b),
            (Value::U16(a), Value::U16(b)) => a.cmp(b),
            (Value::U32(a), Value::U32(b)) => a.cmp(b),
            (Value::U64(a), Value::U64(b)) => a.cmp(b),
            (Value::U128(a), Value::U128(b)) => a.cmp(b),
            (Value::U256(a), Value::U256(b)) => a.cmp(b),
            (Value::I8(a), Value::I8(b)) => a.cmp(b),
            (Value::I16(a), Value::I16(b)) => a.cmp(b),
            (Value::I32(a), Value::I32(b)) => a.cmp(b),
            (Value::I64(a), Value::I64(b)) => a.cmp(b),
            (Value::I128(a), Value::I128(b)) => a.cmp(b),
            (Value::I256(a), Value::I256(b)) => a.cmp(b),
            (Value::Address(a), Value::Address(b)) => a.cmp(b),
            (Value::Signer(a), Value::Signer(b)) => a.compare(b)?,
            (Value::Vector(a), Value::Vector(b)) | (Value::Struct(a), Value::Struct(b)) => compare_parts(a, b)?,
            (Value::Variant(tag_a, a), Value::Variant(tag_b, b)) => match tag_a.cmp(tag_b) {
                Ordering::Equal => compare_parts(a, b)?,
                order => order,
            },
            (Value::Closure(a), Value::Closure(b)) => match a.head.cmp(&b.head) {
                Ordering::Equal => match (&a.captured, &b.captured) {
                    (Captured::Values(a), Captured::Values(b)) => compare_parts(a, b)?,
                    _ => a.blob()?.cmp(&b.blob()?),
                },
                order => order,
            },
            _ => return Err(type_error("two values of one type")),
        })
    }

    /// Appends the BCS of the value; signers in the form of 32 address bytes.
    pub(crate) fn encode(&self, out: &mut Vec<u8>) -> VmResult<()> {
        match self {
            Value::Bool(value) => out.push(u8::from(*value)),
            Value::U8(value) => out.push(*value),
            Value::U16(value) => out.extend(value.to_le_bytes()),
            Value::U32(value) => out.extend(value.to_le_bytes()),
            Value::U64(value) => out.extend(value.to_le_bytes()),
            Value::U128(value) => out.extend(value.to_le_bytes()),
            Value::U256(value) => out.extend(value.to_le_bytes()),
            Value::I8(value) => out.extend(value.to_le_bytes()),
            Value::I16(value) => out.extend(value.to_le_bytes()),
            Value::I32(value) => out.extend(value.to_le_bytes()),
            Value::I64(value) => out.extend(value.to_le_bytes()),
            Value::I128(value) => out.extend(value.to_le_bytes()),
            Value::I256(value) => out.extend(value.to_le_bytes()),
            Value::Address(value) => out.extend(value.as_ref()),
            Value::Signer(inner) => inner.encode(out)?,
            Value::Vector(parts) => {
                crate::codec::put_length(out, parts.len())?;
                parts.iter().try_for_each(|part| part.encode(out))?;
            }
            Value::Struct(parts) => parts.iter().try_for_each(|part| part.encode(out))?,
            Value::Variant(tag, parts) => {
                crate::codec::put_uleb(out, u64::from(*tag));
                parts.iter().try_for_each(|part| part.encode(out))?;
            }
            Value::Closure(closure) => closure.head.encode(closure.depth, &closure.blob()?, out)?,
            Value::Invalid | Value::Ref(_) => return Err(VmError::new(StatusCode::ValueSerializationError)),
        }
        Ok(())
    }
}

fn compare_parts(left: &[Value], right: &[Value]) -> VmResult<Ordering> {
    for (a, b) in left.iter().zip(right) {
        match a.compare(b)? {
            Ordering::Equal => {}
            order => return Ok(order),
        }
    }
    Ok(left.len().cmp(&right.len()))
}

/// Decodes an integer of this kind from exactly its bytes.
pub(crate) fn int_from_le(kind: IntKind, bytes: &[u8]) -> Option<Value> {
    Some(match kind {
        IntKind::U8 => Value::U8(u8::from_le_bytes(bytes.try_into().ok()?)),
        IntKind::U16 => Value::U16(u16::from_le_bytes(bytes.try_into().ok()?)),
        IntKind::U32 => Value::U32(u32::from_le_bytes(bytes.try_into().ok()?)),
        IntKind::U64 => Value::U64(u64::from_le_bytes(bytes.try_into().ok()?)),
        IntKind::U128 => Value::U128(u128::from_le_bytes(bytes.try_into().ok()?)),
        IntKind::U256 => Value::U256(U256::from_le_bytes(bytes.try_into().ok()?)),
        IntKind::I8 => Value::I8(i8::from_le_bytes(bytes.try_into().ok()?)),
        IntKind::I16 => Value::I16(i16::from_le_bytes(bytes.try_into().ok()?)),
        IntKind::I32 => Value::I32(i32::from_le_bytes(bytes.try_into().ok()?)),
        IntKind::I64 => Value::I64(i64::from_le_bytes(bytes.try_into().ok()?)),
        IntKind::I128 => Value::I128(i128::from_le_bytes(bytes.try_into().ok()?)),
        IntKind::I256 => Value::I256(I256::from_le_bytes(bytes.try_into().ok()?)),
    })
}
