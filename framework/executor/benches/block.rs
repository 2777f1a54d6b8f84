//! Signed transfers of the native coin through a whole block, beside the check of their signatures in the same run.
//!
//! Workload: 1 000 transfers of 100 senders to 100 accounts that exist, state in a hash map. Times are per block of
//! 1 000; divide by 1 000 for one transaction.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a benchmark fails loudly")]

#[path = "../tests/common/mod.rs"]
mod common;

use std::sync::{Arc, LazyLock};

use common::{call, key, raw, sign};
use executor::{Executor, MemoryState, Opening, Tip, execute_block, execute_genesis, first_gas_schedule};
use move_core_types::AccountAddress;
use move_package::files::MemoryFiles;
use move_package::{BuildConfig, build};
use types::authenticator::verify_all;
use types::genesis::{DaLayer, GenesisPackage};
use types::transaction::Transaction;
use types::{Genesis, Parameters, SignedTransaction, TransactionPayload};

const COUNT: u8 = 100;
const ROUNDS: u64 = 10;

struct Chain {
    executor: Arc<Executor>,
    state: Arc<MemoryState>,
    tip: Tip,
    transfers: Vec<Transaction>,
}

static CHAIN: LazyLock<Chain> = LazyLock::new(|| {
    let packages = ["MoveStdlib", "AptosStdlib", "AptosFramework"].map(|name| {
        let mut files = MemoryFiles::default();
        files.insert_package("p", move_packages::package(name).unwrap());
        let built = build(&files, "p", &BuildConfig::default(), &mut |_| ()).unwrap_or_else(|error| panic!("{error}"));
        let (metadata, modules) = built.publication();
        GenesisPackage { address: AccountAddress::ONE, metadata, modules }
    });
    let mut balances: Vec<(AccountAddress, u64)> =
        (0..2 * COUNT).map(|seed| (key(seed).address(), common::COINS)).collect();
    balances.sort();
    let genesis = Genesis {
        parameters: Parameters { block_own_gas_max: 1_000_000_000, ..Parameters::DEFAULT }.to_pairs(),
        gas_schedule: first_gas_schedule(),
        balances,
        packages: packages.to_vec(),
        da: DaLayer::Embedded,
        ..common::genesis(&Parameters::DEFAULT)
    };
    let executor = Executor::new(move_natives::table(), &genesis);
    let block = execute_genesis(&executor, &genesis).unwrap_or_else(|error| panic!("{error}"));
    let mut state = MemoryState::default();
    state.apply(&block.executed.write_set);
    let transfers = (0..ROUNDS).flat_map(|round| {
        (0..COUNT).map(move |seed| {
            let args = vec![key(COUNT + seed).address().as_ref().to_vec(), 1u64.to_le_bytes().to_vec()];
            let payload =
                TransactionPayload::EntryFunction(call(AccountAddress::ONE, "aptos_account", "transfer", args));
            sign(&key(seed), raw(&key(seed), round, payload))
        })
    });
    Chain { executor, state: Arc::new(state), tip: block.tip(), transfers: transfers.collect() }
});

fn main() {
    divan::main();
}

#[divan::bench(name = "signatures/batch/1000")]
fn signatures(bencher: divan::Bencher<'_, '_>) {
    let signed: Vec<&SignedTransaction> = CHAIN.transfers.iter().map(Transaction::signed).collect();
    bencher.bench(|| assert!(verify_all(&signed).iter().all(Result::is_ok)));
}

#[divan::bench(name = "transfer/decode/1000")]
fn decode(bencher: divan::Bencher<'_, '_>) {
    let bytes: Vec<Vec<u8>> = CHAIN.transfers.iter().map(|transaction| transaction.bytes().to_vec()).collect();
    bencher.bench(|| bytes.iter().map(|bytes| Transaction::decode(bytes).unwrap()).collect::<Vec<_>>());
}

#[divan::bench(name = "transfer/execute/1000")]
fn execute(bencher: divan::Bencher<'_, '_>) {
    let opening = Opening { time_us: CHAIN.tip.time_us + 1, da_read: CHAIN.tip.da_read, forced: vec![] };
    bencher.bench(|| {
        let executed =
            execute_block(&CHAIN.executor, CHAIN.state.clone(), &CHAIN.tip, &opening, &CHAIN.transfers).unwrap();
        let executed = executed.unwrap_or_else(|error| panic!("{error:?}"));
        assert!(executed.placed.iter().all(|placed| placed.executed.receipt.status.is_success()));
        executed
    });
}
