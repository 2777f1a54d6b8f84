//! The packages that this binary carries compile, and their own tests pass.
#![expect(clippy::disallowed_methods, reason = "a test may look at the clock")]
#![expect(clippy::print_stdout, clippy::panic, reason = "a test shows what failed")]

use std::time::Instant;

use move_package::build::{BuildConfig, BuildError, build};
use move_package::files::MemoryFiles;
use move_package::graph::Mode;
use move_package::test_runner::{TestConfig, run};

fn files() -> MemoryFiles {
    let mut files = MemoryFiles::default();
    for package in move_packages::packages() {
        files.insert_package(package.directory, package);
    }
    files
}

fn tests_pass(directory: &str) {
    let config = BuildConfig { mode: Mode::Test, ..BuildConfig::default() };
    let start = Instant::now();
    let built = match build(&files(), directory, &config, &mut |_| {}) {
        Ok(built) => built,
        Err(BuildError::Compile(output)) => panic!("{}", output.diagnostics.render()),
        Err(error) => panic!("{error}"),
    };
    println!("{directory}: built in {:?}", start.elapsed());
    print!("{}", built.warnings());
    assert!(!built.output.tests.is_empty(), "{directory} has tests");
    let clock = move || u64::try_from(start.elapsed().as_micros()).unwrap_or(u64::MAX);
    let summary = run(&built.output, move_natives::test_table(), &TestConfig::default(), &clock, &mut |report| {
        for line in &report.printed {
            println!("{line}");
        }
        println!("{}", report.line());
    });
    println!("{}{}\n{}", summary.failures(), summary.line(), summary.statistics());
    assert_eq!(summary.failed(), 0);
    assert_eq!(summary.reports.len(), built.output.tests.len());
}

#[test]
fn tests_of_the_standard_library_pass() {
    tests_pass("move-stdlib");
}

#[test]
fn tests_of_the_second_standard_library_pass() {
    tests_pass("aptos-stdlib");
}

#[test]
fn tests_of_the_framework_pass() {
    tests_pass("aptos-framework");
}

#[test]
fn tests_of_the_counter_pass() {
    tests_pass("examples/counter");
}

#[test]
fn tests_of_the_option_pass() {
    tests_pass("examples/option");
}

#[test]
fn tests_of_the_order_book_pass() {
    tests_pass("examples/order_book");
}

#[test]
fn tests_of_the_lending_pool_pass() {
    tests_pass("examples/lending");
}

#[test]
fn tests_of_the_mathematics_pass() {
    tests_pass("tenor-math");
}

#[test]
fn tests_of_the_derivatives_pass() {
    tests_pass("derivatives");
}

#[test]
fn tests_of_the_token_market_pass() {
    tests_pass("examples/nft_market");
}

#[test]
fn every_package_builds_for_publication() {
    let mut warnings = String::new();
    for package in move_packages::packages() {
        // The manifest's addresses for developing stand in for those that a publisher gives.
        let config = BuildConfig { mode: Mode::Dev, ..BuildConfig::default() };
        match build(&files(), package.directory, &config, &mut |_| {}) {
            Ok(built) => {
                warnings.push_str(&built.warnings());
                let (metadata, code) = built.publication();
                assert!(!metadata.is_empty() && code.len() == built.metadata.modules.len());
            }
            Err(BuildError::Compile(output)) => panic!("{}", output.diagnostics.render()),
            Err(error) => panic!("{error}"),
        }
    }
    assert!(warnings.is_empty(), "{warnings}");
}
