//! Transactions as clients sign and send them.
//!
//! The decoder accepts canonical BCS only, nested at most 16 deep, with nothing left over. What it reads but this
//! version does not execute (multisig payloads, foreign key kinds) is refused by name, not as malformed.

use std::sync::Arc;

use move_core_types::{AccountAddress, I256, Identifier, ModuleId, TypeTag, U256};
use serde::{Deserialize, Serialize};

use crate::authenticator::{TransactionAuthenticator, UNSUPPORTED_KIND};
use crate::block::{KIND_USER, transaction_hash};
use crate::codec::{DecodeError, TRANSACTION_DEPTH_MAX, decode_limited, encode};
use crate::hash::Hash;
use crate::state::Refused;

/// `SHA3-256("APTOS::RawTransaction")`: opens the message of one signer.
pub const RAW_TRANSACTION_SEED: [u8; 32] = [
    0xb5, 0xe9, 0x7d, 0xb0, 0x7f, 0xa0, 0xbd, 0x0e, 0x55, 0x98, 0xaa, 0x36, 0x43, 0xa9, 0xbc, 0x6f, 0x66, 0x93, 0xbd,
    0xdc, 0x1a, 0x9f, 0xec, 0x9e, 0x67, 0x4a, 0x46, 0x1e, 0xaa, 0x00, 0xb1, 0x93,
];
/// `SHA3-256("APTOS::RawTransactionWithData")`: opens the message of several signers.
pub const RAW_TRANSACTION_WITH_DATA_SEED: [u8; 32] = [
    0x5e, 0xfa, 0x3c, 0x4f, 0x02, 0xf8, 0x3a, 0x0f, 0x4b, 0x2d, 0x69, 0xfc, 0x95, 0xc6, 0x07, 0xcc, 0x02, 0x82, 0x5c,
    0xc4, 0xe7, 0xbe, 0x53, 0x6e, 0xf0, 0x99, 0x2d, 0xf0, 0x50, 0xd9, 0xe6, 0x7c,
];

/// What is signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RawTransaction {
    /// Who acts.
    pub sender: AccountAddress,
    /// Must equal the sender's at execution; ignored if a nonce protects the transaction.
    pub sequence_number: u64,
    /// What is done.
    pub payload: TransactionPayload,
    /// Most gas units that may be used.
    pub max_gas_amount: u64,
    /// Smallest coin units per gas unit.
    pub gas_unit_price: u64,
    /// Last second (exclusive) of the unix clock.
    pub expiration_timestamp_secs: u64,
    /// Which chain.
    pub chain_id: u8,
}

/// What a transaction does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum TransactionPayload {
    /// Runs a script.
    Script(Script),
    /// Removed from the format; no decoder gives it.
    #[doc(hidden)]
    ModuleBundle(Refused),
    /// Calls an entry function.
    EntryFunction(EntryFunction),
    /// Acts through a multisig account.
    Multisig(Multisig),
    /// The extensible form.
    Payload(PayloadInner),
}

/// The extensible payload's versions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum PayloadInner {
    /// Version 1.
    V1 {
        /// What is run.
        executable: Executable,
        /// How.
        extra_config: ExtraConfig,
    },
}

/// What an extensible payload runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Executable {
    /// A script.
    Script(Script),
    /// An entry function.
    EntryFunction(EntryFunction),
    /// Nothing of its own: the stored proposal of a multisig account.
    Empty,
}

/// How an extensible payload is run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ExtraConfig {
    /// Version 1.
    V1 {
        /// The multisig account that acts.
        multisig_address: Option<AccountAddress>,
        /// Makes the transaction orderless.
        replay_protection_nonce: Option<u64>,
    },
}

/// A call of an entry function; also the BCS form of a view request.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct EntryFunction {
    /// Where it is.
    pub module: ModuleId,
    /// Its name.
    pub function: Identifier,
    /// Type arguments.
    pub type_args: Vec<TypeTag>,
    /// BCS of each argument that is not a signer.
    #[serde(with = "crate::bytes::list")]
    pub args: Vec<Vec<u8>>,
}

impl EntryFunction {
    /// A view request from its bytes, nested at most 8 deep.
    ///
    /// # Errors
    /// Not canonical.
    pub fn view_from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        decode_limited(bytes, crate::codec::VIEW_DEPTH_MAX)
    }
}

/// A script with its arguments.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Script {
    /// Bytecode.
    #[serde(with = "crate::bytes")]
    pub code: Vec<u8>,
    /// Type arguments.
    pub type_args: Vec<TypeTag>,
    /// Arguments that are not signers.
    pub args: Vec<TransactionArgument>,
}

