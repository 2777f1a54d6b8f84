#[test_only]
module nft_market::market_tests {
    use std::option;
    use aptos_framework::account;
    use aptos_framework::aptos_coin::{Self, AptosCoin};
    use aptos_framework::coin;
    use aptos_framework::event;
    use aptos_framework::object::{Self, Object};
    use aptos_framework::timestamp;
    use nft_market::collection::{Self, Token};
    use nft_market::market;

    const ALICE: address = @0xa11ce;
    const BOB: address = @0xb0b;
    const CAROL: address = @0xca401;
    const CREATOR: address = @0xc4ea;

    fun who(addr: address): signer {
        account::create_signer_for_test(addr)
    }

    fun coins(addr: address): u64 {
        coin::balance<AptosCoin>(addr)
    }

    /// Alice, Bob and Carol have 10,000 each; Alice owns a cat. The royalty is 5 %, the fee 2.5 %.
    fun start(): Object<Token> {
        let framework = &who(@0x1);
        timestamp::set_time_has_started_for_testing(framework);
        let (burn_cap, mint_cap) = aptos_coin::initialize_for_test(framework);
        vector[ALICE, BOB, CAROL].for_each(|addr| {
            coin::deposit(addr, coin::mint<AptosCoin>(10000, &mint_cap));
        });
        coin::destroy_burn_cap(burn_cap);
        coin::destroy_mint_cap(mint_cap);
        market::init_for_test(&who(@nft_market));
        let cats = collection::cats_for_test(&who(CREATOR), 10);
        collection::mint_token(&who(CREATOR), cats, ALICE, vector[], vector[], false)
    }

    /// All coins are somewhere, and custody holds what is escrowed.
    fun check(token: Object<Token>) {
        let held = coins(market::custody());
        let escrowed = market::escrowed_for_test(vector[token]);
        assert!(held == 0, 1031);
        let sum = coins(ALICE) + coins(BOB) + coins(CAROL) + coins(CREATOR) + coins(@nft_market) + escrowed;
        assert!(sum == 30000, 1032);
    }

    #[test]
    fun a_sale_pays_royalty_fee_and_seller() {
        let token = start();
        market::list(&who(ALICE), token, 1000);
        assert!(market::price(token) == option::some(1000) && object::owner(token) == market::custody(), 0);
        market::buy(&who(BOB), token, 1000);
        assert!(object::owner(token) == BOB && market::price(token).is_none(), 1);
        assert!(coins(BOB) == 9000 && coins(CREATOR) == 50 && coins(@nft_market) == 25 && coins(ALICE) == 10925, 2);
        let (volume, sales) = market::turnover();
        assert!(volume == 1000 && sales == 1 && !market::last_sale_was_auction_for_test(), 3);
        check(token);
    }

    #[test]
    #[expected_failure(abort_code = 0x70006, location = nft_market::market)]
    fun a_buyer_pays_what_they_were_told() {
        let token = start();
        market::list(&who(ALICE), token, 1000);
        market::reprice(&who(ALICE), token, 1001);
        market::buy(&who(BOB), token, 1000);
    }

    #[test]
    fun a_seller_takes_a_token_back() {
        let token = start();
        market::list_batch(&who(ALICE), vector[token], vector[1000]);
        market::unlist(&who(ALICE), token);
        assert!(object::owner(token) == ALICE && market::price(token).is_none(), 0);
        check(token);
    }

    #[test]
    #[expected_failure(abort_code = 0x50005, location = nft_market::market)]
    fun only_the_seller_takes_a_token_back() {
        let token = start();
        market::list(&who(ALICE), token, 1000);
        market::unlist(&who(BOB), token);
    }

    #[test]
    #[expected_failure(abort_code = 0x50002, location = nft_market::market)]
    fun only_the_owner_lists() {
        market::list(&who(BOB), start(), 1000);
    }

    #[test]
    #[expected_failure(abort_code = 0x60004, location = nft_market::market)]
    fun what_is_not_for_sale_is_not_bought() {
        market::buy(&who(BOB), start(), 1000);
    }

    #[test]
    #[expected_failure(abort_code = 0x10003, location = nft_market::market)]
    fun nothing_is_free() {
        market::list(&who(ALICE), start(), 0);
    }

    #[test]
    fun an_owner_accepts_an_offer() {
        let token = start();
        market::offer(&who(BOB), token, 800, 100);
        market::offer(&who(CAROL), token, 900, 50);
        assert!(market::offer_of(token, BOB) == option::some(800) && market::offer_of(token, ALICE).is_none(), 0);
        let (best, amount) = market::best_offer(token);
        assert!(best == option::some(CAROL) && amount == 900, 1);
        check(token);
        timestamp::update_global_time_for_test_secs(60);
        let (best, amount) = market::best_offer(token);
        assert!(best == option::some(BOB) && amount == 800, 2);
        market::accept_offer(&who(ALICE), token, BOB, 800);
        assert!(object::owner(token) == BOB && coins(ALICE) == 10740, 3);
        market::cancel_offer(&who(CAROL), token);
        assert!(coins(CAROL) == 10000, 4);
        check(token);
    }

