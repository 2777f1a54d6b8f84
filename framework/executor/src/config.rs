//! What a block is executed under: parameters, key, prices, as the state after its parent holds them.

use std::collections::BTreeSet;
use std::sync::Arc;

use move_core_types::AccountAddress;
use move_vm_runtime::GasSchedule;
use types::{Hash, Parameters, PublicKey, StateKeyRef};

use crate::framework::{BadResource, FeesConfig, GasScheduleResource, Resource, RollupConfig};
use crate::reader::{StateReader, Value};

/// What the gas entries of the state mean to this binary.
pub const GAS_FEATURE_VERSION: u64 = 1;

/// In force for one block.
#[derive(Debug, Clone, PartialEq)]
pub struct ChainConfig {
    /// Which chain.
    pub genesis_hash: Hash,
    /// Who may change what follows.
    pub admin: AccountAddress,
    /// Signs the block.
    pub sequencer_key: PublicKey,
    /// The parameters.
    pub parameters: Parameters,
    /// The prices.
    pub schedule: Arc<GasSchedule>,
    /// Receives fees.
    pub fee_recipient: AccountAddress,
}

/// Why the state does not say what a block is under.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// The store failed.
    #[error(transparent)]
    State(#[from] move_vm_runtime::StateError),
    /// A resource of genesis is gone.
    #[error("no resource {0} at 0x1")]
    Missing(String),
    /// A resource of genesis is not what it should be.
    #[error(transparent)]
    Bad(#[from] BadResource),
    /// Not one of the values that the resource may hold.
    #[error("{0}")]
    Invalid(String),
    /// This binary is too old.
    #[error(
        "the gas schedule has feature version {found}, this binary knows up to {GAS_FEATURE_VERSION}: a newer one is needed"
    )]
    FeatureVersion {
        /// In state.
        found: u64,
    },
}

/// The three resources, as bytes, beside what they came to: reading them again costs a comparison.
#[derive(Debug, Clone)]
pub(crate) struct CachedConfig {
    raw: [Value; 3],
    pub(crate) config: Arc<ChainConfig>,
}

impl CachedConfig {
    /// Reads the configuration; `cached` is given back if nothing changed.
    pub(crate) fn read(state: &dyn StateReader, cached: Option<&CachedConfig>) -> Result<CachedConfig, ConfigError> {
        let raw = [raw::<RollupConfig>(state)?, raw::<GasScheduleResource>(state)?, raw::<FeesConfig>(state)?];
        if let Some(cached) = cached
            && cached.raw == raw
        {
            return Ok(cached.clone());
        }
        let [rollup, schedule, fees] = &raw;
        let rollup = RollupConfig::decode(rollup)?;
        let schedule = GasScheduleResource::decode(schedule)?.0;
        let invalid = |what: &str| ConfigError::Invalid(what.to_owned());
        if schedule.feature_version != GAS_FEATURE_VERSION {
            return Err(ConfigError::FeatureVersion { found: schedule.feature_version });
        }
        // What this version has no use for is passed over: a careless entry must not stop every node.
        let known: BTreeSet<String> = GasSchedule::initial().entries().into_iter().map(|(name, _)| name).collect();
        let is_known = |name: &str| known.contains(name) || name.starts_with("native.");
        let entries =
            schedule.entries.iter().map(|(name, value)| (name.as_str(), *value)).filter(|(name, _)| is_known(name));
        let config = ChainConfig {
            genesis_hash: rollup
                .genesis_hash
                .as_slice()
                .try_into()
                .map(Hash)
                .map_err(|_| invalid("genesis hash of another length"))?,
            admin: rollup.admin,
            sequencer_key: rollup
                .sequencer_public_key
                .as_slice()
                .try_into()
                .map(PublicKey)
                .map_err(|_| invalid("sequencer key of another length"))?,
            parameters: Parameters::from_pairs(&rollup.parameters).map_err(|error| invalid(&error.to_string()))?,
            schedule: Arc::new(
                GasSchedule::from_entries(entries)
                    .map_err(|key| ConfigError::Invalid(format!("unknown gas entry {key}")))?,
            ),
            fee_recipient: FeesConfig::decode(fees)?.recipient,
        };
        Ok(CachedConfig { raw, config: Arc::new(config) })
    }
}

fn raw<R: Resource>(state: &dyn StateReader) -> Result<Value, ConfigError> {
    let key = StateKeyRef::Resource { address: &AccountAddress::ONE, tag: R::tag() };
    state.get(&key)?.ok_or_else(|| ConfigError::Missing(R::tag().to_string()))
}

/// The first schedule, as `tenor new` writes it into genesis.
#[must_use]
pub fn first_gas_schedule() -> types::genesis::GasSchedule {
    let mut entries = GasSchedule::initial().entries();
    entries.sort();
    types::genesis::GasSchedule { feature_version: GAS_FEATURE_VERSION, entries }
}
