//! A pure state machine: order, batch, confirm.
//!
//! [`Sequencer::step`] takes one input and says what is to be done; whoever runs it performs the outputs in order and
//! reports back. Same state and input, same outputs: no clock, no I/O, no execution in here, so that the whole node
//! can run in a simulation. One execution is under way at a time: an [`Output::Open`] or [`Output::Execute`] is
//! answered by [`Input::Opened`] or [`Input::Executed`] before any other input is given.
//!
//! What is *not* decided here: whether a transaction is valid (the executor), what a block's roots are (pure
//! functions of the log), how blobs reach DA (the adapter).

mod batches;
mod da;
mod mempool;

use std::collections::BTreeMap;

use types::forced::ForcedBlob;
use types::transaction::Transaction;
use types::{Discard, Hash, Parameters};

pub use batches::{BatchRules, Cut, SealedBlock};
pub use da::{DaHeightRead, Liveness};
pub use mempool::{ArrivalOrder, Mempool, MempoolLimits, OrderingPolicy, POOL_BYTES_MAX, PriceOrder, Refusal};

use batches::{Batches, Due};
use da::DaView;

/// A node's own choices; none of them decides validity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Config {
    /// A block closes this long after it opened.
    pub block_interval_us: u64,
    /// Bounds of the pool.
    pub mempool: MempoolLimits,
    /// Bounds of batches.
    pub batches: BatchRules,
}

/// Where the chain stands when the sequencer starts.
#[derive(Debug, Clone)]
pub struct Position {
    /// Last closed block.
    pub height: u64,
    /// Its time.
    pub time_us: u64,
    /// DA heights it has read.
    pub da_read: u64,
    /// Time of that DA header; of genesis where none was read.
    pub da_read_time_us: u64,
    /// First version that is free.
    pub next_version: u64,
    /// A block that was open when the log ended; it stays open.
    pub open: Option<OpenBlock>,
    /// Number of the next batch to be cut.
    pub next_batch: u64,
    /// Bytes of each batch that was cut and is not yet included.
    pub in_flight: BTreeMap<u64, u64>,
    /// Inclusion heights of the newest batches, as many as `batches_unread_max` at least.
    pub included: BTreeMap<u64, u64>,
}

/// The open block as far as the sequencer counts it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenBlock {
    /// Its height.
    pub height: u64,
    /// Its time.
    pub time_us: u64,
    /// DA heights it reads.
    pub da_read: u64,
    /// Transactions in it so far, the metadata transaction included.
    pub count: u32,
    /// Own transactions in it.
    pub own: u64,
    /// Their bytes.
    pub own_bytes: u64,
    /// Gas that they used.
    pub own_gas: u64,
    /// Takes forced transactions only.
    pub catching_up: bool,
    /// When it was opened on the node's clock.
    pub opened_us: u64,
}

/// What happened.
#[derive(Debug, Clone)]
pub enum Input {
    /// The node's clock.
    Tick(u64),
    /// A transaction passed admission; the state expects `next_sequence` from its sender.
    Submitted {
        /// Decoded, its signatures checked.
        transaction: Transaction,
        /// The sender's sequence number in the state that admission looked at.
        next_sequence: u64,
    },
    /// A DA height was read and verified.
    DaRead(DaHeightRead),
    /// [`Output::Open`] was performed.
    Opened {
        /// Transactions in the block now: metadata and forced ones.
        count: u32,
        /// Senders of forced transactions with their next sequence numbers.
        advanced: Vec<(move_core_types::AccountAddress, u64)>,
        /// A forced transaction changed the sequencer's key.
        key_changed: bool,
    },
    /// [`Output::Execute`] was performed.
    Executed(Outcome),
    /// Everything appended before the last [`Output::Sync`] is durable.
    LogSynced,
    /// A closed block has its header.
    Sealed(SealedBlock),
    /// All parts of a batch are included.
    Included {
        /// Its number.
        batch: u64,
        /// Its inclusion height.
        da_height: u64,
    },
    /// The parameters in force from the next block.
    Parameters(Box<Parameters>),
}

/// What came of an execution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It is in the block and its record is appended.
    Kept {
        /// Whole gas units.
        gas_used: u64,
        /// It changed the sequencer's key: the block must close.
        key_changed: bool,
    },
    /// It is not admissible at its place; nothing has changed.
    Discarded(Discard),
    /// It used more gas than the block has left; nothing has changed.
    DoesNotFit,
}

