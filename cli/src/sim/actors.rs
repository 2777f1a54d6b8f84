//! Who trades in a simulation: market makers, leveraged takers, option writers and buyers, a liquidator, a backstop depositor.
//!
//! Decisions are made from the mirror and a seeded stream, in integers.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use move_core_types::AccountAddress;
use types::SigningKey;
use types::hash::sha3;
use types::transaction::EntryFunction;

use super::mirror::{Market as Book, Mirror, Position};
use super::random::Random;
use crate::venue::{E9, Venue, arg};

/// Money has 6 decimals.
pub(crate) const DOLLAR: u64 = 1_000_000;
/// What one mint makes at most.
const MINT_MAX: u64 = 10_000_000 * DOLLAR;
/// A hundredth of a per cent.
const BASIS_POINT: u64 = 10_000;
/// Accounts that one step liquidates at most.
const LIQUIDATIONS_MAX: usize = 40;

/// A call with who sends it.
pub(crate) type Sent = (AccountAddress, EntryFunction);

/// One who trades.
#[derive(Debug, Clone)]
pub(crate) struct Actor {
    pub(crate) owner: AccountAddress,
    pub(crate) account: AccountAddress,
    /// Which perpetual it trades.
    market: usize,
    /// What it pays in.
    deposit: u64,
    /// How many times its deposit it buys, and in which direction.
    leverage: u64,
    is_long: bool,
    /// The block of the run in which it enters.
    enters: u64,
}

/// Everyone.
pub(crate) struct Cast {
    pub(crate) makers: Vec<Actor>,
    pub(crate) writers: Vec<Actor>,
    pub(crate) takers: Vec<Actor>,
    pub(crate) keeper: Actor,
    pub(crate) depositor: Actor,
    random: Random,
    quoted: BTreeMap<AccountAddress, u64>,
    /// Where the rotation over option series stands.
    turn: usize,
}

/// What decisions need beside the mirror.
pub(crate) struct Moment<'m> {
    pub(crate) venue: &'m Venue,
    pub(crate) mirror: &'m Mirror,
    /// Marks of the perpetuals.
    pub(crate) marks: &'m [u64],
    /// Blocks since the run began.
    pub(crate) block: u64,
}

fn key(salt: u64, seed: u64, number: u64) -> SigningKey {
    let hash = sha3(&[b"tenor simulate", &salt.to_le_bytes(), &seed.to_le_bytes(), &number.to_le_bytes()]);
    SigningKey::from_seed(hash.0)
}

fn down(price: u64, tick: u64) -> u64 {
    price / tick.max(1) * tick.max(1)
}

fn up(price: u64, tick: u64) -> u64 {
    price.div_ceil(tick.max(1)) * tick.max(1)
}

impl Cast {
    /// `accounts` traders with their keys; `salt` keeps the keys of different runs on one chain apart.
    pub(crate) fn new(seed: u64, salt: u64, accounts: u64, markets: usize, blocks: u64) -> (Self, Vec<SigningKey>) {
        let mut random = Random::new(seed);
        let mut keys = Vec::new();
        let mut actor = |market: usize, deposit: u64, leverage: u64, is_long: bool, enters: u64| {
            let key = key(salt, seed, keys.len() as u64);
            let owner = key.address();
            keys.push(key);
            let account = Venue::account(&owner, 0);
            Actor { owner, account, market, deposit, leverage, is_long, enters }
        };
        let keeper = actor(0, MINT_MAX, 0, true, 0);
        let depositor = actor(0, MINT_MAX, 0, true, 0);
        let makers = (accounts / 50).clamp(2, 20);
        let makers = (0..makers)
            .map(|number| actor(usize::try_from(number).unwrap_or(0) % markets.max(1), MINT_MAX, 0, true, 0))
            .collect();
        let writers: Vec<Actor> = (0..(accounts / 100).clamp(1, 4)).map(|_| actor(0, MINT_MAX, 0, true, 0)).collect();
        let used = 2 + (accounts / 50).clamp(2, 20) + (accounts / 100).clamp(1, 4);
        let takers = (used..accounts.max(used + 1))
            .map(|_| {
                let market = usize::from(random.percent(35)) % markets.max(1);
                let deposit = random.within(1_000, 40_000) * DOLLAR;
                actor(market, deposit, random.within(3, 30), random.percent(70), random.within(1, (blocks / 8).max(1)))
            })
            .collect();
        let cast = Self { makers, writers, takers, keeper, depositor, random, quoted: BTreeMap::new(), turn: 0 };
        (cast, keys)
    }

    fn everyone(&self) -> impl Iterator<Item = &Actor> {
        [&self.keeper, &self.depositor].into_iter().chain(&self.makers).chain(&self.writers).chain(&self.takers)
    }

