//! The node of this chain: the framework's, with the natives of `natives.rs`.
//!
//! `cargo run --release -- [DIRECTORY] [ADDRESS]` starts the chain in the directory, REST on the address if one is given, and prints
//! one line of JSON when it is ready.

mod natives;

use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context, Result};
use tenor::{Node, config::Config};

fn main() -> Result<()> {
    let mut args = std::env::args_os().skip(1);
    let directory = args.next().map_or_else(|| PathBuf::from("."), PathBuf::from);
    let mut config = Config::load(&directory)?;
    if let Some(address) = args.next() {
        let address = address.to_str().context("an address is text")?.parse().context("that is no address")?;
        config.node.listen = address;
        config.node.faucet_listen = address;
        config.node.indexer_listen = address;
    }
    let genesis = config.genesis()?;
    // `tenor new --rust` lists the account `default`, which deploys `move/`.
    let owner = *genesis.privileged.first().context("genesis lists no address that may declare natives")?;
    let natives = natives::table(owner)?;
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
        let node = Node::start_with(config, natives).await?;
        let at = node.addresses();
        let faucet = at.faucet.map_or_else(|| "null".to_owned(), |at| format!("\"http://{at}\""));
        writeln!(std::io::stdout(), "{{\"ready\":true,\"rest\":\"http://{}/v1\",\"faucet\":{faucet}}}", at.rest)?;
        node.wait().await
    })
}
