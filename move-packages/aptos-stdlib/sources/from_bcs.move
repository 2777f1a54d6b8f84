/// Values out of their BCS bytes. All functions abort with 0x10001 if bytes are missing, left over or malformed.
module aptos_std::from_bcs {
    use std::string::{Self, String};

    friend aptos_std::any;
    friend aptos_std::copyable_any;

    /// The bytes are not valid UTF-8.
    const EINVALID_UTF8: u64 = 0x1;

    /// A `bool`.
    public fun to_bool(v: vector<u8>): bool {
        from_bytes<bool>(v)
    }

    /// A `u8`.
    public fun to_u8(v: vector<u8>): u8 {
        from_bytes<u8>(v)
    }

    /// A `u16`.
    public fun to_u16(v: vector<u8>): u16 {
        from_bytes<u16>(v)
    }

    /// A `u32`.
    public fun to_u32(v: vector<u8>): u32 {
        from_bytes<u32>(v)
    }

    /// A `u64`.
    public fun to_u64(v: vector<u8>): u64 {
        from_bytes<u64>(v)
    }

    /// A `u128`.
    public fun to_u128(v: vector<u8>): u128 {
        from_bytes<u128>(v)
    }

    /// A `u256`.
    public fun to_u256(v: vector<u8>): u256 {
        from_bytes<u256>(v)
    }

    /// An `address`.
    public fun to_address(v: vector<u8>): address {
        from_bytes<address>(v)
    }

    /// A `vector<u8>`.
    public fun to_bytes(v: vector<u8>): vector<u8> {
        from_bytes<vector<u8>>(v)
    }

    /// A `String`. Aborts if it is not valid UTF-8.
    public fun to_string(v: vector<u8>): String {
        let bytes = from_bytes<vector<u8>>(v);
        assert!(string::internal_check_utf8(&bytes), EINVALID_UTF8);
        string::utf8(bytes)
    }

    /// The value of which `bytes` are the BCS bytes. Not public: whoever decodes any type could forge values.
    public(friend) native fun from_bytes<T>(bytes: vector<u8>): T;
}
