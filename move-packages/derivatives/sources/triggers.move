/// Orders that wait for the mark price: stops and take-profits, in two ordered sets.
///
/// Those that wait for the mark to be at or above a price fire first, lowest first; then those at or below, highest first; ties by
/// id. Prices with 9 decimals. Nothing is rounded. Invariant: the sets hold exactly the keys of the waiting orders.
/// Units: prices with 9 decimals.
module derivatives::triggers {
    use aptos_std::table::{Self, Table};
    use derivatives::orders::{Self, Request};
    use derivatives::ordered::{Self, Tree};

    /// The order belongs to someone else.
    const E_NOT_OWNER: u64 = 0x0201;
    /// There is no such order.
    const E_NOT_FOUND: u64 = 0x030a;

    const LOW_64: u128 = 18446744073709551615;

    /// The waiting orders of a market.
    struct Triggers has store { rising: Tree, falling: Tree, waiting: Table<u64, Trigger>, last_id: u64 }

    /// An order that waits.
    struct Trigger has copy, drop, store { at_or_above: bool, price: u64, request: Request }

    /// None.
    package fun new(): Triggers {
        Triggers { rising: ordered::new(), falling: ordered::new(), waiting: table::new(), last_id: 0 }
    }

    /// Stores an order; returns its id.
    package fun place(self: &mut Triggers, at_or_above: bool, price: u64, request: Request): u64 {
        let id = self.last_id + 1;
        self.last_id = id;
        let key = key_of(at_or_above, price, id);
        if (at_or_above) self.rising.insert(key) else self.falling.insert(key);
        self.waiting.add(id, Trigger { at_or_above, price, request });
        id
    }

    /// Cancels a waiting order; the code of an error.
    package fun cancel(self: &mut Triggers, owner: address, id: u64): u64 {
        if (!self.waiting.contains(id)) return E_NOT_FOUND;
        if (self.waiting.borrow(id).request.owner() != owner) return E_NOT_OWNER;
        self.take(id);
        0
    }

    /// Takes the next order that the mark has reached.
    package fun next_fired(self: &mut Triggers, mark: u64): (bool, u64, Request) {
        let (there, key) = self.rising.first();
        if (there && ((key >> 64) as u64) <= mark) {
            let id = ((key & LOW_64) as u64);
            return (true, id, self.take(id))
        };
        let (there, key) = self.falling.first();
        if (there && ((LOW_64 - (key >> 64)) as u64) >= mark) {
            let id = ((key & LOW_64) as u64);
            return (true, id, self.take(id))
        };
        (false, 0, orders::request(@0x0, true, 0, 0, 0, false, 0, 0, 0))
    }

    /// How many orders wait.
    public fun count(self: &Triggers): u64 { self.rising.length() + self.falling.length() }

    fun take(self: &mut Triggers, id: u64): Request {
        let Trigger { at_or_above, price, request } = self.waiting.remove(id);
        let key = key_of(at_or_above, price, id);
        if (at_or_above) self.rising.remove(key) else self.falling.remove(key);
        request
    }

    fun key_of(at_or_above: bool, price: u64, id: u64): u128 {
        let p = (price as u128);
        ((if (at_or_above) p else LOW_64 - p) << 64) | (id as u128)
    }
}
