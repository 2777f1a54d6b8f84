//! What `tenor new` writes beyond the counter: a chain with a native function of its own, a venue with its markets at genesis.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::harness::{Node, World, binary, chain_binary};

fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    command
}

#[test]
fn a_chain_with_a_native_function_of_its_own_runs() {
    let home = tempfile::tempdir().unwrap();
    let out = Command::new(binary()).args(["new", "ratios", "--rust"]).current_dir(home.path()).output().unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let chain = home.path().join("ratios");

    // The crate is what the example is, its manifest resolves with the framework's versions and no network.
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../framework/tenor/examples/chain");
    for file in ["main.rs", "natives.rs"] {
        let written = std::fs::read_to_string(chain.join("src").join(file)).unwrap();
        assert_eq!(written, std::fs::read_to_string(example.join(file)).unwrap(), "{file}");
    }
    let manifest = chain.join("Cargo.toml");
    let tree = cargo().args(["tree", "--offline", "--depth", "1", "--manifest-path"]).arg(&manifest).output().unwrap();
    let text = String::from_utf8_lossy(&tree.stdout).into_owned();
    assert!(tree.status.success() && text.contains("tenor v"), "{text}{}", String::from_utf8_lossy(&tree.stderr));

    let mut child = Command::new(chain_binary())
        .args([chain.as_os_str(), "127.0.0.1:0".as_ref()])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let node = Node::of(child, &serde_json::from_str(&line).unwrap());
    let at = node.deploy(&chain);
    node.ok(&chain, &["call", "default::numbers::keep", "84", "36"]);
    let ratio = node.json(&chain, &["view", "default::numbers::ratio", &at]);
    assert_eq!(ratio, serde_json::json!(["7", "3"]));
    let zero = node.tenor(&chain, &["call", "default::numbers::keep", "1", "0"]);
    assert!(String::from_utf8_lossy(&zero.stderr).contains("EZERO_DENOMINATOR"));
    drop(node);

    // A node without the native finds out that it disagrees, and stops.
    let plain = Node::try_start(&chain, &["run", "--listen", "127.0.0.1:0"]);
    let why = plain.err().expect("a node without the native goes on");
    assert!(why.contains("executing it again gives"), "{why}");
}

#[test]
fn a_venue_has_its_markets_at_genesis() {
    let world = World::new("derivatives");
    let chain = world.chain();
    let readme = std::fs::read_to_string(world.path("README.md")).unwrap();
    for command in ["tenor run", "tenor oracle", "tenor keeper", "tenor simulate"] {
        assert!(readme.contains(command), "README.md does not name {command}");
    }
    let venue: Value = serde_json::from_str(&std::fs::read_to_string(world.path("venue.json")).unwrap()).unwrap();
    let node = world.run();
    for (symbol, index) in [("BTC", 0), ("ETH", 1)] {
        let hex = format!("0x{}", hex::encode(symbol));
        let found = node.json(&chain, &["view", "default::markets::perp_address", &hex]);
        assert_eq!(found[0], venue["markets"][index]["perp"], "{symbol}");
        let feed = node.json(&chain, &["view", "default::oracle::feed_address", &hex]);
        assert_eq!(feed[0], venue["markets"][index]["feed"], "{symbol}");
        let perp = found[0].as_str().unwrap();
        let state = node.json(&chain, &["view", "default::markets::state", perp]);
        assert_eq!(state[0], 1, "{symbol} is open: {state}");
    }
    // Anyone mints test dollars, opens an account and pays in.
    let me = node.ok(&chain, &["account", "new", "me"]);
    node.ok(&chain, &["account", "fund", "me"]);
    node.ok(&chain, &["call", "default::usd::mint", &me, "5000000", "--as", "me"]);
    node.ok(&chain, &["call", "default::accounts::open", "0", "--as", "me"]);
    let account = node.json(&chain, &["view", "default::accounts::address_of", &me, "0"]);
    node.ok(&chain, &["call", "default::accounts::deposit", account[0].as_str().unwrap(), "5000000", "--as", "me"]);
    let cash = node.json(&chain, &["view", "default::accounts::cash", account[0].as_str().unwrap()]);
    assert_eq!(cash[0]["mag"], "5000000");
}
