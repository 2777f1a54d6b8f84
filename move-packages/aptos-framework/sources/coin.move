/// Coins: amounts of a type, held at accounts.
///
/// A coin type is a struct whose module's account initialized it. Accounts hold coins in a `CoinStore`, made when something is
/// deposited. A coin type can be paired with a fungible asset: then amounts may change their form, `balance` counts both forms,
/// and a withdrawal takes from the store first and from the asset's primary store after that.
///
/// Invariant, per coin type with monitored supply: `coin_supply` is the sum of all stores and of all coins on their way, and
/// `supply` is that and the supply of the paired asset. For the native coin, what blocks collected as fees and did not hand out
/// yet is missing from the stores.
module aptos_framework::coin {
    use std::error;
    use std::option::{Self, Option};
    use std::signer;
    use std::string::{Self, String};
    use aptos_std::math64;
    use aptos_std::table::{Self, Table};
    use aptos_std::type_info::{Self, TypeInfo};
    use aptos_framework::account;
    use aptos_framework::aggregator::Aggregator;
    use aptos_framework::create_signer::create_signer;
    use aptos_framework::event::{Self, EventHandle};
    use aptos_framework::fungible_asset::{Self, BurnRef, FungibleAsset, Metadata, MintRef, TransferRef};
    use aptos_framework::guid;
    use aptos_framework::object::{Self, Object};
    use aptos_framework::optional_aggregator::{Self, OptionalAggregator};
    use aptos_framework::primary_fungible_store;
    use aptos_framework::system_addresses;

    friend aptos_framework::aptos_account;
    friend aptos_framework::aptos_coin;
    friend aptos_framework::block;
    friend aptos_framework::genesis;

    /// Only the account whose module declares the coin type may do this.
    const ECOIN_INFO_ADDRESS_MISMATCH: u64 = 1;
    /// The coin type is initialized.
    const ECOIN_INFO_ALREADY_PUBLISHED: u64 = 2;
    /// The coin type is not initialized.
    const ECOIN_INFO_NOT_PUBLISHED: u64 = 3;
    /// The account holds no coins of the type.
    const ECOIN_STORE_NOT_PUBLISHED: u64 = 5;
    /// Not enough coins to complete transaction
    const EINSUFFICIENT_BALANCE: u64 = 6;
    /// Only an amount of 0 can be destroyed.
    const EDESTRUCTION_OF_NONZERO_TOKEN: u64 = 7;
    /// The account's coins of the type are frozen.
    const EFROZEN: u64 = 10;
    /// The supply's form does not change.
    const ECOIN_SUPPLY_UPGRADE_NOT_SUPPORTED: u64 = 11;
    /// The name has more than 32 bytes.
    const ECOIN_NAME_TOO_LONG: u64 = 12;
    /// The symbol has more than 32 bytes.
    const ECOIN_SYMBOL_TOO_LONG: u64 = 13;
    /// The asset is not paired with this coin type.
    const ECOIN_TYPE_MISMATCH: u64 = 17;
    /// The paired asset has no rights to lend.
    const EPAIRED_FUNGIBLE_ASSET_REFS_NOT_FOUND: u64 = 19;
    /// What comes back is for another kind than what was lent.
    const EMINT_REF_RECEIPT_MISMATCH: u64 = 20;
    /// The right to mint the paired asset is lent.
    const EMINT_REF_NOT_FOUND: u64 = 21;
    /// What comes back is for another kind than what was lent.
    const ETRANSFER_REF_RECEIPT_MISMATCH: u64 = 22;
    /// The right to move the paired asset is lent.
    const ETRANSFER_REF_NOT_FOUND: u64 = 23;
    /// What comes back is for another kind than what was lent.
    const EBURN_REF_RECEIPT_MISMATCH: u64 = 24;
    /// The right to burn the paired asset is lent or given away.
    const EBURN_REF_NOT_FOUND: u64 = 25;
    /// The chain pairs no coins.
    const ECOIN_CONVERSION_MAP_NOT_FOUND: u64 = 27;
    /// There are more than 32 decimals.
    const ECOIN_DECIMALS_TOO_LARGE: u64 = 29;

    // Nothing raises these here; tests that were written for other networks name them.
    #[test_only]
    const ECOIN_STORE_ALREADY_PUBLISHED: u64 = 4;
    #[test_only]
    const EAGGREGATABLE_COIN_VALUE_TOO_LARGE: u64 = 14;
    #[test_only]
    const EPAIRED_COIN: u64 = 15;
    #[test_only]
    const EPAIRED_FUNGIBLE_ASSET: u64 = 16;
    #[test_only]
    const ECOIN_TO_FUNGIBLE_ASSET_FEATURE_NOT_ENABLED: u64 = 18;
    #[test_only]
    const EMIGRATION_FRAMEWORK_NOT_ENABLED: u64 = 26;
    #[test_only]
    const EAPT_PAIRING_IS_NOT_ENABLED: u64 = 28;

