/// Shares in a pool of coins: who put in how much, whatever the pool earns or loses meanwhile.
///
/// Amounts are rounded down, in favour of those who stay.
module aptos_std::pool_u64 {
    use std::error;
    use aptos_std::math64;
    use aptos_std::simple_map::{Self, SimpleMap};

    /// The address has no shares.
    const ESHAREHOLDER_NOT_FOUND: u64 = 1;
    /// The pool has as many shareholders as it may.
    const ETOO_MANY_SHAREHOLDERS: u64 = 2;
    /// Only a pool without coins and shares can be destroyed.
    const EPOOL_IS_NOT_EMPTY: u64 = 3;
    /// The shareholder has fewer shares.
    const EINSUFFICIENT_SHARES: u64 = 4;
    /// The shareholder would have more shares than can be counted.
    const ESHAREHOLDER_SHARES_OVERFLOW: u64 = 5;
    /// The pool would have more coins than can be counted.
    const EPOOL_TOTAL_COINS_OVERFLOW: u64 = 6;
    /// The pool would have more shares than can be counted.
    const EPOOL_TOTAL_SHARES_OVERFLOW: u64 = 7;

    const MAX_U64: u64 = 18446744073709551615;

    /// `total_shares` is the sum of `shares`, whose keys are `shareholders`.
    struct Pool has store {
        shareholders_limit: u64,
        total_coins: u64,
        total_shares: u64,
        shares: SimpleMap<address, u64>,
        shareholders: vector<address>,
        /// Shares of the first coin: more of them round less.
        scaling_factor: u64
    }

    /// A pool without coins, one share per first coin.
    public fun new(shareholders_limit: u64): Pool {
        create_with_scaling_factor(shareholders_limit, 1)
    }

    #[deprecated]
    /// The old name of `new`.
    public fun create(shareholders_limit: u64): Pool {
        new(shareholders_limit)
    }

    /// A pool without coins.
    public fun create_with_scaling_factor(shareholders_limit: u64, scaling_factor: u64): Pool {
        Pool {
            shareholders_limit,
            total_coins: 0,
            total_shares: 0,
            shares: simple_map::new(),
            shareholders: vector[],
            scaling_factor
        }
    }

    /// Ends the life of a pool without coins.
    public fun destroy_empty(self: Pool) {
        assert!(self.total_coins == 0, error::invalid_state(EPOOL_IS_NOT_EMPTY));
        let Pool { shareholders_limit: _, total_coins: _, total_shares: _, shares: _, shareholders: _, scaling_factor: _ } = self;
    }

    /// Coins in the pool.
    public fun total_coins(self: &Pool): u64 {
        self.total_coins
    }

    /// Shares of all.
    public fun total_shares(self: &Pool): u64 {
        self.total_shares
    }

    /// Whether the address has shares.
    public fun contains(self: &Pool, shareholder: address): bool {
        self.shares.contains_key(&shareholder)
    }

    /// Shares of the address.
    public fun shares(self: &Pool, shareholder: address): u64 {
        if (self.contains(shareholder)) *self.shares.borrow(&shareholder) else 0
    }

    /// What the shares of the address are worth.
    public fun balance(self: &Pool, shareholder: address): u64 {
        self.shares_to_amount(self.shares(shareholder))
    }

    /// All who have shares.
    public fun shareholders(self: &Pool): vector<address> {
        self.shareholders
    }

    /// How many have shares.
    public fun shareholders_count(self: &Pool): u64 {
        self.shareholders.length()
    }

    /// The pool earned or lost.
    public fun update_total_coins(self: &mut Pool, new_total_coins: u64) {
        self.total_coins = new_total_coins;
    }

    /// Puts coins in; returns the shares that they are worth.
    public fun buy_in(self: &mut Pool, shareholder: address, coins_amount: u64): u64 {
        if (coins_amount == 0) return 0;
        let new_shares = self.amount_to_shares(coins_amount);
        assert!(MAX_U64 - self.total_coins >= coins_amount, error::invalid_argument(EPOOL_TOTAL_COINS_OVERFLOW));
        assert!(MAX_U64 - self.total_shares >= new_shares, EPOOL_TOTAL_SHARES_OVERFLOW);
        self.total_coins += coins_amount;
        self.total_shares += new_shares;
        add_shares(self, shareholder, new_shares);
        new_shares
    }

