/// Resource accounts: accounts that no key signs for. The right to act as one waits at the account that made it, until the
/// package published there fetches it.
module aptos_framework::resource_account {
    use std::error;
    use std::signer;
    use aptos_std::simple_map::{Self, SimpleMap};
    use aptos_framework::account;
    use aptos_framework::aptos_coin::AptosCoin;
    use aptos_framework::code;
    use aptos_framework::coin;

    /// The account made no resource accounts whose rights wait.
    const ECONTAINER_NOT_PUBLISHED: u64 = 1;
    /// No right to act as the signer waits there.
    const EUNAUTHORIZED_NOT_OWNER: u64 = 2;

    const ZERO_AUTH_KEY: vector<u8> = x"0000000000000000000000000000000000000000000000000000000000000000";

    /// The rights that wait, by resource account.
    struct Container has key {
        store: SimpleMap<address, account::SignerCapability>
    }

    /// Makes a resource account. An authentication key, unless empty, lets someone sign for it; the empty one means the
    /// origin's.
    public entry fun create_resource_account(
        origin: &signer, seed: vector<u8>, optional_auth_key: vector<u8>
    ) acquires Container {
        let (resource, cap) = account::create_resource_account(origin, seed);
        keep(origin, resource, cap, optional_auth_key);
    }

    /// Makes a resource account with native coins of the origin's.
    public entry fun create_resource_account_and_fund(
        origin: &signer, seed: vector<u8>, optional_auth_key: vector<u8>, fund_amount: u64
    ) acquires Container {
        let (resource, cap) = account::create_resource_account(origin, seed);
        coin::register<AptosCoin>(&resource);
        coin::transfer<AptosCoin>(origin, signer::address_of(&resource), fund_amount);
        keep(origin, resource, cap, optional_auth_key);
    }

    /// Makes a resource account and publishes a package there. Nobody can sign for it.
    public entry fun create_resource_account_and_publish_package(
        origin: &signer, seed: vector<u8>, metadata_serialized: vector<u8>, code: vector<vector<u8>>
    ) acquires Container {
        let (resource, cap) = account::create_resource_account(origin, seed);
        code::publish_package_txn(&resource, metadata_serialized, code);
        keep(origin, resource, cap, ZERO_AUTH_KEY);
    }

    /// Fetches the right to act as the signer from the account that made it.
    public fun retrieve_resource_account_cap(
        resource: &signer, source_addr: address
    ): account::SignerCapability acquires Container {
        assert!(exists<Container>(source_addr), error::not_found(ECONTAINER_NOT_PUBLISHED));
        let resource_addr = signer::address_of(resource);
        let container = borrow_global_mut<Container>(source_addr);
        assert!(
            container.store.contains_key(&resource_addr), error::invalid_argument(EUNAUTHORIZED_NOT_OWNER)
        );
        let (_, cap) = container.store.remove(&resource_addr);
        let last = container.store.length() == 0;
        if (last) {
            let Container { store } = move_from<Container>(source_addr);
            store.destroy_empty();
        };
        account::rotate_authentication_key_internal(resource, ZERO_AUTH_KEY);
        cap
    }

    fun keep(
        origin: &signer, resource: signer, cap: account::SignerCapability, optional_auth_key: vector<u8>
    ) acquires Container {
        let origin_addr = signer::address_of(origin);
        if (!exists<Container>(origin_addr)) {
            move_to(origin, Container { store: simple_map::new() });
        };
        borrow_global_mut<Container>(origin_addr).store.add(signer::address_of(&resource), cap);
        let auth_key =
            if (optional_auth_key.is_empty()) account::get_authentication_key(origin_addr)
            else optional_auth_key;
        account::rotate_authentication_key_internal(&resource, auth_key);
    }
}
