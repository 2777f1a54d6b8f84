/// Decoding for the framework itself.
module aptos_framework::util {
    friend aptos_framework::code;
    friend aptos_framework::transaction_context;

    /// The value of which `bytes` are the BCS bytes. Aborts with 0x10001 if there is none.
    ///
    /// Not public: whoever decodes any type could forge values.
    public(friend) native fun from_bytes<T>(bytes: vector<u8>): T;

    /// The address of 32 bytes.
    public fun address_from_bytes(bytes: vector<u8>): address {
        from_bytes<address>(bytes)
    }
}
