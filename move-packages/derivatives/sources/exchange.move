/// What traders do: orders, cancels, triggers, withdrawals, transfers. Each asks who, whether, and then calls.
///
/// A rejection is an abort with its code and leaves no trace; a partial fill, a cancelled remainder or a dropped trigger is a result.
/// After a trade the account's health stays above its initial requirement, unless the trade only reduced a position and did not
/// make health worse. Fills credit makers' cash without judging them: their margin was reserved when their orders came to rest.
/// Units as in `units`; nothing is rounded here. Invariant: what changes an account is in an event, so that books, positions and
/// balances can be rebuilt from events alone.
module derivatives::exchange {
    use aptos_framework::event;
    use derivatives::accounts;
    use derivatives::books;
    use derivatives::margin;
    use derivatives::markets;
    use derivatives::oracle;
    use derivatives::orders::{Self, Context, Outcome, Request};
    use derivatives::portfolio::Scenario;
    use derivatives::risk;
    use derivatives::series;
    use derivatives::tiers;
    use derivatives::units;
    use std::signer;
    use tenor_math::int128::{Self, I128};

    /// More than may leave the account.
    const E_WITHDRAW_LIMIT: u64 = 0x0207;
    /// The account does not meet the target mode's requirement.
    const E_MODE_SWITCH: u64 = 0x0208;
    /// The size is zero or no multiple of the lot.
    const E_LOT: u64 = 0x0302;
    /// A trigger needs a price.
    const E_TICK: u64 = 0x0304;
    /// There is no such order, or the market takes no triggers.
    const E_NOT_FOUND: u64 = 0x030a;
    /// The market has as many triggers as it may have.
    const E_BOOK_FULL: u64 = 0x030c;
    /// What remains would be less than the initial margin.
    const E_INSUFFICIENT_MARGIN: u64 = 0x0401;
    /// Open interest would exceed the market's cap.
    const E_OI_CAP: u64 = 0x0402;
    /// The account is being liquidated.
    const E_IN_LIQUIDATION: u64 = 0x0404;
    /// The index of a market that the account takes part in is stale.
    const E_STALE_PRICE: u64 = 0x0505;

    /// Orders that one call cancels.
    const CANCEL_MAX: u64 = 100;
    /// Orders that wait for the mark in one market.
    const TRIGGERS_MAX: u64 = 50000;
    /// Waiting orders that one call fires.
    const FIRE_MAX: u64 = 10;
    /// What a waiting order prepays to who fires it: 0.1 quote.
    const TRIGGER_FEE: u128 = 100000;
    // Why an order left its book.
    const CANCELLED: u8 = 0;
    const SETTLED: u8 = 7;
    const UNHEALTHY: u8 = 8;
    const DECREMENTED: u8 = 3;

    #[event]
    /// An order came to rest, or traded as far as it could.
    struct OrderPlaced has drop, store {
        market: address, account: address, id: u64, is_buy: bool, price: u64, filled: u64, resting: u64, reduce_only: bool,
        expiry: u64, client_id: u64, result: u8, reason: u8, cancelled: u64
    }

    #[event]
    /// Two orders traded. Fees are signed: a rebate is negative. `maker_role`: the second of them rested.
    struct OrderFilled has drop, store {
        market: address, taker: address, maker: address, maker_id: u64, taker_id: u64, taker_buys: bool, price: u64,
        size: u64, notional: u128, taker_fee: I128, maker_fee: I128
    }

    #[event]
    /// An order left the book: cancelled (0), expired (1), met its owner (2), had nothing to reduce (4), its account is being
    /// liquidated (5), made room for a better one (6), its market settled (7), its account was unhealthy (8).
    struct OrderRemoved has drop, store { market: address, account: address, id: u64, size: u64, reason: u8 }

    #[event]
    /// An order met its owner and shrank by `size` (3); when nothing is left of it, it is gone.
    struct OrderReduced has drop, store { market: address, account: address, id: u64, size: u64, reason: u8 }

