//! Random actions on the whole venue, checked after each; what fails is shrunk to a script that can be replayed.

use move_core_types::AccountAddress;

use crate::args;
use crate::invariants::{Account, Memory, check};
use crate::world::{BTC, Done, QUOTE, SIZE, START, World, order_args, user};

/// Traders are the users from 2 on.
pub const TRADERS: u32 = 6;
const STRIKES: [u64; 3] = [57_000, 60_000, 63_000];

/// One action. Numbers are taken modulo what there is, so that every script is meaningful.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Time passes, and prices are reported every 20 seconds of it (or not at all).
    Pass {
        seconds: u64,
        silent: bool,
    },
    /// The price of a feed moves by so many basis points.
    Price {
        feed: u8,
        bps: i32,
    },
    Surface,
    Fund {
        who: u8,
        quotes: u32,
    },
    Collateral {
        who: u8,
        amount: u64,
    },
    Order {
        who: u8,
        market: u8,
        buy: bool,
        kind: u8,
        bps: i32,
        lots: u32,
        reduce: bool,
        stp: u8,
        expires: bool,
    },
    Cancel {
        who: u8,
        market: u8,
        nth: u8,
    },
    CancelAll {
        who: u8,
        market: u8,
    },
    Amend {
        who: u8,
        market: u8,
        nth: u8,
        lots: u32,
    },
    Replace {
        who: u8,
        market: u8,
        nth: u8,
        bps: i32,
        lots: u32,
    },
    Trigger {
        who: u8,
        market: u8,
        above: bool,
        at: i32,
        buy: bool,
        lots: u32,
        reduce: bool,
    },
    CancelTrigger {
        who: u8,
        market: u8,
        id: u8,
    },
    Crank {
        market: u8,
    },
    Withdraw {
        who: u8,
        quotes: u32,
    },
    WithdrawCollateral {
        who: u8,
        amount: u64,
    },
    Portfolio {
        who: u8,
        on: bool,
    },
    Liquidate {
        by: u8,
        whom: u8,
        market: u8,
        lots: u32,
    },
    LiquidateOptions {
        by: u8,
        whom: u8,
        expiry: u8,
    },
    SellCollateral {
        by: u8,
        whom: u8,
    },
    Backstop {
        whom: u8,
        market: u8,
    },
    Resolve {
        whom: u8,
        market: u8,
        others: bool,
    },
    Cover {
        whom: u8,
    },
    Slice {
        by: u8,
        whom: u8,
        fraction: u64,
    },
    Unhealthy {
        whom: u8,
    },
    Funding {
        market: u8,
    },
    Sample {
        market: u8,
    },
    Sweep {
        market: u8,
    },
    Prune {
        market: u8,
    },
    List {
        strike: u8,
        call: bool,
    },
    Expire,
    Settle {
        market: u8,
    },
    VaultDeposit {
        who: u8,
        quotes: u32,
    },
    VaultRequest {
        who: u8,
        part: u8,
    },
    VaultRedeem {
        who: u8,
    },
    Auction {
        market: u8,
    },
    AuctionOrder {
        who: u8,
        market: u8,
        buy: bool,
        bps: i32,
        lots: u32,
    },
    AuctionClear {
        market: u8,
    },
    Status {
        market: u8,
        status: u8,
    },
}

/// A generator of numbers that is the same everywhere.
pub struct Dice(pub u64);

