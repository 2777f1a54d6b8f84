//! What a full node refuses: each row is a batch on DA with one thing wrong. The error names rule, height and field, and the
//! state stays that of the last valid block. Blobs that are not the sequencer's next batch change nothing at all.

use std::sync::Arc;

use da_adapter::{Blob, Namespace};
use node::simulation::{Chain, Machine, SimulatedFullNode, SimulatedSequencer};
use storage::sim::{SimDisk, SimStore};
use storage::{DEFAULT_CONFIG, DataDirectory, LedgerEntry};
use types::batch::{BLOB_BYTES_WRITE_MAX, Batch};
use types::{BatchBlock, Hash, Namespaces, Parameters, SigningKey, forced};

use crate::chain::{self, START_US, key, play, raw, sequencer, sign};

const SECOND: u64 = 1_000_000;

/// Two blocks of two transactions each, made by a sequencer that has read DA height 1.
fn honest(chain: &Chain) -> Vec<BatchBlock> {
    let machine = Machine {
        disk: Arc::new(SimDisk::new()),
        store: Arc::new(SimStore::new()),
        storage: DEFAULT_CONFIG,
        segment_bytes: 65_536,
        key: Arc::new(sequencer()),
    };
    let begin = |storage: &storage::Storage| chain::begin(&chain.genesis, storage);
    let mut now_us = START_US + SECOND;
    chain.da.seal(now_us).unwrap();
    let mut node = SimulatedSequencer::start(chain, &machine, &begin).unwrap();
    assert!(node.read_da().unwrap());
    for number in 0..2 {
        let spin = || play("spin", vec![9u64.to_le_bytes().to_vec()]);
        let sent = [1, 2].map(|seed| sign(seed, raw(seed, number, now_us, spin()))).to_vec();
        assert_eq!(node.submit(sent, now_us).unwrap(), [Ok(()), Ok(())]);
        now_us += 200_000;
        node.turn(now_us).unwrap();
        assert_eq!(node.seal().unwrap(), 1);
    }
    (1..=2)
        .map(|height| {
            let block = node.storage().block(height).unwrap();
            let all = node.storage().transactions(block.header.first_version, 3).unwrap();
            let own = all.iter().filter_map(|one| match &one.entry {
                LedgerEntry::User { bytes, .. } => Some(bytes.clone()),
                LedgerEntry::Metadata(_) | LedgerEntry::Genesis => None,
            });
            let transactions = own.collect();
            BatchBlock { header: block.header.clone(), signature: block.signature, transactions }
        })
        .collect()
}

fn batch(chain: &Chain, number: u64, previous: Hash, blocks: &[BatchBlock], key: &SigningKey) -> (Hash, Vec<Blob>) {
    let limits = Parameters::DEFAULT.batch_limits();
    let genesis_hash = chain.genesis.hash();
    let batch = Batch::seal(genesis_hash, number, previous, blocks, &limits).unwrap();
    let namespace = Namespace::new_v0(Namespaces::of(&genesis_hash).batches).unwrap();
    let parts = batch.split(BLOB_BYTES_WRITE_MAX, &limits, key).unwrap();
    (batch.hash(), parts.into_iter().map(|part| Blob::new(namespace, part)).collect())
}

/// What a full node has come to after reading a DA layer whose height 1 holds `first`, and height 2 `second`.
struct Read {
    height: u64,
    root: Hash,
    halted: Option<String>,
}

