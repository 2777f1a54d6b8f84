//# literals-inferred
module 0x42::m {
    fun small(_x: u8) {}
    public fun f(x: u128): u128 { let y = 5; small(7); let z = 300; x + y + z }
    public fun g() { let v = vector[]; v.push_back(1u8); let w = vector[1, 2, 3u16]; let _x: u16 = w[0]; let _y = v; }
    public fun h(): u256 { 340282366920938463463374607431768211456 }
    public fun i(x: u8): bool { x == 255 && 3 < x }
    public fun j(): u64 { 18446744073709551615 }
}
//# literal-range
module 0x42::m {
    public fun f(): u8 { 256 } //~ E0403
    public fun g(x: u8): u8 { x + 256 } //~ E0403
    public fun h() { let _x = 18446744073709551616; } //~ E0404
    public fun i(): u64 { 18446744073709551616 } //~ E0403
}
//# mismatch-argument
module 0x42::m {
    fun a(_x: u64, _y: bool) {}
    public fun f() { a(true, 1) } //~ E0401 E0401
    public fun g() { a(1u8, true) } //~ E0401
    public fun h(x: &u64) { a(x, true) } //~ E0401
}
//# mismatch-return
module 0x42::m {
    public fun f(): u64 { true } //~ E0401
    public fun g(): u64 { return true } //~ E0401
    public fun h() { return 1 } //~ E0401
    public fun i(): u64 { } //~ E0401
    public fun j(): u64 { 1; } //~ E0401
    public fun k(): (u64, bool) { (true, 1) } //~ E0401 E0401
    public fun l(): u64 { let _x = 1; } //~ E0401
}
//# mismatch-operand
module 0x42::m {
    public fun f(x: u64, y: u8): u64 { x + y } //~ E0401
    public fun g(x: bool): bool { x + x } //~ E0401
    public fun h(x: u64): bool { x && true } //~ E0401
    public fun i(x: u64): bool { !x } //~ E0401
    public fun j(x: u64): u64 { x << 1u64 } //~ E0401
    public fun k(x: bool): bool { x & true } //~ E0401
    public fun l(x: address): bool { x == 1 } //~ E0401
    public fun m(x: u64, y: &u64): bool { x == y } //~ E0401
    public fun n(x: u64, y: u128): bool { x < y } //~ E0401
}
//# mismatch-branch
module 0x42::m {
    public fun f(c: bool) { let _x = if (c) 1 else true; } //~ E0401
    public fun g(c: bool): u64 { if (c) { 1 } } //~ E0401
    public fun h(c: u64) { if (c) { } } //~ E0401
    public fun i(c: u64) { while (c) { } } //~ E0401
    public fun j(c: bool) { while (c) { 1 } } //~ E0401
    public fun k() { loop { 1 } } //~ E0401
    public fun l(c: bool) { if (c) { 1 }; } //~ E0401
}
//# mismatch-elements
module 0x42::m {
    public fun f() { let _v = vector[1, true]; } //~ E0401
    public fun g(): vector<u8> { vector<u64>[1] } //~ E0401
    public fun h() { let _v = vector<bool>[1]; } //~ E0401
    public fun i() { let _v = vector<u8, u8>[1]; } //~ E0402
}
//# mismatch-assignment
module 0x42::m {
    struct S has drop { x: u64 }
    public fun f() { let x = 1; x = true; x; } //~ E0401
    public fun g(s: &mut S) { s.x = true; } //~ E0401
    public fun h(s: &mut u64) { *s = true; } //~ E0401
    public fun i(v: &mut vector<u8>) { v[0] = true; } //~ E0401
    public fun j() { let x: u64 = true; x; } //~ E0401
    public fun k(x: u64) { x += true; } //~ E0401
    public fun l(x: &u64) { *x = 2; } //~ E0405
    public fun m() { 1 = 2; } //~ E0410
    public fun n() { f() = 2; } //~ E0410
}
//# arity
module 0x42::m {
    struct S<T> has drop { x: T }
    struct P(u64, u64) has drop;
    fun a(_x: u64) {}
    fun t<T>(_x: &T) {}
    public fun f() { a() } //~ E0402
    public fun g() { a(1, 2) } //~ E0402
    public fun h() { t<u64, u64>(&1) } //~ E0402
    public fun i(_x: S) {} //~ E0402
    public fun j(_x: S<u64, u64>) {} //~ E0402
    public fun k() { let (_a, _b) = (1, 2, 3); } //~ E0402
    public fun l(): P { P(1) } //~ E0402
    public fun m(_x: vector) {} //~ E0402
    public fun n(_x: u64<u8>) {} //~ E0402
    public fun o() { let (_a, _b) = 1; } //~ E0402
    public fun p() { a<u64>(1) } //~ E0402
    public fun q(p: P) { let P(_a) = p; } //~ E0402
}
//# tuple-to-variable
module 0x42::m {
    fun two(): (u64, u64) { (1, 2) }
    fun none() {}
    public fun f() { let _x = two(); } //~ E0209
    public fun g() { let _x = (1, 2); } //~ E0209
    public fun h() { let _x = none(); } //~ E0209
    public fun i() { let x; x = two(); } //~ E0209
    public fun j() { vector[()]; } //~ E0209
    public fun k() { two(); }
    public fun l() { let () = none(); }
}
//# unit-argument
module 0x42::m {
    fun none() {}
    fun one(_x: u64) {}
    public fun f() { one(none()) } //~ E0401
}
//# cannot-infer
module 0x42::m {
    fun mk<T>(): vector<T> { vector[] }
    fun ph<T>() { }
    public fun f() { mk(); } //~ E0404
    public fun g() { ph() } //~ E0404
    public fun h() { let _x = vector[]; } //~ E0404
    public fun i() { let x; } //~ E0404
    public fun j() { let _f = |x| x; } //~ E0404
}
//# borrow-kinds
module 0x42::m {
    struct S has drop { x: u64 }
    public fun f(x: &u64) { let _y = &x; } //~ E0405
    public fun g(x: &S) { let _y = &mut x.x; } //~ E0405
    public fun h(x: &S) { x.x = 1; } //~ E0405
    public fun i() { let _y = & &1; } //~ E0405
    public fun j(x: &mut S): &u64 { &x.x }
    public fun k(x: &S): &S { &*x }
    public fun l(x: &mut S): &S { &*x }
    public fun m(v: &vector<u8>) { let _x = &mut v[0]; } //~ E0405
    public fun n(v: &vector<u8>) { v.push_back(1); } //~ E0401
    public fun o(x: &S): &mut S { x } //~ E0401
    public fun p() { let _x = &mut 1; *&mut 2 = 3; }
}
//# deref
module 0x42::m {
    public fun f(x: u64): u64 { *x } //~ E0401
    public fun g(x: &u64): u64 { x } //~ E0401
    public fun h(x: &u64): u64 { let y: u64 = x; y } //~ E0401
    public fun i(x: &mut u64): u64 { *x + 1 }
}
//# field-through-references
module 0x42::m {
    struct A has copy, drop { b: B }
    struct B has copy, drop { c: u64 }
    public fun f(a: &A): u64 { a.b.c }
    public fun g(a: &mut A): &mut u64 { &mut a.b.c }
    public fun h(a: A): B { a.b }
    public fun i(a: &A): &B { &a.b }
    public fun j(a: &A): u64 { (*a).b.c + (&a.b).c }
    public fun k(a: &mut A) { a.b = B { c: 1 }; a.b.c = 2; (a.b).c = 3; let r = &mut a.b; r.c = 4; *&mut a.b.c = 5; }
    public fun l(x: u64): u64 { x.c } //~ E0305
}
//# index-kinds
module 0x42::m {
    struct R has key { v: vector<u64> }
    struct N has drop { x: u64 }
    public fun a(v: &vector<u64>, i: u64): u64 { v[i] }
    public fun b(v: &mut vector<u64>) { v[0] += 1; v[1] = v[0]; let r = &mut v[2]; *r = 1; }
    public fun c(v: &mut vector<vector<u64>>): &mut u64 { &mut v[0][1] }
    public fun d(a: address): u64 { R[a].v[0] }
    public fun e(a: address) { R[a].v[0] = 1; R[a].v.push_back(2); let r = &mut R[a]; r.v[0] += 1; }
    public fun f(x: u64): u64 { x[0] } //~ E0406
    public fun g(v: vector<u64>): u64 { v[true] } //~ E0401
    public fun h(v: vector<u64>): u64 { v[1u8] } //~ E0401
    public fun i(a: address): u64 { N[a].x } //~ E0501
    public fun j(a: address): R { R[a] } //~ E0503
    public fun k(a: u64): u64 { R[a].v[0] } //~ E0401
    public fun l(x: N): u64 { x[0] } //~ E0406
}
//# casts
module 0x42::m {
    public fun f(x: u8): u256 { (x as u256) }
    public fun g(x: bool): u8 { (x as u8) } //~ E0409
    public fun h(x: address): u256 { (x as u256) } //~ E0409
    public fun i(x: u8): bool { (x as bool) } //~ E0409
    public fun j(x: &u8): u64 { (*x as u64) }
    public fun k(x: &u8): u64 { (x as u64) } //~ E0409
    public fun l(): u8 { (300 as u8) }
}
//# fields-in-pack
module 0x42::m {
    struct S has drop { x: u64, y: bool }
    public fun f(): S { S { x: 1 } } //~ E0407
    public fun g(): S { S { x: 1, y: true, x: 2 } } //~ E0407
    public fun h(): S { S { x: 1, y: true, z: 2 } } //~ E0305
    public fun i(s: S) { let S { x: _ } = s; } //~ E0407
    public fun j(s: S) { let S { x: _, .. } = s; }
    public fun k(s: S) { let S { x: _, y: _, x: _ } = s; } //~ E0407
    public fun l(): S { let y = true; S { y, x: 1 } }
    public fun m(): S { S { x: true, y: 1 } } //~ E0401 E0401
    public fun n(s: S) { let S { x: a, y: a } = s; a; } //~ E0201
    public fun o(): S { S(1, true) } //~ E0408
}
//# positional
module 0x42::m {
    struct P(u64, bool) has copy, drop;
    struct G<T>(T) has copy, drop;
    public fun f(): P { P(1, true) }
    public fun g(p: P): (u64, bool) { (p.0, p.1) }
    public fun h(p: P): u64 { let P(x, _) = p; x }
    public fun i(p: P): bool { let P(.., x) = p; x }
    public fun j(p: &P): &u64 { let P(x, ..) = p; x }
    public fun k(p: P): u64 { p.2 } //~ E0305
    public fun l(): G<u64> { G(1) }
    public fun m(): G<u64> { G<u64>(1) }
    public fun o(g: G<G<u64>>): u64 { let G(G(x)) = g; x }
    public fun p(g: &mut G<u64>) { g.0 = 2; g.0 += 1; }
    public fun q(): P { P { 0: 1, 1: true } }
}
//# positional-rest-twice
module 0x42::m {
    struct P(u64, bool) has copy, drop;
    public fun n(p: P) { let P(.., ..) = p; } //~ E0411
}
//# assignment-rest
module 0x42::m {
    struct S has drop { x: u64, y: u64 }
    public fun k(s: S): u64 { let x; S { x, .. } = s; x } //~ E0411
}
//# assignment-patterns
module 0x42::m {
    struct S has drop { x: u64, y: u64 }
    public fun f(): u64 { let a; let b; (a, b) = (1, 2); (a, b) = (b, a); a + b }
    public fun g(s: S): u64 { let x; let z; S { x, y: z } = s; x + z }
    public fun h() { _ = 1; let a; (a, _) = (1, 2); a; }
    public fun i() { let a = 1; (a, a) = (1, 2); a; } //~ E0201
    public fun j() { (a, _) = (1, 2); } //~ E0303
    public fun l(s: &mut S) { (s.x, s.y) = (1, 2); }
    public fun m(v: &mut vector<u64>) { let a; (a, v[0]) = (1, 2); a; }
}
//# let-without-value
module 0x42::m {
    public fun f(c: bool): u64 { let x; if (c) x = 1 else x = 2; x }
    public fun g(): u64 { let x: u64; x = 1; x }
    public fun h(): u64 { let (x, y); x = 1; y = 2; x + y }
    struct S has drop { x: u64 }
    public fun i() { let S { x }; x = 1; x; } //~ E0411
}
//# abort-and-assert
module 0x42::m {
    public fun f() { abort 1 }
    public fun g() { abort true } //~ E0401
    public fun h() { assert!(true, 1); assert!(true); }
    public fun i() { assert!(1, 1) } //~ E0401
    public fun j() { assert!(true, true) } //~ E0401
    public fun k() { assert!(true, 1, 2) } //~ E0402 
    public fun l() { assert!() } //~ E0402
    public fun m(): u64 { abort 1 }
    public fun n(): u64 { if (true) abort 1; 3 }
    public fun o(c: bool): u64 { let x: u64 = if (c) { return 1 } else { abort 3 }; x }
    public fun p(): u64 { assert!(true, abort 4); 1 }
}
//# equality
module 0x42::m {
    struct N { x: u64 }
    struct D has drop { x: u64 }
    public fun f(a: &N, b: &N): bool { a == b }
    public fun g(a: &mut N, b: &N): bool { a == b }
    public fun h(a: D, b: D): bool { a == b }
    public fun i(a: N, b: N): bool { a == b } //~ E0504
    public fun j(a: &D, b: D): bool { a == b } //~ E0401
    public fun k(a: signer, b: &signer): bool { &a == b }
    public fun l(a: &D): bool { *a == *a } //~ E0503 E0503
    public fun m(a: &D, b: &D): bool { a.x == b.x }
    public fun n(): bool { (1, 2) == (1, 2) } //~ E0401
}
//# ordering
module 0x42::m {
    struct D has drop { x: u64 }
    struct N { x: u64 }
    public fun f(a: D, b: D): bool { a < b }
    public fun g(a: &D, b: &D): bool { a <= b }
    public fun h(a: address, b: address): bool { a > b }
    public fun i(a: bool, b: bool): bool { a >= b }
    public fun j(a: &vector<u8>, b: &vector<u8>): bool { *a < *b }
    public fun k(a: &N, b: &N): bool { a < b }
    public fun l(a: N, b: N): bool { let r = &a < &b; let N { x: _ } = a; let N { x: _ } = b; r }
    public fun m(a: &u64, b: &u64): bool { a < b }
    public fun n(a: u64, b: &u64): bool { a < b } //~ E0401
}
//# diverging
module 0x42::m {
    public fun a(): u64 { return 1; }
    public fun b(): u64 { abort 1; }
    public fun c(): u64 { loop { } }
    public fun d(): u64 { loop { return 1; } }
    public fun e(c: bool): u64 { if (c) { return 1; } else { return 2; } }
    public fun f(c: bool): u64 { if (c) { return 1; } else { return 2; }; }
    public fun g(): u64 { while (true) { return 1 }; 2 }
    public fun h(): u64 { loop { break }; 1 }
    public fun i(): u64 { loop { break } } //~ E0401
    public fun j(c: bool): u64 { loop { if (c) break else return 2 }; 1 }
    public fun k(): u64 { { return 1 } }
    public fun l(c: bool): u64 { let x = if (c) 1 else return 2; x }
    public fun m(): bool { true && return false }
    public fun n(): u64 { return return 1 }
}
//# loop-control
module 0x42::m {
    public fun f() { break; } //~ E0412
    public fun g() { continue; } //~ E0412
    public fun h() { if (true) { break } } //~ E0412
    public fun i() { let f = |_x: u64| { break; }; f(1) } //~ E0412
    public fun j() { loop { let f = |_x: u64| { break; }; f(1) } } //~ E0701
}
//# not-callable
module 0x42::m {
    struct S has drop { f: |u64|u64 has copy + drop, x: u64 }
    public fun f(x: u64): u64 { x(1) } //~ E0408
    public fun g(s: S): u64 { (s.f)(1) }
    public fun h(s: S): u64 { s.f(1) } //~ E0306
    public fun i(s: S): u64 { (s.x)(1) } //~ E0408
    public fun j(f: |u64|u64): u64 { f(1, 2) } //~ E0402
    public fun k(f: |u64|u64): u64 { f(true) } //~ E0401
}
//# receiver
module 0x42::m {
    struct S has copy, drop { x: u64 }
    public fun v(self: S): u64 { self.x }
    public fun r(self: &S): u64 { self.x }
    public fun w(self: &mut S, y: u64) { self.x = y }
    public fun a(s: S): u64 { s.v() + s.r() }
    public fun b(s: &S): u64 { s.r() + (*s).v() }
    public fun c(s: &mut S) { s.w(s.r()); }
    public fun c2(s: S) { s.w(s.r()); } //~ E0603
    public fun d(s: &S) { s.w(1); } //~ E0401
    public fun e(s: &S): u64 { s.v() } //~ E0401
    public fun f(s: S): u64 { s.w(3); s.r() }
    public fun g(v: vector<S>): u64 { v[0].w(1); v[0].r() + v[0].v() }
    public fun h(): u64 { S { x: 1 }.r() + (&S { x: 1 }).r() }
    public fun i(s: S): u64 { s.r(1) } //~ E0402
    public fun j(s: S) { s.w(true) } //~ E0401
    public fun k(s: &mut S): u64 { let y = s.r(); s.w(y); s.x }
    public fun l(s: S): u64 { S::r(&s) } //~ E0301
}
//# receiver-deferred
module 0x42::m {
    public fun f(): u64 { let v = vector[]; v.push_back(1u64); v.length() }
    public fun g(): vector<u64> { let r = std::vector::empty(); r.push_back(2); r }
    public fun h(): u8 { let x = vector[vector[]]; x[0].push_back(3); x[0][0] }
}
//# receiver-generic
module 0x42::m {
    struct B<T> has copy, drop { x: T }
    public fun get<T: copy>(self: &B<T>): T { self.x }
    public fun map<T: copy + drop, U>(self: B<T>, f: |T|U): B<U> { B { x: f(self.x) } }
    public fun f(b: B<u64>): u64 { b.get() }
    public fun g(b: B<u64>): B<bool> { b.map(|x| x > 1) }
    public fun h(b: B<u64>): u64 { b.get<u64>() }
    public fun i(b: B<u64>): u64 { b.get<bool>() } //~ E0401 E0401
}
//# vector-receiver
module 0x42::m {
    public fun a(v: vector<u64>): u64 { v.length() }
    public fun b(v: &vector<u64>): &u64 { v.borrow(0) }
    public fun c(v: &mut vector<u64>) { v.push_back(v.length()); }
    public fun c2(v: vector<u64>) { v.push_back(v.length()); } //~ E0603
    public fun d(v: vector<u64>): bool { v.contains(&1) && v.is_empty() }
    public fun e(v: vector<u64>): vector<u64> { v.map(|x| x + 1) }
    public fun f(v: vector<u64>): u64 { let s = 0; v.for_each(|x| s += x); s }
    public fun g(v: vector<u64>): u64 { v.fold(0, |a, x| a + x) }
}
//# constraints-at-call
module 0x42::m {
    struct N {}
    fun need<T: copy + drop>(_x: T) { }
    public fun f(n: N) { need(n) } //~ E0501
    public fun g<T: drop>(n: T) { need(n) } //~ E0501
    public fun h() { need(1) }
    struct K has key {}
    fun needk<T: key>() { }
    public fun i() { needk<u64>() } //~ E0501
    public fun j() { needk<K>() }
}
//# storage-operations
module 0x42::m {
    struct R has key { x: u64 }
    struct N has drop { x: u64 }
    struct G<T: store> has key { x: T }
    public fun a(s: &signer) { move_to(s, R { x: 1 }) }
    public fun b(s: &signer) { move_to(s, N { x: 1 }) } //~ E0501
    public fun c(s: signer) { move_to(s, R { x: 1 }) } //~ E0401
    public fun d(a: address): bool { exists<R>(a) && exists<G<u64>>(a) }
    public fun e(a: address): bool { exists<u64>(a) } //~ E0310
    public fun f<T: key>(a: address): bool { exists<T>(a) } //~ E0310
    public fun g(a: address): R { move_from(a) }
    public fun h(a: address): u64 { borrow_global<R>(a).x }
    public fun i(a: address) { exists(a); } //~ E0404
    public fun j(a: u64): bool { exists<R>(a) } //~ E0401
    public fun k<T: store>(s: &signer, x: T) { move_to(s, G { x }) }
    public fun l<T: store>(a: address): bool { exists<G<T>>(a) }
    public fun m(a: address, x: u64) { borrow_global_mut<R>(a).x = x; }
}
