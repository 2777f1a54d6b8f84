#[test_only]
module aptos_std::pool_tests {
    use aptos_std::capability;
    use aptos_std::pool_u64;

    #[test]
    fun shares_are_parts_of_what_the_pool_has() {
        let pool = pool_u64::new(5);
        assert!(pool.buy_in(@0x1, 1000) == 1000 && pool.buy_in(@0x2, 500) == 500, 0);
        assert!(pool.total_coins() == 1500 && pool.total_shares() == 1500, 1);
        pool.update_total_coins(3000);
        assert!(pool.balance(@0x1) == 2000 && pool.balance(@0x2) == 1000, 2);
        assert!(pool.buy_in(@0x3, 100) == 50, 3);
        assert!(pool.redeem_shares(@0x1, 500) == 1000, 4);
        pool.transfer_shares(@0x1, @0x4, 200);
        assert!(pool.shares(@0x1) == 300 && pool.shares(@0x4) == 200 && pool.shares(@0x9) == 0, 5);
        assert!(pool.shareholders() == vector[@0x1, @0x2, @0x3, @0x4] && pool.shareholders_count() == 4, 6);
        assert!(pool.redeem_shares(@0x2, 500) == 1000 && !pool.contains(@0x2), 7);
        assert!(pool.amount_to_shares(10) == 5 && pool.shares_to_amount(5) == 10, 8);
        assert!(pool.buy_in(@0x5, 0) == 0 && pool.redeem_shares(@0x3, 0) == 0, 9);
        pool.destroy_pool();
        pool_u64::create(1).destroy_empty();
    }

    #[test]
    #[expected_failure(abort_code = 0x30002, location = aptos_std::pool_u64)]
    fun a_pool_has_so_many_shareholders() {
        let pool = pool_u64::new(1);
        pool.buy_in(@0x1, 1);
        pool.buy_in(@0x2, 1);
        pool.destroy_pool();
    }

    #[test]
    #[expected_failure(abort_code = 0x10004, location = aptos_std::pool_u64)]
    fun nobody_redeems_more_than_they_have() {
        let pool = pool_u64::new(1);
        pool.buy_in(@0x1, 1);
        pool.redeem_shares(@0x1, 2);
        pool.destroy_pool();
    }

    struct Gate has drop {}

    #[test(owner = @0xa11ce, friend_account = @0xb0b)]
    fun a_right_is_created_delegated_and_revoked(owner: &signer, friend_account: &signer) {
        capability::create(owner, &Gate {});
        let cap = capability::acquire(owner, &Gate {});
        assert!(cap.root_addr(&Gate {}) == @0xa11ce, 0);
        cap.delegate(&Gate {}, friend_account);
        assert!(capability::acquire(friend_account, &Gate {}).root_addr(&Gate {}) == @0xa11ce, 1);
        assert!(capability::acquire_linear(friend_account, &Gate {}).linear_root_addr(&Gate {}) == @0xa11ce, 2);
        cap.revoke(&Gate {}, @0xb0b);
    }

    #[test(stranger = @0xbad)]
    #[expected_failure(abort_code = 0x60002, location = aptos_std::capability)]
    fun a_stranger_has_no_right(stranger: &signer) {
        capability::acquire(stranger, &Gate {});
    }
}
