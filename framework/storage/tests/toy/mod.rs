//! A chain that is as small as can be and still takes every step of a real one: its executor writes a few table
//! items per transaction, its sequencer logs, syncs, confirms, folds, seals, persists and prunes.

#![expect(unreachable_pub, reason = "shared by test targets, each of which is a crate")]
#![expect(clippy::unwrap_used, reason = "a test fails loudly")]

use std::{collections::BTreeMap, sync::Arc};

use move_core_types::{AccountAddress, TypeTag};
use storage::{
    Disk, ExecutedTransaction, LedgerEntry, Log, LogConfig, LogError, LogOffset, OpenError, Replay, StepError, Storage,
    StorageConfig, Store, StoreError, replay,
};
use types::{
    BlockMetadata, Event, Hash, Header, LogRecord, Op, Receipt, Signature, SignedHeader, StateKey, Status, WriteSet,
    block::genesis_transaction_hash,
    block::transaction_hash,
    event::event_root,
    forced::ForcedBlob,
    hash::{list_root, sha256},
};

pub const GENESIS: Hash = Hash([7; 32]);
pub const SEQUENCER: AccountAddress = AccountAddress::ONE;

/// What can stop the toy.
#[derive(Debug)]
pub enum Stop {
    Log(LogError),
    Store(StoreError),
    Open(OpenError),
    Step(StepError),
    Read(storage::ReadError),
    Replay(String),
}

macro_rules! from {
    ($($error:ty => $variant:ident),*) => {
        $(impl From<$error> for Stop {
            fn from(error: $error) -> Self { Self::$variant(error) }
        })*
    };
}
from!(LogError => Log, StoreError => Store, OpenError => Open, StepError => Step, storage::ReadError => Read);

impl std::fmt::Display for Stop {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Log(error) => write!(f, "{error}"),
            Self::Store(error) => write!(f, "{error}"),
            Self::Open(error) => write!(f, "{error}"),
            Self::Step(error) => write!(f, "{error}"),
            Self::Read(error) => write!(f, "{error}"),
            Self::Replay(text) => f.write_str(text),
        }
    }
}

pub fn key(i: u8) -> StateKey {
    StateKey::table_item(AccountAddress::from([0xee; 32]), vec![i])
}

pub fn tag(i: u8) -> TypeTag {
    if i.is_multiple_of(2) { TypeTag::U64 } else { TypeTag::Bool }
}

#[derive(Debug, Clone)]
pub struct Open {
    pub height: u64,
    pub time_us: u64,
    pub da_read: u64,
    pub first_version: u64,
    pub receipts: Vec<(Hash, Hash)>,
}

pub struct Node {
    pub storage: Arc<Storage>,
    pub log: Log,
    pub open: Option<Open>,
}

/// Executes: each pair of bytes is a key and what it is set to; 0 deletes. The value also holds how often the key
/// was written, so that the result depends on the state before.
pub fn execute(storage: &Storage, version: u64, entry: LedgerEntry, hash: Hash, program: &[u8]) -> ExecutedTransaction {
    let mut writes: BTreeMap<u8, Op> = BTreeMap::new();
    let mut events = Vec::new();
    for pair in program.chunks_exact(2) {
        let before = storage.newest(&key(pair[0]));
        let op = match (pair[1], &before) {
            (0, None) => continue,
            (0, Some(_)) => Op::Delete,
            (value, before) => {
                let count = before.as_ref().map_or(0, |b| b[1]).wrapping_add(1);
                Op::Write(Arc::from([value, count]))
            }
        };
        writes.insert(pair[0], op);
        events.push(Event::Module { tag: tag(pair[0]), data: pair.to_vec() });
    }
    let account = AccountAddress::from([9; 32]);
    events.push(Event::Handle {
        creation_number: 3,
        account,
        sequence_number: version,
        tag: TypeTag::U8,
        data: vec![1],
    });
    let write_set = WriteSet::new(writes.into_iter().map(|(k, op)| (key(k), op)).collect()).unwrap();
    let receipt = Receipt {
        transaction_hash: hash,
        status: Status::Success,
        gas_used: program.len() as u64,
        fee: 0,
        write_set_hash: write_set.hash(),
        event_root: event_root(&events),
    };
    ExecutedTransaction { version, hash, entry, receipt, write_set, events, detail: b"ok".to_vec() }
}

impl Node {
    /// Opens, replays the tail, and makes genesis if there is none.
    pub fn start(
        disk: Arc<dyn Disk>,
        store: Arc<dyn Store>,
        config: StorageConfig,
        segment: u64,
    ) -> Result<Self, Stop> {
        let storage = Storage::open(store, config, GENESIS)?;
        let log_config = LogConfig { genesis_hash: GENESIS.0, segment_bytes: segment };
        let (log, tail) = Log::open(disk, log_config, storage.log_tail())?;
        storage.note_log_synced(log.synced());
        let mut node = Self { storage, log, open: None };
        if node.storage.head().is_none() {
            node.genesis()?;
        }
        replay(tail, &mut node).map_err(|error| match error {
            storage::ReplayError::Execution(stop) => stop,
            other => Stop::Replay(format!("{other:?}")),
        })?;
        // What was in the log is durable, and so it is confirmed.
        let next = node.storage.next_version();
        node.storage.confirm(next - 1, node.log.synced())?;
        Ok(node)
    }

