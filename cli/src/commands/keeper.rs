use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use anyhow::{Context, Result};
use clap::Args;
use move_core_types::AccountAddress;
use serde_json::{Value, json};
use types::SigningKey;
use types::transaction::EntryFunction;

use super::deploy::fund_if_poor;
use crate::client::Client;
use crate::sim::actors::DOLLAR;
use crate::sim::mirror::{address_at, number, signed};
use crate::tx::{self, GasOptions};
use crate::ui::Ui;
use crate::venue::{Venue, arg};
use crate::{Target, keys};

/// Turn the cranks of an exchange: funding, triggers, liquidations, settlements, sweeps.
///
/// Example: tenor keeper --rounds 10
#[derive(Debug, Args)]
pub(crate) struct Keeper {
    /// Milliseconds between two rounds.
    #[arg(long, default_value_t = 1_000)]
    every_ms: u64,
    /// End after so many rounds; 0: never.
    #[arg(long, default_value_t = 0)]
    rounds: u64,
    /// Test dollars that the keeper's account begins with, which pay for what it takes over.
    #[arg(long, default_value_t = 1_000_000)]
    capital: u64,
    /// Where to ask for coins if the keeper has none; empty: do not ask.
    #[arg(long, default_value = "http://127.0.0.1:8081", env = "TENOR_FAUCET_URL")]
    faucet: String,
    #[command(flatten)]
    target: Target,
}

const GAS: GasOptions = GasOptions { max_gas_amount: 200_000, gas_unit_price: 100 };
/// Accounts of one settlement.
const SETTLE_MAX: usize = 20;
/// Seconds between two sweeps of fees.
const SWEEP_S: u64 = 600;

struct Crank {
    ui: Ui,
    client: Client,
    venue: Venue,
    key: SigningKey,
    account: AccountAddress,
    /// Every account that was opened, and the version up to which that is known.
    accounts: BTreeSet<AccountAddress>,
    known_to: u64,
    /// The minute and the hour of the last sample and accrual by market, and the time of the last sweep.
    done: BTreeMap<AccountAddress, (u64, u64, u64)>,
}

impl Crank {
    fn view(&self, function: &str, args: &[Value]) -> Result<Value> {
        let function = format!("{}::{function}", self.venue.address);
        self.client.post_json("/v1/view", &json!({ "function": function, "type_arguments": [], "arguments": args }))
    }

    /// Sends a call; what the exchange refuses is only worth a remark, for somebody else may have been faster.
    fn send(&self, what: &str, call: EntryFunction) -> bool {
        match tx::send(&self.client, &self.key, call, GAS) {
            Ok(outcome) => {
                let hash = outcome.get("hash").and_then(Value::as_str).unwrap_or_default();
                self.ui.line(what, || json!({ "done": what, "hash": hash }));
                true
            }
            Err(error) => {
                self.ui.detail(format!("{what}: {error:#}"));
                false
            }
        }
    }

    fn call(&self, module: &str, function: &str, args: Vec<Vec<u8>>) -> Result<EntryFunction> {
        self.venue.call(module, function, args)
    }

    /// Learns of accounts that were opened since.
    fn find_accounts(&mut self) -> Result<()> {
        let tag = format!("{}::accounts::AccountOpened", self.venue.address);
        loop {
            let found = self.client.get(&format!("/v1/rollup/events?type={tag}&start={}&limit=100", self.known_to))?;
            let found = found.as_array().context("events are no list")?;
            let before = self.accounts.len();
            for event in found {
                self.accounts.insert(address_at(event, "/data/account")?);
                self.known_to = self.known_to.max(number(event, "/version")?);
            }
            // A page begins with the version at which the last one ended.
            if found.len() < 100 || self.accounts.len() == before {
                return Ok(());
            }
        }
    }

    /// Premium samples by the minute, funding by the hour, waiting orders, fees.
    fn turn(&mut self) -> Result<()> {
        let now = tx::now_secs()?;
        for market in self.venue.markets.clone() {
            let at = market.perp;
            let (minute, hour, swept) = self.done.get(&at).copied().unwrap_or((0, now / 3600, now));
            if now / 60 != minute {
                let sample = self.call("markets", "sample_premium", vec![arg(&at)?])?;
                self.send(&format!("sampled the premium of {}", market.symbol), sample);
                let triggers =
                    self.call("exchange", "crank_triggers", vec![arg(&self.account)?, arg(&at)?, arg(&10u64)?])?;
                self.send(&format!("looked at the triggers of {}", market.symbol), triggers);
            }
            if now / 3600 != hour {
                let funding = self.call("keepers", "crank_funding", vec![arg(&self.account)?, arg(&at)?])?;
                self.send(&format!("accrued the funding of {}", market.symbol), funding);
            }
            let sweeps = now >= swept + SWEEP_S;
            if sweeps {
                let sweep = self.call("keepers", "sweep_fees", vec![arg(&at)?])?;
                self.send(&format!("swept the fees of {}", market.symbol), sweep);
            }
            self.done.insert(at, (now / 60, now / 3600, if sweeps { now } else { swept }));
        }
        Ok(())
    }

