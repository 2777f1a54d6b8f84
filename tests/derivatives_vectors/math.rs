//! `math.csv`, `options.csv` and `svi.csv`: the package `TenorMath`.

use crate::Report;
use crate::chain::{Chain, MATH};
use crate::decimal::{Big, Decimal, near, ten};
use crate::values::{self, Reader};

/// Rows of a file with a heading, as maps by column, each with its line number.
struct Table<'a> {
    heading: Vec<&'a str>,
    rows: Vec<Vec<&'a str>>,
}

impl<'a> Table<'a> {
    fn new(text: &'a str) -> Self {
        let mut lines = text.lines().map(|line| line.split(',').collect::<Vec<_>>());
        let heading = lines.next().unwrap();
        Table { heading, rows: lines.collect() }
    }

    fn rows(&self) -> impl Iterator<Item = (usize, Row<'_>)> {
        self.rows.iter().enumerate().map(|(index, cells)| (index + 2, Row { table: self, cells }))
    }
}

struct Row<'a> {
    table: &'a Table<'a>,
    cells: &'a [&'a str],
}

impl Row<'_> {
    fn get(&self, column: &str) -> &str {
        let index =
            self.table.heading.iter().position(|name| *name == column).unwrap_or_else(|| panic!("no column {column}"));
        self.cells[index]
    }
}

/// `math.csv`.
pub(crate) fn functions(chain: &mut Chain, text: &str, report: &mut Report) {
    let table = Table::new(text);
    for (line, row) in table.rows() {
        let (function, x, y) = (row.get("fn"), row.get("x_e18"), row.get("y_e18"));
        let outcome = function_row(chain, function, x, y).and_then(|found| {
            let tolerance = Decimal::units(row.get("tol_e18"), 18).magnitude();
            near(function, &found, 18, Decimal::units(row.get("value_e18"), 18), tolerance)
        });
        report.add(&format!("math.csv:{line} {function}({x} {y})"), outcome);
    }
}

fn function_row(chain: &mut Chain, function: &str, x: &str, y: &str) -> Result<String, String> {
    let (module, args) = match function {
        "exp" => ("fixed", vec![values::i256(x)]),
        "ln" | "sqrt" => ("fixed", vec![values::u256(x)]),
        "pow" => ("fixed", vec![values::u256(x), values::i256(y)]),
        "ncdf" | "npdf" => ("normal", vec![values::i256(x)]),
        _ => return Err(format!("unknown function {function}")),
    };
    let returns = chain.call(MATH, module, function, &args)?;
    let mut reader = Reader(&returns[0]);
    Ok(if function == "ln" { reader.i256() } else { reader.u256() })
}

/// `options.csv`.
pub(crate) fn options(chain: &mut Chain, text: &str, report: &mut Report) {
    let table = Table::new(text);
    for (line, row) in table.rows() {
        let outcome = option_row(chain, &row);
        report.add(&format!("options.csv:{line}"), outcome);
    }
}

