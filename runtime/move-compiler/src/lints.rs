//! Opt-in lints: code that is right, but probably not meant, or longer than it need be.

use crate::{
    ast::BinOp,
    codes::Code,
    diagnostics::Diagnostic,
    lower::{Bodies, children, resolve},
    program::Program,
    typed::{Body, TExp, TKind, TStmt},
    types::{Ty, Value},
};
use ruint::aliases::U256;

/// Looks at every body of the root package, if lints are wanted.
pub(crate) fn check(program: &Program, bodies: &Bodies) {
    if !program.options.lints {
        return;
    }
    for (id, body) in bodies {
        let Some(body) = body else { continue };
        if !program.is_root(program.fun(*id).module) {
            continue;
        }
        let mut stack: Vec<&TExp> = vec![&body.exp];
        stack.extend(body.holes.iter().flatten());
        while let Some(exp) = stack.pop() {
            look(program, body, exp);
            children(exp, &mut stack);
        }
    }
}

fn warn(program: &Program, code: Code, exp: &TExp, message: &str, advice: &str) {
    program.report(Diagnostic::new(code, exp.span, message).here(advice));
}

fn number(exp: &TExp) -> Option<U256> {
    match &exp.kind {
        TKind::Int(false, magnitude) | TKind::Value(Value::Int(false, magnitude, _)) => Some(*magnitude),
        _ => None,
    }
}

fn boolean(exp: &TExp) -> Option<bool> {
    match &exp.kind {
        TKind::Value(Value::Bool(value)) => Some(*value),
        TKind::Block(stmts, Some(tail)) if stmts.is_empty() => boolean(tail),
        _ => None,
    }
}

/// Whether two expressions are the same variable or field path.
fn same(a: &TExp, b: &TExp) -> bool {
    match (&a.kind, &b.kind) {
        (TKind::Local(a), TKind::Local(b)) => a == b,
        (TKind::Field(a, s, f), TKind::Field(b, t, g)) => s == t && f == g && same(a, b),
        (TKind::Deref(a), TKind::Deref(b)) => same(a, b),
        _ => false,
    }
}

/// Whether evaluating it does nothing but give a value.
fn effectless(exp: &TExp) -> bool {
    match &exp.kind {
        TKind::Value(_) | TKind::Int(..) | TKind::Const(_) | TKind::Local(_) | TKind::Copy(_) => !exp.ty.is_unit(),
        TKind::Binary(_, a, b) => effectless(a) && effectless(b),
        TKind::Not(a) | TKind::Field(a, ..) | TKind::Borrow(_, a) | TKind::Deref(a) | TKind::Cast(a) => effectless(a),
        _ => false,
    }
}

fn comparison(program: &Program, body: &Body, op: BinOp, a: &TExp, b: &TExp, exp: &TExp) {
    let always = |value: bool| {
        let message = if value { "this comparison is always true" } else { "this comparison is always false" };
        warn(program, Code::ConstantComparison, exp, message, "whatever the operands are");
    };
    if same(a, b) {
        return always(matches!(op, BinOp::Eq | BinOp::Le | BinOp::Ge));
    }
    let Ty::Int(int) = resolve(&a.ty, &body.solution) else { return };
    let least = if int.is_signed() { None } else { Some(U256::ZERO) };
    let (low, high) =
        (|exp: &TExp| number(exp) == least && least.is_some(), |exp: &TExp| number(exp) == Some(int.max()));
    match op {
        BinOp::Ge if low(b) || high(a) => always(true),
        BinOp::Le if low(a) || high(b) => always(true),
        BinOp::Lt if low(b) || high(a) => always(false),
        BinOp::Gt if low(a) || high(b) => always(false),
        _ => {}
    }
}

fn look(program: &Program, body: &Body, exp: &TExp) {
    match &exp.kind {
        TKind::Binary(op @ (BinOp::Eq | BinOp::Neq), a, b) if boolean(a).is_some() || boolean(b).is_some() => {
            let _ = op;
            warn(
                program,
                Code::NeedlessBool,
                exp,
                "comparison with a boolean literal",
                "use the condition itself, or `!`",
            );
        }
        TKind::Binary(BinOp::Mul, a, b)
            if [a, b].iter().any(|side| matches!(side.kind, TKind::Binary(BinOp::Div, ..))) =>
        {
            warn(
                program,
                Code::DivisionFirst,
                exp,
                "the division before this multiplication loses precision",
                "multiply first, if it cannot overflow",
            );
        }
        TKind::Binary(op @ (BinOp::Eq | BinOp::Neq | BinOp::Lt | BinOp::Gt | BinOp::Le | BinOp::Ge), a, b) => {
            comparison(program, body, *op, a, b, exp);
        }
        TKind::While(_, condition, _) if boolean(condition) == Some(true) => {
            warn(program, Code::EndlessWhile, condition, "the condition is always true", "write `loop`");
        }
        TKind::If(_, then, Some(otherwise)) => {
            if let (Some(a), Some(b)) = (boolean(then), boolean(otherwise))
                && a != b
            {
                warn(
                    program,
                    Code::NeedlessBool,
                    exp,
                    "the condition is the value already",
                    "use the condition itself, or `!`",
                );
            }
        }
        TKind::Borrow(mutable, inner) => {
            if let TKind::Deref(reference) = &inner.kind
                && resolve(&reference.ty, &body.solution) == Ty::reference(*mutable, resolve(&inner.ty, &body.solution))
            {
                warn(
                    program,
                    Code::NeedlessReference,
                    exp,
                    "this borrows what a reference points to",
                    "use the reference",
                );
            }
        }
        TKind::Deref(inner) if matches!(inner.kind, TKind::Borrow(..)) => {
            warn(program, Code::NeedlessReference, exp, "this reads what was just borrowed", "use the value");
        }
        TKind::Freeze(inner) if matches!(inner.kind, TKind::Borrow(true, _)) => {
            warn(program, Code::NeedlessMutable, inner, "this mutable borrow is only read", "write `&`");
        }
        TKind::Block(stmts, _) => {
            for stmt in stmts {
                if let TStmt::Exp(exp) = stmt
                    && effectless(exp)
                {
                    warn(program, Code::NoEffect, exp, "this expression has no effect", "its value is not used");
                }
            }
        }
        _ => {}
    }
}
