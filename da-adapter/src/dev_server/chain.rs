//! The blocks of the double and what waits for them.

use celestia_types::{
    Blob, DataAvailabilityHeader, ExtendedDataSquare, ExtendedHeader, namespace_data::NamespaceData, nmt::Namespace,
    row_namespace_data::RowNamespaceData, test_utils::ExtendedHeaderGenerator,
};
use tokio::sync::oneshot;

use super::square;

/// A block and its square.
#[derive(Debug)]
pub(super) struct Block {
    pub(super) header: ExtendedHeader,
    pub(super) eds: ExtendedDataSquare,
    pub(super) blobs: Vec<Blob>,
}

impl Block {
    /// Every share of `namespace`, with a proof per row.
    pub(super) fn rows(&self, namespace: Namespace) -> Vec<RowNamespaceData> {
        let height = self.header.height();
        let rows = self.eds.get_namespace_data(namespace, &self.header.dah, height).unwrap_or_default();
        rows.into_iter().map(|(_, row)| row).collect()
    }

    pub(super) fn namespace(&self, namespace: Namespace) -> NamespaceData {
        NamespaceData::new(self.rows(namespace))
    }
}

/// A transaction that pays for blobs.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) blobs: Vec<Blob>,
    pub(super) not_before: u64,
    pub(super) included: Option<oneshot::Sender<u64>>,
}

/// The chain. One key signs all headers.
#[derive(Debug)]
pub(super) struct Chain {
    pub(super) generator: ExtendedHeaderGenerator,
    blocks: Vec<Block>,
    pub(super) mempool: Vec<Waiting>,
    /// Heights below are pruned.
    pub(super) tail: u64,
    /// Whether a block takes its transactions in reverse.
    pub(super) reversed: bool,
}

impl Chain {
    pub(super) fn new() -> Self {
        Self {
            generator: ExtendedHeaderGenerator::new(),
            blocks: Vec::new(),
            mempool: Vec::new(),
            tail: 1,
            reversed: false,
        }
    }

    pub(super) fn head(&self) -> u64 {
        self.blocks.len() as u64
    }

    pub(super) fn block(&self, height: u64) -> Option<&Block> {
        self.blocks.get(usize::try_from(height.checked_sub(1)?).ok()?)
    }

    /// Seals the next block with what waits and returns its height.
    pub(super) fn seal(&mut self) -> Result<u64, celestia_types::Error> {
        let height = self.head() + 1;
        let (mut ready, waiting): (Vec<_>, Vec<_>) =
            self.mempool.drain(..).partition(|waiting| waiting.not_before <= height);
        self.mempool = waiting;
        if self.reversed {
            ready.reverse();
        }
        let (eds, blobs) = square::build(ready.iter().flat_map(|waiting| waiting.blobs.clone()).collect())?;
        let header = self.generator.next_with_dah(DataAvailabilityHeader::from_eds(&eds));
        self.blocks.push(Block { header, eds, blobs });
        for included in ready.into_iter().filter_map(|waiting| waiting.included) {
            // A client that no longer waits finds its blobs by commitment.
            let _ = included.send(height);
        }
        Ok(height)
    }
}
