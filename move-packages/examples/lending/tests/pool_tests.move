#[test_only]
module lending::pool_tests {
    use std::option;
    use std::string;
    use aptos_framework::account;
    use aptos_framework::event;
    use aptos_framework::fungible_asset::{Self, Metadata};
    use aptos_framework::object::{Self, Object};
    use aptos_framework::primary_fungible_store;
    use aptos_framework::timestamp;
    use lending::pool;
    use lending::prices;
    use lending::rates;

    const ALICE: address = @0xa11ce;
    const BOB: address = @0xb0b;
    const CAROL: address = @0xca401;
    const YEAR: u64 = 31536000;

    fun who(addr: address): signer {
        account::create_signer_for_test(addr)
    }

    fun asset(name: vector<u8>, holders: vector<address>): Object<Metadata> {
        let constructor = object::create_named_object(&who(@lending), name);
        primary_fungible_store::create_primary_store_enabled_fungible_asset(
            &constructor,
            option::none(),
            string::utf8(name),
            string::utf8(name),
            8,
            string::utf8(b""),
            string::utf8(b"")
        );
        let mint = fungible_asset::generate_mint_ref(&constructor);
        holders.for_each(|addr| primary_fungible_store::mint(&mint, addr, 1000000));
        constructor.object_from_constructor_ref<Metadata>()
    }

    /// Gold is worth 10, dollars 1. Alice deposited 500,000 dollars, Bob 100,000 gold, handed in as collateral.
    fun start(): (Object<Metadata>, Object<Metadata>) {
        timestamp::set_time_has_started_for_testing(&who(@0x1));
        let protocol = &who(@lending);
        pool::init_for_test(protocol);
        prices::init_for_test(protocol);
        let holders = vector[ALICE, BOB, CAROL];
        let gold = asset(b"GOLD", holders);
        let usd = asset(b"USD", holders);
        pool::add_reserve(protocol, gold, 5000, 7500, 500, 1000, 10000000);
        pool::add_reserve(protocol, usd, 8000, 9000, 500, 1000, 10000000);
        set_prices(gold, 10, usd);
        pool::deposit(&who(ALICE), usd, 500000);
        pool::deposit(&who(BOB), gold, 100000);
        pool::add_collateral(&who(BOB), gold, 100000);
        (gold, usd)
    }

    fun set_prices(gold: Object<Metadata>, gold_price: u128, usd: Object<Metadata>) {
        prices::report(&who(@lending), gold, gold_price * rates::wad());
        prices::report(&who(@lending), usd, rates::wad());
    }

    fun pass(seconds: u64, gold: Object<Metadata>, usd: Object<Metadata>) {
        timestamp::fast_forward_seconds(seconds);
        set_prices(gold, 10, usd);
    }

    fun balance(addr: address, asset: Object<Metadata>): u64 {
        primary_fungible_store::balance(addr, asset)
    }

    fun check(gold: Object<Metadata>, usd: Object<Metadata>) {
        pool::check(gold);
        pool::check(usd);
    }

    #[test]
    fun a_deposit_gives_shares_that_are_worth_it() {
        let (gold, usd) = start();
        let share = pool::share_of(usd);
        assert!(fungible_asset::symbol(share) == string::utf8(b"sUSD"), 0);
        assert!(balance(ALICE, share) == 500000 && pool::worth(usd, 500000) == 500000, 1);
        pool::redeem(&who(ALICE), usd, 200000);
        assert!(balance(ALICE, usd) == 700000 && balance(ALICE, share) == 300000, 2);
        check(gold, usd);
    }

    #[test]
    fun a_loan_is_paid_out_against_collateral() {
        let (gold, usd) = start();
        pool::borrow(&who(BOB), usd, 400000);
        assert!(balance(BOB, usd) == 1400000 && pool::debt_of(usd, BOB) == 400000, 0);
        let (threshold, owed) = pool::health_of(BOB);
        assert!(threshold == 750000 && owed == 400000, 1);
        // 80 % are lent: the rate stands at the kink.
        assert!(pool::borrow_rate_wad(usd) == 12 * rates::wad() / 100, 2);
        assert!(pool::borrowers() == vector[BOB] && pool::collateral_of(gold, BOB) == 100000, 3);
        check(gold, usd);
    }

