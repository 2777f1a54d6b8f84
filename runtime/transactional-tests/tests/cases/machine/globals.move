//# publish
module 0x42::g {
    struct Box<T> has key, store, drop { value: T }
    public fun put<T: store + drop>(s: &signer, value: T) { move_to(s, Box { value }); }
    public fun take<T: store + drop>(at: address): T acquires Box {
        let Box { value } = move_from<Box<T>>(at);
        value
    }
    public fun set<T: store + drop>(at: address, value: T) acquires Box { Box<T>[at].value = value; }
    public fun has<T: store + drop>(at: address): bool { exists<Box<T>>(at) }
    public fun set_then_fail(at: address) acquires Box {
        Box<u64>[at].value = 99;
        abort 1
    }
}

//# run 0x42::g::put --signers 0x1 --type-args u64 --args 5

//# run 0x42::g::put --signers 0x1 --type-args bool --args true

//# run 0x42::g::put --signers 0x1 --type-args u64 --args 6

//# run 0x42::g::has --type-args u64 --args @0x1

//# run 0x42::g::has --type-args u8 --args @0x1

//# run 0x42::g::set --type-args u64 --args @0x1 8

//# run 0x42::g::set_then_fail --args @0x1

//# view --address 0x1 --resource 0x42::g::Box<u64>

//# run 0x42::g::take --type-args bool --args @0x1

//# run 0x42::g::take --type-args bool --args @0x1

//# view --address 0x1 --resource 0x42::g::Box<bool>
