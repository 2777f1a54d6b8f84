//! From a namespace's proven shares to its blobs.

use celestia_types::{
    Commitment as ShareCommitment, ExtendedHeader, Share,
    namespace_data::{NamespaceData, NamespaceDataId},
    nmt,
};

use crate::{Commitment, FoundBlob, Namespace};

/// All blobs of `namespace` in the square of `header`, in the order of the square.
///
/// `data` is checked to be every share of the namespace, and nothing else, against the header's row roots. A sequence
/// of shares that breaks off is no blob and left out, as are padding and what starts in the middle: validators do not
/// let such squares pass.
pub(super) fn blobs(
    header: &ExtendedHeader,
    namespace: Namespace,
    data: &NamespaceData,
) -> Result<Vec<FoundBlob>, celestia_types::Error> {
    let id = nmt::Namespace::from_raw(namespace.as_bytes())?;
    data.verify(NamespaceDataId::new(id, header.height())?, &header.dah)?;

    let width = header.dah.square_width();
    let rows = (0..width).filter(|&row| header.dah.row_contains(row, id).unwrap_or(false));
    let mut places = Vec::new();
    let mut shares = Vec::new();
    for (row, found) in rows.zip(data.rows()) {
        let first = u64::from(row) * u64::from(width / 2) + u64::from(found.proof.start_idx());
        places.extend((first..).take(found.shares.len()));
        shares.extend_from_slice(&found.shares);
    }
    sequences(&shares)
        .into_iter()
        .map(|sequence| {
            let shares = shares.get(sequence.first..sequence.end).unwrap_or_default();
            Ok(FoundBlob {
                namespace,
                index: places.get(sequence.first).copied().unwrap_or_default(),
                commitment: Commitment(*ShareCommitment::from_shares(id, shares)?.hash()),
                data: sequence.data,
            })
        })
        .collect()
}

/// A blob and the shares that it fills.
struct Sequence {
    first: usize,
    end: usize,
    data: Vec<u8>,
}

fn sequences(shares: &[Share]) -> Vec<Sequence> {
    let mut whole = Vec::new();
    let mut open: Option<(Sequence, usize)> = None;
    for (at, share) in shares.iter().enumerate() {
        let payload = share.payload().unwrap_or_default();
        if let Some(length) = share.sequence_length() {
            let sequence = Sequence { first: at, end: at, data: Vec::new() };
            // Length 0 is padding.
            open = (length > 0).then_some((sequence, length as usize));
        }
        let Some((sequence, length)) = &mut open else { continue };
        sequence.data.extend_from_slice(payload);
        sequence.end = at + 1;
        if sequence.data.len() >= *length {
            sequence.data.truncate(*length);
            whole.extend(open.take().map(|(sequence, _)| sequence));
        }
    }
    whole
}
