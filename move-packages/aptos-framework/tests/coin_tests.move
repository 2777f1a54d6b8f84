#[test_only]
module aptos_framework::coin_tests {
    use std::option;
    use std::signer;
    use std::string;
    use aptos_framework::account;
    use aptos_framework::aptos_account;
    use aptos_framework::aptos_coin::{Self, AptosCoin};
    use aptos_framework::coin::{Self, FakeMoney};
    use aptos_framework::event;
    use aptos_framework::fungible_asset;
    use aptos_framework::genesis;
    use aptos_framework::managed_coin;
    use aptos_framework::object;
    use aptos_framework::primary_fungible_store;
    use aptos_framework::resource_account;

    struct Gold {}

    fun sum(): u64 {
        coin::balance<FakeMoney>(@aptos_framework) + coin::balance<FakeMoney>(@0xb0b)
    }

    #[test(framework = @aptos_framework, bob = @0xb0b)]
    fun supply_is_the_sum_of_all_accounts(framework: &signer, bob: &signer) {
        let (burn, freeze, mint) = coin::initialize_and_register_fake_money(framework, 6, true);
        coin::deposit(@aptos_framework, coin::mint(100, &mint));
        coin::transfer<FakeMoney>(framework, @0xb0b, 30);
        assert!(coin::balance<FakeMoney>(@0xb0b) == 30 && sum() == 100, 0);
        assert!(coin::supply<FakeMoney>() == option::some(100), 1);
        let c = coin::withdraw<FakeMoney>(bob, 10);
        let half = coin::extract(&mut c, 5);
        coin::burn(half, &burn);
        assert!(coin::value(&c) == 5 && coin::supply<FakeMoney>() == option::some(95), 2);
        let rest = coin::extract_all(&mut c);
        coin::destroy_zero(c);
        coin::merge(&mut rest, coin::zero());
        coin::deposit_with_signer(bob, rest);
        coin::burn_from(@0xb0b, 5, &burn);
        coin::burn_from(@0xcafe, 0, &burn);
        assert!(sum() == 90 && coin::coin_supply<FakeMoney>() == option::some(90), 3);
        assert!(coin::name<FakeMoney>() == string::utf8(b"Fake money"), 4);
        assert!(coin::symbol<FakeMoney>() == string::utf8(b"FMD") && coin::decimals<FakeMoney>() == 6, 5);
        assert!(coin::is_coin_initialized<FakeMoney>() && coin::is_account_registered<FakeMoney>(@0xcafe), 6);
        assert!(coin::is_balance_at_least<FakeMoney>(@0xb0b, 20), 7);
        assert!(event::emitted_events<coin::CoinWithdraw>().length() == 3, 8);
        coin::register<FakeMoney>(bob);
        coin::destroy_burn_cap(burn);
        coin::destroy_freeze_cap(freeze);
        coin::destroy_mint_cap(mint);
    }

