//! Lists the Move packages below this directory, so that `lib.rs` embeds every file of them.
//!
//! A package is a directory with a `Move.toml`; its files are the manifest and every `*.move` below `sources`, `scripts`
//! and `tests`. The list is sorted by path: two builds of the same tree embed the same bytes.
#![expect(
    clippy::expect_used,
    clippy::disallowed_methods,
    reason = "a build script reads files and may stop the build"
)]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

/// Packages lie at most this deep: `examples/counter`.
const DEPTH_MAX: usize = 2;

fn main() {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR").expect("cargo sets CARGO_MANIFEST_DIR"));
    let out = PathBuf::from(env::var("OUT_DIR").expect("cargo sets OUT_DIR"));
    println!("cargo::rerun-if-changed=.");

    let mut packages = Vec::new();
    find_packages(&root, &root, 0, &mut packages);

    let mut text = String::from("&[\n");
    for directory in &packages {
        let manifest = fs::read_to_string(root.join(directory).join("Move.toml")).expect("manifest is readable");
        writeln!(
            text,
            "    Package {{ name: {:?}, directory: {:?}, manifest: include_str!({:?}), files: &[",
            package_name(&manifest),
            directory,
            root.join(directory).join("Move.toml"),
        )
        .expect("writing to a string");
        for file in move_files(&root.join(directory)) {
            let path = root.join(directory).join(&file);
            writeln!(text, "        PackageFile {{ path: {file:?}, text: include_str!({path:?}) }},")
                .expect("writing to a string");
        }
        text.push_str("    ] },\n");
    }
    text.push_str("]\n");
    fs::write(out.join("packages.rs"), text).expect("the list is writable");
}

/// Appends the directories below `at` that hold a manifest, as paths relative to `root` with `/`, in path order.
fn find_packages(root: &Path, at: &Path, depth: usize, found: &mut Vec<String>) {
    if at.join("Move.toml").is_file() {
        found.push(relative(root, at));
        return;
    }
    if depth == DEPTH_MAX {
        return;
    }
    for directory in children(at).into_iter().filter(|path| path.is_dir()) {
        find_packages(root, &directory, depth + 1, found);
    }
}

/// The `*.move` files of the package at `root`, relative, sorted.
fn move_files(root: &Path) -> Vec<String> {
    let mut files = Vec::new();
    let mut open: Vec<PathBuf> = ["sources", "scripts", "tests"].iter().map(|part| root.join(part)).collect();
    while let Some(directory) = open.pop() {
        if !directory.is_dir() {
            continue;
        }
        for path in children(&directory) {
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "move") {
                files.push(relative(root, &path));
            }
        }
    }
    files.sort();
    files
}

/// Visible entries of a directory, sorted.
fn children(directory: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = fs::read_dir(directory)
        .expect("directory is readable")
        .map(|entry| entry.expect("entry is readable").path())
        .filter(|path| path.file_name().is_some_and(|name| !name.to_string_lossy().starts_with('.')))
        .collect();
    paths.sort();
    paths
}

fn relative(root: &Path, path: &Path) -> String {
    let path = path.strip_prefix(root).expect("path lies below the root");
    path.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}

/// The value of the first `name = "..."` line: the manifests here are ours, and `[package]` comes first.
fn package_name(manifest: &str) -> String {
    manifest
        .lines()
        .find_map(|line| {
            line.trim()
                .strip_prefix("name")?
                .trim_start()
                .strip_prefix('=')?
                .trim()
                .strip_prefix('"')?
                .strip_suffix('"')
        })
        .expect("the manifest names its package")
        .to_owned()
}
