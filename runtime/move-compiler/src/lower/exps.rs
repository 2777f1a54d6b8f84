//! Expressions.

use super::{Binding, Lowerer, access};
use crate::{
    ast::BinOp,
    codes::Code,
    constants,
    diagnostics::Diagnostic,
    ir::{BlockId, Callee, Mode, Op, Src, Temp, Term},
    program::Member,
    source::Span,
    typed::{GlobalOp, TExp, TKind, TPat, TPattern, TStmt},
    types::{IntTy, StructId, Ty, Value},
};

impl Lowerer<'_, '_> {
    /// The one value of an expression.
    pub(super) fn value(&mut self, exp: &TExp) -> Src {
        self.deeper(exp.span, |this| this.value_inner(exp), |this| Src::infer(this.fresh(Ty::Error, exp.span)))
    }

    /// Any number of values.
    pub(super) fn values(&mut self, exp: &TExp) -> Vec<Src> {
        let ty = self.ty(&exp.ty);
        match &ty {
            Ty::Tuple(types) if types.is_empty() => {
                self.discard(exp);
                Vec::new()
            }
            Ty::Tuple(types) => {
                let types = types.to_vec();
                self.deeper(exp.span, |this| this.tuple_values(exp, &types), |_| Vec::new())
            }
            Ty::Never => {
                self.discard(exp);
                Vec::new()
            }
            _ => vec![self.value(exp)],
        }
    }

    fn fresh_all(&mut self, types: &[Ty], span: Span) -> Vec<Temp> {
        types.iter().map(|ty| self.fresh(ty.clone(), span)).collect()
    }

    fn tuple_values(&mut self, exp: &TExp, types: &[Ty]) -> Vec<Src> {
        match &exp.kind {
            TKind::Tuple(items) => self.args(items),
            TKind::Call(fun, targs, args) => self.call(*fun, targs, args, types, exp.span),
            TKind::Invoke(function, args) => self.invoke(function, args, types, exp.span),
            TKind::Freeze(inner) => {
                let values = self.values(inner);
                let mut out = Vec::new();
                for (value, ty) in values.into_iter().zip(types) {
                    out.push(self.freeze_to(value, ty, exp.span));
                }
                out
            }
            TKind::Block(stmts, tail) => {
                self.stmts(stmts, tail.as_deref());
                match tail {
                    Some(tail) => self.values(tail),
                    None => Vec::new(),
                }
            }
            TKind::Hole(index) => {
                let body = self.frames[self.frame].body.clone();
                match body.holes.get(*index).and_then(Option::as_ref) {
                    Some(inner) => self.values(inner),
                    None => Vec::new(),
                }
            }
            _ => {
                let dsts = self.fresh_all(types, exp.span);
                self.store_all(exp, &dsts);
                dsts.into_iter().map(Src::infer).collect()
            }
        }
    }

    fn freeze_to(&mut self, value: Src, ty: &Ty, span: Span) -> Src {
        match (self.temp_ty(value.temp), ty) {
            (Ty::Ref(true, _), Ty::Ref(false, _)) => self.emit_to(Op::Freeze, ty.clone(), vec![value], span),
            _ => value,
        }
    }

    /// Stores the values of an expression in given temporaries.
    pub(super) fn store_all(&mut self, exp: &TExp, dsts: &[Temp]) {
        match &exp.kind {
            TKind::If(condition, then, otherwise) => {
                self.branches(
                    condition,
                    exp.span,
                    |this| this.store_all(then, dsts),
                    |this| {
                        if let Some(otherwise) = otherwise {
                            this.store_all(otherwise, dsts);
                        }
                    },
                );
            }
            TKind::Match(subject, arms) => {
                self.match_exp(subject, arms, exp.span, &mut |this, body| this.store_all(body, dsts));
            }
            TKind::Block(stmts, tail) => {
                self.stmts(stmts, tail.as_deref());
                if let Some(tail) = tail {
                    self.store_all(tail, dsts);
                }
            }
            _ if dsts.len() == 1 => self.value_into(exp, dsts[0]),
            _ => {
                let values = self.values(exp);
                if self.reachable() {
                    for (value, dst) in values.into_iter().zip(dsts) {
                        self.emit(Op::Assign, vec![*dst], vec![value], exp.span);
                    }
                }
            }
        }
    }

