// Inline functions, lambdas and function values.

//# publish
module 0x42::f {
    public inline fun apply(x: u64, f: |u64| u64): u64 { f(x) }
    public fun inlined(): u64 {
        let base = 10;
        apply(5, |x| x + base)
    }
    public fun twice(f: |u64| u64 has copy + drop, x: u64): u64 { f(f(x)) }
    fun increment(x: u64): u64 { x + 1 }
    public fun values(): (u64, u64) {
        let k = 3;
        (twice(increment, 1), twice(|x| x * k, 2))
    }
    struct Held has key { f: |u64| u64 has copy + store + drop }
    public fun plus(k: u64, x: u64): u64 { x + k }
    public fun store(s: &signer) { let k = 100; move_to(s, Held { f: |x| plus(k, x) }); }
    public fun call(at: address, x: u64): u64 acquires Held { (Held[at].f)(x) }
    public fun folded(): u64 { vector[1, 2, 3, 4].fold(0, |sum, x| sum * 10 + x) }
    public fun early(): u64 {
        let v = vector[1, 2, 3];
        let found = 0;
        v.for_each(|x| if (x == 2) found = x * 50);
        found
    }
}

//# run 0x42::f::inlined

//# run 0x42::f::values

//# run 0x42::f::store --signers 0x9

//# run 0x42::f::call --args @0x9 5

//# run 0x42::f::folded

//# run 0x42::f::early
