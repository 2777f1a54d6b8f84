//! Every entry function with what it must refuse: the documented code, and no effect.

use types::{StateKey, Status};

use crate::args;
use crate::world::{BTC, Done, QUOTE, SIZE, World, key, order_args, user};

const TICK: u64 = 100_000_000;
const BIG: u64 = u64::MAX;

/// Nothing but the sender's sequence number and gas was written, and nothing was told.
fn without_effect(name: &str, done: &Done) {
    for (key, _) in done.writes.iter() {
        let own = matches!(key, StateKey::Resource { tag, .. }
            if (tag.module.as_str(), tag.name.as_str()) == ("account", "Account") || tag.name.as_str() == "CoinStore");
        assert!(own, "{name} wrote {key:?}");
    }
    assert_eq!(done.events.len(), 1, "{name}: the fee statement is the only event");
}

struct Suite {
    world: World,
    failures: Vec<String>,
    count: u32,
}

impl Suite {
    fn refuse(&mut self, what: &str, sender: u32, name: &str, args: Vec<Vec<u8>>, code: u64) {
        self.refuse_in(&self.world.clone(), what, sender, name, args, code);
    }

    fn refuse_in(&mut self, world: &World, what: &str, sender: u32, name: &str, args: Vec<Vec<u8>>, code: u64) {
        let done = world.clone().run(sender, name, args);
        self.count += 1;
        if done.code() != code || done.status == Status::Success {
            self.failures.push(format!("{name}, {what}: {:#x}, not {code:#x}: {}", done.code(), done.message));
        } else {
            without_effect(name, &done);
        }
    }
}

