//! Typed trees to three-address code; inline functions and their lambdas are expanded on the way.
//!
//! Each expansion has its own frame, which maps the variables of one checked body to temporaries of the
//! host function. A lambda argument stays a reference to its tree and its frame, so that its body sees
//! the variables of its caller and nobody else's.

pub(crate) mod access;
mod calls;
mod closures;
mod exps;
mod matches;
mod places;
mod writes;

use crate::{
    codes::Code,
    diagnostics::Diagnostic,
    ir::{Block, BlockId, Function, Instr, Op, Src, Temp, TempInfo, Term},
    program::{FunDecl, Program, TypeParamDecl},
    source::Span,
    typed::{Body, Lambda, LocalId, LoopId, TExp, TKind},
    types::{FunId, FunTy, ModId, Ty, Value},
};
use std::{collections::BTreeMap, rc::Rc};

/// How deep the recursion over trees may go, expansions included.
const DEPTH_MAX: u32 = 6_000;
/// How deep inline functions may nest.
const INLINE_DEPTH_MAX: usize = 64;
/// How many expansions one function may need.
const EXPANSIONS_MAX: usize = 20_000;
/// How many instructions a function may become before it is given up.
const INSTRS_MAX: usize = 120_000;

/// The checked bodies of functions; `None` where there were errors.
pub(crate) type Bodies = BTreeMap<FunId, Option<Rc<Body>>>;

/// What a variable of a body is in the host function.
#[derive(Debug, Clone)]
pub(crate) enum Binding {
    Temp(Temp),
    /// Behind an immutable reference: variables of a by-value pattern in its guard.
    Through(Temp),
    /// A lambda to expand, with the frame in which it was written.
    Lambda(Rc<Lambda>, usize, Rc<FunTy>),
    /// A named function.
    Function(FunId, Vec<Ty>),
    Value(Value),
}

/// One checked body in expansion.
#[derive(Debug, Clone)]
pub(crate) struct Frame {
    body: Rc<Body>,
    /// Type arguments, in terms of the host's type parameters.
    targs: Vec<Ty>,
    bindings: Vec<Option<Binding>>,
    /// Index into the host's list of expansion sites.
    site: u32,
    /// The inline functions in expansion where the body stands, itself included.
    inline_stack: Vec<FunId>,
}

/// A lambda that becomes a function of its own.
#[derive(Debug)]
pub(crate) struct Lifted {
    pub(crate) function: Function,
}

/// What is shared by the functions of a module.
pub(crate) struct ModuleLowering<'p> {
    pub(crate) program: &'p Program,
    pub(crate) bodies: &'p Bodies,
    pub(crate) module: ModId,
    pub(crate) lifted: Vec<Lifted>,
}

pub(crate) struct Lowerer<'a, 'p> {
    shared: &'a mut ModuleLowering<'p>,
    program: &'p Program,
    function: Function,
    frames: Vec<Frame>,
    frame: usize,
    current: Option<BlockId>,
    /// Loops in scope: frame and loop to the blocks of `continue` and `break`.
    loops: BTreeMap<(usize, LoopId), (BlockId, BlockId)>,
    depth: u32,
    inline_stack: Vec<FunId>,
    instrs: usize,
    lambda_count: usize,
    /// Body refers to an inline function that has errors, or a limit was hit.
    failed: bool,
    /// Functions that the code refers to, for friends and acquires.
    site: u32,
    /// Block scope of result of a lifted lambda.
    results: Vec<Ty>,
}

/// Lowers a declared function. `None` if something was reported.
pub(crate) fn function<'p>(shared: &mut ModuleLowering<'p>, id: FunId) -> Option<Function> {
    let program = shared.program;
    let decl = program.fun(id);
    let body = shared.bodies.get(&id)?.clone()?;
    let targs = (0..decl.type_params.len()).map(|index| Ty::Param(index as u16)).collect();
    let mut lowerer = Lowerer::new(shared, empty_function(decl), body.clone(), targs);
    for (local, (_, _, ty)) in body.params.iter().zip(&decl.params) {
        let info = &body.locals[local.0 as usize];
        let temp = lowerer.temp(ty.clone(), Some(info.name.clone()), info.span);
        lowerer.bind(*local, Binding::Temp(temp));
    }
    lowerer.function.params = decl.params.len();
    let errors = program.errors();
    lowerer.body(&body.exp);
    let failed = lowerer.failed || program.errors() > errors;
    if failed { None } else { Some(lowerer.function) }
}

