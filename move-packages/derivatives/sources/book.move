/// One market's order book with its positions: price-time priority, every order type, self-trade prevention, bounded steps.
///
/// A fill executes at the maker's price and changes both positions by the same notional; what goes to cash is reported to the
/// caller, who owns the accounts. Margin is reserved when an order rests and released where it shrinks: by fills, cancels, expiry,
/// self-trade removal, reduce-only trimming, amendment. Nothing here aborts for a reason that a user causes: outcomes carry an
/// error code, so that a fired trigger can be dropped; entry functions abort with it.
///
/// Units: prices and sizes with 9 decimals, money in quote. Invariants: best bid < best ask; every order has a positive size, a lot
/// multiple; the sums of an account's open orders are those of its position; the sizes of all positions sum up to zero.
module derivatives::book {
    use aptos_std::table::{Self, Table};
    use derivatives::funding;
    use derivatives::margin;
    use derivatives::ordered::{Self, Tree};
    use derivatives::position;
    use derivatives::units;
    use tenor_math::int128::{Self, I128};

    /// The order belongs to someone else.
    const E_NOT_OWNER: u64 = 0x0201;
    /// The account has as many open orders in this market as it may have.
    const E_LIMIT_ORDERS: u64 = 0x0205;
    /// The market does not take this now.
    const E_MARKET_STATUS: u64 = 0x0301;
    /// The size is zero or no multiple of the lot.
    const E_LOT: u64 = 0x0302;
    /// The size is below the market's least.
    const E_MIN_SIZE: u64 = 0x0303;
    /// The price is zero or no multiple of the tick.
    const E_TICK: u64 = 0x0304;
    /// The order expires in the past.
    const E_EXPIRED: u64 = 0x0305;
    /// The price is too far from the mark.
    const E_PRICE_BAND: u64 = 0x0306;
    /// There is no opposite position to reduce.
    const E_REDUCE_ONLY: u64 = 0x0307;
    /// A post-only order would trade at once.
    const E_POST_ONLY_CROSS: u64 = 0x0308;
    /// The whole size cannot be filled.
    const E_FOK: u64 = 0x0309;
    /// There is no such order.
    const E_NOT_FOUND: u64 = 0x030a;
    /// The account has an open order with this client id.
    const E_DUPLICATE_CLIENT_ID: u64 = 0x030b;
    /// The side of the book is full, and the order is not better than its worst.
    const E_BOOK_FULL: u64 = 0x030c;
    /// The open interest would exceed the market's cap, or the position the account's.
    const E_OI_CAP: u64 = 0x0402;

    const RATE: u128 = 1000000000;
    const NOTIONAL: u128 = 1000000000000;
    /// Prices are below 2^60.
    const PRICE_END: u64 = 1152921504606846976;
    const LOW_64: u128 = 18446744073709551615;
    /// Open orders of an account in a market.
    const ORDERS_MAX: u64 = 100;
    /// Orders of a side.
    const SIDE_MAX: u64 = 50000;

    // Order types.
    const GTC: u8 = 0;
    const IOC: u8 = 1;
    const FOK: u8 = 2;
    const POST_ONLY: u8 = 3;
    const POST_ONLY_SLIDE: u8 = 4;
    // What happens when an account meets its own order; the taker says.
    const CANCEL_MAKER: u8 = 0;
    const CANCEL_TAKER: u8 = 1;
    const CANCEL_BOTH: u8 = 2;
    const DECREMENT: u8 = 3;
    // Status of a market.
    const OPEN: u8 = 1;
    const CAUTION: u8 = 2;
    const STATUS_POST_ONLY: u8 = 3;
    const REDUCE_ONLY: u8 = 4;
    const HALTED: u8 = 6;
    // What became of an order.
    const RESULT_OPEN: u8 = 0;
    const RESULT_FILLED: u8 = 1;
    const RESULT_CANCELLED: u8 = 2;
    const RESULT_DECREMENTED: u8 = 3;
    // Why the rest was cancelled.
    const REASON_STP: u8 = 1;
    const REASON_STEP_LIMIT: u8 = 2;
    const REASON_IOC: u8 = 3;
    // Why a resting order was removed or reduced.
    const REMOVED_EXPIRED: u8 = 1;
    const REMOVED_STP: u8 = 2;
    const REMOVED_DECREMENT: u8 = 3;
    const REMOVED_REDUCE_ONLY: u8 = 4;

    /// What a market is set up with. Options take their fee from the index notional and exchange the premium in cash.
    struct Config has copy, drop, store {
        tick: u64,
        lot: u64,
        min_size: u64,
        max_steps: u64,
        maker_fee: I128,
        taker_fee: I128,
        band: u64,
        is_option: bool,
        oi_cap: u128,
        account_cap: u128,
    }

