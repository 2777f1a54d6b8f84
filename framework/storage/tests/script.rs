//! Proofs made here are checked by a short script that uses none of our code, and a flipped bit fails there too.
//!
//! Without `python3` the suite says that it did not run; with `CI` set that is a failure.
#![expect(clippy::unwrap_used, reason = "a test fails loudly")]

mod toy;

use std::{path::Path, process::Command, sync::Arc};

use storage::{
    DEFAULT_CONFIG,
    sim::{SimDisk, SimStore},
};
use toy::{GENESIS, Node, key};
use types::ProofFile;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/scripts/check_proof.py");

fn accepts(file: &Path, bytes: &[u8], root: &str) -> bool {
    std::fs::write(file, bytes).unwrap();
    let output = Command::new("python3").arg(SCRIPT).arg(file).args(["--state-root", root]).output().unwrap();
    output.status.success()
}

#[test]
fn a_script_of_its_own_accepts_our_proofs_and_no_flipped_bit() {
    if Command::new("python3").arg("--version").output().is_err() {
        assert!(std::env::var_os("CI").is_none(), "python3 is missing");
        eprintln!("not run: python3 is missing");
        return;
    }
    let mut node = Node::start(Arc::new(SimDisk::new()), Arc::new(SimStore::new()), DEFAULT_CONFIG, 65_536).unwrap();
    node.open_block(10).unwrap();
    for i in 0..60 {
        node.submit(&[i, 1]).unwrap();
    }
    node.close_block().unwrap();
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("proof.bcs");
    for i in [5, 59, 150, 151] {
        let proven = node.storage.prove(1, &key(i)).unwrap();
        let header = proven.block.header.clone();
        let root = header.state_root.to_hex();
        // What lies behind the state root is not covered by the proof itself.
        let behind = 246 - 198 + 64 + 1;
        let bytes = types::codec::encode(&ProofFile {
            format: 1,
            genesis_hash: GENESIS,
            key: key(i).to_bytes(),
            value: proven.value.map(|value| value.to_vec()),
            proof: proven.proof,
            header,
            signature: proven.block.signature,
            da: None,
        });
        assert!(accepts(&file, &bytes, &root), "key {i}");
        // Height, parent, time and versions of the header are bound by its hash only.
        let unbound = bytes.len() - behind - 32 - 132..bytes.len() - behind - 32;
        // An absent key with another bit may be absent too, by the very same proof.
        let first = if i < 60 { 0 } else { 2 + 32 + 1 + key(i).to_bytes().len() };
        for at in (first..bytes.len() - behind).step_by(23).filter(|at| !unbound.contains(at)) {
            let mut flipped = bytes.clone();
            flipped[at] ^= 1 << (at % 8);
            assert!(!accepts(&file, &flipped, &root), "key {i}, byte {at}");
        }
    }
}
