/// The positions of one market, what its open orders reserve, and the market's own money.
///
/// Units: sizes with 9 decimals, money in quote, the funding index with 18. What closing releases is computed once, taken from the
/// entry and given to cash, so `cash + quote_entry` changes by exactly the quote of a fill. Options exchange their premium in cash
/// and have no entry. Rounds as `position` and `funding` do.
///
/// Invariants: sizes sum up to zero; open interest is the sum of long sizes; a position of size zero has no entry and, without
/// orders, does not exist; the sums of open orders are those of the book.
module derivatives::ledger {
    use aptos_std::table::{Self, Table};
    use derivatives::funding;
    use derivatives::position;
    use tenor_math::int128::{Self, I128};

    /// More than there is.
    const E_OVERFLOW: u64 = 0x0101;

    /// All positions of a market. `prepaid` holds keeper fees and listing bonds that are paid and not yet earned.
    struct Ledger has store {
        positions: Table<address, Position>,
        is_option: bool,
        fees: I128,
        funding_index: I128,
        funding_pool: I128,
        open_interest: u128,
        prepaid: u128,
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

    /// Without positions.
    package fun new(is_option: bool): Ledger {
        Ledger {
            positions: table::new(), is_option, fees: int128::zero(), funding_index: int128::zero(),
            funding_pool: int128::zero(), open_interest: 0, prepaid: 0
        }
    }

    // ---- trading

    /// Adds a fill: funding, then what closing realises (all of the premium for options). Returns the cash delta.
    package fun apply(self: &mut Ledger, owner: address, is_buy: bool, size: u64, notional: u128): I128 {
        self.transfer(owner, int128::new(!is_buy, (size as u128)), int128::new(is_buy, notional))
    }

    /// Adds a size with its quote, both exactly. Returns the cash delta, funding included.
    package fun transfer(self: &mut Ledger, owner: address, dsize: I128, dquote: I128): I128 {
        let cash = self.settle_funding(owner);
        let is_option = self.is_option;
        let p = self.position_mut(owner);
        let before = p.size.positive_part();
        if (is_option) {
            p.size = p.size.add(dsize);
            cash = cash.add(dquote);
        } else {
            let (size, entry, realised) = position::apply_fill(p.size, p.quote_entry, dsize, dquote);
            p.size = size;
            p.quote_entry = entry;
            cash = cash.add(realised);
        };
        let after = p.size.positive_part();
        let gone = p.size.is_zero() && p.orders.is_empty() && p.open_buys == 0 && p.open_sells == 0;
        self.open_interest = self.open_interest + after - before;
        if (gone) { self.positions.remove(owner); };
        cash
    }

    /// Takes part of a position out with the same part of its entry: size and entry, signed, and the funding that goes to cash.
    package fun cut(self: &mut Ledger, owner: address, part: u128): (I128, I128, I128) {
        let cash = self.settle_funding(owner);
        let p = self.positions.borrow_mut(owner);
        assert!(part <= p.size.magnitude(), E_OVERFLOW);
        if (part == 0) return (int128::zero(), int128::zero(), cash);
        let before = p.size.positive_part();
        let entry = p.quote_entry.mul_div_floor(int128::from(part), int128::from(p.size.magnitude()));
        let size = int128::new(p.size.is_negative(), part);
        p.size = p.size.sub(size);
        p.quote_entry = p.quote_entry.sub(entry);
        let after = p.size.positive_part();
        self.open_interest = self.open_interest + after - before;
        self.tidy(owner);
        (size, entry, cash)
    }

    /// Settles a position's funding into cash; the pool takes the opposite.
    package fun settle_funding(self: &mut Ledger, owner: address): I128 {
        if (!self.positions.contains(owner)) return int128::zero();
        let index = self.funding_index;
        if (self.positions.borrow(owner).last_funding == index) return int128::zero();
        let p = self.positions.borrow_mut(owner);
        let cash = funding::payment(p.size, index.sub(p.last_funding));
        p.last_funding = index;
        self.funding_pool = self.funding_pool.sub(cash);
        cash
    }

    /// Takes a position out of the market; returns its size and entry.
    package fun close_out(self: &mut Ledger, owner: address): (I128, I128) {
        if (!self.positions.contains(owner)) return (int128::zero(), int128::zero());
        let p = self.positions.borrow_mut(owner);
        let (size, entry) = (p.size, p.quote_entry);
        p.size = int128::zero();
        p.quote_entry = int128::zero();
        self.open_interest -= size.positive_part();
        self.tidy(owner);
        (size, entry)
    }

    // ---- what open orders reserve

    /// Counts an order that came to rest. Ids come in ascending order.
    package fun add_order(
        self: &mut Ledger, owner: address, id: u64, client_id: u64, is_buy: bool, size: u64, reserve: u128
    ) {
        let p = self.position_mut(owner);
        if (is_buy) p.open_buys += size else p.open_sells += size;
        p.reserve += reserve;
        p.orders.push_back(OpenOrder { id, client_id });
    }

    /// Counts what an order shrank by.
    package fun shrink_order(self: &mut Ledger, owner: address, is_buy: bool, size: u64, reserve: u128) {
        let p = self.positions.borrow_mut(owner);
        if (is_buy) p.open_buys -= size else p.open_sells -= size;
        p.reserve -= reserve;
    }

