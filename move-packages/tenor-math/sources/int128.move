/// Signed integers of 128 bits of magnitude: a sign and a `u128`, with one zero.
///
/// Every result that does not fit aborts `E_OVERFLOW`; nothing wraps. `fdiv` rounds toward minus infinity, `cdiv` toward plus
/// infinity, `tdiv` toward zero. The range is symmetric: from `-(2^128 - 1)` to `2^128 - 1`.
/// Invariant: `mag == 0` implies `!neg`, so that `==` compares values.
module tenor_math::int128 {
    /// The result does not fit the type.
    const E_OVERFLOW: u64 = 0x0101;
    /// A negative number where only zero and positive ones make sense.
    const E_DOMAIN: u64 = 0x0102;
    /// Division by zero.
    const E_DIV_ZERO: u64 = 0x0104;

    const MAX: u128 = 340282366920938463463374607431768211455;

    /// A signed number.
    struct I128 has copy, drop, store { neg: bool, mag: u128 }

    /// `-mag` if `neg`, otherwise `mag`. Zero has no sign.
    public fun new(neg: bool, mag: u128): I128 { I128 { neg: neg && mag != 0, mag } }

    /// Zero.
    public fun zero(): I128 { I128 { neg: false, mag: 0 } }

    /// A number that is not negative.
    public fun from(mag: u128): I128 { I128 { neg: false, mag } }

    /// `a - b`.
    public fun difference(a: u128, b: u128): I128 {
        if (a >= b) I128 { neg: false, mag: a - b } else I128 { neg: true, mag: b - a }
    }

    /// Whether it is below zero.
    public fun is_negative(self: &I128): bool { self.neg }

    /// Whether it is zero.
    public fun is_zero(self: &I128): bool { self.mag == 0 }

    /// Whether it is above zero.
    public fun is_positive(self: &I128): bool { !self.neg && self.mag != 0 }

    /// The value without its sign.
    public fun magnitude(self: &I128): u128 { self.mag }

    /// The value if it is not negative; aborts `E_DOMAIN` otherwise.
    public fun to_unsigned(self: &I128): u128 {
        assert!(!self.neg, E_DOMAIN);
        self.mag
    }

    /// The value if it is positive, otherwise zero.
    public fun positive_part(self: &I128): u128 { if (self.neg) 0 else self.mag }

    /// The magnitude if it is negative, otherwise zero.
    public fun negative_part(self: &I128): u128 { if (self.neg) self.mag else 0 }

    /// `-self`.
    public fun negate(self: I128): I128 { I128 { neg: !self.neg && self.mag != 0, mag: self.mag } }

    /// `self + other`.
    public fun add(self: I128, other: I128): I128 {
        if (self.neg == other.neg) {
            assert!(self.mag <= MAX - other.mag, E_OVERFLOW);
            I128 { neg: self.neg, mag: self.mag + other.mag }
        } else if (self.mag >= other.mag) {
            let mag = self.mag - other.mag;
            I128 { neg: self.neg && mag != 0, mag }
        } else {
            I128 { neg: other.neg, mag: other.mag - self.mag }
        }
    }

    /// `self - other`.
    public fun sub(self: I128, other: I128): I128 { self.add(other.negate()) }

    /// `self * other`.
    public fun mul(self: I128, other: I128): I128 {
        new(self.neg != other.neg, product(self.mag, other.mag))
    }

    /// `floor(self / other)`.
    public fun fdiv(self: I128, other: I128): I128 {
        assert!(other.mag != 0, E_DIV_ZERO);
        divide(self.neg != other.neg, self.mag, other.mag, false)
    }

    /// `ceil(self / other)`.
    public fun cdiv(self: I128, other: I128): I128 {
        assert!(other.mag != 0, E_DIV_ZERO);
        divide(self.neg != other.neg, self.mag, other.mag, true)
    }

    /// `self / other`, toward zero.
    public fun tdiv(self: I128, other: I128): I128 {
        assert!(other.mag != 0, E_DIV_ZERO);
        new(self.neg != other.neg, self.mag / other.mag)
    }

    /// `floor(self * b / c)`, the product not limited.
    public fun mul_div_floor(self: I128, b: I128, c: I128): I128 { scale(self, b, c, true, false) }

    /// `ceil(self * b / c)`, the product not limited.
    public fun mul_div_ceil(self: I128, b: I128, c: I128): I128 { scale(self, b, c, false, true) }

    /// `self * b / c` toward zero, the product not limited.
    public fun mul_div_trunc(self: I128, b: I128, c: I128): I128 { scale(self, b, c, false, false) }

    /// `self < other`.
    public fun lt(self: I128, other: I128): bool {
        if (self.neg != other.neg) self.neg
        else if (self.neg) self.mag > other.mag
        else self.mag < other.mag
    }

    /// `self <= other`.
    public fun le(self: I128, other: I128): bool { !other.lt(self) }

    /// `self > other`.
    public fun gt(self: I128, other: I128): bool { other.lt(self) }

    /// `self >= other`.
    public fun ge(self: I128, other: I128): bool { !self.lt(other) }

    /// The smaller one.
    public fun min(self: I128, other: I128): I128 { if (other.lt(self)) other else self }

    /// The larger one.
    public fun max(self: I128, other: I128): I128 { if (self.lt(other)) other else self }

    /// The nearest value in `[low, high]`.
    public fun clamp(self: I128, low: I128, high: I128): I128 {
        if (self.lt(low)) low else if (high.lt(self)) high else self
    }

    /// `mag / by` with the sign, away from zero when the rounding direction and the sign ask for it.
    fun divide(neg: bool, mag: u128, by: u128, up: bool): I128 {
        let quotient = mag / by;
        // A floor of a negative number and a ceiling of a positive one are larger in magnitude.
        if (neg != up && mag % by != 0) quotient += 1;
        new(neg, quotient)
    }

    fun product(a: u128, b: u128): u128 {
        let wide = (a as u256) * (b as u256);
        assert!(wide <= (MAX as u256), E_OVERFLOW);
        (wide as u128)
    }

    fun scale(a: I128, b: I128, c: I128, floor: bool, ceil: bool): I128 {
        assert!(c.mag != 0, E_DIV_ZERO);
        let neg = (a.neg != b.neg) != c.neg;
        let wide = (a.mag as u256) * (b.mag as u256);
        let by = (c.mag as u256);
        let quotient = wide / by;
        if (((neg && floor) || (!neg && ceil)) && wide % by != 0) quotient += 1;
        assert!(quotient <= (MAX as u256), E_OVERFLOW);
        new(neg, (quotient as u128))
    }
}
