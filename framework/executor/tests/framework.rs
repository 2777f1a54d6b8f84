//! The real framework: genesis from the embedded packages, and what wallets do with it.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails loudly")]

mod common;

use std::sync::{Arc, OnceLock};

use common::{call, coins, get, key, raw, sign};
use executor::{
    ExecutedBlock, Executor, Kind, MemoryState, OpenBlock, Opening, OwnOutcome, Placed, Tip, execute_block,
    execute_genesis, first_gas_schedule,
};
use move_core_types::AccountAddress;
use move_package::files::MemoryFiles;
use move_package::{BuildConfig, BuildError, build};
use move_vm_runtime::{Engine, VmConfig};
use types::genesis::{DaLayer, GenesisPackage};
use types::transaction::Transaction;
use types::{Genesis, Parameters, Status, TransactionPayload, codec};

fn built(name: &str, root: &str, files: &MemoryFiles, config: &BuildConfig) -> (Vec<u8>, Vec<Vec<u8>>) {
    match build(files, root, config, &mut |_| ()) {
        Ok(built) => built.publication(),
        Err(BuildError::Compile(output)) => panic!("{name}: {}", output.diagnostics.render()),
        Err(error) => panic!("{name}: {error}"),
    }
}

/// Framework packages, compiled once for all tests.
fn packages() -> &'static [GenesisPackage] {
    static PACKAGES: OnceLock<Vec<GenesisPackage>> = OnceLock::new();
    PACKAGES.get_or_init(|| {
        ["MoveStdlib", "AptosStdlib", "AptosFramework"]
            .into_iter()
            .map(|name| {
                let mut files = MemoryFiles::default();
                files.insert_package("p", move_packages::package(name).unwrap());
                let (metadata, modules) = built(name, "p", &files, &BuildConfig::default());
                GenesisPackage { address: AccountAddress::ONE, metadata, modules }
            })
            .collect()
    })
}

fn genesis() -> Genesis {
    let mut balances: Vec<(AccountAddress, u64)> = (1..=9).map(|seed| (key(seed).address(), common::COINS)).collect();
    balances.sort();
    Genesis {
        format: 1,
        chain_id: common::CHAIN_ID,
        name: "test".to_owned(),
        time_us: common::START_US,
        da: DaLayer::Embedded,
        da_start: common::START_DA,
        sequencer_public_key: common::sequencer().public_key(),
        admin: key(9).address(),
        parameters: Parameters::DEFAULT.to_pairs(),
        gas_schedule: first_gas_schedule(),
        privileged: vec![],
        balances,
        packages: packages().to_vec(),
        calls: vec![],
    }
}

struct Chain {
    executor: Arc<Executor>,
    state: MemoryState,
    tip: Tip,
}

impl Chain {
    fn new() -> Self {
        Self::on(Engine::Lowered)
    }

    fn on(engine: Engine) -> Self {
        let genesis = genesis();
        let config = VmConfig { engine, ..VmConfig::default() };
        let executor = Executor::with_config(move_natives::table(), config, &genesis);
        let block = execute_genesis(&executor, &genesis).unwrap_or_else(|error| panic!("{error}"));
        let mut state = MemoryState::default();
        state.apply(&block.executed.write_set);
        Chain { executor, state, tip: block.tip() }
    }

    fn block(&mut self, own: &[Transaction]) -> Vec<Placed> {
        let opening = Opening { time_us: self.tip.time_us + 1_000_000, da_read: self.tip.da_read, forced: vec![] };
        let base = Arc::new(self.state.clone());
        let executed = execute_block(&self.executor, base, &self.tip, &opening, own).unwrap();
        let ExecutedBlock { block, placed } = executed.unwrap_or_else(|error| panic!("{error:?}"));
        for (key, op) in &block.changes {
            self.state.set(key, op.value().cloned());
        }
        self.tip = block.tip();
        placed
    }

    fn run(&mut self, transaction: Transaction) -> Placed {
        self.block(&[transaction]).pop().unwrap()
    }

    fn succeed(&mut self, transaction: Transaction) -> Placed {
        let placed = self.run(transaction);
        assert_eq!(placed.executed.receipt.status, Status::Success, "{:?}", placed.executed.detail);
        placed
    }

    fn view(&self, module: &str, function: &str, type_args: &[&str], args: Vec<Vec<u8>>) -> Vec<Vec<u8>> {
        let mut view = call(AccountAddress::ONE, module, function, args);
        view.type_args = type_args.iter().map(|text| text.parse().unwrap()).collect();
        let answer = self.executor.view(&self.state, self.tip.next_version - 1, self.tip.time_us + 7, &view);
        answer.unwrap_or_else(|error| panic!("{module}::{function}: {error}")).values
    }
}

