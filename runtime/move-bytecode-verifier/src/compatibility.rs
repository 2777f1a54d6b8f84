//! Upgrades: what a new version of a module may change.
//!
//! Three policies. *Arbitrary* asks only that the name stays. *Compatible* keeps everything that
//! other modules, stored values and transactions may rely on: layouts of structs, signatures of
//! public and entry functions. *Immutable* allows no change at all. All violations are reported.
//!
//! Linear in both versions, up to name look-ups.

use crate::{
    dependencies::{same_signature, same_type},
    error::VerifyError,
    same_code::same_code,
};
use move_binary_format::file_format::{
    AbilitySet, CompiledModule, FieldDef, FunctionAttribute, FunctionDef, FunctionHandle, IdentifierIdx, SignatureIdx,
    StructDef, StructFields, StructHandle, Tables, Visibility,
};
use move_core_types::StatusCode;
use std::{collections::BTreeMap, fmt};

/// How much a package may change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum UpgradePolicy {
    /// Anything.
    Arbitrary,
    /// What nobody relies on.
    Compatible,
    /// Nothing.
    Immutable,
}

impl UpgradePolicy {
    /// The policy with this number in package metadata.
    pub fn from_u8(number: u8) -> Option<Self> {
        match number {
            0 => Some(Self::Arbitrary),
            1 => Some(Self::Compatible),
            2 => Some(Self::Immutable),
            _ => None,
        }
    }

    /// A policy may be kept or strengthened, never weakened.
    pub fn may_become(self, new: Self) -> bool {
        new >= self
    }
}

/// What *compatible* means on a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CompatibilityOptions {
    /// Layouts of structs must stay.
    pub check_struct_layout: bool,
    /// Friend functions and the friend list must stay.
    pub check_friend_linking: bool,
    /// Entry functions are kept like public ones.
    pub treat_entry_as_public: bool,
}

impl CompatibilityOptions {
    /// Production networks: friends live at the same address and are upgraded with the module.
    pub const PRODUCTION: Self =
        Self { check_struct_layout: true, check_friend_linking: false, treat_entry_as_public: true };
}

impl Default for CompatibilityOptions {
    fn default() -> Self {
        Self::PRODUCTION
    }
}

/// One thing that a new version may not do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// What changed.
    pub change: Change,
    /// Of what: a struct or function of the old version; empty for the module.
    pub item: String,
}

/// A change that breaks somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Change {
    /// Address or name of the module.
    ModuleName,
    /// Anything, under the immutable policy.
    ImmutableModule,
    /// A struct or enum is gone.
    StructRemoved,
    /// Abilities are gone.
    StructAbilities,
    /// Another number of type parameters, tighter constraints, or no longer phantom.
    StructTypeParameters,
    /// Fields or variants that stored values rely on.
    StructLayout,
    /// A function is gone.
    FunctionRemoved,
    /// Fewer may call it.
    FunctionVisibility,
    /// No longer an entry function.
    FunctionEntry,
    /// Parameters or results.
    FunctionSignature,
    /// Another number of type parameters or tighter constraints.
    FunctionTypeParameters,
    /// An attribute that cannot be removed is gone.
    FunctionAttributes,
    /// The body of an immutable function.
    ImmutableFunction,
    /// A friend is gone.
    FriendRemoved,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.change {
            Change::ModuleName => "the module has another name",
            Change::ImmutableModule => "the module is immutable",
            Change::StructRemoved => "removed struct",
            Change::StructAbilities => "removed abilities of struct",
            Change::StructTypeParameters => "changed type parameters of struct",
            Change::StructLayout => "changed fields or variants of",
            Change::FunctionRemoved => "removed function",
            Change::FunctionVisibility => "lowered visibility of function",
            Change::FunctionEntry => "no longer an entry function:",
            Change::FunctionSignature => "changed parameters or results of function",
            Change::FunctionTypeParameters => "changed type parameters of function",
            Change::FunctionAttributes => "removed attributes of function",
            Change::ImmutableFunction => "changed the body of immutable function",
            Change::FriendRemoved => "removed friend",
        })?;
        if self.item.is_empty() { Ok(()) } else { write!(f, " {}", self.item) }
    }
}

/// Why an upgrade is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{} ({}): {}", self.status().name(), self.status().number(), list(.violations))]
pub struct Incompatible {
    /// Every violation found, by item; never empty.
    pub violations: Vec<Violation>,
}

impl Incompatible {
    /// The public status code.
    pub fn status(&self) -> StatusCode {
        StatusCode::BackwardIncompatibleModuleUpdate
    }
}

