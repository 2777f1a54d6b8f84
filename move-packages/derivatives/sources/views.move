/// What a front end asks for, one call each.
///
/// Units: money in quote, prices, sizes and ratios with 9 decimals, Greeks and option values with 18 (delta per quote of forward,
/// vega per 1.00 of volatility, theta per year). Displayed values round as the margin does. Reads only: what `preview_order` does is
/// dropped with the view's state. Bounded by the limits of accounts and chains.
/// Invariant: a view changes nothing.
module derivatives::views {
    use derivatives::accounts;
    use derivatives::backstop;
    use derivatives::books;
    use derivatives::exchange;
    use derivatives::liquidation;
    use derivatives::margin::Summary;
    use derivatives::markets;
    use derivatives::oracle;
    use derivatives::orders::{Self, Outcome};
    use derivatives::perps;
    use derivatives::portfolio::Requirement;
    use derivatives::position;
    use derivatives::risk;
    use derivatives::series;
    use derivatives::tiers;
    use derivatives::units;
    use tenor_math::black76::{Self, Greeks};
    use tenor_math::int128::{Self, I128};
    use tenor_math::int256::{Self, I256};
    use tenor_math::int64;
    use tenor_math::svi::Slice;

    /// The volatility, the rate or the tenor is out of bounds.
    const E_DOMAIN: u64 = 0x0102;

    const RATE: u128 = 1000000000;
    const YEARS_5: u64 = 157680000;

    /// An account at a glance. Leverage is gross notional by equity.
    struct AccountSummary has copy, drop, store {
        owner: address,
        cash: I128,
        equity: I128,
        health_im: I128,
        health_mm: I128,
        mm_total: u128,
        withdrawable: u128,
        leverage: u128,
        portfolio: bool,
        in_liquidation: bool,
        assets: vector<u64>,
        amounts: vector<u64>,
        positions: vector<PositionView>,
    }

    /// One position. `liq_price` is 0 if there is none.
    struct PositionView has copy, drop, store {
        market: address,
        is_perp: bool,
        size: I128,
        quote_entry: I128,
        mark: u64,
        unrealised: I128,
        pending_funding: I128,
        open_buys: u64,
        open_sells: u64,
        reserve: u128,
        liq_price: u64,
    }

    /// Every term of an account's margin: one summary in standard mode, requirements by underlying in portfolio mode.
    struct MarginDetail has copy, drop, store {
        portfolio: bool, standard: vector<Summary>, feeds: vector<address>, requirements: vector<Requirement>
    }

    /// Net Greeks in one underlying.
    struct NetGreeks has copy, drop, store { feed: address, delta: I256, gamma: I256, vega: I256, theta: I256 }

    /// A market at a glance.
    struct MarketState has copy, drop, store {
        status: u8,
        is_perp: bool,
        feed: address,
        mark: u64,
        index: u64,
        index_fresh: bool,
        bid: u64,
        ask: u64,
        last_price: u64,
        open_interest: u128,
        oi_cap: u128,
        account_cap: u128,
        tick: u64,
        lot: u64,
        premium: I128,
        predicted_rate: I128,
        funding_index: I128,
        settlement: u64,
        auction_until: u64,
    }

    /// One row of an option chain.
    struct ChainRow has copy, drop, store {
        market: address,
        strike: u64,
        is_call: bool,
        status: u8,
        bid: u64,
        ask: u64,
        mark: u64,
        vol: u64,
        delta: I256,
        gamma: u256,
        vega: u256,
        theta: I256,
        open_interest: u128,
    }

    /// What an order would come to, and health after it.
    struct Preview has copy, drop, store { outcome: Outcome, fees: I128, health_im: I128, health_mm: I128, withdrawable: u128 }

    /// The backstop vault at a glance.
    struct VaultState has copy, drop, store {
        account: address, assets: u128, shares: u256, high_water_mark: u256, fee_shares: u256, equity: I128, health_im: I128
    }

    /// The sums of a market that the invariants are made of.
    struct InvariantReport has copy, drop, store {
        open_interest: u128, fees: I128, funding_pool: I128, funding_index: I128, prepaid: u128, bids: u64, asks: u64,
        best_bid: u64, best_ask: u64
    }