    /// A book with its positions.
    struct Book has store {
        config: Config,
        status: u8,
        bids: Tree,
        asks: Tree,
        orders: Table<u64, Order>,
        positions: Table<address, Position>,
        triggers: vector<Trigger>,
        seq: u64,
        trigger_seq: u64,
        fees: I128,
        funding_index: I128,
        funding_pool: I128,
        open_interest: u128,
        last_price: u64,
    }

    /// A resting order. `reserve` is the margin set aside for what is open of it.
    struct Order has copy, drop, store {
        owner: address, is_buy: bool, price: u64, size: u64, reduce_only: bool, expiry: u64, client_id: u64, reserve: u128
    }

    /// An account's position in the market, and what its open orders there come to.
    struct Position has copy, drop, store {
        size: I128,
        quote_entry: I128,
        last_funding: I128,
        open_buys: u64,
        open_sells: u64,
        reserve: u128,
        orders: vector<OpenOrder>,
    }

    /// An open order of an account, in ascending order of id.
    struct OpenOrder has copy, drop, store { id: u64, client_id: u64 }

    /// What a user asks for.
    struct Request has copy, drop, store {
        owner: address,
        is_buy: bool,
        kind: u8,
        price: u64,
        size: u64,
        reduce_only: bool,
        stp: u8,
        expiry: u64,
        client_id: u64,
    }

    /// An order that waits for the mark.
    struct Trigger has copy, drop, store { id: u64, at_or_above: bool, price: u64, request: Request }

    /// A market's surroundings at a moment. `unit_reserve` is the margin of a short option per unit.
    struct Context has copy, drop { now: u64, mark: u64, index: u64, unit_reserve: u128 }

    /// One fill. Cash deltas include funding and fees.
    struct Fill has copy, drop, store {
        maker_id: u64, maker: address, price: u64, size: u64, notional: u128, taker_fee: I128, maker_fee: I128, maker_cash: I128
    }

    /// A resting order that was removed or reduced.
    struct Removal has copy, drop, store { reason: u8, id: u64, owner: address, size: u64 }

    /// What became of a request. `error` 0: it was accepted.
    struct Outcome has copy, drop, store {
        error: u64,
        result: u8,
        id: u64,
        filled: u64,
        resting: u64,
        price: u64,
        steps: u64,
        reason: u8,
        cancelled: u64,
        fills: vector<Fill>,
        removals: vector<Removal>,
        taker_cash: I128,
    }

    /// A configuration.
    public fun config(
        tick: u64, lot: u64, min_size: u64, max_steps: u64, maker_fee: I128, taker_fee: I128, band: u64, is_option: bool,
        oi_cap: u128, account_cap: u128
    ): Config {
        Config { tick, lot, min_size, max_steps, maker_fee, taker_fee, band, is_option, oi_cap, account_cap }
    }

    /// A market's surroundings at a moment.
    public fun context(now: u64, mark: u64, index: u64, unit_reserve: u128): Context {
        Context { now, mark, index, unit_reserve }
    }

    /// What a user asks for.
    public fun request(
        owner: address, is_buy: bool, kind: u8, price: u64, size: u64, reduce_only: bool, stp: u8, expiry: u64, client_id: u64
    ): Request {
        Request { owner, is_buy, kind, price, size, reduce_only, stp, expiry, client_id }
    }

    /// An empty book.
    package fun new(config: Config): Book {
        Book {
            config,
            status: OPEN,
            bids: ordered::new(),
            asks: ordered::new(),
            orders: table::new(),
            positions: table::new(),
            triggers: vector[],
            seq: 0,
            trigger_seq: 0,
            fees: int128::zero(),
            funding_index: int128::zero(),
            funding_pool: int128::zero(),
            open_interest: 0,
            last_price: 0,
        }
    }

    // ---- placing

    /// Matches and rests an order.
    package fun place(self: &mut Book, r: Request, c: &Context): Outcome {
        let out = Outcome {
            error: 0, result: RESULT_OPEN, id: 0, filled: 0, resting: 0, price: r.price, steps: 0, reason: 0, cancelled: 0,
            fills: vector[], removals: vector[], taker_cash: int128::zero()
        };
        out.error = self.check(&mut r, c);
        if (out.error != 0) return out;
        if (r.kind == FOK && !self.fills_whole(&r, c)) {
            out.error = E_FOK;
            return out
        };
        if (r.kind == POST_ONLY || r.kind == POST_ONLY_SLIDE) self.clear_expired(&r, c, &mut out);
        out.price = r.price;
        self.seq += 1;
        out.id = self.seq;
        let left = self.match_order(&r, c, &mut out);
        self.finish(&r, c, left, &mut out);
        out
    }

