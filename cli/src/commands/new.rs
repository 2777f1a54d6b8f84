use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};
use serde_json::json;
use types::genesis::DaLayer;

use crate::genesis::{Choices, Summary, make, summarize, to_json};
use crate::ui::Ui;
use crate::venue::{self, Venue};
use crate::{keys, rust_chain};

/// Write a new chain: configuration, genesis, keys, and a Move package to start from.
///
/// Example: tenor new my-chain --template option
///          tenor new my-chain --rust
#[derive(Debug, Args)]
pub(crate) struct New {
    /// The directory to make.
    directory: PathBuf,
    /// The Move package to start from.
    #[arg(long, value_enum, default_value_t = Template::Counter)]
    template: Template,
    /// Write a crate instead that embeds the framework and adds a native function.
    #[arg(long, conflicts_with = "template")]
    rust: bool,
    /// The framework's sources for `--rust`; without it those that this binary was built from.
    #[arg(long, value_name = "DIR", requires = "rust")]
    framework: Option<PathBuf>,
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
    /// An exchange for perpetuals and options, its markets listed at genesis.
    Derivatives,
}

impl Template {
    fn package(self) -> &'static str {
        match self {
            Self::Counter => "Counter",
            Self::Option => "OptionExample",
            Self::Derivatives => "Venue",
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

fn configuration(name: &str, celestia: bool, block_interval_ms: u64) -> String {
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
         [sequencer]\nblock_interval_ms = {block_interval_ms}\n\n\
         {da}\n\
         [storage]\nprovable_blocks = 1024\n"
    )
}

/// The README's next commands, and what each kind of chain has beyond what all have.
fn readme(name: &str, kind: Kind) -> String {
    let (commands, more) = match kind {
        Kind::Template(Template::Counter) => (
            "tenor run                      # start the chain: REST on 8080, faucet on 8081\n\
             tenor deploy                   # in another terminal: build `move/` and publish it\n\
             tenor call default::counter::increment",
            "",
        ),
        Kind::Template(Template::Option) => (
            "tenor run                      # start the chain: REST on 8080, faucet on 8081\n\
             tenor deploy                   # in another terminal: build `move/` and publish it\n\
             tenor call default::oracle::create 2000000000000",
            "",
        ),
        Kind::Template(Template::Derivatives) => (
            "tenor run                             # start the chain: REST on 8080, faucet on 8081\n\
             tenor oracle BTC=60000 ETH=3000       # in another terminal: publish prices that wander\n\
             tenor keeper                          # in a third: funding, triggers, liquidations, settlements\n\
             tenor simulate --scenario crash       # or watch a market crash on a chain of its own, with a report",
            "- The exchange is in genesis under the account `default`, which governs it: perpetuals on BTC and ETH, settled in test \
             dollars that anyone may mint (`move/`). `venue.json` says where everything lies.\n\
             - To trade: `tenor account new me`, `tenor account fund me`, then `tenor call default::accounts::open 0 --as me`,\n  \
             `tenor call default::usd::mint ADDRESS 1000000000 --as me` for your address, `tenor call default::accounts::deposit ACCOUNT \
             1000000000 --as me` for the account that `tenor view default::accounts::address_of ADDRESS 0` names, and \
             `tenor call default::exchange::place_order ..`.\n\
             - `keys/oracle.key` relays prices and sets the surface, `keys/publisher-*.key` sign them, `keys/keeper.key` cranks.\n",
        ),
        Kind::Rust => (
            "cargo run --release            # build the node with this chain's natives, and start the chain\n\
             tenor deploy                   # in another terminal: build `move/` and publish it\n\
             tenor call default::numbers::keep 12 18",
            "- `src/natives.rs` holds the native functions; `move/sources/numbers.move` declares them. The account `default` is privileged in \
             genesis, so its modules may. Every node of the chain runs this binary; `tenor run` lacks the natives and would disagree.\n",
        ),
    };
    format!(
        "# {name}\n\nA chain of its own, made with `tenor new`. The next commands:\n\n```\n{commands}\n```\n\n\
         - `move/` is the application: Move modules and their unit tests (`tenor test`).\n\
         {more}\
         - `genesis.bcs` is what every node of the chain starts from; `genesis.json` says the same for people.\n\
         - `keys/` holds the sequencer's, the admin's and the faucet's keys, and `default`, which deploys. Keep them out of version control.\n\
         - `Tenor.toml` configures this node.\n"
    )
}

/// What is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A chain from a template.
    Template(Template),
    /// A chain with a crate of its own.
    Rust,
}

/// What the maker of a chain decides.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub(crate) kind: Kind,
    pub(crate) chain_id: u8,
    pub(crate) da: DaLayer,
    pub(crate) da_start: u64,
    pub(crate) block_interval_ms: u64,
    /// The framework's sources, for a crate.
    pub(crate) framework: Option<PathBuf>,
    /// A derivatives package in place of the built-in one.
    pub(crate) derivatives: Option<PathBuf>,
}

