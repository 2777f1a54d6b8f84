/// Health of an account from what it holds in all its markets: standard margin, or portfolio margin per underlying.
///
/// Units: quote. Pending funding counts as if settled. Bounded by the 64 markets and 8 assets of an account.
module derivatives::risk {
    use aptos_framework::timestamp;
    use derivatives::accounts;
    use derivatives::margin::{Self, Collateral, Perp, Summary};
    use derivatives::markets;
    use derivatives::option_margin::{Self, Leg};
    use derivatives::oracle;
    use derivatives::portfolio;
    use tenor_math::int128::{Self, I128};

    /// The account has more positions than a portfolio may have.
    const E_LIMIT_POSITIONS: u64 = 0x0204;

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
    public fun health_as(account: address, as_portfolio: bool): Health {
        if (as_portfolio) portfolio_health(account)
        else {
            let s = standard(account);
            Health {
                im: s.health_im(), mm: s.health_mm(), mm_total: s.mm_total(), equity: s.equity(), upnl: s.upnl(),
                withdrawable: s.free_cash()
            }
        }
    }

    /// Standard margin with every term.
    public fun standard(account: address): Summary {
        let (cash, perps, options, indexes) = gather(account);
        margin::evaluate(cash, &collateral(account), &perps, &options, &indexes)
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

    /// Cash with pending funding, perpetuals, options and the index by underlying number.
    fun gather(account: address): (I128, vector<Perp>, vector<Leg>, vector<u64>) {
        let cash = accounts::cash(account);
        let (perps, options, feeds, indexes) = (vector[], vector[], vector<address>[], vector[]);
        accounts::markets(account).for_each(|market| {
            let (size, entry, buys, sells, reserve, pending) = markets::position(market, account);
            let mark = markets::mark(market);
            cash = cash.add(pending);
            if (markets::is_perp(market)) {
                perps.push_back(margin::perp(
                    size, entry, mark, markets::tiers(market), (buys as u128), (sells as u128), reserve
                ));
            } else {
                let (feed, expiry, strike, is_call, _) = markets::series(market);
                let (known, number) = feeds.index_of(&feed);
                if (!known) {
                    number = feeds.length();
                    feeds.push_back(feed);
                    let (index, _) = oracle::index(feed);
                    indexes.push_back(index);
                };
                options.push_back(option_margin::leg(number, expiry, strike, is_call, size, mark));
                // Orders of a series reserve their premium or their requirement; no position is needed for that.
                if (reserve != 0) {
                    perps.push_back(margin::perp(
                        int128::zero(), int128::zero(), mark, vector[], 0, 0, reserve
                    ));
                }
            }
        });
        (cash, perps, options, indexes)
    }

    fun portfolio_health(account: address): Health {
        let cash = accounts::cash(account);
        let now = timestamp::now_seconds();
        let feeds = vector<address>[];
        let (perps, options) = (vector<vector<portfolio::Perp>>[], vector<vector<portfolio::Option>>[]);
        let (series, perpetuals, reserves) = (0, 0, 0);
        accounts::markets(account).for_each(|market| {
            let (size, entry, buys, sells, reserve, pending) = markets::position(market, account);
            cash = cash.add(pending);
            reserves += reserve;
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
                let mark = markets::mark(market);
                perps[number].push_back(portfolio::perp(size, entry, mark));
                // Open orders are margined one by one, without offsets.
                let open = if (buys > sells) buys else sells;
                let tiers = markets::tiers(market);
                reserves += derivatives::tiers::margin(&tiers, derivatives::units::notional_up((open as u128), mark), true);
            } else {
                series += 1;
                let (feed, expiry, strike, is_call, settled) = markets::series(market);
                let (vol, forward, rate, _) = oracle::volatility(feed, expiry, strike);
                let forward = if (settled != 0) settled else forward;
                let tenor = if (now < expiry) expiry - now else 0;
                options[number].push_back(portfolio::option(is_call, strike, size, tenor, forward, vol, rate));
            }
        });
        assert!(series <= PORTFOLIO_SERIES && perpetuals <= PORTFOLIO_PERPS, E_LIMIT_POSITIONS);
        let (whole, weighted_im, weighted_mm) = margin::weigh(&collateral(account));
        let (value, im, mm) = (int128::zero(), reserves, 0);
        let i = 0;
        while (i < feeds.length()) {
            let (index, _) = oracle::index(feeds[i]);
            let r = portfolio::requirement(index, &perps[i], &options[i]);
            value = value.add(r.value_of());
            im += r.im();
            mm += r.mm();
            i += 1;
        };
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
