//! Text to tokens, and the reading of tokens.

use std::fmt;

/// Why a text is not a module or script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssemblyError {
    /// The line, counted from 1.
    pub line: u32,
    /// What is wrong.
    pub message: String,
}

impl fmt::Display for AssemblyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)
    }
}

impl std::error::Error for AssemblyError {}

/// A piece of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    /// Letters, digits, `_`, `$`.
    Word(String),
    /// Between double quotes.
    Quoted(String),
    /// `::` or a single character.
    Mark(&'static str),
}

const MARKS: [&str; 22] =
    ["::", ":", ",", ";", "(", ")", "{", "}", "<", ">", "+", ".", "/", "|", "&", "#", "*", "-", "[", "]", "!", "@"];

/// Cuts a text into tokens, each with its line.
pub(super) fn tokens(text: &str) -> Result<Vec<(Token, u32)>, AssemblyError> {
    let mut tokens = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let line_number = u32::try_from(number + 1).unwrap_or(u32::MAX);
        let error = |message: String| AssemblyError { line: line_number, message };
        let mut rest = line.trim_start();
        while !rest.is_empty() && !rest.starts_with("//") {
            let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '$');
            let length = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
            let (token, after) = if length > 0 {
                let (word, after) = rest.split_at(length);
                (Token::Word(word.to_owned()), after)
            } else if let Some(quoted) = rest.strip_prefix('"') {
                let (quoted, after) = quoted.split_once('"').ok_or_else(|| error("text without end".to_owned()))?;
                (Token::Quoted(quoted.to_owned()), after)
            } else {
                let mark = MARKS.into_iter().find(|mark| rest.starts_with(mark));
                let mark = mark.ok_or_else(|| error(format!("unexpected `{}`", rest.chars().next().unwrap_or(' '))))?;
                (Token::Mark(mark), rest.strip_prefix(mark).unwrap_or_default())
            };
            tokens.push((token, line_number));
            rest = after.trim_start();
        }
    }
    Ok(tokens)
}

