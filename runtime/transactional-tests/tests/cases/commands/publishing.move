//# publish
module 0x42::a {
    public fun one(): u64 { 1 }
    fun private(): u64 { 0 }
}

// Several at once, each behind what it needs.
//# publish
module 0x42::c { public fun three(): u64 { 0x42::b::two() + 1 } }
module 0x42::b { public fun two(): u64 { 0x42::a::one() + 1 } }

//# run 0x42::c::three

// A compatible change goes in, and code that is there sees it.
//# publish
module 0x42::a {
    public fun one(): u64 { 10 }
    public fun more(): u64 { 2 }
}

//# run 0x42::c::three

// An incompatible one does not.
//# publish
module 0x42::a {
    public fun one(): u8 { 10 }
}

//# run 0x42::a::more

//# publish --gas-budget 0
module 0x42::d { fun f() {} }

//# publish
module 0x42::e { fun f() { 0x42::d::f() } }

//# publish
script { fun main() {} }

//# publish
module 0x42::init {
    struct Made has key { by: address }
    fun init_module(s: &signer) { move_to(s, Made { by: std::signer::address_of(s) }); }
}

//# view --address 0x42 --resource 0x42::init::Made
