#[test_only]
module std::option_tests {
    use std::option;

    #[test]
    fun a_value_goes_in_and_out() {
        let o = option::none<u64>();
        assert!(o.is_none() && !o.is_some(), 0);
        o.fill(5);
        assert!(o.is_some() && o.contains(&5) && !o.contains(&6), 1);
        assert!(*o.borrow() == 5, 2);
        *o.borrow_mut() = 6;
        assert!(o.swap(7) == 6, 3);
        assert!(o.swap_or_fill(8) == option::some(7), 4);
        assert!(o.extract() == 8, 5);
        assert!(o.swap_or_fill(9) == option::none(), 6);
        assert!(o.destroy_some() == 9, 7);
        option::none<u64>().destroy_none();
    }

    #[test]
    fun a_default_stands_in() {
        let none = option::none<u64>();
        let some = option::some(1);
        assert!(*none.borrow_with_default(&2) == 2 && *some.borrow_with_default(&2) == 1, 0);
        assert!(none.get_with_default(2) == 2 && some.get_with_default(2) == 1, 1);
        assert!(none.destroy_with_default(2) == 2 && some.destroy_with_default(2) == 1, 2);
    }

    #[test]
    fun options_are_vectors_of_at_most_one() {
        assert!(option::from_vec(vector[3]) == option::some(3), 0);
        assert!(option::from_vec<u64>(vector[]) == option::none(), 1);
        assert!(option::some(3).to_vec() == vector[3], 2);
    }

    #[test]
    fun functions_see_what_is_there() {
        let seen = 0;
        option::some(3).for_each(|e| seen += e);
        option::none<u64>().for_each(|e| seen += e);
        option::some(4).for_each_ref(|e| seen += *e);
        option::some(5).destroy(|e| seen += e);
        assert!(seen == 12, 0);
        let o = option::some(1);
        o.for_each_mut(|e| *e += 1);
        assert!(o == option::some(2), 1);
        assert!(o.fold(10, |sum, e| sum + e) == 12, 2);
        assert!(option::none<u64>().fold(10, |sum, e| sum + e) == 10, 3);
        assert!(o.map(|e| e > 1) == option::some(true), 4);
        assert!(option::none<u64>().map(|e| e > 1) == option::none(), 5);
        assert!(o.map_ref(|e| *e + 1) == option::some(3), 6);
        assert!(o.filter(|e| *e > 5) == option::none(), 7);
        assert!(o.filter(|e| *e < 5) == o, 8);
        assert!(o.any(|e| *e == 2) && !option::none<u64>().any(|_e| true), 9);
    }

    #[test]
    #[expected_failure(abort_code = 0x40000, location = std::option)]
    fun a_full_option_is_not_filled() {
        option::some(1).fill(2);
    }

    #[test]
    #[expected_failure(abort_code = 0x40001, location = std::option)]
    fun an_empty_option_has_nothing_to_borrow() {
        option::none<u64>().borrow();
    }

    #[test]
    #[expected_failure(abort_code = 0x40001, location = std::option)]
    fun an_empty_option_has_nothing_to_extract() {
        option::none<u64>().extract();
    }

    #[test]
    #[expected_failure(abort_code = 0x40002, location = std::option)]
    fun two_values_are_no_option() {
        option::from_vec(vector[1, 2]);
    }
}
