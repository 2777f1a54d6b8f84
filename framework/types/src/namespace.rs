//! Where on the data-availability layer this chain's blobs lie.

use sha2::{Digest as _, Sha256};

use crate::hash::Hash;

/// The ten free bytes of a version-0 namespace.
pub type NamespaceId = [u8; 10];

/// The two namespaces of a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Namespaces {
    /// Where the sequencer posts batches.
    pub batches: NamespaceId,
    /// Where anyone posts transactions that must be included.
    pub forced: NamespaceId,
}

impl Namespaces {
    /// Both, from the genesis hash.
    #[must_use]
    pub fn of(genesis_hash: &Hash) -> Self {
        Namespaces { batches: derive(genesis_hash, 0), forced: derive(genesis_hash, 1) }
    }
}

/// First ten bytes of `H("TENOR::Namespace" ‖ genesis hash ‖ role)`; counter bytes are appended while it is reserved.
fn derive(genesis_hash: &Hash, role: u8) -> NamespaceId {
    let mut id = [0; 10];
    let mut counters = Vec::new();
    loop {
        let digest = Sha256::new()
            .chain_update(b"TENOR::Namespace")
            .chain_update(genesis_hash.0)
            .chain_update([role])
            .chain_update(&counters)
            .finalize();
        id.copy_from_slice(&digest[..10]);
        if !is_reserved(&id) {
            return id;
        }
        counters.push(counters.last().map_or(1, |last: &u8| last.wrapping_add(1)));
    }
}

/// Version-0 namespaces up to `00…ff` (nine zero bytes and one more) belong to the layer itself.
fn is_reserved(id: &NamespaceId) -> bool {
    id[..9].iter().all(|byte| *byte == 0)
}

/// The 29 bytes of the namespace on Celestia: version 0, eighteen zeros, the id.
#[must_use]
pub fn full(id: &NamespaceId) -> [u8; 29] {
    let mut bytes = [0; 29];
    bytes[19..].copy_from_slice(id);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::{tag, tagged};

    #[test]
    fn the_worked_namespaces_are_reproduced() {
        let both = Namespaces::of(&tagged(tag::GENESIS, &[b"example"]));
        assert_eq!(hex::encode(both.batches), "2ce267fb243b65c00226");
        assert_eq!(hex::encode(both.forced), "89398f2b5b6e42960bd0");
    }
}
