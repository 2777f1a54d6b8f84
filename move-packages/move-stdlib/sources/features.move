/// Which features the chain has. What this framework implements is on from the start, what it does not is off; the bit set in
/// `Features` says so for code that asks, and only tests change it.
///
/// A feature is a number; numbers are distinct and mean nothing else.
module std::features {
    #[test_only]
    use std::signer;

    #[test_only]
    /// Only the framework account changes features.
    const EFRAMEWORK_SIGNER_NEEDED: u64 = 1;

    const CODE_DEPENDENCY_CHECK: u64 = 1;
    const MULTI_ED25519_PK_VALIDATE_V2: u64 = 2;
    const BLAKE2B_256: u64 = 3;
    const RESOURCE_GROUPS: u64 = 4;
    /// A key of another length is no key, and no reason to abort.
    const ED25519_PUBKEY_VALIDATE_RETURN_FALSE_WRONG_LENGTH: u64 = 5;
    const SHA_512_AND_RIPEMD_160: u64 = 6;
    const APTOS_STD_CHAIN_ID: u64 = 7;
    const STRUCT_CONSTRUCTORS: u64 = 8;
    const MODULE_EVENT: u64 = 9;
    const MODULE_EVENT_MIGRATION: u64 = 10;
    const AUIDS: u64 = 11;
    const OBJECT_CODE_DEPLOYMENT: u64 = 12;
    const MAX_OBJECT_NESTING_CHECK: u64 = 13;
    const AGGREGATOR_V2_API: u64 = 14;
    const TRANSACTION_CONTEXT_EXTENSION: u64 = 15;
    const COIN_TO_FUNGIBLE_ASSET_MIGRATION: u64 = 16;
    const DISPATCHABLE_FUNGIBLE_ASSET: u64 = 17;
    const OBJECT_NATIVE_DERIVED_ADDRESS: u64 = 18;
    const NATIVE_MEMORY_OPERATIONS: u64 = 19;
    /// Features up to this number are on where no `Features` says otherwise.
    const LAST_IMPLEMENTED: u64 = 19;

    const MULTISIG_ACCOUNTS: u64 = 20;
    const DELEGATION_POOLS: u64 = 21;
    const CONCURRENT_TOKEN_V2: u64 = 22;
    const CONCURRENT_FUNGIBLE_ASSETS: u64 = 23;
    const DEFAULT_TO_CONCURRENT_FUNGIBLE_BALANCE: u64 = 24;
    const CONCURRENT_FUNGIBLE_BALANCE: u64 = 25;
    const PRIMARY_APT_FUNGIBLE_STORE_AT_USER_ADDRESS: u64 = 26;
    const NEW_ACCOUNTS_DEFAULT_TO_FA_APT_STORE: u64 = 27;
    const OPERATIONS_DEFAULT_TO_FA_APT_STORE: u64 = 28;
    const NEW_ACCOUNTS_DEFAULT_TO_FA_STORE: u64 = 29;
    const PERMISSIONED_SIGNER: u64 = 30;
    const ACCOUNT_ABSTRACTION: u64 = 31;
    const FUNCTION_REFLECTION: u64 = 32;

    /// Bit `i % 8` of byte `i / 8` says whether feature `i` is on.
    struct Features has key {
        features: vector<u8>
    }

    /// Whether a feature is on.
    public fun is_enabled(feature: u64): bool acquires Features {
        if (exists<Features>(@std)) {
            contains(&borrow_global<Features>(@std).features, feature)
        } else {
            feature > 0 && feature <= LAST_IMPLEMENTED
        }
    }

    #[test_only]
    /// Turns features on and off for one test.
    public fun change_feature_flags_for_testing(
        framework: &signer, enable: vector<u64>, disable: vector<u64>
    ) acquires Features {
        assert!(signer::address_of(framework) == @std, EFRAMEWORK_SIGNER_NEEDED);
        if (!exists<Features>(@std)) {
            let features = vector[];
            let i = 1;
            while (i <= LAST_IMPLEMENTED) {
                set(&mut features, i, true);
                i += 1;
            };
            move_to(framework, Features { features });
        };
        let features = &mut borrow_global_mut<Features>(@std).features;
        enable.for_each(|f| set(features, f, true));
        disable.for_each(|f| set(features, f, false));
    }

