//! A data-availability layer named on the command line: a directory, or the address of a Celestia node.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};
use da_adapter::celestia::{Celestia, CelestiaConfig};
use da_adapter::embedded::Embedded;
use da_adapter::{Da, DaError, DataAvailability, Namespace};
use types::batch::{BatchPart, BatchReader, Candidate, Pushed, ReaderLimits};
use types::{Genesis, Hash, Header, Namespaces};

/// Heights before the hint that are searched for parts of the batch.
const SEARCH_HEIGHTS: u64 = 64;

/// Opens `text` for reading (and for submitting through the layer's inbox). Needs a tokio runtime.
pub(crate) fn open(text: &str, token: Option<&str>) -> Result<Da> {
    if text.contains("://") {
        let mut config = CelestiaConfig::new(text);
        config.token = token.map(ToString::to_string);
        return Ok(Celestia::new(config).into());
    }
    let layer = Embedded::follow(Path::new(text), Duration::from_millis(100), None)
        .with_context(|| format!("cannot read the embedded DA layer in {text}"))?;
    Ok(layer.into())
}

/// Reads the blobs of the batch that holds block `height`, starting at the hint, and returns the header found there.
///
/// Every height is read with its header verified and complete; parts count only if the genesis key signed them.
pub(crate) async fn header_from_da(
    da: &Da,
    genesis: &Genesis,
    genesis_hash: &Hash,
    number: u64,
    da_height: u64,
    height: u64,
) -> Result<Option<Header>> {
    let namespace = Namespace::new_v0(Namespaces::of(genesis_hash).batches)?;
    let limits = genesis.parameters()?.batch_limits();
    let key = genesis.sequencer_public_key;
    let mut reader: Option<BatchReader> = None;
    let mut found: Option<Candidate> = None;
    for at in da_height.saturating_sub(SEARCH_HEIGHTS).max(1)..=da_height {
        let data = match da.read(at, &[namespace]).await {
            Ok(data) => data,
            Err(DaError::NotYet { .. }) => break,
            Err(error) => return Err(error).with_context(|| format!("reading DA height {at}")),
        };
        for blob in data.blobs {
            let Ok(part) = BatchPart::parse(&blob.data, genesis_hash, &limits) else { continue };
            if part.header.number != number || !part.signed_by(&key) {
                continue;
            }
            let reader = reader.get_or_insert_with(|| {
                let bounds = ReaderLimits { batch: limits, parked_bytes_max: 1 << 28 };
                BatchReader::new(*genesis_hash, bounds, key, number - 1, part.header.previous, 0)
            });
            if let Pushed::Complete(candidate) = reader.push(at, blob.index, &blob.data) {
                found.get_or_insert(candidate);
            }
        }
    }
    let Some(candidate) = found else { return Ok(None) };
    let blocks = candidate.batch.blocks()?;
    Ok(blocks.into_iter().map(|block| block.header).find(|header| header.height == height))
}
