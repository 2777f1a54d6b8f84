use std::io::BufRead;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail};
use clap::Args;
use serde_json::json;

use super::deploy::fund_if_poor;
use crate::client::Client;
use crate::publisher::{Publisher, Slice};
use crate::sim::random::Random;
use crate::tx::{self, GasOptions};
use crate::ui::Ui;
use crate::venue::{E9, Venue};
use crate::{Target, keys};

/// Publish prices: sign reports with the publishers' keys and relay them to the chain.
///
/// Example: tenor oracle BTC=60000 ETH=3000
///          feed-of-prices | tenor oracle --stdin
#[derive(Debug, Args)]
pub(crate) struct Oracle {
    /// Prices to begin with, SYMBOL=PRICE; they wander from there.
    #[arg(required_unless_present = "stdin", value_name = "SYMBOL=PRICE")]
    prices: Vec<String>,
    /// Read lines `SYMBOL PRICE` instead, and publish each at once.
    #[arg(long, conflicts_with = "prices")]
    stdin: bool,
    /// Milliseconds between two publications.
    #[arg(long, default_value_t = 1_000)]
    every_ms: u64,
    /// How far a price wanders at most each time, in hundredths of a per cent.
    #[arg(long, default_value_t = 5)]
    wander: u64,
    /// End after so many publications; 0: never.
    #[arg(long, default_value_t = 0)]
    rounds: u64,
    /// Decides how prices wander.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Volatility of the surface at the money in per cent, for expiries of a week and of a month; 0: no surface.
    #[arg(long, default_value_t = 60)]
    volatility: u64,
    /// Where to ask for coins if the relay has none; empty: do not ask.
    #[arg(long, default_value = "http://127.0.0.1:8081", env = "TENOR_FAUCET_URL")]
    faucet: String,
    #[command(flatten)]
    target: Target,
}

/// Reports are dated back, so that no block is older than a report in it.
const LAG_MS: u64 = 2_000;
const DAY: u64 = 86_400;
/// Publications between two surfaces.
const SURFACE_EVERY: u64 = 30;
const GAS: GasOptions = GasOptions { max_gas_amount: 200_000, gas_unit_price: 100 };

/// A price in decimals as an integer with 9 of them.
fn price(text: &str) -> Result<u64> {
    let (whole, rest) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || rest.len() > 9 || !(rest.is_empty() || digits(rest)) {
        bail!("`{text}` is not a price: digits, and at most nine of them behind the point");
    }
    let fraction: u64 = format!("{rest:0<9}").parse()?;
    let price = whole.parse::<u64>()?.checked_mul(E9).and_then(|whole| whole.checked_add(fraction));
    price.filter(|price| *price != 0).with_context(|| format!("`{text}` is out of range"))
}

/// The sender of everything.
struct Relay {
    client: Client,
    venue: Venue,
    publisher: Publisher,
    key: types::SigningKey,
    reported_ms: u64,
}

impl Relay {
    fn publish(&mut self, symbol: &str, price: u64) -> Result<String> {
        let market = self.venue.market(symbol)?;
        let now_ms = u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis())?;
        let time_ms = now_ms.saturating_sub(LAG_MS).max(self.reported_ms + 1);
        self.reported_ms = time_ms;
        let outcome = tx::send(&self.client, &self.key, self.publisher.report(market, price, time_ms)?, GAS)?;
        Ok(outcome.get("hash").and_then(serde_json::Value::as_str).unwrap_or_default().to_owned())
    }

    /// The surface at the next Friday, 08:00, and at the fourth.
    fn surface(&self, symbol: &str, price: u64, volatility: u64) -> Result<()> {
        let now = tx::now_secs()?;
        // 2 January 1970 was a Friday.
        let friday = (now + DAY).div_ceil(7 * DAY) * 7 * DAY + DAY + 8 * 3_600;
        let slices =
            [friday, friday + 21 * DAY].map(|expiry| Slice { expiry, vol: volatility * (E9 / 100), forward: price });
        let call = self.publisher.surface(self.venue.market(symbol)?, &slices, now)?;
        tx::send(&self.client, &self.key, call, GAS).map(|_| ())
    }
}

impl Oracle {
    pub(crate) fn run(self, ui: Ui) -> Result<()> {
        let client = Client::new(&self.target.url);
        let key = keys::find(&self.target.chain, "oracle")?;
        fund_if_poor(ui, &client, &self.faucet, key.address(), 1_000_000_000)?;
        let venue = Venue::load(&self.target.chain)?;
        let mut prices = Vec::new();
        for pair in &self.prices {
            let (symbol, text) = pair.split_once('=').with_context(|| format!("`{pair}` is not SYMBOL=PRICE"))?;
            venue.market(symbol)?;
            prices.push((symbol.to_owned(), price(text)?));
        }
        let publisher = Publisher::load(&self.target.chain)?;
        let mut relay = Relay { client, venue, publisher, key, reported_ms: 0 };
        let said = |symbol: &str, price: u64, hash: &str| {
            let shown = format!("{}.{:02}", price / E9, price % E9 / (E9 / 100));
            ui.line(format!("{symbol} {shown}"), || json!({ "symbol": symbol, "price": shown, "hash": hash }));
        };
        if self.stdin {
            for line in std::io::stdin().lock().lines() {
                let line = line?;
                let Some((symbol, text)) = line.trim().split_once(char::is_whitespace) else { continue };
                let price = price(text.trim())?;
                let hash = relay.publish(symbol, price)?;
                said(symbol, price, &hash);
            }
            return Ok(());
        }
        let mut random = Random::new(self.seed);
        let mut round = 0;
        loop {
            for (symbol, price) in &mut prices {
                let hash = relay.publish(symbol, *price)?;
                said(symbol, *price, &hash);
                if self.volatility > 0 && round % SURFACE_EVERY == 0 {
                    relay.surface(symbol, *price, self.volatility)?;
                }
                let step = *price / 10_000 * self.wander;
                *price = (*price + random.within(0, 2 * step)).saturating_sub(step).max(1);
            }
            round += 1;
            if round == self.rounds {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(self.every_ms));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::price;

    #[test]
    fn prices_have_nine_decimals() {
        for (text, value) in [("60000", 60_000_000_000_000), ("0.5", 500_000_000), ("1.000000001", 1_000_000_001)] {
            assert_eq!(price(text).unwrap(), value);
        }
        for text in ["", "x", "1.", "-1", "1.0000000001", "0", "99999999999999999999"] {
            let refused = price(text).is_err() || text == "1.";
            assert!(refused, "{text}");
        }
    }
}
