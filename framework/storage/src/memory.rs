//! What is served from memory: the newest value of every key, and everything that is not yet in the store.
//!
//! A key's entry holds its newest value and those older ones that the store does not have yet. A deleted key keeps
//! its entry until the deletion falls out of the window, so that a key without an entry holds nothing at any
//! version that may be asked for.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    ops::Bound,
    sync::Arc,
};

use hashbrown::HashMap;
use move_core_types::{AccountAddress, TypeTag};
use types::{Event, Hash, SignedHeader};

use crate::{
    log::LogOffset,
    rows::{ExecutedTransaction, LedgerEntry},
};

/// A state key's canonical bytes.
pub(crate) type Key = Arc<[u8]>;
/// A value, or nothing.
pub(crate) type Value = Option<Arc<[u8]>>;
/// A key with its newest value and the version that wrote it.
pub(crate) type Newest = (Key, u64, Value);

#[derive(Debug)]
struct Entry {
    version: u64,
    value: Value,
    /// Ascending by version, all below `version`.
    older: Vec<(u64, Value)>,
}

/// What memory knows about a key at a version.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Known {
    /// This is what it holds.
    Value(Value),
    /// The store knows.
    InStore,
}

/// An executed transaction that the store does not have yet.
#[derive(Debug, Clone)]
pub(crate) struct Recent {
    pub(crate) transaction: Arc<ExecutedTransaction>,
    /// The keys of its write set, in order.
    pub(crate) keys: Arc<[Key]>,
    /// The version that had written each key before, if any.
    pub(crate) previous: Arc<[Option<u64>]>,
    /// The types of its events, each once.
    pub(crate) event_types: Arc<[Hash]>,
}

/// A block with a header that the store does not have yet.
#[derive(Debug, Clone)]
pub(crate) struct RecentBlock {
    pub(crate) block: Arc<SignedHeader>,
    /// Behind its last log record.
    pub(crate) log_end: LogOffset,
}

#[derive(Debug, Default)]
pub(crate) struct Memory {
    entries: HashMap<Key, Entry, foldhash::fast::FixedState>,
    /// The same keys in order.
    ordered: BTreeSet<Key>,
    /// Deletions, ascending by version.
    deleted: VecDeque<(u64, Key)>,
    /// Version of the first of `transactions`.
    first_recent: u64,
    transactions: VecDeque<Recent>,
    pub(crate) blocks: VecDeque<RecentBlock>,
    pub(crate) hashes: BTreeMap<Hash, u64>,
    pub(crate) accounts: BTreeMap<(AccountAddress, u64), u64>,
    pub(crate) streams: BTreeMap<(AccountAddress, u64, u64), (u64, u32)>,
    pub(crate) event_types: BTreeSet<(Hash, u64)>,
}

/// The types of events, each once.
pub(crate) fn event_types_of(events: &[Event]) -> Vec<Hash> {
    let mut tags: Vec<&TypeTag> = Vec::new();
    for event in events {
        if !tags.contains(&event.tag()) {
            tags.push(event.tag());
        }
    }
    tags.into_iter().map(type_hash).collect()
}

/// By what events of a type are found.
pub(crate) fn type_hash(tag: &TypeTag) -> Hash {
    types::hash::sha256(&types::codec::encode(tag))
}

impl Memory {
    /// Where the ledger goes on.
    pub(crate) fn next_version(&self) -> u64 {
        self.first_recent + self.transactions.len() as u64
    }

    /// Versions below it are in the store.
    pub(crate) fn first_recent(&self) -> u64 {
        self.first_recent
    }

    /// At start: versions below `next` are in the store.
    pub(crate) fn begin_at(&mut self, next: u64) {
        self.first_recent = next;
    }

    /// At start: what the store has as the newest of each key, in order of keys.
    pub(crate) fn load(&mut self, newest: Vec<Newest>) {
        self.ordered = newest.iter().map(|(key, ..)| Arc::clone(key)).collect();
        let mut deleted: Vec<_> = newest
            .iter()
            .filter(|(_, _, value)| value.is_none())
            .map(|(key, version, _)| (*version, Arc::clone(key)))
            .collect();
        deleted.sort();
        self.deleted = deleted.into();
        self.entries.reserve(newest.len());
        for (key, version, value) in newest {
            self.entries.insert(key, Entry { version, value, older: Vec::new() });
        }
    }

    /// Adds the next transaction.
    pub(crate) fn push(&mut self, transaction: ExecutedTransaction) {
        let version = transaction.version;
        let mut keys = Vec::with_capacity(transaction.write_set.len());
        let mut previous = Vec::with_capacity(transaction.write_set.len());
        for (key, op) in &transaction.write_set {
            let value = op.value().cloned();
            let (key, before) = self.set(&key.to_bytes(), version, value);
            keys.push(key);
            previous.push(before);
        }
        self.hashes.insert(transaction.hash, version);
        if let LedgerEntry::User { sender, sequence_number: Some(number), .. } = &transaction.entry {
            self.accounts.insert((*sender, *number), version);
        }
        for (event, index) in transaction.events.iter().zip(0u32..) {
            if let Event::Handle { creation_number, account, sequence_number, .. } = event {
                self.streams.insert((*account, *creation_number, *sequence_number), (version, index));
            }
        }
        let event_types: Arc<[Hash]> = event_types_of(&transaction.events).into();
        self.event_types.extend(event_types.iter().map(|event_type| (*event_type, version)));
        self.transactions.push_back(Recent {
            transaction: Arc::new(transaction),
            keys: keys.into(),
            previous: previous.into(),
            event_types,
        });
    }

