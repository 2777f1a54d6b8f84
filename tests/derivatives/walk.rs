//! The whole exchange once, step by step: what a venue's life comes to, with all invariants after each step.

use move_core_types::AccountAddress;

use crate::args;
use crate::invariants::{Account, Memory, Signed, check};
use crate::world::{BTC, Done, QUOTE, SIZE, START, World, event, order_args, user};

const TICK: u64 = 100_000_000;

struct Walk {
    world: World,
    memory: Memory,
}

impl Walk {
    fn new() -> Self {
        let mut world = World::new(20, None);
        world.open(10, 0);
        let mut memory = Memory::default();
        for number in 1..12 {
            memory.rebuilt.open(world.account(number));
        }
        memory.rebuilt.open(world.see("backstop::account", vec![]));
        let mut walk = Walk { world, memory };
        for number in 2..10 {
            walk.world.ok(number, "quote::mint", args![user(number), 1_000_000 * QUOTE, 100_000_000_000u64]);
            walk.ok(number, "accounts::deposit", args![walk.world.account(number), 100_000 * QUOTE]);
        }
        walk
    }

    fn ok(&mut self, who: u32, name: &str, args: Vec<Vec<u8>>) -> Done {
        let done = self.world.ok(who, name, args);
        let done = [done];
        check(&self.world, &mut self.memory, &done).unwrap_or_else(|why| panic!("{name}: {why}"));
        let [done] = done;
        done
    }

    fn order(&mut self, who: u32, market: AccountAddress, is_buy: bool, kind: u8, price: u64, size: u64) -> Done {
        let account = self.world.account(who);
        self.ok(who, "exchange::place_order", order_args(account, market, is_buy, kind, price, size, false, 0, 0, 0))
    }

    fn price(&mut self, symbol: &str, price: u64) {
        self.world.pass(5);
        let feed = self.world.feed(symbol);
        self.world.ok_report(feed, price);
    }

    fn size(&self, market: AccountAddress, who: u32) -> i128 {
        let size: Signed = self.world.see("markets::position", args![market, self.world.account(who)]);
        size.value()
    }

    fn cash(&self, who: u32) -> i128 {
        let cash: Signed = self.world.see("accounts::cash", args![self.world.account(who)]);
        cash.value()
    }
}

fn count(done: &Done, name: &str) -> usize {
    done.events
        .iter()
        .filter(|event| {
            matches!(event, types::Event::Module { tag: move_core_types::TypeTag::Struct(tag), .. }
            if format!("{}::{}", tag.module, tag.name) == name)
        })
        .count()
}

