//! Whether evaluating an expression may change, move or mutably borrow a variable.

use super::{Binding, Lowerer};
use crate::typed::{LocalId, TExp, TKind, TPat, TPattern, TStmt};

impl Lowerer<'_, '_> {
    /// Whether evaluating `exp` may change the value of `local`, both of the current frame.
    pub(super) fn writes(&self, exp: &TExp, local: LocalId) -> bool {
        let mut found = false;
        self.walk(exp, local, self.frame, &mut found, 0);
        found
    }

    fn walk(&self, exp: &TExp, local: LocalId, frame: usize, found: &mut bool, depth: u32) {
        if *found {
            return;
        }
        if depth > 2_000 {
            *found = true;
            return;
        }
        let mut on = |inner: &TExp| self.walk(inner, local, frame, found, depth + 1);
        match &exp.kind {
            TKind::Move(other) => *found |= *other == local,
            TKind::Assign(place, value) | TKind::OpAssign(_, place, value) => {
                on(value);
                on(place);
                *found |= root(place) == Some(local);
            }
            TKind::AssignPattern(pattern, value) => {
                on(value);
                *found |= pattern_writes(pattern, local);
            }
            TKind::Borrow(true, place) => {
                on(place);
                *found |= root(place) == Some(local);
            }
            TKind::Borrow(false, inner)
            | TKind::Not(inner)
            | TKind::Negate(inner)
            | TKind::Deref(inner)
            | TKind::Freeze(inner)
            | TKind::Cast(inner)
            | TKind::Test(inner, ..)
            | TKind::Field(inner, ..)
            | TKind::Resource(inner)
            | TKind::Loop(_, inner) => on(inner),
            TKind::Return(inner) => {
                if let Some(inner) = inner {
                    on(inner);
                }
            }
            TKind::Abort(code, message) => {
                on(code);
                if let Some(message) = message {
                    on(message);
                }
            }
            TKind::Index(a, b) | TKind::Binary(_, a, b) | TKind::While(_, a, b) => {
                on(a);
                on(b);
            }
            TKind::For(_, _, a, b, c) => {
                on(a);
                on(b);
                on(c);
            }
            TKind::If(a, b, c) => {
                on(a);
                on(b);
                if let Some(c) = c {
                    on(c);
                }
            }
            TKind::Call(_, _, items) | TKind::Global(_, _, items) | TKind::Vector(items) | TKind::Tuple(items) => {
                items.iter().for_each(on);
            }
            TKind::Invoke(function, items) => {
                on(function);
                items.iter().for_each(on);
            }
            TKind::Pack(_, _, _, fields) => fields.iter().for_each(|(_, exp)| on(exp)),
            TKind::Block(stmts, tail) => {
                for stmt in stmts {
                    match stmt {
                        TStmt::Exp(exp) => on(exp),
                        TStmt::Let(_, Some(value)) => on(value),
                        TStmt::Let(_, None) => {}
                    }
                }
                if let Some(tail) = tail {
                    on(tail);
                }
            }
            TKind::Match(subject, arms) => {
                on(subject);
                for arm in arms {
                    if let Some(guard) = &arm.guard {
                        on(guard);
                    }
                    on(&arm.body);
                }
            }
            TKind::Lambda(lambda) => on(&lambda.body),
            TKind::Hole(index) => {
                let body = self.frames[frame].body.clone();
                if let Some(Some(inner)) = body.holes.get(*index) {
                    self.walk(inner, local, frame, found, depth + 1);
                }
            }
            TKind::Local(other) => {
                // A lambda bound to a parameter may be called and write anything of its frame.
                if let Some(Some(Binding::Lambda(lambda, of, _))) = self.frames[frame].bindings.get(other.0 as usize)
                    && *of == frame
                {
                    self.walk(&lambda.body, local, frame, found, depth + 1);
                }
            }
            TKind::Error
            | TKind::Value(_)
            | TKind::Int(..)
            | TKind::Const(_)
            | TKind::Copy(_)
            | TKind::FunValue(..)
            | TKind::Break(_)
            | TKind::Continue(_) => {}
        }
    }
}

/// The variable that a place is part of, not through references.
fn root(place: &TExp) -> Option<LocalId> {
    let mut at = place;
    loop {
        match &at.kind {
            TKind::Local(local) => return Some(*local),
            TKind::Field(base, ..) | TKind::Index(base, _) => at = base,
            _ => return None,
        }
    }
}

fn pattern_writes(pattern: &TPattern, local: LocalId) -> bool {
    match &pattern.kind {
        TPat::Place(place) => root(place) == Some(local),
        TPat::Tuple(items) => items.iter().any(|item| pattern_writes(item, local)),
        TPat::Struct(_, _, _, fields, _) => fields.iter().any(|(_, item)| pattern_writes(item, local)),
        TPat::Error | TPat::Wild | TPat::Local(_) | TPat::Value(_) | TPat::Range(..) => false,
    }
}
