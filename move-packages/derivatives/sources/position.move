/// What fills do to a position: size and the quote that went in, without an average price.
///
/// A position is the pair (`size`, `quote_entry`); a buy of `s` at price `p` adds `s` and `-s * p`. Closing part of it releases
/// the same part of `quote_entry` into cash. One number is computed, taken from one side and given to the other, so
/// `cash + quote_entry` changes by exactly the quote of the fill, whatever the rounding.
/// Units: sizes with 9 decimals, money in quote. What closing releases rounds toward minus infinity. Invariant: `cash + quote_entry`
/// changes by the quote of the fill.
module derivatives::position {
    use derivatives::units;
    use tenor_math::int128::{Self, I128};

    /// The position after a fill and the quote that goes to cash. `dquote` is negative for a buy.
    public fun apply_fill(size: I128, quote_entry: I128, dsize: I128, dquote: I128): (I128, I128, I128) {
        if (size.is_zero() || size.is_negative() == dsize.is_negative()) {
            return (size.add(dsize), quote_entry.add(dquote), int128::zero())
        };
        let (have, taken) = (size.magnitude(), dsize.magnitude());
        let close = int128::from(if (have < taken) have else taken);
        let released = quote_entry.mul_div_floor(close, int128::from(have));
        let closing = dquote.mul_div_floor(close, int128::from(taken));
        (size.add(dsize), quote_entry.sub(released).add(dquote.sub(closing)), released.add(closing))
    }

    /// What the position would bring at `mark` beyond what went in, rounded down.
    public fun unrealised(size: I128, quote_entry: I128, mark: u64): I128 {
        units::value(size, mark).add(quote_entry)
    }
}