    const MAX_COIN_NAME_LENGTH: u64 = 32;
    const MAX_COIN_SYMBOL_LENGTH: u64 = 32;
    const MAX_DECIMALS: u8 = 32;
    /// What a monitored supply counts up to.
    const MAX_SUPPLY: u128 = 340282366920938463463374607431768211455;

    /// An amount of coins on its way.
    struct Coin<phantom CoinType> has store {
        value: u64
    }

    /// An account's coins. The events of the handles are module events today; the handles stay at 0.
    struct CoinStore<phantom CoinType> has key {
        coin: Coin<CoinType>,
        frozen: bool,
        deposit_events: EventHandle<DepositEvent>,
        withdraw_events: EventHandle<WithdrawEvent>
    }

    /// What a coin type is called, and how much of it there is.
    struct CoinInfo<phantom CoinType> has key {
        name: String,
        symbol: String,
        decimals: u8,
        supply: Option<OptionalAggregator>
    }

    /// The right to make coins.
    struct MintCapability<phantom CoinType> has copy, store {}

    /// The right to freeze accounts' coins.
    struct FreezeCapability<phantom CoinType> has copy, store {}

    /// The right to destroy coins.
    struct BurnCapability<phantom CoinType> has copy, store {}

    /// Which asset each coin type is paired with; at `0x1`.
    struct CoinConversionMap has key {
        coin_to_fungible_asset_map: Table<TypeInfo, Object<Metadata>>
    }

    #[resource_group_member(group = aptos_framework::object::ObjectGroup)]
    /// The coin type that an asset is paired with.
    struct PairedCoinType has key {
        type: TypeInfo
    }

    #[resource_group_member(group = aptos_framework::object::ObjectGroup)]
    /// Rights over the paired asset, lent to those who have the same over the coin.
    struct PairedFungibleAssetRefs has key {
        mint_ref_opt: Option<MintRef>,
        transfer_ref_opt: Option<TransferRef>,
        burn_ref_opt: Option<BurnRef>
    }

    /// Must be given back with the right.
    struct MintRefReceipt {
        metadata: Object<Metadata>
    }

    /// Must be given back with the right.
    struct TransferRefReceipt {
        metadata: Object<Metadata>
    }

    /// Must be given back with the right.
    struct BurnRefReceipt {
        metadata: Object<Metadata>
    }

    #[event]
    /// Coins were put into an account.
    struct CoinDeposit has drop, store {
        coin_type: String,
        account: address,
        amount: u64
    }

    #[event]
    /// Coins were taken out of an account.
    struct CoinWithdraw has drop, store {
        coin_type: String,
        account: address,
        amount: u64
    }

    #[event]
    /// An account's store was removed: its coins are in the paired asset's primary store.
    struct CoinStoreDeletion has drop, store {
        coin_type: String,
        event_handle_creation_address: address,
        deleted_deposit_event_handle_creation_number: u64,
        deleted_withdraw_event_handle_creation_number: u64
    }

    #[event]
    /// A coin type was paired with an asset.
    struct PairCreation has drop, store {
        coin_type: TypeInfo,
        fungible_asset_metadata_address: address
    }

    /// The older form of `CoinDeposit`; none are emitted.
    struct DepositEvent has drop, store {
        amount: u64
    }

    /// The older form of `CoinWithdraw`; none are emitted.
    struct WithdrawEvent has drop, store {
        amount: u64
    }

    // Of older releases: nothing makes one.

    #[deprecated]
    /// An amount on its way in a counter.
    #[lint::skip(unused_struct)]
    struct AggregatableCoin<phantom CoinType> has store {
        value: Aggregator
    }

    #[deprecated]
    /// Whether supplies may become counters.
    #[lint::skip(unused_struct)]
    struct SupplyConfig has key {
        allow_upgrades: bool
    }

    #[event]
    #[deprecated]
    /// The older form of `CoinDeposit`.
    struct Deposit<phantom CoinType> has drop, store {
        account: address,
        amount: u64
    }

    #[event]
    #[deprecated]
    /// The older form of `CoinWithdraw`.
    struct Withdraw<phantom CoinType> has drop, store {
        account: address,
        amount: u64
    }

    #[event]
    #[deprecated]
    /// The older form of `CoinStoreDeletion`.
    struct CoinEventHandleDeletion has drop, store {
        event_handle_creation_address: address,
        deleted_deposit_event_handle_creation_number: u64,
        deleted_withdraw_event_handle_creation_number: u64
    }

    #[deprecated]
    #[resource_group_member(group = aptos_framework::object::ObjectGroup)]
    /// Marked a primary store that had taken an account's coins over.
    #[lint::skip(unused_struct)]
    struct MigrationFlag has key {}

