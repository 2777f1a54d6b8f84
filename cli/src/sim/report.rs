//! The report of a run: one HTML file without anything from elsewhere.
#![expect(clippy::float_arithmetic, clippy::cast_precision_loss, reason = "values of a picture")]

use std::fmt::Write as _;

use super::chart::{Chart, Kind, Line, escape};
use super::invariants::NAMES;

/// What is known of one block; prices and premiums with 9 decimals, money with 6.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sample {
    pub(crate) height: u64,
    pub(crate) time_us: u64,
    pub(crate) transactions: u64,
    pub(crate) failed: u64,
    pub(crate) fills: u64,
    /// By perpetual.
    pub(crate) index: Vec<u64>,
    pub(crate) mark: Vec<u64>,
    pub(crate) bid: Vec<Option<u64>>,
    pub(crate) ask: Vec<Option<u64>>,
    pub(crate) interest: Vec<u128>,
    pub(crate) premium: Vec<i128>,
    pub(crate) funding: Vec<i128>,
    /// Open option contracts, with 9 decimals.
    pub(crate) options: u128,
    pub(crate) liquidations: u64,
    pub(crate) liquidated: u128,
    pub(crate) takeovers: u64,
    pub(crate) bankruptcies: u64,
    pub(crate) deleveraged: u64,
    pub(crate) settled: u64,
    pub(crate) insurance: i128,
    pub(crate) violations: usize,
}

/// Everything that the report shows.
#[derive(Debug, Clone)]
pub(crate) struct Report {
    pub(crate) title: String,
    pub(crate) symbols: Vec<String>,
    pub(crate) samples: Vec<Sample>,
    pub(crate) totals: Vec<(String, String)>,
    pub(crate) failures: Vec<(String, u64)>,
    pub(crate) violations: Vec<(u64, String)>,
}

const STYLE: &str = "\
:root{color-scheme:light dark;--bg:#fbfbfa;--ink:#1c1e21;--dim:#5d646e;--grid:#e3e5e8;--card:#fff;\
--c0:#2563b8;--c1:#c2570c;--c2:#2e8540;--c3:#b0243b;--c4:#7a4fb5;--c5:#8a6d00}\
@media(prefers-color-scheme:dark){:root{--bg:#14161a;--ink:#e7e9ec;--dim:#9aa3ae;--grid:#2c3138;--card:#1b1e23;\
--c0:#6ea8ff;--c1:#ff9e57;--c2:#63c77a;--c3:#ff7286;--c4:#bd97f2;--c5:#d9b83c}}\
body{margin:0 auto;max-width:1640px;padding:24px;background:var(--bg);color:var(--ink);font:15px/1.5 system-ui,sans-serif}\
h1{font-size:24px;margin:0 0 4px}h2{font-size:17px;margin:28px 0 10px}p{margin:0 0 16px;color:var(--dim)}\
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,620px),1fr));gap:16px}\
.charts>*{background:var(--card);border:1px solid var(--grid);border-radius:8px;padding:10px}\
svg{width:100%;height:auto;display:block;font:11px system-ui,sans-serif}\
.title{font-size:14px;font-weight:600;fill:var(--ink)}.tick,.unit{fill:var(--dim)}.grid{stroke:var(--grid)}\
.axis{stroke:var(--dim)}.mark{stroke:var(--dim);stroke-dasharray:3 3}.line{fill:none;stroke-width:1.7;stroke-linejoin:round}\
.line.c0{stroke:var(--c0)}.line.c1{stroke:var(--c1)}.line.c2{stroke:var(--c2)}.line.c3{stroke:var(--c3)}.line.c4{stroke:var(--c4)}.line.c5{stroke:var(--c5)}\
.fill.c0{fill:var(--c0)}.fill.c1{fill:var(--c1)}.fill.c2{fill:var(--c2)}.fill.c3{fill:var(--c3)}.fill.c4{fill:var(--c4)}.fill.c5{fill:var(--c5)}\
table{border-collapse:collapse;font-variant-numeric:tabular-nums}td,th{padding:3px 22px 3px 0;text-align:left;border-bottom:1px solid var(--grid)}\
td.n{text-align:right}.ok{color:var(--c2);font-weight:600}.bad{color:var(--c3);font-weight:600}.wide{overflow-x:auto}";

/// A price or a rate from its integer with 9 decimals.
fn e9(value: impl Into<i128>) -> f64 {
    value.into() as f64 / 1e9
}

/// Dollars from their integer with 6 decimals.
fn dollars(value: i128) -> f64 {
    value as f64 / 1e6
}

/// What a chart shows of a sample, if the sample has it.
type Reading = Box<dyn Fn(&Sample) -> Option<f64>>;