    /// Stores the value of an expression in a temporary.
    pub(super) fn value_into(&mut self, exp: &TExp, dst: Temp) {
        match &exp.kind {
            TKind::If(..) | TKind::Match(..) | TKind::Block(..) => {
                self.deeper(exp.span, |this| this.store_all(exp, &[dst]), |_| ());
            }
            _ => {
                let before = self.function.temps.len();
                let value = self.value(exp);
                if self.reachable() {
                    self.retarget(value, dst, before, exp.span);
                }
            }
        }
    }

    /// Makes the instruction that produced a fresh temporary write to `dst` instead, or copies.
    fn retarget(&mut self, value: Src, dst: Temp, before: usize, span: Span) {
        let is_new = value.temp as usize >= before
            && value.mode == Mode::Infer
            && self.function.temps[value.temp as usize].name.is_none();
        if let Some(block) = self.current
            && is_new
            && let Some(last) = self.function.blocks[block].instrs.last_mut()
            && last.dsts == [value.temp]
            && !matches!(last.op, Op::BorrowLocal(_, local) if local == dst)
        {
            last.dsts[0] = dst;
            return;
        }
        self.emit(Op::Assign, vec![dst], vec![value], span);
    }

    /// Evaluates for effect only.
    pub(super) fn discard(&mut self, exp: &TExp) {
        self.deeper(exp.span, |this| this.discard_inner(exp), |_| ());
    }

    fn discard_inner(&mut self, exp: &TExp) {
        match &exp.kind {
            TKind::If(condition, then, otherwise) => {
                self.branches(
                    condition,
                    exp.span,
                    |this| this.discard(then),
                    |this| {
                        if let Some(otherwise) = otherwise {
                            this.discard(otherwise);
                        }
                    },
                );
            }
            TKind::Match(subject, arms) => {
                self.match_exp(subject, arms, exp.span, &mut |this, body| this.discard(body));
            }
            TKind::Block(stmts, tail) => {
                self.stmts(stmts, tail.as_deref());
                if let Some(tail) = tail {
                    self.discard(tail);
                }
            }
            TKind::Tuple(items) => items.iter().for_each(|item| self.discard(item)),
            TKind::While(..)
            | TKind::Loop(..)
            | TKind::For(..)
            | TKind::Assign(..)
            | TKind::AssignPattern(..)
            | TKind::OpAssign(..)
            | TKind::Return(_)
            | TKind::Abort(..)
            | TKind::Break(_)
            | TKind::Continue(_) => self.effect(exp),
            TKind::Hole(index) => {
                let body = self.frames[self.frame].body.clone();
                if let Some(Some(inner)) = body.holes.get(*index) {
                    self.discard(inner);
                }
            }
            TKind::Call(fun, targs, args) => {
                let ty = self.ty(&exp.ty);
                self.call(*fun, targs, args, &ty.flatten(), exp.span);
            }
            TKind::Invoke(function, args) => {
                let ty = self.ty(&exp.ty);
                self.invoke(function, args, &ty.flatten(), exp.span);
            }
            TKind::Global(op, ty, args) => {
                self.global(*op, ty, args, exp.span);
            }
            TKind::Error => self.failed = true,
            TKind::Local(local) => {
                // Reading a variable for nothing still consumes or copies it.
                if let Some(Binding::Temp(temp)) = self.binding(*local) {
                    let ty = self.temp_ty(temp).clone();
                    self.emit_to(Op::Assign, ty, vec![Src::infer(temp)], exp.span);
                }
            }
            _ => {
                self.values(exp);
            }
        }
    }

    pub(super) fn stmts(&mut self, stmts: &[TStmt], tail: Option<&TExp>) {
        let mut reached = self.reachable();
        for stmt in stmts {
            if reached && !self.reachable() {
                reached = false;
                self.unreachable_code(match stmt {
                    TStmt::Exp(exp) => exp.span,
                    TStmt::Let(pattern, _) => pattern.span,
                });
            }
            match stmt {
                TStmt::Exp(exp) => self.discard(exp),
                TStmt::Let(pattern, None) => self.declare(pattern),
                TStmt::Let(pattern, Some(value)) => self.let_value(pattern, value),
            }
        }
        if let Some(tail) = tail
            && reached
            && !self.reachable()
        {
            self.unreachable_code(tail.span);
        }
    }

    fn unreachable_code(&mut self, span: Span) {
        if self.site == 0 && !self.failed && self.program.is_root(self.shared.module) {
            self.program.report(
                Diagnostic::new(Code::UnreachableCode, span, "control flow never gets here")
                    .here("what stands before always leaves"),
            );
        }
    }

