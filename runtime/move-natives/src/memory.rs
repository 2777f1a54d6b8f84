//! Whole values in place: `mem`, `cmp`, and `vector::move_range`.

use crate::Family;
use move_vm_runtime::{NativeContext, NativeError, NativeResult};
use std::cmp::Ordering;

/// A range outside a vector.
const OUTSIDE: u64 = 1;

pub(crate) const NATIVES: Family =
    &[("mem", "swap", swap), ("cmp", "compare", compare), ("vector", "move_range", move_range)];

fn swap(ctx: &mut dyn NativeContext) -> NativeResult<()> {
    ctx.swap(0, 1)
}

/// `Ordering`: 0 less, 1 equal, 2 greater.
fn compare(ctx: &mut dyn NativeContext) -> NativeResult<()> {
    let size = ctx.abstract_size(0)?.saturating_add(ctx.abstract_size(1)?);
    ctx.charge_bytes(size)?;
    let tag = match ctx.compare(0, 1)? {
        Ordering::Less => 0,
        Ordering::Equal => 1,
        Ordering::Greater => 2,
    };
    ctx.ret_bcs(&[tag])?;
    Ok(())
}

/// `from`, position, length, `to`, position there.
fn move_range(ctx: &mut dyn NativeContext) -> NativeResult<()> {
    let (position, length, insert) = (ctx.u64(1)?, ctx.u64(2)?, ctx.u64(4)?);
    let behind = |len: u64, at: u64| len.saturating_sub(at);
    let moved = behind(ctx.vector_len(0)?, position).saturating_add(behind(ctx.vector_len(3)?, insert));
    ctx.charge_bytes(moved)?;
    if ctx.move_range(0, position, length, 3, insert)? { Ok(()) } else { Err(NativeError::Abort(OUTSIDE)) }
}
