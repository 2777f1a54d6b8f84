/// How much of a position is closed, at what price, who is paid for it, and who takes it when nobody else can.
///
/// Penalties are fractions of the maintenance margin that the close releases, so every closed lot improves health, and a size that
/// restores the account exists whenever its equity allows one. Units: quote, sizes and ratios with 9 decimals. Rounds: notional
/// against the position, reward and insurance down. Arithmetic only. Invariant: parts of an allocation sum up exactly.
module derivatives::liquidation {
    use derivatives::position;
    use derivatives::tiers::{Self, Tier};
    use derivatives::units;
    use tenor_math::int128::{Self, I128};
    use tenor_math::int256::{Self, I256};

    /// The account's health is not below zero.
    const E_NOT_LIQUIDATABLE: u64 = 0x0601;
    /// Nothing is left of the margin equity.
    const E_BANKRUPT: u64 = 0x0602;

    const RATE: u128 = 1000000000;
    /// The liquidator's share of the margin released.
    const REWARD: u128 = 250000000;
    /// The insurance fund's share.
    const INSURANCE: u128 = 250000000;
    /// An account is restored with 10 % above its maintenance margin.
    const BUFFER: u128 = 100000000;
    /// A slice auction starts at 5 %, reaches 30 % after 15 minutes and 100 % another hour later.
    const DISCOUNT_START: u128 = 50000000;
    const DISCOUNT_FAST: u128 = 300000000;
    const FAST_S: u128 = 900;
    const SLOW_S: u128 = 3600;

    /// What a close does. `cash_delta` is the account's; reward and insurance are already taken from it.
    struct Close has copy, drop, store {
        size: I128,
        quote_entry: I128,
        cash_delta: I128,
        notional: u128,
        reward: u128,
        insurance: u128,
    }

    /// A counterparty of auto-deleveraging.
    struct Counterparty has copy, drop, store { id: u64, size: I128, quote_entry: I128, margin_equity: I128 }

    /// What a counterparty gives up.
    struct Allocation has copy, drop, store { id: u64, size: u128, notional: u128 }

    /// The terms of a slice auction at a moment.
    struct AuctionTerms has copy, drop, store { discount: u128, bid_full: u128, max_fraction: u128, pay_at_max: u128 }

    /// Closes `amount` of a position at `mark`.
    public fun close(
        size: I128, quote_entry: I128, mark: u64, tiers: &vector<Tier>, margin_equity: I128, amount: u128
    ): Close {
        let long = !size.is_negative();
        let notional = if (long) units::notional(amount, mark) else units::notional_up(amount, mark);
        let (new_size, new_entry, realised) =
            position::apply_fill(size, quote_entry, int128::new(long, amount), int128::new(!long, notional));
        let before = tiers::margin(tiers, units::notional_up(size.magnitude(), mark), false);
        let after = tiers::margin(tiers, units::notional_up(new_size.magnitude(), mark), false);
        let released = before - after;
        let (reward, insurance) = penalty(released, margin_equity);
        Close {
            size: new_size,
            quote_entry: new_entry,
            cash_delta: realised.sub(int128::from(reward + insurance)),
            notional,
            reward,
            insurance,
        }
    }

    /// Reward and insurance part for a released requirement, at most what is left of the margin equity.
    public fun penalty(released: u128, margin_equity: I128): (u128, u128) {
        let available = margin_equity.positive_part();
        let reward = min(units::mul_div(released, REWARD, RATE), available);
        (reward, min(units::mul_div(released, INSURANCE, RATE), available - reward))
    }

    /// Whether health is back with the buffer.
    public fun is_restored(health_mm: I128, mm_total: u128): bool {
        health_mm.ge(int128::from(units::mul_div_up(mm_total, BUFFER, RATE)))
    }

    /// The least multiple of the lot that restores the account, and whether it does; otherwise the whole position.
    ///
    /// `health_mm` and `mm_total` are the whole account's; only this position's terms change between the at most 60 evaluations.
    public fun size_to_close(
        size: I128, quote_entry: I128, mark: u64, tiers: &vector<Tier>, health_mm: I128, mm_total: u128, lot: u128
    ): (u128, bool) {
        let margin_equity = health_mm.add(int128::from(mm_total));
        let mm = tiers::margin(tiers, units::notional_up(size.magnitude(), mark), false);
        let rest_mm = mm_total - mm;
        let rest = margin_equity.sub(position::unrealised(size, quote_entry, mark));
        let high = size.magnitude() / lot;
        if (!restores(size, quote_entry, mark, tiers, margin_equity, rest, rest_mm, high * lot)) {
            return (high * lot, false)
        };
        let low = 0;
        while (high - low > 1) {
            let middle = (low + high) / 2;
            if (restores(size, quote_entry, mark, tiers, margin_equity, rest, rest_mm, middle * lot)) high = middle
            else low = middle;
        };
        (high * lot, true)
    }

    /// Aborts unless the account can be liquidated: `E_NOT_LIQUIDATABLE`, or `E_BANKRUPT`.
    public fun check(health_mm: I128, mm_total: u128) {
        assert!(health_mm.is_negative(), E_NOT_LIQUIDATABLE);
        assert!(health_mm.add(int128::from(mm_total)).is_positive(), E_BANKRUPT);
    }

    /// Whether the backstop may take over: margin equity below two thirds of the maintenance margin.
    public fun backstop_allowed(margin_equity: I128, mm_total: u128): bool {
        margin_equity.mul(int128::from(3)).lt(int128::from(mm_total * 2))
    }

