/// Standard margin: whether what an account holds is enough for what it owes.
///
/// Units: money in quote, prices and sizes with 9 decimals, weights with 9. Values of collateral round down twice, requirements up,
/// unrealised gains toward minus infinity: the account takes the loss. Arithmetic only; `exchange` reads the state.
/// Invariant: health rises by exactly what cash rises by.
module derivatives::margin {
    use derivatives::option_margin::{Self, Group, Leg};
    use derivatives::position;
    use derivatives::tiers::{Self, Tier};
    use derivatives::units;
    use tenor_math::int128::{Self, I128};

    /// A number does not fit.
    const E_OVERFLOW: u64 = 0x0101;

    /// A deposit of something other than the settlement currency.
    struct Collateral has copy, drop, store { amount: u64, price: u64, decimals: u8, im_weight: u64, mm_weight: u64 }

    /// A perpetual position with what its open orders add: sizes per side and the adverse distance reserved.
    struct Perp has copy, drop, store {
        size: I128,
        quote_entry: I128,
        mark: u64,
        tiers: vector<Tier>,
        open_buys: u128,
        open_sells: u128,
        adverse: u128,
    }

    /// An open order.
    struct Order has copy, drop, store { is_buy: bool, size: u128, price: u64 }

    /// The terms of one perpetual position.
    struct PerpTerm has copy, drop, store { upnl: I128, notional: u128, im: u128, mm: u128, adverse: u128 }

    /// What an account comes to.
    struct Summary has copy, drop, store {
        equity: I128,
        collateral_value: u128,
        perp_upnl: I128,
        option_value: I128,
        im_total: u128,
        mm_total: u128,
        health_im: I128,
        health_mm: I128,
        withdrawable: u128,
        perps: vector<PerpTerm>,
        groups: vector<Group>,
    }

    /// A deposit of something other than the settlement currency.
    public fun collateral(amount: u64, price: u64, decimals: u8, im_weight: u64, mm_weight: u64): Collateral {
        Collateral { amount, price, decimals, im_weight, mm_weight }
    }

    /// A perpetual position.
    public fun perp(
        size: I128, quote_entry: I128, mark: u64, tiers: vector<Tier>, open_buys: u128, open_sells: u128, adverse: u128
    ): Perp {
        Perp { size, quote_entry, mark, tiers, open_buys, open_sells, adverse }
    }

    /// An open order.
    public fun order(is_buy: bool, size: u128, price: u64): Order { Order { is_buy, size, price } }

    /// What an order's limit lies beyond the mark by, times what is open of it.
    public fun adverse_of(is_buy: bool, price: u64, size: u128, mark: u64): u128 {
        let distance = if (is_buy) { if (price > mark) price - mark else 0 } else if (mark > price) mark - price else 0;
        units::notional_up(size, distance)
    }

    /// Sums of open buys, open sells and adverse distances.
    public fun reserve(orders: &vector<Order>, mark: u64): (u128, u128, u128) {
        let (buys, sells, adverse) = (0, 0, 0);
        let i = 0;
        while (i < orders.length()) {
            let order = &orders[i];
            if (order.is_buy) buys += order.size else sells += order.size;
            adverse += adverse_of(order.is_buy, order.price, order.size, mark);
            i += 1;
        };
        (buys, sells, adverse)
    }

    /// The value of collateral in quote, rounded down.
    public fun collateral_value(self: &Collateral): u128 {
        let value = (self.amount as u256) * (self.price as u256) * 1000000 / (power_of_ten(self.decimals) * 1000000000);
        assert!(value <= 340282366920938463463374607431768211455, E_OVERFLOW);
        (value as u128)
    }

    /// The value of all collateral, and that after the haircuts of initial and of maintenance margin.
    public fun weigh(collaterals: &vector<Collateral>): (u128, u128, u128) {
        let (whole, weighted_im, weighted_mm) = (0, 0, 0);
        let i = 0;
        while (i < collaterals.length()) {
            let item = &collaterals[i];
            let value = item.collateral_value();
            whole += value;
            weighted_im += units::mul_div(value, (item.im_weight as u128), units::rate());
            weighted_mm += units::mul_div(value, (item.mm_weight as u128), units::rate());
            i += 1;
        };
        (whole, weighted_im, weighted_mm)
    }