    // ---- Pairing ----

    #[view]
    /// The asset that the coin type is paired with, if it is.
    public fun paired_metadata<CoinType>(): Option<Object<Metadata>> acquires CoinConversionMap {
        if (!exists<CoinConversionMap>(@aptos_framework)) return option::none();
        let map = &borrow_global<CoinConversionMap>(@aptos_framework).coin_to_fungible_asset_map;
        let type = type_info::type_of<CoinType>();
        if (map.contains(type)) option::some(*map.borrow(type)) else option::none()
    }

    #[view]
    /// The coin type that the asset is paired with, if it is.
    public fun paired_coin(metadata: Object<Metadata>): Option<TypeInfo> acquires PairedCoinType {
        let addr = object::object_address(&metadata);
        if (exists<PairedCoinType>(addr)) option::some(borrow_global<PairedCoinType>(addr).type)
        else option::none()
    }

    /// Lets coins be paired on this chain.
    public entry fun create_coin_conversion_map(aptos_framework: &signer) {
        system_addresses::assert_aptos_framework(aptos_framework);
        if (!exists<CoinConversionMap>(@aptos_framework)) {
            move_to(aptos_framework, CoinConversionMap { coin_to_fungible_asset_map: table::new() });
        }
    }

    /// Pairs a coin type with a new asset, unless it is paired.
    public entry fun create_pairing<CoinType>(aptos_framework: &signer) acquires CoinConversionMap, CoinInfo {
        system_addresses::assert_aptos_framework(aptos_framework);
        ensure_paired_metadata<CoinType>();
    }

    /// The paired asset, made if there is none: at `0xa` for the native coin, elsewhere for others.
    fun ensure_paired_metadata<CoinType>(): Object<Metadata> acquires CoinConversionMap, CoinInfo {
        assert!(
            exists<CoinConversionMap>(@aptos_framework), error::not_found(ECOIN_CONVERSION_MAP_NOT_FOUND)
        );
        let paired = paired_metadata<CoinType>();
        if (paired.is_some()) return paired.destroy_some();

        let type = type_info::type_of<CoinType>();
        let type_name = type_info::type_name<CoinType>();
        let constructor_ref =
            if (type_name == string::utf8(b"0x1::aptos_coin::AptosCoin")) {
                object::create_object_at_address(@aptos_fungible_asset, @aptos_fungible_asset)
            } else {
                object::create_named_object(&create_signer(@aptos_fungible_asset), type_name.into_bytes())
            };
        let (coin_name, coin_symbol, coin_decimals) = (name<CoinType>(), symbol<CoinType>(), decimals<CoinType>());
        primary_fungible_store::create_primary_store_enabled_fungible_asset(
            &constructor_ref,
            option::none(),
            coin_name,
            coin_symbol,
            coin_decimals,
            string::utf8(b""),
            string::utf8(b"")
        );
        let object_signer = constructor_ref.generate_signer();
        move_to(&object_signer, PairedCoinType { type });
        move_to(
            &object_signer,
            PairedFungibleAssetRefs {
                mint_ref_opt: option::some(fungible_asset::generate_mint_ref(&constructor_ref)),
                transfer_ref_opt: option::some(fungible_asset::generate_transfer_ref(&constructor_ref)),
                burn_ref_opt: option::some(fungible_asset::generate_burn_ref(&constructor_ref))
            }
        );
        let metadata = constructor_ref.object_from_constructor_ref<Metadata>();
        let map = &mut borrow_global_mut<CoinConversionMap>(@aptos_framework).coin_to_fungible_asset_map;
        map.add(type, metadata);
        event::emit(
            PairCreation {
                coin_type: type,
                fungible_asset_metadata_address: object::object_address(&metadata)
            }
        );
        metadata
    }

    /// Turns coins into the same amount of the paired asset, which is made if there is none.
    public fun coin_to_fungible_asset<CoinType>(
        coin: Coin<CoinType>
    ): FungibleAsset acquires CoinConversionMap, CoinInfo {
        let metadata = ensure_paired_metadata<CoinType>();
        let amount = end_coin(coin);
        fungible_asset::mint_internal(metadata, amount)
    }

    /// Turns an amount of the paired asset into coins.
    fun fungible_asset_to_coin<CoinType>(
        fungible_asset: FungibleAsset
    ): Coin<CoinType> acquires CoinInfo, PairedCoinType {
        let paired = paired_coin(fungible_asset.asset_metadata());
        assert!(
            paired.contains(&type_info::type_of<CoinType>()), error::invalid_argument(ECOIN_TYPE_MISMATCH)
        );
        let amount = fungible_asset::burn_internal(fungible_asset);
        begin_coin(amount)
    }

