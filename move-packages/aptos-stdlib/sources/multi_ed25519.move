/// k-of-n signatures: n ed25519 keys of which k must have signed.
///
/// A public key is the n keys and a byte k; a signature is at least k signatures and a bitmap of 4 bytes, whose bit i, counted
/// from the most significant bit of the first byte, says that key i signed.
module aptos_std::multi_ed25519 {
    use std::bcs;
    use std::error;
    use std::hash;
    use std::option::{Self, Option};
    use aptos_std::ed25519;

    /// A public key has 1 to 32 keys of 32 bytes and a threshold byte.
    const E_WRONG_PUBKEY_SIZE: u64 = 1;
    /// A signature has signatures of 64 bytes and a bitmap of 4.
    const E_WRONG_SIGNATURE_SIZE: u64 = 2;
    #[test_only]
    /// The threshold is at least 1, and at most the number of keys, which is at most 32.
    const E_INVALID_THRESHOLD_OR_NUMBER_OF_SIGNERS: u64 = 3;

    // Nothing raises these here; tests that were written for other networks name them.
    #[test_only]
    const E_NATIVE_FUN_NOT_AVAILABLE: u64 = 4;

    /// What authentication keys of k-of-n keys end with before they are hashed.
    const SIGNATURE_SCHEME_ID: u8 = 1;
    const INDIVIDUAL_PUBLIC_KEY_NUM_BYTES: u64 = 32;
    const INDIVIDUAL_SIGNATURE_NUM_BYTES: u64 = 64;
    const THRESHOLD_SIZE_BYTES: u64 = 1;
    const BITMAP_NUM_OF_BYTES: u64 = 4;
    const MAX_NUMBER_OF_PUBLIC_KEYS: u64 = 32;

    /// Bytes of the right length that may not be keys.
    struct UnvalidatedPublicKey has copy, drop, store {
        bytes: vector<u8>
    }

    /// Keys that are good points, and a threshold that they can reach.
    struct ValidatedPublicKey has copy, drop, store {
        bytes: vector<u8>
    }

    /// Signatures and bitmap.
    struct Signature has copy, drop, store {
        bytes: vector<u8>
    }

    #[test_only]
    /// The secret halves, for tests.
    struct SecretKey has drop {
        keys: vector<ed25519::SecretKey>,
        threshold: u8
    }

    #[test_only]
    /// `n` new keys of which `threshold` must sign.
    public fun generate_keys(threshold: u8, n: u8): (SecretKey, ValidatedPublicKey) {
        assert!(
            threshold > 0 && threshold <= n && (n as u64) <= MAX_NUMBER_OF_PUBLIC_KEYS,
            error::invalid_argument(E_INVALID_THRESHOLD_OR_NUMBER_OF_SIGNERS)
        );
        let keys = vector[];
        let bytes = vector[];
        let i = 0;
        while (i < n) {
            let (sk, pk) = ed25519::generate_keys();
            keys.push_back(sk);
            bytes.append(ed25519::validated_public_key_to_bytes(&pk));
            i += 1;
        };
        bytes.push_back(threshold);
        (SecretKey { keys, threshold }, ValidatedPublicKey { bytes })
    }

    #[test_only]
    /// Signs bytes with the first keys.
    public fun sign_arbitrary_bytes(sk: &SecretKey, msg: vector<u8>): Signature {
        let bytes = vector[];
        let bitmap = 0u32;
        let i = 0u8;
        while (i < sk.threshold) {
            let signature = ed25519::sign_arbitrary_bytes(sk.keys.borrow((i as u64)), msg);
            bytes.append(ed25519::signature_to_bytes(&signature));
            bitmap = bitmap | (1 << (31 - i));
            i += 1;
        };
        bytes.push_back(((bitmap >> 24) as u8));
        bytes.push_back((((bitmap >> 16) & 0xff) as u8));
        bytes.push_back((((bitmap >> 8) & 0xff) as u8));
        bytes.push_back(((bitmap & 0xff) as u8));
        Signature { bytes }
    }

    #[test_only]
    /// Signs the `SignedMessage` of `data` with the first keys.
    public fun sign_struct<T: drop>(sk: &SecretKey, data: T): Signature {
        sign_arbitrary_bytes(sk, bcs::to_bytes(&ed25519::new_signed_message(data)))
    }

