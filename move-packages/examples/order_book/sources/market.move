/// A market for two fungible assets with a central limit order book: price first, then time.
///
/// Units: a lot is `lot_size` smallest units of the base asset; a price is smallest units of the quote asset per lot, a multiple
/// of `tick_size`. So a trade of `n` lots at `p` moves `n * lot_size` base and `n * p` quote, without rounding; only the taker's
/// fee is rounded, up, in favour of the market.
///
/// Traders deposit first and trade what they deposited. Invariant, per asset: the vault holds the sum of all free balances, of
/// all that resting orders lock, and of collected fees.
module order_book::market {
    use std::error;
    use std::option::{Self, Option};
    use std::signer;
    use std::string::String;
    use aptos_std::math128;
    use aptos_std::math64;
    use aptos_std::smart_table::{Self, SmartTable};
    use aptos_std::string_utils;
    use aptos_std::table::{Self, Table};
    use aptos_framework::event;
    use aptos_framework::fungible_asset::{Self, FungibleStore, Metadata};
    use aptos_framework::object::{Self, ExtendRef, Object};
    use aptos_framework::primary_fungible_store;
    use aptos_framework::timestamp;
    use order_book::levels::{Self, Side};

    /// Sizes are above 0, and the fee is below 100 %.
    const EINVALID_TERMS: u64 = 1;
    /// Both assets are the same.
    const ESAME_ASSET: u64 = 2;
    /// Only the market's owner may do this.
    const ENOT_OWNER: u64 = 3;
    /// The market takes no orders at present.
    const EPAUSED: u64 = 4;
    /// Lots and price are above 0.
    const EZERO: u64 = 5;
    /// The price is no multiple of the tick.
    const EOFF_TICK: u64 = 6;
    /// The free balance is too small.
    const EINSUFFICIENT: u64 = 7;
    /// The order would trade at once, which it must not.
    const EWOULD_TRADE: u64 = 8;
    /// The order cannot be filled whole, which it must be.
    const ENOT_FILLABLE: u64 = 9;
    /// There is no such order, or it belongs to somebody else.
    const EORDER_NOT_FOUND: u64 = 10;
    /// The account has as many open orders as it may.
    const ETOO_MANY_ORDERS: u64 = 11;
    /// There is no such kind of order.
    const EUNKNOWN_KIND: u64 = 12;
    /// There is no market at this object.
    const EMARKET_NOT_FOUND: u64 = 13;
    /// The order has expired before it arrived.
    const EEXPIRED: u64 = 14;

    /// Rests until filled or cancelled.
    const KIND_GOOD_TILL_CANCELLED: u8 = 0;
    // 1 trades what it can and is gone: what is left after that is never looked at again.
    /// Trades whole or not at all.
    const KIND_FILL_OR_KILL: u8 = 2;
    /// Rests, or is refused.
    const KIND_POST_ONLY: u8 = 3;

    /// Fills that one order can cause; what is left of it after that is cancelled.
    const MAX_FILLS: u64 = 50;
    /// Open orders of one account.
    const MAX_OPEN_ORDERS: u64 = 100;
    /// Parts of the fee rate.
    const BPS: u64 = 10000;

    /// Everything about a market; at an object of its own.
    struct Market has key {
        base: Object<Metadata>,
        quote: Object<Metadata>,
        base_vault: Object<FungibleStore>,
        quote_vault: Object<FungibleStore>,
        extend_ref: ExtendRef,
        lot_size: u64,
        tick_size: u64,
        taker_fee_bps: u64,
        paused: bool,
        bids: Side,
        asks: Side,
        orders: Table<u64, Order>,
        accounts: SmartTable<address, Account>,
        next_order_id: u64,
        quote_fees: u64,
        last_price: Option<u64>,
        traded_lots: u128
    }

    /// An order that rests.
    struct Order has copy, drop, store {
        trader: address,
        is_bid: bool,
        price: u64,
        placed_lots: u64,
        filled_lots: u64,
        placed_secs: u64
    }

    /// What a trader has in a market.
    struct Account has drop, store {
        base_free: u64,
        quote_free: u64,
        open_orders: vector<u64>
    }

    #[event]
    /// There is a new market.
    struct MarketCreated has drop, store {
        market: address,
        base: address,
        quote: address,
        lot_size: u64,
        tick_size: u64,
        taker_fee_bps: u64
    }

    #[event]
    /// A free balance changed by a deposit or a withdrawal.
    struct BalanceChanged has drop, store {
        market: address,
        trader: address,
        base_free: u64,
        quote_free: u64
    }

