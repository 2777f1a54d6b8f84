//! A chain in memory with the derivatives packages in its genesis, driven transaction by transaction through the executor.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use executor::{
    BlockEnv, ChainConfig, Executor, MemoryState, Place, Strictness, execute_genesis, execute_transaction,
    first_gas_schedule,
};
use move_core_types::{AccountAddress, Identifier, ModuleId, StructTag, TypeTag};
use move_package::files::MemoryFiles;
use move_package::{BuildConfig, BuildError, build};
use serde::{Deserialize, Serialize};
use types::genesis::{DaLayer, GenesisPackage};
use types::hash::sha3;
use types::transaction::Transaction;
use types::{
    EntryFunction, Event, Genesis, Op, Parameters, RawTransaction, Signature, SignedTransaction, SigningKey, StateKey,
    Status, TransactionAuthenticator, TransactionPayload, WriteSet, codec,
};

const CHAIN_ID: u8 = 4;
/// 08:00 UTC, a Friday: 1 January 2027.
pub const START: u64 = 1_798_790_400;
/// Publishers of prices are the keys from this number on.
const PUBLISHERS: u32 = 90_001;
pub const QUOTE: u64 = 1_000_000;
pub const BTC: u64 = 60_000_000_000_000;
pub const SIZE: u64 = 1_000_000_000;

pub fn key(number: u32) -> SigningKey {
    let mut seed = [7; 32];
    seed[..4].copy_from_slice(&number.to_le_bytes());
    SigningKey::from_seed(seed)
}

/// Number 0 governs and publishes the packages.
pub fn user(number: u32) -> AccountAddress {
    static KNOWN: OnceLock<Vec<AccountAddress>> = OnceLock::new();
    let known = KNOWN.get_or_init(|| (0..1_200).map(|number| key(number).address()).collect());
    known.get(number as usize).copied().unwrap_or_else(|| key(number).address())
}

fn add(files: &mut MemoryFiles, base: &Path, directory: &Path) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            if !path.ends_with("build") {
                add(files, base, &path);
            }
        } else if path.extension().is_some_and(|extension| extension == "move" || extension == "toml") {
            let name = path.strip_prefix(base).unwrap().to_str().unwrap();
            files.insert(name, std::fs::read(&path).unwrap());
        }
    }
}

/// The packages as they lie in the repository, edited by `patch` (file, from, to) for mutants.
fn packages(patch: Option<(&str, &str, &str)>) -> Vec<GenesisPackage> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join("move-packages");
    let mut files = MemoryFiles::default();
    add(&mut files, &root, &root);
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("derivatives");
    add(&mut files, &here, &here.join("quote"));
    if let Some((file, from, to)) = patch {
        let text = std::fs::read_to_string(root.join(file)).unwrap();
        assert_eq!(text.matches(from).count(), 1, "{file} holds the text to change once");
        files.insert(file, text.replace(from, to));
    }
    let named_addresses: BTreeMap<String, AccountAddress> = BTreeMap::new();
    let admin = user(0);
    let one = AccountAddress::ONE;
    let five = AccountAddress::from_hex_literal("0x5").unwrap();
    [
        ("move-stdlib", one, None),
        ("aptos-stdlib", one, None),
        ("aptos-framework", one, None),
        ("tenor-math", five, None),
        ("derivatives", admin, Some("derivatives")),
        ("quote", admin, Some("quote")),
    ]
    .into_iter()
    .map(|(directory, address, name)| {
        let mut config = BuildConfig { named_addresses: named_addresses.clone(), ..BuildConfig::default() };
        config.named_addresses.extend(name.map(|name| (name.to_owned(), admin)));
        match build(&files, directory, &config, &mut |_| ()) {
            Ok(built) => {
                let (metadata, modules) = built.publication();
                GenesisPackage { address, metadata, modules }
            }
            Err(BuildError::Compile(output)) => panic!("{directory}: {}", output.diagnostics.render()),
            Err(error) => panic!("{directory}: {error}"),
        }
    })
    .collect()
}

