//! The typed tree. Types may still hold inference variables, which the [`Body`] resolves.

use crate::{
    ast::{BinOp, Symbol},
    source::Span,
    types::{ConstId, FunId, StructId, Ty, Value},
};
use ruint::aliases::U256;
use std::rc::Rc;

/// Index of a local variable of a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct LocalId(pub(crate) u32);

/// Index of a loop of a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct LoopId(pub(crate) u32);

#[derive(Debug, Clone)]
pub(crate) struct LocalDecl {
    pub(crate) name: Symbol,
    pub(crate) span: Span,
    pub(crate) ty: Ty,
    pub(crate) used: bool,
}

/// A checked function body or initialiser.
#[derive(Debug)]
pub(crate) struct Body {
    pub(crate) exp: TExp,
    pub(crate) locals: Vec<LocalDecl>,
    /// The locals that are parameters, in order.
    pub(crate) params: Vec<LocalId>,
    /// What the inference variables stand for; no variables inside.
    pub(crate) solution: Vec<Ty>,
    /// Expressions that could be resolved only after their surroundings.
    pub(crate) holes: Vec<Option<TExp>>,
}

#[derive(Debug, Clone)]
pub(crate) struct TExp {
    pub(crate) kind: TKind,
    pub(crate) ty: Ty,
    pub(crate) span: Span,
}

/// An operation on global storage; the type is that of the resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum GlobalOp {
    MoveTo,
    MoveFrom,
    Borrow(bool),
    Exists,
}

#[derive(Debug)]
pub(crate) struct Lambda {
    pub(crate) params: Vec<TPattern>,
    pub(crate) body: TExp,
    /// First local that belongs to the lambda, and the first behind them: parameters and inner locals.
    pub(crate) locals: (u32, u32),
}

#[derive(Debug, Clone)]
pub(crate) enum TKind {
    Error,
    Value(Value),
    /// A number whose type is that of the expression.
    Int(bool, U256),
    Const(ConstId),
    Local(LocalId),
    Move(LocalId),
    Copy(LocalId),
    Call(FunId, Vec<Ty>, Vec<TExp>),
    Global(GlobalOp, Ty, Vec<TExp>),
    Invoke(Box<TExp>, Vec<TExp>),
    FunValue(FunId, Vec<Ty>),
    Lambda(Rc<Lambda>),
    /// Fields by index, in textual order.
    Pack(StructId, usize, Vec<Ty>, Vec<(usize, TExp)>),
    Vector(Vec<TExp>),
    Field(Box<TExp>, StructId, Symbol),
    Index(Box<TExp>, Box<TExp>),
    /// `R[a]`; the type of the expression is `R`.
    Resource(Box<TExp>),
    Not(Box<TExp>),
    Negate(Box<TExp>),
    Deref(Box<TExp>),
    Borrow(bool, Box<TExp>),
    /// Freezes references, in tuples element by element, until the type is that of the expression.
    Freeze(Box<TExp>),
    Binary(BinOp, Box<TExp>, Box<TExp>),
    Cast(Box<TExp>),
    Test(Box<TExp>, StructId, Vec<usize>),
    Assign(Box<TExp>, Box<TExp>),
    AssignPattern(TPattern, Box<TExp>),
    OpAssign(BinOp, Box<TExp>, Box<TExp>),
    Block(Vec<TStmt>, Option<Box<TExp>>),
    If(Box<TExp>, Box<TExp>, Option<Box<TExp>>),
    While(LoopId, Box<TExp>, Box<TExp>),
    Loop(LoopId, Box<TExp>),
    For(LoopId, LocalId, Box<TExp>, Box<TExp>, Box<TExp>),
    Match(Box<TExp>, Vec<TArm>),
    Return(Option<Box<TExp>>),
    Abort(Box<TExp>, Option<Box<TExp>>),
    Break(LoopId),
    Continue(LoopId),
    Tuple(Vec<TExp>),
    Hole(usize),
}

#[derive(Debug, Clone)]
pub(crate) enum TStmt {
    Exp(TExp),
    Let(TPattern, Option<TExp>),
}

#[derive(Debug, Clone)]
pub(crate) struct TArm {
    pub(crate) pattern: TPattern,
    pub(crate) guard: Option<TExp>,
    pub(crate) body: TExp,
}

#[derive(Debug, Clone)]
pub(crate) struct TPattern {
    pub(crate) kind: TPat,
    pub(crate) ty: Ty,
    pub(crate) span: Span,
}

#[derive(Debug, Clone)]
pub(crate) enum TPat {
    Error,
    Wild,
    Local(LocalId),
    /// Variant index and fields by index; matched through a reference of this mutability, if any.
    Struct(StructId, usize, Vec<Ty>, Vec<(usize, TPattern)>, Option<bool>),
    Tuple(Vec<TPattern>),
    Value(Value),
    /// Bounds as sign and magnitude, both included.
    Range((bool, U256), (bool, U256)),
    /// A place that is assigned.
    Place(Box<TExp>),
}