    #[view]
    /// Whether the right to mint the paired asset is there to be lent.
    public fun paired_mint_ref_exists<CoinType>(): bool acquires CoinConversionMap, PairedFungibleAssetRefs {
        borrow_global<PairedFungibleAssetRefs>(refs_address<CoinType>()).mint_ref_opt.is_some()
    }

    /// Lends the right to mint the paired asset.
    public fun get_paired_mint_ref<CoinType>(
        _: &MintCapability<CoinType>
    ): (MintRef, MintRefReceipt) acquires CoinConversionMap, CoinInfo, PairedFungibleAssetRefs {
        let metadata = ensure_paired_metadata<CoinType>();
        let refs = borrow_global_mut<PairedFungibleAssetRefs>(object::object_address(&metadata));
        assert!(refs.mint_ref_opt.is_some(), error::not_found(EMINT_REF_NOT_FOUND));
        (refs.mint_ref_opt.extract(), MintRefReceipt { metadata })
    }

    /// Takes the right to mint the paired asset back.
    public fun return_paired_mint_ref(
        mint_ref: MintRef, receipt: MintRefReceipt
    ) acquires PairedFungibleAssetRefs {
        let MintRefReceipt { metadata } = receipt;
        assert!(
            mint_ref.mint_ref_metadata() == metadata, error::invalid_argument(EMINT_REF_RECEIPT_MISMATCH)
        );
        borrow_global_mut<PairedFungibleAssetRefs>(object::object_address(&metadata)).mint_ref_opt.fill(mint_ref);
    }

    #[view]
    /// Whether the right to move the paired asset is there to be lent.
    public fun paired_transfer_ref_exists<CoinType>(): bool acquires CoinConversionMap, PairedFungibleAssetRefs {
        borrow_global<PairedFungibleAssetRefs>(refs_address<CoinType>()).transfer_ref_opt.is_some()
    }

    /// Lends the right to move the paired asset.
    public fun get_paired_transfer_ref<CoinType>(
        _: &FreezeCapability<CoinType>
    ): (TransferRef, TransferRefReceipt) acquires CoinConversionMap, CoinInfo, PairedFungibleAssetRefs {
        let metadata = ensure_paired_metadata<CoinType>();
        let refs = borrow_global_mut<PairedFungibleAssetRefs>(object::object_address(&metadata));
        assert!(refs.transfer_ref_opt.is_some(), error::not_found(ETRANSFER_REF_NOT_FOUND));
        (refs.transfer_ref_opt.extract(), TransferRefReceipt { metadata })
    }

    /// Takes the right to move the paired asset back.
    public fun return_paired_transfer_ref(
        transfer_ref: TransferRef, receipt: TransferRefReceipt
    ) acquires PairedFungibleAssetRefs {
        let TransferRefReceipt { metadata } = receipt;
        assert!(
            transfer_ref.transfer_ref_metadata() == metadata,
            error::invalid_argument(ETRANSFER_REF_RECEIPT_MISMATCH)
        );
        borrow_global_mut<PairedFungibleAssetRefs>(object::object_address(&metadata)).transfer_ref_opt.fill(
            transfer_ref
        );
    }

    #[view]
    /// Whether the right to burn the paired asset is there to be lent.
    public fun paired_burn_ref_exists<CoinType>(): bool acquires CoinConversionMap, PairedFungibleAssetRefs {
        borrow_global<PairedFungibleAssetRefs>(refs_address<CoinType>()).burn_ref_opt.is_some()
    }

    /// Lends the right to burn the paired asset.
    public fun get_paired_burn_ref<CoinType>(
        _: &BurnCapability<CoinType>
    ): (BurnRef, BurnRefReceipt) acquires CoinConversionMap, CoinInfo, PairedFungibleAssetRefs {
        let metadata = ensure_paired_metadata<CoinType>();
        (take_burn_ref(metadata), BurnRefReceipt { metadata })
    }

    /// Gives the right to burn the paired asset away for the right to burn the coin.
    public fun convert_and_take_paired_burn_ref<CoinType>(
        burn_cap: BurnCapability<CoinType>
    ): BurnRef acquires CoinConversionMap, CoinInfo, PairedFungibleAssetRefs {
        destroy_burn_cap(burn_cap);
        take_burn_ref(ensure_paired_metadata<CoinType>())
    }

    /// Takes the right to burn the paired asset back.
    public fun return_paired_burn_ref(
        burn_ref: BurnRef, receipt: BurnRefReceipt
    ) acquires PairedFungibleAssetRefs {
        let BurnRefReceipt { metadata } = receipt;
        assert!(
            burn_ref.burn_ref_metadata() == metadata, error::invalid_argument(EBURN_REF_RECEIPT_MISMATCH)
        );
        borrow_global_mut<PairedFungibleAssetRefs>(object::object_address(&metadata)).burn_ref_opt.fill(burn_ref);
    }

