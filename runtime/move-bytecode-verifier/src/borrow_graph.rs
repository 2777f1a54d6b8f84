//! The borrow graph: which reference was borrowed from which, and along what path.
//!
//! An edge `parent -> child` says that the child was borrowed from the parent: *strong* edges at
//! exactly that path, *weak* edges somewhere at or below it. Several edges may connect the same
//! two references; beyond [`EDGES_MAX`] the set collapses into one weak edge with an empty path,
//! which keeps the domain finite.
//!
//! Sources: "The Move Borrow Checker" (2022), sections on the borrow graph; specification section 34.2.

use smallvec::SmallVec;
use std::cell::Cell;

/// A reference, or the frame root.
pub(crate) type RefId = u32;

/// Edges between two references before they collapse.
pub(crate) const EDGES_MAX: usize = 10;

/// One step of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Label {
    /// A local of the frame.
    Local(u8),
    /// All resources of a struct definition.
    Global(u16),
    /// A field by its offset, in a struct or in any variant of an enum (rule T-REF-1).
    Field(u16),
}

type Path = SmallVec<[Label; 2]>;

#[derive(Debug, Clone, PartialEq, Eq)]
struct Edge {
    strong: bool,
    path: Path,
}

impl Edge {
    /// Whether whatever this edge says includes what `other` says.
    fn covers(&self, other: &Edge) -> bool {
        self == other || (!self.strong && other.path.starts_with(&self.path))
    }
}

/// All edges between one parent and one child.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct EdgeSet {
    saturated: bool,
    edges: SmallVec<[Edge; 1]>,
}

