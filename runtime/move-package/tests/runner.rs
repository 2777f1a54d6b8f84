//! What the test runner makes of tests that pass, fail, and fail otherwise than they should.
#![expect(clippy::panic, reason = "a test may fail loudly")]

use move_package::build::{BuildConfig, BuildError, Built, build};
use move_package::files::MemoryFiles;
use move_package::graph::Mode;
use move_package::test_runner::{Outcome, Summary, TestConfig, list, run};

const MANIFEST: &str = "[package]\nname = \"P\"\nversion = \"0.0.1\"\n[addresses]\np = \"0x42\"\n\
    [dependencies]\nAptosFramework = { git = \"https://example.com\", rev = \"main\" }\n";

fn try_build(source: &str, mode: Mode) -> Result<Built, BuildError> {
    let mut files = MemoryFiles::default();
    files.insert("P/Move.toml", MANIFEST);
    files.insert("P/sources/m.move", source);
    build(&files, "P", &BuildConfig { mode, ..BuildConfig::default() }, &mut |_| {})
}

fn built(source: &str, mode: Mode) -> Built {
    match try_build(source, mode) {
        Ok(built) => built,
        Err(BuildError::Compile(output)) => panic!("{}", output.diagnostics.render()),
        Err(error) => panic!("{error}"),
    }
}

fn run_tests(source: &str, config: &TestConfig) -> Summary {
    let built = built(source, Mode::Test);
    run(&built.output, move_natives::test_table(), config, &|| 0, &mut |_| {})
}

const SOURCE: &str = r#"
module p::m {
    /// It was too much.
    const EMUCH: u64 = 7;
    struct R has key {}

    fun fails() { abort EMUCH }
    fun out_of_range(v: &vector<u64>): u64 { v[5] }
    fun divides(by: u64): u64 { 1 / by }
    fun spins() { loop {} }

    #[test] fun a_passes() { assert!(1 + 1 == 2, 0); }
    #[test] fun b_aborts() { fails(); }
    #[test, expected_failure] fun c_any() { fails(); }
    #[test, expected_failure] fun c_any_but_returns() {}
    #[test, expected_failure(abort_code = 7, location = p::m)] fun d_code() { fails(); }
    #[test, expected_failure(abort_code = EMUCH)] fun d_constant() { fails(); }
    #[test, expected_failure(abort_code = 8, location = p::m)] fun d_other_code() { fails(); }
    #[test, expected_failure(abort_code = 7, location = p::other)] fun d_other_place() { fails(); }
    #[test, expected_failure(arithmetic_error, location = Self)] fun e_arithmetic() { divides(0); }
    #[test, expected_failure(vector_error, minor_status = 1, location = Self)] fun e_vector() { out_of_range(&vector[1]); }
    #[test, expected_failure(vector_error, minor_status = 2, location = Self)] fun e_vector_otherwise() { out_of_range(&vector[1]); }
    #[test, expected_failure(out_of_gas, location = Self)] fun e_gas() { spins(); }
    #[test, expected_failure(major_status = 4017, location = Self)] fun e_status() { divides(0); }
    #[test] fun f_times_out() { spins(); }
    #[test(s = @0x5, a = @0x6)] fun g_arguments(s: &signer, a: address) {
        assert!(std::signer::address_of(s) == @0x5 && a == @0x6, 0);
        move_to(s, R {});
    }
    #[test(s = @0x5)] fun g_starts_empty(s: signer) { move_to(&s, R {}); }
    #[test] fun h_prints() { aptos_std::debug::print(&7u64); }
}
module p::other {}
"#;

