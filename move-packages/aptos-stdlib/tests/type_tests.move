#[test_only]
module aptos_std::type_tests {
    use std::option;
    use std::string;
    use aptos_std::any;
    use aptos_std::bcs_stream;
    use aptos_std::comparator;
    use aptos_std::copyable_any;
    use aptos_std::debug;
    use aptos_std::from_bcs;
    use aptos_std::string_utils;
    use aptos_std::type_info;

    struct Box<T> has copy, drop, store {
        item: T
    }

    #[test]
    fun types_are_named() {
        let info = type_info::type_of<Box<u64>>();
        assert!(info.account_address() == @aptos_std, 0);
        assert!(info.module_name() == b"type_tests", 1);
        assert!(info.struct_name() == b"Box<u64>", 2);
        assert!(type_info::type_name<vector<Box<address>>>() == string::utf8(b"vector<0x1::type_tests::Box<address>>"), 3);
        assert!(type_info::size_of_val(&b"abc") == 4, 4);
        type_info::chain_id();
    }

    #[test]
    fun values_travel_without_their_types() {
        let packed = any::pack(Box { item: 7u8 });
        assert!(*packed.type_name() == string::utf8(b"0x1::type_tests::Box<u8>"), 0);
        assert!(packed.unpack<Box<u8>>() == Box { item: 7 }, 1);
        let packed = copyable_any::pack(b"abc");
        assert!(*packed.type_name() == string::utf8(b"vector<u8>"), 2);
        assert!(packed.unpack<vector<u8>>() == b"abc", 3);
        assert!(copyable_any::unpack<vector<u8>>(packed) == b"abc", 4);
    }

    #[test]
    #[expected_failure(abort_code = 0x10001, location = aptos_std::any)]
    fun a_value_keeps_its_type() {
        any::pack(1u8).unpack<u64>();
    }

    #[test]
    #[expected_failure(abort_code = 0x10000, location = aptos_std::copyable_any)]
    fun a_copyable_value_keeps_its_type() {
        copyable_any::pack(1u8).unpack<u64>();
    }

    #[test]
    fun values_come_out_of_bytes() {
        assert!(from_bcs::to_bool(x"01") && from_bcs::to_u8(x"07") == 7, 0);
        assert!(from_bcs::to_u16(x"0100") == 1 && from_bcs::to_u32(x"01000000") == 1, 1);
        assert!(from_bcs::to_u64(x"0100000000000000") == 1, 2);
        assert!(from_bcs::to_u128(x"01000000000000000000000000000000") == 1, 3);
        assert!(
            from_bcs::to_u256(x"0100000000000000000000000000000000000000000000000000000000000000") == 1, 4
        );
        assert!(
            from_bcs::to_address(x"0000000000000000000000000000000000000000000000000000000000000001") == @0x1, 5
        );
        assert!(from_bcs::to_bytes(x"03616263") == b"abc", 6);
        assert!(from_bcs::to_string(x"03616263") == string::utf8(b"abc"), 7);
    }

    #[test]
    #[expected_failure(abort_code = 0x10001, location = aptos_std::from_bcs)]
    fun bytes_are_not_left_over() {
        from_bcs::to_u8(x"0101");
    }

    #[test]
    fun bytes_are_read_one_after_the_other() {
        let s = bcs_stream::new(x"ac0201070100020a0b0105");
        assert!(bcs_stream::deserialize_uleb128(&mut s) == 300, 0);
        assert!(bcs_stream::deserialize_bool(&mut s), 1);
        assert!(bcs_stream::deserialize_u8(&mut s) == 7, 2);
        assert!(bcs_stream::deserialize_u16(&mut s) == 1, 3);
        let list = bcs_stream::deserialize_vector(&mut s, |s| bcs_stream::deserialize_u8(s));
        assert!(list == vector[10, 11], 4);
        assert!(bcs_stream::deserialize_option(&mut s, |s| bcs_stream::deserialize_u8(s)) == option::some(5), 5);
        assert!(!bcs_stream::has_remaining(&mut s), 6);
    }

    #[test]
    #[expected_failure(abort_code = 0x20002, location = aptos_std::bcs_stream)]
    fun a_stream_ends() {
        bcs_stream::deserialize_u32(&mut bcs_stream::new(x"0102"));
    }

    #[test]
    fun values_become_text() {
        assert!(string_utils::to_string(&258u16) == string::utf8(b"258"), 0);
        assert!(string_utils::to_string(&true) == string::utf8(b"true"), 1);
        assert!(string_utils::to_string(&@0x1) == string::utf8(b"@0x1"), 2);
        assert!(string_utils::to_string(&b"ab") == string::utf8(b"0x6162"), 3);
        assert!(string_utils::to_string(&string::utf8(b"ab")) == string::utf8(b"\"ab\""), 4);
        assert!(string_utils::to_string(&vector[1, 2]) == string::utf8(b"[ 1, 2 ]"), 5);
        assert!(string_utils::to_string_with_integer_types(&6u8) == string::utf8(b"6u8"), 6);
        assert!(
            string_utils::to_string_with_canonical_addresses(&@0x1)
                == string::utf8(b"@0x0000000000000000000000000000000000000000000000000000000000000001"),
            7
        );
        let box = Box { item: option::some(3u8) };
        assert!(
            string_utils::to_string(&box)
                == string::utf8(b"0x1::type_tests::Box<0x1::option::Option<u8>> { item: Some(3) }"),
            13
        );
        assert!(string_utils::to_string(&option::none<u8>()) == string::utf8(b"None"), 14);
        assert!(!string_utils::debug_string(&Box { item: 1 }).is_empty(), 8);
        assert!(string_utils::format1(&b"a {} b", 1) == string::utf8(b"a 1 b"), 9);
        assert!(string_utils::format2(&b"{{{}}} {}", 1, true) == string::utf8(b"{1} true"), 10);
        assert!(string_utils::format3(&b"{}{}{}", 1, 2, 3) == string::utf8(b"123"), 11);
        assert!(string_utils::format4(&b"{}{}{}{}", 1, 2, 3, 4) == string::utf8(b"1234"), 12);
        debug::print(&Box { item: b"printed" });
        debug::print_stack_trace();
    }

    #[test]
    #[expected_failure(abort_code = 1, location = aptos_std::string_utils)]
    fun every_argument_is_used() {
        string_utils::format2(&b"{}", 1, 2);
    }

    #[test]
    #[expected_failure(abort_code = 2, location = aptos_std::string_utils)]
    fun braces_come_in_pairs() {
        string_utils::format1(&b"{a", 1);
    }

    #[test]
    fun bytes_are_compared() {
        assert!(comparator::compare(&1u8, &2u8).is_smaller_than(), 0);
        // Lowest byte first: not the order of numbers.
        assert!(comparator::compare(&256u16, &1u16).is_smaller_than(), 1);
        assert!(comparator::compare_u8_vector(b"b", b"ab").is_greater_than(), 2);
        assert!(comparator::compare_u8_vector(b"ab", b"a").is_greater_than(), 3);
        assert!(comparator::compare_u8_vector(b"a", b"a").is_equal(), 4);
    }
}
