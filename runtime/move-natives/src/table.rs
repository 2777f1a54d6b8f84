//! Tables: every entry is an item of state under the table's handle and the BCS of its key.

use crate::Family;
use move_core_types::AccountAddress;
use move_vm_runtime::{NativeContext, NativeError, NativeResult, Scalar};

/// The key is taken: (100 << 8) + 7.
const ALREADY_EXISTS: u64 = 25607;
/// There is no such key: (101 << 8) + 7.
const NOT_FOUND: u64 = 25863;
/// The key has no encoding.
const NOT_ENCODABLE: u64 = 0x1C5;

pub(crate) const NATIVES: Family = &[
    ("table", "new_handle", new_handle),
    ("table", "add_box", add_box),
    ("table", "borrow_box", borrow_box),
    ("table", "borrow_box_mut", borrow_box),
    ("table", "contains_box", contains_box),
    ("table", "remove_box", remove_box),
];

fn new_handle(ctx: &mut dyn NativeContext) -> NativeResult<()> {
    let handle = ctx.host().new_table_handle();
    ctx.ret(Scalar::Address(handle))
}

/// The handle in the table (its only field), and the key's bytes.
fn place(ctx: &mut dyn NativeContext) -> NativeResult<(AccountAddress, Vec<u8>)> {
    let table = ctx.encode(0)?.ok_or(NativeError::Abort(NOT_ENCODABLE))?;
    let handle = AccountAddress::from_bytes(&table).map_err(|_| NativeError::Abort(NOT_ENCODABLE))?;
    let size = ctx.abstract_size(1)?;
    ctx.charge_bytes(size)?;
    let key = ctx.encode(1)?.ok_or(NativeError::Abort(NOT_ENCODABLE))?;
    Ok((handle, key))
}

fn add_box(ctx: &mut dyn NativeContext) -> NativeResult<()> {
    let (handle, key) = place(ctx)?;
    let ty = ctx.arg_type(2)?;
    if ctx.table_add(handle, &key, ty, 2)? { Ok(()) } else { Err(NativeError::Abort(ALREADY_EXISTS)) }
}

fn borrow_box(ctx: &mut dyn NativeContext) -> NativeResult<()> {
    let (handle, key) = place(ctx)?;
    let ty = ctx.result_type()?;
    if ctx.table_borrow(handle, &key, ty)? { Ok(()) } else { Err(NativeError::Abort(NOT_FOUND)) }
}

fn contains_box(ctx: &mut dyn NativeContext) -> NativeResult<()> {
    let (handle, key) = place(ctx)?;
    let found = ctx.table_contains(handle, &key)?;
    ctx.ret(Scalar::Bool(found))
}

fn remove_box(ctx: &mut dyn NativeContext) -> NativeResult<()> {
    let (handle, key) = place(ctx)?;
    let ty = ctx.result_type()?;
    if ctx.table_remove(handle, &key, ty)? { Ok(()) } else { Err(NativeError::Abort(NOT_FOUND)) }
}
