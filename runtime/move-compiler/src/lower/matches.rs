//! `match`: tests on borrowed references, arm by arm; the selected arm takes the value apart.

use super::{Binding, Lowerer, access, exps::u64_value};
use crate::{
    ast::BinOp,
    ir::{BlockId, Mode, Op, Src, Temp, Term},
    source::Span,
    typed::{TArm, TExp, TKind, TPat, TPattern},
    types::{StructId, Ty, Value},
    typing::pattern_order,
};
use ruint::aliases::U256;

/// Abort code when no arm matches.
const NO_MATCH: u64 = 0xCA26_CBD9_BE0B_0001;

/// One step from the scrutinee to a part of it.
#[derive(Debug, Clone)]
struct Step {
    id: StructId,
    variant: usize,
    targs: Vec<Ty>,
    field: usize,
}

/// A scrutinee: the temporary that holds it, and whether it is a reference.
#[derive(Debug, Clone, Copy)]
struct Subject {
    temp: Temp,
    is_ref: bool,
}

impl Lowerer<'_, '_> {
    pub(super) fn match_exp(
        &mut self,
        subject: &TExp,
        arms: &[TArm],
        span: Span,
        body: &mut dyn FnMut(&mut Self, &TExp),
    ) {
        let values = match &subject.kind {
            TKind::Tuple(items) => self.args(items),
            _ => self.values(subject),
        };
        if !self.reachable() {
            return;
        }
        let mut subjects = Vec::new();
        for value in values {
            subjects.push(self.hold(value, subject.span));
        }
        let end = self.new_block(span);
        let mut falls = false;
        for (nth, arm) in arms.iter().enumerate() {
            let last = nth + 1 == arms.len() && arm.guard.is_none();
            let next = self.new_block(arm.pattern.span);
            self.arm(&subjects, arm, next, last, body);
            falls |= self.reachable();
            self.jump(end, span);
            if last {
                break;
            }
            self.start(next);
        }
        if self.reachable() {
            let code = self.constant(u64_value(NO_MATCH), span);
            self.terminate(Term::Abort(code), span);
        }
        if falls {
            self.start(end);
        }
    }

    /// Keeps a scrutinee in a temporary of its own, unless it is a variable that is only looked at.
    fn hold(&mut self, value: Src, span: Span) -> Subject {
        let ty = self.temp_ty(value.temp).clone();
        let is_ref = ty.is_ref();
        if value.mode == Mode::Infer && self.function.temps[value.temp as usize].name.is_none() {
            return Subject { temp: value.temp, is_ref };
        }
        if value.mode == Mode::Infer && (!is_ref || matches!(ty, Ty::Ref(false, _))) {
            return Subject { temp: value.temp, is_ref };
        }
        let temp = self.fresh(ty, span);
        self.emit(Op::Assign, vec![temp], vec![value], span);
        Subject { temp, is_ref }
    }

    fn arm(
        &mut self,
        subjects: &[Subject],
        arm: &TArm,
        next: BlockId,
        last: bool,
        body: &mut dyn FnMut(&mut Self, &TExp),
    ) {
        let items: Vec<&TPattern> = match &arm.pattern.kind {
            TPat::Tuple(items) => items.iter().collect(),
            _ => vec![&arm.pattern],
        };
        if !last {
            for (item, subject) in items.iter().zip(subjects) {
                self.tests(*subject, item, &mut Vec::new(), next);
                if !self.reachable() {
                    return;
                }
            }
        }
        if items.is_empty() || subjects.is_empty() {
            return body(self, &arm.body);
        }
        if let Some(guard) = &arm.guard {
            for (item, subject) in items.iter().zip(subjects) {
                self.bind_guard(*subject, item, &mut Vec::new());
            }
            let taken = self.new_block(guard.span);
            self.condition(guard, taken, next);
            self.start(taken);
        }
        if let (TPat::Wild | TPat::Local(_), [item]) = (&arm.pattern.kind, items.as_slice())
            && let TPat::Wild = item.kind
        {
            self.drop_subject(subjects[0], arm.pattern.span);
            return body(self, &arm.body);
        }
        for (item, subject) in items.iter().zip(subjects) {
            match &item.kind {
                TPat::Wild | TPat::Value(_) | TPat::Range(..) => self.drop_subject(*subject, item.span),
                _ => self.bind_pattern(item, Src::infer(subject.temp)),
            }
        }
        body(self, &arm.body);
    }

    /// A scrutinee that the arm does not bind is dropped.
    fn drop_subject(&mut self, subject: Subject, span: Span) {
        if !subject.is_ref && !self.temp_ty(subject.temp).is_primitive() {
            self.emit(Op::Drop, Vec::new(), vec![Src::infer(subject.temp)], span);
        }
    }

    // Tests --------------------------------------------------------------------------------------

    /// An immutable reference to a part of a scrutinee.
    fn part_ref(&mut self, subject: Subject, path: &[Step], span: Span) -> Src {
        let ty = self.temp_ty(subject.temp).clone();
        let mut at = if subject.is_ref {
            Src { temp: subject.temp, mode: Mode::Infer }
        } else {
            self.emit_to(Op::BorrowLocal(false, subject.temp), Ty::reference(false, ty), Vec::new(), span)
        };
        for step in path {
            at = self.foreign_base(step.id, at, span);
            let decl = self.program.strukt(step.id);
            let ty = decl.variants[step.variant].fields[step.field].ty.substitute(&step.targs);
            let variants = if decl.is_enum { vec![step.variant] } else { Vec::new() };
            let op = Op::BorrowField(false, step.id, variants, step.field, step.targs.clone());
            at = self.emit_to(op, Ty::reference(false, ty), vec![at], span);
        }
        at
    }

