use anyhow::{Context, Result};
use clap::Args;
use da_adapter::{Blob, DataAvailability, Namespace};
use serde_json::json;
use types::Namespaces;

use crate::client::Client;
use crate::tx::{self, GasOptions};
use crate::ui::Ui;
use crate::{Target, da, keys};

/// Post a transaction to DA itself, so that the sequencer has to take it.
///
/// Example: tenor force 0xcafe::counter::increment --as alice --da .tenor/da
#[derive(Debug, Args)]
pub(crate) struct Force {
    /// ADDR::module::function
    function: String,
    /// Arguments, converted by the function's ABI.
    args: Vec<String>,
    /// Type arguments.
    #[arg(long = "type-args", value_name = "TYPE", num_args = 1..)]
    type_args: Vec<String>,
    /// Who sends: a name in `keys/` or a key file.
    #[arg(long = "as", default_value = "default", value_name = "ACCOUNT")]
    sender: String,
    /// The DA layer: a directory, or the address of a Celestia node.
    #[arg(long, default_value = ".tenor/da", value_name = "DIR|URL")]
    da: String,
    /// Authorization token of the Celestia node.
    #[arg(long, env = "TENOR_CELESTIA_TOKEN")]
    celestia_token: Option<String>,
    #[command(flatten)]
    target: Target,
}

impl Force {
    pub(crate) fn run(self, ui: Ui) -> Result<()> {
        let client = Client::new(&self.target.url);
        let key = keys::find(&self.target.chain, &self.sender)?;
        let call = tx::call(&client, &keys::resolve(&self.target.chain, &self.function), &self.type_args, &self.args)?;
        let number = tx::sequence_number(&client, key.address())?;
        let transaction = tx::sign(&key, number, tx::chain_id(&client)?, call, GasOptions::default())?;
        let info = client.get("/v1/rollup/info")?;
        let genesis_hash =
            info.get("genesis_hash").and_then(|v| v.as_str()).context("the node did not name its genesis")?;
        let genesis_hash = hex::decode(genesis_hash.trim_start_matches("0x"))?;
        let genesis_hash =
            types::Hash(genesis_hash.try_into().map_err(|_| anyhow::anyhow!("the genesis hash is not 32 bytes"))?);
        let namespace = Namespace::new_v0(Namespaces::of(&genesis_hash).forced)?;
        let blob = Blob::new(namespace, types::forced::wrap(transaction.bytes()));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let height = runtime.block_on(async {
            let da = da::open(&self.da, self.celestia_token.as_deref())?;
            da.submit(&[blob]).await.context("the DA layer did not take the blob")
        })?;
        ui.step("Posted", format!("to DA height {height}; the next block that reads it must take it"));
        let hash = format!("0x{}", transaction.hash().to_hex());
        ui.answer(&hash, &json!({ "hash": hash, "da_height": height.to_string() }));
        Ok(())
    }
}
