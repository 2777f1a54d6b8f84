//# unassigned
module 0x42::m {
    public fun a(): u64 { let x: u64; x } //~ E0601
    public fun b(c: bool): u64 { let x; if (c) x = 1; x } //~ E0601
    public fun c(c: bool): u64 { let x; while (c) { x = 1 }; x } //~ E0601
    public fun d(): u64 { let x: u64; let r = &x; *r } //~ E0601
    public fun e(c: bool): u64 { let x; if (c) { x = 1 } else { abort 1 }; x }
    public fun f(c: bool): u64 { let x; loop { if (c) { x = 1; break } }; x }
    public fun g(): u64 { let x: u64; x += 1; x } //~ E0601
}
//# moved
module 0x42::m {
    struct N { x: u64 }
    struct D has drop { x: u64 }
    fun eat(n: N) { let N { x: _ } = n; }
    public fun a(x: u64): u64 { let y = move x; x + y } //~ E0601
    public fun b(n: N) { eat(n); eat(n) } //~ E0503
    public fun c(n: N) { eat(move n); eat(n) } //~ E0601
    public fun d(n: N, c: bool) { if (c) eat(n) else eat(n) }
    public fun e(n: N) { loop { eat(n) } } //~ E0503
    public fun f(n: N, c: bool) { while (c) { eat(move n) } } //~ E0601
    public fun g(x: u64): u64 { let y = move x; x = 3; x + y }
    public fun h(d: D): u64 { let e = d; e.x + d.x } //~ E0503
    public fun i(d: D): u64 { let e = copy d; e.x } //~ E0503
    public fun j(n: N) { let m = n; eat(m) }
}
//# dropped
module 0x42::m {
    struct N { x: u64 }
    fun mk(): N { N { x: 1 } }
    fun eat(n: N) { let N { x: _ } = n; }
    public fun a(_n: N) { } //~ E0504
    public fun b() { mk(); } //~ E0504
    public fun c() { let _n = mk(); } //~ E0504
    public fun d() { let n = mk(); n = mk(); eat(n) } //~ E0504
    public fun e(r: &mut N) { *r = mk() } //~ E0504
    public fun f(n: N, c: bool) { if (c) eat(n) } //~ E0504
    public fun g(n: N) { abort 1 }
    public fun h(n: N, c: bool) { if (c) eat(n) else abort 2 }
    public fun i(n: N, c: bool) { if (c) { eat(n); return }; abort 3 }
    public fun j(n: N) { let _ = n; } //~ E0504
    public fun k(n: N): u64 { let N { x } = n; x }
    public fun l() { let v = vector[mk()]; v.length(); } //~ E0504
    public fun m(n: N): u64 { n.x } //~ E0504
    public fun o() { mk() == mk(); } //~ E0504
    public fun p(n: N, m: N) { n = m; eat(n) } //~ E0504
    public fun q<T>(_x: T) { } //~ E0504
    public fun r<T: drop>(_x: T) { }
    public fun s(v: vector<N>) { while (!v.is_empty()) { eat(v.pop_back()) }; v.destroy_empty() }
}
//# copied
module 0x42::m {
    struct N has drop { x: u64 }
    struct C has copy, drop { x: u64 }
    struct H has drop { n: N }
    fun two(_a: N, _b: N) { }
    fun twoc(_a: C, _b: C) { }
    public fun a(n: N) { two(n, n) } //~ E0503
    public fun b(c: C) { twoc(c, c) }
    public fun c(r: &N): N { *r } //~ E0503
    public fun d(r: &C): C { *r }
    public fun e(h: H): N { h.n } //~ E0503
    public fun f(v: vector<N>): N { v[0] } //~ E0503
    public fun g(v: &vector<C>): C { v[0] }
    public fun h(s: signer): (signer, signer) { (s, s) } //~ E0503
    public fun i<T>(x: T): (T, T) { (x, x) } //~ E0503
    public fun j<T: copy>(x: T): (T, T) { (x, x) }
    public fun k(h: &H): &N { &h.n }
}
//# borrow-locals
module 0x42::m {
    struct N has drop { x: u64 }
    struct C has copy, drop { x: u64 }
    fun eat(_n: N) { }
    public fun a(n: N): u64 { let r = &n; eat(n); r.x } //~ E0602
    public fun b(c: C): u64 { let r = &mut c; let d = c; r.x = 1; d.x } //~ E0603
    public fun c(c: C): u64 { let r = &c; let d = c; r.x + d.x }
    public fun d(x: u64): u64 { let r = &x; x = 2; *r } //~ E0603
    public fun e(x: u64): u64 { let r = &mut x; let s = &x; *r = 1; *s } //~ E0603
    public fun f(x: u64): u64 { let r = &mut x; let s = &mut x; *r = 1; *s }
    public fun f2(x: u64): u64 { let r = &mut x; let s = &mut x; *s = 1; *r = 2; *s } //~ E0603
    public fun g(x: u64): u64 { let r = &mut x; *r = 1; let s = &mut x; *s = 2; x }
    public fun h(): &u64 { let x = 1; &x } //~ E0604
    public fun i(x: u64): &u64 { &x } //~ E0604
    public fun j(x: &u64): &u64 { x }
    public fun k(c: &mut C): &mut u64 { &mut c.x }
    public fun l(c: bool, x: &u64): &u64 { let y = 1; if (c) x else &y } //~ E0604
    public fun m(x: u64): u64 { let r = &x; let y = move x; y + *r } //~ E0602
    public fun n(): u64 { let r; { let x = 1; r = &x; }; *r }
}
//# borrow-fields
module 0x42::m {
    struct P has copy, drop { x: u64, y: u64 }
    public fun a(p: &mut P): u64 { let x = &mut p.x; let y = &mut p.y; *x = 1; *y = 2; *x }
    public fun b(p: &mut P): u64 { let x = &mut p.x; let y = &mut p.x; *x = 1; *y = 2; *x } //~ E0603
    public fun c(p: &mut P): u64 { let x = &mut p.x; p.y = 2; *x }
    public fun d(p: &mut P): u64 { let x = &mut p.x; *p = P { x: 1, y: 2 }; *x } //~ E0603
    public fun e(p: &mut P): u64 { let x = &mut p.x; let q = *p; *x = 2; q.x } //~ E0603
    public fun f(p: &mut P): u64 { let x = &p.x; let q = *p; *x + q.x }
    public fun g(p: P): u64 { let x = &mut p.x; let y = p.y; *x = y; p.x } //~ E0603
    public fun h(p: P): u64 { let x = &mut p.x; let y = p.x; *x = y; p.x } //~ E0603
    public fun i(p: &mut P): u64 { let x = &p.x; p.x = 2; *x } //~ E0603
    public fun j(p: &mut P): u64 { let x = &p.y; p.x = 2; *x }
}
//# borrow-calls
module 0x42::m {
    fun pick(a: &mut u64, _b: &mut u64): &mut u64 { a }
    fun first(a: &mut vector<u64>): &mut u64 { &mut a[0] }
    fun look(a: &vector<u64>): &u64 { &a[0] }
    fun two(_a: &mut u64, _b: &mut u64) { }
    fun mixed(_a: &mut u64, _b: &u64) { }
    public fun a(x: &mut u64) { two(x, x) } //~ E0603
    public fun b(x: u64, y: u64) { two(&mut x, &mut y) }
    public fun c(x: u64) { two(&mut x, &mut x) } //~ E0603
    public fun d(x: u64) { mixed(&mut x, &x) } //~ E0603
    public fun e(x: &mut u64, y: &mut u64): u64 { let r = pick(x, y); *y = 1; *r } //~ E0603
    public fun f(v: &mut vector<u64>): u64 { let r = first(v); v.push_back(1); *r } //~ E0603
    public fun g(v: &mut vector<u64>): u64 { let r = first(v); *r = 1; v.push_back(1); v[0] }
    public fun h(v: vector<u64>): u64 { let r = look(&v); v.push_back(1); *r } //~ E0603
    public fun i(v: vector<u64>): u64 { let r = look(&v); v.length() + *r }
    public fun j(v: &mut vector<u64>): u64 { let a = &v[0]; let b = &v[1]; *a + *b }
    public fun k(v: &mut vector<u64>) { let a = &mut v[0]; let b = &mut v[1]; *a = 1; *b = 2; } //~ E0603
}
//# borrow-globals
module 0x42::m {
    struct R has key { x: u64 }
    struct Q has key { x: u64 }
    fun touch(a: address) { R[a].x = 1; }
    public fun a(a: address): &u64 { &R[a].x } //~ E0604
    public fun b(a: address): u64 { let r = &mut R[a]; let s = &mut R[a]; r.x = 1; s.x } //~ E0605
    public fun c(a: address): u64 { let r = &R[a]; let s = &R[a]; r.x + s.x }
    public fun d(a: address): u64 { let r = &R[a]; let s = &mut R[a]; s.x = 1; r.x } //~ E0605
    public fun e(a: address): u64 { let r = &R[a]; let R { x } = move_from<R>(a); r.x + x } //~ E0605
    public fun f(a: address): u64 { let r = &mut R[a]; touch(a); r.x } //~ E0605
    public fun g(a: address): u64 { let r = &mut R[a]; let q = &mut Q[a]; r.x = 1; q.x = 2; r.x }
    public fun h(a: address, s: &signer): bool { let r = &mut R[a]; let e = exists<R>(a); move_to(s, R { x: 1 }); r.x = 1; e }
    public fun i(a: address): u64 { let r = &mut R[a]; r.x = 1; touch(a); R[a].x }
}
//# dead-references
module 0x42::m {
    public fun a(c: bool, x: u64, y: u64): u64 { let r = if (c) &mut x else &mut y; *r = 1; x = 3; y = 4; x + y }
    public fun b(v: &mut vector<u64>): u64 { let i = 0; let s = 0; while (i < v.length()) { let e = &mut v[i]; *e += 1; s += *e; i += 1; }; s }
    public fun c(v: vector<u64>): u64 { let r = &v; let n = r.length(); v.push_back(n); v.length() }
    public fun d(x: u64): u64 { let r = &mut x; loop { *r += 1; if (*r > 5) break }; x }
    public fun e(x: u64, c: bool): u64 { let r = &mut x; if (c) { *r = 1; }; x = 2; x }
}
//# loop-borrows
module 0x42::m {
    struct N has drop { next: u64, v: vector<u64> }
    public fun a(n: &mut N): u64 { let r = &mut n.v; let i = 0; while (i < 3) { r.push_back(i); r = &mut n.v; i += 1; }; r.length() }
    public fun b(x: u64): u64 { let r = &x; let i = 0; while (i < 3) { x = i; i += *r; }; x } //~ E0603
}
//# evaluation-order-saves
module 0x42::m {
    fun three(a: u64, b: u64, c: u64): u64 { a * 100 + b * 10 + c }
    public fun a(x: u64): u64 { three(x, { x = x + 1; x }, x) }
    public fun b(x: u64): u64 { x + { x = 2; x } }
}
//# explicit-copy-of-mutable-reference
module 0x42::m {
    public fun a(r: &mut u64): u64 { let s = copy r; *s = 1; *r }
    public fun b(r: &mut u64): u64 { let s = copy r; *r = 1; *s } //~ E0603
}
//# unreachable-code
module 0x42::m {
    struct N { x: u64 }
    public fun a(): u64 { return 1; 2 } //~ W0209
    public fun b(): u64 { loop { }; 2 } //~ W0209
    public fun c(): u64 { abort 1; let x: u64; x } //~ W0209
    public fun d(n: N): u64 { abort 1; let N { x } = n; x } //~ W0209
}
//# freeze-points
module 0x42::m {
    struct S has drop { x: u64 }
    fun look(_r: &u64) { }
    public fun a(r: &mut u64): &u64 { r }
    public fun b(r: &mut u64): u64 { let s: &u64 = r; *s }
    public fun c(r: &mut u64, s: &u64, c: bool): &u64 { if (c) r else s }
    public fun d(r: &mut u64, s: &u64): (&u64, &u64) { (r, s) }
    public fun e(r: &mut u64) { look(r); let s: &u64; s = r; look(s) }
    public fun f(r: &mut u64, s: &u64, c: bool): u64 { let t = if (c) r else s; *t }
    public fun g(r: &mut u64): &u64 { return r }
    public fun h(r: &mut u64, s: &u64, c: u8): u64 { let t = if (c == 1) s else r; *t }
    enum E has drop { A, B }
    public fun i(e: E, r: &mut u64, s: &u64): u64 { let t: &u64 = match (e) { A => r, B => s }; *t }
}
//# moved-and-used-in-one-call
module 0x42::m {
    fun two(_a: u64, _b: u64) { }
    public fun a(x: u64) { two(move x, x) } //~ E0607
    public fun b(x: u64) { two(x, move x) }
}