/// What a transaction came to.
pub struct Done {
    pub status: Status,
    pub gas: u64,
    pub writes: WriteSet,
    pub events: Vec<Event>,
    pub message: String,
}

impl Done {
    /// 0 for success, the code of an abort of the venue, `u64::MAX` for anything else.
    pub fn code(&self) -> u64 {
        match &self.status {
            Status::Success => 0,
            Status::Abort { code, .. } => *code,
            _ => u64::MAX,
        }
    }
}

/// The chain between two transactions.
#[derive(Clone)]
pub struct World {
    executor: Arc<Executor>,
    config: Arc<ChainConfig>,
    pub state: MemoryState,
    pub mirror: Mirror,
    pub time_us: u64,
    version: u64,
    numbers: BTreeMap<AccountAddress, u64>,
    sequence: u64,
    genesis_hash: Vec<u8>,
    gas_max: u64,
}

/// Values by type of resource and by table, kept from write sets alone.
#[derive(Clone, Default)]
pub struct Mirror {
    pub resources: BTreeMap<(String, AccountAddress), Arc<[u8]>>,
    pub tables: BTreeMap<AccountAddress, BTreeMap<Vec<u8>, Arc<[u8]>>>,
}

impl Mirror {
    fn apply(&mut self, writes: &WriteSet) {
        for (key, op) in writes.iter() {
            let value = match op {
                Op::Write(value) => Some(Arc::clone(value)),
                Op::Delete => None,
            };
            match key {
                StateKey::Resource { address, tag } => {
                    let name = format!("{}::{}", tag.module, tag.name);
                    match value {
                        Some(value) => self.resources.insert((name, *address), value),
                        None => self.resources.remove(&(name, *address)),
                    };
                }
                StateKey::TableItem { handle, key } => {
                    let table = self.tables.entry(*handle).or_default();
                    match value {
                        Some(value) => table.insert(key.to_vec(), value),
                        None => table.remove(&key.to_vec()),
                    };
                }
                _ => {}
            }
        }
    }

    /// All resources of a type of the venue.
    pub fn all<T: for<'a> Deserialize<'a>>(&self, name: &str) -> Vec<(AccountAddress, T)> {
        let from = (name.to_owned(), AccountAddress::ZERO);
        self.resources
            .range(from..)
            .take_while(|((found, _), _)| found == name)
            .map(|((_, address), bytes)| (*address, bcs::from_bytes(bytes).unwrap()))
            .collect()
    }

    /// All items of a table.
    pub fn table<K: for<'a> Deserialize<'a>, V: for<'a> Deserialize<'a>>(
        &self,
        handle: &AccountAddress,
    ) -> Vec<(K, V)> {
        self.tables
            .get(handle)
            .into_iter()
            .flatten()
            .map(|(key, value)| (bcs::from_bytes(key).unwrap(), bcs::from_bytes(value).unwrap()))
            .collect()
    }
}

pub fn arg<T: Serialize>(value: &T) -> Vec<u8> {
    bcs::to_bytes(value).unwrap()
}

/// Arguments of a call, each in BCS.
#[macro_export]
macro_rules! args {
    ($($value:expr),* $(,)?) => { vec![$($crate::world::arg(&$value)),*] };
}

impl World {
    /// A chain on which everybody has coins for gas and nothing else has happened.
    pub fn new(users: u32, patch: Option<(&str, &str, &str)>) -> Self {
        let mut balances: Vec<(AccountAddress, u64)> =
            (0..users).map(|number| (user(number), 1_000_000_000_000_000)).collect();
        balances.sort();
        let genesis = Genesis {
            format: 1,
            chain_id: CHAIN_ID,
            name: "derivatives".to_owned(),
            time_us: START * 1_000_000,
            da: DaLayer::Embedded,
            da_start: 0,
            sequencer_public_key: key(80_000).public_key(),
            admin: AccountAddress::ZERO,
            parameters: Parameters::DEFAULT.to_pairs(),
            gas_schedule: first_gas_schedule(),
            privileged: vec![],
            balances,
            packages: packages(patch),
            calls: vec![],
        };
        let executor = Executor::new(move_natives::table(), &genesis);
        let block = execute_genesis(&executor, &genesis).unwrap_or_else(|error| panic!("{error}"));
        let mut state = MemoryState::default();
        state.apply(&block.executed.write_set);
        let mut mirror = Mirror::default();
        mirror.apply(&block.executed.write_set);
        World {
            executor,
            config: block.config,
            state,
            mirror,
            time_us: START * 1_000_000,
            version: 1,
            numbers: BTreeMap::new(),
            sequence: 0,
            genesis_hash: genesis.hash().0.to_vec(),
            gas_max: 250_000,
        }
    }