    #[event]
    /// An order's size changed; with a new id it lost its priority.
    struct OrderAmended has drop, store { market: address, account: address, id: u64, new_id: u64, size: u64 }

    #[event]
    /// A position after a change, the account's cash with it.
    struct PositionChanged has drop, store { market: address, account: address, size: I128, quote_entry: I128, cash: I128 }

    #[event]
    /// Funding went into an account's cash.
    struct FundingSettled has drop, store { market: address, account: address, paid: I128, cash: I128 }

    #[event]
    /// An order waits for the mark.
    struct TriggerSet has drop, store {
        market: address, account: address, id: u64, at_or_above: bool, trigger_price: u64, is_buy: bool, price: u64, size: u64
    }

    #[event]
    /// A waiting order entered the book.
    struct TriggerFired has drop, store { market: address, account: address, id: u64, order: u64 }

    #[event]
    /// A waiting order was cancelled (0), or rejected when it fired, with the code of the error.
    struct TriggerDropped has drop, store { market: address, account: address, id: u64, error: u64 }

    #[event]
    /// A position was settled, its fee taken from the cash.
    struct PositionSettled has drop, store { market: address, account: address, cash: I128, fee: u128 }

    #[event]
    /// An account changed its margin mode.
    struct ModeChanged has drop, store { account: address, portfolio: bool }

    #[event]
    /// The scenarios of one underlying of a portfolio, in their order.
    struct PortfolioEvaluated has drop, store {
        account: address, feed: address, scenarios: vector<Scenario>, worst: u64, contingency: u128, im: u128, mm: u128
    }

    // ---- orders

    /// Places an order for an account. Types: 0 good-till-cancelled, 1 immediate-or-cancel (price 0: market), 2 fill-or-kill,
    /// 3 post-only, 4 post-only that slides. `stp`: 0 cancels the maker, 1 the taker, 2 both, 3 decrements.
    public entry fun place_order(
        caller: &signer, account: address, market: address, is_buy: bool, kind: u8, price: u64, size: u64, reduce_only: bool,
        stp: u8, expiry: u64, client_id: u64
    ) {
        accounts::authorize(caller, account, accounts::trade());
        place(orders::request(account, is_buy, kind, price, size, reduce_only, stp, expiry, client_id), market);
    }

    /// Places, settles cash, tells, and asks whether the account may have done that. Rejections abort with their code.
    fun place(r: Request, market: address): Outcome {
        let account = r.owner();
        books::assert_market(market);
        settle_expired(account);
        may_trade(account, &r);
        let (size_before, _, _, _, _, _) = markets::position(market, account);
        let interest_before = books::open_interest(market);
        // Health before matters only to an order that can reduce.
        let opposite = !size_before.is_zero() && size_before.is_negative() == r.is_buyer();
        let before = if (opposite) risk::health(account).mm() else int128::zero();
        accounts::enter(account, market);
        let out = markets::place(market, r);
        assert!(out.error() == 0, out.error());
        settle(market, account, &r, &out);
        if (out.filled() != 0) {
            let code = books::cap_error(market, account, interest_before, size_before);
            assert!(code == 0, code);
        };
        let after = risk::health(account);
        if (after.im().is_negative()) {
            let (size_after, _, _, _, _, _) = markets::position(market, account);
            let reduced = opposite && out.resting() == 0 && size_after.magnitude() < size_before.magnitude()
                && (size_after.is_zero() || size_after.is_negative() == size_before.is_negative());
            assert!(reduced && (!after.mm().is_negative() || after.mm().ge(before)), E_INSUFFICIENT_MARGIN);
        };
        tidy(account, market);
        out
    }

    /// `place` for a view, whose changes are dropped.
    package fun preview(r: Request, market: address): Outcome { place(r, market) }

    /// An account that is being liquidated may only reduce, until its health is back.
    fun may_trade(account: address, r: &Request) {
        if (!accounts::is_flagged(account)) return;
        if (!risk::health(account).mm().is_negative()) accounts::set_in_liquidation(account, false)
        else assert!(r.is_reduce_only(), E_IN_LIQUIDATION);
    }

