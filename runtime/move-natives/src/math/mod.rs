//! `TenorMath` at `0x5`: fixed-point mathematics, the normal distribution, Black-76.
//!
//! Each function here stands in for one that has a Move body, and equals it to the bit: results, abort codes and the module
//! of an abort. Which of the two runs is the gas schedule's choice (`native.0x5.<module>.<function>.enabled`).

mod black76;
mod fixed;

use crate::{Family, MATH};
use move_core_types::{Identifier, ModuleId, U256 as MoveU256};
use move_vm_runtime::{Location, NativeContext, NativeError, NativeResult, Scalar, VmError};
use ruint::aliases::U256;

/// Modules at `0x5`.
pub(crate) const NATIVES: Family = &[
    ("wide", "isqrt", isqrt),
    ("wide", "mul_div_rem", mul_div_rem),
    ("wide", "mul_div_floor", mul_div_floor),
    ("wide", "mul_div_ceil", mul_div_ceil),
    ("fixed", "mul_div_floor", mul_div_floor),
    ("fixed", "mul_div_ceil", mul_div_ceil),
    ("fixed", "exp", |ctx| unsigned(ctx, |ctx| Ok(fixed::exp(signed_arg(ctx, 0)?)))),
    ("fixed", "ln", ln),
    ("fixed", "sqrt", |ctx| unsigned(ctx, |ctx| Ok(fixed::sqrt(arg(ctx, 0)?)))),
    ("fixed", "pow", |ctx| unsigned(ctx, |ctx| Ok(fixed::pow(arg(ctx, 0)?, signed_arg(ctx, 1)?)))),
    ("normal", "ncdf", |ctx| unsigned(ctx, |ctx| Ok(Ok(fixed::ncdf(signed_arg(ctx, 0)?))))),
    ("normal", "npdf", |ctx| unsigned(ctx, |ctx| Ok(Ok(fixed::npdf(signed_arg(ctx, 0)?))))),
    ("black76", "price", |ctx| unsigned(ctx, |ctx| Ok(black76::price(&input(ctx)?)))),
    ("black76", "greeks", |ctx| {
        let greeks = black76::greeks(&input(ctx)?).map_err(NativeError::Abort)?;
        ret_greeks(ctx, &greeks)
    }),
    ("black76", "greeks_spot", |ctx| {
        let (input, carry) = (input(ctx)?, signed_arg(ctx, 6)?);
        let greeks = black76::greeks_spot(&input, carry).map_err(NativeError::Abort)?;
        ret_greeks(ctx, &greeks)
    }),
];

const E_OVERFLOW: u64 = 0x0101;
const E_DOMAIN: u64 = 0x0102;
const E_EXP_OVERFLOW: u64 = 0x0103;
const E_DIV_ZERO: u64 = 0x0104;

/// A result, or the code of an abort.
type Outcome<T> = Result<T, u64>;

/// `int256::I256`: a sign and a magnitude, one zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Signed {
    neg: bool,
    mag: U256,
}

impl Signed {
    const ZERO: Self = Self { neg: false, mag: U256::ZERO };

    fn new(neg: bool, mag: U256) -> Self {
        Self { neg: neg && !mag.is_zero(), mag }
    }

    fn from(mag: U256) -> Self {
        Self { neg: false, mag }
    }

    /// `-self` if asked for.
    fn turned(self, turn: bool) -> Self {
        Self::new(self.neg != turn, self.mag)
    }

    /// The sum; magnitudes are far below 2^255 here.
    fn plus(self, other: Self) -> Self {
        if self.neg == other.neg {
            Self { neg: self.neg, mag: self.mag + other.mag }
        } else if self.mag >= other.mag {
            Self::new(self.neg, self.mag - other.mag)
        } else {
            Self { neg: other.neg, mag: other.mag - self.mag }
        }
    }

    fn bytes(self) -> [u8; 33] {
        let mut out = [0; 33];
        out[0] = u8::from(self.neg);
        out[1..].copy_from_slice(&self.mag.to_le_bytes::<32>());
        out
    }
}

fn arg(ctx: &mut dyn NativeContext, index: usize) -> NativeResult<U256> {
    Ok(U256::from_limbs(ctx.u256(index)?.into_limbs()))
}

