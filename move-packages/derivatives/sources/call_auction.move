/// Call auctions of a market: orders are collected for a while and trade at one price.
///
/// The price maximises volume (see `auction`); both sides pay the taker's fee, what is not filled is gone. While an auction collects,
/// the market's book takes no orders. Margin for the whole size is reserved when an order is submitted, so nobody is judged again
/// when it clears. Units: prices and sizes with 9 decimals, money in quote; fees and reserves round up. Bounded by 64 orders.
/// Invariant: sizes bought are sizes sold; reserves of collected orders are part of their accounts' positions until it clears.
module derivatives::call_auction {
    use aptos_framework::event;
    use aptos_framework::timestamp;
    use aptos_std::table::{Self, Table};
    use derivatives::accounts;
    use derivatives::auction;
    use derivatives::books;
    use derivatives::exchange;
    use derivatives::markets;
    use derivatives::oracle;
    use derivatives::risk;
    use derivatives::units;
    use std::signer;
    use tenor_math::int128::{Self, I128};

    /// Only governance opens an auction.
    const E_NOT_OWNER: u64 = 0x0201;
    /// The account has as many orders in the auction as it may have.
    const E_LIMIT_ORDERS: u64 = 0x0205;
    /// There is no auction, it collects no more, or has not ended.
    const E_MARKET_STATUS: u64 = 0x0301;
    /// The size is zero or no multiple of the lot.
    const E_LOT: u64 = 0x0302;
    /// The price is zero or no multiple of the tick.
    const E_TICK: u64 = 0x0304;
    /// The price is too far from the mark.
    const E_PRICE_BAND: u64 = 0x0306;
    /// There is no such market.
    const E_NOT_FOUND: u64 = 0x030a;
    /// The auction holds as many orders as it may.
    const E_BOOK_FULL: u64 = 0x030c;
    /// What remains would be less than the initial margin.
    const E_INSUFFICIENT_MARGIN: u64 = 0x0401;
    /// The open interest might exceed the market's cap.
    const E_OI_CAP: u64 = 0x0402;
    /// The position might exceed the account's cap.
    const E_ACCOUNT_CAP: u64 = 0x0403;
    /// The account is being liquidated.
    const E_IN_LIQUIDATION: u64 = 0x0404;
    /// There is no fresh price.
    const E_STALE_PRICE: u64 = 0x0505;
    /// An auction collects for an hour at most.
    const E_PARAM_BOUNDS: u64 = 0x0802;

    const ORDERS_MAX: u64 = 64;
    const ORDERS_OF_ACCOUNT: u64 = 8;
    const SECONDS_MAX: u64 = 3600;
    const SIZE_END: u64 = 1152921504606846976;
    const CANCEL_ONLY: u8 = 5;

    /// The auctions that collect or wait to be cleared, by market.
    struct Auctions has key { open: Table<address, Auction> }

    /// Orders of one auction.
    struct Auction has drop, store { until: u64, next: u64, orders: vector<Collected> }

    /// An order with what it reserves.
    struct Collected has copy, drop, store { id: u64, account: address, is_buy: bool, price: u64, size: u64, reserve: u128 }

    #[event]
    /// An auction began.
    struct AuctionOpened has drop, store { market: address, until: u64 }

    #[event]
    /// An order was collected.
    struct AuctionOrderPlaced has drop, store { market: address, account: address, id: u64, is_buy: bool, price: u64, size: u64 }

    #[event]
    /// An order traded in an auction.
    struct AuctionFilled has drop, store { market: address, account: address, id: u64, is_buy: bool, price: u64, size: u64, fee: I128 }

    #[event]
    /// An auction ended: price 0 if nothing traded.
    struct AuctionCleared has drop, store { market: address, price: u64, volume: u128 }

    /// Begins an auction of a market. Only governance.
    public entry fun open(admin: &signer, market: address, seconds: u64) {
        assert!(signer::address_of(admin) == @derivatives, E_NOT_OWNER);
        books::assert_market(market);
        assert!(seconds != 0 && seconds <= SECONDS_MAX, E_PARAM_BOUNDS);
        assert!(books::auction_until(market) == 0 && books::base(market) <= CANCEL_ONLY, E_MARKET_STATUS);
        let venue = accounts::venue_signer();
        let at = signer::address_of(&venue);
        if (!exists<Auctions>(at)) move_to(&venue, Auctions { open: table::new() });
        let until = timestamp::now_seconds() + seconds;
        Auctions[at].open.add(market, Auction { until, next: 1, orders: vector[] });
        books::set_auction(market, until);
        markets::follow(market);
        event::emit(AuctionOpened { market, until });
    }