    /// Refuses what breaks a rule, in the order of the rules; turns market orders, reduce-only sizes and sliding prices into plain
    /// ones.
    fun check(self: &Book, r: &mut Request, c: &Context): u64 {
        let config = &self.config;
        let status = self.status;
        let post_only = r.kind == POST_ONLY || r.kind == POST_ONLY_SLIDE;
        let taken = status == OPEN || (status == STATUS_POST_ONLY && post_only)
            || ((status == REDUCE_ONLY || status == CAUTION) && r.reduce_only);
        if (!taken) return E_MARKET_STATUS;
        if (r.size == 0 || r.size % config.lot != 0) return E_LOT;
        if (r.size < config.min_size) return E_MIN_SIZE;
        let (low, high) = self.band(c.mark);
        if (r.price == 0) {
            if (r.kind != IOC && r.kind != FOK) return E_TICK;
            r.price = if (r.is_buy) high else low;
        };
        if (r.price % config.tick != 0 || r.price >= PRICE_END) return E_TICK;
        if (r.expiry != 0 && r.expiry <= c.now) return E_EXPIRED;
        if (if (r.is_buy) r.price > high else r.price < low) return E_PRICE_BAND;
        if (r.reduce_only) {
            let room = room(self.size_of(r.owner), r.is_buy);
            if (room == 0) return E_REDUCE_ONLY;
            if (room < (r.size as u128)) r.size = (room as u64);
        };
        if (post_only) {
            let (there, touch) = self.live_touch(!r.is_buy, c);
            if (there && crosses(r.is_buy, r.price, touch)) {
                if (r.kind == POST_ONLY) return E_POST_ONLY_CROSS;
                if (!r.is_buy) r.price = touch + config.tick
                else if (touch <= config.tick) return E_TICK
                else r.price = touch - config.tick;
            };
        };
        if (self.positions.contains(r.owner)) {
            let p = self.positions.borrow(r.owner);
            if (r.kind != IOC && r.kind != FOK && p.orders.length() >= ORDERS_MAX) return E_LIMIT_ORDERS;
            if (r.client_id != 0) {
                let i = 0;
                while (i < p.orders.length()) {
                    if (p.orders[i].client_id == r.client_id) return E_DUPLICATE_CLIENT_ID;
                    i += 1;
                };
            };
        };
        if (r.kind != IOC && r.kind != FOK && self.side(r.is_buy).length() >= SIDE_MAX) return E_BOOK_FULL;
        0
    }

    /// The first price of a side that is not expired, looking at most `max_steps` orders deep; after that many, the last one seen.
    fun live_touch(self: &Book, is_buy: bool, c: &Context): (bool, u64) {
        let side = self.side(is_buy);
        let cursor = side.start();
        let (seen, last) = (0, 0);
        loop {
            let (there, key) = side.peek(&cursor);
            if (!there) return (seen == self.config.max_steps && seen != 0, last);
            last = price_of(is_buy, key);
            if (seen == self.config.max_steps) return (true, last);
            let expiry = self.orders.borrow(id_of(key)).expiry;
            if (expiry == 0 || expiry > c.now) return (true, last);
            seen += 1;
            side.advance(&mut cursor);
        }
    }

    /// Removes expired orders that stand in the way of a post-only order.
    fun clear_expired(self: &mut Book, r: &Request, c: &Context, out: &mut Outcome) {
        while (out.steps < self.config.max_steps) {
            let (there, key) = self.side(!r.is_buy).first();
            if (!there || !crosses(r.is_buy, r.price, price_of(!r.is_buy, key))) return;
            let id = id_of(key);
            let expiry = self.orders.borrow(id).expiry;
            if (expiry == 0 || expiry > c.now) return;
            self.drop_order(id, REMOVED_EXPIRED, out);
            out.steps += 1;
        }
    }

    /// The matching loop; returns what is left of the size.
    fun match_order(self: &mut Book, r: &Request, c: &Context, out: &mut Outcome): u64 {
        let left = r.size;
        while (left > 0 && out.steps < self.config.max_steps) {
            let (there, key) = self.side(!r.is_buy).first();
            if (!there || !crosses(r.is_buy, r.price, price_of(!r.is_buy, key))) break;
            let id = id_of(key);
            let maker = *self.orders.borrow(id);
            out.steps += 1;
            if (maker.expiry != 0 && maker.expiry <= c.now) {
                self.drop_order(id, REMOVED_EXPIRED, out);
                continue
            };
            if (maker.owner == r.owner) {
                if (r.stp == CANCEL_TAKER) {
                    out.reason = REASON_STP;
                    break
                };
                if (r.stp == DECREMENT) {
                    let size = min(left, maker.size);
                    left -= size;
                    self.reduce_order(id, size);
                    out.removals.push_back(Removal { reason: REMOVED_DECREMENT, id, owner: maker.owner, size });
                    continue
                };
                self.drop_order(id, REMOVED_STP, out);
                if (r.stp == CANCEL_BOTH) {
                    out.reason = REASON_STP;
                    break
                };
                continue
            };
            let available = maker.size;
            if (maker.reduce_only) {
                let room = room(self.size_of(maker.owner), maker.is_buy);
                if (room == 0) {
                    self.drop_order(id, REMOVED_REDUCE_ONLY, out);
                    continue
                };
                if (room < (available as u128)) available = (room as u64);
            };
            let size = min(left, available);
            self.fill(r, c, id, &maker, size, out);
            left -= size;
            if (size < maker.size && maker.reduce_only && self.size_of(maker.owner).is_zero()) {
                self.drop_order(id, REMOVED_REDUCE_ONLY, out);
            };
        };
        left
    }