    /// Credits what a match brought, and tells.
    fun settle(market: address, account: address, r: &Request, out: &Outcome) {
        accounts::credit_quietly(account, out.taker_cash());
        let (result, reason, cancelled) = out.result();
        let fills = out.fills();
        let i = 0;
        while (i < fills.length()) {
            let (maker_id, maker, price, size, notional) = fills[i].fill_terms();
            let (taker_fee, maker_fee, maker_cash) = fills[i].fill_cash();
            accounts::credit_quietly(maker, maker_cash);
            event::emit(OrderFilled {
                market, taker: account, maker, maker_id, taker_id: out.id(), taker_buys: r.is_buyer(), price, size, notional,
                taker_fee, maker_fee
            });
            tell_position(market, maker);
            tidy(maker, market);
            i += 1;
        };
        tell_removals(market, out);
        if (out.filled() != 0) {
            tell_position(market, account);
            markets::return_bond(market);
        };
        event::emit(OrderPlaced {
            market, account, id: out.id(), is_buy: r.is_buyer(), price: out.price(), filled: out.filled(),
            resting: out.resting(), reduce_only: r.is_reduce_only(), expiry: r.expiry(), client_id: r.client_id(), result,
            reason, cancelled
        });
    }

    fun tell_removals(market: address, out: &Outcome) {
        let removals = out.removals();
        let i = 0;
        while (i < removals.length()) {
            let (reason, id, owner, size) = removals[i].removal_terms();
            if (reason == DECREMENTED) event::emit(OrderReduced { market, account: owner, id, size, reason })
            else event::emit(OrderRemoved { market, account: owner, id, size, reason });
            tidy(owner, market);
            i += 1;
        }
    }

    /// Cancels an order.
    public entry fun cancel_order(caller: &signer, account: address, market: address, id: u64) {
        accounts::authorize(caller, account, accounts::cancelling());
        markets::follow(market);
        let (error, size) = books::cancel(market, account, id);
        assert!(error == 0, error);
        event::emit(OrderRemoved { market, account, id, size, reason: CANCELLED });
        tidy(account, market);
    }

    /// Cancels the order with the owner's number for it.
    public entry fun cancel_client_order(caller: &signer, account: address, market: address, client_id: u64) {
        let id = books::client_order(market, account, client_id);
        assert!(id != 0, E_NOT_FOUND);
        cancel_order(caller, account, market, id);
    }

    /// Cancels up to `max` orders of a market, oldest first.
    public entry fun cancel_all(caller: &signer, account: address, market: address, max: u64) {
        accounts::authorize(caller, account, accounts::cancelling());
        let (error, ids) = books::cancel_all(market, account, if (max > CANCEL_MAX) CANCEL_MAX else max);
        assert!(error == 0, error);
        ids.for_each(|id| event::emit(OrderRemoved { market, account, id, size: 0, reason: CANCELLED }));
        tidy(account, market);
    }

    /// Changes an order's size: less keeps its priority, more goes to the end of its price with a new id.
    public entry fun amend_order(caller: &signer, account: address, market: address, id: u64, size: u64) {
        accounts::authorize(caller, account, accounts::trade());
        markets::follow(market);
        let c = markets::context(market);
        let (error, new_id, kept) = books::amend(market, account, id, size, &c);
        assert!(error == 0, error);
        if (!kept) assert!(!risk::health(account).im().is_negative(), E_INSUFFICIENT_MARGIN);
        event::emit(OrderAmended { market, account, id, new_id, size });
    }

    /// Cancels an order and places it again at another price and size, in one call.
    public entry fun replace_order(
        caller: &signer, account: address, market: address, id: u64, price: u64, size: u64
    ) {
        accounts::authorize(caller, account, accounts::trade());
        let (owner, is_buy, _, _, reduce_only, expiry) = books::order_of(market, id);
        let _ = owner;
        let (error, open) = books::cancel(market, account, id);
        assert!(error == 0, error);
        event::emit(OrderRemoved { market, account, id, size: open, reason: CANCELLED });
        place(orders::request(account, is_buy, 0, price, size, reduce_only, 0, expiry, 0), market);
    }

