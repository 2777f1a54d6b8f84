use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use clap::Args;
use move_core_types::{AccountAddress, ModuleId};
use serde_json::json;
use types::transaction::EntryFunction;

use super::demo::Process;
use super::new::{Plan, Template, create};
use crate::client::Client;
use crate::keys;
use crate::publisher::{Publisher, Slice};
use crate::sim::actors::{Cast, Moment, Sent};
use crate::sim::random::{Random, Scenario, path};
use crate::sim::report::{Report, Sample, html};
use crate::sim::world::{Block, World};
use crate::ui::Ui;
use crate::venue::{E9, Venue, arg};

/// Drive an exchange with a seeded market, recompute its invariants at every block, and write a report.
///
/// Example: tenor simulate --scenario crash --out crash.html
#[derive(Debug, Args)]
pub(crate) struct Simulate {
    /// What the price does.
    #[arg(long, value_enum, default_value_t = Scenario::Calm)]
    scenario: Scenario,
    /// Accounts that trade.
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u64).range(10..=10_000))]
    accounts: u64,
    /// Option series; half of them expire during the run.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u64).range(0..=60))]
    series: u64,
    /// Blocks over which the price moves.
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u64).range(5..=5_000))]
    blocks: u64,
    /// Decides everything that looks like chance.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Milliseconds of a block on the chain that is started.
    #[arg(long, default_value_t = 1_000)]
    block_ms: u64,
    /// Blocks between two complete readings of the state.
    #[arg(long, default_value_t = 1)]
    audit_every: u64,
    /// Where the report goes.
    #[arg(long, default_value = "simulation.html", value_name = "FILE")]
    out: PathBuf,
    /// Drive this node instead of starting one; `--chain` is then its directory, with its keys.
    #[arg(long, requires = "chain")]
    url: Option<String>,
    /// A directory made with `tenor new --template derivatives`.
    #[arg(long, value_name = "DIR")]
    chain: Option<PathBuf>,
    /// A derivatives package in place of the built-in one.
    #[arg(long, value_name = "DIR", conflicts_with = "url")]
    package: Option<PathBuf>,
}

/// Coins for gas.
const GAS_MONEY: u64 = 50_000_000_000;
/// Volatility at the money, with 9 decimals.
const VOLATILITY: u64 = 600_000_000;
const MONTH: u64 = 30 * 86_400;
/// Blocks behind the last price.
const AFTER: u64 = 5;
/// Reports are dated so many milliseconds back, so that no block is older than a report in it.
const REPORT_LAG_MS: u64 = 50;

struct Run<'r> {
    ui: Ui,
    options: &'r Simulate,
    world: World,
    publisher: Publisher,
    cast: Cast,
    governance: AccountAddress,
    oracle: AccountAddress,
    /// Last report's time by market, in milliseconds.
    reported: Vec<u64>,
    expiries: [u64; 2],
    listed: Vec<AccountAddress>,
    samples: Vec<Sample>,
    violations: Vec<(u64, String)>,
    audits: u64,
    audited: u64,
}

