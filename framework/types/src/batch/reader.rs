//! Parts into batches, whatever the order they arrive in.
//!
//! The first candidate complete in (DA height, index in the square) is batch n: a set of parts that agree in everything
//! but their number, each signed by the key in force, with the expected batch number and predecessor. Numbers ahead
//! wait; what they may cost in memory is bounded, and what is dropped for it is named, so that memory never decides what
//! the chain is.

use std::collections::BTreeMap;

use crate::batch::{Batch, BatchHeader, BatchLimits, BatchPart, PartError};
use crate::crypto::PublicKey;
use crate::hash::Hash;

/// Bounds of a reader.
#[derive(Debug, Clone, Copy)]
pub struct ReaderLimits {
    /// From the chain's parameters.
    pub batch: BatchLimits,
    /// Slices that wait, in bytes.
    pub parked_bytes_max: usize,
}

/// Why a blob changed nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum Skip {
    /// Not a part of ours.
    #[error("{0}")]
    Part(PartError),
    /// Not signed by the key in force.
    #[error("not signed by the sequencer")]
    Signature,
    /// The number was consumed.
    #[error("a batch that was read before")]
    Consumed,
    /// Correctly signed, but behind another predecessor: evidence of two histories.
    #[error("a batch behind another predecessor")]
    OtherPredecessor,
    /// Seen before.
    #[error("a part that was read before")]
    Duplicate,
}

/// What a blob did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pushed {
    /// Nothing.
    Skipped(Skip),
    /// It waits for others. `reread` names the least DA height that must be read again because memory ran out.
    Kept {
        /// See above.
        reread: Option<u64>,
    },
    /// It completed the expected batch.
    Complete(Candidate),
}

/// A complete batch and where it was completed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The batch, its payload still compressed.
    pub batch: Batch,
    /// DA height of the part that completed it.
    pub completed_at: u64,
    /// Its inclusion height: that, or the previous batch's if it is greater.
    pub inclusion_height: u64,
}

#[derive(Debug, Clone)]
struct Group {
    slices: BTreeMap<u16, (u64, Vec<u8>)>,
    /// (DA height, index) of the part that completed it.
    completed: Option<(u64, u64)>,
}

/// Reads the batch namespace, blob by blob.
#[derive(Debug, Clone)]
pub struct BatchReader {
    genesis_hash: Hash,
    limits: ReaderLimits,
    key: PublicKey,
    next_number: u64,
    previous: Hash,
    previous_inclusion: u64,
    /// Parts of batches that are not complete, by number first.
    groups: BTreeMap<(u64, BatchHeader), Group>,
    parked_bytes: usize,
    /// Parts at or below this height do not count: the key changed there.
    not_before: u64,
}

impl BatchReader {
    /// Behind batch `number` with `hash`, included at `inclusion_height`; 0 and zeros at the start.
    #[must_use]
    pub fn new(
        genesis_hash: Hash,
        limits: ReaderLimits,
        key: PublicKey,
        number: u64,
        hash: Hash,
        inclusion_height: u64,
    ) -> Self {
        BatchReader {
            genesis_hash,
            limits,
            key,
            next_number: number.saturating_add(1),
            previous: hash,
            previous_inclusion: inclusion_height,
            groups: BTreeMap::new(),
            parked_bytes: 0,
            not_before: 0,
        }
    }

    /// The number that is read next.
    #[must_use]
    pub fn next_number(&self) -> u64 {
        self.next_number
    }

    /// The greatest number of which a part waits: beyond `next_number` there is a gap.
    #[must_use]
    pub fn parked_up_to(&self) -> Option<u64> {
        self.groups.keys().next_back().map(|(number, _)| *number)
    }

    /// Bytes of the slices that wait.
    #[must_use]
    pub fn parked_bytes(&self) -> usize {
        self.parked_bytes
    }

