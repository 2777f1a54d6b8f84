/// Two tokens that anyone may mint: what the tests trade with.
module quote::quote {
    use aptos_framework::fungible_asset::{Self, MintRef};
    use aptos_framework::object;
    use aptos_framework::primary_fungible_store;
    use std::option;
    use std::string;

    struct Mints has key { quote: MintRef, ether: MintRef }

    fun init_module(admin: &signer) {
        let quote = make(admin, b"quote", 6);
        let ether = make(admin, b"ether", 8);
        move_to(admin, Mints { quote, ether });
    }

    fun make(admin: &signer, name: vector<u8>, decimals: u8): MintRef {
        let constructor = object::create_named_object(admin, name);
        primary_fungible_store::create_primary_store_enabled_fungible_asset(
            &constructor, option::none(), string::utf8(name), string::utf8(b"T"), decimals, string::utf8(b""),
            string::utf8(b"")
        );
        fungible_asset::generate_mint_ref(&constructor)
    }

    public entry fun mint(_caller: &signer, to: address, quotes: u64, ethers: u64) {
        let mints = &Mints[@quote];
        primary_fungible_store::deposit(to, fungible_asset::mint(&mints.quote, quotes));
        primary_fungible_store::deposit(to, fungible_asset::mint(&mints.ether, ethers));
    }
}
