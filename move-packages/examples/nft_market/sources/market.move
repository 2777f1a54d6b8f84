/// A market for tokens, paid in the native coin: fixed prices, offers, and auctions.
///
/// What is for sale is held by the market's own account, as are the coins of offers and bids. A sale pays the royalty, then the
/// market's fee, and the seller the rest; both are rounded down. Invariant: the market's coins are the sum of all open offers
/// and highest bids.
module nft_market::market {
    use std::error;
    use std::option::{Self, Option};
    use std::signer;
    use aptos_std::smart_table::{Self, SmartTable};
    use aptos_std::smart_vector::{Self, SmartVector};
    use aptos_std::math64;
    use aptos_framework::account::{Self, SignerCapability};
    use aptos_framework::aptos_account;
    use aptos_framework::aptos_coin::AptosCoin;
    use aptos_framework::coin::{Self, Coin};
    use aptos_framework::event;
    use aptos_framework::object::{Self, Object};
    use aptos_framework::timestamp;
    use nft_market::collection::{Self, Token};

    /// Only the market's account may do this.
    const ENOT_MARKET: u64 = 1;
    /// Only the token's owner may do this.
    const ENOT_OWNER: u64 = 2;
    /// A price is above 0.
    const EPRICE_ZERO: u64 = 3;
    /// The token is not for sale.
    const ENOT_LISTED: u64 = 4;
    /// Only the seller may do this.
    const ENOT_SELLER: u64 = 5;
    /// The price is not what the buyer was told.
    const EPRICE_CHANGED: u64 = 6;
    /// There is no such offer.
    const EOFFER_NOT_FOUND: u64 = 7;
    /// The offer has expired.
    const EOFFER_EXPIRED: u64 = 8;
    /// There is no auction of the token.
    const EAUCTION_NOT_FOUND: u64 = 9;
    /// The auction is over.
    const EAUCTION_OVER: u64 = 10;
    /// The auction is not over.
    const EAUCTION_RUNNING: u64 = 11;
    /// The bid is below the least that the auction takes.
    const EBID_TOO_LOW: u64 = 12;
    /// Somebody bid already.
    const EHAS_BIDS: u64 = 13;
    /// The fee is at most a tenth.
    const EFEE_TOO_HIGH: u64 = 14;
    /// An auction lasts between a minute and thirty days.
    const EINVALID_DURATION: u64 = 15;
    /// The account has an open offer for the token.
    const EOFFER_EXISTS: u64 = 16;

    const BPS: u64 = 10000;
    const FEE_MAX_BPS: u64 = 1000;
    /// How much a bid must exceed the one before.
    const BID_STEP_BPS: u64 = 500;
    /// A bid in the last minutes makes the auction that much longer.
    const EXTENSION_SECS: u64 = 300;
    const DURATION_MIN_SECS: u64 = 60;
    const DURATION_MAX_SECS: u64 = 2592000;

    /// The market, at its own account.
    struct Market has key {
        cap: SignerCapability,
        fee_bps: u64,
        listings: SmartTable<address, Listing>,
        offers: SmartTable<address, SmartVector<Offer>>,
        auctions: SmartTable<address, Auction>,
        volume: u128,
        sales: u64
    }

    /// A token with a price.
    struct Listing has copy, drop, store {
        seller: address,
        price: u64
    }

    /// Coins for a token, whoever owns it.
    struct Offer has store {
        buyer: address,
        coins: Coin<AptosCoin>,
        expiry_secs: u64
    }

    /// A token that goes to whoever bids most.
    struct Auction has store {
        seller: address,
        reserve: u64,
        end_secs: u64,
        highest: Option<address>,
        coins: Coin<AptosCoin>
    }

    /// How a token came to be sold.
    enum Way has copy, drop, store {
        Listing,
        Offer,
        Auction { bids_end_secs: u64 }
    }

