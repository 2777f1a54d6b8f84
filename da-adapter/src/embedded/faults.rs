//! Failures and delays on request.

use std::{
    collections::VecDeque,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use crate::DaError;

/// What happens to one submission.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SubmitFault {
    /// Refused before anything happened.
    Refuse,
    /// Included, but the answer is lost.
    LoseReply,
    /// Accepted and never included; the caller hears nothing but that the outcome is unknown.
    Swallow,
    /// Included twice.
    Double,
}

/// Switches for failures; all off at first. Clones share their state.
///
/// A file named `outage` in the directory of the layer takes it away for every process that uses it.
#[derive(Debug, Clone, Default)]
pub struct Faults {
    state: Arc<Mutex<State>>,
    outage_file: Option<PathBuf>,
}

#[derive(Debug, Default)]
struct State {
    outage: bool,
    latency: Duration,
    inclusion_delay: u64,
    submits: VecDeque<SubmitFault>,
}

impl Faults {
    pub(super) fn in_directory(dir: &Path) -> Self {
        Self { outage_file: Some(dir.join("outage")), ..Self::default() }
    }

    /// Away: every call fails with [`DaError::Unavailable`], heights go on.
    pub fn set_outage(&self, away: bool) {
        self.state().outage = away;
    }

    /// How long every call takes at least.
    pub fn set_latency(&self, latency: Duration) {
        self.state().latency = latency;
    }

    /// How many heights a submission waits before it is included.
    pub fn set_inclusion_delay(&self, heights: u64) {
        self.state().inclusion_delay = heights;
    }

    /// What happens to the next submissions, one each.
    pub fn script(&self, faults: impl IntoIterator<Item = SubmitFault>) {
        self.state().submits.extend(faults);
    }

    pub(super) fn next_submit(&self) -> Option<SubmitFault> {
        self.state().submits.pop_front()
    }

    pub(super) fn inclusion_delay(&self) -> u64 {
        self.state().inclusion_delay
    }

    pub(super) async fn pass(&self) -> Result<(), DaError> {
        let latency = self.state().latency;
        if !latency.is_zero() {
            tokio::time::sleep(latency).await;
        }
        self.away()
    }

    pub(super) fn away(&self) -> Result<(), DaError> {
        if self.state().outage || self.outage_file.as_ref().is_some_and(|file| file.exists()) {
            return Err(DaError::Unavailable("the layer is in an outage".to_owned()));
        }
        Ok(())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Plain data: a panic elsewhere cannot leave it half changed.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