/// What is to be done, in this order.
#[derive(Debug, Clone)]
pub enum Output {
    /// Append the record of an opened block, execute its metadata and forced transactions, answer [`Input::Opened`].
    Open {
        /// Of the block.
        height: u64,
        /// Of the block.
        time_us: u64,
        /// DA heights it reads.
        da_read: u64,
        /// Forced blobs that count in between, in order.
        forced: Vec<ForcedBlob>,
    },
    /// Execute in the open block; if it is kept, append its record; answer [`Input::Executed`].
    Execute {
        /// What.
        transaction: Transaction,
        /// Own gas that the block has left.
        gas_left: u64,
    },
    /// Append the record of the closed block, then fold, seal and answer [`Input::Sealed`], in the background.
    Close {
        /// Of the block.
        height: u64,
        /// Transactions in it.
        count: u32,
    },
    /// Make everything appended so far durable, then answer [`Input::LogSynced`].
    Sync,
    /// All versions below this one are confirmed: answer clients, raise the ledger version.
    Confirm {
        /// First version that is not.
        next_version: u64,
    },
    /// A transaction will not be executed.
    Refuse {
        /// Which.
        hash: Hash,
        /// Why.
        refusal: Refusal,
    },
    /// A transaction waits in the pool.
    Accept {
        /// Which.
        hash: Hash,
    },
    /// Cut a batch of these blocks and post it; answer [`Input::Included`] in time.
    Cut(Cut),
}

/// The state machine.
#[derive(Debug)]
pub struct Sequencer {
    config: Config,
    parameters: Parameters,
    pool: Mempool,
    da: DaView,
    batches: Batches,
    now_us: u64,
    /// Height, time and DA read of the last closed block.
    parent: (u64, u64, u64),
    open: Option<OpenBlock>,
    next_version: u64,
    /// Versions appended, versions in the sync under way, versions confirmed.
    appended: u64,
    syncing: Option<u64>,
    confirmed: u64,
    /// Execution under way: what [`Input::Executed`] will answer.
    executing: Option<(move_core_types::AccountAddress, u64, Hash, u64)>,
    /// A block that only reads DA is wanted so that a batch can end (rule D4).
    wants_fresh_read: bool,
}

impl Sequencer {
    /// A sequencer that goes on at `position`.
    #[must_use]
    pub fn new(config: Config, parameters: Parameters, policy: Box<dyn OrderingPolicy>, position: Position) -> Self {
        let da_read = position.open.map_or(position.da_read, |open| open.da_read);
        Self {
            config,
            parameters,
            pool: Mempool::new(config.mempool, policy),
            da: DaView::new(da_read, position.da_read_time_us),
            batches: Batches::new(config.batches, position.next_batch, position.included, position.in_flight),
            now_us: 0,
            parent: (position.height, position.time_us, position.da_read),
            open: position.open,
            next_version: position.next_version,
            appended: position.next_version,
            syncing: None,
            confirmed: position.next_version,
            executing: None,
            wants_fresh_read: false,
        }
    }

    /// The pool, for reads.
    #[must_use]
    pub fn pool(&self) -> &Mempool {
        &self.pool
    }

    /// Whether blocks may be opened, by the distance to DA.
    #[must_use]
    pub fn liveness(&self) -> Liveness {
        self.da.liveness(self.now_us, &self.parameters)
    }

    /// Newest DA height that was read, with its time.
    #[must_use]
    pub fn da_head(&self) -> (u64, u64) {
        self.da.head()
    }

    /// Advances by one input. Same state and input, same outputs.
    pub fn step(&mut self, input: Input, out: &mut Vec<Output>) {
        match input {
            Input::Tick(now_us) => {
                self.now_us = self.now_us.max(now_us);
                for hash in self.pool.expire(self.now_us) {
                    out.push(Output::Refuse { hash, refusal: Refusal::Discard(Discard::TransactionExpired) });
                }
            }
            Input::Submitted { transaction, next_sequence } => self.submitted(transaction, next_sequence, out),
            Input::DaRead(height) => self.da.push(height),
            Input::Opened { count, advanced, key_changed } => self.opened(count, advanced, key_changed, out),
            Input::Executed(outcome) => self.executed(outcome, out),
            Input::LogSynced => {
                if let Some(next_version) = self.syncing.take()
                    && next_version > self.confirmed
                {
                    self.confirmed = next_version;
                    out.push(Output::Confirm { next_version });
                }
            }
            Input::Sealed(block) => self.batches.sealed(block),
            Input::Included { batch, da_height } => {
                self.batches.included(batch, da_height, self.parameters.batches_unread_max);
            }
            Input::Parameters(parameters) => self.parameters = *parameters,
        }
        self.advance(out);
    }

    fn submitted(&mut self, transaction: Transaction, next_sequence: u64, out: &mut Vec<Output>) {
        let hash = transaction.hash();
        match self.pool.insert(transaction, next_sequence) {
            Ok(replaced) => {
                if let Some(hash) = replaced {
                    let refusal = Refusal::Discard(Discard::SequenceNumberTooOld);
                    out.push(Output::Refuse { hash, refusal });
                }
                out.push(Output::Accept { hash });
            }
            Err(refusal) => out.push(Output::Refuse { hash, refusal }),
        }
    }

