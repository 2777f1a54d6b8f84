//! A small chain without a compiler: the resources that Rust reads, and two modules in assembly.
#![expect(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::panic,
    reason = "shared by several test targets, which fail loudly"
)]

use std::sync::Arc;

use executor::{Executor, MemoryState, StateReader, Tip, first_gas_schedule};
use move_core_types::{AccountAddress, Identifier, ModuleId, StructTag, TypeTag};
use move_vm_runtime::NativeTable;
use serde::Serialize;
use types::genesis::{DaLayer, GasSchedule};
use types::transaction::Transaction;
use types::{
    EntryFunction, Genesis, Parameters, RawTransaction, SignedTransaction, SigningKey, StateKey,
    TransactionAuthenticator, TransactionPayload, codec,
};

pub const CHAIN_ID: u8 = 4;
pub const START_US: u64 = 1_000_000_000_000;
pub const START_DA: u64 = 10;
pub const COINS: u64 = 1_000_000_000_000;

/// A stand-in for `0x1::coin`, with one entry function that empties the signer's store.
const COIN: &str = "
module 0x1::coin version 7 {
    struct Coin<phantom T> has store { value: u64 }
    struct Handle has store { counter: u64, number: u64, address: address }
    struct CoinStore<phantom T> has key { coin: Self::Coin<T>, frozen: bool, deposits: Self::Handle, withdrawals: Self::Handle }

    public entry fun drain<T>(address) acquires CoinStore {
        locals (&mut u64)
        MoveLoc 0
        MutBorrowGlobalGeneric CoinStore<T>
        MutBorrowFieldGeneric CoinStore<T>.coin
        MutBorrowFieldGeneric Coin<T>.value
        StLoc 1
        LdU64 0
        MoveLoc 1
        WriteRef
        Ret
    }
}";

const APTOS_COIN: &str = "
module 0x1::aptos_coin version 7 {
    struct AptosCoin has key { dummy: bool }
}";

/// A stand-in for `0x1::rollup`, where anyone may name the key.
const ROLLUP: &str = "
module 0x1::rollup version 7 {
    struct Parameter has copy, drop, store { name: vector<u8>, value: u64 }
    struct Config has key {
        genesis_hash: vector<u8>, admin: address, sequencer_public_key: vector<u8>, parameters: vector<Self::Parameter>
    }

    public entry fun set_key(vector<u8>) acquires Config {
        MoveLoc 0
        LdConst address x\"0000000000000000000000000000000000000000000000000000000000000001\"
        MutBorrowGlobal Config
        MutBorrowField Config.sequencer_public_key
        WriteRef
        Ret
    }
}";

const PLAY: &str = "
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
    public fun read(address): (u64) acquires Counter {
        MoveLoc 0
        ImmBorrowGlobal Counter
        ImmBorrowField Counter.value
        ReadRef
        Ret
    }
    public entry fun store(&signer, vector<u8>) {
        MoveLoc 0
        MoveLoc 1
        Pack Blob
        MoveTo Blob
        Ret
    }
    public entry fun peek(address) acquires Blob {
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
    public entry fun two(&signer, &signer) {
        Ret
    }
}";

pub fn tag(text: &str) -> StructTag {
    match text.parse::<TypeTag>().unwrap() {
        TypeTag::Struct(tag) => *tag,
        other => panic!("{other} is no struct"),
    }
}

