/// A number for every account, which only that account moves.
///
/// The smallest program that does what programs on a chain do: it keeps something (`Counter`), changes it when asked by a
/// transaction (`increment`), tells the world (`Incremented`), and answers questions (`count`).
module counter::counter {
    use std::error;
    use std::signer;
    use aptos_framework::event;

    /// The account has no counter: it never incremented one.
    const ECOUNTER_NOT_FOUND: u64 = 1;
    /// One step is at least 1.
    const ESTEP_ZERO: u64 = 2;

    /// An account's counter. `key` lets it stand in storage, at the address of its account and nowhere else.
    struct Counter has key {
        count: u64
    }

    #[event]
    /// An account's counter moved.
    struct Incremented has drop, store {
        account: address,
        count: u64
    }

    /// Moves the signer's counter by 1. The first time makes it.
    public entry fun increment(account: &signer) {
        add(account, 1);
    }

    /// Moves the signer's counter by `step`.
    public entry fun add(account: &signer, step: u64) {
        assert!(step > 0, error::invalid_argument(ESTEP_ZERO));
        let addr = signer::address_of(account);
        if (!exists<Counter>(addr)) {
            move_to(account, Counter { count: 0 });
        };
        let counter = &mut Counter[addr];
        // Aborts rather than start again from 0.
        counter.count += step;
        event::emit(Incremented { account: addr, count: counter.count });
    }

    /// Moves the counters of two signers by 1, or neither's.
    public entry fun increment_both(first: &signer, second: &signer) {
        add(first, 1);
        add(second, 1);
    }

    /// Removes the signer's counter.
    public entry fun reset(account: &signer) {
        let addr = signer::address_of(account);
        assert!(exists<Counter>(addr), error::not_found(ECOUNTER_NOT_FOUND));
        let Counter { count: _ } = move_from<Counter>(addr);
    }

    #[view]
    /// How far an account has counted; 0 if it never did.
    public fun count(account: address): u64 {
        if (exists<Counter>(account)) Counter[account].count else 0
    }
}
