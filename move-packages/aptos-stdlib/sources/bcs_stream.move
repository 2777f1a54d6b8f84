/// Reads values out of BCS bytes one after the other, for formats that this module's user knows.
module aptos_std::bcs_stream {
    use std::error;
    use std::option::{Self, Option};
    use std::string::{Self, String};
    use aptos_std::from_bcs;

    /// The bytes are no encoding of such a value.
    const EMALFORMED_DATA: u64 = 1;
    /// There are not enough bytes.
    const EOUT_OF_BYTES: u64 = 2;

    /// Bytes, of which those before `cur` are read.
    struct BCSStream has drop {
        data: vector<u8>,
        cur: u64
    }

    /// Reads from the first byte on.
    public fun new(data: vector<u8>): BCSStream {
        BCSStream { data, cur: 0 }
    }

    /// Whether there are more bytes.
    public fun has_remaining(stream: &mut BCSStream): bool {
        stream.cur < stream.data.length()
    }

    /// A length: 7 bits per byte, lowest first, at most 32 bits, as short as possible.
    public fun deserialize_uleb128(stream: &mut BCSStream): u64 {
        let value = 0u64;
        let shift = 0u8;
        loop {
            let byte = deserialize_u8(stream);
            value = value | (((byte & 0x7f) as u64) << shift);
            if (byte & 0x80 == 0) {
                assert!(byte != 0 || shift == 0, error::invalid_argument(EMALFORMED_DATA));
                break
            };
            shift += 7;
            assert!(shift < 35, error::invalid_argument(EMALFORMED_DATA));
        };
        assert!(value < 1 << 32, error::invalid_argument(EMALFORMED_DATA));
        value
    }

    /// A `bool`.
    public fun deserialize_bool(stream: &mut BCSStream): bool {
        let byte = deserialize_u8(stream);
        assert!(byte < 2, error::invalid_argument(EMALFORMED_DATA));
        byte == 1
    }

    /// An `address`.
    public fun deserialize_address(stream: &mut BCSStream): address {
        from_bcs::to_address(take(stream, 32))
    }

    /// A `u8`.
    public fun deserialize_u8(stream: &mut BCSStream): u8 {
        assert!(stream.cur < stream.data.length(), error::out_of_range(EOUT_OF_BYTES));
        let byte = *stream.data.borrow(stream.cur);
        stream.cur += 1;
        byte
    }

    /// A `u16`.
    public fun deserialize_u16(stream: &mut BCSStream): u16 {
        from_bcs::to_u16(take(stream, 2))
    }

    /// A `u32`.
    public fun deserialize_u32(stream: &mut BCSStream): u32 {
        from_bcs::to_u32(take(stream, 4))
    }

    /// A `u64`.
    public fun deserialize_u64(stream: &mut BCSStream): u64 {
        from_bcs::to_u64(take(stream, 8))
    }

    /// A `u128`.
    public fun deserialize_u128(stream: &mut BCSStream): u128 {
        from_bcs::to_u128(take(stream, 16))
    }

    /// A `u256`.
    public fun deserialize_u256(stream: &mut BCSStream): u256 {
        from_bcs::to_u256(take(stream, 32))
    }

    /// Reads a `u256` from a place of the bytes, for measuring what that costs.
    public entry fun deserialize_u256_entry(data: vector<u8>, cursor: u64) {
        deserialize_u256(&mut BCSStream { data, cur: cursor });
    }

    /// A vector of what `elem_deserializer` reads.
    public inline fun deserialize_vector<E>(
        stream: &mut BCSStream, elem_deserializer: |&mut BCSStream|E
    ): vector<E> {
        let len = deserialize_uleb128(stream);
        let made = vector[];
        while (len > 0) {
            made.push_back(elem_deserializer(stream));
            len -= 1;
        };
        made
    }

    /// A `String`.
    public fun deserialize_string(stream: &mut BCSStream): String {
        let len = deserialize_uleb128(stream);
        string::utf8(take(stream, len))
    }

    /// An option of what `elem_deserializer` reads.
    public inline fun deserialize_option<E>(
        stream: &mut BCSStream, elem_deserializer: |&mut BCSStream|E
    ): Option<E> {
        if (deserialize_bool(stream)) option::some(elem_deserializer(stream)) else option::none()
    }

    fun take(stream: &mut BCSStream, count: u64): vector<u8> {
        let start = stream.cur;
        assert!(count <= stream.data.length() - start, error::out_of_range(EOUT_OF_BYTES));
        stream.cur = start + count;
        stream.data.slice(start, start + count)
    }
}
