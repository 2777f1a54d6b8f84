//! The venue's state as a simulator sees it from outside: every account, market, position and order, followed through the write
//! sets of blocks, and read back whole from the node now and then.

use std::collections::BTreeMap;

use anyhow::{Context, Result, anyhow, bail};
use move_core_types::AccountAddress;
use serde::Deserialize;
use serde_json::Value;

use crate::venue::{Venue, primary_store};

/// A signed number as the packages keep it.
#[derive(Debug, Clone, Copy, Deserialize)]
struct Signed {
    neg: bool,
    mag: u128,
}

impl Signed {
    fn value(self) -> Result<i128> {
        let mag = i128::try_from(self.mag).context("a number beyond 2^127")?;
        Ok(if self.neg { -mag } else { mag })
    }
}

/// `ledger::Position` in storage.
#[derive(Debug, Deserialize)]
struct RawPosition {
    size: Signed,
    quote_entry: Signed,
    last_funding: Signed,
    open_buys: u64,
    open_sells: u64,
    reserve: u128,
    orders: Vec<(u64, u64)>,
}

/// `book::Order` in storage.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Order {
    #[serde(with = "address")]
    pub(crate) owner: AccountAddress,
    pub(crate) is_buy: bool,
    pub(crate) price: u64,
    pub(crate) size: u64,
    pub(crate) reduce_only: bool,
    pub(crate) expiry: u64,
    pub(crate) client_id: u64,
    pub(crate) reserve: u128,
}

/// 32 bytes.
mod address {
    use super::AccountAddress;
    use serde::{Deserialize, Deserializer};

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<AccountAddress, D::Error> {
        <[u8; 32]>::deserialize(deserializer).map(AccountAddress::new)
    }
}

/// An account's position in a market.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Position {
    pub(crate) size: i128,
    pub(crate) quote_entry: i128,
    pub(crate) last_funding: i128,
    pub(crate) open_buys: u64,
    pub(crate) open_sells: u64,
    pub(crate) reserve: u128,
    /// Ids of open orders.
    pub(crate) orders: Vec<u64>,
}

/// What an option series is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Series {
    pub(crate) expiry: u64,
    pub(crate) strike: u64,
    pub(crate) is_call: bool,
}

/// A market with all its positions and orders.
#[derive(Debug, Clone, Default)]
pub(crate) struct Market {
    pub(crate) feed: AccountAddress,
    pub(crate) is_perp: bool,
    pub(crate) status: u64,
    pub(crate) auction: bool,
    pub(crate) tick: u64,
    pub(crate) lot: u64,
    pub(crate) fees: i128,
    pub(crate) funding_index: i128,
    pub(crate) funding_pool: i128,
    pub(crate) open_interest: u128,
    pub(crate) prepaid: u128,
    pub(crate) last_price: u64,
    /// The last premium sample, for perpetuals.
    pub(crate) premium: i128,
    /// Tiers of a perpetual: bound, maintenance rate.
    pub(crate) tiers: Vec<(u128, u128)>,
    pub(crate) series: Series,
    /// The price at which it settles, 0 before.
    pub(crate) settlement: u64,
    pub(crate) positions: BTreeMap<AccountAddress, Position>,
    pub(crate) orders: BTreeMap<u64, Order>,
    /// How often a position's funding was settled.
    pub(crate) settlements: u128,
    /// Sum of what settled positions were paid, before fees.
    pub(crate) payoffs: i128,
}

/// A subaccount.
#[derive(Debug, Clone, Default)]
pub(crate) struct Account {
    pub(crate) cash: i128,
    pub(crate) holdings: Vec<(u64, u128)>,
}

/// What a table holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Table {
    Positions(AccountAddress),
    Orders(AccountAddress),
}

/// The whole venue.
#[derive(Debug, Default)]
pub(crate) struct Mirror {
    address: AccountAddress,
    custody: AccountAddress,
    pub(crate) accounts: BTreeMap<AccountAddress, Account>,
    pub(crate) markets: BTreeMap<AccountAddress, Market>,
    pub(crate) insurance: i128,
    pub(crate) treasury: i128,
    /// Index prices by feed.
    pub(crate) index: BTreeMap<AccountAddress, u64>,
    /// Tokens by fungible store.
    stores: BTreeMap<AccountAddress, u64>,
    /// Metadata of the currency and of the collateral assets.
    currency: AccountAddress,
    assets: Vec<AccountAddress>,
    tables: BTreeMap<AccountAddress, Table>,
    /// Resources as they were shown, for comparison with what the node reads.
    shown: BTreeMap<(AccountAddress, String), Value>,
    /// Table items as they are stored, for the same.
    items: BTreeMap<(AccountAddress, Vec<u8>), Vec<u8>>,
    /// The time of the last block, in seconds.
    pub(crate) now: u64,
}

