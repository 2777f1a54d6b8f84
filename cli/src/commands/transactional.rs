//! `tenor test --transactional`: session files, run and compared with their baselines.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde_json::json;

use crate::ui::Ui;

/// Directories inside one another that are searched.
const DEPTH_MAX: usize = 32;

/// Runs the files and those below the directories; compares with baselines, or writes them.
pub(crate) fn run(ui: Ui, paths: &[PathBuf], update: bool) -> Result<()> {
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() {
            collect(path, 0, &mut files)?;
        } else {
            files.push(path.clone());
        }
    }
    if files.is_empty() {
        bail!("no transactional tests: name `.move` files, or directories that hold some");
    }
    let mut failed = 0;
    for file in &files {
        failed += usize::from(!one(ui, file, update)?);
    }
    let total = files.len();
    if !ui.json {
        let word = if failed == 0 { "OK" } else { "FAILED" };
        let passed = total - failed;
        ui.line(format!("Test result: {word}. Total files: {total}; passed: {passed}; failed: {failed}"), || {
            json!(null)
        });
    }
    if failed > 0 {
        bail!("{failed} of {total} transactional tests failed");
    }
    Ok(())
}

/// The Move files below a directory, in order of their paths.
pub(crate) fn collect(directory: &Path, depth: usize, files: &mut Vec<PathBuf>) -> Result<()> {
    if depth > DEPTH_MAX {
        bail!("{} is deeper than {DEPTH_MAX} directories", directory.display());
    }
    let context = || format!("cannot list {}", directory.display());
    let mut entries: Vec<PathBuf> = Vec::new();
    for entry in std::fs::read_dir(directory).with_context(context)? {
        entries.push(entry.with_context(context)?.path());
    }
    entries.sort();
    for path in entries {
        if path.is_dir() {
            collect(&path, depth + 1, files)?;
        } else if path.extension().is_some_and(|extension| extension == "move") {
            files.push(path);
        }
    }
    Ok(())
}

/// Runs a file; whether all is as its baseline says.
fn one(ui: Ui, path: &Path, update: bool) -> Result<bool> {
    let shown = path.display().to_string();
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let bytes = std::fs::read(path).with_context(|| format!("cannot read {shown}"))?;
    let result = String::from_utf8(bytes)
        .map_err(|_| "the file is not UTF-8".to_owned())
        .and_then(|text| transactional_tests::run(&name, &text).map_err(|error| error.to_string()));
    let report = match result {
        Ok(report) => report,
        Err(error) => {
            ui.line(format!("[ FAIL    ] {shown}"), || json!({ "file": shown, "error": error }));
            ui.note(format!("{shown}: {error}"));
            return Ok(false);
        }
    };
    let baseline = path.with_extension("exp");
    let found = report.baseline();
    if update {
        std::fs::write(&baseline, &found).with_context(|| format!("cannot write {}", baseline.display()))?;
    }
    if ui.json {
        ui.line("", || report.to_json(&shown));
        return Ok(true);
    }
    let expected = match std::fs::read_to_string(&baseline) {
        Ok(expected) => expected,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            ui.line(format!("[ FAIL    ] {shown}"), || json!(null));
            ui.note(format!("{shown} has no baseline: run again with --update to write {}", baseline.display()));
            return Ok(false);
        }
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", baseline.display())),
    };
    if transactional_tests::same_baseline(&expected, &found) {
        ui.line(format!("[ PASS    ] {shown}"), || json!(null));
        return Ok(true);
    }
    ui.line(format!("[ FAIL    ] {shown}"), || json!(null));
    ui.note(format!("--- {} (expected)\n+++ found\n{}", baseline.display(), difference(&expected, &found)));
    Ok(false)
}

/// Lines that differ, between the common beginning and the common end.
fn difference(expected: &str, found: &str) -> String {
    let (left, right): (Vec<&str>, Vec<&str>) = (expected.lines().collect(), found.lines().collect());
    let same = |pair: &(&&str, &&str)| pair.0.trim_end() == pair.1.trim_end();
    let head = left.iter().zip(&right).take_while(same).count();
    let rest = (left.len() - head).min(right.len() - head);
    let tail = left.iter().rev().zip(right.iter().rev()).take(rest).take_while(same).count();
    let part = |lines: &[&str], mark: char| -> String {
        let lines = lines.get(head..lines.len() - tail).unwrap_or_default();
        lines.iter().map(|line| format!("{mark}{line}\n")).collect()
    };
    format!("@@ line {} @@\n{}{}", head + 1, part(&left, '-'), part(&right, '+'))
}
