/// A coin in two stores of one account. A transaction moves a part of it there and back. Without loops, which old
/// machines accept in one arrangement only.
module 0xbe::coin {
    struct Coin<phantom Currency> has store { value: u64 }
    struct Store<phantom Currency> has key { coin: Coin<Currency>, received: u64, frozen: bool }
    struct Vault<phantom Currency> has key { coin: Coin<Currency>, received: u64, frozen: bool }
    struct Gold {}

    fun withdraw<C>(coin: &mut Coin<C>, amount: u64): Coin<C> {
        assert!(coin.value >= amount, 1);
        coin.value = coin.value - amount;
        Coin<C> { value: amount }
    }

    fun deposit<C>(coin: &mut Coin<C>, more: Coin<C>) {
        let Coin { value } = more;
        coin.value = coin.value + value;
    }

    fun pay<C>(who: address, amount: u64) acquires Store, Vault {
        let from = borrow_global_mut<Store<C>>(who);
        assert!(!from.frozen, 2);
        let part = withdraw(&mut from.coin, amount);
        let to = borrow_global_mut<Vault<C>>(who);
        assert!(!to.frozen, 2);
        to.received = to.received + amount;
        deposit(&mut to.coin, part);
    }

    fun pay_back<C>(who: address, amount: u64) acquires Store, Vault {
        let from = borrow_global_mut<Vault<C>>(who);
        assert!(!from.frozen, 2);
        let part = withdraw(&mut from.coin, amount);
        let to = borrow_global_mut<Store<C>>(who);
        assert!(!to.frozen, 2);
        to.received = to.received + amount;
        deposit(&mut to.coin, part);
    }

    public fun setup(s: signer, _n: u64): u64 {
        move_to(&s, Store<Gold> { coin: Coin { value: 1000000 }, received: 0, frozen: false });
        move_to(&s, Vault<Gold> { coin: Coin { value: 0 }, received: 0, frozen: false });
        0
    }

    fun repeat(who: address, n: u64) acquires Store, Vault {
        if (n > 0) {
            pay<Gold>(who, 1000 + n);
            pay_back<Gold>(who, 1000 + n);
            repeat(who, n - 1);
        }
    }

    /// `n` payments there and back.
    public fun transact(s: signer, n: u64): u64 acquires Store, Vault {
        let who = 0x1::signer::address_of(&s);
        repeat(who, n);
        borrow_global<Store<Gold>>(who).coin.value
    }
}
