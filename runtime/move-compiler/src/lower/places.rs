//! Places: borrowing, reading, assigning.

use super::{Binding, Lowerer, access};
use crate::{
    ast::BinOp,
    ir::{BlockId, Mode, Op, Src, Term, VectorOp},
    source::Span,
    typed::{LocalId, TExp, TKind, TPat, TPattern},
    types::{StructId, Ty},
};

impl Lowerer<'_, '_> {
    /// A reference to a place; anything else is put into a temporary first.
    pub(super) fn place_ref(&mut self, place: &TExp, mutable: bool, span: Span) -> Src {
        self.deeper(
            span,
            |this| this.place_ref_inner(place, mutable, span),
            |this| Src::infer(this.fresh(Ty::Error, span)),
        )
    }

    fn place_ref_inner(&mut self, place: &TExp, mutable: bool, span: Span) -> Src {
        let ty = self.ty(&place.ty);
        match &place.kind {
            TKind::Local(local) => match self.binding(*local) {
                Some(Binding::Temp(temp)) => {
                    self.emit_to(Op::BorrowLocal(mutable, temp), Ty::reference(mutable, ty), Vec::new(), span)
                }
                Some(Binding::Through(reference)) if !mutable => {
                    self.emit_to(Op::Assign, Ty::reference(false, ty), vec![Src::infer(reference)], span)
                }
                None => {
                    let temp = self.local_temp(*local);
                    self.emit_to(Op::BorrowLocal(mutable, temp), Ty::reference(mutable, ty), Vec::new(), span)
                }
                Some(_) => self.temporary_ref(place, mutable, span),
            },
            TKind::Field(base, id, name) => {
                let base = self.base_ref(base, mutable);
                self.field_ref(base, *id, name, mutable, span)
            }
            TKind::Deref(base) => {
                let reference = self.value(base);
                match self.temp_ty(reference.temp) {
                    Ty::Ref(true, _) if !mutable => {
                        self.emit_to(Op::Freeze, Ty::reference(false, ty), vec![reference], span)
                    }
                    _ => reference,
                }
            }
            TKind::Index(base, index) => {
                let vector = self.base_ref(base, mutable);
                let index = self.value(index);
                self.emit_to(
                    Op::Vector(VectorOp::Borrow(mutable), ty.clone()),
                    Ty::reference(mutable, ty),
                    vec![vector, index],
                    span,
                )
            }
            TKind::Resource(address) => {
                let Ty::Struct(id, targs) = &ty else {
                    self.failed = true;
                    return Src::infer(self.fresh(Ty::Error, span));
                };
                access::check_struct(self.program, self.shared.module, *id, span, &self.sites(), true);
                let (id, targs) = (*id, targs.to_vec());
                let address = self.value(address);
                self.emit_to(Op::BorrowGlobal(mutable, id, targs), Ty::reference(mutable, ty), vec![address], span)
            }
            TKind::Hole(index) => {
                let body = self.frames[self.frame].body.clone();
                match body.holes.get(*index).and_then(Option::as_ref) {
                    Some(inner) => self.place_ref(inner, mutable, span),
                    None => Src::infer(self.fresh(Ty::Error, span)),
                }
            }
            TKind::Block(stmts, Some(tail)) if stmts.is_empty() && !matches!(tail.kind, TKind::Local(_)) => {
                self.place_ref(tail, mutable, span)
            }
            _ => self.temporary_ref(place, mutable, span),
        }
    }

    fn temporary_ref(&mut self, exp: &TExp, mutable: bool, span: Span) -> Src {
        let ty = self.ty(&exp.ty);
        let temp = self.fresh(ty.clone(), exp.span);
        self.value_into(exp, temp);
        self.emit_to(Op::BorrowLocal(mutable, temp), Ty::reference(mutable, ty), Vec::new(), span)
    }

    /// A reference to the struct or vector that a selection starts from.
    fn base_ref(&mut self, base: &TExp, mutable: bool) -> Src {
        if self.ty(&base.ty).is_ref() { self.value(base) } else { self.place_ref(base, mutable, base.span) }
    }

    /// Variants and field index of each group of variants that have the field at one index.
    pub(super) fn field_groups(&self, id: StructId, name: &str) -> Vec<(usize, Vec<usize>)> {
        let mut groups: Vec<(usize, Vec<usize>)> = Vec::new();
        for (nth, variant) in self.program.strukt(id).variants.iter().enumerate() {
            if let Some(index) = variant.fields.iter().position(|field| &*field.name == name) {
                match groups.iter_mut().find(|(other, _)| *other == index) {
                    Some((_, variants)) => variants.push(nth),
                    None => groups.push((index, vec![nth])),
                }
            }
        }
        groups
    }