fn read(honest: &Chain, directory: &Arc<DataDirectory>, first: &[Blob], second: &[Blob]) -> Read {
    let chain = Chain { da: da_adapter::embedded::Embedded::in_memory(), ..honest.clone() };
    for (blobs, at) in [(first, SECOND), (second, 3 * SECOND), (&[], 4 * SECOND)] {
        for blob in blobs {
            chain.da.post(std::slice::from_ref(blob)).unwrap();
        }
        chain.da.seal(START_US + at).unwrap();
    }
    let begin = |storage: &storage::Storage| chain::begin(&chain.genesis, storage);
    let store = Arc::new(SimStore::new());
    let mut node = SimulatedFullNode::start(&chain, store, DEFAULT_CONFIG, Arc::clone(directory), &begin).unwrap();
    node.read_da().unwrap();
    let head = node.storage().head().unwrap();
    // Nothing of a block that was refused is left.
    assert_eq!(node.storage().next_version(), head.header.next_version());
    Read { height: head.header.height, root: head.header.state_root, halted: node.halted() }
}

fn world() -> (Chain, Vec<BatchBlock>, tempfile::TempDir, Arc<DataDirectory>) {
    let chain = chain::chain();
    let blocks = honest(&chain);
    let home = tempfile::tempdir().unwrap();
    let directory = Arc::new(DataDirectory::open(home.path()).unwrap());
    (chain, blocks, home, directory)
}

type Change = fn(&mut Vec<BatchBlock>);

#[test]
fn each_wrong_batch_is_refused_by_its_own_error_with_height_and_field() {
    let (chain, blocks, _home, directory) = world();
    // what, change, height, error, field
    let rows: Vec<(&str, Change, u64, &str, &str)> = vec![
        (
            "one byte of a transaction",
            |b| {
                let last = b[1].transactions[0].len() - 1;
                b[1].transactions[0][last] ^= 1;
            },
            2,
            "InadmissibleTransaction",
            "transactions",
        ),
        ("two transactions swapped", |b| b[1].transactions.swap(0, 1), 2, "WrongTransactionRoot", "transaction_root"),
        ("a missing transaction", |b| b[1].transactions.truncate(1), 2, "WrongCount", "count"),
        ("a missing block", |b| drop(b.remove(0)), 2, "WrongHeight", "height"),
        ("a block twice", |b| b.insert(1, b[0].clone()), 1, "WrongHeight", "height"),
        ("two blocks swapped", |b| b.swap(0, 1), 2, "WrongHeight", "height"),
        ("a wrong state root", |b| b[1].header.state_root.0[0] ^= 1, 2, "WrongStateRoot", "state_root"),
        ("a wrong receipt root", |b| b[1].header.receipt_root.0[0] ^= 1, 2, "WrongReceiptRoot", "receipt_root"),
        (
            "a wrong transaction root",
            |b| b[0].header.transaction_root.0[0] ^= 1,
            1,
            "WrongTransactionRoot",
            "transaction_root",
        ),
        ("a wrong parent", |b| b[1].header.parent.0[0] ^= 1, 2, "WrongParent", "parent"),
        ("another chain's block", |b| b[0].header.genesis_hash.0[0] ^= 1, 1, "WrongGenesis", "genesis_hash"),
        ("another sequencer", |b| b[0].header.sequencer = key(7).address(), 1, "WrongSequencer", "sequencer"),
        ("time that stands still", |b| b[1].header.time_us = b[0].header.time_us, 2, "TimeNotAfterParent", "time_us"),
        ("time ahead of DA", |b| b[1].header.time_us = START_US + 14 * SECOND, 2, "TimeAheadOfDa", "time_us"),
        ("DA read that nobody could", |b| b[1].header.da_read = 2, 2, "DaReadUnknown", "da_read"),
        ("gas", |b| b[1].header.gas_used += 1, 2, "WrongGasUsed", "gas_used"),
        ("fees", |b| b[1].header.fees += 1, 2, "WrongFees", "fees"),
    ];
    let roots = {
        let (_, blobs) = batch(&chain, 1, Hash::ZERO, &blocks, &sequencer());
        let good = read(&chain, &directory, &[], &blobs);
        assert_eq!((good.height, good.halted), (2, None));
        assert_eq!(good.root, blocks[1].header.state_root);
        let none = read(&chain, &directory, &[], &[]);
        [none.root, blocks[0].header.state_root, blocks[1].header.state_root]
    };
    for (what, change, height, error, field) in rows {
        let mut bad = blocks.clone();
        change(&mut bad);
        for block in &mut bad {
            block.signature = block.header.sign(&sequencer());
        }
        let (_, blobs) = batch(&chain, 1, Hash::ZERO, &bad, &sequencer());
        let read = read(&chain, &directory, &[], &blobs);
        let said = read.halted.unwrap_or_else(|| panic!("{what}: it is taken"));
        for part in [&format!("block {height}: "), error, field] {
            assert!(said.contains(part), "{what}: `{part}` is not in `{said}`");
        }
        let valid = usize::try_from(read.height).unwrap();
        assert!(valid < 2 && read.root == roots[valid], "{what}: state has changed");
    }
}