    #[event]
    /// An order rests.
    struct OrderPlaced has drop, store {
        market: address,
        order_id: u64,
        trader: address,
        is_bid: bool,
        price: u64,
        lots: u64
    }

    #[event]
    /// Two orders traded.
    struct OrderFilled has drop, store {
        market: address,
        maker_order_id: u64,
        maker: address,
        taker: address,
        taker_is_bid: bool,
        price: u64,
        lots: u64,
        taker_fee: u64
    }

    #[event]
    /// An order no longer rests, though something was left of it.
    struct OrderCancelled has drop, store {
        market: address,
        order_id: u64,
        lots_left: u64
    }

    #[event]
    /// The owner took collected fees.
    struct FeesCollected has drop, store {
        market: address,
        amount: u64
    }

    // ---- The owner ----

    /// Makes a market that the creator owns.
    public entry fun create(
        creator: &signer,
        base: Object<Metadata>,
        quote: Object<Metadata>,
        lot_size: u64,
        tick_size: u64,
        taker_fee_bps: u64
    ) {
        create_market(creator, base, quote, lot_size, tick_size, taker_fee_bps);
    }

    /// As `create`, and returns the market.
    public fun create_market(
        creator: &signer,
        base: Object<Metadata>,
        quote: Object<Metadata>,
        lot_size: u64,
        tick_size: u64,
        taker_fee_bps: u64
    ): Object<Market> {
        assert!(
            lot_size > 0 && tick_size > 0 && taker_fee_bps < BPS,
            error::invalid_argument(EINVALID_TERMS)
        );
        assert!(base != quote, error::invalid_argument(ESAME_ASSET));
        let constructor = object::create_sticky_object(signer::address_of(creator));
        let market_signer = constructor.generate_signer();
        let market_addr = signer::address_of(&market_signer);
        let base_vault = fungible_asset::create_store(&object::create_sticky_object(market_addr), base);
        let quote_vault = fungible_asset::create_store(&object::create_sticky_object(market_addr), quote);
        move_to(
            &market_signer,
            Market {
                base,
                quote,
                base_vault,
                quote_vault,
                extend_ref: constructor.generate_extend_ref(),
                lot_size,
                tick_size,
                taker_fee_bps,
                paused: false,
                bids: levels::new(true),
                asks: levels::new(false),
                orders: table::new(),
                accounts: smart_table::new(),
                next_order_id: 1,
                quote_fees: 0,
                last_price: option::none(),
                traded_lots: 0
            }
        );
        event::emit(
            MarketCreated {
                market: market_addr,
                base: object::object_address(&base),
                quote: object::object_address(&quote),
                lot_size,
                tick_size,
                taker_fee_bps
            }
        );
        constructor.object_from_constructor_ref<Market>()
    }

    /// Stops taking orders, or starts again. Cancelling and withdrawing always work.
    public entry fun set_paused(owner: &signer, market: Object<Market>, paused: bool) {
        assert_owner(owner, market);
        Market[existing(market)].paused = paused;
    }

    /// Pays the collected fees out to the owner.
    public entry fun collect_fees(owner: &signer, market: Object<Market>) {
        assert_owner(owner, market);
        let at = existing(market);
        let m = &mut Market[at];
        let amount = m.quote_fees;
        m.quote_fees = 0;
        let paid = fungible_asset::withdraw(&m.extend_ref.generate_signer_for_extending(), m.quote_vault, amount);
        primary_fungible_store::deposit(signer::address_of(owner), paid);
        event::emit(FeesCollected { market: at, amount });
    }

    // ---- Traders ----

    /// Deposits base asset from the trader's primary store.
    public entry fun deposit_base(trader: &signer, market: Object<Market>, amount: u64) {
        let at = existing(market);
        let m = &mut Market[at];
        let paid = primary_fungible_store::withdraw(trader, m.base, amount);
        fungible_asset::deposit(m.base_vault, paid);
        let addr = signer::address_of(trader);
        m.account_mut(addr).base_free += amount;
        m.announce(at, addr);
    }

    /// Deposits quote asset from the trader's primary store.
    public entry fun deposit_quote(trader: &signer, market: Object<Market>, amount: u64) {
        let at = existing(market);
        let m = &mut Market[at];
        let paid = primary_fungible_store::withdraw(trader, m.quote, amount);
        fungible_asset::deposit(m.quote_vault, paid);
        let addr = signer::address_of(trader);
        m.account_mut(addr).quote_free += amount;
        m.announce(at, addr);
    }