    // ---- orders that wait for the mark

    /// Sets an order that waits until the mark is at or above (or at or below) a price: a stop or a take-profit. Whoever fires it is
    /// paid from what it prepays.
    public entry fun place_trigger(
        caller: &signer, account: address, market: address, at_or_above: bool, trigger_price: u64, is_buy: bool, kind: u8,
        price: u64, size: u64, reduce_only: bool
    ) {
        accounts::authorize(caller, account, accounts::trade());
        assert!(markets::is_perp(market), E_NOT_FOUND);
        assert!(trigger_price != 0 && kind <= 2 && (price != 0 || kind != 0), E_TICK);
        assert!(size != 0 && size % books::lot(market) == 0, E_LOT);
        assert!(price % books::tick(market) == 0, E_TICK);
        assert!(books::trigger_count(market) < TRIGGERS_MAX, E_BOOK_FULL);
        let r = orders::request(account, is_buy, kind, price, size, reduce_only, 0, 0, 0);
        let id = books::place_trigger(market, at_or_above, trigger_price, r);
        books::prepay(market, TRIGGER_FEE);
        accounts::credit(account, int128::new(true, TRIGGER_FEE));
        assert!(!risk::health(account).im().is_negative(), E_INSUFFICIENT_MARGIN);
        event::emit(TriggerSet { market, account, id, at_or_above, trigger_price, is_buy, price, size });
    }

    /// Cancels a waiting order and gives what it prepaid back.
    public entry fun cancel_trigger(caller: &signer, account: address, market: address, id: u64) {
        accounts::authorize(caller, account, accounts::cancelling());
        let error = books::cancel_trigger(market, account, id);
        assert!(error == 0, error);
        books::unprepay(market, TRIGGER_FEE);
        accounts::credit(account, int128::from(TRIGGER_FEE));
        event::emit(TriggerDropped { market, account, id, error: 0 });
    }

    /// Fires waiting orders that the mark has reached, at most 10. Anyone. What is rejected is dropped. `keeper_account` is paid what
    /// each of them prepaid.
    public entry fun crank_triggers(keeper: &signer, keeper_account: address, market: address, max: u64) {
        assert!(markets::is_perp(market), E_NOT_FOUND);
        oracle::guard(markets::feed(market), signer::address_of(keeper));
        markets::follow(market);
        let mark = markets::mark(market);
        let left = if (max > FIRE_MAX) FIRE_MAX else max;
        while (left > 0) {
            let (fired, id, r) = books::next_fired(market, mark);
            if (!fired) break;
            left -= 1;
            books::unprepay(market, TRIGGER_FEE);
            accounts::reward(keeper_account, TRIGGER_FEE);
            let account = r.owner();
            let error = fire(market, account, id, r);
            if (error != 0) event::emit(TriggerDropped { market, account, id, error });
        }
    }

    /// Places a waiting order; the code of what speaks against it. Nothing aborts here, or one order would stop all.
    fun fire(market: address, account: address, id: u64, r: Request): u64 {
        let c = markets::context(market);
        let error = afford_error(market, &r, &c);
        if (error != 0) return error;
        let out = markets::place(market, r);
        if (out.error() != 0) return out.error();
        accounts::enter(account, market);
        settle(market, account, &r, &out);
        tidy(account, market);
        event::emit(TriggerFired { market, account, id, order: out.id() });
        0
    }