#[test]
fn a_header_that_the_sequencer_did_not_sign_is_refused() {
    let (chain, mut blocks, _home, directory) = world();
    blocks[1].signature = blocks[1].header.sign(&key(7));
    let (_, blobs) = batch(&chain, 1, Hash::ZERO, &blocks, &sequencer());
    let read = read(&chain, &directory, &[], &blobs);
    let said = read.halted.unwrap();
    assert!(said.contains("block 2: BadSignature") && said.contains("signature"), "{said}");
    assert_eq!(read.height, 1);
}

#[test]
fn a_block_that_omits_a_forced_transaction_is_refused() {
    let (chain, blocks, _home, directory) = world();
    let namespace = Namespace::new_v0(Namespaces::of(&chain.genesis.hash()).forced).unwrap();
    let payload = play("spin", vec![1u64.to_le_bytes().to_vec()]);
    let transaction = sign(3, raw(3, 0, START_US, payload));
    let blob = Blob::new(namespace, forced::wrap(transaction.bytes()));
    let (_, blobs) = batch(&chain, 1, Hash::ZERO, &blocks, &sequencer());
    let read = read(&chain, &directory, &[blob], &blobs);
    let said = read.halted.unwrap();
    assert!(said.contains("block 1: ForcedOmitted") && said.contains("count"), "{said}");
    assert_eq!(read.height, 0);
}

#[test]
fn blobs_that_are_not_the_next_batch_change_nothing() {
    let (chain, blocks, _home, directory) = world();
    let (first_hash, first) = batch(&chain, 1, Hash::ZERO, &blocks[..1], &sequencer());
    let (_, second) = batch(&chain, 2, first_hash, &blocks[1..], &sequencer());
    let (_, other_chain_link) = batch(&chain, 2, Hash::ZERO, &blocks[1..], &sequencer());
    let (_, forged) = batch(&chain, 1, Hash::ZERO, &blocks[1..], &key(7));
    let mut truncated = first[0].clone();
    truncated.data.truncate(90);
    let foreign = Blob::new(first[0].namespace, b"something else entirely".to_vec());
    let (one, two) = (first[0].clone(), second[0].clone());
    // what, blobs of a height, height reached
    let rows: Vec<(&str, Vec<Blob>, u64)> = vec![
        ("in order", vec![one.clone(), two.clone()], 2),
        ("reordered", vec![two.clone(), one.clone()], 2),
        ("each twice", vec![one.clone(), one.clone(), two.clone(), two.clone(), one.clone()], 2),
        (
            "mixed with foreign and truncated ones",
            vec![foreign.clone(), truncated.clone(), one.clone(), foreign, two.clone()],
            2,
        ),
        ("forged before the real one", vec![forged[0].clone(), one.clone(), two.clone()], 2),
        ("a gap", vec![two], 0),
        ("another past", vec![one, other_chain_link[0].clone()], 1),
        ("only a truncated one", vec![truncated], 0),
    ];
    for (what, blobs, height) in rows {
        let read = read(&chain, &directory, &[], &blobs);
        assert_eq!((read.height, read.halted), (height, None), "{what}");
    }
}
