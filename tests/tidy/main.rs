//! What must stay true of the repository itself: the arrows between rooms, and what no file may say.
#![expect(clippy::unwrap_used, reason = "a test fails loudly")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

/// What each room may lean on with normal and build dependencies: the table of rooms in ARCHITECTURE.md.
const ARROWS: &[(&str, &[&str])] = &[
    ("move-core-types", &[]),
    ("move-binary-format", &["move-core-types"]),
    ("move-bytecode-verifier", &["move-core-types", "move-binary-format"]),
    ("move-vm-runtime", &["move-core-types", "move-binary-format", "move-bytecode-verifier"]),
    ("move-natives", &["move-core-types", "move-binary-format", "move-vm-runtime"]),
    ("move-compiler", &["move-core-types", "move-binary-format", "move-bytecode-verifier"]),
    (
        "move-package",
        &[
            "move-core-types",
            "move-binary-format",
            "move-bytecode-verifier",
            "move-compiler",
            "move-vm-runtime",
            "move-natives",
            "move-packages",
        ],
    ),
    ("move-fmt", &["move-compiler"]),
    ("move-lsp", &["move-core-types", "move-compiler", "move-package", "move-fmt"]),
    (
        "transactional-tests",
        &["move-core-types", "move-binary-format", "move-compiler", "move-vm-runtime", "move-natives", "move-packages"],
    ),
    ("jellyfish-merkle", &[]),
    ("types", &["move-core-types", "jellyfish-merkle"]),
    (
        "executor",
        &[
            "types",
            "jellyfish-merkle",
            "move-core-types",
            "move-binary-format",
            "move-bytecode-verifier",
            "move-vm-runtime",
            "move-natives",
        ],
    ),
    ("storage", &["types", "jellyfish-merkle", "move-core-types"]),
    ("sequencer", &["types", "move-core-types"]),
    (
        "node",
        &[
            "types",
            "executor",
            "storage",
            "sequencer",
            "da-adapter",
            "jellyfish-merkle",
            "move-core-types",
            "move-binary-format",
            "move-vm-runtime",
            "move-natives",
        ],
    ),
    ("tenor", &["node", "executor", "types", "move-core-types", "move-natives", "move-vm-runtime"]),
    ("da-adapter", &[]),
    ("move-packages", &[]),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

fn tracked_files() -> Vec<PathBuf> {
    let out = Command::new("git").args(["ls-files", "-z"]).current_dir(root()).output().unwrap();
    assert!(out.status.success(), "git ls-files failed");
    String::from_utf8(out.stdout).unwrap().split('\0').filter(|p| !p.is_empty()).map(|p| root().join(p)).collect()
}

#[test]
fn every_arrow_between_rooms_points_down() {
    let metadata = cargo_metadata::MetadataCommand::new().current_dir(root()).no_deps().exec().unwrap();
    let allowed: BTreeMap<&str, BTreeSet<&str>> =
        ARROWS.iter().map(|(room, may)| (*room, may.iter().copied().collect())).collect();
    let rooms: BTreeSet<String> = metadata.packages.iter().map(|p| p.name.to_string()).collect();
    let mut bad = Vec::new();
    for package in &metadata.packages {
        let Some(may) = allowed.get(package.name.as_str()) else { continue };
        for dependency in &package.dependencies {
            let normal = dependency.kind != cargo_metadata::DependencyKind::Development;
            if normal && rooms.contains(&dependency.name) && !may.contains(dependency.name.as_str()) {
                bad.push(format!("{} -> {}", package.name, dependency.name));
            }
        }
    }
    assert!(bad.is_empty(), "arrows that are not in the table: {bad:?}");
    for room in allowed.keys() {
        assert!(rooms.contains(*room), "the table names `{room}`, which is no package");
    }
}

#[test]
fn no_file_names_a_machine_or_a_registry_host() {
    // Assembled so that this file does not contain what it forbids.
    let forbidden = [["/wo", "rk/shared"].concat(), ["/wo", "rk/main"].concat(), ["registry.np", "mjs.org"].concat()];
    let mut bad = Vec::new();
    for path in tracked_files() {
        if path.components().any(|part| part.as_os_str() == "vectors") {
            continue;
        }
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        for word in &forbidden {
            if text.contains(word.as_str()) {
                bad.push(format!("{}: {word}", path.display()));
            }
        }
    }
    assert!(bad.is_empty(), "{bad:#?}");
}

#[test]
fn no_test_is_muted_and_no_public_name_hides_a_stub() {
    let words = [["#[", "ignore"].concat(), ["todo", "!("].concat(), ["unimplemented", "!("].concat()];
    let mut bad = Vec::new();
    for path in tracked_files() {
        if path.extension().is_none_or(|e| e != "rs") {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        for word in &words {
            if text.contains(word.as_str()) {
                bad.push(format!("{}: {word}", path.display()));
            }
        }
    }
    assert!(bad.is_empty(), "{bad:#?}");
}

#[test]
fn every_crate_inherits_the_workspace_lints() {
    for path in tracked_files() {
        if path.file_name().is_some_and(|name| name == "Cargo.toml") && path.parent() != Some(root().as_path()) {
            let text = std::fs::read_to_string(&path).unwrap();
            assert!(text.contains("[lints]\nworkspace = true"), "{} does not inherit the lints", path.display());
        }
    }
}
