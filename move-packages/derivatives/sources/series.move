/// Option series: who may list which, their mark price and band, their settlement.
///
/// Listing is open to everyone within rules: expiries at 08:00 UTC (three days, four Fridays, three month ends, four quarter ends),
/// strikes on a grid and near the money, at most 80 series an expiry, for a bond that comes back when the series first trades or
/// expires. Units: prices with 9 decimals; the settlement price rounds down to the tick. Invariant: one series per underlying,
/// expiry, strike and kind; a fixed settlement price never changes.
module derivatives::series {
    use aptos_framework::event;
    use aptos_framework::object;
    use aptos_framework::timestamp;
    use aptos_std::table::{Self, Table};
    use derivatives::accounts;
    use derivatives::book;
    use derivatives::books;
    use derivatives::oracle;
    use derivatives::orders::{Self, Context};
    use derivatives::settlement;
    use std::bcs;
    use std::signer;
    use tenor_math::black76;
    use tenor_math::int128;
    use tenor_math::int64::I64;

    /// Only governance may do this.
    const E_NOT_OWNER: u64 = 0x0201;
    /// There is no such series.
    const E_NOT_FOUND: u64 = 0x030a;
    /// The series has not expired.
    const E_NOT_EXPIRED: u64 = 0x0701;
    /// The feed has no average over the window, or no price since.
    const E_NO_SETTLEMENT: u64 = 0x0702;
    /// The price is fixed already.
    const E_ALREADY_FIXED: u64 = 0x0703;
    /// The terms break a rule of listing.
    const E_LISTING_RULE: u64 = 0x0801;

    const PRICE_END: u64 = 1152921504606846976;
    const NOTIONAL: u128 = 1000000000000;
    const RATE: u128 = 1000000000;
    const HOUR: u64 = 3600;
    const DAY: u64 = 86400;
    const WEEK: u64 = 604800;
    /// Settlement averages over half an hour.
    const WINDOW: u64 = 1800;
    const TENOR_MAX: u64 = 157680000;
    /// Series of one expiry.
    const CHAIN_MAX: u64 = 80;
    /// What a lister leaves until the series trades: 10 quote.
    const BOND: u64 = 10000000;
    /// Delta of a strike of a long tenor: 2 % to 98 %.
    const DELTA_MIN: u256 = 20000000000000000;
    const DELTA_MAX: u256 = 980000000000000000;
    /// Orders trade between the values at a forward 5 % worse at half the volatility and 5 % better at twice the volatility, ...
    const BAND: u128 = 50000000;
    /// ... and at least this many ticks around the mark.
    const BAND_TICKS: u64 = 5;
    const CAP: u128 = 1000000000000000000;
    const OPEN: u8 = 1;
    const CAUTION: u8 = 2;
    const POST_ONLY: u8 = 3;
    const CANCEL_ONLY: u8 = 5;
    const SETTLING: u8 = 7;
    const SETTLED: u8 = 8;

    /// A series. `window` is what settlement averages over; the bond goes back to `bond_to`.
    struct Series has key {
        expiry: u64, strike: u64, is_call: bool, window: u64, settlement: u64, bond: u64, bond_to: address
    }

    /// Which series there are, by underlying and expiry.
    struct Board has key { chains: Table<Chain, vector<address>>, expiries: Table<address, vector<u64>> }

    /// An underlying at an expiry.
    struct Chain has copy, drop, store { feed: address, expiry: u64 }

    #[event]
    /// A series was listed.
    struct SeriesListed has drop, store { market: address, feed: address, expiry: u64, strike: u64, is_call: bool, tick: u64, lot: u64 }

    #[event]
    /// The price that a series settles at.
    struct SettlementFixed has drop, store { market: address, price: u64 }

    // ---- listing

    /// Lists a series within the rules; the account has paid the bond.
    package fun list(account: address, feed: address, expiry: u64, strike: u64, is_call: bool): u64 {
        let now = timestamp::now_seconds();
        let index = oracle::fresh_index(feed);
        assert!(expiry > now && expiry - now <= TENOR_MAX && is_listed_expiry(now, expiry), E_LISTING_RULE);
        let short = expiry - now <= WEEK;
        assert!(strike != 0 && strike < PRICE_END && strike % strike_step(index, short) == 0, E_LISTING_RULE);
        let (vol, forward, rate, _) = oracle::volatility(feed, expiry, strike);
        if (short) {
            let (s, k) = ((index as u128), (strike as u128));
            assert!(k * 10 >= s * 4 && k * 10 <= s * 16, E_LISTING_RULE);
        } else {
            let delta = black76::greeks(is_call, forward, strike, vol, expiry - now, rate).delta().magnitude();
            assert!(delta >= DELTA_MIN && delta <= DELTA_MAX, E_LISTING_RULE);
        };
        create(feed, expiry, strike, is_call, WINDOW, series_tick(index), BOND, account);
        BOND
    }

