//! Patterns of `let`, lambdas, assignments and `match`.

use super::Checker;
use crate::{
    ast::{Chain, Exp, ExpKind, Ident, Pattern, PatternKind},
    codes::Code,
    diagnostics::Diagnostic,
    program::{Member, VariantDecl},
    resolve::{Resolved, is_upper},
    source::Span,
    typed::{TExp, TKind, TPat, TPattern},
    types::{IntTy, SIGNED, StructId, Ty, UNSIGNED, Value},
};
use ruint::aliases::U256;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Let,
    Match,
}

impl Checker<'_> {
    pub(super) fn let_pattern(&mut self, pattern: &Pattern, ty: &Ty) -> TPattern {
        let typed = self.pattern(pattern, ty, Mode::Let, true);
        self.duplicate_variables(&typed);
        typed
    }

    pub(super) fn match_pattern(&mut self, pattern: &Pattern, ty: &Ty) -> TPattern {
        let typed = self.pattern(pattern, ty, Mode::Match, true);
        self.duplicate_variables(&typed);
        typed
    }

    fn error_pattern(&self, span: Span) -> TPattern {
        TPattern { kind: TPat::Error, ty: Ty::Error, span }
    }

    fn duplicate_variables(&mut self, pattern: &TPattern) {
        let mut seen: Vec<(crate::ast::Symbol, Span)> = Vec::new();
        let mut stack = vec![pattern];
        while let Some(pattern) = stack.pop() {
            match &pattern.kind {
                TPat::Local(id) => {
                    let local = self.locals[id.0 as usize].clone();
                    if let Some((_, first)) = seen.iter().find(|(name, _)| *name == local.name) {
                        let (a, b) = if *first < local.span { (local.span, *first) } else { (*first, local.span) };
                        self.report(
                            Diagnostic::new(
                                Code::DuplicateItem,
                                a,
                                format!("`{}` is bound twice in this pattern", local.name),
                            )
                            .also(b, "first here"),
                        );
                        self.locals[id.0 as usize].used = true;
                    }
                    seen.push((local.name, local.span));
                }
                TPat::Struct(_, _, _, fields, _) => stack.extend(fields.iter().map(|(_, pattern)| pattern)),
                TPat::Tuple(items) => stack.extend(items),
                TPat::Wild | TPat::Value(_) | TPat::Range(..) | TPat::Place(_) | TPat::Error => {}
            }
        }
    }

    fn pattern(&mut self, pattern: &Pattern, ty: &Ty, mode: Mode, top: bool) -> TPattern {
        let span = pattern.span;
        match &pattern.kind {
            PatternKind::Tuple(items) => self.tuple_pattern(items, ty, mode, top, span),
            PatternKind::Name(chain, args) => {
                if let Some(single) = chain.single() {
                    if &*single.name == "_" {
                        return TPattern { kind: TPat::Wild, ty: ty.clone(), span };
                    }
                    if !is_upper(&single.name) && args.is_none() {
                        return self.variable_pattern(single, ty, span);
                    }
                    if mode == Mode::Let
                        && self.expected_variant(Some(ty), &single.name).is_none()
                        && self.names.bare_member(&single.name).is_none()
                    {
                        self.error(
                            Code::BadName,
                            span,
                            "the name of a variable must start with a lower-case letter or `_`",
                        );
                        return self.error_pattern(span);
                    }
                }
                let Some((id, variant, targs, by_ref)) = self.pattern_head(chain, args.as_deref(), ty) else {
                    return self.error_pattern(span);
                };
                let shape = &self.program.strukt(id).variants[variant];
                if !shape.fields.is_empty() {
                    self.wrong_shape(shape, span);
                    return self.error_pattern(span);
                }
                TPattern { kind: TPat::Struct(id, variant, targs, Vec::new(), by_ref), ty: ty.clone(), span }
            }
            PatternKind::Fields(chain, args, fields, rest) => {
                self.fields_pattern(chain, args.as_deref(), fields, *rest, ty, mode, span)
            }
            PatternKind::Positional(chain, args, items, rest) => {
                self.positional_pattern(chain, args.as_deref(), items, *rest, ty, mode, span)
            }
            PatternKind::Literal(_) | PatternKind::Range(..) if mode == Mode::Let => {
                self.error(Code::BadPattern, span, "literal patterns are possible in `match` only");
                self.error_pattern(span)
            }
            PatternKind::Literal(exp) => self.literal_pattern(exp, ty, span),
            PatternKind::Range(low, high, inclusive) => {
                self.range_pattern(low.as_ref(), high.as_ref(), *inclusive, ty, span)
            }
        }
    }

    fn tuple_pattern(&mut self, items: &[Pattern], ty: &Ty, mode: Mode, top: bool, span: Span) -> TPattern {
        if !top {
            self.error(Code::BadPattern, span, "tuple patterns cannot be nested");
            return self.error_pattern(span);
        }
        let types = match self.shallow(ty) {
            Ty::Tuple(types) if types.len() == items.len() => types.to_vec(),
            Ty::Error | Ty::Never => vec![Ty::Error; items.len()],
            other => {
                let shown = self.show(&other);
                let found = if let Ty::Tuple(types) = &other { types.len() } else { 1 };
                self.error(
                    Code::WrongArity,
                    span,
                    format!("the pattern takes {} values, but there are {found} (`{shown}`)", items.len()),
                );
                vec![Ty::Error; items.len()]
            }
        };
        let items = items.iter().zip(&types).map(|(item, ty)| self.pattern(item, ty, mode, false)).collect();
        TPattern { kind: TPat::Tuple(items), ty: ty.clone(), span }
    }

    fn variable_pattern(&mut self, name: &Ident, ty: &Ty, span: Span) -> TPattern {
        let shallow = self.shallow(ty);
        let ty = if let Ty::Tuple(types) = &shallow {
            let what = if types.is_empty() {
                "there is no value".to_string()
            } else {
                format!("there are {} values", types.len())
            };
            self.error(Code::InvalidType, span, format!("`{}` can hold exactly one value, but {what}", name.name));
            Ty::Error
        } else {
            ty.clone()
        };
        let local = self.declare(&name.name, name.span, ty.clone());
        TPattern { kind: TPat::Local(local), ty, span }
    }

    /// Struct, variant, type arguments and reference kind of a struct pattern.
    fn pattern_head(
        &mut self,
        chain: &Chain,
        args: Option<&[crate::ast::Type]>,
        ty: &Ty,
    ) -> Option<(StructId, usize, Vec<Ty>, Option<bool>)> {
        let resolved = match chain.single() {
            Some(single) => match self.expected_variant(Some(ty), &single.name) {
                Some((id, variant)) => Resolved::Variant(id, variant),
                None => {
                    let member = self.names.bare_member(&single.name);
                    match member {
                        Some(member) => Resolved::Member(member),
                        None => {
                            let mut diagnostic = self.names.unbound(single, "type or variant", Code::UnboundName);
                            if let Ty::Struct(id, _) = self.shallow(self.shallow(ty).strip()) {
                                let decl = self.program.strukt(id);
                                if let Some(near) =
                                    crate::diagnostics::nearest(&single.name, decl.variants.iter().map(|v| &*v.name))
                                {
                                    diagnostic = diagnostic.here(format!("did you mean `{near}`?"));
                                }
                            }
                            self.report(diagnostic);
                            return None;
                        }
                    }
                }
            },
            None => self.names.qualified(chain)?,
        };
        let (id, variant) = match resolved {
            Resolved::Variant(id, variant) => (id, variant),
            Resolved::Member(Member::Struct(id)) if !self.program.strukt(id).is_enum => (id, 0),
            Resolved::Member(Member::Struct(id)) => {
                let decl = self.program.strukt(id);
                self.report(
                    Diagnostic::new(Code::WrongKind, chain.span, format!("`{}` is an enum; name a variant", decl.name))
                        .also(decl.name_span, "declared here"),
                );
                return None;
            }
            Resolved::Member(_) => {
                self.error(Code::WrongKind, chain.span, "this is not a type or variant");
                return None;
            }
        };
        self.struct_access(id, chain.span, "take apart values of");
        self.program.strukt(id).variants.get(variant)?;
        let actual = self.shallow(ty);
        let by_ref = match &actual {
            Ty::Ref(mutable, _) => Some(*mutable),
            _ => None,
        };
        let target = self.shallow(actual.strip());
        let targs = self.struct_args(id, args, Some(&target), chain.span);
        let wanted = Ty::Struct(id, targs.clone().into());
        if !self.unify(&target, &wanted) {
            let (found, expected) = (self.show(&target), self.show(&wanted));
            self.error(
                Code::TypeMismatch,
                chain.span,
                format!("the pattern is for `{expected}`, but the value is `{found}`"),
            );
            return None;
        }
        Some((id, variant, targs, by_ref))
    }

    fn wrong_shape(&self, shape: &VariantDecl, span: Span) {
        let form =
            if shape.positional { format!("`{}(..)`", shape.name) } else { format!("`{} {{ .. }}`", shape.name) };
        self.report(
            Diagnostic::new(Code::BadPattern, span, format!("`{}` has fields; write {form}", shape.name))
                .also(shape.span, "declared here"),
        );
    }

    fn field_type_in(&self, shape: &VariantDecl, nth: usize, targs: &[Ty], by_ref: Option<bool>) -> Ty {
        let ty = shape.fields[nth].ty.substitute(targs);
        match by_ref {
            Some(mutable) => Ty::reference(mutable, ty),
            None => ty,
        }
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of one syntax node")]
    fn fields_pattern(
        &mut self,
        chain: &Chain,
        args: Option<&[crate::ast::Type]>,
        given: &[(Ident, Option<Pattern>)],
        rest: bool,
        ty: &Ty,
        mode: Mode,
        span: Span,
    ) -> TPattern {
        let Some((id, variant, targs, by_ref)) = self.pattern_head(chain, args, ty) else {
            self.declare_broken(given);
            return self.error_pattern(span);
        };
        let program = self.program;
        let shape = &program.strukt(id).variants[variant];
        let mut fields: Vec<(usize, TPattern)> = Vec::new();
        let mut complete = true;
        for (name, inner) in given {
            let Some(nth) = shape.fields.iter().position(|field| field.name == name.name) else {
                self.unknown_field(shape, name);
                complete = false;
                match inner {
                    Some(inner) => drop(self.pattern(inner, &Ty::Error, mode, false)),
                    None => self.declare_broken(&[(name.clone(), None)]),
                }
                continue;
            };
            if fields.iter().any(|(other, _)| *other == nth) {
                self.error(Code::BadFieldSet, name.span, format!("field `{}` is bound twice", name.name));
                continue;
            }
            let ty = self.field_type_in(shape, nth, &targs, by_ref);
            let typed = match inner {
                Some(inner) => self.pattern(inner, &ty, mode, false),
                None => self.variable_pattern(name, &ty, name.span),
            };
            fields.push((nth, typed));
        }
        let missing: Vec<String> = shape
            .fields
            .iter()
            .enumerate()
            .filter(|(nth, _)| !fields.iter().any(|(other, _)| other == nth))
            .map(|(_, f)| format!("`{}`", f.name))
            .collect();
        if !missing.is_empty() && !rest && complete {
            self.report(
                Diagnostic::new(
                    Code::BadFieldSet,
                    span,
                    format!("the pattern misses field(s) {} of `{}`", missing.join(", "), shape.name),
                )
                .also(shape.span, "declared here")
                .note("add them, or `..` to ignore them"),
            );
        }
        TPattern { kind: TPat::Struct(id, variant, targs, fields, by_ref), ty: ty.clone(), span }
    }

    /// After an error in the head, the variables still exist.
    fn declare_broken(&mut self, given: &[(Ident, Option<Pattern>)]) {
        for (name, inner) in given {
            match inner {
                Some(inner) => drop(self.pattern(inner, &Ty::Error, Mode::Let, false)),
                None => {
                    let local = self.declare(&name.name, name.span, Ty::Error);
                    self.locals[local.0 as usize].used = true;
                }
            }
        }
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of one syntax node")]
    fn positional_pattern(
        &mut self,
        chain: &Chain,
        args: Option<&[crate::ast::Type]>,
        items: &[Pattern],
        rest: Option<usize>,
        ty: &Ty,
        mode: Mode,
        span: Span,
    ) -> TPattern {
        let head = self.pattern_head(chain, args, ty);
        let Some((id, variant, targs, by_ref)) = head else {
            for item in items {
                self.pattern(item, &Ty::Error, mode, false);
            }
            return self.error_pattern(span);
        };
        let program = self.program;
        let shape = &program.strukt(id).variants[variant];
        if !shape.positional {
            self.wrong_shape(shape, span);
            return self.error_pattern(span);
        }
        let count = shape.fields.len();
        if items.len() > count || (rest.is_none() && items.len() != count) {
            self.report(
                Diagnostic::new(
                    Code::WrongArity,
                    span,
                    format!("`{}` has {count} field(s), the pattern {}", shape.name, items.len()),
                )
                .also(shape.span, "declared here"),
            );
            return self.error_pattern(span);
        }
        let mut fields = Vec::new();
        for (nth, item) in items.iter().enumerate() {
            let field = match rest {
                Some(at) if nth >= at => count - (items.len() - nth),
                _ => nth,
            };
            let ty = self.field_type_in(shape, field, &targs, by_ref);
            fields.push((field, self.pattern(item, &ty, mode, false)));
        }
        TPattern { kind: TPat::Struct(id, variant, targs, fields, by_ref), ty: ty.clone(), span }
    }

    // Literals -----------------------------------------------------------------------------------

    fn literal_pattern(&mut self, exp: &Exp, ty: &Ty, span: Span) -> TPattern {
        let target = self.shallow(self.shallow(ty).strip());
        let typed = self.exp(exp, Some(&target));
        let typed = self.coerce(typed, &target, "pattern");
        let value = match &typed.kind {
            TKind::Value(value) => value.clone(),
            TKind::Int(negative, magnitude) => {
                let int = self.int_of(&typed.ty, span);
                Value::Int(*negative, *magnitude, int)
            }
            _ => return self.error_pattern(span),
        };
        TPattern { kind: TPat::Value(value), ty: ty.clone(), span }
    }

    fn int_of(&mut self, ty: &Ty, span: Span) -> IntTy {
        match self.shallow(ty) {
            Ty::Int(int) => int,
            Ty::Error => IntTy::U64,
            open => {
                if !self.unify(&open, &Ty::u64()) {
                    self.error(Code::CannotInfer, span, "the type of the matched number must be known");
                }
                IntTy::U64
            }
        }
    }

    fn range_pattern(
        &mut self,
        low: Option<&Exp>,
        high: Option<&Exp>,
        inclusive: bool,
        ty: &Ty,
        span: Span,
    ) -> TPattern {
        let target = self.shallow(self.shallow(ty).strip());
        if !self.require_int(&target, UNSIGNED | SIGNED) {
            let shown = self.show(&target);
            self.error(Code::TypeMismatch, span, format!("range patterns match integers, not `{shown}`"));
            return self.error_pattern(span);
        }
        let int = self.int_of(&target, span);
        let bound = |checker: &mut Self, exp: Option<&Exp>, default: (bool, U256)| match exp {
            None => Some(default),
            Some(exp) => {
                let typed = checker.check(exp, &Ty::Int(int), "range pattern");
                match typed.kind {
                    TKind::Int(negative, magnitude) => Some((negative && !magnitude.is_zero(), magnitude)),
                    _ => None,
                }
            }
        };
        let least = (int.is_signed(), int.min_magnitude());
        let Some(low) = bound(self, low, least) else { return self.error_pattern(span) };
        let Some(mut upper) = bound(self, high, (false, int.max())) else { return self.error_pattern(span) };
        if high.is_some() && !inclusive {
            if upper == least {
                self.error(Code::BadPattern, span, "the range is empty");
                return self.error_pattern(span);
            }
            upper = if upper.0 {
                (true, upper.1 + U256::ONE)
            } else if upper.1.is_zero() {
                (true, U256::ONE)
            } else {
                (false, upper.1 - U256::ONE)
            };
        }
        if order(low) > order(upper) {
            self.error(Code::BadPattern, span, "the range is empty");
            return self.error_pattern(span);
        }
        TPattern { kind: TPat::Range(low, upper), ty: ty.clone(), span }
    }

    // Assignments --------------------------------------------------------------------------------

    /// The left side of a destructuring assignment.
    pub(super) fn assignment_pattern(&mut self, exp: &Exp, ty: &Ty) -> TPattern {
        let span = exp.span;
        match &exp.kind {
            ExpKind::Name(chain, None) if chain.single().is_some_and(|ident| &*ident.name == "_") => {
                TPattern { kind: TPat::Wild, ty: ty.clone(), span }
            }
            ExpKind::Tuple(items) => {
                let types = match self.shallow(ty) {
                    Ty::Tuple(types) if types.len() == items.len() => types.to_vec(),
                    Ty::Error | Ty::Never => vec![Ty::Error; items.len()],
                    other => {
                        let shown = self.show(&other);
                        self.error(
                            Code::WrongArity,
                            span,
                            format!("cannot assign `{shown}` to {} targets", items.len()),
                        );
                        vec![Ty::Error; items.len()]
                    }
                };
                let items = items.iter().zip(&types).map(|(item, ty)| self.assignment_pattern(item, ty)).collect();
                TPattern { kind: TPat::Tuple(items), ty: ty.clone(), span }
            }
            ExpKind::Pack(chain, args, fields) => {
                let Some((id, variant, targs, by_ref)) = self.pattern_head(chain, args.as_deref(), ty) else {
                    return self.error_pattern(span);
                };
                let program = self.program;
                let shape = &program.strukt(id).variants[variant];
                let mut typed = Vec::new();
                for (name, inner) in fields {
                    let Some(nth) = shape.fields.iter().position(|field| field.name == name.name) else {
                        self.unknown_field(shape, name);
                        continue;
                    };
                    let ty = self.field_type_in(shape, nth, &targs, by_ref);
                    let target = match inner {
                        Some(inner) => self.assignment_pattern(inner, &ty),
                        None => match self.find_local(&name.name) {
                            Some(local) => {
                                let found = self.locals[local.0 as usize].ty.clone();
                                let exp = self.node(TKind::Local(local), found, name.span);
                                self.place_pattern(exp, &ty)
                            }
                            None => {
                                self.unbound_variable(name);
                                self.error_pattern(span)
                            }
                        },
                    };
                    typed.push((nth, target));
                }
                if typed.len() < shape.fields.len() {
                    self.error(Code::BadFieldSet, span, format!("every field of `{}` needs a target", shape.name));
                }
                TPattern { kind: TPat::Struct(id, variant, targs, typed, by_ref), ty: ty.clone(), span }
            }
            ExpKind::Call(chain, args, items)
                if chain.rest.last().or(chain.single()).is_some_and(|ident| is_upper(&ident.name)) =>
            {
                let Some((id, variant, targs, by_ref)) = self.pattern_head(chain, args.as_deref(), ty) else {
                    return self.error_pattern(span);
                };
                let program = self.program;
                let shape = &program.strukt(id).variants[variant];
                if shape.fields.len() != items.len() {
                    self.error(Code::WrongArity, span, format!("`{}` has {} field(s)", shape.name, shape.fields.len()));
                    return self.error_pattern(span);
                }
                let mut typed = Vec::new();
                for (nth, item) in items.iter().enumerate() {
                    let ty = self.field_type_in(shape, nth, &targs, by_ref);
                    typed.push((nth, self.assignment_pattern(item, &ty)));
                }
                TPattern { kind: TPat::Struct(id, variant, targs, typed, by_ref), ty: ty.clone(), span }
            }
            _ => {
                let place = self.exp(exp, None);
                self.place_pattern(place, ty)
            }
        }
    }

    fn place_pattern(&mut self, place: TExp, ty: &Ty) -> TPattern {
        let span = place.span;
        if !self.is_place(&place) {
            self.error(Code::NotAssignable, span, "this cannot be assigned");
            return self.error_pattern(span);
        }
        if !matches!(place.kind, TKind::Local(_)) {
            self.check_mutable_place(&place);
        }
        let frozen = matches!((self.shallow(ty), self.shallow(&place.ty)), (Ty::Ref(true, a), Ty::Ref(false, b)) if self.unify(&a, &b));
        if !frozen && !self.unify(&place.ty, ty) {
            let (expected, found) = (self.show(&place.ty), self.show(ty));
            self.error(Code::TypeMismatch, span, format!("expected `{expected}`, found `{found}` in the assignment"));
        }
        TPattern { kind: TPat::Place(Box::new(place)), ty: ty.clone(), span }
    }

    /// The same variable may not be assigned twice at once.
    pub(super) fn duplicate_targets(&self, pattern: &TPattern) {
        let mut seen: Vec<crate::typed::LocalId> = Vec::new();
        let mut stack = vec![pattern];
        while let Some(pattern) = stack.pop() {
            match &pattern.kind {
                TPat::Place(place) => {
                    if let TKind::Local(id) = place.kind {
                        if seen.contains(&id) {
                            self.error(
                                Code::DuplicateItem,
                                pattern.span,
                                format!("`{}` is assigned twice at once", self.locals[id.0 as usize].name),
                            );
                        }
                        seen.push(id);
                    }
                }
                TPat::Struct(_, _, _, fields, _) => stack.extend(fields.iter().map(|(_, pattern)| pattern)),
                TPat::Tuple(items) => stack.extend(items),
                TPat::Wild | TPat::Local(_) | TPat::Value(_) | TPat::Range(..) | TPat::Error => {}
            }
        }
    }
}

/// A key that orders signed numbers.
pub(crate) fn order((negative, magnitude): (bool, U256)) -> (bool, U256) {
    if negative && !magnitude.is_zero() { (false, U256::MAX - (magnitude - U256::ONE)) } else { (true, magnitude) }
}
