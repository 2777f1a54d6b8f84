//! Expressions: literals, names, operators, borrows, assignments.

use super::{Checker, later::Later};
use crate::{
    api::LanguageVersion,
    ast::{self, BinOp, Chain, Exp, ExpKind, Ident},
    codes::Code,
    diagnostics::Diagnostic,
    program::Member,
    resolve::{Resolved, TypePlace, is_upper},
    source::Span,
    typed::{TExp, TKind},
    types::{IntTy, SIGNED, Ty, UNSIGNED, Value},
};
use ruint::aliases::U256;

impl Checker<'_> {
    /// Types an expression. `expect` is what the caller will demand; it guides, but is not enforced here.
    pub(super) fn exp(&mut self, exp: &Exp, expect: Option<&Ty>) -> TExp {
        let span = exp.span;
        match &exp.kind {
            ExpKind::Error => self.broken(span),
            ExpKind::Spec => self.node(TKind::Tuple(Vec::new()), Ty::unit(), span),
            ExpKind::Number(value, suffix) => self.number(*value, false, suffix.as_deref(), expect, span),
            ExpKind::Bool(value) => self.node(TKind::Value(Value::Bool(*value)), Ty::Bool, span),
            ExpKind::Bytes(bytes) => self.node(TKind::Value(Value::Bytes(bytes.clone())), Ty::bytes(), span),
            ExpKind::Address(leading) => {
                let package = self.program.module(self.module).package;
                match self.program.address(package, leading) {
                    Some(address) => self.node(TKind::Value(Value::Address(address.0)), Ty::Address, span),
                    None => self.broken(span),
                }
            }
            ExpKind::Vector(types, items) => self.vector(types.as_deref(), items, expect, span),
            ExpKind::Name(chain, types) => self.name(chain, types.as_deref(), expect, span),
            ExpKind::Call(chain, types, args) => self.call(chain, types.as_deref(), args, expect, span),
            ExpKind::Macro(chain, args) => self.macro_call(chain, args, span),
            ExpKind::Invoke(function, args) => {
                let function = self.exp(function, None);
                self.invoke(function, args, span)
            }
            ExpKind::Pack(chain, types, fields) => self.pack(chain, types.as_deref(), fields, expect, span),
            ExpKind::Field(base, name) => self.field(base, name, span),
            ExpKind::Method(base, name, types, args) => self.method(base, name, types.as_deref(), args, span),
            ExpKind::Index(base, index) => self.index(base, index, span),
            ExpKind::Not(inner) => {
                let inner = self.check(inner, &Ty::Bool, "operand of `!`");
                self.node(TKind::Not(Box::new(inner)), Ty::Bool, span)
            }
            ExpKind::Negate(inner) => self.negate(inner, expect, span),
            ExpKind::Deref(inner) => self.deref(inner, span),
            ExpKind::Borrow(mutable, inner) => self.borrow(*mutable, inner, expect, span),
            ExpKind::Move(name) => self.move_or_copy(name, span, true),
            ExpKind::Copy(name) => self.move_or_copy(name, span, false),
            ExpKind::Binary(op, at, left, right) => self.binary(*op, *at, left, right, expect, span),
            ExpKind::Cast(inner, ty) => self.cast(inner, ty, span),
            ExpKind::Is(inner, types) => self.test(inner, types, span),
            ExpKind::Annotated(inner, ty) => {
                let ty = self.names.ty(ty, TypePlace::Any);
                let inner = self.check(inner, &ty, "annotated expression");
                TExp { span, ..inner }
            }
            ExpKind::Assign(left, right) => self.assign(left, right, span),
            ExpKind::OpAssign(op, at, left, right) => self.op_assign(*op, *at, left, right, span),
            ExpKind::Lambda(params, body) => self.lambda(params, body, expect, span, false),
            ExpKind::Block(block) => self.block(block, expect),
            ExpKind::If(..)
            | ExpKind::While(..)
            | ExpKind::Loop(..)
            | ExpKind::For(..)
            | ExpKind::Match(..)
            | ExpKind::Return(_)
            | ExpKind::Abort(_)
            | ExpKind::Break(_)
            | ExpKind::Continue(_) => self.control(exp, expect),
            ExpKind::Tuple(items) => self.tuple(items, expect, span),
        }
    }

    fn tuple(&mut self, items: &[Exp], expect: Option<&Ty>, span: Span) -> TExp {
        let wanted = match expect.map(|ty| self.shallow(ty)) {
            Some(Ty::Tuple(types)) if types.len() == items.len() => Some(types),
            _ => None,
        };
        let mut typed = Vec::new();
        for (nth, item) in items.iter().enumerate() {
            let exp = match &wanted {
                Some(types) => self.check(item, &types[nth], "tuple"),
                None => self.exp(item, None),
            };
            if let Ty::Tuple(_) = self.shallow(&exp.ty) {
                self.error(Code::InvalidType, exp.span, "tuples cannot hold tuples or nothing");
            }
            typed.push(exp);
        }
        let ty = Ty::Tuple(typed.iter().map(|exp| exp.ty.clone()).collect());
        let diverges = typed.iter().any(|exp| matches!(self.shallow(&exp.ty), Ty::Never));
        let ty = if diverges { Ty::Never } else { ty };
        self.node(TKind::Tuple(typed), ty, span)
    }

    // Literals -----------------------------------------------------------------------------------

    pub(super) fn number(
        &mut self,
        value: U256,
        negative: bool,
        suffix: Option<&str>,
        expect: Option<&Ty>,
        span: Span,
    ) -> TExp {
        let fixed = suffix.and_then(IntTy::from_name).or_else(|| match expect.map(|ty| self.shallow(ty)) {
            Some(Ty::Int(int)) => Some(int),
            _ => None,
        });
        if let Some(int) = fixed {
            if !int.fits(negative, value) {
                self.error(Code::LiteralRange, span, format!("the number does not fit `{}`", int.name()));
            }
            return self.node(TKind::Int(negative, value), Ty::Int(int), span);
        }
        let mut mask = 0;
        let allowed =
            if self.program.language(self.module) >= LanguageVersion::V2_3 { UNSIGNED | SIGNED } else { UNSIGNED };
        for int in IntTy::ALL {
            if int.fits(negative, value) && (!negative || int.is_signed()) {
                mask |= int.bit();
            }
        }
        let ty = self.fresh_int(span, mask & allowed);
        self.node(TKind::Int(negative, value), ty, span)
    }

    fn negate(&mut self, inner: &Exp, expect: Option<&Ty>, span: Span) -> TExp {
        if let ExpKind::Number(value, suffix) = &inner.kind {
            return self.number(*value, true, suffix.as_deref(), expect, span);
        }
        let inner = self.exp(inner, expect);
        if !self.require_int(&inner.ty, SIGNED) {
            let shown = self.show(&inner.ty);
            self.error(Code::TypeMismatch, inner.span, format!("`-` needs a signed integer, found `{shown}`"));
        }
        let ty = inner.ty.clone();
        self.node(TKind::Negate(Box::new(inner)), ty, span)
    }

    fn vector(&mut self, types: Option<&[ast::Type]>, items: &[Exp], expect: Option<&Ty>, span: Span) -> TExp {
        let element = match types {
            Some([ty]) => self.names.ty(ty, TypePlace::Inner),
            Some(types) => {
                self.error(Code::WrongArity, span, format!("`vector` takes one type argument, {} given", types.len()));
                Ty::Error
            }
            None => match expect.map(|ty| self.shallow(ty)) {
                Some(Ty::Vector(inner)) => (*inner).clone(),
                _ => self.fresh(span, "vector's elements"),
            },
        };
        let items: Vec<TExp> = items.iter().map(|item| self.check(item, &element, "vector element")).collect();
        self.later.push(Later::Inner(element.clone(), span));
        self.node(TKind::Vector(items), Ty::vector(element), span)
    }

    // Names --------------------------------------------------------------------------------------

    /// The enum that an expected type is, if it has a variant of that name.
    pub(super) fn expected_variant(&self, expect: Option<&Ty>, name: &str) -> Option<(crate::types::StructId, usize)> {
        match self.shallow(self.shallow(expect?).strip()) {
            Ty::Struct(id, _) => self.program.strukt(id).variant(name).map(|variant| (id, variant)),
            _ => None,
        }
    }

    fn name(&mut self, chain: &Chain, types: Option<&[ast::Type]>, expect: Option<&Ty>, span: Span) -> TExp {
        let resolved = if let Some(single) = chain.single() {
            if is_upper(&single.name)
                && let Some((id, variant)) = self.expected_variant(expect, &single.name)
            {
                return self.construct(Resolved::Variant(id, variant), types, &[], expect, span);
            }
            if let Some(local) = self.find_local(&single.name) {
                let ty = self.locals[local.0 as usize].ty.clone();
                return self.node(TKind::Local(local), ty, span);
            }
            if let Some(value) = self.builtin_constant(&single.name) {
                return value_node(value, span);
            }
            match self.names.bare_member(&single.name) {
                Some(member) => Resolved::Member(member),
                None => return self.unbound_variable(single),
            }
        } else {
            match self.names.qualified(chain) {
                Some(resolved) => resolved,
                None => return self.broken(span),
            }
        };
        match resolved {
            Resolved::Member(Member::Const(id)) => self.constant_use(id, types, span),
            Resolved::Member(Member::Fun(id)) => self.function_value(id, types, expect, span),
            Resolved::Member(Member::Struct(_)) | Resolved::Variant(..) => {
                self.construct(resolved, types, &[], expect, span)
            }
        }
    }

    fn builtin_constant(&self, name: &str) -> Option<Value> {
        if self.names.bare_member(name).is_some() {
            return None;
        }
        let language = self.program.language(self.module);
        if name == "__COMPILE_FOR_TESTING__" {
            return Some(Value::Bool(self.program.options.test_mode));
        }
        if language < LanguageVersion::V2_3 {
            return None;
        }
        let (kind, ty) = name.split_once('_')?;
        let int = IntTy::from_name(&ty.to_ascii_lowercase()).filter(|_| ty.chars().all(|c| !c.is_ascii_lowercase()))?;
        match kind {
            "MAX" => Some(Value::Int(false, int.max(), int)),
            "MIN" if int.is_signed() => Some(Value::Int(true, int.min_magnitude(), int)),
            _ => None,
        }
    }

    fn constant_use(&mut self, id: crate::types::ConstId, types: Option<&[ast::Type]>, span: Span) -> TExp {
        let decl = self.program.constant(id);
        decl.used.set(true);
        let what = format!("constant `{}`", decl.name);
        self.program.deprecated_use(self.module, decl.module, &decl.ast.attributes, &what, (span, decl.name_span));
        if types.is_some() {
            self.error(Code::WrongArity, span, "constants take no type arguments");
        }
        if decl.module != self.module {
            let visible = decl.visibility == ast::Visibility::Public
                || decl.visibility == ast::Visibility::Package
                    && self.program.module(decl.module).package == self.program.module(self.module).package
                || decl.visibility == ast::Visibility::Friend
                    && self.program.module(decl.module).friends.iter().any(|(friend, _)| *friend == self.module);
            if !visible {
                self.report(
                    Diagnostic::new(
                        Code::NotVisible,
                        span,
                        format!("constant `{}` is private to its module", decl.name),
                    )
                    .also(decl.name_span, "declared here"),
                );
            }
        }
        self.node(TKind::Const(id), decl.ty.clone(), span)
    }

    fn move_or_copy(&mut self, name: &Ident, span: Span, is_move: bool) -> TExp {
        let Some(local) = self.find_local(&name.name) else { return self.unbound_variable(name) };
        let ty = self.locals[local.0 as usize].ty.clone();
        self.node(if is_move { TKind::Move(local) } else { TKind::Copy(local) }, ty, span)
    }

    // Operators ----------------------------------------------------------------------------------

    fn binary(&mut self, op: BinOp, at: Span, left: &Exp, right: &Exp, expect: Option<&Ty>, span: Span) -> TExp {
        let why = format!("operand of `{}`", op.text());
        let (left, right, ty) = match op {
            BinOp::Or | BinOp::And => {
                let left = self.check(left, &Ty::Bool, &why);
                let right = self.check(right, &Ty::Bool, &why);
                (left, right, Ty::Bool)
            }
            BinOp::Shl | BinOp::Shr => {
                let left = self.exp(left, int_hint(expect));
                self.demand_int(&left, UNSIGNED, op);
                let right = self.check(right, &Ty::u8(), "shift amount");
                let ty = left.ty.clone();
                (left, right, ty)
            }
            BinOp::Eq | BinOp::Neq | BinOp::Lt | BinOp::Gt | BinOp::Le | BinOp::Ge => {
                let left = self.exp(left, None);
                let hint = left.ty.clone();
                let right = self.exp(right, Some(&hint));
                let (left, right) = self.comparable(left, right, op, at);
                (left, right, Ty::Bool)
            }
            BinOp::Add | BinOp::Sub | BinOp::Mul | BinOp::Div | BinOp::Mod => {
                self.arithmetic(op, UNSIGNED | SIGNED, left, right, expect, &why)
            }
            BinOp::BitOr | BinOp::BitAnd | BinOp::Xor => self.arithmetic(op, UNSIGNED, left, right, expect, &why),
        };
        self.node(TKind::Binary(op, Box::new(left), Box::new(right)), ty, span)
    }

    fn arithmetic(
        &mut self,
        op: BinOp,
        mask: u16,
        left: &Exp,
        right: &Exp,
        expect: Option<&Ty>,
        why: &str,
    ) -> (TExp, TExp, Ty) {
        let left = self.exp(left, int_hint(expect));
        if !self.demand_int(&left, mask, op) {
            let right = self.exp(right, None);
            return (left, right, Ty::Error);
        }
        let ty = left.ty.clone();
        if matches!(self.shallow(&ty), Ty::Never) {
            let right = self.exp(right, int_hint(expect));
            let ty = right.ty.clone();
            return (left, right, ty);
        }
        let right = self.check(right, &ty, why);
        (left, right, ty)
    }

    fn demand_int(&mut self, exp: &TExp, mask: u16, op: BinOp) -> bool {
        if self.require_int(&exp.ty, mask) {
            return true;
        }
        let shown = self.show(&exp.ty);
        let kind = if mask == UNSIGNED { "an unsigned integer" } else { "an integer" };
        let mut diagnostic =
            Diagnostic::new(Code::TypeMismatch, exp.span, format!("`{}` needs {kind}, found `{shown}`", op.text()));
        if self.shallow(&exp.ty).is_ref() {
            diagnostic = diagnostic.here("write `*` to read through the reference");
        }
        self.report(diagnostic);
        false
    }

    /// Brings both sides of a comparison to one type.
    pub(super) fn comparable(&mut self, left: TExp, right: TExp, op: BinOp, at: Span) -> (TExp, TExp) {
        let (a, b) = (self.shallow(&left.ty), self.shallow(&right.ty));
        let fits = match (&a, &b) {
            (Ty::Ref(m, x), Ty::Ref(n, y)) => {
                let (m, n) = (*m, *n);
                let inner = (**x).clone();
                if self.unify(x, y) {
                    let frozen = Ty::reference(false, inner);
                    if m == n {
                        return (left, right);
                    }
                    let left = if m {
                        self.node(TKind::Freeze(Box::new(left.clone())), frozen.clone(), left.span)
                    } else {
                        left
                    };
                    let right =
                        if n { self.node(TKind::Freeze(Box::new(right.clone())), frozen, right.span) } else { right };
                    return (left, right);
                }
                false
            }
            (Ty::Fun(f), Ty::Fun(g)) => self.function_fits(f, g),
            _ => self.unify(&a, &b),
        };
        if let Ty::Tuple(_) = a {
            self.error(Code::TypeMismatch, left.span, "tuples and nothing cannot be compared");
        }
        if !fits {
            let (x, y) = (self.show(&left.ty), self.show(&right.ty));
            let mut diagnostic =
                Diagnostic::new(Code::TypeMismatch, at, format!("cannot compare `{x}` and `{y}` with `{}`", op.text()))
                    .also(left.span, format!("this is `{x}`"))
                    .also(right.span, format!("this is `{y}`"));
            if a.is_ref() != b.is_ref() {
                diagnostic = diagnostic.note("a value and a reference cannot be compared; write `*` or `&`");
            }
            self.report(diagnostic);
        }
        (left, right)
    }

    fn cast(&mut self, inner: &Exp, ty: &ast::Type, span: Span) -> TExp {
        let target = self.names.ty(ty, TypePlace::Any);
        let inner = self.exp(inner, None);
        if !matches!(target, Ty::Int(_) | Ty::Error) {
            let shown = self.show(&target);
            self.error(Code::BadCast, ty.span, format!("cannot cast to `{shown}`; casts go to integer types"));
            return self.node(TKind::Error, Ty::Error, span);
        }
        if !self.require_int(&inner.ty, UNSIGNED | SIGNED) {
            let shown = self.show(&inner.ty);
            self.error(Code::BadCast, inner.span, format!("cannot cast from `{shown}`; only integers can be cast"));
        }
        self.node(TKind::Cast(Box::new(inner)), target, span)
    }

    // References ---------------------------------------------------------------------------------

    fn deref(&mut self, inner: &Exp, span: Span) -> TExp {
        let inner = self.exp(inner, None);
        match self.shallow(&inner.ty) {
            Ty::Ref(_, target) => {
                let ty = (*target).clone();
                self.node(TKind::Deref(Box::new(inner)), ty, span)
            }
            Ty::Var(_) => {
                let target = self.fresh(span, "dereferenced value");
                let wanted = Ty::reference(false, target.clone());
                if !self.unify(&inner.ty, &wanted) {
                    let shown = self.show(&inner.ty);
                    self.error(Code::TypeMismatch, inner.span, format!("`*` needs a reference, found `{shown}`"));
                }
                self.node(TKind::Deref(Box::new(inner)), target, span)
            }
            Ty::Error | Ty::Never => self.broken(span),
            _ => {
                let shown = self.show(&inner.ty);
                self.error(Code::TypeMismatch, inner.span, format!("`*` needs a reference, found `{shown}`"));
                self.broken(span)
            }
        }
    }

    fn borrow(&mut self, mutable: bool, inner: &Exp, expect: Option<&Ty>, span: Span) -> TExp {
        let hint = match expect.map(|ty| self.shallow(ty)) {
            Some(Ty::Ref(_, target)) => Some((*target).clone()),
            _ => None,
        };
        let inner = self.exp(inner, hint.as_ref());
        self.borrow_of(mutable, inner, span)
    }

    /// `&inner` or `&mut inner`.
    pub(super) fn borrow_of(&mut self, mutable: bool, inner: TExp, span: Span) -> TExp {
        match self.shallow(&inner.ty) {
            Ty::Ref(..) => {
                let shown = self.show(&inner.ty);
                self.error(Code::BadBorrow, span, format!("cannot borrow a reference (`{shown}`)"));
                return self.broken(span);
            }
            Ty::Tuple(_) => {
                self.error(Code::BadBorrow, span, "cannot borrow a tuple or nothing");
                return self.broken(span);
            }
            Ty::Error => return self.broken(span),
            _ => {}
        }
        if mutable {
            self.check_mutable_place(&inner);
        }
        let ty = Ty::reference(mutable, inner.ty.clone());
        self.node(TKind::Borrow(mutable, Box::new(inner)), ty, span)
    }

    /// Reports if a place is reached through an immutable reference.
    pub(super) fn check_mutable_place(&mut self, place: &TExp) {
        let mut at = place;
        loop {
            match &at.kind {
                TKind::Field(base, ..) | TKind::Index(base, _) | TKind::Deref(base) => {
                    if let Ty::Ref(mutable, _) = self.shallow(&base.ty) {
                        if !mutable {
                            self.report(
                                Diagnostic::new(
                                    Code::BadBorrow,
                                    place.span,
                                    "cannot borrow mutably or change what is behind an immutable reference",
                                )
                                .also(base.span, "this is an immutable reference"),
                            );
                        }
                        return;
                    }
                    at = base;
                }
                _ => return,
            }
        }
    }

    // Assignments --------------------------------------------------------------------------------

    fn assign(&mut self, left: &Exp, right: &Exp, span: Span) -> TExp {
        let is_pattern = match &left.kind {
            ExpKind::Tuple(_) | ExpKind::Pack(..) => true,
            ExpKind::Name(chain, None) => chain.single().is_some_and(|ident| &*ident.name == "_"),
            ExpKind::Call(chain, ..) => chain.rest.last().or(chain.single()).is_some_and(|ident| is_upper(&ident.name)),
            _ => false,
        };
        if is_pattern {
            let right = self.exp(right, None);
            let pattern = self.assignment_pattern(left, &right.ty);
            self.duplicate_targets(&pattern);
            return self.node(TKind::AssignPattern(pattern, Box::new(right)), Ty::unit(), span);
        }
        let place = self.exp(left, None);
        if !self.is_place(&place) {
            self.error(Code::NotAssignable, left.span, "this cannot be assigned");
            self.exp(right, None);
            return self.node(TKind::Error, Ty::unit(), span);
        }
        if !matches!(place.kind, TKind::Local(_)) {
            self.check_mutable_place(&place);
        }
        let ty = place.ty.clone();
        let right = self.check(right, &ty, "assignment");
        if let Ty::Tuple(_) = self.shallow(&ty)
            && !matches!(place.kind, TKind::Local(_))
        {
            self.error(Code::InvalidType, right.span, "a variable holds exactly one value");
        }
        self.node(TKind::Assign(Box::new(place), Box::new(right)), Ty::unit(), span)
    }

    pub(super) fn is_place(&self, exp: &TExp) -> bool {
        match &exp.kind {
            TKind::Local(_)
            | TKind::Deref(_)
            | TKind::Index(..)
            | TKind::Resource(_)
            | TKind::Error
            | TKind::Hole(_) => true,
            TKind::Field(base, ..) => self.shallow(&base.ty).is_ref() || self.is_place(base),
            _ => false,
        }
    }

    fn op_assign(&mut self, op: BinOp, at: Span, left: &Exp, right: &Exp, span: Span) -> TExp {
        let place = self.exp(left, None);
        if !self.is_place(&place) {
            self.error(Code::NotAssignable, left.span, "this cannot be assigned");
            return self.node(TKind::Error, Ty::unit(), span);
        }
        if !matches!(place.kind, TKind::Local(_)) {
            self.check_mutable_place(&place);
        }
        let mask = if matches!(op, BinOp::Add | BinOp::Sub | BinOp::Mul | BinOp::Div | BinOp::Mod) {
            UNSIGNED | SIGNED
        } else {
            UNSIGNED
        };
        let fits = self.demand_int(&place, mask, op);
        let shift = matches!(op, BinOp::Shl | BinOp::Shr);
        let wanted = if shift { Ty::u8() } else { place.ty.clone() };
        let right = if fits {
            self.check(right, &wanted, &format!("operand of `{}=`", op.text()))
        } else {
            self.exp(right, None)
        };
        let _ = at;
        self.node(TKind::OpAssign(op, Box::new(place), Box::new(right)), Ty::unit(), span)
    }
}

fn int_hint(expect: Option<&Ty>) -> Option<&Ty> {
    expect
}

fn value_node(value: Value, span: Span) -> TExp {
    let ty = value.ty();
    TExp { kind: TKind::Value(value), ty, span }
}
