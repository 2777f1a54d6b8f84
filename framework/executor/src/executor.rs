//! The machine with what it remembers between blocks, and reads that change nothing: views and simulation.

use std::sync::Arc;

use move_core_types::{AccountAddress, TypeTag};
use move_vm_runtime::NativeTable;
use move_vm_runtime::{CallRule, GasMeter, SessionContext, Vm, VmConfig, VmError};
use parking_lot::Mutex;
use types::transaction::Transaction;
use types::{Discard, EntryFunction, Genesis, Hash, StateKey};

use crate::admission::{GAS_UNIT_SCALE, Strictness, check_form, check_place, sequence_number};
use crate::config::{CachedConfig, ChainConfig, ConfigError};
use crate::framework::{CurrentTime, Resource};
use crate::reader::{Overlay, SessionView, StateReader};
use crate::transaction::{BlockEnv, Executed, ExecutionError, Place, Refused, execute_transaction};

/// Gas units that a view may use.
pub const VIEW_GAS_UNITS: u64 = 2_000_000;
/// Publications remembered by version, so that reads of recent versions share loaded code.
const CODE_HISTORY_MAX: usize = 1024;

/// Executes blocks of one chain.
#[derive(Debug)]
pub struct Executor {
    vm: Vm,
    chain_id: u8,
    genesis_hash: Hash,
    code: Mutex<CodeHistory>,
    config: Mutex<Option<CachedConfig>>,
}

/// Which code is seen at which version, by numbers that are given once and never again.
#[derive(Debug)]
struct CodeHistory {
    next: u64,
    /// (first version, number), ascending.
    known: Vec<(u64, u64)>,
}

impl CodeHistory {
    fn fresh(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    fn at(&mut self, version: u64) -> u64 {
        match self.known.iter().rev().find(|(first, _)| *first <= version) {
            Some((_, number)) => *number,
            None => self.fresh(),
        }
    }
}

/// What a view function gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ViewAnswer {
    /// BCS of each result.
    pub values: Vec<Vec<u8>>,
    /// Their types.
    pub types: Vec<TypeTag>,
    /// Whole gas units.
    pub gas_used: u64,
}

/// Why a read failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadFailure {
    /// The call failed.
    #[error(transparent)]
    Vm(Box<VmError>),
    /// The state does not say what it is under.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The node must stop.
    #[error(transparent)]
    Execution(#[from] ExecutionError),
}

impl Executor {
    /// An executor for the chain of this genesis file, with these natives.
    #[must_use]
    pub fn new(natives: NativeTable, genesis: &Genesis) -> Arc<Self> {
        let config = VmConfig { privileged: genesis.privileged.clone(), ..VmConfig::default() };
        Self::with_config(natives, config, genesis)
    }

    /// The same with a configuration of the machine's own, say another engine.
    #[must_use]
    pub fn with_config(natives: NativeTable, config: VmConfig, genesis: &Genesis) -> Arc<Self> {
        let config = VmConfig { privileged: genesis.privileged.clone(), ..config };
        Arc::new(Executor {
            vm: Vm::new(natives, config),
            chain_id: genesis.chain_id,
            genesis_hash: genesis.hash(),
            code: Mutex::new(CodeHistory { next: 0, known: Vec::new() }),
            config: Mutex::new(None),
        })
    }

    /// The machine.
    #[must_use]
    pub fn vm(&self) -> &Vm {
        &self.vm
    }

    /// The chain's one-byte id.
    #[must_use]
    pub fn chain_id(&self) -> u8 {
        self.chain_id
    }

    /// Names the chain.
    #[must_use]
    pub fn genesis_hash(&self) -> Hash {
        self.genesis_hash
    }

    /// What the next block on this state is under.
    ///
    /// # Errors
    /// The state does not say.
    pub fn chain_config(&self, state: &dyn StateReader) -> Result<Arc<ChainConfig>, ConfigError> {
        Ok(self.config(state)?.config)
    }

    pub(crate) fn config(&self, state: &dyn StateReader) -> Result<CachedConfig, ConfigError> {
        let cached = self.config.lock().clone();
        let read = CachedConfig::read(state, cached.as_ref())?;
        if cached.is_none() {
            self.remember_config(read.clone());
        }
        Ok(read)
    }

    pub(crate) fn remember_config(&self, config: CachedConfig) {
        *self.config.lock() = Some(config);
    }

