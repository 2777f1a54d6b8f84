module 0x42::closures {
    use std::vector;

    struct Pred(|u64|bool) has copy, drop;
    struct Work has key, store { f: |u64|u64 has copy + drop + store }
    struct Sealed { n: u64 }

    public fun double(x: u64): u64 { x * 2 }
    #[persistent]
    fun triple(x: u64): u64 { x * 3 }
    fun add(a: u64, b: u64): u64 { a + b }
    fun sub(a: u64, b: u64): u64 { a - b }
    fun apply(f: |u64|u64, x: u64): u64 { f(x) }
    fun compose(f: |u64|u64 has copy + drop, g: |u64|u64 has copy + drop): |u64|u64 has copy + drop { |x| g(f(x)) }
    fun make(n: u64): ||u64 { || n + 1 }
    fun twice<T: copy + drop>(x: T, f: |T|T has copy + drop): vector<T> { vector[f(x), x] }
    inline fun with(v: &mut vector<u64>, f: |&mut u64|) { for (i in 0..v.length()) { f(v.borrow_mut(i)) } }

    #[test]
    fun named_functions_and_lambdas_are_values() {
        assert!(apply(double, 4) == 8, 1);
        assert!(apply(|x| add(3, x), 5) == 8, 2);
        assert!(apply(|x| x * x + 1, 6) == 37, 3);
        assert!(make(4)() == 5, 4);
    }

    #[test]
    fun captured_values_keep_their_order() {
        let k = 10;
        assert!(apply(|x| sub(k, x), 3) == 7, 1);
        assert!(apply(|x| sub(x, k), 13) == 3, 2);
        let h = compose(|x| x + k, |y| y * k);
        assert!(h(2) + h(3) == 250, 3);
    }

    #[test]
    fun generic_functions_take_closures() {
        assert!(twice(3u8, |x| x + 1) == vector[4, 3], 1);
        assert!(twice(vector[true], |v| { v.push_back(false); v }) == vector[vector[true, false], vector[true]], 2);
    }

    #[test]
    fun a_lambda_returns_for_itself() {
        let f: |u64, u64|u64 has copy + drop = |a, b| { let c = a + b; if (c > 5) { return 1 }; c };
        assert!(f(1, 2) + f(5, 5) == 4, 1);
    }

    #[test]
    fun wrapped_functions_are_called_directly() {
        let limit = 10;
        let p = Pred(|v| v > limit);
        assert!(p(11) && !p(10), 1);
        let q: Pred = |v| v == 1;
        assert!(q(1), 2);
    }

    #[test(s = @0x7)]
    fun closures_over_persistent_functions_are_stored(s: &signer) {
        move_to(s, Work { f: triple });
        let w = &Work[@0x7];
        assert!((w.f)(7) == 21, 1);
    }

    #[test]
    fun lambdas_of_inline_functions_change_what_is_outside() {
        let total = 0;
        let v = vector[1, 2, 3];
        with(&mut v, |r| { *r += 1; total += *r; });
        assert!(total + v[0] == 11, 1);
        let out = vector[];
        vector::for_each_ref(&v, |e| { if (*e > 2) out.push_back(*e) });
        assert!(out == vector[3, 4], 2);
    }

    #[test]
    fun lambdas_nest() {
        let rows = vector[vector[1, 2], vector[3]];
        let sum = 0;
        rows.for_each_ref(|row| row.for_each_ref(|x| sum += *x));
        assert!(sum == 6, 1);
        assert!(rows.map_ref(|row| { let t = 0; row.for_each_ref(|x| t += *x); t }) == vector[3, 3], 2);
        let sealed = vector[Sealed { n: 1 }, Sealed { n: 2 }];
        let n = 0;
        sealed.for_each(|s| { let Sealed { n: m } = s; n += m; });
        assert!(n == 3, 3);
    }

    inline fun fold_all_inner(v: &vector<u64>): u64 { let t = 0; v.for_each_ref(|x| t += *x); t }
    #[test_only]
    use 0x42::closures_helper::fold_all as helper;
    #[test]
    fun inline_results_combine() {
        let v = vector[1, 2, 3];
        assert!(fold_all_inner(&v) * fold_all_inner(&v) == helper(&v) * 6, 1);
    }
}
#[test_only]
module 0x42::closures_helper {
    public fun fold_all(v: &vector<u64>): u64 { let t = 0; for (i in 0..v.length()) { t += v[i] }; t }
}
