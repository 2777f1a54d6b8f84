//! What a transaction came to, in a form that goes under a root: no text, no code offsets.

use move_core_types::AccountAddress;
use move_core_types::Identifier;
use serde::{Deserialize, Serialize};

use crate::codec::encode;
use crate::hash::{Hash, tag, tagged};

/// A module as a place where something aborted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AbortModule {
    /// Its address.
    pub address: AccountAddress,
    /// Its name.
    pub name: Identifier,
}

/// How a committed transaction ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Status {
    /// All of it took effect.
    Success,
    /// Move code aborted.
    Abort {
        /// Where; `None` in a script.
        module: Option<AbortModule>,
        /// The program's code.
        code: u64,
    },
    /// Any other failure that is kept, by public status code; out of gas is 4002.
    Error {
        /// The public number.
        status_code: u64,
    },
}

impl Status {
    /// Whether the payload took effect.
    #[must_use]
    pub fn is_success(&self) -> bool {
        matches!(self, Status::Success)
    }
}

/// One transaction's outcome, hashed into `receipt_root`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// Hash of the transaction as the wire knows it.
    pub transaction_hash: Hash,
    /// How it ended.
    pub status: Status,
    /// Whole gas units.
    pub gas_used: u64,
    /// Smallest coin units debited from the payer.
    pub fee: u64,
    /// Hash of the write set.
    pub write_set_hash: Hash,
    /// Root of the list of events.
    pub event_root: Hash,
}

impl Receipt {
    /// `TENOR::Receipt` over its BCS.
    #[must_use]
    pub fn hash(&self) -> Hash {
        tagged(tag::RECEIPT, &[&encode(self)])
    }
}
