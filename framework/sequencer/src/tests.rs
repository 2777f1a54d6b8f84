use proptest::prelude::*;
use types::transaction::{EntryFunction, RawTransaction, SignedTransaction, Transaction, TransactionPayload};
use types::{SigningKey, TransactionAuthenticator};

use super::*;

const SECOND: u64 = 1_000_000;
const NOW: u64 = 1_000 * SECOND;
/// DA heights read before each test; the tests count from it.
const BEFORE: u64 = 10;

fn transaction(sender: u8, sequence_number: u64, gas_unit_price: u64) -> Transaction {
    let key = SigningKey::from_seed([sender; 32]);
    let raw = RawTransaction {
        sender: key.address(),
        sequence_number,
        payload: TransactionPayload::EntryFunction(EntryFunction {
            module: "0x1::m".parse().unwrap(),
            function: "f".parse().unwrap(),
            type_args: vec![],
            args: vec![],
        }),
        max_gas_amount: 1_000,
        gas_unit_price,
        expiration_timestamp_secs: 20_000,
        chain_id: 4,
    };
    let signature = key.sign(&raw.signing_message());
    let authenticator = TransactionAuthenticator::Ed25519 { public_key: key.public_key(), signature };
    Transaction::new(SignedTransaction { raw, authenticator })
}

fn config() -> Config {
    Config {
        block_interval_us: 100_000,
        mempool: MempoolLimits { transactions_max: 50, lane_max: 10 },
        batches: BatchRules {
            bytes_target: 1_000,
            age_us_max: SECOND,
            in_flight_max: 2,
            unpublished_bytes_max: 1 << 20,
            clock_margin_us: 5 * SECOND,
        },
    }
}

/// Runs the machine as a node would, with an executor that keeps everything at 10 gas.
struct Rig {
    sequencer: Sequencer,
    executed: Vec<(u64, Hash)>,
    closed: Vec<(u64, u32)>,
    opened: Vec<(u64, u64, u64, usize)>,
    confirmed: u64,
    refused: Vec<Refusal>,
    cuts: Vec<Cut>,
    version: u64,
    /// The sequence numbers that the state expects.
    next: BTreeMap<move_core_types::AccountAddress, u64>,
    open: Option<(u64, u64, u64)>,
    outcome: fn(&Transaction) -> Outcome,
    changes_key: bool,
}

fn keep(_: &Transaction) -> Outcome {
    Outcome::Kept { gas_used: 10, key_changed: false }
}

impl Rig {
    fn new(config: Config) -> Self {
        let position = Position {
            height: 0,
            time_us: 0,
            da_read: BEFORE,
            da_read_time_us: NOW,
            next_version: 1,
            open: None,
            next_batch: 1,
            in_flight: BTreeMap::new(),
            included: BTreeMap::new(),
        };
        let mut rig = Self {
            sequencer: Sequencer::new(config, Parameters::DEFAULT, Box::new(ArrivalOrder), position),
            executed: vec![],
            closed: vec![],
            opened: vec![],
            confirmed: 1,
            refused: vec![],
            cuts: vec![],
            version: 1,
            next: BTreeMap::new(),
            open: None,
            outcome: keep,
            changes_key: false,
        };
        rig.give(Input::Tick(NOW));
        rig
    }

