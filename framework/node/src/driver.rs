//! The sequencer's shell: one thread that owns the machine, the open block and the log.
//!
//! It takes commands from a bounded channel, feeds the [`Sequencer`] and performs what it asks: executes, appends,
//! syncs, confirms. Commands that wait are taken together, so that one sync covers all of them. Folding and sealing
//! run in a thread behind it, publishing in a task; both report back as commands. This thread never waits for either.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender};
use parking_lot::RwLock;
use sequencer::{Cut, DaHeightRead, Input, Outcome, Output, Refusal, SealedBlock, Sequencer};
use storage::{Log, LogOffset, Preparation};
use tokio::sync::{mpsc, oneshot, watch};
use types::transaction::Transaction;
use types::{Hash, LogRecord, Parameters};

use crate::clock::now_us;
use crate::engine::{Admission, ClosedBlock, Engine};
use crate::metrics::Metrics;
use crate::status::NodeStatus;

/// Commands that wait at most; a full channel is back-pressure that the client sees.
pub(crate) const COMMANDS_MAX: usize = 4_096;
/// Commands taken before the log is synced.
const GROUP_MAX: usize = 1_024;
/// How often the clock is looked at while nothing comes.
const TICK: Duration = Duration::from_millis(10);

type Verdicts = Vec<Result<(), Refusal>>;

/// What others ask of the driver.
pub(crate) enum Command {
    /// Transactions whose signatures are good.
    Submit { transactions: Vec<Transaction>, reply: oneshot::Sender<Verdicts> },
    /// A DA height was read.
    DaRead(DaHeightRead),
    /// A closed block has its header.
    Sealed(SealedBlock),
    /// A batch is included.
    Included { batch: u64, da_height: u64 },
    /// Log segments below this offset are not needed any more.
    Release(LogOffset),
    /// Finish what is open and return.
    Stop,
}

/// How everyone else reaches the driver, and what they may look at.
#[derive(Clone)]
pub(crate) struct Handle {
    pub(crate) commands: Sender<Command>,
    pub(crate) shared: Arc<Shared>,
}

/// What the driver lets others see.
pub(crate) struct Shared {
    pending: RwLock<BTreeMap<Hash, Transaction>>,
    parameters: RwLock<Parameters>,
    confirmed: watch::Sender<u64>,
}

impl Shared {
    pub(crate) fn new(parameters: Parameters, next_version: u64) -> Self {
        Self {
            pending: RwLock::default(),
            parameters: RwLock::new(parameters),
            confirmed: watch::Sender::new(next_version),
        }
    }

    /// First version that is not confirmed.
    pub(crate) fn confirmed_now(&self) -> u64 {
        *self.confirmed.borrow()
    }

    /// A full node's reader moves it too.
    pub(crate) fn set_confirmed(&self, next_version: u64) {
        self.confirmed.send_replace(next_version);
    }

    pub(crate) fn set_parameters(&self, parameters: Parameters) {
        *self.parameters.write() = parameters;
    }
}

impl Handle {
    /// The waiting transaction with this hash.
    pub(crate) fn pending(&self, hash: &Hash) -> Option<Transaction> {
        self.shared.pending.read().get(hash).cloned()
    }

    /// Transactions that wait or are executed and not yet confirmed.
    pub(crate) fn pending_count(&self) -> usize {
        self.shared.pending.read().len()
    }

    /// The parameters in force for the next block.
    pub(crate) fn parameters(&self) -> Parameters {
        *self.shared.parameters.read()
    }

    /// First version that is not confirmed, as it moves.
    pub(crate) fn confirmed(&self) -> watch::Receiver<u64> {
        self.shared.confirmed.subscribe()
    }

    /// Hands transactions over and waits for the verdicts. `None`: the driver is gone or its channel is full.
    pub(crate) async fn submit(&self, transactions: Vec<Transaction>) -> Option<Verdicts> {
        let (reply, verdicts) = oneshot::channel();
        self.commands.try_send(Command::Submit { transactions, reply }).ok()?;
        verdicts.await.ok()
    }
}

/// The thread's state.
pub(crate) struct Driver {
    pub(crate) sequencer: Sequencer,
    pub(crate) engine: Engine,
    pub(crate) log: Log,
    pub(crate) commands: Receiver<Command>,
    pub(crate) shared: Arc<Shared>,
    pub(crate) to_sealer: Sender<(ClosedBlock, LogOffset)>,
    pub(crate) to_publisher: mpsc::UnboundedSender<Cut>,
    pub(crate) status: Arc<NodeStatus>,
    pub(crate) metrics: Arc<Metrics>,
    /// Closed blocks whose last record is not durable yet.
    pub(crate) closed: VecDeque<(ClosedBlock, LogOffset)>,
    /// Executed and not yet confirmed: versions, ascending, and hashes.
    pub(crate) unconfirmed: VecDeque<(u64, Hash)>,
    /// Where the next log segment is made ready.
    pub(crate) prepare: fn(Preparation),
    /// The clock as this turn read it.
    pub(crate) now_us: u64,
}

