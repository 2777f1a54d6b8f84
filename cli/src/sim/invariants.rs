//! INV-1 to INV-4, INV-6, INV-10 and INV-15 of a venue, recomputed from outside in integers.
//!
//! INV-10 and INV-15 are also about single transactions; [`super::mirror::Mirror::apply`] looks at those.

use std::collections::BTreeMap;

use move_core_types::AccountAddress;

use super::mirror::{Market, Mirror, Violation};

/// Invariants in the order of reports.
pub(crate) const NAMES: [&str; 7] = ["INV-1", "INV-2", "INV-3", "INV-4", "INV-6", "INV-10", "INV-15"];

/// Open orders of an account in a market.
const ORDERS_MAX: usize = 100;
/// Size times the growth of the funding index, by quote.
const PAYMENT: i128 = 1_000_000_000_000_000_000_000;

/// Everything that does not hold now.
pub(crate) fn check(mirror: &Mirror) -> Vec<Violation> {
    let mut broken = Vec::new();
    conservation(mirror, &mut broken);
    for (at, market) in &mirror.markets {
        positions(at, market, &mut broken);
        book(at, market, mirror.now, &mut broken);
        if market.is_perp {
            funding(at, market, &mut broken);
        } else if market.settlement != 0 && market.positions.is_empty() && market.payoffs != 0 {
            broken.push(format!("INV-10: the payoffs of {at} sum up to {} and not to 0", market.payoffs));
        }
    }
    broken
}

/// INV-1: tokens in custody are what everybody and everything is credited with.
fn conservation(mirror: &Mirror, broken: &mut Vec<Violation>) {
    let (held, collateral) = mirror.custody();
    let credited = credited(mirror);
    if credited != Some(i128::from(held)) {
        let credited = credited.map_or_else(|| "more than 2^127".to_owned(), |sum| sum.to_string());
        broken.push(format!("INV-1: {held} units are in custody, {credited} are credited"));
    }
    for (asset, held) in (0u64..).zip(collateral) {
        let amounts = mirror.accounts.values().flat_map(|account| &account.holdings);
        let sum: u128 = amounts.filter(|(of, _)| *of == asset).map(|(_, amount)| *amount).sum();
        if sum != u128::from(held) {
            broken.push(format!("INV-1: {held} units of asset {asset} are in custody, {sum} are credited"));
        }
    }
}

/// Cash, entries, fees, funding pools, prepaid money, insurance and treasury.
fn credited(mirror: &Mirror) -> Option<i128> {
    let mut sum = mirror.insurance.checked_add(mirror.treasury)?;
    for account in mirror.accounts.values() {
        sum = sum.checked_add(account.cash)?;
    }
    for market in mirror.markets.values() {
        sum = sum.checked_add(market.fees)?.checked_add(market.funding_pool)?;
        sum = sum.checked_add(i128::try_from(market.prepaid).ok()?)?;
        for position in market.positions.values() {
            sum = sum.checked_add(position.quote_entry)?;
        }
    }
    Some(sum)
}

/// INV-2 and INV-3: sizes sum up to zero, open interest is both sides, nothing is left of empty positions.
fn positions(at: &AccountAddress, market: &Market, broken: &mut Vec<Violation>) {
    let sum: i128 = market.positions.values().map(|position| position.size).sum();
    if sum != 0 {
        broken.push(format!("INV-2: sizes in {at} sum up to {sum}"));
    }
    let side = |sign: i128| -> i128 { market.positions.values().map(|position| (sign * position.size).max(0)).sum() };
    let (long, short) = (side(1), side(-1));
    let interest = i128::try_from(market.open_interest).unwrap_or(i128::MAX);
    if interest != long || interest != short {
        broken.push(format!("INV-3: open interest of {at} is {interest}, longs {long}, shorts {short}"));
    }
    for (owner, position) in &market.positions {
        let idle = position.orders.is_empty() && position.open_buys == 0 && position.open_sells == 0;
        if position.size == 0 && (position.quote_entry != 0 || idle) {
            broken.push(format!("INV-3: {owner} has an empty position in {at} that is not deleted"));
        }
    }
}

/// INV-4: the book is not crossed, orders fit the grid, and positions know the sums of their orders.
fn book(at: &AccountAddress, market: &Market, now: u64, broken: &mut Vec<Violation>) {
    let live = || market.orders.values().filter(|order| order.expiry == 0 || order.expiry > now);
    let best_bid = live().filter(|order| order.is_buy).map(|order| order.price).max();
    let best_ask = live().filter(|order| !order.is_buy).map(|order| order.price).min();
    if let (Some(bid), Some(ask)) = (best_bid, best_ask)
        && bid >= ask
    {
        broken.push(format!("INV-4: {at} is crossed, {bid} is bid and {ask} asked"));
    }
    let mut sums: BTreeMap<AccountAddress, (u64, u64, u128, Vec<u64>)> = BTreeMap::new();
    for (id, order) in &market.orders {
        if order.size == 0
            || order.size % market.lot.max(1) != 0
            || order.price == 0
            || order.price % market.tick.max(1) != 0
        {
            broken.push(format!("INV-4: order {id} of {at} is off the grid: {} at {}", order.size, order.price));
        }
        let sum = sums.entry(order.owner).or_default();
        *(if order.is_buy { &mut sum.0 } else { &mut sum.1 }) += order.size;
        sum.2 += order.reserve;
        sum.3.push(*id);
    }
    let nothing = (0, 0, 0, Vec::new());
    for (owner, position) in &market.positions {
        let sum = sums.remove(owner).unwrap_or_else(|| nothing.clone());
        let stored = (position.open_buys, position.open_sells, position.reserve, position.orders.clone());
        // An auction reserves in the position for orders that are in no book.
        if stored != sum && !market.auction {
            broken.push(format!("INV-4: {owner} has {stored:?} open in {at}, its orders come to {sum:?}"));
        }
        if position.orders.len() > ORDERS_MAX {
            broken.push(format!("INV-4: {owner} has {} orders in {at}", position.orders.len()));
        }
    }
    for owner in sums.keys() {
        broken.push(format!("INV-4: {owner} has orders in {at} and no position"));
    }
}

