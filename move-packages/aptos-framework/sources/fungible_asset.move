/// Fungible assets: amounts of a kind, held in stores.
///
/// A kind is an object with `Metadata`; a store is an object with `FungibleStore`; an amount on its way is a `FungibleAsset`,
/// which can be neither copied nor dropped. Invariant, per kind: the supply is the sum of all stores and of all amounts on
/// their way.
module aptos_framework::fungible_asset {
    use std::error;
    use std::option::{Self, Option};
    use std::signer;
    use std::string::{Self, String};
    use aptos_framework::aggregator_v2::{Self, Aggregator, AggregatorSnapshot};
    use aptos_framework::event;
    use aptos_framework::function_info::{Self, FunctionInfo};
    use aptos_framework::object::{Self, ConstructorRef, DeleteRef, ExtendRef, Object};

    friend aptos_framework::aptos_account;
    friend aptos_framework::coin;
    friend aptos_framework::dispatchable_fungible_asset;
    friend aptos_framework::primary_fungible_store;

    /// The transfer reference is for another kind.
    const ETRANSFER_REF_AND_FUNGIBLE_ASSET_MISMATCH: u64 = 2;
    /// The store is frozen.
    const ESTORE_IS_FROZEN: u64 = 3;
    /// The store, or the amount, is too small.
    const EINSUFFICIENT_BALANCE: u64 = 4;
    /// The supply would exceed its maximum.
    const EMAX_SUPPLY_EXCEEDED: u64 = 5;
    /// The amounts are of different kinds.
    const EFUNGIBLE_ASSET_MISMATCH: u64 = 6;
    /// The signer does not own the store.
    const ENOT_STORE_OWNER: u64 = 8;
    /// The transfer reference is for another kind than the store.
    const ETRANSFER_REF_AND_STORE_MISMATCH: u64 = 9;
    /// The amount is of another kind than the store.
    const EFUNGIBLE_ASSET_AND_STORE_MISMATCH: u64 = 11;
    /// Only an amount of 0 can be destroyed.
    const EAMOUNT_IS_NOT_ZERO: u64 = 12;
    /// The burn reference is for another kind.
    const EBURN_REF_AND_FUNGIBLE_ASSET_MISMATCH: u64 = 13;
    /// Only an empty store can be removed.
    const EBALANCE_IS_NOT_ZERO: u64 = 14;
    /// The name has more than 32 bytes.
    const ENAME_TOO_LONG: u64 = 15;
    /// The symbol has more than 32 bytes.
    const ESYMBOL_TOO_LONG: u64 = 16;
    /// There are more than 32 decimals.
    const EDECIMALS_TOO_LARGE: u64 = 17;
    /// The object of a kind must be one that cannot be deleted.
    const EOBJECT_IS_DELETABLE: u64 = 18;
    /// The address of a link has more than 512 bytes.
    const EURI_TOO_LONG: u64 = 19;
    /// The supply would fall below zero.
    const ESUPPLY_UNDERFLOW: u64 = 20;
    /// The kind keeps no supply.
    const ESUPPLY_NOT_FOUND: u64 = 21;
    /// There is no store at the object.
    const EFUNGIBLE_STORE_EXISTENCE: u64 = 23;
    /// The withdrawal function's signature is another.
    const EWITHDRAW_FUNCTION_SIGNATURE_MISMATCH: u64 = 25;
    /// The deposit function's signature is another.
    const EDEPOSIT_FUNCTION_SIGNATURE_MISMATCH: u64 = 26;
    /// The balance function's signature is another.
    const EDERIVED_BALANCE_FUNCTION_SIGNATURE_MISMATCH: u64 = 27;
    /// The kind has functions of its own for this; use `dispatchable_fungible_asset`.
    const EINVALID_DISPATCHABLE_OPERATIONS: u64 = 28;
    /// The kind has functions registered.
    const EALREADY_REGISTERED: u64 = 29;
    /// There is no metadata at the object.
    const EFUNGIBLE_METADATA_EXISTENCE: u64 = 30;
    /// The native coin has no functions of its own.
    const EAPT_NOT_DISPATCHABLE: u64 = 31;
    /// The supply function's signature is another.
    const EDERIVED_SUPPLY_FUNCTION_SIGNATURE_MISMATCH: u64 = 33;
    /// The balance reference is for another kind.
    const ERAW_BALANCE_REF_AND_FUNGIBLE_ASSET_MISMATCH: u64 = 34;
    /// The supply reference is for another kind.
    const ERAW_SUPPLY_REF_AND_FUNGIBLE_ASSET_MISMATCH: u64 = 35;
    /// Permissioned signers do not exist.
    const EPERMISSIONED_SIGNER_REMOVED: u64 = 37;

