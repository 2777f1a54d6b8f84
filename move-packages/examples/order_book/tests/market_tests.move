#[test_only]
module order_book::market_tests {
    use std::option;
    use std::signer;
    use std::string;
    use aptos_framework::account;
    use aptos_framework::event;
    use aptos_framework::fungible_asset::{Self, Metadata, MintRef};
    use aptos_framework::object::{Self, Object};
    use aptos_framework::primary_fungible_store;
    use aptos_framework::timestamp;
    use order_book::market::{Self, Market};

    const ALICE: address = @0xa11ce;
    const BOB: address = @0xb0b;
    const CAROL: address = @0xca401;

    const GTC: u8 = 0;
    const IOC: u8 = 1;
    const FOK: u8 = 2;
    const POST: u8 = 3;

    fun asset(creator: &signer, name: vector<u8>): (MintRef, Object<Metadata>) {
        let constructor = object::create_named_object(creator, name);
        primary_fungible_store::create_primary_store_enabled_fungible_asset(
            &constructor,
            option::none(),
            string::utf8(name),
            string::utf8(name),
            6,
            string::utf8(b""),
            string::utf8(b"")
        );
        (fungible_asset::generate_mint_ref(&constructor), constructor.object_from_constructor_ref<Metadata>())
    }

    /// Lots of 10 base, ticks of 5 quote, a fee of 1 %; three traders with 1,000 base and 100,000 quote deposited each.
    fun start(): (Object<Market>, Object<Metadata>, Object<Metadata>) {
        let owner = &account::create_signer_for_test(@order_book);
        timestamp::set_time_has_started_for_testing(&account::create_signer_for_test(@0x1));
        let (gold_mint, gold) = asset(owner, b"GOLD");
        let (usd_mint, usd) = asset(owner, b"USD");
        let market = market::create_market(owner, gold, usd, 10, 5, 100);
        vector[ALICE, BOB, CAROL].for_each(|addr| {
            primary_fungible_store::mint(&gold_mint, addr, 1000);
            primary_fungible_store::mint(&usd_mint, addr, 100000);
            let trader = &trader(addr);
            market::deposit_base(trader, market, 1000);
            market::deposit_quote(trader, market, 100000);
        });
        (market, gold, usd)
    }

    fun trader(addr: address): signer {
        account::create_signer_for_test(addr)
    }

    fun check(market: Object<Market>) {
        market::check(market, vector[ALICE, BOB, CAROL]);
    }

    fun place(addr: address, market: Object<Market>, is_bid: bool, price: u64, lots: u64, kind: u8): u64 {
        let (filled, _) = market::place_order(&trader(addr), market, is_bid, price, lots, kind);
        check(market);
        filled
    }

    fun assert_free(market: Object<Market>, addr: address, base: u64, quote: u64) {
        let (base_free, quote_free) = market::free_balances(market, addr);
        assert!(base_free == base, base_free);
        assert!(quote_free == quote, quote_free);
    }

    #[test]
    fun a_resting_order_locks_what_it_may_pay() {
        let (market, _, _) = start();
        assert!(place(ALICE, market, true, 50, 4, GTC) == 0, 0);
        assert_free(market, ALICE, 1000, 99800);
        assert!(place(BOB, market, false, 60, 3, GTC) == 0, 1);
        assert_free(market, BOB, 970, 100000);
        assert!(market::best_bid(market) == option::some(50) && market::best_ask(market) == option::some(60), 2);
        assert!(market::mid_price(market) == option::some(55), 3);
        assert!(market::open_orders(market, ALICE) == vector[1] && market::open_orders(market, BOB) == vector[2], 4);
        let (owner, is_bid, price, left) = market::order(market, 1);
        assert!(owner == ALICE && is_bid && price == 50 && left == 4, 5);
        assert!(event::emitted_events<market::OrderPlaced>().length() == 2, 6);
    }

    #[test]
    fun a_buyer_pays_the_makers_price_and_the_fee() {
        let (market, _, _) = start();
        place(ALICE, market, false, 50, 4, GTC);
        assert!(place(BOB, market, true, 55, 4, GTC) == 4, 0);
        // 4 lots at 50: 40 base for 200 quote, and a fee of 2.
        assert_free(market, ALICE, 960, 100200);
        assert_free(market, BOB, 1040, 99798);
        assert!(market::last_price(market) == option::some(50) && market::traded_lots(market) == 4, 1);
        assert!(market::best_ask(market).is_none() && market::open_orders(market, ALICE).is_empty(), 2);
    }