impl Dice {
    pub fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, end: u64) -> u64 {
        self.roll() % end
    }

    fn small(&mut self) -> u8 {
        u8::try_from(self.below(200)).unwrap()
    }

    fn coin(&mut self) -> bool {
        self.below(2) == 0
    }

    fn around(&mut self, distance: i32) -> i32 {
        i32::try_from(self.below(2 * u64::from(distance.unsigned_abs()) + 1)).unwrap() - distance
    }

    fn lots(&mut self) -> u32 {
        let most = [100, 10_000, 100_000, 400_000][self.below(4) as usize];
        u32::try_from(1 + self.below(most)).unwrap()
    }

    pub fn action(&mut self) -> Action {
        let (who, by, market) = (self.small(), self.small(), self.small());
        match self.below(120) {
            0..=5 => {
                let most = [20, 200, 4_000][self.below(3) as usize];
                Action::Pass { seconds: 1 + self.below(most), silent: self.below(25) == 0 }
            }
            6..=14 => {
                let far = if self.below(6) == 0 { 1_500 } else { 150 };
                Action::Price { feed: self.small(), bps: self.around(far) }
            }
            15..=16 => Action::Surface,
            17..=18 => Action::Fund { who, quotes: u32::try_from(self.below(20_000)).unwrap() },
            19 => Action::Collateral { who, amount: self.below(5_000_000_000) },
            20..=59 => Action::Order {
                who,
                market,
                buy: self.coin(),
                kind: u8::try_from([0, 0, 0, 1, 1, 2, 3, 4][self.below(8) as usize]).unwrap(),
                bps: self.around(60),
                lots: self.lots(),
                reduce: self.below(6) == 0,
                stp: u8::try_from(self.below(4)).unwrap(),
                expires: self.below(5) == 0,
            },
            60..=63 => Action::Cancel { who, market, nth: self.small() },
            64 => Action::CancelAll { who, market },
            65..=67 => Action::Amend { who, market, nth: self.small(), lots: self.lots() },
            68..=69 => Action::Replace { who, market, nth: self.small(), bps: self.around(60), lots: self.lots() },
            70..=72 => Action::Trigger {
                who,
                market,
                above: self.coin(),
                at: self.around(300),
                buy: self.coin(),
                lots: self.lots(),
                reduce: self.coin(),
            },
            73 => Action::CancelTrigger { who, market, id: self.small() % 12 },
            74..=76 => Action::Crank { market },
            77..=78 => Action::Withdraw { who, quotes: u32::try_from(self.below(30_000)).unwrap() },
            79 => Action::WithdrawCollateral { who, amount: self.below(3_000_000_000) },
            80 => Action::Portfolio { who, on: self.below(3) != 0 },
            81..=86 => Action::Liquidate { by, whom: who, market, lots: if self.coin() { 0 } else { self.lots() } },
            87..=88 => Action::LiquidateOptions { by, whom: who, expiry: self.small() },
            89 => Action::SellCollateral { by, whom: who },
            90..=91 => Action::Backstop { whom: who, market },
            92..=95 => Action::Resolve { whom: who, market, others: self.below(4) != 0 },
            96 => Action::Cover { whom: who },
            97..=98 => Action::Slice { by, whom: who, fraction: self.below(1_000_000_001) },
            99 => Action::Unhealthy { whom: who },
            100 => Action::Funding { market },
            101 => Action::Sample { market },
            102 => Action::Sweep { market },
            103 => Action::Prune { market },
            104..=106 => Action::List { strike: self.small(), call: self.coin() },
            107 => Action::Expire,
            108..=109 => Action::Settle { market },
            110..=111 => Action::VaultDeposit { who, quotes: u32::try_from(1 + self.below(20_000)).unwrap() },
            112 => Action::VaultRequest { who, part: self.small() },
            113 => Action::VaultRedeem { who },
            114 => Action::Auction { market },
            115..=116 => {
                Action::AuctionOrder { who, market, buy: self.coin(), bps: self.around(80), lots: self.lots() }
            }
            117..=118 => Action::AuctionClear { market },
            _ => Action::Status { market, status: u8::try_from(1 + self.below(6)).unwrap() },
        }
    }
}

/// A world with what a script needs to know of it.
#[derive(Clone)]
pub struct Run {
    pub world: World,
    pub memory: Memory,
    prices: [u64; 2],
    markets: Vec<(AccountAddress, u64, u64)>,
    series: Vec<(AccountAddress, u64)>,
    pub succeeded: u64,
    pub refused: std::collections::BTreeMap<u64, u64>,
    pub kinds: std::collections::BTreeMap<String, (u64, u64)>,
}

