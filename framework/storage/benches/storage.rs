//! What a transaction costs in storage: execute, fold, persist, each in CPU time per transaction; a durable group
//! in the log against a raw write and `fdatasync` of the same size; and a start with a million keys.
//!
//! Workload: blocks of 5,000 transfer-like transactions: four writes of 50 bytes over 100,000 accounts, two events,
//! 300 signed bytes. `TENOR_BENCH_KEYS` sets the keys of the start (default 1,000,000).
#![expect(clippy::print_stdout, clippy::float_arithmetic, clippy::cast_precision_loss, reason = "a report of ratios")]
#![expect(clippy::unwrap_used, clippy::cast_possible_truncation, reason = "a benchmark fails loudly")]

use std::{
    fs::File,
    hint::black_box,
    os::unix::fs::FileExt,
    sync::Arc,
    time::{Duration, Instant},
};

use move_core_types::{AccountAddress, TypeTag};
use rustix::time::{ClockId, clock_gettime};
use storage::{
    DEFAULT_CONFIG, ExecutedTransaction, FjallStore, LedgerEntry, Log, LogConfig, LogOffset, LogTail, RealDisk,
    Storage, sim::Dice,
};
use types::{
    Event, Hash, Header, Op, Receipt, Signature, SignedHeader, StateKey, Status, WriteSet, event::event_root,
    hash::sha256,
};

const GENESIS: Hash = Hash([7; 32]);
const PER_BLOCK: u64 = 5_000;
const ACCOUNTS: u64 = 100_000;

fn main() {
    println!("{}", write_path());
    println!("{}", log_group());
    println!("{}", start());
    divan::main();
}

/// CPU time of all threads of this process: what background threads of the store do counts too.
fn cpu_time() -> Duration {
    Duration::try_from(clock_gettime(ClockId::ProcessCPUTime)).unwrap()
}

fn timed<T>(action: impl FnOnce() -> T) -> (T, Duration) {
    let start = cpu_time();
    let result = black_box(action());
    (result, cpu_time() - start)
}

fn account(i: u64) -> AccountAddress {
    AccountAddress::from(sha256(&i.to_le_bytes()).0)
}

fn transfer(version: u64, dice: &mut Dice) -> ExecutedTransaction {
    let mut writes = Vec::new();
    for _ in 0..4 {
        let key = StateKey::table_item(account(dice.below(ACCOUNTS)), b"balance".to_vec());
        writes.push((key, Op::Write(Arc::from([dice.roll() as u8; 50]))));
    }
    writes.sort_by(|a, b| a.0.cmp(&b.0));
    writes.dedup_by(|a, b| a.0 == b.0);
    let write_set = WriteSet::new(writes).unwrap();
    let events = vec![
        Event::Module { tag: TypeTag::U64, data: vec![1; 80] },
        Event::Module { tag: TypeTag::U128, data: vec![2; 40] },
    ];
    let hash = sha256(&version.to_le_bytes());
    let receipt = Receipt {
        transaction_hash: hash,
        status: Status::Success,
        gas_used: 50,
        fee: 5000,
        write_set_hash: write_set.hash(),
        event_root: event_root(&events),
    };
    let entry = LedgerEntry::User {
        bytes: vec![3; 300],
        sender: account(version % ACCOUNTS),
        sequence_number: Some(version / ACCOUNTS),
        forced: false,
    };
    ExecutedTransaction { version, hash, entry, receipt, write_set, events, detail: Vec::new() }
}

fn header(storage: &Storage, height: u64, first_version: u64, count: u64, state_root: Hash) -> SignedHeader {
    let header = Header {
        format: 1,
        genesis_hash: GENESIS,
        height,
        parent: storage.head().map_or(Hash::ZERO, |b| b.header.hash()),
        time_us: height,
        first_version,
        count: count as u32,
        da_read: 0,
        transaction_root: Hash::ZERO,
        receipt_root: Hash::ZERO,
        state_root,
        gas_used: 0,
        fees: 0,
        sequencer: AccountAddress::ONE,
    };
    SignedHeader { header, signature: Signature::ZERO }
}

fn write_path() -> String {
    let directory = tempfile::tempdir().unwrap();
    let store = Arc::new(FjallStore::open(directory.path(), 64 << 20).unwrap());
    let storage = Storage::open(store, DEFAULT_CONFIG, GENESIS).unwrap();
    let mut dice = Dice::new(1);
    let (mut execute, mut fold, mut persist) = (Duration::ZERO, Duration::ZERO, Duration::ZERO);
    let blocks = 20;
    for height in 0..blocks {
        let first = storage.next_version();
        let transactions: Vec<_> = (first..first + PER_BLOCK).map(|version| transfer(version, &mut dice)).collect();
        execute += timed(|| transactions.into_iter().for_each(|t| storage.execute(t).unwrap())).1;
        let (root, took) = timed(|| storage.fold(height, first + PER_BLOCK).unwrap());
        fold += took;
        storage.seal(header(&storage, height, first, PER_BLOCK, root), LogOffset(0)).unwrap();
        persist += timed(|| storage.persist().unwrap()).1;
    }
    let per = |took: Duration| took.as_nanos() as f64 / (blocks * PER_BLOCK) as f64 / 1000.0;
    let sync = timed(|| storage.sync_store().unwrap()).1;
    format!(
        "per transaction: execute {:.2} us, fold {:.2} us, persist {:.2} us, store sync {:.2} us",
        per(execute),
        per(fold),
        per(persist),
        per(sync)
    )
}

