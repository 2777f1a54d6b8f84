//! Transaction proofs: good as they are, bad with any part of them changed.
#![expect(clippy::unwrap_used, reason = "a test fails loudly")]

use move_core_types::AccountAddress;
use types::block::{KIND_USER, transaction_hash};
use types::event::event_root;
use types::hash::{list_path, list_root};
use types::proof::{EventProof, ProofFault};
use types::{Event, Hash, Header, Receipt, SigningKey, Status, TransactionProof, codec};

const GENESIS: Hash = Hash([7; 32]);

fn event(n: u8) -> Event {
    Event::Module { tag: "0x1::m::E".parse().unwrap(), data: vec![n] }
}

fn receipt(n: u8, events: &[Event]) -> Receipt {
    Receipt {
        transaction_hash: transaction_hash(KIND_USER, &[n]),
        status: Status::Success,
        gas_used: u64::from(n),
        fee: 0,
        write_set_hash: Hash::ZERO,
        event_root: event_root(events),
    }
}

/// A block of `count` transactions; transaction `n` is the byte `n` and has `n` events.
fn block(count: u8) -> (Header, Vec<Receipt>, Vec<Vec<Event>>) {
    let events: Vec<Vec<Event>> = (0..count).map(|n| (0..n).map(event).collect()).collect();
    let receipts: Vec<Receipt> = (0u8..).zip(&events).map(|(n, events)| receipt(n, events)).collect();
    let transactions: Vec<Hash> = receipts.iter().map(|receipt| receipt.transaction_hash).collect();
    let hashes: Vec<Hash> = receipts.iter().map(Receipt::hash).collect();
    let header = Header {
        format: 1,
        genesis_hash: GENESIS,
        height: 1,
        parent: Hash::ZERO,
        time_us: 1,
        first_version: 1,
        count: u32::from(count),
        da_read: 0,
        transaction_root: list_root(&transactions),
        receipt_root: list_root(&hashes),
        state_root: Hash::ZERO,
        gas_used: 0,
        fees: 0,
        sequencer: SigningKey::from_seed([1; 32]).address(),
    };
    (header, receipts, events)
}

fn prove(count: u8, index: u8) -> TransactionProof {
    let (header, receipts, events) = block(count);
    let at = usize::from(index);
    let transactions: Vec<Hash> = receipts.iter().map(|receipt| receipt.transaction_hash).collect();
    let hashes: Vec<Hash> = receipts.iter().map(Receipt::hash).collect();
    let leaves: Vec<Vec<u8>> = events[at].iter().map(codec::encode).collect();
    let event = leaves.last().map(|bytes| EventProof {
        bytes: bytes.clone(),
        index: u32::from(index) - 1,
        count: u32::from(index),
        path: list_path(&leaves, leaves.len() - 1).unwrap(),
    });
    TransactionProof {
        format: 1,
        genesis_hash: GENESIS,
        transaction: vec![index],
        receipt: receipts[at].clone(),
        index: u32::from(index),
        transaction_path: list_path(&transactions, at).unwrap(),
        receipt_path: list_path(&hashes, at).unwrap(),
        event,
        signature: header.sign(&SigningKey::from_seed([1; 32])),
        header,
        da: None,
    }
}

#[test]
fn every_transaction_of_blocks_of_every_size_is_proven() {
    for count in 1..20 {
        for index in 0..count {
            let proof = prove(count, index);
            assert_eq!(proof.check(&GENESIS), Ok(()), "{index} of {count}");
            assert_eq!(proof.check_signature(&SigningKey::from_seed([1; 32]).public_key()), Ok(()));
            assert_eq!(TransactionProof::from_bytes(&proof.to_bytes()).unwrap(), proof);
        }
    }
}

#[test]
fn a_changed_proof_fails_by_name() {
    let good = prove(7, 5);
    let with = |change: fn(&mut TransactionProof)| {
        let mut proof = good.clone();
        change(&mut proof);
        proof.check(&GENESIS)
    };
    let list = |list| Err(ProofFault::List { list });
    assert!(matches!(with(|proof| proof.genesis_hash = Hash::ZERO), Err(ProofFault::Chain { .. })));
    assert!(matches!(with(|proof| proof.header.genesis_hash = Hash::ZERO), Err(ProofFault::Chain { .. })));
    assert!(matches!(with(|proof| proof.transaction.push(0)), Err(ProofFault::Receipt { .. })));
    assert_eq!(with(|proof| proof.index = 4), list("transaction"));
    assert_eq!(with(|proof| proof.index = 7), list("transaction"));
    assert_eq!(with(|proof| proof.header.count = 4), list("transaction"));
    assert_eq!(
        with(|proof| {
            proof.transaction_path.pop();
        }),
        list("transaction")
    );
    assert_eq!(with(|proof| proof.header.transaction_root = Hash::ZERO), list("transaction"));
    assert_eq!(with(|proof| proof.receipt.gas_used += 1), list("receipt"));
    assert_eq!(with(|proof| proof.receipt.status = Status::Error { status_code: 4002 }), list("receipt"));
    assert_eq!(with(|proof| proof.receipt_path[0] = Hash::ZERO), list("receipt"));
    assert_eq!(with(|proof| proof.event.as_mut().unwrap().bytes[3] ^= 1), list("event"));
    assert_eq!(with(|proof| proof.event.as_mut().unwrap().index = 0), list("event"));
    let other = SigningKey::from_seed([2; 32]);
    assert_eq!(good.check_signature(&other.public_key()), Err(ProofFault::Signature(other.public_key())));
    let mut foreign = good.clone();
    foreign.header.sequencer = AccountAddress::ZERO;
    assert!(foreign.check_signature(&SigningKey::from_seed([1; 32]).public_key()).is_err());
}
