/// A map in one value, sorted by key: found by halving, walked in order, at home with up to some hundreds of entries.
///
/// The order is that of `std::cmp`. Positions (`IteratorPtr`) are indices: any change of the map's entries makes them stale.
module aptos_std::ordered_map {
    use std::cmp;
    use std::error;
    use std::mem;
    use std::option::{Self, Option};

    /// The key has an entry.
    const EKEY_ALREADY_EXISTS: u64 = 1;
    /// The key has no entry.
    const EKEY_NOT_FOUND: u64 = 2;
    /// The position is before the first entry, or behind the last.
    const EITER_OUT_OF_BOUNDS: u64 = 3;
    /// At this place the key would break the order.
    const ENEW_KEY_NOT_IN_ORDER: u64 = 4;

    /// One entry.
    struct Entry<K, V> has drop, copy, store {
        key: K,
        value: V
    }

    /// Entries with ascending keys.
    enum OrderedMap<K, V> has drop, copy, store {
        SortedVectorMap { entries: vector<Entry<K, V>> }
    }

    /// A place in a map.
    enum IteratorPtr has copy, drop {
        End,
        Position { index: u64 }
    }

    /// A map without entries.
    public fun new<K, V>(): OrderedMap<K, V> {
        OrderedMap::SortedVectorMap { entries: vector[] }
    }

    /// A map with the entries `keys[i]`, `values[i]`.
    public fun new_from<K, V>(keys: vector<K>, values: vector<V>): OrderedMap<K, V> {
        let map = new();
        map.add_all(keys, values);
        map
    }

    /// Number of entries.
    public fun length<K, V>(self: &OrderedMap<K, V>): u64 {
        self.entries.length()
    }

    /// Whether there are no entries.
    public fun is_empty<K, V>(self: &OrderedMap<K, V>): bool {
        self.entries.is_empty()
    }

    /// Adds an entry. Aborts if the key has one.
    public fun add<K, V>(self: &mut OrderedMap<K, V>, key: K, value: V) {
        let (found, at) = search(&self.entries, &key);
        assert!(!found, error::invalid_argument(EKEY_ALREADY_EXISTS));
        self.entries.insert(at, Entry { key, value });
    }

    /// Sets the value of the key; returns the one that it replaced, if any.
    public fun upsert<K: drop, V>(self: &mut OrderedMap<K, V>, key: K, value: V): Option<V> {
        let (found, at) = search(&self.entries, &key);
        if (found) {
            option::some(mem::replace(&mut self.entries.borrow_mut(at).value, value))
        } else {
            self.entries.insert(at, Entry { key, value });
            option::none()
        }
    }

    /// Takes the entry of the key out. Aborts if there is none.
    public fun remove<K: drop, V>(self: &mut OrderedMap<K, V>, key: &K): V {
        let (found, at) = search(&self.entries, key);
        assert!(found, error::invalid_argument(EKEY_NOT_FOUND));
        let Entry { key: _, value } = self.entries.remove(at);
        value
    }

    /// Takes the entry of the key out, if there is one.
    public fun remove_or_none<K: drop, V>(self: &mut OrderedMap<K, V>, key: &K): Option<V> {
        let (found, at) = search(&self.entries, key);
        if (found) {
            let Entry { key: _, value } = self.entries.remove(at);
            option::some(value)
        } else {
            option::none()
        }
    }

    /// Lets `modify_f` change the value of the key, or adds what `add_f` makes; returns whether there was one.
    public inline fun modify_or_add<K: copy, V>(
        self: &mut OrderedMap<K, V>, key: &K, modify_f: |&mut V| has drop, add_f: ||V has drop
    ): bool {
        let known = self.contains(key);
        if (known) {
            modify_f(self.borrow_mut(key));
        } else {
            self.add(*key, add_f());
        };
        known
    }

    /// Lets `modify_f` change the value of the key, if there is one; returns whether there is.
    public inline fun modify_if_present<K, V>(
        self: &mut OrderedMap<K, V>, key: &K, modify_f: |&mut V| has drop
    ): bool {
        let known = self.contains(key);
        if (known) {
            modify_f(self.borrow_mut(key));
        };
        known
    }

    /// Whether the key has an entry.
    public fun contains<K, V>(self: &OrderedMap<K, V>, key: &K): bool {
        let (found, _) = search(&self.entries, key);
        found
    }

    /// The value of the key. Aborts if it has none.
    public fun borrow<K, V>(self: &OrderedMap<K, V>, key: &K): &V {
        let (found, at) = search(&self.entries, key);
        assert!(found, error::invalid_argument(EKEY_NOT_FOUND));
        &self.entries.borrow(at).value
    }

