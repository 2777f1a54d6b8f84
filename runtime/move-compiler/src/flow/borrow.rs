//! Borrow checking: the rules of the bytecode verifier, on three-address code, with reasons.
//!
//! References die after their last use. Also decides, where a variable that was borrowed at some time is
//! read for the last time, whether it can be moved or must be copied.

use super::{
    Bits,
    graph::{Conflict, Graph, Label, Node, ROOT},
    live::{self, Liveness},
};
use crate::{
    codes::Code,
    diagnostics::Diagnostic,
    ir::{Callee, Function, Instr, Mode, Op, Src, Temp, Term, VectorOp},
    program::Program,
    source::Span,
    types::{FunId, StructId, Ty},
};
use std::collections::{BTreeMap, BTreeSet};

/// What functions of the module acquire.
pub(crate) type Acquires = BTreeMap<FunId, BTreeSet<StructId>>;

struct Checker<'a> {
    program: &'a Program,
    function: &'a Function,
    acquires: &'a Acquires,
    liveness: Liveness,
    report: bool,
    reported: BTreeSet<(Span, Code)>,
    at: (usize, usize),
    /// Decisions: block, instruction (or the number of instructions for the terminator), operand.
    decided: BTreeMap<(usize, usize, usize), Mode>,
}

fn node(temp: Temp) -> Node {
    temp + 1
}

/// Checks a function and decides the operands that [`super::moves`] left open.
pub(crate) fn check(program: &Program, function: &mut Function, acquires: &Acquires) {
    let decided = {
        let liveness = live::analyse(function);
        let mut checker = Checker {
            program,
            function,
            acquires,
            liveness,
            report: false,
            reported: BTreeSet::new(),
            at: (0, 0),
            decided: BTreeMap::new(),
        };
        checker.run();
        checker.decided
    };
    for ((block, instr, operand), mode) in decided {
        let block = &mut function.blocks[block];
        match block.instrs.get_mut(instr) {
            Some(instr) => instr.srcs[operand].mode = mode,
            None => match &mut block.term {
                Term::Ret(srcs) => srcs[operand].mode = mode,
                Term::Branch(src, ..) | Term::Abort(src) => src.mode = mode,
                Term::AbortMsg(a, b) => (if operand == 0 { a } else { b }).mode = mode,
                Term::Jump(_) | Term::None => {}
            },
        }
    }
}

