//! Whole blocks: metadata, forced transactions, roots, replay, and each rule of validity broken once.
#![expect(
    clippy::unwrap_used,
    clippy::cast_possible_truncation,
    reason = "a test fails loudly and makes small numbers of large ones"
)]

mod common;

use std::sync::Arc;

use common::*;
use executor::{
    BatchContext, ClosedBlock, ExecutedBlock, Executor, Kind, OpenBlock, Opening, OwnOutcome, Placed, Rule, Tip,
    VerifyError, execute_block, seal, tree_updates, verify_batch_block,
};
use jellyfish_merkle::{Limits, Sha256, Tree};
use move_core_types::AccountAddress;
use move_vm_runtime::{Engine, NativeTable, VmConfig};
use proptest::prelude::*;
use types::forced::{ForcedBlob, wrap};
use types::transaction::Transaction;
use types::{BatchBlock, Event, Hash, Op, Parameters, SignedHeader, StateKey};

const DA_INTERVAL_US: u64 = 1_000_000;

/// Time of a DA height: `START_DA` is at the start.
fn da_time_us(height: u64) -> Option<u64> {
    (START_DA - 5..=START_DA + 40)
        .contains(&height)
        .then(|| START_US + height * DA_INTERVAL_US - START_DA * DA_INTERVAL_US)
}

fn root_of(chain: &Chain, changes: &[(StateKey, Op)]) -> Hash {
    let mut state = chain.state.clone();
    for (key, op) in changes {
        state.set(key, op.value().cloned());
    }
    let updates: Vec<_> = state
        .iter()
        .map(|(key, value)| (types::hash::sha256(key).0, Some(types::state::value_hash(value).0)))
        .collect();
    let mut tree = Tree::<Sha256>::new(Limits { versions_max: 4, stale_nodes_max: 1 << 20 });
    Hash(tree.commit(0, &updates).unwrap())
}

fn opening(forced: Vec<ForcedBlob>) -> Opening {
    Opening { time_us: START_US + 3_000_000, da_read: START_DA + 2, forced }
}

fn forced(da_height: u64, transaction: &Transaction) -> ForcedBlob {
    ForcedBlob { da_height, bytes: wrap(transaction.bytes()) }
}

fn run(chain: &Chain, opening: &Opening, own: &[Transaction]) -> (ClosedBlock, Vec<Placed>) {
    let executed = execute_block(&chain.executor, chain.base(), &chain.tip, opening, own).unwrap().unwrap();
    (executed.block, executed.placed)
}

fn sealed(chain: &Chain, closed: &ClosedBlock) -> SignedHeader {
    seal(closed, chain.executor.genesis_hash(), parent(chain), root_of(chain, &closed.changes), &sequencer())
}

fn parent(_: &Chain) -> Hash {
    Hash([0xbb; 32])
}

fn own() -> Vec<Transaction> {
    vec![transaction(1, 0, "create", vec![]), transaction(2, 0, "spin", vec![5u64.to_le_bytes().to_vec()])]
}

fn published(chain: &Chain, opening: &Opening, own: &[Transaction]) -> BatchBlock {
    let (closed, _) = run(chain, opening, own);
    let SignedHeader { header, signature } = sealed(chain, &closed);
    let transactions = own.iter().map(|transaction| transaction.bytes().to_vec()).collect();
    BatchBlock { header, signature, transactions }
}

struct Situation {
    inclusion_height: u64,
    is_last: bool,
    unread_inclusion: u64,
    forced: Vec<ForcedBlob>,
}

impl Situation {
    fn ordinary() -> Self {
        Situation { inclusion_height: START_DA + 5, is_last: true, unread_inclusion: 0, forced: vec![] }
    }
}

