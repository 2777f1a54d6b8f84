//! Behind the driver: folds closed blocks, seals them, moves them into the store, prunes.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Result;
use crossbeam_channel::{Receiver, Sender};
use sequencer::SealedBlock;
use storage::{LogOffset, Storage};
use types::{Hash, SigningKey};

use crate::driver::Command;
use crate::engine::{ClosedBlock, seal};
use crate::publisher::Unbatched;

/// How often what was persisted is made durable, so that log segments can go.
const SYNC_STORE: Duration = Duration::from_secs(5);
/// Blocks pruned at a time.
const PRUNE_MAX: u64 = 64;

/// Seals one block and tells the driver.
pub(crate) fn seal_one(
    storage: &Storage,
    genesis_hash: Hash,
    key: &SigningKey,
    block: &ClosedBlock,
    log_end: LogOffset,
    driver: &Sender<Command>,
    unbatched: &Unbatched,
) -> Result<()> {
    let signed = seal(storage, genesis_hash, block, key, log_end)?;
    let header = &signed.header;
    let sealed = SealedBlock {
        height: header.height,
        time_us: header.time_us,
        da_read: header.da_read,
        bytes: unbatched.keep(storage, header.height)?,
        ends_batch: block.changes_key,
    };
    tracing::info!(height = header.height, count = header.count, root = %header.state_root, "sealed");
    // A driver that stopped needs no report.
    let _ = driver.send(Command::Sealed(sealed));
    Ok(())
}

/// Runs until the driver is gone.
///
/// # Errors
/// What must stop the node: the store, or a block that cannot be sealed.
pub(crate) fn run(
    storage: &Arc<Storage>,
    genesis_hash: Hash,
    key: &SigningKey,
    blocks: &Receiver<(ClosedBlock, LogOffset)>,
    driver: &Sender<Command>,
    unbatched: &Unbatched,
) -> Result<()> {
    let mut synced = Instant::now();
    while let Ok((block, log_end)) = blocks.recv() {
        seal_one(storage, genesis_hash, key, &block, log_end, driver, unbatched)?;
        storage.persist()?;
        if synced.elapsed() >= SYNC_STORE {
            synced = Instant::now();
            let _ = driver.send(Command::Release(storage.sync_store()?));
            while storage.prune(PRUNE_MAX)? {}
        }
    }
    storage.persist()?;
    storage.sync_store()?;
    Ok(())
}
