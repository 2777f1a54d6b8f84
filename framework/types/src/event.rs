//! What Move code announces.

use move_core_types::AccountAddress;
use move_core_types::TypeTag;
use serde::{Deserialize, Serialize};

use crate::codec::encode;
use crate::hash::{Hash, list_root};

/// One event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    /// Emitted through an event handle: numbered within a stream of an account.
    Handle {
        /// The stream's creation number at its account.
        creation_number: u64,
        /// The account.
        account: AccountAddress,
        /// Place in the stream, from 0.
        sequence_number: u64,
        /// Type of the event struct.
        tag: TypeTag,
        /// BCS of the event struct.
        #[serde(with = "crate::bytes")]
        data: Vec<u8>,
    },
    /// Emitted by a module under an `#[event]` struct.
    Module {
        /// Type of the event struct.
        tag: TypeTag,
        /// BCS of the event struct.
        #[serde(with = "crate::bytes")]
        data: Vec<u8>,
    },
}

impl Event {
    /// Type of the event struct.
    #[must_use]
    pub fn tag(&self) -> &TypeTag {
        match self {
            Event::Handle { tag, .. } | Event::Module { tag, .. } => tag,
        }
    }

    /// BCS of the event struct.
    #[must_use]
    pub fn data(&self) -> &[u8] {
        match self {
            Event::Handle { data, .. } | Event::Module { data, .. } => data,
        }
    }
}

/// Root of the list of events in order of emission.
#[must_use]
pub fn event_root(events: &[Event]) -> Hash {
    if events.is_empty() {
        return Hash::EMPTY_LIST;
    }
    let leaves: Vec<Vec<u8>> = events.iter().map(encode).collect();
    list_root(&leaves)
}
