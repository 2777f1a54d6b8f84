/// Cryptographic hashes of 32 bytes.
module std::hash {
    /// SHA-256.
    public native fun sha2_256(data: vector<u8>): vector<u8>;

    /// SHA3-256 (the standard's padding, not Keccak's).
    public native fun sha3_256(data: vector<u8>): vector<u8>;
}
