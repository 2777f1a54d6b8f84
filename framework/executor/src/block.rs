//! One block: metadata, forced transactions, own transactions, roots.
//!
//! Serial execution is the definition. An [`OpenBlock`] is what a sequencer adds to transaction by transaction and what
//! a full node replays whole; [`ClosedBlock`] is all that a header needs beside the state root.

use std::sync::Arc;

use types::authenticator::verify_all;
use types::forced::{self, ForcedBlob};
use types::hash::list_root;
use types::transaction::Transaction;
use types::{
    BlockMetadata, Discard, Hash, Header, Op, Parameters, PublicKey, SignedHeader, SigningKey, StateKey, block_id,
};

use crate::admission::{Strictness, check_form, sequence_number};
use crate::config::{CachedConfig, ChainConfig, ConfigError};
use crate::executor::Executor;
use crate::metadata::execute_metadata;
use crate::reader::{Overlay, StateReader};
use crate::transaction::{BlockEnv, Executed, ExecutionError, Place, Refused, execute_transaction};

/// What a block needs to know of the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tip {
    /// Its height.
    pub height: u64,
    /// Its id; the genesis hash at height 0.
    pub block_id: Hash,
    /// Its time.
    pub time_us: u64,
    /// DA heights read with it.
    pub da_read: u64,
    /// The version after its last transaction.
    pub next_version: u64,
    /// Its fees, which the next metadata transaction credits.
    pub fees: u64,
}

impl Tip {
    /// From a header and the block's id, which the header does not carry.
    #[must_use]
    pub fn of(header: &Header, block_id: Hash) -> Self {
        Tip {
            height: header.height,
            block_id,
            time_us: header.time_us,
            da_read: header.da_read,
            next_version: header.next_version(),
            fees: header.fees,
        }
    }
}

/// What opens a block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opening {
    /// Its time.
    pub time_us: u64,
    /// DA heights read with it.
    pub da_read: u64,
    /// All forced blobs that count since the parent, in order.
    pub forced: Vec<ForcedBlob>,
}

/// Which kind of transaction has a version.
#[derive(Debug, Clone)]
pub enum Kind {
    /// The first of every block.
    Metadata(BlockMetadata),
    /// A user's, forced or own.
    User(Transaction),
}

/// A transaction with its place and its outcome.
#[derive(Debug, Clone)]
pub struct Placed {
    /// Its place in the ledger.
    pub version: u64,
    /// What was executed.
    pub kind: Kind,
    /// What it came to.
    pub executed: Executed,
}

/// What an own transaction came to.
#[derive(Debug, Clone)]
pub enum OwnOutcome {
    /// It has a version.
    Kept {
        /// Place and outcome.
        placed: Box<Placed>,
        /// Whether it changed the key that signs blocks: the block must close.
        key_changed: bool,
    },
    /// It is refused here.
    Refused {
        /// Why.
        refused: Refused,
        /// The sender's sequence number here.
        account_sequence: u64,
    },
    /// It used more gas than own transactions of this block may still use; nothing has changed.
    DoesNotFit,
}

/// Why a block cannot be executed; the node must stop.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BlockError {
    /// A transaction could not be decided.
    #[error(transparent)]
    Execution(#[from] ExecutionError),
    /// The state does not say what the block is under.
    #[error(transparent)]
    Config(#[from] ConfigError),
}

/// A block that takes transactions.
#[derive(Debug)]
pub struct OpenBlock {
    executor: Arc<Executor>,
    state: Overlay<Arc<dyn StateReader>>,
    env: BlockEnv,
    cached: CachedConfig,
    metadata: BlockMetadata,
    first_version: u64,
    transaction_hashes: Vec<Hash>,
    receipt_hashes: Vec<Hash>,
    gas_used: u64,
    own_gas: u64,
    fees: u64,
    code_version: u64,
}

/// A complete block, all but its state root.
#[derive(Debug)]
pub struct ClosedBlock {
    /// What its metadata transaction said.
    pub metadata: BlockMetadata,
    /// Version of the metadata transaction.
    pub first_version: u64,
    /// Transactions.
    pub count: u32,
    /// List of transaction hashes.
    pub transaction_root: Hash,
    /// List of receipt hashes.
    pub receipt_root: Hash,
    /// Sum over receipts.
    pub gas_used: u64,
    /// Sum over receipts.
    pub fees: u64,
    /// Of own transactions alone.
    pub own_gas: u64,
    /// Each key that changed, with its value after the block, ascending by canonical bytes.
    pub changes: Vec<(StateKey, Op)>,
    /// What the next block is under.
    pub next: Arc<ChainConfig>,
    /// Whether `next` has another key than this block.
    pub changes_key: bool,
}

/// A block that was executed whole.
#[derive(Debug)]
pub struct ExecutedBlock {
    /// All but the header.
    pub block: ClosedBlock,
    /// Its transactions.
    pub placed: Vec<Placed>,
}

/// An own transaction that may not stand where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Inadmissible {
    /// Among the own transactions.
    pub index: usize,
    /// Why.
    pub reason: Discard,
}

