//! Unification.

use super::Checker;
use crate::{
    codes::Code,
    diagnostics::Diagnostic,
    source::Span,
    types::{FunTy, IntTy, Ty},
};
use std::rc::Rc;

/// How large an inferred type may become.
const TYPE_NODES_MAX: usize = 2_000;

#[derive(Debug, Clone)]
pub(super) struct Variable {
    bound: Option<Ty>,
    /// Only these integer types.
    ints: Option<u16>,
    span: Span,
    what: String,
    /// Not an error if it stays open; becomes unit.
    optional: bool,
}

impl Checker<'_> {
    pub(super) fn fresh(&mut self, span: Span, what: impl Into<String>) -> Ty {
        self.vars.push(Variable { bound: None, ints: None, span, what: what.into(), optional: false });
        Ty::Var(self.vars.len() as u32 - 1)
    }

    pub(super) fn fresh_int(&mut self, span: Span, ints: u16) -> Ty {
        self.vars.push(Variable { bound: None, ints: Some(ints), span, what: "number".into(), optional: false });
        Ty::Var(self.vars.len() as u32 - 1)
    }

    /// Follows bound variables at the root.
    pub(super) fn shallow(&self, ty: &Ty) -> Ty {
        let mut ty = ty.clone();
        while let Ty::Var(index) = ty {
            match self.vars.get(index as usize).and_then(|var| var.bound.clone()) {
                Some(bound) => ty = bound,
                None => break,
            }
        }
        ty
    }

    /// Replaces bound variables everywhere.
    pub(super) fn zonk(&self, ty: &Ty) -> Ty {
        match self.shallow(ty) {
            Ty::Vector(inner) => Ty::vector(self.zonk(&inner)),
            Ty::Struct(id, types) => Ty::Struct(id, types.iter().map(|ty| self.zonk(ty)).collect()),
            Ty::Ref(mutable, inner) => Ty::reference(mutable, self.zonk(&inner)),
            Ty::Tuple(types) => Ty::Tuple(types.iter().map(|ty| self.zonk(ty)).collect()),
            Ty::Fun(fun) => Ty::Fun(Rc::new(FunTy {
                args: fun.args.iter().map(|ty| self.zonk(ty)).collect(),
                result: self.zonk(&fun.result),
                abilities: fun.abilities,
            })),
            other => other,
        }
    }

    /// The possible integer types of an open number variable.
    pub(super) fn int_mask(&self, ty: &Ty) -> Option<u16> {
        match self.shallow(ty) {
            Ty::Var(index) => self.vars[index as usize].ints,
            Ty::Int(int) => Some(int.bit()),
            _ => None,
        }
    }

    fn bind(&mut self, index: u32, ty: Ty) -> bool {
        if let Ty::Var(other) = ty {
            if other == index {
                return true;
            }
            let mine = self.vars[index as usize].ints;
            let theirs = self.vars[other as usize].ints;
            let both = match (mine, theirs) {
                (Some(a), Some(b)) if a & b == 0 => return false,
                (Some(a), Some(b)) => Some(a & b),
                (a, b) => a.or(b),
            };
            self.vars[other as usize].ints = both;
            let optional = self.vars[index as usize].optional && self.vars[other as usize].optional;
            self.vars[other as usize].optional = optional;
            self.vars[index as usize].bound = Some(Ty::Var(other));
            return true;
        }
        if let Some(mask) = self.vars[index as usize].ints {
            match &ty {
                Ty::Int(int) if mask & int.bit() != 0 => {}
                Ty::Error | Ty::Never => {}
                _ => return false,
            }
        }
        let ty = self.zonk(&ty);
        if ty.any(&mut |part| *part == Ty::Var(index)) {
            return false;
        }
        if ty.measure(TYPE_NODES_MAX).1 > TYPE_NODES_MAX {
            let span = self.vars[index as usize].span;
            self.report(Diagnostic::new(Code::TooDeep, span, "the inferred type is too large"));
            self.vars[index as usize].bound = Some(Ty::Error);
            return true;
        }
        self.vars[index as usize].bound = Some(ty);
        true
    }

    /// Makes two types equal if possible.
    pub(super) fn unify(&mut self, a: &Ty, b: &Ty) -> bool {
        let (a, b) = (self.shallow(a), self.shallow(b));
        match (&a, &b) {
            (Ty::Error, Ty::Var(index)) | (Ty::Var(index), Ty::Error) => {
                if self.vars[*index as usize].ints.is_none() {
                    self.vars[*index as usize].bound = Some(Ty::Error);
                }
                true
            }
            (Ty::Error | Ty::Never, _) | (_, Ty::Error | Ty::Never) => true,
            (Ty::Var(x), _) => self.bind(*x, b.clone()),
            (_, Ty::Var(y)) => self.bind(*y, a.clone()),
            (Ty::Vector(x), Ty::Vector(y)) => self.unify(x, y),
            (Ty::Ref(m, x), Ty::Ref(n, y)) => m == n && self.unify(x, y),
            (Ty::Struct(s, xs), Ty::Struct(t, ys)) => {
                s == t && xs.len() == ys.len() && xs.iter().zip(ys.iter()).all(|(x, y)| self.unify(x, y))
            }
            (Ty::Tuple(xs), Ty::Tuple(ys)) => {
                xs.len() == ys.len() && xs.iter().zip(ys.iter()).all(|(x, y)| self.unify(x, y))
            }
            (Ty::Fun(f), Ty::Fun(g)) => {
                f.args.len() == g.args.len()
                    && f.args.iter().zip(g.args.iter()).all(|(x, y)| self.unify(x, y))
                    && self.unify(&f.result, &g.result)
                    && (f.abilities == g.abilities || self.lax_functions)
            }
            _ => a == b,
        }
    }

    /// Demands one of some integer types.
    pub(super) fn require_int(&mut self, ty: &Ty, mask: u16) -> bool {
        match self.shallow(ty) {
            Ty::Int(int) => mask & int.bit() != 0,
            Ty::Error | Ty::Never => true,
            Ty::Var(index) => {
                let variable = &mut self.vars[index as usize];
                let both = variable.ints.map_or(mask, |have| have & mask);
                if both == 0 {
                    return false;
                }
                variable.ints = Some(both);
                true
            }
            _ => false,
        }
    }

    /// Gives open number variables their default.
    pub(super) fn default_numbers(&mut self) {
        for index in 0..self.vars.len() {
            let variable = &self.vars[index];
            let (None, Some(mask)) = (&variable.bound, variable.ints) else { continue };
            let choice = if mask & IntTy::U64.bit() != 0 {
                Some(IntTy::U64)
            } else if mask.count_ones() == 1 {
                IntTy::ALL.into_iter().find(|int| int.bit() == mask)
            } else if mask & IntTy::I64.bit() != 0 && mask & IntTy::U256.bit() == 0 {
                Some(IntTy::I64)
            } else {
                None
            };
            if let Some(int) = choice {
                self.vars[index].bound = Some(Ty::Int(int));
            }
        }
    }

    /// The final meaning of each variable; reports those that nothing determined.
    pub(super) fn solution(&mut self) -> Vec<Ty> {
        let mut reported: Vec<Span> = Vec::new();
        for index in 0..self.vars.len() {
            if self.vars[index].bound.is_some() {
                continue;
            }
            let variable = &self.vars[index];
            if !variable.optional && !reported.contains(&variable.span) && self.program.errors() == self.errors_before {
                reported.push(variable.span);
                let what = variable.what.clone();
                let span = variable.span;
                self.report(
                    Diagnostic::new(Code::CannotInfer, span, format!("cannot infer the type of this {what}"))
                        .note("write the type down"),
                );
            }
            self.vars[index].bound = Some(if self.vars[index].optional { Ty::unit() } else { Ty::Error });
        }
        (0..self.vars.len()).map(|index| self.zonk(&Ty::Var(index as u32))).collect()
    }
}
