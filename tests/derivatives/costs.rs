//! What operations cost: gas in small and in large books, gas of the worst cases, operations a second on one core.

use std::time::Instant;

use crate::args;
use crate::script::Dice;
use crate::world::{BTC, QUOTE, SIZE, World, order_args};

const TICK: u64 = 100_000_000;
const LOT: u64 = 100_000;
/// An order of an account at most, in one market.
const ORDERS: u32 = 100;

/// Fills both sides until `count` orders rest, by accounts of 100 orders each; gas and seconds of the insertions.
fn fill(world: &mut World, from: u32, count: u32, dice: &mut Dice) -> (u64, f64) {
    let market = world.perp("BTC");
    let (mut gas, started) = (0, Instant::now());
    for number in from..count {
        let who = 2 + number / ORDERS;
        let is_buy = number % 2 == 0;
        // Within 4 % of the mark, on 24,000 levels a side.
        let distance = (1 + dice.below(24_000)) * TICK;
        let price = if is_buy { BTC - distance } else { BTC + distance };
        let done = world.order(who, market, is_buy, price, 10 * LOT);
        assert_eq!(done.code(), 0, "order {number}: {}", done.message);
        gas += done.gas;
        if number % 2_000 == 0 {
            fresh(world);
        }
    }
    (gas / u64::from((count - from).max(1)), started.elapsed().as_secs_f64())
}

fn fresh(world: &mut World) {
    world.pass(1);
    let feed = world.feed("BTC");
    world.ok_report(feed, BTC);
}

/// Gas of an insertion, a cancel and a match of one maker, the mean of some.
fn sample(world: &World, taker: u32, dice: &mut Dice) -> [u64; 3] {
    let mut world = world.clone();
    fresh(&mut world);
    let market = world.perp("BTC");
    let account = world.account(taker);
    let mut sums = [0; 3];
    let rounds = 50;
    for round in 0..rounds {
        let is_buy = round % 2 == 0;
        let distance = (1 + dice.below(24_000)) * TICK;
        let done = world.order(taker, market, is_buy, if is_buy { BTC - distance } else { BTC + distance }, LOT);
        assert_eq!(done.code(), 0, "{}", done.message);
        sums[0] += done.gas;
        let ids: Vec<u64> = world.see("markets::orders_of", args![market, account]);
        sums[1] += world.ok(taker, "exchange::cancel_order", args![account, market, ids[0]]).gas;
        let take = order_args(account, market, is_buy, 1, 0, LOT, false, 0, 0, 0);
        sums[2] += world.ok(taker, "exchange::place_order", take).gas;
    }
    sums.map(|sum| sum / rounds)
}

/// The large book has this many orders: 100,000 in the full dose (`TENOR_DERIVATIVES_ORDERS`).
fn large() -> u32 {
    std::env::var("TENOR_DERIVATIVES_ORDERS").ok().and_then(|text| text.parse().ok()).unwrap_or(4_000)
}

#[test]
fn a_large_book_costs_little_more_than_a_small_one() {
    book_table(large());
}

/// Fills a book up to `orders` and holds the gas of operations there against that at 1,000.
pub fn book_table(orders: u32) {
    let accounts = orders / ORDERS + 1;
    let mut world = World::new(accounts + 10, None);
    world.open(accounts, 1_000_000);
    let taker = 2 + accounts - 1;
    let mut dice = Dice(1);
    let mut rows = Vec::new();
    let mut at = 0;
    for count in [1_000, 10_000, 100_000].into_iter().map(|count: u32| count.min(orders)) {
        if count == at {
            continue;
        }
        let (mean, seconds) = fill(&mut world, at, count, &mut dice);
        let rate = f64::from(count - at) / seconds;
        rows.push((count, mean, rate, sample(&world, taker, &mut dice)));
        at = count;
    }
    println!(
        "{:>8} {:>10} {:>12} {:>10} {:>10} {:>10}",
        "orders", "mean gas", "inserts/s", "insert", "cancel", "match"
    );
    for (count, mean, rate, [insert, cancel, matched]) in &rows {
        println!("{count:>8} {mean:>10} {rate:>12.0} {insert:>10} {cancel:>10} {matched:>10}");
    }
    let (first, last) = (rows[0].3, rows[rows.len() - 1].3);
    for operation in 0..3 {
        assert!(last[operation] * 10 <= first[operation] * 18, "operation {operation}: {first:?} and {last:?}");
    }
}

/// Operations a second on one core, and their gas; with more of them when `TENOR_DERIVATIVES_ORDERS` asks for it.
#[test]
fn operations_have_a_price_and_a_speed() {
    let rounds = (large() / 20).max(100);
    let mut world = World::new(60, None);
    world.open(40, 1_000_000);
    let market = world.perp("BTC");
    let mut rows = Vec::new();
    let row = |rows: &mut Vec<(&str, u64, f64)>, name, gas: u64, count: u32, started: Instant| {
        rows.push((name, gas / u64::from(count), f64::from(count) / started.elapsed().as_secs_f64()));
    };
    let (mut gas, started) = (0, Instant::now());
    for number in 0..rounds {
        gas += world
            .order(
                2 + number % 10,
                market,
                number % 2 == 0,
                BTC - 1_000 * TICK + u64::from(number % 2) * 2_000 * TICK,
                LOT,
            )
            .gas;
    }
    row(&mut rows, "insert", gas, rounds, started);
    for (name, makers) in [("match 1", 1), ("match 4", 4), ("match 16", 16)] {
        let mut gas = 0;
        let mut spent = 0.0;
        for number in 0..rounds / 10 {
            for maker in 0..makers {
                assert_eq!(world.order(20 + maker, market, false, BTC, LOT).code(), 0);
            }
            let started = Instant::now();
            let done = world.order(12 + number % 8, market, true, BTC, u64::from(makers) * LOT);
            spent += started.elapsed().as_secs_f64();
            assert_eq!(done.code(), 0, "{}", done.message);
            gas += done.gas;
        }
        rows.push((name, gas / u64::from(rounds / 10), f64::from(rounds / 10) / spent));
    }
    // Liquidations: each of these is long 30 BTC with little behind it, and falls.
    let mut base = World::new(60, None);
    base.open(40, 0);
    base.fund(2, 10_000_000 * QUOTE);
    for who in 3..40 {
        base.fund(who, 40_000 * QUOTE);
        assert_eq!(base.order(2, market, false, BTC, 20 * SIZE).code(), 0);
        let done = base.order(who, market, true, BTC, 20 * SIZE);
        assert_eq!(done.code(), 0, "{}", done.message);
    }
    let feed = base.feed("BTC");
    base.pass(5);
    base.ok_report(feed, BTC * 975 / 1000);
    let (mut gas, mut count, mut worst) = (0, 0, 0);
    let started = Instant::now();
    for who in 3..40 {
        let arguments = args![base.account(2), base.account(who), market, 0u64, 0u64];
        let done = base.ok(2, "keepers::liquidate_perp", arguments);
        gas += done.gas;
        worst = worst.max(done.gas);
        count += 1;
    }
    row(&mut rows, "liquidation", gas, count, started);
    println!("{:>12} {:>10} {:>12}", "operation", "gas", "per second");
    for (name, gas, rate) in &rows {
        println!("{name:>12} {gas:>10} {rate:>12.0}");
    }
    println!("the dearest liquidation took {worst}");
    assert!(rows.iter().all(|(_, gas, _)| *gas <= 250_000));
}