#[test]
fn what_is_wrong_is_refused_with_its_code_and_without_effect() {
    let mut world = World::new(12, None);
    world.open(6, 100_000);
    let (feed, btc) = (world.feed("BTC"), world.perp("BTC"));
    let expiry = (world.now() / 86_400 + 2) * 86_400 + 28_800;
    assert_eq!(world.smile(feed, expiry, BTC).code(), 0);
    let series = world.list(feed, expiry, BTC, true);
    let (mine, other) = (world.account(2), world.account(3));
    let none = user(77);
    assert_eq!(world.order(2, btc, true, BTC - 10 * TICK, SIZE).code(), 0);
    assert_eq!(world.order(3, btc, false, BTC + 10 * TICK, SIZE).code(), 0);
    let id: Vec<u64> = world.see("markets::orders_of", args![btc, mine]);
    let id = id[0];
    let mut suite = Suite { world, failures: vec![], count: 0 };
    let s = &mut suite;
    let order = |account, market, is_buy: bool, kind: u8, price: u64, size: u64, reduce: bool, expiry: u64| {
        order_args(account, market, is_buy, kind, price, size, reduce, 0, expiry, 0)
    };

    // Who may not.
    s.refuse("a stranger", 3, "exchange::place_order", order(mine, btc, true, 0, BTC, SIZE, false, 0), 0x201);
    s.refuse("a stranger", 3, "exchange::amend_order", args![mine, btc, id, SIZE], 0x201);
    s.refuse("a stranger", 3, "exchange::replace_order", args![mine, btc, id, BTC, SIZE], 0x201);
    s.refuse("a stranger", 3, "exchange::cancel_order", args![mine, btc, id], 0x201);
    s.refuse("a stranger", 3, "exchange::cancel_all", args![mine, btc, 10u64], 0x201);
    s.refuse(
        "a stranger",
        3,
        "exchange::place_trigger",
        args![mine, btc, true, BTC, true, 1u8, 0u64, SIZE, false],
        0x201,
    );
    s.refuse("a stranger", 3, "exchange::cancel_trigger", args![mine, btc, 1u64], 0x201);
    s.refuse("a stranger", 3, "exchange::withdraw", args![mine, 1u64], 0x201);
    s.refuse("a stranger", 3, "exchange::withdraw_collateral", args![mine, 0u64, 1u64], 0x201);
    s.refuse("a stranger", 3, "exchange::transfer", args![mine, other, 1u64], 0x201);
    s.refuse("a stranger", 3, "exchange::set_portfolio", args![mine, true], 0x201);
    s.refuse("a stranger", 3, "exchange::list_series", args![mine, feed, expiry, BTC, false], 0x201);
    s.refuse("a stranger", 3, "accounts::set_delegate", args![mine, user(3), 1u8, u64::MAX], 0x201);
    s.refuse("a stranger", 3, "backstop::deposit", args![mine, QUOTE, [0u8; 32]], 0x201);
    s.refuse("a stranger", 3, "backstop::request", args![mine, [0u8; 32]], 0x201);
    s.refuse("a stranger", 3, "backstop::redeem", args![mine, 0u128], 0x201);
    s.refuse("a stranger", 3, "keepers::liquidate_perp", args![mine, other, btc, 0u64, 0u64], 0x201);
    s.refuse("a stranger", 3, "keepers::liquidate_options", args![mine, other, feed, expiry, 0u64, 0u64], 0x201);
    s.refuse("a stranger", 3, "keepers::sell_collateral", args![mine, other, 0u64, 0u64, 0u64], 0x201);
    s.refuse("a stranger", 3, "slices::bid", args![mine, other, 1u64, 0u64], 0x201);
    s.refuse("a stranger", 3, "call_auction::submit", args![mine, btc, true, BTC, SIZE], 0x201);
    s.refuse("no governor", 3, "accounts::initialize", args![s.world.token("quote")], 0x201);
    s.refuse(
        "no governor",
        3,
        "accounts::add_asset",
        args![s.world.token("ether"), feed, 0u64, 0u64, 0u64, 0u64],
        0x201,
    );
    s.refuse("no governor", 3, "accounts::set_guardian", args![user(3), true], 0x201);
    s.refuse("no governor", 3, "oracle::create_feed", args![b"X".to_vec(), Vec::<Vec<u8>>::new(), user(3)], 0x201);
    s.refuse("no governor", 3, "markets::set_status", args![btc, 6u8], 0x201);
    s.refuse("no governor", 3, "markets::announce_delisting", args![btc, true], 0x201);
    s.refuse("no governor", 3, "markets::list_series_by_governance", args![feed, expiry, BTC, false, 60u64], 0x201);
    s.refuse("no guardian", 3, "markets::guard", args![btc, 6u8, 1u64], 0x201);
    s.refuse("no governor", 3, "call_auction::open", args![btc, 60u64], 0x201);
    s.refuse("no governor", 3, "backstop::start", vec![], 0x201);
    let tiers = (vec![0u64], vec![20_000_000u64], vec![10_000_000u64]);
    let perp = |tick: u64, lot: u64, maker: u64, taker: u64| {
        args![
            b"X".to_vec(),
            feed,
            none,
            tick,
            lot,
            lot,
            16u64,
            true,
            maker,
            taker,
            50_000_000u64,
            1u64,
            1u64,
            tiers.0,
            tiers.1,
            tiers.2
        ]
    };
    s.refuse("no governor", 3, "markets::list_perp", perp(TICK, 100_000, 1, 2), 0x201);
    s.refuse("inexact notionals", 0, "markets::list_perp", perp(TICK, 1_000, 1, 2), 0x801);
    s.refuse("a rebate above the fee", 0, "markets::list_perp", perp(TICK, 100_000, 3, 2), 0x801);
    let queue = args![btc, false, 1u64, 2u64, 50_000_000u64, 1u64, 1u64, tiers.0, tiers.1, tiers.2];
    s.refuse("no governor", 3, "markets::queue_params", queue.clone(), 0x201);
    s.refuse("nothing is queued", 3, "markets::apply_params", args![btc], 0x803);
    let mut queued = s.world.clone();
    queued.ok(0, "markets::queue_params", queue);
    queued.pass(86_000);
    s.refuse_in(&queued, "too early", 3, "markets::apply_params", args![btc], 0x803);

    // Delegates.
    let mut delegated = s.world.clone();
    delegated.ok(2, "accounts::set_delegate", args![mine, user(4), 2u8, delegated.now() + 100]);
    s.refuse_in(
        &delegated,
        "cancelling only",
        4,
        "exchange::place_order",
        order(mine, btc, true, 0, BTC, SIZE, false, 0),
        0x202,
    );
    s.refuse_in(&delegated, "no withdrawing", 4, "exchange::withdraw", args![mine, 1u64], 0x201);
    delegated.pass(100);
    s.refuse_in(&delegated, "too late", 4, "exchange::cancel_order", args![mine, btc, id], 0x203);

    // Orders, in the order of the rules.
    for (what, arguments, code) in [
        ("no size", order(mine, btc, true, 0, BTC, 0, false, 0), 0x302),
        ("no lot multiple", order(mine, btc, true, 0, BTC, 100_001, false, 0), 0x302),
        ("too large a size", order(mine, btc, true, 0, BTC, BIG / 100_000 * 100_000, false, 0), 0x302),
        ("no price", order(mine, btc, true, 0, 0, SIZE, false, 0), 0x304),
        ("off the tick", order(mine, btc, true, 0, BTC + 1, SIZE, false, 0), 0x304),
        ("too large a price", order(mine, btc, false, 0, BIG / TICK * TICK, SIZE, false, 0), 0x304),
        ("expired", order(mine, btc, true, 0, BTC, SIZE, false, s.world.now()), 0x305),
        ("above the band", order(mine, btc, true, 0, BTC * 106 / 100, SIZE, false, 0), 0x306),
        ("below the band", order(mine, btc, false, 0, BTC * 94 / 100, SIZE, false, 0), 0x306),
        ("nothing to reduce", order(mine, btc, true, 0, BTC, SIZE, true, 0), 0x307),
        ("crosses", order(mine, btc, true, 3, BTC + 10 * TICK, SIZE, false, 0), 0x308),
        ("too little to fill", order(mine, btc, true, 2, BTC + 10 * TICK, 2 * SIZE, false, 0), 0x309),
        ("an empty book", order(mine, s.world.perp("ETH"), true, 2, BTC / 20, SIZE, false, 0), 0x309),
        ("too much for the margin", order(mine, btc, true, 0, BTC - TICK, 80 * SIZE, false, 0), 0x401),
        ("more than an account may hold", order(mine, btc, true, 0, BTC, 1_100 * SIZE, false, 0), 0x403),
        ("no market", order(mine, none, true, 0, BTC, SIZE, false, 0), 0x30a),
        ("no account", order(none, btc, true, 0, BTC, SIZE, false, 0), 0x30a),
        ("an option too dear", order(mine, series, true, 0, BTC, SIZE, false, 0), 0x306),
    ] {
        s.refuse(what, 2, "exchange::place_order", arguments, code);
    }
    s.refuse("an unknown order", 2, "exchange::cancel_order", args![mine, btc, 999u64], 0x30a);
    s.refuse("another's order", 2, "exchange::cancel_order", args![mine, btc, id + 1], 0x201);
    s.refuse("an unknown number", 2, "exchange::cancel_client_order", args![mine, btc, 5u64], 0x30a);
    s.refuse("an unknown order", 2, "exchange::amend_order", args![mine, btc, 999u64, SIZE], 0x30a);
    s.refuse("no size", 2, "exchange::amend_order", args![mine, btc, id, 0u64], 0x302);
    s.refuse("another's order", 2, "exchange::replace_order", args![mine, btc, id + 1, BTC, SIZE], 0x201);
    s.refuse(
        "an option",
        2,
        "exchange::place_trigger",
        args![mine, series, true, BTC, true, 1u8, 0u64, SIZE, false],
        0x30a,
    );
    s.refuse(
        "no price",
        2,
        "exchange::place_trigger",
        args![mine, btc, true, 0u64, true, 1u8, 0u64, SIZE, false],
        0x304,
    );
    s.refuse("an unknown trigger", 2, "exchange::cancel_trigger", args![mine, btc, 7u64], 0x30a);
    let mut numbered = s.world.clone();
    numbered.ok(2, "exchange::place_order", order_args(mine, btc, true, 0, BTC - 20 * TICK, SIZE, false, 0, 0, 9));
    s.refuse_in(
        &numbered,
        "the same number",
        2,
        "exchange::place_order",
        order_args(mine, btc, true, 0, BTC - 20 * TICK, SIZE, false, 0, 0, 9),
        0x30b,
    );
    let mut many = s.world.clone();
    for _ in 0..99 {
        assert_eq!(many.order(2, btc, true, BTC - 30 * TICK, 100_000).code(), 0);
    }
    s.refuse_in(
        &many,
        "an order too many",
        2,
        "exchange::place_order",
        order(mine, btc, true, 0, BTC - 30 * TICK, 100_000, false, 0),
        0x205,
    );

    // Statuses.
    for (status, kind, reduce, taken) in [
        (2, 0, false, false),
        (3, 0, false, false),
        (3_u8, 3, false, true),
        (4, 0, false, false),
        (5, 3, false, false),
        (6, 3, false, false),
    ] {
        let mut slowed = s.world.clone();
        slowed.ok(0, "markets::set_status", args![btc, status]);
        let arguments = order(mine, btc, true, kind, BTC - 20 * TICK, SIZE, reduce, 0);
        if taken {
            slowed.ok(2, "exchange::place_order", arguments);
        } else {
            s.refuse_in(&slowed, "a slowed market", 2, "exchange::place_order", arguments, 0x301);
        }
        if status == 6 {
            s.refuse_in(&slowed, "a halted market", 2, "exchange::cancel_order", args![mine, btc, id], 0x301);
            s.refuse_in(&slowed, "a halted market", 2, "exchange::amend_order", args![mine, btc, id, SIZE / 2], 0x301);
        }
    }

    // A stale index.
    let mut stale = s.world.clone();
    stale.pass(31);
    s.refuse_in(
        &stale,
        "a stale index",
        2,
        "exchange::place_order",
        order(mine, btc, true, 0, BTC, SIZE, false, 0),
        0x301,
    );
    s.refuse_in(&stale, "a stale index", 2, "exchange::withdraw", args![mine, 1u64], 0x505);
    s.refuse_in(&stale, "a stale index", 2, "keepers::liquidate_perp", args![mine, other, btc, 0u64, 0u64], 0x505);
    s.refuse_in(&stale, "a stale index", 2, "exchange::list_series", args![mine, feed, expiry, BTC, false], 0x505);
    stale.ok(5, "exchange::withdraw", args![stale.account(5), 1u64]);

    // Money.
    s.refuse("more than there is", 2, "exchange::withdraw", args![mine, 100_001 * QUOTE], 0x207);
    s.refuse("far more than there is", 2, "exchange::withdraw", args![mine, BIG], 0x207);
    s.refuse("no such collateral", 2, "exchange::withdraw_collateral", args![mine, 0u64, 1u64], 0x207);
    s.refuse("to another's account", 2, "exchange::transfer", args![mine, other, 1u64], 0x201);
    s.refuse("to nobody", 2, "exchange::transfer", args![mine, none, 1u64], 0x30a);
    s.refuse("to nobody", 2, "accounts::deposit", args![none, 1u64], 0x30a);
    s.refuse("no such asset", 2, "accounts::deposit_collateral", args![mine, 5u64, 1u64], 0x30a);
    s.refuse("a second time", 2, "accounts::open", args![0u8], 0x30b);
    // Keepers.
    s.refuse("a healthy account", 2, "keepers::liquidate_perp", args![mine, other, btc, 0u64, 0u64], 0x601);
    s.refuse("itself", 2, "keepers::liquidate_perp", args![mine, mine, btc, 0u64, 0u64], 0x601);
    s.refuse("no perpetual", 2, "keepers::liquidate_perp", args![mine, other, series, 0u64, 0u64], 0x30a);
    s.refuse("a price beyond the limit", 2, "keepers::liquidate_perp", args![mine, other, btc, 0u64, 1u64], 0x306);
    s.refuse("a healthy account", 2, "keepers::liquidate_options", args![mine, other, feed, expiry, 0u64, 0u64], 0x601);
    s.refuse("a healthy account", 2, "keepers::sell_collateral", args![mine, other, 0u64, 0u64, 0u64], 0x601);
    s.refuse("a healthy account", 2, "keepers::backstop_take", args![mine, other, btc], 0x601);
    s.refuse("a healthy account", 2, "keepers::resolve_bankruptcy", args![mine, other, btc, vec![mine]], 0x601);
    s.refuse("no debt", 2, "keepers::cover_deficit", args![other], 0x603);
    s.refuse("a healthy account", 2, "keepers::cancel_unhealthy_orders", args![mine, other, 1u64], 0x601);
    s.refuse("no portfolio", 2, "slices::start", args![other], 0x601);
    s.refuse("no auction", 2, "slices::bid", args![mine, other, 1u64, 0u64], 0x601);
    s.refuse("not settled", 2, "keepers::settle_batch", args![mine, btc, vec![mine]], 0x704);
    s.refuse("not expired", 2, "markets::fix_settlement", args![series], 0x701);
    s.refuse("not delisted", 2, "markets::fix_delisting", args![btc], 0x301);
    s.refuse("no perpetual", 2, "markets::sample_premium", args![series], 0x30a);
    s.refuse("no perpetual", 2, "keepers::crank_funding", args![mine, series], 0x30a);
    s.refuse("no market", 2, "keepers::sweep_fees", args![none], 0x30a);
    s.refuse("no market", 2, "markets::prune_expired", args![none, 1u64], 0x30a);
    s.refuse("an option", 2, "exchange::crank_triggers", args![mine, series, 1u64], 0x30a);
    s.refuse("no auction", 2, "call_auction::submit", args![mine, btc, true, BTC, SIZE], 0x301);
    s.refuse("no auction", 2, "call_auction::clear", args![btc], 0x301);

    // Listing.
    s.refuse("off the grid", 2, "exchange::list_series", args![mine, feed, expiry, BTC + TICK, true], 0x801);
    s.refuse("far from the money", 2, "exchange::list_series", args![mine, feed, expiry, BTC * 2, true], 0x801);
    s.refuse("at noon", 2, "exchange::list_series", args![mine, feed, expiry + 4 * 3_600, BTC, true], 0x801);
    s.refuse("on no listed day", 2, "exchange::list_series", args![mine, feed, expiry + 3 * 86_400, BTC, true], 0x801);
    s.refuse("expired", 2, "exchange::list_series", args![mine, feed, expiry - 10 * 86_400, BTC, true], 0x801);

    // An expired series.
    let mut expired = s.world.clone();
    let window = expired.now();
    expired.pass(expiry - window - 10);
    expired.ok_report(feed, BTC);
    expired.pass(10);
    s.refuse_in(
        &expired,
        "an expired series",
        2,
        "exchange::place_order",
        order(mine, series, true, 1, 0, SIZE, false, 0),
        0x301,
    );
    expired.pass(5);
    s.refuse_in(&expired, "no price since", 2, "markets::fix_settlement", args![series], 0x702);

    // The vault.
    s.refuse("too little for a share", 2, "backstop::deposit", args![mine, 0u64, [0u8; 32]], 0x903);
    s.refuse("more than there is", 2, "backstop::deposit", args![mine, 200_000 * QUOTE, [0u8; 32]], 0x207);
    s.refuse("fewer shares than wanted", 2, "backstop::deposit", args![mine, QUOTE, [255u8; 32]], 0x306);
    s.refuse("nothing held", 2, "backstop::request", args![mine, [1u8; 32]], 0x207);
    s.refuse("nothing held", 2, "backstop::redeem", args![mine, 0u128], 0x207);
    let mut asked = s.world.clone();
    asked.ok(2, "backstop::deposit", args![mine, 1_000 * QUOTE, [0u8; 32]]);
    let mut some = [0u8; 32];
    some[0] = 9;
    asked.ok(2, "backstop::request", args![mine, some]);
    asked.pass(86_399);
    s.refuse_in(&asked, "too early", 2, "backstop::redeem", args![mine, 0u128], 0x902);
    reports(s);
    println!("{} refusals", suite.count);
    assert!(suite.failures.is_empty(), "{}", suite.failures.join("\n"));
}