    #[test(framework = @aptos_framework, bob = @0xb0b)]
    fun coins_and_their_asset_are_one_sum(framework: &signer, bob: &signer) {
        let (burn, freeze, mint) = coin::initialize_fake_money(framework, 6, true);
        coin::create_coin_conversion_map(framework);
        coin::deposit(@0xb0b, coin::mint(100, &mint));
        assert!(coin::paired_metadata<FakeMoney>().is_none(), 0);
        let fa = coin::coin_to_fungible_asset(coin::withdraw<FakeMoney>(bob, 40));
        let kind = coin::paired_metadata<FakeMoney>().destroy_some();
        assert!(fa.asset_metadata() == kind && fa.amount() == 40, 1);
        assert!(coin::paired_coin(kind).is_some(), 2);
        primary_fungible_store::deposit(@0xb0b, fa);
        assert!(coin::balance<FakeMoney>(@0xb0b) == 100, 3);
        assert!(coin::supply<FakeMoney>() == option::some(100) && coin::coin_supply<FakeMoney>() == option::some(60), 4);
        assert!(fungible_asset::supply(kind) == option::some(40), 5);
        // More than the store holds: the rest comes from the asset.
        coin::transfer<FakeMoney>(bob, @0xcafe, 75);
        assert!(coin::balance<FakeMoney>(@0xb0b) == 25 && coin::balance<FakeMoney>(@0xcafe) == 75, 6);
        assert!(primary_fungible_store::balance(@0xb0b, kind) == 25, 7);
        assert!(coin::supply<FakeMoney>() == option::some(100), 8);
        coin::migrate_to_fungible_store<FakeMoney>(bob);
        coin::migrate_coin_store_to_fungible_store<FakeMoney>(vector[@0xcafe, @0xdead]);
        assert!(primary_fungible_store::balance(@0xcafe, kind) == 75, 9);
        assert!(coin::balance<FakeMoney>(@0xcafe) == 75 && coin::supply<FakeMoney>() == option::some(100), 10);
        let (mint_ref, receipt) = coin::get_paired_mint_ref(&mint);
        assert!(!coin::paired_mint_ref_exists<FakeMoney>(), 11);
        coin::return_paired_mint_ref(mint_ref, receipt);
        let (burn_ref, receipt) = coin::get_paired_burn_ref(&burn);
        coin::return_paired_burn_ref(burn_ref, receipt);
        let (transfer_ref, receipt) = coin::get_paired_transfer_ref(&freeze);
        coin::return_paired_transfer_ref(transfer_ref, receipt);
        assert!(coin::paired_burn_ref_exists<FakeMoney>() && coin::paired_transfer_ref_exists<FakeMoney>(), 12);
        coin::convert_and_take_paired_burn_ref(burn);
        coin::destroy_freeze_cap(freeze);
        coin::destroy_mint_cap(mint);
    }

    #[test(framework = @aptos_framework)]
    #[expected_failure(abort_code = 0x10006, location = aptos_framework::coin)]
    fun no_more_is_withdrawn_than_there_is(framework: &signer) {
        coin::create_fake_money(framework, 10);
        coin::transfer<FakeMoney>(framework, @0xb0b, 11);
    }

    #[test(framework = @aptos_framework, bob = @0xb0b)]
    #[expected_failure(abort_code = 0x60005, location = aptos_framework::coin)]
    fun nothing_is_withdrawn_from_nowhere(framework: &signer, bob: &signer) {
        coin::create_fake_money(framework, 10);
        coin::transfer<FakeMoney>(bob, @0xcafe, 1);
    }

    #[test(framework = @aptos_framework)]
    #[expected_failure(abort_code = 0x5000a, location = aptos_framework::coin)]
    fun what_is_frozen_stays(framework: &signer) {
        let (burn, freeze, mint) = coin::initialize_and_register_fake_money(framework, 6, false);
        assert!(coin::supply<FakeMoney>() == option::none(), 0);
        coin::deposit(@aptos_framework, coin::mint(100, &mint));
        coin::freeze_coin_store(@aptos_framework, &freeze);
        assert!(coin::is_coin_store_frozen<FakeMoney>(@aptos_framework), 1);
        coin::destroy_burn_cap(burn);
        coin::destroy_mint_cap(mint);
        coin::destroy_freeze_cap(freeze);
        coin::transfer<FakeMoney>(framework, @0xb0b, 1);
    }

    #[test(bob = @0xb0b)]
    #[expected_failure(abort_code = 0x10001, location = aptos_framework::coin)]
    fun a_coin_is_made_where_it_is_declared(bob: &signer) {
        managed_coin::initialize<Gold>(bob, b"Gold", b"G", 8, true);
    }

    #[test(framework = @aptos_framework)]
    fun a_managed_coin_is_used_by_transactions(framework: &signer) {
        managed_coin::initialize<Gold>(framework, b"Gold", b"G", 8, true);
        managed_coin::register<Gold>(framework);
        managed_coin::mint<Gold>(framework, @aptos_framework, 10);
        managed_coin::burn<Gold>(framework, 4);
        assert!(coin::balance<Gold>(@aptos_framework) == 6 && coin::supply<Gold>() == option::some(6), 0);
        aptos_account::transfer_coins<Gold>(framework, @0xb0b, 2);
        aptos_account::batch_transfer_coins<Gold>(framework, vector[@0xb0b, @0xcafe], vector[1, 1]);
        assert!(coin::balance<Gold>(@0xb0b) == 3, 1);
        managed_coin::destroy_caps<Gold>(framework);
    }

