/// Markets: perpetuals and option series, each an object with its own book, so that different markets never write the same item.
///
/// Units as in `units`. A market is listed only if `tick * lot` is a multiple of 1e12. Anyone who may act on an account acts through
/// `exchange`; this module keeps the resources.
module derivatives::markets {
    use aptos_framework::event;
    use aptos_framework::object;
    use aptos_framework::timestamp;
    use derivatives::book::{Self, Book, Outcome, Request};
    use derivatives::funding;
    use derivatives::option_margin;
    use derivatives::oracle;
    use derivatives::pricing;
    use derivatives::settlement;
    use derivatives::tiers::{Self, Tier};
    use std::bcs;
    use std::signer;
    use tenor_math::int128::{Self, I128};

    /// Only governance may do this.
    const E_NOT_OWNER: u64 = 0x0201;
    /// The market does not take this now.
    const E_MARKET_STATUS: u64 = 0x0301;
    /// There is no such market.
    const E_NOT_FOUND: u64 = 0x030a;
    /// The series has not expired.
    const E_NOT_EXPIRED: u64 = 0x0701;
    /// The feed has no average over the window.
    const E_NO_SETTLEMENT: u64 = 0x0702;
    /// The price is fixed already.
    const E_ALREADY_FIXED: u64 = 0x0703;
    /// The price is not fixed yet.
    const E_NOT_SETTLED: u64 = 0x0704;
    /// The terms break a rule of listing.
    const E_LISTING_RULE: u64 = 0x0801;

    const RATE: u64 = 1000000000;
    const PRICE_END: u64 = 1152921504606846976;
    const NOTIONAL: u128 = 1000000000000;
    /// The premium is sampled for this much quote: 10,000.
    const IMPACT: u128 = 10000000000;
    const HOUR: u64 = 3600;
    /// Hours that one call accrues.
    const ACCRUALS_MAX: u64 = 24;
    /// The mark's basis moves over 150 seconds.
    const TAU: u64 = 150;
    /// Settlement averages over half an hour.
    const WINDOW: u64 = 1800;
    const TENOR_MAX: u64 = 157680000;
    /// Options trade within 5 % of mark plus index by this band around their mark.
    const OPTION_BAND: u64 = 500000000;
    const OPEN: u8 = 1;
    const CAUTION: u8 = 2;
    const REDUCE_ONLY: u8 = 4;
    const CANCEL_ONLY: u8 = 5;
    const SETTLING: u8 = 7;
    const SETTLED: u8 = 8;

    /// A perpetual.
    struct PerpMarket has key {
        feed: address,
        book: Book,
        tiers: vector<Tier>,
        basis: I128,
        basis_ts: u64,
        sample_sum: I128,
        sample_minute: u64,
        accrued_hour: u64,
        settlement: u64,
    }

    /// An option series.
    struct OptionSeries has key { feed: address, expiry: u64, strike: u64, is_call: bool, book: Book, settlement: u64 }

    #[event]
    /// A perpetual was listed.
    struct MarketListed has drop, store { market: address, feed: address, tick: u64, lot: u64 }

    #[event]
    /// A series was listed.
    struct SeriesListed has drop, store { market: address, feed: address, expiry: u64, strike: u64, is_call: bool }

    #[event]
    /// The premium of a minute.
    struct FundingSampled has drop, store { market: address, minute: u64, premium: I128 }

    #[event]
    /// An hour's funding.
    struct FundingAccrued has drop, store { market: address, hour: u64, rate: I128, index: u64, funding_index: I128 }

    #[event]
    /// The mark's basis moved.
    struct MarkUpdated has drop, store { market: address, mark: u64, basis: I128 }

    #[event]
    /// A market's status changed.
    struct StatusChanged has drop, store { market: address, from: u8, to: u8, cause: u8 }

    #[event]
    /// The price that a market settles at.
    struct SettlementFixed has drop, store { market: address, price: u64 }

