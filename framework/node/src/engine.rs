//! The executor over the database: each transaction's outcome goes into the ledger as it is made.
//!
//! Used by the driver, by recovery and by a full node alike, so that what one confirmed is what the others repeat.

use std::sync::Arc;

use anyhow::{Context, Result, bail};
use executor::{
    ClosedBlock as Closed, Executor, Kind, OpenBlock, Opening, OwnOutcome, Placed, StateReader, Tip, Value,
};
use move_core_types::AccountAddress;
use move_vm_runtime::StateError;
use sequencer::Outcome;
use storage::{ExecutedTransaction, LedgerEntry, LogOffset, Replay, StateAt, Storage};
use types::forced::ForcedBlob;
use types::transaction::{ReplayProtector, Transaction};
use types::{Discard, Hash, Parameters, SignedHeader, SigningKey, StateKeyRef};

/// The newest state of a database, executed but perhaps not confirmed.
struct Newest(Arc<Storage>);

impl StateReader for Newest {
    fn get(&self, key: &StateKeyRef<'_>) -> Result<Option<Value>, StateError> {
        Ok(self.0.newest_bytes(&key.to_bytes()))
    }
}

/// The newest state as the executor reads it.
pub(crate) fn newest(storage: &Arc<Storage>) -> Arc<dyn StateReader> {
    Arc::new(Newest(Arc::clone(storage)))
}

/// The state at a version, for views and simulation.
pub(crate) struct AtVersion(pub(crate) StateAt);

impl StateReader for AtVersion {
    fn get(&self, key: &StateKeyRef<'_>) -> Result<Option<Value>, StateError> {
        self.0.get_bytes(&key.to_bytes()).map_err(|error| StateError(error.to_string()))
    }
}

/// Whether a transaction may wait in the pool.
pub(crate) enum Admission {
    /// It may; the state expects this number from its sender.
    Admitted { next_sequence: u64 },
    /// It may not.
    Refused(Discard),
}

/// A block that is open no more and has no header yet.
pub(crate) type ClosedBlock = Closed;

/// What came of opening a block.
pub(crate) struct Opened {
    pub(crate) count: u32,
    pub(crate) advanced: Vec<(AccountAddress, u64)>,
    pub(crate) key_changed: bool,
    /// What it begins with: versions and hashes.
    pub(crate) placed: Vec<(u64, Hash)>,
}

/// A transaction that is in the block.
pub(crate) struct Kept {
    pub(crate) version: u64,
    pub(crate) receipt_hash: Hash,
    pub(crate) success: bool,
}

/// What came of a transaction.
pub(crate) struct Execution {
    pub(crate) outcome: Outcome,
    pub(crate) kept: Option<Kept>,
}

/// Executes into one database.
pub(crate) struct Engine {
    executor: Arc<Executor>,
    storage: Arc<Storage>,
    newest: Arc<dyn StateReader>,
    tip: Tip,
    open: Option<OpenBlock>,
}

/// The position behind the newest block with a header.
pub(crate) fn tip_of(storage: &Storage, genesis_hash: Hash) -> Result<Tip> {
    let head = storage.head().context("the ledger is empty")?;
    let block_id = match head.header.height {
        0 => genesis_hash,
        _ => match &storage.transaction(head.header.first_version)?.entry {
            LedgerEntry::Metadata(metadata) => metadata.block_id,
            LedgerEntry::Genesis | LedgerEntry::User { .. } => {
                bail!("block {} does not open with its metadata", head.header.height)
            }
        },
    };
    Ok(Tip::of(&head.header, block_id))
}

impl Engine {
    /// An engine that goes on behind the newest block with a header.
    pub(crate) fn new(executor: Arc<Executor>, storage: Arc<Storage>) -> Result<Self> {
        let tip = tip_of(&storage, executor.genesis_hash())?;
        let newest = newest(&storage);
        Ok(Self { executor, storage, newest, tip, open: None })
    }

