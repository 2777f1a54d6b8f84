/// What traders do: orders, cancels, triggers, withdrawals, transfers. Each asks who, whether, and then calls.
///
/// A rejection is an abort with its code and leaves no trace; a partial fill, a cancelled remainder or a dropped trigger is a result.
/// After a trade the account's health stays above its initial requirement, unless the trade only reduced a position and did not
/// make health worse. Fills credit makers' cash without judging them: their margin was reserved when their orders came to rest.
module derivatives::exchange {
    use aptos_framework::event;
    use derivatives::accounts;
    use derivatives::book::{Self, Outcome, Request};
    use derivatives::markets;
    use derivatives::risk;
    use tenor_math::int128::{Self, I128};

    /// More than may leave the account.
    const E_WITHDRAW_LIMIT: u64 = 0x0207;
    /// The account does not meet the target mode's requirement.
    const E_MODE_SWITCH: u64 = 0x0208;
    /// A trigger needs a price and a size.
    const E_TICK: u64 = 0x0304;
    /// Market orders take no trigger price of zero.
    const E_NOT_FOUND: u64 = 0x030a;
    /// The market has as many triggers as it may have.
    const E_BOOK_FULL: u64 = 0x030c;
    /// What remains would be less than the initial margin.
    const E_INSUFFICIENT_MARGIN: u64 = 0x0401;
    /// The account is being liquidated.
    const E_IN_LIQUIDATION: u64 = 0x0404;

    /// Orders that one call cancels.
    const CANCEL_MAX: u64 = 100;
    /// Orders that wait for the mark in one market.
    const TRIGGERS_MAX: u64 = 256;
    /// Waiting orders that one call fires.
    const FIRE_MAX: u64 = 10;

    #[event]
    /// An order came to rest, or traded as far as it could.
    struct OrderPlaced has drop, store {
        market: address, account: address, id: u64, is_buy: bool, price: u64, filled: u64, resting: u64, result: u8,
        reason: u8, cancelled: u64
    }

    #[event]
    /// Two orders traded. Fees are signed: a rebate is negative.
    struct OrderFilled has drop, store {
        market: address, taker: address, maker: address, maker_id: u64, taker_id: u64, taker_buys: bool, price: u64,
        size: u64, notional: u128, taker_fee: I128, maker_fee: I128
    }

    #[event]
    /// An order left the book: cancelled (0), expired (1), met its owner (2, 3: reduced), had nothing to reduce (4).
    struct OrderRemoved has drop, store { market: address, account: address, id: u64, size: u64, reason: u8 }

    #[event]
    /// An order's size changed; with a new id it lost its priority.
    struct OrderAmended has drop, store { market: address, account: address, id: u64, new_id: u64, size: u64 }

    #[event]
    /// A position after a change.
    struct PositionChanged has drop, store { market: address, account: address, size: I128, quote_entry: I128, cash: I128 }

    #[event]
    /// An order waits for the mark.
    struct TriggerSet has drop, store { market: address, account: address, id: u64, at_or_above: bool, price: u64 }

    #[event]
    /// A waiting order entered the book.
    struct TriggerFired has drop, store { market: address, account: address, id: u64, order: u64 }

    #[event]
    /// A waiting order was cancelled, or rejected when it fired, with the code of the error.
    struct TriggerDropped has drop, store { market: address, account: address, id: u64, error: u64 }

    /// Places an order for an account. Types: 0 good-till-cancelled, 1 immediate-or-cancel (price 0: market), 2 fill-or-kill,
    /// 3 post-only, 4 post-only that slides. `stp`: 0 cancels the maker, 1 the taker, 2 both, 3 decrements.
    public entry fun place_order(
        caller: &signer, account: address, market: address, is_buy: bool, kind: u8, price: u64, size: u64, reduce_only: bool,
        stp: u8, expiry: u64, client_id: u64
    ) {
        accounts::authorize(caller, account, accounts::trade());
        let r = book::request(account, is_buy, kind, price, size, reduce_only, stp, expiry, client_id);
        place_checked(market, r, true);
    }

