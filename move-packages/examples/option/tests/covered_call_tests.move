#[test_only]
module option_example::covered_call_tests {
    use std::option;
    use std::signer;
    use aptos_framework::account;
    use aptos_framework::aptos_coin::{Self, AptosCoin};
    use aptos_framework::coin;
    use aptos_framework::object::Object;
    use aptos_framework::timestamp;
    use option_example::covered_call::{Self, Call};
    use option_example::oracle;

    const COIN: u64 = 100000000;
    const E9: u64 = 1000000000;
    const START: u64 = 1000;
    const EXPIRY: u64 = 2000;

    /// Everyone has 10 coins, the oracle says 100, and it is second 1000.
    fun start(framework: &signer, writer: &signer, buyer: &signer, publisher: &signer) {
        timestamp::set_time_has_started_for_testing(framework);
        timestamp::update_global_time_for_test_secs(START);
        let (burn_cap, mint_cap) = aptos_coin::initialize_for_test(framework);
        let people = vector[signer::address_of(writer), signer::address_of(buyer)];
        people.for_each(|person| {
            account::create_account_for_test(person);
            coin::deposit(person, coin::mint<AptosCoin>(10 * COIN, &mint_cap));
        });
        coin::destroy_burn_cap(burn_cap);
        coin::destroy_mint_cap(mint_cap);
        oracle::create(publisher, 100 * E9);
    }

    fun balance(person: &signer): u64 {
        coin::balance<AptosCoin>(signer::address_of(person))
    }

    /// Two coins at a strike of 100 for a tenth of a coin.
    fun write(writer: &signer, publisher: &signer): Object<Call> {
        covered_call::write_call(
            writer, signer::address_of(publisher), 2 * COIN, 100 * E9, COIN / 10, EXPIRY
        )
    }

    #[test(framework = @0x1, writer = @0xa1, buyer = @0xb1, publisher = @0xc1)]
    fun payoff_and_remainder_are_the_collateral(
        framework: &signer, writer: &signer, buyer: &signer, publisher: &signer
    ) {
        start(framework, writer, buyer, publisher);
        // settlement, payoff of two coins at a strike of 100
        let cases = vector[vector[50, 0], vector[100, 0], vector[125, 40000000], vector[200, COIN]];
        cases.for_each(|c| {
            let (writer_before, buyer_before) = (balance(writer), balance(buyer));
            let now = timestamp::now_seconds();
            let call =
                covered_call::write_call(
                    writer, signer::address_of(publisher), 2 * COIN, 100 * E9, COIN / 10, now + 500
                );
            assert!(covered_call::escrowed(call) == 2 * COIN, 0);
            assert!(balance(writer) == writer_before - 2 * COIN, 1);
            covered_call::buy(buyer, call);
            assert!(covered_call::holder(call) == option::some(signer::address_of(buyer)), 2);

            timestamp::update_global_time_for_test_secs(now + 500);
            oracle::update(publisher, c[0] * E9);
            covered_call::settle(call);

            let premium = COIN / 10;
            assert!(balance(buyer) == buyer_before - premium + c[1], c[0]);
            assert!(balance(writer) == writer_before + premium - c[1], c[0]);
        });
    }

    #[test(framework = @0x1, writer = @0xa1, buyer = @0xb1, publisher = @0xc1)]
    fun the_settlement_is_fixed_once(
        framework: &signer, writer: &signer, buyer: &signer, publisher: &signer
    ) {
        start(framework, writer, buyer, publisher);
        let call = write(writer, publisher);
        covered_call::buy(buyer, call);
        timestamp::update_global_time_for_test_secs(EXPIRY);
        oracle::update(publisher, 125 * E9);
        assert!(covered_call::payoff_now(call) == 40000000, 0);
        covered_call::fix(call);
        timestamp::fast_forward_seconds(1000);
        oracle::update(publisher, 300 * E9);
        covered_call::fix(call);
        assert!(covered_call::settlement_e9(call) == option::some(125 * E9), 1);
        covered_call::settle(call);
        assert!(balance(buyer) == 10 * COIN - COIN / 10 + 40000000, 2);
    }

