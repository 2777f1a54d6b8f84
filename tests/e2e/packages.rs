//! Packages in the style of the ecosystem, deployed and driven as their users would: an order book, a lending pool, and a
//! market for tokens.

use std::cell::Cell;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::harness::{Node, World};

/// Copies an example of the repository next to the chain, where the framework is not.
///
/// Its manifest names the framework by a path that leads nowhere from there: what the binary carries takes its place.
pub fn copy_package(name: &str, to: &Path) {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("../move-packages").join(name);
    std::fs::create_dir_all(to).unwrap();
    for below in [".", "sources", "tests"] {
        let Ok(entries) = std::fs::read_dir(from.join(below)) else { continue };
        std::fs::create_dir_all(to.join(below)).unwrap();
        for entry in entries.map(Result::unwrap).filter(|entry| entry.path().is_file()) {
            std::fs::copy(entry.path(), to.join(below).join(entry.file_name())).unwrap();
        }
    }
}

/// Assets that anyone may have, as every test of a market needs them.
const ASSETS: &str = r#"
module assets::assets {
    use std::option;
    use std::string::{Self, String};
    use aptos_framework::fungible_asset::{Self, Metadata, MintRef};
    use aptos_framework::object::{Self, Object};
    use aptos_framework::primary_fungible_store;

    struct Faucet has key { mint_ref: MintRef }

    public entry fun create(creator: &signer, symbol: String) {
        let constructor = object::create_named_object(creator, *symbol.bytes());
        let none = string::utf8(b"");
        primary_fungible_store::create_primary_store_enabled_fungible_asset(
            &constructor, option::none(), symbol, symbol, 0, none, none
        );
        let mint_ref = fungible_asset::generate_mint_ref(&constructor);
        move_to(&constructor.generate_signer(), Faucet { mint_ref });
    }

    public entry fun mint(asset: Object<Metadata>, to: address, amount: u64) acquires Faucet {
        primary_fungible_store::mint(&Faucet[object::object_address(&asset)].mint_ref, to, amount);
    }

    #[view]
    public fun at(symbol: String): address {
        object::create_object_address(&@assets, symbol.into_bytes())
    }
}
"#;

const ASSETS_MANIFEST: &str = r#"[package]
name = "Assets"
version = "1.0.0"

[addresses]
assets = "_"

[dependencies]
AptosFramework = { git = "https://github.com/aptos-labs/aptos-framework.git", rev = "mainnet", subdir = "aptos-framework" }
"#;

/// A chain with people on it.
struct Market {
    world: World,
    node: Node,
    calls: Cell<u64>,
}

impl Market {
    fn new(people: &[&str]) -> Self {
        let world = World::new("counter");
        let node = world.run();
        let market = Market { world, node, calls: Cell::new(0) };
        for name in people {
            market.ok(&["account", "new", name]);
            market.ok(&["account", "fund", name, "--amount", "100000000"]);
        }
        market
    }

    fn chain(&self) -> PathBuf {
        self.world.chain()
    }

    fn ok(&self, args: &[&str]) -> String {
        self.node.ok(&self.chain(), args)
    }

    /// The address of one of the people.
    fn address(&self, name: &str) -> String {
        let list = self.ok(&["--json", "account", "list"]);
        let mut accounts = list.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        let account = accounts.find(|account| account["name"] == name).expect("an account of that name");
        account["address"].as_str().unwrap().to_string()
    }

    fn deploy(&self, name: &str, publisher: &str) -> String {
        let directory = self.world.path(name);
        copy_package(&format!("examples/{name}"), &directory);
        let answer = self.node.json(&self.chain(), &["deploy", name, "--as", publisher]);
        answer["address"].as_str().unwrap().to_string()
    }

    /// Publishes [`ASSETS`], makes assets of these symbols, gives everyone 10,000 of each, and returns where they are.
    fn assets(&self, symbols: &[&str], people: &[&str]) -> Vec<String> {
        let directory = self.world.path("assets");
        std::fs::create_dir_all(directory.join("sources")).unwrap();
        std::fs::write(directory.join("Move.toml"), ASSETS_MANIFEST).unwrap();
        std::fs::write(directory.join("sources/assets.move"), ASSETS).unwrap();
        self.ok(&["deploy", "assets"]);
        let mut found = Vec::new();
        for symbol in symbols {
            self.call("default", "default::assets::create", &[symbol]);
            let at = self.view("default::assets::at", &[symbol])[0].as_str().unwrap().to_string();
            for person in people {
                self.call("default", "default::assets::mint", &[&at, &self.address(person), "10000"]);
            }
            found.push(at);
        }
        self.calls.set(0);
        found
    }