    fn give(&mut self, input: Input) {
        let mut inputs = std::collections::VecDeque::from([input]);
        while let Some(input) = inputs.pop_front() {
            let mut out = Vec::new();
            self.sequencer.step(input, &mut out);
            for output in out {
                match output {
                    Output::Open { height, time_us, da_read, forced } => {
                        self.opened.push((height, time_us, da_read - BEFORE, forced.len()));
                        self.open = Some((height, time_us, da_read));
                        let count = 1 + u32::try_from(forced.len()).unwrap();
                        self.version += u64::from(count);
                        inputs.push_front(Input::Opened { count, advanced: vec![], key_changed: false });
                    }
                    Output::Execute { transaction, .. } => {
                        let outcome = (self.outcome)(&transaction);
                        if matches!(outcome, Outcome::Kept { .. }) {
                            self.next.insert(transaction.raw().sender, transaction.raw().sequence_number + 1);
                            self.executed.push((self.version, transaction.hash()));
                            self.version += 1;
                        }
                        inputs.push_front(Input::Executed(outcome));
                    }
                    Output::Close { height, count } => {
                        self.closed.push((height, count));
                        let (opened, time_us, da_read) = self.open.take().unwrap();
                        assert_eq!(opened, height);
                        let block = SealedBlock { height, time_us, da_read, bytes: 300, ends_batch: self.changes_key };
                        inputs.push_back(Input::Sealed(block));
                    }
                    Output::Sync => inputs.push_back(Input::LogSynced),
                    Output::Confirm { next_version } => self.confirmed = next_version,
                    Output::Refuse { refusal, .. } => self.refused.push(refusal),
                    Output::Accept { .. } => {}
                    Output::Cut(cut) => self.cuts.push(cut),
                }
            }
        }
    }

    fn submit(&mut self, transaction: &Transaction) {
        let next_sequence = self.next.get(&transaction.raw().sender).copied().unwrap_or(0);
        self.give(Input::Submitted { transaction: transaction.clone(), next_sequence });
    }

    fn da(&mut self, height: u64, time_us: u64, forced: usize) {
        self.give(Input::DaRead(DaHeightRead {
            height: BEFORE + height,
            time_us,
            forced: vec![types::forced::wrap(&[1]); forced],
        }));
    }
}

#[test]
fn a_transaction_is_confirmed_when_it_arrives_and_its_block_closes_later() {
    let mut rig = Rig::new(config());
    rig.da(1, NOW, 0);
    rig.submit(&transaction(1, 0, 100));
    assert_eq!((rig.confirmed, rig.closed.len()), (3, 0));
    rig.give(Input::Tick(NOW + 99_999));
    assert_eq!(rig.closed, []);
    rig.give(Input::Tick(NOW + 100_000));
    assert_eq!(rig.closed, [(1, 2)]);
    assert_eq!(rig.opened, [(1, NOW, 1, 0)]);
}

#[test]
fn a_future_sequence_number_waits_for_its_predecessors() {
    let mut rig = Rig::new(config());
    let [first, second, third] = [0, 1, 2].map(|number| transaction(1, number, 100));
    rig.submit(&third);
    rig.submit(&second);
    assert!(rig.executed.is_empty() && rig.opened.is_empty());
    rig.submit(&first);
    let hashes: Vec<Hash> = rig.executed.iter().map(|(_, hash)| *hash).collect();
    assert_eq!(hashes, [first.hash(), second.hash(), third.hash()]);
}

#[test]
fn the_pool_refuses_by_name() {
    let mut rig = Rig::new(config());
    rig.submit(&transaction(1, 5, 100));
    rig.submit(&transaction(1, 5, 100));
    assert_eq!(rig.refused, [], "the same bytes again are no error");
    rig.submit(&transaction(1, 5, 99));
    rig.submit(&transaction(1, 10, 100));
    rig.submit(&transaction(2, 0, 100));
    rig.submit(&transaction(2, 0, 101));
    let expected = [
        Refusal::InvalidUpdate { sequence_number: 5, gas_unit_price: 100 },
        Refusal::Discard(Discard::SequenceNumberTooNew),
        Refusal::Discard(Discard::SequenceNumberTooOld),
    ];
    assert_eq!(rig.refused, expected);
    let mut full = config();
    full.mempool.transactions_max = 1;
    let mut rig = Rig::new(full);
    rig.submit(&transaction(1, 5, 100));
    rig.submit(&transaction(2, 5, 100));
    assert_eq!(rig.refused, [Refusal::PoolFull(1)]);
    rig.give(Input::Submitted { transaction: transaction(3, 0, 100), next_sequence: 1 });
    assert_eq!(rig.refused.last(), Some(&expected[2]));
}