    /// Jumps to `next` unless the part of the scrutinee fits the pattern.
    fn tests(&mut self, subject: Subject, pattern: &TPattern, path: &mut Vec<Step>, next: BlockId) {
        let span = pattern.span;
        match &pattern.kind {
            TPat::Error | TPat::Wild | TPat::Local(_) | TPat::Place(_) | TPat::Tuple(_) => {}
            TPat::Struct(id, variant, targs, fields, _) => {
                access::check_struct(self.program, self.shared.module, *id, span, &self.sites(), false);
                let targs = self.tys(targs);
                let decl = self.program.strukt(*id);
                if decl.is_enum && decl.variants.len() > 1 {
                    let reference = self.part_ref(subject, path, span);
                    let reference = self.foreign_base(*id, reference, span);
                    let hit =
                        self.emit_to(Op::TestVariant(*id, *variant, targs.clone()), Ty::Bool, vec![reference], span);
                    let fits = self.new_block(span);
                    self.terminate(Term::Branch(hit, fits, next), span);
                    self.start(fits);
                }
                for (field, inner) in fields {
                    path.push(Step { id: *id, variant: *variant, targs: targs.clone(), field: *field });
                    self.tests(subject, inner, path, next);
                    path.pop();
                    if !self.reachable() {
                        return;
                    }
                }
            }
            TPat::Value(value) => {
                let left = self.part_value(subject, path, span);
                let expected = value.clone();
                let fits = self.new_block(span);
                if let Value::Bool(wanted) = expected {
                    let (yes, no) = if wanted { (fits, next) } else { (next, fits) };
                    self.terminate(Term::Branch(left, yes, no), span);
                } else {
                    let right = self.constant(expected, span);
                    let hit = self.emit_to(Op::Binary(BinOp::Eq), Ty::Bool, vec![left, right], span);
                    self.terminate(Term::Branch(hit, fits, next), span);
                }
                self.start(fits);
            }
            TPat::Range(low, high) => {
                let ty = self.ty(&pattern.ty);
                let Ty::Int(int) = ty.strip().clone() else {
                    self.failed = true;
                    return;
                };
                let least = pattern_order((int.is_signed(), int.min_magnitude()));
                let most = pattern_order((false, int.max()));
                if pattern_order(*low) > least {
                    self.bound(subject, path, BinOp::Ge, *low, int, next, span);
                }
                if pattern_order(*high) < most {
                    self.bound(subject, path, BinOp::Le, *high, int, next, span);
                }
            }
        }
    }

    #[expect(clippy::too_many_arguments, reason = "one comparison with its surroundings")]
    fn bound(
        &mut self,
        subject: Subject,
        path: &[Step],
        op: BinOp,
        limit: (bool, U256),
        int: crate::types::IntTy,
        next: BlockId,
        span: Span,
    ) {
        let left = self.part_value(subject, path, span);
        let right = self.constant(Value::Int(limit.0, limit.1, int), span);
        let hit = self.emit_to(Op::Binary(op), Ty::Bool, vec![left, right], span);
        let fits = self.new_block(span);
        self.terminate(Term::Branch(hit, fits, next), span);
        self.start(fits);
    }

    /// A copy of a part of a scrutinee.
    fn part_value(&mut self, subject: Subject, path: &[Step], span: Span) -> Src {
        let ty = self.temp_ty(subject.temp).clone();
        if path.is_empty() && !subject.is_ref && ty.is_primitive() {
            return Src { temp: subject.temp, mode: Mode::Infer };
        }
        let reference = self.part_ref(subject, path, span);
        let target = self.temp_ty(reference.temp).strip().clone();
        self.emit_to(Op::ReadRef, target, vec![reference], span)
    }

    // Guards -------------------------------------------------------------------------------------

    /// Binds the variables of a pattern for its guard: by reference into the scrutinee.
    fn bind_guard(&mut self, subject: Subject, pattern: &TPattern, path: &mut Vec<Step>) {
        match &pattern.kind {
            TPat::Local(local) => {
                let reference = self.part_ref(subject, path, pattern.span);
                let ty = self.temp_ty(reference.temp).clone();
                let held = self.fresh(ty, pattern.span);
                self.emit(Op::Assign, vec![held], vec![reference], pattern.span);
                // A variable that is itself a reference is used as such; a value is read through it.
                let declared = self.ty(&pattern.ty);
                let binding = if declared.is_ref() { Binding::Temp(held) } else { Binding::Through(held) };
                self.bind(*local, binding);
            }
            TPat::Struct(id, variant, targs, fields, _) => {
                let targs = self.tys(targs);
                for (field, inner) in fields {
                    path.push(Step { id: *id, variant: *variant, targs: targs.clone(), field: *field });
                    self.bind_guard(subject, inner, path);
                    path.pop();
                }
            }
            TPat::Tuple(_) | TPat::Error | TPat::Wild | TPat::Value(_) | TPat::Range(..) | TPat::Place(_) => {}
        }
    }
}
