//! Values known at compile time: exact arithmetic in the type of the operands.

use crate::{
    ast::BinOp,
    codes::Code,
    diagnostics::Diagnostic,
    program::{ConstState, Program},
    source::Span,
    typed::{Body, TExp, TKind},
    types::{ConstId, IntTy, Ty, Value},
    typing,
};
use ruint::aliases::U256;

/// Why an operation has no value.
pub(crate) type Failure = &'static str;

fn int(negative: bool, magnitude: U256, ty: IntTy) -> Result<Value, Failure> {
    let negative = negative && !magnitude.is_zero();
    if ty.fits(negative, magnitude) {
        Ok(Value::Int(negative, magnitude, ty))
    } else {
        Err("the result does not fit the type")
    }
}

/// `a op b`.
pub(crate) fn binary(op: BinOp, a: &Value, b: &Value) -> Result<Value, Failure> {
    if let (Value::Bool(a), Value::Bool(b)) = (a, b) {
        return match op {
            BinOp::And => Ok(Value::Bool(*a && *b)),
            BinOp::Or => Ok(Value::Bool(*a || *b)),
            BinOp::Eq => Ok(Value::Bool(a == b)),
            BinOp::Neq => Ok(Value::Bool(a != b)),
            _ => Err("no such operation on bool"),
        };
    }
    let (Value::Int(n, x, ty), Value::Int(m, y, other)) = (a, b) else {
        return match op {
            BinOp::Eq => Ok(Value::Bool(encoded(a) == encoded(b))),
            BinOp::Neq => Ok(Value::Bool(encoded(a) != encoded(b))),
            _ => Err("no such operation on these types"),
        };
    };
    let (n, m, x, y, ty) = (*n, *m, *x, *y, *ty);
    let overflow = "the result does not fit the type";
    match op {
        BinOp::Add | BinOp::Sub => {
            let m = if op == BinOp::Sub { !m } else { m };
            if n == m {
                let sum = x.checked_add(y).ok_or(overflow)?;
                int(n, sum, ty)
            } else if x >= y {
                int(n, x - y, ty)
            } else {
                int(m, y - x, ty)
            }
        }
        BinOp::Mul => int(n != m, x.checked_mul(y).ok_or(overflow)?, ty),
        BinOp::Div => int(n != m, x.checked_div(y).ok_or("division by zero")?, ty),
        BinOp::Mod => int(n, x.checked_rem(y).ok_or("division by zero")?, ty),
        BinOp::BitAnd => int(false, x & y, ty),
        BinOp::BitOr => int(false, x | y, ty),
        BinOp::Xor => int(false, x ^ y, ty),
        BinOp::Shl | BinOp::Shr => {
            let _ = other;
            let amount = usize::try_from(y).unwrap_or(usize::MAX);
            if amount >= ty.bits() {
                return Err("the shift amount is not less than the number of bits");
            }
            let shifted = if op == BinOp::Shl { (x << amount) & ty.max() } else { x >> amount };
            int(false, shifted, ty)
        }
        BinOp::Eq => Ok(Value::Bool(n == m && x == y)),
        BinOp::Neq => Ok(Value::Bool(n != m || x != y)),
        BinOp::Lt => Ok(Value::Bool(key(n, x) < key(m, y))),
        BinOp::Le => Ok(Value::Bool(key(n, x) <= key(m, y))),
        BinOp::Gt => Ok(Value::Bool(key(n, x) > key(m, y))),
        BinOp::Ge => Ok(Value::Bool(key(n, x) >= key(m, y))),
        BinOp::And | BinOp::Or => Err("no such operation on integers"),
    }
}

fn key(negative: bool, magnitude: U256) -> (bool, U256) {
    typing::pattern_order((negative, magnitude))
}

fn encoded(value: &Value) -> Vec<u8> {
    let mut out = Vec::new();
    value.encode(&mut out);
    out
}

/// `-a`.
pub(crate) fn negate(a: &Value) -> Result<Value, Failure> {
    match a {
        Value::Int(negative, magnitude, ty) if ty.is_signed() => int(!negative, *magnitude, *ty),
        _ => Err("only signed integers can be negated"),
    }
}

/// `a as ty`.
pub(crate) fn cast(a: &Value, ty: IntTy) -> Result<Value, Failure> {
    match a {
        Value::Int(negative, magnitude, _) => int(*negative, *magnitude, ty),
        _ => Err("only integers can be cast"),
    }
}

/// A vector value; vectors of `u8` are byte strings.
pub(crate) fn vector(element: Ty, values: Vec<Value>) -> Value {
    if element == Ty::u8() {
        let bytes = values.iter().filter_map(|value| match value {
            Value::Int(_, magnitude, _) => u8::try_from(*magnitude).ok(),
            _ => None,
        });
        return Value::Bytes(bytes.collect());
    }
    Value::Vector(element, values)
}