pub fn coin_store_tag() -> StructTag {
    tag("0x1::coin::CoinStore<0x1::aptos_coin::AptosCoin>")
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

pub fn cafe() -> AccountAddress {
    AccountAddress::from_hex_literal("0xcafe").unwrap()
}

fn put<T: Serialize>(state: &mut MemoryState, address: AccountAddress, text: &str, value: &T) {
    state.set(&StateKey::resource(address, tag(text)), Some(codec::encode(value).into()));
}

/// A genesis file without packages: only its facts are used.
pub fn genesis(parameters: &Parameters) -> Genesis {
    Genesis {
        format: 1,
        chain_id: CHAIN_ID,
        name: "test".to_owned(),
        time_us: START_US,
        da: DaLayer::Embedded,
        da_start: START_DA,
        sequencer_public_key: sequencer().public_key(),
        admin: AccountAddress::ZERO,
        parameters: parameters.to_pairs(),
        gas_schedule: first_gas_schedule(),
        privileged: vec![],
        balances: vec![],
        packages: vec![],
        calls: vec![],
    }
}

pub struct Chain {
    pub executor: Arc<Executor>,
    pub state: MemoryState,
    pub tip: Tip,
    pub parameters: Parameters,
}

impl Chain {
    pub fn new(parameters: Parameters) -> Self {
        Self::with_schedule(parameters, first_gas_schedule())
    }

    pub fn with_schedule(parameters: Parameters, schedule: GasSchedule) -> Self {
        let genesis = genesis(&parameters);
        let executor = Executor::new(NativeTable::new(), &genesis);
        let mut state = MemoryState::default();
        let one = AccountAddress::ONE;
        let config =
            (genesis.hash().0.to_vec(), genesis.admin, sequencer().public_key().0.to_vec(), parameters.to_pairs());
        put(&mut state, one, "0x1::rollup::Config", &config);
        put(&mut state, one, "0x1::gas_schedule::GasSchedule", &schedule);
        put(&mut state, one, "0x1::fees::Config", &recipient());
        put(&mut state, one, "0x1::timestamp::CurrentTimeMicroseconds", &START_US);
        let handle = |number: u64| (0u64, number, one);
        put(&mut state, one, "0x1::block::BlockResource", &(0u64, 0u64, handle(0), handle(1)));
        for seed in 1..=9 {
            put_coins(&mut state, key(seed).address(), COINS);
        }
        for text in [COIN, APTOS_COIN, ROLLUP, PLAY] {
            let module = move_binary_format::assembly::assemble(text).unwrap();
            let id = module.self_id().unwrap();
            state.set(&StateKey::module(&id), Some(module.serialize(module.version).unwrap().into()));
        }
        let tip =
            Tip { height: 0, block_id: genesis.hash(), time_us: START_US, da_read: START_DA, next_version: 1, fees: 0 };
        Chain { executor, state, tip, parameters }
    }

    pub fn base(&self) -> Arc<dyn StateReader> {
        Arc::new(self.state.clone())
    }

    pub fn get<T: serde::de::DeserializeOwned>(&self, address: AccountAddress, text: &str) -> Option<T> {
        get(&self.state, address, text)
    }
}

pub fn get<T: serde::de::DeserializeOwned>(state: &dyn StateReader, address: AccountAddress, text: &str) -> Option<T> {
    let key = StateKey::resource(address, tag(text));
    state.get(&key.as_ref()).unwrap().map(|bytes| codec::decode(&bytes).unwrap())
}

pub fn put_coins(state: &mut MemoryState, address: AccountAddress, amount: u64) {
    let handle = |number: u64| (0u64, number, address);
    put(state, address, "0x1::coin::CoinStore<0x1::aptos_coin::AptosCoin>", &(amount, false, handle(2), handle(3)));
}

pub fn put_fungible(state: &mut MemoryState, owner: AccountAddress, amount: u64) {
    let at = types::hash::sha3(&[owner.as_ref(), AccountAddress::TEN.as_ref(), &[0xfc]]);
    put(state, AccountAddress::new(at.0), "0x1::fungible_asset::FungibleStore", &(AccountAddress::TEN, amount, false));
}

pub fn coins(state: &dyn StateReader, address: AccountAddress) -> u64 {
    type Store = (u64, bool, (u64, u64, AccountAddress), (u64, u64, AccountAddress));
    get::<Store>(state, address, "0x1::coin::CoinStore<0x1::aptos_coin::AptosCoin>").map_or(0, |store| store.0)
}

pub fn call(address: AccountAddress, module: &str, function: &str, args: Vec<Vec<u8>>) -> EntryFunction {
    EntryFunction {
        module: ModuleId::new(address, Identifier::new(module).unwrap()),
        function: Identifier::new(function).unwrap(),
        type_args: vec![],
        args,
    }
}

pub fn play(function: &str, args: Vec<Vec<u8>>) -> TransactionPayload {
    TransactionPayload::EntryFunction(call(cafe(), "play", function, args))
}

pub fn raw(sender: &SigningKey, sequence_number: u64, payload: TransactionPayload) -> RawTransaction {
    RawTransaction {
        sender: sender.address(),
        sequence_number,
        payload,
        max_gas_amount: 200_000,
        gas_unit_price: 100,
        expiration_timestamp_secs: START_US / 1_000_000 + 600,
        chain_id: CHAIN_ID,
    }
}

pub fn sign(key: &SigningKey, raw: RawTransaction) -> Transaction {
    let signature = key.sign(&raw.signing_message());
    let authenticator = TransactionAuthenticator::Ed25519 { public_key: key.public_key(), signature };
    Transaction::new(SignedTransaction { raw, authenticator })
}

pub fn transaction(seed: u8, sequence_number: u64, function: &str, args: Vec<Vec<u8>>) -> Transaction {
    sign(&key(seed), raw(&key(seed), sequence_number, play(function, args)))
}
