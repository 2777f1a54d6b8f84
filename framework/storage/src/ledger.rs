//! The database of one chain: what was executed, what is confirmed, what has a header, what is in the store.
//!
//! One writer drives a block through four named steps; readers see only what is confirmed:
//!
//! ```text
//! execute   a transaction joins the ledger and the newest state       nobody but the executor sees it
//! confirm   its log record is durable                                 readers see its version
//! fold      the block's writes go into the tree, giving its root      the header can be made
//! seal      the header is there                                       the block is visible and provable
//! persist   whole blocks go into the store, in the background         memory forgets, the log may be cut
//! ```
//!
//! A full node confirms by sealing: nothing of a block is visible before its header is known to be right, and
//! [`Storage::discard_open`] takes a block back that is not. The steps of the writer never wait for the store.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering::SeqCst},
};

use foldhash::fast::FixedState;
use hashbrown::HashMap;
use jellyfish_merkle::{NotKept, Sha256, Tree, TreeHash};
use parking_lot::{Mutex, RwLock};
use types::{Hash, SignedHeader, StateKey};

use crate::{
    log::{LogOffset, LogTail},
    memory::{Memory, Recent, RecentBlock, Value},
    persist,
    recovery::{self, OpenError},
    rows::{Damaged, ExecutedTransaction, Pruned, Tip},
    store::{Store, StoreError},
};

/// What a node decides for itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StorageConfig {
    /// Blocks whose values and proofs are kept, at least 1.
    pub provable_blocks: u64,
    /// Blocks whose transactions are kept, at least `provable_blocks`; 0: all.
    pub history_blocks: u64,
    /// Tree nodes (75 bytes each) that old versions may take up; beyond it fewer blocks are provable.
    pub tree_stale_nodes_max: usize,
}

/// The window, all history, and two gigabytes for the tree's past.
pub const DEFAULT_CONFIG: StorageConfig =
    StorageConfig { provable_blocks: 1024, history_blocks: 0, tree_stale_nodes_max: 28_000_000 };

/// Why a step was refused; nothing has changed.
#[derive(Debug, thiserror::Error)]
pub enum StepError {
    /// Versions follow one another: given, expected.
    #[error("version {0} does not follow, the next is {1}")]
    NotNextVersion(u64, u64),
    /// Heights follow one another: given, expected.
    #[error("block {0} does not follow, the next is {1}")]
    NotNextBlock(u64, u64),
    /// Only what was executed can be confirmed: given, executed so far.
    #[error("version {0} cannot be confirmed, executed are those below {1}")]
    NotExecuted(u64, u64),
    /// A header that does not speak of the folded block: the field that differs.
    #[error("the header of block {height} differs in {field}")]
    OtherBlock {
        /// The block.
        height: u64,
        /// Where header and ledger differ.
        field: &'static str,
    },
    /// A block is folded and waits for its header.
    #[error("block {0} waits for its header")]
    HeaderOutstanding(u64),
    /// No block is folded.
    #[error("no block waits for a header")]
    NothingFolded,
    /// A header may be seen only when the record that closes its block is durable: its end, durable so far.
    #[error("the block's log record ends at offset {0}, durable is offset {1}")]
    NotSynced(u64, u64),
}

/// Why something cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// A version or height above the newest: asked for, newest.
    #[error("{0} does not exist yet, the newest is {1}")]
    Future(u64, u64),
    /// A version or height that is no longer kept: asked for, oldest.
    #[error("{0} is pruned, the oldest is {1}")]
    Pruned(u64, u64),
    /// Nothing has been executed yet.
    #[error("the ledger is empty")]
    Empty,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A row is not what was written.
    #[error(transparent)]
    Damaged(#[from] Damaged),
}

impl From<NotKept> for ReadError {
    fn from(error: NotKept) -> Self {
        match error {
            NotKept::NoVersions => Self::Empty,
            NotKept::Pruned(asked, oldest) => Self::Pruned(asked, oldest),
            NotKept::Future(asked, newest) => Self::Future(asked, newest),
        }
    }
}

/// The block that is folded and has no header yet.
#[derive(Debug, Clone, Copy)]
struct Folded {
    height: u64,
    next_version: u64,
    root: Hash,
}

/// A chain's database. Steps are taken by one writer; everything else may be called from anywhere.
pub struct Storage {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) config: StorageConfig,
    pub(crate) genesis_hash: Hash,
    pub(crate) memory: RwLock<Memory>,
    pub(crate) tree: RwLock<Tree<Sha256>>,
    /// The newest block with a header.
    pub(crate) head: RwLock<Option<Arc<SignedHeader>>>,
    folded: Mutex<Option<Folded>>,
    /// Versions below it are confirmed.
    confirmed: AtomicU64,
    /// Versions below it have no values any more.
    pub(crate) oldest_value_version: AtomicU64,
    /// Blocks and versions below these are gone.
    pub(crate) oldest_block: AtomicU64,
    pub(crate) oldest_version: AtomicU64,
    pub(crate) tip: Mutex<Option<Tip>>,
    pub(crate) pruned: Mutex<Pruned>,
    log_synced: AtomicU64,
    /// Held while blocks go into the store, and while rows are pruned.
    pub(crate) persisting: Mutex<()>,
}

