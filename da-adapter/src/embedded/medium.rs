//! Where the log's bytes are: a file, or memory for simulations.

use std::{
    fs::{File, OpenOptions},
    io::{self, Read, Seek, SeekFrom, Write},
    path::Path,
    sync::Arc,
};

use std::sync::Mutex;

/// Bytes that only grow, except for a torn tail that is cut off.
#[derive(Debug, Clone)]
pub(super) enum Medium {
    File(Arc<Mutex<File>>),
    Memory(Arc<Mutex<Vec<u8>>>),
}

impl Medium {
    pub(super) fn file(path: &Path, write: bool) -> io::Result<Self> {
        let file = OpenOptions::new().read(true).write(write).create(write).truncate(false).open(path)?;
        Ok(Self::File(Arc::new(Mutex::new(file))))
    }

    pub(super) fn memory(bytes: Vec<u8>) -> Self {
        Self::Memory(Arc::new(Mutex::new(bytes)))
    }

    pub(super) fn len(&self) -> io::Result<u64> {
        match self {
            Self::File(file) => Ok(held(file)?.metadata()?.len()),
            Self::Memory(bytes) => Ok(held(bytes)?.len() as u64),
        }
    }

    /// Up to `count` bytes from `at`; fewer only at the end.
    pub(super) fn read(&self, at: u64, count: usize) -> io::Result<Vec<u8>> {
        let there = self.len()?.saturating_sub(at);
        let count = count.min(usize::try_from(there).unwrap_or(usize::MAX));
        match self {
            Self::File(file) => {
                let mut file = held(file)?;
                let mut bytes = Vec::with_capacity(count);
                file.seek(SeekFrom::Start(at))?;
                (&mut *file).take(count as u64).read_to_end(&mut bytes)?;
                Ok(bytes)
            }
            Self::Memory(bytes) => {
                let at = usize::try_from(at).unwrap_or(usize::MAX);
                Ok(held(bytes)?.iter().skip(at).take(count).copied().collect())
            }
        }
    }

    /// Appends at `at`, which is the end, and returns once it is durable.
    pub(super) fn append(&self, at: u64, frame: &[u8]) -> io::Result<()> {
        match self {
            Self::File(file) => {
                let mut file = held(file)?;
                file.seek(SeekFrom::Start(at))?;
                file.write_all(frame)?;
                file.sync_data()
            }
            Self::Memory(bytes) => {
                held(bytes)?.extend_from_slice(frame);
                Ok(())
            }
        }
    }

    pub(super) fn truncate(&self, len: u64) -> io::Result<()> {
        match self {
            Self::File(file) => {
                let file = held(file)?;
                file.set_len(len)?;
                file.sync_data()
            }
            Self::Memory(bytes) => {
                held(bytes)?.truncate(usize::try_from(len).unwrap_or(usize::MAX));
                Ok(())
            }
        }
    }
}

/// A poisoned lock means that another thread panicked in the middle of the file.
fn held<T>(lock: &Mutex<T>) -> io::Result<std::sync::MutexGuard<'_, T>> {
    lock.lock().map_err(|_| io::Error::other("another thread panicked while it held the log"))
}