    // Nothing raises these here; tests that were written for other networks name them.
    #[test_only]
    const EAMOUNT_CANNOT_BE_ZERO: u64 = 1;
    #[test_only]
    const EMINT_REF_AND_STORE_MISMATCH: u64 = 7;
    #[test_only]
    const EBURN_REF_AND_STORE_MISMATCH: u64 = 10;
    #[test_only]
    const ECONCURRENT_SUPPLY_NOT_ENABLED: u64 = 22;
    #[test_only]
    const ENOT_METADATA_OWNER: u64 = 24;
    #[test_only]
    const ECONCURRENT_BALANCE_NOT_ENABLED: u64 = 32;

    const MAX_NAME_LENGTH: u64 = 32;
    const MAX_SYMBOL_LENGTH: u64 = 32;
    const MAX_DECIMALS: u8 = 32;
    const MAX_URI_LENGTH: u64 = 512;
    const MAX_U128: u128 = 340282366920938463463374607431768211455;

    #[resource_group_member(group = aptos_framework::object::ObjectGroup)]
    /// How much of a kind there is, and may be.
    struct Supply has key {
        current: u128,
        maximum: Option<u128>
    }

    #[resource_group_member(group = aptos_framework::object::ObjectGroup)]
    /// The supply as a counter. This chain keeps all supplies in `Supply`.
    #[lint::skip(unused_struct)]
    struct ConcurrentSupply has key {
        current: Aggregator<u128>
    }

    #[resource_group_member(group = aptos_framework::object::ObjectGroup)]
    /// What a kind is called.
    struct Metadata has key, copy, drop {
        name: String,
        symbol: String,
        decimals: u8,
        icon_uri: String,
        project_uri: String
    }

    #[resource_group_member(group = aptos_framework::object::ObjectGroup)]
    /// Stores of the kind never change their owner.
    struct Untransferable has key {}

    #[resource_group_member(group = aptos_framework::object::ObjectGroup)]
    /// An amount of a kind at rest.
    struct FungibleStore has key {
        metadata: Object<Metadata>,
        balance: u64,
        frozen: bool
    }

    #[resource_group_member(group = aptos_framework::object::ObjectGroup)]
    /// The functions that a kind has in place of withdrawal, deposit and balance.
    struct DispatchFunctionStore has key {
        withdraw_function: Option<FunctionInfo>,
        deposit_function: Option<FunctionInfo>,
        derived_balance_function: Option<FunctionInfo>
    }

    #[resource_group_member(group = aptos_framework::object::ObjectGroup)]
    /// The function that a kind has in place of the supply.
    struct DeriveSupply has key {
        dispatch_function: Option<FunctionInfo>
    }

    #[resource_group_member(group = aptos_framework::object::ObjectGroup)]
    /// The balance as a counter. This chain keeps all balances in `FungibleStore`.
    struct ConcurrentFungibleBalance has key {
        balance: Aggregator<u64>
    }

    /// An amount of a kind on its way.
    struct FungibleAsset {
        metadata: Object<Metadata>,
        amount: u64
    }

    /// The right to make more of a kind.
    struct MintRef has drop, store {
        metadata: Object<Metadata>
    }

    /// The right to freeze stores of a kind, and to move what is in them.
    struct TransferRef has drop, store {
        metadata: Object<Metadata>
    }

    /// The right to read what stores of a kind hold, whatever its own balance function says.
    struct RawBalanceRef has drop, store {
        metadata: Object<Metadata>
    }

    /// The right to read how much of a kind there is, whatever its own supply function says.
    struct RawSupplyRef has drop, store {
        metadata: Object<Metadata>
    }

    /// The right to destroy amounts of a kind, wherever they are.
    struct BurnRef has drop, store {
        metadata: Object<Metadata>
    }

    /// The right to change what a kind is called.
    struct MutateMetadataRef has drop, store {
        metadata: Object<Metadata>
    }

    #[event]
    /// A kind was made.
    struct Creation has drop, store {
        metadata: address,
        name: String,
        symbol: String,
        decimals: u8,
        icon_uri: String,
        project_uri: String,
        maximum_supply: Option<u128>
    }

    #[event]
    /// An amount went into a store.
    struct Deposit has drop, store {
        store: address,
        amount: u64
    }

    #[event]
    /// An amount came out of a store.
    struct Withdraw has drop, store {
        store: address,
        amount: u64
    }

    #[event]
    /// A store was frozen, or no longer is.
    struct Frozen has drop, store {
        store: address,
        frozen: bool
    }

    #[event]
    /// A store was removed.
    struct FungibleStoreDeletion has drop, store {
        store: address,
        owner: address,
        metadata: address
    }

    // Of older releases: nothing makes one.

    #[deprecated]
    /// What a permissioned signer could withdraw from.
    #[lint::skip(unused_struct)]
    enum WithdrawPermission has copy, drop, store {
        ByStore {
            store_address: address
        }
    }

    #[deprecated]
    #[resource_group_member(group = aptos_framework::object::ObjectGroup)]
    /// A store's streams of events; module events took their place.
    #[lint::skip(unused_struct)]
    struct FungibleAssetEvents has key {
        deposit_events: event::EventHandle<DepositEvent>,
        withdraw_events: event::EventHandle<WithdrawEvent>,
        frozen_events: event::EventHandle<FrozenEvent>
    }