    /// What speaks against an order before it is placed, if it traded or rested as badly as its limit allows.
    fun afford_error(market: address, r: &Request, c: &Context): u64 {
        let account = r.owner();
        if (accounts::is_flagged(account) && !r.is_reduce_only()) return E_IN_LIQUIDATION;
        if (!accounts::may_enter(account, market)) return E_INSUFFICIENT_MARGIN;
        let (low, high) = c.limits();
        let limit = if (r.limit() != 0) r.limit() else if (r.is_buyer()) high else low;
        let (size, _, buys, sells, _, _) = markets::position(market, account);
        let asked = (r.size() as u128);
        let cost = margin::adverse_of(r.is_buyer(), limit, asked, c.mark())
            + books::fee(market, true, units::notional_up(asked, limit), r.size(), c).positive_part();
        let health = risk::health(account);
        let tiers = markets::tiers(market);
        if (r.is_reduce_only()) {
            let held = size.magnitude();
            let part = if (asked < held) asked else held;
            let before = tiers::margin(&tiers, units::notional_up(held, c.mark()), false);
            let after = tiers::margin(&tiers, units::notional_up(held - part, c.mark()), false);
            let worst = health.mm().add(int128::from(before - after)).sub(int128::from(cost));
            return if (worst.is_negative() && worst.lt(health.mm())) E_INSUFFICIENT_MARGIN else 0
        };
        let (cap, _) = books::caps(market);
        if (books::open_interest(market) + asked > cap) return E_OI_CAP;
        let (buys, sells) = ((buys as u128), (sells as u128));
        let now = larger(size.add(int128::from(buys)).magnitude(), size.sub(int128::from(sells)).magnitude());
        let (buys, sells) = if (r.is_buyer()) (buys + asked, sells) else (buys, sells + asked);
        let then = larger(size.add(int128::from(buys)).magnitude(), size.sub(int128::from(sells)).magnitude());
        let more = tiers::margin(&tiers, units::notional_up(then, c.mark()), true)
            - tiers::margin(&tiers, units::notional_up(now, c.mark()), true);
        if (health.im().lt(int128::from(more + cost + 10000))) E_INSUFFICIENT_MARGIN else 0
    }

    fun larger(a: u128, b: u128): u128 { if (a < b) b else a }

    // ---- money

    /// Pays cash out to the owner: never unrealised gains, never more than health allows.
    public entry fun withdraw(owner: &signer, account: address, amount: u64) {
        accounts::authorize_owner(owner, account);
        prepare(account);
        assert!((amount as u128) <= risk::health(account).withdrawable(), E_WITHDRAW_LIMIT);
        accounts::pay_out(account, amount);
    }

    /// Pays other collateral out to the owner, as long as health stays and no unrealised gain leaves with it.
    public entry fun withdraw_collateral(owner: &signer, account: address, asset: u64, amount: u64) {
        accounts::authorize_owner(owner, account);
        prepare(account);
        let before = risk::health(account);
        accounts::pay_out_collateral(account, asset, amount);
        let after = risk::health(account);
        assert!(!after.im().is_negative(), E_WITHDRAW_LIMIT);
        let gone = before.equity().sub(after.equity()).positive_part();
        let limit = before.im().sub(int128::from(before.unrealised().positive_part())).positive_part();
        assert!(gone <= limit, E_WITHDRAW_LIMIT);
    }

    /// Moves cash between two accounts of one owner; the sender stays healthy.
    public entry fun transfer(caller: &signer, from: address, to: address, amount: u64) {
        accounts::authorize(caller, from, accounts::transferring());
        prepare(from);
        accounts::transfer(from, to, amount);
        assert!(!accounts::cash(from).is_negative(), E_WITHDRAW_LIMIT);
        assert!(!risk::health(from).im().is_negative(), E_INSUFFICIENT_MARGIN);
    }

    /// Switches between standard and portfolio margin.
    public entry fun set_portfolio(owner: &signer, account: address, portfolio: bool) {
        accounts::authorize_owner(owner, account);
        prepare(account);
        assert!(!risk::health_as(account, portfolio).im().is_negative(), E_MODE_SWITCH);
        accounts::set_portfolio(account, portfolio);
        event::emit(ModeChanged { account, portfolio });
        if (portfolio) tell_portfolio(account);
    }

