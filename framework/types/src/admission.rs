//! Why a transaction is not admitted: the public status codes below 1000, and
//! 2000 for what must not happen.
//!
//! Order of checks: decode, size, chain id, signatures, gas bounds, authentication keys, expiration, sequence number,
//! balance. What is refused leaves no trace in the chain.

/// A refusal before execution, by its public status code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, thiserror::Error)]
#[error("{}", self.name())]
pub enum Discard {
    /// A signature does not verify.
    InvalidSignature,
    /// A key does not belong to its account.
    InvalidAuthKey,
    /// The number was used.
    SequenceNumberTooOld,
    /// The number is ahead.
    SequenceNumberTooNew,
    /// The payer cannot cover the whole reservation.
    InsufficientBalanceForTransactionFee,
    /// Too late.
    TransactionExpired,
    /// Too many bytes.
    ExceededMaxTransactionSize,
    /// Asks for more gas than any transaction may.
    MaxGasUnitsExceedsMaxGasUnitsBound,
    /// Asks for less gas than its mere presence costs.
    MaxGasUnitsBelowMinTransactionGasUnits,
    /// Pays too little.
    GasUnitPriceBelowMinBound,
    /// Pays too much.
    GasUnitPriceAboveMaxBound,
    /// Of another chain.
    BadChainId,
    /// The sender's counter is at its end.
    SequenceNumberTooBig,
    /// Of a kind that is not supported.
    FeatureUnderGating,
    /// As many addresses as authenticators are due.
    SecondaryKeysAddressesCountMismatch,
    /// Nobody signs twice.
    SignersContainDuplicates,
    /// Nobody pays.
    GasPayerAccountMissing,
    /// The nonce was used.
    NonceAlreadyUsed,
    /// Orderless, and valid for too long.
    TransactionExpirationTooFarInFuture,
    /// Executing it showed a bug of ours: it leaves no trace, loudly.
    InvariantViolation,
}

impl Discard {
    /// All of them, ascending by number.
    pub const ALL: [Discard; 20] = [
        Discard::InvalidSignature,
        Discard::InvalidAuthKey,
        Discard::SequenceNumberTooOld,
        Discard::SequenceNumberTooNew,
        Discard::InsufficientBalanceForTransactionFee,
        Discard::TransactionExpired,
        Discard::ExceededMaxTransactionSize,
        Discard::MaxGasUnitsExceedsMaxGasUnitsBound,
        Discard::MaxGasUnitsBelowMinTransactionGasUnits,
        Discard::GasUnitPriceBelowMinBound,
        Discard::GasUnitPriceAboveMaxBound,
        Discard::BadChainId,
        Discard::SequenceNumberTooBig,
        Discard::FeatureUnderGating,
        Discard::SecondaryKeysAddressesCountMismatch,
        Discard::SignersContainDuplicates,
        Discard::GasPayerAccountMissing,
        Discard::NonceAlreadyUsed,
        Discard::TransactionExpirationTooFarInFuture,
        Discard::InvariantViolation,
    ];

    /// The public status code, REST's `vm_error_code`.
    #[must_use]
    pub const fn number(self) -> u64 {
        match self {
            Discard::InvalidSignature => 1,
            Discard::InvalidAuthKey => 2,
            Discard::SequenceNumberTooOld => 3,
            Discard::SequenceNumberTooNew => 4,
            Discard::InsufficientBalanceForTransactionFee => 5,
            Discard::TransactionExpired => 6,
            Discard::ExceededMaxTransactionSize => 10,
            Discard::MaxGasUnitsExceedsMaxGasUnitsBound => 13,
            Discard::MaxGasUnitsBelowMinTransactionGasUnits => 14,
            Discard::GasUnitPriceBelowMinBound => 15,
            Discard::GasUnitPriceAboveMaxBound => 16,
            Discard::BadChainId => 23,
            Discard::SequenceNumberTooBig => 24,
            Discard::FeatureUnderGating => 26,
            Discard::SecondaryKeysAddressesCountMismatch => 27,
            Discard::SignersContainDuplicates => 28,
            Discard::GasPayerAccountMissing => 36,
            Discard::NonceAlreadyUsed => 42,
            Discard::TransactionExpirationTooFarInFuture => 44,
            Discard::InvariantViolation => 2000,
        }
    }

    /// The public name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Discard::InvalidSignature => "INVALID_SIGNATURE",
            Discard::InvalidAuthKey => "INVALID_AUTH_KEY",
            Discard::SequenceNumberTooOld => "SEQUENCE_NUMBER_TOO_OLD",
            Discard::SequenceNumberTooNew => "SEQUENCE_NUMBER_TOO_NEW",
            Discard::InsufficientBalanceForTransactionFee => "INSUFFICIENT_BALANCE_FOR_TRANSACTION_FEE",
            Discard::TransactionExpired => "TRANSACTION_EXPIRED",
            Discard::ExceededMaxTransactionSize => "EXCEEDED_MAX_TRANSACTION_SIZE",
            Discard::MaxGasUnitsExceedsMaxGasUnitsBound => "MAX_GAS_UNITS_EXCEEDS_MAX_GAS_UNITS_BOUND",
            Discard::MaxGasUnitsBelowMinTransactionGasUnits => "MAX_GAS_UNITS_BELOW_MIN_TRANSACTION_GAS_UNITS",
            Discard::GasUnitPriceBelowMinBound => "GAS_UNIT_PRICE_BELOW_MIN_BOUND",
            Discard::GasUnitPriceAboveMaxBound => "GAS_UNIT_PRICE_ABOVE_MAX_BOUND",
            Discard::BadChainId => "BAD_CHAIN_ID",
            Discard::SequenceNumberTooBig => "SEQUENCE_NUMBER_TOO_BIG",
            Discard::FeatureUnderGating => "FEATURE_UNDER_GATING",
            Discard::SecondaryKeysAddressesCountMismatch => "SECONDARY_KEYS_ADDRESSES_COUNT_MISMATCH",
            Discard::SignersContainDuplicates => "SIGNERS_CONTAIN_DUPLICATES",
            Discard::GasPayerAccountMissing => "GAS_PAYER_ACCOUNT_MISSING",
            Discard::NonceAlreadyUsed => "NONCE_ALREADY_USED",
            Discard::TransactionExpirationTooFarInFuture => "TRANSACTION_EXPIRATION_TOO_FAR_IN_FUTURE",
            Discard::InvariantViolation => "UNKNOWN_INVARIANT_VIOLATION_ERROR",
        }
    }
}
