//! Patterns of `let`, lambdas and `match`.

use super::{Parsed, Parser};
use crate::{
    api::LanguageVersion,
    ast::{Exp, ExpKind, Pattern, PatternKind},
    codes::Code,
    lexer::Tok,
};

impl Parser<'_> {
    /// A pattern, or a parenthesised list of patterns.
    pub(crate) fn pattern_list(&mut self) -> Parsed<Pattern> {
        let start = self.span();
        if !self.eat(Tok::LParen) {
            return self.pattern();
        }
        let mut patterns = self.comma_list(Tok::RParen, "`)` or `,`", Self::pattern)?;
        if patterns.len() == 1 {
            return Ok(patterns.remove(0));
        }
        Ok(Pattern { kind: PatternKind::Tuple(patterns), span: self.since(start) })
    }

    pub(crate) fn pattern(&mut self) -> Parsed<Pattern> {
        self.enter()?;
        let result = self.pattern_inner();
        self.leave();
        result
    }

    fn pattern_inner(&mut self) -> Parsed<Pattern> {
        let start = self.span();
        let kind = match self.peek() {
            Tok::Number if self.peek_at(1) != Tok::ColonColon => self.literal_pattern()?,
            Tok::Minus | Tok::True | Tok::False | Tok::ByteString | Tok::HexString | Tok::DotDot | Tok::DotDotEq => {
                self.literal_pattern()?
            }
            _ => {
                let chain = self.chain("a pattern")?;
                let args = if self.peek() == Tok::Less { Some(self.angle_list(Self::ty)?) } else { None };
                match self.peek() {
                    Tok::LBrace => {
                        self.bump();
                        self.field_patterns(chain, args)?
                    }
                    Tok::LParen => {
                        self.bump();
                        self.positional_patterns(chain, args)?
                    }
                    _ => PatternKind::Name(chain, args),
                }
            }
        };
        Ok(Pattern { kind, span: self.since(start) })
    }

    fn field_patterns(&mut self, chain: crate::ast::Chain, args: Option<Vec<crate::ast::Type>>) -> Parsed<PatternKind> {
        let mut fields = Vec::new();
        let mut rest = false;
        while self.peek() != Tok::RBrace {
            if self.peek() == Tok::DotDot {
                let span = self.span();
                self.bump();
                rest = true;
                self.eat(Tok::Comma);
                if self.peek() != Tok::RBrace {
                    self.error(Code::BadPattern, span, "`..` must be last among named fields");
                    while !matches!(self.peek(), Tok::RBrace | Tok::Eof | Tok::Semi) {
                        self.bump();
                    }
                }
                break;
            }
            let name = self.ident("a field name")?;
            let pattern = if self.eat(Tok::Colon) { Some(self.pattern()?) } else { None };
            fields.push((name, pattern));
            if !self.eat(Tok::Comma) {
                break;
            }
        }
        self.expect(Tok::RBrace, "`}` or `,`")?;
        Ok(PatternKind::Fields(chain, args, fields, rest))
    }

    fn positional_patterns(
        &mut self,
        chain: crate::ast::Chain,
        args: Option<Vec<crate::ast::Type>>,
    ) -> Parsed<PatternKind> {
        let mut items = Vec::new();
        let mut rest = None;
        while self.peek() != Tok::RParen {
            if self.peek() == Tok::DotDot && matches!(self.peek_at(1), Tok::Comma | Tok::RParen) {
                let span = self.span();
                if rest.is_some() {
                    self.error(Code::BadPattern, span, "`..` may stand only once in a pattern");
                }
                rest = Some(items.len());
                self.bump();
            } else {
                items.push(self.pattern()?);
            }
            if !self.eat(Tok::Comma) {
                break;
            }
        }
        self.expect(Tok::RParen, "`)` or `,`")?;
        Ok(PatternKind::Positional(chain, args, items, rest))
    }

    fn literal_pattern(&mut self) -> Parsed<PatternKind> {
        let span = self.span();
        self.needs(LanguageVersion::V2_4, span, "literal patterns");
        let low = if matches!(self.peek(), Tok::DotDot | Tok::DotDotEq) { None } else { Some(self.pattern_literal()?) };
        let inclusive = self.peek() == Tok::DotDotEq;
        if !inclusive && self.peek() != Tok::DotDot {
            return match low {
                Some(low) => Ok(PatternKind::Literal(low)),
                None => Err(self.unexpected("a pattern")),
            };
        }
        self.bump();
        let ends =
            matches!(self.peek(), Tok::Number | Tok::Minus | Tok::True | Tok::False | Tok::ByteString | Tok::HexString);
        let high = if ends { Some(self.pattern_literal()?) } else { None };
        if low.is_none() && high.is_none() {
            let span = self.since(span);
            self.error(Code::BadPattern, span, "a bare `..` is not a pattern; write `_`");
        }
        if inclusive && high.is_none() {
            let span = self.since(span);
            self.error(Code::BadPattern, span, "`..=` needs an upper bound");
        }
        Ok(PatternKind::Range(low, high, inclusive))
    }

    fn pattern_literal(&mut self) -> Parsed<Exp> {
        if self.peek() == Tok::Minus {
            let start = self.span();
            self.bump();
            let inner = self.literal()?;
            let span = self.since(start);
            return Ok(self.node(ExpKind::Negate(Box::new(inner)), span));
        }
        self.literal()
    }
}
