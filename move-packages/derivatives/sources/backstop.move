/// The backstop vault: depositors' pool that takes over what nobody else liquidates, and receives a share of the fees.
///
/// A deposit moves cash from an account into the vault's account for shares at the net value of that account; a withdrawal is
/// requested, waits a day, and is paid at the net value then, at most a fifth of the pool a day. Units: quote; shares as
/// `shares`, every division in favour of the pool. Invariant: shares are those of all holders and of the fees.
/// Rounds shares and assets down.
module derivatives::backstop {
    use aptos_framework::event;
    use aptos_framework::object::{Self, ExtendRef};
    use aptos_framework::timestamp;
    use aptos_std::table::{Self, Table};
    use derivatives::accounts;
    use derivatives::markets;
    use derivatives::oracle;
    use derivatives::risk;
    use derivatives::shares::{Self, Pool};
    use std::signer;
    use tenor_math::int128;

    /// Only governance may start the vault.
    const E_NOT_OWNER: u64 = 0x0201;
    /// More than the account has.
    const E_WITHDRAW_LIMIT: u64 = 0x0207;
    /// Fewer shares, or less cash, than the limit.
    const E_PRICE_BAND: u64 = 0x0306;
    /// There is no vault, or it is in the wrong state.
    const E_EPOCH_STATE: u64 = 0x0901;
    /// The request is too young, or today's withdrawals are used up.
    const E_COOLDOWN: u64 = 0x0902;

    const DAY: u64 = 86400;
    /// A fifth of the pool may leave in a day.
    const DAILY: u256 = 5;
    /// Positions count 0.5 % worse than their mark.
    const SPREAD: u128 = 5000000;

    /// The vault. `requested` sums up all requests; `today` and `asked` are shares that may leave today, and those asked for.
    struct Backstop has key {
        extend: ExtendRef,
        account: address,
        pool: Pool,
        holders: Table<address, Holder>,
        requested: u256,
        day: u64,
        today: u256,
        asked: u256,
    }

    /// A depositor: shares, and a request with its time.
    struct Holder has copy, drop, store { shares: u256, requested: u256, since: u64, paid_day: u64 }

    #[event]
    /// Cash came into the vault.
    struct VaultDeposit has drop, store { account: address, assets: u64, shares: u256 }

    #[event]
    /// Shares wait to be redeemed.
    struct VaultRequest has drop, store { account: address, shares: u256 }

    #[event]
    /// Cash left the vault.
    struct VaultRedeem has drop, store { account: address, assets: u128, shares: u256 }

    /// Starts the vault. Only governance, once.
    public entry fun start(admin: &signer) {
        assert!(signer::address_of(admin) == @derivatives, E_NOT_OWNER);
        let constructor = object::create_named_object(admin, b"derivatives::backstop");
        let owner = constructor.generate_signer();
        accounts::open(&owner, 0);
        let pool = shares::empty();
        // Fees count from now, not from the epoch.
        pool.accrue(timestamp::now_seconds());
        move_to(admin, Backstop {
            extend: constructor.generate_extend_ref(),
            account: accounts::address_of(signer::address_of(&owner), 0),
            pool,
            holders: table::new(),
            requested: 0,
            day: 0,
            today: 0,
            asked: 0,
        });
    }

    #[view]
    /// Whether there is a vault.
    public fun exists_pool(): bool { exists<Backstop>(@derivatives) }

    #[view]
    /// The vault's account.
    public fun account(): address {
        assert!(exists<Backstop>(@derivatives), E_EPOCH_STATE);
        Backstop[@derivatives].account
    }

    #[view]
    /// Assets as last valued, shares, high-water mark, fee shares.
    public fun state(): (u128, u256, u256, u256) { Backstop[@derivatives].pool.state() }

    #[view]
    /// Shares and requested shares of an account.
    public fun holder(account: address): (u256, u256) {
        let vault = &Backstop[@derivatives];
        if (!vault.holders.contains(account)) return (0, 0);
        let holder = vault.holders.borrow(account);
        (holder.shares, holder.requested)
    }

