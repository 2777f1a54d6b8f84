//! Batches: runs of blocks, compressed, cut into signed blobs, and put together again.
//!
//! ```text
//! "TNRB" 4 · format u8 · genesis hash 32 · number u64 · previous batch hash 32 · part u16 · parts u16 · codec u8 ·
//! raw length u32     = 86 bytes, then the slice (at least one byte), then 64 bytes of signature over all before
//! ```
//!
//! The batch hash does not depend on how the payload was cut.

mod reader;

use std::io::Read;

use serde::{Deserialize, Serialize};

use crate::block::Header;
use crate::codec::{DecodeError, decode, encode};
use crate::crypto::{PublicKey, Signature, SigningKey};
use crate::hash::{Hash, sha256, tag, tagged};

pub use reader::{BatchReader, Candidate, Pushed, ReaderLimits, Skip};

/// Opens every part.
pub const MAGIC: [u8; 4] = *b"TNRB";
/// The part format that this version writes and reads.
pub const FORMAT: u8 = 1;
/// Bytes before the slice.
pub const HEAD_BYTES: usize = 86;
/// Bytes after the slice.
pub const SIGNATURE_BYTES: usize = 64;
/// What a writer keeps a blob below.
pub const BLOB_BYTES_WRITE_MAX: usize = 524_288;
/// What a reader still takes.
pub const BLOB_BYTES_READ_MAX: usize = 8_388_608;

/// A block as batches carry it: metadata and forced transactions are derived from DA, not carried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchBlock {
    /// The header.
    pub header: Header,
    /// The sequencer's, over the header hash.
    pub signature: Signature,
    /// BCS of each own signed transaction, in order.
    #[serde(with = "crate::bytes::list")]
    pub transactions: Vec<Vec<u8>>,
}

/// How a payload is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Codec {
    /// Not at all.
    None,
    /// One LZ4 frame of independent blocks, without a dictionary.
    Lz4,
}

impl Codec {
    const fn byte(self) -> u8 {
        match self {
            Codec::None => 0,
            Codec::Lz4 => 1,
        }
    }

    const fn from_byte(byte: u8) -> Option<Self> {
        match byte {
            0 => Some(Codec::None),
            1 => Some(Codec::Lz4),
            _ => None,
        }
    }
}

/// What all parts of a batch agree in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct BatchHeader {
    /// Which chain.
    pub genesis_hash: Hash,
    /// From 1.
    pub number: u64,
    /// Batch hash of the one before; zeros for batch 1.
    pub previous: Hash,
    /// Number of parts.
    pub parts: u16,
    /// How the payload is compressed.
    pub codec: Codec,
    /// Size of the whole uncompressed payload.
    pub raw_bytes: u32,
}

/// One blob of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchPart {
    /// What it shares with the others.
    pub header: BatchHeader,
    /// Which one, from 0.
    pub part: u16,
    /// Its slice of the payload; never empty.
    pub slice: Vec<u8>,
    /// Over everything before it.
    pub signature: Signature,
}

/// Why a blob in the batch namespace is not a part of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum PartError {
    /// Too short, or opened by something else.
    #[error("not a batch part")]
    Magic,
    /// Of a later version.
    #[error("unknown part format")]
    Format,
    /// Another chain's.
    #[error("part of another chain")]
    Genesis,
    /// A field that no honest writer writes.
    #[error("a field is out of bounds")]
    Bounds,
}

/// Bounds on what readers take, from the chain's parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BatchLimits {
    /// `batch_raw_bytes_max`.
    pub raw_bytes_max: u64,
    /// `batch_parts_max`.
    pub parts_max: u64,
}

impl BatchPart {
    /// Reads one blob; the signature is not yet checked.
    ///
    /// # Errors
    /// The first check that fails, in the order of [`PartError`].
    pub fn parse(blob: &[u8], genesis_hash: &Hash, limits: &BatchLimits) -> Result<Self, PartError> {
        let mut at = Cursor(blob);
        if at.take::<4>() != Some(MAGIC) {
            return Err(PartError::Magic);
        }
        if at.take::<1>() != Some([FORMAT]) {
            return Err(PartError::Format);
        }
        if at.take::<32>().map(Hash) != Some(*genesis_hash) {
            return Err(PartError::Genesis);
        }
        at.fields(genesis_hash, blob.len(), limits).ok_or(PartError::Bounds)
    }

