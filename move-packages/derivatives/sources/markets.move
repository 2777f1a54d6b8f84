/// Markets as everybody else sees them: perpetuals and option series behind the same functions.
///
/// Entry functions for listing, funding and settlement, and views of one market. Who acts for an account acts through `exchange`.
/// Units as in `units`. Invariants are those of `book`, `ledger`, `perps` and `series`, which keep the resources.
/// Nothing is rounded here but prices of stale liquidations, down.
module derivatives::markets {
    use aptos_framework::event;
    use aptos_framework::timestamp;
    use derivatives::accounts;
    use derivatives::books;
    use derivatives::oracle;
    use derivatives::orders::{Self, Context, Outcome, Request};
    use derivatives::perps;
    use derivatives::pricing;
    use derivatives::series;
    use derivatives::settlement;
    use derivatives::tiers::Tier;
    use tenor_math::int128::{Self, I128};

    /// There is no such perpetual.
    const E_NOT_FOUND: u64 = 0x030a;
    /// The index is stale, and has been so for less than ten minutes.
    const E_STALE_PRICE: u64 = 0x0505;
    /// The price is not fixed yet.
    const E_NOT_SETTLED: u64 = 0x0704;

    const RATE: u128 = 1000000000;
    /// Liquidations wait this long for a stale index, in seconds.
    const STALE_PAUSE: u64 = 600;
    /// Then they go on at the last price moved by this in the account's favour.
    const BREAKER: u128 = 100000000;
    /// Orders that settling an account removes.
    const ORDERS_MAX: u64 = 100;

    #[event]
    /// An order left a book by itself: expired (1).
    struct OrderPruned has drop, store { market: address, account: address, id: u64, size: u64, reason: u8 }

    // ---- governance, guardians, keepers

    /// Lists a perpetual. Only governance. Tiers as columns; the last bound is 0. `mid_feed` 0x0: none.
    public entry fun list_perp(
        admin: &signer, symbol: vector<u8>, feed: address, mid_feed: address, tick: u64, lot: u64, min_size: u64,
        max_steps: u64, rebate: bool, maker_fee: u64, taker_fee: u64, band: u64, oi_cap: u64, account_cap: u64,
        uppers: vector<u64>, im_rates: vector<u64>, mm_rates: vector<u64>
    ) {
        let terms = perps::terms(rebate, maker_fee, taker_fee, band, oi_cap, account_cap, uppers, im_rates, mm_rates);
        perps::list(admin, symbol, feed, mid_feed, tick, lot, min_size, max_steps, terms);
    }

    /// Announces other terms for a perpetual. Only governance; they wait a day.
    public entry fun queue_params(
        admin: &signer, market: address, rebate: bool, maker_fee: u64, taker_fee: u64, band: u64, oi_cap: u64, account_cap: u64,
        uppers: vector<u64>, im_rates: vector<u64>, mm_rates: vector<u64>
    ) {
        let terms = perps::terms(rebate, maker_fee, taker_fee, band, oi_cap, account_cap, uppers, im_rates, mm_rates);
        perps::queue(admin, market, terms);
    }

    /// Applies announced terms. Anyone.
    public entry fun apply_params(market: address) { perps::apply_queued(market) }

    /// Lists a series outside the rules of expiry and strike, with a settlement window of its own in seconds. Only governance.
    public entry fun list_series_by_governance(
        admin: &signer, feed: address, expiry: u64, strike: u64, is_call: bool, window: u64
    ) {
        series::list_by_governance(admin, feed, expiry, strike, is_call, window)
    }

    /// Governance sets any status before settlement.
    public entry fun set_status(admin: &signer, market: address, status: u8) { books::set_base(admin, market, status) }

    /// A guardian moves a market toward less activity for at most 72 hours.
    public entry fun guard(guardian: &signer, market: address, status: u8, hours: u64) {
        books::guard(guardian, market, status, hours)
    }

