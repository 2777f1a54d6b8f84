//! What the tables hold: the structs that go into rows, the keys that order them.

use move_core_types::AccountAddress;
use serde::{Deserialize, Serialize};
use types::{BlockMetadata, Event, Hash, Receipt, SignedHeader, WriteSet};

use crate::log::{LogOffset, LogTail};

/// What a version of the ledger is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum LedgerEntry {
    /// Version 0; its bytes are the genesis file.
    Genesis,
    /// The first transaction of each later block.
    Metadata(BlockMetadata),
    /// A signed transaction.
    User {
        /// As it was signed.
        #[serde(with = "types::bytes")]
        bytes: Vec<u8>,
        /// Who sent it.
        sender: AccountAddress,
        /// Its place among the sender's; `None` if it is not numbered.
        sequence_number: Option<u64>,
        /// Whether it came through the forced namespace.
        forced: bool,
    },
}

/// A transaction with its outcome, as the executor hands it over and as it is read back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExecutedTransaction {
    /// Place in the ledger.
    pub version: u64,
    /// By which clients know it.
    pub hash: Hash,
    /// What was executed.
    pub entry: LedgerEntry,
    /// What it came to.
    pub receipt: Receipt,
    /// What it changed.
    pub write_set: WriteSet,
    /// What it announced, in order of emission.
    pub events: Vec<Event>,
    /// What is told to people beside the receipt: texts, code offsets. Opaque here.
    #[serde(with = "types::bytes")]
    pub detail: Vec<u8>,
}

/// What is known about a batch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchRecord {
    /// From 1, without gaps.
    pub number: u64,
    /// Height of its first block.
    pub first_height: u64,
    /// Height of its last block.
    pub last_height: u64,
    /// As the next batch will name it.
    pub hash: Hash,
    /// Number of blobs.
    pub parts: u16,
    /// The DA height at which it was, or will be, tried first. For batches read from DA, that of the first part.
    pub tried_from: u64,
    /// DA height of its inclusion, once known.
    pub included: Option<u64>,
    /// Whether it was read back from a verified DA header.
    pub finalized: bool,
}

/// How far the database has come; written together with the blocks that it speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Tip {
    pub(crate) height: u64,
    /// Behind the last log record of this block.
    pub(crate) log_from: u64,
    /// Up to where the log had been synced.
    pub(crate) log_synced: u64,
}

impl Tip {
    pub(crate) fn log_tail(self) -> LogTail {
        LogTail { from: LogOffset(self.log_from), synced: LogOffset(self.log_synced) }
    }
}

/// What pruning has taken away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Pruned {
    /// The oldest height whose values are kept.
    pub(crate) values_from: u64,
    /// The oldest height whose block is kept.
    pub(crate) blocks_from: u64,
}