#[test]
fn a_higher_price_replaces_and_expiry_removes() {
    let mut rig = Rig::new(config());
    rig.submit(&transaction(1, 5, 100));
    rig.submit(&transaction(1, 5, 101));
    assert_eq!(rig.sequencer.pool().len(), 1);
    rig.give(Input::Tick(20_000 * SECOND));
    assert_eq!(rig.sequencer.pool().len(), 0);
    assert_eq!(rig.refused.last(), Some(&Refusal::Discard(Discard::TransactionExpired)));
}

#[test]
fn the_pool_counts_bytes_and_looks_for_expired_ones_only_when_there_can_be_some() {
    let mut pool = Mempool::new(MempoolLimits { transactions_max: 50, lane_max: 10 }, Box::new(ArrivalOrder));
    let all: Vec<Transaction> = (0..5).map(|n| transaction(1, n, 100)).collect();
    let size = all[0].bytes().len();
    for transaction in &all {
        pool.insert(transaction.clone(), 0).unwrap();
    }
    assert_eq!(pool.bytes(), 5 * size);
    pool.insert(transaction(1, 4, 200), 0).unwrap();
    assert_eq!(pool.bytes(), 5 * size, "one took another's place");
    pool.executed(all[0].raw().sender, 0);
    pool.discarded(all[0].raw().sender, 1);
    assert_eq!(pool.bytes(), 3 * size);
    assert_eq!(pool.advance(all[0].raw().sender, 3).len(), 1);
    assert_eq!(pool.bytes(), 2 * size);
    assert_eq!(pool.expire(19_999 * SECOND), []);
    assert_eq!(pool.expire(20_000 * SECOND).len(), 2);
    assert_eq!((pool.bytes(), pool.len()), (0, 0));
    let large = {
        let mut raw = transaction(2, 0, 100).raw().clone();
        let TransactionPayload::EntryFunction(call) = &mut raw.payload else { panic!("an entry function") };
        call.args = vec![vec![0; POOL_BYTES_MAX]];
        let authenticator = transaction(2, 0, 100).signed().authenticator.clone();
        Transaction::new(SignedTransaction { raw, authenticator })
    };
    assert!(matches!(pool.insert(large, 0), Err(Refusal::PoolFull(0))));
}

#[test]
fn a_block_takes_no_more_transactions_than_it_may() {
    let mut rig = Rig::new(config());
    let parameters = Parameters { block_transactions_max: 2, ..Parameters::DEFAULT };
    rig.give(Input::Parameters(Box::new(parameters)));
    for sender in 1..=5 {
        rig.submit(&transaction(sender, 0, 100));
    }
    assert_eq!(rig.closed, [(1, 3), (2, 3)]);
    assert_eq!(rig.executed.len(), 5);
}

#[test]
fn a_discarded_transaction_leaves_no_version_and_no_empty_block_behind() {
    let mut rig = Rig::new(config());
    rig.outcome = |_| Outcome::Discarded(Discard::InsufficientBalanceForTransactionFee);
    rig.submit(&transaction(1, 0, 100));
    rig.give(Input::Tick(NOW + SECOND));
    assert_eq!(rig.closed, [], "a block of nothing but metadata that reads no DA is invalid");
    rig.outcome = keep;
    rig.submit(&transaction(2, 0, 100));
    rig.give(Input::Tick(NOW + 2 * SECOND));
    assert_eq!(rig.closed, [(1, 2)]);
}

#[test]
fn a_transaction_that_never_fits_is_refused_instead_of_tried_forever() {
    let mut rig = Rig::new(config());
    rig.outcome = |_| Outcome::DoesNotFit;
    rig.submit(&transaction(1, 0, 100));
    assert_eq!(rig.refused, [Refusal::Discard(Discard::MaxGasUnitsExceedsMaxGasUnitsBound)]);
}