    fun take_burn_ref(metadata: Object<Metadata>): BurnRef acquires PairedFungibleAssetRefs {
        let refs = borrow_global_mut<PairedFungibleAssetRefs>(object::object_address(&metadata));
        assert!(refs.burn_ref_opt.is_some(), error::not_found(EBURN_REF_NOT_FOUND));
        refs.burn_ref_opt.extract()
    }

    fun refs_address<CoinType>(): address acquires CoinConversionMap {
        let paired = paired_metadata<CoinType>();
        assert!(paired.is_some(), error::internal(EPAIRED_FUNGIBLE_ASSET_REFS_NOT_FOUND));
        object::object_address(paired.borrow())
    }

    /// Moves the signer's coins into the paired asset's primary store.
    public entry fun migrate_to_fungible_store<CoinType>(
        account: &signer
    ) acquires CoinConversionMap, CoinInfo, CoinStore {
        migrate<CoinType>(signer::address_of(account));
    }

    /// Moves accounts' coins into the paired asset's primary stores; accounts without a store are left as they are.
    public entry fun migrate_coin_store_to_fungible_store<CoinType>(
        accounts: vector<address>
    ) acquires CoinConversionMap, CoinInfo, CoinStore {
        accounts.for_each(|addr| migrate<CoinType>(addr));
    }

    fun migrate<CoinType>(addr: address) acquires CoinConversionMap, CoinInfo, CoinStore {
        if (!exists<CoinStore<CoinType>>(addr)) return;
        let CoinStore<CoinType> { coin, frozen, deposit_events, withdraw_events } =
            move_from<CoinStore<CoinType>>(addr);
        // A frozen store must not become a free one.
        assert!(!frozen, error::permission_denied(EFROZEN));
        event::emit(
            CoinStoreDeletion {
                coin_type: type_info::type_name<CoinType>(),
                event_handle_creation_address: guid::creator_address(event::guid(&deposit_events)),
                deleted_deposit_event_handle_creation_number: guid::creation_num(event::guid(&deposit_events)),
                deleted_withdraw_event_handle_creation_number: guid::creation_num(event::guid(&withdraw_events))
            }
        );
        event::destroy_handle(deposit_events);
        event::destroy_handle(withdraw_events);
        if (coin.value == 0) {
            destroy_zero(coin);
        } else {
            primary_fungible_store::deposit(addr, coin_to_fungible_asset(coin));
        }
    }

    // ---- Views ----

    #[view]
    /// How much of the coin the address has, in both forms.
    public fun balance<CoinType>(owner: address): u64 acquires CoinConversionMap, CoinStore {
        coin_balance<CoinType>(owner) + asset_balance<CoinType>(owner)
    }

    #[view]
    /// Whether the address has that much of the coin, in both forms.
    public fun is_balance_at_least<CoinType>(
        owner: address, amount: u64
    ): bool acquires CoinConversionMap, CoinStore {
        balance<CoinType>(owner) >= amount
    }

    #[view]
    /// Whether the coin type is initialized.
    public fun is_coin_initialized<CoinType>(): bool {
        exists<CoinInfo<CoinType>>(coin_address<CoinType>())
    }

    #[view]
    /// Whether the account's coins are frozen.
    public fun is_coin_store_frozen<CoinType>(account_addr: address): bool acquires CoinStore {
        exists<CoinStore<CoinType>>(account_addr) && borrow_global<CoinStore<CoinType>>(account_addr).frozen
    }

    #[view]
    /// Whether the account can be sent coins of the type: every one can.
    public fun is_account_registered<CoinType>(_account_addr: address): bool {
        assert!(is_coin_initialized<CoinType>(), error::invalid_argument(ECOIN_INFO_NOT_PUBLISHED));
        true
    }

    #[view]
    /// The coin's name.
    public fun name<CoinType>(): String acquires CoinInfo {
        borrow_global<CoinInfo<CoinType>>(coin_address<CoinType>()).name
    }

    #[view]
    /// The coin's symbol.
    public fun symbol<CoinType>(): String acquires CoinInfo {
        borrow_global<CoinInfo<CoinType>>(coin_address<CoinType>()).symbol
    }

    #[view]
    /// Digits behind the point when people read amounts.
    public fun decimals<CoinType>(): u8 acquires CoinInfo {
        borrow_global<CoinInfo<CoinType>>(coin_address<CoinType>()).decimals
    }

    #[view]
    /// How much of the coin there is in both forms, or nothing if it is not monitored.
    public fun supply<CoinType>(): Option<u128> acquires CoinConversionMap, CoinInfo {
        let coins = coin_supply<CoinType>();
        let metadata = paired_metadata<CoinType>();
        if (coins.is_some() && metadata.is_some()) {
            let assets = fungible_asset::supply(*metadata.borrow()).get_with_default(0);
            *coins.borrow_mut() += assets;
        };
        coins
    }

