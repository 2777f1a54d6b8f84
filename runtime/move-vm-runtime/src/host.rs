//! What a session keeps beside values: gas, the written-back state, events, facts of the transaction.
//!
//! Both interpreters and all natives work against this one structure. Between calls every change lies here as BCS in
//! the overlay; only while a call runs does an interpreter hold decoded values.

use crate::error::{VmError, VmResult};
use crate::gas::{GasKind, GasMeter, GasSchedule, NativeGas};
use crate::state::{Event, Key, StateView};
use move_core_types::{AccountAddress, ModuleId, StatusCode};
use serde::Serialize;
use sha3::{Digest, Sha3_256};
use std::any::{Any, TypeId};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

/// Bytes that may be taken in a transaction per unit of the schedule's quota: the quota is meant for what is alive at one
/// time, the count is of all that was ever taken.
const MEMORY_BYTES_PER_UNIT: u64 = 4;

/// What a session knows about the transaction it runs.
#[derive(Debug, Clone)]
pub struct SessionContext {
    /// Hash of the transaction; of the genesis transaction in genesis; zeros in a view.
    pub transaction_hash: [u8; 32],
    /// SHA3-256 of the script that runs, empty when none does.
    pub script_hash: Vec<u8>,
    /// The chain's one-byte id.
    pub chain_id: u8,
    /// The user transaction; `None` in genesis, views and block metadata.
    pub transaction: Option<TransactionFacts>,
    /// The prices in force.
    pub schedule: Arc<GasSchedule>,
}

impl SessionContext {
    /// A context for views and tests: no transaction, zero hash.
    pub fn new(chain_id: u8, schedule: Arc<GasSchedule>) -> Self {
        Self { transaction_hash: [0; 32], script_hash: Vec::new(), chain_id, transaction: None, schedule }
    }
}

/// The user transaction as `transaction_context` tells it.
#[derive(Debug, Clone, Default)]
pub struct TransactionFacts {
    /// Who sent it.
    pub sender: AccountAddress,
    /// The other signers of a multi-agent transaction.
    pub secondary_signers: Vec<AccountAddress>,
    /// Who pays for gas.
    pub gas_payer: AccountAddress,
    /// The gas limit, in gas units.
    pub max_gas_amount: u64,
    /// The price of a gas unit.
    pub gas_unit_price: u64,
    /// The entry function that is called, if one is.
    pub entry_function: Option<EntryFunctionFacts>,
    /// The multisig account, for payloads of one.
    pub multisig_address: Option<AccountAddress>,
    /// The transaction's position in the ledger.
    pub version: u64,
    /// Whether the transaction uses a nonce instead of a sequence number.
    pub is_orderless: bool,
}

/// An entry-function payload, in the order of `transaction_context::EntryFunctionPayload`.
#[derive(Debug, Clone, Serialize, PartialEq, Eq)]
pub struct EntryFunctionFacts {
    /// Address of the module.
    pub account_address: AccountAddress,
    /// Name of the module.
    pub module_name: String,
    /// Name of the function.
    pub function_name: String,
    /// The type arguments in canonical form.
    pub ty_args_names: Vec<String>,
    /// The arguments' BCS.
    pub args: Vec<Vec<u8>>,
}

trait AnyClone: Any + Send {
    fn clone_box(&self) -> Box<dyn AnyClone>;
    fn as_any(&mut self) -> &mut dyn Any;
}

impl<T: Any + Clone + Send> AnyClone for T {
    fn clone_box(&self) -> Box<dyn AnyClone> {
        Box::new(self.clone())
    }

    fn as_any(&mut self) -> &mut dyn Any {
        self
    }
}

/// Data that natives keep for the time of a session, one value per type.
#[derive(Default)]
pub struct Extensions {
    values: BTreeMap<TypeId, Box<dyn AnyClone>>,
}

impl std::fmt::Debug for Extensions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Extensions").field("count", &self.values.len()).finish()
    }
}

impl Clone for Extensions {
    fn clone(&self) -> Self {
        Self { values: self.values.iter().map(|(key, value)| (*key, (**value).clone_box())).collect() }
    }
}

