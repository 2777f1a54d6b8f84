//! Start: load the newest state, rebuild the tree of every block in the window, execute the log's tail again.

use std::sync::Arc;

use jellyfish_merkle::{Hash as TreeHashBytes, Limits, Sha256, Tree, TreeHash};
use types::{Hash, LogRecord, SignedHeader, forced::ForcedBlob};

use crate::{
    ledger::StorageConfig,
    log::LoggedRecord,
    memory::{Memory, Newest, Value},
    persist::{FORMAT, META_FORMAT, META_GENESIS, META_PRUNED, META_TIP},
    rows::{Damaged, Pruned, Tip, decode, decode_block, number, split_state_key, split_state_value},
    store::{Order, Store, StoreError, Table},
};

/// Why a database is not opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A row is not what was written.
    #[error(transparent)]
    Damaged(#[from] Damaged),
    /// Written by a version of this program that does other things.
    #[error("the database has format {0}, known is {FORMAT}")]
    Format(u64),
    /// Of another chain: found, expected.
    #[error("the database belongs to the chain with genesis hash {0}, not {1}")]
    OtherChain(Hash, Hash),
    /// The values of a block do not give the root that its header has.
    #[error("the values in the database give root {found} for block {height}, its header says {expected}")]
    OtherRoot {
        /// The block.
        height: u64,
        /// What the values give.
        found: Hash,
        /// What the header says.
        expected: Hash,
    },
}

/// What was loaded.
pub(crate) struct Loaded {
    pub(crate) memory: Memory,
    pub(crate) tree: Tree<Sha256>,
    pub(crate) head: Option<SignedHeader>,
    pub(crate) tip: Option<Tip>,
    pub(crate) pruned: Pruned,
    pub(crate) oldest_value_version: u64,
    pub(crate) oldest_version: u64,
}

pub(crate) fn load(store: &dyn Store, config: &StorageConfig, genesis_hash: Hash) -> Result<Loaded, OpenError> {
    let limits = Limits {
        versions_max: usize::try_from(config.provable_blocks.max(1)).unwrap_or(usize::MAX),
        stale_nodes_max: config.tree_stale_nodes_max,
    };
    let mut loaded = Loaded {
        memory: Memory::default(),
        tree: Tree::new(limits),
        head: None,
        tip: None,
        pruned: Pruned::default(),
        oldest_value_version: 0,
        oldest_version: 0,
    };
    let Some(tip) = store.get(Table::Meta, META_TIP)? else { return Ok(loaded) };
    let tip: Tip = decode("meta", &tip)?;
    let format = store.get(Table::Meta, META_FORMAT)?.unwrap_or_default();
    match number("meta", &format)? {
        FORMAT => {}
        other => return Err(OpenError::Format(other)),
    }
    let genesis = store.get(Table::Meta, META_GENESIS)?.unwrap_or_default();
    if genesis != genesis_hash.0 {
        let found = genesis.as_slice().try_into().map_err(|_| Damaged("meta"))?;
        return Err(OpenError::OtherChain(Hash(found), genesis_hash));
    }
    if let Some(row) = store.get(Table::Meta, META_PRUNED)? {
        loaded.pruned = decode("meta", &row)?;
    }
    let oldest = loaded.pruned.values_from.max((tip.height + 1).saturating_sub(config.provable_blocks.max(1)));
    let window = load_headers(store, oldest, tip.height)?;
    let (Some(first), Some(last)) = (window.first(), window.last()) else { return Err(Damaged("blocks").into()) };
    loaded.oldest_value_version = first.header.first_version;
    loaded.memory.begin_at(last.header.next_version());
    let (newest, updates) = load_state(store, &window)?;
    // The map and the tree do not need each other.
    let Loaded { memory, tree, .. } = &mut loaded;
    std::thread::scope(|scope| {
        scope.spawn(|| memory.load(newest));
        rebuild(tree, &window, updates)
    })?;
    loaded.memory.forget_deletions(loaded.oldest_value_version);
    loaded.oldest_version = match store.get(Table::Blocks, &loaded.pruned.blocks_from.to_be_bytes())? {
        Some(row) => decode_block(&row)?.header.first_version,
        None => return Err(Damaged("blocks").into()),
    };
    loaded.head = window.into_iter().next_back();
    loaded.tip = Some(tip);
    Ok(loaded)
}

