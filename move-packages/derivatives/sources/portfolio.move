/// Portfolio margin: the worst of 32 scenarios of price and volatility, per underlying.
///
/// Scenarios: price by -16 % to +16 % in steps of 4 %, each with volatility down, flat and up, weight 1; then five tails with
/// volatility up and lower weights. Units: money in quote, prices, volatility and weights with 9 decimals. Differences of values
/// round toward minus infinity, requirements up. No offset between underlyings. Arithmetic only. Invariant: without positions the
/// requirement is zero.
module derivatives::portfolio {
    use derivatives::position;
    use derivatives::units;
    use tenor_math::black76;
    use tenor_math::fixed;
    use tenor_math::int128::{Self, I128};
    use tenor_math::int256;
    use tenor_math::int64;

    const RATE: u128 = 1000000000;
    const DAY: u64 = 86400;
    const MONTH: u64 = 2592000;
    /// Volatility up by 45 % and down by 30 % at 30 days, ...
    const VOL_UP: u256 = 450000000;
    const VOL_DOWN: u256 = 300000000;
    /// ... never below a tenth, ...
    const VOL_FACTOR_MIN: u64 = 100000000;
    /// ... more for shorter tenors with the power 0.3, less for longer ones with 0.13.
    const POWER_SHORT: u256 = 300000000000000000;
    const POWER_LONG: u256 = 130000000000000000;
    const VOL_MIN: u64 = 10000000;
    const VOL_MAX: u64 = 10000000000;
    /// 1 % of the notional of net short contracts, 0.5 % of perpetuals.
    const OPTION_CONTINGENCY: u128 = 10000000;
    const PERP_CONTINGENCY: u128 = 5000000;
    /// Initial margin is 1.25 of the scenario loss.
    const INITIAL: u128 = 1250000000;
    /// Scenarios: 27 of the grid, 5 tails.
    const SCENARIOS: u64 = 32;

    /// An option position with what it is priced by.
    struct Option has copy, drop, store {
        is_call: bool,
        strike: u64,
        size: I128,
        tenor_s: u64,
        forward: u64,
        vol: u64,
        rate: int64::I64,
    }

    /// A perpetual position.
    struct Perp has copy, drop, store { size: I128, quote_entry: I128, mark: u64 }

    /// One scenario's outcome.
    struct Scenario has copy, drop, store { pnl: I128, weighted: I128 }

    /// What one underlying comes to. `worst` is the index of the first worst scenario, 32 if none loses.
    struct Requirement has copy, drop, store {
        option_value: I128,
        perp_upnl: I128,
        span: u128,
        worst: u64,
        contingency: u128,
        mm: u128,
        im: u128,
        outcomes: vector<Scenario>,
    }

    /// An option position.
    public fun option(
        is_call: bool, strike: u64, size: I128, tenor_s: u64, forward: u64, vol: u64, rate: int64::I64
    ): Option {
        Option { is_call, strike, size, tenor_s, forward, vol, rate }
    }

    /// A perpetual position.
    public fun perp(size: I128, quote_entry: I128, mark: u64): Perp { Perp { size, quote_entry, mark } }

    /// How far volatility moves up and down for a tenor, as factors with 9 decimals.
    public fun volatility_factors(tenor_s: u64): (u64, u64) {
        let t = if (tenor_s < DAY) DAY else tenor_s;
        let wad = fixed::wad();
        let power = if (tenor_s <= MONTH) POWER_SHORT else POWER_LONG;
        let s = fixed::pow((MONTH as u256) * wad / (t as u256), int256::from(power));
        let up = ((RATE as u256) * wad + VOL_UP * s + wad / 2) / wad;
        let (one, fall) = ((RATE as u256) * wad + wad / 2, VOL_DOWN * s);
        let down = if (one > fall) (((one - fall) / wad) as u64) else 0;
        ((up as u64), if (down < VOL_FACTOR_MIN) VOL_FACTOR_MIN else down)
    }