impl Extensions {
    /// The value of this type, its default if there is none yet.
    pub fn get<T: Default + Clone + Send + 'static>(&mut self) -> &mut T {
        let slot = self.values.entry(TypeId::of::<T>()).or_insert_with(|| Box::new(T::default()));
        if !(**slot).as_any().is::<T>() {
            *slot = Box::new(T::default());
        }
        match (**slot).as_any().downcast_mut() {
            Some(value) => value,
            None => unreachable!("the value was made with this type"),
        }
    }

    /// Takes the value of this type out, if there is one.
    pub fn take<T: Default + Clone + Send + 'static>(&mut self) -> Option<T> {
        let mut value = self.values.remove(&TypeId::of::<T>())?;
        (*value).as_any().downcast_mut::<T>().map(std::mem::take)
    }
}

/// The part of a session that does not depend on how values are represented.
#[derive(Clone)]
pub struct Host {
    /// Facts of the transaction.
    pub context: SessionContext,
    pub(crate) gas: GasMeter,
    pub(crate) native_gas: NativeGas,
    /// What is left of the memory quota.
    pub(crate) memory: u64,
    /// Events so far, in order.
    pub events: Vec<Event>,
    /// Data of natives.
    pub extensions: Extensions,
    /// Lines printed by `debug`, kept only when [`crate::VmConfig::debug_output`] is on.
    pub debug_output: Option<Vec<String>>,
    pub(crate) overlay: Overlay,
    /// What was read, with its value under the session where that is known.
    loaded: BTreeMap<Key, Option<Value>>,
    /// The same keys, in the order of their first reading.
    loaded_log: Vec<Key>,
    pub(crate) modules_used: BTreeSet<ModuleId>,
    modules_log: Vec<ModuleId>,
    modules_bytes: u64,
    table_count: u64,
    unique_count: u64,
    monotonic_count: u64,
}

/// A host with the state under it.
pub(crate) struct Backing<'s> {
    pub(crate) view: &'s dyn StateView,
    pub(crate) host: Host,
}

impl Deref for Backing<'_> {
    type Target = Host;
    fn deref(&self) -> &Host {
        &self.host
    }
}

impl DerefMut for Backing<'_> {
    fn deref_mut(&mut self) -> &mut Host {
        &mut self.host
    }
}

impl std::fmt::Debug for Host {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Host").field("gas", &self.gas).field("events", &self.events).finish_non_exhaustive()
    }
}

/// A value of a key; `None` where there is none.
type Value = Option<Arc<[u8]>>;

/// What the session wrote, with what it takes to undo the latest writes.
#[derive(Debug, Clone, Default)]
pub(crate) struct Overlay {
    values: BTreeMap<Key, Value>,
    /// What each write replaced; the outer `None` for nothing.
    log: Vec<(Key, Option<Value>)>,
}

impl Deref for Overlay {
    type Target = BTreeMap<Key, Value>;
    fn deref(&self) -> &Self::Target {
        &self.values
    }
}

impl PartialEq for Overlay {
    fn eq(&self, other: &Self) -> bool {
        self.values == other.values
    }
}

impl Overlay {
    pub(crate) fn insert(&mut self, key: Key, value: Value) {
        let before = self.values.insert(key.clone(), value);
        self.log.push((key, before));
    }

    /// All values, leaving nothing.
    pub(crate) fn take(&mut self) -> BTreeMap<Key, Value> {
        self.log.clear();
        std::mem::take(&mut self.values)
    }

    /// Undoes all writes but the first `count`.
    fn undo(&mut self, count: usize) {
        while self.log.len() > count {
            match self.log.pop() {
                Some((key, Some(before))) => drop(self.values.insert(key, before)),
                Some((key, None)) => drop(self.values.remove(&key)),
                None => {}
            }
        }
    }
}

/// What a rollback restores; see [`Host::save`].
#[derive(Debug, Clone)]
pub(crate) struct Saved {
    writes: usize,
    events: usize,
    extensions: Extensions,
}