impl Checker<'_> {
    fn run(&mut self) {
        let function = self.function;
        let count = function.blocks.len();
        let mut states: Vec<Option<Graph>> = vec![None; count];
        let mut first = Graph::default();
        for (index, temp) in function.temps.iter().enumerate().take(function.params) {
            if let Ty::Ref(mutable, _) = temp.ty {
                first.add(node(index as Temp), mutable, temp.span);
            }
        }
        states[0] = Some(first);
        let mut queue: BTreeSet<usize> = [0].into();
        let mut rounds = 0usize;
        while let Some(id) = queue.pop_first() {
            rounds += 1;
            if rounds > count * 60 + 1000 {
                break;
            }
            let Some(mut state) = states[id].clone() else { continue };
            self.block(id, &mut state);
            for to in function.blocks[id].successors() {
                let mut entry = state.clone();
                self.forget_dead(&mut entry, to);
                let changed = match &mut states[to] {
                    Some(known) => known.join(&entry),
                    slot => {
                        *slot = Some(entry);
                        true
                    }
                };
                if changed {
                    queue.insert(to);
                }
            }
        }
        self.report = true;
        for (id, state) in states.into_iter().enumerate() {
            if let Some(mut state) = state {
                self.block(id, &mut state);
            }
        }
    }

    fn forget_dead(&self, state: &mut Graph, block: usize) {
        for id in state.nodes() {
            if !self.liveness.live_in[block].has(id - 1) {
                state.release(id);
            }
        }
    }

    fn block(&mut self, id: usize, state: &mut Graph) {
        let function = self.function;
        let block = &function.blocks[id];
        // Liveness behind each instruction, from the end.
        let mut after: Vec<Bits> = Vec::with_capacity(block.instrs.len());
        let mut live = self.liveness.live_out[id].clone();
        for src in block.term_srcs() {
            live.insert(src.temp);
        }
        for instr in block.instrs.iter().rev() {
            after.push(live.clone());
            live::step(instr, &mut live);
        }
        after.reverse();
        for (nth, instr) in block.instrs.iter().enumerate() {
            self.at = (id, nth);
            self.instr(instr, state);
            for held in state.nodes() {
                if !after[nth].has(held - 1) {
                    state.release(held);
                }
            }
        }
        self.at = (id, block.instrs.len());
        let srcs = block.term_srcs();
        let operands = self.load(&srcs, block.span, state);
        if let Term::Ret(_) = block.term {
            self.ret(&operands, block.span, state);
        }
        for operand in operands {
            state.release(operand);
        }
    }

    // Operands -----------------------------------------------------------------------------------

    /// Scratch node of an operand.
    fn scratch(&self, nth: usize) -> Node {
        (self.function.temps.len() + nth) as Node + 1
    }

    /// Takes the operands: references get scratch nodes, values are checked. Gives the nodes, present or not.
    fn load(&mut self, srcs: &[Src], span: Span, state: &mut Graph) -> Vec<Node> {
        let mut nodes = Vec::new();
        for (nth, src) in srcs.iter().enumerate() {
            let scratch = self.scratch(nth);
            nodes.push(scratch);
            let ty = &self.function.temps[src.temp as usize].ty;
            if let Ty::Ref(mutable, _) = ty {
                if src.mode == Mode::Copy {
                    if state.has(node(src.temp)) {
                        state.add(scratch, *mutable, span);
                        state.borrow_strong(node(src.temp), &[], scratch);
                    }
                } else {
                    state.rename(node(src.temp), scratch);
                }
                continue;
            }
            self.load_value(*src, nth, span, state);
        }
        nodes
    }

    fn load_value(&mut self, src: Src, nth: usize, span: Span, state: &mut Graph) {
        let label = Label::Local(src.temp);
        let mut mode = src.mode;
        if mode == Mode::Infer {
            mode = if state.root_borrowed(label, false).is_some() { Mode::Copy } else { Mode::Move };
            if self.report {
                self.decided.insert((self.at.0, self.at.1, nth), mode);
            }
        }
        if mode == Mode::Copy {
            if let Some(conflict) = state.root_borrowed(label, true) {
                self.conflict(
                    Code::BorrowConflict,
                    span,
                    format!("cannot read {} while it is mutably borrowed", self.name(src.temp)),
                    conflict,
                    src.temp,
                );
            }
        } else if let Some(conflict) = state.root_borrowed(label, false) {
            self.conflict(
                Code::MoveBorrowed,
                span,
                format!("cannot move {} while it is borrowed", self.name(src.temp)),
                conflict,
                src.temp,
            );
        }
    }

    // Operations ---------------------------------------------------------------------------------

    fn instr(&mut self, instr: &Instr, state: &mut Graph) {
        let span = instr.span;
        let operands = self.load(&instr.srcs, span, state);
        self.effect(instr, &operands, state);
        for operand in operands {
            state.release(operand);
        }
        // A variable that is assigned loses what it held.
        for dst in &instr.dsts {
            if self.function.temps[*dst as usize].ty.is_ref() {
                continue;
            }
            if let Some(conflict) = state.root_borrowed(Label::Local(*dst), false) {
                self.conflict(
                    Code::BorrowConflict,
                    span,
                    format!("cannot assign {} while it is borrowed", self.name(*dst)),
                    conflict,
                    *dst,
                );
            }
        }
    }

    fn effect(&mut self, instr: &Instr, operands: &[Node], state: &mut Graph) {
        let span = instr.span;
        let dst = instr.dsts.first().copied();
        let operand = operands.first().copied().unwrap_or(ROOT);
        let source = instr.srcs.first().map_or(0, |src| src.temp);
        match &instr.op {
            Op::Assign => {
                if let Some(dst) = dst
                    && state.has(operand)
                {
                    state.rename(operand, node(dst));
                }
            }
            Op::BorrowLocal(mutable, temp) => {
                let Some(dst) = dst else { return };
                if !mutable && let Some(conflict) = state.root_borrowed(Label::Local(*temp), true) {
                    self.conflict(
                        Code::BorrowConflict,
                        span,
                        format!("cannot borrow {} while it is mutably borrowed", self.name(*temp)),
                        conflict,
                        *temp,
                    );
                }
                state.add(node(dst), *mutable, span);
                state.borrow_strong(ROOT, &[Label::Local(*temp)], node(dst));
            }
            Op::BorrowField(mutable, _, _, field, _) => {
                let Some(dst) = dst else { return };
                let label = Label::Field(*field);
                if *mutable {
                    if let Some(conflict) = state.fully_borrowed(operand) {
                        self.conflict(
                            Code::BorrowConflict,
                            span,
                            "cannot borrow the field mutably, as the value is borrowed already".into(),
                            conflict,
                            source,
                        );
                    }
                } else if state.is_mutable(operand)
                    && let Some(conflict) = state.borrowed_at(operand, label, true)
                {
                    self.conflict(
                        Code::BorrowConflict,
                        span,
                        "cannot borrow the field, as it is mutably borrowed already".into(),
                        conflict,
                        source,
                    );
                }
                state.add(node(dst), *mutable, span);
                state.borrow_strong(operand, &[label], node(dst));
            }
            Op::ReadRef | Op::TestVariant(..) => self.readable(
                operand,
                "cannot read through this reference, as something borrowed from it mutably is still in use",
                span,
                source,
                state,
            ),
            Op::Binary(_) => {
                for (nth, operand) in operands.iter().enumerate() {
                    let source = instr.srcs[nth].temp;
                    if state.has(*operand) {
                        self.readable(*operand, "cannot compare through this reference, as something borrowed from it mutably is still in use", span, source, state);
                    }
                }
            }
            Op::WriteRef => {
                let (target, source) = (operands[1], instr.srcs[1].temp);
                self.writable(
                    target,
                    "cannot write through this reference, as something borrowed from it is still in use",
                    span,
                    source,
                    state,
                );
            }
            Op::Freeze => {
                self.readable(
                    operand,
                    "cannot use this as an immutable reference, as something borrowed from it mutably is still in use",
                    span,
                    source,
                    state,
                );
                let Some(dst) = dst else { return };
                state.add(node(dst), false, span);
                state.borrow_strong(operand, &[], node(dst));
            }
            Op::Vector(op, _) => self.vector(*op, instr, operands, state),
            Op::BorrowGlobal(mutable, id, _) => {
                let label = Label::Global(*id);
                if let Some(conflict) = state.root_borrowed(label, !mutable) {
                    let name = &self.program.strukt(*id).name;
                    self.conflict(
                        Code::GlobalConflict,
                        span,
                        format!("cannot borrow `{name}` from storage, as it is borrowed already"),
                        conflict,
                        source,
                    );
                }
                let Some(dst) = dst else { return };
                state.add(node(dst), *mutable, span);
                state.borrow_weak(ROOT, &[label], node(dst));
            }
            Op::MoveFrom(id, _) => {
                if let Some(conflict) = state.root_borrowed(Label::Global(*id), false) {
                    let name = &self.program.strukt(*id).name;
                    self.conflict(
                        Code::GlobalConflict,
                        span,
                        format!("cannot take `{name}` out of storage while it is borrowed"),
                        conflict,
                        source,
                    );
                }
            }
            Op::Call(callee, _) => {
                if let Callee::Declared(id) = callee {
                    self.acquired(*id, span, state);
                }
                self.call(instr, operands, state);
            }
            Op::CallClosure(_) => self.call(instr, operands, state),
            Op::Const(_)
            | Op::Pack(..)
            | Op::Unpack(..)
            | Op::VecPack(_)
            | Op::Not
            | Op::Negate
            | Op::Cast(_)
            | Op::MoveTo(..)
            | Op::Exists(..)
            | Op::PackClosure(..)
            | Op::Drop => {}
        }
    }

    fn vector(&mut self, op: VectorOp, instr: &Instr, operands: &[Node], state: &mut Graph) {
        let (span, source) = (instr.span, instr.srcs.first().map_or(0, |src| src.temp));
        let Some(vector) = operands.first().copied() else { return };
        match op {
            VectorOp::Length | VectorOp::DestroyEmpty => {}
            VectorOp::PushBack | VectorOp::PopBack | VectorOp::Swap => {
                self.writable(
                    vector,
                    "cannot change the vector, as something borrowed from it is still in use",
                    span,
                    source,
                    state,
                );
            }
            VectorOp::Borrow(mutable) => {
                if mutable {
                    self.writable(
                        vector,
                        "cannot borrow an element mutably, as something borrowed from the vector is still in use",
                        span,
                        source,
                        state,
                    );
                }
                let Some(dst) = instr.dsts.first() else { return };
                state.add(node(*dst), mutable, span);
                state.borrow_weak(vector, &[], node(*dst));
            }
        }
    }

    /// A callee of the same module may reach the resources that it acquires.
    fn acquired(&mut self, callee: FunId, span: Span, state: &mut Graph) {
        let Some(set) = self.acquires.get(&callee) else { return };
        for id in set {
            if let Some(conflict) = state.root_borrowed(Label::Global(*id), false) {
                let (resource, name) = (&self.program.strukt(*id).name, &self.program.fun(callee).name);
                self.conflict(
                    Code::GlobalConflict,
                    span,
                    format!("cannot call `{name}`, which acquires `{resource}`, while `{resource}` is borrowed"),
                    conflict,
                    0,
                );
            }
        }
    }

    fn call(&mut self, instr: &Instr, operands: &[Node], state: &mut Graph) {
        for (nth, operand) in operands.iter().enumerate() {
            if state.is_mutable(*operand) {
                let source = instr.srcs[nth].temp;
                self.writable(*operand, "cannot pass this mutable reference, as something borrowed from it, or another copy of it, is still in use", instr.span, source, state);
            }
        }
        for dst in &instr.dsts {
            let Ty::Ref(mutable, _) = self.function.temps[*dst as usize].ty else { continue };
            state.add(node(*dst), mutable, instr.span);
            for operand in operands {
                if state.has(*operand) && (!mutable || state.is_mutable(*operand)) {
                    state.borrow_weak(*operand, &[], node(*dst));
                }
            }
        }
    }

    fn ret(&mut self, operands: &[Node], span: Span, state: &mut Graph) {
        for held in state.nodes() {
            if !operands.contains(&held) {
                state.release(held);
            }
        }
        if let Some(conflict) = state.borrowed(ROOT) {
            self.conflict(
                Code::ReturnLocal,
                span,
                "cannot return a reference to a local variable, a temporary value or global storage".into(),
                conflict,
                0,
            );
            return;
        }
        for operand in operands {
            if state.is_mutable(*operand)
                && let Some(conflict) = state.borrowed(*operand)
            {
                self.conflict(
                    Code::BorrowConflict,
                    span,
                    "cannot return this mutable reference, as something borrowed from it is returned too".into(),
                    conflict,
                    0,
                );
            }
        }
    }

    fn readable(&mut self, operand: Node, message: &str, span: Span, source: Temp, state: &Graph) {
        if state.is_mutable(operand)
            && let Some(conflict) = state.mutably_borrowed(operand)
        {
            self.conflict(Code::BorrowConflict, span, message.into(), conflict, source);
        }
    }

    fn writable(&mut self, operand: Node, message: &str, span: Span, source: Temp, state: &Graph) {
        if let Some(conflict) = state.borrowed(operand) {
            self.conflict(Code::BorrowConflict, span, message.into(), conflict, source);
        }
    }

    // Messages -----------------------------------------------------------------------------------

    fn name(&self, temp: Temp) -> String {
        match &self.function.temps[temp as usize].name {
            Some(name) => format!("`{}`", name.split('$').next().unwrap_or(name)),
            None => "this value".into(),
        }
    }

    fn conflict(&mut self, code: Code, span: Span, message: String, conflict: Conflict, subject: Temp) {
        if !self.report || !self.reported.insert((span, code)) {
            return;
        }
        let mut diagnostic = Diagnostic::new(code, span, message);
        if conflict.span != span {
            diagnostic = diagnostic.also(conflict.span, "borrowed here");
        }
        let _ = subject;
        if let Some(temp) = conflict.node.checked_sub(1)
            && (temp as usize) < self.function.temps.len()
            && let Some(later) = super::moves::next_use(self.function, temp, self.at.0, self.at.1 + 1)
            && later != span
        {
            diagnostic = diagnostic.also(later, "the reference is used here");
        }
        self.program.report(diagnostic);
    }
}
