/// Fungible assets with functions of their own: where a kind names a function for withdrawal, deposit, balance or supply, it is
/// called in place of the plain one.
///
/// A kind's function has the parameters and results of the native below that calls it, but the last parameter, is public, and
/// stands outside the framework. It gets a `TransferRef`, with which it moves the amount itself.
module aptos_framework::dispatchable_fungible_asset {
    use std::error;
    use std::option::Option;
    use aptos_framework::aggregator_v2::{Self, AggregatorSnapshot};
    use aptos_framework::function_info::{Self, FunctionInfo};
    use aptos_framework::fungible_asset::{Self, FungibleAsset, TransferRef};
    use aptos_framework::object::{Self, ConstructorRef, Object};

    /// The kind registered no functions.
    const ESTORE_NOT_FOUND: u64 = 1;
    /// Less arrived than was expected.
    const EAMOUNT_MISMATCH: u64 = 2;

    // Nothing raises these here; tests that were written for other networks name them.
    #[test_only]
    const ENOT_LOADED: u64 = 4;

    #[resource_group_member(group = aptos_framework::object::ObjectGroup)]
    /// What the kind's functions move amounts with.
    struct TransferRefStore has key {
        transfer_ref: TransferRef
    }

    /// Gives a kind that is being made functions of its own, once.
    public fun register_dispatch_functions(
        constructor_ref: &ConstructorRef,
        withdraw_function: Option<FunctionInfo>,
        deposit_function: Option<FunctionInfo>,
        derived_balance_function: Option<FunctionInfo>
    ) {
        fungible_asset::register_dispatch_functions(
            constructor_ref, withdraw_function, deposit_function, derived_balance_function
        );
        move_to(
            &constructor_ref.generate_signer(),
            TransferRefStore { transfer_ref: fungible_asset::generate_transfer_ref(constructor_ref) }
        );
    }

    /// Gives a kind that is being made a supply function of its own, once.
    public fun register_derive_supply_dispatch_function(
        constructor_ref: &ConstructorRef, dispatch_function: Option<FunctionInfo>
    ) {
        fungible_asset::register_derive_supply_dispatch_function(constructor_ref, dispatch_function);
    }

    /// Takes an amount out of a store that the signer owns.
    public fun withdraw<T: key>(
        owner: &signer, store: Object<T>, amount: u64
    ): FungibleAsset acquires TransferRefStore {
        fungible_asset::withdraw_sanity_check(owner, store, false);
        let function = fungible_asset::withdraw_dispatch_function(store);
        if (function.is_some()) {
            let f = function.borrow();
            function_info::load_module_from_function(f);
            dispatchable_withdraw(store, amount, borrow_transfer_ref(store), f)
        } else {
            fungible_asset::unchecked_withdraw(object::object_address(&store), amount)
        }
    }

    /// Puts an amount into a store.
    public fun deposit<T: key>(store: Object<T>, fa: FungibleAsset) acquires TransferRefStore {
        fungible_asset::deposit_sanity_check(store, false);
        let function = fungible_asset::deposit_dispatch_function(store);
        if (function.is_some()) {
            let f = function.borrow();
            function_info::load_module_from_function(f);
            dispatchable_deposit(store, fa, borrow_transfer_ref(store), f)
        } else {
            fungible_asset::unchecked_deposit(object::object_address(&store), fa)
        }
    }

    /// Moves an amount from a store of the sender's to another.
    public entry fun transfer<T: key>(
        sender: &signer, from: Object<T>, to: Object<T>, amount: u64
    ) acquires TransferRefStore {
        let fa = withdraw(sender, from, amount);
        deposit(to, fa);
    }

    /// As `transfer`. Aborts unless at least `expected` more is in the other store afterwards.
    public entry fun transfer_assert_minimum_deposit<T: key>(
        sender: &signer, from: Object<T>, to: Object<T>, amount: u64, expected: u64
    ) acquires TransferRefStore {
        let before = fungible_asset::balance(to);
        transfer(sender, from, to, amount);
        let after = fungible_asset::balance(to);
        assert!(after >= before && after - before >= expected, error::aborted(EAMOUNT_MISMATCH));
    }

    #[view]
    /// How much the store holds, as the kind says.
    public fun derived_balance<T: key>(store: Object<T>): u64 {
        let function = fungible_asset::derived_balance_dispatch_function(store);
        if (function.is_some()) {
            let f = function.borrow();
            function_info::load_module_from_function(f);
            dispatchable_derived_balance(store, f)
        } else {
            fungible_asset::balance(store)
        }
    }

    /// How much the store holds, as the kind says, to be kept.
    public fun derived_balance_snapshot<T: key>(store: Object<T>): AggregatorSnapshot<u64> {
        aggregator_v2::create_snapshot<u64>(derived_balance(store))
    }

    #[view]
    /// Whether the store holds that much, as the kind says.
    public fun is_derived_balance_at_least<T: key>(store: Object<T>, amount: u64): bool {
        derived_balance(store) >= amount
    }

    #[view]
    /// How much of the kind there is, as it says itself.
    public fun derived_supply<T: key>(metadata: Object<T>): Option<u128> {
        let function = fungible_asset::derived_supply_dispatch_function(metadata);
        if (function.is_some()) {
            let f = function.borrow();
            function_info::load_module_from_function(f);
            dispatchable_derived_supply(metadata, f)
        } else {
            fungible_asset::supply(metadata)
        }
    }

    inline fun borrow_transfer_ref<T: key>(store: Object<T>): &TransferRef acquires TransferRefStore {
        let kind = object::object_address(&fungible_asset::store_metadata(store));
        assert!(exists<TransferRefStore>(kind), error::not_found(ESTORE_NOT_FOUND));
        &borrow_global<TransferRefStore>(kind).transfer_ref
    }

    // Each calls the function that its last parameter names, with the other parameters.
    native fun dispatchable_withdraw<T: key>(
        store: Object<T>, amount: u64, transfer_ref: &TransferRef, function: &FunctionInfo
    ): FungibleAsset;
    native fun dispatchable_deposit<T: key>(
        store: Object<T>, fa: FungibleAsset, transfer_ref: &TransferRef, function: &FunctionInfo
    );
    native fun dispatchable_derived_balance<T: key>(store: Object<T>, function: &FunctionInfo): u64;
    native fun dispatchable_derived_supply<T: key>(metadata: Object<T>, function: &FunctionInfo): Option<u128>;
}
