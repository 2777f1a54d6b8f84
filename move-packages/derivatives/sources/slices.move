/// Liquidation of portfolio-margined accounts: an auction of slices of everything that the account has.
///
/// The discount rises from 5 % to 30 % in 15 minutes and to 100 % in another hour. A bidder takes the fraction `f` of every position,
/// of cash and of collateral, and pays for it; when nothing is left to pay for, the insurance fund pays the bidder, more with time.
/// Units: quote, fractions with 9 decimals. Slices of positions round down to the lot, payments up, what insurance pays down.
/// Invariant: what the account gives is what the bidder gets.
module derivatives::slices {
    use aptos_framework::event;
    use aptos_framework::timestamp;
    use aptos_std::table::{Self, Table};
    use derivatives::accounts;
    use derivatives::books;
    use derivatives::exchange;
    use derivatives::liquidation;
    use derivatives::markets;
    use derivatives::oracle;
    use derivatives::risk;
    use derivatives::units;
    use std::signer;
    use tenor_math::int128::{Self, I128};

    /// The payment is above the limit.
    const E_PRICE_BAND: u64 = 0x0306;
    /// What remains would be less than the initial margin.
    const E_INSUFFICIENT_MARGIN: u64 = 0x0401;
    /// The account is not portfolio-margined, not below its maintenance requirement, or not in an auction.
    const E_NOT_LIQUIDATABLE: u64 = 0x0601;
    /// The fraction is zero or more than the account needs to give.
    const E_AUCTION_FRACTION: u64 = 0x0606;

    const RATE: u128 = 1000000000;
    const CANCEL_MAX: u64 = 20;
    /// Insurance pays up to the maintenance requirement after this many seconds.
    const INSOLVENT_S: u64 = 3600;

    /// Running auctions, by account.
    struct Auctions has key { running: Table<address, Running> }

    /// When an auction began, and since when nothing is left (0: something is).
    struct Running has copy, drop, store { start: u64, insolvent_since: u64 }

    #[event]
    /// An auction runs.
    struct SliceAuctionRuns has drop, store { account: address, start: u64, insolvent_since: u64, health: I128, mm: u128 }

    #[event]
    /// A slice went to a bidder. `paid` is negative when the insurance fund paid.
    struct SliceTaken has drop, store { account: address, bidder: address, fraction: u64, paid: I128, discount: u128, equity: I128 }

    /// Begins the auction of an account below its maintenance requirement, or notes that nothing is left of it. Anyone, repeatedly;
    /// a call that meets open orders may only cancel them.
    public entry fun start(_keeper: &signer, account: address) {
        assert!(accounts::is_account(account) && accounts::is_portfolio(account), E_NOT_LIQUIDATABLE);
        exchange::settle_expired(account);
        exchange::settle_funding(account);
        assert!(risk::health(account).mm().is_negative(), E_NOT_LIQUIDATABLE);
        accounts::set_in_liquidation(account, true);
        if (exchange::cancel_orders(account, CANCEL_MAX, false) == CANCEL_MAX) return;
        let health = risk::health(account);
        if (!health.mm().is_negative()) {
            accounts::set_in_liquidation(account, false);
            return
        };
        let venue = accounts::venue_signer();
        let at = signer::address_of(&venue);
        if (!exists<Auctions>(at)) move_to(&venue, Auctions { running: table::new() });
        let running = &mut Auctions[at].running;
        let now = timestamp::now_seconds();
        if (!running.contains(account)) running.add(account, Running { start: now, insolvent_since: 0 });
        let auction = running.borrow_mut(account);
        if (health.equity().is_positive()) auction.insolvent_since = 0
        else if (auction.insolvent_since == 0) auction.insolvent_since = now;
        event::emit(SliceAuctionRuns {
            account, start: auction.start, insolvent_since: auction.insolvent_since, health: health.mm(),
            mm: health.mm_total()
        });
        exchange::tell_portfolio(account);
    }

