//! What can go wrong with a layer, sorted by what the caller should do about it.

use std::io;

use crate::NamespaceError;

/// Why the layer did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum DaError {
    /// Away, busy or behind: the same call may succeed later.
    #[error("data availability is away: {0}")]
    Unavailable(String),
    /// Asked for a height that does not exist yet.
    #[error("height {height} does not exist yet, the head is {head}")]
    NotYet {
        /// The height asked for.
        height: u64,
        /// The newest height, 0 where there is none or it is not known.
        head: u64,
    },
    /// The submission may or may not be included: look it up by commitment before sending it again.
    #[error("outcome of the submission is unknown: {0}")]
    Unknown(String),
    /// No single submission may carry as much.
    #[error("{bytes} bytes are more than the limit of {limit}")]
    TooLarge {
        /// Bytes in the submission.
        bytes: u64,
        /// What the layer takes.
        limit: u64,
    },
    /// More blobs than one submission may have.
    #[error("{blobs} blobs are more than the limit of {limit}")]
    TooManyBlobs {
        /// Blobs in the submission.
        blobs: usize,
        /// What the layer takes.
        limit: usize,
    },
    /// The endpoint does not keep this height any more.
    #[error("height {height} is pruned at this endpoint: {reason}")]
    Pruned {
        /// The height asked for.
        height: u64,
        /// What it said.
        reason: String,
    },
    /// An answer that contradicts the headers: wrong endpoint, damaged log, or a liar.
    #[error("answer for height {height} refused: {reason}")]
    Byzantine {
        /// The height it was about.
        height: u64,
        /// What did not fit.
        reason: String,
    },
    /// Another process writes to the same directory.
    #[error("{0} is locked by another process")]
    Locked(String),
    /// Configuration, access or money: nothing changes until an operator acts.
    #[error("{0}")]
    Fatal(String),
    /// Not a namespace to post to.
    #[error(transparent)]
    Namespace(#[from] NamespaceError),
    /// The disk.
    #[error("{context}")]
    Io {
        /// What was being done, to which file.
        context: String,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
}

/// What to do about a [`DaError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorClass {
    /// Try again, with growing pauses.
    Retry,
    /// Wait for the height.
    Wait,
    /// Search by commitment from the height first tried, then send the identical bytes again.
    Reconcile,
    /// Cut the payload smaller; hopeless for a single blob.
    Split,
    /// Read from an archive.
    Archive,
    /// Do not use the answer; another endpoint may be honest.
    Byzantine,
    /// Stop and tell the operator.
    Stop,
}

impl DaError {
    /// What to do about it.
    pub const fn class(&self) -> ErrorClass {
        match self {
            Self::Unavailable(_) => ErrorClass::Retry,
            Self::NotYet { .. } => ErrorClass::Wait,
            Self::Unknown(_) => ErrorClass::Reconcile,
            Self::TooLarge { .. } | Self::TooManyBlobs { .. } => ErrorClass::Split,
            Self::Pruned { .. } => ErrorClass::Archive,
            Self::Byzantine { .. } => ErrorClass::Byzantine,
            Self::Locked(_) | Self::Fatal(_) | Self::Namespace(_) | Self::Io { .. } => ErrorClass::Stop,
        }
    }

    pub(crate) fn io(context: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let context = context.into();
        move |source| Self::Io { context, source }
    }

    pub(crate) fn byzantine(height: u64, reason: impl Into<String>) -> Self {
        Self::Byzantine { height, reason: reason.into() }
    }
}
