#[test_only]
module lending::rates_tests {
    use lending::rates;

    const PERCENT: u128 = 10000000000000000;

    #[test]
    fun utilization_is_what_is_lent_of_all() {
        // lent, idle, percent
        vector[vector[0, 0, 0], vector[0, 10, 0], vector[10, 0, 100], vector[25, 75, 25]].for_each(|c| {
            assert!(rates::utilization_wad(c[0], c[1]) == c[2] * PERCENT, (c[0] as u64));
        });
    }

    #[test]
    fun the_rate_rises_gently_and_then_steeply() {
        let curve = rates::new_curve(2 * PERCENT, 10 * PERCENT, 100 * PERCENT, 80 * PERCENT);
        // utilization, rate, both in percent
        vector[vector[0, 2], vector[40, 7], vector[80, 12], vector[90, 62], vector[100, 112]].for_each(|c| {
            assert!(curve.rate_wad(c[0] * PERCENT) == c[1] * PERCENT, (c[0] as u64));
        });
    }

    #[test]
    #[expected_failure(abort_code = 0x10001, location = lending::rates)]
    fun a_kink_lies_inside() {
        rates::new_curve(0, 0, 0, rates::wad());
    }

    #[test]
    fun an_index_grows_by_its_rate_in_a_year() {
        let grown = rates::grow_index(rates::wad(), 10 * PERCENT, 31536000);
        assert!(grown == 110 * PERCENT, 0);
        assert!(rates::grow_index(rates::wad(), 10 * PERCENT, 0) == rates::wad(), 1);
        // Rounded up: a debt never shrinks by rounding.
        assert!(rates::grow_index(1, 1, 31536000) == 2, 2);
    }

    #[test]
    fun quotients_are_rounded_as_they_say() {
        // a, b, c, down, up
        vector[vector[7, 3, 2, 10, 11], vector[6, 3, 2, 9, 9], vector[0, 3, 2, 0, 0]].for_each(|c| {
            assert!(rates::div_down(c[0], c[1], c[2]) == c[3], (c[0] as u64));
            assert!(rates::div_up(c[0], c[1], c[2]) == c[4], (c[0] as u64));
        });
        let max = 340282366920938463463374607431768211455;
        assert!(rates::div_up(max, max, max) == max && rates::div_down(max, max, max) == max, 9);
    }
}
