//! The ledger on the real store: what is seen when, versions inside blocks, indices, pruning, restarts.
#![expect(clippy::unwrap_used, reason = "a test fails loudly")]

mod toy;

use std::{path::Path, sync::Arc};

use jellyfish_merkle::{Sha256, check};
use move_core_types::{AccountAddress, TypeTag};
use storage::{
    BatchRecord, DataDirectory, DirectoryError, LogOffset, OpenError, ReadError, StepError, Storage, StorageConfig,
    sim::{SimDisk, SimStore},
};
use toy::{GENESIS, Node, Stop, key};
use types::{Hash, Signature, SignedHeader};

const CONFIG: StorageConfig = StorageConfig { provable_blocks: 4, history_blocks: 0, tree_stale_nodes_max: 100_000 };

fn start(path: &Path, config: StorageConfig) -> (DataDirectory, Node) {
    let directory = DataDirectory::open(path).unwrap();
    let store = directory.store(1 << 20).unwrap();
    let node = Node::start(directory.log_disk().unwrap(), store, config, 65_536).unwrap();
    (directory, node)
}

fn simulated(config: StorageConfig) -> Node {
    Node::start(Arc::new(SimDisk::new()), Arc::new(SimStore::new()), config, 65_536).unwrap()
}

/// A block whose transactions set key 3 to 1, 2, .. and delete it last.
fn block(node: &mut Node, time_us: u64) {
    node.open_block(time_us).unwrap();
    for value in 1..=3 {
        node.submit(&[3, value]).unwrap();
    }
    node.submit(&[3, 0]).unwrap();
    node.close_block().unwrap();
}

fn value(storage: &Arc<Storage>, version: u64, i: u8) -> Option<u8> {
    storage.state_at(version).unwrap().get(&key(i)).unwrap().map(|value| value[0])
}

#[test]
fn nothing_is_seen_before_it_is_confirmed_and_no_header_before_its_record_is_durable() {
    let mut node = simulated(CONFIG);
    node.open_block(10).unwrap();
    let version = node.submit(&[3, 7]).unwrap();
    assert_eq!((version, node.storage.ledger_version()), (2, Some(0)));
    assert!(matches!(node.storage.transaction(2), Err(ReadError::Future(2, 0))));
    assert!(matches!(node.storage.state_at(2), Err(ReadError::Future(2, 0))));
    let hash = toy::execute(&node.storage, 2, storage::LedgerEntry::Genesis, Hash::ZERO, &[]).hash;
    assert!(node.storage.transaction_by_hash(&hash).unwrap().is_none());
    assert!(node.storage.newest(&key(3)).is_some(), "the executor sees it at once");
    node.sync().unwrap();
    assert_eq!(node.storage.ledger_version(), Some(2));
    assert_eq!(value(&node.storage, 2, 3), Some(7));
    assert!(matches!(node.storage.block_of_version(2), Err(ReadError::Future(2, 0))));

    let root = node.storage.fold(1, 3).unwrap();
    let header = SignedHeader { signature: Signature::ZERO, ..SignedHeader::clone(&node.storage.head().unwrap()) };
    let synced = node.log.synced();
    let refused = node.storage.seal(header.clone(), LogOffset(synced.0 + 1));
    assert!(matches!(refused, Err(StepError::NotSynced(_, _))));
    let mut next = header.header;
    (next.height, next.first_version, next.count, next.state_root) = (1, 1, 2, root);
    for (field, wrong) in [
        ("height", {
            let mut h = next.clone();
            h.height = 2;
            h
        }),
        ("genesis_hash", {
            let mut h = next.clone();
            h.genesis_hash = Hash::ZERO;
            h
        }),
        ("first_version", {
            let mut h = next.clone();
            h.first_version = 0;
            h
        }),
        ("count", {
            let mut h = next.clone();
            h.count = 3;
            h
        }),
        ("state_root", {
            let mut h = next.clone();
            h.state_root = Hash::ZERO;
            h
        }),
    ] {
        match node.storage.seal(SignedHeader { header: wrong, signature: Signature::ZERO }, synced) {
            Err(StepError::OtherBlock { height: 1, field: found }) => assert_eq!(found, field),
            other => panic!("{field}: {other:?}"),
        }
    }
    node.storage.seal(SignedHeader { header: next, signature: Signature::ZERO }, synced).unwrap();
    assert_eq!(node.storage.block_of_version(2).unwrap().header.height, 1);
}