impl core::fmt::Debug for Storage {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Storage")
            .field("genesis_hash", &self.genesis_hash)
            .field("confirmed", &self.confirmed)
            .finish_non_exhaustive()
    }
}

impl Storage {
    /// Loads the newest state, rebuilds the tree of every block in the window and compares each root with its
    /// header. About a second and a half per million keys.
    ///
    /// # Errors
    /// [`OpenError`], for a store of another chain or one that does not agree with itself.
    pub fn open(store: Arc<dyn Store>, config: StorageConfig, genesis_hash: Hash) -> Result<Arc<Self>, OpenError> {
        let loaded = recovery::load(store.as_ref(), &config, genesis_hash)?;
        let next = loaded.memory.next_version();
        Ok(Arc::new(Self {
            store,
            config,
            genesis_hash,
            memory: RwLock::new(loaded.memory),
            tree: RwLock::new(loaded.tree),
            head: RwLock::new(loaded.head.map(Arc::new)),
            folded: Mutex::new(None),
            confirmed: AtomicU64::new(next),
            oldest_value_version: AtomicU64::new(loaded.oldest_value_version),
            oldest_block: AtomicU64::new(loaded.pruned.blocks_from),
            oldest_version: AtomicU64::new(loaded.oldest_version),
            log_synced: AtomicU64::new(loaded.tip.map_or(0, |tip| tip.log_synced)),
            tip: Mutex::new(loaded.tip),
            pruned: Mutex::new(loaded.pruned),
            persisting: Mutex::new(()),
        }))
    }

    /// Where the log is to be read from, for [`crate::Log::open`].
    pub fn log_tail(&self) -> LogTail {
        self.tip.lock().map_or_else(LogTail::default, Tip::log_tail)
    }

    /// The newest block with a header; `None` before genesis.
    pub fn head(&self) -> Option<Arc<SignedHeader>> {
        self.head.read().clone()
    }

    /// Where the ledger goes on: the version that is executed next.
    pub fn next_version(&self) -> u64 {
        self.memory.read().next_version()
    }

    /// The newest version that readers see; `None` before genesis.
    pub fn ledger_version(&self) -> Option<u64> {
        self.confirmed.load(SeqCst).checked_sub(1)
    }

    // ---- the writer's steps ----

    /// The next transaction joins the ledger: the newest state is the one after it.
    ///
    /// # Errors
    /// [`StepError::NotNextVersion`].
    pub fn execute(&self, transaction: ExecutedTransaction) -> Result<(), StepError> {
        let mut memory = self.memory.write();
        let next = memory.next_version();
        if transaction.version != next {
            return Err(StepError::NotNextVersion(transaction.version, next));
        }
        memory.push(transaction);
        Ok(())
    }

    /// Versions up to this one are durable in the log, up to this offset: readers may see them.
    ///
    /// # Errors
    /// [`StepError::NotExecuted`].
    pub fn confirm(&self, version: u64, synced: LogOffset) -> Result<(), StepError> {
        let executed = self.next_version();
        if version >= executed {
            return Err(StepError::NotExecuted(version, executed));
        }
        self.confirmed.fetch_max(version + 1, SeqCst);
        self.note_log_synced(synced);
        Ok(())
    }

    /// The log is durable up to this offset; the store learns it with the next block.
    pub fn note_log_synced(&self, synced: LogOffset) {
        self.log_synced.fetch_max(synced.0, SeqCst);
    }

    pub(crate) fn log_synced(&self) -> u64 {
        self.log_synced.load(SeqCst)
    }

    /// Folds the writes of the block that ends with the newest transaction into the tree and gives its state root.
    /// To be followed by [`Self::seal`] or [`Self::discard_open`]; execution of the next block may go on meanwhile,
    /// if `next_version`, the first version behind this block, is given.
    ///
    /// # Errors
    /// [`StepError::NotNextBlock`], [`StepError::HeaderOutstanding`], [`StepError::NotExecuted`].
    pub fn fold(&self, height: u64, next_version: u64) -> Result<Hash, StepError> {
        let mut folded = self.folded.lock();
        if let Some(folded) = *folded {
            return Err(StepError::HeaderOutstanding(folded.height));
        }
        let (expected, first) = self.head().map_or((0, 0), |b| (b.header.height + 1, b.header.next_version()));
        if height != expected {
            return Err(StepError::NotNextBlock(height, expected));
        }
        let transactions: Vec<Recent> = {
            let memory = self.memory.read();
            if next_version > memory.next_version() {
                return Err(StepError::NotExecuted(next_version.saturating_sub(1), memory.next_version()));
            }
            let count = usize::try_from(next_version.saturating_sub(first)).unwrap_or(usize::MAX);
            memory.transactions_from(first).take(count).cloned().collect()
        };
        let updates = collect_updates(&transactions);
        let root = self.tree.write().commit(height, &updates).map_err(|_| StepError::NotNextBlock(height, expected))?;
        let root = Hash(root);
        *folded = Some(Folded { height, next_version, root });
        Ok(root)
    }