    /// A key of a right length, not looked at further.
    public fun new_unvalidated_public_key_from_bytes(bytes: vector<u8>): UnvalidatedPublicKey {
        let len = bytes.length();
        assert!(
            len / INDIVIDUAL_PUBLIC_KEY_NUM_BYTES <= MAX_NUMBER_OF_PUBLIC_KEYS
                && len % INDIVIDUAL_PUBLIC_KEY_NUM_BYTES == THRESHOLD_SIZE_BYTES,
            error::invalid_argument(E_WRONG_PUBKEY_SIZE)
        );
        UnvalidatedPublicKey { bytes }
    }

    /// A key, or nothing if a part of it is not good. Aborts if its length is wrong.
    public fun new_validated_public_key_from_bytes(bytes: vector<u8>): Option<ValidatedPublicKey> {
        assert!(
            bytes.length() % INDIVIDUAL_PUBLIC_KEY_NUM_BYTES == THRESHOLD_SIZE_BYTES,
            error::invalid_argument(E_WRONG_PUBKEY_SIZE)
        );
        new_validated_public_key_from_bytes_v2(bytes)
    }

    /// A key, or nothing if a part of it is not good.
    public fun new_validated_public_key_from_bytes_v2(bytes: vector<u8>): Option<ValidatedPublicKey> {
        if (check_and_get_threshold(bytes).is_none()) return option::none();
        let count = bytes.length() / INDIVIDUAL_PUBLIC_KEY_NUM_BYTES;
        let i = 0;
        while (i < count) {
            if (ed25519::new_validated_public_key_from_bytes(sub_key(&bytes, i)).is_none()) {
                return option::none()
            };
            i += 1;
        };
        option::some(ValidatedPublicKey { bytes })
    }

    /// A signature of a right length.
    public fun new_signature_from_bytes(bytes: vector<u8>): Signature {
        assert!(
            bytes.length() % INDIVIDUAL_SIGNATURE_NUM_BYTES == BITMAP_NUM_OF_BYTES,
            error::invalid_argument(E_WRONG_SIGNATURE_SIZE)
        );
        Signature { bytes }
    }

    /// The key without the knowledge that it is good.
    public fun public_key_to_unvalidated(pk: &ValidatedPublicKey): UnvalidatedPublicKey {
        UnvalidatedPublicKey { bytes: pk.bytes }
    }

    /// The key without the knowledge that it is good.
    public fun public_key_into_unvalidated(pk: ValidatedPublicKey): UnvalidatedPublicKey {
        UnvalidatedPublicKey { bytes: pk.bytes }
    }

    /// The key's bytes.
    public fun unvalidated_public_key_to_bytes(pk: &UnvalidatedPublicKey): vector<u8> {
        pk.bytes
    }

    /// The key's bytes.
    public fun validated_public_key_to_bytes(pk: &ValidatedPublicKey): vector<u8> {
        pk.bytes
    }

    /// The signature's bytes.
    public fun signature_to_bytes(sig: &Signature): vector<u8> {
        sig.bytes
    }

    /// The key, if all of it is good.
    public fun public_key_validate(pk: &UnvalidatedPublicKey): Option<ValidatedPublicKey> {
        new_validated_public_key_from_bytes_v2(pk.bytes)
    }

    /// The key, if all of it is good.
    public fun public_key_validate_v2(pk: &UnvalidatedPublicKey): Option<ValidatedPublicKey> {
        new_validated_public_key_from_bytes_v2(pk.bytes)
    }