#[test]
fn every_version_in_the_window_is_readable_mid_block_too_after_persisting_and_after_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let expect = |storage: &Arc<Storage>| {
        for height in storage.kept().oldest_provable_height.max(1)..=6 {
            let first = storage.block(height).unwrap().header.first_version;
            let values: Vec<_> = (first..first + 5).map(|version| value(storage, version, 3)).collect();
            assert_eq!(values, [None, Some(1), Some(2), Some(3), None], "block {height}");
        }
        let outside = storage.kept().oldest_value_version - 1;
        assert!(matches!(storage.state_at(outside), Err(ReadError::Pruned(..))));
    };
    {
        let (_directory, mut node) = start(directory.path(), CONFIG);
        for i in 0..6 {
            block(&mut node, 10 + i);
        }
        node.storage.persist().unwrap();
        assert_eq!(node.storage.blocks_unpersisted(), 0);
        while node.storage.prune(1).unwrap() {}
        expect(&node.storage);
    }
    let (_directory, node) = start(directory.path(), CONFIG);
    assert_eq!(node.storage.kept().oldest_provable_height, 3);
    expect(&node.storage);
}

#[test]
fn proofs_of_the_whole_window_survive_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    for round in 0..2 {
        let (_directory, mut node) = start(directory.path(), CONFIG);
        if round == 0 {
            for i in 0..6 {
                block(&mut node, 10 + i);
            }
            node.storage.persist().unwrap();
        }
        for height in 3..=6 {
            for i in [0, 1, 3, 200, 77] {
                let proven = node.storage.prove(height, &key(i)).unwrap();
                let root = proven.block.header.state_root.0;
                check::<Sha256>(&root, &key(i).path().0, proven.value.as_deref(), &proven.proof).unwrap();
                assert_eq!(proven.value.is_some(), [0, 1, 200].contains(&i), "round {round} height {height} key {i}");
            }
        }
        assert!(matches!(node.storage.prove(2, &key(0)), Err(ReadError::Pruned(2, 3))));
        assert!(matches!(node.storage.prove(7, &key(0)), Err(ReadError::Future(7, 6))));
    }
}

#[test]
fn an_invalid_block_is_taken_back_without_a_trace() {
    let mut node = simulated(CONFIG);
    block(&mut node, 10);
    let (root, next) = (node.storage.head().unwrap().header.state_root, node.storage.next_version());
    // A full node executes without confirming.
    let wrong = toy::execute(&node.storage, next, storage::LedgerEntry::Genesis, Hash([5; 32]), &[0, 9, 9, 9, 1, 0]);
    node.storage.execute(wrong).unwrap();
    assert_ne!(node.storage.fold(2, next + 1).unwrap(), root);
    assert!(matches!(node.storage.fold(2, next + 1), Err(StepError::HeaderOutstanding(2))));
    node.storage.discard_open().unwrap();
    assert_eq!(node.storage.next_version(), next);
    assert_eq!(node.storage.newest(&key(9)), None);
    assert_eq!(value(&node.storage, next - 1, 1), Some(1));
    // The right one comes to the root that it would have had.
    node.storage.execute(toy::execute(&node.storage, next, storage::LedgerEntry::Genesis, Hash([6; 32]), &[])).unwrap();
    assert_eq!(node.storage.fold(2, next + 1).unwrap(), root);
    // What was confirmed is never taken back.
    node.storage.confirm(next, node.log.synced()).unwrap();
    assert!(matches!(node.storage.discard_open(), Err(StepError::NotExecuted(..))));
}