    fn declare(&mut self, pattern: &TPattern) {
        match &pattern.kind {
            TPat::Local(local) => {
                self.local_temp(*local);
            }
            TPat::Tuple(items) => items.iter().for_each(|item| self.declare(item)),
            _ => {}
        }
    }

    /// A new temporary for a variable.
    pub(super) fn local_temp(&mut self, local: crate::typed::LocalId) -> Temp {
        let body = self.frames[self.frame].body.clone();
        let info = &body.locals[local.0 as usize];
        let ty = self.ty(&info.ty);
        let temp = self.temp(ty, Some(info.name.clone()), info.span);
        self.bind(local, Binding::Temp(temp));
        temp
    }

    pub(super) fn let_value(&mut self, pattern: &TPattern, value: &TExp) {
        match &pattern.kind {
            TPat::Local(local) => {
                // The variable is not visible in its own initialiser.
                let body = self.frames[self.frame].body.clone();
                let info = &body.locals[local.0 as usize];
                let ty = self.ty(&info.ty);
                let temp = self.temp(ty, Some(info.name.clone()), info.span);
                self.value_into(value, temp);
                self.bind(*local, Binding::Temp(temp));
            }
            TPat::Wild => self.discard(value),
            TPat::Tuple(items) => {
                let values = self.values(value);
                if !self.reachable() {
                    return items.iter().for_each(|item| self.declare_deep(item));
                }
                // Each value is taken before any variable changes.
                for (item, value) in items.iter().zip(values) {
                    self.bind_pattern(item, value);
                }
            }
            _ => {
                let value = self.value(value);
                if !self.reachable() {
                    return self.declare_deep(pattern);
                }
                self.bind_pattern(pattern, value);
            }
        }
    }

    /// Gives the variables of a pattern that is never matched their temporaries.
    pub(super) fn declare_deep(&mut self, pattern: &TPattern) {
        match &pattern.kind {
            TPat::Local(local) => {
                self.local_temp(*local);
            }
            TPat::Tuple(items) => items.iter().for_each(|item| self.declare_deep(item)),
            TPat::Struct(_, _, _, fields, _) => fields.iter().for_each(|(_, item)| self.declare_deep(item)),
            TPat::Error | TPat::Wild | TPat::Value(_) | TPat::Range(..) | TPat::Place(_) => {}
        }
    }

    // Operands -----------------------------------------------------------------------------------

    /// Evaluates arguments left to right; earlier variables are saved if later arguments change them.
    pub(super) fn args(&mut self, exps: &[TExp]) -> Vec<Src> {
        let mut out = Vec::new();
        for (nth, exp) in exps.iter().enumerate() {
            let value = self.value(exp);
            out.push(self.saved(value, exp, &exps[nth + 1..]));
        }
        out
    }

    /// `value` of `exp`, copied aside if it is a variable that one of the expressions evaluated next writes.
    pub(super) fn saved(&mut self, value: Src, exp: &TExp, later: &[TExp]) -> Src {
        if later.is_empty() || self.function.temps[value.temp as usize].name.is_none() {
            return value;
        }
        let bindings = &self.frames[self.frame].bindings;
        let variable =
            bindings.iter().position(|binding| matches!(binding, Some(Binding::Temp(temp)) if *temp == value.temp));
        if let Some(variable) = variable
            && later.iter().any(|exp| self.writes(exp, crate::typed::LocalId(variable as u32)))
        {
            let ty = self.temp_ty(value.temp).clone();
            return self.emit_to(Op::Assign, ty, vec![value], exp.span);
        }
        value
    }