/// Makes the next log segment ready beside the driver.
pub(crate) fn prepare_beside(preparation: Preparation) {
    std::thread::spawn(move || {
        if let Err(error) = preparation.run() {
            tracing::warn!(%error, "the next log segment could not be prepared; it will be made when needed");
        }
    });
}

impl Driver {
    /// Runs until [`Command::Stop`] or a fault that this process must not survive.
    ///
    /// # Errors
    /// The log's disk, or the executor's impossible states.
    pub(crate) fn run(mut self) -> Result<()> {
        loop {
            let first = match self.commands.recv_timeout(TICK) {
                Ok(command) => Some(command),
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => return Ok(()),
            };
            if !self.turn(first, now_us())? {
                return Ok(());
            }
        }
    }

    /// One turn: the clock, then `first` and what waits behind it, then one sync for all of it. `false`: asked to stop.
    ///
    /// # Errors
    /// As for [`Driver::run`].
    pub(crate) fn turn(&mut self, first: Option<Command>, now_us: u64) -> Result<bool> {
        self.now_us = now_us;
        let mut wants_sync = false;
        let mut verdicts = Vec::new();
        self.give(Input::Tick(now_us), &mut wants_sync)?;
        let mut next = first;
        let mut taken = 0;
        while let Some(command) = next {
            if matches!(command, Command::Stop) {
                self.sync()?;
                return Ok(false);
            }
            self.command(command, &mut wants_sync, &mut verdicts)?;
            taken += 1;
            next = if taken < GROUP_MAX { self.commands.try_recv().ok() } else { None };
        }
        while wants_sync {
            wants_sync = false;
            self.sync()?;
            self.give(Input::LogSynced, &mut wants_sync)?;
        }
        for (reply, answer) in verdicts {
            // A client that went away needs no answer.
            let _ = reply.send(answer);
        }
        self.status.set_liveness(self.sequencer.liveness());
        Ok(true)
    }

    fn command(
        &mut self,
        command: Command,
        wants_sync: &mut bool,
        verdicts: &mut Vec<(oneshot::Sender<Verdicts>, Verdicts)>,
    ) -> Result<()> {
        match command {
            Command::Submit { transactions, reply } => {
                let mut answer = Vec::with_capacity(transactions.len());
                for transaction in transactions {
                    answer.push(self.submit(transaction, wants_sync)?);
                }
                verdicts.push((reply, answer));
            }
            Command::DaRead(height) => {
                self.status.set_da_head(height.height);
                self.give(Input::DaRead(height), wants_sync)?;
            }
            Command::Sealed(block) => self.give(Input::Sealed(block), wants_sync)?,
            Command::Included { batch, da_height } => self.give(Input::Included { batch, da_height }, wants_sync)?,
            Command::Release(offset) => {
                self.log.release(offset)?;
            }
            Command::Stop => {}
        }
        Ok(())
    }

    fn submit(&mut self, transaction: Transaction, wants_sync: &mut bool) -> Result<Result<(), Refusal>> {
        if self.sequencer.liveness() == sequencer::Liveness::Stopped
            && self.sequencer.pool().len() >= self.sequencer.pool().limits().transactions_max
        {
            return Ok(Err(Refusal::Stopped));
        }
        let next_sequence = match self.engine.admit(&transaction, self.now_us)? {
            Admission::Admitted { next_sequence } => next_sequence,
            Admission::Refused(discard) => {
                self.metrics.transactions_refused_total.add(1);
                return Ok(Err(Refusal::Discard(discard)));
            }
        };
        let hash = transaction.hash();
        // Seen as pending before anybody is told that it was taken.
        self.shared.pending.write().insert(hash, transaction.clone());
        let refusal = self.submitted(hash, Input::Submitted { transaction, next_sequence }, wants_sync)?;
        match refusal {
            Some(refusal) => {
                self.metrics.transactions_refused_total.add(1);
                Ok(Err(refusal))
            }
            None => {
                self.metrics.transactions_accepted_total.add(1);
                Ok(Ok(()))
            }
        }
    }

