//! `margin.json` and `liquidation.json`.

use crate::Report;
use crate::chain::{Chain, DERIVATIVES};
use crate::rules::{is, items, parse, same, text};
use crate::values::{self, Reader};
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// Numbers of the underlyings, in their alphabetical order.
fn underlyings(account: &Json) -> Vec<&str> {
    let mut names: Vec<&str> =
        account["index"].as_object().into_iter().flatten().map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    names
}

fn tiers(list: &Json) -> Vec<u8> {
    let tier = |tier: &Json| (0..3).flat_map(|column| values::u128(text(&tier[column]))).collect::<Vec<u8>>();
    values::vector(list.as_array().unwrap().iter().map(tier))
}

/// `margin.json`.
pub(crate) fn margin(chain: &mut Chain, content: &str, report: &mut Report) {
    let file = parse(content);
    for (number, case) in items(&file, "tiers").enumerate() {
        let outcome = [("im", true), ("mm", false)].into_iter().try_for_each(|(key, initial)| {
            let args = [tiers(&case["tiers"]), values::u128(text(&case["notional"])), values::bool(initial)];
            let returns = chain.call(DERIVATIVES, "tiers", "margin", &args)?;
            is(key, &Reader(&returns[0]).u128(), &case[key])
        });
        report.add(&format!("margin.json tiers {number}"), outcome);
    }
    for (number, case) in items(&file, "fills").enumerate() {
        let outcome = fills(chain, case);
        report.add(&format!("margin.json fills {number}"), outcome);
    }
    for case in items(&file, "standard") {
        let outcome =
            evaluate(chain, &case["account"]).and_then(|summary| summary.check(&case["account"], &case["expect"]));
        report.add(&format!("margin.json standard {}", case["name"]), outcome);
    }
    for case in items(&file, "portfolio") {
        let outcome = portfolio(chain, case);
        report.add(&format!("margin.json portfolio {}", case["name"]), outcome);
    }
}

fn fills(chain: &mut Chain, case: &Json) -> Result<(), String> {
    let (mut size, mut entry) = ("0".to_owned(), "0".to_owned());
    for fill in case.as_array().unwrap() {
        let args = [&size, &entry, text(&fill["dsize"]), text(&fill["dquote"])].map(values::i128);
        let returns = chain.call(DERIVATIVES, "position", "apply_fill", &args)?;
        size = Reader(&returns[0]).i128();
        entry = Reader(&returns[1]).i128();
        is("size", &size, &fill["size"])?;
        is("quote_entry", &entry, &fill["quote_entry"])?;
        is("realized", &Reader(&returns[2]).i128(), &fill["realized"])?;
    }
    Ok(())
}

/// What `margin::evaluate` returned: single numbers by name, and the terms.
struct Summary {
    numbers: BTreeMap<&'static str, String>,
    perps: Vec<BTreeMap<&'static str, String>>,
    groups: Vec<BTreeMap<&'static str, String>>,
}

fn evaluate(chain: &mut Chain, account: &Json) -> Result<Summary, String> {
    let names = underlyings(account);
    let number = |name: &Json| names.iter().position(|known| *known == text(name)).unwrap().to_string();
    let collateral = items(account, "collateral").map(|c| {
        [
            values::u64(text(&c["amount"])),
            values::u64(text(&c["price"])),
            values::u8(text(&c["decimals"])),
            values::u64(text(&c["im_weight"])),
            values::u64(text(&c["mm_weight"])),
        ]
        .concat()
    });
    let collateral = values::vector(collateral);
    let mut perps = Vec::new();
    for perp in items(account, "perps") {
        let orders = items(perp, "orders").map(|order| {
            let is_buy = values::bool(text(&order["side"]) == "buy");
            [is_buy, values::u128(text(&order["size"])), values::u64(text(&order["price"]))].concat()
        });
        let mark = values::u64(text(&perp["mark"]));
        let reserve = chain.call(DERIVATIVES, "margin", "reserve", &[values::vector(orders), mark.clone()])?;
        let position =
            [values::i128(text(&perp["size"])), values::i128(text(&perp["quote_entry"])), mark, tiers(&perp["tiers"])];
        perps.push([position.concat(), reserve.concat()].concat());
    }
    let options = items(account, "options").map(|o| {
        [
            values::u64(&number(&o["underlying"])),
            values::u64(text(&o["expiry"])),
            values::u64(text(&o["strike"])),
            values::bool(o["is_call"].as_bool().unwrap()),
            values::i128(text(&o["size"])),
            values::u64(text(&o["mark"])),
        ]
        .concat()
    });
    let indexes = names.iter().map(|name| values::u64(text(&account["index"][*name])));
    let args = [
        values::i128(text(&account["cash"])),
        collateral,
        values::vector(perps),
        values::vector(options),
        values::vector(indexes),
    ];
    let returns = chain.call(DERIVATIVES, "margin", "evaluate", &args)?;
    let mut r = Reader(&returns[0]);
    let numbers = BTreeMap::from([
        ("equity", r.i128()),
        ("collateral_value", r.u128().to_string()),
        ("perp_upnl", r.i128()),
        ("option_value", r.i128()),
        ("im_total", r.u128().to_string()),
        ("mm_total", r.u128().to_string()),
        ("health_im", r.i128()),
        ("health_mm", r.i128()),
        ("withdrawable", r.u128().to_string()),
    ]);
    let mut perps = Vec::new();
    for _ in 0..r.length() {
        let mut term = BTreeMap::from([("upnl", r.i128())]);
        for key in ["notional", "im", "mm", "order_adverse"] {
            term.insert(key, r.u128().to_string());
        }
        perps.push(term);
    }
    let mut groups = Vec::new();
    for _ in 0..r.length() {
        let underlying = names[usize::try_from(r.u64()).unwrap()].to_owned();
        let mut group = BTreeMap::from([("underlying", underlying), ("expiry", r.u64().to_string())]);
        for key in ["iso_im", "iso_mm", "max_loss", "unpaired", "unpaired_im", "unpaired_mm", "im", "mm"] {
            group.insert(key, r.u128().to_string());
        }
        groups.push(group);
    }
    Ok(Summary { numbers, perps, groups })
}