/// All of a host but its context, to do as if nothing had happened since; see [`Host::mark`].
#[derive(Debug)]
pub(crate) struct Mark {
    saved: Saved,
    gas: GasMeter,
    native_gas: NativeGas,
    memory: u64,
    debug_lines: usize,
    loaded: usize,
    modules: usize,
    modules_bytes: u64,
    counts: [u64; 3],
}

impl Host {
    pub(crate) fn new(context: SessionContext, debug: bool) -> Self {
        let memory = context.schedule.memory_units_max.saturating_mul(MEMORY_BYTES_PER_UNIT);
        Self {
            memory,
            context,
            gas: GasMeter::new(0, 0),
            native_gas: NativeGas { base: 0, per_byte: 0, enabled: true },
            events: Vec::new(),
            extensions: Extensions::default(),
            debug_output: debug.then(Vec::new),
            overlay: Overlay::default(),
            loaded: BTreeMap::new(),
            loaded_log: Vec::new(),
            modules_used: BTreeSet::new(),
            modules_log: Vec::new(),
            modules_bytes: 0,
            table_count: 0,
            unique_count: 0,
            monotonic_count: 0,
        }
    }

    /// Charges execution gas.
    ///
    /// # Errors
    /// When it is not there.
    pub fn charge(&mut self, amount: u64) -> VmResult<()> {
        self.gas.charge(GasKind::Execution, amount)
    }

    /// Charges execution gas: `count` times `price`.
    ///
    /// # Errors
    /// When it is not there.
    pub fn charge_per(&mut self, price: u64, count: u64) -> VmResult<()> {
        self.gas.charge_per(GasKind::Execution, price, count)
    }

    /// Counts memory that is taken, in bytes of flat values; nothing is ever given back.
    ///
    /// Counted are copies of values whose size is not known beforehand (by abstract size), vectors that are made, pushed
    /// to or moved between, constants, values read from storage, and results of natives.
    ///
    /// # Errors
    /// `MEMORY_LIMIT_EXCEEDED`.
    pub fn use_memory(&mut self, bytes: u64) -> VmResult<()> {
        match self.memory.checked_sub(bytes) {
            Some(left) => {
                self.memory = left;
                Ok(())
            }
            None => Err(VmError::new(StatusCode::MemoryLimitExceeded)),
        }
    }

    /// A price of the running native that only it knows: the entry `native.<address>.<module>.<function>.<suffix>`.
    pub fn native_price(&self, key: &str, otherwise: u64) -> u64 {
        self.context.schedule.natives.get(key).copied().unwrap_or(otherwise)
    }

    /// Prices of the running native.
    pub fn native_gas(&self) -> NativeGas {
        self.native_gas
    }

    /// The address of a new table: SHA3-256(transaction hash ‖ BCS `u64` counter ‖ `fa`).
    pub fn new_table_handle(&mut self) -> AccountAddress {
        let handle = self.derived_address(self.table_count, 0xfa);
        self.table_count += 1;
        handle
    }

    /// A unique address: SHA3-256(transaction hash ‖ BCS `u64` counter ‖ `fb`), the first counter being 1.
    pub fn new_unique_address(&mut self) -> AccountAddress {
        self.unique_count += 1;
        self.derived_address(self.unique_count, 0xfb)
    }

    /// A number larger than any before it on the chain: the transaction's version, then a counter inside it.
    pub fn next_monotonic(&mut self) -> Option<u128> {
        self.monotonic_count += 1;
        let version = self.context.transaction.as_ref()?.version;
        Some(u128::from(version) << 64 | u128::from(self.monotonic_count))
    }

    fn derived_address(&self, counter: u64, scheme: u8) -> AccountAddress {
        let mut hasher = Sha3_256::new();
        hasher.update(self.context.transaction_hash);
        hasher.update(counter.to_le_bytes());
        hasher.update([scheme]);
        AccountAddress::new(hasher.finalize().into())
    }

