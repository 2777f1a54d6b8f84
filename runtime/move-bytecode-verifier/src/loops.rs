//! Loops: the code does not run off its end, and its loops are natural, nested to a limit.
//!
//! A function passes iff it has code, ends in an unconditional terminator, and its graph is
//! reducible (version 6 and later) or its loops nest lexically (version 5), neither deeper than the
//! limit. Reducibility makes the set of back edges independent of the order of search.
//!
//! Assumes that bounds have passed. Nearly linear in the code.
//! Source: R. E. Tarjan, "Testing flow graph reducibility" (1974).

use crate::{
    config::VerifierConfig,
    control_flow::{ControlFlow, Flow, flow_of},
    error::Reject,
};
use move_binary_format::file_format::Bytecode;
use move_core_types::StatusCode;

/// The graph of the code, if its control flow is allowed.
pub(crate) fn check(config: &VerifierConfig, version: u32, code: &[Bytecode]) -> Result<ControlFlow, Reject> {
    let Some(last) = code.last() else {
        return Err(Reject::at(StatusCode::EmptyCodeUnit, 0));
    };
    let last_offset = u16::try_from(code.len() - 1).unwrap_or(u16::MAX);
    if !flow_of(last).is_terminator() {
        return Err(Reject::at(StatusCode::InvalidFallThrough, last_offset));
    }
    let limit = config.max_loop_depth.unwrap_or(u32::MAX);
    if version < 6 {
        check_lexical(limit, code)?;
    }
    let flow = ControlFlow::new(code).ok_or(Reject::at(StatusCode::VerifierInvariantViolation, last_offset))?;
    if version >= 6 {
        check_reducible(limit, &flow)?;
    }
    Ok(flow)
}

/// A depth-first spanning tree. Nodes are reachable blocks, numbered in pre-order.
struct Tree {
    /// Block of a node.
    blocks: Vec<u16>,
    /// How many nodes are below a node.
    descendants: Vec<u32>,
    /// Sources of edges into a node from below it.
    back: Vec<Vec<u32>>,
    /// Sources of all other edges into a node.
    others: Vec<Vec<u32>>,
}

impl Tree {
    fn new(flow: &ControlFlow) -> Self {
        let count = flow.blocks().len();
        let mut tree = Tree { blocks: Vec::new(), descendants: Vec::new(), back: Vec::new(), others: Vec::new() };
        let mut node_of: Vec<Option<u32>> = vec![None; count];
        let mut on_path = vec![false; count];
        // Block, its node, how many of its successors have been looked at.
        let mut stack: Vec<(u16, u32, usize)> = vec![(0, tree.add(0), 0)];
        node_of[0] = Some(0);
        on_path[0] = true;
        while let Some((block, node, looked_at)) = stack.last_mut() {
            let (block, node) = (*block, *node);
            let Some(successor) = flow.blocks()[usize::from(block)].successors().get(*looked_at).copied() else {
                stack.pop();
                on_path[usize::from(block)] = false;
                let below = u32::try_from(tree.blocks.len()).unwrap_or(u32::MAX) - node - 1;
                tree.descendants[node as usize] = below;
                continue;
            };
            *looked_at += 1;
            match node_of[usize::from(successor)] {
                Some(known) if on_path[usize::from(successor)] => tree.back[known as usize].push(node),
                Some(known) => tree.others[known as usize].push(node),
                None => {
                    let new = tree.add(successor);
                    node_of[usize::from(successor)] = Some(new);
                    on_path[usize::from(successor)] = true;
                    tree.others[new as usize].push(node);
                    stack.push((successor, new, 0));
                }
            }
        }
        tree
    }

    fn add(&mut self, block: u16) -> u32 {
        self.blocks.push(block);
        self.descendants.push(0);
        self.back.push(Vec::new());
        self.others.push(Vec::new());
        u32::try_from(self.blocks.len() - 1).unwrap_or(u32::MAX)
    }
}

/// The head that a node has been collapsed into, halving paths on the way.
fn representative(heads: &mut [u32], mut node: u32) -> u32 {
    while heads[node as usize] != node {
        heads[node as usize] = heads[heads[node as usize] as usize];
        node = heads[node as usize];
    }
    node
}