impl Run {
    /// Two perpetuals, funded traders, a backstop with something in it.
    pub fn start(patch: Option<(&str, &str, &str)>) -> Self {
        let mut world = World::new(3 + TRADERS, patch);
        let mut memory = Memory::default();
        world.open(TRADERS, 0);
        for trader in 0..TRADERS {
            // Events of the accounts' opening were not seen.
            memory.rebuilt.open(world.account(2 + trader));
        }
        memory.rebuilt.open(world.account(1));
        memory.rebuilt.open(world.see("backstop::account", vec![]));
        let mut run = Run {
            prices: [BTC, BTC / 20],
            markets: vec![(world.perp("BTC"), 100_000_000, 100_000), (world.perp("ETH"), 10_000_000, 1_000_000)],
            series: vec![],
            world,
            memory,
            succeeded: 0,
            refused: Default::default(),
            kinds: Default::default(),
        };
        for who in 0..u8::try_from(TRADERS).unwrap() {
            run.step(&Action::Fund { who, quotes: 50_000 }).unwrap();
        }
        run.step(&Action::VaultDeposit { who: 0, quotes: 20_000 }).unwrap();
        run.step(&Action::Surface).unwrap();
        run.step(&Action::List { strike: 1, call: true }).unwrap();
        run.step(&Action::List { strike: 0, call: false }).unwrap();
        run
    }

    fn who(&self, number: u8) -> (u32, AccountAddress) {
        let number = 2 + u32::from(number) % TRADERS;
        (number, self.world.account(number))
    }

    fn market(&self, number: u8) -> (AccountAddress, u64, u64) {
        // Half of the choices are perpetuals.
        let number = usize::from(number);
        let count = self.markets.len();
        if number % 2 == 0 || count == 2 {
            self.markets[number / 2 % 2]
        } else {
            self.markets[2 + number / 2 % (count - 2)]
        }
    }

    /// One of the accounts whose maintenance health is below zero, if there is one.
    fn victim(&self, number: u8) -> AccountAddress {
        let traders = (0..TRADERS).map(|trader| self.world.account(2 + trader));
        let ill: Vec<AccountAddress> = traders
            .filter(|account| {
                // The second field is the maintenance health, its sign first.
                self.world.view("risk::health", args![*account]).is_ok_and(|health| health[0][17] != 0)
            })
            .collect();
        if ill.is_empty() { self.who(number).1 } else { ill[usize::from(number) % ill.len()] }
    }

    /// One of the markets that an account takes part in, if there is one.
    fn market_of(&self, account: AccountAddress, number: u8) -> (AccountAddress, u64, u64) {
        let own: Vec<AccountAddress> = self.world.see("accounts::markets", args![account]);
        if own.is_empty() {
            return self.market(number);
        }
        let wanted = own[usize::from(number) % own.len()];
        self.markets.iter().copied().find(|(market, ..)| *market == wanted).unwrap_or_else(|| self.market(number))
    }

    /// A price `bps` from the mark, on the tick.
    fn price(&self, market: (AccountAddress, u64, u64), bps: i32) -> u64 {
        let mark: u64 = self.world.see("markets::mark", args![market.0]);
        let factor = u128::try_from(10_000 + i64::from(bps)).unwrap();
        let price = u128::from(mark) * factor / 10_000 / u128::from(market.1) * u128::from(market.1);
        u64::try_from(price).unwrap().max(market.1)
    }

    fn expiry(&self) -> u64 {
        // 08:00 of the day after tomorrow.
        ((self.world.now() - 28_800) / 86_400 + 2) * 86_400 + 28_800
    }

    fn report(&mut self, done: &mut Vec<Done>) {
        for (symbol, price) in ["BTC", "ETH"].into_iter().zip(self.prices) {
            let feed = self.world.feed(symbol);
            done.push(self.world.report(feed, price));
        }
    }

    fn nth(&self, market: AccountAddress, account: AccountAddress, nth: u8) -> u64 {
        let ids: Vec<u64> = self.world.see("markets::orders_of", args![market, account]);
        if ids.is_empty() { 999_999 } else { ids[usize::from(nth) % ids.len()] }
    }

