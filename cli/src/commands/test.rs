use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Result, bail};
use clap::Args;
use move_package::graph::Mode;
use move_package::test_runner::{self, TestConfig};
use serde_json::json;

use super::build::package_directory;
use crate::package::{compile, named_addresses};
use crate::ui::Ui;

/// Run the unit tests of a Move package, or transactional tests.
///
/// Example: tenor test --filter counter
///
/// With `--transactional`, the paths are session files (or directories of them) that run against a fresh chain in
/// memory; what they print is compared with the `.exp` file beside each.
#[derive(Debug, Args)]
pub(crate) struct Test {
    /// The package's directory; without it `move/`, or this one.
    package: Option<PathBuf>,
    /// Run these session files, and those below these directories, instead of unit tests.
    #[arg(long, value_name = "PATH", num_args = 1.., conflicts_with_all = ["package", "filter", "list"])]
    transactional: Vec<PathBuf>,
    /// Write the baselines of transactional tests anew.
    #[arg(long, requires = "transactional")]
    update: bool,
    /// Run tests whose full name contains this.
    #[arg(short, long)]
    filter: Option<String>,
    /// Only list the tests.
    #[arg(long)]
    list: bool,
    /// Gas units that one test may use.
    #[arg(long, default_value_t = 10_000_000)]
    gas_limit: u64,
    /// Threads.
    #[arg(long, default_value_t = 8)]
    threads: usize,
    /// Addresses that the manifest leaves open: name=0xADDR,...
    #[arg(long, value_name = "NAME=ADDR")]
    named_addresses: Vec<String>,
}

impl Test {
    pub(crate) fn run(self, ui: Ui) -> Result<()> {
        if !self.transactional.is_empty() {
            return super::transactional::run(ui, &self.transactional, self.update);
        }
        let root = package_directory(self.package);
        let built = compile(ui, &root, Mode::Test, named_addresses(&self.named_addresses)?)?;
        if self.list {
            for name in test_runner::list(&built.output, self.filter.as_deref()) {
                ui.line(&name, || json!({ "test": name }));
            }
            return Ok(());
        }
        let natives = move_natives::test_table();
        let config = TestConfig {
            filter: self.filter,
            gas_limit: self.gas_limit,
            threads: self.threads,
            ..TestConfig::default()
        };
        let started = Instant::now();
        let clock = move || u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
        let summary = test_runner::run(&built.output, natives, &config, &clock, &mut |report| {
            let printed: String = report.printed.iter().map(|line| format!("{line}\n")).collect();
            ui.line(format!("{printed}{} {} gas", report.line(), report.gas_used), || report.to_json());
        });
        let failures = summary.failures();
        if !failures.is_empty() {
            ui.note(failures);
        }
        let (passed, failed) = (summary.passed(), summary.failed());
        ui.line(
            format!(
                "Test result: {}. Total tests: {}; passed: {passed}; failed: {failed}",
                if failed == 0 { "OK" } else { "FAILED" },
                passed + failed
            ),
            || json!({ "passed": passed, "failed": failed }),
        );
        if failed > 0 {
            bail!("{failed} of {} tests failed", passed + failed);
        }
        Ok(())
    }
}
