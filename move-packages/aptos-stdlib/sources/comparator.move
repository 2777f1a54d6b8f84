/// Compares BCS bytes, one after the other: an order for any type, though not that of numbers. New code uses `std::cmp`.
module aptos_std::comparator {
    use std::bcs;

    /// Both are the same; the next ones in order: the left is before, the left is behind.
    const EQUAL: u8 = 0;
    const SMALLER: u8 = 1;
    const GREATER: u8 = 2;

    /// How the left value stands to the right one.
    struct Result has drop {
        inner: u8
    }

    /// Whether they are equal.
    public fun is_equal(self: &Result): bool {
        self.inner == EQUAL
    }

    /// Whether the left one is smaller.
    public fun is_smaller_than(self: &Result): bool {
        self.inner == SMALLER
    }

    /// Whether the left one is greater.
    public fun is_greater_than(self: &Result): bool {
        self.inner == GREATER
    }

    /// Compares the BCS bytes of two values.
    public fun compare<T>(left: &T, right: &T): Result {
        compare_u8_vector(bcs::to_bytes(left), bcs::to_bytes(right))
    }

    /// Compares bytes from the first on; of two that agree up to the end of one, the longer is greater.
    public fun compare_u8_vector(left: vector<u8>, right: vector<u8>): Result {
        let left_len = left.length();
        let right_len = right.length();
        let i = 0;
        while (i < left_len && i < right_len) {
            let l = *left.borrow(i);
            let r = *right.borrow(i);
            if (l < r) return Result { inner: SMALLER };
            if (l > r) return Result { inner: GREATER };
            i += 1;
        };
        if (left_len < right_len) Result { inner: SMALLER }
        else if (left_len > right_len) Result { inner: GREATER }
        else Result { inner: EQUAL }
    }
}
