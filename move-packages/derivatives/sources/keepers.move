/// What anyone may do to keep the venue sound: liquidations, takeovers, bankruptcies, deleveraging, settlement, sweeps.
///
/// Every entry is bounded and safely repeatable. Rewards come from the account that caused the work. Units: quote.
module derivatives::keepers {
    use aptos_framework::event;
    use derivatives::accounts;
    use derivatives::exchange;
    use derivatives::liquidation;
    use derivatives::markets;
    use derivatives::oracle;
    use derivatives::risk;
    use derivatives::units;
    use tenor_math::int128::{Self, I128};

    /// What remains would be less than the initial margin.
    const E_INSUFFICIENT_MARGIN: u64 = 0x0401;
    /// There is no fresh price.
    const E_STALE_PRICE: u64 = 0x0505;
    /// The account's health is not below zero.
    const E_NOT_LIQUIDATABLE: u64 = 0x0601;
    /// Something is left of the margin equity.
    const E_NOT_BANKRUPT: u64 = 0x0603;
    /// The backstop may not take over yet.
    const E_BACKSTOP_NOT_ALLOWED: u64 = 0x0604;
    /// A counterparty is not on the other side, or not in order of rank.
    const E_ADL_ORDER: u64 = 0x0605;

    const CANCEL_MAX: u64 = 20;
    const BATCH_MAX: u64 = 50;
    const ADL_MAX: u64 = 10;
    const RATE: u128 = 1000000000;
    const REWARD: u128 = 250000000;
    /// Fee for cancelling an unhealthy account's orders: 0.1 quote.
    const CANCEL_REWARD: u128 = 100000;
    /// Share of swept fees for insurance and for the backstop.
    const SWEEP_BACKSTOP: u128 = 300000000;
    const SWEEP_TREASURY: u128 = 500000000;

    #[event]
    /// Part of a position was closed against a liquidator.
    struct LiquidationExecuted has drop, store {
        account: address, market: address, liquidator: address, size: u128, notional: u128, mark: u64, reward: u128,
        insurance: u128, health_before: I128, mm_before: u128, health_after: I128
    }

    #[event]
    /// The backstop took a position over at mark.
    struct BackstopTaken has drop, store { account: address, market: address, size: I128, notional: u128, equity: I128 }

    #[event]
    /// A bankrupt account was covered.
    struct BankruptcyResolved has drop, store { account: address, market: address, deficit: u128, insurance: u128, uncovered: u128 }

    #[event]
    /// A position was closed against a bankrupt one.
    struct Deleveraged has drop, store { market: address, account: address, size: u128, notional: u128 }

    #[event]
    /// A position was settled.
    struct PositionSettled has drop, store { market: address, account: address, cash: I128, fee: u128 }

    #[event]
    /// A market's fees were shared out.
    struct FeesSwept has drop, store { market: address, insurance: I128, backstop: I128, treasury: I128 }

    /// Cancels risk-increasing orders of an account below its initial requirement, for a small reward.
    public entry fun cancel_unhealthy_orders(keeper: &signer, keeper_account: address, account: address, max: u64) {
        accounts::authorize(keeper, keeper_account, accounts::trade());
        assert!(risk::health(account).im().is_negative(), E_NOT_LIQUIDATABLE);
        if (cancel_orders(account, if (max > CANCEL_MAX) CANCEL_MAX else max) != 0) {
            accounts::credit(account, int128::new(true, CANCEL_REWARD));
            accounts::credit(keeper_account, int128::from(CANCEL_REWARD));
        }
    }

