//! Open documents, the packages around them, and what is known of these.

use std::collections::{BTreeMap, BTreeSet};

use move_compiler::diagnostics::{Diagnostic, Severity};
use move_compiler::index::{Analysis, ItemKind, analyze};
use move_compiler::{Input, Span};
use move_package::BuildConfig;
use move_package::build::input;
use move_package::files::{FileSystem, MemoryFiles};
use move_package::graph::{Mode, resolve};
use serde_json::{Value, json};

use crate::lookup::{self, Target};
use crate::text;

/// Directories above a document in which its package is looked for.
const DEPTH_MAX: usize = 64;
/// The manifest of a document without a package.
const LONE_MANIFEST: &str = "[package]\nname = \"Document\"\nversion = \"0.0.0\"\n\
    [dependencies]\nAptosFramework = { git = \"https://example.com\", rev = \"main\" }\n";

/// What is known of a package.
#[derive(Default)]
struct Known {
    /// As of now; absent after a change, which makes it the last if it knows names.
    current: Option<Analysis>,
    /// The last in which everything could be parsed, with the names in its modules.
    named: Option<Analysis>,
}

pub(crate) struct Workspace<'f> {
    files: &'f dyn FileSystem,
    open: BTreeMap<String, String>,
    known: BTreeMap<String, Known>,
    /// Files for which diagnostics were sent.
    marked: BTreeSet<String>,
}

/// The files of packages, with the text of open documents in place of theirs.
struct Overlay<'w> {
    files: &'w dyn FileSystem,
    open: &'w BTreeMap<String, String>,
}

impl FileSystem for Overlay<'_> {
    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, String> {
        match self.open.get(path) {
            Some(text) => Ok(Some(text.clone().into_bytes())),
            None => self.files.read(path),
        }
    }

    fn list(&self, path: &str) -> Result<Option<Vec<(String, bool)>>, String> {
        self.files.list(path)
    }

    fn canonical(&self, path: &str) -> String {
        self.files.canonical(path)
    }
}

impl<'f> Workspace<'f> {
    pub(crate) fn new(files: &'f dyn FileSystem) -> Self {
        Workspace { files, open: BTreeMap::new(), known: BTreeMap::new(), marked: BTreeSet::new() }
    }

    pub(crate) fn open(&mut self, path: &str, text: String) {
        self.open.insert(path.to_owned(), text);
        self.forget(path);
    }

    /// Replaces a range, or all of the text.
    pub(crate) fn change(&mut self, path: &str, range: Option<&Value>, new: &str) {
        let Some(old) = self.open.get_mut(path) else { return };
        let number = |pointer: &str| {
            let number = range.and_then(|range| range.pointer(pointer)).and_then(Value::as_u64);
            number.map(|number| u32::try_from(number).unwrap_or(u32::MAX))
        };
        match (number("/start/line"), number("/start/character"), number("/end/line"), number("/end/character")) {
            (Some(line), Some(column), Some(end_line), Some(end_column)) => {
                let start = text::byte(old, line, column);
                let end = text::byte(old, end_line, end_column).max(start);
                old.replace_range(start..end, new);
            }
            _ => new.clone_into(old),
        }
        self.forget(path);
    }

    pub(crate) fn close(&mut self, path: &str) {
        self.open.remove(path);
        self.forget(path);
        self.marked.remove(path);
    }

    fn forget(&mut self, path: &str) {
        let root = self.root(path);
        if let Some(known) = self.known.get_mut(&root)
            && let Some(current) = known.current.take().filter(|current| !current.modules.is_empty())
        {
            known.named = Some(current);
        }
    }

    /// The directory of the package that a file belongs to; the file itself where there is none.
    fn root(&self, path: &str) -> String {
        let mut directory = path;
        for _ in 0..DEPTH_MAX {
            let Some((parent, _)) = directory.rsplit_once('/') else { break };
            directory = parent;
            if matches!(self.files.read(&format!("{directory}/Move.toml")), Ok(Some(_))) {
                return directory.to_owned();
            }
        }
        path.to_owned()
    }

