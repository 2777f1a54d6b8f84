//# lower-case-struct
module 0x42::m { struct s {} } //~ E0202
//# lower-case-enum
module 0x42::m { enum e { A } } //~ E0202
//# lower-case-variant
module 0x42::m { enum E { a } } //~ E0202
//# lower-case-constant
module 0x42::m { const x: u64 = 1; } //~ E0202
//# underscore-function
module 0x42::m { fun _f() {} } //~ E0202
//# upper-case-function
module 0x42::m { public fun Foo(): u64 { 1 } public fun g(): u64 { Foo() } }
//# upper-case-variable
module 0x42::m { public fun f() { let X = 1; } } //~ E0202
//# upper-case-parameter
module 0x42::m { public fun f(X: u64) { } } //~ E0202
//# underscore-module
module 0x42::_m { } //~ E0202
//# vector-module
module 0x42::vector { public fun f() {} }
//# reserved-function
module 0x42::m { public fun move_to() {} } //~ E0202
//# reserved-function-assert
module 0x42::m { public fun assert() {} } //~ E0202
//# reserved-function-type
module 0x42::m { public fun u8() {} } //~ E0202
//# reserved-function-i8 lang=2.3
module 0x42::m { public fun i8() {} } //~ E0202
//# self-as-alias
module 0x42::m { use std::vector as Self; } //~ E0202
//# vector-as-function
module 0x42::m { public fun vector() {} } //~ E0202
//# duplicate-module
module 0x42::m { }
module 0x42::m { } //~ E0201
//# duplicate-module-numeric
module std::my { }
module 0x1::my { } //~ E0201
//# duplicate-member
module 0x42::m {
    struct S {}
    enum S { A } //~ E0201
}
//# duplicate-function
module 0x42::m {
    public fun f() {}
    public fun f() {} //~ E0201
}
//# duplicate-constant-struct
module 0x42::m {
    const X: u64 = 1;
    struct X {} //~ E0201
}
//# duplicate-field
module 0x42::m { struct S has drop {
    a: u64,
    a: u64, //~ E0201
} }
//# duplicate-variant
module 0x42::m { enum E has drop {
    A,
    A, //~ E0201
} }
//# duplicate-variant-field
module 0x42::m { enum E has drop {
    A { x: u64,
      x: u64 }, //~ E0201
    B { x: u64 },
} }
//# duplicate-type-parameter
module 0x42::m { public fun f<T, T>() { } } //~ E0201
//# duplicate-parameter
module 0x42::m { public fun f(a: u64, a: u64) { } } //~ E0201
//# wildcard-parameters
module 0x42::m { public fun f(_: u64, _: u64) { } }
//# wildcard-read
module 0x42::m { public fun f(_: u64): u64 { _ } } //~ E0303
//# duplicate-alias
module 0x42::m {
    use std::vector;
    use std::option as vector; //~ E0201
    public fun f(): vector<u8> { vector::empty() }
}
//# duplicate-member-alias
module 0x42::m {
    use std::vector::empty;
    use std::string::utf8 as empty; //~ E0201
    public fun f(): vector<u8> { empty() }
}
//# alias-against-member
module 0x42::m {
    use std::vector::empty; //~ W0214
    public fun empty() { }
}
//# duplicate-attribute
module 0x42::m {
    #[view]
    #[view] //~ E0201
    public fun f(): u64 { 1 }
}
//# duplicate-friend
module 0x42::m {
    friend 0x42::n;
    friend 0x42::n; //~ E0201
}
module 0x42::n {}
//# friend-self
module 0x42::m {
    friend 0x42::m; //~ E0214
}
//# friend-other-address
module 0x42::m {
    friend 0x43::n; //~ E0214
}
module 0x43::n {}
//# friend-unknown
module 0x42::m {
    friend 0x42::nowhere; //~ E0301
}
//# friend-and-package
module 0x42::m {
    friend 0x42::n;
    public(package) fun f() {} //~ E0214
}
module 0x42::n {}
//# friend-and-package-functions
module 0x42::m {
    public(friend) fun g() {}
    public(package) fun f() {} //~ E0214
}
//# friend-cycle
module 0x42::m {
    friend 0x42::n;
    public fun f() { 0x42::n::g() } //~ E0205
}
module 0x42::n { public fun g() {} }
//# module-cycle
module 0x42::a {
    public fun f() { 0x42::b::f() } //~ E0205
}
module 0x42::b {
    public fun f() { 0x42::c::f() }
}
module 0x42::c {
    public fun f() { 0x42::a::f() }
}
//# module-cycle-by-types
module 0x42::a {
    struct S has drop { x: 0x42::b::T } //~ E0205
}
module 0x42::b {
    struct T has drop { x: u64 }
    public fun f(_x: &0x42::a::S) {}
}
//# module-cycle-by-use-only
module 0x42::a {
    use 0x42::b; //~ W0203
}
module 0x42::b {
    use 0x42::a;
}
//# undefined-named-address
module nowhere::m { } //~ E0204
//# undefined-named-address-in-use
module 0x42::m {
    use nowhere::x; //~ E0204
}
//# undefined-named-address-in-expression
module 0x42::m {
    public fun f(): address { @nowhere } //~ E0204
}
//# struct-contains-itself
module 0x42::m {
    struct S has drop { x: S } //~ E0206
}
//# struct-contains-itself-in-vector
module 0x42::m {
    struct S has drop { x: vector<S> } //~ E0206
}
//# struct-contains-itself-through
module 0x42::m {
    struct A has drop { x: B } //~ E0206
    struct B has drop { x: vector<C> }
    struct C has drop { x: A }
}
//# struct-contains-itself-as-argument
module 0x42::m {
    struct Box<T> has drop { x: T }
    struct A has drop { x: Box<A> } //~ E0206
}
//# enum-contains-itself
module 0x42::m {
    enum List has drop { Nil, Cons(u64, List) } //~ E0206
}
//# recursion-through-function-type
module 0x42::m {
    struct S(|S|S) has copy, drop; //~ E0206
    public fun f(s: S): S { s }
}
//# empty-enum
module 0x42::m { enum E {} } //~ E0207
//# field-ability
module 0x42::m {
    struct N { x: u64 } 
    struct A has copy { x: N } //~ E0502
    struct B has drop { x: N } //~ E0502
    struct C has store { x: N } //~ E0502
    struct D has key { x: N } //~ E0502
    struct G<T> has key, copy, drop, store { x: T }
    struct H has copy { x: vector<N> } //~ E0502
    struct I has store { x: signer } //~ E0502
    enum J has drop { A, B(N) } //~ E0502
    struct K has drop { x: G<N> } //~ E0502
}
//# field-ability-function-type
module 0x42::m {
    struct A has key { x: |u64|u64 } //~ E0502
    struct B has key { x: |u64|u64 has store }
    struct C has key, drop { x: |u64|u64 has store + copy } //~ E0502
}
//# reference-field
module 0x42::m { struct S { x: &u64 } } //~ E0209
//# tuple-field
module 0x42::m { struct S { x: (u64, u64) } } //~ E0209
//# reference-in-vector
module 0x42::m { public fun f(_x: vector<&u64>) { } } //~ E0209
//# reference-as-type-argument
module 0x42::m {
    struct B<phantom T> has drop {}
    public fun f(_x: B<&u64>) { } //~ E0209
}
//# reference-to-reference
module 0x42::m { public fun f(_x: & &u64) { } } //~ E0209
//# tuple-parameter
module 0x42::m { public fun f(_x: (u64, u64)) { } } //~ E0209
//# nested-tuple-result
module 0x42::m { public fun f(): (u64, (u64, u64)) { abort 1 } } //~ E0209
//# vector-of-signer
module 0x42::m { public fun f(_x: vector<signer>) { } }
//# unit-type-argument
module 0x42::m {
    fun id<T>(x: T): T { x }
    public fun f() { id<()>(()) } //~ E0209
}
//# phantom-position
module 0x42::m {
    struct S<phantom T> has drop { x: T } //~ E0210
    struct Q<phantom T> has drop { x: vector<T> } //~ E0210
    struct P<phantom T> has drop { x: R<T> }
    struct R<phantom T> has drop { }
}
//# unused-type-parameter
module 0x42::m {
    struct S<T> has drop { x: u64 } //~ W0204
    struct P<T> has drop { x: R<T> } //~ W0204
    struct R<phantom T> has drop { }
}
//# native-with-body
module 0x42::m {
    native fun f() { } //~ E0211
}
//# no-body
module 0x42::m {
    public fun f(); //~ E0211
}
//# entry-inline
module 0x42::m {
    entry inline fun f() { } //~ E0211
}
//# native-inline
module 0x42::m {
    native inline fun f(); //~ E0211
}
//# entry-struct
module 0x42::m {
    entry struct S {} //~ E0211
}
//# native-constant
module 0x42::m {
    native const X: u64 = 1; //~ E0211
}
//# public-struct
module 0x42::m {
    public struct S {} //~ E0108
}
//# public-constant
module 0x42::m {
    public const X: u64 = 1; //~ E0108
}
//# entry-result
module 0x42::m {
    public entry fun f(): u64 { 1 } //~ E0212
}
//# entry-parameter
module 0x42::m {
    struct S has drop {}
    public entry fun f(_s: S) { } //~ E0212
}
//# entry-parameter-reference
module 0x42::m {
    public entry fun f(_s: &u64) { } //~ E0212
}
//# entry-parameters
module 0x42::m {
    use std::string::String;
    use std::option::Option;
    public entry fun f<T>(_s: &signer, _t: signer, _a: u8, _b: vector<vector<u256>>, _c: String, _d: Option<String>, _e: address, _f: vector<Option<u64>>, _g: bool) { }
}
//# entry-signer-late
module 0x42::m {
    public entry fun f(_a: u64, _s: &signer) { } //~ W0210
}
//# legacy-entry
module 0x42::m {
    struct S has drop {}
    #[legacy_entry_fun]
    public entry fun f(_s: S): u64 { 1 }
}
//# init-module
module 0x42::m { fun init_module(_s: &signer) { } }
//# init-module-by-value
module 0x42::m { fun init_module(_s: signer) { } }
//# init-module-public
module 0x42::m { public fun init_module(_s: &signer) { } } //~ E0213
//# init-module-no-parameter
module 0x42::m { fun init_module() { } } //~ E0213
//# init-module-two-parameters
module 0x42::m { fun init_module(_s: &signer, _x: u64) { } } //~ E0213
//# init-module-generic
module 0x42::m { fun init_module<T>(_s: &signer) { } } //~ E0213
//# init-module-result
module 0x42::m { fun init_module(_s: &signer): u64 { 1 } } //~ E0213
//# init-module-mutable
module 0x42::m { fun init_module(_s: &mut signer) { } } //~ E0213
//# not-a-receiver
module 0x42::m {
    public fun f(self: u64): u64 { self } //~ W0207
    public fun g(self: &vector<u8>): u64 { self.length() } //~ W0207
    struct S<T> has drop { x: T }
    public fun h(self: &S<u64>): u64 { self.x } //~ W0207
    public fun i<T>(self: &S<T>): &T { &self.x }
}
//# constant-types
module 0x42::m {
    const A: bool = true && !false || 1 < 2;
    const B: u8 = 255;
    const C: u256 = 1 << 255;
    const D: address = @0x42;
    const E: vector<u8> = b"hello";
    const F: vector<vector<u64>> = vector[vector[1, 2], vector[]];
    const G: u64 = { 3 + 4 * 5 };
    const H: u64 = (G as u64) + (B as u64);
    const I: vector<address> = vector[@0x1, D];
    const J: bool = E == b"hello";
    const K: u64 = (1: u64) + 2;
    public fun f(): (bool, u8, u256, address, vector<u8>, vector<vector<u64>>, u64, u64, vector<address>, bool, u64) { (A, B, C, D, E, F, G, H, I, J, K) }
}
//# constant-struct
module 0x42::m {
    struct S has drop { x: u64 }
    const A: S = S { x: 1 }; //~ E0215
}
//# constant-signer
module 0x42::m {
    const A: signer = @0x1; //~ E0215
}
//# constant-reference
module 0x42::m {
    const A: &u64 = &1; //~ E0215
}
//# constant-call
module 0x42::m {
    public fun f(): u64 { A }
    const A: u64 = f(); //~ E0215
}
//# constant-if
module 0x42::m {
    const A: u64 = if (true) 1 else 2; //~ E0215
    public fun f(): u64 { A }
}
//# constant-let
module 0x42::m {
    const A: u64 = { let x = 1; x }; //~ E0215
    public fun f(): u64 { A }
}
//# constant-overflow
module 0x42::m {
    const A: u8 = 255 + 1; //~ E0216
    const B: u64 = 1 - 2; //~ E0216
    const C: u64 = 1 / 0; //~ E0216
    const D: u64 = 1 % 0; //~ E0216
    const E: u64 = 1 << 64; //~ E0216
    const F: u8 = (256u64 as u8); //~ E0216
    const G: u64 = 18446744073709551615 * 2; //~ E0216
    public fun f(): (u8, u64, u64, u64, u64, u8, u64) { (A, B, C, D, E, F, G) }
}
//# constant-mismatch
module 0x42::m {
    const A: u8 = 256; //~ E0403
    const B: bool = 1; //~ E0401
    const C: vector<u8> = vector[1u64]; //~ E0401
    public fun f(): (u8, bool, vector<u8>) { (A, B, C) }
}
//# constant-cycle
module 0x42::m {
    const A: u64 = B; //~ E0217
    const B: u64 = A;
    public fun f(): u64 { A }
}
//# constant-foreign
module 0x42::m {
    const A: u64 = 1;
    public fun f(): u64 { A }
}
module 0x42::n {
    public fun f(): u64 { 0x42::m::A } //~ E0309
}
//# constant-visible lang=2.4
module 0x42::m {
    public const A: u64 = 1;
    package const B: u64 = A + 1;
}
module 0x42::n {
    use 0x42::m::{Self, A};
    const C: u64 = A + m::B;
    public fun f(): u64 { A + m::B + C }
}
//# script-result
script {
    fun main(): u64 { 1 } //~ E0218
}
//# script-signer-late
script {
    fun main(_x: u64, _s: signer) { } //~ E0218
}
//# script-parameter
script {
    use std::option;
    fun main(_x: option::Option<u64>, _y: vector<vector<u8>>) { }
}
//# script-parameter-struct
script {
    fun main(_x: 0x42::m::S) { } //~ E0218
}
module 0x42::m { struct S has drop {} }
//# unused-friend-function
module 0x42::m {
    public(friend) fun f() {} //~ W0205
    fun g() {} //~ W0205
    const X: u64 = 1; //~ W0206
    struct S {} //~ W0213
    use std::vector; //~ W0203
    use std::option::{Self, some, none}; //~ W0203 W0203
    public fun h(): option::Option<u8> { none() }
}
//# many-type-parameters
module 0x42::m {
    struct S<A, B, C, D, E, F, G, H, I, J, K, L, M, N, O, P, Q, R, T, U, V, W, X, Y, Z, AA, AB, AC, AD, AE, AF, AG, AH> { a: A, b: B, c: C, d: D, e: E, f: F, g: G, h: H, i: I, j: J, k: K, l: L, m: M, n: N, o: O, p: P, q: Q, r: R, t: T, u: U, v: V, w: W, x: X, y: Y, z: Z, aa: AA, ab: AB, ac: AC, ad: AD, ae: AE, af: AF, ag: AG, ah: AH } //~ E0901
}
//# signature-generic-constraint
module 0x42::m {
    struct S<T: copy> has copy, drop { x: T }
    struct N has drop {}
    public fun f(_x: S<N>) { } //~ E0501
    public fun g<T>(_x: &S<T>) { } //~ E0501
    struct Q { x: S<N> } //~ E0501
    public fun h<T: copy>(_x: &S<T>) { }
}
