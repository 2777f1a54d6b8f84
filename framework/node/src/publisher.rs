//! From sealed blocks to blobs on DA: one task that posts batches and sees them included.
//!
//! A batch is built and its blobs are on disk before the first submission, so that after a crash the very same bytes
//! are posted. Batches are posted in order; each waits for the one before only where the layer's answer is awaited.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};
use crossbeam_channel::Sender;
use da_adapter::{Blob, Da, DaError, Namespace, Publisher, PublisherConfig};
use parking_lot::Mutex;
use sequencer::Cut;
use storage::{BatchRecord, LedgerEntry, Storage};
use tokio::sync::mpsc::UnboundedReceiver;
use types::batch::{BLOB_BYTES_WRITE_MAX, Batch, BatchLimits};
use types::{BatchBlock, Hash, SigningKey};

use crate::driver::Command;
use crate::metrics::Metrics;
use crate::status::NodeStatus;

/// What the publishing task works with.
pub(crate) struct Publishing {
    pub(crate) storage: Arc<Storage>,
    pub(crate) da: Da,
    pub(crate) genesis_hash: Hash,
    pub(crate) key: Arc<SigningKey>,
    pub(crate) limits: BatchLimits,
    pub(crate) status: Arc<NodeStatus>,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) driver: Sender<Command>,
    pub(crate) unbatched: Arc<Unbatched>,
}

/// The block as a batch carries it: header, signature, own transactions.
fn batch_block(storage: &Storage, height: u64) -> Result<BatchBlock> {
    let block = storage.block(height)?;
    let header = block.header.clone();
    let count = usize::try_from(header.count)?;
    let own = storage.transactions(header.first_version, count)?;
    let transactions = own
        .iter()
        .filter_map(|transaction| match &transaction.entry {
            LedgerEntry::User { bytes, forced: false, .. } => Some(bytes.clone()),
            LedgerEntry::User { .. } | LedgerEntry::Metadata(_) | LedgerEntry::Genesis => None,
        })
        .collect();
    Ok(BatchBlock { header, signature: block.signature, transactions })
}

/// Bytes that a sealed block takes in a batch's payload.
pub(crate) fn payload_bytes(storage: &Storage, height: u64) -> Result<u64> {
    size(&batch_block(storage, height)?)
}

fn size(block: &BatchBlock) -> Result<u64> {
    let head = BatchBlock { header: block.header.clone(), signature: block.signature, transactions: Vec::new() };
    Ok(u64::try_from(encoded_bytes(&head, block.transactions.iter().map(Vec::len)))?)
}

/// Sealed blocks that no batch holds yet, as a batch carries them, so that they need not be read back from the store.
///
/// Bounded: what finds no room is read back.
#[derive(Debug, Default)]
pub(crate) struct Unbatched(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    blocks: BTreeMap<u64, (BatchBlock, u64)>,
    bytes: u64,
}

/// Bytes of blocks that are kept at most.
const UNBATCHED_BYTES_MAX: u64 = 64 << 20;

impl Unbatched {
    /// Keeps a block that was just sealed; gives the bytes that it takes in a batch's payload.
    pub(crate) fn keep(&self, storage: &Storage, height: u64) -> Result<u64> {
        let block = batch_block(storage, height)?;
        let bytes = size(&block)?;
        let mut kept = self.0.lock();
        if kept.bytes + bytes <= UNBATCHED_BYTES_MAX {
            kept.bytes += bytes;
            kept.blocks.insert(height, (block, bytes));
        }
        Ok(bytes)
    }

    /// The block as it was kept; once.
    fn take(&self, height: u64) -> Option<BatchBlock> {
        let mut kept = self.0.lock();
        let (block, bytes) = kept.blocks.remove(&height)?;
        kept.bytes -= bytes;
        Some(block)
    }
}

/// The size of a block in BCS, with transactions of these sizes in place of none.
fn encoded_bytes(head: &BatchBlock, transactions: impl Iterator<Item = usize>) -> usize {
    let prefix = |length: usize| (usize::BITS - (length | 1).leading_zeros()).div_ceil(7) as usize;
    let (count, bytes) = transactions.fold((0, 0), |(n, sum), length| (n + 1, sum + prefix(length) + length));
    types::codec::encode(head).len() - prefix(0) + prefix(count) + bytes
}

