//! Transactions that wait: one lane per sender by sequence number, an order across lanes by policy.
//!
//! A transaction is *ready* when its sequence number is the next of its sender. Of the ready ones the policy's
//! smallest rank goes first. Everything is bounded: the pool, and each lane.

use std::collections::{BTreeMap, BTreeSet};

use move_core_types::AccountAddress;
use types::transaction::Transaction;
use types::{Discard, Hash};

/// Which of the ready transactions goes first: fairness is a decision of the app-chain.
///
/// Ranks order ascending; equal ranks fall back to arrival. A policy is a pure function, so that a recorded session
/// can be repeated.
pub trait OrderingPolicy: std::fmt::Debug + Send {
    /// The rank of a transaction that arrived as the `arrival`-th.
    fn rank(&self, arrival: u64, transaction: &Transaction) -> u64;
}

/// First come, first served.
#[derive(Debug, Clone, Copy, Default)]
pub struct ArrivalOrder;

impl OrderingPolicy for ArrivalOrder {
    fn rank(&self, arrival: u64, _: &Transaction) -> u64 {
        arrival
    }
}

/// The highest gas price first; among equals the first to come.
#[derive(Debug, Clone, Copy, Default)]
pub struct PriceOrder;

impl OrderingPolicy for PriceOrder {
    fn rank(&self, _: u64, transaction: &Transaction) -> u64 {
        u64::MAX - transaction.raw().gas_unit_price
    }
}

/// Why the pool did not take a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Refused by an admission check.
    #[error("{0}")]
    Discard(Discard),
    /// The pool holds as many transactions as it may.
    #[error("the pool is full: {0} transactions wait")]
    PoolFull(usize),
    /// Another transaction of this sender with this number waits, at no lower price.
    #[error("a transaction with sequence number {sequence_number} and gas price {gas_unit_price} waits already")]
    InvalidUpdate {
        /// The contested number.
        sequence_number: u64,
        /// The price of the one that waits.
        gas_unit_price: u64,
    },
    /// No block may be opened until DA is read again; the pool fills, then says so.
    #[error("the chain has stopped: DA has been away longer than the chain's bound")]
    Stopped,
}

/// Bytes of all transactions in a pool, whatever their number.
pub const POOL_BYTES_MAX: usize = 268_435_456;

/// Bounds of a pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MempoolLimits {
    /// Transactions of all senders.
    pub transactions_max: usize,
    /// Transactions of one sender.
    pub lane_max: usize,
}

#[derive(Debug, Clone)]
struct Waiting {
    transaction: Transaction,
    arrival: u64,
    rank: u64,
}

#[derive(Debug, Default)]
struct Lane {
    /// The sequence number that the state expects next.
    next: u64,
    waiting: BTreeMap<u64, Waiting>,
}

type Ready = BTreeSet<(u64, u64, AccountAddress)>;

/// The pool.
#[derive(Debug)]
pub struct Mempool {
    limits: MempoolLimits,
    policy: Box<dyn OrderingPolicy>,
    lanes: BTreeMap<AccountAddress, Lane>,
    /// (rank, arrival, sender) of the head of each lane that is ready.
    ready: Ready,
    hashes: BTreeMap<Hash, (AccountAddress, u64)>,
    arrivals: u64,
    bytes: usize,
    /// Nothing that waits expires before this second: until then a look for expired ones is free.
    expires_from: u64,
}

fn unlist(ready: &mut Ready, sender: AccountAddress, lane: &Lane) {
    if let Some(head) = lane.waiting.get(&lane.next) {
        ready.remove(&(head.rank, head.arrival, sender));
    }
}

fn list(ready: &mut Ready, sender: AccountAddress, lane: &Lane) {
    if let Some(head) = lane.waiting.get(&lane.next) {
        ready.insert((head.rank, head.arrival, sender));
    }
}

impl Mempool {
    /// An empty pool.
    #[must_use]
    pub fn new(limits: MempoolLimits, policy: Box<dyn OrderingPolicy>) -> Self {
        Self {
            limits,
            policy,
            lanes: BTreeMap::new(),
            ready: BTreeSet::new(),
            hashes: BTreeMap::new(),
            arrivals: 0,
            bytes: 0,
            expires_from: u64::MAX,
        }
    }

    /// Its bounds.
    #[must_use]
    pub fn limits(&self) -> MempoolLimits {
        self.limits
    }

    /// Transactions that wait.
    #[must_use]
    pub fn len(&self) -> usize {
        self.hashes.len()
    }

