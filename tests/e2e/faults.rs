//! What may go wrong around a node: power, the DA layer, the sequencer itself.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::Value;

use crate::harness::{Node, World, binary, until};

/// Waits until everything up to the head is final and gives the head.
fn settle(node: &Node) -> (u64, String) {
    until("the head is final", || {
        let info = node.get("/rollup/info").1;
        let height = node.height();
        let finalized = find_number(&info, "final").unwrap_or(0);
        (height > 0 && finalized >= height).then_some(())
    });
    let height = node.height();
    (height, block_hash(node, height).expect("the head is there"))
}

/// The first number under a key that contains `name`, wherever it is.
fn find_number(value: &Value, name: &str) -> Option<u64> {
    match value {
        Value::Object(map) => map.iter().find_map(|(key, value)| {
            let here = key.contains(name).then(|| value.as_u64().or_else(|| value.as_str()?.parse().ok())).flatten();
            here.or_else(|| find_number(value, name))
        }),
        _ => None,
    }
}

fn block_hash(node: &Node, height: u64) -> Option<String> {
    node.get(&format!("/blocks/by_height/{height}")).1["block_hash"].as_str().map(ToString::to_string)
}

/// A full node as a process of its own, with an empty directory, the genesis file and the DA directory.
fn full_node(world: &World, name: &str) -> Node {
    let directory = world.home().join(name);
    std::fs::create_dir_all(&directory).unwrap();
    let genesis = directory.join("genesis.bcs");
    std::fs::copy(world.path("genesis.bcs"), &genesis).unwrap();
    let da = world.path(".tenor/da");
    let args = ["run", "--full-node", "--genesis", "genesis.bcs", "--data", "data", "--listen", "127.0.0.1:0"];
    Node::start(&directory, &[&args[..], &["--da-path", da.to_str().unwrap()]].concat())
}

#[test]
fn a_second_process_replays_the_chain_from_da_alone() {
    let world = World::new("counter");
    let (node, chain) = (world.run(), world.chain());
    let address = node.deploy(&chain);
    for _ in 0..5 {
        node.ok(&chain, &["call", "default::counter::increment"]);
    }
    let (height, hash) = settle(&node);
    let follower = full_node(&world, "follower");
    until("the full node has replayed", || (follower.height() >= height).then_some(()));
    assert_eq!(block_hash(&follower, height), Some(hash));
    assert_eq!(follower.count(&chain, &address), 5);
    // It goes on following.
    node.ok(&chain, &["call", "default::counter::increment"]);
    until("the full node follows", || (follower.count(&chain, &address) == 6).then_some(()));
    // A full node takes no transactions.
    let refused = follower.tenor(&chain, &["call", "default::counter::increment"]);
    assert!(!refused.status.success());
}

#[test]
fn a_sender_whom_nobody_serves_gets_in_by_force() {
    let world = World::new("counter");
    let (node, chain) = (world.run(), world.chain());
    let address = node.deploy(&chain);
    let before = node.number(&format!("/accounts/{address}"), "/sequence_number");
    // The sequencer never hears of it: the transaction goes to DA only.
    let hash = node.ok(&chain, &["force", "default::counter::increment", "--da", ".tenor/da"]);
    let found = until("the forced transaction is executed", || {
        let (status, found) = node.get(&format!("/transactions/by_hash/{hash}"));
        (status == 200 && found["type"] == "user_transaction").then_some(found)
    });
    assert_eq!(found["success"], true);
    assert_eq!(node.count(&chain, &address), 1);
    assert_eq!(node.number(&format!("/accounts/{address}"), "/sequence_number"), before + 1);
    // Whoever replays DA finds it at the same version: a batch does not carry it.
    let (height, hash_of_block) = settle(&node);
    let follower = full_node(&world, "follower");
    until("the full node has replayed", || (follower.height() >= height).then_some(()));
    assert_eq!(block_hash(&follower, height), Some(hash_of_block));
    let there = follower.get(&format!("/transactions/by_hash/{hash}")).1;
    assert_eq!(there["version"], found["version"]);
}

#[test]
fn the_chain_goes_on_while_da_is_away_and_publishes_when_it_is_back() {
    let world = World::new("counter");
    let (node, chain) = (world.run(), world.chain());
    let address = node.deploy(&chain);
    settle(&node);
    std::fs::write(world.path(".tenor/da/outage"), b"").unwrap();
    for _ in 0..3 {
        node.ok(&chain, &["call", "default::counter::increment"]);
    }
    assert_eq!(node.count(&chain, &address), 3);
    let height = until("a block was made without DA", || {
        let height = node.height();
        let block = node.get(&format!("/blocks/by_height/{height}")).1;
        let last: u64 = block["last_version"].as_str()?.parse().ok()?;
        (last >= node.number("", "/ledger_version")).then_some(height)
    });
    until("DA errors are counted", || {
        let metrics = crate::harness::request("GET", &format!("{}/metrics", node.rest), "", &[]).1;
        let text = metrics.as_str()?.to_string();
        let line = text.lines().find(|line| line.starts_with("tenor_da_errors_total "))?.to_string();
        (line != "tenor_da_errors_total 0").then_some(())
    });
    std::fs::remove_file(world.path(".tenor/da/outage")).unwrap();
    let (settled, hash) = settle(&node);
    assert!(settled >= height);
    let follower = full_node(&world, "follower");
    until("the full node has replayed", || (follower.height() >= settled).then_some(()));
    assert_eq!(block_hash(&follower, settled), Some(hash));
}

/// Kills a node under load `kills` times; whatever a client was told stays true.
pub fn kill_under_load(kills: usize) {
    let world = World::new("counter");
    let chain = world.chain();
    let mut node = world.run();
    let address = node.deploy(&chain);
    let mut promised: Vec<(String, Value)> = Vec::new();
    for kill in 0..kills {
        let load = load(&node, &chain, kill);
        let mut confirmed = Vec::new();
        for hash in load {
            confirmed.push((hash.clone(), node.get(&format!("/transactions/by_hash/{hash}")).1));
        }
        // One more whose answer nobody waits for.
        let mut background = Command::new(binary())
            .args(["call", "default::counter::increment"])
            .current_dir(&chain)
            .env("TENOR_URL", &node.rest)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(kill as u64 % 7 * 5)); // Where in its life it is hit.
        node.kill();
        let _ = background.wait();
        promised.extend(confirmed);
        node = world.run();
        for (hash, before) in &promised {
            let (status, after) = node.get(&format!("/transactions/by_hash/{hash}"));
            assert_eq!(status, 200, "{hash} was confirmed and is gone after kill {kill}");
            for field in ["version", "gas_used", "success", "state_change_hash", "event_root_hash", "vm_status"] {
                assert_eq!(after[field], before[field], "{field} of {hash} after kill {kill}");
            }
        }
    }
    let total = node.count(&chain, &address);
    let (least, most) = (promised.len() as u64, (promised.len() + kills) as u64);
    assert!((least..=most).contains(&total), "{total} increments, {least} were confirmed");
    let (height, hash) = settle(&node);
    let follower = full_node(&world, "follower");
    until("the full node has replayed", || (follower.height() >= height).then_some(()));
    assert_eq!(block_hash(&follower, height), Some(hash));
}

/// A few calls, each confirmed before the next.
fn load(node: &Node, chain: &Path, kill: usize) -> Vec<String> {
    (0..1 + kill % 3).map(|_| node.ok(chain, &["call", "default::counter::increment"])).collect()
}

#[test]
fn five_kills_under_load_lose_nothing() {
    kill_under_load(5);
}
