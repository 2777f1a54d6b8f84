//! The resources of the framework that Rust reads and writes itself, field by field as Move declares them.
//!
//! Prologue, epilogue and the metadata transaction are Rust, because they run for every transaction; each struct here
//! equals its Move declaration, which the tests of the standard packages hold it to.

use std::sync::LazyLock;

use move_core_types::{AccountAddress, Identifier, ModuleId, StructTag, TypeTag};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use types::hash::sha3;

/// What a resource that Rust wrote or Move declared should never be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("resource {0} does not decode: {1}")]
pub struct BadResource(pub String, pub bcs::Error);

/// A Move resource that Rust knows.
pub(crate) trait Resource: Serialize + DeserializeOwned {
    /// Its type.
    fn tag() -> &'static StructTag;

    /// From its BCS bytes.
    fn decode(bytes: &[u8]) -> Result<Self, BadResource> {
        bcs::from_bytes(bytes).map_err(|error| BadResource(Self::tag().to_string(), error))
    }

    /// Its BCS bytes.
    fn encode(&self) -> Vec<u8> {
        types::codec::encode(self)
    }
}

#[expect(clippy::expect_used, reason = "names written in this file")]
pub(crate) fn identifier(name: &str) -> Identifier {
    Identifier::new(name).expect("a name written in this file")
}

fn framework_tag(module: &str, name: &str, type_args: Vec<TypeTag>) -> StructTag {
    StructTag { address: AccountAddress::ONE, module: identifier(module), name: identifier(name), type_args }
}

/// A module of the framework.
pub(crate) fn framework_module(name: &str) -> ModuleId {
    ModuleId::new(AccountAddress::ONE, identifier(name))
}

macro_rules! resource {
    ($type:ty, $module:literal, $name:literal $(, $type_arg:expr)?) => {
        impl Resource for $type {
            fn tag() -> &'static StructTag {
                static TAG: LazyLock<StructTag> = LazyLock::new(|| framework_tag($module, $name, vec![$($type_arg)?]));
                &TAG
            }
        }
    };
}

/// Identity of an event stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct EventHandle {
    pub(crate) counter: u64,
    pub(crate) creation_num: u64,
    pub(crate) address: AccountAddress,
}

impl EventHandle {
    fn new(address: AccountAddress, creation_num: u64) -> Self {
        EventHandle { counter: 0, creation_num, address }
    }
}

/// `0x1::account::Account`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Account {
    #[serde(with = "types::bytes")]
    pub(crate) authentication_key: Vec<u8>,
    pub(crate) sequence_number: u64,
    pub(crate) guid_creation_num: u64,
    pub(crate) coin_register_events: EventHandle,
    pub(crate) key_rotation_events: EventHandle,
    pub(crate) rotation_capability_offer: Vec<AccountAddress>,
    pub(crate) signer_capability_offer: Vec<AccountAddress>,
}
resource!(Account, "account", "Account");

impl Account {
    /// As `account::create_account` makes it.
    pub(crate) fn new(address: AccountAddress) -> Self {
        Account {
            authentication_key: address.as_ref().to_vec(),
            sequence_number: 0,
            guid_creation_num: 2,
            coin_register_events: EventHandle::new(address, 0),
            key_rotation_events: EventHandle::new(address, 1),
            rotation_capability_offer: Vec::new(),
            signer_capability_offer: Vec::new(),
        }
    }
}

/// The type of the native coin.
pub(crate) fn native_coin() -> TypeTag {
    TypeTag::from(framework_tag("aptos_coin", "AptosCoin", Vec::new()))
}

/// `0x1::coin::CoinStore<0x1::aptos_coin::AptosCoin>`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CoinStore {
    pub(crate) coin: u64,
    pub(crate) frozen: bool,
    pub(crate) deposit_events: EventHandle,
    pub(crate) withdraw_events: EventHandle,
}
resource!(CoinStore, "coin", "CoinStore", native_coin());

impl CoinStore {
    /// As `coin::register` makes it: takes two numbers of the account.
    pub(crate) fn new(address: AccountAddress, account: &mut Account) -> Self {
        let first = account.guid_creation_num;
        account.guid_creation_num += 2;
        CoinStore {
            coin: 0,
            frozen: false,
            deposit_events: EventHandle::new(address, first),
            withdraw_events: EventHandle::new(address, first + 1),
        }
    }
}

/// `0x1::fungible_asset::FungibleStore`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FungibleStore {
    pub(crate) metadata: AccountAddress,
    pub(crate) balance: u64,
    pub(crate) frozen: bool,
}
resource!(FungibleStore, "fungible_asset", "FungibleStore");

/// The primary store of the native coin's fungible form.
pub(crate) fn primary_store(owner: &AccountAddress) -> AccountAddress {
    AccountAddress::new(sha3(&[owner.as_ref(), AccountAddress::TEN.as_ref(), &[0xfc]]).0)
}

/// `0x1::timestamp::CurrentTimeMicroseconds`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CurrentTime {
    pub(crate) microseconds: u64,
}
resource!(CurrentTime, "timestamp", "CurrentTimeMicroseconds");

/// `0x1::block::BlockResource`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct BlockResource {
    pub(crate) height: u64,
    pub(crate) epoch_interval: u64,
    pub(crate) new_block_events: EventHandle,
    pub(crate) update_epoch_interval_events: EventHandle,
}
resource!(BlockResource, "block", "BlockResource");

/// The event `0x1::block::NewBlock`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct NewBlock {
    pub(crate) hash: AccountAddress,
    pub(crate) epoch: u64,
    pub(crate) round: u64,
    pub(crate) height: u64,
    pub(crate) previous_block_votes_bitvec: Vec<u8>,
    pub(crate) proposer: AccountAddress,
    pub(crate) failed_proposer_indices: Vec<u64>,
    pub(crate) time_microseconds: u64,
}

/// Type of [`NewBlock`].
pub(crate) fn new_block_tag() -> TypeTag {
    static TAG: LazyLock<TypeTag> = LazyLock::new(|| TypeTag::from(framework_tag("block", "NewBlock", Vec::new())));
    TAG.clone()
}

/// The event `0x1::transaction_fee::FeeStatement`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct FeeStatement {
    /// Gas units, all together.
    pub total_charge_gas_units: u64,
    /// Of them execution, the intrinsic cost included.
    pub execution_gas_units: u64,
    /// Of them reads, writes and modules.
    pub io_gas_units: u64,
    /// Always 0.
    pub storage_fee_octas: u64,
    /// Always 0.
    pub storage_fee_refund_octas: u64,
}

/// Type of [`FeeStatement`].
pub(crate) fn fee_statement_tag() -> TypeTag {
    static TAG: LazyLock<TypeTag> =
        LazyLock::new(|| TypeTag::from(framework_tag("transaction_fee", "FeeStatement", Vec::new())));
    TAG.clone()
}

/// `0x1::fees::Config`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FeesConfig {
    pub(crate) recipient: AccountAddress,
}
resource!(FeesConfig, "fees", "Config");

/// `0x1::rollup::Config`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RollupConfig {
    #[serde(with = "types::bytes")]
    pub(crate) genesis_hash: Vec<u8>,
    pub(crate) admin: AccountAddress,
    #[serde(with = "types::bytes")]
    pub(crate) sequencer_public_key: Vec<u8>,
    pub(crate) parameters: Vec<(String, u64)>,
}
resource!(RollupConfig, "rollup", "Config");

/// `0x1::gas_schedule::GasSchedule`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct GasScheduleResource(pub(crate) types::genesis::GasSchedule);
resource!(GasScheduleResource, "gas_schedule", "GasSchedule");