fn verify(chain: &Chain, block: &BatchBlock, at: &Situation) -> Result<ExecutedBlock, VerifyError> {
    let batch = BatchContext {
        inclusion_height: at.inclusion_height,
        is_last: at.is_last,
        unread_inclusion: at.unread_inclusion,
        da_time_us: &da_time_us,
    };
    let mut forced = |from: u64, to: u64| {
        at.forced.iter().filter(|blob| blob.da_height > from && blob.da_height <= to).cloned().collect()
    };
    let mut root = |closed: &ClosedBlock, _: &[Placed]| root_of(chain, &closed.changes);
    verify_batch_block(&chain.executor, chain.base(), &chain.tip, parent(chain), block, &batch, &mut forced, &mut root)
}

#[test]
fn the_metadata_transaction_sets_time_and_height_and_credits_fees() {
    let mut chain = Chain::new(Parameters::DEFAULT);
    chain.tip.fees = 1234;
    let (closed, placed) = run(&chain, &opening(vec![]), &[]);
    let Kind::Metadata(metadata) = &placed[0].kind else { panic!("not the metadata transaction") };
    assert_eq!((closed.count, metadata.height, metadata.parent_fees), (1, 1, 1234));
    assert_eq!(
        metadata.block_id,
        types::block_id(&chain.executor.genesis_hash(), 1, START_US + 3_000_000, START_DA + 2)
    );
    let receipt = &placed[0].executed.receipt;
    assert_eq!((receipt.gas_used, receipt.fee), (0, 0));
    let [Event::Module { tag, data }] = placed[0].executed.events.as_slice() else { panic!("one event is due") };
    assert_eq!(tag.to_string(), "0x1::block::NewBlock");
    assert_eq!(data[..32], metadata.block_id.0);
    chain.state.apply(&placed[0].executed.write_set);
    assert_eq!(
        chain.get::<u64>(AccountAddress::ONE, "0x1::timestamp::CurrentTimeMicroseconds"),
        Some(START_US + 3_000_000)
    );
    assert_eq!(coins(&chain.state, recipient()), 1234, "the store is created for the recipient");
    type Account = (
        Vec<u8>,
        u64,
        u64,
        (u64, u64, AccountAddress),
        (u64, u64, AccountAddress),
        Vec<AccountAddress>,
        Vec<AccountAddress>,
    );
    let account: Account = chain.get(recipient(), "0x1::account::Account").unwrap();
    assert_eq!((account.1, account.2), (0, 4), "the store took two numbers");
}

#[test]
fn supply_is_conserved_block_by_block() {
    let mut chain = Chain::new(Parameters::DEFAULT);
    let supply = |chain: &Chain| {
        let accounts = (1..=9).map(|seed| key(seed).address()).chain([recipient()]);
        accounts.map(|address| coins(&chain.state, address)).sum::<u64>() + chain.tip.fees
    };
    let before = supply(&chain);
    for height in 1..=5u64 {
        let at = Opening { time_us: START_US + height * 1_000_000, da_read: START_DA, forced: vec![] };
        let own = [transaction(1, height - 1, "spin", vec![height.to_le_bytes().to_vec()])];
        let (closed, _) = run(&chain, &at, &own);
        assert!(closed.fees > 0);
        for (key, op) in &closed.changes {
            chain.state.set(key, op.value().cloned());
        }
        chain.tip = closed.tip();
        assert_eq!(supply(&chain), before, "block {height}");
    }
    assert_eq!(chain.tip.next_version, 11);
}