    #[test]
    #[expected_failure(abort_code = 0x30007, location = lending::pool)]
    fun nobody_borrows_beyond_their_limit() {
        let (_, usd) = start();
        // The limit is half of 1,000,000, and the reserve has no more either way.
        pool::deposit(&who(CAROL), usd, 100000);
        pool::borrow(&who(BOB), usd, 500001);
    }

    #[test]
    #[expected_failure(abort_code = 0xd0006, location = lending::pool)]
    fun what_is_lent_cannot_be_lent_again() {
        let (_, usd) = start();
        pool::borrow(&who(BOB), usd, 500001);
    }

    #[test]
    fun debts_grow_and_depositors_earn() {
        let (gold, usd) = start();
        pool::borrow(&who(BOB), usd, 400000);
        pass(YEAR, gold, usd);
        // 12 % of 400,000.
        assert!(pool::debt_of(usd, BOB) == 448000, 0);
        check(gold, usd);
        // Nine tenths of the interest are the depositors'.
        assert!(pool::worth(usd, 500000) == 543200, 1);
        pool::repay(&who(BOB), usd, BOB, 1000000);
        assert!(pool::debt_of(usd, BOB) == 0 && balance(BOB, usd) == 952000, 2);
        check(gold, usd);
        pool::redeem(&who(ALICE), usd, 500000);
        assert!(balance(ALICE, usd) == 1043200, 3);
        pool::collect_fees(&who(@lending), usd);
        assert!(balance(@lending, usd) == 4800, 4);
        check(gold, usd);
    }

    #[test]
    fun a_later_depositor_buys_in_at_the_present_worth() {
        let (gold, usd) = start();
        pool::borrow(&who(BOB), usd, 400000);
        pass(YEAR, gold, usd);
        pool::deposit(&who(CAROL), usd, 543200);
        assert!(balance(CAROL, pool::share_of(usd)) == 500000, 0);
        check(gold, usd);
    }

    #[test]
    fun anybody_repays_for_anybody() {
        let (gold, usd) = start();
        pool::borrow(&who(BOB), usd, 1000);
        pool::repay(&who(CAROL), usd, BOB, 400);
        assert!(pool::debt_of(usd, BOB) == 600 && balance(CAROL, usd) == 999600, 0);
        check(gold, usd);
    }

    #[test]
    #[expected_failure(abort_code = 0x30008, location = lending::pool)]
    fun nobody_repays_what_is_not_owed() {
        let (_, usd) = start();
        pool::repay(&who(CAROL), usd, ALICE, 400);
    }

    #[test]
    fun collateral_that_is_not_needed_is_taken_back() {
        let (gold, usd) = start();
        pool::borrow(&who(BOB), usd, 100000);
        pool::remove_collateral(&who(BOB), gold, 80000);
        assert!(pool::collateral_of(gold, BOB) == 20000, 0);
        pool::redeem(&who(BOB), gold, 80000);
        assert!(balance(BOB, gold) == 980000, 1);
        check(gold, usd);
    }

    #[test]
    #[expected_failure(abort_code = 0x30007, location = lending::pool)]
    fun collateral_that_is_needed_stays() {
        let (gold, usd) = start();
        pool::borrow(&who(BOB), usd, 100000);
        pool::remove_collateral(&who(BOB), gold, 80001);
    }

    #[test]
    #[expected_failure(abort_code = 0x1000b, location = lending::pool)]
    fun nobody_takes_more_collateral_than_they_gave() {
        let (gold, _) = start();
        pool::remove_collateral(&who(BOB), gold, 100001);
    }

    #[test]
    fun who_owes_too_much_is_liquidated_with_a_bonus() {
        let (gold, usd) = start();
        pool::borrow(&who(BOB), usd, 400000);
        // At 5 the collateral carries 375,000.
        set_prices(gold, 5, usd);
        let (threshold, owed) = pool::health_of(BOB);
        assert!(threshold == 375000 && owed == 400000, 0);
        pool::liquidate(&who(CAROL), BOB, usd, 100000, gold);
        // 100,000 and 5 % at a price of 5.
        assert!(balance(CAROL, pool::share_of(gold)) == 21000, 1);
        assert!(pool::debt_of(usd, BOB) == 300000 && pool::collateral_of(gold, BOB) == 79000, 2);
        assert!(balance(CAROL, usd) == 900000, 3);
        let (threshold, owed) = pool::health_of(BOB);
        assert!(threshold == 296250 && owed == 300000, 4);
        check(gold, usd);
        assert!(event::emitted_events<pool::Liquidated>().length() == 1, 5);
    }