fn entry(seed: u8, number: u64, module: &str, function: &str, args: Vec<Vec<u8>>) -> Transaction {
    let payload = TransactionPayload::EntryFunction(call(AccountAddress::ONE, module, function, args));
    sign(&key(seed), raw(&key(seed), number, payload))
}

fn transfer(seed: u8, number: u64, to: AccountAddress, amount: u64) -> Transaction {
    entry(seed, number, "aptos_account", "transfer", vec![to.as_ref().to_vec(), amount.to_le_bytes().to_vec()])
}

const COIN: &str = "0x1::aptos_coin::AptosCoin";

#[test]
fn genesis_fills_the_chain_and_is_the_same_every_time() {
    let chain = Chain::new();
    let again = execute_genesis(&chain.executor, &genesis()).unwrap();
    let other = Executor::new(move_natives::table(), &genesis());
    let elsewhere = execute_genesis(&other, &genesis()).unwrap();
    assert_eq!(again.executed, elsewhere.executed);
    assert_eq!(chain.view("chain_id", "get", &[], vec![]), [vec![common::CHAIN_ID]]);
    assert_eq!(chain.view("timestamp", "now_microseconds", &[], vec![]), [(common::START_US + 7).to_le_bytes()]);
    assert_eq!(chain.view("rollup", "admin", &[], vec![]), [key(9).address().as_ref()]);
    assert_eq!(chain.view("fees", "recipient", &[], vec![]), [common::sequencer().address().as_ref()]);
    let owner = vec![key(1).address().as_ref().to_vec()];
    assert_eq!(chain.view("coin", "balance", &[COIN], owner), [common::COINS.to_le_bytes()]);
    assert_eq!(coins(&chain.state, key(1).address()), common::COINS);
    let supply = chain.view("coin", "supply", &[COIN], vec![]);
    assert_eq!(supply, [[vec![1], (9 * u128::from(common::COINS)).to_le_bytes().to_vec()].concat()]);
}

#[test]
fn a_transfer_moves_coins_makes_accounts_and_conserves_supply() {
    let mut chain = Chain::new();
    let to = key(77).address();
    let placed = chain.succeed(transfer(1, 0, to, 1_000));
    let receipt = &placed.executed.receipt;
    assert_eq!(coins(&chain.state, to), 1_000);
    assert_eq!(coins(&chain.state, key(1).address()), common::COINS - 1_000 - receipt.fee);
    let tags: Vec<String> = placed.executed.events.iter().map(|event| event.tag().to_string()).collect();
    assert!(
        tags.contains(&"0x1::coin::CoinDeposit".to_owned()) && tags.last().unwrap().ends_with("FeeStatement"),
        "{tags:?}"
    );
    let fees = receipt.fee;
    chain.block(&[]);
    assert_eq!(coins(&chain.state, common::sequencer().address()), fees);
    // What Rust wrote, Move reads: the sequencer's account and store were made by the metadata transaction.
    let sequencer = vec![common::sequencer().address().as_ref().to_vec()];
    assert_eq!(chain.view("coin", "balance", &[COIN], sequencer.clone()), [fees.to_le_bytes()]);
    assert_eq!(chain.view("account", "get_sequence_number", &[], sequencer), [0u64.to_le_bytes()]);
    let sender = vec![key(1).address().as_ref().to_vec()];
    assert_eq!(chain.view("account", "get_sequence_number", &[], sender), [1u64.to_le_bytes()]);
    assert_eq!(chain.view("block", "get_current_block_height", &[], vec![]), [2u64.to_le_bytes()]);

    let too_much = chain.run(transfer(1, 1, to, u64::MAX));
    let Status::Abort { module: Some(module), code } = too_much.executed.receipt.status else {
        panic!("{:?}", too_much.executed.receipt.status)
    };
    assert_eq!((module.name.as_str(), code), ("coin", 0x10006));
}

#[test]
fn the_account_that_rust_makes_is_the_one_that_move_makes() {
    let mut chain = Chain::new();
    let by_move = key(60).address();
    chain.succeed(entry(1, 0, "aptos_account", "create_account", vec![by_move.as_ref().to_vec()]));
    // Rust makes the sender's account before its first payload.
    chain.succeed(transfer(2, 0, key(61).address(), 100_000_000));
    chain.succeed(transfer(1, 1, by_move, 1));
    type Account = (
        Vec<u8>,
        u64,
        u64,
        (u64, u64, AccountAddress),
        (u64, u64, AccountAddress),
        Vec<AccountAddress>,
        Vec<AccountAddress>,
    );
    let account = |address| -> Account { get(&chain.state, address, "0x1::account::Account").unwrap() };
    let (moved, transferred) = (account(by_move), account(key(61).address()));
    assert_eq!(
        (moved.1, moved.2, moved.3.1, moved.4.1),
        (transferred.1, transferred.2, transferred.3.1, transferred.4.1)
    );
    assert_eq!((moved.2, moved.3.1, moved.4.1), (4, 0, 1));
    let recipient = common::sequencer().address();
    chain.block(&[]);
    let rust: Account = get(&chain.state, recipient, "0x1::account::Account").unwrap();
    assert_eq!(
        (rust.0.as_slice(), rust.2, rust.3, rust.4),
        (recipient.as_ref(), 4, (0, 0, recipient), (0, 1, recipient))
    );
}