#[test]
fn every_expectation_is_held_to() {
    let summary = run_tests(SOURCE, &TestConfig { gas_limit: 1000, ..TestConfig::default() });
    let outcomes: Vec<(&str, &str)> = summary
        .reports
        .iter()
        .map(|report| {
            let outcome = match &report.outcome {
                Outcome::Pass => "pass",
                Outcome::Timeout => "timeout",
                Outcome::Fail(failure) => failure.message.as_str(),
            };
            (report.function.as_str(), outcome)
        })
        .collect();
    assert_eq!(
        outcomes,
        [
            ("a_passes", "pass"),
            (
                "b_aborts",
                "Test was not expected to error, but it aborted with code 7 (0x7) originating in the module 0x42::m"
            ),
            ("c_any", "pass"),
            ("c_any_but_returns", "Test did not error as expected: expected any failure"),
            ("d_code", "pass"),
            ("d_constant", "pass"),
            (
                "d_other_code",
                "Test did not error as expected: expected to abort with code 8 (0x8) in the module 0x42::m, but it aborted \
                 with code 7 (0x7) originating in the module 0x42::m"
            ),
            (
                "d_other_place",
                "Test did not error as expected: expected to abort with code 7 (0x7) in the module 0x42::other, but it aborted \
                 with code 7 (0x7) originating in the module 0x42::m"
            ),
            ("e_arithmetic", "pass"),
            ("e_gas", "pass"),
            ("e_status", "pass"),
            ("e_vector", "pass"),
            (
                "e_vector_otherwise",
                "Test did not error as expected: expected a vector error with sub-status 2 in the module 0x42::m, but it failed \
                 with VECTOR_OPERATION_ERROR (4018), sub-status 1, originating in the module 0x42::m"
            ),
            ("f_times_out", "timeout"),
            ("g_arguments", "pass"),
            ("g_starts_empty", "pass"),
            ("h_prints", "pass"),
        ]
    );
    assert_eq!(summary.line(), "Test result: FAILED. Total tests: 17; passed: 11; failed: 6");
    assert!(summary.reports[16].printed.iter().any(|line| line.contains('7')), "{:?}", summary.reports[16].printed);
    assert_eq!(summary.reports[13].gas_used, 1000);
}

#[test]
fn a_failure_shows_place_reason_and_calls() {
    let summary = run_tests(SOURCE, &TestConfig { filter: Some("b_aborts".into()), ..TestConfig::default() });
    let text = summary.failures();
    for expected in [
        "Failures in 0x42::m:",
        "┌── b_aborts",
        "┌─ P/sources/m.move:7:19",
        "│     fun fails() { abort EMUCH }",
        "EMUCH(0x7): It was too much.",
        "0x42::m::fails (P/sources/m.move:7)",
        "0x42::m::b_aborts (P/sources/m.move:13)",
    ] {
        assert!(text.contains(expected), "{expected}\n{text}");
    }
    let json = summary.reports[0].to_json();
    assert_eq!(json["result"], "fail");
    assert_eq!(json["line"], 7);
    assert_eq!(summary.reports[0].line(), "[ FAIL    ] 0x42::m::b_aborts");
}

#[test]
fn results_do_not_depend_on_threads() {
    let one = run_tests(SOURCE, &TestConfig { gas_limit: 1000, threads: 1, ..TestConfig::default() });
    let many = run_tests(SOURCE, &TestConfig { gas_limit: 1000, threads: 7, ..TestConfig::default() });
    assert_eq!(one, many);
}

#[test]
fn tests_are_listed_and_filtered() {
    let built = built(SOURCE, Mode::Test);
    assert_eq!(list(&built.output, None).len(), 17);
    assert_eq!(list(&built.output, Some("::e_v")), ["0x42::m::e_vector", "0x42::m::e_vector_otherwise"]);
}

#[test]
fn tests_are_no_part_of_what_is_published() {
    let normal = built(SOURCE, Mode::Normal);
    assert_eq!(normal.module_names().len(), 2);
    assert!(normal.output.tests.is_empty());
    let (metadata, code) = normal.publication();
    let metadata: move_package::metadata::PackageMetadata = bcs::from_bytes(&metadata).unwrap();
    assert_eq!(code.len(), metadata.modules.len());
    let deps: Vec<&str> = metadata.deps.iter().map(|dep| dep.package_name.as_str()).collect();
    assert_eq!(deps, ["AptosFramework", "AptosStdlib", "MoveStdlib"]);
    assert_eq!(move_package::metadata::decompress(&metadata.manifest, 10_000).unwrap(), MANIFEST.as_bytes());
}

#[test]
fn the_build_directory_holds_everything_in_its_place() {
    let files = built(SOURCE, Mode::Normal).files();
    for path in [
        "P/BuildInfo.yaml",
        "P/package-metadata.bcs",
        "P/bytecode_modules/m.mv",
        "P/bytecode_modules/dependencies/MoveStdlib/vector.mv",
        "P/source_maps/m.mvsm",
        "P/sources/m.move",
        "P/sources/dependencies/AptosFramework/coin.move",
        "P/abis/m.json",
    ] {
        assert!(files.contains_key(path), "{path}");
    }
    let info = String::from_utf8(files["P/BuildInfo.yaml"].clone()).unwrap();
    assert!(info.contains("package_name: P") && info.contains("  - AptosFramework"), "{info}");
}

