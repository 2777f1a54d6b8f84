//! Expressions and blocks.

use super::{HEIGHT_MAX, Parsed, Parser};
use crate::{
    api::LanguageVersion,
    ast::{Arm, BinOp, Block, Exp, ExpKind, Ident, PatternKind, Stmt},
    codes::Code,
    diagnostics::Diagnostic,
    lexer::Tok,
    source::Span,
};

fn children_height(kind: &ExpKind) -> u32 {
    let list = |exps: &[Exp]| exps.iter().map(|e| e.height).max().unwrap_or(0);
    match kind {
        ExpKind::Error
        | ExpKind::Number(..)
        | ExpKind::Bool(_)
        | ExpKind::Address(_)
        | ExpKind::Bytes(_)
        | ExpKind::Name(..)
        | ExpKind::Move(_)
        | ExpKind::Copy(_)
        | ExpKind::Break(_)
        | ExpKind::Continue(_)
        | ExpKind::Spec
        | ExpKind::Return(None) => 0,
        ExpKind::Vector(_, exps) | ExpKind::Call(_, _, exps) | ExpKind::Macro(_, exps) | ExpKind::Tuple(exps) => {
            list(exps)
        }
        ExpKind::Invoke(e, exps) | ExpKind::Method(e, _, _, exps) => e.height.max(list(exps)),
        ExpKind::Pack(_, _, fields) => {
            fields.iter().filter_map(|(_, e)| e.as_ref()).map(|e| e.height).max().unwrap_or(0)
        }
        ExpKind::Field(e, _)
        | ExpKind::Not(e)
        | ExpKind::Negate(e)
        | ExpKind::Deref(e)
        | ExpKind::Borrow(_, e)
        | ExpKind::Cast(e, _)
        | ExpKind::Is(e, _)
        | ExpKind::Annotated(e, _)
        | ExpKind::Lambda(_, e)
        | ExpKind::Loop(_, e)
        | ExpKind::Return(Some(e))
        | ExpKind::Abort(e) => e.height,
        ExpKind::Index(a, b)
        | ExpKind::Binary(_, _, a, b)
        | ExpKind::Assign(a, b)
        | ExpKind::OpAssign(_, _, a, b)
        | ExpKind::While(_, a, b) => a.height.max(b.height),
        ExpKind::If(c, a, b) => c.height.max(a.height).max(b.as_ref().map_or(0, |b| b.height)),
        ExpKind::For(_, a, b, c) => a.height.max(b.height).max(c.height),
        ExpKind::Match(e, arms) => {
            let arms = arms.iter().map(|arm| arm.body.height.max(arm.guard.as_ref().map_or(0, |g| g.height))).max();
            e.height.max(arms.unwrap_or(0))
        }
        ExpKind::Block(block) => block_height(block),
    }
}

fn block_height(block: &Block) -> u32 {
    let mut height = block.tail.as_ref().map_or(0, |e| e.height);
    for item in &block.items {
        let h = match item {
            Stmt::Exp(e) => e.height,
            Stmt::Let(_, _, e, _) => e.as_ref().map_or(0, |e| e.height),
        };
        height = height.max(h);
    }
    height
}

fn binary(tok: Tok) -> Option<(BinOp, u32)> {
    Some(match tok {
        Tok::PipePipe => (BinOp::Or, 2),
        Tok::AmpAmp => (BinOp::And, 3),
        Tok::EqEq => (BinOp::Eq, 4),
        Tok::BangEq => (BinOp::Neq, 4),
        Tok::Less => (BinOp::Lt, 4),
        Tok::Greater => (BinOp::Gt, 4),
        Tok::LessEq => (BinOp::Le, 4),
        Tok::GreaterEq => (BinOp::Ge, 4),
        Tok::Pipe => (BinOp::BitOr, 6),
        Tok::Caret => (BinOp::Xor, 7),
        Tok::Amp => (BinOp::BitAnd, 8),
        Tok::LessLess => (BinOp::Shl, 9),
        Tok::GreaterGreater => (BinOp::Shr, 9),
        Tok::Plus => (BinOp::Add, 10),
        Tok::Minus => (BinOp::Sub, 10),
        Tok::Star => (BinOp::Mul, 11),
        Tok::Slash => (BinOp::Div, 11),
        Tok::Percent => (BinOp::Mod, 11),
        _ => return None,
    })
}