#[test]
fn the_admin_moves_a_parameter_and_the_key_from_the_next_block_on() {
    let mut chain = Chain::new();
    let new_key = key(42);
    let name = codec::encode("min_gas_price");
    let set = |number, value: u64| {
        entry(9, number, "rollup", "set_parameter", vec![name.clone(), value.to_le_bytes().to_vec()])
    };
    let stranger = entry(1, 0, "rollup", "set_parameter", vec![name.clone(), 200u64.to_le_bytes().to_vec()]);
    let refused = chain.run(stranger).executed.receipt.status;
    assert!(matches!(refused, Status::Abort { code: 0x50001, .. }), "{refused:?}");
    chain.succeed(set(0, 200));
    let config = chain.executor.chain_config(&chain.state).unwrap();
    assert_eq!(config.parameters.min_gas_price, 200);
    // The price of 100 is now too low.
    let opening = Opening { time_us: chain.tip.time_us + 1, da_read: chain.tip.da_read, forced: vec![] };
    let (mut block, _) = OpenBlock::open(&chain.executor, Arc::new(chain.state.clone()), &chain.tip, &opening).unwrap();
    let outcome = block.execute(&transfer(1, 1, key(2).address(), 1), u64::MAX).unwrap();
    assert!(matches!(outcome, OwnOutcome::Refused { .. }), "{outcome:?}");
    let mut raised = raw(
        &key(9),
        1,
        TransactionPayload::EntryFunction(call(
            AccountAddress::ONE,
            "rollup",
            "set_sequencer_key",
            vec![codec::encode(&new_key.public_key().0.to_vec())],
        )),
    );
    raised.gas_unit_price = 200;
    let outcome = block.execute(&sign(&key(9), raised), u64::MAX).unwrap();
    assert!(matches!(&outcome, OwnOutcome::Kept { key_changed: true, .. }), "{outcome:?}");
    let closed = block.close().unwrap();
    assert!(closed.changes_key && closed.next.sequencer_key == new_key.public_key());
    assert_eq!(closed.metadata.proposer, common::sequencer().address());
}

const HELLO: &str = "
module hello::hello {
    struct Greeting has key { count: u64 }
    fun init_module(publisher: &signer) {
        move_to(publisher, Greeting { count: 1 });
    }
    public entry fun greet(at: address) acquires Greeting {
        let greeting = borrow_global_mut<Greeting>(at);
        greeting.count = greeting.count + 1;
    }
    public entry fun own(account: &signer) {
        move_to(account, Greeting { count: 0 });
    }
}";

fn hello(address: AccountAddress, source: &str) -> (Vec<u8>, Vec<Vec<u8>>) {
    let mut files = MemoryFiles::default();
    files.insert("p/Move.toml", "[package]\nname = \"Hello\"\nversion = \"1.0.0\"\n[addresses]\nhello = \"_\"\n[dependencies]\nAptosFramework = { git = \"https://github.com/aptos-labs/aptos-framework.git\", subdir = \"aptos-framework\", rev = \"mainnet\" }\n");
    files.insert("p/sources/hello.move", source);
    let config = BuildConfig { named_addresses: [("hello".to_owned(), address)].into(), ..BuildConfig::default() };
    built("Hello", "p", &files, &config)
}

fn publish(seed: u8, number: u64, (metadata, modules): (Vec<u8>, Vec<Vec<u8>>)) -> Transaction {
    entry(seed, number, "code", "publish_package_txn", vec![codec::encode(&metadata), codec::encode(&modules)])
}