    /// Executes `size` of the maker's order.
    fun fill(self: &mut Book, r: &Request, c: &Context, id: u64, maker: &Order, size: u64, out: &mut Outcome) {
        let notional = units::notional((size as u128), maker.price);
        let taker_fee = self.fee(true, notional, size, c);
        let maker_fee = self.fee(false, notional, size, c);
        self.reduce_order(id, size);
        let maker_cash = self.apply(maker.owner, maker.is_buy, size, notional).sub(maker_fee);
        let taker_cash = self.apply(r.owner, r.is_buy, size, notional).sub(taker_fee);
        self.fees = self.fees.add(taker_fee).add(maker_fee);
        self.last_price = maker.price;
        out.filled += size;
        out.taker_cash = out.taker_cash.add(taker_cash);
        out.fills.push_back(
            Fill { maker_id: id, maker: maker.owner, price: maker.price, size, notional, taker_fee, maker_fee, maker_cash }
        );
    }

    fun fee(self: &Book, taker: bool, notional: u128, size: u64, c: &Context): I128 {
        let rate = if (taker) self.config.taker_fee else self.config.maker_fee;
        if (!self.config.is_option) units::fee(notional, rate)
        else int128::from(units::option_fee(c.index, notional, (size as u128), rate.positive_part(), 125000000))
    }

    /// Rests what is left, or says why it does not.
    fun finish(self: &mut Book, r: &Request, c: &Context, left: u64, out: &mut Outcome) {
        if (left != 0 && out.reason == 0) {
            let (there, key) = self.side(!r.is_buy).first();
            if (there && crosses(r.is_buy, r.price, price_of(!r.is_buy, key))) out.reason = REASON_STEP_LIMIT
            else if (r.kind == IOC || r.kind == FOK) out.reason = REASON_IOC
            else {
                self.rest(out.id, r, left, c);
                out.resting = left;
            };
        };
        if (out.reason != 0) out.cancelled = left;
        out.result = if (out.resting != 0) RESULT_OPEN
        else if (left != 0) RESULT_CANCELLED
        else if (out.filled != r.size) RESULT_DECREMENTED
        else RESULT_FILLED;
    }

    /// Puts an order into the book.
    fun rest(self: &mut Book, id: u64, r: &Request, size: u64, c: &Context) {
        let reserve = self.reserve_for(r.is_buy, r.price, size, c);
        let key = key_of(r.is_buy, r.price, id);
        if (r.is_buy) self.bids.insert(key) else self.asks.insert(key);
        self.orders.add(id, Order {
            owner: r.owner, is_buy: r.is_buy, price: r.price, size, reduce_only: r.reduce_only, expiry: r.expiry,
            client_id: r.client_id, reserve
        });
        let p = self.position_mut(r.owner);
        if (r.is_buy) p.open_buys += size else p.open_sells += size;
        p.reserve += reserve;
        p.orders.push_back(OpenOrder { id, client_id: r.client_id });
    }

    /// The margin of an open order beyond the exposure it adds.
    fun reserve_for(self: &Book, is_buy: bool, price: u64, size: u64, c: &Context): u128 {
        if (!self.config.is_option) return margin::adverse_of(is_buy, price, (size as u128), c.mark);
        if (is_buy) {
            let premium = units::notional((size as u128), price);
            premium + self.fee(false, premium, size, c).positive_part()
        } else units::mul_div_up(c.unit_reserve, (size as u128), NOTIONAL)
    }