impl OpenBlock {
    /// Opens a block on `base`, the state after the parent: executes metadata and forced transactions.
    ///
    /// # Errors
    /// The node must stop.
    pub fn open(
        executor: &Arc<Executor>,
        base: Arc<dyn StateReader>,
        tip: &Tip,
        opening: &Opening,
    ) -> Result<(Self, Vec<Placed>), BlockError> {
        let cached = executor.config(&base)?;
        let config = cached.config.clone();
        let height = tip.height + 1;
        let metadata = BlockMetadata {
            block_id: block_id(&tip.block_id, height, opening.time_us, opening.da_read),
            height,
            time_us: opening.time_us,
            da_read: opening.da_read,
            proposer: config.sequencer_key.authentication_key(),
            parent_fees: tip.fees,
        };
        let code_version = executor.code_from(tip.next_version);
        let mut block = OpenBlock {
            executor: executor.clone(),
            state: Overlay::new(base),
            env: BlockEnv { config, chain_id: executor.chain_id(), time_us: opening.time_us },
            cached,
            metadata: metadata.clone(),
            first_version: tip.next_version,
            transaction_hashes: Vec::new(),
            receipt_hashes: Vec::new(),
            gas_used: 0,
            own_gas: 0,
            fees: 0,
            code_version,
        };
        let executed = execute_metadata(&block.state, &block.env.config, &metadata)?;
        let mut placed = vec![block.place(Kind::Metadata(metadata), executed)];
        block.force(&opening.forced, &mut placed)?;
        Ok((block, placed))
    }

    /// What the block is under.
    #[must_use]
    pub fn config(&self) -> &Arc<ChainConfig> {
        &self.env.config
    }

    /// The state as it stands after the last transaction.
    #[must_use]
    pub fn state(&self) -> &dyn StateReader {
        &self.state
    }

    /// What its metadata transaction said.
    #[must_use]
    pub fn metadata(&self) -> &BlockMetadata {
        &self.metadata
    }

    /// Transactions so far, the metadata transaction included.
    #[must_use]
    pub fn count(&self) -> usize {
        self.receipt_hashes.len()
    }

    /// Version of the next transaction.
    #[must_use]
    pub fn next_version(&self) -> u64 {
        self.first_version + self.receipt_hashes.len() as u64
    }

    /// Whether the key that signs blocks is another one after this block, as far as it goes.
    ///
    /// # Errors
    /// The state could not be read.
    pub fn key_changed(&self) -> Result<bool, BlockError> {
        Ok(self.next_config()?.config.sequencer_key != self.env.config.sequencer_key)
    }

    fn next_config(&self) -> Result<CachedConfig, BlockError> {
        match CachedConfig::read(&self.state, Some(&self.cached)) {
            // A schedule that this binary does not know stops the node before the next block, not in this one.
            Err(ConfigError::FeatureVersion { .. }) => Ok(self.cached.clone()),
            other => Ok(other?),
        }
    }

