//! Linking: what a module or script says about others is true of them.
//!
//! A module passes iff every module it names is supplied (or is itself), every foreign struct and
//! function it names is defined there, the struct has at least the abilities claimed, type
//! parameters ask no more than claimed, functions are callable from here and have the types claimed,
//! and attributes claimed are present.
//!
//! What matters at run time about a callee, such as its module lock, must still be taken from its
//! definition, not from the caller's handle (rule T-LINK-1).
//!
//! Linear in the module and its dependencies, up to name look-ups.

use crate::{
    driver::{VerifiedModule, VerifiedScript, guarded},
    error::{Reject, VerifyError},
};
use move_binary_format::{
    errors::IndexKind,
    file_format::{
        AbilitySet, CompiledModule, FunctionAttribute, FunctionDef, FunctionHandle, ModuleHandleIdx, SignatureIdx,
        SignatureToken, StructHandle, StructHandleIdx, Tables, Visibility,
    },
};
use move_core_types::{AccountAddress, ModuleId, StatusCode};
use std::collections::BTreeMap;

/// Links a module against the modules it names.
///
/// * `dependencies`: every module that a module handle names; others, and the module itself, do no harm.
///
/// # Errors
/// The first claim that is not true, with its public status code.
pub fn verify<'d>(
    module: &VerifiedModule,
    dependencies: impl IntoIterator<Item = &'d VerifiedModule>,
) -> Result<(), VerifyError> {
    let own = module.self_id();
    let linker = Linker::new(&module.tables, own.clone(), Some(module.self_handle), dependencies);
    guarded(|| linker.check().map_err(|reject| reject.into_error(own)))
}

/// Links a script against the modules it names, like [`verify`].
///
/// # Errors
/// The first claim that is not true, with its public status code.
pub fn verify_script<'d>(
    script: &VerifiedScript,
    dependencies: impl IntoIterator<Item = &'d VerifiedModule>,
) -> Result<(), VerifyError> {
    let linker = Linker::new(&script.tables, None, None, dependencies);
    guarded(|| linker.check().map_err(|reject| reject.into_error(None)))
}

/// A supplied module, with its definitions by name.
struct Dependency<'d> {
    module: &'d CompiledModule,
    /// Whether it has declared the module in question its friend.
    is_friendly: bool,
    structs: BTreeMap<&'d str, &'d StructHandle>,
    functions: BTreeMap<&'d str, (&'d FunctionDef, &'d FunctionHandle)>,
}

impl<'d> Dependency<'d> {
    fn new(module: &'d CompiledModule, own: Option<&ModuleId>) -> Self {
        let name = |index| module.identifier(index).map_or("", |name| name.as_str());
        let structs = module.struct_defs.iter().filter_map(|def| module.struct_handle(def.handle));
        let functions = module.function_defs.iter().filter_map(|def| Some((def, module.function_handle(def.handle)?)));
        Self {
            module,
            is_friendly: own.is_some_and(|own| module.friend_ids().any(|friend| friend == *own)),
            structs: structs.map(|handle| (name(handle.name), handle)).collect(),
            functions: functions.map(|(def, handle)| (name(handle.name), (def, handle))).collect(),
        }
    }
}

struct Linker<'m, 'd> {
    tables: &'m Tables,
    self_handle: Option<ModuleHandleIdx>,
    dependencies: Vec<Dependency<'d>>,
    by_id: BTreeMap<ModuleId, usize>,
}

/// Pairs of signatures, ours and a dependency's, that have been compared.
type Compared = BTreeMap<(SignatureIdx, usize, SignatureIdx), bool>;

impl<'m, 'd> Linker<'m, 'd> {
    fn new(
        tables: &'m Tables,
        own: Option<ModuleId>,
        self_handle: Option<ModuleHandleIdx>,
        supplied: impl IntoIterator<Item = &'d VerifiedModule>,
    ) -> Self {
        let mut dependencies: Vec<Dependency<'d>> = Vec::new();
        let mut by_id = BTreeMap::new();
        for module in supplied {
            let id = module.self_id();
            if let Some(id) = id.filter(|id| Some(id) != own.as_ref()) {
                by_id.insert(id, dependencies.len());
                dependencies.push(Dependency::new(module, own.as_ref()));
            }
        }
        Self { tables, self_handle, dependencies, by_id }
    }