/// The value of a constant; `None` if it has none, which has been reported.
pub(crate) fn value(program: &Program, id: ConstId) -> Option<Value> {
    let decl = program.constant(id);
    match &*decl.value.borrow() {
        ConstState::Known(value) => return Some(value.clone()),
        ConstState::Failed | ConstState::Running => return None,
        ConstState::Unknown => {}
    }
    evaluate(program, id, &mut Vec::new())
}

/// Evaluates a constant, reporting what is wrong with it.
pub(crate) fn evaluate(program: &Program, id: ConstId, chain: &mut Vec<ConstId>) -> Option<Value> {
    let decl = program.constant(id);
    let state = decl.value.borrow().clone();
    match state {
        ConstState::Known(value) => return Some(value),
        ConstState::Failed => return None,
        ConstState::Running => {
            let names: Vec<String> = chain
                .iter()
                .skip_while(|other| **other != id)
                .map(|id| format!("`{}`", program.constant(*id).name))
                .collect();
            program.report(
                Diagnostic::new(
                    Code::ConstantCycle,
                    decl.name_span,
                    format!("constant `{}` refers to itself", decl.name),
                )
                .note(format!("by way of {}", names.join(", "))),
            );
            return None;
        }
        ConstState::Unknown => {}
    }
    if chain.len() > 500 {
        program.report(Diagnostic::new(Code::TooDeep, decl.name_span, "constants refer to each other too deeply"));
        *decl.value.borrow_mut() = ConstState::Failed;
        return None;
    }
    *decl.value.borrow_mut() = ConstState::Running;
    chain.push(id);
    let result = if is_constant_type(&decl.ty) {
        let errors = program.errors();
        let body = typing::constant(program, decl);
        if program.errors() > errors { None } else { Folding { program, body: &body, chain }.exp(&body.exp) }
    } else {
        if decl.ty != Ty::Error {
            program.report(
                Diagnostic::new(
                    Code::BadConstant,
                    decl.ast.value.ty.span,
                    format!("constants cannot have type `{}`", program.show(&decl.ty, &[])),
                )
                .note("possible are bool, integers, address, and vectors of these"),
            );
        }
        None
    };
    chain.pop();
    *decl.value.borrow_mut() = match &result {
        Some(value) => ConstState::Known(value.clone()),
        None => ConstState::Failed,
    };
    result
}

fn is_constant_type(ty: &Ty) -> bool {
    match ty {
        Ty::Vector(inner) => is_constant_type(inner),
        other => other.is_primitive(),
    }
}

struct Folding<'a> {
    program: &'a Program,
    body: &'a Body,
    chain: &'a mut Vec<ConstId>,
}

impl Folding<'_> {
    fn ty(&self, ty: &Ty) -> Ty {
        crate::lower::resolve(ty, &self.body.solution)
    }

    fn fail(&self, span: Span, why: Failure) -> Option<Value> {
        self.program.report(Diagnostic::new(Code::ConstantOverflow, span, why));
        None
    }

    fn exp(&mut self, exp: &TExp) -> Option<Value> {
        match &exp.kind {
            TKind::Error => None,
            TKind::Value(value) => Some(value.clone()),
            TKind::Int(negative, magnitude) => match self.ty(&exp.ty) {
                Ty::Int(int) => Some(Value::Int(*negative && !magnitude.is_zero(), *magnitude, int)),
                _ => None,
            },
            TKind::Const(id) => evaluate(self.program, *id, self.chain),
            TKind::Not(inner) => match self.exp(inner)? {
                Value::Bool(value) => Some(Value::Bool(!value)),
                _ => None,
            },
            TKind::Negate(inner) => {
                let value = self.exp(inner)?;
                negate(&value).map_or_else(|why| self.fail(exp.span, why), Some)
            }
            TKind::Binary(op, a, b) => {
                let a = self.exp(a);
                let b = self.exp(b);
                binary(*op, &a?, &b?).map_or_else(|why| self.fail(exp.span, why), Some)
            }
            TKind::Cast(inner) => {
                let value = self.exp(inner)?;
                match self.ty(&exp.ty) {
                    Ty::Int(int) => cast(&value, int).map_or_else(|why| self.fail(exp.span, why), Some),
                    _ => None,
                }
            }
            TKind::Vector(items) => {
                let Ty::Vector(element) = self.ty(&exp.ty) else { return None };
                let values: Vec<Value> = items.iter().map(|item| self.exp(item)).collect::<Option<_>>()?;
                Some(vector((*element).clone(), values))
            }
            TKind::Block(stmts, Some(tail)) if stmts.is_empty() => self.exp(tail),
            _ => {
                self.program.report(Diagnostic::new(
                    Code::BadConstant,
                    exp.span,
                    "this cannot be computed at compile time",
                ));
                None
            }
        }
    }
}
