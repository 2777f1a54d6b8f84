/// Unsigned binary fixed point: 64 bits before the point, 64 behind it. The value is `value / 2^64`.
///
/// Rounds towards zero unless a function says otherwise. Products and quotients pass through `u256` and are checked before
/// they become `u128` again.
module aptos_std::fixed_point64 {
    /// The denominator is zero.
    const EDENOMINATOR: u64 = 0x10001;
    /// The quotient is larger than a u128.
    const EDIVISION: u64 = 0x20002;
    /// The product is larger than a u128.
    const EMULTIPLICATION: u64 = 0x20003;
    /// The divisor is zero.
    const EDIVISION_BY_ZERO: u64 = 0x10004;
    /// The ratio is too large, or too small, for 64 bits on either side of the point.
    const ERATIO_OUT_OF_RANGE: u64 = 0x20005;
    /// The difference is below zero.
    const ENEGATIVE_RESULT: u64 = 0x10006;

    const MAX_U128: u256 = 340282366920938463463374607431768211455;

    /// `value / 2^64`.
    struct FixedPoint64 has copy, drop, store {
        value: u128
    }

    /// `self - y`.
    public fun sub(self: FixedPoint64, y: FixedPoint64): FixedPoint64 {
        assert!(self.value >= y.value, ENEGATIVE_RESULT);
        FixedPoint64 { value: self.value - y.value }
    }

    /// `self + y`.
    public fun add(self: FixedPoint64, y: FixedPoint64): FixedPoint64 {
        let sum = (self.value as u256) + (y.value as u256);
        assert!(sum <= MAX_U128, ERATIO_OUT_OF_RANGE);
        FixedPoint64 { value: (sum as u128) }
    }

    /// `val * multiplier`.
    public fun multiply_u128(val: u128, multiplier: FixedPoint64): u128 {
        let product = ((val as u256) * (multiplier.value as u256)) >> 64;
        assert!(product <= MAX_U128, EMULTIPLICATION);
        (product as u128)
    }

    /// `val / divisor`.
    public fun divide_u128(val: u128, divisor: FixedPoint64): u128 {
        assert!(divisor.value != 0, EDIVISION_BY_ZERO);
        let quotient = ((val as u256) << 64) / (divisor.value as u256);
        assert!(quotient <= MAX_U128, EDIVISION);
        (quotient as u128)
    }

    /// `numerator / denominator`. Aborts if a ratio other than 0 becomes 0, or is 2^64 or more.
    public fun create_from_rational(numerator: u128, denominator: u128): FixedPoint64 {
        assert!(denominator != 0, EDENOMINATOR);
        let ratio = ((numerator as u256) << 64) / (denominator as u256);
        assert!(ratio != 0 || numerator == 0, ERATIO_OUT_OF_RANGE);
        assert!(ratio <= MAX_U128, ERATIO_OUT_OF_RANGE);
        FixedPoint64 { value: (ratio as u128) }
    }

    /// `value / 2^64`.
    public fun create_from_raw_value(value: u128): FixedPoint64 {
        FixedPoint64 { value }
    }

    /// The value times 2^64.
    public fun get_raw_value(self: FixedPoint64): u128 {
        self.value
    }

    /// Whether the value is 0.
    public fun is_zero(self: FixedPoint64): bool {
        self.value == 0
    }

    /// The smaller one.
    public fun min(num1: FixedPoint64, num2: FixedPoint64): FixedPoint64 {
        if (num1.value <= num2.value) num1 else num2
    }

    /// The larger one.
    public fun max(num1: FixedPoint64, num2: FixedPoint64): FixedPoint64 {
        if (num1.value >= num2.value) num1 else num2
    }

    /// Whether `self <= num2`.
    public fun less_or_equal(self: FixedPoint64, num2: FixedPoint64): bool {
        self.value <= num2.value
    }

    /// Whether `self < num2`.
    public fun less(self: FixedPoint64, num2: FixedPoint64): bool {
        self.value < num2.value
    }

    /// Whether `self >= num2`.
    public fun greater_or_equal(self: FixedPoint64, num2: FixedPoint64): bool {
        self.value >= num2.value
    }

    /// Whether `self > num2`.
    public fun greater(self: FixedPoint64, num2: FixedPoint64): bool {
        self.value > num2.value
    }

    /// Whether both are the same.
    public fun equal(self: FixedPoint64, num2: FixedPoint64): bool {
        self.value == num2.value
    }

    /// Whether both differ by at most `precision`.
    public fun almost_equal(self: FixedPoint64, num2: FixedPoint64, precision: FixedPoint64): bool {
        if (self.value > num2.value) {
            self.value - num2.value <= precision.value
        } else {
            num2.value - self.value <= precision.value
        }
    }

    /// `val`. Aborts from 2^64 on.
    public fun create_from_u128(val: u128): FixedPoint64 {
        let value = (val as u256) << 64;
        assert!(value <= MAX_U128, ERATIO_OUT_OF_RANGE);
        FixedPoint64 { value: (value as u128) }
    }

    /// The largest integer that is not larger.
    public fun floor(self: FixedPoint64): u128 {
        self.value >> 64
    }

    /// The smallest integer that is not smaller.
    public fun ceil(self: FixedPoint64): u128 {
        let whole = self.value >> 64;
        if (whole << 64 == self.value) whole else whole + 1
    }

    /// The nearest integer; a half goes up.
    public fun round(self: FixedPoint64): u128 {
        let whole = self.value >> 64;
        if (self.value - (whole << 64) >= 1 << 63) whole + 1 else whole
    }
}