fn op_assign(tok: Tok) -> Option<BinOp> {
    Some(match tok {
        Tok::PlusEq => BinOp::Add,
        Tok::MinusEq => BinOp::Sub,
        Tok::StarEq => BinOp::Mul,
        Tok::SlashEq => BinOp::Div,
        Tok::PercentEq => BinOp::Mod,
        Tok::AmpEq => BinOp::BitAnd,
        Tok::PipeEq => BinOp::BitOr,
        Tok::CaretEq => BinOp::Xor,
        Tok::LessLessEq => BinOp::Shl,
        Tok::GreaterGreaterEq => BinOp::Shr,
        _ => return None,
    })
}

/// Whether a statement that is this expression may stand without a semicolon.
fn ends_in_block(exp: &Exp) -> bool {
    match &exp.kind {
        ExpKind::Block(_) | ExpKind::Match(..) | ExpKind::Spec => true,
        ExpKind::If(_, then, None) => ends_in_block(then),
        ExpKind::If(_, _, Some(otherwise)) => ends_in_block(otherwise),
        ExpKind::While(_, _, body) | ExpKind::Loop(_, body) | ExpKind::For(_, _, _, body) => ends_in_block(body),
        _ => false,
    }
}

impl Parser<'_> {
    pub(crate) fn node(&mut self, kind: ExpKind, span: Span) -> Exp {
        let height = children_height(&kind) + 1;
        if height > HEIGHT_MAX {
            self.too_deep(span);
            return Exp { kind: ExpKind::Error, span, height: 1 };
        }
        Exp { kind, span, height }
    }

    fn wrap(&mut self, kind: ExpKind, start: Span) -> Exp {
        let span = self.since(start);
        self.node(kind, span)
    }

    /// A complete expression.
    pub(crate) fn exp(&mut self) -> Parsed<Exp> {
        self.enter()?;
        let result = self.exp_inner();
        self.leave();
        result
    }

    fn exp_inner(&mut self) -> Parsed<Exp> {
        let start = self.span();
        if matches!(self.peek(), Tok::Move | Tok::Copy) && matches!(self.peek_at(1), Tok::Pipe | Tok::PipePipe) {
            self.error(Code::LambdaPlace, start, "capture modifiers on lambdas are not supported");
            self.bump();
        }
        if matches!(self.peek(), Tok::Pipe | Tok::PipePipe) {
            return self.lambda();
        }
        let left = self.unary()?;
        self.exp_from(left, start)
    }

    /// Continues an expression whose first unary expression has been read.
    fn exp_from(&mut self, left: Exp, start: Span) -> Parsed<Exp> {
        match self.peek() {
            Tok::Eq => {
                self.bump();
                let right = self.exp()?;
                return Ok(self.wrap(ExpKind::Assign(Box::new(left), Box::new(right)), start));
            }
            Tok::As => {
                let cast = self.casts(left, start)?;
                return Ok(cast);
            }
            Tok::Ident if self.word() == "is" => {
                let test = self.is_test(left, start)?;
                return Ok(test);
            }
            _ => {}
        }
        if let Some(op) = op_assign(self.peek()) {
            let at = self.span();
            self.needs(LanguageVersion::V2_1, at, "compound assignments");
            self.bump();
            let right = self.exp()?;
            return Ok(self.wrap(ExpKind::OpAssign(op, at, Box::new(left), Box::new(right)), start));
        }
        self.binary_from(left, 0, start)
    }

    fn casts(&mut self, left: Exp, start: Span) -> Parsed<Exp> {
        self.expect(Tok::As, "`as`")?;
        let ty = self.ty()?;
        Ok(self.wrap(ExpKind::Cast(Box::new(left), ty), start))
    }

    fn is_test(&mut self, left: Exp, start: Span) -> Parsed<Exp> {
        self.bump();
        let mut types = vec![self.ty()?];
        while self.eat(Tok::Pipe) {
            types.push(self.ty()?);
        }
        Ok(self.wrap(ExpKind::Is(Box::new(left), types), start))
    }

    fn binary_from(&mut self, mut left: Exp, least: u32, start: Span) -> Parsed<Exp> {
        loop {
            let Some((op, level)) = binary(self.peek()) else { return Ok(left) };
            if level < least || level == 0 {
                return Ok(left);
            }
            let at = self.span();
            if ends_in_block(&left) && self.on_new_line(left.span) {
                self.report(
                    Diagnostic::new(
                        Code::BlockOperator,
                        at,
                        format!("`{}` continues the block expression before it", op.text()),
                    )
                    .also(
                        Span::new(left.span.file, left.span.end.saturating_sub(1), left.span.end),
                        "write `;` here to separate them",
                    ),
                );
            }
            self.bump();
            let right_start = self.span();
            self.enter()?;
            let right = self.unary();
            let right = right.and_then(|right| self.binary_from(right, level + 1, right_start));
            self.leave();
            let right = right?;
            left = self.wrap(ExpKind::Binary(op, at, Box::new(left), Box::new(right)), start);
            if self.bailed {
                return Ok(left);
            }
        }
    }

    fn on_new_line(&self, before: Span) -> bool {
        self.text.get(before.end as usize..self.span().start as usize).is_some_and(|gap| gap.contains('\n'))
    }

    fn lambda(&mut self) -> Parsed<Exp> {
        let start = self.span();
        let mut params = Vec::new();
        if !self.eat(Tok::PipePipe) {
            self.bump();
            params = self.comma_list(Tok::Pipe, "`|` or `,`", |p| {
                let pattern = p.pattern_list()?;
                if let PatternKind::Tuple(_) = pattern.kind {
                    p.error(Code::BadPattern, pattern.span, "a lambda parameter cannot be a tuple");
                }
                let ty = if p.eat(Tok::Colon) { Some(p.ty()?) } else { None };
                Ok((pattern, ty))
            })?;
        }
        let body = self.exp()?;
        if self.peek() == Tok::Spec {
            self.skip_spec_block()?;
        }
        Ok(self.wrap(ExpKind::Lambda(params, Box::new(body)), start))
    }

    fn unary(&mut self) -> Parsed<Exp> {
        let start = self.span();
        let tok = self.peek();
        match tok {
            Tok::Bang | Tok::Minus | Tok::Star | Tok::Amp | Tok::AmpMut | Tok::AmpAmp => {
                self.bump();
                self.enter()?;
                let inner = self.unary();
                self.leave();
                let inner = Box::new(inner?);
                let kind = match tok {
                    Tok::Bang => ExpKind::Not(inner),
                    Tok::Minus => {
                        self.needs(LanguageVersion::V2_3, start, "negative numbers and signed integers");
                        ExpKind::Negate(inner)
                    }
                    Tok::Star => ExpKind::Deref(inner),
                    Tok::Amp => ExpKind::Borrow(false, inner),
                    Tok::AmpMut => ExpKind::Borrow(true, inner),
                    _ => {
                        let span = self.since(start);
                        let once = self.node(ExpKind::Borrow(false, inner), span);
                        ExpKind::Borrow(false, Box::new(once))
                    }
                };
                Ok(self.wrap(kind, start))
            }
            Tok::Move | Tok::Copy => {
                self.bump();
                let name = self.ident("a variable")?;
                let kind = if tok == Tok::Move { ExpKind::Move(name) } else { ExpKind::Copy(name) };
                Ok(self.wrap(kind, start))
            }
            _ => self.postfix(),
        }
    }

    fn postfix(&mut self) -> Parsed<Exp> {
        let start = self.span();
        let (mut left, control) = self.term()?;
        if control {
            return Ok(left);
        }
        loop {
            match self.peek() {
                Tok::Dot => {
                    self.bump();
                    left = self.member_access(left, start)?;
                }
                Tok::LBracket => {
                    self.bump();
                    let index = self.exp()?;
                    self.expect(Tok::RBracket, "`]`")?;
                    left = self.wrap(ExpKind::Index(Box::new(left), Box::new(index)), start);
                }
                Tok::LParen => {
                    self.bump();
                    let args = self.comma_list(Tok::RParen, "`)` or `,`", Self::exp)?;
                    left = self.wrap(ExpKind::Invoke(Box::new(left), args), start);
                }
                _ => return Ok(left),
            }
            if self.bailed {
                return Ok(left);
            }
        }
    }

    fn member_access(&mut self, left: Exp, start: Span) -> Parsed<Exp> {
        if self.peek() == Tok::Number {
            let name = Ident { name: self.word().into(), span: self.span() };
            self.bump();
            return Ok(self.wrap(ExpKind::Field(Box::new(left), name), start));
        }
        let name = self.ident("a field or function name")?;
        let mut args = None;
        if self.peek() == Tok::ColonColon && self.peek_at(1) == Tok::Less {
            let span = self.span();
            self.report(
                Diagnostic::new(Code::Obsolete, span, "`::` before type arguments is obsolete").here("remove it"),
            );
            self.bump();
            args = Some(self.angle_list(Self::ty)?);
        } else if self.peek() == Tok::Less && self.adjacent() && self.looks_like_type_args() {
            args = Some(self.angle_list(Self::ty)?);
        }
        if self.peek() == Tok::LParen {
            self.needs_receiver_calls(name.span);
            self.bump();
            let arguments = self.comma_list(Tok::RParen, "`)` or `,`", Self::exp)?;
            return Ok(self.wrap(ExpKind::Method(Box::new(left), name, args, arguments), start));
        }
        if args.is_some() {
            return Err(self.unexpected("`(` after the type arguments"));
        }
        Ok(self.wrap(ExpKind::Field(Box::new(left), name), start))
    }

    fn needs_receiver_calls(&mut self, span: Span) {
        self.needs(LanguageVersion::V2_0, span, "receiver-style calls");
    }

    /// `a.f<b` may also be a comparison: type arguments end in `>` followed by `(`.
    fn looks_like_type_args(&self) -> bool {
        let mut depth = 0i32;
        for ahead in 0..64 {
            match self.peek_at(ahead) {
                Tok::Less => depth += 1,
                Tok::Greater => depth -= 1,
                Tok::GreaterGreater => depth -= 2,
                Tok::Ident
                | Tok::Number
                | Tok::ColonColon
                | Tok::Comma
                | Tok::Amp
                | Tok::AmpMut
                | Tok::Pipe
                | Tok::PipePipe
                | Tok::LParen
                | Tok::RParen
                | Tok::Plus
                | Tok::Copy => {}
                _ => return false,
            }
            if depth <= 0 {
                return self.peek_at(ahead + 1) == Tok::LParen;
            }
        }
        false
    }

    /// A literal token.
    pub(crate) fn literal(&mut self) -> Parsed<Exp> {
        let span = self.span();
        let kind = match self.peek() {
            Tok::Number => {
                let (value, suffix) = self.number();
                if suffix.is_some_and(|suffix| suffix.starts_with('i')) {
                    self.needs(LanguageVersion::V2_3, span, "signed integers");
                }
                ExpKind::Number(value, suffix.map(Into::into))
            }
            Tok::True | Tok::False => {
                let value = self.peek() == Tok::True;
                self.bump();
                ExpKind::Bool(value)
            }
            Tok::At => {
                self.bump();
                ExpKind::Address(self.leading("an address after `@`")?)
            }
            Tok::ByteString => {
                let bytes = self.byte_string();
                self.bump();
                ExpKind::Bytes(bytes)
            }
            Tok::HexString => {
                let bytes = self.hex_string();
                self.bump();
                ExpKind::Bytes(bytes)
            }
            _ => return Err(self.unexpected("a literal")),
        };
        Ok(self.wrap(kind, span))
    }

    fn hex_string(&mut self) -> Vec<u8> {
        let span = self.span();
        let text = self.word().trim_start_matches('x').trim_matches('"').to_string();
        for (at, c) in text.char_indices() {
            if !c.is_ascii_hexdigit() {
                let start = span.start + 2 + at as u32;
                self.error(
                    Code::BadString,
                    Span::new(span.file, start, start + c.len_utf8() as u32),
                    format!("{c:?} is not a hex digit"),
                );
                return Vec::new();
            }
        }
        if text.len() % 2 == 1 {
            self.error(Code::BadString, span, "a hex string needs an even number of digits");
            return Vec::new();
        }
        let digit = |b: u8| (b as char).to_digit(16).unwrap_or(0) as u8;
        text.as_bytes().chunks(2).map(|pair| digit(pair[0]) * 16 + digit(pair[1])).collect()
    }

    fn byte_string(&mut self) -> Vec<u8> {
        let span = self.span();
        let text = self.word().to_string();
        let inner = text.strip_prefix('b').unwrap_or(&text);
        let inner = inner.strip_prefix('"').unwrap_or(inner);
        let inner = inner.strip_suffix('"').unwrap_or(inner);
        let base = span.start + (text.len() - text.trim_start_matches('b').len()) as u32 + 1;
        let bytes = inner.as_bytes();
        let mut out = Vec::with_capacity(bytes.len());
        let mut at = 0;
        while at < bytes.len() {
            if bytes[at] != b'\\' {
                if !bytes[at].is_ascii() {
                    self.error(Code::BadString, span, "byte strings hold ASCII text only; use `\\xHH` escapes");
                    return out;
                }
                out.push(bytes[at]);
                at += 1;
                continue;
            }
            let next = bytes.get(at + 1).copied().unwrap_or(0);
            let hex = |n: usize| bytes.get(at + n).and_then(|b| (*b as char).to_digit(16));
            let (value, length) = match next {
                b'n' => (b'\n', 2),
                b'r' => (b'\r', 2),
                b't' => (b'\t', 2),
                b'\\' => (b'\\', 2),
                b'0' => (0, 2),
                b'"' => (b'"', 2),
                b'x' => match (hex(2), hex(3)) {
                    (Some(high), Some(low)) => ((high * 16 + low) as u8, 4),
                    _ => (0, 0),
                },
                _ => (0, 0),
            };
            if length == 0 {
                let start = base + at as u32;
                self.error(
                    Code::BadString,
                    Span::new(span.file, start, start + 1),
                    "unknown escape; known are \\n \\r \\t \\\\ \\0 \\\" \\xHH",
                );
                return out;
            }
            out.push(value);
            at += length;
        }
        out
    }

    /// A term, and whether it is a control expression, to which no postfix applies.
    fn term(&mut self) -> Parsed<(Exp, bool)> {
        let start = self.span();
        match self.peek() {
            Tok::Number if self.peek_at(1) == Tok::ColonColon => self.name_term(start).map(|e| (e, false)),
            Tok::Number | Tok::True | Tok::False | Tok::At | Tok::ByteString | Tok::HexString => {
                Ok((self.literal()?, false))
            }
            Tok::LParen => Ok((self.parenthesised(start)?, false)),
            Tok::LBrace => {
                let block = self.block()?;
                Ok((self.wrap(ExpKind::Block(block), start), true))
            }
            Tok::Spec => {
                self.skip_spec_block()?;
                Ok((self.wrap(ExpKind::Spec, start), true))
            }
            Tok::If | Tok::While | Tok::Loop | Tok::Label | Tok::Return | Tok::Abort | Tok::Break | Tok::Continue => {
                Ok((self.control(start)?, true))
            }
            Tok::Ident => {
                if self.word() == "for" && self.peek_at(1) == Tok::LParen && self.peek_at(3) == Tok::Ident {
                    return Ok((self.for_loop(start)?, true));
                }
                if self.word() == "match" && self.peek_at(1) == Tok::LParen {
                    return self.match_or_call(start);
                }
                if self.word() == "vector" && self.vector_literal_ahead() {
                    return Ok((self.vector_literal(start)?, false));
                }
                Ok((self.name_term(start)?, false))
            }
            _ => Err(self.unexpected("an expression")),
        }
    }

    fn vector_literal_ahead(&self) -> bool {
        matches!(self.peek_at(1), Tok::LBracket) || self.peek_at(1) == Tok::Less
    }

    fn vector_literal(&mut self, start: Span) -> Parsed<Exp> {
        self.bump();
        let types = if self.peek() == Tok::Less { Some(self.angle_list(Self::ty)?) } else { None };
        self.expect(Tok::LBracket, "`[`")?;
        let items = self.comma_list(Tok::RBracket, "`]` or `,`", Self::exp)?;
        Ok(self.wrap(ExpKind::Vector(types, items), start))
    }

    fn name_term(&mut self, start: Span) -> Parsed<Exp> {
        let chain = self.chain("an expression")?;
        if self.peek() == Tok::Bang && self.peek_at(1) == Tok::LParen && self.adjacent() {
            self.bump();
            self.bump();
            let args = self.comma_list(Tok::RParen, "`)` or `,`", Self::exp)?;
            return Ok(self.wrap(ExpKind::Macro(chain, args), start));
        }
        let types = self.exp_type_args()?;
        let kind = match self.peek() {
            Tok::LBrace if !self.is_lowercase(&chain) => {
                self.bump();
                let fields = self.comma_list(Tok::RBrace, "`}` or `,`", |p| {
                    if p.peek() == Tok::DotDot && p.first_here() {
                        let span = p.span();
                        p.error(Code::BadPattern, span, "`..` is not allowed in struct literals and assignments");
                        return Err(super::Failed);
                    }
                    let name = if p.peek() == Tok::Number {
                        let name = Ident { name: p.word().into(), span: p.span() };
                        p.bump();
                        name
                    } else {
                        p.ident("a field name")?
                    };
                    let value = if p.eat(Tok::Colon) { Some(p.exp()?) } else { None };
                    Ok((name, value))
                })?;
                ExpKind::Pack(chain, types, fields)
            }
            Tok::LParen => {
                self.bump();
                let args = self.comma_list(Tok::RParen, "`)` or `,`", Self::exp)?;
                ExpKind::Call(chain, types, args)
            }
            _ => ExpKind::Name(chain, types),
        };
        Ok(self.wrap(kind, start))
    }

    /// `name {` with a lower-case last component is no struct literal but probably a missing bracket.
    fn is_lowercase(&self, chain: &crate::ast::Chain) -> bool {
        let last = chain.rest.last().or_else(|| chain.single());
        last.is_some_and(|ident| ident.name.starts_with(|c: char| c.is_ascii_lowercase()))
            && self.peek_at(1) != Tok::Ident
    }

    fn parenthesised(&mut self, start: Span) -> Parsed<Exp> {
        self.bump();
        if self.eat(Tok::RParen) {
            return Ok(self.wrap(ExpKind::Tuple(Vec::new()), start));
        }
        let inner_start = self.span();
        let mut first = self.exp()?;
        loop {
            match self.peek() {
                Tok::Colon => {
                    self.bump();
                    let ty = self.ty()?;
                    first = self.wrap(ExpKind::Annotated(Box::new(first), ty), inner_start);
                }
                Tok::As => first = self.casts(first, inner_start)?,
                Tok::Ident if self.word() == "is" => first = self.is_test(first, inner_start)?,
                _ => break,
            }
        }
        if self.eat(Tok::RParen) {
            // Keep the brackets in the span, so that messages point at all of it.
            first.span = self.since(start);
            return Ok(first);
        }
        if !self.eat(Tok::Comma) {
            return Err(self.unexpected("`)` or `,`"));
        }
        let mut items = vec![first];
        items.extend(self.comma_list(Tok::RParen, "`)` or `,`", Self::exp)?);
        Ok(self.wrap(ExpKind::Tuple(items), start))
    }

    fn condition(&mut self, what: &str) -> Parsed<Exp> {
        if self.peek() != Tok::LParen {
            return Err(self.unexpected(&format!("`(` before the condition of `{what}`")));
        }
        let start = self.span();
        self.bump();
        let first = self.span();
        let mut exp = self.exp()?;
        loop {
            match self.peek() {
                Tok::As => exp = self.casts(exp, first)?,
                Tok::Ident if self.word() == "is" => exp = self.is_test(exp, first)?,
                _ => break,
            }
        }
        self.expect(Tok::RParen, "`)`")?;
        exp.span = self.since(start);
        Ok(exp)
    }

    fn control(&mut self, start: Span) -> Parsed<Exp> {
        let label = if self.peek() == Tok::Label { Some(self.label()) } else { None };
        if label.is_some() {
            self.expect(Tok::Colon, "`:` after the label")?;
            if !matches!(self.peek(), Tok::While | Tok::Loop) {
                return Err(self.unexpected("`while` or `loop` after a label"));
            }
        }
        let kind = match self.peek() {
            Tok::If => {
                self.bump();
                let condition = self.condition("if")?;
                let then = self.body()?;
                let otherwise = if self.eat(Tok::Else) { Some(Box::new(self.body()?)) } else { None };
                ExpKind::If(Box::new(condition), Box::new(then), otherwise)
            }
            Tok::While => {
                self.bump();
                let condition = self.condition("while")?;
                let body = self.body()?;
                if self.peek() == Tok::Spec {
                    self.skip_spec_block()?;
                }
                ExpKind::While(label, Box::new(condition), Box::new(body))
            }
            Tok::Loop => {
                self.bump();
                let body = self.body()?;
                if self.peek() == Tok::Spec {
                    self.skip_spec_block()?;
                }
                ExpKind::Loop(label, Box::new(body))
            }
            Tok::Return => {
                self.bump();
                ExpKind::Return(if self.starts_exp() { Some(Box::new(self.body()?)) } else { None })
            }
            Tok::Abort => {
                self.bump();
                ExpKind::Abort(Box::new(self.body()?))
            }
            Tok::Break => {
                self.bump();
                let label = if self.peek() == Tok::Label { Some(self.label()) } else { None };
                ExpKind::Break(label)
            }
            _ => {
                self.bump();
                let label = if self.peek() == Tok::Label { Some(self.label()) } else { None };
                ExpKind::Continue(label)
            }
        };
        Ok(self.wrap(kind, start))
    }

    /// The body of a control expression: a block alone, or a whole expression.
    fn body(&mut self) -> Parsed<Exp> {
        if self.peek() != Tok::LBrace {
            return self.exp();
        }
        let start = self.span();
        let block = self.block()?;
        Ok(self.wrap(ExpKind::Block(block), start))
    }

    fn label(&mut self) -> Ident {
        let span = self.span();
        self.needs(LanguageVersion::V2_1, span, "loop labels");
        let ident = Ident { name: self.word().into(), span };
        self.bump();
        ident
    }

    fn starts_exp(&self) -> bool {
        matches!(
            self.peek(),
            Tok::Number
                | Tok::ByteString
                | Tok::HexString
                | Tok::Ident
                | Tok::At
                | Tok::Copy
                | Tok::Move
                | Tok::True
                | Tok::False
                | Tok::Amp
                | Tok::AmpMut
                | Tok::AmpAmp
                | Tok::Star
                | Tok::Bang
                | Tok::Minus
                | Tok::LParen
                | Tok::LBrace
                | Tok::Abort
                | Tok::Break
                | Tok::Continue
                | Tok::If
                | Tok::Loop
                | Tok::Return
                | Tok::While
                | Tok::Label
        )
    }

    fn for_loop(&mut self, start: Span) -> Parsed<Exp> {
        self.needs(LanguageVersion::V2_0, start, "`for` loops");
        self.bump();
        self.bump();
        let variable = self.ident("a variable")?;
        if !self.eat_word("in") {
            return Err(self.unexpected("`in`"));
        }
        let low = self.unary()?;
        self.expect(Tok::DotDot, "`..` between the bounds (write brackets around a bound with operators)")?;
        let high = self.unary()?;
        if self.peek() == Tok::Spec {
            self.skip_spec_block()?;
        }
        self.expect(Tok::RParen, "`)` (write brackets around a bound with operators)")?;
        let body = self.body()?;
        Ok(self.wrap(ExpKind::For(variable, Box::new(low), Box::new(high), Box::new(body)), start))
    }

    fn match_or_call(&mut self, start: Span) -> Parsed<(Exp, bool)> {
        let name = self.span();
        self.bump();
        self.bump();
        let arg_start = self.span();
        let mut args = Vec::new();
        if self.peek() != Tok::RParen {
            args = self.comma_items(Tok::RParen)?;
        }
        self.expect(Tok::RParen, "`)` or `,`")?;
        if self.peek() == Tok::LBrace && !args.is_empty() {
            let subject = if args.len() == 1 { args.remove(0) } else { self.wrap(ExpKind::Tuple(args), arg_start) };
            self.needs(LanguageVersion::V2_0, name, "`match` expressions");
            self.bump();
            let arms = self.arms()?;
            return Ok((self.wrap(ExpKind::Match(Box::new(subject), arms), start), true));
        }
        let ident = Ident { name: "match".into(), span: name };
        let chain = crate::ast::Chain { first: crate::ast::Leading::Name(ident), rest: Vec::new(), span: name };
        Ok((self.wrap(ExpKind::Call(chain, None, args), start), false))
    }

    fn comma_items(&mut self, close: Tok) -> Parsed<Vec<Exp>> {
        let mut items = Vec::new();
        while self.peek() != close {
            let start = self.span();
            let mut exp = self.exp()?;
            if self.peek() == Tok::As {
                exp = self.casts(exp, start)?;
            }
            items.push(exp);
            if !self.eat(Tok::Comma) {
                break;
            }
        }
        Ok(items)
    }

    fn arms(&mut self) -> Parsed<Vec<Arm>> {
        let mut arms = Vec::new();
        while self.peek() != Tok::RBrace {
            let patterns = self.pattern_list()?;
            let guard = if self.eat(Tok::If) { Some(self.exp()?) } else { None };
            self.expect(Tok::EqGreater, "`=>`")?;
            let body = self.body()?;
            let block = matches!(body.kind, ExpKind::Block(_));
            arms.push(Arm { patterns, guard, body });
            if !self.eat(Tok::Comma) && !block && self.peek() != Tok::RBrace {
                return Err(self.unexpected("`,` or `}`"));
            }
        }
        self.bump();
        Ok(arms)
    }

    /// A block with its braces.
    pub(crate) fn block(&mut self) -> Parsed<Block> {
        self.enter()?;
        let result = self.block_inner();
        self.leave();
        result
    }

    fn block_inner(&mut self) -> Parsed<Block> {
        let start = self.span();
        self.expect(Tok::LBrace, "`{`")?;
        let mut block = Block { uses: Vec::new(), items: Vec::new(), tail: None, span: start };
        while self.peek() == Tok::Use || self.peek() == Tok::Hash {
            if self.peek() == Tok::Hash {
                // Attributes in front of a `use` in a body are read and dropped.
                self.bump();
                self.expect(Tok::LBracket, "`[`")?;
                while !matches!(self.peek(), Tok::RBracket | Tok::Eof) {
                    self.bump();
                }
                self.expect(Tok::RBracket, "`]`")?;
                continue;
            }
            let declaration = self.use_declaration(Vec::new())?;
            block.uses.push(declaration);
        }
        loop {
            if self.eat(Tok::RBrace) {
                break;
            }
            if self.peek() == Tok::Eof {
                if self.first_here() {
                    let span = self.span();
                    self.report(
                        Diagnostic::new(Code::Syntax, span, "expected `}`, found end of file")
                            .also(start, "this block is never closed"),
                    );
                }
                return Err(super::Failed);
            }
            if self.eat(Tok::Semi) {
                continue;
            }
            let at = self.at;
            match self.statement(&mut block) {
                Ok(true) => break,
                Ok(false) => {}
                Err(failed) => {
                    if self.bailed || !self.resync_statement(at) {
                        return Err(failed);
                    }
                }
            }
        }
        block.span = self.since(start);
        Ok(block)
    }

    /// Reads a statement; true if it was the tail and the block is closed.
    fn statement(&mut self, block: &mut Block) -> Parsed<bool> {
        let start = self.span();
        if self.eat(Tok::Let) {
            let pattern = self.pattern_list()?;
            let ty = if self.eat(Tok::Colon) { Some(self.ty()?) } else { None };
            let value = if self.eat(Tok::Eq) { Some(self.exp()?) } else { None };
            let span = self.since(start);
            self.expect_semi("`let`")?;
            block.items.push(Stmt::Let(Box::new(pattern), ty.map(Box::new), value.map(Box::new), span));
            return Ok(false);
        }
        if self.peek() == Tok::Use {
            let span = self.span();
            self.error(Code::Syntax, span, "`use` declarations come first in a block");
            self.use_declaration(Vec::new())?;
            return Ok(false);
        }
        let exp = self.exp()?;
        if self.eat(Tok::RBrace) {
            block.tail = Some(Box::new(exp));
            return Ok(true);
        }
        let optional = ends_in_block(&exp);
        if !self.eat(Tok::Semi) && !optional {
            return self.expect_semi("the expression").map(|()| false);
        }
        block.items.push(Stmt::Exp(Box::new(exp)));
        Ok(false)
    }

    /// Skips to the next statement; false if the block seems to be over.
    fn resync_statement(&mut self, at: usize) -> bool {
        let mut depth = 0i64;
        for token in &self.tokens[at..self.at] {
            match token.tok {
                Tok::LBrace | Tok::LParen | Tok::LBracket => depth += 1,
                Tok::RBrace | Tok::RParen | Tok::RBracket => depth -= 1,
                _ => {}
            }
        }
        loop {
            match self.peek() {
                Tok::Eof => return false,
                Tok::LBrace | Tok::LParen | Tok::LBracket => depth += 1,
                Tok::RBrace if depth <= 0 => return true,
                Tok::RBrace | Tok::RParen | Tok::RBracket => depth -= 1,
                Tok::Semi if depth <= 0 => {
                    self.bump();
                    return true;
                }
                Tok::Fun | Tok::Struct | Tok::Public | Tok::Const | Tok::Module => return false,
                _ => {}
            }
            self.bump();
        }
    }
}