    /// Charges for a module at its first use in the transaction; framework addresses are free.
    pub(crate) fn use_module(&mut self, id: &ModuleId, size: u64) -> VmResult<()> {
        if id.address.is_special() || self.modules_used.contains(id) {
            return Ok(());
        }
        let schedule = self.context.schedule.clone();
        self.modules_used.insert(id.clone());
        self.modules_log.push(id.clone());
        self.modules_bytes = self.modules_bytes.saturating_add(size);
        if self.modules_used.len() as u64 > schedule.dependency_items_max
            || self.modules_bytes > schedule.dependency_bytes_max
        {
            return Err(VmError::new(StatusCode::DependencyLimitReached));
        }
        self.gas.charge(GasKind::Io, schedule.io_module_item)?;
        self.gas.charge_per(GasKind::Io, schedule.io_module_byte, size)
    }

    pub(crate) fn save(&self) -> Saved {
        Saved { writes: self.overlay.log.len(), events: self.events.len(), extensions: self.extensions.clone() }
    }

    /// Only to the states that led to this one: what was saved after a state that was restored is void.
    pub(crate) fn restore(&mut self, saved: Saved) {
        self.overlay.undo(saved.writes);
        self.events.truncate(saved.events);
        self.extensions = saved.extensions;
    }

    /// The present state, to return to without a trace.
    pub(crate) fn mark(&self) -> Mark {
        Mark {
            saved: self.save(),
            gas: self.gas.clone(),
            native_gas: self.native_gas,
            memory: self.memory,
            debug_lines: self.debug_output.as_ref().map_or(0, Vec::len),
            loaded: self.loaded_log.len(),
            modules: self.modules_log.len(),
            modules_bytes: self.modules_bytes,
            counts: [self.table_count, self.unique_count, self.monotonic_count],
        }
    }

    /// Returns to a state.
    pub(crate) fn rewind(&mut self, mark: Mark) {
        self.restore(mark.saved);
        self.gas = mark.gas;
        self.native_gas = mark.native_gas;
        self.memory = mark.memory;
        if let Some(lines) = &mut self.debug_output {
            lines.truncate(mark.debug_lines);
        }
        for key in self.loaded_log.drain(mark.loaded..) {
            self.loaded.remove(&key);
        }
        for id in self.modules_log.drain(mark.modules..) {
            self.modules_used.remove(&id);
        }
        self.modules_bytes = mark.modules_bytes;
        [self.table_count, self.unique_count, self.monotonic_count] = mark.counts;
    }
}

impl Backing<'_> {
    /// The value of a key as of now, without charge.
    pub(crate) fn peek(&self, key: &Key) -> VmResult<Option<Arc<[u8]>>> {
        match self.overlay.get(key) {
            Some(value) => Ok(value.clone()),
            None => key.read(self.view),
        }
    }

    /// The value of a key under the session.
    pub(crate) fn original(&self, key: &Key) -> VmResult<Option<Arc<[u8]>>> {
        match self.loaded.get(key) {
            Some(Some(value)) => Ok(value.clone()),
            _ => key.read(self.view),
        }
    }

    /// The value of a key as of now; the first time in a transaction its reading is charged.
    pub(crate) fn load(&mut self, key: &Key) -> VmResult<Option<Arc<[u8]>>> {
        let written = self.overlay.get(key).cloned();
        let is_written = written.is_some();
        let value = match (written, self.loaded.get(key)) {
            (Some(value), _) => value,
            (None, Some(Some(value))) => value.clone(),
            (None, _) => key.read(self.view)?,
        };
        if !self.loaded.contains_key(key) {
            self.loaded.insert(key.clone(), (!is_written).then(|| value.clone()));
            self.loaded_log.push(key.clone());
            let bytes = value.as_ref().map_or(0, |value| value.len() as u64);
            let schedule = self.context.schedule.clone();
            let amount = bytes
                .div_ceil(4096)
                .checked_mul(4096)
                .and_then(|bytes| bytes.checked_mul(schedule.io_read_byte))
                .and_then(|amount| amount.checked_add(schedule.io_read_item));
            match amount {
                Some(amount) => self.gas.charge(GasKind::Io, amount)?,
                None => return Err(self.gas.exhausted(GasKind::Io)),
            }
        }
        Ok(value)
    }
}
