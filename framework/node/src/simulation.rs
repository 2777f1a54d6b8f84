//! The node in one thread: its driver, engine, sealer, publisher and readers with disk, store, clock and DA handed in.
//!
//! Nothing in here decides anything: a simulation calls what threads and tasks call in a running node, one step at a
//! time and in the order that its seed says, and may stop between any two operations of the disk. Time is an argument.

use std::collections::VecDeque;
use std::sync::Arc;

use anyhow::{Context, Result};
use crossbeam_channel::{Receiver, Sender, bounded};
use da_adapter::embedded::Embedded;
use da_adapter::{Blob, Da, DaError, Namespace};
use executor::Executor;
use sequencer::{ArrivalOrder, BatchRules, Config, Cut, MempoolLimits, Refusal, Sequencer};
use storage::{BatchRecord, DataDirectory, Disk, LogOffset, Storage, StorageConfig, Store};
use tokio::sync::{mpsc, oneshot};
use types::transaction::Transaction;
use types::{Genesis, Hash, Namespaces, SigningKey};

use crate::da_reader::{OwnBatches, Reading, batch_reader};
use crate::driver::{COMMANDS_MAX, Command, Driver, Shared};
use crate::engine::{ClosedBlock, Engine};
use crate::full_node::FullNode;
use crate::metrics::Metrics;
use crate::publisher::Publishing;
use crate::resume::Resume;
use crate::sealer::seal_one;
use crate::status::NodeStatus;

/// A chain as every node of it knows it.
#[derive(Debug, Clone)]
pub struct Chain {
    /// The file.
    pub genesis: Arc<Genesis>,
    /// Made for that file.
    pub executor: Arc<Executor>,
    /// The layer; [`Embedded::seal`] is its clock.
    pub da: Embedded,
}

/// What survives a process, and what it is told.
#[derive(Clone)]
pub struct Machine {
    /// Of the log.
    pub disk: Arc<dyn Disk>,
    /// Behind the database.
    pub store: Arc<dyn Store>,
    /// Bounds of the database.
    pub storage: StorageConfig,
    /// Size of a log segment.
    pub segment_bytes: u64,
    /// Signs headers and batches.
    pub key: Arc<SigningKey>,
}

impl std::fmt::Debug for Machine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Machine").field("storage", &self.storage).finish_non_exhaustive()
    }
}

/// Executes genesis into an empty database, as a starting node does.
pub type Begin<'a> = &'a dyn Fn(&Storage) -> Result<()>;

impl Chain {
    fn namespaces(&self) -> Result<(Namespace, Namespace)> {
        let ids = Namespaces::of(&self.genesis.hash());
        Ok((Namespace::new_v0(ids.batches)?, Namespace::new_v0(ids.forced)?))
    }

    fn open(&self, store: Arc<dyn Store>, config: StorageConfig, begin: Begin<'_>) -> Result<Arc<Storage>> {
        let storage = Storage::open(store, config, self.genesis.hash())?;
        if storage.head().is_none() {
            begin(&storage)?;
            storage.persist()?;
            storage.sync_store()?;
        }
        Ok(storage)
    }

    fn reading(&self, storage: &Arc<Storage>, status: &Arc<NodeStatus>, metrics: &Arc<Metrics>) -> Result<Reading> {
        let (batches, forced) = self.namespaces()?;
        Ok(Reading {
            storage: Arc::clone(storage),
            da: Da::from(self.da.clone()),
            batches,
            forced,
            status: Arc::clone(status),
            metrics: Arc::clone(metrics),
        })
    }