    #[view]
    /// How much of the coin there is as coins, or nothing if it is not monitored.
    public fun coin_supply<CoinType>(): Option<u128> acquires CoinInfo {
        let supply = &borrow_global<CoinInfo<CoinType>>(coin_address<CoinType>()).supply;
        if (supply.is_some()) option::some(supply.borrow().read()) else option::none()
    }

    // ---- Amounts ----

    /// Destroys coins.
    public fun burn<CoinType>(coin: Coin<CoinType>, _cap: &BurnCapability<CoinType>) acquires CoinInfo {
        end_coin(coin);
    }

    /// Destroys an amount of what the account has.
    public fun burn_from<CoinType>(
        account_addr: address, amount: u64, burn_cap: &BurnCapability<CoinType>
    ) acquires CoinConversionMap, CoinInfo, CoinStore, PairedCoinType {
        // Nothing to take, perhaps from where there is nothing.
        if (amount == 0) return;
        let coin = take<CoinType>(account_addr, amount);
        burn(coin, burn_cap);
    }

    /// Ends the life of an amount of 0.
    public fun destroy_zero<CoinType>(zero_coin: Coin<CoinType>) {
        let Coin { value } = zero_coin;
        assert!(value == 0, error::invalid_argument(EDESTRUCTION_OF_NONZERO_TOKEN));
    }

    /// Splits an amount off.
    public fun extract<CoinType>(coin: &mut Coin<CoinType>, amount: u64): Coin<CoinType> {
        assert!(coin.value >= amount, error::invalid_argument(EINSUFFICIENT_BALANCE));
        coin.value -= amount;
        Coin { value: amount }
    }

    /// Splits all of it off.
    public fun extract_all<CoinType>(coin: &mut Coin<CoinType>): Coin<CoinType> {
        let value = coin.value;
        coin.value = 0;
        Coin { value }
    }

    /// Adds another amount.
    public fun merge<CoinType>(dst_coin: &mut Coin<CoinType>, source_coin: Coin<CoinType>) {
        let Coin { value } = source_coin;
        dst_coin.value += value;
    }

    /// Makes coins.
    public fun mint<CoinType>(amount: u64, _cap: &MintCapability<CoinType>): Coin<CoinType> acquires CoinInfo {
        begin_coin(amount)
    }

    /// How much it is.
    public fun value<CoinType>(coin: &Coin<CoinType>): u64 {
        coin.value
    }

    /// An amount of 0.
    public fun zero<CoinType>(): Coin<CoinType> {
        Coin { value: 0 }
    }

    // ---- Accounts ----

    /// Puts coins into an account, whose store is made if there is none.
    public fun deposit<CoinType>(account_addr: address, coin: Coin<CoinType>) acquires CoinStore {
        ensure_store<CoinType>(account_addr);
        let store = borrow_global_mut<CoinStore<CoinType>>(account_addr);
        assert!(!store.frozen, error::permission_denied(EFROZEN));
        event::emit(
            CoinDeposit {
                coin_type: type_info::type_name<CoinType>(),
                account: account_addr,
                amount: coin.value
            }
        );
        merge(&mut store.coin, coin);
    }

    /// Puts coins into the signer's account.
    public fun deposit_with_signer<CoinType>(account: &signer, coin: Coin<CoinType>) acquires CoinStore {
        deposit(signer::address_of(account), coin);
    }

    /// Makes a store for the signer's coins, unless there is one. Not needed before a deposit.
    public fun register<CoinType>(account: &signer) {
        ensure_store<CoinType>(signer::address_of(account));
    }

    /// Moves coins to another account.
    public entry fun transfer<CoinType>(
        from: &signer, to: address, amount: u64
    ) acquires CoinConversionMap, CoinInfo, CoinStore, PairedCoinType {
        let coin = withdraw<CoinType>(from, amount);
        deposit(to, coin);
    }

    /// Takes coins out of the signer's account.
    public fun withdraw<CoinType>(
        account: &signer, amount: u64
    ): Coin<CoinType> acquires CoinConversionMap, CoinInfo, CoinStore, PairedCoinType {
        let addr = signer::address_of(account);
        assert!(!is_coin_store_frozen<CoinType>(addr), error::permission_denied(EFROZEN));
        take<CoinType>(addr, amount)
    }

    /// Whether the account has a store of its own for the coin.
    public(friend) fun has_store<CoinType>(account_addr: address): bool {
        exists<CoinStore<CoinType>>(account_addr)
    }