    /// The folded block gets its header: it is visible, provable, and with it all its versions are confirmed.
    /// `log_end`: behind its last record in the log, which is durable; what is not logged gives 0.
    ///
    /// # Errors
    /// [`StepError::NothingFolded`]; [`StepError::NotSynced`]; [`StepError::OtherBlock`] with the field that does
    /// not fit.
    pub fn seal(&self, block: SignedHeader, log_end: LogOffset) -> Result<(), StepError> {
        let mut folded = self.folded.lock();
        let Some(expected) = *folded else { return Err(StepError::NothingFolded) };
        if log_end.0 > self.log_synced() {
            return Err(StepError::NotSynced(log_end.0, self.log_synced()));
        }
        let header = &block.header;
        let first = self.head().map_or(0, |b| b.header.next_version());
        let other = [
            ("height", header.height == expected.height),
            ("genesis_hash", header.genesis_hash == self.genesis_hash),
            ("first_version", header.first_version == first),
            ("count", header.next_version() == expected.next_version),
            ("state_root", header.state_root == expected.root),
        ]
        .into_iter()
        .find(|(_, equal)| !equal);
        if let Some((field, _)) = other {
            return Err(StepError::OtherBlock { height: expected.height, field });
        }
        let block = Arc::new(block);
        self.memory.write().blocks.push_back(RecentBlock { block: Arc::clone(&block), log_end });
        *self.head.write() = Some(block);
        *folded = None;
        self.confirmed.fetch_max(expected.next_version, SeqCst);
        Ok(())
    }

    /// Takes back everything behind the newest header that is not confirmed: a block that turned out invalid.
    ///
    /// # Errors
    /// [`StepError::NotExecuted`] if some of it was confirmed already, which nothing may take back.
    pub fn discard_open(&self) -> Result<(), StepError> {
        let mut folded = self.folded.lock();
        let next = self.head().map_or(0, |b| b.header.next_version());
        let confirmed = self.confirmed.load(SeqCst);
        if confirmed > next {
            return Err(StepError::NotExecuted(next, confirmed));
        }
        if folded.take().is_some() {
            self.tree.write().undo();
        }
        self.memory.write().take_back(next);
        Ok(())
    }

    // ---- what the executor reads ----

    /// The newest value of a key, executed but perhaps not confirmed. For the executor only.
    pub fn newest(&self, key: &StateKey) -> Option<Arc<[u8]>> {
        self.newest_bytes(&key.to_bytes())
    }

    /// The same for a key's canonical bytes.
    pub fn newest_bytes(&self, key: &[u8]) -> Value {
        self.memory.read().newest(key)
    }

    // ---- in the background ----

    /// Writes all blocks that have a header into the store, and forgets what memory need not hold any more.
    /// Gives how many there were. Not yet durable: see [`Self::sync_store`].
    ///
    /// # Errors
    /// Fatal ones only.
    pub fn persist(&self) -> Result<usize, StoreError> {
        persist::persist(self)
    }

    /// Makes durable what was persisted. Gives the offset below which the log is not needed any more by the
    /// database; the caller also keeps what its batches still need.
    ///
    /// # Errors
    /// Fatal ones only.
    pub fn sync_store(&self) -> Result<LogOffset, StoreError> {
        let tip = *self.tip.lock();
        self.store.sync()?;
        Ok(LogOffset(tip.map_or(0, |tip| tip.log_from)))
    }

    /// Removes values behind the window and blocks behind the history, at most `blocks_max` blocks of each.
    /// Gives whether something is left to remove.
    ///
    /// # Errors
    /// What the store says, or a damaged row.
    pub fn prune(&self, blocks_max: u64) -> Result<bool, ReadError> {
        crate::prune::prune(self, blocks_max)
    }

    /// Blocks that have a header and are not in the store yet.
    pub fn blocks_unpersisted(&self) -> usize {
        self.memory.read().blocks.len()
    }
}

/// By key: its place in the order of first writes, and what was written last.
type Last<'a> = HashMap<&'a [u8], (usize, Option<&'a [u8]>), FixedState>;

/// Path and value hash of every key that the transactions write, the last write of a key counting.
fn collect_updates(transactions: &[Recent]) -> Vec<([u8; 32], Option<[u8; 32]>)> {
    let mut last: Last<'_> = HashMap::default();
    for recent in transactions {
        for (key, (_, op)) in recent.keys.iter().zip(&recent.transaction.write_set) {
            let at = last.len();
            let value = op.value().map(|value| &**value);
            last.entry(key).and_modify(|entry| entry.1 = value).or_insert((at, value));
        }
    }
    let mut updates = vec![([0; 32], None); last.len()];
    // In any order: each entry knows its own place.
    for (key, (at, value)) in last {
        updates[at] = (Sha256::value(key), value.map(Sha256::value));
    }
    updates
}
