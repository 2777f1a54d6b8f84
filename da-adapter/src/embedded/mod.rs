//! A layer in a directory: heights at an interval, also empty ones, headers in a hash chain, all blobs of a
//! height bound by its header.
//!
//! One process writes, any number of others follow the same directory and may submit:
//!
//! ```text
//! lock             held by the writer
//! heights.log      one frame per height
//! heights.durable  how many bytes of it are durable: followers read no further
//! inbox/           submissions of other processes
//! outage           where this file exists, the layer is away
//! ```
//!
//! A height is durable before anybody hears of it. What a crash tears off the end of the log is cut off when the
//! next writer starts. Nothing else is ever changed.

mod faults;
mod frame;
mod inbox;
mod log;
mod medium;

use std::{
    collections::VecDeque,
    fs::{self, File, TryLockError},
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use tokio::sync::{oneshot, watch};

pub use self::{
    faults::{Faults, SubmitFault},
    frame::FrameError,
};
use self::{
    inbox::Inbox,
    log::{LogReader, LogWriter, Tail},
    medium::Medium,
};
use crate::{Anchor, Blob, Commitment, DaError, DaHeader, DataAvailability, HeightData, Limits, Namespace};

/// The same as the practical limit of a Celestia node behind its client.
const SUBMIT_BYTES_MAX: u64 = 7_500_000;
const SUBMIT_BLOBS_MAX: usize = 200;

/// The layer as its writer or as a follower; clones share it.
///
/// [`start`](Self::start) writes, driven by the system's clock; [`open`](Self::open) writes when told to;
/// [`in_memory`](Self::in_memory) is the same without a directory; [`follow`](Self::follow) reads what another
/// process writes, and submits through the inbox.
#[derive(Debug, Clone)]
pub struct Embedded {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    reader: Mutex<LogReader>,
    role: Role,
    heads: watch::Sender<Option<DaHeader>>,
    faults: Faults,
}

#[derive(Debug)]
enum Role {
    Writer(Box<Mutex<Writing>>),
    Follower { inbox: Option<Inbox>, poll: Duration },
}

#[derive(Debug)]
struct Writing {
    log: LogWriter,
    inbox: Option<Inbox>,
    queue: VecDeque<Waiting>,
    /// Held for as long as this process writes.
    _lock: Option<File>,
}

#[derive(Debug)]
struct Waiting {
    blobs: Vec<Blob>,
    not_before: u64,
    included: Option<oneshot::Sender<u64>>,
}

impl Embedded {
    /// Writes to `dir`, a height every `interval` by the system's clock, until the last clone is dropped.
    ///
    /// Creates the directory and seals a height at once. Needs a tokio runtime.
    ///
    /// # Errors
    /// [`DaError::Locked`] where another process writes; [`DaError::Byzantine`] where the log is damaged.
    pub fn start(dir: &Path, interval: Duration) -> Result<Self, DaError> {
        let layer = Self::open(dir)?;
        layer.seal(system_time_us())?;
        let weak = Arc::downgrade(&layer.inner);
        tokio::spawn(every(interval, weak, |layer| layer.seal(system_time_us()).map(|_| ())));
        Ok(layer)
    }

    /// Writes to `dir` whenever [`seal`](Self::seal) is called.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub fn open(dir: &Path) -> Result<Self, DaError> {
        fs::create_dir_all(dir).map_err(DaError::io(format!("creating {}", dir.display())))?;
        let lock = lock(&dir.join("lock"))?;
        let medium = Medium::written(dir).map_err(DaError::io(format!("opening the log in {}", dir.display())))?;
        let inbox = Inbox::open(dir)?;
        let faults = Faults::in_directory(dir);
        Self::write(medium, Some(inbox), Some(lock), faults)
    }

    /// Without a directory; [`seal`](Self::seal) is the clock.
    pub fn in_memory() -> Self {
        let medium = Medium::memory(Vec::new());
        let log = LogReader::new(medium.clone(), None);
        let writing = Writing { log: LogWriter::empty(medium), inbox: None, queue: VecDeque::new(), _lock: None };
        Self::assemble(log, Role::Writer(Box::new(Mutex::new(writing))), Faults::default())
    }

    fn write(medium: Medium, inbox: Option<Inbox>, lock: Option<File>, faults: Faults) -> Result<Self, DaError> {
        let log = LogWriter::open(medium)?;
        if let Some(inbox) = &inbox {
            inbox.recover(log.tip().map_or(0, |tip| tip.height))?;
        }
        let reader = log.reader();
        let writing = Writing { log, inbox, queue: VecDeque::new(), _lock: lock };
        Ok(Self::assemble(reader, Role::Writer(Box::new(Mutex::new(writing))), faults))
    }

    /// Follows what another process writes to `dir`, looking every `poll`. Needs a tokio runtime.
    ///
    /// * `anchor`: a header that the log must contain, if one is known.
    ///
    /// The whole header chain is verified at once and from then on as it grows.
    ///
    /// # Errors
    /// [`DaError::Io`] where there is no log; [`DaError::Byzantine`] where its headers are no chain.
    pub fn follow(dir: &Path, poll: Duration, anchor: Option<Anchor>) -> Result<Self, DaError> {
        let medium = Medium::followed(dir).map_err(DaError::io(format!("opening the log in {}", dir.display())))?;
        let mut reader = LogReader::new(medium, anchor);
        reader.refresh()?;
        // A directory that may not be written to can still be followed.
        let role = Role::Follower { inbox: Inbox::open(dir).ok(), poll };
        let layer = Self::assemble(reader, role, Faults::in_directory(dir));
        tokio::spawn(every(poll, Arc::downgrade(&layer.inner), Self::refresh));
        Ok(layer)
    }

    fn assemble(reader: LogReader, role: Role, faults: Faults) -> Self {
        let (heads, _) = watch::channel(reader.tip().copied());
        Self { inner: Arc::new(Inner { reader: Mutex::new(reader), role, heads, faults }) }
    }

    /// Switches for failures and delays.
    pub fn faults(&self) -> &Faults {
        &self.inner.faults
    }

    /// Seals the next height with what was submitted, at `now_us` or one microsecond after its parent.
    ///
    /// Returns its header once it is durable. Blocks on the disk.
    ///
    /// # Errors
    /// [`DaError::Io`]; nothing is lost then and the next call tries again. [`DaError::Fatal`] for a follower.
    pub fn seal(&self, now_us: u64) -> Result<DaHeader, DaError> {
        let Role::Writer(writing) = &self.inner.role else {
            return Err(DaError::Fatal("this process follows the layer and does not write it".to_owned()));
        };
        let header = held(writing).seal(now_us)?;
        self.refresh()?;
        Ok(header)
    }

    /// Submits without waiting for inclusion: for simulations, which call [`seal`](Self::seal) themselves.
    ///
    /// # Errors
    /// As [`submit`](DataAvailability::submit); [`DaError::Fatal`] for a follower.
    pub fn post(&self, blobs: &[Blob]) -> Result<(), DaError> {
        self.limits().check(blobs)?;
        self.inner.faults.away()?;
        match self.enqueue(blobs)? {
            Some(_) => Ok(()),
            None => Err(DaError::Fatal("this process follows the layer and does not write it".to_owned())),
        }
    }

    /// Forgets what was submitted and not included, as a crash of the writer does.
    pub fn forget_queue(&self) {
        if let Role::Writer(writing) = &self.inner.role {
            held(writing).queue.clear();
        }
    }

    /// The newest header, without waiting.
    ///
    /// # Errors
    /// As [`head`](DataAvailability::head).
    pub fn head_now(&self) -> Result<DaHeader, DaError> {
        self.inner.faults.away()?;
        held(&self.inner.reader).tip().copied().ok_or(DaError::NotYet { height: 1, head: 0 })
    }

    /// The blobs of `height` in `namespaces`, without waiting, but for the disk.
    ///
    /// # Errors
    /// As [`read`](DataAvailability::read).
    pub fn read_now(&self, height: u64, namespaces: &[Namespace]) -> Result<HeightData, DaError> {
        self.inner.faults.away()?;
        self.inner.read(height, namespaces)
    }

    /// Takes up what was appended and tells subscribers.
    fn refresh(&self) -> Result<(), DaError> {
        let mut reader = held(&self.inner.reader);
        let known = reader.tip().copied();
        let tail = reader.refresh();
        let tip = reader.tip().copied();
        drop(reader);
        if tip != known {
            self.inner.heads.send_replace(tip);
        }
        if let Tail::Torn(error) = tail? {
            tracing::trace!(%error, "the last height is not complete yet");
        }
        Ok(())
    }

    fn enqueue(&self, blobs: &[Blob]) -> Result<Option<oneshot::Receiver<u64>>, DaError> {
        let Role::Writer(writing) = &self.inner.role else {
            return Ok(None);
        };
        let fault = self.inner.faults.next_submit();
        let (sender, receiver) = oneshot::channel();
        let mut writing = held(writing);
        let not_before = writing.log.tip().map_or(0, |tip| tip.height) + 1 + self.inner.faults.inclusion_delay();
        let mut push = |included| writing.queue.push_back(Waiting { blobs: blobs.to_vec(), not_before, included });
        match fault {
            None => push(Some(sender)),
            Some(SubmitFault::Refuse) => return Err(DaError::Unavailable("refused on request".to_owned())),
            Some(SubmitFault::Swallow) => return Err(DaError::Unknown("no answer, on request".to_owned())),
            Some(SubmitFault::LoseReply) => {
                push(None);
                return Err(DaError::Unknown("reply lost, on request".to_owned()));
            }
            Some(SubmitFault::Double) => {
                push(Some(sender));
                push(None);
            }
        }
        Ok(Some(receiver))
    }

    /// A follower's submission: through the inbox, then wait until it is in the log.
    async fn submit_by_inbox(&self, blobs: &[Blob]) -> Result<u64, DaError> {
        let Role::Follower { inbox, poll } = &self.inner.role else {
            return Err(DaError::Fatal("the writer has no use for the inbox".to_owned()));
        };
        let Some(inbox) = inbox else {
            return Err(DaError::Fatal("the directory of the layer may not be written to".to_owned()));
        };
        let Some(first) = blobs.first() else {
            return Err(DaError::Fatal("nothing to submit".to_owned()));
        };
        self.refresh()?;
        let before = held(&self.inner.reader).tip().map_or(0, |tip| tip.height);
        inbox.post(system_time_us(), blobs)?;
        let commitment = self.commitment(first)?;
        let mut heads = self.subscribe();
        let mut next = before + 1;
        loop {
            let head = heads.borrow_and_update().map_or(0, |head| head.height);
            if let Some(found) = self.find(first.namespace, commitment, next, head).await? {
                return Ok(found.height);
            }
            next = next.max(head + 1);
            let patience = (*poll).max(Duration::from_secs(1)) * 15;
            if !matches!(tokio::time::timeout(patience, heads.changed()).await, Ok(Ok(()))) {
                return Err(DaError::Unknown(
                    "handed to the inbox, but the layer's writer seals no heights at the moment".to_owned(),
                ));
            }
        }
    }
}

