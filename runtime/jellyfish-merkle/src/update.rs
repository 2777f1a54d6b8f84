//! One batch of updates: sorted, walked down level by level, hashed bottom-up level by level.
//!
//! A *frame* is an inner node of the new version that some update reaches: a copy of the old node's references and
//! hashes, in which children on the way up put theirs. Frames of one level stand side by side in order of their
//! paths, and so do their parents: except for the first look at an old node and the one write of a new node, all
//! access is sequential. Those two are made in bulk, ahead of their use, so that their cache misses overlap. A
//! frame left with nothing, or with a lone leaf, is not stored and hands the leaf up, which is how a deletion
//! leaves no trace.
//!
//! One hash per changed node and none besides. No allocation once the scratch space has grown, but for the two
//! lists that the version keeps.

use crate::{
    arena::{Arena, Kind, Line, NodeRef},
    hash::{Hash, TreeHash},
    proof::{bit, half, line},
};

/// A path and what it holds from now on: a value hash, or nothing.
pub(crate) type Update = (Hash, Option<Hash>);

/// What a batch leaves behind.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) root: NodeRef,
    pub(crate) root_hash: Hash,
    /// Nodes of the previous version that the new one does not use.
    pub(crate) stale: Vec<NodeRef>,
    /// Nodes that the new version uses and the previous one does not.
    pub(crate) fresh: Vec<NodeRef>,
}

/// How many nodes are looked at together before any of them is used.
const AHEAD: usize = 64;

/// Space that is reused from batch to batch.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    /// First 8 bytes of the path, and the update's index: sorted by path, each path once.
    order: Vec<(u64, u32)>,
    /// `inserts[i]`: how many of the first `i` updates hold a value.
    inserts: Vec<u32>,
    frames: Vec<Frame>,
    visits: Vec<Visit>,
}

/// An inner node being rewritten, with the updates `from .. to` below it.
#[derive(Debug, Clone, Copy)]
struct Frame {
    line: [u8; 64],
    links: [NodeRef; 2],
    from: u32,
    to: u32,
    parent: Place,
}

/// A place that the updates `from .. to` reach, at least one, and what stood there.
#[derive(Debug, Clone, Copy)]
struct Visit {
    old: NodeRef,
    from: u32,
    to: u32,
    place: Place,
}

/// Where a reference and its hash stand: a frame and a side, or the root.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place(u32);

impl Place {
    const ROOT: Self = Self(u32::MAX);

    /// Frames are fewer than nodes, of which there are fewer than 2^31.
    fn child(frame: usize, side: usize) -> Self {
        Self(u32::try_from(frame * 2 + side).unwrap_or(u32::MAX))
    }

    fn frame(self) -> usize {
        (self.0 >> 1) as usize
    }

    fn side(self) -> usize {
        (self.0 & 1) as usize
    }
}

struct Batch<'a> {
    arena: &'a mut Arena,
    scratch: &'a mut Scratch,
    updates: &'a [Update],
    out: Outcome,
}

/// Applies `updates` to the version whose root is given. Of several updates of one path the last counts.
pub(crate) fn apply<H: TreeHash>(
    arena: &mut Arena,
    scratch: &mut Scratch,
    root: NodeRef,
    root_hash: Hash,
    updates: &[Update],
) -> Outcome {
    scratch.sort(updates);
    let out = Outcome { root, root_hash, stale: Vec::new(), fresh: Vec::new() };
    let mut batch = Batch { arena, scratch, updates, out };
    batch.walk_down::<H>();
    batch.hash_up::<H>();
    batch.out
}

impl Scratch {
    fn sort(&mut self, updates: &[Update]) {
        self.order.clear();
        self.order.extend(updates.iter().zip(0u32..).map(|((path, _), i)| (head(path), i)));
        // The index breaks ties, so that equal paths stay in order of arrival.
        self.order.sort_unstable_by(|a, b| {
            a.0.cmp(&b.0).then_with(|| updates[a.1 as usize].0.cmp(&updates[b.1 as usize].0)).then(a.1.cmp(&b.1))
        });
        self.order.dedup_by(|later, kept| {
            let same = later.0 == kept.0 && updates[later.1 as usize].0 == updates[kept.1 as usize].0;
            if same {
                *kept = *later;
            }
            same
        });
        self.inserts.clear();
        self.inserts.push(0);
        let mut count = 0;
        for (_, i) in &self.order {
            count += u32::from(updates[*i as usize].1.is_some());
            self.inserts.push(count);
        }
        self.frames.clear();
    }
}

