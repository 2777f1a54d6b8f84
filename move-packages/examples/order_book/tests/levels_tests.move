#[test_only]
module order_book::levels_tests {
    use std::option;
    use order_book::levels;

    #[test]
    fun the_best_bid_is_the_highest() {
        let side = levels::new(true);
        assert!(side.is_empty() && side.best_price() == option::none(), 0);
        side.add(1, 100, 5);
        side.add(2, 102, 3);
        side.add(3, 101, 4);
        side.check();
        assert!(side.best_price() == option::some(102), 1);
        let (id, price, lots) = side.front();
        assert!(id == 2 && price == 102 && lots == 3, 2);
        assert!(side.orders() == 3 && side.lots() == 12, 3);
        let (prices, lots) = side.depth(2);
        assert!(prices == vector[102, 101] && lots == vector[3, 4], 4);
        side.destroy_for_test();
    }

    #[test]
    fun the_best_ask_is_the_lowest() {
        let side = levels::new(false);
        side.add(1, 100, 5);
        side.add(2, 99, 3);
        assert!(side.best_price() == option::some(99), 0);
        let (prices, lots) = side.depth(10);
        assert!(prices == vector[99, 100] && lots == vector[3, 5], 1);
        side.destroy_for_test();
    }

    #[test]
    fun at_one_price_the_first_is_served_first() {
        let side = levels::new(true);
        side.add(1, 100, 5);
        side.add(2, 100, 3);
        assert!(!side.fill_front(4), 0);
        side.check();
        let (id, _, lots) = side.front();
        assert!(id == 1 && lots == 1, 1);
        assert!(side.fill_front(1), 2);
        side.check();
        let (id, _, lots) = side.front();
        assert!(id == 2 && lots == 3, 3);
        assert!(side.fill_front(3) && side.is_empty(), 4);
        side.check();
        side.destroy_for_test();
    }

    #[test]
    fun prices_cross_when_both_sides_agree() {
        let bids = levels::new(true);
        bids.add(1, 100, 5);
        bids.add(2, 98, 5);
        // limit of a seller, crosses, lots within
        vector[vector[101, 0, 0], vector[100, 1, 5], vector[99, 1, 5], vector[98, 1, 10]].for_each(|c| {
            assert!(bids.crosses(c[0]) == (c[1] == 1), c[0]);
            assert!(bids.lots_within(c[0]) == c[2], c[0]);
        });
        let asks = levels::new(false);
        asks.add(1, 100, 5);
        assert!(!asks.crosses(99) && asks.crosses(100) && asks.crosses(101), 0);
        bids.destroy_for_test();
        asks.destroy_for_test();
    }

    #[test]
    fun an_order_is_taken_out_of_the_middle() {
        let side = levels::new(true);
        side.add(1, 100, 1);
        side.add(2, 100, 2);
        side.add(3, 100, 3);
        assert!(side.remove(2, 100) == 2, 0);
        side.check();
        assert!(side.lots() == 4 && side.orders() == 2, 1);
        side.remove(1, 100);
        side.remove(3, 100);
        assert!(side.is_empty() && side.best_price().is_none(), 2);
        side.destroy_for_test();
    }

    #[test]
    #[expected_failure(abort_code = 0x60001, location = order_book::levels)]
    fun what_is_not_there_is_not_taken_out() {
        let side = levels::new(true);
        side.add(1, 100, 1);
        side.remove(2, 100);
        side.destroy_for_test();
    }

    #[test]
    #[expected_failure(abort_code = 0x30002, location = order_book::levels)]
    fun an_empty_side_serves_nobody() {
        let side = levels::new(true);
        side.front();
        side.destroy_for_test();
    }

    #[test]
    #[expected_failure(abort_code = 0x10003, location = order_book::levels)]
    fun nobody_is_filled_beyond_their_order() {
        let side = levels::new(true);
        side.add(1, 100, 1);
        side.fill_front(2);
        side.destroy_for_test();
    }
}
