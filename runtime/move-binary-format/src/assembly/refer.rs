//! Which entries of a table a symbolic reference finds.
//!
//! A name finds the first entry that fits. An entry is *plain* if its own name finds it; all others
//! (doubles, or entries that refer to doubles) are written as `#n`.

use crate::file_format::{
    Instantiation, ModuleHandle, ModuleHandleIdx, SignatureIdx, StructDefIdx, TableIndex, Tables,
};
use std::collections::BTreeSet;

/// For every entry of a table whether its name finds it.
#[derive(Debug)]
pub(super) struct Plain {
    pub(super) addresses: Vec<bool>,
    pub(super) identifiers: Vec<bool>,
    pub(super) module_handles: Vec<bool>,
    pub(super) struct_handles: Vec<bool>,
    pub(super) function_handles: Vec<bool>,
    pub(super) signatures: Vec<bool>,
    pub(super) constants: Vec<bool>,
    pub(super) struct_defs: Vec<bool>,
    pub(super) function_insts: Vec<bool>,
    pub(super) struct_def_insts: Vec<bool>,
    pub(super) field_handles: Vec<bool>,
    pub(super) field_insts: Vec<bool>,
    pub(super) variant_field_handles: Vec<bool>,
    pub(super) variant_field_insts: Vec<bool>,
    pub(super) struct_variant_handles: Vec<bool>,
    pub(super) struct_variant_insts: Vec<bool>,
}

fn firsts<K: Ord>(keys: impl Iterator<Item = (K, bool)>) -> Vec<bool> {
    let mut seen = BTreeSet::new();
    keys.map(|(key, parts_are_plain)| seen.insert(key) && parts_are_plain).collect()
}

fn at<I: TableIndex>(plain: &[bool], index: I) -> bool {
    plain.get(index.as_usize()).copied().unwrap_or(false)
}

fn insts<I: TableIndex>(table: &[Instantiation<I>], targets: &[bool], signatures: &[bool]) -> Vec<bool> {
    let plain = |inst: &Instantiation<I>| at(targets, inst.target) && at(signatures, inst.type_args);
    firsts(table.iter().map(|inst| ((inst.target, inst.type_args), plain(inst))))
}

impl Plain {
    pub(super) fn of(tables: &Tables, own: Option<ModuleHandleIdx>) -> Self {
        let addresses = firsts(tables.addresses.iter().map(|address| (address, true)));
        let identifiers = firsts(tables.identifiers.iter().map(|name| (name, true)));
        let module = |handle: &ModuleHandle| at(&addresses, handle.address) && at(&identifiers, handle.name);
        let module_handles = firsts(tables.module_handles.iter().map(|handle| (*handle, module(handle))));
        let struct_handles = firsts(tables.struct_handles.iter().map(|handle| {
            ((handle.module, handle.name), at(&module_handles, handle.module) && at(&identifiers, handle.name))
        }));
        let function_handles = firsts(tables.function_handles.iter().map(|handle| {
            ((handle.module, handle.name), at(&module_handles, handle.module) && at(&identifiers, handle.name))
        }));
        let signatures = firsts(tables.signatures.iter().map(|signature| (signature, true)));
        let constants = firsts(tables.constants.iter().map(|constant| (constant, true)));
        let struct_defs = firsts(tables.struct_defs.iter().map(|def| {
            let is_own = tables.struct_handle(def.handle).is_some_and(|handle| Some(handle.module) == own);
            (def.handle, is_own && at(&struct_handles, def.handle))
        }));
        let function_insts = insts(&tables.function_insts, &function_handles, &signatures);
        let struct_def_insts = insts(&tables.struct_def_insts, &struct_defs, &signatures);
        let owner = |owner: StructDefIdx| at(&struct_defs, owner);
        let field_handles = firsts(tables.field_handles.iter().map(|handle| (*handle, owner(handle.owner))));
        let field_insts = insts(&tables.field_insts, &field_handles, &signatures);
        let variant_field_handles =
            firsts(tables.variant_field_handles.iter().map(|handle| (handle, owner(handle.owner))));
        let variant_field_insts = insts(&tables.variant_field_insts, &variant_field_handles, &signatures);
        let struct_variant_handles =
            firsts(tables.struct_variant_handles.iter().map(|handle| (*handle, owner(handle.owner))));
        let struct_variant_insts = insts(&tables.struct_variant_insts, &struct_variant_handles, &signatures);
        Self {
            addresses,
            identifiers,
            module_handles,
            struct_handles,
            function_handles,
            signatures,
            constants,
            struct_defs,
            function_insts,
            struct_def_insts,
            field_handles,
            field_insts,
            variant_field_handles,
            variant_field_insts,
            struct_variant_handles,
            struct_variant_insts,
        }
    }

    pub(super) fn signature(&self, index: SignatureIdx) -> bool {
        at(&self.signatures, index)
    }

    pub(super) fn has<I: TableIndex>(plain: &[bool], index: I) -> bool {
        at(plain, index)
    }
}
