//! Namespaces, blobs and what identifies them.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Length of a namespace: one version byte and an id of 28 bytes.
pub const NAMESPACE_BYTES: usize = 29;

/// A user namespace: version 0, 18 zero bytes, 10 free bytes, not reserved.
///
/// Both layers use Celestia's form, so that an app-chain may move without new names. Ordered bytewise.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Namespace([u8; NAMESPACE_BYTES]);

/// Why bytes are not a namespace that anyone may post to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NamespaceError {
    /// Not 29 bytes.
    #[error("a namespace has 29 bytes, found {0}")]
    Length(usize),
    /// Only version 0 is open to users.
    #[error("namespace version {0} is not open to users")]
    Version(u8),
    /// The first 18 bytes of a version-0 id are zero.
    #[error("a version-0 namespace starts with 18 zero bytes after its version")]
    Prefix,
    /// At or below 0xff: reserved for the layer itself.
    #[error("namespace {0:#04x} is reserved for the layer")]
    Reserved(u8),
}

impl Namespace {
    /// The namespace with these ten free bytes.
    ///
    /// # Errors
    /// [`NamespaceError::Reserved`] where the first nine are zero.
    pub const fn new_v0(free: [u8; 10]) -> Result<Self, NamespaceError> {
        let mut bytes = [0; NAMESPACE_BYTES];
        let mut at = 0;
        let mut reserved = true;
        while at < free.len() {
            bytes[NAMESPACE_BYTES - 10 + at] = free[at];
            reserved &= at == 9 || free[at] == 0;
            at += 1;
        }
        if reserved {
            return Err(NamespaceError::Reserved(free[9]));
        }
        Ok(Self(bytes))
    }

    /// The namespace of these 29 bytes.
    ///
    /// # Errors
    /// Every [`NamespaceError`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, NamespaceError> {
        let bytes: [u8; NAMESPACE_BYTES] = bytes.try_into().map_err(|_| NamespaceError::Length(bytes.len()))?;
        let [version, id @ ..] = bytes;
        if version != 0 {
            return Err(NamespaceError::Version(version));
        }
        let (prefix, free) = id.split_at(18);
        if prefix.iter().any(|&byte| byte != 0) {
            return Err(NamespaceError::Prefix);
        }
        let mut ten = [0; 10];
        ten.copy_from_slice(free);
        Self::new_v0(ten)
    }

    /// All 29 bytes.
    pub const fn as_bytes(&self) -> &[u8; NAMESPACE_BYTES] {
        &self.0
    }

    /// The ten free bytes.
    pub fn free(&self) -> [u8; 10] {
        let mut free = [0; 10];
        free.copy_from_slice(self.0.split_at(NAMESPACE_BYTES - 10).1);
        free
    }
}

impl fmt::Display for Namespace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.free()))
    }
}

impl fmt::Debug for Namespace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Namespace({self})")
    }
}

/// Bytes to post.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blob {
    /// Where to.
    pub namespace: Namespace,
    /// What; never empty.
    pub data: Vec<u8>,
}

impl Blob {
    /// A blob of `data` for `namespace`.
    pub fn new(namespace: Namespace, data: Vec<u8>) -> Self {
        Self { namespace, data }
    }
}

/// What identifies a blob, together with its namespace, whatever its height.
///
/// The definition is the layer's own: see [`DataAvailability::commitment`](crate::DataAvailability::commitment).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Commitment(pub [u8; 32]);

impl fmt::Display for Commitment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for Commitment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Commitment({self})")
    }
}

/// A blob that was read from a height.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundBlob {
    /// Where it was posted.
    pub namespace: Namespace,
    /// Its place among all blobs of the height; rises, but not by one.
    pub index: u64,
    /// Its identity.
    pub commitment: Commitment,
    /// Its bytes.
    pub data: Vec<u8>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reserved_and_foreign_namespaces_are_refused() {
        let valid = Namespace::new_v0(*b"0123456789").unwrap();
        let with = |at: usize, byte: u8| {
            let mut bytes = *valid.as_bytes();
            bytes[at] = byte;
            Namespace::from_bytes(&bytes).map(|_| ())
        };
        let reserved = |last| Namespace::new_v0([0, 0, 0, 0, 0, 0, 0, 0, 0, last]).map(|_| ());
        for (result, expected) in [
            (with(28, 0), Ok(())),
            (with(0, 1), Err(NamespaceError::Version(1))),
            (with(0, 255), Err(NamespaceError::Version(255))),
            (with(1, 1), Err(NamespaceError::Prefix)),
            (with(18, 1), Err(NamespaceError::Prefix)),
            (reserved(0), Err(NamespaceError::Reserved(0))),
            (reserved(255), Err(NamespaceError::Reserved(255))),
            (Namespace::from_bytes(&[0; 28]).map(|_| ()), Err(NamespaceError::Length(28))),
            (Namespace::from_bytes(&[0; 29]).map(|_| ()), Err(NamespaceError::Reserved(0))),
        ] {
            assert_eq!(result, expected);
        }
        assert_eq!(Namespace::from_bytes(valid.as_bytes()), Ok(valid));
        assert_eq!(valid.free(), *b"0123456789");
    }
}
