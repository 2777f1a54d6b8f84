/// Identifiers that are unique on the chain: an address and how many it gave out before.
module aptos_framework::guid {
    friend aptos_framework::account;
    friend aptos_framework::object;

    // Nothing raises these here; tests that were written for other networks name them.
    #[test_only]
    const EGUID_GENERATOR_NOT_PUBLISHED: u64 = 0;

    /// An identifier; it exists once.
    struct GUID has drop, store {
        id: ID
    }

    /// What a GUID says.
    struct ID has copy, drop, store {
        creation_num: u64,
        addr: address
    }

    /// The next identifier of `addr`, whose counter is `creation_num_ref`.
    public(friend) fun create(addr: address, creation_num_ref: &mut u64): GUID {
        let creation_num = *creation_num_ref;
        *creation_num_ref = creation_num + 1;
        GUID { id: ID { creation_num, addr } }
    }

    /// What the GUID of `addr` with that number says.
    public fun create_id(addr: address, creation_num: u64): ID {
        ID { creation_num, addr }
    }

    /// What the GUID says.
    public fun id(guid: &GUID): ID {
        guid.id
    }

    /// The address that gave it out.
    public fun creator_address(guid: &GUID): address {
        guid.id.addr
    }

    /// The address that gave it out.
    public fun id_creator_address(id: &ID): address {
        id.addr
    }

    /// How many the address gave out before.
    public fun creation_num(guid: &GUID): u64 {
        guid.id.creation_num
    }

    /// How many the address gave out before.
    public fun id_creation_num(id: &ID): u64 {
        id.creation_num
    }

    /// Whether the GUID says that.
    public fun eq_id(guid: &GUID, id: &ID): bool {
        &guid.id == id
    }
}