impl Simulate {
    pub(crate) fn run(self, ui: Ui) -> Result<()> {
        let started = Instant::now();
        let temporary;
        let (directory, node) = match (&self.chain, &self.url) {
            (Some(chain), Some(_)) => (chain.clone(), None),
            (given, _) => {
                let directory = match given {
                    Some(chain) => chain.clone(),
                    None => {
                        temporary = tempfile::tempdir().context("no temporary directory can be made")?;
                        temporary.path().join("venue")
                    }
                };
                ui.step("Creating", "a venue with its markets at genesis");
                let plan = Plan {
                    block_interval_ms: self.block_ms,
                    derivatives: self.package.clone(),
                    ..Plan::of(Template::Derivatives)
                };
                create(ui, &directory, &plan)?;
                let path = directory.to_str().context("the directory's name is not UTF-8")?;
                (directory.clone(), Some(Process::start(&["--chain", path])?))
            }
        };
        let url = self.url.clone().or_else(|| node.as_ref().map(|node| node.rest.clone())).context("no node")?;
        let venue = Venue::load(&directory)?;
        let world = World::new(Client::new(&url), venue)?;
        let publisher = Publisher::load(&directory)?;
        let height: u64 = crate::tx::number(&world.client.get("/v1")?, "block_height")?;
        let salt = if self.url.is_some() { height + 1 } else { 0 };
        let (cast, actors) = Cast::new(self.seed, salt, self.accounts, world.venue.markets.len(), self.blocks);
        let mut run = Run {
            ui,
            options: &self,
            reported: vec![0; world.venue.markets.len()],
            world,
            publisher,
            cast,
            governance: AccountAddress::ZERO,
            oracle: AccountAddress::ZERO,
            expiries: [0; 2],
            listed: Vec::new(),
            samples: Vec::new(),
            violations: Vec::new(),
            audits: 0,
            audited: 0,
        };
        let faucet = run.world.add_wallet(keys::find(&directory, "faucet")?, false)?;
        run.governance = run.world.add_wallet(keys::find(&directory, "default")?, false)?;
        run.oracle = run.world.add_wallet(keys::find(&directory, "oracle")?, false)?;
        let mut paid = vec![run.governance, run.oracle];
        for key in actors {
            paid.push(run.world.add_wallet(key, true)?);
        }
        let outcome = run.drive(faucet, &paid);
        let seconds = started.elapsed().as_secs();
        let report = run.report(seconds, outcome.as_ref().err());
        std::fs::write(&self.out, html(&report)).with_context(|| format!("cannot write {}", self.out.display()))?;
        ui.step("Wrote", self.out.display());
        outcome?;
        if let Some((height, first)) = run.violations.first() {
            bail!("{} violations; the first at block {height}: {first}", run.violations.len());
        }
        let totals = &report.totals;
        let text: Vec<String> = totals.iter().map(|(name, value)| format!("{name:28} {value}")).collect();
        let json: serde_json::Map<String, serde_json::Value> =
            totals.iter().map(|(name, value)| (name.replace(' ', "_"), json!(value))).collect();
        ui.answer(text.join("\n"), &json!({ "ok": true, "report": self.out.display().to_string(), "totals": json }));
        Ok(())
    }
}

