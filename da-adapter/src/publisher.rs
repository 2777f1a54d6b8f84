//! Posts so that nothing is lost and nothing knowingly doubled.
//!
//! 1. The intent (the blobs and the first height they can be in) is on disk before the first submission.
//! 2. A height that the layer reports is a hint: the blobs are read back from it.
//! 3. After an unknown outcome, and after a restart, the heights since the intent are searched for the commitments.
//!    Only what is still missing [`Limits::settle_heights`](crate::Limits) later is sent again, byte for byte.
//!    What exceeds one submission goes in several, one after another.
//! 4. An intent is kept until [`Publisher::forget`]: until then publishing the same key again finds the same blobs.
//!
//! Two submissions of the same bytes may still both land, where a layer includes one after it was thought lost. That
//! costs money and nothing else as long as readers skip what they have consumed.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::Write,
    path::{Path, PathBuf},
    time::Duration,
};

use serde::{Deserialize, Serialize};

use crate::{Blob, Commitment, DaError, DataAvailability, ErrorClass, Namespace};

/// How stubbornly to post.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PublisherConfig {
    /// Pause after the first failure; doubles with each further one.
    pub pause: Duration,
    /// The longest pause.
    pub pause_max: Duration,
    /// Failures in a row after which [`Publisher::publish`] returns the last one.
    pub attempts: u32,
}

impl Default for PublisherConfig {
    fn default() -> Self {
        Self { pause: Duration::from_millis(100), pause_max: Duration::from_secs(30), attempts: 60 }
    }
}

/// What is to be posted, as kept on disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intent {
    /// Chosen by the caller, for example a batch number.
    pub key: u64,
    /// No earlier height can contain the blobs.
    pub first_height: u64,
    /// What to post.
    pub blobs: Vec<Blob>,
}

/// Posts through any layer, with its intents in a directory. One per directory.
#[derive(Debug)]
pub struct Publisher {
    dir: PathBuf,
    config: PublisherConfig,
}

#[derive(Serialize, Deserialize)]
struct Stored {
    format: u16,
    key: u64,
    first_height: u64,
    blobs: Vec<(Vec<u8>, Vec<u8>)>,
}

const FORMAT: u16 = 1;

impl Publisher {
    /// Keeps intents in `dir`, which is created.
    ///
    /// # Errors
    /// [`DaError::Io`].
    pub fn open(dir: &Path, config: PublisherConfig) -> Result<Self, DaError> {
        fs::create_dir_all(dir).map_err(DaError::io(format!("creating {}", dir.display())))?;
        Ok(Self { dir: dir.to_owned(), config })
    }

    /// Every intent that was not forgotten, by rising key: what to publish again after a restart.
    ///
    /// # Errors
    /// [`DaError::Io`]; [`DaError::Fatal`] for a damaged file. Files that a crash left half written were never acted
    /// on and do not count.
    pub fn intents(&self) -> Result<Vec<Intent>, DaError> {
        let context = || DaError::io(format!("listing {}", self.dir.display()));
        let mut intents = Vec::new();
        for entry in fs::read_dir(&self.dir).map_err(context())? {
            let name = entry.map_err(context())?.file_name();
            let key = name.to_str().and_then(|name| name.strip_suffix(".intent")?.parse().ok());
            if let Some(key) = key {
                intents.extend(load(&self.path(key))?);
            }
        }
        intents.sort_by_key(|intent| intent.key);
        Ok(intents)
    }

    /// Makes sure that `blobs` are included, and returns the height where the last of them is, read back and verified.
    ///
    /// * `key`: names the intent; publishing the same blobs under it again does not post them again.
    /// * `blobs`: in the order in which to post; the same blob twice counts once.
    ///
    /// A future that is dropped loses nothing: call again.
    ///
    /// # Errors
    /// [`DaError::TooLarge`] for a single blob: the intent is gone, cut the payload anew. Whatever cannot be retried at
    /// once; the intent stays. The last error after too many failures.
    pub async fn publish(&self, da: &impl DataAvailability, key: u64, blobs: &[Blob]) -> Result<u64, DaError> {
        let mut failures = 0;
        let mut attempt = None;
        loop {
            let result = match &mut attempt {
                None => self.begin(da, key, blobs).await.map(|begun| {
                    attempt = Some(begun);
                    None
                }),
                Some(attempt) => attempt.advance(da, blobs).await,
            };
            let error = match result {
                Ok(Some(height)) => return Ok(height),
                Ok(None) => continue,
                Err(error) => error,
            };
            failures += 1;
            match error.class() {
                ErrorClass::Retry | ErrorClass::Wait | ErrorClass::Reconcile if failures < self.config.attempts => {}
                ErrorClass::Split => {
                    self.forget(key)?;
                    return Err(error);
                }
                _ => return Err(error),
            }
            let pause = self.config.pause.saturating_mul(1 << (failures - 1).min(16)).min(self.config.pause_max);
            tracing::warn!(key, %error, ?pause, "posting to data availability failed, trying again");
            tokio::time::sleep(pause).await;
        }
    }

