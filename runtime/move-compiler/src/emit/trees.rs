//! Instructions of a block as trees, whose inner results never leave the operand stack.
//!
//! Trees keep the order of evaluation. Only the load of a local may happen earlier than in the
//! three-address code, namely before operands to its right are computed; it must not notice.

use crate::{
    flow::Bits,
    ir::{Function, Instr, Mode, Op, Src, Temp, Term},
    types::{Ty, Value},
};

/// Facts about temporaries.
#[derive(Debug)]
pub(crate) struct Info {
    pub(crate) uses: Vec<u32>,
    defs: Vec<u32>,
    pub(crate) borrowed: Bits,
    /// The value of temporaries that are assigned once, with a constant that one instruction loads.
    constants: Vec<Option<Value>>,
    params: usize,
}

impl Info {
    pub(crate) fn of(function: &Function) -> Info {
        let count = function.temps.len();
        let mut info = Info {
            uses: vec![0; count],
            defs: vec![0; count],
            borrowed: Bits::new(count),
            constants: vec![None; count],
            params: function.params,
        };
        for block in &function.blocks {
            for instr in &block.instrs {
                for dst in &instr.dsts {
                    info.defs[*dst as usize] += 1;
                }
                for src in &instr.srcs {
                    info.uses[src.temp as usize] += 1;
                }
                if let Op::BorrowLocal(_, temp) = instr.op {
                    info.borrowed.insert(temp);
                    info.uses[temp as usize] += 1;
                }
            }
            for src in block.term_srcs() {
                info.uses[src.temp as usize] += 1;
            }
        }
        for instr in function.blocks.iter().flat_map(|block| &block.instrs) {
            if let (Op::Const(value), [dst]) = (&instr.op, instr.dsts.as_slice())
                && matches!(value, Value::Bool(_) | Value::Int(..) | Value::Address(_))
                && info.defs[*dst as usize] == 1
                && !info.borrowed.has(*dst)
                && *dst as usize >= info.params
            {
                info.constants[*dst as usize] = Some(value.clone());
            }
        }
        info
    }

    /// Defined once, used once, never borrowed: may live on the stack.
    fn transient(&self, temp: Temp) -> bool {
        temp as usize >= self.params
            && self.defs[temp as usize] == 1
            && self.uses[temp as usize] == 1
            && !self.borrowed.has(temp)
    }
}

#[derive(Debug)]
pub(crate) enum Child {
    Leaf(Src),
    /// Loaded wherever it is needed.
    Const(Value),
    Tree(Box<Node>),
    /// Statements between two operands; the operands before wait below on the stack.
    Stmts(Vec<Node>),
}

#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) instr: Instr,
    pub(crate) children: Vec<Child>,
    size: u32,
}

impl Child {
    fn size(&self) -> u32 {
        match self {
            Child::Leaf(_) | Child::Const(_) => 0,
            Child::Tree(node) => node.size,
            Child::Stmts(nodes) => nodes.iter().map(|node| node.size).sum(),
        }
    }
}

/// The trees of a block, and the operands of its terminator.
#[derive(Debug)]
pub(crate) struct Forest {
    pub(crate) roots: Vec<Node>,
    pub(crate) term: Vec<Child>,
}

/// Trees higher than this are cut, so that recursion over them is bounded.
const SIZE_MAX: u32 = 800;

pub(crate) fn build(function: &Function, info: &Info, id: usize) -> Forest {
    let block = &function.blocks[id];
    let mut roots: Vec<Node> = Vec::new();
    for instr in &block.instrs {
        if useless(instr, info) {
            continue;
        }
        let children = attach(function, info, &mut roots, &instr.srcs);
        let size = 1 + children.iter().map(Child::size).sum::<u32>();
        roots.push(Node { instr: instr.clone(), children, size });
    }
    let srcs = match &block.term {
        Term::None | Term::Jump(_) => Vec::new(),
        _ => block.term_srcs(),
    };
    let term = attach(function, info, &mut roots, &srcs);
    Forest { roots, term }
}

/// A pure instruction whose results nobody reads.
fn useless(instr: &Instr, info: &Info) -> bool {
    matches!(instr.op, Op::Const(_))
        && instr.dsts.iter().all(|dst| info.uses[*dst as usize] == 0 || info.constants[*dst as usize].is_some())
}

fn attach(function: &Function, info: &Info, roots: &mut Vec<Node>, srcs: &[Src]) -> Vec<Child> {
    let mut children: Vec<Child> = Vec::new();
    let mut rest = srcs.len();
    while rest > 0 {
        if let Some(count) = roots.last().and_then(|node| provides(info, node, &srcs[..rest]))
            && let Some(node) = roots.pop()
        {
            children.push(Child::Tree(Box::new(node)));
            rest -= count;
            continue;
        }
        if let Some((at, count)) = waiting(info, roots, &srcs[..rest]) {
            children.push(Child::Stmts(roots.split_off(at + 1)));
            if let Some(node) = roots.pop() {
                children.push(Child::Tree(Box::new(node)));
            }
            rest -= count;
            continue;
        }
        let mut leaf = srcs[rest - 1];
        if let Some(value) = &info.constants[leaf.temp as usize] {
            children.push(Child::Const(value.clone()));
            rest -= 1;
            continue;
        }
        match crosses(function, info, leaf, &children) {
            Crossing::Free => {}
            Crossing::IfCopied => leaf.mode = Mode::Copy,
            Crossing::No => {
                // The operands to the right stay in locals after all.
                put_back(roots, &mut children);
            }
        }
        children.push(Child::Leaf(leaf));
        rest -= 1;
    }
    children.reverse();
    children
}

