//! The command line, in the order in which a newcomer types it.

use std::process::Command;

use crate::harness::{Node, World, binary, request, until};

#[test]
fn a_newcomer_walks_from_new_to_a_verified_proof() {
    let world = World::new("counter");
    let chain = world.chain();
    for file in ["Tenor.toml", "README.md", "genesis.bcs", "genesis.json", "move/Move.toml", "keys/sequencer.key"] {
        assert!(world.path(file).is_file(), "{file} is missing");
    }
    let free = "127.0.0.1:0";
    let listen = ["run", "--listen", free, "--faucet-listen", free, "--indexer-listen", free];
    let node = Node::start(&chain, &listen);
    assert_eq!(node.number("", "/chain_id"), 4);
    assert!(node.ok(&chain, &["build"]).ends_with("::counter"));
    node.ok(&chain, &["test"]);
    let address = node.deploy(&chain);
    let hash = node.ok(&chain, &["call", "default::counter::increment"]);
    assert_eq!(node.count(&chain, &address), 1);
    let shown = node.json(&chain, &["resource", "default", &format!("{address}::counter::Counter")]);
    assert!(shown.to_string().contains("\"count\":\"1\""), "{shown}");

    // Accounts.
    let alice = node.ok(&chain, &["account", "new", "alice"]);
    node.ok(&chain, &["account", "fund", "alice", "--amount", "123000000"]);
    let list = node.ok(&chain, &["account", "list"]);
    let line = list.lines().find(|line| line.contains(&alice)).expect("alice is listed");
    assert!(line.contains("123000000"), "{line}");
    node.ok(&chain, &["call", "default::counter::add", "41", "--as", "alice"]);

    // A failure says why, and exits with 1; a malformed request with 2.
    let failed = node.tenor(&chain, &["call", "default::counter::add", "0"]);
    assert_eq!(failed.status.code(), Some(1));
    let why = String::from_utf8_lossy(&failed.stderr).into_owned();
    assert!(why.contains("ESTEP_ZERO"), "{why}");
    assert_eq!(node.tenor(&chain, &["cal"]).status.code(), Some(2));

    // Each server on a free port of its own, and each answers as its clients expect.
    let text = |url: &str| request("GET", url, "", &[]);
    assert_eq!(text(&format!("{}/", node.faucet)), (200, serde_json::json!("tap:ok")));
    let query = br#"{"query":"query getProcessorStatus { processor_status { last_success_version } }"}"#;
    let (status, answer) = request("POST", &node.indexer, "application/json", query);
    assert_eq!(status, 200);
    assert!(answer["data"]["processor_status"][0]["last_success_version"].as_u64() > Some(0), "{answer}");

    // Published, final; then a proof that needs no node.
    until("the block is final", || {
        let status = node.json(&chain, &["status", &hash]);
        (status["status"] == "final").then_some(())
    });
    let status = node.get(&format!("/rollup/status/{hash}")).1;
    assert_eq!(status["da"]["commitments"][0].as_str().map(str::len), Some(66), "{status}");
    assert!(status["confirmed_at"].is_string() && status["verified"] == true, "{status}");
    assert!(node.ok(&chain, &["status"]).contains("final"), "tenor status says how far DA is");
    let tag = format!("{address}::counter::Counter");
    let root = node.ok(&chain, &["prove", "default", &tag, "--out", "counter.proof", "--height", "1"]);
    drop(node);
    let verify = |file: &str| {
        Command::new(binary())
            .args(["--json", "prove", "--verify", file, "--genesis", "genesis.bcs", "--da", ".tenor/da"])
            .current_dir(&chain)
            .output()
            .unwrap()
    };
    let good = verify("counter.proof");
    assert!(good.status.success(), "{}", String::from_utf8_lossy(&good.stderr));
    let said: serde_json::Value = serde_json::from_slice(&good.stdout).unwrap();
    assert_eq!(said["state_root"], root.as_str());
    assert_eq!(said["checked"]["da"], true);
    let mut bytes = std::fs::read(world.path("counter.proof")).unwrap();
    for at in (0..bytes.len()).step_by(97) {
        bytes[at] ^= 1;
        std::fs::write(world.path("bent.proof"), &bytes).unwrap();
        assert!(!verify("bent.proof").status.success(), "a proof with byte {at} changed is taken");
        bytes[at] ^= 1;
    }
}

#[test]
fn a_second_process_on_the_same_data_is_told_that_it_is_locked() {
    let world = World::new("counter");
    let node = world.run();
    let second =
        Command::new(binary()).args(["run", "--listen", "127.0.0.1:0"]).current_dir(world.chain()).output().unwrap();
    assert_eq!(second.status.code(), Some(1));
    let why = String::from_utf8_lossy(&second.stderr).into_owned();
    assert!(why.contains("is locked: another process is using it"), "{why}");
    drop(node);
    world.run();
}

#[test]
fn an_unknown_key_in_the_configuration_names_the_nearest_known_one() {
    let world = World::new("counter");
    let path = world.path("Tenor.toml");
    let text = std::fs::read_to_string(&path).unwrap().replace("block_interval_ms", "block_intervall_ms");
    std::fs::write(&path, text).unwrap();
    let out = Command::new(binary()).args(["run"]).current_dir(world.chain()).output().unwrap();
    assert_eq!(out.status.code(), Some(1));
    let why = String::from_utf8_lossy(&out.stderr).into_owned();
    assert!(why.contains("block_intervall_ms") && why.contains("block_interval_ms`"), "{why}");
}
