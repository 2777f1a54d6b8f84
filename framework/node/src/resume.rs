//! Where a sequencer goes on when it starts: the log executed again, and what became of its batches.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use anyhow::{Result, bail};
use sequencer::{Cut, Output, Position, Sequencer};
use storage::{BatchRecord, Disk, Log, LogConfig, Storage, replay};
use types::{Genesis, Hash, SigningKey};

use crate::da_reader::da_header;
use crate::engine::{Engine, Recovery};

/// What is needed to tell.
pub(crate) struct Resume<'a> {
    pub(crate) storage: &'a Arc<Storage>,
    pub(crate) genesis: &'a Genesis,
    pub(crate) genesis_hash: Hash,
}

impl Resume<'_> {
    /// All batch records, oldest first, from the newest backwards to the first that is final.
    pub(crate) fn batches(&self) -> Result<Vec<BatchRecord>> {
        let mut found = VecDeque::new();
        let unread = usize::try_from(self.genesis.parameters()?.batches_unread_max)?;
        let mut number = self.storage.last_batch()?.map_or(0, |record| record.number);
        while number > 0 {
            let Some(record) = self.storage.batch(number)? else { break };
            let enough = record.finalized && found.len() > unread;
            found.push_front(record);
            if enough {
                break;
            }
            number -= 1;
        }
        Ok(found.into())
    }

    /// Recovers from the log: what was confirmed is executed again. Gives the position to go on at.
    pub(crate) fn recover(
        &self,
        disk: Arc<dyn Disk>,
        segment_bytes: u64,
        engine: &mut Engine,
        key: &SigningKey,
        batches: &[BatchRecord],
    ) -> Result<(Log, Position)> {
        let config = LogConfig { genesis_hash: self.genesis_hash.0, segment_bytes };
        // A killed process may have left rows that are not durable yet, and the log lets go of what they hold.
        self.storage.sync_store()?;
        let (log, tail) = Log::open(disk, config, self.storage.log_tail())?;
        self.storage.note_log_synced(log.synced());
        let mut recovery = Recovery { engine, key, open: None };
        replay(tail, &mut recovery)?;
        let open = recovery.open;
        let next_version = self.storage.next_version();
        if open.is_some() {
            // What was in the log was synced when it was opened, so it may be promised.
            self.storage.confirm(next_version - 1, log.synced())?;
        }
        self.storage.persist()?;
        let tip = engine.tip();
        let read = open.map_or(tip.da_read, |open| open.da_read);
        let da_read_time_us = da_header(self.storage, read).map_or(self.genesis.time_us, |header| header.time_us);
        let mut in_flight = BTreeMap::new();
        let mut included = BTreeMap::new();
        for record in batches {
            match record.included {
                Some(height) => {
                    included.insert(record.number, height);
                }
                None => {
                    let bytes = self.storage.parts(record.number)?.iter().map(|part| part.len() as u64).sum();
                    in_flight.insert(record.number, bytes);
                }
            }
        }
        let position = Position {
            height: tip.height,
            time_us: tip.time_us,
            da_read: tip.da_read,
            da_read_time_us,
            next_version,
            open,
            next_batch: batches.last().map_or(1, |record| record.number + 1),
            in_flight,
            included,
        };
        Ok((log, position))
    }

    /// Blocks that a previous run sealed and did not put into a batch. Gives the batches that are full with them.
    pub(crate) fn sealed_before(&self, machine: &mut Sequencer, first: u64) -> Result<Vec<Cut>> {
        let head = self.storage.head().map_or(0, |head| head.header.height);
        let mut out = Vec::new();
        for height in first..=head {
            let header = self.storage.block(height)?.header.clone();
            let next_key = match self.storage.block(height + 1) {
                Ok(next) => next.header.sequencer != header.sequencer,
                Err(_) => false,
            };
            machine.step(
                sequencer::Input::Sealed(sequencer::SealedBlock {
                    height,
                    time_us: header.time_us,
                    da_read: header.da_read,
                    bytes: crate::publisher::payload_bytes(self.storage, height)?,
                    ends_batch: next_key,
                }),
                &mut out,
            );
        }
        out.into_iter()
            .map(|output| match output {
                Output::Cut(cut) => Ok(cut),
                other => bail!("the machine wants {other:?} before it has a clock"),
            })
            .collect()
    }

    /// The first DA height to be read: behind the last block's, and not behind what the oldest unread batch needs.
    pub(crate) fn read_from(&self, position: &Position, batches: &[BatchRecord]) -> u64 {
        let read = position.open.map_or(position.da_read, |open| open.da_read);
        let last_final = batches.iter().rev().find(|record| record.finalized).and_then(|record| record.included);
        let own = if batches.iter().all(|record| record.finalized) {
            read
        } else {
            // The height of the last final batch is read again: others may lie in it that are not final yet.
            last_final.map_or(self.genesis.da_start, |height| height.saturating_sub(1))
        };
        read.min(own) + 1
    }
}
