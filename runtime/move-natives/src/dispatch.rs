//! Functions named at run time: `function_info`, and the calls of `dispatchable_fungible_asset`.

use crate::Family;
use move_core_types::{AccountAddress, Identifier, ModuleId};
use move_vm_runtime::{NativeContext, NativeError, NativeResult, Scalar};

/// What names a function is not well formed.
const INVALID: u64 = 0x10001;

pub(crate) const NATIVES: Family = &[
    ("function_info", "is_identifier", is_identifier),
    ("function_info", "load", load),
    ("function_info", "is_compatible", is_compatible),
    ("dispatchable_fungible_asset", "dispatchable_withdraw", call),
    ("dispatchable_fungible_asset", "dispatchable_deposit", call),
    ("dispatchable_fungible_asset", "dispatchable_derived_balance", call),
    ("dispatchable_fungible_asset", "dispatchable_derived_supply", call),
];

/// The `FunctionInfo` behind an argument.
fn function_info(ctx: &mut dyn NativeContext, index: usize) -> NativeResult<(ModuleId, String)> {
    let bytes = ctx.encode(index)?.ok_or(NativeError::Abort(INVALID))?;
    ctx.charge_bytes(bytes.len() as u64)?;
    let (address, module, function): (AccountAddress, String, String) =
        ::bcs::from_bytes(&bytes).map_err(|_| NativeError::Abort(INVALID))?;
    let module = Identifier::new(module).map_err(|_| NativeError::Abort(INVALID))?;
    Ok((ModuleId::new(address, module), function))
}

fn is_identifier(ctx: &mut dyn NativeContext) -> NativeResult<()> {
    let size = ctx.vector_len(0)?;
    ctx.charge_bytes(size)?;
    let bytes = ctx.bytes(0)?;
    let valid = String::from_utf8(bytes).is_ok_and(|text| Identifier::new(text).is_ok());
    ctx.ret(Scalar::Bool(valid))
}

fn load(ctx: &mut dyn NativeContext) -> NativeResult<()> {
    let (module, function) = function_info(ctx, 0)?;
    let found = ctx.load_function(&module, &function)?;
    ctx.ret(Scalar::Bool(found))
}

fn is_compatible(ctx: &mut dyn NativeContext) -> NativeResult<()> {
    let (native_module, native) = function_info(ctx, 0)?;
    let (module, function) = function_info(ctx, 1)?;
    let fits = ctx.may_dispatch((&native_module, &native), (&module, &function))?;
    ctx.ret(Scalar::Bool(fits))
}

/// Calls the function that the last argument names with all others.
fn call(ctx: &mut dyn NativeContext) -> NativeResult<()> {
    let last = ctx.arg_count().saturating_sub(1);
    let (module, function) = function_info(ctx, last)?;
    ctx.dispatch(&module, &function)
}
