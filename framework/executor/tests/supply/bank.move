/// A coin that is paired with an asset, another asset, and everything that can be done with them.
module bank::bank {
    use std::option;
    use std::signer;
    use std::string;
    use aptos_framework::aptos_account;
    use aptos_framework::aptos_coin::AptosCoin;
    use aptos_framework::coin::{Self, BurnCapability, FreezeCapability, MintCapability};
    use aptos_framework::dispatchable_fungible_asset;
    use aptos_framework::fungible_asset::{Self, BurnRef, FungibleStore, Metadata, MintRef, TransferRef};
    use aptos_framework::object::{Self, Object};
    use aptos_framework::primary_fungible_store;

    struct Gold {}

    struct Rights has key {
        burn: BurnCapability<Gold>,
        freeze: FreezeCapability<Gold>,
        mint: MintCapability<Gold>,
        silver: Object<Metadata>,
        silver_mint: MintRef,
        silver_burn: BurnRef,
        silver_transfer: TransferRef,
        vault: Object<FungibleStore>
    }

    public entry fun open(bank: &signer) {
        let (burn, freeze, mint) =
            coin::initialize<Gold>(bank, string::utf8(b"Gold"), string::utf8(b"AU"), 0, true);
        let constructor = object::create_named_object(bank, b"silver");
        let none = string::utf8(b"");
        primary_fungible_store::create_primary_store_enabled_fungible_asset(
            &constructor, option::none(), string::utf8(b"Silver"), string::utf8(b"AG"), 0, none, none
        );
        let silver = constructor.object_from_constructor_ref<Metadata>();
        move_to(
            bank,
            Rights {
                burn,
                freeze,
                mint,
                silver,
                silver_mint: fungible_asset::generate_mint_ref(&constructor),
                silver_burn: fungible_asset::generate_burn_ref(&constructor),
                silver_transfer: fungible_asset::generate_transfer_ref(&constructor),
                vault: fungible_asset::create_store(&object::create_object(signer::address_of(bank)), silver)
            }
        );
        // Converting the first coins makes the pair.
        let zero = coin::coin_to_fungible_asset(coin::zero<Gold>());
        primary_fungible_store::deposit(@bank, zero);
    }

    // ---- Gold ----

    public entry fun mint_gold(to: address, amount: u64) {
        coin::deposit(to, coin::mint(amount, &Rights[@bank].mint));
    }

    public entry fun mint_gold_as_asset(to: address, amount: u64) {
        let (mint_ref, receipt) = coin::get_paired_mint_ref(&Rights[@bank].mint);
        primary_fungible_store::mint(&mint_ref, to, amount);
        coin::return_paired_mint_ref(mint_ref, receipt);
    }

    public entry fun burn_gold(from: address, amount: u64) {
        coin::burn_from(from, amount, &Rights[@bank].burn);
    }

    public entry fun burn_gold_as_asset(from: address, amount: u64) {
        let (burn_ref, receipt) = coin::get_paired_burn_ref(&Rights[@bank].burn);
        primary_fungible_store::burn(&burn_ref, from, amount);
        coin::return_paired_burn_ref(burn_ref, receipt);
    }

    public entry fun send_gold(from: &signer, to: address, amount: u64) {
        coin::transfer<Gold>(from, to, amount);
    }

    public entry fun send_gold_in_two(from: &signer, to: address, amount: u64) {
        let all = coin::withdraw<Gold>(from, amount);
        let half = coin::extract(&mut all, amount / 2);
        let rest = coin::extract_all(&mut all);
        coin::destroy_zero(all);
        coin::merge(&mut half, coin::zero());
        aptos_account::deposit_coins(to, half);
        coin::deposit(to, rest);
    }

    public entry fun send_gold_as_asset(from: &signer, to: address, amount: u64) {
        primary_fungible_store::transfer(from, paired(), to, amount);
    }

    /// From coins to the asset, in the same hands.
    public entry fun turn_gold(from: &signer, _to: address, amount: u64) {
        let turned = coin::coin_to_fungible_asset(coin::withdraw<Gold>(from, amount));
        primary_fungible_store::deposit(signer::address_of(from), turned);
    }

