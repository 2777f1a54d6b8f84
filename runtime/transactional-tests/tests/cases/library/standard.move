// The standard library is there.

//# publish
module 0x42::s {
    use std::option::{Self, Option};
    use std::string;
    use std::bcs;
    use std::hash;

    public fun options(): (Option<u64>, Option<u64>) { (option::some(3), option::none()) }
    public fun text(): string::String { string::utf8(b"hi") }
    public fun bytes(): vector<u8> { bcs::to_bytes(&vector[1u16, 2]) }
    public fun digest(): vector<u8> { hash::sha3_256(b"") }
    public fun sorted(): vector<u64> {
        let v = vector[3, 1, 2];
        v.swap(0, 1);
        v.swap(1, 2);
        v
    }
}

//# run 0x42::s::options

//# run 0x42::s::text

//# run 0x42::s::bytes

//# run 0x42::s::digest

//# run 0x42::s::sorted
