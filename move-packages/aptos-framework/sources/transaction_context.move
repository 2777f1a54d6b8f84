/// What the running transaction says about itself.
///
/// Outside a user transaction (views, genesis) these abort with `invalid_state(ETRANSACTION_CONTEXT_NOT_AVAILABLE)`, except the
/// hash and the addresses made of it.
module aptos_framework::transaction_context {
    use std::error;
    use std::option::{Self, Option};
    use std::string::String;
    use aptos_framework::util;

    /// There is no user transaction: this is a view, or genesis.
    const ETRANSACTION_CONTEXT_NOT_AVAILABLE: u64 = 1;

    // Nothing raises these here; tests that were written for other networks name them.
    #[test_only]
    const ETRANSACTION_CONTEXT_EXTENSION_NOT_ENABLED: u64 = 2;
    #[test_only]
    const EMONOTONICALLY_INCREASING_COUNTER_OVERFLOW: u64 = 4;
    #[test_only]
    const ETRANSACTION_INDEX_NOT_AVAILABLE: u64 = 5;

    /// An address that no one else gets.
    struct AUID has drop, store {
        unique_address: address
    }

    /// The entry function that a transaction calls.
    struct EntryFunctionPayload has copy, drop {
        account_address: address,
        module_name: String,
        function_name: String,
        ty_args_names: vector<String>,
        args: vector<vector<u8>>
    }

    /// What a transaction of a multisig account calls.
    struct MultisigPayload has copy, drop {
        multisig_address: address,
        entry_function_payload: Option<EntryFunctionPayload>
    }

    /// The transaction's hash.
    public fun get_transaction_hash(): vector<u8> {
        transaction_hash()
    }

    /// An address made of the transaction's hash and a counter: no two calls on the chain give the same.
    public fun generate_auid_address(): address {
        unique_address()
    }

    /// SHA3-256 of the running script, or nothing where no script runs.
    public native fun get_script_hash(): vector<u8>;

    /// An address as `generate_auid_address` makes it, wrapped.
    public fun generate_auid(): AUID {
        AUID { unique_address: unique_address() }
    }

    /// The wrapped address.
    public fun auid_address(auid: &AUID): address {
        auid.unique_address
    }

    /// Who sent the transaction.
    public fun sender(): address {
        assert_available();
        sender_internal()
    }

    /// The other signers.
    public fun secondary_signers(): vector<address> {
        assert_available();
        secondary_signers_internal()
    }

    /// Who pays for gas.
    public fun gas_payer(): address {
        assert_available();
        gas_payer_internal()
    }

    /// The most gas units that the transaction may use.
    public fun max_gas_amount(): u64 {
        assert_available();
        max_gas_amount_internal()
    }

    /// What a gas unit costs.
    public fun gas_unit_price(): u64 {
        assert_available();
        gas_unit_price_internal()
    }

    /// The chain id that the transaction names.
    public fun chain_id(): u8 {
        assert_available();
        chain_id_internal()
    }

    /// The entry function that the transaction calls, or nothing if it runs a script.
    public fun entry_function_payload(): Option<EntryFunctionPayload> {
        assert_available();
        let bytes = entry_function_payload_internal();
        if (bytes.is_empty()) option::none()
        else option::some(util::from_bytes<EntryFunctionPayload>(bytes))
    }

    /// Address of the module that the entry function is in.
    public fun account_address(payload: &EntryFunctionPayload): address {
        payload.account_address
    }

    /// Name of the module that the entry function is in.
    public fun module_name(payload: &EntryFunctionPayload): String {
        payload.module_name
    }

    /// Name of the entry function.
    public fun function_name(payload: &EntryFunctionPayload): String {
        payload.function_name
    }

    /// Canonical names of the type arguments.
    public fun type_arg_names(payload: &EntryFunctionPayload): vector<String> {
        payload.ty_args_names
    }

    /// BCS of each argument.
    public fun args(payload: &EntryFunctionPayload): vector<vector<u8>> {
        payload.args
    }

    /// What the multisig account calls: nothing, as this chain has no multisig transactions.
    public fun multisig_payload(): Option<MultisigPayload> {
        assert_available();
        option::none()
    }

    /// The multisig account.
    public fun multisig_address(payload: &MultisigPayload): address {
        payload.multisig_address
    }

    /// The entry function that the multisig account calls.
    public fun inner_entry_function_payload(payload: &MultisigPayload): Option<EntryFunctionPayload> {
        payload.entry_function_payload
    }

    /// Whether the payload was encrypted: never here.
    public fun is_encrypted_txn(): bool {
        assert_available();
        false
    }

    /// Whether a nonce takes the place of the sequence number.
    public fun is_orderless_txn(): bool {
        assert_available();
        is_orderless_internal()
    }

    /// Whether a multisig account calls: never here.
    public fun is_multisig_payload_txn(): bool {
        assert_available();
        false
    }

    /// A number larger than any that this returned before on the chain.
    public fun monotonically_increasing_counter(): u128 {
        assert_available();
        monotonically_increasing_counter_internal()
    }

    #[test_only]
    /// Makes a payload to test readers with.
    public fun new_entry_function_payload(
        account_address: address,
        module_name: String,
        function_name: String,
        ty_args_names: vector<String>,
        args: vector<vector<u8>>
    ): EntryFunctionPayload {
        EntryFunctionPayload { account_address, module_name, function_name, ty_args_names, args }
    }

    #[test_only]
    /// Makes a payload to test readers with.
    public fun new_multisig_payload(
        multisig_address: address, entry_function_payload: Option<EntryFunctionPayload>
    ): MultisigPayload {
        MultisigPayload { multisig_address, entry_function_payload }
    }

    fun assert_available() {
        assert!(is_available(), error::invalid_state(ETRANSACTION_CONTEXT_NOT_AVAILABLE));
    }

    native fun transaction_hash(): vector<u8>;
    native fun unique_address(): address;
    native fun is_available(): bool;
    native fun sender_internal(): address;
    native fun secondary_signers_internal(): vector<address>;
    native fun gas_payer_internal(): address;
    native fun max_gas_amount_internal(): u64;
    native fun gas_unit_price_internal(): u64;
    native fun chain_id_internal(): u8;
    native fun is_orderless_internal(): bool;
    native fun monotonically_increasing_counter_internal(): u128;
    /// BCS of `EntryFunctionPayload`, or nothing.
    native fun entry_function_payload_internal(): vector<u8>;
}
