//! The invariants of the specification, recomputed from state in integers; and what an indexer rebuilds from events alone.

use std::collections::{BTreeMap, BTreeSet};

use move_core_types::AccountAddress;
use serde::Deserialize;
use types::Event;

use crate::world::{Done, World, event};

/// A signed number of the venue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct Signed(bool, u128);

impl Signed {
    pub fn value(self) -> i128 {
        let magnitude = i128::try_from(self.1).unwrap();
        assert!(!self.0 || self.1 != 0, "there is one zero");
        if self.0 { -magnitude } else { magnitude }
    }
}

#[derive(Debug, Clone, Deserialize)]
#[expect(dead_code, reason = "the layout is the resource's")]
pub struct Account {
    pub owner: AccountAddress,
    pub index: u8,
    pub delegates: Vec<(AccountAddress, u8, u64)>,
    pub cash: Signed,
    pub holdings: Vec<(u64, u64)>,
    pub markets: Vec<AccountAddress>,
    pub restricted: AccountAddress,
    pub portfolio: bool,
    pub in_liquidation: bool,
}

#[derive(Debug, Clone, Deserialize)]
#[expect(dead_code, reason = "the layout is the resource's")]
pub struct Tree {
    nodes: AccountAddress,
    root: u64,
    first: u64,
    next_id: u64,
    height: u64,
    pub count: u64,
}

#[derive(Debug, Clone, Deserialize)]
#[expect(dead_code, reason = "the layout is the resource's")]
pub struct Config {
    pub tick: u64,
    pub lot: u64,
    min_size: u64,
    max_steps: u64,
    maker_fee: Signed,
    taker_fee: Signed,
    band: u64,
    pub is_option: bool,
    oi_cap: u128,
    account_cap: u128,
}