    /// The value of the key, to be changed in place. Aborts if it has none.
    public fun borrow_mut<K, V>(self: &mut OrderedMap<K, V>, key: &K): &mut V {
        let (found, at) = search(&self.entries, key);
        assert!(found, error::invalid_argument(EKEY_NOT_FOUND));
        &mut self.entries.borrow_mut(at).value
    }

    /// A copy of the value of the key, if there is one.
    public fun get<K: drop + copy + store, V: copy + store>(self: &OrderedMap<K, V>, key: &K): Option<V> {
        let (found, at) = search(&self.entries, key);
        if (found) option::some(self.entries.borrow(at).value) else option::none()
    }

    /// What `f` makes of the value of the key, if there is one.
    public inline fun get_and_map<K: drop + copy + store, V: store, R>(
        self: &OrderedMap<K, V>, key: &K, f: |&V|R has drop
    ): Option<R> {
        if (self.contains(key)) option::some(f(self.borrow(key))) else option::none()
    }

    /// Adds the entries `keys[i]`, `values[i]`. Aborts if a key has one.
    public fun add_all<K, V>(self: &mut OrderedMap<K, V>, keys: vector<K>, values: vector<V>) {
        keys.zip(values, |key, value| self.add(key, value));
    }

    /// Sets the values `values[i]` of the keys `keys[i]`.
    public fun upsert_all<K: drop, V: drop>(
        self: &mut OrderedMap<K, V>, keys: vector<K>, values: vector<V>
    ) {
        keys.zip(values, |key, value| {
            self.upsert(key, value);
        });
    }

    /// Moves all entries of `other` here; where both have a key, the value of `other` stays.
    public fun append<K: drop, V: drop>(self: &mut OrderedMap<K, V>, other: OrderedMap<K, V>) {
        let OrderedMap::SortedVectorMap { entries } = other;
        entries.for_each(|entry| {
            let Entry { key, value } = entry;
            self.upsert(key, value);
        });
    }

    /// Moves all entries of `other` here. Aborts if both have a key.
    public fun append_disjoint<K, V>(self: &mut OrderedMap<K, V>, other: OrderedMap<K, V>) {
        let OrderedMap::SortedVectorMap { entries } = other;
        entries.for_each(|entry| {
            let Entry { key, value } = entry;
            self.add(key, value);
        });
    }

    /// Keeps the first `at` entries and returns the others.
    public fun trim<K, V>(self: &mut OrderedMap<K, V>, at: u64): OrderedMap<K, V> {
        OrderedMap::SortedVectorMap { entries: self.entries.trim(at) }
    }

    /// The entry with the smallest key. Aborts if there is none.
    public fun borrow_front<K, V>(self: &OrderedMap<K, V>): (&K, &V) {
        let entry = self.entries.borrow(0);
        (&entry.key, &entry.value)
    }

    /// The entry with the largest key. Aborts if there is none.
    public fun borrow_back<K, V>(self: &OrderedMap<K, V>): (&K, &V) {
        let entry = self.entries.borrow(self.entries.length() - 1);
        (&entry.key, &entry.value)
    }

    /// Takes the entry with the smallest key out. Aborts if there is none.
    public fun pop_front<K, V>(self: &mut OrderedMap<K, V>): (K, V) {
        let Entry { key, value } = self.entries.remove(0);
        (key, value)
    }

    /// Takes the entry with the largest key out. Aborts if there is none.
    public fun pop_back<K, V>(self: &mut OrderedMap<K, V>): (K, V) {
        let Entry { key, value } = self.entries.pop_back();
        (key, value)
    }

    /// The largest key below `key`, if there is one; `key` need not have an entry.
    public fun prev_key<K: copy, V>(self: &OrderedMap<K, V>, key: &K): Option<K> {
        let (_, at) = search(&self.entries, key);
        if (at == 0) option::none() else option::some(self.entries.borrow(at - 1).key)
    }

    /// The smallest key above `key`, if there is one; `key` need not have an entry.
    public fun next_key<K: copy, V>(self: &OrderedMap<K, V>, key: &K): Option<K> {
        let (found, at) = search(&self.entries, key);
        if (found) {
            at += 1;
        };
        if (at == self.entries.length()) option::none() else option::some(self.entries.borrow(at).key)
    }

    /// The first position whose key is not below `key`.
    public fun internal_lower_bound<K, V>(self: &OrderedMap<K, V>, key: &K): IteratorPtr {
        let (_, at) = search(&self.entries, key);
        self.position(at)
    }

