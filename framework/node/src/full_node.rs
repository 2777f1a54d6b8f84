//! A full node: reads batches from DA, executes every block, and compares.
//!
//! A block that breaks a rule is the sequencer's signed fault: the node halts there, keeps its state at the last valid
//! block, goes on serving reads, and writes the evidence down.

use std::sync::Arc;

use anyhow::{Context, Result};
use da_adapter::{HeightData, Namespace};
use executor::{BatchContext, Executor, Invalid, StateReader, Tip, VerifyError, verify_batch_block};
use storage::{BatchRecord, DataDirectory, LogOffset, Storage};
use types::batch::{BatchReader, Candidate, Pushed};
use types::evidence::{EVIDENCE_FORMAT, EvidenceKind};
use types::forced::{ForcedBlob, counting};
use types::{BatchBlock, Evidence, Hash, SignedHeader};

use crate::da_reader::{Consumer, da_header};
use crate::driver::Shared;
use crate::engine::{ledger_entry, newest};
use crate::metrics::Metrics;
use crate::status::NodeStatus;

/// Executes what it reads.
pub(crate) struct FullNode {
    pub(crate) executor: Arc<Executor>,
    pub(crate) storage: Arc<Storage>,
    pub(crate) directory: Arc<DataDirectory>,
    pub(crate) reader: BatchReader,
    pub(crate) batches: Namespace,
    pub(crate) tip: Tip,
    pub(crate) shared: Arc<Shared>,
    pub(crate) status: Arc<NodeStatus>,
    pub(crate) metrics: Arc<Metrics>,
}

/// Why a batch stops the node.
enum Fault {
    /// A block in it is invalid.
    Block(Box<Invalid>, Box<SignedHeader>),
    /// It does not decode.
    Batch(String),
}

impl FullNode {
    /// Forced blobs that count in (from, to], by the parameters in force.
    fn forced(&self, from: u64, to: u64) -> Result<Vec<ForcedBlob>> {
        let parameters = self.executor.chain_config(&*newest(&self.storage))?.parameters;
        let mut found = Vec::new();
        for height in from + 1..=to {
            let blobs: Vec<Vec<u8>> = self.storage.forced(height)?.into_iter().map(|(_, blob)| blob).collect();
            found.extend(counting(height, &blobs, &parameters));
        }
        Ok(found)
    }

    /// Executes and checks one block; on success it is sealed.
    fn block(&mut self, block: &BatchBlock, context: &BatchContext<'_>) -> Result<Result<(), Box<Invalid>>> {
        let base: Arc<dyn StateReader> = newest(&self.storage);
        let parent = self.storage.head().context("the ledger is empty")?.header.hash();
        let forced_by_header = self.forced(self.tip.da_read, block.header.da_read.min(context.inclusion_height))?;
        let storage = Arc::clone(&self.storage);
        let mut fold_error = None;
        let mut fold = |closed: &executor::ClosedBlock, placed: &[executor::Placed]| -> Hash {
            let forced_until = closed.count as usize - block.transactions.len().min(closed.count as usize);
            let result = (|| -> Result<Hash> {
                for (index, one) in placed.iter().enumerate() {
                    storage.execute(ledger_entry(one.clone(), index < forced_until))?;
                }
                Ok(storage.fold(closed.metadata.height, closed.first_version + u64::from(closed.count))?)
            })();
            result.unwrap_or_else(|error| {
                fold_error = Some(error);
                Hash::ZERO
            })
        };
        let verdict = verify_batch_block(
            &self.executor,
            base,
            &self.tip,
            parent,
            block,
            context,
            &mut |_, _| forced_by_header.clone(),
            &mut fold,
        );
        if let Some(error) = fold_error {
            return Err(error);
        }
        match verdict {
            Ok(valid) => {
                let signed = SignedHeader { header: block.header.clone(), signature: block.signature };
                self.storage.seal(signed, LogOffset(0))?;
                self.tip = valid.block.tip();
                self.metrics.blocks_closed_total.add(1);
                self.metrics.gas_used_total.add(block.header.gas_used);
                self.shared.set_parameters(valid.block.next.parameters);
                self.shared.set_confirmed(self.tip.next_version);
                tracing::info!(height = self.tip.height, root = %block.header.state_root, "verified");
                Ok(Ok(()))
            }
            Err(VerifyError::Invalid(invalid)) => {
                self.storage.discard_open()?;
                Ok(Err(invalid))
            }
            Err(VerifyError::Block(error)) => Err(error.into()),
        }
    }

