//! Integers wider than a word, and the rare operations of all kinds.

use crate::instance::{Arith, Order};
use crate::lower::op::Any;
use crate::plain::{Value, arith};
use crate::types::IntKind;
use move_core_types::{I256, U256};

pub(super) fn mul128(a: u128, b: u128) -> Option<u128> {
    if (a | b) >> 64 == 0 {
        return Some(u128::from(a as u64) * u128::from(b as u64));
    }
    a.checked_mul(b)
}

#[inline(never)]
pub(super) fn div128(a: u128, b: u128) -> Option<u128> {
    if (a | b) >> 64 == 0 {
        return (a as u64).checked_div(b as u64).map(u128::from);
    }
    a.checked_div(b)
}

#[inline(never)]
pub(super) fn rem128(a: u128, b: u128) -> Option<u128> {
    if (a | b) >> 64 == 0 {
        return (a as u64).checked_rem(b as u64).map(u128::from);
    }
    a.checked_rem(b)
}

pub(super) fn add256(a: [u64; 4], b: [u64; 4]) -> Option<[u64; 4]> {
    let mut out = [0; 4];
    let mut carry = false;
    for at in 0..4 {
        let (sum, over) = a[at].overflowing_add(b[at]);
        let (sum, more) = sum.overflowing_add(u64::from(carry));
        out[at] = sum;
        carry = over | more;
    }
    (!carry).then_some(out)
}

pub(super) fn sub256(a: [u64; 4], b: [u64; 4]) -> Option<[u64; 4]> {
    let mut out = [0; 4];
    let mut borrow = false;
    for at in 0..4 {
        let (rest, under) = a[at].overflowing_sub(b[at]);
        let (rest, more) = rest.overflowing_sub(u64::from(borrow));
        out[at] = rest;
        borrow = under | more;
    }
    (!borrow).then_some(out)
}

pub(super) fn less256(a: [u64; 4], b: [u64; 4]) -> bool {
    sub256(a, b).is_none()
}

#[inline(never)]
pub(super) fn mul256(a: [u64; 4], b: [u64; 4]) -> Option<[u64; 4]> {
    U256::from_limbs(a).checked_mul(U256::from_limbs(b)).map(U256::into_limbs)
}

#[inline(never)]
pub(super) fn div256(a: [u64; 4], b: [u64; 4]) -> Option<[u64; 4]> {
    U256::from_limbs(a).checked_div(U256::from_limbs(b)).map(U256::into_limbs)
}

#[inline(never)]
pub(super) fn rem256(a: [u64; 4], b: [u64; 4]) -> Option<[u64; 4]> {
    U256::from_limbs(a).checked_rem(U256::from_limbs(b)).map(U256::into_limbs)
}

/// The integer in these words.
pub(super) fn int(kind: IntKind, words: &[u64]) -> Option<Value> {
    let low = *words.first()?;
    let pair = || Some(u128::from(low) | u128::from(*words.get(1)?) << 64);
    let quad = || -> Option<[u64; 4]> { words.get(..4)?.try_into().ok() };
    Some(match kind {
        IntKind::U8 => Value::U8(low as u8),
        IntKind::U16 => Value::U16(low as u16),
        IntKind::U32 => Value::U32(low as u32),
        IntKind::U64 => Value::U64(low),
        IntKind::U128 => Value::U128(pair()?),
        IntKind::U256 => Value::U256(U256::from_limbs(quad()?)),
        IntKind::I8 => Value::I8(low as i8),
        IntKind::I16 => Value::I16(low as i16),
        IntKind::I32 => Value::I32(low as i32),
        IntKind::I64 => Value::I64(low as i64),
        IntKind::I128 => Value::I128(pair()? as i128),
        IntKind::I256 => Value::I256(I256::from_le_bytes(U256::from_limbs(quad()?).to_le_bytes())),
    })
}

/// The words of a scalar; addresses as their bytes.
pub(crate) fn words(value: &Value) -> Option<([u64; 4], usize)> {
    let one = |value: u64| Some(([value, 0, 0, 0], 1));
    let two = |value: u128| Some(([value as u64, (value >> 64) as u64, 0, 0], 2));
    match value {
        Value::Bool(value) => one(u64::from(*value)),
        Value::U8(value) => one(u64::from(*value)),
        Value::U16(value) => one(u64::from(*value)),
        Value::U32(value) => one(u64::from(*value)),
        Value::U64(value) => one(*value),
        Value::U128(value) => two(*value),
        Value::U256(value) => Some((value.into_limbs(), 4)),
        Value::I8(value) => one(u64::from(*value as u8)),
        Value::I16(value) => one(u64::from(*value as u16)),
        Value::I32(value) => one(u64::from(*value as u32)),
        Value::I64(value) => one(*value as u64),
        Value::I128(value) => two(*value as u128),
        Value::I256(value) => Some((U256::from_le_bytes(value.to_le_bytes()).into_limbs(), 4)),
        Value::Address(value) => {
            let bytes: [u8; 32] = value.as_ref().try_into().ok()?;
            Some((U256::from_le_bytes(bytes).into_limbs(), 4))
        }
        _ => None,
    }
}

/// `a op b` for any integer type; `None` is an arithmetic error.
#[inline(never)]
pub(super) fn any(op: Any, kind: IntKind, a: &[u64], b: &[u64]) -> Option<([u64; 4], usize)> {
    let left = int(kind, a)?;
    let right_kind = if matches!(op, Any::Shl | Any::Shr) { IntKind::U8 } else { kind };
    let right = int(right_kind, b)?;
    let order = |order| arith::compare(order, &left, &right).ok().map(Value::Bool);
    let result = match op {
        Any::Add => arith::arith(Arith::Add, &left, &right).ok(),
        Any::Sub => arith::arith(Arith::Sub, &left, &right).ok(),
        Any::Mul => arith::arith(Arith::Mul, &left, &right).ok(),
        Any::Div => arith::arith(Arith::Div, &left, &right).ok(),
        Any::Mod => arith::arith(Arith::Mod, &left, &right).ok(),
        Any::BitOr => arith::arith(Arith::BitOr, &left, &right).ok(),
        Any::BitAnd => arith::arith(Arith::BitAnd, &left, &right).ok(),
        Any::Xor => arith::arith(Arith::Xor, &left, &right).ok(),
        Any::Shl => arith::arith(Arith::Shl, &left, &right).ok(),
        Any::Shr => arith::arith(Arith::Shr, &left, &right).ok(),
        Any::Negate => arith::negate(&left).ok(),
        Any::Lt => order(Order::Lt),
        Any::Le => order(Order::Le),
    };
    words(&result?)
}

/// The same number in another type; `None` is an arithmetic error.
#[inline(never)]
pub(super) fn cast(from: IntKind, to: IntKind, a: &[u64]) -> Option<([u64; 4], usize)> {
    words(&arith::cast(&int(from, a)?, to).ok()?)
}
