//! Which temporaries are read later.

use super::{Bits, cfg};
use crate::ir::{Function, Instr, Op};

/// Live temporaries at the beginning and end of each block.
#[derive(Debug)]
pub(crate) struct Liveness {
    pub(crate) live_in: Vec<Bits>,
    pub(crate) live_out: Vec<Bits>,
}

/// Steps backwards over an instruction. A borrow of a temporary counts as a read of it.
pub(crate) fn step(instr: &Instr, live: &mut Bits) {
    for dst in &instr.dsts {
        live.remove(*dst);
    }
    for src in &instr.srcs {
        live.insert(src.temp);
    }
    if let Op::BorrowLocal(_, temp) = instr.op {
        live.insert(temp);
    }
}

pub(crate) fn analyse(function: &Function) -> Liveness {
    let count = function.temps.len();
    let blocks = function.blocks.len();
    let mut live_in = vec![Bits::new(count); blocks];
    let mut live_out = vec![Bits::new(count); blocks];
    let predecessors = cfg::predecessors(function);
    let mut queue: Vec<usize> = (0..blocks).collect();
    let mut queued = vec![true; blocks];
    while let Some(id) = queue.pop() {
        queued[id] = false;
        let block = &function.blocks[id];
        let mut live = live_out[id].clone();
        for src in block.term_srcs() {
            live.insert(src.temp);
        }
        for instr in block.instrs.iter().rev() {
            step(instr, &mut live);
        }
        if live == live_in[id] {
            continue;
        }
        for before in &predecessors[id] {
            if live_out[*before].union(&live) && !queued[*before] {
                queued[*before] = true;
                queue.push(*before);
            }
        }
        live_in[id] = live;
    }
    Liveness { live_in, live_out }
}
