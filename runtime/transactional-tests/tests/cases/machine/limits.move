//# publish
module 0x42::l {
    struct Nest<T> has copy, drop, store { inner: T }
    public fun recurse(n: u64): u64 { if (n == 0) 0 else recurse(n - 1) + 1 }
    public fun nested(n: u64): vector<u8> {
        let x = Nest { inner: Nest { inner: Nest { inner: n } } };
        std::bcs::to_bytes(&x)
    }
    public fun long(n: u64): u64 {
        let v = vector[];
        for (i in 0..n) v.push_back(i);
        v.length()
    }
    public fun spins(n: u64) { while (n > 0) n -= 1 }
}

//# run 0x42::l::recurse --args 1000

//# run 0x42::l::recurse --args 5000

//# run 0x42::l::nested --args 7

//# run 0x42::l::long --args 10000

//# run 0x42::l::spins --gas-budget 10 --args 100

//# run 0x42::l::spins --gas-budget 10 --args 1000000000