    #[test]
    fun a_seller_gets_the_makers_price_less_the_fee() {
        let (market, _, _) = start();
        place(ALICE, market, true, 50, 4, GTC);
        assert!(place(BOB, market, false, 40, 3, GTC) == 3, 0);
        assert_free(market, ALICE, 1030, 99800);
        assert_free(market, BOB, 970, 100148);
        let (_, _, _, left) = market::order(market, 1);
        assert!(left == 1, 1);
    }

    #[test]
    fun the_better_price_and_the_earlier_order_come_first() {
        let (market, _, _) = start();
        place(ALICE, market, false, 55, 2, GTC);
        place(CAROL, market, false, 50, 1, GTC);
        place(CAROL, market, false, 55, 2, GTC);
        assert!(place(BOB, market, true, 55, 4, GTC) == 4, 0);
        assert!(market::open_orders(market, ALICE).is_empty(), 1);
        let (owner, _, _, left) = market::order(market, 3);
        assert!(owner == CAROL && left == 1, 2);
        let fills = event::emitted_events<market::OrderFilled>();
        assert!(fills.length() == 3, 3);
    }

    #[test]
    fun what_is_left_rests_at_its_own_price() {
        let (market, _, _) = start();
        place(ALICE, market, false, 50, 2, GTC);
        assert!(place(BOB, market, true, 60, 5, GTC) == 2, 0);
        assert!(market::best_bid(market) == option::some(60) && market::best_ask(market).is_none(), 1);
        let (prices, lots) = market::depth(market, true, 5);
        assert!(prices == vector[60] && lots == vector[3], 2);
    }

    #[test]
    fun an_immediate_order_leaves_nothing_behind() {
        let (market, _, _) = start();
        place(ALICE, market, false, 50, 2, GTC);
        assert!(place(BOB, market, true, 60, 5, IOC) == 2, 0);
        assert!(market::best_bid(market).is_none() && market::open_orders(market, BOB).is_empty(), 1);
    }

    #[test]
    fun a_whole_order_is_filled_whole() {
        let (market, _, _) = start();
        place(ALICE, market, false, 50, 2, GTC);
        place(CAROL, market, false, 55, 2, GTC);
        assert!(place(BOB, market, true, 55, 4, FOK) == 4, 0);
    }

    #[test]
    #[expected_failure(abort_code = 0x70009, location = order_book::market)]
    fun a_whole_order_is_not_filled_in_part() {
        let (market, _, _) = start();
        place(ALICE, market, false, 50, 2, GTC);
        place(CAROL, market, false, 60, 2, GTC);
        place(BOB, market, true, 55, 4, FOK);
    }

    #[test]
    #[expected_failure(abort_code = 0x70008, location = order_book::market)]
    fun an_order_that_must_rest_does_not_trade() {
        let (market, _, _) = start();
        place(ALICE, market, false, 50, 2, GTC);
        place(BOB, market, true, 50, 2, POST);
    }

    #[test]
    fun an_order_that_must_rest_rests() {
        let (market, _, _) = start();
        place(ALICE, market, false, 50, 2, GTC);
        assert!(place(BOB, market, true, 45, 2, POST) == 0, 0);
        assert!(market::best_bid(market) == option::some(45), 1);
    }

    #[test]
    fun cancelling_gives_back_what_was_locked() {
        let (market, _, _) = start();
        place(ALICE, market, true, 50, 4, GTC);
        place(ALICE, market, false, 70, 4, GTC);
        place(BOB, market, false, 50, 1, GTC);
        market::cancel(&trader(ALICE), market, 1);
        check(market);
        assert_free(market, ALICE, 970, 99950);
        market::cancel_all(&trader(ALICE), market);
        check(market);
        assert_free(market, ALICE, 1010, 99950);
        assert!(event::emitted_events<market::OrderCancelled>().length() == 2, 0);
    }

    #[test]
    #[expected_failure(abort_code = 0x6000a, location = order_book::market)]
    fun nobody_cancels_for_others() {
        let (market, _, _) = start();
        place(ALICE, market, true, 50, 4, GTC);
        market::cancel(&trader(BOB), market, 1);
    }

    #[test]
    fun traders_take_home_what_is_free() {
        let (market, gold, usd) = start();
        place(ALICE, market, false, 50, 4, GTC);
        place(BOB, market, true, 50, 4, GTC);
        market::withdraw_base(&trader(BOB), market, 1040);
        market::withdraw_quote(&trader(ALICE), market, 100200);
        check(market);
        assert!(primary_fungible_store::balance(BOB, gold) == 1040, 0);
        assert!(primary_fungible_store::balance(ALICE, usd) == 100200, 1);
    }

