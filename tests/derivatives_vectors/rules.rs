//! `funding.json`, `settlement.json`, `oracle.json`, `batch.json` and `vault.json`: exact rules.

use crate::Report;
use crate::chain::{Chain, DERIVATIVES};
use crate::values::{self, Reader};
use serde_json::Value as Json;

/// The text of a number.
pub(crate) fn text(value: &Json) -> &str {
    value.as_str().unwrap_or_else(|| panic!("not a text: {value}"))
}

/// The items of a list; none if it is absent.
pub(crate) fn items<'a>(value: &'a Json, list: &str) -> impl Iterator<Item = &'a Json> {
    value[list].as_array().into_iter().flatten()
}

/// Fails unless the two are equal.
pub(crate) fn same<T: PartialEq + std::fmt::Display>(what: &str, found: &T, wanted: &T) -> Result<(), String> {
    if found == wanted { Ok(()) } else { Err(format!("{what} is {found}, expected {wanted}")) }
}

/// Fails unless the text of the found value is the wanted one.
pub(crate) fn is(what: &str, found: &impl ToString, wanted: &Json) -> Result<(), String> {
    same(what, &found.to_string().as_str(), &text(wanted))
}

/// Reads a file.
pub(crate) fn parse(content: &str) -> Json {
    serde_json::from_str(content).unwrap_or_else(|error| panic!("not JSON: {error}"))
}

fn first(returns: &[Vec<u8>]) -> Reader<'_> {
    Reader(&returns[0])
}

/// `funding.json`.
pub(crate) fn funding(chain: &mut Chain, content: &str, report: &mut Report) {
    let file = parse(content);
    for (number, case) in items(&file, "premium_samples").enumerate() {
        let args = ["impact_bid", "impact_ask", "index"].map(|key| values::u64(text(&case[key])));
        let outcome = chain
            .call(DERIVATIVES, "funding", "premium_sample", &args)
            .and_then(|returns| is("premium", &first(&returns).i128(), &case["premium"]));
        report.add(&format!("funding.json premium_samples {number}"), outcome);
    }
    for (number, case) in items(&file, "intervals").enumerate() {
        let outcome = interval(chain, case, case);
        report.add(&format!("funding.json intervals {number}"), outcome);
    }
    for (number, case) in items(&file, "sequences").enumerate() {
        let outcome = funding_sequence(chain, case);
        report.add(&format!("funding.json sequences {number}"), outcome);
    }
}

fn interval(chain: &mut Chain, case: &Json, wanted: &Json) -> Result<(), String> {
    let samples = values::vector(items(case, "samples").map(|sample| values::i128(text(sample))));
    let returns = chain.call(DERIVATIVES, "funding", "interval_of", &[samples, values::u64(text(&case["index"]))])?;
    let mut reader = first(&returns);
    for key in ["avg_premium", "rate_8h", "rate_hour", "d_index"] {
        is(key, &reader.i128(), &wanted[key])?;
    }
    Ok(())
}

fn funding_sequence(chain: &mut Chain, case: &Json) -> Result<(), String> {
    let sizes: Vec<&str> = items(case, "sizes").map(text).collect();
    let mut last = vec![0i128; sizes.len()];
    let mut cash = vec![0i128; sizes.len()];
    let (mut index, mut pool) = (0i128, 0i128);
    let mut settle = |chain: &mut Chain,
                      payments: &Json,
                      key: &str,
                      index: i128,
                      pool: &mut i128|
     -> Result<(), String> {
        for payment in items(payments, key) {
            let account: usize = text(&payment["account"]).parse().unwrap();
            let delta = (index - last[account]).to_string();
            let returns =
                chain.call(DERIVATIVES, "funding", "payment", &[values::i128(sizes[account]), values::i128(&delta)])?;
            let paid = first(&returns).i128();
            is("cash_delta", &paid, &payment["cash_delta"])?;
            let paid: i128 = paid.parse().unwrap();
            cash[account] += paid;
            *pool -= paid;
            last[account] = index;
        }
        Ok(())
    };
    for hour in items(case, "intervals") {
        interval(chain, hour, &hour["result"])?;
        index += text(&hour["result"]["d_index"]).parse::<i128>().unwrap();
        is("cumulative_index", &index, &hour["cumulative_index"])?;
        settle(chain, hour, "settled", index, &mut pool)?;
        is("funding_pool", &pool, &hour["funding_pool"])?;
    }
    settle(chain, case, "final_settle", index, &mut pool)?;
    is("final_pool", &pool, &case["final_pool"])?;
    for (found, wanted) in cash.iter().zip(items(case, "final_cash")) {
        is("final_cash", found, wanted)?;
    }
    Ok(())
}