    #[deprecated]
    /// The older form of `Deposit`.
    struct DepositEvent has drop, store {
        amount: u64
    }

    #[deprecated]
    /// The older form of `Withdraw`.
    struct WithdrawEvent has drop, store {
        amount: u64
    }

    #[deprecated]
    /// The older form of `Frozen`.
    struct FrozenEvent has drop, store {
        frozen: bool
    }

    /// Makes the object a kind.
    ///
    /// * `maximum_supply`: how much there may ever be; nothing for as much as a `u128` counts.
    /// * `decimals`: digits behind the point when people read amounts.
    public fun add_fungibility(
        constructor_ref: &ConstructorRef,
        maximum_supply: Option<u128>,
        name: String,
        symbol: String,
        decimals: u8,
        icon_uri: String,
        project_uri: String
    ): Object<Metadata> {
        assert!(!constructor_ref.can_generate_delete_ref(), error::invalid_argument(EOBJECT_IS_DELETABLE));
        let metadata = Metadata { name, symbol, decimals, icon_uri, project_uri };
        assert_valid(&metadata);
        let object_signer = constructor_ref.generate_signer();
        move_to(&object_signer, metadata);
        move_to(&object_signer, Supply { current: 0, maximum: maximum_supply });
        event::emit(
            Creation {
                metadata: signer::address_of(&object_signer),
                name,
                symbol,
                decimals,
                icon_uri,
                project_uri,
                maximum_supply
            }
        );
        constructor_ref.object_from_constructor_ref<Metadata>()
    }

    /// From now on, new stores of the kind never change their owner.
    public fun set_untransferable(constructor_ref: &ConstructorRef) {
        let addr = constructor_ref.address_from_constructor_ref();
        assert!(exists<Metadata>(addr), error::not_found(EFUNGIBLE_METADATA_EXISTENCE));
        move_to(&constructor_ref.generate_signer(), Untransferable {});
    }

    #[view]
    /// Whether stores of the kind never change their owner.
    public fun is_untransferable<T: key>(metadata: Object<T>): bool {
        exists<Untransferable>(object::object_address(&metadata))
    }

    /// Notes the functions that a kind has in place of withdrawal, deposit and balance, once.
    public(friend) fun register_dispatch_functions(
        constructor_ref: &ConstructorRef,
        withdraw_function: Option<FunctionInfo>,
        deposit_function: Option<FunctionInfo>,
        derived_balance_function: Option<FunctionInfo>
    ) {
        assert_dispatch_type(&withdraw_function, b"dispatchable_withdraw", EWITHDRAW_FUNCTION_SIGNATURE_MISMATCH);
        assert_dispatch_type(&deposit_function, b"dispatchable_deposit", EDEPOSIT_FUNCTION_SIGNATURE_MISMATCH);
        assert_dispatch_type(
            &derived_balance_function,
            b"dispatchable_derived_balance",
            EDERIVED_BALANCE_FUNCTION_SIGNATURE_MISMATCH
        );
        let addr = assert_can_register(constructor_ref);
        assert!(!exists<DispatchFunctionStore>(addr), error::already_exists(EALREADY_REGISTERED));
        move_to(
            &constructor_ref.generate_signer(),
            DispatchFunctionStore { withdraw_function, deposit_function, derived_balance_function }
        );
    }

    /// Notes the function that a kind has in place of the supply, once.
    public(friend) fun register_derive_supply_dispatch_function(
        constructor_ref: &ConstructorRef, dispatch_function: Option<FunctionInfo>
    ) {
        assert_dispatch_type(
            &dispatch_function,
            b"dispatchable_derived_supply",
            EDERIVED_SUPPLY_FUNCTION_SIGNATURE_MISMATCH
        );
        let addr = assert_can_register(constructor_ref);
        assert!(!exists<DeriveSupply>(addr), error::already_exists(EALREADY_REGISTERED));
        move_to(&constructor_ref.generate_signer(), DeriveSupply { dispatch_function });
    }

    fun assert_dispatch_type(function: &Option<FunctionInfo>, native_name: vector<u8>, code: u64) {
        if (function.is_some()) {
            let native_function =
                function_info::new_function_info_from_address(
                    @aptos_framework,
                    string::utf8(b"dispatchable_fungible_asset"),
                    string::utf8(native_name)
                );
            assert!(
                function_info::check_dispatch_type_compatibility(&native_function, function.borrow()),
                error::invalid_argument(code)
            );
        }
    }

    fun assert_can_register(constructor_ref: &ConstructorRef): address {
        let addr = constructor_ref.address_from_constructor_ref();
        assert!(addr != @aptos_fungible_asset, error::permission_denied(EAPT_NOT_DISPATCHABLE));
        assert!(!constructor_ref.can_generate_delete_ref(), error::invalid_argument(EOBJECT_IS_DELETABLE));
        assert!(exists<Metadata>(addr), error::not_found(EFUNGIBLE_METADATA_EXISTENCE));
        addr
    }

