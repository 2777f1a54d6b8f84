//! The hash as a parameter, and its first instance: SHA-256 with the node encoding of the `jmt` crate.

use sha2::Digest;

/// A path, a value hash, a node's hash.
pub type Hash = [u8; 32];

/// How leaves, inner nodes and values are hashed.
pub trait TreeHash: 'static {
    /// The hash of the empty subtree, at whatever depth.
    const EMPTY: Hash;

    /// The hash of a value's bytes.
    fn value(bytes: &[u8]) -> Hash;

    /// The hash of a leaf; `line` is path ‖ value hash.
    fn leaf(line: &[u8; 64]) -> Hash;

    /// The hash of an inner node; `line` is left hash ‖ right hash.
    fn inner(line: &[u8; 64]) -> Hash;
}

/// SHA-256 under the domain tags of the `jmt` crate.
///
/// ```text
/// leaf  = H("JMT::LeafNode"    ‖ path ‖ value hash)      13 + 32 + 32 bytes
/// inner = H("JMT::IntrnalNode" ‖ left ‖ right)           16 + 32 + 32 bytes (the tag lacks an e, on purpose)
/// empty = the 32 ASCII bytes SPARSE_MERKLE_PLACEHOLDER_HASH__
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sha256 {}

impl TreeHash for Sha256 {
    const EMPTY: Hash = *b"SPARSE_MERKLE_PLACEHOLDER_HASH__";

    fn value(bytes: &[u8]) -> Hash {
        sha2::Sha256::digest(bytes).into()
    }

    fn leaf(line: &[u8; 64]) -> Hash {
        tagged(b"JMT::LeafNode", line)
    }

    fn inner(line: &[u8; 64]) -> Hash {
        tagged(b"JMT::IntrnalNode", line)
    }
}

/// SHA-256 of `tag ‖ line`, padded by hand: always exactly two compressions and no buffering.
fn tagged<const N: usize>(tag: &[u8; N], line: &[u8; 64]) -> Hash {
    // Two blocks hold 128 bytes, of which padding takes at least nine.
    const { assert!(N + 64 + 9 <= 128 && N < 64) };
    let mut first = [0u8; 64];
    first[..N].copy_from_slice(tag);
    first[N..].copy_from_slice(&line[..64 - N]);
    let mut second = [0u8; 64];
    second[..N].copy_from_slice(&line[64 - N..]);
    second[N] = 0x80;
    second[56..].copy_from_slice(&((N as u64 + 64) * 8).to_be_bytes());
    let mut state =
        [0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19];
    sha2::compress256(&mut state, &[first.into(), second.into()]);
    let mut out = [0u8; 32];
    for (bytes, word) in out.chunks_exact_mut(4).zip(state) {
        bytes.copy_from_slice(&word.to_be_bytes());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_two_block_form_is_plain_sha_256_over_tag_and_line() {
        let line: [u8; 64] = core::array::from_fn(|i| u8::try_from(i).unwrap() ^ 0x5a);
        let plain = |tag: &[u8]| Sha256::value(&[tag, &line].concat());
        assert_eq!(Sha256::leaf(&line), plain(b"JMT::LeafNode"));
        assert_eq!(Sha256::inner(&line), plain(b"JMT::IntrnalNode"));
    }
}