impl Inner {
    fn read(&self, height: u64, namespaces: &[Namespace]) -> Result<HeightData, DaError> {
        let (header, mut blobs) = held(&self.reader).read(height)?;
        blobs.retain(|blob| namespaces.contains(&blob.namespace));
        Ok(HeightData { header, blobs })
    }
}

impl Writing {
    fn seal(&mut self, now_us: u64) -> Result<DaHeader, DaError> {
        let height = self.log.tip().map_or(0, |tip| tip.height) + 1;
        let mut left = frame::BODY_BYTES_MAX;
        let mut ready = 0;
        // In order of arrival: a submission that waits holds up those behind it.
        for waiting in &self.queue {
            let bytes: usize = waiting.blobs.iter().map(frame::blob_bytes).sum();
            if waiting.not_before > height || bytes > left {
                break;
            }
            left -= bytes;
            ready += 1;
        }
        let claimed = self.inbox.as_ref().map_or(Ok(Vec::new()), |inbox| inbox.claim(height, left))?;
        let blobs: Vec<&Blob> = (self.queue.iter().take(ready))
            .flat_map(|waiting| &waiting.blobs)
            .chain(claimed.iter().flat_map(|claim| &claim.blobs))
            .collect();
        let appended = self.log.append(now_us, &blobs);
        if let (Err(_), Some(inbox)) = (&appended, &self.inbox) {
            inbox.recover(height - 1)?;
        }
        let header = appended?;
        for waiting in self.queue.drain(..ready) {
            // Whoever no longer listens finds the blob by its commitment.
            waiting.included.and_then(|included| included.send(height).ok());
        }
        if let Some(inbox) = &self.inbox {
            inbox.done(&claimed)?;
        }
        Ok(header)
    }
}

