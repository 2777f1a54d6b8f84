//! `black76`, step by step as its Move text.
//!
//! The domain (prices below 2^60, volatility at most 10, rates at most 1, ten years) keeps every product below 2^256.

use super::fixed::{self, ONE, WAD, mul_q, mul_signed_q};
use super::{E_DOMAIN, Outcome, Signed};
use ruint::aliases::U256;
use ruint::uint;

uint! {
    const E9: U256 = 1000000000_U256;
    const YEAR: U256 = 31536000_U256;
    const D_MAX: U256 = 64_U256;
    const DENSITY_END: U256 = 1109194275199700726309615304704_U256;
}
const TENOR_MAX: u64 = 315_360_000;
const PRICE_END: u64 = 1 << 60;
const VOL_MAX: u64 = 10_000_000_000;
const RATE_MAX: U256 = E9;

/// What is priced; prices, volatility and rate with 9 decimals, tenor in seconds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Input {
    pub(super) is_call: bool,
    pub(super) under: u64,
    pub(super) strike: u64,
    pub(super) vol: u64,
    pub(super) tenor: u64,
    pub(super) rate: Signed,
}

/// `black76::Greeks`.
pub(super) struct Greeks {
    pub(super) price: U256,
    pub(super) delta: Signed,
    pub(super) gamma: U256,
    pub(super) vega: U256,
    pub(super) theta: Signed,
    pub(super) rho: Signed,
    pub(super) vanna: Signed,
    pub(super) volga: Signed,
}

struct Terms {
    is_call: bool,
    under: U256,
    strike: U256,
    time: U256,
    root: U256,
    vol: U256,
    dev: U256,
    discount_under: U256,
    discount_strike: U256,
    drift: Signed,
    rate: Signed,
    carry: Signed,
}

struct Densities {
    first: U256,
    second: U256,
    mantissa: U256,
    shift: usize,
}

/// `black76::price`.
pub(super) fn price(input: &Input) -> Outcome<U256> {
    let t = forward_terms(input)?;
    if t.dev.is_zero() {
        return Ok(scale(intrinsic(&t), E9));
    }
    let (d1, d2) = deviations(&t);
    let densities = densities(&t, d1, d2, true);
    let n1 = fixed::cdf_q(d1.turned(!t.is_call), densities.first);
    let n2 = fixed::cdf_q(d2.turned(!t.is_call), densities.second);
    let (under_leg, strike_leg) = (t.under * mul_q(t.discount_under, n1), t.strike * mul_q(t.discount_strike, n2));
    Ok(scale(spread(t.is_call, under_leg, strike_leg), E9))
}

/// `black76::greeks`.
pub(super) fn greeks(input: &Input) -> Outcome<Greeks> {
    Ok(evaluate(&forward_terms(input)?, true))
}

/// `black76::greeks_spot`.
pub(super) fn greeks_spot(input: &Input, carry: Signed) -> Outcome<Greeks> {
    let mut t = forward_terms(input)?;
    if carry.mag > RATE_MAX {
        return Err(E_DOMAIN);
    }
    let (carry, grown) = rate_terms(carry, input.tenor);
    t.carry = carry;
    t.discount_under = fixed::exp_q(grown);
    let (_, grown_rate) = rate_terms(input.rate, input.tenor);
    t.drift = grown_rate.plus(grown.turned(true));
    Ok(evaluate(&t, false))
}

fn forward_terms(input: &Input) -> Outcome<Terms> {
    let priced = |price: u64| price != 0 && price < PRICE_END;
    let in_domain = priced(input.under)
        && priced(input.strike)
        && input.vol <= VOL_MAX
        && input.tenor <= TENOR_MAX
        && input.rate.mag <= RATE_MAX;
    if !in_domain {
        return Err(E_DOMAIN);
    }
    let time = (U256::from(input.tenor) << 96) / YEAR;
    let root = fixed::isqrt(time << 96);
    let vol = (U256::from(input.vol) << 96) / E9;
    let (rate, grown) = rate_terms(input.rate, input.tenor);
    let discount = if rate.mag.is_zero() { ONE } else { fixed::exp_q(grown) };
    Ok(Terms {
        is_call: input.is_call,
        under: U256::from(input.under),
        strike: U256::from(input.strike),
        time,
        root,
        vol,
        dev: mul_q(vol, root),
        discount_under: discount,
        discount_strike: discount,
        drift: Signed::ZERO,
        rate,
        carry: Signed::ZERO,
    })
}

fn rate_terms(rate: Signed, tenor: u64) -> (Signed, Signed) {
    let mag = rate.mag << 96;
    (Signed::new(rate.neg, mag / E9), Signed::new(rate.neg, mag * U256::from(tenor) / (E9 * YEAR)))
}

