//! Reading DA, height by height: what both roles share, and what a sequencer does with it.
//!
//! Every height is read with its header verified and its blobs complete. Headers and forced blobs are kept, so that a
//! block can be checked against them later. A sequencer hands forced blobs to its driver and reads its own batches
//! back, which makes them final; a full node executes them ([`crate::full_node`]).

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use crossbeam_channel::Sender;
use da_adapter::{Da, DaError, DaHeader, DataAvailability, HeightData, Namespace};
use sequencer::DaHeightRead;
use storage::{BatchRecord, Storage};
use types::batch::{BatchReader, Candidate, Pushed, ReaderLimits};
use types::{Hash, PublicKey};

use crate::driver::Command;
use crate::metrics::Metrics;
use crate::status::NodeStatus;

/// Slices of batches that wait for others, in bytes.
pub(crate) const PARKED_BYTES_MAX: usize = 268_435_456;
/// Pause after a failed read.
const PAUSE: Duration = Duration::from_millis(250);

/// What is done with each height.
pub(crate) trait Consumer: Send {
    /// A verified height, in order. `false`: the node halts and reads no further.
    fn height(&mut self, data: &HeightData) -> impl Future<Output = Result<bool>> + Send;
}

/// The reading task.
pub(crate) struct Reading {
    pub(crate) storage: Arc<Storage>,
    pub(crate) da: Da,
    pub(crate) batches: Namespace,
    pub(crate) forced: Namespace,
    pub(crate) status: Arc<NodeStatus>,
    pub(crate) metrics: Arc<Metrics>,
}

/// The DA header of a height that was read, as it is kept.
pub(crate) fn da_header(storage: &Storage, height: u64) -> Option<DaHeader> {
    let bytes = storage.da_header(height).ok()??;
    bcs::from_bytes(&bytes).ok()
}

impl Reading {
    /// Reads on from `from`, for ever; returns when the consumer halts.
    ///
    /// # Errors
    /// The store, or a layer that lies in a way that no retry mends.
    pub(crate) async fn run(self, from: u64, mut consumer: impl Consumer) -> Result<()> {
        let mut height = from;
        loop {
            let data = match self.da.read(height, &[self.batches, self.forced]).await {
                Ok(data) => data,
                Err(DaError::NotYet { .. }) => {
                    if let Err(error) = self.da.wait_for(height).await {
                        self.failed(height, &error).await;
                    }
                    continue;
                }
                Err(error) => {
                    self.failed(height, &error).await;
                    continue;
                }
            };
            self.keep(&data)?;
            if !consumer.height(&data).await? {
                return Ok(());
            }
            height += 1;
        }
    }

    /// Keeps the header and the forced blobs of a height.
    pub(crate) fn keep(&self, data: &HeightData) -> Result<()> {
        let height = data.header.height;
        let mut forced = Vec::new();
        for blob in data.blobs.iter().filter(|blob| blob.namespace == self.forced) {
            forced.push((u32::try_from(blob.index)?, blob.data.clone()));
        }
        let header = bcs::to_bytes(&data.header).context("a DA header does not encode")?;
        self.storage.put_da_height(height, &header, &forced)?;
        self.status.set_da_head(height);
        Ok(())
    }

    async fn failed(&self, height: u64, error: &DaError) {
        self.metrics.da_errors_total.add(1);
        tracing::warn!(height, %error, "DA could not be read, trying again");
        tokio::time::sleep(PAUSE).await;
    }
}

/// Follows the batch namespace behind the newest batch that is known to be `included` and read.
pub(crate) fn batch_reader(
    genesis_hash: Hash,
    limits: types::batch::BatchLimits,
    key: PublicKey,
    last: Option<&BatchRecord>,
) -> BatchReader {
    let bounds = ReaderLimits { batch: limits, parked_bytes_max: PARKED_BYTES_MAX };
    match last {
        Some(BatchRecord { number, hash, included: Some(height), .. }) => {
            BatchReader::new(genesis_hash, bounds, key, *number, *hash, *height)
        }
        _ => BatchReader::new(genesis_hash, bounds, key, 0, Hash::ZERO, 0),
    }
}

/// A sequencer's own reading: forced blobs to the driver, its batches read back.
pub(crate) struct OwnBatches {
    pub(crate) storage: Arc<Storage>,
    pub(crate) reader: BatchReader,
    pub(crate) key: PublicKey,
    pub(crate) limits: types::batch::BatchLimits,
    pub(crate) namespaces: (Namespace, Namespace),
    /// Heights behind a batch's inclusion before it is final.
    pub(crate) final_after: u64,
    pub(crate) waiting: Vec<(u64, Candidate)>,
    pub(crate) driver: Sender<Command>,
    pub(crate) status: Arc<NodeStatus>,
    pub(crate) metrics: Arc<Metrics>,
}

impl OwnBatches {
    fn finalize(&mut self, height: u64) -> Result<()> {
        while let Some((at, candidate)) = self.waiting.first()
            && at.saturating_add(self.final_after) <= height
        {
            let number = candidate.batch.number;
            if let Some(record) = self.storage.batch(number)? {
                let record = BatchRecord { finalized: true, included: Some(candidate.inclusion_height), ..record };
                self.storage.update_batch(&record)?;
                self.status.set_published(record.last_height);
                self.status.set_finalized(record.last_height);
                tracing::info!(batch = number, blocks_to = record.last_height, "final");
            }
            self.waiting.remove(0);
        }
        Ok(())
    }
}

impl OwnBatches {
    /// Takes up a height: own batches become final, forced blobs go to the driver.
    pub(crate) fn take(&mut self, data: &HeightData) -> Result<DaHeightRead> {
        let height = data.header.height;
        let (batches, forced) = self.namespaces;
        for blob in data.blobs.iter().filter(|blob| blob.namespace == batches) {
            match self.reader.push(height, blob.index, &blob.data) {
                Pushed::Complete(candidate) => {
                    let mut next = Some(candidate);
                    while let Some(candidate) = next {
                        self.reader.advance(&candidate, self.key, self.limits);
                        self.waiting.push((candidate.inclusion_height, candidate));
                        next = self.reader.ready();
                    }
                }
                Pushed::Kept { .. } => {}
                Pushed::Skipped(_) => self.metrics.foreign_blobs_total.add(1),
            }
        }
        self.finalize(height)?;
        let forced = data.blobs.iter().filter(|blob| blob.namespace == forced).map(|blob| blob.data.clone()).collect();
        Ok(DaHeightRead { height, time_us: data.header.time_us, forced })
    }
}

impl Consumer for OwnBatches {
    async fn height(&mut self, data: &HeightData) -> Result<bool> {
        let read = self.take(data)?;
        // The channel is bounded: a busy driver holds the reader back, not the runtime.
        let driver = self.driver.clone();
        let sent = tokio::task::spawn_blocking(move || driver.send(Command::DaRead(read)).is_ok()).await?;
        Ok(sent)
    }
}
