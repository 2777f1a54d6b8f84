/// ECDSA signatures over secp256k1: who signed a message.
module aptos_std::secp256k1 {
    use std::error;
    use std::option::{Self, Option};

    /// A key or a signature has 64 bytes, a message 32.
    const E_DESERIALIZE: u64 = 1;
    /// The recovery id is 0, 1, 2 or 3.
    const E_BAD_RECOVERY_ID: u64 = 2;

    const RAW_PUBLIC_KEY_NUM_BYTES: u64 = 64;
    const SIGNATURE_NUM_BYTES: u64 = 64;
    const MESSAGE_NUM_BYTES: u64 = 32;

    /// Both coordinates of a point, without the leading 4.
    struct ECDSARawPublicKey has copy, drop, store {
        bytes: vector<u8>
    }

    /// `r` and `s`.
    struct ECDSASignature has copy, drop, store {
        bytes: vector<u8>
    }

    /// A signature of 64 bytes.
    public fun ecdsa_signature_from_bytes(bytes: vector<u8>): ECDSASignature {
        assert!(bytes.length() == SIGNATURE_NUM_BYTES, error::invalid_argument(E_DESERIALIZE));
        ECDSASignature { bytes }
    }

    /// A key of 64 bytes.
    public fun ecdsa_raw_public_key_from_64_bytes(bytes: vector<u8>): ECDSARawPublicKey {
        assert!(bytes.length() == RAW_PUBLIC_KEY_NUM_BYTES, error::invalid_argument(E_DESERIALIZE));
        ECDSARawPublicKey { bytes }
    }

    /// The key's bytes.
    public fun ecdsa_raw_public_key_to_bytes(pk: &ECDSARawPublicKey): vector<u8> {
        pk.bytes
    }

    /// The signature's bytes.
    public fun ecdsa_signature_to_bytes(sig: &ECDSASignature): vector<u8> {
        sig.bytes
    }

    /// The key that made `signature` over the hash `message` of 32 bytes, if there is one.
    public fun ecdsa_recover(
        message: vector<u8>, recovery_id: u8, signature: &ECDSASignature
    ): Option<ECDSARawPublicKey> {
        assert!(message.length() == MESSAGE_NUM_BYTES, error::invalid_argument(E_DESERIALIZE));
        assert!(recovery_id <= 3, error::invalid_argument(E_BAD_RECOVERY_ID));
        let (bytes, found) = ecdsa_recover_internal(message, recovery_id, signature.bytes);
        if (found) option::some(ECDSARawPublicKey { bytes }) else option::none()
    }

    native fun ecdsa_recover_internal(
        message: vector<u8>, recovery_id: u8, signature: vector<u8>
    ): (vector<u8>, bool);
}