/// `settlement.json`.
pub(crate) fn settlement(chain: &mut Chain, content: &str, report: &mut Report) {
    let file = parse(content);
    let window: u64 = text(&file["window"]).parse().unwrap();
    for (number, case) in items(&file, "twap").enumerate() {
        let outcome = twap(chain, case, window);
        report.add(&format!("settlement.json twap {number}"), outcome);
    }
    for (number, case) in items(&file, "options").enumerate() {
        let outcome = expiry(chain, case);
        report.add(&format!("settlement.json options {number}"), outcome);
    }
    for (number, case) in items(&file, "perp_delisting").enumerate() {
        let outcome = delisting(chain, case);
        report.add(&format!("settlement.json perp_delisting {number}"), outcome);
    }
}

fn twap(chain: &mut Chain, case: &Json, window: u64) -> Result<(), String> {
    let expiry: u64 = text(&case["expiry"]).parse().unwrap();
    let observations =
        items(case, "updates").map(|pair| [values::u64(text(&pair[0])), values::u64(text(&pair[1]))].concat());
    let args =
        [values::vector(observations), values::u64(&(expiry - window).to_string()), values::u64(&expiry.to_string())];
    let returns = chain.call(DERIVATIVES, "settlement", "twap", &args)?;
    let known = Reader(&returns[0]).bool();
    same("known", &known, &!case["twap"].is_null())?;
    if !known {
        return Ok(());
    }
    let price = Reader(&returns[1]).u64().to_string();
    is("twap", &price, &case["twap"])?;
    let args = [values::u64(&price), values::u64(text(&case["tick"]))];
    let returns = chain.call(DERIVATIVES, "settlement", "floor_to_tick", &args)?;
    is("settlement", &first(&returns).u64(), &case["settlement"])
}

fn expiry(chain: &mut Chain, case: &Json) -> Result<(), String> {
    let price = values::u64(text(&case["settlement"]));
    let args = [values::bool(case["is_call"].as_bool().unwrap()), values::u64(text(&case["strike"])), price.clone()];
    let payoff = chain.call(DERIVATIVES, "settlement", "payoff", &args)?;
    is("payoff_per_unit", &first(&payoff).u64(), &case["payoff_per_unit"])?;
    let (mut total, mut fees) = (0i128, 0u128);
    for row in items(case, "rows") {
        let args = [values::i128(text(&row["size"])), payoff[0].clone(), price.clone()];
        let returns = chain.call(DERIVATIVES, "settlement", "settle_option", &args)?;
        let cash: i128 = first(&returns).i128().parse().unwrap();
        let fee = Reader(&returns[1]).u128();
        is("payoff_cash", &cash, &row["payoff_cash"])?;
        is("fee", &fee, &row["fee"])?;
        is("cash_delta", &(cash - i128::try_from(fee).unwrap()), &row["cash_delta"])?;
        total += cash;
        fees += fee;
    }
    is("total_payoff", &total, &case["total_payoff"])?;
    is("total_fees", &fees, &case["total_fees"])
}

fn delisting(chain: &mut Chain, case: &Json) -> Result<(), String> {
    let mut total = 0i128;
    for row in items(case, "rows") {
        let args = [
            values::i128(text(&row["size"])),
            values::i128(text(&row["quote_entry"])),
            values::u64(text(&case["settlement"])),
        ];
        let returns = chain.call(DERIVATIVES, "settlement", "settle_perp", &args)?;
        let cash = first(&returns).i128();
        is("cash_delta", &cash, &row["cash_delta"])?;
        total += cash.parse::<i128>().unwrap();
    }
    is("sum_cash", &total, &case["sum_cash"])
}

/// `oracle.json`.
pub(crate) fn oracle(chain: &mut Chain, content: &str, report: &mut Report) {
    let file = parse(content);
    for (number, case) in items(&file, "aggregate").enumerate() {
        let outcome = aggregate(chain, case);
        report.add(&format!("oracle.json aggregate {number}"), outcome);
    }
    for (number, case) in items(&file, "ema").enumerate() {
        let args = [
            values::i128(text(&case["prev"])),
            values::i128(text(&case["x"])),
            values::u64(text(&case["dt"])),
            values::u64(text(&case["tau"])),
        ];
        let outcome = chain
            .call(DERIVATIVES, "pricing", "ema", &args)
            .and_then(|returns| is("ema", &first(&returns).i128(), &case["ema"]));
        report.add(&format!("oracle.json ema {number}"), outcome);
    }
    for (number, case) in items(&file, "mark").enumerate() {
        let mut args = vec![values::u64(text(&case["index"])), values::i128(text(&case["basis_ema"]))];
        args.extend(["bid", "ask", "last", "ext"].map(|key| values::u64(text(&case[key]))));
        let outcome = chain
            .call(DERIVATIVES, "pricing", "mark", &args)
            .and_then(|returns| is("mark", &first(&returns).u64(), &case["mark"]));
        report.add(&format!("oracle.json mark {number}"), outcome);
    }
    for (number, case) in items(&file, "breaker").enumerate() {
        let args = [values::u64(text(&case["price"])), values::u64(text(&case["twap5m"]))];
        let outcome = chain
            .call(DERIVATIVES, "pricing", "breaker", &args)
            .and_then(|returns| same("tripped", &first(&returns).bool(), &case["tripped"].as_bool().unwrap()));
        report.add(&format!("oracle.json breaker {number}"), outcome);
    }
}

