/// Perpetuals: terms, mark price, premium samples and funding, the liquidation breaker, changes of terms, delisting.
///
/// Units as in `units`; samples and rates round toward zero, the settlement price down to the tick. Invariants: an hour is accrued
/// once; terms change a day after they were announced at the earliest; a fixed settlement price never changes.
module derivatives::perps {
    use aptos_framework::event;
    use aptos_framework::object;
    use aptos_framework::timestamp;
    use derivatives::book;
    use derivatives::books;
    use derivatives::funding;
    use derivatives::oracle;
    use derivatives::orders::Context;
    use derivatives::pricing;
    use derivatives::settlement;
    use derivatives::tiers::{Self, Tier};
    use derivatives::units;
    use std::signer;
    use tenor_math::int128::{Self, I128};

    /// Only governance may do this.
    const E_NOT_OWNER: u64 = 0x0201;
    /// The market is in no status for this.
    const E_MARKET_STATUS: u64 = 0x0301;
    /// There is no such perpetual.
    const E_NOT_FOUND: u64 = 0x030a;
    /// The market has not reached the time of its delisting.
    const E_NOT_EXPIRED: u64 = 0x0701;
    /// The feed has no average over the hour.
    const E_NO_SETTLEMENT: u64 = 0x0702;
    /// The price is fixed already, or the delisting announced.
    const E_ALREADY_FIXED: u64 = 0x0703;
    /// The terms break a rule of listing.
    const E_LISTING_RULE: u64 = 0x0801;
    /// The change of terms has not waited long enough, or there is none.
    const E_TIMELOCK: u64 = 0x0803;

    const RATE: u64 = 1000000000;
    const NOTIONAL: u128 = 1000000000000;
    /// The premium is sampled for this much quote: 10,000.
    const IMPACT: u128 = 10000000000;
    const HOUR: u64 = 3600;
    const DAY: u64 = 86400;
    /// Hours that one call accrues.
    const ACCRUALS_MAX: u64 = 24;
    /// The mark's basis moves over 150 seconds.
    const TAU: u64 = 150;
    /// Delisting is announced this long before.
    const NOTICE: u64 = 604800;
    /// The breaker looks at this many minutes, ...
    const FLOW_MINUTES: u64 = 5;
    /// ... trips when a tenth of the open interest was liquidated in them, ...
    const FLOW_SHARE: u128 = 10;
    /// ... and refuses new risk for this many seconds.
    const FLOW_PAUSE: u64 = 60;
    const OPEN: u8 = 1;
    const CAUTION: u8 = 2;
    const REDUCE_ONLY: u8 = 4;
    const CANCEL_ONLY: u8 = 5;
    const SETTLED: u8 = 8;

    /// A perpetual's own terms and sums. `flow` holds liquidated notionals of the last minutes.
    struct Perp has key {
        mid_feed: address,
        tiers: vector<Tier>,
        basis: I128,
        basis_ts: u64,
        sample_sum: I128,
        sample_minute: u64,
        last_premium: I128,
        accrued_hour: u64,
        flow: vector<u128>,
        flow_minute: u64,
        breaker_until: u64,
        delist_at: u64,
        settlement: u64,
        queued: vector<Terms>,
        queued_until: u64,
    }

    /// Terms that governance may change.
    struct Terms has copy, drop, store {
        maker_fee: I128, taker_fee: I128, band: u64, oi_cap: u128, account_cap: u128, tiers: vector<Tier>
    }

    #[event]
    /// A perpetual was listed.
    struct MarketListed has drop, store { market: address, feed: address, tick: u64, lot: u64 }

    #[event]
    /// The premium of a minute.
    struct FundingSampled has drop, store { market: address, minute: u64, premium: I128 }

    #[event]
    /// An hour's funding.
    struct FundingAccrued has drop, store { market: address, hour: u64, rate: I128, index: u64, funding_index: I128 }

    #[event]
    /// The mark's basis moved.
    struct MarkUpdated has drop, store { market: address, mark: u64, basis: I128 }

    #[event]
    /// A delisting was announced.
    struct DelistingAnnounced has drop, store { market: address, at: u64 }

