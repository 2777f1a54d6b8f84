//! A node's data directory: one process at a time, and where each thing lies in it.
//!
//! ```text
//! LOCK                           held by the process that uses the directory
//! db/                            the store
//! log/                           segments of the write-ahead log
//! evidence/<height>-<kind>.bcs   what convicts a sequencer
//! ```

use std::{
    fs::{self, File, TryLockError},
    io::{self, Write as _},
    path::{Path, PathBuf},
    sync::Arc,
};

use crate::{
    disk::{Disk, RealDisk},
    store::{FjallStore, Store, StoreError},
};

/// Why a data directory cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DirectoryError {
    /// Somebody else uses it.
    #[error("data directory {0} is locked: another process is using it")]
    Locked(PathBuf),
    /// The file system refused.
    #[error("data directory {0}: {1}")]
    Io(PathBuf, #[source] io::Error),
    /// The store in it cannot be opened.
    #[error("data directory {0}: {1}")]
    Store(PathBuf, #[source] StoreError),
}

/// A data directory that is ours as long as this value lives.
#[derive(Debug)]
pub struct DataDirectory {
    path: PathBuf,
    _lock: File,
}

impl DataDirectory {
    /// Creates the directory if need be and locks it.
    ///
    /// # Errors
    /// [`DirectoryError::Locked`] if another process has it.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, DirectoryError> {
        let path = path.into();
        let locked = (|| {
            fs::create_dir_all(&path)?;
            let file = File::options().write(true).create(true).truncate(false).open(path.join("LOCK"))?;
            Ok(match file.try_lock() {
                Ok(()) => Some(file),
                Err(TryLockError::WouldBlock) => None,
                Err(TryLockError::Error(error)) => return Err(error),
            })
        })();
        match locked {
            Ok(Some(lock)) => Ok(Self { path, _lock: lock }),
            Ok(None) => Err(DirectoryError::Locked(path)),
            Err(error) => Err(DirectoryError::Io(path, error)),
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The disk of the log.
    ///
    /// # Errors
    /// [`DirectoryError::Io`].
    pub fn log_disk(&self) -> Result<Arc<dyn Disk>, DirectoryError> {
        let disk = RealDisk::new(self.path.join("log")).map_err(|error| self.io(error))?;
        Ok(Arc::new(disk))
    }

    /// The store; `cache_bytes` is what it may keep of what it read.
    ///
    /// # Errors
    /// [`DirectoryError::Store`].
    pub fn store(&self, cache_bytes: u64) -> Result<Arc<dyn Store>, DirectoryError> {
        let store = FjallStore::open(&self.path.join("db"), cache_bytes)
            .map_err(|error| DirectoryError::Store(self.path.clone(), error))?;
        Ok(Arc::new(store))
    }

    /// Keeps evidence durably as `evidence/<height>-<kind>.bcs`, unless the same is there, and gives its path.
    ///
    /// # Errors
    /// [`DirectoryError::Io`].
    pub fn put_evidence(&self, height: u64, kind: &str, evidence: &[u8]) -> Result<PathBuf, DirectoryError> {
        let directory = self.path.join("evidence");
        let name = format!("{height}-{kind}.bcs");
        let path = directory.join(&name);
        (|| {
            fs::create_dir_all(&directory)?;
            if path.exists() {
                return Ok(());
            }
            let unfinished = directory.join(format!("{name}.tmp"));
            let mut file = File::create(&unfinished)?;
            file.write_all(evidence)?;
            file.sync_all()?;
            fs::rename(&unfinished, &path)?;
            File::open(&directory)?.sync_all()
        })()
        .map_err(|error| self.io(error))?;
        Ok(path)
    }

    /// The evidence kept, by file name.
    ///
    /// # Errors
    /// [`DirectoryError::Io`].
    pub fn evidence(&self) -> Result<Vec<PathBuf>, DirectoryError> {
        let entries = match fs::read_dir(self.path.join("evidence")) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            other => other.map_err(|error| self.io(error))?,
        };
        let paths: io::Result<Vec<PathBuf>> = entries.map(|entry| entry.map(|entry| entry.path())).collect();
        let mut paths = paths.map_err(|error| self.io(error))?;
        paths.retain(|path| path.extension().is_some_and(|extension| extension == "bcs"));
        paths.sort();
        Ok(paths)
    }

    fn io(&self, error: io::Error) -> DirectoryError {
        DirectoryError::Io(self.path.clone(), error)
    }
}
