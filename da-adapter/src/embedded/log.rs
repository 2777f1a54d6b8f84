//! The chain of heights over a medium: one writer, any number of readers.

use super::{
    frame::{self, FrameError, HEAD_BYTES},
    medium::Medium,
};
use crate::{Anchor, Blob, DaError, DaHeader, FoundBlob};

/// Read at a time while following heads.
const WINDOW_BYTES: usize = 256 << 10;

/// Reads a log and verifies that its headers form a chain.
#[derive(Debug, Clone)]
pub(super) struct LogReader {
    medium: Medium,
    /// Where each height starts, from height 1.
    offsets: Vec<u64>,
    tip: Option<DaHeader>,
    /// End of the last complete height.
    end: u64,
    anchor: Option<Anchor>,
}

/// What follows the last complete height.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tail {
    Clean,
    /// An append that did not finish, or is just being written.
    Torn(FrameError),
}

impl LogReader {
    pub(super) fn new(medium: Medium, anchor: Option<Anchor>) -> Self {
        Self { medium, offsets: Vec::new(), tip: None, end: 0, anchor }
    }

    pub(super) fn tip(&self) -> Option<&DaHeader> {
        self.tip.as_ref()
    }

    /// Takes up what was appended since the last call.
    ///
    /// # Errors
    /// [`DaError::Byzantine`] where a header does not continue the chain, the anchor does not match, or the log has shrunk.
    pub(super) fn refresh(&mut self) -> Result<Tail, DaError> {
        let len = self.medium.len().map_err(read_error)?;
        if len < self.end {
            return Err(DaError::byzantine(self.height(), format!("the log shrank from {} to {len} bytes", self.end)));
        }
        // Heads are read through a window: empty heights are short and many.
        let mut window = Vec::new();
        let mut window_at = self.end;
        loop {
            let mut rest = window.get(distance(window_at, self.end)..).unwrap_or_default();
            if rest.len() < HEAD_BYTES {
                window = self.medium.read(self.end, WINDOW_BYTES).map_err(read_error)?;
                window_at = self.end;
                rest = &window;
            }
            if rest.is_empty() {
                return Ok(Tail::Clean);
            }
            let (header, body) = match frame::decode_head(rest) {
                Ok(read) => read,
                Err(error @ FrameError::Format(_)) => {
                    return Err(DaError::byzantine(self.height() + 1, error.to_string()));
                }
                Err(error) => return Ok(Tail::Torn(error)),
            };
            let next = self.end + (HEAD_BYTES + body + 4) as u64;
            if next >= len
                && let Some(error) = self.torn_body(body, next)?
            {
                return Ok(Tail::Torn(error));
            }
            self.check_link(&header)?;
            self.offsets.push(self.end);
            self.end = next;
            self.tip = Some(header);
        }
    }

    /// What is wrong with the body of the frame at the end. Only the last frame can be torn, so that only its body is
    /// read while following.
    fn torn_body(&self, body: usize, next: u64) -> Result<Option<FrameError>, DaError> {
        let len = self.medium.len().map_err(read_error)?;
        if len < next {
            return Ok(Some(FrameError::Short { have: distance(self.end, len), need: HEAD_BYTES + body + 4 }));
        }
        if len > next {
            return Ok(None);
        }
        let bytes = self.medium.read(self.end + HEAD_BYTES as u64, body + 4).map_err(read_error)?;
        let whole = bytes.split_last_chunk::<4>().is_some_and(|(body, crc)| crc32c::crc32c(body).to_le_bytes() == *crc);
        Ok((!whole).then_some(FrameError::Checksum("body")))
    }

    fn check_link(&self, header: &DaHeader) -> Result<(), DaError> {
        let refuse = |reason: String| Err(DaError::byzantine(header.height, reason));
        let height = self.height() + 1;
        if header.height != height {
            return refuse(format!("expected height {height}"));
        }
        let parent = self.tip.map_or([0; 32], |tip| tip.hash);
        if header.parent != parent {
            return refuse(format!("parent {} instead of {}", hex::encode(header.parent), hex::encode(parent)));
        }
        if self.tip.is_some_and(|tip| header.time_us <= tip.time_us) {
            return refuse(format!("time {} does not rise", header.time_us));
        }
        if let Some(anchor) = self.anchor.filter(|anchor| anchor.height == height && anchor.hash != header.hash) {
            return refuse(format!(
                "hash {} instead of the trusted {}",
                hex::encode(header.hash),
                hex::encode(anchor.hash)
            ));
        }
        Ok(())
    }

    fn height(&self) -> u64 {
        self.tip.map_or(0, |tip| tip.height)
    }