    #[event]
    /// A token has a price, or another one.
    struct Listed has drop, store {
        token: address,
        seller: address,
        price: u64
    }

    #[event]
    /// A token is no longer for sale.
    struct Unlisted has drop, store {
        token: address
    }

    #[event]
    /// Somebody offers for a token.
    struct Offered has drop, store {
        token: address,
        buyer: address,
        amount: u64,
        expiry_secs: u64
    }

    #[event]
    /// An offer was taken back.
    struct OfferCancelled has drop, store {
        token: address,
        buyer: address,
        amount: u64
    }

    #[event]
    /// A token goes to whoever bids most.
    struct AuctionStarted has drop, store {
        token: address,
        seller: address,
        reserve: u64,
        end_secs: u64
    }

    #[event]
    /// There is a higher bid.
    struct BidPlaced has drop, store {
        token: address,
        bidder: address,
        amount: u64,
        end_secs: u64
    }

    #[event]
    /// A token was sold.
    struct Sold has drop, store {
        token: address,
        seller: address,
        buyer: address,
        price: u64,
        royalty: u64,
        fee: u64,
        way: Way
    }

    fun init_module(publisher: &signer) {
        let (market_signer, cap) = account::create_resource_account(publisher, b"nft_market::market");
        coin::register<AptosCoin>(&market_signer);
        move_to(
            publisher,
            Market {
                cap,
                fee_bps: 250,
                listings: smart_table::new(),
                offers: smart_table::new(),
                auctions: smart_table::new(),
                volume: 0,
                sales: 0
            }
        );
    }

    /// Sets the market's fee.
    public entry fun set_fee(publisher: &signer, fee_bps: u64) {
        assert!(signer::address_of(publisher) == @nft_market, error::permission_denied(ENOT_MARKET));
        assert!(fee_bps <= FEE_MAX_BPS, error::out_of_range(EFEE_TOO_HIGH));
        Market[@nft_market].fee_bps = fee_bps;
    }

    // ---- Fixed prices ----

    /// Puts a token up for sale.
    public entry fun list(seller: &signer, token: Object<Token>, price: u64) {
        assert!(price > 0, error::invalid_argument(EPRICE_ZERO));
        let token_addr = take_in(seller, token);
        let seller_addr = signer::address_of(seller);
        Market[@nft_market].listings.add(token_addr, Listing { seller: seller_addr, price });
        event::emit(Listed { token: token_addr, seller: seller_addr, price });
    }

    /// Puts several tokens up for sale.
    public entry fun list_batch(seller: &signer, tokens: vector<Object<Token>>, prices: vector<u64>) {
        tokens.zip(prices, |token, price| list(seller, token, price));
    }

    /// Changes the price.
    public entry fun reprice(seller: &signer, token: Object<Token>, price: u64) {
        assert!(price > 0, error::invalid_argument(EPRICE_ZERO));
        let token_addr = object::object_address(&token);
        let market = &mut Market[@nft_market];
        assert!(market.listings.contains(token_addr), error::not_found(ENOT_LISTED));
        let listing = market.listings.borrow_mut(token_addr);
        let seller_addr = signer::address_of(seller);
        assert!(listing.seller == seller_addr, error::permission_denied(ENOT_SELLER));
        listing.price = price;
        event::emit(Listed { token: token_addr, seller: seller_addr, price });
    }

    /// Takes a token back.
    public entry fun unlist(seller: &signer, token: Object<Token>) {
        let Listing { seller: listed_by, price: _ } = remove_listing(token);
        assert!(listed_by == signer::address_of(seller), error::permission_denied(ENOT_SELLER));
        give_out(token, listed_by);
        event::emit(Unlisted { token: object::object_address(&token) });
    }

    /// Buys a token at the price that the buyer was told.
    public entry fun buy(buyer: &signer, token: Object<Token>, price: u64) {
        let Listing { seller, price: asked } = remove_listing(token);
        assert!(asked == price, error::aborted(EPRICE_CHANGED));
        let coins = coin::withdraw<AptosCoin>(buyer, price);
        sell(token, seller, signer::address_of(buyer), coins, Way::Listing);
    }

