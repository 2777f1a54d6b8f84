/// Price feeds from signed reports, their history, and volatility surfaces.
///
/// A report is signed over the tag, the chain's genesis hash, the feed, price, confidence, time and sequence; anyone may relay it.
/// The accepted price is the median of fresh reports of at least three publishers. Units: prices with 9 decimals, reports in
/// milliseconds, everything else in seconds.
/// Averages round down. Invariant: a publisher's reports only get newer; times in the history only rise.
module derivatives::oracle {
    use aptos_framework::event;
    use aptos_framework::object;
    use aptos_framework::rollup;
    use aptos_framework::timestamp;
    use aptos_std::ed25519;
    use aptos_std::table::{Self, Table};
    use derivatives::pricing::{Self, Report};
    use std::bcs;
    use std::signer;
    use tenor_math::int64::{Self, I64};
    use tenor_math::svi::{Self, Slice};

    /// Only governance, or the surface's publisher, may do this.
    const E_NOT_OWNER: u64 = 0x0201;
    /// The signature is not the publisher's.
    const E_SIGNATURE: u64 = 0x0501;
    /// The report is not newer than the publisher's last.
    const E_REPORT_OLD: u64 = 0x0502;
    /// The report is dated in the future.
    const E_REPORT_FUTURE: u64 = 0x0503;
    /// There is no such publisher.
    const E_UNKNOWN_PUBLISHER: u64 = 0x0504;
    /// There is no fresh price.
    const E_STALE_PRICE: u64 = 0x0505;
    /// The slice is not a surface, or its terms are out of bounds.
    const E_SURFACE_INVALID: u64 = 0x0506;
    /// Who brought a price into this block may not trade at it in the same block.
    const E_SAME_BLOCK: u64 = 0x0509;
    /// A parameter is outside its bounds.
    const E_PARAM_BOUNDS: u64 = 0x0802;

    const TAG: vector<u8> = b"TENOR::PriceReport";
    const MAX_AGE: u64 = 30;
    const VOL_MAX_AGE: u64 = 120;
    const REPORTS_MAX: u64 = 32;
    const PUBLISHERS_MAX: u64 = 32;
    const SLICES_MAX: u64 = 16;
    /// Slices that one call sets.
    const UPDATE_MAX: u64 = 8;
    /// A report more than 5 % away from the median does not count while enough others remain.
    const DEVIATION: u128 = 50000000;
    const RATE: u128 = 1000000000;
    const PRICE_END: u64 = 1152921504606846976;
    const TENOR_MAX: u64 = 157680000;
    const VOL_MIN: u64 = 10000000;
    const VOL_MAX: u64 = 10000000000;
    const WINDOW: u64 = 300;
    /// Seconds inside the limit before caution ends.
    const CAUTION_S: u64 = 60;

    /// The price of one underlying.
    struct Feed has key {
        publishers: vector<Publisher>,
        price: u64,
        updated: u64,
        version: u64,
        history: Table<u64, Observation>,
        count: u64,
        /// When the price was last outside the breaker's limit; 0: never.
        tripped: u64,
        /// The last time without a fresh price: from, to (0: there was none).
        gap_start: u64,
        gap_end: u64,
        /// Who brought the last price, and when, in microseconds.
        relay: address,
        relayed_us: u64,
        surface_publisher: address,
        slices: vector<Expiry>,
    }

    /// Who reports, and the latest report.
    struct Publisher has copy, drop, store { key: vector<u8>, price: u64, confidence: u64, ts_ms: u64, sequence: u64 }

    /// A price and the time integral of the price up to then.
    struct Observation has copy, drop, store { ts: u64, price: u64, integral: u128 }

    /// The surface at one expiry.
    struct Expiry has copy, drop, store { expiry: u64, slice: Slice, forward: u64, rate: I64, updated: u64 }

    #[event]
    /// A feed was created.
    struct FeedCreated has drop, store { feed: address, surface_publisher: address }

    #[event]
    /// A price was accepted from so many reports.
    struct PriceAccepted has drop, store { feed: address, price: u64, used: u64, version: u64, ts: u64 }

