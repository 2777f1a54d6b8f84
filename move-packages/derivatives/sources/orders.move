/// What is asked of a book and what came of it: requests, fills, removals, outcomes.
///
/// Plain values without resources. Units: prices and sizes with 9 decimals, money in quote. Nothing is rounded here.
/// Invariant: an outcome with an error has no other content.
module derivatives::orders {
    use tenor_math::int128::{Self, I128};

    // What became of an order.
    const RESULT_OPEN: u8 = 0;
    const RESULT_FILLED: u8 = 1;
    const RESULT_CANCELLED: u8 = 2;
    const RESULT_DECREMENTED: u8 = 3;

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

    /// A market's surroundings at a moment: time, mark, index, and the limits of prices.
    struct Context has copy, drop { now: u64, mark: u64, index: u64, low: u64, high: u64 }

    /// One fill. Cash deltas include funding and fees; `maker_remaining` is what stays open of the maker's order.
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

    /// What a user asks for.
    public fun request(
        owner: address, is_buy: bool, kind: u8, price: u64, size: u64, reduce_only: bool, stp: u8, expiry: u64, client_id: u64
    ): Request {
        Request { owner, is_buy, kind, price, size, reduce_only, stp, expiry, client_id }
    }

    /// Who asks.
    public fun owner(self: &Request): address { self.owner }

    /// Whether it buys.
    public fun is_buyer(self: &Request): bool { self.is_buy }

    /// The type of order.
    public fun kind(self: &Request): u8 { self.kind }

    /// The limit.
    public fun limit(self: &Request): u64 { self.price }

    /// The size.
    public fun size(self: &Request): u64 { self.size }

    /// Whether the request only reduces.
    public fun is_reduce_only(self: &Request): bool { self.reduce_only }

    /// What happens when it meets its owner's order.
    public fun stp(self: &Request): u8 { self.stp }

    /// When it expires, 0 for never.
    public fun expiry(self: &Request): u64 { self.expiry }

    /// The owner's number for it, 0 for none.
    public fun client_id(self: &Request): u64 { self.client_id }

    /// The same with another limit.
    package fun set_limit(self: &mut Request, price: u64) { self.price = price; }

    /// The same with another size.
    package fun set_size(self: &mut Request, size: u64) { self.size = size; }

    /// A market's surroundings.
    public fun context(now: u64, mark: u64, index: u64, low: u64, high: u64): Context { Context { now, mark, index, low, high } }

    /// The time in seconds.
    public fun now(self: &Context): u64 { self.now }

    /// The mark price.
    public fun mark(self: &Context): u64 { self.mark }

    /// The index price.
    public fun index(self: &Context): u64 { self.index }

    /// Lowest sell and highest buy.
    public fun limits(self: &Context): (u64, u64) { (self.low, self.high) }

    /// A fill.
    package fun fill(
        maker_id: u64, maker: address, price: u64, size: u64, notional: u128, taker_fee: I128, maker_fee: I128, maker_cash: I128
    ): Fill {
        Fill { maker_id, maker, price, size, notional, taker_fee, maker_fee, maker_cash }
    }

    /// An outcome in which nothing has happened yet.
    package fun outcome(price: u64): Outcome {
        Outcome {
            error: 0, result: RESULT_OPEN, id: 0, filled: 0, resting: 0, price, steps: 0, reason: 0, cancelled: 0,
            fills: vector[], removals: vector[], taker_cash: int128::zero()
        }
    }

    /// The outcome of a refusal.
    package fun refuse(self: &mut Outcome, error: u64) { self.error = error; }

    /// The order was accepted under an id, at a price after slide and conversion.
    package fun accept(self: &mut Outcome, id: u64, price: u64) {
        self.id = id;
        self.price = price;
    }

    /// One order was looked at.
    package fun step(self: &mut Outcome) { self.steps += 1; }

    /// A resting order went, or shrank.
    package fun removed(self: &mut Outcome, reason: u8, id: u64, owner: address, size: u64) {
        self.removals.push_back(Removal { reason, id, owner, size });
    }

    /// The taker traded.
    package fun traded(self: &mut Outcome, fill: Fill, taker_cash: I128) {
        self.filled += fill.size;
        self.fills.push_back(fill);
        self.taker_cash = self.taker_cash.add(taker_cash);
    }

    /// The rest will not rest.
    package fun stop(self: &mut Outcome, reason: u8) { self.reason = reason; }

    /// So much rests.
    package fun rests(self: &mut Outcome, size: u64) { self.resting = size; }

    /// Concludes with what is left of the size asked for.
    package fun conclude(self: &mut Outcome, asked: u64, left: u64) {
        if (self.reason != 0) self.cancelled = left;
        self.result = if (self.resting != 0) RESULT_OPEN
        else if (left != 0) RESULT_CANCELLED
        else if (self.filled != asked) RESULT_DECREMENTED
        else RESULT_FILLED;
    }

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

    /// How many orders were looked at.
    public fun steps(self: &Outcome): u64 { self.steps }

    /// Why the rest was cancelled, 0 if it was not.
    public fun reason(self: &Outcome): u8 { self.reason }

    /// Open, filled, cancelled or decremented; why the rest was cancelled, and how much.
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
}
