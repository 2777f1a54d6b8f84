#[test_only]
module derivatives::trading_tests {
    use aptos_framework::fungible_asset::{Self, Metadata, MintRef};
    use aptos_framework::object::{Self, Object};
    use aptos_framework::account;
    use aptos_framework::primary_fungible_store;
    use aptos_framework::timestamp;
    use derivatives::accounts;
    use derivatives::backstop;
    use derivatives::exchange;
    use derivatives::keepers;
    use derivatives::markets;
    use derivatives::oracle;
    use derivatives::risk;
    use std::option;
    use std::signer;
    use std::string;
    use tenor_math::int128::{Self, I128};

    /// 08:00 UTC of a day.
    const START: u64 = 1800000000;
    const BTC: u64 = 60000000000000;
    const SIZE: u64 = 1000000000;
    const QUOTE: u64 = 1000000;

    struct Venue has drop { market: address, feed: address, currency: Object<Metadata> }

    fun set_up(framework: &signer, admin: &signer): Venue {
        timestamp::set_time_has_started_for_testing(framework);
        timestamp::update_global_time_for_test_secs(START);
        let constructor = object::create_named_object(admin, b"quote");
        primary_fungible_store::create_primary_store_enabled_fungible_asset(
            &constructor, option::none(), string::utf8(b"Quote"), string::utf8(b"Q"), 6, string::utf8(b""), string::utf8(b"")
        );
        let mint = fungible_asset::generate_mint_ref(&constructor);
        let currency = constructor.object_from_constructor_ref<Metadata>();
        accounts::initialize(admin, currency);
        backstop::start(admin);
        oracle::create_feed(admin, b"BTC", vector[], signer::address_of(admin));
        let feed = oracle::feed_address(b"BTC");
        oracle::set_price_for_test(feed, BTC);
        markets::list_perp(
            admin, b"BTC-PERP", feed, @0x0, 100000000, 100000, 100000, 16, true, 20000, 450000, 50000000,
            1000000000000000, 1000000000000000, vector[2000000 * QUOTE, 10000000 * QUOTE, 0],
            vector[20000000, 40000000, 100000000], vector[10000000, 20000000, 50000000]
        );
        fund(&mint, @0xa, 100000);
        fund(&mint, @0xb, 100000);
        fund(&mint, @0xc, 100000);
        Venue { market: markets::perp_address(b"BTC-PERP"), feed, currency }
    }

    /// An account with so much quote in it.
    fun fund(mint: &MintRef, who: address, quotes: u64) {
        let owner = account::create_signer_for_test(who);
        primary_fungible_store::deposit(who, fungible_asset::mint(mint, quotes * QUOTE));
        accounts::open(&owner, 0);
        accounts::deposit(&owner, at(who), quotes * QUOTE);
    }

    fun ascending(a: address, b: address): vector<address> {
        if (std::cmp::compare(&a, &b).is_lt()) vector[a, b] else vector[b, a]
    }

    fun at(who: address): address { accounts::address_of(who, 0) }

    fun trade(v: &Venue, who: address, is_buy: bool, price: u64, size: u64) {
        let owner = account::create_signer_for_test(who);
        exchange::place_order(&owner, at(who), v.market, is_buy, 0, price, size, false, 0, 0, 0);
    }

    fun everyone(): vector<address> { vector[at(@0xa), at(@0xb), at(@0xc), backstop::account()] }

    /// INV-1 to INV-3: custody is what everybody is credited with; sizes sum up to zero; open interest is the longs'.
    fun check_sums(markets_to_check: vector<address>) {
        let sum = int128::zero();
        everyone().for_each(|a| sum = sum.add(accounts::cash(a)));
        let (insurance, treasury) = accounts::funds();
        sum = sum.add(insurance).add(treasury);
        markets_to_check.for_each(|market| {
            let (_, _, interest, fees, pool, _, _, prepaid) = markets::state(market);
            let (sizes, longs) = (int128::zero(), 0);
            everyone().for_each(|a| {
                let (size, entry, _, _, _, _) = markets::position(market, a);
                sizes = sizes.add(size);
                longs += size.positive_part();
                sum = sum.add(entry);
            });
            sum = sum.add(fees).add(pool).add(int128::from(prepaid));
            assert!(sizes.is_zero(), 1);
            assert!(longs == interest, 2);
        });
        assert!(sum == int128::from((accounts::custody_balance() as u128)), 3);
    }

