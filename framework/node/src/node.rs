//! A running node: what is started in which order, and stopped in which.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use crossbeam_channel::{Receiver, Sender, bounded};
use da_adapter::celestia::{Celestia, CelestiaConfig};
use da_adapter::embedded::Embedded;
use da_adapter::{Da, Namespace};
use executor::{Executor, execute_genesis};
use move_vm_runtime::{Engine as VmEngine, NativeTable, VmConfig};
use sequencer::{ArrivalOrder, BatchRules, MempoolLimits, Sequencer};
use storage::{
    BatchRecord, DataDirectory, ExecutedTransaction, LedgerEntry, LogOffset, SEGMENT_BYTES, Storage, StorageConfig,
};
use tokio::sync::{mpsc, watch};
use types::genesis::DaLayer;
use types::{Genesis, Hash, Namespaces, Signature, SignedHeader, SigningKey};

use crate::config::{Config, DaKind, Role};
use crate::da_reader::{OwnBatches, Reading, batch_reader, da_header};
use crate::driver::{COMMANDS_MAX, Command, Driver, Handle, Shared, prepare_beside};
use crate::engine::Engine;
use crate::full_node::FullNode;
use crate::metrics::Metrics;
use crate::publisher::{Publishing, Unbatched};
use crate::rest::modules::ModuleCache;
use crate::rest::{self, Api};
use crate::resume::Resume;
use crate::status::NodeStatus;
use crate::{faucet, http, indexer, sealer};

/// Memory for the store's cache.
const STORE_CACHE_BYTES: u64 = 64 << 20;
/// Beyond this many bytes of blocks that DA has not included, no block is opened.
const UNPUBLISHED_BYTES_MAX: u64 = 268_435_456;
/// How often a full node looks for new heights of an embedded layer.
const POLL: Duration = Duration::from_millis(100);

/// Where a node listens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Addresses {
    /// The REST API.
    pub rest: SocketAddr,
    /// The faucet, where this node serves one.
    pub faucet: Option<SocketAddr>,
    /// The indexer answers, where this node serves them.
    pub indexer: Option<SocketAddr>,
}

/// A running node.
#[derive(Debug)]
pub struct Node {
    addresses: Addresses,
    genesis_hash: Hash,
    commands: Sender<Command>,
    stop: watch::Sender<bool>,
    failures: mpsc::Receiver<anyhow::Error>,
    threads: Vec<std::thread::JoinHandle<()>>,
    /// Locked for as long as the node runs.
    directory: Arc<DataDirectory>,
}

/// What every role has open.
struct Open {
    config: Config,
    genesis: Arc<Genesis>,
    genesis_hash: Hash,
    executor: Arc<Executor>,
    directory: Arc<DataDirectory>,
    storage: Arc<Storage>,
    status: Arc<NodeStatus>,
    metrics: Arc<Metrics>,
    da: Da,
    namespaces: (Namespace, Namespace),
    failures: mpsc::Sender<anyhow::Error>,
    stop: watch::Sender<bool>,
}

/// Reads a key file: 64 hexadecimal digits.
fn read_key(path: &Path) -> Result<SigningKey> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read the key {}", path.display()))?;
    let seed = hex::decode(text.trim().trim_start_matches("0x")).ok().and_then(|bytes| bytes.try_into().ok());
    let seed = seed.with_context(|| format!("{} is not a key: expected 64 hexadecimal digits", path.display()))?;
    Ok(SigningKey::from_seed(seed))
}

