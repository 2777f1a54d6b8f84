//! The real binary on Celestia: an unmodified client against the in-process double of a Celestia node.

use std::collections::BTreeMap;
use std::time::Duration;

use da_adapter::celestia::{Celestia, CelestiaConfig};
use da_adapter::dev_server::{BlockClock, DevServer, Fault, Lie};
use da_adapter::{DataAvailability as _, Namespace};
use tokio::runtime::Runtime;
use types::batch::BatchPart;
use types::{Genesis, Namespaces, Parameters};

use crate::harness::{Node, World, request, until};
use crate::kills::{block_hash, full_node_on, settle};

struct Layer {
    runtime: Runtime,
    server: DevServer,
}

fn layer() -> Layer {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let server = runtime.block_on(DevServer::start(BlockClock::Every(Duration::from_millis(250)))).unwrap();
    Layer { runtime, server }
}

fn world() -> World {
    let world = World::with(&["--template", "counter", "--celestia", "private"]);
    world.configure("[sequencer]\n", "[sequencer]\nbatch_age_ms_max = 300\n");
    world
}

impl Layer {
    fn args(&self) -> [String; 6] {
        let text = |words: [&str; 6]| words.map(ToString::to_string);
        text(["--da", "celestia", "--celestia-url", &self.server.url(), "--celestia-token", "secret"])
    }

    fn run(&self, world: &World) -> Node {
        let args = self.args();
        let mut all = vec!["run", "--listen", "127.0.0.1:0"];
        all.extend(args.iter().map(String::as_str));
        Node::start(&world.chain(), &all)
    }

    fn follow(&self, world: &World) -> Node {
        let args = self.args();
        full_node_on(world, "follower", &args.iter().map(String::as_str).collect::<Vec<_>>())
    }

    /// How often each part of each batch is on the layer, by batch number and part.
    fn parts(&self, world: &World) -> BTreeMap<(u64, u16), usize> {
        let genesis = Genesis::from_bytes(&std::fs::read(world.path("genesis.bcs")).unwrap()).unwrap();
        let namespace = Namespace::new_v0(Namespaces::of(&genesis.hash()).batches).unwrap();
        let limits = Parameters::DEFAULT.batch_limits();
        self.runtime.block_on(async {
            let da = Celestia::new(CelestiaConfig::new(self.server.url()));
            let mut found = BTreeMap::new();
            for height in 1..=da.head().await.unwrap().height {
                for blob in da.read(height, &[namespace]).await.unwrap().blobs {
                    let part = BatchPart::parse(&blob.data, &genesis.hash(), &limits).unwrap();
                    *found.entry((part.header.number, part.part)).or_default() += 1;
                }
            }
            found
        })
    }
}

fn metric(node: &Node, name: &str) -> u64 {
    let text = request("GET", &format!("{}/metrics", node.rest), "", &[]).1;
    let text = text.as_str().unwrap_or_default().to_owned();
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.and_then(|count| count.parse().ok()).unwrap_or_else(|| panic!("no metric {name}: {text}"))
}

/// Every batch up to the newest is there, each part once.
fn expect_once(parts: &BTreeMap<(u64, u16), usize>) {
    assert!(parts.values().all(|count| *count == 1), "a batch was doubled: {parts:?}");
    let numbers: Vec<u64> = parts.keys().filter(|(_, part)| *part == 0).map(|(number, _)| *number).collect();
    assert!(!numbers.is_empty() && numbers.iter().copied().eq(1..=numbers.len() as u64), "a batch is lost: {parts:?}");
}

