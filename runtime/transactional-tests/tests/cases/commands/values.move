// Every kind of value goes in and comes out.

//# init --addresses alice=0xa11ce bob=0xb0b

//# publish
module alice::m {
    use std::string::String;
    struct Pair has copy, drop { a: u8, b: vector<bool> }
    struct Empty has copy, drop {}
    struct Wrap<T>(T) has copy, drop;
    enum Shape has copy, drop { Point, Circle { radius: u64 }, Box(u8, u8) }

    public fun all(a: u8, b: u16, c: u32, d: u64, e: u128, f: u256): (u8, u16, u32, u64, u128, u256) {
        (a, b, c, d, e, f)
    }
    fun hidden(a: bool, b: address): (address, bool) { (b, a) }
    public fun bytes(b: vector<u8>): vector<u8> { b }
    public fun text(s: String): String { s }
    public fun nested(v: vector<vector<u16>>): vector<vector<u16>> { v }
    public fun pair(): Pair { Pair { a: 7, b: vector[true, false] } }
    public fun empty(): Empty { Empty {} }
    public fun wrapped(): Wrap<Wrap<u8>> { Wrap(Wrap(3)) }
    public fun shapes(): vector<Shape> {
        vector[Shape::Point, Shape::Circle { radius: 9 }, Shape::Box(1, 2)]
    }
    public fun generic<T: drop>(x: T): T { x }
    public fun who(a: &signer, b: signer): (address, address) {
        (std::signer::address_of(a), std::signer::address_of(&b))
    }
    public fun change(r: &mut u64, v: &mut vector<u8>, p: &u64): u64 {
        *r += *p;
        v.push_back(9);
        *r
    }
    public fun only_change(r: &mut u64) { *r = 1 }
}

//# run alice::m::all --args 1u8 0x2u16 3_000u32 4 5u128 0xFFu256

//# run alice::m::all --args 255u8 65535u16 4294967295u32 18446744073709551615
//#     18446744073709551616 340282366920938463463374607431768211456

//# run alice::m::hidden --args true @bob

//# run alice::m::bytes --args b"a\n\x00"

//# run alice::m::bytes --args x"00ff"

//# run alice::m::bytes --args [1u8, 2u8, 3u8]

//# run alice::m::text --args "Grüße"

//# run alice::m::nested --args [[1u16], [], [2u16, 3u16]]

//# run alice::m::pair

//# run alice::m::empty

//# run alice::m::wrapped

//# run alice::m::shapes

//# run alice::m::generic --type-args vector<address> --args [@alice, @0x1]

//# run --signers alice bob -- alice::m::who

//# run alice::m::change --args 40 x"01" 2

//# run 0xa11ce::m::only_change --args 5