fn open_da(config: &Config, genesis: &Genesis, storage: &Storage) -> Result<Da> {
    match (config.da.kind, &genesis.da) {
        (DaKind::Embedded, DaLayer::Embedded) => {
            let path = &config.da.path;
            let layer = match config.node.role {
                Role::Sequencer => Embedded::start(path, Duration::from_millis(config.da.interval_ms)),
                Role::FullNode => Embedded::follow(path, POLL, None),
            };
            Ok(layer.with_context(|| format!("cannot open the embedded DA layer in {}", path.display()))?.into())
        }
        (DaKind::Celestia, DaLayer::Celestia { network }) => {
            if config.da.celestia_url.is_empty() {
                bail!("name the Celestia node with --celestia-url or `da.celestia_url`");
            }
            let mut celestia = CelestiaConfig::new(&config.da.celestia_url);
            celestia.token = (!config.da.celestia_token.is_empty()).then(|| config.da.celestia_token.clone());
            celestia.network = Some(network.clone());
            // What was verified before a restart is where trust goes on.
            celestia.trusted = match storage.last_da_header()? {
                Some((height, _)) => da_header(storage, height).map(|header| header.anchor()),
                None => None,
            };
            Ok(Celestia::new(celestia).into())
        }
        (configured, DaLayer::Embedded) => {
            bail!("the genesis file is of a chain on the embedded layer, configured is {configured:?}")
        }
        (configured, DaLayer::Celestia { network }) => {
            bail!("the genesis file is of a chain on Celestia ({network}), configured is {configured:?}")
        }
    }
}

/// Executes genesis into an empty database.
fn initialize(storage: &Storage, executor: &Executor, genesis: &Genesis) -> Result<()> {
    let block = execute_genesis(executor, genesis).context("the genesis file cannot be executed")?;
    let executed = block.executed.clone();
    storage.execute(ExecutedTransaction {
        version: 0,
        hash: executed.receipt.transaction_hash,
        entry: LedgerEntry::Genesis,
        detail: types::codec::encode(&executed.detail),
        receipt: executed.receipt,
        write_set: executed.write_set,
        events: executed.events,
    })?;
    let root = storage.fold(0, 1)?;
    storage.seal(SignedHeader { header: block.header(root), signature: Signature::ZERO }, LogOffset(0))?;
    storage.persist()?;
    storage.sync_store()?;
    Ok(())
}

impl Node {
    /// Starts a node and returns when it answers requests.
    ///
    /// # Errors
    /// Anything that keeps it from starting, with what to do about it.
    pub async fn start(config: Config) -> Result<Self> {
        Self::start_with(config, move_natives::table()).await
    }

    /// The same with a table of natives of the chain's own: the standard ones and what genesis' privileged addresses declare.
    ///
    /// # Errors
    /// Anything that keeps it from starting, with what to do about it.
    pub async fn start_with(config: Config, natives: NativeTable) -> Result<Self> {
        let genesis = Arc::new(config.genesis()?);
        let genesis_hash = genesis.hash();
        let directory = Arc::new(DataDirectory::open(&config.node.data)?);
        let storage_config =
            StorageConfig { provable_blocks: config.storage.provable_blocks, ..storage::DEFAULT_CONFIG };
        let storage = Storage::open(directory.store(STORE_CACHE_BYTES)?, storage_config, genesis_hash)?;
        let default = VmConfig::default();
        let vm = VmConfig { engine: if config.node.check { VmEngine::Both } else { default.engine }, ..default };
        let executor = Executor::with_config(natives, vm, &genesis);
        if storage.head().is_none() {
            initialize(&storage, &executor, &genesis)?;
        }
        let (role, layer) = match (config.node.role, config.da.kind) {
            (Role::Sequencer, DaKind::Embedded) => ("sequencer", "embedded"),
            (Role::Sequencer, DaKind::Celestia) => ("sequencer", "celestia"),
            (Role::FullNode, DaKind::Embedded) => ("full_node", "embedded"),
            (Role::FullNode, DaKind::Celestia) => ("full_node", "celestia"),
        };
        let ids = Namespaces::of(&genesis_hash);
        let namespaces = (Namespace::new_v0(ids.batches)?, Namespace::new_v0(ids.forced)?);
        let status = Arc::new(NodeStatus::new(role, layer, ids));
        let da = open_da(&config, &genesis, &storage)?;
        let (failures, failed) = mpsc::channel(16);
        let stop = watch::Sender::new(false);
        let metrics = Arc::new(Metrics::default());
        let open = Open {
            config,
            genesis,
            genesis_hash,
            executor,
            directory,
            storage,
            status,
            metrics,
            da,
            namespaces,
            failures,
            stop,
        };
        match open.config.node.role {
            Role::Sequencer => open.sequencer(failed).await,
            Role::FullNode => open.full_node(failed).await,
        }
    }