    /// Closes part of a perpetual position of an account below its maintenance requirement, at mark, against the caller's account.
    /// The first call with open orders only cancels them.
    public entry fun liquidate_perp(keeper: &signer, liquidator: address, account: address, market: address, max_size: u64) {
        accounts::authorize(keeper, liquidator, accounts::trade());
        assert!(liquidator != account, E_NOT_LIQUIDATABLE);
        let (_, fresh) = oracle::index(markets::feed(market));
        assert!(fresh, E_STALE_PRICE);
        exchange::settle_funding(account);
        let health = risk::health(account);
        assert!(health.mm().is_negative(), E_NOT_LIQUIDATABLE);
        accounts::set_in_liquidation(account, true);
        if (cancel_orders(account, CANCEL_MAX) != 0) {
            health = risk::health(account);
            if (!health.mm().is_negative()) {
                accounts::set_in_liquidation(account, false);
                return
            };
        };
        liquidation::check(health.mm(), health.mm_total());
        let (size, entry, _, _, _, _) = markets::position(market, account);
        assert!(!size.is_zero(), E_NOT_LIQUIDATABLE);
        let (mark, tiers) = (markets::mark(market), markets::tiers(market));
        let lot = (markets::lot(market) as u128);
        let (amount, _) =
            liquidation::size_to_close(size, entry, mark, &tiers, health.mm(), health.mm_total(), lot);
        let limit = (max_size as u128) / lot * lot;
        if (limit != 0 && limit < amount) amount = limit;
        let (_, _, delta, notional, reward, insurance) =
            liquidation::close(size, entry, mark, &tiers, health.margin_equity(), amount).unpack();
        let long = !size.is_negative();
        // The same notional on both sides; what the close realises comes back from the book.
        let realised = markets::transfer(
            market, account, int128::new(long, amount), int128::new(!long, notional)
        );
        accounts::credit(account, realised.sub(int128::from(reward + insurance)));
        accounts::enter(liquidator, market);
        let taken = markets::transfer(market, liquidator, int128::new(!long, amount), int128::new(long, notional));
        accounts::credit(liquidator, taken.add(int128::from(reward)));
        accounts::insure(int128::from(insurance));
        assert!(!risk::health(liquidator).im().is_negative(), E_INSUFFICIENT_MARGIN);
        exchange::tidy(account, market);
        exchange::tidy(liquidator, market);
        let after = risk::health(account);
        if (!after.mm().is_negative()) accounts::set_in_liquidation(account, false);
        let _ = delta;
        event::emit(LiquidationExecuted {
            account, market, liquidator, size: amount, notional, mark, reward, insurance, health_before: health.mm(),
            mm_before: health.mm_total(), health_after: after.mm()
        });
        exchange::tell_position(market, account);
        exchange::tell_position(market, liquidator);
    }

    /// Takes over short options of an account below its maintenance requirement at mark, for the same fractions of the released
    /// requirement. The liquidator receives the mark's worth with the position, and must stay healthy.
    public entry fun liquidate_option(keeper: &signer, liquidator: address, account: address, market: address, max_size: u64) {
        accounts::authorize(keeper, liquidator, accounts::trade());
        assert!(liquidator != account, E_NOT_LIQUIDATABLE);
        exchange::settle_funding(account);
        cancel_orders(account, CANCEL_MAX);
        let health = risk::health(account);
        assert!(health.mm().is_negative(), E_NOT_LIQUIDATABLE);
        liquidation::check(health.mm(), health.mm_total());
        accounts::set_in_liquidation(account, true);
        let (size, _, _, _, _, _) = markets::position(market, account);
        assert!(size.is_negative() && !markets::is_perp(market), E_NOT_LIQUIDATABLE);
        let lot = (markets::lot(market) as u128);
        let amount = size.magnitude();
        let limit = (max_size as u128) / lot * lot;
        if (limit != 0 && limit < amount) amount = limit;
        let mark = markets::mark(market);
        let worth = units::notional_up(amount, mark);
        // Who gives the short away pays its worth.
        let given = markets::transfer(market, account, int128::from(amount), int128::new(true, worth));
        accounts::credit(account, given);
        accounts::enter(liquidator, market);
        let taken = markets::transfer(market, liquidator, int128::new(true, amount), int128::from(worth));
        accounts::credit(liquidator, taken);
        let middle = risk::health(account);
        let released = if (middle.mm_total() < health.mm_total()) health.mm_total() - middle.mm_total() else 0;
        let available = middle.margin_equity().positive_part();
        let reward = min(units::mul_div(released, REWARD, RATE), available);
        let insurance = min(units::mul_div(released, REWARD, RATE), available - reward);
        accounts::credit(account, int128::new(true, reward + insurance));
        accounts::credit(liquidator, int128::from(reward));
        accounts::insure(int128::from(insurance));
        assert!(!risk::health(liquidator).im().is_negative(), E_INSUFFICIENT_MARGIN);
        exchange::tidy(account, market);
        exchange::tidy(liquidator, market);
        let after = risk::health(account);
        if (!after.mm().is_negative()) accounts::set_in_liquidation(account, false);
        event::emit(LiquidationExecuted {
            account, market, liquidator, size: amount, notional: worth, mark, reward, insurance, health_before: health.mm(),
            mm_before: health.mm_total(), health_after: after.mm()
        });
        exchange::tell_position(market, account);
        exchange::tell_position(market, liquidator);
    }