    /// What the compiler is given for the package of a file, some text replaced; or why there is nothing to give.
    fn input(&self, path: &str, replaced: Option<&str>) -> Result<Input, String> {
        let root = self.root(path);
        let config = BuildConfig { mode: Mode::Test, ..BuildConfig::default() };
        if root == path {
            let mut files = MemoryFiles::default();
            files.insert("/Document/Move.toml", LONE_MANIFEST);
            let graph =
                resolve(&files, "/Document", Mode::Test, &BTreeMap::new()).map_err(|error| error.to_string())?;
            let mut input = input(&graph, &config).map_err(|error| error.to_string())?;
            let text = replaced.or(self.open.get(path).map(String::as_str)).unwrap_or("");
            input.sources = vec![move_compiler::SourceFile::new(path, text)];
            input.options.compile_dependencies = false;
            return Ok(input);
        }
        let overlay = Overlay { files: self.files, open: &self.open };
        let graph = resolve(&overlay, &root, Mode::Test, &BTreeMap::new()).map_err(|error| error.to_string())?;
        let mut input = input(&graph, &config).map_err(|error| error.to_string())?;
        if let (Some(replaced), Some(source)) = (replaced, input.sources.iter_mut().find(|source| source.path == path))
        {
            replaced.clone_into(&mut source.text);
        }
        input.options.compile_dependencies = false;
        Ok(input)
    }

    /// Analyzes the package of a file unless that is done.
    fn refresh(&mut self, path: &str) -> Result<(), String> {
        let root = self.root(path);
        if self.known.get(&root).is_some_and(|known| known.current.is_some()) {
            return Ok(());
        }
        let analysis = analyze(self.input(path, None)?);
        self.known.entry(root).or_default().current = Some(analysis);
        Ok(())
    }

    /// The analysis that knows names: of now, or of the last time that everything could be parsed.
    fn names(&mut self, path: &str) -> Option<&Analysis> {
        let root = self.root(path);
        self.refresh(path).ok()?;
        let known = self.known.get(&root)?;
        match &known.current {
            Some(current) if !current.modules.is_empty() => Some(current),
            _ => known.named.as_ref(),
        }
    }

    fn text(&self, path: &str) -> Option<&str> {
        self.open.get(path).map(String::as_str)
    }

    // Answers.

    /// Diagnostics by file, for the package of a file; empty lists for files that had some.
    pub(crate) fn diagnostics(&mut self, path: &str) -> BTreeMap<String, Vec<Value>> {
        let mut by_file: BTreeMap<String, Vec<Value>> = BTreeMap::new();
        by_file.insert(path.to_owned(), Vec::new());
        let root = self.root(path);
        let inside = |marked: &&String| marked.starts_with(&format!("{root}/"));
        by_file.extend(self.marked.iter().filter(inside).map(|marked| (marked.clone(), Vec::new())));
        match self.refresh(path) {
            Err(message) => {
                let range = json!({ "start": { "line": 0, "character": 0 }, "end": { "line": 0, "character": 1 } });
                let finding = json!({ "range": range, "severity": 1, "source": "tenor", "message": message });
                by_file.entry(path.to_owned()).or_default().push(finding);
            }
            Ok(()) => {
                if let Some(analysis) = self.known.get(&root).and_then(|known| known.current.as_ref()) {
                    for finding in &analysis.diagnostics.list {
                        let file = analysis.diagnostics.files.path(finding.primary.span.file);
                        if file == path || file.starts_with(&format!("{root}/")) {
                            by_file.entry(file.to_owned()).or_default().push(shown(analysis, finding));
                        }
                    }
                }
            }
        }
        self.marked.extend(by_file.iter().filter(|(_, list)| !list.is_empty()).map(|(path, _)| path.clone()));
        by_file
    }

    pub(crate) fn definition(&mut self, path: &str, line: u32, column: u32) -> Value {
        let Some((offset, source)) = self.place(path, line, column) else { return Value::Null };
        let Some(analysis) = self.names(path) else { return Value::Null };
        match lookup::target(analysis, path, &source, offset) {
            Some(target) => location(analysis, target.span()),
            None => Value::Null,
        }
    }

    pub(crate) fn hover(&mut self, path: &str, line: u32, column: u32) -> Value {
        let Some((offset, source)) = self.place(path, line, column) else { return Value::Null };
        let Some(analysis) = self.names(path) else { return Value::Null };
        let (code, doc) = match lookup::target(analysis, path, &source, offset) {
            Some(Target::Item(item)) => (item.detail.clone(), item.doc.trim().to_owned()),
            Some(Target::Module(module)) => {
                (format!("module {}::{}", module.address.to_short_string(), module.name), module.doc.trim().to_owned())
            }
            None => match lookup::expression(analysis, path, offset) {
                Some(expression) => (expression.ty.clone(), String::new()),
                None => return Value::Null,
            },
        };
        let doc = if doc.is_empty() { doc } else { format!("\n\n{doc}") };
        json!({ "contents": { "kind": "markdown", "value": format!("```move\n{code}\n```{doc}") } })
    }

