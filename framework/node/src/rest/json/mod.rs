//! Between the chain's types and the API's JSON.

pub(crate) mod signature;
pub(crate) mod status;
pub(crate) mod transaction;
pub(crate) mod value;

/// `0x` and two lower-case digits per byte.
pub(crate) fn hex0x(bytes: impl AsRef<[u8]>) -> String {
    format!("0x{}", hex::encode(bytes))
}

/// Bytes from hexadecimal text with or without `0x`.
pub(crate) fn from_hex(text: &str) -> Option<Vec<u8>> {
    hex::decode(text.strip_prefix("0x").unwrap_or(text)).ok()
}

/// 32 bytes from hexadecimal text with or without `0x`.
pub(crate) fn hash_from_hex(text: &str) -> Option<types::Hash> {
    from_hex(text)?.try_into().ok().map(types::Hash)
}
