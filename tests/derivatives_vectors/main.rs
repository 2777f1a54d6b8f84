//! The shared vectors of the derivatives packages, through the Move code on the real machine.
//!
//! `TENOR_VECTORS=<dir>` names another directory with the same layout (`<dir>/derivatives/...`); a relative one counts from
//! the workspace root. Files that are absent are skipped; no case at all is a failure.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "a test program reads files, prints what fails and fails loudly"
)]

mod chain;
mod decimal;
mod margins;
mod math;
mod orders;
mod rules;
mod values;

use chain::Chain;
use std::path::{Path, PathBuf};

/// What one file of vectors is checked by.
type Check = fn(&mut Chain, &str, &mut Report);

const FILES: &[(&str, Check)] = &[
    ("math.csv", math::functions),
    ("options.csv", math::options),
    ("svi.csv", math::slices),
    ("funding.json", rules::funding),
    ("margin.json", margins::margin),
    ("liquidation.json", margins::liquidation),
    ("settlement.json", rules::settlement),
    ("oracle.json", rules::oracle),
    ("orderbook.json", orders::orderbook),
    ("batch.json", rules::batch),
    ("vault.json", rules::vault),
];

/// Counts of what passed and failed.
#[derive(Default)]
struct Report {
    passed: u64,
    failed: u64,
}

impl Report {
    /// Notes the outcome of one case.
    fn add(&mut self, name: &str, outcome: Result<(), String>) {
        match outcome {
            Ok(()) => self.passed += 1,
            Err(why) => {
                self.failed += 1;
                println!("FAILED {name}: {why}");
            }
        }
    }
}

fn main() {
    let directory = vectors_dir().join("derivatives");
    let only = std::env::args().skip(1).find(|arg| !arg.starts_with('-'));
    let mut report = Report::default();
    let chain = Chain::new();
    // Twice: the natives of `TenorMath` switched off, then on; every result of every call is the same.
    let mut runs = [false, true].map(|natives| chain.switched(natives));
    for (file, check) in FILES {
        if only.as_ref().is_some_and(|only| !file.contains(only.as_str())) {
            continue;
        }
        let path = directory.join(file);
        if !path.is_file() {
            println!("{file}: absent");
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let before = report.passed;
        for chain in &mut runs {
            check(chain, &text, &mut report);
        }
        println!("{file}: {} passed, natives off and on", report.passed - before);
        let [off, on] = [0, 1].map(|run| runs[run].results());
        let equal = if off == on { Ok(()) } else { Err("natives change a result".to_owned()) };
        report.add(&format!("{file}, natives on as off"), equal);
    }
    println!("{} passed, {} failed", report.passed, report.failed);
    if report.failed != 0 || report.passed == 0 {
        std::process::exit(1);
    }
}

fn vectors_dir() -> PathBuf {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    match std::env::var("TENOR_VECTORS") {
        Ok(directory) => {
            let directory = workspace.join(directory);
            assert!(directory.is_dir(), "TENOR_VECTORS names {}, which is not a directory", directory.display());
            directory
        }
        Err(_) => workspace.join("tests/vectors"),
    }
}
