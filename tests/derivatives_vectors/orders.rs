//! `orderbook.json`: scenarios on one book each.

use crate::Report;
use crate::chain::{Chain, DERIVATIVES};
use crate::rules::{is, items, parse, same, text};
use crate::values::{self, Reader};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

const DRIVER: &str = "book_driver";
/// Text of the codes that the scenarios name.
const ERRORS: &[(u64, &str)] = &[
    (0x0201, "E_NOT_OWNER"),
    (0x0205, "E_LIMIT_ORDERS"),
    (0x0301, "E_MARKET_STATUS"),
    (0x0302, "E_LOT"),
    (0x0303, "E_MIN_SIZE"),
    (0x0304, "E_TICK"),
    (0x0305, "E_EXPIRED"),
    (0x0306, "E_PRICE_BAND"),
    (0x0307, "E_REDUCE_ONLY"),
    (0x0308, "E_POST_ONLY_CROSS"),
    (0x0309, "E_FOK"),
    (0x030a, "E_NOT_FOUND"),
];

fn error_name(code: u64) -> String {
    ERRORS
        .iter()
        .find(|(number, _)| *number == code)
        .map_or_else(|| format!("{code:#06x}"), |(_, name)| (*name).to_owned())
}

/// Runs one scenario at an address of its own.
struct Scenario<'a> {
    chain: &'a mut Chain,
    at: Vec<u8>,
    owners: BTreeMap<String, u64>,
}

/// `orderbook.json`.
pub(crate) fn orderbook(chain: &mut Chain, content: &str, report: &mut Report) {
    let file = parse(content);
    for (number, case) in items(&file, "scenarios").enumerate() {
        let at = address(0x10_0000 + u64::try_from(number).unwrap());
        let mut scenario = Scenario { chain, at, owners: BTreeMap::new() };
        let outcome = scenario.run(case);
        report.add(&format!("orderbook.json {number} {}", case["name"]), outcome);
    }
}

fn address(number: u64) -> Vec<u8> {
    let mut bytes = vec![0; 24];
    bytes.extend(number.to_be_bytes());
    bytes
}

