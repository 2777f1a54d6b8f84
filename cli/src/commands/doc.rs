use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Args;
use move_package::docs::{DocOptions, pages};
use move_package::graph::Mode;
use serde_json::json;

use super::build::package_directory;
use crate::package::{compile, named_addresses};
use crate::ui::Ui;

/// Write a page of documentation for each module of a package.
///
/// Example: tenor doc --public
#[derive(Debug, Args)]
pub(crate) struct Doc {
    /// The package's directory; without it `move/`, or this one.
    package: Option<PathBuf>,
    /// Leave out functions that nobody outside may call.
    #[arg(long)]
    public: bool,
    /// Leave out the text of functions.
    #[arg(long)]
    signatures: bool,
    /// Where the pages go; without it `build/PACKAGE/docs`.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Addresses that the manifest leaves open: name=0xADDR,...
    #[arg(long, value_name = "NAME=ADDR")]
    named_addresses: Vec<String>,
}

impl Doc {
    pub(crate) fn run(self, ui: Ui) -> Result<()> {
        let root = package_directory(self.package);
        let built = compile(ui, &root, Mode::Dev, named_addresses(&self.named_addresses)?)?;
        let options = DocOptions { private_functions: !self.public, implementation: !self.signatures };
        let directory =
            self.out.unwrap_or_else(|| root.join("build").join(&built.graph.root().manifest.name).join("docs"));
        std::fs::create_dir_all(&directory).with_context(|| format!("cannot create {}", directory.display()))?;
        for (path, text) in pages(&built, options) {
            let name = path.rsplit('/').next().unwrap_or(&path).to_owned();
            let path = directory.join(name);
            std::fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
            ui.line(path.display(), || json!({ "file": path.display().to_string() }));
        }
        Ok(())
    }
}
