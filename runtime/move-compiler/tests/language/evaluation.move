module 0x42::evaluation {
    struct S has copy, drop, store { a: u64, b: u64 }
    struct Box has copy, drop { v: vector<S>, n: u64 }
    struct R has key { s: S, m: vector<vector<u64>> }

    fun three(a: u64, b: u64, c: u64): u64 { a * 100 + b * 10 + c }
    fun id<T>(x: T): T { x }
    fun bump(x: &mut u64): u64 { *x += 1; *x }

    #[test]
    fun arguments_are_evaluated_left_to_right() {
        let x = 1;
        assert!(three(x, { x = x + 1; x }, x) == 122, 1);
        assert!(three(bump(&mut x), bump(&mut x), x) == 344, 2);
        let s = S { b: { x = 7; x }, a: x };
        assert!(s.a == 7 && s.b == 7, 3);
        let y = x + { x = 1; x } * 10;
        assert!(y == 17, 4);
    }

    #[test]
    fun the_right_side_comes_first() {
        let v = vector[1, 2, 3];
        let i = 0;
        v[i] = { i = 2; 9 };
        assert!(v == vector[1, 2, 9], 1);
        v[{ i = 0; i }] += { i = 1; 5 };
        assert!(v == vector[6, 2, 9] && i == 0, 2);
    }

    #[test]
    fun places_are_changed_in_place() {
        let b = Box { v: vector[S { a: 1, b: 2 }], n: 0 };
        b.v[0].a += 10;
        b.v[0].b = b.v[0].a;
        let r = &mut b.v[0];
        r.a = 3;
        b.n = b.v.length();
        assert!(b == Box { v: vector[S { a: 3, b: 11 }], n: 1 }, 1);
        let m = vector[vector[1], vector[2, 3]];
        m[1][0] = 7;
        let last = m[1][1];
        m[0].push_back(last);
        assert!(m == vector[vector[1, 3], vector[7, 3]], 2);
    }

    #[test(s = @0x5)]
    fun resources_are_indexed(s: signer) {
        move_to(&s, R { s: S { a: 1, b: 2 }, m: vector[vector[4]] });
        R[@0x5].s.a = 6;
        R[@0x5].m[0][0] += R[@0x5].s.a;
        let r = &R[@0x5];
        assert!(r.s.a == 6 && r.m[0][0] == 10, 1);
        let R { s: S { a, b }, m } = move_from<R>(@0x5);
        assert!(a + b + m[0][0] == 18 && !exists<R>(@0x5), 2);
    }

    #[test]
    fun loops_and_labels() {
        let n = 0;
        'outer: loop {
            let i = 0;
            while (true) {
                i += 1;
                if (i == 3) continue 'outer;
                n += 1;
                if (n > 6) break 'outer;
            }
        };
        assert!(n == 7, 1);
        let t = 0;
        for (i in 0..10) {
            if (i % 2 == 0) continue;
            if (i > 7) break;
            t += i;
        };
        assert!(t == 1 + 3 + 5 + 7, 2);
        let never = 0;
        for (i in 5..2) never += i;
        assert!(never == 0, 3);
        for (i in 250..255u8) { t += (i as u64) };
        assert!(t == 16 + 250 + 251 + 252 + 253 + 254, 4);
    }

    #[test]
    fun conditions_stop_early() {
        let n = 0;
        let yes = { n += 1; true } || { n += 10; true };
        let no = { n += 100; false } && { n += 1000; true };
        assert!(yes && !no && n == 101, 1);
        let x = if (yes && !no || id(false)) 1 else 2;
        assert!(x == 1, 2);
    }

    #[test]
    fun signed_numbers() {
        let a: i64 = -7;
        assert!(a / 2 == -3 && a % 2 == -1 && -a == 7 && a < 0, 1);
        assert!((a as i8) == -7i8 && ((-a) as u8) == 7, 2);
        assert!(MIN_I8 == -128 && MAX_U16 == 65535, 3);
    }

    #[test]
    #[expected_failure(arithmetic_error, location = Self)]
    fun the_least_number_has_no_opposite() { let x = MIN_I64; id(-x); }

    #[test]
    #[expected_failure(arithmetic_error, location = Self)]
    fun folding_leaves_failures_to_run_time() { let x = 1u8; id(255 + x); }

    #[test]
    fun operators_bind_as_written() {
        assert!(1 + 2 * 3 == 7 && (6 & 3 == 2) && 1 << 3 | 1 == 9, 1);
        assert!((300u64 % 256 as u8) == 44, 2);
        let x = if (true) { 1 } else { 2 } + 3;
        assert!(x == 4, 3);
        assert!(7 / 2 * 2 == 6 && 10 - 3 - 2 == 5, 4);
    }
}
