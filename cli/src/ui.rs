//! The one place that prints. stdout is the answer and nothing else; stderr is everything else.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "this is the one channel for output")]

use std::io::IsTerminal;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use serde_json::Value;

/// How a command talks.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Ui {
    /// The answer is JSON.
    pub(crate) json: bool,
    /// Nothing but errors on stderr.
    pub(crate) quiet: bool,
    /// More on stderr.
    pub(crate) verbose: bool,
}

impl Ui {
    fn colour() -> bool {
        std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none()
    }

    /// A step on stderr: the verb right-aligned in twelve columns.
    pub(crate) fn step(self, verb: &str, rest: impl std::fmt::Display) {
        if self.quiet {
            return;
        }
        if Self::colour() {
            eprintln!("\x1b[1;32m{verb:>12}\x1b[0m {rest}");
        } else {
            eprintln!("{verb:>12} {rest}");
        }
    }

    /// A remark on stderr that only `-v` shows.
    pub(crate) fn detail(self, text: impl std::fmt::Display) {
        if self.verbose {
            eprintln!("             {text}");
        }
    }

    /// Free text on stderr, such as rendered diagnostics.
    pub(crate) fn note(self, text: impl std::fmt::Display) {
        eprintln!("{text}");
    }

    /// The answer: `text` for people, `json` where `--json` was given.
    pub(crate) fn answer(self, text: impl std::fmt::Display, json: &Value) {
        if self.json {
            println!("{json}");
        } else {
            println!("{text}");
        }
    }

    /// One line of a longer answer; with `--json` lines are JSON objects.
    pub(crate) fn line(self, text: impl std::fmt::Display, json: impl FnOnce() -> Value) {
        if self.json {
            println!("{}", json());
        } else {
            println!("{text}");
        }
    }

    /// Progress of something that may take over a second; invisible off a terminal.
    pub(crate) fn progress(self, length: u64, what: &'static str) -> ProgressBar {
        if self.quiet || !std::io::stderr().is_terminal() {
            return ProgressBar::hidden();
        }
        let bar = ProgressBar::new(length).with_message(what);
        if let Ok(style) = ProgressStyle::with_template("{msg:>12} [{bar:30}] {pos}/{len} {elapsed}") {
            bar.set_style(style.progress_chars("=> "));
        }
        bar.enable_steady_tick(Duration::from_millis(200));
        bar
    }

    /// The last line of a failed command.
    pub(crate) fn error(self, error: &anyhow::Error) {
        if self.json {
            println!("{}", serde_json::json!({ "error": format!("{error:#}") }));
        }
        if Self::colour() {
            eprintln!("\x1b[1;31merror\x1b[0m: {error:#}");
        } else {
            eprintln!("error: {error:#}");
        }
    }
}
