//! Hashes: SHA-256 under tags for everything of ours, SHA3-256 where the wire demands it, and RFC 6962 lists.
//!
//! `tagged(T, x) = SHA-256(T ‖ 00 ‖ x)`. A list hashes leaves as `H(00 ‖ l)` and nodes as `H(01 ‖ left ‖ right)`,
//! splitting at the greatest power of two below the count; an empty list is `H("")`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest as _, Sha256};
use sha3::Sha3_256;

use crate::codec::DecodeError;

/// 32 bytes that stand for more bytes. In BCS bare, as text 64 lower-case digits after `0x`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Hash(pub [u8; 32]);

impl Hash {
    /// All zeros: the parent of block 0, the predecessor of batch 1.
    pub const ZERO: Hash = Hash([0; 32]);
    /// The hash of an empty RFC 6962 list, `SHA-256("")`.
    pub const EMPTY_LIST: Hash = Hash([
        0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24, 0x27, 0xae,
        0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55,
    ]);

    /// The bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// 64 lower-case digits without prefix.
    #[must_use]
    pub fn to_hex(&self) -> String {
        hex::encode(self.0)
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "0x{}", self.to_hex())
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Hash {
    type Err = DecodeError;

    /// Accepts 64 hex digits, with or without `0x`.
    fn from_str(text: &str) -> Result<Self, DecodeError> {
        let digits = text.strip_prefix("0x").unwrap_or(text);
        let mut bytes = [0; 32];
        hex::decode_to_slice(digits, &mut bytes).map_err(|_| DecodeError::Text("a hash has 64 hex digits"))?;
        Ok(Hash(bytes))
    }
}

impl AsRef<[u8]> for Hash {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl From<[u8; 32]> for Hash {
    fn from(bytes: [u8; 32]) -> Self {
        Hash(bytes)
    }
}

impl Serialize for Hash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_str(self)
        } else {
            move_core_types::bare::serialize(&self.0, serializer)
        }
    }
}

impl<'de> Deserialize<'de> for Hash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            let text = String::deserialize(deserializer)?;
            text.parse().map_err(serde::de::Error::custom)
        } else {
            move_core_types::bare::deserialize(deserializer).map(Hash)
        }
    }
}

/// SHA-256.
#[must_use]
pub fn sha256(bytes: &[u8]) -> Hash {
    Hash(Sha256::digest(bytes).into())
}

/// SHA3-256, which reaches a header only through transaction hashes and addresses.
#[must_use]
pub fn sha3(parts: &[&[u8]]) -> Hash {
    let mut hasher = Sha3_256::new();
    for part in parts {
        hasher.update(part);
    }
    Hash(hasher.finalize().into())
}

/// `SHA-256(tag ‖ 00 ‖ parts…)`.
#[must_use]
pub fn tagged(tag: &str, parts: &[&[u8]]) -> Hash {
    let mut hasher = Sha256::new();
    hasher.update(tag.as_bytes());
    hasher.update([0]);
    for part in parts {
        hasher.update(part);
    }
    Hash(hasher.finalize().into())
}

/// The tags of the chain's own hashes.
pub mod tag {
    /// Over the bytes of `genesis.bcs`.
    pub const GENESIS: &str = "TENOR::Genesis";
    /// Over BCS (previous block id, height, time, DA height read).
    pub const BLOCK_ID: &str = "TENOR::BlockId";
    /// Over a BCS header.
    pub const HEADER: &str = "TENOR::Header";
    /// Over a BCS receipt.
    pub const RECEIPT: &str = "TENOR::Receipt";
    /// Over a BCS write set.
    pub const WRITE_SET: &str = "TENOR::WriteSet";
    /// Over a batch's identity.
    pub const BATCH: &str = "TENOR::Batch";
    /// Over the BCS of the gas schedule resource.
    pub const GAS_SCHEDULE: &str = "TENOR::GasSchedule";
    /// Over a BCS header of the embedded DA layer.
    pub const DA_HEADER: &str = "TENOR::DaHeader";
}

/// `H(00 ‖ leaf)`.
#[must_use]
pub fn list_leaf(leaf: &[u8]) -> Hash {
    let mut hasher = Sha256::new();
    hasher.update([0]);
    hasher.update(leaf);
    Hash(hasher.finalize().into())
}

/// `H(01 ‖ left ‖ right)`.
#[must_use]
pub fn list_node(left: &Hash, right: &Hash) -> Hash {
    let mut hasher = Sha256::new();
    hasher.update([1]);
    hasher.update(left.0);
    hasher.update(right.0);
    Hash(hasher.finalize().into())
}

