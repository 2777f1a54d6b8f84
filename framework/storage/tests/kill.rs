//! On the real disk and the real store: a process that confirms under load is killed, 50 times on one directory, and
//! everything that it said was confirmed is found by the next one.
//!
//! `TENOR_KILLS` says how often (default 50).
#![expect(clippy::unwrap_used, reason = "a test fails loudly")]

mod toy;

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use storage::{DEFAULT_CONFIG, DataDirectory, StorageConfig, sim::Dice};
use toy::Node;

const CHILD: &str = "TENOR_KILL_CHILD";
const CONFIG: StorageConfig = StorageConfig { provable_blocks: 8, ..DEFAULT_CONFIG };

fn start(path: &Path) -> (DataDirectory, Node) {
    let directory = DataDirectory::open(path).unwrap();
    let store = directory.store(8 << 20).unwrap();
    let node = Node::start(directory.log_disk().unwrap(), store, CONFIG, 1 << 16).unwrap();
    (directory, node)
}

/// Not a test of its own: the process that is killed.
#[test]
fn child() {
    let Some(path) = std::env::var_os(CHILD) else { return };
    let (_directory, mut node) = start(Path::new(&path));
    let mut out = std::io::stdout().lock();
    let mut told = node.storage.next_version();
    writeln!(out, "ready").unwrap();
    for round in 0u64.. {
        if node.open.is_none() {
            let time_us = node.storage.head().unwrap().header.time_us + 1;
            node.open_block(time_us).unwrap();
        }
        for i in 0..20 {
            let byte = u8::try_from((round * 7 + i) % 12).unwrap();
            node.submit(&[byte, u8::try_from(i % 3).unwrap()]).unwrap();
        }
        let newest = if round % 3 == 2 {
            node.close_block().unwrap();
            node.storage.next_version() - 1
        } else {
            node.sync().unwrap()
        };
        while told <= newest {
            let transaction = node.storage.transaction(told).unwrap();
            writeln!(out, "{told} {}", transaction.receipt.hash()).unwrap();
            told += 1;
        }
        out.flush().unwrap();
        if round % 5 == 4 {
            node.storage.persist().unwrap();
        }
        if round % 25 == 24 {
            let below = node.storage.sync_store().unwrap();
            node.log.release(below).unwrap();
            node.storage.prune(4).unwrap();
        }
    }
}

#[test]
fn what_was_confirmed_survives_50_kills() {
    let kills = std::env::var("TENOR_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(50u64);
    let directory = tempfile::tempdir().unwrap();
    let mut dice = Dice::new(kills);
    let mut confirmed: BTreeMap<u64, String> = BTreeMap::new();
    for kill in 0..kills {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "child", "--nocapture"])
            .env(CHILD, directory.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        assert!(lines.by_ref().any(|line| line.unwrap().ends_with("ready")), "the child did not start");
        let until = Instant::now() + Duration::from_micros(dice.below(40_000));
        let mut killed = false;
        for line in lines {
            // A line may be cut by the kill; then it was not said.
            if let Some((version, receipt)) = line.unwrap().split_once(' ')
                && let Ok(version) = version.parse()
                && receipt.len() == 66
            {
                confirmed.insert(version, receipt.to_owned());
            }
            if !killed && Instant::now() >= until {
                child.kill().unwrap();
                killed = true;
            }
        }
        child.wait().unwrap();
        let (_directory, node) = start(directory.path());
        for (version, receipt) in confirmed.iter().rev().take(3000) {
            let found = node.storage.transaction(*version).unwrap();
            assert_eq!(&found.receipt.hash().to_string(), receipt, "kill {kill}, version {version}");
        }
    }
    let (_directory, node) = start(directory.path());
    for (version, receipt) in &confirmed {
        assert_eq!(&node.storage.transaction(*version).unwrap().receipt.hash().to_string(), receipt);
    }
    println!(
        "{} versions confirmed over {kills} kills, head {}",
        confirmed.len(),
        node.storage.head().unwrap().header.height
    );
}
