use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Context, Result, anyhow, bail};
use clap::Args;
use move_core_types::{AccountAddress, ModuleId};
use move_package::graph::Mode;
use serde_json::{Value, json};
use types::SigningKey;
use types::transaction::EntryFunction;

use super::build::package_directory;
use crate::client::Client;
use crate::package::{compile, named_addresses, open_addresses};
use crate::tx::{self, GasOptions};
use crate::ui::Ui;
use crate::{Target, keys};

/// Build a Move package and publish it under an account.
///
/// Example: tenor deploy move --as default
#[derive(Debug, Args)]
pub(crate) struct Deploy {
    /// The package's directory; without it `move/`, or this one.
    package: Option<PathBuf>,
    /// Who publishes: a name in `keys/` or a key file. Open named addresses become this account.
    #[arg(long = "as", default_value = "default", value_name = "ACCOUNT")]
    sender: String,
    /// Upgrade a package of the framework at this address, 0x1 to 0xf, as the chain's admin.
    #[arg(long, value_name = "ADDR")]
    at: Option<String>,
    /// Addresses that the manifest leaves open: name=0xADDR,...
    #[arg(long, value_name = "NAME=ADDR")]
    named_addresses: Vec<String>,
    /// Where to ask for coins if the account has none; empty: do not ask.
    #[arg(long, default_value = "http://127.0.0.1:8081", env = "TENOR_FAUCET_URL")]
    faucet: String,
    /// Most gas units of each transaction.
    #[arg(long, default_value_t = 1_000_000)]
    max_gas: u64,
    #[command(flatten)]
    target: Target,
}

/// Bytes of code in one transaction when a package goes up in pieces.
const CHUNK_BYTES: usize = 55_000;
/// A publication with more bytes than this goes up in pieces.
const SINGLE_BYTES_MAX: usize = 60_000;

fn framework_call(module: &str, function: &str, args: Vec<Vec<u8>>) -> Result<EntryFunction> {
    Ok(EntryFunction {
        module: ModuleId::new(AccountAddress::ONE, module.try_into()?),
        function: function.try_into()?,
        type_args: vec![],
        args,
    })
}

/// What one transaction lays down of a large package: a piece of its metadata, pieces of modules by index.
#[derive(Debug, Default)]
struct Stage {
    metadata: Vec<u8>,
    indices: Vec<u16>,
    code: Vec<Vec<u8>>,
}

/// The calls that publish a package: one, or several that lay it down in pieces.
///
/// * `at`: the framework's address that the admin upgrades; `None`: the sender's own.
pub(crate) fn publication_calls(
    metadata: &[u8],
    modules: &[Vec<u8>],
    at: Option<AccountAddress>,
) -> Result<Vec<EntryFunction>> {
    let size = metadata.len() + modules.iter().map(Vec::len).sum::<usize>();
    let place: Vec<Vec<u8>> = at.iter().map(|at| at.into_bytes().to_vec()).collect();
    if size <= SINGLE_BYTES_MAX {
        let args = [place, vec![bcs::to_bytes(metadata)?, bcs::to_bytes(modules)?]].concat();
        let (module, function) = match at {
            Some(_) => ("rollup", "upgrade_package"),
            None => ("code", "publish_package_txn"),
        };
        return Ok(vec![framework_call(module, function, args)?]);
    }
    let mut steps = vec![Stage::default()];
    let mut room = CHUNK_BYTES;
    let mut pieces: Vec<(Option<u16>, &[u8])> = metadata.chunks(CHUNK_BYTES).map(|piece| (None, piece)).collect();
    for (index, module) in modules.iter().enumerate() {
        let index = u16::try_from(index)?;
        pieces.extend(module.chunks(CHUNK_BYTES).map(|piece| (Some(index), piece)));
    }
    for (index, piece) in pieces {
        if piece.len() > room {
            steps.push(Stage::default());
            room = CHUNK_BYTES;
        }
        room -= piece.len();
        if let Some(step) = steps.last_mut() {
            match index {
                None => step.metadata.extend(piece),
                Some(index) => {
                    step.indices.push(index);
                    step.code.push(piece.to_vec());
                }
            }
        }
    }
    let last = steps.len() - 1;
    let call = |(i, Stage { metadata, indices, code }): (usize, Stage)| {
        let args = vec![bcs::to_bytes(&metadata)?, bcs::to_bytes(&indices)?, bcs::to_bytes(&code)?];
        match at {
            _ if i < last => framework_call("large_packages", "stage_code_chunk", args),
            None => framework_call("large_packages", "stage_code_chunk_and_publish_to_account", args),
            Some(_) => framework_call("rollup", "upgrade_staged_package", [place.clone(), args].concat()),
        }
    };
    steps.into_iter().enumerate().map(call).collect()
}

