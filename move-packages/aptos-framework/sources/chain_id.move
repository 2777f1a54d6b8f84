/// The byte that tells this chain from others in transactions.
module aptos_framework::chain_id {
    use aptos_framework::system_addresses;

    friend aptos_framework::genesis;

    /// The byte, at `0x1`.
    struct ChainId has key {
        id: u8
    }

    /// Sets the byte, once.
    public(friend) fun initialize(aptos_framework: &signer, id: u8) {
        system_addresses::assert_aptos_framework(aptos_framework);
        move_to(aptos_framework, ChainId { id });
    }

    #[view]
    /// The byte.
    public fun get(): u8 acquires ChainId {
        borrow_global<ChainId>(@aptos_framework).id
    }

    #[test_only]
    /// Sets the byte for a test, unless it is set.
    public fun initialize_for_test(aptos_framework: &signer, id: u8) {
        if (!exists<ChainId>(@aptos_framework)) {
            initialize(aptos_framework, id);
        }
    }
}
