//! Specification text is skipped: balanced brackets, or up to a semicolon.

use super::{Parsed, Parser};
use crate::{ast::Symbol, lexer::Tok};
use std::collections::BTreeSet;

impl Parser<'_> {
    /// Skips `spec ..` or `invariant ..` at module level; notes the words in it.
    pub(crate) fn skip_spec_item(&mut self, words: &mut BTreeSet<Symbol>) -> Parsed<()> {
        let from = self.at;
        self.bump();
        self.skip_to_body_or_semi(words);
        self.forget_docs(from);
        Ok(())
    }

    /// Skips a `spec { .. }` block in code; the current token is `spec`.
    pub(crate) fn skip_spec_block(&mut self) -> Parsed<()> {
        let from = self.at;
        self.bump();
        let mut words = BTreeSet::new();
        self.skip_to_body_or_semi(&mut words);
        self.forget_docs(from);
        Ok(())
    }

    fn skip_to_body_or_semi(&mut self, words: &mut BTreeSet<Symbol>) {
        let mut depth = 0usize;
        loop {
            match self.peek() {
                Tok::Eof => {
                    self.unexpected("the end of the specification");
                    return;
                }
                Tok::LBrace | Tok::LParen | Tok::LBracket => depth += 1,
                Tok::RBrace if depth <= 1 => {
                    if depth == 1 {
                        self.bump();
                    }
                    return;
                }
                Tok::RBrace | Tok::RParen | Tok::RBracket => depth = depth.saturating_sub(1),
                Tok::Semi if depth == 0 => {
                    self.bump();
                    return;
                }
                Tok::Ident => {
                    words.insert(self.word().into());
                }
                _ => {}
            }
            self.bump();
        }
    }
}
