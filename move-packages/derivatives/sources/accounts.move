/// Accounts and what backs them: subaccounts with cash and collateral, delegates, and the one store that holds every token.
///
/// Units: cash and amounts of the settlement currency in its own smallest unit (6 decimals), signed; other collateral in its own.
/// Invariant: per asset, the tokens in custody are the sum of what accounts, pools and funds are credited with. Only `deposit` and
/// `withdraw` move tokens; trading moves cash between accounts.
/// Units: cash and amounts in the token's own decimals, weights with 9; nothing is rounded here.
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
    /// There is no such account, asset or market.
    const E_NOT_FOUND: u64 = 0x030a;
    /// The account exists already.
    const E_DUPLICATE: u64 = 0x030b;
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
    struct Venue has key { currency: Object<Metadata>, custody: ExtendRef, assets: vector<Asset>, guardians: vector<address> }

    /// A kind of collateral.
    struct Asset has copy, drop, store {
        metadata: address, feed: address, decimals: u8, im_weight: u64, mm_weight: u64, cap: u64, swap_discount: u64
    }

    /// Money of the venue itself.
    struct Funds has key { insurance: I128, treasury: I128 }

    /// A subaccount. `restricted` is the one market that it may enter, 0x0 for any.
    struct Account has key {
        owner: address,
        index: u8,
        delegates: vector<Delegate>,
        cash: I128,
        holdings: vector<Holding>,
        markets: vector<address>,
        restricted: address,
        portfolio: bool,
        in_liquidation: bool,
    }

    /// Someone who may act for the owner, and until when (seconds).
    struct Delegate has copy, drop, store { key: address, permissions: u8, until: u64 }

    /// Collateral of an account: which of the venue's assets, how much.
    struct Holding has copy, drop, store { asset: u64, amount: u64 }

    #[event]
    /// An account was opened.
    struct AccountOpened has drop, store { account: address, owner: address, index: u8, restricted: address }

    #[event]
    /// Cash changed otherwise than by a deposit, a withdrawal, a transfer or a fill.
    struct CashChanged has drop, store { account: address, change: I128, cash: I128 }

    #[event]
    /// Collateral moved between accounts, when it was sold in a liquidation.
    struct CollateralMoved has drop, store { from: address, to: address, asset: u64, amount: u64 }

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
        move_to(admin, Venue { currency, custody: custody.generate_extend_ref(), assets: vector[], guardians: vector[] });
        move_to(admin, Funds { insurance: int128::zero(), treasury: int128::zero() });
    }

    /// Lists a collateral asset. Only governance.
    public entry fun add_asset(
        admin: &signer, metadata: Object<Metadata>, feed: address, im_weight: u64, mm_weight: u64, cap: u64, swap_discount: u64
    ) {
        assert!(signer::address_of(admin) == @derivatives, E_NOT_OWNER);
        assert!(im_weight <= mm_weight && mm_weight <= RATE && swap_discount < RATE, E_PARAM_BOUNDS);
        let decimals = fungible_asset::decimals(metadata);
        assert!(decimals <= 18, E_PARAM_BOUNDS);
        let venue = &mut Venue[@derivatives];
        assert!(metadata != venue.currency && !venue.assets.any(|a| a.metadata == metadata.object_address()), E_PARAM_BOUNDS);
        venue.assets.push_back(
            Asset { metadata: metadata.object_address(), feed, decimals, im_weight, mm_weight, cap, swap_discount }
        );
    }

    /// Names a guardian, who may slow markets down, or takes the office back. Only governance.
    public entry fun set_guardian(admin: &signer, guardian: address, on: bool) {
        assert!(signer::address_of(admin) == @derivatives, E_NOT_OWNER);
        let guardians = &mut Venue[@derivatives].guardians;
        let (found, at) = guardians.index_of(&guardian);
        if (on && !found) guardians.push_back(guardian) else if (!on && found) { guardians.remove(at); }
    }

    /// Opens the owner's subaccount number `index`.
    public entry fun open(owner: &signer, index: u8) { create(owner, index, @0x0) }

    /// Opens a subaccount that may enter one market only: an isolated position, whose loss is limited to its own cash.
    public entry fun open_isolated(owner: &signer, index: u8, market: address) {
        assert!(market != @0x0, E_NOT_FOUND);
        create(owner, index, market)
    }

    fun create(owner: &signer, index: u8, restricted: address) {
        let at = address_of(signer::address_of(owner), index);
        assert!(!exists<Account>(at), E_DUPLICATE);
        let constructor = object::create_named_object(owner, seed(index));
        move_to(&constructor.generate_signer(), Account {
            owner: signer::address_of(owner), index, delegates: vector[], cash: int128::zero(), holdings: vector[],
            markets: vector[], restricted, portfolio: false, in_liquidation: false
        });
        event::emit(AccountOpened { account: at, owner: signer::address_of(owner), index, restricted });
    }

    /// Pays cash into an account. Anyone may. What is credited is what arrived.
    public entry fun deposit(payer: &signer, account: address, amount: u64) {
        assert!(exists<Account>(account), E_NOT_FOUND);
        let venue = &Venue[@derivatives];
        let (received, _) = collect(venue, payer, venue.currency, amount);
        let a = &mut Account[account];
        a.cash = a.cash.add(int128::from((received as u128)));
        event::emit(Deposited { account, asset: venue.currency.object_address(), amount: received, cash: a.cash });
    }

    /// Pays other collateral into an account. The venue's own holding says how much of the cap is used.
    public entry fun deposit_collateral(payer: &signer, account: address, asset: u64, amount: u64) {
        assert!(exists<Account>(account), E_NOT_FOUND);
        let venue = &Venue[@derivatives];
        assert!(asset < venue.assets.length(), E_NOT_FOUND);
        let kind = &venue.assets[asset];
        let metadata = object::address_to_object<Metadata>(kind.metadata);
        let (received, held) = collect(venue, payer, metadata, amount);
        assert!(held <= kind.cap, E_COLLATERAL_CAP);
        let a = &mut Account[account];
        add_holding(&mut a.holdings, asset, received);
        event::emit(Deposited { account, asset: metadata.object_address(), amount: received, cash: a.cash });
    }

    fun add_holding(holdings: &mut vector<Holding>, asset: u64, amount: u64) {
        if (amount == 0) return;
        let (found, at) = holdings.find(|h| h.asset == asset);
        if (found) {
            let holding = &mut holdings[at];
            holding.amount += amount;
        } else {
            assert!(holdings.length() < HOLDINGS_MAX, E_COLLATERAL_CAP);
            holdings.push_back(Holding { asset, amount });
        }
    }

    fun take_holding(holdings: &mut vector<Holding>, asset: u64, amount: u64) {
        if (amount == 0) return;
        let (found, at) = holdings.find(|h| h.asset == asset);
        assert!(found && holdings[at].amount >= amount, E_WITHDRAW_LIMIT);
        let holding = &mut holdings[at];
        holding.amount -= amount;
        if (holding.amount == 0) { holdings.remove(at); };
    }

    /// Sets what a delegate may do and until when; no permissions remove it. Delegates never withdraw.
    public entry fun set_delegate(owner: &signer, account: address, key: address, permissions: u8, until: u64) {
        authorize_owner(owner, account);
        let a = &mut Account[account];
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
    public fun cash(account: address): I128 { Account[account].cash }

    #[view]
    /// Whose account it is.
    public fun owner(account: address): address { Account[account].owner }

    #[view]
    /// Insurance fund and treasury.
    public fun funds(): (I128, I128) {
        let funds = &Funds[@derivatives];
        (funds.insurance, funds.treasury)
    }

    #[view]
    /// Tokens of the settlement currency in custody.
    public fun custody_balance(): u64 {
        let venue = &Venue[@derivatives];
        primary_fungible_store::balance(venue.custody.address_from_extend_ref(), venue.currency)
    }

    #[view]
    /// Markets that the account has a position or an order in.
    public fun markets(account: address): vector<address> { Account[account].markets }

    #[view]
    /// Whether it is margined as a portfolio.
    public fun is_portfolio(account: address): bool { Account[account].portfolio }

    /// Trading permission.
    public fun trade(): u8 { TRADE }

    /// Cancelling permission.
    public fun cancelling(): u8 { CANCEL }

    /// Transferring permission.
    public fun transferring(): u8 { TRANSFER_INTERNAL }

    /// Aborts unless the caller owns the account or has the permission.
    package fun authorize(caller: &signer, account: address, permission: u8) {
        assert!(exists<Account>(account), E_NOT_FOUND);
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
    package fun authorize_owner(caller: &signer, account: address) {
        assert!(exists<Account>(account), E_NOT_FOUND);
        assert!(Account[account].owner == signer::address_of(caller), E_NOT_OWNER);
    }

    /// Adds to the account's cash, signed, and tells.
    package fun credit(account: address, amount: I128) {
        if (amount.is_zero()) return;
        credit_quietly(account, amount);
        event::emit(CashChanged { account, change: amount, cash: Account[account].cash });
    }

    /// Pays a keeper's account, which must exist.
    package fun reward(account: address, amount: u128) {
        assert!(exists<Account>(account), E_NOT_FOUND);
        credit(account, int128::from(amount));
    }

    /// Adds to the account's cash, signed; the caller tells.
    package fun credit_quietly(account: address, amount: I128) {
        if (amount.is_zero()) return;
        let a = &mut Account[account];
        a.cash = a.cash.add(amount);
    }

    /// Moves cash between two accounts of the same owner; the caller checks health.
    package fun transfer(from: address, to: address, amount: u64) {
        let moved = int128::from((amount as u128));
        assert!(exists<Account>(to), E_NOT_FOUND);
        assert!(from != to && Account[from].owner == Account[to].owner, E_NOT_OWNER);
        credit_quietly(from, moved.negate());
        credit_quietly(to, moved);
        event::emit(Transferred { from, to, amount, from_cash: Account[from].cash, to_cash: Account[to].cash });
    }

    /// Pays cash out to the owner; the caller checks health.
    package fun pay_out(account: address, amount: u64) {
        let a = &mut Account[account];
        a.cash = a.cash.sub(int128::from((amount as u128)));
        assert!(!a.cash.is_negative(), E_WITHDRAW_LIMIT);
        let venue = &Venue[@derivatives];
        let custody = venue.custody.generate_signer_for_extending();
        primary_fungible_store::transfer(&custody, venue.currency, a.owner, amount);
        event::emit(Withdrawn { account, asset: venue.currency.object_address(), amount, cash: a.cash });
    }

    /// Pays other collateral out to the owner; the caller checks health.
    package fun pay_out_collateral(account: address, asset: u64, amount: u64) {
        let a = &mut Account[account];
        take_holding(&mut a.holdings, asset, amount);
        let venue = &Venue[@derivatives];
        let metadata = object::address_to_object<Metadata>(venue.assets[asset].metadata);
        let custody = venue.custody.generate_signer_for_extending();
        primary_fungible_store::transfer(&custody, metadata, a.owner, amount);
        event::emit(Withdrawn { account, asset: metadata.object_address(), amount, cash: a.cash });
    }

    /// Moves collateral from one account to another, which pays for it elsewhere.
    package fun move_collateral(from: address, to: address, asset: u64, amount: u64) {
        take_holding(&mut Account[from].holdings, asset, amount);
        add_holding(&mut Account[to].holdings, asset, amount);
        event::emit(CollateralMoved { from, to, asset, amount });
    }

    /// Notes that the account takes part in a market.
    package fun enter(account: address, market: address) {
        let a = &mut Account[account];
        assert!(a.restricted == @0x0 || a.restricted == market, E_NO_PERMISSION);
        let markets = &mut a.markets;
        if (markets.contains(&market)) return;
        assert!(markets.length() < MARKETS_MAX, E_LIMIT_POSITIONS);
        markets.push_back(market);
    }

    /// Whether `enter` would succeed.
    package fun may_enter(account: address, market: address): bool {
        let a = &Account[account];
        (a.restricted == @0x0 || a.restricted == market)
            && (a.markets.length() < MARKETS_MAX || a.markets.contains(&market))
    }

    /// Notes that the account has left a market.
    package fun leave(account: address, market: address) {
        let markets = &mut Account[account].markets;
        let (found, at) = markets.index_of(&market);
        if (found) { markets.swap_remove(at); };
    }

    /// Sets how the account is margined.
    package fun set_portfolio(account: address, portfolio: bool) { Account[account].portfolio = portfolio; }

    /// Marks the account as being liquidated, or not.
    package fun set_in_liquidation(account: address, flag: bool) {
        let a = &mut Account[account];
        if (a.in_liquidation != flag) a.in_liquidation = flag;
    }

    /// Whether there is such an account and it is being liquidated.
    public fun is_flagged(account: address): bool { exists<Account>(account) && Account[account].in_liquidation }

    /// Whether there is such an account.
    public fun is_account(account: address): bool { exists<Account>(account) }

    /// Whether the address may slow markets down.
    public fun is_guardian(who: address): bool { Venue[@derivatives].guardians.contains(&who) }

    /// The signer of the venue's own object, for resources of the venue that others create.
    package fun venue_signer(): signer { Venue[@derivatives].custody.generate_signer_for_extending() }

    #[view]
    /// Where the venue's own object lies.
    public fun venue_address(): address { object::create_object_address(&@derivatives, b"derivatives::custody") }

    #[view]
    /// Tokens of a collateral asset in custody.
    public fun collateral_custody(asset: u64): u64 {
        let venue = &Venue[@derivatives];
        let metadata = object::address_to_object<Metadata>(venue.assets[asset].metadata);
        primary_fungible_store::balance(venue.custody.address_from_extend_ref(), metadata)
    }

    #[view]
    /// Numbers and amounts of the collateral that an account holds.
    public fun holdings_of(account: address): (vector<u64>, vector<u64>) {
        let (assets, amounts) = (vector[], vector[]);
        Account[account].holdings.for_each_ref(|h| {
            assets.push_back(h.asset);
            amounts.push_back(h.amount);
        });
        (assets, amounts)
    }

    /// Feed, decimals and discount of an asset.
    package fun asset_terms(asset: u64): (address, u8, u64) {
        let assets = &Venue[@derivatives].assets;
        assert!(asset < assets.length(), E_NOT_FOUND);
        let kind = &assets[asset];
        (kind.feed, kind.decimals, kind.swap_discount)
    }

    #[view]
    /// Whether the account is being liquidated.
    public fun is_in_liquidation(account: address): bool { Account[account].in_liquidation }

    /// Amounts of collateral with their terms: amount, decimals, weights, feed.
    package fun holdings(account: address): (vector<u64>, vector<u8>, vector<u64>, vector<u64>, vector<address>) {
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
    package fun insure(amount: I128) {
        let funds = &mut Funds[@derivatives];
        funds.insurance = funds.insurance.add(amount);
        event::emit(InsuranceChanged { insurance: funds.insurance, treasury: funds.treasury });
    }

    /// Adds to the insurance fund and to the treasury.
    package fun share_out(insurance: I128, treasury: I128) {
        let funds = &mut Funds[@derivatives];
        funds.insurance = funds.insurance.add(insurance);
        funds.treasury = funds.treasury.add(treasury);
        event::emit(InsuranceChanged { insurance: funds.insurance, treasury: funds.treasury });
    }

    /// Takes tokens into custody: what arrived, and what is held now.
    fun collect(venue: &Venue, payer: &signer, metadata: Object<Metadata>, amount: u64): (u64, u64) {
        let at = venue.custody.address_from_extend_ref();
        let before = primary_fungible_store::balance(at, metadata);
        primary_fungible_store::transfer(payer, metadata, at, amount);
        let held = primary_fungible_store::balance(at, metadata);
        (held - before, held)
    }

    fun seed(index: u8): vector<u8> {
        let seed = b"derivatives::account";
        seed.push_back(index);
        seed
    }
}