    /// Whether a fill-or-kill order would fill: the matching loop without its effects.
    fun fills_whole(self: &Book, r: &Request, c: &Context): bool {
        let side = self.side(!r.is_buy);
        let cursor = side.start();
        let (left, steps) = (r.size, 0);
        // What reduce-only makers' positions would have changed by so far.
        let (owners, sizes) = (vector<address>[], vector<u64>[]);
        while (left > 0 && steps < self.config.max_steps) {
            let (there, key) = side.peek(&cursor);
            if (!there || !crosses(r.is_buy, r.price, price_of(!r.is_buy, key))) return false;
            steps += 1;
            let maker = self.orders.borrow(id_of(key));
            side.advance(&mut cursor);
            if (maker.expiry != 0 && maker.expiry <= c.now) continue;
            if (maker.owner == r.owner) {
                if (r.stp != CANCEL_MAKER) return false;
                continue
            };
            let (known, at) = owners.index_of(&maker.owner);
            let before = if (known) sizes[at] else 0;
            let available = maker.size;
            if (maker.reduce_only) {
                let moved = int128::new(!maker.is_buy, (before as u128));
                let room = room(self.size_of(maker.owner).add(moved), maker.is_buy);
                if (room < (available as u128)) available = (room as u64);
            };
            let size = min(left, available);
            left -= size;
            if (known) sizes[at] = before + size
            else {
                owners.push_back(maker.owner);
                sizes.push_back(size);
            };
        };
        left == 0
    }

    // ---- changing and removing

    /// Cancels an order; the code of an error, and what was open of it.
    package fun cancel(self: &mut Book, owner: address, id: u64): (u64, u64) {
        if (self.status == HALTED) return (E_MARKET_STATUS, 0);
        if (!self.orders.contains(id)) return (E_NOT_FOUND, 0);
        let order = *self.orders.borrow(id);
        if (order.owner != owner) return (E_NOT_OWNER, 0);
        self.remove_order(id);
        (0, order.size)
    }

    /// Cancels up to `max` orders of an account in ascending order of id.
    package fun cancel_all(self: &mut Book, owner: address, max: u64): (u64, vector<u64>) {
        if (self.status == HALTED) return (E_MARKET_STATUS, vector[]);
        (0, self.remove_orders(owner, max))
    }

    /// Removes up to `max` orders of an account, whatever the market's status.
    package fun remove_orders(self: &mut Book, owner: address, max: u64): vector<u64> {
        let ids = vector[];
        if (!self.positions.contains(owner)) return ids;
        let orders = self.positions.borrow(owner).orders;
        let i = 0;
        while (i < orders.length() && i < max) {
            ids.push_back(orders[i].id);
            self.remove_order(orders[i].id);
            i += 1;
        };
        ids
    }

    /// Changes an order's size: smaller keeps its priority, larger goes to the end with a new id. Error, id, priority kept.
    package fun amend(self: &mut Book, owner: address, id: u64, size: u64, c: &Context): (u64, u64, bool) {
        if (self.status != OPEN) return (E_MARKET_STATUS, 0, false);
        if (!self.orders.contains(id)) return (E_NOT_FOUND, 0, false);
        let order = *self.orders.borrow(id);
        if (order.owner != owner) return (E_NOT_OWNER, 0, false);
        if (size == 0 || size % self.config.lot != 0) return (E_LOT, 0, false);
        if (size < self.config.min_size) return (E_MIN_SIZE, 0, false);
        if (size <= order.size) {
            if (size < order.size) self.reduce_order(id, order.size - size);
            return (0, id, true)
        };
        if (order.reduce_only) return (E_REDUCE_ONLY, 0, false);
        self.remove_order(id);
        self.seq += 1;
        let r = request(owner, order.is_buy, GTC, order.price, size, false, CANCEL_MAKER, order.expiry, order.client_id);
        let id = self.seq;
        self.rest(id, &r, size, c);
        (0, id, false)
    }

    /// Takes `size` off an order, and the order away when nothing is left of it.
    fun reduce_order(self: &mut Book, id: u64, size: u64) {
        let order = self.orders.borrow_mut(id);
        if (size >= order.size) {
            self.remove_order(id);
            return
        };
        let reserve = units::mul_div_up(order.reserve, ((order.size - size) as u128), (order.size as u128));
        let freed = order.reserve - reserve;
        order.reserve = reserve;
        order.size -= size;
        let (owner, is_buy) = (order.owner, order.is_buy);
        let p = self.positions.borrow_mut(owner);
        if (is_buy) p.open_buys -= size else p.open_sells -= size;
        p.reserve -= freed;
    }

    fun remove_order(self: &mut Book, id: u64) {
        let order = self.orders.remove(id);
        let key = key_of(order.is_buy, order.price, id);
        if (order.is_buy) self.bids.remove(key) else self.asks.remove(key);
        let p = self.positions.borrow_mut(order.owner);
        if (order.is_buy) p.open_buys -= order.size else p.open_sells -= order.size;
        p.reserve -= order.reserve;
        let i = 0;
        while (p.orders[i].id != id) i += 1;
        p.orders.remove(i);
        self.tidy(order.owner);
    }

    fun drop_order(self: &mut Book, id: u64, reason: u8, out: &mut Outcome) {
        let order = *self.orders.borrow(id);
        self.remove_order(id);
        out.removals.push_back(Removal { reason, id, owner: order.owner, size: order.size });
    }

