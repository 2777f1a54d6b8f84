//! Publishing a bundle of modules: all of it or nothing.

use crate::error::{VmError, VmResult};
use crate::gas::GasMeter;
use crate::host::Backing;
use crate::session::{Session, run};
use crate::state::Key;
use crate::vm::{Shared, format_error, verify_error};
use crate::world::World;
use crate::{CallRule, PublishPolicy};
use move_binary_format::CompiledModule;
use move_binary_format::file_format::{SignatureToken, Visibility};
use move_bytecode_verifier::compatibility::{self, UpgradePolicy};
use move_bytecode_verifier::cyclic_dependencies::{self, Neighbours};
use move_bytecode_verifier::{VerifiedModule, VerifyError, complexity, dependencies as linking, natives};
use move_core_types::{AccountAddress, ModuleId, StatusCode};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Name of the function that runs once when its module is published for the first time.
const INITIALIZER: &str = "init_module";
/// Modules visited while looking for cycles.
const CYCLE_MODULES_MAX: usize = 4096;

/// What a program asks for with `code::request_publish`: to be done when its call has ended.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PublishRequest {
    /// Under which address.
    pub address: AccountAddress,
    /// The names that the bundle must have, in its order.
    pub module_names: Vec<String>,
    /// The modules.
    pub bundle: Vec<Vec<u8>>,
    /// The upgrade policy: 0 arbitrary, 1 compatible, 2 immutable.
    pub policy: u8,
    /// Modules that the package may depend on: address, and name (empty: all of that address).
    pub allowed: Vec<(AccountAddress, String)>,
}

/// The verified modules with these names, as of now.
pub(crate) fn dependencies(
    shared: &Shared,
    backing: &Backing<'_>,
    ids: &[ModuleId],
) -> VmResult<Vec<Arc<VerifiedModule>>> {
    let mut modules = Vec::with_capacity(ids.len());
    for id in ids {
        let Some(bytes) = backing.peek(&Key::Module(id.clone()))? else {
            return Err(VmError::new(StatusCode::LinkerError).message(format!("module {id} does not exist")));
        };
        modules.push(shared.stored_module(&bytes)?);
    }
    Ok(modules)
}

impl Session<'_> {
    /// Publishes modules under `sender` and runs the initializers of those that are new; the answer names these.
    ///
    /// Calls that follow in this session see the new code.
    ///
    /// # Errors
    /// Why the bundle is refused, or whatever ended an initializer. Nothing of a refused bundle remains.
    pub fn publish(
        &mut self,
        bundle: &[Vec<u8>],
        sender: AccountAddress,
        policy: PublishPolicy,
        gas: &mut GasMeter,
    ) -> VmResult<Vec<ModuleId>> {
        let result = self.attempt(gas, |session| {
            let new = session.stage(bundle, sender, policy)?;
            let backing = &mut session.backing;
            let mut world =
                World::new(session.shared.clone(), backing.context.schedule.clone(), backing.view.code_version());
            for id in &new {
                initialize(&mut world, backing, id, sender)?;
            }
            Ok(new)
        });
        if result.is_ok() {
            self.reload();
        }
        result
    }

    /// Checks a bundle and puts it into the overlay; the answer names the modules that did not exist.
    fn stage(&mut self, bundle: &[Vec<u8>], sender: AccountAddress, policy: PublishPolicy) -> VmResult<Vec<ModuleId>> {
        let shared = self.shared.clone();
        let backing = &mut self.backing;
        let mut names = BTreeSet::new();
        let (mut new, mut ids) = (Vec::new(), Vec::new());
        for bytes in bundle {
            let module =
                CompiledModule::deserialize_with(bytes, &shared.config.reader).map_err(|error| format_error(&error))?;
            let id = module.self_id().ok_or_else(|| VmError::new(StatusCode::IndexOutOfBounds))?;
            if id.address != sender {
                return Err(VmError::new(StatusCode::ModuleAddressDoesNotMatchSender).message(id.to_string()));
            }
            match backing.peek(&Key::Module(id.clone()))? {
                None => new.push(id.clone()),
                Some(old) => upgrade(&shared, &old, &module, policy)?,
            }
            if !names.insert(id.clone()) {
                return Err(VmError::new(StatusCode::DuplicateModuleName).message(id.to_string()));
            }
            complexity::check_module(&module, bytes.len()).map_err(verify_error)?;
            ids.push(id);
        }
        let mut modules = Vec::with_capacity(bundle.len());
        for (id, bytes) in ids.iter().zip(bundle) {
            modules.push(shared.module(bytes)?);
            backing.host.overlay.insert(Key::Module(id.clone()), Some(Arc::from(bytes.as_slice())));
        }
        for module in &modules {
            let needs: Vec<ModuleId> = module.dependencies().collect();
            for id in needs.iter().filter(|id| !names.contains(*id)) {
                if let Some(bytes) = backing.peek(&Key::Module(id.clone()))? {
                    backing.use_module(id, bytes.len() as u64)?;
                }
            }
            let found = dependencies(&shared, backing, &needs)?;
            linking::verify(module, found.iter().map(|module| &**module)).map_err(verify_error)?;
        }
        for module in &modules {
            let neighbours = |id: &ModuleId| -> Result<Neighbours, VerifyError> {
                let missing =
                    || VerifyError::new(StatusCode::LinkerError).with_message(format!("module {id} does not exist"));
                let bytes = backing.peek(&Key::Module(id.clone())).map_err(|error| VerifyError::new(error.status))?;
                let module = shared
                    .stored_module(&bytes.ok_or_else(missing)?)
                    .map_err(|error| VerifyError::new(error.status))?;
                Ok(Neighbours::of(&module))
            };
            cyclic_dependencies::verify(module, CYCLE_MODULES_MAX, neighbours).map_err(verify_error)?;
        }
        for (module, id) in modules.iter().zip(&ids) {
            check_natives(&shared, module, id)?;
        }
        Ok(new)
    }
}

