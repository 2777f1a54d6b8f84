/// The native coin: what fees are paid in. Its name on screen is the chain's business; its type is this one everywhere.
///
/// No right to make or destroy it survives genesis, so that the supply is constant.
module aptos_framework::aptos_coin {
    use std::error;
    use std::signer;
    use std::string;
    use aptos_framework::coin::{Self, BurnCapability, MintCapability};
    use aptos_framework::system_addresses;

    friend aptos_framework::genesis;

    /// The account has no right to make coins.
    const ENO_CAPABILITIES: u64 = 1;
    /// The right is promised to the account.
    const EALREADY_DELEGATED: u64 = 2;
    /// No right is promised to the account.
    const EDELEGATION_NOT_FOUND: u64 = 3;

    /// The native coin.
    struct AptosCoin has key {}

    /// The right to make coins, at an account that has it.
    struct MintCapStore has key {
        mint_cap: MintCapability<AptosCoin>
    }

    /// A promise of the right to make coins.
    struct DelegatedMintCapability has store {
        to: address
    }

    /// The promises, at the account that made them.
    struct Delegations has key {
        inner: vector<DelegatedMintCapability>
    }

    /// Makes the coin.
    public(friend) fun initialize(
        aptos_framework: &signer
    ): (BurnCapability<AptosCoin>, MintCapability<AptosCoin>) {
        system_addresses::assert_aptos_framework(aptos_framework);
        let (burn_cap, freeze_cap, mint_cap) =
            coin::initialize<AptosCoin>(
                aptos_framework, string::utf8(b"Aptos Coin"), string::utf8(b"APT"), 8, true
            );
        coin::destroy_freeze_cap(freeze_cap);
        (burn_cap, mint_cap)
    }

    /// Whether the account may make coins.
    public fun has_mint_capability(account: &signer): bool {
        exists<MintCapStore>(signer::address_of(account))
    }

    /// Makes coins for an account.
    public entry fun mint(account: &signer, dst_addr: address, amount: u64) acquires MintCapStore {
        let account_addr = signer::address_of(account);
        assert!(exists<MintCapStore>(account_addr), error::not_found(ENO_CAPABILITIES));
        let coins = coin::mint(amount, &borrow_global<MintCapStore>(account_addr).mint_cap);
        coin::deposit(dst_addr, coins);
    }

    /// Promises an account the right to make coins.
    public entry fun delegate_mint_capability(account: signer, to: address) acquires Delegations {
        system_addresses::assert_core_resource(&account);
        if (!exists<Delegations>(@core_resources)) {
            move_to(&account, Delegations { inner: vector[] });
        };
        let promises = &mut borrow_global_mut<Delegations>(@core_resources).inner;
        promises.for_each_ref(|d| assert!(d.to != to, error::invalid_argument(EALREADY_DELEGATED)));
        promises.push_back(DelegatedMintCapability { to });
    }

    /// Takes the promised right.
    public entry fun claim_mint_capability(account: &signer) acquires Delegations, MintCapStore {
        let addr = signer::address_of(account);
        assert!(exists<Delegations>(@core_resources), EDELEGATION_NOT_FOUND);
        let promises = &mut borrow_global_mut<Delegations>(@core_resources).inner;
        let (found, index) = promises.find(|d| d.to == addr);
        assert!(found, EDELEGATION_NOT_FOUND);
        let DelegatedMintCapability { to: _ } = promises.swap_remove(index);
        let mint_cap = borrow_global<MintCapStore>(@core_resources).mint_cap;
        move_to(account, MintCapStore { mint_cap });
    }

    /// Refuses: see `coin::upgrade_supply`.
    entry fun upgrade_supply(aptos_framework: &signer) {
        coin::upgrade_supply<AptosCoin>(aptos_framework);
    }

    #[test_only]
    use aptos_framework::fungible_asset::FungibleAsset;
    #[test_only]
    use aptos_framework::account;

    #[test_only]
    /// Makes the coin for tests, paired with the asset at `0xa`. The rights must be ended or stored.
    public fun initialize_for_test(
        aptos_framework: &signer
    ): (BurnCapability<AptosCoin>, MintCapability<AptosCoin>) {
        account::create_account_for_test(@aptos_framework);
        let (burn_cap, mint_cap) = initialize(aptos_framework);
        coin::create_coin_conversion_map(aptos_framework);
        coin::create_pairing<AptosCoin>(aptos_framework);
        move_to(aptos_framework, MintCapStore { mint_cap });
        (burn_cap, mint_cap)
    }

    #[test_only]
    /// `initialize_for_test`: there are no counters to prepare.
    public fun initialize_for_test_without_aggregator_factory(
        aptos_framework: &signer
    ): (BurnCapability<AptosCoin>, MintCapability<AptosCoin>) {
        initialize_for_test(aptos_framework)
    }

    #[test_only]
    /// Makes the coin for tests, unless it is there.
    public fun ensure_initialized_with_apt_fa_metadata_for_test() {
        if (!coin::is_coin_initialized<AptosCoin>()) {
            let (burn_cap, mint_cap) = initialize_for_test(&account::create_signer_for_test(@aptos_framework));
            coin::destroy_burn_cap(burn_cap);
            coin::destroy_mint_cap(mint_cap);
        }
    }

    #[test_only]
    /// Makes an amount of the native coin in the form of the asset.
    public fun mint_apt_fa_for_test(amount: u64): FungibleAsset acquires MintCapStore {
        ensure_initialized_with_apt_fa_metadata_for_test();
        let coins = coin::mint(amount, &borrow_global<MintCapStore>(@aptos_framework).mint_cap);
        coin::coin_to_fungible_asset(coins)
    }

    #[test_only]
    /// Gives core resources, whose right delegation hands on, the right to make coins.
    public fun give_core_resources_the_right_for_test(core_resources: &signer, mint_cap: MintCapability<AptosCoin>) {
        system_addresses::assert_core_resource(core_resources);
        move_to(core_resources, MintCapStore { mint_cap });
    }
}
