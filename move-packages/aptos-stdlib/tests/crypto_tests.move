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

    /// RFC 8032, section 7.1, tests 1 to 3: secret parts left out, what they made kept.
    #[test]
    fun three_keys_of_the_standard_sign_as_one() {
        let bytes = x"d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
        bytes.append(x"3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
        bytes.append(x"fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025");
        // One of the three is enough.
        bytes.push_back(1);
        let key = multi_ed25519::new_unvalidated_public_key_from_bytes(bytes);
        assert!(multi_ed25519::unvalidated_public_key_to_bytes(&key) == bytes, 0);
        let valid = multi_ed25519::new_validated_public_key_from_bytes(bytes).destroy_some();
        assert!(multi_ed25519::public_key_into_unvalidated(valid) == key, 1);
        let preimage = bytes;
        preimage.push_back(1);
        assert!(
            multi_ed25519::unvalidated_public_key_to_authentication_key(&key) == hash::sha3_256(preimage), 2
        );
        // The second key signs the message 0x72: the bitmap's second bit from the left.
        let signature =
            x"92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00";
        signature.append(x"40000000");
        let good = multi_ed25519::new_signature_from_bytes(signature);
        assert!(multi_ed25519::signature_to_bytes(&good) == signature, 3);
        assert!(multi_ed25519::signature_verify_strict(&good, &key, x"72"), 4);
        assert!(!multi_ed25519::signature_verify_strict(&good, &key, x"73"), 5);
        // Signed by the second, said to be by the first; by nobody; by a fourth.
        vector[x"80000000", x"00000000", x"10000000", x"60000000"].for_each(|bitmap| {
            let other = signature;
            other.trim(64);
            other.append(bitmap);
            let bad = multi_ed25519::new_signature_from_bytes(other);
            assert!(!multi_ed25519::signature_verify_strict(&bad, &key, x"72"), 6);
        });
        // A threshold of three is not met by one.
        *bytes.borrow_mut(96) = 3;
        let key = multi_ed25519::new_unvalidated_public_key_from_bytes(bytes);
        assert!(!multi_ed25519::signature_verify_strict(&good, &key, x"72"), 7);
    }

    #[test]
    #[expected_failure(abort_code = 0x10001, location = aptos_std::multi_ed25519)]
    fun keys_have_32_bytes_each_and_a_threshold() {
        multi_ed25519::new_unvalidated_public_key_from_bytes(
            x"d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
        );
    }

    #[test]
    #[expected_failure(abort_code = 0x10002, location = aptos_std::multi_ed25519)]
    fun signatures_have_64_bytes_each_and_a_bitmap() {
        multi_ed25519::new_signature_from_bytes(x"40000000ff");
    }

    /// The example of EIP-155's predecessors: a message that Ethereum clients sign, and the key that they find.
    #[test]
    fun a_signer_is_found_by_their_signature() {
        let message = x"ce0677bb30baa8cf067c88db9811f4333d131bf8bcf12fe7065d211dce971008";
        let signature =
            secp256k1::ecdsa_signature_from_bytes(
                x"90f27b8b488db00b00606796d2987f6a5f59ae62ea05effe84fef5b8b0e549984a691139ad57a3f0b906637673aa2f63d1f55cb1a69199d4009eea23ceaddc93"
            );
        let key = secp256k1::ecdsa_recover(message, 1, &signature).destroy_some();
        assert!(
            secp256k1::ecdsa_raw_public_key_to_bytes(&key)
                == x"e32df42865e97135acfb65f3bae71bdc86f4d49150ad6a440b6f15878109880a0a2b2667f7e725ceea70c673093bf67663e0312623c8e091b13cf2c0f11ef652",
            0
        );
        assert!(secp256k1::ecdsa_recover(message, 0, &signature) != std::option::some(key), 1);
    }

    /// FIPS 180-4, FIPS 202, RFC 7693, and the papers of RIPEMD-160 and Keccak: digests of `abc`.
    #[test]
    fun digests_are_those_of_their_standards() {
        let abc = b"abc";
        assert!(hash::sha2_256(abc) == x"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", 0);
        assert!(hash::sha3_256(abc) == x"3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532", 1);
        assert!(
            aptos_hash::sha2_512(abc)
                == x"ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
            2
        );
        assert!(
            aptos_hash::sha3_512(abc)
                == x"b751850b1a57168a5693cd924b6b096e08f621827444f70d884f5d0240d2712e10e116e9192af3c91a7ec57647e3934057340b4cf408d5a56592f8274eec53f0",
            3
        );
        assert!(
            aptos_hash::keccak256(abc) == x"4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45", 4
        );
        assert!(aptos_hash::ripemd160(abc) == x"8eb208f7e05d987a9b044a8e98c6b087f15a0bfc", 5);
        assert!(
            aptos_hash::blake2b_256(abc) == x"bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319", 6
        );
    }
}