    /// The right to make more of the kind.
    public fun generate_mint_ref(constructor_ref: &ConstructorRef): MintRef {
        MintRef { metadata: constructor_ref.object_from_constructor_ref<Metadata>() }
    }

    /// The right to destroy amounts of the kind.
    public fun generate_burn_ref(constructor_ref: &ConstructorRef): BurnRef {
        BurnRef { metadata: constructor_ref.object_from_constructor_ref<Metadata>() }
    }

    /// The right to freeze stores of the kind, and to move what is in them.
    public fun generate_transfer_ref(constructor_ref: &ConstructorRef): TransferRef {
        TransferRef { metadata: constructor_ref.object_from_constructor_ref<Metadata>() }
    }

    /// The right to read what stores of the kind hold.
    public fun generate_raw_balance_ref(constructor_ref: &ConstructorRef): RawBalanceRef {
        RawBalanceRef { metadata: constructor_ref.object_from_constructor_ref<Metadata>() }
    }

    /// The right to read how much of the kind there is.
    public fun generate_raw_supply_ref(constructor_ref: &ConstructorRef): RawSupplyRef {
        RawSupplyRef { metadata: constructor_ref.object_from_constructor_ref<Metadata>() }
    }

    /// The right to change what the kind is called.
    public fun generate_mutate_metadata_ref(constructor_ref: &ConstructorRef): MutateMetadataRef {
        MutateMetadataRef { metadata: constructor_ref.object_from_constructor_ref<Metadata>() }
    }

    #[view]
    /// How much of the kind there is, or nothing if it keeps no supply.
    public fun supply<T: key>(metadata: Object<T>): Option<u128> acquires Supply {
        let addr = object::object_address(&metadata);
        if (exists<Supply>(addr)) option::some(borrow_global<Supply>(addr).current) else option::none()
    }

    #[view]
    /// How much of the kind there may ever be, or nothing if there is no limit.
    public fun maximum<T: key>(metadata: Object<T>): Option<u128> acquires Supply {
        let addr = object::object_address(&metadata);
        if (exists<Supply>(addr)) borrow_global<Supply>(addr).maximum else option::none()
    }

    #[view]
    /// The kind's name.
    public fun name<T: key>(metadata: Object<T>): String acquires Metadata {
        borrow_metadata(metadata).name
    }

    #[view]
    /// The kind's symbol.
    public fun symbol<T: key>(metadata: Object<T>): String acquires Metadata {
        borrow_metadata(metadata).symbol
    }

    #[view]
    /// Digits behind the point when people read amounts.
    public fun decimals<T: key>(metadata: Object<T>): u8 acquires Metadata {
        borrow_metadata(metadata).decimals
    }

    #[view]
    /// Where the kind's picture is.
    public fun icon_uri<T: key>(metadata: Object<T>): String acquires Metadata {
        borrow_metadata(metadata).icon_uri
    }

    #[view]
    /// Where the kind's makers write about it.
    public fun project_uri<T: key>(metadata: Object<T>): String acquires Metadata {
        borrow_metadata(metadata).project_uri
    }

    #[view]
    /// All that the kind is called.
    public fun metadata<T: key>(metadata: Object<T>): Metadata acquires Metadata {
        *borrow_metadata(metadata)
    }

    #[view]
    /// Whether there is a store at the address.
    public fun store_exists(store: address): bool {
        exists<FungibleStore>(store)
    }

    #[view]
    /// The kind that the store holds.
    public fun store_metadata<T: key>(store: Object<T>): Object<Metadata> acquires FungibleStore {
        borrow_store(object::object_address(&store)).metadata
    }

    #[view]
    /// How much the store holds; 0 if there is none.
    public fun balance<T: key>(store: Object<T>): u64 acquires FungibleStore {
        let addr = object::object_address(&store);
        if (exists<FungibleStore>(addr)) borrow_global<FungibleStore>(addr).balance else 0
    }

    /// How much the store holds, to be kept.
    public fun balance_snapshot<T: key>(store: Object<T>): AggregatorSnapshot<u64> acquires FungibleStore {
        aggregator_v2::create_snapshot<u64>(balance(store))
    }

    #[view]
    /// Whether the store holds that much.
    public fun is_balance_at_least<T: key>(store: Object<T>, amount: u64): bool acquires FungibleStore {
        balance(store) >= amount
    }

    #[view]
    /// Whether the store is frozen.
    public fun is_frozen<T: key>(store: Object<T>): bool acquires FungibleStore {
        let addr = object::object_address(&store);
        exists<FungibleStore>(addr) && borrow_global<FungibleStore>(addr).frozen
    }

    #[view]
    /// Whether the store's kind has functions of its own.
    public fun is_store_dispatchable<T: key>(store: Object<T>): bool acquires FungibleStore {
        is_asset_type_dispatchable(store_metadata(store))
    }

