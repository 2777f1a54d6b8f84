//! Splits variables: what is assigned and used up within one block becomes a temporary of its own, which
//! can then stay on the operand stack.

use crate::{
    flow::live,
    ir::{Function, Op, Temp, TempInfo},
};
use std::collections::BTreeMap;

/// Gives each self-contained assignment of a variable its own temporary.
pub(super) fn split(function: &mut Function) {
    let liveness = live::analyse(function);
    let mut defs = vec![0u32; function.temps.len()];
    for instr in function.blocks.iter().flat_map(|block| &block.instrs) {
        instr.dsts.iter().for_each(|dst| defs[*dst as usize] += 1);
    }
    for id in 0..function.blocks.len() {
        // The open web of each variable: where it was assigned, and the uses since.
        let mut open: BTreeMap<Temp, Web> = BTreeMap::new();
        let mut closed: Vec<(Temp, Web)> = Vec::new();
        for (nth, instr) in function.blocks[id].instrs.iter().enumerate() {
            for (operand, src) in instr.srcs.iter().enumerate() {
                if let Some(web) = open.get_mut(&src.temp) {
                    web.uses.push((nth, operand));
                }
            }
            // What is borrowed stays where it is.
            if let Op::BorrowLocal(_, temp) = instr.op {
                open.remove(&temp);
            }
            for (result, dst) in instr.dsts.iter().enumerate() {
                if let Some(web) = open.remove(dst) {
                    closed.push((*dst, web));
                }
                // A single assignment needs no splitting.
                if defs[*dst as usize] > 1 || (*dst as usize) < function.params {
                    open.insert(*dst, Web { def: (nth, result), uses: Vec::new() });
                }
            }
        }
        let block = &function.blocks[id];
        let last = block.instrs.len();
        for (operand, src) in block.term_srcs().iter().enumerate() {
            if let Some(web) = open.get_mut(&src.temp) {
                web.uses.push((last, operand));
            }
        }
        closed.extend(open.into_iter().filter(|(temp, _)| !liveness.live_out[id].has(*temp)));
        for (temp, web) in closed {
            rename(function, id, temp, &web);
        }
    }
}

struct Web {
    def: (usize, usize),
    uses: Vec<(usize, usize)>,
}

fn rename(function: &mut Function, id: usize, temp: Temp, web: &Web) {
    let info = &function.temps[temp as usize];
    let info = TempInfo { ty: info.ty.clone(), name: None, span: info.span };
    let new = function.temps.len() as Temp;
    function.temps.push(info);
    let block = &mut function.blocks[id];
    block.instrs[web.def.0].dsts[web.def.1] = new;
    for (nth, operand) in &web.uses {
        match block.instrs.get_mut(*nth) {
            Some(instr) => instr.srcs[*operand].temp = new,
            None => {
                let mut srcs = block.term_srcs();
                srcs[*operand].temp = new;
                block.set_term_srcs(&srcs);
            }
        }
    }
}