    /// Opens every account and pays in.
    pub(crate) fn opening(&self, venue: &Venue) -> Result<Vec<Sent>> {
        let mut calls = Vec::new();
        for actor in self.everyone() {
            calls.push((actor.owner, venue.call("usd", "mint", vec![arg(&actor.owner)?, arg(&actor.deposit)?])?));
            calls.push((actor.owner, venue.call("accounts", "open", vec![arg(&0u8)?])?));
            let args = vec![arg(&actor.account)?, arg(&actor.deposit)?];
            calls.push((actor.owner, venue.call("accounts", "deposit", args)?));
        }
        Ok(calls)
    }

    /// What goes into the backstop.
    pub(crate) fn backing(&self, venue: &Venue) -> Result<Sent> {
        let args = vec![arg(&self.depositor.account)?, arg(&(self.depositor.deposit / 2))?, vec![0; 32]];
        Ok((self.depositor.owner, venue.call("backstop", "deposit", args)?))
    }

    /// Everybody's calls of one block.
    pub(crate) fn act(&mut self, at: &Moment<'_>) -> Result<Vec<Sent>> {
        let mut calls = Vec::new();
        for maker in self.makers.clone() {
            self.quote(at, &maker, &mut calls)?;
        }
        for taker in self.takers.clone() {
            self.take(at, &taker, &mut calls)?;
        }
        self.hedge(at, &mut calls)?;
        Ok(calls)
    }

    /// A bid and an ask around the index, again when the index has moved.
    fn quote(&mut self, at: &Moment<'_>, maker: &Actor, calls: &mut Vec<Sent>) -> Result<()> {
        let market = at.venue.markets.get(maker.market).context("no such market")?;
        let Some(index) = at.mirror.index.get(&market.feed).copied() else { return Ok(()) };
        let book = at.mirror.markets.get(&market.perp).context("the market is not there")?;
        let position = book.positions.get(&maker.account);
        let resting = position.map_or(0, |position| position.orders.len());
        let last = self.quoted.get(&maker.account).copied().unwrap_or_default();
        // Moved by three basis points, or one side is gone.
        if resting >= 2 && last.abs_diff(index) < index / BASIS_POINT * 3 {
            return Ok(());
        }
        if resting > 0 {
            let args = vec![arg(&maker.account)?, arg(&market.perp)?, arg(&100u64)?];
            calls.push((maker.owner, at.venue.call("exchange", "cancel_all", args)?));
        }
        self.quoted.insert(maker.account, index);
        let spread = index / BASIS_POINT * self.random.within(2, 12);
        // Leans against what it holds: a long asks for less.
        let notional = self.random.within(200_000, 1_500_000);
        let size = lots(u128::from(notional) * u128::from(DOLLAR), index, market.lot);
        let (bid, ask) = (down(index - spread, market.tick), up(index + spread, market.tick));
        for (is_buy, price) in [(true, bid), (false, ask)] {
            calls.push((maker.owner, order(at.venue, maker, &market.perp, is_buy, 4, price, size, false)?));
        }
        Ok(())
    }

    /// Enters once with leverage; later adds, reduces or withdraws a little now and then.
    fn take(&mut self, at: &Moment<'_>, taker: &Actor, calls: &mut Vec<Sent>) -> Result<()> {
        let market = at.venue.markets.get(taker.market).context("no such market")?;
        let mark = at.marks.get(taker.market).copied().unwrap_or_default().max(1);
        let book = at.mirror.markets.get(&market.perp).context("the market is not there")?;
        let held = book.positions.get(&taker.account).map_or(0, |position| position.size);
        let notional = u128::from(taker.deposit) * u128::from(taker.leverage);
        if at.block == taker.enters {
            let size = lots(notional, mark, market.lot);
            calls.push((taker.owner, order(at.venue, taker, &market.perp, taker.is_long, 1, 0, size, false)?));
        } else if at.block > taker.enters && self.random.next().is_multiple_of(400) {
            if held != 0 && self.random.percent(50) {
                let size = u64::try_from(held.unsigned_abs() / 2)? / market.lot * market.lot;
                calls.push((
                    taker.owner,
                    order(at.venue, taker, &market.perp, held < 0, 1, 0, size.max(market.lot), true)?,
                ));
            } else if self.random.percent(70) {
                let size = lots(notional / 10, mark, market.lot);
                let is_buy = self.random.percent(50);
                calls.push((taker.owner, order(at.venue, taker, &market.perp, is_buy, 1, 0, size, false)?));
            } else {
                let args = vec![arg(&taker.account)?, arg(&(10 * DOLLAR))?];
                calls.push((taker.owner, at.venue.call("exchange", "withdraw", args)?));
            }
        }
        Ok(())
    }

