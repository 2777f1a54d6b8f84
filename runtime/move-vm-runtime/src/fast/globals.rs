//! Resources and table items of a running call: decoded to memory at first use, written back at its end.

use super::values::{Stop, Values, Work, address_of};
use crate::error::VmError;
use crate::host::Backing;
use crate::state::Key;
use crate::types::Ty;
use foldhash::fast::FixedState;
use hashbrown::HashMap;
use move_core_types::{AccountAddress, StatusCode};
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
    ty: Ty,
    /// Whether a value was there when the call began.
    existed: bool,
}

/// What the loop needs of a slot.
#[derive(Debug, Clone, Copy)]
pub(super) struct HotSlot {
    /// To the value's place, which stays the same when values come and go.
    pub(super) reference: u64,
    pub(super) words: u16,
    pub(super) present: bool,
    pub(super) dirty: bool,
}

impl HotSlot {
    fn at(&self) -> usize {
        (self.reference as u32 >> 3) as usize
    }
}

/// A resource that was used of late.
#[derive(Debug, Clone, Copy)]
pub(super) struct RecentEntry {
    pub(super) ty: u32,
    pub(super) slot: u32,
    pub(super) address: [u64; 4],
}

/// Resources to be found without hashing, one per entry.
pub(super) type Recent = [RecentEntry; 16];

/// Where a resource would be among the recent ones.
#[inline(always)]
pub(super) fn recent_entry(ty: u32, address: &[u64; 4]) -> usize {
    // Small addresses differ in their last byte.
    let mixed = address[3] >> 56 ^ address[3] ^ address[0] ^ u64::from(ty);
    (mixed & 15) as usize
}

#[derive(Debug)]
pub(super) struct Globals {
    slots: Vec<Slot>,
    /// Per slot; apart because the loop works on it.
    pub(super) hot: Vec<HotSlot>,
    pub(super) recent: Recent,
    index: HashMap<Place, u32, FixedState>,
}

impl Globals {
    pub(super) fn new() -> Self {
        let nobody = RecentEntry { ty: u32::MAX, slot: u32::MAX, address: [0; 4] };
        Self {
            slots: Vec::new(),
            hot: Vec::new(),
            recent: [nobody; 16],
            index: HashMap::with_hasher(FixedState::default()),
        }
    }

    /// Whether there is a value in a slot.
    pub(super) fn present(&self, slot: usize) -> bool {
        self.hot[slot].present
    }

    /// The slot of a resource; from then on the loop finds it, too.
    pub(super) fn resource(
        &mut self,
        values: &mut Values<'_>,
        host: &mut Backing<'_>,
        ty: Ty,
        address: [u64; 4],
    ) -> Work<usize> {
        let slot = self.slot(values, host, Place::Resource(address_of(address), ty), ty)?;
        let entry = RecentEntry { ty: ty.0, slot: u32::try_from(slot).map_err(|_| Stop::GiveUp)?, address };
        self.recent[recent_entry(ty.0, &address)] = entry;
        Ok(slot)
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
            Place::Resource(address, ty) => {
                let tag = values.world.types.struct_tag(*ty)?;
                let tag = tag.ok_or_else(|| VmError::invariant("a resource that is not a struct"))?;
                Key::Resource(*address, tag)
            }
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
        self.slots.push(Slot { key, ty, existed: present });
        self.hot.push(HotSlot {
            reference: (slot as u64 + 1) << 32 | (at as u64) << 3,
            words: u16::try_from(words).map_err(|_| Stop::GiveUp)?,
            present,
            dirty: false,
        });
        self.index.insert(place, u32::try_from(slot).map_err(|_| Stop::GiveUp)?);
        Ok(slot)
    }

    /// Whether a table has a key; its value need not be decoded for that.
    pub(super) fn has_item(&self, host: &mut Backing<'_>, handle: AccountAddress, key: &[u8]) -> Work<bool> {
        let key: Arc<[u8]> = key.into();
        match self.index.get(&Place::Item(handle, key.clone())) {
            Some(slot) => Ok(self.hot[*slot as usize].present),
            None => Ok(host.load(&Key::TableItem(handle, key))?.is_some()),
        }
    }

    /// Puts a value where there is none; `false` when there is one.
    pub(super) fn put(&mut self, values: &mut Values<'_>, slot: usize, from: usize) -> Work<bool> {
        let hot = &mut self.hot[slot];
        if hot.present {
            return Ok(false);
        }
        values.move_words(from, hot.at(), usize::from(hot.words))?;
        (hot.present, hot.dirty) = (true, true);
        Ok(true)
    }

    /// Takes the value out, if there is one.
    pub(super) fn take(&mut self, values: &mut Values<'_>, slot: usize, to: usize) -> Work<bool> {
        let hot = &mut self.hot[slot];
        if !hot.present {
            return Ok(false);
        }
        values.move_words(hot.at(), to, usize::from(hot.words))?;
        (hot.present, hot.dirty) = (false, true);
        Ok(true)
    }

    /// Writes what changed into the overlay.
    pub(super) fn flush(&mut self, values: &mut Values<'_>, host: &mut Backing<'_>) -> Work<()> {
        for (slot, hot) in self.slots.drain(..).zip(self.hot.drain(..)).filter(|(_, hot)| hot.dirty) {
            let bytes = match (hot.present, slot.existed) {
                (false, false) => continue,
                (false, true) => None,
                (true, _) => {
                    values.world.check_layout(slot.ty)?;
                    let mut out = Vec::with_capacity(usize::from(hot.words) * 8 + 64);
                    values.encode(slot.ty, hot.at(), &mut out)?;
                    Some(Arc::from(out))
                }
            };
            host.overlay.insert(slot.key, bytes);
        }
        Ok(())
    }
}
