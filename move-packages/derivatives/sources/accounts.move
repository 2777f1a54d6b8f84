/// Accounts and what backs them: subaccounts with cash and collateral, delegates, and the one store that holds every token.
///
/// Units: cash and amounts of the settlement currency in its own smallest unit (6 decimals), signed; other collateral in its own.
/// Invariant: per asset, the tokens in custody are the sum of what accounts, pools and funds are credited with. Only `deposit` and
/// `withdraw` move tokens; trading moves cash between accounts.
module derivatives::accounts {
    use aptos_framework::event;
    use aptos_framework::fungible_asset::{Self, Metadata};
    use aptos_framework::object::{Self, ExtendRef, Object};
    use aptos_framework::primary_fungible_store;
    use aptos_framework::timestamp;
    use std::signer;
    use tenor_math::int128::{Self, I128};

    /// Only the account's owner (or the venue's governance) may do this.
    const E_NOT_OWNER: u64 = 0x0201;
    /// The delegate lacks this permission.
    const E_NO_PERMISSION: u64 = 0x0202;
    /// The delegate's permission has ended.
    const E_DELEGATE_EXPIRED: u64 = 0x0203;
    /// The account takes part in as many markets as it may.
    const E_LIMIT_POSITIONS: u64 = 0x0204;
    /// The venue takes no more of this collateral, or the account holds too many kinds.
    const E_COLLATERAL_CAP: u64 = 0x0206;
    /// More than the account has.
    const E_WITHDRAW_LIMIT: u64 = 0x0207;
    /// The account does not exist, or exists already.
    const E_NOT_FOUND: u64 = 0x030a;
    /// A parameter is outside its bounds.
    const E_PARAM_BOUNDS: u64 = 0x0802;

    const MARKETS_MAX: u64 = 64;
    const HOLDINGS_MAX: u64 = 8;
    const DELEGATES_MAX: u64 = 8;
    const RATE: u64 = 1000000000;

    /// The delegate may place and amend orders.
    const TRADE: u8 = 1;
    /// The delegate may cancel orders.
    const CANCEL: u8 = 2;
    /// The delegate may move cash between the owner's accounts.
    const TRANSFER_INTERNAL: u8 = 4;

    /// The venue: its currency, its custody, the collateral that it takes.
    struct Venue has key { currency: Object<Metadata>, custody: ExtendRef, assets: vector<Asset> }

    /// A kind of collateral.
    struct Asset has copy, drop, store {
        metadata: address, feed: address, decimals: u8, im_weight: u64, mm_weight: u64, cap: u64, total: u64
    }

    /// Money of the venue itself.
    struct Funds has key { insurance: I128, treasury: I128 }

    /// A subaccount.
    struct Account has key {
        owner: address,
        index: u8,
        delegates: vector<Delegate>,
        cash: I128,
        holdings: vector<Holding>,
        markets: vector<address>,
        portfolio: bool,
        in_liquidation: bool,
    }

    /// Someone who may act for the owner, and until when (seconds).
    struct Delegate has copy, drop, store { key: address, permissions: u8, until: u64 }

    /// Collateral of an account: which of the venue's assets, how much.
    struct Holding has copy, drop, store { asset: u64, amount: u64 }

    #[event]
    /// An account was opened.
    struct AccountOpened has drop, store { account: address, owner: address, index: u8 }

    #[event]
    /// Tokens came into an account. `asset` is the token's metadata.
    struct Deposited has drop, store { account: address, asset: address, amount: u64, cash: I128 }

    #[event]
    /// Tokens left an account.
    struct Withdrawn has drop, store { account: address, asset: address, amount: u64, cash: I128 }

    #[event]
    /// Cash moved between accounts of one owner.
    struct Transferred has drop, store { from: address, to: address, amount: u64, from_cash: I128, to_cash: I128 }

    #[event]
    /// A delegate was set, or removed with no permissions.
    struct DelegateSet has drop, store { account: address, delegate: address, permissions: u8, until: u64 }

