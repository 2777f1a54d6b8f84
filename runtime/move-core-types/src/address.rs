//! Account addresses: 32 bytes, in three textual forms.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::{fmt, str::FromStr};

/// An account address. BCS: 32 bytes, no length prefix.
///
/// `Display` is the standard form: `0x0` to `0xf` short, everything else `0x` and 64 digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct AccountAddress(pub [u8; 32]);

/// Why a text is not an address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// No digits, or more than 64: how many.
    #[error("an address has 1 to 64 hex digits, not {0}")]
    Length(usize),
    /// A character that is not a hex digit.
    #[error("an address consists of hex digits, not `{0}`")]
    Digit(char),
    /// The strict or literal form was asked for.
    #[error("an address starts with 0x")]
    Prefix,
    /// The strict form was asked for: the text that it should have been.
    #[error("address not in standard form: expected {0}")]
    NotStandard(String),
    /// A byte string of the wrong length.
    #[error("an address has 32 bytes, not {0}")]
    Bytes(usize),
}

impl AccountAddress {
    /// Bytes in an address.
    pub const LENGTH: usize = 32;
    /// `0x0`.
    pub const ZERO: Self = Self::from_u8(0);
    /// `0x1`: the framework.
    pub const ONE: Self = Self::from_u8(1);
    /// `0x2`.
    pub const TWO: Self = Self::from_u8(2);
    /// `0x3`: the token packages.
    pub const THREE: Self = Self::from_u8(3);
    /// `0x4`.
    pub const FOUR: Self = Self::from_u8(4);
    /// `0xa`: metadata of the native coin.
    pub const TEN: Self = Self::from_u8(10);

    /// The address made of these bytes.
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The address whose last byte is `last` and all others zero.
    pub const fn from_u8(last: u8) -> Self {
        let mut bytes = [0; 32];
        bytes[31] = last;
        Self(bytes)
    }

    /// The bytes.
    pub const fn into_bytes(self) -> [u8; 32] {
        self.0
    }

    /// The address made of exactly 32 bytes.
    ///
    /// # Errors
    /// [`AddressError::Bytes`] for any other length.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, AddressError> {
        <[u8; 32]>::try_from(bytes).map(Self).map_err(|_| AddressError::Bytes(bytes.len()))
    }

    /// Reads 1 to 64 hex digits of either case, with or without `0x`, padded on the left.
    ///
    /// # Errors
    /// Wrong length or a character that is no hex digit.
    pub fn from_hex(text: &str) -> Result<Self, AddressError> {
        let digits = text.strip_prefix("0x").unwrap_or(text);
        if digits.is_empty() || digits.len() > 64 {
            return Err(AddressError::Length(digits.len()));
        }
        let mut bytes = [0u8; 32];
        let start = 64 - digits.len();
        for (position, digit) in digits.chars().enumerate() {
            let value = digit.to_digit(16).and_then(|value| u8::try_from(value).ok());
            let value = value.ok_or(AddressError::Digit(digit))?;
            let nibble = start + position;
            if let Some(byte) = bytes.get_mut(nibble / 2) {
                *byte |= if nibble.is_multiple_of(2) { value << 4 } else { value };
            }
        }
        Ok(Self(bytes))
    }

    /// Like [`Self::from_hex`], but `0x` is required.
    ///
    /// # Errors
    /// As [`Self::from_hex`], and [`AddressError::Prefix`].
    pub fn from_hex_literal(text: &str) -> Result<Self, AddressError> {
        if text.starts_with("0x") { Self::from_hex(text) } else { Err(AddressError::Prefix) }
    }

    /// Accepts exactly what `Display` prints.
    ///
    /// # Errors
    /// [`AddressError::NotStandard`] for other spellings of an address.
    pub fn from_str_strict(text: &str) -> Result<Self, AddressError> {
        let address = Self::from_hex_literal(text)?;
        let standard = address.to_string();
        if standard == text { Ok(address) } else { Err(AddressError::NotStandard(standard)) }
    }

    /// True for `0x0` to `0xf`.
    pub fn is_special(&self) -> bool {
        let [head @ .., last] = &self.0;
        *last < 16 && head.iter().all(|byte| *byte == 0)
    }

    /// `0x` and the digits without leading zeros: the form of type names inside Move.
    pub fn to_short_string(&self) -> String {
        let digits = hex::encode(self.0);
        let digits = digits.trim_start_matches('0');
        format!("0x{}", if digits.is_empty() { "0" } else { digits })
    }

    /// 64 digits without a prefix.
    pub fn to_canonical_string(&self) -> String {
        hex::encode(self.0)
    }

    /// `0x` and 64 digits.
    pub fn to_long_string(&self) -> String {
        format!("0x{}", hex::encode(self.0))
    }
}

impl fmt::Display for AccountAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = if self.is_special() { self.to_short_string() } else { self.to_long_string() };
        f.write_str(&text)
    }
}

impl fmt::Debug for AccountAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_short_string())
    }
}

impl FromStr for AccountAddress {
    type Err = AddressError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::from_hex(text)
    }
}

impl AsRef<[u8]> for AccountAddress {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl From<[u8; 32]> for AccountAddress {
    fn from(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl Serialize for AccountAddress {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_str(self)
        } else {
            crate::bare::serialize(&self.0, serializer)
        }
    }
}

impl<'de> Deserialize<'de> for AccountAddress {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
            text.parse().map_err(serde::de::Error::custom)
        } else {
            crate::bare::deserialize(deserializer).map(Self)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_one_standard_form() {
        let long = format!("0x{}10", "0".repeat(62));
        // input, standard, short
        for (text, standard, short) in [
            ("0x1", "0x1", "0x1"),
            ("0", "0x0", "0x0"),
            ("F", "0xf", "0xf"),
            ("0x00010", long.as_str(), "0x10"),
            (long.as_str(), long.as_str(), "0x10"),
        ] {
            let address: AccountAddress = text.parse().unwrap();
            assert_eq!(address.to_string(), standard);
            assert_eq!(address.to_short_string(), short);
            assert_eq!(AccountAddress::from_str_strict(standard).unwrap(), address);
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in ["", "0x", "0xg", "é", "-1", &"1".repeat(65), "0x0x1", "0X1"] {
            assert!(AccountAddress::from_hex(text).is_err(), "{text}");
        }
        for text in ["0x01", "0x10", "1"] {
            assert!(AccountAddress::from_str_strict(text).is_err(), "{text}");
        }
    }
}