#[test]
fn forced_transactions_come_first_and_the_inadmissible_ones_are_skipped() {
    let chain = Chain::new(Parameters::DEFAULT);
    let good = transaction(3, 0, "create", vec![]);
    let failing = transaction(4, 0, "fail", vec![1u64.to_le_bytes().to_vec()]);
    let ahead = transaction(5, 1, "create", vec![]);
    let mut unsigned = transaction(6, 0, "create", vec![]).signed().clone();
    unsigned.raw.max_gas_amount += 1;
    let unsigned = Transaction::new(unsigned);
    let again = transaction(3, 0, "create", vec![]);
    let next = transaction(3, 1, "bump", vec![key(3).address().as_ref().to_vec()]);
    let junk = ForcedBlob { da_height: START_DA + 1, bytes: wrap(b"junk") };
    let blobs = vec![
        junk,
        forced(START_DA + 1, &ahead),
        forced(START_DA + 1, &unsigned),
        forced(START_DA + 1, &good),
        forced(START_DA + 1, &again),
        forced(START_DA + 2, &failing),
        forced(START_DA + 2, &next),
    ];
    let (closed, placed) = run(&chain, &opening(blobs), &own());
    let hashes: Vec<Hash> = placed.iter().map(|placed| placed.executed.receipt.transaction_hash).collect();
    let own = own();
    assert_eq!(hashes[1..], [good.hash(), failing.hash(), next.hash(), own[0].hash(), own[1].hash()]);
    assert_eq!(closed.count, 6);
    let all: u64 = placed.iter().map(|placed| placed.executed.receipt.gas_used).sum();
    let of_own: u64 = placed[4..].iter().map(|placed| placed.executed.receipt.gas_used).sum();
    assert_eq!((closed.gas_used, closed.own_gas), (all, of_own));
}

#[test]
fn forced_gas_is_bounded_by_da_height() {
    // The bound is above its range's least for this table only.
    let parameters = Parameters { forced_gas_per_da_height_max: 50, ..Parameters::DEFAULT };
    let chain = Chain::new(parameters);
    let spin = |seed: u8| transaction(seed, 0, "spin", vec![0u64.to_le_bytes().to_vec()]);
    let blobs = vec![
        forced(11, &spin(1)),
        forced(11, &spin(2)),
        forced(11, &spin(3)),
        forced(12, &spin(4)),
        forced(12, &spin(5)),
        forced(12, &spin(6)),
    ];
    let (_, placed) = run(&chain, &opening(blobs), &[]);
    let senders: Vec<AccountAddress> = placed
        .iter()
        .filter_map(|placed| match &placed.kind {
            Kind::User(transaction) => Some(transaction.raw().sender),
            Kind::Metadata(_) => None,
        })
        .collect();
    // Each uses 33: after two the height's 50 are reached.
    assert_eq!(senders, [1, 2, 4, 5].map(|seed| key(seed).address()));
}

#[test]
fn what_does_not_fit_changes_nothing() {
    let chain = Chain::new(Parameters::DEFAULT);
    let (mut block, _) = OpenBlock::open(&chain.executor, chain.base(), &chain.tip, &opening(vec![])).unwrap();
    let create = transaction(1, 0, "create", vec![]);
    assert!(matches!(block.execute(&create, 10).unwrap(), OwnOutcome::DoesNotFit));
    assert_eq!(block.count(), 1);
    assert!(matches!(block.execute(&create, 1_000).unwrap(), OwnOutcome::Kept { key_changed: false, .. }));
}

#[test]
fn a_block_built_step_by_step_is_the_block_executed_whole() {
    let chain = Chain::new(Parameters::DEFAULT);
    let (mut block, _) = OpenBlock::open(&chain.executor, chain.base(), &chain.tip, &opening(vec![])).unwrap();
    for transaction in own() {
        assert!(matches!(block.execute(&transaction, 1_000_000).unwrap(), OwnOutcome::Kept { .. }));
        // What is refused in between leaves no trace.
        assert!(matches!(block.execute(&transaction, 1_000_000).unwrap(), OwnOutcome::Refused { .. }));
    }
    let stepwise = block.close().unwrap();
    let (whole, _) = run(&chain, &opening(vec![]), &own());
    assert_eq!(stepwise.changes, whole.changes);
    assert_eq!(sealed(&chain, &stepwise), sealed(&chain, &whole));
    assert_eq!(stepwise.tree_updates(), tree_updates(&whole.changes));
}

