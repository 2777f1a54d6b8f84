//! Documents to text: chooses for each group whether it stands on one line.

/// Columns of one step of indentation.
const INDENT: usize = 4;

/// Text with possible line breaks.
#[derive(Debug)]
pub(crate) enum Doc<'t> {
    /// Text without line ends.
    Text(&'t str),
    /// A blank, or a line break in a broken group.
    Line,
    /// Nothing, or a line break in a broken group.
    Soft,
    /// A line break.
    Hard,
    /// A line break with an empty line before it.
    Blank,
    /// A line break unless the line is still empty.
    Fresh,
    /// A comment up to the end of its line: whatever follows goes to the next one.
    LineComment(&'t str),
    /// Text that stays as it is, line ends included.
    Raw(&'t str),
    /// Breaks inside are one step deeper.
    Indent(Docs<'t>),
    /// One after the other.
    Concat(Docs<'t>),
    /// All breaks that are not inside inner groups, or none.
    Group(Docs<'t>),
}

/// Documents, one after the other, and whether there is a break among them that must be.
#[derive(Debug, Default)]
pub(crate) struct Docs<'t> {
    pub(crate) list: Vec<Doc<'t>>,
    pub(crate) breaks: bool,
}

impl<'t> Doc<'t> {
    pub(crate) fn breaks(&self) -> bool {
        match self {
            Doc::Text(_) | Doc::Line | Doc::Soft => false,
            Doc::Hard | Doc::Blank | Doc::Fresh | Doc::LineComment(_) => true,
            Doc::Raw(text) => text.contains('\n'),
            Doc::Indent(docs) | Doc::Concat(docs) | Doc::Group(docs) => docs.breaks,
        }
    }
}

impl<'t> Docs<'t> {
    pub(crate) fn push(&mut self, doc: Doc<'t>) {
        self.breaks |= doc.breaks();
        self.list.push(doc);
    }

    pub(crate) fn text(&mut self, text: &'t str) {
        self.push(Doc::Text(text));
    }

    pub(crate) fn indent(&mut self, docs: Docs<'t>) {
        self.push(Doc::Indent(docs));
    }

    pub(crate) fn group(&mut self, docs: Docs<'t>) {
        self.push(Doc::Group(docs));
    }

    pub(crate) fn concat(&mut self, docs: Docs<'t>) {
        self.push(Doc::Concat(docs));
    }
}

/// Columns of a document on one line, if it can stand on one; at most `limit` are counted.
pub(crate) fn flat_width(docs: &[Doc<'_>], limit: usize) -> Option<usize> {
    let mut width = 0;
    let mut stack = vec![docs.iter()];
    while let Some(top) = stack.last_mut() {
        let Some(doc) = top.next() else {
            stack.pop();
            continue;
        };
        match doc {
            Doc::Text(text) | Doc::Raw(text) if !text.contains('\n') => width += columns(text),
            Doc::Line => width += 1,
            Doc::Soft => {}
            Doc::Text(_) | Doc::Raw(_) | Doc::Hard | Doc::Blank | Doc::Fresh | Doc::LineComment(_) => return None,
            Doc::Indent(docs) | Doc::Concat(docs) | Doc::Group(docs) => stack.push(docs.list.iter()),
        }
        if width > limit {
            return None;
        }
    }
    Some(width)
}

fn columns(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.chars().count() }
}

struct Printer {
    out: String,
    width: usize,
    column: usize,
    /// Blanks owed to the next text.
    owed: usize,
    /// A comment ended the line: nothing more goes on it.
    ended: bool,
}

#[derive(Clone, Copy)]
struct Item<'d, 't> {
    indent: usize,
    flat: bool,
    doc: &'d Doc<'t>,
}

/// Prints a document for lines of `width` columns.
pub(crate) fn print(docs: &Docs<'_>, width: usize) -> String {
    let mut printer = Printer { out: String::new(), width, column: 0, owed: 0, ended: false };
    let mut stack: Vec<Item<'_, '_>> = docs.list.iter().rev().map(|doc| Item { indent: 0, flat: false, doc }).collect();
    while let Some(item) = stack.pop() {
        let Item { indent, flat, doc } = item;
        match doc {
            Doc::Text(text) => printer.text(text, indent),
            Doc::Line if flat => printer.owed += usize::from(!printer.at_start()),
            Doc::Soft if flat => {}
            Doc::Line | Doc::Soft | Doc::Hard => printer.line(indent),
            Doc::Blank => printer.blank(indent),
            Doc::Fresh => {
                if !printer.at_start() {
                    printer.line(indent);
                }
            }
            Doc::LineComment(text) => {
                printer.text(text, indent);
                printer.ended = true;
            }
            Doc::Raw(text) => {
                printer.text(text, indent);
                if let Some((_, last)) = text.rsplit_once('\n') {
                    printer.column = columns(last);
                }
            }
            Doc::Indent(docs) => {
                let deeper = indent + INDENT;
                stack.extend(docs.list.iter().rev().map(|doc| Item { indent: deeper, flat, doc }));
            }
            Doc::Concat(docs) => stack.extend(docs.list.iter().rev().map(|doc| Item { indent, flat, doc })),
            Doc::Group(docs) => {
                let flat = flat || (!docs.breaks && !printer.ended && fits(&printer, docs, &stack));
                stack.extend(docs.list.iter().rev().map(|doc| Item { indent, flat, doc }));
            }
        }
    }
    let mut out = printer.out;
    out.truncate(out.trim_end().len());
    if !out.is_empty() {
        out.push('\n');
    }
    out
}

/// Whether a group fits on the rest of the line together with what follows up to the next break.
fn fits(printer: &Printer, docs: &Docs<'_>, rest: &[Item<'_, '_>]) -> bool {
    let Some(mut left) = printer.width.checked_sub(printer.column + printer.owed) else { return false };
    let mut inner = vec![docs.list.iter()];
    while let Some(top) = inner.last_mut() {
        let Some(doc) = top.next() else {
            inner.pop();
            continue;
        };
        let used = match doc {
            Doc::Text(text) | Doc::Raw(text) => columns(text),
            Doc::Line => 1,
            Doc::Soft => 0,
            Doc::Hard | Doc::Blank | Doc::Fresh | Doc::LineComment(_) => return false,
            Doc::Indent(docs) | Doc::Concat(docs) | Doc::Group(docs) => {
                inner.push(docs.list.iter());
                0
            }
        };
        let Some(rest) = left.checked_sub(used) else { return false };
        left = rest;
    }
    // What follows, as it will stand: breaks of enclosing groups that are broken end the line.
    let mut behind: Vec<(bool, std::slice::Iter<'_, Doc<'_>>)> = Vec::new();
    let mut outer = rest.iter().rev();
    loop {
        let (flat, doc) = match behind.last_mut() {
            Some((flat, top)) => match top.next() {
                Some(doc) => (*flat, doc),
                None => {
                    behind.pop();
                    continue;
                }
            },
            None => match outer.next() {
                Some(item) => (item.flat, item.doc),
                None => return true,
            },
        };
        let used = match doc {
            Doc::Text(text) => columns(text),
            Doc::Raw(text) => {
                if let Some((first, _)) = text.split_once('\n') {
                    return columns(first) <= left;
                }
                columns(text)
            }
            // A comment at the end may stand out.
            Doc::LineComment(_) | Doc::Hard | Doc::Blank | Doc::Fresh => return true,
            Doc::Line | Doc::Soft if !flat => return true,
            Doc::Line => 1,
            Doc::Soft => 0,
            Doc::Indent(docs) | Doc::Concat(docs) | Doc::Group(docs) => {
                behind.push((flat, docs.list.iter()));
                0
            }
        };
        let Some(rest) = left.checked_sub(used) else { return false };
        left = rest;
    }
}

impl Printer {
    fn at_start(&self) -> bool {
        self.ended || self.out.is_empty() || self.out.ends_with('\n')
    }

    fn text(&mut self, text: &str, indent: usize) {
        if text.is_empty() {
            return;
        }
        if text == " " {
            self.owed += usize::from(!self.at_start());
            return;
        }
        if self.ended {
            self.line(indent);
        }
        self.out.extend(std::iter::repeat_n(' ', self.owed));
        self.column += self.owed + columns(text);
        self.owed = 0;
        self.out.push_str(text);
    }

    fn line(&mut self, indent: usize) {
        self.owed = indent;
        self.ended = false;
        self.column = 0;
        if !self.out.is_empty() {
            self.out.push('\n');
        }
    }

    fn blank(&mut self, indent: usize) {
        if !self.out.is_empty() && !self.out.ends_with('\n') {
            self.line(indent);
        }
        if !self.out.is_empty() && !self.out.ends_with("\n\n") {
            self.line(indent);
        }
    }
}
