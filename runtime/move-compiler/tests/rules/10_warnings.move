//# unused-locals
module 0x42::m {
    public fun a(x: u64): u64 { 1 } //~ W0201
    public fun b() { let x = 1; } //~ W0201
    public fun c() { let _x = 1; let _ = 2; }
    public fun d(): u64 { let x = 1; x = 2; x } //~ W0202
    public fun e(x: u64) { x = 2; } //~ W0202
    inline fun ap(f: |u64|u64): u64 { f(1) }
    public fun f(): u64 { ap(|x| 1) } //~ W0201
    public fun g(v: vector<u64>): u64 { let s = 0; v.for_each(|_x| s += 1); s }
    struct S has drop { x: u64, y: u64 }
    public fun h(s: S): u64 { let S { x, y } = s; x } //~ W0201
}
//# unused-silenced
module 0x42::m {
    #[lint::skip(unused_variable)] public fun a(x: u64): u64 { 1 }
    #[lint::skip(unused_function)] fun b() { }
    #[lint::skip(unused_constant)] const C: u64 = 1;
    #[lint::skip(unused_struct)] struct S { x: u64 }
}
//# unused-self
module 0x42::m {
    struct S has drop { x: u64 }
    public fun mk(): S { S { x: 1 } }
    public fun a(self: &S): u64 { 1 }
}
//# unused-uses
module 0x42::m {
    use std::vector; //~ W0203
    use std::option::{Self, Option}; //~ W0203
    public fun f(): option::Option<u64> { option::none() }
}
//# unused-block-use
module 0x42::m {
    public fun f() { use std::vector; } //~ W0203
}
//# lint-comparisons lints
module 0x42::m {
    public fun a(x: u64): bool { x >= 0 } //~ W0301
    public fun b(x: u64): bool { x < 0 } //~ W0301
    public fun c(x: u8): bool { x <= 255 } //~ W0301
    public fun d(x: u8): bool { 0 > x } //~ W0301
    public fun e(x: u8): bool { x > 0 && x < 255 }
    public fun f(x: u8): bool { x == x } //~ W0301
}
//# lint-loops lints
module 0x42::m {
    public fun a() { while (true) { break } } //~ W0302
    public fun b() { loop { break } }
}
//# lint-booleans lints
module 0x42::m {
    public fun a(c: bool): bool { c == true } //~ W0303
    public fun b(c: bool): bool { c != false } //~ W0303
    public fun c(c: bool): bool { if (c) true else false } //~ W0303
    public fun d(c: bool, e: bool): bool { c == e }
}
//# lint-references lints
module 0x42::m {
    struct S has copy, drop { x: u64 }
    fun look(_s: &S) { }
    public fun a(r: &S): &S { &*r } //~ W0304
    public fun b(s: S): S { *&s } //~ W0304
    public fun c(s: S) { look(&mut s) } //~ W0305
    public fun d(s: S) { look(&s) }
}
//# lint-division lints
module 0x42::m {
    public fun a(x: u64, y: u64): u64 { x / y * 100 } //~ W0306
    public fun b(x: u64, y: u64): u64 { x * 100 / y }
}
//# lint-no-effect lints
module 0x42::m {
    public fun a(x: u64) { x + 1; } //~ W0307
    public fun b(x: u64) { x; } //~ W0307
    public fun c(x: u64) { let _ = x; }
    public fun d(v: &mut vector<u64>) { v.pop_back(); }
}
//# lints-are-opt-in
module 0x42::m {
    public fun a(x: u64): bool { x >= 0 }
}
