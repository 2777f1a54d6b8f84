//! The driver of abstract interpretation, used by locals safety and reference safety.
//!
//! Runs every reachable block on the join of what its predecessors leave, and runs a block again
//! whenever that join has grown, earliest block in traversal order first. Ends because domains have
//! finite ascending chains and report growth truthfully; the meter is the second line of defence.
//!
//! Where a driver that walks on to the end of the function after every back edge repeats blocks
//! whose input is unchanged, this one does not: same fixpoint, same first error, fewer charges.

use crate::{control_flow::ControlFlow, error::Reject, op::Op};
use smallvec::SmallVec;

/// What is tracked, and how instructions change it.
pub(crate) trait Domain {
    /// Knowledge at one point of the function.
    type State: Clone;

    /// The effect of one instruction.
    fn step(&mut self, state: &mut Self::State, op: Op) -> Result<(), Reject>;

    /// Brings the state at the end of a block into the form in which states are compared.
    fn finish_block(&mut self, state: &mut Self::State) -> Result<(), Reject>;

    /// Widens `old` so that it includes `new`; whether it has grown.
    fn join(&mut self, old: &mut Self::State, new: &Self::State) -> Result<bool, Reject>;
}

/// Blocks to be run, by position in traversal order, so that the earliest comes first.
struct Pending {
    words: SmallVec<[u64; 4]>,
    /// No earlier word has a bit.
    first: usize,
}

impl Pending {
    fn new(blocks: usize) -> Self {
        Self { words: SmallVec::from_elem(0, blocks.div_ceil(64).max(1)), first: 0 }
    }

    fn insert(&mut self, position: u16) {
        let word = usize::from(position) / 64;
        self.words[word] |= 1 << (position % 64);
        self.first = self.first.min(word);
    }

    fn pop_first(&mut self) -> Option<u16> {
        while let Some(word) = self.words.get_mut(self.first) {
            if *word == 0 {
                self.first += 1;
                continue;
            }
            let bit = word.trailing_zeros();
            *word &= *word - 1;
            return u16::try_from(self.first * 64 + bit as usize).ok();
        }
        None
    }
}

/// Runs the domain over the function until nothing changes.
pub(crate) fn interpret<D: Domain>(
    domain: &mut D,
    initial: D::State,
    ops: &[Op],
    flow: &ControlFlow,
) -> Result<(), Reject> {
    let mut entry_states: Vec<Option<D::State>> = vec![None; flow.blocks().len()];
    // Blocks with one way in have nothing to join: their states need not be kept.
    let mut ways_in = vec![0u32; flow.blocks().len()];
    ways_in[0] = 1;
    for block in flow.blocks() {
        for successor in block.successors() {
            ways_in[usize::from(*successor)] += 1;
        }
    }
    if let Some(entry) = entry_states.first_mut() {
        *entry = Some(initial);
    }
    let mut pending = Pending::new(flow.traversal().len());
    pending.insert(0);
    while let Some(position) = pending.pop_first() {
        let index = flow.traversal()[usize::from(position)];
        let block = &flow.blocks()[usize::from(index)];
        let known = &mut entry_states[usize::from(index)];
        let state = if ways_in[usize::from(index)] == 1 { known.take() } else { known.clone() };
        let Some(mut state) = state else { continue };
        for offset in block.offsets() {
            domain.step(&mut state, ops[usize::from(offset)]).map_err(|reject| reject.or_at(offset))?;
        }
        domain.finish_block(&mut state).map_err(|reject| reject.or_at(block.last))?;
        let (last, others) = match block.successors() {
            [] => continue,
            [others @ .., last] => (*last, others),
        };
        let mut arrive = |successor: u16, state: std::borrow::Cow<'_, D::State>| -> Result<(), Reject> {
            let changed = match &mut entry_states[usize::from(successor)] {
                Some(known) => domain.join(known, &state).map_err(|reject| reject.or_at(block.last))?,
                unknown @ None => {
                    *unknown = Some(state.into_owned());
                    true
                }
            };
            if changed && let Some(position) = flow.position(successor) {
                pending.insert(position);
            }
            Ok(())
        };
        for successor in others {
            arrive(*successor, std::borrow::Cow::Borrowed(&state))?;
        }
        arrive(last, std::borrow::Cow::Owned(state))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use move_binary_format::file_format::Bytecode;
    use move_core_types::StatusCode;
    use std::collections::BTreeMap;

    /// Instructions that may have run before: grows along every path, shrinks at some.
    struct History {
        at: BTreeMap<u16, u64>,
    }

    fn after(state: u64, offset: u16) -> u64 {
        let kept = if offset.is_multiple_of(5) { state & !(1 << ((offset + 3) % 64)) } else { state };
        kept | 1 << (offset % 64)
    }

    impl Domain for History {
        type State = u64;

        fn step(&mut self, state: &mut u64, op: Op) -> Result<(), Reject> {
            // The operand says where it stands.
            let Op::CopyLocal(offset) = op else { return Err(Reject::new(StatusCode::VerifierInvariantViolation)) };
            let offset = u16::from(offset);
            *self.at.entry(offset).or_default() |= *state;
            *state = after(*state, offset);
            Ok(())
        }

        fn finish_block(&mut self, _state: &mut u64) -> Result<(), Reject> {
            Ok(())
        }

        fn join(&mut self, old: &mut u64, new: &u64) -> Result<bool, Reject> {
            let joined = *old | *new;
            let changed = joined != *old;
            *old = joined;
            Ok(changed)
        }
    }

    /// The dumbest interpreter: instruction by instruction, again whenever anything has changed.
    fn naive(code: &[Bytecode]) -> BTreeMap<u16, u64> {
        use crate::control_flow::{Flow, flow_of};
        let mut states = BTreeMap::from([(0u16, 0u64)]);
        loop {
            let before = states.clone();
            for (offset, state) in &before {
                let next = match flow_of(&code[usize::from(*offset)]) {
                    Flow::Next => vec![offset + 1],
                    Flow::Jump(target) => vec![target],
                    Flow::Fork(target) => vec![target, offset + 1],
                    Flow::Stop => Vec::new(),
                };
                for successor in next {
                    *states.entry(successor).or_default() |= after(*state, *offset);
                }
            }
            if states == before {
                return states;
            }
        }
    }

    #[test]
    fn the_fixpoint_is_that_of_the_naive_interpreter_on_any_graph() {
        let mut seed = 1u64;
        let mut random = |below: u64| {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            seed % below
        };
        let mut loops = 0;
        for _ in 0..2000 {
            let length = 3 + random(40);
            let mut code: Vec<Bytecode> = (1..length)
                .map(|_| {
                    let target = u16::try_from(random(length)).unwrap();
                    match random(6) {
                        0 => Bytecode::Branch(target),
                        1 | 2 => Bytecode::BrTrue(target),
                        3 => Bytecode::Ret,
                        _ => Bytecode::Nop,
                    }
                })
                .collect();
            code.push(Bytecode::Ret);
            let flow = ControlFlow::new(&code).unwrap();
            loops += flow.back_edges().len();
            let mut history = History { at: BTreeMap::new() };
            let ops: Vec<Op> = (0..code.len()).map(|offset| Op::CopyLocal(u8::try_from(offset).unwrap())).collect();
            interpret(&mut history, 0, &ops, &flow).unwrap();
            assert_eq!(history.at, naive(&code), "{code:?}");
        }
        assert!(loops > 1000, "{loops}");
    }
}
