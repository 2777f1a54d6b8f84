//! A world that forgets: a disk and a store that lose whatever was not synced, as a seed decides.
//!
//! After a crash every write since a file's last sync may be there, missing, in another order or torn at a
//! sector; every change of names since the last sync of names may have happened or not; and of the store's
//! batches since its last sync any prefix survives. What was synced is always there.

use std::{collections::BTreeMap, io, sync::Arc};

use parking_lot::Mutex;

use crate::{
    disk::{Disk, DiskFile},
    store::{Batch, Order, Store, StoreError, Table},
};

/// What a disk tears at.
const SECTOR_BYTES: usize = 512;

/// A source of decisions: the same seed, the same world (splitmix64).
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    /// Starts from a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number.
    pub fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `limit`, which is not 0.
    pub fn below(&mut self, limit: u64) -> u64 {
        self.roll() % limit
    }

    /// True `per_mille` times out of 1 000.
    pub fn chance(&mut self, per_mille: u64) -> bool {
        self.below(1000) < per_mille
    }

    /// An index below `len`, which is not 0.
    pub fn index(&mut self, len: usize) -> usize {
        usize::try_from(self.below(len as u64)).unwrap_or(0)
    }
}

#[derive(Debug, Clone)]
enum Change {
    Write { offset: u64, bytes: Vec<u8> },
    SetLen(u64),
}

#[derive(Debug, Default)]
struct Content {
    durable: Vec<u8>,
    /// What a reader sees before a crash.
    current: Vec<u8>,
    pending: Vec<Change>,
}

#[derive(Debug, Clone)]
enum NameChange {
    Create(String, usize),
    Rename(String, String),
    Remove(String),
}

#[derive(Debug, Default)]
struct World {
    files: Vec<Content>,
    durable_names: BTreeMap<String, usize>,
    names: BTreeMap<String, usize>,
    pending_names: Vec<NameChange>,
    /// Operations left before everything fails; `None`: no crash planned.
    fuse: Option<u64>,
    operations: u64,
}

/// A simulated disk. Clones are the same disk.
#[derive(Debug, Clone, Default)]
pub struct SimDisk(Arc<Mutex<World>>);

impl SimDisk {
    /// An empty disk.
    pub fn new() -> Self {
        Self::default()
    }

    /// Lets every operation after the next `operations` fail, as if the machine had stopped there.
    pub fn crash_after(&self, operations: u64) {
        self.0.lock().fuse = Some(operations);
    }

    /// Operations so far that could have been the last.
    pub fn operations(&self) -> u64 {
        self.0.lock().operations
    }

    /// Ends the process only: the system still holds what was not synced, and may yet lose it in a crash.
    pub fn kill(&self) {
        self.0.lock().fuse = None;
    }

    /// Stops the machine and starts it again: what was not synced is kept, lost, torn or reordered.
    pub fn crash(&self, dice: &mut Dice) {
        let world = &mut *self.0.lock();
        world.fuse = None;
        for change in std::mem::take(&mut world.pending_names) {
            if dice.chance(500) {
                apply_name(&mut world.durable_names, &change);
            }
        }
        world.names = world.durable_names.clone();
        for file in &mut world.files {
            let mut pending = std::mem::take(&mut file.pending);
            if dice.chance(500) {
                for i in (1..pending.len()).rev() {
                    pending.swap(i, dice.index(i + 1));
                }
            }
            let kept_per_mille = [0, 300, 700, 1000][dice.index(4)];
            for change in pending {
                if dice.chance(kept_per_mille) {
                    apply_torn(&mut file.durable, &change, dice);
                }
            }
            file.current = file.durable.clone();
        }
    }

    /// Changes one bit of a file's durable content, as a failing medium would. False if there is no such bit.
    pub fn flip_bit(&self, name: &str, bit: u64) -> bool {
        let world = &mut *self.0.lock();
        let Some(file) = world.names.get(name).and_then(|i| world.files.get_mut(*i)) else { return false };
        let (Ok(at), mask) = (usize::try_from(bit / 8), 1u8 << (bit % 8)) else { return false };
        for content in [&mut file.durable, &mut file.current] {
            let Some(byte) = content.get_mut(at) else { return false };
            *byte ^= mask;
        }
        true
    }

