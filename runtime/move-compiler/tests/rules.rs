//! The rules of the language, case by case: files below `tests/rules` hold programs with the findings they must get.
//!
//! A case starts with `//# name`, perhaps followed by `lang=2.3`, `test` (test mode), `deprecated` (that warning on) or
//! `lints`; `eof=E0105` promises a finding at the end of the text. `//~ E0401 W0201` at the end of a line promises findings whose primary span starts there. Errors must
//! be exactly the promised ones; promised warnings must be there. What was promised is rendered into the `.snap`
//! file beside the cases; `TENOR_UPDATE=1` writes these files anew.
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]
#![expect(clippy::disallowed_methods, reason = "the cases are files")]

use move_compiler::codes::Code;
use move_compiler::diagnostics::Severity;
use move_compiler::{Dependency, Input, LanguageVersion, Options, SourceFile, compile};
use move_core_types::AccountAddress;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

struct Case {
    name: String,
    flags: Vec<String>,
    text: String,
}

fn cases(text: &str) -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    for line in text.lines() {
        if let Some(head) = line.strip_prefix("//# ") {
            let mut words = head.split_whitespace().map(str::to_owned);
            cases.push(Case { name: words.next().unwrap(), flags: words.collect(), text: String::new() });
        } else if let Some(case) = cases.last_mut() {
            case.text.push_str(line);
            case.text.push('\n');
        }
    }
    cases
}

/// Line and code of every promised finding.
fn promised(case: &Case) -> Vec<(u32, String)> {
    let mut list = Vec::new();
    for (line, text) in (1..).zip(case.text.lines()) {
        let codes = text.split_once("//~").map_or("", |(_, codes)| codes);
        list.extend(codes.split_whitespace().map(|code| (line, code.to_owned())));
    }
    let last = u32::try_from(case.text.lines().count()).unwrap() + 1;
    list.extend(case.flags.iter().filter_map(|flag| flag.strip_prefix("eof=")).map(|code| (last, code.to_owned())));
    list.sort();
    list
}

fn dependencies() -> Vec<Dependency> {
    let package = move_packages::package("MoveStdlib").unwrap();
    vec![Dependency {
        name: "MoveStdlib".to_owned(),
        sources: package.sources().map(|file| SourceFile::new(file.path, file.text)).collect(),
        named_addresses: names(),
        language: None,
    }]
}

fn names() -> BTreeMap<String, AccountAddress> {
    [("std".to_owned(), AccountAddress::ONE), ("vm_reserved".to_owned(), AccountAddress::ZERO)].into()
}

/// Compiles a case; an error is what is wrong with the outcome.
fn check(
    case: &Case,
    dependencies: &[Dependency],
    snapshot: &mut String,
    seen: &mut BTreeSet<Code>,
) -> Result<(), String> {
    let mut options = Options { compile_dependencies: false, ..Options::default() };
    for flag in &case.flags {
        match flag.as_str() {
            "test" => options.test_mode = true,
            "deprecated" => options.warn_deprecated = true,
            "lints" => options.lints = true,
            other => {
                if other.starts_with("eof=") {
                    continue;
                }
                let text = other.strip_prefix("lang=").ok_or(format!("unknown flag {other}"))?;
                options.language = LanguageVersion::from_text(text).ok_or(format!("unknown version {text}"))?;
            }
        }
    }
    let output = compile(Input {
        package: "case".to_owned(),
        sources: vec![SourceFile::new("case.move", case.text.clone())],
        named_addresses: names(),
        dependencies: dependencies.to_vec(),
        options,
    });
    let found = &output.diagnostics;
    let promised = promised(case);
    let mut errors = Vec::new();
    let mut warnings = Vec::new();
    let mut shown = String::new();
    for diagnostic in &found.list {
        let span = diagnostic.primary.span;
        let at = (found.files.position(span.file, span.start).line, diagnostic.code.name().to_owned());
        if promised.contains(&at) {
            found.render_one(diagnostic, &mut shown);
            seen.insert(diagnostic.code);
        }
        if diagnostic.severity == Severity::Error { errors.push(at) } else { warnings.push(at) }
    }
    errors.sort();
    let wanted: Vec<(u32, String)> = promised.iter().filter(|(_, code)| code.starts_with('E')).cloned().collect();
    if !shown.is_empty() {
        let _ = writeln!(snapshot, "# {}\n{shown}", case.name);
    }
    let missing = promised.iter().any(|at| at.1.starts_with('W') && !warnings.contains(at));
    if errors != wanted || missing {
        return Err(format!("promised {promised:?}, found\n{}", found.render()));
    }
    Ok(())
}

#[test]
fn the_rules_hold() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/rules");
    let update = std::env::var_os("TENOR_UPDATE").is_some();
    let mut paths: Vec<PathBuf> = std::fs::read_dir(&dir)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "move"))
        .collect();
    paths.sort();
    let dependencies = dependencies();
    let mut seen = BTreeSet::new();
    let (mut passed, mut failed) = (0, 0);
    for path in paths {
        let mut snapshot = String::new();
        for case in cases(&std::fs::read_to_string(&path).unwrap()) {
            match check(&case, &dependencies, &mut snapshot, &mut seen) {
                Ok(()) => passed += 1,
                Err(why) => {
                    failed += 1;
                    println!("FAILED {} {}: {why}", path.file_stem().unwrap().to_string_lossy(), case.name);
                }
            }
        }
        let file = path.with_extension("snap");
        if update {
            std::fs::write(&file, &snapshot).unwrap();
        } else if std::fs::read_to_string(&file).unwrap_or_default() != snapshot {
            failed += 1;
            println!("FAILED {}: the findings read otherwise than in {}", path.display(), file.display());
        }
    }
    println!("{passed} passed, {failed} failed");
    assert_eq!(failed, 0);
    // A defect of the compiler cannot be shown by a case.
    let unseen: Vec<&str> = Code::ALL
        .iter()
        .filter(|code| !seen.contains(code) && **code != Code::Internal)
        .map(|code| code.name())
        .collect();
    assert!(unseen.is_empty(), "no case shows {unseen:?}");
}

#[test]
fn every_code_is_explained() {
    let mut names = BTreeSet::new();
    for code in Code::ALL {
        assert!(names.insert(code.name()), "{} twice", code.name());
        assert!(code.explanation().len() > 20, "{} needs an explanation", code.name());
        assert_eq!(Code::from_name(code.name()), Some(*code));
    }
}