    #[event]
    /// The price that a market settles at.
    struct SettlementFixed has drop, store { market: address, price: u64 }

    #[event]
    /// Terms will change, not before a time.
    struct ParamsQueued has drop, store { market: address, terms: Terms, from: u64 }

    #[event]
    /// Terms changed.
    struct ParamsApplied has drop, store { market: address, terms: Terms }

    #[event]
    /// So much was liquidated that new risk is refused for a while.
    struct BreakerTripped has drop, store { market: address, liquidated: u128, until: u64 }

    // ---- listing and terms

    /// Lists a perpetual at a named object of governance. Tiers come as columns; the last bound is 0.
    package fun list(
        admin: &signer, symbol: vector<u8>, feed: address, mid_feed: address, tick: u64, lot: u64, min_size: u64,
        max_steps: u64, terms: Terms
    ) {
        assert!(signer::address_of(admin) == @derivatives, E_NOT_OWNER);
        check_lots(tick, lot, min_size, max_steps);
        let config = book::config(
            tick, lot, min_size, max_steps, terms.maker_fee, terms.taker_fee, terms.band, false, terms.oi_cap,
            terms.account_cap
        );
        let constructor = object::create_named_object(admin, seed(symbol));
        let at = constructor.generate_signer();
        let market = signer::address_of(&at);
        let now = timestamp::now_seconds();
        books::create(&at, feed, true, config);
        move_to(&at, Perp {
            mid_feed, tiers: terms.tiers, basis: int128::zero(), basis_ts: now, sample_sum: int128::zero(),
            sample_minute: now / 60, last_premium: int128::zero(), accrued_hour: now / HOUR,
            flow: vector[0, 0, 0, 0, 0], flow_minute: now / 60, breaker_until: 0, delist_at: 0, settlement: 0,
            queued: vector[], queued_until: 0
        });
        event::emit(MarketListed { market, feed, tick, lot });
    }

    /// Terms, checked: a rebate is at most the taker's fee, rates and band have bounds, tiers are in order.
    package fun terms(
        rebate: bool, maker_fee: u64, taker_fee: u64, band: u64, oi_cap: u64, account_cap: u64, uppers: vector<u64>,
        im_rates: vector<u64>, mm_rates: vector<u64>
    ): Terms {
        assert!(maker_fee <= taker_fee || !rebate, E_LISTING_RULE);
        assert!(taker_fee <= RATE / 10 && maker_fee <= RATE / 10 && band != 0 && band < RATE / 2, E_LISTING_RULE);
        let count = uppers.length();
        assert!(im_rates.length() == count && mm_rates.length() == count, E_LISTING_RULE);
        let tiers = vector[];
        let i = 0;
        while (i < count) {
            tiers.push_back(tiers::new((uppers[i] as u128), (im_rates[i] as u128), (mm_rates[i] as u128)));
            i += 1;
        };
        tiers::check(&tiers);
        Terms {
            maker_fee: int128::new(rebate, (maker_fee as u128)), taker_fee: int128::from((taker_fee as u128)), band,
            oi_cap: (oi_cap as u128), account_cap: (account_cap as u128), tiers
        }
    }

    /// Announces new terms; they wait a day.
    package fun queue(admin: &signer, market: address, terms: Terms) {
        assert!(signer::address_of(admin) == @derivatives, E_NOT_OWNER);
        assert!(exists<Perp>(market), E_NOT_FOUND);
        let p = &mut Perp[market];
        p.queued = vector[terms];
        p.queued_until = timestamp::now_seconds() + DAY;
        event::emit(ParamsQueued { market, terms, from: p.queued_until });
    }

    /// Applies announced terms once they have waited.
    package fun apply_queued(market: address) {
        assert!(exists<Perp>(market), E_NOT_FOUND);
        let p = &mut Perp[market];
        assert!(!p.queued.is_empty() && timestamp::now_seconds() >= p.queued_until, E_TIMELOCK);
        let terms = p.queued.pop_back();
        p.tiers = terms.tiers;
        books::set_terms(market, terms.maker_fee, terms.taker_fee, terms.band, terms.oi_cap, terms.account_cap);
        event::emit(ParamsApplied { market, terms });
    }

