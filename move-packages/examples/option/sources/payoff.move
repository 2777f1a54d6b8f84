/// What a call option pays, and nothing else: arithmetic without resources, tested as a table.
///
/// Units: amounts in smallest units of the underlying coin; `_e9` prices, quote coins per coin with 9 decimals.
/// Rounds against the holder, so that the escrow always suffices.
module option_example::payoff {
    /// What the holder receives of `amount` escrowed coins: the part of their worth above the strike, paid in the coin itself.
    ///
    /// `amount * (settlement - strike) / settlement` if the settlement is above the strike, otherwise 0. Never more than `amount`,
    /// since the strike is not negative; the product of two `u64` fits a `u128`.
    public fun call(amount: u64, strike_e9: u64, settlement_e9: u64): u64 {
        if (settlement_e9 <= strike_e9) return 0;
        let gain_e9 = settlement_e9 - strike_e9;
        (((amount as u128) * (gain_e9 as u128) / (settlement_e9 as u128)) as u64)
    }
}
