//! `wide`, `fixed` and `normal`, step by step as their Move text: every shift, every rounding.
//!
//! Products and sums that the arguments' domains keep below 2^256 are plain; nothing here can divide by zero.

use super::{E_DOMAIN, E_EXP_OVERFLOW, Outcome, Signed};
use ruint::aliases::{U256, U512};
use ruint::uint;

uint! {
    pub(super) const WAD: U256 = 1000000000000000000_U256;
    pub(super) const ONE: U256 = 79228162514264337593543950336_U256;
    const HALF: U256 = 39614081257132168796771975168_U256;
    const LN2: U256 = 54916777467707473351141471128_U256;
    const LN2_150: U256 = 989292714159823311655955669772264210533727440_U256;
    const SQRT2: U256 = 112045541949572279837463876454_U256;
    const EXP_MAX: U256 = 135000000000000000000_U256;
    const EXP_ZERO: U256 = 42000000000000000000_U256;
    const TWO_192: U256 = 6277101735386680763835789423207666416102355444464034512896_U256;
    const POW_MAX: U256 = 340282366920938463463374607431768211456_U256;
    const INV_SQRT_2PI: U256 = 31607463825455920808620519744_U256;
    const TAIL_END_WAD: U256 = 9400000000000000000_U256;
    const TAIL_END: U256 = 744744727634084773379313133158_U256;
    const DENSITY_END_WAD: U256 = 10000000000000000000_U256;

    const LN: [U256; 14] = [
        2934376389417197688649775938_U256,
        3169126500570573503741758013_U256,
        3444702718011492938849736971_U256,
        3772769643536397028263997635_U256,
        4169903290224438820712839491_U256,
        4660480147897902211384938255_U256,
        5281877500950955839569596689_U256,
        6094474039558795199503380795_U256,
        7202560228569485235776722757_U256,
        8803129168251593065949327815_U256,
        11318308930609191084791992905_U256,
        15845632502852867518708790067_U256,
        26409387504754779197847983445_U256,
        79228162514264337593543950336_U256,
    ];
    const NUMERATOR: [U256; 10] = [
        112381624754579515971113_U256,
        3500022339232832514827938_U256,
        52125696185675068728586304_U256,
        484116892467443444299115684_U256,
        3080236976082316643010200245_U256,
        13917327504288674929206398712_U256,
        44766921396144252747023715338_U256,
        99512765102178015751835676034_U256,
        140567916495484840367611733480_U256,
        99297776152657463636595332467_U256,
    ];
    const DENOMINATOR: [U256; 11] = [
        112381625195949874389835_U256,
        3500022296957873689691743_U256,
        52238079754107539573165342_U256,
        487616857553282827963466921_U256,
        3132139125180060062796338646_U256,
        14394424486239845913891754239_U256,
        47744290372193397471471462340_U256,
        112494076788430654373813875496_U256,
        179712147407171294156450428287_U256,
        175371897966885615673478079232_U256,
        79228162514264337593543950336_U256,
    ];
}

/// `wide::isqrt`: the square root, rounded down.
pub(super) fn isqrt(x: U256) -> U256 {
    if x.is_zero() {
        return x;
    }
    let mut root = U256::ONE << x.bit_len().div_ceil(2);
    loop {
        let next: U256 = (root + x / root) >> 1;
        if next >= root {
            return root;
        }
        root = next;
    }
}

/// `a * b / c` and its rest; `None` when the quotient does not fit. `c` is not 0.
pub(super) fn mul_div_rem(a: U256, b: U256, c: U256) -> Option<(U256, U256)> {
    if a.bit_len() + b.bit_len() <= 256 {
        return Some((a * b).div_rem(c));
    }
    let product: U512 = a.widening_mul(b);
    let (quotient, rest) = product.div_rem(wide(c));
    let ([q0, q1, q2, q3, high @ ..], [r0, r1, r2, r3, ..]) = (quotient.into_limbs(), rest.into_limbs());
    (high == [0; 4]).then(|| (U256::from_limbs([q0, q1, q2, q3]), U256::from_limbs([r0, r1, r2, r3])))
}

fn wide(x: U256) -> U512 {
    let [a, b, c, d] = x.into_limbs();
    U512::from_limbs([a, b, c, d, 0, 0, 0, 0])
}

/// `fixed::exp`.
pub(super) fn exp(x: Signed) -> Outcome<U256> {
    if x.neg && x.mag >= EXP_ZERO {
        return Ok(U256::ZERO);
    }
    if x.mag > EXP_MAX {
        return Err(E_EXP_OVERFLOW);
    }
    Ok(exp_wad(x.neg, (x.mag << 96) / WAD))
}

/// `fixed::ln`.
pub(super) fn ln(x: U256) -> Outcome<Signed> {
    if x.is_zero() || x >= TWO_192 {
        return Err(E_DOMAIN);
    }
    let distance = ln_ratio(x, WAD);
    Ok(Signed::new(distance.neg, (distance.mag * WAD) >> 96))
}

/// `fixed::sqrt`.
pub(super) fn sqrt(x: U256) -> Outcome<U256> {
    if x > TWO_192 { Err(E_DOMAIN) } else { Ok(isqrt(x * WAD)) }
}