    /// Lists a series within the rules. Anyone whose account leaves a bond, which comes back when the series trades or expires.
    public entry fun list_series(
        lister: &signer, account: address, feed: address, expiry: u64, strike: u64, is_call: bool
    ) {
        accounts::authorize(lister, account, accounts::trade());
        oracle::guard(feed, signer::address_of(lister));
        let bond = (series::list(account, feed, expiry, strike, is_call) as u128);
        accounts::credit(account, int128::new(true, bond));
        books::prepay(markets::series_address(feed, expiry, strike, is_call), bond);
        assert!(!accounts::cash(account).is_negative(), E_WITHDRAW_LIMIT);
        assert!(!risk::health(account).im().is_negative(), E_INSUFFICIENT_MARGIN);
    }

    /// Settles the account's expired series and delisted perpetuals. Anyone.
    public entry fun settle_account(_caller: &signer, account: address) { settle_expired(account) }

    // ---- what comes first, and what is told

    /// Settles what has expired and all funding; aborts `E_STALE_PRICE` if an index that the account depends on is stale.
    fun prepare(account: address) {
        settle_expired(account);
        accounts::markets(account).for_each(|market| {
            let (_, fresh) = oracle::index(markets::feed(market));
            assert!(fresh, E_STALE_PRICE);
        });
        settle_funding(account);
    }

    /// Settles all positions of the account whose settlement price is fixed.
    package fun settle_expired(account: address) {
        accounts::markets(account).for_each(|market| {
            if (markets::settlement_price(market) != 0) { settle_position(account, market, 0); };
        });
    }

    /// Settles one position; what the keeper gets.
    package fun settle_position(account: address, market: address, reward: u128): u128 {
        let (cash, fee, to_keeper, removed) = markets::settle(market, account, reward);
        accounts::credit(account, cash);
        removed.for_each(|id| event::emit(OrderRemoved { market, account, id, size: 0, reason: SETTLED }));
        // An order in an auction of the market may still hold a reserve.
        tidy(account, market);
        event::emit(PositionSettled { market, account, cash, fee });
        to_keeper
    }

    /// Settles the funding of all the account's perpetuals into its cash.
    package fun settle_funding(account: address) {
        accounts::markets(account).for_each(|market| {
            let paid = books::settle_funding(market, account);
            if (!paid.is_zero()) {
                accounts::credit_quietly(account, paid);
                event::emit(FundingSettled { market, account, paid, cash: accounts::cash(account) });
            }
        });
    }

    /// Cancels orders of an account over all its markets, up to `max`; how many.
    package fun cancel_orders(account: address, max: u64, increasing: bool): u64 {
        let cancelled = 0;
        accounts::markets(account).for_each(|market| {
            if (cancelled < max) {
                let ids = books::remove_orders(market, account, max - cancelled, increasing);
                cancelled += ids.length();
                ids.for_each(|id| event::emit(OrderRemoved { market, account, id, size: 0, reason: UNHEALTHY }));
                tidy(account, market);
            }
        });
        cancelled
    }

    /// Tells a position.
    package fun tell_position(market: address, account: address) {
        let (size, quote_entry, _, _, _, _) = markets::position(market, account);
        event::emit(PositionChanged { market, account, size, quote_entry, cash: accounts::cash(account) });
    }

    /// Tells the scenarios of a portfolio, so that anyone can reproduce its requirement.
    package fun tell_portfolio(account: address) {
        let (feeds, requirements) = risk::portfolio(account);
        let i = 0;
        while (i < feeds.length()) {
            let r = &requirements[i];
            event::emit(PortfolioEvaluated {
                account, feed: feeds[i], scenarios: r.scenarios(), worst: r.worst(), contingency: r.contingency_of(),
                im: r.im(), mm: r.mm()
            });
            i += 1;
        }
    }

    /// Forgets a market that the account has left.
    package fun tidy(account: address, market: address) {
        if (!markets::is_active(market, account)) accounts::leave(account, market);
    }
}
