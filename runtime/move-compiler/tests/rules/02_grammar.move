//# precedence-compare-left-associative
module 0x42::m {
    public fun g(a: u64, b: u64): bool { a < b == true && a & 1 == 0 || a ^ b | 1 >= 2 }
}
//# cast-not-operand
module 0x42::m {
    public fun g(x: u8): u64 { x as u64 + 1 } //~ E0105
}
//# cast-forms
module 0x42::m {
    fun h(_x: u64, _y: u64) {}
    public fun g(x: u8): u64 { h(x as u64, 1); let y = x as u64; if ((1 + x as u64) == 2) { y } else { (x as u64) + 1 } }
    public fun r(x: u8): u64 { return x as u64 }
    public fun v(x: u8): vector<u64> { vector[x as u64, (x as u64)] }
}
//# is-in-condition
module 0x42::m {
    enum E has drop { A, B, C(u8) }
    public fun g(e: &E): bool { if (e is A | B) true else (e is C) }
    public fun h(e: E): bool { e is E::C }
    public fun i(e: E): bool { (e is E::C) && true }
}
//# control-then-operator
module 0x42::m {
    public fun g(c: bool): u64 { if (c) { 1 } else { 2 } + 3 }
    public fun h(c: bool): u64 { if (c) 1 else 2 + 3 }
}
//# block-operator-next-line
module 0x42::m {
    public fun g(c: bool, r: &mut u64) { 
        if (c) { 1 } else { 2 }
        * 3; //~ W0103
        *r = 1;
    }
}
//# optional-semicolons
module 0x42::m {
    public fun g(c: bool): u64 {
        let x = 0;
        if (c) { x = 1 }
        while (x < 5) { x += 1 }
        for (i in 0..3) { x += i }
        loop { break }
        { x += 1 }
        if (c) { x = 1 } else { x = 2 }
        x
    }
}
//# semicolon-after-call-is-needed
module 0x42::m {
    fun h() {}
    public fun g() {
        h()
        h(); //~ E0105
    }
}
//# let-needs-semicolon
module 0x42::m {
    public fun g(): u64 {
        let x = { 1 }
        x //~ E0105
    }
}
//# if-without-parentheses
module 0x42::m {
    public fun g(c: bool): u64 {
        if c { 1 } else { 2 } //~ E0105
    }
}
//# while-without-parentheses
module 0x42::m {
    public fun g(c: bool) {
        while c { } //~ E0105
    }
}
//# label-on-for
module 0x42::m {
    public fun g() {
        'a: for (i in 0..3) { } //~ E0105
    }
}
//# label-on-block
module 0x42::m {
    public fun g() {
        'a: { } //~ E0105
    }
}
//# match-as-function
module 0x42::m {
    fun match(x: u64): u64 { x }
    public fun g(): u64 { match(1) + match (2) }
}
//# match-commas
module 0x42::m {
    enum E has drop { A, B, C }
    public fun g(e: E): u64 {
        match (e) {
            A => { 1 }
            B => 2,
            C => { 3 },
        }
    }
}
//# match-comma-missing
module 0x42::m {
    enum E has drop { A, B, C }
    public fun g(e: E): u64 {
        match (e) {
            A => 1
            B => 2, //~ E0105
            C => 3,
        }
    }
}
//# for-bounds
module 0x42::m {
    public fun g(n: u64): u64 { let s = 0; for (i in 0..(n + 1)) { s += i; }; for (i in 0..n) s += i; s }
}
//# for-bound-needs-brackets
module 0x42::m {
    public fun g(n: u64) { for (i in 0..n + 1) { } } //~ E0105
}
//# guard-without-brackets
module 0x42::m {
    enum E has drop { A(u64), B }
    public fun g(e: E): u64 { match (e) { A(x) if (x > 1) && (x < 4) => x, A(x) if x == 9 => 3, _ => 1 } }
}
//# return-operand
module 0x42::m {
    public fun g(c: bool): u64 { if (c) return 1; return if (c) 2 else 3 }
    public fun h() { return }
    public fun i(): (u64, bool) { return (1, true) }
}
//# lambda-as-return-operand
module 0x42::m {
    public fun g(): |u64|u64 { return (|x| x) }
}
//# move-then-method
module 0x42::m {
    struct S has drop { x: u64 }
    fun get(self: S): u64 { self.x }
    public fun g(s: S): u64 { (move s).get() }
}
//# minus-needs-language
module 0x42::m {
    public fun g(x: u64): u64 { -x } //~ E0108
}
//# double-visibility
module 0x42::m {
    public public(friend) fun g() {} //~ E0105
}
//# entry-twice
module 0x42::m {
    entry entry fun g() {} //~ E0105
}
//# modifiers-any-order
module 0x42::m {
    entry public fun g() {}
    public entry fun h() {}
    package fun i() {}
    public(package) entry fun j() {}
}
//# friend-fun
module 0x42::m {
    friend 0x42::n;
    friend fun g() {}
    public(friend) fun h() {}
}
module 0x42::n { public fun f() { 0x42::m::g(); 0x42::m::h() } }
//# address-block
address 0x42 {
module m { public fun g() {} }
module n { public fun h() { 0x42::m::g() } }
}
//# address-twice
address 0x42 {
module 0x42::m { public fun g() {} } //~ E0203
}
//# module-without-address
module m { //~ E0203
    public fun g() {}
}
//# unknown-item
module 0x42::m {
    function g() {} //~ E0105
}
//# missing-semicolon
module 0x42::m {
    public fun g(): u64 {
        let x = 1
        let y = 2; //~ E0105
        x + y
    }
}
//# unclosed-brace eof=E0105
module 0x42::m {
    public fun g(): u64 { 1 } // the end of the text is on the next line
//# extra-brace
module 0x42::m {
    public fun g(): u64 { 1 } }
} //~ E0105
//# positional-abilities-before
module 0x42::m {
    struct S has drop (u64); //~ E0208
}
//# abilities-both-sides
module 0x42::m {
    struct S has drop { x: u64 } has copy; //~ E0208
}
//# abilities-after
module 0x42::m {
    struct S { x: u64 } has copy, drop;
    struct P(u64, bool) has copy, drop;
    struct U;
    struct V has copy;
    enum E { A, B } has drop;
    public fun g(): (S, P, U, V) { (S { x: 1 }, P(1, true), U, V) }
    public fun h(s: S, p: P): u64 { s.x + p.0 }
    public fun i(u: U, v: V) { let U = u; let V {} = v; }
    public fun j(): E { E::A }
}
//# unknown-ability
module 0x42::m {
    struct S has dorp { x: u64 } //~ E0208
}
//# ability-twice
module 0x42::m {
    struct S has drop, drop { x: u64 } //~ E0208
}
//# trailing-commas
module 0x42::m {
    use std::vector::{empty, push_back,};
    struct S<T, U,> has drop { x: T, y: U, }
    public fun g<T: drop, U: drop,>(x: T, y: U,): (S<T, U,>, u64,) { (S<T, U,> { x, y, }, 1,) }
    public fun h(): vector<u64> { let v = empty(); push_back(&mut v, 1,); v }
    public fun i(): vector<u64> { vector[1, 2,] }
}
//# spec-everywhere
spec module { pragma verify = true; }
module 0x42::m {
    spec module { pragma verify = false; invariant [global] forall a: address: true; }
    spec schema Foo<T> { x: T; ensures x == x; }
    spec fun helper(x: u64): u64 { x + 1 }
    spec native fun other(x: u64): bool;
    invariant true;
    struct S has drop { x: u64 }
    spec S { invariant x > 0; }
    public fun g(n: u64): u64 {
        spec { assume n < 5; };
        let i = 0;
        while (i < n) { i = i + 1; } spec { invariant i <= n; };
        while ({ spec { invariant i <= n; }; i < n }) { i = i + 1 };
        for (k in 0..n spec { invariant k <= n; }) { i = i + 1; };
        spec { assert i == n; };
        i
    }
    spec g { aborts_if false; ensures result == n; let post x = b"}"; }
    spec g(n: u64): u64 { ensures true; }
}
spec 0x42::m { spec g { pragma opaque; } }
//# attributes-forms
#[test_only, lint::skip(a, b)]
module 0x42::m {
    #[view, lint::skip(unused)]
    #[event = b"x"]
    public fun g(): u64 { 1 }
    #[resource_group(scope = global)]
    struct R {}
}
//# lambda-tuple-parameter
module 0x42::m {
    inline fun ap(f: |u64, u64| u64): u64 { f(1, 2) }
    public fun g(): u64 { ap(|(a, b)| a + b) } //~ E0411
}
//# lambda-move-prefix
module 0x42::m {
    public fun g(): u64 { let f = move |x: u64| x; f(1) } //~ E0705
}
//# use-in-block-first
module 0x42::m {
    public fun g(): vector<u8> { let x = 1; use std::vector; vector::singleton(x) } //~ E0105
}
//# script-forms
script {
    use std::vector;
    const X: u64 = 3;
    /// doc
    fun main(s: signer, x: u64) { let v = vector::empty(); vector::push_back(&mut v, X + x); let _ = s; }
    spec main { pragma verify; }
}
//# script-two-functions
script { //~ E0218
    fun main() {}
    fun other() {}
}
//# script-struct
script {
    struct S {} //~ E0218
    fun main() {}
}
//# index-and-fields
module 0x42::m {
    struct S has copy, drop { v: vector<P> }
    struct P(u64, vector<u64>) has copy, drop;
    public fun g(s: &mut S): u64 { s.v[0].1[2] += 1; s.v[0].0 = 4; s.v[1].1[0] + s.v[0].0 }
}
//# empty-statement
module 0x42::m {
    public fun g(): u64 { ; ; 1 }
}
//# annotated-expression
module 0x42::m {
    public fun g(): u64 { let x = (1: u64); (x : u64) }
}
//# nested-blocks-with-tail
module 0x42::m {
    public fun g(): u64 { let x = { let y = 1; { y + { 2 } } }; x }
}
//# break-with-value
module 0x42::m {
    public fun g(): u64 { loop { break 5 } } //~ E0105
}
//# wildcards-in-access
module 0x42::m {
    struct R has key { x: u64 }
    public fun g(a: address): u64 reads R(a) { R[a].x }
    public fun h(a: address): u64 writes R acquires R { R[a].x }
    public fun i() pure { }
    public fun j(_s: &signer) !reads *(0x42) reads 0x42::m::R, 0x42::*::* { }
}