    #[event]
    /// A publisher's report was left out because it is too far from the others.
    struct ReportRefused has drop, store { feed: address, publisher: u64, price: u64 }

    #[event]
    /// The surface of an expiry was set.
    struct VolAccepted has drop, store { feed: address, expiry: u64, slice: Slice, forward: u64, rate: I64, ts: u64 }

    /// Creates the feed of a symbol, with the publishers' Ed25519 keys. Only governance.
    public entry fun create_feed(admin: &signer, symbol: vector<u8>, keys: vector<vector<u8>>, surface_publisher: address) {
        assert!(signer::address_of(admin) == @derivatives, E_NOT_OWNER);
        assert!(keys.length() <= PUBLISHERS_MAX, E_PARAM_BOUNDS);
        let seed = b"derivatives::feed::";
        seed.append(symbol);
        let constructor = object::create_named_object(admin, seed);
        let publishers = keys.map(|key| {
            assert!(ed25519::new_validated_public_key_from_bytes(key).is_some(), E_PARAM_BOUNDS);
            Publisher { key, price: 0, confidence: 0, ts_ms: 0, sequence: 0 }
        });
        move_to(&constructor.generate_signer(), Feed {
            publishers, price: 0, updated: 0, version: 0, history: table::new(), count: 0, tripped: 0,
            gap_start: 0, gap_end: 0, relay: @0x0, relayed_us: 0, surface_publisher, slices: vector[]
        });
        event::emit(FeedCreated { feed: constructor.address_from_constructor_ref(), surface_publisher });
    }

    #[view]
    /// Where the feed of a symbol lies.
    public fun feed_address(symbol: vector<u8>): address {
        let seed = b"derivatives::feed::";
        seed.append(symbol);
        object::create_object_address(&@derivatives, seed)
    }

    /// Takes signed reports in, and the price that they make, if they make one.
    public entry fun update_price(
        relay: &signer, feed: address, publishers: vector<u64>, prices: vector<u64>, confidences: vector<u64>,
        times_ms: vector<u64>, sequences: vector<u64>, signatures: vector<vector<u8>>
    ) {
        let count = publishers.length();
        assert!(
            count <= REPORTS_MAX && prices.length() == count && confidences.length() == count && times_ms.length() == count
                && sequences.length() == count && signatures.length() == count,
            E_PARAM_BOUNDS
        );
        let now_ms = timestamp::now_microseconds() / 1000;
        let genesis = rollup::genesis_hash();
        assert!(exists<Feed>(feed), E_UNKNOWN_PUBLISHER);
        let f = &mut Feed[feed];
        let i = 0;
        while (i < count) {
            assert!(publishers[i] < f.publishers.length(), E_UNKNOWN_PUBLISHER);
            let p = &mut f.publishers[publishers[i]];
            assert!(times_ms[i] <= now_ms, E_REPORT_FUTURE);
            assert!(times_ms[i] > p.ts_ms && sequences[i] > p.sequence, E_REPORT_OLD);
            assert!(prices[i] < PRICE_END, E_PARAM_BOUNDS);
            let message = report_bytes(genesis, feed, prices[i], confidences[i], times_ms[i], sequences[i]);
            assert!(signatures[i].length() == 64, E_SIGNATURE);
            let signature = ed25519::new_signature_from_bytes(signatures[i]);
            let key = ed25519::new_unvalidated_public_key_from_bytes(p.key);
            assert!(ed25519::signature_verify_strict(&signature, &key, message), E_SIGNATURE);
            p.price = prices[i];
            p.confidence = confidences[i];
            p.ts_ms = times_ms[i];
            p.sequence = sequences[i];
            i += 1;
        };
        if (accept(f, feed)) {
            f.relay = signer::address_of(relay);
            f.relayed_us = timestamp::now_microseconds();
        }
    }

    /// What a publisher signs.
    public fun report_bytes(
        genesis: vector<u8>, feed: address, price: u64, confidence: u64, ts_ms: u64, sequence: u64
    ): vector<u8> {
        let message = TAG;
        message.append(bcs::to_bytes(&genesis));
        message.append(bcs::to_bytes(&feed));
        message.append(bcs::to_bytes(&price));
        message.append(bcs::to_bytes(&confidence));
        message.append(bcs::to_bytes(&ts_ms));
        message.append(bcs::to_bytes(&sequence));
        message
    }

