/// One market's order book: price-time priority, every order type, self-trade prevention, bounded steps.
///
/// A fill executes at the maker's price and changes both positions by the same notional; what goes to cash is reported to the
/// caller, who owns the accounts. Margin is reserved when an order rests and released where it shrinks: by fills, cancels, expiry,
/// self-trade removal, reduce-only trimming, amendment, eviction. Nothing here aborts for a reason that a user causes: outcomes
/// carry an error code, so that a fired trigger can be dropped; entry functions abort with it.
///
/// Units: prices and sizes with 9 decimals, money in quote. Rounds: fees and reserves up. Invariants: best bid < best ask; every
/// order has a positive size, a lot multiple; the sums of an account's open orders are those of its position in the ledger.
module derivatives::book {
    use aptos_std::table::{Self, Table};
    use derivatives::accounts;
    use derivatives::ledger::{Self, Ledger};
    use derivatives::margin;
    use derivatives::ordered::{Self, Cursor, Tree};
    use derivatives::orders::{Self, Context, Outcome, Request};
    use derivatives::triggers::{Self, Triggers};
    use derivatives::units;
    use tenor_math::int128::{Self, I128};

    /// The order belongs to someone else.
    const E_NOT_OWNER: u64 = 0x0201;
    /// The account has as many open orders in this market as it may have.
    const E_LIMIT_ORDERS: u64 = 0x0205;
    /// The market does not take this now.
    const E_MARKET_STATUS: u64 = 0x0301;
    /// The size is zero, no multiple of the lot, or beyond what is taken.
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
    /// With its open orders the account's position might exceed the account's cap, or what numbers hold.
    const E_ACCOUNT_CAP: u64 = 0x0403;