/// A multisig account's transaction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Multisig {
    /// The account that acts.
    pub multisig_address: AccountAddress,
    /// What it does, unless the proposal says it.
    pub transaction_payload: Option<MultisigPayload>,
}

/// What a multisig account does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum MultisigPayload {
    /// Calls an entry function.
    EntryFunction(EntryFunction),
}

/// A script's argument.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "each variant is named by its type")]
pub enum TransactionArgument {
    U8(u8),
    U64(u64),
    U128(u128),
    Address(AccountAddress),
    U8Vector(#[serde(with = "crate::bytes")] Vec<u8>),
    Bool(bool),
    U16(u16),
    U32(u32),
    U256(U256),
    /// BCS of any other value.
    Serialized(#[serde(with = "crate::bytes")] Vec<u8>),
    I8(i8),
    I16(i16),
    I32(i32),
    I64(i64),
    I128(i128),
    I256(I256),
}

impl TransactionArgument {
    /// The BCS of the value, as the virtual machine takes it.
    #[must_use]
    pub fn to_value_bytes(&self) -> Vec<u8> {
        match self {
            Self::U8(value) => encode(value),
            Self::U64(value) => encode(value),
            Self::U128(value) => encode(value),
            Self::Address(value) => encode(value),
            Self::U8Vector(value) => encode(value),
            Self::Bool(value) => encode(value),
            Self::U16(value) => encode(value),
            Self::U32(value) => encode(value),
            Self::U256(value) => encode(value),
            Self::Serialized(value) => value.clone(),
            Self::I8(value) => encode(value),
            Self::I16(value) => encode(value),
            Self::I32(value) => encode(value),
            Self::I64(value) => encode(value),
            Self::I128(value) => encode(value),
            Self::I256(value) => encode(value),
        }
    }
}

/// What kind of replay a transaction is protected against.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ReplayProtector {
    /// The sender's counter.
    SequenceNumber(u64),
    /// A number that the sender uses once.
    Nonce(u64),
}

/// What a payload runs, whichever form it came in.
#[derive(Debug, Clone, Copy)]
pub enum ExecutableRef<'a> {
    /// A script.
    Script(&'a Script),
    /// An entry function.
    EntryFunction(&'a EntryFunction),
    /// Nothing of its own.
    Empty,
}

impl TransactionPayload {
    /// What is run.
    #[must_use]
    pub fn executable(&self) -> ExecutableRef<'_> {
        match self {
            TransactionPayload::Script(script) => ExecutableRef::Script(script),
            TransactionPayload::ModuleBundle(refused) => match *refused {},
            TransactionPayload::EntryFunction(call) => ExecutableRef::EntryFunction(call),
            TransactionPayload::Multisig(multisig) => match &multisig.transaction_payload {
                Some(MultisigPayload::EntryFunction(call)) => ExecutableRef::EntryFunction(call),
                None => ExecutableRef::Empty,
            },
            TransactionPayload::Payload(PayloadInner::V1 { executable, .. }) => match executable {
                Executable::Script(script) => ExecutableRef::Script(script),
                Executable::EntryFunction(call) => ExecutableRef::EntryFunction(call),
                Executable::Empty => ExecutableRef::Empty,
            },
        }
    }

    /// The multisig account that acts, if one does.
    #[must_use]
    pub fn multisig_address(&self) -> Option<AccountAddress> {
        match self {
            TransactionPayload::Script(_) | TransactionPayload::EntryFunction(_) => None,
            TransactionPayload::ModuleBundle(refused) => match *refused {},
            TransactionPayload::Multisig(multisig) => Some(multisig.multisig_address),
            TransactionPayload::Payload(PayloadInner::V1 { extra_config, .. }) => {
                let ExtraConfig::V1 { multisig_address, .. } = extra_config;
                *multisig_address
            }
        }
    }

    /// The nonce of an orderless transaction.
    #[must_use]
    pub fn nonce(&self) -> Option<u64> {
        match self {
            TransactionPayload::Script(_) | TransactionPayload::EntryFunction(_) | TransactionPayload::Multisig(_) => {
                None
            }
            TransactionPayload::ModuleBundle(refused) => match *refused {},
            TransactionPayload::Payload(PayloadInner::V1 { extra_config, .. }) => {
                let ExtraConfig::V1 { replay_protection_nonce, .. } = extra_config;
                *replay_protection_nonce
            }
        }
    }
}

impl RawTransaction {
    /// What a single signer signs.
    #[must_use]
    pub fn signing_message(&self) -> Vec<u8> {
        [RAW_TRANSACTION_SEED.as_slice(), &encode(self)].concat()
    }