    /// Lists a perpetual. Only governance. Tiers as columns; the last bound is 0.
    public entry fun list_perp(
        admin: &signer, symbol: vector<u8>, feed: address, tick: u64, lot: u64, min_size: u64, max_steps: u64,
        rebate: bool, maker_fee: u64, taker_fee: u64, band: u64, oi_cap: u64, account_cap: u64, uppers: vector<u64>,
        im_rates: vector<u64>, mm_rates: vector<u64>
    ) {
        assert!(signer::address_of(admin) == @derivatives, E_NOT_OWNER);
        check_terms(tick, lot, min_size, max_steps);
        assert!(maker_fee <= taker_fee || !rebate, E_LISTING_RULE);
        assert!(taker_fee <= RATE / 10 && maker_fee <= RATE / 10 && band < RATE / 2, E_LISTING_RULE);
        let tiers = vector[];
        let i = 0;
        while (i < uppers.length()) {
            tiers.push_back(tiers::new((uppers[i] as u128), (im_rates[i] as u128), (mm_rates[i] as u128)));
            i += 1;
        };
        tiers::check(&tiers);
        let config = book::config(
            tick, lot, min_size, max_steps, int128::new(rebate, (maker_fee as u128)), int128::from((taker_fee as u128)), band,
            false, (oi_cap as u128), (account_cap as u128)
        );
        let seed = b"derivatives::perp::";
        seed.append(symbol);
        let constructor = object::create_named_object(admin, seed);
        let market = constructor.address_from_constructor_ref();
        let now = timestamp::now_seconds();
        move_to(&constructor.generate_signer(), PerpMarket {
            feed, book: book::new(config), tiers, basis: int128::zero(), basis_ts: now, sample_sum: int128::zero(),
            sample_minute: now / 60, accrued_hour: now / HOUR, settlement: 0
        });
        event::emit(MarketListed { market, feed, tick, lot });
    }

    #[view]
    /// Where the perpetual of a symbol lies.
    public fun perp_address(symbol: vector<u8>): address {
        let seed = b"derivatives::perp::";
        seed.append(symbol);
        object::create_object_address(&@derivatives, seed)
    }

    /// Lists a series. Anyone, within the rules: expiry at 08:00 UTC, strike on the grid and within 60 % of the index.
    public entry fun list_series(lister: &signer, feed: address, expiry: u64, strike: u64, is_call: bool) {
        let now = timestamp::now_seconds();
        let index = oracle::fresh_index(feed);
        assert!(expiry > now && expiry - now <= TENOR_MAX && expiry % 86400 == 8 * HOUR, E_LISTING_RULE);
        let step = strike_step(index, expiry - now <= 7 * 86400);
        assert!(strike != 0 && strike < PRICE_END && strike % step == 0, E_LISTING_RULE);
        assert!(strike >= index / 10 * 4 && strike <= index / 10 * 16 + 10, E_LISTING_RULE);
        // The surface must know the expiry.
        oracle::volatility(feed, expiry, strike);
        let tick = series_tick(index);
        let lot = least_lot(tick);
        let cap = 1000000000000000000u128;
        let config = book::config(
            tick, lot, lot, 16, int128::zero(), int128::from(300000), OPTION_BAND, true, cap, cap
        );
        let constructor = object::create_named_object(lister, series_seed(feed, expiry, strike, is_call));
        move_to(&constructor.generate_signer(), OptionSeries {
            feed, expiry, strike, is_call, book: book::new(config), settlement: 0
        });
        let market = constructor.address_from_constructor_ref();
        event::emit(SeriesListed { market, feed, expiry, strike, is_call });
    }

    #[view]
    /// Where the series that this lister listed lies.
    public fun series_address(lister: address, feed: address, expiry: u64, strike: u64, is_call: bool): address {
        object::create_object_address(&lister, series_seed(feed, expiry, strike, is_call))
    }

    // ---- prices and surroundings

    /// Whether it is a perpetual.
    public fun is_perp(market: address): bool { exists<PerpMarket>(market) }

    #[view]
    /// The mark price of a market.
    public fun mark(market: address): u64 acquires PerpMarket, OptionSeries {
        if (exists<PerpMarket>(market)) perp_mark(&PerpMarket[market]) else series_mark(&OptionSeries[market])
    }

    #[view]
    /// The feed of a market.
    public fun feed(market: address): address acquires PerpMarket, OptionSeries {
        if (exists<PerpMarket>(market)) return PerpMarket[market].feed;
        assert!(exists<OptionSeries>(market), E_NOT_FOUND);
        OptionSeries[market].feed
    }

    #[view]
    /// The tiers of a perpetual.
    public fun tiers(market: address): vector<Tier> acquires PerpMarket { PerpMarket[market].tiers }