    /// Bytes of what waits.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Whether none waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.hashes.is_empty()
    }

    /// Whether one could be executed now.
    #[must_use]
    pub fn has_ready(&self) -> bool {
        !self.ready.is_empty()
    }

    /// The waiting transaction with this hash.
    #[must_use]
    pub fn get(&self, hash: &Hash) -> Option<&Transaction> {
        let (sender, number) = self.hashes.get(hash)?;
        self.lanes.get(sender)?.waiting.get(number).map(|waiting| &waiting.transaction)
    }

    /// Takes a transaction whose sender's next sequence number in the state is `state_next`. The same bytes again are
    /// taken without effect.
    ///
    /// # Errors
    /// [`Refusal`]; then nothing has changed. A replaced transaction's hash is in `Ok`.
    pub fn insert(&mut self, transaction: Transaction, state_next: u64) -> Result<Option<Hash>, Refusal> {
        let (sender, number, hash) = (transaction.raw().sender, transaction.raw().sequence_number, transaction.hash());
        if self.hashes.contains_key(&hash) {
            return Ok(None);
        }
        let known = self.lanes.get(&sender);
        let next = known.map_or(state_next, |lane| lane.next.max(state_next));
        if number < next {
            return Err(Refusal::Discard(Discard::SequenceNumberTooOld));
        }
        let replaced = known.and_then(|lane| lane.waiting.get(&number));
        if let Some(old) = replaced {
            if transaction.raw().gas_unit_price <= old.transaction.raw().gas_unit_price {
                let gas_unit_price = old.transaction.raw().gas_unit_price;
                return Err(Refusal::InvalidUpdate { sequence_number: number, gas_unit_price });
            }
        } else {
            let lane_full = known.is_some_and(|lane| lane.waiting.len() >= self.limits.lane_max);
            let too_far = number - next >= u64::try_from(self.limits.lane_max).unwrap_or(u64::MAX);
            if lane_full || too_far {
                return Err(Refusal::Discard(Discard::SequenceNumberTooNew));
            }
            let bytes = self.bytes.saturating_add(transaction.bytes().len());
            if self.hashes.len() >= self.limits.transactions_max || bytes > POOL_BYTES_MAX {
                return Err(Refusal::PoolFull(self.hashes.len()));
            }
        }
        let replaced_bytes = replaced.map_or(0, |old| old.transaction.bytes().len());
        let replaced = replaced.map(|old| old.transaction.hash());
        if let Some(old) = replaced {
            self.hashes.remove(&old);
        }
        self.bytes = self.bytes - replaced_bytes + transaction.bytes().len();
        self.expires_from = self.expires_from.min(transaction.raw().expiration_timestamp_secs);
        self.arrivals += 1;
        let arrival = self.arrivals;
        let rank = self.policy.rank(arrival, &transaction);
        let lane = self.lanes.entry(sender).or_default();
        unlist(&mut self.ready, sender, lane);
        lane.next = next;
        lane.waiting.insert(number, Waiting { transaction, arrival, rank });
        list(&mut self.ready, sender, lane);
        self.hashes.insert(hash, (sender, number));
        Ok(replaced)
    }

    /// The ready transaction that goes first; it stays until [`Mempool::executed`] or [`Mempool::discarded`].
    #[must_use]
    pub fn peek(&self) -> Option<&Transaction> {
        let (_, _, sender) = self.ready.first()?;
        let lane = self.lanes.get(sender)?;
        lane.waiting.get(&lane.next).map(|waiting| &waiting.transaction)
    }

    /// The transaction was executed and kept: its sender's lane moves on.
    pub fn executed(&mut self, sender: AccountAddress, number: u64) {
        self.remove(sender, number, true);
    }

    /// The transaction was refused at its place: it goes, its successors wait for another of its number.
    pub fn discarded(&mut self, sender: AccountAddress, number: u64) {
        self.remove(sender, number, false);
    }

    /// A transaction of `sender` entered a block by another way (a forced one): the lane moves on to `next`.
    pub fn advance(&mut self, sender: AccountAddress, next: u64) -> Vec<Hash> {
        let Some(lane) = self.lanes.get_mut(&sender) else { return Vec::new() };
        if next <= lane.next {
            return Vec::new();
        }
        unlist(&mut self.ready, sender, lane);
        let rest = lane.waiting.split_off(&next);
        let passed = std::mem::replace(&mut lane.waiting, rest);
        self.bytes -= passed.values().map(|waiting| waiting.transaction.bytes().len()).sum::<usize>();
        let gone: Vec<Hash> = passed.into_values().map(|waiting| waiting.transaction.hash()).collect();
        lane.next = next;
        list(&mut self.ready, sender, lane);
        for hash in &gone {
            self.hashes.remove(hash);
        }
        self.forget_empty(sender);
        gone
    }

    /// Removes what has expired at `time_us` and returns it.
    pub fn expire(&mut self, time_us: u64) -> Vec<Hash> {
        let seconds = time_us / 1_000_000;
        let mut gone = Vec::new();
        if seconds < self.expires_from {
            return gone;
        }
        let mut freed = 0;
        self.expires_from = u64::MAX;
        for (sender, lane) in &mut self.lanes {
            let expirations = lane.waiting.values().map(|waiting| waiting.transaction.raw().expiration_timestamp_secs);
            let later = expirations.clone().filter(|expires| *expires > seconds).min().unwrap_or(u64::MAX);
            self.expires_from = self.expires_from.min(later);
            if expirations.clone().all(|expires| expires > seconds) {
                continue;
            }
            unlist(&mut self.ready, *sender, lane);
            lane.waiting.retain(|_, waiting| {
                let keep = waiting.transaction.raw().expiration_timestamp_secs > seconds;
                if !keep {
                    freed += waiting.transaction.bytes().len();
                    gone.push(waiting.transaction.hash());
                }
                keep
            });
            list(&mut self.ready, *sender, lane);
        }
        self.bytes -= freed;
        self.lanes.retain(|_, lane| !lane.waiting.is_empty());
        for hash in &gone {
            self.hashes.remove(hash);
        }
        gone
    }

    fn remove(&mut self, sender: AccountAddress, number: u64, moves_on: bool) {
        let Some(lane) = self.lanes.get_mut(&sender) else { return };
        unlist(&mut self.ready, sender, lane);
        if let Some(waiting) = lane.waiting.remove(&number) {
            self.bytes -= waiting.transaction.bytes().len();
            self.hashes.remove(&waiting.transaction.hash());
        }
        if moves_on {
            lane.next = lane.next.max(number.saturating_add(1));
        }
        list(&mut self.ready, sender, lane);
        self.forget_empty(sender);
    }

    fn forget_empty(&mut self, sender: AccountAddress) {
        if self.lanes.get(&sender).is_some_and(|lane| lane.waiting.is_empty()) {
            self.lanes.remove(&sender);
        }
    }
}
