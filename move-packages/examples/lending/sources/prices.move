/// Prices that the protocol's owner reports, per asset, refused when they are old.
///
/// Units: `_wad` quote units per smallest unit of the asset, 18 decimals.
module lending::prices {
    use std::error;
    use std::signer;
    use aptos_std::simple_map::{Self, SimpleMap};
    use aptos_framework::event;
    use aptos_framework::fungible_asset::Metadata;
    use aptos_framework::object::{Self, Object};
    use aptos_framework::timestamp;

    /// Only the protocol's account reports prices.
    const ENOT_REPORTER: u64 = 1;
    /// Nobody reported a price of the asset.
    const EPRICE_NOT_FOUND: u64 = 2;
    /// The price is older than it may be.
    const EPRICE_STALE: u64 = 3;
    /// A price is above 0.
    const EPRICE_ZERO: u64 = 4;

    const MAX_AGE_SECS: u64 = 300;

    /// The last price of one asset.
    struct Price has copy, drop, store {
        value_wad: u128,
        reported_secs: u64
    }

    /// All prices, at the protocol's account.
    struct Prices has key {
        by_asset: SimpleMap<address, Price>
    }

    #[event]
    /// There is a new price.
    struct PriceReported has drop, store {
        asset: address,
        value_wad: u128
    }

    fun init_module(protocol: &signer) {
        move_to(protocol, Prices { by_asset: simple_map::new() });
    }

    /// Reports the price of an asset.
    public entry fun report(reporter: &signer, asset: Object<Metadata>, value_wad: u128) {
        assert!(signer::address_of(reporter) == @lending, error::permission_denied(ENOT_REPORTER));
        assert!(value_wad > 0, error::invalid_argument(EPRICE_ZERO));
        let addr = object::object_address(&asset);
        Prices[@lending].by_asset.upsert(addr, Price { value_wad, reported_secs: timestamp::now_seconds() });
        event::emit(PriceReported { asset: addr, value_wad });
    }

    #[view]
    /// The price of an asset. Aborts if it is older than five minutes.
    public fun value_wad(asset: Object<Metadata>): u128 {
        let addr = object::object_address(&asset);
        let prices = &Prices[@lending].by_asset;
        assert!(prices.contains_key(&addr), error::not_found(EPRICE_NOT_FOUND));
        let price = prices.borrow(&addr);
        assert!(
            timestamp::now_seconds() - price.reported_secs <= MAX_AGE_SECS,
            error::unavailable(EPRICE_STALE)
        );
        price.value_wad
    }

    #[test_only]
    /// What publication does.
    public fun init_for_test(protocol: &signer) {
        init_module(protocol);
    }
}
