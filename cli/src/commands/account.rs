use anyhow::Result;
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::client::Client;
use crate::ui::Ui;
use crate::{Target, keys};

/// Make, fund and list accounts.
///
/// Example: tenor account new alice && tenor account fund alice
#[derive(Debug, Args)]
pub(crate) struct Account {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Makes a key in `keys/NAME.key` and prints its address.
    New {
        /// What to call the account.
        name: String,
        #[command(flatten)]
        target: Target,
    },
    /// Asks the faucet for coins.
    Fund {
        /// A name in `keys/`, or an address.
        account: String,
        /// Smallest units; 10^8 make a coin.
        #[arg(long, default_value_t = 100_000_000_000)]
        amount: u64,
        /// Address of the faucet.
        #[arg(long, default_value = "http://127.0.0.1:8081", env = "TENOR_FAUCET_URL")]
        faucet: String,
        #[command(flatten)]
        target: Target,
    },
    /// Lists the accounts whose keys are here, with their balances.
    List {
        #[command(flatten)]
        target: Target,
    },
}

/// The address of a name in `keys/`, or an address written out.
pub(crate) fn address(target: &Target, account: &str) -> Result<String> {
    if let Ok(address) = move_core_types::AccountAddress::from_hex_literal(account) {
        return Ok(address.to_string());
    }
    Ok(keys::find(&target.chain, account)?.address().to_string())
}

impl Account {
    pub(crate) fn run(self, ui: Ui) -> Result<()> {
        match self.action {
            Action::New { name, target } => {
                let key = keys::generate()?;
                let path = keys::directory(&target.chain).join(format!("{name}.key"));
                keys::write(&path, &key)?;
                ui.step("Created", path.display());
                ui.answer(key.address(), &json!({ "name": name, "address": key.address().to_string() }));
            }
            Action::Fund { account, amount, faucet, target } => {
                let address = address(&target, &account)?;
                let answer =
                    Client::new(&faucet).post_json("/fund", &json!({ "address": address, "amount": amount }))?;
                let hash = answer.pointer("/txn_hashes/0").and_then(Value::as_str).unwrap_or_default();
                let hash = format!("0x{}", hash.trim_start_matches("0x"));
                Client::new(&target.url).wait(&hash, 30)?;
                ui.step("Funded", format!("{address} with {amount}"));
                ui.answer(&hash, &json!({ "address": address, "amount": amount, "hash": hash }));
            }
            Action::List { target } => {
                let client = Client::new(&target.url);
                for name in keys::names(&target.chain)? {
                    let address = keys::find(&target.chain, &name)?.address();
                    let balance =
                        client.get(&format!("/v1/accounts/{address}/balance/0x1::aptos_coin::AptosCoin")).ok();
                    let shown = balance.as_ref().map_or_else(|| "-".to_string(), ToString::to_string);
                    ui.line(
                        format!("{name:<12} {address} {shown:>20}"),
                        || json!({ "name": name, "address": address.to_string(), "balance": balance }),
                    );
                }
            }
        }
        Ok(())
    }
}
