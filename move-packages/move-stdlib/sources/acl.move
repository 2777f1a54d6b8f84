/// A list of addresses without repetition.
module std::acl {
    use std::error;

    /// The address is in the list.
    const ECONTAIN: u64 = 0;
    /// The address is not in the list.
    const ENOT_CONTAIN: u64 = 1;

    /// The list.
    struct ACL has store, drop, copy {
        list: vector<address>
    }

    /// A list without addresses.
    public fun empty(): ACL {
        ACL { list: vector[] }
    }

    /// Adds an address. Aborts if it is there.
    public fun add(self: &mut ACL, addr: address) {
        assert!(!self.list.contains(&addr), error::invalid_argument(ECONTAIN));
        self.list.push_back(addr);
    }

    /// Takes an address out. Aborts if it is not there.
    public fun remove(self: &mut ACL, addr: address) {
        let (found, index) = self.list.index_of(&addr);
        assert!(found, error::invalid_argument(ENOT_CONTAIN));
        self.list.remove(index);
    }

    /// Whether the address is in the list.
    public fun contains(self: &ACL, addr: address): bool {
        self.list.contains(&addr)
    }

    /// Aborts unless the address is in the list.
    public fun assert_contains(self: &ACL, addr: address) {
        assert!(self.contains(addr), error::invalid_argument(ENOT_CONTAIN));
    }
}