#[test]
fn perpetuals_from_the_first_order_to_deleveraging() {
    let mut w = Walk::new();
    let btc = w.world.perp("BTC");
    let one = i128::from(SIZE);
    // Every kind of order.
    w.order(2, btc, true, 0, BTC - TICK, SIZE);
    w.order(3, btc, false, 0, BTC + TICK, SIZE);
    w.order(4, btc, true, 3, BTC - 2 * TICK, SIZE);
    w.order(4, btc, true, 4, BTC + 5 * TICK, SIZE);
    let (bids, _, asks): (Vec<u64>, Vec<u64>, Vec<u64>) = {
        let v = w.world.view("markets::depth", args![btc, 10u64]).unwrap();
        (bcs::from_bytes(&v[0]).unwrap(), bcs::from_bytes(&v[1]).unwrap(), bcs::from_bytes(&v[2]).unwrap())
    };
    assert_eq!((bids, asks), (vec![BTC, BTC - TICK, BTC - 2 * TICK], vec![BTC + TICK]));
    let done = w.order(5, btc, false, 1, 0, 2 * SIZE);
    assert_eq!(count(&done, "exchange::OrderFilled"), 2);
    assert_eq!((w.size(btc, 5), w.size(btc, 4), w.size(btc, 2)), (-2 * one, one, one));
    w.order(5, btc, true, 2, BTC + TICK, SIZE);
    assert_eq!((w.size(btc, 5), w.size(btc, 3)), (-one, -one));
    // Amendments, cancels, numbers.
    let id = |w: &Walk, who: u32| -> u64 {
        let ids: Vec<u64> = w.world.see("markets::orders_of", args![btc, w.world.account(who)]);
        ids[0]
    };
    let account = w.world.account(4);
    let order = id(&w, 4);
    w.ok(4, "exchange::amend_order", args![account, btc, order, SIZE / 2]);
    w.ok(4, "exchange::amend_order", args![account, btc, order, SIZE]);
    let order = id(&w, 4);
    w.ok(4, "exchange::replace_order", args![account, btc, order, BTC - 3 * TICK, SIZE]);
    let order = id(&w, 4);
    w.ok(4, "exchange::cancel_order", args![account, btc, order]);
    w.ok(4, "exchange::place_order", order_args(account, btc, true, 0, BTC - TICK, SIZE, false, 0, 0, 42));
    w.ok(4, "exchange::cancel_client_order", args![account, btc, 42u64]);
    // A delegate trades, an isolated account enters its market only.
    w.ok(2, "accounts::set_delegate", args![w.world.account(2), user(9), 3u8, w.world.now() + 1_000]);
    let arguments = order_args(w.world.account(2), btc, true, 0, BTC - 9 * TICK, SIZE, false, 0, 0, 0);
    w.ok(9, "exchange::place_order", arguments);
    w.ok(9, "exchange::cancel_all", args![w.world.account(2), btc, 10u64]);
    w.ok(6, "accounts::open_isolated", args![1u8, btc]);
    let child: AccountAddress = w.world.see("accounts::address_of", args![user(6), 1u8]);
    w.ok(6, "exchange::transfer", args![w.world.account(6), child, 2_000 * QUOTE]);
    w.ok(6, "exchange::place_order", order_args(child, btc, true, 0, BTC - 5 * TICK, SIZE / 2, false, 0, 0, 0));
    let eth = w.world.perp("ETH");
    let refused =
        w.world.run(6, "exchange::place_order", order_args(child, eth, true, 0, BTC / 20, SIZE, false, 0, 0, 0));
    assert_eq!(refused.code(), 0x202);
    // A stop fires.
    w.ok(
        5,
        "exchange::place_trigger",
        args![w.world.account(5), btc, true, BTC * 101 / 100, true, 1u8, 0u64, SIZE, true],
    );
    w.price("BTC", BTC * 102 / 100);
    w.order(7, btc, false, 0, BTC * 102 / 100, SIZE);
    let keeper = w.world.account(8);
    let done = w.ok(8, "exchange::crank_triggers", args![keeper, btc, 10u64]);
    assert_eq!(count(&done, "exchange::TriggerFired"), 1);
    assert_eq!(w.size(btc, 5), 0);
    // Funding: the book stands above the index for an hour.
    w.order(8, btc, true, 0, BTC * 1025 / 1000 / TICK * TICK, SIZE);
    w.order(7, btc, false, 0, BTC * 103 / 100 / TICK * TICK, SIZE);
    for _ in 0..200 {
        w.world.pass(20);
        let feed = w.world.feed("BTC");
        w.world.ok_report(feed, BTC * 102 / 100);
        w.ok(8, "markets::sample_premium", args![btc]);
    }
    let done = w.ok(8, "keepers::crank_funding", args![keeper, btc]);
    let _ = done;
    let index: (bool, u128) = {
        let v = w.world.view("markets::state", args![btc]).unwrap();
        bcs::from_bytes(&v[5]).unwrap()
    };
    assert!(!index.0 && index.1 > 0, "longs pay: the funding index is {index:?}");
    w.ok(2, "exchange::withdraw", args![w.world.account(2), QUOTE]);
    // Fees are swept, the vault takes a deposit.
    let done = w.ok(8, "keepers::sweep_fees", args![btc]);
    let (_, insurance, backstop, treasury): (AccountAddress, Signed, Signed, Signed) =
        done.events.iter().find_map(|e| event(e, "keepers::FeesSwept")).unwrap();
    assert!(insurance.value() > 0 && backstop.value() > 0 && treasury.value() > 0);
    w.ok(8, "backstop::deposit", args![keeper, 50_000 * QUOTE, [0u8; 32]]);
    crash(&mut w, btc);
}