fn option_row(chain: &mut Chain, row: &Row<'_>) -> Result<(), String> {
    let forward = row.get("model") == "B76";
    let is_call = row.get("is_call") == "1";
    let mut args = vec![values::bool(is_call)];
    args.extend(["under_e9", "strike_e9", "vol_e9", "tenor_s"].map(|column| values::u64(row.get(column))));
    args.push(values::i64(row.get("rate_e9")));
    if forward {
        let price = chain.call(MATH, "black76", "price", &args)?;
        let price = Reader(&price[0]).u256();
        let full = chain.call(MATH, "black76", "greeks", &args)?;
        if Reader(&full[0]).u256() != price {
            return Err("price and greeks give different prices".to_owned());
        }
    } else {
        args.push(values::i64(row.get("div_e9")));
    }
    let returns = chain.call(MATH, "black76", if forward { "greeks" } else { "greeks_spot" }, &args)?;
    let mut reader = Reader(&returns[0]);
    let price = reader.u256();
    let delta = reader.i256();
    let gamma = reader.u256();
    let vega = reader.u256();
    let rest = [("theta", reader.i256()), ("rho", reader.i256()), ("vanna", reader.i256()), ("volga", reader.i256())];

    // In units of 1e-40. Results have 18 decimals: what the readme's tolerances leave below one unit is one unit.
    let unit = ten(22);
    let (under, strike) =
        (Decimal::units(row.get("under_e9"), 9).magnitude(), Decimal::units(row.get("strike_e9"), 9).magnitude());
    let larger = under.max(strike);
    let number = |column: &str| row.get(column).parse::<u64>().unwrap();
    let (vol, tenor) = (number("vol_e9"), number("tenor_s"));
    let year = 31_536_000u64;
    // With 18 decimals.
    let per_root = if tenor == 0 {
        ten(18)
    } else {
        (Big::from(year) * ten(36) / Big::from(tenor)).root(2) * Big::from(vol) / ten(9)
    };
    let time = Big::from(tenor) * ten(18) / Big::from(year);
    let by_vol = larger / ten(13) * ten(9) / Big::from(vol.max(10_000_000));
    let relative = |column: &str, digits: usize| Decimal::parse(row.get(column)).magnitude() / ten(digits);

    near(
        "price",
        &price,
        18,
        Decimal::units(row.get("price_e18"), 18),
        Decimal::units(row.get("tol_price_e18"), 18).magnitude(),
    )?;
    near("delta", &delta, 18, Decimal::parse(row.get("delta")), ten(25))?;
    near("gamma", &gamma, 18, Decimal::parse(row.get("gamma")), relative("gamma", 12) + Big::from(2) * unit)?;
    near("vega", &vega, 18, Decimal::parse(row.get("vega")), larger / ten(14) + Big::from(16) * unit)?;
    for (name, found) in rest {
        let tolerance = match name {
            "theta" => larger / ten(13) * per_root.max(ten(18)) / ten(18),
            "rho" => larger / ten(13) * time.max(ten(18)) / ten(18),
            _ => relative(name, 11) + by_vol,
        };
        near(name, &found, 18, Decimal::parse(row.get(name)), tolerance + unit)?;
    }
    Ok(())
}

/// `svi.csv`.
pub(crate) fn slices(chain: &mut Chain, text: &str, report: &mut Report) {
    let table = Table::new(text);
    for (line, row) in table.rows() {
        let outcome = slice_row(chain, &row);
        report.add(&format!("svi.csv:{line} {}", row.get("kind")), outcome);
    }
}

fn slice_row(chain: &mut Chain, row: &Row<'_>) -> Result<(), String> {
    let encode = |columns: [&str; 5]| -> Option<Vec<u8>> {
        let [a, b, rho, m, sigma] = columns.map(|column| row.get(column));
        // What a `u64` cannot hold is refused by its type.
        if b.starts_with('-') || sigma.starts_with('-') {
            return None;
        }
        Some([values::i64(a), values::u64(b), values::i64(rho), values::i64(m), values::u64(sigma)].concat())
    };
    let two = row.get("kind") == "interp" || !row.get("a2").is_empty();
    let near_slice = encode(["a", "b", "rho", "m", "sigma"]);
    let far_slice = if two { encode(["a2", "b2", "rho2", "m2", "sigma2"]) } else { near_slice.clone() };
    let mut valid = true;
    for slice in [&near_slice, &far_slice] {
        valid &= match slice {
            Some(slice) => chain.call(MATH, "svi", "is_valid", std::slice::from_ref(slice))?[0] == [1],
            None => false,
        };
    }
    if row.get("kind") == "invalid" {
        return if valid { Err("an invalid slice was accepted".to_owned()) } else { Ok(()) };
    }
    if !valid {
        return Err("a valid slice was refused".to_owned());
    }
    let (near_slice, far_slice) = (near_slice.unwrap(), far_slice.unwrap());
    let number = |column: &str| values::u64(row.get(column));
    let prices = [number("forward_e9"), number("strike_e9")];
    let found = if two {
        let args = [&[near_slice, number("T1_s"), far_slice, number("T2_s"), number("t_s")][..], &prices].concat();
        chain.call(MATH, "svi", "volatility_between", &args)?
    } else {
        chain.call(MATH, "svi", "volatility", &[&[near_slice, number("T1_s")][..], &prices].concat())?
    };
    let found = Reader(&found[0]).u64();
    let wanted: u64 = row.get("iv_e9_floor").parse().unwrap();
    if found.abs_diff(wanted) <= 1 { Ok(()) } else { Err(format!("volatility {found}, expected {wanted}")) }
}
