//! The backing store as the database needs it: ordered tables, atomic batches, an explicit sync.
//!
//! Two implementations: [`FjallStore`], and [`crate::sim::SimStore`], which forgets batches that were not synced.
//! Batches become durable in the order in which they were written: after a crash a prefix of them is there.

use std::{ops::Bound, path::Path};

use fjall::{
    CompressionType, Database, Keyspace, KeyspaceCreateOptions, KvSeparationOptions, PersistMode, Readable,
    config::CompressionPolicy,
};

macro_rules! tables {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// The tables, with what their rows are.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Table {
            $($(#[$doc])* $name,)*
        }

        impl Table {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The name on disk.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
        }
    };
}

tables! {
    /// Single facts, by name.
    Meta = "meta",
    /// Values: BCS of the state key ‖ u64 version, big-endian -> 00, deleted, or 01 ‖ value.
    State = "state",
    /// State rows that a block made superfluous once nobody can ask for what was before it: u64 height ->
    /// u32 length ‖ row key, each.
    Superseded = "superseded",
    /// Transactions with their outcomes, some dozens to a row: u64 first version -> u32 count ‖ count times u32 end,
    /// counted from behind these ‖ BCS of each.
    Transactions = "transactions",
    /// Transaction hash -> u64 version.
    Hashes = "hashes",
    /// Sender ‖ u64 sequence number -> u64 version.
    Accounts = "accounts",
    /// Streams: account ‖ u64 creation number ‖ u64 sequence number -> u64 version ‖ u32 index.
    Streams = "streams",
    /// Events by type: hash of the type's BCS ‖ u64 first version of a block -> u32 each: versions of the block with
    /// such events, less the first.
    EventTypes = "event_types",
    /// Blocks: u64 height -> header ‖ signature.
    Blocks = "blocks",
    /// u64 first version -> u64 height.
    FirstVersions = "first_versions",
    /// Batches: u64 number -> BCS of what is known about it.
    Batches = "batches",
    /// Batches by their first block: u64 height -> u64 number.
    BatchHeights = "batch_heights",
    /// Parts of batches: u64 number ‖ u16 part -> blob.
    Parts = "parts",
    /// Forced blobs that were read: u64 DA height ‖ u32 index -> blob.
    Forced = "forced",
    /// DA headers: u64 DA height -> bytes of the layer's own.
    DaHeaders = "da_headers",
}

impl Table {
    /// Large rows stand apart, so that compaction does not copy them; small ones are hashes and numbers, on which
    /// compression is wasted.
    fn options(self) -> KeyspaceCreateOptions {
        let options = KeyspaceCreateOptions::default();
        match self {
            Self::Superseded | Self::Transactions | Self::Parts | Self::Forced => {
                options.with_kv_separation(Some(KvSeparationOptions::default()))
            }
            Self::State | Self::Hashes | Self::Accounts | Self::Streams => {
                options.data_block_compression_policy(CompressionPolicy::disabled())
            }
            Self::Meta
            | Self::EventTypes
            | Self::Blocks
            | Self::FirstVersions
            | Self::Batches
            | Self::BatchHeights
            | Self::DaHeaders => options,
        }
    }
}

/// How much the store may have to read again at a start.
const JOURNAL_BYTES_MAX: u64 = 128 << 20;

/// The store failed, which is fatal: what is durable is no longer known.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// What the store says.
    #[error("the database failed: {0}")]
    Fjall(#[from] fjall::Error),
    /// The simulated machine has stopped.
    #[error("the machine has stopped")]
    Stopped,
}

/// One change of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Where.
    pub table: Table,
    /// Which row.
    pub key: Vec<u8>,
    /// Its new value, or none.
    pub value: Option<Vec<u8>>,
}

/// Changes that are made together or not at all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Batch(pub Vec<Change>);

impl Batch {
    /// Sets a row.
    pub fn put(&mut self, table: Table, key: impl Into<Vec<u8>>, value: impl Into<Vec<u8>>) {
        self.0.push(Change { table, key: key.into(), value: Some(value.into()) });
    }

    /// Removes a row.
    pub fn remove(&mut self, table: Table, key: impl Into<Vec<u8>>) {
        self.0.push(Change { table, key: key.into(), value: None });
    }
}

