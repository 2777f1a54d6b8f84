/// Whose authority a signer carries.
module std::signer {
    /// The signer's address.
    public native fun borrow_address(self: &signer): &address;

    /// A copy of the signer's address.
    public fun address_of(self: &signer): address {
        *borrow_address(self)
    }
}
