#[test_only]
module aptos_std::smart_vector_tests {
    use aptos_std::smart_vector::{Self, SmartVector};

    /// 0 to `n - 1`, three in place and two per item.
    fun numbers(n: u64): SmartVector<u64> {
        let v = smart_vector::empty_with_config<u64>(3, 2);
        let i = 0;
        while (i < n) {
            v.push_back(i);
            i += 1;
        };
        v
    }

    fun check(v: SmartVector<u64>, expected: vector<u64>) {
        assert!(v.to_vector() == expected, 0);
        assert!(v.length() == expected.length() && v.is_empty() == expected.is_empty(), 1);
        v.destroy();
    }

    #[test]
    fun it_behaves_as_a_vector_of_any_size() {
        // Empty, in place, spilled by one, several items.
        vector[0, 1, 3, 4, 9].for_each(|n| {
            let v = numbers(n);
            let i = 0;
            while (i < n) {
                assert!(*v.borrow(i) == i, i);
                *v.borrow_mut(i) += 1;
                i += 1;
            };
            while (i > 0) {
                assert!(v.pop_back() == i, i);
                i -= 1;
            };
            v.destroy_empty();
        });
    }

    #[test]
    fun elements_are_taken_out_anywhere() {
        let v = numbers(8);
        assert!(v.remove(1) == 1, 0);
        assert!(v.remove(4) == 5, 1);
        assert!(v.to_vector() == vector[0, 2, 3, 4, 6, 7], 2);
        assert!(v.swap_remove(0) == 0, 3);
        assert!(v.to_vector() == vector[7, 2, 3, 4, 6], 4);
        assert!(v.swap_remove(3) == 4, 5);
        assert!(v.swap_remove(3) == 6, 6);
        check(v, vector[7, 2, 3]);
    }

    #[test]
    fun elements_change_places() {
        let v = numbers(7);
        v.swap(0, 1);
        v.swap(2, 5);
        v.swap(3, 6);
        v.swap(4, 4);
        v.swap(3, 4);
        assert!(v.to_vector() == vector[1, 0, 5, 4, 6, 2, 3], 0);
        v.reverse();
        check(v, vector[3, 2, 6, 4, 5, 0, 1]);
    }

    #[test]
    fun vectors_are_joined_and_searched() {
        let v = numbers(4);
        v.append(numbers(4));
        v.add_all(vector[9, 10]);
        let (found, at) = v.index_of(&3);
        assert!(found && at == 3, 0);
        let (found, at) = v.index_of(&10);
        assert!(found && at == 9, 1);
        assert!(v.contains(&0) && !v.contains(&8), 2);
        v.clear();
        check(v, vector[]);
        check(smart_vector::singleton(5), vector[5]);
        check(smart_vector::empty(), vector[]);
    }

    #[test]
    fun functions_visit_every_element() {
        let seen = vector[];
        numbers(5).for_each(|e| seen.push_back(e));
        numbers(5).for_each_reverse(|e| seen.push_back(e));
        assert!(seen == vector[0, 1, 2, 3, 4, 4, 3, 2, 1, 0], 0);
        let v = numbers(5);
        v.for_each_mut(|e| *e += 1);
        v.enumerate_mut(|i, e| *e += i);
        let sum = 0;
        v.for_each_ref(|e| sum += *e);
        v.enumerate_ref(|i, _e| sum += i);
        assert!(sum == 25 + 10, 1);
        assert!(v.fold(0, |s, e| s + e) == 25, 2);
        assert!(numbers(3).foldr(0, |e, s| s * 10 + e) == 210, 3);
        check(numbers(5).map(|e| e * 2), vector[0, 2, 4, 6, 8]);
        check(numbers(5).filter(|e| *e % 2 == 1), vector[1, 3]);
        let w = numbers(4);
        check(w.map_ref(|e| *e + 1), vector[1, 2, 3, 4]);
        let x = numbers(4);
        check(w.zip_map_ref(&x, |a, b| *a * *b), vector[0, 1, 4, 9]);
        w.zip_mut(&mut x, |a, b| {
            *a += 1;
            *b += 2;
        });
        let pairs = vector[];
        w.zip_ref(&x, |a, b| pairs.push_back(*a * 10 + *b));
        w.zip(x, |a, b| pairs.push_back(a * 10 + b));
        assert!(pairs == vector[12, 23, 34, 45, 12, 23, 34, 45], 4);
        numbers(2).zip_reverse(numbers(2), |a, b| pairs.push_back(a + b));
        assert!(pairs.pop_back() == 0 && pairs.pop_back() == 2, 5);
        check(numbers(3).zip_map(numbers(3), |a, b| a + b), vector[0, 2, 4]);
    }

    #[test]
    #[expected_failure(abort_code = 0x10001, location = aptos_std::smart_vector)]
    fun what_is_not_there_is_not_borrowed() {
        let v = numbers(5);
        v.borrow(5);
        v.destroy();
    }

    #[test]
    #[expected_failure(abort_code = 0x30003, location = aptos_std::smart_vector)]
    fun what_is_not_there_is_not_popped() {
        let v = numbers(0);
        v.pop_back();
        v.destroy_empty();
    }

    #[test]
    #[expected_failure(abort_code = 0x10002, location = aptos_std::smart_vector)]
    fun a_vector_with_elements_is_not_destroyed() {
        numbers(1).destroy_empty();
    }
}
