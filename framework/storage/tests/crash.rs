//! What was confirmed survives any crash: a toy chain on a disk and a store that drop, tear and reorder everything
//! behind the last sync, stopped at any operation, recovery included.
//!
//! `TENOR_CRASH_SEEDS` says how many seeds (default 200; the full dose is 1,000), `TENOR_SEED` repeats one.
#![expect(clippy::unwrap_used, reason = "a test fails loudly")]

mod toy;

use std::{collections::BTreeMap, sync::Arc};

use jellyfish_merkle::{Sha256, check};
use storage::{
    Disk, LogError, OpenError, ReadError, StorageConfig, StoreError,
    sim::{Dice, SimDisk, SimStore, Unsynced},
};
use toy::{Node, Stop, key};
use types::{Hash, SignedHeader};

const CONFIG: StorageConfig = StorageConfig { provable_blocks: 5, history_blocks: 0, tree_stale_nodes_max: 100_000 };
const SEGMENT_BYTES: u64 = 4096;

/// What the outside world was told.
#[derive(Debug, Default)]
struct Promised {
    /// By version: transaction hash, receipt hash.
    versions: BTreeMap<u64, (Hash, Hash)>,
    headers: BTreeMap<u64, SignedHeader>,
    /// Batches whose submission may have begun.
    batches: BTreeMap<u64, Vec<u8>>,
}

impl Promised {
    fn note(&mut self, node: &Node) -> Result<(), Stop> {
        let newest = node.storage.ledger_version().unwrap();
        let from = self.versions.last_key_value().map_or(0, |(version, _)| version + 1);
        for version in from..=newest {
            let found = node.storage.transaction(version)?;
            self.versions.insert(version, (found.hash, found.receipt.hash()));
        }
        let head = node.storage.head().unwrap();
        self.headers.insert(head.header.height, SignedHeader::clone(&head));
        Ok(())
    }

    /// Everything that was promised is there, and what is there agrees with itself.
    fn expect_kept(&self, node: &Node) -> Result<(), String> {
        let storage = &node.storage;
        for (version, promised) in &self.versions {
            let found = storage.transaction(*version).map_err(|e| format!("version {version}: {e}"))?;
            if (found.hash, found.receipt.hash()) != *promised {
                return Err(format!("version {version} has another receipt"));
            }
            let by_hash = storage.transaction_by_hash(&found.hash).map_err(|e| e.to_string())?;
            if by_hash.map(|t| t.version) != Some(*version) {
                return Err(format!("version {version} is not found by its hash"));
            }
        }
        for (height, promised) in &self.headers {
            let found = storage.block(*height).map_err(|e| format!("block {height}: {e}"))?;
            if *found != *promised {
                return Err(format!("block {height} has another header"));
            }
        }
        for (number, blob) in &self.batches {
            if storage.parts(*number).map_err(|e| e.to_string())? != [blob.clone()] {
                return Err(format!("batch {number} is lost"));
            }
        }
        expect_state(node)
    }
}

/// The state at every version in the window is what the write sets make of it, and every block proves it.
fn expect_state(node: &Node) -> Result<(), String> {
    let storage = &node.storage;
    let (kept, newest) = (storage.kept(), storage.ledger_version().unwrap());
    let mut model: BTreeMap<Vec<u8>, Arc<[u8]>> = BTreeMap::new();
    for version in 0..=newest {
        for (key, op) in &storage.transaction(version).map_err(|e| e.to_string())?.write_set {
            match op.value() {
                Some(value) => model.insert(key.to_bytes(), Arc::clone(value)),
                None => model.remove(&key.to_bytes()),
            };
        }
        if version < kept.oldest_value_version {
            if storage.state_at(version).is_ok() {
                return Err(format!("version {version} should be pruned"));
            }
            continue;
        }
        let state = storage.state_at(version).map_err(|e| e.to_string())?;
        for i in (0..12).chain([200]) {
            let found = state.get(&key(i)).map_err(|e| e.to_string())?;
            if found.as_ref() != model.get(&key(i).to_bytes()) {
                return Err(format!("key {i} at version {version} holds {found:?}"));
            }
        }
        let block = storage.block_of_version(version).ok().filter(|block| block.header.last_version() == version);
        if let Some(block) = block
            && block.header.height >= kept.oldest_provable_height
        {
            for i in 0..12 {
                let proven = storage.prove(block.header.height, &key(i)).map_err(|e| e.to_string())?;
                let (root, path) = (block.header.state_root.0, key(i).path().0);
                check::<Sha256>(&root, &path, proven.value.as_deref(), &proven.proof).map_err(|e| e.to_string())?;
            }
        }
    }
    Ok(())
}

