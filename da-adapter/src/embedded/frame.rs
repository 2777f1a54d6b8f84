//! One height of the log as bytes.
//!
//! ```text
//! "TNDA"           4   head
//! body length      u32 LE
//! header           82  BCS { format u16, height u64, time_us u64, parent hash, blobs_root }
//! CRC-32C          u32 LE, over the bytes so far
//! body                 for each blob: namespace 29, length u32 LE, data
//! CRC-32C          u32 LE, over the body
//! ```
//!
//! The checksums find torn writes; the header's hash chain and `blobs_root` find everything else. Heads
//! have one size, so that a log can be followed without reading the blobs.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{Blob, Commitment, DaHeader, FoundBlob, NAMESPACE_BYTES, Namespace};

pub(super) const MAGIC: &[u8; 4] = b"TNDA";
pub(super) const HEAD_BYTES: usize = 4 + 4 + HEADER_BYTES + 4;
const HEADER_BYTES: usize = 2 + 8 + 8 + 32 + 32;
/// No height is larger than this; what is posted beyond it waits for the next height.
pub(super) const BODY_BYTES_MAX: usize = 64 << 20;
const FORMAT: u16 = 1;
const TAG: &[u8] = b"TENOR::DaHeader\0";

/// Why bytes are not a height of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// It ends before it is complete.
    #[error("{have} bytes where {need} are needed")]
    Short {
        /// Bytes present.
        have: usize,
        /// Bytes needed.
        need: usize,
    },
    /// It does not start with the magic bytes.
    #[error("no frame starts here")]
    Magic,
    /// A checksum over head or body does not match.
    #[error("checksum of the {0} does not match")]
    Checksum(&'static str),
    /// Unknown header format.
    #[error("header format {0} is unknown")]
    Format(u16),
    /// A body longer than any height may be.
    #[error("body of {0} bytes exceeds the limit")]
    TooLong(usize),
    /// The body's blobs do not fill it exactly.
    #[error("blob list is malformed at byte {0}")]
    Body(usize),
    /// The blobs are not those that the header commits to.
    #[error("blobs do not match the header's root")]
    Root,
}

#[derive(Serialize, Deserialize)]
struct Header {
    format: u16,
    height: u64,
    time_us: u64,
    parent: [u8; 32],
    blobs_root: [u8; 32],
}

/// The header as the layer's interface shows it.
fn known(header: &Header, bytes: &[u8]) -> DaHeader {
    DaHeader {
        height: header.height,
        time_us: header.time_us,
        hash: Sha256::new().chain_update(TAG).chain_update(bytes).finalize().into(),
        parent: header.parent,
        data_root: header.blobs_root,
    }
}

/// Encodes the height after `parent` (none: the first) and returns its header.
///
/// `blobs` encoded by [`encode_blobs`] stay below [`BODY_BYTES_MAX`]; the caller sees to it.
pub(super) fn encode(parent: Option<&DaHeader>, now_us: u64, blobs: &[&Blob]) -> (DaHeader, Vec<u8>) {
    let body = encode_blobs(blobs.iter().copied());
    let header = Header {
        format: FORMAT,
        height: parent.map_or(0, |parent| parent.height) + 1,
        time_us: parent.map_or(now_us, |parent| now_us.max(parent.time_us.saturating_add(1))),
        parent: parent.map_or([0; 32], |parent| parent.hash),
        blobs_root: merkle_root(&blobs.iter().map(|blob| leaf(&blob.namespace, &blob.data)).collect::<Vec<_>>()),
    };
    let mut head = Vec::with_capacity(HEADER_BYTES);
    head.extend_from_slice(&header.format.to_le_bytes());
    head.extend_from_slice(&header.height.to_le_bytes());
    head.extend_from_slice(&header.time_us.to_le_bytes());
    head.extend_from_slice(&header.parent);
    head.extend_from_slice(&header.blobs_root);

    let mut frame = Vec::with_capacity(HEAD_BYTES + body.len() + 4);
    frame.extend_from_slice(MAGIC);
    frame.extend_from_slice(&length(body.len()));
    frame.extend_from_slice(&head);
    frame.extend_from_slice(&crc32c::crc32c(&frame).to_le_bytes());
    frame.extend_from_slice(&body);
    frame.extend_from_slice(&crc32c::crc32c(&body).to_le_bytes());
    (known(&header, &head), frame)
}

/// Reads a head: the header and the length of the body behind it, checksum excluded.
pub(super) fn decode_head(bytes: &[u8]) -> Result<(DaHeader, usize), FrameError> {
    let short = FrameError::Short { have: bytes.len(), need: HEAD_BYTES };
    let head: &[u8; HEAD_BYTES] = bytes.first_chunk().ok_or(short)?;
    let (magic, rest) = head.split_at(4);
    if magic != MAGIC {
        return Err(FrameError::Magic);
    }
    let (summed, crc) = head.split_at(HEAD_BYTES - 4);
    if crc32c::crc32c(summed).to_le_bytes() != crc {
        return Err(FrameError::Checksum("head"));
    }
    let body = rest.first_chunk().map_or(0, |bytes| u32::from_le_bytes(*bytes)) as usize;
    if body > BODY_BYTES_MAX {
        return Err(FrameError::TooLong(body));
    }
    let bytes = summed.split_at(8).1;
    let header: Header = bcs::from_bytes(bytes).map_err(|_| FrameError::Checksum("head"))?;
    if header.format != FORMAT {
        return Err(FrameError::Format(header.format));
    }
    Ok((known(&header, bytes), body))
}