    fn read(&self, reading: &Reading, height: u64) -> Result<Option<da_adapter::HeightData>> {
        match self.da.read_now(height, &[reading.batches, reading.forced]) {
            Ok(data) => {
                reading.keep(&data)?;
                Ok(Some(data))
            }
            Err(DaError::NotYet { .. } | DaError::Unavailable(_)) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

/// A sequencer between two steps.
pub struct SimulatedSequencer {
    chain: Chain,
    key: Arc<SigningKey>,
    driver: Driver,
    commands: Sender<Command>,
    blocks: Receiver<(ClosedBlock, LogOffset)>,
    cuts: mpsc::UnboundedReceiver<Cut>,
    publishing: Publishing,
    unfinished: VecDeque<BatchRecord>,
    reading: Reading,
    own: OwnBatches,
    next_da: u64,
    batches: Namespace,
}

impl std::fmt::Debug for SimulatedSequencer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SimulatedSequencer").field("next_da", &self.next_da).finish_non_exhaustive()
    }
}

/// Blocks of a simulated chain: small ones, so that a short run sees many.
const CONFIG: Config = Config {
    block_interval_us: 100_000,
    mempool: MempoolLimits { transactions_max: 1_000, lane_max: 100 },
    batches: BatchRules {
        bytes_target: 4_096,
        age_us_max: 500_000,
        in_flight_max: 8,
        unpublished_bytes_max: 1 << 28,
        clock_margin_us: 5_000_000,
    },
};

impl SimulatedSequencer {
    /// Starts on what the machine holds: begins, or recovers.
    ///
    /// # Errors
    /// As for [`crate::Node::start`].
    pub fn start(chain: &Chain, machine: &Machine, begin: Begin<'_>) -> Result<Self> {
        let storage = chain.open(Arc::clone(&machine.store), machine.storage, begin)?;
        let genesis_hash = chain.genesis.hash();
        let resume = Resume { storage: &storage, genesis: &chain.genesis, genesis_hash };
        let batches = resume.batches()?;
        let mut engine = Engine::new(Arc::clone(&chain.executor), Arc::clone(&storage))?;
        let (log, position) =
            resume.recover(Arc::clone(&machine.disk), machine.segment_bytes, &mut engine, &machine.key, &batches)?;
        let parameters = engine.parameters()?;
        let (commands, inbox) = bounded(COMMANDS_MAX);
        let (to_sealer, blocks) = crossbeam_channel::unbounded();
        let (to_publisher, cuts) = mpsc::unbounded_channel();
        let ids = Namespaces::of(&genesis_hash);
        let status = Arc::new(NodeStatus::new("sequencer", "embedded", ids));
        let metrics = Arc::new(Metrics::default());
        let first_unbatched = batches.last().map_or(1, |record| record.last_height + 1);
        let read_from = resume.read_from(&position, &batches);
        let shared = Arc::new(Shared::new(parameters, position.next_version));
        let mut sequencer = Sequencer::new(CONFIG, parameters, Box::new(ArrivalOrder), position);
        for cut in resume.sealed_before(&mut sequencer, first_unbatched)? {
            to_publisher.send(cut)?;
        }
        let limits = parameters.batch_limits();
        let last = batches.iter().rev().find(|record| record.finalized);
        let own = OwnBatches {
            storage: Arc::clone(&storage),
            reader: batch_reader(genesis_hash, limits, machine.key.public_key(), last),
            key: machine.key.public_key(),
            limits,
            namespaces: chain.namespaces()?,
            final_after: 1,
            waiting: Vec::new(),
            driver: commands.clone(),
            status: Arc::clone(&status),
            metrics: Arc::clone(&metrics),
        };
        let publishing = Publishing {
            storage: Arc::clone(&storage),
            da: Da::from(chain.da.clone()),
            genesis_hash,
            key: Arc::clone(&machine.key),
            limits,
            status: Arc::clone(&status),
            metrics: Arc::clone(&metrics),
            driver: commands.clone(),
            unbatched: Arc::default(),
        };
        let reading = chain.reading(&storage, &status, &metrics)?;
        let driver = Driver {
            sequencer,
            engine,
            log,
            commands: inbox,
            shared,
            to_sealer,
            to_publisher,
            status,
            metrics,
            closed: VecDeque::new(),
            unconfirmed: VecDeque::new(),
            prepare: |preparation| {
                // A disk that stopped says so again at the next operation.
                let _ = preparation.run();
            },
            now_us: 0,
        };
        Ok(Self {
            chain: chain.clone(),
            key: Arc::clone(&machine.key),
            driver,
            commands,
            blocks,
            cuts,
            publishing,
            unfinished: batches.iter().filter(|record| record.included.is_none()).cloned().collect(),
            reading,
            own,
            next_da: read_from,
            batches: chain.namespaces()?.0,
        })
    }

