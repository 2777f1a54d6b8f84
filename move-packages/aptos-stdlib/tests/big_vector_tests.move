#[test_only]
module aptos_std::big_vector_tests {
    use aptos_std::big_vector::{Self, BigVector};

    /// 0 to `n - 1` in buckets of 3.
    fun numbers(n: u64): BigVector<u64> {
        let v = big_vector::empty_for_test<u64>(3);
        let i = 0;
        while (i < n) {
            v.push_back(i);
            i += 1;
        };
        v
    }

    #[test]
    fun it_is_a_vector() {
        let v = numbers(8);
        assert!(v.length() == 8 && !v.is_empty(), 0);
        assert!(*v.borrow(7) == 7 && v.contains(&5) && !v.contains(&8), 1);
        *v.borrow_mut(4) = 40;
        let (found, at) = v.index_of(&40);
        assert!(found && at == 4, 2);
        let (found, at) = v.index_of(&4);
        assert!(!found && at == 0, 3);
        assert!(v.to_vector() == vector[0, 1, 2, 3, 40, 5, 6, 7], 4);
        v.swap(0, 7);
        assert!(v.remove(1) == 1 && v.to_vector() == vector[7, 2, 3, 40, 5, 6, 0], 5);
        assert!(v.swap_remove(0) == 7 && v.to_vector() == vector[0, 2, 3, 40, 5, 6], 6);
        v.reverse();
        assert!(v.to_vector() == vector[6, 5, 40, 3, 2, 0], 7);
        assert!(v.pop_back() == 0 && v.length() == 5, 8);
        v.append(numbers(4));
        assert!(v.to_vector() == vector[6, 5, 40, 3, 2, 0, 1, 2, 3], 9);
        v.destroy();
    }

    #[test]
    fun every_length_grows_and_shrinks() {
        let length = 0;
        while (length < 11) {
            let v = numbers(length);
            v.append(numbers(11 - length));
            assert!(v.length() == 11, length);
            v.reverse();
            let left = 11;
            while (left > 0) {
                assert!(v.swap_remove(left / 2) < 11, length);
                left -= 1;
            };
            assert!(v.is_empty(), length);
            v.destroy_empty();
            length += 1;
        }
    }

    #[test]
    #[expected_failure(abort_code = 0x10001, location = aptos_std::big_vector)]
    fun an_index_is_below_the_length() {
        let v = numbers(3);
        v.borrow(3);
        v.destroy();
    }

    #[test]
    #[expected_failure(abort_code = 0x10002, location = aptos_std::big_vector)]
    fun what_has_elements_is_not_ended_as_if_it_had_none() {
        numbers(1).destroy_empty();
    }

    #[test]
    #[expected_failure(abort_code = 0x30003, location = aptos_std::big_vector)]
    fun nothing_is_taken_from_nothing() {
        let v = numbers(0);
        v.pop_back();
        v.destroy_empty();
    }

    #[test]
    #[expected_failure(abort_code = 0x10004, location = aptos_std::big_vector)]
    fun a_bucket_holds_something() {
        big_vector::empty_for_test<u64>(0).destroy_empty();
    }
}
