//! Type checking of bodies: bidirectional, with unification variables.

mod calls;
mod control;
mod exps;
mod infer;
mod later;
mod members;
mod patterns;

use crate::{
    ast::{self, Symbol},
    codes::Code,
    diagnostics::Diagnostic,
    program::{ConstDecl, FunDecl, Program, Scope, TypeParamDecl},
    resolve::{Names, is_upper},
    source::Span,
    typed::{Body, LocalDecl, LocalId, LoopId, TExp, TKind, TStmt},
    types::{FunTy, ModId, Ty},
};
use std::{collections::BTreeMap, rc::Rc};

/// The body of a function.
pub(crate) fn function(program: &Program, decl: &FunDecl) -> Option<Body> {
    let tree = decl.ast.clone();
    let block = tree.value.body.as_ref()?;
    let mut checker = Checker::new(program, decl.module, decl.type_params.clone(), decl.result.clone());
    checker.in_inline = decl.is_inline;
    checker.push_scope();
    let mut params = Vec::new();
    for (name, span, ty) in &decl.params {
        let local = checker.declare(name, *span, ty.clone());
        if decl.is_native || &**name == "self" {
            checker.locals[local.0 as usize].used = true;
        }
        params.push(local);
    }
    let body = checker.block(block, Some(&decl.result.clone()));
    let why = if block.tail.is_some() { "result of the function" } else { "function body without a result" };
    let body = checker.coerce(body, &decl.result, why);
    checker.pop_scope();
    Some(checker.finish(body, params))
}

/// The initialiser of a constant.
pub(crate) fn constant(program: &Program, decl: &ConstDecl) -> Body {
    let mut checker = Checker::new(program, decl.module, Vec::new(), decl.ty.clone());
    let tree = decl.ast.clone();
    checker.push_scope();
    let body = checker.check(&tree.value.value, &decl.ty, "value of the constant");
    checker.pop_scope();
    checker.finish(body, Vec::new())
}

/// An enclosing loop.
#[derive(Debug)]
struct LoopFrame {
    id: LoopId,
    label: Option<Symbol>,
    label_span: Span,
    has_break: bool,
    /// Depth of lambdas at which the loop stands.
    lambda_depth: usize,
}

/// An enclosing lambda.
#[derive(Debug)]
struct LambdaFrame {
    /// Expanded in place, so that `return` is impossible.
    inline: bool,
    result: Ty,
}

pub(crate) struct Checker<'p> {
    program: &'p Program,
    module: ModId,
    names: Names<'p>,
    vars: Vec<infer::Variable>,
    locals: Vec<LocalDecl>,
    scopes: Vec<BTreeMap<Symbol, LocalId>>,
    result: Ty,
    loops: Vec<LoopFrame>,
    loop_count: u32,
    lambdas: Vec<LambdaFrame>,
    later: Vec<later::Later>,
    pending: Vec<later::Pending>,
    holes: Vec<Option<TExp>>,
    in_inline: bool,
    /// Abilities of function types are not compared.
    lax_functions: bool,
    errors_before: usize,
}

impl<'p> Checker<'p> {
    fn new(program: &'p Program, module: ModId, type_params: Vec<TypeParamDecl>, result: Ty) -> Self {
        Checker {
            program,
            module,
            names: Names::new(program, module, type_params),
            vars: Vec::new(),
            locals: Vec::new(),
            scopes: Vec::new(),
            result,
            loops: Vec::new(),
            loop_count: 0,
            lambdas: Vec::new(),
            later: Vec::new(),
            pending: Vec::new(),
            holes: Vec::new(),
            in_inline: false,
            lax_functions: false,
            errors_before: program.errors(),
        }
    }

    fn finish(mut self, exp: TExp, params: Vec<LocalId>) -> Body {
        self.solve_pending(true);
        self.default_numbers();
        self.solve_pending(true);
        self.default_numbers();
        self.report_pending();
        let solution = self.solution();
        self.run_later();
        self.check_locals();
        Body { exp, locals: self.locals, params, solution, holes: self.holes }
    }

    /// No local may hold a tuple; unused ones are mentioned.
    fn check_locals(&mut self) {
        let root = self.program.is_root(self.module);
        let words = self.program.module(self.module).ast.spec_words.clone();
        for index in 0..self.locals.len() {
            let local = self.locals[index].clone();
            if let Ty::Tuple(types) = self.zonk(&local.ty) {
                let what = if types.is_empty() { "nothing (unit)" } else { "a tuple" };
                self.report(Diagnostic::new(
                    Code::InvalidType,
                    local.span,
                    format!("`{}` would hold {what}, but variables hold exactly one value", local.name),
                ));
            }
            if root
                && !local.used
                && !local.name.starts_with('_')
                && !local.name.contains('$')
                && !words.contains(&local.name)
            {
                self.report(
                    Diagnostic::new(Code::UnusedVariable, local.span, format!("`{}` is never used", local.name))
                        .here(format!("remove it or call it `_{}`", local.name)),
                );
            }
        }
    }

