#[test_only]
module aptos_framework::account_tests {
    use std::bcs;
    use std::option;
    use std::signer;
    use aptos_std::ed25519;
    use aptos_std::from_bcs;
    use aptos_framework::account;
    use aptos_framework::aptos_account;
    use aptos_framework::chain_id;
    use aptos_framework::event;
    use aptos_framework::guid;
    use aptos_framework::resource_account;

    struct Old has drop, store {
        n: u64
    }

    #[test]
    fun every_address_is_an_account() {
        assert!(account::exists_at(@0x12345), 0);
        assert!(account::get_sequence_number(@0x12345) == 0, 1);
        assert!(account::get_guid_next_creation_num(@0x12345) == 0, 2);
        assert!(account::get_authentication_key(@0x12345) == bcs::to_bytes(&@0x12345), 3);
        aptos_account::assert_account_exists(@0x12345);
    }

    #[test]
    fun an_account_is_made_once() {
        account::create_account_if_does_not_exist(@0x123);
        account::create_account_if_does_not_exist(@0x123);
        assert!(account::get_guid_next_creation_num(@0x123) == 2, 0);
        account::increment_sequence_number_for_test(@0x123);
        assert!(account::get_sequence_number(@0x123) == 1, 1);
        account::set_sequence_number(@0x123, 9);
        assert!(account::get_sequence_number(@0x123) == 9, 2);
    }

    #[test]
    #[expected_failure(abort_code = 0x80001, location = aptos_framework::account)]
    fun an_account_is_not_made_again() {
        aptos_account::create_account(@0x123);
        aptos_account::create_account(@0x123);
    }

    #[test]
    #[expected_failure(abort_code = 0x10005, location = aptos_framework::account)]
    fun the_systems_addresses_are_not_given_away() {
        account::create_account_if_does_not_exist(@vm_reserved);
    }

    #[test(alice = @0xa11ce)]
    fun resource_accounts_are_claimed_once(alice: &signer) {
        let (resource, cap) = account::create_resource_account(alice, b"seed");
        let addr = signer::address_of(&resource);
        assert!(addr == account::create_resource_address(&@0xa11ce, b"seed"), 0);
        assert!(account::get_signer_capability_address(&cap) == addr, 1);
        assert!(signer::address_of(&account::create_signer_with_capability(&cap)) == addr, 2);
        assert!(
            account::get_authentication_key(addr)
                == x"0000000000000000000000000000000000000000000000000000000000000000",
            3
        );
    }

    #[test(alice = @0xa11ce)]
    #[expected_failure(abort_code = 0x8000f, location = aptos_framework::account)]
    fun a_resource_account_is_not_claimed_again(alice: &signer) {
        account::create_resource_account(alice, b"seed");
        account::create_resource_account(alice, b"seed");
    }

    #[test(alice = @0xa11ce)]
    fun a_package_fetches_the_right_to_act_as_its_account(alice: &signer) {
        resource_account::create_resource_account(alice, b"shop", vector[]);
        let addr = account::create_resource_address(&@0xa11ce, b"shop");
        assert!(account::get_authentication_key(addr) == bcs::to_bytes(&@0xa11ce), 0);
        let resource = account::create_signer_for_test(addr);
        let cap = resource_account::retrieve_resource_account_cap(&resource, @0xa11ce);
        assert!(account::get_signer_capability_address(&cap) == addr, 1);
        assert!(account::get_authentication_key(addr) != bcs::to_bytes(&@0xa11ce), 2);
    }

    #[test(alice = @0xa11ce)]
    #[expected_failure(abort_code = 0x60001, location = aptos_framework::resource_account)]
    fun there_is_nothing_to_fetch_where_nothing_was_made(alice: &signer) {
        resource_account::retrieve_resource_account_cap(alice, @0xb0b);
    }

    #[test(alice = @0xa11ce)]
    fun identifiers_count(alice: &signer) {
        let first = account::create_guid(alice);
        let second = account::create_guid(alice);
        assert!(guid::creator_address(&first) == @0xa11ce, 0);
        assert!(guid::creation_num(&second) == guid::creation_num(&first) + 1, 1);
        let id = guid::id(&first);
        assert!(guid::eq_id(&first, &id) && !guid::eq_id(&second, &id), 2);
        assert!(id == guid::create_id(@0xa11ce, guid::id_creation_num(&id)), 3);
        assert!(guid::id_creator_address(&id) == @0xa11ce, 4);
    }

