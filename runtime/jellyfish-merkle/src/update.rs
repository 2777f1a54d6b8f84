//! One batch of updates: sorted, walked down level by level, hashed bottom-up level by level.
//!
//! A *frame* is an inner node of the new version that some update reaches. It gets its slot, with a copy of the
//! old node's links and hashes, on the way down, so that children on the way up write their hash where it is
//! hashed next. Frames of one level stand side by side: neighbours are independent of one another, and the
//! processor overlaps their cache misses. A frame left with nothing, or with a lone leaf, gives its slot back
//! and hands the leaf up, which is how a deletion leaves no trace.
//!
//! One hash per changed node and none besides. No allocation once the scratch space has grown, but for the two
//! lists that the version keeps.

use crate::{
    arena::{Arena, Kind, Line, NodeRef},
    hash::{Hash, TreeHash},
    proof::{bit, line},
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

/// Space that is reused from batch to batch.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    /// First 8 bytes of the path, and the update's index: sorted by path, each path once.
    order: Vec<(u64, u32)>,
    /// `inserts[i]`: how many of the first `i` updates hold a value.
    inserts: Vec<u32>,
    frames: Vec<Frame>,
    /// Where each level's frames begin.
    levels: Vec<usize>,
}

/// An inner node being rewritten, with the updates `from .. to` below it.
#[derive(Debug, Clone, Copy)]
struct Frame {
    slot: u32,
    from: u32,
    to: u32,
    parent: Place,
}

/// Where a reference and its hash stand: a slot and a side, or the root.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place(u32);

impl Place {
    const ROOT: Self = Self(u32::MAX);

    fn child(slot: u32, side: usize) -> Self {
        // Slots have 31 bits and slot 2^31 - 1 is never handed out together with side 1 before memory ends.
        Self(slot << 1 | u32::from(side != 0))
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
        self.levels.clear();
    }
}

impl Batch<'_> {
    fn walk_down<H: TreeHash>(&mut self) {
        let count = u32::try_from(self.scratch.order.len()).unwrap_or(u32::MAX);
        if count == 0 {
            return;
        }
        self.settle::<H>(self.out.root, self.out.root_hash, (0, count), Place::ROOT, 0);
        let mut level = 0;
        while level < self.scratch.frames.len() {
            let depth = self.scratch.levels.len();
            let end = self.scratch.frames.len();
            self.scratch.levels.push(level);
            for i in level..end {
                let frame = self.scratch.frames[i];
                let middle = self.split(frame.from, frame.to, depth);
                for (side, range) in [(0, (frame.from, middle)), (1, (middle, frame.to))] {
                    if range.0 < range.1 {
                        let old = self.arena.links[frame.slot as usize][side];
                        let hash = *self.arena.lines[frame.slot as usize].half(side);
                        self.settle::<H>(old, hash, range, Place::child(frame.slot, side), depth + 1);
                    }
                }
            }
            level = end;
        }
    }

    /// Decides what stands at a place that the updates in `range`, at least one, reach.
    fn settle<H: TreeHash>(&mut self, old: NodeRef, hash: Hash, (from, to): (u32, u32), place: Place, depth: usize) {
        let mut kept = NodeRef::EMPTY;
        match old.kind() {
            Kind::Inner(slot) => {
                self.out.stale.push(old);
                let (links, line) = (self.arena.links[slot as usize], self.arena.lines[slot as usize]);
                return self.open(links, line, (from, to), place);
            }
            Kind::Leaf(slot) if self.updates_path(from, to, slot) => self.out.stale.push(old),
            Kind::Leaf(_) => kept = old,
            Kind::Empty => {}
        }
        let inserts = self.scratch.inserts[to as usize] - self.scratch.inserts[from as usize];
        match (kept.kind(), inserts) {
            (Kind::Empty, 0) => self.put(place, NodeRef::EMPTY, &H::EMPTY),
            (Kind::Empty, 1) => self.put_only_insert::<H>(from, to, place),
            (Kind::Leaf(_), 0) => self.put(place, kept, &hash),
            (Kind::Leaf(slot), _) => {
                let (mut links, mut line) = ([NodeRef::EMPTY; 2], Line(line(&H::EMPTY, &H::EMPTY)));
                let side = bit(self.arena.leaves[slot as usize].half(0), depth);
                links[side] = kept;
                line.set_half(side, &hash);
                self.open(links, line, (from, to), place);
            }
            (_, _) => self.open([NodeRef::EMPTY; 2], Line(line(&H::EMPTY, &H::EMPTY)), (from, to), place),
        }
    }

    fn open(&mut self, links: [NodeRef; 2], line: Line, (from, to): (u32, u32), parent: Place) {
        let slot = self.arena.add_inner(links, line);
        self.scratch.frames.push(Frame { slot, from, to, parent });
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
        let (slot, side) = ((place.0 >> 1) as usize, (place.0 & 1) as usize);
        self.arena.links[slot][side] = node;
        self.arena.lines[slot].set_half(side, hash);
    }

    fn hash_up<H: TreeHash>(&mut self) {
        for i in (0..self.scratch.frames.len()).rev() {
            let Frame { slot, parent, .. } = self.scratch.frames[i];
            let [left, right] = self.arena.links[slot as usize];
            let line = self.arena.lines[slot as usize];
            let lone = match (left.kind(), right.kind()) {
                (Kind::Empty, Kind::Empty | Kind::Leaf(_)) => Some((right, line.half(1))),
                (Kind::Leaf(_), Kind::Empty) => Some((left, line.half(0))),
                (Kind::Empty | Kind::Leaf(_) | Kind::Inner(_), Kind::Empty | Kind::Leaf(_) | Kind::Inner(_)) => None,
            };
            let node = NodeRef::inner(slot);
            if let Some((leaf, hash)) = lone {
                self.arena.free(node);
                self.put(parent, leaf, hash);
            } else {
                self.out.fresh.push(node);
                self.put(parent, node, &H::inner(&line.0));
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