    #[view]
    /// Cash, equity, health, leverage, every position.
    public fun account_summary(account: address): AccountSummary {
        let health = risk::health(account);
        let (positions, gross) = (vector[], 0u128);
        accounts::markets(account).for_each(|market| {
            let (size, quote_entry, open_buys, open_sells, reserve, pending_funding) = markets::position(market, account);
            let mark = markets::mark(market);
            let is_perp = markets::is_perp(market);
            gross += units::notional(size.magnitude(), mark);
            positions.push_back(PositionView {
                market, is_perp, size, quote_entry, mark,
                unrealised: if (is_perp) position::unrealised(size, quote_entry, mark) else units::value(size, mark),
                pending_funding, open_buys, open_sells, reserve, liq_price: liq_price(account, market)
            });
        });
        let equity = health.equity().positive_part();
        let (assets, amounts) = accounts::holdings_of(account);
        AccountSummary {
            owner: accounts::owner(account),
            cash: accounts::cash(account),
            equity: health.equity(),
            health_im: health.im(),
            health_mm: health.mm(),
            mm_total: health.mm_total(),
            withdrawable: health.withdrawable(),
            leverage: if (equity == 0) 0 else units::mul_div(gross, RATE, equity),
            portfolio: accounts::is_portfolio(account),
            in_liquidation: accounts::is_in_liquidation(account),
            assets,
            amounts,
            positions,
        }
    }

    #[view]
    /// Every term of the account's margin in its own mode.
    public fun margin_detail(account: address): MarginDetail {
        if (!accounts::is_portfolio(account)) {
            return MarginDetail { portfolio: false, standard: vector[risk::standard(account)], feeds: vector[], requirements: vector[] }
        };
        let (feeds, requirements) = risk::portfolio(account);
        MarginDetail { portfolio: true, standard: vector[], feeds, requirements }
    }

    #[view]
    /// Net delta, gamma, vega and theta by underlying.
    public fun account_greeks(account: address): vector<NetGreeks> {
        let out = vector<NetGreeks>[];
        accounts::markets(account).for_each(|market| {
            let feed = markets::feed(market);
            let (found, at) = out.find(|g| g.feed == feed);
            if (!found) {
                at = out.length();
                let zero = int256::zero();
                out.push_back(NetGreeks { feed, delta: zero, gamma: zero, vega: zero, theta: zero });
            };
            let (size, _, _, _, _, _) = markets::position(market, account);
            let size = int256::new(size.is_negative(), (size.magnitude() as u256));
            let one = int256::from((RATE as u256));
            let net = &mut out[at];
            if (markets::is_perp(market)) net.delta = net.delta.add(size.mul(one))
            else {
                let g = greeks_of(market);
                net.delta = net.delta.add(size.mul(g.delta()).fdiv(one));
                net.gamma = net.gamma.add(size.mul(int256::from(g.gamma())).fdiv(one));
                net.vega = net.vega.add(size.mul(int256::from(g.vega())).fdiv(one));
                net.theta = net.theta.add(size.mul(g.theta()).fdiv(one));
            }
        });
        out
    }

    fun greeks_of(market: address): Greeks {
        let (vol, forward, rate, tenor) = series::pricing_inputs(market);
        let (_, strike, is_call, _) = series::terms(market);
        black76::greeks(is_call, forward, strike, vol, tenor, rate)
    }

    #[view]
    /// The mark at which maintenance margin is met exactly, everything else unchanged: the last one that is safe. 0 if there is none,
    /// for options, and in portfolio margin.
    public fun liq_price(account: address, market: address): u64 {
        let (size, entry, _, _, _, _) = markets::position(market, account);
        if (size.is_zero() || !markets::is_perp(market) || accounts::is_portfolio(account)) return 0;
        let (mark, tiers) = (markets::mark(market), markets::tiers(market));
        let rest = risk::health(account).mm().sub(surplus(size, entry, mark, &tiers));
        let long = !size.is_negative();
        // Health rises with the mark for longs and falls for shorts.
        let (low, high) = if (long) (0u64, mark) else (mark, if (mark < 1 << 58) 4 * mark else mark);
        if (rest.add(surplus(size, entry, mark, &tiers)).is_negative()) return mark;
        let safe = if (long) low else high;
        if (!rest.add(surplus(size, entry, safe, &tiers)).is_negative()) return 0;
        while (high - low > 1) {
            let middle = low + (high - low) / 2;
            let good = !rest.add(surplus(size, entry, middle, &tiers)).is_negative();
            if (good == long) high = middle else low = middle;
        };
        if (long) high else low
    }

    fun surplus(size: I128, entry: I128, mark: u64, tiers: &vector<tiers::Tier>): I128 {
        let need = tiers::margin(tiers, units::notional_up(size.magnitude(), mark), false);
        position::unrealised(size, entry, mark).sub(int128::from(need))
    }