fn check_reducible(limit: u32, flow: &ControlFlow) -> Result<(), Reject> {
    if flow.back_edges().is_empty() {
        return Ok(()); // Without cycles, which are most functions.
    }
    let tree = Tree::new(flow);
    let count = u32::try_from(tree.blocks.len()).unwrap_or(u32::MAX);
    let start_of = |node: u32| flow.blocks()[usize::from(tree.blocks[node as usize])].start;
    let mut heads: Vec<u32> = (0..count).collect();
    let mut depths = vec![0u32; count as usize];
    // The head into whose loop a node was last put.
    let mut put_in = vec![u32::MAX; count as usize];
    for head in (0..count).rev() {
        if tree.back[head as usize].is_empty() {
            continue;
        }
        put_in[head as usize] = head;
        let mut body: Vec<u32> = Vec::new();
        let mut depth = depths[head as usize];
        for source in &tree.back[head as usize] {
            let source = representative(&mut heads, *source);
            if put_in[source as usize] != head {
                put_in[source as usize] = head;
                body.push(source);
            }
        }
        let mut done = 0;
        while let Some(node) = body.get(done).copied() {
            done += 1;
            depth = depth.max(depths[node as usize]);
            for source in &tree.others[node as usize] {
                let source = representative(&mut heads, *source);
                if source < head || source > head + tree.descendants[head as usize] {
                    return Err(Reject::at(StatusCode::InvalidLoopSplit, start_of(source)));
                }
                if put_in[source as usize] != head {
                    put_in[source as usize] = head;
                    body.push(source);
                }
            }
        }
        for node in body {
            heads[node as usize] = head;
        }
        depths[head as usize] = depth + 1;
        if depth + 1 > limit {
            return Err(Reject::at(StatusCode::LoopMaxDepthReached, start_of(head)));
        }
    }
    Ok(())
}

/// The rules of version 5. A jump to an offset at or before its own is a *continue*; its target is a
/// loop head; the last such jump ends the loop.
fn check_lexical(limit: u32, code: &[Bytecode]) -> Result<(), Reject> {
    // By head: the offset of the last continue to it.
    let mut end_of: Vec<Option<u16>> = vec![None; code.len()];
    for (at, instruction) in (0u16..).zip(code) {
        if let Flow::Jump(target) | Flow::Fork(target) = flow_of(instruction)
            && target <= at
        {
            end_of[usize::from(target)] = Some(at);
        }
    }
    let mut is_end = vec![false; code.len()];
    for end in end_of.iter().flatten() {
        is_end[usize::from(*end)] = true;
    }
    // Heads up to and including an instruction, minus ends before it.
    let mut depths = Vec::with_capacity(code.len());
    let mut depth = 0u32;
    for at in 0..code.len() {
        depth += u32::from(end_of[at].is_some());
        depths.push(depth);
        depth -= u32::from(is_end[at]);
    }
    let mut open: Vec<(u16, u16)> = Vec::new();
    for (at, instruction) in (0u16..).zip(code) {
        if let Some(end) = end_of[usize::from(at)] {
            open.push((at, end));
            if u32::try_from(open.len()).unwrap_or(u32::MAX) > limit {
                return Err(Reject::at(StatusCode::LoopMaxDepthReached, at));
            }
        }
        if let Flow::Jump(target) | Flow::Fork(target) = flow_of(instruction) {
            check_lexical_jump(at, target, open.last().copied(), &depths, &end_of)?;
        }
        if open.last().is_some_and(|(_, end)| *end == at) {
            open.pop();
        }
    }
    Ok(())
}

fn check_lexical_jump(
    at: u16,
    target: u16,
    innermost: Option<(u16, u16)>,
    depths: &[u32],
    end_of: &[Option<u16>],
) -> Result<(), Reject> {
    if target <= at {
        return match innermost {
            Some((head, _)) if head == target => Ok(()),
            _ => Err(Reject::at(StatusCode::InvalidLoopContinue, at)),
        };
    }
    if let Some((_, end)) = innermost
        && target > end
    {
        return if target == end + 1 { Ok(()) } else { Err(Reject::at(StatusCode::InvalidLoopBreak, at)) };
    }
    let is_head = end_of[usize::from(target)].is_some();
    let target_depth = depths[usize::from(target)] - u32::from(is_head);
    if target_depth == depths[usize::from(at)] { Ok(()) } else { Err(Reject::at(StatusCode::InvalidLoopSplit, at)) }
}