#[test]
fn a_package_is_published_initialised_called_and_upgraded_within_one_block() {
    let mut chain = Chain::new();
    let address = key(1).address();
    let source = HELLO;
    let greet = |number| {
        let call = call(address, "hello", "greet", vec![address.as_ref().to_vec()]);
        sign(&key(1), raw(&key(1), number, TransactionPayload::EntryFunction(call)))
    };
    let doubled = source.replace("greeting.count + 1", "greeting.count + 100");
    let placed = chain.block(&[
        publish(1, 0, hello(address, source)),
        greet(1),
        publish(1, 2, hello(address, &doubled)),
        greet(3),
    ]);
    for placed in &placed {
        assert_eq!(placed.executed.receipt.status, Status::Success, "{:?}", placed.executed.detail);
    }
    let count = |chain: &Chain| -> Option<u64> { get(&chain.state, address, &format!("{address}::hello::Greeting")) };
    assert_eq!(count(&chain), Some(102), "1 by its initialiser, 1, then 100 under the new code");
    assert!(placed[1].executed.publishes() && !placed[2].executed.publishes());
    assert!(matches!(placed[1].kind, Kind::User(_)));

    // An upgrade that takes something away is refused, and nothing of it remains.
    let less = source.replace("public entry fun own", "entry fun own2");
    let refused = chain.run(publish(1, 4, hello(address, &less)));
    assert_eq!(refused.executed.receipt.status, Status::Error { status_code: 1096 }, "{:?}", refused.executed.detail);
    assert!(!refused.executed.publishes());
    chain.succeed(greet(5));
    assert_eq!(count(&chain), Some(202));
}

#[test]
fn coins_in_their_fungible_form_pay_fees_too() {
    let mut chain = Chain::new();
    let (owner, to) = (key(1).address(), key(70).address());
    let mut migrate = call(AccountAddress::ONE, "coin", "migrate_to_fungible_store", vec![]);
    migrate.type_args = vec![COIN.parse().unwrap()];
    let placed = chain.succeed(sign(&key(1), raw(&key(1), 0, TransactionPayload::EntryFunction(migrate))));
    assert_eq!(coins(&chain.state, owner), 0, "all of it moved");
    let mut paid = placed.executed.receipt.fee;
    let balance = |chain: &Chain, address: AccountAddress| {
        let values = chain.view("coin", "balance", &[COIN], vec![address.as_ref().to_vec()]);
        u64::from_le_bytes(values[0].as_slice().try_into().unwrap())
    };
    assert_eq!(balance(&chain, owner), common::COINS - paid, "the fee came out of the store that the payload made");
    assert_eq!(u128::from(balance(&chain, owner)), executor::balance(&chain.state, &owner).unwrap());
    paid += chain.succeed(transfer(1, 1, to, 500)).executed.receipt.fee;
    assert_eq!(balance(&chain, owner), common::COINS - paid - 500);
    chain.block(&[]);
    let everyone = (1..=9).map(|seed| key(seed).address()).chain([to, common::sequencer().address()]);
    let sum: u64 = everyone.map(|address| balance(&chain, address)).sum();
    assert_eq!(sum, 9 * common::COINS, "with no fees under way nothing is missing and nothing is new");
}

#[test]
fn a_package_too_large_for_a_transaction_is_staged_and_published() {
    let mut chain = Chain::new();
    let address = key(1).address();
    let (metadata, modules) = hello(address, HELLO);
    let [module] = modules.as_slice() else { panic!("one module is due") };
    let (head, tail) = module.split_at(module.len() / 2);
    let stage = |number, function: &str, metadata: &[u8], chunk: &[u8]| {
        let args =
            vec![codec::encode(&metadata.to_vec()), codec::encode(&vec![0u16]), codec::encode(&vec![chunk.to_vec()])];
        entry(1, number, "large_packages", function, args)
    };
    let (first, rest) = metadata.split_at(10);
    chain.succeed(stage(0, "stage_code_chunk", first, head));
    let placed = chain.succeed(stage(1, "stage_code_chunk_and_publish_to_account", rest, tail));
    assert!(placed.executed.publishes());
    let count: Option<u64> = get(&chain.state, address, &format!("{address}::hello::Greeting"));
    assert_eq!(count, Some(1));
    let area: Option<Vec<u8>> = chain
        .state
        .iter()
        .find(|(key, _)| String::from_utf8_lossy(key).contains("StagingArea"))
        .map(|(key, _)| key.clone());
    assert_eq!(area, None, "the staging area is gone");
}

#[test]
fn both_interpreters_make_the_same_blocks() {
    let address = key(1).address();
    let greet = || {
        let call = call(address, "hello", "greet", vec![address.as_ref().to_vec()]);
        sign(&key(1), raw(&key(1), 2, TransactionPayload::EntryFunction(call)))
    };
    let blocks = |engine| {
        let mut chain = Chain::on(engine);
        let own = [
            transfer(1, 0, key(80).address(), 5),
            publish(1, 1, hello(address, HELLO)),
            greet(),
            transfer(2, 0, key(81).address(), u64::MAX),
        ];
        let mut receipts: Vec<_> = chain.block(&own).into_iter().map(|placed| placed.executed.receipt).collect();
        receipts.extend(
            chain.block(&[transfer(3, 0, key(80).address(), 7)]).into_iter().map(|placed| placed.executed.receipt),
        );
        (receipts, chain.state.iter().map(|(key, value)| (key.clone(), value.to_vec())).collect::<Vec<_>>())
    };
    assert_eq!(blocks(Engine::Lowered), blocks(Engine::Plain));
}
