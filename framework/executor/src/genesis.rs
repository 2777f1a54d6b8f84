//! Version 0: what a genesis file comes to.
//!
//! In this order: packages at `0x1` to `0xf`; `0x1::genesis::initialize`; the list of packages; balances, after which
//! nobody can make or destroy native coins; the other packages with their initialisers; calls. Unmetered, and every
//! step must succeed. No compiler is needed.

use std::sync::Arc;

use move_core_types::AccountAddress;
use move_vm_runtime::{CallRule, GasMeter, GasSchedule, PublishPolicy, Session, SessionContext, VmError};
use serde::Serialize;
use types::block::genesis_transaction_hash;
use types::codec::encode;
use types::event::event_root;
use types::genesis::GenesisPackage;
use types::hash::list_root;
use types::{Genesis, Hash, Header, Op, Receipt, SignedHeader, Status, WriteSet};

use crate::block::{Tip, tree_updates};
use crate::config::{CachedConfig, ChainConfig, ConfigError};
use crate::executor::Executor;
use crate::framework::framework_module;
use crate::reader::{EmptyState, MemoryState, SessionView};
use crate::transaction::{Detail, Executed, event, state_key};

/// Why a genesis file does not make a chain.
#[derive(Debug, thiserror::Error)]
pub enum GenesisError {
    /// A step failed.
    #[error("genesis: {step}: {error}")]
    Step {
        /// Which.
        step: String,
        /// Why.
        error: Box<VmError>,
    },
    /// The file breaks a rule.
    #[error("genesis file: {0}")]
    File(#[from] types::DecodeError),
    /// A gas entry that this binary does not know.
    #[error("genesis file: unknown gas entry {0}")]
    GasEntry(String),
    /// The steps did not leave what blocks need.
    #[error("genesis: {0}")]
    Config(#[from] ConfigError),
}

/// Block 0.
#[derive(Debug)]
pub struct GenesisBlock {
    /// Its only transaction.
    pub executed: Executed,
    /// What block 1 is under.
    pub config: Arc<ChainConfig>,
    /// Names the chain.
    pub genesis_hash: Hash,
    time_us: u64,
    da_start: u64,
}

impl GenesisBlock {
    /// What the tree takes.
    #[must_use]
    pub fn tree_updates(&self) -> Vec<([u8; 32], Option<[u8; 32]>)> {
        tree_updates(self.executed.write_set.as_slice())
    }

    /// Header 0, which nobody signs, given the root of the state.
    #[must_use]
    pub fn header(&self, state_root: Hash) -> Header {
        Header {
            format: types::block::HEADER_FORMAT,
            genesis_hash: self.genesis_hash,
            height: 0,
            parent: Hash::ZERO,
            time_us: self.time_us,
            first_version: 0,
            count: 1,
            da_read: self.da_start,
            transaction_root: list_root(&[self.executed.receipt.transaction_hash]),
            receipt_root: list_root(&[self.executed.receipt.hash()]),
            state_root,
            gas_used: 0,
            fees: 0,
            sequencer: self.config.sequencer_key.authentication_key(),
        }
    }

    /// Header 0 with the zeros that stand for its signature.
    #[must_use]
    pub fn signed_header(&self, state_root: Hash) -> SignedHeader {
        SignedHeader { header: self.header(state_root), signature: types::Signature::ZERO }
    }

    /// What block 1 needs to know.
    #[must_use]
    pub fn tip(&self) -> Tip {
        Tip {
            height: 0,
            block_id: self.genesis_hash,
            time_us: self.time_us,
            da_read: self.da_start,
            next_version: 1,
            fees: 0,
        }
    }
}

/// Executes a genesis file.
///
/// # Errors
/// The first step that fails.
pub fn execute_genesis(executor: &Executor, genesis: &Genesis) -> Result<GenesisBlock, GenesisError> {
    genesis.check()?;
    let genesis_hash = genesis.hash();
    let transaction_hash = genesis_transaction_hash(&genesis_hash);
    let entries = genesis.gas_schedule.entries.iter().map(|(name, value)| (name.as_str(), *value));
    let schedule = Arc::new(GasSchedule::from_entries(entries).map_err(GenesisError::GasEntry)?);
    let view = SessionView { reader: &EmptyState, code_version: executor.new_code(0) };
    let context =
        SessionContext { transaction_hash: transaction_hash.0, ..SessionContext::new(genesis.chain_id, schedule) };
    let session = executor.vm().session(&view, context);
    let mut steps = Steps { session, gas: GasMeter::unlimited() };
    steps.run(genesis, genesis_hash)?;
    let changes = steps
        .session
        .finish()
        .map_err(|error| GenesisError::Step { step: "writes".to_owned(), error: Box::new(error) })?;

    let writes = changes.writes.into_iter().map(|(key, value)| (state_key(key), value.map_or(Op::Delete, Op::Write)));
    let write_set = WriteSet::new(writes.collect())?;
    let events: Vec<_> = changes.events.into_iter().map(event).collect();
    let receipt = Receipt {
        transaction_hash,
        status: Status::Success,
        gas_used: 0,
        fee: 0,
        write_set_hash: write_set.hash(),
        event_root: event_root(&events),
    };
    let mut state = MemoryState::default();
    state.apply(&write_set);
    let config = CachedConfig::read(&state, None)?.config;
    Ok(GenesisBlock {
        executed: Executed { receipt, write_set, events, detail: Detail::default() },
        config,
        genesis_hash,
        time_us: genesis.time_us,
        da_start: genesis.da_start,
    })
}

struct Steps<'s> {
    session: Session<'s>,
    gas: GasMeter,
}

impl Steps<'_> {
    fn run(&mut self, genesis: &Genesis, genesis_hash: Hash) -> Result<(), GenesisError> {
        let (framework, application): (Vec<_>, Vec<_>) =
            genesis.packages.iter().partition(|package| package.address.is_special());
        for package in &framework {
            self.publish(package)?;
        }
        self.initialize(genesis, genesis_hash)?;
        for package in &framework {
            self.record(package)?;
        }
        let (accounts, amounts): (Vec<AccountAddress>, Vec<u64>) = genesis.balances.iter().copied().unzip();
        self.framework_call("distribute", &[arg(&AccountAddress::ONE), arg(&accounts), arg(&amounts)])?;
        for package in &application {
            self.publish(package)?;
            self.record(package)?;
        }
        for (index, call) in genesis.calls.iter().enumerate() {
            let function = &call.function;
            let rule = CallRule::Entry(std::slice::from_ref(&call.sender));
            let result = self.session.call(
                &function.module,
                &function.function,
                &function.type_args,
                &function.args,
                rule,
                &mut self.gas,
            );
            let name = format!("call {index}, {}::{}", function.module, function.function);
            result.map_err(|error| GenesisError::Step { step: name, error: Box::new(error) })?;
        }
        Ok(())
    }