fn load_headers(store: &dyn Store, oldest: u64, newest: u64) -> Result<Vec<SignedHeader>, OpenError> {
    let mut headers: Vec<SignedHeader> = Vec::new();
    let mut damaged = None;
    let to = newest.saturating_add(1).to_be_bytes();
    store.scan(Table::Blocks, &oldest.to_be_bytes(), &to, Order::Ascending, &mut |_, row| {
        match decode_block(row) {
            Ok(block) => headers.push(block),
            Err(error) => damaged = Some(error),
        }
        damaged.is_none()
    })?;
    if let Some(error) = damaged {
        return Err(error.into());
    }
    let in_order = headers.iter().zip(oldest..).all(|(block, height)| block.header.height == height);
    let connected = headers.windows(2).all(|pair| match pair {
        [a, b] => a.header.next_version() == b.header.first_version,
        _ => true,
    });
    let complete = headers.len() as u64 == newest - oldest + 1;
    if in_order && connected && complete { Ok(headers) } else { Err(Damaged("blocks").into()) }
}

type Updates = Vec<(TreeHashBytes, Option<TreeHashBytes>)>;

/// Makes the version of every block in the window, and holds each root against its header.
fn rebuild(tree: &mut Tree<Sha256>, window: &[SignedHeader], updates: Vec<Updates>) -> Result<(), OpenError> {
    for (block, updates) in window.iter().zip(updates) {
        let header = &block.header;
        // Heights follow one another, which `load_headers` has checked.
        let root = tree.commit(header.height, &updates).map_err(|_| Damaged("blocks"))?;
        if root != header.state_root.0 {
            return Err(OpenError::OtherRoot { height: header.height, found: Hash(root), expected: header.state_root });
        }
    }
    Ok(())
}

/// Rows on their way from the thread that reads the store to the one that hashes: all bytes in one piece, and where each
/// row's key and value end.
#[derive(Default)]
struct Rows {
    bytes: Vec<u8>,
    ends: Vec<(usize, usize)>,
}

/// Bytes of rows that are handed over at a time, and how often at most before they are taken.
const ROWS_BYTES: usize = 1 << 20;
const ROWS_AHEAD: usize = 8;

impl Rows {
    fn push(&mut self, key: &[u8], value: &[u8]) {
        self.bytes.extend(key);
        let key_end = self.bytes.len();
        self.bytes.extend(value);
        self.ends.push((key_end, self.bytes.len()));
    }

    fn iter(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        let starts = std::iter::once(0).chain(self.ends.iter().map(|(_, end)| *end));
        let part = |from: usize, to: usize| self.bytes.get(from..to).unwrap_or_default();
        starts.zip(&self.ends).map(move |(start, (key, end))| (part(start, *key), part(*key, *end)))
    }
}

