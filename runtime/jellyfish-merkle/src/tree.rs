//! The tree and its versions. A version's nodes are never changed: a batch writes new ones beside them, and
//! lists which old ones the new version left behind. Pruning the oldest version frees what its successor left
//! behind; undoing the newest frees what it wrote.

use std::{collections::VecDeque, marker::PhantomData};

use crate::{
    arena::{Arena, Kind, NodeRef},
    hash::{Hash, TreeHash},
    proof::{ProofLeaf, StateProof, bit},
    update::{Scratch, apply},
};

/// What history may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How many versions stay provable, at least 1.
    pub versions_max: usize,
    /// How many nodes (of some 75 bytes) may be kept for old versions alone; beyond it the oldest versions go
    /// early, so that memory never depends on how large blocks are.
    pub stale_nodes_max: usize,
}

/// A version that is not there: pruned, or not yet committed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotKept {
    /// Nothing has been committed.
    #[error("the tree has no version yet")]
    NoVersions,
    /// Older than what is kept: asked for, oldest kept.
    #[error("version {0} is pruned, the oldest is {1}")]
    Pruned(u64, u64),
    /// Newer than what is committed: asked for, newest.
    #[error("version {0} does not exist, the newest is {1}")]
    Future(u64, u64),
}

/// Why a batch was not committed; the tree is unchanged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CommitError {
    /// Versions follow one another: given, expected.
    #[error("version {0} does not follow, the next is {1}")]
    NotNext(u64, u64),
}

/// What the tree takes up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usage {
    /// Inner nodes of all kept versions.
    pub inner_nodes: usize,
    /// Leaves of all kept versions.
    pub leaves: usize,
    /// Nodes that only old versions use.
    pub stale_nodes: usize,
    /// Bytes reserved for nodes.
    pub bytes: usize,
}

#[derive(Debug)]
struct Version {
    root: NodeRef,
    hash: Hash,
    /// Nodes of the version before that this one does not use.
    stale: Vec<NodeRef>,
    /// Nodes that this version was the first to use.
    fresh: Vec<NodeRef>,
}

/// A set of (path, value hash) pairs in its latest versions.
#[derive(Debug)]
pub struct Tree<H> {
    arena: Arena,
    scratch: Scratch,
    limits: Limits,
    /// Number of the first entry of `versions`.
    oldest: u64,
    versions: VecDeque<Version>,
    stale_nodes: usize,
    hash: PhantomData<fn() -> H>,
}

impl<H: TreeHash> Tree<H> {
    /// A tree without versions. The first commit may have any number.
    pub fn new(limits: Limits) -> Self {
        Self {
            arena: Arena::new(),
            scratch: Scratch::default(),
            limits,
            oldest: 0,
            versions: VecDeque::new(),
            stale_nodes: 0,
            hash: PhantomData,
        }
    }

    /// Makes the next version: `Some(value hash)` sets a path, `None` deletes it (or does nothing where nothing
    /// is). Of several updates of one path the last counts. Versions beyond the limits are pruned.
    ///
    /// Cost: a sort of the batch, then one hash for every node that changes.
    ///
    /// # Errors
    /// [`CommitError::NotNext`] if `version` is not the newest plus one.
    pub fn commit(&mut self, version: u64, updates: &[(Hash, Option<Hash>)]) -> Result<Hash, CommitError> {
        let (mut root, mut hash) = (NodeRef::EMPTY, H::EMPTY);
        match self.versions.back() {
            Some(newest) => {
                (root, hash) = (newest.root, newest.hash);
                let next = self.oldest + self.versions.len() as u64;
                if version != next {
                    return Err(CommitError::NotNext(version, next));
                }
            }
            None => self.oldest = version,
        }
        let out = apply::<H>(&mut self.arena, &mut self.scratch, root, hash, updates);
        self.stale_nodes += out.stale.len();
        self.versions.push_back(Version { root: out.root, hash: out.root_hash, stale: out.stale, fresh: out.fresh });
        while self.versions.len() > self.limits.versions_max.max(1)
            || (self.stale_nodes > self.limits.stale_nodes_max && self.versions.len() > 1)
        {
            self.drop_oldest();
        }
        Ok(out.root_hash)
    }

