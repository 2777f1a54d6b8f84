//! The write-ahead log: what the sequencer promised, in the order in which it promised it.
//!
//! ```text
//! segment  "TNRL" ‖ u8 format 1 ‖ 3 zero bytes ‖ u64 log offset of the first record ‖ genesis hash 32 ‖
//!          12 zero bytes ‖ u32 CRC-32C of the 60 bytes before                                     64 bytes
//!          record … record ‖ zeros to the preallocated size
//! record   u32 length of the body ‖ u32 CRC-32C of (u64 log offset ‖ body) ‖ body
//! ```
//!
//! A log offset counts bytes of records since the beginning of the chain, segment headers left out. Segments are
//! filled with zeros and synced before they get their name, so that appending changes no file size, and a sync of
//! the old segment precedes the name of the new one: only the last segment can be torn. A body is never empty and
//! lies in one segment; for a body larger than a segment a larger segment is made.
//!
//! Cost of a group: one write and one `fdatasync`. A segment's end costs its zeros once more, unless
//! [`Log::prepare`] has written them before.

use std::{collections::VecDeque, io, sync::Arc};

use crate::disk::{Disk, DiskFile};

/// Default size of a segment.
pub const SEGMENT_BYTES: u64 = 67_108_864;
/// No body is larger: the forced blobs of the most DA heights that one block may read, at the most bytes each.
pub const BODY_BYTES_MAX: usize = 384 << 20;

const SEGMENT_HEADER_BYTES: usize = 64;
const RECORD_HEADER_BYTES: usize = 8;
/// Appended records are handed to the system when so many bytes have gathered, whether or not a sync follows.
const BUFFER_BYTES: usize = 1 << 20;
/// How much a reader looks at together.
const WINDOW_BYTES: usize = 1 << 20;
const SUFFIX: &str = ".tnrl";
/// Zeros that are complete, for the next segment.
const SPARE: &str = "spare.tmp";
/// A segment before it has its name.
const UNNAMED: &str = "segment.tmp";
/// Whatever ends so is unfinished and removed at the next start.
const UNFINISHED: &str = ".tmp";

/// A place in the log: bytes of records before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct LogOffset(pub u64);

/// What a log needs to know about its chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogConfig {
    /// Stands in every segment; a log of another chain is refused.
    pub genesis_hash: [u8; 32],
    /// Size of a segment, at least 4 096.
    pub segment_bytes: u64,
}

/// Where reading begins, and what must be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LogTail {
    /// Records before it are in the database.
    pub from: LogOffset,
    /// Records before it were synced: one that is bad is corruption, not a torn tail.
    pub synced: LogOffset,
}

/// A record read back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoggedRecord {
    /// Where it ends: the offset that [`Log::append`] gave for it.
    pub end: LogOffset,
    /// The body.
    pub body: Vec<u8>,
}

/// Why the log does not serve.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The disk refused.
    #[error("the log's disk failed: {0}")]
    Disk(#[from] io::Error),
    /// A record that had been synced is not what it was.
    #[error("the log is corrupt at offset {found}: everything below offset {synced} had been synced")]
    Corrupt {
        /// The first bad record.
        found: u64,
        /// What is known to have been durable.
        synced: u64,
    },
    /// A segment's header is not what was written.
    #[error("segment {0} of the log has a damaged header")]
    BadSegment(String),
    /// The log of another chain.
    #[error("segment {0} belongs to another chain")]
    OtherChain(String),
    /// The records behind the database's last block are gone.
    #[error("the log does not reach back to offset {0}")]
    Missing(u64),
    /// After a failed write or sync nobody knows what is durable: reopen.
    #[error("the log failed before and must be opened again")]
    Failed,
    /// Larger than any record may be, or empty.
    #[error("a record of {0} bytes cannot be logged")]
    BodySize(usize),
}

#[derive(Debug, Clone, Copy)]
struct Segment {
    first: u64,
}

impl Segment {
    fn name(self) -> String {
        format!("{:020}{SUFFIX}", self.first)
    }
}

/// The log, open for appending. One owner.
pub struct Log {
    disk: Arc<dyn Disk>,
    config: LogConfig,
    /// All segments on disk, the last one is open.
    segments: VecDeque<Segment>,
    file: Box<dyn DiskFile>,
    file_bytes: u64,
    /// Records not yet handed to the system.
    buffer: Vec<u8>,
    end: u64,
    synced: u64,
    failed: bool,
    /// Whether the next segment's zeros have been asked for.
    prepared: bool,
}

impl core::fmt::Debug for Log {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Log")
            .field("segments", &self.segments)
            .field("end", &self.end)
            .field("synced", &self.synced)
            .finish_non_exhaustive()
    }
}

