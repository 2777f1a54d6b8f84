//! Publication that Move code asked for: `0x1::code` leaves a request in the session, which is honoured behind the call.

use move_binary_format::CompiledModule;
use move_core_types::{AccountAddress, ModuleId, StatusCode};
use move_vm_runtime::{GasMeter, PublishPolicy, PublishRequest, Session, Vm, VmError};

/// Publishes what the call that just ended asked for.
///
/// An initialiser may ask for more; each request is paid for by its bytes, so that this ends.
///
/// # Errors
/// Why a bundle is refused, as the machine says it; or what its initialisers did.
pub(crate) fn publish_requested(vm: &Vm, session: &mut Session<'_>, gas: &mut GasMeter) -> Result<(), VmError> {
    while let Some(request) = session.take_publish_request() {
        check(vm, &request)?;
        let policy = match request.policy {
            0 => PublishPolicy::Arbitrary,
            // An immutable package may hold new modules only; `0x1::code` refuses its upgrade beforehand.
            _ => PublishPolicy::Compatible,
        };
        session.publish(&request.bundle, request.address, policy, gas)?;
    }
    Ok(())
}

/// The bundle holds the modules that its metadata names, in that order, and these use only what it declares.
fn check(vm: &Vm, request: &PublishRequest) -> Result<(), VmError> {
    let refuse = |message: String| Err(VmError::new(StatusCode::ConstraintNotSatisfied).message(message));
    if request.module_names.len() != request.bundle.len() {
        return refuse(format!("{} modules, the metadata names {}", request.bundle.len(), request.module_names.len()));
    }
    for (bytes, name) in request.bundle.iter().zip(&request.module_names) {
        let module = CompiledModule::deserialize_with(bytes, &vm.config().reader)
            .map_err(|error| VmError::new(error.status).message(error.to_string()))?;
        let Some(id) = module.self_id() else {
            return Err(VmError::new(StatusCode::NoModuleHandles));
        };
        if id.name.as_str() != name {
            return refuse(format!("module {} where the metadata names {name}", id.name));
        }
        for dependency in module.dependencies() {
            if !is_allowed(request, &dependency) {
                return refuse(format!("{id} uses {dependency}, which the package does not declare"));
            }
        }
    }
    Ok(())
}

fn is_allowed(request: &PublishRequest, dependency: &ModuleId) -> bool {
    let declared = |(address, name): &(AccountAddress, String)| {
        *address == dependency.address && (name.is_empty() || dependency.name.as_str() == name)
    };
    dependency.address == request.address || request.allowed.iter().any(declared)
}
