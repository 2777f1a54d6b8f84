//! Joins variables that only hand a value on: `y = move x`, where the lives of both meet nowhere else.

use super::slots;
use crate::ir::{Function, Mode, Op, Temp};

/// Makes one temporary of source and target of moves, and removes the moves.
pub(super) fn join(function: &mut Function) {
    let mut borrowed = vec![false; function.temps.len()];
    for instr in function.blocks.iter().flat_map(|block| &block.instrs) {
        if let Op::BorrowLocal(_, temp) = instr.op {
            borrowed[temp as usize] = true;
        }
    }
    let mut ranges = slots::ranges(function);
    let mut leader: Vec<Temp> = (0..function.temps.len() as Temp).collect();
    let mut at = 0u32;
    let mut gone: Vec<(usize, usize)> = Vec::new();
    for (id, block) in function.blocks.iter().enumerate() {
        for (nth, instr) in block.instrs.iter().enumerate() {
            at += 1;
            let (Op::Assign, [dst], [src]) = (&instr.op, instr.dsts.as_slice(), instr.srcs.as_slice()) else {
                continue;
            };
            let (target, source) = (find(&mut leader, *dst), find(&mut leader, src.temp));
            let (Some(to), Some(from)) = (ranges[target as usize], ranges[source as usize]) else { continue };
            let meets = from.1 == at && to.0 == at;
            let own = |temp: Temp| (temp as usize) < function.params;
            let fits = src.mode == Mode::Move
                && target != source
                && meets
                && !own(target)
                && !borrowed[target as usize]
                && !borrowed[source as usize]
                && function.temps[target as usize].ty == function.temps[source as usize].ty;
            if !fits {
                continue;
            }
            // The parameter, if there is one, stays.
            leader[target as usize] = source;
            ranges[source as usize] = Some((from.0.min(to.0), from.1.max(to.1)));
            gone.push((id, nth));
        }
        at += 2;
    }
    if gone.is_empty() {
        return;
    }
    for temp in 0..function.temps.len() as Temp {
        let root = find(&mut leader, temp);
        if root != temp && function.temps[root as usize].name.is_none() {
            function.temps[root as usize].name = function.temps[temp as usize].name.clone();
        }
    }
    for (id, block) in function.blocks.iter_mut().enumerate() {
        let mut nth = 0;
        block.instrs.retain(|_| {
            nth += 1;
            gone.binary_search(&(id, nth - 1)).is_err()
        });
        for instr in &mut block.instrs {
            instr.dsts.iter_mut().for_each(|dst| *dst = find(&mut leader, *dst));
            instr.srcs.iter_mut().for_each(|src| src.temp = find(&mut leader, src.temp));
            if let Op::BorrowLocal(_, temp) = &mut instr.op {
                *temp = find(&mut leader, *temp);
            }
        }
        let mut srcs = block.term_srcs();
        srcs.iter_mut().for_each(|src| src.temp = find(&mut leader, src.temp));
        block.set_term_srcs(&srcs);
    }
}

fn find(leader: &mut [Temp], mut temp: Temp) -> Temp {
    while leader[temp as usize] != temp {
        let next = leader[leader[temp as usize] as usize];
        leader[temp as usize] = next;
        temp = next;
    }
    temp
}