impl Summary {
    fn check(&self, account: &Json, expect: &Json) -> Result<(), String> {
        for (key, found) in &self.numbers {
            is(key, found, &expect[*key])?;
        }
        let liquidatable = self.numbers["health_mm"].starts_with('-');
        same("liquidatable", &liquidatable, &expect["liquidatable"].as_bool().unwrap())?;
        same("perps", &self.perps.len(), &items(account, "perps").count())?;
        same("expiries", &self.groups.len(), &items(expect, "expiries").count())?;
        for (found, wanted) in self.perps.iter().zip(items(expect, "perps")) {
            found.iter().try_for_each(|(key, found)| is(key, found, &wanted[*key]))?;
        }
        for (found, wanted) in self.groups.iter().zip(items(expect, "expiries")) {
            found.iter().try_for_each(|(key, found)| is(key, found, &wanted[*key]))?;
        }
        Ok(())
    }
}

/// Fails unless two integers lie within a tolerance.
fn about(what: &str, found: &str, wanted: &Json, tolerance: &Json) -> Result<i128, String> {
    let (found, wanted): (i128, i128) = (found.parse().unwrap(), text(wanted).parse().unwrap());
    let tolerance: u128 = text(tolerance).parse().unwrap();
    if found.abs_diff(wanted) <= tolerance {
        return Ok(found);
    }
    Err(format!("{what} is {found}, expected {wanted} within {tolerance}"))
}

