/// What anyone may do to keep the venue sound: liquidations, takeovers, bankruptcies, deleveraging, settlement, sweeps.
///
/// Every entry is bounded and safely repeatable, names limits where it trades, and does not trade at a price that its sender brought
/// into the same block. Rewards come from who caused the work, or from the insurance fund. Units: quote; rewards and insurance
/// parts round down, notionals against the liquidated. Invariant: every unit that leaves one ledger enters another.
module derivatives::keepers {
    use aptos_framework::event;
    use derivatives::accounts;
    use derivatives::books;
    use derivatives::backstop;
    use derivatives::exchange;
    use derivatives::liquidation;
    use derivatives::markets;
    use derivatives::oracle;
    use derivatives::perps;
    use derivatives::risk::{Self, Health};
    use derivatives::units;
    use std::signer;
    use tenor_math::int128::{Self, I128};

    /// The account holds too little of the asset, or it is worth nothing.
    const E_WITHDRAW_LIMIT: u64 = 0x0207;
    /// The price is worse than the limit.
    const E_PRICE_BAND: u64 = 0x0306;
    /// There is no such market.
    const E_NOT_FOUND: u64 = 0x030a;
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
    /// A counterparty is not on the other side, or the counterparties are not ascending, or too many.
    const E_ADL_ORDER: u64 = 0x0605;

    const CANCEL_MAX: u64 = 20;
    const BATCH_MAX: u64 = 50;
    const ADL_MAX: u64 = 10;
    const RATE: u128 = 1000000000;
    /// Fee for cancelling an unhealthy account's orders: 0.1 quote.
    const CANCEL_REWARD: u128 = 100000;
    /// Reward for accruing funding, for a takeover, a bankruptcy, from the insurance fund: 0.1 quote.
    const WORK_REWARD: u128 = 100000;
    /// Reward for settling an option position, at most its delivery fee: 0.02 quote.
    const SETTLE_REWARD: u128 = 20000;
    /// Share of swept fees for the backstop and for the treasury.
    const SWEEP_BACKSTOP: u128 = 300000000;
    const SWEEP_TREASURY: u128 = 500000000;

    #[event]
    /// Part of a position was closed against a liquidator, with all that the decision was made from.
    struct LiquidationExecuted has drop, store {
        account: address, market: address, liquidator: address, size: u128, size_before: I128, notional: u128, mark: u64,
        index: u64, index_ts: u64, reward: u128, insurance: u128, health_before: I128, mm_before: u128, health_after: I128
    }

    #[event]
    /// Collateral was sold to another account.
    struct CollateralSold has drop, store { account: address, buyer: address, asset: u64, amount: u64, cash: u128 }

    #[event]
    /// The backstop took a position over at mark.
    struct BackstopTaken has drop, store { account: address, market: address, size: I128, notional: u128, equity: I128 }

    #[event]
    /// A bankrupt account was covered.
    struct BankruptcyResolved has drop, store { account: address, market: address, deficit: u128, insurance: u128, uncovered: u128 }

    #[event]
    /// A position was closed against a bankrupt one.
    struct Deleveraged has drop, store { market: address, account: address, bankrupt: address, size: u128, notional: u128 }

    #[event]
    /// A market's fees were shared out.
    struct FeesSwept has drop, store { market: address, insurance: I128, backstop: I128, treasury: I128 }

    // ---- funding and orders

    /// Accrues the hours that have passed, at most 24, for a reward from the insurance fund.
    public entry fun crank_funding(_keeper: &signer, keeper_account: address, market: address) {
        if (perps::crank(market) != 0) reward(keeper_account);
    }

    /// Cancels orders that may increase positions of an account below its initial requirement, at most 20, for a small reward that
    /// the account pays.
    public entry fun cancel_unhealthy_orders(_keeper: &signer, keeper_account: address, account: address, max: u64) {
        assert!(risk::health(account).im().is_negative(), E_NOT_LIQUIDATABLE);
        if (exchange::cancel_orders(account, if (max > CANCEL_MAX) CANCEL_MAX else max, true) != 0) {
            accounts::credit(account, int128::new(true, CANCEL_REWARD));
            accounts::reward(keeper_account, CANCEL_REWARD);
        }
    }

