/// The total order that every type has: integers by size, vectors element by element, structs field by field, enums by
/// variant first. The operators `<`, `<=`, `>`, `>=` on values that are not integers mean this order.
module std::cmp {
    /// How the first value stands to the second.
    enum Ordering has copy, drop {
        Less,
        Equal,
        Greater
    }

    /// How `first` stands to `second`.
    public native fun compare<T>(first: &T, second: &T): Ordering;

    /// Whether they are equal.
    public fun is_eq(self: &Ordering): bool {
        self is Ordering::Equal
    }

    /// Whether they differ.
    public fun is_ne(self: &Ordering): bool {
        !(self is Ordering::Equal)
    }

    /// Whether the first is smaller.
    public fun is_lt(self: &Ordering): bool {
        self is Ordering::Less
    }

    /// Whether the first is not greater.
    public fun is_le(self: &Ordering): bool {
        !(self is Ordering::Greater)
    }

    /// Whether the first is greater.
    public fun is_gt(self: &Ordering): bool {
        self is Ordering::Greater
    }

    /// Whether the first is not smaller.
    public fun is_ge(self: &Ordering): bool {
        !(self is Ordering::Less)
    }
}
