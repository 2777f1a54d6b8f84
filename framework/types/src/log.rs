//! What the sequencer writes down before it answers. Local to it, not consensus.

use serde::{Deserialize, Serialize};

use crate::codec::{DecodeError, decode, encode};
use crate::forced::ForcedBlob;
use crate::hash::Hash;

/// The body of a log record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum LogRecord {
    /// A block begins. Its metadata and forced transactions follow from this record and the parent.
    BlockOpened {
        /// Of the block.
        height: u64,
        /// Its time.
        time_us: u64,
        /// DA heights read with it.
        da_read: u64,
        /// All forced blobs that count in (parent.da_read, da_read], in order. Each carries its DA height, because
        /// forced gas is bounded by height.
        forced: Vec<ForcedBlob>,
    },
    /// One own transaction, already executed.
    Transaction {
        /// Its place in the ledger.
        version: u64,
        /// What executing it again must give.
        receipt_hash: Hash,
        /// The signed transaction.
        #[serde(with = "crate::bytes")]
        bytes: Vec<u8>,
    },
    /// The block is complete.
    BlockClosed {
        /// Of the block.
        height: u64,
        /// Transactions in it, the metadata transaction included.
        count: u32,
    },
}

impl LogRecord {
    /// The body's bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        encode(self)
    }

    /// The record with this body.
    ///
    /// # Errors
    /// Not canonical.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        decode(bytes)
    }
}