impl Log {
    /// Opens the log, or begins one, and reads what lies behind `tail.from`.
    ///
    /// A record that is short or fails its check ends the log: what follows is wiped, and all that was read is
    /// synced before this returns, so that it may be promised again.
    ///
    /// # Errors
    /// [`LogError::Corrupt`] if the bad record lies below what is known to have been synced.
    pub fn open(disk: Arc<dyn Disk>, config: LogConfig, tail: LogTail) -> Result<(Self, Vec<LoggedRecord>), LogError> {
        let mut segments = list_segments(disk.as_ref(), &config)?;
        if segments.is_empty() {
            if tail.from.0 > 0 || tail.synced.0 > 0 {
                return Err(LogError::Missing(tail.from.0));
            }
            make_segment(disk.as_ref(), &config, 0, config.segment_bytes)?;
            segments.push_back(Segment { first: 0 });
        }
        let start = segments.iter().rposition(|s| s.first <= tail.from.0).ok_or(LogError::Missing(tail.from.0))?;
        for old in segments.drain(..start) {
            disk.remove(&old.name())?;
        }
        // A segment gets its name only after all before it was synced.
        let synced = segments.back().map_or(0, |s| s.first).max(tail.synced.0);
        let mut records = Vec::new();
        let mut end = tail.from.0;
        let mut open = None;
        for (i, segment) in segments.iter().enumerate() {
            let mut reader = SegmentReader::new(disk.open(&segment.name())?, segment.first)?;
            let limit = segments.get(i + 1).map_or(u64::MAX, |next| next.first);
            while end < limit
                && let Some(body) = reader.record(end)?
            {
                end += (RECORD_HEADER_BYTES + body.len()) as u64;
                records.push(LoggedRecord { end: LogOffset(end), body });
            }
            if limit != u64::MAX && end != limit {
                return Err(LogError::Corrupt { found: end, synced });
            }
            open = Some(reader);
        }
        if end < synced {
            return Err(LogError::Corrupt { found: end, synced });
        }
        let (Some(mut reader), Some(last)) = (open, segments.back().copied()) else {
            return Err(LogError::Missing(tail.from.0));
        };
        wipe(reader.file.as_mut(), SEGMENT_HEADER_BYTES as u64 + (end - last.first), reader.file_bytes)?;
        reader.file.sync()?;
        // A killed process may have left a name that is not durable yet.
        disk.sync_names()?;
        let SegmentReader { file, file_bytes, .. } = reader;
        let log = Self {
            disk,
            config,
            segments,
            file,
            file_bytes,
            buffer: Vec::new(),
            end,
            synced: end,
            failed: false,
            prepared: false,
        };
        Ok((log, records))
    }

    /// Appends a record. It is durable when [`Self::sync`] has returned an offset not below the one given here.
    ///
    /// # Errors
    /// After [`LogError::Disk`] the log must be opened again.
    pub fn append(&mut self, body: &[u8]) -> Result<LogOffset, LogError> {
        if body.is_empty() || body.len() > BODY_BYTES_MAX {
            return Err(LogError::BodySize(body.len()));
        }
        self.guarded(|log| {
            let bytes = (RECORD_HEADER_BYTES + body.len()) as u64;
            if log.position() + log.buffer.len() as u64 + bytes > log.file_bytes {
                log.roll(bytes)?;
            }
            let length = u32::try_from(body.len()).map_err(io::Error::other)?;
            log.buffer.extend_from_slice(&length.to_le_bytes());
            log.buffer.extend_from_slice(&checksum(log.end, body).to_le_bytes());
            log.buffer.extend_from_slice(body);
            log.end += bytes;
            if log.buffer.len() >= BUFFER_BYTES { log.write_out() } else { Ok(()) }
        })?;
        Ok(LogOffset(self.end))
    }

    /// Makes everything appended durable and says up to where.
    ///
    /// # Errors
    /// After [`LogError::Disk`] nothing since the last sync may be promised; the log must be opened again.
    pub fn sync(&mut self) -> Result<LogOffset, LogError> {
        if self.synced < self.end {
            self.guarded(|log| {
                log.write_out()?;
                log.file.sync()
            })?;
            self.synced = self.end;
        }
        Ok(LogOffset(self.synced))
    }

    /// Up to where everything is durable.
    pub fn synced(&self) -> LogOffset {
        LogOffset(self.synced)
    }

    /// Behind the last record appended.
    pub fn end(&self) -> LogOffset {
        LogOffset(self.end)
    }

