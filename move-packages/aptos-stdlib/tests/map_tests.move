#[test_only]
module aptos_std::map_tests {
    use std::option;
    use aptos_std::ordered_map;
    use aptos_std::simple_map;
    use aptos_std::smart_table;
    use aptos_std::table;
    use aptos_std::table_with_length;

    #[test]
    fun tables_keep_what_is_added() {
        let t = table::new<u64, vector<u8>>();
        t.add(1, b"one");
        assert!(t.contains(1) && !t.contains(2), 0);
        assert!(*t.borrow(1) == b"one", 1);
        assert!(*t.borrow_with_default(2, &b"none") == b"none", 2);
        assert!(*t.borrow_with_default(1, &b"none") == b"one", 3);
        t.borrow_mut(1).push_back(0x21);
        assert!(*t.borrow(1) == b"one!", 4);
        *t.borrow_mut_with_default(2, b"") = b"two";
        t.upsert(2, b"zwei");
        t.upsert(3, b"drei");
        assert!(t.remove(2) == b"zwei" && !t.contains(2), 5);
        let other = table::new<u64, vector<u8>>();
        assert!(!other.contains(1), 6);
        t.drop_unchecked();
        other.drop_unchecked();
    }

    #[test]
    #[expected_failure(abort_code = 25607, location = aptos_std::table)]
    fun a_key_is_added_once() {
        let t = table::new<u64, u64>();
        t.add(1, 1);
        t.add(1, 1);
        t.drop_unchecked();
    }

    #[test]
    #[expected_failure(abort_code = 25863, location = aptos_std::table)]
    fun what_is_not_there_is_not_borrowed() {
        let t = table::new<u64, u64>();
        t.borrow(1);
        t.drop_unchecked();
    }

    #[test]
    #[expected_failure(abort_code = 25863, location = aptos_std::table)]
    fun what_is_not_there_is_not_removed() {
        let t = table::new<u64, u64>();
        t.remove(1);
        t.drop_unchecked();
    }

    #[test]
    fun tables_with_length_count() {
        let t = table_with_length::new<address, u64>();
        assert!(t.empty(), 0);
        t.add(@0x1, 1);
        *t.borrow_mut_with_default(@0x2, 5) += 1;
        t.upsert(@0x1, 7);
        t.upsert(@0x3, 9);
        assert!(t.length() == 3 && t.contains(@0x3), 1);
        *t.borrow_mut(@0x3) += 1;
        assert!(*t.borrow(@0x1) == 7 && *t.borrow(@0x2) == 6, 2);
        assert!(t.remove(@0x1) + t.remove(@0x2) + t.remove(@0x3) == 23, 3);
        t.destroy_empty();
    }

    #[test]
    #[expected_failure(abort_code = 0x30066, location = aptos_std::table_with_length)]
    fun a_table_with_entries_is_not_destroyed() {
        let t = table_with_length::new<u64, u64>();
        t.add(1, 1);
        t.destroy_empty();
    }

    #[test]
    fun simple_maps_keep_insertion_order() {
        let m = simple_map::new_from(vector[3, 1], vector[30, 10]);
        m.add(2, 20);
        m.add_all(vector[5], vector[50]);
        assert!(m.length() == 4 && m.contains_key(&5) && !m.contains_key(&4), 0);
        assert!(m.keys() == vector[3, 1, 2, 5] && m.values() == vector[30, 10, 20, 50], 1);
        *m.borrow_mut(&1) += 1;
        assert!(*m.borrow(&1) == 11, 2);
        let (old_key, old_value) = m.upsert(1, 12);
        assert!(old_key == option::some(1) && old_value == option::some(11), 3);
        let (none, _) = m.upsert(6, 60);
        assert!(none.is_none(), 4);
        let (key, value) = m.remove(&3);
        assert!(key == 3 && value == 30, 5);
        assert!(m.keys() == vector[6, 1, 2, 5], 6);
        let sum = 0;
        m.destroy(|k| sum += k, |v| sum += v);
        assert!(sum == 14 + 142, 7);
        simple_map::new<u64, u64>().destroy_empty();
        let (keys, values) = simple_map::create<u64, u64>().to_vec_pair();
        assert!(keys.is_empty() && values.is_empty(), 8);
    }

    #[test]
    #[expected_failure(abort_code = 0x10001, location = aptos_std::simple_map)]
    fun a_simple_map_takes_a_key_once() {
        let m = simple_map::new_from(vector[1], vector[1]);
        m.add(1, 1);
    }