fn empty_function(decl: &FunDecl) -> Function {
    Function {
        name: decl.name.clone(),
        span: decl.name_span,
        type_params: decl.type_params.clone(),
        params: 0,
        results: decl.result.flatten(),
        temps: Vec::new(),
        blocks: Vec::new(),
        inlined: vec![(Span::default(), 0)],
        declared_acquires: decl.acquires.clone(),
    }
}

impl<'a, 'p> Lowerer<'a, 'p> {
    fn new(shared: &'a mut ModuleLowering<'p>, function: Function, body: Rc<Body>, targs: Vec<Ty>) -> Self {
        let program = shared.program;
        let count = body.locals.len();
        let results = function.results.clone();
        let mut lowerer = Lowerer {
            shared,
            program,
            function,
            frames: vec![Frame { body, targs, bindings: vec![None; count], site: 0, inline_stack: Vec::new() }],
            frame: 0,
            current: None,
            loops: BTreeMap::new(),
            depth: 0,
            inline_stack: Vec::new(),
            instrs: 0,
            lambda_count: 0,
            failed: false,
            site: 0,
            results,
        };
        let entry = lowerer.new_block(Span::default());
        lowerer.current = Some(entry);
        lowerer
    }

    /// Lowers the whole body and its return.
    fn body(&mut self, exp: &TExp) {
        self.deeper(exp.span, |this| this.returned(exp), |_| ());
    }

    /// Returns the value of an expression; each branch returns for itself.
    fn returned(&mut self, exp: &TExp) {
        match &exp.kind {
            TKind::If(condition, then, Some(otherwise)) => {
                self.branches(condition, exp.span, |this| this.body(then), |this| this.body(otherwise));
            }
            TKind::Match(subject, arms) => self.match_exp(subject, arms, exp.span, &mut |this, body| this.body(body)),
            TKind::Block(stmts, Some(tail)) => {
                self.stmts(stmts, Some(tail));
                if self.reachable() {
                    self.body(tail);
                }
            }
            _ if self.results.is_empty() => {
                self.discard(exp);
                let end = end_of(exp.span);
                self.terminate(Term::Ret(Vec::new()), end);
            }
            _ => {
                let values = self.values(exp);
                self.terminate(Term::Ret(values), exp.span);
            }
        }
    }

    // Frames -------------------------------------------------------------------------------------

    fn bind(&mut self, local: LocalId, binding: Binding) {
        let frame = self.frame;
        if let Some(slot) = self.frames[frame].bindings.get_mut(local.0 as usize) {
            *slot = Some(binding);
        }
    }

    fn binding(&self, local: LocalId) -> Option<Binding> {
        self.frames[self.frame].bindings.get(local.0 as usize).cloned().flatten()
    }

    /// A type of the current body, in terms of the host.
    fn ty(&self, ty: &Ty) -> Ty {
        let frame = &self.frames[self.frame];
        resolve(ty, &frame.body.solution).substitute_all(&frame.targs)
    }

    fn tys(&self, types: &[Ty]) -> Vec<Ty> {
        types.iter().map(|ty| self.ty(ty)).collect()
    }

    pub(crate) fn type_params(&self) -> &[TypeParamDecl] {
        &self.function.type_params
    }

    fn sites(&self) -> Vec<Span> {
        let mut sites = Vec::new();
        let mut at = self.site;
        while at != 0 {
            let (span, outer) = self.function.inlined[at as usize];
            sites.push(span);
            at = outer;
        }
        sites
    }

    // Code ---------------------------------------------------------------------------------------

    fn temp(&mut self, ty: Ty, name: Option<crate::ast::Symbol>, span: Span) -> Temp {
        self.function.temps.push(TempInfo { ty, name, span });
        self.function.temps.len() as Temp - 1
    }

