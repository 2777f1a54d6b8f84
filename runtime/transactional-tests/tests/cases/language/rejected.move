// One mistake each.

//# publish
module 0x42::m { struct R {} fun f() { let r = R {}; } }

//# publish
module 0x42::m { fun f(): &u64 { let x = 1; &x } }

//# publish
module 0x42::m { fun f(v: vector<u64>) { let a = &mut v; let b = &v; a.push_back(1); b.length(); } }

//# publish
module 0x42::m { fun f(x: u64): u64 { if (x > 1) { 2 } } }

//# publish
module 0x42::m { enum E has drop { A, B } fun f(e: E): u64 { match (e) { A => 1 } } }

//# publish
module 0x42::m { fun f(x: u8) { x + 1u64; } }

//# publish
module 0x42::m { use 0x42::nowhere; }

//# publish
module 0x42::m { fun f(s: signer) { let a = s; let b = s; } }

//# publish
module 0x42::m { const C: u8 = 256; }

//# publish
module 0x42::m { fun f() { g(); } fun f() {} }
