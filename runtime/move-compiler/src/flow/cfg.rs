//! The shape of the code: unreachable blocks go, chains of jumps are shortened, straight lines joined.

use crate::ir::{Block, BlockId, Function, Term};

/// Predecessors of each block.
pub(crate) fn predecessors(function: &Function) -> Vec<Vec<BlockId>> {
    let mut predecessors = vec![Vec::new(); function.blocks.len()];
    for (id, block) in function.blocks.iter().enumerate() {
        for to in block.successors() {
            predecessors[to].push(id);
        }
    }
    predecessors
}

/// Where a jump to a block leads, through blocks that only jump.
fn target(blocks: &[Block], mut id: BlockId) -> BlockId {
    for _ in 0..blocks.len() {
        match &blocks[id] {
            Block { instrs, term: Term::Jump(to), .. } if instrs.is_empty() && *to != id => id = *to,
            _ => break,
        }
    }
    id
}

/// Shortens jumps, joins blocks, removes what cannot be reached, and numbers blocks in reverse post-order.
pub(crate) fn simplify(function: &mut Function) {
    for id in 0..function.blocks.len() {
        let term = match &function.blocks[id].term {
            Term::Jump(to) => {
                let to = target(&function.blocks, *to);
                match &function.blocks[to] {
                    Block { instrs, term: Term::Ret(srcs), .. } if instrs.is_empty() => Term::Ret(srcs.clone()),
                    _ => Term::Jump(to),
                }
            }
            Term::Branch(src, a, b) => Term::Branch(*src, target(&function.blocks, *a), target(&function.blocks, *b)),
            other => other.clone(),
        };
        function.blocks[id].term = term;
    }
    renumber(function);
    join_lines(function);
    renumber(function);
}

/// Joins a block with its only successor if that has no other predecessor.
fn join_lines(function: &mut Function) {
    let predecessors = predecessors(function);
    let mut gone = vec![false; function.blocks.len()];
    for id in 0..function.blocks.len() {
        if gone[id] {
            continue;
        }
        while let Term::Jump(to) = function.blocks[id].term {
            if to == id || to == 0 || gone[to] || predecessors[to].len() != 1 {
                break;
            }
            gone[to] = true;
            let empty = Block { instrs: Vec::new(), term: Term::None, span: function.blocks[to].span, site: 0 };
            let next = std::mem::replace(&mut function.blocks[to], empty);
            let block = &mut function.blocks[id];
            block.instrs.extend(next.instrs);
            block.term = next.term;
            block.span = next.span;
            block.site = next.site;
        }
    }
}

/// Reverse post-order from the entry; the first target of a branch comes directly behind it where possible.
pub(crate) fn order(function: &Function) -> Vec<BlockId> {
    let mut seen = vec![false; function.blocks.len()];
    let mut post = Vec::new();
    let mut stack: Vec<(BlockId, Vec<BlockId>)> = Vec::new();
    if function.blocks.is_empty() {
        return post;
    }
    seen[0] = true;
    stack.push((0, function.blocks[0].successors()));
    while let Some((id, rest)) = stack.last_mut() {
        // Later successors first, so that the first one is placed right behind the branch.
        match rest.pop() {
            Some(next) if seen[next] => {}
            Some(next) => {
                seen[next] = true;
                let successors = function.blocks[next].successors();
                stack.push((next, successors));
            }
            None => {
                post.push(*id);
                stack.pop();
            }
        }
    }
    post.reverse();
    post
}

/// Puts the head of a loop behind the block that jumps back to it, so that a round takes one jump less.
pub(crate) fn rotate(function: &mut Function) {
    let mut order: Vec<BlockId> = (0..function.blocks.len()).collect();
    for head in 1..function.blocks.len() {
        if !matches!(function.blocks[head].term, Term::Branch(..)) {
            continue;
        }
        let latch = (head..function.blocks.len())
            .rev()
            .find(|id| matches!(function.blocks[*id].term, Term::Jump(to) if to == head));
        let Some(latch) = latch.filter(|latch| *latch != head) else { continue };
        // Only if it is entered from above by falling in; otherwise the jump just moves elsewhere.
        let Some(at) = order.iter().position(|id| *id == head) else { continue };
        order.remove(at);
        let Some(behind) = order.iter().position(|id| *id == latch) else { continue };
        order.insert(behind + 1, head);
    }
    renumber_by(function, order);
}

fn renumber(function: &mut Function) {
    let order = order(function);
    renumber_by(function, order);
}

fn renumber_by(function: &mut Function, order: Vec<BlockId>) {
    let mut new = vec![usize::MAX; function.blocks.len()];
    for (nth, id) in order.iter().enumerate() {
        new[*id] = nth;
    }
    let mut old: Vec<Option<Block>> = std::mem::take(&mut function.blocks).into_iter().map(Some).collect();
    for id in order {
        let Some(mut block) = old[id].take() else { continue };
        match &mut block.term {
            Term::Jump(to) => *to = new[*to],
            Term::Branch(_, a, b) => {
                *a = new[*a];
                *b = new[*b];
            }
            Term::Ret(_) | Term::Abort(_) | Term::AbortMsg(..) | Term::None => {}
        }
        function.blocks.push(block);
    }
}

/// Puts an empty block on each edge from a branch to a block with several predecessors.
pub(crate) fn split_edges(function: &mut Function) {
    let predecessors = predecessors(function);
    for id in 0..function.blocks.len() {
        let Term::Branch(src, a, b) = function.blocks[id].term else { continue };
        let (span, site) = (function.blocks[id].span, function.blocks[id].site);
        let split = |function: &mut Function, to: BlockId| {
            if predecessors[to].len() < 2 {
                return to;
            }
            function.blocks.push(Block { instrs: Vec::new(), term: Term::Jump(to), span, site });
            function.blocks.len() - 1
        };
        let a = split(function, a);
        let b = split(function, b);
        function.blocks[id].term = Term::Branch(src, a, b);
    }
}
