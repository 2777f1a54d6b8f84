//! What anyone may ask: state at a version, proofs, blocks, transactions, events. Only what is confirmed is seen.

use std::{
    collections::BTreeMap,
    sync::{Arc, atomic::Ordering::SeqCst},
};

use jellyfish_merkle::StateProof;
use move_core_types::{AccountAddress, TypeTag};
use types::{Event, Hash, SignedHeader, StateKey};

use crate::{
    ledger::{ReadError, Storage},
    memory::{Known, Memory, type_hash},
    rows::{
        Damaged, ExecutedTransaction, account_key, decode, decode_block, event_type_key, number, split_offsets,
        split_state_value, split_stream_value, split_transactions_row, state_key, stream_key, version_of,
    },
    store::{Order, Table, after_prefix},
};

/// A key's canonical bytes with its value.
pub type StateRow = (Arc<[u8]>, Arc<[u8]>);

/// Some of the keys that were asked for, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Keys with their values.
    pub rows: Vec<StateRow>,
    /// Where the next page begins, if there is one.
    pub next: Option<Arc<[u8]>>,
}

/// The state after one version, as long as the window reaches back to it.
#[derive(Debug, Clone)]
pub struct StateAt {
    storage: Arc<Storage>,
    version: u64,
}

/// A value, or nothing, with the proof under a block's state root.
#[derive(Debug, Clone)]
pub struct Proven {
    /// What the key held at the end of the block.
    pub value: Option<Arc<[u8]>>,
    /// Leads to `block.header.state_root`.
    pub proof: StateProof,
    /// The block.
    pub block: Arc<SignedHeader>,
}

/// An event with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventAt {
    /// The transaction that emitted it.
    pub version: u64,
    /// Its place among that transaction's events.
    pub index: u32,
    /// The event.
    pub event: Event,
}

/// What is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kept {
    /// The oldest version whose transaction is kept.
    pub oldest_version: u64,
    /// The oldest block that is kept.
    pub oldest_block: u64,
    /// The oldest version at which values can be read.
    pub oldest_value_version: u64,
    /// The oldest block at whose end values can be proven.
    pub oldest_provable_height: u64,
}

impl StateAt {
    /// After which version this is.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// What a key holds.
    ///
    /// # Errors
    /// [`ReadError::Pruned`] once the window has moved on; or what the store says.
    pub fn get(&self, key: &StateKey) -> Result<Option<Arc<[u8]>>, ReadError> {
        self.get_bytes(&key.to_bytes())
    }

    /// The same for a key's canonical bytes.
    ///
    /// # Errors
    /// As [`Self::get`].
    pub fn get_bytes(&self, key: &[u8]) -> Result<Option<Arc<[u8]>>, ReadError> {
        let known = self.storage.memory.read().at(key, self.version);
        let value = match known {
            Known::Value(value) => value,
            Known::InStore => self.storage.stored_value(key, self.version)?,
        };
        // Looked at last: pruning turns readers away before it removes anything.
        self.storage.check_value_version(self.version)?;
        Ok(value)
    }

    /// The resources at an address in order of key bytes, at most `limit`, from the key `from` on if given.
    ///
    /// # Errors
    /// As [`Self::get`].
    pub fn resources(&self, address: &AccountAddress, from: Option<&[u8]>, limit: usize) -> Result<Page, ReadError> {
        self.list(&[&[0], address.as_ref()].concat(), from, limit)
    }

    /// The modules at an address, likewise.
    ///
    /// # Errors
    /// As [`Self::get`].
    pub fn modules(&self, address: &AccountAddress, from: Option<&[u8]>, limit: usize) -> Result<Page, ReadError> {
        self.list(&[&[2], address.as_ref()].concat(), from, limit)
    }

    /// The keys that begin with `prefix` and hold something.
    ///
    /// # Errors
    /// As [`Self::get`].
    pub fn list(&self, prefix: &[u8], from: Option<&[u8]>, limit: usize) -> Result<Page, ReadError> {
        /// Keys looked at under one hold of the lock.
        const LOOK: usize = 256;
        let mut from: Vec<u8> = from.filter(|from| *from > prefix).unwrap_or(prefix).to_vec();
        let mut rows = Vec::new();
        loop {
            let keys: Vec<Arc<[u8]>> = self.storage.memory.read().keys(prefix, &from).take(LOOK).cloned().collect();
            for key in &keys {
                let Some(value) = self.get_bytes(key)? else { continue };
                if rows.len() == limit {
                    return Ok(Page { rows, next: Some(Arc::clone(key)) });
                }
                rows.push((Arc::clone(key), value));
            }
            match keys.last() {
                Some(last) if keys.len() == LOOK => from = [last, [0].as_slice()].concat(),
                _ => return Ok(Page { rows, next: None }),
            }
        }
    }
}

