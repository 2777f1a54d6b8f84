/// The part that every market has: its feed, its status, its order book with the positions.
///
/// Each market is an object of its own with one item for all that a trade changes, so that different markets never write the same
/// item. The status in force is the strictest of what governance, a guardian, the feed and the market's own breaker say. Units as
/// in `units`. Invariant: a settled market never trades again.
/// Nothing is rounded here.
module derivatives::books {
    use aptos_framework::event;
    use aptos_framework::timestamp;
    use derivatives::accounts;
    use derivatives::book::{Self, Book, Config};
    use derivatives::depth;
    use derivatives::orders::{Context, Outcome, Request};
    use std::signer;
    use tenor_math::int128::I128;

    /// Only governance may do this.
    const E_NOT_OWNER: u64 = 0x0201;
    /// The market is in no status for this, or there is no such status.
    const E_MARKET_STATUS: u64 = 0x0301;
    /// There is no such market.
    const E_NOT_FOUND: u64 = 0x030a;
    /// A guardian may only move toward less activity, and for 72 hours at most.
    const E_GUARDIAN_SCOPE: u64 = 0x0804;

    const PREOPEN: u8 = 0;
    const OPEN: u8 = 1;
    const CAUTION: u8 = 2;
    const POST_ONLY: u8 = 3;
    const REDUCE_ONLY: u8 = 4;
    const SETTLING: u8 = 7;
    const GUARD_HOURS_MAX: u64 = 72;
    // What changed a status.
    const BY_GOVERNANCE: u8 = 0;
    const BY_SETTLEMENT: u8 = 1;
    const BY_GUARDIAN: u8 = 2;
    const BY_CIRCUMSTANCES: u8 = 3;

    /// A market. `base` is what governance says, `guarded` what a guardian says until `guarded_until`; an auction collects orders
    /// until `auction_until` (0: there is none).
    struct Market has key {
        feed: address,
        is_perp: bool,
        base: u8,
        guarded: u8,
        guarded_until: u64,
        auction_until: u64,
        book: Book,
    }

    #[event]
    /// A market's status changed: by governance (0), settlement (1), a guardian (2), the feed, the breaker or an auction (3).
    struct StatusChanged has drop, store { market: address, from: u8, to: u8, cause: u8 }

    /// Makes a market of an object.
    package fun create(at: &signer, feed: address, is_perp: bool, config: Config) {
        move_to(at, Market {
            feed, is_perp, base: OPEN, guarded: OPEN, guarded_until: 0, auction_until: 0, book: book::new(config)
        });
        event::emit(StatusChanged { market: signer::address_of(at), from: PREOPEN, to: OPEN, cause: BY_GOVERNANCE });
    }

    /// Whether there is such a market.
    public fun is_market(market: address): bool { exists<Market>(market) }

    /// Whether it is a perpetual.
    public fun is_perp(market: address): bool { exists<Market>(market) && Market[market].is_perp }

    /// Aborts `E_NOT_FOUND` unless there is such a market.
    public fun assert_market(market: address) { assert!(exists<Market>(market), E_NOT_FOUND); }

    /// The feed of a market.
    public fun feed(market: address): address {
        assert_market(market);
        Market[market].feed
    }

    // ---- the book

    /// Matches and rests an order.
    package fun place(market: address, r: Request, c: &Context): Outcome {
        assert_market(market);
        Market[market].book.place(r, c)
    }

    /// Cancels an order; the code of an error, and what was open of it.
    package fun cancel(market: address, owner: address, id: u64): (u64, u64) {
        assert_market(market);
        Market[market].book.cancel(owner, id)
    }

    /// Cancels up to `max` orders of an account, unless the market is halted.
    package fun cancel_all(market: address, owner: address, max: u64): (u64, vector<u64>) {
        assert_market(market);
        Market[market].book.cancel_all(owner, max)
    }

