//! Transactions that anyone may post to DA and that a block must take.
//!
//! `TNRF ‖ format 1 ‖ BCS signed transaction`. At each DA height blobs are walked in square order up to a number and an
//! amount of bytes, foreign bytes included, so that the cost of reading is bounded.

use serde::{Deserialize, Serialize};

use crate::parameters::Parameters;

/// Opens every forced blob.
pub const MAGIC: [u8; 4] = *b"TNRF";
/// The blob format that this version writes and reads.
pub const FORMAT: u8 = 1;
/// Bytes before the transaction.
pub const HEAD_BYTES: usize = 5;
/// Size of a forced transaction at most, whatever the chain's own bound is.
pub const TRANSACTION_BYTES_MAX: usize = 65_536;

/// A blob that counts, and where it stood.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForcedBlob {
    /// DA height; forced gas is bounded by height.
    pub da_height: u64,
    /// The whole blob, head included.
    #[serde(with = "crate::bytes")]
    pub bytes: Vec<u8>,
}

impl ForcedBlob {
    /// The signed transaction's bytes.
    #[must_use]
    pub fn transaction_bytes(&self) -> &[u8] {
        self.bytes.get(HEAD_BYTES..).unwrap_or_default()
    }
}

/// The blob that carries these transaction bytes.
#[must_use]
pub fn wrap(transaction: &[u8]) -> Vec<u8> {
    let mut blob = Vec::with_capacity(HEAD_BYTES + transaction.len());
    blob.extend(MAGIC);
    blob.push(FORMAT);
    blob.extend(transaction);
    blob
}

/// Whether a blob is one of ours and small enough.
#[must_use]
pub fn counts(blob: &[u8]) -> bool {
    match blob.split_first_chunk::<HEAD_BYTES>() {
        Some(([a, b, c, d, format], rest)) => {
            [*a, *b, *c, *d] == MAGIC && *format == FORMAT && rest.len() <= TRANSACTION_BYTES_MAX
        }
        None => false,
    }
}

/// The blobs of one height that count, given all blobs of the forced namespace in square order.
#[must_use]
pub fn counting<B: AsRef<[u8]>>(da_height: u64, blobs: &[B], parameters: &Parameters) -> Vec<ForcedBlob> {
    let mut bytes_left = parameters.forced_bytes_per_da_height_max;
    let mut blobs_left = parameters.forced_blobs_per_da_height_max;
    let mut found = Vec::new();
    for blob in blobs {
        let blob = blob.as_ref();
        let size = u64::try_from(blob.len()).unwrap_or(u64::MAX);
        let (Some(bytes), Some(blobs)) = (bytes_left.checked_sub(size), blobs_left.checked_sub(1)) else { break };
        (bytes_left, blobs_left) = (bytes, blobs);
        if counts(blob) {
            found.push(ForcedBlob { da_height, bytes: blob.to_vec() });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_blobs_use_up_the_bounds_and_do_not_count() {
        let parameters = Parameters {
            forced_blobs_per_da_height_max: 3,
            forced_bytes_per_da_height_max: 100,
            ..Parameters::DEFAULT
        };
        let ours = wrap(b"t");
        // blobs, how many count
        let cases: [(Vec<Vec<u8>>, usize); 6] = [
            (vec![ours.clone()], 1),
            (vec![b"junk".to_vec(), ours.clone()], 1),
            (vec![vec![0; 95], ours.clone()], 0),
            (vec![vec![0; 94], ours.clone()], 1),
            (vec![vec![], vec![], vec![], ours.clone()], 0),
            (vec![ours.clone(), ours.clone(), ours.clone(), ours], 3),
        ];
        for (blobs, expected) in cases {
            assert_eq!(counting(7, &blobs, &parameters).len(), expected, "{blobs:?}");
        }
    }

    #[test]
    fn a_blob_counts_by_magic_format_and_size() {
        for (blob, expected) in [
            (wrap(&[0; TRANSACTION_BYTES_MAX]), true),
            (wrap(&[0; TRANSACTION_BYTES_MAX + 1]), false),
            (b"TNRF".to_vec(), false),
            (b"TNRF\x01".to_vec(), true),
            (b"TNRF\x02x".to_vec(), false),
            (b"TNRB\x01x".to_vec(), false),
        ] {
            assert_eq!(counts(&blob), expected, "{} bytes", blob.len());
        }
    }
}