    fn field_ref(&mut self, base: Src, id: StructId, name: &str, mutable: bool, span: Span) -> Src {
        access::check_struct(self.program, self.shared.module, id, span, &self.sites(), false);
        let targs = match self.temp_ty(base.temp).strip() {
            Ty::Struct(_, targs) => targs.to_vec(),
            _ => Vec::new(),
        };
        let base = if mutable { base } else { self.foreign_base(id, base, span) };
        let groups = self.field_groups(id, name);
        let Some((first, _)) = groups.first() else {
            self.failed = true;
            return Src::infer(self.fresh(Ty::Error, span));
        };
        let decl = self.program.strukt(id);
        let field = groups.first().and_then(|(index, variants)| decl.variants[variants[0]].fields.get(*index));
        let ty = field.map_or(Ty::Error, |field| field.ty.substitute(&targs));
        let result = Ty::reference(mutable, ty);
        if !decl.is_enum {
            return self.emit_to(Op::BorrowField(mutable, id, Vec::new(), *first, targs), result, vec![base], span);
        }
        if let [(index, variants)] = groups.as_slice() {
            return self.emit_to(
                Op::BorrowField(mutable, id, variants.clone(), *index, targs),
                result,
                vec![base],
                span,
            );
        }
        // The field sits at different indices: test for each group, the last without a test.
        let held = self.fresh(self.temp_ty(base.temp).clone(), span);
        self.emit(Op::Assign, vec![held], vec![base], span);
        let dst = self.fresh(result, span);
        let end = self.new_block(span);
        for (nth, (index, variants)) in groups.iter().enumerate() {
            let (yes, no) = (self.new_block(span), self.new_block(span));
            if nth + 1 < groups.len() {
                self.test_temp(held, id, variants, &targs, yes, no, span);
                self.start(yes);
            }
            self.emit(
                Op::BorrowField(mutable, id, variants.clone(), *index, targs.clone()),
                vec![dst],
                vec![Src::infer(held)],
                span,
            );
            self.jump(end, span);
            self.start(no);
        }
        self.current = None;
        self.start(end);
        Src::infer(dst)
    }

    /// Accessors of foreign types, unlike instructions, do not take mutable references for reading.
    pub(super) fn foreign_base(&mut self, id: StructId, base: Src, span: Span) -> Src {
        match self.temp_ty(base.temp) {
            Ty::Ref(true, target) if self.program.strukt(id).module != self.shared.module => {
                let ty = Ty::reference(false, (**target).clone());
                self.emit_to(Op::Freeze, ty, vec![base], span)
            }
            _ => base,
        }
    }

    /// The value at a place, copied out.
    pub(super) fn read_place(&mut self, place: &TExp) -> Src {
        let ty = self.ty(&place.ty);
        let reference = self.place_ref(place, false, place.span);
        self.emit_to(Op::ReadRef, ty, vec![reference], place.span)
    }

    // Tests --------------------------------------------------------------------------------------

    /// Jumps depending on whether the value behind a held reference is one of some variants.
    #[expect(clippy::too_many_arguments, reason = "one operation with its operands")]
    pub(super) fn test_temp(
        &mut self,
        held: crate::ir::Temp,
        id: StructId,
        variants: &[usize],
        targs: &[Ty],
        yes: BlockId,
        no: BlockId,
        span: Span,
    ) {
        for (nth, variant) in variants.iter().enumerate() {
            let hit =
                self.emit_to(Op::TestVariant(id, *variant, targs.to_vec()), Ty::Bool, vec![Src::infer(held)], span);
            let next = if nth + 1 == variants.len() { no } else { self.new_block(span) };
            self.terminate(Term::Branch(hit, yes, next), span);
            if next != no {
                self.start(next);
            }
        }
    }

    fn subject_ref(&mut self, subject: &TExp) -> Src {
        if self.ty(&subject.ty).is_ref() { self.value(subject) } else { self.place_ref(subject, false, subject.span) }
    }

    pub(super) fn test_condition(
        &mut self,
        subject: &TExp,
        id: StructId,
        variants: &[usize],
        yes: BlockId,
        no: BlockId,
        span: Span,
    ) {
        access::check_struct(self.program, self.shared.module, id, span, &self.sites(), false);
        let reference = self.subject_ref(subject);
        let reference = self.foreign_base(id, reference, span);
        let targs = self.type_args(reference);
        let held = self.fresh(self.temp_ty(reference.temp).clone(), span);
        self.emit(Op::Assign, vec![held], vec![reference], span);
        self.test_temp(held, id, variants, &targs, yes, no, span);
    }

    fn type_args(&self, reference: Src) -> Vec<Ty> {
        match self.temp_ty(reference.temp).strip() {
            Ty::Struct(_, targs) => targs.to_vec(),
            _ => Vec::new(),
        }
    }

