//! What came of a file: as the text that baselines hold, and as JSON.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Map, Value, json};

/// What came of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileReport {
    /// In order of the file.
    pub tasks: Vec<TaskReport>,
}

/// What came of a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskReport {
    /// Position in the file, from 0.
    pub index: usize,
    /// The command's word.
    pub command: &'static str,
    /// First and last line, from 1.
    pub lines: (usize, usize),
    /// How it ended.
    pub outcome: Outcome,
    /// What it printed; empty, or ends with a newline.
    pub text: String,
}

/// How a task ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// As it should.
    Ok {
        /// Values that a call returned.
        returns: Vec<String>,
        /// Parameters that are mutable references, and what they refer to after the call.
        mutable_inputs: BTreeMap<usize, String>,
    },
    /// The machine refused or ended it.
    VmError(Vm),
    /// The data does not compile.
    CompileError {
        /// Lines of the errors, ascending.
        lines: Vec<u32>,
    },
    /// There is no such resource.
    NoResource,
    /// The command names what does not exist, such as an address without a value.
    BadCommand,
}

/// A failure of the machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vm {
    /// Name of the status.
    pub major_status: &'static str,
    /// Number of the status.
    pub number: u64,
    /// The abort code, or what refines the status.
    pub sub_status: Option<u64>,
    /// `undefined`, `script` or a module.
    pub location: String,
    /// Function definition and instruction.
    pub at: Option<(u16, u16)>,
}

impl Vm {
    /// The text of the failure.
    pub(crate) fn text(&self, prefix: &str, message: Option<&str>) -> String {
        let mut text = format!("Error: {prefix} VMError: {{\n");
        if let Some(message) = message {
            let _ = writeln!(text, "    message: {message},");
        }
        let _ = writeln!(text, "    major_status: {},", self.major_status);
        let sub_status = self.sub_status.map_or("None".to_owned(), |sub| format!("Some({sub})"));
        let _ = writeln!(text, "    sub_status: {sub_status},");
        let _ = writeln!(text, "    location: {},", self.location);
        let _ = writeln!(text, "    indices: [],");
        let offsets = self
            .at
            .map_or(String::new(), |(function, offset)| format!("(FunctionDefinitionIndex({function}), {offset})"));
        let _ = write!(text, "    offsets: [{offsets}],\n}}\n");
        text
    }
}

impl FileReport {
    /// The text that a baseline holds.
    pub fn baseline(&self) -> String {
        let mut text = format!("processed {} tasks\n", self.tasks.len());
        for task in self.tasks.iter().filter(|task| !task.text.is_empty()) {
            let (first, last) = task.lines;
            let _ = write!(text, "\ntask {} '{}'. lines {first}-{last}:\n{}", task.index, task.command, task.text);
        }
        text
    }

    /// `{"file": .., "tasks": [..]}`.
    pub fn to_json(&self, file: &str) -> Value {
        json!({ "file": file, "tasks": self.tasks.iter().map(TaskReport::to_json).collect::<Vec<_>>() })
    }
}

impl TaskReport {
    fn to_json(&self) -> Value {
        let mut object = Map::new();
        let mut put = |key: &str, value: Value| {
            object.insert(key.to_owned(), value);
        };
        put("index", self.index.into());
        put("command", self.command.into());
        put("lines", json!([self.lines.0, self.lines.1]));
        match &self.outcome {
            Outcome::Ok { returns, mutable_inputs } => {
                put("outcome", "ok".into());
                if !returns.is_empty() {
                    put("returns", json!(returns));
                }
                if !mutable_inputs.is_empty() {
                    let inputs = mutable_inputs.iter().map(|(at, value)| (at.to_string(), value.clone().into()));
                    put("mutable_inputs", Value::Object(inputs.collect()));
                }
            }
            Outcome::VmError(error) => {
                put("outcome", "vm_error".into());
                put("major_status", error.major_status.into());
                put("status_number", error.number.into());
                if let Some(sub_status) = error.sub_status {
                    put("sub_status", sub_status.into());
                }
                put("location", error.location.clone().into());
            }
            Outcome::CompileError { lines } => {
                put("outcome", "compile_error".into());
                put("diagnostic_lines", json!(lines));
            }
            Outcome::NoResource => put("outcome", "no_resource".into()),
            Outcome::BadCommand => put("outcome", "bad_command".into()),
        }
        put("text", self.text.clone().into());
        Value::Object(object)
    }
}

/// Whether a baseline says what a session printed; blanks at the end of lines and of the text do not count, nor does
/// the plural of a single task.
pub fn same_baseline(expected: &str, found: &str) -> bool {
    fn lines(text: &str) -> Vec<&str> {
        let mut lines: Vec<&str> = text.trim_end().lines().map(str::trim_end).collect();
        if let Some(first) = lines.first_mut()
            && *first == "processed 1 task"
        {
            *first = "processed 1 tasks";
        }
        lines
    }
    lines(expected) == lines(found)
}
