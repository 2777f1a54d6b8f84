//! One user transaction: prologue, payload, epilogue.
//!
//! A function of state, block and transaction. Its outcome is a receipt with the exact difference of state, or a
//! refusal that leaves no trace. Gas is metered in internal units and charged in whole ones, at least the intrinsic
//! cost; a failed payload leaves only the sequence number and the fee.

use std::sync::Arc;

use move_core_types::{AccountAddress, ModuleId, StatusClass, StatusCode, StructTag};
use move_vm_runtime::{
    CallRule, Changes, EntryFunctionFacts, GasKind, GasMeter, Key, Location, Session, SessionContext, StateError,
    TransactionFacts, Vm, VmError,
};
use serde::{Deserialize, Serialize};
use types::event::event_root;
use types::hash::sha3;
use types::receipt::AbortModule;
use types::transaction::{ExecutableRef, Transaction};
use types::{
    Discard, Event, Hash, Op, Parameters, Receipt, SignedTransaction, StateKey, StateKeyRef, Status, WriteSet,
};

use crate::admission::{self, GAS_UNIT_SCALE, ReadError, Strictness};
use crate::config::ChainConfig;
use crate::framework::{
    Account, CoinStore, FeeStatement, FungibleStore, Resource, fee_statement_tag, framework_module, primary_store,
};
use crate::publish;
use crate::reader::{SessionView, StateReader, Value};

/// `out_of_range(EOUT_OF_GAS)` of `0x1::transaction_validation`: the payload spent what was to pay for it.
const CANNOT_PAY: u64 = 0x20006;

/// What all transactions of a block have in common.
#[derive(Debug, Clone)]
pub struct BlockEnv {
    /// What the block is under.
    pub config: Arc<ChainConfig>,
    /// The chain's one-byte id.
    pub chain_id: u8,
    /// Time of the block.
    pub time_us: u64,
}

/// Where a transaction stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Its version.
    pub version: u64,
    /// The number of the code that it sees.
    pub code_version: u64,
}

/// What people are told beside a receipt.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Detail {
    /// Where an execution failed; `None` in a script.
    pub module: Option<ModuleId>,
    /// Function definition and instruction.
    pub at: Option<(u16, u16)>,
    /// Refines the status code.
    pub sub_status: Option<u64>,
    /// Why, in words.
    pub message: Option<String>,
    /// Of the gas used.
    pub fee_statement: FeeStatement,
}

/// A transaction that has a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Executed {
    /// What goes under the roots.
    pub receipt: Receipt,
    /// The exact difference of state.
    pub write_set: WriteSet,
    /// In order of emission, the fee statement last.
    pub events: Vec<Event>,
    /// For people.
    pub detail: Detail,
}

impl Executed {
    /// Whether a module changed.
    #[must_use]
    pub fn publishes(&self) -> bool {
        self.write_set.iter().any(|(key, _)| matches!(key, StateKey::Module { .. }))
    }
}

/// A refusal at the transaction's place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// By its public code.
    pub reason: Discard,
    /// More, if it is a bug of ours.
    pub message: Option<String>,
}

impl From<Discard> for Refused {
    fn from(reason: Discard) -> Self {
        Refused { reason, message: None }
    }
}

/// Nothing could be decided: the node must not go on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExecutionError {
    /// The store failed.
    #[error(transparent)]
    State(#[from] StateError),
    /// State that this code wrote does not read as it should.
    #[error("impossible state: {0}")]
    Impossible(String),
}

impl From<ReadError> for ExecutionError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::State(error) => ExecutionError::State(error),
            ReadError::Bad(error) => ExecutionError::Impossible(error.to_string()),
        }
    }
}

