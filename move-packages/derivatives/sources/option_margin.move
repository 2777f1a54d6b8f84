/// The requirement of the options of one underlying and expiry in standard margin.
///
/// A vertical spread, a butterfly, a box or a condor costs its maximum loss, a naked short its own requirement, a ratio spread
/// lies between. Nothing is offset across expiries. Units: prices with 9 decimals, requirements in quote; rounds up.
/// Invariant: a group never needs more than its shorts one by one.
module derivatives::option_margin {
    use derivatives::units;
    use tenor_math::int256::{Self, I256};
    use tenor_math::int128::I128;

    /// 15 % of the index, less what the option is out of the money by, ...
    const A: u128 = 150000000;
    /// ... at least 10 %, is initial margin;
    const B: u128 = 100000000;
    /// 7.5 % is maintenance margin.
    const C: u128 = 75000000;
    const RATE: u128 = 1000000000;
    const NOTIONAL: u256 = 1000000000000;

    /// One position: contracts of one series, short negative.
    struct Leg has copy, drop, store { underlying: u64, expiry: u64, strike: u64, is_call: bool, size: I128, mark: u64 }

    /// The terms of one underlying and expiry. `unpaired` counts contracts, everything else is quote.
    struct Group has copy, drop, store {
        underlying: u64,
        expiry: u64,
        iso_im: u128,
        iso_mm: u128,
        max_loss: u128,
        unpaired: u128,
        unpaired_im: u128,
        unpaired_mm: u128,
        im: u128,
        mm: u128,
    }

    /// A position.
    public fun leg(underlying: u64, expiry: u64, strike: u64, is_call: bool, size: I128, mark: u64): Leg {
        Leg { underlying, expiry, strike, is_call, size, mark }
    }

    /// Initial and maintenance requirement of a short option per unit of the underlying, as prices.
    public fun short_requirement(is_call: bool, index: u64, strike: u64, mark: u64): (u128, u128) {
        let (s, k, m) = ((index as u128), (strike as u128), (mark as u128));
        let otm = if (is_call) { if (k > s) k - s else 0 } else if (s > k) s - k else 0;
        let a = units::ceil_div(A * s, RATE);
        let b = units::ceil_div(B * s, RATE);
        let c = units::ceil_div(C * s, RATE);
        let mm = if (is_call) c + m else max(c, units::ceil_div(C * m, RATE)) + m;
        let base = max(if (a > otm) a - otm else 0, b) + m;
        (max(base, mm), mm)
    }

    /// The terms of the legs of one underlying and expiry at an index. Legs of the same series are netted first.
    public fun group(legs: &vector<Leg>, index: u64): Group {
        let legs = net(legs);
        let count = legs.length();
        let (iso_im, iso_mm) = (0, 0);
        let calls = int256::zero();
        // The highest short call, which unpaired short calls are charged at.
        let (high, high_im, high_mm) = (0, 0, 0);
        let worst = loss_at(&legs, 0);
        let i = 0;
        while (i < count) {
            let leg = legs[i];
            let size = widen(leg.size);
            if (leg.is_call) calls = calls.add(size);
            if (leg.size.is_negative()) {
                let (im, mm) = short_requirement(leg.is_call, index, leg.strike, leg.mark);
                iso_im += units::mul_div_up(im, leg.size.magnitude(), (NOTIONAL as u128));
                iso_mm += units::mul_div_up(mm, leg.size.magnitude(), (NOTIONAL as u128));
                if (leg.is_call && leg.strike >= high) {
                    high = leg.strike;
                    high_im = im;
                    high_mm = mm;
                };
            };
            let loss = loss_at(&legs, leg.strike);
            if (worst.lt(loss)) worst = loss;
            i += 1;
        };
        let max_loss = ((worst.cdiv(int256::from(NOTIONAL)).positive_part()) as u128);
        let unpaired = (calls.negative_part() as u128);
        let unpaired_im = units::mul_div_up(high_im, unpaired, (NOTIONAL as u128));
        let unpaired_mm = units::mul_div_up(high_mm, unpaired, (NOTIONAL as u128));
        let (underlying, expiry) = if (count == 0) (0, 0) else (legs[0].underlying, legs[0].expiry);
        Group {
            underlying, expiry, iso_im, iso_mm, max_loss, unpaired, unpaired_im, unpaired_mm,
            im: min(iso_im, max_loss + unpaired_im),
            mm: min(iso_mm, max_loss + unpaired_mm),
        }
    }

    /// Splits the legs by underlying and expiry, in order of both.
    public fun split(legs: &vector<Leg>): vector<vector<Leg>> {
        let groups: vector<vector<Leg>> = vector[];
        let i = 0;
        while (i < legs.length()) {
            let leg = legs[i];
            let at = 0;
            let found = false;
            while (at < groups.length()) {
                let first = groups[at][0];
                if (first.underlying == leg.underlying && first.expiry == leg.expiry) {
                    found = true;
                    break
                };
                if (first.underlying > leg.underlying
                    || (first.underlying == leg.underlying && first.expiry > leg.expiry)) break;
                at += 1;
            };
            if (found) groups[at].push_back(leg) else groups.insert(at, vector[leg]);
            i += 1;
        };
        groups
    }

    /// Which underlying.
    public fun underlying(self: &Leg): u64 { self.underlying }

    /// What the position is worth at its mark, rounded down.
    public fun value(self: &Leg): I128 { units::value(self.size, self.mark) }

    /// The initial requirement.
    public fun im(self: &Group): u128 { self.im }

    /// The maintenance requirement.
    public fun mm(self: &Group): u128 { self.mm }

    /// Merges legs of the same series.
    fun net(legs: &vector<Leg>): vector<Leg> {
        let merged: vector<Leg> = vector[];
        let i = 0;
        while (i < legs.length()) {
            let leg = legs[i];
            let j = 0;
            while (j < merged.length()) {
                if (merged[j].strike == leg.strike && merged[j].is_call == leg.is_call) break;
                j += 1;
            };
            if (j < merged.length()) {
                let into = &mut merged[j];
                into.size = into.size.add(leg.size);
                into.mark = leg.mark;
            } else merged.push_back(leg);
            i += 1;
        };
        merged
    }

    /// What all legs together lose if the underlying expires at `price`; negative is a gain.
    fun loss_at(legs: &vector<Leg>, price: u64): I256 {
        let loss = int256::zero();
        let i = 0;
        while (i < legs.length()) {
            let leg = &legs[i];
            let pays = if (leg.is_call) { if (price > leg.strike) price - leg.strike else 0 }
            else if (leg.strike > price) leg.strike - price else 0;
            loss = loss.sub(widen(leg.size).mul(int256::from((pays as u256))));
            i += 1;
        };
        loss
    }

    fun widen(x: I128): I256 { int256::new(x.is_negative(), (x.magnitude() as u256)) }

    fun max(a: u128, b: u128): u128 { if (a < b) b else a }

    fun min(a: u128, b: u128): u128 { if (a < b) a else b }
}
