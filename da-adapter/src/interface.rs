//! The interface of every layer.

use std::{future::Future, time::Duration};

use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use crate::{Blob, Commitment, DaError, FoundBlob, Namespace};

/// What a header says, whatever the layer; verified unless stated otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DaHeader {
    /// From 1, without gaps.
    pub height: u64,
    /// Microseconds since 1970; rises with the height. Finer units are cut off.
    pub time_us: u64,
    /// Its hash.
    pub hash: [u8; 32],
    /// Hash of the header before; zeros at height 1.
    pub parent: [u8; 32],
    /// What the blobs of the height are proven against.
    pub data_root: [u8; 32],
}

impl DaHeader {
    /// Height and hash.
    pub const fn anchor(&self) -> Anchor {
        Anchor { height: self.height, hash: self.hash }
    }
}

/// A header known beforehand, to which others must chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Anchor {
    /// Its height.
    pub height: u64,
    /// Its hash.
    pub hash: [u8; 32],
}

/// The blobs of a height in the namespaces asked for: all of them, and nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeightData {
    /// The header that they were proven against.
    pub header: DaHeader,
    /// In the layer's order, `index` rising.
    pub blobs: Vec<FoundBlob>,
}

/// Where a blob was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    /// The height.
    pub height: u64,
    /// Its place there.
    pub index: u64,
}

/// What a layer takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of all blobs of one submission.
    pub submit_bytes_max: u64,
    /// Blobs of one submission.
    pub submit_blobs_max: usize,
    /// Headers after an unknown outcome before the same bytes may be sent again without risking a double.
    pub settle_heights: u64,
}

impl Limits {
    /// Whether `blobs` may be submitted together.
    ///
    /// # Errors
    /// [`DaError::TooLarge`] where fewer or smaller ones may; [`DaError::Fatal`] where there is nothing to submit.
    pub fn check(&self, blobs: &[Blob]) -> Result<(), DaError> {
        if blobs.is_empty() || blobs.iter().any(|blob| blob.data.is_empty()) {
            return Err(DaError::Fatal("a submission needs blobs, and none of them empty".to_owned()));
        }
        if blobs.len() > self.submit_blobs_max {
            return Err(DaError::TooManyBlobs { blobs: blobs.len(), limit: self.submit_blobs_max });
        }
        let bytes = blobs.iter().map(|blob| blob.data.len() as u64).sum();
        if bytes > self.submit_bytes_max {
            return Err(DaError::TooLarge { bytes, limit: self.submit_bytes_max });
        }
        Ok(())
    }
}

/// A data-availability layer.
///
/// Heights are final. A future that is dropped leaves a submission in an unknown state, nothing else.
pub trait DataAvailability: Send + Sync {
    /// What the layer takes.
    fn limits(&self) -> Limits;

    /// Identity of a blob; pure.
    ///
    /// # Errors
    /// [`DaError::Fatal`] for an empty blob.
    fn commitment(&self, blob: &Blob) -> Result<Commitment, DaError>;

    /// Posts all `blobs` in one height or none, and returns that height after inclusion.
    ///
    /// The height is what the layer reported: published, not yet final. Read it back to be sure.
    /// Order within a call is kept; across calls only if each waits for the one before.
    ///
    /// # Errors
    /// [`DaError::Unknown`] where the blobs may be included nevertheless; all other errors: they are not.
    fn submit(&self, blobs: &[Blob]) -> impl Future<Output = Result<u64, DaError>> + Send;

    /// The newest header.
    ///
    /// # Errors
    /// [`DaError::NotYet`] before the first height; [`DaError::Byzantine`] where it does not chain.
    fn head(&self) -> impl Future<Output = Result<DaHeader, DaError>> + Send;

    /// The lowest height that the layer still serves, by its own word: what is older must come from an archive.
    ///
    /// # Errors
    /// As [`head`](Self::head).
    fn oldest(&self) -> impl Future<Output = Result<u64, DaError>> + Send;

    /// The header at `height`.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    fn header(&self, height: u64) -> impl Future<Output = Result<DaHeader, DaError>> + Send;

    /// All blobs of `height` in `namespaces`, header and completeness verified.
    ///
    /// # Errors
    /// [`DaError::NotYet`], [`DaError::Pruned`], [`DaError::Unavailable`] by the layer's state;
    /// [`DaError::Byzantine`] for an answer that does not verify.
    fn read(&self, height: u64, namespaces: &[Namespace]) -> impl Future<Output = Result<HeightData, DaError>> + Send;

    /// Newest header as a value that changes: a hint to read on, not a list of heights. `None` until the first.
    fn subscribe(&self) -> watch::Receiver<Option<DaHeader>>;

    /// First occurrence of `commitment` in `namespace` at the heights `from..=to`, as far as they exist.
    ///
    /// Reads and verifies every height: one [`read`](Self::read) each.
    ///
    /// # Errors
    /// As [`read`](Self::read), but heights to come are not an error.
    fn find(
        &self,
        namespace: Namespace,
        commitment: Commitment,
        from: u64,
        to: u64,
    ) -> impl Future<Output = Result<Option<Found>, DaError>> + Send {
        async move {
            for height in from.max(1)..=to {
                let data = match self.read(height, &[namespace]).await {
                    Ok(data) => data,
                    Err(DaError::NotYet { .. }) => break,
                    Err(error) => return Err(error),
                };
                if let Some(blob) = data.blobs.iter().find(|blob| blob.commitment == commitment) {
                    return Ok(Some(Found { height, index: blob.index }));
                }
            }
            Ok(None)
        }
    }

    /// Waits until `height` exists and returns its header.
    ///
    /// # Errors
    /// As [`header`](Self::header), but never [`DaError::NotYet`]; [`DaError::Unavailable`] once the layer is gone for good.
    fn wait_for(&self, height: u64) -> impl Future<Output = Result<DaHeader, DaError>> + Send {
        async move {
            let mut heads = self.subscribe();
            loop {
                let known = heads.borrow().is_some_and(|head| head.height >= height);
                match self.header(height).await {
                    Err(DaError::NotYet { .. }) => {}
                    other => return other,
                }
                if known {
                    // An endpoint that fell behind what it said before.
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
                heads
                    .wait_for(|head| head.is_some_and(|head| head.height >= height))
                    .await
                    .map_err(|_| DaError::Unavailable("the layer was shut down".to_owned()))?;
            }
        }
    }
}
