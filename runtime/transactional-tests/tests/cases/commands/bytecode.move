//# print-bytecode
script {
    fun main(x: u64) { assert!(x > 1, 3); }
}

//# print-bytecode --input module
module 0x42::m {
    struct S has drop { x: u64 }
    public fun x(s: &S): u64 { s.x }
}

//# print-bytecode
module 0x42::m {}