fn portfolio(chain: &mut Chain, case: &Json) -> Result<(), String> {
    let (account, expect) = (&case["account"], &case["expect"]);
    let cash: i128 = text(&account["cash"]).parse().unwrap();
    let (mut equity, mut im, mut mm) = (cash, 0i128, 0i128);
    for (name, underlying) in account["underlyings"].as_object().unwrap() {
        let wanted = &expect["underlyings"][name];
        let perps = items(underlying, "perps").map(|p| {
            [values::i128(text(&p["size"])), values::i128(text(&p["quote_entry"])), values::u64(text(&p["mark"]))]
                .concat()
        });
        let options = items(underlying, "options").map(|o| {
            [
                values::bool(o["is_call"].as_bool().unwrap()),
                values::u64(text(&o["strike"])),
                values::i128(text(&o["size"])),
                values::u64(text(&o["expiry_secs"])),
                values::u64(text(&o["forward"])),
                values::u64(text(&o["vol"])),
                values::i64(text(&o["rate"])),
            ]
            .concat()
        });
        let args = [values::u64(text(&underlying["index"])), values::vector(perps), values::vector(options)];
        let returns = chain.call(DERIVATIVES, "portfolio", "requirement", &args)?;
        let mut r = Reader(&returns[0]);
        let tolerance = &wanted["tol"];
        equity += about("option_value", &r.i128(), &wanted["option_value"], tolerance)?;
        let upnl = r.i128();
        is("perp_upnl", &upnl, &wanted["perp_upnl"])?;
        equity += upnl.parse::<i128>().unwrap();
        about("span", &r.u128().to_string(), &wanted["span"], tolerance)?;
        let worst = r.u64();
        is("contingency", &r.u128(), &wanted["contingency"])?;
        mm += about("mm", &r.u128().to_string(), &wanted["mm"], tolerance)?;
        im += about("im", &r.u128().to_string(), &wanted["im"], tolerance)?;
        let scenarios: Vec<&Json> = items(wanted, "scenarios").collect();
        same("scenarios", &r.length(), &scenarios.len())?;
        let mut weighted = Vec::new();
        for (number, scenario) in scenarios.iter().enumerate() {
            about(&format!("scenario {number} pnl"), &r.i128(), &scenario["pnl"], &scenario["tol"])?;
            weighted.push(about(
                &format!("scenario {number} weighted"),
                &r.i128(),
                &scenario["weighted"],
                &scenario["tol"],
            )?);
        }
        // The worst one is informative where two are nearer than the tolerance.
        let wanted_worst: i64 = text(&wanted["worst_index"]).parse().unwrap();
        let slack: i128 = text(tolerance).parse().unwrap();
        let value = |index: usize| weighted.get(index).copied().unwrap_or(0);
        let wanted_index = usize::try_from(wanted_worst).unwrap_or(weighted.len());
        let found_index = usize::try_from(worst).unwrap();
        if found_index != wanted_index && value(found_index).abs_diff(value(wanted_index)) > slack.unsigned_abs() {
            return Err(format!("worst scenario {worst}, expected {wanted_worst}"));
        }
        for factors in items(wanted, "vol_mults") {
            let returns = chain.call(
                DERIVATIVES,
                "portfolio",
                "volatility_factors",
                &[values::u64(text(&factors["expiry_secs"]))],
            )?;
            let one = Json::from("1");
            about("up", &Reader(&returns[0]).u64().to_string(), &factors["up"], &one)?;
            about("down", &Reader(&returns[1]).u64().to_string(), &factors["down"], &one)?;
        }
    }
    about("equity", &equity.to_string(), &expect["equity"], &expect["tol"])?;
    about("health_im", &(equity - im).to_string(), &expect["health_im"], &expect["tol"])?;
    about("health_mm", &(equity - mm).to_string(), &expect["health_mm"], &expect["tol"])?;
    Ok(())
}

/// `liquidation.json`.
pub(crate) fn liquidation(chain: &mut Chain, content: &str, report: &mut Report) {
    let file = parse(content);
    for (number, case) in items(&file, "perp").enumerate() {
        let outcome = liquidate(chain, case);
        report.add(&format!("liquidation.json perp {number}"), outcome);
    }
    for (number, case) in items(&file, "bankruptcy").enumerate() {
        let args = ["deficit", "insurance_before"].map(|key| values::u128(text(&case[key])));
        let outcome = chain.call(DERIVATIVES, "liquidation", "cover", &args).and_then(|returns| {
            let paid = Reader(&returns[0]).u128();
            is("insurance_paid", &paid, &case["insurance_paid"])?;
            is("uncovered", &Reader(&returns[1]).u128(), &case["uncovered"])?;
            let before: u128 = text(&case["insurance_before"]).parse().unwrap();
            is("insurance_after", &(before - paid), &case["insurance_after"])
        });
        report.add(&format!("liquidation.json bankruptcy {number}"), outcome);
    }
    for (number, case) in items(&file, "adl").enumerate() {
        let outcome = deleverage(chain, case);
        report.add(&format!("liquidation.json adl {number}"), outcome);
    }
    for (number, case) in items(&file, "auction").enumerate() {
        let args =
            [values::u128(text(&case["mtm"])), values::u128(text(&case["mm"])), values::u64(text(&case["elapsed"]))];
        let outcome = chain.call(DERIVATIVES, "liquidation", "auction", &args).and_then(|returns| {
            let mut reader = Reader(&returns[0]);
            ["discount", "bid_full", "max_fraction", "pay_at_max"]
                .into_iter()
                .try_for_each(|key| is(key, &reader.u128(), &case[key]))
        });
        report.add(&format!("liquidation.json auction {number}"), outcome);
    }
}

