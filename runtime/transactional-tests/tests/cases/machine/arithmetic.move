//# publish
module 0x42::a {
    public fun add(a: u8, b: u8): u8 { a + b }
    public fun sub(a: u8, b: u8): u8 { a - b }
    public fun mul(a: u128, b: u128): u128 { a * b }
    public fun div(a: u256, b: u256): (u256, u256) { (a / b, a % b) }
    public fun shl(a: u16, by: u8): u16 { a << by }
    public fun down(a: u256): u64 { (a as u64) }
}

//# run 0x42::a::add --args 250u8 5u8

//# run 0x42::a::add --args 250u8 6u8

//# run 0x42::a::sub --args 5u8 6u8

//# run 0x42::a::mul --args 18446744073709551616u128 18446744073709551615u128

//# run 0x42::a::mul --args 18446744073709551616u128 18446744073709551616u128

//# run 0x42::a::div --args 100u256 7u256

//# run 0x42::a::div --args 100u256 0u256

//# run 0x42::a::shl --args 3u16 15u8

//# run 0x42::a::shl --args 3u16 16u8

//# run 0x42::a::down --args 0xffffffffffffffffu256

//# run 0x42::a::down --args 0x10000000000000000u256