    /// Withdraws free base asset to the trader's primary store.
    public entry fun withdraw_base(trader: &signer, market: Object<Market>, amount: u64) {
        let at = existing(market);
        let m = &mut Market[at];
        let addr = signer::address_of(trader);
        m.take_base(addr, amount);
        let paid = fungible_asset::withdraw(&m.extend_ref.generate_signer_for_extending(), m.base_vault, amount);
        primary_fungible_store::deposit(addr, paid);
        m.announce(at, addr);
    }

    /// Withdraws free quote asset to the trader's primary store.
    public entry fun withdraw_quote(trader: &signer, market: Object<Market>, amount: u64) {
        let at = existing(market);
        let m = &mut Market[at];
        let addr = signer::address_of(trader);
        m.take_quote(addr, amount);
        let paid = fungible_asset::withdraw(&m.extend_ref.generate_signer_for_extending(), m.quote_vault, amount);
        primary_fungible_store::deposit(addr, paid);
        m.announce(at, addr);
    }

    /// Places an order. `expiry_secs` 0 means that it may arrive whenever it does.
    public entry fun place(
        trader: &signer,
        market: Object<Market>,
        is_bid: bool,
        price: u64,
        lots: u64,
        kind: u8,
        expiry_secs: u64
    ) {
        assert!(
            expiry_secs == 0 || timestamp::now_seconds() < expiry_secs,
            error::invalid_state(EEXPIRED)
        );
        place_order(trader, market, is_bid, price, lots, kind);
    }

    /// Places an order. Returns the lots that traded at once, and the id under which the rest rests, if it does.
    public fun place_order(
        trader: &signer, market: Object<Market>, is_bid: bool, price: u64, lots: u64, kind: u8
    ): (u64, Option<u64>) {
        let at = existing(market);
        let m = &mut Market[at];
        assert!(!m.paused, error::unavailable(EPAUSED));
        assert!(price > 0 && lots > 0, error::invalid_argument(EZERO));
        assert!(price % m.tick_size == 0, error::invalid_argument(EOFF_TICK));
        assert!(kind <= KIND_POST_ONLY, error::invalid_argument(EUNKNOWN_KIND));
        let other = if (is_bid) &m.asks else &m.bids;
        if (kind == KIND_POST_ONLY) {
            assert!(!other.crosses(price), error::aborted(EWOULD_TRADE));
        };
        if (kind == KIND_FILL_OR_KILL) {
            assert!(other.lots_within(price) >= lots, error::aborted(ENOT_FILLABLE));
        };
        let addr = signer::address_of(trader);
        let filled = m.take(at, addr, is_bid, price, lots);
        let left = lots - filled;
        assert!(kind != KIND_FILL_OR_KILL || left == 0, error::aborted(ENOT_FILLABLE));
        let rests = left > 0 && (kind == KIND_GOOD_TILL_CANCELLED || kind == KIND_POST_ONLY);
        // What still crosses here was stopped by MAX_FILLS; resting it would cross the book.
        let other = if (is_bid) &m.asks else &m.bids;
        if (!rests || other.crosses(price)) return (filled, option::none());
        (filled, option::some(m.rest(at, addr, is_bid, price, left)))
    }

    /// Cancels an order of the trader's.
    public entry fun cancel(trader: &signer, market: Object<Market>, order_id: u64) {
        let at = existing(market);
        let m = &mut Market[at];
        assert!(m.orders.contains(order_id), error::not_found(EORDER_NOT_FOUND));
        assert!(
            m.orders.borrow(order_id).trader == signer::address_of(trader),
            error::not_found(EORDER_NOT_FOUND)
        );
        m.unrest(at, order_id);
    }

    /// Cancels all orders of the trader's.
    public entry fun cancel_all(trader: &signer, market: Object<Market>) {
        let at = existing(market);
        let m = &mut Market[at];
        let open = m.account_mut(signer::address_of(trader)).open_orders;
        open.for_each(|order_id| m.unrest(at, order_id));
    }

    // ---- Views ----

    #[view]
    /// The highest price that somebody bids, if anybody does.
    public fun best_bid(market: Object<Market>): Option<u64> {
        Market[existing(market)].bids.best_price()
    }

    #[view]
    /// The lowest price that somebody asks, if anybody does.
    public fun best_ask(market: Object<Market>): Option<u64> {
        Market[existing(market)].asks.best_price()
    }

    #[view]
    /// The price between the best ones, rounded down, if there are both.
    public fun mid_price(market: Object<Market>): Option<u64> {
        let (bid, ask) = (best_bid(market), best_ask(market));
        if (bid.is_none() || ask.is_none()) return option::none();
        option::some(math64::average(bid.destroy_some(), ask.destroy_some()))
    }

