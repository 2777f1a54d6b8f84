//! Source files and positions in them.

/// A source file as the driver read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFile {
    /// How diagnostics name the file.
    pub path: String,
    /// The whole text.
    pub text: String,
}

impl SourceFile {
    /// Names a text.
    pub fn new(path: impl Into<String>, text: impl Into<String>) -> Self {
        SourceFile { path: path.into(), text: text.into() }
    }
}

/// A range of bytes of one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Hash)]
pub struct Span {
    /// Index into [`Files`].
    pub file: u32,
    /// First byte.
    pub start: u32,
    /// First byte after the range.
    pub end: u32,
}

impl Span {
    /// A range of bytes of a file.
    pub fn new(file: u32, start: u32, end: u32) -> Self {
        Span { file, start, end }
    }

    /// The smallest range that holds both; the first if they lie in different files.
    #[must_use]
    pub fn to(self, other: Span) -> Span {
        if self.file == other.file {
            Span { file: self.file, start: self.start.min(other.start), end: self.end.max(other.end) }
        } else {
            self
        }
    }
}

/// A line and a column, both counted from one; the column counts characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct LineColumn {
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
}

/// All files of one compilation.
#[derive(Debug, Clone, Default)]
pub struct Files {
    files: Vec<SourceFile>,
    line_starts: Vec<Vec<u32>>,
}

impl Files {
    /// Adds a file and returns its index.
    pub fn add(&mut self, file: SourceFile) -> u32 {
        let mut starts = vec![0u32];
        for (at, byte) in file.text.bytes().enumerate() {
            if byte == b'\n' {
                starts.push(u32::try_from(at + 1).unwrap_or(u32::MAX));
            }
        }
        self.line_starts.push(starts);
        self.files.push(file);
        u32::try_from(self.files.len() - 1).unwrap_or(u32::MAX)
    }

    /// How many files there are.
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// The file at an index.
    pub fn get(&self, file: u32) -> Option<&SourceFile> {
        self.files.get(file as usize)
    }

    /// The path of the file at an index, empty if there is none.
    pub fn path(&self, file: u32) -> &str {
        self.get(file).map_or("", |file| file.path.as_str())
    }

    /// The text of a span, empty if it is out of range.
    pub fn text(&self, span: Span) -> &str {
        self.get(span.file).and_then(|file| file.text.get(span.start as usize..span.end as usize)).unwrap_or("")
    }

    /// Line and column of a byte of a file.
    pub fn position(&self, file: u32, byte: u32) -> LineColumn {
        let Some(starts) = self.line_starts.get(file as usize) else {
            return LineColumn { line: 1, column: 1 };
        };
        let line = starts.partition_point(|start| *start <= byte).max(1);
        let start = starts.get(line - 1).copied().unwrap_or(0);
        let text = self.text(Span::new(file, start, byte));
        let column = text.chars().count() + 1;
        LineColumn { line: u32::try_from(line).unwrap_or(u32::MAX), column: u32::try_from(column).unwrap_or(u32::MAX) }
    }

    /// The text of a line (from 1), without its end.
    pub fn line_text(&self, file: u32, line: u32) -> &str {
        let Some(starts) = self.line_starts.get(file as usize) else { return "" };
        let Some(source) = self.files.get(file as usize) else { return "" };
        let Some(start) = starts.get((line as usize).saturating_sub(1)) else { return "" };
        let end = starts.get(line as usize).map_or(source.text.len(), |end| *end as usize);
        source.text.get(*start as usize..end).unwrap_or("").trim_end_matches(['\n', '\r'])
    }
}
