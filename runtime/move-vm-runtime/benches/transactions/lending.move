/// Borrowing against collateral: interest accrues on an index, health is checked, the loan is paid back. Without loops,
/// which old machines accept in one arrangement only.
module 0xbe::lending {
    struct Pool has key { cash: u128, borrowed_shares: u128, index: u128, rate: u128, updated: u64, reserve: u128 }
    struct Position has key { collateral: u128, shares: u128, price: u128, factor: u128 }

    fun accrue(pool: &mut Pool, now: u64) {
        let passed = ((now - pool.updated) as u128);
        let growth = pool.index * pool.rate * passed / 1000000000000;
        let interest = pool.borrowed_shares * growth / 1000000000000;
        pool.reserve = pool.reserve + interest / 10;
        pool.index = pool.index + growth;
        pool.updated = now;
    }

    fun debt(pool: &Pool, position: &Position): u128 {
        (position.shares * pool.index + 999999999999) / 1000000000000
    }

    fun healthy(pool: &Pool, position: &Position): bool {
        let value = position.collateral * position.price / 1000000000;
        debt(pool, position) <= value * position.factor / 10000
    }

    fun borrow(who: address, amount: u128, now: u64) acquires Pool, Position {
        let pool = borrow_global_mut<Pool>(who);
        accrue(pool, now);
        assert!(pool.cash >= amount, 1);
        let position = borrow_global_mut<Position>(who);
        let shares = (amount * 1000000000000 + pool.index - 1) / pool.index;
        position.shares = position.shares + shares;
        pool.borrowed_shares = pool.borrowed_shares + shares;
        pool.cash = pool.cash - amount;
        assert!(healthy(pool, position), 2);
    }

    fun repay(who: address, now: u64): u128 acquires Pool, Position {
        let pool = borrow_global_mut<Pool>(who);
        accrue(pool, now);
        let position = borrow_global_mut<Position>(who);
        let due = debt(pool, position);
        pool.cash = pool.cash + due;
        pool.borrowed_shares = pool.borrowed_shares - position.shares;
        position.shares = 0;
        due
    }

    public fun setup(s: signer, _n: u64): u64 {
        move_to(&s, Pool {
            cash: 1000000000000, borrowed_shares: 0, index: 1000000000000, rate: 31, updated: 100, reserve: 0,
        });
        move_to(&s, Position { collateral: 5000000000, shares: 0, price: 2000000000, factor: 7500 });
        0
    }

    fun repeat(who: address, n: u64, paid: u128): u128 acquires Pool, Position {
        if (n == 0) return paid;
        borrow(who, 1000000000 + (n as u128), 100);
        let more = repay(who, 100);
        repeat(who, n - 1, paid + more)
    }

    /// `n` loans, each paid back; the clock stands still, so that every transaction finds the pool alike.
    public fun transact(s: signer, n: u64): u64 acquires Pool, Position {
        let who = 0x1::signer::address_of(&s);
        (repeat(who, n, 0) as u64)
    }
}