    /// The compile-time value of an expression, if it has one.
    pub(super) fn known(&self, exp: &TExp) -> Option<Value> {
        match &exp.kind {
            TKind::Local(local) => match self.binding(*local) {
                Some(Binding::Value(value)) => Some(value),
                _ => None,
            },
            TKind::Block(stmts, Some(tail)) if stmts.is_empty() => self.known(tail),
            TKind::Binary(BinOp::And | BinOp::Or, ..) => None,
            TKind::Binary(op, a, b) => {
                let (a, b) = (self.known(a)?, self.known(b)?);
                constants::binary(*op, &a, &b).ok()
            }
            TKind::Not(inner) => match self.known(inner)? {
                Value::Bool(value) => Some(Value::Bool(!value)),
                _ => None,
            },
            TKind::Negate(inner) => constants::negate(&self.known(inner)?).ok(),
            TKind::Cast(inner) => match self.ty(&exp.ty) {
                Ty::Int(int) => constants::cast(&self.known(inner)?, int).ok(),
                _ => None,
            },
            TKind::Value(value) => Some(value.clone()),
            TKind::Int(negative, magnitude) => match self.ty(&exp.ty) {
                Ty::Int(int) => Some(Value::Int(*negative && !magnitude.is_zero(), *magnitude, int)),
                _ => None,
            },
            TKind::Const(id) => constants::value(self.program, *id),
            TKind::Vector(items) if !items.is_empty() && items.len() <= 4096 => {
                let Ty::Vector(element) = self.ty(&exp.ty) else { return None };
                let values: Vec<Value> = items.iter().map(|item| self.known(item)).collect::<Option<_>>()?;
                Some(constants::vector((*element).clone(), values))
            }
            _ => None,
        }
    }

    pub(super) fn constant(&mut self, value: Value, span: Span) -> Src {
        let ty = value.ty();
        self.emit_to(Op::Const(value), ty, Vec::new(), span)
    }

    fn value_inner(&mut self, exp: &TExp) -> Src {
        let span = exp.span;
        if let Some(value) = self.known(exp) {
            return self.constant(value, span);
        }
        match &exp.kind {
            TKind::Error => {
                self.failed = true;
                Src::infer(self.fresh(Ty::Error, span))
            }
            TKind::Value(value) => self.constant(value.clone(), span),
            TKind::Int(..) | TKind::Const(_) => {
                self.failed = true;
                Src::infer(self.fresh(Ty::Error, span))
            }
            TKind::Local(local) => self.local(*local, Mode::Infer, span),
            TKind::Move(local) => self.local(*local, Mode::Move, span),
            TKind::Copy(local) => self.local(*local, Mode::Copy, span),
            TKind::Call(..) | TKind::Invoke(..) => self.one(exp),
            TKind::Global(op, ty, args) => {
                self.global(*op, ty, args, span).unwrap_or_else(|| Src::infer(self.fresh(Ty::Error, span)))
            }
            TKind::FunValue(fun, targs) => {
                let targs = self.tys(targs);
                self.function_value(*fun, &targs, span)
            }
            TKind::Lambda(lambda) => {
                let ty = self.ty(&exp.ty);
                self.lambda_value(lambda, &ty, span)
            }
            TKind::Pack(id, variant, targs, fields) => self.pack(*id, *variant, targs, fields, span),
            TKind::Vector(items) => {
                let ty = self.ty(&exp.ty);
                let element = if let Ty::Vector(element) = &ty { (**element).clone() } else { Ty::Error };
                let srcs = self.args(items);
                self.emit_to(Op::VecPack(element), ty, srcs, span)
            }
            TKind::Field(..) | TKind::Index(..) | TKind::Resource(_) => self.read_place(exp),
            TKind::Deref(inner) => {
                let ty = self.ty(&exp.ty);
                let reference = self.value(inner);
                self.emit_to(Op::ReadRef, ty, vec![reference], span)
            }
            TKind::Borrow(mutable, inner) => self.place_ref(inner, *mutable, span),
            TKind::Freeze(inner) => {
                let ty = self.ty(&exp.ty);
                self.frozen(inner, &ty, span)
            }
            TKind::Not(inner) => {
                let inner = self.value(inner);
                self.emit_to(Op::Not, Ty::Bool, vec![inner], span)
            }
            TKind::Negate(inner) => {
                let ty = self.ty(&exp.ty);
                let inner = self.value(inner);
                self.emit_to(Op::Negate, ty, vec![inner], span)
            }
            TKind::Cast(inner) => {
                let ty = self.ty(&exp.ty);
                let inner = self.value(inner);
                match &ty {
                    Ty::Int(int) if *self.temp_ty(inner.temp) != ty => {
                        self.emit_to(Op::Cast(*int), ty.clone(), vec![inner], span)
                    }
                    _ => inner,
                }
            }
            TKind::Binary(op, a, b) => self.binary(*op, a, b, exp),
            TKind::Test(..) | TKind::If(..) | TKind::Match(..) => {
                let ty = self.ty(&exp.ty);
                let dst = self.fresh(ty, span);
                if let TKind::Test(..) = exp.kind {
                    return self.test_value(exp);
                }
                self.store_all(exp, &[dst]);
                Src::infer(dst)
            }
            TKind::Block(stmts, tail) => {
                self.stmts(stmts, tail.as_deref());
                match tail {
                    Some(tail) => self.value(tail),
                    None => Src::infer(self.fresh(Ty::Error, span)),
                }
            }
            TKind::Tuple(items) if items.len() == 1 => self.value(&items[0]),
            TKind::Hole(index) => {
                let body = self.frames[self.frame].body.clone();
                match body.holes.get(*index).and_then(Option::as_ref) {
                    Some(inner) => self.value(inner),
                    None => Src::infer(self.fresh(Ty::Error, span)),
                }
            }
            TKind::Tuple(_)
            | TKind::While(..)
            | TKind::Loop(..)
            | TKind::For(..)
            | TKind::Assign(..)
            | TKind::AssignPattern(..)
            | TKind::OpAssign(..)
            | TKind::Return(_)
            | TKind::Abort(..)
            | TKind::Break(_)
            | TKind::Continue(_) => {
                self.discard(exp);
                let ty = self.ty(&exp.ty);
                Src::infer(self.fresh(ty, span))
            }
        }
    }