#[test]
fn no_block_is_opened_before_the_first_da_header_was_read() {
    let mut da = DaView::new(0, NOW);
    assert_eq!(da.opening(0, NOW, &Parameters::DEFAULT), None);
    da.push(DaHeightRead { height: 1, time_us: NOW, forced: vec![] });
    assert_eq!(da.opening(0, NOW, &Parameters::DEFAULT).map(|opening| opening.da_read), Some(1));
}

#[test]
fn forced_transactions_open_a_block_by_themselves() {
    let mut rig = Rig::new(config());
    rig.da(1, NOW, 0);
    assert!(rig.opened.is_empty(), "an idle chain makes no blocks");
    rig.da(2, NOW, 3);
    assert_eq!(rig.opened, [(1, NOW, 2, 3)]);
}

#[test]
fn when_da_is_away_the_chain_slows_and_stops_and_catches_up_when_it_is_back() {
    let mut rig = Rig::new(config());
    rig.da(1, NOW, 0);
    for (seconds, liveness) in
        [(30, Liveness::Running), (31, Liveness::Slowing), (60, Liveness::Slowing), (61, Liveness::Stopped)]
    {
        rig.give(Input::Tick(NOW + seconds * SECOND));
        assert_eq!(rig.sequencer.liveness(), liveness, "{seconds} s");
    }
    rig.submit(&transaction(1, 0, 100));
    assert!(rig.opened.is_empty() && rig.sequencer.pool().len() == 1, "stopped: it waits");
    // Half an hour later DA is back, with a header every 30 s: a block takes 32 heights, forced ones only; the block
    // that reaches the head takes the chain's own.
    let now = NOW + 1_900 * SECOND;
    rig.give(Input::Tick(now));
    for half_minute in 1..=63 {
        rig.da(1 + half_minute, NOW + half_minute * 30 * SECOND, 0);
    }
    rig.submit(&transaction(2, 0, 100));
    assert_eq!(rig.opened.iter().map(|block| block.2).collect::<Vec<_>>(), [32, 63]);
    assert_eq!(rig.executed.len(), 2);
    for (height, time_us, da_read, _) in &rig.opened {
        assert!(*da_read <= 64 && *height >= 1 && *time_us <= now);
    }
    for pair in rig.opened.windows(2) {
        assert!(pair[1].1 > pair[0].1 && pair[1].2 - pair[0].2 <= 32);
    }
}

#[test]
fn batches_are_cut_by_size_by_age_and_never_beyond_what_is_in_flight() {
    let mut rig = Rig::new(config());
    let mut now = NOW;
    rig.da(1, NOW + 10 * SECOND, 0);
    for n in 0..12u64 {
        rig.submit(&transaction(1, n, 100));
        now += 100_000;
        rig.give(Input::Tick(now));
    }
    // 300 bytes a block, target 1 000: four blocks a batch, two batches in flight.
    let cut = |number, first_height, last_height| Cut { number, first_height, last_height };
    assert_eq!(rig.cuts, [cut(1, 1, 4), cut(2, 5, 8)]);
    rig.give(Input::Included { batch: 1, da_height: BEFORE + 2 });
    assert_eq!(rig.cuts.last(), Some(&cut(3, 9, 12)));
}

#[test]
fn behind_a_change_of_key_batches_wait_for_its_inclusion() {
    let mut rig = Rig::new(config());
    rig.da(1, NOW + 10 * SECOND, 0);
    let mut now = NOW;
    let mut send = |rig: &mut Rig, n| {
        rig.submit(&transaction(1, n, 100));
        now += 2 * SECOND;
        rig.give(Input::Tick(now));
        rig.give(Input::Tick(now + 1));
    };
    rig.changes_key = true;
    send(&mut rig, 0);
    rig.changes_key = false;
    send(&mut rig, 1);
    send(&mut rig, 2);
    let cut = |number, first_height, last_height| Cut { number, first_height, last_height };
    assert_eq!(rig.cuts, [cut(1, 1, 1)], "parts under the new key count only above the inclusion of batch 1");
    rig.give(Input::Included { batch: 1, da_height: BEFORE + 2 });
    assert_eq!(rig.cuts.last(), Some(&cut(2, 2, 3)));
}