/// Executes a transaction whose form and signatures were checked.
///
/// # Errors
/// Outer: the node must stop. Inner: the transaction is refused here and leaves no trace.
pub fn execute_transaction(
    vm: &Vm,
    block: &BlockEnv,
    state: &dyn StateReader,
    place: Place,
    transaction: &Transaction,
    strictness: Strictness,
) -> Result<Result<Executed, Refused>, ExecutionError> {
    let signed = transaction.signed();
    if let Err(reason) = admission::check_place(signed, state, block.time_us, strictness)? {
        return Ok(Err(reason.into()));
    }
    let account = WithAccount::new(state, signed.raw.sender)?;
    let view = SessionView { reader: &account, code_version: place.code_version };
    let context = context(block, place.version, transaction);
    let mut run = Run {
        vm,
        block,
        signed,
        hash: transaction.hash(),
        intrinsic: block.config.schedule.intrinsic(transaction.bytes().len() as u64).unwrap_or(u64::MAX),
        is_free: strictness == Strictness::Simulation && signed.payer() == AccountAddress::ZERO,
        session: vm.session(&view, context),
    };
    let mut gas = run.meter();
    let start = run.session.checkpoint();
    let payload = run.payload(&mut gas).and_then(|()| run.charge_and_limit(&mut gas));
    let settled = match payload {
        Ok(()) => Ok(Status::Success),
        Err(error) => classify(error),
    };
    let (status, mut detail) = match settled {
        Ok(status) => (status, Detail::default()),
        Err(Failure::Kept(status, detail)) => (status, detail),
        Err(Failure::Bug(message)) => {
            return Ok(Err(Refused { reason: Discard::InvariantViolation, message: Some(message) }));
        }
        Err(Failure::Store(message)) => return Err(ExecutionError::State(StateError(message))),
    };
    if !status.is_success() {
        run.session.rollback(start.clone());
    }
    run.epilogue(status, &gas, start, &mut detail, &account).map(Ok)
}

struct Run<'a, 's> {
    vm: &'a Vm,
    block: &'a BlockEnv,
    signed: &'a SignedTransaction,
    hash: Hash,
    /// Internal units.
    intrinsic: u64,
    is_free: bool,
    session: Session<'s>,
}

impl Run<'_, '_> {
    /// What the payload may use: the user's offer above the intrinsic cost, and what any transaction may.
    fn meter(&self) -> GasMeter {
        let parameters = &self.block.config.parameters;
        // No transaction may need more than a whole block has, or it could never take a place.
        let offer = self.signed.raw.max_gas_amount.min(parameters.block_own_gas_max).saturating_mul(GAS_UNIT_SCALE);
        let any = parameters.transaction_gas_max.saturating_mul(GAS_UNIT_SCALE);
        GasMeter::new(offer.saturating_sub(self.intrinsic), any)
    }

    fn payload(&mut self, gas: &mut GasMeter) -> Result<(), VmError> {
        let mut signers = vec![self.signed.raw.sender];
        signers.extend_from_slice(self.signed.secondary_signers());
        let rule = CallRule::Entry(&signers);
        match self.signed.raw.payload.executable() {
            ExecutableRef::EntryFunction(call) => {
                self.session.call(&call.module, &call.function, &call.type_args, &call.args, rule, gas)?;
            }
            ExecutableRef::Script(script) => {
                let args: Vec<Vec<u8>> = script.args.iter().map(|arg| arg.to_value_bytes()).collect();
                self.session.run_script(&script.code, &script.type_args, &args, rule, gas)?;
            }
            ExecutableRef::Empty => return Err(VmError::new(StatusCode::FeatureUnderGating)),
        }
        publish::publish_requested(self.vm, &mut self.session, gas)
    }

    /// Charges for what the payload wrote, and holds it to the limits of one transaction.
    fn charge_and_limit(&mut self, gas: &mut GasMeter) -> Result<(), VmError> {
        let changed = self.session.changed()?;
        let schedule = &self.block.config.schedule;
        for (key, value) in &changed {
            gas.charge(GasKind::Io, schedule.io_write_item)?;
            let bytes = key.size() + value.as_ref().map_or(0, |value| value.len() as u64);
            gas.charge_per(GasKind::Io, schedule.io_write_byte, bytes)?;
        }
        if is_within(&self.block.config.parameters, &changed, self.session.events()) {
            Ok(())
        } else {
            Err(VmError::new(StatusCode::StorageWriteLimitReached))
        }
    }

    /// Takes the fee, counts the transaction, states what it cost.
    fn epilogue(
        mut self,
        status: Status,
        gas: &GasMeter,
        start: move_vm_runtime::Checkpoint,
        detail: &mut Detail,
        account: &WithAccount<'_>,
    ) -> Result<Executed, ExecutionError> {
        let units = self.intrinsic.saturating_add(gas.used()).div_ceil(GAS_UNIT_SCALE);
        let gas_used = units.min(self.signed.raw.max_gas_amount);
        let fee = gas_used.saturating_mul(self.signed.raw.gas_unit_price);
        let mut status = status;
        if !self.is_free && !self.debit(fee)? {
            self.session.rollback(start);
            let module = framework_module("transaction_validation");
            status = Status::Abort {
                module: Some(AbortModule { address: module.address, name: module.name }),
                code: CANNOT_PAY,
            };
            if !self.debit(fee)? {
                return Err(ExecutionError::Impossible(
                    "the payer's checked balance is gone after a rollback".to_owned(),
                ));
            }
        }
        self.count()?;
        let io = gas.io_used() / GAS_UNIT_SCALE;
        let statement = FeeStatement {
            total_charge_gas_units: gas_used,
            execution_gas_units: gas_used.saturating_sub(io),
            io_gas_units: io.min(gas_used),
            ..FeeStatement::default()
        };
        self.session
            .emit(move_vm_runtime::Event::Module { tag: fee_statement_tag(), data: types::codec::encode(&statement) });
        detail.fee_statement = statement;
        let changes = self.session.finish().map_err(store_error)?;
        let (write_set, events) = convert(changes, account)?;
        let receipt = Receipt {
            transaction_hash: self.hash,
            status,
            gas_used,
            fee: if self.is_free { 0 } else { fee },
            write_set_hash: write_set.hash(),
            event_root: event_root(&events),
        };
        Ok(Executed { receipt, write_set, events, detail: detail.clone() })
    }

