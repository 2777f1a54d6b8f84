#[test_only]
module aptos_std::crypto_tests {
    use std::hash;
    use aptos_std::aptos_hash;
    use aptos_std::ed25519;
    use aptos_std::multi_ed25519;
    use aptos_std::secp256k1;

    struct Order has copy, drop {
        amount: u64
    }

    #[test]
    fun hashes_are_those_of_their_papers() {
        assert!(
            aptos_hash::keccak256(b"") == x"c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470", 0
        );
        assert!(
            aptos_hash::sha2_512(b"")
                == x"cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e",
            1
        );
        assert!(
            aptos_hash::sha3_512(b"")
                == x"a69f73cca23a9ac5c8b567dc185a756e97c982164fe25859e0d1dcc1475c80a615b2123af1f5f94c11e3e9402c3ac558f500199d95b6d3e301758586281dcd26",
            2
        );
        assert!(aptos_hash::ripemd160(b"") == x"9c1185a5c5e9fc54612808977ee8f548b2258d31", 3);
        assert!(
            aptos_hash::blake2b_256(b"") == x"0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8", 4
        );
        // SipHash-2-4 of nothing under the key of zeros.
        assert!(aptos_hash::sip_hash(b"") == 2202906307356721367, 5);
        assert!(aptos_hash::sip_hash_from_value(&1u8) == aptos_hash::sip_hash(x"01"), 6);
        assert!(aptos_hash::sha2_512_value(&b"") == aptos_hash::sha2_512(x"00"), 7);
        assert!(aptos_hash::sha3_512_value(&b"") == aptos_hash::sha3_512(x"00"), 8);
    }

    #[test]
    fun signatures_are_verified() {
        let (sk, pk) = ed25519::generate_keys();
        let key = pk.public_key_to_unvalidated();
        let signature = ed25519::sign_arbitrary_bytes(&sk, b"message");
        assert!(ed25519::signature_verify_strict(&signature, &key, b"message"), 0);
        assert!(!ed25519::signature_verify_strict(&signature, &key, b"massage"), 1);
        let signature = ed25519::sign_struct(&sk, Order { amount: 5 });
        assert!(ed25519::signature_verify_strict_t(&signature, &key, Order { amount: 5 }), 2);
        assert!(!ed25519::signature_verify_strict_t(&signature, &key, Order { amount: 6 }), 3);
        let bytes = ed25519::validated_public_key_to_bytes(&pk);
        assert!(ed25519::unvalidated_public_key_to_bytes(&key) == bytes, 4);
        assert!(ed25519::public_key_validate(&key).is_some(), 5);
        let preimage = bytes;
        preimage.push_back(0);
        assert!(ed25519::validated_public_key_to_authentication_key(&pk) == hash::sha3_256(preimage), 6);
        assert!(
            ed25519::unvalidated_public_key_to_authentication_key(&key)
                == ed25519::validated_public_key_to_authentication_key(&pk),
            7
        );
        let copied = ed25519::new_signature_from_bytes(ed25519::signature_to_bytes(&signature));
        assert!(copied == signature && ed25519::public_key_into_unvalidated(pk) == key, 8);
    }

    #[test]
    fun bad_points_are_no_keys() {
        // Of order 1, of order 4, and no point at all.
        vector[
            x"0100000000000000000000000000000000000000000000000000000000000000",
            x"0000000000000000000000000000000000000000000000000000000000000000",
            x"0200000000000000000000000000000000000000000000000000000000000000"
        ].for_each(|bytes| {
            assert!(ed25519::new_validated_public_key_from_bytes(bytes).is_none(), 0);
        });
        assert!(ed25519::new_validated_public_key_from_bytes(x"01").is_none(), 1);
    }

    #[test]
    #[expected_failure(abort_code = 0x10001, location = aptos_std::ed25519)]
    fun a_key_has_32_bytes() {
        ed25519::new_unvalidated_public_key_from_bytes(x"00");
    }

