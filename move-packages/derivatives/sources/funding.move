/// Funding: premium samples, the hourly rate they make, and what it costs a position.
///
/// Units: premiums and rates with 9 decimals, the cumulative index with 18 (rate times price, exact), payments in quote. Samples,
/// averages and rates round toward zero, so that there is no drift to one side; payments round against the position.
/// Invariant: what longs pay is what shorts are due, but for rounding, which the pool keeps.
module derivatives::funding {
    use tenor_math::int128::{Self, I128};

    const RATE: u128 = 1000000000;
    /// Interest of 0.01 % in 8 hours.
    const INTEREST_8H: u128 = 100000;
    /// The premium is followed beyond this distance from the interest only.
    const INNER_CLAMP: u128 = 500000;
    /// 4 % an hour.
    const CAP_HOUR: u128 = 40000000;
    /// Samples of an hour, taken or not.
    const SAMPLES: u128 = 60;
    /// Size times index by quote.
    const PAYMENT: u128 = 1000000000000000000000;

    /// What an hour came to.
    struct Interval has copy, drop, store { avg_premium: I128, rate_8h: I128, rate_hour: I128, d_index: I128 }

    /// The premium over the index from the average prices of selling and buying the impact notional; 0 if a side lacks depth.
    public fun premium_sample(impact_bid: u64, impact_ask: u64, index: u64): I128 {
        let up = if (impact_bid > index) impact_bid - index else 0;
        let down = if (impact_ask != 0 && impact_ask < index) index - impact_ask else 0;
        int128::difference((up as u128), (down as u128))
            .mul_div_trunc(int128::from(RATE), int128::from((index as u128)))
    }

    /// The rate and the growth of the index after an hour whose samples sum up to `sum`. Missing samples count as zero.
    public fun interval(sum: I128, index: u64): Interval {
        let avg_premium = sum.tdiv(int128::from(SAMPLES));
        let inner = int128::from(INTEREST_8H).sub(avg_premium);
        let rate_8h = avg_premium.add(inner.clamp(int128::new(true, INNER_CLAMP), int128::from(INNER_CLAMP)));
        let rate_hour = rate_8h.tdiv(int128::from(8)).clamp(int128::new(true, CAP_HOUR), int128::from(CAP_HOUR));
        Interval { avg_premium, rate_8h, rate_hour, d_index: rate_hour.mul(int128::from((index as u128))) }
    }

    /// `interval` from the samples themselves.
    public fun interval_of(samples: vector<I128>, index: u64): Interval {
        let sum = int128::zero();
        samples.for_each(|sample| sum = sum.add(sample));
        interval(sum, index)
    }

    /// The growth of the cumulative index.
    public fun d_index(self: &Interval): I128 { self.d_index }

    /// The rate of the hour.
    public fun rate_hour(self: &Interval): I128 { self.rate_hour }

    /// What the growth of the index adds to the cash of a position: longs pay when it rises.
    public fun payment(size: I128, d_index: I128): I128 {
        size.negate().mul_div_floor(d_index, int128::from(PAYMENT))
    }
}
