//! Every rule of the crate's front page has a case that is accepted and one that is rejected.
//!
//! A file under `tests/rules` is a list of cases. A case begins with a line
//! `== rule expectation [version=N] [limit=N ...]`, where the expectation is `ok` or the name of a
//! status, and goes on with the text of a module or script, or of items for one: these are put into a
//! module together with the file's prelude, which stands before the first case. Of several modules
//! the last is the one in question; it is linked against the others. `//~` marks the instruction at
//! which the error must be found.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails loudly")]

use move_binary_format::assembly::{assemble, assemble_script, assemble_with_lines};
use move_bytecode_verifier::{VerifiedModule, VerifierConfig, VerifyError, dependencies, verify_module, verify_script};
use std::collections::{BTreeMap, BTreeSet};

const FILES: &[(&str, &str)] = &[
    ("structure", include_str!("rules/structure.cases")),
    ("signatures", include_str!("rules/signatures.cases")),
    ("accessors", include_str!("rules/accessors.cases")),
    ("code", include_str!("rules/code.cases")),
    ("types", include_str!("rules/types.cases")),
    ("locals", include_str!("rules/locals.cases")),
    ("references", include_str!("rules/references.cases")),
    ("linking", include_str!("rules/linking.cases")),
];

#[derive(Debug)]
struct Case {
    place: String,
    rule: String,
    expectation: String,
    config: VerifierConfig,
    text: String,
}

fn set(config: &mut VerifierConfig, key: &str, value: u32) {
    match key {
        "max_loop_depth" => config.max_loop_depth = Some(value),
        "max_basic_blocks" => config.max_basic_blocks = Some(value),
        "max_basic_blocks_in_script" => config.max_basic_blocks_in_script = Some(value),
        "max_stack_height" => config.max_stack_height = value,
        "max_pushes_in_block" => config.max_pushes_in_block = Some(value),
        "max_type_parameters" => config.max_type_parameters = Some(value),
        "max_function_parameters" => config.max_function_parameters = Some(value),
        "max_function_results" => config.max_function_results = Some(value),
        "max_type_depth" => config.max_type_depth = Some(value),
        "max_type_nodes" => config.max_type_nodes = Some(value),
        "max_struct_definitions" => config.max_struct_definitions = Some(value),
        "max_struct_variants" => config.max_struct_variants = Some(value),
        "max_fields" => config.max_fields = Some(value),
        "max_function_definitions" => config.max_function_definitions = Some(value),
        "max_back_edges_per_function" => config.max_back_edges_per_function = Some(value),
        "max_back_edges_per_module" => config.max_back_edges_per_module = Some(value),
        "max_units_per_function" => config.max_units_per_function = Some(value.into()),
        "max_units_per_module" => config.max_units_per_module = Some(value.into()),
        "enums" => config.enable_enums = value != 0,
        "access" => config.enable_resource_access_control = value != 0,
        "function_values" => config.enable_function_values = value != 0,
        _ => panic!("no limit {key}"),
    }
}

fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for (file, text) in FILES {
        let (prelude, rest) = text.split_once("\n== ").unwrap();
        for part in rest.split("\n== ") {
            let (header, body) = part.split_once('\n').unwrap_or((part, ""));
            let mut words = header.split_whitespace();
            let rule = words.next().unwrap().to_owned();
            let expectation = words.next().unwrap().to_owned();
            let mut config = VerifierConfig::production();
            let mut version = 10;
            for word in words {
                let (key, value) = word.split_once('=').unwrap();
                if key == "version" {
                    version = value.parse().unwrap();
                } else {
                    set(&mut config, key, value.parse().unwrap());
                }
            }
            let is_whole = ["module ", "script "].iter().any(|word| body.lines().any(|line| line.starts_with(word)));
            let text = if is_whole {
                body.to_owned()
            } else {
                format!("module 0x42::m version {version} {{\n{prelude}\n{body}\n}}")
            };
            let place = format!("{file}: {header}");
            cases.push(Case { place, rule, expectation, config, text });
        }
    }
    cases
}