    #[test]
    #[expected_failure(abort_code = 0x30008, location = nft_market::market)]
    fun an_offer_expires() {
        let token = start();
        market::offer(&who(BOB), token, 800, 100);
        timestamp::update_global_time_for_test_secs(100);
        market::accept_offer(&who(ALICE), token, BOB, 1);
    }

    #[test]
    #[expected_failure(abort_code = 0x70006, location = nft_market::market)]
    fun an_owner_gets_what_they_were_told() {
        let token = start();
        market::offer(&who(BOB), token, 800, 100);
        market::accept_offer(&who(ALICE), token, BOB, 801);
    }

    #[test]
    #[expected_failure(abort_code = 0x80010, location = nft_market::market)]
    fun one_offer_is_enough() {
        let token = start();
        market::offer(&who(BOB), token, 800, 100);
        market::offer(&who(BOB), token, 900, 100);
    }

    #[test]
    #[expected_failure(abort_code = 0x60007, location = nft_market::market)]
    fun nobody_cancels_what_they_never_offered() {
        market::cancel_offer(&who(BOB), start());
    }

    #[test]
    fun the_highest_bid_wins() {
        let token = start();
        market::start_auction(&who(ALICE), token, 1000, 3600);
        market::bid(&who(BOB), token, 1000);
        let (highest, least, end_secs) = market::auction(token);
        assert!(highest == option::some(BOB) && least == 1050 && end_secs == 3600, 0);
        market::bid(&who(CAROL), token, 1050);
        assert!(coins(BOB) == 10000 && coins(CAROL) == 8950, 1);
        check(token);
        timestamp::update_global_time_for_test_secs(3600);
        market::finish_auction(token);
        assert!(object::owner(token) == CAROL && coins(CREATOR) == 52 && coins(@nft_market) == 26, 2);
        assert!(coins(ALICE) == 10972 && market::last_sale_was_auction_for_test(), 3);
        check(token);
        assert!(event::emitted_events<market::BidPlaced>().length() == 2, 4);
    }

    #[test]
    fun a_late_bid_makes_an_auction_longer() {
        let token = start();
        market::start_auction(&who(ALICE), token, 1000, 3600);
        timestamp::update_global_time_for_test_secs(3500);
        market::bid(&who(BOB), token, 1000);
        let (_, _, end_secs) = market::auction(token);
        assert!(end_secs == 3800, 0);
    }

    #[test]
    fun a_token_without_bids_goes_home() {
        let token = start();
        market::start_auction(&who(ALICE), token, 1000, 3600);
        timestamp::update_global_time_for_test_secs(3600);
        market::finish_auction(token);
        assert!(object::owner(token) == ALICE, 0);
        market::start_auction(&who(ALICE), token, 1000, 3600);
        market::cancel_auction(&who(ALICE), token);
        assert!(object::owner(token) == ALICE, 1);
        check(token);
    }

    #[test]
    #[expected_failure(abort_code = 0x1000c, location = nft_market::market)]
    fun a_bid_exceeds_the_one_before() {
        let token = start();
        market::start_auction(&who(ALICE), token, 1000, 3600);
        market::bid(&who(BOB), token, 1000);
        market::bid(&who(CAROL), token, 1049);
    }

    #[test]
    #[expected_failure(abort_code = 0x3000a, location = nft_market::market)]
    fun nobody_bids_after_the_end() {
        let token = start();
        market::start_auction(&who(ALICE), token, 1000, 3600);
        timestamp::update_global_time_for_test_secs(3600);
        market::bid(&who(BOB), token, 1000);
    }

    #[test]
    #[expected_failure(abort_code = 0x3000b, location = nft_market::market)]
    fun an_auction_does_not_end_early() {
        let token = start();
        market::start_auction(&who(ALICE), token, 1000, 3600);
        market::finish_auction(token);
    }

    #[test]
    #[expected_failure(abort_code = 0x3000d, location = nft_market::market)]
    fun an_auction_with_bids_goes_on() {
        let token = start();
        market::start_auction(&who(ALICE), token, 1000, 3600);
        market::bid(&who(BOB), token, 1000);
        market::cancel_auction(&who(ALICE), token);
    }

    #[test]
    #[expected_failure(abort_code = 0x2000f, location = nft_market::market)]
    fun an_auction_lasts_a_while() {
        market::start_auction(&who(ALICE), start(), 1000, 59);
    }

    #[test]
    #[expected_failure(abort_code = 0x50001, location = nft_market::market)]
    fun only_the_market_sets_its_fee() {
        start();
        market::set_fee(&who(@nft_market), 1000);
        market::set_fee(&who(ALICE), 0);
    }
}