    /// Deletes segments all of whose records lie below `offset`. The caller knows that they are durable elsewhere.
    ///
    /// # Errors
    /// What the disk says; the log goes on.
    pub fn release(&mut self, offset: LogOffset) -> Result<usize, LogError> {
        let mut released = 0;
        while let (Some(oldest), Some(next)) = (self.segments.front(), self.segments.get(1)) {
            if next.first > offset.0 {
                break;
            }
            self.disk.remove(&oldest.name())?;
            self.segments.pop_front();
            released += 1;
        }
        Ok(released)
    }

    /// What makes the next segment's zeros beforehand. Run it anywhere, once half of the open one is used.
    pub fn prepare(&mut self) -> Option<Preparation> {
        let half_used = self.end - self.segments.back().map_or(0, |s| s.first) > self.file_bytes / 2;
        if !half_used || self.prepared {
            return None;
        }
        self.prepared = true;
        let name = format!("zeros-{}{UNFINISHED}", self.end);
        Some(Preparation { disk: Arc::clone(&self.disk), name, bytes: self.config.segment_bytes })
    }

    /// Where in the open file the buffer goes.
    fn position(&self) -> u64 {
        let first = self.segments.back().map_or(0, |s| s.first);
        SEGMENT_HEADER_BYTES as u64 + (self.end - self.buffer.len() as u64 - first)
    }

    fn write_out(&mut self) -> io::Result<()> {
        if !self.buffer.is_empty() {
            self.file.write_at(self.position(), &self.buffer)?;
            self.buffer.clear();
        }
        Ok(())
    }

    fn roll(&mut self, record_bytes: u64) -> io::Result<()> {
        self.write_out()?;
        self.file.sync()?;
        self.synced = self.end;
        let file_bytes = self.config.segment_bytes.max(SEGMENT_HEADER_BYTES as u64 + record_bytes);
        self.file = make_segment(self.disk.as_ref(), &self.config, self.end, file_bytes)?;
        self.file_bytes = file_bytes;
        self.segments.push_back(Segment { first: self.end });
        self.prepared = false;
        Ok(())
    }

    fn guarded(&mut self, action: impl FnOnce(&mut Self) -> io::Result<()>) -> Result<(), LogError> {
        if self.failed {
            return Err(LogError::Failed);
        }
        action(self).map_err(|error| {
            self.failed = true;
            LogError::Disk(error)
        })
    }
}

/// Zeros for the next segment, to be written while the open one is in use.
pub struct Preparation {
    disk: Arc<dyn Disk>,
    name: String,
    bytes: u64,
}

impl core::fmt::Debug for Preparation {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Preparation").field("bytes", &self.bytes).finish_non_exhaustive()
    }
}

impl Preparation {
    /// Writes them. What it leaves behind unfinished does no harm.
    ///
    /// # Errors
    /// What the disk says.
    pub fn run(self) -> io::Result<()> {
        let mut file = self.disk.open(&self.name)?;
        fill(file.as_mut(), 0, self.bytes)?;
        file.sync()?;
        self.disk.rename(&self.name, SPARE)
    }
}

/// Makes a segment: zeros, header, sync, and only then its name.
fn make_segment(disk: &dyn Disk, config: &LogConfig, first: u64, bytes: u64) -> io::Result<Box<dyn DiskFile>> {
    match disk.rename(SPARE, UNNAMED) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    let mut file = disk.open(UNNAMED)?;
    let found = file.len()?;
    if found > bytes {
        file.set_len(bytes)?;
    }
    fill(file.as_mut(), found, bytes)?;
    file.write_at(0, &segment_header(config, first))?;
    file.sync()?;
    disk.rename(UNNAMED, &Segment { first }.name())?;
    disk.sync_names()?;
    Ok(file)
}

fn fill(file: &mut dyn DiskFile, from: u64, to: u64) -> io::Result<()> {
    let zeros = vec![0; BUFFER_BYTES];
    let mut at = from;
    while at < to {
        let part = (to - at).min(BUFFER_BYTES as u64);
        file.write_at(at, &zeros[..usize::try_from(part).unwrap_or(BUFFER_BYTES)])?;
        at += part;
    }
    Ok(())
}

/// Writes zeros over whatever is not zero from `from` to the end: a stale record there could one day be taken
/// for a new one.
fn wipe(file: &mut dyn DiskFile, from: u64, end: u64) -> io::Result<()> {
    let mut window = vec![0; WINDOW_BYTES];
    let mut at = from;
    while at < end {
        let part = usize::try_from((end - at).min(WINDOW_BYTES as u64)).unwrap_or(WINDOW_BYTES);
        file.read_at(at, &mut window[..part])?;
        if window[..part].iter().any(|byte| *byte != 0) {
            fill(file, at, at + part as u64)?;
        }
        at += part as u64;
    }
    Ok(())
}

