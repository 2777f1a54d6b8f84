//! Byte strings in BCS: read and written as one piece, not byte by byte.

use std::fmt;

use serde::de::{Error, Visitor};
use serde::{Deserializer, Serializer};

/// Writes `length ‖ bytes`. For `#[serde(with = "crate::bytes")]`.
///
/// # Errors
/// Those of the serializer.
pub fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_bytes(bytes)
}

/// Reads `length ‖ bytes`; allocates only what the input holds.
///
/// # Errors
/// Those of the deserializer.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
    struct BytesVisitor;
    impl Visitor<'_> for BytesVisitor {
        type Value = Vec<u8>;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("bytes")
        }
        fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Vec<u8>, E> {
            Ok(bytes.to_vec())
        }
        fn visit_byte_buf<E: Error>(self, bytes: Vec<u8>) -> Result<Vec<u8>, E> {
            Ok(bytes)
        }
    }
    deserializer.deserialize_byte_buf(BytesVisitor)
}

/// A vector of byte strings. For `#[serde(with = "crate::bytes::list")]`.
pub mod list {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Deserialize)]
    struct Item(#[serde(with = "crate::bytes")] Vec<u8>);
    #[derive(Serialize)]
    struct ItemRef<'a>(#[serde(serialize_with = "crate::bytes::serialize")] &'a [u8]);

    /// Writes `count ‖ (length ‖ bytes)…`.
    ///
    /// # Errors
    /// Those of the serializer.
    pub fn serialize<S: Serializer>(items: &[Vec<u8>], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(items.iter().map(|item| ItemRef(item)))
    }

    /// Reads `count ‖ (length ‖ bytes)…`.
    ///
    /// # Errors
    /// Those of the deserializer.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Vec<u8>>, D::Error> {
        Ok(Vec::<Item>::deserialize(deserializer)?.into_iter().map(|item| item.0).collect())
    }
}

/// An optional byte string. For `#[serde(with = "crate::bytes::option")]`.
pub mod option {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Deserialize)]
    struct Item(#[serde(with = "crate::bytes")] Vec<u8>);
    #[derive(Serialize)]
    struct ItemRef<'a>(#[serde(serialize_with = "crate::bytes::serialize")] &'a [u8]);

    /// Writes `00`, or `01 ‖ length ‖ bytes`.
    ///
    /// # Errors
    /// Those of the serializer.
    pub fn serialize<S: Serializer>(item: &Option<Vec<u8>>, serializer: S) -> Result<S::Ok, S::Error> {
        item.as_deref().map(ItemRef).serialize(serializer)
    }

    /// Reads `00`, or `01 ‖ length ‖ bytes`.
    ///
    /// # Errors
    /// Those of the deserializer.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<u8>>, D::Error> {
        Ok(Option::<Item>::deserialize(deserializer)?.map(|item| item.0))
    }
}
