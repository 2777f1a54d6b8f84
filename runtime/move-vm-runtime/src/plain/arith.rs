//! Integer arithmetic on values: checked, or an arithmetic error.

use super::value::Value;
use crate::error::{VmError, VmResult};
use crate::instance::{Arith, Order};
use crate::types::IntKind;
use move_core_types::{I256, StatusCode, U256};
use std::cmp::Ordering;

fn overflow() -> VmError {
    VmError::new(StatusCode::ArithmeticError)
}

fn mixed() -> VmError {
    VmError::new(StatusCode::InternalTypeError).message("operands of an integer operation have different types")
}

macro_rules! unsigned {
    ($op:expr, $a:expr, $b:expr, $wrap:path) => {{
        let (a, b) = ($a, $b);
        let result = match $op {
            Arith::Add => a.checked_add(b),
            Arith::Sub => a.checked_sub(b),
            Arith::Mul => a.checked_mul(b),
            Arith::Div => a.checked_div(b),
            Arith::Mod => a.checked_rem(b),
            Arith::BitOr => Some(a | b),
            Arith::BitAnd => Some(a & b),
            Arith::Xor => Some(a ^ b),
            Arith::Shl | Arith::Shr => return Err(mixed()),
        };
        $wrap(result.ok_or_else(overflow)?)
    }};
}

macro_rules! signed {
    ($op:expr, $a:expr, $b:expr, $wrap:path) => {{
        let (a, b) = ($a, $b);
        let result = match $op {
            Arith::Add => a.checked_add(b),
            Arith::Sub => a.checked_sub(b),
            Arith::Mul => a.checked_mul(b),
            Arith::Div => a.checked_div(b),
            Arith::Mod => a.checked_rem(b),
            Arith::BitOr | Arith::BitAnd | Arith::Xor | Arith::Shl | Arith::Shr => return Err(mixed()),
        };
        $wrap(result.ok_or_else(overflow)?)
    }};
}

/// `left op right`.
pub(crate) fn arith(op: Arith, left: &Value, right: &Value) -> VmResult<Value> {
    if let (Arith::Shl | Arith::Shr, Value::U8(amount)) = (op, right) {
        return shift(op == Arith::Shl, left, u32::from(*amount));
    }
    Ok(match (left, right) {
        (Value::U8(a), Value::U8(b)) => unsigned!(op, *a, *b, Value::U8),
        (Value::U16(a), Value::U16(b)) => unsigned!(op, *a, *b, Value::U16),
        (Value::U32(a), Value::U32(b)) => unsigned!(op, *a, *b, Value::U32),
        (Value::U64(a), Value::U64(b)) => unsigned!(op, *a, *b, Value::U64),
        (Value::U128(a), Value::U128(b)) => unsigned!(op, *a, *b, Value::U128),
        (Value::U256(a), Value::U256(b)) => unsigned!(op, *a, *b, Value::U256),
        (Value::I8(a), Value::I8(b)) => signed!(op, *a, *b, Value::I8),
        (Value::I16(a), Value::I16(b)) => signed!(op, *a, *b, Value::I16),
        (Value::I32(a), Value::I32(b)) => signed!(op, *a, *b, Value::I32),
        (Value::I64(a), Value::I64(b)) => signed!(op, *a, *b, Value::I64),
        (Value::I128(a), Value::I128(b)) => signed!(op, *a, *b, Value::I128),
        (Value::I256(a), Value::I256(b)) => signed!(op, *a, *b, Value::I256),
        _ => return Err(mixed()),
    })
}

/// High bits are lost, amounts from the width on fail.
fn shift(left: bool, value: &Value, amount: u32) -> VmResult<Value> {
    macro_rules! narrow {
        ($value:expr, $wrap:path) => {{
            let result = if left { $value.checked_shl(amount) } else { $value.checked_shr(amount) };
            $wrap(result.ok_or_else(overflow)?)
        }};
    }
    Ok(match value {
        Value::U8(value) => narrow!(value, Value::U8),
        Value::U16(value) => narrow!(value, Value::U16),
        Value::U32(value) => narrow!(value, Value::U32),
        Value::U64(value) => narrow!(value, Value::U64),
        Value::U128(value) => narrow!(value, Value::U128),
        Value::U256(value) => narrow!(value, Value::U256),
        _ => return Err(mixed()),
    })
}

