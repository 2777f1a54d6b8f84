/// The numbers that clients and other packages' tests rely on: what each failure aborts with, and where.
#[test_only]
module aptos_std::code_number_tests {
    use std::bit_vector;
    use std::fixed_point32;
    use std::option;
    use std::string;
    use std::vector;
    use aptos_std::fixed_point64;
    use aptos_std::from_bcs;
    use aptos_std::math64;
    use aptos_std::simple_map;
    use aptos_std::smart_table;
    use aptos_std::smart_vector;
    use aptos_std::table;
    use aptos_std::table_with_length;

    fun zero(): u64 {
        0
    }

    #[test]
    #[expected_failure(abort_code = 0x10004, location = Self)]
    fun a_quotient_by_zero_is_refused() {
        math64::mul_div(1, 2, zero());
    }

    #[test]
    #[expected_failure(arithmetic_error, location = aptos_std::math64)]
    fun a_power_overflows() {
        math64::pow(10, 20);
    }

    #[test]
    #[expected_failure(abort_code = 0x10001, location = aptos_std::math64)]
    fun zero_has_no_logarithm() {
        math64::floor_log2(0);
    }

    #[test]
    #[expected_failure(abort_code = 0x20005, location = std::fixed_point32)]
    fun a_fixed_point_number_is_below_2_to_the_32() {
        fixed_point32::create_from_u64(1 << 32);
    }

    #[test]
    #[expected_failure(abort_code = 0x20005, location = std::fixed_point32)]
    fun a_ratio_is_not_rounded_to_nothing() {
        fixed_point32::create_from_rational(1, 18446744073709551615);
    }

    #[test]
    #[expected_failure(abort_code = 0x20003, location = std::fixed_point32)]
    fun a_product_of_fixed_point_fits() {
        fixed_point32::multiply_u64(18446744073709551615, fixed_point32::create_from_u64(2));
    }

    #[test]
    #[expected_failure(abort_code = 0x10006, location = aptos_std::fixed_point64)]
    fun a_difference_of_fixed_point_is_not_negative() {
        fixed_point64::create_from_u128(1).sub(fixed_point64::create_from_u128(2));
    }

    #[test]
    #[expected_failure(abort_code = 2, location = std::string)]
    fun a_text_is_cut_between_characters() {
        string::utf8(x"c3a9").sub_string(0, 1);
    }

    #[test]
    #[expected_failure(abort_code = 1, location = std::string)]
    fun half_a_character_is_no_text() {
        string::utf8(x"c3");
    }

    #[test]
    #[expected_failure(abort_code = 0x40001, location = std::option)]
    fun nothing_is_not_unwrapped() {
        option::none<u8>().destroy_some();
    }

    #[test]
    #[expected_failure(abort_code = 0x40000, location = std::option)]
    fun something_is_not_nothing() {
        option::some(1).destroy_none();
    }

    #[test]
    #[expected_failure(abort_code = 0x40002, location = std::option)]
    fun an_option_is_one_at_most() {
        option::from_vec(vector[1, 2]);
    }

    #[test]
    #[expected_failure(abort_code = 25607, location = aptos_std::table)]
    fun a_table_takes_a_key_once() {
        let t = table::new<u64, u64>();
        t.add(1, 1);
        t.add(1, 1);
        t.drop_unchecked();
    }

    #[test]
    #[expected_failure(abort_code = 25863, location = aptos_std::table)]
    fun a_table_gives_what_it_has() {
        let t = table::new<u64, u64>();
        t.remove(1);
        t.drop_unchecked();
    }

    #[test]
    #[expected_failure(abort_code = 0x30066, location = aptos_std::table_with_length)]
    fun a_counted_table_is_ended_empty() {
        let t = table_with_length::new<u64, u64>();
        t.add(1, 1);
        t.destroy_empty();
    }

