//! The node's database behind a few named operations: state, tree, blocks, log.
//!
//! What a client was told lies in the [`Log`], synced before the answer. [`Storage`] serves the newest state from
//! memory, proves any block in its window, and moves whole blocks into an ordered store behind. At start it loads
//! that store, checks every root in the window, and [`replay`] executes the log's tail again. Storage does not know
//! Move types: keys and values are bytes, and what a transaction did is decided elsewhere.
//!
//! A node opens it so, and then takes the writer's steps that [`Storage`] lists:
//!
//! ```no_run
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let genesis_hash = types::Hash::ZERO;
//! use storage::{DEFAULT_CONFIG, DataDirectory, Log, LogConfig, SEGMENT_BYTES, Storage};
//!
//! let directory = DataDirectory::open("data")?; // Refused if another process has it.
//! let storage = Storage::open(directory.store(64 << 20)?, DEFAULT_CONFIG, genesis_hash)?;
//! let config = LogConfig { genesis_hash: genesis_hash.0, segment_bytes: SEGMENT_BYTES };
//! let (log, tail) = Log::open(directory.log_disk()?, config, storage.log_tail())?;
//! storage.note_log_synced(log.synced());
//! // If `storage.head()` is none, execute genesis first; then `replay(tail, ...)`.
//! # let _ = tail;
//! # Ok(())
//! # }
//! ```

mod da;
mod directory;
mod disk;
pub mod fuzz;
mod ledger;
mod log;
mod memory;
mod persist;
mod prune;
mod reads;
mod recovery;
mod rows;
pub mod sim;
mod store;

pub use directory::{DataDirectory, DirectoryError};
pub use disk::{Disk, DiskFile, RealDisk};
pub use ledger::{DEFAULT_CONFIG, ReadError, StepError, Storage, StorageConfig};
pub use log::{BODY_BYTES_MAX, Log, LogConfig, LogError, LogOffset, LogTail, LoggedRecord, Preparation, SEGMENT_BYTES};
pub use reads::{EventAt, Kept, Page, Proven, StateAt, StateRow};
pub use recovery::{OpenError, Replay, ReplayError, replay};
pub use rows::{BatchRecord, Damaged, ExecutedTransaction, LedgerEntry};
pub use store::{Batch, Change, FjallStore, Order, Row, Store, StoreError, Table};
