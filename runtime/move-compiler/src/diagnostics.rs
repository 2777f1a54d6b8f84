//! Diagnostics: what is wrong, where, and what to do; as text for people and as JSON for editors.

use crate::{
    codes::Code,
    source::{Files, Span},
};
use std::fmt::Write as _;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// No code is produced.
    Error,
    /// Code is produced, but somebody should look.
    Warning,
}

/// A span with a remark.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// Where.
    pub span: Span,
    /// What about it; may be empty.
    pub text: String,
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// Error or warning.
    pub severity: Severity,
    /// Stable code, for `--explain`.
    pub code: Code,
    /// What is wrong, in one line.
    pub message: String,
    /// Where.
    pub primary: Label,
    /// Other places that matter.
    pub secondary: Vec<Label>,
    /// Further remarks.
    pub notes: Vec<String>,
}

impl Diagnostic {
    /// An error or warning (the code knows which) at a place.
    pub fn new(code: Code, span: Span, message: impl Into<String>) -> Self {
        Diagnostic {
            severity: code.severity(),
            code,
            message: message.into(),
            primary: Label { span, text: String::new() },
            secondary: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// Says something under the carets.
    #[must_use]
    pub fn here(mut self, text: impl Into<String>) -> Self {
        self.primary.text = text.into();
        self
    }

    /// Points at another place.
    #[must_use]
    pub fn also(mut self, span: Span, text: impl Into<String>) -> Self {
        self.secondary.push(Label { span, text: text.into() });
        self
    }

    /// Adds a remark.
    #[must_use]
    pub fn note(mut self, text: impl Into<String>) -> Self {
        self.notes.push(text.into());
        self
    }
}

/// All findings of one compilation, with the files they point into.
#[derive(Debug, Clone, Default)]
pub struct Diagnostics {
    /// Sorted by file, position and code.
    pub list: Vec<Diagnostic>,
    /// The files that spans refer to.
    pub files: Files,
}

impl Diagnostics {
    /// Whether anything is an error.
    pub fn has_errors(&self) -> bool {
        self.list.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
    }

    /// The errors.
    pub fn errors(&self) -> impl Iterator<Item = &Diagnostic> {
        self.list.iter().filter(|diagnostic| diagnostic.severity == Severity::Error)
    }

    /// The warnings.
    pub fn warnings(&self) -> impl Iterator<Item = &Diagnostic> {
        self.list.iter().filter(|diagnostic| diagnostic.severity == Severity::Warning)
    }

    /// Everything as text, one finding after the other with a blank line between.
    pub fn render(&self) -> String {
        let mut out = String::new();
        for diagnostic in &self.list {
            self.render_one(diagnostic, &mut out);
            out.push('\n');
        }
        out
    }

    /// Appends one finding as text.
    pub fn render_one(&self, diagnostic: &Diagnostic, out: &mut String) {
        let word = match diagnostic.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        let _ = writeln!(out, "{word}[{}]: {}", diagnostic.code.name(), diagnostic.message);
        let mut labels: Vec<(&Label, bool)> = vec![(&diagnostic.primary, true)];
        labels.extend(diagnostic.secondary.iter().map(|label| (label, false)));
        let mut width = 1;
        for (label, _) in &labels {
            let line = self.files.position(label.span.file, label.span.start).line;
            width = width.max(line.to_string().len());
        }
        let mut files: Vec<u32> = Vec::new();
        for (label, _) in &labels {
            if !files.contains(&label.span.file) {
                files.push(label.span.file);
            }
        }
        for (nth, file) in files.iter().enumerate() {
            let mut here: Vec<(&Label, bool)> =
                labels.iter().filter(|(label, _)| label.span.file == *file).copied().collect();
            let first = self.files.position(*file, here.first().map_or(0, |(label, _)| label.span.start));
            let arrow = if nth == 0 { "-->" } else { ":::" };
            let _ = writeln!(
                out,
                "{:width$}{arrow} {}:{}:{}",
                "",
                self.files.path(*file),
                first.line,
                first.column,
                width = width + 1
            );
            let _ = writeln!(out, "{:width$} |", "", width = width);
            here.sort_by_key(|(label, primary)| (label.span.start, !primary));
            let mut previous: Option<u32> = None;
            for (label, primary) in here {
                self.render_label(label, primary, width, &mut previous, out);
            }
        }
        for note in &diagnostic.notes {
            let _ = writeln!(out, "{:width$} = note: {note}", "", width = width);
        }
    }

    fn render_label(&self, label: &Label, primary: bool, width: usize, previous: &mut Option<u32>, out: &mut String) {
        let start = self.files.position(label.span.file, label.span.start);
        let end = self.files.position(label.span.file, label.span.end.max(label.span.start));
        let text = self.files.line_text(label.span.file, start.line);
        if previous.is_some_and(|line| line + 1 < start.line) {
            let _ = writeln!(out, "{:.<width$}", "", width = width.max(3));
        }
        if *previous != Some(start.line) {
            let shown: String = text.chars().map(|c| if c == '\t' { ' ' } else { c }).take(400).collect();
            let _ = writeln!(out, "{:>width$} | {}", start.line, shown.trim_end(), width = width);
        }
        *previous = Some(start.line);
        let line_length = text.chars().count() as u32 + 1;
        let last = if end.line == start.line { end.column } else { line_length };
        let count = last.saturating_sub(start.column).clamp(1, 400) as usize;
        let mark = if primary { "^" } else { "-" };
        let gap = (start.column as usize - 1).min(400);
        let line =
            format!("{:width$} | {:gap$}{} {}", "", "", mark.repeat(count), label.text, width = width, gap = gap);
        let _ = writeln!(out, "{}", line.trim_end());
    }

    /// One JSON object per line and finding: severity, code, message, labels and notes.
    pub fn to_json_lines(&self) -> String {
        let mut out = String::new();
        for diagnostic in &self.list {
            self.json_one(diagnostic, &mut out);
            out.push('\n');
        }
        out
    }

    fn json_one(&self, diagnostic: &Diagnostic, out: &mut String) {
        let severity = match diagnostic.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        let _ = write!(out, "{{\"severity\":\"{severity}\",\"code\":\"{}\",\"message\":", diagnostic.code.name());
        json_string(&diagnostic.message, out);
        self.json_place(diagnostic.primary.span, out);
        out.push_str(",\"labels\":[");
        let primary = std::iter::once((&diagnostic.primary, true));
        for (nth, (label, primary)) in
            primary.chain(diagnostic.secondary.iter().map(|label| (label, false))).enumerate()
        {
            if nth > 0 {
                out.push(',');
            }
            let _ = write!(out, "{{\"primary\":{primary},\"text\":");
            json_string(&label.text, out);
            self.json_place(label.span, out);
            out.push('}');
        }
        out.push_str("],\"notes\":[");
        for (nth, note) in diagnostic.notes.iter().enumerate() {
            if nth > 0 {
                out.push(',');
            }
            json_string(note, out);
        }
        out.push_str("]}");
    }

    fn json_place(&self, span: Span, out: &mut String) {
        out.push_str(",\"file\":");
        json_string(self.files.path(span.file), out);
        let start = self.files.position(span.file, span.start);
        let end = self.files.position(span.file, span.end);
        let _ = write!(
            out,
            ",\"start\":{{\"line\":{},\"column\":{}}},\"end\":{{\"line\":{},\"column\":{}}}",
            start.line, start.column, end.line, end.column
        );
    }
}

fn json_string(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if (c as u32) < 0x20 => {
                let _ = write!(out, "\\u{:04x}", c as u32);
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

/// Collects findings while a compilation runs.
#[derive(Debug, Default)]
pub(crate) struct Sink {
    pub(crate) list: Vec<Diagnostic>,
    errors: usize,
}

/// More findings than this are not shown: nobody reads them, and hostile input could make millions.
const FINDINGS_MAX: usize = 2_000;

impl Sink {
    pub(crate) fn push(&mut self, diagnostic: Diagnostic) {
        if diagnostic.severity == Severity::Error {
            self.errors += 1;
        }
        if self.list.len() < FINDINGS_MAX {
            self.list.push(diagnostic);
        }
    }

    pub(crate) fn errors(&self) -> usize {
        self.errors
    }

    pub(crate) fn finish(mut self, files: Files) -> Diagnostics {
        self.list.sort_by(|a, b| {
            let key = |d: &Diagnostic| (d.primary.span.file, d.primary.span.start, d.primary.span.end, d.code);
            key(a).cmp(&key(b)).then_with(|| a.message.cmp(&b.message))
        });
        self.list.dedup_by(|a, b| a.primary.span == b.primary.span && a.code == b.code && a.message == b.message);
        Diagnostics { list: self.list, files }
    }
}

/// The candidate nearest to `name`, if it is near enough to be a slip of the finger.
pub(crate) fn nearest<'a>(name: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let mut best: Option<(usize, &str)> = None;
    let length = name.chars().count();
    if length < 3 {
        return None;
    }
    let limit = (length / 3).clamp(1, 3);
    for candidate in candidates {
        if candidate == name || candidate.len() > 200 || name.len() > 200 {
            continue;
        }
        let distance = edit_distance(name, candidate);
        if distance <= limit && best.is_none_or(|(least, text)| (distance, candidate) < (least, text)) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, text)| text)
}

fn edit_distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = i;
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let change = if x.eq_ignore_ascii_case(y) { 0 } else { 1 };
            let next = (diagonal + change).min(row[j] + 1).min(row[j + 1] + 1);
            diagonal = row[j + 1];
            row[j + 1] = next;
        }
    }
    row[b.len()]
}