    fn resource<R: Resource>(&self, address: &AccountAddress) -> Result<Option<R>, ExecutionError> {
        let bytes = self.session.resource(address, R::tag()).map_err(store_error)?;
        let decoded = bytes.map(|bytes| R::decode(&bytes)).transpose();
        decoded.map_err(|error| ExecutionError::Impossible(error.to_string()))
    }

    /// Takes `fee` from the payer, coins first; `false` and nothing taken if there is not enough.
    fn debit(&mut self, fee: u64) -> Result<bool, ExecutionError> {
        let payer = self.signed.payer();
        let coins: Option<CoinStore> = self.resource(&payer)?;
        let from_coins = coins.as_ref().map_or(0, |store| store.coin).min(fee);
        let rest = fee - from_coins;
        let mut fungible = None;
        if rest > 0 {
            let address = primary_store(&payer);
            match self.resource::<FungibleStore>(&address)? {
                Some(store) if store.balance >= rest => fungible = Some((address, store)),
                _ => return Ok(false),
            }
        }
        if let Some(mut store) = coins.filter(|_| from_coins > 0) {
            store.coin -= from_coins;
            self.session.set_resource(payer, CoinStore::tag(), Some(store.encode()));
        }
        if let Some((address, mut store)) = fungible {
            store.balance -= rest;
            self.session.set_resource(address, FungibleStore::tag(), Some(store.encode()));
        }
        Ok(true)
    }

    /// Counts the sender's transaction.
    fn count(&mut self) -> Result<(), ExecutionError> {
        let sender = self.signed.raw.sender;
        let mut account: Account = self.resource(&sender)?.unwrap_or_else(|| Account::new(sender));
        account.sequence_number = self.signed.raw.sequence_number.saturating_add(1);
        self.session.set_resource(sender, Account::tag(), Some(account.encode()));
        Ok(())
    }
}

fn context(block: &BlockEnv, version: u64, transaction: &Transaction) -> SessionContext {
    let raw = transaction.raw();
    let signed = transaction.signed();
    let executable = raw.payload.executable();
    let entry_function = match executable {
        ExecutableRef::EntryFunction(call) => Some(EntryFunctionFacts {
            account_address: call.module.address,
            module_name: call.module.name.to_string(),
            function_name: call.function.to_string(),
            ty_args_names: call.type_args.iter().map(ToString::to_string).collect(),
            args: call.args.clone(),
        }),
        ExecutableRef::Script(_) | ExecutableRef::Empty => None,
    };
    let script_hash = match executable {
        ExecutableRef::Script(script) => sha3(&[&script.code]).0.to_vec(),
        ExecutableRef::EntryFunction(_) | ExecutableRef::Empty => Vec::new(),
    };
    SessionContext {
        transaction_hash: transaction.hash().0,
        script_hash,
        chain_id: block.chain_id,
        transaction: Some(TransactionFacts {
            sender: raw.sender,
            secondary_signers: signed.secondary_signers().to_vec(),
            gas_payer: signed.payer(),
            max_gas_amount: raw.max_gas_amount,
            gas_unit_price: raw.gas_unit_price,
            entry_function,
            multisig_address: raw.payload.multisig_address(),
            is_orderless: raw.payload.nonce().is_some(),
            version,
        }),
        schedule: block.config.schedule.clone(),
    }
}

/// State in which the sender has an account: what the prologue adds, so that the payload does not pay for it.
struct WithAccount<'a> {
    base: &'a dyn StateReader,
    address: AccountAddress,
    /// Set if the state has none.
    fresh: Option<Value>,
}