    // ---- Offers ----

    /// Offers coins for a token, whoever owns it, until a time.
    public entry fun offer(buyer: &signer, token: Object<Token>, amount: u64, expiry_secs: u64) {
        assert!(amount > 0, error::invalid_argument(EPRICE_ZERO));
        assert!(timestamp::now_seconds() < expiry_secs, error::invalid_argument(EOFFER_EXPIRED));
        let buyer_addr = signer::address_of(buyer);
        let token_addr = object::object_address(&token);
        assert!(find_offer(token_addr, buyer_addr).is_none(), error::already_exists(EOFFER_EXISTS));
        let coins = coin::withdraw<AptosCoin>(buyer, amount);
        let market = &mut Market[@nft_market];
        if (!market.offers.contains(token_addr)) {
            market.offers.add(token_addr, smart_vector::new());
        };
        market.offers.borrow_mut(token_addr).push_back(Offer { buyer: buyer_addr, coins, expiry_secs });
        event::emit(Offered { token: token_addr, buyer: buyer_addr, amount, expiry_secs });
    }

    /// Takes an offer back.
    public entry fun cancel_offer(buyer: &signer, token: Object<Token>) {
        let buyer_addr = signer::address_of(buyer);
        let Offer { buyer: _, coins, expiry_secs: _ } = remove_offer(token, buyer_addr);
        event::emit(
            OfferCancelled {
                token: object::object_address(&token),
                buyer: buyer_addr,
                amount: coin::value(&coins)
            }
        );
        aptos_account::deposit_coins(buyer_addr, coins);
    }

    /// Sells a token to somebody who offered.
    public entry fun accept_offer(owner: &signer, token: Object<Token>, buyer: address, least: u64) {
        take_in(owner, token);
        let Offer { buyer: _, coins, expiry_secs } = remove_offer(token, buyer);
        assert!(timestamp::now_seconds() < expiry_secs, error::invalid_state(EOFFER_EXPIRED));
        assert!(coin::value(&coins) >= least, error::aborted(EPRICE_CHANGED));
        sell(token, signer::address_of(owner), buyer, coins, Way::Offer);
    }

    // ---- Auctions ----

    /// Auctions a token off, from `reserve` on.
    public entry fun start_auction(
        seller: &signer, token: Object<Token>, reserve: u64, duration_secs: u64
    ) {
        assert!(reserve > 0, error::invalid_argument(EPRICE_ZERO));
        assert!(
            duration_secs >= DURATION_MIN_SECS && duration_secs <= DURATION_MAX_SECS,
            error::out_of_range(EINVALID_DURATION)
        );
        let token_addr = take_in(seller, token);
        let seller_addr = signer::address_of(seller);
        let end_secs = timestamp::now_seconds() + duration_secs;
        Market[@nft_market].auctions.add(
            token_addr,
            Auction {
                seller: seller_addr,
                reserve,
                end_secs,
                highest: option::none(),
                coins: coin::zero<AptosCoin>()
            }
        );
        event::emit(AuctionStarted { token: token_addr, seller: seller_addr, reserve, end_secs });
    }

    /// Bids. Whoever bid most before gets their coins back.
    public entry fun bid(bidder: &signer, token: Object<Token>, amount: u64) {
        let token_addr = object::object_address(&token);
        let auction = auction_mut(token_addr);
        let now = timestamp::now_seconds();
        assert!(now < auction.end_secs, error::invalid_state(EAUCTION_OVER));
        assert!(amount >= auction.least_bid(), error::invalid_argument(EBID_TOO_LOW));
        let bidder_addr = signer::address_of(bidder);
        let before = coin::extract_all(&mut auction.coins);
        let outbid = auction.highest.swap_or_fill(bidder_addr);
        auction.end_secs = math64::max(auction.end_secs, now + EXTENSION_SECS);
        let end_secs = auction.end_secs;
        coin::merge(&mut auction.coins, coin::withdraw<AptosCoin>(bidder, amount));
        if (outbid.is_some()) {
            aptos_account::deposit_coins(outbid.destroy_some(), before);
        } else {
            coin::destroy_zero(before);
        };
        event::emit(BidPlaced { token: token_addr, bidder: bidder_addr, amount, end_secs });
    }