/// Whether `new` may take the place of `old`.
fn upgrade(shared: &Shared, old: &[u8], new: &CompiledModule, policy: PublishPolicy) -> VmResult<()> {
    let policy = match policy {
        PublishPolicy::Arbitrary => return Ok(()),
        PublishPolicy::Immutable => UpgradePolicy::Immutable,
        PublishPolicy::Compatible => UpgradePolicy::Compatible,
    };
    compatibility::check(&*shared.stored_module(old)?, new, policy).map_err(|error| verify_error(error.into()))
}

/// Natives stand at privileged addresses, and only those that the machine has.
fn check_natives(shared: &Shared, module: &CompiledModule, id: &ModuleId) -> VmResult<()> {
    let privileged = id.address.is_special() || shared.config.privileged.contains(&id.address);
    natives::check(module, privileged).map_err(verify_error)?;
    for def in module.function_defs.iter().filter(|def| def.is_native()) {
        let handle = module.function_handle(def.handle);
        let name = handle.and_then(|handle| module.identifier(handle.name)).map_or("", |name| name.as_str());
        // The instructions of vectors are declared as natives in source; nobody calls them.
        if shared.natives.get(&id.address, id.name.as_str(), name).is_none() && id.name.as_str() != "vector" {
            return Err(VmError::new(StatusCode::MissingDependency).message(format!("no native function {id}::{name}")));
        }
    }
    Ok(())
}

/// Runs the initializer of a new module, if it has one.
fn initialize(world: &mut World, backing: &mut Backing<'_>, id: &ModuleId, sender: AccountAddress) -> VmResult<()> {
    let Some(no) = world.find_function(backing, id, INITIALIZER)? else { return Ok(()) };
    let function = world.function(no);
    let (definition, handle) = (world.definition(function), world.handle(function));
    let code = &world.module(function.module).code;
    let params = code.signature(handle.parameters).map_or(&[][..], |signature| &signature.0);
    let results = code.signature(handle.results).map_or(0, |signature| signature.0.len());
    let one_signer = match params {
        [SignatureToken::Signer] => true,
        [SignatureToken::Reference(inner)] => **inner == SignatureToken::Signer,
        _ => false,
    };
    if definition.visibility != Visibility::Private || !handle.type_params.is_empty() || results != 0 || !one_signer {
        return Err(VmError::new(StatusCode::InvalidInitModule).message(id.to_string()));
    }
    let module = function.module;
    world.use_module(backing, module)?;
    run(world, backing, no, &[], &[sender.as_ref().to_vec()], CallRule::Any)?;
    Ok(())
}
