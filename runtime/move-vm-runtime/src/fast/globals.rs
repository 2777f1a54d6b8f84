//! Resources and table items of a running call: decoded to memory at first use, written back at its end.

use super::values::{Stop, Values, Work};
use crate::error::VmError;
use crate::host::Backing;
use crate::state::Key;
use crate::types::Ty;
use foldhash::fast::FixedState;
use hashbrown::HashMap;
use move_core_types::{AccountAddress, StatusCode, TypeTag};
use std::sync::Arc;

/// A place in storage, as programs name it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Place {
    Resource(AccountAddress, Ty),
    Item(AccountAddress, Arc<[u8]>),
}

#[derive(Debug)]
pub(super) struct Slot {
    key: Key,
    pub(super) ty: Ty,
    /// First word of the value's place; stays the same when values come and go.
    pub(super) at: usize,
    pub(super) present: bool,
    /// Whether a value was there when the call began.
    existed: bool,
}

#[derive(Debug)]
pub(super) struct Globals {
    pub(super) slots: Vec<Slot>,
    /// Per slot: whether it was written to. Apart from the slots because the loop works on it.
    pub(super) dirty: Vec<bool>,
    index: HashMap<Place, u32, FixedState>,
}

impl Globals {
    pub(super) fn new() -> Self {
        Self { slots: Vec::new(), dirty: Vec::new(), index: HashMap::with_hasher(FixedState::default()) }
    }

    /// The slot of a place, loaded at its first use.
    pub(super) fn slot(
        &mut self,
        values: &mut Values<'_>,
        host: &mut Backing<'_>,
        place: Place,
        ty: Ty,
    ) -> Work<usize> {
        if let Some(slot) = self.index.get(&place) {
            let slot = *slot as usize;
            if self.slots[slot].ty != ty {
                return Err(VmError::invariant("a table item is used with two types").with_sub(1).into());
            }
            return Ok(slot);
        }
        let key = match &place {
            Place::Resource(address, ty) => match &*values.world.types.tag(*ty)? {
                TypeTag::Struct(tag) => Key::Resource(*address, Arc::new((**tag).clone())),
                _ => return Err(VmError::invariant("a resource that is not a struct").into()),
            },
            Place::Item(handle, key) => Key::TableItem(*handle, key.clone()),
        };
        let words = values.layout(ty)?.words as usize;
        let at = values.memory.allocate(words).ok_or(Stop::GiveUp)?;
        let present = match host.load(&key)? {
            None => false,
            Some(bytes) => {
                host.use_memory(bytes.len() as u64)?;
                if !values.decode(ty, &bytes, at)? {
                    return Err(VmError::new(StatusCode::FailedToDeserializeResource)
                        .message(format!("{key:?}"))
                        .into());
                }
                true
            }
        };
        let slot = self.slots.len();
        self.slots.push(Slot { key, ty, at, present, existed: present });
        self.dirty.push(false);
        self.index.insert(place, u32::try_from(slot).map_err(|_| Stop::GiveUp)?);
        Ok(slot)
    }

    /// Whether a table has a key; its value need not be decoded for that.
    pub(super) fn has_item(&self, host: &mut Backing<'_>, handle: AccountAddress, key: &[u8]) -> Work<bool> {
        let key: Arc<[u8]> = key.into();
        match self.index.get(&Place::Item(handle, key.clone())) {
            Some(slot) => Ok(self.slots[*slot as usize].present),
            None => Ok(host.load(&Key::TableItem(handle, key))?.is_some()),
        }
    }

    /// A reference to the value in a slot.
    pub(super) fn reference(&self, slot: usize) -> u64 {
        (slot as u64 + 1) << 32 | (self.slots[slot].at as u64) << 3
    }

    /// Puts a value where there is none; `false` when there is one.
    pub(super) fn put(&mut self, values: &mut Values<'_>, slot: usize, from: usize) -> Work<bool> {
        if self.slots[slot].present {
            return Ok(false);
        }
        let (ty, at) = (self.slots[slot].ty, self.slots[slot].at);
        let words = values.layout(ty)?.words as usize;
        values.move_words(from, at, words)?;
        self.slots[slot].present = true;
        self.dirty[slot] = true;
        Ok(true)
    }

    /// Takes the value out, if there is one.
    pub(super) fn take(&mut self, values: &mut Values<'_>, slot: usize, to: usize) -> Work<bool> {
        if !self.slots[slot].present {
            return Ok(false);
        }
        let (ty, at) = (self.slots[slot].ty, self.slots[slot].at);
        let words = values.layout(ty)?.words as usize;
        values.move_words(at, to, words)?;
        self.slots[slot].present = false;
        self.dirty[slot] = true;
        Ok(true)
    }

    /// Writes what changed into the overlay.
    pub(super) fn flush(self, values: &mut Values<'_>, host: &mut Backing<'_>) -> Work<()> {
        for (slot, _) in self.slots.into_iter().zip(self.dirty).filter(|(_, dirty)| *dirty) {
            let bytes = match (slot.present, slot.existed) {
                (false, false) => continue,
                (false, true) => None,
                (true, _) => {
                    values.world.check_layout(slot.ty)?;
                    let mut out = Vec::new();
                    values.encode(slot.ty, slot.at, &mut out)?;
                    Some(Arc::from(out))
                }
            };
            host.overlay.insert(slot.key, bytes);
        }
        Ok(())
    }
}