    /// Sets the surface of at most 8 expiries: parameters as columns, magnitudes with their signs. Only the surface's publisher.
    public entry fun update_vol(
        publisher: &signer, feed: address, expiries: vector<u64>, a_neg: vector<bool>, a: vector<u64>, b: vector<u64>,
        rho_neg: vector<bool>, rho: vector<u64>, m_neg: vector<bool>, m: vector<u64>, sigma: vector<u64>,
        forwards: vector<u64>, rate_neg: vector<bool>, rates: vector<u64>
    ) {
        assert!(exists<Feed>(feed), E_STALE_PRICE);
        let f = &mut Feed[feed];
        assert!(signer::address_of(publisher) == f.surface_publisher, E_NOT_OWNER);
        let count = expiries.length();
        assert!(
            count <= UPDATE_MAX && a_neg.length() == count && a.length() == count && b.length() == count
                && rho_neg.length() == count && rho.length() == count && m_neg.length() == count && m.length() == count
                && sigma.length() == count && forwards.length() == count && rate_neg.length() == count
                && rates.length() == count,
            E_PARAM_BOUNDS
        );
        let now = timestamp::now_seconds();
        // What has expired makes room.
        let i = 0;
        while (i < f.slices.length()) {
            if (f.slices[i].expiry + 86400 < now) { f.slices.remove(i); } else i += 1;
        };
        i = 0;
        while (i < count) {
            let slice = svi::new(
                int64::new(a_neg[i], a[i]), b[i], int64::new(rho_neg[i], rho[i]), int64::new(m_neg[i], m[i]), sigma[i]
            );
            assert!(
                slice.is_valid() && forwards[i] != 0 && forwards[i] < PRICE_END && rates[i] <= 1000000000
                    && expiries[i] > now && expiries[i] - now <= TENOR_MAX,
                E_SURFACE_INVALID
            );
            set_slice(f, feed, Expiry {
                expiry: expiries[i], slice, forward: forwards[i], rate: int64::new(rate_neg[i], rates[i]), updated: now
            });
            i += 1;
        }
    }

    /// Puts a slice in its place, in order of expiry.
    fun set_slice(f: &mut Feed, feed: address, entry: Expiry) {
        let i = 0;
        while (i < f.slices.length() && f.slices[i].expiry < entry.expiry) i += 1;
        event::emit(VolAccepted {
            feed, expiry: entry.expiry, slice: entry.slice, forward: entry.forward, rate: entry.rate, ts: entry.updated
        });
        if (i < f.slices.length() && f.slices[i].expiry == entry.expiry) f.slices[i] = entry
        else {
            assert!(f.slices.length() < SLICES_MAX, E_SURFACE_INVALID);
            f.slices.insert(i, entry);
        }
    }

    #[view]
    /// The index price and whether it is fresh.
    public fun index(feed: address): (u64, bool) {
        let f = &Feed[feed];
        (f.price, f.price != 0 && timestamp::now_seconds() <= f.updated + MAX_AGE)
    }

    #[view]
    /// Whether the breaker holds the feed's markets in caution.
    public fun in_caution(feed: address): bool {
        let f = &Feed[feed];
        f.tripped != 0 && timestamp::now_seconds() < f.tripped + CAUTION_S
    }

    /// The index price; aborts `E_STALE_PRICE` unless it is fresh.
    public fun fresh_index(feed: address): u64 {
        let (price, fresh) = index(feed);
        assert!(fresh, E_STALE_PRICE);
        price
    }

    #[view]
    /// The time-weighted average over `[start, end)`; `false` if the feed does not reach back to the start or on to the end.
    public fun twap(feed: address, start: u64, end: u64): (bool, u64) {
        let f = &Feed[feed];
        if (f.count == 0 || start >= end || f.history.borrow(0).ts > start) return (false, 0);
        let area = integral_at(f, end) - integral_at(f, start);
        (true, ((area / ((end - start) as u128)) as u64))
    }