    #[test(framework = @aptos_framework, bob = @0xb0b)]
    #[expected_failure(abort_code = 0x50003, location = aptos_framework::aptos_account)]
    fun an_account_refuses_unknown_coins_if_it_says_so(framework: &signer, bob: &signer) {
        managed_coin::initialize<Gold>(framework, b"Gold", b"G", 8, true);
        managed_coin::mint<Gold>(framework, @aptos_framework, 10);
        aptos_account::set_allow_direct_coin_transfers(bob, false);
        assert!(!aptos_account::can_receive_direct_coin_transfers(signer::address_of(bob)), 0);
        aptos_account::transfer_coins<Gold>(framework, @0xb0b, 2);
    }

    #[test(framework = @aptos_framework, alice = @0xa11ce)]
    fun the_native_coin_moves_and_keeps_its_sum(framework: &signer, alice: &signer) {
        let (burn, mint) = aptos_coin::initialize_for_test(framework);
        coin::deposit(@0xa11ce, coin::mint<AptosCoin>(100, &mint));
        assert!(aptos_coin::has_mint_capability(framework) && !aptos_coin::has_mint_capability(alice), 0);
        aptos_coin::mint(framework, @0xa11ce, 20);
        aptos_account::transfer(alice, @0xb0b, 50);
        aptos_account::batch_transfer(alice, vector[@0xb0b, @0xcafe], vector[10, 20]);
        assert!(coin::balance<AptosCoin>(@0xa11ce) == 40 && coin::balance<AptosCoin>(@0xb0b) == 60, 1);
        aptos_account::assert_account_is_registered_for_apt(@0xb0b);
        let kind = coin::paired_metadata<AptosCoin>().destroy_some();
        assert!(object::object_address(&kind) == @aptos_fungible_asset, 2);
        primary_fungible_store::deposit(@0xcafe, aptos_coin::mint_apt_fa_for_test(5));
        assert!(coin::balance<AptosCoin>(@0xcafe) == 25, 3);
        aptos_account::transfer_fungible_assets(&aptos_framework::account::create_signer_for_test(@0xcafe), kind, @0xb0b, 5);
        assert!(coin::balance<AptosCoin>(@0xb0b) == 65 && coin::supply<AptosCoin>() == option::some(125), 4);
        coin::destroy_burn_cap(burn);
        coin::destroy_mint_cap(mint);
    }

    #[test(alice = @0xa11ce)]
    fun nobody_makes_native_coins_after_genesis(alice: &signer) {
        genesis::setup_with_balances(vector[@0xa11ce, @0xb0b], vector[100, 200]);
        assert!(coin::supply<AptosCoin>() == option::some(300), 0);
        aptos_account::transfer(alice, @0xcafe, 1);
        assert!(coin::balance<AptosCoin>(@0xcafe) == 1, 1);
        assert!(!aptos_coin::has_mint_capability(alice), 2);
    }

    #[test(framework = @aptos_framework, alice = @0xa11ce)]
    fun a_resource_account_starts_with_coins(framework: &signer, alice: &signer) {
        let (burn, mint) = aptos_coin::initialize_for_test(framework);
        aptos_account::deposit_coins(@0xa11ce, coin::mint<AptosCoin>(100, &mint));
        resource_account::create_resource_account_and_fund(alice, b"shop", vector[], 30);
        let shop = account::create_resource_address(&@0xa11ce, b"shop");
        assert!(coin::balance<AptosCoin>(shop) == 30 && coin::balance<AptosCoin>(@0xa11ce) == 70, 0);
        coin::destroy_burn_cap(burn);
        coin::destroy_mint_cap(mint);
    }
}