/// The charts of a run, in the order in which a trader asks.
fn charts(report: &Report) -> Vec<Chart> {
    // What lies before the first price is not the market.
    let samples: Vec<&Sample> =
        report.samples.iter().filter(|sample| sample.index.iter().all(|index| *index != 0)).collect();
    let start = samples.first().map_or(0, |sample| sample.time_us);
    let xs: Vec<f64> = samples.iter().map(|sample| sample.time_us.saturating_sub(start) as f64 / 1e6).collect();
    let settled = samples.iter().position(|sample| sample.settled > 0).and_then(|at| xs.get(at).copied());
    let expiry: Vec<(f64, String)> = settled.map(|at| (at, "options expire".to_owned())).into_iter().collect();
    let line = |name: &str, colour: usize, kind: Kind, of: &dyn Fn(&Sample) -> Option<f64>| Line {
        name: name.to_owned(),
        colour,
        kind,
        values: samples.iter().map(|sample| of(sample)).collect(),
    };
    let chart = |title: String, y: &str, lines: Vec<Line>| Chart {
        title,
        y: y.to_owned(),
        x: "seconds since the first price".to_owned(),
        xs: xs.clone(),
        lines,
        marks: expiry.clone(),
    };
    let mut all = Vec::new();
    for (number, symbol) in report.symbols.iter().enumerate() {
        let price = |of: fn(&Sample) -> &Vec<u64>| {
            move |sample: &Sample| of(sample).get(number).filter(|price| **price != 0).map(|price| e9(*price))
        };
        all.push(chart(
            format!("{symbol}: prices"),
            "US dollars",
            vec![
                line("best bid", 2, Kind::Line, &|sample| sample.bid.get(number).copied().flatten().map(e9)),
                line("best ask", 3, Kind::Line, &|sample| sample.ask.get(number).copied().flatten().map(e9)),
                line("mark", 1, Kind::Line, &price(|sample| &sample.mark)),
                line("index", 0, Kind::Line, &price(|sample| &sample.index)),
            ],
        ));
    }
    let spread = |number: usize| {
        move |sample: &Sample| {
            let (bid, ask) = (sample.bid.get(number).copied().flatten()?, sample.ask.get(number).copied().flatten()?);
            let index = sample.index.get(number).copied().filter(|index| *index != 0)?;
            Some((e9(ask) - e9(bid)) / e9(index) * 1e4)
        }
    };
    let by_market = |of: &dyn Fn(usize) -> Reading, kind: Kind| -> Vec<Line> {
        let symbols = report.symbols.iter().enumerate();
        symbols.map(|(number, symbol)| line(symbol, number, kind, &*of(number))).collect()
    };
    all.push(chart(
        "Spread between best ask and best bid".into(),
        "basis points of the index",
        by_market(&|number| Box::new(spread(number)), Kind::Line),
    ));
    let interest = |number: usize| move |sample: &Sample| sample.interest.get(number).map(|i| *i as f64 / 1e6);
    all.push(chart(
        "Open interest of perpetuals".into(),
        "US dollars",
        by_market(&|number| Box::new(interest(number)), Kind::Line),
    ));
    all.push(chart(
        "Open interest of options".into(),
        "contracts",
        vec![line("contracts", 4, Kind::Step, &|sample| Some(sample.options as f64 / 1e9))],
    ));
    let premium = |number: usize| move |sample: &Sample| sample.premium.get(number).map(|p| e9(*p) * 1e4);
    all.push(chart(
        "Funding: premium of the last minute's sample".into(),
        "basis points of the index",
        by_market(&|number| Box::new(premium(number)), Kind::Step),
    ));
    let funding = |number: usize| move |sample: &Sample| sample.funding.get(number).map(|f| *f as f64 / 1e18);
    all.push(chart(
        "Funding: paid by one contract held since the start".into(),
        "US dollars a contract",
        by_market(&|number| Box::new(funding(number)), Kind::Step),
    ));
    all.push(chart(
        "Liquidated notional by block".into(),
        "US dollars",
        vec![line("liquidated", 3, Kind::Bar, &|sample| Some(sample.liquidated as f64 / 1e6))],
    ));
    all.push(chart(
        "Liquidations, takeovers, bankruptcies by block".into(),
        "events",
        vec![
            line("liquidations", 3, Kind::Bar, &|sample| Some(sample.liquidations as f64)),
            line("backstop takeovers", 4, Kind::Line, &|sample| Some(sample.takeovers as f64)),
            line("bankruptcies", 1, Kind::Line, &|sample| Some(sample.bankruptcies as f64)),
        ],
    ));
    all.push(chart(
        "Insurance fund".into(),
        "US dollars",
        vec![line("insurance", 2, Kind::Step, &|sample| Some(dollars(sample.insurance)))],
    ));
    all.push(chart(
        "Transactions by block".into(),
        "transactions",
        vec![
            line("all", 0, Kind::Bar, &|sample| Some(sample.transactions as f64)),
            line("of them refused by the exchange", 3, Kind::Bar, &|sample| Some(sample.failed as f64)),
        ],
    ));
    all.push(chart(
        "Invariant checks: violations by block".into(),
        "violations",
        vec![line("violations", 3, Kind::Bar, &|sample| Some(sample.violations as f64))],
    ));
    all
}

