#[test_only]
module aptos_framework::asset_tests {
    use std::option;
    use std::signer;
    use std::string;
    use aptos_framework::aptos_account;
    use aptos_framework::fungible_asset::{Self, BurnRef, Metadata, MintRef, TransferRef};
    use aptos_framework::object::{Self, Object};
    use aptos_framework::primary_fungible_store;

    fun kind(creator: &signer): (MintRef, TransferRef, BurnRef, Object<Metadata>) {
        let constructor = object::create_named_object(creator, b"TEST");
        let (mint, transfer, burn) =
            primary_fungible_store::init_test_metadata_with_primary_store_enabled(&constructor);
        (mint, transfer, burn, constructor.object_from_constructor_ref<Metadata>())
    }

    fun sum(kind: Object<Metadata>): u64 {
        primary_fungible_store::balance(@0xa11ce, kind) + primary_fungible_store::balance(@0xb0b, kind)
    }

    #[test(alice = @0xa11ce, bob = @0xb0b)]
    fun supply_is_the_sum_of_all_stores(alice: &signer, bob: &signer) {
        let (mint, _, burn, kind) = kind(alice);
        assert!(fungible_asset::supply(kind) == option::some(0), 0);
        assert!(fungible_asset::maximum(kind) == option::some(100), 1);
        primary_fungible_store::mint(&mint, @0xa11ce, 60);
        assert!(fungible_asset::supply(kind) == option::some((sum(kind) as u128)), 2);
        primary_fungible_store::transfer(alice, kind, @0xb0b, 25);
        assert!(primary_fungible_store::balance(@0xb0b, kind) == 25 && sum(kind) == 60, 3);
        primary_fungible_store::burn(&burn, @0xb0b, 5);
        assert!(sum(kind) == 55 && fungible_asset::supply(kind) == option::some(55), 4);
        let fa = primary_fungible_store::withdraw(bob, kind, 20);
        let half = fa.extract(10);
        assert!(fa.amount() == 10 && half.amount() == 10, 5);
        fa.merge(half);
        assert!(fa.asset_metadata() == kind && fa.metadata_from_asset() == kind, 6);
        burn.burn(fa);
        assert!(sum(kind) == 35 && fungible_asset::supply(kind) == option::some(35), 7);
        fungible_asset::zero(kind).destroy_zero();
        primary_fungible_store::deposit(@0xb0b, mint.mint(1));
        primary_fungible_store::deposit_with_signer(bob, mint.mint(1));
        assert!(sum(kind) == 37 && primary_fungible_store::is_balance_at_least(@0xb0b, kind, 2), 8);
        primary_fungible_store::transfer_assert_minimum_deposit(alice, kind, @0xb0b, 3, 3);
        assert!(sum(kind) == 37, 9);
    }

    #[test(alice = @0xa11ce)]
    fun a_kind_says_what_it_is(alice: &signer) {
        let (constructor, token) = fungible_asset::create_test_token(alice);
        let (mint, transfer, burn, mutate) = fungible_asset::init_test_metadata(&constructor);
        let kind = object::convert<fungible_asset::TestToken, Metadata>(token);
        assert!(fungible_asset::name(kind) == string::utf8(b"TEST"), 0);
        assert!(fungible_asset::symbol(kind) == string::utf8(b"@@") && fungible_asset::decimals(kind) == 0, 1);
        assert!(!fungible_asset::icon_uri(kind).is_empty() && !fungible_asset::project_uri(kind).is_empty(), 2);
        mutate.mutate_metadata(
            option::some(string::utf8(b"NEW")), option::none(), option::some(8), option::none(), option::none()
        );
        assert!(fungible_asset::name(kind) == string::utf8(b"NEW") && fungible_asset::decimals(kind) == 8, 3);
        assert!(fungible_asset::symbol(kind) == string::utf8(b"@@"), 4);
        assert!(mint.mint_ref_metadata() == kind && transfer.transfer_ref_metadata() == kind, 5);
        assert!(burn.burn_ref_metadata() == kind && mutate.object_from_metadata_ref() == kind, 6);
        let raw_balance = fungible_asset::generate_raw_balance_ref(&constructor);
        let raw_supply = fungible_asset::generate_raw_supply_ref(&constructor);
        let store = fungible_asset::create_test_store(alice, kind);
        mint.mint_to(store, 7);
        assert!(raw_balance.balance_with_ref(store) == 7, 7);
        assert!(raw_supply.supply_with_ref(kind) == option::some(7), 8);
        assert!(fungible_asset::store_metadata(store) == kind, 9);
        assert!(!fungible_asset::is_store_dispatchable(store) && !fungible_asset::is_concurrent(store), 10);
        assert!(fungible_asset::is_balance_at_least(store, 7) && !fungible_asset::is_balance_at_least(store, 8), 11);
        assert!(!fungible_asset::is_untransferable(kind), 12);
    }

