//! What the sequencer knows of the DA layer, and how far the next block reads it.

use std::collections::VecDeque;

use types::Parameters;
use types::forced::{self, ForcedBlob};

/// A DA height that was read: its time, and what lay in the forced namespace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DaHeightRead {
    /// The height.
    pub height: u64,
    /// Time of its header.
    pub time_us: u64,
    /// All blobs of the forced namespace, in square order; which of them count depends on the parameters in force when a
    /// block takes them.
    pub forced: Vec<Vec<u8>>,
}

/// Whether blocks may be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Liveness {
    /// DA is near.
    Running,
    /// DA has been away for half the bound.
    Slowing,
    /// DA has been away for the bound: nothing new is opened.
    Stopped,
}

/// A block that may be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Opening {
    pub(crate) time_us: u64,
    pub(crate) da_read: u64,
    /// Forced transactions only: the chain is behind DA.
    pub(crate) catching_up: bool,
}

/// Heights read and not yet behind a block, and the last one that is.
#[derive(Debug)]
pub(crate) struct DaView {
    read: (u64, u64),
    ahead: VecDeque<DaHeightRead>,
}

impl DaView {
    /// `read` is the height up to which the last block has read, with its time.
    pub(crate) fn new(read: u64, time_us: u64) -> Self {
        Self { read: (read, time_us), ahead: VecDeque::new() }
    }

    /// Takes the height after the newest one; others are known already or come too early.
    pub(crate) fn push(&mut self, height: DaHeightRead) {
        if height.height == self.head().0 + 1 {
            self.ahead.push_back(height);
        }
    }

    /// Newest height read, with its time.
    pub(crate) fn head(&self) -> (u64, u64) {
        self.ahead.back().map_or(self.read, |height| (height.height, height.time_us))
    }

    /// Whether a forced transaction waits.
    pub(crate) fn has_forced(&self) -> bool {
        self.ahead.iter().any(|height| height.forced.iter().any(|blob| forced::counts(blob)))
    }

    /// How the next block may open at `now_us` behind a parent of `parent_us`; `None` while DA is too far away.
    ///
    /// Takes as many heights as rules D2 and T2 allow. Where that leaves the block too far behind (T4), the block
    /// takes the time of what it reads and only forced transactions: the chain catches up.
    pub(crate) fn opening(&self, parent_us: u64, now_us: u64, parameters: &Parameters) -> Option<Opening> {
        let time_us = now_us.max(parent_us + 1);
        let most = usize::try_from(parameters.da_heights_per_block_max).unwrap_or(usize::MAX);
        let furthest = |time_us: u64| {
            let reachable = self.ahead.iter().take(most);
            let allowed =
                reachable.take_while(|h| h.time_us <= time_us.saturating_add(parameters.da_time_tolerance_us));
            allowed.last().map_or(self.read, |height| (height.height, height.time_us))
        };
        let (da_read, da_us) = furthest(time_us);
        if da_read == 0 {
            // No header has been read yet, so nothing binds the block's time.
            return None;
        }
        if time_us.saturating_sub(da_us) <= parameters.max_da_lag_us {
            return Some(Opening { time_us, da_read, catching_up: false });
        }
        let away = now_us.saturating_sub(self.head().1) > parameters.max_da_lag_us;
        if away || da_read == self.read.0 {
            return None;
        }
        Some(Opening { time_us: da_us.max(parent_us + 1), da_read, catching_up: true })
    }

    /// Moves on to `da_read` and returns the forced blobs in between that count.
    pub(crate) fn take(&mut self, da_read: u64, parameters: &Parameters) -> Vec<ForcedBlob> {
        let mut counting = Vec::new();
        while self.ahead.front().is_some_and(|height| height.height <= da_read) {
            if let Some(height) = self.ahead.pop_front() {
                self.read = (height.height, height.time_us);
                counting.extend(forced::counting(height.height, &height.forced, parameters));
            }
        }
        counting
    }

    pub(crate) fn liveness(&self, now_us: u64, parameters: &Parameters) -> Liveness {
        let lag = now_us.saturating_sub(self.head().1);
        if lag > parameters.max_da_lag_us {
            Liveness::Stopped
        } else if lag > parameters.max_da_lag_us / 2 {
            Liveness::Slowing
        } else {
            Liveness::Running
        }
    }
}