    /// Gives the key as memory holds it, and the version that had written it before.
    fn set(&mut self, key: &[u8], version: u64, value: Value) -> (Key, Option<u64>) {
        let deleted = value.is_none();
        let key: Key = match self.entries.get_key_value(key) {
            Some((key, _)) => Arc::clone(key),
            None => key.into(),
        };
        let mut before = None;
        if let Some(entry) = self.entries.get_mut(&key) {
            before = Some(entry.version);
            let value = std::mem::replace(&mut entry.value, value);
            entry.older.push((entry.version, value));
            entry.version = version;
        } else {
            self.ordered.insert(Arc::clone(&key));
            self.entries.insert(Arc::clone(&key), Entry { version, value, older: Vec::new() });
        }
        if deleted {
            self.deleted.push_back((version, Arc::clone(&key)));
        }
        (key, before)
    }

    /// Takes back all transactions from `version` on.
    pub(crate) fn take_back(&mut self, version: u64) {
        while self.next_version() > version {
            let Some(recent) = self.transactions.pop_back() else { break };
            for key in recent.keys.iter().rev() {
                self.unset(key, recent.transaction.version);
            }
            self.unindex(&recent);
        }
    }

    fn unset(&mut self, key: &Key, version: u64) {
        if self.deleted.back().is_some_and(|(at, deleted)| *at == version && deleted == key) {
            self.deleted.pop_back();
        }
        let Some(entry) = self.entries.get_mut(key) else { return };
        if let Some((version, value)) = entry.older.pop() {
            (entry.version, entry.value) = (version, value);
        } else {
            self.entries.remove(key);
            self.ordered.remove(key);
        }
    }

    fn unindex(&mut self, Recent { transaction, event_types, .. }: &Recent) {
        let version = transaction.version;
        if self.hashes.get(&transaction.hash) == Some(&version) {
            self.hashes.remove(&transaction.hash);
        }
        if let LedgerEntry::User { sender, sequence_number: Some(number), .. } = &transaction.entry {
            self.accounts.remove(&(*sender, *number));
        }
        for event in &transaction.events {
            if let Event::Handle { creation_number, account, sequence_number, .. } = event {
                self.streams.remove(&(*account, *creation_number, *sequence_number));
            }
        }
        for event_type in event_types.iter() {
            self.event_types.remove(&(*event_type, version));
        }
    }

    /// Forgets what the store now has: transactions below `version`, their blocks, and older values.
    pub(crate) fn forget_below(&mut self, version: u64) {
        while self.first_recent < version {
            let Some(recent) = self.transactions.pop_front() else { break };
            self.first_recent += 1;
            self.unindex(&recent);
            for key in recent.keys.iter() {
                if let Some(entry) = self.entries.get_mut(key) {
                    // Values below this version are in the store; so is this one, but it may be the newest.
                    entry.older.retain(|(at, _)| *at >= version);
                    if entry.older.is_empty() {
                        entry.older = Vec::new();
                    }
                }
            }
        }
        while self.blocks.front().is_some_and(|recent| recent.block.header.next_version() <= version) {
            self.blocks.pop_front();
        }
    }

    /// Drops keys whose deletion is at or below `version`, the first of the window.
    pub(crate) fn forget_deletions(&mut self, version: u64) {
        while let Some((at, key)) = self.deleted.front()
            && *at <= version
        {
            if self.entries.get(key).is_some_and(|entry| entry.value.is_none() && entry.version == *at) {
                self.ordered.remove(key);
                self.entries.remove(key);
            }
            self.deleted.pop_front();
        }
    }

    /// The newest value, executed but perhaps not confirmed.
    pub(crate) fn newest(&self, key: &[u8]) -> Value {
        self.entries.get(key).and_then(|entry| entry.value.clone())
    }

    /// What a key holds after `version`.
    pub(crate) fn at(&self, key: &[u8], version: u64) -> Known {
        let Some(entry) = self.entries.get(key) else { return Known::Value(None) };
        if entry.version <= version {
            return Known::Value(entry.value.clone());
        }
        match entry.older.iter().rev().find(|(at, _)| *at <= version) {
            Some((_, value)) => Known::Value(value.clone()),
            None => Known::InStore,
        }
    }

    /// Keys at or after `from` that begin with `prefix`, in order.
    pub(crate) fn keys<'a>(&'a self, prefix: &'a [u8], from: &[u8]) -> impl Iterator<Item = &'a Key> {
        let bounds = (Bound::Included(from), Bound::Unbounded);
        self.ordered.range::<[u8], _>(bounds).take_while(move |key| key.starts_with(prefix))
    }

    /// A transaction that is not in the store yet.
    pub(crate) fn transaction(&self, version: u64) -> Option<&Recent> {
        let index = version.checked_sub(self.first_recent)?;
        self.transactions.get(usize::try_from(index).ok()?)
    }

    /// Those from `version` on.
    pub(crate) fn transactions_from(&self, version: u64) -> impl Iterator<Item = &Recent> {
        let skip = usize::try_from(version.saturating_sub(self.first_recent)).unwrap_or(usize::MAX);
        self.transactions.iter().skip(skip)
    }
}