    #[view]
    /// Whether the kind has functions of its own.
    public fun is_asset_type_dispatchable(metadata: Object<Metadata>): bool {
        exists<DispatchFunctionStore>(object::object_address(&metadata))
    }

    /// The kind's own deposit function, if it has one.
    public fun deposit_dispatch_function<T: key>(
        store: Object<T>
    ): Option<FunctionInfo> acquires DispatchFunctionStore, FungibleStore {
        let addr = kind_of(store);
        if (exists<DispatchFunctionStore>(addr)) borrow_global<DispatchFunctionStore>(addr).deposit_function
        else option::none()
    }

    /// The kind's own withdrawal function, if it has one.
    public fun withdraw_dispatch_function<T: key>(
        store: Object<T>
    ): Option<FunctionInfo> acquires DispatchFunctionStore, FungibleStore {
        let addr = kind_of(store);
        if (exists<DispatchFunctionStore>(addr)) borrow_global<DispatchFunctionStore>(addr).withdraw_function
        else option::none()
    }

    /// The kind's own balance function, if it has one.
    public(friend) fun derived_balance_dispatch_function<T: key>(
        store: Object<T>
    ): Option<FunctionInfo> acquires DispatchFunctionStore, FungibleStore {
        let addr = kind_of(store);
        if (exists<DispatchFunctionStore>(addr)) borrow_global<DispatchFunctionStore>(addr).derived_balance_function
        else option::none()
    }

    /// The kind's own supply function, if it has one.
    public(friend) fun derived_supply_dispatch_function<T: key>(
        metadata: Object<T>
    ): Option<FunctionInfo> acquires DeriveSupply {
        let addr = object::object_address(&metadata);
        if (exists<DeriveSupply>(addr)) borrow_global<DeriveSupply>(addr).dispatch_function
        else option::none()
    }

    /// How much it is.
    public fun amount(self: &FungibleAsset): u64 {
        self.amount
    }

    #[deprecated]
    /// The old name of `asset_metadata`.
    public fun metadata_from_asset(self: &FungibleAsset): Object<Metadata> {
        self.metadata
    }

    /// The kind that it is of.
    public fun asset_metadata(self: &FungibleAsset): Object<Metadata> {
        self.metadata
    }

    /// The kind that the right is for.
    public fun mint_ref_metadata(self: &MintRef): Object<Metadata> {
        self.metadata
    }

    /// The kind that the right is for.
    public fun transfer_ref_metadata(self: &TransferRef): Object<Metadata> {
        self.metadata
    }

    /// The kind that the right is for.
    public fun burn_ref_metadata(self: &BurnRef): Object<Metadata> {
        self.metadata
    }

    /// The kind that the right is for.
    public fun object_from_metadata_ref(self: &MutateMetadataRef): Object<Metadata> {
        self.metadata
    }

    /// Moves an amount from a store of the sender's to another.
    public entry fun transfer<T: key>(
        sender: &signer, from: Object<T>, to: Object<T>, amount: u64
    ) acquires DispatchFunctionStore, FungibleStore {
        let fa = withdraw(sender, from, amount);
        deposit(to, fa);
    }

    /// Makes the object a store of the kind.
    public fun create_store<T: key>(
        constructor_ref: &ConstructorRef, metadata: Object<T>
    ): Object<FungibleStore> {
        let kind = object::object_address(&metadata);
        move_to(
            &constructor_ref.generate_signer(),
            FungibleStore { metadata: object::convert<T, Metadata>(metadata), balance: 0, frozen: false }
        );
        if (exists<Untransferable>(kind)) {
            constructor_ref.set_untransferable();
        };
        constructor_ref.object_from_constructor_ref<FungibleStore>()
    }

    /// Ends the object's being a store. Aborts unless it is empty.
    public fun remove_store(delete_ref: &DeleteRef) acquires FungibleStore {
        let store = delete_ref.object_from_delete_ref<FungibleStore>();
        let addr = object::object_address(&store);
        let owner = object::owner(store);
        let FungibleStore { metadata, balance, frozen: _ } = move_from<FungibleStore>(addr);
        assert!(balance == 0, error::permission_denied(EBALANCE_IS_NOT_ZERO));
        event::emit(
            FungibleStoreDeletion { store: addr, owner, metadata: object::object_address(&metadata) }
        );
    }

    /// Takes an amount out of a store that the signer owns.
    public fun withdraw<T: key>(
        owner: &signer, store: Object<T>, amount: u64
    ): FungibleAsset acquires DispatchFunctionStore, FungibleStore {
        withdraw_sanity_check(owner, store, true);
        unchecked_withdraw(object::object_address(&store), amount)
    }

    /// Aborts unless the signer owns the store and it is not frozen, and, if asked, if its kind has a withdrawal function.
    public(friend) fun withdraw_sanity_check<T: key>(
        owner: &signer, store: Object<T>, abort_on_dispatch: bool
    ) acquires DispatchFunctionStore, FungibleStore {
        assert!(object::owns(store, signer::address_of(owner)), error::permission_denied(ENOT_STORE_OWNER));
        assert!(!borrow_store(object::object_address(&store)).frozen, error::permission_denied(ESTORE_IS_FROZEN));
        assert!(
            !abort_on_dispatch || withdraw_dispatch_function(store).is_none(),
            error::invalid_argument(EINVALID_DISPATCHABLE_OPERATIONS)
        );
    }

