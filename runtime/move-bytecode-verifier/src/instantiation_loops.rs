//! Instantiation loops: generic functions do not call themselves with ever larger type arguments.
//!
//! Nodes are the type parameters of own functions, and the types that a function passes as type
//! arguments to own functions. A parameter leads to every type that mentions it, and an argument to
//! the parameter it is passed for. A module passes iff no cycle leads from a parameter to a type
//! that is more than the parameter itself. Calls and closures count alike.
//!
//! Strongly connected components with their own stack; linear in the distinct type arguments of
//! each function and in the code.

use crate::{
    context::{Body, Context},
    error::Reject,
    op::Op,
    types::{Type, TypeId},
};
use move_binary_format::{errors::IndexKind, file_format::FunctionDefIdx};
use move_core_types::StatusCode;
use std::collections::{BTreeMap, BTreeSet};

type Node = u32;

#[derive(Default)]
struct Graph {
    edges: Vec<Vec<Node>>,
    /// Edges from a parameter to a type that is more than the parameter.
    growing: Vec<(Node, Node, FunctionDefIdx)>,
}

impl Graph {
    fn add_node(&mut self) -> Node {
        self.edges.push(Vec::new());
        u32::try_from(self.edges.len() - 1).unwrap_or(u32::MAX)
    }
}

pub(crate) fn check(context: &Context<'_>, bodies: &[Option<Body<'_>>]) -> Result<(), Reject> {
    let tables = context.tables;
    let mut graph = Graph::default();
    // By definition: the node of its first type parameter.
    let mut first_nodes = Vec::with_capacity(tables.function_defs.len());
    for def in &tables.function_defs {
        let handle = &tables.function_handles[usize::from(def.handle.0)];
        first_nodes.push(u32::try_from(graph.edges.len()).unwrap_or(u32::MAX));
        for _ in &handle.type_params {
            graph.add_node();
        }
    }
    for body in bodies.iter().flatten().filter(|body| !body.type_params.is_empty()) {
        if let Some(definition) = body.definition {
            add_calls(context, definition, body, &first_nodes, &mut graph);
        }
    }
    context.count(graph.edges.iter().map(|edges| 1 + edges.len() as u64).sum());
    let components = components(&graph.edges);
    for (from, to, definition) in &graph.growing {
        if components[*from as usize] == components[*to as usize] {
            let status = StatusCode::LoopInInstantiationGraph;
            return Err(Reject::entry(status, IndexKind::FunctionDefinition, usize::from(definition.0)));
        }
    }
    Ok(())
}

fn add_calls(
    context: &Context<'_>,
    definition: FunctionDefIdx,
    body: &Body<'_>,
    first_nodes: &[Node],
    graph: &mut Graph,
) {
    let own_first = first_nodes[usize::from(definition.0)];
    let mut argument_nodes: BTreeMap<TypeId, Node> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    for op in &body.ops {
        let (Op::Call { function, arguments: Some(arguments) }
        | Op::PackClosure { function, arguments: Some(arguments), mask: _ }) = *op
        else {
            continue;
        };
        let Some(callee) = context.definition(function) else { continue };
        if context.tables.function_defs[usize::from(callee.0)].is_native() || !seen.insert((callee, arguments)) {
            continue;
        }
        let callee_first = first_nodes[usize::from(callee.0)];
        for (position, ty) in (0u32..).zip(context.signature_items(arguments)) {
            if context.types.is_closed(*ty) {
                continue;
            }
            let node = if let Type::Parameter(parameter) = context.types.shape(*ty) {
                own_first + u32::from(parameter)
            } else {
                *argument_nodes.entry(*ty).or_insert_with(|| add_argument(context, definition, *ty, own_first, graph))
            };
            graph.edges[node as usize].push(callee_first + position);
        }
    }
}

/// The node of a type that is passed as type argument and is more than a type parameter.
fn add_argument(
    context: &Context<'_>,
    definition: FunctionDefIdx,
    ty: TypeId,
    own_first: Node,
    graph: &mut Graph,
) -> Node {
    let node = graph.add_node();
    let mut mentioned = BTreeSet::new();
    let mut stack = vec![ty];
    while let Some(ty) = stack.pop() {
        if let Type::Parameter(parameter) = context.types.shape(ty) {
            mentioned.insert(parameter);
        }
        stack.extend(context.types.components(ty).filter(|component| !context.types.is_closed(*component)));
    }
    for parameter in mentioned {
        let parameter = own_first + u32::from(parameter);
        graph.edges[parameter as usize].push(node);
        graph.growing.push((parameter, node, definition));
    }
    node
}

/// By node: the number of its strongly connected component.
///
/// Source: R. E. Tarjan, "Depth-first search and linear graph algorithms" (1972).
fn components(edges: &[Vec<Node>]) -> Vec<u32> {
    const UNSEEN: u32 = u32::MAX;
    let mut numbers = vec![UNSEEN; edges.len()];
    let mut lows = vec![0u32; edges.len()];
    let mut components = vec![UNSEEN; edges.len()];
    let mut component_count = 0;
    let mut next_number = 0;
    let mut open: Vec<Node> = Vec::new();
    for root in 0..edges.len() {
        if numbers[root] != UNSEEN {
            continue;
        }
        let mut stack = vec![(root, 0usize)];
        while let Some((at, looked_at)) = stack.last_mut() {
            let (at, position) = (*at, *looked_at);
            if position == 0 {
                numbers[at] = next_number;
                lows[at] = next_number;
                next_number += 1;
                open.push(u32::try_from(at).unwrap_or(u32::MAX));
            }
            *looked_at += 1;
            // The result of the successor looked at last.
            if let Some(last) = position.checked_sub(1).and_then(|last| edges[at].get(last))
                && components[*last as usize] == UNSEEN
            {
                lows[at] = lows[at].min(lows[*last as usize]);
            }
            if let Some(successor) = edges[at].get(position) {
                if numbers[*successor as usize] == UNSEEN {
                    stack.push((*successor as usize, 0));
                }
                continue;
            }
            stack.pop();
            if lows[at] == numbers[at] {
                while let Some(node) = open.pop() {
                    components[node as usize] = component_count;
                    if node as usize == at {
                        break;
                    }
                }
                component_count += 1;
            }
        }
    }
    components
}
