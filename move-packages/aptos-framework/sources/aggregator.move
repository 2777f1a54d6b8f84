/// The oldest form of counters. Nothing makes one any more; the type stands in the layout of coin supplies.
module aptos_framework::aggregator {
    /// Names a counter.
    struct Aggregator has store {
        handle: address,
        key: address,
        limit: u128
    }

    /// The largest value that the counter can have.
    public fun limit(self: &Aggregator): u128 {
        self.limit
    }
}
