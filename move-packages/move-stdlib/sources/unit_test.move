#[test_only]
/// Helpers that exist in test builds alone.
module std::unit_test {
    /// `num_signers` signers; the address of signer `i` is `i` as 8 bytes, lowest first, followed by zeros.
    public native fun create_signers_for_testing(num_signers: u64): vector<signer>;

    /// The first of the signers above.
    public fun create_signer_for_testing(): signer {
        let signers = create_signers_for_testing(1);
        let s = signers.pop_back();
        signers.destroy_empty();
        s
    }
}