    fn perform(&mut self, action: &Action) -> Vec<Done> {
        let mut done = Vec::new();
        let keeper = self.world.account(1);
        match *action {
            Action::Pass { seconds, silent } => {
                if silent {
                    self.world.pass(seconds);
                } else {
                    let mut left = seconds.min(2_000);
                    while left > 0 {
                        self.world.pass(left.min(20));
                        left -= left.min(20);
                        self.report(&mut done);
                    }
                }
            }
            Action::Price { feed, bps } => {
                let price = &mut self.prices[usize::from(feed) % 2];
                let factor = u128::try_from(10_000 + i64::from(bps)).unwrap();
                *price = u64::try_from(u128::from(*price) * factor / 10_000).unwrap().clamp(BTC / 200, BTC * 10);
                self.world.pass(1);
                self.report(&mut done);
            }
            Action::Surface => {
                let feed = self.world.feed("BTC");
                let (expiry, forward) = (self.expiry(), self.prices[0]);
                done.push(self.world.smile(feed, expiry, forward));
                let mut expiries: Vec<u64> = self.series.iter().map(|(_, expiry)| *expiry).collect();
                expiries.sort_unstable();
                expiries.dedup();
                for expiry in expiries.into_iter().filter(|known| *known != expiry) {
                    if expiry > self.world.now() {
                        done.push(self.world.smile(feed, expiry, forward));
                    }
                }
            }
            Action::Fund { who, quotes } => {
                let (who, account) = self.who(who);
                let amount = u64::from(quotes) * QUOTE;
                self.world.ok(who, "quote::mint", args![user(who), amount, 1_000_000_000u64]);
                done.push(self.world.run(who, "accounts::deposit", args![account, amount]));
            }
            Action::Collateral { who, amount } => {
                let (who, account) = self.who(who);
                done.push(self.world.run(who, "accounts::deposit_collateral", args![account, 0u64, amount]));
            }
            Action::Order { who, market, buy, kind, bps, lots, reduce, stp, expires } => {
                let ((who, account), market) = (self.who(who), self.market(market));
                let price = if kind == 1 && bps % 3 == 0 { 0 } else { self.price(market, bps) };
                let size = u64::from(lots) * market.2;
                let size = size.min(40 * SIZE / market.2 * market.2);
                let expiry = if expires { self.world.now() + 60 } else { 0 };
                let arguments = order_args(account, market.0, buy, kind, price, size, reduce, stp, expiry, 0);
                done.push(self.world.run(who, "exchange::place_order", arguments));
            }
            Action::Cancel { who, market, nth } => {
                let ((who, account), market) = (self.who(who), self.market(market).0);
                let id = self.nth(market, account, nth);
                done.push(self.world.run(who, "exchange::cancel_order", args![account, market, id]));
            }
            Action::CancelAll { who, market } => {
                let ((who, account), market) = (self.who(who), self.market(market).0);
                done.push(self.world.run(who, "exchange::cancel_all", args![account, market, 10u64]));
            }
            Action::Amend { who, market, nth, lots } => {
                let ((who, account), market) = (self.who(who), self.market(market));
                let id = self.nth(market.0, account, nth);
                let size = u64::from(lots) * market.2;
                done.push(self.world.run(who, "exchange::amend_order", args![account, market.0, id, size]));
            }
            Action::Replace { who, market, nth, bps, lots } => {
                let ((who, account), market) = (self.who(who), self.market(market));
                let id = self.nth(market.0, account, nth);
                let (price, size) = (self.price(market, bps), u64::from(lots) * market.2);
                done.push(self.world.run(who, "exchange::replace_order", args![account, market.0, id, price, size]));
            }
            Action::Trigger { who, market, above, at, buy, lots, reduce } => {
                let ((who, account), market) = (self.who(who), self.market(market));
                let (at, size) = (self.price(market, at), u64::from(lots) * market.2);
                done.push(self.world.run(
                    who,
                    "exchange::place_trigger",
                    args![account, market.0, above, at, buy, 1u8, 0u64, size, reduce],
                ));
            }
            Action::CancelTrigger { who, market, id } => {
                let ((who, account), market) = (self.who(who), self.market(market).0);
                done.push(self.world.run(who, "exchange::cancel_trigger", args![account, market, u64::from(id)]));
            }
            Action::Crank { market } => {
                let market = self.market(market).0;
                done.push(self.world.run(8, "exchange::crank_triggers", args![keeper, market, 10u64]));
            }
            Action::Withdraw { who, quotes } => {
                let (who, account) = self.who(who);
                done.push(self.world.run(who, "exchange::withdraw", args![account, u64::from(quotes) * QUOTE]));
            }
            Action::WithdrawCollateral { who, amount } => {
                let (who, account) = self.who(who);
                done.push(self.world.run(who, "exchange::withdraw_collateral", args![account, 0u64, amount]));
            }
            Action::Portfolio { who, on } => {
                let (who, account) = self.who(who);
                done.push(self.world.run(who, "exchange::set_portfolio", args![account, on]));
            }
            Action::Liquidate { by, whom, market, lots } => {
                let ((by, liquidator), account) = (self.who(by), self.victim(whom));
                let market = self.market_of(account, market);
                let size = u64::from(lots) * market.2;
                done.push(self.world.run(
                    by,
                    "keepers::liquidate_perp",
                    args![liquidator, account, market.0, size, 0u64],
                ));
            }
            Action::LiquidateOptions { by, whom, expiry } => {
                let ((by, liquidator), account) = (self.who(by), self.victim(whom));
                let Some((_, expiry)) = self.series.get(usize::from(expiry) % self.series.len().max(1)) else {
                    return done;
                };
                let (feed, expiry) = (self.world.feed("BTC"), *expiry);
                done.push(self.world.run(
                    by,
                    "keepers::liquidate_options",
                    args![liquidator, account, feed, expiry, 0u64, 0u64],
                ));
            }
            Action::SellCollateral { by, whom } => {
                let ((by, buyer), account) = (self.who(by), self.victim(whom));
                done.push(self.world.run(by, "keepers::sell_collateral", args![buyer, account, 0u64, 0u64, 0u64]));
            }
            Action::Backstop { whom, market } => {
                let account = self.victim(whom);
                let market = self.market_of(account, market).0;
                done.push(self.world.run(8, "keepers::backstop_take", args![keeper, account, market]));
            }
            Action::Resolve { whom, market, others } => {
                let account = self.victim(whom);
                let market = self.market_of(account, market).0;
                let mut against = if others { self.opposite(account, market) } else { vec![] };
                against.sort();
                against.truncate(10);
                done.push(self.world.run(8, "keepers::resolve_bankruptcy", args![keeper, account, market, against]));
            }
            Action::Cover { whom } => {
                let account = self.victim(whom);
                done.push(self.world.run(8, "keepers::cover_deficit", args![account]));
            }
            Action::Slice { by, whom, fraction } => {
                let ((by, bidder), account) = (self.who(by), self.victim(whom));
                done.push(self.world.run(8, "slices::start", args![account]));
                done.push(self.world.run(by, "slices::bid", args![bidder, account, fraction, 0u64]));
            }
            Action::Unhealthy { whom } => {
                let account = self.victim(whom);
                done.push(self.world.run(8, "keepers::cancel_unhealthy_orders", args![keeper, account, 20u64]));
            }
            Action::Funding { market } => {
                let market = self.market(market).0;
                done.push(self.world.run(8, "keepers::crank_funding", args![keeper, market]));
            }
            Action::Sample { market } => {
                let market = self.market(market).0;
                done.push(self.world.run(8, "markets::sample_premium", args![market]));
            }
            Action::Sweep { market } => {
                let market = self.market(market).0;
                done.push(self.world.run(8, "keepers::sweep_fees", args![market]));
            }
            Action::Prune { market } => {
                let market = self.market(market).0;
                done.push(self.world.run(8, "markets::prune_expired", args![market, 10u64]));
            }
            Action::List { strike, call } => {
                let feed = self.world.feed("BTC");
                let (expiry, strike) = (self.expiry(), STRIKES[usize::from(strike) % STRIKES.len()] * SIZE);
                let known = self.world.series(feed, expiry, strike, call);
                let listed =
                    self.world.run(0, "markets::list_series_by_governance", args![feed, expiry, strike, call, 1800u64]);
                if listed.code() == 0 {
                    self.series.push((known, expiry));
                    self.markets.push((known, 100_000_000, 10_000));
                }
                // An object that exists already is the framework's refusal.
                if listed.code() < 0x1000 {
                    done.push(listed);
                }
            }
            Action::Expire => self.expire(&mut done),
            Action::Settle { market } => {
                let market = self.market(market).0;
                done.push(self.world.run(8, "markets::fix_settlement", args![market]));
                let accounts: Vec<AccountAddress> =
                    (0..TRADERS).rev().map(|number| self.world.account(2 + number)).collect();
                done.push(self.world.run(8, "keepers::settle_batch", args![keeper, market, accounts]));
            }
            Action::VaultDeposit { who, quotes } => {
                let (who, account) = self.who(who);
                let amount = u64::from(quotes) * QUOTE;
                done.push(self.world.run(who, "backstop::deposit", args![account, amount, [0u8; 32]]));
            }
            Action::VaultRequest { who, part } => {
                let (who, account) = self.who(who);
                let held = self.world.view("backstop::holder", args![account]).unwrap();
                let shares = u128::from_le_bytes(held[0][..16].try_into().unwrap()) / (1 + u128::from(part) % 4);
                let mut word = [0; 32];
                word[..16].copy_from_slice(&shares.to_le_bytes());
                done.push(self.world.run(who, "backstop::request", args![account, word]));
            }
            Action::VaultRedeem { who } => {
                let (who, account) = self.who(who);
                done.push(self.world.run(who, "backstop::redeem", args![account, 0u128]));
            }
            Action::Auction { market } => {
                let market = self.market(market).0;
                done.push(self.world.run(0, "call_auction::open", args![market, 60u64]));
            }
            Action::AuctionOrder { who, market, buy, bps, lots } => {
                let ((who, account), market) = (self.who(who), self.market(market));
                let (price, size) = (self.price(market, bps), u64::from(lots) * market.2);
                done.push(self.world.run(who, "call_auction::submit", args![account, market.0, buy, price, size]));
            }
            Action::AuctionClear { market } => {
                let market = self.market(market).0;
                self.world.pass(61);
                self.report(&mut done);
                for perp in [self.markets[0].0, self.markets[1].0] {
                    done.push(self.world.run(8, "call_auction::clear", args![perp]));
                }
                done.push(self.world.run(8, "call_auction::clear", args![market]));
            }
            Action::Status { market, status } => {
                let market = self.market(market).0;
                done.push(self.world.run(0, "markets::set_status", args![market, status]));
                done.push(self.world.run(0, "markets::set_status", args![market, 1u8]));
            }
        }
        done
    }

