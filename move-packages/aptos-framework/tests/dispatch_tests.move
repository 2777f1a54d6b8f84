#[test_only]
/// An asset that keeps a tenth of every withdrawal in the store, and says that everyone has twice as much.
module 0xcafe::tithe {
    use std::option::{Self, Option};
    use std::string;
    use aptos_framework::dispatchable_fungible_asset;
    use aptos_framework::function_info;
    use aptos_framework::fungible_asset::{Self, FungibleAsset, MintRef, Metadata, TransferRef};
    use aptos_framework::object::{Self, ConstructorRef, Object};
    use aptos_framework::primary_fungible_store;

    public fun withdraw<T: key>(store: Object<T>, amount: u64, transfer_ref: &TransferRef): FungibleAsset {
        transfer_ref.withdraw_with_ref(store, amount - amount / 10)
    }

    public fun deposit<T: key>(store: Object<T>, fa: FungibleAsset, transfer_ref: &TransferRef) {
        transfer_ref.deposit_with_ref(store, fa);
    }

    public fun balance<T: key>(store: Object<T>): u64 {
        fungible_asset::balance(store) * 2
    }

    public fun supply<T: key>(_metadata: Object<T>): Option<u128> {
        option::some(12345)
    }

    public fun wrong<T: key>(_store: Object<T>): bool {
        true
    }

    public fun make(creator: &signer): (ConstructorRef, MintRef, Object<Metadata>) {
        let constructor = object::create_named_object(creator, b"tithe");
        primary_fungible_store::create_primary_store_enabled_fungible_asset(
            &constructor,
            option::none(),
            string::utf8(b"Tithe"),
            string::utf8(b"TTH"),
            2,
            string::utf8(b""),
            string::utf8(b"")
        );
        let mint = fungible_asset::generate_mint_ref(&constructor);
        let metadata = constructor.object_from_constructor_ref<Metadata>();
        (constructor, mint, metadata)
    }

    public fun name(function: vector<u8>): Option<function_info::FunctionInfo> {
        option::some(
            function_info::new_function_info_from_address(@0xcafe, string::utf8(b"tithe"), string::utf8(function))
        )
    }

    public fun make_with_functions(creator: &signer): (MintRef, Object<Metadata>) {
        let (constructor, mint, metadata) = make(creator);
        dispatchable_fungible_asset::register_dispatch_functions(
            &constructor, name(b"withdraw"), name(b"deposit"), name(b"balance")
        );
        dispatchable_fungible_asset::register_derive_supply_dispatch_function(&constructor, name(b"supply"));
        (mint, metadata)
    }
}

#[test_only]
module aptos_framework::dispatch_tests {
    use std::option;
    use std::string;
    use aptos_framework::dispatchable_fungible_asset;
    use aptos_framework::function_info;
    use aptos_framework::fungible_asset;
    use aptos_framework::primary_fungible_store;
    use 0xcafe::tithe;

    #[test(creator = @0xcafe, alice = @0xa11ce)]
    fun a_kinds_own_functions_are_called(creator: &signer, alice: &signer) {
        let (mint, kind) = tithe::make_with_functions(creator);
        primary_fungible_store::mint(&mint, @0xa11ce, 100);
        let store = primary_fungible_store::primary_store(@0xa11ce, kind);
        assert!(fungible_asset::is_store_dispatchable(store), 0);
        assert!(fungible_asset::is_asset_type_dispatchable(kind), 1);
        assert!(fungible_asset::deposit_dispatch_function(store).is_some(), 2);
        assert!(fungible_asset::withdraw_dispatch_function(store).is_some(), 3);
        assert!(primary_fungible_store::balance(@0xa11ce, kind) == 200, 4);
        assert!(dispatchable_fungible_asset::is_derived_balance_at_least(store, 200), 5);
        primary_fungible_store::transfer(alice, kind, @0xb0b, 50);
        assert!(fungible_asset::balance(store) == 55, 6);
        assert!(primary_fungible_store::balance(@0xb0b, kind) == 90, 7);
        assert!(dispatchable_fungible_asset::derived_supply(kind) == option::some(12345), 8);
        assert!(fungible_asset::supply(kind) == option::some(100), 9);
    }