    /// Removes up to `max` orders of an account, whatever the status; only those that may increase a position, if asked.
    package fun remove_orders(market: address, owner: address, max: u64, increasing: bool): vector<u64> {
        assert_market(market);
        Market[market].book.remove_orders(owner, max, increasing)
    }

    /// Changes an order's size. Error, id, priority kept.
    package fun amend(market: address, owner: address, id: u64, size: u64, c: &Context): (u64, u64, bool) {
        assert_market(market);
        Market[market].book.amend(owner, id, size, c)
    }

    /// Removes expired orders from the touches.
    package fun prune(market: address, now: u64, max: u64, out: &mut Outcome) {
        assert_market(market);
        Market[market].book.prune(now, max, out)
    }

    /// Moves a size with its quote into a position; the cash delta, funding included.
    package fun transfer(market: address, owner: address, dsize: I128, dquote: I128): I128 {
        assert_market(market);
        Market[market].book.ledger_mut().transfer(owner, dsize, dquote)
    }

    /// Takes part of a position out: size, entry, and the funding that goes to cash.
    package fun cut(market: address, owner: address, part: u128): (I128, I128, I128) {
        assert_market(market);
        Market[market].book.ledger_mut().cut(owner, part)
    }

    /// Settles an account's funding; what goes to its cash.
    package fun settle_funding(market: address, owner: address): I128 {
        assert_market(market);
        Market[market].book.ledger_mut().settle_funding(owner)
    }

    /// Takes a position out of the market: its size and entry.
    package fun close_out(market: address, owner: address): (I128, I128) {
        assert_market(market);
        Market[market].book.ledger_mut().close_out(owner)
    }

    /// Takes money in that is earned later.
    package fun prepay(market: address, amount: u128) {
        assert_market(market);
        Market[market].book.ledger_mut().prepay(amount)
    }

    /// Gives money out that was taken in before.
    package fun unprepay(market: address, amount: u128) {
        assert_market(market);
        Market[market].book.ledger_mut().unprepay(amount)
    }

    /// Adds a fee.
    package fun add_fee(market: address, fee: I128) {
        assert_market(market);
        Market[market].book.ledger_mut().add_fee(fee)
    }

    /// Takes the fees out, and what funding left over.
    package fun take_fees(market: address): (I128, I128) {
        assert_market(market);
        let ledger = Market[market].book.ledger_mut();
        (ledger.take_fees(), ledger.take_funding_residue())
    }

    /// Lets funding accrue; the index after.
    package fun accrue(market: address, d_index: I128): I128 {
        assert_market(market);
        let ledger = Market[market].book.ledger_mut();
        ledger.accrue(d_index);
        ledger.funding_index()
    }

    /// Reserves for an order of an auction.
    package fun reserve(market: address, owner: address, is_buy: bool, size: u64, reserve: u128) {
        assert_market(market);
        Market[market].book.ledger_mut().reserve(owner, is_buy, size, reserve)
    }

    /// Releases what an order of an auction reserved.
    package fun release(market: address, owner: address, is_buy: bool, size: u64, reserve: u128) {
        assert_market(market);
        Market[market].book.ledger_mut().release(owner, is_buy, size, reserve)
    }

    /// Stores an order that waits for the mark; its id.
    package fun place_trigger(market: address, at_or_above: bool, price: u64, r: Request): u64 {
        assert_market(market);
        Market[market].book.triggers_mut().place(at_or_above, price, r)
    }

    /// Cancels a waiting order; the code of an error.
    package fun cancel_trigger(market: address, owner: address, id: u64): u64 {
        assert_market(market);
        Market[market].book.triggers_mut().cancel(owner, id)
    }

    /// Takes the next waiting order that the mark has reached.
    package fun next_fired(market: address, mark: u64): (bool, u64, Request) {
        assert_market(market);
        Market[market].book.triggers_mut().next_fired(mark)
    }