    /// The requirement of the positions in one underlying.
    public fun requirement(index: u64, perps: &vector<Perp>, options: &vector<Option>): Requirement {
        let count = options.length();
        let (base, ups, downs) = (vector<I128>[], vector<u64>[], vector<u64>[]);
        let option_value = int128::zero();
        let i = 0;
        while (i < count) {
            let o = &options[i];
            let value = o.value(o.forward, o.vol);
            base.push_back(value);
            option_value = option_value.add(value);
            // Neighbours share an expiry more often than not.
            if (i != 0 && options[i - 1].tenor_s == o.tenor_s) {
                let (up, down) = (ups[i - 1], downs[i - 1]);
                ups.push_back(up);
                downs.push_back(down);
            } else {
                let (up, down) = volatility_factors(o.tenor_s);
                ups.push_back(up);
                downs.push_back(down);
            };
            i += 1;
        };
        let perp_upnl = int128::zero();
        i = 0;
        while (i < perps.length()) {
            perp_upnl = perp_upnl.add(position::unrealised(perps[i].size, perps[i].quote_entry, perps[i].mark));
            i += 1;
        };
        let outcomes = vector<Scenario>[];
        let (least, worst) = (int128::zero(), SCENARIOS);
        let number = 0;
        while (number < SCENARIOS) {
            let (shock, direction, weight) = scenario(number);
            let pnl = int128::zero();
            i = 0;
            while (i < perps.length()) {
                pnl = pnl.add(perps[i].shocked(shock));
                i += 1;
            };
            i = 0;
            while (i < count) {
                let o = &options[i];
                let factor = if (direction == 0) downs[i] else if (direction == 1) 1000000000 else ups[i];
                let forward = shocked_price(o.forward, shock);
                pnl = pnl.add(o.value(forward, shocked_vol(o.vol, factor)).sub(base[i]));
                i += 1;
            };
            let weighted = pnl.mul_div_floor(int128::from(weight), int128::from(RATE));
            if (weighted.lt(least)) {
                least = weighted;
                worst = number;
            };
            outcomes.push_back(Scenario { pnl, weighted });
            number += 1;
        };
        let span = least.magnitude();
        let contingency = contingency(index, perps, options);
        Requirement {
            option_value, perp_upnl, span, worst, contingency,
            mm: span + contingency,
            im: units::mul_div_up(span, INITIAL, RATE) + contingency,
            outcomes,
        }
    }

    /// The shock of a scenario: price in per mille as sign and magnitude, volatility (0 down, 1 flat, 2 up), weight.
    public fun scenario(number: u64): (I128, u8, u128) {
        if (number < 27) {
            let shock = int128::difference(40 * ((number / 3) as u128), 160);
            (shock, ((number % 3) as u8), RATE)
        } else if (number == 27) (int128::new(true, 660), 2, 200000000)
        else if (number == 28) (int128::new(true, 500), 2, 250000000)
        else if (number == 29) (int128::from(500), 2, 300000000)
        else if (number == 30) (int128::from(1000), 2, 150000000)
        else (int128::from(2000), 2, 80000000)
    }

    /// Initial requirement.
    public fun im(self: &Requirement): u128 { self.im }

    /// Maintenance requirement.
    public fun mm(self: &Requirement): u128 { self.mm }

    /// Outcomes of all scenarios, in their order.
    public fun scenarios(self: &Requirement): vector<Scenario> { self.outcomes }

    /// The first worst scenario, 32 if none loses.
    public fun worst(self: &Requirement): u64 { self.worst }

    /// What is added for contingencies.
    public fun contingency_of(self: &Requirement): u128 { self.contingency }

    /// The worst loss.
    public fun span(self: &Requirement): u128 { self.span }

    /// What options and perpetuals add to equity.
    public fun value_of(self: &Requirement): I128 { self.option_value.add(self.perp_upnl) }

    /// The position's value at a forward and a volatility, rounded down.
    fun value(self: &Option, forward: u64, vol: u64): I128 {
        let price = black76::price(self.is_call, forward, self.strike, vol, self.tenor_s, self.rate);
        // Contracts with 9 decimals, a price with 18, quote with 6.
        let product = (self.size.magnitude() as u256) * price;
        let quote = product / 1000000000000000000000;
        if (self.size.is_negative() && product % 1000000000000000000000 != 0) quote += 1;
        int128::new(self.size.is_negative(), (quote as u128))
    }

    fun shocked(self: &Perp, shock: I128): I128 {
        self.size.mul_div_floor(
            int128::from((self.mark as u128)).mul(shock), int128::from(1000000000000000)
        )
    }

    fun shocked_price(price: u64, shock: I128): u64 {
        let factor = int128::from(1000).add(shock).to_unsigned();
        (((price as u128) * factor / 1000) as u64)
    }

    fun shocked_vol(vol: u64, factor: u64): u64 {
        let vol = (((vol as u128) * (factor as u128) / RATE) as u64);
        if (vol < VOL_MIN) VOL_MIN else if (vol > VOL_MAX) VOL_MAX else vol
    }

    fun contingency(index: u64, perps: &vector<Perp>, options: &vector<Option>): u128 {
        let total = 0;
        let i = 0;
        while (i < options.length()) {
            let o = &options[i];
            // Calls and puts of an expiry and strike are netted, once, at the first of them.
            let (net, first, j) = (int128::zero(), true, 0);
            while (j < options.length()) {
                if (options[j].tenor_s == o.tenor_s && options[j].strike == o.strike) {
                    if (j < i) first = false;
                    net = net.add(options[j].size);
                };
                j += 1;
            };
            if (first && net.is_negative()) {
                let notional = units::notional_up(net.magnitude(), index);
                total += units::mul_div_up(notional, OPTION_CONTINGENCY, RATE);
            };
            i += 1;
        };
        i = 0;
        while (i < perps.length()) {
            let notional = units::notional_up(perps[i].size.magnitude(), perps[i].mark);
            total += units::mul_div_up(notional, PERP_CONTINGENCY, RATE);
            i += 1;
        };
        total
    }
}
