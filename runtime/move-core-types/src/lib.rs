//! The vocabulary of Move: addresses, identifiers, type tags, integers, BCS values, status codes.
//!
//! Everything here that is serialized has one public encoding, BCS, through serde. In formats for
//! people (JSON) addresses, identifiers, type tags and wide integers are strings.
//!
//! ```
//! use move_core_types::{AccountAddress, TypeTag};
//!
//! let tag: TypeTag = "vector<0x1::coin::Coin<u64>>".parse().unwrap();
//! assert_eq!(tag.to_string(), "vector<0x1::coin::Coin<u64>>");
//! assert_eq!(bcs::to_bytes(&AccountAddress::ONE).unwrap().len(), 32);
//! ```

pub mod ability;
pub mod address;
pub mod bare;
pub mod fuzz;
pub mod identifier;
pub mod int256;
pub mod layout;
pub mod status;
pub mod type_tag;
pub mod type_text;
pub mod value;
pub mod vm_status;

pub use ability::{Ability, AbilitySet};
pub use address::AccountAddress;
pub use identifier::Identifier;
pub use int256::{I256, U256};
pub use layout::{StructLayout, TypeLayout};
pub use status::{StatusClass, StatusCode};
pub use type_tag::{FunctionParamTag, FunctionTag, ModuleId, StructTag, TypeTag};
pub use value::{MoveStruct, MoveValue};
pub use vm_status::{AbortLocation, VmStatus};
