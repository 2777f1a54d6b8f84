//! Three-address code over typed temporaries, in basic blocks.
//!
//! Parameters are the first temporaries. A temporary is a variable of the source or holds an
//! intermediate result; most of the latter disappear when stack code is made.

use crate::{
    ast::{BinOp, Symbol},
    program::TypeParamDecl,
    source::Span,
    types::{FunId, FunTy, IntTy, StructId, Ty, Value},
};
use std::rc::Rc;

pub(crate) type Temp = u32;
pub(crate) type BlockId = usize;

/// How an operand takes its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// A move if it is the last use, otherwise a copy.
    Infer,
    /// Written `move x`.
    Move,
    /// Written `copy x`.
    Copy,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Src {
    pub(crate) temp: Temp,
    pub(crate) mode: Mode,
}

impl Src {
    pub(crate) fn infer(temp: Temp) -> Self {
        Src { temp, mode: Mode::Infer }
    }
}

/// A function that code refers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Callee {
    Declared(FunId),
    /// Made from a lambda: index among those of the module.
    Lifted(usize),
}

/// One of the vector instructions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum VectorOp {
    Length,
    Borrow(bool),
    PushBack,
    PopBack,
    Swap,
    DestroyEmpty,
}

#[derive(Debug, Clone)]
pub(crate) enum Op {
    Assign,
    Const(Value),
    Call(Callee, Vec<Ty>),
    Pack(StructId, usize, Vec<Ty>),
    Unpack(StructId, usize, Vec<Ty>),
    VecPack(Ty),
    Vector(VectorOp, Ty),
    /// `&` or `&mut` of a temporary, which is not an operand.
    BorrowLocal(bool, Temp),
    /// Mutable, struct, variants (empty for plain structs), field index, type arguments.
    BorrowField(bool, StructId, Vec<usize>, usize, Vec<Ty>),
    TestVariant(StructId, usize, Vec<Ty>),
    ReadRef,
    /// Operands: value, reference.
    WriteRef,
    Freeze,
    Binary(BinOp),
    Not,
    Negate,
    Cast(IntTy),
    MoveTo(StructId, Vec<Ty>),
    MoveFrom(StructId, Vec<Ty>),
    BorrowGlobal(bool, StructId, Vec<Ty>),
    Exists(StructId, Vec<Ty>),
    /// Function, type arguments, mask of captured parameters.
    PackClosure(Callee, Vec<Ty>, u64),
    /// Operands: arguments, closure.
    CallClosure(Rc<FunTy>),
    /// Ends the life of a value.
    Drop,
}

#[derive(Debug, Clone)]
pub(crate) struct Instr {
    pub(crate) op: Op,
    pub(crate) dsts: Vec<Temp>,
    pub(crate) srcs: Vec<Src>,
    pub(crate) span: Span,
    /// Call sites of inline functions: index into [`Function::inlined`], 0 for none.
    pub(crate) site: u32,
}

#[derive(Debug, Clone)]
pub(crate) enum Term {
    Jump(BlockId),
    Branch(Src, BlockId, BlockId),
    Ret(Vec<Src>),
    Abort(Src),
    AbortMsg(Src, Src),
    /// Not reachable.
    None,
}

#[derive(Debug, Clone)]
pub(crate) struct Block {
    pub(crate) instrs: Vec<Instr>,
    pub(crate) term: Term,
    pub(crate) span: Span,
    pub(crate) site: u32,
}

impl Block {
    pub(crate) fn successors(&self) -> Vec<BlockId> {
        match &self.term {
            Term::Jump(to) => vec![*to],
            Term::Branch(_, a, b) if a == b => vec![*a],
            Term::Branch(_, a, b) => vec![*a, *b],
            Term::Ret(_) | Term::Abort(_) | Term::AbortMsg(..) | Term::None => Vec::new(),
        }
    }

    /// Replaces the operands of the terminator.
    pub(crate) fn set_term_srcs(&mut self, new: &[Src]) {
        match (&mut self.term, new) {
            (Term::Branch(src, ..) | Term::Abort(src), [one]) => *src = *one,
            (Term::AbortMsg(a, b), [first, second]) => (*a, *b) = (*first, *second),
            (Term::Ret(srcs), all) => *srcs = all.to_vec(),
            _ => {}
        }
    }

    pub(crate) fn term_srcs(&self) -> Vec<Src> {
        match &self.term {
            Term::Branch(src, ..) | Term::Abort(src) => vec![*src],
            Term::AbortMsg(a, b) => vec![*a, *b],
            Term::Ret(srcs) => srcs.clone(),
            Term::Jump(_) | Term::None => Vec::new(),
        }
    }
}

#[derive(Debug, Clone)]
pub(crate) struct TempInfo {
    pub(crate) ty: Ty,
    /// Name in the source; `None` for intermediate results.
    pub(crate) name: Option<Symbol>,
    pub(crate) span: Span,
}

/// A function's code.
#[derive(Debug, Clone)]
pub(crate) struct Function {
    pub(crate) name: Symbol,
    pub(crate) span: Span,
    pub(crate) type_params: Vec<TypeParamDecl>,
    pub(crate) params: usize,
    pub(crate) results: Vec<Ty>,
    pub(crate) temps: Vec<TempInfo>,
    pub(crate) blocks: Vec<Block>,
    /// Call sites of expanded functions: span and the index of the next outer one.
    pub(crate) inlined: Vec<(Span, u32)>,
    /// The declared `acquires`, if any were written.
    pub(crate) declared_acquires: Vec<(StructId, Span)>,
}
