/// Exchanging values in place, whatever their abilities.
module std::mem {
    /// Exchanges what the two references point at.
    public native fun swap<T>(left: &mut T, right: &mut T);

    /// Puts `new` where `ref` points and returns what was there.
    public fun replace<T>(ref: &mut T, new: T): T {
        swap(ref, &mut new);
        new
    }
}