    /// Drops the intent: the caller has recorded elsewhere what became of it.
    ///
    /// # Errors
    /// [`DaError::Io`].
    pub fn forget(&self, key: u64) -> Result<(), DaError> {
        let path = self.path(key);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(DaError::io(format!("removing {}", path.display()))(error))
            }
            _ => Ok(()),
        }
    }

    /// Finds or writes the intent.
    async fn begin(&self, da: &impl DataAvailability, key: u64, blobs: &[Blob]) -> Result<Attempt, DaError> {
        let limits = da.limits();
        if blobs.is_empty() {
            limits.check(blobs)?;
        }
        for blob in blobs {
            limits.check(std::slice::from_ref(blob))?;
        }
        let path = self.path(key);
        let mut missing = BTreeMap::new();
        for blob in blobs {
            missing.insert((blob.namespace, da.commitment(blob)?), None);
        }
        let attempt = |missing, next| Attempt { missing, next, last: 0, submit_bytes: limits.submit_bytes_max };
        if let Some(intent) = load(&path)? {
            if intent.blobs != blobs {
                return Err(DaError::Fatal(format!("intent {key} was written for other blobs; forget it first")));
            }
            // Sent or not, that is not known after a restart.
            let lost_at = head_height(da).await?.saturating_add(limits.settle_heights);
            missing.values_mut().for_each(|state| *state = Some(lost_at));
            return Ok(attempt(missing, intent.first_height));
        }
        let first_height = head_height(da).await? + 1;
        let intent = Intent { key, first_height, blobs: blobs.to_vec() };
        let written = tokio::task::spawn_blocking(move || store(&path, &intent)).await;
        written.map_err(|error| DaError::Fatal(format!("writing intent {key}: {error}")))??;
        Ok(attempt(missing, first_height))
    }

    fn path(&self, key: u64) -> PathBuf {
        self.dir.join(format!("{key:020}.intent"))
    }
}

/// What identifies a blob wherever it lands.
type Key = (Namespace, Commitment);

/// How far publishing has come.
#[derive(Debug)]
struct Attempt {
    /// What was not found yet. Where something was sent: the height from which on it is thought lost.
    missing: BTreeMap<Key, Option<u64>>,
    /// The next height to search.
    next: u64,
    /// Where the last found blob was.
    last: u64,
    /// Bytes of one submission; falls where the layer takes less than it says.
    submit_bytes: u64,
}

impl Attempt {
    /// Searches what is there; then sends what is to be sent, or waits for what may still land.
    async fn advance(&mut self, da: &impl DataAvailability, blobs: &[Blob]) -> Result<Option<u64>, DaError> {
        let head = head_height(da).await?;
        if self.missing.values().any(Option::is_some) {
            self.search(da, head).await?;
        }
        if self.missing.is_empty() {
            return Ok(Some(self.last));
        }
        let (unsent, keys) = self.unsent(da, blobs, head)?;
        if unsent.is_empty() {
            da.wait_for(head + 1).await?;
            return Ok(None);
        }
        let settle = da.limits().settle_heights;
        // Until the answer is there, and if this future is dropped, the outcome is unknown.
        self.mark(&keys, Some(head.saturating_add(settle)));
        match da.submit(&unsent).await {
            Ok(height) => {
                self.mark(&keys, Some(height.saturating_add(settle)));
                da.wait_for(height).await?;
                Ok(None)
            }
            Err(error) if error.class() == ErrorClass::Reconcile => {
                let head = head_height(da).await.unwrap_or(head);
                self.mark(&keys, Some(head.saturating_add(settle)));
                Err(error)
            }
            Err(error) => {
                self.mark(&keys, None);
                if error.class() == ErrorClass::Split && unsent.len() > 1 {
                    let bytes: u64 = unsent.iter().map(|blob| blob.data.len() as u64).sum();
                    self.submit_bytes = bytes / 2;
                    return Ok(None);
                }
                Err(error)
            }
        }
    }