    pub(super) fn report(&self, diagnostic: Diagnostic) {
        self.program.report(diagnostic);
    }

    fn error(&self, code: Code, span: Span, message: impl Into<String>) {
        self.report(Diagnostic::new(code, span, message));
    }

    fn show(&self, ty: &Ty) -> String {
        let zonked = self.zonk(ty);
        if let Ty::Var(index) = zonked
            && self.int_mask(&Ty::Var(index)).is_some()
        {
            return "integer".into();
        }
        self.names.show(&zonked)
    }

    fn broken(&self, span: Span) -> TExp {
        TExp { kind: TKind::Error, ty: Ty::Error, span }
    }

    fn node(&self, kind: TKind, ty: Ty, span: Span) -> TExp {
        TExp { kind, ty, span }
    }

    // Scopes -------------------------------------------------------------------------------------

    fn push_scope(&mut self) {
        self.scopes.push(BTreeMap::new());
    }

    fn pop_scope(&mut self) {
        self.scopes.pop();
    }

    /// Declares a variable; `_` binds nothing that can be read.
    fn declare(&mut self, name: &Symbol, span: Span, ty: Ty) -> LocalId {
        let id = LocalId(self.locals.len() as u32);
        let used = &**name == "_";
        self.locals.push(LocalDecl { name: name.clone(), span, ty, used });
        if !used && let Some(scope) = self.scopes.last_mut() {
            scope.insert(name.clone(), id);
        }
        id
    }

    fn find_local(&mut self, name: &str) -> Option<LocalId> {
        let id = self.scopes.iter().rev().find_map(|scope| scope.get(name).copied())?;
        self.locals[id.0 as usize].used = true;
        Some(id)
    }

    fn unbound_variable(&self, ident: &ast::Ident) -> TExp {
        if self.names.is_module(&ident.name) {
            let message = format!("`{}` is a module, not a value", ident.name);
            self.error(Code::WrongKind, ident.span, message);
            return self.broken(ident.span);
        }
        let locals: Vec<&str> = self.scopes.iter().flat_map(|scope| scope.keys().map(|name| &**name)).collect();
        let mut diagnostic = self.names.unbound(ident, "variable", Code::UnboundName);
        if let Some(near) = crate::diagnostics::nearest(&ident.name, locals.into_iter()) {
            diagnostic = diagnostic.here(format!("did you mean `{near}`?"));
        } else if is_upper(&ident.name) {
            diagnostic.message = format!("no constant, type or variant `{}` in scope", ident.name);
        }
        self.report(diagnostic);
        self.broken(ident.span)
    }

    fn with_block_scope<T>(&mut self, uses: &[ast::Use], run: impl FnOnce(&mut Self) -> T) -> T {
        if uses.is_empty() {
            self.push_scope();
            let result = run(self);
            self.pop_scope();
            return result;
        }
        let scope = self.names.scope(uses, false);
        self.names.blocks.push(scope);
        self.push_scope();
        let result = run(self);
        self.pop_scope();
        if let Some(scope) = self.names.blocks.pop() {
            self.report_unused_aliases(&scope);
        }
        result
    }

    fn report_unused_aliases(&self, scope: &Scope) {
        if self.program.is_root(self.module) {
            unused_aliases(self.program, self.module, scope);
        }
    }

    // Coercion -----------------------------------------------------------------------------------

    /// Checks an expression against a type; `why` completes "in the ..".
    fn check(&mut self, exp: &ast::Exp, ty: &Ty, why: &str) -> TExp {
        let typed = self.exp(exp, Some(ty));
        self.coerce(typed, ty, why)
    }

    /// Makes an expression have a type: freezes references, weakens function types.
    fn coerce(&mut self, exp: TExp, wanted: &Ty, why: &str) -> TExp {
        let actual = self.shallow(&exp.ty);
        let wanted = self.shallow(wanted);
        let span = exp.span;
        match (&actual, &wanted) {
            (Ty::Never | Ty::Error, _) | (_, Ty::Error) => return exp,
            (Ty::Ref(true, from), Ty::Ref(false, to)) => {
                let (from, to) = (from.clone(), to.clone());
                if self.unify(&from, &to) {
                    return self.node(TKind::Freeze(Box::new(exp)), wanted, span);
                }
            }
            (Ty::Tuple(from), Ty::Tuple(to)) if from.len() == to.len() => {
                let mut freeze = false;
                let mut fits = true;
                for (from, to) in from.clone().iter().zip(to.clone().iter()) {
                    match (self.shallow(from), self.shallow(to)) {
                        (Ty::Ref(true, a), Ty::Ref(false, b)) => {
                            freeze = true;
                            fits &= self.unify(&a, &b);
                        }
                        (a, b) => fits &= self.unify(&a, &b),
                    }
                }
                if fits {
                    return if freeze { self.node(TKind::Freeze(Box::new(exp)), wanted, span) } else { exp };
                }
            }
            (Ty::Fun(from), Ty::Fun(to)) => {
                if self.function_fits(from, to) {
                    let missing: Vec<_> = to.abilities.iter().filter(|ability| !from.abilities.has(*ability)).collect();
                    if let Some(ability) = missing.first() {
                        self.error(
                            Code::LambdaAbility,
                            span,
                            format!("this function value lacks the ability `{ability}`"),
                        );
                    }
                    return exp;
                }
            }
            (Ty::Fun(_), Ty::Struct(id, args)) if self.program.strukt(*id).module == self.module => {
                if let Some(fun) = self.program.strukt(*id).wrapped_function().cloned() {
                    let inner = Ty::Fun(fun).substitute(args);
                    let inner = self.coerce(exp, &inner, why);
                    return self.node(TKind::Pack(*id, 0, args.to_vec(), vec![(0, inner)]), wanted.clone(), span);
                }
            }
            _ => {
                if self.unify(&actual, &wanted) {
                    return exp;
                }
            }
        }
        self.mismatch(&exp, &wanted, why);
        TExp { ty: wanted, ..exp }
    }

