//! Fields, receiver calls, indexing, variant tests.

use super::{
    Checker,
    later::{Later, Pending, PendingKind},
};
use crate::{
    ast::{self, Exp, ExpKind, Ident, Symbol, TypeKind},
    codes::Code,
    diagnostics::{Diagnostic, nearest},
    program::{Member, Owner},
    resolve::{Resolved, is_upper},
    source::Span,
    typed::{GlobalOp, TExp, TKind},
    types::{StructId, Ty},
};

impl Checker<'_> {
    pub(super) fn hole(&mut self, kind: PendingKind, span: Span) -> TExp {
        let ty = self.fresh(span, "expression");
        let index = self.holes.len();
        self.holes.push(None);
        self.pending.push(Pending { index, kind, ty: ty.clone(), span });
        self.node(TKind::Hole(index), ty, span)
    }

    pub(super) fn field(&mut self, base: &Exp, name: &Ident, span: Span) -> TExp {
        let base = self.exp(base, None);
        self.solve_if_open(&base.ty);
        match self.shallow(&base.ty) {
            Ty::Var(_) => self.hole(PendingKind::Field(base, name.clone()), span),
            _ => self.field_of(base, name, span),
        }
    }

    fn solve_if_open(&mut self, ty: &Ty) {
        if let Ty::Var(_) = self.shallow(ty) {
            self.solve_pending(false);
        }
    }

    /// Field selection on a known type.
    pub(super) fn field_of(&mut self, base: TExp, name: &Ident, span: Span) -> TExp {
        let ty = self.shallow(&base.ty);
        let target = match &ty {
            Ty::Ref(_, inner) => self.shallow(inner),
            other => other.clone(),
        };
        let Ty::Struct(id, args) = &target else {
            if !matches!(target, Ty::Error | Ty::Never) {
                let shown = self.show(&target);
                self.error(Code::UnboundField, name.span, format!("type `{shown}` has no field `{}`", name.name));
            }
            return self.broken(span);
        };
        self.struct_access(*id, span, "select fields of");
        match self.field_type(*id, name, args) {
            Some(ty) => self.node(TKind::Field(Box::new(base), *id, name.name.clone()), ty, span),
            None => self.broken(span),
        }
    }

    fn field_type(&mut self, id: StructId, name: &Ident, args: &[Ty]) -> Option<Ty> {
        let decl = self.program.strukt(id);
        let mut found: Option<&crate::program::FieldDecl> = None;
        for variant in &decl.variants {
            let Some(field) = variant.fields.iter().find(|field| field.name == name.name) else { continue };
            match found {
                Some(first) if first.ty != field.ty => {
                    self.report(
                        Diagnostic::new(
                            Code::EnumField,
                            name.span,
                            format!("field `{}` has different types in the variants of `{}`", name.name, decl.name),
                        )
                        .also(first.span, "one type here")
                        .also(field.span, "another here"),
                    );
                    return None;
                }
                Some(_) => {}
                None => found = Some(field),
            }
        }
        if let Some(field) = found {
            return Some(field.ty.substitute(args));
        }
        let all = decl.variants.iter().flat_map(|variant| variant.fields.iter().map(|field| &*field.name));
        let mut diagnostic =
            Diagnostic::new(Code::UnboundField, name.span, format!("`{}` has no field `{}`", decl.name, name.name))
                .also(decl.name_span, "declared here");
        if let Some(near) = nearest(&name.name, all) {
            diagnostic = diagnostic.here(format!("did you mean `{near}`?"));
        } else if self.program.receivers.contains_key(&(Owner::Struct(id), name.name.clone())) {
            diagnostic = diagnostic.here("this is a receiver function; call it with `()`");
        }
        self.report(diagnostic);
        None
    }

    /// Reports if a type's insides are out of reach.
    pub(super) fn struct_access(&self, id: StructId, span: Span, what: &str) {
        let decl = self.program.strukt(id);
        decl.used.set(true);
        self.program.note_use(self.module, decl.module, span);
        if decl.module == self.module || self.struct_visible(id) {
            return;
        }
        self.report(
            Diagnostic::new(
                Code::StructAccess,
                span,
                format!(
                    "cannot {what} `{}` outside of its module `{}`",
                    decl.name,
                    self.program.module_text(decl.module)
                ),
            )
            .also(decl.name_span, "declared here"),
        );
    }

    fn struct_visible(&self, id: StructId) -> bool {
        crate::lower::access::struct_visible(self.program, self.module, id)
    }

    // Receiver calls -----------------------------------------------------------------------------

    pub(super) fn method(
        &mut self,
        base: &Exp,
        name: &Ident,
        types: Option<&[ast::Type]>,
        args: &[Exp],
        span: Span,
    ) -> TExp {
        let base = self.exp(base, None);
        self.solve_if_open(&base.ty);
        if let Ty::Var(_) = self.shallow(&base.ty) {
            let types =
                types.map(|types| types.iter().map(|ty| self.names.ty(ty, crate::resolve::TypePlace::Inner)).collect());
            let args = args.iter().map(|arg| self.exp(arg, None)).collect();
            return self.hole(PendingKind::Method(base, name.clone(), types, args), span);
        }
        let Some((fun, receiver)) = self.find_method(&base, name) else {
            for arg in args {
                self.exp(arg, None);
            }
            return self.broken(span);
        };
        let types = self.instantiate(fun, types, name.span);
        let receiver = self.adjust_receiver(fun, &types, receiver);
        self.finish_call(fun, types, vec![receiver], args, span, name.span)
    }

    /// The receiver function that a name denotes for a value.
    pub(super) fn find_method(&mut self, base: &TExp, name: &Ident) -> Option<(crate::types::FunId, TExp)> {
        let ty = self.shallow(&base.ty);
        let target = match &ty {
            Ty::Ref(_, inner) => self.shallow(inner),
            other => other.clone(),
        };
        let key = match &target {
            Ty::Struct(id, _) => Owner::Struct(*id),
            Ty::Vector(_) => Owner::Vector,
            Ty::Signer => Owner::Signer,
            Ty::Error | Ty::Never => return None,
            _ => {
                let shown = self.show(&target);
                self.error(Code::UnboundMethod, name.span, format!("type `{shown}` has no receiver functions"));
                return None;
            }
        };
        if let Some(fun) = self.program.receivers.get(&(key, name.name.clone())) {
            return Some((*fun, base.clone()));
        }
        let shown = self.show(&target);
        let candidates: Vec<&Symbol> =
            self.program.receivers.keys().filter(|(owner, _)| *owner == key).map(|(_, name)| name).collect();
        let mut diagnostic = Diagnostic::new(
            Code::UnboundMethod,
            name.span,
            format!("no receiver function `{}` for type `{shown}`", name.name),
        );
        if let Some(near) = nearest(&name.name, candidates.iter().map(|name| &***name)) {
            diagnostic = diagnostic.here(format!("did you mean `{near}`?"));
        } else if let Owner::Struct(id) = key
            && self.program.strukt(id).variants.iter().any(|v| v.fields.iter().any(|f| f.name == name.name))
        {
            diagnostic = diagnostic.here("to call a function stored in a field, write `(value.field)(..)`");
        } else if !candidates.is_empty() && candidates.len() <= 12 {
            let list: Vec<String> = candidates.iter().map(|name| format!("`{name}`")).collect();
            diagnostic = diagnostic.note(format!("it has {}", list.join(", ")));
        }
        self.report(diagnostic);
        None
    }

    /// Borrows or freezes a receiver as its parameter demands.
    pub(super) fn adjust_receiver(&mut self, fun: crate::types::FunId, types: &[Ty], receiver: TExp) -> TExp {
        let wanted = self.program.fun(fun).params[0].2.substitute(types);
        let span = receiver.span;
        match (&wanted, self.shallow(&receiver.ty)) {
            (Ty::Ref(mutable, _), actual) if !actual.is_ref() => {
                let borrowed = self.borrow_of(*mutable, receiver, span);
                self.coerce(borrowed, &wanted, "receiver")
            }
            _ => self.coerce(receiver, &wanted, "receiver"),
        }
    }

    // Indexing -----------------------------------------------------------------------------------

    pub(super) fn index(&mut self, base: &Exp, index: &Exp, span: Span) -> TExp {
        if let ExpKind::Name(chain, types) = &base.kind
            && let Some(ty) = self.resource_type(chain, types.as_deref())
        {
            let address = self.check(index, &Ty::Address, "index of a resource");
            if let Ty::Struct(id, _) = &ty
                && self.program.strukt(*id).module != self.module
            {
                self.later.push(Later::Global(ty.clone(), GlobalOp::Borrow(false), span));
                return self.broken(span);
            }
            self.later.push(Later::Global(ty.clone(), GlobalOp::Borrow(false), span));
            return self.node(TKind::Resource(Box::new(address)), ty, span);
        }
        let base = self.exp(base, None);
        self.solve_if_open(&base.ty);
        let ty = self.shallow(&base.ty);
        let target = match &ty {
            Ty::Ref(_, inner) => self.shallow(inner),
            other => other.clone(),
        };
        match target {
            Ty::Vector(element) => {
                let index = self.check(index, &Ty::u64(), "index");
                self.node(TKind::Index(Box::new(base), Box::new(index)), (*element).clone(), span)
            }
            Ty::Var(_) => {
                let index = self.check(index, &Ty::u64(), "index");
                self.hole(PendingKind::Index(base, Box::new(index)), span)
            }
            Ty::Error | Ty::Never => {
                self.exp(index, None);
                self.broken(span)
            }
            other => {
                let shown = self.show(&other);
                self.exp(index, None);
                self.error(
                    Code::BadIndex,
                    base.span,
                    format!("`{shown}` cannot be indexed; only vectors and resources of this module can"),
                );
                self.broken(span)
            }
        }
    }

    /// The type `R` of `R[a]`, if the name is a struct.
    fn resource_type(&mut self, chain: &ast::Chain, types: Option<&[ast::Type]>) -> Option<Ty> {
        let last = chain.rest.last().or_else(|| chain.single())?;
        if !is_upper(&last.name) {
            return None;
        }
        let member = match chain.single() {
            Some(single) => self.names.bare_member(&single.name).map(Resolved::Member),
            None => self.names.qualified(chain),
        };
        match member? {
            Resolved::Member(Member::Struct(id)) => {
                let params = self.program.strukt(id).type_params.len();
                if types.is_none() && params > 0 {
                    let args = (0..params).map(|_| self.fresh(chain.span, "resource's type argument")).collect();
                    return Some(Ty::Struct(id, args));
                }
                Some(self.names.struct_type(chain.span, id, types))
            }
            _ => None,
        }
    }

    // Variant tests ------------------------------------------------------------------------------

    fn is_enum(&self, ty: &Ty) -> bool {
        matches!(ty, Ty::Struct(id, _) if self.program.strukt(*id).is_enum) || matches!(ty, Ty::Error)
    }

    pub(super) fn test(&mut self, inner: &Exp, types: &[ast::Type], span: Span) -> TExp {
        let inner = self.exp(inner, None);
        self.solve_if_open(&inner.ty);
        let ty = self.shallow(&inner.ty);
        let target = match &ty {
            Ty::Ref(_, inner) => self.shallow(inner),
            other => other.clone(),
        };
        let mut found: Option<StructId> = None;
        let mut variants = Vec::new();
        for written in types {
            let TypeKind::Name(chain, _) = &written.kind else {
                self.error(Code::UnboundVariant, written.span, "`is` takes variants");
                return self.broken(span);
            };
            let resolved = match chain.single() {
                Some(single) => match self.expected_variant(Some(&target), &single.name) {
                    Some((id, variant)) => Some(Resolved::Variant(id, variant)),
                    None if !self.is_enum(&target) => {
                        let shown = self.show(&target);
                        self.error(
                            Code::TypeMismatch,
                            inner.span,
                            format!("`is` tests values of enums, and this is `{shown}`"),
                        );
                        return self.broken(span);
                    }
                    None => {
                        let mut diagnostic = Diagnostic::new(
                            Code::UnboundVariant,
                            single.span,
                            format!("no variant `{}` here", single.name),
                        );
                        if let Ty::Struct(id, _) = &target {
                            let decl = self.program.strukt(*id);
                            diagnostic = diagnostic.also(decl.name_span, "of this type");
                            if let Some(near) = crate::diagnostics::nearest(
                                &single.name,
                                decl.variants.iter().map(|variant| &*variant.name),
                            ) {
                                diagnostic = diagnostic.here(format!("did you mean `{near}`?"));
                            }
                        }
                        self.report(diagnostic);
                        return self.broken(span);
                    }
                },
                None => self.names.qualified(chain),
            };
            match resolved {
                Some(Resolved::Variant(id, variant)) => {
                    if found.is_some_and(|other| other != id) {
                        self.error(Code::TypeMismatch, written.span, "the variants belong to different enums");
                    }
                    found = Some(id);
                    if !variants.contains(&variant) {
                        variants.push(variant);
                    }
                }
                Some(_) => {
                    self.error(Code::UnboundVariant, written.span, "`is` takes variants");
                    return self.broken(span);
                }
                None => return self.broken(span),
            }
        }
        let Some(id) = found else { return self.broken(span) };
        let count = self.program.strukt(id).type_params.len();
        let args = (0..count).map(|_| self.fresh(span, "type argument")).collect();
        let wanted = Ty::Struct(id, args);
        if !self.unify(&target, &wanted) {
            let (shown, expected) = (self.show(&target), self.show(&wanted));
            self.error(
                Code::TypeMismatch,
                inner.span,
                format!("`is` tests for variants of `{expected}`, but this is `{shown}`"),
            );
        }
        self.struct_access(id, span, "test variants of");
        self.node(TKind::Test(Box::new(inner), id, variants), Ty::Bool, span)
    }
}
