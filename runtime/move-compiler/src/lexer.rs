//! Text to tokens.
//!
//! Comments vanish, except that documentation comments are kept beside the tokens. Errors are
//! reported and skipped; the result always ends with [`Tok::Eof`].

use crate::{
    codes::Code,
    diagnostics::{Diagnostic, Sink},
    source::Span,
};

/// The kind of a token. Keywords are only the reserved words; the others are identifiers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tok {
    Eof,
    Ident,
    Number,
    ByteString,
    HexString,
    Label,
    // Reserved words.
    Abort,
    Acquires,
    As,
    Break,
    Const,
    Continue,
    Copy,
    Else,
    False,
    Fun,
    Friend,
    If,
    Invariant,
    Let,
    Loop,
    Inline,
    Module,
    Move,
    Native,
    Public,
    Return,
    Script,
    Spec,
    Struct,
    True,
    Use,
    While,
    // Punctuation.
    Bang,
    BangEq,
    Percent,
    PercentEq,
    Amp,
    AmpAmp,
    AmpEq,
    AmpMut,
    LParen,
    RParen,
    LBracket,
    RBracket,
    Star,
    StarEq,
    Plus,
    PlusEq,
    Comma,
    Minus,
    MinusEq,
    Dot,
    DotDot,
    DotDotEq,
    Slash,
    SlashEq,
    Colon,
    ColonColon,
    Semi,
    Less,
    LessEq,
    LessLess,
    LessLessEq,
    LessEqEqGreater,
    Eq,
    EqEq,
    EqEqGreater,
    EqGreater,
    Greater,
    GreaterEq,
    GreaterGreater,
    GreaterGreaterEq,
    Caret,
    CaretEq,
    LBrace,
    RBrace,
    Pipe,
    PipePipe,
    PipeEq,
    PipeTilde,
    Hash,
    At,
}

/// One token.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Token {
    pub(crate) tok: Tok,
    pub(crate) start: u32,
    pub(crate) end: u32,
}

/// A documentation comment, without its markers.
#[derive(Debug, Clone)]
pub(crate) struct Doc {
    pub(crate) span: Span,
    pub(crate) text: String,
    /// Index of the token that follows.
    pub(crate) before: usize,
}

const PUNCTUATION: &[(&str, Tok)] = &[
    ("<==>", Tok::LessEqEqGreater),
    ("==>", Tok::EqEqGreater),
    ("<<=", Tok::LessLessEq),
    (">>=", Tok::GreaterGreaterEq),
    ("..=", Tok::DotDotEq),
    ("!=", Tok::BangEq),
    ("%=", Tok::PercentEq),
    ("&&", Tok::AmpAmp),
    ("&=", Tok::AmpEq),
    ("*=", Tok::StarEq),
    ("+=", Tok::PlusEq),
    ("-=", Tok::MinusEq),
    ("..", Tok::DotDot),
    ("/=", Tok::SlashEq),
    ("::", Tok::ColonColon),
    ("<=", Tok::LessEq),
    ("<<", Tok::LessLess),
    ("==", Tok::EqEq),
    ("=>", Tok::EqGreater),
    (">=", Tok::GreaterEq),
    (">>", Tok::GreaterGreater),
    ("^=", Tok::CaretEq),
    ("||", Tok::PipePipe),
    ("|=", Tok::PipeEq),
    ("|~", Tok::PipeTilde),
    ("!", Tok::Bang),
    ("%", Tok::Percent),
    ("&", Tok::Amp),
    ("(", Tok::LParen),
    (")", Tok::RParen),
    ("[", Tok::LBracket),
    ("]", Tok::RBracket),
    ("*", Tok::Star),
    ("+", Tok::Plus),
    (",", Tok::Comma),
    ("-", Tok::Minus),
    (".", Tok::Dot),
    ("/", Tok::Slash),
    (":", Tok::Colon),
    (";", Tok::Semi),
    ("<", Tok::Less),
    ("=", Tok::Eq),
    (">", Tok::Greater),
    ("^", Tok::Caret),
    ("{", Tok::LBrace),
    ("}", Tok::RBrace),
    ("|", Tok::Pipe),
    ("#", Tok::Hash),
    ("@", Tok::At),
];