/// A leveraged long is liquidated in steps, another one is taken over, a third one is bankrupt.
fn crash(w: &mut Walk, btc: AccountAddress) {
    let feed = w.world.feed("BTC");
    w.price("BTC", BTC);
    for who in [2, 3, 4, 5, 7, 8] {
        w.ok(who, "exchange::cancel_all", args![w.world.account(who), btc, 100u64]);
    }
    let short = 9;
    w.world.ok(short, "quote::mint", args![user(short), 10_000_000 * QUOTE, 0u64]);
    w.ok(short, "accounts::deposit", args![w.world.account(short), 10_000_000 * QUOTE]);
    for long in [10, 11] {
        w.world.ok(long, "quote::mint", args![user(long), 1_000_000 * QUOTE, 0u64]);
        w.ok(long, "accounts::deposit", args![w.world.account(long), 40_000 * QUOTE]);
    }
    w.order(short, btc, false, 0, BTC, 20 * SIZE);
    w.order(10, btc, true, 1, 0, 20 * SIZE);
    let ill = |w: &Walk| w.world.view("risk::health", args![w.world.account(10)]).unwrap()[0][17] != 0;
    let mut price = BTC;
    while !ill(w) {
        price -= BTC / 1_000;
        w.price("BTC", price);
    }
    // Steps of at most 2 BTC until the account is restored.
    let mut steps = 0;
    while ill(w) {
        let arguments = args![w.world.account(short), w.world.account(10), btc, 2 * SIZE, 0u64];
        let done = w.ok(short, "keepers::liquidate_perp", arguments);
        assert_eq!(count(&done, "keepers::LiquidationExecuted"), 1);
        steps += 1;
        assert!(steps < 20);
    }
    assert!(steps >= 1 && w.size(btc, 10) > 0, "{steps} steps leave {}", w.size(btc, 10));
    // The other long goes bankrupt in one fall: insurance is too small, winners give up a part.
    let now_price = price / TICK * TICK;
    w.order(short, btc, false, 0, now_price, 30 * SIZE);
    w.order(11, btc, true, 1, 0, 30 * SIZE);
    w.world.pass(5);
    w.world.ok_report(feed, BTC * 88 / 100);
    w.world.pass(400);
    w.world.ok_report(feed, BTC * 88 / 100);
    let bankrupt = w.world.account(11);
    let mut others: Vec<AccountAddress> = w
        .world
        .mirror
        .all::<Account>("accounts::Account")
        .into_iter()
        .map(|(address, _)| address)
        .filter(|address| {
            let size: Signed = w.world.see("markets::position", args![btc, *address]);
            size.value() < 0
        })
        .collect();
    others.sort();
    let before = w.size(btc, short);
    let done = w.ok(8, "keepers::resolve_bankruptcy", args![w.world.account(8), bankrupt, btc, others]);
    assert!(count(&done, "keepers::Deleveraged") >= 1 && count(&done, "keepers::BankruptcyResolved") == 1);
    assert_eq!((w.size(btc, 11), w.cash(11)), (0, 0), "nothing is left of the bankrupt account");
    assert!(w.size(btc, short) > before);
}

#[test]
fn options_from_listing_to_settlement() {
    let mut w = Walk::new();
    let feed = w.world.feed("BTC");
    // The next Friday: a listed expiry, and a strike of the grid.
    let expiry = START + 7 * 86_400;
    assert_eq!(w.world.smile(feed, expiry, BTC).code(), 0);
    let before = w.cash(2);
    let done = w.ok(2, "exchange::list_series", args![w.world.account(2), feed, expiry, BTC, true]);
    assert_eq!(count(&done, "series::SeriesListed"), 1);
    assert_eq!(before - w.cash(2), 10_000_000, "the bond");
    let call = w.world.series(feed, expiry, BTC, true);
    let again = w.world.run(2, "exchange::list_series", args![w.world.account(2), feed, expiry, BTC, true]);
    assert_ne!(again.code(), 0);
    w.ok(3, "exchange::list_series", args![w.world.account(3), feed, expiry, BTC, false]);
    let put = w.world.series(feed, expiry, BTC, false);
    let mark = |w: &Walk, market| -> u64 { w.world.see("markets::mark", args![market]) };
    let price = mark(&w, call) / TICK * TICK;
    w.order(4, call, false, 0, price, SIZE);
    w.order(5, call, true, 0, price, SIZE);
    assert_eq!(before - w.cash(2), 0, "the bond came back with the first trade");
    let put_price = mark(&w, put) / TICK * TICK;
    w.order(6, put, false, 0, put_price, 2 * SIZE);
    w.order(7, put, true, 0, put_price, 2 * SIZE);
    let one = i128::from(SIZE);
    assert_eq!((w.size(call, 4), w.size(call, 5), w.size(put, 6)), (-one, one, -2 * one));
    // A portfolio sees its hedge.
    w.ok(5, "exchange::set_portfolio", args![w.world.account(5), true]);
    for view in ["views::account_summary", "views::margin_detail", "views::account_greeks"] {
        w.world.view(view, args![w.world.account(5)]).unwrap();
        w.world.view(view, args![w.world.account(4)]).unwrap();
    }
    w.world.view("views::option_chain", args![feed, expiry]).unwrap();
    w.world.view("views::market_state", args![call]).unwrap();
    w.world.view("views::market_state", args![w.world.perp("BTC")]).unwrap();
    w.world.view("views::surface", args![feed]).unwrap();
    w.world.view("views::vault_state", vec![]).unwrap();
    w.world.view("views::insurance_state", vec![]).unwrap();
    w.world.view("views::invariant_report", args![call]).unwrap();
    w.world.view("views::adl_rank", args![w.world.account(5), call]).unwrap();
    w.world.view("views::price_option", args![true, BTC, BTC, 600_000_000u64, 86_400u64, false, 0u64]).unwrap();
    let preview = order_args(w.world.account(8), w.world.perp("BTC"), true, 0, BTC, SIZE, false, 0, 0, 0);
    w.world.view("views::preview_order", preview).unwrap();
    // The window before expiry: the mark goes over to the average.
    w.world.pass(expiry - w.world.now() - 2_000);
    w.world.ok_report(feed, BTC * 105 / 100);
    w.world.pass(200);
    w.world.ok_report(feed, BTC * 105 / 100);
    for _ in 0..90 {
        w.world.pass(20);
        w.world.ok_report(feed, BTC * 105 / 100);
    }
    let refused =
        w.world.run(4, "exchange::place_order", order_args(w.world.account(4), call, true, 1, 0, SIZE, false, 0, 0, 0));
    assert_eq!(refused.code(), 0x301, "an expired series does not trade");
    w.world.pass(3);
    w.world.ok_report(feed, BTC * 106 / 100);
    w.ok(8, "markets::fix_settlement", args![call]);
    w.ok(8, "markets::fix_settlement", args![put]);
    let (writer, holder) = (w.cash(4), w.cash(5));
    let keeper = w.world.account(8);
    w.ok(
        8,
        "keepers::settle_batch",
        args![keeper, call, vec![w.world.account(5), w.world.account(4), w.world.account(5)]],
    );
    let payoff = i128::from(BTC / 20 / 1_000);
    assert_eq!(writer - w.cash(4), payoff, "5 % of 60,000");
    let received = w.cash(5) - holder;
    assert!(received < payoff && received > payoff * 99 / 100, "less the delivery fee: {received}");
    // The put is worth nothing; its accounts settle with their next action.
    w.ok(6, "exchange::withdraw", args![w.world.account(6), QUOTE]);
    w.ok(8, "exchange::settle_account", args![w.world.account(7)]);
    assert_eq!((w.size(put, 6), w.size(put, 7)), (0, 0));
}