    /// The backstop takes a whole perpetual position over at mark, with the account's equity in proportion to the requirement that
    /// it takes.
    public entry fun backstop_take(_keeper: &signer, account: address, market: address) {
        exchange::settle_funding(account);
        cancel_orders(account, CANCEL_MAX);
        let health = risk::health(account);
        assert!(health.mm().is_negative(), E_NOT_LIQUIDATABLE);
        let equity = health.margin_equity();
        liquidation::check(health.mm(), health.mm_total());
        assert!(liquidation::backstop_allowed(equity, health.mm_total()), E_BACKSTOP_NOT_ALLOWED);
        let backstop = derivatives::backstop::account();
        let (size, _, _, _, _, _) = markets::position(market, account);
        assert!(!size.is_zero() && markets::is_perp(market), E_NOT_LIQUIDATABLE);
        let notional = take_at_mark(account, backstop, market, size);
        let after = risk::health(account);
        let released = health.mm_total() - after.mm_total();
        let share = units::mul_div(equity.positive_part(), released, health.mm_total());
        accounts::credit(account, int128::new(true, share));
        accounts::credit(backstop, int128::from(share));
        assert!(!risk::health(backstop).im().is_negative(), E_INSUFFICIENT_MARGIN);
        if (!risk::health(account).mm().is_negative()) accounts::set_in_liquidation(account, false);
        event::emit(BackstopTaken { account, market, size, notional, equity: int128::from(share) });
    }

    /// Resolves a bankrupt account's perpetual position: insurance pays the deficit if it can, and the backstop takes the position at
    /// mark; otherwise the position is closed against `counterparties` at the bankruptcy price, best ranked first.
    public entry fun resolve_bankruptcy(
        _keeper: &signer, account: address, market: address, counterparties: vector<address>
    ) {
        exchange::settle_funding(account);
        cancel_orders(account, CANCEL_MAX);
        let health = risk::health(account);
        let equity = health.margin_equity();
        assert!(health.mm().is_negative() && !equity.is_positive(), E_NOT_BANKRUPT);
        let (size, _, _, _, _, _) = markets::position(market, account);
        assert!(!size.is_zero() && markets::is_perp(market), E_NOT_BANKRUPT);
        let deficit = equity.magnitude();
        let (fund, _) = accounts::funds();
        let (paid, uncovered) = liquidation::cover(deficit, fund.positive_part());
        accounts::insure(int128::new(true, paid));
        accounts::credit(account, int128::from(paid));
        if (uncovered == 0) {
            let backstop = derivatives::backstop::account();
            let notional = take_at_mark(account, backstop, market, size);
            event::emit(BackstopTaken { account, market, size, notional, equity: int128::zero() });
        } else {
            deleverage(account, market, size, uncovered, &counterparties);
        };
        event::emit(BankruptcyResolved { account, market, deficit, insurance: paid, uncovered });
        exchange::tell_position(market, account);
    }

