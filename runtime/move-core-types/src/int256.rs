//! 256-bit integers, unsigned and signed. BCS: 32 bytes, little-endian, two's complement.

use ruint::Uint;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::{
    cmp::Ordering,
    fmt,
    ops::{BitAnd, BitOr, BitXor, Not},
    str::FromStr,
};

type Raw = Uint<256, 4>;

/// The text or number does not fit the integer type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IntError {
    /// Not a number in digits.
    #[error("invalid digit in integer")]
    Digit,
    /// The number is outside the range of the type.
    #[error("integer out of range")]
    Range,
}

/// An unsigned 256-bit integer.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct U256(Raw);

impl U256 {
    /// 0.
    pub const ZERO: Self = Self(Raw::ZERO);
    /// 1.
    pub const ONE: Self = Self(Raw::from_limbs([1, 0, 0, 0]));
    /// 2^256 - 1.
    pub const MAX: Self = Self(Raw::MAX);

    /// From little-endian bytes.
    pub const fn from_le_bytes(bytes: [u8; 32]) -> Self {
        Self(Raw::from_le_bytes(bytes))
    }

    /// To little-endian bytes.
    pub const fn to_le_bytes(self) -> [u8; 32] {
        self.0.to_le_bytes()
    }

    /// From four 64-bit limbs, least significant first.
    pub const fn from_limbs(limbs: [u64; 4]) -> Self {
        Self(Raw::from_limbs(limbs))
    }

    /// The four 64-bit limbs, least significant first.
    pub const fn into_limbs(self) -> [u64; 4] {
        self.0.into_limbs()
    }

    /// `self + other` unless it overflows.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    /// `self - other` unless it is negative.
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }

    /// `self * other` unless it overflows.
    pub fn checked_mul(self, other: Self) -> Option<Self> {
        self.0.checked_mul(other.0).map(Self)
    }

    /// The quotient rounded down, unless `other` is 0.
    pub fn checked_div(self, other: Self) -> Option<Self> {
        self.0.checked_div(other.0).map(Self)
    }

    /// The remainder, unless `other` is 0.
    pub fn checked_rem(self, other: Self) -> Option<Self> {
        self.0.checked_rem(other.0).map(Self)
    }

    /// Shifts left, losing high bits, unless the amount is 256 or more.
    pub fn checked_shl(self, bits: u32) -> Option<Self> {
        (bits < 256).then(|| Self(self.0.wrapping_shl(bits as usize)))
    }

    /// Shifts right, filling with zeros, unless the amount is 256 or more.
    pub fn checked_shr(self, bits: u32) -> Option<Self> {
        (bits < 256).then(|| Self(self.0.wrapping_shr(bits as usize)))
    }

    /// Reads digits of `radix` 2 to 36; underscores are not skipped.
    ///
    /// # Errors
    /// A character that is no digit, or a number of more than 256 bits.
    pub fn from_str_radix(text: &str, radix: u32) -> Result<Self, IntError> {
        let mut value = Raw::ZERO;
        if text.is_empty() || !(2..=36).contains(&radix) {
            return Err(IntError::Digit);
        }
        for digit in text.chars() {
            let digit = digit.to_digit(radix).ok_or(IntError::Digit)?;
            value = value
                .checked_mul(Raw::from(radix))
                .and_then(|value| value.checked_add(Raw::from(digit)))
                .ok_or(IntError::Range)?;
        }
        Ok(Self(value))
    }
}

impl BitAnd for U256 {
    type Output = Self;
    fn bitand(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
}

impl BitOr for U256 {
    type Output = Self;
    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitXor for U256 {
    type Output = Self;
    fn bitxor(self, other: Self) -> Self {
        Self(self.0 ^ other.0)
    }
}

impl Not for U256 {
    type Output = Self;
    fn not(self) -> Self {
        Self(!self.0)
    }
}

macro_rules! unsigned_conversions {
    ($($int:ty),*) => {$(
        impl From<$int> for U256 {
            fn from(value: $int) -> Self {
                Self(Raw::from(value))
            }
        }

        impl TryFrom<U256> for $int {
            type Error = IntError;
            fn try_from(value: U256) -> Result<Self, IntError> {
                let [a, b, c, d] = value.into_limbs();
                if c != 0 || d != 0 {
                    return Err(IntError::Range);
                }
                <$int>::try_from(u128::from(a) | u128::from(b) << 64).map_err(|_| IntError::Range)
            }
        }
    )*};
}
unsigned_conversions!(u8, u16, u32, u64, u128);

impl fmt::Display for U256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for U256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl FromStr for U256 {
    type Err = IntError;
    /// Decimal digits, or `0x` and hex digits.
    fn from_str(text: &str) -> Result<Self, IntError> {
        match text.strip_prefix("0x") {
            Some(digits) => Self::from_str_radix(digits, 16),
            None => Self::from_str_radix(text, 10),
        }
    }
}

/// A signed 256-bit integer.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct I256(Raw);

const SIGN: Raw = Raw::from_limbs([0, 0, 0, 1 << 63]);

impl I256 {
    /// 0.
    pub const ZERO: Self = Self(Raw::ZERO);
    /// 1.
    pub const ONE: Self = Self(Raw::from_limbs([1, 0, 0, 0]));
    /// -2^255.
    pub const MIN: Self = Self(SIGN);
    /// 2^255 - 1.
    pub const MAX: Self = Self(Raw::from_limbs([u64::MAX, u64::MAX, u64::MAX, u64::MAX >> 1]));