    /// Gives an input and performs its outputs; the refusal of `hash`, if it came at once.
    fn submitted(&mut self, hash: Hash, input: Input, wants_sync: &mut bool) -> Result<Option<Refusal>> {
        let mut refused = None;
        self.perform(input, wants_sync, &mut |other, refusal| {
            if other == hash {
                refused = Some(refusal);
            }
        })?;
        Ok(refused)
    }

    fn give(&mut self, input: Input, wants_sync: &mut bool) -> Result<()> {
        self.perform(input, wants_sync, &mut |_, _| {})
    }

    fn append(&mut self, record: &LogRecord) -> Result<LogOffset> {
        let body = record.to_bytes();
        self.metrics.log_bytes_total.add(body.len() as u64);
        Ok(self.log.append(&body)?)
    }

    /// Everything appended becomes durable; blocks that are durable to their end go on to be sealed.
    fn sync(&mut self) -> Result<()> {
        let synced = self.log.sync()?;
        self.metrics.log_syncs_total.add(1);
        self.engine.storage().note_log_synced(synced);
        if let Some(preparation) = self.log.prepare() {
            (self.prepare)(preparation);
        }
        while self.closed.front().is_some_and(|(_, end)| *end <= synced) {
            if let Some(block) = self.closed.pop_front() {
                self.to_sealer.send(block).ok().context("the sealing thread is gone")?;
            }
        }
        Ok(())
    }

    fn perform(&mut self, input: Input, wants_sync: &mut bool, refused: &mut dyn FnMut(Hash, Refusal)) -> Result<()> {
        let mut inputs = VecDeque::from([input]);
        let mut outputs = Vec::new();
        while let Some(input) = inputs.pop_front() {
            self.sequencer.step(input, &mut outputs);
            for output in outputs.drain(..) {
                match output {
                    Output::Open { height, time_us, da_read, forced } => {
                        let record = LogRecord::BlockOpened { height, time_us, da_read, forced: forced.clone() };
                        self.append(&record)?;
                        let opened = self.engine.open(height, time_us, da_read, &forced)?;
                        self.unconfirmed.extend(opened.placed);
                        self.metrics.transactions_confirmed_total.add(u64::from(opened.count.saturating_sub(1)));
                        inputs.push_front(Input::Opened {
                            count: opened.count,
                            advanced: opened.advanced,
                            key_changed: opened.key_changed,
                        });
                    }
                    Output::Execute { transaction, gas_left } => {
                        let executed = self.engine.execute(&transaction, gas_left)?;
                        if let Some(kept) = &executed.kept {
                            self.unconfirmed.push_back((kept.version, transaction.hash()));
                            self.append(&LogRecord::Transaction {
                                version: kept.version,
                                receipt_hash: kept.receipt_hash,
                                bytes: transaction.bytes().to_vec(),
                            })?;
                            self.metrics.transactions_confirmed_total.add(1);
                            self.metrics.transactions_failed_total.add(u64::from(!kept.success));
                        }
                        if let Outcome::Kept { gas_used, .. } = &executed.outcome {
                            self.metrics.gas_used_total.add(*gas_used);
                        }
                        inputs.push_front(Input::Executed(executed.outcome));
                    }
                    Output::Close { height, count } => {
                        let end = self.append(&LogRecord::BlockClosed { height, count })?;
                        let closed = self.engine.close(height, count)?;
                        self.metrics.blocks_closed_total.add(1);
                        let parameters = self.engine.parameters()?;
                        self.shared.set_parameters(parameters);
                        inputs.push_back(Input::Parameters(Box::new(parameters)));
                        self.closed.push_back((closed, end));
                        *wants_sync = true;
                    }
                    Output::Sync => *wants_sync = true,
                    Output::Confirm { next_version } => self.confirm(next_version)?,
                    Output::Refuse { hash, refusal } => {
                        self.shared.pending.write().remove(&hash);
                        refused(hash, refusal);
                    }
                    Output::Accept { .. } => {}
                    Output::Cut(cut) => {
                        self.to_publisher.send(cut).ok().context("the publishing task is gone")?;
                    }
                }
            }
        }
        Ok(())
    }

    /// Readers may see everything below `next_version`; what waits for it is told.
    fn confirm(&mut self, next_version: u64) -> Result<()> {
        self.engine.storage().confirm(next_version - 1, self.log.synced())?;
        {
            let mut pending = self.shared.pending.write();
            while let Some((_, hash)) = self.unconfirmed.front().filter(|(version, _)| *version < next_version) {
                pending.remove(hash);
                self.unconfirmed.pop_front();
            }
        }
        self.shared.confirmed.send_replace(next_version);
        Ok(())
    }
}
