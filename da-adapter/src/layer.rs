//! The layer chosen by configuration.

use tokio::sync::watch;

#[cfg(feature = "celestia")]
use crate::celestia::Celestia;
use crate::{Blob, Commitment, DaError, DaHeader, DataAvailability, HeightData, Limits, Namespace, embedded::Embedded};

/// One of the layers, behind one type. Cheap to clone.
#[derive(Debug, Clone)]
pub enum Da {
    /// A directory.
    Embedded(Embedded),
    /// A Celestia node.
    #[cfg(feature = "celestia")]
    Celestia(Celestia),
}

macro_rules! each {
    ($self:expr, $layer:ident => $call:expr) => {
        match $self {
            Da::Embedded($layer) => $call,
            #[cfg(feature = "celestia")]
            Da::Celestia($layer) => $call,
        }
    };
}

impl DataAvailability for Da {
    fn limits(&self) -> Limits {
        each!(self, layer => layer.limits())
    }

    fn commitment(&self, blob: &Blob) -> Result<Commitment, DaError> {
        each!(self, layer => layer.commitment(blob))
    }

    async fn submit(&self, blobs: &[Blob]) -> Result<u64, DaError> {
        each!(self, layer => layer.submit(blobs).await)
    }

    async fn head(&self) -> Result<DaHeader, DaError> {
        each!(self, layer => layer.head().await)
    }

    async fn header(&self, height: u64) -> Result<DaHeader, DaError> {
        each!(self, layer => layer.header(height).await)
    }

    async fn read(&self, height: u64, namespaces: &[Namespace]) -> Result<HeightData, DaError> {
        each!(self, layer => layer.read(height, namespaces).await)
    }

    fn subscribe(&self) -> watch::Receiver<Option<DaHeader>> {
        each!(self, layer => layer.subscribe())
    }
}

impl From<Embedded> for Da {
    fn from(layer: Embedded) -> Self {
        Self::Embedded(layer)
    }
}

#[cfg(feature = "celestia")]
impl From<Celestia> for Da {
    fn from(layer: Celestia) -> Self {
        Self::Celestia(layer)
    }
}