impl<'a> WithAccount<'a> {
    fn new(base: &'a dyn StateReader, address: AccountAddress) -> Result<Self, StateError> {
        let known = base.get(&StateKeyRef::Resource { address: &address, tag: Account::tag() })?;
        let fresh = known.is_none().then(|| Account::new(address).encode().into());
        Ok(WithAccount { base, address, fresh })
    }
}

impl StateReader for WithAccount<'_> {
    fn get(&self, key: &StateKeyRef<'_>) -> Result<Option<Value>, StateError> {
        if let (Some(fresh), StateKeyRef::Resource { address, tag }) = (&self.fresh, key)
            && **address == self.address
            && *tag == Account::tag()
        {
            return Ok(Some(fresh.clone()));
        }
        self.base.get(key)
    }
}

enum Failure {
    Kept(Status, Detail),
    Bug(String),
    Store(String),
}

/// What consensus keeps of an error, and what people are told.
fn classify(error: VmError) -> Result<Status, Failure> {
    if error.status == StatusCode::StorageError {
        return Err(Failure::Store(error.to_string()));
    }
    let text = error.to_string();
    let module = match &error.location {
        Location::Module(id) => Some(id.clone()),
        Location::Script | Location::Undefined => None,
    };
    let status = match error.status.class() {
        StatusClass::Verification | StatusClass::Deserialization => {
            Status::Error { status_code: error.status.number() }
        }
        StatusClass::Execution if error.status == StatusCode::Aborted => Status::Abort {
            module: module.clone().map(|id| AbortModule { address: id.address, name: id.name }),
            code: error.sub_status.unwrap_or(0),
        },
        StatusClass::Execution => Status::Error { status_code: error.status.number() },
        StatusClass::Validation | StatusClass::InvariantViolation | StatusClass::Unknown => {
            return Err(Failure::Bug(text));
        }
    };
    let detail = Detail {
        module,
        at: error.at,
        sub_status: error.sub_status,
        message: error.message,
        fee_statement: FeeStatement::default(),
    };
    Err(Failure::Kept(status, detail))
}

pub(crate) fn store_error(error: VmError) -> ExecutionError {
    ExecutionError::State(StateError(error.to_string()))
}

pub(crate) fn state_key(key: Key) -> StateKey {
    match key {
        Key::Resource(address, tag) => StateKey::resource(address, StructTag::clone(&tag)),
        Key::Module(id) => StateKey::Module { address: id.address, name: id.name },
        Key::TableItem(handle, key) => StateKey::table_item(handle, key.to_vec()),
    }
}

pub(crate) fn event(event: move_vm_runtime::Event) -> Event {
    match event {
        move_vm_runtime::Event::Module { tag, data } => Event::Module { tag, data },
        move_vm_runtime::Event::Handle { creation_number, creator, sequence_number, tag, data } => {
            Event::Handle { creation_number, account: creator, sequence_number, tag, data }
        }
    }
}

/// The difference against the true state: the session saw the sender's account as if it had been there.
fn convert(changes: Changes, account: &WithAccount<'_>) -> Result<(WriteSet, Vec<Event>), ExecutionError> {
    // The sequence number changes in every transaction, so the account is among the writes whether it is new or not.
    debug_assert!(account.fresh.is_none() || !changes.writes.is_empty());
    let writes = changes.writes.into_iter().map(|(key, value)| (state_key(key), value.map_or(Op::Delete, Op::Write)));
    let write_set = WriteSet::new(writes.collect()).map_err(|error| ExecutionError::Impossible(error.to_string()))?;
    Ok((write_set, changes.events.into_iter().map(event).collect()))
}

/// Whether changes and events keep to the limits of one transaction.
fn is_within(parameters: &Parameters, changed: &[(Key, Option<Arc<[u8]>>)], events: &[move_vm_runtime::Event]) -> bool {
    let mut bytes = 0u64;
    for (key, value) in changed {
        let (key, value) = (key.size(), value.as_ref().map_or(0, |value| value.len() as u64));
        if key > parameters.state_key_bytes_max || value > parameters.state_value_bytes_max {
            return false;
        }
        bytes = bytes.saturating_add(key).saturating_add(value);
    }
    let sizes = events.iter().map(|event| event.data().len() as u64);
    let events_bytes = sizes.clone().fold(0, u64::saturating_add);
    changed.len() as u64 <= parameters.write_set_entries_max
        && bytes <= parameters.write_set_bytes_max
        && events.len() as u64 <= parameters.events_max
        && sizes.max().unwrap_or(0) <= parameters.event_bytes_max
        && events_bytes <= parameters.events_bytes_max
}
