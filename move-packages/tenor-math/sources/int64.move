/// Signed integers of 64 bits of magnitude: a sign and a `u64`, with one zero.
///
/// Every result that does not fit aborts `E_OVERFLOW`; nothing wraps. `fdiv` rounds toward minus infinity, `cdiv` toward plus
/// infinity, `tdiv` toward zero. The range is symmetric: from `-(2^64 - 1)` to `2^64 - 1`.
/// Invariant: `mag == 0` implies `!neg`, so that `==` compares values.
module tenor_math::int64 {
    /// The result does not fit the type.
    const E_OVERFLOW: u64 = 0x0101;
    /// A negative number where only zero and positive ones make sense.
    const E_DOMAIN: u64 = 0x0102;
    /// Division by zero.
    const E_DIV_ZERO: u64 = 0x0104;

    const MAX: u64 = 18446744073709551615;

    /// A signed number.
    struct I64 has copy, drop, store { neg: bool, mag: u64 }

    /// `-mag` if `neg`, otherwise `mag`. Zero has no sign.
    public fun new(neg: bool, mag: u64): I64 { I64 { neg: neg && mag != 0, mag } }

    /// Zero.
    public fun zero(): I64 { I64 { neg: false, mag: 0 } }

    /// A number that is not negative.
    public fun from(mag: u64): I64 { I64 { neg: false, mag } }

    /// `a - b`.
    public fun difference(a: u64, b: u64): I64 {
        if (a >= b) I64 { neg: false, mag: a - b } else I64 { neg: true, mag: b - a }
    }

    /// Whether it is below zero.
    public fun is_negative(self: &I64): bool { self.neg }

    /// Whether it is zero.
    public fun is_zero(self: &I64): bool { self.mag == 0 }

    /// Whether it is above zero.
    public fun is_positive(self: &I64): bool { !self.neg && self.mag != 0 }

    /// The value without its sign.
    public fun magnitude(self: &I64): u64 { self.mag }

    /// The value if it is not negative; aborts `E_DOMAIN` otherwise.
    public fun to_unsigned(self: &I64): u64 {
        assert!(!self.neg, E_DOMAIN);
        self.mag
    }

    /// The value if it is positive, otherwise zero.
    public fun positive_part(self: &I64): u64 { if (self.neg) 0 else self.mag }

    /// The magnitude if it is negative, otherwise zero.
    public fun negative_part(self: &I64): u64 { if (self.neg) self.mag else 0 }

    /// `-self`.
    public fun negate(self: I64): I64 { I64 { neg: !self.neg && self.mag != 0, mag: self.mag } }

    /// `self + other`.
    public fun add(self: I64, other: I64): I64 {
        if (self.neg == other.neg) {
            assert!(self.mag <= MAX - other.mag, E_OVERFLOW);
            I64 { neg: self.neg, mag: self.mag + other.mag }
        } else if (self.mag >= other.mag) {
            let mag = self.mag - other.mag;
            I64 { neg: self.neg && mag != 0, mag }
        } else {
            I64 { neg: other.neg, mag: other.mag - self.mag }
        }
    }

    /// `self - other`.
    public fun sub(self: I64, other: I64): I64 { self.add(other.negate()) }

    /// `self * other`.
    public fun mul(self: I64, other: I64): I64 {
        new(self.neg != other.neg, product(self.mag, other.mag))
    }

    /// `floor(self / other)`.
    public fun fdiv(self: I64, other: I64): I64 {
        assert!(other.mag != 0, E_DIV_ZERO);
        divide(self.neg != other.neg, self.mag, other.mag, false)
    }

    /// `ceil(self / other)`.
    public fun cdiv(self: I64, other: I64): I64 {
        assert!(other.mag != 0, E_DIV_ZERO);
        divide(self.neg != other.neg, self.mag, other.mag, true)
    }

    /// `self / other`, toward zero.
    public fun tdiv(self: I64, other: I64): I64 {
        assert!(other.mag != 0, E_DIV_ZERO);
        new(self.neg != other.neg, self.mag / other.mag)
    }

    /// `floor(self * b / c)`, the product not limited.
    public fun mul_div_floor(self: I64, b: I64, c: I64): I64 { scale(self, b, c, true, false) }

    /// `ceil(self * b / c)`, the product not limited.
    public fun mul_div_ceil(self: I64, b: I64, c: I64): I64 { scale(self, b, c, false, true) }

    /// `self * b / c` toward zero, the product not limited.
    public fun mul_div_trunc(self: I64, b: I64, c: I64): I64 { scale(self, b, c, false, false) }

    /// `self < other`.
    public fun lt(self: I64, other: I64): bool {
        if (self.neg != other.neg) self.neg
        else if (self.neg) self.mag > other.mag
        else self.mag < other.mag
    }

    /// `self <= other`.
    public fun le(self: I64, other: I64): bool { !other.lt(self) }

    /// `self > other`.
    public fun gt(self: I64, other: I64): bool { other.lt(self) }

    /// `self >= other`.
    public fun ge(self: I64, other: I64): bool { !self.lt(other) }

    /// The smaller one.
    public fun min(self: I64, other: I64): I64 { if (other.lt(self)) other else self }

    /// The larger one.
    public fun max(self: I64, other: I64): I64 { if (self.lt(other)) other else self }

    /// The nearest value in `[low, high]`.
    public fun clamp(self: I64, low: I64, high: I64): I64 {
        if (self.lt(low)) low else if (high.lt(self)) high else self
    }

    /// `mag / by` with the sign, away from zero when the rounding direction and the sign ask for it.
    fun divide(neg: bool, mag: u64, by: u64, up: bool): I64 {
        let quotient = mag / by;
        // A floor of a negative number and a ceiling of a positive one are larger in magnitude.
        if (neg != up && mag % by != 0) quotient += 1;
        new(neg, quotient)
    }

    fun product(a: u64, b: u64): u64 {
        let wide = (a as u128) * (b as u128);
        assert!(wide <= (MAX as u128), E_OVERFLOW);
        (wide as u64)
    }

    fun scale(a: I64, b: I64, c: I64, floor: bool, ceil: bool): I64 {
        assert!(c.mag != 0, E_DIV_ZERO);
        let neg = (a.neg != b.neg) != c.neg;
        let wide = (a.mag as u128) * (b.mag as u128);
        let by = (c.mag as u128);
        let quotient = wide / by;
        if (((neg && floor) || (!neg && ceil)) && wide % by != 0) quotient += 1;
        assert!(quotient <= (MAX as u128), E_OVERFLOW);
        new(neg, (quotient as u64))
    }
}
