#[test_only]
module aptos_framework::object_tests {
    use std::signer;
    use aptos_framework::event;
    use aptos_framework::guid;
    use aptos_framework::object::{Self, Object, ObjectCore};

    struct Hero has key {}

    fun hero(creator: &signer, name: vector<u8>): (object::ConstructorRef, Object<Hero>) {
        let constructor = object::create_named_object(creator, name);
        move_to(&constructor.generate_signer(), Hero {});
        let hero = constructor.object_from_constructor_ref<Hero>();
        (constructor, hero)
    }

    #[test(alice = @0xa11ce, bob = @0xb0b)]
    fun an_object_has_an_owner_who_passes_it_on(alice: &signer, bob: &signer) {
        let (constructor, hero) = hero(alice, b"hero");
        let addr = object::object_address(&hero);
        assert!(addr == object::create_object_address(&@0xa11ce, b"hero"), 0);
        assert!(constructor.address_from_constructor_ref() == addr, 1);
        assert!(object::is_object(addr) && object::object_exists<Hero>(addr), 2);
        assert!(hero.owner() == @0xa11ce && object::is_owner(hero, @0xa11ce), 3);
        object::transfer(alice, hero, @0xb0b);
        assert!(object::is_owner(hero, @0xb0b) && !object::owns(hero, @0xa11ce), 4);
        assert!(event::emitted_events<object::Transfer>().length() == 1, 5);
        object::transfer_call(bob, addr, @0xa11ce);
        object::transfer_raw(alice, addr, @0xb0b);
        assert!(hero.root_owner() == @0xb0b, 6);
        assert!(object::object_address(&hero.convert<Hero, ObjectCore>()) == addr, 7);
        assert!(!constructor.can_generate_delete_ref(), 8);
    }

    #[test(alice = @0xa11ce)]
    #[expected_failure(abort_code = 0x80001, location = aptos_framework::object)]
    fun a_name_is_given_once(alice: &signer) {
        hero(alice, b"hero");
        hero(alice, b"hero");
    }

    #[test(alice = @0xa11ce, bob = @0xb0b)]
    #[expected_failure(abort_code = 0x50004, location = aptos_framework::object)]
    fun a_stranger_passes_nothing_on(alice: &signer, bob: &signer) {
        let (_, hero) = hero(alice, b"hero");
        object::transfer(bob, hero, @0xb0b);
    }

    #[test]
    #[expected_failure(abort_code = 0x60002, location = aptos_framework::object)]
    fun an_address_is_no_object() {
        object::address_to_object<ObjectCore>(@0x123);
    }

    #[test(alice = @0xa11ce)]
    #[expected_failure(abort_code = 0x60007, location = aptos_framework::object)]
    fun an_object_holds_what_it_is_taken_for(alice: &signer) {
        let constructor = object::create_object(signer::address_of(alice));
        constructor.object_from_constructor_ref<Hero>();
    }

    #[test(alice = @0xa11ce, bob = @0xb0b)]
    fun ownership_reaches_through_objects(alice: &signer, bob: &signer) {
        let (_, outer) = hero(alice, b"outer");
        let (_, inner) = hero(alice, b"inner");
        object::transfer_to_object(alice, inner, outer);
        assert!(inner.owner() == object::object_address(&outer), 0);
        assert!(object::owns(inner, @0xa11ce) && inner.root_owner() == @0xa11ce, 1);
        object::transfer(alice, outer, @0xb0b);
        assert!(object::owns(inner, @0xb0b) && !object::owns(inner, @0xa11ce), 2);
        object::transfer(bob, inner, @0xa11ce);
        assert!(inner.owner() == @0xa11ce, 3);
    }

    #[test(alice = @0xa11ce, bob = @0xb0b)]
    fun references_outlive_the_making(alice: &signer, bob: &signer) {
        let constructor = object::create_object(signer::address_of(alice));
        let extend = constructor.generate_extend_ref();
        let transfer = constructor.generate_transfer_ref();
        let delete = constructor.generate_delete_ref();
        let object = constructor.object_from_constructor_ref<ObjectCore>();
        assert!(signer::address_of(&extend.generate_signer_for_extending()) == extend.address_from_extend_ref(), 0);
        transfer.disable_ungated_transfer();
        assert!(!object.ungated_transfer_allowed(), 1);
        transfer.generate_linear_transfer_ref().transfer_with_ref(@0xb0b);
        assert!(object.owner() == @0xb0b, 2);
        transfer.enable_ungated_transfer();
        object::transfer(bob, object, @0xa11ce);
        assert!(delete.object_from_delete_ref<ObjectCore>() == object, 3);
        let addr = delete.address_from_delete_ref();
        delete.delete();
        assert!(!object::is_object(addr), 4);
    }