    /// Closes a bankrupt position against those on the other side, in order of their rank.
    fun deleverage(account: address, market: address, size: I128, uncovered: u128, counterparties: &vector<address>) {
        let mark = markets::mark(market);
        let long = !size.is_negative();
        let need = size.magnitude();
        let total = liquidation::bankruptcy_notional(long, need, mark, uncovered);
        let (ranked, available) = (vector[], vector<u128>[]);
        assert!(counterparties.length() <= ADL_MAX, E_ADL_ORDER);
        let i = 0;
        while (i < counterparties.length()) {
            let other = counterparties[i];
            exchange::settle_funding(other);
            let (other_size, entry, _, _, _, _) = markets::position(market, other);
            assert!(other != account && !other_size.is_zero() && other_size.is_negative() == long, E_ADL_ORDER);
            let j = 0;
            while (j < i) {
                assert!(counterparties[j] != other, E_ADL_ORDER);
                j += 1;
            };
            let equity = risk::health(other).margin_equity();
            ranked.push_back(liquidation::counterparty(i, other_size, entry, equity));
            i += 1;
        };
        let (ids, _) = liquidation::rank(&ranked, mark);
        ids.for_each_ref(|id| {
            let (other_size, _, _, _, _, _) = markets::position(market, counterparties[*id]);
            available.push_back(other_size.magnitude());
        });
        let sum = 0;
        available.for_each_ref(|size| sum += *size);
        assert!(sum >= need, E_ADL_ORDER);
        let parts = liquidation::allocate(need, total, &ids, &available);
        parts.for_each(|part| {
            let (id, amount, notional) = part.unpack_allocation();
            let other = counterparties[id];
            let given = markets::transfer(market, other, int128::new(!long, amount), int128::new(long, notional));
            accounts::credit(other, given);
            let taken = markets::transfer(market, account, int128::new(long, amount), int128::new(!long, notional));
            accounts::credit(account, taken);
            exchange::tidy(other, market);
            event::emit(Deleveraged { market, account: other, size: amount, notional });
            exchange::tell_position(market, other);
        });
        exchange::tidy(account, market);
    }

    /// Moves a whole position to another account at mark; returns the notional, rounded against the one who gives.
    fun take_at_mark(account: address, taker: address, market: address, size: I128): u128 {
        let long = !size.is_negative();
        let amount = size.magnitude();
        let mark = markets::mark(market);
        let notional = if (long) units::notional(amount, mark) else units::notional_up(amount, mark);
        let given = markets::transfer(market, account, size.negate(), int128::new(!long, notional));
        accounts::credit(account, given);
        accounts::enter(taker, market);
        let taken = markets::transfer(market, taker, size, int128::new(long, notional));
        accounts::credit(taker, taken);
        exchange::tidy(account, market);
        exchange::tidy(taker, market);
        exchange::tell_position(market, account);
        exchange::tell_position(market, taker);
        notional
    }

    /// Settles up to 50 accounts of an expired series or a delisted perpetual. Anyone, in any order, repeatedly.
    public entry fun settle_batch(_keeper: &signer, market: address, accounts_to_settle: vector<address>) {
        let count = accounts_to_settle.length();
        let i = 0;
        while (i < count && i < BATCH_MAX) {
            let account = accounts_to_settle[i];
            if (markets::is_active(market, account)) {
                let (cash, fee) = markets::settle(market, account);
                accounts::credit(account, cash);
                exchange::tidy(account, market);
                event::emit(PositionSettled { market, account, cash, fee });
            };
            i += 1;
        }
    }

    /// Shares a market's fees out: 30 % to the backstop, half to the treasury, the rest to insurance.
    public entry fun sweep_fees(_keeper: &signer, market: address) {
        let fees = markets::take_fees(market);
        let (backstop, treasury) = if (fees.is_negative()) (0, 0) else (
            units::mul_div(fees.magnitude(), SWEEP_BACKSTOP, RATE), units::mul_div(fees.magnitude(), SWEEP_TREASURY, RATE)
        );
        if (!derivatives::backstop::exists_pool()) { backstop = 0; };
        let insurance = fees.sub(int128::from(backstop + treasury));
        if (backstop != 0) accounts::credit(derivatives::backstop::account(), int128::from(backstop));
        accounts::insure(insurance);
        accounts::collect_treasury(int128::from(treasury));
        event::emit(FeesSwept {
            market, insurance, backstop: int128::from(backstop), treasury: int128::from(treasury)
        });
    }

    /// Cancels orders of an account over all its markets, up to `max`; how many.
    fun cancel_orders(account: address, max: u64): u64 {
        let cancelled = 0;
        accounts::markets(account).for_each(|market| {
            if (cancelled < max) {
                cancelled += markets::remove_orders(market, account, max - cancelled).length();
                exchange::tidy(account, market);
            }
        });
        cancelled
    }

    fun min(a: u128, b: u128): u128 { if (a < b) a else b }
}
