// Packages are publications: what is for the package stays in its task.

//# publish
module 0x42::a {
    friend 0x42::b;
    public(friend) fun for_friend(): u64 { 1 }
    fun own(): u64 { 3 }
}
module 0x42::b { public fun f(): u64 { 0x42::a::for_friend() } }

//# run 0x42::b::f

//# publish
module 0x42::c { public fun f(): u64 { 0x42::a::for_friend() } }

//# publish
module 0x42::e { public fun f(): u64 { 0x42::a::own() } }

//# publish
module 0x43::x { public(package) fun f(): u64 { 5 } }
module 0x43::y { public fun g(): u64 { 0x43::x::f() } }

//# run 0x43::y::g

//# publish
module 0x43::z { public fun f(): u64 { 0x43::x::f() } }

// The machine does not ask who may call.
//# run 0x42::a::own