    pub(crate) fn storage(&self) -> &Arc<Storage> {
        &self.storage
    }

    /// The block before the next one.
    pub(crate) fn tip(&self) -> Tip {
        self.tip
    }

    fn keep(&self, placed: Placed, forced: bool) -> Result<()> {
        Ok(self.storage.execute(ledger_entry(placed, forced))?)
    }

    /// Opens the next block: metadata, then forced transactions.
    pub(crate) fn open(&mut self, height: u64, time_us: u64, da_read: u64, forced: &[ForcedBlob]) -> Result<Opened> {
        if self.open.is_some() || height != self.tip.height + 1 {
            bail!("block {height} cannot be opened behind block {}", self.tip.height);
        }
        let opening = Opening { time_us, da_read, forced: forced.to_vec() };
        let (block, placed) = OpenBlock::open(&self.executor, Arc::clone(&self.newest), &self.tip, &opening)?;
        let count = u32::try_from(placed.len())?;
        let mut advanced = Vec::new();
        let hashes = placed.iter().map(|one| (one.version, one.executed.receipt.transaction_hash)).collect();
        for one in placed {
            if let Kind::User(transaction) = &one.kind
                && let ReplayProtector::SequenceNumber(number) = transaction.raw().replay_protector()
            {
                advanced.push((transaction.raw().sender, number + 1));
            }
            self.keep(one, true)?;
        }
        let key_changed = block.key_changed()?;
        self.open = Some(block);
        Ok(Opened { count, advanced, key_changed, placed: hashes })
    }

    /// Executes an own transaction in the open block.
    pub(crate) fn execute(&mut self, transaction: &Transaction, gas_left: u64) -> Result<Execution> {
        let block = self.open.as_mut().context("no block is open")?;
        Ok(match block.execute(transaction, gas_left)? {
            OwnOutcome::Kept { placed, key_changed } => {
                let receipt = &placed.executed.receipt;
                let kept = Kept {
                    version: placed.version,
                    receipt_hash: receipt.hash(),
                    success: receipt.status.is_success(),
                };
                let outcome = Outcome::Kept { gas_used: receipt.gas_used, key_changed };
                self.keep(*placed, false)?;
                Execution { outcome, kept: Some(kept) }
            }
            OwnOutcome::Refused { refused, .. } => {
                if let Some(message) = &refused.message {
                    tracing::error!(hash = %transaction.hash(), message, "a transaction was refused because of a bug");
                }
                Execution { outcome: Outcome::Discarded(refused.reason), kept: None }
            }
            OwnOutcome::DoesNotFit => Execution { outcome: Outcome::DoesNotFit, kept: None },
        })
    }

    /// Completes the open block.
    pub(crate) fn close(&mut self, height: u64, count: u32) -> Result<ClosedBlock> {
        let block = self.open.take().context("no block is open")?.close()?;
        if block.metadata.height != height || block.count != count {
            bail!("block {height} of {count} was to be closed, open was {} of {}", block.metadata.height, block.count);
        }
        self.tip = block.tip();
        Ok(block)
    }

    /// The admission checks of a submission against the newest state; signatures are checked elsewhere.
    pub(crate) fn admit(&self, transaction: &Transaction, now_us: u64) -> Result<Admission> {
        let state: &dyn StateReader = match &self.open {
            Some(block) => block.state(),
            None => &*self.newest,
        };
        let time_us = now_us.max(self.tip.time_us + 1);
        Ok(match self.executor.admit(state, time_us, transaction)? {
            Ok(next_sequence) => Admission::Admitted { next_sequence },
            Err(discard) => Admission::Refused(discard),
        })
    }

    /// The parameters of the next block.
    pub(crate) fn parameters(&self) -> Result<Parameters> {
        Ok(self.executor.chain_config(&*self.newest)?.parameters)
    }

    /// The key that must sign the next block.
    pub(crate) fn sequencer_key(&self) -> Result<types::PublicKey> {
        Ok(self.executor.chain_config(&*self.newest)?.sequencer_key)
    }
}