    /// Ends an auction whose time is over. Anyone may.
    public entry fun finish_auction(token: Object<Token>) {
        let token_addr = object::object_address(&token);
        assert!(auction_mut(token_addr).end_secs <= timestamp::now_seconds(), error::invalid_state(EAUCTION_RUNNING));
        let Auction { seller, reserve: _, end_secs, highest, coins } = Market[@nft_market].auctions.remove(token_addr);
        if (highest.is_some()) {
            sell(token, seller, highest.destroy_some(), coins, Way::Auction { bids_end_secs: end_secs });
        } else {
            coin::destroy_zero(coins);
            give_out(token, seller);
            event::emit(Unlisted { token: token_addr });
        }
    }

    /// Takes a token back from an auction in which nobody bid.
    public entry fun cancel_auction(seller: &signer, token: Object<Token>) {
        let token_addr = object::object_address(&token);
        let auction = auction_mut(token_addr);
        assert!(auction.seller == signer::address_of(seller), error::permission_denied(ENOT_SELLER));
        assert!(auction.highest.is_none(), error::invalid_state(EHAS_BIDS));
        let Auction { seller: started_by, reserve: _, end_secs: _, highest: _, coins } =
            Market[@nft_market].auctions.remove(token_addr);
        coin::destroy_zero(coins);
        give_out(token, started_by);
        event::emit(Unlisted { token: token_addr });
    }

    // ---- Views ----

    #[view]
    /// The price of a token, if it is for sale.
    public fun price(token: Object<Token>): Option<u64> {
        let listings = &Market[@nft_market].listings;
        let token_addr = object::object_address(&token);
        if (listings.contains(token_addr)) option::some(listings.borrow(token_addr).price) else option::none()
    }

    #[view]
    /// What somebody offers for a token, if they do.
    public fun offer_of(token: Object<Token>, buyer: address): Option<u64> {
        let token_addr = object::object_address(&token);
        let at = find_offer(token_addr, buyer);
        if (at.is_none()) return option::none();
        let offers = Market[@nft_market].offers.borrow(token_addr);
        option::some(coin::value(&offers.borrow(at.destroy_some()).coins))
    }

    #[view]
    /// The best offer for a token that has not expired: buyer and amount.
    public fun best_offer(token: Object<Token>): (Option<address>, u64) {
        let token_addr = object::object_address(&token);
        let market = &Market[@nft_market];
        let (best, amount) = (option::none(), 0);
        if (market.offers.contains(token_addr)) {
            let now = timestamp::now_seconds();
            market.offers.borrow(token_addr).for_each_ref(|o| {
                let value = coin::value(&o.coins);
                if (o.expiry_secs > now && value > amount) {
                    best = option::some(o.buyer);
                    amount = value;
                }
            });
        };
        (best, amount)
    }

    #[view]
    /// The highest bidder of an auction, the least that the next bid must be, and when it ends.
    public fun auction(token: Object<Token>): (Option<address>, u64, u64) {
        let auction = auction_mut(object::object_address(&token));
        (auction.highest, auction.least_bid(), auction.end_secs)
    }

    #[view]
    /// Where tokens and coins are held.
    public fun custody(): address {
        account::get_signer_capability_address(&Market[@nft_market].cap)
    }

    #[view]
    /// Coins that changed hands, and how often.
    public fun turnover(): (u128, u64) {
        let market = &Market[@nft_market];
        (market.volume, market.sales)
    }