impl Run<'_> {
    fn drive(&mut self, faucet: AccountAddress, paid: &[AccountAddress]) -> Result<()> {
        self.set_up(faucet, paid)?;
        let markets = self.world.venue.markets.clone();
        let mut random = Random::new(self.options.seed.wrapping_add(1));
        let starts: Vec<u64> = markets.iter().map(|market| market.start).collect();
        let paths: Vec<Vec<u64>> = starts
            .iter()
            .map(|start| path(self.options.scenario, &mut random, *start, self.options.blocks))
            .collect::<Result<_>>()?;
        let first = self.world.height.context("no block was read")?;
        let progress = self.ui.progress(self.options.blocks + AFTER, "Trading");
        let mut hour = self.world.mirror.now / 3600;
        loop {
            let height = self.world.height.context("no block was read")?;
            let block = height - first;
            progress.set_position(block.min(self.options.blocks + AFTER));
            if block >= self.options.blocks + AFTER || !self.violations.is_empty() {
                break;
            }
            let at = usize::try_from(block.min(self.options.blocks - 1))?;
            let prices: Vec<u64> = paths.iter().filter_map(|path| path.get(at).copied()).collect();
            self.publish(&prices, block.is_multiple_of(10))?;
            let marks: Vec<u64> =
                markets.iter().map(|market| self.world.mark(&market.perp, None)).collect::<Result<_>>()?;
            let mut calls = self.calls(&marks, block)?;
            let now = self.world.mirror.now / 3600;
            if now > hour || block % 25 == 24 {
                let keeper = (self.cast.keeper.owner, self.cast.keeper.account);
                for market in &markets {
                    if now > hour {
                        let args = vec![arg(&keeper.1)?, arg(&market.perp)?];
                        calls.push((keeper.0, self.world.venue.call("keepers", "crank_funding", args)?));
                    }
                    calls.push((keeper.0, self.world.venue.call("keepers", "sweep_fees", vec![arg(&market.perp)?])?));
                }
                hour = now;
            }
            self.world.send(calls)?;
            self.world.settle()?;
            self.read()?;
        }
        progress.finish_and_clear();
        // The end is read back whole, whatever its height.
        self.audit(self.world.height.unwrap_or_default(), self.world.read)
    }

    fn calls(&mut self, marks: &[u64], block: u64) -> Result<Vec<Sent>> {
        let world = &self.world;
        let moment = Moment { venue: &world.venue, mirror: &world.mirror, marks, block };
        let mut calls = self.cast.act(&moment)?;
        calls.extend(self.cast.options(&moment, &self.listed, 5, &|market| world.mark(market, None))?);
        calls.extend(self.cast.guard(&moment)?);
        calls.extend(self.cast.settle(&moment)?);
        Ok(calls)
    }

    /// Sends the prices and, if asked, the surface; waits for them.
    fn publish(&mut self, prices: &[u64], surface: bool) -> Result<()> {
        let now_ms = u64::try_from(std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?.as_millis())?;
        let markets = self.world.venue.markets.clone();
        let mut calls: Vec<Sent> = Vec::new();
        for ((market, price), reported) in markets.iter().zip(prices).zip(&mut self.reported) {
            // The open block may have begun a block's time ago.
            let time_ms = (now_ms - REPORT_LAG_MS - self.options.block_ms).max(*reported + 1);
            *reported = time_ms;
            calls.push((self.oracle, self.publisher.report(market, *price, time_ms)?));
        }
        let now = now_ms / 1000;
        if let (true, Some(market), Some(price)) = (surface && self.options.series > 0, markets.first(), prices.first())
        {
            let slices: Vec<Slice> = self
                .expiries
                .iter()
                .filter(|expiry| **expiry > now + 2)
                .map(|expiry| Slice { expiry: *expiry, vol: VOLATILITY, forward: *price })
                .collect();
            calls.push((self.oracle, self.publisher.surface(market, &slices, now)?));
        }
        self.world.send(calls)?;
        self.world.settle()
    }

    /// Money, prices, series, accounts.
    fn set_up(&mut self, faucet: AccountAddress, paid: &[AccountAddress]) -> Result<()> {
        self.ui.step("Opening", format!("{} accounts, {} option series", self.options.accounts, self.options.series));
        let progress = self.ui.progress(4, "Opening");
        let transfer = |to: &[AccountAddress]| -> Result<Sent> {
            let call = EntryFunction {
                module: ModuleId::new(AccountAddress::ONE, "aptos_account".try_into()?),
                function: "batch_transfer".try_into()?,
                type_args: vec![],
                args: vec![arg(to)?, arg(&vec![GAS_MONEY; to.len()])?],
            };
            Ok((faucet, call))
        };
        let calls: Vec<Sent> = paid.chunks(20).map(transfer).collect::<Result<_>>()?;
        self.world.send(calls)?;
        self.world.settle()?;
        progress.inc(1);
        let starts: Vec<u64> = self.world.venue.markets.iter().map(|market| market.start).collect();
        let now = crate::tx::now_secs()?;
        // The near expiry falls into the last third of the run.
        let length = self.options.blocks * self.options.block_ms / 1000;
        let opening = 5 + self.options.accounts / 50;
        self.expiries = [now + opening + (length * 2 / 3).max(5), now + MONTH];
        self.publish(&starts, true)?;
        let mut calls = Vec::new();
        let market = self.world.venue.markets.first().cloned().context("the venue has no market")?;
        for number in 0..self.options.series {
            let expiry = if number % 2 == 0 { self.expiries[0] } else { self.expiries[1] };
            // Strikes from 70 % to 130 % in steps of 5 %, calls and puts.
            let rung = number / 4;
            let strike = market.start / 100 * (100 + (rung.div_ceil(2) * 5));
            let strike = if rung % 2 == 0 { strike } else { market.start / 100 * (100 - rung.div_ceil(2) * 5) };
            let strike = strike / (100 * E9) * (100 * E9);
            let is_call = number / 2 % 2 == 0;
            let window = (length / 4).clamp(2, 60);
            let args = vec![arg(&market.feed)?, arg(&expiry)?, arg(&strike)?, arg(&is_call)?, arg(&window)?];
            calls.push((self.governance, self.world.venue.call("markets", "list_series_by_governance", args)?));
            self.listed.push(self.world.venue.series(&market.feed, expiry, strike, is_call));
        }
        self.world.send(calls)?;
        self.world.settle()?;
        progress.inc(1);
        let calls = self.cast.opening(&self.world.venue)?;
        self.world.send(calls)?;
        self.world.settle()?;
        progress.inc(1);
        let (sender, call) = self.cast.backing(&self.world.venue)?;
        self.publish(&starts, true)?;
        self.world.must(sender, call).context("paying into the backstop")?;
        self.read()?;
        let missing = self.listed.iter().filter(|market| !self.world.mirror.markets.contains_key(*market)).count();
        if missing > 0 || self.world.mirror.accounts.len() < paid.len() - 2 {
            bail!(
                "{missing} series and {} accounts were not opened: {:?}",
                paid.len().saturating_sub(2 + self.world.mirror.accounts.len()),
                self.world.failures
            );
        }
        progress.finish_and_clear();
        Ok(())
    }

    /// Reads the blocks since, at least one, checks them, and keeps what the report shows.
    fn read(&mut self) -> Result<()> {
        let mut wait = true;
        while let Some(block) = self.world.next_block(wait || self.world.is_behind())? {
            wait = false;
            self.violations.extend(block.violations.iter().map(|violation| (block.height, violation.clone())));
            let sample = self.sample(&block)?;
            self.samples.push(sample);
            if block.height % self.options.audit_every.max(1) == 0 {
                self.audit(block.height, block.last_version)?;
            }
        }
        Ok(())
    }

    /// Reads everything back at the end of a block, at which the mirror stands.
    fn audit(&mut self, height: u64, version: u64) -> Result<()> {
        let (items, differences) = self.world.audit(version)?;
        self.audits += 1;
        self.audited += items;
        self.violations.extend(differences.into_iter().map(|difference| (height, difference)));
        Ok(())
    }

    fn sample(&self, block: &Block) -> Result<Sample> {
        let mirror = &self.world.mirror;
        let mut sample = Sample {
            height: block.height,
            time_us: block.time_us,
            transactions: block.transactions,
            failed: block.failed,
            insurance: mirror.insurance,
            violations: block.violations.len(),
            ..Sample::default()
        };
        for market in &self.world.venue.markets {
            let Some(book) = mirror.markets.get(&market.perp) else { continue };
            let index = mirror.index.get(&market.feed).copied().unwrap_or_default();
            // Without an index there is no mark.
            let mark = if index == 0 { 0 } else { self.world.mark(&market.perp, Some(block.last_version))? };
            let live = || book.orders.values().filter(|order| order.expiry == 0 || order.expiry > mirror.now);
            sample.index.push(index);
            sample.mark.push(mark);
            sample.bid.push(live().filter(|order| order.is_buy).map(|order| order.price).max());
            sample.ask.push(live().filter(|order| !order.is_buy).map(|order| order.price).min());
            sample.interest.push(book.open_interest * u128::from(mark) / 1_000_000_000_000);
            sample.premium.push(book.premium);
            sample.funding.push(book.funding_index);
        }
        let options = mirror.markets.values().filter(|market| !market.is_perp);
        sample.options = options.map(|market| market.open_interest).sum();
        for (name, data) in &block.events {
            match name.as_str() {
                "LiquidationExecuted" => {
                    sample.liquidations += 1;
                    sample.liquidated += crate::sim::mirror::number::<u128>(data, "/notional").unwrap_or_default();
                }
                "BackstopTaken" => sample.takeovers += 1,
                "BankruptcyResolved" => sample.bankruptcies += 1,
                "Deleveraged" => sample.deleveraged += 1,
                "OrderFilled" => sample.fills += 1,
                "PositionSettled" => sample.settled += 1,
                _ => {}
            }
        }
        Ok(sample)
    }

    fn report(&self, seconds: u64, error: Option<&anyhow::Error>) -> Report {
        let sum = |of: fn(&Sample) -> u64| -> String { self.samples.iter().map(of).sum::<u64>().to_string() };
        let mut totals: Vec<(String, String)> = vec![
            ("scenario".into(), self.options.scenario.name().into()),
            ("seed".into(), self.options.seed.to_string()),
            ("accounts".into(), self.world.mirror.accounts.len().to_string()),
            ("option series".into(), self.listed.len().to_string()),
            ("blocks".into(), self.samples.len().to_string()),
            ("transactions".into(), self.world.transactions.to_string()),
            ("of them failed".into(), sum(|sample| sample.failed)),
            ("fills".into(), sum(|sample| sample.fills)),
            ("liquidations".into(), sum(|sample| sample.liquidations)),
            ("backstop takeovers".into(), sum(|sample| sample.takeovers)),
            ("bankruptcies".into(), sum(|sample| sample.bankruptcies)),
            ("deleveraged positions".into(), sum(|sample| sample.deleveraged)),
            ("settled option positions".into(), sum(|sample| sample.settled)),
            ("complete readings".into(), self.audits.to_string()),
            ("items compared".into(), self.audited.to_string()),
            ("invariant violations".into(), self.violations.len().to_string()),
            ("seconds".into(), seconds.to_string()),
        ];
        if let Some(error) = error {
            totals.push(("stopped".into(), format!("{error:#}")));
        }
        let failures: BTreeMap<String, u64> = self.world.failures.clone();
        Report {
            title: format!("{} market, seed {}", self.options.scenario.name(), self.options.seed),
            symbols: self.world.venue.markets.iter().map(|market| market.symbol.clone()).collect(),
            samples: self.samples.clone(),
            totals,
            failures: failures.into_iter().collect(),
            violations: self.violations.clone(),
        }
    }
}
