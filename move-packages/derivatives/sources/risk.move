/// Health of an account from what it holds in all its markets: standard margin, or portfolio margin per underlying.
///
/// Units: quote; rounds as `margin` and `portfolio` do, against the account. Pending funding counts as if settled. Bounded by the
/// 64 markets and 8 assets of an account. Reads only, so there is nothing to keep invariant.
module derivatives::risk {
    use derivatives::accounts;
    use derivatives::margin::{Self, Collateral, Perp, Summary};
    use derivatives::markets;
    use derivatives::option_margin::{Self, Leg};
    use derivatives::oracle;
    use derivatives::portfolio::{Self, Requirement};
    use derivatives::series;
    use derivatives::tiers;
    use derivatives::units;
    use tenor_math::int128::{Self, I128};

    /// The account has more positions than a portfolio may have.
    const E_LIMIT_POSITIONS: u64 = 0x0204;

    const RATE: u128 = 1000000000;
    const NOTIONAL: u128 = 1000000000000;
    /// Series and perpetuals of a portfolio.
    const PORTFOLIO_SERIES: u64 = 32;
    const PORTFOLIO_PERPS: u64 = 4;

    /// What an account is judged by.
    struct Health has copy, drop, store {
        im: I128, mm: I128, mm_total: u128, equity: I128, upnl: I128, withdrawable: u128
    }

    #[view]
    /// Health in the account's own mode.
    public fun health(account: address): Health { health_as(account, accounts::is_portfolio(account)) }

    /// Health in a mode.
    public fun health_as(account: address, as_portfolio: bool): Health { evaluate(account, as_portfolio, @0x0, 0) }

    /// Health as if one market had another mark.
    public fun health_at(account: address, market: address, mark: u64): Health {
        evaluate(account, accounts::is_portfolio(account), market, mark)
    }

    fun evaluate(account: address, as_portfolio: bool, market: address, mark: u64): Health {
        if (as_portfolio) return portfolio_health(account, market, mark);
        let (cash, perps, options, indexes) = gather(account, market, mark);
        let s = margin::evaluate(cash, &collateral(account), &perps, &options, &indexes);
        Health {
            im: s.health_im(), mm: s.health_mm(), mm_total: s.mm_total(), equity: s.equity(), upnl: s.upnl(),
            withdrawable: s.free_cash()
        }
    }

    /// Standard margin with every term.
    public fun standard(account: address): Summary {
        let (cash, perps, options, indexes) = gather(account, @0x0, 0);
        margin::evaluate(cash, &collateral(account), &perps, &options, &indexes)
    }

    /// Portfolio margin with every term: underlyings, and what each comes to.
    public fun portfolio(account: address): (vector<address>, vector<Requirement>) {
        let (_, _, feeds, requirements, _) = portfolio_terms(account, @0x0, 0);
        (feeds, requirements)
    }

    /// What is left above the initial requirement.
    public fun im(self: &Health): I128 { self.im }

    /// What is left above the maintenance requirement.
    public fun mm(self: &Health): I128 { self.mm }

    /// The maintenance requirement.
    public fun mm_total(self: &Health): u128 { self.mm_total }

    /// Health plus the maintenance requirement.
    public fun margin_equity(self: &Health): I128 { self.mm.add(int128::from(self.mm_total)) }

    /// The cash that may leave.
    public fun withdrawable(self: &Health): u128 { self.withdrawable }

    /// Unrealised gains.
    public fun unrealised(self: &Health): I128 { self.upnl }

    /// Cash, collateral, unrealised gains and option values.
    public fun equity(self: &Health): I128 { self.equity }