/// Root of the RFC 6962 list of `leaves`.
#[must_use]
pub fn list_root<L: AsRef<[u8]>>(leaves: &[L]) -> Hash {
    let mut level: Vec<Hash> = leaves.iter().map(|leaf| list_leaf(leaf.as_ref())).collect();
    if level.is_empty() {
        return Hash::EMPTY_LIST;
    }
    // Pairing neighbours and carrying an odd last node up gives the same tree as splitting at powers of two.
    while level.len() > 1 {
        let next = level.chunks(2).map(|pair| match pair {
            [left, right] => list_node(left, right),
            [single] => *single,
            _ => Hash::EMPTY_LIST,
        });
        level = next.collect();
    }
    level.first().copied().unwrap_or(Hash::EMPTY_LIST)
}

/// The siblings of leaf `index`, from leaf to root; `None` beyond the end.
#[must_use]
pub fn list_path<L: AsRef<[u8]>>(leaves: &[L], index: usize) -> Option<Vec<Hash>> {
    if index >= leaves.len() {
        return None;
    }
    let mut level: Vec<Hash> = leaves.iter().map(|leaf| list_leaf(leaf.as_ref())).collect();
    let mut at = index;
    let mut path = Vec::new();
    while level.len() > 1 {
        if let Some(sibling) = level.get(at ^ 1) {
            path.push(*sibling);
        }
        level = level
            .chunks(2)
            .map(|pair| match pair {
                [left, right] => list_node(left, right),
                [single] => *single,
                _ => Hash::EMPTY_LIST,
            })
            .collect();
        at /= 2;
    }
    Some(path)
}

/// The root that `leaf` at `index` of `count` leaves leads to by `path`, or `None` if the path has the wrong length
/// or the index is not below the count.
#[must_use]
pub fn list_root_from_path(leaf: &[u8], index: u64, count: u64, path: &[Hash]) -> Option<Hash> {
    if index >= count {
        return None;
    }
    let (mut at, mut last) = (index, count - 1);
    let mut hash = list_leaf(leaf);
    let mut siblings = path.iter();
    while last > 0 {
        if at % 2 == 1 {
            hash = list_node(siblings.next()?, &hash);
        } else if at < last {
            hash = list_node(&hash, siblings.next()?);
        }
        at /= 2;
        last /= 2;
    }
    if siblings.next().is_some() { None } else { Some(hash) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The definition, word for word.
    fn list_by_definition(leaves: &[Vec<u8>]) -> Hash {
        match leaves {
            [] => sha256(b""),
            [one] => list_leaf(one),
            many => {
                let mut split = 1;
                while split * 2 < many.len() {
                    split *= 2;
                }
                list_node(&list_by_definition(&many[..split]), &list_by_definition(&many[split..]))
            }
        }
    }

    #[test]
    fn lists_and_paths_follow_rfc_6962() {
        for count in 0..70usize {
            let leaves: Vec<Vec<u8>> = (0u8..).take(count).map(|i| vec![i; usize::from(i % 5)]).collect();
            let root = list_root(&leaves);
            assert_eq!(root, list_by_definition(&leaves), "{count} leaves");
            for index in 0..count {
                let path = list_path(&leaves, index).unwrap();
                let from_path = |index: usize, count: usize, path: &[Hash]| {
                    list_root_from_path(&leaves[index.min(leaves.len() - 1)], index as u64, count as u64, path)
                };
                assert_eq!(from_path(index, count, &path), Some(root));
                let mut long = path.clone();
                long.push(Hash::ZERO);
                assert_eq!(from_path(index, count, &long), None, "a longer path is refused");
                if let Some((_, short)) = path.split_last() {
                    assert_eq!(from_path(index, count, short), None, "a shorter path is refused");
                }
            }
            assert_eq!(list_path(&leaves, count), None);
        }
    }

    #[test]
    fn the_worked_list_is_reproduced() {
        let root = list_root(&["a", "b", "c"]);
        assert_eq!(root.to_hex(), "36642e73c2540ab121e3a6bf9545b0a24982cd830eb13d3cd19de3ce6c021ec1");
        assert_eq!(list_root::<&str>(&[]), sha256(b""));
    }

    #[test]
    fn a_hash_reads_what_it_prints() {
        let hash = sha256(b"x");
        assert_eq!(hash.to_string().parse::<Hash>().unwrap(), hash);
        assert_eq!(hash.to_hex().parse::<Hash>().unwrap(), hash);
        assert!("0x12".parse::<Hash>().is_err());
    }
}
