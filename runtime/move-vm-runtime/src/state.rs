//! What the machine reads from, and what a session leaves behind.

use crate::error::{VmError, VmResult};
use move_core_types::{AccountAddress, ModuleId, StatusCode, StructTag, TypeTag};
use std::sync::Arc;

/// The state under a session: a fixed version of it.
///
/// Values are the bare BCS bytes of the state's items. Reading the same key twice must give the same answer.
pub trait StateView {
    /// The binary of a module.
    ///
    /// # Errors
    /// [`StateError`] when the store itself failed; absence is `None`.
    fn module(&self, id: &ModuleId) -> Result<Option<Arc<[u8]>>, StateError>;

    /// The BCS bytes of a resource.
    ///
    /// # Errors
    /// [`StateError`] when the store itself failed; absence is `None`.
    fn resource(&self, address: &AccountAddress, tag: &StructTag) -> Result<Option<Arc<[u8]>>, StateError>;

    /// The BCS bytes of a table's item under the BCS bytes of its key.
    ///
    /// # Errors
    /// [`StateError`] when the store itself failed; absence is `None`.
    fn table_item(&self, handle: &AccountAddress, key: &[u8]) -> Result<Option<Arc<[u8]>>, StateError>;

    /// A number that changes whenever the set of published modules changes.
    ///
    /// Two views with the same number (of one [`crate::Vm`]) must hold the same modules: loaded and lowered code is
    /// shared between their sessions. Use a fresh number for every state that follows a publication.
    fn code_version(&self) -> u64;
}

/// The store failed: the transaction cannot be decided.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("state could not be read: {0}")]
pub struct StateError(pub String);

impl From<StateError> for VmError {
    fn from(error: StateError) -> Self {
        VmError::new(StatusCode::StorageError).message(error.0)
    }
}

/// A key of the state, ordered as the write set is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// A resource.
    Resource(AccountAddress, Arc<StructTag>),
    /// A module's binary.
    Module(ModuleId),
    /// An item of a table: handle, BCS of the key.
    TableItem(AccountAddress, Arc<[u8]>),
}

impl Key {
    /// Reads the key from a view.
    ///
    /// # Errors
    /// `STORAGE_ERROR` when the store failed.
    pub fn read(&self, view: &dyn StateView) -> VmResult<Option<Arc<[u8]>>> {
        Ok(match self {
            Key::Resource(address, tag) => view.resource(address, tag)?,
            Key::Module(id) => view.module(id)?,
            Key::TableItem(handle, key) => view.table_item(handle, key)?,
        })
    }

    /// Length of the key's canonical encoding, for gas.
    pub fn size(&self) -> u64 {
        let bytes = match self {
            Key::Resource(_, tag) => 33 + struct_size(tag),
            Key::Module(id) => 34 + id.name.as_str().len(),
            Key::TableItem(_, key) => 33 + key.len() + uleb_size(key.len()),
        };
        bytes as u64
    }
}

/// Length of a tag's encoding.
fn struct_size(tag: &StructTag) -> usize {
    let text = |text: &str| uleb_size(text.len()) + text.len();
    let args: usize = tag.type_args.iter().map(tag_size).sum();
    32 + text(tag.module.as_str()) + text(tag.name.as_str()) + uleb_size(tag.type_args.len()) + args
}

/// Tags nest as deep as types at most.
fn tag_size(tag: &TypeTag) -> usize {
    match tag {
        TypeTag::Struct(tag) => 1 + struct_size(tag),
        TypeTag::Vector(inner) => 1 + tag_size(inner),
        other => bcs::serialized_size(other).unwrap_or(0),
    }
}

fn uleb_size(mut value: usize) -> usize {
    let mut size = 1;
    while value >= 0x80 {
        value >>= 7;
        size += 1;
    }
    size
}

/// One event of a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A module event: of a type, without a stream.
    Module {
        /// The event's type.
        tag: TypeTag,
        /// BCS of the event.
        data: Vec<u8>,
    },
    /// An event of an event handle.
    Handle {
        /// The stream: creation number and creator of the handle's GUID, as BCS (`u64`, address).
        creation_number: u64,
        /// The creator in the handle's GUID.
        creator: AccountAddress,
        /// Position in the stream.
        sequence_number: u64,
        /// The event's type.
        tag: TypeTag,
        /// BCS of the event.
        data: Vec<u8>,
    },
}

impl Event {
    /// The event's type.
    pub fn tag(&self) -> &TypeTag {
        match self {
            Event::Module { tag, .. } | Event::Handle { tag, .. } => tag,
        }
    }

    /// The event's BCS.
    pub fn data(&self) -> &[u8] {
        match self {
            Event::Module { data, .. } | Event::Handle { data, .. } => data,
        }
    }
}

/// A key with its new value; `None` deletes.
pub type Write = (Key, Option<Arc<[u8]>>);

/// What a session did: the exact difference of state, ascending by key, and the events in order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Changes {
    /// New value of each key that differs from the view; `None` deletes.
    pub writes: Vec<Write>,
    /// The events, in the order in which they were emitted.
    pub events: Vec<Event>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_knows_the_length_of_its_encoding() {
        for text in
            ["0x1::a::B", "0x2::coin::Coin<0x3::gold::Gold, vector<vector<u8>>>", "0x1::a::B<|u64|bool, address>"]
        {
            let tag: TypeTag = text.parse().unwrap();
            let TypeTag::Struct(tag) = tag else { panic!("{text}") };
            let size = Key::Resource(AccountAddress::ONE, Arc::new((*tag).clone())).size();
            assert_eq!(size, 33 + bcs::serialized_size(&*tag).unwrap() as u64, "{text}");
        }
    }
}
