#[test_only]
module aptos_std::math_tests {
    use std::fixed_point32;
    use aptos_std::fixed_point64;
    use aptos_std::math128;
    use aptos_std::math64;

    const MAX_U64: u64 = 18446744073709551615;
    const MAX_U128: u128 = 340282366920938463463374607431768211455;

    #[test]
    fun integers_of_64_bits() {
        assert!(math64::max(1, 2) == 2 && math64::min(1, 2) == 1, 0);
        assert!(math64::average(MAX_U64, MAX_U64 - 2) == MAX_U64 - 1 && math64::average(1, 2) == 1, 1);
        assert!(math64::gcd(54, 24) == 6 && math64::gcd(0, 5) == 5 && math64::gcd(5, 0) == 5, 2);
        assert!(math64::lcm(4, 6) == 12 && math64::lcm(0, 6) == 0, 3);
        assert!(math64::mul_div(MAX_U64, MAX_U64, MAX_U64) == MAX_U64 && math64::mul_div(7, 3, 2) == 10, 4);
        assert!(math64::clamp(5, 1, 3) == 3 && math64::clamp(0, 1, 3) == 1 && math64::clamp(2, 1, 3) == 2, 5);
        assert!(math64::pow(2, 63) == 1 << 63 && math64::pow(3, 5) == 243 && math64::pow(0, 0) == 1, 6);
        assert!(math64::pow(4294967295, 2) == 18446744065119617025 && math64::pow(7, 1) == 7, 7);
        assert!(math64::ceil_div(7, 2) == 4 && math64::ceil_div(6, 2) == 3 && math64::ceil_div(0, 2) == 0, 8);
        // x, floor of the logarithm, floor of the root
        vector[
            vector[1, 0, 1], vector[2, 1, 1], vector[3, 1, 1], vector[4, 2, 2], vector[8, 3, 2], vector[9, 3, 3],
            vector[99, 6, 9], vector[100, 6, 10], vector[MAX_U64, 63, 4294967295], vector[1 << 63, 63, 3037000499]
        ].for_each(|c| {
            assert!((math64::floor_log2(c[0]) as u64) == c[1], c[0]);
            assert!(math64::sqrt(c[0]) == c[2], c[0]);
        });
        assert!(math64::sqrt(0) == 0, 9);
        assert!(math64::log2(8).get_raw_value() == 3 << 32, 10);
        // log2(10) = 3.321928094887362347870319429...; times 2^32, rounded down.
        assert!(math64::log2(10).get_raw_value() / 4 == 14267572527 / 4, 11);
    }

    #[test]
    fun integers_of_128_bits() {
        assert!(math128::max(1, 2) == 2 && math128::min(1, 2) == 1, 0);
        assert!(math128::average(MAX_U128, MAX_U128 - 2) == MAX_U128 - 1, 1);
        assert!(math128::gcd(54, 24) == 6 && math128::lcm(4, 6) == 12, 2);
        assert!(math128::mul_div(MAX_U128, MAX_U128, MAX_U128) == MAX_U128, 3);
        assert!(math128::clamp(5, 1, 3) == 3 && math128::pow(2, 127) == 1 << 127, 4);
        assert!(math128::floor_log2(MAX_U128) == 127 && math128::floor_log2(1) == 0, 5);
        assert!(math128::sqrt(MAX_U128) == 18446744073709551615 && math128::sqrt(15) == 3, 6);
        assert!(math128::ceil_div(7, 2) == 4, 7);
        assert!(math128::log2(1 << 100).get_raw_value() == 100 << 32, 8);
        assert!(math128::log2_64(1 << 100).get_raw_value() == 100 << 64, 9);
    }

    #[test]
    #[expected_failure(abort_code = 0x10001, location = aptos_std::math64)]
    fun zero_has_no_logarithm() {
        math64::floor_log2(0);
    }

    #[test]
    #[expected_failure(abort_code = 0x10004, location = Self)]
    fun nothing_is_divided_by_zero() {
        math64::mul_div(1, 1, 0);
    }

    #[test]
    #[expected_failure(arithmetic_error, location = aptos_std::math64)]
    fun a_power_fits() {
        math64::pow(2, 64);
    }

    #[test]
    fun fixed_points_of_64_bits() {
        let half = fixed_point64::create_from_rational(1, 2);
        let third = fixed_point64::create_from_rational(1, 3);
        assert!(half.get_raw_value() == 1 << 63, 0);
        assert!(half.add(half) == fixed_point64::create_from_u128(1), 1);
        assert!(half.sub(third).less(third) && half.greater(third) && !half.equal(third), 2);
        assert!(half.less_or_equal(half) && half.greater_or_equal(half), 3);
        assert!(half.almost_equal(third, fixed_point64::create_from_rational(1, 5)), 4);
        assert!(!third.almost_equal(half, fixed_point64::create_from_rational(1, 7)), 5);
        assert!(fixed_point64::multiply_u128(7, half) == 3 && fixed_point64::divide_u128(7, half) == 14, 6);
        assert!(half.floor() == 0 && half.ceil() == 1 && half.round() == 1 && third.round() == 0, 7);
        assert!(fixed_point64::min(half, third) == third && fixed_point64::max(half, third) == half, 8);
        assert!(fixed_point64::create_from_raw_value(0).is_zero(), 9);
        assert!(fixed_point32::create_from_u64(2).floor() == 2, 10);
    }

    #[test]
    #[expected_failure(abort_code = 0x10006, location = aptos_std::fixed_point64)]
    fun a_difference_is_not_negative() {
        fixed_point64::create_from_u128(1).sub(fixed_point64::create_from_u128(2));
    }

    #[test]
    fun a_quotient_is_rounded_up() {
        vector[vector[0, 3, 0], vector[1, 3, 1], vector[3, 3, 1], vector[4, 3, 2]].for_each(|c| {
            assert!(math64::ceil_div(c[0], c[1]) == c[2], c[0]);
            assert!(math128::ceil_div((c[0] as u128), (c[1] as u128)) == (c[2] as u128), c[0]);
        });
        let max = 340282366920938463463374607431768211455;
        assert!(math128::mul_div(max, max, max) == max && math128::mul_div(max, 3, 4) == max / 4 * 3 + 2, 10);
    }
}
