//# comments-nest
/* outer /* inner */ still */ module 0x42::m { // ünïcode is fine here
    /* auch hier: ß */ public fun f(): u64 { 1 /* x */ + /**/ 2 }
}
//# comment-unterminated
module 0x42::m {
    public fun f(): u64 { 1 }
    /* never closed /* inner */ //~ E0102
}
//# non-ascii-in-code
module 0x42::m {
    public fun f(): u64 { 1 + é } //~ E0101
}
//# invalid-character
module 0x42::m {
    public fun f(): u64 { 1 $ 2 } //~ E0101
}
//# bare-string
module 0x42::m {
    public fun f(): vector<u8> { "abc" } //~ E0103
}
//# string-unclosed
module 0x42::m {
    public fun f(): vector<u8> { b"abc } //~ E0103
}
//# string-escapes
module 0x42::m {
    public fun f(): vector<u8> { b"\n\r\t\\\0\"\x4a" }
}
//# string-bad-escape
module 0x42::m {
    public fun f(): vector<u8> { b"a\qb" } //~ E0103
}
//# string-bad-hex-escape
module 0x42::m {
    public fun f(): vector<u8> { b"a\x4" } //~ E0103
}
//# hex-string-odd
module 0x42::m {
    public fun f(): vector<u8> { x"abc" } //~ E0103
}
//# hex-string-digit
module 0x42::m {
    public fun f(): vector<u8> { x"zz" } //~ E0103
}
//# hex-string-empty
module 0x42::m {
    public fun f(): vector<u8> { x"" }
}
//# numbers
module 0x42::m {
    public fun f(): u64 { 1_000 + 0xFF + 0xffu64 + 1_u64 + 0x1_0 }
    public fun g(): u256 { 115792089237316195423570985008687907853269984665640564039457584007913129639935 }
    public fun h(): u8 { 0xFFu8 }
}
//# number-too-big
module 0x42::m {
    public fun g(): u256 { 115792089237316195423570985008687907853269984665640564039457584007913129639936 } //~ E0104
}
//# number-suffix-range
module 0x42::m {
    public fun g(): u8 { 256u8 } //~ E0403
}
//# number-unknown-suffix
module 0x42::m {
    public fun g(): u64 { 256u9 } //~ E0104
}
//# angle-blank
module 0x42::m {
    public fun g(x: u64, y: u64): bool { x<y } //~ E0106
}
//# angle-blank-condition
module 0x42::m {
    public fun g(x: u64, y: u64): u64 { if (x<y) 1 else 2 } //~ E0106
}
//# angle-with-blank
module 0x42::m {
    public fun g(x: u64, y: u64): bool { x < y }
}
//# shift-in-type-arguments
module 0x42::m {
    struct S<T> has drop { x: T }
    public fun g() { let _x: S<S<u8>>= S { x: S { x: 1 } }; let _y: vector<vector<vector<u8>>> = vector[]; }
}
//# mut-borrow-blank
module 0x42::m {
    public fun g() { let x = 1; let y = & mut x; *y = 2; } //~ E0105
}
//# contextual-words
module 0x42::m {
    struct Entry has drop {}
    public fun g(): u64 { let entry = 1; let package = 2; let has = 3; let phantom = 4; let is = 5; let match = 6; let for = 7; let address = 8; let in = 9; let with = 1; let pure = 2; let reads = 3; entry + package + has + phantom + is + match + for + address + in + with + pure + reads }
    public fun spec_words(): u64 { let schema = 1; let pragma = 2; let result = 3; let global = 4; let old = 5; schema + pragma + result + global + old }
} //~
//# reserved-word-as-name
module 0x42::m {
    public fun g() { let loop = 1; } //~ E0105
}
//# reserved-word-as-function
module 0x42::m {
    public fun script() {} //~ E0105
}
//# dangling-doc
module 0x42::m {
    public fun g(): u64 {
        /// here //~ W0101
        1
    }
}
//# docs-everywhere
/// module
#[test_only]
module 0x42::m {
    /// before
    #[view]
    public fun g(): u64 { 1 }
    #[view]
    /// after
    public fun h(): u64 { 1 }
    /** struct */
    struct S has drop {
        /// field
        x: u64
    }
    /// enum
    enum E has drop {
        /// variant
        A,
        /// other
        B { /** field */ x: u64 },
    }
    /// const
    const X: u64 = 1;
    //// not a doc
    /*** nor this ***/
    public fun i() {}
}
//# doc-before-use
module 0x42::m {
    /// no //~ W0101
    use std::vector;
    public fun g(): vector<u8> { vector::empty() }
}
//# obsolete-turbofish
module 0x42::m {
    struct S has drop {}
    fun id<T>(self: &S, x: T): T { let _ = self; x }
    public fun g(): u64 { S {}.id::<u64>(1) } //~ W0102
}
//# receiver-type-arguments
module 0x42::m {
    struct S has drop {}
    fun id<T>(self: &S, x: T): T { let _ = self; x }
    public fun g(): u64 { let s = S {}; s.id<u64>(1) }
}
//# obsolete-public-script
module 0x42::m {
    public(script) fun g() {} //~ W0102
}
//# carriage-return
module 0x42::m {
    public fun g() {} //~
}
//# nested-too-deeply
module 0x42::m {
    public fun a(): u64 { ((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((1)))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))) } //~ E0107
}
