//! Numbers of a type parameter, for `aggregator_v2`.

use crate::Family;
use move_vm_runtime::{NativeContext, NativeError, NativeResult, Scalar, Ty};

/// Neither `u64` nor `u128`, or the number does not fit.
const UNSUPPORTED: u64 = 7;

pub(crate) const NATIVES: Family = &[
    ("aggregator_v2", "as_u128", to_u128),
    ("aggregator_v2", "into_u128", to_u128),
    ("aggregator_v2", "from_u128", from_u128),
];

fn to_u128(ctx: &mut dyn NativeContext) -> NativeResult<()> {
    let number = match ctx.scalar(0) {
        Ok(Scalar::U64(number)) => u128::from(number),
        Ok(Scalar::U128(number)) => number,
        _ => return Err(NativeError::Abort(UNSUPPORTED)),
    };
    ctx.ret(Scalar::U128(number))
}

fn from_u128(ctx: &mut dyn NativeContext) -> NativeResult<()> {
    let number = ctx.u128(0)?;
    let ty = ctx.type_arg(0)?;
    match ty {
        Ty::U64 => {
            let number = u64::try_from(number).map_err(|_| NativeError::Abort(UNSUPPORTED))?;
            ctx.ret(Scalar::U64(number))
        }
        Ty::U128 => ctx.ret(Scalar::U128(number)),
        _ => Err(NativeError::Abort(UNSUPPORTED)),
    }
}