impl Storage {
    /// The state after a confirmed version inside the window.
    ///
    /// # Errors
    /// [`ReadError::Future`], [`ReadError::Pruned`], [`ReadError::Empty`].
    pub fn state_at(self: &Arc<Self>, version: u64) -> Result<StateAt, ReadError> {
        let newest = self.ledger_version().ok_or(ReadError::Empty)?;
        if version > newest {
            return Err(ReadError::Future(version, newest));
        }
        self.check_value_version(version)?;
        Ok(StateAt { storage: Arc::clone(self), version })
    }

    /// Proves what a key holds at the end of a block in the window.
    ///
    /// # Errors
    /// [`ReadError::Future`], [`ReadError::Pruned`], or what the store says.
    pub fn prove(self: &Arc<Self>, height: u64, key: &StateKey) -> Result<Proven, ReadError> {
        let block = self.block(height)?;
        let key = key.to_bytes();
        let proof = self.tree.read().prove(height, &types::hash::sha256(&key).0)?;
        let value = self.state_at(block.header.last_version())?.get_bytes(&key)?;
        Ok(Proven { value, proof, block })
    }

    /// What is kept.
    pub fn kept(&self) -> Kept {
        Kept {
            oldest_version: self.oldest_version.load(SeqCst),
            oldest_block: self.oldest_block.load(SeqCst),
            oldest_value_version: self.oldest_value_version.load(SeqCst),
            oldest_provable_height: self.tree.read().versions().map_or(0, |(oldest, _)| oldest),
        }
    }

    /// A block by height.
    ///
    /// # Errors
    /// [`ReadError::Future`] while it has no header; [`ReadError::Pruned`]; or what the store says.
    pub fn block(&self, height: u64) -> Result<Arc<SignedHeader>, ReadError> {
        let head = self.head().ok_or(ReadError::Empty)?;
        if height > head.header.height {
            return Err(ReadError::Future(height, head.header.height));
        }
        if height == head.header.height {
            return Ok(head);
        }
        if let Some(block) = self.recent_block(|block| block.header.height == height) {
            return Ok(block);
        }
        let oldest = self.oldest_block.load(SeqCst);
        match self.store.get(Table::Blocks, &height.to_be_bytes())? {
            Some(row) => Ok(Arc::new(decode_block(&row)?)),
            None if height < oldest => Err(ReadError::Pruned(height, oldest)),
            None => Err(Damaged("blocks").into()),
        }
    }

    /// The block that contains a version.
    ///
    /// # Errors
    /// [`ReadError::Future`] while that block has no header; [`ReadError::Pruned`]; or what the store says.
    pub fn block_of_version(&self, version: u64) -> Result<Arc<SignedHeader>, ReadError> {
        let head = self.head().ok_or(ReadError::Empty)?;
        if version >= head.header.next_version() {
            return Err(ReadError::Future(version, head.header.last_version()));
        }
        let contains =
            |block: &SignedHeader| (block.header.first_version..block.header.next_version()).contains(&version);
        if contains(&head) {
            return Ok(head);
        }
        if let Some(block) = self.recent_block(contains) {
            return Ok(block);
        }
        let mut height = None;
        let to = version.saturating_add(1).to_be_bytes();
        self.store.scan(Table::FirstVersions, &[], &to, Order::Descending, &mut |_, row| {
            height = Some(number("first_versions", row));
            false
        })?;
        match height {
            Some(height) => self.block(height?),
            None => Err(ReadError::Pruned(version, self.oldest_version.load(SeqCst))),
        }
    }

    fn recent_block(&self, wanted: impl Fn(&SignedHeader) -> bool) -> Option<Arc<SignedHeader>> {
        let memory = self.memory.read();
        memory.blocks.iter().find(|recent| wanted(&recent.block)).map(|recent| Arc::clone(&recent.block))
    }

    /// A transaction by version.
    ///
    /// # Errors
    /// [`ReadError::Future`], [`ReadError::Pruned`], or what the store says.
    pub fn transaction(&self, version: u64) -> Result<Arc<ExecutedTransaction>, ReadError> {
        let newest = self.ledger_version().ok_or(ReadError::Empty)?;
        if version > newest {
            return Err(ReadError::Future(version, newest));
        }
        if let Some(recent) = self.memory.read().transaction(version) {
            return Ok(Arc::clone(&recent.transaction));
        }
        let oldest = self.oldest_version.load(SeqCst);
        match self.stored_transactions(version, 1)?.pop() {
            Some(transaction) => Ok(Arc::new(transaction)),
            None if version < oldest => Err(ReadError::Pruned(version, oldest)),
            None => Err(Damaged("transactions").into()),
        }
    }

