//! Tokens to syntax tree. Always returns a tree; errors are reported and skipped.
//!
//! Recursive descent with a limit on nesting ([`DEPTH_MAX`]) and on the height of trees that grow
//! by iteration ([`HEIGHT_MAX`]), so that neither this pass nor a later one can exhaust its stack.

mod exps;
mod items;
mod patterns;
mod skip;
mod types;

use crate::{
    api::LanguageVersion,
    ast::{Chain, Ident, Leading, Module},
    codes::Code,
    diagnostics::{Diagnostic, Sink},
    lexer::{self, Doc, Tok, Token},
    source::Span,
};
use ruint::aliases::U256;

/// How deep expressions, types and blocks may nest.
pub(crate) const DEPTH_MAX: u32 = 256;
/// How high an expression tree may become, chains of operators included.
pub(crate) const HEIGHT_MAX: u32 = 1500;

/// The modules and scripts of a file.
pub(crate) fn parse(text: &str, file: u32, language: LanguageVersion, sink: &mut Sink) -> Vec<Module> {
    let before = sink.list.len();
    let (tokens, docs) = lexer::lex(text, file, sink);
    let broken: Vec<u32> = sink.list.iter().skip(before).map(|finding| finding.primary.span.start).collect();
    let used = vec![false; docs.len()];
    let mut parser = Parser {
        text,
        file,
        tokens,
        docs,
        doc_used: used,
        at: 0,
        depth: 0,
        language,
        sink,
        bailed: false,
        last_error: usize::MAX,
        broken,
    };
    let modules = parser.file();
    parser.report_unattached_docs();
    modules
}

/// Marks that an error was reported and the construct given up.
#[derive(Debug)]
pub(crate) struct Failed;

pub(crate) type Parsed<T> = Result<T, Failed>;

pub(crate) struct Parser<'a> {
    text: &'a str,
    file: u32,
    tokens: Vec<Token>,
    docs: Vec<Doc>,
    doc_used: Vec<bool>,
    at: usize,
    depth: u32,
    language: LanguageVersion,
    sink: &'a mut Sink,
    /// Nesting limit was hit: the rest of the file is not read.
    bailed: bool,
    /// Token of the last syntax error, so that one place is reported once.
    last_error: usize,
    /// Where the lexer found errors: what is odd there was reported already.
    broken: Vec<u32>,
}