/// How many of the last operands a tree provides.
fn provides(info: &Info, node: &Node, srcs: &[Src]) -> Option<usize> {
    let dsts = &node.instr.dsts;
    if dsts.is_empty() || dsts.len() > srcs.len() || node.size > SIZE_MAX {
        return None;
    }
    let tail = &srcs[srcs.len() - dsts.len()..];
    let fits = dsts.iter().zip(tail).all(|(dst, src)| *dst == src.temp && info.transient(*dst));
    fits.then_some(dsts.len())
}

/// How far back a value may wait on the stack while statements run above it.
const WAIT_MAX: usize = 24;

/// A tree further back that provides the last operands: its value can wait below the statements between.
fn waiting(info: &Info, roots: &[Node], srcs: &[Src]) -> Option<(usize, usize)> {
    let last = roots.len().checked_sub(2)?;
    let mut size = roots.last().map_or(0, |node| node.size);
    for at in (last.saturating_sub(WAIT_MAX)..=last).rev() {
        // A result that could itself stay on the stack must not be buried as a statement.
        if roots[at + 1].instr.dsts.iter().any(|dst| info.transient(*dst)) {
            return None;
        }
        if let Some(count) = provides(info, &roots[at], srcs) {
            return (size + roots[at].size < SIZE_MAX).then_some((at, count));
        }
        size += roots[at].size;
    }
    None
}

/// Turns trees and statements back into roots, and the operands that they provide into loads.
/// `children` are in reverse order.
fn put_back(roots: &mut Vec<Node>, children: &mut Vec<Child>) {
    let mut nodes = Vec::new();
    let mut left = Vec::new();
    for child in children.drain(..) {
        match child {
            Child::Tree(node) => {
                left.extend(node.instr.dsts.iter().rev().map(|dst| Child::Leaf(Src { temp: *dst, mode: Mode::Move })));
                nodes.push(*node);
            }
            Child::Stmts(mut statements) => {
                statements.reverse();
                nodes.extend(statements);
            }
            Child::Leaf(_) | Child::Const(_) => left.push(child),
        }
    }
    *children = left;
    nodes.reverse();
    roots.extend(nodes);
}

enum Crossing {
    Free,
    IfCopied,
    No,
}

/// Whether a local can be loaded before some trees are evaluated.
fn crosses(function: &Function, info: &Info, leaf: Src, later: &[Child]) -> Crossing {
    let ty = &function.temps[leaf.temp as usize].ty;
    let mut facts = Facts::default();
    for child in later {
        match child {
            Child::Tree(node) => facts.add(function, node, leaf.temp),
            Child::Leaf(src) => facts.read |= src.temp == leaf.temp && leaf.mode == Mode::Move,
            Child::Const(_) => {}
            Child::Stmts(nodes) => nodes.iter().for_each(|node| facts.add(function, node, leaf.temp)),
        }
    }
    if facts.written || facts.borrowed {
        return Crossing::No;
    }
    if info.borrowed.has(leaf.temp) && facts.references {
        return Crossing::No;
    }
    // While a copy of a mutable reference waits on the stack, the original must rest.
    if facts.read && matches!(ty, Ty::Ref(true, _)) {
        return Crossing::No;
    }
    if facts.read && leaf.mode == Mode::Move {
        return if ty.is_primitive() { Crossing::IfCopied } else { Crossing::No };
    }
    if facts.moved {
        return if ty.is_primitive() || leaf.mode == Mode::Copy { Crossing::Free } else { Crossing::No };
    }
    Crossing::Free
}

#[derive(Default)]
struct Facts {
    read: bool,
    moved: bool,
    written: bool,
    borrowed: bool,
    references: bool,
}

impl Facts {
    fn add(&mut self, function: &Function, node: &Node, temp: Temp) {
        let instr = &node.instr;
        self.written |= instr.dsts.contains(&temp);
        if let Op::BorrowLocal(_, local) = instr.op {
            self.borrowed |= local == temp;
            self.references = true;
        }
        for src in &instr.srcs {
            self.references |= function.temps[src.temp as usize].ty.is_ref();
        }
        for child in &node.children {
            match child {
                Child::Leaf(src) if src.temp == temp => {
                    self.read = true;
                    self.moved |= src.mode == Mode::Move;
                }
                Child::Leaf(_) | Child::Const(_) => {}
                Child::Tree(node) => self.add(function, node, temp),
                Child::Stmts(nodes) => nodes.iter().for_each(|node| self.add(function, node, temp)),
            }
        }
    }
}