    fn publish(&mut self, package: &GenesisPackage) -> Result<(), GenesisError> {
        let published =
            self.session.publish(&package.modules, package.address, PublishPolicy::Arbitrary, &mut self.gas);
        let step = || format!("package of {} modules at {}", package.modules.len(), package.address);
        published.map(|_| ()).map_err(|error| GenesisError::Step { step: step(), error: Box::new(error) })
    }

    fn record(&mut self, package: &GenesisPackage) -> Result<(), GenesisError> {
        let args = [arg(&AccountAddress::ONE), arg(&package.address), arg(&package.metadata)];
        self.framework_call("record_package", &args)
    }

    fn initialize(&mut self, genesis: &Genesis, genesis_hash: Hash) -> Result<(), GenesisError> {
        let unzip = |pairs: &[(String, u64)]| -> (Vec<String>, Vec<u64>) { pairs.iter().cloned().unzip() };
        let (parameter_names, parameter_values) = unzip(&genesis.parameters);
        let (gas_names, gas_values) = unzip(&genesis.gas_schedule.entries);
        let args = [
            arg(&AccountAddress::ONE),
            arg(&genesis.chain_id),
            arg(&genesis.time_us),
            arg(&genesis_hash.0.to_vec()),
            arg(&genesis.admin),
            arg(&genesis.sequencer_public_key.0.to_vec()),
            arg(&parameter_names),
            arg(&parameter_values),
            arg(&genesis.gas_schedule.feature_version),
            arg(&gas_names),
            arg(&gas_values),
        ];
        self.framework_call("initialize", &args)
    }

    fn framework_call(&mut self, function: &str, args: &[Vec<u8>]) -> Result<(), GenesisError> {
        let module = framework_module("genesis");
        let result = self.session.call(&module, function, &[], args, CallRule::Any, &mut self.gas);
        let step = || format!("0x1::genesis::{function}");
        result.map(|_| ()).map_err(|error| GenesisError::Step { step: step(), error: Box::new(error) })
    }
}

fn arg<T: Serialize>(value: &T) -> Vec<u8> {
    encode(value)
}