    /// From little-endian bytes.
    pub const fn from_le_bytes(bytes: [u8; 32]) -> Self {
        Self(Raw::from_le_bytes(bytes))
    }

    /// To little-endian bytes.
    pub const fn to_le_bytes(self) -> [u8; 32] {
        self.0.to_le_bytes()
    }

    /// Below zero.
    pub fn is_negative(self) -> bool {
        self.0.bit(255)
    }

    /// The distance from zero.
    pub fn magnitude(self) -> U256 {
        U256(if self.is_negative() { self.0.wrapping_neg() } else { self.0 })
    }

    /// The integer with this sign and magnitude, if there is one.
    pub fn from_parts(is_negative: bool, magnitude: U256) -> Option<Self> {
        if is_negative {
            (magnitude.0 <= SIGN).then(|| Self(magnitude.0.wrapping_neg()))
        } else {
            (magnitude.0 < SIGN).then_some(Self(magnitude.0))
        }
    }

    /// `self + other` unless it overflows.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        let sum = Self(self.0.wrapping_add(other.0));
        let overflows = self.is_negative() == other.is_negative() && sum.is_negative() != self.is_negative();
        (!overflows).then_some(sum)
    }

    /// `self - other` unless it overflows.
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        let difference = Self(self.0.wrapping_sub(other.0));
        let overflows = self.is_negative() != other.is_negative() && difference.is_negative() != self.is_negative();
        (!overflows).then_some(difference)
    }

    /// `self * other` unless it overflows.
    pub fn checked_mul(self, other: Self) -> Option<Self> {
        let magnitude = self.magnitude().checked_mul(other.magnitude())?;
        Self::from_parts(self.is_negative() != other.is_negative(), magnitude)
    }

    /// The quotient truncated toward zero, unless `other` is 0 or the result overflows.
    pub fn checked_div(self, other: Self) -> Option<Self> {
        let magnitude = self.magnitude().checked_div(other.magnitude())?;
        Self::from_parts(self.is_negative() != other.is_negative(), magnitude)
    }

    /// The remainder with the sign of `self`, unless `other` is 0 or the quotient overflows.
    pub fn checked_rem(self, other: Self) -> Option<Self> {
        self.checked_div(other)?;
        let magnitude = self.magnitude().checked_rem(other.magnitude())?;
        Self::from_parts(self.is_negative(), magnitude)
    }

    /// `-self` unless `self` is the minimum.
    pub fn checked_neg(self) -> Option<Self> {
        Self::from_parts(!self.is_negative(), self.magnitude()).or_else(|| (self.0 == Raw::ZERO).then_some(self))
    }
}

impl Ord for I256 {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.0 ^ SIGN).cmp(&(other.0 ^ SIGN))
    }
}

impl PartialOrd for I256 {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

macro_rules! signed_conversions {
    ($($int:ty),*) => {$(
        impl From<$int> for I256 {
            fn from(value: $int) -> Self {
                let magnitude = Raw::from(value.unsigned_abs());
                Self(if value < 0 { magnitude.wrapping_neg() } else { magnitude })
            }
        }

        impl TryFrom<I256> for $int {
            type Error = IntError;
            fn try_from(value: I256) -> Result<Self, IntError> {
                let magnitude = u128::try_from(value.magnitude())?;
                let wide = if value.is_negative() {
                    0i128.checked_sub_unsigned(magnitude)
                } else {
                    0i128.checked_add_unsigned(magnitude)
                };
                wide.and_then(|wide| <$int>::try_from(wide).ok()).ok_or(IntError::Range)
            }
        }
    )*};
}
signed_conversions!(i8, i16, i32, i64, i128);

impl TryFrom<U256> for I256 {
    type Error = IntError;
    fn try_from(value: U256) -> Result<Self, IntError> {
        Self::from_parts(false, value).ok_or(IntError::Range)
    }
}

impl TryFrom<I256> for U256 {
    type Error = IntError;
    fn try_from(value: I256) -> Result<Self, IntError> {
        if value.is_negative() { Err(IntError::Range) } else { Ok(value.magnitude()) }
    }
}

impl fmt::Display for I256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_negative() {
            f.write_str("-")?;
        }
        self.magnitude().fmt(f)
    }
}

