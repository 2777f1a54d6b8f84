module 0x42::ordering {
    public struct P has copy, drop { x: u64, y: vector<u8> }
    public enum E has copy, drop { A(u64), B { x: u64 } }

    #[test]
    fun everything_has_an_order() {
        assert!(P { x: 1, y: b"b" } < P { x: 2, y: b"a" }, 1);
        assert!(P { x: 1, y: b"b" } >= P { x: 1, y: b"a" }, 2);
        assert!(E::A(9) < E::B { x: 0 } && vector[1, 2] < vector[1, 2, 0] && @0x1 < @0x2 && false < true, 3);
        let (a, b) = (vector[3], vector[4]);
        assert!(&a <= &b && !(&mut a > &b), 4);
    }
}
module 0x42::user {
    use 0x42::ordering::{P, E};

    fun change(e: &mut E) { match (e) { A(n) => *n += 1, B { x } => *x = 7 } }

    #[test]
    fun public_types_are_open() {
        let p = P { x: 1, y: vector[] };
        p.x = 5;
        p.y.push_back(3);
        let P { x, y } = p;
        assert!(x == 5 && y == vector[3], 1);
        let e = E::A(1);
        change(&mut e);
        assert!((e is A) && e == E::A(2), 2);
        let b = E::B { x: 1 };
        change(&mut b);
        assert!(b.x == 7, 3);
    }

    #[test]
    #[expected_failure(abort_code = 0xCA26CBD9BE0B0000, location = Self)]
    fun messages_abort() { let x = 1; assert!(x > 1, b"too small"); }

    #[test]
    fun equalities_are_asserted() { assert_eq!(1 + 1, 2); assert_ne!(b"a", b"b"); }

    #[test]
    #[expected_failure(abort_code = 0xCA26CBD9BE0B0000, location = Self)]
    fun inequalities_abort() { assert_eq!(1, 2); }
}
