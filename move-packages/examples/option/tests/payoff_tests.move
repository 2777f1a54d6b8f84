#[test_only]
module option_example::payoff_tests {
    use option_example::payoff;

    #[test]
    fun a_call_pays_only_above_its_strike() {
        // amount, strike, settlement, payoff
        let cases = vector[
            vector[1000, 100, 1, 0],
            vector[1000, 100, 90, 0],
            vector[1000, 100, 99, 0],
            vector[1000, 100, 100, 0],
            vector[1000, 100, 101, 9],
            vector[1000, 100, 125, 200],
            vector[1000, 100, 130, 230],
            vector[1000, 100, 200, 500],
            vector[1000, 100, 1000000, 999],
            vector[1, 100, 1000000, 0],
            vector[0, 100, 200, 0],
            vector[18446744073709551615, 1, 18446744073709551615, 18446744073709551614]
        ];
        cases.for_each(|c| {
            let paid = payoff::call(c[0], c[1], c[2]);
            assert!(paid == c[3], c[2]);
        });
    }

    #[test]
    fun a_call_never_pays_more_than_its_escrow() {
        let amounts = vector[1, 7, 1000, 18446744073709551615];
        let prices = vector[1, 2, 99, 100, 101, 1000000000, 18446744073709551615];
        amounts.for_each(|amount| {
            prices.for_each_ref(|strike| {
                prices.for_each_ref(|settlement| {
                    assert!(payoff::call(amount, *strike, *settlement) <= amount, amount);
                });
            });
        });
    }
}
