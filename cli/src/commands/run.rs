use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::{Args, ValueEnum};
use node::config::{Config, DaKind, Role};
use serde_json::json;

use crate::ui::Ui;

/// Start the chain in this directory.
///
/// Example: tenor run --listen 127.0.0.1:0
#[derive(Debug, Args)]
pub(crate) struct Run {
    /// The chain's directory.
    #[arg(long, default_value = ".", value_name = "DIR")]
    chain: PathBuf,
    /// Where the REST API listens; port 0 takes a free one. Given alone with port 0, faucet and indexer take free ones too.
    #[arg(long, value_name = "ADDR")]
    listen: Option<SocketAddr>,
    /// Where the faucet listens.
    #[arg(long, value_name = "ADDR")]
    faucet_listen: Option<SocketAddr>,
    /// Where the indexer answers listen.
    #[arg(long, value_name = "ADDR")]
    indexer_listen: Option<SocketAddr>,
    /// Run as a full node: read DA, execute, compare.
    #[arg(long)]
    full_node: bool,
    /// The genesis file, in place of the configured one.
    #[arg(long, value_name = "FILE")]
    genesis: Option<PathBuf>,
    /// The data directory, in place of the configured one.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Which data-availability layer.
    #[arg(long)]
    da: Option<DaArg>,
    /// Directory of the embedded layer.
    #[arg(long, value_name = "DIR")]
    da_path: Option<PathBuf>,
    /// Address of the Celestia node.
    #[arg(long, value_name = "URL")]
    celestia_url: Option<String>,
    /// Authorization token of the Celestia node.
    #[arg(long, env = "TENOR_CELESTIA_TOKEN")]
    celestia_token: Option<String>,
    /// Execute everything on both interpreters and halt on a difference.
    #[arg(long)]
    check: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum DaArg {
    Embedded,
    Celestia,
}

impl Run {
    fn config(&self) -> Result<Config> {
        let file = self.chain.join(node::config::FILE_NAME);
        // A full node needs nothing but the genesis file and DA.
        let mut config = if self.full_node && self.genesis.is_some() && !file.exists() {
            Config::default()
        } else {
            Config::load(&self.chain)?
        };
        if let Some(listen) = self.listen {
            config.node.listen = listen;
            if listen.port() == 0 {
                config.node.faucet_listen = listen;
                config.node.indexer_listen = listen;
            }
        }
        if let Some(listen) = self.faucet_listen {
            config.node.faucet_listen = listen;
        }
        if let Some(listen) = self.indexer_listen {
            config.node.indexer_listen = listen;
        }
        if self.full_node {
            config.node.role = Role::FullNode;
        }
        if let Some(genesis) = &self.genesis {
            config.chain.genesis.clone_from(genesis);
        }
        if let Some(data) = &self.data {
            config.node.data.clone_from(data);
        }
        match self.da {
            Some(DaArg::Embedded) => config.da.kind = DaKind::Embedded,
            Some(DaArg::Celestia) => config.da.kind = DaKind::Celestia,
            None => {}
        }
        if let Some(path) = &self.da_path {
            config.da.path.clone_from(path);
        }
        if let Some(url) = &self.celestia_url {
            config.da.celestia_url.clone_from(url);
        }
        if let Some(token) = &self.celestia_token {
            config.da.celestia_token.clone_from(token);
        }
        config.node.check |= self.check;
        Ok(config)
    }

    pub(crate) fn run(self, ui: Ui) -> Result<()> {
        let config = self.config()?;
        let filter = tracing_subscriber::EnvFilter::try_from_env("TENOR_LOG")
            .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new(if ui.verbose { "info" } else { "warn" }));
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
        let runtime =
            tokio::runtime::Builder::new_multi_thread().enable_all().build().context("cannot start the runtime")?;
        runtime.block_on(async {
            let node = node::Node::start(config).await?;
            let at = node.addresses();
            ui.step("Listening", format!("REST http://{}/v1", at.rest));
            if let Some(faucet) = at.faucet {
                ui.step("Listening", format!("faucet http://{faucet}"));
            }
            if let Some(indexer) = at.indexer {
                ui.step("Listening", format!("indexer http://{indexer}/v1/graphql"));
            }
            // One line when ready, for whoever started this process.
            let ready = json!({
                "ready": true,
                "rest": format!("http://{}/v1", at.rest),
                "faucet": at.faucet.map(|at| format!("http://{at}")),
                "indexer": at.indexer.map(|at| format!("http://{at}/v1/graphql")),
                "genesis_hash": format!("0x{}", node.genesis_hash().to_hex()),
            });
            ui.answer(&ready, &ready);
            node.wait().await
        })
    }
}