    /// Pays a keeper from the insurance fund, if there is enough in it.
    fun reward(keeper_account: address) {
        let (fund, _) = accounts::funds();
        if (fund.lt(int128::from(WORK_REWARD))) return;
        accounts::insure(int128::new(true, WORK_REWARD));
        accounts::reward(keeper_account, WORK_REWARD);
    }

    // ---- liquidation

    /// What every liquidation begins with: expired positions and funding are settled, health is below zero, and orders go first.
    /// Gives health once no order is left; none if there may be more, or health is back.
    fun begin(account: address, market: address, mark: u64): vector<Health> {
        exchange::settle_expired(account);
        exchange::settle_funding(account);
        let health = risk::health_at(account, market, mark);
        assert!(health.mm().is_negative(), E_NOT_LIQUIDATABLE);
        accounts::set_in_liquidation(account, true);
        let cancelled = exchange::cancel_orders(account, CANCEL_MAX, false);
        if (cancelled == 0) return vector[health];
        health = risk::health_at(account, market, mark);
        if (!health.mm().is_negative()) {
            accounts::set_in_liquidation(account, false);
            return vector[]
        };
        if (cancelled == CANCEL_MAX) vector[] else vector[health]
    }

    fun end(account: address): I128 {
        let after = risk::health(account).mm();
        if (!after.is_negative()) accounts::set_in_liquidation(account, false);
        after
    }

    /// Closes part of a perpetual position of an account below its maintenance requirement, at mark, against the caller's account: the
    /// least size that restores the account, at most `max_size` (0: any). `limit_price` is the worst mark for the liquidator (0:
    /// any). A call that meets open orders may only cancel them.
    public entry fun liquidate_perp(
        keeper: &signer, liquidator: address, account: address, market: address, max_size: u64, limit_price: u64
    ) {
        accounts::authorize(keeper, liquidator, accounts::trade());
        assert!(markets::is_perp(market), E_NOT_FOUND);
        assert!(liquidator != account && !accounts::is_portfolio(account), E_NOT_LIQUIDATABLE);
        oracle::guard(markets::feed(market), signer::address_of(keeper));
        let (held, _, _, _, _, _) = markets::position(market, account);
        let long = !held.is_negative();
        let mark = markets::liquidation_mark(market, long);
        assert!(limit_price == 0 || (if (long) mark <= limit_price else mark >= limit_price), E_PRICE_BAND);
        let started = begin(account, market, mark);
        if (started.is_empty()) return;
        let health = started[0];
        liquidation::check(health.mm(), health.mm_total());
        let (size, entry, _, _, _, _) = markets::position(market, account);
        assert!(!size.is_zero(), E_NOT_LIQUIDATABLE);
        let tiers = markets::tiers(market);
        let lot = (markets::lot(market) as u128);
        let (amount, _) = liquidation::size_to_close(size, entry, mark, &tiers, health.mm(), health.mm_total(), lot);
        let limit = (max_size as u128) / lot * lot;
        if (limit != 0 && limit < amount) amount = limit;
        let (_, _, _, notional, reward, insurance) =
            liquidation::close(size, entry, mark, &tiers, health.margin_equity(), amount).unpack();
        // The same notional on both sides; what the close realises comes back from the ledger.
        move_position(account, liquidator, market, int128::new(!long, amount), notional);
        pay_penalty(account, liquidator, reward, insurance);
        assert!(!risk::health(liquidator).im().is_negative(), E_INSUFFICIENT_MARGIN);
        perps::note_liquidation(market, notional, mark);
        tell(account, market, liquidator, amount, size, notional, mark, reward, insurance, &health);
    }