    #[test(alice = @0xa11ce, bob = @0xb0b)]
    fun stores_pass_amounts(alice: &signer, bob: &signer) {
        let (mint, transfer, burn, _, kind) = fungible_asset::create_fungible_asset(alice);
        let from = fungible_asset::create_test_store(alice, kind);
        let to = fungible_asset::create_test_store(bob, kind);
        mint.mint_to(from, 50);
        fungible_asset::transfer(alice, from, to, 20);
        fungible_asset::deposit(to, fungible_asset::withdraw(alice, from, 5));
        transfer.set_frozen_flag(to, true);
        assert!(fungible_asset::is_frozen(to), 0);
        transfer.transfer_with_ref(to, from, 10);
        transfer.deposit_with_ref(to, transfer.withdraw_with_ref(from, 1));
        assert!(fungible_asset::balance(from) == 34 && fungible_asset::balance(to) == 16, 1);
        burn.burn_from(from, 34);
        assert!(fungible_asset::supply(kind) == option::some(16), 2);
    }

    #[test(alice = @0xa11ce, bob = @0xb0b)]
    #[expected_failure(abort_code = 0x50008, location = aptos_framework::fungible_asset)]
    fun a_stranger_withdraws_nothing(alice: &signer, bob: &signer) {
        let (mint, _, _, _, kind) = fungible_asset::create_fungible_asset(alice);
        let store = fungible_asset::create_test_store(alice, kind);
        mint.mint_to(store, 5);
        fungible_asset::transfer(bob, store, store, 1);
    }

    #[test(alice = @0xa11ce)]
    #[expected_failure(abort_code = 0x50003, location = aptos_framework::fungible_asset)]
    fun what_is_frozen_stays(alice: &signer) {
        let (mint, transfer, _, kind) = kind(alice);
        primary_fungible_store::mint(&mint, @0xa11ce, 5);
        primary_fungible_store::set_frozen_flag(&transfer, @0xa11ce, true);
        assert!(primary_fungible_store::is_frozen(@0xa11ce, kind), 0);
        primary_fungible_store::transfer(alice, kind, @0xb0b, 1);
    }

    #[test(alice = @0xa11ce)]
    #[expected_failure(abort_code = 0x10004, location = aptos_framework::fungible_asset)]
    fun no_more_is_withdrawn_than_there_is(alice: &signer) {
        let (mint, _, _, kind) = kind(alice);
        primary_fungible_store::mint(&mint, @0xa11ce, 5);
        primary_fungible_store::transfer(alice, kind, @0xb0b, 6);
    }

    #[test(alice = @0xa11ce)]
    #[expected_failure(abort_code = 0x20005, location = aptos_framework::fungible_asset)]
    fun no_more_is_made_than_may_be(alice: &signer) {
        let (mint, _, _, _) = kind(alice);
        primary_fungible_store::mint(&mint, @0xa11ce, 101);
    }

    #[test(alice = @0xa11ce)]
    #[expected_failure(abort_code = 0x10012, location = aptos_framework::fungible_asset)]
    fun a_kind_is_made_to_stay(alice: &signer) {
        fungible_asset::init_test_metadata(&object::create_object(signer::address_of(alice)));
    }