    /// Deletes a position of size zero without orders.
    fun tidy(self: &mut Book, owner: address) {
        let p = self.positions.borrow(owner);
        if (p.size.is_zero() && p.quote_entry.is_zero() && p.orders.is_empty()) { self.positions.remove(owner); };
    }

    // ---- positions

    /// Adds a fill to a position: funding, then what closing realises (all of the premium for options). Returns the cash delta.
    package fun apply(self: &mut Book, owner: address, is_buy: bool, size: u64, notional: u128): I128 {
        let cash = self.settle_funding(owner);
        let dquote = int128::new(is_buy, notional);
        let is_option = self.config.is_option;
        let p = self.position_mut(owner);
        let before = p.size.positive_part();
        let dsize = int128::new(!is_buy, (size as u128));
        if (is_option) {
            p.size = p.size.add(dsize);
            cash = cash.add(dquote);
        } else {
            let (new_size, new_entry, realised) = position::apply_fill(p.size, p.quote_entry, dsize, dquote);
            p.size = new_size;
            p.quote_entry = new_entry;
            cash = cash.add(realised);
        };
        let after = p.size.positive_part();
        self.open_interest = self.open_interest + after - before;
        self.tidy(owner);
        cash
    }

    /// Settles a position's funding into cash; the pool takes the opposite.
    package fun settle_funding(self: &mut Book, owner: address): I128 {
        if (!self.positions.contains(owner)) return int128::zero();
        let index = self.funding_index;
        let p = self.positions.borrow_mut(owner);
        if (p.last_funding == index) return int128::zero();
        let cash = funding::payment(p.size, index.sub(p.last_funding));
        p.last_funding = index;
        self.funding_pool = self.funding_pool.sub(cash);
        cash
    }

    /// Takes a position out of the market; returns its size and entry.
    package fun close_out(self: &mut Book, owner: address): (I128, I128) {
        if (!self.positions.contains(owner)) return (int128::zero(), int128::zero());
        let p = self.positions.borrow_mut(owner);
        let (size, entry) = (p.size, p.quote_entry);
        p.size = int128::zero();
        p.quote_entry = int128::zero();
        self.open_interest -= size.positive_part();
        self.tidy(owner);
        (size, entry)
    }

    /// Adds a size with its quote, both exactly: takeovers and deleveraging. Returns what goes to cash.
    package fun transfer(self: &mut Book, owner: address, dsize: I128, dquote: I128): I128 {
        let cash = self.settle_funding(owner);
        let p = self.position_mut(owner);
        let before = p.size.positive_part();
        let (size, entry, realised) = position::apply_fill(p.size, p.quote_entry, dsize, dquote);
        p.size = size;
        p.quote_entry = entry;
        let after = size.positive_part();
        self.open_interest = self.open_interest + after - before;
        self.tidy(owner);
        cash.add(realised)
    }

    fun position_mut(self: &mut Book, owner: address): &mut Position {
        if (!self.positions.contains(owner)) {
            self.positions.add(owner, Position {
                size: int128::zero(), quote_entry: int128::zero(), last_funding: self.funding_index, open_buys: 0,
                open_sells: 0, reserve: 0, orders: vector[]
            });
        };
        self.positions.borrow_mut(owner)
    }

    // ---- triggers

    /// Stores an order that waits for the mark; returns its id.
    package fun place_trigger(self: &mut Book, at_or_above: bool, price: u64, r: Request): u64 {
        self.trigger_seq += 1;
        let id = self.trigger_seq;
        self.triggers.push_back(Trigger { id, at_or_above, price, request: r });
        id
    }

    /// Cancels a waiting order; the code of an error.
    package fun cancel_trigger(self: &mut Book, owner: address, id: u64): u64 {
        let i = 0;
        while (i < self.triggers.length()) {
            if (self.triggers[i].id == id) {
                if (self.triggers[i].request.owner != owner) return E_NOT_OWNER;
                self.triggers.remove(i);
                return 0
            };
            i += 1;
        };
        E_NOT_FOUND
    }

    /// Takes the next waiting order that the mark has reached: those at or above the trigger, lowest first, then those at or
    /// below, highest first, ties by id.
    package fun next_fired(self: &mut Book, mark: u64): (bool, u64, Request) {
        let (found, best) = (false, 0);
        let i = 0;
        while (i < self.triggers.length()) {
            let t = &self.triggers[i];
            if (if (t.at_or_above) mark >= t.price else mark <= t.price) {
                if (!found || fires_before(t, &self.triggers[best])) {
                    found = true;
                    best = i;
                };
            };
            i += 1;
        };
        if (!found) return (false, 0, request(@0x0, true, GTC, 0, 0, false, 0, 0, 0));
        let t = self.triggers.remove(best);
        (true, t.id, t.request)
    }