    /// Hands an order in. It cannot be taken back.
    public entry fun submit(caller: &signer, account: address, market: address, is_buy: bool, price: u64, size: u64) {
        accounts::authorize(caller, account, accounts::trade());
        books::assert_market(market);
        let now = timestamp::now_seconds();
        let until = books::auction_until(market);
        assert!(until != 0 && now < until, E_MARKET_STATUS);
        let (_, fresh) = oracle::index(markets::feed(market));
        assert!(fresh, E_STALE_PRICE);
        exchange::settle_expired(account);
        assert!(!accounts::is_flagged(account), E_IN_LIQUIDATION);
        assert!(size != 0 && size % books::lot(market) == 0 && size < SIZE_END, E_LOT);
        assert!(price != 0 && price % books::tick(market) == 0, E_TICK);
        let c = markets::context(market);
        let (low, high) = c.limits();
        assert!(price >= low && price <= high, E_PRICE_BAND);
        let auction = Auctions[accounts::venue_address()].open.borrow_mut(market);
        assert!(auction.orders.length() < ORDERS_MAX, E_BOOK_FULL);
        let (own, side) = (0, (size as u128));
        auction.orders.for_each_ref(|o| {
            if (o.account == account) own += 1;
            if (o.is_buy == is_buy) side += (o.size as u128);
        });
        assert!(own < ORDERS_OF_ACCOUNT, E_LIMIT_ORDERS);
        let (cap, account_cap) = books::caps(market);
        assert!(books::open_interest(market) + side <= cap, E_OI_CAP);
        let (held, _, buys, sells, _, _) = markets::position(market, account);
        let exposure = held.add(int128::new(!is_buy, (size as u128) + ((if (is_buy) buys else sells) as u128)));
        assert!(exposure.magnitude() <= account_cap, E_ACCOUNT_CAP);
        let fee = books::fee(market, true, units::notional_up((size as u128), price), size, &c).positive_part();
        let reserve = books::reserve_for(market, is_buy, price, size, &c) + fee;
        let id = auction.next;
        auction.next = id + 1;
        auction.orders.push_back(Collected { id, account, is_buy, price, size, reserve });
        accounts::enter(account, market);
        books::reserve(market, account, is_buy, size, reserve);
        assert!(!risk::health(account).im().is_negative(), E_INSUFFICIENT_MARGIN);
        event::emit(AuctionOrderPlaced { market, account, id, is_buy, price, size });
    }

    /// Ends an auction whose time is over: everything that trades does so at one price. Anyone.
    public entry fun clear(_keeper: &signer, market: address) {
        books::assert_market(market);
        let until = books::auction_until(market);
        assert!(until != 0 && timestamp::now_seconds() >= until, E_MARKET_STATUS);
        let Auction { until: _, next: _, orders } = Auctions[accounts::venue_address()].open.remove(market);
        books::set_auction(market, 0);
        markets::follow(market);
        // Orders of accounts in liquidation do not trade, nor does anything in a market that has stopped.
        let halted = books::status(market) >= CANCEL_ONLY;
        let taking_part = vector[];
        orders.for_each_ref(|o| {
            books::release(market, o.account, o.is_buy, o.size, o.reserve);
            if (!halted && !accounts::is_flagged(o.account)) {
                taking_part.push_back(auction::order(o.id, o.is_buy, o.price, (o.size as u128)));
            }
        });
        let c = markets::context(market);
        let (price, volume, fills) = auction::clear(&taking_part, (books::lot(market) as u128), c.mark());
        fills.for_each_ref(|fill| {
            let (id, size) = fill.unpack_fill();
            let o = &orders[id - 1];
            let notional = units::notional(size, price);
            let fee = books::fee(market, true, notional, (size as u64), &c);
            let cash = books::transfer(market, o.account, int128::new(!o.is_buy, size), int128::new(o.is_buy, notional));
            accounts::credit_quietly(o.account, cash.sub(fee));
            books::add_fee(market, fee);
            event::emit(AuctionFilled {
                market, account: o.account, id, is_buy: o.is_buy, price, size: (size as u64), fee
            });
            exchange::tell_position(market, o.account);
        });
        orders.for_each_ref(|o| exchange::tidy(o.account, market));
        if (volume != 0) {
            books::set_last_price(market, price);
            markets::return_bond(market);
        };
        event::emit(AuctionCleared { market, price, volume });
    }

    #[view]
    /// The orders that an auction has collected.
    public fun collected(market: address): vector<Collected> {
        let at = accounts::venue_address();
        if (!exists<Auctions>(at) || !Auctions[at].open.contains(market)) return vector[];
        Auctions[at].open.borrow(market).orders
    }

    #[view]
    /// Price and volume at which the collected orders would trade now.
    public fun indicative(market: address): (u64, u128) {
        assert!(books::is_market(market), E_NOT_FOUND);
        let taking_part = vector[];
        collected(market).for_each_ref(|o| {
            taking_part.push_back(auction::order(o.id, o.is_buy, o.price, (o.size as u128)))
        });
        let (price, volume, _) = auction::clear(&taking_part, (books::lot(market) as u128), markets::mark(market));
        (price, volume)
    }
}
