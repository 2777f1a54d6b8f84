#[test_only]
module aptos_framework::key_tests {
    use std::bcs;
    use std::option;
    use std::signer;
    use aptos_std::ed25519::{Self, SecretKey, ValidatedPublicKey};
    use aptos_std::from_bcs;
    use aptos_framework::account;
    use aptos_framework::chain_id;
    use aptos_framework::event;

    struct Note has drop {
        n: u64
    }

    fun key(pk: &ValidatedPublicKey): vector<u8> {
        ed25519::validated_public_key_to_bytes(pk)
    }

    fun authentication_key(pk: &ValidatedPublicKey): vector<u8> {
        ed25519::validated_public_key_to_authentication_key(pk)
    }

    /// A signature over a proof of `account` with these fields, put together as wallets do.
    fun proof(sk: &SecretKey, kind: vector<u8>, fields: vector<u8>): vector<u8> {
        let message = bcs::to_bytes(&@0x1);
        message.append(bcs::to_bytes(&b"account"));
        message.append(bcs::to_bytes(&kind));
        message.append(fields);
        ed25519::signature_to_bytes(&ed25519::sign_arbitrary_bytes(sk, message))
    }

    /// Fields of `RotationProofChallenge`.
    fun rotation(number: u64, originator: address, current: vector<u8>, new_key: vector<u8>): vector<u8> {
        let fields = bcs::to_bytes(&number);
        fields.append(bcs::to_bytes(&originator));
        fields.append(current);
        fields.append(bcs::to_bytes(&new_key));
        fields
    }

    fun start(framework: &signer): (SecretKey, ValidatedPublicKey, signer) {
        account::initialize_for_test(framework);
        chain_id::initialize_for_test(framework, 4);
        let (sk, pk) = ed25519::generate_keys();
        let alice = account::create_account_from_ed25519_public_key(key(&pk));
        (sk, pk, alice)
    }

    #[test(framework = @aptos_framework)]
    fun a_key_changes_when_both_keys_sign(framework: &signer) {
        let (sk, pk, alice) = start(framework);
        let addr = signer::address_of(&alice);
        let (new_sk, new_pk) = ed25519::generate_keys();
        let fields = rotation(0, addr, authentication_key(&pk), key(&new_pk));
        account::rotate_authentication_key(
            &alice,
            0,
            key(&pk),
            0,
            key(&new_pk),
            proof(&sk, b"RotationProofChallenge", fields),
            proof(&new_sk, b"RotationProofChallenge", fields)
        );
        assert!(account::get_authentication_key(addr) == authentication_key(&new_pk), 0);
        let new_address = from_bcs::to_address(authentication_key(&new_pk));
        assert!(account::originating_address(new_address) == option::some(addr), 1);
        assert!(event::emitted_events<account::KeyRotation>().length() == 1, 2);

        // Bob changes it once more, by the capability that the present key offers.
        let bob = account::create_account_for_test(@0xb0b);
        let fields = x"04";
        fields.append(bcs::to_bytes(&0u64));
        fields.append(bcs::to_bytes(&addr));
        fields.append(bcs::to_bytes(&@0xb0b));
        account::offer_rotation_capability(
            &alice, proof(&new_sk, b"RotationCapabilityOfferProofChallengeV2", fields), 0, key(&new_pk), @0xb0b
        );
        assert!(account::get_rotation_capability_offer_for(addr) == @0xb0b, 3);
        let (last_sk, last_pk) = ed25519::generate_keys();
        let fields = rotation(0, addr, authentication_key(&new_pk), key(&last_pk));
        account::rotate_authentication_key_with_rotation_capability(
            &bob, addr, 0, key(&last_pk), proof(&last_sk, b"RotationProofChallenge", fields)
        );
        assert!(account::get_authentication_key(addr) == authentication_key(&last_pk), 4);
        assert!(account::originating_address(new_address).is_none(), 5);
        account::revoke_rotation_capability(&alice, @0xb0b);
        assert!(!account::is_rotation_capability_offered(addr), 6);
    }