impl fmt::Debug for I256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for I256 {
    type Err = IntError;
    /// As for [`U256`], with an optional minus sign.
    fn from_str(text: &str) -> Result<Self, IntError> {
        let (is_negative, digits) = match text.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, text),
        };
        let magnitude: U256 = digits.parse()?;
        Self::from_parts(is_negative, magnitude)
            .or_else(|| (magnitude == U256::ZERO).then_some(Self::ZERO))
            .ok_or(IntError::Range)
    }
}

macro_rules! serde_as_bytes_or_text {
    ($($int:ident),*) => {$(
        impl Serialize for $int {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                if serializer.is_human_readable() {
                    serializer.collect_str(self)
                } else {
                    self.to_le_bytes().serialize(serializer)
                }
            }
        }

        impl<'de> Deserialize<'de> for $int {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                if deserializer.is_human_readable() {
                    let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                    text.parse().map_err(serde::de::Error::custom)
                } else {
                    Ok(Self::from_le_bytes(<[u8; 32]>::deserialize(deserializer)?))
                }
            }
        }
    )*};
}
serde_as_bytes_or_text!(U256, I256);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unsigned_arithmetic_is_exact_or_absent() {
        let (zero, one, max) = (U256::ZERO, U256::ONE, U256::MAX);
        assert_eq!(max.checked_add(one), None);
        assert_eq!(zero.checked_sub(one), None);
        assert_eq!(max.checked_mul(U256::from(2u8)), None);
        assert_eq!(one.checked_div(zero), None);
        assert_eq!(one.checked_rem(zero), None);
        assert_eq!(one.checked_shl(256), None);
        assert_eq!(one.checked_shl(255).and_then(|x| x.checked_shr(255)), Some(one));
        assert_eq!(u128::try_from(U256::from(u128::MAX)), Ok(u128::MAX));
        assert_eq!(u8::try_from(U256::from(256u16)), Err(IntError::Range));
        let text = "115792089237316195423570985008687907853269984665640564039457584007913129639935";
        assert_eq!(max.to_string(), text);
        assert_eq!(text.parse(), Ok(max));
        assert_eq!(format!("{text}0").parse::<U256>(), Err(IntError::Range));
        assert_eq!("0xff".parse(), Ok(U256::from(255u8)));
        assert_eq!("".parse::<U256>(), Err(IntError::Digit));
        assert_eq!(bcs::to_bytes(&U256::from(0x0102u16)).unwrap()[..3], [2, 1, 0]);
    }

    #[test]
    fn signed_arithmetic_agrees_with_i128_and_keeps_its_bounds() {
        let samples = [0i128, 1, -1, 7, -7, 2, -2, 1 << 60, -(1 << 60), (1 << 62) + 3];
        for a in samples {
            for b in samples {
                let (x, y) = (I256::from(a), I256::from(b));
                assert_eq!(x.checked_add(y), Some(I256::from(a + b)), "{a} + {b}");
                assert_eq!(x.checked_sub(y), Some(I256::from(a - b)), "{a} - {b}");
                assert_eq!(x.checked_mul(y), Some(I256::from(a * b)), "{a} * {b}");
                assert_eq!(x.checked_div(y), a.checked_div(b).map(I256::from), "{a} / {b}");
                assert_eq!(x.checked_rem(y), a.checked_rem(b).map(I256::from), "{a} % {b}");
                assert_eq!(x.cmp(&y), a.cmp(&b));
            }
            assert_eq!(I256::from(a).to_string(), a.to_string());
            assert_eq!(a.to_string().parse(), Ok(I256::from(a)));
            assert_eq!(i128::try_from(I256::from(a)), Ok(a));
        }
        let (min, max, minus_one) = (I256::MIN, I256::MAX, I256::from(-1i8));
        assert_eq!(min.checked_add(minus_one), None);
        assert_eq!(max.checked_add(I256::ONE), None);
        assert_eq!(min.checked_sub(I256::ONE), None);
        assert_eq!(I256::ZERO.checked_sub(min), None);
        assert_eq!(min.checked_mul(minus_one), None);
        assert_eq!(min.checked_div(minus_one), None);
        assert_eq!(min.checked_rem(minus_one), None);
        assert_eq!(min.checked_neg(), None);
        assert_eq!(I256::ZERO.checked_neg(), Some(I256::ZERO));
        assert_eq!(max.checked_neg().and_then(|x| x.checked_sub(I256::ONE)), Some(min));
        assert_eq!(min.to_string().parse(), Ok(min));
        assert_eq!(i128::try_from(I256::from(i128::MIN)), Ok(i128::MIN));
        assert_eq!(i8::try_from(I256::from(128u8 as i16)), Err(IntError::Range));
    }
}
