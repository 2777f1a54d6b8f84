/// The chain's parameters and its admin.
///
/// The admin moves parameters within ranges, names the sequencer's key, the recipient of fees and the next admin, and upgrades
/// the framework compatibly. It cannot act as another account, make coins, or touch what is not the framework's. With the
/// admin `0x0` all of this stays as it is. Every change takes effect with the next block and leaves an event.
module aptos_framework::rollup {
    use std::bcs;
    use std::error;
    use std::signer;
    use std::string::String;
    use aptos_std::ed25519;
    use aptos_framework::code;
    use aptos_framework::create_signer::create_signer;
    use aptos_framework::event;
    use aptos_framework::fees;
    use aptos_framework::gas_schedule;
    use aptos_framework::large_packages;
    use aptos_framework::system_addresses;

    friend aptos_framework::genesis;

    /// Only the chain's admin may do this.
    const ENOT_ADMIN: u64 = 1;
    /// There is no parameter of that name.
    const EUNKNOWN_PARAMETER: u64 = 2;
    /// The parameter cannot have that value while the others are as they are.
    const EOUT_OF_RANGE: u64 = 3;
    /// The key is not a good ed25519 public key.
    const EINVALID_KEY: u64 = 4;
    /// The framework lies at the addresses 0x1 to 0xf.
    const ENOT_FRAMEWORK_ADDRESS: u64 = 5;

    /// A parameter.
    struct Parameter has copy, drop, store {
        name: String,
        value: u64
    }

    /// What the chain is run by, parameters ascending by name; at `0x1`.
    struct Config has key {
        genesis_hash: vector<u8>,
        admin: address,
        sequencer_public_key: vector<u8>,
        parameters: vector<Parameter>
    }

    #[event]
    /// Another account is the admin.
    struct AdminChanged has drop, store {
        old_admin: address,
        new_admin: address
    }

    #[event]
    /// Another key signs blocks.
    struct SequencerKeyChanged has drop, store {
        old_public_key: vector<u8>,
        new_public_key: vector<u8>
    }

    #[event]
    /// A parameter has another value.
    struct ParameterChanged has drop, store {
        name: String,
        old_value: u64,
        new_value: u64
    }

    #[event]
    /// Execution costs something else.
    struct GasScheduleChanged has drop, store {
        feature_version: u64
    }

    #[event]
    /// A package of the framework was published or upgraded.
    struct PackageUpgraded has drop, store {
        package_address: address
    }

    /// Fills the configuration from the genesis file.
    public(friend) fun initialize(
        aptos_framework: &signer,
        genesis_hash: vector<u8>,
        admin: address,
        sequencer_public_key: vector<u8>,
        names: vector<String>,
        values: vector<u64>
    ) {
        system_addresses::assert_aptos_framework(aptos_framework);
        let parameters = names.zip_map(values, |name, value| Parameter { name, value });
        move_to(aptos_framework, Config { genesis_hash, admin, sequencer_public_key, parameters });
    }

    #[view]
    /// Hash of the genesis file.
    public fun genesis_hash(): vector<u8> acquires Config {
        borrow_global<Config>(@aptos_framework).genesis_hash
    }

    #[view]
    /// The admin; `0x0` is nobody.
    public fun admin(): address acquires Config {
        borrow_global<Config>(@aptos_framework).admin
    }

    #[view]
    /// The key that signs blocks.
    public fun sequencer_public_key(): vector<u8> acquires Config {
        borrow_global<Config>(@aptos_framework).sequencer_public_key
    }

    #[view]
    /// All parameters, ascending by name.
    public fun parameters(): vector<Parameter> acquires Config {
        borrow_global<Config>(@aptos_framework).parameters
    }

    #[view]
    /// The value of a parameter.
    public fun parameter(name: String): u64 acquires Config {
        let parameters = &borrow_global<Config>(@aptos_framework).parameters;
        parameters.borrow(find(parameters, name.bytes())).value
    }

    /// Names another admin, `0x0` for nobody ever after.
    public entry fun set_admin(admin: &signer, new_admin: address) acquires Config {
        assert_admin(admin);
        let config = borrow_global_mut<Config>(@aptos_framework);
        event::emit(AdminChanged { old_admin: config.admin, new_admin });
        config.admin = new_admin;
        fees::set_admin(&create_signer(@aptos_framework), new_admin);
    }

    /// Names another key to sign blocks.
    public entry fun set_sequencer_key(admin: &signer, public_key: vector<u8>) acquires Config {
        assert_admin(admin);
        assert!(
            ed25519::new_validated_public_key_from_bytes(public_key).is_some(),
            error::invalid_argument(EINVALID_KEY)
        );
        let config = borrow_global_mut<Config>(@aptos_framework);
        event::emit(
            SequencerKeyChanged { old_public_key: config.sequencer_public_key, new_public_key: public_key }
        );
        config.sequencer_public_key = public_key;
    }