    /// Announces the end of a perpetual, seven days before, or an hour before in an emergency. Only governance.
    public entry fun announce_delisting(admin: &signer, market: address, emergency: bool) {
        perps::announce(admin, market, emergency)
    }

    /// Fixes the price of a perpetual whose time has come. Anyone.
    public entry fun fix_delisting(market: address) { perps::fix(market) }

    /// Fixes a series' settlement price after its expiry and one further price, and gives an unused bond back. Anyone, once.
    public entry fun fix_settlement(market: address) {
        series::fix(market);
        return_bond(market);
    }

    /// Samples the premium once a minute. Anyone.
    public entry fun sample_premium(market: address) {
        assert!(books::is_perp(market), E_NOT_FOUND);
        perps::tick(market);
    }

    /// Removes expired orders from the touches. Anyone.
    public entry fun prune_expired(market: address, max: u64) {
        let out = orders::outcome(0);
        books::prune(market, timestamp::now_seconds(), if (max > 32) 32 else max, &mut out);
        out.removals().for_each_ref(|r| {
            let (reason, id, account, size) = r.removal_terms();
            event::emit(OrderPruned { market, account, id, size, reason });
            if (!is_active(market, account)) accounts::leave(account, market);
        });
    }

    // ---- where they lie

    #[view]
    /// Where the perpetual of a symbol lies.
    public fun perp_address(symbol: vector<u8>): address { perps::address_of(symbol) }

    #[view]
    /// Where a series lies.
    public fun series_address(feed: address, expiry: u64, strike: u64, is_call: bool): address {
        series::address_of(feed, expiry, strike, is_call)
    }

    #[view]
    /// All series of an expiry.
    public fun series_of(feed: address, expiry: u64): vector<address> { series::series_of(feed, expiry) }

    #[view]
    /// Expiries with series.
    public fun expiries_of(feed: address): vector<u64> { series::expiries_of(feed) }

    /// Whether it is a perpetual.
    public fun is_perp(market: address): bool { books::is_perp(market) }

    // ---- prices and surroundings

    #[view]
    /// The mark price of a market.
    public fun mark(market: address): u64 {
        books::assert_market(market);
        if (books::is_perp(market)) perps::mark(market) else series::mark(market)
    }

    #[view]
    /// The feed of a market.
    public fun feed(market: address): address { books::feed(market) }

    /// The tiers of a perpetual.
    public fun tiers(market: address): vector<Tier> { perps::tiers(market) }

    #[view]
    /// Feed, expiry, strike, call, settlement price (0: not fixed).
    public fun series(market: address): (address, u64, u64, bool, u64) {
        let (expiry, strike, is_call, settlement) = series::terms(market);
        (books::feed(market), expiry, strike, is_call, settlement)
    }

    /// The settlement price, 0 if it is not fixed.
    public fun settlement_price(market: address): u64 {
        if (books::is_perp(market)) perps::settlement(market)
        else {
            let (_, _, _, settlement) = series::terms(market);
            settlement
        }
    }

    /// What orders are judged by.
    package fun context(market: address): Context {
        if (books::is_perp(market)) perps::context(market) else series::context(market)
    }

    /// The mark that a position is liquidated at. In caution it stays within 10 % of the five-minute average in the account's favour;
    /// with a stale index liquidations wait ten minutes, then go on 10 % in the account's favour.
    package fun liquidation_mark(market: address, long: bool): u64 {
        let mark = mark(market);
        let feed = books::feed(market);
        let stale = oracle::stale_for(feed);
        assert!(stale == 0 || stale > STALE_PAUSE, E_STALE_PRICE);
        if (!books::is_perp(market)) return mark;
        if (stale != 0) {
            let factor = if (long) RATE + BREAKER else RATE - BREAKER;
            return (((mark as u128) * factor / RATE) as u64)
        };
        if (!oracle::in_caution(feed)) return mark;
        let within = pricing::within_breaker(mark, oracle::recent_average(feed));
        if (long == (within > mark)) within else mark
    }