    /// Bytes that are signed.
    fn signed_bytes(&self) -> Vec<u8> {
        let head = &self.header;
        let mut bytes = Vec::with_capacity(HEAD_BYTES + self.slice.len() + SIGNATURE_BYTES);
        bytes.extend(MAGIC);
        bytes.push(FORMAT);
        bytes.extend(head.genesis_hash.0);
        bytes.extend(head.number.to_le_bytes());
        bytes.extend(head.previous.0);
        bytes.extend(self.part.to_le_bytes());
        bytes.extend(head.parts.to_le_bytes());
        bytes.push(head.codec.byte());
        bytes.extend(head.raw_bytes.to_le_bytes());
        bytes.extend(&self.slice);
        bytes
    }

    /// The blob.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = self.signed_bytes();
        bytes.extend(self.signature.0);
        bytes
    }

    /// Whether `key` signed it.
    #[must_use]
    pub fn signed_by(&self, key: &PublicKey) -> bool {
        key.verifies(&self.signed_bytes(), &self.signature)
    }
}

struct Cursor<'a>(&'a [u8]);

impl Cursor<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (head, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*head)
    }

    /// Everything behind the genesis hash, within bounds.
    fn fields(&mut self, genesis_hash: &Hash, blob_bytes: usize, limits: &BatchLimits) -> Option<BatchPart> {
        let number = u64::from_le_bytes(self.take()?);
        let previous = Hash(self.take()?);
        let part = u16::from_le_bytes(self.take()?);
        let parts = u16::from_le_bytes(self.take()?);
        let [codec] = self.take()?;
        let codec = Codec::from_byte(codec)?;
        let raw_bytes = u32::from_le_bytes(self.take()?);
        let (slice, signature) = self.0.split_last_chunk::<64>()?;
        let in_bounds = blob_bytes <= BLOB_BYTES_READ_MAX
            && number >= 1
            && parts >= 1
            && u64::from(parts) <= limits.parts_max
            && part < parts
            && u64::from(raw_bytes) <= limits.raw_bytes_max
            && !slice.is_empty();
        in_bounds.then(|| BatchPart {
            header: BatchHeader { genesis_hash: *genesis_hash, number, previous, parts, codec, raw_bytes },
            part,
            slice: slice.to_vec(),
            signature: Signature(*signature),
        })
    }
}

/// Why blocks do not make a batch.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// At least one block is due.
    #[error("a batch has at least one block")]
    Empty,
    /// Beyond `batch_raw_bytes_max`.
    #[error("the payload has {0} bytes, the limit is {1}")]
    TooLarge(usize, u64),
    /// Beyond `batch_parts_max` at this blob size.
    #[error("the payload needs {0} parts, the limit is {1}")]
    TooManyParts(usize, u64),
    /// The compressor failed.
    #[error("compression failed: {0}")]
    Compress(String),
}

/// A batch before it is cut, or after it was put together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// Which chain.
    pub genesis_hash: Hash,
    /// From 1.
    pub number: u64,
    /// Batch hash of the one before.
    pub previous: Hash,
    /// How the payload is compressed.
    pub codec: Codec,
    /// Size of the uncompressed payload.
    pub raw_bytes: u32,
    /// The compressed payload.
    pub payload: Vec<u8>,
}

impl Batch {
    /// Encodes and compresses blocks; keeps what did not get smaller as it is.
    ///
    /// # Errors
    /// No block, or more bytes than a batch may have.
    pub fn seal(
        genesis_hash: Hash,
        number: u64,
        previous: Hash,
        blocks: &[BatchBlock],
        limits: &BatchLimits,
    ) -> Result<Self, SealError> {
        if blocks.is_empty() {
            return Err(SealError::Empty);
        }
        let raw = encode(blocks);
        let raw_bytes = u32::try_from(raw.len()).ok().filter(|bytes| u64::from(*bytes) <= limits.raw_bytes_max);
        let raw_bytes = raw_bytes.ok_or(SealError::TooLarge(raw.len(), limits.raw_bytes_max))?;
        let compressed = compress(&raw)?;
        let (codec, payload) = if compressed.len() < raw.len() { (Codec::Lz4, compressed) } else { (Codec::None, raw) };
        Ok(Batch { genesis_hash, number, previous, codec, raw_bytes, payload })
    }

    /// Names this batch, however it is cut.
    #[must_use]
    pub fn hash(&self) -> Hash {
        tagged(
            tag::BATCH,
            &[
                &self.genesis_hash.0,
                &self.number.to_le_bytes(),
                &self.previous.0,
                &[self.codec.byte()],
                &self.raw_bytes.to_le_bytes(),
                &sha256(&self.payload).0,
            ],
        )
    }