    /// A transaction that must succeed.
    fn call(&self, who: &str, function: &str, args: &[&str]) -> Value {
        self.calls.set(self.calls.get() + 1);
        self.node.json(&self.chain(), &[&["call", function][..], args, &["--as", who]].concat())
    }

    /// A transaction that must be refused; why.
    fn refused(&self, who: &str, function: &str, args: &[&str]) -> String {
        let out = self.node.tenor(&self.chain(), &[&["call", function][..], args, &["--as", who]].concat());
        assert_eq!(out.status.code(), Some(1), "{function} {args:?}");
        String::from_utf8_lossy(&out.stderr).into_owned()
    }

    fn view(&self, function: &str, args: &[&str]) -> Value {
        self.node.json(&self.chain(), &[&["view", function][..], args].concat())
    }

    fn coins(&self, person: &str) -> u64 {
        let path = format!("/accounts/{}/balance/0x1::aptos_coin::AptosCoin", self.address(person));
        self.node.get(&path).1.as_u64().unwrap()
    }
}

/// A field of the one event of a name.
fn event(transaction: &Value, name: &str, field: &str) -> String {
    let events = transaction["events"].as_array().unwrap();
    let found = events.iter().find(|event| event["type"].as_str().unwrap().ends_with(name));
    found.unwrap_or_else(|| panic!("no {name} in {transaction}"))["data"][field].as_str().unwrap().to_string()
}

#[test]
fn an_order_book_trades_between_two_people() {
    let m = Market::new(&["alice", "bob"]);
    let assets = m.assets(&["GOLD", "USD"], &["alice", "bob"]);
    m.deploy("order_book", "default");
    let f = |name: &str| format!("default::market::{name}");
    // A lot is 10 gold, prices are multiples of 5, takers pay 0.3 %.
    let made = m.call("default", &f("create"), &[&assets[0], &assets[1], "10", "5", "30"]);
    let at = event(&made, "::market::MarketCreated", "market");
    let (at, alice, bob) = (at.as_str(), m.address("alice"), m.address("bob"));
    m.call("alice", &f("deposit_base"), &[at, "1000"]);
    m.call("bob", &f("deposit_quote"), &[at, "5000"]);
    m.call("alice", &f("place"), &[at, "false", "100", "10", "0", "0"]);
    m.call("alice", &f("place"), &[at, "false", "110", "5", "0", "0"]);
    assert_eq!(m.view(&f("depth"), &[at, "false", "9"]), serde_json::json!([["100", "110"], ["10", "5"]]));
    let filled = m.call("bob", &f("place"), &[at, "true", "110", "12", "0", "0"]);
    assert_eq!(event(&filled, "::market::OrderFilled", "taker"), bob);
    // 10 * 100 + 2 * 110, and fees of 3 and 1.
    assert_eq!(m.view(&f("free_balances"), &[at, &bob]), serde_json::json!(["120", "3776"]));
    assert_eq!(m.view(&f("free_balances"), &[at, &alice]), serde_json::json!(["850", "1220"]));
    assert!(m.refused("bob", &f("place"), &[at, "true", "103", "1", "0", "0"]).contains("EOFF_TICK"));
    assert!(m.refused("bob", &f("place"), &[at, "true", "110", "1", "3", "0"]).contains("EWOULD_TRADE"));
    m.call("bob", &f("place"), &[at, "true", "90", "7", "3", "0"]);
    assert_eq!(m.view(&f("mid_price"), &[at]), serde_json::json!([{ "vec": ["100"] }]));
    m.call("alice", &f("cancel_all"), &[at]);
    m.call("bob", &f("cancel"), &[at, "3"]);
    assert!(m.refused("bob", &f("withdraw_quote"), &[at, "3777"]).contains("EINSUFFICIENT"));
    m.call("bob", &f("withdraw_quote"), &[at, "3776"]);
    m.call("alice", &f("withdraw_base"), &[at, "880"]);
    m.call("alice", &f("withdraw_quote"), &[at, "1220"]);
    let collected = m.call("default", &f("collect_fees"), &[at]);
    assert_eq!(event(&collected, "::market::FeesCollected", "amount"), "4");
    let balance = |asset: &str, who: &str| {
        let function = "0x1::primary_fungible_store::balance";
        let metadata = ["--type-args", "0x1::fungible_asset::Metadata"];
        m.view(function, &[&[who, asset][..], &metadata].concat())[0].as_str().unwrap().parse::<u64>().unwrap()
    };
    assert_eq!((balance(&assets[0], &alice), balance(&assets[1], &alice)), (9_880, 11_220));
    assert_eq!((balance(&assets[1], &bob), m.view(&f("traded_lots"), &[at])[0].as_str()), (8_776, Some("12")));
    assert!(m.calls.get() >= 10);
}

