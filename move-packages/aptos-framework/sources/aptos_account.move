/// Transfers between accounts, for wallets: whoever receives gets an account and a store on the way.
module aptos_framework::aptos_account {
    use std::error;
    use std::signer;
    use aptos_framework::account;
    use aptos_framework::aptos_coin::AptosCoin;
    use aptos_framework::coin::{Self, Coin};
    use aptos_framework::event::{Self, EventHandle};
    use aptos_framework::fungible_asset::{FungibleAsset, Metadata};
    use aptos_framework::object::Object;
    use aptos_framework::primary_fungible_store;
    use aptos_std::type_info;

    /// The address has no account.
    const EACCOUNT_NOT_FOUND: u64 = 1;
    /// The account cannot hold the native coin.
    const EACCOUNT_NOT_REGISTERED_FOR_APT: u64 = 2;
    /// The account refuses coins that it does not hold yet.
    const EACCOUNT_DOES_NOT_ACCEPT_DIRECT_COIN_TRANSFERS: u64 = 3;
    /// There are not as many amounts as recipients.
    const EMISMATCHING_RECIPIENTS_AND_AMOUNTS_LENGTH: u64 = 5;

    // Nothing raises these here; tests that were written for other networks name them.
    #[test_only]
    const EACCOUNT_DOES_NOT_ACCEPT_DIRECT_TOKEN_TRANSFERS: u64 = 4;

    /// Whether the account accepts coins that it does not hold yet; without it, it does.
    struct DirectTransferConfig has key {
        allow_arbitrary_coin_transfers: bool,
        update_coin_transfer_events: EventHandle<DirectCoinTransferConfigUpdatedEvent>
    }

    /// The older form of `DirectCoinTransferConfigUpdated`; none are emitted.
    struct DirectCoinTransferConfigUpdatedEvent has drop, store {
        new_allow_direct_transfers: bool
    }

    #[event]
    /// An account now accepts, or refuses, coins that it does not hold yet.
    struct DirectCoinTransferConfigUpdated has drop, store {
        account: address,
        new_allow_direct_transfers: bool
    }

    /// Gives the address the resource `Account`. Aborts if it has one.
    public entry fun create_account(auth_key: address) {
        account::create_account(auth_key);
        register_apt(auth_key);
    }

    /// Sends native coins to several recipients.
    public entry fun batch_transfer(source: &signer, recipients: vector<address>, amounts: vector<u64>) {
        assert_equal_lengths(recipients.length(), amounts.length());
        recipients.zip(amounts, |to, amount| transfer(source, to, amount));
    }

    /// Sends native coins.
    public entry fun transfer(source: &signer, to: address, amount: u64) {
        coin::transfer<AptosCoin>(source, to, amount);
    }

    /// Sends coins to several recipients.
    public entry fun batch_transfer_coins<CoinType>(
        from: &signer, recipients: vector<address>, amounts: vector<u64>
    ) acquires DirectTransferConfig {
        assert_equal_lengths(recipients.length(), amounts.length());
        recipients.zip(amounts, |to, amount| transfer_coins<CoinType>(from, to, amount));
    }

    /// Sends coins.
    public entry fun transfer_coins<CoinType>(
        from: &signer, to: address, amount: u64
    ) acquires DirectTransferConfig {
        deposit_coins(to, coin::withdraw<CoinType>(from, amount));
    }

    /// Puts coins into an account. Aborts if it does not hold such coins yet, and refuses new ones.
    public fun deposit_coins<CoinType>(to: address, coins: Coin<CoinType>) acquires DirectTransferConfig {
        assert!(
            coin::has_store<CoinType>(to) || accepts<CoinType>(to),
            error::permission_denied(EACCOUNT_DOES_NOT_ACCEPT_DIRECT_COIN_TRANSFERS)
        );
        coin::deposit(to, coins);
    }

    /// Sends an amount of an asset to several recipients.
    public entry fun batch_transfer_fungible_assets(
        from: &signer, metadata: Object<Metadata>, recipients: vector<address>, amounts: vector<u64>
    ) {
        assert_equal_lengths(recipients.length(), amounts.length());
        recipients.zip(amounts, |to, amount| transfer_fungible_assets(from, metadata, to, amount));
    }

    /// Sends an amount of an asset.
    public entry fun transfer_fungible_assets(
        from: &signer, metadata: Object<Metadata>, to: address, amount: u64
    ) {
        deposit_fungible_assets(to, primary_fungible_store::withdraw(from, metadata, amount));
    }

    /// Puts an amount of an asset into an account.
    public fun deposit_fungible_assets(to: address, fa: FungibleAsset) {
        primary_fungible_store::deposit(to, fa);
    }

    /// Aborts unless the address has an account. Every address has.
    public fun assert_account_exists(addr: address) {
        assert!(account::exists_at(addr), error::not_found(EACCOUNT_NOT_FOUND));
    }

    /// Aborts unless the account can hold the native coin. Every account can.
    public fun assert_account_is_registered_for_apt(addr: address) {
        assert_account_exists(addr);
        assert!(
            coin::is_account_registered<AptosCoin>(addr), error::not_found(EACCOUNT_NOT_REGISTERED_FOR_APT)
        );
    }

    /// Says whether the account accepts coins that it does not hold yet.
    public entry fun set_allow_direct_coin_transfers(
        account: &signer, allow: bool
    ) acquires DirectTransferConfig {
        let addr = signer::address_of(account);
        if (exists<DirectTransferConfig>(addr)) {
            let config = borrow_global_mut<DirectTransferConfig>(addr);
            if (config.allow_arbitrary_coin_transfers == allow) return;
            config.allow_arbitrary_coin_transfers = allow;
        } else {
            move_to(
                account,
                DirectTransferConfig {
                    allow_arbitrary_coin_transfers: allow,
                    update_coin_transfer_events: account::new_event_handle(account)
                }
            );
        };
        event::emit(DirectCoinTransferConfigUpdated { account: addr, new_allow_direct_transfers: allow });
    }

    #[view]
    /// Whether the account accepts coins that it does not hold yet.
    public fun can_receive_direct_coin_transfers(account: address): bool acquires DirectTransferConfig {
        !exists<DirectTransferConfig>(account)
            || borrow_global<DirectTransferConfig>(account).allow_arbitrary_coin_transfers
    }

    fun accepts<CoinType>(to: address): bool acquires DirectTransferConfig {
        can_receive_direct_coin_transfers(to)
            || type_info::type_of<CoinType>() == type_info::type_of<AptosCoin>()
    }

    fun register_apt(addr: address) {
        if (coin::is_coin_initialized<AptosCoin>()) {
            coin::ensure_store<AptosCoin>(addr);
        }
    }

    fun assert_equal_lengths(recipients: u64, amounts: u64) {
        assert!(
            recipients == amounts, error::invalid_argument(EMISMATCHING_RECIPIENTS_AND_AMOUNTS_LENGTH)
        );
    }
}
