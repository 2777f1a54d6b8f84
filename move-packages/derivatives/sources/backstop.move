/// The backstop vault: depositors' pool that takes over what nobody else liquidates, and receives a share of the fees.
///
/// A deposit moves cash from an account into the vault's account for shares at the net value of that account; a withdrawal is
/// requested, waits a day, and is paid at the net value then, at most a fifth of the pool a day. Units: quote; shares as `shares`.
module derivatives::backstop {
    use aptos_framework::event;
    use aptos_framework::object::{Self, ExtendRef};
    use aptos_framework::timestamp;
    use aptos_std::table::{Self, Table};
    use derivatives::accounts;
    use derivatives::risk;
    use derivatives::shares::{Self, Pool};
    use std::signer;
    use tenor_math::int128;

    /// Only governance may start the vault.
    const E_NOT_OWNER: u64 = 0x0201;
    /// More than the account has.
    const E_WITHDRAW_LIMIT: u64 = 0x0207;
    /// There is no vault, or it is in the wrong state.
    const E_EPOCH_STATE: u64 = 0x0901;
    /// The request is too young, or today's withdrawals are used up.
    const E_COOLDOWN: u64 = 0x0902;

    const DAY: u64 = 86400;
    /// A fifth of the pool may leave in a day.
    const DAILY: u128 = 5;

    /// The vault.
    struct Backstop has key {
        extend: ExtendRef,
        account: address,
        pool: Pool,
        holders: Table<address, Holder>,
        day: u64,
        left_today: u128,
    }

    /// A depositor: shares, and a request with its time.
    struct Holder has copy, drop, store { shares: u256, requested: u256, since: u64 }

    #[event]
    /// Cash came into the vault.
    struct VaultDeposit has drop, store { account: address, assets: u64, shares: u256 }

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
            day: 0,
            left_today: 0,
        });
    }

    #[view]
    /// Whether there is a vault.
    public fun exists_pool(): bool { exists<Backstop>(@derivatives) }

    #[view]
    /// The vault's account.
    public fun account(): address acquires Backstop {
        assert!(exists<Backstop>(@derivatives), E_EPOCH_STATE);
        Backstop[@derivatives].account
    }

    #[view]
    /// Assets as last valued, shares, high-water mark, fee shares.
    public fun state(): (u128, u256, u256, u256) acquires Backstop { Backstop[@derivatives].pool.state() }

    #[view]
    /// Shares and requested shares of an account.
    public fun holder(account: address): (u256, u256) acquires Backstop {
        let vault = &Backstop[@derivatives];
        if (!vault.holders.contains(account)) return (0, 0);
        let holder = vault.holders.borrow(account);
        (holder.shares, holder.requested)
    }

    /// Puts cash of an account into the vault.
    public entry fun deposit(owner: &signer, account: address, amount: u64) acquires Backstop {
        accounts::authorize_owner(owner, account);
        assert!((amount as u128) <= risk::health(account).withdrawable(), E_WITHDRAW_LIMIT);
        let vault = &mut Backstop[@derivatives];
        revalue(vault);
        let bought = vault.pool.deposit((amount as u128));
        accounts::credit(account, int128::new(true, (amount as u128)));
        accounts::credit(vault.account, int128::from((amount as u128)));
        if (!vault.holders.contains(account)) {
            vault.holders.add(account, Holder { shares: 0, requested: 0, since: 0 });
        };
        let holder = vault.holders.borrow_mut(account);
        holder.shares += bought;
        event::emit(VaultDeposit { account, assets: amount, shares: bought });
    }

    /// Asks for shares to be redeemed; a new request replaces the old one and waits anew.
    public entry fun request(owner: &signer, account: address, amount: u256) acquires Backstop {
        accounts::authorize_owner(owner, account);
        let vault = &mut Backstop[@derivatives];
        assert!(vault.holders.contains(account), E_WITHDRAW_LIMIT);
        let holder = vault.holders.borrow_mut(account);
        assert!(amount <= holder.shares, E_WITHDRAW_LIMIT);
        holder.requested = amount;
        holder.since = timestamp::now_seconds();
    }

    /// Pays a request that has waited a day, as far as today's limit goes.
    public entry fun redeem(owner: &signer, account: address) acquires Backstop {
        accounts::authorize_owner(owner, account);
        let now = timestamp::now_seconds();
        let vault = &mut Backstop[@derivatives];
        assert!(vault.holders.contains(account), E_WITHDRAW_LIMIT);
        let holder = *vault.holders.borrow(account);
        assert!(holder.requested != 0 && now >= holder.since + DAY, E_COOLDOWN);
        revalue(vault);
        if (vault.day != now / DAY) {
            vault.day = now / DAY;
            vault.left_today = vault.pool.assets() / DAILY;
        };
        let burnt = holder.requested;
        let limit = vault.pool.shares_for(vault.left_today);
        if (limit < burnt) burnt = limit;
        assert!(burnt != 0, E_COOLDOWN);
        let paid = vault.pool.redeem(burnt);
        vault.left_today = if (paid < vault.left_today) vault.left_today - paid else 0;
        let entry = vault.holders.borrow_mut(account);
        entry.shares -= burnt;
        entry.requested -= burnt;
        accounts::credit(vault.account, int128::new(true, paid));
        accounts::credit(account, int128::from(paid));
        // The vault's own margin limits what may leave.
        assert!(!risk::health(vault.account).im().is_negative(), E_WITHDRAW_LIMIT);
        event::emit(VaultRedeem { account, assets: paid, shares: burnt });
    }

    /// Sets the pool to the net value of its account, and takes fees.
    fun revalue(vault: &mut Backstop) {
        vault.pool.revalue(risk::health(vault.account).equity().positive_part());
        vault.pool.accrue(timestamp::now_seconds());
    }
}
