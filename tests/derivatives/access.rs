//! Access paths: what different accounts do in different markets writes different keys.

use std::collections::BTreeSet;

use types::StateKey;

use crate::args;
use crate::world::{BTC, Done, SIZE, World, order_args};

const TICK: u64 = 100_000_000;

/// Keys that a transaction wrote, as text.
fn keys(done: &Done) -> BTreeSet<String> {
    assert_eq!(done.code(), 0, "{}", done.message);
    done.writes.iter().map(|(key, _)| name(key)).collect()
}

fn name(key: &StateKey) -> String {
    match key {
        StateKey::Resource { address, tag } => format!("{}::{} at {address}", tag.module, tag.name),
        StateKey::TableItem { handle, key } => format!("item {} of {handle}", hex::encode(key)),
        other => format!("{other:?}"),
    }
}

/// What the venue's code wrote: all but the sender's sequence number and gas.
fn of_the_venue(done: &Done) -> BTreeSet<String> {
    keys(done)
        .into_iter()
        .filter(|key| !key.starts_with("account::Account") && !key.starts_with("coin::CoinStore"))
        .collect()
}

fn base() -> World {
    let mut world = World::new(12, None);
    world.open(8, 100_000);
    let feed = world.feed("BTC");
    let expiry = (world.now() / 86_400 + 2) * 86_400 + 28_800;
    assert_eq!(world.smile(feed, expiry, BTC).code(), 0);
    world.list(feed, expiry, BTC, true);
    world.list(feed, expiry, BTC, false);
    let (btc, eth) = (world.perp("BTC"), world.perp("ETH"));
    // Something rests in every book, by accounts 8 and 9.
    for market in [btc, eth] {
        let mark: u64 = world.see("markets::mark", args![market]);
        let mark = mark / TICK * TICK;
        for who in [8, 9] {
            assert_eq!(world.order(who, market, true, mark - 10 * TICK, SIZE).code(), 0);
            assert_eq!(world.order(who, market, false, mark + 10 * TICK, SIZE).code(), 0);
        }
    }
    world.pass(1);
    world
}

/// Every entry function that a trader uses in a market, as (name, arguments).
fn entries(world: &World, who: u32, symbol: &str) -> Vec<(&'static str, Vec<Vec<u8>>)> {
    let (account, market) = (world.account(who), world.perp(symbol));
    let mark: u64 = world.see("markets::mark", args![market]);
    let mark = mark / TICK * TICK;
    let order = |is_buy, kind, price, size| order_args(account, market, is_buy, kind, price, size, false, 0, 0, 0);
    let ids: Vec<u64> = world.see("markets::orders_of", args![market, account]);
    let mut entries = vec![
        ("exchange::place_order", order(true, 0, mark - 20 * TICK, SIZE)),
        ("exchange::place_order", order(false, 3, mark + 20 * TICK, SIZE)),
        ("exchange::place_order", order(true, 1, mark + 10 * TICK, SIZE / 2)),
        ("exchange::place_order", order(false, 2, mark - 10 * TICK, SIZE)),
        ("exchange::place_trigger", args![account, market, true, mark + TICK, false, 1u8, 0u64, SIZE, true]),
        ("exchange::settle_account", args![account]),
        ("markets::sample_premium", args![market]),
    ];
    if let Some(id) = ids.first() {
        entries.extend([
            ("exchange::cancel_order", args![account, market, id]),
            ("exchange::cancel_all", args![account, market, 10u64]),
            ("exchange::amend_order", args![account, market, id, SIZE / 2]),
            ("exchange::amend_order", args![account, market, id, SIZE * 2]),
            ("exchange::replace_order", args![account, market, id, mark - 30 * TICK, SIZE / 2]),
        ]);
    }
    entries
}

#[test]
fn different_accounts_in_different_markets_write_different_keys() {
    let mut base = base();
    // Makers of ETH are others than makers of BTC, so that their cash differs too.
    for (market, who) in [("BTC", 9), ("ETH", 8)] {
        let arguments = args![base.account(who), base.perp(market), 10u64];
        base.ok(who, "exchange::cancel_all", arguments);
    }
    for (who, symbol) in [(2, "BTC"), (3, "ETH")] {
        let market = base.perp(symbol);
        let mark: u64 = base.see("markets::mark", args![market]);
        assert_eq!(base.order(who, market, true, mark / TICK * TICK - 15 * TICK, SIZE).code(), 0);
    }
    base.pass(61);
    for symbol in ["BTC", "ETH"] {
        let feed = base.feed(symbol);
        base.ok_report(feed, if symbol == "BTC" { BTC } else { BTC / 20 });
    }
    let (mut pairs, mut checked) = (0, BTreeSet::new());
    for (name, arguments) in entries(&base, 2, "BTC") {
        let here = keys(&base.clone().run(2, name, arguments));
        for (other, arguments) in entries(&base, 3, "ETH") {
            let there = keys(&base.clone().run(3, other, arguments));
            let both: Vec<_> = here.intersection(&there).collect();
            assert!(both.is_empty(), "{name} in BTC and {other} in ETH both write {both:?}");
            pairs += 1;
        }
        checked.insert(name);
    }
    println!("{pairs} pairs of {} entry functions write disjoint keys", checked.len());
}

#[test]
fn two_makers_of_a_market_meet_on_its_book_only() {
    let base = base();
    let market = base.perp("BTC");
    let bid = |who: u32| of_the_venue(&base.clone().order(who, market, true, BTC - 40 * TICK, SIZE));
    let both: Vec<_> = bid(2).intersection(&bid(3)).cloned().collect();
    for key in &both {
        let allowed = key.starts_with("books::Market") || key.starts_with("perps::Perp") || key.starts_with("item ");
        assert!(allowed, "{key}");
    }
    let accounts = [2, 3].map(|who| base.account(who).to_string());
    assert!(both.iter().all(|key| accounts.iter().all(|account| !key.contains(account.as_str()))), "{both:?}");
}

/// DS-3 and PAR-4: how many items operations write, and which.
#[test]
fn orders_and_fills_write_few_items() {
    let mut world = base();
    let market = world.perp("BTC");
    let resting = of_the_venue(&world.order(2, market, true, BTC - 20 * TICK, SIZE));
    let again = of_the_venue(&world.order(2, market, true, BTC - 21 * TICK, SIZE));
    let ids: Vec<u64> = world.see("markets::orders_of", args![market, world.account(2)]);
    let cancel = of_the_venue(&world.ok(2, "exchange::cancel_order", args![world.account(2), market, ids[0]]));
    // Makers 8 and 9 have orders in both perpetuals; a fill leaves ETH alone.
    let one = of_the_venue(&world.clone().order(3, market, true, BTC + 10 * TICK, SIZE / 2));
    let two = of_the_venue(&world.clone().order(3, market, true, BTC + 10 * TICK, SIZE + SIZE / 2));
    println!(
        "items written: resting {}, resting again {}, cancel {}, one fill {}, two fills {}",
        resting.len(),
        again.len(),
        cancel.len(),
        one.len(),
        two.len()
    );
    assert!(resting.len() <= 6, "{resting:?}");
    assert!(again.len() <= 6 && cancel.len() <= 4, "{again:?} {cancel:?}");
    assert!(two.len() - one.len() <= 4, "{:?}", two.difference(&one));
    let eth = world.perp("ETH").to_string();
    assert!(two.iter().all(|key| !key.contains(&eth)), "{two:?}");
}
