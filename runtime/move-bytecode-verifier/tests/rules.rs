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
use move_bytecode_verifier::{
    Pass, VerifiedModule, VerifierConfig, VerifyError, dependencies, verdict_without, verify_module, verify_script,
};
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

/// Rules about more than one module, or about whole files, have their cases in other tests: those of `publishing.rs`
/// (with a function of this name) and of `adversarial.rs`.
const ELSEWHERE: &[(&str, &str)] = &[
    ("cycles.", "fn modules_do_not_depend_on_themselves()"),
    ("upgrade.", "fn a_compatible_upgrade_keeps_what_others_rely_on()"),
    ("natives.", "fn only_the_privileged_define_natives()"),
    ("entry.", "fn entry_functions_take_what_transactions_can_give()"),
    ("complexity.", "fn uses_of_types_cost_no_more_than_the_file_allows()"),
    ("meter.", "fn the_meter_stops_functions_and_modules()"),
];

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
    let others = include_str!("publishing.rs");
    for (prefix, test) in ELSEWHERE {
        assert!(rules.keys().any(|rule| rule.starts_with(prefix)) && others.contains(test), "{prefix} {test}");
    }
    let here = rules.keys().filter(|rule| !ELSEWHERE.iter().any(|(prefix, _)| rule.starts_with(prefix)));
    let missing: Vec<&String> = here.filter(|rule| !accepted.contains(*rule) || !rejected.contains(*rule)).collect();
    assert!(missing.is_empty(), "without an accepted or without a rejected case: {missing:?}");
}

/// The pass of a rule.
fn pass_of(rule: &str) -> Option<Pass> {
    let (family, name) = rule.split_once('.').unwrap();
    Some(match family {
        "bounds" => Pass::Bounds,
        "features" => Pass::Features,
        "limits" => Pass::Limits,
        "duplicates" | "ownership" => Pass::Duplicates,
        "signatures" | "fields" => Pass::Signatures,
        "instructions" => Pass::Instructions,
        "constants" => Pass::Constants,
        "friends" => Pass::Friends,
        "recursion" => Pass::Recursion,
        "instantiation" => Pass::Instantiation,
        "accessors" => Pass::StructAccessors,
        "constant-accessors" => Pass::ConstantAccessors,
        "immutable" => Pass::Immutable,
        "flow" if ["blocks", "back-edges", "module-back-edges"].contains(&name) => Pass::FlowLimits,
        "flow" => Pass::Flow,
        "stack" => Pass::Stack,
        "types" => Pass::Types,
        "locals" => Pass::Locals,
        "references" => Pass::References,
        "acquires" => Pass::Acquires,
        "meter" => Pass::Meter,
        _ => return None,
    })
}

/// Without its pass, a rejected case gets another verdict; two passes may look at the same thing, so not every case does.
#[test]
fn no_pass_can_be_removed_unnoticed() {
    let mut noticed: BTreeMap<Pass, (u32, u32)> = BTreeMap::new();
    let meter = ("meter.function", "PROGRAM_TOO_COMPLEX", "fun f() { Ret }");
    let config = VerifierConfig { max_units_per_function: Some(1), ..VerifierConfig::production() };
    let metered = Case {
        place: "meter".to_owned(),
        rule: meter.0.to_owned(),
        expectation: meter.1.to_owned(),
        config,
        text: format!("module 0x42::m {{ {} }}", meter.2),
    };
    for case in cases().into_iter().chain([metered]).filter(|case| case.expectation != "ok") {
        let parts = split(&case.text);
        let (Some(pass), [text]) = (pass_of(&case.rule), &parts[..]) else { continue };
        let Ok(module) = assemble(text) else { continue };
        let without = verdict_without(&case.config, &module, pass).map_err(|error| error.status.name());
        let changed = without != Err(case.expectation.as_str());
        let (changes, all) = noticed.entry(pass).or_default();
        *changes += u32::from(changed);
        *all += 1;
    }
    for pass in Pass::ALL {
        let (changes, all) = noticed.get(&pass).copied().unwrap_or_default();
        println!("{pass:?}: {changes} of {all} rejected cases are rejected by it alone");
        assert!(changes > 0, "{pass:?} could be removed: every case is rejected without it too");
    }
}
