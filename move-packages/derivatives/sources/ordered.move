/// An ordered set of `u128` keys, spread over storage items: a B+-tree with linked leaves.
///
/// Insertion, removal and search touch one item per level, three levels for a hundred thousand keys; the least key is found in the
/// first leaf at once. A leaf that runs empty is unlinked; leaves are not merged, so no operation rebalances more than one path.
/// Keys are plain numbers without a unit; nothing is rounded. Invariant: keys of a leaf are sorted, leaves are linked in order, `firsts` of an inner node bound its children from below.
module derivatives::ordered {
    use aptos_std::table::{Self, Table};

    /// The key is there already, or is not there.
    const E_NOT_FOUND: u64 = 0x030a;

    /// Keys of a leaf.
    const LEAF_MAX: u64 = 32;
    /// Children of an inner node.
    const INNER_MAX: u64 = 64;
    /// No node.
    const NONE: u64 = 0;

    /// A set.
    struct Tree has store { nodes: Table<u64, Node>, root: u64, first: u64, next_id: u64, height: u64, count: u64 }

    /// A leaf has keys only; an inner node has a lower bound for each child. `next` and `previous` link leaves.
    struct Node has store, drop { keys: vector<u128>, children: vector<u64>, next: u64, previous: u64 }

    /// A place in the set, valid until the set changes.
    struct Cursor has copy, drop { leaf: u64, index: u64 }

    /// An empty set.
    public fun new(): Tree {
        let nodes = table::new();
        nodes.add(1, Node { keys: vector[], children: vector[], next: NONE, previous: NONE });
        Tree { nodes, root: 1, first: 1, next_id: 2, height: 0, count: 0 }
    }

    /// How many keys there are.
    public fun length(self: &Tree): u64 { self.count }

    /// The least key, if there is one.
    public fun first(self: &Tree): (bool, u128) {
        if (self.count == 0) return (false, 0);
        (true, self.nodes.borrow(self.first).keys[0])
    }

    /// The greatest key, if there is one.
    public fun last(self: &Tree): (bool, u128) {
        if (self.count == 0) return (false, 0);
        let (id, level) = (self.root, self.height);
        while (level > 0) {
            let children = &self.nodes.borrow(id).children;
            id = children[children.length() - 1];
            level -= 1;
        };
        let keys = &self.nodes.borrow(id).keys;
        (true, keys[keys.length() - 1])
    }

    /// The place of the least key.
    public fun start(self: &Tree): Cursor { Cursor { leaf: self.first, index: 0 } }

    /// The key at a place, if it is not the end.
    public fun peek(self: &Tree, at: &Cursor): (bool, u128) {
        if (at.leaf == NONE || self.count == 0) return (false, 0);
        (true, self.nodes.borrow(at.leaf).keys[at.index])
    }

    /// The place behind. Not to be called at the end.
    public fun advance(self: &Tree, at: &mut Cursor) {
        let node = self.nodes.borrow(at.leaf);
        at.index += 1;
        if (at.index >= node.keys.length()) {
            at.leaf = node.next;
            at.index = 0;
        }
    }

    /// Adds a key. It must not be there.
    public fun insert(self: &mut Tree, key: u128) {
        let (path, slots) = (vector<u64>[], vector<u64>[]);
        let id = self.descend(key, &mut path, &mut slots);
        let node = self.nodes.borrow_mut(id);
        let at = position(&node.keys, key);
        assert!(at == node.keys.length() || node.keys[at] != key, E_NOT_FOUND);
        node.keys.insert(at, key);
        self.count += 1;
        if (node.keys.length() <= LEAF_MAX) return;
        // Appends leave a full leaf behind rather than two half-full ones.
        let cut = if (at == LEAF_MAX && node.next == NONE) LEAF_MAX else LEAF_MAX / 2;
        let right = node.keys.trim(cut);
        let next = node.next;
        let new_id = self.next_id;
        self.next_id = new_id + 1;
        self.nodes.borrow_mut(id).next = new_id;
        if (next != NONE) self.nodes.borrow_mut(next).previous = new_id;
        let bound = right[0];
        self.nodes.add(new_id, Node { keys: right, children: vector[], next, previous: id });
        self.attach(path, slots, bound, new_id);
    }