    pub fn now(&self) -> u64 {
        self.time_us / 1_000_000
    }

    /// Lets time pass.
    pub fn pass(&mut self, seconds: u64) {
        self.time_us += seconds * 1_000_000;
        let tag: StructTag = match "0x1::timestamp::CurrentTimeMicroseconds".parse::<TypeTag>().unwrap() {
            TypeTag::Struct(tag) => *tag,
            _ => unreachable!(),
        };
        let key = StateKey::resource(AccountAddress::ONE, tag);
        self.state.set(&key, Some(arg(&self.time_us).into()));
    }

    fn call(&self, module: &str, function: &str, args: Vec<Vec<u8>>) -> EntryFunction {
        EntryFunction {
            module: ModuleId::new(user(0), Identifier::new(module).unwrap()),
            function: Identifier::new(function).unwrap(),
            type_args: vec![],
            args,
        }
    }

    /// Executes a call of `module::function` by a user.
    pub fn run(&mut self, sender: u32, name: &str, args: Vec<Vec<u8>>) -> Done {
        let (module, function) = name.split_once("::").unwrap();
        let who = user(sender);
        let number = self.numbers.entry(who).or_insert(0);
        let raw = RawTransaction {
            sender: who,
            sequence_number: *number,
            payload: TransactionPayload::EntryFunction(EntryFunction {
                module: ModuleId::new(user(0), Identifier::new(module).unwrap()),
                function: Identifier::new(function).unwrap(),
                type_args: vec![],
                args,
            }),
            max_gas_amount: self.gas_max,
            gas_unit_price: 100,
            expiration_timestamp_secs: self.time_us / 1_000_000 + 600,
            chain_id: CHAIN_ID,
        };
        // The executor leaves signatures to those who admit; the key names the sender.
        let authenticator =
            TransactionAuthenticator::Ed25519 { public_key: public_key(sender), signature: Signature::ZERO };
        let transaction = Transaction::new(SignedTransaction { raw, authenticator });
        let block = BlockEnv { config: Arc::clone(&self.config), chain_id: CHAIN_ID, time_us: self.time_us };
        let place = Place { version: self.version, code_version: 1 };
        let executed =
            execute_transaction(self.executor.vm(), &block, &self.state, place, &transaction, Strictness::Block)
                .unwrap()
                .unwrap_or_else(|refused| panic!("{name}: {refused:?}"));
        self.version += 1;
        *self.numbers.get_mut(&who).unwrap() += 1;
        self.state.apply(&executed.write_set);
        self.mirror.apply(&executed.write_set);
        Done {
            status: executed.receipt.status,
            gas: executed.receipt.gas_used,
            writes: executed.write_set,
            events: executed.events,
            message: format!("{:?}", executed.detail),
        }
    }

    /// `run` that must succeed.
    pub fn ok(&mut self, sender: u32, name: &str, args: Vec<Vec<u8>>) -> Done {
        let done = self.run(sender, name, args);
        assert_eq!(done.status, Status::Success, "{name}: {:#x} {}", done.code(), done.message);
        done
    }

    /// Calls a view function.
    pub fn view(&self, name: &str, args: Vec<Vec<u8>>) -> Result<Vec<Vec<u8>>, String> {
        let (module, function) = name.split_once("::").unwrap();
        let call = self.call(module, function, args);
        self.executor
            .view(&self.state, self.version - 1, self.time_us, &call)
            .map(|answer| answer.values)
            .map_err(|error| format!("{name}: {error}"))
    }