    #[test(framework = @aptos_framework)]
    #[expected_failure(abort_code = 0x10008, location = aptos_framework::account)]
    fun a_key_that_signs_something_else_proves_nothing(framework: &signer) {
        let (sk, pk, alice) = start(framework);
        let (new_sk, new_pk) = ed25519::generate_keys();
        let addr = signer::address_of(&alice);
        let fields = rotation(0, addr, authentication_key(&pk), key(&new_pk));
        let other = rotation(1, addr, authentication_key(&pk), key(&new_pk));
        account::rotate_authentication_key(
            &alice,
            0,
            key(&pk),
            0,
            key(&new_pk),
            proof(&sk, b"RotationProofChallenge", fields),
            proof(&new_sk, b"RotationProofChallenge", other)
        );
    }

    #[test(framework = @aptos_framework)]
    #[expected_failure(abort_code = 0x40007, location = aptos_framework::account)]
    fun the_present_key_must_be_named(framework: &signer) {
        let (_, _, alice) = start(framework);
        let (_, new_pk) = ed25519::generate_keys();
        account::rotate_authentication_key(&alice, 0, key(&new_pk), 0, key(&new_pk), x"", x"");
    }

    #[test(framework = @aptos_framework, bob = @0xb0b)]
    #[expected_failure(abort_code = 0x60012, location = aptos_framework::account)]
    fun nobody_changes_a_key_without_an_offer(framework: &signer, bob: &signer) {
        let (_, pk, alice) = start(framework);
        account::rotate_authentication_key_with_rotation_capability(
            bob, signer::address_of(&alice), 0, key(&pk), x""
        );
    }

    #[test(framework = @aptos_framework)]
    #[expected_failure(abort_code = 0x60012, location = aptos_framework::account)]
    fun nothing_is_taken_back_that_was_not_offered(framework: &signer) {
        let (_, _, alice) = start(framework);
        account::revoke_rotation_capability(&alice, @0xb0b);
    }

    #[test(framework = @aptos_framework)]
    fun a_message_is_signed_by_the_accounts_key(framework: &signer) {
        let (sk, pk, alice) = start(framework);
        let signature = ed25519::signature_to_bytes(&ed25519::sign_struct(&sk, Note { n: 7 }));
        account::verify_signed_message(signer::address_of(&alice), 0, key(&pk), signature, Note { n: 7 });
    }

    #[test(framework = @aptos_framework)]
    #[expected_failure(abort_code = 0x10008, location = aptos_framework::account)]
    fun another_message_is_not_what_was_signed(framework: &signer) {
        let (sk, pk, alice) = start(framework);
        let signature = ed25519::signature_to_bytes(&ed25519::sign_struct(&sk, Note { n: 7 }));
        account::verify_signed_message(signer::address_of(&alice), 0, key(&pk), signature, Note { n: 8 });
    }

    #[test(framework = @aptos_framework)]
    #[expected_failure(abort_code = 0x1000c, location = aptos_framework::account)]
    fun other_schemes_prove_nothing(framework: &signer) {
        let (_, pk, alice) = start(framework);
        account::verify_signed_message(signer::address_of(&alice), 2, key(&pk), x"", Note { n: 8 });
    }

    #[test]
    fun a_test_acts_as_any_account() {
        let cap = account::create_test_signer_cap(@0xa11ce);
        assert!(signer::address_of(&account::create_signer_with_capability(&cap)) == @0xa11ce, 0);
    }

    #[test(alice = @0xa11ce)]
    #[expected_failure(abort_code = 0xd001e, location = aptos_framework::account)]
    fun there_are_no_signers_that_may_only_rotate(alice: &signer) {
        account::grant_key_rotation_permission(alice, alice);
    }

    #[test(alice = @0xa11ce)]
    #[expected_failure(abort_code = 0xd001e, location = aptos_framework::account)]
    fun there_are_no_signers_that_may_only_offer(alice: &signer) {
        account::grant_key_offering_permission(alice, alice);
    }
}