/// A row found by a scan.
pub type Row = (Vec<u8>, Vec<u8>);

/// Ordered tables.
pub trait Store: Send + Sync {
    /// The value of a row.
    ///
    /// # Errors
    /// Fatal ones only.
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError>;

    /// Calls `visit` with the rows from `from` up to, not including, `to` (empty: to the end), ascending or
    /// descending, until it returns false.
    ///
    /// # Errors
    /// Fatal ones only.
    fn scan(
        &self,
        table: Table,
        from: &[u8],
        to: &[u8],
        order: Order,
        visit: &mut dyn FnMut(&[u8], &[u8]) -> bool,
    ) -> Result<(), StoreError>;

    /// Makes the changes, all or none. Later ones of the same row win.
    ///
    /// # Errors
    /// Fatal ones only.
    fn write(&self, batch: Batch) -> Result<(), StoreError>;

    /// Returns when everything written before is durable.
    ///
    /// # Errors
    /// Fatal ones only.
    fn sync(&self) -> Result<(), StoreError>;
}

/// The direction of a scan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Smallest key first.
    Ascending,
    /// Largest key first.
    Descending,
}

/// The least key above all keys that begin with `prefix`; empty if there is none.
pub(crate) fn after_prefix(prefix: &[u8]) -> Vec<u8> {
    let mut end = prefix.to_vec();
    while let Some(last) = end.pop() {
        if last < u8::MAX {
            end.push(last + 1);
            break;
        }
    }
    end
}

/// The bounds of a scan, where an empty end means no end.
pub(crate) fn bounds(from: &[u8], to: &[u8]) -> (Bound<Vec<u8>>, Bound<Vec<u8>>) {
    let to = if to.is_empty() { Bound::Unbounded } else { Bound::Excluded(to.to_vec()) };
    (Bound::Included(from.to_vec()), to)
}

/// `fjall` in a directory.
pub struct FjallStore {
    database: Database,
    keyspaces: Vec<Keyspace>,
}

impl core::fmt::Debug for FjallStore {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("FjallStore").finish_non_exhaustive()
    }
}

impl FjallStore {
    /// Opens or creates the store; `cache_bytes` is what it may keep of what it read.
    ///
    /// # Errors
    /// What the store says.
    pub fn open(directory: &Path, cache_bytes: u64) -> Result<Self, StoreError> {
        let database = Database::builder(directory)
            .cache_size(cache_bytes)
            .worker_threads(1)
            .max_journaling_size(JOURNAL_BYTES_MAX)
            .journal_compression(CompressionType::None)
            .open()?;
        let keyspaces = Table::ALL
            .iter()
            .map(|table| database.keyspace(table.name(), || table.options()))
            .collect::<Result<_, _>>()?;
        Ok(Self { database, keyspaces })
    }

    fn keyspace(&self, table: Table) -> &Keyspace {
        &self.keyspaces[table as usize]
    }
}

impl Store for FjallStore {
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.keyspace(table).get(key)?.map(|value| value.to_vec()))
    }

    fn scan(
        &self,
        table: Table,
        from: &[u8],
        to: &[u8],
        order: Order,
        visit: &mut dyn FnMut(&[u8], &[u8]) -> bool,
    ) -> Result<(), StoreError> {
        if !to.is_empty() && from >= to {
            return Ok(());
        }
        let mut rows = self.database.snapshot().range(self.keyspace(table), bounds(from, to));
        while let Some(row) = match order {
            Order::Ascending => rows.next(),
            Order::Descending => rows.next_back(),
        } {
            let (key, value) = row.into_inner()?;
            if !visit(&key, &value) {
                break;
            }
        }
        Ok(())
    }

    fn write(&self, batch: Batch) -> Result<(), StoreError> {
        let mut out = self.database.batch();
        for Change { table, key, value } in batch.0 {
            match value {
                Some(value) => out.insert(self.keyspace(table), key, value),
                None => out.remove(self.keyspace(table), key),
            }
        }
        Ok(out.commit()?)
    }

    fn sync(&self) -> Result<(), StoreError> {
        Ok(self.database.persist(PersistMode::SyncData)?)
    }
}
