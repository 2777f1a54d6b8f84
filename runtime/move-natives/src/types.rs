//! Types as data: `type_info`, `type_name`.

use crate::Family;
use crate::string::ret_string;
use move_core_types::TypeTag;
use move_vm_runtime::{NativeContext, NativeError, NativeResult, Scalar};
use std::fmt::Write;

/// The type is not a struct.
const NOT_A_STRUCT: u64 = 1;

pub(crate) const NATIVES: Family = &[
    ("type_info", "type_of", type_of),
    ("type_info", "type_name", type_name),
    ("type_info", "chain_id_internal", chain_id),
    ("type_name", "get", old_type_name),
];

/// Address, module name, struct name with its type arguments.
fn type_of(ctx: &mut dyn NativeContext) -> NativeResult<()> {
    let ty = ctx.type_arg(0)?;
    let tag = ctx.type_tag(ty)?;
    let TypeTag::Struct(tag) = &*tag else { return Err(NativeError::Abort(NOT_A_STRUCT)) };
    let mut name = tag.name.to_string();
    if !tag.type_args.is_empty() {
        let args: Vec<String> = tag.type_args.iter().map(ToString::to_string).collect();
        let _ = write!(name, "<{}>", args.join(", "));
    }
    ctx.charge_bytes(name.len() as u64)?;
    let encoded =
        ::bcs::to_bytes(&(tag.address, tag.module.as_str(), name)).map_err(|_| NativeError::Abort(NOT_A_STRUCT))?;
    ctx.ret_bcs(&encoded)?;
    Ok(())
}

fn type_name(ctx: &mut dyn NativeContext) -> NativeResult<()> {
    let ty = ctx.type_arg(0)?;
    let name = ctx.type_tag(ty)?.to_string();
    ctx.charge_bytes(name.len() as u64)?;
    ret_string(ctx, &name)
}

fn chain_id(ctx: &mut dyn NativeContext) -> NativeResult<()> {
    let id = ctx.host().context.chain_id;
    ctx.ret(Scalar::U8(id))
}

/// The older form: addresses of 64 digits, type arguments without separators.
fn old_type_name(ctx: &mut dyn NativeContext) -> NativeResult<()> {
    let ty = ctx.type_arg(0)?;
    let tag = ctx.type_tag(ty)?;
    let mut name = String::new();
    old_form(&tag, &mut name);
    ctx.charge_bytes(name.len() as u64)?;
    ret_string(ctx, &name)
}

/// Recursion is bounded by the depth of run-time types.
fn old_form(tag: &TypeTag, out: &mut String) {
    match tag {
        TypeTag::Vector(inner) => {
            out.push_str("vector<");
            old_form(inner, out);
            out.push('>');
        }
        TypeTag::Struct(tag) => {
            let _ = write!(out, "{}::{}::{}", tag.address.to_canonical_string(), tag.module, tag.name);
            if !tag.type_args.is_empty() {
                out.push('<');
                tag.type_args.iter().for_each(|arg| old_form(arg, out));
                out.push('>');
            }
        }
        other => {
            let _ = write!(out, "{other}");
        }
    }
}