    fn one(&mut self, exp: &TExp) -> Src {
        let ty = self.ty(&exp.ty);
        let types = ty.flatten();
        let values = match &exp.kind {
            TKind::Call(fun, targs, args) => self.call(*fun, targs, args, &types, exp.span),
            TKind::Invoke(function, args) => self.invoke(function, args, &types, exp.span),
            _ => Vec::new(),
        };
        match values.first() {
            Some(value) => *value,
            None => Src::infer(self.fresh(ty, exp.span)),
        }
    }

    fn local(&mut self, local: crate::typed::LocalId, mode: Mode, span: Span) -> Src {
        match self.binding(local) {
            Some(Binding::Temp(temp)) => Src { temp, mode },
            Some(Binding::Through(reference)) => {
                let target = self.temp_ty(reference).strip().clone();
                self.emit_to(Op::ReadRef, target, vec![Src::infer(reference)], span)
            }
            Some(Binding::Value(value)) => self.constant(value, span),
            Some(Binding::Function(fun, targs)) => self.function_value(fun, &targs, span),
            Some(Binding::Lambda(lambda, frame, fun)) => {
                let outer = std::mem::replace(&mut self.frame, frame);
                let value = self.lambda_value(&lambda, &Ty::Fun(fun), span);
                self.frame = outer;
                value
            }
            None => {
                // A variable whose declaration was never reached.
                let temp = self.local_temp(local);
                Src { temp, mode }
            }
        }
    }

    fn frozen(&mut self, inner: &TExp, ty: &Ty, span: Span) -> Src {
        // `&mut place` that is only frozen is an immutable borrow of a place behind a mutable reference or not.
        let value = self.value(inner);
        self.freeze_to(value, ty, span)
    }

    fn pack(&mut self, id: StructId, variant: usize, targs: &[Ty], fields: &[(usize, TExp)], span: Span) -> Src {
        access::check_struct(self.program, self.shared.module, id, span, &self.sites(), false);
        let targs = self.tys(targs);
        let ty = Ty::Struct(id, targs.clone().into());
        let in_order = fields.windows(2).all(|pair| pair[0].0 < pair[1].0);
        let mut values: Vec<(usize, Src)> = Vec::new();
        for (nth, (field, exp)) in fields.iter().enumerate() {
            let value = self.value(exp);
            let later: Vec<TExp> = fields[nth + 1..].iter().map(|(_, exp)| exp.clone()).collect();
            let value = if later.is_empty() { value } else { self.saved(value, exp, &later) };
            values.push((*field, value));
        }
        if !in_order {
            values.sort_by_key(|(field, _)| *field);
        }
        let srcs = values.into_iter().map(|(_, value)| value).collect();
        self.emit_to(Op::Pack(id, variant, targs), ty, srcs, span)
    }

    // Operators ----------------------------------------------------------------------------------