    /// What an account is worth if its longs count `spread` below and its shorts `spread` above mark: cash, collateral, positions.
    public fun net_value(account: address, spread: u128): I128 {
        let (whole, _, _) = margin::weigh(&collateral(account));
        let sum = accounts::cash(account).add(int128::from(whole));
        accounts::markets(account).for_each(|market| {
            let (size, entry, _, _, _, pending) = markets::position(market, account);
            let mark = (markets::mark(market) as u128);
            let factor = if (size.is_negative()) RATE + spread else RATE - spread;
            let value = units::value(size, ((mark * factor / RATE) as u64));
            sum = sum.add(value).add(entry).add(pending);
        });
        sum
    }

    /// Short series of an account at one expiry, the largest maintenance requirement first, then by address.
    public fun shorts_of(account: address, feed: address, expiry: u64): vector<address> {
        series_by(account, feed, expiry, true)
    }

    /// Long series of an account at one expiry, the most valuable first, then by address.
    public fun longs_of(account: address, feed: address, expiry: u64): vector<address> {
        series_by(account, feed, expiry, false)
    }

    /// The maintenance requirement of a short size of a series, 0 for none.
    public fun short_requirement(market: address, size: u128, mark: u64): u128 {
        let (_, _, strike, is_call, _) = markets::series(market);
        let (_, mm) = option_margin::short_requirement(is_call, series::margin_index(market), strike, mark);
        units::mul_div_up(mm, size, NOTIONAL)
    }

    fun series_by(account: address, feed: address, expiry: u64, short: bool): vector<address> {
        let (found, weights) = (vector<address>[], vector<u128>[]);
        accounts::markets(account).for_each(|market| {
            if (!markets::is_perp(market)) {
                let (its_feed, its_expiry, _, _, _) = markets::series(market);
                let (size, _, _, _, _, _) = markets::position(market, account);
                if (its_feed == feed && its_expiry == expiry && !size.is_zero() && size.is_negative() == short) {
                    let mark = markets::mark(market);
                    let weight = if (short) short_requirement(market, size.magnitude(), mark)
                    else units::notional(size.magnitude(), mark);
                    let at = 0;
                    while (at < found.length() && (weights[at] > weight
                        || (weights[at] == weight && std::cmp::compare(&found[at], &market).is_lt()))) at += 1;
                    found.insert(at, market);
                    weights.insert(at, weight);
                }
            }
        });
        found
    }

    fun collateral(account: address): vector<Collateral> {
        let (amounts, decimals, im, mm, feeds) = accounts::holdings(account);
        let out = vector[];
        let i = 0;
        while (i < amounts.length()) {
            let (price, fresh) = oracle::index(feeds[i]);
            // What has no fresh price counts for nothing.
            out.push_back(margin::collateral(amounts[i], if (fresh) price else 0, decimals[i], im[i], mm[i]));
            i += 1;
        };
        out
    }

    /// What open orders of a series set aside: premiums and deposits, and the short requirement of sells that no long covers.
    fun option_reserve(
        size: I128, sells: u64, reserve: u128, is_call: bool, index: u64, strike: u64, mark: u64
    ): u128 {
        let covered = size.positive_part();
        let open = (sells as u128);
        if (open <= covered) return reserve;
        let (im, _) = option_margin::short_requirement(is_call, index, strike, mark);
        reserve + units::mul_div_up(im, open - covered, NOTIONAL)
    }