    fn function_fits(&mut self, from: &Rc<FunTy>, to: &Rc<FunTy>) -> bool {
        from.args.len() == to.args.len()
            && from.args.iter().zip(to.args.iter()).all(|(x, y)| self.unify(x, y))
            && self.unify(&from.result, &to.result)
    }

    fn mismatch(&mut self, exp: &TExp, wanted: &Ty, why: &str) {
        let (found, expected) = (self.show(&exp.ty), self.show(wanted));
        if let (TKind::Int(negative, magnitude), Ty::Int(int)) = (&exp.kind, self.shallow(wanted))
            && !int.fits(*negative, *magnitude)
        {
            self.error(Code::LiteralRange, exp.span, format!("the number does not fit `{}`", int.name()));
            return;
        }
        if let TKind::Block(_, None) = &exp.kind
            && self.shallow(&exp.ty).is_unit()
        {
            let end = Span::new(exp.span.file, exp.span.end.saturating_sub(1), exp.span.end);
            let mut at = end;
            let mut text = "the block ends without a value".to_string();
            if let TKind::Block(stmts, None) = &exp.kind
                && let Some(TStmt::Exp(last)) = stmts.last()
            {
                at = last.span;
                if self.shallow(&last.ty) == self.shallow(wanted) {
                    text = "remove the `;` behind this to make it the value".into();
                }
            }
            self.report(
                Diagnostic::new(Code::TypeMismatch, at, format!("expected `{expected}`, found `()` in the {why}"))
                    .here(text)
                    .also(end, "the block ends here"),
            );
            return;
        }
        let mut diagnostic = Diagnostic::new(
            Code::TypeMismatch,
            exp.span,
            format!("expected `{expected}`, found `{found}` in the {why}"),
        );
        let (a, b) = (self.shallow(&exp.ty), self.shallow(wanted));
        diagnostic = match (&a, &b) {
            (Ty::Ref(_, inner), other) if !other.is_ref() && self.shallow(inner) == *other => {
                diagnostic.here("write `*` to read through the reference")
            }
            (other, Ty::Ref(mutable, inner)) if !other.is_ref() && self.shallow(inner) == *other => {
                diagnostic.here(if *mutable { "write `&mut` to borrow it" } else { "write `&` to borrow it" })
            }
            (Ty::Ref(false, _), Ty::Ref(true, _)) => diagnostic.here("a mutable reference is needed"),
            (Ty::Int(_), Ty::Int(to)) => diagnostic.here(format!("convert it with `(.. as {})`", to.name())),
            _ => diagnostic.here(format!("expected `{expected}`")),
        };
        self.report(diagnostic);
    }

    /// The common type of two branches.
    fn join(&mut self, a: TExp, b: TExp, why: &str) -> (TExp, TExp, Ty) {
        match (self.shallow(&a.ty), self.shallow(&b.ty)) {
            (Ty::Never, other) | (other, Ty::Never) => (a, b, other),
            (Ty::Ref(true, _), Ty::Ref(false, inner)) => {
                let ty = Ty::reference(false, (*inner).clone());
                let a = self.coerce(a, &ty, why);
                (a, b, ty)
            }
            (first, _) => {
                let b = self.coerce(b, &first, why);
                (a, b, first)
            }
        }
    }
}

/// Warns about aliases that nothing used.
pub(crate) fn unused_aliases(program: &Program, module: ModId, scope: &Scope) {
    let words = &program.module(module).ast.spec_words;
    let report = |name: &Symbol, span: Span, used: bool, quiet: bool| {
        if !used && !quiet && !words.contains(name) {
            program.report(Diagnostic::new(Code::UnusedUse, span, format!("`{name}` is never used")).here("remove it"));
        }
    };
    for (name, alias) in &scope.modules {
        report(name, alias.span, alias.used.get(), alias.quiet);
    }
    for (name, alias) in &scope.members {
        report(name, alias.span, alias.used.get(), alias.quiet);
    }
}

pub(crate) use patterns::order as pattern_order;
