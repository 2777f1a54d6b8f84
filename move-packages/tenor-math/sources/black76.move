/// Prices and Greeks of European options: Black-76 on a forward, Black-Scholes-Merton on a spot with carry.
///
/// Units: `_e9` underlying, strike, volatility per year and rates with 9 decimals; tenor in seconds of a year of 31,536,000 s;
/// results with 18 decimals. Delta and gamma are per quote unit of the underlying, vega per 1.00 of volatility, theta per year
/// (the derivative by time), rho per 1.00 of rate. Price within 16 units + 1e-14 of the larger of underlying and strike.
///
/// One logarithm, one square root, one exponential for the density at d1; the density at d2 follows from
/// `phi(d2) = phi(d1) F / K`. d1 and d2 stay in Q96 until the end, and the tail of the signed argument is taken directly, so that
/// prices far out of the money keep their digits.
module tenor_math::black76 {
    use tenor_math::fixed;
    use tenor_math::int256::{Self, I256};
    use tenor_math::int64::I64;
    use tenor_math::normal;
    use tenor_math::wide;

    /// A price is 0 or not below 2^60, a volatility is above 10, a rate above 1 in magnitude or a tenor longer than 10 years.
    const E_DOMAIN: u64 = 0x0102;

    const WAD: u256 = 1000000000000000000;
    const E9: u256 = 1000000000;
    /// One with 96 fractional bits.
    const ONE: u256 = 79228162514264337593543950336;
    /// Seconds of a year.
    const YEAR: u256 = 31536000;
    const TENOR_MAX: u64 = 315360000;
    const PRICE_END: u64 = 1152921504606846976;
    const VOL_MAX: u64 = 10000000000;
    const RATE_MAX: u64 = 1000000000;
    /// Beyond this many standard deviations the option is worth its intrinsic value.
    const D_MAX: u256 = 64;
    /// 14 in Q96: beyond it the density is taken for 0.
    const DENSITY_END: u256 = 1109194275199700726309615304704;

    /// What an option is worth and how that changes. All with 18 decimals.
    struct Greeks has copy, drop, store {
        price: u256,
        delta: I256,
        gamma: u256,
        vega: u256,
        theta: I256,
        rho: I256,
        vanna: I256,
        volga: I256,
    }

    /// What every price needs, in Q96.
    struct Terms has copy, drop {
        is_call: bool,
        under: u256,
        strike: u256,
        /// Time to expiry in years and its square root.
        time: u256,
        root: u256,
        /// Volatility, and volatility times the root of time.
        vol: u256,
        dev: u256,
        /// Discount of the underlying's leg and of the strike's leg.
        discount_under: u256,
        discount_strike: u256,
        /// (r - q) T in the spot form, 0 on a forward.
        drift: I256,
        rate: I256,
        carry: I256,
    }

    /// The Black-76 price with 18 decimals.
    public fun price(is_call: bool, forward_e9: u64, strike_e9: u64, vol_e9: u64, tenor_s: u64, rate_e9: I64): u256 {
        let t = forward_terms(is_call, forward_e9, strike_e9, vol_e9, tenor_s, rate_e9);
        if (t.dev == 0) return scale(intrinsic(&t), E9);
        let (d1, d2) = deviations(&t);
        let (density1, density2, _, _) = densities(&t, d1, d2, true);
        let (under_leg, strike_leg) = legs(&t, d1, d2, density1, density2);
        scale(spread(t.is_call, under_leg, strike_leg), E9)
    }

    /// Price and Greeks of Black-76.
    public fun greeks(is_call: bool, forward_e9: u64, strike_e9: u64, vol_e9: u64, tenor_s: u64, rate_e9: I64): Greeks {
        evaluate(&forward_terms(is_call, forward_e9, strike_e9, vol_e9, tenor_s, rate_e9), true)
    }

    /// Price and Greeks of Black-Scholes-Merton: a spot with carry `carry_e9`.
    public fun greeks_spot(
        is_call: bool, spot_e9: u64, strike_e9: u64, vol_e9: u64, tenor_s: u64, rate_e9: I64, carry_e9: I64
    ): Greeks {
        let t = forward_terms(is_call, spot_e9, strike_e9, vol_e9, tenor_s, rate_e9);
        assert!(carry_e9.magnitude() <= RATE_MAX, E_DOMAIN);
        let (carry, grown) = rate_terms(carry_e9, tenor_s);
        t.carry = carry;
        t.discount_under = fixed::exp_q(!grown.is_negative(), grown.magnitude());
        let (_, grown_rate) = rate_terms(rate_e9, tenor_s);
        t.drift = grown_rate.sub(grown);
        evaluate(&t, false)
    }

