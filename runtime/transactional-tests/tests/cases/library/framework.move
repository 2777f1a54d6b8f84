// So are the larger packages, where a file names one of their modules.

//# publish
module 0x42::t {
    use aptos_std::table::{Self, Table};
    struct Store has key { table: Table<u64, u64> }
    public fun make(s: &signer) { move_to(s, Store { table: table::new() }); }
    public fun put(at: address, key: u64, value: u64) acquires Store { Store[at].table.upsert(key, value); }
    public fun get(at: address, key: u64): u64 acquires Store { *Store[at].table.borrow(key) }
}

//# run 0x42::t::make --signers 0x42

//# run 0x42::t::put --args @0x42 1 10

//# run 0x42::t::get --args @0x42 1

//# run 0x42::t::get --args @0x42 2
