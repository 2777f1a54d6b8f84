/// Ed25519 signatures, verified strictly: no malleable signatures, no points of small order.
///
/// Keys come in two types, so that a function's signature says whether a key is known to be a good point.
module aptos_std::ed25519 {
    use std::bcs;
    use std::error;
    use std::hash;
    use std::option::{Self, Option};
    use aptos_std::type_info::{Self, TypeInfo};

    /// A public key has 32 bytes.
    const E_WRONG_PUBKEY_SIZE: u64 = 1;
    /// A signature has 64 bytes.
    const E_WRONG_SIGNATURE_SIZE: u64 = 2;

    /// What authentication keys of single ed25519 keys end with before they are hashed.
    const SIGNATURE_SCHEME_ID: u8 = 0;
    const PUBLIC_KEY_NUM_BYTES: u64 = 32;
    const SIGNATURE_NUM_BYTES: u64 = 64;

    /// What is signed when a Move value is: the type keeps signatures for one purpose from serving another.
    struct SignedMessage<MessageType> has drop {
        type_info: TypeInfo,
        inner: MessageType
    }

    /// 32 bytes that may not be a key.
    struct UnvalidatedPublicKey has copy, drop, store {
        bytes: vector<u8>
    }

    /// A key that is a point of large order in canonical form.
    struct ValidatedPublicKey has copy, drop, store {
        bytes: vector<u8>
    }

    /// 64 bytes.
    struct Signature has copy, drop, store {
        bytes: vector<u8>
    }

    #[test_only]
    /// The other half of a key, for tests.
    struct SecretKey has drop {
        bytes: vector<u8>
    }

    /// A key of 32 bytes, not looked at further.
    public fun new_unvalidated_public_key_from_bytes(bytes: vector<u8>): UnvalidatedPublicKey {
        assert!(bytes.length() == PUBLIC_KEY_NUM_BYTES, error::invalid_argument(E_WRONG_PUBKEY_SIZE));
        UnvalidatedPublicKey { bytes }
    }

    /// A key, or nothing if the bytes are not a good one.
    public fun new_validated_public_key_from_bytes(bytes: vector<u8>): Option<ValidatedPublicKey> {
        if (bytes.length() == PUBLIC_KEY_NUM_BYTES && public_key_validate_internal(bytes)) {
            option::some(ValidatedPublicKey { bytes })
        } else {
            option::none()
        }
    }

    /// A signature of 64 bytes.
    public fun new_signature_from_bytes(bytes: vector<u8>): Signature {
        assert!(bytes.length() == SIGNATURE_NUM_BYTES, error::invalid_argument(E_WRONG_SIGNATURE_SIZE));
        Signature { bytes }
    }

    /// The key without the knowledge that it is good.
    public fun public_key_to_unvalidated(self: &ValidatedPublicKey): UnvalidatedPublicKey {
        UnvalidatedPublicKey { bytes: self.bytes }
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

    /// The key, if it is a good one.
    public fun public_key_validate(pk: &UnvalidatedPublicKey): Option<ValidatedPublicKey> {
        new_validated_public_key_from_bytes(pk.bytes)
    }

    /// Whether `signature` over `message` was made with the key.
    public fun signature_verify_strict(
        signature: &Signature, public_key: &UnvalidatedPublicKey, message: vector<u8>
    ): bool {
        signature_verify_strict_internal(signature.bytes, public_key.bytes, message)
    }

    /// Whether `signature` over the `SignedMessage` of `data` was made with the key.
    public fun signature_verify_strict_t<T: drop>(
        signature: &Signature, public_key: &UnvalidatedPublicKey, data: T
    ): bool {
        let message = bcs::to_bytes(&new_signed_message(data));
        signature_verify_strict_internal(signature.bytes, public_key.bytes, message)
    }

    /// `data` with its type, ready to be signed.
    public fun new_signed_message<T: drop>(data: T): SignedMessage<T> {
        SignedMessage { type_info: type_info::type_of<T>(), inner: data }
    }

    /// The authentication key of accounts with this key.
    public fun unvalidated_public_key_to_authentication_key(pk: &UnvalidatedPublicKey): vector<u8> {
        authentication_key(pk.bytes)
    }

    /// The authentication key of accounts with this key.
    public fun validated_public_key_to_authentication_key(pk: &ValidatedPublicKey): vector<u8> {
        authentication_key(pk.bytes)
    }

    fun authentication_key(bytes: vector<u8>): vector<u8> {
        bytes.push_back(SIGNATURE_SCHEME_ID);
        hash::sha3_256(bytes)
    }

    #[test_only]
    /// A new key pair.
    public fun generate_keys(): (SecretKey, ValidatedPublicKey) {
        let (secret, key) = generate_keys_internal();
        (SecretKey { bytes: secret }, ValidatedPublicKey { bytes: key })
    }

    #[test_only]
    /// Signs bytes.
    public fun sign_arbitrary_bytes(sk: &SecretKey, msg: vector<u8>): Signature {
        Signature { bytes: sign_internal(sk.bytes, msg) }
    }

    #[test_only]
    /// Signs the `SignedMessage` of `data`.
    public fun sign_struct<T: drop>(sk: &SecretKey, data: T): Signature {
        sign_arbitrary_bytes(sk, bcs::to_bytes(&new_signed_message(data)))
    }

    native fun public_key_validate_internal(bytes: vector<u8>): bool;
    native fun signature_verify_strict_internal(
        signature: vector<u8>, public_key: vector<u8>, message: vector<u8>
    ): bool;

    #[test_only]
    native fun generate_keys_internal(): (vector<u8>, vector<u8>);
    #[test_only]
    native fun sign_internal(secret_key: vector<u8>, message: vector<u8>): vector<u8>;
}
