//# use-forms
module 0x42::m {
    use std::vector;
    use std::vector as V;
    use std::option::{Self, Option};
    use std::option::Option as Opt;
    use 0x1::string::{utf8 as mk, String};
    public fun f(): vector<u8> { let v = V::empty(); vector::push_back(&mut v, 1); v }
    public fun g(): Option<u64> { option::some(1) }
    public fun h(): Opt<String> { option::some(mk(b"x")) }
}
//# unbound-module
module 0x42::m {
    use std::vectr; //~ E0301
    public fun f() { optin::none() } //~ E0301
    public fun g() { 0x42::zz::none() } //~ E0301
}
//# unbound-member
module 0x42::m {
    use std::vector::{emty}; //~ E0302
    public fun f() { std::vector::push_bak() } //~ E0302
    public fun g(): 0x42::m::T { abort 1 } //~ E0302
}
//# unbound-name
module 0x42::m {
    public fun f(count: u64): u64 { cuont + count } //~ E0303
    public fun g() { h() } //~ E0303
    public fun i() { LIMIT; } //~ E0303
}
//# unbound-type
module 0x42::m {
    public fun f(_x: Strin) { } //~ E0304
    public fun g() { let _x: u65 = 1; } //~ E0304
}
//# unbound-field
module 0x42::m {
    struct S has drop { amount: u64 }
    public fun f(s: S): u64 { s.amuont } //~ E0305
    public fun g(): S { S { amuont: 1 } } //~ E0305
    public fun h(s: S) { let S { amuont: _ } = s; } //~ E0305
    public fun i(s: &mut S) { s.zzz = 1; } //~ E0305
}
//# unbound-method
module 0x42::m {
    struct S has drop { amount: u64 }
    public fun take(self: &S): u64 { self.amount }
    public fun f(s: S): u64 { s.tkae() } //~ E0306
    public fun g(v: vector<u8>): u64 { v.lenght() } //~ E0306
    public fun h(x: u64): u64 { x.foo() } //~ E0306
    public fun i<T: drop>(x: T) { x.foo() } //~ E0306
}
//# unbound-label
module 0x42::m {
    public fun f() { 'a: loop { loop { break 'b } } } //~ E0307
}
//# label-reused
module 0x42::m {
    public fun f() {
        'a: loop { 'a: loop { break 'a } } //~ E0201
    }
    public fun g() { 'a: loop { break 'a }; 'a: loop { break 'a } }
}
//# unbound-macro
module 0x42::m {
    public fun f() { asert!(true, 1) } //~ E0303
}
//# unbound-variant
module 0x42::m {
    enum E has drop { First, Second }
    public fun f(): E { E::Frist } //~ E0311
    public fun g(e: E): bool { e is Thrid } //~ E0311
    public fun h(e: E): u64 { match (e) { E::Fisrt => 1, _ => 2 } } //~ E0311
}
//# module-as-value
module 0x42::m {
    use std::vector;
    public fun f() { let _x = vector; } //~ E0308
    public fun g() { let _x = std::vector; } //~ E0308
}
//# variant-as-type
module 0x42::m {
    enum E has drop { A }
    public fun f(_x: E::A) { } //~ E0308
}
//# enum-without-variant
module 0x42::m {
    enum E has drop { A { x: u64 } }
    public fun f(): E { E { x: 1 } } //~ E0308
}
//# function-as-type
module 0x42::m {
    fun foo() {}
    public fun f(_x: foo) { foo() } //~ E0308
}
//# struct-as-value
module 0x42::m {
    struct S has drop { x: u64 }
    public fun f() { let _x = S; } //~ E0308
}
//# private-function
module 0x42::m {
    fun p() {}
    public(friend) fun q() { p() }
}
module 0x42::n {
    public fun f() { 0x42::m::p() } //~ E0309
    public fun g() { 0x42::m::q() } //~ E0309
}
//# package-other-address
module 0x42::m {
    public(package) fun r() { }
}
module 0x43::n {
    public fun f() { 0x42::m::r() } //~ E0309
}
//# package-same-address
module 0x42::m { public(package) fun r() { } }
module 0x42::n { public fun f() { 0x42::m::r() } }
//# non-public-from-script
script {
    fun main() { 0x42::m::r() } //~ E0309
}
module 0x42::m { public(package) fun r() { } }
//# entry-private-from-script
script {
    fun main() { 0x42::m::r() } //~ E0309
}
module 0x42::m { entry fun r() { } }
//# method-visibility
module 0x42::m {
    struct S has drop {}
    public fun mk(): S { S {} }
    fun p(self: &S) { let _ = self; }
    public fun q(self: &S) { self.p() }
}
module 0x42::n {
    public fun f() { 0x42::m::mk().q() }
    public fun g() { 0x42::m::mk().p() } //~ E0309
}
//# struct-operations-outside
module 0x42::m {
    struct S has drop, key { x: u64 }
    enum E has drop { A, B { y: u64 } }
    public fun mk(): S { S { x: 1 } }
    public fun mke(): E { E::B { y: 1 } }
    public fun r(e: &E): u64 { e.y }
}
module 0x42::n {
    use 0x42::m::{Self, S, E};
    public fun a(): S { S { x: 1 } } //~ E0310
    public fun b(s: S) { let S { x: _ } = s; } //~ E0310
    public fun c(s: &S): u64 { s.x } //~ E0310
    public fun d(s: &mut S) { s.x = 1 } //~ E0310
    public fun e(a: address): bool { exists<S>(a) } //~ E0310
    public fun f(a: address): S { move_from<S>(a) } //~ E0310
    public fun g(a: &signer, s: S) { move_to(a, s) } //~ E0310
    public fun h(e: &E): bool { e is E::A } //~ E0310
    public fun i(e: E): u64 { match (e) { E::A => 1, _ => 2 } } //~ E0310
    public fun j(): E { E::A } //~ E0310
    public fun k(e: E): u64 { e.y } //~ E0310
    public fun l(a: address): u64 { S[a].x } //~ E0310
    public fun ok(): (S, E) { (m::mk(), m::mke()) }
}
//# local-shadowing
module 0x42::m {
    public fun f(x: u64): bool { let y = { let x = x + 1; x }; let x = x == y; x }
}
//# own-initialiser
module 0x42::m {
    public fun f(): u64 { let x = x; x } //~ E0303
}
//# shadow-by-inner-use
module 0x42::m {
    use std::vector::length;
    public fun f(v: &vector<u8>): u64 { length(v) }
    public fun g(s: &std::string::String): u64 { use std::string::length; length(s) }
}
//# local-function-value-before-function
module 0x42::m {
    public fun h(x: u64): u64 { x }
    public fun f(): u64 { let h = |x: u64| x + 1; h(1) }
}
//# self-chains
module 0x42::m {
    const C: u64 = 1;
    struct S has drop { x: u64 }
    enum E has drop { A, B }
    fun g(): u64 { 1 }
    public fun f(): u64 { Self::g() + Self::C + Self::S { x: 1 }.x }
    public fun h(): Self::E { Self::E::A }
    public fun i(): 0x42::m::E { 0x42::m::E::B }
}
//# four-components
module 0x42::m { enum E has copy, drop { A, B(u64) } public fun f(e: E): u64 { match (e) { 0x42::m::E::A => 1, 0x42::m::E::B(x) => x } } }
//# expected-variant-names
module 0x42::m {
    enum E has drop { A, B { x: u64 }, C(u64) }
    fun take(_e: E) {}
    public fun f(): E { A }
    public fun g(c: bool): E { if (c) B { x: 1 } else C(2) }
    public fun h() { take(A); let e: E = C(1); take(e) }
    public fun i(e: E): u64 { match (e) { A => 1, B { x } => x, C(y) => y } }
    public fun j(e: &E): bool { e is A | B }
}
//# variant-import
module 0x42::m {
    enum E has drop { A }
    public fun f(): E { E::A }
}
module 0x42::n {
    use 0x42::m::E;
    use 0x42::m::A; //~ E0302
    public fun f(): E { 0x42::m::f() }
}
//# module-alias-priority
module 0x42::std { public fun f(): u64 { 1 } }
module 0x42::n {
    use 0x42::std;
    public fun f(): u64 { std::f() + std::vector::length(&b"x") }
}
//# use-twice-same-member
module 0x42::n {
    use std::vector::{empty, length};
    public fun f(): u64 { length(&empty<u8>()) }
}
//# alias-case
module 0x42::n {
    use std::option::Option as opt; //~ E0202
    use std::option::some as Some; 
    public fun f(): opt<u8> { Some(1) }
}
//# test-only-use-in-normal
module 0x42::m { #[test_only] public fun t() {} }
module 0x42::n { public fun f() { 0x42::m::t() } } //~ E0302
//# test-only-in-test test
module 0x42::m { #[test_only] public fun t() {} }
module 0x42::n {
    #[test_only] use 0x42::m;
    #[test] fun f() { m::t() }
}
//# constant-import
module 0x42::m { const C: u64 = 1; public fun f(): u64 { C } }
module 0x42::n { use 0x42::m::C; public fun f(): u64 { C } } //~ E0309
//# private-function-value
module 0x42::m { fun p(x: u64): u64 { x } public fun q(): u64 { p(1) } }
module 0x42::n { public fun f(): u64 { let g = 0x42::m::p; g(1) } } //~ E0309
//# type-parameter-shadows
module 0x42::m {
    struct T has drop {}
    public fun f<T>(x: T): T { x }
    public fun g(): u64 { f<u64>(1) }
    public fun h(): T { T {} }
}
//# unbound-type-parameter
module 0x42::m { public fun f(_x: T) { } } //~ E0304
