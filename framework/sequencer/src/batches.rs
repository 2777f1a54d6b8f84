//! When a run of blocks becomes a batch.

use std::collections::{BTreeMap, VecDeque};

/// A block with a header that is not yet in a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SealedBlock {
    /// Its height.
    pub height: u64,
    /// Its time.
    pub time_us: u64,
    /// DA heights it has read.
    pub da_read: u64,
    /// Bytes in the batch's payload, uncompressed.
    pub bytes: u64,
    /// Whether it changes the sequencer's key and so ends its batch.
    pub ends_batch: bool,
}

/// A batch to be cut: its number and its blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cut {
    /// From 1.
    pub number: u64,
    /// First block.
    pub first_height: u64,
    /// Last block.
    pub last_height: u64,
}

/// Bounds of batches; a node's own choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BatchRules {
    /// A batch is cut at this many payload bytes (uncompressed, so the blobs are smaller).
    pub bytes_target: u64,
    /// A batch is cut when its first block is this old.
    pub age_us_max: u64,
    /// Batches posted and not yet included.
    pub in_flight_max: u64,
    /// Bytes of blocks not yet included, beyond which no block is opened.
    pub unpublished_bytes_max: u64,
    /// A batch waits until the newest DA header is at most this much older than its last block.
    pub clock_margin_us: u64,
}

/// A batch takes at least this part of what waits.
const BACKLOG_SHARE: u64 = 4;

/// What [`Batches::cut`] finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Due {
    /// Nothing to do now.
    Nothing,
    /// Cut this.
    Cut(Cut),
    /// No block may end the batch (rule D4): a block that reads DA must come first.
    NeedsFresherRead,
}

#[derive(Debug)]
pub(crate) struct Batches {
    rules: BatchRules,
    next_number: u64,
    waiting: VecDeque<SealedBlock>,
    /// Bytes of each batch posted and not included.
    in_flight: BTreeMap<u64, u64>,
    /// Inclusion heights of the newest batches.
    included: BTreeMap<u64, u64>,
    /// The batch that changed the key: parts of later ones count only above its inclusion, so they wait for it.
    key_change: Option<u64>,
}

impl Batches {
    pub(crate) fn new(
        rules: BatchRules,
        next_number: u64,
        included: BTreeMap<u64, u64>,
        in_flight: BTreeMap<u64, u64>,
    ) -> Self {
        Self { rules, next_number, waiting: VecDeque::new(), in_flight, included, key_change: None }
    }

    pub(crate) fn sealed(&mut self, block: SealedBlock) {
        self.waiting.push_back(block);
    }

    pub(crate) fn included(&mut self, number: u64, da_height: u64, keep: u64) {
        self.in_flight.remove(&number);
        self.key_change = self.key_change.filter(|waited_for| *waited_for > number);
        self.included.insert(number, da_height);
        while self.included.len() > usize::try_from(keep).unwrap_or(usize::MAX).saturating_add(1) {
            self.included.pop_first();
        }
    }

    pub(crate) fn has_room(&self) -> bool {
        let unpublished = self.waiting.iter().map(|block| block.bytes).chain(self.in_flight.values().copied());
        unpublished.fold(0, u64::saturating_add) < self.rules.unpublished_bytes_max
    }

    /// Bytes at which a batch is cut. What piled up while DA was away goes in fewer and larger ones: the blocks of an
    /// outage have all read the same height, which rule D4 accepts for the first `batches_unread_max` batches only.
    fn bytes_target(&self) -> u64 {
        let waiting = self.waiting.iter().fold(0u64, |sum, block| sum.saturating_add(block.bytes));
        self.rules.bytes_target.max(waiting / BACKLOG_SHARE)
    }

    /// The blocks from the front that would make the next batch: up to the target and a block that has read as far as
    /// it must, a key change, or `raw_bytes_max`.
    fn candidate(&self, raw_bytes_max: u64, must_have_read: u64) -> (usize, bool) {
        let target = self.bytes_target();
        let (mut bytes, mut full, mut fresh) = (0u64, false, false);
        let mut count = 0;
        for block in &self.waiting {
            // 16 bytes cover the list's own length.
            if count > 0 && bytes.saturating_add(block.bytes).saturating_add(16) > raw_bytes_max {
                return (count, true);
            }
            bytes = bytes.saturating_add(block.bytes);
            count += 1;
            fresh |= block.da_read >= must_have_read;
            full = bytes >= target || block.ends_batch;
            if full && fresh || block.ends_batch {
                break;
            }
        }
        (count, full)
    }