/// A row that does not decode: the database was changed by somebody else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a row of table {0} is damaged")]
pub struct Damaged(pub &'static str);

pub(crate) fn encode<T: Serialize>(value: &T) -> Vec<u8> {
    types::codec::encode(value)
}

pub(crate) fn decode<'a, T: Deserialize<'a>>(table: &'static str, bytes: &'a [u8]) -> Result<T, Damaged> {
    bcs::from_bytes(bytes).map_err(|_| Damaged(table))
}

pub(crate) fn number(table: &'static str, bytes: &[u8]) -> Result<u64, Damaged> {
    bytes.try_into().map(u64::from_be_bytes).map_err(|_| Damaged(table))
}

/// A state row's key: numbers big-endian behind the state key, so that a key's versions stand in order.
pub(crate) fn state_key(key: &[u8], version: u64) -> Vec<u8> {
    [key, &version.to_be_bytes()].concat()
}

/// A state row's key taken apart: state key, version.
pub(crate) fn split_state_key(row: &[u8]) -> Result<(&[u8], u64), Damaged> {
    let (key, version) = row.split_last_chunk::<8>().ok_or(Damaged("state"))?;
    Ok((key, u64::from_be_bytes(*version)))
}

pub(crate) fn state_value(value: Option<&[u8]>) -> Vec<u8> {
    value.map_or_else(|| vec![0], |value| [&[1], value].concat())
}

pub(crate) fn split_state_value(row: &[u8]) -> Result<Option<&[u8]>, Damaged> {
    match row.split_first() {
        Some((0, [])) => Ok(None),
        Some((1, value)) => Ok(Some(value)),
        _ => Err(Damaged("state")),
    }
}

pub(crate) fn account_key(account: &AccountAddress, sequence_number: u64) -> Vec<u8> {
    [account.as_ref(), &sequence_number.to_be_bytes()].concat()
}

pub(crate) fn stream_key(account: &AccountAddress, creation_number: u64, sequence_number: u64) -> Vec<u8> {
    [account.as_ref(), &creation_number.to_be_bytes(), &sequence_number.to_be_bytes()].concat()
}

pub(crate) fn stream_value(version: u64, index: u32) -> Vec<u8> {
    [version.to_be_bytes().as_slice(), &index.to_be_bytes()].concat()
}

pub(crate) fn split_stream_value(row: &[u8]) -> Result<(u64, u32), Damaged> {
    let (version, index) = row.split_first_chunk::<8>().ok_or(Damaged("streams"))?;
    let index = index.try_into().map_err(|_| Damaged("streams"))?;
    Ok((u64::from_be_bytes(*version), u32::from_be_bytes(index)))
}

pub(crate) fn event_type_key(event_type: &Hash, version: u64) -> Vec<u8> {
    [event_type.as_ref(), &version.to_be_bytes()].concat()
}

/// The version behind a fixed prefix.
pub(crate) fn version_of(table: &'static str, row: &[u8]) -> Result<u64, Damaged> {
    row.last_chunk::<8>().map(|bytes| u64::from_be_bytes(*bytes)).ok_or(Damaged(table))
}

/// Adds a row key to a row of the superseded table.
pub(crate) fn push_row(superseded: &mut Vec<u8>, row: &[u8]) {
    // Keys have a few kilobytes at most.
    superseded.extend(u32::try_from(row.len()).unwrap_or(u32::MAX).to_be_bytes());
    superseded.extend(row);
}

/// The row keys in a row of the superseded table.
pub(crate) fn split_rows(mut superseded: &[u8]) -> Result<Vec<&[u8]>, Damaged> {
    let mut rows = Vec::new();
    while let Some((length, rest)) = superseded.split_first_chunk::<4>() {
        let length = usize::try_from(u32::from_be_bytes(*length)).map_err(|_| Damaged("superseded"))?;
        let (row, rest) = rest.split_at_checked(length).ok_or(Damaged("superseded"))?;
        rows.push(row);
        superseded = rest;
    }
    if superseded.is_empty() { Ok(rows) } else { Err(Damaged("superseded")) }
}

/// What a transaction of usual size takes in a row.
const TRANSACTION_BYTES_USUAL: usize = 2_048;

/// A row of the transactions table.
pub(crate) fn transactions_row<'a>(transactions: impl ExactSizeIterator<Item = &'a ExecutedTransaction>) -> Vec<u8> {
    // Rows hold some dozens of transactions of some megabytes at most.
    let word = |n: usize| u32::try_from(n).unwrap_or(u32::MAX).to_be_bytes();
    let bodies = 4 + 4 * transactions.len();
    let mut row = Vec::with_capacity(bodies + transactions.len() * TRANSACTION_BYTES_USUAL);
    row.extend(word(transactions.len()));
    row.resize(bodies, 0);
    for (place, transaction) in (4..bodies).step_by(4).zip(transactions) {
        types::codec::encode_into(&mut row, transaction);
        let end = word(row.len() - bodies);
        if let Some(place) = row.get_mut(place..place + 4) {
            place.copy_from_slice(&end);
        }
    }
    row
}

/// The bodies in a row of the transactions table.
pub(crate) fn split_transactions_row(row: &[u8]) -> Result<Vec<&[u8]>, Damaged> {
    let damaged = Damaged("transactions");
    let word = |at: usize| -> Option<usize> {
        let bytes = row.get(at * 4..at * 4 + 4)?.try_into().ok()?;
        usize::try_from(u32::from_be_bytes(bytes)).ok()
    };
    let count = word(0).filter(|count| count.saturating_mul(4) < row.len()).ok_or(damaged)?;
    let rest = row.get(4 + count * 4..).ok_or(damaged)?;
    let (mut bodies, mut start) = (Vec::with_capacity(count), 0);
    for i in 1..=count {
        let end = word(i).ok_or(damaged)?;
        bodies.push(rest.get(start..end).ok_or(damaged)?);
        start = end;
    }
    if start == rest.len() { Ok(bodies) } else { Err(damaged) }
}

/// The versions in a row of the event types table whose block begins at `first`.
pub(crate) fn split_offsets(row: &[u8], first: u64) -> Result<Vec<u64>, Damaged> {
    let (offsets, rest) = row.as_chunks::<4>();
    let version = |offset: &[u8; 4]| first.checked_add(u64::from(u32::from_be_bytes(*offset)));
    let versions: Option<Vec<u64>> = offsets.iter().map(version).collect();
    versions.filter(|_| rest.is_empty()).ok_or(Damaged("event_types"))
}

pub(crate) fn part_key(batch: u64, part: u16) -> Vec<u8> {
    [batch.to_be_bytes().as_slice(), &part.to_be_bytes()].concat()
}

pub(crate) fn forced_key(da_height: u64, index: u32) -> Vec<u8> {
    [da_height.to_be_bytes().as_slice(), &index.to_be_bytes()].concat()
}

pub(crate) fn decode_block(row: &[u8]) -> Result<SignedHeader, Damaged> {
    decode("blocks", row)
}