    #[view]
    /// Feed, expiry, strike, call, settlement price (0: not fixed).
    public fun series(market: address): (address, u64, u64, bool, u64) acquires OptionSeries {
        let s = &OptionSeries[market];
        (s.feed, s.expiry, s.strike, s.is_call, s.settlement)
    }

    fun perp_mark(m: &PerpMarket): u64 {
        if (m.settlement != 0) return m.settlement;
        let (index, _) = oracle::index(m.feed);
        let (bid, ask) = m.book.touch();
        pricing::mark(index, m.basis, bid, ask, m.book.last_price(), 0)
    }

    fun series_mark(s: &OptionSeries): u64 {
        if (s.settlement != 0) return settlement::payoff(s.is_call, s.strike, s.settlement);
        let now = timestamp::now_seconds();
        if (now >= s.expiry) {
            let (index, _) = oracle::index(s.feed);
            return settlement::payoff(s.is_call, s.strike, index)
        };
        oracle::option_mark(s.feed, s.expiry, s.strike, s.is_call)
    }

    // ---- orders

    /// Places an order; the status follows the feed first. Errors are in the outcome.
    package fun place(market: address, r: Request): Outcome acquires PerpMarket, OptionSeries {
        let now = timestamp::now_seconds();
        if (exists<PerpMarket>(market)) {
            let m = &mut PerpMarket[market];
            follow_feed(&mut m.book, m.feed, market);
            let (index, _) = oracle::index(m.feed);
            let c = book::context(now, perp_mark(m), index, 0);
            let out = m.book.place(r, &c);
            touch_mark(m, market);
            out
        } else {
            assert!(exists<OptionSeries>(market), E_NOT_FOUND);
            let s = &mut OptionSeries[market];
            assert!(now < s.expiry, E_MARKET_STATUS);
            follow_feed(&mut s.book, s.feed, market);
            let (index, _) = oracle::index(s.feed);
            let mark = series_mark(s);
            let (im, _) = option_margin::short_requirement(s.is_call, index, s.strike, mark);
            // A worthless option still has a band of some ticks.
            let c = book::context(now, if (mark < 10 * s.book.tick()) 10 * s.book.tick() else mark, index, im);
            s.book.place(r, &c)
        }
    }

    /// Amends an order.
    package fun amend(market: address, owner: address, id: u64, size: u64): (u64, u64, bool) acquires PerpMarket, OptionSeries {
        let now = timestamp::now_seconds();
        let c = book::context(now, mark(market), fresh_or_last(market), 0);
        if (exists<PerpMarket>(market)) PerpMarket[market].book.amend(owner, id, size, &c)
        else {
            let s = &mut OptionSeries[market];
            let (index, _) = oracle::index(s.feed);
            let (im, _) = option_margin::short_requirement(s.is_call, index, s.strike, series_mark(s));
            let c = book::context(now, series_mark(s), index, im);
            s.book.amend(owner, id, size, &c)
        }
    }

    /// Cancels an order.
    package fun cancel(market: address, owner: address, id: u64): (u64, u64) acquires PerpMarket, OptionSeries {
        if (exists<PerpMarket>(market)) PerpMarket[market].book.cancel(owner, id)
        else OptionSeries[market].book.cancel(owner, id)
    }

    /// Cancels up to `max` orders.
    package fun cancel_all(market: address, owner: address, max: u64): (u64, vector<u64>) acquires PerpMarket, OptionSeries {
        if (exists<PerpMarket>(market)) PerpMarket[market].book.cancel_all(owner, max)
        else OptionSeries[market].book.cancel_all(owner, max)
    }

    /// Removes up to `max` orders whatever the status.
    package fun remove_orders(market: address, owner: address, max: u64): vector<u64> acquires PerpMarket, OptionSeries {
        if (exists<PerpMarket>(market)) PerpMarket[market].book.remove_orders(owner, max)
        else OptionSeries[market].book.remove_orders(owner, max)
    }

    /// Stores an order that waits for the mark. Perpetuals only.
    package fun place_trigger(market: address, at_or_above: bool, price: u64, r: Request): u64 acquires PerpMarket {
        PerpMarket[market].book.place_trigger(at_or_above, price, r)
    }