    #[view]
    /// The size that auto-deleveraging would take, and the score: the highest goes first.
    public fun adl_rank(account: address, market: address): (I128, I256) {
        let (size, entry, _, _, _, _) = markets::position(market, account);
        (size, liquidation::score(size, entry, markets::mark(market), risk::health(account).margin_equity()))
    }

    #[view]
    /// A market at a glance.
    public fun market_state(market: address): MarketState {
        let feed = markets::feed(market);
        let (index, index_fresh) = oracle::index(feed);
        let (bid, ask) = books::touch(market);
        let (oi_cap, account_cap) = books::caps(market);
        let (_, _, funding_index, _) = books::money(market);
        let is_perp = markets::is_perp(market);
        let (premium, predicted_rate) = if (is_perp) {
            let (_, premium, _, _) = perps::funding_state(market);
            (premium, perps::predicted_rate(market))
        } else (int128::zero(), int128::zero());
        MarketState {
            status: books::status(market), is_perp, feed, mark: markets::mark(market), index, index_fresh, bid, ask,
            last_price: books::last_price(market), open_interest: books::open_interest(market), oi_cap, account_cap,
            tick: books::tick(market), lot: books::lot(market), premium, predicted_rate, funding_index,
            settlement: markets::settlement_price(market), auction_until: books::auction_until(market)
        }
    }

    #[view]
    /// All series of an expiry with quotes, volatility and Greeks.
    public fun option_chain(feed: address, expiry: u64): vector<ChainRow> {
        series::series_of(feed, expiry).map(|market| {
            let (_, strike, is_call, _) = series::terms(market);
            let (bid, ask) = books::touch(market);
            let (vol, _, _, _) = series::pricing_inputs(market);
            let g = greeks_of(market);
            ChainRow {
                market, strike, is_call, status: books::status(market), bid, ask, mark: markets::mark(market), vol,
                delta: g.delta(), gamma: g.gamma(), vega: g.vega(), theta: g.theta(),
                open_interest: books::open_interest(market)
            }
        })
    }

    #[view]
    /// Expiries, forwards, times of update and parameters of an underlying's surface.
    public fun surface(feed: address): (vector<u64>, vector<u64>, vector<u64>, vector<Slice>) { oracle::slices(feed) }

    #[view]
    /// Price and Greeks for any inputs.
    public fun price_option(
        is_call: bool, forward: u64, strike: u64, vol: u64, tenor_s: u64, rate_neg: bool, rate: u64
    ): Greeks {
        assert!(vol <= 10000000000 && rate <= 1000000000 && tenor_s <= YEARS_5, E_DOMAIN);
        black76::greeks(is_call, forward, strike, vol, tenor_s, int64::new(rate_neg, rate))
    }

    #[view]
    /// What an order would come to: fills, fees, health after. Aborts with the code that the order would be refused with.
    public fun preview_order(
        account: address, market: address, is_buy: bool, kind: u8, price: u64, size: u64, reduce_only: bool, stp: u8,
        expiry: u64, client_id: u64
    ): Preview {
        let r = orders::request(account, is_buy, kind, price, size, reduce_only, stp, expiry, client_id);
        let outcome = exchange::preview(r, market);
        let fees = int128::zero();
        outcome.fills().for_each_ref(|fill| {
            let (fee, _, _) = fill.fill_cash();
            fees = fees.add(fee);
        });
        let health = risk::health(account);
        Preview {
            outcome, fees, health_im: health.im(), health_mm: health.mm(), withdrawable: health.withdrawable()
        }
    }

    #[view]
    /// The backstop vault at a glance.
    public fun vault_state(): VaultState {
        let account = backstop::account();
        let (assets, shares, high_water_mark, fee_shares) = backstop::state();
        let health = risk::health(account);
        VaultState { account, assets, shares, high_water_mark, fee_shares, equity: health.equity(), health_im: health.im() }
    }

    #[view]
    /// Insurance fund and treasury.
    public fun insurance_state(): (I128, I128) { accounts::funds() }

    #[view]
    /// The sums of a market that the invariants are made of.
    public fun invariant_report(market: address): InvariantReport {
        let (fees, funding_pool, funding_index, prepaid) = books::money(market);
        let (bids, asks) = books::counts(market);
        let (best_bid, best_ask) = books::touch(market);
        InvariantReport {
            open_interest: books::open_interest(market), fees, funding_pool, funding_index, prepaid, bids, asks, best_bid,
            best_ask
        }
    }
}
