//! Lays blobs out as a block's square.

use celestia_types::{Blob, ExtendedDataSquare, Share, consts::appconsts::SHARE_SIZE, nmt::Namespace};

/// The extended square of `blobs`, and the blobs as it orders them, each with the place of its first share.
///
/// Layout: one share that stands for the payments, padding, blobs by namespace, each at a multiple of its subtree
/// width, padding to the next square.
pub(super) fn build(mut blobs: Vec<Blob>) -> Result<(ExtendedDataSquare, Vec<Blob>), celestia_types::Error> {
    if blobs.is_empty() {
        return Ok((ExtendedDataSquare::empty(), blobs));
    }
    blobs.sort_by_key(|blob| blob.namespace);
    let mut shares = vec![share(Namespace::PAY_FOR_BLOB)];
    let mut starts = Vec::new();
    let mut before = Namespace::PRIMARY_RESERVED_PADDING;
    for blob in &blobs {
        let parts = blob.to_shares()?;
        let start = shares.len().next_multiple_of(subtree_width(parts.len()));
        shares.resize_with(start, || share(before));
        shares.extend(parts.iter().map(Share::to_vec));
        starts.push(start as u64);
        before = blob.namespace;
    }
    let mut width: usize = 1;
    while width * width < shares.len() {
        width *= 2;
    }
    shares.resize_with(width * width, || share(Namespace::TAIL_PADDING));
    let width = width as u64;
    for (blob, start) in blobs.iter_mut().zip(starts) {
        // Nodes report places in the extended square.
        blob.index = Some(start / width * 2 * width + start % width);
    }
    Ok((ExtendedDataSquare::from_ods(shares)?, blobs))
}

/// A padding share: the start of a sequence of no bytes.
fn share(namespace: Namespace) -> Vec<u8> {
    let mut bytes = namespace.as_bytes().to_vec();
    bytes.push(1);
    bytes.resize(SHARE_SIZE, 0);
    bytes
}

/// Blobs start at multiples of this, so that the subtrees of their commitment are nodes of the rows' trees.
fn subtree_width(shares: usize) -> usize {
    let mut root: usize = 1;
    while root * root < shares {
        root += 1;
    }
    shares.div_ceil(64).next_power_of_two().min(root.next_power_of_two())
}
