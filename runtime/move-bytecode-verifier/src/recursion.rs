//! Recursive data: no type contains itself.
//!
//! A module passes iff the graph with an edge from each own struct or enum to every own one that
//! its fields mention, in whatever position and in any variant (rule T-REC-1), has no cycle. Types
//! of other modules cannot mention ours, because dependencies have no cycles.
//!
//! Depth-first search with its own stack; linear in the fields.

use crate::{
    context::Context,
    error::Reject,
    types::{Type, TypeId},
};
use move_binary_format::{errors::IndexKind, file_format::StructDefIdx};
use move_core_types::StatusCode;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    Unseen,
    OnPath,
    Done,
}

pub(crate) fn check(context: &Context<'_>) -> Result<(), Reject> {
    let edges = edges(context);
    let mut marks = vec![Mark::Unseen; edges.len()];
    for root in 0..edges.len() {
        if marks[root] != Mark::Unseen {
            continue;
        }
        marks[root] = Mark::OnPath;
        // A definition, and how many of its edges have been looked at.
        let mut stack = vec![(root, 0usize)];
        while let Some((at, looked_at)) = stack.last_mut() {
            let Some(next) = edges[*at].get(*looked_at).copied() else {
                marks[*at] = Mark::Done;
                stack.pop();
                continue;
            };
            *looked_at += 1;
            match marks[next] {
                Mark::Done => {}
                Mark::OnPath => {
                    let status = StatusCode::RecursiveStructDefinition;
                    return Err(Reject::entry(status, IndexKind::StructDefinition, next));
                }
                Mark::Unseen => {
                    marks[next] = Mark::OnPath;
                    stack.push((next, 0));
                }
            }
        }
    }
    Ok(())
}

/// By definition: the definitions that its fields mention, without repetition.
fn edges(context: &Context<'_>) -> Vec<Vec<usize>> {
    let tables = context.tables;
    let mut definition_of = vec![None; tables.struct_handles.len()];
    for (index, def) in tables.struct_defs.iter().enumerate() {
        definition_of[usize::from(def.handle.0)] = Some(index);
    }
    let mut all = Vec::with_capacity(tables.struct_defs.len());
    for index in 0..tables.struct_defs.len() {
        let owner = StructDefIdx(u16::try_from(index).unwrap_or(u16::MAX));
        let mut mentioned = Vec::new();
        let lists = context.layout(owner);
        let mut stack: Vec<TypeId> = lists.iter().flat_map(|list| context.types.items(*list)).copied().collect();
        while let Some(ty) = stack.pop() {
            if let Type::Struct(handle) | Type::Instance(handle, _) = context.types.shape(ty) {
                mentioned.extend(definition_of[usize::from(handle)]);
            }
            stack.extend(context.types.components(ty));
        }
        mentioned.sort_unstable();
        mentioned.dedup();
        all.push(mentioned);
    }
    all
}
