//! Where the log's bytes are: a file, or memory for simulations.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

const LOG: &str = "heights.log";
const DURABLE: &str = "heights.durable";

/// Bytes that only grow, except for a torn tail that is cut off.
///
/// A second file holds how many bytes are durable, so that who follows never sees more. It need not be synced: after
/// a crash it shows too little, until the next writer starts.
#[derive(Debug, Clone)]
pub(super) enum Medium {
    Written { log: Arc<Mutex<File>>, durable: Arc<Mutex<File>> },
    Followed { log: Arc<Mutex<File>>, durable: PathBuf },
    Memory(Arc<Mutex<Vec<u8>>>),
}

impl Medium {
    pub(super) fn written(dir: &Path) -> io::Result<Self> {
        let open = |name| {
            let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(dir.join(name))?;
            io::Result::Ok(Arc::new(Mutex::new(file)))
        };
        Ok(Self::Written { log: open(LOG)?, durable: open(DURABLE)? })
    }

    pub(super) fn followed(dir: &Path) -> io::Result<Self> {
        let log = Arc::new(Mutex::new(File::open(dir.join(LOG))?));
        Ok(Self::Followed { log, durable: dir.join(DURABLE) })
    }

    pub(super) fn memory(bytes: Vec<u8>) -> Self {
        Self::Memory(Arc::new(Mutex::new(bytes)))
    }

    pub(super) fn len(&self) -> io::Result<u64> {
        match self {
            Self::Written { log, .. } => Ok(held(log)?.metadata()?.len()),
            Self::Followed { log, durable } => {
                let len = held(log)?.metadata()?.len();
                // A log that came without it, as a copy may, is taken whole.
                let durable = fs::read(durable).ok().and_then(|bytes| Some(u64::from_le_bytes(*bytes.first_chunk()?)));
                Ok(len.min(durable.unwrap_or(len)))
            }
            Self::Memory(bytes) => Ok(held(bytes)?.len() as u64),
        }
    }

    /// Up to `count` bytes from `at`; fewer only at the end.
    pub(super) fn read(&self, at: u64, count: usize) -> io::Result<Vec<u8>> {
        let there = self.len()?.saturating_sub(at);
        let count = count.min(usize::try_from(there).unwrap_or(usize::MAX));
        match self {
            Self::Written { log, .. } | Self::Followed { log, .. } => {
                let mut file = held(log)?;
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
            Self::Written { log, .. } => {
                let mut log = held(log)?;
                log.seek(SeekFrom::Start(at))?;
                log.write_all(frame)?;
                log.sync_data()?;
            }
            Self::Followed { .. } => return Err(follower()),
            Self::Memory(bytes) => held(bytes)?.extend_from_slice(frame),
        }
        self.announce(at + frame.len() as u64)
    }

    pub(super) fn truncate(&self, len: u64) -> io::Result<()> {
        match self {
            Self::Written { log, .. } => {
                let log = held(log)?;
                log.set_len(len)?;
                log.sync_data()
            }
            Self::Followed { .. } => Err(follower()),
            Self::Memory(bytes) => {
                held(bytes)?.truncate(usize::try_from(len).unwrap_or(usize::MAX));
                Ok(())
            }
        }
    }

    /// Tells followers that so many bytes are durable.
    pub(super) fn announce(&self, len: u64) -> io::Result<()> {
        if let Self::Written { durable, .. } = self {
            let mut durable = held(durable)?;
            durable.seek(SeekFrom::Start(0))?;
            durable.write_all(&len.to_le_bytes())?;
        }
        Ok(())
    }
}

fn follower() -> io::Error {
    io::Error::other("the log is only followed")
}

/// A poisoned lock means that another thread panicked in the middle of the file.
fn held<T>(lock: &Mutex<T>) -> io::Result<std::sync::MutexGuard<'_, T>> {
    lock.lock().map_err(|_| io::Error::other("another thread panicked while it held the log"))
}