    pub(crate) fn cut(&mut self, now_us: u64, da_head_us: u64, unread_max: u64, raw_bytes_max: u64) -> Due {
        let Some(first) = self.waiting.front().copied() else { return Due::Nothing };
        if self.key_change.is_some() {
            return Due::Nothing;
        }
        if u64::try_from(self.in_flight.len()).unwrap_or(u64::MAX) >= self.rules.in_flight_max {
            return Due::Nothing;
        }
        let must_have_read = match self.next_number.checked_sub(unread_max) {
            None | Some(0) => 0,
            // Without the inclusion height of that batch nothing can be said yet: wait for it.
            Some(number) => match self.included.get(&number) {
                Some(height) => *height,
                None => return Due::Nothing,
            },
        };
        let (count, full) = self.candidate(raw_bytes_max, must_have_read);
        if !full && now_us.saturating_sub(first.time_us) < self.rules.age_us_max {
            return Due::Nothing;
        }
        let fresh = self.waiting.iter().take(count).rposition(|block| block.da_read >= must_have_read);
        let Some(last) = fresh.and_then(|index| self.waiting.get(index).copied()) else { return Due::NeedsFresherRead };
        if da_head_us.saturating_add(self.rules.clock_margin_us) < last.time_us {
            return Due::Nothing;
        }
        let mut bytes = 0u64;
        while self.waiting.front().is_some_and(|block| block.height <= last.height) {
            bytes = bytes.saturating_add(self.waiting.pop_front().map_or(0, |block| block.bytes));
        }
        let number = self.next_number;
        self.next_number += 1;
        self.in_flight.insert(number, bytes);
        self.key_change = last.ends_batch.then_some(number);
        Due::Cut(Cut { number, first_height: first.height, last_height: last.height })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULES: BatchRules = BatchRules {
        bytes_target: 100,
        age_us_max: 1_000,
        in_flight_max: 8,
        unpublished_bytes_max: 1 << 30,
        clock_margin_us: u64::MAX,
    };

    fn block(height: u64, da_read: u64, bytes: u64) -> SealedBlock {
        SealedBlock { height, time_us: height, da_read, bytes, ends_batch: false }
    }

    /// Cuts and includes at DA height 50, as often as possible; the last blocks of the batches, and why it ended.
    fn drain(batches: &mut Batches, unread_max: u64, raw_bytes_max: u64) -> (Vec<u64>, Due) {
        let mut ends = Vec::new();
        loop {
            match batches.cut(1_000_000, 0, unread_max, raw_bytes_max) {
                Due::Cut(cut) => {
                    ends.push(cut.last_height);
                    batches.included(cut.number, 50, unread_max);
                }
                other => return (ends, other),
            }
        }
    }

    #[test]
    fn what_an_outage_piled_up_is_posted_whatever_its_size() {
        // Blocks of the outage have all read height 10; the first behind it has read 60.
        for (count, bytes) in [(3, 10), (400, 10), (400, 90), (400, 150), (3_000, 1_000)] {
            let mut batches = Batches::new(RULES, 1, BTreeMap::new(), BTreeMap::new());
            for height in 1..=count {
                batches.sealed(block(height, 10, bytes));
            }
            batches.sealed(block(count + 1, 60, bytes));
            let (ends, why) = drain(&mut batches, 32, 1 << 20);
            assert_eq!((ends.last(), why), (Some(&(count + 1)), Due::Nothing), "{count} blocks of {bytes} bytes");
        }
    }

    #[test]
    fn a_batch_reaches_beyond_its_target_to_the_first_block_that_has_read_enough() {
        let mut batches = Batches::new(RULES, 3, BTreeMap::from([(1, 20)]), BTreeMap::new());
        for (height, da_read) in [(1, 10), (2, 10), (3, 10), (4, 20), (5, 21)] {
            batches.sealed(block(height, da_read, 100));
        }
        let cut = batches.cut(10, 0, 2, 1 << 20);
        assert_eq!(cut, Due::Cut(Cut { number: 3, first_height: 1, last_height: 4 }));
        // Where nobody has, a block that reads must come first.
        let mut batches = Batches::new(RULES, 3, BTreeMap::from([(1, 20)]), BTreeMap::new());
        batches.sealed(block(1, 10, 100));
        batches.sealed(block(2, 19, 100));
        assert_eq!(batches.cut(10, 0, 2, 1 << 20), Due::NeedsFresherRead);
        batches.sealed(block(3, 20, 100));
        assert_eq!(batches.cut(10, 0, 2, 1 << 20), Due::Cut(Cut { number: 3, first_height: 1, last_height: 3 }));
    }
}