/// The negative, except of the minimum.
pub(crate) fn negate(value: &Value) -> VmResult<Value> {
    Ok(match value {
        Value::I8(value) => Value::I8(value.checked_neg().ok_or_else(overflow)?),
        Value::I16(value) => Value::I16(value.checked_neg().ok_or_else(overflow)?),
        Value::I32(value) => Value::I32(value.checked_neg().ok_or_else(overflow)?),
        Value::I64(value) => Value::I64(value.checked_neg().ok_or_else(overflow)?),
        Value::I128(value) => Value::I128(value.checked_neg().ok_or_else(overflow)?),
        Value::I256(value) => Value::I256(value.checked_neg().ok_or_else(overflow)?),
        _ => return Err(mixed()),
    })
}

/// Order of two integers of one type.
pub(crate) fn compare(order: Order, left: &Value, right: &Value) -> VmResult<bool> {
    let found = match (left, right) {
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
        _ => return Err(mixed()),
    };
    Ok(match order {
        Order::Lt => found == Ordering::Less,
        Order::Gt => found == Ordering::Greater,
        Order::Le => found != Ordering::Greater,
        Order::Ge => found != Ordering::Less,
    })
}

/// The same number in another type, if it fits.
pub(crate) fn cast(value: &Value, to: IntKind) -> VmResult<Value> {
    // Sign and magnitude hold every integer of every type.
    let (negative, magnitude) = match value {
        Value::U8(value) => (false, U256::from(*value)),
        Value::U16(value) => (false, U256::from(*value)),
        Value::U32(value) => (false, U256::from(*value)),
        Value::U64(value) => (false, U256::from(*value)),
        Value::U128(value) => (false, U256::from(*value)),
        Value::U256(value) => (false, *value),
        Value::I8(value) => (*value < 0, U256::from(value.unsigned_abs())),
        Value::I16(value) => (*value < 0, U256::from(value.unsigned_abs())),
        Value::I32(value) => (*value < 0, U256::from(value.unsigned_abs())),
        Value::I64(value) => (*value < 0, U256::from(value.unsigned_abs())),
        Value::I128(value) => (*value < 0, U256::from(value.unsigned_abs())),
        Value::I256(value) => (value.is_negative(), value.magnitude()),
        _ => return Err(mixed()),
    };
    if negative && !to.signed() {
        return Err(overflow());
    }
    macro_rules! signed {
        ($int:ty, $wrap:path) => {{
            let whole = I256::from_parts(negative, magnitude).ok_or_else(overflow)?;
            $wrap(<$int>::try_from(whole).map_err(|_| overflow())?)
        }};
    }
    Ok(match to {
        IntKind::U8 => Value::U8(u8::try_from(magnitude).map_err(|_| overflow())?),
        IntKind::U16 => Value::U16(u16::try_from(magnitude).map_err(|_| overflow())?),
        IntKind::U32 => Value::U32(u32::try_from(magnitude).map_err(|_| overflow())?),
        IntKind::U64 => Value::U64(u64::try_from(magnitude).map_err(|_| overflow())?),
        IntKind::U128 => Value::U128(u128::try_from(magnitude).map_err(|_| overflow())?),
        IntKind::U256 => Value::U256(magnitude),
        IntKind::I8 => signed!(i8, Value::I8),
        IntKind::I16 => signed!(i16, Value::I16),
        IntKind::I32 => signed!(i32, Value::I32),
        IntKind::I64 => signed!(i64, Value::I64),
        IntKind::I128 => signed!(i128, Value::I128),
        IntKind::I256 => Value::I256(I256::from_parts(negative, magnitude).ok_or_else(overflow)?),
    })
}