    fn binary(&mut self, op: BinOp, a: &TExp, b: &TExp, exp: &TExp) -> Src {
        let span = exp.span;
        match op {
            BinOp::And | BinOp::Or => {
                let dst = self.fresh(Ty::Bool, span);
                let (yes, no, end) = (self.new_block(span), self.new_block(span), self.new_block(span));
                let first = self.new_block(span);
                // `a && b` is `if (a) b else false`.
                let (on_true, on_false) = if op == BinOp::And { (first, no) } else { (yes, first) };
                self.condition(a, on_true, on_false);
                self.start(first);
                self.value_into(b, dst);
                self.jump(end, span);
                let (short, value) = if op == BinOp::And { (no, false) } else { (yes, true) };
                self.start(short);
                self.emit(Op::Const(Value::Bool(value)), vec![dst], Vec::new(), span);
                self.jump(end, span);
                self.start(end);
                Src::infer(dst)
            }
            BinOp::Eq | BinOp::Neq => {
                let ty = self.ty(&a.ty);
                let (left, right) = if self.compare_borrowed(&ty, a, b) {
                    (self.place_ref(a, false, a.span), self.place_ref(b, false, b.span))
                } else {
                    let left = self.value(a);
                    let left = self.saved(left, a, std::slice::from_ref(b));
                    (left, self.value(b))
                };
                self.emit_to(Op::Binary(op), Ty::Bool, vec![left, right], span)
            }
            BinOp::Lt | BinOp::Gt | BinOp::Le | BinOp::Ge if !matches!(self.ty(&a.ty), Ty::Int(_)) => {
                self.ordering(op, a, b, span)
            }
            _ => {
                let left = self.value(a);
                let left = self.saved(left, a, std::slice::from_ref(b));
                let right = self.value(b);
                let ty = self.ty(&exp.ty);
                self.emit_to(Op::Binary(op), ty, vec![left, right], span)
            }
        }
    }

    /// Whether both sides of an equality are places, so that references can be compared instead of copies.
    /// The values would have been dropped after the comparison, which is still demanded.
    fn compare_borrowed(&mut self, ty: &Ty, a: &TExp, b: &TExp) -> bool {
        if ty.is_primitive() || ty.is_ref() || matches!(ty, Ty::Fun(_) | Ty::Signer) {
            return false;
        }
        let quiet = |this: &Self, exp: &TExp| match &exp.kind {
            TKind::Local(local) => matches!(this.binding(*local), Some(Binding::Temp(_) | Binding::Through(_))),
            TKind::Field(..) | TKind::Deref(_) | TKind::Index(..) => this.is_quiet_place(exp),
            TKind::Const(_) | TKind::Value(_) => true,
            TKind::Vector(items) => items.iter().all(|item| this.known(item).is_some()),
            _ => false,
        };
        let places = quiet(self, a) && quiet(self, b);
        if places && !self.program.has(ty, move_core_types::ability::Ability::Drop, self.type_params()) {
            self.program.report(
                Diagnostic::new(
                    Code::NotDroppable,
                    a.span.to(b.span),
                    format!(
                        "`==` and `!=` consume their operands, but `{}` has no `drop`",
                        self.program.show(ty, self.type_params())
                    ),
                )
                .note("compare references: `&a == &b`"),
            );
        }
        let read = |exp: &TExp| matches!(exp.kind, TKind::Field(..) | TKind::Deref(_) | TKind::Index(..));
        if places && !self.program.has(ty, move_core_types::ability::Ability::Copy, self.type_params()) {
            for operand in [a, b].into_iter().filter(|operand| read(operand)) {
                self.program.report(
                    Diagnostic::new(
                        Code::NotCopyable,
                        operand.span,
                        format!(
                            "the comparison reads a value of type `{}`, which has no `copy`",
                            self.program.show(ty, self.type_params())
                        ),
                    )
                    .note("compare references: `&a == &b`"),
                );
            }
        }
        places
    }

    fn is_quiet_place(&self, exp: &TExp) -> bool {
        match &exp.kind {
            TKind::Local(local) => matches!(self.binding(*local), Some(Binding::Temp(_) | Binding::Through(_))),
            TKind::Field(base, ..) | TKind::Deref(base) => self.is_quiet_place(base),
            TKind::Index(base, index) => {
                self.is_quiet_place(base) && (self.known(index).is_some() || self.is_quiet_place(index))
            }
            _ => false,
        }
    }

