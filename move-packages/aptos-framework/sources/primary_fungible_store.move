/// One store per owner and kind, at an address that follows from both, made when something is deposited.
///
/// Primary stores cannot be transferred. All amounts go through the kind's own functions where it has them.
module aptos_framework::primary_fungible_store {
    use std::error;
    use std::option::Option;
    use std::signer;
    use std::string::String;
    use aptos_framework::dispatchable_fungible_asset;
    use aptos_framework::fungible_asset::{Self, BurnRef, FungibleAsset, FungibleStore, Metadata, MintRef, TransferRef};
    use aptos_framework::object::{Self, ConstructorRef, DeriveRef, Object};

    /// Permissioned signers do not exist.
    const EPERMISSIONED_SIGNER_REMOVED: u64 = 1;

    #[resource_group_member(group = aptos_framework::object::ObjectGroup)]
    /// What the kind's primary stores are made with.
    struct DeriveRefPod has key {
        metadata_derive_ref: DeriveRef
    }

    /// Makes the object a kind that has primary stores.
    public fun create_primary_store_enabled_fungible_asset(
        constructor_ref: &ConstructorRef,
        maximum_supply: Option<u128>,
        name: String,
        symbol: String,
        decimals: u8,
        icon_uri: String,
        project_uri: String
    ) {
        fungible_asset::add_fungibility(
            constructor_ref, maximum_supply, name, symbol, decimals, icon_uri, project_uri
        );
        move_to(
            &constructor_ref.generate_signer(),
            DeriveRefPod { metadata_derive_ref: constructor_ref.generate_derive_ref() }
        );
    }

    /// The owner's store, made if there is none.
    public fun ensure_primary_store_exists<T: key>(
        owner: address, metadata: Object<T>
    ): Object<FungibleStore> acquires DeriveRefPod {
        let store_addr = primary_store_address(owner, metadata);
        if (fungible_asset::store_exists(store_addr)) {
            object::address_to_object<FungibleStore>(store_addr)
        } else {
            create_primary_store(owner, metadata)
        }
    }

    /// Makes the owner's store. Aborts if there is one.
    public fun create_primary_store<T: key>(
        owner_addr: address, metadata: Object<T>
    ): Object<FungibleStore> acquires DeriveRefPod {
        let metadata_addr = object::object_address(&metadata);
        let kind = object::address_to_object<Metadata>(metadata_addr);
        let derive_ref = &borrow_global<DeriveRefPod>(metadata_addr).metadata_derive_ref;
        let constructor_ref = object::create_user_derived_object(owner_addr, derive_ref);
        let transfer_ref = constructor_ref.generate_transfer_ref();
        transfer_ref.disable_ungated_transfer();
        fungible_asset::create_store(&constructor_ref, kind)
    }

    #[view]
    /// Where the owner's store is, or would be.
    public fun primary_store_address<T: key>(owner: address, metadata: Object<T>): address {
        object::create_user_derived_object_address(owner, object::object_address(&metadata))
    }

    #[view]
    /// The owner's store. Aborts if there is none.
    public fun primary_store<T: key>(owner: address, metadata: Object<T>): Object<FungibleStore> {
        object::address_to_object<FungibleStore>(primary_store_address(owner, metadata))
    }

    #[view]
    /// Whether the owner has a store.
    public fun primary_store_exists<T: key>(account: address, metadata: Object<T>): bool {
        fungible_asset::store_exists(primary_store_address(account, metadata))
    }

    /// `primary_store_address`, inline.
    public inline fun primary_store_address_inlined<T: key>(owner: address, metadata: Object<T>): address {
        object::create_user_derived_object_address(owner, object::object_address(&metadata))
    }

    /// `primary_store`, inline.
    public inline fun primary_store_inlined<T: key>(
        owner: address, metadata: Object<T>
    ): Object<FungibleStore> {
        object::address_to_object<FungibleStore>(
            object::create_user_derived_object_address(owner, object::object_address(&metadata))
        )
    }

    /// `primary_store_exists`, inline.
    public inline fun primary_store_exists_inlined<T: key>(account: address, metadata: Object<T>): bool {
        fungible_asset::store_exists(
            object::create_user_derived_object_address(account, object::object_address(&metadata))
        )
    }

    #[view]
    /// How much of the kind the owner has; 0 without a store.
    public fun balance<T: key>(account: address, metadata: Object<T>): u64 {
        if (primary_store_exists(account, metadata)) {
            dispatchable_fungible_asset::derived_balance(primary_store(account, metadata))
        } else {
            0
        }
    }

    #[view]
    /// Whether the owner has that much of the kind.
    public fun is_balance_at_least<T: key>(account: address, metadata: Object<T>, amount: u64): bool {
        balance(account, metadata) >= amount
    }

    #[view]
    /// Whether the owner's store is frozen.
    public fun is_frozen<T: key>(account: address, metadata: Object<T>): bool {
        primary_store_exists(account, metadata) && fungible_asset::is_frozen(primary_store(account, metadata))
    }

    /// Takes an amount out of the signer's store. A store that the signer burnt is usable again.
    public fun withdraw<T: key>(
        owner: &signer, metadata: Object<T>, amount: u64
    ): FungibleAsset acquires DeriveRefPod {
        let store = ensure_primary_store_exists(signer::address_of(owner), metadata);
        object::unburn_if_burnt(owner, object::object_address(&store));
        dispatchable_fungible_asset::withdraw(owner, store, amount)
    }