/// A placed transaction as the database keeps it.
pub(crate) fn ledger_entry(placed: Placed, forced: bool) -> ExecutedTransaction {
    let entry = match placed.kind {
        Kind::Metadata(metadata) => LedgerEntry::Metadata(metadata),
        Kind::User(transaction) => LedgerEntry::User {
            bytes: transaction.bytes().to_vec(),
            sender: transaction.raw().sender,
            sequence_number: match transaction.raw().replay_protector() {
                ReplayProtector::SequenceNumber(number) => Some(number),
                ReplayProtector::Nonce(_) => None,
            },
            forced,
        },
    };
    let executed = placed.executed;
    ExecutedTransaction {
        version: placed.version,
        hash: executed.receipt.transaction_hash,
        entry,
        detail: types::codec::encode(&executed.detail),
        receipt: executed.receipt,
        write_set: executed.write_set,
        events: executed.events,
    }
}

/// Folds a closed block into the tree and gives it its signed header, which makes it visible.
pub(crate) fn seal(
    storage: &Storage,
    genesis_hash: Hash,
    block: &ClosedBlock,
    key: &SigningKey,
    log_end: LogOffset,
) -> Result<SignedHeader> {
    if key.address() != block.metadata.proposer {
        bail!(
            "block {} is to be signed by {}, this node has the key of {}; put the new sequencer key in place and start again",
            block.metadata.height,
            block.metadata.proposer,
            key.address()
        );
    }
    let parent = storage.head().context("the ledger is empty")?.header.hash();
    let next_version = block.first_version + u64::from(block.count);
    let root = storage.fold(block.metadata.height, next_version)?;
    let signed = executor::seal(block, genesis_hash, parent, root, key);
    storage.seal(signed.clone(), log_end)?;
    Ok(signed)
}

/// Executes the log's tail again.
pub(crate) struct Recovery<'a> {
    pub(crate) engine: &'a mut Engine,
    pub(crate) key: &'a SigningKey,
    /// The open block as far as the sequencer counts it.
    pub(crate) open: Option<sequencer::OpenBlock>,
}

impl Replay for Recovery<'_> {
    type Error = anyhow::Error;

    fn block_opened(&mut self, height: u64, time_us: u64, da_read: u64, forced: Vec<ForcedBlob>) -> Result<()> {
        let opened = self.engine.open(height, time_us, da_read, &forced)?;
        self.open = Some(sequencer::OpenBlock {
            height,
            time_us,
            da_read,
            count: opened.count,
            own: 0,
            own_bytes: 0,
            own_gas: 0,
            catching_up: false,
            opened_us: 0,
        });
        Ok(())
    }

    fn transaction(&mut self, version: u64, bytes: Vec<u8>) -> Result<Hash> {
        let transaction = Transaction::decode(&bytes)?;
        let execution = self.engine.execute(&transaction, u64::MAX)?;
        let Some(kept) = execution.kept else {
            bail!("version {version} was confirmed and is refused now: {:?}", execution.outcome)
        };
        if kept.version != version {
            bail!("version {version} was confirmed, executing again gives version {}", kept.version);
        }
        if let (Some(open), Outcome::Kept { gas_used, .. }) = (&mut self.open, execution.outcome) {
            open.count += 1;
            open.own += 1;
            open.own_bytes += bytes.len() as u64;
            open.own_gas += gas_used;
        }
        Ok(kept.receipt_hash)
    }

    fn block_closed(&mut self, height: u64, count: u32, end: LogOffset) -> Result<()> {
        let block = self.engine.close(height, count)?;
        self.open = None;
        let storage = Arc::clone(self.engine.storage());
        // The tail was synced when the log was opened.
        storage.note_log_synced(end);
        seal(&storage, self.engine.executor.genesis_hash(), &block, self.key, end)?;
        Ok(())
    }
}