    /// The price.
    public fun value(self: &Greeks): u256 { self.price }

    /// By the underlying.
    public fun delta(self: &Greeks): I256 { self.delta }

    /// Twice by the underlying.
    public fun gamma(self: &Greeks): u256 { self.gamma }

    /// By the volatility.
    public fun vega(self: &Greeks): u256 { self.vega }

    /// By time.
    public fun theta(self: &Greeks): I256 { self.theta }

    /// By the rate.
    public fun rho(self: &Greeks): I256 { self.rho }

    /// By the underlying and the volatility.
    public fun vanna(self: &Greeks): I256 { self.vanna }

    /// Twice by the volatility.
    public fun volga(self: &Greeks): I256 { self.volga }

    /// Terms of Black-76; those of the spot form differ in carry, drift and the underlying's discount.
    fun forward_terms(
        is_call: bool, under_e9: u64, strike_e9: u64, vol_e9: u64, tenor_s: u64, rate_e9: I64
    ): Terms {
        assert!(
            under_e9 != 0 && under_e9 < PRICE_END && strike_e9 != 0 && strike_e9 < PRICE_END && vol_e9 <= VOL_MAX
                && tenor_s <= TENOR_MAX && rate_e9.magnitude() <= RATE_MAX,
            E_DOMAIN
        );
        let time = ((tenor_s as u256) << 96) / YEAR;
        let root = wide::isqrt(time << 96);
        let vol = ((vol_e9 as u256) << 96) / E9;
        let (rate, grown) = rate_terms(rate_e9, tenor_s);
        // Without a rate the discount is 1 and costs nothing.
        let discount = if (rate.is_zero()) ONE else fixed::exp_q(!grown.is_negative(), grown.magnitude());
        Terms {
            is_call, under: (under_e9 as u256), strike: (strike_e9 as u256), time, root, vol, dev: (vol * root) >> 96,
            discount_under: discount, discount_strike: discount, drift: int256::zero(), rate, carry: int256::zero()
        }
    }

    /// A rate per year in Q96, and the rate times the tenor.
    fun rate_terms(rate_e9: I64, tenor_s: u64): (I256, I256) {
        let (neg, mag) = (rate_e9.is_negative(), (rate_e9.magnitude() as u256) << 96);
        (int256::new(neg, mag / E9), int256::new(neg, mag * (tenor_s as u256) / (E9 * YEAR)))
    }

    fun evaluate(t: &Terms, forward: bool): Greeks {
        if (t.dev == 0) return degenerate(t, forward);
        let (d1, d2) = deviations(t);
        let (density1, density2, mantissa, shift) = densities(t, d1, d2, forward);
        let n1 = normal::cdf_q(if (t.is_call) d1 else d1.negate(), density1);
        let n2 = normal::cdf_q(if (t.is_call) d2 else d2.negate(), density2);
        let delta = fixed::mul_q(t.discount_under, n1);
        let under_leg = t.under * delta;
        let strike_leg = t.strike * fixed::mul_q(t.discount_strike, n2);
        let worth = spread(t.is_call, under_leg, strike_leg);
        let density = fixed::mul_q(t.discount_under, density1);
        // Per unit of the underlying; the underlying is multiplied in last, which keeps every product below 2^256.
        let vega = fixed::mul_q(density, t.root);
        let decay = (fixed::mul_q(density, t.vol) << 96) / (2 * t.root) * t.under;
        let both = fixed::mul_signed_q(d1, d2);
        let (theta, rho) = if (forward) {
            let worth = int256::from(worth);
            (
                times(worth, t.rate).sub(int256::from(decay)),
                times(worth, int256::from(t.time)).negate()
            )
        } else {
            let (under_leg, strike_leg) = (int256::from(under_leg), int256::from(strike_leg));
            let carried = times(under_leg, t.carry).sub(times(strike_leg, t.rate));
            let rho = times(strike_leg, int256::from(t.time));
            (signed(t.is_call, carried).sub(int256::from(decay)), signed(t.is_call, rho))
        };
        Greeks {
            price: scale(worth, E9),
            delta: signed(t.is_call, int256::from(scale(delta, WAD))),
            gamma: gamma_wad(t, mantissa, shift),
            vega: scale(vega * t.under, E9),
            theta: scale_signed(theta),
            rho: scale_signed(rho),
            vanna: int256::new(!d2.is_negative(), scale(d2.magnitude() * density / t.vol, WAD)),
            volga: int256::new(both.is_negative(), scale(vega * both.magnitude() / t.vol * t.under, E9)),
        }
    }