    /// `<` and so on, on anything but integers: the standard library compares.
    fn ordering(&mut self, op: BinOp, a: &TExp, b: &TExp, span: Span) -> Src {
        let one = move_core_types::AccountAddress::ONE;
        let find = |name: &str| {
            let module = self.program.find_module(one, "cmp")?;
            match self.program.module(module).members.get(name) {
                Some(Member::Fun(id)) => Some(*id),
                _ => None,
            }
        };
        let test = match op {
            BinOp::Lt => "is_lt",
            BinOp::Gt => "is_gt",
            BinOp::Le => "is_le",
            _ => "is_ge",
        };
        let ty = self.ty(&a.ty);
        let (Some(compare), Some(test)) = (find("compare"), find(test)) else {
            let shown = self.program.show(&ty, self.type_params());
            self.program.report(
                Diagnostic::new(
                    Code::TypeMismatch,
                    span,
                    format!("`{}` on `{shown}` needs the standard library's module `cmp`", op.text()),
                )
                .note("add a dependency on the standard library"),
            );
            self.failed = true;
            return Src::infer(self.fresh(Ty::Bool, span));
        };
        self.program.fun(compare).used.set(true);
        self.program.fun(test).used.set(true);
        let (left, right) = if ty.is_ref() {
            let left = self.value(a);
            let left = self.saved(left, a, std::slice::from_ref(b));
            let right = self.value(b);
            let target = Ty::reference(false, ty.strip().clone());
            (self.freeze_to(left, &target, span), self.freeze_to(right, &target, span))
        } else {
            (self.place_ref(a, false, a.span), self.place_ref(b, false, b.span))
        };
        let target = ty.strip().clone();
        let result = self.program.fun(compare).result.clone();
        let ordering =
            self.emit_to(Op::Call(Callee::Declared(compare), vec![target]), result.clone(), vec![left, right], span);
        let by_ref = self.program.fun(test).params.first().is_some_and(|(_, _, ty)| ty.is_ref());
        let operand = if by_ref {
            self.emit_to(Op::BorrowLocal(false, ordering.temp), Ty::reference(false, result), Vec::new(), span)
        } else {
            ordering
        };
        self.emit_to(Op::Call(Callee::Declared(test), Vec::new()), Ty::Bool, vec![operand], span)
    }

    // Conditions ---------------------------------------------------------------------------------

    /// Jumps on a condition.
    pub(super) fn condition(&mut self, exp: &TExp, yes: BlockId, no: BlockId) {
        self.deeper(exp.span, |this| this.condition_inner(exp, yes, no), |_| ());
    }

    fn condition_inner(&mut self, exp: &TExp, yes: BlockId, no: BlockId) {
        if let Some(Value::Bool(value)) = self.known(exp) {
            return self.jump(if value { yes } else { no }, exp.span);
        }
        match &exp.kind {
            TKind::Not(inner) => self.condition(inner, no, yes),
            TKind::Binary(BinOp::And, a, b) => {
                let middle = self.new_block(exp.span);
                self.condition(a, middle, no);
                self.start(middle);
                self.condition(b, yes, no);
            }
            TKind::Binary(BinOp::Or, a, b) => {
                let middle = self.new_block(exp.span);
                self.condition(a, yes, middle);
                self.start(middle);
                self.condition(b, yes, no);
            }
            TKind::Test(subject, id, variants) if variants.len() > 1 => {
                self.test_condition(subject, *id, variants, yes, no, exp.span);
            }
            TKind::Block(stmts, Some(tail)) => {
                self.stmts(stmts, Some(tail));
                self.condition(tail, yes, no);
            }
            _ => {
                let value = self.value(exp);
                self.terminate(Term::Branch(value, yes, no), exp.span);
            }
        }
    }

    pub(super) fn branches(
        &mut self,
        condition: &TExp,
        span: Span,
        then: impl FnOnce(&mut Self),
        otherwise: impl FnOnce(&mut Self),
    ) {
        if !self.reachable() {
            return;
        }
        let (yes, no, end) = (self.new_block(span), self.new_block(span), self.new_block(span));
        self.condition(condition, yes, no);
        self.start(yes);
        then(self);
        let then_falls = self.reachable();
        self.jump(end, span);
        self.start(no);
        otherwise(self);
        let else_falls = self.reachable();
        self.jump(end, span);
        if then_falls || else_falls {
            self.start(end);
        }
    }

    // Effects ------------------------------------------------------------------------------------