#[test]
fn events_are_emitted_by_their_own_module() {
    let source = |event: &str, attribute: &str| {
        format!(
            "module p::a {{ {attribute} struct E has drop, store {{}} public fun e(): E {{ E {{}} }} }}\n\
             module p::m {{ use p::a; use aptos_framework::event; {attribute} struct E has drop, store {{}} \
             fun f() {{ event::emit({event}); }} }}"
        )
    };
    let refused = |event: &str, attribute: &str| match try_build(&source(event, attribute), Mode::Normal) {
        Err(BuildError::Checks(violations)) => violations.join("\n"),
        Err(BuildError::Compile(output)) => output.diagnostics.render(),
        Err(error) => error.to_string(),
        Ok(_) => String::new(),
    };
    assert_eq!(refused("E {}", "#[event]"), "");
    let foreign = refused("a::e()", "#[event]");
    assert!(foreign.contains("only its own module emits it") && foreign.contains("P/sources/m.move:2:"), "{foreign}");
    assert!(refused("E {}", "").contains("`E` is not an event"), "{}", refused("E {}", ""));
}

#[test]
fn comments_become_pages_with_links() {
    let source = "/// Counts things; see `add`.\nmodule p::m {\n    /// Too many.\n    const EMANY: u64 = 3;\n    \
        /// The things.\n    struct Things has key, store {\n        /// How many.\n        count: u64\n    }\n    \
        enum Shape has drop { /// Nothing.\n Dot, Line { length: u64 } }\n    \
        /// Adds to `Things`.\n    public fun add(x: u64): u64 {\n        x + EMANY\n    }\n    fun hidden() { let _ = Shape::Dot; hidden2() }\n\
        fun hidden2() { hidden() }\n}";
    let built = built(source, Mode::Normal);
    let pages = move_package::docs::pages(&built, move_package::docs::DocOptions::default());
    let page = &pages["docs/m.md"];
    for expected in [
        "# Module `0x42::m`",
        "Counts things; see [`add`](#item_add).",
        "- [Resource `Things`](#item_Things)",
        "- [Enum `Shape`](#item_Shape)",
        "- `count: u64`: How many.",
        "`Dot` Nothing.",
        "const EMANY: u64 = 3;",
        "Adds to [`Things`](#item_Things).",
        "public fun add(x: u64): u64",
        "<summary>Implementation</summary>",
        "x + EMANY",
        "## Function `hidden`",
    ] {
        assert!(page.contains(expected), "{expected}\n{page}");
    }
    let options = move_package::docs::DocOptions { private_functions: false, implementation: false };
    let page = &move_package::docs::pages(&built, options)["docs/m.md"];
    assert!(!page.contains("hidden") && !page.contains("Implementation"), "{page}");
}

#[test]
fn a_build_is_made_again_only_when_something_changed() {
    let mut files = MemoryFiles::default();
    files.insert("P/Move.toml", MANIFEST);
    files.insert("P/sources/m.move", "module p::m {}");
    let config = BuildConfig::default();
    let current =
        |files: &MemoryFiles, config: &BuildConfig| move_package::build::is_up_to_date(files, "P", config).unwrap();
    assert!(!current(&files, &config));
    let built = build(&files, "P", &config, &mut |_| {}).unwrap();
    for (path, bytes) in built.files() {
        files.insert(&format!("P/build/{path}"), bytes);
    }
    assert!(current(&files, &config));
    assert!(!current(&files, &BuildConfig { mode: Mode::Test, ..BuildConfig::default() }));
    let lock = move_package::build::lock_file(&built.graph);
    assert!(lock.contains("name = \"MoveStdlib\"\nversion = \"1.0.0\"\nbundled = true\n"), "{lock}");
    assert!(lock.ends_with("dependencies = [\"AptosFramework\"]\n"), "{lock}");
    files.insert("P/sources/m.move", "module p::m { }");
    assert!(!current(&files, &config));
}
