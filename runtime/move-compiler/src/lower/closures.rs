//! Function values: closures over named functions, and lambdas lifted to functions of their own.

use super::{Binding, Frame, Lifted, Lowerer};
use crate::{
    ast::Visibility,
    codes::Code,
    diagnostics::Diagnostic,
    ir::{Callee, Function, Mode, Op, Src, Temp},
    program::FunDecl,
    source::Span,
    typed::{Lambda, LocalId, TExp, TKind, TPat, TPattern, TStmt},
    types::{FunId, FunTy, Ty},
};
use move_core_types::ability::{Ability, AbilitySet};
use std::{collections::BTreeMap, rc::Rc};

fn function_abilities(decl: &FunDecl) -> AbilitySet {
    if decl.visibility == Visibility::Public || decl.is_persistent {
        AbilitySet::PUBLIC_FUNCTIONS
    } else {
        AbilitySet::PRIVATE_FUNCTIONS
    }
}

impl Lowerer<'_, '_> {
    /// A named function as a value that captures nothing.
    pub(super) fn function_value(&mut self, fun: FunId, targs: &[Ty], span: Span) -> Src {
        let decl = self.program.fun(fun);
        if self.program.vector_instruction(fun).is_some() {
            self.report_place(span, "this function is an instruction; wrap it in a lambda to use it as a value");
        }
        let args = decl.params.iter().map(|(_, _, ty)| ty.substitute(targs)).collect();
        let ty = FunTy { args, result: decl.result.substitute(targs), abilities: function_abilities(decl) };
        self.emit_to(Op::PackClosure(Callee::Declared(fun), targs.to_vec(), 0), Ty::Fun(Rc::new(ty)), Vec::new(), span)
    }

    fn report_place(&mut self, span: Span, message: &str) {
        self.program.report(Diagnostic::new(Code::LambdaPlace, span, message));
        self.failed = true;
    }

    /// A lambda as a value.
    pub(super) fn lambda_value(&mut self, lambda: &Rc<Lambda>, wanted: &Ty, span: Span) -> Src {
        let Ty::Fun(wanted) = wanted else {
            self.failed = true;
            return Src::infer(self.fresh(Ty::Error, span));
        };
        if !self.reachable() {
            return Src::infer(self.fresh(Ty::Fun(wanted.clone()), span));
        }
        if let Some(value) = self.reduced(lambda, wanted, span) {
            return value;
        }
        if self.program.module(self.shared.module).is_script {
            self.report_place(
                span,
                "a script cannot hold the function that this lambda becomes; use a function of a module",
            );
            return Src::infer(self.fresh(Ty::Fun(wanted.clone()), span));
        }
        self.lifted(lambda, wanted, span)
    }

    fn check_abilities(
        &mut self,
        have: AbilitySet,
        wanted: &FunTy,
        captured: &[(Span, Ty)],
        base: AbilitySet,
        span: Span,
    ) {
        let Some(missing) = wanted.abilities.iter().find(|ability| !have.has(*ability)) else { return };
        let mut diagnostic =
            Diagnostic::new(Code::LambdaAbility, span, format!("this function value lacks the ability `{missing}`"));
        if !base.has(missing) {
            diagnostic = diagnostic.note(if missing == Ability::Store {
                "only closures over public or `#[persistent]` functions have `store`; make the lambda a single call of one"
            } else {
                "closures never have this ability"
            });
        }
        for (at, ty) in captured {
            if !self.program.has(ty, missing, self.type_params()) {
                diagnostic = diagnostic.also(
                    *at,
                    format!("the captured value of type `{}` lacks it", self.program.show(ty, self.type_params())),
                );
            }
        }
        self.program.report(diagnostic);
        self.failed = true;
    }

    // Reduction to an existing function ----------------------------------------------------------

