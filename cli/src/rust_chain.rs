//! What `tenor new --rust` writes: a crate that embeds the framework through its facade and adds one native function.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

const MANIFEST: &str = include_str!("../templates/rust/Cargo.toml.in");
const MAIN: &str = include_str!("../../framework/tenor/examples/chain/main.rs");
const NATIVES: &str = include_str!("../../framework/tenor/examples/chain/natives.rs");
const PACKAGE: &str = include_str!("../templates/rust/Move.toml.in");
const MODULE: &str = include_str!("../templates/rust/numbers.move.in");

/// The framework's sources: those given, or those that this binary was built from.
pub(crate) fn framework(given: Option<&Path>) -> Result<PathBuf> {
    let root = given.map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join(".."), Path::to_path_buf);
    let facade = root.join("framework/tenor");
    if !facade.join("Cargo.toml").is_file() {
        bail!("there are no sources of the framework in {}; say where they are with --framework DIR", root.display());
    }
    root.canonicalize().with_context(|| format!("cannot resolve {}", root.display()))
}

/// The profiles of the framework's workspace, so that the chain's node is built as the framework's own is.
fn profiles(root: &Path) -> Result<String> {
    let path = root.join("Cargo.toml");
    let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let table: toml::Table = text.parse().with_context(|| format!("{} is not TOML", path.display()))?;
    let mut out = toml::Table::new();
    if let Some(profile) = table.get("profile") {
        out.insert("profile".to_owned(), profile.clone());
    }
    Ok(toml::to_string(&out)?)
}

/// The files of the crate and of its Move package, with their paths.
pub(crate) fn files(name: &str, root: &Path) -> Result<Vec<(&'static str, String)>> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if !name.starts_with(|c: char| c.is_ascii_alphabetic()) || !name.chars().all(is_name) {
        bail!("`{name}` cannot be the name of a crate: letters, digits, `-` and `_`, a letter first");
    }
    let facade = root.join("framework/tenor");
    let facade = facade.to_str().context("the path of the framework is not UTF-8")?;
    let manifest =
        MANIFEST.replace("{name}", name).replace("{framework}", facade).replace("{profiles}", &profiles(root)?);
    let mut files = vec![
        ("Cargo.toml", manifest),
        ("src/main.rs", MAIN.to_owned()),
        ("src/natives.rs", NATIVES.to_owned()),
        ("move/Move.toml", PACKAGE.to_owned()),
        ("move/sources/numbers.move", MODULE.to_owned()),
    ];
    // The framework's own choice of versions: what builds it builds this.
    let lock = root.join("Cargo.lock");
    if lock.is_file() {
        let text = std::fs::read_to_string(&lock).with_context(|| format!("cannot read {}", lock.display()))?;
        files.push(("Cargo.lock", text));
    }
    Ok(files)
}