    fn place(&mut self, kind: Kind, executed: Executed) -> Placed {
        let version = self.next_version();
        self.state.apply(&executed.write_set);
        if executed.publishes() {
            self.code_version = self.executor.new_code(version);
        }
        self.transaction_hashes.push(executed.receipt.transaction_hash);
        self.receipt_hashes.push(executed.receipt.hash());
        self.gas_used = self.gas_used.saturating_add(executed.receipt.gas_used);
        self.fees = self.fees.saturating_add(executed.receipt.fee);
        Placed { version, kind, executed }
    }

    /// Executes forced transactions that pass every check; skips the others for good.
    fn force(&mut self, blobs: &[ForcedBlob], placed: &mut Vec<Placed>) -> Result<(), BlockError> {
        let gas_max = self.env.config.parameters.forced_gas_per_da_height_max;
        let size_max = forced::TRANSACTION_BYTES_MAX as u64;
        let decoded: Vec<Option<Transaction>> = blobs
            .iter()
            .map(|blob| {
                let transaction = Transaction::decode(blob.transaction_bytes()).ok()?;
                let size = transaction.bytes().len();
                let form = check_form(transaction.signed(), size, size_max, self.env.chain_id, &self.env.config);
                form.is_ok().then_some(transaction)
            })
            .collect();
        let signed: Vec<_> = decoded.iter().flatten().map(Transaction::signed).collect();
        let mut verdicts = verify_all(&signed).into_iter();
        let mut at = (u64::MAX, 0u64);
        for (blob, transaction) in blobs.iter().zip(decoded) {
            let Some(transaction) = transaction else { continue };
            let is_signed = verdicts.next().is_some_and(|verdict| verdict.is_ok());
            if at.0 != blob.da_height {
                at = (blob.da_height, 0);
            }
            if !is_signed || at.1 >= gas_max {
                continue;
            }
            let outcome = self.run(&transaction)?;
            if let Ok(executed) = outcome {
                at.1 = at.1.saturating_add(executed.receipt.gas_used);
                placed.push(self.place(Kind::User(transaction), executed));
            }
        }
        Ok(())
    }

    fn run(&self, transaction: &Transaction) -> Result<Result<Executed, Refused>, ExecutionError> {
        let vm = self.executor.vm();
        let place = Place { version: self.next_version(), code_version: self.code_version };
        execute_transaction(vm, &self.env, &self.state, place, transaction, Strictness::Block)
    }

    /// Executes an own transaction whose signatures were checked, if it is admissible and fits into `gas_left`.
    ///
    /// # Errors
    /// The node must stop.
    pub fn execute(&mut self, transaction: &Transaction, gas_left: u64) -> Result<OwnOutcome, BlockError> {
        let config = &self.env.config;
        let size = transaction.bytes().len();
        let size_max = config.parameters.max_transaction_bytes;
        let form = check_form(transaction.signed(), size, size_max, self.env.chain_id, config);
        let outcome = match form {
            Ok(()) => self.run(transaction)?,
            Err(reason) => Err(reason.into()),
        };
        let executed = match outcome {
            Ok(executed) => executed,
            Err(refused) => {
                let sender = transaction.raw().sender;
                let account_sequence = sequence_number(&self.state, &sender).map_err(ExecutionError::from)?;
                return Ok(OwnOutcome::Refused { refused, account_sequence });
            }
        };
        if executed.receipt.gas_used > gas_left {
            return Ok(OwnOutcome::DoesNotFit);
        }
        self.own_gas = self.own_gas.saturating_add(executed.receipt.gas_used);
        let touches_config = executed.write_set.iter().any(|(key, _)| is_rollup_config(key));
        let placed = self.place(Kind::User(transaction.clone()), executed);
        let key_changed = touches_config && self.key_changed()?;
        Ok(OwnOutcome::Kept { placed: Box::new(placed), key_changed })
    }

    /// Completes the block.
    ///
    /// # Errors
    /// The node must stop.
    pub fn close(self) -> Result<ClosedBlock, BlockError> {
        let next = self.next_config()?;
        let changes_key = next.config.sequencer_key != self.env.config.sequencer_key;
        self.executor.remember_config(next.clone());
        Ok(ClosedBlock {
            metadata: self.metadata,
            first_version: self.first_version,
            count: u32::try_from(self.receipt_hashes.len()).unwrap_or(u32::MAX),
            transaction_root: list_root(&self.transaction_hashes),
            receipt_root: list_root(&self.receipt_hashes),
            gas_used: self.gas_used,
            fees: self.fees,
            own_gas: self.own_gas,
            changes: self.state.into_changes(),
            next: next.config,
            changes_key,
        })
    }
}