    #[event]
    /// The insurance fund or the treasury changed.
    struct InsuranceChanged has drop, store { insurance: I128, treasury: I128 }

    /// Starts the venue with its settlement currency. Only the package's account, once.
    public entry fun initialize(admin: &signer, currency: Object<Metadata>) {
        assert!(signer::address_of(admin) == @derivatives, E_NOT_OWNER);
        assert!(fungible_asset::decimals(currency) == 6, E_PARAM_BOUNDS);
        let custody = object::create_named_object(admin, b"derivatives::custody");
        move_to(admin, Venue { currency, custody: custody.generate_extend_ref(), assets: vector[] });
        move_to(admin, Funds { insurance: int128::zero(), treasury: int128::zero() });
    }

    /// Lists a collateral asset. Only governance.
    public entry fun add_asset(
        admin: &signer, metadata: Object<Metadata>, feed: address, im_weight: u64, mm_weight: u64, cap: u64
    ) acquires Venue {
        assert!(signer::address_of(admin) == @derivatives, E_NOT_OWNER);
        assert!(im_weight <= mm_weight && mm_weight <= RATE, E_PARAM_BOUNDS);
        let decimals = fungible_asset::decimals(metadata);
        assert!(decimals <= 18, E_PARAM_BOUNDS);
        Venue[@derivatives].assets.push_back(
            Asset { metadata: metadata.object_address(), feed, decimals, im_weight, mm_weight, cap, total: 0 }
        );
    }

    /// Opens the owner's subaccount number `index`.
    public entry fun open(owner: &signer, index: u8) {
        let at = address_of(signer::address_of(owner), index);
        assert!(!exists<Account>(at), E_NOT_FOUND);
        let constructor = object::create_named_object(owner, seed(index));
        move_to(&constructor.generate_signer(), Account {
            owner: signer::address_of(owner), index, delegates: vector[], cash: int128::zero(), holdings: vector[],
            markets: vector[], portfolio: false, in_liquidation: false
        });
        event::emit(AccountOpened { account: at, owner: signer::address_of(owner), index });
    }

    /// Pays cash into an account. Anyone may. What is credited is what arrived.
    public entry fun deposit(payer: &signer, account: address, amount: u64) acquires Account, Venue {
        let venue = &Venue[@derivatives];
        let received = collect(venue, payer, venue.currency, amount);
        let a = &mut Account[account];
        a.cash = a.cash.add(int128::from((received as u128)));
        event::emit(Deposited { account, asset: venue.currency.object_address(), amount: received, cash: a.cash });
    }

    /// Pays other collateral into an account.
    public entry fun deposit_collateral(payer: &signer, account: address, asset: u64, amount: u64) acquires Account, Venue {
        let venue = &mut Venue[@derivatives];
        let metadata = object::address_to_object<Metadata>(venue.assets[asset].metadata);
        let received = collect(venue, payer, metadata, amount);
        let kind = &mut venue.assets[asset];
        assert!(received <= kind.cap && kind.total <= kind.cap - received, E_COLLATERAL_CAP);
        kind.total += received;
        let a = &mut Account[account];
        let (found, at) = a.holdings.find(|h| h.asset == asset);
        if (found) {
            let holding = &mut a.holdings[at];
            holding.amount += received;
        } else {
            assert!(a.holdings.length() < HOLDINGS_MAX, E_COLLATERAL_CAP);
            a.holdings.push_back(Holding { asset, amount: received });
        };
        event::emit(Deposited { account, asset: metadata.object_address(), amount: received, cash: a.cash });
    }

