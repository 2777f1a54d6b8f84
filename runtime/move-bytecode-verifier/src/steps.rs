//! A count of elementary work, for tests of how passes scale: no verdict depends on it.

use std::cell::Cell;

/// Steps so far.
#[derive(Debug, Default)]
pub(crate) struct Steps(Cell<u64>);

impl Steps {
    pub(crate) fn count(&self, steps: u64) {
        self.0.set(self.0.get().wrapping_add(steps));
    }

    pub(crate) fn get(&self) -> u64 {
        self.0.get()
    }
}