impl From<Incompatible> for VerifyError {
    fn from(error: Incompatible) -> Self {
        VerifyError::new(error.status()).with_message(list(&error.violations))
    }
}

fn list(violations: &[Violation]) -> String {
    violations.iter().map(Violation::to_string).collect::<Vec<_>>().join("; ")
}

/// Checks an upgrade with the options of production networks.
///
/// Both versions are within bounds; the new one must also pass the verifier.
///
/// # Errors
/// Every violation of the policy.
pub fn check(old: &CompiledModule, new: &CompiledModule, policy: UpgradePolicy) -> Result<(), Incompatible> {
    check_with(old, new, policy, &CompatibilityOptions::PRODUCTION)
}

/// Checks an upgrade.
///
/// # Errors
/// Every violation of the policy.
pub fn check_with(
    old: &CompiledModule,
    new: &CompiledModule,
    policy: UpgradePolicy,
    options: &CompatibilityOptions,
) -> Result<(), Incompatible> {
    let mut comparison = Comparison { old, new, options, violations: Vec::new(), compared: BTreeMap::new() };
    if old.self_id() != new.self_id() {
        comparison.report(Change::ModuleName, "");
    }
    match policy {
        UpgradePolicy::Arbitrary => {}
        UpgradePolicy::Compatible => {
            comparison.structs();
            comparison.functions();
            comparison.friends();
        }
        UpgradePolicy::Immutable => {
            if old != new {
                comparison.report(Change::ImmutableModule, "");
            }
        }
    }
    if comparison.violations.is_empty() { Ok(()) } else { Err(Incompatible { violations: comparison.violations }) }
}

struct Comparison<'c> {
    old: &'c CompiledModule,
    new: &'c CompiledModule,
    options: &'c CompatibilityOptions,
    violations: Vec<Violation>,
    /// Pairs of signatures, old and new, that have been compared.
    compared: BTreeMap<(SignatureIdx, SignatureIdx), bool>,
}

type Structs<'m> = BTreeMap<&'m str, (&'m StructDef, &'m StructHandle)>;
type Functions<'m> = BTreeMap<&'m str, (&'m FunctionDef, &'m FunctionHandle)>;

fn name(tables: &Tables, index: IdentifierIdx) -> &str {
    tables.identifier(index).map_or("", |name| name.as_str())
}

fn structs(module: &CompiledModule) -> Structs<'_> {
    let defs = module.struct_defs.iter().filter_map(|def| Some((def, module.struct_handle(def.handle)?)));
    defs.map(|(def, handle)| (name(&module.tables, handle.name), (def, handle))).collect()
}

fn functions(module: &CompiledModule) -> Functions<'_> {
    let defs = module.function_defs.iter().filter_map(|def| Some((def, module.function_handle(def.handle)?)));
    defs.map(|(def, handle)| (name(&module.tables, handle.name), (def, handle))).collect()
}