fn liquidate(chain: &mut Chain, case: &Json) -> Result<(), String> {
    let account = &case["account"];
    let before = evaluate(chain, account)?;
    before.check(account, &case["before"])?;
    let health = values::i128(&before.numbers["health_mm"]);
    let total = values::u128(&before.numbers["mm_total"]);
    let verdict = chain.call(DERIVATIVES, "liquidation", "check", &[health.clone(), total.clone()]);
    match (text(&case["result"]), verdict) {
        ("E_NOT_LIQUIDATABLE", Err(why)) => return same("code", &why.as_str(), &"abort 0x0601"),
        ("E_BANKRUPT", Err(why)) => return same("code", &why.as_str(), &"abort 0x0602"),
        ("LIQUIDATED", Ok(_)) => {}
        (wanted, found) => return Err(format!("{found:?}, expected {wanted}")),
    }
    let equity = values::i128(text(&case["margin_equity"]));
    let index = items(account, "perps").position(|perp| perp["market"] == case["market"]).unwrap();
    let perp = &account["perps"][index];
    let position = [
        values::i128(text(&perp["size"])),
        values::i128(text(&perp["quote_entry"])),
        values::u64(text(&perp["mark"])),
        tiers(&perp["tiers"]),
    ];
    let args = [&position[..], &[health, total.clone(), values::u128(text(&case["lot"]))]].concat();
    let returns = chain.call(DERIVATIVES, "liquidation", "size_to_close", &args)?;
    is("size_closed", &Reader(&returns[0]).u128(), &case["size_closed"])?;
    same("restored", &Reader(&returns[1]).bool(), &case["restored"].as_bool().unwrap())?;
    let allowed = chain.call(DERIVATIVES, "liquidation", "backstop_allowed", &[equity.clone(), total])?;
    same("backstop_allowed", &Reader(&allowed[0]).bool(), &case["backstop_allowed"].as_bool().unwrap())?;
    let args = [&position[..], &[equity, returns[0].clone()]].concat();
    let returns = chain.call(DERIVATIVES, "liquidation", "close", &args)?;
    let mut r = Reader(&returns[0]);
    let (size, entry, cash) = (r.i128(), r.i128(), r.i128());
    is("notional", &r.u128(), &case["notional"])?;
    is("liquidator_reward", &r.u128(), &case["liquidator_reward"])?;
    is("insurance_fee", &r.u128(), &case["insurance_fee"])?;
    let mut after = account.clone();
    after["perps"][index]["size"] = size.into();
    after["perps"][index]["quote_entry"] = entry.into();
    let cash = text(&account["cash"]).parse::<i128>().unwrap() + cash.parse::<i128>().unwrap();
    after["cash"] = cash.to_string().into();
    same("account_after", &after, &case["account_after"])?;
    evaluate(chain, &after)?.check(&after, &case["after"])
}

fn deleverage(chain: &mut Chain, case: &Json) -> Result<(), String> {
    let long = values::bool(text(&case["bankrupt_side"]) == "long");
    let (size, mark) = (values::u128(text(&case["size"])), values::u64(text(&case["mark"])));
    let args = [long, size.clone(), mark.clone(), values::u128(text(&case["uncovered_deficit"]))];
    let notional = chain.call(DERIVATIVES, "liquidation", "bankruptcy_notional", &args)?;
    is("bankruptcy_notional", &Reader(&notional[0]).u128(), &case["bankruptcy_notional"])?;
    let counterparties = items(case, "counterparties").map(|c| {
        let id = values::u64(text(&c["id"]));
        [
            id,
            values::i128(text(&c["size"])),
            values::i128(text(&c["quote_entry"])),
            values::i128(text(&c["margin_equity"])),
        ]
        .concat()
    });
    let returns = chain.call(DERIVATIVES, "liquidation", "rank", &[values::vector(counterparties), mark])?;
    let mut scores = Reader(&returns[1]);
    same("scores", &scores.length(), &items(case, "counterparties").count())?;
    for counterparty in items(case, "counterparties") {
        is("score", &scores.i256(), &counterparty["score"])?;
    }
    let mut ids = Reader(&returns[0]);
    let mut available = Vec::new();
    for _ in 0..ids.length() {
        let id = ids.u64().to_string();
        is("rank", &id, &case["ranking"][available.len()])?;
        let counterparty = items(case, "counterparties").find(|c| text(&c["id"]) == id).unwrap();
        available.push(values::u128(text(&counterparty["size"]).trim_start_matches('-')));
    }
    let args = [size, notional[0].clone(), returns[0].clone(), values::vector(available)];
    let returns = chain.call(DERIVATIVES, "liquidation", "allocate", &args)?;
    let mut parts = Reader(&returns[0]);
    same("allocations", &parts.length(), &items(case, "allocation").count())?;
    for part in items(case, "allocation") {
        is("id", &parts.u64(), &part["id"])?;
        is("size", &parts.u128(), &part["size"])?;
        is("notional", &parts.u128(), &part["notional"])?;
    }
    Ok(())
}