#[test]
fn indices_answer_the_same_from_memory_and_from_the_store() {
    let directory = tempfile::tempdir().unwrap();
    let (_directory, mut node) = start(directory.path(), CONFIG);
    for i in 0..3 {
        block(&mut node, 10 + i);
        let storage = &node.storage;
        let all = |storage: &Storage| {
            let versions =
                |list: Vec<Arc<storage::ExecutedTransaction>>| list.iter().map(|t| t.version).collect::<Vec<_>>();
            let account = AccountAddress::from([0; 32]);
            let stream = AccountAddress::from([9; 32]);
            let stream_versions = |from, limit| {
                let events = storage.stream_events(&stream, 3, from, limit).unwrap();
                events.iter().map(|e| (e.version, e.index)).collect::<Vec<_>>()
            };
            let by_type = |from, limit| {
                let (events, next) = storage.events_by_type(&TypeTag::Bool, from, limit).unwrap();
                (events.iter().map(|e| (e.version, e.index)).collect::<Vec<_>>(), next)
            };
            (
                versions(storage.account_transactions(&account, None, 3).unwrap()),
                versions(storage.account_transactions(&account, Some(3), 2).unwrap()),
                versions(storage.account_transactions(&stream, None, 3).unwrap()),
                versions(storage.transactions(1, 100).unwrap()),
                (stream_versions(None, 2), stream_versions(Some(1), 3), stream_versions(Some(100), 3)),
                (by_type(0, 100), by_type(2, 2)),
            )
        };
        let before = all(storage);
        assert_eq!(storage.persist().unwrap(), if i == 0 { 2 } else { 1 });
        let after = all(storage);
        assert_eq!(before, after, "block {i}");
        let newest = storage.ledger_version().unwrap();
        assert_eq!(after.0, [newest - 2, newest - 1, newest]);
        assert_eq!(after.1, [3, 4]);
        assert_eq!(after.2, Vec::<u64>::new());
        assert_eq!(after.4.2, []);
        assert_eq!(after.4.0.iter().map(|(version, _)| *version).collect::<Vec<_>>(), [newest - 1, newest]);
        assert_eq!(after.5.1, (vec![(2, 0), (3, 0)], Some(4)));
    }
}

#[test]
fn resources_are_listed_in_pages_at_any_version() {
    let mut node = simulated(CONFIG);
    node.open_block(10).unwrap();
    for i in 10..14 {
        node.submit(&[i, 1]).unwrap();
    }
    node.submit(&[11, 0]).unwrap();
    node.sync().unwrap();
    let prefix = [[3].as_slice(), &[0xee; 32]].concat();
    let page = |version, from: Option<&[u8]>, limit| {
        let page = node.storage.state_at(version).unwrap().list(&prefix, from, limit).unwrap();
        (page.rows.iter().map(|(key, _)| *key.last().unwrap()).collect::<Vec<_>>(), page.next)
    };
    let (first, next) = page(5, None, 3);
    assert_eq!((first, next.as_deref()), (vec![0, 1, 2], Some(key(10).to_bytes().as_slice())));
    assert_eq!(page(5, next.as_deref(), 2).0, [10, 11]);
    // Transactions 2 to 5 made one each; the sixth deleted key 11.
    for (version, expected) in
        [(3, vec![0, 1, 2, 10, 11, 200]), (5, vec![0, 1, 2, 10, 11, 12, 13, 200]), (6, vec![0, 1, 2, 10, 12, 13, 200])]
    {
        assert_eq!(page(version, None, 100).0, expected, "version {version}");
    }
}

#[test]
fn old_blocks_go_when_history_is_limited() {
    let directory = tempfile::tempdir().unwrap();
    let config = StorageConfig { provable_blocks: 2, history_blocks: 3, ..CONFIG };
    let (_directory, mut node) = start(directory.path(), config);
    let first_hash = node.storage.transaction(0).unwrap().hash;
    for i in 0..8 {
        block(&mut node, 10 + i);
    }
    node.storage.persist().unwrap();
    while node.storage.prune(2).unwrap() {}
    let kept = node.storage.kept();
    assert_eq!((kept.oldest_block, kept.oldest_version), (6, 26));
    assert_eq!((kept.oldest_provable_height, kept.oldest_value_version), (7, 31));
    assert!(matches!(node.storage.block(5), Err(ReadError::Pruned(5, 6))));
    assert!(matches!(node.storage.transaction(25), Err(ReadError::Pruned(25, 26))));
    assert!(matches!(node.storage.block_of_version(25), Err(ReadError::Pruned(25, 26))));
    assert!(node.storage.transaction_by_hash(&first_hash).unwrap().is_none());
    assert_eq!(value(&node.storage, 31, 200), Some(17), "the newest value before the window stays");
    drop((node, _directory));
    let (_directory, node) = start(directory.path(), config);
    assert_eq!(node.storage.kept(), kept);
}

