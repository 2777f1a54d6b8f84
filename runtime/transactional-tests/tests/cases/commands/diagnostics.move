// Positions are those of the file.

//# publish
module 0x42::m {
    public fun f(): u64 {
        true
    }
    public fun g(x: u64): bool {
        y
    }
}

//# run
script {
    fun main() {
        let x: u64 = b"";
    }
}

//# publish
module 0x42::m {
    struct R {}
    fun leaks() { let _r = R {}; }
    fun
}
