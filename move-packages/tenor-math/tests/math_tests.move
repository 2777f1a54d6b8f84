#[test_only]
module tenor_math::math_tests {
    use tenor_math::black76;
    use tenor_math::fixed;
    use tenor_math::int128::{Self, I128};
    use tenor_math::int256;
    use tenor_math::int64;
    use tenor_math::normal;
    use tenor_math::wide;

    const WAD: u256 = 1000000000000000000;
    const MAX: u256 = 115792089237316195423570985008687907853269984665640564039457584007913129639935;

    fun i(neg: bool, mag: u128): I128 { int128::new(neg, mag) }

    #[test]
    /// Dividend sign and magnitude, divisor, then floor, ceiling and truncation.
    fun division_rounds_the_way_its_name_says() {
        let (seven, three) = (i(false, 7), i(false, 3));
        assert!(seven.fdiv(three) == i(false, 2) && seven.cdiv(three) == i(false, 3) && seven.tdiv(three) == i(false, 2), 0);
        let minus = seven.negate();
        assert!(minus.fdiv(three) == i(true, 3) && minus.cdiv(three) == i(true, 2) && minus.tdiv(three) == i(true, 2), 1);
        let by = three.negate();
        assert!(seven.fdiv(by) == i(true, 3) && minus.fdiv(by) == i(false, 2) && minus.cdiv(by) == i(false, 3), 2);
        assert!(i(true, 6).fdiv(three) == i(true, 2) && i(true, 6).cdiv(three) == i(true, 2), 3);
        assert!(i(true, 1).mul_div_floor(i(false, 1), i(false, 1000)) == i(true, 1), 4);
        assert!(i(true, 1).mul_div_ceil(i(false, 1), i(false, 1000)).is_zero(), 5);
    }

    #[test]
    fun there_is_one_zero() {
        assert!(i(true, 0) == int128::zero(), 0);
        assert!(i(true, 5).add(i(false, 5)) == int128::zero(), 1);
        assert!(int128::zero().negate() == int128::zero(), 2);
        assert!(i(true, 5).mul(int128::zero()) == int128::zero(), 3);
        assert!(i(true, 1).tdiv(i(false, 2)) == int128::zero(), 4);
    }

    #[test]
    #[expected_failure(abort_code = 0x0101, location = tenor_math::int128)]
    fun a_product_that_does_not_fit_aborts() {
        i(false, 340282366920938463463374607431768211455).mul(i(true, 2));
    }

    #[test]
    #[expected_failure(abort_code = 0x0104, location = tenor_math::int128)]
    fun nothing_is_divided_by_zero() { i(false, 1).fdiv(int128::zero()); }

    #[test]
    fun products_have_512_bits() {
        assert!(wide::mul_div_floor(MAX, MAX, MAX) == MAX, 0);
        assert!(wide::mul_div_floor(MAX, MAX - 1, MAX) == MAX - 1, 1);
        assert!(wide::mul_div_ceil(MAX, 1, 2) == MAX / 2 + 1, 2);
        let (q, r) = wide::mul_div_rem(MAX, 12345678901234567890, MAX - 1);
        assert!(q == 12345678901234567890 && r == 12345678901234567890, 3);
        let (high, low) = wide::full_mul(MAX, MAX);
        assert!(high == MAX - 1 && low == 1, 4);
        let (q, r) = wide::mul_div_rem(1 << 200, 1 << 100, (1 << 128) + 1);
        let (back_high, back_low) = wide::full_mul(q, (1 << 128) + 1);
        assert!(back_high + (if (back_low > MAX - r) 1 else 0) == 1 << 44, 5);
    }

    #[test]
    #[expected_failure(abort_code = 0x0101, location = tenor_math::wide)]
    fun a_quotient_that_does_not_fit_aborts() { wide::mul_div_floor(MAX, 2, 1); }

    #[test]
    fun edges_are_exact() {
        assert!(fixed::exp(int256::zero()) == WAD && fixed::ln(WAD).is_zero(), 0);
        assert!(fixed::exp(int256::new(true, 43 * WAD)) == 0, 1);
        assert!(fixed::pow(WAD, int256::from(5 * WAD)) == WAD && fixed::pow(7, int256::zero()) == WAD, 2);
        assert!(fixed::sqrt(4 * WAD) == 2 * WAD && fixed::sqrt(0) == 0, 3);
        assert!(normal::ncdf(int256::from(94 * WAD / 10)) == WAD, 4);
        let x = int256::from(1234567890123456789);
        assert!(normal::ncdf(x) + normal::ncdf(x.negate()) == WAD, 5);
        assert!(normal::npdf(x) == normal::npdf(x.negate()), 6);
    }

    #[test]
    #[expected_failure(abort_code = 0x0103, location = tenor_math::fixed)]
    fun the_exponential_ends_at_135() { fixed::exp(int256::from(135 * WAD + 1)); }

    #[test]
    #[expected_failure(abort_code = 0x0102, location = tenor_math::fixed)]
    fun zero_has_no_logarithm() { fixed::ln(0); }

    #[test]
    /// Call less put is forward less strike, within the bound.
    fun parity_holds() {
        let (f, rate) = (60000000000000, int64::from(0));
        vector[30000000000000, 59999000000000, 60000000000000, 61000000000000, 200000000000000].for_each(|k| {
            let call = int256::from(black76::price(true, f, k, 600000000, 2592000, rate));
            let put = int256::from(black76::price(false, f, k, 600000000, 2592000, rate));
            let straight = int256::difference((f as u256), (k as u256)).mul(int256::from(1000000000));
            let larger = if (f > k) f else k;
            assert!(call.sub(put).sub(straight).magnitude() <= 40 + (larger as u256) / 50000, 0);
        });
    }
}