    /// Puts fees that the epilogues of a block took from payers into an account: they never left the supply.
    public(friend) fun deposit_collected<CoinType>(account_addr: address, amount: u64) acquires CoinStore {
        ensure_store<CoinType>(account_addr);
        let store = borrow_global_mut<CoinStore<CoinType>>(account_addr);
        store.coin.value += amount;
        event::emit(
            CoinDeposit { coin_type: type_info::type_name<CoinType>(), account: account_addr, amount }
        );
    }

    /// Takes coins out of an account, from the store first and from the paired asset's primary store after that.
    fun take<CoinType>(
        addr: address, amount: u64
    ): Coin<CoinType> acquires CoinConversionMap, CoinInfo, CoinStore, PairedCoinType {
        let coins = coin_balance<CoinType>(addr);
        let from_store = math64::min(coins, amount);
        let from_asset = amount - from_store;
        let taken = Coin { value: from_store };
        if (from_asset > 0) {
            let assets = asset_balance<CoinType>(addr);
            assert!(
                exists<CoinStore<CoinType>>(addr) || assets > 0, error::not_found(ECOIN_STORE_NOT_PUBLISHED)
            );
            assert!(assets >= from_asset, error::invalid_argument(EINSUFFICIENT_BALANCE));
            let metadata = *paired_metadata<CoinType>().borrow();
            let store = primary_fungible_store::primary_store(addr, metadata);
            assert!(!fungible_asset::is_frozen(store), error::permission_denied(EFROZEN));
            let asset = fungible_asset::unchecked_withdraw(object::object_address(&store), from_asset);
            merge(&mut taken, fungible_asset_to_coin<CoinType>(asset));
        };
        if (exists<CoinStore<CoinType>>(addr)) {
            let store = borrow_global_mut<CoinStore<CoinType>>(addr);
            store.coin.value -= from_store;
            event::emit(
                CoinWithdraw { coin_type: type_info::type_name<CoinType>(), account: addr, amount: from_store }
            );
        } else {
            assert!(amount > 0, error::not_found(ECOIN_STORE_NOT_PUBLISHED));
        };
        taken
    }

    /// Makes a store for the account, unless there is one.
    public(friend) fun ensure_store<CoinType>(addr: address) {
        if (!exists<CoinStore<CoinType>>(addr)) {
            assert!(is_coin_initialized<CoinType>(), error::invalid_argument(ECOIN_INFO_NOT_PUBLISHED));
            let account_signer = create_signer(addr);
            account::register_coin<CoinType>(addr);
            move_to(
                &account_signer,
                CoinStore<CoinType> {
                    coin: Coin { value: 0 },
                    frozen: false,
                    deposit_events: account::new_event_handle<DepositEvent>(&account_signer),
                    withdraw_events: account::new_event_handle<WithdrawEvent>(&account_signer)
                }
            );
        }
    }

    fun coin_balance<CoinType>(addr: address): u64 acquires CoinStore {
        if (exists<CoinStore<CoinType>>(addr)) borrow_global<CoinStore<CoinType>>(addr).coin.value else 0
    }

    fun asset_balance<CoinType>(addr: address): u64 acquires CoinConversionMap {
        let metadata = paired_metadata<CoinType>();
        if (metadata.is_some()) primary_fungible_store::balance(addr, metadata.destroy_some()) else 0
    }

    /// Every coin begins here, `deposit_collected` and splitting apart.
    fun begin_coin<CoinType>(value: u64): Coin<CoinType> acquires CoinInfo {
        let info = coin_address<CoinType>();
        assert!(exists<CoinInfo<CoinType>>(info), error::invalid_argument(ECOIN_INFO_NOT_PUBLISHED));
        let supply = &mut borrow_global_mut<CoinInfo<CoinType>>(info).supply;
        if (supply.is_some()) supply.borrow_mut().add((value as u128));
        Coin { value }
    }

    /// Every coin ends here, merging apart.
    fun end_coin<CoinType>(coin: Coin<CoinType>): u64 acquires CoinInfo {
        let Coin { value } = coin;
        let supply = &mut borrow_global_mut<CoinInfo<CoinType>>(coin_address<CoinType>()).supply;
        if (supply.is_some()) supply.borrow_mut().sub((value as u128));
        value
    }

    #[legacy_entry_fun]
    /// Freezes the account's coins.
    public entry fun freeze_coin_store<CoinType>(
        account_addr: address, _freeze_cap: &FreezeCapability<CoinType>
    ) acquires CoinStore {
        borrow_global_mut<CoinStore<CoinType>>(account_addr).frozen = true;
    }

    #[legacy_entry_fun]
    /// Makes the account's coins free again.
    public entry fun unfreeze_coin_store<CoinType>(
        account_addr: address, _freeze_cap: &FreezeCapability<CoinType>
    ) acquires CoinStore {
        borrow_global_mut<CoinStore<CoinType>>(account_addr).frozen = false;
    }

    // ---- Coin types ----