    /// Sets what a delegate may do and until when; no permissions remove it. Delegates never withdraw.
    public entry fun set_delegate(owner: &signer, account: address, key: address, permissions: u8, until: u64) acquires Account {
        let a = &mut Account[account];
        assert!(a.owner == signer::address_of(owner), E_NOT_OWNER);
        let permissions = permissions & (TRADE | CANCEL | TRANSFER_INTERNAL);
        let (found, at) = a.delegates.find(|d| d.key == key);
        if (found) { a.delegates.remove(at); };
        if (permissions != 0) {
            assert!(a.delegates.length() < DELEGATES_MAX, E_NO_PERMISSION);
            a.delegates.push_back(Delegate { key, permissions, until });
        };
        event::emit(DelegateSet { account, delegate: key, permissions, until });
    }

    #[view]
    /// Where the owner's subaccount lies.
    public fun address_of(owner: address, index: u8): address { object::create_object_address(&owner, seed(index)) }

    #[view]
    /// Cash, signed.
    public fun cash(account: address): I128 acquires Account { Account[account].cash }

    #[view]
    /// Whose account it is.
    public fun owner(account: address): address acquires Account { Account[account].owner }

    #[view]
    /// Insurance fund and treasury.
    public fun funds(): (I128, I128) acquires Funds {
        let funds = &Funds[@derivatives];
        (funds.insurance, funds.treasury)
    }

    #[view]
    /// Tokens of the settlement currency in custody.
    public fun custody_balance(): u64 acquires Venue {
        let venue = &Venue[@derivatives];
        primary_fungible_store::balance(venue.custody.address_from_extend_ref(), venue.currency)
    }

    #[view]
    /// Markets that the account has a position or an order in.
    public fun markets(account: address): vector<address> acquires Account { Account[account].markets }

    #[view]
    /// Whether it is margined as a portfolio.
    public fun is_portfolio(account: address): bool acquires Account { Account[account].portfolio }

    /// Trading permission.
    public fun trade(): u8 { TRADE }

    /// Cancelling permission.
    public fun cancelling(): u8 { CANCEL }

    /// Transferring permission.
    public fun transferring(): u8 { TRANSFER_INTERNAL }

    /// Aborts unless the caller owns the account or has the permission.
    package fun authorize(caller: &signer, account: address, permission: u8) acquires Account {
        let a = &Account[account];
        let who = signer::address_of(caller);
        if (a.owner == who) return;
        let (found, at) = a.delegates.find(|d| d.key == who);
        assert!(found, E_NOT_OWNER);
        let d = &a.delegates[at];
        assert!(d.permissions & permission != 0, E_NO_PERMISSION);
        assert!(timestamp::now_seconds() < d.until, E_DELEGATE_EXPIRED);
    }

    /// Aborts unless the caller owns the account.
    package fun authorize_owner(caller: &signer, account: address) acquires Account {
        assert!(Account[account].owner == signer::address_of(caller), E_NOT_OWNER);
    }

    /// Adds to the account's cash, signed.
    package fun credit(account: address, amount: I128) acquires Account {
        if (amount.is_zero()) return;
        let a = &mut Account[account];
        a.cash = a.cash.add(amount);
    }

    /// Moves cash between two accounts of the same owner; the caller checks health.
    package fun transfer(from: address, to: address, amount: u64) acquires Account {
        let moved = int128::from((amount as u128));
        assert!(Account[from].owner == Account[to].owner, E_NOT_OWNER);
        credit(from, moved.negate());
        credit(to, moved);
        event::emit(Transferred { from, to, amount, from_cash: Account[from].cash, to_cash: Account[to].cash });
    }

    /// Pays cash out to the owner; the caller checks health.
    package fun pay_out(account: address, amount: u64) acquires Account, Venue {
        let a = &mut Account[account];
        a.cash = a.cash.sub(int128::from((amount as u128)));
        assert!(!a.cash.is_negative(), E_WITHDRAW_LIMIT);
        let venue = &Venue[@derivatives];
        let custody = venue.custody.generate_signer_for_extending();
        primary_fungible_store::transfer(&custody, venue.currency, a.owner, amount);
        event::emit(Withdrawn { account, asset: venue.currency.object_address(), amount, cash: a.cash });
    }

