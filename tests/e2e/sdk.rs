//! The official TypeScript SDK, unmodified, against a running node.

use std::path::Path;
use std::process::Command;

use crate::harness::World;

fn has(program: &str) -> bool {
    Command::new(program).arg("--version").output().is_ok_and(|out| out.status.success())
}

#[test]
fn the_typescript_sdk_works_unmodified() {
    if !has("npm") || !has("node") {
        eprintln!("NOT RUN: the TypeScript SDK flow, because npm or node is not installed");
        assert!(std::env::var_os("CI").is_none(), "in CI npm and node must be there");
        return;
    }
    let home = tempfile::tempdir().unwrap();
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("e2e/sdk");
    for file in ["package.json", "package-lock.json", "flow.mjs"] {
        std::fs::copy(sources.join(file), home.path().join(file)).unwrap();
    }
    let install =
        Command::new("npm").args(["ci", "--no-audit", "--no-fund"]).current_dir(home.path()).output().unwrap();
    assert!(install.status.success(), "npm ci: {}", String::from_utf8_lossy(&install.stderr));
    let world = World::new("counter");
    let node = world.run();
    let counter = node.deploy(&world.chain());
    let flow = Command::new("node")
        .args(["flow.mjs", &format!("{}/v1", node.rest), &node.faucet, &node.indexer, &counter])
        .current_dir(home.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&flow.stdout).into_owned();
    let why = String::from_utf8_lossy(&flow.stderr).into_owned();
    assert!(flow.status.success() && said.trim_end().ends_with("sdk: ok"), "{said}{why}");
}