    #[test(alice = @0xa11ce)]
    fun old_events_stand_in_streams(alice: &signer) {
        let handle = account::new_event_handle<Old>(alice);
        event::emit_event(&mut handle, Old { n: 1 });
        event::emit_event(&mut handle, Old { n: 2 });
        assert!(event::counter(&handle) == 2, 0);
        assert!(guid::creator_address(event::guid(&handle)) == @0xa11ce, 1);
        assert!(event::was_event_emitted_by_handle(&handle, &Old { n: 2 }), 2);
        assert!(!event::was_event_emitted_by_handle(&handle, &Old { n: 3 }), 3);
        assert!(event::emitted_events_by_handle(&handle).length() == 2, 4);
        event::destroy_handle(handle);
    }

    #[test(alice = @0xa11ce, bob = @0xb0b)]
    fun a_signer_is_lent_by_offer(alice: &signer, bob: &signer) {
        account::create_account_for_test(@0xa11ce);
        account::set_signer_capability_offer(@0xa11ce, @0xb0b);
        assert!(account::is_signer_capability_offered(@0xa11ce), 0);
        assert!(account::get_signer_capability_offer_for(@0xa11ce) == @0xb0b, 1);
        assert!(signer::address_of(&account::create_authorized_signer(bob, @0xa11ce)) == @0xa11ce, 2);
        account::revoke_signer_capability(alice, @0xb0b);
        assert!(!account::is_signer_capability_offered(@0xa11ce), 3);
        account::set_rotation_capability_offer(@0xa11ce, @0xb0b);
        assert!(account::get_rotation_capability_offer_for(@0xa11ce) == @0xb0b, 4);
        account::revoke_any_rotation_capability(alice);
        assert!(!account::is_rotation_capability_offered(@0xa11ce), 5);
    }

    #[test(bob = @0xb0b)]
    #[expected_failure(abort_code = 0x60011, location = aptos_framework::account)]
    fun nobody_lends_what_they_never_had(bob: &signer) {
        account::create_authorized_signer(bob, @0xa11ce);
    }

    #[test(framework = @aptos_framework)]
    fun offers_are_signed(framework: &signer) {
        chain_id::initialize_for_test(framework, 4);
        assert!(chain_id::get() == 4, 0);
        let (sk, pk) = ed25519::generate_keys();
        let key = ed25519::validated_public_key_to_bytes(&pk);
        let alice = account::create_account_from_ed25519_public_key(key);
        let alice_addr = signer::address_of(&alice);
        assert!(alice_addr == from_bcs::to_address(ed25519::validated_public_key_to_authentication_key(&pk)), 1);
        let challenge = account::get_signer_capability_offer_proof_challenge_v2(alice_addr, @0xb0b);
        let proof = ed25519::signature_to_bytes(&ed25519::sign_struct(&sk, challenge));
        account::offer_signer_capability(&alice, proof, 0, key, @0xb0b);
        assert!(account::get_signer_capability_offer_for(alice_addr) == @0xb0b, 2);
        account::revoke_any_signer_capability(&alice);
    }

    #[test(framework = @aptos_framework)]
    #[expected_failure(abort_code = 0x10008, location = aptos_framework::account)]
    fun an_offer_to_another_is_no_offer(framework: &signer) {
        chain_id::initialize_for_test(framework, 4);
        let (sk, pk) = ed25519::generate_keys();
        let key = ed25519::validated_public_key_to_bytes(&pk);
        let alice = account::create_account_from_ed25519_public_key(key);
        let challenge =
            account::get_signer_capability_offer_proof_challenge_v2(signer::address_of(&alice), @0xb0b);
        let proof = ed25519::signature_to_bytes(&ed25519::sign_struct(&sk, challenge));
        account::offer_signer_capability(&alice, proof, 0, key, @0xcafe);
    }

    #[test(framework = @aptos_framework)]
    fun nobody_knows_where_keys_come_from_before_they_change(framework: &signer) {
        account::initialize_for_test(framework);
        assert!(account::originating_address(@0x1) == option::none(), 0);
    }
}