    fun fires_before(a: &Trigger, b: &Trigger): bool {
        if (a.at_or_above != b.at_or_above) return a.at_or_above;
        if (a.price != b.price) return (a.price < b.price) == a.at_or_above;
        a.id < b.id
    }

    /// How many orders wait.
    public fun trigger_count(self: &Book): u64 { self.triggers.length() }

    // ---- reading

    /// The size of an account's position.
    public fun size_of(self: &Book, owner: address): I128 {
        if (self.positions.contains(owner)) self.positions.borrow(owner).size else int128::zero()
    }

    /// Size, entry, open buys, open sells and reserve of an account; funding as if settled goes into the last number.
    public fun position_of(self: &Book, owner: address): (I128, I128, u64, u64, u128, I128) {
        if (!self.positions.contains(owner)) return (int128::zero(), int128::zero(), 0, 0, 0, int128::zero());
        let p = self.positions.borrow(owner);
        let pending = funding::payment(p.size, self.funding_index.sub(p.last_funding));
        (p.size, p.quote_entry, p.open_buys, p.open_sells, p.reserve, pending)
    }

    /// Whether the account has a position or an order here.
    public fun is_active(self: &Book, owner: address): bool { self.positions.contains(owner) }

    /// Ids of an account's open orders.
    public fun orders_of(self: &Book, owner: address): vector<u64> {
        let ids = vector[];
        if (self.positions.contains(owner)) self.positions.borrow(owner).orders.for_each_ref(|o| ids.push_back(o.id));
        ids
    }

    /// Best bid and best ask, 0 if a side is empty.
    public fun touch(self: &Book): (u64, u64) {
        let (bid, bid_key) = self.bids.first();
        let (ask, ask_key) = self.asks.first();
        (if (bid) price_of(true, bid_key) else 0, if (ask) price_of(false, ask_key) else 0)
    }

    /// Prices and sizes of a side level by level, from at most `orders_max` orders.
    public fun depth(self: &Book, is_buy: bool, levels_max: u64, orders_max: u64): (vector<u64>, vector<u64>) {
        let (prices, sizes) = (vector<u64>[], vector<u64>[]);
        let side = self.side(is_buy);
        let cursor = side.start();
        while (orders_max > 0) {
            let (there, key) = side.peek(&cursor);
            if (!there) break;
            let price = price_of(is_buy, key);
            let size = self.orders.borrow(id_of(key)).size;
            let count = prices.length();
            if (count != 0 && prices[count - 1] == price) {
                let sum = &mut sizes[count - 1];
                *sum += size;
            } else {
                if (count == levels_max) break;
                prices.push_back(price);
                sizes.push_back(size);
            };
            side.advance(&mut cursor);
            orders_max -= 1;
        };
        (prices, sizes)
    }

    /// The average price of trading `impact` quote against a side, over at most 32 orders; 0 if depth is missing. Rounded down.
    public fun impact_price(self: &Book, is_buy: bool, impact: u128): u64 {
        let side = self.side(is_buy);
        let cursor = side.start();
        let (quote, base, visited) = (0u128, 0u128, 0);
        while (visited < 32) {
            let (there, key) = side.peek(&cursor);
            if (!there) return 0;
            let price = (price_of(is_buy, key) as u128);
            let size = (self.orders.borrow(id_of(key)).size as u128);
            let worth = price * size / NOTIONAL;
            if (quote + worth >= impact) {
                base += (impact - quote) * NOTIONAL / price;
                return if (base == 0) 0 else ((impact * NOTIONAL / base) as u64)
            };
            quote += worth;
            base += size;
            visited += 1;
            side.advance(&mut cursor);
        };
        0
    }

    /// Ids of a side in order of priority, at most `max`.
    public fun ids(self: &Book, is_buy: bool, max: u64): vector<u64> {
        let ids = vector[];
        let side = self.side(is_buy);
        let cursor = side.start();
        while (max > 0) {
            let (there, key) = side.peek(&cursor);
            if (!there) break;
            ids.push_back(id_of(key));
            side.advance(&mut cursor);
            max -= 1;
        };
        ids
    }

    /// Owner, side, price, size, reduce-only and expiry of a resting order.
    public fun order_of(self: &Book, id: u64): (address, bool, u64, u64, bool, u64) {
        let o = self.orders.borrow(id);
        (o.owner, o.is_buy, o.price, o.size, o.reduce_only, o.expiry)
    }

    /// Limits of prices around a mark: inward to ticks.
    public fun band(self: &Book, mark: u64): (u64, u64) {
        let step = RATE * (self.config.tick as u128);
        let low = units::ceil_div((mark as u128) * (RATE - (self.config.band as u128)), step) * (self.config.tick as u128);
        let high = (mark as u128) * (RATE + (self.config.band as u128)) / step * (self.config.tick as u128);
        ((low as u64), (high as u64))
    }

