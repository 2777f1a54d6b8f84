/// Price feeds from signed reports, their history, and volatility surfaces.
///
/// A report is signed over the tag, the chain's genesis hash, the feed, price, confidence, time and sequence; anyone may relay it.
/// The accepted price is the median of fresh reports of at least three publishers. Units: prices with 9 decimals, reports in
/// milliseconds, everything else in seconds.
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
    use tenor_math::black76;
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
    /// A parameter is outside its bounds.
    const E_PARAM_BOUNDS: u64 = 0x0802;

    const TAG: vector<u8> = b"TENOR::PriceReport";
    const MAX_AGE: u64 = 30;
    const VOL_MAX_AGE: u64 = 120;
    const REPORTS_MAX: u64 = 32;
    const PUBLISHERS_MAX: u64 = 32;
    const SLICES_MAX: u64 = 16;
    const PRICE_END: u64 = 1152921504606846976;
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
    /// The surface of an expiry was set.
    struct VolAccepted has drop, store { feed: address, expiry: u64, forward: u64, ts: u64 }

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
            publishers, price: 0, updated: 0, version: 0, history: table::new(), count: 0, tripped: 0, surface_publisher,
            slices: vector[]
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
        _relay: &signer, feed: address, publishers: vector<u64>, prices: vector<u64>, confidences: vector<u64>,
        times_ms: vector<u64>, sequences: vector<u64>, signatures: vector<vector<u8>>
    ) acquires Feed {
        let count = publishers.length();
        assert!(
            count <= REPORTS_MAX && prices.length() == count && confidences.length() == count && times_ms.length() == count
                && sequences.length() == count && signatures.length() == count,
            E_PARAM_BOUNDS
        );
        let now_ms = timestamp::now_microseconds() / 1000;
        let genesis = rollup::genesis_hash();
        let f = &mut Feed[feed];
        let i = 0;
        while (i < count) {
            assert!(publishers[i] < f.publishers.length(), E_UNKNOWN_PUBLISHER);
            let p = &mut f.publishers[publishers[i]];
            assert!(times_ms[i] <= now_ms, E_REPORT_FUTURE);
            assert!(times_ms[i] > p.ts_ms && sequences[i] > p.sequence, E_REPORT_OLD);
            assert!(prices[i] < PRICE_END, E_PARAM_BOUNDS);
            let message = report_bytes(genesis, feed, prices[i], confidences[i], times_ms[i], sequences[i]);
            let signature = ed25519::new_signature_from_bytes(signatures[i]);
            let key = ed25519::new_unvalidated_public_key_from_bytes(p.key);
            assert!(ed25519::signature_verify_strict(&signature, &key, message), E_SIGNATURE);
            p.price = prices[i];
            p.confidence = confidences[i];
            p.ts_ms = times_ms[i];
            p.sequence = sequences[i];
            i += 1;
        };
        accept(f, feed);
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

    /// Sets the surface of one expiry: parameters as magnitudes with their signs. Only the surface's publisher.
    public entry fun update_vol(
        publisher: &signer, feed: address, expiry: u64, a_neg: bool, a: u64, b: u64, rho_neg: bool, rho: u64, m_neg: bool,
        m: u64, sigma: u64, forward: u64, rate_neg: bool, rate: u64
    ) acquires Feed {
        let f = &mut Feed[feed];
        assert!(signer::address_of(publisher) == f.surface_publisher, E_NOT_OWNER);
        let slice = svi::new(int64::new(a_neg, a), b, int64::new(rho_neg, rho), int64::new(m_neg, m), sigma);
        let now = timestamp::now_seconds();
        assert!(
            slice.is_valid() && forward != 0 && forward < PRICE_END && rate <= 1000000000 && expiry > now,
            E_SURFACE_INVALID
        );
        let entry = Expiry { expiry, slice, forward, rate: int64::new(rate_neg, rate), updated: now };
        // In order of expiry; what has expired makes room.
        let i = 0;
        while (i < f.slices.length()) {
            if (f.slices[i].expiry + 86400 < now) { f.slices.remove(i); } else i += 1;
        };
        i = 0;
        while (i < f.slices.length() && f.slices[i].expiry < expiry) i += 1;
        if (i < f.slices.length() && f.slices[i].expiry == expiry) f.slices[i] = entry
        else {
            assert!(f.slices.length() < SLICES_MAX, E_SURFACE_INVALID);
            f.slices.insert(i, entry);
        };
        event::emit(VolAccepted { feed, expiry, forward, ts: now });
    }

    #[view]
    /// The index price and whether it is fresh.
    public fun index(feed: address): (u64, bool) acquires Feed {
        let f = &Feed[feed];
        (f.price, f.price != 0 && timestamp::now_seconds() - f.updated <= MAX_AGE)
    }

    #[view]
    /// Whether the breaker holds the feed's markets in caution.
    public fun in_caution(feed: address): bool acquires Feed {
        let f = &Feed[feed];
        f.tripped != 0 && timestamp::now_seconds() < f.tripped + CAUTION_S
    }

    /// The index price; aborts `E_STALE_PRICE` unless it is fresh.
    public fun fresh_index(feed: address): u64 acquires Feed {
        let (price, fresh) = index(feed);
        assert!(fresh, E_STALE_PRICE);
        price
    }

    #[view]
    /// The time-weighted average over `[start, end)`; `false` if the feed does not reach back to the start or on to the end.
    public fun twap(feed: address, start: u64, end: u64): (bool, u64) acquires Feed {
        let f = &Feed[feed];
        if (f.count == 0 || start >= end || f.history.borrow(0).ts > start) return (false, 0);
        let area = integral_at(f, end) - integral_at(f, start);
        (true, ((area / ((end - start) as u128)) as u64))
    }

    #[view]
    /// When the last price was accepted, in seconds.
    public fun updated(feed: address): u64 acquires Feed { Feed[feed].updated }

    #[view]
    /// Volatility, forward and rate for a strike and an expiry that has a slice; and whether the surface is fresh.
    public fun volatility(feed: address, expiry: u64, strike: u64): (u64, u64, I64, bool) acquires Feed {
        let f = &Feed[feed];
        let now = timestamp::now_seconds();
        let (found, at) = f.slices.find(|s| s.expiry == expiry);
        assert!(found, E_STALE_PRICE);
        let s = &f.slices[at];
        if (now >= expiry) return (VOL_MIN, s.forward, s.rate, true);
        let vol = s.slice.volatility(expiry - now, s.forward, strike);
        let vol = if (vol < VOL_MIN) VOL_MIN else if (vol > VOL_MAX) VOL_MAX else vol;
        let age = now - s.updated;
        if (age <= VOL_MAX_AGE) return (vol, s.forward, s.rate, true);
        // A stale surface is shifted up: 5 % a minute, at most by half.
        let minutes = (age - VOL_MAX_AGE + 59) / 60;
        let shift = if (minutes > 10) 50 else 5 * minutes;
        let vol = vol + vol * shift / 100;
        (if (vol > VOL_MAX) VOL_MAX else vol, s.forward, s.rate, false)
    }

    #[view]
    /// The mark of an option: Black-76 on the surface, rounded down; intrinsic value at expiry.
    public fun option_mark(feed: address, expiry: u64, strike: u64, is_call: bool): u64 acquires Feed {
        let (vol, forward, rate, _) = volatility(feed, expiry, strike);
        let now = timestamp::now_seconds();
        let (forward, tenor) = if (now >= expiry) (Feed[feed].price, 0) else (forward, expiry - now);
        ((black76::price(is_call, forward, strike, vol, tenor, rate) / 1000000000) as u64)
    }

    fun accept(f: &mut Feed, feed: address) {
        let now = timestamp::now_seconds();
        let reports = vector<Report>[];
        f.publishers.for_each_ref(|p| reports.push_back(pricing::report(p.price, p.confidence, p.ts_ms / 1000)));
        let (ok, price, used) = pricing::aggregate(&reports, now);
        if (!ok) return;
        observe(f, now, price);
        f.price = price;
        f.updated = now;
        f.version += 1;
        event::emit(PriceAccepted { feed, price, used, version: f.version, ts: now });
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
    public fun set_price_for_test(feed: address, price: u64) acquires Feed {
        let f = &mut Feed[feed];
        observe(f, timestamp::now_seconds(), price);
        f.price = price;
        f.updated = timestamp::now_seconds();
        f.version += 1;
    }
}