    fn step(&self) -> io::Result<parking_lot::MutexGuard<'_, World>> {
        let mut world = self.0.lock();
        if let Some(left) = &mut world.fuse {
            *left = left.checked_sub(1).ok_or_else(|| io::Error::other("the machine has stopped"))?;
        }
        world.operations += 1;
        Ok(world)
    }
}

fn apply_name(names: &mut BTreeMap<String, usize>, change: &NameChange) {
    match change {
        NameChange::Create(name, file) => {
            names.insert(name.clone(), *file);
        }
        NameChange::Rename(from, to) => {
            if let Some(file) = names.remove(from) {
                names.insert(to.clone(), file);
            }
        }
        NameChange::Remove(name) => {
            names.remove(name);
        }
    }
}

fn apply(content: &mut Vec<u8>, change: &Change) {
    match change {
        Change::SetLen(len) => content.resize(to_usize(*len), 0),
        Change::Write { offset, bytes } => {
            let from = to_usize(*offset);
            if content.len() < from + bytes.len() {
                content.resize(from + bytes.len(), 0);
            }
            content[from..from + bytes.len()].copy_from_slice(bytes);
        }
    }
}

/// Applies a change whole, or sector by sector with some missing.
fn apply_torn(content: &mut Vec<u8>, change: &Change, dice: &mut Dice) {
    let Change::Write { offset, bytes } = change else { return apply(content, change) };
    if dice.chance(600) {
        return apply(content, change);
    }
    let mut at = 0;
    while at < bytes.len() {
        let in_sector = SECTOR_BYTES - to_usize((offset + at as u64) % SECTOR_BYTES as u64);
        let end = bytes.len().min(at + in_sector);
        if dice.chance(500) {
            apply(content, &Change::Write { offset: offset + at as u64, bytes: bytes[at..end].to_vec() });
        }
        at = end;
    }
}

fn to_usize(offset: u64) -> usize {
    usize::try_from(offset).unwrap_or(usize::MAX)
}

impl Disk for SimDisk {
    fn list(&self) -> io::Result<Vec<String>> {
        Ok(self.step()?.names.keys().cloned().collect())
    }

    fn open(&self, name: &str) -> io::Result<Box<dyn DiskFile>> {
        let mut world = self.step()?;
        let file = match world.names.get(name) {
            Some(file) => *file,
            None => {
                let file = world.files.len();
                world.files.push(Content::default());
                world.names.insert(name.to_owned(), file);
                world.pending_names.push(NameChange::Create(name.to_owned(), file));
                file
            }
        };
        Ok(Box::new(SimFile { disk: self.clone(), file }))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut world = self.step()?;
        if !world.names.contains_key(from) {
            return Err(io::ErrorKind::NotFound.into());
        }
        let change = NameChange::Rename(from.to_owned(), to.to_owned());
        apply_name(&mut world.names, &change);
        world.pending_names.push(change);
        Ok(())
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        let mut world = self.step()?;
        if !world.names.contains_key(name) {
            return Err(io::ErrorKind::NotFound.into());
        }
        let change = NameChange::Remove(name.to_owned());
        apply_name(&mut world.names, &change);
        world.pending_names.push(change);
        Ok(())
    }

    fn sync_names(&self) -> io::Result<()> {
        let world = &mut *self.step()?;
        world.pending_names.clear();
        world.durable_names.clone_from(&world.names);
        Ok(())
    }
}

#[derive(Debug)]
struct SimFile {
    disk: SimDisk,
    file: usize,
}

impl SimFile {
    fn change(&mut self, change: Change) -> io::Result<()> {
        let mut world = self.disk.step()?;
        let file = &mut world.files[self.file];
        apply(&mut file.current, &change);
        file.pending.push(change);
        Ok(())
    }
}

impl DiskFile for SimFile {
    fn len(&self) -> io::Result<u64> {
        Ok(self.disk.step()?.files[self.file].current.len() as u64)
    }