    /// Places, settles cash, emits, and asks whether the account may have done that. Rejections abort with their code.
    fun place_checked(market: address, r: Request, aborting: bool): Outcome {
        let account = r.owner();
        assert!(!accounts::is_in_liquidation(account) || r.is_reduce_only(), E_IN_LIQUIDATION);
        let before = risk::health(account);
        let (size_before, _, _, _, _, _) = markets::position(market, account);
        accounts::enter(account, market);
        let out = markets::place(market, r);
        let error = out.error();
        if (error != 0) {
            assert!(!aborting, error);
            tidy(account, market);
            return out
        };
        settle(market, account, r, &out);
        let code = markets::cap_error(market, account);
        assert!(code == 0 || out.filled() == 0, code);
        // In a health check of the same transaction the account's position has its new size.
        let (size_after, _, _, _, _, _) = markets::position(market, account);
        let after = risk::health(account);
        let reduced = out.resting() == 0 && size_after.magnitude() <= size_before.magnitude()
            && (size_after.is_zero() || size_after.is_negative() == size_before.is_negative());
        let allowed = !after.im().is_negative()
            || (reduced && (!after.mm().is_negative() || after.mm().ge(before.mm())));
        assert!(allowed, E_INSUFFICIENT_MARGIN);
        tidy(account, market);
        out
    }

    /// Credits what a match brought, and tells.
    fun settle(market: address, account: address, r: Request, out: &Outcome) {
        accounts::credit(account, out.taker_cash());
        let (result, reason, cancelled) = out.result();
        let fills = out.fills();
        let i = 0;
        while (i < fills.length()) {
            let (maker_id, maker, price, size, notional) = fills[i].fill_terms();
            let (taker_fee, maker_fee, maker_cash) = fills[i].fill_cash();
            accounts::credit(maker, maker_cash);
            event::emit(OrderFilled {
                market, taker: account, maker, maker_id, taker_id: out.id(), taker_buys: r.is_buyer(), price, size, notional,
                taker_fee, maker_fee
            });
            tell_position(market, maker);
            i += 1;
        };
        let removals = out.removals();
        i = 0;
        while (i < removals.length()) {
            let (reason, id, owner, size) = removals[i].removal_terms();
            event::emit(OrderRemoved { market, account: owner, id, size, reason });
            i += 1;
        };
        if (out.filled() != 0) tell_position(market, account);
        event::emit(OrderPlaced {
            market, account, id: out.id(), is_buy: r.is_buyer(), price: out.price(), filled: out.filled(),
            resting: out.resting(), result, reason, cancelled
        });
    }

    /// Cancels an order.
    public entry fun cancel_order(caller: &signer, account: address, market: address, id: u64) {
        accounts::authorize(caller, account, accounts::cancelling());
        let (error, size) = markets::cancel(market, account, id);
        assert!(error == 0, error);
        event::emit(OrderRemoved { market, account, id, size, reason: 0 });
        tidy(account, market);
    }

    /// Cancels up to `max` orders of a market, oldest first.
    public entry fun cancel_all(caller: &signer, account: address, market: address, max: u64) {
        accounts::authorize(caller, account, accounts::cancelling());
        let (error, ids) = markets::cancel_all(market, account, if (max > CANCEL_MAX) CANCEL_MAX else max);
        assert!(error == 0, error);
        ids.for_each(|id| event::emit(OrderRemoved { market, account, id, size: 0, reason: 0 }));
        tidy(account, market);
    }

    /// Changes an order's size.
    public entry fun amend_order(caller: &signer, account: address, market: address, id: u64, size: u64) {
        accounts::authorize(caller, account, accounts::trade());
        let (error, new_id, kept) = markets::amend(market, account, id, size);
        assert!(error == 0, error);
        if (!kept) assert!(!risk::health(account).im().is_negative(), E_INSUFFICIENT_MARGIN);
        event::emit(OrderAmended { market, account, id, new_id, size });
    }

