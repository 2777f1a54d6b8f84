//! Fuzz targets: one function per decoder of hostile input, from bytes to whether they were accepted.
//!
//! Each holds what it accepts to the promise of its decoder: encoding it again gives the same bytes.

use crate::batch::{Batch, BatchLimits, BatchPart, Codec};
use crate::block::Header;
use crate::codec::encode;
use crate::evidence::Evidence;
use crate::genesis::Genesis;
use crate::hash::Hash;
use crate::log::LogRecord;
use crate::proof::{ProofFile, TransactionProof};
use crate::state::{StateKey, WriteSet};
use crate::transaction::{EntryFunction, SignedTransaction};

fn same(accepted: Option<Vec<u8>>, bytes: &[u8]) -> bool {
    let Some(again) = accepted else { return false };
    assert!(again == bytes, "a decoder accepted bytes that are not canonical");
    true
}

const LIMITS: BatchLimits = BatchLimits { raw_bytes_max: 1 << 20, parts_max: 256 };

/// A signed transaction. What decodes is verified too, alone and in a batch.
///
/// # Panics
/// The two verdicts differ: a bug.
#[must_use]
pub fn signed_transaction(bytes: &[u8]) -> bool {
    let decoded = SignedTransaction::from_bytes(bytes).ok();
    let single = decoded.as_ref().map(SignedTransaction::verify_signatures);
    let batch = decoded.as_ref().map(|transaction| crate::authenticator::verify_all(&[transaction]));
    assert!(single.into_iter().collect::<Vec<_>>() == batch.unwrap_or_default(), "single and batched verdicts differ");
    same(decoded.as_ref().map(SignedTransaction::to_bytes), bytes)
}

/// A view request.
#[must_use]
pub fn view_request(bytes: &[u8]) -> bool {
    same(EntryFunction::view_from_bytes(bytes).ok().map(|call| encode(&call)), bytes)
}

/// A state key.
#[must_use]
pub fn state_key(bytes: &[u8]) -> bool {
    same(StateKey::from_bytes(bytes).ok().map(|key| key.to_bytes()), bytes)
}

/// A write set.
#[must_use]
pub fn write_set(bytes: &[u8]) -> bool {
    same(crate::codec::decode::<WriteSet>(bytes).ok().map(|set| encode(&set)), bytes)
}

/// A header.
#[must_use]
pub fn header(bytes: &[u8]) -> bool {
    same(Header::from_bytes(bytes).ok().map(|header| header.to_bytes()), bytes)
}

/// A log record.
#[must_use]
pub fn log_record(bytes: &[u8]) -> bool {
    same(LogRecord::from_bytes(bytes).ok().map(|record| record.to_bytes()), bytes)
}

/// A genesis file.
#[must_use]
pub fn genesis(bytes: &[u8]) -> bool {
    same(Genesis::from_bytes(bytes).ok().map(|genesis| genesis.to_bytes()), bytes)
}

/// A state proof file.
#[must_use]
pub fn proof_file(bytes: &[u8]) -> bool {
    let decoded = ProofFile::from_bytes(bytes).ok();
    let _verdict = decoded.as_ref().map(|proof| proof.check(&Hash::ZERO));
    same(decoded.map(|proof| proof.to_bytes()), bytes)
}

/// A transaction proof file.
#[must_use]
pub fn transaction_proof(bytes: &[u8]) -> bool {
    let decoded = TransactionProof::from_bytes(bytes).ok();
    let _verdict = decoded.as_ref().map(|proof| proof.check(&Hash::ZERO));
    same(decoded.map(|proof| proof.to_bytes()), bytes)
}

/// An evidence file.
#[must_use]
pub fn evidence(bytes: &[u8]) -> bool {
    same(Evidence::from_bytes(bytes).ok().map(|evidence| evidence.to_bytes()), bytes)
}

/// A blob of the batch namespace, of the chain whose genesis hash is zeros.
#[must_use]
pub fn batch_part(bytes: &[u8]) -> bool {
    same(BatchPart::parse(bytes, &Hash::ZERO, &LIMITS).ok().map(|part| part.to_bytes()), bytes)
}

/// A compressed payload that claims the length in its first four bytes.
#[must_use]
pub fn batch_payload(bytes: &[u8]) -> bool {
    let Some((length, payload)) = bytes.split_first_chunk::<4>() else { return false };
    let raw_bytes = u32::from_le_bytes(*length) % (1 << 20);
    let of = |codec| Batch {
        genesis_hash: Hash::ZERO,
        number: 1,
        previous: Hash::ZERO,
        codec,
        raw_bytes,
        payload: payload.to_vec(),
    };
    of(Codec::Lz4).blocks().is_ok() || of(Codec::None).blocks().is_ok()
}

/// A name, and a function from bytes to whether they were accepted.
pub type Target = (&'static str, fn(&[u8]) -> bool);

/// Every target, by name.
pub const TARGETS: &[Target] = &[
    ("signed_transaction", signed_transaction),
    ("view_request", view_request),
    ("state_key", state_key),
    ("write_set", write_set),
    ("header", header),
    ("log_record", log_record),
    ("genesis", genesis),
    ("proof_file", proof_file),
    ("transaction_proof", transaction_proof),
    ("evidence", evidence),
    ("batch_part", batch_part),
    ("batch_payload", batch_payload),
];