    fn batch(&mut self, candidate: &Candidate) -> Result<Result<(), Fault>> {
        let number = candidate.batch.number;
        let blocks = match candidate.batch.blocks() {
            Ok(blocks) => blocks,
            Err(error) => return Ok(Err(Fault::Batch(format!("batch {number} does not decode: {error}")))),
        };
        let parameters = self.executor.chain_config(&*newest(&self.storage))?.parameters;
        let unread = match number.checked_sub(parameters.batches_unread_max) {
            None | Some(0) => 0,
            Some(earlier) => self.storage.batch(earlier)?.and_then(|record| record.included).unwrap_or(u64::MAX),
        };
        let storage = Arc::clone(&self.storage);
        let da_time_us = move |height: u64| da_header(&storage, height).map(|header| header.time_us);
        let last = blocks.len() - 1;
        for (index, block) in blocks.iter().enumerate() {
            let context = BatchContext {
                inclusion_height: candidate.inclusion_height,
                is_last: index == last,
                unread_inclusion: unread,
                da_time_us: &da_time_us,
            };
            if let Err(invalid) = self.block(block, &context)? {
                let header = SignedHeader { header: block.header.clone(), signature: block.signature };
                return Ok(Err(Fault::Block(invalid, Box::new(header))));
            }
        }
        let config = self.executor.chain_config(&*newest(&self.storage))?;
        let (Some(first), Some(last)) = (blocks.first(), blocks.last()) else { return Ok(Ok(())) };
        let record = BatchRecord {
            number,
            first_height: first.header.height,
            last_height: last.header.height,
            hash: candidate.batch.hash(),
            parts: 0,
            tried_from: candidate.completed_at,
            included: Some(candidate.inclusion_height),
            finalized: true,
        };
        self.storage.put_batch(&record, &[])?;
        self.reader.advance(candidate, config.sequencer_key, config.parameters.batch_limits());
        self.status.set_published(record.last_height);
        self.status.set_finalized(record.last_height);
        self.storage.persist()?;
        Ok(Ok(()))
    }

    fn halt(&self, candidate: &Candidate, fault: Fault) -> Result<()> {
        let message = match &fault {
            Fault::Block(invalid, _) => invalid.to_string(),
            Fault::Batch(message) => message.clone(),
        };
        tracing::error!(batch = candidate.batch.number, message, "halted: the sequencer published something invalid");
        if let Fault::Block(invalid, signed) = fault {
            let evidence = Evidence {
                format: EVIDENCE_FORMAT,
                genesis_hash: self.executor.genesis_hash(),
                kind: EvidenceKind::InvalidBlock {
                    batch: candidate.batch.number,
                    da_height: candidate.inclusion_height,
                    header: signed.header,
                    signature: signed.signature,
                    rule: invalid.rule.number().to_string(),
                    field: invalid.rule.field().to_string(),
                    expected: invalid.expected.clone().into_bytes(),
                    found: invalid.found.clone().into_bytes(),
                },
            };
            self.directory.put_evidence(invalid.height, evidence.kind_name(), &evidence.to_bytes())?;
        }
        self.status.halt(message);
        Ok(())
    }
}

impl FullNode {
    /// Takes up a height: executes the batches that it completes. `false`: the node halts.
    pub(crate) fn take(&mut self, data: &HeightData) -> Result<bool> {
        let batches = self.batches;
        for blob in data.blobs.iter().filter(|blob| blob.namespace == batches) {
            match self.reader.push(data.header.height, blob.index, &blob.data) {
                Pushed::Complete(candidate) => {
                    let mut next = Some(candidate);
                    while let Some(candidate) = next {
                        if let Err(fault) = self.batch(&candidate)? {
                            self.halt(&candidate, fault)?;
                            return Ok(false);
                        }
                        next = self.reader.ready();
                    }
                }
                Pushed::Kept { .. } => {}
                Pushed::Skipped(_) => self.metrics.foreign_blobs_total.add(1),
            }
        }
        Ok(true)
    }
}

impl Consumer for FullNode {
    async fn height(&mut self, data: &HeightData) -> Result<bool> {
        tokio::task::block_in_place(|| self.take(data))
    }
}