fn keyword(word: &str) -> Tok {
    match word {
        "abort" => Tok::Abort,
        "acquires" => Tok::Acquires,
        "as" => Tok::As,
        "break" => Tok::Break,
        "const" => Tok::Const,
        "continue" => Tok::Continue,
        "copy" => Tok::Copy,
        "else" => Tok::Else,
        "false" => Tok::False,
        "fun" => Tok::Fun,
        "friend" => Tok::Friend,
        "if" => Tok::If,
        "invariant" => Tok::Invariant,
        "let" => Tok::Let,
        "loop" => Tok::Loop,
        "inline" => Tok::Inline,
        "module" => Tok::Module,
        "move" => Tok::Move,
        "native" => Tok::Native,
        "public" => Tok::Public,
        "return" => Tok::Return,
        "script" => Tok::Script,
        "spec" => Tok::Spec,
        "struct" => Tok::Struct,
        "true" => Tok::True,
        "use" => Tok::Use,
        "while" => Tok::While,
        _ => Tok::Ident,
    }
}

struct Lexer<'a> {
    text: &'a str,
    bytes: &'a [u8],
    file: u32,
    at: usize,
    tokens: Vec<Token>,
    docs: Vec<Doc>,
    sink: &'a mut Sink,
}

/// Splits a text into tokens and documentation comments.
pub(crate) fn lex(text: &str, file: u32, sink: &mut Sink) -> (Vec<Token>, Vec<Doc>) {
    let mut lexer = Lexer { text, bytes: text.as_bytes(), file, at: 0, tokens: Vec::new(), docs: Vec::new(), sink };
    if text.starts_with('\u{feff}') {
        lexer.at = 3;
    }
    while lexer.step() {}
    let end = text.len() as u32;
    lexer.tokens.push(Token { tok: Tok::Eof, start: end, end });
    (lexer.tokens, lexer.docs)
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

impl Lexer<'_> {
    fn byte(&self, ahead: usize) -> u8 {
        self.bytes.get(self.at + ahead).copied().unwrap_or(0)
    }

    fn span(&self, start: usize, end: usize) -> Span {
        Span::new(self.file, start as u32, end as u32)
    }

    fn error(&mut self, code: Code, start: usize, end: usize, message: impl Into<String>) {
        let span = self.span(start, end);
        self.sink.push(Diagnostic::new(code, span, message));
    }

    fn token(&mut self, tok: Tok, start: usize) {
        self.tokens.push(Token { tok, start: start as u32, end: self.at as u32 });
    }

    fn word_end(&self, mut at: usize) -> usize {
        while self.bytes.get(at).is_some_and(|byte| is_word(*byte)) {
            at += 1;
        }
        at
    }

    fn step(&mut self) -> bool {
        let start = self.at;
        let Some(&byte) = self.bytes.get(start) else { return false };
        match byte {
            b' ' | b'\t' | b'\n' => self.at += 1,
            b'\r' if self.byte(1) == b'\n' => self.at += 2,
            b'/' if self.byte(1) == b'/' => self.line_comment(),
            b'/' if self.byte(1) == b'*' => self.block_comment(),
            b'b' | b'x' if self.byte(1) == b'"' => self.string(byte == b'x'),
            b'0'..=b'9' => self.number(),
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => {
                self.at = self.word_end(start);
                let word = self.text.get(start..self.at).unwrap_or("");
                self.token(keyword(word), start);
            }
            b'\'' if self.byte(1).is_ascii_alphabetic() || self.byte(1) == b'_' => {
                self.at = self.word_end(start + 1);
                self.token(Tok::Label, start);
            }
            b'"' => self.bare_string(),
            _ => self.punctuation(),
        }
        true
    }

    fn punctuation(&mut self) {
        let start = self.at;
        let rest = &self.bytes[start..];
        if rest.starts_with(b"&mut") && !rest.get(4).is_some_and(|byte| is_word(*byte)) {
            self.at += 4;
            return self.token(Tok::AmpMut, start);
        }
        for (text, tok) in PUNCTUATION {
            if rest.starts_with(text.as_bytes()) {
                self.at += text.len();
                return self.token(*tok, start);
            }
        }
        let c = self.text.get(start..).and_then(|text| text.chars().next()).unwrap_or('\u{fffd}');
        self.at += c.len_utf8();
        self.error(Code::InvalidCharacter, start, self.at, format!("invalid character {c:?}"));
    }

    fn line_comment(&mut self) {
        let start = self.at;
        while self.at < self.bytes.len() && self.bytes[self.at] != b'\n' {
            self.at += 1;
        }
        let text = self.text.get(start..self.at).unwrap_or("").trim_end_matches('\r');
        if text.starts_with("///") && !text.starts_with("////") {
            let doc = Doc {
                span: self.span(start, start + text.len()),
                text: text[3..].to_string(),
                before: self.tokens.len(),
            };
            self.docs.push(doc);
        }
    }

    fn block_comment(&mut self) {
        let start = self.at;
        self.at += 2;
        let mut depth = 1usize;
        while depth > 0 {
            if self.at >= self.bytes.len() {
                return self.error(Code::UnterminatedComment, start, start + 2, "this block comment is never closed");
            }
            if self.byte(0) == b'/' && self.byte(1) == b'*' {
                depth += 1;
                self.at += 2;
            } else if self.byte(0) == b'*' && self.byte(1) == b'/' {
                depth -= 1;
                self.at += 2;
            } else {
                self.at += 1;
            }
        }
        let text = self.text.get(start..self.at).unwrap_or("");
        if text.starts_with("/**") && !text.starts_with("/***") && text != "/**/" && text.len() >= 5 {
            let inner = text[3..text.len() - 2].to_string();
            let doc = Doc { span: self.span(start, self.at), text: inner, before: self.tokens.len() };
            self.docs.push(doc);
        }
    }

    /// Moves behind the closing quote; false if the line ends first.
    fn skip_string(&mut self, escapes: bool) -> bool {
        loop {
            match self.byte(0) {
                b'"' => {
                    self.at += 1;
                    return true;
                }
                b'\\' if escapes && self.byte(1) != b'\n' && self.at + 1 < self.bytes.len() => self.at += 2,
                b'\n' => return false,
                _ if self.at >= self.bytes.len() => {
                    self.at = self.bytes.len();
                    return false;
                }
                _ => self.at += 1,
            }
        }
    }

    fn string(&mut self, hex: bool) {
        let start = self.at;
        self.at += 2;
        if !self.skip_string(!hex) {
            self.error(Code::BadString, start, self.at, "this byte string is not closed on its line");
        }
        self.token(if hex { Tok::HexString } else { Tok::ByteString }, start);
    }

    fn bare_string(&mut self) {
        let start = self.at;
        self.at += 1;
        self.skip_string(true);
        let span = self.span(start, self.at);
        self.sink.push(
            Diagnostic::new(Code::BadString, span, "there are no plain string literals")
                .here("write `b\"..\"` for bytes of text or `x\"..\"` for hex digits"),
        );
        self.token(Tok::ByteString, start);
    }

    fn number(&mut self) {
        let start = self.at;
        let hex = self.byte(0) == b'0' && self.byte(1) == b'x' && self.byte(2).is_ascii_hexdigit();
        if hex {
            self.at += 2;
            while self.byte(0).is_ascii_hexdigit() || self.byte(0) == b'_' {
                self.at += 1;
            }
        } else {
            while self.byte(0).is_ascii_digit() || self.byte(0) == b'_' {
                self.at += 1;
            }
        }
        let end = self.word_end(self.at);
        let suffix = self.text.get(self.at..end).unwrap_or("");
        if matches!(
            suffix,
            "u8" | "u16" | "u32" | "u64" | "u128" | "u256" | "i8" | "i16" | "i32" | "i64" | "i128" | "i256"
        ) {
            self.at = end;
        } else if !suffix.is_empty() && !hex && suffix != "x" {
            self.error(Code::BadNumber, self.at, end, format!("`{suffix}` is not an integer type"));
            self.at = end;
        }
        self.token(Tok::Number, start);
    }
}