    fn fresh(&mut self, ty: Ty, span: Span) -> Temp {
        self.temp(ty, None, span)
    }

    fn temp_ty(&self, temp: Temp) -> &Ty {
        &self.function.temps[temp as usize].ty
    }

    fn new_block(&mut self, span: Span) -> BlockId {
        self.function.blocks.push(Block { instrs: Vec::new(), term: Term::None, span, site: self.site });
        self.function.blocks.len() - 1
    }

    fn emit(&mut self, op: Op, dsts: Vec<Temp>, srcs: Vec<Src>, span: Span) {
        let Some(block) = self.current else { return };
        self.instrs += 1;
        if self.instrs > INSTRS_MAX {
            if !self.failed {
                let span = self.function.span;
                self.program.report(Diagnostic::new(
                    Code::Limit,
                    span,
                    format!("function `{}` becomes too large (more than {INSTRS_MAX} operations)", self.function.name),
                ));
            }
            self.failed = true;
            self.current = None;
            return;
        }
        let site = self.site;
        self.function.blocks[block].instrs.push(Instr { op, dsts, srcs, span, site });
    }

    /// Emits an operation with one result.
    fn emit_to(&mut self, op: Op, ty: Ty, srcs: Vec<Src>, span: Span) -> Src {
        let dst = self.fresh(ty, span);
        self.emit(op, vec![dst], srcs, span);
        Src::infer(dst)
    }

    fn terminate(&mut self, term: Term, span: Span) {
        if let Some(block) = self.current.take() {
            let site = self.site;
            let block = &mut self.function.blocks[block];
            block.term = term;
            block.span = span;
            block.site = site;
        }
    }

    fn jump(&mut self, to: BlockId, span: Span) {
        self.terminate(Term::Jump(to), span);
    }

    fn start(&mut self, block: BlockId) {
        self.current = Some(block);
    }

    fn reachable(&self) -> bool {
        self.current.is_some()
    }

    fn deeper<T>(&mut self, span: Span, run: impl FnOnce(&mut Self) -> T, give_up: impl FnOnce(&mut Self) -> T) -> T {
        if self.failed && self.current.is_none() {
            return give_up(self);
        }
        self.depth += 1;
        let result = if self.depth > DEPTH_MAX {
            if !self.failed {
                self.program.report(Diagnostic::new(
                    Code::TooDeep,
                    span,
                    "the expression is nested too deeply after expansion of inline functions",
                ));
            }
            self.failed = true;
            self.current = None;
            give_up(self)
        } else {
            run(self)
        };
        self.depth -= 1;
        result
    }
}

fn end_of(span: Span) -> Span {
    Span::new(span.file, span.end.saturating_sub(1), span.end)
}

/// Replaces inference variables by what they stand for.
pub(crate) fn resolve(ty: &Ty, solution: &[Ty]) -> Ty {
    if !ty.any(&mut |part| matches!(part, Ty::Var(_))) {
        return ty.clone();
    }
    match ty {
        Ty::Var(index) => solution.get(*index as usize).cloned().unwrap_or(Ty::Error),
        Ty::Vector(inner) => Ty::vector(resolve(inner, solution)),
        Ty::Struct(id, types) => Ty::Struct(*id, types.iter().map(|ty| resolve(ty, solution)).collect()),
        Ty::Ref(mutable, inner) => Ty::reference(*mutable, resolve(inner, solution)),
        Ty::Tuple(types) => Ty::Tuple(types.iter().map(|ty| resolve(ty, solution)).collect()),
        Ty::Fun(fun) => Ty::Fun(Rc::new(FunTy {
            args: fun.args.iter().map(|ty| resolve(ty, solution)).collect(),
            result: resolve(&fun.result, solution),
            abilities: fun.abilities,
        })),
        Ty::Bool | Ty::Int(_) | Ty::Address | Ty::Signer | Ty::Param(_) | Ty::Never | Ty::Error => ty.clone(),
    }
}

impl Ty {
    /// Like [`Ty::substitute`], for bodies whose own parameters are all given.
    pub(crate) fn substitute_all(&self, args: &[Ty]) -> Ty {
        self.substitute(args)
    }
}

pub(crate) use closures::children;