/// Reads a body and checks it against its header: every blob of the height, in order.
///
/// `bytes` is the body with its checksum.
pub(super) fn decode_body(header: &DaHeader, bytes: &[u8]) -> Result<Vec<FoundBlob>, FrameError> {
    let Some((body, crc)) = bytes.split_last_chunk::<4>() else {
        return Err(FrameError::Short { have: bytes.len(), need: 4 });
    };
    if crc32c::crc32c(body).to_le_bytes() != *crc {
        return Err(FrameError::Checksum("body"));
    }
    let mut leaves = Vec::new();
    let mut blobs = Vec::new();
    for (index, blob) in (0..).zip(decode_blobs(body)?) {
        let commitment = leaf(&blob.namespace, &blob.data);
        leaves.push(commitment);
        blobs.push(FoundBlob { namespace: blob.namespace, index, commitment: Commitment(commitment), data: blob.data });
    }
    if merkle_root(&leaves) != header.data_root {
        return Err(FrameError::Root);
    }
    Ok(blobs)
}

/// Bytes that a blob takes in a body.
pub(super) fn blob_bytes(blob: &Blob) -> usize {
    NAMESPACE_BYTES + 4 + blob.data.len()
}

pub(super) fn encode_blobs<'a>(blobs: impl Iterator<Item = &'a Blob>) -> Vec<u8> {
    let mut bytes = Vec::new();
    for blob in blobs {
        bytes.extend_from_slice(blob.namespace.as_bytes());
        bytes.extend_from_slice(&length(blob.data.len()));
        bytes.extend_from_slice(&blob.data);
    }
    bytes
}

pub(super) fn decode_blobs(bytes: &[u8]) -> Result<Vec<Blob>, FrameError> {
    let mut rest = bytes;
    let mut blobs = Vec::new();
    while !rest.is_empty() {
        let here = FrameError::Body(bytes.len() - rest.len());
        let (namespace, after) = rest.split_at_checked(NAMESPACE_BYTES).ok_or(here)?;
        let namespace = Namespace::from_bytes(namespace).map_err(|_| here)?;
        let (count, after) = after.split_first_chunk::<4>().ok_or(here)?;
        let (data, after) = after.split_at_checked(u32::from_le_bytes(*count) as usize).ok_or(here)?;
        if data.is_empty() {
            return Err(here);
        }
        blobs.push(Blob::new(namespace, data.to_vec()));
        rest = after;
    }
    Ok(blobs)
}

/// Lengths are bounded by [`BODY_BYTES_MAX`] before anything is encoded.
fn length(bytes: usize) -> [u8; 4] {
    u32::try_from(bytes).unwrap_or(u32::MAX).to_le_bytes()
}

/// Leaf of the blob tree: what identifies a blob on this layer.
pub(super) fn leaf(namespace: &Namespace, data: &[u8]) -> [u8; 32] {
    Sha256::new().chain_update([0]).chain_update(namespace.as_bytes()).chain_update(data).finalize().into()
}

/// RFC 6962 root over leaf hashes. Depth is the logarithm of the count.
fn merkle_root(leaves: &[[u8; 32]]) -> [u8; 32] {
    match leaves {
        [] => Sha256::digest([]).into(),
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
            Sha256::new()
                .chain_update([1])
                .chain_update(merkle_root(left))
                .chain_update(merkle_root(right))
                .finalize()
                .into()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn namespace(byte: u8) -> Namespace {
        Namespace::new_v0([byte; 10]).unwrap()
    }

    #[test]
    fn a_height_reads_back_as_written() {
        let blobs = [Blob::new(namespace(1), vec![1, 2]), Blob::new(namespace(2), vec![3; 500])];
        let (first, _) = encode(None, 5, &[]);
        assert_eq!((first.height, first.time_us, first.parent), (1, 5, [0; 32]));
        assert_eq!(hex::encode(first.data_root), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        let (second, frame) = encode(Some(&first), 5, &[&blobs[0], &blobs[1]]);
        assert_eq!((second.height, second.time_us, second.parent), (2, 6, first.hash));
        let (header, body) = decode_head(&frame).unwrap();
        assert_eq!(header, second);
        assert_eq!(frame.len(), HEAD_BYTES + body + 4);
        let found = decode_body(&header, &frame[HEAD_BYTES..]).unwrap();
        assert_eq!(found.iter().map(|blob| &blob.data).collect::<Vec<_>>(), [&blobs[0].data, &blobs[1].data]);
    }

    #[test]
    fn every_flipped_byte_is_noticed() {
        let blob = Blob::new(namespace(1), b"data".to_vec());
        let (_, frame) = encode(None, 5, &[&blob]);
        for at in 0..frame.len() {
            let mut bad = frame.clone();
            bad[at] ^= 1;
            let verdict = decode_head(&bad).and_then(|(header, _)| decode_body(&header, &bad[HEAD_BYTES..]));
            assert!(verdict.is_err(), "byte {at}");
        }
    }

    #[test]
    fn blobs_that_the_header_does_not_commit_to_are_refused_despite_good_checksums() {
        let blob = |byte| Blob::new(namespace(1), vec![byte]);
        let (header, _) = encode(None, 5, &[&blob(1), &blob(2)]);
        for others in [vec![], vec![blob(1)], vec![blob(2), blob(1)], vec![blob(1), blob(2), blob(2)]] {
            let mut body = encode_blobs(others.iter());
            body.extend(crc32c::crc32c(&body).to_le_bytes());
            assert_eq!(decode_body(&header, &body), Err(FrameError::Root), "{others:?}");
        }
    }
}
