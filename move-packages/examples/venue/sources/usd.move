/// The settlement currency of a test venue: dollars with 6 decimals that anyone may mint.
///
/// A venue for real money settles in a token that came over a bridge; this one lets people try the exchange. What `mint` makes is a
/// fungible asset like any other, in the primary store of its owner.
module venue::usd {
    use aptos_framework::fungible_asset::{Self, Metadata, MintRef};
    use aptos_framework::object::{Self, Object};
    use aptos_framework::primary_fungible_store;
    use std::error;
    use std::option;
    use std::string;

    /// One call mints at most ten million dollars.
    const ETOO_MUCH: u64 = 1;

    const DECIMALS: u8 = 6;
    const MINT_MAX: u64 = 10000000000000;
    const SEED: vector<u8> = b"USD";

    /// What mints. At the address of the package.
    struct Mint has key { mint_ref: MintRef }

    fun init_module(admin: &signer) {
        let constructor = object::create_named_object(admin, SEED);
        primary_fungible_store::create_primary_store_enabled_fungible_asset(
            &constructor, option::none(), string::utf8(b"Test dollars"), string::utf8(b"USD"), DECIMALS, string::utf8(b""),
            string::utf8(b"")
        );
        move_to(admin, Mint { mint_ref: fungible_asset::generate_mint_ref(&constructor) });
    }

    /// Mints for anyone. `amount` in millionths of a dollar.
    public entry fun mint(_caller: &signer, to: address, amount: u64) {
        assert!(amount <= MINT_MAX, error::invalid_argument(ETOO_MUCH));
        primary_fungible_store::mint(&Mint[@venue].mint_ref, to, amount);
    }

    #[view]
    /// The kind of token.
    public fun metadata(): Object<Metadata> {
        object::address_to_object<Metadata>(object::create_object_address(&@venue, SEED))
    }

    #[view]
    /// What an account has.
    public fun balance(account: address): u64 { primary_fungible_store::balance(account, metadata()) }

    #[test(admin = @venue, framework = @aptos_framework)]
    fun anyone_mints(admin: &signer) {
        init_module(admin);
        mint(admin, @0xa11ce, 5000000);
        assert!(balance(@0xa11ce) == 5000000);
    }

    #[test(admin = @venue)]
    #[expected_failure(abort_code = 0x10001, location = Self)]
    fun a_mint_has_a_limit(admin: &signer) {
        init_module(admin);
        mint(admin, @0xa11ce, MINT_MAX + 1);
    }
}
