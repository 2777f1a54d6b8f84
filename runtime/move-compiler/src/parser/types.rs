//! Types, type arguments, type parameters and abilities.

use super::{Parsed, Parser};
use crate::{
    ast::{Type, TypeKind, TypeParam},
    codes::Code,
    diagnostics::Diagnostic,
    lexer::Tok,
};
use move_core_types::ability::{Ability, AbilitySet};

impl Parser<'_> {
    pub(crate) fn ty(&mut self) -> Parsed<Type> {
        self.enter()?;
        let result = self.ty_inner();
        self.leave();
        result
    }

    fn ty_inner(&mut self) -> Parsed<Type> {
        let start = self.span();
        let kind = match self.peek() {
            Tok::Amp => {
                self.bump();
                TypeKind::Ref(false, Box::new(self.ty()?))
            }
            Tok::AmpMut => {
                self.bump();
                TypeKind::Ref(true, Box::new(self.ty()?))
            }
            Tok::LParen => {
                self.bump();
                let mut types = self.comma_list(Tok::RParen, "`)` or `,`", Self::ty)?;
                if types.len() == 1 {
                    return Ok(types.remove(0));
                }
                TypeKind::Tuple(types)
            }
            Tok::Pipe | Tok::PipePipe => self.function_type()?,
            Tok::Ident | Tok::Number => {
                let chain = self.chain("a type")?;
                let args = if self.peek() == Tok::Less { Some(self.angle_list(Self::ty)?) } else { None };
                TypeKind::Name(chain, args)
            }
            _ => return Err(self.unexpected("a type")),
        };
        Ok(Type { kind, span: self.since(start) })
    }

    fn function_type(&mut self) -> Parsed<TypeKind> {
        let mut nested = false;
        let args = if self.eat(Tok::PipePipe) {
            Vec::new()
        } else {
            self.expect(Tok::Pipe, "`|`")?;
            let mut args = Vec::new();
            while !matches!(self.peek(), Tok::Pipe | Tok::PipePipe) {
                args.push(self.ty()?);
                if !self.eat(Tok::Comma) {
                    break;
                }
            }
            if self.peek() == Tok::PipePipe {
                // The second bar opens the type of the result.
                nested = true;
                let at = self.at;
                self.tokens[at].tok = Tok::Pipe;
                self.tokens[at].start += 1;
            } else if !self.eat(Tok::Pipe) {
                return Err(self.unexpected("`|` or `,`"));
            }
            args
        };
        let has_result = match self.peek() {
            Tok::Ident => self.word() != "has",
            Tok::Number | Tok::Amp | Tok::AmpMut | Tok::LParen => true,
            // `|T||U|V` nests to the right; a lone `|` ends an enclosing parameter list.
            Tok::PipePipe => true,
            _ => nested,
        };
        let span = self.span();
        let result = if has_result { self.ty()? } else { Type { kind: TypeKind::Tuple(Vec::new()), span } };
        let abilities = if self.eat_word("has") { self.abilities(Tok::Plus)? } else { AbilitySet::EMPTY };
        Ok(TypeKind::Fun(args, Box::new(result), abilities))
    }

    /// `copy + drop` or `copy, drop`.
    pub(crate) fn abilities(&mut self, separator: Tok) -> Parsed<AbilitySet> {
        let mut set = AbilitySet::EMPTY;
        loop {
            let span = self.span();
            let ability = match self.peek() {
                Tok::Copy => Ability::Copy,
                Tok::Ident => match self.word() {
                    "drop" => Ability::Drop,
                    "store" => Ability::Store,
                    "key" => Ability::Key,
                    word => {
                        let message = format!("unknown ability `{word}`");
                        self.bump();
                        self.report(
                            Diagnostic::new(Code::BadAbilities, span, message)
                                .note("the abilities are `copy`, `drop`, `store` and `key`"),
                        );
                        if !self.eat(separator) {
                            return Ok(set);
                        }
                        continue;
                    }
                },
                _ => return Err(self.unexpected("an ability")),
            };
            self.bump();
            if set.has(ability) {
                self.error(Code::BadAbilities, span, format!("ability `{ability}` is listed twice"));
            }
            set = set.with(ability);
            if !self.eat(separator) {
                return Ok(set);
            }
        }
    }

    pub(crate) fn type_params(&mut self, phantom_allowed: bool) -> Parsed<Vec<TypeParam>> {
        if self.peek() != Tok::Less {
            return Ok(Vec::new());
        }
        self.angle_list(|p| {
            let mut phantom = false;
            if p.is_word("phantom") && p.peek_at(1) == Tok::Ident {
                if !phantom_allowed {
                    let span = p.span();
                    p.error(Code::Syntax, span, "only types can have phantom parameters");
                }
                phantom = true;
                p.bump();
            }
            let name = p.ident("a type parameter")?;
            let abilities = if p.eat(Tok::Colon) { p.abilities(Tok::Plus)? } else { AbilitySet::EMPTY };
            Ok(TypeParam { name, abilities, phantom })
        })
    }

    /// Type arguments of an expression: only with `<` directly behind the name.
    pub(crate) fn exp_type_args(&mut self) -> Parsed<Option<Vec<Type>>> {
        if self.peek() != Tok::Less || !self.adjacent() {
            return Ok(None);
        }
        let open = self.span();
        let errors = self.sink.errors();
        match self.angle_list(Self::ty) {
            Ok(types) => Ok(Some(types)),
            Err(failed) => {
                if self.sink.errors() > errors
                    && let Some(last) = self.sink.list.last_mut()
                {
                    let also = format!("{} while reading type arguments", last.message);
                    let mut diagnostic =
                        Diagnostic::new(Code::AngleBlank, open, "`<` directly after a name starts type arguments")
                            .here("put a blank before `<` to compare");
                    if last.code == Code::Syntax {
                        diagnostic = diagnostic.also(last.primary.span, also);
                        *last = diagnostic;
                    }
                }
                Err(failed)
            }
        }
    }
}