    /// Takes back the newest version and says whether there was one before it; the only version stays.
    pub fn undo(&mut self) -> bool {
        if self.versions.len() < 2 {
            return false;
        }
        if let Some(newest) = self.versions.pop_back() {
            self.stale_nodes -= newest.stale.len();
            for node in newest.fresh {
                self.arena.free(node);
            }
        }
        true
    }

    /// Drops the versions below `oldest`, but never the newest.
    pub fn prune_below(&mut self, oldest: u64) {
        while self.oldest < oldest && self.versions.len() > 1 {
            self.drop_oldest();
        }
    }

    /// The oldest and the newest version kept.
    pub fn versions(&self) -> Option<(u64, u64)> {
        let count = self.versions.len() as u64;
        (count > 0).then(|| (self.oldest, self.oldest + count - 1))
    }

    /// The root of a version.
    ///
    /// # Errors
    /// [`NotKept`].
    pub fn root(&self, version: u64) -> Result<Hash, NotKept> {
        self.version(version).map(|v| v.hash)
    }

    /// Proves what `path` holds in `version`: its leaf, or that there is none. One cache miss per sibling.
    ///
    /// # Errors
    /// [`NotKept`].
    pub fn prove(&self, version: u64, path: &Hash) -> Result<StateProof, NotKept> {
        let mut node = self.version(version)?.root;
        let mut siblings = Vec::new();
        let leaf = loop {
            match node.kind() {
                Kind::Empty => break None,
                Kind::Leaf(slot) => {
                    let line = &self.arena.leaves[slot as usize];
                    break Some(ProofLeaf { path: *line.half(0), value_hash: *line.half(1) });
                }
                Kind::Inner(slot) => {
                    let side = bit(path, siblings.len());
                    siblings.push(*self.arena.lines[slot as usize].half(1 - side));
                    node = self.arena.links[slot as usize][side];
                }
            }
        };
        siblings.reverse();
        Ok(StateProof { leaf, siblings })
    }

    /// All (path, value hash) pairs of a version, ascending by path.
    ///
    /// # Errors
    /// [`NotKept`].
    pub fn leaves(&self, version: u64) -> Result<impl Iterator<Item = (Hash, Hash)>, NotKept> {
        let mut pending = vec![self.version(version)?.root];
        Ok(std::iter::from_fn(move || {
            loop {
                match pending.pop()?.kind() {
                    Kind::Empty => {}
                    Kind::Inner(slot) => {
                        let [left, right] = self.arena.links[slot as usize];
                        pending.extend([right, left]);
                    }
                    Kind::Leaf(slot) => {
                        let line = &self.arena.leaves[slot as usize];
                        return Some((*line.half(0), *line.half(1)));
                    }
                }
            }
        }))
    }

    /// What the tree takes up now.
    pub fn usage(&self) -> Usage {
        let (inner_nodes, leaves) = self.arena.used();
        Usage { inner_nodes, leaves, stale_nodes: self.stale_nodes, bytes: self.arena.bytes() }
    }

    fn version(&self, version: u64) -> Result<&Version, NotKept> {
        let Some((oldest, newest)) = self.versions() else { return Err(NotKept::NoVersions) };
        let index = version.checked_sub(oldest).ok_or(NotKept::Pruned(version, oldest))?;
        usize::try_from(index).ok().and_then(|i| self.versions.get(i)).ok_or(NotKept::Future(version, newest))
    }

    fn drop_oldest(&mut self) {
        if self.versions.pop_front().is_none() {
            return;
        }
        self.oldest += 1;
        if let Some(next) = self.versions.front_mut() {
            let stale = std::mem::take(&mut next.stale);
            // Undo stops at the oldest version, so that it will never need this list.
            next.fresh = Vec::new();
            self.stale_nodes -= stale.len();
            for node in stale {
                self.arena.free(node);
            }
        }
    }
}