fn segment_header(config: &LogConfig, first: u64) -> [u8; SEGMENT_HEADER_BYTES] {
    let mut header = [0; SEGMENT_HEADER_BYTES];
    header[..4].copy_from_slice(b"TNRL");
    header[4] = 1;
    header[8..16].copy_from_slice(&first.to_le_bytes());
    header[16..48].copy_from_slice(&config.genesis_hash);
    let check = crc32c::crc32c(&header[..60]);
    header[60..].copy_from_slice(&check.to_le_bytes());
    header
}

/// The segments on disk, ascending; what is unfinished is removed.
fn list_segments(disk: &dyn Disk, config: &LogConfig) -> Result<VecDeque<Segment>, LogError> {
    let mut segments = Vec::new();
    for name in disk.list()? {
        if name.ends_with(UNFINISHED) {
            disk.remove(&name)?;
        }
        let Some(first) = name.strip_suffix(SUFFIX).and_then(|digits| digits.parse().ok()) else { continue };
        let segment = Segment { first };
        let file = disk.open(&name)?;
        let mut header = [0; SEGMENT_HEADER_BYTES];
        if file.len()? < SEGMENT_HEADER_BYTES as u64 {
            return Err(LogError::BadSegment(name));
        }
        file.read_at(0, &mut header)?;
        if header != segment_header(config, first) {
            let own = LogConfig { genesis_hash: header[16..48].try_into().unwrap_or_default(), ..*config };
            let intact = header == segment_header(&own, first);
            return Err(if intact { LogError::OtherChain(name) } else { LogError::BadSegment(name) });
        }
        segments.push(segment);
    }
    segments.sort_by_key(|s| s.first);
    Ok(segments.into())
}

/// CRC-32C of (u64 log offset ‖ body): a record is valid in its own place only.
fn checksum(offset: u64, body: &[u8]) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c(&offset.to_le_bytes()), body)
}

/// The body of the record at the beginning of `bytes`, which lies at log offset `offset`. `Err` gives the size
/// that must be in view to tell; `Ok(None)` is the end of the log.
pub(crate) fn parse_record(bytes: &[u8], offset: u64) -> Result<Option<&[u8]>, usize> {
    let Some((header, rest)) = bytes.split_at_checked(RECORD_HEADER_BYTES) else { return Err(RECORD_HEADER_BYTES) };
    let word = |at: usize| header.get(at..at + 4).and_then(|w| w.try_into().ok()).map_or(0, u32::from_le_bytes);
    let length = usize::try_from(word(0)).unwrap_or(usize::MAX);
    if length == 0 || length > BODY_BYTES_MAX {
        return Ok(None);
    }
    let Some(body) = rest.get(..length) else { return Err(RECORD_HEADER_BYTES + length) };
    Ok((checksum(offset, body) == word(4)).then_some(body))
}

struct SegmentReader {
    file: Box<dyn DiskFile>,
    file_bytes: u64,
    first: u64,
    window: Vec<u8>,
    window_at: u64,
}

impl SegmentReader {
    fn new(file: Box<dyn DiskFile>, first: u64) -> io::Result<Self> {
        let file_bytes = file.len()?;
        Ok(Self { file, file_bytes, first, window: Vec::new(), window_at: 0 })
    }

    /// The record at a log offset in this segment, `None` where the log ends.
    fn record(&mut self, offset: u64) -> io::Result<Option<Vec<u8>>> {
        let at = SEGMENT_HEADER_BYTES as u64 + (offset - self.first);
        let mut needed = RECORD_HEADER_BYTES;
        loop {
            if at + needed as u64 > self.file_bytes {
                return Ok(None);
            }
            self.show(at, needed)?;
            let skip = usize::try_from(at - self.window_at).map_err(io::Error::other)?;
            match parse_record(self.window.get(skip..).unwrap_or_default(), offset) {
                Ok(body) => return Ok(body.map(<[u8]>::to_vec)),
                Err(more) => needed = more,
            }
        }
    }

    /// Brings `bytes` from file position `at` into the window; the file is known to hold them.
    fn show(&mut self, at: u64, bytes: usize) -> io::Result<()> {
        let window_end = self.window_at + self.window.len() as u64;
        if at < self.window_at || at + bytes as u64 > window_end {
            let size = (bytes.max(WINDOW_BYTES) as u64).min(self.file_bytes - at);
            self.window.resize(usize::try_from(size).map_err(io::Error::other)?, 0);
            self.file.read_at(at, &mut self.window)?;
            self.window_at = at;
        }
        Ok(())
    }
}
