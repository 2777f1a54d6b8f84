/// Notionals and fees: the few formulas that every other module shares.
///
/// Units: prices and sizes with 9 decimals, money ("quote") with 6, ratios with 9. `price * size / 1e12` is quote. A market is
/// listed only if `tick * lot` is a multiple of 1e12, so the notional of every fill is an exact integer.
/// Rounding: what a user pays up, what a user receives down.
/// Invariant: no intermediate exceeds 256 bits within the bounds of prices and sizes.
module derivatives::units {
    use tenor_math::int128::{Self, I128};

    /// A number does not fit.
    const E_OVERFLOW: u64 = 0x0101;

    /// One of a ratio.
    const RATE: u128 = 1000000000;
    /// Price times size by quote.
    const NOTIONAL: u128 = 1000000000000;

    /// One of a ratio.
    public fun rate(): u128 { RATE }

    /// `ceil(a / b)`.
    public fun ceil_div(a: u128, b: u128): u128 { if (a == 0) 0 else (a - 1) / b + 1 }

    /// `floor(a * b / c)` through 256 bits.
    public fun mul_div(a: u128, b: u128, c: u128): u128 {
        let value = (a as u256) * (b as u256) / (c as u256);
        assert!(value <= 340282366920938463463374607431768211455, E_OVERFLOW);
        (value as u128)
    }

    /// `ceil(a * b / c)` through 256 bits.
    public fun mul_div_up(a: u128, b: u128, c: u128): u128 {
        let value = (a as u256) * (b as u256);
        let by = (c as u256);
        let value = if (value == 0) 0 else (value - 1) / by + 1;
        assert!(value <= 340282366920938463463374607431768211455, E_OVERFLOW);
        (value as u128)
    }

    /// Quote of `size` at `price`, rounded down.
    public fun notional(size: u128, price: u64): u128 { mul_div(size, (price as u128), NOTIONAL) }

    /// Quote of `size` at `price`, rounded up: what a requirement is measured by.
    public fun notional_up(size: u128, price: u64): u128 { mul_div_up(size, (price as u128), NOTIONAL) }

    /// Quote of a signed size at `price`, toward minus infinity.
    public fun value(size: I128, price: u64): I128 {
        size.mul_div_floor(int128::from((price as u128)), int128::from(NOTIONAL))
    }

    /// The fee on a notional; negative is a rebate. Paid up, received down.
    public fun fee(notional: u128, rate_e9: I128): I128 {
        if (rate_e9.is_negative()) int128::new(true, mul_div(notional, rate_e9.magnitude(), RATE))
        else int128::from(mul_div_up(notional, rate_e9.magnitude(), RATE))
    }

    /// The fee on an option's fill: a share of the index notional, at most a share of the premium.
    public fun option_fee(index: u64, premium: u128, size: u128, rate_e9: u128, cap_e9: u128): u128 {
        let by_index = mul_div_up(notional_up(size, index), rate_e9, RATE);
        let by_premium = mul_div_up(premium, cap_e9, RATE);
        if (by_index < by_premium) by_index else by_premium
    }
}
