/// Outside of transactions there are no facts about one. What they are inside is tested on a chain.
#[test_only]
module aptos_framework::context_tests {
    use std::option;
    use std::string;
    use aptos_framework::transaction_context;

    #[test]
    fun a_payload_says_what_is_called() {
        let payload =
            transaction_context::new_entry_function_payload(
                @0xcafe,
                string::utf8(b"jar"),
                string::utf8(b"fill"),
                vector[string::utf8(b"u64")],
                vector[x"01", x"0203"]
            );
        assert!(transaction_context::account_address(&payload) == @0xcafe, 0);
        assert!(transaction_context::module_name(&payload) == string::utf8(b"jar"), 1);
        assert!(transaction_context::function_name(&payload) == string::utf8(b"fill"), 2);
        assert!(transaction_context::type_arg_names(&payload) == vector[string::utf8(b"u64")], 3);
        assert!(transaction_context::args(&payload) == vector[x"01", x"0203"], 4);
        let multisig = transaction_context::new_multisig_payload(@0xbeef, option::some(payload));
        assert!(transaction_context::multisig_address(&multisig) == @0xbeef, 5);
        assert!(transaction_context::inner_entry_function_payload(&multisig) == option::some(payload), 6);
    }

    #[test]
    #[expected_failure(abort_code = 0x30001, location = aptos_framework::transaction_context)]
    fun no_transaction_no_sender() {
        transaction_context::sender();
    }

    #[test]
    #[expected_failure(abort_code = 0x30001, location = aptos_framework::transaction_context)]
    fun no_transaction_no_secondary_signers() {
        transaction_context::secondary_signers();
    }

    #[test]
    #[expected_failure(abort_code = 0x30001, location = aptos_framework::transaction_context)]
    fun no_transaction_no_gas_payer() {
        transaction_context::gas_payer();
    }

    #[test]
    #[expected_failure(abort_code = 0x30001, location = aptos_framework::transaction_context)]
    fun no_transaction_no_max_gas_amount() {
        transaction_context::max_gas_amount();
    }

    #[test]
    #[expected_failure(abort_code = 0x30001, location = aptos_framework::transaction_context)]
    fun no_transaction_no_gas_unit_price() {
        transaction_context::gas_unit_price();
    }

    #[test]
    #[expected_failure(abort_code = 0x30001, location = aptos_framework::transaction_context)]
    fun no_transaction_no_chain_id() {
        transaction_context::chain_id();
    }

    #[test]
    #[expected_failure(abort_code = 0x30001, location = aptos_framework::transaction_context)]
    fun no_transaction_no_entry_function_payload() {
        transaction_context::entry_function_payload();
    }

    #[test]
    #[expected_failure(abort_code = 0x30001, location = aptos_framework::transaction_context)]
    fun no_transaction_no_multisig_payload() {
        transaction_context::multisig_payload();
    }

    #[test]
    #[expected_failure(abort_code = 0x30001, location = aptos_framework::transaction_context)]
    fun no_transaction_no_is_encrypted_txn() {
        transaction_context::is_encrypted_txn();
    }

    #[test]
    #[expected_failure(abort_code = 0x30001, location = aptos_framework::transaction_context)]
    fun no_transaction_no_is_orderless_txn() {
        transaction_context::is_orderless_txn();
    }

    #[test]
    #[expected_failure(abort_code = 0x30001, location = aptos_framework::transaction_context)]
    fun no_transaction_no_is_multisig_payload_txn() {
        transaction_context::is_multisig_payload_txn();
    }

    #[test]
    #[expected_failure(abort_code = 0x30001, location = aptos_framework::transaction_context)]
    fun no_transaction_no_monotonically_increasing_counter() {
        transaction_context::monotonically_increasing_counter();
    }
}
