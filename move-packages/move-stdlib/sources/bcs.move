/// Binary canonical serialization: the one byte string that a value has in storage, in transactions and in hashes.
module std::bcs {
    use std::option::Option;

    /// The encoding of `v`. Aborts with 0x1C5 if it has none.
    public native fun to_bytes<MoveValue>(v: &MoveValue): vector<u8>;

    /// Length of the encoding of `v`, without making it.
    public native fun serialized_size<MoveValue>(v: &MoveValue): u64;

    /// Length of the encoding of every value of the type, if all have the same.
    public native fun constant_serialized_size<MoveValue>(): Option<u64>;
}