    /// Puts an amount into the owner's store, made if there is none.
    public fun deposit(owner: address, fa: FungibleAsset) acquires DeriveRefPod {
        let store = ensure_primary_store_exists(owner, fa.asset_metadata());
        dispatchable_fungible_asset::deposit(store, fa);
    }

    /// Puts an amount into the signer's store, made if there is none.
    public fun deposit_with_signer(owner: &signer, fa: FungibleAsset) acquires DeriveRefPod {
        deposit(signer::address_of(owner), fa);
    }

    /// Moves an amount from the sender's store to the recipient's.
    public entry fun transfer<T: key>(
        sender: &signer, metadata: Object<T>, recipient: address, amount: u64
    ) acquires DeriveRefPod {
        let fa = withdraw(sender, metadata, amount);
        deposit(recipient, fa);
    }

    /// As `transfer`. Aborts unless at least `expected` more is in the recipient's store afterwards.
    public entry fun transfer_assert_minimum_deposit<T: key>(
        sender: &signer, metadata: Object<T>, recipient: address, amount: u64, expected: u64
    ) acquires DeriveRefPod {
        let from = ensure_primary_store_exists(signer::address_of(sender), metadata);
        object::unburn_if_burnt(sender, object::object_address(&from));
        let to = ensure_primary_store_exists(recipient, metadata);
        dispatchable_fungible_asset::transfer_assert_minimum_deposit(sender, from, to, amount, expected);
    }

    /// Makes more of the kind and puts it into the owner's store.
    public fun mint(mint_ref: &MintRef, owner: address, amount: u64) acquires DeriveRefPod {
        let store = ensure_primary_store_exists(owner, mint_ref.mint_ref_metadata());
        mint_ref.mint_to(store, amount);
    }

    /// Destroys an amount of what is in the owner's store.
    public fun burn(burn_ref: &BurnRef, owner: address, amount: u64) {
        let store = primary_store(owner, burn_ref.burn_ref_metadata());
        burn_ref.burn_from(store, amount);
    }

    /// Freezes the owner's store, made if there is none, or makes it free again.
    public fun set_frozen_flag(
        transfer_ref: &TransferRef, owner: address, frozen: bool
    ) acquires DeriveRefPod {
        let store = ensure_primary_store_exists(owner, transfer_ref.transfer_ref_metadata());
        transfer_ref.set_frozen_flag(store, frozen);
    }

    /// Takes an amount out of the owner's store, frozen or not.
    public fun withdraw_with_ref(transfer_ref: &TransferRef, owner: address, amount: u64): FungibleAsset {
        let store = primary_store(owner, transfer_ref.transfer_ref_metadata());
        transfer_ref.withdraw_with_ref(store, amount)
    }

    /// Puts an amount into the owner's store, frozen or not.
    public fun deposit_with_ref(
        transfer_ref: &TransferRef, owner: address, fa: FungibleAsset
    ) acquires DeriveRefPod {
        let store = ensure_primary_store_exists(owner, transfer_ref.transfer_ref_metadata());
        transfer_ref.deposit_with_ref(store, fa);
    }

    /// Moves an amount from one owner's store to another's, frozen or not.
    public fun transfer_with_ref(
        transfer_ref: &TransferRef, from: address, to: address, amount: u64
    ) acquires DeriveRefPod {
        let kind = transfer_ref.transfer_ref_metadata();
        let from_store = primary_store(from, kind);
        let to_store = ensure_primary_store_exists(to, kind);
        transfer_ref.transfer_with_ref(from_store, to_store, amount);
    }

    /// Accepted for programs that ask for it; see `fungible_asset::upgrade_store_to_concurrent`.
    public entry fun upgrade_to_concurrent(owner: &signer, metadata: Object<Metadata>) {
        let store = primary_store(signer::address_of(owner), metadata);
        fungible_asset::upgrade_store_to_concurrent(owner, store);
    }

    #[deprecated]
    /// Refuses: permissioned signers do not exist.
    public fun grant_permission<T: key>(
        _master: &signer, _permissioned: &signer, _metadata: Object<T>, _amount: u64
    ) {
        abort error::unavailable(EPERMISSIONED_SIGNER_REMOVED)
    }

    #[deprecated]
    /// Refuses: permissioned signers do not exist.
    public fun grant_apt_permission(_master: &signer, _permissioned: &signer, _amount: u64) {
        abort error::unavailable(EPERMISSIONED_SIGNER_REMOVED)
    }

    #[test_only]
    use std::option;
    #[test_only]
    use std::string;

    #[test_only]
    /// Makes the object a kind with primary stores and a maximum supply of 100.
    public fun init_test_metadata_with_primary_store_enabled(
        constructor_ref: &ConstructorRef
    ): (MintRef, TransferRef, BurnRef) {
        create_primary_store_enabled_fungible_asset(
            constructor_ref,
            option::some(100),
            string::utf8(b"TEST COIN"),
            string::utf8(b"@T"),
            0,
            string::utf8(b"http://example.com/icon"),
            string::utf8(b"http://example.com")
        );
        (
            fungible_asset::generate_mint_ref(constructor_ref),
            fungible_asset::generate_transfer_ref(constructor_ref),
            fungible_asset::generate_burn_ref(constructor_ref)
        )
    }
}