impl EdgeSet {
    fn insert(&mut self, edge: Edge) {
        if self.saturated || self.edges.contains(&edge) {
            return;
        }
        if self.edges.len() < EDGES_MAX {
            self.edges.push(edge);
        } else {
            self.saturated = true;
            self.edges.clear();
            self.edges.push(Edge { strong: false, path: Path::new() });
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Node {
    id: RefId,
    mutable: bool,
    /// By child id.
    children: SmallVec<[(RefId, EdgeSet); 1]>,
    /// Sorted.
    parents: SmallVec<[RefId; 2]>,
}

/// References and what they were borrowed from.
#[derive(Debug, Clone, Default)]
pub(crate) struct BorrowGraph {
    /// By id.
    nodes: Vec<Node>,
    edge_count: u64,
    /// Nodes, edges and labels touched since last asked.
    work: Cell<u64>,
}

impl BorrowGraph {
    fn position(&self, id: RefId) -> Option<usize> {
        self.nodes.binary_search_by_key(&id, |node| node.id).ok()
    }

    fn node(&self, id: RefId) -> Option<&Node> {
        self.position(id).map(|position| &self.nodes[position])
    }

    fn count(&self, work: usize) {
        self.work.set(self.work.get().saturating_add(work as u64));
    }

    /// How much has been touched since this was last asked.
    pub(crate) fn take_work(&self) -> u64 {
        self.work.take()
    }

    /// Nodes and edges: what metering counts.
    pub(crate) fn size(&self) -> u64 {
        self.nodes.len() as u64 + self.edge_count
    }

    /// Adds a reference without borrows. The id must not be in use.
    pub(crate) fn add(&mut self, id: RefId, mutable: bool) {
        match self.nodes.binary_search_by_key(&id, |node| node.id) {
            Ok(position) => debug_assert!(false, "reference {id} at {position} exists"),
            Err(position) => {
                let node = Node { id, mutable, children: SmallVec::new(), parents: SmallVec::new() };
                self.nodes.insert(position, node);
            }
        }
    }

    /// Whether the reference may be written through, as far as its type says.
    pub(crate) fn is_mutable(&self, id: RefId) -> bool {
        self.node(id).is_some_and(|node| node.mutable)
    }

    fn add_edge(&mut self, parent: RefId, child: RefId, edge: Edge) {
        self.count(1 + edge.path.len());
        let (Some(parent_at), Some(child_at)) = (self.position(parent), self.position(child)) else {
            debug_assert!(false, "edge between {parent} and {child}, one of which is gone");
            return;
        };
        let children = &mut self.nodes[parent_at].children;
        match children.binary_search_by_key(&child, |(id, _)| *id) {
            Ok(at) => {
                let before = children[at].1.edges.len() as u64;
                children[at].1.insert(edge);
                self.edge_count = self.edge_count - before + children[at].1.edges.len() as u64;
            }
            Err(at) => {
                let mut set = EdgeSet::default();
                set.insert(edge);
                children.insert(at, (child, set));
                self.edge_count += 1;
                let parents = &mut self.nodes[child_at].parents;
                if let Err(at) = parents.binary_search(&parent) {
                    parents.insert(at, parent);
                }
            }
        }
    }

    fn remove_parent(&mut self, child: RefId, parent: RefId) {
        if let Some(position) = self.position(child) {
            let parents = &mut self.nodes[position].parents;
            if let Ok(at) = parents.binary_search(&parent) {
                parents.remove(at);
            }
        }
    }

    /// Records that `child` was borrowed from somewhere at or below `path` of `parent`.
    pub(crate) fn borrow_weak(&mut self, parent: RefId, path: &[Label], child: RefId) {
        self.add_edge(parent, child, Edge { strong: false, path: path.into() });
    }

    /// Records that the new reference `child` is exactly `path` of `parent`: earlier borrows at or
    /// below `path` become borrows of `child`.
    pub(crate) fn borrow_strong(&mut self, parent: RefId, path: &[Label], child: RefId) {
        let Some(parent_at) = self.position(parent) else {
            debug_assert!(false, "borrow from {parent}, which is gone");
            return;
        };
        let mut moved: SmallVec<[(RefId, Edge); 4]> = SmallVec::new();
        let mut orphans: SmallVec<[RefId; 4]> = SmallVec::new();
        let mut removed = 0;
        self.count(self.nodes[parent_at].children.len());
        self.nodes[parent_at].children.retain(|(id, set)| {
            let before = set.edges.len();
            set.edges.retain(|edge| {
                let stays = !edge.path.starts_with(path);
                if !stays {
                    moved.push((*id, Edge { strong: edge.strong, path: edge.path[path.len()..].into() }));
                }
                stays
            });
            removed += (before - set.edges.len()) as u64;
            if set.edges.is_empty() {
                orphans.push(*id);
            }
            !set.edges.is_empty()
        });
        self.edge_count -= removed;
        for id in orphans {
            self.remove_parent(id, parent);
        }
        for (id, edge) in moved {
            self.add_edge(child, id, edge);
        }
        self.add_edge(parent, child, Edge { strong: true, path: path.into() });
    }

    /// Ends a reference: whoever borrowed from it now borrows from its parents.
    pub(crate) fn release(&mut self, id: RefId) {
        let Some(position) = self.position(id) else {
            debug_assert!(false, "release of {id}, which is gone");
            return;
        };
        let node = self.nodes.remove(position);
        self.count(node.children.len() + node.parents.len());
        self.edge_count -= node.children.iter().map(|(_, set)| set.edges.len() as u64).sum::<u64>();
        for (child, _) in &node.children {
            self.remove_parent(*child, id);
        }
        for parent in node.parents {
            let Some(parent_at) = self.position(parent) else { continue };
            let children = &mut self.nodes[parent_at].children;
            let Ok(at) = children.binary_search_by_key(&id, |(child, _)| *child) else { continue };
            let (_, incoming) = children.remove(at);
            self.edge_count -= incoming.edges.len() as u64;
            for above in &incoming.edges {
                for (child, outgoing) in &node.children {
                    if *child == parent || *child == id {
                        continue;
                    }
                    for below in &outgoing.edges {
                        let mut path = above.path.clone();
                        if above.strong {
                            path.extend_from_slice(&below.path);
                        }
                        self.add_edge(parent, *child, Edge { strong: above.strong && below.strong, path });
                    }
                }
            }
        }
    }

    fn children_match(&self, id: RefId, matches: impl Fn(&Edge, bool) -> bool) -> bool {
        self.node(id).is_some_and(|node| {
            self.count(node.children.len());
            node.children.iter().any(|(child, set)| {
                let mutable = self.is_mutable(*child);
                set.edges.iter().any(|edge| matches(edge, mutable))
            })
        })
    }

    /// Whether anything is borrowed from all of `id`, disregarding borrows of its parts.
    pub(crate) fn is_fully_borrowed(&self, id: RefId) -> bool {
        self.children_match(id, |edge, _| edge.path.is_empty())
    }

    /// Whether anything is borrowed from `id` or its parts.
    pub(crate) fn is_borrowed(&self, id: RefId) -> bool {
        self.node(id).is_some_and(|node| !node.children.is_empty())
    }

    /// Whether anything is borrowed from the part `label` of `id`, or from all of it.
    pub(crate) fn is_borrowed_at(&self, id: RefId, label: Label) -> bool {
        self.children_match(id, |edge, _| edge.path.first().is_none_or(|first| *first == label))
    }

    /// Whether anything mutable is borrowed from `id` or its parts.
    pub(crate) fn is_mutably_borrowed(&self, id: RefId) -> bool {
        self.children_match(id, |_, mutable| mutable)
    }

    /// Whether anything mutable is borrowed from the part `label` of `id`, or from all of it.
    pub(crate) fn is_mutably_borrowed_at(&self, id: RefId, label: Label) -> bool {
        self.children_match(id, |edge, mutable| mutable && edge.path.first().is_none_or(|first| *first == label))
    }

    /// Renames references. Unmentioned ids stay; the result must have no id twice.
    pub(crate) fn rename(&mut self, new_id: impl Fn(RefId) -> RefId) {
        for node in &mut self.nodes {
            node.id = new_id(node.id);
            for (child, _) in &mut node.children {
                *child = new_id(*child);
            }
            node.children.sort_unstable_by_key(|(child, _)| *child);
            for parent in &mut node.parents {
                *parent = new_id(*parent);
            }
            node.parents.sort_unstable();
        }
        self.nodes.sort_unstable_by_key(|node| node.id);
    }

    /// Adds the edges of `other` that no edge between the same references covers. Both graphs must
    /// have the same references. Returns whether any was added.
    pub(crate) fn absorb(&mut self, other: &BorrowGraph) -> bool {
        let mut changed = false;
        for node in &other.nodes {
            for (child, set) in &node.children {
                for edge in &set.edges {
                    self.count(1 + edge.path.len());
                    if !self.has_cover(node.id, *child, edge) {
                        self.add_edge(node.id, *child, edge.clone());
                        changed = true;
                    }
                }
            }
        }
        changed
    }

    fn has_cover(&self, parent: RefId, child: RefId, edge: &Edge) -> bool {
        self.node(parent).is_some_and(|node| {
            node.children
                .binary_search_by_key(&child, |(id, _)| *id)
                .is_ok_and(|at| node.children[at].1.edges.iter().any(|own| own.covers(edge)))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All edges, in a form that can be compared.
    fn edges(graph: &BorrowGraph) -> Vec<(RefId, RefId, bool, Vec<Label>)> {
        let mut edges = Vec::new();
        for node in &graph.nodes {
            for (child, set) in &node.children {
                edges.extend(set.edges.iter().map(|edge| (node.id, *child, edge.strong, edge.path.to_vec())));
            }
        }
        edges.sort();
        edges
    }

    /// What the indices inside must satisfy.
    fn check(graph: &BorrowGraph) {
        let mut count = 0;
        for node in &graph.nodes {
            for (child, set) in &node.children {
                assert!(!set.edges.is_empty() && set.edges.len() <= EDGES_MAX);
                count += set.edges.len() as u64;
                assert!(graph.node(*child).unwrap().parents.contains(&node.id));
            }
            for parent in &node.parents {
                assert!(graph.node(*parent).unwrap().children.iter().any(|(child, _)| *child == node.id));
            }
        }
        assert_eq!(graph.edge_count, count);
    }

    #[test]
    fn a_released_reference_leaves_its_borrows_to_its_parents() {
        let field = Label::Field;
        // Strength and path of the two edges, and of the one that replaces them.
        for (above, below, strong, path) in [
            ((true, vec![field(1)]), (true, vec![field(2)]), true, vec![field(1), field(2)]),
            ((true, vec![field(1)]), (false, vec![field(2)]), false, vec![field(1), field(2)]),
            ((false, vec![field(1)]), (true, vec![field(2)]), false, vec![field(1)]),
            ((true, vec![]), (false, vec![]), false, vec![]),
        ] {
            let mut graph = BorrowGraph::default();
            for id in [0, 1, 2] {
                graph.add(id, true);
            }
            for ((parent, child), (strong, path)) in [((0, 1), above), ((1, 2), below)] {
                if strong { graph.borrow_strong(parent, &path, child) } else { graph.borrow_weak(parent, &path, child) }
            }
            graph.release(1);
            check(&graph);
            assert_eq!(edges(&graph), [(0, 2, strong, path)]);
        }
    }

    #[test]
    fn a_strong_borrow_takes_over_what_lies_below_it() {
        let mut graph = BorrowGraph::default();
        for id in 0..4 {
            graph.add(id, true);
        }
        graph.borrow_strong(0, &[Label::Field(1), Label::Field(2)], 1);
        graph.borrow_strong(0, &[Label::Field(3)], 2);
        graph.borrow_strong(0, &[Label::Field(1)], 3);
        check(&graph);
        assert_eq!(
            edges(&graph),
            [
                (0, 2, true, vec![Label::Field(3)]),
                (0, 3, true, vec![Label::Field(1)]),
                (3, 1, true, vec![Label::Field(2)]),
            ]
        );
        assert!(graph.is_mutably_borrowed_at(0, Label::Field(1)) && !graph.is_borrowed_at(0, Label::Field(2)));
        assert!(!graph.is_fully_borrowed(0) && graph.is_borrowed(3) && !graph.is_borrowed(1));
    }

    #[test]
    fn the_eleventh_edge_makes_them_all_one() {
        let mut graph = BorrowGraph::default();
        graph.add(0, true);
        graph.add(1, true);
        for field in 0..10 {
            graph.borrow_weak(0, &[Label::Field(field)], 1);
        }
        assert_eq!(edges(&graph).len(), 10);
        assert!(!graph.is_borrowed_at(0, Label::Field(99)));
        graph.borrow_weak(0, &[Label::Field(0)], 1);
        assert_eq!(edges(&graph).len(), 10, "a repeated edge is no new one");
        graph.borrow_weak(0, &[Label::Field(10)], 1);
        assert_eq!(edges(&graph), [(0, 1, false, vec![])]);
        graph.borrow_weak(0, &[Label::Field(11)], 1);
        assert_eq!(edges(&graph), [(0, 1, false, vec![])]);
        check(&graph);
        // It now stands for everything, and includes whatever may be joined.
        assert!(graph.is_borrowed_at(0, Label::Field(99)) && graph.is_fully_borrowed(0));
        let mut other = BorrowGraph::default();
        other.add(0, true);
        other.add(1, true);
        other.borrow_strong(0, &[Label::Field(50)], 1);
        assert!(!graph.absorb(&other));
    }

    #[test]
    fn random_graphs_stay_consistent_and_absorb_what_they_have_absorbed_without_growing() {
        let mut seed = 7u64;
        let mut random = |below: u32| {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            u32::try_from(seed >> 33).unwrap() % below
        };
        for _ in 0..500 {
            let mut graphs = [BorrowGraph::default(), BorrowGraph::default()];
            for graph in &mut graphs {
                for id in 0..6 {
                    graph.add(id, id % 2 == 0);
                }
                let mut live: Vec<RefId> = (0..6).collect();
                for id in 6..30 {
                    let parent = live[random(u32::try_from(live.len()).unwrap()) as usize];
                    graph.add(id, random(2) == 0);
                    let path: Vec<Label> =
                        (0..random(3)).map(|_| Label::Field(u16::try_from(random(3)).unwrap())).collect();
                    if random(3) == 0 {
                        graph.borrow_weak(parent, &path, id);
                    } else {
                        graph.borrow_strong(parent, &path, id);
                    }
                    live.push(id);
                    check(graph);
                    if random(2) == 0 {
                        let at = 6 + random(u32::try_from(live.len() - 6).unwrap()) as usize;
                        graph.release(live.swap_remove(at));
                        check(graph);
                    }
                }
                for id in live.into_iter().filter(|id| *id >= 6) {
                    graph.release(id);
                }
                // What is left lies between the first six: give them some edges.
                for _ in 0..random(20) {
                    let (parent, child) = (random(6), random(6));
                    if parent < child {
                        graph.borrow_weak(parent, &[Label::Field(u16::try_from(random(4)).unwrap())], child);
                    }
                }
                check(graph);
            }
            let [mut joined, other] = graphs;
            let before = edges(&joined);
            let grown = joined.absorb(&other);
            check(&joined);
            assert_eq!(grown, edges(&joined) != before);
            let after = edges(&joined);
            assert!(!joined.absorb(&other) && edges(&joined) == after);
            assert!(!joined.absorb(&joined.clone()));
        }
    }
}
