/// The names of what transactions are refused for before and after their payload.
///
/// Prologue and epilogue are not Move code; they abort in the name of this module, with the category
/// `invalid_argument` unless the comment names another.
module aptos_framework::transaction_validation {
    use std::error;

    /// Transaction is out of gas
    const EOUT_OF_GAS: u64 = 6;
    /// Permissioned signers do not exist.
    const EPERMISSIONED_SIGNER_REMOVED: u64 = 7;

    const PROLOGUE_EINVALID_ACCOUNT_AUTH_KEY: u64 = 1001;
    const PROLOGUE_ESEQUENCE_NUMBER_TOO_OLD: u64 = 1002;
    const PROLOGUE_ESEQUENCE_NUMBER_TOO_NEW: u64 = 1003;
    const PROLOGUE_EACCOUNT_DOES_NOT_EXIST: u64 = 1004;
    const PROLOGUE_ECANT_PAY_GAS_DEPOSIT: u64 = 1005;
    const PROLOGUE_ETRANSACTION_EXPIRED: u64 = 1006;
    const PROLOGUE_EBAD_CHAIN_ID: u64 = 1007;
    // In the category `out_of_range`.
    const PROLOGUE_ESEQUENCE_NUMBER_TOO_BIG: u64 = 1008;
    const PROLOGUE_ESECONDARY_KEYS_ADDRESSES_COUNT_MISMATCH: u64 = 1009;
    const PROLOGUE_EFEE_PAYER_NOT_ENABLED: u64 = 1010;
    const PROLOGUE_ENONCE_ALREADY_USED: u64 = 1012;
    const PROLOGUE_ETRANSACTION_EXPIRATION_TOO_FAR_IN_FUTURE: u64 = 1013;

    #[deprecated]
    /// Let a permissioned signer pay. Nothing makes one.
    #[lint::skip(unused_struct)]
    struct GasPermission has copy, drop, store {}

    /// The abort code of the epilogue where the payer can no longer pay.
    public fun out_of_gas_code(): u64 {
        error::out_of_range(EOUT_OF_GAS)
    }

    /// The abort codes of the prologue by reason, ascending.
    public fun prologue_codes(): vector<u64> {
        vector[
            error::invalid_argument(PROLOGUE_EINVALID_ACCOUNT_AUTH_KEY),
            error::invalid_argument(PROLOGUE_ESEQUENCE_NUMBER_TOO_OLD),
            error::invalid_argument(PROLOGUE_ESEQUENCE_NUMBER_TOO_NEW),
            error::invalid_argument(PROLOGUE_EACCOUNT_DOES_NOT_EXIST),
            error::invalid_argument(PROLOGUE_ECANT_PAY_GAS_DEPOSIT),
            error::invalid_argument(PROLOGUE_ETRANSACTION_EXPIRED),
            error::invalid_argument(PROLOGUE_EBAD_CHAIN_ID),
            error::out_of_range(PROLOGUE_ESEQUENCE_NUMBER_TOO_BIG),
            error::invalid_argument(PROLOGUE_ESECONDARY_KEYS_ADDRESSES_COUNT_MISMATCH),
            error::invalid_argument(PROLOGUE_EFEE_PAYER_NOT_ENABLED),
            error::invalid_argument(PROLOGUE_ENONCE_ALREADY_USED),
            error::invalid_argument(PROLOGUE_ETRANSACTION_EXPIRATION_TOO_FAR_IN_FUTURE)
        ]
    }

    #[deprecated]
    /// Refuses: permissioned signers do not exist.
    public fun grant_gas_permission(_master: &signer, _permissioned: &signer, _gas_amount: u64) {
        abort error::unavailable(EPERMISSIONED_SIGNER_REMOVED)
    }

    #[deprecated]
    /// Refuses: permissioned signers do not exist.
    public fun revoke_gas_permission(_permissioned: &signer) {
        abort error::unavailable(EPERMISSIONED_SIGNER_REMOVED)
    }
}
