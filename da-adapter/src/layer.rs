//! The layer chosen by configuration.

use std::{path::Path, time::Duration};

use tokio::sync::watch;

#[cfg(feature = "celestia")]
use crate::celestia::Celestia;
use crate::{
    Anchor, Blob, Commitment, DaError, DaHeader, DataAvailability, HeightData, Limits, Namespace, embedded::Embedded,
};

/// One of the layers, behind one type. Cheap to clone.
#[derive(Debug, Clone)]
pub enum Da {
    /// A directory.
    Embedded(Embedded),
    /// A Celestia node.
    #[cfg(feature = "celestia")]
    Celestia(Celestia),
}

impl Da {
    /// A view of the layer at `location`, a directory or the URL of a Celestia node, for whoever does not write it.
    ///
    /// * `token`: for a node that wants one.
    /// * `anchor`: a header to trust, if one is known.
    ///
    /// Submitting works nevertheless: through the directory's inbox, or with a token that permits it. Needs a tokio
    /// runtime.
    ///
    /// # Errors
    /// As [`Embedded::follow`]; a node is asked only later.
    pub fn open(location: &str, token: Option<&str>, anchor: Option<Anchor>) -> Result<Self, DaError> {
        let scheme = location.split_once("://").map(|(scheme, _)| scheme);
        if scheme.is_none() {
            return Embedded::follow(Path::new(location), Duration::from_millis(100), anchor).map(Self::Embedded);
        }
        Self::node(location, token, anchor)
    }

    #[cfg(feature = "celestia")]
    fn node(url: &str, token: Option<&str>, anchor: Option<Anchor>) -> Result<Self, DaError> {
        let config = crate::celestia::CelestiaConfig {
            token: token.map(str::to_owned),
            trusted: anchor,
            ..crate::celestia::CelestiaConfig::new(url)
        };
        Ok(Self::Celestia(Celestia::new(config)))
    }

    #[cfg(not(feature = "celestia"))]
    fn node(url: &str, _: Option<&str>, _: Option<Anchor>) -> Result<Self, DaError> {
        Err(DaError::Fatal(format!("{url}: this build has no celestia client")))
    }
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

    async fn oldest(&self) -> Result<u64, DaError> {
        each!(self, layer => layer.oldest().await)
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
