//! BCS at the boundary: strict, bounded, one error type.

use serde::Serialize;
use serde::de::DeserializeOwned;

/// Nesting that a signed transaction may have.
pub const TRANSACTION_DEPTH_MAX: usize = 16;
/// Nesting that a view payload may have.
pub const VIEW_DEPTH_MAX: usize = 8;
/// Nesting of the chain's own structures; type tags inside them are limited by themselves.
pub const CHAIN_DEPTH_MAX: usize = 32;

/// Why bytes are not what they should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// BCS refused them: too short, not canonical, left over, too deep.
    #[error("{0}")]
    Bcs(bcs::Error),
    /// A text form is wrong.
    #[error("{0}")]
    Text(&'static str),
    /// A `format` number that this version does not know.
    #[error("{what} has format {found}, known is 1")]
    Format {
        /// The structure.
        what: &'static str,
        /// Its number.
        found: u16,
    },
    /// Well-formed BCS with a value that is not allowed.
    #[error("{0}")]
    Invalid(&'static str),
    /// A size beyond its limit.
    #[error("{what} is {found}, the limit is {limit}")]
    TooLarge {
        /// What is too large.
        what: &'static str,
        /// Its size.
        found: u64,
        /// The limit.
        limit: u64,
    },
}

impl From<bcs::Error> for DecodeError {
    fn from(error: bcs::Error) -> Self {
        DecodeError::Bcs(error)
    }
}

/// BCS bytes of a value of ours.
///
/// Encoding into memory fails only beyond 2^31 - 1 items or the nesting limit, which no bounded value reaches.
#[must_use]
pub fn encode<T: Serialize + ?Sized>(value: &T) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(ENCODED_BYTES_USUAL);
    encode_into(&mut bytes, value);
    bytes
}

/// Room for most of what is encoded, so that it does not grow byte by byte.
const ENCODED_BYTES_USUAL: usize = 128;

/// The same, appended to `bytes`.
pub fn encode_into<T: Serialize + ?Sized>(bytes: &mut Vec<u8>, value: &T) {
    if let Err(error) = bcs::serialize_into(bytes, value) {
        unencodable(&error);
    }
}

/// Kept out of line: an impossible state of ours, not of the input.
#[cold]
#[expect(clippy::panic, reason = "a value that cannot be encoded was never decoded or built within its bounds")]
fn unencodable(error: &bcs::Error) -> ! {
    panic!("a bounded value does not encode: {error}")
}

/// A value from exactly these BCS bytes, nested at most [`CHAIN_DEPTH_MAX`] deep.
///
/// # Errors
/// [`DecodeError::Bcs`].
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, DecodeError> {
    decode_limited(bytes, CHAIN_DEPTH_MAX)
}

/// A value from exactly these BCS bytes, nested at most `depth_max` deep.
///
/// # Errors
/// [`DecodeError::Bcs`].
pub fn decode_limited<T: DeserializeOwned>(bytes: &[u8], depth_max: usize) -> Result<T, DecodeError> {
    Ok(bcs::from_bytes_with_limit(bytes, depth_max)?)
}