    pub(crate) fn completion(&mut self, path: &str, line: u32, column: u32) -> Value {
        let Some((offset, source)) = self.place(path, line, column) else { return Value::Null };
        let items = match lookup::before(&source, offset) {
            lookup::Before::Dot(dot) => self.members(path, &source, dot, offset),
            before => {
                let Some(analysis) = self.names(path) else { return Value::Null };
                lookup::names(analysis, path, &source, offset, &before)
            }
        };
        Value::Array(items)
    }

    /// Fields and receiver functions of what stands before a dot: the text is analyzed without what follows the dot.
    fn members(&self, path: &str, source: &str, dot: usize, offset: usize) -> Vec<Value> {
        for mark in [' ', ';'] {
            let mut text = String::with_capacity(source.len());
            text.push_str(source.get(..dot).unwrap_or(""));
            text.push(mark);
            text.extend(std::iter::repeat_n(' ', offset.saturating_sub(dot + 1)));
            text.push_str(source.get(offset..).unwrap_or(""));
            let Ok(input) = self.input(path, Some(&text)) else { return Vec::new() };
            let analysis = analyze(input);
            let found = lookup::members(&analysis, path, source, dot);
            if !found.is_empty() {
                return found;
            }
        }
        Vec::new()
    }

    /// One edit for the whole text; none where it is formatted; nothing where it cannot be.
    pub(crate) fn formatting(&self, path: &str) -> Value {
        let Some(source) = self.text(path) else { return Value::Null };
        match move_fmt::format(source, move_fmt::WIDTH) {
            Ok(formatted) if formatted == source => json!([]),
            Ok(formatted) => json!([{ "range": text::range(source, 0, source.len()), "newText": formatted }]),
            Err(_) => Value::Null,
        }
    }

    pub(crate) fn symbols(&mut self, path: &str) -> Value {
        let Some(analysis) = self.names(path) else { return json!([]) };
        let mut found = Vec::new();
        for module in analysis.modules.iter().filter(|module| !module.is_dependency) {
            let files = &analysis.diagnostics.files;
            if files.path(module.span.file) != path {
                continue;
            }
            let source = files.get(module.span.file).map_or("", |file| file.text.as_str());
            let range = |span: Span| text::range(source, span.start as usize, span.end as usize);
            let children: Vec<Value> = module
                .items
                .iter()
                .filter(|item| item.kind != ItemKind::Variant)
                .map(|item| {
                    let range = range(item.span);
                    json!({ "name": item.name, "detail": item.detail, "kind": lookup::symbol(item.kind), "range": range, "selectionRange": range })
                })
                .collect();
            found.push(json!({
                "name": module.name, "kind": 2, "range": range(module.span), "selectionRange": range(module.name_span),
                "children": children,
            }));
        }
        Value::Array(found)
    }

    /// The byte at a position of an open document, and its text.
    fn place(&self, path: &str, line: u32, column: u32) -> Option<(usize, String)> {
        let source = self.text(path)?;
        Some((text::byte(source, line, column), source.to_owned()))
    }
}

fn location(analysis: &Analysis, span: Span) -> Value {
    let Some(file) = analysis.diagnostics.files.get(span.file).filter(|file| file.path.starts_with('/')) else {
        return Value::Null;
    };
    json!({ "uri": text::uri(&file.path), "range": text::range(&file.text, span.start as usize, span.end as usize) })
}

/// A finding of the compiler as the protocol has it.
fn shown(analysis: &Analysis, finding: &Diagnostic) -> Value {
    let files = &analysis.diagnostics.files;
    let range = |span: Span| {
        let source = files.get(span.file).map_or("", |file| file.text.as_str());
        text::range(source, span.start as usize, span.end as usize)
    };
    let mut message = finding.message.clone();
    for more in std::iter::once(&finding.primary.text).chain(&finding.notes).filter(|more| !more.is_empty()) {
        message.push('\n');
        message.push_str(more);
    }
    let related: Vec<Value> = finding
        .secondary
        .iter()
        .filter_map(|label| {
            let location = location(analysis, label.span);
            (!location.is_null()).then(|| json!({ "location": location, "message": label.text }))
        })
        .collect();
    json!({
        "range": range(finding.primary.span),
        "severity": if finding.severity == Severity::Error { 1 } else { 2 },
        "code": finding.code.name(),
        "source": "tenor",
        "message": message,
        "relatedInformation": related,
    })
}