    /// Its database.
    #[must_use]
    pub fn storage(&self) -> &Arc<Storage> {
        self.driver.engine.storage()
    }

    /// First version that is not confirmed: what its clients were told.
    #[must_use]
    pub fn confirmed(&self) -> u64 {
        self.driver.shared.confirmed_now()
    }

    /// Transactions that wait.
    #[must_use]
    pub fn pending(&self) -> usize {
        self.driver.sequencer.pool().len()
    }

    /// Whether blocks may be opened.
    #[must_use]
    pub fn liveness(&self) -> sequencer::Liveness {
        self.driver.sequencer.liveness()
    }

    /// A turn of the driver with whatever waits for it.
    ///
    /// # Errors
    /// What stops a node.
    pub fn turn(&mut self, now_us: u64) -> Result<()> {
        let first = self.driver.commands.try_recv().ok();
        self.driver.turn(first, now_us)?;
        Ok(())
    }

    /// Hands transactions over, as REST does, and takes a turn; one verdict each.
    ///
    /// # Errors
    /// What stops a node.
    pub fn submit(&mut self, transactions: Vec<Transaction>, now_us: u64) -> Result<Vec<Result<(), Refusal>>> {
        let (reply, mut verdicts) = oneshot::channel();
        self.commands.send(Command::Submit { transactions, reply }).ok().context("the driver is gone")?;
        self.turn(now_us)?;
        Ok(verdicts.try_recv()?)
    }

    /// The sealing thread's part: headers for blocks that are durable to their end, then all of them into the store.
    /// Gives how many there were.
    ///
    /// # Errors
    /// What stops a node.
    pub fn seal(&mut self) -> Result<usize> {
        let mut sealed = 0;
        while let Ok((block, log_end)) = self.blocks.try_recv() {
            let genesis_hash = self.chain.genesis.hash();
            let storage = Arc::clone(self.storage());
            seal_one(&storage, genesis_hash, &self.key, &block, log_end, &self.commands, &self.publishing.unbatched)?;
            storage.persist()?;
            sealed += 1;
        }
        Ok(sealed)
    }

    /// Makes the store durable and lets go of what is not needed any more.
    ///
    /// # Errors
    /// What stops a node.
    pub fn sync_store(&mut self) -> Result<()> {
        let below = self.storage().sync_store()?;
        self.commands.send(Command::Release(below)).ok().context("the driver is gone")?;
        while self.storage().prune(64)? {}
        Ok(())
    }

    /// The publishing task's part: batches that a previous run left, then those that were cut; posted, not awaited.
    ///
    /// # Errors
    /// What stops a node.
    pub fn publish(&mut self) -> Result<()> {
        while let Ok(cut) = self.cuts.try_recv() {
            let record = self.publishing.build(&cut)?;
            self.unfinished.push_back(record);
        }
        while let Some(record) = self.unfinished.front() {
            let parts = self.storage().parts(record.number)?;
            let blobs: Vec<Blob> = parts.into_iter().map(|part| Blob::new(self.batches, part)).collect();
            if self.chain.da.post(&blobs).is_err() {
                break; // Away, or refused on request: tried again later.
            }
            self.unfinished.pop_front();
        }
        Ok(())
    }