    /// The position of the key, or the end if it has none.
    public fun internal_find<K, V>(self: &OrderedMap<K, V>, key: &K): IteratorPtr {
        let (found, at) = search(&self.entries, key);
        if (found) IteratorPtr::Position { index: at } else IteratorPtr::End
    }

    /// The first position.
    public fun internal_new_begin_iter<K, V>(self: &OrderedMap<K, V>): IteratorPtr {
        self.position(0)
    }

    /// The position behind the last.
    public fun internal_new_end_iter<K, V>(self: &OrderedMap<K, V>): IteratorPtr {
        let _ = self;
        IteratorPtr::End
    }

    /// `internal_lower_bound`, by its older name.
    public fun lower_bound<K, V>(self: &OrderedMap<K, V>, key: &K): IteratorPtr {
        self.internal_lower_bound(key)
    }

    /// `internal_find`, by its older name.
    public fun find<K, V>(self: &OrderedMap<K, V>, key: &K): IteratorPtr {
        self.internal_find(key)
    }

    /// `internal_new_begin_iter`, by its older name.
    public fun new_begin_iter<K, V>(self: &OrderedMap<K, V>): IteratorPtr {
        self.internal_new_begin_iter()
    }

    /// `internal_new_end_iter`, by its older name.
    public fun new_end_iter<K, V>(self: &OrderedMap<K, V>): IteratorPtr {
        self.internal_new_end_iter()
    }

    /// The next position. Aborts at the end.
    public fun iter_next<K, V>(self: IteratorPtr, map: &OrderedMap<K, V>): IteratorPtr {
        map.position(index_of(&self) + 1)
    }

    /// The position before. Aborts at the first.
    public fun iter_prev<K, V>(self: IteratorPtr, map: &OrderedMap<K, V>): IteratorPtr {
        let index = place_of(&self, map);
        assert!(index > 0, error::invalid_argument(EITER_OUT_OF_BOUNDS));
        IteratorPtr::Position { index: index - 1 }
    }

    /// Whether it is the first position, or the end of a map without entries.
    public fun iter_is_begin<K, V>(self: &IteratorPtr, map: &OrderedMap<K, V>): bool {
        place_of(self, map) == 0
    }

    /// Whether it is the first position of a map with entries.
    public fun iter_is_begin_from_non_empty(self: &IteratorPtr): bool {
        match (self) {
            IteratorPtr::End => false,
            IteratorPtr::Position { index } => *index == 0
        }
    }

    /// Whether it is the end.
    public fun iter_is_end<K, V>(self: &IteratorPtr, _map: &OrderedMap<K, V>): bool {
        self is IteratorPtr::End
    }

    /// The key there. Aborts at the end.
    public fun iter_borrow_key<K, V>(self: &IteratorPtr, map: &OrderedMap<K, V>): &K {
        &map.entries.borrow(index_of(self)).key
    }

    /// The value there. Aborts at the end.
    public fun iter_borrow<K, V>(self: IteratorPtr, map: &OrderedMap<K, V>): &V {
        &map.entries.borrow(index_of(&self)).value
    }

    /// The value there, to be changed in place. Aborts at the end.
    public fun iter_borrow_mut<K, V>(self: IteratorPtr, map: &mut OrderedMap<K, V>): &mut V {
        &mut map.entries.borrow_mut(index_of(&self)).value
    }

    /// Takes the entry there out. Aborts at the end.
    public fun iter_remove<K: drop, V>(self: IteratorPtr, map: &mut OrderedMap<K, V>): V {
        let Entry { key: _, value } = map.entries.remove(index_of(&self));
        value
    }

    /// Sets the value there and returns the old one. Aborts at the end.
    public fun iter_replace<K: copy + drop, V>(
        self: IteratorPtr, map: &mut OrderedMap<K, V>, value: V
    ): V {
        mem::replace(&mut map.entries.borrow_mut(index_of(&self)).value, value)
    }

    /// Adds an entry in front of the position. Aborts if the key does not belong there.
    public fun iter_add<K, V>(self: IteratorPtr, map: &mut OrderedMap<K, V>, key: K, value: V) {
        let at = place_of(&self, map);
        if (at > 0) {
            assert!(
                cmp::compare(&map.entries.borrow(at - 1).key, &key).is_lt(),
                error::invalid_argument(ENEW_KEY_NOT_IN_ORDER)
            );
        };
        if (at < map.entries.length()) {
            assert!(
                cmp::compare(&key, &map.entries.borrow(at).key).is_lt(),
                error::invalid_argument(ENEW_KEY_NOT_IN_ORDER)
            );
        };
        map.entries.insert(at, Entry { key, value });
    }

