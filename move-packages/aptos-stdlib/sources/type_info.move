/// Names of types at run time.
module aptos_std::type_info {
    use std::bcs;
    use std::string::String;

    // Nothing raises these here; tests that were written for other networks name them.
    #[test_only]
    const E_NATIVE_FUN_NOT_AVAILABLE: u64 = 1;

    /// Where a struct is declared, and its name with type arguments, as in `Box<u64>`.
    struct TypeInfo has copy, drop, store {
        account_address: address,
        module_name: vector<u8>,
        struct_name: vector<u8>
    }

    /// The declaring module's address.
    public fun account_address(self: &TypeInfo): address {
        self.account_address
    }

    /// The declaring module's name.
    public fun module_name(self: &TypeInfo): vector<u8> {
        self.module_name
    }

    /// The struct's name with its type arguments.
    public fun struct_name(self: &TypeInfo): vector<u8> {
        self.struct_name
    }

    /// The chain's id.
    public fun chain_id(): u8 {
        chain_id_internal()
    }

    /// Names the struct or enum `T`. Aborts for other types.
    public native fun type_of<T>(): TypeInfo;

    /// The canonical text of any type, as in `0x1::coin::Coin<0x1::aptos_coin::AptosCoin>`.
    public native fun type_name<T>(): String;

    /// Length of the BCS bytes of a value.
    public fun size_of_val<T>(val_ref: &T): u64 {
        bcs::serialized_size(val_ref)
    }

    native fun chain_id_internal(): u8;
}