    /// Cancels a waiting order.
    package fun cancel_trigger(market: address, owner: address, id: u64): u64 acquires PerpMarket {
        PerpMarket[market].book.cancel_trigger(owner, id)
    }

    /// How many orders wait for the mark.
    package fun trigger_count(market: address): u64 acquires PerpMarket { PerpMarket[market].book.trigger_count() }

    /// The next waiting order that the mark has reached.
    package fun next_fired(market: address, mark: u64): (bool, u64, Request) acquires PerpMarket {
        PerpMarket[market].book.next_fired(mark)
    }

    // ---- positions

    #[view]
    /// Size, entry, open buys, open sells, reserve and pending funding of an account.
    public fun position(market: address, owner: address): (I128, I128, u64, u64, u128, I128) acquires PerpMarket, OptionSeries {
        if (exists<PerpMarket>(market)) PerpMarket[market].book.position_of(owner)
        else OptionSeries[market].book.position_of(owner)
    }

    /// Whether the account has a position or an order.
    public fun is_active(market: address, owner: address): bool acquires PerpMarket, OptionSeries {
        if (exists<PerpMarket>(market)) PerpMarket[market].book.is_active(owner)
        else OptionSeries[market].book.is_active(owner)
    }

    /// `E_OI_CAP` or 0.
    package fun cap_error(market: address, owner: address): u64 acquires PerpMarket, OptionSeries {
        if (exists<PerpMarket>(market)) PerpMarket[market].book.cap_error(owner)
        else OptionSeries[market].book.cap_error(owner)
    }

    /// Settles an account's funding; what goes to its cash.
    package fun settle_funding(market: address, owner: address): I128 acquires PerpMarket {
        if (exists<PerpMarket>(market)) PerpMarket[market].book.settle_funding(owner) else int128::zero()
    }

    /// Moves a size with its quote into an account's position; what goes to its cash. Options take all of the quote in cash.
    package fun transfer(market: address, owner: address, dsize: I128, dquote: I128): I128 acquires PerpMarket, OptionSeries {
        if (exists<PerpMarket>(market)) PerpMarket[market].book.transfer(owner, dsize, dquote)
        else {
            OptionSeries[market].book.transfer(owner, dsize, int128::zero());
            dquote
        }
    }

    // ---- funding and mark

    /// Samples the premium once a minute. Anyone.
    public entry fun sample_premium(market: address) acquires PerpMarket {
        let m = &mut PerpMarket[market];
        let minute = timestamp::now_seconds() / 60;
        if (minute <= m.sample_minute) return;
        let (index, fresh) = oracle::index(m.feed);
        if (!fresh) return;
        m.sample_minute = minute;
        let premium = funding::premium_sample(
            m.book.impact_price(true, IMPACT), m.book.impact_price(false, IMPACT), index
        );
        m.sample_sum = m.sample_sum.add(premium);
        event::emit(FundingSampled { market, minute, premium });
        touch_mark(m, market);
    }

    /// Accrues the hours that have passed, at most 24. Anyone. An hour without a fresh index accrues nothing.
    public entry fun crank_funding(market: address) acquires PerpMarket {
        let m = &mut PerpMarket[market];
        let hour = timestamp::now_seconds() / HOUR;
        let (index, fresh) = oracle::index(m.feed);
        let count = 0;
        while (m.accrued_hour < hour && count < ACCRUALS_MAX) {
            m.accrued_hour += 1;
            count += 1;
            let sum = m.sample_sum;
            m.sample_sum = int128::zero();
            if (!fresh || m.settlement != 0) continue;
            let interval = funding::interval(sum, index);
            m.book.accrue(interval.d_index());
            event::emit(FundingAccrued {
                market, hour: m.accrued_hour, rate: interval.rate_hour(), index, funding_index: m.book.funding_index()
            });
        }
    }

    /// Moves the basis of the mark on.
    fun touch_mark(m: &mut PerpMarket, market: address) {
        let now = timestamp::now_seconds();
        if (now == m.basis_ts) return;
        let (bid, ask) = m.book.touch();
        let (index, fresh) = oracle::index(m.feed);
        let dt = now - m.basis_ts;
        m.basis_ts = now;
        if (bid == 0 || ask == 0 || !fresh) return;
        let middle = int128::from(((bid as u128) + (ask as u128)) / 2);
        m.basis = pricing::ema(m.basis, middle.sub(int128::from((index as u128))), dt, TAU);
        event::emit(MarkUpdated { market, mark: perp_mark(m), basis: m.basis });
    }

