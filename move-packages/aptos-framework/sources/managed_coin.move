/// Coins whose maker keeps the rights at the account that declares them, and uses them by transactions.
module aptos_framework::managed_coin {
    use std::error;
    use std::signer;
    use std::string;
    use aptos_framework::coin::{Self, BurnCapability, FreezeCapability, MintCapability};

    /// The account has no rights over the coin.
    const ENO_CAPABILITIES: u64 = 1;

    /// All rights over a coin.
    struct Capabilities<phantom CoinType> has key {
        burn_cap: BurnCapability<CoinType>,
        freeze_cap: FreezeCapability<CoinType>,
        mint_cap: MintCapability<CoinType>
    }

    /// Destroys an amount of what the signer has.
    public entry fun burn<CoinType>(account: &signer, amount: u64) acquires Capabilities {
        let addr = signer::address_of(account);
        assert!(exists<Capabilities<CoinType>>(addr), error::not_found(ENO_CAPABILITIES));
        let coins = coin::withdraw<CoinType>(account, amount);
        coin::burn(coins, &borrow_global<Capabilities<CoinType>>(addr).burn_cap);
    }

    /// Makes the type a coin and keeps the rights.
    public entry fun initialize<CoinType>(
        account: &signer, name: vector<u8>, symbol: vector<u8>, decimals: u8, monitor_supply: bool
    ) {
        let (burn_cap, freeze_cap, mint_cap) =
            coin::initialize<CoinType>(
                account, string::utf8(name), string::utf8(symbol), decimals, monitor_supply
            );
        move_to(account, Capabilities<CoinType> { burn_cap, freeze_cap, mint_cap });
    }

    /// Makes coins for an account.
    public entry fun mint<CoinType>(account: &signer, dst_addr: address, amount: u64) acquires Capabilities {
        let addr = signer::address_of(account);
        assert!(exists<Capabilities<CoinType>>(addr), error::not_found(ENO_CAPABILITIES));
        let coins = coin::mint(amount, &borrow_global<Capabilities<CoinType>>(addr).mint_cap);
        coin::deposit(dst_addr, coins);
    }

    /// Makes a store for the signer's coins, unless there is one.
    public entry fun register<CoinType>(account: &signer) {
        coin::register<CoinType>(account);
    }

    /// Gives all rights up.
    public entry fun destroy_caps<CoinType>(account: &signer) acquires Capabilities {
        let (burn_cap, freeze_cap, mint_cap) = remove_caps<CoinType>(account);
        coin::destroy_burn_cap(burn_cap);
        coin::destroy_freeze_cap(freeze_cap);
        coin::destroy_mint_cap(mint_cap);
    }

    /// Hands all rights out.
    public fun remove_caps<CoinType>(
        account: &signer
    ): (BurnCapability<CoinType>, FreezeCapability<CoinType>, MintCapability<CoinType>) acquires Capabilities {
        let addr = signer::address_of(account);
        assert!(exists<Capabilities<CoinType>>(addr), error::not_found(ENO_CAPABILITIES));
        let Capabilities<CoinType> { burn_cap, freeze_cap, mint_cap } =
            move_from<Capabilities<CoinType>>(addr);
        (burn_cap, freeze_cap, mint_cap)
    }
}