    #[test(alice = @0xa11ce)]
    #[expected_failure(abort_code = 0x50003, location = aptos_framework::object)]
    fun a_gate_stops_the_owner(alice: &signer) {
        let (constructor, hero) = hero(alice, b"hero");
        constructor.generate_transfer_ref().disable_ungated_transfer();
        object::transfer(alice, hero, @0xb0b);
    }

    #[test(alice = @0xa11ce)]
    #[expected_failure(abort_code = 0x50004, location = aptos_framework::object)]
    fun a_right_to_transfer_ends_with_its_owner(alice: &signer) {
        let (constructor, hero) = hero(alice, b"hero");
        let right = constructor.generate_transfer_ref().generate_linear_transfer_ref();
        object::transfer(alice, hero, @0xb0b);
        right.transfer_with_ref(@0xcafe);
    }

    #[test(alice = @0xa11ce)]
    #[expected_failure(abort_code = 0x50005, location = aptos_framework::object)]
    fun what_was_made_to_stay_stays(alice: &signer) {
        object::create_sticky_object(signer::address_of(alice)).generate_delete_ref();
    }

    #[test(alice = @0xa11ce)]
    #[expected_failure(abort_code = 0x50009, location = aptos_framework::object)]
    fun what_is_bound_is_never_passed_on(alice: &signer) {
        let (constructor, hero) = hero(alice, b"hero");
        constructor.set_untransferable();
        assert!(hero.is_untransferable(), 0);
        object::transfer(alice, hero, @0xb0b);
    }

    #[test(alice = @0xa11ce)]
    fun burning_is_taken_back_by_who_did_it(alice: &signer) {
        let (_, hero) = hero(alice, b"hero");
        object::burn(alice, hero);
        assert!(hero.is_burnt(), 0);
        object::unburn(alice, hero);
        assert!(!hero.is_burnt() && hero.owner() == @0xa11ce, 1);
        object::burn_object_with_transfer(alice, hero);
        assert!(hero.owner() != @0xa11ce, 2);
        object::unburn(alice, hero);
        assert!(hero.owner() == @0xa11ce, 3);
    }

    #[test(alice = @0xa11ce)]
    #[expected_failure(abort_code = 0x10008, location = aptos_framework::object)]
    fun what_was_not_burnt_is_not_taken_back(alice: &signer) {
        let (_, hero) = hero(alice, b"hero");
        object::unburn(alice, hero);
    }

    #[test(alice = @0xa11ce)]
    fun addresses_are_unique_and_derived(alice: &signer) {
        let first = object::create_object(@0xa11ce).address_from_constructor_ref();
        let second = object::create_object(@0xa11ce).address_from_constructor_ref();
        assert!(first != second, 0);
        assert!(
            object::create_user_derived_object_address(@0x1, @0x2) == object::user_derived_address_for_test(@0x1, @0x2),
            1
        );
        let third = object::create_object_from_account(alice);
        let fourth = object::create_object_from_object(&third.generate_signer());
        assert!(third.address_from_constructor_ref() != fourth.address_from_constructor_ref(), 2);
        assert!(object::create_guid_object_address(@0x1, 1) != object::create_guid_object_address(@0x1, 2), 3);
        let extend = object::create_unique_onchain_signer();
        assert!(!object::is_object(extend.address_from_extend_ref()), 4);
        object::create_named_unowned_onchain_signer(alice, b"x");
    }

    struct Passed has drop, store {
        n: u64
    }

    #[test(alice = @0xa11ce)]
    fun an_object_gives_out_identifiers_and_streams(alice: &signer) {
        let (constructor, hero) = hero(alice, b"hero");
        let object_signer = constructor.generate_signer();
        let first = object::create_guid(&object_signer);
        let second = object::create_guid(&object_signer);
        assert!(guid::creation_num(&second) == guid::creation_num(&first) + 1, 0);
        assert!(guid::creator_address(&first) == object::object_address(&hero), 1);
        let handle = object::new_event_handle<Passed>(&object_signer);
        event::emit_event(&mut handle, Passed { n: 1 });
        assert!(event::counter(&handle) == 1, 2);
        event::destroy_handle(handle);
        constructor.transfer_with_constructor_ref(@0xb0b);
        assert!(hero.owner() == @0xb0b, 3);
    }

    #[test(alice = @0xa11ce)]
    fun an_object_stands_where_two_addresses_say(alice: &signer) {
        let (constructor, hero) = hero(alice, b"hero");
        let derived =
            object::create_user_derived_object_for_test(@0xb0b, &constructor.generate_derive_ref())
                .address_from_constructor_ref();
        assert!(derived == object::create_user_derived_object_address(@0xb0b, object::object_address(&hero)), 0);
    }

    #[test(alice = @0xa11ce)]
    #[expected_failure(abort_code = 0x60002, location = aptos_framework::object)]
    fun what_is_no_object_gives_out_nothing(alice: &signer) {
        object::create_guid(alice);
    }
}