impl Publishing {
    /// Builds a batch and writes down the intent to post it.
    pub(crate) fn build(&self, cut: &Cut) -> Result<BatchRecord> {
        if let Some(record) = self.storage.batch(cut.number)? {
            return Ok(record);
        }
        let previous = match cut.number {
            1 => Hash::ZERO,
            number => self.storage.batch(number - 1)?.context("the previous batch is missing")?.hash,
        };
        let block = |height| match self.unbatched.take(height) {
            Some(block) => Ok(block),
            None => batch_block(&self.storage, height),
        };
        let blocks: Vec<BatchBlock> = (cut.first_height..=cut.last_height).map(block).collect::<Result<_>>()?;
        let batch = Batch::seal(self.genesis_hash, cut.number, previous, &blocks, &self.limits)?;
        let parts = batch.split(BLOB_BYTES_WRITE_MAX, &self.limits, &self.key)?;
        let record = BatchRecord {
            number: cut.number,
            first_height: cut.first_height,
            last_height: cut.last_height,
            hash: batch.hash(),
            parts: u16::try_from(parts.len())?,
            tried_from: self.status.da_head(),
            included: None,
            finalized: false,
        };
        self.storage.put_batch(&record, &parts)?;
        Ok(record)
    }

    /// Posts a batch until it is included, whatever the layer answers meanwhile.
    async fn post(&self, publisher: &Publisher, record: &mut BatchRecord) -> Result<()> {
        let namespace = Namespace::new_v0(self.status.namespaces.batches)?;
        let parts = self.storage.parts(record.number)?;
        let blobs: Vec<Blob> = parts.into_iter().map(|part| Blob::new(namespace, part)).collect();
        self.metrics.batches_submitted_total.add(1);
        self.metrics.blob_bytes_submitted_total.add(blobs.iter().map(|blob| blob.data.len() as u64).sum());
        let height = loop {
            match publisher.publish(&self.da, record.number, &blobs).await {
                Ok(height) => break height,
                Err(error @ (DaError::TooLarge { .. } | DaError::TooManyBlobs { .. })) => {
                    return Err(anyhow::Error::new(error)
                        .context(format!("batch {} cannot be posted as it is cut", record.number)));
                }
                Err(error) => {
                    self.metrics.da_errors_total.add(1);
                    tracing::warn!(batch = record.number, %error, "batch not published yet");
                    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
                }
            }
        };
        record.included = Some(height);
        // The reader may have seen the batch first: what it found is not taken back.
        let finalized = self.storage.batch(record.number)?.is_some_and(|stored| stored.finalized);
        self.storage.update_batch(&BatchRecord { finalized, ..record.clone() })?;
        publisher.forget(record.number)?;
        self.status.set_published(record.last_height);
        tracing::info!(batch = record.number, blocks_to = record.last_height, da_height = height, "published");
        let _ = self.driver.send(Command::Included { batch: record.number, da_height: height });
        Ok(())
    }

    /// Posts batches as they are cut. `unfinished`: those that a previous run cut and did not see included.
    pub(crate) async fn run(
        self,
        directory: &Path,
        unfinished: Vec<BatchRecord>,
        mut cuts: UnboundedReceiver<Cut>,
    ) -> Result<()> {
        let publisher = Publisher::open(&directory.join("intents"), PublisherConfig::default())?;
        for mut record in unfinished {
            self.post(&publisher, &mut record).await?;
        }
        while let Some(cut) = cuts.recv().await {
            let mut record = self.build(&cut)?;
            self.post(&publisher, &mut record).await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use types::{Header, Signature};

    use super::*;

    #[test]
    fn the_size_of_a_block_is_that_of_its_encoding() {
        let header = Header {
            format: 1,
            genesis_hash: Hash::ZERO,
            height: 7,
            parent: Hash::ZERO,
            time_us: 1,
            first_version: 2,
            count: 3,
            da_read: 4,
            transaction_root: Hash::ZERO,
            receipt_root: Hash::ZERO,
            state_root: Hash::ZERO,
            gas_used: 5,
            fees: 6,
            sequencer: move_core_types::AccountAddress::ONE,
        };
        let head = BatchBlock { header, signature: Signature::ZERO, transactions: Vec::new() };
        for sizes in
            [vec![], vec![0], vec![1, 127, 128], vec![16_383, 16_384], vec![3; 127], vec![3; 128], vec![300; 200]]
        {
            let transactions: Vec<Vec<u8>> = sizes.iter().map(|size| vec![9; *size]).collect();
            let whole = types::codec::encode(&BatchBlock { transactions, ..head.clone() }).len();
            assert_eq!(encoded_bytes(&head, sizes.iter().copied()), whole, "{sizes:?}");
        }
    }
}
