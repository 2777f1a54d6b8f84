#[test_only]
module nft_market::collection_tests {
    use std::option;
    use std::signer;
    use std::string;
    use aptos_framework::account;
    use aptos_framework::event;
    use aptos_framework::object::{Self, Object};
    use aptos_framework::timestamp;
    use nft_market::collection::{Self, Collection};

    const ALICE: address = @0xa11ce;
    const BOB: address = @0xb0b;

    fun who(addr: address): signer {
        account::create_signer_for_test(addr)
    }

    fun cats(supply_max: u64): Object<Collection> {
        timestamp::set_time_has_started_for_testing(&who(@0x1));
        collection::cats_for_test(&who(ALICE), supply_max)
    }

    #[test]
    fun tokens_are_numbered_and_named() {
        let cats = cats(10);
        assert!(object::object_address(&cats) == collection::collection_address(ALICE, string::utf8(b"Cats")), 0);
        collection::mint_batch(&who(ALICE), cats, vector[ALICE, BOB]);
        let token =
            collection::mint_token(
                &who(ALICE),
                cats,
                BOB,
                collection::texts_for_test(vector[b"fur", b"eyes"]),
                collection::texts_for_test(vector[b"black", b"green"]),
                false
            );
        assert!(collection::name(token) == string::utf8(b"Cats #3") && collection::number(token) == 3, 1);
        assert!(collection::uri(token) == string::utf8(b"https://cats.example/3"), 2);
        assert!(object::owner(token) == BOB && collection::collection_of(token) == cats, 3);
        assert!(collection::property(token, string::utf8(b"fur")) == option::some(string::utf8(b"black")), 4);
        assert!(collection::property(token, string::utf8(b"tail")).is_none(), 5);
        assert!(collection::property_keys(token).length() == 2, 6);
        let (supply, supply_max) = collection::supply(cats);
        assert!(supply == 3 && supply_max == 10, 7);
        assert!(event::emitted_events<collection::Minted>().length() == 3, 8);
    }

    #[test]
    fun a_burnt_token_makes_room_but_keeps_its_number() {
        let cats = cats(1);
        let token = collection::mint_token(&who(ALICE), cats, BOB, vector[], vector[], false);
        let at = object::object_address(&token);
        collection::burn(&who(BOB), token);
        assert!(!object::is_object(at), 0);
        let token = collection::mint_token(&who(ALICE), cats, BOB, vector[], vector[], false);
        assert!(collection::number(token) == 2, 1);
    }

    #[test]
    fun properties_are_the_creators() {
        let token = collection::mint_token(&who(ALICE), cats(1), BOB, vector[], vector[], false);
        collection::set_property(&who(ALICE), token, string::utf8(b"mood"), string::utf8(b"good"));
        assert!(collection::property_of(token, string::utf8(b"mood")) == string::utf8(b"good"), 0);
    }

    #[test]
    #[expected_failure(abort_code = 0x60008, location = nft_market::collection)]
    fun a_property_that_is_not_there_is_missed() {
        let token = collection::mint_token(&who(ALICE), cats(1), BOB, vector[], vector[], false);
        collection::property_of(token, string::utf8(b"mood"));
    }

    #[test]
    #[expected_failure(abort_code = 0x90002, location = nft_market::collection)]
    fun a_collection_is_sold_out() {
        let cats = cats(1);
        collection::mint(&who(ALICE), cats, BOB, vector[], vector[]);
        collection::mint(&who(ALICE), cats, BOB, vector[], vector[]);
    }

    #[test]
    #[expected_failure(abort_code = 0x50003, location = nft_market::collection)]
    fun only_the_creator_mints() {
        collection::mint(&who(BOB), cats(1), BOB, vector[], vector[]);
    }

    #[test]
    #[expected_failure(abort_code = 0x50004, location = nft_market::collection)]
    fun only_the_owner_burns() {
        let token = collection::mint_token(&who(ALICE), cats(1), BOB, vector[], vector[], false);
        collection::burn(&who(ALICE), token);
    }

    #[test]
    #[expected_failure(abort_code = 0x20001, location = nft_market::collection)]
    fun a_royalty_never_rises() {
        collection::lower_royalty(&who(ALICE), cats(1), 501);
    }

    #[test]
    fun a_royalty_falls_and_goes_elsewhere() {
        let cats = cats(1);
        let token = collection::mint_token(&who(ALICE), cats, BOB, vector[], vector[], false);
        let (receiver, amount) = collection::royalty(token, 1010);
        assert!(receiver == ALICE && amount == 50, 0);
        collection::lower_royalty(&who(ALICE), cats, 100);
        collection::set_royalty_receiver(&who(ALICE), cats, BOB);
        let (receiver, amount) = collection::royalty(token, 1010);
        assert!(receiver == BOB && amount == 10, 1);
    }

    #[test]
    #[expected_failure(abort_code = 0x50003, location = aptos_framework::object)]
    fun a_bound_token_stays() {
        let cats = cats(1);
        collection::mint_soulbound(&who(ALICE), cats, BOB);
        let token = event::emitted_events<collection::Minted>();
        assert!(token.length() == 1, 0);
        let bound = collection::mint_token(&who(ALICE), collection_of_two(), BOB, vector[], vector[], true);
        assert!(!collection::is_transferable(bound), 1);
        object::transfer(&who(BOB), bound, signer::address_of(&who(ALICE)));
    }

    fun collection_of_two(): Object<Collection> {
        collection::create_collection(
            &who(ALICE), string::utf8(b"Dogs"), string::utf8(b""), string::utf8(b""), 2, 0
        )
    }

    #[test]
    #[expected_failure(abort_code = 0x10006, location = nft_market::collection)]
    fun a_collection_has_a_name() {
        collection::create(&who(ALICE), string::utf8(b""), string::utf8(b""), string::utf8(b""), 2, 0);
    }

    #[test]
    #[expected_failure(abort_code = 0x10005, location = nft_market::collection)]
    fun every_property_has_a_value() {
        collection::mint(&who(ALICE), cats(1), BOB, collection::texts_for_test(vector[b"fur"]), vector[]);
    }
}
