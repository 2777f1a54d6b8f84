/// What is paid at expiry and at delisting.
///
/// The settlement price is floored to a tick with `tick * lot` a multiple of 1e12, so every payoff is an exact integer and all
/// payoffs of a series sum up to zero. Units: prices and sizes with 9 decimals, quote with 6. Fees round up, their cap down.
/// Invariant: payoffs of a series sum up to zero.
module derivatives::settlement {
    use derivatives::units;
    use tenor_math::int128::I128;

    /// The delivery fee: 1.5 basis points of the notional, ...
    const FEE: u128 = 150000;
    /// ... at most 12.5 % of what is paid.
    const FEE_CAP: u128 = 125000000;
    const RATE: u128 = 1000000000;

    /// A price as of a moment.
    struct Observation has copy, drop, store { ts: u64, price: u64 }

    /// The time-weighted average over `[start, end)`, the last observation carried forward. `false` if there is none at the start.
    public fun twap(observations: &vector<Observation>, start: u64, end: u64): (bool, u64) {
        let (sum, current, at, known) = (0u128, 0u64, start, false);
        let i = 0;
        while (i < observations.length()) {
            let o = &observations[i];
            if (o.ts <= start) {
                current = o.price;
                known = true;
            } else if (o.ts < end) {
                if (!known) return (false, 0);
                sum += (current as u128) * ((o.ts - at) as u128);
                at = o.ts;
                current = o.price;
            };
            i += 1;
        };
        if (!known) return (false, 0);
        sum += (current as u128) * ((end - at) as u128);
        (true, (sum / ((end - start) as u128) as u64))
    }

    /// A price floored to the tick.
    public fun floor_to_tick(price: u64, tick: u64): u64 { price / tick * tick }

    /// What one contract pays.
    public fun payoff(is_call: bool, strike: u64, price: u64): u64 {
        if (is_call) { if (price > strike) price - strike else 0 }
        else if (strike > price) strike - price else 0
    }

    /// What a position pays in cash (exact) and the fee of its receiver.
    public fun settle_option(size: I128, payoff: u64, price: u64): (I128, u128) {
        let cash = units::value(size, payoff);
        if (!size.is_positive()) return (cash, 0);
        let by_notional = units::mul_div_up(units::notional_up(size.magnitude(), price), FEE, RATE);
        let cap = units::mul_div(units::notional(size.magnitude(), payoff), FEE_CAP, RATE);
        (cash, if (by_notional < cap) by_notional else cap)
    }

    /// What closing a perpetual position at the settlement price adds to cash (exact).
    public fun settle_perp(size: I128, quote_entry: I128, price: u64): I128 {
        units::value(size, price).add(quote_entry)
    }

    /// The share `part / whole` of a blend of two prices, rounded down.
    public fun blend(average: u64, index: u64, part: u64, whole: u64): u64 {
        (((average as u128) * (part as u128) + (index as u128) * ((whole - part) as u128)) / (whole as u128) as u64)
    }
}