    fun tell(
        account: address, market: address, liquidator: address, size: u128, size_before: I128, notional: u128, mark: u64,
        reward: u128, insurance: u128, health: &Health
    ) {
        let feed = markets::feed(market);
        let (index, _) = oracle::index(feed);
        event::emit(LiquidationExecuted {
            account, market, liquidator, size, size_before, notional, mark, index, index_ts: oracle::updated(feed), reward,
            insurance, health_before: health.mm(), mm_before: health.mm_total(), health_after: end(account)
        });
    }

    /// Moves a signed part of a position from one account to another for a notional. Tells both positions.
    fun move_position(from: address, to: address, market: address, size: I128, notional: u128) {
        let long = !size.is_negative();
        let given = books::transfer(market, from, size.negate(), int128::new(!long, notional));
        accounts::credit_quietly(from, given);
        accounts::enter(to, market);
        let taken = books::transfer(market, to, size, int128::new(long, notional));
        accounts::credit_quietly(to, taken);
        exchange::tidy(from, market);
        exchange::tidy(to, market);
        exchange::tell_position(market, from);
        exchange::tell_position(market, to);
    }

    fun pay_penalty(account: address, liquidator: address, reward: u128, insurance: u128) {
        accounts::credit(account, int128::new(true, reward + insurance));
        accounts::credit(liquidator, int128::from(reward));
        if (insurance != 0) accounts::insure(int128::from(insurance));
    }

    /// Takes over short options of one expiry of an account below its maintenance requirement at mark, the largest requirement
    /// first, at most `max_size` contracts (0: any), for the same fractions of the released requirement. Long options follow at 5 %
    /// below mark only if all shorts do not restore the account. The liquidator's cash grows by at least `min_received` (0: any).
    public entry fun liquidate_options(
        keeper: &signer, liquidator: address, account: address, feed: address, expiry: u64, max_size: u64, min_received: u64
    ) {
        accounts::authorize(keeper, liquidator, accounts::trade());
        assert!(liquidator != account && !accounts::is_portfolio(account), E_NOT_LIQUIDATABLE);
        oracle::guard(feed, signer::address_of(keeper));
        let stale = oracle::stale_for(feed);
        assert!(stale == 0 || stale > 600, E_STALE_PRICE);
        let started = begin(account, @0x0, 0);
        if (started.is_empty()) return;
        let health = started[0];
        liquidation::check(health.mm(), health.mm_total());
        let cash_before = accounts::cash(liquidator);
        let left = if (max_size == 0) 18446744073709551615u128 else (max_size as u128);
        let touched = false;
        // Shorts by requirement, the largest first; the account's list is short.
        let shorts = risk::shorts_of(account, feed, expiry);
        let i = 0;
        while (i < shorts.length() && left != 0) {
            let market = shorts[i];
            let (size, _, _, _, _, _) = markets::position(market, account);
            let lot = (markets::lot(market) as u128);
            let amount = min(size.magnitude(), left) / lot * lot;
            if (amount == 0) break;
            left -= amount;
            let before = risk::health(account);
            let mark = markets::mark(market);
            let worth = units::notional_up(amount, mark);
            move_position(account, liquidator, market, int128::new(true, amount), worth);
            let after = risk::health(account);
            let released = if (after.mm_total() < before.mm_total()) before.mm_total() - after.mm_total() else 0;
            let (reward, insurance) = liquidation::penalty(released, after.margin_equity());
            pay_penalty(account, liquidator, reward, insurance);
            tell(account, market, liquidator, amount, size, worth, mark, reward, insurance, &before);
            touched = true;
            if (liquidation::is_restored(risk::health(account).mm(), after.mm_total())) break;
            i += 1;
        };
        // Longs only once there are no shorts.
        if (i == shorts.length() && risk::health(account).mm().is_negative()) {
            let longs = risk::longs_of(account, feed, expiry);
            let j = 0;
            while (j < longs.length() && left != 0 && risk::health(account).mm().is_negative()) {
                let market = longs[j];
                let (size, _, _, _, _, _) = markets::position(market, account);
                let amount = min(size.magnitude(), left);
                left -= amount;
                let before = risk::health(account);
                let mark = markets::mark(market);
                let price = (((mark as u128) * 950000000 / RATE) as u64);
                let worth = units::notional(amount, price);
                move_position(account, liquidator, market, int128::from(amount), worth);
                tell(account, market, liquidator, amount, size, worth, price, 0, 0, &before);
                touched = true;
                j += 1;
            }
        };
        assert!(touched, E_NOT_LIQUIDATABLE);
        assert!(!risk::health(liquidator).im().is_negative(), E_INSUFFICIENT_MARGIN);
        let received = accounts::cash(liquidator).sub(cash_before);
        assert!(min_received == 0 || received.ge(int128::from((min_received as u128))), E_PRICE_BAND);
    }