impl Comparison<'_> {
    fn report(&mut self, change: Change, item: &str) {
        self.violations.push(Violation { change, item: item.to_owned() });
    }

    fn same_signature(&mut self, old: SignatureIdx, new: SignatureIdx) -> bool {
        let tables = (&self.old.tables, &self.new.tables);
        *self.compared.entry((old, new)).or_insert_with(|| same_signature(tables.0, old, tables.1, new))
    }

    fn structs(&mut self) {
        let new_structs = structs(self.new);
        for (item, (old_def, old_handle)) in structs(self.old) {
            let Some((new_def, new_handle)) = new_structs.get(item) else {
                self.report(Change::StructRemoved, item);
                continue;
            };
            if !old_handle.abilities.is_subset(new_handle.abilities) {
                self.report(Change::StructAbilities, item);
            }
            let params_hold = old_handle.type_params.len() == new_handle.type_params.len()
                && old_handle.type_params.iter().zip(&new_handle.type_params).all(|(old, new)| {
                    new.constraints.is_subset(old.constraints) && (!old.is_phantom || new.is_phantom)
                });
            if !params_hold {
                self.report(Change::StructTypeParameters, item);
            }
            if self.options.check_struct_layout && !self.layout_holds(&old_def.fields, &new_def.fields) {
                self.report(Change::StructLayout, item);
            }
        }
    }

    fn layout_holds(&self, old: &StructFields, new: &StructFields) -> bool {
        match (old, new) {
            (StructFields::Native, StructFields::Native) => true,
            (StructFields::Plain(old), StructFields::Plain(new)) => self.same_fields(old, new),
            (StructFields::Variants(old), StructFields::Variants(new)) => {
                old.len() <= new.len()
                    && old.iter().zip(new).all(|(old, new)| {
                        name(&self.old.tables, old.name) == name(&self.new.tables, new.name)
                            && self.same_fields(&old.fields, &new.fields)
                    })
            }
            (StructFields::Native | StructFields::Plain(_) | StructFields::Variants(_), _) => false,
        }
    }

    fn same_fields(&self, old: &[FieldDef], new: &[FieldDef]) -> bool {
        old.len() == new.len()
            && old.iter().zip(new).all(|(old, new)| {
                name(&self.old.tables, old.name) == name(&self.new.tables, new.name)
                    && same_type(&self.old.tables, &old.ty, &self.new.tables, &new.ty)
            })
    }

    /// Whether somebody may rely on a function of the old version.
    fn is_kept(&self, def: &FunctionDef, handle: &FunctionHandle) -> bool {
        let is_entry = def.is_entry && self.options.treat_entry_as_public;
        let is_persistent = handle.attributes.contains(&FunctionAttribute::Persistent);
        match def.visibility {
            Visibility::Public => true,
            Visibility::Friend => self.options.check_friend_linking || is_entry || is_persistent,
            Visibility::Private => is_entry || is_persistent,
        }
    }

    fn functions(&mut self) {
        let new_functions = functions(self.new);
        for (item, (old_def, old_handle)) in functions(self.old) {
            let new = new_functions.get(item).copied();
            if old_handle.attributes.contains(&FunctionAttribute::Immutable) {
                self.immutable_function(item, old_def, new);
            }
            if !self.is_kept(old_def, old_handle) {
                continue;
            }
            let Some((new_def, new_handle)) = new else {
                self.report(Change::FunctionRemoved, item);
                continue;
            };
            if !visibility_holds(old_def.visibility, new_def.visibility, self.options) {
                self.report(Change::FunctionVisibility, item);
            }
            if old_def.is_entry && !new_def.is_entry {
                self.report(Change::FunctionEntry, item);
            }
            let types_hold = self.same_signature(old_handle.parameters, new_handle.parameters)
                && self.same_signature(old_handle.results, new_handle.results);
            if !types_hold {
                self.report(Change::FunctionSignature, item);
            }
            if !constraints_hold(&old_handle.type_params, &new_handle.type_params) {
                self.report(Change::FunctionTypeParameters, item);
            }
            if !attributes_hold(old_handle, new_handle, new_def) {
                self.report(Change::FunctionAttributes, item);
            }
        }
    }

    fn immutable_function(&mut self, item: &str, old_def: &FunctionDef, new: Option<(&FunctionDef, &FunctionHandle)>) {
        let same = new.is_some_and(|(new_def, _)| match (&old_def.code, &new_def.code) {
            (None, None) => true,
            (Some(old_code), Some(new_code)) => same_code(&self.old.tables, old_code, &self.new.tables, new_code),
            (None, Some(_)) | (Some(_), None) => false,
        });
        if !same {
            self.report(Change::ImmutableFunction, item);
        }
    }

    fn friends(&mut self) {
        if !self.options.check_friend_linking {
            return;
        }
        let new_friends: Vec<_> = self.new.friend_ids().collect();
        for friend in self.old.friend_ids() {
            if !new_friends.contains(&friend) {
                self.report(Change::FriendRemoved, &friend.to_string());
            }
        }
    }
}

fn visibility_holds(old: Visibility, new: Visibility, options: &CompatibilityOptions) -> bool {
    match (old, new) {
        (Visibility::Public, Visibility::Public) => true,
        (Visibility::Public, Visibility::Friend | Visibility::Private) => false,
        (Visibility::Friend, Visibility::Public | Visibility::Friend) => true,
        (Visibility::Friend, Visibility::Private) => !options.check_friend_linking,
        (Visibility::Private, Visibility::Public | Visibility::Friend | Visibility::Private) => true,
    }
}

/// Constraints may be loosened.
fn constraints_hold(old: &[AbilitySet], new: &[AbilitySet]) -> bool {
    old.len() == new.len() && old.iter().zip(new).all(|(old, new)| new.is_subset(*old))
}

/// Every attribute but the module lock stays. A public function without attributes counts as
/// persistent, as it does when it is linked.
fn attributes_hold(old: &FunctionHandle, new: &FunctionHandle, new_def: &FunctionDef) -> bool {
    let implied = new.attributes.is_empty() && new_def.visibility == Visibility::Public;
    old.attributes
        .iter()
        .filter(|attribute| **attribute != FunctionAttribute::ModuleLock)
        .all(|attribute| new.attributes.contains(attribute) || (implied && *attribute == FunctionAttribute::Persistent))
}