    /// Where it listens.
    pub fn addresses(&self) -> Addresses {
        self.addresses
    }

    /// Names its chain.
    pub fn genesis_hash(&self) -> Hash {
        self.genesis_hash
    }

    /// Runs until the process is asked to end or something fails that it must not survive, then stops in order.
    ///
    /// # Errors
    /// What failed.
    pub async fn wait(mut self) -> Result<()> {
        let failure = tokio::select! {
            failure = self.failures.recv() => failure,
            () = asked_to_end() => None,
        };
        self.stop().await;
        failure.map_or(Ok(()), Err)
    }

    /// Stops: no new requests, then the driver syncs its log, then the sealing thread moves blocks into the store.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        let commands = self.commands;
        let threads = self.threads;
        let directory = self.directory;
        let joined = tokio::task::spawn_blocking(move || {
            // A driver that is gone already needs no word.
            let _ = commands.send(Command::Stop);
            for thread in threads {
                let _ = thread.join();
            }
        });
        let _ = joined.await;
        // Unlocked last.
        drop(directory);
    }
}

async fn asked_to_end() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        let Ok(mut terminate) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) else {
            let _ = interrupt.await;
            return;
        };
        tokio::select! {
            _ = interrupt => {}
            _ = terminate.recv() => {}
        }
    }
    #[cfg(not(unix))]
    {
        let _ = interrupt.await;
    }
}

/// Resolves when the node stops.
async fn stopped(mut stop: watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}

impl Open {
    fn api(&self, handle: Handle) -> Arc<Api> {
        Arc::new(Api {
            storage: Arc::clone(&self.storage),
            genesis: Arc::clone(&self.genesis),
            genesis_hash: self.genesis_hash,
            handle,
            executor: Arc::clone(&self.executor),
            cache: ModuleCache::default(),
            metrics: Arc::clone(&self.metrics),
            status: Arc::clone(&self.status),
            da: self.da.clone(),
        })
    }

    /// Runs a task whose failure ends the node.
    fn spawn(&self, what: &'static str, task: impl Future<Output = Result<()>> + Send + 'static) {
        let failures = self.failures.clone();
        let stop = self.stop.subscribe();
        tokio::spawn(async move {
            tokio::select! {
                result = task => {
                    if let Err(error) = result {
                        let _ = failures.send(error.context(what)).await;
                    }
                }
                () = stopped(stop) => {}
            }
        });
    }

    /// Runs a thread whose failure ends the node.
    fn thread(
        &self,
        what: &'static str,
        work: impl FnOnce() -> Result<()> + Send + 'static,
    ) -> Result<std::thread::JoinHandle<()>> {
        let failures = self.failures.clone();
        let run = move || {
            if let Err(error) = work() {
                let _ = failures.blocking_send(error.context(what));
            }
        };
        Ok(std::thread::Builder::new().name(what.into()).spawn(run)?)
    }

    async fn serve_rest(&self, api: &Arc<Api>) -> Result<SocketAddr> {
        let listener = http::bind(self.config.node.listen).await?;
        let address = listener.local_addr()?;
        tokio::spawn(http::serve(
            listener,
            Arc::clone(api),
            rest::handle,
            rest::refuse,
            stopped(self.stop.subscribe()),
        ));
        Ok(address)
    }

    async fn serve_indexer(&self, api: &Arc<Api>) -> Result<SocketAddr> {
        let listener = http::bind(self.config.node.indexer_listen).await?;
        let address = listener.local_addr()?;
        tokio::spawn(http::serve(
            listener,
            Arc::clone(api),
            indexer::handle,
            indexer::refuse,
            stopped(self.stop.subscribe()),
        ));
        Ok(address)
    }

