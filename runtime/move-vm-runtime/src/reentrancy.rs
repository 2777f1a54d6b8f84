//! Which modules are active, and who may be entered or touched again.
//!
//! Static calls cannot re-enter a module, closures and native dispatch can: a re-entered module may compute, but not
//! touch its resources until the inner activation ends.

use crate::error::{VmError, VmResult};
use crate::world::ModuleNo;
use move_core_types::StatusCode;

/// How a function is entered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Entry {
    Regular,
    Closure,
    NativeDispatch,
}

/// Active modules with their counts, and the number of locks held.
#[derive(Debug, Default)]
pub(crate) struct Active {
    counts: Vec<(ModuleNo, u32)>,
    locks: u32,
}

/// What leaving a function must undo.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Undo {
    module: Option<ModuleNo>,
    lock: bool,
}

impl Active {
    fn count(&mut self, module: ModuleNo) -> Option<&mut u32> {
        self.counts.iter_mut().rev().find(|(no, _)| *no == module).map(|(_, count)| count)
    }

    /// Enters a function of `callee` from `caller`.
    pub(crate) fn enter(
        &mut self,
        caller: Option<ModuleNo>,
        callee: ModuleNo,
        entry: Entry,
        module_lock: bool,
    ) -> VmResult<Undo> {
        let mut undo = Undo::default();
        if entry == Entry::NativeDispatch || module_lock {
            self.locks += 1;
            undo.lock = true;
        }
        let locked = self.locks > 0;
        let crosses = caller != Some(callee);
        if crosses && locked && self.count(callee).is_some() {
            return Err(
                VmError::new(StatusCode::RuntimeDispatchError).message("re-entry of an active module under a lock")
            );
        }
        if crosses || entry == Entry::Closure {
            match self.count(callee) {
                Some(count) => *count += 1,
                None => self.counts.push((callee, 1)),
            }
            undo.module = Some(callee);
        }
        Ok(undo)
    }

    /// Leaves a function.
    pub(crate) fn leave(&mut self, undo: Undo) {
        if undo.lock {
            self.locks = self.locks.saturating_sub(1);
        }
        let Some(module) = undo.module else { return };
        if let Some(position) = self.counts.iter().rposition(|(no, _)| *no == module) {
            let count = &mut self.counts[position].1;
            *count -= 1;
            if *count == 0 {
                self.counts.remove(position);
            }
        }
    }

    /// Fails when a storage instruction may not touch resources of this module now.
    pub(crate) fn check_resource(&mut self, module: ModuleNo) -> VmResult<()> {
        match self.count(module) {
            Some(count) if *count > 1 => {
                Err(VmError::new(StatusCode::RuntimeDispatchError).message("resources of a re-entered module"))
            }
            _ => Ok(()),
        }
    }
}