    /// Takes a slice of an account in auction for at most `max_pay` (0: any). An account whose health is back leaves the auction.
    public entry fun bid(caller: &signer, bidder: address, account: address, fraction: u64, max_pay: u64) {
        accounts::authorize(caller, bidder, accounts::trade());
        let at = accounts::venue_address();
        assert!(bidder != account && exists<Auctions>(at) && Auctions[at].running.contains(account), E_NOT_LIQUIDATABLE);
        accounts::markets(account).for_each(|market| {
            oracle::guard(markets::feed(market), signer::address_of(caller));
            // The price of a stale index is nobody's to trade at.
            markets::liquidation_mark(market, true);
        });
        exchange::settle_expired(account);
        exchange::settle_funding(account);
        let health = risk::health(account);
        if (!health.mm().is_negative()) return end(account);
        let f = (fraction as u128);
        assert!(f != 0 && f <= RATE, E_AUCTION_FRACTION);
        let now = timestamp::now_seconds();
        let auction = *Auctions[at].running.borrow(account);
        let equity = health.equity();
        let (paid, discount) = if (equity.is_positive()) {
            let (discount, full, most) =
                liquidation::auction(equity.magnitude(), health.mm_total(), now - auction.start).terms();
            assert!(f <= most, E_AUCTION_FRACTION);
            let pay = units::mul_div_up(full, f, RATE);
            assert!(max_pay == 0 || pay <= (max_pay as u128), E_PRICE_BAND);
            (int128::from(pay), discount)
        } else {
            let since = if (auction.insolvent_since == 0) now else auction.insolvent_since;
            let elapsed = if (now - since < INSOLVENT_S) now - since else INSOLVENT_S;
            let share = units::mul_div(
                units::mul_div(health.mm_total(), (elapsed as u128), (INSOLVENT_S as u128)), f, RATE
            );
            let (fund, _) = accounts::funds();
            let (covered, _) = liquidation::cover(share, fund.positive_part());
            if (covered != 0) accounts::insure(int128::new(true, covered));
            accounts::credit(bidder, int128::from(covered));
            (int128::new(true, covered), RATE)
        };
        take(account, bidder, f);
        if (paid.is_positive()) {
            accounts::credit(bidder, paid.negate());
            accounts::credit(account, paid);
        };
        assert!(!risk::health(bidder).im().is_negative(), E_INSUFFICIENT_MARGIN);
        event::emit(SliceTaken { account, bidder, fraction, paid, discount, equity });
        if (!risk::health(account).mm().is_negative()) end(account);
    }

    /// Moves the fraction of every position, of cash and of collateral.
    fun take(account: address, bidder: address, f: u128) {
        accounts::markets(account).for_each(|market| {
            let (size, _, _, _, _, _) = markets::position(market, account);
            let lot = (books::lot(market) as u128);
            let part = units::mul_div(size.magnitude(), f, RATE) / lot * lot;
            if (part != 0) {
                let (dsize, dentry, funding) = books::cut(market, account, part);
                accounts::credit_quietly(account, funding);
                accounts::enter(bidder, market);
                accounts::credit_quietly(bidder, books::transfer(market, bidder, dsize, dentry));
                exchange::tidy(account, market);
                exchange::tidy(bidder, market);
                exchange::tell_position(market, account);
                exchange::tell_position(market, bidder);
            }
        });
        let cash = accounts::cash(account).mul_div_floor(int128::from(f), int128::from(RATE));
        accounts::credit(account, cash.negate());
        accounts::credit(bidder, cash);
        let (assets, amounts) = accounts::holdings_of(account);
        let i = 0;
        while (i < assets.length()) {
            let amount = (units::mul_div((amounts[i] as u128), f, RATE) as u64);
            if (amount != 0) accounts::move_collateral(account, bidder, assets[i], amount);
            i += 1;
        }
    }

    fun end(account: address) {
        Auctions[accounts::venue_address()].running.remove(account);
        accounts::set_in_liquidation(account, false);
    }

    #[view]
    /// When the auction of an account began and since when nothing is left; zeros if there is none.
    public fun running(account: address): (u64, u64) {
        let at = accounts::venue_address();
        if (!exists<Auctions>(at) || !Auctions[at].running.contains(account)) return (0, 0);
        let auction = Auctions[at].running.borrow(account);
        (auction.start, auction.insolvent_since)
    }
}