    #[test]
    #[expected_failure(abort_code = 0x10002, location = aptos_std::ed25519)]
    fun a_signature_has_64_bytes() {
        ed25519::new_signature_from_bytes(x"00");
    }

    #[test]
    fun several_keys_sign_together() {
        let (sk, pk) = multi_ed25519::generate_keys(2, 3);
        let key = multi_ed25519::public_key_to_unvalidated(&pk);
        let signature = multi_ed25519::sign_arbitrary_bytes(&sk, b"message");
        assert!(multi_ed25519::signature_verify_strict(&signature, &key, b"message"), 0);
        assert!(!multi_ed25519::signature_verify_strict(&signature, &key, b"massage"), 1);
        multi_ed25519::maul_first_signature(&mut signature);
        assert!(!multi_ed25519::signature_verify_strict(&signature, &key, b"message"), 2);
        let signature = multi_ed25519::sign_struct(&sk, Order { amount: 5 });
        assert!(multi_ed25519::signature_verify_strict_t(&signature, &key, Order { amount: 5 }), 3);
        assert!(multi_ed25519::unvalidated_public_key_num_sub_pks(&key) == 3, 4);
        assert!(multi_ed25519::unvalidated_public_key_threshold(&key).contains(&2), 5);
        assert!(multi_ed25519::validated_public_key_num_sub_pks(&pk) == 3, 6);
        assert!(multi_ed25519::validated_public_key_threshold(&pk) == 2, 7);
        assert!(multi_ed25519::public_key_validate(&key).is_some(), 8);
        assert!(multi_ed25519::public_key_validate_v2(&key).is_some(), 9);
        let bytes = multi_ed25519::validated_public_key_to_bytes(&pk);
        bytes.push_back(1);
        assert!(multi_ed25519::validated_public_key_to_authentication_key(&pk) == hash::sha3_256(bytes), 10);
    }

    #[test]
    fun a_threshold_can_be_reached() {
        let (_, pk) = multi_ed25519::generate_keys(1, 1);
        let bytes = multi_ed25519::validated_public_key_to_bytes(&pk);
        assert!(multi_ed25519::check_and_get_threshold(bytes).contains(&1), 0);
        *bytes.borrow_mut(32) = 2;
        assert!(multi_ed25519::check_and_get_threshold(bytes).is_none(), 1);
        *bytes.borrow_mut(32) = 0;
        assert!(multi_ed25519::check_and_get_threshold(bytes).is_none(), 2);
        assert!(multi_ed25519::new_validated_public_key_from_bytes_v2(bytes).is_none(), 3);
    }

    #[test]
    #[expected_failure(abort_code = 0x10001, location = aptos_std::secp256k1)]
    fun a_recoverable_message_has_32_bytes() {
        let signature = secp256k1::ecdsa_signature_from_bytes(
            x"00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
        );
        secp256k1::ecdsa_recover(x"00", 0, &signature);
    }

    #[test]
    #[expected_failure(abort_code = 0x10002, location = aptos_std::secp256k1)]
    fun a_recovery_id_is_small() {
        let signature = secp256k1::ecdsa_signature_from_bytes(
            x"00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
        );
        secp256k1::ecdsa_recover(hash::sha2_256(b""), 4, &signature);
    }

    #[test]
    fun zeros_are_nobodys_signature() {
        let zeros =
            x"00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000";
        let signature = secp256k1::ecdsa_signature_from_bytes(zeros);
        assert!(secp256k1::ecdsa_signature_to_bytes(&signature) == zeros, 0);
        assert!(secp256k1::ecdsa_recover(hash::sha2_256(b""), 0, &signature).is_none(), 1);
        let key = secp256k1::ecdsa_raw_public_key_from_64_bytes(zeros);
        assert!(secp256k1::ecdsa_raw_public_key_to_bytes(&key) == zeros, 2);
    }
}