/// Reads all values: the newest of each key in order of keys, and for each block of the window what the tree gets.
/// The first block gets all that stood at its end. One thread reads while this one hashes.
fn load_state(store: &dyn Store, window: &[SignedHeader]) -> Result<(Vec<Newest>, Vec<Updates>), OpenError> {
    let mut updates = vec![Updates::new(); window.len()];
    let mut newest = Vec::new();
    let mut current: Option<KeyRows> = None;
    let (sender, receiver) = std::sync::mpsc::sync_channel::<Rows>(ROWS_AHEAD);
    std::thread::scope(|scope| {
        let reader = scope.spawn(move || {
            let mut rows = Rows::default();
            store.scan(Table::State, &[], &[], Order::Ascending, &mut |key, value| {
                rows.push(key, value);
                // A receiver that is gone has met a damaged row.
                rows.bytes.len() < ROWS_BYTES || sender.send(std::mem::take(&mut rows)).is_ok()
            })?;
            let _ = sender.send(rows);
            Ok::<(), StoreError>(())
        });
        for rows in receiver {
            for (row_key, row_value) in rows.iter() {
                let (key, version) = split_state_key(row_key)?;
                let value = split_state_value(row_value)?;
                if current.as_ref().is_some_and(|rows| rows.key != key)
                    && let Some(rows) = current.take()
                {
                    newest.extend(rows.finish());
                }
                let rows = current.get_or_insert_with(|| KeyRows::new(key));
                rows.add(version, value, window, &mut updates)?;
            }
        }
        match reader.join() {
            Ok(read) => Ok::<(), OpenError>(read?),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })?;
    newest.extend(current.and_then(KeyRows::finish));
    Ok((newest, updates))
}

/// The versions of one key, as they are read.
struct KeyRows {
    key: Vec<u8>,
    path: TreeHashBytes,
    newest: Option<(u64, Value)>,
    /// The last place in `updates` that this key has, to be overwritten by a later version in the same block.
    last: Option<usize>,
}

impl KeyRows {
    fn new(key: &[u8]) -> Self {
        Self { key: key.to_vec(), path: Sha256::value(key), newest: None, last: None }
    }

    fn add(
        &mut self,
        version: u64,
        value: Option<&[u8]>,
        window: &[SignedHeader],
        updates: &mut [Updates],
    ) -> Result<(), Damaged> {
        // Versions behind the last block are not there: blocks are written whole.
        let block = window.partition_point(|block| block.header.next_version() <= version);
        let update = (self.path, value.map(Sha256::value));
        let updates = updates.get_mut(block).ok_or(Damaged("state"))?;
        match updates.last_mut() {
            Some(last) if self.last == Some(block) => *last = update,
            _ => updates.push(update),
        }
        self.last = Some(block);
        self.newest = Some((version, value.map(Arc::from)));
        Ok(())
    }

    fn finish(self) -> Option<Newest> {
        self.newest.map(|(version, value)| (self.key.into(), version, value))
    }
}

/// What executes the log's tail again.
pub trait Replay {
    /// What can go wrong in it.
    type Error;

    /// A block opens: execute its metadata and forced transactions.
    ///
    /// # Errors
    /// Its own.
    fn block_opened(
        &mut self,
        height: u64,
        time_us: u64,
        da_read: u64,
        forced: Vec<ForcedBlob>,
    ) -> Result<(), Self::Error>;

    /// Execute an own transaction and give the hash of its receipt.
    ///
    /// # Errors
    /// Its own.
    fn transaction(&mut self, version: u64, bytes: Vec<u8>) -> Result<Hash, Self::Error>;

    /// The block is complete: fold it, make its header, seal it. `end` lies behind its last record.
    ///
    /// # Errors
    /// Its own.
    fn block_closed(&mut self, height: u64, count: u32, end: crate::log::LogOffset) -> Result<(), Self::Error>;
}

/// Why the log's tail did not come out as it was promised.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError<E> {
    /// A record does not decode.
    #[error("the log record that ends at offset {0} is malformed")]
    Malformed(u64),
    /// A transaction's receipt is another one than was logged: start no further.
    #[error(
        "LogReplayDiffers: version {version} was confirmed with receipt {logged}, executing it again gives {found}"
    )]
    LogReplayDiffers {
        /// The transaction.
        version: u64,
        /// What was promised.
        logged: Hash,
        /// What it gives now.
        found: Hash,
    },
    /// The executor failed.
    #[error("{0}")]
    Execution(E),
}

/// Executes the log's tail again: `records` as [`crate::Log::open`] gave them.
///
/// # Errors
/// [`ReplayError`]; the node must not go on.
pub fn replay<R: Replay>(records: Vec<LoggedRecord>, target: &mut R) -> Result<(), ReplayError<R::Error>> {
    for LoggedRecord { end, body } in records {
        match LogRecord::from_bytes(&body).map_err(|_| ReplayError::Malformed(end.0))? {
            LogRecord::BlockOpened { height, time_us, da_read, forced } => {
                target.block_opened(height, time_us, da_read, forced).map_err(ReplayError::Execution)?;
            }
            LogRecord::Transaction { version, receipt_hash, bytes } => {
                let found = target.transaction(version, bytes).map_err(ReplayError::Execution)?;
                if found != receipt_hash {
                    return Err(ReplayError::LogReplayDiffers { version, logged: receipt_hash, found });
                }
            }
            LogRecord::BlockClosed { height, count } => {
                target.block_closed(height, count, end).map_err(ReplayError::Execution)?;
            }
        }
    }
    Ok(())
}