    /// Aborts if the store is frozen, and, if asked, if its kind has a deposit function.
    public fun deposit_sanity_check<T: key>(
        store: Object<T>, abort_on_dispatch: bool
    ) acquires DispatchFunctionStore, FungibleStore {
        assert!(!borrow_store(object::object_address(&store)).frozen, error::permission_denied(ESTORE_IS_FROZEN));
        assert!(
            !abort_on_dispatch || deposit_dispatch_function(store).is_none(),
            error::invalid_argument(EINVALID_DISPATCHABLE_OPERATIONS)
        );
    }

    /// Puts an amount into a store.
    public fun deposit<T: key>(store: Object<T>, fa: FungibleAsset) acquires DispatchFunctionStore, FungibleStore {
        deposit_sanity_check(store, true);
        unchecked_deposit(object::object_address(&store), fa);
    }

    /// Makes more of the kind.
    public fun mint(self: &MintRef, amount: u64): FungibleAsset acquires Supply {
        increase_supply(&self.metadata, amount);
        FungibleAsset { metadata: self.metadata, amount }
    }

    /// Makes more of the kind and puts it into a store, whatever functions the kind has.
    public fun mint_to<T: key>(
        self: &MintRef, store: Object<T>, amount: u64
    ) acquires DispatchFunctionStore, FungibleStore, Supply {
        deposit_sanity_check(store, false);
        let fa = self.mint(amount);
        unchecked_deposit(object::object_address(&store), fa);
    }

    /// Freezes a store, or makes it free again.
    public fun set_frozen_flag<T: key>(
        self: &TransferRef, store: Object<T>, frozen: bool
    ) acquires FungibleStore {
        assert!(
            self.metadata == store_metadata(store), error::invalid_argument(ETRANSFER_REF_AND_STORE_MISMATCH)
        );
        let addr = object::object_address(&store);
        borrow_global_mut<FungibleStore>(addr).frozen = frozen;
        event::emit(Frozen { store: addr, frozen });
    }

    /// Destroys an amount.
    public fun burn(self: &BurnRef, fa: FungibleAsset) acquires Supply {
        let FungibleAsset { metadata, amount } = fa;
        assert!(self.metadata == metadata, error::invalid_argument(EBURN_REF_AND_FUNGIBLE_ASSET_MISMATCH));
        decrease_supply(&metadata, amount);
    }

    /// Destroys an amount of what a store holds.
    public fun burn_from<T: key>(
        self: &BurnRef, store: Object<T>, amount: u64
    ) acquires FungibleStore, Supply {
        let fa = unchecked_withdraw(object::object_address(&store), amount);
        self.burn(fa);
    }

    /// Takes an amount out of a store, frozen or not.
    public fun withdraw_with_ref<T: key>(
        self: &TransferRef, store: Object<T>, amount: u64
    ): FungibleAsset acquires FungibleStore {
        assert!(
            self.metadata == store_metadata(store), error::invalid_argument(ETRANSFER_REF_AND_STORE_MISMATCH)
        );
        unchecked_withdraw(object::object_address(&store), amount)
    }

    /// Puts an amount into a store, frozen or not.
    public fun deposit_with_ref<T: key>(
        self: &TransferRef, store: Object<T>, fa: FungibleAsset
    ) acquires FungibleStore {
        assert!(
            self.metadata == fa.metadata, error::invalid_argument(ETRANSFER_REF_AND_FUNGIBLE_ASSET_MISMATCH)
        );
        unchecked_deposit(object::object_address(&store), fa);
    }

    /// Moves an amount from one store to another, frozen or not.
    public fun transfer_with_ref<T: key>(
        self: &TransferRef, from: Object<T>, to: Object<T>, amount: u64
    ) acquires FungibleStore {
        let fa = self.withdraw_with_ref(from, amount);
        self.deposit_with_ref(to, fa);
    }

    /// How much the store holds, whatever the kind's own balance function says.
    public fun balance_with_ref<T: key>(self: &RawBalanceRef, store: Object<T>): u64 acquires FungibleStore {
        assert!(
            self.metadata == store_metadata(store),
            error::invalid_argument(ERAW_BALANCE_REF_AND_FUNGIBLE_ASSET_MISMATCH)
        );
        balance(store)
    }

    /// How much of the kind there is, whatever its own supply function says.
    public fun supply_with_ref<T: key>(self: &RawSupplyRef, metadata: Object<T>): Option<u128> acquires Supply {
        assert!(
            object::object_address(&self.metadata) == object::object_address(&metadata),
            error::invalid_argument(ERAW_SUPPLY_REF_AND_FUNGIBLE_ASSET_MISMATCH)
        );
        supply(metadata)
    }