    fn genesis(&mut self) -> Result<(), Stop> {
        let hash = genesis_transaction_hash(&GENESIS);
        let genesis = execute(&self.storage, 0, LedgerEntry::Genesis, hash, &[0, 1, 1, 1, 2, 1]);
        self.open = Some(Open {
            height: 0,
            time_us: 1,
            da_read: 0,
            first_version: 0,
            receipts: vec![(genesis.hash, genesis.receipt.hash())],
        });
        self.storage.execute(genesis)?;
        self.seal(LogOffset(0))
    }

    pub fn open_block(&mut self, time_us: u64) -> Result<(), Stop> {
        let head = self.storage.head().unwrap();
        let (height, da_read) = (head.header.height + 1, head.header.da_read);
        self.log.append(&LogRecord::BlockOpened { height, time_us, da_read, forced: Vec::new() }.to_bytes())?;
        self.block_opened(height, time_us, da_read, Vec::new())
    }

    pub fn submit(&mut self, program: &[u8]) -> Result<u64, Stop> {
        let version = self.storage.next_version();
        let receipt_hash = self.transaction(version, program.to_vec())?;
        self.log.append(&LogRecord::Transaction { version, receipt_hash, bytes: program.to_vec() }.to_bytes())?;
        Ok(version)
    }

    /// Everything logged so far is promised from here on; gives the newest version promised.
    pub fn sync(&mut self) -> Result<u64, Stop> {
        let synced = self.log.sync()?;
        let newest = self.storage.next_version() - 1;
        self.storage.confirm(newest, synced)?;
        Ok(newest)
    }

    pub fn close_block(&mut self) -> Result<(), Stop> {
        let Open { height, first_version, .. } = *self.open.as_ref().unwrap();
        let count = u32::try_from(self.storage.next_version() - first_version).unwrap();
        let end = self.log.append(&LogRecord::BlockClosed { height, count }.to_bytes())?;
        self.sync()?;
        self.block_closed(height, count, end)
    }

    fn seal(&mut self, end: LogOffset) -> Result<(), Stop> {
        let open = self.open.take().unwrap();
        let next = self.storage.next_version();
        let state_root = self.storage.fold(open.height, next)?;
        let header = Header {
            format: 1,
            genesis_hash: GENESIS,
            height: open.height,
            parent: self.storage.head().map_or(Hash::ZERO, |b| b.header.hash()),
            time_us: open.time_us,
            first_version: open.first_version,
            count: u32::try_from(next - open.first_version).unwrap(),
            da_read: open.da_read,
            transaction_root: list_root(&open.receipts.iter().map(|(t, _)| *t).collect::<Vec<_>>()),
            receipt_root: list_root(&open.receipts.iter().map(|(_, r)| *r).collect::<Vec<_>>()),
            state_root,
            gas_used: 0,
            fees: 0,
            sequencer: SEQUENCER,
        };
        self.storage.seal(SignedHeader { header, signature: Signature::ZERO }, end)?;
        Ok(())
    }

    pub fn run(&mut self, version: u64, entry: LedgerEntry, hash: Hash, program: &[u8]) -> Result<Hash, Stop> {
        let executed = execute(&self.storage, version, entry, hash, program);
        let receipt = executed.receipt.hash();
        self.open.as_mut().unwrap().receipts.push((hash, receipt));
        self.storage.execute(executed)?;
        Ok(receipt)
    }
}

impl Replay for Node {
    type Error = Stop;

    fn block_opened(&mut self, height: u64, time_us: u64, da_read: u64, _: Vec<ForcedBlob>) -> Result<(), Stop> {
        let first_version = self.storage.next_version();
        self.open = Some(Open { height, time_us, da_read, first_version, receipts: Vec::new() });
        let metadata = BlockMetadata {
            block_id: sha256(&time_us.to_le_bytes()),
            height,
            time_us,
            da_read,
            proposer: SEQUENCER,
            parent_fees: 0,
        };
        let hash = metadata.transaction_hash();
        let program = [200, u8::try_from(time_us % 251).unwrap() + 1];
        self.run(first_version, LedgerEntry::Metadata(metadata), hash, &program)?;
        Ok(())
    }

    fn transaction(&mut self, version: u64, bytes: Vec<u8>) -> Result<Hash, Stop> {
        let hash = transaction_hash(0, &[version.to_le_bytes().as_slice(), &bytes].concat());
        let sender = AccountAddress::from([bytes.first().copied().unwrap_or(0) % 3; 32]);
        let entry = LedgerEntry::User { bytes: bytes.clone(), sender, sequence_number: Some(version), forced: false };
        self.run(version, entry, hash, &bytes)
    }

    fn block_closed(&mut self, height: u64, count: u32, end: LogOffset) -> Result<(), Stop> {
        let open = self.open.as_ref().unwrap();
        assert_eq!(open.height, height);
        assert_eq!(u64::from(count), self.storage.next_version() - open.first_version);
        self.seal(end)
    }
}
