//! What this chain computes in Rust. Each function here is declared `native` in a module below `move/`, which is published at an
//! address that genesis lists as privileged.

use anyhow::Result;
use tenor::AccountAddress;
use tenor::native::{NativeContext, NativeResult, NativeTable, Scalar, table as standard};

/// The standard natives and this chain's own, at the address of their modules.
pub(crate) fn table(owner: AccountAddress) -> Result<NativeTable> {
    let mut natives = standard();
    natives.add(owner, "numbers", "gcd", gcd)?;
    Ok(natives)
}

/// `native public fun gcd(a: u64, b: u64): u64`.
///
/// All nodes must agree on the result: no floats, no clock, no randomness. The gas schedule's `instr.native_base` pays for it, or an
/// entry `native.ADDRESS.numbers.gcd` of its own.
fn gcd(context: &mut dyn NativeContext) -> NativeResult<()> {
    let (mut a, mut b) = (context.u64(0)?, context.u64(1)?);
    while b != 0 {
        (a, b) = (b, a % b);
    }
    context.ret(Scalar::U64(a))
}