    fun contains(features: &vector<u8>, feature: u64): bool {
        let byte = feature / 8;
        byte < features.length() && (*features.borrow(byte) & (1 << ((feature % 8) as u8))) != 0
    }

    #[test_only]
    fun set(features: &mut vector<u8>, feature: u64, on: bool) {
        let byte = feature / 8;
        let bit = 1 << ((feature % 8) as u8);
        while (features.length() <= byte) features.push_back(0);
        let entry = features.borrow_mut(byte);
        if (on) *entry = *entry | bit else *entry = *entry & (0xff ^ bit);
    }

    /// The number of the feature.
    public fun get_code_dependency_check_feature(): u64 {
        CODE_DEPENDENCY_CHECK
    }

    /// Whether the feature is on.
    public fun code_dependency_check_enabled(): bool acquires Features {
        is_enabled(CODE_DEPENDENCY_CHECK)
    }

    /// The number of the feature.
    public fun get_multi_ed25519_pk_validate_v2_feature(): u64 {
        MULTI_ED25519_PK_VALIDATE_V2
    }

    /// Whether the feature is on.
    public fun multi_ed25519_pk_validate_v2_enabled(): bool acquires Features {
        is_enabled(MULTI_ED25519_PK_VALIDATE_V2)
    }

    /// The number of the feature.
    public fun get_blake2b_256_feature(): u64 {
        BLAKE2B_256
    }

    /// Whether the feature is on.
    public fun blake2b_256_enabled(): bool acquires Features {
        is_enabled(BLAKE2B_256)
    }

    /// The number of the feature.
    public fun get_resource_groups_feature(): u64 {
        RESOURCE_GROUPS
    }

    /// Whether the feature is on.
    public fun resource_groups_enabled(): bool acquires Features {
        is_enabled(RESOURCE_GROUPS)
    }

    /// The number of the feature.
    public fun get_ed25519_pubkey_validate_return_false_wrong_length_feature(): u64 {
        ED25519_PUBKEY_VALIDATE_RETURN_FALSE_WRONG_LENGTH
    }

    /// Whether the feature is on.
    public fun ed25519_pubkey_validate_return_false_wrong_length_enabled(): bool acquires Features {
        is_enabled(ED25519_PUBKEY_VALIDATE_RETURN_FALSE_WRONG_LENGTH)
    }

    /// The number of the feature.
    public fun get_sha_512_and_ripemd_160_feature(): u64 {
        SHA_512_AND_RIPEMD_160
    }

    /// Whether the feature is on.
    public fun sha_512_and_ripemd_160_enabled(): bool acquires Features {
        is_enabled(SHA_512_AND_RIPEMD_160)
    }

    /// The number of the feature.
    public fun get_aptos_std_chain_id_feature(): u64 {
        APTOS_STD_CHAIN_ID
    }

    /// Whether the feature is on.
    public fun aptos_std_chain_id_enabled(): bool acquires Features {
        is_enabled(APTOS_STD_CHAIN_ID)
    }

    /// The number of the feature.
    public fun get_struct_constructors_feature(): u64 {
        STRUCT_CONSTRUCTORS
    }

    /// Whether the feature is on.
    public fun struct_constructors_enabled(): bool acquires Features {
        is_enabled(STRUCT_CONSTRUCTORS)
    }

    /// The number of the feature.
    public fun get_module_event_feature(): u64 {
        MODULE_EVENT
    }

    /// Whether the feature is on.
    public fun module_event_enabled(): bool acquires Features {
        is_enabled(MODULE_EVENT)
    }

    /// The number of the feature.
    public fun get_module_event_migration_feature(): u64 {
        MODULE_EVENT_MIGRATION
    }