    fn check(&self) -> Result<(), Reject> {
        let modules = self.resolve_modules()?;
        for (index, handle) in self.tables.struct_handles.iter().enumerate() {
            if let Some(dependency) = modules[usize::from(handle.module.0)] {
                self.check_struct(handle, dependency)
                    .map_err(|status| Reject::entry(status, IndexKind::StructHandle, index))?;
            }
        }
        let mut compared = Compared::new();
        for (index, handle) in self.tables.function_handles.iter().enumerate() {
            if let Some(dependency) = modules[usize::from(handle.module.0)] {
                self.check_function(handle, dependency, &mut compared)
                    .map_err(|status| Reject::entry(status, IndexKind::FunctionHandle, index))?;
            }
        }
        Ok(())
    }

    /// By module handle: the dependency; `None` for the module itself.
    fn resolve_modules(&self) -> Result<Vec<Option<usize>>, Reject> {
        let mut modules = Vec::with_capacity(self.tables.module_handles.len());
        for (index, handle) in self.tables.module_handles.iter().enumerate() {
            if self.self_handle.is_some_and(|own| usize::from(own.0) == index) {
                modules.push(None);
                continue;
            }
            let found = self.tables.module_id(handle).and_then(|id| self.by_id.get(&id).copied());
            let missing = Reject::entry(StatusCode::MissingDependency, IndexKind::ModuleHandle, index);
            modules.push(Some(found.ok_or(missing)?));
        }
        Ok(modules)
    }

    fn check_struct(&self, handle: &StructHandle, dependency: usize) -> Result<(), StatusCode> {
        let name = self.tables.identifier(handle.name).map_or("", |name| name.as_str());
        let definition = self.dependencies[dependency].structs.get(name).ok_or(StatusCode::LookupFailed)?;
        let abilities_hold = handle.abilities.is_subset(definition.abilities);
        let params_hold = handle.type_params.len() == definition.type_params.len()
            && handle.type_params.iter().zip(&definition.type_params).all(|(claimed, defined)| {
                defined.constraints.is_subset(claimed.constraints) && (!claimed.is_phantom || defined.is_phantom)
            });
        if abilities_hold && params_hold { Ok(()) } else { Err(StatusCode::TypeMismatch) }
    }

    fn check_function(
        &self,
        handle: &FunctionHandle,
        dependency: usize,
        compared: &mut Compared,
    ) -> Result<(), StatusCode> {
        let name = self.tables.identifier(handle.name).map_or("", |name| name.as_str());
        let supplier = &self.dependencies[dependency];
        let (def, definition) = supplier.functions.get(name).ok_or(StatusCode::LookupFailed)?;
        let is_callable = match def.visibility {
            Visibility::Public => true,
            Visibility::Private => false,
            Visibility::Friend => supplier.is_friendly,
        };
        if !is_callable {
            return Err(StatusCode::LookupFailed);
        }
        let params_hold = constraints_hold(&handle.type_params, &definition.type_params);
        let mut same = |own: SignatureIdx, theirs: SignatureIdx| {
            *compared
                .entry((own, dependency, theirs))
                .or_insert_with(|| same_signature(self.tables, own, &supplier.module.tables, theirs))
        };
        let types_hold = same(handle.parameters, definition.parameters) && same(handle.results, definition.results);
        if !params_hold || !types_hold {
            return Err(StatusCode::TypeMismatch);
        }
        check_attributes(&handle.attributes, &definition.attributes, def.visibility)
    }
}

/// Type parameters ask no more than a caller believes.
fn constraints_hold(claimed: &[AbilitySet], defined: &[AbilitySet]) -> bool {
    claimed.len() == defined.len() && claimed.iter().zip(defined).all(|(claimed, defined)| defined.is_subset(*claimed))
}