    const RATE: u128 = 1000000000;
    /// Prices and sizes are below 2^60.
    const VALUE_END: u64 = 1152921504606846976;
    /// An account's notional is at most 2^62 in one market.
    const NOTIONAL_MAX: u128 = 4611686018427387904;
    const LOW_64: u128 = 18446744073709551615;
    /// Open orders of an account in a market.
    const ORDERS_MAX: u64 = 100;
    /// Orders of a side.
    const SIDE_MAX: u64 = 50000;
    /// What a resting order locks until it leaves the book: 0.01 quote.
    const ORDER_DEPOSIT: u128 = 10000;

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
    // Why the rest was cancelled.
    const REASON_STP: u8 = 1;
    const REASON_STEP_LIMIT: u8 = 2;
    const REASON_IOC: u8 = 3;
    // Why a resting order was removed or reduced.
    const REMOVED_EXPIRED: u8 = 1;
    const REMOVED_STP: u8 = 2;
    const REMOVED_DECREMENT: u8 = 3;
    const REMOVED_REDUCE_ONLY: u8 = 4;
    const REMOVED_IN_LIQUIDATION: u8 = 5;
    const REMOVED_EVICTED: u8 = 6;

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
        ledger: Ledger,
        triggers: Triggers,
        seq: u64,
        last_price: u64,
    }

    /// A resting order. `reserve` is the margin set aside for what is open of it.
    struct Order has copy, drop, store {
        owner: address, is_buy: bool, price: u64, size: u64, reduce_only: bool, expiry: u64, client_id: u64, reserve: u128
    }

    /// A configuration.
    public fun config(
        tick: u64, lot: u64, min_size: u64, max_steps: u64, maker_fee: I128, taker_fee: I128, band: u64, is_option: bool,
        oi_cap: u128, account_cap: u128
    ): Config {
        Config { tick, lot, min_size, max_steps, maker_fee, taker_fee, band, is_option, oi_cap, account_cap }
    }

    /// An empty book.
    package fun new(config: Config): Book {
        Book {
            config,
            status: OPEN,
            bids: ordered::new(),
            asks: ordered::new(),
            orders: table::new(),
            ledger: ledger::new(config.is_option),
            triggers: triggers::new(),
            seq: 0,
            last_price: 0,
        }
    }

    /// A market's surroundings, with the limits of prices around the mark that the configuration says.
    public fun context(self: &Book, now: u64, mark: u64, index: u64): Context {
        let (low, high) = self.band(mark);
        orders::context(now, mark, index, low, high)
    }

    // ---- placing

    /// Matches and rests an order.
    package fun place(self: &mut Book, r: Request, c: &Context): Outcome {
        let out = orders::outcome(r.limit());
        let error = self.check(&mut r, c);
        if (error == 0 && r.kind() == FOK && !self.fills_whole(&r, c)) error = E_FOK;
        if (error != 0) {
            out.refuse(error);
            return out
        };
        if (r.kind() == POST_ONLY || r.kind() == POST_ONLY_SLIDE) self.clear_dead(&r, c, &mut out);
        self.seq += 1;
        out.accept(self.seq, r.limit());
        let left = self.match_order(&r, c, &mut out);
        self.finish(&r, c, left, &mut out);
        out
    }

    /// Refuses what breaks a rule, in the order of the rules; turns market orders, reduce-only sizes and sliding prices into plain
    /// ones.
    fun check(self: &Book, r: &mut Request, c: &Context): u64 {
        let config = &self.config;
        let status = self.status;
        let post_only = r.kind() == POST_ONLY || r.kind() == POST_ONLY_SLIDE;
        let rests = r.kind() != IOC && r.kind() != FOK;
        let taken = status == OPEN || (status == STATUS_POST_ONLY && post_only)
            || ((status == REDUCE_ONLY || status == CAUTION) && r.is_reduce_only());
        if (!taken) return E_MARKET_STATUS;
        let size = r.size();
        if (size == 0 || size % config.lot != 0 || size >= VALUE_END) return E_LOT;
        if (size < config.min_size) return E_MIN_SIZE;
        let (low, high) = c.limits();
        if (r.limit() == 0) {
            if (rests) return E_TICK;
            r.set_limit(if (r.is_buyer()) high else low);
        };
        let price = r.limit();
        if (price % config.tick != 0 || price == 0 || price >= VALUE_END) return E_TICK;
        if (r.expiry() != 0 && r.expiry() <= c.now()) return E_EXPIRED;
        if (if (r.is_buyer()) price > high else price < low) return E_PRICE_BAND;
        let held = self.ledger.size_of(r.owner());
        if (r.is_reduce_only()) {
            let room = room(held, r.is_buyer());
            if (room == 0) return E_REDUCE_ONLY;
            if (room < (size as u128)) r.set_size((room as u64));
        };
        if (post_only) {
            let (there, touch) = self.live_touch(!r.is_buyer(), c);
            if (there && crosses(r.is_buyer(), price, touch)) {
                if (r.kind() == POST_ONLY) return E_POST_ONLY_CROSS;
                if (!r.is_buyer()) r.set_limit(touch + config.tick)
                else if (touch <= config.tick) return E_TICK
                else r.set_limit(touch - config.tick);
            };
        };
        if (rests && self.ledger.order_count(r.owner()) >= ORDERS_MAX) return E_LIMIT_ORDERS;
        if (self.ledger.client_order(r.owner(), r.client_id()) != 0) return E_DUPLICATE_CLIENT_ID;
        if (rests && self.side(r.is_buyer()).length() >= SIDE_MAX && !self.betters_worst(r)) return E_BOOK_FULL;
        if (!r.is_reduce_only()) self.exposure_error(r, c) else 0
    }

    /// `E_ACCOUNT_CAP` if the position with all orders of its side might exceed the account's cap or 2^62 quote.
    fun exposure_error(self: &Book, r: &Request, c: &Context): u64 {
        let (size, _, buys, sells, _, _) = self.ledger.position_of(r.owner());
        let open = (r.size() as u128) + ((if (r.is_buyer()) buys else sells) as u128);
        let exposure = size.add(int128::new(!r.is_buyer(), open)).magnitude();
        let price = if (c.mark() < r.limit()) r.limit() else c.mark();
        if (exposure > self.config.account_cap || units::notional_up(exposure, price) > NOTIONAL_MAX) E_ACCOUNT_CAP else 0
    }

    /// Whether the order is better priced than the last of its side.
    fun betters_worst(self: &Book, r: &Request): bool {
        let (there, key) = self.side(r.is_buyer()).last();
        let worst = price_of(r.is_buyer(), key);
        there && (if (r.is_buyer()) r.limit() > worst else r.limit() < worst)
    }

    /// Whether a resting order is good for nothing: expired, or of an account that is being liquidated.
    fun death(order: &Order, c: &Context): u8 {
        if (order.expiry != 0 && order.expiry <= c.now()) REMOVED_EXPIRED
        else if (accounts::is_flagged(order.owner)) REMOVED_IN_LIQUIDATION
        else 0
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
            if (death(self.orders.borrow(id_of(key)), c) == 0) return (true, last);
            seen += 1;
            side.advance(&mut cursor);
        }
    }

    /// Removes dead orders that stand in the way of a post-only order.
    fun clear_dead(self: &mut Book, r: &Request, c: &Context, out: &mut Outcome) {
        while (out.steps() < self.config.max_steps) {
            let (there, key) = self.side(!r.is_buyer()).first();
            if (!there || !crosses(r.is_buyer(), r.limit(), price_of(!r.is_buyer(), key))) return;
            let id = id_of(key);
            let reason = death(self.orders.borrow(id), c);
            if (reason == 0) return;
            self.drop_order(id, reason, out);
            out.step();
        }
    }

    /// The matching loop; returns what is left of the size.
    fun match_order(self: &mut Book, r: &Request, c: &Context, out: &mut Outcome): u64 {
        let left = r.size();
        while (left > 0 && out.steps() < self.config.max_steps) {
            let (there, key) = self.side(!r.is_buyer()).first();
            if (!there || !crosses(r.is_buyer(), r.limit(), price_of(!r.is_buyer(), key))) break;
            let id = id_of(key);
            let maker = *self.orders.borrow(id);
            out.step();
            let reason = death(&maker, c);
            if (reason != 0) {
                self.drop_order(id, reason, out);
                continue
            };
            if (maker.owner == r.owner()) {
                if (r.stp() == CANCEL_TAKER) {
                    out.stop(REASON_STP);
                    break
                };
                if (r.stp() == DECREMENT) {
                    let size = min(left, maker.size);
                    left -= size;
                    self.reduce_order(id, size);
                    out.removed(REMOVED_DECREMENT, id, maker.owner, size);
                    continue
                };
                self.drop_order(id, REMOVED_STP, out);
                if (r.stp() == CANCEL_BOTH) {
                    out.stop(REASON_STP);
                    break
                };
                continue
            };
            let available = maker.size;
            if (maker.reduce_only) {
                let room = room(self.ledger.size_of(maker.owner), maker.is_buy);
                if (room == 0) {
                    self.drop_order(id, REMOVED_REDUCE_ONLY, out);
                    continue
                };
                if (room < (available as u128)) available = (room as u64);
            };
            let size = min(left, available);
            self.fill(r, c, id, &maker, size, out);
            left -= size;
            if (size < maker.size && maker.reduce_only && self.ledger.size_of(maker.owner).is_zero()) {
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
        // The position first: it keeps the maker's record alive while its order goes.
        let maker_cash = self.ledger.apply(maker.owner, maker.is_buy, size, notional).sub(maker_fee);
        self.reduce_order(id, size);
        let taker_cash = self.ledger.apply(r.owner(), r.is_buyer(), size, notional).sub(taker_fee);
        self.ledger.add_fee(taker_fee.add(maker_fee));
        self.last_price = maker.price;
        out.traded(
            orders::fill(id, maker.owner, maker.price, size, notional, taker_fee, maker_fee, maker_cash), taker_cash
        );
    }

    /// The fee of a fill, negative for a rebate.
    public fun fee(self: &Book, taker: bool, notional: u128, size: u64, c: &Context): I128 {
        let rate = if (taker) self.config.taker_fee else self.config.maker_fee;
        if (!self.config.is_option) units::fee(notional, rate)
        else int128::from(units::option_fee(c.index(), notional, (size as u128), rate.positive_part(), 125000000))
    }

    /// Rests what is left, or says why it does not.
    fun finish(self: &mut Book, r: &Request, c: &Context, left: u64, out: &mut Outcome) {
        if (left != 0 && out.reason() == 0) {
            let (there, key) = self.side(!r.is_buyer()).first();
            if (there && crosses(r.is_buyer(), r.limit(), price_of(!r.is_buyer(), key))) out.stop(REASON_STEP_LIMIT)
            else if (r.kind() == IOC || r.kind() == FOK) out.stop(REASON_IOC)
            else {
                if (self.side(r.is_buyer()).length() >= SIDE_MAX) {
                    let (_, worst) = self.side(r.is_buyer()).last();
                    self.drop_order(id_of(worst), REMOVED_EVICTED, out);
                };
                self.rest(out.id(), r, left, c);
                out.rests(left);
            };
        };
        out.conclude(r.size(), left);
    }

    /// Puts an order into the book.
    fun rest(self: &mut Book, id: u64, r: &Request, size: u64, c: &Context) {
        let reserve = self.reserve_for(r.is_buyer(), r.limit(), size, c);
        let key = key_of(r.is_buyer(), r.limit(), id);
        if (r.is_buyer()) self.bids.insert(key) else self.asks.insert(key);
        self.orders.add(id, Order {
            owner: r.owner(), is_buy: r.is_buyer(), price: r.limit(), size, reduce_only: r.is_reduce_only(),
            expiry: r.expiry(), client_id: r.client_id(), reserve
        });
        self.ledger.add_order(r.owner(), id, r.client_id(), r.is_buyer(), size, reserve);
    }

    /// What an open order sets aside beyond the exposure it adds: the deposit, and the adverse distance or the premium with its
    /// fee. What a sold option needs is part of the exposure.
    public fun reserve_for(self: &Book, is_buy: bool, price: u64, size: u64, c: &Context): u128 {
        if (!self.config.is_option) return ORDER_DEPOSIT + margin::adverse_of(is_buy, price, (size as u128), c.mark());
        if (!is_buy) return ORDER_DEPOSIT;
        let premium = units::notional((size as u128), price);
        ORDER_DEPOSIT + premium + self.fee(true, premium, size, c).positive_part()
    }

    /// Whether a fill-or-kill order would fill: the matching loop without its effects.
    fun fills_whole(self: &Book, r: &Request, c: &Context): bool {
        let side = self.side(!r.is_buyer());
        let cursor = side.start();
        let (left, steps) = (r.size(), 0);
        // What reduce-only makers' positions would have changed by so far.
        let (owners, sizes) = (vector<address>[], vector<u64>[]);
        while (left > 0 && steps < self.config.max_steps) {
            let (there, key) = side.peek(&cursor);
            if (!there || !crosses(r.is_buyer(), r.limit(), price_of(!r.is_buyer(), key))) return false;
            steps += 1;
            let maker = self.orders.borrow(id_of(key));
            side.advance(&mut cursor);
            if (death(maker, c) != 0) continue;
            if (maker.owner == r.owner()) {
                if (r.stp() != CANCEL_MAKER) return false;
                continue
            };
            let (known, at) = owners.index_of(&maker.owner);
            let before = if (known) sizes[at] else 0;
            let available = maker.size;
            if (maker.reduce_only) {
                let moved = int128::new(!maker.is_buy, (before as u128));
                let room = room(self.ledger.size_of(maker.owner).add(moved), maker.is_buy);
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
        (0, self.remove_orders(owner, max, false))
    }

    /// Removes up to `max` orders of an account, whatever the market's status; only those that may increase a position, if asked.
    package fun remove_orders(self: &mut Book, owner: address, max: u64, increasing: bool): vector<u64> {
        let ids = vector[];
        self.ledger.orders_of(owner).for_each(|id| {
            if (ids.length() < max && !(increasing && self.orders.borrow(id).reduce_only)) {
                ids.push_back(id);
                self.remove_order(id);
            }
        });
        ids
    }

    /// Removes up to `max` expired orders from the touches of both sides.
    package fun prune(self: &mut Book, now: u64, max: u64, out: &mut Outcome) {
        vector[true, false].for_each(|is_buy| {
            while (max > 0) {
                let (there, key) = self.side(is_buy).first();
                if (!there) break;
                let expiry = self.orders.borrow(id_of(key)).expiry;
                if (expiry == 0 || expiry > now) break;
                self.drop_order(id_of(key), REMOVED_EXPIRED, out);
                max -= 1;
            }
        });
    }

    /// Changes an order's size: smaller keeps its priority, larger goes to the end with a new id. Error, id, priority kept.
    package fun amend(self: &mut Book, owner: address, id: u64, size: u64, c: &Context): (u64, u64, bool) {
        if (self.status != OPEN) return (E_MARKET_STATUS, 0, false);
        if (!self.orders.contains(id)) return (E_NOT_FOUND, 0, false);
        let order = *self.orders.borrow(id);
        if (order.owner != owner) return (E_NOT_OWNER, 0, false);
        if (size == 0 || size % self.config.lot != 0 || size >= VALUE_END) return (E_LOT, 0, false);
        if (size < self.config.min_size) return (E_MIN_SIZE, 0, false);
        if (size <= order.size) {
            if (size < order.size) self.reduce_order(id, order.size - size);
            return (0, id, true)
        };
        if (order.reduce_only) return (E_REDUCE_ONLY, 0, false);
        let grown = orders::request(owner, order.is_buy, GTC, order.price, size - order.size, false, 0, 0, 0);
        let error = self.exposure_error(&grown, c);
        if (error != 0) return (error, 0, false);
        self.remove_order(id);
        self.seq += 1;
        let r = orders::request(
            owner, order.is_buy, GTC, order.price, size, false, CANCEL_MAKER, order.expiry, order.client_id
        );
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
        self.ledger.shrink_order(owner, is_buy, size, freed);
    }

    fun remove_order(self: &mut Book, id: u64) {
        let order = self.orders.remove(id);
        let key = key_of(order.is_buy, order.price, id);
        if (order.is_buy) self.bids.remove(key) else self.asks.remove(key);
        self.ledger.remove_order(order.owner, id, order.is_buy, order.size, order.reserve);
    }

    fun drop_order(self: &mut Book, id: u64, reason: u8, out: &mut Outcome) {
        let order = *self.orders.borrow(id);
        self.remove_order(id);
        out.removed(reason, id, order.owner, order.size);
    }

    // ---- parts

    /// The positions.
    public fun ledger(self: &Book): &Ledger { &self.ledger }

    /// The positions, to be changed.
    package fun ledger_mut(self: &mut Book): &mut Ledger { &mut self.ledger }

    /// Orders that wait for the mark.
    public fun triggers(self: &Book): &Triggers { &self.triggers }

    /// Orders that wait for the mark, to be changed.
    package fun triggers_mut(self: &mut Book): &mut Triggers { &mut self.triggers }

    /// The status.
    public fun status(self: &Book): u8 { self.status }

    /// Sets the status.
    package fun set_status(self: &mut Book, status: u8) { self.status = status; }

    /// Sets fees, band and caps.
    package fun set_terms(
        self: &mut Book, maker_fee: I128, taker_fee: I128, band: u64, oi_cap: u128, account_cap: u128
    ) {
        let config = &mut self.config;
        config.maker_fee = maker_fee;
        config.taker_fee = taker_fee;
        config.band = band;
        config.oi_cap = oi_cap;
        config.account_cap = account_cap;
    }

    /// Takes the price of an auction as the last one.
    package fun set_last_price(self: &mut Book, price: u64) { self.last_price = price; }

    // ---- reading

    /// The places of a side, best first.
    public fun start(self: &Book, is_buy: bool): Cursor { self.side(is_buy).start() }

    /// Id, price and size of the order at a place, if it is not the end; and goes on.
    public fun next(self: &Book, is_buy: bool, at: &mut Cursor): (bool, u64, u64, u64) {
        let side = self.side(is_buy);
        let (there, key) = side.peek(at);
        if (!there) return (false, 0, 0, 0);
        side.advance(at);
        let id = id_of(key);
        (true, id, price_of(is_buy, key), self.orders.borrow(id).size)
    }

    /// Best bid and best ask, 0 if a side is empty.
    public fun touch(self: &Book): (u64, u64) {
        let (bid, bid_key) = self.bids.first();
        let (ask, ask_key) = self.asks.first();
        (if (bid) price_of(true, bid_key) else 0, if (ask) price_of(false, ask_key) else 0)
    }

    /// How many orders rest on a side.
    public fun count(self: &Book, is_buy: bool): u64 { self.side(is_buy).length() }

    /// Owner, side, price, size, reduce-only and expiry of a resting order.
    public fun order_of(self: &Book, id: u64): (address, bool, u64, u64, bool, u64) {
        assert!(self.orders.contains(id), E_NOT_FOUND);
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

    /// The price of the last fill, 0 if there was none.
    public fun last_price(self: &Book): u64 { self.last_price }

    /// The lot.
    public fun lot(self: &Book): u64 { self.config.lot }

    /// The tick.
    public fun tick(self: &Book): u64 { self.config.tick }

    /// Caps of open interest and of an account's position.
    public fun caps(self: &Book): (u128, u128) { (self.config.oi_cap, self.config.account_cap) }

    /// `E_OI_CAP` if open interest has risen from `before` to more than its cap, or the account's position grew beyond its own.
    public fun cap_error(self: &Book, owner: address, before: u128, size_before: I128): u64 {
        let interest = self.ledger.open_interest();
        let size = self.ledger.size_of(owner).magnitude();
        if ((interest > before && interest > self.config.oi_cap)
            || (size > size_before.magnitude() && size > self.config.account_cap)) E_OI_CAP else 0
    }

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
