use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};
use serde_json::json;
use types::genesis::DaLayer;

use crate::genesis::{Choices, Summary, make, summarize, to_json};
use crate::keys;
use crate::ui::Ui;

/// Write a new chain: configuration, genesis, keys, and a Move package to start from.
///
/// Example: tenor new my-chain --template option
#[derive(Debug, Args)]
pub(crate) struct New {
    /// The directory to make.
    directory: PathBuf,
    /// The Move package to start from.
    #[arg(long, value_enum, default_value_t = Template::Counter)]
    template: Template,
    /// One byte that wallets show; 4 is what SDKs expect of a local network.
    #[arg(long, default_value_t = 4)]
    chain_id: u8,
    /// Publish to this Celestia network instead of the embedded layer.
    #[arg(long, value_name = "NETWORK")]
    celestia: Option<String>,
    /// The DA height before the chain's first, on Celestia.
    #[arg(long, default_value_t = 0)]
    da_start: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Template {
    /// A counter for every account.
    Counter,
    /// A covered call with an oracle.
    Option,
}

impl Template {
    fn package(self) -> &'static str {
        match self {
            Self::Counter => "Counter",
            Self::Option => "OptionExample",
        }
    }
}

fn write(path: &Path, text: impl AsRef<[u8]>) -> Result<()> {
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent).with_context(|| format!("cannot create {}", parent.display()))?;
    }
    std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}

/// The template's Move package, its dependency on the framework resolved to the built-in one.
pub(crate) fn write_package(directory: &Path, template: Template) -> Result<()> {
    let package = move_packages::package(template.package()).context("the template is not in this binary")?;
    write(&directory.join("Move.toml"), package.manifest)?;
    for file in package.files {
        write(&directory.join(file.path), file.text)?;
    }
    Ok(())
}

fn configuration(name: &str, celestia: bool) -> String {
    let da = if celestia {
        "[da]\nkind = \"celestia\"\n# The node's JSON-RPC; the token may also come from TENOR_CELESTIA_TOKEN.\ncelestia_url = \"http://127.0.0.1:26658\"\n"
    } else {
        "[da]\n# A durable local log with the semantics of a real layer. `celestia` publishes for real.\nkind = \"embedded\"\npath = \".tenor/da\"\ninterval_ms = 1000\n"
    };
    format!(
        "# Configuration of one node. What all nodes agree on is in genesis.bcs.\n\n\
         [chain]\nname = \"{name}\"\ngenesis = \"genesis.bcs\"\n\n\
         [packages]\ndefault = \"move\"\n\n\
         [node]\ndata = \".tenor/data\"\nlisten = \"127.0.0.1:8080\"\nfaucet_listen = \"127.0.0.1:8081\"\nindexer_listen = \"127.0.0.1:8090\"\n\
         sequencer_key = \"keys/sequencer.key\"\nfaucet_key = \"keys/faucet.key\"\n\n\
         [sequencer]\nblock_interval_ms = 100\n\n\
         {da}\n\
         [storage]\nprovable_blocks = 1024\n"
    )
}

fn readme(name: &str, template: Template) -> String {
    let call = match template {
        Template::Counter => "tenor call default::counter::increment",
        Template::Option => "tenor call default::oracle::create 2000000000000",
    };
    format!(
        "# {name}\n\nA chain of its own, made with `tenor new`. The next three commands:\n\n\
         ```\ntenor run                      # start the chain: REST on 8080, faucet on 8081\n\
         tenor deploy                   # in another terminal: build `move/` and publish it\n\
         {call}\n```\n\n\
         - `move/` is the application: Move modules and their unit tests (`tenor test`).\n\
         - `genesis.bcs` is what every node of the chain starts from; `genesis.json` says the same for people.\n\
         - `keys/` holds the sequencer's, the admin's and the faucet's keys, and `default`, which deploys. Keep them out of version control.\n\
         - `Tenor.toml` configures this node.\n"
    )
}

/// Makes a chain's directory; used by `tenor new` and by the demo.
pub(crate) fn create(
    directory: &Path,
    template: Template,
    chain_id: u8,
    da: DaLayer,
    da_start: u64,
) -> Result<Summary> {
    if directory.join(node::config::FILE_NAME).exists() {
        bail!("{} holds a chain already; choose another directory", directory.display());
    }
    let name = directory.file_name().map_or_else(|| "my-chain".to_string(), |name| name.to_string_lossy().into_owned());
    let [sequencer, admin, faucet, default] =
        [keys::generate()?, keys::generate()?, keys::generate()?, keys::generate()?];
    let time_us = u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_micros())?;
    let is_celestia = da != DaLayer::Embedded;
    let choices = Choices {
        chain_id,
        name: name.clone(),
        time_us,
        da,
        da_start,
        sequencer: sequencer.public_key(),
        admin: admin.address(),
        faucet: faucet.address(),
    };
    let genesis = make(&choices)?;
    let summary = summarize(&genesis)?;
    for (file, key) in [("sequencer", &sequencer), ("admin", &admin), ("faucet", &faucet), ("default", &default)] {
        keys::write(&keys::directory(directory).join(format!("{file}.key")), key)?;
    }
    write(&directory.join("genesis.bcs"), genesis.to_bytes())?;
    write(&directory.join("genesis.json"), serde_json::to_string_pretty(&to_json(&genesis, &summary))?)?;
    write(&directory.join(node::config::FILE_NAME), configuration(&name, is_celestia))?;
    write(&directory.join(".gitignore"), ".tenor\nkeys\nbuild\n")?;
    write(&directory.join("README.md"), readme(&name, template))?;
    write_package(&directory.join("move"), template)?;
    Ok(summary)
}

impl New {
    pub(crate) fn run(self, ui: Ui) -> Result<()> {
        if self.chain_id == 0 {
            bail!("chain id 0 is not allowed; 1 and 2 belong to public networks, 4 is what SDKs expect of a local one");
        }
        ui.step("Compiling", "the standard packages for genesis");
        let da = self.celestia.map_or(DaLayer::Embedded, |network| DaLayer::Celestia { network });
        let summary = create(&self.directory, self.template, self.chain_id, da, self.da_start)?;
        let hash = format!("0x{}", summary.genesis_hash.to_hex());
        ui.step("Created", self.directory.display());
        ui.step("Next", format!("cd {} && tenor run", self.directory.display()));
        ui.answer(&hash, &json!({ "directory": self.directory.display().to_string(), "genesis_hash": hash }));
        Ok(())
    }
}