impl Scenario<'_> {
    /// The address that stands for a name.
    fn owner(&mut self, name: &str) -> Vec<u8> {
        let next = 0x1000 + u64::try_from(self.owners.len()).unwrap();
        address(*self.owners.entry(name.to_owned()).or_insert(next))
    }

    fn name(&self, address_bytes: &[u8]) -> String {
        let number = u64::from_be_bytes(address_bytes[24..].try_into().unwrap());
        self.owners.iter().find(|(_, known)| **known == number).map_or_else(|| "?".to_owned(), |(name, _)| name.clone())
    }

    fn call(&mut self, function: &str, args: Vec<Vec<u8>>) -> Result<Vec<Vec<u8>>, String> {
        let args = [vec![self.at.clone()], args].concat();
        self.chain.call(DERIVATIVES, DRIVER, function, &args)
    }

    fn run(&mut self, case: &Json) -> Result<(), String> {
        let config = &case["config"];
        let mut args = ["tick", "lot", "min_size", "max_steps"].map(|key| values::u64(text(&config[key]))).to_vec();
        args.extend(["maker_fee", "taker_fee"].map(|key| values::i128(text(&config[key]))));
        args.extend(["band", "now", "mark"].map(|key| values::u64(text(&config[key]))));
        self.call("start", args)?;
        for (name, size) in case["positions"].as_object().unwrap() {
            let owner = self.owner(name);
            self.call("set_position", vec![owner, values::i128(text(size))])?;
        }
        for (number, step) in items(case, "steps").enumerate() {
            let at = |why: String| format!("step {number} {}: {why}", step["op"]);
            let found = self.step(&step["op"]).map_err(at)?;
            if found != step["expect"] {
                return Err(at(format!("found {found}, expected {}", step["expect"])));
            }
            if !step["book"].is_null() {
                self.check_book(&step["book"]).map_err(at)?;
            }
        }
        self.check_book(&case["final"])
    }

    fn request(&mut self, op: &Json) -> Vec<u8> {
        let index = |names: &[&str], key: &str| {
            op[key]
                .as_str()
                .map_or(0, |name| u8::try_from(names.iter().position(|known| *known == name).unwrap()).unwrap())
        };
        [
            self.owner(text(&op["owner"])),
            values::bool(text(&op["side"]) == "buy"),
            vec![index(&["GTC", "IOC", "FOK", "POST_ONLY", "POST_ONLY_SLIDE"], "type")],
            values::u64(text(&op["price"])),
            values::u64(text(&op["size"])),
            values::bool(op["reduce_only"].as_bool().unwrap_or(false)),
            vec![index(&["CANCEL_MAKER", "CANCEL_TAKER", "CANCEL_BOTH", "DECREMENT"], "stp")],
            values::u64(op["expiry"].as_str().unwrap_or("0")),
            values::u64("0"),
        ]
        .concat()
    }

    fn step(&mut self, op: &Json) -> Result<Json, String> {
        let ok = || json!({ "status": "OK" });
        let rejected = |code: u64| json!({ "status": "REJECTED", "error": error_name(code) });
        let set = |now: &str, mark: &str, status: u8| vec![values::u64(now), values::u64(mark), vec![status]];
        Ok(match text(&op["op"]) {
            "place" => {
                let request = self.request(op);
                let returns = self.call("place", vec![request])?;
                self.outcome(&mut Reader(&returns[0]))
            }
            "set_mark" => self.call("set", set("0", text(&op["mark"]), 255)).map(|_| ok())?,
            "set_time" => self.call("set", set(text(&op["now"]), "0", 255)).map(|_| ok())?,
            "set_status" => {
                let names = [
                    "PREOPEN",
                    "OPEN",
                    "CAUTION",
                    "POST_ONLY",
                    "REDUCE_ONLY",
                    "CANCEL_ONLY",
                    "HALTED",
                    "SETTLING",
                    "SETTLED",
                ];
                let status = names.iter().position(|name| *name == text(&op["market_status"])).unwrap();
                self.call("set", set("0", "0", u8::try_from(status).unwrap())).map(|_| ok())?
            }
            "cancel" => {
                let owner = self.owner(text(&op["owner"]));
                let returns = self.call("cancel", vec![owner, values::u64(text(&op["id"]))])?;
                match Reader(&returns[0]).u64() {
                    0 => {
                        json!({ "status": "CANCELLED", "id": op["id"], "cancelled": Reader(&returns[1]).u64().to_string() })
                    }
                    code => rejected(code),
                }
            }
            "amend" => {
                let owner = self.owner(text(&op["owner"]));
                let returns =
                    self.call("amend", vec![owner, values::u64(text(&op["id"])), values::u64(text(&op["size"]))])?;
                match Reader(&returns[0]).u64() {
                    0 => json!({
                        "status": "AMENDED", "id": Reader(&returns[1]).u64().to_string(),
                        "kept_priority": Reader(&returns[2]).bool(),
                    }),
                    code => rejected(code),
                }
            }
            "cancel_all" => {
                let owner = self.owner(text(&op["owner"]));
                let returns = self.call("cancel_all", vec![owner, values::u64(text(&op["max"]))])?;
                match Reader(&returns[0]).u64() {
                    0 => json!({ "status": "OK", "cancelled_ids": Self::ids(&returns[1]) }),
                    code => rejected(code),
                }
            }
            "place_trigger" => {
                let request = self.request(&op["order"]);
                let args =
                    vec![values::bool(text(&op["cond"]) == "GE"), values::u64(text(&op["trigger_price"])), request];
                let returns = self.call("place_trigger", args)?;
                json!({ "status": "TRIGGER_SET", "trigger_id": Reader(&returns[0]).u64().to_string() })
            }
            "cancel_trigger" => {
                let owner = self.owner(text(&op["owner"]));
                let returns = self.call("cancel_trigger", vec![owner, values::u64(text(&op["trigger_id"]))])?;
                match Reader(&returns[0]).u64() {
                    0 => json!({ "status": "CANCELLED", "trigger_id": op["trigger_id"] }),
                    code => rejected(code),
                }
            }
            "crank_triggers" => {
                let returns = self.call("crank", vec![values::u64(text(&op["max"]))])?;
                let mut outcomes = Reader(&returns[1]);
                outcomes.length();
                let fired: Vec<Json> = Self::ids(&returns[0])
                    .into_iter()
                    .map(|id| json!({ "trigger_id": id, "result": self.outcome(&mut outcomes) }))
                    .collect();
                json!({ "status": "OK", "fired": fired })
            }
            other => return Err(format!("unknown operation {other}")),
        })
    }

    fn ids(bytes: &[u8]) -> Vec<String> {
        let mut reader = Reader(bytes);
        (0..reader.length()).map(|_| reader.u64().to_string()).collect()
    }

    /// An outcome as the scenarios write it.
    fn outcome(&self, r: &mut Reader<'_>) -> Json {
        let error = r.u64();
        let result = ["OPEN", "FILLED", "CANCELLED", "DECREMENTED"][usize::from(r.u8())];
        let mut number = || r.u64().to_string();
        let (id, filled, resting, price, steps) = (number(), number(), number(), number(), number());
        let reason = r.u8();
        let cancelled = r.u64().to_string();
        let mut fills = Vec::new();
        for _ in 0..r.length() {
            let maker_id = r.u64().to_string();
            let maker = self.name(&r.bytes(32));
            let (price, size) = (r.u64().to_string(), r.u64().to_string());
            let notional = r.u128().to_string();
            let (taker_fee, maker_fee) = (r.i128(), r.i128());
            r.i128();
            fills.push(json!({
                "maker_id": maker_id, "maker": maker, "price": price, "size": size, "notional": notional,
                "taker_fee": taker_fee, "maker_fee": maker_fee,
            }));
        }
        let mut events = Vec::new();
        for _ in 0..r.length() {
            let kind = ["", "EXPIRED", "STP_MAKER", "STP_DECREMENT", "REDUCE_ONLY_CANCEL"][usize::from(r.u8())];
            let id = r.u64().to_string();
            r.bytes(32);
            events.push(json!({ "ev": kind, "id": id, "size": r.u64().to_string() }));
        }
        r.i128();
        if error != 0 {
            let name = error_name(error);
            let status = if name == "E_FOK" { "KILLED" } else { "REJECTED" };
            return json!({ "status": status, "error": name });
        }
        let mut found = json!({
            "status": result, "id": id, "filled": filled, "resting": resting, "price": price, "steps": steps, "fills": fills,
            "events": events,
        });
        if reason != 0 {
            found["reason"] = ["", "STP", "STEP_LIMIT", "IOC"][usize::from(reason)].into();
            found["cancelled"] = cancelled.into();
        }
        found
    }

    /// Compares the whole book, and recounts the sums of open orders and open interest.
    fn check_book(&mut self, wanted: &Json) -> Result<(), String> {
        let mut sums: BTreeMap<(String, bool), u64> = BTreeMap::new();
        for (key, is_buy) in [("bids", true), ("asks", false)] {
            let returns = self.call("ids", vec![values::bool(is_buy)])?;
            let mut found = Vec::new();
            for id in Self::ids(&returns[0]) {
                let order = self.call("order", vec![values::u64(&id)])?;
                let owner = self.name(&order[0]);
                same("side", &Reader(&order[1]).bool(), &is_buy)?;
                let size = Reader(&order[3]).u64();
                *sums.entry((owner.clone(), is_buy)).or_default() += size;
                found.push(json!({
                    "id": id, "owner": owner, "price": Reader(&order[2]).u64().to_string(), "size": size.to_string(),
                    "reduce_only": Reader(&order[4]).bool(), "expiry": Reader(&order[5]).u64().to_string(),
                }));
            }
            same(key, &Json::from(found), &wanted[key])?;
        }
        let mut longs = 0u128;
        for name in self.owners.keys().cloned().collect::<Vec<_>>() {
            let owner = self.owner(&name);
            let returns = self.call("position", vec![owner])?;
            let size = Reader(&returns[0]).i128();
            let zero = Json::from("0");
            is(&format!("position of {name}"), &size, wanted["positions"].get(&name).unwrap_or(&zero))?;
            longs += size.parse::<u128>().unwrap_or(0);
            for (index, is_buy) in [(1, true), (2, false)] {
                let sum = sums.get(&(name.clone(), is_buy)).copied().unwrap_or(0);
                same(&format!("open orders of {name}"), &Reader(&returns[index]).u64(), &sum)?;
            }
        }
        let totals = self.call("totals", vec![])?;
        is("fees", &Reader(&totals[0]).i128(), &wanted["fees"])?;
        same("triggers", &Reader(&totals[1]).u64(), &u64::try_from(items(wanted, "triggers").count()).unwrap())?;
        same("open interest", &Reader(&totals[2]).u128(), &longs)
    }
}
