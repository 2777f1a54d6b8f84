//! An exchange on a real node: simulated, watched to the unit, cranked, and proven.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::harness::{World, binary, until};

fn simulate(directory: &Path, args: &[&str]) -> std::process::Output {
    Command::new(binary()).args(["--json", "simulate"]).args(args).current_dir(directory).output().unwrap()
}

#[test]
fn a_simulated_crash_holds_every_invariant_and_leaves_a_report() {
    let home = tempfile::tempdir().unwrap();
    let small = ["--accounts", "40", "--series", "8", "--blocks", "15", "--block-ms", "300", "--audit-every", "5"];
    let out = simulate(home.path(), &[&["--scenario", "crash"], small.as_slice()].concat());
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let said: Value = serde_json::from_slice(&out.stdout).unwrap();
    let total = |name: &str| said["totals"][name].as_str().unwrap().parse::<u64>().unwrap();
    assert_eq!(total("invariant_violations"), 0);
    assert!(total("blocks") >= 15 && total("fills") > 10, "{said}");
    assert!(total("liquidations") + total("backstop_takeovers") + total("bankruptcies") > 0, "{said}");
    assert!(total("items_compared") > 100, "{said}");
    let report = std::fs::read_to_string(home.path().join("simulation.html")).unwrap();
    for title in
        ["BTC: prices", "Spread", "Open interest", "Funding", "Liquidated notional", "Insurance fund", "Invariant"]
    {
        assert!(report.contains(title), "the report has no chart `{title}`");
    }
    assert!(report.contains("held at every block") && !report.contains("<script") && !report.contains("http"));
}

/// The built-in package with one unit more in the cash of whoever is filled.
fn leaking(directory: &Path) {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("../move-packages/derivatives");
    std::fs::create_dir_all(directory.join("sources")).unwrap();
    std::fs::copy(from.join("Move.toml"), directory.join("Move.toml")).unwrap();
    let mut changed = 0;
    for entry in std::fs::read_dir(from.join("sources")).unwrap() {
        let path = entry.unwrap().path();
        let mut text = std::fs::read_to_string(&path).unwrap();
        if path.ends_with("ledger.move") {
            let sound = "cash = cash.add(realised);";
            assert!(text.contains(sound), "ledger.move has no line `{sound}`");
            text = text.replace(sound, "cash = cash.add(realised).add(int128::from(1));");
            changed += 1;
        }
        std::fs::write(directory.join("sources").join(path.file_name().unwrap()), text).unwrap();
    }
    assert_eq!(changed, 1);
}

#[test]
fn one_unit_of_leakage_is_caught() {
    let home = tempfile::tempdir().unwrap();
    leaking(&home.path().join("leaking"));
    let small = ["--accounts", "20", "--series", "0", "--blocks", "8", "--block-ms", "300"];
    let out = simulate(home.path(), &[&["--package", "leaking"], small.as_slice()].concat());
    assert_eq!(out.status.code(), Some(1), "the leak was not noticed");
    let why = String::from_utf8_lossy(&out.stderr).into_owned();
    assert!(why.contains("INV-1"), "{why}");
    let report = std::fs::read_to_string(home.path().join("simulation.html")).unwrap();
    assert!(report.contains("INV-1: ") && report.contains("broken"));
}

#[test]
fn oracle_and_keeper_run_a_venue_and_a_position_is_proven_offline() {
    let world = World::new("derivatives");
    let chain = world.chain();
    let node = world.run();
    let said = node.ok(&chain, &["oracle", "BTC=60000", "ETH=3000.5", "--rounds", "2", "--every-ms", "300"]);
    assert_eq!(said.lines().next(), Some("BTC 60000.00"), "{said}");
    node.ok(&chain, &["keeper", "--rounds", "1"]);
    let venue: Value = serde_json::from_str(&std::fs::read_to_string(world.path("venue.json")).unwrap()).unwrap();
    let (at, perp) = (venue["address"].as_str().unwrap(), venue["markets"][0]["perp"].as_str().unwrap());

    // Two traders meet at 60 000.
    let mut accounts = Vec::new();
    for (name, is_buy) in [("ann", "true"), ("bob", "false")] {
        let owner = node.ok(&chain, &["account", "new", name]);
        node.ok(&chain, &["account", "fund", name]);
        node.ok(&chain, &["call", "default::usd::mint", &owner, "10000000000", "--as", name]);
        node.ok(&chain, &["call", "default::accounts::open", "0", "--as", name]);
        let found = node.json(&chain, &["view", "default::accounts::address_of", &owner, "0"]);
        let account = found[0].as_str().unwrap().to_owned();
        node.ok(&chain, &["call", "default::accounts::deposit", &account, "10000000000", "--as", name]);
        let order = [&account, perp, is_buy, "0", "60000000000000", "100000000", "false", "0", "0", "0", "--as", name];
        node.ok(&chain, &[&["call", "default::exchange::place_order"], order.as_slice()].concat());
        accounts.push(account);
    }
    let position = node.json(&chain, &["view", "default::markets::position", perp, &accounts[0]]);
    assert_eq!(position[0]["mag"], "100000000", "{position}");

    // The position is an item of its own, with a proof of its own.
    let market = node.json(&chain, &["resource", perp, &format!("{at}::books::Market")]);
    let handle =
        market.pointer("/data/book/ledger/positions/handle").or(market.pointer("/book/ledger/positions/handle"));
    let handle = handle.and_then(Value::as_str).unwrap_or_else(|| panic!("{market}")).to_owned();
    let height = node.closed_height();
    until("the block is final", || (node.number("/rollup/info", "/heads/final") >= height).then_some(()));
    let value_type = format!("{at}::ledger::Position");
    let height = height.to_string();
    let item = ["--key-type", "address", "--key", &accounts[0], "--value-type", &value_type];
    let more = ["--table", &handle, "--out", "position.proof", "--height", &height];
    let root = node.ok(&chain, &[&["prove"], item.as_slice(), more.as_slice()].concat());
    drop(node);
    let verify = |file: &str| {
        Command::new(binary())
            .args(["--json", "prove", "--verify", file, "--genesis", "genesis.bcs", "--da", ".tenor/da"])
            .current_dir(&chain)
            .output()
            .unwrap()
    };
    let good = verify("position.proof");
    assert!(good.status.success(), "{}", String::from_utf8_lossy(&good.stderr));
    let said: Value = serde_json::from_slice(&good.stdout).unwrap();
    assert_eq!((&said["state_root"], &said["checked"]["da"]), (&Value::from(root), &Value::Bool(true)));
    // The size stands first: a sign, then 0.1 BTC.
    let size = format!("0x00{}", hex::encode(100_000_000u128.to_le_bytes()));
    assert!(said["value"].as_str().unwrap().starts_with(&size), "{said}");
    let mut bytes = std::fs::read(world.path("position.proof")).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(world.path("bent.proof"), &bytes).unwrap();
    assert!(!verify("bent.proof").status.success(), "a changed proof is taken");
}