    /// What the insurance fund pays of a deficit, and what stays uncovered.
    public fun cover(deficit: u128, fund: u128): (u128, u128) {
        let paid = min(deficit, fund);
        (paid, deficit - paid)
    }

    /// The notional at which a bankrupt position of `size` is closed against its counterparties.
    public fun bankruptcy_notional(long: bool, size: u128, mark: u64, uncovered: u128): u128 {
        if (long) units::notional(size, mark) + uncovered
        else {
            let notional = units::notional_up(size, mark);
            if (notional > uncovered) notional - uncovered else 0
        }
    }

    /// A counterparty of auto-deleveraging.
    public fun counterparty(id: u64, size: I128, quote_entry: I128, margin_equity: I128): Counterparty {
        Counterparty { id, size, quote_entry, margin_equity }
    }

    /// How much a counterparty gains with how much leverage: the higher, the earlier it is deleveraged.
    public fun score(size: I128, quote_entry: I128, mark: u64, margin_equity: I128): I256 {
        let rate = int256::from((RATE as u256));
        let equity = margin_equity.positive_part();
        let equity = int256::from(if (equity == 0) 1 else (equity as u256));
        let entry = int256::from(if (quote_entry.is_zero()) 1 else (quote_entry.magnitude() as u256));
        let leverage = int256::from((units::notional_up(size.magnitude(), mark) as u256)).mul(rate).fdiv(equity);
        let gain = widen(position::unrealised(size, quote_entry, mark)).mul(rate).fdiv(entry);
        if (gain.is_positive()) gain.mul(leverage).fdiv(rate)
        else gain.mul(rate).fdiv(if (leverage.is_zero()) int256::from(1) else leverage)
    }

    /// Ids by score, highest first, then by id; and the scores in the order given.
    public fun rank(counterparties: &vector<Counterparty>, mark: u64): (vector<u64>, vector<I256>) {
        let (ids, sorted, scores) = (vector<u64>[], vector<I256>[], vector<I256>[]);
        let i = 0;
        while (i < counterparties.length()) {
            let c = &counterparties[i];
            let score = score(c.size, c.quote_entry, mark, c.margin_equity);
            scores.push_back(score);
            let at = 0;
            while (at < ids.length()) {
                if (sorted[at].lt(score) || (sorted[at] == score && ids[at] > c.id)) break;
                at += 1;
            };
            ids.insert(at, c.id);
            sorted.insert(at, score);
            i += 1;
        };
        (ids, scores)
    }

    /// Shares `need` out among the ranked, and `notional` with it by cumulative rounding: the parts sum up exactly.
    public fun allocate(need: u128, notional: u128, ids: &vector<u64>, available: &vector<u128>): vector<Allocation> {
        let (out, total, taken, before) = (vector[], need, 0, 0);
        let i = 0;
        while (i < ids.length() && need != 0) {
            let size = min(available[i], need);
            taken += size;
            let upto = units::mul_div(notional, taken, total);
            out.push_back(Allocation { id: ids[i], size, notional: upto - before });
            before = upto;
            need -= size;
            i += 1;
        };
        out
    }

    /// The slice auction of a solvent portfolio `elapsed` seconds after it began.
    public fun auction(mtm: u128, mm: u128, elapsed: u64): AuctionTerms {
        let t = (elapsed as u128);
        let discount = if (t < FAST_S) DISCOUNT_START + (DISCOUNT_FAST - DISCOUNT_START) * t / FAST_S
        else if (t < FAST_S + SLOW_S) DISCOUNT_FAST + (RATE - DISCOUNT_FAST) * (t - FAST_S) / SLOW_S
        else RATE;
        let bid_full = units::mul_div(mtm, RATE - discount, RATE);
        let target = units::mul_div_up(mm, RATE + BUFFER, RATE);
        let max_fraction = if (target <= mtm) 0 else {
            let need = target - mtm;
            min(RATE, units::mul_div_up(need, RATE, need + bid_full))
        };
        AuctionTerms { discount, bid_full, max_fraction, pay_at_max: units::mul_div_up(bid_full, max_fraction, RATE) }
    }

    /// Discount, payment for everything, largest fraction.
    public fun terms(self: &AuctionTerms): (u128, u128, u128) { (self.discount, self.bid_full, self.max_fraction) }

    /// Position, entry, the account's cash, notional, reward and insurance part.
    public fun unpack(self: Close): (I128, I128, I128, u128, u128, u128) {
        let Close { size, quote_entry, cash_delta, notional, reward, insurance } = self;
        (size, quote_entry, cash_delta, notional, reward, insurance)
    }

    /// Counterparty, size and notional.
    public fun unpack_allocation(self: Allocation): (u64, u128, u128) {
        let Allocation { id, size, notional } = self;
        (id, size, notional)
    }

    fun restores(
        size: I128, quote_entry: I128, mark: u64, tiers: &vector<Tier>, margin_equity: I128, rest: I128, rest_mm: u128,
        amount: u128
    ): bool {
        let closed = close(size, quote_entry, mark, tiers, margin_equity, amount);
        let mm = rest_mm + tiers::margin(tiers, units::notional_up(closed.size.magnitude(), mark), false);
        let equity = rest.add(closed.cash_delta).add(position::unrealised(closed.size, closed.quote_entry, mark));
        equity.sub(int128::from(mm)).ge(int128::from(units::mul_div_up(mm, BUFFER, RATE)))
    }

    fun widen(x: I128): I256 { int256::new(x.is_negative(), (x.magnitude() as u256)) }

    fun min(a: u128, b: u128): u128 { if (a < b) a else b }
}
