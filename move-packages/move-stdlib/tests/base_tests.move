#[test_only]
module std::base_tests {
    use std::acl;
    use std::bcs;
    use std::cmp;
    use std::error;
    use std::features;
    use std::hash;
    use std::mem;
    use std::option;
    use std::signer;
    use std::string;
    use std::unit_test;

    struct Pair has copy, drop {
        left: u64,
        right: vector<u8>
    }

    enum Shape has copy, drop {
        Dot,
        Line(u64)
    }

    #[test]
    fun error_codes_carry_their_category() {
        let codes = vector[
            error::invalid_argument(1), error::out_of_range(1), error::invalid_state(1), error::unauthenticated(1),
            error::permission_denied(1), error::not_found(1), error::aborted(1), error::already_exists(1),
            error::resource_exhausted(1)
        ];
        codes.enumerate_ref(|i, code| assert!(*code == ((i + 1) << 16) + 1, i));
        assert!(error::internal(2) == 0xb0002, 100);
        assert!(error::not_implemented(2) == 0xc0002, 101);
        assert!(error::unavailable(2) == 0xd0002, 102);
        assert!(error::canonical(0xa, 7) == 0xa0007, 103);
    }

    #[test]
    fun values_have_one_encoding() {
        assert!(bcs::to_bytes(&258u16) == x"0201", 0);
        assert!(bcs::to_bytes(&Pair { left: 1, right: b"ab" }) == x"0100000000000000026162", 1);
        assert!(bcs::to_bytes(&option::some(true)) == x"0101", 2);
        assert!(bcs::to_bytes(&Shape::Line(1)) == x"010100000000000000", 3);
        assert!(bcs::serialized_size(&b"abc") == 4, 4);
        assert!(bcs::constant_serialized_size<u64>() == option::some(8), 5);
        assert!(bcs::constant_serialized_size<address>() == option::some(32), 6);
        assert!(bcs::constant_serialized_size<vector<u8>>() == option::none(), 7);
        assert!(bcs::constant_serialized_size<Pair>() == option::none(), 8);
    }

    #[test]
    fun hashes_are_those_of_the_standards() {
        assert!(hash::sha2_256(b"") == x"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", 0);
        assert!(hash::sha3_256(b"") == x"a7ffc6f8bf1ed76651c14756a061d662f580ff4de43b49fa82d80a4b80f8434a", 1);
    }

    #[test]
    fun values_change_places() {
        let (a, b) = (b"a", b"b");
        mem::swap(&mut a, &mut b);
        assert!(a == b"b" && b == b"a", 0);
        assert!(mem::replace(&mut a, b"c") == b"b", 1);
        assert!(a == b"c", 2);
    }

    #[test]
    fun everything_has_an_order() {
        assert!(cmp::compare(&1, &2).is_lt() && cmp::compare(&1, &2).is_le() && cmp::compare(&1, &2).is_ne(), 0);
        assert!(cmp::compare(&2, &2).is_eq() && cmp::compare(&2, &2).is_ge(), 1);
        assert!(cmp::compare(&3, &2).is_gt() && !cmp::compare(&3, &2).is_le(), 2);
        assert!(cmp::compare(&b"ab", &b"b").is_lt(), 3);
        assert!(cmp::compare(&b"a", &b"ab").is_lt(), 4);
        assert!(cmp::compare(&Shape::Dot, &Shape::Line(0)).is_lt(), 5);
        assert!(Pair { left: 1, right: b"z" } < Pair { left: 2, right: b"a" }, 6);
        assert!(string::utf8(b"b") > string::utf8(b"a"), 7);
        assert!(@0x100 > @0xff, 8);
    }

    #[test(s = @0xcafe)]
    fun a_signer_has_an_address(s: &signer) {
        assert!(signer::address_of(s) == @0xcafe, 0);
        assert!(*signer::borrow_address(s) == @0xcafe, 1);
    }

    #[test]
    fun signers_for_tests_differ() {
        let signers = unit_test::create_signers_for_testing(3);
        assert!(signers.length() == 3, 0);
        assert!(signer::address_of(signers.borrow(0)) != signer::address_of(signers.borrow(1)), 1);
        let one = unit_test::create_signer_for_testing();
        assert!(signer::address_of(&one) == signer::address_of(signers.borrow(0)), 2);
    }

    #[test]
    fun a_list_of_addresses_has_each_once() {
        let list = acl::empty();
        list.add(@0x1);
        assert!(list.contains(@0x1), 0);
        list.assert_contains(@0x1);
        list.remove(@0x1);
        assert!(!list.contains(@0x1), 1);
    }

    #[test]
    #[expected_failure(abort_code = 0x10000, location = std::acl)]
    fun an_address_is_not_listed_twice() {
        let list = acl::empty();
        list.add(@0x1);
        list.add(@0x1);
    }

    #[test(framework = @std)]
    fun features_say_what_there_is(framework: &signer) {
        assert!(features::module_event_enabled() && features::auids_enabled(), 0);
        assert!(!features::permissioned_signer_enabled(), 1);
        assert!(!features::is_enabled(0) && !features::is_enabled(10000), 2);
        features::change_feature_flags_for_testing(
            framework, vector[features::get_permissioned_signer_feature()], vector[features::get_auids()]
        );
        assert!(features::permissioned_signer_enabled() && !features::auids_enabled(), 3);
        assert!(features::module_event_enabled(), 4);
    }

    #[test(alice = @0xa11ce)]
    fun a_signer_says_who_it_is(alice: signer) {
        let by_reference = &alice;
        assert!(alice.address_of() == @0xa11ce && by_reference.address_of() == @0xa11ce, 0);
        assert!(*by_reference.borrow_address() == signer::address_of(&alice), 1);
    }
}
