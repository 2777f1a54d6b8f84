//! A small chain without packages: the resources that Rust reads, and modules in assembly.

use std::sync::Arc;

use anyhow::Result;
use executor::{Executor, first_gas_schedule};
use move_core_types::{AccountAddress, Identifier, ModuleId, StructTag, TypeTag};
use serde::Serialize;
use storage::{ExecutedTransaction, LedgerEntry, LogOffset, Storage};
use types::genesis::DaLayer;
use types::transaction::Transaction;
use types::{
    EntryFunction, Genesis, Hash, Header, Op, Parameters, RawTransaction, Receipt, Signature, SignedHeader,
    SignedTransaction, SigningKey, StateKey, Status, TransactionAuthenticator, TransactionPayload, WriteSet, codec,
};

pub const CHAIN_ID: u8 = 4;
pub const START_US: u64 = 1_000_000_000_000;
pub const COINS: u64 = 1_000_000_000_000;
/// Accounts with coins: the keys of the seeds 1 to this.
pub const ACCOUNTS: u8 = 9;

const MODULES: [&str; 3] = [
    "
module 0x1::coin version 7 {
    struct Coin<phantom T> has store { value: u64 }
    struct Handle has store { counter: u64, number: u64, address: address }
    struct CoinStore<phantom T> has key { coin: Self::Coin<T>, frozen: bool, deposits: Self::Handle, withdrawals: Self::Handle }
}",
    "
module 0x1::aptos_coin version 7 {
    struct AptosCoin has key { dummy: bool }
}",
    "
module 0xcafe::play version 7 {
    struct Counter has key { value: u64 }
    struct Blob has key { bytes: vector<u8> }

    public entry fun create(&signer) {
        MoveLoc 0
        LdU64 7
        Pack Counter
        MoveTo Counter
        Ret
    }
    public entry fun bump(address) acquires Counter {
        locals (&mut u64)
        MoveLoc 0
        MutBorrowGlobal Counter
        MutBorrowField Counter.value
        StLoc 1
        CopyLoc 1
        ReadRef
        LdU64 1
        Add
        MoveLoc 1
        WriteRef
        Ret
    }
    public entry fun store(&signer, vector<u8>) {
        MoveLoc 0
        MoveLoc 1
        Pack Blob
        MoveTo Blob
        Ret
    }
    public entry fun read(address) acquires Blob {
        locals (vector<u8>)
        MoveLoc 0
        ImmBorrowGlobal Blob
        ImmBorrowField Blob.bytes
        ReadRef
        StLoc 1
        Ret
    }
    public entry fun fail(u64) {
        MoveLoc 0
        Abort
    }
    public entry fun spin(u64) {
        top: CopyLoc 0
        LdU64 0
        Eq
        BrTrue done
        MoveLoc 0
        LdU64 1
        Sub
        StLoc 0
        Branch top
        done: Ret
    }
}",
];

pub fn tag(text: &str) -> StructTag {
    match text.parse::<TypeTag>().unwrap() {
        TypeTag::Struct(tag) => *tag,
        other => panic!("{other} is no struct"),
    }
}

pub fn key(seed: u8) -> SigningKey {
    SigningKey::from_seed([seed; 32])
}

pub fn sequencer() -> SigningKey {
    key(100)
}

pub fn recipient() -> AccountAddress {
    key(101).address()
}

pub fn coin_store(address: AccountAddress) -> StateKey {
    StateKey::resource(address, tag("0x1::coin::CoinStore<0x1::aptos_coin::AptosCoin>"))
}

pub fn genesis() -> Genesis {
    Genesis {
        format: 1,
        chain_id: CHAIN_ID,
        name: "test".to_owned(),
        time_us: START_US,
        da: DaLayer::Embedded,
        da_start: 0,
        sequencer_public_key: sequencer().public_key(),
        admin: AccountAddress::ZERO,
        parameters: Parameters::DEFAULT.to_pairs(),
        gas_schedule: first_gas_schedule(),
        privileged: vec![],
        balances: vec![],
        packages: vec![],
        calls: vec![],
    }
}