/// Lives until the machine stops or some 60 steps are done.
fn live(node: &mut Node, promised: &mut Promised, dice: &mut Dice) -> Result<(), Stop> {
    for _ in 0..60 {
        if node.open.is_none() {
            let time_us = node.storage.head().unwrap().header.time_us + 1 + dice.below(1000);
            node.open_block(time_us)?;
        }
        match dice.below(10) {
            0..5 => {
                let program: Vec<u8> = (0..dice.below(4))
                    .flat_map(|_| [u8::try_from(dice.below(12)).unwrap(), u8::try_from(dice.below(3)).unwrap()])
                    .collect();
                // Now and then one that is larger than a segment.
                let padding = if dice.chance(10) { 5000 } else { 0 };
                node.submit(&[program, [11, 1].repeat(padding / 2)].concat())?;
            }
            5..7 => {
                node.sync()?;
                promised.note(node)?;
            }
            7 => {
                node.close_block()?;
                promised.note(node)?;
            }
            8 => {
                node.storage.persist()?;
                if let Some(preparation) = node.log.prepare() {
                    preparation.run().map_err(storage::LogError::Disk)?;
                }
            }
            _ => {
                let below = node.storage.sync_store()?;
                node.log.release(below)?;
                node.storage.prune(3)?;
                let number = promised.batches.len() as u64 + 1;
                let height = node.storage.head().unwrap().header.height;
                let blob = number.to_le_bytes().to_vec();
                let record = storage::BatchRecord {
                    number,
                    first_height: height,
                    last_height: height,
                    hash: Hash::ZERO,
                    parts: 1,
                    tried_from: 0,
                    included: None,
                    finalized: false,
                };
                node.storage.put_batch(&record, std::slice::from_ref(&blob))?;
                promised.batches.insert(number, blob);
            }
        }
    }
    Ok(())
}

/// Whether the machine stopped, as opposed to something being wrong.
fn is_crash(stop: &Stop) -> bool {
    matches!(
        stop,
        Stop::Log(LogError::Disk(_))
            | Stop::Store(StoreError::Stopped)
            | Stop::Open(OpenError::Store(StoreError::Stopped))
            | Stop::Read(ReadError::Store(StoreError::Stopped))
    )
}

/// One life after another on the same disk, with crashes anywhere; `Err` says what was lost.
fn lives(seed: u64, wrap: impl Fn(SimDisk) -> Arc<dyn Disk>) -> Result<(), String> {
    let (disk, store, mut dice) = (SimDisk::new(), SimStore::new(), Dice::new(seed));
    let mut promised = Promised::default();
    for _ in 0..6 {
        if dice.chance(700) {
            disk.crash_after(dice.below(250));
        }
        if dice.chance(300) {
            store.crash_after(dice.below(40));
        }
        let outcome =
            Node::start(wrap(disk.clone()), Arc::new(store.clone()), CONFIG, SEGMENT_BYTES).map(|mut node| {
                // Reading the disk is over: what is checked now does not depend on it.
                let kept = promised.expect_kept(&node);
                (kept, live(&mut node, &mut promised, &mut dice))
            });
        let stopped = match outcome {
            Ok((kept, lived)) => {
                kept?;
                lived
            }
            Err(stop) => Err(stop),
        };
        match stopped {
            Err(stop) if !is_crash(&stop) => return Err(format!("{stop:?}")),
            Ok(()) | Err(_) => {}
        }
        if dice.chance(300) {
            disk.kill();
            store.kill();
        } else {
            disk.crash(&mut dice);
            store.crash(&mut dice);
        }
    }
    let node = Node::start(wrap(disk.clone()), Arc::new(store.clone()), CONFIG, SEGMENT_BYTES);
    let node = node.map_err(|stop| format!("{stop:?}"))?;
    promised.expect_kept(&node)
}

fn seeds() -> std::ops::Range<u64> {
    let number = |name| std::env::var(name).ok().and_then(|text: String| text.parse::<u64>().ok());
    match number("TENOR_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("TENOR_CRASH_SEEDS").unwrap_or(200),
    }
}

#[test]
fn what_was_confirmed_survives_any_crash() {
    for seed in seeds() {
        if let Err(lost) = lives(seed, |disk| Arc::new(disk)) {
            panic!("{lost}; repeat with TENOR_SEED={seed}");
        }
    }
}

#[test]
fn without_syncs_the_suite_fails() {
    let failed = (0..100).filter(|seed| lives(*seed, |disk| Arc::new(Unsynced(disk))).is_err()).count();
    assert!(failed > 50, "only {failed} of 100 seeds noticed that nothing was synced");
}