    /// Sets fees, band and caps.
    package fun set_terms(
        market: address, maker_fee: I128, taker_fee: I128, band: u64, oi_cap: u128, account_cap: u128
    ) {
        assert_market(market);
        Market[market].book.set_terms(maker_fee, taker_fee, band, oi_cap, account_cap)
    }

    /// Takes the price of an auction as the last one.
    package fun set_last_price(market: address, price: u64) {
        assert_market(market);
        Market[market].book.set_last_price(price)
    }

    /// How many orders wait for the mark.
    public fun trigger_count(market: address): u64 {
        assert_market(market);
        Market[market].book.triggers().count()
    }

    /// A market's surroundings, with the band that the configuration says.
    public fun context(market: address, now: u64, mark: u64, index: u64): Context {
        assert_market(market);
        Market[market].book.context(now, mark, index)
    }

    /// Best bid and best ask, 0 if a side is empty.
    public fun touch(market: address): (u64, u64) {
        assert_market(market);
        Market[market].book.touch()
    }

    /// The price of the last fill, 0 if there was none.
    public fun last_price(market: address): u64 {
        assert_market(market);
        Market[market].book.last_price()
    }

    /// The tick.
    public fun tick(market: address): u64 {
        assert_market(market);
        Market[market].book.tick()
    }

    /// The lot.
    public fun lot(market: address): u64 {
        assert_market(market);
        Market[market].book.lot()
    }

    /// Size, entry, open buys, open sells, reserve and pending funding of an account.
    public fun position(market: address, owner: address): (I128, I128, u64, u64, u128, I128) {
        assert_market(market);
        Market[market].book.ledger().position_of(owner)
    }

    /// Whether the account has a position or an order.
    public fun is_active(market: address, owner: address): bool {
        assert_market(market);
        Market[market].book.ledger().is_active(owner)
    }

    /// Sum of long sizes.
    public fun open_interest(market: address): u128 {
        assert_market(market);
        Market[market].book.ledger().open_interest()
    }

    /// The id of the account's open order with a client id, 0 if there is none.
    public fun client_order(market: address, owner: address, client_id: u64): u64 {
        assert_market(market);
        Market[market].book.ledger().client_order(owner, client_id)
    }

    /// Ids of an account's open orders, ascending.
    public fun orders_of(market: address, owner: address): vector<u64> {
        assert_market(market);
        Market[market].book.ledger().orders_of(owner)
    }

    /// Owner, side, price, size, reduce-only and expiry of a resting order.
    public fun order_of(market: address, id: u64): (address, bool, u64, u64, bool, u64) {
        assert_market(market);
        Market[market].book.order_of(id)
    }

    /// How many bids and asks rest.
    public fun counts(market: address): (u64, u64) {
        assert_market(market);
        (Market[market].book.count(true), Market[market].book.count(false))
    }

    /// The fee of a fill, negative for a rebate.
    public fun fee(market: address, taker: bool, notional: u128, size: u64, c: &Context): I128 {
        assert_market(market);
        Market[market].book.fee(taker, notional, size, c)
    }

    /// What an open order sets aside beyond the exposure it adds.
    public fun reserve_for(market: address, is_buy: bool, price: u64, size: u64, c: &Context): u128 {
        assert_market(market);
        Market[market].book.reserve_for(is_buy, price, size, c)
    }

    /// Caps of open interest and of an account's position.
    public fun caps(market: address): (u128, u128) {
        assert_market(market);
        Market[market].book.caps()
    }

    /// `E_OI_CAP` if open interest or the account's position grew beyond their caps.
    public fun cap_error(market: address, owner: address, before: u128, size_before: I128): u64 {
        assert_market(market);
        Market[market].book.cap_error(owner, before, size_before)
    }

    /// Prices and sizes of a side level by level.
    public fun levels(market: address, is_buy: bool, levels_max: u64, orders_max: u64): (vector<u64>, vector<u64>) {
        assert_market(market);
        depth::levels(&Market[market].book, is_buy, levels_max, orders_max)
    }

