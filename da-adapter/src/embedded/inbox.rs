//! How other processes hand blobs to the writer: one file per submission.
//!
//! ```text
//! inbox/new/<time>-<process>-<count>      written under a temporary name, synced, renamed
//! inbox/taken/<height>-<name>             claimed by the writer for that height
//! ```
//!
//! The writer moves a submission from `new` to `taken` before it appends the height and removes it
//! afterwards. When it starts it puts back what was claimed for a height that does not exist and removes
//! the rest, so that a crash at any point neither loses nor doubles a submission.

use std::{
    fs::{self, File},
    io::Write,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

use super::frame;
use crate::{Blob, DaError};

/// Larger files are thrown away unread.
const FILE_BYTES_MAX: u64 = frame::BODY_BYTES_MAX as u64;
/// Files looked at per height; the rest waits.
const FILES_PER_HEIGHT: usize = 1024;

#[derive(Debug)]
pub(super) struct Inbox {
    new: PathBuf,
    taken: PathBuf,
}

/// A submission that the writer has claimed.
#[derive(Debug)]
pub(super) struct Claimed {
    path: PathBuf,
    pub(super) blobs: Vec<Blob>,
}

impl Inbox {
    pub(super) fn open(dir: &Path) -> Result<Self, DaError> {
        let inbox = Self { new: dir.join("inbox").join("new"), taken: dir.join("inbox").join("taken") };
        for dir in [&inbox.new, &inbox.taken] {
            fs::create_dir_all(dir).map_err(DaError::io(format!("creating {}", dir.display())))?;
        }
        Ok(inbox)
    }

    /// Hands over a submission; durable when this returns.
    pub(super) fn post(&self, now_us: u64, blobs: &[Blob]) -> Result<(), DaError> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let name = format!("{now_us:020}-{:010}-{:06}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let body = frame::encode_blobs(blobs.iter());
        let temporary = self.new.join(format!(".{name}"));
        let write = || -> std::io::Result<()> {
            let mut file = File::create_new(&temporary)?;
            file.write_all(&body)?;
            file.write_all(&crc32c::crc32c(&body).to_le_bytes())?;
            file.sync_all()?;
            fs::rename(&temporary, self.new.join(&name))?;
            File::open(&self.new)?.sync_all()
        };
        write().map_err(DaError::io(format!("posting to {}", self.new.display())))
    }

    /// Settles what a crash left behind: `tip` is the newest height that exists.
    pub(super) fn recover(&self, tip: u64) -> Result<(), DaError> {
        for name in names(&self.taken)? {
            let from = self.taken.join(&name);
            let claim = name.split_once('-').and_then(|(height, rest)| Some((height.parse::<u64>().ok()?, rest)));
            let done = match claim {
                Some((height, rest)) if height > tip => fs::rename(&from, self.new.join(rest)),
                _ => fs::remove_file(&from),
            };
            done.map_err(DaError::io(format!("settling {}", from.display())))?;
        }
        Ok(())
    }

    /// Claims submissions for `height` in the order of their names, as long as they fit into `bytes`.
    pub(super) fn claim(&self, height: u64, bytes: usize) -> Result<Vec<Claimed>, DaError> {
        let mut left = bytes;
        let mut claimed = Vec::new();
        let mut names = names(&self.new)?;
        names.retain(|name| !name.starts_with('.'));
        names.sort();
        for name in names.into_iter().take(FILES_PER_HEIGHT) {
            let from = self.new.join(&name);
            let Some(blobs) = submission(&from)? else {
                tracing::warn!(file = %from.display(), "not a submission, removed from the inbox");
                fs::remove_file(&from).map_err(DaError::io(format!("removing {}", from.display())))?;
                continue;
            };
            let needed: usize = blobs.iter().map(frame::blob_bytes).sum();
            if needed > left {
                break;
            }
            left -= needed;
            let path = self.taken.join(format!("{height:020}-{name}"));
            fs::rename(&from, &path).map_err(DaError::io(format!("claiming {}", from.display())))?;
            claimed.push(Claimed { path, blobs });
        }
        if !claimed.is_empty() {
            let synced = File::open(&self.taken).and_then(|dir| dir.sync_all());
            synced.map_err(DaError::io(format!("syncing {}", self.taken.display())))?;
        }
        Ok(claimed)
    }

    /// Forgets what is included now.
    pub(super) fn done(&self, claimed: &[Claimed]) -> Result<(), DaError> {
        for claim in claimed {
            fs::remove_file(&claim.path).map_err(DaError::io(format!("removing {}", claim.path.display())))?;
        }
        Ok(())
    }
}

/// The blobs in a file, or nothing where it is not a whole submission.
fn submission(path: &Path) -> Result<Option<Vec<Blob>>, DaError> {
    let context = || DaError::io(format!("reading {}", path.display()));
    let meta = fs::metadata(path).map_err(context())?;
    if !meta.is_file() || meta.len() > FILE_BYTES_MAX {
        return Ok(None);
    }
    let bytes = fs::read(path).map_err(context())?;
    Ok(bytes
        .split_last_chunk::<4>()
        .filter(|(body, crc)| crc32c::crc32c(body).to_le_bytes() == **crc)
        .and_then(|(body, _)| frame::decode_blobs(body).ok())
        .filter(|blobs| !blobs.is_empty()))
}

fn names(dir: &Path) -> Result<Vec<String>, DaError> {
    let context = || DaError::io(format!("listing {}", dir.display()));
    let mut names = Vec::new();
    for entry in fs::read_dir(dir).map_err(context())? {
        if let Ok(name) = entry.map_err(context())?.file_name().into_string() {
            names.push(name);
        }
    }
    Ok(names)
}