    #[test]
    #[expected_failure(abort_code = 0x90007, location = order_book::market)]
    fun what_is_locked_is_not_taken_home() {
        let (market, _, _) = start();
        place(ALICE, market, false, 50, 1, GTC);
        market::withdraw_base(&trader(ALICE), market, 991);
    }

    #[test]
    #[expected_failure(abort_code = 0x90007, location = order_book::market)]
    fun nobody_bids_more_than_they_have() {
        let (market, _, _) = start();
        place(ALICE, market, true, 5, 20001, GTC);
    }

    #[test]
    #[expected_failure(abort_code = 0x10006, location = order_book::market)]
    fun prices_are_on_ticks() {
        let (market, _, _) = start();
        place(ALICE, market, true, 51, 1, GTC);
    }

    #[test]
    #[expected_failure(abort_code = 0x10005, location = order_book::market)]
    fun an_order_is_for_something() {
        let (market, _, _) = start();
        place(ALICE, market, true, 50, 0, GTC);
    }

    #[test]
    #[expected_failure(abort_code = 0x1000c, location = order_book::market)]
    fun an_order_is_of_a_known_kind() {
        let (market, _, _) = start();
        place(ALICE, market, true, 50, 1, 4);
    }

    #[test]
    #[expected_failure(abort_code = 0xd0004, location = order_book::market)]
    fun a_paused_market_takes_no_orders() {
        let (market, _, _) = start();
        market::set_paused(&trader(@order_book), market, true);
        place(ALICE, market, true, 50, 1, GTC);
    }

    #[test]
    #[expected_failure(abort_code = 0x50003, location = order_book::market)]
    fun only_the_owner_pauses() {
        let (market, _, _) = start();
        market::set_paused(&trader(ALICE), market, true);
    }

    #[test]
    #[expected_failure(abort_code = 0x3000e, location = order_book::market)]
    fun an_order_does_not_arrive_late() {
        let (market, _, _) = start();
        timestamp::update_global_time_for_test_secs(100);
        market::place(&trader(ALICE), market, true, 50, 1, GTC, 101);
        market::place(&trader(ALICE), market, true, 50, 1, GTC, 100);
    }

    #[test]
    fun the_owner_collects_the_fees() {
        let (market, _, usd) = start();
        place(ALICE, market, false, 50, 4, GTC);
        place(BOB, market, true, 50, 4, GTC);
        market::collect_fees(&trader(@order_book), market);
        check(market);
        assert!(primary_fungible_store::balance(@order_book, usd) == 2, 0);
        assert!(event::emitted_events<market::FeesCollected>().length() == 1, 1);
    }

    #[test]
    fun fees_are_rounded_up() {
        // quote, basis points, fee
        vector[
            vector[0, 100, 0], vector[1, 100, 1], vector[100, 100, 1], vector[101, 100, 2], vector[10000, 1, 1],
            vector[10001, 1, 2], vector[500, 0, 0]
        ].for_each(|c| assert!(market::fee_of(c[0], c[1]) == c[2], c[0]));
    }

    #[test]
    fun a_market_says_what_it_trades() {
        let (market, _, _) = start();
        assert!(market::name(market) == string::utf8(b"GOLD/USD"), 0);
        assert!(market::terms(market) == string::utf8(b"lot 10, tick 5, fee 100 bps"), 1);
        let (base, quote) = market::free_balances(market, @0x99);
        assert!(base == 0 && quote == 0, 2);
    }

    #[test]
    #[expected_failure(abort_code = 0x10002, location = order_book::market)]
    fun an_asset_is_not_traded_for_itself() {
        let owner = &trader(@order_book);
        let (_, gold) = asset(owner, b"GOLD");
        market::create(owner, gold, gold, 1, 1, 0);
    }

    #[test]
    fun many_orders_keep_the_sums() {
        let (market, _, _) = start();
        let traders = vector[ALICE, BOB, CAROL];
        let seed = 12345;
        let i = 0;
        while (i < 60) {
            // A walk that repeats: the numbers have no other meaning.
            seed = (seed * 1103 + 12721) % 65536;
            let addr = traders[seed % 3];
            let is_bid = (seed / 3) % 2 == 0;
            let price = 40 + 5 * ((seed / 7) % 6);
            let lots = 1 + (seed / 11) % 5;
            let kind = if (seed % 5 == 0) IOC else GTC;
            market::place_order(&trader(addr), market, is_bid, price, lots, kind);
            if (i % 7 == 6) market::cancel_all(&trader(addr), market);
            check(market);
            i += 1;
        };
        assert!(market::traded_lots(market) > 0, 0);
        traders.for_each(|addr| market::cancel_all(&trader(addr), market));
        check(market);
        assert!(signer::address_of(&trader(ALICE)) == ALICE, 1);
    }
}