    /// `|x, y| f(a, x, y)` becomes a closure over `f`.
    fn reduced(&mut self, lambda: &Rc<Lambda>, wanted: &Rc<FunTy>, span: Span) -> Option<Src> {
        let mut params = Vec::new();
        for pattern in &lambda.params {
            match &pattern.kind {
                TPat::Local(local) => params.push(*local),
                _ => return None,
            }
        }
        let (fun, targs, args) = call_of(&lambda.body)?;
        let decl = self.program.fun(fun);
        if decl.is_inline || self.program.vector_instruction(fun).is_some() || args.len() > 64 {
            return None;
        }
        let mut mask = 0u64;
        let mut captured = Vec::new();
        let mut next = 0;
        for (nth, arg) in args.iter().enumerate() {
            if let TKind::Local(local) = &arg.kind
                && params.get(next) == Some(local)
            {
                next += 1;
                continue;
            }
            if !self.early(arg, lambda.locals) {
                return None;
            }
            mask |= 1 << nth;
            captured.push(arg);
        }
        if next != params.len() {
            return None;
        }
        let targs = self.tys(targs);
        let values: Vec<TExp> = captured.iter().map(|arg| (*arg).clone()).collect();
        for value in &values {
            if self.ty(&value.ty).is_ref() {
                self.program.report(Diagnostic::new(Code::Capture, value.span, "references cannot be captured"));
                self.failed = true;
            }
        }
        let srcs = self.args(&values);
        let base = function_abilities(decl);
        let types: Vec<(Span, Ty)> = values.iter().map(|value| (value.span, self.ty(&value.ty))).collect();
        let have =
            types.iter().fold(base, |set, (_, ty)| set.intersect(self.program.abilities(ty, self.type_params())));
        self.check_abilities(have, wanted, &types, base, span);
        let ty = FunTy { args: wanted.args.clone(), result: wanted.result.clone(), abilities: have };
        Some(self.emit_to(Op::PackClosure(Callee::Declared(fun), targs, mask), Ty::Fun(Rc::new(ty)), srcs, span))
    }

    /// Whether an argument can be evaluated when the closure is made: it cannot abort, and does not mention variables of the lambda.
    fn early(&self, exp: &TExp, own: (u32, u32)) -> bool {
        match &exp.kind {
            TKind::Value(_) | TKind::Int(..) | TKind::Const(_) => true,
            TKind::Local(local) | TKind::Copy(local) | TKind::Move(local) => {
                !(own.0..own.1).contains(&local.0)
                    && matches!(self.binding(*local), Some(Binding::Temp(_) | Binding::Value(_)))
            }
            TKind::Field(base, id, _) => {
                !self.program.strukt(*id).is_enum && !self.ty(&base.ty).is_ref() && self.early(base, own)
            }
            TKind::Not(inner) => self.early(inner, own),
            _ => false,
        }
    }

    // Lifting ------------------------------------------------------------------------------------

