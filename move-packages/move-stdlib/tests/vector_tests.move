#[test_only]
module std::vector_tests {
    use std::vector;

    /// Has no abilities: whatever is written for it works for every type.
    struct Stone {
        weight: u64
    }

    fun stones(weights: vector<u64>): vector<Stone> {
        weights.map(|weight| Stone { weight })
    }

    fun weights(stones: vector<Stone>): vector<u64> {
        stones.map(|stone| {
            let Stone { weight } = stone;
            weight
        })
    }

    #[test]
    fun elements_come_back_in_order() {
        let v = vector::empty<u64>();
        assert!(v.is_empty(), 0);
        v.push_back(1);
        v.push_back(2);
        v.push_back(3);
        assert!(v.length() == 3, 1);
        assert!(*v.borrow(0) == 1, 2);
        *v.borrow_mut(0) = 10;
        v.swap(0, 2);
        assert!(v == vector[3, 2, 10], 3);
        assert!(*v.last() == 10, 4);
        *v.last_mut() = 11;
        assert!(v.pop_back() == 11, 5);
        assert!(vector::singleton(7) == vector[7], 6);
        vector::empty<Stone>().destroy_empty();
    }

    #[test]
    fun parts_are_moved_around() {
        let v = vector[1, 2, 3, 4, 5];
        v.reverse();
        assert!(v == vector[5, 4, 3, 2, 1], 0);
        v.reverse_slice(1, 4);
        assert!(v == vector[5, 2, 3, 4, 1], 1);
        v.append(vector[6, 7]);
        assert!(v == vector[5, 2, 3, 4, 1, 6, 7], 2);
        v.reverse_append(vector[8, 9]);
        assert!(v == vector[5, 2, 3, 4, 1, 6, 7, 9, 8], 3);
        assert!(v.trim(6) == vector[7, 9, 8], 4);
        assert!(v.trim_reverse(3) == vector[6, 1, 4], 5);
        assert!(v == vector[5, 2, 3], 6);
        assert!(v.trim(3) == vector[], 7);
    }

    #[test]
    fun elements_are_put_in_and_taken_out() {
        let v = vector[1, 2, 3];
        v.insert(0, 0);
        v.insert(4, 9);
        v.insert(2, 5);
        assert!(v == vector[0, 1, 5, 2, 3, 9], 0);
        assert!(v.remove(2) == 5, 1);
        assert!(v.remove(4) == 9, 2);
        assert!(v.remove_value(&2) == vector[2], 3);
        assert!(v.remove_value(&77) == vector[], 4);
        assert!(v == vector[0, 1, 3], 5);
        assert!(v.swap_remove(0) == 0, 6);
        assert!(v == vector[3, 1], 7);
        assert!(v.replace(1, 4) == 1, 8);
        assert!(v == vector[3, 4], 9);
    }

    #[test]
    fun a_range_moves_between_vectors() {
        let from = vector[1, 2, 3, 4, 5];
        let to = vector[10, 20];
        vector::move_range(&mut from, 1, 3, &mut to, 1);
        assert!(from == vector[1, 5], 0);
        assert!(to == vector[10, 2, 3, 4, 20], 1);
        vector::move_range(&mut from, 2, 0, &mut to, 5);
        assert!(from == vector[1, 5], 2);
    }

    #[test]
    fun elements_are_found() {
        let v = vector[4, 5, 4];
        assert!(v.contains(&5) && !v.contains(&6), 0);
        let (found, at) = v.index_of(&4);
        assert!(found && at == 0, 1);
        let (found, at) = v.index_of(&6);
        assert!(!found && at == 0, 2);
        let (found, at) = v.find(|e| *e > 4);
        assert!(found && at == 1, 3);
        let (found, at) = v.find(|e| *e > 5);
        assert!(!found && at == 0, 4);
        assert!(v.any(|e| *e == 5) && !v.any(|e| *e == 6), 5);
        assert!(v.all(|e| *e >= 4) && !v.all(|e| *e > 4), 6);
        assert!(!vector<u64>[].any(|_e| true) && vector<u64>[].all(|_e| false), 7);
    }

    #[test]
    fun every_element_is_visited_in_order() {
        let seen = vector[];
        vector[1, 2, 3].for_each(|e| seen.push_back(e));
        vector[1, 2, 3].for_each_reverse(|e| seen.push_back(e));
        vector[7, 8].for_each_ref(|e| seen.push_back(*e));
        vector[7, 8].enumerate_ref(|i, e| seen.push_back(i * 10 + *e));
        assert!(seen == vector[1, 2, 3, 3, 2, 1, 7, 8, 7, 18], 0);
        let v = vector[1, 2, 3];
        v.for_each_mut(|e| *e *= 2);
        v.enumerate_mut(|i, e| *e += i);
        assert!(v == vector[2, 5, 8], 1);
        let sum = 0;
        stones(vector[1, 2, 3]).destroy(|stone| {
            let Stone { weight } = stone;
            sum += weight;
        });
        assert!(sum == 6, 2);
    }