    /// Pays other collateral out to the owner; the caller checks health.
    package fun pay_out_collateral(account: address, asset: u64, amount: u64) acquires Account, Venue {
        let a = &mut Account[account];
        let (found, at) = a.holdings.find(|h| h.asset == asset);
        assert!(found && a.holdings[at].amount >= amount, E_WITHDRAW_LIMIT);
        let holding = &mut a.holdings[at];
        holding.amount -= amount;
        if (holding.amount == 0) { a.holdings.remove(at); };
        let venue = &mut Venue[@derivatives];
        let kind = &mut venue.assets[asset];
        kind.total -= amount;
        let metadata = object::address_to_object<Metadata>(kind.metadata);
        let custody = venue.custody.generate_signer_for_extending();
        primary_fungible_store::transfer(&custody, metadata, a.owner, amount);
        event::emit(Withdrawn { account, asset: metadata.object_address(), amount, cash: a.cash });
    }

    /// Notes that the account takes part in a market.
    package fun enter(account: address, market: address) acquires Account {
        let markets = &mut Account[account].markets;
        if (markets.contains(&market)) return;
        assert!(markets.length() < MARKETS_MAX, E_LIMIT_POSITIONS);
        markets.push_back(market);
    }

    /// Notes that the account has left a market.
    package fun leave(account: address, market: address) acquires Account {
        let markets = &mut Account[account].markets;
        let (found, at) = markets.index_of(&market);
        if (found) { markets.swap_remove(at); };
    }

    /// Sets how the account is margined.
    package fun set_portfolio(account: address, portfolio: bool) acquires Account { Account[account].portfolio = portfolio; }

    /// Marks the account as being liquidated, or not.
    package fun set_in_liquidation(account: address, flag: bool) acquires Account {
        let a = &mut Account[account];
        if (a.in_liquidation != flag) a.in_liquidation = flag;
    }

    /// Whether the account is being liquidated.
    public fun is_in_liquidation(account: address): bool acquires Account { Account[account].in_liquidation }

    /// Amounts of collateral with their terms: amount, decimals, weights, feed.
    package fun holdings(account: address): (vector<u64>, vector<u8>, vector<u64>, vector<u64>, vector<address>) acquires Account, Venue {
        let (amounts, decimals, im, mm, feeds) = (vector[], vector[], vector[], vector[], vector[]);
        let held = &Account[account].holdings;
        if (held.is_empty()) return (amounts, decimals, im, mm, feeds);
        let assets = &Venue[@derivatives].assets;
        held.for_each_ref(|h| {
            let asset = &assets[h.asset];
            amounts.push_back(h.amount);
            decimals.push_back(asset.decimals);
            im.push_back(asset.im_weight);
            mm.push_back(asset.mm_weight);
            feeds.push_back(asset.feed);
        });
        (amounts, decimals, im, mm, feeds)
    }

    /// Adds to the insurance fund, signed.
    package fun insure(amount: I128) acquires Funds {
        let funds = &mut Funds[@derivatives];
        funds.insurance = funds.insurance.add(amount);
        event::emit(InsuranceChanged { insurance: funds.insurance, treasury: funds.treasury });
    }

    /// Adds to the treasury.
    package fun collect_treasury(amount: I128) acquires Funds {
        let funds = &mut Funds[@derivatives];
        funds.treasury = funds.treasury.add(amount);
        event::emit(InsuranceChanged { insurance: funds.insurance, treasury: funds.treasury });
    }

    fun collect(venue: &Venue, payer: &signer, metadata: Object<Metadata>, amount: u64): u64 {
        let at = venue.custody.address_from_extend_ref();
        let before = primary_fungible_store::balance(at, metadata);
        primary_fungible_store::transfer(payer, metadata, at, amount);
        primary_fungible_store::balance(at, metadata) - before
    }

    fun seed(index: u8): vector<u8> {
        let seed = b"derivatives::account";
        seed.push_back(index);
        seed
    }
}