    /// Up to `count` transactions from `from` on, as far as the store has them without a gap.
    pub(crate) fn stored_transactions(&self, from: u64, count: u64) -> Result<Vec<ExecutedTransaction>, ReadError> {
        // The row that contains `from` begins at or before it.
        let mut start = None;
        let after = from.saturating_add(1).to_be_bytes();
        self.store.scan(Table::Transactions, &[], &after, Order::Descending, &mut |key, _| {
            start = Some(key.to_vec());
            false
        })?;
        let Some(start) = start else { return Ok(Vec::new()) };
        let (mut found, mut next, end) = (Vec::new(), from, from.saturating_add(count));
        let mut result = Ok(());
        self.store.scan(Table::Transactions, &start, &end.to_be_bytes(), Order::Ascending, &mut |key, row| {
            result = (|| {
                let first = number("transactions", key)?;
                for (version, body) in (first..).zip(split_transactions_row(row)?) {
                    if version == next && version < end {
                        found.push(decode("transactions", body)?);
                        next += 1;
                    }
                }
                Ok::<_, Damaged>(())
            })();
            result.is_ok() && next < end
        })?;
        result?;
        Ok(found)
    }

    /// At most `limit` transactions, ascending from `from`; none behind the newest.
    ///
    /// # Errors
    /// As [`Self::transaction`].
    pub fn transactions(&self, from: u64, limit: usize) -> Result<Vec<Arc<ExecutedTransaction>>, ReadError> {
        let end = self.confirmed_end().min(from.saturating_add(limit as u64));
        let oldest = self.oldest_version.load(SeqCst);
        if from < oldest && from < end {
            return Err(ReadError::Pruned(from, oldest));
        }
        let recent = self.memory.read().first_recent();
        let stored = self.stored_transactions(from, recent.min(end).saturating_sub(from))?;
        let mut found: Vec<_> = stored.into_iter().map(Arc::new).collect();
        for version in from + found.len() as u64..end {
            found.push(self.transaction(version)?);
        }
        Ok(found)
    }