/// The report as one file.
pub(crate) fn html(report: &Report) -> String {
    let mut out = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
         <title>{0}</title><style>{STYLE}</style></head><body><h1>{0}</h1><p>",
        escape(&report.title)
    );
    let blocks = report.samples.len();
    let heights = (report.samples.first().map_or(0, |s| s.height), report.samples.last().map_or(0, |s| s.height));
    let verdict = if report.violations.is_empty() {
        "<span class=\"ok\">held at every block</span>".to_owned()
    } else {
        format!("<span class=\"bad\">broken {} times</span>", report.violations.len())
    };
    let _ = write!(
        out,
        "Blocks {} to {} of a real node. Every account, market, position and order was followed through the blocks and read back, and the \
         invariants were recomputed in integers after each: {verdict}.</p>",
        heights.0, heights.1
    );
    out.push_str("<div class=\"charts\">");
    for chart in charts(report) {
        let _ = write!(out, "<div>{}</div>", chart.svg());
    }
    out.push_str("</div><h2>Invariants</h2><div class=\"wide\"><table><tr><th>invariant</th><th>what it says</th><th>blocks checked</th><th>violations</th></tr>");
    let says = [
        "tokens in custody are what accounts, entries, fees, pools, funds and prepaid money come to",
        "the sizes of every market sum up to zero",
        "open interest is the longs and the shorts; empty positions are gone",
        "books are not crossed; orders fit the grid; positions know the sums of their orders",
        "what funding leaves in a pool is rounding: less than a unit a settlement",
        "payoffs of a series are exact and sum up to zero",
        "a market's fees fall only by a sweep",
    ];
    for (name, says) in NAMES.iter().zip(says) {
        let count = report.violations.iter().filter(|(_, text)| text.split(':').next() == Some(name)).count();
        let class = if count == 0 { "ok" } else { "bad" };
        let _ = write!(
            out,
            "<tr><td>{name}</td><td>{says}</td><td class=\"n\">{blocks}</td><td class=\"n {class}\">{count}</td></tr>"
        );
    }
    let others = report.violations.iter().filter(|(_, text)| !text.starts_with("INV-")).count();
    let class = if others == 0 { "ok" } else { "bad" };
    let _ = write!(
        out,
        "<tr><td>reading</td><td>what the node reads at a version is what the write sets left</td><td></td><td class=\"n {class}\">{others}</td></tr></table></div>"
    );
    for (height, text) in report.violations.iter().take(20) {
        let _ = write!(out, "<p class=\"bad\">block {height}: {}</p>", escape(text));
    }
    out.push_str("<h2>Totals</h2><div class=\"wide\"><table>");
    for (name, value) in &report.totals {
        let _ = write!(out, "<tr><td>{}</td><td class=\"n\">{}</td></tr>", escape(name), escape(value));
    }
    out.push_str("</table></div><h2>Refused by the exchange</h2><p>Transactions that were committed as failed, by function and reason. A market order beyond the book, a trade that margin does not cover, an account that has recovered: the exchange says no, and nothing changes.</p><div class=\"wide\"><table>");
    for (why, count) in &report.failures {
        let _ = write!(out, "<tr><td>{}</td><td class=\"n\">{count}</td></tr>", escape(why));
    }
    out.push_str("</table></div></body></html>\n");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_one_file_that_says_what_broke() {
        let sample = |height: u64| Sample {
            height,
            time_us: height * 1_000_000,
            index: vec![60_000_000_000_000],
            mark: vec![60_000_000_000_000],
            bid: vec![None],
            ask: vec![Some(60_001_000_000_000)],
            interest: vec![7],
            premium: vec![-5],
            funding: vec![0],
            ..Sample::default()
        };
        let mut report = Report {
            title: "calm".into(),
            symbols: vec!["BTC".into()],
            samples: (1..5).map(sample).collect(),
            totals: vec![("seed".into(), "1".into())],
            failures: vec![("a < b".into(), 2)],
            violations: vec![],
        };
        let good = html(&report);
        assert!(good.contains("held at every block") && good.contains("a &lt; b") && !good.contains("http"));
        report.violations.push((3, "INV-2: sizes".into()));
        let bad = html(&report);
        assert!(bad.contains("broken 1 times") && bad.contains("block 3: INV-2"));
    }
}
