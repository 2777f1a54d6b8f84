//! Instructions of a block as trees, whose inner results never leave the operand stack.
//!
//! Trees keep the order of evaluation. Only the load of a local may happen earlier than in the
//! three-address code, namely before operands to its right are computed; it must not notice.

use crate::{
    flow::Bits,
    ir::{Function, Instr, Mode, Op, Src, Temp, Term},
};

/// Facts about temporaries.
#[derive(Debug)]
pub(crate) struct Info {
    pub(crate) uses: Vec<u32>,
    defs: Vec<u32>,
    pub(crate) borrowed: Bits,
    params: usize,
}

impl Info {
    pub(crate) fn of(function: &Function) -> Info {
        let count = function.temps.len();
        let mut info = Info { uses: vec![0; count], defs: vec![0; count], borrowed: Bits::new(count), params: function.params };
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
        info
    }

    /// Defined once, used once, never borrowed: may live on the stack.
    fn transient(&self, temp: Temp) -> bool {
        temp as usize >= self.params && self.defs[temp as usize] == 1 && self.uses[temp as usize] == 1 && !self.borrowed.has(temp)
    }
}

#[derive(Debug)]
pub(crate) enum Child {
    Leaf(Src),
    Tree(Box<Node>),
}

#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) instr: Instr,
    pub(crate) children: Vec<Child>,
    size: u32,
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
        let size = 1 + children.iter().map(|child| if let Child::Tree(node) = child { node.size } else { 0 }).sum::<u32>();
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
    matches!(instr.op, Op::Const(_)) && instr.dsts.iter().all(|dst| info.uses[*dst as usize] == 0)
}

fn attach(function: &Function, info: &Info, roots: &mut Vec<Node>, srcs: &[Src]) -> Vec<Child> {
    let mut children: Vec<Child> = Vec::new();
    let mut rest = srcs.len();
    while rest > 0 {
        if let Some(count) = roots.last().and_then(|node| provides(info, node, &srcs[..rest])) {
            if let Some(node) = roots.pop() {
                children.push(Child::Tree(Box::new(node)));
                rest -= count;
                continue;
            }
        }
        let mut leaf = srcs[rest - 1];
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

fn put_back(roots: &mut Vec<Node>, children: &mut [Child]) {
    let mut nodes = Vec::new();
    for child in children.iter_mut() {
        if let Child::Tree(node) = child {
            let Some(dst) = node.instr.dsts.first().copied() else { continue };
            // A tree with several results cannot become one leaf; it has the place of all its operands.
            let leaf = Child::Leaf(Src { temp: dst, mode: Mode::Move });
            if node.instr.dsts.len() == 1
                && let Child::Tree(node) = std::mem::replace(child, leaf)
            {
                nodes.push(*node);
            }
        }
    }
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
        }
    }
    if facts.written || facts.borrowed {
        return Crossing::No;
    }
    if info.borrowed.has(leaf.temp) && facts.references {
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
                Child::Leaf(_) => {}
                Child::Tree(node) => self.add(function, node, temp),
            }
        }
    }
}