    /// The status.
    public fun status(self: &Book): u8 { self.status }

    /// Sets the status.
    package fun set_status(self: &mut Book, status: u8) { self.status = status; }

    /// Sum of long sizes.
    public fun open_interest(self: &Book): u128 { self.open_interest }

    /// Fees collected and not yet swept.
    public fun fees(self: &Book): I128 { self.fees }

    /// Takes the fees out.
    package fun take_fees(self: &mut Book): I128 {
        let fees = self.fees;
        self.fees = int128::zero();
        fees
    }

    /// Books a fee that did not come from a fill.
    package fun add_fee(self: &mut Book, fee: u128) { self.fees = self.fees.add(int128::from(fee)); }

    /// What funding has yet to pay or collect, signed.
    public fun funding_pool(self: &Book): I128 { self.funding_pool }

    /// Takes the funding pool out; only once nobody has a position.
    package fun take_funding_pool(self: &mut Book): I128 {
        let pool = self.funding_pool;
        self.funding_pool = int128::zero();
        pool
    }

    /// The cumulative funding index.
    public fun funding_index(self: &Book): I128 { self.funding_index }

    /// Lets funding accrue.
    package fun accrue(self: &mut Book, d_index: I128) { self.funding_index = self.funding_index.add(d_index); }

    /// The price of the last fill, 0 if there was none.
    public fun last_price(self: &Book): u64 { self.last_price }

    /// The least size and the tick.
    public fun lot(self: &Book): u64 { self.config.lot }

    /// The tick.
    public fun tick(self: &Book): u64 { self.config.tick }

    /// `E_OI_CAP` if open interest or the account's position exceed their caps, otherwise 0.
    public fun cap_error(self: &Book, owner: address): u64 {
        if (self.open_interest > self.config.oi_cap || self.size_of(owner).magnitude() > self.config.account_cap) E_OI_CAP
        else 0
    }

    // ---- what came of it

    /// Error code, 0 if there is none.
    public fun error(self: &Outcome): u64 { self.error }

    /// The order's id.
    public fun id(self: &Outcome): u64 { self.id }

    /// How much was filled.
    public fun filled(self: &Outcome): u64 { self.filled }

    /// How much rests.
    public fun resting(self: &Outcome): u64 { self.resting }

    /// The price after slide and conversion.
    public fun price(self: &Outcome): u64 { self.price }

    /// Open, filled, cancelled or decremented; and why the rest was cancelled.
    public fun result(self: &Outcome): (u8, u8, u64) { (self.result, self.reason, self.cancelled) }

    /// What the taker's cash changes by, fees and funding included.
    public fun taker_cash(self: &Outcome): I128 { self.taker_cash }

    /// The fills.
    public fun fills(self: &Outcome): &vector<Fill> { &self.fills }

    /// Orders removed on the way.
    public fun removals(self: &Outcome): &vector<Removal> { &self.removals }

    /// Maker's order, maker, price, size, notional.
    public fun fill_terms(self: &Fill): (u64, address, u64, u64, u128) {
        (self.maker_id, self.maker, self.price, self.size, self.notional)
    }

    /// Taker's fee, maker's fee, what the maker's cash changes by.
    public fun fill_cash(self: &Fill): (I128, I128, I128) { (self.taker_fee, self.maker_fee, self.maker_cash) }

    /// Why, which, whose, how much.
    public fun removal_terms(self: &Removal): (u8, u64, address, u64) { (self.reason, self.id, self.owner, self.size) }

    /// Who asks.
    public fun owner(self: &Request): address { self.owner }

    /// Whether it buys.
    public fun is_buyer(self: &Request): bool { self.is_buy }

    /// Whether the request only reduces.
    public fun is_reduce_only(self: &Request): bool { self.reduce_only }

    // ---- keys

    fun side(self: &Book, is_buy: bool): &Tree { if (is_buy) &self.bids else &self.asks }

    /// Price, then id; bids with their price complemented, so that the best is least on both sides.
    fun key_of(is_buy: bool, price: u64, id: u64): u128 {
        let p = (price as u128);
        ((if (is_buy) LOW_64 - p else p) << 64) | (id as u128)
    }

    fun id_of(key: u128): u64 { ((key & LOW_64) as u64) }

    fun price_of(is_buy: bool, key: u128): u64 {
        let p = key >> 64;
        ((if (is_buy) LOW_64 - p else p) as u64)
    }

    fun crosses(is_buy: bool, price: u64, other: u64): bool { if (is_buy) other <= price else other >= price }

    /// How much an order on a side may reduce a position by.
    fun room(size: I128, is_buy: bool): u128 { if (is_buy) size.negative_part() else size.positive_part() }

    fun min(a: u64, b: u64): u64 { if (a < b) a else b }
}