impl DataAvailability for Embedded {
    fn limits(&self) -> Limits {
        Limits { submit_bytes_max: SUBMIT_BYTES_MAX, submit_blobs_max: SUBMIT_BLOBS_MAX, settle_heights: 2 }
    }

    /// SHA-256 of a zero byte, the namespace and the data: the blob's leaf in its height's tree.
    fn commitment(&self, blob: &Blob) -> Result<Commitment, DaError> {
        if blob.data.is_empty() {
            return Err(DaError::Fatal("a blob must not be empty".to_owned()));
        }
        Ok(Commitment(frame::leaf(&blob.namespace, &blob.data)))
    }

    async fn submit(&self, blobs: &[Blob]) -> Result<u64, DaError> {
        self.limits().check(blobs)?;
        self.inner.faults.pass().await?;
        match self.enqueue(blobs)? {
            Some(included) => included.await.map_err(|_| DaError::Unknown("the layer was shut down".to_owned())),
            None => self.submit_by_inbox(blobs).await,
        }
    }

    async fn head(&self) -> Result<DaHeader, DaError> {
        self.inner.faults.pass().await?;
        self.head_now()
    }

    async fn oldest(&self) -> Result<u64, DaError> {
        self.inner.faults.pass().await.map(|()| 1)
    }