    fn opposite(&self, account: AccountAddress, market: AccountAddress) -> Vec<AccountAddress> {
        let size = |of: AccountAddress| -> (bool, u128) { self.world.see("markets::position", args![market, of]) };
        let (negative, magnitude) = size(account);
        if magnitude == 0 {
            return vec![];
        }
        let accounts = self.world.mirror.all::<Account>("accounts::Account");
        let sides = accounts.into_iter().map(|(address, _)| address);
        sides.filter(|of| size(*of).1 != 0 && size(*of).0 != negative).collect()
    }

    /// Goes on to the next expiry with prices in the window before it and after it, and settles.
    fn expire(&mut self, done: &mut Vec<Done>) {
        let now = self.world.now();
        let Some(expiry) = self.series.iter().map(|(_, expiry)| *expiry).filter(|expiry| *expiry > now).min() else {
            return;
        };
        if expiry > now + 1_900 {
            self.world.pass(expiry - now - 1_900);
            self.report(done);
        }
        while self.world.now() < expiry {
            let left = expiry - self.world.now();
            self.world.pass(left.min(200));
            self.report(done);
        }
        self.world.pass(2);
        self.report(done);
        for (series, at) in self.series.clone() {
            if at == expiry {
                done.push(self.world.run(8, "markets::fix_settlement", args![series]));
            }
        }
    }