    fn lifted(&mut self, lambda: &Rc<Lambda>, wanted: &Rc<FunTy>, span: Span) -> Src {
        let mut captured: Vec<Capture> = Vec::new();
        let mut seen: BTreeMap<(usize, u32), ()> = BTreeMap::new();
        self.free(&lambda.body, self.frame, &mut vec![lambda.locals], &mut seen, &mut captured);
        captured.sort_by_key(|capture| (self.function.temps[capture.temp as usize].name.is_none(), capture.temp));
        captured.dedup_by_key(|capture| capture.temp);
        let mut srcs = Vec::new();
        let mut types = Vec::new();
        for capture in &captured {
            let ty = self.temp_ty(capture.temp).clone();
            if ty.is_ref() {
                self.program.report(
                    Diagnostic::new(
                        Code::Capture,
                        capture.span,
                        format!(
                            "references cannot be captured, and this is `{}`",
                            self.program.show(&ty, self.type_params())
                        ),
                    )
                    .also(span, "by this lambda"),
                );
                self.failed = true;
            }
            types.push((capture.span, ty));
            srcs.push(Src { temp: capture.temp, mode: Mode::Infer });
        }
        if captured.len() + wanted.args.len() > 64 {
            self.report_place(span, "a closure has at most 64 captured values and parameters");
        }
        let base = AbilitySet::PRIVATE_FUNCTIONS;
        let have =
            types.iter().fold(base, |set, (_, ty)| set.intersect(self.program.abilities(ty, self.type_params())));
        self.check_abilities(have, wanted, &types, base, span);
        self.lambda_count += 1;
        let name = format!("__lambda__{}__{}", self.lambda_count, self.function.name);
        let index = self.lift_function(lambda, wanted, &captured, &types, name, span);
        let mask = if captured.len() >= 64 { u64::MAX } else { (1u64 << captured.len()) - 1 };
        let targs = (0..self.function.type_params.len()).map(|index| Ty::Param(index as u16)).collect();
        let ty = FunTy { args: wanted.args.clone(), result: wanted.result.clone(), abilities: have };
        self.emit_to(Op::PackClosure(Callee::Lifted(index), targs, mask), Ty::Fun(Rc::new(ty)), srcs, span)
    }

    fn lift_function(
        &mut self,
        lambda: &Rc<Lambda>,
        wanted: &Rc<FunTy>,
        captured: &[Capture],
        types: &[(Span, Ty)],
        name: String,
        span: Span,
    ) -> usize {
        let function = Function {
            name: name.into(),
            span,
            type_params: self.function.type_params.clone(),
            params: captured.len() + wanted.args.len(),
            results: wanted.result.flatten(),
            temps: Vec::new(),
            blocks: Vec::new(),
            inlined: self.function.inlined.clone(),
            declared_acquires: Vec::new(),
        };
        let frames: Vec<Frame> = self.frames.clone();
        let (frame, site) = (self.frame, self.site);
        let body = self.frames[frame].body.clone();
        let infos: Vec<(Option<crate::ast::Symbol>, Span)> = captured
            .iter()
            .map(|capture| (self.function.temps[capture.temp as usize].name.clone(), capture.span))
            .collect();
        let old: Vec<Temp> = captured.iter().map(|capture| capture.temp).collect();
        let (inline_stack, lambda_count) = (self.inline_stack.clone(), self.lambda_count);
        let host_name = self.function.name.clone();
        let mut inner = Lowerer::new(self.shared, function, body, Vec::new());
        inner.frames = frames;
        inner.frame = frame;
        inner.site = site;
        inner.inline_stack = inline_stack;
        inner.lambda_count = lambda_count;
        let mut new: BTreeMap<Temp, Temp> = BTreeMap::new();
        for ((old, (name, at)), (_, ty)) in old.iter().zip(infos).zip(types) {
            let temp = inner.temp(ty.clone(), name.or_else(|| Some("$captured".into())), at);
            new.insert(*old, temp);
        }
        inner.rebind(&new);
        let mut values = Vec::new();
        for (pattern, ty) in lambda.params.iter().zip(&wanted.args) {
            let name = match &pattern.kind {
                TPat::Local(local) => Some(inner.frames[frame].body.locals[local.0 as usize].name.clone()),
                _ => None,
            };
            let temp = inner.temp(ty.clone(), name, pattern.span);
            values.push((pattern, temp));
        }
        for (pattern, temp) in values {
            match &pattern.kind {
                TPat::Local(local) => inner.bind(*local, Binding::Temp(temp)),
                TPat::Wild => {}
                _ => inner.bind_pattern(pattern, Src::infer(temp)),
            }
        }
        // Nested lambdas are named after the lifted function.
        inner.function.name = format!("{host_name}").into();
        inner.body(&lambda.body);
        inner.function.name = format!("__lambda__{lambda_count}__{host_name}").into();
        let failed = inner.failed;
        let count = inner.lambda_count;
        let function = std::mem::replace(&mut inner.function, empty());
        drop(inner);
        self.failed |= failed;
        self.lambda_count = count;
        self.shared.lifted.push(Lifted { function });
        self.shared.lifted.len() - 1
    }

