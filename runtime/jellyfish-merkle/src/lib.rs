//! The authenticated state tree: a set of (path, value hash) pairs, its root, its proofs, its recent versions.
//!
//! A Jellyfish Merkle tree whose root is a function of the present set and not of its history: a deletion
//! leaves no trace. With [`Sha256`] roots and node encodings equal those of the `jmt` crate, so that proofs can
//! be checked by anyone who has SHA-256. A batch of updates is applied level by level over flat arrays; the
//! latest versions stay provable because a batch writes new nodes and frees old ones only when the last version
//! that uses them is pruned. Everything is in memory: whoever keeps the (path, value hash) pairs rebuilds the
//! tree in about a second per million. The tree knows no keys, no values and no Move.
//!
//! ```
//! use jellyfish_merkle::{Limits, Sha256, Tree, TreeHash, check};
//!
//! let (path, other) = (Sha256::value(b"key"), Sha256::value(b"another key"));
//! let mut tree = Tree::<Sha256>::new(Limits { versions_max: 1024, stale_nodes_max: 1 << 24 });
//! tree.commit(0, &[(path, Some(Sha256::value(b"value")))])?;
//! let root = tree.commit(1, &[(other, Some(Sha256::value(b"x"))), (path, None)])?;
//!
//! // The old version still proves the value, the new one its absence.
//! let proof = tree.prove(0, &path)?;
//! check::<Sha256>(&tree.root(0)?, &path, Some(b"value"), &proof)?;
//! check::<Sha256>(&root, &path, None, &tree.prove(1, &path)?)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod arena;
mod hash;
mod proof;
mod tree;
mod update;

pub use hash::{Hash, Sha256, TreeHash};
pub use proof::{ProofError, ProofLeaf, SIBLINGS_MAX, StateProof, check};
pub use tree::{CommitError, Limits, NotKept, Tree, Usage};
