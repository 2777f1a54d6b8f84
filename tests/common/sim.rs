//! A whole sequencer in one thread, in simulated time, on a disk, a store and a DA layer that fail as a seed says.
//!
//! `confirmed` is what clients were told. Checkers run after every step: roots follow from what was executed, supply is
//! conserved, no version and no height twice. After a run a full node replays DA alone and must arrive at the same root.

use std::collections::BTreeMap;
use std::sync::Arc;

use da_adapter::embedded::SubmitFault;
use da_adapter::{Blob, Namespace};
use node::simulation::{Chain, Machine, SimulatedFullNode, SimulatedSequencer};
use storage::sim::{Dice, SimDisk, SimStore, Unsynced};
use storage::{DataDirectory, Disk, StorageConfig};
use types::forced;
use types::{Hash, Namespaces, SignedHeader};

use crate::chain::{self, ACCOUNTS, COINS, START_US, play, raw, sign};

const STORAGE: StorageConfig =
    StorageConfig { provable_blocks: 50, history_blocks: 0, tree_stale_nodes_max: 1_000_000 };
/// Small segments, so that a short run rolls over many.
const SEGMENT_BYTES: u64 = 8_192;

/// Seeds of a run: `TENOR_SEED` repeats one, `TENOR_SEEDS` says how many, else `count`.
pub fn seeds(count: u64) -> std::ops::Range<u64> {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    match number("TENOR_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("TENOR_SEEDS").unwrap_or(count),
    }
}

/// What the outside world was told.
#[derive(Debug, Clone, Default)]
pub struct Confirmed {
    /// By version: transaction hash and receipt hash.
    pub versions: BTreeMap<u64, (Hash, Hash)>,
    pub headers: BTreeMap<u64, SignedHeader>,
}

/// How many steps, and what the clients send.
#[derive(Debug, Clone, Copy)]
pub struct Workload {
    pub steps: u64,
}

pub struct Sim {
    dice: Dice,
    chain: Chain,
    disk: SimDisk,
    store: SimStore,
    synced: bool,
    crash_per_mille: u64,
    outage_per_mille: u64,
    node: Option<SimulatedSequencer>,
    now_us: u64,
    /// Sequence numbers that clients will use next.
    next: BTreeMap<u8, u64>,
    pub confirmed: Confirmed,
    pub crashes: u64,
    pub forced: u64,
}

type Check = Result<(), String>;

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}

impl Sim {
    pub fn new(seed: u64) -> Self {
        Self {
            dice: Dice::new(seed),
            chain: chain::chain(),
            disk: SimDisk::new(),
            store: SimStore::new(),
            synced: true,
            crash_per_mille: 0,
            outage_per_mille: 0,
            node: None,
            now_us: START_US + 1_000_000,
            next: BTreeMap::new(),
            confirmed: Confirmed::default(),
            crashes: 0,
            forced: 0,
        }
    }

    pub fn crash_per_mille(mut self, per_mille: u64) -> Self {
        self.crash_per_mille = per_mille;
        self
    }

    pub fn da_outage_per_mille(mut self, per_mille: u64) -> Self {
        self.outage_per_mille = per_mille;
        self
    }

    /// A build whose syncs do nothing.
    pub fn without_sync(mut self) -> Self {
        self.synced = false;
        self
    }

    fn machine(&self) -> Machine {
        let disk: Arc<dyn Disk> =
            if self.synced { Arc::new(self.disk.clone()) } else { Arc::new(Unsynced(self.disk.clone())) };
        Machine {
            disk,
            store: Arc::new(self.store.clone()),
            storage: STORAGE,
            segment_bytes: SEGMENT_BYTES,
            key: Arc::new(chain::sequencer()),
        }
    }

