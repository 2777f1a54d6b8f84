use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Args;
use move_package::graph::Mode;
use serde_json::json;

use crate::package::{compile, named_addresses, open_addresses};
use crate::ui::Ui;

/// Compile a Move package into its `build` directory.
///
/// Example: tenor build --named-addresses counter=0xcafe
#[derive(Debug, Args)]
pub(crate) struct Build {
    /// The package's directory; without it `move/`, or this one.
    package: Option<PathBuf>,
    /// Addresses that the manifest leaves open: name=0xADDR,...
    #[arg(long, value_name = "NAME=ADDR")]
    named_addresses: Vec<String>,
}

/// The package that a command means when none is named.
pub(crate) fn package_directory(given: Option<PathBuf>) -> PathBuf {
    given.unwrap_or_else(|| {
        let here = PathBuf::from(".");
        if here.join("Move.toml").is_file() { here } else { PathBuf::from("move") }
    })
}

impl Build {
    pub(crate) fn run(self, ui: Ui) -> Result<()> {
        let root = package_directory(self.package);
        let mut named = named_addresses(&self.named_addresses)?;
        let mode =
            if open_addresses(&root)?.iter().all(|name| named.contains_key(name)) { Mode::Normal } else { Mode::Dev };
        if mode == Mode::Dev {
            ui.detail("open addresses take their values for development");
        }
        let built = compile(ui, &root, mode, std::mem::take(&mut named))?;
        for (path, bytes) in built.files() {
            let path = root.join("build").join(path);
            if let Some(parent) = path.parent() {
                std::fs::create_dir_all(parent).with_context(|| format!("cannot create {}", parent.display()))?;
            }
            std::fs::write(&path, bytes).with_context(|| format!("cannot write {}", path.display()))?;
        }
        ui.step("Wrote", root.join("build").display());
        let names = built.module_names();
        ui.answer(names.join("\n"), &json!({ "Result": names }));
        Ok(())
    }
}