    #[view]
    /// When the last price was accepted, in seconds.
    public fun updated(feed: address): u64 { Feed[feed].updated }

    #[view]
    /// Volatility, forward and rate for a strike and an expiry, and whether the surface is fresh. Between two slices total variance
    /// and forward are linear in time; outside volatility and forward are those of the nearest.
    public fun volatility(feed: address, expiry: u64, strike: u64): (u64, u64, I64, bool) {
        let f = &Feed[feed];
        let now = timestamp::now_seconds();
        let count = f.slices.length();
        // The first slice at or behind the expiry, and the last one in front of it that has not expired.
        let at = 0;
        while (at < count && f.slices[at].expiry < expiry) at += 1;
        let exact = at < count && f.slices[at].expiry == expiry;
        if (now >= expiry) {
            if (exact) return (VOL_MIN, f.slices[at].forward, f.slices[at].rate, true);
            return (VOL_MIN, f.price, int64::zero(), true)
        };
        let (has_near, has_far) = (at > 0 && f.slices[at - 1].expiry > now, at < count);
        assert!(has_near || has_far, E_STALE_PRICE);
        let (vol, forward, rate, updated) = if (exact || !has_near) {
            let s = &f.slices[at];
            (s.slice.volatility(s.expiry - now, s.forward, strike), s.forward, s.rate, s.updated)
        } else if (!has_far) {
            let s = &f.slices[at - 1];
            (s.slice.volatility(s.expiry - now, s.forward, strike), s.forward, s.rate, s.updated)
        } else {
            let (near, far) = (&f.slices[at - 1], &f.slices[at]);
            let forward = between(near.forward, far.forward, expiry - near.expiry, far.expiry - near.expiry);
            let vol = svi::volatility_between(
                &near.slice, near.expiry - now, &far.slice, far.expiry - now, expiry - now, forward, strike
            );
            (vol, forward, near.rate, if (near.updated < far.updated) near.updated else far.updated)
        };
        let vol = if (vol < VOL_MIN) VOL_MIN else if (vol > VOL_MAX) VOL_MAX else vol;
        let age = now - updated;
        if (age <= VOL_MAX_AGE) return (vol, forward, rate, true);
        // A stale surface is shifted up: 5 % a minute, at most by half.
        let minutes = (age - VOL_MAX_AGE + 59) / 60;
        let shift = if (minutes > 10) 50 else 5 * minutes;
        let vol = vol + vol * shift / 100;
        (if (vol > VOL_MAX) VOL_MAX else vol, forward, rate, false)
    }

    /// Whether the surface reaches to an expiry: then it has a volatility for it until it expires.
    public fun covers(feed: address, expiry: u64): bool { Feed[feed].slices.any(|s| s.expiry >= expiry) }

    #[view]
    /// Expiries, forwards, times of update and parameters of the surface.
    public fun slices(feed: address): (vector<u64>, vector<u64>, vector<u64>, vector<Slice>) {
        let (expiries, forwards, times, slices) = (vector[], vector[], vector[], vector[]);
        Feed[feed].slices.for_each_ref(|s| {
            expiries.push_back(s.expiry);
            forwards.push_back(s.forward);
            times.push_back(s.updated);
            slices.push_back(s.slice);
        });
        (expiries, forwards, times, slices)
    }

    /// Aborts if the sender brought this feed's last price into this very block.
    public fun guard(feed: address, sender: address) {
        let f = &Feed[feed];
        assert!(f.relay != sender || f.relayed_us != timestamp::now_microseconds(), E_SAME_BLOCK);
    }

    /// Whether the index was stale at some moment of `[start, end)`, as far as the last gap tells.
    public fun was_stale(feed: address, start: u64, end: u64): bool {
        let f = &Feed[feed];
        (f.gap_end > start && f.gap_start < end) || f.price == 0 || f.updated + MAX_AGE < end
    }

