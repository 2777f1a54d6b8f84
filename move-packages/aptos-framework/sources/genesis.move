/// How a chain begins. The machine calls these functions, in this order, when it executes the genesis file; nobody else can.
///
/// 1. `initialize` once the framework's modules are published, then `record_package` for each package so far;
/// 2. `distribute` with the balances, after which nobody can make or destroy native coins;
/// 3. the application's packages and calls, which need nothing of this module.
module aptos_framework::genesis {
    use std::error;
    use std::string::String;
    use aptos_std::ed25519;
    use aptos_std::from_bcs;
    use aptos_framework::account;
    use aptos_framework::aptos_coin::{Self, AptosCoin};
    use aptos_framework::block;
    use aptos_framework::chain_id;
    use aptos_framework::code;
    use aptos_framework::coin::{Self, BurnCapability, MintCapability};
    use aptos_framework::create_signer::create_signer;
    use aptos_framework::fees;
    use aptos_framework::gas_schedule;
    use aptos_framework::randomness;
    use aptos_framework::rollup;
    use aptos_framework::system_addresses;
    use aptos_framework::timestamp;

    /// There are not as many amounts as accounts.
    const ELENGTH_MISMATCH: u64 = 1;

    /// The rights over the native coin, between `initialize` and `distribute`.
    struct NativeCapabilities has key {
        burn_cap: BurnCapability<AptosCoin>,
        mint_cap: MintCapability<AptosCoin>
    }

    #[lint::skip(unused_function)]
    /// Fills `0x1` from the genesis file.
    ///
    /// * `framework`: the signer of `0x1`.
    /// * `parameter_names`, `parameter_values`: ascending by name.
    /// * `gas_names`, `gas_values`: ascending by name.
    fun initialize(
        framework: &signer,
        chain_id: u8,
        time_us: u64,
        genesis_hash: vector<u8>,
        admin: address,
        sequencer_public_key: vector<u8>,
        parameter_names: vector<String>,
        parameter_values: vector<u64>,
        gas_feature_version: u64,
        gas_names: vector<String>,
        gas_values: vector<u64>
    ) {
        system_addresses::assert_aptos_framework(framework);
        account::create_framework_reserved_account(@aptos_framework);
        account::initialize(framework);
        chain_id::initialize(framework, chain_id);
        timestamp::initialize(framework, time_us);
        block::initialize(framework, block::default_epoch_interval());

        let (burn_cap, mint_cap) = aptos_coin::initialize(framework);
        coin::create_coin_conversion_map(framework);
        coin::create_pairing<AptosCoin>(framework);
        move_to(framework, NativeCapabilities { burn_cap, mint_cap });

        let sequencer =
            from_bcs::to_address(
                ed25519::unvalidated_public_key_to_authentication_key(
                    &ed25519::new_unvalidated_public_key_from_bytes(sequencer_public_key)
                )
            );
        fees::initialize(framework, admin, sequencer);
        gas_schedule::set_for_next_block(framework, gas_feature_version, gas_names, gas_values);
        rollup::initialize(
            framework, genesis_hash, admin, sequencer_public_key, parameter_names, parameter_values
        );
        randomness::initialize(framework);
    }

    #[lint::skip(unused_function)]
    /// Notes a package whose modules were published before there was a list of packages.
    ///
    /// * `owner`: its address, 0x1 to 0xf.
    /// * `metadata_serialized`: BCS of `code::PackageMetadata`.
    fun record_package(framework: &signer, owner: address, metadata_serialized: vector<u8>) {
        system_addresses::assert_aptos_framework(framework);
        code::record_genesis_package(&create_signer(owner), metadata_serialized);
    }

    #[lint::skip(unused_function)]
    /// Gives accounts their first native coins, and ends every right to make or destroy more.
    fun distribute(
        framework: &signer, accounts: vector<address>, amounts: vector<u64>
    ) acquires NativeCapabilities {
        system_addresses::assert_aptos_framework(framework);
        assert!(accounts.length() == amounts.length(), error::invalid_argument(ELENGTH_MISMATCH));
        let NativeCapabilities { burn_cap, mint_cap } = move_from<NativeCapabilities>(@aptos_framework);
        accounts.zip(amounts, |addr, amount| {
            if (!account::is_reserved(addr)) account::create_account_if_does_not_exist(addr);
            coin::deposit(addr, coin::mint<AptosCoin>(amount, &mint_cap));
        });
        coin::destroy_burn_cap(burn_cap);
        coin::destroy_mint_cap(mint_cap);
    }

    #[test_only]
    /// Begins a chain in a test: chain id 4, time 0, no admin, no prices, no parameters, no coins.
    public fun setup() acquires NativeCapabilities {
        setup_with_balances(vector[], vector[]);
    }

    #[test_only]
    /// Begins a chain in a test, with balances.
    public fun setup_with_balances(accounts: vector<address>, amounts: vector<u64>) acquires NativeCapabilities {
        begin_for_test(@0x0, vector[], vector[]);
        distribute(&create_signer(@aptos_framework), accounts, amounts);
    }

    #[test_only]
    /// Begins a chain in a test, with an admin and parameters.
    public fun setup_with_admin(
        admin: address, parameter_names: vector<String>, parameter_values: vector<u64>
    ) acquires NativeCapabilities {
        begin_for_test(admin, parameter_names, parameter_values);
        distribute(&create_signer(@aptos_framework), vector[], vector[]);
    }

    #[test_only]
    fun begin_for_test(admin: address, parameter_names: vector<String>, parameter_values: vector<u64>) {
        initialize(
            &create_signer(@aptos_framework),
            4,
            0,
            x"0000000000000000000000000000000000000000000000000000000000000000",
            admin,
            x"3b6a27bcceb6a42d62a3a8d02a6f0d73653215771de243a63ac048a18b59da29",
            parameter_names,
            parameter_values,
            1,
            vector[],
            vector[]
        );
    }
}