    /// 4 % of variance a year at the money and some smile.
    fun smile(admin: &signer, v: &Venue, expiry: u64) {
        oracle::update_vol(
            admin, v.feed, vector[expiry], vector[false], vector[5000000], vector[50000000], vector[true], vector[300000000],
            vector[false], vector[0], vector[100000000], vector[BTC], vector[false], vector[0]
        );
    }

    fun quotes(amount: u64): I128 { int128::from(((amount * QUOTE) as u128)) }

    #[test(framework = @aptos_framework, admin = @derivatives)]
    fun two_traders_exchange_exactly_what_they_pay(framework: &signer, admin: &signer) {
        let v = set_up(framework, admin);
        check_sums(vector[v.market]);
        trade(&v, @0xa, true, BTC, SIZE);
        let (bids, bid_sizes, asks, _) = markets::depth(v.market, 10);
        assert!(bids == vector[BTC] && bid_sizes == vector[SIZE] && asks.is_empty(), 0);
        trade(&v, @0xb, false, BTC, SIZE);
        let (size, entry, _, _, _, _) = markets::position(v.market, at(@0xa));
        assert!(size == int128::from((SIZE as u128)) && entry == quotes(60000).negate(), 1);
        // The taker paid 4.5 basis points of 60,000, the maker got 0.2.
        assert!(accounts::cash(at(@0xb)) == quotes(99973), 2);
        assert!(accounts::cash(at(@0xa)).sub(quotes(100000)) == int128::from(1200000), 3);
        check_sums(vector[v.market]);
        // Closing realises, and leaves no position.
        trade(&v, @0xb, true, BTC + 1000000000000, SIZE);
        trade(&v, @0xa, false, BTC + 1000000000000, SIZE);
        let (size, entry, _, _, _, _) = markets::position(v.market, at(@0xa));
        assert!(size.is_zero() && entry.is_zero() && accounts::markets(at(@0xa)).is_empty(), 4);
        check_sums(vector[v.market]);
        keepers::sweep_fees(admin, v.market);
        check_sums(vector[v.market]);
        let alice = account::create_signer_for_test(@0xa);
        exchange::withdraw(&alice, at(@0xa), 100000 * QUOTE);
        assert!(primary_fungible_store::balance(@0xa, v.currency) == 100000 * QUOTE, 5);
        check_sums(vector[v.market]);
    }

    #[test(framework = @aptos_framework, admin = @derivatives)]
    #[expected_failure(abort_code = 0x0201, location = derivatives::accounts)]
    fun nobody_trades_for_another(framework: &signer, admin: &signer) {
        let v = set_up(framework, admin);
        let bob = account::create_signer_for_test(@0xb);
        exchange::place_order(&bob, at(@0xa), v.market, true, 0, BTC, SIZE, false, 0, 0, 0);
    }

    #[test(framework = @aptos_framework, admin = @derivatives)]
    #[expected_failure(abort_code = 0x0401, location = derivatives::exchange)]
    fun an_order_beyond_the_initial_margin_is_refused(framework: &signer, admin: &signer) {
        let v = set_up(framework, admin);
        trade(&v, @0xa, true, BTC, 80 * SIZE);
    }

    #[test(framework = @aptos_framework, admin = @derivatives)]
    #[expected_failure(abort_code = 0x0301, location = derivatives::exchange)]
    fun a_stale_index_takes_no_orders(framework: &signer, admin: &signer) {
        let v = set_up(framework, admin);
        timestamp::fast_forward_seconds(31);
        trade(&v, @0xa, true, BTC, SIZE);
    }

    #[test(framework = @aptos_framework, admin = @derivatives)]
    #[expected_failure(abort_code = 0x0207, location = derivatives::exchange)]
    fun margin_does_not_leave(framework: &signer, admin: &signer) {
        let v = set_up(framework, admin);
        trade(&v, @0xa, true, BTC, SIZE);
        trade(&v, @0xb, false, BTC, SIZE);
        let alice = account::create_signer_for_test(@0xa);
        exchange::withdraw(&alice, at(@0xa), 99500 * QUOTE);
    }

