//! Blocks, branches, loops, `match`, lambdas.

use super::{Checker, LambdaFrame, LoopFrame};
use crate::{
    ast::{self, Arm, Block, Exp, ExpKind, Ident, Pattern, Stmt},
    codes::Code,
    diagnostics::Diagnostic,
    resolve::TypePlace,
    source::Span,
    typed::{Lambda, LoopId, TArm, TExp, TKind, TStmt},
    types::{FunTy, SIGNED, Ty, UNSIGNED},
};
use move_core_types::ability::AbilitySet;
use std::rc::Rc;

impl Checker<'_> {
    pub(super) fn block(&mut self, block: &Block, expect: Option<&Ty>) -> TExp {
        self.with_block_scope(&block.uses, |checker| {
            let mut stmts = Vec::new();
            let mut diverges = false;
            for item in &block.items {
                let stmt = checker.statement(item);
                diverges = match &stmt {
                    TStmt::Exp(exp) => matches!(checker.shallow(&exp.ty), Ty::Never),
                    TStmt::Let(_, value) => {
                        value.as_ref().is_some_and(|value| matches!(checker.shallow(&value.ty), Ty::Never))
                    }
                };
                stmts.push(stmt);
            }
            let tail = block.tail.as_ref().map(|tail| match expect {
                Some(ty) => Box::new(checker.check(tail, ty, "value of the block")),
                None => Box::new(checker.exp(tail, None)),
            });
            checker.solve_pending(false);
            let ty = match &tail {
                Some(tail) if diverges && checker.shallow(&tail.ty).is_unit() => Ty::Never,
                Some(tail) => tail.ty.clone(),
                None if diverges => Ty::Never,
                None => Ty::unit(),
            };
            checker.node(TKind::Block(stmts, tail), ty, block.span)
        })
    }

    fn statement(&mut self, item: &Stmt) -> TStmt {
        let stmt = match item {
            Stmt::Exp(exp) => TStmt::Exp(self.exp(exp, None)),
            Stmt::Let(pattern, ty, value, span) => self.let_statement(pattern, ty.as_deref(), value.as_deref(), *span),
        };
        self.solve_pending(false);
        stmt
    }

    fn let_statement(&mut self, pattern: &Pattern, ty: Option<&ast::Type>, value: Option<&Exp>, span: Span) -> TStmt {
        let written = ty.map(|ty| self.names.ty(ty, TypePlace::Any));
        let value = value.map(|value| match &written {
            Some(ty) => self.check(value, ty, "initialiser"),
            None => self.exp(value, None),
        });
        let ty = match (&value, &written) {
            (_, Some(ty)) => ty.clone(),
            (Some(value), None) => match self.shallow(&value.ty) {
                Ty::Never => self.open(pattern.span),
                ty => ty,
            },
            (None, None) => self.open_pattern(pattern, span),
        };
        if value.is_none() && !only_variables(pattern) {
            self.error(
                Code::BadPattern,
                pattern.span,
                "a pattern needs a value; only variables can be declared without one",
            );
        }
        let pattern = self.let_pattern(pattern, &ty);
        TStmt::Let(pattern, value)
    }

    /// A type that nothing needs to determine, as the code is never reached.
    fn open(&mut self, span: Span) -> Ty {
        let _ = span;
        Ty::Error
    }

    fn open_pattern(&mut self, pattern: &Pattern, span: Span) -> Ty {
        match &pattern.kind {
            ast::PatternKind::Tuple(items) => {
                Ty::Tuple(items.iter().map(|item| self.fresh(item.span, "variable")).collect())
            }
            _ => self.fresh(span, "variable"),
        }
    }

    // Control ------------------------------------------------------------------------------------

    pub(super) fn control(&mut self, exp: &Exp, expect: Option<&Ty>) -> TExp {
        let span = exp.span;
        match &exp.kind {
            ExpKind::If(condition, then, otherwise) => self.if_exp(condition, then, otherwise.as_deref(), expect, span),
            ExpKind::While(label, condition, body) => {
                let condition = self.check(condition, &Ty::Bool, "condition of `while`");
                let (id, body, _) = self.loop_body(label.as_ref(), body);
                self.node(TKind::While(id, Box::new(condition), Box::new(body)), Ty::unit(), span)
            }
            ExpKind::Loop(label, body) => {
                let (id, body, has_break) = self.loop_body(label.as_ref(), body);
                let ty = if has_break { Ty::unit() } else { Ty::Never };
                self.node(TKind::Loop(id, Box::new(body)), ty, span)
            }
            ExpKind::For(variable, low, high, body) => self.for_exp(variable, low, high, body, span),
            ExpKind::Match(subject, arms) => self.match_exp(subject, arms, expect, span),
            ExpKind::Return(value) => self.return_exp(value.as_deref(), span),
            ExpKind::Abort(code) => self.abort_with(code, span),
            ExpKind::Break(label) => self.jump(label.as_ref(), span, true),
            ExpKind::Continue(label) => self.jump(label.as_ref(), span, false),
            _ => self.broken(span),
        }
    }

    fn if_exp(
        &mut self,
        condition: &Exp,
        then: &Exp,
        otherwise: Option<&Exp>,
        expect: Option<&Ty>,
        span: Span,
    ) -> TExp {
        let condition = self.check(condition, &Ty::Bool, "condition of `if`");
        let Some(otherwise) = otherwise else {
            if let Some(ty) = expect
                && !matches!(self.shallow(ty), Ty::Tuple(ref parts) if parts.is_empty())
                && !matches!(self.shallow(ty), Ty::Error | Ty::Never | Ty::Var(_))
            {
                // One finding is enough: the branch may well have the right type.
                self.exp(then, Some(ty));
                let shown = self.show(ty);
                let error = Diagnostic::new(
                    Code::TypeMismatch,
                    span,
                    format!("expected `{shown}`, found an `if` without `else`, which has no value"),
                );
                self.report(error.here("add `else { .. }`"));
                return self.broken(span);
            }
            let then = self.check(then, &Ty::unit(), "branch of an `if` without `else`");
            return self.node(TKind::If(Box::new(condition), Box::new(then), None), Ty::unit(), span);
        };
        if let Some(ty) = expect {
            let then = self.check(then, ty, "branch");
            let otherwise = self.check(otherwise, ty, "branch");
            let both = matches!(self.shallow(&then.ty), Ty::Never) && matches!(self.shallow(&otherwise.ty), Ty::Never);
            let ty = if both { Ty::Never } else { ty.clone() };
            return self.node(TKind::If(Box::new(condition), Box::new(then), Some(Box::new(otherwise))), ty, span);
        }
        let then = self.exp(then, None);
        let hint = then.ty.clone();
        let hint =
            if matches!(self.shallow(&hint), Ty::Never) || self.shallow(&hint).is_ref() { None } else { Some(hint) };
        let otherwise = match &hint {
            Some(ty) => self.check(otherwise, ty, "other branch"),
            None => self.exp(otherwise, None),
        };
        let (then, otherwise, ty) = self.join(then, otherwise, "other branch");
        self.node(TKind::If(Box::new(condition), Box::new(then), Some(Box::new(otherwise))), ty, span)
    }

    fn enter_loop(&mut self, label: Option<&Ident>) -> LoopId {
        if let Some(label) = label
            && let Some(outer) = self
                .loops
                .iter()
                .find(|frame| frame.label.as_ref() == Some(&label.name) && frame.lambda_depth == self.lambdas.len())
        {
            self.report(
                Diagnostic::new(
                    Code::DuplicateItem,
                    label.span,
                    format!("label `{}` is already that of an enclosing loop", label.name),
                )
                .also(outer.label_span, "here"),
            );
        }
        let id = LoopId(self.loop_count);
        self.loop_count += 1;
        self.loops.push(LoopFrame {
            id,
            label: label.map(|label| label.name.clone()),
            label_span: label.map_or_else(Span::default, |label| label.span),
            has_break: false,
            lambda_depth: self.lambdas.len(),
        });
        id
    }

    fn loop_body(&mut self, label: Option<&Ident>, body: &Exp) -> (LoopId, TExp, bool) {
        let id = self.enter_loop(label);
        let body = self.check(body, &Ty::unit(), "body of the loop");
        let has_break = self.loops.pop().is_some_and(|frame| frame.has_break);
        (id, body, has_break)
    }

    fn for_exp(&mut self, variable: &Ident, low: &Exp, high: &Exp, body: &Exp, span: Span) -> TExp {
        let low = self.exp(low, None);
        if !self.require_int(&low.ty, UNSIGNED | SIGNED) {
            let shown = self.show(&low.ty);
            self.error(Code::TypeMismatch, low.span, format!("bounds must be integers, found `{shown}`"));
        }
        let ty = low.ty.clone();
        let high = self.check(high, &ty, "upper bound");
        self.push_scope();
        let local = self.declare(&variable.name, variable.span, ty);
        let id = self.enter_loop(None);
        let body = self.check(body, &Ty::unit(), "body of the loop");
        self.loops.pop();
        self.pop_scope();
        self.locals[local.0 as usize].used = true;
        self.node(TKind::For(id, local, Box::new(low), Box::new(high), Box::new(body)), Ty::unit(), span)
    }

    fn jump(&mut self, label: Option<&Ident>, span: Span, is_break: bool) -> TExp {
        let word = if is_break { "break" } else { "continue" };
        let depth = self.lambdas.len();
        let found = match label {
            None => self.loops.last_mut().filter(|frame| frame.lambda_depth == depth),
            Some(label) => self
                .loops
                .iter_mut()
                .rev()
                .find(|frame| frame.lambda_depth == depth && frame.label.as_ref() == Some(&label.name)),
        };
        let Some(frame) = found else {
            let outside = self.loops.iter().any(|frame| frame.lambda_depth < depth);
            let diagnostic = match label {
                Some(label) => Diagnostic::new(
                    Code::UnboundLabel,
                    label.span,
                    format!("no enclosing loop is labelled `{}`", label.name),
                ),
                None if outside => Diagnostic::new(Code::InlineReturn, span, format!("`{word}` cannot leave a lambda")),
                None => Diagnostic::new(Code::LoopControl, span, format!("`{word}` outside of a loop")),
            };
            self.report(diagnostic);
            return self.node(TKind::Error, Ty::Never, span);
        };
        frame.has_break |= is_break;
        let id = frame.id;
        self.node(if is_break { TKind::Break(id) } else { TKind::Continue(id) }, Ty::Never, span)
    }

    fn return_exp(&mut self, value: Option<&Exp>, span: Span) -> TExp {
        let result = match self.lambdas.last() {
            Some(frame) if frame.inline => {
                self.error(Code::InlineReturn, span, "`return` is not possible in a lambda that is expanded in place");
                return self.node(TKind::Error, Ty::Never, span);
            }
            Some(frame) => frame.result.clone(),
            None if self.in_inline => {
                self.error(Code::InlineReturn, span, "`return` is not possible in an inline function");
                return self.node(TKind::Error, Ty::Never, span);
            }
            None => self.result.clone(),
        };
        let value = match value {
            Some(value) => Some(Box::new(self.check(value, &result, "returned value"))),
            None => {
                if !self.unify(&result, &Ty::unit()) {
                    let shown = self.show(&result);
                    self.error(Code::TypeMismatch, span, format!("expected a value of type `{shown}` to return"));
                }
                None
            }
        };
        self.node(TKind::Return(value), Ty::Never, span)
    }

    // Match --------------------------------------------------------------------------------------

    fn match_exp(&mut self, subject: &Exp, arms: &[Arm], expect: Option<&Ty>, span: Span) -> TExp {
        let subject = self.exp(subject, None);
        self.solve_pending(false);
        let mut result: Option<Ty> = expect.cloned();
        let mut typed = Vec::new();
        let mut all_diverge = true;
        for arm in arms {
            self.push_scope();
            let pattern = self.match_pattern(&arm.patterns, &subject.ty.clone());
            let guard = arm.guard.as_ref().map(|guard| self.check(guard, &Ty::Bool, "guard"));
            let body = match &result {
                Some(ty) => self.check(&arm.body, &ty.clone(), "match arm"),
                None => {
                    let body = self.exp(&arm.body, None);
                    if !matches!(self.shallow(&body.ty), Ty::Never) {
                        result = Some(body.ty.clone());
                    }
                    body
                }
            };
            all_diverge &= matches!(self.shallow(&body.ty), Ty::Never);
            self.pop_scope();
            typed.push(TArm { pattern, guard, body });
        }
        if typed.is_empty() {
            self.error(Code::NotExhaustive, span, "a match needs at least one arm");
        }
        let ty = if all_diverge { Ty::Never } else { result.unwrap_or_else(Ty::unit) };
        if expect.is_none() {
            self.freeze_arms(&mut typed, &ty);
        }
        let zonked = self.zonk(&subject.ty);
        crate::exhaust::check(self.program, &zonked, &typed, span);
        self.node(TKind::Match(Box::new(subject), typed), ty, span)
    }

    /// If one arm gives `&T`, the others may give `&mut T`.
    fn freeze_arms(&mut self, arms: &mut [TArm], ty: &Ty) {
        if let Ty::Ref(false, _) = self.shallow(ty) {
            for arm in arms {
                let body = std::mem::replace(&mut arm.body, self.broken(Span::default()));
                arm.body = self.coerce(body, ty, "match arm");
            }
        }
    }

    // Lambdas ------------------------------------------------------------------------------------

    pub(super) fn lambda(
        &mut self,
        params: &[(Pattern, Option<ast::Type>)],
        body: &Exp,
        expect: Option<&Ty>,
        span: Span,
        inline: bool,
    ) -> TExp {
        let expected = match expect.map(|ty| self.shallow(ty)) {
            Some(Ty::Fun(fun)) => Some(fun),
            Some(Ty::Struct(id, args)) => {
                self.program.strukt(id).wrapped_function().map(|fun| match Ty::Fun(fun.clone()).substitute(&args) {
                    Ty::Fun(fun) => fun,
                    _ => fun.clone(),
                })
            }
            _ => None,
        };
        if !inline && self.program.language(self.module) < crate::api::LanguageVersion::V2_2 {
            self.error(
                Code::NeedsLanguage,
                span,
                "lambdas outside of arguments of inline functions need language version 2.2 or newer",
            );
        }
        if let Some(fun) = &expected
            && fun.args.len() != params.len()
        {
            self.error(
                Code::WrongArity,
                span,
                format!("expected a function of {} parameter(s), this lambda has {}", fun.args.len(), params.len()),
            );
            return self.broken(span);
        }
        let first = self.locals.len() as u32;
        self.push_scope();
        let mut types = Vec::new();
        let mut patterns = Vec::new();
        for (nth, (pattern, written)) in params.iter().enumerate() {
            let known = expected.as_ref().map(|fun| fun.args[nth].clone());
            let ty = match written {
                Some(written) => {
                    let ty = self.names.ty(written, TypePlace::Param);
                    if let Some(known) = &known
                        && !self.unify(known, &ty)
                    {
                        let (a, b) = (self.show(known), self.show(&ty));
                        self.error(
                            Code::TypeMismatch,
                            written.span,
                            format!("expected a parameter of type `{a}`, found `{b}`"),
                        );
                    }
                    ty
                }
                None => known.unwrap_or_else(|| self.fresh(pattern.span, "lambda parameter")),
            };
            patterns.push(self.let_pattern(pattern, &ty));
            types.push(ty);
        }
        let result = match &expected {
            Some(fun) => fun.result.clone(),
            None => self.fresh(body.span, "lambda's result"),
        };
        self.lambdas.push(LambdaFrame { inline, result: result.clone() });
        let typed = if expected.is_some() {
            self.check(body, &result, "body of the lambda")
        } else {
            let typed = self.exp(body, None);
            match self.shallow(&typed.ty) {
                Ty::Never => {
                    self.unify(&result, &Ty::unit());
                    typed
                }
                ty => {
                    self.unify(&result, &ty);
                    typed
                }
            }
        };
        self.lambdas.pop();
        self.pop_scope();
        let abilities = expected.map_or(AbilitySet::PRIVATE_FUNCTIONS, |fun| fun.abilities);
        let ty = Ty::Fun(Rc::new(FunTy { args: types, result, abilities }));
        let lambda = Lambda { params: patterns, body: typed, locals: (first, self.locals.len() as u32) };
        self.node(TKind::Lambda(Rc::new(lambda)), ty, span)
    }
}

fn only_variables(pattern: &Pattern) -> bool {
    match &pattern.kind {
        ast::PatternKind::Name(chain, _) => chain.single().is_some(),
        ast::PatternKind::Tuple(items) => items.iter().all(only_variables),
        _ => false,
    }
}
