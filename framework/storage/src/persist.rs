//! Blocks with a header go into the store: their values, transactions, indices, and how far that brings it.

use std::collections::BTreeMap;

use types::{Event, Hash};

use crate::{
    ledger::Storage,
    memory::{Recent, RecentBlock},
    rows::{
        ExecutedTransaction, LedgerEntry, Tip, account_key, encode, event_type_key, push_row, state_key, state_value,
        stream_key, stream_value, transactions_row,
    },
    store::{Batch, StoreError, Table},
};

pub(crate) const META_FORMAT: &[u8] = b"format";
pub(crate) const META_GENESIS: &[u8] = b"genesis";
pub(crate) const META_TIP: &[u8] = b"tip";
pub(crate) const META_PRUNED: &[u8] = b"pruned";
pub(crate) const META_DA_CURSOR: &[u8] = b"da_cursor";

/// Transactions that share a row: a row costs the store microseconds, whatever its size.
const ROW_TRANSACTIONS: usize = 32;

/// Index rows of a transaction of usual size.
const INDEX_ROWS_USUAL: usize = 4;

/// What a store of ours says first.
pub(crate) const FORMAT: u64 = 1;

pub(crate) fn persist(storage: &Storage) -> Result<usize, StoreError> {
    let _one_at_a_time = storage.persisting.lock();
    let mut count = 0;
    loop {
        // One block at a time, so that the memory lock is held for a copy of pointers only.
        let (block, transactions) = {
            let memory = storage.memory.read();
            let Some(block) = memory.blocks.front().cloned() else { return Ok(count) };
            let header = &block.block.header;
            let transactions: Vec<Recent> = memory
                .transactions_from(header.first_version)
                .take(usize::try_from(header.count).unwrap_or(usize::MAX))
                .cloned()
                .collect();
            (block, transactions)
        };
        let tip = Tip {
            height: block.block.header.height,
            log_from: block.log_end.0,
            log_synced: storage.log_synced().max(block.log_end.0),
        };
        storage.store.write(batch_of(storage, &block, &transactions, tip))?;
        *storage.tip.lock() = Some(tip);
        storage.memory.write().forget_below(block.block.header.next_version());
        count += 1;
    }
}

fn batch_of(storage: &Storage, block: &RecentBlock, transactions: &[Recent], tip: Tip) -> Batch {
    let writes: usize = transactions.iter().map(|recent| recent.keys.len()).sum();
    let mut batch = Batch(Vec::with_capacity(writes + INDEX_ROWS_USUAL * transactions.len()));
    let header = &block.block.header;
    if header.height == 0 {
        batch.put(Table::Meta, META_FORMAT, FORMAT.to_be_bytes());
        batch.put(Table::Meta, META_GENESIS, storage.genesis_hash.0);
    }
    let mut values: Vec<(Vec<u8>, Vec<u8>)> = Vec::with_capacity(writes);
    let mut event_types: BTreeMap<Hash, Vec<u8>> = BTreeMap::new();
    let mut superseded = Vec::new();
    for Recent { transaction, keys, previous, event_types: types } in transactions {
        let version = transaction.version;
        for ((key, before), (_, op)) in keys.iter().zip(previous.iter()).zip(&transaction.write_set) {
            let row = state_key(key, version);
            if let Some(before) = before {
                push_row(&mut superseded, &state_key(key, *before));
            }
            if op.value().is_none() {
                push_row(&mut superseded, &row);
            }
            values.push((row, state_value(op.value().map(|value| &**value))));
        }
        for (table, key, value) in index_rows(transaction) {
            batch.put(table, key, value);
        }
        // A block has fewer than 2^32 transactions.
        let offset = u32::try_from(version - header.first_version).unwrap_or(u32::MAX);
        for event_type in types.iter() {
            event_types.entry(*event_type).or_default().extend(offset.to_be_bytes());
        }
    }
    // In order, each insertion finds its neighbour in the cache.
    values.sort_unstable();
    for (key, value) in values {
        batch.put(Table::State, key, value);
    }
    for (event_type, offsets) in event_types {
        batch.put(Table::EventTypes, event_type_key(&event_type, header.first_version), offsets);
    }
    for row in transactions.chunks(ROW_TRANSACTIONS) {
        if let Some(first) = row.first() {
            let body = transactions_row(row.iter().map(|recent| &*recent.transaction));
            batch.put(Table::Transactions, first.transaction.version.to_be_bytes(), body);
        }
    }
    if !superseded.is_empty() {
        batch.put(Table::Superseded, header.height.to_be_bytes(), superseded);
    }
    batch.put(Table::Blocks, header.height.to_be_bytes(), encode(&*block.block));
    batch.put(Table::FirstVersions, header.first_version.to_be_bytes(), header.height.to_be_bytes());
    batch.put(Table::Meta, META_TIP, encode(&tip));
    batch
}

/// The rows by which a transaction is found, but for those by event type.
pub(crate) fn index_rows(transaction: &ExecutedTransaction) -> Vec<(Table, Vec<u8>, Vec<u8>)> {
    let version = transaction.version;
    let mut rows = vec![(Table::Hashes, transaction.hash.0.to_vec(), version.to_be_bytes().to_vec())];
    if let LedgerEntry::User { sender, sequence_number: Some(number), .. } = &transaction.entry {
        rows.push((Table::Accounts, account_key(sender, *number), version.to_be_bytes().to_vec()));
    }
    for (event, at) in transaction.events.iter().zip(0u32..) {
        if let Event::Handle { creation_number, account, sequence_number, .. } = event {
            let key = stream_key(account, *creation_number, *sequence_number);
            rows.push((Table::Streams, key, stream_value(version, at)));
        }
    }
    rows
}