#[test]
fn auctions_collateral_and_the_end_of_a_market() {
    let mut w = Walk::new();
    let (btc, feed) = (w.world.perp("BTC"), w.world.feed("BTC"));
    // A call auction: three buy, two sell, one price.
    w.ok(0, "call_auction::open", args![btc, 60u64]);
    let refused = w.world.run(
        2,
        "exchange::place_order",
        order_args(w.world.account(2), btc, true, 0, BTC, SIZE, false, 0, 0, 0),
    );
    assert_eq!(refused.code(), 0x301, "the book waits");
    for (who, is_buy, price, size) in [
        (2, true, BTC + 5 * TICK, 2),
        (3, true, BTC + TICK, 3),
        (4, true, BTC - TICK, 9),
        (5, false, BTC - 5 * TICK, 3),
        (6, false, BTC, 1),
    ] {
        w.ok(who, "call_auction::submit", args![w.world.account(who), btc, is_buy, price, size * SIZE / 10]);
    }
    w.world.pass(60);
    w.world.ok_report(feed, BTC);
    let done = w.ok(8, "call_auction::clear", args![btc]);
    assert_eq!(count(&done, "call_auction::AuctionFilled"), 4);
    let tenth = i128::from(SIZE / 10);
    assert_eq!(
        (w.size(btc, 2), w.size(btc, 3), w.size(btc, 5), w.size(btc, 6)),
        (2 * tenth, 2 * tenth, -3 * tenth, -tenth)
    );
    // Ether as collateral: in, counted with its haircut, out.
    w.ok(2, "accounts::deposit_collateral", args![w.world.account(2), 0u64, 1_000_000_000u64]);
    w.ok(2, "exchange::withdraw_collateral", args![w.world.account(2), 0u64, 1_000_000_000u64]);
    // The market ends: an hour to reduce, then everybody is paid at the hour's average.
    w.ok(0, "markets::announce_delisting", args![btc, true]);
    for _ in 0..180 {
        w.world.pass(20);
        w.world.ok_report(feed, BTC * 101 / 100);
    }
    w.world.pass(5);
    w.ok(8, "markets::fix_delisting", args![btc]);
    let refused =
        w.world.run(2, "exchange::place_order", order_args(w.world.account(2), btc, false, 1, 0, SIZE, false, 0, 0, 0));
    assert_eq!(refused.code(), 0x301);
    let everybody: Vec<_> = (2..8).map(|who| w.world.account(who)).collect();
    let keeper = w.world.account(8);
    w.ok(8, "keepers::settle_batch", args![keeper, btc, everybody]);
    assert!((2..8).all(|who| w.size(btc, who) == 0));
    w.ok(8, "keepers::sweep_fees", args![btc]);
    for who in 2..8 {
        let cash = w.cash(who);
        w.ok(who, "exchange::withdraw", args![w.world.account(who), u64::try_from(cash).unwrap()]);
    }
}
