//! Proofs that a path holds a value, or nothing, and the check that anyone can repeat.

use serde::{Deserialize, Serialize};

use crate::hash::{Hash, TreeHash};

/// No path has more bits, so no proof has more siblings.
pub const SIBLINGS_MAX: usize = 256;

/// The leaf at which the walk along a path ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProofLeaf {
    /// Where the leaf belongs.
    pub path: Hash,
    /// What it holds.
    pub value_hash: Hash,
}

/// What the tree holds at a path: a leaf or nothing, and the hashes that lead from there to the root.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StateProof {
    /// The leaf found on the way, the path's own or another one; `None` if the way ended in an empty place.
    pub leaf: Option<ProofLeaf>,
    /// From the leaf's level up to the root's.
    pub siblings: Vec<Hash>,
}

/// Why a proof does not prove what it claims.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// Refused before any hashing: no path is longer than its key.
    #[error("proof has {0} siblings, a path has at most 256")]
    TooDeep(usize),
    /// A value was claimed and the proof ends in an empty place or at another leaf.
    #[error("proof of a value shows no leaf of its path")]
    LeafMissing,
    /// The path's leaf holds another value: found value hash, expected value hash.
    #[error("proof shows value hash {}, expected {}", Hex(.0), Hex(.1))]
    ValueMismatch(Hash, Hash),
    /// Absence was claimed, but the leaf is the path's own.
    #[error("proof of absence shows the leaf of the path itself")]
    LeafPresent,
    /// Absence was claimed with a leaf that does not lie on the way: bits that agree, siblings.
    #[error("proof of absence shows a leaf that shares {0} bits with the path, its place needs {1}")]
    LeafElsewhere(usize, usize),
    /// Well formed but leads elsewhere: computed root, trusted root.
    #[error("proof leads to root {}, expected {}", Hex(.0), Hex(.1))]
    RootMismatch(Hash, Hash),
}

struct Hex<'a>(&'a Hash);

impl core::fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Checks that `path` holds `value`, or nothing, in the tree whose root is `root`.
///
/// * `path`: hash of the canonical state key; bit 0 is the most significant of byte 0.
/// * `value`: the value's bytes; `None` asks for proof of absence.
///
/// One hash per sibling and two for leaf and value; allocates nothing. Source: Gao, Hu, Wu, "Jellyfish Merkle Tree" (2021).
///
/// # Errors
/// [`ProofError::TooDeep`] before any hashing; then whatever is wrong with the leaf; last
/// [`ProofError::RootMismatch`].
pub fn check<H: TreeHash>(
    root: &Hash,
    path: &Hash,
    value: Option<&[u8]>,
    proof: &StateProof,
) -> Result<(), ProofError> {
    let depth = proof.siblings.len();
    if depth > SIBLINGS_MAX {
        return Err(ProofError::TooDeep(depth));
    }
    match (value, &proof.leaf) {
        (Some(value), Some(leaf)) if leaf.path == *path => {
            let expected = H::value(value);
            if leaf.value_hash != expected {
                return Err(ProofError::ValueMismatch(leaf.value_hash, expected));
            }
        }
        (Some(_), _) => return Err(ProofError::LeafMissing),
        (None, None) => {}
        (None, Some(leaf)) if leaf.path == *path => return Err(ProofError::LeafPresent),
        (None, Some(leaf)) => {
            let shared = shared_bits(&leaf.path, path);
            if shared < depth {
                return Err(ProofError::LeafElsewhere(shared, depth));
            }
        }
    }
    let mut hash = proof.leaf.as_ref().map_or(H::EMPTY, |leaf| H::leaf(&line(&leaf.path, &leaf.value_hash)));
    for (i, sibling) in proof.siblings.iter().enumerate() {
        hash = match bit(path, depth - 1 - i) {
            0 => H::inner(&line(&hash, sibling)),
            _ => H::inner(&line(sibling, &hash)),
        };
    }
    if hash == *root { Ok(()) } else { Err(ProofError::RootMismatch(hash, *root)) }
}

/// Bit `i` of a path, 0 or 1; bit 0 is the most significant of byte 0.
pub(crate) fn bit(path: &Hash, i: usize) -> usize {
    usize::from((path[i / 8] >> (7 - i % 8)) & 1)
}

/// Two hashes side by side, as nodes store and hash them.
pub(crate) fn line(left: &Hash, right: &Hash) -> [u8; 64] {
    let mut line = [0; 64];
    line[..32].copy_from_slice(left);
    line[32..].copy_from_slice(right);
    line
}

/// The left (0) or right (1) of two hashes side by side.
pub(crate) fn half(line: &[u8; 64], side: usize) -> &Hash {
    let (left, right) = line.split_at(32);
    // Both halves have 32 bytes, so that the fallback is never taken.
    (if side == 0 { left } else { right }).try_into().unwrap_or(&[0; 32])
}

/// How many leading bits two paths have in common.
fn shared_bits(a: &Hash, b: &Hash) -> usize {
    match a.iter().zip(b).position(|(x, y)| x != y) {
        Some(i) => i * 8 + (a[i] ^ b[i]).leading_zeros() as usize,
        None => 256,
    }
}