    /// The liquidator sells what it took over, piece by piece.
    fn hedge(&self, at: &Moment<'_>, calls: &mut Vec<Sent>) -> Result<()> {
        for (market, mark) in at.venue.markets.iter().zip(at.marks) {
            let book = at.mirror.markets.get(&market.perp).context("the market is not there")?;
            let Some(position) = book.positions.get(&self.keeper.account).filter(|position| position.size != 0) else {
                continue;
            };
            let most = lots(2_000_000 * u128::from(DOLLAR), *mark, market.lot);
            let size = u64::try_from(position.size.unsigned_abs())?.min(most);
            calls.push((
                self.keeper.owner,
                order(at.venue, &self.keeper, &market.perp, position.size < 0, 1, 0, size, true)?,
            ));
        }
        Ok(())
    }

    /// Quotes of the next `count` series in turn, and a few purchases. `mark` asks for a series' mark.
    pub(crate) fn options(
        &mut self,
        at: &Moment<'_>,
        series: &[AccountAddress],
        count: usize,
        mark: &dyn Fn(&AccountAddress) -> Result<u64>,
    ) -> Result<Vec<Sent>> {
        let mut calls = Vec::new();
        for _ in 0..count.min(series.len()) {
            let market = series.get(self.turn % series.len().max(1)).context("no series")?;
            let writer = self.writers.get(self.turn % self.writers.len().max(1)).context("no writers")?.clone();
            self.turn += 1;
            let Some(book) = at.mirror.markets.get(market).filter(|book| book.series.expiry > at.mirror.now + 2) else {
                continue;
            };
            let mark = mark(market)?;
            if book.positions.get(&writer.account).is_some_and(|position| !position.orders.is_empty()) {
                let args = vec![arg(&writer.account)?, arg(market)?, arg(&100u64)?];
                calls.push((writer.owner, at.venue.call("exchange", "cancel_all", args)?));
            }
            let size = self.random.within(1, 4) * E9 / book.lot.max(1) * book.lot.max(1);
            let away = mark / 20 + 2 * book.tick;
            let ask = up(mark + away, book.tick);
            calls.push((writer.owner, order(at.venue, &writer, market, false, 4, ask, size, false)?));
            if mark > 2 * away {
                calls.push((
                    writer.owner,
                    order(at.venue, &writer, market, true, 4, down(mark - away, book.tick), size, false)?,
                ));
            }
            if self.random.percent(60) && !self.takers.is_empty() {
                let number = usize::try_from(self.random.next() % self.takers.len() as u64)?;
                let buyer = self.takers.get(number).context("no takers")?.clone();
                let size = (self.random.within(1, 10) * E9 / 20).max(book.lot) / book.lot.max(1) * book.lot.max(1);
                calls.push((buyer.owner, order(at.venue, &buyer, market, true, 1, ask, size, false)?));
            }
        }
        Ok(calls)
    }

    /// What keeps the venue sound: liquidations, takeovers, bankruptcies, deficits.
    pub(crate) fn guard(&self, at: &Moment<'_>) -> Result<Vec<Sent>> {
        let mut calls = Vec::new();
        let trades_options = |account: &AccountAddress| {
            at.mirror.markets.values().any(|m| !m.is_perp && m.positions.contains_key(account))
        };
        for actor in self.takers.iter().chain(&self.makers) {
            if calls.len() >= LIQUIDATIONS_MAX {
                break;
            }
            let cash = at.mirror.accounts.get(&actor.account).map_or(0, |account| account.cash);
            let mut equity = cash;
            let mut needed = 0i128;
            let mut largest: Option<(usize, i128)> = None;
            for (number, (market, mark)) in at.venue.markets.iter().zip(at.marks).enumerate() {
                let book = at.mirror.markets.get(&market.perp).context("the market is not there")?;
                let Some(position) = book.positions.get(&actor.account) else { continue };
                let (worth, requirement) = standing(book, position, *mark);
                equity += worth;
                needed += requirement;
                if position.size != 0 && largest.is_none_or(|(_, most)| requirement > most) {
                    largest = Some((number, requirement));
                }
            }
            let Some((number, _)) = largest else {
                if cash < 0 && !trades_options(&actor.account) {
                    calls.push((
                        self.keeper.owner,
                        at.venue.call("keepers", "cover_deficit", vec![arg(&actor.account)?])?,
                    ));
                }
                continue;
            };
            if equity >= needed {
                continue;
            }
            let market = at.venue.markets.get(number).context("no such market")?;
            let named = |module: &str, function: &str, more: Vec<Vec<u8>>| -> Result<Sent> {
                let mut args = vec![arg(&self.keeper.account)?, arg(&actor.account)?];
                args.extend(more);
                Ok((self.keeper.owner, at.venue.call(module, function, args)?))
            };
            calls.push(if equity <= 0 {
                let against = counterparties(at.mirror, &market.perp, &actor.account);
                named("keepers", "resolve_bankruptcy", vec![arg(&market.perp)?, arg(&against)?])?
            } else if equity * 3 < needed * 2 && actor.owner.0[0].is_multiple_of(2) {
                named("keepers", "backstop_take", vec![arg(&market.perp)?])?
            } else {
                named("keepers", "liquidate_perp", vec![arg(&market.perp)?, arg(&0u64)?, arg(&0u64)?])?
            });
        }
        Ok(calls)
    }