    /// What everyone signs in a transaction of several signers without a fee payer.
    #[must_use]
    pub fn multi_agent_message(&self, secondary: &[AccountAddress]) -> Vec<u8> {
        [RAW_TRANSACTION_WITH_DATA_SEED.as_slice(), &[0], &encode(self), &encode(secondary)].concat()
    }

    /// What everyone signs in a transaction with a fee payer; signers other than the fee payer may leave it open as 0x0.
    #[must_use]
    pub fn fee_payer_message(&self, secondary: &[AccountAddress], fee_payer: &AccountAddress) -> Vec<u8> {
        [RAW_TRANSACTION_WITH_DATA_SEED.as_slice(), &[1], &encode(self), &encode(secondary), &encode(fee_payer)]
            .concat()
    }

    /// What protects it against replay.
    #[must_use]
    pub fn replay_protector(&self) -> ReplayProtector {
        match self.payload.nonce() {
            Some(nonce) => ReplayProtector::Nonce(nonce),
            None => ReplayProtector::SequenceNumber(self.sequence_number),
        }
    }
}

/// A transaction with the proof that its signers agreed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedTransaction {
    /// What was signed.
    pub raw: RawTransaction,
    /// Who signed it.
    pub authenticator: TransactionAuthenticator,
}

impl SignedTransaction {
    /// Wire bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        encode(self)
    }

    /// The transaction in exactly these bytes.
    ///
    /// # Errors
    /// Malformed, or of a kind that is named as unsupported: [`DecodeError::Invalid`] with [`UNSUPPORTED_KIND`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        decode_limited(bytes, TRANSACTION_DEPTH_MAX).map_err(|error| match error {
            DecodeError::Bcs(bcs::Error::Custom(text)) if text == UNSUPPORTED_KIND => {
                DecodeError::Invalid(UNSUPPORTED_KIND)
            }
            other => other,
        })
    }

    /// The hash by which everyone knows it; covers the authenticator.
    #[must_use]
    pub fn hash(&self) -> Hash {
        transaction_hash(KIND_USER, &self.to_bytes())
    }

    /// Who acts.
    #[must_use]
    pub fn sender(&self) -> AccountAddress {
        self.raw.sender
    }

    /// Who pays: the fee payer if there is one, else the sender.
    #[must_use]
    pub fn payer(&self) -> AccountAddress {
        match &self.authenticator {
            TransactionAuthenticator::FeePayer { fee_payer_address, .. } => *fee_payer_address,
            TransactionAuthenticator::Ed25519 { .. }
            | TransactionAuthenticator::MultiEd25519 { .. }
            | TransactionAuthenticator::MultiAgent { .. }
            | TransactionAuthenticator::SingleSender(_) => self.raw.sender,
        }
    }

    /// The signers beside sender and fee payer, in order.
    #[must_use]
    pub fn secondary_signers(&self) -> &[AccountAddress] {
        match &self.authenticator {
            TransactionAuthenticator::MultiAgent { secondary_addresses, .. }
            | TransactionAuthenticator::FeePayer { secondary_addresses, .. } => secondary_addresses,
            TransactionAuthenticator::Ed25519 { .. }
            | TransactionAuthenticator::MultiEd25519 { .. }
            | TransactionAuthenticator::SingleSender(_) => &[],
        }
    }
}

/// A decoded transaction with its bytes and hash: decoded once, hashed once, carried everywhere. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Transaction(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    signed: SignedTransaction,
    bytes: Arc<[u8]>,
    hash: Hash,
}

impl Transaction {
    /// Decodes and hashes.
    ///
    /// # Errors
    /// As [`SignedTransaction::from_bytes`].
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let signed = SignedTransaction::from_bytes(bytes)?;
        Ok(Transaction(Arc::new(Inner { signed, hash: transaction_hash(KIND_USER, bytes), bytes: bytes.into() })))
    }

    /// Encodes and hashes.
    #[must_use]
    pub fn new(signed: SignedTransaction) -> Self {
        let bytes = signed.to_bytes();
        Transaction(Arc::new(Inner { signed, hash: transaction_hash(KIND_USER, &bytes), bytes: bytes.into() }))
    }

    /// The transaction.
    #[must_use]
    pub fn signed(&self) -> &SignedTransaction {
        &self.0.signed
    }

    /// What was signed.
    #[must_use]
    pub fn raw(&self) -> &RawTransaction {
        &self.0.signed.raw
    }

    /// Wire bytes.
    #[must_use]
    pub fn bytes(&self) -> &Arc<[u8]> {
        &self.0.bytes
    }

    /// Its hash.
    #[must_use]
    pub fn hash(&self) -> Hash {
        self.0.hash
    }
}
