//! `kill -9` of the real binary on the real disk while clients send; what they were told stays true.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use move_core_types::{AccountAddress, ModuleId};
use serde_json::{Value, json};
use types::transaction::Transaction;
use types::{
    EntryFunction, RawTransaction, SignedTransaction, SigningKey, TransactionAuthenticator, TransactionPayload,
};

use crate::harness::{Node, World, request, try_request, until};

const BCS: &str = "application/x.aptos.signed_transaction+bcs";
/// Accounts that send at once, each confirmed before its next.
const SENDERS: u8 = 3;

/// Waits until everything up to the head is final and gives the head.
pub fn settle(node: &Node) -> (u64, String) {
    let height = node.closed_height();
    until("the head is final", || {
        let info = node.get("/rollup/info").1;
        let finalized: u64 = info["heads"]["final"].as_str()?.parse().ok()?;
        (finalized >= height).then_some(())
    });
    (height, block_hash(node, height).expect("the head is there"))
}

pub fn block_hash(node: &Node, height: u64) -> Option<String> {
    node.get(&format!("/blocks/by_height/{height}")).1["block_hash"].as_str().map(ToString::to_string)
}

/// A full node as a process of its own, with an empty directory, the genesis file and a DA layer; `da` says which.
pub fn full_node_on(world: &World, name: &str, da: &[&str]) -> Node {
    let directory = world.home().join(name);
    std::fs::create_dir_all(&directory).unwrap();
    let genesis = directory.join("genesis.bcs");
    std::fs::copy(world.path("genesis.bcs"), &genesis).unwrap();
    let args = ["run", "--full-node", "--genesis", "genesis.bcs", "--data", "data", "--listen", "127.0.0.1:0"];
    Node::start(&directory, &[&args[..], da].concat())
}

/// The same on the chain's embedded layer.
pub fn full_node(world: &World, name: &str) -> Node {
    let da = world.path(".tenor/da");
    full_node_on(world, name, &["--da-path", da.to_str().unwrap()])
}

/// A call to the framework.
pub fn framework(module: &str, function: &str, args: Vec<Vec<u8>>) -> TransactionPayload {
    TransactionPayload::EntryFunction(EntryFunction {
        module: ModuleId::new(AccountAddress::ONE, module.try_into().unwrap()),
        function: function.try_into().unwrap(),
        type_args: vec![],
        args,
    })
}

/// Signed for the chain with id 4, valid for ten minutes.
pub fn signed(key: &SigningKey, sequence_number: u64, payload: TransactionPayload) -> Transaction {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let raw = RawTransaction {
        sender: key.address(),
        sequence_number,
        payload,
        max_gas_amount: 200_000,
        gas_unit_price: 100,
        expiration_timestamp_secs: now + 600,
        chain_id: 4,
    };
    let signature = key.sign(&raw.signing_message());
    let authenticator = TransactionAuthenticator::Ed25519 { public_key: key.public_key(), signature };
    Transaction::new(SignedTransaction { raw, authenticator })
}

/// Submits in BCS.
pub fn post(node: &Node, transaction: &Transaction) -> (u16, Value) {
    request("POST", &format!("{}/v1/transactions", node.rest), BCS, transaction.bytes())
}

/// Waits for a submitted transaction.
pub fn committed(node: &Node, transaction: &Transaction) -> Value {
    until("the transaction is committed", || {
        let (status, found) = node.get(&format!("/transactions/by_hash/0x{}", transaction.hash().to_hex()));
        (status == 200 && found["type"] == "user_transaction").then_some(found)
    })
}

/// Gives an account coins from the faucet.
pub fn fund(node: &Node, address: AccountAddress) {
    let body = json!({ "address": address.to_string(), "amount": 100_000_000_000u64 }).to_string();
    let (status, answer) = request("POST", &format!("{}/fund", node.faucet), "application/json", body.as_bytes());
    assert_eq!(status, 200, "{answer}");
    until("the account has coins", || {
        let (status, balance) = node.get(&format!("/accounts/{address}/balance/0x1::aptos_coin::AptosCoin"));
        (status == 200 && balance.as_u64() > Some(0)).then_some(())
    });
}

/// What a client was told of a transaction that is confirmed; all but what a later block header adds.
#[derive(Debug, Clone, PartialEq)]
struct Promise {
    hash: String,
    body: Value,
}