    /// Ends the life of a map without entries.
    public fun destroy_empty<K, V>(self: OrderedMap<K, V>) {
        let OrderedMap::SortedVectorMap { entries } = self;
        entries.destroy_empty();
    }

    /// Copies of all keys, ascending.
    public fun keys<K: copy, V>(self: &OrderedMap<K, V>): vector<K> {
        self.entries.map_ref(|entry| { entry.key })
    }

    /// Copies of all values, in the order of their keys.
    public fun values<K, V: copy>(self: &OrderedMap<K, V>): vector<V> {
        self.entries.map_ref(|entry| { entry.value })
    }

    /// All keys, ascending, and their values in the same order.
    public fun to_vec_pair<K, V>(self: OrderedMap<K, V>): (vector<K>, vector<V>) {
        let keys = vector[];
        let values = vector[];
        let OrderedMap::SortedVectorMap { entries } = self;
        entries.for_each(|entry| {
            let Entry { key, value } = entry;
            keys.push_back(key);
            values.push_back(value);
        });
        (keys, values)
    }

    /// Gives every key to `dk` and every value to `dv`, which end their lives.
    public inline fun destroy<K, V>(self: OrderedMap<K, V>, dk: |K|, dv: |V|) {
        let (keys, values) = self.to_vec_pair();
        keys.destroy(|k| dk(k));
        values.destroy(|v| dv(v));
    }

    /// Gives every entry to `f`, keys ascending.
    public inline fun for_each<K, V>(self: OrderedMap<K, V>, f: |K, V|) {
        let (keys, values) = self.to_vec_pair();
        keys.zip(values, |k, v| f(k, v));
    }

    /// Shows every entry to `f`, keys ascending.
    public inline fun for_each_ref<K, V>(self: &OrderedMap<K, V>, f: |&K, &V|) {
        let at = self.internal_new_begin_iter();
        while (!at.iter_is_end(self)) {
            f(at.iter_borrow_key(self), at.iter_borrow(self));
            at = at.iter_next(self);
        }
    }

    /// Lets `f` change every value, keys ascending.
    public inline fun for_each_mut<K: copy + drop, V>(self: &mut OrderedMap<K, V>, f: |&K, &mut V|) {
        let at = self.internal_new_begin_iter();
        while (!at.iter_is_end(self)) {
            let key = *at.iter_borrow_key(self);
            f(&key, at.iter_borrow_mut(self));
            at = at.iter_next(self);
        }
    }

    /// `(true, i)` if entry `i` has the key, or `(false, i)` if it would have to stand there.
    fun search<K, V>(entries: &vector<Entry<K, V>>, key: &K): (bool, u64) {
        let low = 0;
        let high = entries.length();
        while (low < high) {
            let middle = low + (high - low) / 2;
            let order = cmp::compare(&entries.borrow(middle).key, key);
            if (order.is_eq()) return (true, middle);
            if (order.is_lt()) {
                low = middle + 1;
            } else {
                high = middle;
            }
        };
        (false, low)
    }

    fun position<K, V>(self: &OrderedMap<K, V>, index: u64): IteratorPtr {
        if (index < self.entries.length()) IteratorPtr::Position { index } else IteratorPtr::End
    }

    fun index_of(at: &IteratorPtr): u64 {
        match (at) {
            IteratorPtr::End => abort error::invalid_argument(EITER_OUT_OF_BOUNDS),
            IteratorPtr::Position { index } => *index
        }
    }

    fun place_of<K, V>(at: &IteratorPtr, map: &OrderedMap<K, V>): u64 {
        match (at) {
            IteratorPtr::End => map.entries.length(),
            IteratorPtr::Position { index } => *index
        }
    }

    #[test_only]
    /// Prints the map.
    public fun print_map<K, V>(self: &OrderedMap<K, V>) {
        aptos_std::debug::print(self);
    }

    #[test_only]
    /// Aborts unless keys ascend.
    public fun validate_ordered<K, V>(self: &OrderedMap<K, V>) {
        let len = self.entries.length();
        let i = 1;
        while (i < len) {
            assert!(
                cmp::compare(&self.entries.borrow(i - 1).key, &self.entries.borrow(i).key).is_lt(),
                error::invalid_argument(ENEW_KEY_NOT_IN_ORDER)
            );
            i += 1;
        }
    }
}
