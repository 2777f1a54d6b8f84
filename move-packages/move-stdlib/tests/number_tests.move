#[test_only]
module std::number_tests {
    use std::bit_vector;
    use std::fixed_point32;

    #[test]
    fun fixed_points_round_as_they_say() {
        let half = fixed_point32::create_from_rational(1, 2);
        assert!(half.get_raw_value() == 1 << 31, 0);
        assert!(fixed_point32::multiply_u64(7, half) == 3, 1);
        assert!(fixed_point32::divide_u64(7, half) == 14, 2);
        assert!(half.floor() == 0 && half.ceil() == 1 && half.round() == 1, 3);
        let third = fixed_point32::create_from_rational(1, 3);
        assert!(third.round() == 0 && third.ceil() == 1, 4);
        let three = fixed_point32::create_from_u64(3);
        assert!(three.floor() == 3 && three.ceil() == 3 && three.round() == 3, 5);
        assert!(fixed_point32::min(half, third) == third && fixed_point32::max(half, third) == half, 6);
        assert!(fixed_point32::create_from_raw_value(0).is_zero() && !half.is_zero(), 7);
        assert!(fixed_point32::create_from_rational(0, 9).is_zero(), 8);
        assert!(fixed_point32::create_from_raw_value(18446744073709551615).ceil() == 4294967296, 9);
    }

    #[test]
    #[expected_failure(abort_code = 0x10001, location = std::fixed_point32)]
    fun a_denominator_is_not_zero() {
        fixed_point32::create_from_rational(1, 0);
    }

    #[test]
    #[expected_failure(abort_code = 0x20005, location = std::fixed_point32)]
    fun a_ratio_does_not_vanish() {
        fixed_point32::create_from_rational(1, 18446744073709551615);
    }

    #[test]
    #[expected_failure(abort_code = 0x20005, location = std::fixed_point32)]
    fun an_integer_fits_32_bits() {
        fixed_point32::create_from_u64(4294967296);
    }

    #[test]
    #[expected_failure(abort_code = 0x20003, location = std::fixed_point32)]
    fun a_product_fits_64_bits() {
        fixed_point32::multiply_u64(18446744073709551615, fixed_point32::create_from_u64(2));
    }

    #[test]
    #[expected_failure(abort_code = 0x10004, location = std::fixed_point32)]
    fun a_divisor_is_not_zero() {
        fixed_point32::divide_u64(1, fixed_point32::create_from_raw_value(0));
    }

    #[test]
    #[expected_failure(abort_code = 0x20002, location = std::fixed_point32)]
    fun a_quotient_fits_64_bits() {
        fixed_point32::divide_u64(18446744073709551615, fixed_point32::create_from_rational(1, 2));
    }

    fun bits(set: vector<u64>, length: u64): bit_vector::BitVector {
        let v = bit_vector::new(length);
        set.for_each(|i| v.set(i));
        v
    }

    #[test]
    fun bits_are_set_shifted_and_counted() {
        let v = bits(vector[0, 1, 2, 5], 8);
        assert!(v.length() == 8 && bit_vector::word_size() == 1, 0);
        assert!(v.is_index_set(5) && !v.is_index_set(3), 1);
        assert!(v.longest_set_sequence_starting_at(0) == 3, 2);
        assert!(v.longest_set_sequence_starting_at(3) == 0, 3);
        assert!(v.longest_set_sequence_starting_at(5) == 1, 4);
        v.unset(1);
        assert!(v == bits(vector[0, 2, 5], 8), 5);
        v.shift_left(2);
        assert!(v == bits(vector[0, 3], 8), 6);
        v.shift_left(8);
        assert!(v == bits(vector[], 8), 7);
        v.set(7);
        assert!(v.longest_set_sequence_starting_at(7) == 1, 8);
    }

    #[test]
    #[expected_failure(abort_code = 0x20001, location = std::bit_vector)]
    fun some_bits_are_needed() {
        bit_vector::new(0);
    }

    #[test]
    #[expected_failure(abort_code = 0x20001, location = std::bit_vector)]
    fun bits_are_below_1024() {
        bit_vector::new(1024);
    }

    #[test]
    #[expected_failure(abort_code = 0x20000, location = std::bit_vector)]
    fun a_bit_lies_inside() {
        bit_vector::new(8).set(8);
    }
}
