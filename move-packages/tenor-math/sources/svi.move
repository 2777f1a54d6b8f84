/// Implied volatility from one slice of a surface in the SVI form, and between two slices.
///
/// `w(k) = a + b (rho (k - m) + sqrt((k - m)^2 + sigma^2))` is the total variance at `k = ln(strike / forward)`, and the
/// volatility is `sqrt(w / T)`. Units: parameters, prices and volatility with 9 decimals, `k` clamped to [-3, 3]; total variance
/// in Q96 (96 fractional bits). Rounds down.
module tenor_math::svi {
    use tenor_math::fixed;
    use tenor_math::int256::{Self, I256};
    use tenor_math::int64::I64;
    use tenor_math::wide;

    /// A price or a time is 0 or too large, or the times of two slices are not in order.
    const E_DOMAIN: u64 = 0x0102;

    const E9: u256 = 1000000000;
    const YEAR: u256 = 31536000;
    /// 3 in Q96.
    const K_MAX: u256 = 237684487542793012780631851008;
    /// Parameters are at most 100 in magnitude.
    const PARAMETER_MAX: u64 = 100000000000;

    /// The parameters of one expiry.
    struct Slice has copy, drop, store { a: I64, b: u64, rho: I64, m: I64, sigma: u64 }

    /// A slice, whether it makes sense or not: see `is_valid`.
    public fun new(a: I64, b: u64, rho: I64, m: I64, sigma: u64): Slice { Slice { a, b, rho, m, sigma } }

    /// Whether the slice has no negative variance and no arbitrage in its wings: `|rho| < 1`, `sigma > 0`,
    /// `a + b sigma sqrt(1 - rho^2) >= 0`, `b (1 + |rho|) <= 2`; and whether every parameter is within bounds.
    public fun is_valid(self: &Slice): bool {
        let (b, rho, sigma) = ((self.b as u256), (self.rho.magnitude() as u256), (self.sigma as u256));
        if (rho >= E9 || sigma == 0 || self.sigma > PARAMETER_MAX || self.b > PARAMETER_MAX) return false;
        if (self.a.magnitude() > PARAMETER_MAX || self.m.magnitude() > PARAMETER_MAX) return false;
        if (b * (E9 + rho) > 2 * E9 * E9) return false;
        if (!self.a.is_negative()) return true;
        // b sigma sqrt(1 - rho^2) >= -a, both sides squared, exact.
        let (lift, depth) = (b * sigma, (self.a.magnitude() as u256) * E9);
        lift * lift * (E9 * E9 - rho * rho) >= depth * depth * E9 * E9
    }

    /// Total variance of a valid slice at a strike, in Q96.
    public fun total_variance(self: &Slice, forward_e9: u64, strike_e9: u64): u256 {
        self.variance_at(log_moneyness(forward_e9, strike_e9))
    }

    /// The volatility of a valid slice at its own time to expiry.
    public fun volatility(self: &Slice, tenor_s: u64, forward_e9: u64, strike_e9: u64): u64 {
        assert!(tenor_s != 0, E_DOMAIN);
        volatility_of(self.total_variance(forward_e9, strike_e9), tenor_s)
    }

    /// The volatility at `tenor_s` from two valid slices: linear in total variance between them at equal `k`, flat volatility
    /// outside.
    public fun volatility_between(
        near: &Slice, near_s: u64, far: &Slice, far_s: u64, tenor_s: u64, forward_e9: u64, strike_e9: u64
    ): u64 {
        assert!(near_s != 0 && near_s < far_s && tenor_s != 0, E_DOMAIN);
        let k = log_moneyness(forward_e9, strike_e9);
        let (t, t1, t2) = ((tenor_s as u256), (near_s as u256), (far_s as u256));
        let w = if (t <= t1) {
            near.variance_at(k) * t / t1
        } else if (t >= t2) {
            far.variance_at(k) * t / t2
        } else {
            let (w1, w2) = (near.variance_at(k), far.variance_at(k));
            if (w2 >= w1) w1 + (w2 - w1) * (t - t1) / (t2 - t1) else w1 - (w1 - w2) * (t - t1) / (t2 - t1)
        };
        volatility_of(w, tenor_s)
    }

    /// `sqrt(w / T)` with 9 decimals, rounded down.
    public fun volatility_of(variance_q: u256, tenor_s: u64): u64 {
        let per_year = variance_q * YEAR / (tenor_s as u256);
        ((wide::isqrt(per_year << 96) * E9 >> 96) as u64)
    }

    /// `ln(strike / forward)` in Q96, clamped to [-3, 3].
    fun log_moneyness(forward_e9: u64, strike_e9: u64): I256 {
        assert!(forward_e9 != 0 && strike_e9 != 0, E_DOMAIN);
        let (neg, mag) = fixed::ln_ratio((strike_e9 as u256), (forward_e9 as u256));
        int256::new(neg, if (mag > K_MAX) K_MAX else mag)
    }

    fun variance_at(self: &Slice, k: I256): u256 {
        let x = k.sub(q(self.m));
        let sigma = ((self.sigma as u256) << 96) / E9;
        // Below 2^103 each, so the squares stay below 2^207.
        let root = wide::isqrt(x.magnitude() * x.magnitude() + sigma * sigma);
        let sum = fixed::mul_signed_q(q(self.rho), x).add(int256::from(root));
        let b = int256::from(((self.b as u256) << 96) / E9);
        // Rounding may leave a hair below zero where the exact value is zero.
        q(self.a).add(fixed::mul_signed_q(b, sum)).positive_part()
    }

    fun q(x: I64): I256 { int256::new(x.is_negative(), ((x.magnitude() as u256) << 96) / E9) }
}
