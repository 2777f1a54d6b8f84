/// What a transaction paid, as an event of every transaction.
///
/// The epilogue, which is not Move code, debits the payer and emits `FeeStatement`. Nothing is burnt, and nothing refunded.
module aptos_framework::transaction_fee {
    use std::error;

    /// The chain collects fees by block; see `fees`.
    const ENO_LONGER_SUPPORTED: u64 = 4;

    // Nothing raises these here; tests that were written for other networks name them.
    #[test_only]
    const EALREADY_COLLECTING_FEES: u64 = 1;
    #[test_only]
    const EINVALID_BURN_PERCENTAGE: u64 = 3;

    #[event]
    /// What a transaction paid for: gas units in total, of which execution and IO; the storage fee and its refund are 0.
    struct FeeStatement has drop, store {
        total_charge_gas_units: u64,
        execution_gas_units: u64,
        io_gas_units: u64,
        storage_fee_octas: u64,
        storage_fee_refund_octas: u64
    }

    /// Refuses: no right over the native coin survives genesis.
    public entry fun convert_to_aptos_fa_mint_ref(_aptos_framework: &signer) {
        abort error::not_implemented(ENO_LONGER_SUPPORTED)
    }

    #[deprecated]
    /// Refuses: nothing is burnt.
    public fun initialize_fee_collection_and_distribution(_aptos_framework: &signer, _burn_percentage: u8) {
        abort error::not_implemented(ENO_LONGER_SUPPORTED)
    }

    #[deprecated]
    /// Refuses: nothing is burnt.
    public fun upgrade_burn_percentage(_aptos_framework: &signer, _new_burn_percentage: u8) {
        abort error::not_implemented(ENO_LONGER_SUPPORTED)
    }

    #[deprecated]
    /// Refuses: nothing is refunded.
    public fun initialize_storage_refund(_: &signer) {
        abort error::not_implemented(ENO_LONGER_SUPPORTED)
    }

    #[deprecated]
    /// Refuses: no right over the native coin survives genesis.
    public entry fun convert_to_aptos_fa_burn_ref(_aptos_framework: &signer) {
        abort error::not_implemented(ENO_LONGER_SUPPORTED)
    }
}