/// Oracle reports that are unsigned, replayed, out of order, from the future, from nobody, or deviant.
fn reports(s: &mut Suite) {
    let feed = s.world.feed("BTC");
    s.world.pass(5);
    let good = s.world.reports(feed, [BTC; 3]);
    let with = |at: usize, value: Vec<u8>| {
        let mut args = good.clone();
        args[at] = value;
        args
    };
    let name = "oracle::update_price";
    let signatures = |sign: &dyn Fn(u32) -> Vec<u8>| bcs::to_bytes(&(0..3).map(sign).collect::<Vec<_>>()).unwrap();
    for (what, args, code) in [
        ("unsigned", with(6, signatures(&|_| vec![0; 64])), 0x501),
        ("too short a signature", with(6, signatures(&|_| vec![1; 63])), 0x501),
        ("signed by another", with(6, signatures(&|_| key(5).sign(b"x").0.to_vec())), 0x501),
        ("another price", with(2, bcs::to_bytes(&vec![BTC + 1; 3]).unwrap()), 0x501),
        ("another feed", with(0, bcs::to_bytes(&s.world.feed("ETH")).unwrap()), 0x501),
        ("an unknown publisher", with(1, bcs::to_bytes(&vec![0u64, 1, 9]).unwrap()), 0x504),
        ("an unknown feed", with(0, bcs::to_bytes(&user(5)).unwrap()), 0x504),
        ("from the future", with(4, bcs::to_bytes(&vec![s.world.time_us / 1_000 + 1; 3]).unwrap()), 0x503),
        ("columns of different lengths", with(3, bcs::to_bytes(&vec![1u64; 2]).unwrap()), 0x802),
        ("too large a price", with(2, bcs::to_bytes(&vec![BIG; 3]).unwrap()), 0x802),
        ("twice in one call", with(1, bcs::to_bytes(&vec![0u64, 0, 1]).unwrap()), 0x502),
    ] {
        s.refuse(what, 5, name, args, code);
    }
    let mut after = s.world.clone();
    after.ok(5, name, good.clone());
    s.refuse_in(&after, "replayed", 5, name, good.clone(), 0x502);
    // Who brought a price may not trade at it in the same block.
    let (mine, other, btc) = (after.account(5), after.account(3), after.perp("BTC"));
    s.refuse_in(&after, "in the same block", 5, "keepers::liquidate_perp", args![mine, other, btc, 0u64, 0u64], 0x509);
    // Out of order: a later sequence with an earlier time.
    after.pass(5);
    let later = after.reports(feed, [BTC; 3]);
    after.time_us -= 1_000_000;
    let earlier = after.reports(feed, [BTC; 3]);
    after.time_us += 1_000_000;
    after.ok(5, name, later);
    s.refuse_in(&after, "out of order", 5, name, earlier, 0x502);
    // A deviant report makes no price: with three publishers two remain, which is too few to do without it, and the median holds.
    after.pass(5);
    let deviant = after.reports(feed, [BTC, BTC * 2, BTC]);
    after.ok(5, name, deviant);
    let (price, fresh): (u64, bool) = {
        let values = after.view("oracle::index", args![feed]).unwrap();
        (bcs::from_bytes(&values[0]).unwrap(), bcs::from_bytes(&values[1]).unwrap())
    };
    assert!(price == BTC && fresh, "a deviant report moved the price to {price}");
    // The surface.
    let expiry = after.now() + 86_400;
    let vol = |rho: u64, sigma: u64, forward: u64, at: u64| {
        args![
            feed,
            vec![at],
            vec![false],
            vec![5_000_000u64],
            vec![50_000_000u64],
            vec![true],
            vec![rho],
            vec![false],
            vec![0u64],
            vec![sigma],
            vec![forward],
            vec![false],
            vec![0u64]
        ]
    };
    s.refuse_in(&after, "a stranger", 3, "oracle::update_vol", vol(1, 1, BTC, expiry), 0x201);
    s.refuse_in(&after, "no surface", 0, "oracle::update_vol", vol(1_000_000_000, 1, BTC, expiry), 0x506);
    s.refuse_in(&after, "no wings", 0, "oracle::update_vol", vol(1, 0, BTC, expiry), 0x506);
    s.refuse_in(&after, "no forward", 0, "oracle::update_vol", vol(1, 1, 0, expiry), 0x506);
    s.refuse_in(&after, "expired", 0, "oracle::update_vol", vol(1, 1, BTC, after.now()), 0x506);
}