    /// Fixes prices of expired series and settles who is in them.
    fn settle(&self) -> Result<()> {
        let now = tx::now_secs()?;
        for market in &self.venue.markets {
            let expiries = self.view("markets::expiries_of", &[json!(market.feed.to_string())])?;
            let expiries = expiries.pointer("/0").and_then(Value::as_array).cloned().unwrap_or_default();
            for expiry in expiries {
                let Some(time) = expiry.as_str().and_then(|text| text.parse::<u64>().ok()).filter(|time| *time < now)
                else {
                    continue;
                };
                let listed =
                    self.view("markets::series_of", &[json!(market.feed.to_string()), json!(time.to_string())])?;
                for series in listed.pointer("/0").and_then(Value::as_array).into_iter().flatten() {
                    let at = series.as_str().context("a series is no address")?;
                    self.settle_series(at)?;
                }
            }
        }
        Ok(())
    }

    fn settle_series(&self, at: &str) -> Result<()> {
        let market = AccountAddress::from_hex(at).map_err(|error| anyhow::anyhow!("{at}: {error}"))?;
        let terms = self.view("markets::series", &[json!(at)])?;
        if number::<u64>(&terms, "/4")? == 0 {
            let fix = self.call("markets", "fix_settlement", vec![arg(&market)?])?;
            if !self.send(&format!("fixed the settlement of {at}"), fix) {
                return Ok(());
            }
        }
        let mut inside = Vec::new();
        for account in &self.accounts {
            let markets = self.view("accounts::markets", &[json!(account.to_string())])?;
            let named = markets.pointer("/0").and_then(Value::as_array).into_iter().flatten();
            if named
                .filter_map(Value::as_str)
                .any(|named| AccountAddress::from_hex(named).is_ok_and(|named| named == market))
            {
                inside.push(*account);
            }
        }
        for batch in inside.chunks(SETTLE_MAX) {
            let settle = self.call("keepers", "settle_batch", vec![arg(&self.account)?, arg(&market)?, arg(batch)?])?;
            self.send(&format!("settled {} positions of {at}", batch.len()), settle);
        }
        Ok(())
    }

    /// Liquidates who is below the maintenance requirement.
    fn liquidate(&self) -> Result<()> {
        for account in self.accounts.iter().filter(|account| **account != self.account) {
            let shown = json!(account.to_string());
            let health = self.view("risk::health", std::slice::from_ref(&shown))?;
            let mm = signed(&health, "/0/mm")?;
            if mm >= 0 {
                continue;
            }
            let needed: i128 = number(&health, "/0/mm_total")?;
            let equity = mm + needed;
            for market in &self.venue.markets {
                let position = self.view("markets::position", &[json!(market.perp.to_string()), shown.clone()])?;
                if signed(&position, "/0")? == 0 {
                    continue;
                }
                let both = vec![arg(&self.account)?, arg(account)?, arg(&market.perp)?];
                let call = if equity <= 0 {
                    let none: Vec<AccountAddress> = Vec::new();
                    self.call("keepers", "resolve_bankruptcy", [both, vec![arg(&none)?]].concat())?
                } else {
                    self.call("keepers", "liquidate_perp", [both, vec![arg(&0u64)?, arg(&0u64)?]].concat())?
                };
                self.send(&format!("liquidated {account} in {}", market.symbol), call);
            }
        }
        Ok(())
    }
}

impl Keeper {
    pub(crate) fn run(self, ui: Ui) -> Result<()> {
        let client = Client::new(&self.target.url);
        let key = keys::find(&self.target.chain, "keeper")?;
        fund_if_poor(ui, &client, &self.faucet, key.address(), 1_000_000_000)?;
        let venue = Venue::load(&self.target.chain)?;
        let account = Venue::account(&key.address(), 0);
        let mut crank =
            Crank { ui, client, venue, key, account, accounts: BTreeSet::new(), known_to: 0, done: BTreeMap::new() };
        let tag = format!("{}::accounts::Account", crank.venue.address);
        if crank.client.find(&format!("/v1/accounts/{account}/resource/{tag}"))?.is_none() {
            let amount = self.capital.saturating_mul(DOLLAR);
            let owner = crank.key.address();
            for (module, function, args) in [
                ("usd", "mint", vec![arg(&owner)?, arg(&amount)?]),
                ("accounts", "open", vec![arg(&0u8)?]),
                ("accounts", "deposit", vec![arg(&account)?, arg(&amount)?]),
            ] {
                let call = crank.call(module, function, args)?;
                tx::send(&crank.client, &crank.key, call, GAS)
                    .with_context(|| format!("opening the keeper's account: {function}"))?;
            }
            ui.step("Opened", format!("the keeper's account {account}"));
        }
        let mut round = 0;
        loop {
            crank.find_accounts()?;
            crank.turn()?;
            crank.settle()?;
            crank.liquidate()?;
            round += 1;
            if round == self.rounds {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(self.every_ms));
        }
    }
}