    /// The first result of a view function.
    pub fn see<T: for<'a> Deserialize<'a>>(&self, name: &str, args: Vec<Vec<u8>>) -> T {
        let values = self.view(name, args).unwrap_or_else(|error| panic!("{error}"));
        bcs::from_bytes(&values[0]).unwrap()
    }

    pub fn account(&self, number: u32) -> AccountAddress {
        let mut seed = b"derivatives::account".to_vec();
        seed.push(0);
        object(&user(number), &seed)
    }

    pub fn feed(&self, symbol: &str) -> AccountAddress {
        object(&user(0), &[b"derivatives::feed::", symbol.as_bytes()].concat())
    }

    pub fn perp(&self, symbol: &str) -> AccountAddress {
        object(&user(0), &[b"derivatives::perp::", symbol.as_bytes()].concat())
    }

    pub fn token(&self, name: &str) -> AccountAddress {
        object(&user(0), name.as_bytes())
    }

    /// Reports of three publishers, signed; relayed by a user of their own.
    pub fn report(&mut self, feed: AccountAddress, price: u64) -> Done {
        let arguments = self.reports(feed, [price; 3]);
        self.run(1, "oracle::update_price", arguments)
    }

    /// Arguments of `update_price`.
    pub fn reports(&mut self, feed: AccountAddress, prices: [u64; 3]) -> Vec<Vec<u8>> {
        self.sequence += 1;
        let ts_ms = self.time_us / 1_000;
        let signatures: Vec<Vec<u8>> = (0..3u32)
            .map(|publisher| {
                let message = self.message(feed, prices[publisher as usize], 1, ts_ms, self.sequence);
                key(PUBLISHERS + publisher).sign(&message).0.to_vec()
            })
            .collect();
        args![
            feed,
            [0u64, 1, 2].to_vec(),
            prices.to_vec(),
            vec![1u64; 3],
            vec![ts_ms; 3],
            vec![self.sequence; 3],
            signatures
        ]
    }

    /// What a publisher signs.
    pub fn message(&self, feed: AccountAddress, price: u64, confidence: u64, ts_ms: u64, sequence: u64) -> Vec<u8> {
        let mut message = b"TENOR::PriceReport".to_vec();
        message.extend(arg(&self.genesis_hash));
        message.extend(feed.as_ref());
        for number in [price, confidence, ts_ms, sequence] {
            message.extend(number.to_le_bytes());
        }
        message
    }

    /// Tokens, venue, vault, two feeds, two perpetuals and funded accounts of the users from 2 on.
    pub fn open(&mut self, accounts: u32, quotes: u64) {
        self.ok(0, "accounts::initialize", args![self.token("quote")]);
        self.ok(0, "backstop::start", vec![]);
        let keys: Vec<Vec<u8>> = (0..3).map(|i| key(PUBLISHERS + i).public_key().0.to_vec()).collect();
        for symbol in ["BTC", "ETH"] {
            self.ok(0, "oracle::create_feed", args![symbol.as_bytes().to_vec(), keys, user(0)]);
        }
        let (btc, eth) = (self.feed("BTC"), self.feed("ETH"));
        self.ok(
            0,
            "accounts::add_asset",
            args![self.token("ether"), eth, 800_000_000u64, 900_000_000u64, 1u64 << 60, 50_000_000u64],
        );
        for (symbol, feed, tick, lot) in [("BTC", btc, 100_000_000u64, 100_000u64), ("ETH", eth, 10_000_000, 1_000_000)]
        {
            self.ok(
                0,
                "markets::list_perp",
                args![
                    symbol.as_bytes().to_vec(),
                    feed,
                    AccountAddress::ZERO,
                    tick,
                    lot,
                    lot,
                    16u64,
                    true,
                    20_000u64,
                    450_000u64,
                    50_000_000u64,
                    1_000_000_000_000u64,
                    1_000_000_000_000u64,
                    vec![2_000_000 * QUOTE, 10_000_000 * QUOTE, 0],
                    vec![20_000_000u64, 40_000_000, 100_000_000],
                    vec![10_000_000u64, 20_000_000, 50_000_000]
                ],
            );
        }
        self.ok(1, "accounts::open", args![0u8]);
        for number in 2..2 + accounts {
            self.ok(number, "accounts::open", args![0u8]);
            if quotes != 0 {
                self.fund(number, quotes * QUOTE);
            }
        }
        self.pass(1);
        self.ok_report(btc, BTC);
        self.ok_report(eth, BTC / 20);
    }