    /// Changes what is given, and leaves the rest.
    public fun mutate_metadata(
        self: &MutateMetadataRef,
        name: Option<String>,
        symbol: Option<String>,
        decimals: Option<u8>,
        icon_uri: Option<String>,
        project_uri: Option<String>
    ) acquires Metadata {
        let metadata = borrow_global_mut<Metadata>(object::object_address(&self.metadata));
        if (name.is_some()) metadata.name = name.extract();
        if (symbol.is_some()) metadata.symbol = symbol.extract();
        if (decimals.is_some()) metadata.decimals = decimals.extract();
        if (icon_uri.is_some()) metadata.icon_uri = icon_uri.extract();
        if (project_uri.is_some()) metadata.project_uri = project_uri.extract();
        assert_valid(metadata);
    }

    /// An amount of 0.
    public fun zero<T: key>(metadata: Object<T>): FungibleAsset {
        FungibleAsset { metadata: object::convert<T, Metadata>(metadata), amount: 0 }
    }

    /// Splits an amount off.
    public fun extract(self: &mut FungibleAsset, amount: u64): FungibleAsset {
        assert!(self.amount >= amount, error::invalid_argument(EINSUFFICIENT_BALANCE));
        self.amount -= amount;
        FungibleAsset { metadata: self.metadata, amount }
    }

    /// Adds another amount of the same kind.
    public fun merge(self: &mut FungibleAsset, src_fungible_asset: FungibleAsset) {
        let FungibleAsset { metadata, amount } = src_fungible_asset;
        assert!(metadata == self.metadata, error::invalid_argument(EFUNGIBLE_ASSET_MISMATCH));
        self.amount += amount;
    }

    /// Ends the life of an amount of 0.
    public fun destroy_zero(self: FungibleAsset) {
        let FungibleAsset { metadata: _, amount } = self;
        assert!(amount == 0, error::invalid_argument(EAMOUNT_IS_NOT_ZERO));
    }

    /// Accepted for programs that ask for it: the supply is in `Supply` all the same.
    public fun upgrade_to_concurrent(ref: &ExtendRef) {
        let addr = ref.address_from_extend_ref();
        assert!(exists<Supply>(addr), error::not_found(ESUPPLY_NOT_FOUND));
    }

    #[view]
    /// Whether the store's balance is a counter: never here.
    public fun is_concurrent<T: key>(store: Object<T>): bool {
        exists<ConcurrentFungibleBalance>(object::object_address(&store))
    }

    /// Accepted for programs that ask for it: the balance is in `FungibleStore` all the same.
    public entry fun upgrade_store_to_concurrent<T: key>(owner: &signer, store: Object<T>) acquires FungibleStore {
        assert!(object::owns(store, signer::address_of(owner)), error::permission_denied(ENOT_STORE_OWNER));
        assert!(!is_frozen(store), error::permission_denied(ESTORE_IS_FROZEN));
    }

    #[deprecated]
    /// Refuses: permissioned signers do not exist.
    public fun grant_permission_by_store<T: key>(
        _master: &signer, _permissioned: &signer, _store: Object<T>, _amount: u64
    ) {
        abort error::unavailable(EPERMISSIONED_SIGNER_REMOVED)
    }

    #[deprecated]
    /// Refuses: permissioned signers do not exist.
    public fun revoke_permission(_permissioned: &signer, _token_type: Object<Metadata>) {
        abort error::unavailable(EPERMISSIONED_SIGNER_REMOVED)
    }

    /// Takes an amount out of a store; the caller has checked who asks.
    public(friend) fun unchecked_withdraw(store: address, amount: u64): FungibleAsset acquires FungibleStore {
        assert!(exists<FungibleStore>(store), error::not_found(EFUNGIBLE_STORE_EXISTENCE));
        let s = borrow_global_mut<FungibleStore>(store);
        assert!(s.balance >= amount, error::invalid_argument(EINSUFFICIENT_BALANCE));
        s.balance -= amount;
        if (amount > 0) event::emit(Withdraw { store, amount });
        FungibleAsset { metadata: s.metadata, amount }
    }

    /// Puts an amount into a store; the caller has checked that it may.
    public(friend) fun unchecked_deposit(store: address, fa: FungibleAsset) acquires FungibleStore {
        let FungibleAsset { metadata, amount } = fa;
        assert!(exists<FungibleStore>(store), error::not_found(EFUNGIBLE_STORE_EXISTENCE));
        let s = borrow_global_mut<FungibleStore>(store);
        assert!(metadata == s.metadata, error::invalid_argument(EFUNGIBLE_ASSET_AND_STORE_MISMATCH));
        // Cannot overflow where the supply fits: it is checked here all the same, by the addition.
        s.balance += amount;
        if (amount > 0) event::emit(Deposit { store, amount });
    }