    /// Whether enough keys signed `message`, and none that the bitmap names signed wrongly.
    public fun signature_verify_strict(
        multisignature: &Signature, public_key: &UnvalidatedPublicKey, message: vector<u8>
    ): bool {
        let threshold = check_and_get_threshold(public_key.bytes);
        if (threshold.is_none()) return false;
        let keys = public_key.bytes.length() / INDIVIDUAL_PUBLIC_KEY_NUM_BYTES;
        let signatures = multisignature.bytes.length() / INDIVIDUAL_SIGNATURE_NUM_BYTES;
        let bitmap_at = signatures * INDIVIDUAL_SIGNATURE_NUM_BYTES;
        let used = 0;
        let i = 0;
        while (i < BITMAP_NUM_OF_BYTES * 8) {
            let byte = *multisignature.bytes.borrow(bitmap_at + i / 8);
            if ((byte >> ((7 - i % 8) as u8)) & 1 == 1) {
                if (i >= keys || used >= signatures) return false;
                let start = used * INDIVIDUAL_SIGNATURE_NUM_BYTES;
                let signature =
                    ed25519::new_signature_from_bytes(
                        multisignature.bytes.slice(start, start + INDIVIDUAL_SIGNATURE_NUM_BYTES)
                    );
                let key = ed25519::new_unvalidated_public_key_from_bytes(sub_key(&public_key.bytes, i));
                if (!ed25519::signature_verify_strict(&signature, &key, message)) return false;
                used += 1;
            };
            i += 1;
        };
        used == signatures && used >= (threshold.destroy_some() as u64)
    }

    /// As `signature_verify_strict`, over the `SignedMessage` of `data`.
    public fun signature_verify_strict_t<T: drop>(
        multisignature: &Signature, public_key: &UnvalidatedPublicKey, data: T
    ): bool {
        signature_verify_strict(
            multisignature, public_key, bcs::to_bytes(&ed25519::new_signed_message(data))
        )
    }

    /// The authentication key of accounts with this key.
    public fun unvalidated_public_key_to_authentication_key(pk: &UnvalidatedPublicKey): vector<u8> {
        authentication_key(pk.bytes)
    }

    /// Number of keys.
    public fun unvalidated_public_key_num_sub_pks(pk: &UnvalidatedPublicKey): u8 {
        ((pk.bytes.length() / INDIVIDUAL_PUBLIC_KEY_NUM_BYTES) as u8)
    }

    /// Number of keys that must sign, or nothing if they cannot.
    public fun unvalidated_public_key_threshold(pk: &UnvalidatedPublicKey): Option<u8> {
        check_and_get_threshold(pk.bytes)
    }

    /// The authentication key of accounts with this key.
    public fun validated_public_key_to_authentication_key(pk: &ValidatedPublicKey): vector<u8> {
        authentication_key(pk.bytes)
    }

    /// Number of keys.
    public fun validated_public_key_num_sub_pks(pk: &ValidatedPublicKey): u8 {
        ((pk.bytes.length() / INDIVIDUAL_PUBLIC_KEY_NUM_BYTES) as u8)
    }

    /// Number of keys that must sign.
    public fun validated_public_key_threshold(pk: &ValidatedPublicKey): u8 {
        *pk.bytes.borrow(pk.bytes.length() - 1)
    }

    /// The threshold of a key of these bytes, or nothing if its length or threshold is wrong.
    public fun check_and_get_threshold(bytes: vector<u8>): Option<u8> {
        let len = bytes.length();
        if (len == 0) return option::none();
        let keys = len / INDIVIDUAL_PUBLIC_KEY_NUM_BYTES;
        let threshold = *bytes.borrow(len - 1);
        if (len % INDIVIDUAL_PUBLIC_KEY_NUM_BYTES != THRESHOLD_SIZE_BYTES
            || keys == 0
            || keys > MAX_NUMBER_OF_PUBLIC_KEYS
            || threshold == 0
            || (threshold as u64) > keys) {
            option::none()
        } else {
            option::some(threshold)
        }
    }

    #[test_only]
    /// Spoils the first signature.
    public fun maul_first_signature(sig: &mut Signature) {
        let first = sig.bytes.borrow_mut(0);
        *first = *first ^ 0xff;
    }

    fun sub_key(bytes: &vector<u8>, i: u64): vector<u8> {
        let start = i * INDIVIDUAL_PUBLIC_KEY_NUM_BYTES;
        bytes.slice(start, start + INDIVIDUAL_PUBLIC_KEY_NUM_BYTES)
    }

    fun authentication_key(bytes: vector<u8>): vector<u8> {
        bytes.push_back(SIGNATURE_SCHEME_ID);
        hash::sha3_256(bytes)
    }
}
