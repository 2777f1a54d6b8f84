//! The words of a text and the comments between them, for tools that look at sources without compiling them.

use crate::{
    diagnostics::Sink,
    lexer::{Tok, lex},
};

/// What a piece of text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PieceKind {
    /// An identifier or a reserved word.
    Word,
    /// A number, with its suffix.
    Number,
    /// A byte string, a hex string, or what looks like a string.
    String,
    /// `'label`.
    Label,
    /// Operators, brackets and the like; `&mut` is one.
    Punctuation,
    /// `// ..` up to the end of the line, or `/* .. */`.
    Comment,
    /// What the language does not know, and comments that are never closed.
    Invalid,
}

/// A piece of text between blanks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Piece {
    /// What it is.
    pub kind: PieceKind,
    /// First byte.
    pub start: usize,
    /// First byte behind it.
    pub end: usize,
}

/// Everything in a text but blanks, in order.
///
/// Never fails: what the language does not know comes as [`PieceKind::Invalid`]. Linear in the text.
pub fn pieces(text: &str) -> Vec<Piece> {
    if u32::try_from(text.len()).is_err() {
        return vec![Piece { kind: PieceKind::Invalid, start: 0, end: text.len() }];
    }
    let (tokens, _) = lex(text, 0, &mut Sink::default());
    let mut pieces = Vec::with_capacity(tokens.len());
    let mut at = if text.starts_with('\u{feff}') { 3 } else { 0 };
    for token in tokens {
        gap(text, at, token.start as usize, &mut pieces);
        let kind = match token.tok {
            Tok::Eof => break,
            Tok::Number => PieceKind::Number,
            Tok::ByteString | Tok::HexString => PieceKind::String,
            Tok::Label => PieceKind::Label,
            _ if text.as_bytes().get(token.start as usize).is_some_and(|b| b.is_ascii_alphabetic() || *b == b'_') => {
                PieceKind::Word
            }
            _ => PieceKind::Punctuation,
        };
        pieces.push(Piece { kind, start: token.start as usize, end: token.end as usize });
        at = token.end as usize;
    }
    pieces
}

/// Comments and unknown characters of a text between tokens.
fn gap(text: &str, mut at: usize, end: usize, pieces: &mut Vec<Piece>) {
    while at < end {
        let rest = text.get(at..end).unwrap_or("");
        let Some(first) = rest.chars().next() else { return };
        let (kind, length) = if rest.starts_with("//") {
            let line = rest.split('\n').next().unwrap_or(rest);
            (PieceKind::Comment, line.trim_end_matches('\r').len())
        } else if rest.starts_with("/*") {
            match comment_length(rest) {
                Some(length) => (PieceKind::Comment, length),
                None => (PieceKind::Invalid, rest.len()),
            }
        } else if matches!(first, ' ' | '\t' | '\n') || rest.starts_with("\r\n") {
            at += first.len_utf8();
            continue;
        } else {
            (PieceKind::Invalid, first.len_utf8())
        };
        pieces.push(Piece { kind, start: at, end: at + length });
        at += length;
    }
}

/// Bytes of the block comment, comments inside it included, that the text begins with.
fn comment_length(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let (mut at, mut depth) = (0, 0usize);
    while let Some(two) = bytes.get(at..at + 2) {
        match two {
            b"/*" => {
                depth += 1;
                at += 2;
            }
            b"*/" => {
                depth -= 1;
                at += 2;
                if depth == 0 {
                    return Some(at);
                }
            }
            _ => at += 1,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_and_blanks_make_up_the_text() {
        let text = "// a\r\nmodule 0x1::m { /* b /* c */ */ fun f(): u8 { x\"00\" 'l $ &mut } } /* open";
        let pieces = pieces(text);
        let mut at = 0;
        for piece in &pieces {
            assert!(text[at..piece.start].trim().is_empty(), "{:?}", &text[at..piece.start]);
            at = piece.end;
        }
        assert_eq!(at, text.len());
        let of = |kind| {
            let these = pieces.iter().filter(|piece| piece.kind == kind);
            these.map(|piece| &text[piece.start..piece.end]).collect::<Vec<_>>()
        };
        assert_eq!(of(PieceKind::Comment), ["// a", "/* b /* c */ */"]);
        assert_eq!(of(PieceKind::Invalid), ["$", "/* open"]);
        assert_eq!(of(PieceKind::Label), ["'l"]);
        assert_eq!(of(PieceKind::Word), ["module", "m", "fun", "f", "u8"]);
    }
}