#[test]
fn a_batch_waits_until_the_da_clock_has_caught_up_with_its_blocks() {
    let mut rig = Rig::new(config());
    rig.submit(&transaction(1, 0, 100));
    rig.give(Input::Tick(NOW + 20 * SECOND));
    rig.submit(&transaction(1, 1, 100));
    rig.give(Input::Tick(NOW + 30 * SECOND));
    rig.give(Input::Tick(NOW + 31 * SECOND));
    assert_eq!(rig.cuts.len(), 1, "the newest DA header is 20 s older than the second block");
    rig.da(1, NOW + 30 * SECOND, 0);
    assert_eq!(rig.cuts.len(), 2);
}

#[test]
fn a_batch_that_would_end_on_a_stale_read_gets_a_block_that_reads_on() {
    let mut rig = Rig::new(config());
    let parameters = Parameters { batches_unread_max: 1, ..Parameters::DEFAULT };
    rig.give(Input::Parameters(Box::new(parameters)));
    let mut now = NOW;
    let mut send = |rig: &mut Rig, n| {
        rig.submit(&transaction(1, n, 100));
        now += 2 * SECOND;
        rig.give(Input::Tick(now));
        rig.give(Input::Tick(now + 1));
    };
    send(&mut rig, 0);
    assert_eq!(rig.cuts.len(), 1);
    rig.da(1, NOW + SECOND, 0);
    rig.give(Input::Included { batch: 1, da_height: BEFORE + 2 });
    send(&mut rig, 1);
    assert_eq!(rig.cuts.len(), 1, "block 2 has read height 1 only, batch 1 lies at 2");
    rig.da(2, NOW + 12 * SECOND, 0);
    rig.give(Input::Tick(NOW + 10 * SECOND));
    rig.give(Input::Tick(NOW + 20 * SECOND));
    assert_eq!(rig.cuts.len(), 2);
    assert_eq!(rig.opened.last().map(|block| block.2), Some(2));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever arrives in whatever order: heights and versions are consecutive, a sender's numbers ascend, nothing is
    /// executed twice, and what is confirmed was appended.
    #[test]
    fn order_and_confirmation_hold_under_any_inputs(steps in prop::collection::vec((0u8..6, 1u8..5, 0u64..6, 0u64..200_000), 1..200)) {
        let mut rig = Rig::new(config());
        let (mut now, mut height) = (NOW, 0);
        for (kind, sender, number, delay) in steps {
            match kind {
                0..=2 => {
                    rig.submit(&transaction(sender, number, 100));
                }
                3 => {
                    height += 1;
                    rig.da(height, now, usize::from(sender % 2));
                }
                _ => {
                    now += delay;
                    rig.give(Input::Tick(now));
                }
            }
        }
        prop_assert!(rig.opened.iter().enumerate().all(|(i, block)| block.0 == i as u64 + 1));
        prop_assert!(rig.opened.windows(2).all(|pair| pair[1].1 > pair[0].1 && pair[1].2 >= pair[0].2));
        let mut hashes: Vec<Hash> = rig.executed.iter().map(|(_, hash)| *hash).collect();
        let all = hashes.len();
        hashes.sort_by_key(|hash| hash.0);
        hashes.dedup();
        prop_assert_eq!(hashes.len(), all);
        prop_assert_eq!(rig.confirmed, rig.version);
        for sender in 1..5 {
            let mine: Vec<u64> = rig.executed.iter().filter_map(|(_, hash)| (0..6).find(|n| transaction(sender, *n, 100).hash() == *hash)).collect();
            prop_assert!(mine.windows(2).all(|pair| pair[1] == pair[0] + 1), "{:?}", mine);
        }
    }
}
