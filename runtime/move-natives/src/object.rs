//! Objects: existence of a resource by type, and derived addresses.

use crate::Family;
use move_core_types::AccountAddress;
use move_vm_runtime::{NativeContext, NativeResult, Scalar};
use sha3::{Digest, Sha3_256};

/// Sets addresses derived from a user and an object apart from all others.
const DERIVED_FROM_OBJECT: u8 = 0xfc;

pub(crate) const NATIVES: Family =
    &[("object", "exists_at", exists_at), ("object", "user_derived_address", user_derived_address)];

fn exists_at(ctx: &mut dyn NativeContext) -> NativeResult<()> {
    let (ty, address) = (ctx.type_arg(0)?, ctx.address(0)?);
    let found = ctx.exists(ty, address)?;
    ctx.ret(Scalar::Bool(found))
}

fn user_derived_address(ctx: &mut dyn NativeContext) -> NativeResult<()> {
    let (source, from) = (ctx.address(0)?, ctx.address(1)?);
    ctx.charge_bytes(65)?;
    let mut hasher = Sha3_256::new();
    hasher.update(source);
    hasher.update(from);
    hasher.update([DERIVED_FROM_OBJECT]);
    ctx.ret(Scalar::Address(AccountAddress::new(hasher.finalize().into())))
}