    #[test]
    #[expected_failure(abort_code = 0x10002, location = aptos_std::simple_map)]
    fun a_simple_map_does_not_invent() {
        simple_map::new<u64, u64>().borrow(&1);
    }

    #[test]
    fun smart_tables_grow_and_find_everything() {
        let t = smart_table::new_with_config<u64, u64>(1, 50, 2);
        let i = 0;
        while (i < 100) {
            t.add(i, i * i);
            i += 1;
        };
        assert!(t.length() == 100 && t.num_buckets() > 20, 0);
        assert!(t.load_factor() <= 50 + 1, 1);
        i = 0;
        while (i < 100) {
            assert!(*t.borrow(i) == i * i, i);
            i += 1;
        };
        let keys = t.keys();
        assert!(keys.length() == 100 && keys.fold(0, |sum, k| sum + k) == 4950, 2);
        let (page, bucket, place) = t.keys_paginated(0, 0, 30);
        let (rest, end, _) = t.keys_paginated(bucket.destroy_some(), place.destroy_some(), 100);
        page.append(rest);
        assert!(page == keys && end.is_none(), 3);
        i = 0;
        while (i < 100) {
            if (i % 2 == 0) assert!(t.remove(i) == i * i, i);
            i += 1;
        };
        assert!(t.length() == 50 && !t.contains(0) && t.contains(1), 4);
        let sum = 0;
        t.for_each_ref(|k, _v| sum += *k);
        assert!(sum == 2500, 5);
        t.for_each_mut(|k, v| *v = *k);
        assert!(t.any(|_k, v| *v == 99) && !t.any(|_k, v| *v == 98), 6);
        let doubled = t.map_ref(|v| *v * 2);
        assert!(*doubled.borrow(99) == 198, 7);
        doubled.destroy();
        assert!(t.to_simple_map().length() == 50, 8);
        t.clear();
        assert!(t.length() == 0, 9);
        t.add_all(vector[1, 2], vector[10, 20]);
        t.upsert(2, 21);
        t.upsert(3, 30);
        *t.borrow_mut(3) += 1;
        *t.borrow_mut_with_default(4, 40) += 1;
        assert!(*t.borrow(2) == 21 && *t.borrow(3) == 31 && *t.borrow(4) == 41, 10);
        assert!(*t.borrow_with_default(5, &50) == 50 && *t.borrow_with_default(4, &50) == 41, 11);
        t.update_split_load_threshold(90);
        t.update_target_bucket_size(100);
        t.destroy();
        smart_table::new<u64, u64>().destroy_empty();
    }

    #[test]
    #[expected_failure(abort_code = 0x10004, location = aptos_std::smart_table)]
    fun a_smart_table_takes_a_key_once() {
        let t = smart_table::new<u64, u64>();
        t.add(1, 1);
        t.add(1, 2);
        t.destroy();
    }

    #[test]
    #[expected_failure(abort_code = 0x10001, location = aptos_std::smart_table)]
    fun a_smart_table_does_not_invent() {
        let t = smart_table::new<u64, u64>();
        t.borrow(1);
        t.destroy();
    }

    #[test]
    #[expected_failure(abort_code = 0x10003, location = aptos_std::smart_table)]
    fun a_smart_table_with_entries_is_not_destroyed() {
        let t = smart_table::new<u64, u64>();
        t.add(1, 1);
        t.destroy_empty();
    }