    /// Whether the feature is on.
    public fun module_event_migration_enabled(): bool acquires Features {
        is_enabled(MODULE_EVENT_MIGRATION)
    }

    /// The number of the feature.
    public fun get_auids_feature(): u64 {
        AUIDS
    }

    /// Whether the feature is on.
    public fun auids_enabled(): bool acquires Features {
        is_enabled(AUIDS)
    }

    /// The number of the feature.
    public fun get_object_code_deployment_feature(): u64 {
        OBJECT_CODE_DEPLOYMENT
    }

    /// Whether the feature is on.
    public fun object_code_deployment_enabled(): bool acquires Features {
        is_enabled(OBJECT_CODE_DEPLOYMENT)
    }

    /// The number of the feature.
    public fun get_max_object_nesting_check_feature(): u64 {
        MAX_OBJECT_NESTING_CHECK
    }

    /// Whether the feature is on.
    public fun max_object_nesting_check_enabled(): bool acquires Features {
        is_enabled(MAX_OBJECT_NESTING_CHECK)
    }

    /// The number of the feature.
    public fun get_aggregator_v2_api_feature(): u64 {
        AGGREGATOR_V2_API
    }

    /// Whether the feature is on.
    public fun aggregator_v2_api_enabled(): bool acquires Features {
        is_enabled(AGGREGATOR_V2_API)
    }

    /// The number of the feature.
    public fun get_transaction_context_extension_feature(): u64 {
        TRANSACTION_CONTEXT_EXTENSION
    }

    /// Whether the feature is on.
    public fun transaction_context_extension_enabled(): bool acquires Features {
        is_enabled(TRANSACTION_CONTEXT_EXTENSION)
    }

    /// The number of the feature.
    public fun get_coin_to_fungible_asset_migration_feature(): u64 {
        COIN_TO_FUNGIBLE_ASSET_MIGRATION
    }

    /// Whether the feature is on.
    public fun coin_to_fungible_asset_migration_enabled(): bool acquires Features {
        is_enabled(COIN_TO_FUNGIBLE_ASSET_MIGRATION)
    }

    /// The number of the feature.
    public fun get_dispatchable_fungible_asset_feature(): u64 {
        DISPATCHABLE_FUNGIBLE_ASSET
    }

    /// Whether the feature is on.
    public fun dispatchable_fungible_asset_enabled(): bool acquires Features {
        is_enabled(DISPATCHABLE_FUNGIBLE_ASSET)
    }

    /// The number of the feature.
    public fun get_object_native_derived_address_feature(): u64 {
        OBJECT_NATIVE_DERIVED_ADDRESS
    }

    /// Whether the feature is on.
    public fun object_native_derived_address_enabled(): bool acquires Features {
        is_enabled(OBJECT_NATIVE_DERIVED_ADDRESS)
    }

    /// The number of the feature.
    public fun get_native_memory_operations_feature(): u64 {
        NATIVE_MEMORY_OPERATIONS
    }

    /// Whether the feature is on.
    public fun native_memory_operations_enabled(): bool acquires Features {
        is_enabled(NATIVE_MEMORY_OPERATIONS)
    }

    /// The number of the feature.
    public fun get_multisig_accounts_feature(): u64 {
        MULTISIG_ACCOUNTS
    }

    /// Whether the feature is on.
    public fun multisig_accounts_enabled(): bool acquires Features {
        is_enabled(MULTISIG_ACCOUNTS)
    }

    /// The number of the feature.
    public fun get_delegation_pools_feature(): u64 {
        DELEGATION_POOLS
    }

    /// Whether the feature is on.
    public fun delegation_pools_enabled(): bool acquires Features {
        is_enabled(DELEGATION_POOLS)
    }

    /// The number of the feature.
    public fun get_concurrent_token_v2_feature(): u64 {
        CONCURRENT_TOKEN_V2
    }

