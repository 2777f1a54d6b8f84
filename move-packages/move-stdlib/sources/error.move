/// Abort codes that say what kind of failure happened: category in bits 16 to 23, reason in the 16 bits below.
///
/// A module numbers its reasons from 1 and aborts with `error::not_found(EACCOUNT)`; clients act on the category and show
/// the reason.
module std::error {
    /// The caller passed a value that is never valid.
    const INVALID_ARGUMENT: u64 = 0x1;
    /// The caller passed a value outside its valid range.
    const OUT_OF_RANGE: u64 = 0x2;
    /// The state does not allow the operation.
    const INVALID_STATE: u64 = 0x3;
    /// The transaction lacks a valid signature or key.
    const UNAUTHENTICATED: u64 = 0x4;
    /// The signer may not do this.
    const PERMISSION_DENIED: u64 = 0x5;
    /// What the caller named does not exist.
    const NOT_FOUND: u64 = 0x6;
    /// Two operations collided.
    const ABORTED: u64 = 0x7;
    /// What the caller wants to create exists.
    const ALREADY_EXISTS: u64 = 0x8;
    /// A limit or quota is used up.
    const RESOURCE_EXHAUSTED: u64 = 0x9;
    // 0xA is CANCELLED, for callers that stop what they began; no function here makes it.
    /// A fault of the program itself.
    const INTERNAL: u64 = 0xB;
    /// The feature does not exist.
    const NOT_IMPLEMENTED: u64 = 0xC;
    /// The service is not available for now.
    const UNAVAILABLE: u64 = 0xD;

    /// The abort code of `reason` in `category`.
    public fun canonical(category: u64, reason: u64): u64 {
        (category << 16) + reason
    }

    /// The caller passed a value that is never valid.
    public fun invalid_argument(r: u64): u64 {
        canonical(INVALID_ARGUMENT, r)
    }

    /// The caller passed a value outside its valid range.
    public fun out_of_range(r: u64): u64 {
        canonical(OUT_OF_RANGE, r)
    }

    /// The state does not allow the operation.
    public fun invalid_state(r: u64): u64 {
        canonical(INVALID_STATE, r)
    }

    /// The transaction lacks a valid signature or key.
    public fun unauthenticated(r: u64): u64 {
        canonical(UNAUTHENTICATED, r)
    }

    /// The signer may not do this.
    public fun permission_denied(r: u64): u64 {
        canonical(PERMISSION_DENIED, r)
    }

    /// What the caller named does not exist.
    public fun not_found(r: u64): u64 {
        canonical(NOT_FOUND, r)
    }

    /// Two operations collided.
    public fun aborted(r: u64): u64 {
        canonical(ABORTED, r)
    }

    /// What the caller wants to create exists.
    public fun already_exists(r: u64): u64 {
        canonical(ALREADY_EXISTS, r)
    }

    /// A limit or quota is used up.
    public fun resource_exhausted(r: u64): u64 {
        canonical(RESOURCE_EXHAUSTED, r)
    }

    /// A fault of the program itself.
    public fun internal(r: u64): u64 {
        canonical(INTERNAL, r)
    }

    /// The feature does not exist.
    public fun not_implemented(r: u64): u64 {
        canonical(NOT_IMPLEMENTED, r)
    }

    /// The service is not available for now.
    public fun unavailable(r: u64): u64 {
        canonical(UNAVAILABLE, r)
    }
}
