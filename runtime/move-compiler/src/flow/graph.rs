//! Which references were borrowed from which: the graph of the bytecode verifier, on temporaries.
//!
//! Node 0 stands for the locals and global storage of the function, node `t + 1` for the reference in
//! temporary `t`, and nodes behind these for operands of the current operation. An edge from a parent to
//! a child says along which path the child was borrowed; strong: exactly there, weak: there or below.

use crate::{ir::Temp, source::Span, types::StructId};
use std::collections::BTreeMap;

pub(super) type Node = u32;

/// The locals and storage of the function.
pub(super) const ROOT: Node = 0;

/// Edges between two nodes beyond this number become one that says nothing about the path.
const EDGES_MAX: usize = 10;

/// A step of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Label {
    Local(Temp),
    Global(StructId),
    Field(usize),
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Edge {
    strong: bool,
    path: Vec<Label>,
}

impl Edge {
    /// Whether this edge says at least what `other` says.
    fn covers(&self, other: &Edge) -> bool {
        self == other || !self.strong && other.path.starts_with(&self.path)
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Info {
    mutable: bool,
    span: Span,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Graph {
    nodes: BTreeMap<Node, Info>,
    /// From parent to child.
    down: BTreeMap<(Node, Node), Vec<Edge>>,
}

/// The reference that is in the way: its node and where it was borrowed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Conflict {
    pub(super) node: Node,
    pub(super) span: Span,
}

impl Graph {
    pub(super) fn add(&mut self, node: Node, mutable: bool, span: Span) {
        self.release(node);
        self.nodes.insert(node, Info { mutable, span });
    }

    pub(super) fn has(&self, node: Node) -> bool {
        self.nodes.contains_key(&node)
    }

    pub(super) fn nodes(&self) -> Vec<Node> {
        self.nodes.keys().copied().collect()
    }

    pub(super) fn is_mutable(&self, node: Node) -> bool {
        self.nodes.get(&node).is_some_and(|info| info.mutable)
    }

    fn insert(&mut self, parent: Node, child: Node, edge: Edge) {
        if parent == child {
            return;
        }
        let edges = self.down.entry((parent, child)).or_default();
        if edges.iter().any(|known| known.covers(&edge)) {
            return;
        }
        edges.retain(|known| !edge.covers(known));
        edges.push(edge);
        if edges.len() > EDGES_MAX {
            *edges = vec![Edge { strong: false, path: Vec::new() }];
        }
        edges.sort();
    }

    /// `child` points somewhere at or below `path` of `parent`.
    pub(super) fn borrow_weak(&mut self, parent: Node, path: &[Label], child: Node) {
        self.insert(parent, child, Edge { strong: false, path: path.to_vec() });
    }

    /// `child` points exactly at `path` of `parent`; what was borrowed below that is now borrowed from `child`.
    pub(super) fn borrow_strong(&mut self, parent: Node, path: &[Label], child: Node) {
        let children: Vec<Node> = self.children(parent);
        for other in children {
            let Some(edges) = self.down.remove(&(parent, other)) else { continue };
            for edge in edges {
                if other != child && edge.path.starts_with(path) {
                    self.insert(child, other, Edge { strong: edge.strong, path: edge.path[path.len()..].to_vec() });
                } else {
                    self.insert(parent, other, edge);
                }
            }
        }
        self.insert(parent, child, Edge { strong: true, path: path.to_vec() });
    }

    fn children(&self, parent: Node) -> Vec<Node> {
        self.down.range((parent, 0)..=(parent, Node::MAX)).map(|((_, child), _)| *child).collect()
    }

    /// Ends the life of a reference; its children belong to its parents then.
    pub(super) fn release(&mut self, node: Node) {
        if self.nodes.remove(&node).is_none() {
            return;
        }
        let incoming: Vec<(Node, Vec<Edge>)> = self
            .down
            .iter()
            .filter(|((_, child), _)| *child == node)
            .map(|((parent, _), edges)| (*parent, edges.clone()))
            .collect();
        let outgoing: Vec<(Node, Vec<Edge>)> =
            self.down.range((node, 0)..=(node, Node::MAX)).map(|((_, child), edges)| (*child, edges.clone())).collect();
        self.down.retain(|(parent, child), _| *parent != node && *child != node);
        for (parent, into) in &incoming {
            for (child, out) in &outgoing {
                for a in into {
                    for b in out {
                        let path =
                            if a.strong { a.path.iter().chain(&b.path).copied().collect() } else { a.path.clone() };
                        self.insert(*parent, *child, Edge { strong: a.strong && b.strong, path });
                    }
                }
            }
        }
    }

    /// Gives a node another number.
    pub(super) fn rename(&mut self, from: Node, to: Node) {
        if from == to {
            return;
        }
        self.release(to);
        let Some(info) = self.nodes.remove(&from) else { return };
        self.nodes.insert(to, info);
        let old = std::mem::take(&mut self.down);
        for ((parent, child), edges) in old {
            let parent = if parent == from { to } else { parent };
            let child = if child == from { to } else { child };
            self.down.insert((parent, child), edges);
        }
    }

    fn conflict(&self, parent: Node, wanted: impl Fn(&Edge, &Info) -> bool) -> Option<Conflict> {
        for ((_, child), edges) in self.down.range((parent, 0)..=(parent, Node::MAX)) {
            let Some(info) = self.nodes.get(child) else { continue };
            if edges.iter().any(|edge| wanted(edge, info)) {
                return Some(Conflict { node: *child, span: info.span });
            }
        }
        None
    }

    /// Something borrowed from all of it.
    pub(super) fn fully_borrowed(&self, node: Node) -> Option<Conflict> {
        self.conflict(node, |edge, _| edge.path.is_empty())
    }

    /// Anything borrowed from it.
    pub(super) fn borrowed(&self, node: Node) -> Option<Conflict> {
        self.conflict(node, |_, _| true)
    }

    /// Anything borrowed mutably from it.
    pub(super) fn mutably_borrowed(&self, node: Node) -> Option<Conflict> {
        self.conflict(node, |_, info| info.mutable)
    }

    /// Anything borrowed from all of it or along a label; only mutably if `mutable`.
    pub(super) fn borrowed_at(&self, node: Node, label: Label, mutable: bool) -> Option<Conflict> {
        self.conflict(node, |edge, info| {
            edge.path.first().is_none_or(|first| *first == label) && (!mutable || info.mutable)
        })
    }

    /// As [`Graph::borrowed_at`], without borrows of all of it: for the root, which is never borrowed as a whole.
    pub(super) fn root_borrowed(&self, label: Label, mutable: bool) -> Option<Conflict> {
        self.conflict(ROOT, |edge, info| edge.path.first() == Some(&label) && (!mutable || info.mutable))
    }

    /// Joins another state; whether anything changed.
    pub(super) fn join(&mut self, other: &Graph) -> bool {
        let before = self.clone();
        let missing: Vec<Node> = self.nodes.keys().filter(|node| !other.nodes.contains_key(node)).copied().collect();
        for node in missing {
            self.release(node);
        }
        let mut other = other.clone();
        let extra: Vec<Node> = other.nodes.keys().filter(|node| !self.nodes.contains_key(node)).copied().collect();
        for node in extra {
            other.release(node);
        }
        for ((parent, child), edges) in other.down {
            for edge in edges {
                self.insert(parent, child, edge);
            }
        }
        *self != before
    }
}
