//! What a node counts, in the Prometheus text format at `/metrics`.
//!
//! Every value is one relaxed atomic: they are read by people and graphs, never by the chain.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};

/// One number: a counter that only rises, or a gauge.
#[derive(Debug, Default)]
pub(crate) struct Metric(AtomicU64);

impl Metric {
    /// Adds to a counter.
    pub(crate) fn add(&self, n: u64) {
        self.0.fetch_add(n, Ordering::Relaxed);
    }

    /// Sets a gauge.
    pub(crate) fn set(&self, n: u64) {
        self.0.store(n, Ordering::Relaxed);
    }

    /// The present value.
    pub(crate) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

macro_rules! metrics {
    ($($name:ident, $kind:literal, $help:literal;)*) => {
        /// All of a node's metrics, one field each.
        #[derive(Debug, Default)]
        pub(crate) struct Metrics {
            $(#[doc = $help] pub(crate) $name: Metric,)*
        }

        impl Metrics {
            /// The text of `/metrics`.
            pub(crate) fn render(&self) -> String {
                let mut out = String::new();
                $(
                    // Writing to a string cannot fail.
                    let _ = writeln!(
                        out,
                        concat!("# HELP tenor_", stringify!($name), " ", $help, "\n# TYPE tenor_", stringify!($name), " ", $kind,
                            "\ntenor_", stringify!($name), " {}"),
                        self.$name.get()
                    );
                )*
                out
            }
        }
    };
}

metrics! {
    ledger_version, "gauge", "Last confirmed version.";
    block_height, "gauge", "Last block with a header.";
    published_height, "gauge", "Last block whose batch DA reported as included.";
    final_height, "gauge", "Last block read back from a verified DA header.";
    da_head_height, "gauge", "Newest DA height seen.";
    da_read_height, "gauge", "DA height up to which the last block has read.";
    mempool_transactions, "gauge", "Transactions waiting in the pool.";
    transactions_accepted_total, "counter", "Transactions taken into the pool.";
    transactions_refused_total, "counter", "Transactions refused at admission.";
    transactions_confirmed_total, "counter", "Own and forced transactions confirmed by this process.";
    transactions_failed_total, "counter", "Confirmed transactions whose payload failed.";
    blocks_closed_total, "counter", "Blocks closed or replayed by this process.";
    gas_used_total, "counter", "Gas units used by confirmed transactions.";
    log_bytes_total, "counter", "Bytes appended to the log.";
    log_syncs_total, "counter", "Group syncs of the log.";
    batches_submitted_total, "counter", "Batches handed to DA.";
    blob_bytes_submitted_total, "counter", "Bytes of blobs handed to DA.";
    da_errors_total, "counter", "DA calls that failed and will be tried again.";
    foreign_blobs_total, "counter", "Blobs in our namespaces that are not ours.";
    http_requests_total, "counter", "Requests answered by the REST server.";
    http_errors_total, "counter", "Requests answered with a status of 400 or above.";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_metric_is_rendered_with_its_help_and_type() {
        let metrics = Metrics::default();
        metrics.block_height.set(7);
        metrics.gas_used_total.add(5);
        let text = metrics.render();
        assert!(text.contains("# TYPE tenor_block_height gauge\ntenor_block_height 7\n"), "{text}");
        assert!(text.contains("tenor_gas_used_total 5\n"), "{text}");
        assert!(text.lines().filter(|line| !line.starts_with('#')).count() >= 10);
    }
}