    #[test]
    fun pairs_are_visited_in_order() {
        let seen = vector[];
        vector[1, 2].zip(vector[10, 20], |a, b| seen.push_back(a + b));
        vector[1, 2].zip_reverse(vector[10, 20], |a, b| seen.push_back(a + b));
        vector[3, 4].zip_ref(&vector[10, 20], |a, b| seen.push_back(*a + *b));
        assert!(seen == vector[11, 22, 22, 11, 13, 24], 0);
        let (v, w) = (vector[1, 2], vector[10, 20]);
        v.zip_mut(&mut w, |a, b| {
            *a += *b;
            *b = 0;
        });
        assert!(v == vector[11, 22] && w == vector[0, 0], 1);
        assert!(v.zip_map_ref(&vector[1, 1], |a, b| *a - *b) == vector[10, 21], 2);
        assert!(vector[1, 2].zip_map(vector[5, 6], |a, b| a * b) == vector[5, 12], 3);
    }

    #[test]
    fun elements_are_folded_and_mapped() {
        assert!(vector[1, 2, 3].fold(0, |sum, e| sum * 10 + e) == 123, 0);
        assert!(vector[1, 2, 3].foldr(0, |e, sum| sum * 10 + e) == 321, 1);
        assert!(vector[1, 2].map(|e| e + 1) == vector[2, 3], 2);
        assert!(vector[1, 2].map_ref(|e| *e + 1) == vector[2, 3], 3);
        assert!(vector[1, 2, 3, 4].filter(|e| *e % 2 == 0) == vector[2, 4], 4);
        assert!(weights(stones(vector[4, 5])) == vector[4, 5], 5);
    }

    #[test]
    fun elements_are_parted() {
        let v = vector[1, 2, 3, 4, 5];
        assert!(v.partition(|e| *e % 2 == 0) == 2, 0);
        assert!(v[0] % 2 == 0 && v[1] % 2 == 0, 1);
        let w = vector[1, 2, 3, 4, 5];
        assert!(w.stable_partition(|e| *e % 2 == 0) == 2, 2);
        assert!(w == vector[2, 4, 1, 3, 5], 3);
        assert!(w.rotate(2) == 3, 4);
        assert!(w == vector[1, 3, 5, 2, 4], 5);
        assert!(w.rotate_slice(1, 2, 4) == 3, 6);
        assert!(w == vector[1, 5, 2, 3, 4], 7);
    }

    #[test]
    fun ranges_and_slices_leave_their_end_out() {
        assert!(vector::range(2, 5) == vector[2, 3, 4], 0);
        assert!(vector::range(5, 2) == vector[], 1);
        assert!(vector::range_with_step(0, 10, 4) == vector[0, 4, 8], 2);
        assert!(vector::range_with_step(18446744073709551610, 18446744073709551615, 4).length() == 2, 3);
        assert!(vector[1, 2, 3].slice(1, 3) == vector[2, 3], 4);
        assert!(vector[1, 2, 3].slice(3, 3) == vector[], 5);
    }

    #[test]
    #[expected_failure(abort_code = 0x20000, location = std::vector)]
    fun nothing_is_inserted_behind_the_end() {
        vector[1].insert(2, 0);
    }

    #[test]
    #[expected_failure(abort_code = 0x20000, location = std::vector)]
    fun nothing_is_removed_behind_the_end() {
        vector[1].remove(1);
    }

    #[test]
    #[expected_failure(vector_error, minor_status = 1, location = std::vector)]
    fun nothing_is_swapped_out_behind_the_end() {
        vector[1].swap_remove(1);
    }

    #[test]
    #[expected_failure(abort_code = 0x20000, location = std::vector)]
    fun nothing_is_swapped_out_of_nothing() {
        vector<u64>[].swap_remove(0);
    }

    #[test]
    #[expected_failure(abort_code = 0x20001, location = std::vector)]
    fun a_range_does_not_end_before_it_starts() {
        vector[1, 2].reverse_slice(1, 0);
    }

    #[test]
    #[expected_failure(abort_code = 0x20002, location = Self)]
    fun pairs_need_equal_lengths() {
        vector[1].zip(vector[1, 2], |_a, _b| {});
    }

    #[test]
    #[expected_failure(abort_code = 0x20003, location = std::vector)]
    fun a_range_advances() {
        vector::range_with_step(0, 1, 0);
    }

    #[test]
    #[expected_failure(abort_code = 0x20004, location = std::vector)]
    fun a_slice_lies_inside() {
        vector[1].slice(0, 2);
    }

    #[test]
    #[expected_failure(vector_error, minor_status = 1, location = Self)]
    fun what_is_not_there_cannot_be_borrowed() {
        vector[1].borrow(1);
    }

    #[test]
    #[expected_failure(vector_error, minor_status = 2, location = Self)]
    fun what_is_not_there_cannot_be_popped() {
        vector<u64>[].pop_back();
    }

    #[test]
    #[expected_failure(vector_error, minor_status = 3, location = Self)]
    fun what_is_there_cannot_be_forgotten() {
        vector[1].destroy_empty();
    }

    #[test]
    fun what_cannot_be_dropped_is_taken_apart() {
        let sum = 0;
        vector[1, 2, 3].destroy(|n| sum += n);
        assert!(sum == 6, 0);
    }
}