#[test]
fn a_store_of_another_chain_or_with_a_changed_value_is_refused() {
    let store = Arc::new(SimStore::new());
    let mut node = Node::start(Arc::new(SimDisk::new()), Arc::clone(&store) as _, CONFIG, 65_536).unwrap();
    block(&mut node, 10);
    node.storage.persist().unwrap();
    let open = |genesis| Storage::open(Arc::clone(&store) as _, CONFIG, genesis);
    assert!(matches!(open(Hash([8; 32])), Err(OpenError::OtherChain(GENESIS, _))));
    open(GENESIS).unwrap();
    let mut batch = storage::Batch::default();
    batch.put(storage::Table::State, [key(0).to_bytes(), 0u64.to_be_bytes().to_vec()].concat(), [1, 99, 1]);
    storage::Store::write(&*store, batch).unwrap();
    assert!(matches!(open(GENESIS), Err(OpenError::OtherRoot { height: 0, .. })));
}

#[test]
fn a_log_that_comes_out_differently_stops_the_node() {
    let (disk, store) = (SimDisk::new(), SimStore::new());
    let start = || Node::start(Arc::new(disk.clone()), Arc::new(store.clone()), CONFIG, 65_536);
    let mut node = start().unwrap();
    node.open_block(10).unwrap();
    let record = types::LogRecord::Transaction { version: 2, receipt_hash: Hash([1; 32]), bytes: vec![3, 1] };
    node.log.append(&record.to_bytes()).unwrap();
    node.log.sync().unwrap();
    drop(node);
    match start().map(|_| ()) {
        Err(Stop::Replay(text)) => assert!(text.contains("LogReplayDiffers { version: 2"), "{text}"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_data_directory_belongs_to_one_process() {
    let path = tempfile::tempdir().unwrap();
    let first = DataDirectory::open(path.path()).unwrap();
    let second = DataDirectory::open(path.path());
    let Err(error @ DirectoryError::Locked(_)) = second else { panic!("{second:?}") };
    assert_eq!(
        error.to_string(),
        format!("data directory {} is locked: another process is using it", path.path().display())
    );
    drop(first);
    let again = DataDirectory::open(path.path()).unwrap();
    let kept = again.put_evidence(7, "two-headers", b"proof").unwrap();
    again.put_evidence(7, "two-headers", b"proof").unwrap();
    assert_eq!(again.evidence().unwrap(), [kept.as_path()]);
    assert_eq!(kept, path.path().join("evidence/7-two-headers.bcs"));
}

#[test]
fn batches_and_what_was_read_from_da_are_kept() {
    let node = simulated(CONFIG);
    let storage = &node.storage;
    let record = |number: u64| BatchRecord {
        number,
        first_height: number * 10,
        last_height: number * 10 + 9,
        hash: Hash([1; 32]),
        parts: 2,
        tried_from: 5,
        included: None,
        finalized: false,
    };
    for number in 1..=3 {
        storage.put_batch(&record(number), &[vec![1], vec![2, 3]]).unwrap();
    }
    let included = BatchRecord { included: Some(8), ..record(2) };
    storage.update_batch(&included).unwrap();
    assert_eq!(storage.batch(2).unwrap(), Some(included.clone()));
    assert_eq!(storage.last_batch().unwrap(), Some(record(3)));
    for (height, number) in [(9, None), (10, Some(1)), (19, Some(1)), (20, Some(2)), (39, Some(3)), (40, None)] {
        assert_eq!(storage.batch_of_height(height).unwrap().map(|b| b.number), number, "height {height}");
    }
    assert_eq!(storage.parts(2).unwrap(), [vec![1], vec![2, 3]]);
    storage.drop_parts(&included).unwrap();
    assert_eq!(storage.parts(2).unwrap(), Vec::<Vec<u8>>::new());

    storage.put_da_height(4, b"header", &[(0, b"x".to_vec()), (300, b"y".to_vec())]).unwrap();
    assert_eq!(storage.da_header(4).unwrap(), Some(b"header".to_vec()));
    assert_eq!(storage.last_da_header().unwrap(), Some((4, b"header".to_vec())));
    assert_eq!(storage.forced(4).unwrap(), [(0, b"x".to_vec()), (300, b"y".to_vec())]);
    assert_eq!(storage.forced(5).unwrap(), []);
    storage.set_da_cursor(b"4").unwrap();
    assert_eq!(storage.da_cursor().unwrap(), Some(b"4".to_vec()));
}