    // ---- status and settlement

    /// Guardians move a market toward less activity only; governance sets any status before settlement.
    public entry fun set_status(admin: &signer, market: address, status: u8) acquires PerpMarket, OptionSeries {
        assert!(signer::address_of(admin) == @derivatives, E_NOT_OWNER);
        assert!(status >= OPEN && status < SETTLING, E_MARKET_STATUS);
        let book = if (exists<PerpMarket>(market)) &mut PerpMarket[market].book else &mut OptionSeries[market].book;
        assert!(book.status() < SETTLING, E_MARKET_STATUS);
        change_status(book, market, status, 0);
    }

    /// Delists a perpetual: fixes the hour's average of the index, floored to the tick, as what every position closes at.
    public entry fun delist(admin: &signer, market: address) acquires PerpMarket {
        assert!(signer::address_of(admin) == @derivatives, E_NOT_OWNER);
        let m = &mut PerpMarket[market];
        assert!(m.settlement == 0, E_ALREADY_FIXED);
        assert!(m.book.status() == REDUCE_ONLY, E_MARKET_STATUS);
        let now = timestamp::now_seconds();
        let (known, average) = oracle::twap(m.feed, now - HOUR, now);
        assert!(known, E_NO_SETTLEMENT);
        m.settlement = settlement::floor_to_tick(average, m.book.tick());
        change_status(&mut m.book, market, SETTLING, 1);
        event::emit(SettlementFixed { market, price: m.settlement });
    }

    /// Fixes a series' settlement price after its expiry and one further price. Anyone, once.
    public entry fun fix_settlement(market: address) acquires OptionSeries {
        let s = &mut OptionSeries[market];
        assert!(timestamp::now_seconds() >= s.expiry, E_NOT_EXPIRED);
        assert!(s.settlement == 0, E_ALREADY_FIXED);
        assert!(oracle::updated(s.feed) >= s.expiry, E_NO_SETTLEMENT);
        let (known, average) = oracle::twap(s.feed, s.expiry - WINDOW, s.expiry);
        assert!(known, E_NO_SETTLEMENT);
        s.settlement = settlement::floor_to_tick(average, s.book.tick());
        assert!(s.settlement != 0, E_NO_SETTLEMENT);
        change_status(&mut s.book, market, SETTLED, 2);
        event::emit(SettlementFixed { market, price: s.settlement });
    }

    /// Takes an account's position out at the settlement price: cash, and the fee in it. Zero if there is none.
    package fun settle(market: address, owner: address): (I128, u128) acquires PerpMarket, OptionSeries {
        if (exists<PerpMarket>(market)) {
            let m = &mut PerpMarket[market];
            assert!(m.settlement != 0, E_NOT_SETTLED);
            m.book.remove_orders(owner, 100);
            let paid = m.book.settle_funding(owner);
            let (size, entry) = m.book.close_out(owner);
            (paid.add(settlement::settle_perp(size, entry, m.settlement)), 0)
        } else {
            let s = &mut OptionSeries[market];
            assert!(s.settlement != 0, E_NOT_SETTLED);
            s.book.remove_orders(owner, 100);
            let (size, _) = s.book.close_out(owner);
            let payoff = settlement::payoff(s.is_call, s.strike, s.settlement);
            let (cash, fee) = settlement::settle_option(size, payoff, s.settlement);
            s.book.add_fee(fee);
            (cash.sub(int128::from(fee)), fee)
        }
    }

    /// Takes the fees out.
    package fun take_fees(market: address): I128 acquires PerpMarket, OptionSeries {
        if (exists<PerpMarket>(market)) PerpMarket[market].book.take_fees() else OptionSeries[market].book.take_fees()
    }

    // ---- views

    #[view]
    /// Status, mark, open interest, fees, funding pool, funding index, last price.
    public fun state(market: address): (u8, u64, u128, I128, I128, I128, u64) acquires PerpMarket, OptionSeries {
        let mark = mark(market);
        let book = if (exists<PerpMarket>(market)) &PerpMarket[market].book else &OptionSeries[market].book;
        (
            book.status(), mark, book.open_interest(), book.fees(), book.funding_pool(), book.funding_index(),
            book.last_price()
        )
    }

