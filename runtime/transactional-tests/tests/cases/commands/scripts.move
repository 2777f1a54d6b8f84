// Scripts see what was published before them.

//# publish
module 0x42::counter {
    struct Counter has key, store { count: u64, log: vector<u8>, owner: address }
    public fun create(s: &signer) {
        move_to(s, Counter { count: 0, log: vector[], owner: std::signer::address_of(s) });
    }
    public fun bump(at: address, by: u64) acquires Counter {
        let counter = &mut Counter[at];
        counter.count += by;
        counter.log.push_back((by as u8));
    }
}

//# run --signers 0x5
script {
    use 0x42::counter;
    fun main(s: signer) {
        counter::create(&s);
        counter::bump(@0x5, 3);
    }
}

//# view --address 0x5 --resource 0x42::counter::Counter

//# run --args 4 --type-args u8
script {
    fun main<T>(by: u64) {
        0x42::counter::bump(@0x5, by);
        0x42::counter::bump(@0x5, by);
    }
}

//# view --address 0x5 --resource 0x42::counter::Counter

//# run
script {
    fun main() { abort 12 }
}

//# run
script {
    fun main() { 0x42::counter::bump(@0x9, 1); }
}

//# run
module 0x42::no_script {}

//# view --address 0x6 --resource 0x42::counter::Counter