    #[view]
    /// Prices and lots of up to `count` levels of a side, best first.
    public fun depth(market: Object<Market>, is_bid: bool, count: u64): (vector<u64>, vector<u64>) {
        let m = &Market[existing(market)];
        if (is_bid) m.bids.depth(count) else m.asks.depth(count)
    }

    #[view]
    /// A trader's free balances: base, quote.
    public fun free_balances(market: Object<Market>, trader: address): (u64, u64) {
        let m = &Market[existing(market)];
        if (!m.accounts.contains(trader)) return (0, 0);
        let account = m.accounts.borrow(trader);
        (account.base_free, account.quote_free)
    }

    #[view]
    /// Ids of a trader's open orders.
    public fun open_orders(market: Object<Market>, trader: address): vector<u64> {
        let m = &Market[existing(market)];
        if (m.accounts.contains(trader)) m.accounts.borrow(trader).open_orders else vector[]
    }

    #[view]
    /// An open order: trader, whether it bids, price, lots left.
    public fun order(market: Object<Market>, order_id: u64): (address, bool, u64, u64) {
        let m = &Market[existing(market)];
        assert!(m.orders.contains(order_id), error::not_found(EORDER_NOT_FOUND));
        let order = m.orders.borrow(order_id);
        (order.trader, order.is_bid, order.price, order.placed_lots - order.filled_lots)
    }

    #[view]
    /// The price of the last trade, if there was one.
    public fun last_price(market: Object<Market>): Option<u64> {
        Market[existing(market)].last_price
    }

    #[view]
    /// Lots traded since the market began.
    public fun traded_lots(market: Object<Market>): u128 {
        Market[existing(market)].traded_lots
    }

    #[view]
    /// What the market is called, as in `GOLD/USD`.
    public fun name(market: Object<Market>): String {
        let m = &Market[existing(market)];
        let name = fungible_asset::symbol(m.base);
        name.append_utf8(b"/");
        name.append(fungible_asset::symbol(m.quote));
        name
    }

    #[view]
    /// The terms for people.
    public fun terms(market: Object<Market>): String {
        let m = &Market[existing(market)];
        string_utils::format3(&b"lot {}, tick {}, fee {} bps", m.lot_size, m.tick_size, m.taker_fee_bps)
    }

    /// The fee of a taker for a trade of so much quote: rounded up.
    public fun fee_of(quote_amount: u64, taker_fee_bps: u64): u64 {
        (math128::ceil_div((quote_amount as u128) * (taker_fee_bps as u128), (BPS as u128)) as u64)
    }

    // ---- Inside ----

    /// Trades against the other side, best first, as far as price, lots, balance and MAX_FILLS allow.
    fun take(self: &mut Market, at: address, taker: address, is_bid: bool, limit: u64, lots: u64): u64 {
        let filled = 0;
        let fills = 0;
        while (filled < lots && fills < MAX_FILLS) {
            let side = if (is_bid) &self.asks else &self.bids;
            if (!side.crosses(limit)) break;
            let (maker_id, price, open) = side.front();
            let trade = math64::min(open, lots - filled);
            self.settle(at, taker, is_bid, maker_id, price, trade);
            filled += trade;
            fills += 1;
        };
        filled
    }

    /// Moves one trade's amounts between taker and maker.
    fun settle(
        self: &mut Market, at: address, taker: address, is_bid: bool, maker_id: u64, price: u64, lots: u64
    ) {
        let base_amount = lots * self.lot_size;
        let quote_amount = lots * price;
        let fee = fee_of(quote_amount, self.taker_fee_bps);
        let maker = self.orders.borrow(maker_id).trader;
        if (is_bid) {
            self.take_quote(taker, quote_amount + fee);
            self.account_mut(taker).base_free += base_amount;
            // The maker's base was locked when the order came to rest.
            self.account_mut(maker).quote_free += quote_amount;
        } else {
            self.take_base(taker, base_amount);
            self.account_mut(taker).quote_free += quote_amount - fee;
            self.account_mut(maker).base_free += base_amount;
        };
        self.quote_fees += fee;
        self.last_price = option::some(price);
        self.traded_lots += (lots as u128);
        self.orders.borrow_mut(maker_id).filled_lots += lots;
        let gone = if (is_bid) self.asks.fill_front(lots) else self.bids.fill_front(lots);
        if (gone) {
            self.orders.remove(maker_id);
            self.account_mut(maker).open_orders.remove_value(&maker_id);
        };
        event::emit(
            OrderFilled {
                market: at,
                maker_order_id: maker_id,
                maker,
                taker,
                taker_is_bid: is_bid,
                price,
                lots,
                taker_fee: fee
            }
        );
    }