    /// `e is V | W` as a value.
    pub(super) fn test_value(&mut self, exp: &TExp) -> Src {
        let span = exp.span;
        let TKind::Test(subject, id, variants) = &exp.kind else { return Src::infer(self.fresh(Ty::Bool, span)) };
        if let [variant] = variants.as_slice() {
            access::check_struct(self.program, self.shared.module, *id, span, &self.sites(), false);
            let reference = self.subject_ref(subject);
            let reference = self.foreign_base(*id, reference, span);
            let targs = self.type_args(reference);
            return self.emit_to(Op::TestVariant(*id, *variant, targs), Ty::Bool, vec![reference], span);
        }
        let dst = self.fresh(Ty::Bool, span);
        let (yes, no, end) = (self.new_block(span), self.new_block(span), self.new_block(span));
        self.test_condition(subject, *id, variants, yes, no, span);
        for (block, value) in [(yes, true), (no, false)] {
            self.start(block);
            self.emit(Op::Const(crate::types::Value::Bool(value)), vec![dst], Vec::new(), span);
            self.jump(end, span);
        }
        self.start(end);
        Src::infer(dst)
    }

    // Assignments --------------------------------------------------------------------------------

    pub(super) fn assign(&mut self, place: &TExp, value: &TExp, span: Span) {
        if let TKind::Local(local) = &place.kind {
            match self.binding(*local) {
                Some(Binding::Temp(temp)) => return self.value_into(value, temp),
                None => {
                    let temp = self.local_temp(*local);
                    return self.value_into(value, temp);
                }
                Some(_) => {
                    self.captured_write(place.span);
                    return;
                }
            }
        }
        let value_src = self.value(value);
        let value_src = self.saved(value_src, value, std::slice::from_ref(place));
        let reference = self.place_ref(place, true, span);
        self.emit(Op::WriteRef, Vec::new(), vec![value_src, reference], span);
    }

    pub(super) fn op_assign(&mut self, op: BinOp, place: &TExp, value: &TExp, span: Span) {
        let ty = self.ty(&place.ty);
        if let TKind::Local(local) = &place.kind {
            let value = self.value(value);
            match self.binding(*local) {
                Some(Binding::Temp(temp)) => self.emit(Op::Binary(op), vec![temp], vec![Src::infer(temp), value], span),
                _ => self.captured_write(place.span),
            }
            return;
        }
        let value_src = self.value(value);
        let value_src = self.saved(value_src, value, std::slice::from_ref(place));
        let reference = self.place_ref(place, true, span);
        let held = self.fresh(self.temp_ty(reference.temp).clone(), span);
        self.emit(Op::Assign, vec![held], vec![reference], span);
        let old = self.emit_to(Op::ReadRef, ty.clone(), vec![Src::infer(held)], span);
        let new = self.emit_to(Op::Binary(op), ty, vec![old, value_src], span);
        self.emit(Op::WriteRef, Vec::new(), vec![new, Src::infer(held)], span);
    }

    pub(super) fn assign_pattern(&mut self, pattern: &TPattern, value: &TExp) {
        let TPat::Tuple(items) = &pattern.kind else {
            if let TPat::Wild = pattern.kind {
                return self.discard(value);
            }
            let value = self.value(value);
            return self.bind_pattern(pattern, value);
        };
        let mut values = self.values(value);
        if !self.reachable() {
            return;
        }
        // `(x, y) = (y, x)`: variables that are targets are read before any is written.
        let mut targets: Vec<LocalId> = Vec::new();
        collect_targets(pattern, &mut targets);
        let temps: Vec<crate::ir::Temp> = targets
            .iter()
            .filter_map(|local| match self.binding(*local) {
                Some(Binding::Temp(temp)) => Some(temp),
                _ => None,
            })
            .collect();
        for value in &mut values {
            if temps.contains(&value.temp) {
                let ty = self.temp_ty(value.temp).clone();
                *value = self.emit_to(Op::Assign, ty, vec![*value], pattern.span);
            }
        }
        for (item, value) in items.iter().zip(values) {
            self.bind_pattern(item, value);
        }
    }

    /// Moves a value into the variables and places of an irrefutable pattern.
    pub(super) fn bind_pattern(&mut self, pattern: &TPattern, value: Src) {
        self.deeper(pattern.span, |this| this.bind_pattern_inner(pattern, value), |_| ());
    }