    /// A transaction by hash, if it is confirmed and kept.
    ///
    /// # Errors
    /// What the store says.
    pub fn transaction_by_hash(&self, hash: &Hash) -> Result<Option<Arc<ExecutedTransaction>>, ReadError> {
        let recent = self.memory.read().hashes.get(hash).copied();
        let version = match recent {
            Some(version) => version,
            None => match self.store.get(Table::Hashes, &hash.0)? {
                Some(row) => number("hashes", &row)?,
                None => return Ok(None),
            },
        };
        match self.transaction(version) {
            Ok(transaction) => Ok(Some(transaction)),
            Err(ReadError::Future(..) | ReadError::Pruned(..) | ReadError::Empty) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The numbered transactions of a sender, ascending: from sequence number `from` on, or the newest ones; at
    /// most `limit`.
    ///
    /// # Errors
    /// What the store says.
    pub fn account_transactions(
        &self,
        account: &AccountAddress,
        from: Option<u64>,
        limit: usize,
    ) -> Result<Vec<Arc<ExecutedTransaction>>, ReadError> {
        let found = self.numbered(
            Table::Accounts,
            |sequence_number| account_key(account, sequence_number),
            |memory, end| {
                let all = memory.accounts.range((*account, 0)..=(*account, u64::MAX));
                all.filter(|(_, version)| **version < end).map(|((_, number), version)| (*number, *version)).collect()
            },
            |row| number("accounts", row),
            |version| *version,
            from,
            limit,
        )?;
        found.into_iter().map(|version| self.transaction(version)).collect()
    }

    /// The events of a stream, ascending: from sequence number `from` on, or the newest ones; at most `limit`.
    ///
    /// # Errors
    /// What the store says.
    pub fn stream_events(
        &self,
        account: &AccountAddress,
        creation_number: u64,
        from: Option<u64>,
        limit: usize,
    ) -> Result<Vec<EventAt>, ReadError> {
        let found = self.numbered(
            Table::Streams,
            |sequence_number| stream_key(account, creation_number, sequence_number),
            |memory, end| {
                let first = (*account, creation_number, 0);
                let all = memory.streams.range(first..=(*account, creation_number, u64::MAX));
                all.filter(|(_, (version, _))| *version < end).map(|(key, place)| (key.2, *place)).collect()
            },
            split_stream_value,
            |(version, _)| *version,
            from,
            limit,
        )?;
        let mut events = Vec::new();
        for (version, index) in found {
            let transaction = self.transaction(version)?;
            let at = usize::try_from(index).map_err(|_| Damaged("streams"))?;
            let event = transaction.events.get(at).ok_or(Damaged("streams"))?.clone();
            events.push(EventAt { version, index, event });
        }
        Ok(events)
    }

    /// A numbered index, in memory and in the store: ascending from `from`, or the last `limit`.
    #[expect(clippy::too_many_arguments, reason = "one walk for two indices, private to this file")]
    fn numbered<T: Copy>(
        &self,
        table: Table,
        key: impl Fn(u64) -> Vec<u8>,
        recent: impl Fn(&Memory, u64) -> Vec<(u64, T)>,
        parse: impl Fn(&[u8]) -> Result<T, Damaged>,
        version: impl Fn(&T) -> u64,
        from: Option<u64>,
        limit: usize,
    ) -> Result<Vec<T>, ReadError> {
        let end = self.confirmed_end();
        // Memory first: what leaves it in between is in the store.
        let mut found: BTreeMap<u64, T> = recent(&self.memory.read(), end).into_iter().collect();
        let order = if from.is_some() { Order::Ascending } else { Order::Descending };
        let mut damaged = None;
        let (first, mut last) = (key(from.unwrap_or(0)), key(u64::MAX));
        last.push(0);
        let mut taken = 0;
        self.store.scan(table, &first, &last, order, &mut |row_key, row| {
            match version_of(table.name(), row_key).and_then(|number| Ok((number, parse(row)?))) {
                Ok((number, place)) if version(&place) < end => {
                    found.insert(number, place);
                    taken += 1;
                }
                Ok(_) => {}
                Err(error) => damaged = Some(error),
            }
            damaged.is_none() && taken < limit
        })?;
        if let Some(error) = damaged {
            return Err(error.into());
        }
        Ok(match from {
            Some(from) => found.range(from..).take(limit).map(|(_, place)| *place).collect(),
            None => found.values().skip(found.len().saturating_sub(limit)).copied().collect(),
        })
    }

    /// Events of a type, ascending by version and index, from `from` on: at most `limit`, and of no more than
    /// `limit` transactions. The second part is the version at which to go on, if there may be more.
    ///
    /// # Errors
    /// What the store says.
    pub fn events_by_type(
        &self,
        tag: &TypeTag,
        from: u64,
        limit: usize,
    ) -> Result<(Vec<EventAt>, Option<u64>), ReadError> {
        let (end, event_type) = (self.confirmed_end(), type_hash(tag));
        let mut versions: Vec<u64> = {
            let memory = self.memory.read();
            memory.event_types.range((event_type, from)..(event_type, end.max(from))).map(|(_, v)| *v).collect()
        };
        // The block that contains `from` begins at or before it.
        let first_row = event_type_key(&event_type, 0);
        let mut start = first_row.clone();
        let after = event_type_key(&event_type, from.saturating_add(1));
        self.store.scan(Table::EventTypes, &first_row, &after, Order::Descending, &mut |key, _| {
            start = key.to_vec();
            false
        })?;
        let mut damaged = None;
        let last = after_prefix(&event_type.0);
        let mut taken = 0;
        self.store.scan(Table::EventTypes, &start, &last, Order::Ascending, &mut |key, row| {
            match version_of("event_types", key).and_then(|first| split_offsets(row, first)) {
                Ok(found) => {
                    let before = versions.len();
                    versions.extend(found.into_iter().filter(|version| (from..end).contains(version)));
                    taken += versions.len() - before;
                }
                Err(error) => damaged = Some(error),
            }
            damaged.is_none() && taken <= limit
        })?;
        if let Some(error) = damaged {
            return Err(error.into());
        }
        versions.sort_unstable();
        versions.dedup();
        let mut events = Vec::new();
        for version in versions {
            if events.len() >= limit {
                return Ok((events, Some(version)));
            }
            let transaction = self.transaction(version)?;
            let of_type = transaction.events.iter().zip(0u32..).filter(|(event, _)| event.tag() == tag);
            events.extend(of_type.map(|(event, index)| EventAt { version, index, event: event.clone() }));
        }
        Ok((events, None))
    }

    fn confirmed_end(&self) -> u64 {
        self.ledger_version().map_or(0, |version| version + 1)
    }

    fn check_value_version(&self, version: u64) -> Result<(), ReadError> {
        let oldest = self.oldest_value_version.load(SeqCst);
        if version < oldest { Err(ReadError::Pruned(version, oldest)) } else { Ok(()) }
    }

    fn stored_value(&self, key: &[u8], version: u64) -> Result<Option<Arc<[u8]>>, ReadError> {
        let (from, to) = (state_key(key, 0), state_key(key, version.saturating_add(1)));
        let mut found = Ok(None);
        self.store.scan(Table::State, &from, &to, Order::Descending, &mut |_, row| {
            found = split_state_value(row).map(|value| value.map(Arc::from));
            false
        })?;
        Ok(found?)
    }
}