    fn opened(
        &mut self,
        count: u32,
        advanced: Vec<(move_core_types::AccountAddress, u64)>,
        key_changed: bool,
        out: &mut Vec<Output>,
    ) {
        let Some(open) = &mut self.open else { return };
        open.count = count;
        self.next_version += u64::from(count);
        self.appended = self.next_version;
        let catching_up = open.catching_up;
        for (sender, next) in advanced {
            for hash in self.pool.advance(sender, next) {
                out.push(Output::Refuse { hash, refusal: Refusal::Discard(Discard::SequenceNumberTooOld) });
            }
        }
        if key_changed || catching_up {
            self.close(out);
        }
    }

    fn executed(&mut self, outcome: Outcome, out: &mut Vec<Output>) {
        let (Some((sender, number, hash, bytes)), Some(open)) = (self.executing.take(), &mut self.open) else { return };
        match outcome {
            Outcome::Kept { gas_used, key_changed } => {
                open.count += 1;
                open.own += 1;
                open.own_bytes += bytes;
                open.own_gas += gas_used;
                self.next_version += 1;
                self.appended = self.next_version;
                self.pool.executed(sender, number);
                if key_changed {
                    self.close(out);
                }
            }
            Outcome::Discarded(discard) => {
                self.pool.discarded(sender, number);
                out.push(Output::Refuse { hash, refusal: Refusal::Discard(discard) });
            }
            // Alone in its block and still too large: it never fits.
            Outcome::DoesNotFit if open.own == 0 => {
                self.pool.discarded(sender, number);
                let refusal = Refusal::Discard(Discard::MaxGasUnitsExceedsMaxGasUnitsBound);
                out.push(Output::Refuse { hash, refusal });
            }
            Outcome::DoesNotFit => self.close(out),
        }
    }

    fn close(&mut self, out: &mut Vec<Output>) {
        let Some(open) = self.open.take() else { return };
        self.parent = (open.height, open.time_us, open.da_read);
        out.push(Output::Close { height: open.height, count: open.count });
    }

    /// Does whatever can be done now, up to the next execution.
    fn advance(&mut self, out: &mut Vec<Output>) {
        let waits_for_answer = self.executing.is_some() || self.open.is_some_and(|open| open.count == 0);
        if !waits_for_answer {
            self.advance_block(out);
        }
        let idle = self.executing.is_none() && self.open.is_none_or(|open| open.count > 0);
        if idle && self.syncing.is_none() && self.appended > self.confirmed {
            self.syncing = Some(self.appended);
            out.push(Output::Sync);
        }
        self.cut(out);
    }

    /// A block of nothing but its metadata transaction is valid only where it advances `da_read`; otherwise it stays
    /// open until something is in it.
    fn may_close(&self, open: &OpenBlock) -> bool {
        open.count > 1 || open.da_read > self.parent.2
    }

    fn advance_block(&mut self, out: &mut Vec<Output>) {
        if let Some(open) = self.open
            && self.now_us.saturating_sub(open.opened_us) >= self.config.block_interval_us
            && self.may_close(&open)
        {
            self.close(out);
        }
        let Some(open) = self.open else { return self.try_open(out) };
        let Some(next) = self.pool.peek() else { return };
        let bytes = u64::try_from(next.bytes().len()).unwrap_or(u64::MAX);
        let full = open.own >= self.parameters.block_transactions_max
            || open.own_bytes.saturating_add(bytes) > self.parameters.block_bytes_max
            || open.own_gas >= self.parameters.block_own_gas_max;
        if full {
            self.close(out);
            return self.try_open(out);
        }
        let transaction = next.clone();
        let gas_left = self.parameters.block_own_gas_max - open.own_gas;
        let raw = transaction.raw();
        self.executing = Some((raw.sender, raw.sequence_number, transaction.hash(), bytes));
        out.push(Output::Execute { transaction, gas_left });
    }

    fn try_open(&mut self, out: &mut Vec<Output>) {
        let has_work = self.pool.has_ready() || self.da.has_forced();
        if !(has_work || self.wants_fresh_read) || !self.batches.has_room() {
            return;
        }
        let (height, parent_us, _) = self.parent;
        let Some(opening) = self.da.opening(parent_us, self.now_us, &self.parameters) else { return };
        if !has_work && opening.da_read == self.parent.2 {
            return;
        }
        let forced = self.da.take(opening.da_read, &self.parameters);
        self.wants_fresh_read = false;
        let height = height + 1;
        self.open = Some(OpenBlock {
            height,
            time_us: opening.time_us,
            da_read: opening.da_read,
            count: 0,
            own: 0,
            own_bytes: 0,
            own_gas: 0,
            catching_up: opening.catching_up,
            opened_us: self.now_us,
        });
        out.push(Output::Open { height, time_us: opening.time_us, da_read: opening.da_read, forced });
    }

    fn cut(&mut self, out: &mut Vec<Output>) {
        let (_, da_us) = self.da.head();
        let unread = self.parameters.batches_unread_max;
        loop {
            match self.batches.cut(self.now_us, da_us, unread, self.parameters.batch_raw_bytes_max) {
                Due::Nothing => return,
                Due::Cut(cut) => out.push(Output::Cut(cut)),
                Due::NeedsFresherRead => {
                    self.wants_fresh_read = true;
                    return;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