/// `fixed::pow`.
pub(super) fn pow(x: U256, y: Signed) -> Outcome<U256> {
    if x.is_zero() || x >= TWO_192 || y.mag >= POW_MAX {
        return Err(E_DOMAIN);
    }
    if x == WAD || y.mag.is_zero() {
        return Ok(WAD);
    }
    let log = ln_ratio(x, WAD);
    let mag = log.mag * y.mag / WAD;
    let neg = log.neg != y.neg;
    if neg && mag >= (EXP_ZERO << 96) / WAD {
        return Ok(U256::ZERO);
    }
    if mag > (EXP_MAX << 96) / WAD {
        return Err(E_EXP_OVERFLOW);
    }
    Ok(exp_wad(neg, mag))
}

fn exp_wad(neg: bool, mag: U256) -> U256 {
    let (mantissa, down, shift) = exp_parts(neg, mag);
    let value = mantissa * WAD;
    if down {
        if shift >= 159 { U256::ZERO } else { value >> (96 + shift) }
    } else if shift < 96 {
        value >> (96 - shift)
    } else {
        value << (shift - 96)
    }
}

/// `fixed::exp_parts`; `mag` is below 2^110.
pub(super) fn exp_parts(neg: bool, mag: U256) -> (U256, bool, usize) {
    let (k, mut r): (U256, U256) = (mag << 54usize).div_rem(LN2_150);
    let mut k = usize::try_from(k).unwrap_or(usize::MAX / 2);
    if neg && !r.is_zero() {
        r = LN2_150 - r;
        k += 1;
    }
    let r: U256 = r >> 54;
    let mut acc = ONE;
    for n in (1..=20u64).rev() {
        // Below 2^98: two limbs divide by one.
        acc = ONE + small_div((acc * r) >> 96, n);
    }
    (acc, neg, k)
}

/// `x / by` for `x` below 2^128.
fn small_div(x: U256, by: u64) -> U256 {
    let [low, high, ..] = x.into_limbs();
    U256::from((u128::from(high) << 64 | u128::from(low)) / u128::from(by))
}

/// `fixed::exp_q` where the result is below 2^256.
pub(super) fn exp_q(x: Signed) -> U256 {
    let (mantissa, down, shift) = exp_parts(!x.neg, x.mag);
    if !down {
        mantissa << shift
    } else if shift > 97 {
        U256::ZERO
    } else {
        mantissa >> shift
    }
}

/// `fixed::ln_ratio`: `num` is below 2^193 and `den` below 2^160, neither is 0.
pub(super) fn ln_ratio(num: U256, den: U256) -> Signed {
    let mut exponent = 512 + num.bit_len() - den.bit_len();
    let mut m = if exponent <= 608 { num << (608 - exponent) } else { num >> (exponent - 608) } / den;
    if m >= SQRT2 {
        m >>= 1;
        exponent += 1;
    } else if m << 1 < SQRT2 {
        m <<= 1;
        exponent -= 1;
    }
    let below = m < ONE;
    let distance = if below { ONE - m } else { m - ONE };
    let z = (distance << 96) / (m + ONE);
    let z2: U256 = (z * z) >> 96;
    let mut acc = U256::ZERO;
    for coefficient in LN {
        acc = coefficient + ((acc * z2) >> 96);
    }
    let s: U256 = (U256::from(2) * z * acc) >> 96;
    let (neg, whole) = (exponent < 512, U256::from(exponent.abs_diff(512)) * LN2);
    if neg == below {
        Signed::new(neg, whole + s)
    } else if whole >= s {
        Signed::new(neg, whole - s)
    } else {
        Signed { neg: below, mag: s - whole }
    }
}

/// `fixed::mul_q`.
pub(super) fn mul_q(a: U256, b: U256) -> U256 {
    (a * b) >> 96
}

/// `fixed::mul_signed_q`.
pub(super) fn mul_signed_q(a: Signed, b: Signed) -> Signed {
    Signed::new(a.neg != b.neg, (a.mag * b.mag) >> 96)
}

/// `normal::ncdf`.
pub(super) fn ncdf(x: Signed) -> U256 {
    let tail = if x.mag >= TAIL_END_WAD {
        U256::ZERO
    } else {
        let q = (x.mag << 96) / WAD;
        (tail_q(q, density_q(q)) * WAD + HALF) >> 96
    };
    if x.neg { tail } else { WAD - tail }
}

/// `normal::npdf`.
pub(super) fn npdf(x: Signed) -> U256 {
    if x.mag >= DENSITY_END_WAD {
        return U256::ZERO;
    }
    (density_q((x.mag << 96) / WAD) * WAD + HALF) >> 96
}

/// `normal::density_parts`; `x` is below 2^103.
pub(super) fn density_parts(x: U256) -> (U256, usize) {
    let (mantissa, _, shift) = exp_parts(true, (x * x) >> 97);
    ((mantissa * INV_SQRT_2PI) >> 96, shift)
}

/// `normal::density_q`.
pub(super) fn density_q(x: U256) -> U256 {
    let (mantissa, shift) = density_parts(x);
    if shift > 97 { U256::ZERO } else { mantissa >> shift }
}

fn tail_q(x: U256, density: U256) -> U256 {
    if x >= TAIL_END {
        return U256::ZERO;
    }
    density * horner(&NUMERATOR, x) / horner(&DENOMINATOR, x)
}

/// `normal::cdf_q`.
pub(super) fn cdf_q(x: Signed, density: U256) -> U256 {
    let tail = tail_q(x.mag, density);
    if x.neg { tail } else { ONE - tail }
}

fn horner(coefficients: &[U256], x: U256) -> U256 {
    coefficients.iter().fold(U256::ZERO, |acc, coefficient| ((acc * x) >> 96) + coefficient)
}
