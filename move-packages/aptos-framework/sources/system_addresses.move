/// Which addresses belong to the system: `0x0` is the machine itself, `0x1` the framework, `0x1` to `0xa` are reserved for
/// code that only the chain's admin changes.
module aptos_framework::system_addresses {
    use std::error;
    use std::signer;

    /// Only the core resources account may do this.
    const ENOT_CORE_RESOURCE_ADDRESS: u64 = 1;
    /// Only the machine itself may do this.
    const EVM: u64 = 2;
    /// Only the framework account may do this.
    const ENOT_APTOS_FRAMEWORK_ADDRESS: u64 = 3;
    /// Only accounts at reserved addresses may do this.
    const ENOT_FRAMEWORK_RESERVED_ADDRESS: u64 = 4;

    /// Aborts unless the signer is the core resources account.
    public fun assert_core_resource(account: &signer) {
        assert_core_resource_address(signer::address_of(account));
    }

    /// Aborts unless the address is that of core resources.
    public fun assert_core_resource_address(addr: address) {
        assert!(is_core_resource_address(addr), error::permission_denied(ENOT_CORE_RESOURCE_ADDRESS));
    }

    /// Whether the address is that of core resources.
    public fun is_core_resource_address(addr: address): bool {
        addr == @core_resources
    }

    /// Aborts unless the signer is the framework account.
    public fun assert_aptos_framework(account: &signer) {
        assert!(
            is_aptos_framework_address(signer::address_of(account)),
            error::permission_denied(ENOT_APTOS_FRAMEWORK_ADDRESS)
        );
    }

    /// Aborts unless the signer's address is reserved for the framework.
    public fun assert_framework_reserved_address(account: &signer) {
        assert_framework_reserved(signer::address_of(account));
    }

    /// Aborts unless the address is reserved for the framework.
    public fun assert_framework_reserved(addr: address) {
        assert!(
            is_framework_reserved_address(addr),
            error::permission_denied(ENOT_FRAMEWORK_RESERVED_ADDRESS)
        );
    }

    /// Whether the address lies in `0x1` to `0xa`.
    public fun is_framework_reserved_address(addr: address): bool {
        addr == @0x1
            || addr == @0x2
            || addr == @0x3
            || addr == @0x4
            || addr == @0x5
            || addr == @0x6
            || addr == @0x7
            || addr == @0x8
            || addr == @0x9
            || addr == @0xa
    }

    /// Whether the address is that of the framework.
    public fun is_aptos_framework_address(addr: address): bool {
        addr == @aptos_framework
    }

    /// Aborts unless the signer is the machine itself.
    public fun assert_vm(account: &signer) {
        assert!(is_vm(account), error::permission_denied(EVM));
    }

    /// Whether the signer is the machine itself.
    public fun is_vm(account: &signer): bool {
        is_vm_address(signer::address_of(account))
    }

    /// Whether the address is that of the machine itself.
    public fun is_vm_address(addr: address): bool {
        addr == @vm_reserved
    }

    /// Whether the address is that of the framework or of the machine itself.
    public fun is_reserved_address(addr: address): bool {
        is_aptos_framework_address(addr) || is_vm_address(addr)
    }
}