fn evaluate(t: &Terms, forward: bool) -> Greeks {
    if t.dev.is_zero() {
        return degenerate(t, forward);
    }
    let (d1, d2) = deviations(t);
    let densities = densities(t, d1, d2, forward);
    let n1 = fixed::cdf_q(d1.turned(!t.is_call), densities.first);
    let n2 = fixed::cdf_q(d2.turned(!t.is_call), densities.second);
    let delta = mul_q(t.discount_under, n1);
    let under_leg = t.under * delta;
    let strike_leg = t.strike * mul_q(t.discount_strike, n2);
    let worth = spread(t.is_call, under_leg, strike_leg);
    let density = mul_q(t.discount_under, densities.first);
    let vega = mul_q(density, t.root);
    let decay = (mul_q(density, t.vol) << 96) / (U256::from(2) * t.root) * t.under;
    let both = mul_signed_q(d1, d2);
    let (theta, rho) = if forward {
        let worth = Signed::from(worth);
        (times(worth, t.rate).plus(Signed::new(true, decay)), times(worth, Signed::from(t.time)).turned(true))
    } else {
        let (under_leg, strike_leg) = (Signed::from(under_leg), Signed::from(strike_leg));
        let carried = times(under_leg, t.carry).plus(times(strike_leg, t.rate).turned(true));
        let rho = times(strike_leg, Signed::from(t.time));
        (carried.turned(!t.is_call).plus(Signed::new(true, decay)), rho.turned(!t.is_call))
    };
    Greeks {
        price: scale(worth, E9),
        delta: Signed::from(scale(delta, WAD)).turned(!t.is_call),
        gamma: gamma_wad(t, &densities),
        vega: scale(vega * t.under, E9),
        theta: scale_signed(theta),
        rho: scale_signed(rho),
        vanna: Signed::new(!d2.neg, scale(d2.mag * density / t.vol, WAD)),
        volga: Signed::new(both.neg, scale(vega * both.mag / t.vol * t.under, E9)),
    }
}

fn degenerate(t: &Terms, forward: bool) -> Greeks {
    let under_leg = t.under * t.discount_under;
    let strike_leg = t.strike * t.discount_strike;
    let twice = if under_leg == strike_leg {
        U256::ONE
    } else if (under_leg > strike_leg) == t.is_call {
        U256::from(2)
    } else {
        U256::ZERO
    };
    let time = Signed::from(t.time);
    let (theta, rho) = if forward {
        let worth = Signed::from(intrinsic(t));
        (times(worth, t.rate), times(worth, time).turned(true))
    } else {
        let half = |leg: U256| Signed::from((leg * twice) >> 1);
        let (under_leg, strike_leg) = (half(under_leg), half(strike_leg));
        let carried = times(under_leg, t.carry).plus(times(strike_leg, t.rate).turned(true));
        (carried.turned(!t.is_call), times(strike_leg, time).turned(!t.is_call))
    };
    Greeks {
        price: scale(intrinsic(t), E9),
        delta: Signed::from(scale((t.discount_under * twice) >> 1, WAD)).turned(!t.is_call),
        gamma: U256::ZERO,
        vega: U256::ZERO,
        theta: scale_signed(theta),
        rho: scale_signed(rho),
        vanna: Signed::ZERO,
        volga: Signed::ZERO,
    }
}

fn intrinsic(t: &Terms) -> U256 {
    spread(t.is_call, t.under * t.discount_under, t.strike * t.discount_strike)
}

fn deviations(t: &Terms) -> (Signed, Signed) {
    let distance = fixed::ln_ratio(t.under, t.strike).plus(t.drift);
    if distance.mag / t.dev > D_MAX {
        let far = Signed::new(distance.neg, D_MAX * ONE);
        return (far, far);
    }
    let d1 = Signed::new(distance.neg, (distance.mag << 96) / t.dev).plus(Signed::from(t.dev >> 1));
    (d1, d1.plus(Signed::new(true, t.dev)))
}

fn densities(t: &Terms, d1: Signed, d2: Signed, forward: bool) -> Densities {
    let (mantissa, shift) = if d1.mag < DENSITY_END { fixed::density_parts(d1.mag) } else { (U256::ZERO, 0) };
    let first = if shift > 97 { U256::ZERO } else { mantissa >> shift };
    let second = if forward && !first.is_zero() {
        first * t.under / t.strike
    } else if d2.mag < DENSITY_END {
        fixed::density_q(d2.mag)
    } else {
        U256::ZERO
    };
    Densities { first, second, mantissa, shift }
}

fn gamma_wad(t: &Terms, densities: &Densities) -> U256 {
    if densities.mantissa.is_zero() {
        return U256::ZERO;
    }
    let per_dev = (mul_q(densities.mantissa, t.discount_under) << 96) / t.dev;
    (per_dev * WAD * E9 / t.under) >> (96 + densities.shift)
}

fn spread(is_call: bool, under_leg: U256, strike_leg: U256) -> U256 {
    let (get, pay) = if is_call { (under_leg, strike_leg) } else { (strike_leg, under_leg) };
    get.saturating_sub(pay)
}

fn times(leg: Signed, factor: Signed) -> Signed {
    Signed::new(leg.neg != factor.neg, ((leg.mag >> 48) * factor.mag) >> 48)
}

fn scale(q: U256, by: U256) -> U256 {
    (q * by) >> 96
}

fn scale_signed(q: Signed) -> Signed {
    Signed::new(q.neg, scale(q.mag, E9))
}