    /// Puts cash of an account into the vault for at least `min_shares`.
    public entry fun deposit(owner: &signer, account: address, amount: u64, min_shares: u256) {
        accounts::authorize_owner(owner, account);
        guard(owner);
        assert!((amount as u128) <= risk::health(account).withdrawable(), E_WITHDRAW_LIMIT);
        let vault = &mut Backstop[@derivatives];
        assert!(account != vault.account, E_NOT_OWNER);
        revalue(vault);
        let bought = vault.pool.deposit((amount as u128));
        assert!(bought >= min_shares, E_PRICE_BAND);
        accounts::credit(account, int128::new(true, (amount as u128)));
        accounts::credit(vault.account, int128::from((amount as u128)));
        if (!vault.holders.contains(account)) {
            vault.holders.add(account, Holder { shares: 0, requested: 0, since: 0, paid_day: 0 });
        };
        let holder = vault.holders.borrow_mut(account);
        holder.shares += bought;
        event::emit(VaultDeposit { account, assets: amount, shares: bought });
    }

    /// Asks for shares to be redeemed; a new request replaces the old one and waits anew.
    public entry fun request(owner: &signer, account: address, amount: u256) {
        accounts::authorize_owner(owner, account);
        let vault = &mut Backstop[@derivatives];
        assert!(vault.holders.contains(account), E_WITHDRAW_LIMIT);
        let holder = vault.holders.borrow_mut(account);
        assert!(amount <= holder.shares, E_WITHDRAW_LIMIT);
        vault.requested = vault.requested + amount - holder.requested;
        holder.requested = amount;
        holder.since = timestamp::now_seconds();
        event::emit(VaultRequest { account, shares: amount });
    }

    /// Pays a request that has waited a day, once a day: all of it, or its part of a fifth of the pool when more is asked for. At
    /// least `min_assets`.
    public entry fun redeem(owner: &signer, account: address, min_assets: u128) {
        accounts::authorize_owner(owner, account);
        guard(owner);
        let now = timestamp::now_seconds();
        let vault = &mut Backstop[@derivatives];
        assert!(vault.holders.contains(account), E_WITHDRAW_LIMIT);
        let holder = *vault.holders.borrow(account);
        assert!(holder.requested != 0 && now >= holder.since + DAY && holder.paid_day != now / DAY, E_COOLDOWN);
        revalue(vault);
        if (vault.day != now / DAY) {
            // What may leave today, and what is asked for it.
            vault.day = now / DAY;
            vault.today = vault.pool.total() / DAILY;
            vault.asked = vault.requested;
        };
        let burnt = if (vault.asked <= vault.today) holder.requested else holder.requested * vault.today / vault.asked;
        if (burnt > vault.today) { burnt = vault.today; };
        assert!(burnt != 0, E_COOLDOWN);
        let paid = vault.pool.redeem(burnt);
        assert!(paid >= min_assets, E_PRICE_BAND);
        let entry = vault.holders.borrow_mut(account);
        entry.shares -= burnt;
        entry.requested -= burnt;
        entry.paid_day = now / DAY;
        vault.requested -= burnt;
        accounts::credit(vault.account, int128::new(true, paid));
        accounts::credit(account, int128::from(paid));
        // The vault's own margin limits what may leave.
        assert!(!risk::health(vault.account).im().is_negative(), E_WITHDRAW_LIMIT);
        event::emit(VaultRedeem { account, assets: paid, shares: burnt });
    }

    /// Nobody trades shares at a price that he brought into the same block.
    fun guard(sender: &signer) {
        assert!(exists<Backstop>(@derivatives), E_EPOCH_STATE);
        accounts::markets(Backstop[@derivatives].account).for_each(|market| {
            oracle::guard(markets::feed(market), signer::address_of(sender))
        });
    }

    /// Sets the pool to the net value of its account, longs a little below and shorts a little above mark, and takes fees.
    fun revalue(vault: &mut Backstop) {
        vault.pool.revalue(risk::net_value(vault.account, SPREAD).positive_part());
        vault.pool.accrue(timestamp::now_seconds());
    }
}