    /// Variables of all frames become the parameters of the lifted function, where captured, and nothing else.
    fn rebind(&mut self, new: &BTreeMap<Temp, Temp>) {
        for frame in &mut self.frames {
            for slot in &mut frame.bindings {
                let mapped = match &*slot {
                    Some(Binding::Temp(temp)) => new.get(temp).map(|temp| Binding::Temp(*temp)),
                    Some(Binding::Through(temp)) => new.get(temp).map(|temp| Binding::Through(*temp)),
                    other => other.clone(),
                };
                *slot = mapped;
            }
        }
    }

    /// Collects the temporaries of the host that a lambda body uses.
    fn free(
        &mut self,
        exp: &TExp,
        frame: usize,
        own: &mut Vec<(u32, u32)>,
        seen: &mut BTreeMap<(usize, u32), ()>,
        out: &mut Vec<Capture>,
    ) {
        let mut stack: Vec<&TExp> = vec![exp];
        while let Some(exp) = stack.pop() {
            let mut changed: Option<(LocalId, Span)> = None;
            match &exp.kind {
                TKind::Local(local) | TKind::Move(local) | TKind::Copy(local)
                    if !own.iter().any(|(first, end)| (*first..*end).contains(&local.0)) =>
                {
                    self.capture(*local, frame, exp.span, seen, out);
                }
                TKind::Assign(place, _) | TKind::OpAssign(_, place, _) => changed = value_root(place),
                TKind::Borrow(true, place) => changed = value_root(place),
                TKind::AssignPattern(pattern, _) => {
                    if let Some(place) = first_place(pattern) {
                        changed = value_root(place);
                    }
                }
                TKind::Hole(index) => {
                    let body = self.frames[frame].body.clone();
                    if let Some(Some(inner)) = body.holes.get(*index) {
                        self.free(&inner.clone(), frame, own, seen, out);
                    }
                }
                _ => {}
            }
            if let Some((local, span)) = changed
                && !own.iter().any(|(first, end)| (*first..*end).contains(&local.0))
            {
                let body = self.frames[frame].body.clone();
                let name =
                    body.locals.get(local.0 as usize).map_or_else(|| "variable".into(), |info| info.name.clone());
                self.program.report(
                    Diagnostic::new(
                        Code::Capture,
                        span,
                        format!(
                            "`{name}` is captured by value and cannot be changed or mutably borrowed in the lambda"
                        ),
                    )
                    .note("only lambdas that are arguments of inline functions can change variables outside"),
                );
                self.failed = true;
            }
            children(exp, &mut stack);
        }
    }

    fn capture(
        &mut self,
        local: LocalId,
        frame: usize,
        span: Span,
        seen: &mut BTreeMap<(usize, u32), ()>,
        out: &mut Vec<Capture>,
    ) {
        if seen.insert((frame, local.0), ()).is_some() {
            return;
        }
        match self.frames[frame].bindings.get(local.0 as usize).cloned().flatten() {
            Some(Binding::Temp(temp) | Binding::Through(temp)) => out.push(Capture { temp, span }),
            Some(Binding::Lambda(lambda, of, _)) => {
                self.free(&lambda.body.clone(), of, &mut vec![lambda.locals], seen, out);
            }
            Some(Binding::Function(..) | Binding::Value(_)) | None => {}
        }
    }
}

struct Capture {
    temp: Temp,
    span: Span,
}

fn empty() -> Function {
    Function {
        name: "".into(),
        span: Span::default(),
        type_params: Vec::new(),
        params: 0,
        results: Vec::new(),
        temps: Vec::new(),
        blocks: Vec::new(),
        inlined: Vec::new(),
        declared_acquires: Vec::new(),
    }
}