/// Asks the faucet if the account cannot pay for a publication.
pub(crate) fn fund_if_poor(ui: Ui, client: &Client, faucet: &str, address: AccountAddress, needed: u64) -> Result<()> {
    let balance =
        client.get(&format!("/v1/accounts/{address}/balance/0x1::aptos_coin::AptosCoin"))?.as_u64().unwrap_or(0);
    if balance >= needed || faucet.is_empty() {
        return Ok(());
    }
    let body = json!({ "address": address.to_string(), "amount": needed.saturating_mul(10).min(100_000_000_000) });
    let answer = Client::new(faucet)
        .post_json("/fund", &body)
        .context("the account has no coins and the faucet did not give any")?;
    let hash =
        answer.pointer("/txn_hashes/0").and_then(Value::as_str).context("the faucet did not name a transaction")?;
    client.wait(hash, 30)?;
    ui.step("Funded", address);
    Ok(())
}

/// Publishes and returns the last transaction's outcome.
pub(crate) fn publish(
    ui: Ui,
    client: &Client,
    key: &SigningKey,
    metadata: &[u8],
    modules: &[Vec<u8>],
    at: Option<AccountAddress>,
    gas: GasOptions,
) -> Result<Value> {
    let mut calls = publication_calls(metadata, modules, at)?;
    let area = format!("/v1/accounts/{}/resource/0x1::large_packages::StagingArea", key.address());
    if calls.len() > 1 && client.find(&area)?.is_some() {
        // What a publication that broke off left there would stand before the pieces of this one.
        calls.insert(0, framework_call("large_packages", "cleanup_staging_area", vec![])?);
    }
    let count = calls.len();
    let progress = ui.progress(u64::try_from(count)?, "Publishing");
    let mut outcome = Value::Null;
    for call in calls {
        outcome = tx::send(client, key, call, gas)?;
        progress.inc(1);
    }
    progress.finish_and_clear();
    if count > 1 {
        ui.step("Staged", format!("in {count} pieces"));
    }
    Ok(outcome)
}

impl Deploy {
    pub(crate) fn run(self, ui: Ui) -> Result<()> {
        let root = package_directory(self.package);
        let client = Client::new(&self.target.url);
        let key = keys::find(&self.target.chain, &self.sender)?;
        let at = self.at.as_deref().map(AccountAddress::from_hex).transpose();
        let at = at.map_err(|error| anyhow!("`--at` is not an address: {error}"))?;
        let mut named: BTreeMap<String, AccountAddress> = named_addresses(&self.named_addresses)?;
        for name in open_addresses(&root)? {
            named.entry(name).or_insert(at.unwrap_or(key.address()));
        }
        let built = compile(ui, &root, Mode::Normal, named)?;
        let (metadata, modules) = built.publication();
        if modules.is_empty() {
            bail!("the package in {} has no modules to publish", root.display());
        }
        let gas = GasOptions { max_gas_amount: self.max_gas, ..GasOptions::default() };
        fund_if_poor(ui, &client, &self.faucet, key.address(), gas.max_gas_amount.saturating_mul(gas.gas_unit_price))?;
        let address = at.unwrap_or(key.address());
        ui.step("Publishing", format!("{} modules to {address} at {}", modules.len(), client.url()));
        let outcome = publish(ui, &client, &key, &metadata, &modules, at, gas)?;
        let text = |name: &str| outcome.get(name).and_then(Value::as_str).unwrap_or_default().to_string();
        ui.step("Confirmed", format!("in version {}, {} gas units", text("version"), text("gas_used")));
        ui.answer(
            text("hash"),
            &json!({ "hash": text("hash"), "version": text("version"), "address": address.to_string(), "modules": built.module_names() }),
        );
        Ok(())
    }
}
