//! State as the executor reads it, and the overlay of a block that is being built.
//!
//! Everything here reads through [`StateReader`] by key and sees one fixed version. That is also all that parallel
//! execution needs: it hands transactions a reader that resolves a key to the newest version below the transaction and
//! remembers what was read; nothing above this trait changes.

use std::sync::Arc;

use foldhash::fast::FixedState;
use hashbrown::{Equivalent, HashMap};
use move_core_types::{AccountAddress, ModuleId, StructTag};
use move_vm_runtime::{StateError, StateView};
use types::{Op, StateKey, StateKeyRef, WriteSet};

/// The bytes under a key.
pub type Value = Arc<[u8]>;

/// A fixed version of the state.
pub trait StateReader: Send + Sync {
    /// What the key holds.
    ///
    /// # Errors
    /// The store failed; absence is `None`.
    fn get(&self, key: &StateKeyRef<'_>) -> Result<Option<Value>, StateError>;
}

impl<R: StateReader + ?Sized> StateReader for Arc<R> {
    fn get(&self, key: &StateKeyRef<'_>) -> Result<Option<Value>, StateError> {
        (**self).get(key)
    }
}

impl<R: StateReader + ?Sized> StateReader for &R {
    fn get(&self, key: &StateKeyRef<'_>) -> Result<Option<Value>, StateError> {
        (**self).get(key)
    }
}

/// Nothing at all: what genesis starts from.
#[derive(Debug, Clone, Copy, Default)]
pub struct EmptyState;

impl StateReader for EmptyState {
    fn get(&self, _: &StateKeyRef<'_>) -> Result<Option<Value>, StateError> {
        Ok(None)
    }
}

/// State in a map, for tests and tools.
#[derive(Debug, Clone, Default)]
pub struct MemoryState {
    values: std::collections::BTreeMap<Vec<u8>, Value>,
}

impl MemoryState {
    /// Applies one transaction's or block's changes.
    pub fn apply(&mut self, writes: &WriteSet) {
        for (key, op) in writes {
            self.set(key, op.value().cloned());
        }
    }

    /// Sets or removes one key.
    pub fn set(&mut self, key: &StateKey, value: Option<Value>) {
        match value {
            Some(value) => self.values.insert(key.to_bytes(), value),
            None => self.values.remove(&key.to_bytes()),
        };
    }

    /// Canonical key bytes and values, ascending.
    pub fn iter(&self) -> impl Iterator<Item = (&Vec<u8>, &Value)> {
        self.values.iter()
    }
}

impl StateReader for MemoryState {
    fn get(&self, key: &StateKeyRef<'_>) -> Result<Option<Value>, StateError> {
        Ok(self.values.get(&key.to_bytes()).cloned())
    }
}

#[derive(Hash)]
struct Lookup<'a>(StateKeyRef<'a>);

impl Equivalent<StateKey> for Lookup<'_> {
    fn equivalent(&self, key: &StateKey) -> bool {
        self.0 == key.as_ref()
    }
}

/// A reader with changes on top: the state inside an open block.
pub struct Overlay<R> {
    base: R,
    /// Sorted before anything of its order can reach a block.
    changes: HashMap<StateKey, Option<Value>, FixedState>,
}

impl<R> std::fmt::Debug for Overlay<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Overlay").field("changes", &self.changes.len()).finish_non_exhaustive()
    }
}

impl<R: StateReader> Overlay<R> {
    /// No changes yet.
    pub fn new(base: R) -> Self {
        Overlay { base, changes: HashMap::with_hasher(FixedState::default()) }
    }

    /// Adds one transaction's changes.
    pub fn apply(&mut self, writes: &WriteSet) {
        for (key, op) in writes {
            self.changes.insert(key.clone(), op.value().cloned());
        }
    }

    /// Sets one key, for what views see differently.
    pub fn set(&mut self, key: StateKey, value: Option<Value>) {
        self.changes.insert(key, value);
    }

    /// What lies below.
    pub fn base(&self) -> &R {
        &self.base
    }

    /// The changes as one set: each key that was written, with its last value.
    ///
    /// A value that returned to what the base holds is still listed; a tree is indifferent to that.
    pub fn into_changes(self) -> Vec<(StateKey, Op)> {
        let mut changes: Vec<(StateKey, Op)> = Vec::with_capacity(self.changes.len());
        for (key, value) in self.changes {
            changes.push((key, value.map_or(Op::Delete, Op::Write)));
        }
        changes.sort_by(|a, b| a.0.cmp(&b.0));
        changes
    }
}

impl<R: StateReader> StateReader for Overlay<R> {
    fn get(&self, key: &StateKeyRef<'_>) -> Result<Option<Value>, StateError> {
        match self.changes.get(&Lookup(*key)) {
            Some(value) => Ok(value.clone()),
            None => self.base.get(key),
        }
    }
}

/// A reader as the virtual machine wants it, with the number of the code that it holds.
#[derive(Debug)]
pub struct SessionView<'a, R: ?Sized> {
    /// The state.
    pub reader: &'a R,
    /// Changes whenever a module does.
    pub code_version: u64,
}

impl<R: StateReader + ?Sized> StateView for SessionView<'_, R> {
    fn module(&self, id: &ModuleId) -> Result<Option<Value>, StateError> {
        self.reader.get(&StateKeyRef::Module { address: &id.address, name: &id.name })
    }

    fn resource(&self, address: &AccountAddress, tag: &StructTag) -> Result<Option<Value>, StateError> {
        self.reader.get(&StateKeyRef::Resource { address, tag })
    }

    fn table_item(&self, handle: &AccountAddress, key: &[u8]) -> Result<Option<Value>, StateError> {
        self.reader.get(&StateKeyRef::TableItem { handle, key })
    }

    fn code_version(&self) -> u64 {
        self.code_version
    }
}