    /// Starts the node on what the machine holds, and holds it to what was confirmed.
    fn start(&mut self) -> Result<Check, anyhow::Error> {
        let genesis = Arc::clone(&self.chain.genesis);
        let begin = move |storage: &storage::Storage| chain::begin(&genesis, storage);
        let node = SimulatedSequencer::start(&self.chain, &self.machine(), &begin)?;
        let kept = self.expect_confirmed(&node);
        self.next.clear();
        for seed in 1..=ACCOUNTS {
            let state = Newest(Arc::clone(node.storage()));
            let number = executor::sequence_number(&state, &chain::key(seed).address())?;
            self.next.insert(seed, number);
        }
        self.node = Some(node);
        Ok(kept)
    }

    /// Every version that was confirmed is there with the same hash and receipt, every header is the same.
    fn expect_confirmed(&self, node: &SimulatedSequencer) -> Check {
        let storage = node.storage();
        let newest = node.confirmed();
        for (version, promised) in &self.confirmed.versions {
            if *version >= newest {
                return Err(format!(
                    "version {version} was confirmed, after the restart {newest} is the first that is not"
                ));
            }
            let found = storage.transaction(*version).map_err(|e| format!("version {version}: {e}"))?;
            if (found.hash, found.receipt.hash()) != *promised {
                return Err(format!("version {version} has another transaction or receipt after the restart"));
            }
            let by_hash = storage.transaction_by_hash(&found.hash).map_err(text)?;
            if by_hash.map(|found| found.version) != Some(*version) {
                return Err(format!("version {version} is not found by its hash"));
            }
        }
        for (height, promised) in &self.confirmed.headers {
            let found = storage.block(*height).map_err(|e| format!("block {height}: {e}"))?;
            if *found != *promised {
                return Err(format!("block {height} has another header after the restart"));
            }
        }
        Ok(())
    }

    /// Takes down what clients see now, and runs the checkers.
    fn note(&mut self) -> Check {
        let Some(node) = &self.node else { return Ok(()) };
        let storage = node.storage();
        let from = self.confirmed.versions.last_key_value().map_or(0, |(version, _)| version + 1);
        for version in from..node.confirmed() {
            let found = storage.transaction(version).map_err(|e| format!("version {version}: {e}"))?;
            let told = (found.hash, found.receipt.hash());
            if self.confirmed.versions.values().any(|(hash, _)| *hash == told.0) {
                return Err(format!("transaction {} was executed twice, again at version {version}", told.0));
            }
            self.confirmed.versions.insert(version, told);
        }
        let head = storage.head().ok_or("no block")?;
        let known = self.confirmed.headers.last_key_value().map(|(height, _)| *height);
        for height in known.map_or(0, |height| height + 1)..=head.header.height {
            let block = storage.block(height).map_err(text)?;
            self.confirmed.headers.insert(height, SignedHeader::clone(&block));
        }
        let supply = chain::supply(storage);
        if supply != COINS * u64::from(ACCOUNTS) {
            return Err(format!("supply is {supply} after block {}", head.header.height));
        }
        Ok(())
    }

    fn transactions(&mut self) -> Vec<types::transaction::Transaction> {
        let count = 1 + self.dice.below(6);
        let mut made = Vec::new();
        for _ in 0..count {
            let seed = u8::try_from(1 + self.dice.below(u64::from(ACCOUNTS))).unwrap_or(1);
            let other = u8::try_from(1 + self.dice.below(u64::from(ACCOUNTS))).unwrap_or(1);
            let payload = match self.dice.below(5) {
                0 => play("create", vec![]),
                1 => play("bump", vec![chain::key(other).address().as_ref().to_vec()]),
                2 => {
                    let len = self.dice.index(100);
                    let mut bytes = vec![u8::try_from(len).unwrap_or(0)];
                    bytes.extend(std::iter::repeat_n(7, len));
                    play("store", vec![bytes])
                }
                3 => play("fail", vec![self.dice.roll().to_le_bytes().to_vec()]),
                _ => play("spin", vec![self.dice.below(50).to_le_bytes().to_vec()]),
            };
            let number = self.next.get(&seed).copied().unwrap_or(0);
            self.next.insert(seed, number + 1);
            made.push(sign(seed, raw(seed, number, self.now_us, payload)));
        }
        made
    }

