//# inline-basic
module 0x42::m {
    inline fun ap(x: u64, f: |u64|u64): u64 { f(f(x)) }
    inline fun each(v: &mut vector<u64>, f: |&mut u64|) { let i = 0; while (i < v.length()) { f(&mut v[i]); i += 1; } }
    public fun a(): u64 { let k = 3; ap(1, |x| x + k) }
    public fun b(): u64 { let s = 0; ap(1, |x| { s += x; x }); s }
    public fun c(v: &mut vector<u64>) { each(v, |x| *x += 1) }
    fun double(x: u64): u64 { x * 2 }
    public fun d(): u64 { ap(1, double) + ap(2, |x| double(x)) }
    public fun e(): u64 { let f = |x: u64| x + 1; ap(1, f) }
}
//# inline-hygiene
module 0x42::m {
    inline fun ap(f: |u64|u64): u64 { let x = 10; f(x) + x }
    public fun a(): u64 { let x = 1; ap(|y| x + y) }
    inline fun outer(f: |u64|u64): u64 { let y = 5; ap(|x| f(x + y)) }
    public fun b(): u64 { let y = 7; outer(|z| z + y) }
}
//# inline-return
module 0x42::m {
    inline fun f(x: u64): u64 { return x } //~ E0701
    public fun a(): u64 { f(1) }
}
//# inline-break
module 0x42::m {
    inline fun f() { break } //~ E0412
    public fun a() { loop { f() } }
}
//# lambda-return
module 0x42::m {
    inline fun ap(f: |u64|u64): u64 { f(1) }
    public fun a(): u64 { ap(|x| { if (x > 1) return 2; x }) } //~ E0701
}
//# lambda-break
module 0x42::m {
    inline fun ap(f: |u64|) { f(1) }
    public fun a() { loop { ap(|_x| break) } } //~ E0701
    public fun b() { ap(|_x| { loop { break } }) }
}
//# real-lambda-return
module 0x42::m {
    public fun a(): u64 { let f = |x: u64| { if (x > 1) return 2; x }; f(1) }
}
//# inline-cycle
module 0x42::m {
    inline fun f(x: u64): u64 { g(x) } //~ E0702
    inline fun g(x: u64): u64 { f(x) }
    public fun a(): u64 { f(1) }
}
//# inline-recursive
module 0x42::m {
    inline fun f(x: u64): u64 { if (x == 0) 0 else f(x - 1) } //~ E0702
    public fun a(): u64 { f(1) }
}
//# inline-private-struct-outside
module 0x42::m {
    struct S has drop { x: u64 }
    public inline fun mk(): S { S { x: 1 } } //~ E0310
    public fun a(): S { mk() }
}
module 0x42::n {
    public fun b() { let _s = 0x42::m::mk(); }
}
//# inline-private-call-outside
module 0x42::m {
    fun p(): u64 { 1 }
    public inline fun f(): u64 { p() } //~ E0309
    public fun a(): u64 { f() }
}
module 0x42::n {
    public fun b(): u64 { 0x42::m::f() }
}
//# inline-foreign-constant
module 0x42::m {
    const C: u64 = 4;
    public inline fun f(): u64 { C }
}
module 0x42::n { public fun b(): u64 { 0x42::m::f() } }
//# inline-generic
module 0x42::m {
    inline fun map<T, U>(v: vector<T>, f: |T|U): vector<U> { let r = vector[]; v.for_each(|x| r.push_back(f(x))); r }
    public fun a(): vector<bool> { map(vector[1u64, 2], |x| x > 1) }
    public fun b<T: drop>(v: vector<T>): vector<u8> { map(v, |_x| 1u8) }
}
//# inline-ability-at-expansion
module 0x42::m {
    struct N { x: u64 }
    inline fun dup<T>(x: T): (T, T) { (x, x) } 
    public fun a(): (u64, u64) { dup(1) }
    public fun b(n: N): (N, N) { dup(n) } //~ E0503
}
//# inline-argument-evaluated-once
module 0x42::m {
    fun next(r: &mut u64): u64 { *r += 1; *r }
    inline fun twice(x: u64): u64 { x + x }
    public fun a(): u64 { let c = 0; twice(next(&mut c)) }
}
//# lambda-arity
module 0x42::m {
    inline fun ap(f: |u64|u64): u64 { f(1) }
    public fun a(): u64 { ap(|| 1) } //~ E0402
    public fun b(): u64 { ap(|x, y| x + y) } //~ E0402
    public fun c(): u64 { ap(|_x| true) } //~ E0401
    public fun d(): u64 { ap(1) } //~ E0401
}
//# closures
module 0x42::m {
    struct S has key, drop { f: |u64|u64 has copy + drop + store }
    public fun pub_add(a: u64, b: u64): u64 { a + b }
    #[persistent] fun pers(a: u64): u64 { a }
    fun priv(a: u64): u64 { a }
    public fun a(k: u64): S { S { f: |x| pub_add(k, x) } }
    public fun b(): S { S { f: pers } }
    public fun c(): S { S { f: priv } } //~ E0704
    public fun d(): S { S { f: |x| x + 1 } } //~ E0704
    public fun e(k: u64): |u64|u64 { |x| x + k }
    public fun f(k: u64): |u64|u64 has copy + drop { |x| x + k }
    public fun g(g: |u64|u64 has copy): u64 { let h = g; h(1) + g(2) }
    public fun h(g: |u64|u64 has copy + drop): u64 { let h = g; h(1) + g(2) }
    public fun i(g: |u64|u64): u64 { g(1) }
    public fun j(g: |u64|u64): u64 { g(1) + g(2) } //~ E0503
}
//# capture-reference
module 0x42::m {
    public fun a(r: &u64): u64 { let f = |x: u64| x + *r; f(1) } //~ E0703
}
//# capture-modified
module 0x42::m {
    public fun a(): u64 { let s = 0; let f = |x: u64| { s += x; }; f(1); s } //~ E0703
    public fun b(): u64 { let s = 0; let f = |x: u64| { s = x; }; f(1); s } //~ E0703
    public fun c(v: vector<u64>): u64 { let f = |x: u64| { v.push_back(x); }; f(1); 1 } //~ E0703
}
//# capture-without-ability
module 0x42::m {
    struct N has drop { x: u64 }
    fun take(n: N, y: u64): u64 { n.x + y }
    public fun a(n: N): |u64|u64 has copy { |y| take(n, y) } //~ E0704
    public fun b(n: N): |u64|u64 has drop { |y| take(n, y) }
}
//# function-names-as-values
module 0x42::m {
    public fun id<T>(x: T): T { x }
    public fun a(): u64 { let f = id<u64>; f(1) }
    public fun b(): |u64|u64 { id }
    public fun c(f: |vector<u64>|u64): u64 { f(vector[1]) }
    public fun e(): |u64|u64 { 0x42::m::id }
}
//# vector-instruction-as-value
module 0x42::m {
    public fun b(): |vector<u64>| { |v| std::vector::destroy_empty(v) }
    public fun a(): |&vector<u64>|u64 { |v| std::vector::length(v) }
}
//# wrapper
module 0x42::m {
    struct Pred(|u64|bool) has copy, drop, store;
    public fun big(x: u64): bool { x > 10 }
    public fun a(): Pred { |x| big(x) }
    public fun b(): Pred { big }
    public fun c(p: Pred): bool { p(3) }
    public fun d(p: &Pred): bool { p(3) }
    public fun e(p: Pred): bool { (p.0)(1) }
    public fun f(p: Pred): bool { p.0(1) }
    public fun g(): bool { c(|x| big(x)) }
    public fun h(): Pred { Pred(big) }
}
//# lambda-patterns
module 0x42::m {
    struct S has copy, drop { x: u64, y: u64 }
    inline fun ap(s: S, f: |S|u64): u64 { f(s) }
    public fun a(s: S): u64 { ap(s, |S { x, y }| x + y) }
    public fun b(s: S): u64 { let f = |S { x, y }| x + y; f(s) }
    public fun c(s: S): u64 { ap(s, |_| 1) }
    public fun d(s: S): u64 { ap(s, |t: S| t.x) }
}
//# function-type-key
module 0x42::m { public fun a(_f: |u64|u64 has key) { } } //~ E0209
//# function-type-forms
module 0x42::m {
    public fun a(f: || u64 has drop): u64 { f() }
    public fun b(f: |u64| has drop) { f(1) }
    public fun c(f: |u64|(u64, bool) has drop): u64 { let (x, _) = f(1); x }
    public fun d(f: |u64||u64|u64 has drop): u64 { let g = f(1); g(2) }
    public fun e(v: vector<|u64|u64 has copy + drop>): u64 { let f = v[0]; f(1) }
    public fun f(f: |&mut u64| has drop): u64 { let x = 1; f(&mut x); x }
}
//# lambda-in-script
script {
    fun main() { let f = |x: u64| x + 1; f(1); } //~ E0705
}
//# lambda-in-constant
module 0x42::m {
    const C: u64 = |x: u64| x; //~ E0401
    public fun a(): u64 { C }
}
//# widening-function-types
module 0x42::m {
    fun need(f: |u64|u64 has drop): u64 { f(1) }
    public fun a(f: |u64|u64 has copy + drop): u64 { need(f) }
    public fun b(f: |u64|u64): u64 { need(f) } //~ E0704
    public fun c(f: |u64|u8 has drop): u64 { need(f) } //~ E0401
}
//# cyclic-instantiation
module 0x42::m {
    struct B<T> { x: T }
    public fun f<T>(n: u64) { if (n > 0) f<B<T>>(n - 1) } //~ E0706
    public fun g<T, U>(n: u64) { if (n > 0) g<U, T>(n - 1) }
    public fun h<T>(n: u64) { if (n > 0) h<B<u64>>(n - 1) }
    public fun b(): B<u64> { B { x: 1 } }
}
//# cyclic-instantiation-mutual
module 0x42::m {
    struct B<T> { x: T }
    public fun f<T>(n: u64) { if (n > 0) g<B<T>>(n - 1) } //~ E0706
    public fun g<T>(n: u64) { if (n > 0) f<T>(n - 1) }
    public fun b(): B<u64> { B { x: 1 } }
}
//# acquires
module 0x42::m {
    struct R has key { x: u64 }
    struct Q has key { x: u64 }
    public fun a(a: address): u64 { R[a].x }
    public fun b(a: address): u64 acquires R { R[a].x }
    public fun c(a: address): u64 acquires R { b(a) }
    public fun d(a: address): u64 acquires Q { Q[a].x + b(a) } //~ E0606
    public fun e(a: address): u64 acquires R, Q { R[a].x } //~ E0606
    public fun f(a: address): bool acquires R { exists<R>(a) } //~ E0606
    public fun g(s: &signer) { move_to(s, R { x: 1 }) }
    public fun h(a: address): u64 acquires R { let R { x } = move_from<R>(a); x }
    inline fun i(a: address): u64 { R[a].x }
    public fun j(a: address): u64 acquires R { i(a) }
}
//# acquires-names
module 0x42::m {
    struct R has key { x: u64 }
    public fun k(a: address): u64 acquires R, R { R[a].x } //~ E0201
    public fun l(a: address): u64 acquires Zz { R[a].x } //~ E0304
    public fun m(a: address): bool acquires u64 { exists<R>(a) } //~ E0304
}
//# acquires-foreign
module 0x42::m { struct R has key { x: u64 } public fun a(a: address): u64 { R[a].x } }
module 0x42::n {
    use 0x42::m::{Self, R};
    public fun f(a: address): u64 acquires R { m::a(a) } //~ E0606
}