    /// Performs an action and checks everything. Errors say what is wrong.
    pub fn step(&mut self, action: &Action) -> Result<(), String> {
        let done = self.perform(action);
        let name = format!("{action:?}").split([' ', '{']).next().unwrap_or_default().to_owned();
        for one in &done {
            let code = one.code();
            let kind = self.kinds.entry(name.clone()).or_default();
            if code == 0 {
                self.succeeded += 1;
                kind.0 += 1;
            } else {
                *self.refused.entry(code).or_default() += 1;
                kind.1 += 1;
            }
            if code != 0 && !(0x101..=0x906).contains(&code) && !is_framework_refusal(code) {
                return Err(format!("{action:?} ends with {code:#x}: {}", one.message));
            }
        }
        check(&self.world, &mut self.memory, &done)?;
        self.health(action, &done)
    }

    /// INV-9, INV-16: what an action may leave behind.
    fn health(&self, action: &Action, done: &[Done]) -> Result<(), String> {
        let who = match action {
            Action::Withdraw { who, .. }
            | Action::WithdrawCollateral { who, .. }
            | Action::VaultDeposit { who, .. } => *who,
            _ => return Ok(()),
        };
        if done.iter().any(|done| done.code() != 0) {
            return Ok(());
        }
        let (_, account) = self.who(who);
        // The first field is the initial health, its sign first.
        let health = self.world.view("risk::health", args![account])?;
        if health[0][0] != 0 { Err(format!("INV-9: {action:?} leaves initial health below zero")) } else { Ok(()) }
    }
}

