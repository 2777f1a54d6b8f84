//# publish
module 0x42::m {
    public fun aborts(code: u64) { abort code }
    public fun divides(x: u64): u64 { 1 / x }
    public fun at(i: u64): u64 { vector[1, 2][i] }
    public fun casts(x: u64): u8 { (x as u8) }
    public fun shifts(x: u8): u64 { 1 << x }
    public fun pops() { let v: vector<u64> = vector[]; v.pop_back(); }
    public fun spins() { loop {} }
    public fun deep(n: u64): u64 { if (n == 0) 0 else 1 + deep(n - 1) }
    public fun outer() { 0x1::option::destroy_some<u64>(0x1::option::none()); }
    struct R has key { x: u64 }
    public fun missing(): u64 acquires R { R[@0x5].x }
    public fun twice(s: &signer) { move_to(s, R { x: 1 }); move_to(s, R { x: 2 }); }
}

//# run 0x42::m::aborts --args 7

//# run 0x42::m::divides --args 0

//# run 0x42::m::at --args 2

//# run 0x42::m::casts --args 256

//# run 0x42::m::shifts --args 64u8

//# run 0x42::m::pops

//# run 0x42::m::spins --gas-budget 100

//# run 0x42::m::deep --args 1000

//# run 0x42::m::deep --args 1100

//# run 0x42::m::outer

//# run 0x42::m::missing

// What a failed task did is undone.
//# run 0x42::m::twice --signers 0x7

//# view --address 0x7 --resource 0x42::m::R

//# run 0x42::m::nothing

//# run 0x42::n::f

//# run 0x42::m::divides

//# run 0x42::m::divides --args true

//# run 0x42::m::divides --type-args u8 --args 1

//# run nobody::m::f