fn check_attributes(
    claimed: &[FunctionAttribute],
    defined: &[FunctionAttribute],
    visibility: Visibility,
) -> Result<(), StatusCode> {
    // Modules compiled before there were attributes: public functions are persistent.
    let implied = if defined.is_empty() && visibility == Visibility::Public {
        &[FunctionAttribute::Persistent][..]
    } else {
        defined
    };
    let holds = claimed
        .iter()
        .filter(|attribute| **attribute != FunctionAttribute::ModuleLock)
        .all(|attribute| implied.contains(attribute));
    if holds { Ok(()) } else { Err(StatusCode::LinkerError) }
}

/// Whether two signatures of different modules are lists of the same types.
pub(crate) fn same_signature(own: &Tables, index: SignatureIdx, theirs: &Tables, their_index: SignatureIdx) -> bool {
    let (Some(own_list), Some(their_list)) = (own.signature(index), theirs.signature(their_index)) else {
        return false;
    };
    own_list.0.len() == their_list.0.len()
        && own_list.0.iter().zip(&their_list.0).all(|(ty, other)| same_type(own, ty, theirs, other))
}

/// Whether two types of different modules are the same: structs by address, module and name, function
/// types with equal abilities. Linear; does not recurse.
pub(crate) fn same_type(own: &Tables, ty: &SignatureToken, theirs: &Tables, other: &SignatureToken) -> bool {
    // Equal nodes have equally many children, so that equal pre-orders mean equal trees.
    let mut other_nodes = other.nodes();
    ty.nodes().all(|(node, _)| match other_nodes.next() {
        Some((other_node, _)) => same_node(own, node, theirs, other_node),
        None => false,
    }) && other_nodes.next().is_none()
}

fn same_node(own: &Tables, node: &SignatureToken, theirs: &Tables, other: &SignatureToken) -> bool {
    match (node, other) {
        (SignatureToken::Struct(handle), SignatureToken::Struct(other)) => same_struct(own, *handle, theirs, *other),
        (SignatureToken::StructInst(handle, arguments), SignatureToken::StructInst(other, other_arguments)) => {
            arguments.len() == other_arguments.len() && same_struct(own, *handle, theirs, *other)
        }
        (SignatureToken::Function(function), SignatureToken::Function(other)) => {
            function.abilities == other.abilities
                && function.args.len() == other.args.len()
                && function.results.len() == other.results.len()
        }
        (SignatureToken::TypeParam(index), SignatureToken::TypeParam(other)) => index == other,
        (SignatureToken::Vector(_), SignatureToken::Vector(_))
        | (SignatureToken::Reference(_), SignatureToken::Reference(_))
        | (SignatureToken::MutableReference(_), SignatureToken::MutableReference(_))
        | (SignatureToken::Bool, SignatureToken::Bool)
        | (SignatureToken::U8, SignatureToken::U8)
        | (SignatureToken::U16, SignatureToken::U16)
        | (SignatureToken::U32, SignatureToken::U32)
        | (SignatureToken::U64, SignatureToken::U64)
        | (SignatureToken::U128, SignatureToken::U128)
        | (SignatureToken::U256, SignatureToken::U256)
        | (SignatureToken::I8, SignatureToken::I8)
        | (SignatureToken::I16, SignatureToken::I16)
        | (SignatureToken::I32, SignatureToken::I32)
        | (SignatureToken::I64, SignatureToken::I64)
        | (SignatureToken::I128, SignatureToken::I128)
        | (SignatureToken::I256, SignatureToken::I256)
        | (SignatureToken::Address, SignatureToken::Address)
        | (SignatureToken::Signer, SignatureToken::Signer) => true,
        _ => false,
    }
}

fn same_struct(own: &Tables, handle: StructHandleIdx, theirs: &Tables, other: StructHandleIdx) -> bool {
    let own_name = struct_name(own, handle);
    own_name.is_some() && own_name == struct_name(theirs, other)
}

/// Address, module and name.
fn struct_name(tables: &Tables, handle: StructHandleIdx) -> Option<(&AccountAddress, &str, &str)> {
    let handle = tables.struct_handle(handle)?;
    let module = tables.module_handle(handle.module)?;
    Some((
        tables.address(module.address)?,
        tables.identifier(module.name)?.as_str(),
        tables.identifier(handle.name)?.as_str(),
    ))
}
