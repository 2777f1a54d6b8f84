//! Block headers and what opens a block.
//!
//! ```text
//! format u16 · genesis_hash 32 · height u64 · parent 32 · time_us u64 · first_version u64 · count u32 · da_read u64 ·
//! transaction_root 32 · receipt_root 32 · state_root 32 · gas_used u64 · fees u64 · sequencer 32     = 246 bytes
//! ```

use move_core_types::AccountAddress;
use serde::{Deserialize, Serialize};

use crate::codec::{DecodeError, decode, encode};
use crate::crypto::{PublicKey, Signature, SigningKey};
use crate::hash::{Hash, sha3, tag, tagged};

/// Size of an encoded header.
pub const HEADER_BYTES: usize = 246;
/// The header format that this version writes and reads.
pub const HEADER_FORMAT: u16 = 1;

/// The header of a block.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// 1.
    pub format: u16,
    /// Which chain.
    pub genesis_hash: Hash,
    /// Blocks before this one.
    pub height: u64,
    /// Header hash of the block before; zeros at height 0.
    pub parent: Hash,
    /// Unix microseconds, one per block.
    pub time_us: u64,
    /// Version of the metadata transaction.
    pub first_version: u64,
    /// Transactions, the metadata transaction included.
    pub count: u32,
    /// DA heights up to here have been read for forced transactions.
    pub da_read: u64,
    /// List of transaction hashes.
    pub transaction_root: Hash,
    /// List of receipt hashes.
    pub receipt_root: Hash,
    /// State after this block.
    pub state_root: Hash,
    /// Sum over receipts.
    pub gas_used: u64,
    /// Sum over receipts.
    pub fees: u64,
    /// Authentication key (scheme 0) of the signing key.
    pub sequencer: AccountAddress,
}

impl Header {
    /// `TENOR::Header` over its BCS; REST's `block_hash`.
    #[must_use]
    pub fn hash(&self) -> Hash {
        tagged(tag::HEADER, &[&encode(self)])
    }

    /// Its 246 bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        encode(self)
    }

    /// The header in these bytes.
    ///
    /// # Errors
    /// Not 246 bytes, or a format other than 1.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let header: Header = decode(bytes)?;
        if header.format != HEADER_FORMAT {
            return Err(DecodeError::Format { what: "header", found: header.format });
        }
        Ok(header)
    }

    /// Version of its last transaction.
    #[must_use]
    pub fn last_version(&self) -> u64 {
        self.first_version.saturating_add(u64::from(self.count)).saturating_sub(1)
    }

    /// Version of the next block's metadata transaction.
    #[must_use]
    pub fn next_version(&self) -> u64 {
        self.first_version.saturating_add(u64::from(self.count))
    }

    /// The sequencer's signature over the header hash.
    #[must_use]
    pub fn sign(&self, key: &SigningKey) -> Signature {
        key.sign(&self.hash().0)
    }

    /// Whether `signature` is that of `key` over the header hash.
    #[must_use]
    pub fn signed_by(&self, key: &PublicKey, signature: &Signature) -> bool {
        key.verifies(&self.hash().0, signature)
    }
}

/// A header with the signature over its hash. Header 0 carries zeros: nobody signs it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedHeader {
    /// The header.
    pub header: Header,
    /// ed25519 over the 32-byte header hash.
    pub signature: Signature,
}

/// What the metadata transaction of a block says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlockMetadata {
    /// [`block_id`] of this block.
    pub block_id: Hash,
    /// Its height.
    pub height: u64,
    /// Its time.
    pub time_us: u64,
    /// DA heights read.
    pub da_read: u64,
    /// As `Header::sequencer`.
    pub proposer: AccountAddress,
    /// Fees of the block before, credited by this transaction.
    pub parent_fees: u64,
}

impl BlockMetadata {
    /// The hash of the metadata transaction.
    #[must_use]
    pub fn transaction_hash(&self) -> Hash {
        transaction_hash(KIND_METADATA, &encode(self))
    }
}

/// The id by which Move code knows a block before it has a header. That of block 0 is the genesis hash.
#[must_use]
pub fn block_id(previous: &Hash, height: u64, time_us: u64, da_read: u64) -> Hash {
    tagged(tag::BLOCK_ID, &[&encode(&(previous, height, time_us, da_read))])
}

/// A user's transaction: the kind byte of its hash.
pub const KIND_USER: u8 = 0x00;
/// The genesis transaction.
pub const KIND_GENESIS: u8 = 0x80;
/// A block metadata transaction.
pub const KIND_METADATA: u8 = 0x81;

/// `SHA3-256("APTOS::Transaction")`.
pub(crate) const TRANSACTION_SEED: [u8; 32] = [
    0xfa, 0x21, 0x0a, 0x94, 0x17, 0xef, 0x3e, 0x7f, 0xa4, 0x5b, 0xfa, 0x1d, 0x17, 0xa8, 0xdb, 0xd4, 0xd8, 0x83, 0x71,
    0x19, 0x10, 0xa5, 0x50, 0xd2, 0x65, 0xfe, 0xe1, 0x89, 0xe9, 0x26, 0x6d, 0xd4,
];

/// `SHA3-256(SHA3-256("APTOS::Transaction") ‖ kind ‖ body)`.
#[must_use]
pub fn transaction_hash(kind: u8, body: &[u8]) -> Hash {
    sha3(&[&TRANSACTION_SEED, &[kind], body])
}

/// The hash of version 0.
#[must_use]
pub fn genesis_transaction_hash(genesis_hash: &Hash) -> Hash {
    transaction_hash(KIND_GENESIS, &genesis_hash.0)
}
