//! A text as tokens, each with the comments that belong to it.

use move_compiler::tokens::{Piece, PieceKind, pieces};

use crate::FormatError;

/// A comment beside a token.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Comment<'t> {
    pub(crate) text: &'t str,
    /// Whether it begins its line.
    pub(crate) own_line: bool,
    /// Whether an empty line stands before it.
    pub(crate) blank_before: bool,
    /// Whether the line ends behind it.
    pub(crate) ends_line: bool,
}

/// A token.
#[derive(Debug, Clone)]
pub(crate) struct Token<'t> {
    pub(crate) text: &'t str,
    pub(crate) kind: PieceKind,
    /// Where it stands.
    pub(crate) start: usize,
    /// Line ends between it and the token or comment before it.
    pub(crate) lines_before: usize,
    /// Whether nothing stands between it and the token before it.
    pub(crate) adjacent: bool,
    /// Comments before it.
    pub(crate) before: Vec<Comment<'t>>,
    /// Comments behind it, on its line.
    pub(crate) behind: Vec<Comment<'t>>,
}

/// The tokens of a text.
#[derive(Debug)]
pub(crate) struct Source<'t> {
    pub(crate) text: &'t str,
    pub(crate) tokens: Vec<Token<'t>>,
    /// Comments behind the last token's line.
    pub(crate) rest: Vec<Comment<'t>>,
}

impl<'t> Source<'t> {
    /// Splits a text; `>>` and the like that close several brackets are split later.
    pub(crate) fn read(text: &'t str) -> Result<Self, FormatError> {
        let mut tokens: Vec<Token<'t>> = Vec::new();
        let mut waiting: Vec<Comment<'t>> = Vec::new();
        let all = pieces(text);
        let mut end = 0;
        for (nth, piece) in all.iter().enumerate() {
            let Piece { kind, start, .. } = *piece;
            let gap = text.get(end..start).unwrap_or("");
            let lines_before = gap.matches('\n').count();
            let word = text.get(start..piece.end).unwrap_or("");
            end = piece.end;
            match kind {
                PieceKind::Invalid => return Err(FormatError::Invalid(start)),
                PieceKind::Comment => {
                    let next = all.get(nth + 1).map_or(text.len(), |next| next.start);
                    let ends_line = word.starts_with("//")
                        || next == text.len()
                        || text.get(end..next).is_some_and(|gap| gap.contains('\n'));
                    let comment = Comment {
                        text: word.trim_end(),
                        own_line: lines_before > 0 || (tokens.is_empty() && waiting.is_empty()),
                        blank_before: lines_before > 1,
                        ends_line,
                    };
                    match tokens.last_mut() {
                        Some(token) if waiting.is_empty() && !comment.own_line && ends_line => {
                            token.behind.push(comment);
                        }
                        _ => waiting.push(comment),
                    }
                }
                _ => tokens.push(Token {
                    text: word,
                    kind,
                    start,
                    lines_before,
                    adjacent: gap.is_empty() && !tokens.is_empty() && waiting.is_empty(),
                    before: std::mem::take(&mut waiting),
                    behind: Vec::new(),
                }),
            }
        }
        Ok(Source { text, tokens, rest: waiting })
    }
}
