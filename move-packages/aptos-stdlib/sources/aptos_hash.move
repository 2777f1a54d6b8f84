/// Hashes beside those of `std::hash`.
module aptos_std::aptos_hash {
    use std::bcs;

    // Nothing raises these here; tests that were written for other networks name them.
    #[test_only]
    const E_NATIVE_FUN_NOT_AVAILABLE: u64 = 1;

    /// SipHash-2-4 with zero keys. Not for secrets: collisions are easy to make.
    public native fun sip_hash(bytes: vector<u8>): u64;

    /// SipHash of the BCS bytes of a value.
    public fun sip_hash_from_value<MoveValue>(v: &MoveValue): u64 {
        sip_hash(bcs::to_bytes(v))
    }

    /// Keccak-256 as it was before the standard; 32 bytes.
    public native fun keccak256(bytes: vector<u8>): vector<u8>;

    /// SHA-512; 64 bytes.
    public native fun sha2_512(bytes: vector<u8>): vector<u8>;

    /// SHA-512 of the BCS bytes of a value.
    public fun sha2_512_value<T>(val: &T): vector<u8> {
        sha2_512(bcs::to_bytes(val))
    }

    /// SHA3-512; 64 bytes.
    public native fun sha3_512(bytes: vector<u8>): vector<u8>;

    /// SHA3-512 of the BCS bytes of a value.
    public fun sha3_512_value<T>(val: &T): vector<u8> {
        sha3_512(bcs::to_bytes(val))
    }

    /// RIPEMD-160; 20 bytes.
    public native fun ripemd160(bytes: vector<u8>): vector<u8>;

    /// BLAKE2b with a result of 32 bytes.
    public native fun blake2b_256(bytes: vector<u8>): vector<u8>;
}