    #[test(framework = @aptos_framework, admin = @derivatives)]
    fun a_fall_liquidates_whom_it_must(framework: &signer, admin: &signer) {
        let v = set_up(framework, admin);
        // Alice is long 40 BTC at 60,000 with 100,000: 2.4 million.
        trade(&v, @0xb, false, BTC, 30 * SIZE);
        trade(&v, @0xc, false, BTC, 10 * SIZE);
        trade(&v, @0xa, true, BTC, 40 * SIZE);
        check_sums(vector[v.market]);
        // The price falls by 3.5 %.
        timestamp::fast_forward_seconds(10);
        oracle::set_price_for_test(v.feed, 57900000000000);
        let before = risk::health(at(@0xa));
        assert!(before.mm().is_negative() && before.margin_equity().is_positive(), 0);
        let carol = account::create_signer_for_test(@0xc);
        keepers::liquidate_perp(&carol, at(@0xc), at(@0xa), v.market, 0, 0);
        let after = risk::health(at(@0xa));
        assert!(!after.mm().is_negative(), 1);
        let (insurance, _) = accounts::funds();
        assert!(insurance.is_positive(), 2);
        check_sums(vector[v.market]);
    }

    #[test(framework = @aptos_framework, admin = @derivatives)]
    #[expected_failure(abort_code = 0x0601, location = derivatives::keepers)]
    fun the_healthy_are_not_liquidated(framework: &signer, admin: &signer) {
        let v = set_up(framework, admin);
        trade(&v, @0xb, false, BTC, SIZE);
        trade(&v, @0xa, true, BTC, SIZE);
        let carol = account::create_signer_for_test(@0xc);
        keepers::liquidate_perp(&carol, at(@0xc), at(@0xa), v.market, 0, 0);
    }

    #[test(framework = @aptos_framework, admin = @derivatives)]
    fun a_crash_is_shared_by_those_who_won(framework: &signer, admin: &signer) {
        let v = set_up(framework, admin);
        trade(&v, @0xb, false, BTC, 25 * SIZE);
        trade(&v, @0xc, false, BTC, 15 * SIZE);
        trade(&v, @0xa, true, BTC, 40 * SIZE);
        timestamp::fast_forward_seconds(10);
        oracle::set_price_for_test(v.feed, 54000000000000);
        assert!(risk::health(at(@0xa)).margin_equity().is_negative(), 0);
        keepers::resolve_bankruptcy(admin, at(@0xc), at(@0xa), v.market, ascending(at(@0xb), at(@0xc)));
        let (size, _, _, _, _, _) = markets::position(v.market, at(@0xa));
        assert!(size.is_zero() && accounts::cash(at(@0xa)).is_zero(), 1);
        check_sums(vector[v.market]);
    }

    #[test(framework = @aptos_framework, admin = @derivatives)]
    fun longs_pay_shorts_when_the_book_is_above_the_index(framework: &signer, admin: &signer) {
        let v = set_up(framework, admin);
        trade(&v, @0xb, false, BTC, SIZE);
        trade(&v, @0xa, true, BTC, SIZE);
        let i = 0;
        while (i < 61) {
            timestamp::fast_forward_seconds(30);
            oracle::set_price_for_test(v.feed, BTC);
            timestamp::fast_forward_seconds(30);
            oracle::set_price_for_test(v.feed, BTC);
            if (i == 0) {
                trade(&v, @0xc, true, BTC + 100000000000, SIZE);
                trade(&v, @0xb, false, BTC + 300000000000, SIZE);
            };
            markets::sample_premium(v.market);
            i += 1;
        };
        keepers::crank_funding(admin, at(@0xa), v.market);
        let (_, _, _, _, _, pending) = markets::position(v.market, at(@0xa));
        assert!(pending.is_negative(), 0);
        let (_, _, _, _, _, pending) = markets::position(v.market, at(@0xb));
        assert!(pending.is_positive(), 1);
        let bob = account::create_signer_for_test(@0xb);
        exchange::withdraw(&bob, at(@0xb), QUOTE);
        check_sums(vector[v.market]);
    }

    #[test(framework = @aptos_framework, admin = @derivatives)]
    fun an_option_is_paid_at_expiry(framework: &signer, admin: &signer) {
        let v = set_up(framework, admin);
        let expiry = START + 7 * 86400;
        smile(admin, &v, expiry);
        markets::list_series_by_governance(admin, v.feed, expiry, 60000000000000, true, 1800);
        let series = markets::series_address(v.feed, expiry, 60000000000000, true);
        let mark = markets::mark(series);
        assert!(mark > 100 * SIZE && mark < 6000 * SIZE, 0);
        let price = mark / 1000000000 * 1000000000;
        let options = Venue { market: series, feed: v.feed, currency: v.currency };
        trade(&options, @0xa, false, price, SIZE);
        trade(&options, @0xb, true, price, SIZE);
        check_sums(vector[v.market, series]);
        let (size, entry, _, _, _, _) = markets::position(series, at(@0xb));
        assert!(size == int128::from((SIZE as u128)) && entry.is_zero(), 1);
        // The average of the last half hour is 63,000.
        timestamp::update_global_time_for_test_secs(expiry - 1900);
        oracle::set_price_for_test(v.feed, 63000000000000);
        timestamp::update_global_time_for_test_secs(expiry + 5);
        oracle::set_price_for_test(v.feed, 63100000000000);
        markets::fix_settlement(series);
        let before = accounts::cash(at(@0xa));
        keepers::settle_batch(admin, at(@0xc), series, vector[at(@0xa), at(@0xb), at(@0xa)]);
        assert!(before.sub(accounts::cash(at(@0xa))) == quotes(3000), 2);
        check_sums(vector[v.market, series]);
        assert!(accounts::markets(at(@0xa)).is_empty() && accounts::markets(at(@0xb)).is_empty(), 3);
    }