    /// Average prices of selling and of buying so much quote; 0 if depth is missing.
    public fun impact_prices(market: address, impact: u128): (u64, u64) {
        assert_market(market);
        let book = &Market[market].book;
        (depth::impact_price(book, true, impact), depth::impact_price(book, false, impact))
    }

    /// What an order with this limit would trade: size and quote.
    public fun taking(market: address, is_buy: bool, limit: u64, size: u64, steps: u64): (u64, u128) {
        assert_market(market);
        depth::taking(&Market[market].book, is_buy, limit, size, steps)
    }

    /// The status in force.
    public fun status(market: address): u8 {
        assert_market(market);
        Market[market].book.status()
    }

    /// Fees, funding pool, funding index and prepaid money.
    public fun money(market: address): (I128, I128, I128, u128) {
        assert_market(market);
        let ledger = Market[market].book.ledger();
        (ledger.fees(), ledger.funding_pool(), ledger.funding_index(), ledger.prepaid())
    }

    // ---- the status

    /// What governance has decided.
    public fun base(market: address): u8 { Market[market].base }

    /// When the auction ends, 0 if there is none.
    public fun auction_until(market: address): u64 { Market[market].auction_until }

    /// Begins an auction, or ends it with 0.
    package fun set_auction(market: address, until: u64) { Market[market].auction_until = until; }

    /// Governance decides.
    package fun set_base(admin: &signer, market: address, status: u8) {
        assert!(signer::address_of(admin) == @derivatives, E_NOT_OWNER);
        assert_market(market);
        let m = &mut Market[market];
        assert!(status >= OPEN && status < SETTLING && m.base < SETTLING, E_MARKET_STATUS);
        m.base = status;
        change(m, market, stricter(status, m.guard_now()), BY_GOVERNANCE);
    }

    /// A guardian slows the market down for some hours.
    package fun guard(guardian: &signer, market: address, status: u8, hours: u64) {
        assert!(accounts::is_guardian(signer::address_of(guardian)), E_NOT_OWNER);
        assert_market(market);
        let m = &mut Market[market];
        assert!(m.base < SETTLING && status < SETTLING, E_MARKET_STATUS);
        assert!(hours != 0 && hours <= GUARD_HOURS_MAX, E_GUARDIAN_SCOPE);
        assert!(status > m.base && status >= m.guard_now(), E_GUARDIAN_SCOPE);
        m.guarded = status;
        m.guarded_until = timestamp::now_seconds() + hours * 3600;
        change(m, market, stricter(m.book.status(), status), BY_GUARDIAN);
    }

    /// Settlement begins or is fixed: nothing reopens the market.
    package fun conclude(market: address, status: u8) {
        let m = &mut Market[market];
        m.base = status;
        change(m, market, status, BY_SETTLEMENT);
    }

    /// Brings the status in line with circumstances (what feed and breaker say) and with those who may decide.
    package fun follow(market: address, circumstances: u8) {
        let m = &mut Market[market];
        if (m.base >= SETTLING) return;
        let status = stricter(stricter(m.base, m.guard_now()), circumstances);
        if (m.auction_until != 0 && status < REDUCE_ONLY) status = PREOPEN;
        if (status != m.book.status()) change(m, market, status, BY_CIRCUMSTANCES);
    }

    fun guard_now(self: &Market): u8 { if (timestamp::now_seconds() < self.guarded_until) self.guarded else OPEN }

    /// The stricter of two; caution and post-only together leave reduction only.
    fun stricter(a: u8, b: u8): u8 {
        if ((a == CAUTION && b == POST_ONLY) || (a == POST_ONLY && b == CAUTION)) REDUCE_ONLY
        else if (a < b) b
        else a
    }

    fun change(m: &mut Market, market: address, to: u8, cause: u8) {
        let from = m.book.status();
        if (from == to) return;
        m.book.set_status(to);
        event::emit(StatusChanged { market, from, to, cause });
    }
}
