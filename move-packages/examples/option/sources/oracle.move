/// A price that one account publishes, and that others read as long as it is fresh.
///
/// Units: `_e9` prices, quote coins per coin with 9 decimals; `_us` microseconds since 1970.
module option_example::oracle {
    use std::error;
    use std::signer;
    use aptos_framework::event;
    use aptos_framework::timestamp;

    /// The account publishes no price.
    const EFEED_NOT_FOUND: u64 = 1;
    /// The account publishes a price.
    const EFEED_EXISTS: u64 = 2;
    /// The price is older than 60 seconds. Ask its publisher for a new one.
    const EPRICE_STALE: u64 = 3;
    /// A price is above 0.
    const EPRICE_ZERO: u64 = 4;

    /// A price older than this is refused.
    const MAX_AGE_US: u64 = 60000000;

    /// The price of one publisher. It stands at the publisher's account, so that nobody else reaches it.
    struct Feed has key {
        price_e9: u64,
        updated_us: u64
    }

    #[event]
    /// A publisher has a new price.
    struct PriceUpdated has drop, store {
        publisher: address,
        price_e9: u64,
        updated_us: u64
    }

    /// Starts publishing.
    public entry fun create(publisher: &signer, price_e9: u64) {
        assert!(price_e9 > 0, error::invalid_argument(EPRICE_ZERO));
        let at = signer::address_of(publisher);
        assert!(!exists<Feed>(at), error::already_exists(EFEED_EXISTS));
        let updated_us = timestamp::now_microseconds();
        move_to(publisher, Feed { price_e9, updated_us });
        event::emit(PriceUpdated { publisher: at, price_e9, updated_us });
    }

    /// Publishes a new price.
    public entry fun update(publisher: &signer, price_e9: u64) {
        assert!(price_e9 > 0, error::invalid_argument(EPRICE_ZERO));
        let at = signer::address_of(publisher);
        assert!(exists<Feed>(at), error::not_found(EFEED_NOT_FOUND));
        let feed = &mut Feed[at];
        feed.price_e9 = price_e9;
        feed.updated_us = timestamp::now_microseconds();
        event::emit(PriceUpdated { publisher: at, price_e9, updated_us: feed.updated_us });
    }

    #[view]
    /// Whether the account publishes a price.
    public fun exists_at(publisher: address): bool {
        exists<Feed>(publisher)
    }

    #[view]
    /// The publisher's price. Aborts if it is older than 60 seconds.
    public fun price_e9(publisher: address): u64 {
        assert!(exists<Feed>(publisher), error::not_found(EFEED_NOT_FOUND));
        let feed = &Feed[publisher];
        assert!(
            timestamp::now_microseconds() - feed.updated_us <= MAX_AGE_US,
            error::unavailable(EPRICE_STALE)
        );
        feed.price_e9
    }
}