/// Everything that stands at version 0.
fn first_state(genesis: &Genesis) -> WriteSet {
    let one = AccountAddress::ONE;
    let mut state = Vec::new();
    let mut put = |key: StateKey, value: Vec<u8>| state.push((key, Op::Write(value.into())));
    let resource = |address, text: &str| StateKey::resource(address, tag(text));
    fn bcs(value: &impl Serialize) -> Vec<u8> {
        codec::encode(value)
    }
    let handle = |number: u64, address: AccountAddress| (0u64, number, address);
    let config = (
        genesis.hash().0.to_vec(),
        genesis.admin,
        genesis.sequencer_public_key.0.to_vec(),
        Parameters::DEFAULT.to_pairs(),
    );
    put(resource(one, "0x1::rollup::Config"), bcs(&config));
    put(resource(one, "0x1::gas_schedule::GasSchedule"), bcs(&genesis.gas_schedule));
    put(resource(one, "0x1::fees::Config"), bcs(&recipient()));
    put(resource(one, "0x1::timestamp::CurrentTimeMicroseconds"), bcs(&START_US));
    put(resource(one, "0x1::block::BlockResource"), bcs(&(0u64, 0u64, handle(0, one), handle(1, one))));
    for seed in 1..=ACCOUNTS {
        let address = key(seed).address();
        put(coin_store(address), bcs(&(COINS, false, handle(2, address), handle(3, address))));
    }
    for text in MODULES {
        let module = move_binary_format::assembly::assemble(text).unwrap();
        let id = module.self_id().unwrap();
        put(StateKey::module(&id), module.serialize(module.version).unwrap());
    }
    WriteSet::new(state).unwrap()
}

/// Version 0 and block 0 of the chain.
pub fn begin(genesis: &Genesis, storage: &Storage) -> Result<()> {
    let write_set = first_state(genesis);
    let receipt = Receipt {
        transaction_hash: types::block::genesis_transaction_hash(&genesis.hash()),
        status: Status::Success,
        gas_used: 0,
        fee: 0,
        write_set_hash: write_set.hash(),
        event_root: types::hash::list_root::<Hash>(&[]),
    };
    let header = Header {
        format: 1,
        genesis_hash: genesis.hash(),
        height: 0,
        parent: Hash::ZERO,
        time_us: START_US,
        first_version: 0,
        count: 1,
        da_read: genesis.da_start,
        transaction_root: types::hash::list_root(&[receipt.transaction_hash]),
        receipt_root: types::hash::list_root(&[receipt.hash()]),
        state_root: Hash::ZERO,
        gas_used: 0,
        fees: 0,
        sequencer: sequencer().address(),
    };
    storage.execute(ExecutedTransaction {
        version: 0,
        hash: receipt.transaction_hash,
        entry: LedgerEntry::Genesis,
        detail: Vec::new(),
        receipt,
        write_set,
        events: vec![],
    })?;
    let state_root = storage.fold(0, 1)?;
    storage.seal(SignedHeader { header: Header { state_root, ..header }, signature: Signature::ZERO }, LogOffset(0))?;
    Ok(())
}

/// The chain over a fresh embedded layer in memory.
pub fn chain() -> node::simulation::Chain {
    let genesis = Arc::new(genesis());
    let executor = Executor::new(move_natives::table(), &genesis);
    node::simulation::Chain { genesis, executor, da: da_adapter::embedded::Embedded::in_memory() }
}

pub fn play(function: &str, args: Vec<Vec<u8>>) -> TransactionPayload {
    TransactionPayload::EntryFunction(EntryFunction {
        module: ModuleId::new(AccountAddress::from_hex_literal("0xcafe").unwrap(), Identifier::new("play").unwrap()),
        function: Identifier::new(function).unwrap(),
        type_args: vec![],
        args,
    })
}

pub fn raw(seed: u8, sequence_number: u64, now_us: u64, payload: TransactionPayload) -> RawTransaction {
    RawTransaction {
        sender: key(seed).address(),
        sequence_number,
        payload,
        max_gas_amount: 200_000,
        gas_unit_price: 100,
        expiration_timestamp_secs: now_us / 1_000_000 + 600,
        chain_id: CHAIN_ID,
    }
}

pub fn sign(seed: u8, raw: RawTransaction) -> Transaction {
    let key = key(seed);
    let signature = key.sign(&raw.signing_message());
    let authenticator = TransactionAuthenticator::Ed25519 { public_key: key.public_key(), signature };
    Transaction::new(SignedTransaction { raw, authenticator })
}

/// Coins of all accounts after the newest block, and the fees that it has not yet passed on: constant for ever.
pub fn supply(storage: &Arc<Storage>) -> u64 {
    type Store = (u64, bool, (u64, u64, AccountAddress), (u64, u64, AccountAddress));
    let head = storage.head().unwrap();
    let state = storage.state_at(head.header.last_version()).unwrap();
    let accounts = (1..=ACCOUNTS).map(|seed| key(seed).address()).chain([recipient()]);
    let held: u64 = accounts
        .filter_map(|address| state.get(&coin_store(address)).unwrap())
        .map(|bytes| codec::decode::<Store>(&bytes).unwrap().0)
        .sum();
    held + head.header.fees
}
