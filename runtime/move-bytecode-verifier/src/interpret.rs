//! The driver of abstract interpretation, used by locals safety and reference safety.
//!
//! Runs every reachable block on the join of what its predecessors leave, and runs a block again
//! whenever that join has grown, earliest block in traversal order first. Ends because domains have
//! finite ascending chains and report growth truthfully; the meter is the second line of defence.
//!
//! Where a driver that walks on to the end of the function after every back edge repeats blocks
//! whose input is unchanged, this one does not: same fixpoint, same first error, fewer charges.

use crate::{control_flow::ControlFlow, error::Reject};
use move_binary_format::file_format::Bytecode;
use std::collections::BTreeSet;

/// What is tracked, and how instructions change it.
pub(crate) trait Domain {
    /// Knowledge at one point of the function.
    type State: Clone;

    /// The effect of one instruction.
    fn step(&mut self, state: &mut Self::State, instruction: &Bytecode, offset: u16) -> Result<(), Reject>;

    /// Brings the state at the end of a block into the form in which states are compared.
    fn finish_block(&mut self, state: &mut Self::State) -> Result<(), Reject>;

    /// Widens `old` so that it includes `new`; whether it has grown.
    fn join(&mut self, old: &mut Self::State, new: &Self::State) -> Result<bool, Reject>;
}

/// Runs the domain over the function until nothing changes.
pub(crate) fn interpret<D: Domain>(
    domain: &mut D,
    initial: D::State,
    code: &[Bytecode],
    flow: &ControlFlow,
) -> Result<(), Reject> {
    let mut entry_states: Vec<Option<D::State>> = vec![None; flow.blocks().len()];
    if let Some(entry) = entry_states.first_mut() {
        *entry = Some(initial);
    }
    // Positions in traversal order, so that the smallest comes first.
    let mut pending = BTreeSet::from([0u16]);
    while let Some(position) = pending.pop_first() {
        let index = flow.traversal()[usize::from(position)];
        let block = &flow.blocks()[usize::from(index)];
        let Some(mut state) = entry_states[usize::from(index)].clone() else { continue };
        for offset in block.offsets() {
            domain.step(&mut state, &code[usize::from(offset)], offset).map_err(|reject| reject.or_at(offset))?;
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
