/// Arithmetic on `u128` that the operators do not offer.
module aptos_std::math128 {
    use std::error;
    use std::fixed_point32::{Self, FixedPoint32};
    use aptos_std::fixed_point64::{Self, FixedPoint64};

    /// Zero has no logarithm.
    const EINVALID_ARG_FLOOR_LOG2: u64 = 1;
    /// The divisor is zero.
    const EDIVISION_BY_ZERO: u64 = 4;

    /// The larger one.
    public fun max(a: u128, b: u128): u128 {
        if (a >= b) a else b
    }

    /// The smaller one.
    public fun min(a: u128, b: u128): u128 {
        if (a < b) a else b
    }

    /// `(a + b) / 2`, rounded down; the sum may exceed `u128`.
    public fun average(a: u128, b: u128): u128 {
        if (a < b) a + (b - a) / 2 else b + (a - b) / 2
    }

    /// The greatest common divisor; `gcd(a, 0)` is `a`.
    public inline fun gcd(a: u128, b: u128): u128 {
        let (large, small) = (a, b);
        while (small != 0) {
            (large, small) = (small, large % small);
        };
        large
    }

    /// The least common multiple; 0 if either is 0. Aborts if it exceeds `u128`.
    public inline fun lcm(a: u128, b: u128): u128 {
        if (a == 0 || b == 0) 0 else a / gcd(a, b) * b
    }

    /// `a * b / c`, rounded down; the product may exceed `u128`. Aborts if the result does, or with 0x10004 for `c` = 0.
    public inline fun mul_div(a: u128, b: u128, c: u128): u128 {
        assert!(c != 0, error::invalid_argument(EDIVISION_BY_ZERO));
        ((((a as u256) * (b as u256)) / (c as u256)) as u128)
    }

    /// `x`, or the bound that it lies beyond.
    public fun clamp(x: u128, lower: u128, upper: u128): u128 {
        if (x < lower) lower else if (x > upper) upper else x
    }

    /// `n` to the power of `e`; 0 to the power of 0 is 1. Aborts if it exceeds `u128`.
    public fun pow(n: u128, e: u128): u128 {
        let result = 1;
        loop {
            if (e % 2 == 1) result *= n;
            e /= 2;
            // Squares only what is still needed: the last square could overflow without reason.
            if (e == 0) break;
            n *= n;
        };
        result
    }

    /// The position of the highest bit. Aborts for 0.
    public fun floor_log2(x: u128): u8 {
        assert!(x != 0, error::invalid_argument(EINVALID_ARG_FLOOR_LOG2));
        let position = 0;
        let step = 64;
        while (step > 0) {
            if (x >= 1 << step) {
                x >>= step;
                position += step;
            };
            step /= 2;
        };
        position
    }

    /// The logarithm to base 2, rounded down to 32 bits behind the point. Aborts for 0.
    public fun log2(x: u128): FixedPoint32 {
        let whole = floor_log2(x);
        // `y / 2^31` lies in [1, 2); squaring it doubles the logarithm, whose next bit says whether it reached 2.
        let y = if (whole <= 31) ((x << (31 - whole)) as u128) else ((x >> (whole - 31)) as u128);
        let result = (whole as u64) << 32;
        let bit = 1 << 31;
        while (bit != 0) {
            y = (y * y) >> 31;
            if (y >= 1 << 32) {
                result += bit;
                y >>= 1;
            };
            bit >>= 1;
        };
        fixed_point32::create_from_raw_value(result)
    }

    /// The logarithm to base 2, rounded down to 64 bits behind the point. Aborts for 0.
    public fun log2_64(x: u128): FixedPoint64 {
        let whole = floor_log2(x);
        let y = if (whole <= 63) ((x << (63 - whole)) as u256) else ((x >> (whole - 63)) as u256);
        let result = (whole as u128) << 64;
        let bit = 1 << 63;
        while (bit != 0) {
            y = (y * y) >> 63;
            if (y >= 1 << 64) {
                result += bit;
                y >>= 1;
            };
            bit >>= 1;
        };
        fixed_point64::create_from_raw_value(result)
    }

    /// The square root, rounded down.
    public fun sqrt(x: u128): u128 {
        if (x == 0) return 0;
        // A power of two not below the root; from there on Newton's steps only descend.
        let root = 1 << ((floor_log2(x) >> 1) + 1);
        loop {
            let next = (root + x / root) >> 1;
            if (next >= root) break;
            root = next;
        };
        root
    }

    /// `x / y`, rounded up. Aborts with 0x10004 for `y` = 0.
    public inline fun ceil_div(x: u128, y: u128): u128 {
        assert!(y != 0, error::invalid_argument(EDIVISION_BY_ZERO));
        if (x == 0) 0 else (x - 1) / y + 1
    }
}
