//! Forgetting, by whole blocks: values behind the window, then blocks behind the history.

use std::sync::atomic::Ordering::SeqCst;

use crate::{
    ledger::{ReadError, Storage},
    memory::event_types_of,
    persist::{META_PRUNED, index_rows},
    rows::{Damaged, decode_block, encode, event_type_key, split_rows},
    store::{Batch, Table},
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
        let mut batch = Batch::default();
        // What the block before replaced can be asked for by nobody any more.
        let left = (pruned.values_from - 1).to_be_bytes();
        if let Some(rows) = storage.store.get(Table::Superseded, &left)? {
            split_rows(&rows)?.into_iter().for_each(|row| batch.remove(Table::State, row));
            batch.remove(Table::Superseded, left);
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
        let (first, count) = (block.header.first_version, u64::from(block.header.count));
        for transaction in storage.stored_transactions(first, count)? {
            for (table, key, _) in index_rows(&transaction) {
                batch.remove(table, key);
            }
            for event_type in event_types_of(&transaction.events) {
                batch.remove(Table::EventTypes, event_type_key(&event_type, first));
            }
            // Most are not the first of their row; removing what is not there is harmless.
            batch.remove(Table::Transactions, transaction.version.to_be_bytes());
        }
        batch.remove(Table::Blocks, block.header.height.to_be_bytes());
        batch.remove(Table::FirstVersions, block.header.first_version.to_be_bytes());
        batch.put(Table::Meta, META_PRUNED, encode(&pruned));
        storage.store.write(batch)?;
        *storage.pruned.lock() = pruned;
    }
    Ok(pruned.values_from < values_from || pruned.blocks_from < blocks_from)
}

fn header(storage: &Storage, height: u64) -> Result<types::SignedHeader, ReadError> {
    let row = storage.store.get(Table::Blocks, &height.to_be_bytes())?.ok_or(Damaged("blocks"))?;
    Ok(decode_block(&row)?)
}