    /// Sells collateral of an account below its maintenance requirement, or with negative cash and nothing else, to the caller's
    /// account at its price less the discount: no more than brings cash and health back, at most `max_amount` for at most `max_cash`
    /// (0: any).
    public entry fun sell_collateral(
        keeper: &signer, buyer: address, account: address, asset: u64, max_amount: u64, max_cash: u64
    ) {
        accounts::authorize(keeper, buyer, accounts::trade());
        assert!(buyer != account, E_NOT_LIQUIDATABLE);
        let (feed, decimals, discount) = accounts::asset_terms(asset);
        oracle::guard(feed, signer::address_of(keeper));
        let price = oracle::fresh_index(feed);
        let started = begin(account, @0x0, 0);
        if (started.is_empty()) return;
        let health = started[0];
        let (assets, amounts) = accounts::holdings_of(account);
        let (found, at) = assets.index_of(&asset);
        assert!(found, E_WITHDRAW_LIMIT);
        let discounted = (price as u128) * (RATE - (discount as u128)) / RATE;
        assert!(discounted != 0, E_STALE_PRICE);
        // Quote of one whole of the asset is `discounted / 1e3`; an amount has `decimals`.
        let power = 1u128;
        while (decimals > 0) {
            power *= 10;
            decimals -= 1;
        };
        let need = health.mm().negative_part() + units::mul_div_up(health.mm_total(), 100000000, RATE);
        let debt = accounts::cash(account).negative_part();
        if (debt > need) need = debt;
        let wanted = units::mul_div_up(need, power * 1000, discounted);
        let amount = min(min(wanted, (amounts[at] as u128)), if (max_amount == 0) wanted else (max_amount as u128));
        let cash = units::mul_div(amount, discounted, power * 1000);
        assert!(cash != 0, E_WITHDRAW_LIMIT);
        assert!(max_cash == 0 || cash <= (max_cash as u128), E_PRICE_BAND);
        accounts::move_collateral(account, buyer, asset, (amount as u64));
        accounts::credit(account, int128::from(cash));
        accounts::credit(buyer, int128::new(true, cash));
        assert!(!accounts::cash(buyer).is_negative(), E_WITHDRAW_LIMIT);
        assert!(!risk::health(buyer).im().is_negative(), E_INSUFFICIENT_MARGIN);
        event::emit(CollateralSold { account, buyer, asset, amount: (amount as u64), cash });
        end(account);
    }

    // ---- takeover and bankruptcy

    /// The backstop takes a whole position over at mark, with the account's equity in proportion to the requirement that it takes.
    public entry fun backstop_take(keeper: &signer, keeper_account: address, account: address, market: address) {
        oracle::guard(markets::feed(market), signer::address_of(keeper));
        let (held, _, _, _, _, _) = markets::position(market, account);
        let mark = markets::liquidation_mark(market, !held.is_negative());
        let started = begin(account, market, mark);
        if (started.is_empty()) return;
        let health = started[0];
        let equity = health.margin_equity();
        liquidation::check(health.mm(), health.mm_total());
        assert!(liquidation::backstop_allowed(equity, health.mm_total()), E_BACKSTOP_NOT_ALLOWED);
        let vault = backstop::account();
        let (size, _, _, _, _, _) = markets::position(market, account);
        assert!(!size.is_zero() && account != vault, E_NOT_LIQUIDATABLE);
        let notional = take_over(account, vault, market, size, mark);
        let after = risk::health(account);
        let released = if (after.mm_total() < health.mm_total()) health.mm_total() - after.mm_total() else 0;
        let share = units::mul_div(equity.positive_part(), released, health.mm_total());
        accounts::credit(account, int128::new(true, share));
        accounts::credit(vault, int128::from(share));
        assert!(!risk::health(vault).im().is_negative(), E_INSUFFICIENT_MARGIN);
        end(account);
        reward(keeper_account);
        event::emit(BackstopTaken { account, market, size, notional, equity: int128::from(share) });
    }