/// A sign and a magnitude of any width.
fn signed_arg(ctx: &mut dyn NativeContext, index: usize) -> NativeResult<Signed> {
    let bytes = ctx.encode(index)?.unwrap_or_default();
    match bytes.split_first() {
        Some((sign, mag)) if !mag.is_empty() && mag.len() <= 32 => {
            Ok(Signed { neg: *sign != 0, mag: U256::from_le_slice(mag) })
        }
        _ => Err(VmError::invariant("a signed number of another shape").into()),
    }
}

fn ret(ctx: &mut dyn NativeContext, value: U256) -> NativeResult<()> {
    ctx.ret(Scalar::U256(MoveU256::from_limbs(value.into_limbs())))
}

fn unsigned(
    ctx: &mut dyn NativeContext,
    work: fn(&mut dyn NativeContext) -> NativeResult<Outcome<U256>>,
) -> NativeResult<()> {
    let value = work(ctx)?.map_err(NativeError::Abort)?;
    ret(ctx, value)
}

fn ret_bcs(ctx: &mut dyn NativeContext, bytes: &[u8]) -> NativeResult<()> {
    if ctx.ret_bcs(bytes)? { Ok(()) } else { Err(VmError::invariant("a result of another shape").into()) }
}

fn ln(ctx: &mut dyn NativeContext) -> NativeResult<()> {
    let value = fixed::ln(arg(ctx, 0)?).map_err(NativeError::Abort)?;
    ret_bcs(ctx, &value.bytes())
}

fn isqrt(ctx: &mut dyn NativeContext) -> NativeResult<()> {
    let value = fixed::isqrt(arg(ctx, 0)?);
    ret(ctx, value)
}

/// An abort of the module `wide`, also from a function of `fixed` whose body calls it.
fn wide_abort(code: u64) -> NativeError {
    let error = VmError::abort(code);
    match Identifier::new("wide") {
        Ok(name) => error.located(Location::Module(ModuleId::new(MATH, name)), 0, 0).into(),
        Err(_) => error.into(),
    }
}

fn divided(ctx: &mut dyn NativeContext) -> NativeResult<(U256, U256)> {
    let (a, b, c) = (arg(ctx, 0)?, arg(ctx, 1)?, arg(ctx, 2)?);
    if c.is_zero() {
        return Err(wide_abort(E_DIV_ZERO));
    }
    fixed::mul_div_rem(a, b, c).ok_or_else(|| wide_abort(E_OVERFLOW))
}

fn mul_div_rem(ctx: &mut dyn NativeContext) -> NativeResult<()> {
    let (quotient, rest) = divided(ctx)?;
    ret(ctx, quotient)?;
    ret(ctx, rest)
}

fn mul_div_floor(ctx: &mut dyn NativeContext) -> NativeResult<()> {
    let (quotient, _) = divided(ctx)?;
    ret(ctx, quotient)
}

fn mul_div_ceil(ctx: &mut dyn NativeContext) -> NativeResult<()> {
    let (quotient, rest) = divided(ctx)?;
    let up = if rest.is_zero() { U256::ZERO } else { U256::ONE };
    let value = quotient.checked_add(up).ok_or_else(|| wide_abort(E_OVERFLOW))?;
    ret(ctx, value)
}

fn input(ctx: &mut dyn NativeContext) -> NativeResult<black76::Input> {
    Ok(black76::Input {
        is_call: ctx.bool(0)?,
        under: ctx.u64(1)?,
        strike: ctx.u64(2)?,
        vol: ctx.u64(3)?,
        tenor: ctx.u64(4)?,
        rate: signed_arg(ctx, 5)?,
    })
}

fn ret_greeks(ctx: &mut dyn NativeContext, greeks: &black76::Greeks) -> NativeResult<()> {
    let mut out = Vec::with_capacity(261);
    out.extend_from_slice(&greeks.price.to_le_bytes::<32>());
    out.extend_from_slice(&greeks.delta.bytes());
    out.extend_from_slice(&greeks.gamma.to_le_bytes::<32>());
    out.extend_from_slice(&greeks.vega.to_le_bytes::<32>());
    for signed in [greeks.theta, greeks.rho, greeks.vanna, greeks.volga] {
        out.extend_from_slice(&signed.bytes());
    }
    ret_bcs(ctx, &out)
}