    #[test]
    #[expected_failure(abort_code = 0x10001, location = aptos_std::smart_table)]
    fun a_smart_table_gives_what_it_has() {
        let t = smart_table::new<u64, u64>();
        t.remove(1);
        t.destroy();
    }

    #[test]
    #[expected_failure(abort_code = 0x10004, location = aptos_std::smart_table)]
    fun a_smart_table_takes_a_key_once() {
        let t = smart_table::new<u64, u64>();
        t.add(1, 1);
        t.add(1, 1);
        t.destroy();
    }

    #[test]
    #[expected_failure(abort_code = 0x10003, location = aptos_std::smart_table)]
    fun a_smart_table_is_ended_empty() {
        let t = smart_table::new<u64, u64>();
        t.add(1, 1);
        t.destroy_empty();
    }

    #[test]
    #[expected_failure(abort_code = 0x10001, location = aptos_std::smart_vector)]
    fun a_smart_vector_has_a_length() {
        let v = smart_vector::new<u64>();
        v.borrow(0);
        v.destroy();
    }

    #[test]
    #[expected_failure(abort_code = 0x30003, location = aptos_std::smart_vector)]
    fun a_smart_vector_runs_out() {
        let v = smart_vector::new<u64>();
        v.pop_back();
        v.destroy();
    }

    #[test]
    #[expected_failure(abort_code = 0x10002, location = aptos_std::smart_vector)]
    fun a_smart_vector_is_ended_empty() {
        smart_vector::singleton(1u64).destroy_empty();
    }

    #[test]
    #[expected_failure(abort_code = 0x20000, location = std::vector)]
    fun nothing_is_removed_behind_the_end() {
        vector[1].remove(1);
    }

    #[test]
    #[expected_failure(abort_code = 0x20000, location = std::vector)]
    fun nothing_is_inserted_behind_the_end() {
        vector[1].insert(2, 1);
    }

    #[test]
    #[expected_failure(abort_code = 0x20003, location = std::vector)]
    fun a_range_takes_steps() {
        vector::range_with_step(0, 1, 0);
    }

    #[test]
    #[expected_failure(abort_code = 0x20004, location = std::vector)]
    fun a_slice_lies_inside() {
        vector[1].slice(1, 2);
    }

    #[test]
    #[expected_failure(abort_code = 0x10002, location = aptos_std::simple_map)]
    fun a_map_gives_what_it_has() {
        simple_map::new<u64, u64>().remove(&1);
    }

    #[test]
    #[expected_failure(abort_code = 0x10001, location = aptos_std::simple_map)]
    fun a_map_takes_a_key_once() {
        let m = simple_map::new<u64, u64>();
        m.add(1, 1);
        m.add(1, 1);
    }

    #[test]
    #[expected_failure(abort_code = 0x20001, location = std::bit_vector)]
    fun a_bit_vector_has_fewer_than_1024_bits() {
        bit_vector::new(1024);
    }

    #[test]
    #[expected_failure(abort_code = 0x10001, location = aptos_std::from_bcs)]
    fun two_is_no_bool() {
        from_bcs::to_bool(x"02");
    }

    #[test]
    fun what_grows_by_splitting_keeps_everything() {
        let t = smart_table::new_with_config<u64, u64>(1, 75, 5);
        let i = 0;
        while (i < 500) {
            t.add(i, i * 2);
            i += 1;
        };
        assert!(t.length() == 500 && *t.borrow(321) == 642, 0);
        while (i > 0) {
            i -= 1;
            assert!(t.remove(i) == i * 2, i);
        };
        t.destroy_empty();
    }

    #[test]
    fun what_spills_into_buckets_keeps_its_order() {
        let v = smart_vector::new<u64>();
        let i = 0;
        while (i < 300) {
            v.push_back(i);
            i += 1;
        };
        assert!(v.remove(7) == 7 && *v.borrow(7) == 8 && v.length() == 299, 0);
        v.reverse();
        assert!(*v.borrow(0) == 299 && v.pop_back() == 0, 1);
        v.destroy();
    }
}
