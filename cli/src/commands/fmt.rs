use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;
use serde_json::json;

use super::build::package_directory;
use super::transactional::collect;
use crate::ui::Ui;

/// Format the Move sources of a package, files or directories.
///
/// Example: tenor fmt --check
#[derive(Debug, Args)]
pub(crate) struct Fmt {
    /// Files and directories; without any, the package in `move/` or in this directory.
    paths: Vec<PathBuf>,
    /// Change nothing; fail if a file is not formatted.
    #[arg(long)]
    check: bool,
    /// Columns of a line.
    #[arg(long, default_value_t = move_fmt::WIDTH, value_name = "COLUMNS")]
    width: usize,
}

impl Fmt {
    pub(crate) fn run(self, ui: Ui) -> Result<()> {
        let mut files = Vec::new();
        let paths = if self.paths.is_empty() {
            let root = package_directory(None);
            ["sources", "scripts", "tests", "examples"]
                .iter()
                .map(|part| root.join(part))
                .filter(|p| p.is_dir())
                .collect()
        } else {
            self.paths
        };
        for path in &paths {
            if path.is_dir() {
                collect(path, 0, &mut files)?;
            } else {
                files.push(path.clone());
            }
        }
        if files.is_empty() {
            bail!("no Move sources here: name files or directories");
        }
        let (mut changed, mut failed) = (0, 0);
        for file in &files {
            match one(file, self.width, self.check)? {
                Ok(is_changed) => {
                    changed += usize::from(is_changed);
                    if is_changed || ui.json {
                        ui.line(
                            file.display(),
                            || json!({ "file": file.display().to_string(), "changed": is_changed }),
                        );
                    }
                }
                Err(error) => {
                    failed += 1;
                    ui.note(error);
                }
            }
        }
        if failed > 0 {
            bail!("{failed} of {} files cannot be formatted", files.len());
        }
        if self.check && changed > 0 {
            bail!("{changed} of {} files are not formatted: run `tenor fmt`", files.len());
        }
        Ok(())
    }
}

/// Formats a file; whether it changed, or why it cannot be formatted.
fn one(path: &Path, width: usize, check: bool) -> Result<Result<bool, String>> {
    let shown = path.display();
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {shown}"))?;
    let formatted = match move_fmt::format(&text, width) {
        Ok(formatted) => formatted,
        Err(error) => {
            let before = text.get(..error.at()).unwrap_or("");
            let line = before.matches('\n').count() + 1;
            let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
            return Ok(Err(format!("{shown}:{line}:{column}: {error}")));
        }
    };
    if formatted == text {
        return Ok(Ok(false));
    }
    if !check {
        std::fs::write(path, formatted).with_context(|| format!("cannot write {shown}"))?;
    }
    Ok(Ok(true))
}
