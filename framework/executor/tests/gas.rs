//! A golden table of gas: what programs cost under the first schedule, to the unit.
//!
//! One turn of `spin` is 49 860 internal units: `CopyLoc` 2 940 + 5 600, two `LdU64`, `Eq` 3 670 + 11 200, `BrTrue`,
//! `MoveLoc`, `Sub`, `StLoc`, `Branch`. Reading a value costs 3.02 units of gas and 6.18 for each page of 4 096
//! bytes begun: one page for 1 000 bytes, 15 for 60 000. A change here is a change of consensus: it needs another feature
//! version once a chain runs.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails loudly")]

mod common;

use std::sync::Arc;

use common::*;
use executor::{OpenBlock, Opening, OwnOutcome};
use types::transaction::Transaction;
use types::{Parameters, Status, codec};

fn u64_arg(value: u64) -> Vec<u8> {
    value.to_le_bytes().to_vec()
}

fn bytes_arg(len: usize) -> Vec<u8> {
    codec::encode(&vec![7u8; len])
}

fn spin(turns: u64) -> Transaction {
    transaction(1, 0, "spin", vec![u64_arg(turns)])
}

fn store(len: usize) -> Transaction {
    transaction(1, 0, "store", vec![bytes_arg(len)])
}

fn limited(turns: u64, max_gas_amount: u64) -> Transaction {
    let mut raw = raw(&key(1), 0, play("spin", vec![u64_arg(turns)]));
    raw.max_gas_amount = max_gas_amount;
    sign(&key(1), raw)
}

fn bump(address: move_core_types::AccountAddress) -> Transaction {
    transaction(1, 0, "bump", vec![address.as_ref().to_vec()])
}

/// Reads the blob of the account with key `seed`.
fn peek(seed: u8) -> Transaction {
    transaction(1, 0, "peek", vec![key(seed).address().as_ref().to_vec()])
}

/// Gas used, of it IO, and whether it succeeded.
fn gas(chain: &Chain, transaction: &Transaction) -> (u64, u64, bool) {
    let opening = Opening { time_us: START_US + 1, da_read: START_DA, forced: vec![] };
    let (mut block, _) = OpenBlock::open(&chain.executor, Arc::new(chain.state.clone()), &chain.tip, &opening).unwrap();
    match block.execute(transaction, u64::MAX).unwrap() {
        OwnOutcome::Kept { placed, .. } => {
            let executed = placed.executed;
            (
                executed.receipt.gas_used,
                executed.detail.fee_statement.io_gas_units,
                executed.receipt.status == Status::Success,
            )
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn programs_cost_what_the_table_says() {
    let mut chain = Chain::new(Parameters::DEFAULT);
    let holder = key(2).address();
    let counter = types::StateKey::resource(holder, tag("0xcafe::play::Counter"));
    chain.state.set(&counter, Some(codec::encode(&41u64).into()));
    for (seed, len) in [(3, 0usize), (4, 1_000), (5, 60_000)] {
        let blob = types::StateKey::resource(key(seed).address(), tag("0xcafe::play::Blob"));
        chain.state.set(&blob, Some(codec::encode(&vec![7u8; len]).into()));
    }
    let create = transaction(1, 0, "create", vec![]);
    let two = transaction(1, 0, "two", vec![]);
    let none = transaction(1, 0, "nothing", vec![]);
    let fail = transaction(1, 0, "fail", vec![u64_arg(3)]);
    let read = transaction(1, 0, "read", vec![holder.as_ref().to_vec()]);
    // program, gas, of it IO, success
    let table: Vec<(&str, Transaction, u64, u64, bool)> = vec![
        ("spin 0", spin(0), 29, 0, true),
        ("spin 1", spin(1), 29, 0, true),
        ("spin 10", spin(10), 30, 0, true),
        ("spin 100", spin(100), 34, 0, true),
        ("spin 1 000", spin(1_000), 79, 0, true),
        ("spin 10 000", spin(10_000), 528, 0, true),
        ("spin out of gas", limited(1_000_000, 500), 500, 0, false),
        ("spin just out of gas", limited(10_000, 400), 400, 0, false),
        ("create a counter", create, 33, 4, true),
        ("bump a counter", bump(holder), 40, 11, true),
        ("bump a missing one", bump(key(3).address()), 33, 3, false),
        ("store 0", store(0), 33, 4, true),
        ("store 100", store(100), 34, 4, true),
        ("store 1 000", store(1_000), 41, 5, true),
        ("store 10 000", store(10_000), 154, 13, true),
        ("store 60 000", store(60_000), 777, 58, true),
        ("read 0", peek(3), 39, 10, true),
        ("read 1 000", peek(4), 39, 10, true),
        ("read 60 000", peek(5), 134, 96, true),
        ("abort", fail, 29, 0, false),
        ("too few signers", two, 29, 0, false),
        ("no such function", none, 28, 0, false),
        ("not an entry function", read, 29, 0, false),
    ];
    let found: Vec<_> = table.iter().map(|(name, transaction, ..)| (*name, gas(&chain, transaction))).collect();
    let expected: Vec<_> = table.iter().map(|(name, _, total, io, success)| (*name, (*total, *io, *success))).collect();
    assert_eq!(found, expected);
}
