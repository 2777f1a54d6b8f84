//! Resources and table items of a running call: decoded at first use, written back at its end.

use super::decode::decode;
use super::value::Value;
use crate::error::{VmError, VmResult};
use crate::host::Backing;
use crate::state::Key;
use crate::types::Ty;
use crate::world::World;
use foldhash::fast::FixedState;
use hashbrown::HashMap;
use move_core_types::{AccountAddress, StatusCode, TypeTag};
use std::sync::Arc;

/// A place in storage, as programs name it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Place {
    Resource(AccountAddress, Ty),
    Item(AccountAddress, Arc<[u8]>),
}

#[derive(Debug)]
pub(crate) struct Slot {
    key: Key,
    pub(crate) ty: Ty,
    pub(crate) value: Option<Value>,
    /// Whether the overlay must learn about the value.
    pub(crate) dirty: bool,
    /// Whether a value was there when the call began.
    existed: bool,
}

#[derive(Debug)]
pub(crate) struct Globals {
    pub(crate) slots: Vec<Slot>,
    index: HashMap<Place, u32, FixedState>,
}

impl Globals {
    pub(crate) fn new() -> Self {
        Self { slots: Vec::new(), index: HashMap::with_hasher(FixedState::default()) }
    }

    /// The slot of a place, loaded at its first use.
    pub(crate) fn slot(&mut self, world: &mut World, host: &mut Backing<'_>, place: Place, ty: Ty) -> VmResult<u32> {
        if let Some(slot) = self.index.get(&place) {
            if self.slots[*slot as usize].ty != ty {
                return Err(VmError::invariant("a table item is used with two types").with_sub(1));
            }
            return Ok(*slot);
        }
        let key = match &place {
            Place::Resource(address, ty) => match &*world.types.tag(*ty)? {
                TypeTag::Struct(tag) => Key::Resource(*address, Arc::new((**tag).clone())),
                _ => return Err(VmError::invariant("a resource that is not a struct")),
            },
            Place::Item(handle, key) => Key::TableItem(*handle, key.clone()),
        };
        let value = match host.load(&key)? {
            None => None,
            Some(bytes) => {
                host.use_memory(bytes.len() as u64)?;
                let Some(value) = decode(world, ty, &bytes)? else {
                    return Err(VmError::new(StatusCode::FailedToDeserializeResource).message(format!("{key:?}")));
                };
                Some(value)
            }
        };
        let slot = u32::try_from(self.slots.len()).map_err(|_| VmError::invariant("too many resources"))?;
        self.slots.push(Slot { key, ty, existed: value.is_some(), value, dirty: false });
        self.index.insert(place, slot);
        Ok(slot)
    }

    /// Whether a table has a key; its value need not be decoded for that.
    pub(crate) fn has_item(&self, host: &mut Backing<'_>, handle: AccountAddress, key: &[u8]) -> VmResult<bool> {
        let key: Arc<[u8]> = key.into();
        match self.index.get(&Place::Item(handle, key.clone())) {
            Some(slot) => Ok(self.slots[*slot as usize].value.is_some()),
            None => Ok(host.load(&Key::TableItem(handle, key))?.is_some()),
        }
    }

    /// Puts a value where there is none; `false` when there is one.
    pub(crate) fn put(&mut self, slot: u32, value: Value) -> bool {
        let slot = &mut self.slots[slot as usize];
        if slot.value.is_some() {
            return false;
        }
        slot.value = Some(value);
        slot.dirty = true;
        true
    }

    /// Takes the value out, if there is one.
    pub(crate) fn take(&mut self, slot: u32) -> Option<Value> {
        let slot = &mut self.slots[slot as usize];
        let value = slot.value.take()?;
        slot.dirty = true;
        Some(value)
    }

    /// Writes what changed into the overlay.
    pub(crate) fn flush(self, world: &mut World, host: &mut Backing<'_>) -> VmResult<()> {
        for slot in self.slots.into_iter().filter(|slot| slot.dirty) {
            let bytes = match &slot.value {
                None if !slot.existed => continue,
                None => None,
                Some(value) => {
                    world.check_layout(slot.ty)?;
                    let mut out = Vec::new();
                    value.encode(&mut out)?;
                    Some(Arc::from(out))
                }
            };
            host.overlay.insert(slot.key, bytes);
        }
        Ok(())
    }
}
