//! Publication that Move code asked for: `0x1::code` leaves a request in the session, which is honoured behind the call.

use move_natives::code::PublishRequests;
use move_vm_runtime::{GasMeter, Session, VmError};
use move_core_types::StatusCode;

use crate::transaction::policy;

/// Publishes what the call that just ended asked for, in the order in which it asked.
///
/// # Errors
/// Why a bundle is refused, as the machine says it; or what its initialisers did.
pub(crate) fn publish_requested(session: &mut Session<'_>, gas: &mut GasMeter) -> Result<(), VmError> {
    // An initialiser may ask for more; each bundle was paid for by its bytes, so that this ends.
    while let Some(requests) = session.extensions().take::<PublishRequests>() {
        if requests.0.is_empty() {
            return Ok(());
        }
        for request in requests.0 {
            let Some(policy) = policy(request.policy) else {
                return Err(VmError::new(StatusCode::BackwardIncompatibleModuleUpdate));
            };
            session.publish(&request.modules, request.owner, policy, gas)?;
        }
    }
    Ok(())
}
