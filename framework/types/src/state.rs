//! What state is made of: keys, their tree paths, values, and the write sets that change them.
//!
//! ```text
//! StateKey   00 ‖ address ‖ struct tag                 a resource
//!            01                                        reserved, refused
//!            02 ‖ address ‖ uleb length ‖ name         a module
//!            03 ‖ handle ‖ uleb length ‖ key           a table item
//! path     = SHA-256(BCS of the key)
//! ```

use std::cmp::Ordering;
use std::sync::Arc;

use move_core_types::AccountAddress;
use move_core_types::Identifier;
use move_core_types::{ModuleId, StructTag, TypeTag};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::codec::{DecodeError, decode, encode, encode_into};
use crate::hash::{Hash, sha256, tag, tagged};

/// A key of the state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum StateKey {
    /// The resource of a type at an address.
    Resource {
        /// Where it lies.
        address: AccountAddress,
        /// Its type.
        tag: StructTag,
    },
    /// Reserved for resource groups; no decoder gives it.
    #[doc(hidden)]
    Reserved(Refused),
    /// A module's bytecode.
    Module {
        /// Where it was published.
        address: AccountAddress,
        /// Its name.
        name: Identifier,
    },
    /// An item of a table.
    TableItem {
        /// The table.
        handle: AccountAddress,
        /// BCS of the Move key.
        #[serde(with = "crate::bytes")]
        key: Vec<u8>,
    },
}

/// A variant number that is reserved: it has no value, and decoding it fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Refused {}

impl Serialize for Refused {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        match *self {}
    }
}

impl<'de> Deserialize<'de> for Refused {
    fn deserialize<D: Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        Err(D::Error::custom("a reserved variant"))
    }
}

/// A key by its parts, for lookups that own nothing. Hashes and compares as the [`StateKey`] it stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
pub enum StateKeyRef<'a> {
    /// The resource of a type at an address.
    Resource {
        /// Where it lies.
        address: &'a AccountAddress,
        /// Its type.
        tag: &'a StructTag,
    },
    /// Reserved.
    #[doc(hidden)]
    Reserved(Refused),
    /// A module's bytecode.
    Module {
        /// Where it was published.
        address: &'a AccountAddress,
        /// Its name.
        name: &'a Identifier,
    },
    /// An item of a table.
    TableItem {
        /// The table.
        handle: &'a AccountAddress,
        /// BCS of the Move key.
        #[serde(serialize_with = "crate::bytes::serialize")]
        key: &'a [u8],
    },
}

impl StateKeyRef<'_> {
    /// Canonical bytes. Written by hand, because every read of the state needs them.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(128);
        match *self {
            StateKeyRef::Resource { address, tag } => {
                bytes.push(0);
                bytes.extend_from_slice(address.as_ref());
                write_struct_tag(&mut bytes, tag, STRUCT_DEPTH_BY_HAND);
            }
            StateKeyRef::Reserved(refused) => match refused {},
            StateKeyRef::Module { address, name } => {
                bytes.push(2);
                bytes.extend_from_slice(address.as_ref());
                write_bytes(&mut bytes, name.as_str().as_bytes());
            }
            StateKeyRef::TableItem { handle, key } => {
                bytes.push(3);
                bytes.extend_from_slice(handle.as_ref());
                write_bytes(&mut bytes, key);
            }
        }
        bytes
    }

    /// The key itself.
    #[must_use]
    pub fn to_key(&self) -> StateKey {
        match *self {
            StateKeyRef::Resource { address, tag } => StateKey::Resource { address: *address, tag: tag.clone() },
            StateKeyRef::Reserved(refused) => match refused {},
            StateKeyRef::Module { address, name } => StateKey::Module { address: *address, name: name.clone() },
            StateKeyRef::TableItem { handle, key } => StateKey::TableItem { handle: *handle, key: key.to_vec() },
        }
    }
}

/// No type nests deeper; what does is left to serde's own limit.
const STRUCT_DEPTH_BY_HAND: u32 = 7;

fn write_length(bytes: &mut Vec<u8>, mut length: usize) {
    loop {
        let low = u8::try_from(length & 0x7f).unwrap_or(0);
        length >>= 7;
        if length == 0 {
            return bytes.push(low);
        }
        bytes.push(low | 0x80);
    }
}

fn write_bytes(bytes: &mut Vec<u8>, part: &[u8]) {
    write_length(bytes, part.len());
    bytes.extend_from_slice(part);
}

fn write_struct_tag(bytes: &mut Vec<u8>, tag: &StructTag, depth_left: u32) {
    bytes.extend_from_slice(tag.address.as_ref());
    write_bytes(bytes, tag.module.as_str().as_bytes());
    write_bytes(bytes, tag.name.as_str().as_bytes());
    write_length(bytes, tag.type_args.len());
    for argument in &tag.type_args {
        match argument {
            TypeTag::Struct(inner) if depth_left > 0 => {
                bytes.push(7);
                write_struct_tag(bytes, inner, depth_left - 1);
            }
            // The rest, and what is nested deeper than any type may be, as serde has it.
            other => encode_into(bytes, other),
        }
    }
}

impl std::hash::Hash for StateKey {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.as_ref().hash(state);
    }
}

