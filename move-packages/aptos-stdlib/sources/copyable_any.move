/// A value of any type with `copy`, `drop` and `store`, as its type's name and its BCS bytes.
module aptos_std::copyable_any {
    use std::bcs;
    use std::error;
    use std::string::String;
    use aptos_std::from_bcs;
    use aptos_std::type_info;

    /// The value has another type than the one asked for.
    const ETYPE_MISMATCH: u64 = 0;

    /// `data` is the BCS of a value of the type called `type_name`.
    struct Any has drop, store, copy {
        type_name: String,
        data: vector<u8>
    }

    /// Wraps a value.
    public fun pack<T: drop + store + copy>(x: T): Any {
        Any { type_name: type_info::type_name<T>(), data: bcs::to_bytes(&x) }
    }

    /// The wrapped value. Aborts if it is not a `T`.
    public fun unpack<T>(self: Any): T {
        assert!(type_info::type_name<T>() == self.type_name, error::invalid_argument(ETYPE_MISMATCH));
        from_bcs::from_bytes<T>(self.data)
    }

    /// The canonical name of the wrapped value's type.
    public fun type_name(self: &Any): &String {
        &self.type_name
    }
}