    public entry fun migrate_gold(from: &signer, _to: address, _amount: u64) {
        coin::migrate_to_fungible_store<Gold>(from);
    }

    public entry fun freeze_gold(who: address, amount: u64) {
        let freeze = &Rights[@bank].freeze;
        if (amount % 2 == 0) coin::freeze_coin_store(who, freeze)
        else coin::unfreeze_coin_store(who, freeze);
    }

    // ---- Silver ----

    public entry fun mint_silver(to: address, amount: u64) {
        let rights = &Rights[@bank];
        primary_fungible_store::deposit(to, rights.silver_mint.mint(amount));
    }

    public entry fun burn_silver(from: address, amount: u64) {
        let rights = &Rights[@bank];
        rights.silver_burn.burn_from(primary_fungible_store::primary_store(from, rights.silver), amount);
    }

    public entry fun send_silver(from: &signer, to: address, amount: u64) {
        aptos_account::transfer_fungible_assets(from, Rights[@bank].silver, to, amount);
    }

    public entry fun send_silver_in_parts(from: &signer, to: address, amount: u64) {
        let silver = Rights[@bank].silver;
        let store = primary_fungible_store::ensure_primary_store_exists(signer::address_of(from), silver);
        let all = dispatchable_fungible_asset::withdraw(from, store, amount);
        let part = all.extract(amount / 3);
        let none = fungible_asset::zero(silver);
        part.merge(none);
        primary_fungible_store::deposit(to, part);
        primary_fungible_store::deposit(to, all);
    }

    public entry fun seize_silver(from: address, amount: u64) {
        let rights = &Rights[@bank];
        let seized = primary_fungible_store::withdraw_with_ref(&rights.silver_transfer, from, amount);
        rights.silver_transfer.deposit_with_ref(rights.vault, seized);
    }

    public entry fun return_silver(bank: &signer, to: address, amount: u64) {
        let rights = &Rights[@bank];
        primary_fungible_store::deposit(to, fungible_asset::withdraw(bank, rights.vault, amount));
    }

    public entry fun freeze_silver(who: address, amount: u64) {
        primary_fungible_store::set_frozen_flag(&Rights[@bank].silver_transfer, who, amount % 2 == 0);
    }

    // ---- Both ----

    public entry fun fail_after_sending(from: &signer, to: address, amount: u64) {
        send_gold(from, to, amount);
        send_silver(from, to, amount);
        abort 7
    }

    public entry fun send_native(from: &signer, to: address, amount: u64) {
        aptos_account::transfer(from, to, amount);
    }

    public entry fun send_native_as_asset(from: &signer, to: address, amount: u64) {
        let turned = coin::coin_to_fungible_asset(coin::withdraw<AptosCoin>(from, amount));
        primary_fungible_store::deposit(to, turned);
    }

    #[view]
    /// Supplies: gold in coins, in both forms, as asset, silver, the native coin. What each has of gold, of silver and, at the end,
    /// what the vault has, and of the native coin.
    public fun sums(who: vector<address>): (vector<u128>, vector<u64>, vector<u64>, vector<u64>) {
        let rights = &Rights[@bank];
        let silver = rights.silver;
        let silvers = who.map_ref(|at| primary_fungible_store::balance(*at, silver));
        silvers.push_back(fungible_asset::balance(rights.vault));
        (
            vector[
                coin::coin_supply<Gold>().destroy_some(),
                coin::supply<Gold>().destroy_some(),
                fungible_asset::supply(paired()).destroy_some(),
                fungible_asset::supply(silver).destroy_some(),
                coin::supply<AptosCoin>().destroy_some()
            ],
            who.map_ref(|at| coin::balance<Gold>(*at)),
            silvers,
            who.map_ref(|at| coin::balance<AptosCoin>(*at))
        )
    }

    fun paired(): Object<Metadata> {
        coin::paired_metadata<Gold>().destroy_some()
    }
}