    #[test(alice = @0xa11ce)]
    fun a_primary_store_is_where_it_should_be(alice: &signer) {
        let (mint, transfer, _, kind) = kind(alice);
        assert!(!primary_fungible_store::primary_store_exists(@0xb0b, kind), 0);
        assert!(primary_fungible_store::balance(@0xb0b, kind) == 0, 1);
        let store = primary_fungible_store::ensure_primary_store_exists(@0xb0b, kind);
        assert!(
            object::object_address(&store) == primary_fungible_store::primary_store_address(@0xb0b, kind), 2
        );
        assert!(store == primary_fungible_store::primary_store(@0xb0b, kind), 3);
        assert!(primary_fungible_store::primary_store_exists_inlined(@0xb0b, kind), 4);
        assert!(primary_fungible_store::primary_store_inlined(@0xb0b, kind) == store, 5);
        assert!(!object::ungated_transfer_allowed(store) && store.owner() == @0xb0b, 6);
        primary_fungible_store::mint(&mint, @0xb0b, 9);
        primary_fungible_store::transfer_with_ref(&transfer, @0xb0b, @0xcafe, 4);
        primary_fungible_store::deposit_with_ref(
            &transfer, @0xcafe, primary_fungible_store::withdraw_with_ref(&transfer, @0xb0b, 1)
        );
        assert!(primary_fungible_store::balance(@0xcafe, kind) == 5, 7);
    }

    #[test(alice = @0xa11ce)]
    fun an_empty_store_is_removed(alice: &signer) {
        let (_, _, _, _, kind) = fungible_asset::create_fungible_asset(alice);
        let constructor = object::create_object(@0xa11ce);
        let delete = constructor.generate_delete_ref();
        let store = fungible_asset::create_store(&constructor, kind);
        let addr = object::object_address(&store);
        assert!(fungible_asset::store_exists(addr), 0);
        fungible_asset::remove_store(&delete);
        assert!(!fungible_asset::store_exists(addr), 1);
    }

    #[test(alice = @0xa11ce)]
    #[expected_failure(abort_code = 0x50009, location = aptos_framework::object)]
    fun a_store_of_what_is_bound_is_bound(alice: &signer) {
        let constructor = object::create_named_object(alice, b"TEST");
        fungible_asset::init_test_metadata(&constructor);
        fungible_asset::set_untransferable(&constructor);
        let kind = constructor.object_from_constructor_ref<Metadata>();
        assert!(fungible_asset::is_untransferable(kind), 0);
        let store = fungible_asset::create_test_store(alice, kind);
        object::transfer(alice, store, @0xb0b);
    }

    #[test(alice = @0xa11ce)]
    fun what_a_kind_says_comes_in_one_piece(alice: &signer) {
        let (_, _, _, kind) = kind(alice);
        let same = fungible_asset::metadata(kind);
        assert!(same == fungible_asset::metadata(kind), 0);
        let store = fungible_asset::create_test_store(alice, kind);
        fungible_asset::deposit_sanity_check(store, true);
    }

    #[test(alice = @0xa11ce)]
    #[expected_failure(abort_code = 0x50003, location = aptos_framework::fungible_asset)]
    fun a_frozen_store_takes_nothing(alice: &signer) {
        let (_, transfer, _, kind) = kind(alice);
        let store = fungible_asset::create_test_store(alice, kind);
        transfer.set_frozen_flag(store, true);
        fungible_asset::deposit_sanity_check(store, false);
    }

    #[test(alice = @0xa11ce)]
    fun amounts_go_to_several(alice: &signer) {
        let (mint, _, _, kind) = kind(alice);
        aptos_account::deposit_fungible_assets(@0xa11ce, mint.mint(50));
        aptos_account::batch_transfer_fungible_assets(alice, kind, vector[@0xb0b, @0xcafe], vector[10, 20]);
        assert!(sum(kind) == 30 && primary_fungible_store::balance(@0xcafe, kind) == 20, 0);
    }

    #[test(alice = @0xa11ce)]
    #[expected_failure(abort_code = 0x10005, location = aptos_framework::aptos_account)]
    fun everyone_has_an_amount(alice: &signer) {
        let (_, _, _, kind) = kind(alice);
        aptos_account::batch_transfer_fungible_assets(alice, kind, vector[@0xb0b], vector[]);
    }
}