    /// Cash with pending funding, perpetuals, options and the index by underlying number.
    fun gather(account: address, marked: address, at: u64): (I128, vector<Perp>, vector<Leg>, vector<u64>) {
        let cash = accounts::cash(account);
        let (perps, options, feeds, indexes) = (vector[], vector[], vector<address>[], vector[]);
        accounts::markets(account).for_each(|market| {
            let (size, entry, buys, sells, reserve, pending) = markets::position(market, account);
            let mark = if (market == marked) at else markets::mark(market);
            cash = cash.add(pending);
            if (markets::is_perp(market)) {
                perps.push_back(margin::perp(
                    size, entry, mark, markets::tiers(market), (buys as u128), (sells as u128), reserve
                ));
            } else {
                let (feed, expiry, strike, is_call, _) = markets::series(market);
                let index = series::margin_index(market);
                // In the window before expiry the settlement proxy stands for the index, so an expiry is an underlying of its own.
                let (known, number) = (false, 0);
                while (number < feeds.length() && !known) {
                    if (feeds[number] == feed && indexes[number] == index) known = true else number += 1;
                };
                if (!known) {
                    feeds.push_back(feed);
                    indexes.push_back(index);
                };
                options.push_back(option_margin::leg(number, expiry, strike, is_call, size, mark));
                let reserve = option_reserve(size, sells, reserve, is_call, index, strike, mark);
                if (reserve != 0) {
                    perps.push_back(margin::perp(
                        int128::zero(), int128::zero(), mark, vector[], 0, 0, reserve
                    ));
                }
            }
        });
        (cash, perps, options, indexes)
    }

    /// Cash, reserves of open orders, underlyings with their requirements, and the weighed collateral.
    fun portfolio_terms(
        account: address, marked: address, at: u64
    ): (I128, u128, vector<address>, vector<Requirement>, vector<Collateral>) {
        let cash = accounts::cash(account);
        let feeds = vector<address>[];
        let (perps, options) = (vector<vector<portfolio::Perp>>[], vector<vector<portfolio::Option>>[]);
        let (series, perpetuals, reserves) = (0, 0, 0);
        accounts::markets(account).for_each(|market| {
            let (size, entry, buys, sells, reserve, pending) = markets::position(market, account);
            cash = cash.add(pending);
            let feed = markets::feed(market);
            let (known, number) = feeds.index_of(&feed);
            if (!known) {
                number = feeds.length();
                feeds.push_back(feed);
                perps.push_back(vector[]);
                options.push_back(vector[]);
            };
            if (markets::is_perp(market)) {
                perpetuals += 1;
                let mark = if (market == marked) at else markets::mark(market);
                perps[number].push_back(portfolio::perp(size, entry, mark));
                // Open orders are margined one by one, without offsets.
                let open = if (buys > sells) buys else sells;
                let tiers = markets::tiers(market);
                reserves += reserve + tiers::margin(&tiers, units::notional_up((open as u128), mark), true);
            } else {
                series += 1;
                let (_, _, strike, is_call, _) = markets::series(market);
                let (vol, forward, rate, tenor) = series::pricing_inputs(market);
                options[number].push_back(portfolio::option(is_call, strike, size, tenor, forward, vol, rate));
                reserves += if (sells == 0) reserve else option_reserve(
                    size, sells, reserve, is_call, series::margin_index(market), strike, markets::mark(market)
                );
            }
        });
        assert!(series <= PORTFOLIO_SERIES && perpetuals <= PORTFOLIO_PERPS, E_LIMIT_POSITIONS);
        let requirements = vector[];
        let i = 0;
        while (i < feeds.length()) {
            let (index, _) = oracle::index(feeds[i]);
            requirements.push_back(portfolio::requirement(index, &perps[i], &options[i]));
            i += 1;
        };
        (cash, reserves, feeds, requirements, collateral(account))
    }

    fun portfolio_health(account: address, marked: address, at: u64): Health {
        let (cash, reserves, _, requirements, held) = portfolio_terms(account, marked, at);
        let (whole, weighted_im, weighted_mm) = margin::weigh(&held);
        let (value, im, mm) = (int128::zero(), reserves, 0);
        requirements.for_each_ref(|r| {
            value = value.add(r.value_of());
            im += r.im();
            mm += r.mm();
        });
        let base = cash.add(value);
        let health_im = base.add(int128::from(weighted_im)).sub(int128::from(im));
        Health {
            im: health_im,
            mm: base.add(int128::from(weighted_mm)).sub(int128::from(mm)),
            mm_total: mm,
            equity: base.add(int128::from(whole)),
            upnl: value,
            withdrawable: margin::withdrawable(cash, health_im, value),
        }
    }
}