    /// The terms of one perpetual position.
    public fun perp_term(self: &Perp): PerpTerm {
        let notional = units::notional_up(self.size.magnitude(), self.mark);
        let long = self.size.add(int128::from(self.open_buys)).magnitude();
        let short = self.size.sub(int128::from(self.open_sells)).magnitude();
        let worst = if (long < short) short else long;
        PerpTerm {
            upnl: position::unrealised(self.size, self.quote_entry, self.mark),
            notional,
            im: tiers::margin(&self.tiers, units::notional_up(worst, self.mark), true),
            mm: tiers::margin(&self.tiers, notional, false),
            adverse: self.adverse,
        }
    }

    /// Everything together. `indexes` holds the index price by underlying number.
    public fun evaluate(
        cash: I128, collaterals: &vector<Collateral>, perps: &vector<Perp>, options: &vector<Leg>, indexes: &vector<u64>
    ): Summary {
        let (whole, weighted_im, weighted_mm) = weigh(collaterals);
        let (upnl, im, mm) = (int128::zero(), 0, 0);
        let terms = vector[];
        let i = 0;
        while (i < perps.length()) {
            let term = perps[i].perp_term();
            upnl = upnl.add(term.upnl);
            im += term.im + term.adverse;
            mm += term.mm;
            terms.push_back(term);
            i += 1;
        };
        let groups = vector[];
        let split = option_margin::split(options);
        i = 0;
        while (i < split.length()) {
            let group = option_margin::group(&split[i], indexes[split[i][0].underlying()]);
            im += group.im();
            mm += group.mm();
            groups.push_back(group);
            i += 1;
        };
        let option_value = int128::zero();
        i = 0;
        while (i < options.length()) {
            option_value = option_value.add(options[i].value());
            i += 1;
        };
        let base = cash.add(upnl);
        let health_im = base.add(int128::from(weighted_im)).sub(int128::from(im));
        let health_mm = base.add(int128::from(weighted_mm)).sub(int128::from(mm));
        Summary {
            equity: base.add(int128::from(whole)).add(option_value),
            collateral_value: whole,
            perp_upnl: upnl,
            option_value,
            im_total: im,
            mm_total: mm,
            health_im,
            health_mm,
            withdrawable: withdrawable(cash, health_im, upnl),
            perps: terms,
            groups,
        }
    }

    /// The cash that may leave: unrealised gains never do.
    public fun withdrawable(cash: I128, health_im: I128, upnl: I128): u128 {
        cash.min(health_im.sub(int128::from(upnl.positive_part()))).positive_part()
    }

    /// Cash, collateral, unrealised gains and option values.
    public fun equity(self: &Summary): I128 { self.equity }

    /// Unrealised gains of perpetuals.
    public fun upnl(self: &Summary): I128 { self.perp_upnl }

    /// What is left above the initial requirement.
    public fun health_im(self: &Summary): I128 { self.health_im }

    /// What is left above the maintenance requirement.
    public fun health_mm(self: &Summary): I128 { self.health_mm }

    /// The maintenance requirement.
    public fun mm_total(self: &Summary): u128 { self.mm_total }

    /// The initial requirement with the reserves of open orders.
    public fun im_total(self: &Summary): u128 { self.im_total }

    /// The cash that may leave.
    public fun free_cash(self: &Summary): u128 { self.withdrawable }

    /// What liquidation works with: health plus the maintenance requirement.
    public fun margin_equity(self: &Summary): I128 { self.health_mm.add(int128::from(self.mm_total)) }

    fun power_of_ten(decimals: u8): u256 {
        let value = 1;
        let i = 0;
        while (i < decimals) {
            value *= 10;
            i += 1;
        };
        value
    }
}