#[test]
fn a_lending_pool_lends_and_liquidates() {
    let m = Market::new(&["alice", "bob"]);
    let assets = m.assets(&["GOLD", "USD"], &["alice", "bob"]);
    m.deploy("lending", "default");
    let f = |name: &str| format!("default::pool::{name}");
    let (gold, usd, alice) = (assets[0].as_str(), assets[1].as_str(), m.address("alice"));
    let report = |asset: &str, price: &str| m.call("default", "default::prices::report", &[asset, price]);
    report(gold, "2000000000000000000");
    report(usd, "1000000000000000000");
    // Half may be borrowed, 60 % owed; 5 % for liquidators, 10 % of interest for the protocol.
    m.call("default", &f("add_reserve"), &[gold, "5000", "6000", "500", "1000", "1000000"]);
    m.call("default", &f("add_reserve"), &[usd, "5000", "6000", "500", "1000", "1000000"]);
    m.call("alice", &f("deposit"), &[gold, "1000"]);
    m.call("bob", &f("deposit"), &[usd, "5000"]);
    m.call("alice", &f("add_collateral"), &[gold, "1000"]);
    assert!(m.refused("alice", &f("borrow"), &[usd, "1001"]).contains("EUNDERCOLLATERALIZED"));
    let borrowed = m.call("alice", &f("borrow"), &[usd, "900"]);
    assert_eq!(event(&borrowed, "::pool::Borrowed", "amount"), "900");
    m.call("bob", &f("redeem"), &[usd, "1000"]);
    m.call("alice", &f("repay"), &[usd, &alice, "100"]);
    let owed: u64 = m.view(&f("debt_of"), &[usd, &alice])[0].as_str().unwrap().parse().unwrap();
    assert!((800..=802).contains(&owed), "{owed}");
    assert!(m.refused("bob", &f("liquidate"), &[&alice, usd, "400", gold]).contains("EHEALTHY"));
    report(gold, "1200000000000000000");
    let liquidated = m.call("bob", &f("liquidate"), &[&alice, usd, "400", gold]);
    // 400 and 5 % more are 420 dollars, at 1.2 they are 350 gold.
    assert_eq!(event(&liquidated, "::pool::Liquidated", "shares_taken"), "350");
    assert_eq!(m.view(&f("collateral_of"), &[gold, &alice])[0], "650");
    assert_eq!(m.view(&f("borrowers"), &[]), serde_json::json!([[alice]]));
    assert!(m.refused("bob", &f("set_paused"), &[usd, "true"]).contains("ENOT_PROTOCOL"));
    assert!(m.calls.get() >= 10);
}

