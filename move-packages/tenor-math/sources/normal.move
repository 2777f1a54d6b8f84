/// The standard normal distribution of fixed-point numbers with 18 decimals.
///
/// Both functions are within 2 units of 1e-18 of the exact value. `ncdf(x) + ncdf(-x)` is exactly 1, `npdf` is exactly even,
/// `ncdf` never decreases and `npdf` never increases with `|x|`.
///
/// `1 - N(x) = phi(x) P(x) / Q(x)` for `x >= 0`, where the quotient of polynomials interpolates Mills' ratio on [0, 9.4] with a
/// relative error of 1.5e-18. All coefficients are positive, so nothing here is signed.
module tenor_math::normal {
    use tenor_math::fixed;
    use tenor_math::int256::I256;

    const WAD: u256 = 1000000000000000000;
    /// One with 96 fractional bits.
    const ONE: u256 = 79228162514264337593543950336;
    /// One half with 96 fractional bits.
    const HALF: u256 = 39614081257132168796771975168;
    /// 1 / sqrt(2 pi) with 96 fractional bits.
    const INV_SQRT_2PI: u256 = 31607463825455920808620519744;
    /// From here on the tail is 0: 9.4 with 18 decimals.
    const TAIL_END_WAD: u256 = 9400000000000000000;
    /// 9.4 with 96 fractional bits.
    const TAIL_END: u256 = 744744727634084773379313133158;
    /// From here on the density is 0: 10 with 18 decimals.
    const DENSITY_END_WAD: u256 = 10000000000000000000;

    /// The distribution function. 1 from 9.4 on, 0 up to -9.4.
    public fun ncdf(x: I256): u256 {
        let mag = x.magnitude();
        let tail = if (mag >= TAIL_END_WAD) 0 else {
            let q = (mag << 96) / WAD;
            (tail_q(q, density_q(q)) * WAD + HALF) >> 96
        };
        if (x.is_negative()) tail else WAD - tail
    }

    /// The density. 0 from 10 on.
    public fun npdf(x: I256): u256 {
        let mag = x.magnitude();
        if (mag >= DENSITY_END_WAD) return 0;
        (density_q((mag << 96) / WAD) * WAD + HALF) >> 96
    }

    /// The density in Q96 at `x` in Q96, as a mantissa and the bits to shift it down. `x` is below 2^103.
    package fun density_parts(x: u256): (u256, u256) {
        let (mantissa, _, shift) = fixed::exp_parts(true, (x * x) >> 97);
        ((mantissa * INV_SQRT_2PI) >> 96, shift)
    }

    /// The density in Q96 at `x` in Q96.
    package fun density_q(x: u256): u256 {
        let (mantissa, shift) = density_parts(x);
        if (shift > 97) 0 else mantissa >> (shift as u8)
    }

    /// `1 - N(x)` in Q96 at `x` in Q96, from the density there.
    package fun tail_q(x: u256, density: u256): u256 {
        if (x >= TAIL_END) return 0;
        density * numerator(x) / denominator(x)
    }

    /// `N(x)` in Q96 at a signed `x` in Q96, from the density there.
    package fun cdf_q(x: I256, density: u256): u256 {
        let tail = tail_q(x.magnitude(), density);
        if (x.is_negative()) tail else ONE - tail
    }

    fun numerator(x: u256): u256 {
        let acc: u256 = 112381624754579515971113;
        acc = ((acc * x) >> 96) + 3500022339232832514827938;
        acc = ((acc * x) >> 96) + 52125696185675068728586304;
        acc = ((acc * x) >> 96) + 484116892467443444299115684;
        acc = ((acc * x) >> 96) + 3080236976082316643010200245;
        acc = ((acc * x) >> 96) + 13917327504288674929206398712;
        acc = ((acc * x) >> 96) + 44766921396144252747023715338;
        acc = ((acc * x) >> 96) + 99512765102178015751835676034;
        acc = ((acc * x) >> 96) + 140567916495484840367611733480;
        acc = ((acc * x) >> 96) + 99297776152657463636595332467;
        acc
    }

    fun denominator(x: u256): u256 {
        let acc: u256 = 112381625195949874389835;
        acc = ((acc * x) >> 96) + 3500022296957873689691743;
        acc = ((acc * x) >> 96) + 52238079754107539573165342;
        acc = ((acc * x) >> 96) + 487616857553282827963466921;
        acc = ((acc * x) >> 96) + 3132139125180060062796338646;
        acc = ((acc * x) >> 96) + 14394424486239845913891754239;
        acc = ((acc * x) >> 96) + 47744290372193397471471462340;
        acc = ((acc * x) >> 96) + 112494076788430654373813875496;
        acc = ((acc * x) >> 96) + 179712147407171294156450428287;
        acc = ((acc * x) >> 96) + 175371897966885615673478079232;
        acc = ((acc * x) >> 96) + 79228162514264337593543950336;
        acc
    }
}
