//! Signers and their addresses.

use crate::Family;
use move_vm_runtime::{NativeContext, NativeResult};

pub(crate) const NATIVES: Family =
    &[("signer", "borrow_address", borrow_address), ("create_signer", "create_signer", create_signer)];

fn borrow_address(ctx: &mut dyn NativeContext) -> NativeResult<()> {
    ctx.ret_signer_address(0)
}

/// Only the framework can name it.
fn create_signer(ctx: &mut dyn NativeContext) -> NativeResult<()> {
    let address = ctx.address(0)?;
    ctx.ret_signer(address)
}
