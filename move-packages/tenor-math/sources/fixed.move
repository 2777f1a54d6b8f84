/// Exponential, logarithm, square root and powers of fixed-point numbers with 18 decimals.
///
/// Units: arguments and results have 18 decimals ("WAD"; one unit is 1e-18). Inside, numbers have 96 fractional bits ("Q96"),
/// and the result is rounded once at the end, toward zero. Bounds against the exact value: `exp` 2 units + 1e-17 of the result,
/// `ln` 2 units, `sqrt` exact, `pow` 2 units + result * (1e-16 + 4e-18 |y|). `exp`, `ln` and `sqrt` never decrease.
module tenor_math::fixed {
    use tenor_math::int256::{Self, I256};
    use tenor_math::wide;

    /// The result does not fit.
    const E_OVERFLOW: u64 = 0x0101;
    /// The argument lies outside the domain of the function.
    const E_DOMAIN: u64 = 0x0102;
    /// The argument of the exponential is above 135, or a power grows beyond e^135.
    const E_EXP_OVERFLOW: u64 = 0x0103;

    /// One with 18 decimals.
    const WAD: u256 = 1000000000000000000;
    /// One with 96 fractional bits.
    const ONE: u256 = 79228162514264337593543950336;
    /// ln 2 with 96 fractional bits, rounded down.
    const LN2: u256 = 54916777467707473351141471128;
    /// ln 2 with 150 fractional bits, rounded down.
    const LN2_150: u256 = 989292714159823311655955669772264210533727440;
    /// The square root of 2 with 96 fractional bits, rounded down.
    const SQRT2: u256 = 112045541949572279837463876454;
    /// The largest argument of `exp`.
    const EXP_MAX: u256 = 135000000000000000000;
    /// Below minus this the exponential is 0.
    const EXP_ZERO: u256 = 42000000000000000000;
    /// 2^192, the largest argument of `sqrt`, and the bound of `ln`.
    const TWO_192: u256 = 6277101735386680763835789423207666416102355444464034512896;
    /// The exponent of a power must be below this in magnitude.
    const POW_MAX: u256 = 340282366920938463463374607431768211456;

    /// `e^x`. Zero for `x <= -42`; aborts `E_EXP_OVERFLOW` above 135.
    public fun exp(x: I256): u256 {
        let (neg, mag) = (x.is_negative(), x.magnitude());
        if (neg && mag >= EXP_ZERO) return 0;
        assert!(mag <= EXP_MAX, E_EXP_OVERFLOW);
        exp_wad(neg, (mag << 96) / WAD)
    }

    /// The natural logarithm. `x` from 1 unit to below 2^192, otherwise aborts `E_DOMAIN`.
    public fun ln(x: u256): I256 {
        assert!(x >= 1 && x < TWO_192, E_DOMAIN);
        let (neg, mag) = ln_ratio(x, WAD);
        int256::new(neg, (mag * WAD) >> 96)
    }

    /// The square root, rounded down exactly. `x` up to 2^192, otherwise aborts `E_DOMAIN`.
    public fun sqrt(x: u256): u256 {
        assert!(x <= TWO_192, E_DOMAIN);
        wide::isqrt(x * WAD)
    }

    /// `x^y = e^(y ln x)` for `x > 0`. Exactly 1 when `y` is 0 or `x` is 1.
    public fun pow(x: u256, y: I256): u256 {
        assert!(x >= 1 && x < TWO_192 && y.magnitude() < POW_MAX, E_DOMAIN);
        if (x == WAD || y.is_zero()) return WAD;
        let (neg, mag) = ln_ratio(x, WAD);
        // At most 2^103 * 2^128.
        let mag = mag * y.magnitude() / WAD;
        let neg = neg != y.is_negative();
        if (neg && mag >= (EXP_ZERO << 96) / WAD) return 0;
        assert!(mag <= (EXP_MAX << 96) / WAD, E_EXP_OVERFLOW);
        exp_wad(neg, mag)
    }

    /// `floor(a * b / c)` with a product of 512 bits. Aborts `E_OVERFLOW` or `E_DIV_ZERO`.
    public fun mul_div_floor(a: u256, b: u256, c: u256): u256 { wide::mul_div_floor(a, b, c) }

    /// `ceil(a * b / c)` with a product of 512 bits. Aborts `E_OVERFLOW` or `E_DIV_ZERO`.
    public fun mul_div_ceil(a: u256, b: u256, c: u256): u256 { wide::mul_div_ceil(a, b, c) }

    /// One with 18 decimals.
    public fun wad(): u256 { WAD }

    fun exp_wad(neg: bool, mag: u256): u256 {
        let (mantissa, down, shift) = exp_parts(neg, mag);
        let value = mantissa * WAD;
        if (down) {
            if (shift >= 159) 0 else value >> ((96 + shift) as u8)
        } else if (shift < 96) {
            value >> ((96 - shift) as u8)
        } else {
            // A mantissa below 2^97 and at most 2^194: the product has 255 bits at most.
            value << ((shift - 96) as u8)
        }
    }