    /// Resolves a position of a bankrupt account: insurance pays the deficit if it can, and the backstop takes the position at mark;
    /// otherwise the position is closed against `counterparties` (ascending, at most 10) at the bankruptcy price, best ranked first,
    /// as far as theirs reach.
    public entry fun resolve_bankruptcy(
        keeper: &signer, keeper_account: address, account: address, market: address, counterparties: vector<address>
    ) {
        oracle::guard(markets::feed(market), signer::address_of(keeper));
        let (held, _, _, _, _, _) = markets::position(market, account);
        let mark = markets::liquidation_mark(market, !held.is_negative());
        let started = begin(account, market, mark);
        if (started.is_empty()) return;
        let equity = started[0].margin_equity();
        assert!(!equity.is_positive(), E_NOT_BANKRUPT);
        let (size, _, _, _, _, _) = markets::position(market, account);
        assert!(!size.is_zero(), E_NOT_BANKRUPT);
        let deficit = equity.magnitude();
        let paid = cover(account, deficit);
        let uncovered = deficit - paid;
        if (uncovered == 0 && (counterparties.is_empty() || vault_can_take(account, market, size, mark))) {
            let vault = backstop::account();
            assert!(account != vault, E_NOT_LIQUIDATABLE);
            let notional = take_over(account, vault, market, size, mark);
            assert!(!risk::health(vault).im().is_negative(), E_INSUFFICIENT_MARGIN);
            event::emit(BackstopTaken { account, market, size, notional, equity: int128::zero() });
        } else {
            deleverage(account, market, size, mark, uncovered, &counterparties);
        };
        event::emit(BankruptcyResolved { account, market, deficit, insurance: paid, uncovered });
        end(account);
        reward(keeper_account);
    }

    /// Pays the debt of an account that has nothing but negative cash, as far as the insurance fund reaches.
    public entry fun cover_deficit(_keeper: &signer, account: address) {
        let (assets, _) = accounts::holdings_of(account);
        let cash = accounts::cash(account);
        assert!(cash.is_negative() && assets.is_empty() && accounts::markets(account).is_empty(), E_NOT_BANKRUPT);
        let deficit = cash.magnitude();
        let paid = cover(account, deficit);
        accounts::set_in_liquidation(account, false);
        event::emit(BankruptcyResolved { account, market: @0x0, deficit, insurance: paid, uncovered: deficit - paid });
    }

    /// Insurance pays what it can of a deficit.
    fun cover(account: address, deficit: u128): u128 {
        let (fund, _) = accounts::funds();
        let (paid, _) = liquidation::cover(deficit, fund.positive_part());
        if (paid != 0) {
            accounts::insure(int128::new(true, paid));
            accounts::credit(account, int128::from(paid));
        };
        paid
    }

    /// Whether there is a vault that surely has the margin for a position.
    fun vault_can_take(account: address, market: address, size: I128, mark: u64): bool {
        if (!backstop::exists_pool() || backstop::account() == account) return false;
        let notional = units::notional_up(size.magnitude(), mark);
        let need = if (markets::is_perp(market)) {
            let tiers = markets::tiers(market);
            derivatives::tiers::margin(&tiers, notional, true)
        } else risk::short_requirement(market, size.negative_part(), mark) + notional;
        risk::health(backstop::account()).im().ge(int128::from(need))
    }

