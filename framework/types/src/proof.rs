//! Proofs that leave the node: of a value at a block's end, and of a transaction in a block.
//!
//! A check here shows what the file itself can show: that value or transaction lie under the header, and that a given
//! key signed the header. Whether the header was read from DA is for the verifier to establish; the hint in the file is
//! never evidence.

use jellyfish_merkle::Sha256;
use serde::{Deserialize, Serialize};

use crate::block::{Header, KIND_USER, transaction_hash};
use crate::codec::{DecodeError, decode, encode};
use crate::crypto::{PublicKey, Signature};
use crate::hash::{Hash, list_root_from_path};
use crate::receipt::Receipt;
use crate::state::StateKey;

pub use jellyfish_merkle::{ProofError as StateProofError, ProofLeaf, StateProof};

/// The proof format that this version writes and reads.
pub const PROOF_FORMAT: u16 = 1;
/// A path in a list of at most 2^32 transactions.
pub const LIST_PATH_MAX: usize = 32;

/// Where to look on DA; never evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DaHint {
    /// Number of the batch.
    pub batch: u64,
    /// Its inclusion height.
    pub da_height: u64,
}

/// A state key with its value, or absence, at the end of a block.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProofFile {
    /// 1.
    pub format: u16,
    /// Which chain.
    pub genesis_hash: Hash,
    /// BCS of the state key.
    #[serde(with = "crate::bytes")]
    pub key: Vec<u8>,
    /// The value, if there is one.
    #[serde(with = "crate::bytes::option")]
    pub value: Option<Vec<u8>>,
    /// From the key's path to `state_root`.
    pub proof: StateProof,
    /// The block.
    pub header: Header,
    /// The sequencer's.
    pub signature: Signature,
    /// Where the block's batch lies.
    pub da: Option<DaHint>,
}

/// An event among those of a receipt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventProof {
    /// BCS of the event.
    #[serde(with = "crate::bytes")]
    pub bytes: Vec<u8>,
    /// Place among the events.
    pub index: u32,
    /// Number of events.
    pub count: u32,
    /// From leaf to `event_root`.
    pub path: Vec<Hash>,
}

/// A user transaction with its receipt in a block.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransactionProof {
    /// 1.
    pub format: u16,
    /// Which chain.
    pub genesis_hash: Hash,
    /// The signed transaction.
    #[serde(with = "crate::bytes")]
    pub transaction: Vec<u8>,
    /// What it came to.
    pub receipt: Receipt,
    /// Place in the block, the metadata transaction being 0.
    pub index: u32,
    /// From leaf to `transaction_root`.
    pub transaction_path: Vec<Hash>,
    /// From leaf to `receipt_root`.
    pub receipt_path: Vec<Hash>,
    /// One of its events.
    pub event: Option<EventProof>,
    /// The block.
    pub header: Header,
    /// The sequencer's.
    pub signature: Signature,
    /// Where the block's batch lies.
    pub da: Option<DaHint>,
}

/// Why a proof file does not prove what it claims.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProofFault {
    /// Not readable.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// The header, or the file, belongs to another chain than the one at hand.
    #[error("proof is of chain {found}, expected {expected}")]
    Chain {
        /// In the file.
        found: Hash,
        /// At hand.
        expected: Hash,
    },
    /// The state proof fails.
    #[error(transparent)]
    State(#[from] StateProofError),
    /// Header 0 is signed by nobody; later ones must be by the key in force.
    #[error("the header is not signed by key {0:?}")]
    Signature(PublicKey),
    /// The receipt speaks of another transaction.
    #[error("receipt is of transaction {found}, expected {expected}")]
    Receipt {
        /// In the receipt.
        found: Hash,
        /// Hash of the transaction in the file.
        expected: Hash,
    },
    /// A list path leads elsewhere.
    #[error("{list} path does not lead to the header's root")]
    List {
        /// Which list.
        list: &'static str,
    },
}