/// Something of a transaction that breaks an invariant.
pub(crate) type Violation = String;

pub(crate) fn text<'v>(value: &'v Value, pointer: &str) -> Result<&'v str> {
    value.pointer(pointer).and_then(Value::as_str).with_context(|| format!("no text at {pointer}"))
}

pub(crate) fn number<T: std::str::FromStr>(value: &Value, pointer: &str) -> Result<T> {
    let found = value.pointer(pointer).with_context(|| format!("nothing at {pointer}"))?;
    let text = match found {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    text.parse().map_err(|_| anyhow!("{pointer}: `{text}` is not a number"))
}

pub(crate) fn signed(value: &Value, pointer: &str) -> Result<i128> {
    let neg = value.pointer(&format!("{pointer}/neg")).and_then(Value::as_bool).unwrap_or_default();
    Signed { neg, mag: number(value, &format!("{pointer}/mag"))? }.value()
}

pub(crate) fn address_at(value: &Value, pointer: &str) -> Result<AccountAddress> {
    address_of(text(value, pointer)?)
}

fn address_of(text: &str) -> Result<AccountAddress> {
    AccountAddress::from_hex(text).map_err(|error| anyhow!("`{text}` is not an address: {error}"))
}

fn bytes(value: &Value, pointer: &str) -> Result<Vec<u8>> {
    hex::decode(text(value, pointer)?.trim_start_matches("0x")).with_context(|| format!("{pointer} is not hexadecimal"))
}

impl Mirror {
    pub(crate) fn new(venue: &Venue) -> Self {
        Self { address: venue.address, custody: venue.custody(), currency: venue.currency, ..Self::default() }
    }

    /// Tokens in custody of the currency, and of each collateral asset.
    pub(crate) fn custody(&self) -> (u64, Vec<u64>) {
        let held = |metadata: &AccountAddress| {
            self.stores.get(&primary_store(&self.custody, metadata)).copied().unwrap_or_default()
        };
        (held(&self.currency), self.assets.iter().map(held).collect())
    }

    /// Takes a transaction's writes in; what of it breaks an invariant that is about one transaction.
    pub(crate) fn apply(&mut self, transaction: &Value) -> Result<Vec<Violation>> {
        let mut violations = Vec::new();
        let none = Vec::new();
        let changes = transaction.get("changes").and_then(Value::as_array).unwrap_or(&none);
        let events = transaction.get("events").and_then(Value::as_array).unwrap_or(&none);
        let version = transaction.get("version").and_then(Value::as_str).unwrap_or("?").to_owned();
        let fees: BTreeMap<AccountAddress, i128> = self.markets.iter().map(|(at, market)| (*at, market.fees)).collect();
        let sizes = self.settled_sizes(events)?;
        for change in changes {
            self.resource(change).with_context(|| format!("a change of version {version}"))?;
        }
        for change in changes {
            self.item(change).with_context(|| format!("a change of version {version}"))?;
        }
        // INV-15: only a sweep takes from a market's fees.
        let mut swept = Vec::new();
        for event in events {
            if self.kind(event) == Some("FeesSwept") {
                swept.push(address_at(event, "/data/market")?);
            }
        }
        for (at, market) in &self.markets {
            let before = fees.get(at).copied().unwrap_or_default();
            if market.fees < before && !swept.contains(at) {
                violations.push(format!(
                    "INV-15: the fees of {at} fell from {before} to {} in version {version} without a sweep",
                    market.fees
                ));
            }
        }
        self.settled(events, &sizes, &version, &mut violations)?;
        Ok(violations)
    }

    /// The name of an event of the venue's package.
    pub(crate) fn kind<'v>(&self, event: &'v Value) -> Option<&'v str> {
        let tag = event.get("type").and_then(Value::as_str)?;
        let (address, rest) = tag.split_once("::")?;
        (AccountAddress::from_hex(address).ok()? == self.address).then(|| rest.rsplit("::").next())?
    }

    /// The sizes that settlements of this transaction found.
    fn settled_sizes(&self, events: &[Value]) -> Result<BTreeMap<(AccountAddress, AccountAddress), i128>> {
        let mut sizes = BTreeMap::new();
        for event in events.iter().filter(|event| self.kind(event) == Some("PositionSettled")) {
            let (market, account) = (address_at(event, "/data/market")?, address_at(event, "/data/account")?);
            let position = self.markets.get(&market).and_then(|market| market.positions.get(&account));
            sizes.insert((market, account), position.map_or(0, |position| position.size));
        }
        Ok(sizes)
    }

    /// INV-10: a series' position pays its size times the payoff, exactly.
    fn settled(
        &mut self,
        events: &[Value],
        sizes: &BTreeMap<(AccountAddress, AccountAddress), i128>,
        version: &str,
        violations: &mut Vec<Violation>,
    ) -> Result<()> {
        for event in events {
            if self.kind(event) != Some("PositionSettled") {
                continue;
            }
            let (market, account) = (address_at(event, "/data/market")?, address_at(event, "/data/account")?);
            let paid = signed(event, "/data/cash")? + number::<i128>(event, "/data/fee")?;
            let Some(found) = self.markets.get_mut(&market) else { continue };
            if found.is_perp {
                continue;
            }
            let (strike, price) = (i128::from(found.series.strike), i128::from(found.settlement));
            let payoff = if found.series.is_call { price - strike } else { strike - price }.max(0);
            let exact = sizes.get(&(market, account)).copied().unwrap_or_default() * payoff;
            if exact % 1_000_000_000_000 != 0 || exact / 1_000_000_000_000 != paid {
                violations.push(format!(
                    "INV-10: settling {account} in {market} paid {paid} and not {exact} / 1e12 in version {version}"
                ));
            }
            found.payoffs += paid;
        }
        Ok(())
    }

    fn resource(&mut self, change: &Value) -> Result<()> {
        let deleted = match text(change, "/type")? {
            "write_resource" => false,
            "delete_resource" => true,
            _ => return Ok(()),
        };
        let at = address_at(change, "/address")?;
        let tag = text(change, if deleted { "/resource" } else { "/data/type" })?.to_owned();
        let own = tag.split_once("::").and_then(|(address, rest)| {
            (AccountAddress::from_hex(address).ok()? == self.address).then(|| rest.to_owned())
        });
        if deleted {
            if own.is_some() && self.shown.remove(&(at, tag.clone())).is_some() {
                bail!("{tag} of {at} was deleted, which the venue never does");
            }
            return Ok(());
        }
        let data = change.pointer("/data/data").context("a written resource has no data")?;
        if tag == "0x1::fungible_asset::FungibleStore" {
            self.stores.insert(at, number(data, "/balance")?);
            return Ok(());
        }
        let Some(own) = own else { return Ok(()) };
        match own.as_str() {
            "accounts::Account" => self.account(at, data)?,
            "accounts::Funds" => {
                (self.insurance, self.treasury) = (signed(data, "/insurance")?, signed(data, "/treasury")?);
            }
            "accounts::Venue" => {
                let assets = data.get("assets").and_then(Value::as_array).context("no assets")?;
                self.assets = assets.iter().map(|asset| address_at(asset, "/metadata")).collect::<Result<_>>()?;
            }
            "books::Market" => self.market(at, data)?,
            "perps::Perp" => {
                let market = self.markets.entry(at).or_default();
                (market.premium, market.settlement) = (signed(data, "/last_premium")?, number(data, "/settlement")?);
                let tiers = data.get("tiers").and_then(Value::as_array).context("no tiers")?;
                let tier = |tier: &Value| Ok((number(tier, "/upper")?, number(tier, "/mm_rate")?));
                market.tiers = tiers.iter().map(tier).collect::<Result<_>>()?;
            }
            "series::Series" => {
                let market = self.markets.entry(at).or_default();
                market.series = Series {
                    expiry: number(data, "/expiry")?,
                    strike: number(data, "/strike")?,
                    is_call: data.get("is_call").and_then(Value::as_bool).context("no kind")?,
                };
                market.settlement = number(data, "/settlement")?;
            }
            "oracle::Feed" => {
                self.index.insert(at, number(data, "/price")?);
                return Ok(());
            }
            _ => return Ok(()),
        }
        self.shown.insert((at, tag), data.clone());
        Ok(())
    }

    fn account(&mut self, at: AccountAddress, data: &Value) -> Result<()> {
        let holdings = data.get("holdings").and_then(Value::as_array).context("no holdings")?;
        let holding = |holding: &Value| Ok((number(holding, "/asset")?, number(holding, "/amount")?));
        let account =
            Account { cash: signed(data, "/cash")?, holdings: holdings.iter().map(holding).collect::<Result<_>>()? };
        self.accounts.insert(at, account);
        Ok(())
    }

    fn market(&mut self, at: AccountAddress, data: &Value) -> Result<()> {
        self.tables.insert(address_at(data, "/book/orders/handle")?, Table::Orders(at));
        self.tables.insert(address_at(data, "/book/ledger/positions/handle")?, Table::Positions(at));
        let market = self.markets.entry(at).or_default();
        market.feed = address_at(data, "/feed")?;
        market.is_perp = data.get("is_perp").and_then(Value::as_bool).context("no kind")?;
        market.auction = number::<u64>(data, "/auction_until")? != 0;
        market.status = number(data, "/book/status")?;
        market.tick = number(data, "/book/config/tick")?;
        market.lot = number(data, "/book/config/lot")?;
        market.fees = signed(data, "/book/ledger/fees")?;
        market.funding_index = signed(data, "/book/ledger/funding_index")?;
        market.funding_pool = signed(data, "/book/ledger/funding_pool")?;
        market.open_interest = number(data, "/book/ledger/open_interest")?;
        market.prepaid = number(data, "/book/ledger/prepaid")?;
        market.last_price = number(data, "/book/last_price")?;
        Ok(())
    }

    fn item(&mut self, change: &Value) -> Result<()> {
        let deleted = match text(change, "/type")? {
            "write_table_item" => false,
            "delete_table_item" => true,
            _ => return Ok(()),
        };
        let handle = address_at(change, "/handle")?;
        let Some(table) = self.tables.get(&handle).copied() else { return Ok(()) };
        let key = bytes(change, "/key")?;
        let value = if deleted { None } else { Some(bytes(change, "/value")?) };
        match table {
            Table::Orders(at) => {
                let id = u64::from_le_bytes(key.as_slice().try_into().context("an order's key is no u64")?);
                let orders = &mut self.markets.entry(at).or_default().orders;
                match &value {
                    Some(value) => {
                        let order = bcs::from_bytes(value).context("an order has another layout")?;
                        orders.insert(id, order);
                    }
                    None => {
                        orders.remove(&id);
                    }
                }
            }
            Table::Positions(at) => {
                let owner: [u8; 32] = key.as_slice().try_into().context("a position's key is no address")?;
                let owner = AccountAddress::new(owner);
                let market = self.markets.entry(at).or_default();
                let before = market.positions.remove(&owner);
                let after = value.as_deref().map(position).transpose()?;
                if let Some(before) = before {
                    let settled_at = after.as_ref().map_or(market.funding_index, |after| after.last_funding);
                    market.settlements += u128::from(before.last_funding != settled_at);
                }
                if let Some(after) = after {
                    market.positions.insert(owner, after);
                }
            }
        }
        match value {
            Some(value) => self.items.insert((handle, key), value),
            None => self.items.remove(&(handle, key)),
        };
        Ok(())
    }

    /// Everything that is compared with what the node reads: resources, and table items by kind.
    pub(crate) fn audited(&self) -> impl Iterator<Item = Audited<'_>> {
        let resources = self.shown.iter().map(|((at, tag), data)| Audited::Resource { at: *at, tag, data });
        let items = self.items.iter().filter_map(|((handle, key), value)| {
            let is_order = matches!(self.tables.get(handle)?, Table::Orders(_));
            Some(Audited::Item { handle: *handle, is_order, key, value })
        });
        resources.chain(items)
    }
}

/// One thing to be read back.
pub(crate) enum Audited<'m> {
    /// A resource of the venue.
    Resource { at: AccountAddress, tag: &'m str, data: &'m Value },
    /// An order or a position.
    Item { handle: AccountAddress, is_order: bool, key: &'m [u8], value: &'m [u8] },
}

fn position(bytes: &[u8]) -> Result<Position> {
    let raw: RawPosition = bcs::from_bytes(bytes).context("a position has another layout")?;
    Ok(Position {
        size: raw.size.value()?,
        quote_entry: raw.quote_entry.value()?,
        last_funding: raw.last_funding.value()?,
        open_buys: raw.open_buys,
        open_sells: raw.open_sells,
        reserve: raw.reserve,
        orders: raw.orders.into_iter().map(|(id, _)| id).collect(),
    })
}
