/// What older programs call: accepted where it changes nothing, refused where there is nothing behind it.
#[test_only]
module aptos_framework::older_tests {
    use std::signer;
    use aptos_framework::account;
    use aptos_framework::aptos_coin::{Self, AptosCoin};
    use aptos_framework::code;
    use aptos_framework::coin::{Self, FakeMoney};
    use aptos_framework::fungible_asset::{Self, Metadata};
    use aptos_framework::managed_coin;
    use aptos_framework::object::{Self, ObjectCore};
    use aptos_framework::primary_fungible_store;
    use aptos_framework::transaction_fee;
    use aptos_framework::transaction_validation;

    struct Gold {}

    #[test(framework = @aptos_framework)]
    #[expected_failure(abort_code = 0x3000b, location = aptos_framework::coin)]
    fun a_supply_keeps_its_form(framework: &signer) {
        coin::upgrade_supply<FakeMoney>(framework);
    }

    #[test(framework = @aptos_framework)]
    #[expected_failure(abort_code = 0x3000b, location = aptos_framework::coin)]
    fun supplies_keep_their_form(framework: &signer) {
        coin::allow_supply_upgrades(framework, true);
    }

    #[test(framework = @aptos_framework)]
    fun what_was_frozen_is_freed(framework: &signer) {
        let (burn, freeze, mint) = coin::initialize_and_register_fake_money(framework, 6, false);
        coin::deposit(@aptos_framework, coin::mint(100, &mint));
        coin::freeze_coin_store(@aptos_framework, &freeze);
        coin::unfreeze_coin_store(@aptos_framework, &freeze);
        assert!(!coin::is_coin_store_frozen<FakeMoney>(@aptos_framework), 0);
        coin::transfer<FakeMoney>(framework, @0xb0b, 1);
        coin::destroy_for_test(coin::withdraw<FakeMoney>(framework, 9));
        assert!(coin::balance<FakeMoney>(@aptos_framework) == 90, 1);
        coin::destroy_burn_cap(burn);
        coin::destroy_mint_cap(mint);
        coin::destroy_freeze_cap(freeze);
    }

    #[test(framework = @aptos_framework, core = @core_resources, bob = @0xb0b)]
    fun the_right_to_make_coins_is_handed_on(framework: &signer, core: &signer, bob: &signer) {
        let (burn, mint) = aptos_coin::initialize_for_test_without_aggregator_factory(framework);
        aptos_coin::give_core_resources_the_right_for_test(core, mint);
        aptos_coin::delegate_mint_capability(account::create_signer_for_test(@core_resources), @0xb0b);
        aptos_coin::claim_mint_capability(bob);
        aptos_coin::mint(bob, @0xcafe, 7);
        assert!(coin::balance<AptosCoin>(@0xcafe) == 7, 0);
        coin::destroy_burn_cap(burn);
    }

    #[test(core = @core_resources)]
    #[expected_failure(abort_code = 0x10002, location = aptos_framework::aptos_coin)]
    fun the_right_is_promised_once(core: signer) {
        aptos_coin::delegate_mint_capability(core, @0xb0b);
        aptos_coin::delegate_mint_capability(account::create_signer_for_test(@core_resources), @0xb0b);
    }

    #[test(bob = @0xb0b)]
    #[expected_failure(abort_code = 3, location = aptos_framework::aptos_coin)]
    fun nobody_claims_what_was_not_promised(bob: &signer) {
        aptos_coin::claim_mint_capability(bob);
    }

    #[test(alice = @0xa11ce)]
    fun balances_are_counters_for_who_asks(alice: &signer) {
        let constructor = object::create_named_object(alice, b"TEST");
        let (mint, _, _) =
            primary_fungible_store::init_test_metadata_with_primary_store_enabled(&constructor);
        let kind = constructor.object_from_constructor_ref<Metadata>();
        fungible_asset::upgrade_to_concurrent(&constructor.generate_extend_ref());
        let store = primary_fungible_store::create_primary_store(@0xa11ce, kind);
        primary_fungible_store::mint(&mint, @0xa11ce, 10);
        fungible_asset::upgrade_store_to_concurrent(alice, store);
        primary_fungible_store::upgrade_to_concurrent(alice, kind);
        assert!(primary_fungible_store::balance(@0xa11ce, kind) == 10, 0);
        assert!(fungible_asset::balance_snapshot(store).read_snapshot() == 10, 1);
        assert!(primary_fungible_store::primary_store_address_inlined(@0xa11ce, kind) == object::object_address(&store), 2);
    }

    #[test(alice = @0xa11ce, bob = @0xb0b)]
    #[expected_failure(abort_code = 0x50008, location = aptos_framework::fungible_asset)]
    fun only_the_owner_asks(alice: &signer, bob: &signer) {
        let (_, _, _, _, kind) = fungible_asset::create_fungible_asset(alice);
        fungible_asset::upgrade_store_to_concurrent(bob, fungible_asset::create_test_store(alice, kind));
    }

    #[test(alice = @0xa11ce)]
    #[expected_failure(abort_code = 0x60015, location = aptos_framework::fungible_asset)]
    fun what_has_no_supply_has_no_counter(alice: &signer) {
        let constructor = object::create_object(signer::address_of(alice));
        fungible_asset::upgrade_to_concurrent(&constructor.generate_extend_ref());
    }

    // There are no signers that may do some things only.