    /// Lists a series outside the rules of expiry and strike, with a window of its own. Only governance.
    package fun list_by_governance(
        admin: &signer, feed: address, expiry: u64, strike: u64, is_call: bool, window: u64
    ) {
        assert!(signer::address_of(admin) == @derivatives, E_NOT_OWNER);
        let now = timestamp::now_seconds();
        let index = oracle::fresh_index(feed);
        assert!(expiry > now && expiry - now <= TENOR_MAX && window != 0 && window <= expiry, E_LISTING_RULE);
        let tick = series_tick(index);
        assert!(strike != 0 && strike < PRICE_END && strike % tick == 0, E_LISTING_RULE);
        create(feed, expiry, strike, is_call, window, tick, 0, @0x0);
    }

    fun create(
        feed: address, expiry: u64, strike: u64, is_call: bool, window: u64, tick: u64, bond: u64, bond_to: address
    ) {
        // Whoever holds the series can be valued until it expires.
        assert!(oracle::covers(feed, expiry), E_LISTING_RULE);
        let lot = least_lot(tick);
        let fee = int128::from(300000);
        let config = book::config(tick, lot, lot, 16, int128::zero(), fee, 0, true, CAP, CAP);
        let venue = accounts::venue_signer();
        let constructor = object::create_named_object(&venue, seed(feed, expiry, strike, is_call));
        let at = constructor.generate_signer();
        let market = signer::address_of(&at);
        books::create(&at, feed, false, config);
        move_to(&at, Series { expiry, strike, is_call, window, settlement: 0, bond, bond_to });
        note(&venue, feed, expiry, market);
        event::emit(SeriesListed { market, feed, expiry, strike, is_call, tick, lot });
    }

    /// Enters the series on the board. What expired a day ago makes room.
    fun note(venue: &signer, feed: address, expiry: u64, market: address) {
        let at = signer::address_of(venue);
        if (!exists<Board>(at)) move_to(venue, Board { chains: table::new(), expiries: table::new() });
        let board = &mut Board[at];
        let chain = Chain { feed, expiry };
        if (board.chains.contains(chain)) {
            let list = board.chains.borrow_mut(chain);
            assert!(list.length() < CHAIN_MAX, E_LISTING_RULE);
            list.push_back(market);
            return
        };
        board.chains.add(chain, vector[market]);
        if (!board.expiries.contains(feed)) board.expiries.add(feed, vector[]);
        let now = timestamp::now_seconds();
        let expiries = board.expiries.borrow_mut(feed);
        let i = 0;
        while (i < expiries.length()) {
            if (expiries[i] + DAY < now) { expiries.swap_remove(i); } else i += 1;
        };
        expiries.push_back(expiry);
    }

    /// The bond, once: it is due when the series first trades, or has expired.
    package fun take_bond(market: address): (u64, address) {
        let s = &mut Series[market];
        let (bond, to) = (s.bond, s.bond_to);
        if (bond != 0) s.bond = 0;
        (bond, to)
    }

    /// All series of an expiry.
    public fun series_of(feed: address, expiry: u64): vector<address> {
        let at = accounts::venue_address();
        let chain = Chain { feed, expiry };
        if (!exists<Board>(at) || !Board[at].chains.contains(chain)) return vector[];
        *Board[at].chains.borrow(chain)
    }

    /// Expiries with series.
    public fun expiries_of(feed: address): vector<u64> {
        let at = accounts::venue_address();
        if (!exists<Board>(at) || !Board[at].expiries.contains(feed)) return vector[];
        *Board[at].expiries.borrow(feed)
    }

    /// Where a series lies.
    public fun address_of(feed: address, expiry: u64, strike: u64, is_call: bool): address {
        object::create_object_address(&accounts::venue_address(), seed(feed, expiry, strike, is_call))
    }

    fun seed(feed: address, expiry: u64, strike: u64, is_call: bool): vector<u8> {
        let seed = b"derivatives::series::";
        seed.append(bcs::to_bytes(&feed));
        seed.append(bcs::to_bytes(&expiry));
        seed.append(bcs::to_bytes(&strike));
        seed.append(bcs::to_bytes(&is_call));
        seed
    }

