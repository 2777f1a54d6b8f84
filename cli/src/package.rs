//! Move packages on a disk: reading, building, showing what is wrong.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, anyhow};
use move_core_types::AccountAddress;
use move_package::build::Progress;
use move_package::files::FileSystem;
use move_package::graph::Mode;
use move_package::{BuildConfig, BuildError, Built, build};

use crate::ui::Ui;

/// The operating system's files.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DiskFiles;

impl FileSystem for DiskFiles {
    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, String> {
        match std::fs::read(path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(format!("cannot read {path}: {error}")),
        }
    }

    fn list(&self, path: &str) -> Result<Option<Vec<(String, bool)>>, String> {
        let entries = match std::fs::read_dir(path) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(format!("cannot list {path}: {error}")),
        };
        let mut found = Vec::new();
        for entry in entries {
            let entry = entry.map_err(|error| format!("cannot list {path}: {error}"))?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if !name.starts_with('.') {
                found.push((name, entry.path().is_dir()));
            }
        }
        found.sort();
        Ok(Some(found))
    }

    fn canonical(&self, path: &str) -> String {
        std::fs::canonicalize(path).map_or_else(|_| path.to_string(), |path| path.to_string_lossy().into_owned())
    }
}

/// `name=0xADDR` as given to `--named-addresses`.
pub(crate) fn named_addresses(given: &[String]) -> Result<BTreeMap<String, AccountAddress>> {
    let mut out = BTreeMap::new();
    for pair in given.iter().flat_map(|list| list.split(',')).filter(|pair| !pair.is_empty()) {
        let (name, address) =
            pair.split_once('=').with_context(|| format!("`{pair}` is not of the form name=0xADDRESS"))?;
        let address =
            AccountAddress::from_hex(address).map_err(|error| anyhow!("`{address}` is not an address: {error}"))?;
        out.insert(name.to_string(), address);
    }
    Ok(out)
}

/// Builds the package in `root`; diagnostics go to stderr.
pub(crate) fn compile(
    ui: Ui,
    root: &Path,
    mode: Mode,
    named_addresses: BTreeMap<String, AccountAddress>,
) -> Result<Built> {
    let root = root.to_str().context("the package's path is not UTF-8")?;
    let config = BuildConfig { mode, named_addresses, ..BuildConfig::default() };
    let started = std::time::Instant::now();
    let built = build(&DiskFiles, root, &config, &mut |progress| match progress {
        Progress::Note(text) => ui.detail(text),
        Progress::Including(name) => ui.detail(format!("including {name}")),
        Progress::Building(name) => ui.step("Building", name),
    });
    match built {
        Ok(built) => {
            let warnings = built.warnings();
            if !warnings.is_empty() {
                ui.note(warnings);
            }
            let modules = built.module_names().len();
            ui.step("Compiled", format!("{modules} modules in {:.2} s", started.elapsed().as_secs_f32()));
            Ok(built)
        }
        Err(BuildError::Compile(output)) => {
            ui.note(output.diagnostics.render());
            let count = output.diagnostics.errors().count();
            Err(anyhow!("the package does not compile: {count} error{}", if count == 1 { "" } else { "s" }))
        }
        Err(error) => Err(error.into()),
    }
}

/// Named addresses that the package's manifest leaves open.
pub(crate) fn open_addresses(root: &Path) -> Result<Vec<String>> {
    let path = root.join("Move.toml");
    let text =
        std::fs::read_to_string(&path).with_context(|| format!("there is no Move package in {}", root.display()))?;
    let table: toml::Table = text.parse().with_context(|| format!("{} is not TOML", path.display()))?;
    let addresses = table.get("addresses").and_then(|value| value.as_table());
    Ok(addresses
        .into_iter()
        .flatten()
        .filter(|(_, value)| value.as_str() == Some("_"))
        .map(|(name, _)| name.clone())
        .collect())
}
