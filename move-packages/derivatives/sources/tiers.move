/// Leverage tiers: the larger a position, the more margin each further unit needs.
///
/// Brackets as in a tax table, so the requirement is continuous and monotone. Units: notional and requirement in quote, rates with
/// 9 decimals. Rounds up, once.
/// Invariant: more notional never needs less margin.
module derivatives::tiers {
    use derivatives::units;

    /// The tiers are not in order, or a rate falls, or the last one has a bound.
    const E_LISTING_RULE: u64 = 0x0801;

    /// One bracket. `upper` 0: without a bound.
    struct Tier has copy, drop, store { upper: u128, im_rate: u128, mm_rate: u128 }

    /// A bracket.
    public fun new(upper: u128, im_rate: u128, mm_rate: u128): Tier { Tier { upper, im_rate, mm_rate } }

    /// Aborts `E_LISTING_RULE` unless bounds and rates rise, maintenance stays below initial margin and the last bracket is open.
    public fun check(tiers: &vector<Tier>) {
        let count = tiers.length();
        assert!(count != 0 && count <= 8 && tiers[count - 1].upper == 0, E_LISTING_RULE);
        let i = 0;
        while (i < count) {
            let tier = &tiers[i];
            assert!(tier.mm_rate <= tier.im_rate && tier.im_rate <= units::rate() && tier.mm_rate != 0, E_LISTING_RULE);
            if (i != 0) {
                let last = &tiers[i - 1];
                assert!(last.im_rate <= tier.im_rate && last.mm_rate <= tier.mm_rate, E_LISTING_RULE);
                assert!(last.upper != 0 && (tier.upper == 0 || last.upper < tier.upper), E_LISTING_RULE);
            };
            i += 1;
        }
    }

    /// The initial (or maintenance) margin of a notional.
    public fun margin(tiers: &vector<Tier>, notional: u128, initial: bool): u128 {
        let (sum, low, i) = (0u256, 0, 0);
        let count = tiers.length();
        while (i < count) {
            let tier = &tiers[i];
            let top = if (tier.upper == 0 || notional < tier.upper) notional else tier.upper;
            if (top <= low) break;
            let rate = if (initial) tier.im_rate else tier.mm_rate;
            sum += ((top - low) as u256) * (rate as u256);
            if (tier.upper == 0) break;
            low = tier.upper;
            i += 1;
        };
        let one = (units::rate() as u256);
        (((sum + one - 1) / one) as u128)
    }

    /// The lowest maintenance rate.
    public fun lowest_mm_rate(tiers: &vector<Tier>): u128 { tiers[0].mm_rate }
}