impl StateKey {
    /// The same by its parts.
    #[must_use]
    pub fn as_ref(&self) -> StateKeyRef<'_> {
        match self {
            StateKey::Resource { address, tag } => StateKeyRef::Resource { address, tag },
            StateKey::Reserved(refused) => match *refused {},
            StateKey::Module { address, name } => StateKeyRef::Module { address, name },
            StateKey::TableItem { handle, key } => StateKeyRef::TableItem { handle, key },
        }
    }

    /// The key of a resource.
    #[must_use]
    pub fn resource(address: AccountAddress, tag: StructTag) -> Self {
        StateKey::Resource { address, tag }
    }

    /// The key of a module.
    #[must_use]
    pub fn module(id: &ModuleId) -> Self {
        StateKey::Module { address: id.address, name: id.name.clone() }
    }

    /// The key of a table item.
    #[must_use]
    pub fn table_item(handle: AccountAddress, key: Vec<u8>) -> Self {
        StateKey::TableItem { handle, key }
    }

    /// Canonical bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.as_ref().to_bytes()
    }

    /// The key that these bytes encode.
    ///
    /// # Errors
    /// Not canonical, reserved, or something left over.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        decode(bytes)
    }

    /// Its place in the tree: SHA-256 of the canonical bytes.
    #[must_use]
    pub fn path(&self) -> Hash {
        sha256(&self.to_bytes())
    }
}

/// Ascending by canonical bytes: the order of write sets.
impl Ord for StateKey {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (StateKey::TableItem { handle: a, key: x }, StateKey::TableItem { handle: b, key: y })
                if x.len() == y.len() =>
            {
                a.cmp(b).then_with(|| x.cmp(y))
            }
            _ => self.to_bytes().cmp(&other.to_bytes()),
        }
    }
}

impl PartialOrd for StateKey {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The hash of a value, as the tree holds it: plain SHA-256.
#[must_use]
pub fn value_hash(value: &[u8]) -> Hash {
    sha256(value)
}

/// What happens to a key.
#[derive(Clone, PartialEq, Eq)]
pub enum Op {
    /// The key holds this value from now on.
    Write(Arc<[u8]>),
    /// The key holds nothing.
    Delete,
}

impl Op {
    /// The value after it.
    #[must_use]
    pub fn value(&self) -> Option<&Arc<[u8]>> {
        match self {
            Op::Write(value) => Some(value),
            Op::Delete => None,
        }
    }
}

impl std::fmt::Debug for Op {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Op::Write(value) => write!(f, "Write({})", hex::encode(value)),
            Op::Delete => f.write_str("Delete"),
        }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(rename = "Op")]
enum OpWire {
    Write(#[serde(with = "crate::bytes")] Vec<u8>),
    Delete,
}

#[derive(Serialize)]
#[serde(rename = "Op")]
enum OpWireRef<'a> {
    Write(#[serde(serialize_with = "crate::bytes::serialize")] &'a [u8]),
    Delete,
}

impl Serialize for Op {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Op::Write(value) => OpWireRef::Write(value),
            Op::Delete => OpWireRef::Delete,
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Op {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match OpWire::deserialize(deserializer)? {
            OpWire::Write(value) => Op::Write(value.into()),
            OpWire::Delete => Op::Delete,
        })
    }
}

/// One transaction's changes: ascending by the bytes of the key, each key once.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct WriteSet(Vec<(StateKey, Op)>);

impl WriteSet {
    /// Sorts by canonical key bytes.
    ///
    /// # Errors
    /// A key that appears twice.
    pub fn new(writes: Vec<(StateKey, Op)>) -> Result<Self, DecodeError> {
        let mut keyed: Vec<(Vec<u8>, (StateKey, Op))> =
            writes.into_iter().map(|write| (write.0.to_bytes(), write)).collect();
        keyed.sort_by(|a, b| a.0.cmp(&b.0));
        if keyed.windows(2).any(|pair| matches!(pair, [a, b] if a.0 == b.0)) {
            return Err(DecodeError::Invalid("a write set names a key twice"));
        }
        Ok(WriteSet(keyed.into_iter().map(|(_, write)| write).collect()))
    }

    /// The changes in canonical order.
    #[must_use]
    pub fn as_slice(&self) -> &[(StateKey, Op)] {
        &self.0
    }

    /// The changes, one by one.
    pub fn iter(&self) -> std::slice::Iter<'_, (StateKey, Op)> {
        self.0.iter()
    }

    /// The changes themselves.
    #[must_use]
    pub fn into_inner(self) -> Vec<(StateKey, Op)> {
        self.0
    }

    /// Number of keys changed.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether nothing changes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The write-set hash of receipts.
    #[must_use]
    pub fn hash(&self) -> Hash {
        tagged(tag::WRITE_SET, &[&encode(self)])
    }
}

impl<'a> IntoIterator for &'a WriteSet {
    type Item = &'a (StateKey, Op);
    type IntoIter = std::slice::Iter<'a, (StateKey, Op)>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl<'de> Deserialize<'de> for WriteSet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let writes = Vec::<(StateKey, Op)>::deserialize(deserializer)?;
        let keys: Vec<Vec<u8>> = writes.iter().map(|(key, _)| key.to_bytes()).collect();
        if keys.windows(2).any(|pair| matches!(pair, [a, b] if a >= b)) {
            return Err(D::Error::custom("a write set is not in ascending order"));
        }
        Ok(WriteSet(writes))
    }
}