    /// `e^(+-mag)` in Q96 as a mantissa in [1, 2), whether it is shifted down, and by how many bits.
    package fun exp_parts(neg: bool, mag: u256): (u256, bool, u256) {
        let mag_150 = mag << 54;
        let k = mag_150 / LN2_150;
        let r = mag_150 - k * LN2_150;
        if (neg && r != 0) {
            // e^-(k ln2 + r) = 2^-(k + 1) e^(ln2 - r), so that every term of the series stays positive.
            r = LN2_150 - r;
            k += 1;
        };
        let r = r >> 54;
        // Taylor's series by Horner, 20 terms; `acc` < 2^97 and `r` < 2^96.
        let acc = ONE;
        acc = ONE + ((acc * r) >> 96) / 20;
        acc = ONE + ((acc * r) >> 96) / 19;
        acc = ONE + ((acc * r) >> 96) / 18;
        acc = ONE + ((acc * r) >> 96) / 17;
        acc = ONE + ((acc * r) >> 96) / 16;
        acc = ONE + ((acc * r) >> 96) / 15;
        acc = ONE + ((acc * r) >> 96) / 14;
        acc = ONE + ((acc * r) >> 96) / 13;
        acc = ONE + ((acc * r) >> 96) / 12;
        acc = ONE + ((acc * r) >> 96) / 11;
        acc = ONE + ((acc * r) >> 96) / 10;
        acc = ONE + ((acc * r) >> 96) / 9;
        acc = ONE + ((acc * r) >> 96) / 8;
        acc = ONE + ((acc * r) >> 96) / 7;
        acc = ONE + ((acc * r) >> 96) / 6;
        acc = ONE + ((acc * r) >> 96) / 5;
        acc = ONE + ((acc * r) >> 96) / 4;
        acc = ONE + ((acc * r) >> 96) / 3;
        acc = ONE + ((acc * r) >> 96) / 2;
        acc = ONE + ((acc * r) >> 96);
        (acc, neg, k)
    }

    /// `e^(+-mag)` in Q96.
    package fun exp_q(neg: bool, mag: u256): u256 {
        let (mantissa, down, shift) = exp_parts(neg, mag);
        if (!down) {
            assert!(shift < 159, E_OVERFLOW);
            mantissa << (shift as u8)
        } else if (shift > 97) {
            0
        } else {
            mantissa >> (shift as u8)
        }
    }

    /// `ln(num / den)` as sign and magnitude in Q96. `num` is below 2^193 and `den` below 2^160, neither is 0.
    package fun ln_ratio(num: u256, den: u256): (bool, u256) {
        let (bits_num, bits_den) = (wide::bits(num), wide::bits(den));
        // The exponent of two, biased by 512. The quotient without it lies in (1/2, 2).
        let exponent = 512 + (bits_num as u256) - (bits_den as u256);
        let m = if (exponent <= 608) {
            (num << ((608 - exponent) as u8)) / den
        } else {
            (num >> ((exponent - 608) as u8)) / den
        };
        if (m >= SQRT2) {
            m = m >> 1;
            exponent += 1;
        } else if (m << 1 < SQRT2) {
            m = m << 1;
            exponent -= 1;
        };
        let below = m < ONE;
        let distance = if (below) ONE - m else m - ONE;
        let z = (distance << 96) / (m + ONE);
        let z2 = (z * z) >> 96;
        // 2 artanh(z) = 2z (1 + z^2/3 + z^4/5 + ...), 14 terms, by Horner.
        let acc: u256 = 2934376389417197688649775938;
        acc = 3169126500570573503741758013 + ((acc * z2) >> 96);
        acc = 3444702718011492938849736971 + ((acc * z2) >> 96);
        acc = 3772769643536397028263997635 + ((acc * z2) >> 96);
        acc = 4169903290224438820712839491 + ((acc * z2) >> 96);
        acc = 4660480147897902211384938255 + ((acc * z2) >> 96);
        acc = 5281877500950955839569596689 + ((acc * z2) >> 96);
        acc = 6094474039558795199503380795 + ((acc * z2) >> 96);
        acc = 7202560228569485235776722757 + ((acc * z2) >> 96);
        acc = 8803129168251593065949327815 + ((acc * z2) >> 96);
        acc = 11318308930609191084791992905 + ((acc * z2) >> 96);
        acc = 15845632502852867518708790067 + ((acc * z2) >> 96);
        acc = 26409387504754779197847983445 + ((acc * z2) >> 96);
        acc = 79228162514264337593543950336 + ((acc * z2) >> 96);
        let s = (2 * z * acc) >> 96;
        let (neg, whole) = if (exponent >= 512) (false, (exponent - 512) * LN2) else (true, (512 - exponent) * LN2);
        if (neg == below) (neg && whole + s != 0, whole + s)
        else if (whole >= s) (neg && whole != s, whole - s)
        else (below, s - whole)
    }

    /// `a * b` in Q96.
    package fun mul_q(a: u256, b: u256): u256 { (a * b) >> 96 }

    /// `a * b` in Q96, toward zero.
    package fun mul_signed_q(a: I256, b: I256): I256 {
        int256::new(a.is_negative() != b.is_negative(), (a.magnitude() * b.magnitude()) >> 96)
    }

    /// A number with 96 fractional bits and 18 decimals' worth, toward zero.
    package fun to_wad(q: I256): I256 { int256::new(q.is_negative(), (q.magnitude() * WAD) >> 96) }
}
