module 0x42::matching {
    enum Shape has copy, drop { Point, Circle { r: u64 }, Rect { w: u64, h: u64 }, Tagged(u8, u64) }
    enum Tree has drop { Leaf(u64), Node { left: vector<Tree2>, right: u64 } }
    enum Tree2 has drop { Empty, One(vector<u8>) }
    enum Old has drop { V1 { x: u64 }, V2 { y: bool, x: u64 } }
    struct Pair<T> has copy, drop { a: T, b: T }
    struct Res { n: u64 }
    enum Holder { Full(Res), Nothing }

    fun area(s: &Shape): u64 {
        match (s) { Point => 0, Circle { r } => 3 * *r * *r, Rect { w, h } => *w * *h, Tagged(_, n) => *n }
    }
    fun kind(x: i8): u8 { match (x) { -5..0 => 1, 0 => 2, 1..=126 => 3, _ => 4 } }
    fun word(b: vector<u8>): u64 { match (b) { b"a" => 1, b"bc" => 2, _ => 3 } }
    fun both(a: bool, n: u64): u64 { match ((a, n)) { (true, 0) => 1, (true, _) => 2, (false, 0..10) => 3, (false, 10..) => 4 } }
    fun open(h: Holder): u64 { match (h) { Full(Res { n }) => n, Nothing => 0 } }
    fun grow(s: &mut Shape) { match (s) { Circle { r } => *r += 1, Rect { w, .. } => { *w = 9; }, _ => {} } }
    fun guarded(s: Shape): u64 {
        match (s) {
            Circle { r } if (r > 10) => 1,
            Circle { r } if (r == 10) => 2,
            Rect { w, h } if (w == h) => w,
            Tagged(t, n) => (t as u64) + n,
            _ => 99,
        }
    }
    fun early(s: Shape): u64 { let r = match (s) { Circle { r } => r, Point => return 7, _ => abort 3 }; r + 1 }

    #[test]
    fun references_are_matched() {
        assert!(area(&Shape::Point) == 0, 1);
        assert!(area(&Shape::Circle { r: 2 }) == 12, 2);
        assert!(area(&Shape::Rect { w: 2, h: 5 }) == 10, 3);
        let s = Shape::Rect { w: 1, h: 2 };
        grow(&mut s);
        assert!(s == Shape::Rect { w: 9, h: 2 }, 4);
        assert!(s.w == 9 && (s is Rect) && !(s is Point | Circle), 5);
    }

    #[test]
    fun literals_and_ranges_are_matched() {
        assert!(kind(-5) == 1 && kind(-6) == 4 && kind(0) == 2 && kind(126) == 3 && kind(127) == 4, 1);
        assert!(word(b"a") == 1 && word(b"bc") == 2 && word(b"") == 3, 2);
        assert!(both(true, 0) == 1 && both(true, 1) == 2 && both(false, 9) == 3 && both(false, 10) == 4, 3);
    }

    #[test]
    fun values_are_taken_apart() {
        assert!(open(Holder::Full(Res { n: 5 })) == 5 && open(Holder::Nothing) == 0, 1);
        assert!(guarded(Shape::Circle { r: 11 }) == 1 && guarded(Shape::Circle { r: 10 }) == 2 && guarded(Shape::Circle { r: 1 }) == 99, 2);
        assert!(guarded(Shape::Rect { w: 4, h: 4 }) == 4 && guarded(Shape::Tagged(1, 2)) == 3, 3);
        assert!(early(Shape::Circle { r: 1 }) == 2 && early(Shape::Point) == 7, 4);
        let t = Tree::Node { left: vector[Tree2::One(b"x"), Tree2::Empty], right: 4 };
        let n = match (&t) { Leaf(n) => *n, Node { left, right } => left.length() + *right };
        assert!(n == 6, 5);
    }

    #[test]
    fun fields_at_different_places_are_selected() {
        let a = Old::V1 { x: 1 };
        let b = Old::V2 { y: true, x: 2 };
        a.x += 10;
        b.x = b.x * 2 + a.x;
        assert!(a.x == 11 && b.x == 15, 1);
    }

    #[test]
    #[expected_failure(abort_code = 3, location = Self)]
    fun an_arm_may_abort() { early(Shape::Tagged(1, 1)); }

    #[test]
    #[expected_failure(major_status = 4038, location = Self)]
    fun a_missing_field_aborts() {
        let s = Shape::Point;
        s.r += 1;
    }

    #[test]
    fun patterns_destructure() {
        let Pair { a, b } = Pair { b: 2, a: 1 };
        assert!(a == 1 && b == 2, 1);
        (a, b) = (b, a);
        assert!(a == 2 && b == 1, 2);
        Pair { a, b: _ } = Pair { a: 8u64, b: 9 };
        let p = Pair { a: vector[1], b: vector[] };
        let Pair { a: x, b: y } = &mut p;
        x.push_back(a);
        y.push_back(b);
        assert!(p.a == vector[1, 8] && p.b == vector[1], 3);
    }
}