    fn resume(&self) -> Resume<'_> {
        Resume { storage: &self.storage, genesis: &self.genesis, genesis_hash: self.genesis_hash }
    }

    fn reading(&self) -> Reading {
        Reading {
            storage: Arc::clone(&self.storage),
            da: self.da.clone(),
            batches: self.namespaces.0,
            forced: self.namespaces.1,
            status: Arc::clone(&self.status),
            metrics: Arc::clone(&self.metrics),
        }
    }

    fn sequencer_config(&self) -> sequencer::Config {
        let ours = &self.config.sequencer;
        let age_ms = match (ours.batch_age_ms_max, self.config.da.kind) {
            (0, DaKind::Embedded) => 1_000,
            (0, DaKind::Celestia) => 5_000,
            (age, _) => age,
        };
        sequencer::Config {
            block_interval_us: ours.block_interval_ms.saturating_mul(1_000),
            mempool: MempoolLimits { transactions_max: ours.mempool_transactions_max, lane_max: 100 },
            batches: BatchRules {
                bytes_target: ours.batch_bytes_target,
                age_us_max: age_ms.saturating_mul(1_000),
                in_flight_max: 8,
                unpublished_bytes_max: UNPUBLISHED_BYTES_MAX,
                clock_margin_us: 5_000_000,
            },
        }
    }

    async fn sequencer(self, failures: mpsc::Receiver<anyhow::Error>) -> Result<Node> {
        let key = Arc::new(read_key(&self.config.node.sequencer_key)?);
        let resume = self.resume();
        let batches = resume.batches()?;
        let mut engine = Engine::new(Arc::clone(&self.executor), Arc::clone(&self.storage))?;
        let in_force = engine.sequencer_key()?;
        if in_force != key.public_key() {
            bail!(
                "the key in {} is not the one that signs this chain's blocks",
                self.config.node.sequencer_key.display()
            );
        }
        let (log, position) = resume.recover(self.directory.log_disk()?, SEGMENT_BYTES, &mut engine, &key, &batches)?;
        let parameters = engine.parameters()?;
        let (commands, inbox) = bounded(COMMANDS_MAX);
        let (to_sealer, blocks) = crossbeam_channel::unbounded();
        let (to_publisher, cuts) = mpsc::unbounded_channel();
        let shared = Arc::new(Shared::new(parameters, position.next_version));
        let handle = Handle { commands: commands.clone(), shared: Arc::clone(&shared) };
        for record in batches.iter().filter(|record| record.included.is_some()) {
            self.status.set_published(record.last_height);
            if record.finalized {
                self.status.set_finalized(record.last_height);
            }
        }
        let first_unbatched = batches.last().map_or(1, |record| record.last_height + 1);
        let read_from = resume.read_from(&position, &batches);
        let mut machine = Sequencer::new(self.sequencer_config(), parameters, Box::new(ArrivalOrder), position);
        for cut in resume.sealed_before(&mut machine, first_unbatched)? {
            to_publisher.send(cut)?;
        }
        let driver = Driver {
            sequencer: machine,
            engine,
            log,
            commands: inbox,
            shared,
            to_sealer,
            to_publisher,
            status: Arc::clone(&self.status),
            metrics: Arc::clone(&self.metrics),
            closed: VecDeque::new(),
            unconfirmed: VecDeque::new(),
            prepare: prepare_beside,
            now_us: 0,
        };
        let unbatched = Arc::new(Unbatched::default());
        let sealing = self.sealing(&key, blocks, commands.clone(), Arc::clone(&unbatched))?;
        let threads = vec![self.thread("driver", move || driver.run())?, sealing];
        self.publish(&key, &parameters, &batches, cuts, (commands.clone(), unbatched));
        self.read_own(&key, &parameters, &batches, read_from, commands.clone());
        let api = self.api(handle);
        let addresses = self.serve(&api).await?;
        Ok(Node {
            addresses,
            genesis_hash: self.genesis_hash,
            commands,
            stop: self.stop,
            failures,
            threads,
            directory: self.directory,
        })
    }

    fn sealing(
        &self,
        key: &Arc<SigningKey>,
        blocks: Receiver<(crate::engine::ClosedBlock, LogOffset)>,
        commands: Sender<Command>,
        unbatched: Arc<Unbatched>,
    ) -> Result<std::thread::JoinHandle<()>> {
        let (storage, genesis_hash, key) = (Arc::clone(&self.storage), self.genesis_hash, Arc::clone(key));
        self.thread("sealer", move || sealer::run(&storage, genesis_hash, &key, &blocks, &commands, &unbatched))
    }

    fn publish(
        &self,
        key: &Arc<SigningKey>,
        parameters: &types::Parameters,
        batches: &[BatchRecord],
        cuts: mpsc::UnboundedReceiver<sequencer::Cut>,
        (driver, unbatched): (Sender<Command>, Arc<Unbatched>),
    ) {
        let publishing = Publishing {
            storage: Arc::clone(&self.storage),
            da: self.da.clone(),
            genesis_hash: self.genesis_hash,
            key: Arc::clone(key),
            limits: parameters.batch_limits(),
            status: Arc::clone(&self.status),
            metrics: Arc::clone(&self.metrics),
            driver,
            unbatched,
        };
        let unfinished: Vec<BatchRecord> = batches.iter().filter(|record| record.included.is_none()).cloned().collect();
        let directory = self.directory.path().to_path_buf();
        self.spawn("publisher", async move { publishing.run(&directory, unfinished, cuts).await });
    }

    fn read_own(
        &self,
        key: &SigningKey,
        parameters: &types::Parameters,
        batches: &[BatchRecord],
        from: u64,
        commands: Sender<Command>,
    ) {
        let last = batches.iter().rev().find(|record| record.finalized);
        let limits = parameters.batch_limits();
        let consumer = OwnBatches {
            storage: Arc::clone(&self.storage),
            reader: batch_reader(self.genesis_hash, limits, key.public_key(), last),
            key: key.public_key(),
            limits,
            namespaces: self.namespaces,
            final_after: u64::from(self.config.da.kind == DaKind::Embedded),
            waiting: Vec::new(),
            driver: commands,
            status: Arc::clone(&self.status),
            metrics: Arc::clone(&self.metrics),
        };
        let reading = self.reading();
        self.spawn("DA reader", async move { reading.run(from, consumer).await });
    }

    async fn serve(&self, api: &Arc<Api>) -> Result<Addresses> {
        let rest = self.serve_rest(api).await?;
        let indexer = Some(self.serve_indexer(api).await?);
        let faucet = if self.config.node.role == Role::Sequencer && self.config.node.faucet_key.is_file() {
            let key = read_key(&self.config.node.faucet_key)?;
            let listener = http::bind(self.config.node.faucet_listen).await?;
            let address = listener.local_addr()?;
            let server = Arc::new(faucet::Faucet::new(Arc::clone(api), key));
            tokio::spawn(http::serve(listener, server, faucet::handle, faucet::refuse, stopped(self.stop.subscribe())));
            Some(address)
        } else {
            None
        };
        Ok(Addresses { rest, faucet, indexer })
    }

    async fn full_node(self, failures: mpsc::Receiver<anyhow::Error>) -> Result<Node> {
        let engine = Engine::new(Arc::clone(&self.executor), Arc::clone(&self.storage))?;
        let parameters = engine.parameters()?;
        let tip = engine.tip();
        // Nobody listens: a full node takes no transactions.
        let (commands, _) = bounded(1);
        let shared = Arc::new(Shared::new(parameters, tip.next_version));
        let handle = Handle { commands: commands.clone(), shared: Arc::clone(&shared) };
        let last = self.storage.last_batch()?;
        let from = last
            .as_ref()
            .and_then(|record| record.included)
            .map_or(self.genesis.da_start + 1, |height| height.min(tip.da_read + 1));
        if let Some(record) = &last {
            self.status.set_published(record.last_height);
            self.status.set_finalized(record.last_height);
        }
        let consumer = FullNode {
            executor: Arc::clone(&self.executor),
            storage: Arc::clone(&self.storage),
            directory: Arc::clone(&self.directory),
            reader: batch_reader(self.genesis_hash, parameters.batch_limits(), engine.sequencer_key()?, last.as_ref()),
            batches: self.namespaces.0,
            tip,
            shared,
            status: Arc::clone(&self.status),
            metrics: Arc::clone(&self.metrics),
        };
        let reading = self.reading();
        self.spawn("DA reader", async move { reading.run(from, consumer).await });
        let api = self.api(handle);
        let addresses = self.serve(&api).await?;
        Ok(Node {
            addresses,
            genesis_hash: self.genesis_hash,
            commands,
            stop: self.stop,
            failures,
            threads: Vec::new(),
            directory: self.directory,
        })
    }
}
