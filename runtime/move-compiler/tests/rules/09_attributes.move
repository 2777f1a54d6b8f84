//# unknown-attribute
module 0x42::m {
    #[veiw] //~ W0208
    public fun f(): u64 { 1 }
}
//# view
module 0x42::m {
    struct S has drop {}
    #[view] public fun a(_x: u64): u64 { 1 }
    #[view] public fun b() { } //~ E0801
    #[view] public fun c(_s: &signer): u64 { 1 } //~ E0801
    #[view] public fun d(_s: S): u64 { 1 } //~ E0801
    #[view] fun e(_x: vector<address>): (u64, bool) { (1, true) }
    #[view] public fun f(_s: signer): u64 { 1 } //~ E0801
}
//# event
module 0x42::m {
    #[event] struct A has drop, store { x: u64 }
    #[event] struct B has drop { x: u64 } //~ E0801
    #[event] public fun f(): A { A { x: 1 } } //~ E0801
}
//# resource-groups
module 0x42::m {
    #[resource_group(scope = global)] struct G {}
    #[resource_group(scope = module_)] struct M {}
    #[resource_group(scope = wrong)] struct W {} //~ E0801
    #[resource_group(scope = global)] struct F { x: u64 } //~ E0801
    #[resource_group_member(group = 0x42::m::G)] struct A has key { x: u64 }
    #[resource_group_member(group = 0x42::m::M)] struct B has key { x: u64 }
    #[resource_group_member(group = 0x42::m::A)] struct C has key { x: u64 } //~ E0801
    #[resource_group_member(group = 0x42::m::G)] struct D has drop { x: u64 } //~ E0801
    #[resource_group_member] struct E has key { x: u64 } //~ E0801
}
module 0x42::n {
    #[resource_group_member(group = 0x42::m::M)] struct B has key { x: u64 } //~ E0801
}
//# test-attributes test
module 0x42::m {
    #[test] fun a() { }
    #[test(s = @0x1, t = @std)] fun b(s: signer, t: &signer) { let _ = s; let _ = t; }
    #[test(a = @0x1)] fun c(a: address) { let _ = a; }
    #[test] fun d(s: signer) { let _ = s; } //~ E0802
    #[test(x = @0x1)] fun e() { } //~ E0802
    #[test] fun f<T>() { } //~ E0802
    #[test] fun g(): u64 { 1 } //~ E0802
    #[test, test_only] fun h() { } //~ E0801
    #[expected_failure] fun i() { } //~ E0801
    #[test(s = @0x1)] fun j(s: u64) { let _ = s; } //~ E0802
}
//# expected-failures test
module 0x42::m {
    const E_BAD: u64 = 3;
    #[test, expected_failure] fun a() { abort 1 }
    #[test, expected_failure(abort_code = E_BAD)] fun b() { abort 3 }
    #[test, expected_failure(abort_code = 3)] fun c() { abort 3 } //~ W0212
    #[test, expected_failure(abort_code = 3, location = Self)] fun d() { abort 3 }
    #[test, expected_failure(arithmetic_error, location = Self)] fun e() { 1 / 0; }
    #[test, expected_failure(vector_error, minor_status = 1, location = Self)] fun f() { vector[1][2]; }
    #[test, expected_failure(out_of_gas, location = Self)] fun g() { loop { } }
    #[test, expected_failure(major_status = 4017, minor_status = 1, location = 0x42::m)] fun h() { }
    #[test, expected_failure(arithmetic_error)] fun i() { } //~ E0802
    #[test, expected_failure(arithmetic_error, out_of_gas, location = Self)] fun j() { } //~ E0802
    #[test, expected_failure(abort_code = E_MISSING)] fun k() { } //~ E0303
    #[test, expected_failure(abort_code = 0x1::nowhere::E)] fun l() { } //~ E0301
    #[test, expected_failure(abort_code = 0x42::n::E_FAR)] fun m() { 0x42::n::fail() }
}
module 0x42::n {
    const E_FAR: u64 = 9;
    public fun fail() { abort E_FAR }
}
//# randomness
module 0x1::randomness { public fun u64_integer(): u64 { 4 } }
module 0x42::m {
    use 0x1::randomness;
    public fun a(): u64 { randomness::u64_integer() } //~ E0803
    entry fun b() { randomness::u64_integer(); } //~ E0803
    #[randomness] entry fun c() { randomness::u64_integer(); }
    #[randomness(max_gas = 100)] entry fun d() { helper(); }
    fun helper(): u64 { randomness::u64_integer() }
    #[lint::allow_unsafe_randomness] public fun e(): u64 { helper() }
}
//# randomness-misplaced
module 0x42::m {
    #[randomness] public entry fun f() { } //~ E0801
    #[randomness] fun g() { } //~ E0801
    #[randomness(gas = 1)] entry fun h() { } //~ E0801
}
//# deprecated deprecated
module 0x42::m {
    #[deprecated] public fun f() { }
    #[deprecated] struct S has drop { }
    public fun mk(): S { S {} }
}
#[deprecated]
module 0x42::old { public fun f() { } }
module 0x42::n {
    use 0x42::m::{Self, S};
    public fun a() { m::f() } //~ W0211
    public fun b(): S { m::mk() } //~ W0211
    public fun c() { 0x42::old::f() } //~ W0211
}
//# deprecated-quiet
module 0x42::m { #[deprecated] public fun f() { } }
module 0x42::n { public fun a() { 0x42::m::f() } }
//# lint-skip-unknown
module 0x42::m {
    #[lint::skip(unused_varable)] //~ W0208
    public fun f() { }
}
//# test-only-items-vanish
module 0x42::m {
    #[test_only] use std::vector;
    #[test_only] const C: u64 = 1;
    #[test_only] struct T { v: u64 }
    #[test_only] fun t(): vector<u64> { vector::singleton(C) }
    #[verify_only] fun v(): Missing { }
    public fun f(): u64 { 1 }
}
