//! A derivatives venue as a chain: what its genesis holds, where its objects lie, the calls that the other commands send.
//!
//! The account `default` is governance, and the packages are published under it. Prices and sizes have 9 decimals, money 6.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, anyhow};
use move_core_types::{AccountAddress, ModuleId};
use move_package::files::MemoryFiles;
use move_package::graph::Mode;
use move_package::{BuildConfig, BuildError, Built, build};
use serde::{Deserialize, Serialize};
use types::genesis::{GenesisCall, GenesisPackage};
use types::hash::sha3;
use types::transaction::EntryFunction;
use types::{Genesis, Hash, PublicKey};

use crate::ui::Ui;

/// The file beside `genesis.bcs` that says where things lie.
pub(crate) const FILE_NAME: &str = "venue.json";
/// Publishers of prices; three make a price.
pub(crate) const PUBLISHERS: usize = 3;

/// One in prices and sizes.
pub(crate) const E9: u64 = 1_000_000_000;

/// A venue: its package's address and its markets.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Venue {
    /// Where `Derivatives` and `Venue` are published, and who governs.
    pub(crate) address: AccountAddress,
    /// The settlement currency's metadata.
    pub(crate) currency: AccountAddress,
    /// Perpetuals by symbol.
    pub(crate) markets: Vec<Market>,
}

/// A perpetual with its feed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Market {
    /// `BTC`.
    pub(crate) symbol: String,
    /// The price feed's object.
    pub(crate) feed: AccountAddress,
    /// The perpetual's object.
    pub(crate) perp: AccountAddress,
    /// Step of prices.
    pub(crate) tick: u64,
    /// Step of sizes.
    pub(crate) lot: u64,
    /// A price to begin with.
    pub(crate) start: u64,
}

/// What a perpetual is listed with; rates with 9 decimals, bounds of tiers in quote.
struct Terms {
    symbol: &'static str,
    start: u64,
    tick: u64,
    lot: u64,
    oi_cap: u64,
    account_cap: u64,
    uppers: [u64; 3],
    im_rates: [u64; 3],
    mm_rates: [u64; 3],
}

const LISTED: [Terms; 2] = [
    Terms {
        symbol: "BTC",
        start: 60_000 * E9,
        tick: E9 / 10,
        lot: E9 / 10_000,
        oi_cap: 100_000 * E9,
        account_cap: 10_000 * E9,
        uppers: [2_000_000_000_000, 10_000_000_000_000, 0],
        im_rates: [20_000_000, 40_000_000, 100_000_000],
        mm_rates: [10_000_000, 20_000_000, 50_000_000],
    },
    Terms {
        symbol: "ETH",
        start: 3_000 * E9,
        tick: E9 / 100,
        lot: E9 / 1_000,
        oi_cap: 1_000_000 * E9,
        account_cap: 100_000 * E9,
        uppers: [1_000_000_000_000, 5_000_000_000_000, 0],
        im_rates: [25_000_000, 50_000_000, 125_000_000],
        mm_rates: [12_500_000, 25_000_000, 62_500_000],
    },
];
/// Resting orders pay -0.2 bp, others 4.5 bp.
const MAKER_REBATE: u64 = 20_000;
const TAKER_FEE: u64 = 450_000;
/// Orders lie within 5 % of the mark.
const BAND: u64 = 50_000_000;
const MAX_STEPS: u64 = 16;

/// The address of an object that `creator` made under a name.
pub(crate) fn named_object(creator: &AccountAddress, seed: &[u8]) -> AccountAddress {
    AccountAddress::new(sha3(&[creator.as_ref(), seed, &[0xfe]]).0)
}

/// The address of an owner's primary store of a fungible asset.
pub(crate) fn primary_store(owner: &AccountAddress, metadata: &AccountAddress) -> AccountAddress {
    AccountAddress::new(sha3(&[owner.as_ref(), metadata.as_ref(), &[0xfc]]).0)
}

/// BCS of an argument.
pub(crate) fn arg<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>> {
    Ok(bcs::to_bytes(value)?)
}

impl Venue {
    /// The venue of a package at this address.
    pub(crate) fn at(address: AccountAddress) -> Self {
        let market = |terms: &Terms| Market {
            symbol: terms.symbol.to_owned(),
            feed: named_object(&address, &[b"derivatives::feed::", terms.symbol.as_bytes()].concat()),
            perp: named_object(&address, &[b"derivatives::perp::", terms.symbol.as_bytes()].concat()),
            tick: terms.tick,
            lot: terms.lot,
            start: terms.start,
        };
        Self { address, currency: named_object(&address, b"USD"), markets: LISTED.iter().map(market).collect() }
    }

    /// The venue of a chain's directory.
    pub(crate) fn load(chain: &Path) -> Result<Self> {
        let path = chain.join(FILE_NAME);
        let text = std::fs::read_to_string(&path).with_context(|| {
            format!("cannot read {}; is this a chain made with `tenor new --template derivatives`?", path.display())
        })?;
        serde_json::from_str(&text).with_context(|| format!("{} is not what `tenor new` writes", path.display()))
    }

    /// The market of a symbol.
    pub(crate) fn market(&self, symbol: &str) -> Result<&Market> {
        self.markets.iter().find(|market| market.symbol == symbol).with_context(|| {
            let known: Vec<&str> = self.markets.iter().map(|market| market.symbol.as_str()).collect();
            format!("there is no market {symbol}; there are {}", known.join(", "))
        })
    }

    /// A call of one of the venue's functions.
    pub(crate) fn call(&self, module: &str, function: &str, args: Vec<Vec<u8>>) -> Result<EntryFunction> {
        Ok(EntryFunction {
            module: ModuleId::new(self.address, module.try_into()?),
            function: function.try_into()?,
            type_args: vec![],
            args,
        })
    }

