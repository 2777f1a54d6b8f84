//# constructions
module 0x42::m {
    enum E<T> has copy, drop { A, B(T, u64), C { x: T, y: u64 } }
    public fun a(): E<u64> { E::A }
    public fun b(): E<u64> { E::A<u64> }
    public fun c(): E<bool> { E::B(true, 1) }
    public fun d(): E<bool> { E::B<bool>(true, 1) }
    public fun e(): E<bool> { E::C<bool> { y: 1, x: true } }
    public fun f(): E<bool> { let x = true; E::C { x, y: 2 } }
    public fun g() { let _x = E::A; } //~ E0404
    public fun h(): E<bool> { E::B(true) } //~ E0402
    public fun i(): E<bool> { E::C { x: true } } //~ E0407
    public fun j(): E<bool> { E::A { x: true } } //~ E0305
    public fun k(): E<bool> { E::A() }
    public fun l(): E<bool> { E::A {} }
    public fun m(): E<bool> { E::B { 0: true, 1: 2 } }
}
//# field-selection
module 0x42::m {
    enum E has drop { A { x: u64, y: u8 }, B { y: u8, x: u64 }, C { z: bool, y: u16 }, D }
    public fun a(e: &E): u64 { e.x }
    public fun b(e: &mut E) { e.x = 2; }
    public fun c(e: E): u64 { e.x }
    public fun d(e: &E): u8 { e.y } //~ E0415
    public fun f(e: &E): bool { e.z }
    public fun g(e: &E): bool { e.w } //~ E0305
    public fun h(e: &mut E): &mut u64 { &mut e.x }
}
//# variant-tests
module 0x42::m {
    enum E has drop { A, B(u64), C { x: u64 } }
    struct S has drop { e: E }
    public fun a(e: &E): bool { (e is A) || (e is E::B | C) }
    public fun b(s: &S): bool { s.e is B }
    public fun c(s: S): bool { (s.e is E::A) }
    public fun d(e: E): bool { !(e is A) }
    public fun f(x: u64): bool { x is A } //~ E0401
    public fun g(v: vector<E>): bool { v[0] is A }
    public fun h(e: &mut E): bool { e is A }
}
//# irrefutable-variant
module 0x42::m {
    enum E has drop { A, B(u64) }
    public fun a(e: E): u64 { let E::B(x) = e; x }
    public fun b(e: &E): &u64 { let E::B(x) = e; x }
    public fun c(e: &mut E) { let E::B(x) = e; *x = 2; }
}
//# match-by-value-and-reference
module 0x42::m {
    struct N { x: u64 }
    enum E { A(N), B { n: N, k: u64 }, C }
    public fun a(e: E): u64 {
        match (e) {
            E::A(N { x }) => x,
            E::B { n: N { x }, k } if (k > 1) => x + k,
            E::B { n: N { x }, k: _ } => x,
            E::C => 0,
        }
    }
    public fun b(e: &E): u64 { match (e) { A(n) => n.x, B { n, .. } => n.x, C => 0 } }
    public fun c(e: &mut E) { match (e) { A(n) => n.x = 1, B { k, .. } => *k = 2, C => {} } }
    public fun d(e: E): N { match (e) { A(n) => n, B { n, .. } => n, C => N { x: 1 } } }
    public fun f(e: &E): bool { match (e) { A(_) | B => true, _ => false } } //~ E0105
}
//# match-not-exhaustive
module 0x42::m {
    enum E has drop { A, B(F), C }
    enum F has drop { X, Y(bool) }
    public fun a(e: E): u64 { match (e) { A => 1, C => 2 } } //~ E0413
    public fun b(e: E): u64 { match (e) { A => 1, B(X) => 3, C => 2 } } //~ E0413
    public fun c(e: E): u64 { match (e) { A if (true) => 1, B(_) => 3, C => 2 } } //~ E0413
    public fun d(e: E, f: F): u64 { match ((e, f)) { (A, X) => 1, (B(_), _) => 2, (C, _) => 3 } } //~ E0413
    public fun f(e: E): u64 { match (e) { } } //~ E0413
    public fun g(e: E): u64 { match (e) { A => 1, B(X) => 2, B(Y(_)) => 3, C => 4 } }
    public fun h(e: E, f: F): u64 { match ((e, f)) { (A, X) => 1, (A, Y(_)) => 2, (B(_), _) => 2, (_, _) => 3 } }
}
//# match-unreachable
module 0x42::m {
    enum E has drop { A, B(bool), C }
    public fun a(e: E): u64 {
        match (e) {
            A => 1,
            B(_) => 2,
            A => 3, //~ E0414
            C => 4,
        }
    }
    public fun b(e: E): u64 {
        match (e) {
            _ => 1,
            A => 2, //~ E0414
        }
    }
    public fun c(e: E): u64 {
        match (e) {
            A if (true) => 1,
            A => 2,
            _ => 3,
        }
    }
    public fun d(e: E): u64 {
        match (e) {
            A => 1, B(_) => 2, C => 3,
            _ => 4, //~ E0414
        }
    }
}
//# match-types
module 0x42::m {
    enum E has drop { A, B(u64) }
    enum F has drop { A }
    public fun a(e: E): u64 { match (e) { A => 1, B(_) => true } } //~ E0401
    public fun b(e: E) { let _x = match (e) { A => 1, B(_) => true }; } //~ E0401
    public fun c(e: E): u64 { match (e) { F::A => 1, _ => 2 } } //~ E0401
    public fun d(e: E): u64 { match (e) { B { x } => x, A => 2 } } //~ E0305
    public fun f(e: E): u64 { match (e) { B(_, _) => 1, A => 2 } } //~ E0402
    public fun g(e: E): u64 { match (e) { A if (1) => 1, _ => 2 } } //~ E0401
    public fun h(x: u64): u64 { match (x) { _ => 2 } }
    public fun i(e: E): u64 { match (e) { A => return 3, B(x) => x } }
    public fun j(e: E): u64 { match (e) { A => abort 1, B(x) => x } }
    public fun k(e: E) { match (e) { A => {}, B(_) => {} } }
    public fun l(e: E): u64 { match (e) { x => { let _ = x; 1 } } }
}
//# guards-do-not-consume
module 0x42::m {
    struct N { x: u64 }
    enum E { A(N), B }
    fun eat(n: N): bool { let N { x } = n; x > 1 }
    fun peek(n: &N): bool { n.x > 1 }
    public fun a(e: E): u64 {
        match (e) {
            A(n) if (peek(&n)) => { let N { x } = n; x }
            A(N { x }) => x,
            B => 0,
        }
    }
    public fun b(e: E): u64 {
        match (e) {
            A(n) if (eat(n)) => { let N { x } = n; x } //~ E0503
            A(N { x }) => x,
            B => 0,
        }
    }
}
//# match-moves-scrutinee
module 0x42::m {
    struct N { x: u64 }
    enum E { A(N), B }
    public fun a(e: E): u64 { match (e) { A(N { x }) => x, B => 0 }; match (e) { A(N { x }) => x, B => 0 } } //~ E0503 E0503
}
//# match-wildcard-needs-drop
module 0x42::m {
    struct N { x: u64 }
    enum E { A(N), B }
    public fun a(e: E): u64 { match (e) { A(N { x }) => x, _ => 0 } } //~ E0504
    public fun b(e: E): u64 { match (e) { A(_) => 1, B => 0 } } //~ E0504
    public fun c(e: &E): u64 { match (e) { A(_) => 1, B => 0 } }
}
//# match-literals lang=2.4
module 0x42::m {
    enum E has drop { A(u8), B }
    public fun a(x: u64): u64 { match (x) { 0 => 1, 1..10 => 2, 10..=20 => 3, 21.. => 4 } }
    public fun b(x: bool): u64 { match (x) { true => 1, false => 2 } }
    public fun c(x: vector<u8>): u64 { match (x) { b"a" => 1, x"00" => 2, _ => 3 } }
    public fun d(e: E): u64 { match (e) { A(0) => 1, A(..5) => 2, A(5..=255) => 3, B => 4 } }
    public fun f(x: u64, y: bool): u64 { match ((x, y)) { (0, true) => 1, (_, false) => 2, (1.., true) => 3 } }
    public fun g(x: &u64): u64 { match (x) { 1 => 1, _ => 2 } }
    public fun h(x: i8): u64 { match (x) { -128..0 => 1, 0 => 2, 1.. => 3 } }
    public fun i(x: u64): u64 { match (x) { 0 => 1, 2.. => 4 } } //~ E0413
    public fun j(x: u64): u64 { match (x) { 0..0 => 1, _ => 4 } } //~ E0411
    public fun k(x: u64): u64 { match (x) { 5..=2 => 1, _ => 4 } } //~ E0411
    public fun l(x: u64): u64 { match (x) { 0..10 => 1, 3 => 2, _ => 4 } } //~ E0414
    public fun m(x: vector<u8>): u64 { match (x) { b"a" => 1 } } //~ E0413
    public fun n(x: u8): u64 { match (x) { 256 => 1, _ => 2 } } //~ E0403
    public fun o(x: u8): u64 { match (x) { true => 1, _ => 2 } } //~ E0401
    public fun p(x: bool): u64 { match (x) { true => 1 } } //~ E0413
}
//# match-bare-range lang=2.4
module 0x42::m {
    public fun a(x: u64): u64 { match (x) { .. => 1 } } //~ E0411
}
//# literal-in-let lang=2.4
module 0x42::m {
    public fun a(x: u64) { let 1 = x; } //~ E0411
}
//# match-literal-old
module 0x42::m {
    public fun a(x: u64): u64 { match (x) { 1 => 1, _ => 2 } } //~ E0108
}
//# nested-match-references
module 0x42::m {
    enum T has copy, drop { Leaf(u64), Node(vector<T2>) }
    enum T2 has copy, drop { X { a: u64 }, Y }
    public fun sum(t: &T): u64 {
        match (t) {
            Leaf(x) => *x,
            Node(v) => { let s = 0; v.for_each_ref(|e| s += match (e) { X { a } => *a, Y => 0 }); s }
        }
    }
}
//# public-types lang=2.4
module 0x42::m {
    public struct P has copy, drop { x: u64, y: bool }
    public enum E has copy, drop { A, B(u64) }
    package struct Q has drop { z: u64 }
    public struct K has key { x: u64 } //~ E0211
}
module 0x42::n {
    use 0x42::m::{P, E, Q};
    public fun a(): P { P { x: 1, y: true } }
    public fun b(p: P): u64 { let P { x, y: _ } = p; x }
    public fun c(p: &mut P) { p.x = 2; }
    public fun d(e: E): u64 { match (e) { A => 1, B(x) => x } }
    public fun f(e: &E): bool { e is A }
    public fun g(): E { E::B(1) }
    public fun h(): Q { Q { z: 1 } }
}
//# package-type-elsewhere lang=2.4
module 0x42::m {
    package struct Q has drop { z: u64 }
}
module 0x43::n {
    use 0x42::m::Q;
    public fun h(): Q { Q { z: 1 } } //~ E0310
}