    /// Locks what the order may have to pay, and puts it into the book.
    fun rest(self: &mut Market, at: address, trader: address, is_bid: bool, price: u64, lots: u64): u64 {
        if (is_bid) {
            self.take_quote(trader, lots * price);
        } else {
            let base_amount = lots * self.lot_size;
            self.take_base(trader, base_amount);
        };
        let order_id = self.next_order_id;
        self.next_order_id = order_id + 1;
        let account = self.account_mut(trader);
        assert!(account.open_orders.length() < MAX_OPEN_ORDERS, error::resource_exhausted(ETOO_MANY_ORDERS));
        account.open_orders.push_back(order_id);
        self.orders.add(
            order_id,
            Order {
                trader,
                is_bid,
                price,
                placed_lots: lots,
                filled_lots: 0,
                placed_secs: timestamp::now_seconds()
            }
        );
        if (is_bid) self.bids.add(order_id, price, lots) else self.asks.add(order_id, price, lots);
        event::emit(OrderPlaced { market: at, order_id, trader, is_bid, price, lots });
        order_id
    }

    /// Takes an order out of the book and gives back what it locks.
    fun unrest(self: &mut Market, at: address, order_id: u64) {
        let Order { trader, is_bid, price, placed_lots: _, filled_lots: _, placed_secs: _ } =
            self.orders.remove(order_id);
        let lots_left = if (is_bid) self.bids.remove(order_id, price) else self.asks.remove(order_id, price);
        let lot_size = self.lot_size;
        let account = self.account_mut(trader);
        account.open_orders.remove_value(&order_id);
        if (is_bid) account.quote_free += lots_left * price
        else account.base_free += lots_left * lot_size;
        event::emit(OrderCancelled { market: at, order_id, lots_left });
    }

    fun account_mut(self: &mut Market, trader: address): &mut Account {
        self.accounts.borrow_mut_with_default(
            trader, Account { base_free: 0, quote_free: 0, open_orders: vector[] }
        )
    }

    fun take_base(self: &mut Market, trader: address, amount: u64) {
        let account = self.account_mut(trader);
        assert!(account.base_free >= amount, error::resource_exhausted(EINSUFFICIENT));
        account.base_free -= amount;
    }

    fun take_quote(self: &mut Market, trader: address, amount: u64) {
        let account = self.account_mut(trader);
        assert!(account.quote_free >= amount, error::resource_exhausted(EINSUFFICIENT));
        account.quote_free -= amount;
    }

    fun announce(self: &Market, at: address, trader: address) {
        let account = self.accounts.borrow(trader);
        event::emit(
            BalanceChanged {
                market: at,
                trader,
                base_free: account.base_free,
                quote_free: account.quote_free
            }
        );
    }

    fun existing(market: Object<Market>): address {
        let at = object::object_address(&market);
        assert!(exists<Market>(at), error::not_found(EMARKET_NOT_FOUND));
        at
    }

    fun assert_owner(owner: &signer, market: Object<Market>) {
        assert!(object::owns(market, signer::address_of(owner)), error::permission_denied(ENOT_OWNER));
    }

    #[test_only]
    /// Aborts unless the vaults hold what the accounts, the orders and the fees say.
    public fun check(market: Object<Market>, traders: vector<address>) {
        let m = &Market[existing(market)];
        m.bids.check();
        m.asks.check();
        let (base, quote) = (0, m.quote_fees);
        let open = 0;
        traders.for_each(|trader| {
            if (m.accounts.contains(trader)) {
                let account = m.accounts.borrow(trader);
                base += account.base_free;
                quote += account.quote_free;
                account.open_orders.for_each_ref(|order_id| {
                    let order = m.orders.borrow(*order_id);
                    let left = order.placed_lots - order.filled_lots;
                    if (order.is_bid) quote += left * order.price else base += left * m.lot_size;
                    open += 1;
                });
            }
        });
        assert!(base == fungible_asset::balance(m.base_vault), 1011);
        assert!(quote == fungible_asset::balance(m.quote_vault), 1012);
        assert!(open == m.bids.orders() + m.asks.orders(), 1013);
        let (bid, ask) = (m.bids.best_price(), m.asks.best_price());
        assert!(bid.is_none() || ask.is_none() || *bid.borrow() < *ask.borrow(), 1014);
    }
}
