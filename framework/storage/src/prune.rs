//! Forgetting, by whole blocks: values behind the window, then blocks behind the history.

use std::sync::atomic::Ordering::SeqCst;

use crate::{
    ledger::{ReadError, Storage},
    persist::{META_PRUNED, index_keys},
    rows::{Damaged, decode, decode_block, encode, state_key, version_of},
    store::{Batch, Order, Table},
};

pub(crate) fn prune(storage: &Storage, blocks_max: u64) -> Result<bool, ReadError> {
    let _one_at_a_time = storage.persisting.lock();
    let Some(tip) = *storage.tip.lock() else { return Ok(false) };
    let keep = |blocks: u64| (tip.height + 1).saturating_sub(blocks);
    let values_from = keep(storage.config.provable_blocks.max(1));
    let blocks_from = match storage.config.history_blocks {
        0 => 0,
        blocks => keep(blocks.max(storage.config.provable_blocks)),
    };
    let mut pruned = *storage.pruned.lock();
    let mut steps = 0;
    while pruned.values_from < values_from && steps < blocks_max {
        steps += 1;
        pruned.values_from += 1;
        let block = header(storage, pruned.values_from)?;
        // Readers are turned away before the rows go.
        storage.oldest_value_version.fetch_max(block.header.first_version, SeqCst);
        let previous = header(storage, pruned.values_from - 1)?;
        let mut batch = Batch::default();
        // The first block whose values go is the one before; its first version was readable until now, and the
        // window now begins at the first version of this block.
        for version in previous.header.first_version + 1..=block.header.first_version {
            supersede(storage, version, &mut batch)?;
        }
        batch.put(Table::Meta, META_PRUNED, encode(&pruned));
        storage.store.write(batch)?;
        *storage.pruned.lock() = pruned;
        storage.memory.write().forget_deletions(block.header.first_version);
        storage.tree.write().prune_below(pruned.values_from);
    }
    let mut steps = 0;
    while pruned.blocks_from < blocks_from.min(pruned.values_from) && steps < blocks_max {
        steps += 1;
        let block = header(storage, pruned.blocks_from)?;
        pruned.blocks_from += 1;
        storage.oldest_block.fetch_max(pruned.blocks_from, SeqCst);
        storage.oldest_version.fetch_max(block.header.next_version(), SeqCst);
        let mut batch = Batch::default();
        for version in block.header.first_version..block.header.next_version() {
            if let Some(row) = storage.store.get(Table::Transactions, &version.to_be_bytes())? {
                for (table, key, _) in index_keys(&decode("transactions", &row)?) {
                    batch.remove(table, key);
                }
                batch.remove(Table::Transactions, version.to_be_bytes());
            }
        }
        batch.remove(Table::Blocks, block.header.height.to_be_bytes());
        batch.remove(Table::FirstVersions, block.header.first_version.to_be_bytes());
        batch.put(Table::Meta, META_PRUNED, encode(&pruned));
        storage.store.write(batch)?;
        *storage.pruned.lock() = pruned;
    }
    Ok(pruned.values_from < values_from || pruned.blocks_from < blocks_from)
}

/// Removes the values that `version` replaced, and its own deletions: nobody can ask for what was before it.
fn supersede(storage: &Storage, version: u64, batch: &mut Batch) -> Result<(), ReadError> {
    let row = storage.store.get(Table::Transactions, &version.to_be_bytes())?.ok_or(Damaged("transactions"))?;
    let transaction: crate::rows::ExecutedTransaction = decode("transactions", &row)?;
    for (key, op) in &transaction.write_set {
        let key = key.to_bytes();
        let mut found = Ok(());
        let (from, to) = (state_key(&key, 0), state_key(&key, version));
        storage.store.scan(Table::State, &from, &to, Order::Descending, &mut |row, _| {
            found = version_of("state", row).map(|_| batch.remove(Table::State, row));
            found.is_ok()
        })?;
        found?;
        if op.value().is_none() {
            batch.remove(Table::State, to);
        }
    }
    Ok(())
}

fn header(storage: &Storage, height: u64) -> Result<types::SignedHeader, ReadError> {
    let row = storage.store.get(Table::Blocks, &height.to_be_bytes())?.ok_or(Damaged("blocks"))?;
    Ok(decode_block(&row)?)
}