#[test]
fn blocks_go_to_celestia_and_a_second_node_follows_from_there() {
    // The world first: it may have the binary built, and the layer goes on meanwhile.
    let (world, layer) = (world(), layer());
    let (node, chain) = (layer.run(&world), world.chain());
    let address = node.deploy(&chain);
    for _ in 0..3 {
        node.ok(&chain, &["call", "default::counter::increment"]);
    }
    // By force, through the Celestia node's own address.
    let hash = node.ok(&chain, &["force", "default::counter::increment", "--da", &layer.server.url()]);
    until("the forced transaction is executed", || {
        (node.get(&format!("/transactions/by_hash/{hash}")).1["type"] == "user_transaction").then_some(())
    });
    let (height, hash) = settle(&node);
    let follower = layer.follow(&world);
    until("the full node has replayed", || (follower.height() >= height).then_some(()));
    assert_eq!(block_hash(&follower, height), Some(hash));
    assert_eq!(follower.count(&chain, &address), 4);
    // A proof is checked against the same layer, by its address.
    let tag = format!("{address}::counter::Counter");
    node.ok(&chain, &["prove", "default", &tag, "--height", &height.to_string()]);
    let url = layer.server.url();
    let verify = ["prove", "--verify", "state.proof", "--genesis", "genesis.bcs", "--da", &url];
    assert_eq!(node.json(&chain, &verify)["checked"]["da"], true);
    expect_once(&layer.parts(&world));
}

#[test]
fn a_full_node_believes_no_lie_of_its_celestia_node_and_goes_on_when_it_is_over() {
    // The world first: it may have the binary built, and the layer goes on meanwhile.
    let (world, layer) = (world(), layer());
    let (node, chain) = (layer.run(&world), world.chain());
    let address = node.deploy(&chain);
    node.ok(&chain, &["call", "default::counter::increment"]);
    let mut follower = layer.follow(&world);
    let mut count = 1;
    for lie in [Lie::WrongShares, Lie::MissingShare, Lie::NothingThere, Lie::BadSignature] {
        until("the full node follows", || {
            let known = follower.get(&format!("/accounts/{address}/module/counter")).0 == 200;
            (known && follower.count(&chain, &address) == count).then_some(())
        });
        // What it comes back to is told otherwise than it was published.
        follower.kill();
        node.ok(&chain, &["call", "default::counter::increment"]);
        settle(&node);
        layer.server.lie(Some(lie));
        follower = layer.follow(&world);
        until(&format!("{lie:?} is noticed"), || (metric(&follower, "tenor_da_errors_total") > 1).then_some(()));
        assert_eq!(follower.count(&chain, &address), count, "{lie:?}");
        layer.server.lie(None);
        count += 1;
    }
    until("the full node has caught up", || (follower.count(&chain, &address) == count).then_some(()));
    let (height, hash) = settle(&node);
    until("the full node has replayed", || (follower.height() >= height).then_some(()));
    assert_eq!(block_hash(&follower, height), Some(hash));
    assert!(follower.get("/rollup/info").1["halted"].is_null());
}

#[test]
fn a_node_killed_between_submission_and_inclusion_neither_loses_nor_doubles_a_batch() {
    // The world first: it may have the binary built, and the layer goes on meanwhile.
    let (world, layer) = (world(), layer());
    let chain = world.chain();
    let mut node = layer.run(&world);
    let address = node.deploy(&chain);
    settle(&node);
    // Included long after the kill; included with the answer lost.
    let faults = [Fault::Postpone(6), Fault::LoseReply, Fault::Postpone(2), Fault::LoseReply];
    for (round, fault) in faults.into_iter().enumerate() {
        let submitted = |node: &Node| metric(node, "tenor_batches_submitted_total");
        let before = submitted(&node);
        layer.server.script("blob.Submit", [fault]);
        node.ok(&chain, &["call", "default::counter::increment"]);
        until("a batch is submitted", || (submitted(&node) > before).then_some(()));
        // Its bytes reach the layer.
        std::thread::sleep(Duration::from_millis(60 * (round as u64 + 1)));
        node.kill();
        node = layer.run(&world);
    }
    assert_eq!(node.count(&chain, &address), 4);
    let (height, hash) = settle(&node);
    expect_once(&layer.parts(&world));
    let follower = layer.follow(&world);
    until("the full node has replayed", || (follower.height() >= height).then_some(()));
    assert_eq!(block_hash(&follower, height), Some(hash));
}
