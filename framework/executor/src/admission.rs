//! Whether a transaction may take its place: the checks before execution, in the documented order.
//!
//! [`check_form`] needs no state and runs once, at submission; [`check_place`] is repeated at the transaction's place in
//! a block. Signatures are verified elsewhere, in batches.

use move_core_types::AccountAddress;
use types::transaction::{ExecutableRef, ReplayProtector};
use types::{Discard, SignedTransaction, StateKeyRef};

use crate::config::ChainConfig;
use crate::framework::{Account, BadResource, CoinStore, FungibleStore, Resource, primary_store};
use crate::reader::StateReader;
use move_vm_runtime::StateError;

/// Internal units of one gas unit.
pub const GAS_UNIT_SCALE: u64 = 1_000_000;

/// Why a check could not be made at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// The store failed.
    #[error(transparent)]
    State(#[from] StateError),
    /// A resource of the framework is not what it should be.
    #[error(transparent)]
    Bad(#[from] BadResource),
}

/// Everything that needs neither state nor cryptography.
///
/// * `size`, `size_max`: bytes of the signed transaction and their bound, which forced transactions have to themselves.
///
/// # Errors
/// The first check that fails.
pub fn check_form(
    transaction: &SignedTransaction,
    size: usize,
    size_max: u64,
    chain_id: u8,
    config: &ChainConfig,
) -> Result<(), Discard> {
    let raw = &transaction.raw;
    let size = u64::try_from(size).unwrap_or(u64::MAX);
    if size > size_max {
        return Err(Discard::ExceededMaxTransactionSize);
    }
    if raw.chain_id != chain_id {
        return Err(Discard::BadChainId);
    }
    transaction.check_signers()?;
    let is_supported = raw.payload.multisig_address().is_none()
        && raw.payload.nonce().is_none()
        && !matches!(raw.payload.executable(), ExecutableRef::Empty);
    if !is_supported {
        return Err(Discard::FeatureUnderGating);
    }
    let parameters = &config.parameters;
    let intrinsic = intrinsic_units(config, size).ok_or(Discard::MaxGasUnitsBelowMinTransactionGasUnits)?;
    if raw.max_gas_amount > parameters.max_gas_amount {
        Err(Discard::MaxGasUnitsExceedsMaxGasUnitsBound)
    } else if raw.max_gas_amount < intrinsic {
        Err(Discard::MaxGasUnitsBelowMinTransactionGasUnits)
    } else if raw.gas_unit_price < parameters.min_gas_price {
        Err(Discard::GasUnitPriceBelowMinBound)
    } else if raw.gas_unit_price > parameters.max_gas_price {
        Err(Discard::GasUnitPriceAboveMaxBound)
    } else {
        Ok(())
    }
}

/// Whole gas units that the mere presence of a transaction costs; `None` beyond what can be counted.
#[must_use]
pub fn intrinsic_units(config: &ChainConfig, size: u64) -> Option<u64> {
    config.schedule.intrinsic(size).map(|internal| internal.div_ceil(GAS_UNIT_SCALE))
}

/// Which checks of a transaction's place are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strictness {
    /// All of them.
    Block,
    /// Submission: a sequence number ahead may wait for its predecessors.
    Submission,
    /// Simulation: a missing key is not looked at, and nobody pays if the fee payer is `0x0`.
    Simulation,
}

/// Everything that depends on state and time: keys, expiration, sequence number, balance, in this order.
///
/// # Errors
/// Outer: the state could not be read. Inner: the first check that fails.
pub fn check_place(
    transaction: &SignedTransaction,
    state: &dyn StateReader,
    time_us: u64,
    strictness: Strictness,
) -> Result<Result<(), Discard>, ReadError> {
    for (address, key) in transaction.account_keys() {
        let Some(key) = key else {
            if strictness == Strictness::Simulation {
                continue;
            }
            return Ok(Err(Discard::InvalidSignature));
        };
        if authentication_key(state, &address)? != key.as_ref() {
            return Ok(Err(Discard::InvalidAuthKey));
        }
    }
    let raw = &transaction.raw;
    if time_us / 1_000_000 >= raw.expiration_timestamp_secs {
        return Ok(Err(Discard::TransactionExpired));
    }
    match raw.replay_protector() {
        ReplayProtector::SequenceNumber(number) => {
            let expected = sequence_number(state, &raw.sender)?;
            if number == u64::MAX {
                return Ok(Err(Discard::SequenceNumberTooBig));
            } else if number < expected {
                return Ok(Err(Discard::SequenceNumberTooOld));
            } else if number > expected && strictness != Strictness::Submission {
                return Ok(Err(Discard::SequenceNumberTooNew));
            }
        }
        ReplayProtector::Nonce(_) => return Ok(Err(Discard::FeatureUnderGating)),
    }
    let payer = transaction.payer();
    if strictness == Strictness::Simulation && payer == AccountAddress::ZERO {
        return Ok(Ok(()));
    }
    let covered = match raw.max_gas_amount.checked_mul(raw.gas_unit_price) {
        Some(reservation) => covers(state, &payer, reservation)?,
        None => false,
    };
    Ok(if covered { Ok(()) } else { Err(Discard::InsufficientBalanceForTransactionFee) })
}

pub(crate) fn read<R: Resource>(state: &dyn StateReader, address: &AccountAddress) -> Result<Option<R>, ReadError> {
    let bytes = state.get(&StateKeyRef::Resource { address, tag: R::tag() })?;
    Ok(bytes.map(|bytes| R::decode(&bytes)).transpose()?)
}

/// The authentication key of an account; of one that never signed, its address.
///
/// # Errors
/// The state could not be read.
pub fn authentication_key(state: &dyn StateReader, address: &AccountAddress) -> Result<Vec<u8>, ReadError> {
    let account: Option<Account> = read(state, address)?;
    Ok(account.map_or_else(|| address.as_ref().to_vec(), |account| account.authentication_key))
}

/// Transactions that the account has sent.
///
/// # Errors
/// The state could not be read.
pub fn sequence_number(state: &dyn StateReader, address: &AccountAddress) -> Result<u64, ReadError> {
    Ok(read::<Account>(state, address)?.map_or(0, |account| account.sequence_number))
}

/// Whether the account can pay `amount`. Looks at the fungible form only where coins alone do not do, which is rare.
fn covers(state: &dyn StateReader, address: &AccountAddress, amount: u64) -> Result<bool, ReadError> {
    let coins = read::<CoinStore>(state, address)?.map_or(0, |store| store.coin);
    let Some(rest) = amount.checked_sub(coins).filter(|rest| *rest > 0) else { return Ok(true) };
    Ok(read::<FungibleStore>(state, &primary_store(address))?.is_some_and(|store| store.balance >= rest))
}

/// What the account can pay with: its coin store and its primary store of the native coin's fungible form.
///
/// # Errors
/// The state could not be read.
pub fn balance(state: &dyn StateReader, address: &AccountAddress) -> Result<u128, ReadError> {
    let coins = read::<CoinStore>(state, address)?.map_or(0, |store| store.coin);
    let fungible = read::<FungibleStore>(state, &primary_store(address))?.map_or(0, |store| store.balance);
    Ok(u128::from(coins) + u128::from(fungible))
}