    async fn header(&self, height: u64) -> Result<DaHeader, DaError> {
        self.inner.faults.pass().await?;
        held(&self.inner.reader).header(height).map(|(header, ..)| header)
    }

    async fn read(&self, height: u64, namespaces: &[Namespace]) -> Result<HeightData, DaError> {
        self.inner.faults.pass().await?;
        let (inner, namespaces) = (Arc::clone(&self.inner), namespaces.to_vec());
        let read = tokio::task::spawn_blocking(move || inner.read(height, &namespaces)).await;
        read.map_err(|error| DaError::Fatal(format!("reading height {height}: {error}")))?
    }

    fn subscribe(&self) -> watch::Receiver<Option<DaHeader>> {
        self.inner.heads.subscribe()
    }
}

/// Does `work` at every interval for as long as anybody else holds the layer.
async fn every(interval: Duration, layer: Weak<Inner>, work: fn(&Embedded) -> Result<(), DaError>) {
    let mut ticks = tokio::time::interval(interval.max(Duration::from_millis(1)));
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    ticks.tick().await;
    loop {
        ticks.tick().await;
        let Some(inner) = layer.upgrade() else { return };
        let layer = Embedded { inner };
        match tokio::task::spawn_blocking(move || work(&layer)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::error!(%error, "the embedded layer stumbles"),
            Err(error) => tracing::error!(%error, "the embedded layer's task died"),
        }
    }
}

/// How often a lock is tried, and how long apart.
const LOCK_LOOKS: u32 = 20;
const LOCK_PAUSE: Duration = Duration::from_millis(10);

/// Takes the directory for this process, until the returned file is closed.
fn lock(path: &Path) -> Result<File, DaError> {
    let context = || format!("locking {}", path.display());
    let options = File::options().read(true).write(true).create(true).truncate(false).open(path);
    let file = options.map_err(DaError::io(context()))?;
    // A process that forks holds the lock of its parent until it executes something else: look more than once.
    for _ in 0..LOCK_LOOKS {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) => std::thread::sleep(LOCK_PAUSE),
            Err(TryLockError::Error(source)) => return Err(DaError::io(context())(source)),
        }
    }
    Err(DaError::Locked(path.display().to_string()))
}

fn system_time_us() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_micros()).unwrap_or(u64::MAX)
}

/// The log's state changes only after the disk has; a panic elsewhere leaves it as it was.
fn held<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Reads `bytes` as a log, whatever they are: headers and blobs of every height that is whole.
///
/// The entry point of fuzzing; returns how many heights and blobs were accepted, or why none follow.
///
/// # Errors
/// [`DaError::Byzantine`] where complete heights are no chain or do not match their headers.
pub fn read_bytes(bytes: &[u8]) -> Result<(u64, usize), DaError> {
    let mut reader = LogReader::new(Medium::memory(bytes.to_vec()), None);
    reader.refresh()?;
    let heights = reader.tip().map_or(0, |tip| tip.height);
    let mut blobs = 0;
    for height in 1..=heights {
        blobs += reader.read(height)?.1.len();
    }
    Ok((heights, blobs))
}