#[derive(Debug, Clone, Deserialize)]
#[expect(dead_code, reason = "the layout is the resource's")]
pub struct Market {
    pub feed: AccountAddress,
    pub is_perp: bool,
    pub base: u8,
    guarded: u8,
    guarded_until: u64,
    auction_until: u64,
    pub config: Config,
    pub status: u8,
    pub bids: Tree,
    pub asks: Tree,
    pub orders: AccountAddress,
    pub positions: AccountAddress,
    is_option: bool,
    pub fees: Signed,
    pub funding_index: Signed,
    pub funding_pool: Signed,
    pub open_interest: u128,
    pub prepaid: u128,
    rising: Tree,
    falling: Tree,
    waiting: AccountAddress,
    last_id: u64,
    seq: u64,
    last_price: u64,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Position {
    pub size: Signed,
    pub quote_entry: Signed,
    pub last_funding: Signed,
    pub open_buys: u64,
    pub open_sells: u64,
    pub reserve: u128,
    pub orders: Vec<(u64, u64)>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Order {
    pub owner: AccountAddress,
    pub is_buy: bool,
    pub price: u64,
    pub size: u64,
    pub reduce_only: bool,
    pub expiry: u64,
    pub client_id: u64,
    pub reserve: u128,
}

/// One order of an auction: its id, whose, side, price, size, what it reserves.
#[derive(Debug, Clone, Deserialize)]
#[expect(dead_code, reason = "the layout is the resource's")]
pub struct Collected {
    pub id: u64,
    pub account: AccountAddress,
    pub is_buy: bool,
    pub price: u64,
    pub size: u64,
    pub reserve: u128,
}

/// The status of a market whose price is fixed.
const SETTLED: u8 = 8;

/// What a check remembers of the state before.
#[derive(Debug, Clone, Default)]
pub struct Memory {
    fees: BTreeMap<AccountAddress, i128>,
    pub rebuilt: Rebuilt,
    funding_settlements: i128,
    settled: BTreeMap<AccountAddress, i128>,
}

/// Books, positions and cash, from events alone.
#[derive(Debug, Clone, Default)]
pub struct Rebuilt {
    cash: BTreeMap<AccountAddress, i128>,
    positions: BTreeMap<(AccountAddress, AccountAddress), (i128, i128)>,
    orders: BTreeMap<(AccountAddress, u64), (AccountAddress, bool, u64, u64)>,
}

type Address = AccountAddress;

impl Rebuilt {
    /// An account whose opening was not seen.
    pub fn open(&mut self, account: Address) {
        self.cash.insert(account, 0);
    }

    fn take(&mut self, market: Address, id: u64, size: u64) {
        let order = self.orders.get_mut(&(market, id)).expect("an order that fills or shrinks is known");
        order.3 -= size;
        if order.3 == 0 {
            self.orders.remove(&(market, id));
        }
    }

    fn apply(&mut self, e: &Event) {
        let cash = |this: &mut Self, account: Address, cash: Signed| {
            this.cash.insert(account, cash.value());
        };
        if let Some((account, ..)) = event::<(Address, Address, u8, Address)>(e, "accounts::AccountOpened") {
            self.cash.insert(account, 0);
        }
        for name in ["accounts::Deposited", "accounts::Withdrawn"] {
            if let Some((account, _, _, after)) = event::<(Address, Address, u64, Signed)>(e, name) {
                cash(self, account, after);
            }
        }
        if let Some((from, to, _, a, b)) = event::<(Address, Address, u64, Signed, Signed)>(e, "accounts::Transferred")
        {
            cash(self, from, a);
            cash(self, to, b);
        }
        if let Some((account, _, after)) = event::<(Address, Signed, Signed)>(e, "accounts::CashChanged") {
            cash(self, account, after);
        }
        if let Some((_, account, _, after)) = event::<(Address, Address, Signed, Signed)>(e, "exchange::FundingSettled")
        {
            cash(self, account, after);
        }
        if let Some((market, account, size, entry, after)) =
            event::<(Address, Address, Signed, Signed, Signed)>(e, "exchange::PositionChanged")
        {
            cash(self, account, after);
            if size.value() == 0 && entry.value() == 0 {
                self.positions.remove(&(market, account));
            } else {
                self.positions.insert((market, account), (size.value(), entry.value()));
            }
        }
        if let Some((market, account, ..)) = event::<(Address, Address, Signed, u128)>(e, "exchange::PositionSettled") {
            self.positions.remove(&(market, account));
        }
        type Placed = (Address, Address, u64, bool, u64, u64, u64, bool, u64, u64, u8, u8, u64);
        if let Some((market, account, id, is_buy, price, _, resting, ..)) = event::<Placed>(e, "exchange::OrderPlaced")
            && resting != 0
        {
            self.orders.insert((market, id), (account, is_buy, price, resting));
        }
        if let Some((market, _, _, maker_id, _, _, _, size, ..)) =
            event::<(Address, Address, Address, u64, u64, bool, u64, u64, u128, Signed, Signed)>(
                e,
                "exchange::OrderFilled",
            )
        {
            self.take(market, maker_id, size);
        }
        for name in ["exchange::OrderRemoved", "markets::OrderPruned"] {
            if let Some((market, _, id, _, _)) = event::<(Address, Address, u64, u64, u8)>(e, name) {
                self.orders.remove(&(market, id));
            }
        }
        if let Some((market, _, id, size, _)) = event::<(Address, Address, u64, u64, u8)>(e, "exchange::OrderReduced") {
            self.take(market, id, size);
        }
        if let Some((market, _, id, new_id, size)) =
            event::<(Address, Address, u64, u64, u64)>(e, "exchange::OrderAmended")
        {
            let mut order = self.orders.remove(&(market, id)).expect("an amended order is known");
            order.3 = size;
            self.orders.insert((market, new_id), order);
        }
    }
}

fn ensure(holds: bool, what: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(what()) }
}

/// What funding a position is due, as it is paid on touch.
fn pending(position: &Position, index: i128) -> i128 {
    let change = index - position.last_funding.value();
    // Sizes are below 2^60 and indexes below 2^64 in these runs, so this fits.
    (-position.size.value() * change).div_euclid(1_000_000_000_000_000_000_000)
}

/// Checks everything after an action that came to `done`.
pub fn check(world: &World, memory: &mut Memory, done: &[Done]) -> Result<(), String> {
    for done in done {
        for e in &done.events {
            memory.rebuilt.apply(e);
            if event::<(Address, Address, Signed, Signed)>(e, "exchange::FundingSettled").is_some()
                || event::<(Address, Address, Signed, Signed, Signed)>(e, "exchange::PositionChanged").is_some()
                || event::<(Address, Address, Signed, u128)>(e, "exchange::PositionSettled").is_some()
            {
                memory.funding_settlements += 1;
            }
            if let Some((market, _, cash, fee)) =
                event::<(Address, Address, Signed, u128)>(e, "exchange::PositionSettled")
            {
                *memory.settled.entry(market).or_default() += cash.value() + i128::try_from(fee).unwrap();
            }
        }
    }
    let swept = |market: &Address| {
        let tag = "keepers::FeesSwept";
        done.iter()
            .flat_map(|done| &done.events)
            .any(|e| event::<(Address, Signed, Signed, Signed)>(e, tag).is_some_and(|(swept, ..)| swept == *market))
    };
    let accounts: BTreeMap<Address, Account> = world.mirror.all("accounts::Account").into_iter().collect();
    let mut total: i128 = accounts.values().map(|account| account.cash.value()).sum();
    for (address, account) in &accounts {
        let rebuilt = memory.rebuilt.cash.get(address);
        ensure(rebuilt == Some(&account.cash.value()), || {
            format!("events: cash of {address} is {:?}, rebuilt {rebuilt:?}", account.cash)
        })?;
        ensure(account.holdings.iter().all(|(_, amount)| *amount > 0), || "INV-7: an empty holding".to_owned())?;
    }
    let auctions: BTreeMap<Address, Vec<Collected>> = world
        .mirror
        .all::<(Address,)>("call_auction::Auctions")
        .into_iter()
        .flat_map(|(_, (handle,))| world.mirror.table::<Address, (u64, u64, Vec<Collected>)>(&handle))
        .map(|(market, (_, _, orders))| (market, orders))
        .collect();
    let (mut orders_seen, mut positions_seen) = (BTreeMap::new(), BTreeMap::new());
    for (address, market) in world.mirror.all::<Market>("books::Market") {
        let name = address.to_string();
        let orders: BTreeMap<u64, Order> = world.mirror.table(&market.orders).into_iter().collect();
        let positions: BTreeMap<Address, Position> = world.mirror.table(&market.positions).into_iter().collect();
        // INV-2, INV-3. Accounts of a settled market leave one by one.
        let sizes: i128 = positions.values().map(|p| p.size.value()).sum();
        ensure(sizes == 0 || market.base == SETTLED, || format!("INV-2: sizes of {name} sum up to {sizes}"))?;
        let longs: i128 = positions.values().map(|p| p.size.value().max(0)).sum();
        ensure(longs == i128::try_from(market.open_interest).unwrap(), || {
            format!("INV-3: open interest of {name} is {}, longs are {longs}", market.open_interest)
        })?;
        // INV-4.
        ensure(market.bids.count + market.asks.count == orders.len() as u64, || {
            format!("INV-4: {name} has {} + {} keys and {} orders", market.bids.count, market.asks.count, orders.len())
        })?;
        let mut sums: BTreeMap<Address, (u64, u64, u128, Vec<u64>)> = BTreeMap::new();
        for (id, order) in &orders {
            ensure(order.size > 0 && order.size % market.config.lot == 0, || format!("INV-4: size of {id} in {name}"))?;
            ensure(order.price > 0 && order.price % market.config.tick == 0, || {
                format!("INV-4: price of {id} in {name}")
            })?;
            let sum = sums.entry(order.owner).or_default();
            if order.is_buy {
                sum.0 += order.size;
            } else {
                sum.1 += order.size;
            }
            sum.2 += order.reserve;
            sum.3.push(*id);
            orders_seen.insert((address, *id), (order.owner, order.is_buy, order.price, order.size));
        }
        for order in auctions.get(&address).into_iter().flatten() {
            let sum = sums.entry(order.account).or_default();
            if order.is_buy {
                sum.0 += order.size;
            } else {
                sum.1 += order.size;
            }
            sum.2 += order.reserve;
        }
        let live = |is_buy: bool| {
            orders
                .values()
                .filter(move |o| o.is_buy == is_buy && (o.expiry == 0 || o.expiry > world.now()))
                .map(|o| o.price)
        };
        if let (Some(bid), Some(ask)) = (live(true).max(), live(false).min()) {
            ensure(bid < ask, || format!("INV-4: {name} is crossed at {bid} and {ask}"))?;
        }
        let index = market.funding_index.value();
        let mut unsettled = 0;
        for (owner, p) in &positions {
            let empty = Default::default();
            let (buys, sells, reserve, ids) = sums.get(owner).unwrap_or(&empty);
            let same = (p.open_buys, p.open_sells, p.reserve) == (*buys, *sells, *reserve)
                && p.orders.iter().map(|(id, _)| *id).eq(ids.iter().copied());
            ensure(same && ids.len() <= 100, || {
                format!("INV-4: {owner} has {p:?} in {name}, its orders come to {buys} {sells} {reserve} {ids:?}")
            })?;
            ensure(p.size.value() != 0 || p.quote_entry.value() == 0, || {
                format!("INV-3: an entry without a size in {name}")
            })?;
            ensure(p.size.value() != 0 || *buys != 0 || *sells != 0, || format!("INV-3: an empty position in {name}"))?;
            ensure(!market.config.is_option || p.quote_entry.value() == 0, || {
                format!("INV-3: an option's entry in {name}")
            })?;
            let known = accounts.get(owner).is_some_and(|account| account.markets.contains(&address));
            ensure(known, || format!("INV-3: {owner} does not know that it is in {name}"))?;
            total += p.quote_entry.value();
            unsettled += pending(p, index);
            if p.size.value() != 0 {
                positions_seen.insert((address, *owner), (p.size.value(), p.quote_entry.value()));
            }
        }
        ensure(sums.keys().all(|owner| positions.contains_key(owner)), || {
            format!("INV-4: an order without a position in {name}")
        })?;
        for (owner, account) in &accounts {
            ensure(!account.markets.contains(&address) || positions.contains_key(owner), || {
                format!("INV-3: {owner} thinks that it is in {name}")
            })?;
        }
        // What a settled market still owes, or is owed, by those who have not left it.
        if market.base == SETTLED {
            let price: u64 = world.see("markets::settlement_price", crate::args![address]);
            let worth = if market.is_perp {
                price
            } else {
                let values = world.view("markets::series", crate::args![address])?;
                let (strike, is_call): (u64, bool) =
                    (bcs::from_bytes(&values[2]).unwrap(), bcs::from_bytes(&values[3]).unwrap());
                if is_call { price.saturating_sub(strike) } else { strike.saturating_sub(price) }
            };
            total += sizes * i128::from(worth) / 1_000_000_000_000;
        }
        // INV-6.
        let rest = market.funding_pool.value() - unsettled;
        ensure(rest >= 0 && rest <= memory.funding_settlements, || format!("INV-6: funding of {name} leaves {rest}"))?;
        // INV-10.
        if market.config.is_option && market.base == SETTLED && positions.values().all(|p| p.size.value() == 0) {
            let sum = memory.settled.get(&address).copied().unwrap_or(0);
            ensure(sum == 0, || format!("INV-10: payoffs of {name} sum up to {sum}"))?;
        }
        // INV-15.
        let fees = market.fees.value();
        let before = memory.fees.insert(address, fees).unwrap_or(0);
        ensure(fees >= before || swept(&address), || format!("INV-15: fees of {name} fell from {before} to {fees}"))?;
        total += fees + market.funding_pool.value() + i128::try_from(market.prepaid).unwrap();
    }
    let (_, (insurance, treasury)) =
        world.mirror.all::<(Signed, Signed)>("accounts::Funds").pop().expect("the venue has funds");
    total += insurance.value() + treasury.value();
    ensure(insurance.value() >= 0 && treasury.value() >= 0, || "INV-7: funds below zero".to_owned())?;
    // INV-1.
    let custody: u64 = world.see("accounts::custody_balance", vec![]);
    ensure(total == i128::from(custody), || format!("INV-1: {custody} in custody, {total} on the books"))?;
    let held: u64 = accounts.values().flat_map(|a| &a.holdings).map(|(_, amount)| *amount).sum();
    let custody: u64 = world.see("accounts::collateral_custody", crate::args![0u64]);
    ensure(held == custody, || format!("INV-1: {custody} ether in custody, {held} on the books"))?;
    vault(world)?;
    ensure(memory.rebuilt.orders == orders_seen, || difference("orders", &memory.rebuilt.orders, &orders_seen))?;
    ensure(memory.rebuilt.positions == positions_seen, || {
        difference("positions", &memory.rebuilt.positions, &positions_seen)
    })
}

fn difference<K: Ord + std::fmt::Debug, V: PartialEq + std::fmt::Debug>(
    what: &str,
    rebuilt: &BTreeMap<K, V>,
    seen: &BTreeMap<K, V>,
) -> String {
    let keys: BTreeSet<&K> = rebuilt.keys().chain(seen.keys()).collect();
    let first = keys.into_iter().find(|key| rebuilt.get(key) != seen.get(key));
    match first {
        Some(key) => format!("events: {what} {key:?} is {:?}, rebuilt {:?}", seen.get(key), rebuilt.get(key)),
        None => format!("events: {what} differ"),
    }
}

/// INV-12: shares are the holders' and the fees'.
fn vault(world: &World) -> Result<(), String> {
    let values = world.view("backstop::state", vec![])?;
    let word = |bytes: &[u8]| u128::from_le_bytes(bytes[..16].try_into().unwrap());
    let (shares, fee_shares) = (word(&values[1]), word(&values[3]));
    let mut sum = fee_shares;
    for (number, _) in world.mirror.all::<Account>("accounts::Account") {
        let values = world.view("backstop::holder", crate::args![number])?;
        sum += word(&values[0]);
    }
    ensure(sum == shares, || format!("INV-12: {shares} shares, {sum} held"))
}