    #[test]
    fun ordered_maps_keep_their_order() {
        let m = ordered_map::new<u64, u64>();
        assert!(m.is_empty(), 0);
        vector[5, 1, 9, 3, 7].for_each(|k| m.add(k, k * 10));
        m.validate_ordered();
        assert!(m.keys() == vector[1, 3, 5, 7, 9] && m.values() == vector[10, 30, 50, 70, 90], 1);
        assert!(m.length() == 5 && m.contains(&7) && !m.contains(&8), 2);
        assert!(*m.borrow(&7) == 70 && m.get(&7) == option::some(70) && m.get(&8) == option::none(), 3);
        *m.borrow_mut(&7) += 1;
        assert!(m.upsert(7, 72) == option::some(71) && m.upsert(8, 80) == option::none(), 4);
        assert!(m.remove(&8) == 80 && m.remove_or_none(&8) == option::none(), 5);
        assert!(m.prev_key(&5) == option::some(3) && m.next_key(&5) == option::some(7), 6);
        assert!(m.prev_key(&4) == option::some(3) && m.next_key(&4) == option::some(5), 7);
        assert!(m.prev_key(&1) == option::none() && m.next_key(&9) == option::none(), 8);
        let (front, _) = m.borrow_front();
        assert!(*front == 1, 9);
        let (back, _) = m.borrow_back();
        assert!(*back == 9, 10);
        let (key, _) = m.pop_front();
        assert!(key == 1, 11);
        let (key, _) = m.pop_back();
        assert!(key == 9, 12);
        let tail = m.trim(2);
        assert!(m.keys() == vector[3, 5] && tail.keys() == vector[7], 13);
        m.append(ordered_map::new_from(vector[5, 4], vector[55, 44]));
        assert!(m.values() == vector[30, 44, 55], 14);
        m.append_disjoint(tail);
        assert!(m.modify_if_present(&3, |v| *v += 1) && !m.modify_if_present(&6, |v| *v += 1), 15);
        assert!(!m.modify_or_add(&6, |v| *v += 1, || 60) && m.modify_or_add(&6, |v| *v += 1, || 60), 16);
        assert!(m.get_and_map(&6, |v| *v + 1) == option::some(62), 17);
        m.upsert_all(vector[6], vector[0]);
        assert!(m.keys() == vector[3, 4, 5, 6, 7] && m.values() == vector[31, 44, 55, 0, 72], 18);
        let sum = 0;
        m.for_each_ref(|k, v| sum += *k * *v);
        m.for_each_mut(|k, v| *v = *k);
        m.for_each(|k, v| sum += k * v);
        assert!(sum == 93 + 176 + 275 + 504 + 9 + 16 + 25 + 36 + 49, 19);
        ordered_map::new<u64, u64>().destroy_empty();
    }

    #[test]
    fun positions_walk_through_an_ordered_map() {
        let m = ordered_map::new_from(vector[2, 4, 6], vector[20, 40, 60]);
        let at = m.internal_new_begin_iter();
        assert!(at.iter_is_begin(&m) && at.iter_is_begin_from_non_empty() && !at.iter_is_end(&m), 0);
        at = at.iter_next(&m);
        assert!(*at.iter_borrow_key(&m) == 4 && *at.iter_borrow(&m) == 40, 1);
        *at.iter_borrow_mut(&mut m) = 41;
        assert!(at.iter_replace(&mut m, 42) == 41, 2);
        assert!(m.internal_find(&5).iter_is_end(&m) && m.find(&6) == m.new_end_iter().iter_prev(&m), 3);
        assert!(*m.internal_lower_bound(&3).iter_borrow_key(&m) == 4 && m.lower_bound(&7).iter_is_end(&m), 4);
        m.lower_bound(&5).iter_add(&mut m, 5, 50);
        m.internal_new_end_iter().iter_add(&mut m, 7, 70);
        assert!(m.keys() == vector[2, 4, 5, 6, 7], 5);
        assert!(m.new_begin_iter().iter_remove(&mut m) == 20, 6);
        let sum = 0;
        m.destroy(|k| sum += k, |v| sum += v);
        assert!(sum == 22 + 222, 7);
    }

    #[test]
    #[expected_failure(abort_code = 0x10004, location = aptos_std::ordered_map)]
    fun a_position_does_not_break_the_order() {
        let m = ordered_map::new_from(vector[2, 4], vector[20, 40]);
        m.find(&4).iter_add(&mut m, 5, 50);
    }

    #[test]
    #[expected_failure(abort_code = 0x10003, location = aptos_std::ordered_map)]
    fun there_is_nothing_behind_the_end() {
        let m = ordered_map::new<u64, u64>();
        m.new_end_iter().iter_next(&m);
    }

    #[test]
    #[expected_failure(abort_code = 0x10001, location = aptos_std::ordered_map)]
    fun an_ordered_map_takes_a_key_once() {
        ordered_map::new_from(vector[1, 1], vector[1, 2]);
    }

    #[test]
    fun a_test_leaves_a_table_behind() {
        let t = table_with_length::new<u64, u64>();
        t.add(1, 2);
        t.drop_unchecked();
    }

    #[test]
    fun an_ordered_map_takes_lists_and_shows_itself() {
        let m = ordered_map::new<u64, u64>();
        m.add_all(vector[3, 1, 2], vector[30, 10, 20]);
        assert!(m.keys() == vector[1, 2, 3] && m.values() == vector[10, 20, 30], 0);
        m.print_map();
    }

    #[test]
    #[expected_failure(abort_code = 0x10001, location = aptos_std::ordered_map)]
    fun an_ordered_map_takes_no_key_of_a_list_twice() {
        ordered_map::new<u64, u64>().add_all(vector[3, 3], vector[30, 10]);
    }
}