    fn bind_pattern_inner(&mut self, pattern: &TPattern, value: Src) {
        let span = pattern.span;
        match &pattern.kind {
            TPat::Error | TPat::Value(_) | TPat::Range(..) => {}
            TPat::Wild => {
                // An intermediate result dies unused; a variable is read and the result dropped.
                if self.function.temps[value.temp as usize].name.is_some() {
                    self.emit(Op::Drop, Vec::new(), vec![value], span);
                }
            }
            TPat::Local(local) => {
                let temp = self.local_temp(*local);
                self.emit(Op::Assign, vec![temp], vec![value], span);
            }
            TPat::Place(place) => {
                if let TKind::Local(local) = &place.kind {
                    match self.binding(*local) {
                        Some(Binding::Temp(temp)) => {
                            let target = self.temp_ty(temp).clone();
                            let value = match (self.temp_ty(value.temp), &target) {
                                (Ty::Ref(true, _), Ty::Ref(false, _)) => {
                                    self.emit_to(Op::Freeze, target, vec![value], span)
                                }
                                _ => value,
                            };
                            self.emit(Op::Assign, vec![temp], vec![value], span);
                        }
                        _ => self.captured_write(span),
                    }
                    return;
                }
                let reference = self.place_ref(place, true, span);
                self.emit(Op::WriteRef, Vec::new(), vec![value, reference], span);
            }
            TPat::Tuple(items) => {
                for item in items {
                    self.bind_pattern(item, value);
                }
            }
            TPat::Struct(id, variant, targs, fields, by_ref) => {
                access::check_struct(self.program, self.shared.module, *id, span, &self.sites(), false);
                let targs = self.tys(targs);
                match by_ref {
                    None => self.unpack(*id, *variant, &targs, fields, value, span),
                    Some(mutable) => self.borrow_fields(*id, *variant, &targs, fields, *mutable, value, span),
                }
            }
        }
    }

    fn unpack(
        &mut self,
        id: StructId,
        variant: usize,
        targs: &[Ty],
        fields: &[(usize, TPattern)],
        value: Src,
        span: Span,
    ) {
        let shape = &self.program.strukt(id).variants[variant];
        let mut dsts = Vec::new();
        let mut waiting: Vec<(usize, crate::ir::Temp)> = Vec::new();
        for (nth, field) in shape.fields.iter().enumerate() {
            let ty = field.ty.substitute(targs);
            let pattern = fields.iter().position(|(index, _)| *index == nth);
            let dst = match pattern.map(|at| &fields[at].1.kind) {
                Some(TPat::Local(local)) => self.local_temp(*local),
                _ => self.fresh(ty, pattern.map_or(span, |at| fields[at].1.span)),
            };
            if let Some(at) = pattern
                && !matches!(fields[at].1.kind, TPat::Local(_) | TPat::Wild)
            {
                waiting.push((at, dst));
            }
            dsts.push(dst);
        }
        self.emit(Op::Unpack(id, variant, targs.to_vec()), dsts, vec![value], span);
        for (at, dst) in waiting {
            self.bind_pattern(&fields[at].1, Src::infer(dst));
        }
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of one pattern")]
    fn borrow_fields(
        &mut self,
        id: StructId,
        variant: usize,
        targs: &[Ty],
        fields: &[(usize, TPattern)],
        mutable: bool,
        value: Src,
        span: Span,
    ) {
        let decl = self.program.strukt(id);
        let variants = if decl.is_enum { vec![variant] } else { Vec::new() };
        let mut bound: Vec<&(usize, TPattern)> =
            fields.iter().filter(|(_, pattern)| !matches!(pattern.kind, TPat::Wild)).collect();
        bound.sort_by_key(|(index, _)| *index);
        for (nth, (index, pattern)) in bound.iter().enumerate() {
            let ty = decl.variants[variant].fields[*index].ty.substitute(targs);
            let last = nth + 1 == bound.len();
            let src = if last { value } else { Src { temp: value.temp, mode: Mode::Infer } };
            let op = Op::BorrowField(mutable, id, variants.clone(), *index, targs.to_vec());
            if let TPat::Local(local) = &pattern.kind {
                let temp = self.local_temp(*local);
                self.emit(op, vec![temp], vec![src], span);
            } else {
                let field = self.emit_to(op, Ty::reference(mutable, ty), vec![src], span);
                self.bind_pattern(pattern, field);
            }
        }
    }

    fn captured_write(&mut self, span: Span) {
        self.program.report(crate::diagnostics::Diagnostic::new(
            crate::codes::Code::Capture,
            span,
            "this variable cannot be changed here",
        ));
        self.failed = true;
    }
}

fn collect_targets(pattern: &TPattern, out: &mut Vec<LocalId>) {
    match &pattern.kind {
        TPat::Place(place) => {
            let mut at = &**place;
            loop {
                match &at.kind {
                    TKind::Local(local) => {
                        out.push(*local);
                        return;
                    }
                    TKind::Field(base, ..) | TKind::Index(base, _) => at = base,
                    _ => return,
                }
            }
        }
        TPat::Tuple(items) => items.iter().for_each(|item| collect_targets(item, out)),
        TPat::Struct(_, _, _, fields, _) => fields.iter().for_each(|(_, item)| collect_targets(item, out)),
        TPat::Error | TPat::Wild | TPat::Local(_) | TPat::Value(_) | TPat::Range(..) => {}
    }
}