    #[test(alice = @0xa11ce)]
    #[expected_failure(abort_code = 0xd000c, location = aptos_framework::object)]
    fun no_permission_for_an_object(alice: &signer) {
        let object = object::create_object(@0xa11ce).object_from_constructor_ref<ObjectCore>();
        object::grant_permission(alice, alice, object);
    }

    #[test(alice = @0xa11ce)]
    #[expected_failure(abort_code = 0xd000c, location = aptos_framework::object)]
    fun no_permission_by_transfer_ref(alice: &signer) {
        object::grant_permission_with_transfer_ref(alice, &object::create_object(@0xa11ce).generate_transfer_ref());
    }

    #[test(alice = @0xa11ce)]
    #[expected_failure(abort_code = 0xd0025, location = aptos_framework::fungible_asset)]
    fun no_permission_for_a_store(alice: &signer) {
        let (_, _, _, _, kind) = fungible_asset::create_fungible_asset(alice);
        let store = fungible_asset::create_test_store(alice, kind);
        fungible_asset::grant_permission_by_store(alice, alice, store, 1);
    }

    #[test(alice = @0xa11ce)]
    #[expected_failure(abort_code = 0xd0025, location = aptos_framework::fungible_asset)]
    fun no_permission_to_revoke(alice: &signer) {
        let (_, _, _, _, kind) = fungible_asset::create_fungible_asset(alice);
        fungible_asset::revoke_permission(alice, kind);
    }

    #[test(alice = @0xa11ce)]
    #[expected_failure(abort_code = 0xd0001, location = aptos_framework::primary_fungible_store)]
    fun no_permission_for_a_primary_store(alice: &signer) {
        let (_, _, _, _, kind) = fungible_asset::create_fungible_asset(alice);
        primary_fungible_store::grant_permission(alice, alice, kind, 1);
    }

    #[test(alice = @0xa11ce)]
    #[expected_failure(abort_code = 0xd0001, location = aptos_framework::primary_fungible_store)]
    fun no_permission_for_native_coins(alice: &signer) {
        primary_fungible_store::grant_apt_permission(alice, alice, 1);
    }

    #[test(alice = @0xa11ce)]
    #[expected_failure(abort_code = 0xd000c, location = aptos_framework::code)]
    fun no_permission_to_publish(alice: &signer) {
        code::grant_permission(alice, alice);
    }

    #[test(framework = @aptos_framework)]
    fun a_managed_coins_rights_are_taken_out(framework: &signer) {
        managed_coin::initialize<Gold>(framework, b"Gold", b"G", 8, true);
        let (burn, freeze, mint) = managed_coin::remove_caps<Gold>(framework);
        coin::deposit(@0xb0b, coin::mint<Gold>(3, &mint));
        assert!(coin::balance<Gold>(@0xb0b) == 3, 0);
        coin::destroy_burn_cap(burn);
        coin::destroy_freeze_cap(freeze);
        coin::destroy_mint_cap(mint);
    }

    #[test(framework = @aptos_framework)]
    #[expected_failure(abort_code = 0x60001, location = aptos_framework::managed_coin)]
    fun rights_that_were_taken_out_are_gone(framework: &signer) {
        managed_coin::initialize<Gold>(framework, b"Gold", b"G", 8, true);
        managed_coin::destroy_caps<Gold>(framework);
        managed_coin::mint<Gold>(framework, @0xb0b, 1);
    }

    #[test(framework = @aptos_framework)]
    #[expected_failure(abort_code = 0xc0004, location = aptos_framework::transaction_fee)]
    fun fees_know_no_convert_to_aptos_fa_mint_ref(framework: &signer) {
        transaction_fee::convert_to_aptos_fa_mint_ref(framework);
    }

    #[test(framework = @aptos_framework)]
    #[expected_failure(abort_code = 0xc0004, location = aptos_framework::transaction_fee)]
    fun fees_know_no_initialize_fee_collection_and_distribution(framework: &signer) {
        transaction_fee::initialize_fee_collection_and_distribution(framework, 0);
    }

    #[test(framework = @aptos_framework)]
    #[expected_failure(abort_code = 0xc0004, location = aptos_framework::transaction_fee)]
    fun fees_know_no_upgrade_burn_percentage(framework: &signer) {
        transaction_fee::upgrade_burn_percentage(framework, 0);
    }

    #[test(framework = @aptos_framework)]
    #[expected_failure(abort_code = 0xc0004, location = aptos_framework::transaction_fee)]
    fun fees_know_no_initialize_storage_refund(framework: &signer) {
        transaction_fee::initialize_storage_refund(framework);
    }

    #[test(framework = @aptos_framework)]
    #[expected_failure(abort_code = 0xc0004, location = aptos_framework::transaction_fee)]
    fun fees_know_no_convert_to_aptos_fa_burn_ref(framework: &signer) {
        transaction_fee::convert_to_aptos_fa_burn_ref(framework);
    }

    #[test(alice = @0xa11ce)]
    #[expected_failure(abort_code = 0xd0007, location = aptos_framework::transaction_validation)]
    fun no_permission_to_pay_gas(alice: &signer) {
        transaction_validation::grant_gas_permission(alice, alice, 1);
    }

    #[test(alice = @0xa11ce)]
    #[expected_failure(abort_code = 0xd0007, location = aptos_framework::transaction_validation)]
    fun no_permission_to_pay_gas_to_revoke(alice: &signer) {
        transaction_validation::revoke_gas_permission(alice);
    }
}