    #[view]
    /// Bid prices, bid sizes, ask prices, ask sizes, level by level.
    public fun depth(
        market: address, levels: u64
    ): (vector<u64>, vector<u64>, vector<u64>, vector<u64>) acquires PerpMarket, OptionSeries {
        let levels = if (levels > 50) 50 else levels;
        let book = if (exists<PerpMarket>(market)) &PerpMarket[market].book else &OptionSeries[market].book;
        let (bids, bid_sizes) = book.depth(true, levels, 512);
        let (asks, ask_sizes) = book.depth(false, levels, 512);
        (bids, bid_sizes, asks, ask_sizes)
    }

    #[view]
    /// Ids of an account's open orders.
    public fun orders_of(market: address, owner: address): vector<u64> acquires PerpMarket, OptionSeries {
        if (exists<PerpMarket>(market)) PerpMarket[market].book.orders_of(owner)
        else OptionSeries[market].book.orders_of(owner)
    }

    #[view]
    /// Owner, side, price, size, reduce-only and expiry of an order.
    public fun order(market: address, id: u64): (address, bool, u64, u64, bool, u64) acquires PerpMarket, OptionSeries {
        if (exists<PerpMarket>(market)) PerpMarket[market].book.order_of(id) else OptionSeries[market].book.order_of(id)
    }

    /// The lot.
    public fun lot(market: address): u64 acquires PerpMarket, OptionSeries {
        if (exists<PerpMarket>(market)) PerpMarket[market].book.lot() else OptionSeries[market].book.lot()
    }

    /// A stale index leaves cancels only, the breaker reduction only; both end with their cause.
    fun follow_feed(book: &mut Book, feed: address, market: address) {
        let status = book.status();
        if (status != OPEN && status != CAUTION && status != CANCEL_ONLY) return;
        let (_, fresh) = oracle::index(feed);
        let wanted = if (!fresh) CANCEL_ONLY else if (oracle::in_caution(feed)) CAUTION else OPEN;
        if (wanted != status) change_status(book, market, wanted, 3);
    }

    fun change_status(book: &mut Book, market: address, status: u8, cause: u8) {
        event::emit(StatusChanged { market, from: book.status(), to: status, cause });
        book.set_status(status);
    }

    fun fresh_or_last(market: address): u64 acquires PerpMarket, OptionSeries {
        let (index, _) = oracle::index(feed(market));
        index
    }

    fun check_terms(tick: u64, lot: u64, min_size: u64, max_steps: u64) {
        assert!(
            tick != 0 && lot != 0 && (tick as u128) * (lot as u128) % NOTIONAL == 0 && min_size >= lot && min_size % lot == 0
                && max_steps != 0 && max_steps <= 64,
            E_LISTING_RULE
        );
    }

    /// 1-2-2.5-5 times a power of ten nearest to 2.5 % of the index for short tenors, 5 % for longer ones.
    fun strike_step(index: u64, short: bool): u64 {
        let wanted = if (short) index / 40 else index / 20;
        let power = 1;
        while (power * 10 <= wanted) power *= 10;
        let (best, distance) = (power, wanted - power);
        vector[2 * power, 5 * power / 2, 5 * power, 10 * power].for_each(|step| {
            let away = if (step > wanted) step - wanted else wanted - step;
            if (step != 0 && away < distance) {
                best = step;
                distance = away;
            }
        });
        best
    }

    /// A power of ten of about a hundred-thousandth of the index.
    fun series_tick(index: u64): u64 {
        let tick = 1;
        while (tick * 1000000 <= index) tick *= 10;
        tick
    }

    /// The least power of ten that makes notionals exact with a tick.
    fun least_lot(tick: u64): u64 {
        let lot = 1;
        while ((tick as u128) * (lot as u128) % NOTIONAL != 0) lot *= 10;
        lot
    }

    fun series_seed(feed: address, expiry: u64, strike: u64, is_call: bool): vector<u8> {
        let seed = b"derivatives::series::";
        seed.append(bcs::to_bytes(&feed));
        seed.append(bcs::to_bytes(&expiry));
        seed.append(bcs::to_bytes(&strike));
        seed.append(bcs::to_bytes(&is_call));
        seed
    }

}