    /// Takes the blob at `index` of the square at `da_height`. Heights and indices must rise.
    pub fn push(&mut self, da_height: u64, index: u64, blob: &[u8]) -> Pushed {
        let part = match BatchPart::parse(blob, &self.genesis_hash, &self.limits.batch) {
            Ok(part) => part,
            Err(error) => return Pushed::Skipped(Skip::Part(error)),
        };
        if !part.signed_by(&self.key) || da_height < self.not_before {
            return Pushed::Skipped(Skip::Signature);
        }
        if part.header.number < self.next_number {
            return Pushed::Skipped(Skip::Consumed);
        }
        if part.header.number == self.next_number && part.header.previous != self.previous {
            return Pushed::Skipped(Skip::OtherPredecessor);
        }
        let key = (part.header.number, part.header);
        let group = self.groups.entry(key).or_insert_with(|| Group { slices: BTreeMap::new(), completed: None });
        if group.slices.contains_key(&part.part) {
            return Pushed::Skipped(Skip::Duplicate);
        }
        self.parked_bytes += part.slice.len();
        group.slices.insert(part.part, (da_height, part.slice));
        if group.slices.len() == usize::from(part.header.parts) {
            group.completed = Some((da_height, index));
        }
        match self.ready() {
            Some(candidate) => Pushed::Complete(candidate),
            None => Pushed::Kept { reread: self.shed() },
        }
    }

    /// The expected batch, if all its parts are here.
    #[must_use]
    pub fn ready(&self) -> Option<Candidate> {
        let of_next =
            self.groups.range((self.next_number, least())..).take_while(|((number, _), _)| *number == self.next_number);
        let complete = of_next.filter(|((_, header), _)| header.previous == self.previous);
        let (at, header, group) = complete
            .filter_map(|((_, header), group)| Some((group.completed?, header, group)))
            .min_by_key(|(at, _, _)| *at)?;
        let payload: Vec<u8> = group.slices.values().flat_map(|(_, slice)| slice.iter().copied()).collect();
        let batch = Batch {
            genesis_hash: header.genesis_hash,
            number: header.number,
            previous: header.previous,
            codec: header.codec,
            raw_bytes: header.raw_bytes,
            payload,
        };
        Some(Candidate { batch, completed_at: at.0, inclusion_height: at.0.max(self.previous_inclusion) })
    }

    /// Goes on behind `candidate`, once its blocks are executed. With another key than before, parts that waited are
    /// forgotten and only those at DA heights above the inclusion count.
    pub fn advance(&mut self, candidate: &Candidate, key_in_force: PublicKey, limits: BatchLimits) {
        self.previous = candidate.batch.hash();
        self.previous_inclusion = candidate.inclusion_height;
        self.next_number = self.next_number.saturating_add(1);
        self.limits.batch = limits;
        if key_in_force != self.key {
            self.key = key_in_force;
            self.not_before = candidate.inclusion_height.saturating_add(1);
            self.groups.clear();
        }
        let (next, previous) = (self.next_number, self.previous);
        self.groups.retain(|(number, header), _| *number > next || (*number == next && header.previous == previous));
        self.parked_bytes =
            self.groups.values().flat_map(|group| group.slices.values()).map(|(_, slice)| slice.len()).sum();
    }

    /// Drops the farthest groups until what is left fits; the expected number is never dropped.
    fn shed(&mut self) -> Option<u64> {
        let mut reread: Option<u64> = None;
        while self.parked_bytes > self.limits.parked_bytes_max {
            let last = self.groups.last_entry()?;
            if last.key().0 == self.next_number {
                return reread;
            }
            for (height, slice) in last.remove().slices.into_values() {
                self.parked_bytes -= slice.len();
                reread = Some(reread.map_or(height, |least| least.min(height)));
            }
        }
        reread
    }
}

/// Below every header, for range starts.
fn least() -> BatchHeader {
    BatchHeader {
        genesis_hash: Hash::ZERO,
        number: 0,
        previous: Hash::ZERO,
        parts: 0,
        codec: super::Codec::None,
        raw_bytes: 0,
    }
}
