/// What borrowing costs, and how debts grow: arithmetic without resources.
///
/// Units: `_wad` numbers with 18 decimals; rates per year. Interest rounds up for debts and down for deposits, so that a
/// reserve never owes more than it is owed.
module lending::rates {
    use std::error;
    use aptos_std::math128;

    /// Utilization points lie in (0, 1), and the second slope is not below the first.
    const EINVALID_CURVE: u64 = 1;

    /// 1, with 18 decimals.
    const WAD: u128 = 1000000000000000000;
    const SECONDS_PER_YEAR: u128 = 31536000;

    /// A rate that rises gently up to a kink of utilization, and steeply behind it.
    struct Curve has copy, drop, store {
        base_wad: u128,
        slope_wad: u128,
        steep_slope_wad: u128,
        kink_wad: u128
    }

    /// A curve of yearly rates: at no utilization, added up to the kink, added from the kink to full utilization.
    public fun new_curve(base_wad: u128, slope_wad: u128, steep_slope_wad: u128, kink_wad: u128): Curve {
        assert!(
            kink_wad > 0 && kink_wad < WAD && steep_slope_wad >= slope_wad,
            error::invalid_argument(EINVALID_CURVE)
        );
        Curve { base_wad, slope_wad, steep_slope_wad, kink_wad }
    }

    /// The unit of all numbers with 18 decimals.
    public fun wad(): u128 {
        WAD
    }

    /// The part of a reserve that is lent out; 0 if there is nothing.
    public fun utilization_wad(lent: u128, idle: u128): u128 {
        if (lent == 0) 0 else math128::mul_div(lent, WAD, lent + idle)
    }

    /// The yearly rate at some utilization.
    public fun rate_wad(self: &Curve, utilization_wad: u128): u128 {
        if (utilization_wad <= self.kink_wad) {
            self.base_wad + math128::mul_div(self.slope_wad, utilization_wad, self.kink_wad)
        } else {
            let beyond = utilization_wad - self.kink_wad;
            self.base_wad + self.slope_wad + math128::mul_div(self.steep_slope_wad, beyond, WAD - self.kink_wad)
        }
    }

    /// An index after so many seconds at a yearly rate: simple interest between two accruals, rounded up.
    public fun grow_index(index_wad: u128, rate_wad: u128, seconds: u64): u128 {
        let growth_wad = math128::mul_div(rate_wad, (seconds as u128), SECONDS_PER_YEAR);
        index_wad + div_up(index_wad, growth_wad, WAD)
    }

    /// `a * b / c`, rounded down.
    public fun div_down(a: u128, b: u128, c: u128): u128 {
        math128::mul_div(a, b, c)
    }

    /// `a * b / c`, rounded up.
    public fun div_up(a: u128, b: u128, c: u128): u128 {
        let product = (a as u256) * (b as u256);
        let divisor = (c as u256);
        (((product + divisor - 1) / divisor) as u128)
    }
}