fn promise(mut body: Value) -> Promise {
    if let Some(fields) = body.as_object_mut() {
        fields.remove("state_checkpoint_hash");
    }
    Promise { hash: body["hash"].as_str().unwrap().to_owned(), body }
}

/// Sends transfers one behind the other until the node is gone or `stop`; what was confirmed.
fn send(rest: &str, seed: u8, mut number: u64, stop: &AtomicBool) -> Vec<Promise> {
    let key = SigningKey::from_seed([seed; 32]);
    let to = SigningKey::from_seed([seed % SENDERS + 1; 32]).address();
    let mut promised = Vec::new();
    while !stop.load(Ordering::Relaxed) {
        let args = vec![to.into_bytes().to_vec(), 1u64.to_le_bytes().to_vec()];
        let transaction = signed(&key, number, framework("aptos_account", "transfer", args));
        let taken = try_request("POST", &format!("{rest}/v1/transactions"), BCS, transaction.bytes());
        match taken {
            Ok((202, _)) => {}
            Ok(other) => panic!("a transfer was refused: {other:?}"),
            Err(_) => break,
        }
        let hash = transaction.hash().to_hex();
        let Ok((200, body)) = try_request("GET", &format!("{rest}/v1/transactions/wait_by_hash/0x{hash}"), "", &[])
        else {
            break;
        };
        if body["type"] == "user_transaction" {
            promised.push(promise(body));
        }
        number += 1;
    }
    promised
}

/// What came of it.
#[derive(Debug)]
pub struct Survived {
    pub kills: usize,
    pub confirmed: usize,
}

fn expect(node: &Node, promised: &[Promise], kill: usize) {
    for promise in promised {
        let (status, after) = node.get(&format!("/transactions/by_hash/{}", promise.hash));
        assert_eq!(status, 200, "{} was confirmed and is gone after kill {kill}", promise.hash);
        assert_eq!(self::promise(after), *promise, "after kill {kill}");
    }
}

/// Kills a node under load `kills` times: every confirmed transaction is found afterwards at the same version with the
/// same receipt, none counts twice, and a full node replays the whole from DA.
pub fn kill_under_load(kills: usize) -> Survived {
    let world = World::new("counter");
    let mut node = world.run();
    let address = |seed: u8| SigningKey::from_seed([seed; 32]).address();
    let number = |node: &Node, seed: u8| node.number(&format!("/accounts/{}", address(seed)), "/sequence_number");
    for seed in 1..=SENDERS {
        fund(&node, address(seed));
    }
    let mut promised: Vec<Promise> = Vec::new();
    for kill in 0..kills {
        let stop = AtomicBool::new(false);
        let fresh: Vec<Promise> = std::thread::scope(|scope| {
            let senders: Vec<_> = (1..=SENDERS)
                .map(|seed| {
                    let (rest, number, stop) = (node.rest.clone(), number(&node, seed), &stop);
                    scope.spawn(move || send(&rest, seed, number, stop))
                })
                .collect();
            // Where in its life it is hit.
            std::thread::sleep(Duration::from_millis(150 + kill as u64 * 37 % 250));
            node.kill();
            stop.store(true, Ordering::Relaxed);
            senders.into_iter().flat_map(|sender| sender.join().unwrap()).collect()
        });
        node = world.run();
        expect(&node, &fresh, kill);
        promised.extend(fresh);
    }
    expect(&node, &promised, kills);
    let versions: BTreeSet<&str> = promised.iter().filter_map(|p| p.body["version"].as_str()).collect();
    assert_eq!(versions.len(), promised.len(), "two transactions at one version");
    let mut by_sender: BTreeMap<String, u64> = BTreeMap::new();
    for promise in &promised {
        *by_sender.entry(promise.body["sender"].as_str().unwrap().to_owned()).or_default() += 1;
    }
    for seed in 1..=SENDERS {
        let (least, used) = (by_sender.get(&address(seed).to_string()).copied(), number(&node, seed));
        // At each kill one more may have been confirmed whose answer was lost.
        let least = least.unwrap_or(0);
        assert!((least..=least + kills as u64).contains(&used), "{used} of sender {seed}, confirmed {least}");
    }
    let (height, hash) = settle(&node);
    let follower = full_node(&world, "follower");
    until("the full node has replayed", || (follower.height() >= height).then_some(()));
    assert_eq!(block_hash(&follower, height), Some(hash));
    Survived { kills, confirmed: promised.len() }
}
