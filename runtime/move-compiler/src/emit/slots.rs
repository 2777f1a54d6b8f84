//! Locals: parameters first, then one slot per variable; temporaries of equal type share slots where their
//! lives do not overlap.

use super::{
    TooLarge,
    trees::{Child, Forest, Info, Node},
};
use crate::{
    flow::live,
    ir::{Function, Op, Temp, Term},
    source::Span,
    types::Ty,
};
use std::collections::BTreeMap;

/// Parameters and locals of a function at most.
const SLOTS_MAX: usize = 255;
/// Up to this many variables keep slots of their own, which is kind to debuggers.
const OWN_SLOTS: usize = 160;

#[derive(Debug)]
pub(super) struct Slots {
    slot_of: Vec<Option<u8>>,
    /// Types, names and spans of the locals after the parameters.
    pub(super) locals: Vec<(Ty, String, Span)>,
}

impl Slots {
    pub(super) fn slot(&self, temp: Temp) -> u8 {
        self.slot_of.get(temp as usize).copied().flatten().unwrap_or(0)
    }

    pub(super) fn slot_of(&self, temp: Temp) -> Option<u8> {
        self.slot_of.get(temp as usize).copied().flatten()
    }
}

/// Which temporaries need a slot: everything loaded, stored or borrowed.
fn needed(function: &Function, forests: &[Forest], info: &Info) -> Vec<bool> {
    let mut needed = vec![false; function.temps.len()];
    let mut stack: Vec<&Node> = Vec::new();
    let leaf = |child: &Child, needed: &mut Vec<bool>| {
        if let Child::Leaf(src) = child {
            needed[src.temp as usize] = true;
        }
    };
    let stored = |root: &Node, needed: &mut Vec<bool>| {
        for dst in &root.instr.dsts {
            if info.uses[*dst as usize] > 0 {
                needed[*dst as usize] = true;
            }
        }
    };
    for forest in forests {
        for root in &forest.roots {
            stored(root, &mut needed);
            stack.push(root);
        }
        for child in &forest.term {
            leaf(child, &mut needed);
            match child {
                Child::Tree(node) => stack.push(node),
                Child::Stmts(nodes) => {
                    nodes.iter().for_each(|node| stored(node, &mut needed));
                    stack.extend(nodes);
                }
                Child::Leaf(_) | Child::Const(_) => {}
            }
        }
        while let Some(node) = stack.pop() {
            if let Op::BorrowLocal(_, temp) = node.instr.op {
                needed[temp as usize] = true;
            }
            for child in &node.children {
                leaf(child, &mut needed);
                match child {
                    Child::Tree(node) => stack.push(node),
                    Child::Stmts(nodes) => {
                        nodes.iter().for_each(|node| stored(node, &mut needed));
                        stack.extend(nodes);
                    }
                    Child::Leaf(_) | Child::Const(_) => {}
                }
            }
        }
    }
    needed
}

/// First and last position at which a temporary matters. Positions count instructions from 1, with one for the
/// terminator and one for the border behind each block.
pub(super) fn ranges(function: &Function) -> Vec<Option<(u32, u32)>> {
    let live = live::analyse(function);
    let mut ranges: Vec<Option<(u32, u32)>> = vec![None; function.temps.len()];
    let mut touch = |temp: Temp, at: u32| {
        let range = ranges[temp as usize].get_or_insert((at, at));
        range.0 = range.0.min(at);
        range.1 = range.1.max(at);
    };
    let mut at = 0u32;
    for (id, block) in function.blocks.iter().enumerate() {
        for temp in live.live_in[id].iter() {
            touch(temp, at);
        }
        for instr in &block.instrs {
            at += 1;
            for src in &instr.srcs {
                touch(src.temp, at);
            }
            for dst in &instr.dsts {
                touch(*dst, at);
            }
            if let Op::BorrowLocal(_, temp) = instr.op {
                touch(temp, at);
            }
        }
        at += 1;
        if !matches!(block.term, Term::None) {
            for src in block.term_srcs() {
                touch(src.temp, at);
            }
        }
        for temp in live.live_out[id].iter() {
            touch(temp, at);
        }
        at += 1;
    }
    ranges
}

pub(super) fn assign(function: &Function, forests: &[Forest], info: &Info) -> Result<Slots, TooLarge> {
    let needed = needed(function, forests, info);
    let ranges = ranges(function);
    let mut slot_of: Vec<Option<usize>> = vec![None; function.temps.len()];
    for (index, slot) in slot_of.iter_mut().enumerate().take(function.params) {
        *slot = Some(index);
    }
    let mut locals: Vec<(Ty, String, Span)> = Vec::new();
    let mut order: Vec<Temp> =
        (function.params as Temp..function.temps.len() as Temp).filter(|temp| needed[*temp as usize]).collect();
    order.sort_by_key(|temp| (ranges[*temp as usize].map_or(0, |range| range.0), *temp));
    let share_all = order.len() + function.params > OWN_SLOTS;
    // Slots that were shared before, by type, with the position at which they become free.
    let mut free: BTreeMap<usize, u32> = BTreeMap::new();
    for temp in order {
        let decl = &function.temps[temp as usize];
        let range = ranges[temp as usize].unwrap_or((0, u32::MAX));
        let shareable = !info.borrowed.has(temp) && (decl.name.is_none() || share_all);
        if shareable {
            let found =
                free.iter().find(|(slot, end)| **end < range.0 && locals[**slot].0 == decl.ty).map(|(slot, _)| *slot);
            if let Some(slot) = found {
                slot_of[temp as usize] = Some(function.params + slot);
                free.insert(slot, range.1);
                continue;
            }
        }
        let slot = locals.len();
        let name = match &decl.name {
            Some(name) => name.to_string(),
            None => format!("$t{temp}"),
        };
        locals.push((decl.ty.clone(), name, decl.span));
        slot_of[temp as usize] = Some(function.params + slot);
        if shareable {
            free.insert(slot, range.1);
        }
    }
    if function.params + locals.len() > SLOTS_MAX {
        return Err(TooLarge(format!(
            "it needs {} parameters and locals, at most {SLOTS_MAX} are possible",
            function.params + locals.len()
        )));
    }
    let slot_of = slot_of.into_iter().map(|slot| slot.and_then(|slot| u8::try_from(slot).ok())).collect();
    Ok(Slots { slot_of, locals })
}