fn is_rollup_config(key: &StateKey) -> bool {
    match key {
        StateKey::Resource { address, tag } => {
            *address == move_core_types::AccountAddress::ONE && tag.is(address, "rollup", "Config")
        }
        StateKey::Reserved(refused) => match *refused {},
        StateKey::Module { .. } | StateKey::TableItem { .. } => false,
    }
}

impl ClosedBlock {
    /// The header, given the parent's header hash and the state root after this block.
    #[must_use]
    pub fn header(&self, genesis_hash: Hash, parent: Hash, state_root: Hash) -> Header {
        Header {
            format: types::block::HEADER_FORMAT,
            genesis_hash,
            height: self.metadata.height,
            parent,
            time_us: self.metadata.time_us,
            first_version: self.first_version,
            count: self.count,
            da_read: self.metadata.da_read,
            transaction_root: self.transaction_root,
            receipt_root: self.receipt_root,
            state_root,
            gas_used: self.gas_used,
            fees: self.fees,
            sequencer: self.metadata.proposer,
        }
    }

    /// What the next block needs to know.
    #[must_use]
    pub fn tip(&self) -> Tip {
        Tip {
            height: self.metadata.height,
            block_id: self.metadata.block_id,
            time_us: self.metadata.time_us,
            da_read: self.metadata.da_read,
            next_version: self.first_version + u64::from(self.count),
            fees: self.fees,
        }
    }

    /// What the tree takes: path and value hash of each key that changed.
    #[must_use]
    pub fn tree_updates(&self) -> Vec<([u8; 32], Option<[u8; 32]>)> {
        tree_updates(&self.changes)
    }
}

/// Path and value hash of each key that changed.
#[must_use]
pub fn tree_updates(changes: &[(StateKey, Op)]) -> Vec<([u8; 32], Option<[u8; 32]>)> {
    let update = |(key, op): &(StateKey, Op)| (key.path().0, op.value().map(|value| types::state::value_hash(value).0));
    changes.iter().map(update).collect()
}

/// The signed header of a closed block.
#[must_use]
pub fn seal(block: &ClosedBlock, genesis_hash: Hash, parent: Hash, state_root: Hash, key: &SigningKey) -> SignedHeader {
    let header = block.header(genesis_hash, parent, state_root);
    SignedHeader { signature: header.sign(key), header }
}

/// Executes a whole block: what a full node does, and recovery.
///
/// Signatures of `own` must have been checked.
///
/// # Errors
/// Outer: the node must stop. Inner: the first own transaction that is not admissible at its place.
pub fn execute_block(
    executor: &Arc<Executor>,
    base: Arc<dyn StateReader>,
    tip: &Tip,
    opening: &Opening,
    own: &[Transaction],
) -> Result<Result<ExecutedBlock, Inadmissible>, BlockError> {
    let (mut block, mut placed) = OpenBlock::open(executor, base, tip, opening)?;
    for (index, transaction) in own.iter().enumerate() {
        match block.execute(transaction, u64::MAX)? {
            OwnOutcome::Kept { placed: one, .. } => placed.push(*one),
            OwnOutcome::Refused { refused, .. } => return Ok(Err(Inadmissible { index, reason: refused.reason })),
            // Only by the whole block's gas, which is checked when it is complete.
            OwnOutcome::DoesNotFit => {
                let reason = Discard::MaxGasUnitsExceedsMaxGasUnitsBound;
                return Ok(Err(Inadmissible { index, reason }));
            }
        }
    }
    Ok(Ok(ExecutedBlock { block: block.close()?, placed }))
}

/// The parameters and the key that a block with this configuration is held to.
pub(crate) fn in_force(config: &ChainConfig) -> (&Parameters, &PublicKey) {
    (&config.parameters, &config.sequencer_key)
}