impl Parser<'_> {
    pub(crate) fn peek(&self) -> Tok {
        self.tokens.get(self.at).map_or(Tok::Eof, |token| token.tok)
    }

    pub(crate) fn peek_at(&self, ahead: usize) -> Tok {
        self.tokens.get(self.at + ahead).map_or(Tok::Eof, |token| token.tok)
    }

    fn token(&self, ahead: usize) -> Token {
        let last = self.tokens.len() - 1;
        self.tokens[(self.at + ahead).min(last)]
    }

    /// The text of the current token.
    pub(crate) fn word(&self) -> &str {
        self.word_at(0)
    }

    pub(crate) fn word_at(&self, ahead: usize) -> &str {
        let token = self.token(ahead);
        self.text.get(token.start as usize..token.end as usize).unwrap_or("")
    }

    /// Whether the current token is the given contextual word.
    pub(crate) fn is_word(&self, word: &str) -> bool {
        self.peek() == Tok::Ident && self.word() == word
    }

    pub(crate) fn span(&self) -> Span {
        let token = self.token(0);
        Span::new(self.file, token.start, token.end)
    }

    /// Span of the token before the current one.
    pub(crate) fn previous(&self) -> Span {
        let token = self.tokens[self.at.saturating_sub(1).min(self.tokens.len() - 1)];
        Span::new(self.file, token.start, token.end)
    }

    pub(crate) fn since(&self, start: Span) -> Span {
        let previous = self.previous();
        Span::new(self.file, start.start, previous.end.max(start.end))
    }

    pub(crate) fn bump(&mut self) {
        if self.at + 1 < self.tokens.len() {
            self.at += 1;
        }
    }

    pub(crate) fn eat(&mut self, tok: Tok) -> bool {
        if self.peek() == tok {
            self.bump();
            true
        } else {
            false
        }
    }

    pub(crate) fn eat_word(&mut self, word: &str) -> bool {
        let yes = self.is_word(word);
        if yes {
            self.bump();
        }
        yes
    }

    /// Whether no blank stands between the previous token and the current one.
    pub(crate) fn adjacent(&self) -> bool {
        self.at > 0 && self.previous().end == self.span().start
    }

    pub(crate) fn describe(&self) -> String {
        match self.peek() {
            Tok::Eof => "end of file".to_string(),
            _ => {
                let text: String = self.word().chars().take(40).collect();
                format!("`{text}`")
            }
        }
    }

    pub(crate) fn report(&mut self, diagnostic: Diagnostic) {
        self.sink.push(diagnostic);
    }

    pub(crate) fn error(&mut self, code: Code, span: Span, message: impl Into<String>) {
        self.report(Diagnostic::new(code, span, message));
    }

    /// Whether to report a syntax error at the current token; only once, and not where the lexer did already.
    pub(crate) fn first_here(&mut self) -> bool {
        let (from, to) = (self.previous().start, self.span().end);
        let broken = match self.peek() {
            Tok::Eof => !self.broken.is_empty(),
            _ => self.broken.iter().any(|at| (from..to).contains(at)),
        };
        let first = self.last_error != self.at && !self.bailed && !broken;
        self.last_error = self.at;
        first
    }

    /// Reports that something else was expected here.
    pub(crate) fn unexpected(&mut self, wanted: &str) -> Failed {
        if self.first_here() {
            let found = self.describe();
            let span = self.span();
            self.error(Code::Syntax, span, format!("expected {wanted}, found {found}"));
        }
        Failed
    }

    pub(crate) fn expect(&mut self, tok: Tok, wanted: &str) -> Parsed<()> {
        if self.eat(tok) { Ok(()) } else { Err(self.unexpected(wanted)) }
    }

    /// Expects `;`; if it is missing, points at the end of the line before.
    pub(crate) fn expect_semi(&mut self, after: &str) -> Parsed<()> {
        if self.eat(Tok::Semi) {
            return Ok(());
        }
        if self.first_here() {
            let previous = self.previous();
            let found = self.describe();
            let here = self.span();
            let end = Span::new(self.file, previous.end.saturating_sub(1), previous.end);
            self.report(
                Diagnostic::new(Code::Syntax, here, format!("expected `;` after {after}, found {found}"))
                    .here("unexpected")
                    .also(end, "add `;` here"),
            );
        }
        Err(Failed)
    }

    /// Consumes one `>`, splitting a longer token if need be.
    pub(crate) fn expect_greater(&mut self) -> Parsed<()> {
        let rest = match self.peek() {
            Tok::Greater => {
                self.bump();
                return Ok(());
            }
            Tok::GreaterGreater => Tok::Greater,
            Tok::GreaterEq => Tok::Eq,
            Tok::GreaterGreaterEq => Tok::GreaterEq,
            _ => return Err(self.unexpected("`>`")),
        };
        let at = self.at;
        self.tokens[at].tok = rest;
        self.tokens[at].start += 1;
        Ok(())
    }

    pub(crate) fn ident(&mut self, wanted: &str) -> Parsed<Ident> {
        if self.peek() == Tok::Ident {
            let ident = Ident { name: self.word().into(), span: self.span() };
            self.bump();
            Ok(ident)
        } else {
            Err(self.unexpected(wanted))
        }
    }

    /// Counts a level of nesting; undo with [`Parser::leave`].
    pub(crate) fn enter(&mut self) -> Parsed<()> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            self.too_deep(self.span());
            self.depth -= 1;
            return Err(Failed);
        }
        Ok(())
    }

    pub(crate) fn leave(&mut self) {
        self.depth -= 1;
    }

    /// Reports that a limit on nesting was hit and skips the rest of the file.
    pub(crate) fn too_deep(&mut self, span: Span) {
        if !self.bailed {
            self.error(
                Code::TooDeep,
                span,
                format!("nested deeper than {DEPTH_MAX} levels, or chained more than {HEIGHT_MAX} times"),
            );
        }
        self.bailed = true;
        self.at = self.tokens.len() - 1;
    }

    /// `X, X, .. close`, with an optional trailing comma; consumes `close`.
    pub(crate) fn comma_list<T>(
        &mut self,
        close: Tok,
        wanted: &str,
        mut item: impl FnMut(&mut Self) -> Parsed<T>,
    ) -> Parsed<Vec<T>> {
        let mut items = Vec::new();
        loop {
            if self.peek() == close {
                break;
            }
            items.push(item(self)?);
            if !self.eat(Tok::Comma) {
                break;
            }
        }
        if !self.eat(close) {
            return Err(self.unexpected(wanted));
        }
        Ok(items)
    }

    /// Like [`Parser::comma_list`] for `<..>`.
    pub(crate) fn angle_list<T>(&mut self, mut item: impl FnMut(&mut Self) -> Parsed<T>) -> Parsed<Vec<T>> {
        self.expect(Tok::Less, "`<`")?;
        let mut items = Vec::new();
        loop {
            if matches!(self.peek(), Tok::Greater | Tok::GreaterGreater | Tok::GreaterEq | Tok::GreaterGreaterEq) {
                break;
            }
            items.push(item(self)?);
            if !self.eat(Tok::Comma) {
                break;
            }
        }
        self.expect_greater()?;
        Ok(items)
    }

    /// A number token's value and suffix.
    pub(crate) fn number(&mut self) -> (U256, Option<&'static str>) {
        let text = self.word().to_string();
        let span = self.span();
        self.bump();
        let (digits, suffix) = split_suffix(&text);
        if suffix.is_none() && self.broken.iter().any(|at| (span.start..span.end).contains(at)) {
            return (U256::ZERO, None);
        }
        let digits: String = digits.chars().filter(|c| *c != '_').collect();
        let value = match digits.strip_prefix("0x") {
            Some(hex) => U256::from_str_radix(hex, 16),
            None => U256::from_str_radix(&digits, 10),
        };
        match value {
            Ok(value) => (value, suffix),
            Err(_) => {
                self.error(Code::BadNumber, span, "this number does not fit 256 bits");
                (U256::ZERO, suffix)
            }
        }
    }

    pub(crate) fn leading(&mut self, wanted: &str) -> Parsed<Leading> {
        if self.peek() == Tok::Number {
            let span = self.span();
            let (value, suffix) = self.number();
            if suffix.is_some() {
                self.error(Code::BadNumber, span, "an address has no type suffix");
            }
            Ok(Leading::Number(value, span))
        } else {
            Ok(Leading::Name(self.ident(wanted)?))
        }
    }

    /// A name chain; a lone number is refused.
    pub(crate) fn chain(&mut self, wanted: &str) -> Parsed<Chain> {
        let start = self.span();
        let first = self.leading(wanted)?;
        let mut rest = Vec::new();
        while self.peek() == Tok::ColonColon && self.peek_at(1) != Tok::Less && rest.len() < 3 {
            self.bump();
            rest.push(self.ident("a name after `::`")?);
        }
        if rest.is_empty() && matches!(first, Leading::Number(..)) {
            return Err(self.unexpected("`::` after the address"));
        }
        Ok(Chain { first, rest, span: self.since(start) })
    }

    pub(crate) fn needs(&mut self, level: LanguageVersion, span: Span, what: &str) {
        if self.language < level {
            self.error(Code::NeedsLanguage, span, format!("{what} need language version {level} or newer"));
        }
    }

    /// Joins the unused documentation comments that stand before the current token, from token `from` on.
    pub(crate) fn take_docs(&mut self, from: usize) -> String {
        let mut text = String::new();
        let first = self.docs.partition_point(|doc| doc.before < from);
        for nth in first..self.docs.len() {
            if self.docs[nth].before > self.at {
                break;
            }
            if !self.doc_used[nth] {
                self.doc_used[nth] = true;
                if !text.is_empty() {
                    text.push('\n');
                }
                text.push_str(&self.docs[nth].text);
            }
        }
        text
    }

    /// Skipped text may hold documentation comments that belong to it.
    pub(crate) fn forget_docs(&mut self, from: usize) {
        let first = self.docs.partition_point(|doc| doc.before < from);
        for nth in first..self.docs.len() {
            if self.docs[nth].before > self.at {
                break;
            }
            self.doc_used[nth] = true;
        }
    }

    fn report_unattached_docs(&mut self) {
        for nth in 0..self.docs.len() {
            if !self.doc_used[nth] {
                let span = self.docs[nth].span;
                self.report(
                    Diagnostic::new(Code::DanglingDoc, span, "this documentation comment belongs to nothing")
                        .here("use `//` for an ordinary comment"),
                );
            }
        }
    }
}

fn split_suffix(text: &str) -> (&str, Option<&'static str>) {
    const SUFFIXES: [&str; 12] = ["u8", "u16", "u32", "u64", "u128", "u256", "i8", "i16", "i32", "i64", "i128", "i256"];
    for suffix in SUFFIXES {
        if let Some(digits) = text.strip_suffix(suffix) {
            return (digits, Some(suffix));
        }
    }
    (text, None)
}