impl Batch<'_> {
    fn walk_down<H: TreeHash>(&mut self) {
        let count = u32::try_from(self.scratch.order.len()).unwrap_or(u32::MAX);
        if count == 0 {
            return;
        }
        self.settle::<H>(Visit { old: self.out.root, from: 0, to: count, place: Place::ROOT }, 0);
        let (mut level, mut depth) = (0, 0);
        while level < self.scratch.frames.len() {
            let end = self.scratch.frames.len();
            for first in (level..end).step_by(AHEAD) {
                let mut visits = std::mem::take(&mut self.scratch.visits);
                for i in first..end.min(first + AHEAD) {
                    self.visit_children(i, depth, &mut visits);
                }
                self.arena.look_at(visits.iter().map(|visit| visit.old));
                for visit in visits.drain(..) {
                    self.settle::<H>(visit, depth + 1);
                }
                self.scratch.visits = visits;
            }
            (level, depth) = (end, depth + 1);
        }
    }

    fn visit_children(&self, i: usize, depth: usize, visits: &mut Vec<Visit>) {
        let Frame { links, from, to, .. } = self.scratch.frames[i];
        let middle = self.split(from, to, depth);
        if from < middle {
            visits.push(Visit { old: links[0], from, to: middle, place: Place::child(i, 0) });
        }
        if middle < to {
            visits.push(Visit { old: links[1], from: middle, to, place: Place::child(i, 1) });
        }
    }

    /// Decides what stands at a place from now on.
    fn settle<H: TreeHash>(&mut self, Visit { old, from, to, place }: Visit, depth: usize) {
        let mut kept = None;
        match old.kind() {
            Kind::Inner(slot) => {
                self.out.stale.push(old);
                let (links, line) = self.arena.inner(slot);
                self.scratch.frames.push(Frame { line, links, from, to, parent: place });
                return;
            }
            Kind::Leaf(slot) if self.updates_path(from, to, slot) => self.out.stale.push(old),
            Kind::Leaf(slot) => kept = Some(slot),
            Kind::Empty => {}
        }
        let inserts = self.scratch.inserts[to as usize] - self.scratch.inserts[from as usize];
        match (kept, inserts) {
            (None, 0) => self.put(place, NodeRef::EMPTY, &H::EMPTY),
            (None, 1) => self.put_only_insert::<H>(from, to, place),
            // It stands there already, with its hash.
            (Some(_), 0) => {}
            (kept, _) => {
                let mut frame =
                    Frame { line: line(&H::EMPTY, &H::EMPTY), links: [NodeRef::EMPTY; 2], from, to, parent: place };
                if let Some(slot) = kept {
                    let side = bit(self.arena.leaves[slot as usize].half(0), depth);
                    let hash = self.hash_at(place);
                    frame.links[side] = old;
                    frame.line[side * 32..side * 32 + 32].copy_from_slice(&hash);
                }
                self.scratch.frames.push(frame);
            }
        }
    }

    /// Stores the leaf of the one update in the range that holds a value.
    fn put_only_insert<H: TreeHash>(&mut self, from: u32, to: u32, place: Place) {
        let updates = self.updates;
        let found = self.scratch.order[from as usize..to as usize]
            .iter()
            .find_map(|(_, i)| updates[*i as usize].1.map(|value_hash| line(&updates[*i as usize].0, &value_hash)));
        let Some(leaf) = found else { unreachable!("one insert was counted in this range") };
        let node = NodeRef::leaf(self.arena.add_leaf(Line(leaf)));
        self.out.fresh.push(node);
        self.put(place, node, &H::leaf(&leaf));
    }

    fn put(&mut self, place: Place, node: NodeRef, hash: &Hash) {
        if place == Place::ROOT {
            (self.out.root, self.out.root_hash) = (node, *hash);
            return;
        }
        let (frame, side) = (&mut self.scratch.frames[place.frame()], place.side());
        frame.links[side] = node;
        frame.line[side * 32..side * 32 + 32].copy_from_slice(hash);
    }

    fn hash_at(&self, place: Place) -> Hash {
        if place == Place::ROOT {
            return self.out.root_hash;
        }
        *half(&self.scratch.frames[place.frame()].line, place.side())
    }

    fn hash_up<H: TreeHash>(&mut self) {
        for i in (0..self.scratch.frames.len()).rev() {
            if i % AHEAD == 0 {
                self.arena.look_at_free(AHEAD);
            }
            let Frame { line, links, parent, .. } = self.scratch.frames[i];
            let lone = match (links[0].kind(), links[1].kind()) {
                (Kind::Empty, Kind::Empty | Kind::Leaf(_)) => Some(1),
                (Kind::Leaf(_), Kind::Empty) => Some(0),
                (Kind::Empty | Kind::Leaf(_) | Kind::Inner(_), Kind::Empty | Kind::Leaf(_) | Kind::Inner(_)) => None,
            };
            if let Some(side) = lone {
                self.put(parent, links[side], half(&line, side));
            } else {
                let node = NodeRef::inner(self.arena.add_inner(links, Line(line)));
                self.out.fresh.push(node);
                self.put(parent, node, &H::inner(&line));
            }
        }
    }

    /// The first update in the range whose bit at `depth` is 1.
    fn split(&self, from: u32, to: u32, depth: usize) -> u32 {
        let range = &self.scratch.order[from as usize..to as usize];
        let left = if depth < 64 {
            range.partition_point(|(head, _)| (head >> (63 - depth)) & 1 == 0)
        } else {
            range.partition_point(|(_, i)| bit(&self.updates[*i as usize].0, depth) == 0)
        };
        from + u32::try_from(left).unwrap_or(u32::MAX)
    }

    /// Whether one of the updates in the range is of this leaf's path.
    fn updates_path(&self, from: u32, to: u32, leaf: u32) -> bool {
        let path = self.arena.leaves[leaf as usize].half(0);
        let head = head(path);
        self.scratch.order[from as usize..to as usize]
            .binary_search_by(|(h, i)| h.cmp(&head).then_with(|| self.updates[*i as usize].0.cmp(path)))
            .is_ok()
    }
}

/// The first 64 bits of a path.
fn head(path: &Hash) -> u64 {
    path.first_chunk().map_or(0, |bytes| u64::from_be_bytes(*bytes))
}
