/// A small map in one value: entries in the order of insertion, found by looking at one after the other. For more than some
/// dozens of entries take `ordered_map` or a table.
module aptos_std::simple_map {
    use std::error;
    use std::option::{Self, Option};

    /// The key has an entry.
    const EKEY_ALREADY_EXISTS: u64 = 1;
    /// The key has no entry.
    const EKEY_NOT_FOUND: u64 = 2;

    /// Entries with distinct keys.
    struct SimpleMap<Key, Value> has copy, drop, store {
        data: vector<Element<Key, Value>>
    }

    /// One entry.
    struct Element<Key, Value> has copy, drop, store {
        key: Key,
        value: Value
    }

    /// Number of entries.
    public fun length<Key: store, Value: store>(self: &SimpleMap<Key, Value>): u64 {
        self.data.length()
    }

    /// A map without entries.
    public fun new<Key: store, Value: store>(): SimpleMap<Key, Value> {
        SimpleMap { data: vector[] }
    }

    /// A map with the entries `keys[i]`, `values[i]`.
    public fun new_from<Key: store, Value: store>(
        keys: vector<Key>, values: vector<Value>
    ): SimpleMap<Key, Value> {
        let map = new();
        map.add_all(keys, values);
        map
    }

    #[deprecated]
    /// The old name of `new`.
    public fun create<Key: store, Value: store>(): SimpleMap<Key, Value> {
        new()
    }

    /// The value of the key. Aborts if it has none.
    public fun borrow<Key: store, Value: store>(self: &SimpleMap<Key, Value>, key: &Key): &Value {
        let (found, at) = find(self, key);
        assert!(found, error::invalid_argument(EKEY_NOT_FOUND));
        &self.data.borrow(at).value
    }

    /// The value of the key, to be changed in place. Aborts if it has none.
    public fun borrow_mut<Key: store, Value: store>(
        self: &mut SimpleMap<Key, Value>, key: &Key
    ): &mut Value {
        let (found, at) = find(self, key);
        assert!(found, error::invalid_argument(EKEY_NOT_FOUND));
        &mut self.data.borrow_mut(at).value
    }

    /// Whether the key has an entry.
    public fun contains_key<Key: store, Value: store>(
        self: &SimpleMap<Key, Value>, key: &Key
    ): bool {
        let (found, _) = find(self, key);
        found
    }

    /// Ends the life of a map without entries.
    public fun destroy_empty<Key: store, Value: store>(self: SimpleMap<Key, Value>) {
        let SimpleMap { data } = self;
        data.destroy_empty();
    }

    /// Adds an entry. Aborts if the key has one.
    public fun add<Key: store, Value: store>(
        self: &mut SimpleMap<Key, Value>, key: Key, value: Value
    ) {
        let (found, _) = find(self, &key);
        assert!(!found, error::invalid_argument(EKEY_ALREADY_EXISTS));
        self.data.push_back(Element { key, value });
    }

    /// Adds the entries `keys[i]`, `values[i]`. Aborts if a key has one.
    public fun add_all<Key: store, Value: store>(
        self: &mut SimpleMap<Key, Value>, keys: vector<Key>, values: vector<Value>
    ) {
        keys.zip(values, |key, value| self.add(key, value));
    }

    /// Sets the value of the key; returns the entry that it replaced, if any.
    public fun upsert<Key: store, Value: store>(
        self: &mut SimpleMap<Key, Value>, key: Key, value: Value
    ): (Option<Key>, Option<Value>) {
        let (found, at) = find(self, &key);
        if (found) {
            let Element { key: old_key, value: old_value } = self.data.replace(at, Element { key, value });
            (option::some(old_key), option::some(old_value))
        } else {
            self.data.push_back(Element { key, value });
            (option::none<Key>(), option::none<Value>())
        }
    }

    /// Copies of all keys.
    public fun keys<Key: copy, Value>(self: &SimpleMap<Key, Value>): vector<Key> {
        self.data.map_ref(|e| { e.key })
    }

    /// Copies of all values, in the order of `keys`.
    public fun values<Key, Value: copy>(self: &SimpleMap<Key, Value>): vector<Value> {
        self.data.map_ref(|e| { e.value })
    }

    /// All keys, and their values in the same order.
    public fun to_vec_pair<Key: store, Value: store>(
        self: SimpleMap<Key, Value>
    ): (vector<Key>, vector<Value>) {
        let keys = vector[];
        let values = vector[];
        let SimpleMap { data } = self;
        data.for_each(|e| {
            let Element { key, value } = e;
            keys.push_back(key);
            values.push_back(value);
        });
        (keys, values)
    }

    /// Gives every key to `dk` and every value to `dv`, which end their lives.
    public inline fun destroy<Key: store, Value: store>(
        self: SimpleMap<Key, Value>, dk: |Key|, dv: |Value|
    ) {
        let (keys, values) = self.to_vec_pair();
        keys.destroy(|k| dk(k));
        values.destroy(|v| dv(v));
    }

    /// Takes the entry of the key out; the last entry takes its place. Aborts if there is none.
    public fun remove<Key: store, Value: store>(
        self: &mut SimpleMap<Key, Value>, key: &Key
    ): (Key, Value) {
        let (found, at) = find(self, key);
        assert!(found, error::invalid_argument(EKEY_NOT_FOUND));
        let Element { key, value } = self.data.swap_remove(at);
        (key, value)
    }

    fun find<Key, Value>(map: &SimpleMap<Key, Value>, key: &Key): (bool, u64) {
        let len = map.data.length();
        let i = 0;
        while (i < len) {
            if (&map.data.borrow(i).key == key) return (true, i);
            i += 1;
        };
        (false, 0)
    }
}
