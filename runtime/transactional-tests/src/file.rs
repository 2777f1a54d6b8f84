//! A file as a list of tasks: command lines begin with `//#`, everything up to the next one is data.

use move_compiler::tokens::{PieceKind, pieces};

use crate::command::{Command, parse};

/// Why a file is no list of tasks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {message}")]
pub struct FileError {
    /// Line, from 1.
    pub line: usize,
    /// What is wrong.
    pub message: String,
}

/// One command with its data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Task {
    pub(crate) command: Command,
    /// First line of the command, and the last line of command or data that is not blank.
    pub(crate) lines: (usize, usize),
    /// The data behind as many empty lines as stand before it in the file.
    pub(crate) data: Option<String>,
}

/// A command line: the text behind `//#`.
fn command_line(line: &str) -> Option<&str> {
    line.strip_prefix("//#")
}

/// Splits a file.
pub(crate) fn tasks(text: &str) -> Result<Vec<Task>, FileError> {
    let lines: Vec<&str> = text.lines().collect();
    let first = lines.iter().position(|line| command_line(line).is_some()).unwrap_or(lines.len());
    preamble(lines.get(..first).unwrap_or_default())?;
    if first == lines.len() {
        return Err(FileError { line: 1, message: "the file has no command: a line such as `//# publish`".to_owned() });
    }
    let mut tasks: Vec<Task> = Vec::new();
    let mut at = first;
    while at < lines.len() {
        let start = at;
        let mut words = String::new();
        while let Some(text) = lines.get(at).and_then(|line| command_line(line)) {
            if !text.trim().is_empty() {
                if !words.is_empty() {
                    words.push(' ');
                }
                words.push_str(text.trim());
            }
            at += 1;
        }
        let data_start = at;
        while lines.get(at).is_some_and(|line| command_line(line).is_none()) {
            at += 1;
        }
        let data = lines.get(data_start..at).unwrap_or_default();
        let data_lines = data.iter().rposition(|line| !line.trim().is_empty()).map_or(0, |last| last + 1);
        if words.is_empty() {
            // A group of empty command lines is no task; it must not hide text.
            if data_lines > 0 {
                return Err(FileError { line: start + 1, message: "an empty command with data".to_owned() });
            }
            continue;
        }
        let command = parse(&words).map_err(|message| FileError { line: start + 1, message })?;
        if matches!(command, Command::Init { .. }) && !tasks.is_empty() {
            return Err(FileError { line: start + 1, message: "`init` comes first".to_owned() });
        }
        let data = (data_lines > 0).then(|| {
            let mut text = "\n".repeat(data_start);
            for line in data.iter().take(data_lines) {
                text.push_str(line);
                text.push('\n');
            }
            text
        });
        let has_code =
            data.as_ref().is_some_and(|data| pieces(data).iter().any(|piece| piece.kind != PieceKind::Comment));
        if has_code && !command.takes_data() {
            let message = format!("`{}` takes no data", command.name());
            return Err(FileError { line: data_start + 1, message });
        }
        tasks.push(Task {
            command,
            lines: (start + 1, if data_lines > 0 { data_start + data_lines } else { data_start }),
            data: data.filter(|_| has_code),
        });
    }
    Ok(tasks)
}

/// Only blank and comment lines stand before the first command.
fn preamble(lines: &[&str]) -> Result<(), FileError> {
    let text = lines.join("\n");
    match pieces(&text).iter().find(|piece| piece.kind != PieceKind::Comment) {
        None => Ok(()),
        Some(piece) => {
            let line = text.get(..piece.start).unwrap_or("").matches('\n').count() + 1;
            Err(FileError { line, message: "text before the first command".to_owned() })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_keeps_its_lines_and_ranges_end_at_text() {
        let text =
            "// about\n\n//# publish\n//#\n//# --verbose\n\nmodule 0x1::m {\n\n}\n\n\n//# run 0x1::m::f\n// nothing\n";
        let tasks = tasks(text).unwrap();
        assert_eq!(tasks[0].lines, (3, 9));
        assert_eq!(tasks[0].data.as_deref(), Some("\n\n\n\n\n\nmodule 0x1::m {\n\n}\n"));
        assert_eq!(tasks[1].lines, (12, 13));
        assert_eq!(tasks[1].data, None);
        assert_eq!(tasks.len(), 2);
    }

    #[test]
    fn what_is_no_list_of_tasks_is_refused_with_its_line() {
        for (text, line) in [
            ("", 1),
            ("// only\n", 1),
            ("// a\nmodule\n//# publish\n", 2),
            ("//# run 0x1::m::f\n\nmodule 0x1::m {}\n", 2),
            ("//# publish\nmodule 0x1::m {}\n//# init\n", 3),
            ("//# jump\n", 1),
            ("\n//#\nmodule 0x1::m {}\n", 2),
        ] {
            assert_eq!(tasks(text).unwrap_err().line, line, "{text:?}");
        }
    }
}