    /// For how long the index has been stale, 0 if it is fresh.
    public fun stale_for(feed: address): u64 {
        let f = &Feed[feed];
        let now = timestamp::now_seconds();
        if (now <= f.updated + MAX_AGE) 0 else now - f.updated - MAX_AGE
    }

    #[view]
    /// The average of the last five minutes; the index itself while there is no such history.
    public fun recent_average(feed: address): u64 {
        let now = timestamp::now_seconds();
        if (now < WINDOW) return Feed[feed].price;
        let (known, average) = twap(feed, now - WINDOW, now);
        if (known) average else Feed[feed].price
    }

    fun between(low: u64, high: u64, part: u64, whole: u64): u64 {
        let (a, b) = ((low as u128), (high as u128));
        let (part, whole) = ((part as u128), (whole as u128));
        ((a * (whole - part) + b * part) / whole as u64)
    }

    /// Sets the price if there is one; whether there is.
    fun accept(f: &mut Feed, feed: address): bool {
        let now = timestamp::now_seconds();
        let reports = vector<Report>[];
        f.publishers.for_each_ref(|p| reports.push_back(pricing::report(p.price, p.confidence, p.ts_ms / 1000)));
        let (ok, price, used) = pricing::aggregate(&reports, now);
        if (!ok) return false;
        // What is far from the median does not count, if enough others do.
        let (rest, refused) = (vector<Report>[], vector<u64>[]);
        let i = 0;
        while (i < reports.length()) {
            let p = &f.publishers[i];
            if (p.price != 0 && now <= p.ts_ms / 1000 + MAX_AGE && is_deviant(p.price, price)) refused.push_back(i)
            else rest.push_back(reports[i]);
            i += 1;
        };
        if (!refused.is_empty()) {
            let (ok, without, left) = pricing::aggregate(&rest, now);
            if (ok) {
                price = without;
                used = left;
                refused.for_each(|publisher| {
                    event::emit(ReportRefused { feed, publisher, price: f.publishers[publisher].price })
                });
            }
        };
        set_price(f, now, price);
        event::emit(PriceAccepted { feed, price, used, version: f.version, ts: now });
        true
    }

    fun is_deviant(price: u64, median: u64): bool {
        let distance = if (price > median) price - median else median - price;
        (distance as u128) * RATE > (median as u128) * DEVIATION
    }

    fun set_price(f: &mut Feed, now: u64, price: u64) {
        if (f.price != 0 && now > f.updated + MAX_AGE) {
            f.gap_start = f.updated + MAX_AGE;
            f.gap_end = now;
        };
        observe(f, now, price);
        f.price = price;
        f.updated = now;
        f.version += 1;
    }

    /// Appends to the history; prices of one second replace each other. Trips the breaker.
    fun observe(f: &mut Feed, now: u64, price: u64) {
        if (f.count != 0) {
            let last = *f.history.borrow(f.count - 1);
            if (now > WINDOW && f.history.borrow(0).ts <= now - WINDOW) {
                let area = integral_at(f, now) - integral_at(f, now - WINDOW);
                if (pricing::breaker(price, ((area / (WINDOW as u128)) as u64))) f.tripped = now;
            };
            if (last.ts == now) {
                f.history.borrow_mut(f.count - 1).price = price;
                return
            };
            let integral = last.integral + (last.price as u128) * ((now - last.ts) as u128);
            f.history.add(f.count, Observation { ts: now, price, integral });
        } else f.history.add(0, Observation { ts: now, price, integral: 0 });
        f.count += 1;
    }

    /// The integral up to `t`, which is not before the first observation.
    fun integral_at(f: &Feed, t: u64): u128 {
        // The last observation not after t, by halving.
        let (low, high) = (0, f.count);
        while (high - low > 1) {
            let middle = (low + high) / 2;
            if (f.history.borrow(middle).ts <= t) low = middle else high = middle;
        };
        let o = f.history.borrow(low);
        o.integral + (o.price as u128) * ((t - o.ts) as u128)
    }

    #[test_only]
    /// Accepts a price without reports.
    public fun set_price_for_test(feed: address, price: u64) { set_price(&mut Feed[feed], timestamp::now_seconds(), price) }
}