    /// `tick * lot` is a multiple of 1e12, so that every fill's notional is exact.
    package fun check_lots(tick: u64, lot: u64, min_size: u64, max_steps: u64) {
        assert!(
            tick != 0 && lot != 0 && (tick as u128) * (lot as u128) % NOTIONAL == 0 && min_size >= lot && min_size % lot == 0
                && max_steps != 0 && max_steps <= 64,
            E_LISTING_RULE
        );
    }

    /// Where the perpetual of a symbol lies.
    public fun address_of(symbol: vector<u8>): address { object::create_object_address(&@derivatives, seed(symbol)) }

    fun seed(symbol: vector<u8>): vector<u8> {
        let seed = b"derivatives::perp::";
        seed.append(symbol);
        seed
    }

    // ---- prices

    /// The mark: the settlement price once it is fixed.
    public fun mark(market: address): u64 {
        let p = &Perp[market];
        if (p.settlement != 0) return p.settlement;
        let (index, _) = oracle::index(books::feed(market));
        mark_with(market, p, index)
    }

    fun mark_with(market: address, p: &Perp, index: u64): u64 {
        let (bid, ask) = books::touch(market);
        let external = if (p.mid_feed == @0x0) 0 else {
            let (mid, fresh) = oracle::index(p.mid_feed);
            if (fresh) mid else 0
        };
        pricing::mark(index, p.basis, bid, ask, books::last_price(market), external)
    }

    /// What orders are judged by.
    package fun context(market: address): Context {
        let (index, _) = oracle::index(books::feed(market));
        books::context(market, timestamp::now_seconds(), mark_with(market, &Perp[market], index), index)
    }

    /// The status that feed, breaker and delisting ask for.
    package fun circumstances(market: address): u8 {
        let p = &Perp[market];
        let now = timestamp::now_seconds();
        let feed = books::feed(market);
        let (_, fresh) = oracle::index(feed);
        if (!fresh) CANCEL_ONLY
        else if (now < p.breaker_until || (p.delist_at != 0 && now + HOUR >= p.delist_at)) REDUCE_ONLY
        else if (oracle::in_caution(feed)) CAUTION
        else OPEN
    }

    /// Tiers of the leverage.
    public fun tiers(market: address): vector<Tier> { Perp[market].tiers }

    /// The settlement price, 0 if it is not fixed.
    public fun settlement(market: address): u64 { Perp[market].settlement }

    /// Basis, last premium, sum of this hour's samples, hour of the last accrual.
    public fun funding_state(market: address): (I128, I128, I128, u64) {
        let p = &Perp[market];
        (p.basis, p.last_premium, p.sample_sum, p.accrued_hour)
    }

    // ---- funding and mark

    /// Does what falls due with time: the mark's basis once a second, a premium sample once a minute. The book is as it stood.
    package fun tick(market: address) {
        let p = &mut Perp[market];
        if (p.settlement != 0) return;
        let now = timestamp::now_seconds();
        if (now == p.basis_ts) return;
        let (index, fresh) = oracle::index(books::feed(market));
        if (!fresh) return;
        let (bid, ask) = books::touch(market);
        let dt = now - p.basis_ts;
        p.basis_ts = now;
        if (bid != 0 && ask != 0) {
            let middle = int128::from(((bid as u128) + (ask as u128)) / 2);
            p.basis = pricing::ema(p.basis, middle.sub(int128::from((index as u128))), dt, TAU);
            event::emit(MarkUpdated { market, mark: mark_with(market, p, index), basis: p.basis });
        };
        if (now / 60 <= p.sample_minute) return;
        if (now / HOUR > p.accrued_hour) { accrue(market, p); };
        p.sample_minute = now / 60;
        let (impact_bid, impact_ask) = books::impact_prices(market, IMPACT);
        let premium = funding::premium_sample(impact_bid, impact_ask, index);
        p.last_premium = premium;
        p.sample_sum = p.sample_sum.add(premium);
        event::emit(FundingSampled { market, minute: p.sample_minute, premium });
    }