    #[test]
    #[expected_failure(abort_code = 0x30009, location = lending::pool)]
    fun who_can_pay_is_left_alone() {
        let (gold, usd) = start();
        pool::borrow(&who(BOB), usd, 400000);
        pool::liquidate(&who(CAROL), BOB, usd, 100000, gold);
    }

    #[test]
    #[expected_failure(abort_code = 0x1000a, location = lending::pool)]
    fun one_liquidation_repays_half_at_most() {
        let (gold, usd) = start();
        pool::borrow(&who(BOB), usd, 400000);
        set_prices(gold, 5, usd);
        pool::liquidate(&who(CAROL), BOB, usd, 200001, gold);
    }

    #[test]
    fun a_flash_loan_earns_its_fee_for_depositors() {
        let (gold, usd) = start();
        let (lent, loan) = pool::flash_borrow(usd, 100000);
        assert!(lent.amount() == 100000 && loan.flash_owed() == 100090, 0);
        lent.merge(primary_fungible_store::withdraw(&who(CAROL), usd, 90));
        pool::flash_repay(lent, loan);
        assert!(pool::worth(usd, 500000) == 500090, 1);
        check(gold, usd);
    }

    #[test]
    #[expected_failure(abort_code = 0x1000d, location = lending::pool)]
    fun a_flash_loan_is_paid_back_whole() {
        let (_, usd) = start();
        let (lent, loan) = pool::flash_borrow(usd, 100000);
        pool::flash_repay(lent, loan);
    }

    #[test]
    #[expected_failure(abort_code = 0x1000c, location = lending::pool)]
    fun a_flash_loan_is_paid_back_in_kind() {
        let (gold, usd) = start();
        let (lent, loan) = pool::flash_borrow(usd, 100);
        primary_fungible_store::deposit(CAROL, lent);
        pool::flash_repay(primary_fungible_store::withdraw(&who(CAROL), gold, 200), loan);
    }

    #[test]
    #[expected_failure(abort_code = 0xd0003, location = lending::prices)]
    fun old_prices_carry_no_loans() {
        let (_, usd) = start();
        timestamp::fast_forward_seconds(301);
        pool::borrow(&who(BOB), usd, 1);
    }

    #[test]
    #[expected_failure(abort_code = 0xd000e, location = lending::pool)]
    fun a_paused_reserve_takes_nothing() {
        let (_, usd) = start();
        pool::set_paused(&who(@lending), usd, true);
        pool::deposit(&who(CAROL), usd, 1);
    }

    #[test]
    fun a_paused_reserve_gives_back() {
        let (gold, usd) = start();
        pool::borrow(&who(BOB), usd, 1000);
        pool::set_paused(&who(@lending), usd, true);
        pool::repay(&who(BOB), usd, BOB, 1000);
        pool::redeem(&who(ALICE), usd, 500000);
        assert!(balance(ALICE, usd) == 1000000, 0);
        check(gold, usd);
    }

    #[test]
    #[expected_failure(abort_code = 0x9000f, location = lending::pool)]
    fun a_reserve_takes_no_more_than_its_cap() {
        let (_, _) = start();
        let cash = asset(b"CASH", vector[ALICE]);
        pool::add_reserve(&who(@lending), cash, 0, 0, 0, 0, 100);
        pool::deposit(&who(ALICE), cash, 101);
    }

    #[test]
    #[expected_failure(abort_code = 0x50001, location = lending::pool)]
    fun only_the_protocol_adds_reserves() {
        let (gold, _) = start();
        pool::add_reserve(&who(ALICE), gold, 0, 0, 0, 0, 100);
    }

    #[test]
    #[expected_failure(abort_code = 0x80002, location = lending::pool)]
    fun an_asset_has_one_reserve() {
        let (gold, _) = start();
        pool::add_reserve(&who(@lending), gold, 0, 0, 0, 0, 100);
    }

    #[test]
    #[expected_failure(abort_code = 0x10004, location = lending::pool)]
    fun terms_make_sense() {
        pool::new_terms(8000, 7000, 0, 0, 0);
    }

    #[test]
    #[expected_failure(abort_code = 0x50001, location = lending::prices)]
    fun only_the_protocol_reports_prices() {
        let (gold, _) = start();
        prices::report(&who(ALICE), gold, 1);
    }
}