    #[test(creator = @0xcafe, alice = @0xa11ce)]
    #[expected_failure(abort_code = 0x70002, location = aptos_framework::dispatchable_fungible_asset)]
    fun less_may_arrive_than_was_sent(creator: &signer, alice: &signer) {
        let (mint, kind) = tithe::make_with_functions(creator);
        primary_fungible_store::mint(&mint, @0xa11ce, 100);
        primary_fungible_store::transfer_assert_minimum_deposit(alice, kind, @0xb0b, 50, 46);
    }

    #[test(creator = @0xcafe, alice = @0xa11ce)]
    #[expected_failure(abort_code = 0x1001c, location = aptos_framework::fungible_asset)]
    fun the_plain_function_is_refused_where_there_is_another(creator: &signer, alice: &signer) {
        let (mint, kind) = tithe::make_with_functions(creator);
        primary_fungible_store::mint(&mint, @0xa11ce, 100);
        let store = primary_fungible_store::primary_store(@0xa11ce, kind);
        fungible_asset::transfer(alice, store, store, 1);
    }

    #[test(creator = @0xcafe)]
    #[expected_failure(abort_code = 0x10019, location = aptos_framework::fungible_asset)]
    fun a_function_has_the_right_parameters(creator: &signer) {
        let (constructor, _, _) = tithe::make(creator);
        dispatchable_fungible_asset::register_dispatch_functions(
            &constructor, tithe::name(b"wrong"), option::none(), option::none()
        );
    }

    #[test(creator = @0xcafe)]
    #[expected_failure(abort_code = 0x10002, location = aptos_framework::function_info)]
    fun a_function_exists(creator: &signer) {
        let (constructor, _, _) = tithe::make(creator);
        dispatchable_fungible_asset::register_dispatch_functions(
            &constructor, tithe::name(b"nowhere"), option::none(), option::none()
        );
    }

    #[test(creator = @0xcafe)]
    #[expected_failure(abort_code = 0x8001d, location = aptos_framework::fungible_asset)]
    fun functions_are_named_once(creator: &signer) {
        let (constructor, _, _) = tithe::make(creator);
        dispatchable_fungible_asset::register_dispatch_functions(
            &constructor, tithe::name(b"withdraw"), option::none(), option::none()
        );
        dispatchable_fungible_asset::register_dispatch_functions(
            &constructor, option::none(), option::none(), option::none()
        );
    }

    #[test(creator = @0xcafe)]
    #[expected_failure(abort_code = 0x10001, location = aptos_framework::function_info)]
    fun a_function_is_called_by_an_identifier(creator: &signer) {
        function_info::new_function_info(creator, string::utf8(b"tithe"), string::utf8(b"1x"));
    }

    #[test(creator = @0xcafe, alice = @0xa11ce, bob = @0xb0b)]
    fun a_kinds_own_functions_are_called_by_name(creator: &signer, alice: &signer, bob: &signer) {
        let (mint, kind) = tithe::make_with_functions(creator);
        primary_fungible_store::mint(&mint, @0xa11ce, 100);
        let from = primary_fungible_store::primary_store(@0xa11ce, kind);
        let to = primary_fungible_store::ensure_primary_store_exists(@0xb0b, kind);
        let taken = dispatchable_fungible_asset::withdraw(alice, from, 50);
        assert!(taken.amount() == 45, 0);
        dispatchable_fungible_asset::deposit(to, taken);
        dispatchable_fungible_asset::transfer(alice, from, to, 10);
        assert!(fungible_asset::balance(from) == 46 && fungible_asset::balance(to) == 54, 1);
        dispatchable_fungible_asset::transfer_assert_minimum_deposit(bob, to, from, 20, 18);
        assert!(dispatchable_fungible_asset::derived_balance(from) == 128, 2);
        assert!(dispatchable_fungible_asset::derived_balance_snapshot(from).read_snapshot() == 128, 3);
    }

    #[test(creator = @0xcafe, alice = @0xa11ce, bob = @0xb0b)]
    #[expected_failure(abort_code = 0x50008, location = aptos_framework::fungible_asset)]
    fun a_stranger_withdraws_nothing(creator: &signer, alice: &signer, bob: &signer) {
        let (mint, kind) = tithe::make_with_functions(creator);
        primary_fungible_store::mint(&mint, @0xa11ce, 100);
        let from = primary_fungible_store::primary_store(@0xa11ce, kind);
        dispatchable_fungible_asset::deposit(from, dispatchable_fungible_asset::withdraw(alice, from, 10));
        dispatchable_fungible_asset::transfer(bob, from, from, 10);
    }
}
