/// Rights that an account creates, hands out for the length of a call, and delegates to other accounts.
///
/// `Feature` is a type of the module that guards something; whoever holds a `Cap<Feature>` may pass.
module aptos_std::capability {
    use std::error;
    use std::signer;

    /// The account created the right before.
    const ECAPABILITY_ALREADY_EXISTS: u64 = 1;
    /// The account has the right neither itself nor delegated.
    const ECAPABILITY_NOT_FOUND: u64 = 2;
    /// The right was delegated to the account before.
    const EDELEGATE: u64 = 3;

    /// The right, to be copied freely.
    struct Cap<phantom Feature> has copy, drop {
        root: address
    }

    /// The right, to be passed on but not copied.
    struct LinearCap<phantom Feature> has drop {
        root: address
    }

    /// At the account that created the right: to whom it is delegated.
    struct CapState<phantom Feature> has key {
        delegates: vector<address>
    }

    /// At an account to which the right is delegated: who created it.
    struct CapDelegateState<phantom Feature> has key {
        root: address
    }

    /// Creates the right at the signer's account, once.
    public fun create<Feature>(owner: &signer, _feature_witness: &Feature) {
        let addr = signer::address_of(owner);
        assert!(!exists<CapState<Feature>>(addr), error::already_exists(ECAPABILITY_ALREADY_EXISTS));
        move_to<CapState<Feature>>(owner, CapState { delegates: vector[] });
    }

    /// The right of the signer, its own or delegated.
    public fun acquire<Feature>(
        requester: &signer, _feature_witness: &Feature
    ): Cap<Feature> acquires CapState, CapDelegateState {
        Cap<Feature> { root: root_of<Feature>(requester) }
    }

    /// The right of the signer, its own or delegated.
    public fun acquire_linear<Feature>(
        requester: &signer, _feature_witness: &Feature
    ): LinearCap<Feature> acquires CapState, CapDelegateState {
        LinearCap<Feature> { root: root_of<Feature>(requester) }
    }

    /// Who created the right.
    public fun root_addr<Feature>(self: Cap<Feature>, _feature_witness: &Feature): address {
        self.root
    }

    /// Who created the right.
    public fun linear_root_addr<Feature>(self: LinearCap<Feature>, _feature_witness: &Feature): address {
        self.root
    }

    /// Delegates the right to another account, unless it is.
    public fun delegate<Feature>(
        self: Cap<Feature>, _feature_witness: &Feature, to: &signer
    ) acquires CapState {
        let addr = signer::address_of(to);
        if (exists<CapDelegateState<Feature>>(addr)) return;
        move_to(to, CapDelegateState<Feature> { root: self.root });
        let delegates = &mut borrow_global_mut<CapState<Feature>>(self.root).delegates;
        assert!(!delegates.contains(&addr), error::invalid_state(EDELEGATE));
        delegates.push_back(addr);
    }

    /// Takes a delegated right back, if there is one.
    public fun revoke<Feature>(
        self: Cap<Feature>, _feature_witness: &Feature, from: address
    ) acquires CapState, CapDelegateState {
        if (!exists<CapDelegateState<Feature>>(from)) return;
        let CapDelegateState { root: _ } = move_from<CapDelegateState<Feature>>(from);
        let delegates = &mut borrow_global_mut<CapState<Feature>>(self.root).delegates;
        let (found, at) = delegates.index_of(&from);
        assert!(found, error::invalid_state(EDELEGATE));
        delegates.remove(at);
    }

    fun root_of<Feature>(requester: &signer): address acquires CapState, CapDelegateState {
        let addr = signer::address_of(requester);
        if (exists<CapDelegateState<Feature>>(addr)) {
            let root = borrow_global<CapDelegateState<Feature>>(addr).root;
            assert!(
                exists<CapState<Feature>>(root)
                    && borrow_global<CapState<Feature>>(root).delegates.contains(&addr),
                error::not_found(ECAPABILITY_NOT_FOUND)
            );
            root
        } else {
            assert!(exists<CapState<Feature>>(addr), error::not_found(ECAPABILITY_NOT_FOUND));
            addr
        }
    }
}