    // ---- the calendar

    /// Whether an expiry is one of the next three days, four Fridays, three last Fridays of a month or four of a quarter, at 08:00.
    public fun is_listed_expiry(now: u64, expiry: u64): bool {
        if (expiry <= now || expiry % DAY != 8 * HOUR) return false;
        if (expiry - now <= 3 * DAY) return true;
        let day = expiry / DAY;
        // 1 January 1970 was a Thursday.
        if (day % 7 != 1) return false;
        if (expiry - now <= 4 * WEEK) return true;
        let (month, rest) = month_of(day);
        let (next, _) = month_of(day + 7);
        if (month == next) return false;
        let _ = rest;
        // Last Fridays between now and then, this month's counted if it is ahead.
        let ahead = month - first_month_ahead(now) + 1;
        if (ahead <= 3) return true;
        if (month % 3 != 2) return false;
        let quarters = month / 3 - first_month_ahead(now) / 3 + 1;
        quarters <= 4
    }

    /// The month (counted from 1970) whose last Friday at 08:00 is the first one after `now`.
    fun first_month_ahead(now: u64): u64 {
        let day = now / DAY;
        // The Friday at 08:00 that comes next; from there week by week to the last of its month.
        let friday = day + (8 - day % 7) % 7;
        if (friday * DAY + 8 * HOUR <= now) friday += 7;
        let (month, _) = month_of(friday);
        month
    }

