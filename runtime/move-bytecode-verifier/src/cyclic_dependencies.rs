//! Cycles between modules: a module does not depend on itself, is not its own friend's friend, and
//! no friend is a dependency.
//!
//! Follows dependencies, and friends, of one module that is about to be published, through whatever
//! modules the caller supplies. Own stack; every module is loaded once.

use crate::{driver::VerifiedModule, error::VerifyError};
use move_binary_format::file_format::CompiledModule;
use move_core_types::{ModuleId, StatusCode};
use std::collections::{BTreeMap, BTreeSet};

/// Whom a module names.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Neighbours {
    /// The modules whose types and functions it uses.
    pub dependencies: Vec<ModuleId>,
    /// The modules that may call its friend functions.
    pub friends: Vec<ModuleId>,
}

impl Neighbours {
    /// Whom a compiled module names.
    pub fn of(module: &CompiledModule) -> Self {
        Self { dependencies: module.dependencies().collect(), friends: module.friend_ids().collect() }
    }
}

/// Checks the three rules for `module`.
///
/// * `modules_max`: how many other modules may be visited.
/// * `load`: whom another module names, in the state after publishing; charges before it loads.
///
/// # Errors
/// `CYCLIC_MODULE_DEPENDENCY`, `CYCLIC_MODULE_FRIENDSHIP`,
/// `INVALID_FRIEND_DECL_WITH_MODULES_IN_DEPENDENCIES`, `DEPENDENCY_LIMIT_REACHED`, or what `load` reports.
pub fn verify(
    module: &VerifiedModule,
    modules_max: usize,
    mut load: impl FnMut(&ModuleId) -> Result<Neighbours, VerifyError>,
) -> Result<(), VerifyError> {
    let own = module.self_id().ok_or_else(|| VerifyError::new(StatusCode::VerifierInvariantViolation))?;
    let fail = |status| VerifyError { module: Some(own.clone()), ..VerifyError::new(status) };
    let neighbours = Neighbours::of(module);
    let mut loaded: BTreeMap<ModuleId, Neighbours> = BTreeMap::new();
    let mut reach = |roots: &[ModuleId], next: fn(&Neighbours) -> &[ModuleId], cycle: StatusCode| {
        let mut reached: BTreeSet<ModuleId> = BTreeSet::new();
        let mut stack: Vec<ModuleId> = roots.iter().rev().cloned().collect();
        while let Some(id) = stack.pop() {
            if id == own {
                return Err(fail(cycle));
            }
            if !reached.insert(id.clone()) {
                continue;
            }
            if !loaded.contains_key(&id) {
                if loaded.len() >= modules_max {
                    return Err(fail(StatusCode::DependencyLimitReached));
                }
                loaded.insert(id.clone(), load(&id)?);
            }
            if let Some(neighbours) = loaded.get(&id) {
                stack.extend(next(neighbours).iter().rev().cloned());
            }
        }
        Ok(reached)
    };
    let dependencies =
        reach(&neighbours.dependencies, |module| &module.dependencies, StatusCode::CyclicModuleDependency)?;
    let friends = reach(&neighbours.friends, |module| &module.friends, StatusCode::CyclicModuleFriendship)?;
    if !dependencies.is_disjoint(&friends) {
        return Err(fail(StatusCode::InvalidFriendDeclWithModulesInDependencies));
    }
    Ok(())
}