    /// Whether the feature is on.
    public fun concurrent_token_v2_enabled(): bool acquires Features {
        is_enabled(CONCURRENT_TOKEN_V2)
    }

    /// The number of the feature.
    public fun get_concurrent_fungible_assets_feature(): u64 {
        CONCURRENT_FUNGIBLE_ASSETS
    }

    /// Whether the feature is on.
    public fun concurrent_fungible_assets_enabled(): bool acquires Features {
        is_enabled(CONCURRENT_FUNGIBLE_ASSETS)
    }

    /// The number of the feature.
    public fun get_default_to_concurrent_fungible_balance_feature(): u64 {
        DEFAULT_TO_CONCURRENT_FUNGIBLE_BALANCE
    }

    /// Whether the feature is on.
    public fun default_to_concurrent_fungible_balance_enabled(): bool acquires Features {
        is_enabled(DEFAULT_TO_CONCURRENT_FUNGIBLE_BALANCE)
    }

    /// The number of the feature.
    public fun get_concurrent_fungible_balance_feature(): u64 {
        CONCURRENT_FUNGIBLE_BALANCE
    }

    /// Whether the feature is on.
    public fun concurrent_fungible_balance_enabled(): bool acquires Features {
        is_enabled(CONCURRENT_FUNGIBLE_BALANCE)
    }

    /// The number of the feature.
    public fun get_primary_apt_fungible_store_at_user_address_feature(): u64 {
        PRIMARY_APT_FUNGIBLE_STORE_AT_USER_ADDRESS
    }

    /// Whether the feature is on.
    public fun primary_apt_fungible_store_at_user_address_enabled(): bool acquires Features {
        is_enabled(PRIMARY_APT_FUNGIBLE_STORE_AT_USER_ADDRESS)
    }

    /// The number of the feature.
    public fun get_new_accounts_default_to_fa_apt_store_feature(): u64 {
        NEW_ACCOUNTS_DEFAULT_TO_FA_APT_STORE
    }

    /// Whether the feature is on.
    public fun new_accounts_default_to_fa_apt_store_enabled(): bool acquires Features {
        is_enabled(NEW_ACCOUNTS_DEFAULT_TO_FA_APT_STORE)
    }

    /// The number of the feature.
    public fun get_operations_default_to_fa_apt_store_feature(): u64 {
        OPERATIONS_DEFAULT_TO_FA_APT_STORE
    }

    /// Whether the feature is on.
    public fun operations_default_to_fa_apt_store_enabled(): bool acquires Features {
        is_enabled(OPERATIONS_DEFAULT_TO_FA_APT_STORE)
    }

    /// The number of the feature.
    public fun get_new_accounts_default_to_fa_store_feature(): u64 {
        NEW_ACCOUNTS_DEFAULT_TO_FA_STORE
    }

    /// Whether the feature is on.
    public fun new_accounts_default_to_fa_store_enabled(): bool acquires Features {
        is_enabled(NEW_ACCOUNTS_DEFAULT_TO_FA_STORE)
    }

    /// The number of the feature.
    public fun get_permissioned_signer_feature(): u64 {
        PERMISSIONED_SIGNER
    }

    /// Whether the feature is on.
    public fun permissioned_signer_enabled(): bool acquires Features {
        is_enabled(PERMISSIONED_SIGNER)
    }

    /// The number of the feature.
    public fun get_account_abstraction_feature(): u64 {
        ACCOUNT_ABSTRACTION
    }

    /// Whether the feature is on.
    public fun account_abstraction_enabled(): bool acquires Features {
        is_enabled(ACCOUNT_ABSTRACTION)
    }

    /// The number of the feature.
    public fun get_function_reflection_feature(): u64 {
        FUNCTION_REFLECTION
    }

    /// Whether the feature is on.
    public fun function_reflection_enabled(): bool acquires Features {
        is_enabled(FUNCTION_REFLECTION)
    }

    /// The number of the feature, under its short name.
    public fun get_auids(): u64 {
        AUIDS
    }
}