#[test]
fn a_token_market_sells_by_price_offer_and_auction() {
    let m = Market::new(&["alice", "bob", "carol"]);
    let nfts = m.deploy("nft_market", "default");
    let c = |name: &str| format!("default::collection::{name}");
    let f = |name: &str| format!("default::market::{name}");
    let (bob, carol) = (m.address("bob"), m.address("carol"));
    let made = m.call("alice", &c("create"), &["Cats", "They purr.", "https://cats.example/", "3", "500"]);
    let cats = event(&made, "::collection::CollectionCreated", "collection");
    let minted = m.call("alice", &c("mint"), &[&cats, &bob, r#"["fur"]"#, r#"["black"]"#]);
    let token = event(&minted, "::collection::Minted", "token");
    let token = token.as_str();
    assert_eq!(m.view(&c("name"), &[token])[0], "Cats #1");
    assert!(m.refused("bob", &c("mint"), &[&cats, &bob, "[]", "[]"]).contains("ENOT_CREATOR"));
    m.call("bob", &f("list"), &[token, "1000000"]);
    m.call("bob", &f("reprice"), &[token, "2000000"]);
    assert!(m.refused("carol", &f("buy"), &[token, "1000000"]).contains("EPRICE_CHANGED"));
    let before = m.coins("alice");
    let sold = m.call("carol", &f("buy"), &[token, "2000000"]);
    assert_eq!(event(&sold, "::market::Sold", "fee"), "50000");
    assert_eq!(m.coins("alice") - before, 100_000);
    m.call("bob", &f("offer"), &[token, "500000", "4000000000"]);
    m.call("alice", &f("offer"), &[token, "600000", "4000000000"]);
    assert_eq!(m.view(&f("best_offer"), &[token])[1], "600000");
    m.call("alice", &f("cancel_offer"), &[token]);
    m.call("carol", &f("accept_offer"), &[token, &bob, "500000"]);
    m.call("bob", &f("start_auction"), &[token, "300000", "3600"]);
    m.call("alice", &f("bid"), &[token, "300000"]);
    assert!(m.refused("carol", &f("bid"), &[token, "300001"]).contains("EBID_TOO_LOW"));
    let before = m.coins("alice");
    m.call("carol", &f("bid"), &[token, "400000"]);
    assert_eq!(m.coins("alice") - before, 300_000);
    assert_eq!(m.view(&f("auction"), &[token])[0], serde_json::json!({ "vec": [carol] }));
    assert!(m.refused("bob", &f("cancel_auction"), &[token]).contains("EHAS_BIDS"));
    assert_eq!(m.view(&f("turnover"), &[]), serde_json::json!(["2500000", "2"]));
    let custody = m.view(&f("custody"), &[])[0].as_str().unwrap().to_string();
    assert_ne!(custody, nfts);
    let owner = m.view("0x1::object::owner", &[token, "--type-args", &format!("{nfts}::collection::Token")]);
    assert_eq!(owner[0], custody.as_str());
    assert!(m.calls.get() >= 10);
}

const FACTS: &str = r#"
module facts::facts {
    use std::string::String;
    use aptos_framework::transaction_context as context;

    struct Facts has key, drop {
        sender: address,
        others: u64,
        payer: address,
        gas_max: u64,
        gas_price: u64,
        chain_id: u8,
        called: String,
        module_name: String,
        at: address,
        type_names: vector<String>,
        args: vector<vector<u8>>,
        hash: vector<u8>,
        is_plain: bool,
        count: u128
    }

    public entry fun note<T>(who: &signer, _number: u16, _text: String) acquires Facts {
        let payload = context::entry_function_payload().destroy_some();
        let before = if (exists<Facts>(context::sender())) move_from<Facts>(context::sender()).count else 0;
        let count = context::monotonically_increasing_counter();
        assert!(count > before, 1);
        move_to(who, Facts {
            sender: context::sender(),
            others: context::secondary_signers().length(),
            payer: context::gas_payer(),
            gas_max: context::max_gas_amount(),
            gas_price: context::gas_unit_price(),
            chain_id: context::chain_id(),
            called: context::function_name(&payload),
            module_name: context::module_name(&payload),
            at: context::account_address(&payload),
            type_names: context::type_arg_names(&payload),
            args: context::args(&payload),
            hash: context::get_transaction_hash(),
            is_plain: !context::is_encrypted_txn() && !context::is_orderless_txn()
                && !context::is_multisig_payload_txn() && context::multisig_payload().is_none(),
            count
        });
    }
}
"#;

#[test]
fn a_transaction_knows_itself() {
    let m = Market::new(&["alice"]);
    let directory = m.world.path("facts");
    std::fs::create_dir_all(directory.join("sources")).unwrap();
    std::fs::write(directory.join("Move.toml"), ASSETS_MANIFEST.replace("assets", "facts").replace("Assets", "Facts"))
        .unwrap();
    std::fs::write(directory.join("sources/facts.move"), FACTS).unwrap();
    let answer = m.node.json(&m.chain(), &["deploy", "facts"]);
    let (at, alice) = (answer["address"].as_str().unwrap(), m.address("alice"));
    let call = ["default::facts::note", "513", "hey", "--type-args", "vector<u64>", "--gas-price", "150"];
    m.call("alice", call[0], &call[1..]);
    let sent = m.call("alice", call[0], &call[1..]);
    let shown = m.node.json(&m.chain(), &["resource", "alice", &format!("{at}::facts::Facts")]);
    let facts = shown.get("data").unwrap_or(&shown);
    for (name, value) in [
        ("sender", alice.as_str()),
        ("others", "0"),
        ("payer", &alice),
        ("gas_max", "200000"),
        ("gas_price", "150"),
        ("called", "note"),
        ("module_name", "facts"),
        ("at", at),
        ("hash", sent["hash"].as_str().unwrap()),
    ] {
        assert_eq!(facts[name], value, "{name}");
    }
    assert_eq!((&facts["chain_id"], &facts["is_plain"]), (&serde_json::json!(4), &serde_json::json!(true)));
    assert_eq!(facts["type_names"], serde_json::json!(["vector<u64>"]));
    // BCS: 513 in two bytes, a length and three letters.
    assert_eq!(facts["args"], serde_json::json!(["0x0102", "0x03686579"]));
}