#[test]
fn a_published_block_is_replayed_to_the_same_header() {
    let chain = Chain::new(Parameters::DEFAULT);
    let blobs = vec![forced(START_DA + 1, &transaction(3, 0, "create", vec![]))];
    let block = published(&chain, &opening(blobs.clone()), &own());
    let valid = verify(&chain, &block, &Situation { forced: blobs, ..Situation::ordinary() }).unwrap();
    assert_eq!(
        valid.block.header(chain.executor.genesis_hash(), parent(&chain), block.header.state_root),
        block.header
    );
    assert_eq!(valid.placed.len(), 4);
}

/// Changes a block and signs it again.
fn change(block: &BatchBlock, act: impl FnOnce(&mut BatchBlock)) -> BatchBlock {
    let mut changed = block.clone();
    act(&mut changed);
    changed.signature = changed.header.sign(&sequencer());
    changed
}

fn at(change: impl FnOnce(&mut Situation)) -> Situation {
    let mut situation = Situation::ordinary();
    change(&mut situation);
    situation
}

#[test]
fn each_rule_is_named_when_it_is_broken() {
    let chain = Chain::new(Parameters::DEFAULT);
    let good = published(&chain, &opening(vec![]), &own());
    verify(&chain, &good, &Situation::ordinary()).unwrap();
    let ordinary = Situation::ordinary;
    let forced_blob = || vec![forced(START_DA + 1, &transaction(3, 0, "create", vec![]))];
    let foreign_signature = {
        let mut block = good.clone();
        block.signature = block.header.sign(&key(7));
        block
    };
    let flipped = |index: usize| {
        change(&good, |block| {
            let at = block.transactions[0].len() - index;
            block.transactions[0][at] ^= 1;
        })
    };
    let cases: Vec<(&str, Rule, BatchBlock, Situation)> = vec![
        ("format", Rule::F1, change(&good, |b| b.header.format = 2), ordinary()),
        ("not canonical", Rule::F1, change(&good, |b| b.transactions[0].push(0)), ordinary()),
        ("too long", Rule::F1, change(&good, |b| b.transactions[0] = vec![0; 65_537]), ordinary()),
        ("genesis", Rule::F2, change(&good, |b| b.header.genesis_hash = Hash::ZERO), ordinary()),
        ("height", Rule::F3, change(&good, |b| b.header.height = 2), ordinary()),
        ("parent", Rule::F4, change(&good, |b| b.header.parent = Hash::ZERO), ordinary()),
        ("sequencer", Rule::F5, change(&good, |b| b.header.sequencer = key(7).address()), ordinary()),
        ("signature", Rule::F6, foreign_signature, ordinary()),
        ("first version", Rule::F7, change(&good, |b| b.header.first_version = 2), ordinary()),
        ("time stands still", Rule::T1, change(&good, |b| b.header.time_us = START_US), ordinary()),
        (
            "time behind DA",
            Rule::T2,
            change(&good, |b| {
                b.header.time_us = START_US + 1;
                b.header.da_read = START_DA + 11;
            }),
            at(|s| s.inclusion_height = START_DA + 20),
        ),
        ("time ahead of DA", Rule::T3, change(&good, |b| b.header.time_us = START_US + 15_000_001), ordinary()),
        (
            "DA lag",
            Rule::T4,
            change(&good, |b| b.header.time_us = START_US + 62_000_001),
            at(|s| s.inclusion_height = u64::MAX),
        ),
        ("DA backwards", Rule::D1, change(&good, |b| b.header.da_read = START_DA - 1), ordinary()),
        (
            "DA too far",
            Rule::D2,
            change(&good, |b| {
                b.header.da_read = START_DA + 33;
                b.header.time_us = START_US + 33_000_000;
            }),
            at(|s| s.inclusion_height = START_DA + 35),
        ),
        ("DA not read", Rule::D3, change(&good, |b| b.header.da_read = START_DA + 5), ordinary()),
        ("DA stale", Rule::D4, good.clone(), at(|s| s.unread_inclusion = START_DA + 3)),
        ("transaction swapped", Rule::C3, change(&good, |b| b.transactions[1] = b.transactions[0].clone()), ordinary()),
        ("signature of a transaction", Rule::C3, flipped(5), ordinary()),
        ("count", Rule::C4, change(&good, |b| b.header.count = 2), ordinary()),
        ("transaction left out", Rule::C4, change(&good, |b| drop(b.transactions.pop())), ordinary()),
        ("forced one omitted", Rule::C4, good.clone(), at(|s| s.forced = forced_blob())),
        ("order", Rule::R1, change(&good, |b| b.transactions.swap(0, 1)), ordinary()),
        ("transaction root", Rule::R1, change(&good, |b| b.header.transaction_root = Hash::ZERO), ordinary()),
        ("receipt root", Rule::R2, change(&good, |b| b.header.receipt_root = Hash::ZERO), ordinary()),
        ("state root", Rule::R3, change(&good, |b| b.header.state_root = Hash::ZERO), ordinary()),
        ("gas", Rule::R4, change(&good, |b| b.header.gas_used += 1), ordinary()),
        ("fees", Rule::R5, change(&good, |b| b.header.fees -= 1), ordinary()),
    ];
    for (name, rule, block, situation) in cases {
        let error = verify(&chain, &block, &situation).unwrap_err();
        let VerifyError::Invalid(invalid) = error else { panic!("{name}: {error}") };
        assert_eq!(invalid.rule, rule, "{name}: {invalid}");
        assert_eq!(invalid.height, block.header.height);
        assert!(
            invalid.to_string().contains(invalid.error_name()) && invalid.expected != invalid.found,
            "{name}: {invalid}"
        );
        if name == "forced one omitted" {
            assert_eq!(invalid.error_name(), "ForcedOmitted");
        }
    }
}

