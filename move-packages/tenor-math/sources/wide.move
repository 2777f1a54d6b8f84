/// Products of 512 bits, square roots and bit lengths of `u256`.
module tenor_math::wide {
    /// The result does not fit a `u256`.
    const E_OVERFLOW: u64 = 0x0101;
    /// Division by zero.
    const E_DIV_ZERO: u64 = 0x0104;

    const MAX: u256 = 115792089237316195423570985008687907853269984665640564039457584007913129639935;
    /// The low 128 bits.
    const LOW: u256 = 340282366920938463463374607431768211455;

    /// `a * b` as its high and its low 256 bits.
    public fun full_mul(a: u256, b: u256): (u256, u256) {
        if (a <= LOW && b <= LOW) return (0, a * b);
        let (a1, a0) = (a >> 128, a & LOW);
        let (b1, b0) = (b >> 128, b & LOW);
        let low = a0 * b0;
        let cross = a0 * b1;
        let other = a1 * b0;
        // Three numbers below 2^128.
        let middle = (low >> 128) + (cross & LOW) + (other & LOW);
        (
            a1 * b1 + (cross >> 128) + (other >> 128) + (middle >> 128),
            (middle << 128) | (low & LOW)
        )
    }

    /// `floor(a * b / c)`.
    public fun mul_div_floor(a: u256, b: u256, c: u256): u256 {
        let (quotient, _) = mul_div_rem(a, b, c);
        quotient
    }

    /// `ceil(a * b / c)`.
    public fun mul_div_ceil(a: u256, b: u256, c: u256): u256 {
        let (quotient, rest) = mul_div_rem(a, b, c);
        if (rest == 0) return quotient;
        assert!(quotient < MAX, E_OVERFLOW);
        quotient + 1
    }

    /// `a * b / c` rounded down, and the rest of the division.
    public fun mul_div_rem(a: u256, b: u256, c: u256): (u256, u256) {
        assert!(c != 0, E_DIV_ZERO);
        let (high, low) = full_mul(a, b);
        if (high == 0) return (low / c, low % c);
        assert!(high < c, E_OVERFLOW);
        divide(high, low, c)
    }

    /// How many bits `x` has: 0 for 0, 256 at most.
    public fun bits(x: u256): u64 {
        if (x == 0) return 0;
        let count = 1;
        if (x >> 128 != 0) { x = x >> 128; count += 128; };
        if (x >> 64 != 0) { x = x >> 64; count += 64; };
        if (x >> 32 != 0) { x = x >> 32; count += 32; };
        if (x >> 16 != 0) { x = x >> 16; count += 16; };
        if (x >> 8 != 0) { x = x >> 8; count += 8; };
        if (x >> 4 != 0) { x = x >> 4; count += 4; };
        if (x >> 2 != 0) { x = x >> 2; count += 2; };
        if (x >> 1 != 0) count += 1;
        count
    }

    /// The square root, rounded down. Newton from a power of two not below the root; stops when it no longer falls.
    public fun isqrt(x: u256): u256 {
        if (x == 0) return 0;
        let shift = (bits(x) + 1) / 2;
        // 2^128 for arguments of 255 bits and more, which is not below any root.
        let root = 1u256 << (shift as u8);
        loop {
            let next = (root + x / root) >> 1;
            if (next >= root) return root;
            root = next;
        }
    }

    /// `(high * 2^256 + low) / by` and its rest, for `high < by`: long division in two digits of 128 bits.
    fun divide(high: u256, low: u256, by: u256): (u256, u256) {
        let shift = 256 - bits(by);
        let (v, top, l) = if (shift == 0) (by, high, low) else {
            let s = (shift as u8);
            (by << s, (high << s) | (low >> ((256 - shift) as u8)), low << s)
        };
        let (q1, rest) = digit(top, l >> 128, v);
        let (q0, rest) = digit(rest, l & LOW, v);
        ((q1 << 128) | q0, rest >> (shift as u8))
    }

    /// One digit: `(top * 2^128 + next) / v` and its rest, for `top < v` and `v` with its highest bit set.
    fun digit(top: u256, next: u256, v: u256): (u256, u256) {
        let (v1, v0) = (v >> 128, v & LOW);
        let q = top / v1;
        let rest = top - q * v1;
        // The estimate is too large by two at most.
        while (q > LOW || q * v0 > ((rest << 128) | next)) {
            q -= 1;
            rest += v1;
            if (rest > LOW) break;
        };
        let taken = wrapping_add((q * v1) << 128, q * v0);
        (q, wrapping_sub((top << 128) | next, taken))
    }

    fun wrapping_add(a: u256, b: u256): u256 {
        if (a > MAX - b) a - (MAX - b) - 1 else a + b
    }

    fun wrapping_sub(a: u256, b: u256): u256 {
        if (a >= b) a - b else MAX - (b - a) + 1
    }
}
