//! What a module says of itself beside its code: the metadata entry `aptos::metadata_v1`.
//!
//! BCS of three maps, each sorted by key: abort codes to names and texts, attributes of structs, attributes of
//! functions. Built by the compiler's driver, read by whoever shows errors, builds ABIs or decides what is a view.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::CompiledModule;

/// Key of the metadata entry.
pub const METADATA_KEY: &[u8] = b"aptos::metadata_v1";
/// Most bytes of the entry's value.
pub const METADATA_BYTES_MAX: usize = 65_535;

/// A view function; no arguments.
pub const KIND_VIEW: u8 = 1;
/// A view function, as older compilers wrote it.
pub const KIND_VIEW_LEGACY: u8 = 0;
/// The container of a resource group; argument: its scope.
pub const KIND_RESOURCE_GROUP: u8 = 2;
/// A member of a resource group; argument: the container's type.
pub const KIND_RESOURCE_GROUP_MEMBER: u8 = 3;
/// An event struct; no arguments.
pub const KIND_EVENT: u8 = 4;
/// A function that may use randomness; argument, if any: most gas, in decimal.
pub const KIND_RANDOMNESS: u8 = 5;

/// Name and text of an abort code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorDescription {
    /// Name of the constant.
    pub code_name: String,
    /// Its doc comment.
    pub code_description: String,
}

/// One attribute of a struct or function.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownAttribute {
    /// One of the `KIND_` constants.
    pub kind: u8,
    /// What the kind takes.
    pub args: Vec<String>,
}

/// The decoded entry.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModuleAttributes {
    /// Abort codes.
    pub error_map: BTreeMap<u64, ErrorDescription>,
    /// By name of the struct.
    pub struct_attributes: BTreeMap<String, Vec<KnownAttribute>>,
    /// By name of the function.
    pub fun_attributes: BTreeMap<String, Vec<KnownAttribute>>,
}

impl ModuleAttributes {
    /// The attributes in a module's metadata; empty if it has none or they do not decode (then nothing is a view or
    /// an event, which is the safe reading of bytes that the publisher chose).
    pub fn of(module: &CompiledModule) -> Self {
        let entry = module.metadata.iter().find(|entry| entry.key == METADATA_KEY);
        entry.and_then(|entry| Self::from_bytes(&entry.value)).unwrap_or_default()
    }

    /// Decodes the entry's value.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        if bytes.len() > METADATA_BYTES_MAX {
            return None;
        }
        bcs::from_bytes(bytes).ok()
    }

    /// The entry's value; `None` where all maps are empty and no entry is written.
    pub fn to_bytes(&self) -> Option<Vec<u8>> {
        if self.error_map.is_empty() && self.struct_attributes.is_empty() && self.fun_attributes.is_empty() {
            return None;
        }
        bcs::to_bytes(self).ok()
    }

    /// Whether the function is marked as a view.
    pub fn is_view(&self, function: &str) -> bool {
        self.function_has(function, KIND_VIEW) || self.function_has(function, KIND_VIEW_LEGACY)
    }

    /// Whether the struct is marked as an event.
    pub fn is_event(&self, name: &str) -> bool {
        self.struct_attributes.get(name).is_some_and(|list| list.iter().any(|attribute| attribute.kind == KIND_EVENT))
    }

    fn function_has(&self, function: &str, kind: u8) -> bool {
        self.fun_attributes.get(function).is_some_and(|list| list.iter().any(|attribute| attribute.kind == kind))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_survive_their_encoding_and_garbage_reads_as_none() {
        let mut attributes = ModuleAttributes::default();
        assert_eq!(attributes.to_bytes(), None);
        let view = KnownAttribute { kind: KIND_VIEW, args: vec![] };
        attributes.fun_attributes.insert("value".into(), vec![view]);
        let event = KnownAttribute { kind: KIND_EVENT, args: vec![] };
        attributes.struct_attributes.insert("Incremented".into(), vec![event]);
        let bytes = attributes.to_bytes().unwrap();
        assert_eq!(ModuleAttributes::from_bytes(&bytes), Some(attributes.clone()));
        assert!(attributes.is_view("value") && !attributes.is_view("other") && attributes.is_event("Incremented"));
        for cut in 0..bytes.len() {
            assert_eq!(ModuleAttributes::from_bytes(&bytes[..cut]), None);
        }
    }
}
