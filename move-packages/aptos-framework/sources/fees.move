/// Who receives the fees that blocks collect.
module aptos_framework::fees {
    use std::error;
    use std::signer;
    use aptos_framework::event;
    use aptos_framework::system_addresses;

    friend aptos_framework::genesis;
    friend aptos_framework::rollup;

    /// Only the chain's admin may do this.
    const ENOT_ADMIN: u64 = 1;

    /// The account that the next block credits with the fees of the one before; at `0x1`.
    struct Config has key {
        recipient: address
    }

    /// The chain's admin, as `rollup` keeps it, who asks this module what it may not depend on.
    struct Authority has key {
        admin: address
    }

    #[event]
    /// Fees go to another account.
    struct RecipientChanged has drop, store {
        old_recipient: address,
        new_recipient: address
    }

    /// Names the first recipient.
    public(friend) fun initialize(aptos_framework: &signer, admin: address, recipient: address) {
        system_addresses::assert_aptos_framework(aptos_framework);
        move_to(aptos_framework, Config { recipient });
        move_to(aptos_framework, Authority { admin });
    }

    #[view]
    /// Who receives fees.
    public fun recipient(): address acquires Config {
        borrow_global<Config>(@aptos_framework).recipient
    }

    /// Names another recipient. The signer is the chain's admin, or the framework on its behalf.
    public entry fun set_recipient(admin: &signer, recipient: address) acquires Authority, Config {
        let addr = signer::address_of(admin);
        assert!(
            addr == @aptos_framework || addr == borrow_global<Authority>(@aptos_framework).admin,
            error::permission_denied(ENOT_ADMIN)
        );
        let config = borrow_global_mut<Config>(@aptos_framework);
        event::emit(RecipientChanged { old_recipient: config.recipient, new_recipient: recipient });
        config.recipient = recipient;
    }

    /// Follows a change of admin.
    public(friend) fun set_admin(aptos_framework: &signer, admin: address) acquires Authority {
        system_addresses::assert_aptos_framework(aptos_framework);
        borrow_global_mut<Authority>(@aptos_framework).admin = admin;
    }
}
