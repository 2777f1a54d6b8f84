//! Exact decimals with 40 digits after the point, to compare results with within a tolerance.

use ruint::Uint;

/// Magnitudes; 512 bits hold everything that the vectors name.
pub(crate) type Big = Uint<512, 8>;

/// Digits after the point.
const DIGITS: usize = 40;

/// 10 to a power.
pub(crate) fn ten(power: usize) -> Big {
    Big::from(10).pow(Big::from(power))
}

/// A signed decimal.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Decimal {
    negative: bool,
    magnitude: Big,
}

impl Decimal {
    /// From `-12.5` or `4.49e-5135`; digits beyond the fortieth are dropped.
    pub(crate) fn parse(text: &str) -> Self {
        let (negative, text) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (digits, exponent) =
            text.split_once('e').map_or((text, 0), |(digits, exponent)| (digits, exponent.parse::<i64>().unwrap()));
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let joined: Big = format!("{whole}{fraction}").parse().unwrap();
        let shift = i64::try_from(DIGITS).unwrap() + exponent - i64::try_from(fraction.len()).unwrap();
        let power = usize::try_from(shift.unsigned_abs()).unwrap();
        let magnitude = if shift >= 0 {
            joined * ten(power)
        } else if power > 150 {
            Big::ZERO
        } else {
            joined / ten(power)
        };
        Decimal { negative, magnitude }
    }

    /// From an integer that counts units of 10 to the minus `decimals`.
    pub(crate) fn units(text: &str, decimals: i64) -> Self {
        Self::parse(&format!("{text}e-{decimals}"))
    }

    /// The value without its sign, in units of 1e-40.
    pub(crate) fn magnitude(self) -> Big {
        self.magnitude
    }

    /// The distance in units of 1e-40.
    pub(crate) fn distance(self, other: Self) -> Big {
        if self.negative == other.negative {
            self.magnitude.abs_diff(other.magnitude)
        } else {
            self.magnitude + other.magnitude
        }
    }
}

/// Fails unless the two lie within the tolerance, which counts units of 1e-40.
pub(crate) fn near(what: &str, found: &str, decimals: i64, wanted: Decimal, tolerance: Big) -> Result<(), String> {
    let distance = Decimal::units(found, decimals).distance(wanted);
    if distance <= tolerance {
        return Ok(());
    }
    let wanted = if wanted.negative { format!("-{}", wanted.magnitude) } else { wanted.magnitude.to_string() };
    Err(format!("{what} is {found}e-{decimals}, expected {wanted}e-40, off by {distance}e-40, allowed {tolerance}e-40"))
}