    #[test(framework = @aptos_framework, admin = @derivatives)]
    #[expected_failure(abort_code = 0x0701, location = derivatives::series)]
    fun a_series_is_not_settled_early(framework: &signer, admin: &signer) {
        let v = set_up(framework, admin);
        let expiry = START + 7 * 86400;
        smile(admin, &v, expiry);
        markets::list_series_by_governance(admin, v.feed, expiry, BTC, true, 1800);
        markets::fix_settlement(markets::series_address(v.feed, expiry, BTC, true));
    }

    #[test(framework = @aptos_framework, admin = @derivatives)]
    fun a_stop_fires_when_the_mark_gets_there(framework: &signer, admin: &signer) {
        let v = set_up(framework, admin);
        trade(&v, @0xb, false, BTC, SIZE);
        trade(&v, @0xa, true, BTC, SIZE);
        let alice = account::create_signer_for_test(@0xa);
        exchange::place_trigger(&alice, at(@0xa), v.market, false, 59000000000000, false, 1, 0, SIZE, true);
        exchange::crank_triggers(admin, at(@0xc), v.market, 10);
        let (size, _, _, _, _, _) = markets::position(v.market, at(@0xa));
        assert!(size == int128::from((SIZE as u128)), 0);
        timestamp::fast_forward_seconds(10);
        oracle::set_price_for_test(v.feed, 58000000000000);
        trade(&v, @0xc, true, 58000000000000, SIZE);
        exchange::crank_triggers(admin, at(@0xc), v.market, 10);
        let (size, _, _, _, _, _) = markets::position(v.market, at(@0xa));
        assert!(size.is_zero(), 1);
        check_sums(vector[v.market]);
    }

    #[test(framework = @aptos_framework, admin = @derivatives)]
    fun a_vault_pays_back_what_it_took(framework: &signer, admin: &signer) {
        let v = set_up(framework, admin);
        let alice = account::create_signer_for_test(@0xa);
        backstop::deposit(&alice, at(@0xa), 50000 * QUOTE, 0);
        let (shares, _) = backstop::holder(at(@0xa));
        backstop::request(&alice, at(@0xa), shares / 10);
        timestamp::fast_forward_seconds(86400);
        backstop::redeem(&alice, at(@0xa), 0);
        let cash = accounts::cash(at(@0xa));
        assert!(cash.le(quotes(55000)) && cash.gt(quotes(54990)), 0);
        check_sums(vector[v.market]);
    }

    #[test(framework = @aptos_framework, admin = @derivatives)]
    fun a_portfolio_needs_less_for_a_hedge(framework: &signer, admin: &signer) {
        let v = set_up(framework, admin);
        let expiry = START + 30 * 86400;
        smile(admin, &v, expiry);
        markets::list_series_by_governance(admin, v.feed, expiry, BTC, true, 1800);
        let series = markets::series_address(v.feed, expiry, BTC, true);
        let price = markets::mark(series) / 1000000000 * 1000000000;
        let options = Venue { market: series, feed: v.feed, currency: v.currency };
        trade(&options, @0xb, true, price, SIZE);
        trade(&options, @0xa, false, price, SIZE);
        trade(&v, @0xb, false, BTC, SIZE / 2);
        trade(&v, @0xa, true, BTC, SIZE / 2);
        let standard = risk::health(at(@0xa));
        let alice = account::create_signer_for_test(@0xa);
        exchange::set_portfolio(&alice, at(@0xa), true);
        let portfolio = risk::health(at(@0xa));
        assert!(portfolio.mm_total() < standard.mm_total(), 0);
        check_sums(vector[v.market, series]);
    }
}