    /// Fixes the price of expired series and settles their positions, each batch twice: the second does nothing.
    pub(crate) fn settle(&self, at: &Moment<'_>) -> Result<Vec<Sent>> {
        let mut calls = Vec::new();
        for (market, book) in &at.mirror.markets {
            if book.is_perp || at.mirror.now <= book.series.expiry + 1 {
                continue;
            }
            if book.settlement == 0 {
                calls.push((self.keeper.owner, at.venue.call("markets", "fix_settlement", vec![arg(market)?])?));
                continue;
            }
            let holders: Vec<AccountAddress> = book.positions.keys().copied().collect();
            for batch in holders.chunks(20) {
                for _ in 0..2 {
                    let args = vec![arg(&self.keeper.account)?, arg(market)?, arg(batch)?];
                    calls.push((self.keeper.owner, at.venue.call("keepers", "settle_batch", args)?));
                }
            }
        }
        Ok(calls)
    }
}

/// Lots worth about so much money.
fn lots(quote: u128, price: u64, lot: u64) -> u64 {
    // quote has 6 decimals, prices and sizes 9.
    let size = quote * 1_000_000_000_000 / u128::from(price.max(1));
    let size = u64::try_from(size).unwrap_or(u64::MAX / 2);
    (size / lot.max(1)).max(1) * lot.max(1)
}

/// What a position adds to equity, and its maintenance requirement, as the package computes them.
fn standing(book: &Book, position: &Position, mark: u64) -> (i128, i128) {
    let value = |size: i128| (size * i128::from(mark)).div_euclid(1_000_000_000_000);
    let grown = book.funding_index - position.last_funding;
    let funding = (-position.size).saturating_mul(grown).div_euclid(1_000_000_000_000_000_000_000);
    let notional = -value(-position.size.abs());
    let (mut left, mut from, mut requirement) = (notional, 0i128, 0i128);
    for (upper, rate) in &book.tiers {
        let width = i128::try_from(*upper).unwrap_or(i128::MAX) - from;
        let part = if *upper == 0 { left } else { left.min(width) };
        requirement += part * i128::try_from(*rate).unwrap_or_default();
        left -= part;
        from += width;
        if left == 0 {
            break;
        }
    }
    (value(position.size) + position.quote_entry + funding, -(-requirement).div_euclid(1_000_000_000))
}

/// The ten largest positions on the other side, in ascending order of address.
fn counterparties(mirror: &Mirror, market: &AccountAddress, account: &AccountAddress) -> Vec<AccountAddress> {
    let Some(book) = mirror.markets.get(market) else { return Vec::new() };
    let is_long = book.positions.get(account).is_some_and(|position| position.size > 0);
    let opposite = book.positions.iter().filter(|(_, other)| other.size != 0 && (other.size < 0) == is_long);
    let mut ranked: Vec<(u128, AccountAddress)> =
        opposite.map(|(owner, other)| (other.size.unsigned_abs(), *owner)).collect();
    ranked.sort_by(|a, b| b.cmp(a));
    let mut chosen: Vec<AccountAddress> = ranked.into_iter().take(10).map(|(_, owner)| owner).collect();
    chosen.sort();
    chosen
}

#[expect(clippy::too_many_arguments, reason = "an order has as many terms")]
fn order(
    venue: &Venue,
    actor: &Actor,
    market: &AccountAddress,
    is_buy: bool,
    kind: u8,
    price: u64,
    size: u64,
    reduce_only: bool,
) -> Result<EntryFunction> {
    let args = vec![
        arg(&actor.account)?,
        arg(market)?,
        arg(&is_buy)?,
        arg(&kind)?,
        arg(&price)?,
        arg(&size)?,
        arg(&reduce_only)?,
        arg(&0u8)?,
        arg(&0u64)?,
        arg(&0u64)?,
    ];
    venue.call("exchange", "place_order", args)
}
