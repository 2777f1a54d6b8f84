//! Asking for publication: it happens when the call has ended.

use crate::Family;
use move_core_types::AccountAddress;
use move_vm_runtime::{NativeContext, NativeError, NativeResult, PublishRequest};

/// A transaction publishes once: `invalid_state(0)`.
const ALREADY_REQUESTED: u64 = 0x30000;
/// The arguments have no encoding.
const NOT_ENCODABLE: u64 = 0x1C5;

pub(crate) const NATIVES: Family = &[("code", "request_publish", request_publish)];

/// Owner, expected module names, allowed dependencies (address, module name), modules, policy.
fn request_publish(ctx: &mut dyn NativeContext) -> NativeResult<()> {
    let address = ctx.address(0)?;
    let size = ctx.abstract_size(1)?.saturating_add(ctx.abstract_size(2)?).saturating_add(ctx.abstract_size(3)?);
    ctx.charge_bytes(size)?;
    let module_names: Vec<String> = decode(ctx, 1)?;
    let allowed: Vec<(AccountAddress, String)> = decode(ctx, 2)?;
    let bundle: Vec<Vec<u8>> = decode(ctx, 3)?;
    let policy = ctx.u8(4)?;
    let slot = ctx.host().extensions.get::<Option<PublishRequest>>();
    if slot.is_some() {
        return Err(NativeError::Abort(ALREADY_REQUESTED));
    }
    *slot = Some(PublishRequest { address, module_names, bundle, policy, allowed });
    Ok(())
}

fn decode<T: serde::de::DeserializeOwned>(ctx: &mut dyn NativeContext, index: usize) -> NativeResult<T> {
    let bytes = ctx.encode(index)?.ok_or(NativeError::Abort(NOT_ENCODABLE))?;
    ::bcs::from_bytes(&bytes).map_err(|_| NativeError::Abort(NOT_ENCODABLE))
}