    fn read_at(&self, offset: u64, bytes: &mut [u8]) -> io::Result<()> {
        let world = self.disk.step()?;
        let content = &world.files[self.file].current;
        let from = to_usize(offset);
        let found = from.checked_add(bytes.len()).and_then(|to| content.get(from..to));
        bytes.copy_from_slice(found.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    fn write_at(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.change(Change::Write { offset, bytes: bytes.to_vec() })
    }

    fn set_len(&mut self, len: u64) -> io::Result<()> {
        self.change(Change::SetLen(len))
    }

    fn sync(&mut self) -> io::Result<()> {
        let world = &mut *self.disk.step()?;
        let file = &mut world.files[self.file];
        file.pending.clear();
        file.durable.clone_from(&file.current);
        Ok(())
    }
}

/// A disk whose syncs return at once and do nothing: what the crash suite must catch.
#[derive(Debug, Clone)]
pub struct Unsynced<D>(pub D);

struct UnsyncedFile(Box<dyn DiskFile>);

impl<D: Disk> Disk for Unsynced<D> {
    fn list(&self) -> io::Result<Vec<String>> {
        self.0.list()
    }

    fn open(&self, name: &str) -> io::Result<Box<dyn DiskFile>> {
        Ok(Box::new(UnsyncedFile(self.0.open(name)?)))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.0.rename(from, to)
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.0.remove(name)
    }

    fn sync_names(&self) -> io::Result<()> {
        self.0.sync_names()
    }
}

impl DiskFile for UnsyncedFile {
    fn len(&self) -> io::Result<u64> {
        self.0.len()
    }

    fn read_at(&self, offset: u64, bytes: &mut [u8]) -> io::Result<()> {
        self.0.read_at(offset, bytes)
    }

    fn write_at(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.0.write_at(offset, bytes)
    }

    fn set_len(&mut self, len: u64) -> io::Result<()> {
        self.0.set_len(len)
    }

    fn sync(&mut self) -> io::Result<()> {
        Ok(())
    }
}

type Tables = BTreeMap<(Table, Vec<u8>), Vec<u8>>;

#[derive(Debug, Default)]
struct StoreWorld {
    durable: Tables,
    current: Tables,
    pending: Vec<Batch>,
    fuse: Option<u64>,
}

/// A simulated store. Clones are the same store.
#[derive(Debug, Clone, Default)]
pub struct SimStore(Arc<Mutex<StoreWorld>>);

impl SimStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// Lets every write and sync after the next `operations` fail.
    pub fn crash_after(&self, operations: u64) {
        self.0.lock().fuse = Some(operations);
    }

    /// Ends the process only: batches that were not synced may yet be lost in a crash.
    pub fn kill(&self) {
        self.0.lock().fuse = None;
    }

    /// Stops the machine and starts it again: of the batches since the last sync any prefix survives.
    pub fn crash(&self, dice: &mut Dice) {
        let world = &mut *self.0.lock();
        world.fuse = None;
        let kept = dice.index(world.pending.len() + 1);
        for batch in world.pending.drain(..).take(kept) {
            apply_batch(&mut world.durable, &batch);
        }
        world.current.clone_from(&world.durable);
    }

    fn step(&self) -> Result<parking_lot::MutexGuard<'_, StoreWorld>, StoreError> {
        let mut world = self.0.lock();
        if let Some(left) = &mut world.fuse {
            *left = left.checked_sub(1).ok_or(StoreError::Stopped)?;
        }
        Ok(world)
    }
}

fn apply_batch(tables: &mut Tables, batch: &Batch) {
    for change in &batch.0 {
        let key = (change.table, change.key.clone());
        match &change.value {
            Some(value) => drop(tables.insert(key, value.clone())),
            None => drop(tables.remove(&key)),
        }
    }
}

impl Store for SimStore {
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.0.lock().current.get(&(table, key.to_vec())).cloned())
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
        let world = self.0.lock();
        let mut rows = world
            .current
            .range((table, from.to_vec())..)
            .take_while(|((found, key), _)| *found == table && (to.is_empty() || key.as_slice() < to))
            .collect::<Vec<_>>();
        if order == Order::Descending {
            rows.reverse();
        }
        for ((_, key), value) in rows {
            if !visit(key, value) {
                break;
            }
        }
        Ok(())
    }

    fn write(&self, batch: Batch) -> Result<(), StoreError> {
        let world = &mut *self.step()?;
        apply_batch(&mut world.current, &batch);
        world.pending.push(batch);
        Ok(())
    }

    fn sync(&self) -> Result<(), StoreError> {
        let world = &mut *self.step()?;
        for batch in world.pending.drain(..) {
            apply_batch(&mut world.durable, &batch);
        }
        Ok(())
    }
}
