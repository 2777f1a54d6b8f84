//! Transactional tests: a file is a small session of commands against a fresh chain in memory, and a baseline beside it
//! holds what the session prints.
//!
//! [`run`] is a function of the file's name and text; reading files and comparing baselines is the caller's.
//!
//! ```
//! let text = "//# publish\nmodule 0x42::m { public fun twice(x: u64): u64 { x * 2 } }\n\n//# run 0x42::m::twice --args 21\n";
//! let report = transactional_tests::run("m.move", text).unwrap();
//! assert_eq!(report.baseline(), "processed 2 tasks\n\ntask 1 'run'. lines 4-4:\nreturn values: 42\n");
//! ```

mod chain;
mod command;
mod file;
mod report;
mod values;

pub use file::FileError;
pub use report::{FileReport, Outcome, TaskReport, Vm, same_baseline};

/// Runs the tasks of a file, one after the other.
///
/// * `name`: how diagnostics call the file.
///
/// # Errors
/// Where the file is no list of tasks, or a command is not understood. Tasks that fail are part of the report.
pub fn run(name: &str, text: &str) -> Result<FileReport, FileError> {
    let tasks = file::tasks(text)?;
    let mut chain = chain::Chain::new(name, text);
    Ok(FileReport { tasks: tasks.iter().enumerate().map(|(index, task)| chain.task(index, task)).collect() })
}