    /// Closes as much of a bankrupt position as the others reach, in order of their rank, at the bankruptcy price of that part.
    fun deleverage(
        account: address, market: address, size: I128, mark: u64, uncovered: u128, counterparties: &vector<address>
    ) {
        let long = !size.is_negative();
        assert!(!counterparties.is_empty() && counterparties.length() <= ADL_MAX, E_ADL_ORDER);
        let (ranked, sum) = (vector[], 0);
        let i = 0;
        while (i < counterparties.length()) {
            let other = counterparties[i];
            // Ascending, so that ties of rank go by account; and so that none is named twice.
            assert!(i == 0 || ascends(counterparties[i - 1], other), E_ADL_ORDER);
            exchange::settle_funding(other);
            let (other_size, entry, _, _, _, _) = markets::position(market, other);
            assert!(other != account && !other_size.is_zero() && other_size.is_negative() == long, E_ADL_ORDER);
            sum += other_size.magnitude();
            ranked.push_back(
                liquidation::counterparty(i, other_size, entry, risk::health(other).margin_equity())
            );
            i += 1;
        };
        let (ids, _) = liquidation::rank(&ranked, mark);
        let available = vector<u128>[];
        ids.for_each_ref(|id| {
            let (other_size, _, _, _, _, _) = markets::position(market, counterparties[*id]);
            available.push_back(other_size.magnitude());
        });
        let need = min(size.magnitude(), sum);
        let total = liquidation::bankruptcy_notional(
            long, need, mark, units::mul_div_up(uncovered, need, size.magnitude())
        );
        liquidation::allocate(need, total, &ids, &available).for_each(|part| {
            let (id, amount, notional) = part.unpack_allocation();
            let other = counterparties[id];
            move_position(account, other, market, int128::new(!long, amount), notional);
            event::emit(Deleveraged { market, account: other, bankrupt: account, size: amount, notional });
        });
    }

    fun ascends(a: address, b: address): bool { std::cmp::compare(&a, &b).is_lt() }

    /// Moves a whole position to another account at mark; returns the notional, rounded against the one who gives.
    fun take_over(account: address, taker: address, market: address, size: I128, mark: u64): u128 {
        let amount = size.magnitude();
        let notional = if (!size.is_negative()) units::notional(amount, mark) else units::notional_up(amount, mark);
        move_position(account, taker, market, size, notional);
        notional
    }

    // ---- settlement and sweeps

    /// Settles up to 50 accounts of an expired series or a delisted perpetual. Anyone, in any order, repeatedly. What an option's
    /// receiver pays for delivery rewards the keeper first.
    public entry fun settle_batch(
        _keeper: &signer, keeper_account: address, market: address, accounts_to_settle: vector<address>
    ) {
        let count = accounts_to_settle.length();
        let earned = 0;
        let i = 0;
        while (i < count && i < BATCH_MAX) {
            let account = accounts_to_settle[i];
            if (markets::is_active(market, account)) {
                earned += exchange::settle_position(account, market, SETTLE_REWARD);
            };
            i += 1;
        };
        if (earned != 0) accounts::reward(keeper_account, earned);
    }

    /// Shares a market's fees out: 30 % to the backstop, half to the treasury, the rest to insurance, with what funding left over.
    public entry fun sweep_fees(_keeper: &signer, market: address) {
        let (fees, residue) = books::take_fees(market);
        let (backstop, treasury) = if (fees.is_negative()) (0, 0) else (
            units::mul_div(fees.magnitude(), SWEEP_BACKSTOP, RATE), units::mul_div(fees.magnitude(), SWEEP_TREASURY, RATE)
        );
        if (!backstop::exists_pool()) { backstop = 0; };
        let insurance = fees.sub(int128::from(backstop + treasury)).add(residue);
        if (backstop != 0) accounts::credit(backstop::account(), int128::from(backstop));
        accounts::share_out(insurance, int128::from(treasury));
        event::emit(FeesSwept {
            market, insurance, backstop: int128::from(backstop), treasury: int128::from(treasury)
        });
    }

    fun min(a: u128, b: u128): u128 { if (a < b) a else b }
}