    /// Where an owner's account number `index` lies.
    pub(crate) fn account(owner: &AccountAddress, index: u8) -> AccountAddress {
        named_object(owner, &[b"derivatives::account".as_slice(), &[index]].concat())
    }

    /// The object that holds every token.
    pub(crate) fn custody(&self) -> AccountAddress {
        named_object(&self.address, b"derivatives::custody")
    }

    /// Where an option series lies.
    pub(crate) fn series(&self, feed: &AccountAddress, expiry: u64, strike: u64, is_call: bool) -> AccountAddress {
        let (expiry, strike) = (expiry.to_le_bytes(), strike.to_le_bytes());
        let seed =
            [b"derivatives::series::".as_slice(), feed.as_ref(), &expiry, &strike, &[u8::from(is_call)]].concat();
        named_object(&self.custody(), &seed)
    }

    /// The calls that open the venue: currency, feeds, perpetuals, backstop.
    fn opening(&self, publishers: &[PublicKey], surface: AccountAddress) -> Result<Vec<EntryFunction>> {
        let keys: Vec<Vec<u8>> = publishers.iter().map(|key| key.0.to_vec()).collect();
        let mut calls = vec![self.call("accounts", "initialize", vec![arg(&self.currency)?])?];
        for (market, terms) in self.markets.iter().zip(&LISTED) {
            let symbol = arg(terms.symbol.as_bytes())?;
            calls.push(self.call("oracle", "create_feed", vec![symbol.clone(), arg(&keys)?, arg(&surface)?])?);
            let args = vec![
                symbol,
                arg(&market.feed)?,
                arg(&AccountAddress::ZERO)?,
                arg(&terms.tick)?,
                arg(&terms.lot)?,
                arg(&terms.lot)?,
                arg(&MAX_STEPS)?,
                arg(&true)?,
                arg(&MAKER_REBATE)?,
                arg(&TAKER_FEE)?,
                arg(&BAND)?,
                arg(&terms.oi_cap)?,
                arg(&terms.account_cap)?,
                arg(terms.uppers.as_slice())?,
                arg(terms.im_rates.as_slice())?,
                arg(terms.mm_rates.as_slice())?,
            ];
            calls.push(self.call("markets", "list_perp", args)?);
        }
        calls.push(self.call("backstop", "start", vec![])?);
        Ok(calls)
    }
}

fn built(ui: Ui, package: &str, named: &BTreeMap<String, AccountAddress>, from: Option<&Path>) -> Result<Built> {
    if let Some(directory) = from {
        return crate::package::compile(ui, directory, Mode::Normal, named.clone());
    }
    let mut files = MemoryFiles::default();
    for package in move_packages::packages() {
        files.insert_package(package.directory, package);
    }
    let package = move_packages::package(package).context("the package is not in this binary")?;
    let config = BuildConfig { named_addresses: named.clone(), ..BuildConfig::default() };
    build(&files, package.directory, &config, &mut |_| {}).map_err(|error| match error {
        BuildError::Compile(output) => {
            anyhow!("{} does not compile:\n{}", package.name, output.diagnostics.render())
        }
        other => anyhow!("{} cannot be built: {other}", package.name),
    })
}

/// Adds a venue to a genesis: both packages, published and opened. `from` replaces the built-in derivatives package.
pub(crate) fn found(
    ui: Ui,
    genesis: &mut Genesis,
    venue: &Venue,
    publishers: &[PublicKey],
    surface: AccountAddress,
    from: Option<&Path>,
) -> Result<()> {
    let own = |name: &str| BTreeMap::from([(name.to_owned(), venue.address)]);
    for built in [built(ui, "Derivatives", &own("derivatives"), from)?, built(ui, "Venue", &own("venue"), None)?] {
        let (metadata, modules) = built.publication();
        genesis.packages.push(GenesisPackage { address: venue.address, metadata, modules });
    }
    let calls = venue.opening(publishers, surface)?;
    genesis.calls.extend(calls.into_iter().map(|function| GenesisCall { sender: venue.address, function }));
    genesis.check()?;
    Ok(())
}

/// What a publisher signs: the tag, the chain, the feed, and what it says.
pub(crate) fn report_bytes(
    genesis_hash: &Hash,
    feed: &AccountAddress,
    price: u64,
    confidence: u64,
    time_ms: u64,
    sequence: u64,
) -> Vec<u8> {
    let mut message = b"TENOR::PriceReport".to_vec();
    // The hash is a vector in Move, with its length in front.
    message.push(32);
    message.extend(genesis_hash.0);
    message.extend(feed.as_ref());
    for number in [price, confidence, time_ms, sequence] {
        message.extend(number.to_le_bytes());
    }
    message
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_lie_where_move_puts_them() {
        let address = AccountAddress::from_u8(0xde);
        let venue = Venue::at(address);
        assert_eq!(venue.market("BTC").unwrap().perp, named_object(&address, b"derivatives::perp::BTC"));
        assert!(venue.market("DOGE").unwrap_err().to_string().contains("BTC, ETH"));
        // Notionals of a lot at a tick are whole.
        for market in &venue.markets {
            assert_eq!(u128::from(market.tick) * u128::from(market.lot) % 1_000_000_000_000, 0, "{}", market.symbol);
        }
    }

    #[test]
    fn a_report_is_tag_and_fields() {
        let bytes = report_bytes(&Hash([7; 32]), &AccountAddress::ONE, 1, 2, 3, 4);
        assert_eq!(bytes.len(), 18 + 33 + 32 + 32);
        assert!(bytes.starts_with(b"TENOR::PriceReport\x20\x07"));
    }
}
