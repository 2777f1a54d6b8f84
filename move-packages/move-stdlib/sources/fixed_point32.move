/// Unsigned binary fixed point: 32 bits before the point, 32 behind it. The value is `value / 2^32`.
///
/// Rounds towards zero unless a function says otherwise. Products and quotients pass through `u128` and are checked before
/// they become `u64` again.
module std::fixed_point32 {
    /// The denominator is zero.
    const EDENOMINATOR: u64 = 0x10001;
    /// The quotient is larger than a u64.
    const EDIVISION: u64 = 0x20002;
    /// The product is larger than a u64.
    const EMULTIPLICATION: u64 = 0x20003;
    /// The divisor is zero.
    const EDIVISION_BY_ZERO: u64 = 0x10004;
    /// The ratio is too large, or too small, for 32 bits on either side of the point.
    const ERATIO_OUT_OF_RANGE: u64 = 0x20005;

    const MAX_U64: u128 = 18446744073709551615;

    /// `value / 2^32`.
    struct FixedPoint32 has copy, drop, store {
        value: u64
    }

    /// `val * multiplier`.
    public fun multiply_u64(val: u64, multiplier: FixedPoint32): u64 {
        let product = ((val as u128) * (multiplier.value as u128)) >> 32;
        assert!(product <= MAX_U64, EMULTIPLICATION);
        (product as u64)
    }

    /// `val / divisor`.
    public fun divide_u64(val: u64, divisor: FixedPoint32): u64 {
        assert!(divisor.value != 0, EDIVISION_BY_ZERO);
        let quotient = ((val as u128) << 32) / (divisor.value as u128);
        assert!(quotient <= MAX_U64, EDIVISION);
        (quotient as u64)
    }

    /// `numerator / denominator`. Aborts if a ratio other than 0 becomes 0, or is 2^32 or more.
    public fun create_from_rational(numerator: u64, denominator: u64): FixedPoint32 {
        assert!(denominator != 0, EDENOMINATOR);
        let ratio = ((numerator as u128) << 32) / (denominator as u128);
        assert!(ratio != 0 || numerator == 0, ERATIO_OUT_OF_RANGE);
        assert!(ratio <= MAX_U64, ERATIO_OUT_OF_RANGE);
        FixedPoint32 { value: (ratio as u64) }
    }

    /// `value / 2^32`.
    public fun create_from_raw_value(value: u64): FixedPoint32 {
        FixedPoint32 { value }
    }

    /// The value times 2^32.
    public fun get_raw_value(self: FixedPoint32): u64 {
        self.value
    }

    /// Whether the value is 0.
    public fun is_zero(self: FixedPoint32): bool {
        self.value == 0
    }

    /// The smaller one.
    public fun min(num1: FixedPoint32, num2: FixedPoint32): FixedPoint32 {
        if (num1.value <= num2.value) num1 else num2
    }

    /// The larger one.
    public fun max(num1: FixedPoint32, num2: FixedPoint32): FixedPoint32 {
        if (num1.value >= num2.value) num1 else num2
    }

    /// `val`. Aborts from 2^32 on.
    public fun create_from_u64(val: u64): FixedPoint32 {
        let value = (val as u128) << 32;
        assert!(value <= MAX_U64, ERATIO_OUT_OF_RANGE);
        FixedPoint32 { value: (value as u64) }
    }

    /// The largest integer that is not larger.
    public fun floor(self: FixedPoint32): u64 {
        self.value >> 32
    }

    /// The smallest integer that is not smaller.
    public fun ceil(self: FixedPoint32): u64 {
        let whole = self.value >> 32;
        if (whole << 32 == self.value) whole else whole + 1
    }

    /// The nearest integer; a half goes up.
    public fun round(self: FixedPoint32): u64 {
        let whole = self.value >> 32;
        if (self.value - (whole << 32) >= 1 << 31) whole + 1 else whole
    }
}