    /// The next submission: what was never sent or is thought lost at `head`, as much as one may carry.
    fn unsent(&self, da: &impl DataAvailability, blobs: &[Blob], head: u64) -> Result<(Vec<Blob>, Vec<Key>), DaError> {
        let (mut unsent, mut keys) = (Vec::new(), Vec::new());
        let mut bytes = 0;
        for blob in blobs {
            let key = (blob.namespace, da.commitment(blob)?);
            let due = self.missing.get(&key).is_some_and(|lost_at| lost_at.is_none_or(|lost_at| lost_at <= head));
            if !due || keys.contains(&key) {
                continue;
            }
            bytes += blob.data.len() as u64;
            let full = bytes > self.submit_bytes || unsent.len() == da.limits().submit_blobs_max;
            if full && !unsent.is_empty() {
                break;
            }
            unsent.push(blob.clone());
            keys.push(key);
        }
        Ok((unsent, keys))
    }

    fn mark(&mut self, keys: &[Key], lost_at: Option<u64>) {
        for key in keys {
            self.missing.entry(*key).and_modify(|state| *state = lost_at);
        }
    }

    /// Ticks off what is included up to `head`.
    async fn search(&mut self, da: &impl DataAvailability, head: u64) -> Result<(), DaError> {
        while self.next <= head && !self.missing.is_empty() {
            let mut namespaces: Vec<_> = self.missing.keys().map(|(namespace, _)| *namespace).collect();
            namespaces.dedup();
            for blob in da.read(self.next, &namespaces).await?.blobs {
                if self.missing.remove(&(blob.namespace, blob.commitment)).is_some() {
                    self.last = self.next;
                }
            }
            self.next += 1;
        }
        Ok(())
    }
}

async fn head_height(da: &impl DataAvailability) -> Result<u64, DaError> {
    match da.head().await {
        Ok(head) => Ok(head.height),
        Err(DaError::NotYet { .. }) => Ok(0),
        Err(error) => Err(error),
    }
}

fn store(path: &Path, intent: &Intent) -> Result<(), DaError> {
    let blobs = intent.blobs.iter().map(|blob| (blob.namespace.as_bytes().to_vec(), blob.data.clone())).collect();
    let stored = Stored { format: FORMAT, key: intent.key, first_height: intent.first_height, blobs };
    let mut bytes = bcs::to_bytes(&stored).map_err(|error| DaError::Fatal(format!("encoding an intent: {error}")))?;
    bytes.extend_from_slice(&crc32c::crc32c(&bytes).to_le_bytes());
    let temporary = path.with_extension("new");
    let write = || -> std::io::Result<()> {
        let mut file = File::create(&temporary)?;
        file.write_all(&bytes)?;
        file.sync_all()?;
        fs::rename(&temporary, path)?;
        path.parent().map_or(Ok(()), |dir| File::open(dir)?.sync_all())
    };
    write().map_err(DaError::io(format!("writing {}", path.display())))
}

fn load(path: &Path) -> Result<Option<Intent>, DaError> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(DaError::io(format!("reading {}", path.display()))(error)),
    };
    let damaged = || DaError::Fatal(format!("intent {} is damaged", path.display()));
    let (body, crc) = bytes.split_last_chunk::<4>().ok_or_else(damaged)?;
    if crc32c::crc32c(body).to_le_bytes() != *crc {
        return Err(damaged());
    }
    let stored: Stored = bcs::from_bytes(body).map_err(|_| damaged())?;
    if stored.format != FORMAT {
        return Err(damaged());
    }
    let blobs = (stored.blobs.into_iter())
        .map(|(namespace, data)| Ok(Blob::new(Namespace::from_bytes(&namespace).map_err(|_| damaged())?, data)))
        .collect::<Result<_, DaError>>()?;
    Ok(Some(Intent { key: stored.key, first_height: stored.first_height, blobs }))
}
