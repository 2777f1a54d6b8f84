//! Calls, constructors, function values, macros.

use super::{Checker, later::Later};
use crate::{
    api::LanguageVersion,
    ast::{self, BinOp, Chain, Exp, ExpKind, Ident},
    codes::Code,
    diagnostics::Diagnostic,
    program::{FunDecl, Member},
    resolve::{Resolved, TypePlace, is_upper},
    source::Span,
    typed::{GlobalOp, TExp, TKind, TStmt},
    types::{FunId, FunTy, IntTy, StructId, Ty, Value},
};
use move_core_types::ability::AbilitySet;
use std::rc::Rc;

/// The abort code of `assert!` without one, and of aborts with a message.
pub(crate) const UNSPECIFIED_ABORT: u64 = 0xCA26_CBD9_BE0B_0000;

impl Checker<'_> {
    // Instantiation ------------------------------------------------------------------------------

    /// Type arguments of a call: written, or fresh.
    pub(super) fn instantiate(&mut self, fun: FunId, written: Option<&[ast::Type]>, span: Span) -> Vec<Ty> {
        let types = written.map(|types| types.iter().map(|ty| self.names.ty(ty, TypePlace::Inner)).collect());
        self.instantiate_with(fun, types, span)
    }

    pub(super) fn instantiate_with(&mut self, fun: FunId, types: Option<Vec<Ty>>, span: Span) -> Vec<Ty> {
        let decl = self.program.fun(fun);
        let count = decl.type_params.len();
        let types = match types {
            Some(types) if types.len() == count => types,
            Some(types) => {
                self.report(
                    Diagnostic::new(
                        Code::WrongArity,
                        span,
                        format!("`{}` takes {count} type argument(s), {} given", decl.name, types.len()),
                    )
                    .also(decl.name_span, "declared here"),
                );
                vec![Ty::Error; count]
            }
            None => (0..count)
                .map(|nth| self.fresh(span, format!("call's type argument `{}`", decl.type_params[nth].name)))
                .collect(),
        };
        for (param, ty) in decl.type_params.iter().zip(&types) {
            self.later.push(Later::Inner(ty.clone(), span));
            if !param.abilities.is_empty() {
                self.later.push(Later::Constraint(ty.clone(), param.clone(), span, format!("`{}`", decl.name)));
            }
        }
        types
    }

    pub(super) fn call_allowed(&self, fun: FunId, span: Span) {
        let decl = self.program.fun(fun);
        decl.used.set(true);
        self.program.note_use(self.module, decl.module, span);
        let what = format!("function `{}`", decl.name);
        self.program.deprecated_use(self.module, decl.module, &decl.ast.attributes, &what, (span, decl.name_span));
        if !self.program.may_call(self.module, decl) {
            self.not_visible(decl, span);
        }
    }

    fn not_visible(&self, decl: &FunDecl, span: Span) {
        let module = self.program.module_text(decl.module);
        let reason = match decl.visibility {
            ast::Visibility::Private => format!("function `{}` is private to module `{module}`", decl.name),
            ast::Visibility::Friend => {
                format!("function `{}` is visible only to friends of module `{module}`", decl.name)
            }
            ast::Visibility::Package => {
                let (own, other) = (self.program.module(decl.module), self.program.module(self.module));
                if own.package == other.package {
                    format!("function `{}` is visible only to modules at the same address of its package", decl.name)
                } else {
                    format!("function `{}` is visible only in the package of module `{module}`", decl.name)
                }
            }
            ast::Visibility::Public => format!("function `{}` is not visible", decl.name),
        };
        self.report(Diagnostic::new(Code::NotVisible, span, reason).also(decl.name_span, "declared here"));
    }

    // Calls --------------------------------------------------------------------------------------

    pub(super) fn call(
        &mut self,
        chain: &Chain,
        types: Option<&[ast::Type]>,
        args: &[Exp],
        expect: Option<&Ty>,
        span: Span,
    ) -> TExp {
        let resolved = if let Some(single) = chain.single() {
            if is_upper(&single.name)
                && let Some((id, variant)) = self.expected_variant(expect, &single.name)
            {
                return self.construct(Resolved::Variant(id, variant), types, args, expect, span);
            }
            if let Some(local) = self.callable_local(&single.name) {
                return self.invoke(local, args, span);
            }
            match self.names.bare_member(&single.name) {
                Some(member) => Resolved::Member(member),
                None => return self.builtin_call(single, types, args, span),
            }
        } else {
            match self.names.qualified(chain) {
                Some(resolved) => resolved,
                None => {
                    for arg in args {
                        self.exp(arg, None);
                    }
                    return self.broken(span);
                }
            }
        };
        match resolved {
            Resolved::Member(Member::Fun(id)) => {
                let types = self.instantiate(id, types, chain.span);
                self.finish_call(id, types, Vec::new(), args, span, chain.span)
            }
            Resolved::Member(Member::Const(id)) => {
                let decl = self.program.constant(id);
                self.report(
                    Diagnostic::new(
                        Code::NotCallable,
                        chain.span,
                        format!("`{}` is a constant, not a function", decl.name),
                    )
                    .also(decl.name_span, "declared here"),
                );
                self.broken(span)
            }
            Resolved::Member(Member::Struct(_)) | Resolved::Variant(..) => {
                self.construct_call(resolved, types, args, expect, span)
            }
        }
    }

    fn callable_local(&mut self, name: &str) -> Option<TExp> {
        let id = self.scopes.iter().rev().find_map(|scope| scope.get(name).copied())?;
        let local = &self.locals[id.0 as usize];
        let (ty, span) = (self.shallow(&local.ty), local.span);
        let callable = match &ty {
            Ty::Fun(_) | Ty::Var(_) => true,
            Ty::Struct(id, _) => self.program.strukt(*id).wrapped_function().is_some(),
            _ => false,
        };
        if !callable && self.names.bare_member(name).is_some() {
            return None;
        }
        self.locals[id.0 as usize].used = true;
        Some(TExp { kind: TKind::Local(id), ty, span })
    }

    /// Checks the arguments that follow those already typed, and builds the call.
    pub(super) fn finish_call(
        &mut self,
        fun: FunId,
        types: Vec<Ty>,
        mut typed: Vec<TExp>,
        args: &[Exp],
        span: Span,
        name: Span,
    ) -> TExp {
        self.call_allowed(fun, name);
        let decl = self.program.fun(fun);
        let given = typed.len() + args.len();
        if decl.params.len() != given {
            let hidden = typed.len();
            self.report(
                Diagnostic::new(
                    Code::WrongArity,
                    span,
                    format!(
                        "`{}` takes {} argument(s), {} given",
                        decl.name,
                        decl.params.len() - hidden.min(decl.params.len()),
                        args.len()
                    ),
                )
                .also(decl.name_span, "declared here"),
            );
            for arg in args {
                self.exp(arg, None);
            }
            let result = decl.result.substitute(&types);
            return self.node(TKind::Error, result, span);
        }
        let first = typed.len();
        // Lambdas come last, so that the types of their parameters are known from the other arguments.
        let mut slots: Vec<Option<TExp>> = vec![None; args.len()];
        for lambdas in [false, true] {
            for (nth, arg) in args.iter().enumerate() {
                if matches!(arg.kind, ExpKind::Lambda(..)) != lambdas {
                    continue;
                }
                let (param, _, ty) = &decl.params[first + nth];
                let ty = ty.substitute(&types);
                let why = format!("argument `{param}` of `{}`", decl.name);
                let exp = match &arg.kind {
                    ExpKind::Lambda(params, body) if decl.is_inline && matches!(ty, Ty::Fun(_)) => {
                        let lambda = self.lambda(params, body, Some(&ty), arg.span, true);
                        self.coerce(lambda, &ty, &why)
                    }
                    _ if decl.is_inline && matches!(ty, Ty::Fun(_)) => {
                        let exp = self.exp(arg, Some(&ty));
                        self.coerce_lax(exp, &ty, &why)
                    }
                    _ => self.check(arg, &ty, &why),
                };
                slots[nth] = Some(exp);
            }
        }
        typed.extend(slots.into_iter().flatten());
        let result = decl.result.substitute(&types);
        self.node(TKind::Call(fun, types, typed), result, span)
    }

    /// For function parameters of inline functions: abilities need not be written.
    fn coerce_lax(&mut self, exp: TExp, wanted: &Ty, why: &str) -> TExp {
        if let (Ty::Fun(from), Ty::Fun(to)) = (self.shallow(&exp.ty), self.shallow(wanted))
            && self.function_fits(&from, &to)
        {
            return exp;
        }
        self.coerce(exp, wanted, why)
    }

    /// Calls a function value.
    pub(super) fn invoke(&mut self, function: TExp, args: &[Exp], span: Span) -> TExp {
        let mut function = function;
        if let Ty::Struct(id, targs) = self.shallow(self.shallow(&function.ty).strip())
            && let Some(fun) = self.program.strukt(id).wrapped_function().cloned()
        {
            self.struct_access(id, function.span, "call");
            let ty = Ty::Fun(fun).substitute(&targs);
            let at = function.span;
            function = self.node(TKind::Field(Box::new(function), id, "0".into()), ty, at);
        }
        match self.shallow(&function.ty) {
            Ty::Fun(fun) => {
                if fun.args.len() != args.len() {
                    self.error(
                        Code::WrongArity,
                        span,
                        format!("this function value takes {} argument(s), {} given", fun.args.len(), args.len()),
                    );
                    return self.node(TKind::Error, fun.result.clone(), span);
                }
                let args = args
                    .iter()
                    .zip(&fun.args)
                    .map(|(arg, ty)| self.check(arg, ty, "argument of the function value"))
                    .collect();
                self.node(TKind::Invoke(Box::new(function), args), fun.result.clone(), span)
            }
            Ty::Var(_) => {
                let args: Vec<TExp> = args.iter().map(|arg| self.exp(arg, None)).collect();
                let result = self.fresh(span, "result");
                let ty = Ty::Fun(Rc::new(FunTy {
                    args: args.iter().map(|arg| arg.ty.clone()).collect(),
                    result: result.clone(),
                    abilities: AbilitySet::EMPTY,
                }));
                self.unify(&function.ty, &ty);
                self.node(TKind::Invoke(Box::new(function), args), result, span)
            }
            Ty::Error | Ty::Never => {
                for arg in args {
                    self.exp(arg, None);
                }
                self.broken(span)
            }
            other => {
                let shown = self.show(&other);
                self.error(Code::NotCallable, function.span, format!("`{shown}` is not a function"));
                self.broken(span)
            }
        }
    }

    /// A function used as a value.
    pub(super) fn function_value(
        &mut self,
        id: FunId,
        types: Option<&[ast::Type]>,
        expect: Option<&Ty>,
        span: Span,
    ) -> TExp {
        let decl = self.program.fun(id);
        if self.program.language(self.module) < LanguageVersion::V2_2
            && !matches!(expect.map(|ty| self.shallow(ty)), Some(Ty::Fun(_)))
        {
            self.error(Code::NeedsLanguage, span, "function values need language version 2.2 or newer");
        }
        self.call_allowed(id, span);
        let types = self.instantiate(id, types, span);
        let mut abilities = AbilitySet::PRIVATE_FUNCTIONS;
        if decl.visibility == ast::Visibility::Public || decl.is_persistent {
            abilities = AbilitySet::PUBLIC_FUNCTIONS;
        }
        if decl.is_inline {
            self.error(Code::LambdaPlace, span, "an inline function is not a value; wrap it in a lambda");
        }
        let args = decl.params.iter().map(|(_, _, ty)| ty.substitute(&types)).collect();
        let ty = Ty::Fun(Rc::new(FunTy { args, result: decl.result.substitute(&types), abilities }));
        self.node(TKind::FunValue(id, types), ty, span)
    }

    // Constructors -------------------------------------------------------------------------------

    /// `S`, `E::V` without arguments.
    pub(super) fn construct(
        &mut self,
        what: Resolved,
        types: Option<&[ast::Type]>,
        args: &[Exp],
        expect: Option<&Ty>,
        span: Span,
    ) -> TExp {
        if !args.is_empty() {
            return self.construct_call(what, types, args, expect, span);
        }
        let Some((id, variant)) = self.constructed(what, span) else { return self.broken(span) };
        let decl = self.program.strukt(id);
        let fields = decl.variants[variant].fields.len();
        if fields > 0 || (!decl.is_enum && !decl.variants[variant].positional) {
            let name = &decl.variants[variant].name;
            self.report(
                Diagnostic::new(Code::WrongKind, span, format!("`{name}` is a type, not a value"))
                    .also(decl.variants[variant].span, "declared here")
                    .note(if fields > 0 {
                        format!("it has {fields} field(s), which must be given")
                    } else {
                        format!("write `{name} {{}}`")
                    }),
            );
            return self.broken(span);
        }
        let targs = self.struct_args(id, types, expect, span);
        self.node(TKind::Pack(id, variant, targs.clone(), Vec::new()), Ty::Struct(id, targs.into()), span)
    }

    fn constructed(&mut self, what: Resolved, span: Span) -> Option<(StructId, usize)> {
        let (id, variant) = match what {
            Resolved::Variant(id, variant) => (id, variant),
            Resolved::Member(Member::Struct(id)) => {
                let decl = self.program.strukt(id);
                if decl.is_enum {
                    self.report(
                        Diagnostic::new(
                            Code::WrongKind,
                            span,
                            format!(
                                "`{}` is an enum; name a variant, as in `{0}::{1}`",
                                decl.name,
                                decl.variants.first().map_or("Variant", |v| &v.name)
                            ),
                        )
                        .also(decl.name_span, "declared here"),
                    );
                    return None;
                }
                (id, 0)
            }
            Resolved::Member(_) => {
                self.error(Code::WrongKind, span, "this is not a type");
                return None;
            }
        };
        self.struct_access(id, span, "build values of");
        if self.program.strukt(id).variants.get(variant).is_none() { None } else { Some((id, variant)) }
    }

    /// Type arguments of a constructor or pattern.
    pub(super) fn struct_args(
        &mut self,
        id: StructId,
        types: Option<&[ast::Type]>,
        expect: Option<&Ty>,
        span: Span,
    ) -> Vec<Ty> {
        let decl = self.program.strukt(id);
        let count = decl.type_params.len();
        let args: Vec<Ty> = match types {
            Some(types) if types.len() == count => types.iter().map(|ty| self.names.ty(ty, TypePlace::Inner)).collect(),
            Some(types) => {
                self.error(
                    Code::WrongArity,
                    span,
                    format!("`{}` takes {count} type argument(s), {} given", decl.name, types.len()),
                );
                vec![Ty::Error; count]
            }
            None => match expect.map(|ty| self.shallow(ty)) {
                Some(Ty::Struct(other, args)) if other == id => args.to_vec(),
                _ => (0..count)
                    .map(|nth| self.fresh(span, format!("value's type argument `{}`", decl.type_params[nth].name)))
                    .collect(),
            },
        };
        for (param, ty) in decl.type_params.iter().zip(&args) {
            self.later.push(Later::Inner(ty.clone(), span));
            if !param.abilities.is_empty() {
                self.later.push(Later::Constraint(ty.clone(), param.clone(), span, format!("`{}`", decl.name)));
            }
        }
        args
    }

    fn construct_call(
        &mut self,
        what: Resolved,
        types: Option<&[ast::Type]>,
        args: &[Exp],
        expect: Option<&Ty>,
        span: Span,
    ) -> TExp {
        let Some((id, variant)) = self.constructed(what, span) else {
            for arg in args {
                self.exp(arg, None);
            }
            return self.broken(span);
        };
        let decl = self.program.strukt(id);
        let shape = &decl.variants[variant];
        if !(shape.positional || shape.fields.is_empty() && args.is_empty()) {
            self.report(
                Diagnostic::new(
                    Code::NotCallable,
                    span,
                    format!("`{}` has named fields; write `{0} {{ .. }}`", shape.name),
                )
                .also(shape.span, "declared here"),
            );
            return self.broken(span);
        }
        if shape.fields.len() != args.len() {
            self.report(
                Diagnostic::new(
                    Code::WrongArity,
                    span,
                    format!("`{}` has {} field(s), {} given", shape.name, shape.fields.len(), args.len()),
                )
                .also(shape.span, "declared here"),
            );
            return self.broken(span);
        }
        let targs = self.struct_args(id, types, expect, span);
        let mut fields = Vec::new();
        for (nth, (arg, field)) in args.iter().zip(&shape.fields).enumerate() {
            let ty = field.ty.substitute(&targs);
            fields.push((nth, self.check(arg, &ty, &format!("field of `{}`", shape.name))));
        }
        self.node(TKind::Pack(id, variant, targs.clone(), fields), Ty::Struct(id, targs.into()), span)
    }

    /// `S { f: e, .. }`
    pub(super) fn pack(
        &mut self,
        chain: &Chain,
        types: Option<&[ast::Type]>,
        given: &[(Ident, Option<Exp>)],
        expect: Option<&Ty>,
        span: Span,
    ) -> TExp {
        let resolved = match chain.single() {
            Some(single) => match self.expected_variant(expect, &single.name) {
                Some((id, variant)) => Some(Resolved::Variant(id, variant)),
                None => self.names.any(chain, "type", Code::UnboundType),
            },
            None => self.names.qualified(chain),
        };
        let found = resolved.and_then(|what| self.constructed(what, chain.span));
        let Some((id, variant)) = found else {
            for (_, value) in given {
                if let Some(value) = value {
                    self.exp(value, None);
                }
            }
            return self.broken(span);
        };
        let decl = self.program.strukt(id);
        let shape = &decl.variants[variant];
        let targs = self.struct_args(id, types, expect, chain.span);
        let mut fields: Vec<(usize, TExp)> = Vec::new();
        let mut seen: Vec<(usize, Span)> = Vec::new();
        let mut complete = true;
        for (name, value) in given {
            let Some(nth) = shape.fields.iter().position(|field| field.name == name.name) else {
                complete = false;
                self.unknown_field(shape, name);
                if let Some(value) = value {
                    self.exp(value, None);
                }
                continue;
            };
            if let Some((_, first)) = seen.iter().find(|(other, _)| *other == nth) {
                self.report(
                    Diagnostic::new(Code::BadFieldSet, name.span, format!("field `{}` is given twice", name.name))
                        .also(*first, "first here"),
                );
                continue;
            }
            seen.push((nth, name.span));
            let ty = shape.fields[nth].ty.substitute(&targs);
            let why = format!("field `{}`", name.name);
            let value = match value {
                Some(value) => self.check(value, &ty, &why),
                None => {
                    let exp = match self.find_local(&name.name) {
                        Some(local) => {
                            let ty = self.locals[local.0 as usize].ty.clone();
                            self.node(TKind::Local(local), ty, name.span)
                        }
                        None => self.unbound_variable(name),
                    };
                    self.coerce(exp, &ty, &why)
                }
            };
            fields.push((nth, value));
        }
        let missing: Vec<String> = shape
            .fields
            .iter()
            .enumerate()
            .filter(|(nth, _)| !seen.iter().any(|(other, _)| other == nth))
            .map(|(_, f)| format!("`{}`", f.name))
            .collect();
        if !missing.is_empty() && complete {
            self.report(
                Diagnostic::new(
                    Code::BadFieldSet,
                    chain.span,
                    format!("missing field(s) {} of `{}`", missing.join(", "), shape.name),
                )
                .also(shape.span, "declared here"),
            );
            complete = false;
        }
        let kind = if complete { TKind::Pack(id, variant, targs.clone(), fields) } else { TKind::Error };
        self.node(kind, Ty::Struct(id, targs.into()), span)
    }

    pub(super) fn unknown_field(&self, shape: &crate::program::VariantDecl, name: &Ident) {
        let mut diagnostic =
            Diagnostic::new(Code::UnboundField, name.span, format!("`{}` has no field `{}`", shape.name, name.name))
                .also(shape.span, "declared here");
        if let Some(near) = crate::diagnostics::nearest(&name.name, shape.fields.iter().map(|field| &*field.name)) {
            diagnostic = diagnostic.here(format!("did you mean `{near}`?"));
        }
        self.report(diagnostic);
    }

    // Builtins -----------------------------------------------------------------------------------

    fn builtin_call(&mut self, name: &Ident, types: Option<&[ast::Type]>, args: &[Exp], span: Span) -> TExp {
        let (op, arity) = match &*name.name {
            "move_to" => (GlobalOp::MoveTo, 2),
            "move_from" => (GlobalOp::MoveFrom, 1),
            "borrow_global" => (GlobalOp::Borrow(false), 1),
            "borrow_global_mut" => (GlobalOp::Borrow(true), 1),
            "exists" => (GlobalOp::Exists, 1),
            "freeze" => return self.freeze_call(types, args, span),
            _ => {
                let locals: Vec<&str> = self.scopes.iter().flat_map(|scope| scope.keys().map(|name| &**name)).collect();
                let mut diagnostic = self.names.unbound(name, "function", Code::UnboundName);
                if diagnostic.primary.text.is_empty()
                    && let Some(near) = crate::diagnostics::nearest(
                        &name.name,
                        locals.into_iter().chain([
                            "move_to",
                            "move_from",
                            "borrow_global",
                            "borrow_global_mut",
                            "exists",
                            "freeze",
                        ]),
                    )
                {
                    diagnostic = diagnostic.here(format!("did you mean `{near}`?"));
                }
                self.report(diagnostic);
                for arg in args {
                    self.exp(arg, None);
                }
                return self.broken(span);
            }
        };
        if args.len() != arity {
            self.error(
                Code::WrongArity,
                span,
                format!("`{}` takes {arity} argument(s), {} given", name.name, args.len()),
            );
            return self.broken(span);
        }
        let resource = match types {
            Some([ty]) => self.names.ty(ty, TypePlace::Inner),
            Some(types) => {
                self.error(
                    Code::WrongArity,
                    span,
                    format!("`{}` takes one type argument, {} given", name.name, types.len()),
                );
                Ty::Error
            }
            None => self.fresh(name.span, "storage operation's type argument"),
        };
        let mut typed = Vec::new();
        if op == GlobalOp::MoveTo {
            typed.push(self.check(&args[0], &Ty::reference(false, Ty::Signer), "argument of `move_to`"));
            typed.push(self.check(&args[1], &resource, "argument of `move_to`"));
        } else {
            typed.push(self.check(&args[0], &Ty::Address, &format!("argument of `{}`", name.name)));
        }
        self.later.push(Later::Global(resource.clone(), op, span));
        if self.program.module(self.module).is_script {
            self.error(Code::StructAccess, span, "scripts cannot use global storage");
        }
        let ty = match op {
            GlobalOp::MoveTo => Ty::unit(),
            GlobalOp::MoveFrom => resource.clone(),
            GlobalOp::Borrow(mutable) => Ty::reference(mutable, resource.clone()),
            GlobalOp::Exists => Ty::Bool,
        };
        self.node(TKind::Global(op, resource, typed), ty, span)
    }

    fn freeze_call(&mut self, types: Option<&[ast::Type]>, args: &[Exp], span: Span) -> TExp {
        let [arg] = args else {
            self.error(Code::WrongArity, span, format!("`freeze` takes 1 argument(s), {} given", args.len()));
            return self.broken(span);
        };
        let target = match types {
            Some([ty]) => self.names.ty(ty, TypePlace::Inner),
            _ => self.fresh(span, "frozen reference"),
        };
        let arg = self.check(arg, &Ty::reference(true, target.clone()), "argument of `freeze`");
        self.node(TKind::Freeze(Box::new(arg)), Ty::reference(false, target), span)
    }

    // Macros -------------------------------------------------------------------------------------

    pub(super) fn macro_call(&mut self, chain: &Chain, args: &[Exp], span: Span) -> TExp {
        let name = chain.single().map(|ident| ident.name.clone()).unwrap_or_else(|| "".into());
        match &*name {
            "assert" => self.assert_macro(args, span),
            "assert_eq" | "assert_ne" if self.program.language(self.module) >= LanguageVersion::V2_4 => {
                self.assert_compare(&name, args, span)
            }
            "assert_eq" | "assert_ne" => {
                self.error(Code::NeedsLanguage, chain.span, format!("`{name}!` needs language version 2.4 or newer"));
                self.broken(span)
            }
            _ => {
                let mut diagnostic = Diagnostic::new(Code::UnboundName, chain.span, format!("no macro `{name}!`"));
                if let Some(near) = crate::diagnostics::nearest(&name, ["assert", "assert_eq", "assert_ne"].into_iter())
                {
                    diagnostic = diagnostic.here(format!("did you mean `{near}!`?"));
                }
                self.report(diagnostic);
                for arg in args {
                    self.exp(arg, None);
                }
                self.broken(span)
            }
        }
    }

    fn unspecified(&self, span: Span) -> TExp {
        self.node(TKind::Value(Value::number(UNSPECIFIED_ABORT, IntTy::U64)), Ty::u64(), span)
    }

    fn assert_macro(&mut self, args: &[Exp], span: Span) -> TExp {
        let Some((condition, rest)) = args.split_first() else {
            self.error(Code::WrongArity, span, "`assert!` takes a condition and an abort code");
            return self.broken(span);
        };
        let condition = self.check(condition, &Ty::Bool, "condition of `assert!`");
        let messages = self.program.language(self.module) >= LanguageVersion::V2_4;
        let abort = match rest {
            [] => self.node(TKind::Abort(Box::new(self.unspecified(span)), None), Ty::Never, span),
            [code] => self.abort_with(code, span),
            [message, values @ ..] if messages => self.abort_message(message, values, span),
            _ => {
                self.error(Code::WrongArity, span, format!("`assert!` takes 1 or 2 arguments, {} given", args.len()));
                return self.broken(span);
            }
        };
        let unit = self.node(TKind::Tuple(Vec::new()), Ty::unit(), span);
        self.node(TKind::If(Box::new(condition), Box::new(unit), Some(Box::new(abort))), Ty::unit(), span)
    }

    /// `abort code` or, from 2.4, `abort message`.
    pub(super) fn abort_with(&mut self, code: &Exp, span: Span) -> TExp {
        if self.program.language(self.module) < LanguageVersion::V2_4 {
            let code = self.check(code, &Ty::u64(), "abort code");
            return self.node(TKind::Abort(Box::new(code), None), Ty::Never, span);
        }
        let code = self.exp(code, None);
        if matches!(self.shallow(&code.ty), Ty::Vector(_)) {
            let message = self.coerce(code, &Ty::bytes(), "abort message");
            let unspecified = self.unspecified(span);
            return self.node(TKind::Abort(Box::new(unspecified), Some(Box::new(message))), Ty::Never, span);
        }
        let code = self.coerce(code, &Ty::u64(), "abort code");
        self.node(TKind::Abort(Box::new(code), None), Ty::Never, span)
    }

    /// `assert!(c, b"fmt {}", a, ..)`: formatting through the standard library.
    fn abort_message(&mut self, message: &Exp, values: &[Exp], span: Span) -> TExp {
        let ExpKind::Bytes(text) = &message.kind else {
            self.error(Code::TypeMismatch, message.span, "a message with arguments must be a byte string literal");
            return self.broken(span);
        };
        let holes = count_placeholders(text);
        if holes != values.len() || values.is_empty() || values.len() > 4 {
            self.error(
                Code::WrongArity,
                message.span,
                format!(
                    "the message has {holes} placeholder(s) `{{}}`, {} argument(s) given (at most 4)",
                    values.len()
                ),
            );
            return self.broken(span);
        }
        let name = format!("format{}", values.len());
        let one = move_core_types::AccountAddress::ONE;
        let find = |module: &str, name: &str| {
            let module = self.program.find_module(one, module)?;
            match self.program.module(module).members.get(name) {
                Some(Member::Fun(id)) => Some(*id),
                _ => None,
            }
        };
        let (Some(format), Some(into_bytes)) =
            (find("string_utils", &name), find("string", "into_bytes").or_else(|| find("string", "bytes")))
        else {
            self.error(
                Code::UnboundModule,
                span,
                format!("messages with arguments need `0x1::string_utils::{name}` and `0x1::string::into_bytes`"),
            );
            return self.broken(span);
        };
        let types = self.instantiate_with(format, None, span);
        let text = self.node(TKind::Value(Value::Bytes(text.clone())), Ty::bytes(), message.span);
        let text = self.node(TKind::Borrow(false, Box::new(text)), Ty::reference(false, Ty::bytes()), message.span);
        let mut args = vec![text];
        for value in values {
            let value = self.exp(value, None);
            let wanted = self.program.fun(format).params[args.len()].2.substitute(&types);
            args.push(self.coerce(value, &wanted, "message argument"));
        }
        let result = self.program.fun(format).result.clone();
        let string = self.node(TKind::Call(format, types, args), result, span);
        let takes_ref = self.program.fun(into_bytes).params.first().is_some_and(|(_, _, ty)| ty.is_ref());
        let bytes = if takes_ref {
            let borrowed = self.borrow_of(false, string, span);
            let call =
                self.node(TKind::Call(into_bytes, Vec::new(), vec![borrowed]), Ty::reference(false, Ty::bytes()), span);
            self.node(TKind::Deref(Box::new(call)), Ty::bytes(), span)
        } else {
            self.node(TKind::Call(into_bytes, Vec::new(), vec![string]), Ty::bytes(), span)
        };
        let unspecified = self.unspecified(span);
        self.node(TKind::Abort(Box::new(unspecified), Some(Box::new(bytes))), Ty::Never, span)
    }

    fn assert_compare(&mut self, name: &str, args: &[Exp], span: Span) -> TExp {
        let [left, right, rest @ ..] = args else {
            self.error(Code::WrongArity, span, format!("`{name}!` takes two values and optionally a message"));
            return self.broken(span);
        };
        self.push_scope();
        let left = self.exp(left, None);
        let hint = left.ty.clone();
        let right = self.exp(right, Some(&hint));
        let mut stmts = Vec::new();
        let mut operands = Vec::new();
        for (nth, operand) in [left, right].into_iter().enumerate() {
            let local = self.declare(&format!("$operand{nth}").into(), operand.span, operand.ty.clone());
            self.locals[local.0 as usize].used = true;
            let (ty, at) = (operand.ty.clone(), operand.span);
            let pattern = crate::typed::TPattern { kind: crate::typed::TPat::Local(local), ty: ty.clone(), span: at };
            stmts.push(TStmt::Let(pattern, Some(operand)));
            operands.push(self.node(TKind::Local(local), ty, at));
        }
        let right = operands.remove(1);
        let left = operands.remove(0);
        let op = if name == "assert_eq" { BinOp::Eq } else { BinOp::Neq };
        let (left, right) = self.comparable(left, right, op, span);
        let condition = self.node(TKind::Binary(op, Box::new(left), Box::new(right)), Ty::Bool, span);
        let abort = match rest {
            [] => {
                let code = self.unspecified(span);
                let text = format!("assertion `left {} right` failed", op.text());
                let _ = text;
                self.node(TKind::Abort(Box::new(code), None), Ty::Never, span)
            }
            [message] => self.abort_with(message, span),
            [message, values @ ..] => self.abort_message(message, values, span),
        };
        self.pop_scope();
        let unit = self.node(TKind::Tuple(Vec::new()), Ty::unit(), span);
        let check = self.node(TKind::If(Box::new(condition), Box::new(unit), Some(Box::new(abort))), Ty::unit(), span);
        self.node(TKind::Block(stmts, Some(Box::new(check))), Ty::unit(), span)
    }
}

fn count_placeholders(text: &[u8]) -> usize {
    let mut count = 0;
    let mut at = 0;
    while at < text.len() {
        match (text[at], text.get(at + 1)) {
            (b'{', Some(b'{')) | (b'}', Some(b'}')) => at += 2,
            (b'{', Some(b'}')) => {
                count += 1;
                at += 2;
            }
            _ => at += 1,
        }
    }
    count
}