    /// The header at `height` with the offset and length of its body.
    pub(super) fn header(&self, height: u64) -> Result<(DaHeader, u64, usize), DaError> {
        let (offset, next) = match height.checked_sub(1).and_then(|index| usize::try_from(index).ok()) {
            Some(index) => (self.offsets.get(index), self.offsets.get(index + 1)),
            None => return Err(DaError::Fatal("heights start at 1".to_owned())),
        };
        let Some(&offset) = offset else {
            return Err(DaError::NotYet { height, head: self.height() });
        };
        let read = |offset: u64| -> Result<(DaHeader, usize), DaError> {
            let head = self.medium.read(offset, HEAD_BYTES).map_err(read_error)?;
            frame::decode_head(&head).map_err(|error| DaError::byzantine(height, error.to_string()))
        };
        let (header, body) = read(offset)?;
        let expected = match next {
            Some(&next) => Some(read(next)?.0.parent),
            None => self.tip.map(|tip| tip.hash),
        };
        if expected != Some(header.hash) || header.height != height {
            return Err(DaError::byzantine(height, "the log changed under its reader"));
        }
        Ok((header, offset + HEAD_BYTES as u64, body))
    }

    /// The header and every blob of `height`.
    pub(super) fn read(&self, height: u64) -> Result<(DaHeader, Vec<FoundBlob>), DaError> {
        let (header, at, body) = self.header(height)?;
        let bytes = self.medium.read(at, body + 4).map_err(read_error)?;
        let blobs =
            frame::decode_body(&header, &bytes).map_err(|error| DaError::byzantine(height, error.to_string()))?;
        Ok((header, blobs))
    }
}

/// Appends heights. Whoever holds one holds the directory's lock.
#[derive(Debug)]
pub(super) struct LogWriter {
    reader: LogReader,
    /// Bytes that a failed append may have left behind the end.
    dirty: bool,
}

impl LogWriter {
    /// Verifies the whole chain and cuts off a torn tail.
    ///
    /// # Errors
    /// [`DaError::Byzantine`] where complete heights follow a damaged one: that is no torn write.
    pub(super) fn open(medium: Medium) -> Result<Self, DaError> {
        let mut reader = LogReader::new(medium, None);
        let mut dirty = false;
        if let Tail::Torn(error) = reader.refresh()? {
            let height = reader.height() + 1;
            // With its head whole, whatever is behind it is its own torn body.
            let head_lost = matches!(error, FrameError::Magic | FrameError::Checksum("head") | FrameError::TooLong(_));
            if head_lost && reader.heights_follow()? {
                return Err(DaError::byzantine(height, format!("the log is damaged: {error}, and heights follow")));
            }
            tracing::warn!(height, %error, "cutting off a torn height of the embedded log");
            dirty = true;
        }
        let mut writer = Self { reader, dirty };
        writer.clean()?;
        writer.reader.medium.announce(writer.reader.end).map_err(write_error)?;
        Ok(writer)
    }

    /// A reader that has read what the writer has.
    pub(super) fn reader(&self) -> LogReader {
        self.reader.clone()
    }

    /// A new log.
    pub(super) fn empty(medium: Medium) -> Self {
        Self { reader: LogReader::new(medium, None), dirty: false }
    }

    pub(super) fn tip(&self) -> Option<&DaHeader> {
        self.reader.tip()
    }

    /// Appends the next height; durable when this returns.
    pub(super) fn append(&mut self, now_us: u64, blobs: &[&Blob]) -> Result<DaHeader, DaError> {
        self.clean()?;
        let (header, frame) = frame::encode(self.reader.tip(), now_us, blobs);
        self.dirty = true;
        self.reader.medium.append(self.reader.end, &frame).map_err(write_error)?;
        self.dirty = false;
        self.reader.offsets.push(self.reader.end);
        self.reader.end += frame.len() as u64;
        self.reader.tip = Some(header);
        Ok(header)
    }

    fn clean(&mut self) -> Result<(), DaError> {
        if self.dirty {
            self.reader.medium.truncate(self.reader.end).map_err(write_error)?;
            self.dirty = false;
        }
        Ok(())
    }
}

impl LogReader {
    /// Whether a later height starts anywhere behind the first damaged one.
    fn heights_follow(&self) -> Result<bool, DaError> {
        let len = self.medium.len().map_err(read_error)?;
        let mut at = self.end + 1;
        while at < len {
            let window = self.medium.read(at, 1 << 20).map_err(read_error)?;
            for (offset, _) in window.windows(HEAD_BYTES).enumerate().filter(|(_, head)| head.starts_with(frame::MAGIC))
            {
                let head = window.get(offset..).unwrap_or_default();
                if frame::decode_head(head).is_ok_and(|(header, _)| header.height > self.height()) {
                    return Ok(true);
                }
            }
            if window.len() < HEAD_BYTES {
                break;
            }
            at += (window.len() - HEAD_BYTES + 1) as u64;
        }
        Ok(false)
    }
}

fn distance(from: u64, to: u64) -> usize {
    usize::try_from(to.saturating_sub(from)).unwrap_or(usize::MAX)
}

fn read_error(source: std::io::Error) -> DaError {
    DaError::io("reading the embedded log")(source)
}

fn write_error(source: std::io::Error) -> DaError {
    DaError::io("writing the embedded log")(source)
}