    /// Makes the type a coin. The signer is the account of the module that declares it.
    ///
    /// * `decimals`: digits behind the point when people read amounts.
    /// * `monitor_supply`: whether to count how much there is.
    public fun initialize<CoinType>(
        account: &signer, name: String, symbol: String, decimals: u8, monitor_supply: bool
    ): (BurnCapability<CoinType>, FreezeCapability<CoinType>, MintCapability<CoinType>) {
        let addr = signer::address_of(account);
        assert!(coin_address<CoinType>() == addr, error::invalid_argument(ECOIN_INFO_ADDRESS_MISMATCH));
        assert!(!exists<CoinInfo<CoinType>>(addr), error::already_exists(ECOIN_INFO_ALREADY_PUBLISHED));
        assert!(name.length() <= MAX_COIN_NAME_LENGTH, error::invalid_argument(ECOIN_NAME_TOO_LONG));
        assert!(symbol.length() <= MAX_COIN_SYMBOL_LENGTH, error::invalid_argument(ECOIN_SYMBOL_TOO_LONG));
        assert!(decimals <= MAX_DECIMALS, error::invalid_argument(ECOIN_DECIMALS_TOO_LARGE));
        let supply = if (monitor_supply) option::some(optional_aggregator::new(MAX_SUPPLY)) else option::none();
        move_to(account, CoinInfo<CoinType> { name, symbol, decimals, supply });
        (BurnCapability<CoinType> {}, FreezeCapability<CoinType> {}, MintCapability<CoinType> {})
    }

    /// Refuses: the supply's form does not change.
    public entry fun upgrade_supply<CoinType>(_account: &signer) {
        abort error::invalid_state(ECOIN_SUPPLY_UPGRADE_NOT_SUPPORTED)
    }

    /// Refuses: the supply's form does not change.
    public fun allow_supply_upgrades(_aptos_framework: &signer, _allowed: bool) {
        abort error::invalid_state(ECOIN_SUPPLY_UPGRADE_NOT_SUPPORTED)
    }

    /// Gives the right up.
    public fun destroy_freeze_cap<CoinType>(freeze_cap: FreezeCapability<CoinType>) {
        let FreezeCapability<CoinType> {} = freeze_cap;
    }

    /// Gives the right up.
    public fun destroy_mint_cap<CoinType>(mint_cap: MintCapability<CoinType>) {
        let MintCapability<CoinType> {} = mint_cap;
    }

    /// Gives the right up.
    public fun destroy_burn_cap<CoinType>(burn_cap: BurnCapability<CoinType>) {
        let BurnCapability<CoinType> {} = burn_cap;
    }

    fun coin_address<CoinType>(): address {
        type_info::account_address(&type_info::type_of<CoinType>())
    }

    // ---- Tests ----

    #[test_only]
    /// A coin for tests.
    struct FakeMoney {}

    #[test_only]
    /// The rights over the coin for tests.
    struct FakeMoneyCapabilities has key {
        burn_cap: BurnCapability<FakeMoney>,
        freeze_cap: FreezeCapability<FakeMoney>,
        mint_cap: MintCapability<FakeMoney>
    }

    #[test_only]
    /// Makes the coin for tests; the signer is `0x1`.
    public fun initialize_fake_money(
        account: &signer, decimals: u8, monitor_supply: bool
    ): (BurnCapability<FakeMoney>, FreezeCapability<FakeMoney>, MintCapability<FakeMoney>) {
        initialize<FakeMoney>(
            account, string::utf8(b"Fake money"), string::utf8(b"FMD"), decimals, monitor_supply
        )
    }

    #[test_only]
    /// Makes the coin for tests, and a store for it; the signer is `0x1`.
    public fun initialize_and_register_fake_money(
        account: &signer, decimals: u8, monitor_supply: bool
    ): (BurnCapability<FakeMoney>, FreezeCapability<FakeMoney>, MintCapability<FakeMoney>) {
        let (burn_cap, freeze_cap, mint_cap) = initialize_fake_money(account, decimals, monitor_supply);
        register<FakeMoney>(account);
        (burn_cap, freeze_cap, mint_cap)
    }

    #[test_only]
    /// Makes the coin for tests and gives `amount` to the signer, who is `0x1`.
    public entry fun create_fake_money(source: &signer, amount: u64) acquires CoinInfo, CoinStore {
        let (burn_cap, freeze_cap, mint_cap) = initialize_and_register_fake_money(source, 18, true);
        deposit(signer::address_of(source), mint<FakeMoney>(amount, &mint_cap));
        move_to(source, FakeMoneyCapabilities { burn_cap, freeze_cap, mint_cap });
    }

    #[test_only]
    /// Forgets coins.
    public fun destroy_for_test<CoinType>(c: Coin<CoinType>) {
        let Coin { value: _ } = c;
    }
}