    /// An amount that is not counted in the supply before: what `coin` turns into the asset that it is paired with.
    public(friend) fun mint_internal(metadata: Object<Metadata>, amount: u64): FungibleAsset acquires Supply {
        increase_supply(&metadata, amount);
        FungibleAsset { metadata, amount }
    }

    /// Ends an amount that leaves the supply: what `coin` turns back into a coin.
    public(friend) fun burn_internal(fa: FungibleAsset): u64 acquires Supply {
        let FungibleAsset { metadata, amount } = fa;
        decrease_supply(&metadata, amount);
        amount
    }

    fun increase_supply(metadata: &Object<Metadata>, amount: u64) acquires Supply {
        let addr = object::object_address(metadata);
        assert!(exists<Supply>(addr), error::not_found(ESUPPLY_NOT_FOUND));
        let supply = borrow_global_mut<Supply>(addr);
        let limit = supply.maximum.get_with_default(MAX_U128);
        assert!((amount as u128) <= limit - supply.current, error::out_of_range(EMAX_SUPPLY_EXCEEDED));
        supply.current += (amount as u128);
    }

    fun decrease_supply(metadata: &Object<Metadata>, amount: u64) acquires Supply {
        let addr = object::object_address(metadata);
        assert!(exists<Supply>(addr), error::not_found(ESUPPLY_NOT_FOUND));
        let supply = borrow_global_mut<Supply>(addr);
        assert!(supply.current >= (amount as u128), error::invalid_state(ESUPPLY_UNDERFLOW));
        supply.current -= (amount as u128);
    }

    fun assert_valid(metadata: &Metadata) {
        assert!(metadata.name.length() <= MAX_NAME_LENGTH, error::out_of_range(ENAME_TOO_LONG));
        assert!(metadata.symbol.length() <= MAX_SYMBOL_LENGTH, error::out_of_range(ESYMBOL_TOO_LONG));
        assert!(metadata.decimals <= MAX_DECIMALS, error::out_of_range(EDECIMALS_TOO_LARGE));
        assert!(metadata.icon_uri.length() <= MAX_URI_LENGTH, error::out_of_range(EURI_TOO_LONG));
        assert!(metadata.project_uri.length() <= MAX_URI_LENGTH, error::out_of_range(EURI_TOO_LONG));
    }

    inline fun borrow_metadata<T: key>(object: Object<T>): &Metadata acquires Metadata {
        let addr = object::object_address(&object);
        assert!(exists<Metadata>(addr), error::not_found(EFUNGIBLE_METADATA_EXISTENCE));
        borrow_global<Metadata>(addr)
    }

    inline fun borrow_store(store: address): &FungibleStore acquires FungibleStore {
        assert!(exists<FungibleStore>(store), error::not_found(EFUNGIBLE_STORE_EXISTENCE));
        borrow_global<FungibleStore>(store)
    }

    fun kind_of<T: key>(store: Object<T>): address acquires FungibleStore {
        object::object_address(&borrow_store(object::object_address(&store)).metadata)
    }

    #[test_only]
    #[resource_group_member(group = aptos_framework::object::ObjectGroup)]
    /// Marks objects that tests make.
    struct TestToken has key {}

    #[test_only]
    /// A named object to make a kind of.
    public fun create_test_token(creator: &signer): (ConstructorRef, Object<TestToken>) {
        let constructor_ref = object::create_named_object(creator, b"TEST");
        move_to(&constructor_ref.generate_signer(), TestToken {});
        let token = constructor_ref.object_from_constructor_ref<TestToken>();
        (constructor_ref, token)
    }

    #[test_only]
    /// Makes the object a kind with a maximum supply of 100.
    public fun init_test_metadata(
        constructor_ref: &ConstructorRef
    ): (MintRef, TransferRef, BurnRef, MutateMetadataRef) {
        add_fungibility(
            constructor_ref,
            option::some(100),
            string::utf8(b"TEST"),
            string::utf8(b"@@"),
            0,
            string::utf8(b"http://www.example.com/favicon.ico"),
            string::utf8(b"http://www.example.com")
        );
        (
            generate_mint_ref(constructor_ref),
            generate_transfer_ref(constructor_ref),
            generate_burn_ref(constructor_ref),
            generate_mutate_metadata_ref(constructor_ref)
        )
    }

    #[test_only]
    /// Makes a kind with a maximum supply of 100.
    public fun create_fungible_asset(
        creator: &signer
    ): (MintRef, TransferRef, BurnRef, MutateMetadataRef, Object<Metadata>) {
        let (constructor_ref, token) = create_test_token(creator);
        let (mint, transfer, burn, mutate) = init_test_metadata(&constructor_ref);
        (mint, transfer, burn, mutate, object::convert<TestToken, Metadata>(token))
    }

    #[test_only]
    /// Makes a store that can be removed.
    public fun create_test_store<T: key>(owner: &signer, metadata: Object<T>): Object<FungibleStore> {
        let owner_addr = signer::address_of(owner);
        let constructor_ref = object::create_object(owner_addr);
        create_store(&constructor_ref, metadata)
    }
}