    /// Anyone posts to the forced namespace: a good transaction, or bytes that are none.
    fn force(&mut self) {
        let ids = Namespaces::of(&self.chain.genesis.hash());
        let Ok(namespace) = Namespace::new_v0(ids.forced) else { return };
        let blob = if self.dice.chance(300) {
            vec![7; 1 + self.dice.index(50)]
        } else {
            let seed = u8::try_from(1 + self.dice.below(u64::from(ACCOUNTS))).unwrap_or(1);
            let number = self.next.get(&seed).copied().unwrap_or(0);
            let payload = play("spin", vec![3u64.to_le_bytes().to_vec()]);
            forced::wrap(sign(seed, raw(seed, number, self.now_us, payload)).bytes())
        };
        if self.chain.da.post(&[Blob::new(namespace, blob)]).is_ok() {
            self.forced += 1;
        }
    }

    fn step(&mut self) -> Result<(), anyhow::Error> {
        self.now_us += 1_000 + self.dice.below(40_000);
        let (dice, now_us) = (self.dice.below(12), self.now_us);
        if dice == 0 {
            self.force();
        }
        let batch = if (1..5).contains(&dice) { self.transactions() } else { vec![] };
        let fault = self.dice.below(40);
        let Some(node) = &mut self.node else { return Ok(()) };
        match dice {
            1..5 => {
                node.submit(batch, now_us)?;
            }
            5 => {
                node.seal()?;
            }
            6 => {
                match fault {
                    0 => self.chain.da.faults().script([SubmitFault::Swallow]),
                    1 => self.chain.da.faults().script([SubmitFault::Double]),
                    2 => self.chain.da.faults().script([SubmitFault::LoseReply]),
                    3 => self.chain.da.faults().script([SubmitFault::Refuse]),
                    _ => {}
                }
                node.publish()?;
            }
            7 => {
                self.chain.da.seal(now_us)?;
            }
            8 => while node.read_da()? {},
            9 => node.sync_store()?,
            10 if fault == 5 => node.resubmit()?,
            _ => {}
        }
        node.turn(now_us)
    }

    /// Stops the machine and starts it again; recovery may be stopped too.
    fn crash(&mut self) -> Result<(), String> {
        self.crashes += 1;
        self.node = None;
        if self.dice.chance(300) {
            self.disk.kill();
            self.store.kill();
        } else {
            self.disk.crash(&mut self.dice);
            self.store.crash(&mut self.dice);
        }
        if self.dice.chance(200) {
            self.disk.crash_after(self.dice.below(40));
        }
        match self.start() {
            Ok(kept) => kept,
            Err(error) if is_crash(&error) => self.crash(),
            Err(error) => Err(format!(
                "it does not start again: {error:#}; files of the log: {:?}",
                self.disk.list().unwrap_or_default()
            )),
        }
    }

    /// Runs a workload with crashes and outages; `Err` says what was lost.
    pub fn run(&mut self, workload: Workload) -> Check {
        self.chain.da.seal(self.now_us).map_err(text)?;
        self.start().map_err(|error| format!("{error:#}"))??;
        self.note()?;
        for _ in 0..workload.steps {
            if self.dice.chance(self.crash_per_mille) {
                self.disk.crash_after(self.dice.below(12));
            }
            if self.dice.chance(self.crash_per_mille / 2) {
                self.store.crash_after(self.dice.below(12));
            }
            if self.dice.chance(self.outage_per_mille) {
                let away = self.dice.chance(400);
                self.chain.da.faults().set_outage(away);
            }
            match self.step() {
                Ok(()) => self.note()?,
                Err(error) if is_crash(&error) => {
                    // What was answered before the stop is a promise too: turns note after each one, and a turn that
                    // failed has answered nobody.
                    self.crash()?;
                    self.note()?;
                }
                Err(error) => return Err(format!("{error:#}")),
            }
        }
        Ok(())
    }