/// A position in the tokens.
#[derive(Debug, Clone)]
pub(super) struct Reader<'a> {
    tokens: &'a [(Token, u32)],
    at: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(tokens: &'a [(Token, u32)]) -> Self {
        Self { tokens, at: 0 }
    }

    pub(super) fn line(&self) -> u32 {
        let token = self.tokens.get(self.at).or_else(|| self.tokens.last());
        token.map_or(1, |(_, line)| *line)
    }

    pub(super) fn fail<T>(&self, message: impl Into<String>) -> Result<T, AssemblyError> {
        Err(AssemblyError { line: self.line(), message: message.into() })
    }

    pub(super) fn peek(&self) -> Option<&'a Token> {
        self.tokens.get(self.at).map(|(token, _)| token)
    }

    /// The token after the next.
    pub(super) fn peek_second(&self) -> Option<&'a Token> {
        self.tokens.get(self.at + 1).map(|(token, _)| token)
    }

    pub(super) fn next(&mut self) -> Option<&'a Token> {
        let token = self.peek();
        self.at += usize::from(token.is_some());
        token
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.at >= self.tokens.len()
    }

    pub(super) fn is_mark(&self, mark: &str) -> bool {
        matches!(self.peek(), Some(Token::Mark(found)) if *found == mark)
    }

    pub(super) fn is_word(&self, word: &str) -> bool {
        matches!(self.peek(), Some(Token::Word(found)) if found == word)
    }

    pub(super) fn eat_mark(&mut self, mark: &str) -> bool {
        let found = self.is_mark(mark);
        self.at += usize::from(found);
        found
    }

    pub(super) fn eat_word(&mut self, word: &str) -> bool {
        let found = self.is_word(word);
        self.at += usize::from(found);
        found
    }

    pub(super) fn expect_mark(&mut self, mark: &str) -> Result<(), AssemblyError> {
        if self.eat_mark(mark) { Ok(()) } else { self.fail(format!("expected `{mark}`{}", self.found())) }
    }

    pub(super) fn expect_word(&mut self, word: &str) -> Result<(), AssemblyError> {
        if self.eat_word(word) { Ok(()) } else { self.fail(format!("expected `{word}`{}", self.found())) }
    }

    fn found(&self) -> String {
        match self.peek() {
            Some(Token::Word(word)) => format!(", found `{word}`"),
            Some(Token::Quoted(text)) => format!(", found \"{text}\""),
            Some(Token::Mark(mark)) => format!(", found `{mark}`"),
            None => ", found the end".to_owned(),
        }
    }

    pub(super) fn word(&mut self) -> Result<&'a str, AssemblyError> {
        match self.peek() {
            Some(Token::Word(word)) => {
                self.at += 1;
                Ok(word)
            }
            _ => self.fail(format!("expected a word{}", self.found())),
        }
    }

    /// A word, or anything between quotes.
    pub(super) fn name(&mut self) -> Result<&'a str, AssemblyError> {
        match self.peek() {
            Some(Token::Word(name) | Token::Quoted(name)) => {
                self.at += 1;
                Ok(name)
            }
            _ => self.fail(format!("expected a name{}", self.found())),
        }
    }

    /// A number, perhaps negative, in range of the type.
    pub(super) fn number<T: std::str::FromStr>(&mut self) -> Result<T, AssemblyError> {
        let start = self.clone();
        let sign = if self.eat_mark("-") { "-" } else { "" };
        let parsed = self.word().ok().and_then(|digits| format!("{sign}{digits}").parse().ok());
        match parsed {
            Some(number) => Ok(number),
            None => start.fail(format!("expected a number in range{}", start.found())),
        }
    }

    /// `x"0102"`, or text for its UTF-8 bytes.
    pub(super) fn bytes(&mut self) -> Result<Vec<u8>, AssemblyError> {
        let is_hex = self.eat_word("x");
        let Some(Token::Quoted(text)) = self.peek() else {
            return self.fail(format!("expected bytes{}", self.found()));
        };
        if !is_hex {
            self.at += 1;
            return Ok(text.as_bytes().to_vec());
        }
        let pairs = text.as_bytes().chunks(2).map(|pair| {
            let pair = std::str::from_utf8(pair).ok().filter(|pair| pair.len() == 2 && !pair.starts_with('+'))?;
            u8::from_str_radix(pair, 16).ok()
        });
        match pairs.collect::<Option<Vec<u8>>>() {
            Some(bytes) => {
                self.at += 1;
                Ok(bytes)
            }
            None => self.fail("expected pairs of hex digits"),
        }
    }

    /// Items separated by commas until `close`.
    pub(super) fn list<T>(
        &mut self,
        close: &str,
        mut item: impl FnMut(&mut Self) -> Result<T, AssemblyError>,
    ) -> Result<Vec<T>, AssemblyError> {
        let mut items = Vec::new();
        while !self.eat_mark(close) {
            if !items.is_empty() {
                self.expect_mark(",")?;
                if self.eat_mark(close) {
                    break;
                }
            }
            items.push(item(self)?);
        }
        Ok(items)
    }

    /// Cuts off the tokens up to and including the end of an item: `;`, or the closing of braces.
    pub(super) fn item(&mut self) -> Result<Reader<'a>, AssemblyError> {
        let start = self.clone();
        let mut depth = 0usize;
        loop {
            match self.next() {
                None => return start.fail("an item without end"),
                Some(Token::Mark("{")) => depth += 1,
                Some(Token::Mark("}")) if depth == 0 => return start.fail("unexpected `}`"),
                Some(Token::Mark("}")) => depth -= 1,
                Some(Token::Mark(";")) if depth == 0 => break,
                Some(_) => continue,
            }
            if depth == 0 {
                break;
            }
        }
        let tokens = self.tokens.get(..self.at).unwrap_or_default();
        Ok(Reader { tokens, at: start.at })
    }
}