    pub fn fund(&mut self, number: u32, amount: u64) {
        self.ok(number, "quote::mint", args![user(number), amount, 10_000_000_000u64]);
        self.ok(number, "accounts::deposit", args![self.account(number), amount]);
    }

    pub fn ok_report(&mut self, feed: AccountAddress, price: u64) {
        let done = self.report(feed, price);
        assert_eq!(done.status, Status::Success, "{}", done.message);
    }

    /// A smile at one expiry.
    pub fn smile(&mut self, feed: AccountAddress, expiry: u64, forward: u64) -> Done {
        self.run(
            0,
            "oracle::update_vol",
            args![
                feed,
                vec![expiry],
                vec![false],
                vec![5_000_000u64],
                vec![50_000_000u64],
                vec![true],
                vec![300_000_000u64],
                vec![false],
                vec![0u64],
                vec![100_000_000u64],
                vec![forward],
                vec![false],
                vec![0u64]
            ],
        )
    }

    /// Where a series lies.
    pub fn series(&self, feed: AccountAddress, expiry: u64, strike: u64, is_call: bool) -> AccountAddress {
        let venue = object(&user(0), b"derivatives::custody");
        let mut seed = b"derivatives::series::".to_vec();
        seed.extend(arg(&(feed, expiry, strike, is_call)));
        object(&venue, &seed)
    }

    /// Lists a series as governance does.
    pub fn list(&mut self, feed: AccountAddress, expiry: u64, strike: u64, is_call: bool) -> AccountAddress {
        self.ok(0, "markets::list_series_by_governance", args![feed, expiry, strike, is_call, 1800u64]);
        self.series(feed, expiry, strike, is_call)
    }

    /// Places a good-till-cancelled order.
    pub fn order(&mut self, who: u32, market: AccountAddress, is_buy: bool, price: u64, size: u64) -> Done {
        let account = self.account(who);
        self.run(who, "exchange::place_order", order_args(account, market, is_buy, 0, price, size, false, 0, 0, 0))
    }

    /// Hash of everything in the state, for comparing runs.
    pub fn fingerprint(&self) -> String {
        let mut text = Vec::new();
        for (key, value) in self.state.iter() {
            text.extend(key);
            text.extend(value.iter());
        }
        format!("{:?}", sha3(&[&text]))
    }
}

#[expect(clippy::too_many_arguments, reason = "as many as the entry function has")]
pub fn order_args(
    account: AccountAddress,
    market: AccountAddress,
    is_buy: bool,
    kind: u8,
    price: u64,
    size: u64,
    reduce_only: bool,
    stp: u8,
    expiry: u64,
    client_id: u64,
) -> Vec<Vec<u8>> {
    args![account, market, is_buy, kind, price, size, reduce_only, stp, expiry, client_id]
}

fn public_key(number: u32) -> types::PublicKey {
    static KNOWN: OnceLock<Vec<types::PublicKey>> = OnceLock::new();
    KNOWN.get_or_init(|| (0..1_200).map(|number| key(number).public_key()).collect())[number as usize]
}

fn object(creator: &AccountAddress, seed: &[u8]) -> AccountAddress {
    AccountAddress::new(sha3(&[creator.as_ref(), seed, &[0xfe]]).0)
}

/// Fields of an event by the name of its struct.
pub fn event<T: for<'a> Deserialize<'a>>(event: &Event, name: &str) -> Option<T> {
    match event {
        Event::Module { tag: TypeTag::Struct(tag), data } if tag.address == user(0) => {
            let full = format!("{}::{}", tag.module, tag.name);
            (full == name).then(|| codec::decode(data).unwrap_or_else(|error| panic!("{name}: {error}")))
        }
        _ => None,
    }
}