    /// Takes coins out for shares; returns how many.
    public fun redeem_shares(self: &mut Pool, shareholder: address, shares_to_redeem: u64): u64 {
        assert!(self.contains(shareholder), error::invalid_argument(ESHAREHOLDER_NOT_FOUND));
        assert!(self.shares(shareholder) >= shares_to_redeem, error::invalid_argument(EINSUFFICIENT_SHARES));
        if (shares_to_redeem == 0) return 0;
        let coins = self.shares_to_amount(shares_to_redeem);
        self.total_coins -= coins;
        self.total_shares -= shares_to_redeem;
        take_shares(self, shareholder, shares_to_redeem);
        coins
    }

    /// Moves shares from one to another.
    public fun transfer_shares(
        self: &mut Pool, shareholder_1: address, shareholder_2: address, shares_to_transfer: u64
    ) {
        assert!(self.contains(shareholder_1), error::invalid_argument(ESHAREHOLDER_NOT_FOUND));
        assert!(self.shares(shareholder_1) >= shares_to_transfer, error::invalid_argument(EINSUFFICIENT_SHARES));
        if (shares_to_transfer == 0) return;
        take_shares(self, shareholder_1, shares_to_transfer);
        add_shares(self, shareholder_2, shares_to_transfer);
    }

    /// The shares that coins would buy.
    public fun amount_to_shares(self: &Pool, coins_amount: u64): u64 {
        self.amount_to_shares_with_total_coins(coins_amount, self.total_coins)
    }

    /// The shares that coins would buy if the pool had `total_coins`.
    public fun amount_to_shares_with_total_coins(self: &Pool, coins_amount: u64, total_coins: u64): u64 {
        if (self.total_coins == 0 || self.total_shares == 0) {
            coins_amount * self.scaling_factor
        } else {
            self.multiply_then_divide(coins_amount, self.total_shares, total_coins)
        }
    }

    /// The coins that shares are worth.
    public fun shares_to_amount(self: &Pool, shares: u64): u64 {
        self.shares_to_amount_with_total_coins(shares, self.total_coins)
    }

    /// The coins that shares would be worth if the pool had `total_coins`.
    public fun shares_to_amount_with_total_coins(self: &Pool, shares: u64, total_coins: u64): u64 {
        if (self.total_coins == 0 || self.total_shares == 0) 0
        else self.multiply_then_divide(shares, total_coins, self.total_shares)
    }

    /// `x * y / z`.
    public fun multiply_then_divide(self: &Pool, x: u64, y: u64, z: u64): u64 {
        let _ = self;
        math64::mul_div(x, y, z)
    }

    fun add_shares(pool: &mut Pool, shareholder: address, new_shares: u64) {
        if (pool.contains(shareholder)) {
            let present = pool.shares.borrow_mut(&shareholder);
            assert!(MAX_U64 - *present >= new_shares, error::invalid_argument(ESHAREHOLDER_SHARES_OVERFLOW));
            *present += new_shares;
        } else if (new_shares > 0) {
            assert!(
                pool.shareholders.length() < pool.shareholders_limit,
                error::invalid_state(ETOO_MANY_SHAREHOLDERS)
            );
            pool.shareholders.push_back(shareholder);
            pool.shares.add(shareholder, new_shares);
        }
    }

    fun take_shares(pool: &mut Pool, shareholder: address, count: u64) {
        let present = pool.shares.borrow_mut(&shareholder);
        *present -= count;
        if (*present == 0) {
            let (_, at) = pool.shareholders.index_of(&shareholder);
            pool.shareholders.remove(at);
            pool.shares.remove(&shareholder);
        }
    }

    #[test_only]
    /// Forgets a pool.
    public fun destroy_pool(self: Pool) {
        let Pool { shareholders_limit: _, total_coins: _, total_shares: _, shares: _, shareholders: _, scaling_factor: _ } = self;
    }
}
