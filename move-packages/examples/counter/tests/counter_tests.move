#[test_only]
module counter::counter_tests {
    use std::signer;
    use counter::counter;

    #[test(alice = @0xa11ce, bob = @0xb0b)]
    fun every_account_counts_for_itself(alice: &signer, bob: &signer) {
        counter::increment(alice);
        counter::add(alice, 4);
        counter::increment(bob);
        assert!(counter::count(signer::address_of(alice)) == 5, 0);
        assert!(counter::count(signer::address_of(bob)) == 1, 1);
        assert!(counter::count(@0xcafe) == 0, 2);
    }

    #[test(alice = @0xa11ce)]
    fun a_reset_counter_starts_again(alice: &signer) {
        counter::add(alice, 7);
        counter::reset(alice);
        assert!(counter::count(@0xa11ce) == 0, 0);
        counter::increment(alice);
        assert!(counter::count(@0xa11ce) == 1, 1);
    }

    #[test(alice = @0xa11ce)]
    #[expected_failure(abort_code = 0x60001, location = counter::counter)]
    fun what_never_counted_cannot_be_reset(alice: &signer) {
        counter::reset(alice);
    }

    #[test(alice = @0xa11ce)]
    #[expected_failure(abort_code = 0x10002, location = counter::counter)]
    fun a_step_of_zero_is_refused(alice: &signer) {
        counter::add(alice, 0);
    }

    #[test(alice = @0xa11ce)]
    #[expected_failure(arithmetic_error, location = counter::counter)]
    fun a_counter_does_not_overflow(alice: &signer) {
        counter::add(alice, 18446744073709551615);
        counter::increment(alice);
    }
}