    // ---- Inside ----

    fun least_bid(self: &Auction): u64 {
        let present = coin::value(&self.coins);
        if (present == 0) self.reserve else present + math64::max(1, math64::mul_div(present, BID_STEP_BPS, BPS))
    }

    inline fun auction_mut(token: address): &mut Auction {
        let market = &mut Market[@nft_market];
        assert!(market.auctions.contains(token), error::not_found(EAUCTION_NOT_FOUND));
        market.auctions.borrow_mut(token)
    }

    fun remove_listing(token: Object<Token>): Listing {
        let token_addr = object::object_address(&token);
        let market = &mut Market[@nft_market];
        assert!(market.listings.contains(token_addr), error::not_found(ENOT_LISTED));
        market.listings.remove(token_addr)
    }

    fun find_offer(token: address, buyer: address): Option<u64> {
        let market = &Market[@nft_market];
        let found = option::none();
        if (market.offers.contains(token)) {
            market.offers.borrow(token).enumerate_ref(|i, o| {
                if (o.buyer == buyer) found = option::some(i);
            });
        };
        found
    }

    fun remove_offer(token: Object<Token>, buyer: address): Offer {
        let token_addr = object::object_address(&token);
        let at = find_offer(token_addr, buyer);
        assert!(at.is_some(), error::not_found(EOFFER_NOT_FOUND));
        Market[@nft_market].offers.borrow_mut(token_addr).swap_remove(at.destroy_some())
    }

    /// Moves a token from its owner into custody.
    fun take_in(owner: &signer, token: Object<Token>): address {
        assert!(object::is_owner(token, signer::address_of(owner)), error::permission_denied(ENOT_OWNER));
        collection::assert_transferable(token);
        object::transfer(owner, token, custody());
        object::object_address(&token)
    }

    /// Moves a token out of custody.
    fun give_out(token: Object<Token>, to: address) {
        let market_signer = account::create_signer_with_capability(&Market[@nft_market].cap);
        object::transfer(&market_signer, token, to);
    }

    /// Pays royalty, fee and seller, and hands the token over.
    fun sell(token: Object<Token>, seller: address, buyer: address, coins: Coin<AptosCoin>, way: Way) {
        let price = coin::value(&coins);
        let (receiver, royalty) = collection::royalty(token, price);
        let market = &mut Market[@nft_market];
        let fee = math64::mul_div(price, market.fee_bps, BPS);
        market.volume += (price as u128);
        market.sales += 1;
        aptos_account::deposit_coins(receiver, coin::extract(&mut coins, royalty));
        aptos_account::deposit_coins(@nft_market, coin::extract(&mut coins, fee));
        aptos_account::deposit_coins(seller, coins);
        give_out(token, buyer);
        event::emit(
            Sold { token: object::object_address(&token), seller, buyer, price, royalty, fee, way }
        );
    }

    #[test_only]
    /// What publication does.
    public fun init_for_test(publisher: &signer) {
        init_module(publisher);
    }

    #[test_only]
    /// What is held for offers and bids on some tokens.
    public fun escrowed_for_test(tokens: vector<Object<Token>>): u64 {
        let sum = 0;
        let market = &Market[@nft_market];
        tokens.for_each(|token| {
            let token_addr = object::object_address(&token);
            if (market.offers.contains(token_addr)) {
                market.offers.borrow(token_addr).for_each_ref(|o| sum += coin::value(&o.coins));
            };
            if (market.auctions.contains(token_addr)) {
                sum += coin::value(&market.auctions.borrow(token_addr).coins);
            }
        });
        sum
    }

    #[test_only]
    /// Whether the last sale was by auction.
    public fun last_sale_was_auction_for_test(): bool {
        let sales = event::emitted_events<Sold>();
        match (&sales.last().way) {
            Way::Auction { bids_end_secs } => *bids_end_secs > 0,
            Way::Listing => false,
            Way::Offer => false
        }
    }
}