    /// Accrues the hours that have passed, at most 24; how many.
    package fun crank(market: address): u64 {
        assert!(exists<Perp>(market), E_NOT_FOUND);
        let p = &mut Perp[market];
        accrue(market, p)
    }

    /// Samples belong to the first hour; the others have none. An hour in which the index was stale accrues nothing.
    fun accrue(market: address, p: &mut Perp): u64 {
        let hour = timestamp::now_seconds() / HOUR;
        let feed = books::feed(market);
        let (index, _) = oracle::index(feed);
        let count = 0;
        while (p.accrued_hour < hour && count < ACCRUALS_MAX) {
            let start = p.accrued_hour * HOUR;
            p.accrued_hour += 1;
            count += 1;
            let sum = p.sample_sum;
            p.sample_sum = int128::zero();
            let stale = p.settlement != 0 || oracle::was_stale(feed, start, start + HOUR);
            let interval = funding::interval(sum, index);
            let rate = if (stale) int128::zero() else interval.rate_hour();
            let funding_index = books::accrue(market, if (stale) int128::zero() else interval.d_index());
            event::emit(FundingAccrued {
                market, hour: p.accrued_hour, rate, index, funding_index
            });
        };
        count
    }

    // ---- the breaker

    /// Counts a liquidated notional; trips when a tenth of the open interest went within five minutes.
    package fun note_liquidation(market: address, notional: u128, mark: u64) {
        let p = &mut Perp[market];
        let minute = timestamp::now_seconds() / 60;
        // Minutes that have passed since make room.
        let passed = minute - p.flow_minute;
        let i = 0;
        while (i < passed && i < FLOW_MINUTES) {
            p.flow.remove(0);
            p.flow.push_back(0);
            i += 1;
        };
        p.flow_minute = minute;
        let last = &mut p.flow[FLOW_MINUTES - 1];
        *last += notional;
        let sum = 0;
        p.flow.for_each_ref(|part| sum += *part);
        let interest = units::notional(books::open_interest(market), mark);
        let now = timestamp::now_seconds();
        if (sum * FLOW_SHARE > interest && now >= p.breaker_until) {
            p.breaker_until = now + FLOW_PAUSE;
            event::emit(BreakerTripped { market, liquidated: sum, until: p.breaker_until });
        }
    }

    // ---- delisting

    /// Announces the end of a market: in seven days, or in an hour in an emergency. The last hour only reduces.
    package fun announce(admin: &signer, market: address, emergency: bool) {
        assert!(signer::address_of(admin) == @derivatives, E_NOT_OWNER);
        assert!(exists<Perp>(market), E_NOT_FOUND);
        let p = &mut Perp[market];
        assert!(p.settlement == 0 && (p.delist_at == 0 || emergency), E_ALREADY_FIXED);
        p.delist_at = timestamp::now_seconds() + (if (emergency) HOUR else NOTICE);
        event::emit(DelistingAnnounced { market, at: p.delist_at });
    }

    /// Fixes the hour's average of the index, floored to the tick, as what every position closes at.
    package fun fix(market: address) {
        assert!(exists<Perp>(market), E_NOT_FOUND);
        let p = &mut Perp[market];
        assert!(p.settlement == 0, E_ALREADY_FIXED);
        assert!(p.delist_at != 0, E_MARKET_STATUS);
        let now = timestamp::now_seconds();
        assert!(now >= p.delist_at, E_NOT_EXPIRED);
        // What funding is due until now is due at the old mark.
        accrue(market, p);
        let (known, average) = oracle::twap(books::feed(market), p.delist_at - HOUR, p.delist_at);
        assert!(known, E_NO_SETTLEMENT);
        p.settlement = settlement::floor_to_tick(average, books::tick(market));
        assert!(p.settlement != 0, E_NO_SETTLEMENT);
        books::conclude(market, SETTLED);
        event::emit(SettlementFixed { market, price: p.settlement });
    }

    /// Predicted rate of the running hour, from the samples so far.
    public fun predicted_rate(market: address): I128 {
        let (index, _) = oracle::index(books::feed(market));
        let interval = funding::interval(Perp[market].sample_sum, if (index == 0) 1 else index);
        interval.rate_hour()
    }
}
