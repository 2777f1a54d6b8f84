//! A proof that a running node gives, judged by our checker and by a script that uses none of our code: both take it as
//! it is and refuse it with any bit flipped. The `jmt` crate's checker, whose proofs carry more than ours, judges in
//! `jellyfish-merkle/tests/oracle.rs`.

use std::io::Write as _;
use std::process::{Command, Stdio};

use jellyfish_merkle::{ProofLeaf, StateProof};
use serde_json::{Value, json};

use crate::harness::{World, until};

fn bytes(value: &Value) -> Vec<u8> {
    hex::decode(value.as_str().unwrap().trim_start_matches("0x")).unwrap()
}

fn array(value: &Value) -> [u8; 32] {
    bytes(value).try_into().unwrap()
}

struct Proof {
    root: [u8; 32],
    path: [u8; 32],
    value: Vec<u8>,
    proof: StateProof,
}

impl Proof {
    fn ours(&self) -> bool {
        jellyfish_merkle::check::<jellyfish_merkle::Sha256>(&self.root, &self.path, Some(&self.value), &self.proof)
            .is_ok()
    }

    fn script(&self) -> bool {
        let hex = |bytes: &[u8]| hex::encode(bytes);
        let leaf = self.proof.leaf.as_ref();
        let given = json!({
            "root": hex(&self.root),
            "path": hex(&self.path),
            "value": hex(&self.value),
            "leaf": leaf.map(|leaf| json!({ "path": hex(&leaf.path), "value_hash": hex(&leaf.value_hash) })),
            "siblings": self.proof.siblings.iter().map(|sibling| hex(sibling)).collect::<Vec<_>>(),
        });
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/e2e/proof.py");
        let mut child =
            Command::new("python3").arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(given.to_string().as_bytes()).unwrap();
        let out = child.wait_with_output().unwrap();
        let said = String::from_utf8(out.stdout).unwrap();
        assert_eq!(said.trim() == "ok", out.status.success(), "{said}");
        out.status.success()
    }
}

#[test]
fn a_flipped_bit_is_noticed_by_checkers_that_share_no_code() {
    let world = World::new("counter");
    let (node, chain) = (world.run(), world.chain());
    let address = node.deploy(&chain);
    node.ok(&chain, &["call", "default::counter::increment"]);
    until("the block has a header", || (node.height() >= 1).then_some(()));
    let answer = node.json(&chain, &["prove", "default", "0x1::account::Account"]);
    let leaf = &answer["proof"]["leaf"];
    let siblings = answer["proof"]["siblings"].as_array().unwrap().iter().map(array).collect();
    let key = bytes(&answer["key"]["bytes"]);
    let header = types::Header::from_bytes(&bytes(&answer["block"]["header_bytes"])).unwrap();
    let good = || Proof {
        root: header.state_root.0,
        path: types::hash::sha256(&key).0,
        value: bytes(&answer["value"]),
        proof: StateProof {
            leaf: Some(ProofLeaf { path: array(&leaf["path"]), value_hash: array(&leaf["value_hash"]) }),
            siblings: Vec::clone(&siblings),
        },
    };
    let verdicts = |proof: &Proof| [proof.ours(), proof.script()];
    assert_eq!(verdicts(&good()), [true; 2], "{address}");
    type Flip = (&'static str, Box<dyn Fn(&mut Proof)>);
    let flips: Vec<Flip> = vec![
        ("root", Box::new(|p| p.root[31] ^= 1)),
        ("value", Box::new(|p| p.value[0] ^= 0x80)),
        ("path", Box::new(|p| p.path[31] ^= 1)),
        ("leaf's path", Box::new(|p| p.proof.leaf.as_mut().unwrap().path[31] ^= 1)),
        ("leaf's value hash", Box::new(|p| p.proof.leaf.as_mut().unwrap().value_hash[0] ^= 1)),
        ("lowest sibling", Box::new(|p| p.proof.siblings[0][0] ^= 1)),
        ("highest sibling", Box::new(|p| p.proof.siblings.last_mut().unwrap()[31] ^= 4)),
        ("a sibling left out", Box::new(|p| p.proof.siblings.truncate(1))),
    ];
    for (what, flip) in flips {
        let mut bent = good();
        flip(&mut bent);
        assert_eq!(verdicts(&bent), [false; 2], "{what}");
    }
}