fn log_group() -> String {
    const GROUP: usize = 65_536;
    let directory = tempfile::tempdir().unwrap();
    let disk = Arc::new(RealDisk::new(directory.path().join("log")).unwrap());
    let config = LogConfig { genesis_hash: GENESIS.0, segment_bytes: 16 << 20 };
    let (mut log, _) = Log::open(disk, config, LogTail::default()).unwrap();
    let raw = File::create(directory.path().join("raw")).unwrap();
    raw.write_all_at(&vec![0; 16 << 20], 0).unwrap();
    raw.sync_all().unwrap();
    let (mut ours, mut plain) = (Vec::new(), Vec::new());
    let body = vec![1; 500];
    for round in 0..100u64 {
        let start = Instant::now();
        for _ in 0..GROUP / 508 {
            log.append(&body).unwrap();
        }
        log.sync().unwrap();
        ours.push(start.elapsed());
        let start = Instant::now();
        raw.write_all_at(&vec![1; GROUP], round * GROUP as u64).unwrap();
        raw.sync_data().unwrap();
        plain.push(start.elapsed());
    }
    ours.sort();
    plain.sort();
    format!(
        "durable group of 64 KiB: log {} us, raw write and fdatasync {} us at the median, ratio {:.2}",
        ours[50].as_micros(),
        plain[50].as_micros(),
        ours[50].as_secs_f64() / plain[50].as_secs_f64()
    )
}

fn start() -> String {
    let keys = std::env::var("TENOR_BENCH_KEYS").ok().and_then(|text| text.parse().ok()).unwrap_or(1_000_000u64);
    let directory = tempfile::tempdir().unwrap();
    {
        let store = Arc::new(FjallStore::open(directory.path(), 64 << 20).unwrap());
        let storage = Storage::open(store, DEFAULT_CONFIG, GENESIS).unwrap();
        for height in 0..keys / 10_000 {
            let first = storage.next_version();
            for version in first..first + 100 {
                let mut writes: Vec<_> = (0..100)
                    .map(|i| {
                        let key = StateKey::table_item(account(version * 100 + i), b"balance".to_vec());
                        (key, Op::Write(Arc::from([7; 100])))
                    })
                    .collect();
                writes.sort_by(|a, b| a.0.cmp(&b.0));
                let write_set = WriteSet::new(writes).unwrap();
                storage
                    .execute(ExecutedTransaction { write_set, ..transfer(version, &mut Dice::new(version)) })
                    .unwrap();
            }
            let root = storage.fold(height, first + 100).unwrap();
            storage.seal(header(&storage, height, first, 100, root), LogOffset(0)).unwrap();
            storage.persist().unwrap();
        }
        storage.sync_store().unwrap();
    }
    let (wall, cpu) = (Instant::now(), cpu_time());
    let store = Arc::new(FjallStore::open(directory.path(), 64 << 20).unwrap());
    let opened = wall.elapsed();
    let storage = Storage::open(store, DEFAULT_CONFIG, GENESIS).unwrap();
    format!(
        "start with {keys} keys: {:.2} s, {:.2} s of them in the store, {:.2} s CPU; head {}",
        wall.elapsed().as_secs_f64(),
        opened.as_secs_f64(),
        (cpu_time() - cpu).as_secs_f64(),
        storage.head().map_or(0, |head| head.header.height)
    )
}

fn resource_key(i: u64) -> StateKey {
    let tag = "0x1::coin::CoinStore<0x1::aptos_coin::AptosCoin>".parse().unwrap();
    StateKey::resource(account(i), tag)
}

#[divan::bench(name = "key/encode/table_item")]
fn encode_item(bencher: divan::Bencher<'_, '_>) {
    let key = StateKey::table_item(account(1), b"balance".to_vec());
    bencher.bench_local(|| black_box(&key).to_bytes());
}

#[divan::bench(name = "key/encode/resource")]
fn encode_resource(bencher: divan::Bencher<'_, '_>) {
    let key = resource_key(1);
    bencher.bench_local(|| black_box(&key).to_bytes());
}

#[divan::bench(name = "state/newest/of_100k")]
fn newest(bencher: divan::Bencher<'_, '_>) {
    let storage = Storage::open(Arc::new(storage::sim::SimStore::new()), DEFAULT_CONFIG, GENESIS).unwrap();
    for version in 0..1000 {
        let writes = (0..100).map(|i| (resource_key(version * 100 + i), Op::Write(Arc::from([7; 50])))).collect();
        let write_set = WriteSet::new(writes).unwrap();
        storage.execute(ExecutedTransaction { write_set, ..transfer(version, &mut Dice::new(version)) }).unwrap();
    }
    let mut dice = Dice::new(3);
    bencher.with_inputs(|| resource_key(dice.below(100_000))).bench_local_values(|key| storage.newest(&key));
}