    /// Posts again what was posted and never arrived, as after an unknown outcome.
    ///
    /// # Errors
    /// The store.
    pub fn resubmit(&mut self) -> Result<()> {
        let resume =
            Resume { storage: self.driver.engine.storage(), genesis: &self.chain.genesis, genesis_hash: Hash::ZERO };
        let open: Vec<BatchRecord> = resume.batches()?.into_iter().filter(|record| record.included.is_none()).collect();
        self.unfinished = open.into();
        Ok(())
    }

    /// The reading task's part: the next DA height, if there is one. Batches read back are included.
    ///
    /// # Errors
    /// What stops a node.
    pub fn read_da(&mut self) -> Result<bool> {
        let Some(data) = self.chain.read(&self.reading, self.next_da)? else { return Ok(false) };
        let read = self.own.take(&data)?;
        let found: Vec<(u64, u64)> =
            self.own.waiting.iter().map(|(height, candidate)| (candidate.batch.number, *height)).collect();
        for (batch, da_height) in found {
            if let Some(record) = self.storage().batch(batch)?
                && record.included.is_none()
            {
                self.storage().update_batch(&BatchRecord { included: Some(da_height), ..record })?;
                self.commands.send(Command::Included { batch, da_height }).ok().context("the driver is gone")?;
            }
        }
        self.commands.send(Command::DaRead(read)).ok().context("the driver is gone")?;
        self.next_da += 1;
        Ok(true)
    }
}

/// A full node between two DA heights.
pub struct SimulatedFullNode {
    chain: Chain,
    node: FullNode,
    reading: Reading,
    next_da: u64,
    status: Arc<NodeStatus>,
}

impl std::fmt::Debug for SimulatedFullNode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SimulatedFullNode").field("next_da", &self.next_da).finish_non_exhaustive()
    }
}

impl SimulatedFullNode {
    /// Starts on a store; evidence goes into the directory.
    ///
    /// # Errors
    /// As for [`crate::Node::start`].
    pub fn start(
        chain: &Chain,
        store: Arc<dyn Store>,
        config: StorageConfig,
        directory: Arc<DataDirectory>,
        begin: Begin<'_>,
    ) -> Result<Self> {
        let storage = chain.open(store, config, begin)?;
        let engine = Engine::new(Arc::clone(&chain.executor), Arc::clone(&storage))?;
        let parameters = engine.parameters()?;
        let tip = engine.tip();
        let last = storage.last_batch()?;
        let genesis_hash = chain.genesis.hash();
        let status = Arc::new(NodeStatus::new("full_node", "embedded", Namespaces::of(&genesis_hash)));
        let metrics = Arc::new(Metrics::default());
        let next_da = last
            .as_ref()
            .and_then(|record| record.included)
            .map_or(chain.genesis.da_start + 1, |height| height.min(tip.da_read + 1));
        let reading = chain.reading(&storage, &status, &metrics)?;
        let node = FullNode {
            executor: Arc::clone(&chain.executor),
            storage,
            directory,
            reader: batch_reader(genesis_hash, parameters.batch_limits(), engine.sequencer_key()?, last.as_ref()),
            batches: chain.namespaces()?.0,
            tip,
            shared: Arc::new(Shared::new(parameters, tip.next_version)),
            status: Arc::clone(&status),
            metrics,
        };
        Ok(Self { chain: chain.clone(), node, reading, next_da, status })
    }

    /// Its database.
    #[must_use]
    pub fn storage(&self) -> &Arc<Storage> {
        &self.node.storage
    }

    /// Why it halted.
    #[must_use]
    pub fn halted(&self) -> Option<String> {
        self.status.halted().as_str().map(ToString::to_string)
    }

    /// Reads every DA height that there is, until it halts.
    ///
    /// # Errors
    /// What stops a node.
    pub fn read_da(&mut self) -> Result<()> {
        while self.halted().is_none()
            && let Some(data) = self.chain.read(&self.reading, self.next_da)?
        {
            self.node.take(&data)?;
            self.next_da += 1;
        }
        Ok(())
    }
}