impl Plan {
    /// A chain from a template on the embedded layer.
    pub(crate) fn of(template: Template) -> Self {
        Self {
            kind: Kind::Template(template),
            chain_id: 4,
            da: DaLayer::Embedded,
            da_start: 0,
            block_interval_ms: 100,
            framework: None,
            derivatives: None,
        }
    }
}

/// Makes a chain's directory; used by `tenor new`, the demo, the bench and the simulator.
pub(crate) fn create(ui: Ui, directory: &Path, plan: &Plan) -> Result<Summary> {
    if directory.join(node::config::FILE_NAME).exists() {
        bail!("{} holds a chain already; choose another directory", directory.display());
    }
    let name = directory.file_name().map_or_else(|| "my-chain".to_string(), |name| name.to_string_lossy().into_owned());
    let mut named: Vec<(String, types::SigningKey)> = Vec::new();
    for file in ["sequencer", "admin", "faucet", "default"] {
        named.push((file.to_owned(), keys::generate()?));
    }
    let [(_, sequencer), (_, admin), (_, faucet), (_, default)] = named.as_slice() else {
        bail!("four keys were made")
    };
    let owner = default.address();
    let time_us = u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_micros())?;
    let choices = Choices {
        chain_id: plan.chain_id,
        name: name.clone(),
        time_us,
        da: plan.da.clone(),
        da_start: plan.da_start,
        sequencer: sequencer.public_key(),
        admin: admin.address(),
        faucet: faucet.address(),
    };
    let mut genesis = make(&choices)?;
    let mut files: Vec<(&str, String)> = Vec::new();
    match plan.kind {
        Kind::Rust => {
            genesis.privileged.push(owner);
            let root = rust_chain::framework(plan.framework.as_deref())?;
            files.extend(rust_chain::files(&name, &root)?);
        }
        Kind::Template(Template::Derivatives) => {
            let venue = Venue::at(owner);
            let oracle = keys::generate()?;
            let publishers: Vec<types::SigningKey> =
                (0..venue::PUBLISHERS).map(|_| keys::generate()).collect::<Result<_>>()?;
            let public: Vec<types::PublicKey> = publishers.iter().map(types::SigningKey::public_key).collect();
            venue::found(ui, &mut genesis, &venue, &public, oracle.address(), plan.derivatives.as_deref())?;
            files.push((venue::FILE_NAME, serde_json::to_string_pretty(&venue)?));
            named.push(("oracle".to_owned(), oracle));
            named.push(("keeper".to_owned(), keys::generate()?));
            let numbered = publishers.into_iter().zip(1..);
            named.extend(numbered.map(|(key, number)| (format!("publisher-{number}"), key)));
        }
        Kind::Template(Template::Counter | Template::Option) => {}
    }
    let summary = summarize(&genesis)?;
    for (file, key) in &named {
        keys::write(&keys::directory(directory).join(format!("{file}.key")), key)?;
    }
    for (file, text) in files {
        write(&directory.join(file), text)?;
    }
    let is_celestia = plan.da != DaLayer::Embedded;
    write(&directory.join("genesis.bcs"), genesis.to_bytes())?;
    write(&directory.join("genesis.json"), serde_json::to_string_pretty(&to_json(&genesis, &summary))?)?;
    write(&directory.join(node::config::FILE_NAME), configuration(&name, is_celestia, plan.block_interval_ms))?;
    write(&directory.join(".gitignore"), ".tenor\nkeys\nbuild\ntarget\n")?;
    write(&directory.join("README.md"), readme(&name, plan.kind))?;
    if let Kind::Template(template) = plan.kind {
        write_package(&directory.join("move"), template)?;
    }
    Ok(summary)
}

impl New {
    pub(crate) fn run(self, ui: Ui) -> Result<()> {
        if self.chain_id == 0 {
            bail!("chain id 0 is not allowed; 1 and 2 belong to public networks, 4 is what SDKs expect of a local one");
        }
        ui.step("Compiling", "the standard packages for genesis");
        let da = self.celestia.map_or(DaLayer::Embedded, |network| DaLayer::Celestia { network });
        let plan = Plan {
            kind: if self.rust { Kind::Rust } else { Kind::Template(self.template) },
            chain_id: self.chain_id,
            da,
            da_start: self.da_start,
            framework: self.framework,
            ..Plan::of(self.template)
        };
        let summary = create(ui, &self.directory, &plan)?;
        let hash = format!("0x{}", summary.genesis_hash.to_hex());
        ui.step("Created", self.directory.display());
        let run = if self.rust { "cargo run --release" } else { "tenor run" };
        ui.step("Next", format!("cd {} && {run}", self.directory.display()));
        ui.answer(&hash, &json!({ "directory": self.directory.display().to_string(), "genesis_hash": hash }));
        Ok(())
    }
}