    fn effect(&mut self, exp: &TExp) {
        let span = exp.span;
        if !self.reachable() {
            return;
        }
        match &exp.kind {
            TKind::While(id, condition, body) => {
                let (head, inside, end) = (self.new_block(span), self.new_block(span), self.new_block(span));
                self.jump(head, span);
                self.start(head);
                self.loops.insert((self.frame, *id), (head, end));
                self.condition(condition, inside, end);
                self.start(inside);
                self.discard(body);
                self.jump(head, span);
                self.start(end);
            }
            TKind::Loop(id, body) => {
                let (head, end) = (self.new_block(span), self.new_block(span));
                self.jump(head, span);
                self.start(head);
                self.loops.insert((self.frame, *id), (head, end));
                self.discard(body);
                self.jump(head, span);
                let ends = self.ty(&exp.ty).is_unit();
                if ends {
                    self.start(end);
                }
            }
            TKind::For(id, variable, low, high, body) => self.for_loop(*id, *variable, low, high, body, span),
            TKind::Assign(place, value) => self.assign(place, value, span),
            TKind::AssignPattern(pattern, value) => self.assign_pattern(pattern, value),
            TKind::OpAssign(op, place, value) => self.op_assign(*op, place, value, span),
            TKind::Return(value) => {
                let values = match value {
                    Some(value) => self.values(value),
                    None => Vec::new(),
                };
                self.terminate(Term::Ret(values), span);
            }
            TKind::Abort(code, None) => {
                let code = self.value(code);
                self.terminate(Term::Abort(code), span);
            }
            TKind::Abort(code, Some(message)) => {
                let code = self.value(code);
                let message = self.value(message);
                self.terminate(Term::AbortMsg(code, message), span);
            }
            TKind::Break(id) => {
                if let Some((_, end)) = self.loops.get(&(self.frame, *id)).copied() {
                    self.jump(end, span);
                }
            }
            TKind::Continue(id) => {
                if let Some((head, _)) = self.loops.get(&(self.frame, *id)).copied() {
                    self.jump(head, span);
                }
            }
            _ => {}
        }
    }

    fn for_loop(
        &mut self,
        id: crate::typed::LoopId,
        variable: crate::typed::LocalId,
        low: &TExp,
        high: &TExp,
        body: &TExp,
        span: Span,
    ) {
        let ty = self.ty(&low.ty);
        let Ty::Int(int) = ty else {
            self.failed = true;
            return;
        };
        let start = self.fresh(ty.clone(), low.span);
        self.value_into(low, start);
        let counter = self.local_temp(variable);
        self.emit(Op::Assign, vec![counter], vec![Src::infer(start)], low.span);
        let end_value = self.fresh(ty, high.span);
        self.value_into(high, end_value);
        let (head, inside, next, end) =
            (self.new_block(span), self.new_block(span), self.new_block(span), self.new_block(span));
        self.jump(head, span);
        self.start(head);
        self.loops.insert((self.frame, id), (next, end));
        let more =
            self.emit_to(Op::Binary(BinOp::Lt), Ty::Bool, vec![Src::infer(counter), Src::infer(end_value)], span);
        self.terminate(Term::Branch(more, inside, end), span);
        self.start(inside);
        self.discard(body);
        self.jump(next, span);
        self.start(next);
        let one = self.constant(Value::number(1, int), span);
        self.emit(Op::Binary(BinOp::Add), vec![counter], vec![Src::infer(counter), one], span);
        self.jump(head, span);
        self.start(end);
    }

    /// Storage operations.
    pub(super) fn global(&mut self, op: GlobalOp, ty: &Ty, args: &[TExp], span: Span) -> Option<Src> {
        let ty = self.ty(ty);
        let Ty::Struct(id, targs) = &ty else {
            self.failed = true;
            return None;
        };
        access::check_struct(self.program, self.shared.module, *id, span, &self.sites(), true);
        let srcs = self.args(args);
        let (id, targs) = (*id, targs.to_vec());
        match op {
            GlobalOp::MoveTo => {
                self.emit(Op::MoveTo(id, targs), Vec::new(), srcs, span);
                None
            }
            GlobalOp::MoveFrom => Some(self.emit_to(Op::MoveFrom(id, targs), ty.clone(), srcs, span)),
            GlobalOp::Borrow(mutable) => {
                Some(self.emit_to(Op::BorrowGlobal(mutable, id, targs), Ty::reference(mutable, ty.clone()), srcs, span))
            }
            GlobalOp::Exists => Some(self.emit_to(Op::Exists(id, targs), Ty::Bool, srcs, span)),
        }
    }
}

/// A constant of type `u64`.
pub(super) fn u64_value(value: u64) -> Value {
    Value::number(value, IntTy::U64)
}
