/// Signed integers of 256 bits of magnitude: a sign and a `u256`, with one zero.
///
/// Every result that does not fit aborts `E_OVERFLOW`; nothing wraps. `fdiv` rounds toward minus infinity, `cdiv` toward plus
/// infinity, `tdiv` toward zero. The range is symmetric: from `-(2^256 - 1)` to `2^256 - 1`.
/// Invariant: `mag == 0` implies `!neg`, so that `==` compares values.
module tenor_math::int256 {
    use tenor_math::wide;

    /// The result does not fit the type.
    const E_OVERFLOW: u64 = 0x0101;
    /// A negative number where only zero and positive ones make sense.
    const E_DOMAIN: u64 = 0x0102;
    /// Division by zero.
    const E_DIV_ZERO: u64 = 0x0104;

    const MAX: u256 = 115792089237316195423570985008687907853269984665640564039457584007913129639935;

    /// A signed number.
    struct I256 has copy, drop, store { neg: bool, mag: u256 }

    /// `-mag` if `neg`, otherwise `mag`. Zero has no sign.
    public fun new(neg: bool, mag: u256): I256 { I256 { neg: neg && mag != 0, mag } }

    /// Zero.
    public fun zero(): I256 { I256 { neg: false, mag: 0 } }

    /// A number that is not negative.
    public fun from(mag: u256): I256 { I256 { neg: false, mag } }

    /// `a - b`.
    public fun difference(a: u256, b: u256): I256 {
        if (a >= b) I256 { neg: false, mag: a - b } else I256 { neg: true, mag: b - a }
    }

    /// Whether it is below zero.
    public fun is_negative(self: &I256): bool { self.neg }

    /// Whether it is zero.
    public fun is_zero(self: &I256): bool { self.mag == 0 }

    /// Whether it is above zero.
    public fun is_positive(self: &I256): bool { !self.neg && self.mag != 0 }

    /// The value without its sign.
    public fun magnitude(self: &I256): u256 { self.mag }

    /// The value if it is not negative; aborts `E_DOMAIN` otherwise.
    public fun to_unsigned(self: &I256): u256 {
        assert!(!self.neg, E_DOMAIN);
        self.mag
    }

    /// The value if it is positive, otherwise zero.
    public fun positive_part(self: &I256): u256 { if (self.neg) 0 else self.mag }

    /// The magnitude if it is negative, otherwise zero.
    public fun negative_part(self: &I256): u256 { if (self.neg) self.mag else 0 }

    /// `-self`.
    public fun negate(self: I256): I256 { I256 { neg: !self.neg && self.mag != 0, mag: self.mag } }

    /// `self + other`.
    public fun add(self: I256, other: I256): I256 {
        if (self.neg == other.neg) {
            assert!(self.mag <= MAX - other.mag, E_OVERFLOW);
            I256 { neg: self.neg, mag: self.mag + other.mag }
        } else if (self.mag >= other.mag) {
            let mag = self.mag - other.mag;
            I256 { neg: self.neg && mag != 0, mag }
        } else {
            I256 { neg: other.neg, mag: other.mag - self.mag }
        }
    }

    /// `self - other`.
    public fun sub(self: I256, other: I256): I256 { self.add(other.negate()) }

    /// `self * other`.
    public fun mul(self: I256, other: I256): I256 {
        new(self.neg != other.neg, product(self.mag, other.mag))
    }

    /// `floor(self / other)`.
    public fun fdiv(self: I256, other: I256): I256 {
        assert!(other.mag != 0, E_DIV_ZERO);
        divide(self.neg != other.neg, self.mag, other.mag, false)
    }

    /// `ceil(self / other)`.
    public fun cdiv(self: I256, other: I256): I256 {
        assert!(other.mag != 0, E_DIV_ZERO);
        divide(self.neg != other.neg, self.mag, other.mag, true)
    }

    /// `self / other`, toward zero.
    public fun tdiv(self: I256, other: I256): I256 {
        assert!(other.mag != 0, E_DIV_ZERO);
        new(self.neg != other.neg, self.mag / other.mag)
    }

    /// `floor(self * b / c)`, the product not limited.
    public fun mul_div_floor(self: I256, b: I256, c: I256): I256 { scale(self, b, c, true, false) }

    /// `ceil(self * b / c)`, the product not limited.
    public fun mul_div_ceil(self: I256, b: I256, c: I256): I256 { scale(self, b, c, false, true) }

    /// `self * b / c` toward zero, the product not limited.
    public fun mul_div_trunc(self: I256, b: I256, c: I256): I256 { scale(self, b, c, false, false) }

    /// `self < other`.
    public fun lt(self: I256, other: I256): bool {
        if (self.neg != other.neg) self.neg
        else if (self.neg) self.mag > other.mag
        else self.mag < other.mag
    }

    /// `self <= other`.
    public fun le(self: I256, other: I256): bool { !other.lt(self) }

    /// `self > other`.
    public fun gt(self: I256, other: I256): bool { other.lt(self) }

    /// `self >= other`.
    public fun ge(self: I256, other: I256): bool { !self.lt(other) }

    /// The smaller one.
    public fun min(self: I256, other: I256): I256 { if (other.lt(self)) other else self }

    /// The larger one.
    public fun max(self: I256, other: I256): I256 { if (self.lt(other)) other else self }

    /// The nearest value in `[low, high]`.
    public fun clamp(self: I256, low: I256, high: I256): I256 {
        if (self.lt(low)) low else if (high.lt(self)) high else self
    }

    /// `mag / by` with the sign, away from zero when the rounding direction and the sign ask for it.
    fun divide(neg: bool, mag: u256, by: u256, up: bool): I256 {
        let quotient = mag / by;
        // A floor of a negative number and a ceiling of a positive one are larger in magnitude.
        if (neg != up && mag % by != 0) quotient += 1;
        new(neg, quotient)
    }

    fun product(a: u256, b: u256): u256 {
        let (high, low) = wide::full_mul(a, b);
        assert!(high == 0, E_OVERFLOW);
        low
    }

    fun scale(a: I256, b: I256, c: I256, floor: bool, ceil: bool): I256 {
        assert!(c.mag != 0, E_DIV_ZERO);
        let neg = (a.neg != b.neg) != c.neg;
        let (quotient, rest) = wide::mul_div_rem(a.mag, b.mag, c.mag);
        if (((neg && floor) || (!neg && ceil)) && rest != 0) {
            assert!(quotient < MAX, E_OVERFLOW);
            quotient += 1;
        };
        new(neg, quotient)
    }
}