    /// Gives a parameter another value.
    public entry fun set_parameter(admin: &signer, name: String, value: u64) acquires Config {
        assert_admin(admin);
        let parameters = &mut borrow_global_mut<Config>(@aptos_framework).parameters;
        let at = find(parameters, name.bytes());
        let (least, greatest) = range(parameters, name.bytes());
        assert!(least <= value && value <= greatest, error::invalid_argument(EOUT_OF_RANGE));
        let parameter = parameters.borrow_mut(at);
        event::emit(ParameterChanged { name, old_value: parameter.value, new_value: value });
        parameter.value = value;
    }

    /// Sets all prices.
    ///
    /// * `keys`: names, ascending.
    /// * `values`: the prices in the same order.
    public entry fun set_gas_schedule(
        admin: &signer, feature_version: u64, keys: vector<String>, values: vector<u64>
    ) acquires Config {
        assert_admin(admin);
        gas_schedule::set_for_next_block(&create_signer(@aptos_framework), feature_version, keys, values);
        event::emit(GasScheduleChanged { feature_version });
    }

    /// Names another recipient of fees.
    public entry fun set_fee_recipient(admin: &signer, recipient: address) acquires Config {
        assert_admin(admin);
        fees::set_recipient(&create_signer(@aptos_framework), recipient);
    }

    /// Publishes or upgrades a package at one of the addresses 0x1 to 0xf.
    public entry fun upgrade_package(
        admin: &signer, package_address: address, metadata_serialized: vector<u8>, code: vector<vector<u8>>
    ) acquires Config {
        assert_admin(admin);
        assert!(is_framework(package_address), error::invalid_argument(ENOT_FRAMEWORK_ADDRESS));
        code::publish_package_txn(&create_signer(package_address), metadata_serialized, code);
        event::emit(PackageUpgraded { package_address });
    }

    /// As `upgrade_package`, for a package that does not fit into one transaction: the pieces that the admin laid down with
    /// `large_packages::stage_code_chunk`, and these last ones.
    public entry fun upgrade_staged_package(
        admin: &signer,
        package_address: address,
        metadata_chunk: vector<u8>,
        code_indices: vector<u16>,
        code_chunks: vector<vector<u8>>
    ) acquires Config {
        assert_admin(admin);
        let (metadata_serialized, code) =
            large_packages::stage_and_assemble(admin, metadata_chunk, code_indices, code_chunks);
        upgrade_package(admin, package_address, metadata_serialized, code);
    }

    fun assert_admin(account: &signer) acquires Config {
        assert!(
            signer::address_of(account) == borrow_global<Config>(@aptos_framework).admin,
            error::permission_denied(ENOT_ADMIN)
        );
    }

    fun is_framework(addr: address): bool {
        let bytes = bcs::to_bytes(&addr);
        let last = bytes.pop_back();
        bytes.all(|byte| *byte == 0) && last > 0 && last < 16
    }

    fun find(parameters: &vector<Parameter>, name: &vector<u8>): u64 {
        let (found, at) = parameters.find(|p| p.name.bytes() == name);
        assert!(found, error::invalid_argument(EUNKNOWN_PARAMETER));
        at
    }

    fun value_of(parameters: &vector<Parameter>, name: vector<u8>): u64 {
        parameters.borrow(find(parameters, &name)).value
    }

    /// Least and greatest value of a parameter while the others are as they are. What is fixed for good has an empty range.
    fun range(parameters: &vector<Parameter>, name: &vector<u8>): (u64, u64) {
        if (name == &b"max_da_lag_us") (10000000, 3600000000)
        else if (name == &b"forced_blobs_per_da_height_max") (128, 8 * 128)
        else if (name == &b"forced_bytes_per_da_height_max") (1048576, 8 * 1048576)
        else if (name == &b"forced_gas_per_da_height_max") (1000000, 8 * 1000000)
        else if (name == &b"max_transaction_bytes") (65536, 1048576)
        else if (name == &b"max_gas_amount") (2000000, 100000000)
        else if (name == &b"min_gas_price") (0, value_of(parameters, b"max_gas_price"))
        else if (name == &b"max_gas_price") (value_of(parameters, b"min_gas_price"), 1000000000000)
        else if (name == &b"transaction_gas_max") (10000, value_of(parameters, b"block_own_gas_max"))
        else if (name == &b"block_own_gas_max") (value_of(parameters, b"transaction_gas_max"), 1000000000)
        else if (name == &b"block_transactions_max") (100, 100000)
        else if (name == &b"block_bytes_max") (value_of(parameters, b"max_transaction_bytes"), 33554432)
        else if (name == &b"state_key_bytes_max") (4096, 4 * 4096)
        else if (name == &b"state_value_bytes_max") (1048576, 4 * 1048576)
        else if (name == &b"write_set_entries_max") (8192, 4 * 8192)
        else if (name == &b"write_set_bytes_max") (10485760, 4 * 10485760)
        else if (name == &b"events_max") (4096, 4 * 4096)
        else if (name == &b"event_bytes_max") (1048576, 4 * 1048576)
        else if (name == &b"events_bytes_max") (10485760, 4 * 10485760)
        else (1, 0)
    }
}
