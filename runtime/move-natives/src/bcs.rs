//! Encoding and decoding of values: `bcs`, `from_bcs`, `util`.

use crate::Family;
use move_vm_runtime::{NativeContext, NativeError, NativeResult, Scalar};

/// The value has no encoding.
const NOT_ENCODABLE: u64 = 0x1C5;
/// The bytes are not an encoding of the type.
const NOT_DECODABLE: u64 = 0x10001;

pub(crate) const NATIVES: Family = &[
    ("bcs", "to_bytes", to_bytes),
    ("bcs", "serialized_size", serialized_size),
    ("bcs", "constant_serialized_size", constant_serialized_size),
    ("from_bcs", "from_bytes", from_bytes),
    ("util", "from_bytes", from_bytes),
];

fn encoded(ctx: &mut dyn NativeContext) -> NativeResult<Vec<u8>> {
    let size = ctx.abstract_size(0)?;
    ctx.charge_bytes(size)?;
    ctx.encode(0)?.ok_or(NativeError::Abort(NOT_ENCODABLE))
}

fn to_bytes(ctx: &mut dyn NativeContext) -> NativeResult<()> {
    let bytes = encoded(ctx)?;
    ctx.ret_bytes(&bytes)
}

fn serialized_size(ctx: &mut dyn NativeContext) -> NativeResult<()> {
    let bytes = encoded(ctx)?;
    ctx.ret(Scalar::U64(bytes.len() as u64))
}

/// An option: the size if all values of the type share one.
fn constant_serialized_size(ctx: &mut dyn NativeContext) -> NativeResult<()> {
    let ty = ctx.type_arg(0)?;
    let size = ctx.constant_size(ty).map_err(|error| match error {
        NativeError::Vm(_) => NativeError::Abort(NOT_ENCODABLE),
        abort => abort,
    })?;
    let mut option = vec![u8::from(size.is_some())];
    option.extend(size.iter().flat_map(|size| size.to_le_bytes()));
    ctx.ret_bcs(&option)?;
    Ok(())
}

fn from_bytes(ctx: &mut dyn NativeContext) -> NativeResult<()> {
    let size = ctx.vector_len(0)?;
    ctx.charge_bytes(size)?;
    let bytes = ctx.bytes(0)?;
    if ctx.ret_bcs(&bytes)? { Ok(()) } else { Err(NativeError::Abort(NOT_DECODABLE)) }
}
