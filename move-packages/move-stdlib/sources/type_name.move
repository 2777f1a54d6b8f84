/// Names of types as text, in the older form with addresses of 64 digits. New code uses `aptos_std::type_info`.
module std::type_name {
    use std::ascii::String;

    /// The name of a type.
    struct TypeName has copy, drop, store {
        name: String
    }

    /// The name of `T`.
    public native fun get<T>(): TypeName;

    /// The text.
    public fun borrow_string(self: &TypeName): &String {
        &self.name
    }

    /// The text.
    public fun into_string(self: TypeName): String {
        let TypeName { name } = self;
        name
    }
}
