//! What convinces others that the sequencer broke a rule.

use serde::{Deserialize, Serialize};

use crate::batch::{BatchLimits, BatchPart};
use crate::block::{Header, SignedHeader};
use crate::codec::{DecodeError, decode, encode};
use crate::crypto::{PublicKey, Signature};
use crate::hash::Hash;

/// The evidence format that this version writes and reads.
pub const EVIDENCE_FORMAT: u16 = 1;

/// `evidence/<height>-<kind>.bcs`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// 1.
    pub format: u16,
    /// Which chain.
    pub genesis_hash: Hash,
    /// What happened.
    pub kind: EvidenceKind,
}

/// What the sequencer did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum EvidenceKind {
    /// Signed two headers of one height.
    TwoHeaders {
        /// One.
        a: SignedHeader,
        /// Another.
        b: SignedHeader,
    },
    /// Signed two batches of one number.
    TwoBatches {
        /// First part of one.
        #[serde(with = "crate::bytes")]
        a: Vec<u8>,
        /// First part of another.
        #[serde(with = "crate::bytes")]
        b: Vec<u8>,
    },
    /// Published a block that breaks a rule; convinces whoever executes.
    InvalidBlock {
        /// Number of the batch.
        batch: u64,
        /// Its inclusion height.
        da_height: u64,
        /// The block's header.
        header: Header,
        /// The sequencer's.
        signature: Signature,
        /// Number of the rule, as `T2`.
        rule: String,
        /// What the rule speaks of.
        field: String,
        /// What it should be.
        #[serde(with = "crate::bytes")]
        expected: Vec<u8>,
        /// What it is.
        #[serde(with = "crate::bytes")]
        found: Vec<u8>,
    },
}

impl Evidence {
    /// Its bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        encode(self)
    }

    /// Reads a file.
    ///
    /// # Errors
    /// Not canonical, or another format.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let evidence: Evidence = decode(bytes)?;
        match evidence.format {
            EVIDENCE_FORMAT => Ok(evidence),
            found => Err(DecodeError::Format { what: "evidence", found }),
        }
    }

    /// The last part of its file name.
    #[must_use]
    pub fn kind_name(&self) -> &'static str {
        match self.kind {
            EvidenceKind::TwoHeaders { .. } => "two-headers",
            EvidenceKind::TwoBatches { .. } => "two-batches",
            EvidenceKind::InvalidBlock { .. } => "invalid-block",
        }
    }

    /// Whether it convinces anyone who knows that `key` was in force there, without executing anything.
    ///
    /// An invalid block convinces only whoever executes; here its signature is checked.
    #[must_use]
    pub fn convinces(&self, key: &PublicKey, limits: &BatchLimits) -> bool {
        let ours = |header: &Header| header.genesis_hash == self.genesis_hash;
        match &self.kind {
            EvidenceKind::TwoHeaders { a, b } => {
                let signed =
                    |header: &SignedHeader| ours(&header.header) && header.header.signed_by(key, &header.signature);
                a.header.height == b.header.height && a.header.hash() != b.header.hash() && signed(a) && signed(b)
            }
            EvidenceKind::TwoBatches { a, b } => {
                let parse =
                    |blob| BatchPart::parse(blob, &self.genesis_hash, limits).ok().filter(|part| part.signed_by(key));
                let (Some(a), Some(b)) = (parse(a), parse(b)) else { return false };
                let identity = |part: &BatchPart| (part.header.previous, part.header.codec, part.header.raw_bytes);
                // First parts of equal length must hold equal bytes, however the rest was cut.
                let common = a.slice.len().min(b.slice.len());
                let other_payload = a.part == 0 && b.part == 0 && a.slice.get(..common) != b.slice.get(..common);
                a.header.number == b.header.number && (identity(&a) != identity(&b) || other_payload)
            }
            EvidenceKind::InvalidBlock { header, signature, .. } => ours(header) && header.signed_by(key, signature),
        }
    }
}