/// Refusals of the token's own module: no balance to pay from.
fn is_framework_refusal(code: u64) -> bool {
    (code >> 16) != 0 && code != u64::MAX
}

/// Runs a script from a start. The number of the step that fails, and why.
pub fn replay(start: &Run, script: &[Action]) -> Result<Run, (usize, String)> {
    let mut run = start.clone();
    for (number, action) in script.iter().enumerate() {
        run.step(action).map_err(|why| (number, why))?;
    }
    Ok(run)
}

/// Takes away what the failure does not need, in chunks that get smaller.
pub fn shrink(start: &Run, script: &[Action]) -> (Vec<Action>, String) {
    let Err((last, mut why)) = replay(start, script) else { panic!("only what fails is shrunk") };
    let mut script = script[..=last].to_vec();
    let mut chunk = script.len() / 2;
    while chunk > 0 {
        let mut at = 0;
        while at < script.len() {
            let mut shorter = script.clone();
            shorter.drain(at..(at + chunk).min(script.len()));
            match replay(start, &shorter) {
                Err((last, still)) => {
                    shorter.truncate(last + 1);
                    script = shorter;
                    why = still;
                }
                Ok(_) => at += chunk,
            }
        }
        chunk /= 2;
    }
    (script, why)
}

/// `count` random actions; a failure panics with the shrunk script.
pub fn explore(start: &Run, seed: u64, count: usize) -> Run {
    let mut dice = Dice(seed);
    let mut run = start.clone();
    let mut script = Vec::new();
    for _ in 0..count {
        let action = dice.action();
        script.push(action.clone());
        if run.step(&action).is_err() {
            let (short, why) = shrink(start, &script);
            let lines: Vec<String> = short.iter().map(|action| format!("    Action::{action:?},")).collect();
            panic!("seed {seed}, step {}: {why}\nreplay with\n{}", script.len(), lines.join("\n"));
        }
    }
    assert!(run.world.now() >= START);
    run
}
