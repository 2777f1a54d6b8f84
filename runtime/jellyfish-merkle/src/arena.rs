//! Nodes in flat arrays. An inner node is a pair of references and one 64-byte line with both child hashes; a
//! leaf is one line, path and value hash. A node is written once and never changed while a version can reach it.

use std::hint::black_box;

use crate::{hash::Hash, proof::half};

/// A reference to a node: nothing, an inner node or a leaf.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NodeRef(u32);

const LEAF: u32 = 1 << 31;

/// What a reference refers to, with the slot of its kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Empty,
    Inner(u32),
    Leaf(u32),
}

impl NodeRef {
    pub(crate) const EMPTY: Self = Self(0);

    pub(crate) fn inner(slot: u32) -> Self {
        Self(slot)
    }

    pub(crate) fn leaf(slot: u32) -> Self {
        Self(LEAF | slot)
    }

    pub(crate) fn kind(self) -> Kind {
        match self.0 {
            0 => Kind::Empty,
            leaf if leaf & LEAF != 0 => Kind::Leaf(leaf & !LEAF),
            slot => Kind::Inner(slot),
        }
    }
}

/// 64 bytes on a cache line of their own.
#[derive(Debug, Clone, Copy)]
#[repr(align(64))]
pub(crate) struct Line(pub(crate) [u8; 64]);

impl Line {
    /// The left (0) or right (1) half.
    pub(crate) fn half(&self, side: usize) -> &Hash {
        half(&self.0, side)
    }
}

/// All nodes of all kept versions.
#[derive(Debug)]
pub(crate) struct Arena {
    /// Children of inner nodes; slot 0 stays unused, because reference 0 means nothing.
    pub(crate) links: Vec<[NodeRef; 2]>,
    /// Hashes of those children.
    pub(crate) lines: Vec<Line>,
    /// Path and value hash of leaves.
    pub(crate) leaves: Vec<Line>,
    free_inner: Vec<u32>,
    free_leaves: Vec<u32>,
}

impl Arena {
    pub(crate) fn new() -> Self {
        Self {
            links: vec![[NodeRef::EMPTY; 2]],
            lines: vec![Line([0; 64])],
            leaves: Vec::new(),
            free_inner: Vec::new(),
            free_leaves: Vec::new(),
        }
    }

    /// An inner node's references and hashes.
    pub(crate) fn inner(&self, slot: u32) -> ([NodeRef; 2], [u8; 64]) {
        (self.links[slot as usize], self.lines[slot as usize].0)
    }

    /// Brings nodes into the cache: plain reads that depend on nothing, so that the processor has many of them
    /// under way at once. What is read is thrown away.
    pub(crate) fn look_at(&self, nodes: impl Iterator<Item = NodeRef>) {
        let mut seen = 0;
        for node in nodes {
            seen ^= match node.kind() {
                Kind::Empty => 0,
                Kind::Inner(slot) => self.look_at_inner(slot),
                Kind::Leaf(slot) => u32::from(self.leaves[slot as usize].0[0]),
            };
        }
        black_box(seen);
    }

    /// Likewise the slots into which the next `count` inner nodes will go.
    pub(crate) fn look_at_free(&self, count: usize) {
        let next = &self.free_inner[self.free_inner.len().saturating_sub(count)..];
        black_box(next.iter().fold(0, |seen, slot| seen ^ self.look_at_inner(*slot)));
    }

    fn look_at_inner(&self, slot: u32) -> u32 {
        self.links[slot as usize][0].0 ^ u32::from(self.lines[slot as usize].0[0])
    }

    /// Stores an inner node.
    pub(crate) fn add_inner(&mut self, links: [NodeRef; 2], line: Line) -> u32 {
        if let Some(slot) = self.free_inner.pop() {
            self.links[slot as usize] = links;
            self.lines[slot as usize] = line;
            return slot;
        }
        let slot = slot_after(self.links.len());
        self.links.push(links);
        self.lines.push(line);
        slot
    }

    /// Stores a leaf.
    pub(crate) fn add_leaf(&mut self, line: Line) -> u32 {
        if let Some(slot) = self.free_leaves.pop() {
            self.leaves[slot as usize] = line;
            return slot;
        }
        let slot = slot_after(self.leaves.len());
        self.leaves.push(line);
        slot
    }

    /// Gives a node's slot back.
    pub(crate) fn free(&mut self, node: NodeRef) {
        match node.kind() {
            Kind::Empty => {}
            Kind::Inner(slot) => self.free_inner.push(slot),
            Kind::Leaf(slot) => self.free_leaves.push(slot),
        }
    }

    /// Nodes in use: inner ones, leaves.
    pub(crate) fn used(&self) -> (usize, usize) {
        (self.links.len() - 1 - self.free_inner.len(), self.leaves.len() - self.free_leaves.len())
    }

    /// Bytes reserved.
    pub(crate) fn bytes(&self) -> usize {
        self.links.capacity() * 8
            + (self.lines.capacity() + self.leaves.capacity()) * 64
            + (self.free_inner.capacity() + self.free_leaves.capacity()) * 4
    }
}

/// The next slot of an array with `len` entries. Two to the 31 nodes take 150 GB; the machine ends before.
fn slot_after(len: usize) -> u32 {
    match u32::try_from(len) {
        Ok(slot) if slot < LEAF => slot,
        _ => unreachable!("more than 2^31 tree nodes"),
    }
}