    /// Cuts the payload into blobs of at most `blob_bytes_max` bytes and signs each.
    ///
    /// # Errors
    /// More parts than a batch may have.
    pub fn split(
        &self,
        blob_bytes_max: usize,
        limits: &BatchLimits,
        key: &SigningKey,
    ) -> Result<Vec<Vec<u8>>, SealError> {
        let slice_max = blob_bytes_max.saturating_sub(HEAD_BYTES + SIGNATURE_BYTES).max(1);
        let count = self.payload.len().div_ceil(slice_max);
        let parts = u16::try_from(count).ok().filter(|parts| u64::from(*parts) <= limits.parts_max);
        let parts = parts.ok_or(SealError::TooManyParts(count, limits.parts_max))?;
        let header = BatchHeader {
            genesis_hash: self.genesis_hash,
            number: self.number,
            previous: self.previous,
            parts,
            codec: self.codec,
            raw_bytes: self.raw_bytes,
        };
        let slices = self.payload.chunks(slice_max);
        let blobs = (0..parts).zip(slices).map(|(part, slice)| {
            let mut blob = BatchPart { header, part, slice: slice.to_vec(), signature: Signature::ZERO };
            blob.signature = key.sign(&blob.signed_bytes());
            blob.to_bytes()
        });
        Ok(blobs.collect())
    }

    /// The blocks inside.
    ///
    /// # Errors
    /// It decompresses to another length, is not canonical, or holds no block: the sequencer's signed fault.
    pub fn blocks(&self) -> Result<Vec<BatchBlock>, DecodeError> {
        let raw_bytes = self.raw_bytes as usize;
        let decompressed;
        let raw = match self.codec {
            Codec::None => self.payload.as_slice(),
            Codec::Lz4 => {
                decompressed = decompress(&self.payload, raw_bytes)?;
                &decompressed
            }
        };
        if raw.len() != raw_bytes {
            return Err(DecodeError::Invalid("a batch's payload has another length than it says"));
        }
        let blocks: Vec<BatchBlock> = decode(raw)?;
        if blocks.is_empty() { Err(DecodeError::Invalid("a batch without a block")) } else { Ok(blocks) }
    }
}

fn compress(raw: &[u8]) -> Result<Vec<u8>, SealError> {
    use lz4_flex::frame::{BlockMode, BlockSize, FrameEncoder, FrameInfo};
    let info = FrameInfo::new().block_mode(BlockMode::Independent).block_size(BlockSize::Max256KB);
    let mut encoder = FrameEncoder::with_frame_info(info, Vec::new());
    std::io::Write::write_all(&mut encoder, raw).map_err(|error| SealError::Compress(error.to_string()))?;
    encoder.finish().map_err(|error| SealError::Compress(error.to_string()))
}

/// Exactly `raw_bytes` bytes out of exactly one frame of independent blocks.
fn decompress(payload: &[u8], raw_bytes: usize) -> Result<Vec<u8>, DecodeError> {
    const WRONG: DecodeError = DecodeError::Invalid("a batch's payload is not one LZ4 frame of the length it says");
    if frame_bytes(payload) != Some(payload.len()) {
        return Err(WRONG);
    }
    let mut raw = Vec::new();
    // One byte more than is due shows that there is more.
    let limit = u64::try_from(raw_bytes).unwrap_or(u64::MAX).saturating_add(1);
    let read = lz4_flex::frame::FrameDecoder::new(payload).take(limit).read_to_end(&mut raw);
    if read.is_err() || raw.len() != raw_bytes { Err(WRONG) } else { Ok(raw) }
}

/// Where the frame at the start of `payload` ends; `None` if it does not, or is not of our kind.
///
/// The library's decoder takes a frame without its end and goes on behind one, so its extent is established here:
/// magic 4 · flags 1 · block size 1 · [content size 8] · header checksum 1, then blocks of `u32 size ‖ data
/// ‖ [checksum 4]` up to a size of zero, then [checksum 4].
fn frame_bytes(payload: &[u8]) -> Option<usize> {
    let (magic, rest) = payload.split_first_chunk::<4>()?;
    let flags = *rest.first()?;
    let (block_checksum, content_size, content_checksum) = (flags & 0x10 != 0, flags & 0x08 != 0, flags & 0x04 != 0);
    // Version 01, blocks independent, no dictionary.
    if *magic != 0x184d_2204_u32.to_le_bytes() || flags >> 6 != 1 || flags & 0x20 == 0 || flags & 0x01 != 0 {
        return None;
    }
    let mut at = 4 + 2 + if content_size { 8 } else { 0 } + 1;
    loop {
        let size = u32::from_le_bytes(*payload.get(at..)?.first_chunk::<4>()?);
        at += 4;
        if size == 0 {
            let end = at + if content_checksum { 4 } else { 0 };
            return (end <= payload.len()).then_some(end);
        }
        // The highest bit says that the block is stored as it is.
        at = at.checked_add(usize::try_from(size & 0x7fff_ffff).ok()?)?;
        at += if block_checksum { 4 } else { 0 };
    }
}