/// INV-6: what is left in the pool when everybody has settled is rounding, less than a unit a settlement.
fn funding(at: &AccountAddress, market: &Market, broken: &mut Vec<Violation>) {
    let mut rest = Some(market.funding_pool);
    let mut unsettled = 0u128;
    for position in market.positions.values() {
        let grown = market.funding_index - position.last_funding;
        if grown == 0 {
            continue;
        }
        unsettled += 1;
        let payment = position.size.checked_neg().and_then(|size| size.checked_mul(grown));
        rest = rest.zip(payment).and_then(|(rest, payment)| rest.checked_sub(payment.div_euclid(PAYMENT)));
    }
    let most = market.settlements + unsettled;
    let fits = rest.is_some_and(|rest| u128::try_from(rest).is_ok_and(|rest| rest < most || (rest == 0 && most == 0)));
    if !fits {
        let rest = rest.map_or_else(|| "more than 2^127".to_owned(), |rest| rest.to_string());
        broken.push(format!(
            "INV-6: when all have settled, {rest} units are left in the pool of {at} after {most} settlements"
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::mirror::{Account, Order, Position};

    fn position(size: i128, quote_entry: i128) -> Position {
        Position { size, quote_entry, last_funding: 0, open_buys: 0, open_sells: 0, reserve: 0, orders: vec![] }
    }

    /// Two accounts, one perpetual, nothing in custody.
    fn world() -> (Mirror, AccountAddress, [AccountAddress; 2]) {
        let mut mirror = Mirror::default();
        let (at, traders) = (AccountAddress::from_u8(9), [1, 2].map(AccountAddress::from_u8));
        let mut market = Market { is_perp: true, tick: 10, lot: 10, open_interest: 50, ..Market::default() };
        market.positions.insert(traders[0], position(50, -70));
        market.positions.insert(traders[1], position(-50, 70));
        mirror.markets.insert(at, market);
        for trader in traders {
            mirror.accounts.insert(trader, Account::default());
        }
        (mirror, at, traders)
    }

    fn broken(change: impl FnOnce(&mut Mirror, AccountAddress, [AccountAddress; 2])) -> Vec<String> {
        let (mut mirror, at, traders) = world();
        change(&mut mirror, at, traders);
        check(&mirror).iter().map(|line| line.split(':').next().unwrap().to_owned()).collect()
    }

    #[test]
    fn one_unit_anywhere_is_noticed() {
        assert!(broken(|_, _, _| ()).is_empty());
        assert_eq!(broken(|mirror, _, [one, _]| mirror.accounts.get_mut(&one).unwrap().cash = 1), ["INV-1"]);
        assert_eq!(broken(|mirror, at, _| mirror.markets.get_mut(&at).unwrap().fees = 1), ["INV-1"]);
        let sized = |mirror: &mut Mirror, at, [one, _]: [AccountAddress; 2]| {
            mirror.markets.get_mut(&at).unwrap().positions.get_mut(&one).unwrap().size = 51;
        };
        assert_eq!(broken(sized), ["INV-2", "INV-3"]);
        assert_eq!(broken(|mirror, at, _| mirror.markets.get_mut(&at).unwrap().open_interest = 49), ["INV-3"]);
    }

    #[test]
    fn books_and_funding_are_held_to_their_sums() {
        let order = |is_buy, price, size, owner| Order {
            owner,
            is_buy,
            price,
            size,
            reduce_only: false,
            expiry: 0,
            client_id: 0,
            reserve: 0,
        };
        let crossed = broken(|mirror, at, [one, two]| {
            let market = mirror.markets.get_mut(&at).unwrap();
            market.orders.insert(1, order(true, 100, 10, one));
            market.orders.insert(2, order(false, 100, 10, two));
            for (owner, id) in [(one, 1), (two, 2)] {
                market.positions.get_mut(&owner).unwrap().orders.push(id);
            }
            market.positions.get_mut(&one).unwrap().open_buys = 10;
            market.positions.get_mut(&two).unwrap().open_sells = 10;
        });
        assert_eq!(crossed, ["INV-4"]);
        assert_eq!(
            broken(|mirror, at, [one, _]| {
                mirror.markets.get_mut(&at).unwrap().orders.insert(1, order(true, 100, 10, one));
            }),
            ["INV-4"]
        );
        // One growth of the index that both have yet to settle: floor(-5) + floor(5) = 0; half a unit leaves one.
        let grown = |index: i128, pool: i128| {
            broken(move |mirror, at, [one, _]| {
                let market = mirror.markets.get_mut(&at).unwrap();
                (market.funding_index, market.funding_pool) = (index, pool);
                mirror.accounts.get_mut(&one).unwrap().cash = -pool;
            })
        };
        assert!(grown(PAYMENT / 10, 0).is_empty());
        assert!(grown(PAYMENT / 100, 0).is_empty());
        assert_eq!(grown(PAYMENT / 10, 2), ["INV-6"]);
        assert_eq!(grown(PAYMENT / 10, -1), ["INV-6"]);
    }
}
