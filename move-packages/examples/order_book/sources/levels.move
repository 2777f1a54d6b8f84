/// One side of an order book: price levels in order, and at each level the orders in order of arrival.
///
/// The side knows nothing of who owns an order or what it trades; it holds ids and open lots. Arithmetic and order are here,
/// money is in `market`.
module order_book::levels {
    use std::error;
    use std::option::{Self, Option};
    use std::vector;
    use aptos_std::ordered_map::{Self, OrderedMap};

    /// There is no such order at that price.
    const EORDER_NOT_FOUND: u64 = 1;
    /// The side is empty.
    const EEMPTY: u64 = 2;
    /// A fill takes no more than is open.
    const EOVERFILL: u64 = 3;

    /// An order that rests, and what is left of it.
    struct Resting has copy, drop, store {
        id: u64,
        lots: u64
    }

    /// All orders at one price.
    struct Level has copy, drop, store {
        /// Sum over `queue`.
        lots: u64,
        queue: vector<Resting>
    }

    /// Bids, of which the highest is best, or asks, of which the lowest is.
    struct Side has store {
        is_bid: bool,
        levels: OrderedMap<u64, Level>,
        /// Sum over all levels.
        lots: u64,
        orders: u64
    }

    /// A side without orders.
    public fun new(is_bid: bool): Side {
        Side { is_bid, levels: ordered_map::new(), lots: 0, orders: 0 }
    }

    /// Whether there are no orders.
    public fun is_empty(self: &Side): bool {
        self.orders == 0
    }

    /// Number of orders.
    public fun orders(self: &Side): u64 {
        self.orders
    }

    /// Open lots of all orders.
    public fun lots(self: &Side): u64 {
        self.lots
    }

    /// The best price, if there is one.
    public fun best_price(self: &Side): Option<u64> {
        if (self.levels.is_empty()) return option::none();
        let (price, _) = if (self.is_bid) self.levels.borrow_back() else self.levels.borrow_front();
        option::some(*price)
    }

    /// Whether an order of the other side at `limit` would trade with the best of this one.
    public fun crosses(self: &Side, limit: u64): bool {
        let best = self.best_price();
        if (best.is_none()) return false;
        let price = best.destroy_some();
        if (self.is_bid) price >= limit else price <= limit
    }

    /// Lots that an order of the other side at `limit` could trade at once.
    public fun lots_within(self: &Side, limit: u64): u64 {
        let sum = 0;
        self.levels.for_each_ref(|price, level| {
            let within = if (self.is_bid) *price >= limit else *price <= limit;
            if (within) sum += level.lots;
        });
        sum
    }

    /// Adds an order behind those at its price.
    public fun add(self: &mut Side, id: u64, price: u64, lots: u64) {
        if (!self.levels.contains(&price)) {
            self.levels.add(price, Level { lots: 0, queue: vector[] });
        };
        let level = self.levels.borrow_mut(&price);
        level.queue.push_back(Resting { id, lots });
        level.lots += lots;
        self.lots += lots;
        self.orders += 1;
    }

    /// Takes an order out, and returns its open lots.
    public fun remove(self: &mut Side, id: u64, price: u64): u64 {
        assert!(self.levels.contains(&price), error::not_found(EORDER_NOT_FOUND));
        let level = self.levels.borrow_mut(&price);
        let (found, at) = level.queue.find(|resting| resting.id == id);
        assert!(found, error::not_found(EORDER_NOT_FOUND));
        let Resting { id: _, lots } = level.queue.remove(at);
        level.lots -= lots;
        let gone = level.queue.is_empty();
        if (gone) {
            self.levels.remove(&price);
        };
        self.lots -= lots;
        self.orders -= 1;
        lots
    }

    /// The order that is served first: id, price, open lots.
    public fun front(self: &Side): (u64, u64, u64) {
        assert!(!self.levels.is_empty(), error::invalid_state(EEMPTY));
        let (price, level) = if (self.is_bid) self.levels.borrow_back() else self.levels.borrow_front();
        let resting = &level.queue[0];
        (resting.id, *price, resting.lots)
    }

    /// Fills part of the order that is served first; takes it out when nothing is left. Returns whether it did.
    public fun fill_front(self: &mut Side, lots: u64): bool {
        let (_, price, open) = self.front();
        assert!(lots <= open, error::invalid_argument(EOVERFILL));
        let level = self.levels.borrow_mut(&price);
        level.lots -= lots;
        self.lots -= lots;
        if (lots < open) {
            level.queue[0].lots -= lots;
            return false
        };
        level.queue.remove(0);
        let gone = level.queue.is_empty();
        if (gone) {
            self.levels.remove(&price);
        };
        self.orders -= 1;
        true
    }

    /// Prices and open lots of up to `count` levels, best first.
    public fun depth(self: &Side, count: u64): (vector<u64>, vector<u64>) {
        let prices = self.levels.keys();
        let lots = self.levels.values().map(|level| {
            let Level { lots, queue: _ } = level;
            lots
        });
        if (self.is_bid) {
            prices.reverse();
            lots.reverse();
        };
        let shown = if (count < prices.length()) count else prices.length();
        (vector::slice(&prices, 0, shown), vector::slice(&lots, 0, shown))
    }

    #[test_only]
    /// Aborts unless the sums are those of the orders.
    public fun check(self: &Side) {
        let (lots, orders) = (0, 0);
        self.levels.for_each_ref(|_price, level| {
            let at_level = 0;
            level.queue.for_each_ref(|resting| {
                assert!(resting.lots > 0, 1001);
                at_level += resting.lots;
                orders += 1;
            });
            assert!(at_level == level.lots && at_level > 0, 1002);
            lots += at_level;
        });
        assert!(lots == self.lots && orders == self.orders, 1003);
    }

    #[test_only]
    /// Forgets a side.
    public fun destroy_for_test(self: Side) {
        let Side { is_bid: _, levels: _, lots: _, orders: _ } = self;
    }
}