    /// Forgets an order of which `size` was open.
    package fun remove_order(self: &mut Ledger, owner: address, id: u64, is_buy: bool, size: u64, reserve: u128) {
        let p = self.positions.borrow_mut(owner);
        if (is_buy) p.open_buys -= size else p.open_sells -= size;
        p.reserve -= reserve;
        // Ids ascend, so halving finds the order.
        let (low, high) = (0, p.orders.length());
        while (high - low > 1) {
            let middle = (low + high) / 2;
            if (p.orders[middle].id <= id) low = middle else high = middle;
        };
        p.orders.remove(low);
        self.tidy(owner);
    }

    /// Reserves for an order of an auction, which is in no book.
    package fun reserve(self: &mut Ledger, owner: address, is_buy: bool, size: u64, reserve: u128) {
        let p = self.position_mut(owner);
        if (is_buy) p.open_buys += size else p.open_sells += size;
        p.reserve += reserve;
    }

    /// Releases what was reserved for an order of an auction.
    package fun release(self: &mut Ledger, owner: address, is_buy: bool, size: u64, reserve: u128) {
        self.shrink_order(owner, is_buy, size, reserve);
        self.tidy(owner);
    }

    /// Deletes a position of size zero without orders.
    fun tidy(self: &mut Ledger, owner: address) {
        let p = self.positions.borrow(owner);
        if (p.size.is_zero() && p.orders.is_empty() && p.open_buys == 0 && p.open_sells == 0) { self.positions.remove(owner); };
    }

    fun position_mut(self: &mut Ledger, owner: address): &mut Position {
        if (!self.positions.contains(owner)) {
            self.positions.add(owner, Position {
                size: int128::zero(), quote_entry: int128::zero(), last_funding: self.funding_index, open_buys: 0,
                open_sells: 0, reserve: 0, orders: vector[]
            });
        };
        self.positions.borrow_mut(owner)
    }

    // ---- the market's money

    /// Adds a fee, or takes a rebate.
    package fun add_fee(self: &mut Ledger, fee: I128) { self.fees = self.fees.add(fee); }

    /// Takes the fees out.
    package fun take_fees(self: &mut Ledger): I128 {
        let fees = self.fees;
        self.fees = int128::zero();
        fees
    }

    /// Takes the funding pool's residue out, once nobody has a position.
    package fun take_funding_residue(self: &mut Ledger): I128 {
        if (self.open_interest != 0 || !self.funding_pool.is_positive()) return int128::zero();
        let pool = self.funding_pool;
        self.funding_pool = int128::zero();
        pool
    }

    /// Lets funding accrue.
    package fun accrue(self: &mut Ledger, d_index: I128) { self.funding_index = self.funding_index.add(d_index); }

    /// Takes money in that is earned later.
    package fun prepay(self: &mut Ledger, amount: u128) { self.prepaid += amount; }

    /// Gives money out that was taken in before.
    package fun unprepay(self: &mut Ledger, amount: u128) { self.prepaid -= amount; }

    // ---- reading

    /// The size of an account's position.
    public fun size_of(self: &Ledger, owner: address): I128 {
        if (self.positions.contains(owner)) self.positions.borrow(owner).size else int128::zero()
    }

    /// Size, entry, open buys, open sells, reserve and pending funding of an account.
    public fun position_of(self: &Ledger, owner: address): (I128, I128, u64, u64, u128, I128) {
        if (!self.positions.contains(owner)) return (int128::zero(), int128::zero(), 0, 0, 0, int128::zero());
        let p = self.positions.borrow(owner);
        let pending = if (p.last_funding == self.funding_index) int128::zero()
        else funding::payment(p.size, self.funding_index.sub(p.last_funding));
        (p.size, p.quote_entry, p.open_buys, p.open_sells, p.reserve, pending)
    }

    /// Whether the account has a position or an order here.
    public fun is_active(self: &Ledger, owner: address): bool { self.positions.contains(owner) }

    /// How many orders of the account are open.
    public fun order_count(self: &Ledger, owner: address): u64 {
        if (self.positions.contains(owner)) self.positions.borrow(owner).orders.length() else 0
    }

    /// Ids of an account's open orders, ascending.
    public fun orders_of(self: &Ledger, owner: address): vector<u64> {
        let ids = vector[];
        if (self.positions.contains(owner)) self.positions.borrow(owner).orders.for_each_ref(|o| ids.push_back(o.id));
        ids
    }

    /// The id of the account's open order with a client id, 0 if there is none.
    public fun client_order(self: &Ledger, owner: address, client_id: u64): u64 {
        if (client_id == 0 || !self.positions.contains(owner)) return 0;
        let orders = &self.positions.borrow(owner).orders;
        let i = 0;
        while (i < orders.length()) {
            if (orders[i].client_id == client_id) return orders[i].id;
            i += 1;
        };
        0
    }

    /// Sum of long sizes.
    public fun open_interest(self: &Ledger): u128 { self.open_interest }

    /// Fees collected and not yet swept.
    public fun fees(self: &Ledger): I128 { self.fees }

    /// What funding has yet to pay or collect, signed.
    public fun funding_pool(self: &Ledger): I128 { self.funding_pool }

    /// The cumulative funding index.
    public fun funding_index(self: &Ledger): I128 { self.funding_index }

    /// Money taken in that is earned later.
    public fun prepaid(self: &Ledger): u128 { self.prepaid }
}
