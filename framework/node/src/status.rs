//! How far this node has come, for `/v1/rollup/info` and `/metrics`. Written by the driver and the DA tasks.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use parking_lot::Mutex;
use serde_json::{Value, json};
use types::Namespaces;

use crate::rest::Api;

/// Shared by everyone; every field is a fact that only ever describes.
#[derive(Debug)]
pub(crate) struct NodeStatus {
    /// `sequencer` or `full_node`.
    pub(crate) role: &'static str,
    /// `embedded` or `celestia`.
    pub(crate) da_layer: &'static str,
    pub(crate) namespaces: Namespaces,
    published: AtomicU64,
    finalized: AtomicU64,
    da_head: AtomicU64,
    stopped: AtomicBool,
    slowing: AtomicBool,
    halted: Mutex<Option<String>>,
}

impl NodeStatus {
    pub(crate) fn new(role: &'static str, da_layer: &'static str, namespaces: Namespaces) -> Self {
        Self {
            role,
            da_layer,
            namespaces,
            published: AtomicU64::new(0),
            finalized: AtomicU64::new(0),
            da_head: AtomicU64::new(0),
            stopped: AtomicBool::new(false),
            slowing: AtomicBool::new(false),
            halted: Mutex::new(None),
        }
    }

    /// Last block whose batch is included.
    pub(crate) fn published(&self) -> u64 {
        self.published.load(Ordering::Relaxed)
    }

    pub(crate) fn set_published(&self, height: u64) {
        self.published.fetch_max(height, Ordering::Relaxed);
    }

    /// Last block that was read back from DA.
    pub(crate) fn finalized(&self) -> u64 {
        self.finalized.load(Ordering::Relaxed)
    }

    pub(crate) fn set_finalized(&self, height: u64) {
        self.finalized.fetch_max(height, Ordering::Relaxed);
    }

    /// Newest DA height that was read.
    pub(crate) fn da_head(&self) -> u64 {
        self.da_head.load(Ordering::Relaxed)
    }

    pub(crate) fn set_da_head(&self, height: u64) {
        self.da_head.fetch_max(height, Ordering::Relaxed);
    }

    pub(crate) fn set_liveness(&self, liveness: sequencer::Liveness) {
        self.slowing.store(liveness == sequencer::Liveness::Slowing, Ordering::Relaxed);
        self.stopped.store(liveness == sequencer::Liveness::Stopped, Ordering::Relaxed);
    }

    pub(crate) fn is_live(&self) -> bool {
        !self.stopped.load(Ordering::Relaxed) && self.halted.lock().is_none()
    }

    /// `ok`, `slowing` or `stopped`.
    pub(crate) fn liveness(&self) -> &'static str {
        if self.stopped.load(Ordering::Relaxed) {
            "stopped"
        } else if self.slowing.load(Ordering::Relaxed) {
            "slowing"
        } else {
            "ok"
        }
    }

    pub(crate) fn halt(&self, why: String) {
        *self.halted.lock() = Some(why);
    }

    pub(crate) fn halted(&self) -> Value {
        self.halted.lock().as_ref().map_or(Value::Null, |why| json!(why))
    }
}

/// Brings the gauges up to date before they are rendered.
pub(crate) fn refresh(api: &Api) {
    let metrics = &api.metrics;
    metrics.ledger_version.set(api.storage.ledger_version().unwrap_or(0));
    let head = api.storage.head();
    metrics.block_height.set(head.as_ref().map_or(0, |head| head.header.height));
    metrics.da_read_height.set(head.map_or(0, |head| head.header.da_read));
    metrics.published_height.set(api.status.published());
    metrics.final_height.set(api.status.finalized());
    metrics.da_head_height.set(api.status.da_head());
    metrics.mempool_transactions.set(u64::try_from(api.handle.pending_count()).unwrap_or(u64::MAX));
}