    // ---- orders

    /// Places an order; what falls due with time is done first, and the status follows its circumstances. Errors are in the outcome.
    package fun place(market: address, r: Request): Outcome {
        books::assert_market(market);
        follow(market);
        if (books::is_perp(market)) perps::tick(market);
        let c = context(market);
        books::place(market, r, &c)
    }

    /// Brings the status in line with feed, surface, breaker and time.
    package fun follow(market: address) {
        let wanted = if (books::is_perp(market)) perps::circumstances(market) else series::circumstances(market);
        books::follow(market, wanted);
    }

    /// Gives a bond back to who left it.
    package fun return_bond(market: address) {
        if (books::is_perp(market)) return;
        let (bond, to) = series::take_bond(market);
        if (bond == 0) return;
        books::unprepay(market, (bond as u128));
        accounts::credit(to, int128::from((bond as u128)));
    }

    /// Takes an account's position out at the settlement price: cash, the fee in it, and what of the fee goes to the keeper.
    package fun settle(market: address, owner: address, reward: u128): (I128, u128, u128, vector<u64>) {
        if (books::is_perp(market)) {
            let price = perps::settlement(market);
            assert!(price != 0, E_NOT_SETTLED);
            let removed = books::remove_orders(market, owner, ORDERS_MAX, false);
            let paid = books::settle_funding(market, owner);
            let (size, entry) = books::close_out(market, owner);
            (paid.add(settlement::settle_perp(size, entry, price)), 0, 0, removed)
        } else {
            let (_, strike, is_call, price) = series::terms(market);
            assert!(price != 0, E_NOT_SETTLED);
            let removed = books::remove_orders(market, owner, ORDERS_MAX, false);
            let (size, _) = books::close_out(market, owner);
            let (cash, fee) = settlement::settle_option(size, settlement::payoff(is_call, strike, price), price);
            let to_keeper = if (reward < fee) reward else fee;
            books::add_fee(market, int128::from(fee - to_keeper));
            (cash.sub(int128::from(fee)), fee, to_keeper, removed)
        }
    }

    // ---- views

    #[view]
    /// Size, entry, open buys, open sells, reserve and pending funding of an account.
    public fun position(market: address, owner: address): (I128, I128, u64, u64, u128, I128) {
        books::position(market, owner)
    }

    /// Whether the account has a position or an order.
    public fun is_active(market: address, owner: address): bool { books::is_active(market, owner) }

    #[view]
    /// Status, mark, open interest, fees, funding pool, funding index, last price, prepaid.
    public fun state(market: address): (u8, u64, u128, I128, I128, I128, u64, u128) {
        let (fees, pool, index, prepaid) = books::money(market);
        (
            books::status(market), mark(market), books::open_interest(market), fees, pool, index, books::last_price(market),
            prepaid
        )
    }

    #[view]
    /// Bid prices, bid sizes, ask prices, ask sizes, level by level: at most 50 levels, from at most 512 orders a side.
    public fun depth(market: address, levels: u64): (vector<u64>, vector<u64>, vector<u64>, vector<u64>) {
        let levels = if (levels > 50) 50 else levels;
        let (bids, bid_sizes) = books::levels(market, true, levels, 512);
        let (asks, ask_sizes) = books::levels(market, false, levels, 512);
        (bids, bid_sizes, asks, ask_sizes)
    }

    #[view]
    /// Ids of an account's open orders.
    public fun orders_of(market: address, owner: address): vector<u64> { books::orders_of(market, owner) }

    #[view]
    /// Owner, side, price, size, reduce-only and expiry of an order.
    public fun order(market: address, id: u64): (address, bool, u64, u64, bool, u64) { books::order_of(market, id) }

    #[view]
    /// How many bids and asks rest.
    public fun order_counts(market: address): (u64, u64) { books::counts(market) }

    /// The lot.
    public fun lot(market: address): u64 { books::lot(market) }
}
