//! What may go wrong around a node: power, the DA layer, the sequencer itself.

use serde_json::json;

use crate::harness::{World, until};
use crate::kills::{block_hash, committed, framework, full_node, fund, kill_under_load, post, settle, signed};

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

#[test]
fn five_kills_under_load_lose_nothing() {
    let survived = kill_under_load(5);
    assert!(survived.kills == 5 && survived.confirmed >= 20, "{survived:?}: there was no load");
}

#[test]
fn beyond_the_bound_on_lag_the_pool_fills_and_answers_507_until_da_is_back() {
    let world = World::new("counter");
    world.set_parameter("max_da_lag_us", 10_000_000);
    world.configure("[sequencer]\n", "[sequencer]\nmempool_transactions_max = 5\n");
    let node = world.run();
    let key = types::SigningKey::from_seed([9; 32]);
    fund(&node, key.address());
    settle(&node);
    std::fs::write(world.path(".tenor/da/outage"), b"").unwrap();
    let state = || node.get("/rollup/info").1["da"]["state"].as_str().unwrap().to_owned();
    let mut seen = vec![state()];
    until("the chain has stopped", || {
        let now = state();
        if seen.last() != Some(&now) {
            seen.push(now);
        }
        (seen.last().unwrap() == "stopped").then_some(())
    });
    assert_eq!(seen, ["ok", "slowing", "stopped"]);
    let transfer = |number: u64| {
        let args = vec![[0x77; 32].to_vec(), 1u64.to_le_bytes().to_vec()];
        signed(&key, number, framework("aptos_account", "transfer", args))
    };
    // What is sent now waits; what finds no room is told so.
    let waiting: Vec<_> = (0..5).map(transfer).collect();
    for transaction in &waiting {
        assert_eq!(post(&node, transaction).0, 202);
    }
    let (status, answer) = post(&node, &transfer(5));
    assert_eq!((status, &answer["error_code"]), (507, &json!("mempool_is_full")), "{answer}");
    let version = node.number("", "/ledger_version");
    let (status, pending) = node.get(&format!("/transactions/by_hash/0x{}", waiting[0].hash().to_hex()));
    assert_eq!((status, &pending["type"]), (200, &json!("pending_transaction")));
    assert_eq!(node.number("", "/ledger_version"), version, "a stopped chain has moved");
    std::fs::remove_file(world.path(".tenor/da/outage")).unwrap();
    for transaction in &waiting {
        assert_eq!(committed(&node, transaction)["success"], true);
    }
    assert_eq!(post(&node, &transfer(5)).0, 202);
    assert_eq!(committed(&node, &transfer(5))["success"], true);
    until("DA is near again", || (state() == "ok").then_some(()));
    // Nothing of the outage made an invalid block.
    let (height, hash) = settle(&node);
    let follower = full_node(&world, "follower");
    until("the full node has replayed", || (follower.height() >= height).then_some(()));
    assert_eq!(block_hash(&follower, height), Some(hash));
}