    /// Cancels an order and places another one at a different price, in one call.
    public entry fun replace_order(
        caller: &signer, account: address, market: address, id: u64, is_buy: bool, kind: u8, price: u64, size: u64,
        client_id: u64
    ) {
        cancel_order(caller, account, market, id);
        place_order(caller, account, market, is_buy, kind, price, size, false, 0, 0, client_id);
    }

    /// Sets an order that waits until the mark is at or above (or at or below) a price: a stop or a take-profit. It only reduces.
    public entry fun place_trigger(
        caller: &signer, account: address, market: address, at_or_above: bool, trigger_price: u64, is_buy: bool, kind: u8,
        price: u64, size: u64
    ) {
        accounts::authorize(caller, account, accounts::trade());
        assert!(markets::is_perp(market), E_NOT_FOUND);
        assert!(trigger_price != 0 && size != 0, E_TICK);
        assert!(markets::trigger_count(market) < TRIGGERS_MAX, E_BOOK_FULL);
        let r = book::request(account, is_buy, kind, price, size, true, 0, 0, 0);
        let id = markets::place_trigger(market, at_or_above, trigger_price, r);
        event::emit(TriggerSet { market, account, id, at_or_above, price: trigger_price });
    }

    /// Cancels a waiting order.
    public entry fun cancel_trigger(caller: &signer, account: address, market: address, id: u64) {
        accounts::authorize(caller, account, accounts::cancelling());
        let error = markets::cancel_trigger(market, account, id);
        assert!(error == 0, error);
        event::emit(TriggerDropped { market, account, id, error: 0 });
    }

    /// Fires waiting orders that the mark has reached. Anyone. What is rejected is dropped.
    public entry fun crank_triggers(_keeper: &signer, market: address, max: u64) {
        let mark = markets::mark(market);
        let left = if (max > FIRE_MAX) FIRE_MAX else max;
        while (left > 0) {
            let (fired, id, r) = markets::next_fired(market, mark);
            if (!fired) break;
            let out = place_checked(market, r, false);
            if (out.error() == 0) event::emit(TriggerFired { market, account: r.owner(), id, order: out.id() })
            else event::emit(TriggerDropped { market, account: r.owner(), id, error: out.error() });
            left -= 1;
        }
    }

    /// Pays cash out to the owner: never unrealised gains, never more than health allows.
    public entry fun withdraw(owner: &signer, account: address, amount: u64) {
        accounts::authorize_owner(owner, account);
        settle_funding(account);
        assert!((amount as u128) <= risk::health(account).withdrawable(), E_WITHDRAW_LIMIT);
        accounts::pay_out(account, amount);
    }

    /// Pays other collateral out to the owner, as long as health stays and no unrealised gain leaves with it.
    public entry fun withdraw_collateral(owner: &signer, account: address, asset: u64, amount: u64) {
        accounts::authorize_owner(owner, account);
        settle_funding(account);
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
        settle_funding(from);
        accounts::transfer(from, to, amount);
        let health = risk::health(from);
        assert!(!health.im().is_negative(), E_INSUFFICIENT_MARGIN);
        assert!(!accounts::cash(from).is_negative(), E_WITHDRAW_LIMIT);
    }

    /// Switches between standard and portfolio margin.
    public entry fun set_portfolio(owner: &signer, account: address, portfolio: bool) {
        accounts::authorize_owner(owner, account);
        assert!(!risk::health_as(account, portfolio).im().is_negative(), E_MODE_SWITCH);
        accounts::set_portfolio(account, portfolio);
    }

    /// Settles the funding of all the account's perpetuals into its cash.
    package fun settle_funding(account: address) {
        accounts::markets(account).for_each(|market| accounts::credit(account, markets::settle_funding(market, account)));
    }

    /// Tells a position.
    package fun tell_position(market: address, account: address) {
        let (size, quote_entry, _, _, _, _) = markets::position(market, account);
        event::emit(PositionChanged { market, account, size, quote_entry, cash: accounts::cash(account) });
    }

    /// Forgets a market that the account has left.
    package fun tidy(account: address, market: address) {
        if (!markets::is_active(market, account)) accounts::leave(account, market);
    }
}
