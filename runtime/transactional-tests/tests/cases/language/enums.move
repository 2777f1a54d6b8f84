//# publish
module 0x42::shapes {
    enum Shape has copy, drop, store {
        Point,
        Circle { radius: u64 },
        Rect { w: u64, h: u64 },
    }
    enum Item has drop { One(u64), Many(vector<u64>) }

    public fun area(kind: u8, a: u64, b: u64): u64 {
        let shape = if (kind == 0) Shape::Point
            else if (kind == 1) Shape::Circle { radius: a }
            else Shape::Rect { w: a, h: b };
        match (&shape) {
            Point => 0,
            Circle { radius } => 3 * *radius * *radius,
            Rect { w, h } if (*w == *h) => *w * *w + 1000,
            Rect { w, h } => *w * *h,
        }
    }
    public fun is_round(kind: u8): bool {
        let shape = if (kind == 0) Shape::Point else Shape::Circle { radius: 1 };
        (shape is Circle | Point) && !(shape is Point)
    }
    public fun wrong_variant(): u64 {
        let shape = Shape::Point;
        shape.radius
    }
    public fun sum(): u64 {
        total(&Item::Many(vector[1, 2, 3])) + total(&Item::One(7))
    }
    fun total(item: &Item): u64 {
        match (item) {
            One(x) => *x,
            Many(parts) => {
                let sum = 0;
                for (i in 0..parts.length()) sum += parts[i];
                sum
            }
        }
    }
    public fun grow(): Shape {
        let shape = Shape::Circle { radius: 1 };
        match (&mut shape) {
            Circle { radius } => *radius = 9,
            _ => {}
        };
        shape
    }
}

//# run 0x42::shapes::area --args 0u8 1 2

//# run 0x42::shapes::area --args 1u8 5 2

//# run 0x42::shapes::area --args 2u8 3 4

//# run 0x42::shapes::area --args 2u8 4 4

//# run 0x42::shapes::is_round --args 0u8

//# run 0x42::shapes::is_round --args 1u8

//# run 0x42::shapes::wrong_variant

//# run 0x42::shapes::sum

//# run 0x42::shapes::grow
