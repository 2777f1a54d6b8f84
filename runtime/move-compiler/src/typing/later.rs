//! What can be decided only when more types are known.

use super::Checker;
use crate::{
    ast::Ident,
    codes::Code,
    diagnostics::Diagnostic,
    program::TypeParamDecl,
    source::Span,
    typed::{GlobalOp, TExp, TKind},
    types::{FunId, Ty},
};
use move_core_types::ability::Ability;

/// A check at the end of a body.
#[derive(Debug)]
pub(super) enum Later {
    /// A type argument meets the demands of its parameter.
    Constraint(Ty, TypeParamDecl, Span, String),
    /// No reference or tuple as type argument or element.
    Inner(Ty, Span),
    /// The type of a storage operation.
    Global(Ty, GlobalOp, Span),
}

/// An expression that waits for a type.
#[derive(Debug)]
pub(super) struct Pending {
    pub(super) index: usize,
    pub(super) kind: PendingKind,
    pub(super) ty: Ty,
    pub(super) span: Span,
}

#[derive(Debug)]
pub(super) enum PendingKind {
    Field(TExp, Ident),
    Method(TExp, Ident, Option<Vec<Ty>>, Vec<TExp>),
    Index(TExp, Box<TExp>),
    /// Filled in and done.
    Done,
}

impl PendingKind {
    fn base(&self) -> Option<&TExp> {
        match self {
            PendingKind::Field(base, _) | PendingKind::Method(base, ..) | PendingKind::Index(base, _) => Some(base),
            PendingKind::Done => None,
        }
    }
}

impl Checker<'_> {
    /// Resolves what can be resolved by now.
    pub(super) fn solve_pending(&mut self, all: bool) {
        let mut progress = true;
        while progress {
            progress = false;
            let mut at = 0;
            while at < self.pending.len() {
                let known = self.pending[at]
                    .kind
                    .base()
                    .is_some_and(|base| !matches!(self.strip_shallow(&base.ty), Ty::Var(_)));
                if !known {
                    at += 1;
                    continue;
                }
                let kind = std::mem::replace(&mut self.pending[at].kind, PendingKind::Done);
                let (index, ty, span) = (self.pending[at].index, self.pending[at].ty.clone(), self.pending[at].span);
                let exp = self.solve_one(kind, span);
                let exp = self.coerce(exp, &ty, "expression");
                self.holes[index] = Some(exp);
                self.pending.swap_remove(at);
                progress = true;
            }
            if !all {
                break;
            }
        }
    }

    fn strip_shallow(&self, ty: &Ty) -> Ty {
        match self.shallow(ty) {
            Ty::Ref(_, inner) => self.shallow(&inner),
            other => other,
        }
    }

    fn solve_one(&mut self, kind: PendingKind, span: Span) -> TExp {
        match kind {
            PendingKind::Done => self.broken(span),
            PendingKind::Field(base, name) => self.field_of(base, &name, span),
            PendingKind::Index(base, index) => match self.strip_shallow(&base.ty) {
                Ty::Vector(element) => self.node(TKind::Index(Box::new(base), index), (*element).clone(), span),
                Ty::Error => self.broken(span),
                other => {
                    let shown = self.show(&other);
                    self.error(Code::BadIndex, base.span, format!("`{shown}` cannot be indexed"));
                    self.broken(span)
                }
            },
            PendingKind::Method(base, name, types, args) => {
                let Some((fun, receiver)) = self.find_method(&base, &name) else { return self.broken(span) };
                let types = self.instantiate_with(fun, types, name.span);
                let receiver = self.adjust_receiver(fun, &types, receiver);
                self.typed_call(fun, types, receiver, args, span, name.span)
            }
        }
    }

    fn typed_call(
        &mut self,
        fun: FunId,
        types: Vec<Ty>,
        receiver: TExp,
        args: Vec<TExp>,
        span: Span,
        name: Span,
    ) -> TExp {
        self.call_allowed(fun, name);
        let decl = self.program.fun(fun);
        if decl.params.len() != args.len() + 1 {
            self.error(
                Code::WrongArity,
                span,
                format!(
                    "`{}` takes {} argument(s) behind the receiver, {} given",
                    decl.name,
                    decl.params.len() - 1,
                    args.len()
                ),
            );
            return self.broken(span);
        }
        let mut all = vec![receiver];
        for (arg, (name, _, ty)) in args.into_iter().zip(&decl.params[1..]) {
            let ty = ty.substitute(&types);
            all.push(self.coerce(arg, &ty, &format!("argument `{name}`")));
        }
        let result = decl.result.substitute(&types);
        self.node(TKind::Call(fun, types, all), result, span)
    }

    /// Reports expressions whose type never became known.
    pub(super) fn report_pending(&mut self) {
        let pending = std::mem::take(&mut self.pending);
        for entry in pending {
            if let Some(base) = entry.kind.base() {
                let span = base.span;
                self.report(
                    Diagnostic::new(Code::CannotInfer, span, "the type of this must be known here")
                        .note("add a type annotation where it is declared"),
                );
            }
            let ty = entry.ty.clone();
            self.unify(&ty, &Ty::Error);
        }
    }

    pub(super) fn run_later(&mut self) {
        for check in std::mem::take(&mut self.later) {
            match check {
                Later::Constraint(ty, param, span, owner) => {
                    let ty = self.zonk(&ty);
                    self.names.constraint(&ty, &param, span, &owner);
                }
                Later::Inner(ty, span) => {
                    let ty = self.zonk(&ty);
                    if matches!(ty, Ty::Ref(..) | Ty::Tuple(_)) {
                        let shown = self.show(&ty);
                        self.error(Code::InvalidType, span, format!("`{shown}` cannot be a type argument or element"));
                    }
                }
                Later::Global(ty, op, span) => self.global_allowed(&ty, op, span),
            }
        }
    }

    fn global_allowed(&mut self, ty: &Ty, op: GlobalOp, span: Span) {
        let ty = self.zonk(ty);
        let name = match op {
            GlobalOp::MoveTo => "move_to",
            GlobalOp::MoveFrom => "move_from",
            GlobalOp::Borrow(true) => "borrow_global_mut",
            GlobalOp::Borrow(false) => "borrow_global",
            GlobalOp::Exists => "exists",
        };
        match &ty {
            Ty::Error => {}
            Ty::Struct(id, _) => {
                let decl = self.program.strukt(*id);
                decl.used.set(true);
                if decl.module != self.module {
                    self.report(
                        Diagnostic::new(
                            Code::StructAccess,
                            span,
                            format!("`{name}` works only on types of this module, not on `{}`", self.show(&ty)),
                        )
                        .also(decl.name_span, "declared here"),
                    );
                } else if !self.program.has(&ty, Ability::Key, &self.names.type_params) {
                    let mut diagnostic = Diagnostic::new(
                        Code::MissingAbility,
                        span,
                        format!("`{name}` needs a type with `key`, `{}` has not", self.show(&ty)),
                    );
                    diagnostic = if decl.abilities.has_key() {
                        diagnostic.note("a type has `key` only if its type arguments have `store`")
                    } else {
                        diagnostic.also(decl.name_span, "declared without `key`")
                    };
                    self.report(diagnostic);
                }
            }
            other => {
                let shown = self.show(other);
                self.error(
                    Code::StructAccess,
                    span,
                    format!("`{name}` needs a struct type of this module, not `{shown}`"),
                );
            }
        }
    }
}