    /// Removes a key. It must be there.
    public fun remove(self: &mut Tree, key: u128) {
        let (path, slots) = (vector<u64>[], vector<u64>[]);
        let id = self.descend(key, &mut path, &mut slots);
        let node = self.nodes.borrow_mut(id);
        let at = position(&node.keys, key);
        assert!(at < node.keys.length() && node.keys[at] == key, E_NOT_FOUND);
        node.keys.remove(at);
        self.count -= 1;
        if (!node.keys.is_empty() || id == self.root) return;
        let Node { keys: _, children: _, next, previous } = self.nodes.remove(id);
        if (previous != NONE) self.nodes.borrow_mut(previous).next = next else self.first = next;
        if (next != NONE) self.nodes.borrow_mut(next).previous = previous;
        self.detach(path, slots);
    }

    /// The leaf for a key, with the inner nodes and slots on the way.
    fun descend(self: &Tree, key: u128, path: &mut vector<u64>, slots: &mut vector<u64>): u64 {
        let id = self.root;
        let level = self.height;
        while (level > 0) {
            let node = self.nodes.borrow(id);
            let at = position(&node.keys, key);
            // The last child whose bound is not above the key; keys below every bound go to the first.
            if (at == node.keys.length() || node.keys[at] != key) {
                if (at > 0) at -= 1;
            };
            path.push_back(id);
            slots.push_back(at);
            id = node.children[at];
            level -= 1;
        };
        id
    }

    /// Puts a new child with its bound behind the slots on the path, splitting what overflows.
    fun attach(self: &mut Tree, path: vector<u64>, slots: vector<u64>, bound: u128, child: u64) {
        while (!path.is_empty()) {
            let id = path.pop_back();
            let slot = slots.pop_back() + 1;
            let node = self.nodes.borrow_mut(id);
            node.keys.insert(slot, bound);
            node.children.insert(slot, child);
            if (node.children.length() <= INNER_MAX) return;
            let cut = if (slot == INNER_MAX) INNER_MAX else INNER_MAX / 2;
            let keys = node.keys.trim(cut);
            let children = node.children.trim(cut);
            bound = keys[0];
            child = self.next_id;
            self.next_id = child + 1;
            self.nodes.add(child, Node { keys, children, next: NONE, previous: NONE });
        };
        let old = self.root;
        let root = self.next_id;
        self.next_id = root + 1;
        self.nodes.add(root, Node { keys: vector[0, bound], children: vector[old, child], next: NONE, previous: NONE });
        self.root = root;
        self.height += 1;
    }

    /// Takes the child at the end of the path out, and every inner node that runs empty with it.
    fun detach(self: &mut Tree, path: vector<u64>, slots: vector<u64>) {
        while (!path.is_empty()) {
            let id = path.pop_back();
            let slot = slots.pop_back();
            let node = self.nodes.borrow_mut(id);
            node.keys.remove(slot);
            node.children.remove(slot);
            if (!node.children.is_empty()) break;
            // The root of a tree with keys never runs empty: a last leaf is the root itself.
            self.nodes.remove(id);
        };
        while (self.height > 0) {
            let root = self.root;
            let node = self.nodes.borrow(root);
            if (node.children.length() != 1) break;
            let child = node.children[0];
            self.nodes.remove(root);
            self.root = child;
            self.height -= 1;
        }
    }

    /// Where a key is or would be, by halving.
    fun position(keys: &vector<u128>, key: u128): u64 {
        let (low, high) = (0, keys.length());
        while (low < high) {
            let middle = (low + high) / 2;
            if (keys[middle] < key) low = middle + 1 else high = middle;
        };
        low
    }
}