    /// No volatility or no time: discounted intrinsic value; at the money exactly half a delta.
    fun degenerate(t: &Terms, forward: bool): Greeks {
        let under_leg = t.under * t.discount_under;
        let strike_leg = t.strike * t.discount_strike;
        // Twice the probability of exercise.
        let twice = if (under_leg == strike_leg) 1 else if ((under_leg > strike_leg) == t.is_call) 2 else 0;
        let worth = intrinsic(t);
        let (theta, rho) = if (forward) {
            let worth = int256::from(worth);
            (times(worth, t.rate), times(worth, int256::from(t.time)).negate())
        } else {
            let (under_leg, strike_leg) = (int256::from(under_leg * twice / 2), int256::from(strike_leg * twice / 2));
            (
                signed(t.is_call, times(under_leg, t.carry).sub(times(strike_leg, t.rate))),
                signed(t.is_call, times(strike_leg, int256::from(t.time)))
            )
        };
        Greeks {
            price: scale(worth, E9),
            delta: signed(t.is_call, int256::from(scale(t.discount_under * twice / 2, WAD))),
            gamma: 0,
            vega: 0,
            theta: scale_signed(theta),
            rho: scale_signed(rho),
            vanna: int256::zero(),
            volga: int256::zero(),
        }
    }

    fun intrinsic(t: &Terms): u256 {
        spread(t.is_call, t.under * t.discount_under, t.strike * t.discount_strike)
    }

    /// d1 and d2 in Q96. Far from the money both stand at 64, before a division by a tiny deviation could overflow.
    fun deviations(t: &Terms): (I256, I256) {
        let (neg, mag) = fixed::ln_ratio(t.under, t.strike);
        let distance = int256::new(neg, mag).add(t.drift);
        let mag = distance.magnitude();
        if (mag / t.dev > D_MAX) {
            let far = int256::new(distance.is_negative(), D_MAX * ONE);
            return (far, far)
        };
        let d1 = int256::new(distance.is_negative(), (mag << 96) / t.dev).add(int256::from(t.dev >> 1));
        (d1, d1.sub(int256::from(t.dev)))
    }

    /// The densities at d1 and d2 in Q96, and the one at d1 as mantissa and shift.
    fun densities(t: &Terms, d1: I256, d2: I256, forward: bool): (u256, u256, u256, u256) {
        let (mantissa, shift) = if (d1.magnitude() < DENSITY_END) normal::density_parts(d1.magnitude()) else (0, 0);
        let density1 = if (shift > 97) 0 else mantissa >> (shift as u8);
        let density2 = if (forward && density1 != 0) {
            density1 * t.under / t.strike
        } else if (d2.magnitude() < DENSITY_END) {
            normal::density_q(d2.magnitude())
        } else 0;
        (density1, density2, mantissa, shift)
    }

    /// What is received and what is paid on exercise, in Q96 of `_e9`.
    fun legs(t: &Terms, d1: I256, d2: I256, density1: u256, density2: u256): (u256, u256) {
        let n1 = normal::cdf_q(if (t.is_call) d1 else d1.negate(), density1);
        let n2 = normal::cdf_q(if (t.is_call) d2 else d2.negate(), density2);
        (t.under * fixed::mul_q(t.discount_under, n1), t.strike * fixed::mul_q(t.discount_strike, n2))
    }

    /// Gamma from mantissa and shift of the density, so that it keeps its digits where the density is small.
    fun gamma_wad(t: &Terms, mantissa: u256, shift: u256): u256 {
        if (mantissa == 0) return 0;
        let per_dev = (fixed::mul_q(mantissa, t.discount_under) << 96) / t.dev;
        // per_dev < 2^127 and 1e27 < 2^90; 14^2 / 2 / ln 2 = 141.4 bounds the shift.
        (per_dev * WAD * E9 / t.under) >> ((96 + shift) as u8)
    }

    /// The call's or the put's difference of the legs, not below 0.
    fun spread(is_call: bool, under_leg: u256, strike_leg: u256): u256 {
        let (get, pay) = if (is_call) (under_leg, strike_leg) else (strike_leg, under_leg);
        if (get > pay) get - pay else 0
    }

    /// A leg or a worth times a rate or a time, toward zero. A leg is below 2^171 and a factor below 2^100: 48 bits of the leg go
    /// first, which is 1e-23 of a price unit, so that the product stays below 2^256 in the whole domain.
    fun times(leg: I256, factor: I256): I256 {
        int256::new(leg.is_negative() != factor.is_negative(), ((leg.magnitude() >> 48) * factor.magnitude()) >> 48)
    }

    fun signed(is_call: bool, x: I256): I256 { if (is_call) x else x.negate() }

    fun scale(q: u256, by: u256): u256 { (q * by) >> 96 }

    fun scale_signed(q: I256): I256 { int256::new(q.is_negative(), scale(q.magnitude(), E9)) }
}