impl ProofFile {
    /// Its bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        encode(self)
    }

    /// Reads a file; checks nothing but the format.
    ///
    /// # Errors
    /// Not canonical, or another format.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let proof: ProofFile = decode(bytes)?;
        known_format("proof file", proof.format, proof.header.format)?;
        Ok(proof)
    }

    /// Step 1: the value, or its absence, is under the header's state root.
    ///
    /// # Errors
    /// The first thing that does not hold.
    pub fn check(&self, genesis_hash: &Hash) -> Result<(), ProofFault> {
        same_chain(genesis_hash, &self.genesis_hash, &self.header)?;
        let key = StateKey::from_bytes(&self.key)?;
        Ok(jellyfish_merkle::check::<Sha256>(
            &self.header.state_root.0,
            &key.path().0,
            self.value.as_deref(),
            &self.proof,
        )?)
    }

    /// Step 2: `key` signed the header. Header 0 follows from the genesis file and is not signed.
    ///
    /// # Errors
    /// It did not.
    pub fn check_signature(&self, key: &PublicKey) -> Result<(), ProofFault> {
        signed(&self.header, key, &self.signature)
    }
}

impl TransactionProof {
    /// Its bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        encode(self)
    }

    /// Reads a file; checks nothing but the format.
    ///
    /// # Errors
    /// Not canonical, or another format.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let proof: TransactionProof = decode(bytes)?;
        known_format("transaction proof", proof.format, proof.header.format)?;
        Ok(proof)
    }

    /// Step 1: transaction, receipt and event are under the header's roots.
    ///
    /// # Errors
    /// The first thing that does not hold.
    pub fn check(&self, genesis_hash: &Hash) -> Result<(), ProofFault> {
        same_chain(genesis_hash, &self.genesis_hash, &self.header)?;
        let expected = transaction_hash(KIND_USER, &self.transaction);
        if self.receipt.transaction_hash != expected {
            return Err(ProofFault::Receipt { found: self.receipt.transaction_hash, expected });
        }
        let (index, count) = (u64::from(self.index), u64::from(self.header.count));
        let lists = [
            ("transaction", expected, &self.transaction_path, self.header.transaction_root),
            ("receipt", self.receipt.hash(), &self.receipt_path, self.header.receipt_root),
        ];
        for (list, leaf, path, root) in lists {
            if list_root_from_path(&leaf.0, index, count, path) != Some(root) {
                return Err(ProofFault::List { list });
            }
        }
        if let Some(event) = &self.event {
            let root = list_root_from_path(&event.bytes, event.index.into(), event.count.into(), &event.path);
            if root != Some(self.receipt.event_root) {
                return Err(ProofFault::List { list: "event" });
            }
        }
        Ok(())
    }

    /// Step 2: `key` signed the header.
    ///
    /// # Errors
    /// It did not.
    pub fn check_signature(&self, key: &PublicKey) -> Result<(), ProofFault> {
        signed(&self.header, key, &self.signature)
    }
}

fn known_format(what: &'static str, format: u16, header_format: u16) -> Result<(), DecodeError> {
    match (format, header_format) {
        (PROOF_FORMAT, crate::block::HEADER_FORMAT) => Ok(()),
        (PROOF_FORMAT, found) => Err(DecodeError::Format { what: "header", found }),
        (found, _) => Err(DecodeError::Format { what, found }),
    }
}

fn same_chain(expected: &Hash, in_file: &Hash, header: &Header) -> Result<(), ProofFault> {
    match [in_file, &header.genesis_hash].into_iter().find(|found| *found != expected) {
        Some(found) => Err(ProofFault::Chain { found: *found, expected: *expected }),
        None => Ok(()),
    }
}

fn signed(header: &Header, key: &PublicKey, signature: &Signature) -> Result<(), ProofFault> {
    let is_key_of_header = header.sequencer == key.authentication_key();
    if is_key_of_header && header.signed_by(key, signature) { Ok(()) } else { Err(ProofFault::Signature(*key)) }
}
