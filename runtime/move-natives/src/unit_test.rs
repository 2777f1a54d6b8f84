//! What only unit tests may do.

use crate::Family;
use move_core_types::AccountAddress;
use move_vm_runtime::{NativeContext, NativeResult};

pub(crate) const NATIVES: Family = &[("unit_test", "create_signers_for_testing", create_signers)];

/// Signer `i` has the address whose first eight bytes are `i`, little-endian.
fn create_signers(ctx: &mut dyn NativeContext) -> NativeResult<()> {
    let count = ctx.u64(0)?;
    ctx.charge_bytes(count.saturating_mul(32))?;
    let signers: Vec<AccountAddress> = (0..count)
        .map(|index| {
            let mut bytes = [0; 32];
            bytes[..8].copy_from_slice(&index.to_le_bytes());
            AccountAddress::new(bytes)
        })
        .collect();
    ctx.ret_signers(&signers)
}