/// The call that a lambda body is, through blocks and freezes that change nothing.
fn call_of(exp: &TExp) -> Option<(FunId, &[Ty], &[TExp])> {
    match &exp.kind {
        TKind::Call(fun, targs, args) => Some((*fun, targs, args)),
        TKind::Block(stmts, Some(tail)) if stmts.is_empty() => call_of(tail),
        TKind::Block(stmts, None) => match stmts.as_slice() {
            [TStmt::Exp(exp)] if exp.ty.is_unit() => call_of(exp),
            _ => None,
        },
        _ => None,
    }
}

fn value_root(place: &TExp) -> Option<(LocalId, Span)> {
    let mut at = place;
    loop {
        match &at.kind {
            TKind::Local(local) => return Some((*local, place.span)),
            TKind::Field(base, ..) | TKind::Index(base, _) if !base.ty.is_ref() => at = base,
            _ => return None,
        }
    }
}

fn first_place(pattern: &TPattern) -> Option<&TExp> {
    match &pattern.kind {
        TPat::Place(place) => Some(place),
        TPat::Tuple(items) => items.iter().find_map(first_place),
        TPat::Struct(_, _, _, fields, _) => fields.iter().find_map(|(_, item)| first_place(item)),
        TPat::Error | TPat::Wild | TPat::Local(_) | TPat::Value(_) | TPat::Range(..) => None,
    }
}

/// Pushes the direct subexpressions.
pub(crate) fn children<'e>(exp: &'e TExp, out: &mut Vec<&'e TExp>) {
    match &exp.kind {
        TKind::Error
        | TKind::Value(_)
        | TKind::Int(..)
        | TKind::Const(_)
        | TKind::Local(_)
        | TKind::Move(_)
        | TKind::Copy(_)
        | TKind::FunValue(..)
        | TKind::Break(_)
        | TKind::Continue(_)
        | TKind::Hole(_) => {}
        TKind::Call(_, _, items) | TKind::Global(_, _, items) | TKind::Vector(items) | TKind::Tuple(items) => {
            out.extend(items);
        }
        TKind::Invoke(function, items) => {
            out.push(function);
            out.extend(items);
        }
        TKind::Lambda(lambda) => out.push(&lambda.body),
        TKind::Pack(_, _, _, fields) => out.extend(fields.iter().map(|(_, exp)| exp)),
        TKind::Field(inner, ..)
        | TKind::Resource(inner)
        | TKind::Not(inner)
        | TKind::Negate(inner)
        | TKind::Deref(inner)
        | TKind::Borrow(_, inner)
        | TKind::Freeze(inner)
        | TKind::Cast(inner)
        | TKind::Test(inner, ..)
        | TKind::Loop(_, inner)
        | TKind::AssignPattern(_, inner) => out.push(inner),
        TKind::Index(a, b)
        | TKind::Binary(_, a, b)
        | TKind::Assign(a, b)
        | TKind::OpAssign(_, a, b)
        | TKind::While(_, a, b) => {
            out.push(a);
            out.push(b);
        }
        TKind::For(_, _, a, b, c) => out.extend([&**a, &**b, &**c]),
        TKind::If(a, b, c) => {
            out.extend([&**a, &**b]);
            out.extend(c.as_deref());
        }
        TKind::Block(stmts, tail) => {
            for stmt in stmts {
                match stmt {
                    TStmt::Exp(exp) => out.push(exp),
                    TStmt::Let(_, value) => out.extend(value.as_ref()),
                }
            }
            out.extend(tail.as_deref());
        }
        TKind::Match(subject, arms) => {
            out.push(subject);
            for arm in arms {
                out.extend(arm.guard.as_ref());
                out.push(&arm.body);
            }
        }
        TKind::Return(inner) => out.extend(inner.as_deref()),
        TKind::Abort(code, message) => {
            out.push(code);
            out.extend(message.as_deref());
        }
    }
}