    /// One more crash; what was confirmed must be there.
    pub fn restart(&mut self) -> Check {
        self.crash()
    }

    /// Without further faults: publishes everything, then lets a full node replay DA from nothing.
    pub fn replay(&mut self, directory: &Arc<DataDirectory>) -> Check {
        self.chain.da.faults().set_outage(false);
        self.disk.kill();
        self.store.kill();
        let failed = |error: anyhow::Error| format!("{error:#}");
        let node = self.node.as_mut().ok_or("not running")?;
        let mut quiet = 0;
        for round in 0.. {
            self.now_us += 300_000;
            self.chain.da.seal(self.now_us).map_err(text)?;
            while node.read_da().map_err(failed)? {
                node.turn(self.now_us).map_err(failed)?;
            }
            node.turn(self.now_us).map_err(failed)?;
            node.seal().map_err(failed)?;
            node.turn(self.now_us).map_err(failed)?;
            if round % 8 == 7 {
                node.resubmit().map_err(failed)?;
            }
            node.publish().map_err(failed)?;
            let head = node.storage().head().ok_or("no block")?.header.height;
            let published = node.storage().last_batch().map_err(text)?;
            let done = published.is_some_and(|record| record.last_height == head && record.finalized);
            // A block whose only transactions turned out inadmissible stays open until something is in it.
            quiet = if done || head == 0 { quiet + 1 } else { 0 };
            if quiet > 3 {
                break;
            }
            if round > 400 {
                let mut batches = Vec::new();
                for number in 1.. {
                    let Some(record) = node.storage().batch(number).map_err(text)? else { break };
                    batches.push((record.number, record.last_height, record.included, record.finalized));
                }
                return Err(format!(
                    "block {head} is not final after {round} rounds without faults: {} wait, liveness {:?}, batches {batches:?}",
                    node.pending(),
                    node.liveness()
                ));
            }
        }
        self.note()?;
        let node = self.node.as_ref().ok_or("not running")?;
        let genesis = Arc::clone(&self.chain.genesis);
        let begin = move |storage: &storage::Storage| chain::begin(&genesis, storage);
        let store = Arc::new(SimStore::new());
        let mut full =
            SimulatedFullNode::start(&self.chain, store, STORAGE, Arc::clone(directory), &begin).map_err(failed)?;
        full.read_da().map_err(failed)?;
        if let Some(why) = full.halted() {
            return Err(format!("the full node halted: {why}"));
        }
        let (ours, theirs) = (node.storage().head(), full.storage().head());
        let root = |head: &Option<Arc<SignedHeader>>| head.as_ref().map(|h| (h.header.height, h.header.hash()));
        if root(&ours) != root(&theirs) {
            return Err(format!("the sequencer is at {:?}, the replay at {:?}", root(&ours), root(&theirs)));
        }
        Ok(())
    }
}

struct Newest(Arc<storage::Storage>);

impl executor::StateReader for Newest {
    fn get(&self, key: &types::StateKeyRef<'_>) -> Result<Option<executor::Value>, move_vm_runtime::StateError> {
        Ok(self.0.newest_bytes(&key.to_bytes()))
    }
}

fn is_crash(error: &anyhow::Error) -> bool {
    let text = format!("{error:#}");
    text.contains("the machine has stopped") || text.contains("the log failed before")
}

/// One seed from beginning to end.
pub fn live(seed: u64, steps: u64, directory: &Arc<DataDirectory>) -> Result<Sim, String> {
    let mut sim = Sim::new(seed).crash_per_mille(25).da_outage_per_mille(10);
    let whole = sim.run(Workload { steps }).and_then(|()| sim.restart()).and_then(|()| sim.replay(directory));
    whole.map(|()| sim).map_err(|lost| format!("{lost}; repeat with TENOR_SEED={seed}"))
}