/// The texts of the modules of a case, and of the script if there is one.
fn split(text: &str) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    for line in text.lines() {
        if line.starts_with("module ") || line.starts_with("script ") {
            parts.push(String::new());
        }
        if let Some(part) = parts.last_mut() {
            part.push_str(line);
            part.push('\n');
        }
    }
    parts
}

fn dependency(text: &str) -> VerifiedModule {
    let module = assemble(text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    verify_module(&VerifierConfig::production(), module).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// The verdict, or why the text is none.
fn run(case: &Case) -> Result<Result<(), VerifyError>, String> {
    let parts = split(&case.text);
    let (subject, supplied) = parts.split_last().unwrap();
    let supplied: Vec<VerifiedModule> = supplied.iter().map(|text| dependency(text)).collect();
    let is_linking = case.rule.starts_with("dependencies.");
    if subject.starts_with("script") {
        let script = assemble_script(subject).map_err(|error| error.to_string())?;
        return Ok(verify_script(&case.config, script)
            .and_then(|script| if is_linking { dependencies::verify_script(&script, &supplied) } else { Ok(()) }));
    }
    let assembled = assemble_with_lines(subject).map_err(|error| error.to_string())?;
    let marked = subject.lines().position(|line| line.contains("//~")).map(|line| line + 1);
    let result = verify_module(&case.config, assembled.module)
        .and_then(|module| if is_linking { dependencies::verify(&module, &supplied) } else { Ok(()) });
    if let (Some(line), Err(error)) = (marked, &result) {
        let (function, offset) = (error.function.unwrap(), error.offset.unwrap());
        let found = assembled.lines[usize::from(function)][usize::from(offset)];
        assert_eq!(usize::try_from(found).unwrap(), line, "{}: {error}", case.place);
    }
    Ok(result)
}

/// Rule and status, from the front page.
fn rules() -> BTreeMap<String, String> {
    let mut rules = BTreeMap::new();
    for line in include_str!("../src/lib.rs").lines() {
        let Some(line) = line.strip_prefix("//! - `") else { continue };
        let (rule, rest) = line.split_once('`').unwrap();
        let status = rest.rsplit('`').nth(1).unwrap_or("");
        assert!(rules.insert(rule.to_owned(), status.to_owned()).is_none(), "{rule} twice");
    }
    assert!(rules.len() > 100, "{}", rules.len());
    rules
}

#[test]
fn cases_have_their_verdicts() {
    let mut failures = Vec::new();
    for case in cases() {
        let found = match run(&case) {
            Ok(Ok(())) => "ok".to_owned(),
            Ok(Err(error)) => error.status.name().to_owned(),
            Err(text) => text,
        };
        if found != case.expectation {
            failures.push(format!("{}: found {found}", case.place));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// Rules that need more than one module and its dependencies, or sizes that nobody writes by hand,
/// have their cases in the tests of this name.
const ELSEWHERE: &[&str] = &["cycles.", "upgrade.", "natives.", "entry.", "complexity.", "meter.", "bounds."];

#[test]
fn every_rule_has_an_accepted_and_a_rejected_case() {
    let rules = rules();
    let mut accepted = BTreeSet::new();
    let mut rejected = BTreeSet::new();
    for case in cases() {
        let status = rules.get(&case.rule).unwrap_or_else(|| panic!("{}: no such rule", case.place));
        if case.expectation == "ok" {
            accepted.insert(case.rule);
        } else {
            assert_eq!(*status, case.expectation, "{}", case.place);
            rejected.insert(case.rule);
        }
    }
    let here = rules.keys().filter(|rule| !ELSEWHERE.iter().any(|prefix| rule.starts_with(prefix)));
    let missing: Vec<&String> = here.filter(|rule| !accepted.contains(*rule) || !rejected.contains(*rule)).collect();
    assert!(missing.is_empty(), "without an accepted or without a rejected case: {missing:?}");
}