    #[test(framework = @0x1, writer = @0xa1, buyer = @0xb1, publisher = @0xc1)]
    fun a_call_that_nobody_holds_goes_back_to_its_writer(
        framework: &signer, writer: &signer, buyer: &signer, publisher: &signer
    ) {
        start(framework, writer, buyer, publisher);
        covered_call::cancel(writer, write(writer, publisher));
        assert!(balance(writer) == 10 * COIN, 0);

        let call = write(writer, publisher);
        timestamp::update_global_time_for_test_secs(EXPIRY);
        oracle::update(publisher, 200 * E9);
        covered_call::settle(call);
        assert!(balance(writer) == 10 * COIN, 1);
    }

    #[test(framework = @0x1, writer = @0xa1, buyer = @0xb1, publisher = @0xc1)]
    #[expected_failure(abort_code = 0xd0003, location = option_example::oracle)]
    fun a_price_older_than_a_minute_is_refused(
        framework: &signer, writer: &signer, buyer: &signer, publisher: &signer
    ) {
        start(framework, writer, buyer, publisher);
        let call = write(writer, publisher);
        timestamp::update_global_time_for_test_secs(EXPIRY);
        oracle::update(publisher, 125 * E9);
        timestamp::fast_forward_seconds(61);
        covered_call::fix(call);
    }

    #[test(framework = @0x1, writer = @0xa1, buyer = @0xb1, publisher = @0xc1)]
    fun a_price_of_a_minute_ago_is_good(
        framework: &signer, writer: &signer, buyer: &signer, publisher: &signer
    ) {
        start(framework, writer, buyer, publisher);
        timestamp::fast_forward_seconds(60);
        assert!(oracle::price_e9(signer::address_of(publisher)) == 100 * E9, 0);
    }

    #[test(framework = @0x1, writer = @0xa1, buyer = @0xb1, publisher = @0xc1)]
    #[expected_failure(abort_code = 0x30004, location = option_example::covered_call)]
    fun nothing_is_settled_before_expiry(
        framework: &signer, writer: &signer, buyer: &signer, publisher: &signer
    ) {
        start(framework, writer, buyer, publisher);
        let call = write(writer, publisher);
        timestamp::update_global_time_for_test_secs(EXPIRY - 1);
        covered_call::settle(call);
    }

    #[test(framework = @0x1, writer = @0xa1, buyer = @0xb1, publisher = @0xc1)]
    #[expected_failure(abort_code = 0x60001, location = option_example::oracle)]
    fun only_the_publisher_moves_the_price(
        framework: &signer, writer: &signer, buyer: &signer, publisher: &signer
    ) {
        start(framework, writer, buyer, publisher);
        oracle::update(buyer, 1);
    }

    #[test(framework = @0x1, writer = @0xa1, buyer = @0xb1, publisher = @0xc1)]
    #[expected_failure(abort_code = 0x30005, location = option_example::covered_call)]
    fun a_held_call_is_not_taken_back(
        framework: &signer, writer: &signer, buyer: &signer, publisher: &signer
    ) {
        start(framework, writer, buyer, publisher);
        let call = write(writer, publisher);
        covered_call::buy(buyer, call);
        covered_call::cancel(writer, call);
    }

    #[test(framework = @0x1, writer = @0xa1, buyer = @0xb1, publisher = @0xc1)]
    #[expected_failure(abort_code = 0x50006, location = option_example::covered_call)]
    fun only_the_writer_takes_a_call_back(
        framework: &signer, writer: &signer, buyer: &signer, publisher: &signer
    ) {
        start(framework, writer, buyer, publisher);
        covered_call::cancel(buyer, write(writer, publisher));
    }

    #[test(framework = @0x1, writer = @0xa1, buyer = @0xb1, publisher = @0xc1)]
    #[expected_failure(abort_code = 0x30003, location = option_example::covered_call)]
    fun an_expired_call_is_not_sold(
        framework: &signer, writer: &signer, buyer: &signer, publisher: &signer
    ) {
        start(framework, writer, buyer, publisher);
        let call = write(writer, publisher);
        timestamp::update_global_time_for_test_secs(EXPIRY);
        covered_call::buy(buyer, call);
    }
}