#[test]
fn sizes_and_gas_of_own_transactions_are_bounded() {
    // Blocks made under wide bounds, judged under narrow ones.
    let wide = Chain::new(Parameters::DEFAULT);
    let cases = [
        (Rule::C1, Parameters { block_transactions_max: 1, ..Parameters::DEFAULT }),
        (Rule::C1, Parameters { block_bytes_max: 300, ..Parameters::DEFAULT }),
        (Rule::C5, Parameters { block_own_gas_max: 60, ..Parameters::DEFAULT }),
    ];
    for (rule, narrow) in cases {
        let chain = Chain::new(narrow);
        let mut block = published(&wide, &opening(vec![]), &own());
        block.header.genesis_hash = chain.executor.genesis_hash();
        block.signature = block.header.sign(&sequencer());
        let error = verify(&chain, &block, &Situation::ordinary()).unwrap_err();
        let VerifyError::Invalid(invalid) = error else { panic!("{error}") };
        assert_eq!(invalid.rule, rule, "{invalid}");
    }
    let mut empty = published(&wide, &Opening { da_read: START_DA, ..opening(vec![]) }, &[]);
    let error = verify(&wide, &empty, &Situation::ordinary()).unwrap_err();
    assert!(matches!(&error, VerifyError::Invalid(invalid) if invalid.rule == Rule::C2), "{error}");
    // The same block is valid where it reads DA.
    empty = published(&wide, &opening(vec![]), &[]);
    verify(&wide, &empty, &Situation::ordinary()).unwrap();
}

#[test]
fn a_change_of_key_closes_the_block_and_ends_the_batch() {
    let chain = Chain::new(Parameters::DEFAULT);
    let new_key = key(55).public_key();
    let set = call(AccountAddress::ONE, "rollup", "set_key", vec![types::codec::encode(&new_key.0.to_vec())]);
    let set = sign(&key(1), raw(&key(1), 0, types::TransactionPayload::EntryFunction(set)));
    let (mut block, _) = OpenBlock::open(&chain.executor, chain.base(), &chain.tip, &opening(vec![])).unwrap();
    let outcome = block.execute(&set, u64::MAX).unwrap();
    assert!(
        matches!(&outcome, OwnOutcome::Kept { key_changed: true, placed } if placed.executed.receipt.status.is_success()),
        "{outcome:?}"
    );
    assert_eq!(block.config().sequencer_key, sequencer().public_key(), "this block is still the old key's");

    let published = published(&chain, &opening(vec![]), &[set]);
    let valid = verify(&chain, &published, &Situation::ordinary()).unwrap();
    assert!(valid.block.changes_key);
    assert_eq!(valid.block.next.sequencer_key, new_key);
    let error = verify(&chain, &published, &at(|s| s.is_last = false)).unwrap_err();
    assert!(matches!(&error, VerifyError::Invalid(invalid) if invalid.rule == Rule::C6), "{error}");
}