    /// The number of the code before `version`, for a block that begins there. Forgets what a dropped block published.
    pub(crate) fn code_from(&self, version: u64) -> u64 {
        let mut code = self.code.lock();
        code.known.retain(|(first, _)| *first < version);
        match code.known.last() {
            Some((_, number)) => *number,
            None => {
                let number = code.fresh();
                code.known.push((version.saturating_sub(1), number));
                number
            }
        }
    }

    /// A new number, for the code from `version` on.
    pub(crate) fn new_code(&self, version: u64) -> u64 {
        let mut code = self.code.lock();
        let number = code.fresh();
        code.known.push((version, number));
        if code.known.len() > CODE_HISTORY_MAX {
            code.known.remove(0);
        }
        number
    }

    /// Calls a function for its results on the state after `version`, at ledger time `time_us`.
    ///
    /// That the function is a view is for the caller to check, who knows its attributes.
    ///
    /// # Errors
    /// Why the call failed.
    pub fn view(
        &self,
        state: &dyn StateReader,
        version: u64,
        time_us: u64,
        call: &EntryFunction,
    ) -> Result<ViewAnswer, ReadFailure> {
        let config = self.chain_config(state)?;
        let state = at_time(state, time_us);
        let code_version = self.code.lock().at(version);
        let view = SessionView { reader: &state, code_version };
        let context = SessionContext::new(self.chain_id, config.schedule.clone());
        let mut session = self.vm.session(&view, context);
        let mut gas = GasMeter::new(VIEW_GAS_UNITS * GAS_UNIT_SCALE, u64::MAX);
        let returns = session
            .call(&call.module, &call.function, &call.type_args, &call.args, CallRule::View, &mut gas)
            .map_err(|error| ReadFailure::Vm(Box::new(error)))?;
        let gas_used = gas.used().div_ceil(GAS_UNIT_SCALE);
        Ok(ViewAnswer { values: returns.values, types: returns.types, gas_used })
    }

    /// Executes a transaction without effect on the state after `version`, under the rules of a block at `time_us`.
    ///
    /// Signatures are not looked at; refuse those that verify beforehand, or anyone could replay them.
    ///
    /// # Errors
    /// Outer: the state could not be read. Inner: the transaction would be refused.
    pub fn simulate(
        &self,
        state: &dyn StateReader,
        version: u64,
        time_us: u64,
        transaction: &Transaction,
    ) -> Result<Result<Executed, Refused>, ReadFailure> {
        let config = self.chain_config(state)?;
        let size = transaction.bytes().len();
        let form =
            check_form(transaction.signed(), size, config.parameters.max_transaction_bytes, self.chain_id, &config);
        if let Err(reason) = form {
            return Ok(Err(reason.into()));
        }
        let state = at_time(state, time_us);
        let code_version = self.code.lock().at(version);
        let place = Place { version: version.saturating_add(1), code_version };
        let block = BlockEnv { config, chain_id: self.chain_id, time_us };
        Ok(execute_transaction(&self.vm, &block, &state, place, transaction, Strictness::Simulation)?)
    }

    /// Whether a submitted transaction may wait in the pool: all checks but signatures, where a sequence number ahead
    /// is fine. Gives the sender's present sequence number.
    ///
    /// # Errors
    /// Outer: the state could not be read. Inner: the first check that fails.
    pub fn admit(
        &self,
        state: &dyn StateReader,
        time_us: u64,
        transaction: &Transaction,
    ) -> Result<Result<u64, Discard>, ReadFailure> {
        let config = self.chain_config(state)?;
        let signed = transaction.signed();
        let size = transaction.bytes().len();
        if let Err(reason) = check_form(signed, size, config.parameters.max_transaction_bytes, self.chain_id, &config) {
            return Ok(Err(reason));
        }
        if let Err(reason) =
            check_place(signed, state, time_us, Strictness::Submission).map_err(ExecutionError::from)?
        {
            return Ok(Err(reason));
        }
        Ok(Ok(sequence_number(state, &signed.raw.sender).map_err(ExecutionError::from)?))
    }
}

/// State that says it is `time_us`.
fn at_time(state: &dyn StateReader, time_us: u64) -> Overlay<&dyn StateReader> {
    let mut state = Overlay::new(state);
    let key = StateKey::resource(AccountAddress::ONE, CurrentTime::tag().clone());
    state.set(key, Some(CurrentTime { microseconds: time_us }.encode().into()));
    state
}