    /// Month counted from January 1970 and day of the month from 0, of a day counted from 1970.
    fun month_of(day: u64): (u64, u64) {
        let (month, left) = (0, day);
        // A cycle of four years at a time, then month by month.
        let cycles = left / 1461;
        left -= cycles * 1461;
        month += cycles * 48;
        let lengths = vector[31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
        loop {
            let in_year = month % 12;
            let leap = (1970 + month / 12) % 4 == 0;
            let length = lengths[in_year] + (if (leap && in_year == 1) 1 else 0);
            if (left < length) return (month, left);
            left -= length;
            month += 1;
        }
    }

    /// 1-2-2.5-5 times a power of ten nearest to 2.5 % of the index for short tenors, 5 % for longer ones.
    public fun strike_step(index: u64, short: bool): u64 {
        let wanted = if (short) index / 40 else index / 20;
        let power = 1;
        while (power * 10 <= wanted) power *= 10;
        let (best, distance) = (power, if (wanted > power) wanted - power else power - wanted);
        vector[2 * power, 5 * power / 2, 5 * power, 10 * power].for_each(|step| {
            let away = if (step > wanted) step - wanted else wanted - step;
            if (step != 0 && away < distance) {
                best = step;
                distance = away;
            }
        });
        best
    }

    /// A power of ten of about a millionth of the index.
    fun series_tick(index: u64): u64 {
        let tick = 1;
        while (tick * 1000000 <= index) tick *= 10;
        tick
    }

    /// The least power of ten that makes notionals exact with a tick.
    fun least_lot(tick: u64): u64 {
        let lot = 1;
        while ((tick as u128) * (lot as u128) % NOTIONAL != 0) lot *= 10;
        lot
    }

    // ---- prices

    /// The mark: Black-76 on the surface, floored; what it pays once it has expired.
    public fun mark(market: address): u64 {
        let s = &Series[market];
        if (s.settlement != 0) return settlement::payoff(s.is_call, s.strike, s.settlement);
        let feed = books::feed(market);
        let now = timestamp::now_seconds();
        if (now >= s.expiry) return settlement::payoff(s.is_call, s.strike, s.proxy(feed, now));
        let (vol, forward, rate) = s.inputs(feed, now);
        price(s.is_call, forward, s.strike, vol, s.expiry - now, rate)
    }

    /// Volatility, forward and rate; in the window before expiry the forward is the settlement proxy.
    fun inputs(self: &Series, feed: address, now: u64): (u64, u64, I64) {
        let (vol, forward, rate, _) = oracle::volatility(feed, self.expiry, self.strike);
        let forward = if (now + self.window <= self.expiry) forward else self.proxy(feed, now);
        (vol, forward, rate)
    }

    /// What the settlement price is expected to be: the average so far and the index, by how much of the window has passed.
    fun proxy(self: &Series, feed: address, now: u64): u64 {
        let (index, _) = oracle::index(feed);
        let start = self.expiry - self.window;
        if (now <= start) return index;
        let end = if (now < self.expiry) now else self.expiry;
        let (known, average) = oracle::twap(feed, start, end);
        if (known) settlement::blend(average, index, end - start, self.window) else index
    }

    /// The price that stands for the index in margin: the index, or the proxy in the window before expiry.
    public fun margin_index(market: address): u64 {
        let s = &Series[market];
        if (s.settlement != 0) s.settlement else s.proxy(books::feed(market), timestamp::now_seconds())
    }

    /// Volatility, forward, rate and time to expiry that margin prices with.
    public fun pricing_inputs(market: address): (u64, u64, I64, u64) {
        let s = &Series[market];
        let now = timestamp::now_seconds();
        let (vol, forward, rate) = s.inputs(books::feed(market), now);
        if (s.settlement != 0) (vol, s.settlement, rate, 0)
        else if (now >= s.expiry) (vol, forward, rate, 0)
        else (vol, forward, rate, s.expiry - now)
    }

    fun price(is_call: bool, forward: u64, strike: u64, vol: u64, tenor: u64, rate: I64): u64 {
        ((black76::price(is_call, forward, strike, vol, tenor, rate) / 1000000000) as u64)
    }

    /// What orders are judged by: mark, index, and the band of prices.
    package fun context(market: address): Context {
        let s = &Series[market];
        let feed = books::feed(market);
        let (now, tick) = (timestamp::now_seconds(), books::tick(market));
        let (index, _) = oracle::index(feed);
        let (vol, forward, rate) = s.inputs(feed, now);
        let tenor = if (now < s.expiry) s.expiry - now else 0;
        let f = (forward as u128);
        let (down, up) = (((f * (RATE - BAND) / RATE) as u64), ((f * (RATE + BAND) / RATE) as u64));
        let (worse, better) = if (s.is_call) (down, up) else (up, down);
        let low = price(s.is_call, worse, s.strike, vol / 2, tenor, rate) / tick * tick;
        let high = price(s.is_call, better, s.strike, vol * 2, tenor, rate);
        let high = (high + tick - 1) / tick * tick;
        let mark = price(s.is_call, forward, s.strike, vol, tenor, rate);
        let floor = mark / tick * tick;
        let (least, most) = (
            if (floor > BAND_TICKS * tick) floor - BAND_TICKS * tick else tick, floor + (BAND_TICKS + 1) * tick
        );
        if (least < low) low = least;
        if (most > high) high = most;
        orders::context(now, mark, index, if (low < tick) tick else low, high)
    }

    /// The status that time, feed and surface ask for.
    package fun circumstances(market: address): u8 {
        let s = &Series[market];
        if (timestamp::now_seconds() >= s.expiry) return SETTLING;
        let feed = books::feed(market);
        let (_, fresh) = oracle::index(feed);
        if (!fresh) return CANCEL_ONLY;
        let (_, _, _, surface) = oracle::volatility(feed, s.expiry, s.strike);
        let caution = oracle::in_caution(feed);
        if (!surface && caution) 4 else if (!surface) POST_ONLY else if (caution) CAUTION else OPEN
    }

    /// Expiry, strike, call, settlement price (0: not fixed).
    public fun terms(market: address): (u64, u64, bool, u64) {
        assert!(exists<Series>(market), E_NOT_FOUND);
        let s = &Series[market];
        (s.expiry, s.strike, s.is_call, s.settlement)
    }

    // ---- settlement

    /// Whether the price could be fixed now.
    public fun is_fixable(market: address): bool {
        let s = &Series[market];
        let feed = books::feed(market);
        if (s.settlement != 0 || timestamp::now_seconds() <= s.expiry || oracle::updated(feed) < s.expiry) return false;
        let (known, average) = oracle::twap(feed, s.expiry - s.window, s.expiry);
        known && average >= books::tick(market)
    }

    /// Fixes the settlement price after the expiry and one further price. Once.
    package fun fix(market: address) {
        assert!(exists<Series>(market), E_NOT_FOUND);
        let s = &mut Series[market];
        let feed = books::feed(market);
        assert!(timestamp::now_seconds() > s.expiry, E_NOT_EXPIRED);
        assert!(s.settlement == 0, E_ALREADY_FIXED);
        assert!(oracle::updated(feed) >= s.expiry, E_NO_SETTLEMENT);
        let (known, average) = oracle::twap(feed, s.expiry - s.window, s.expiry);
        assert!(known, E_NO_SETTLEMENT);
        s.settlement = settlement::floor_to_tick(average, books::tick(market));
        assert!(s.settlement != 0, E_NO_SETTLEMENT);
        books::conclude(market, SETTLED);
        event::emit(SettlementFixed { market, price: s.settlement });
    }
}