fn aggregate(chain: &mut Chain, case: &Json) -> Result<(), String> {
    let reports = items(case, "reports")
        .map(|r| [values::u64(text(&r["price"])), values::u64(text(&r["conf"])), values::u64(text(&r["ts"]))].concat());
    let args = [values::vector(reports), values::u64(text(&case["now"]))];
    let returns = chain.call(DERIVATIVES, "pricing", "aggregate", &args)?;
    let expect = &case["expect"];
    let known = Reader(&returns[0]).bool();
    same("accepted", &known, &(text(&expect["status"]) == "OK"))?;
    if known {
        is("price", &Reader(&returns[1]).u64(), &expect["price"])?;
    }
    is("used", &Reader(&returns[2]).u64(), &expect["used"])
}

/// `batch.json`.
pub(crate) fn batch(chain: &mut Chain, content: &str, report: &mut Report) {
    let file = parse(content);
    for (number, case) in items(&file, "auctions").enumerate() {
        let outcome = auction(chain, case);
        report.add(&format!("batch.json auctions {number}"), outcome);
    }
}

fn auction(chain: &mut Chain, case: &Json) -> Result<(), String> {
    let orders = items(case, "orders").map(|order| {
        let is_buy = values::bool(text(&order["side"]) == "buy");
        [
            values::u64(text(&order["id"])),
            is_buy,
            values::u64(text(&order["price"])),
            values::u128(text(&order["size"])),
        ]
        .concat()
    });
    let args = [values::vector(orders), values::u128(text(&case["lot"])), values::u64(text(&case["reference"]))];
    let returns = chain.call(DERIVATIVES, "auction", "clear", &args)?;
    let expect = &case["expect"];
    is("price", &Reader(&returns[0]).u64(), &expect["price"])?;
    is("volume", &Reader(&returns[1]).u128(), &expect["volume"])?;
    let mut reader = Reader(&returns[2]);
    same("number of fills", &reader.length(), &items(expect, "fills").count())?;
    for fill in items(expect, "fills") {
        is("filled id", &reader.u64(), &fill["id"])?;
        is("filled size", &reader.u128(), &fill["size"])?;
    }
    Ok(())
}

/// `vault.json`.
pub(crate) fn vault(chain: &mut Chain, content: &str, report: &mut Report) {
    let file = parse(content);
    for (number, sequence) in items(&file, "sequences").enumerate() {
        let outcome = shares(chain, sequence);
        report.add(&format!("vault.json sequences {number}"), outcome);
    }
}

fn shares(chain: &mut Chain, sequence: &Json) -> Result<(), String> {
    let mut pool = chain.call(DERIVATIVES, "shares", "empty", &[])?.remove(0);
    for (number, step) in sequence.as_array().unwrap().iter().enumerate() {
        let at = |why: String| format!("step {number} {}: {why}", step["op"]);
        let run = |chain: &mut Chain, function: &str, arg: Option<Vec<u8>>| {
            let args: Vec<Vec<u8>> = std::iter::once(pool.clone()).chain(arg).collect();
            chain.call_mut(DERIVATIVES, "shares", function, &args).map_err(at)
        };
        let (returns, after) = match text(&step["op"]) {
            "deposit" => run(chain, "deposit", Some(values::u128(text(&step["assets"]))))?,
            "redeem" => run(chain, "redeem", Some(values::u256(text(&step["shares"]))))?,
            "accrue" => run(chain, "accrue", Some(values::u64(text(&step["now"]))))?,
            "pnl" => match text(&step["delta"]).strip_prefix('-') {
                Some(loss) => run(chain, "lose", Some(values::u128(loss)))?,
                None => run(chain, "gain", Some(values::u128(text(&step["delta"]))))?,
            },
            other => return Err(format!("unknown operation {other}")),
        };
        match text(&step["op"]) {
            "deposit" => is("shares", &first(&returns).u256(), &step["shares"]).map_err(at)?,
            "redeem" => is("assets", &first(&returns).u128(), &step["assets"]).map_err(at)?,
            "accrue" => {
                is("management", &first(&returns).u256(), &step["mgmt_shares"]).map_err(at)?;
                is("performance", &Reader(&returns[1]).u256(), &step["perf_shares"]).map_err(at)?;
            }
            _ => {}
        }
        pool = after;
        let state = &step["state"];
        let price = chain.call(DERIVATIVES, "shares", "price_per_share", &[pool.clone()])?;
        is("pps", &first(&price).u256(), &state["pps"]).map_err(at)?;
        let found = chain.call(DERIVATIVES, "shares", "state", &[pool.clone()])?;
        is("assets", &Reader(&found[0]).u128(), &state["assets"]).map_err(at)?;
        for (index, key) in ["shares", "hwm", "fee_shares"].into_iter().enumerate() {
            is(key, &Reader(&found[index + 1]).u256(), &state[key]).map_err(at)?;
        }
    }
    Ok(())
}