#[test]
fn executors_agree_whatever_they_remember() {
    let chain = Chain::new(Parameters::DEFAULT);
    let expected = published(&chain, &opening(vec![]), &own());
    for _ in 0..3 {
        assert_eq!(published(&chain, &opening(vec![]), &own()), expected);
    }
    let fresh: Arc<Executor> = Chain::new(Parameters::DEFAULT).executor;
    let other = Chain { executor: fresh, ..chain };
    assert_eq!(published(&other, &opening(vec![]), &own()), expected);
    let _: Tip = other.tip;
}

/// One of the functions of the play module with some argument, by a sender that may be out of step.
fn any_transaction() -> impl Strategy<Value = (u8, u64, u8, u64)> {
    (1u8..5, 0u64..4, 0u8..6, 0u64..300)
}

fn made((sender, number, function, argument): (u8, u64, u8, u64)) -> Transaction {
    let number_arg = argument.to_le_bytes().to_vec();
    let (name, args) = match function {
        0 => ("create", vec![]),
        1 => ("bump", vec![key(1 + (argument % 4) as u8).address().as_ref().to_vec()]),
        2 => ("spin", vec![number_arg]),
        3 => ("fail", vec![number_arg]),
        4 => ("store", vec![types::codec::encode(&vec![7u8; argument as usize])]),
        _ => ("two", vec![]),
    };
    transaction(sender, number, name, args)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_block_of_one_interpreter_is_valid_for_the_other_and_conserves_supply(
        wanted in prop::collection::vec(any_transaction(), 1..30),
        forced_ones in prop::collection::vec(any_transaction(), 0..6),
    ) {
        let chain = Chain::new(Parameters::DEFAULT);
        let blobs: Vec<ForcedBlob> =
            forced_ones.iter().enumerate().map(|(i, one)| forced(START_DA + 1 + (i % 2) as u64, &made(*one))).collect();
        let mut blobs = blobs;
        blobs.sort_by_key(|blob| blob.da_height);
        let (mut block, _) = OpenBlock::open(&chain.executor, chain.base(), &chain.tip, &opening(blobs.clone())).unwrap();
        let mut own = Vec::new();
        for one in wanted {
            let transaction = made(one);
            if let OwnOutcome::Kept { .. } = block.execute(&transaction, u64::MAX).unwrap() {
                own.push(transaction);
            }
        }
        let closed = block.close().unwrap();
        let SignedHeader { header, signature } = sealed(&chain, &closed);
        let transactions = own.iter().map(|transaction| transaction.bytes().to_vec()).collect();
        let published = BatchBlock { header, signature, transactions };

        let config = VmConfig { engine: Engine::Plain, ..VmConfig::default() };
        let plain = Executor::with_config(NativeTable::new(), config, &genesis(&Parameters::DEFAULT));
        let other = Chain { executor: plain, ..Chain::new(Parameters::DEFAULT) };
        let valid = verify(&other, &published, &Situation { forced: blobs, ..Situation::ordinary() });
        let valid = valid.map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert_eq!(&valid.block.changes, &closed.changes);

        let mut after = chain.state;
        for (key, op) in &closed.changes {
            after.set(key, op.value().cloned());
        }
        let everyone = (1..=9).map(|seed| key(seed).address()).chain([recipient()]);
        let sum: u64 = everyone.map(|address| coins(&after, address)).sum();
        prop_assert_eq!(sum + closed.fees, 9 * COINS);
    }
}
