/// A table that can be listed, and that spreads its entries over as many storage items as it needs.
///
/// Linear hashing: the bucket of a key is the low bits of its hash. When entries exceed the threshold, one bucket is split in
/// two, so that no insertion ever pays for moving everything. With `n` buckets, `2^level <= n < 2^(level+1)`; buckets below
/// `n - 2^level` and from `2^level` on take `level + 1` bits of the hash, the others `level`.
module aptos_std::smart_table {
    use std::error;
    use std::option::{Self, Option};
    use aptos_std::aptos_hash;
    use aptos_std::math64;
    use aptos_std::simple_map::{Self, SimpleMap};
    use aptos_std::table_with_length::{Self, TableWithLength};
    use aptos_std::type_info;

    /// The key has no entry.
    const ENOT_FOUND: u64 = 1;
    // 2 is EZERO_CAPACITY: zero buckets mean the default.
    /// Only a table without entries can be destroyed.
    const ENOT_EMPTY: u64 = 3;
    /// The key has an entry.
    const EALREADY_EXIST: u64 = 4;
    /// The threshold is a percentage.
    const EINVALID_LOAD_THRESHOLD_PERCENT: u64 = 5;
    /// A bucket holds at least one entry.
    const EINVALID_TARGET_BUCKET_SIZE: u64 = 6;
    /// The bucket is full: too many keys have the same hash.
    const EEXCEED_MAX_BUCKET_SIZE: u64 = 7;
    /// There is no such bucket.
    const EINVALID_BUCKET_INDEX: u64 = 8;
    /// There is no such place in the bucket.
    const EINVALID_VECTOR_INDEX: u64 = 9;

    // Nothing raises these here; tests that were written for other networks name them.
    #[test_only]
    const EZERO_CAPACITY: u64 = 2;

    const DEFAULT_BUCKETS: u64 = 2;
    const DEFAULT_LOAD_PERCENT: u8 = 75;
    /// Bytes that the entries of one bucket aim at.
    const BUCKET_BYTES: u64 = 1024;
    /// Entries that one bucket holds at most, whatever their hashes.
    const MAX_BUCKET_ENTRIES: u64 = 10000;

    /// One entry with the hash of its key.
    struct Entry<K, V> has copy, drop, store {
        hash: u64,
        key: K,
        value: V
    }

    /// The entries. `target_bucket_size` is 0 until the first entry shows how large entries are.
    struct SmartTable<K, V> has store {
        buckets: TableWithLength<u64, vector<Entry<K, V>>>,
        num_buckets: u64,
        level: u8,
        size: u64,
        split_load_threshold: u8,
        target_bucket_size: u64
    }

    /// A table without entries.
    public fun new<K: copy + drop + store, V: store>(): SmartTable<K, V> {
        new_with_config(0, 0, 0)
    }

    /// A table without entries; 0 stands for the default of each setting.
    ///
    /// * `num_initial_buckets`: storage items from the start.
    /// * `split_load_threshold`: percentage of the aimed-at number of entries from which on buckets are split.
    /// * `target_bucket_size`: entries per bucket.
    public fun new_with_config<K: copy + drop + store, V: store>(
        num_initial_buckets: u64, split_load_threshold: u8, target_bucket_size: u64
    ): SmartTable<K, V> {
        assert!(
            split_load_threshold <= 100,
            error::invalid_argument(EINVALID_LOAD_THRESHOLD_PERCENT)
        );
        let num_buckets = if (num_initial_buckets == 0) DEFAULT_BUCKETS else num_initial_buckets;
        let buckets = table_with_length::new();
        let i = 0;
        while (i < num_buckets) {
            buckets.add(i, vector[]);
            i += 1;
        };
        SmartTable {
            buckets,
            num_buckets,
            level: math64::floor_log2(num_buckets),
            size: 0,
            split_load_threshold: if (split_load_threshold == 0) DEFAULT_LOAD_PERCENT else split_load_threshold,
            target_bucket_size
        }
    }

    /// Ends the life of a table without entries. Aborts if it has some.
    public fun destroy_empty<K, V>(self: SmartTable<K, V>) {
        assert!(self.size == 0, error::invalid_argument(ENOT_EMPTY));
        let SmartTable { buckets, num_buckets, level: _, size: _, split_load_threshold: _, target_bucket_size: _ } = self;
        let i = 0;
        while (i < num_buckets) {
            buckets.remove(i).destroy_empty();
            i += 1;
        };
        buckets.destroy_empty();
    }

    /// Ends the life of a table and of all entries.
    public fun destroy<K: drop, V: drop>(self: SmartTable<K, V>) {
        self.clear();
        self.destroy_empty();
    }

    /// Takes all entries out.
    public fun clear<K: drop, V: drop>(self: &mut SmartTable<K, V>) {
        *self.buckets.borrow_mut(0) = vector[];
        let i = 1;
        while (i < self.num_buckets) {
            self.buckets.remove(i);
            i += 1;
        };
        self.num_buckets = 1;
        self.level = 0;
        self.size = 0;
    }

    /// Adds an entry. Aborts if the key has one.
    public fun add<K, V>(self: &mut SmartTable<K, V>, key: K, value: V) {
        let hash = aptos_hash::sip_hash_from_value(&key);
        let index = bucket_index(self.level, self.num_buckets, hash);
        let entry = Entry { hash, key, value };
        if (self.target_bucket_size == 0) {
            self.target_bucket_size = math64::max(1, BUCKET_BYTES / math64::max(1, type_info::size_of_val(&entry)));
        };
        let bucket = self.buckets.borrow_mut(index);
        let (found, _) = find(bucket, hash, &entry.key);
        assert!(!found, error::invalid_argument(EALREADY_EXIST));
        assert!(bucket.length() < MAX_BUCKET_ENTRIES, error::permission_denied(EEXCEED_MAX_BUCKET_SIZE));
        bucket.push_back(entry);
        self.size += 1;
        if (self.load_factor() >= (self.split_load_threshold as u64)) {
            split_one_bucket(self);
        }
    }

    /// Adds the entries `keys[i]`, `values[i]`.
    public fun add_all<K, V>(self: &mut SmartTable<K, V>, keys: vector<K>, values: vector<V>) {
        keys.zip(values, |key, value| self.add(key, value));
    }

    /// A simple map of all entries.
    public fun to_simple_map<K: store + copy + drop, V: store + copy>(
        self: &SmartTable<K, V>
    ): SimpleMap<K, V> {
        let map = simple_map::new();
        let i = 0;
        while (i < self.num_buckets) {
            self.buckets.borrow(i).for_each_ref(|e| map.add(e.key, e.value));
            i += 1;
        };
        map
    }

    /// All keys, bucket by bucket.
    public fun keys<K: store + copy + drop, V: store + copy>(self: &SmartTable<K, V>): vector<K> {
        let (keys, _, _) = self.keys_paginated(0, 0, self.size);
        keys
    }

    /// Up to `num_keys_to_get` keys from a place on, and the bucket and the index in it to go on from, if there are more.
    public fun keys_paginated<K: store + copy + drop, V: store + copy>(
        self: &SmartTable<K, V>,
        starting_bucket_index: u64,
        starting_vector_index: u64,
        num_keys_to_get: u64
    ): (vector<K>, Option<u64>, Option<u64>) {
        assert!(starting_bucket_index < self.num_buckets, EINVALID_BUCKET_INDEX);
        let first_len = self.buckets.borrow(starting_bucket_index).length();
        assert!(
            starting_vector_index < first_len || starting_vector_index == 0,
            EINVALID_VECTOR_INDEX
        );
        let keys = vector[];
        let at = starting_vector_index;
        let i = starting_bucket_index;
        while (i < self.num_buckets) {
            let bucket = self.buckets.borrow(i);
            let len = bucket.length();
            while (at < len) {
                if (num_keys_to_get == 0) return (keys, option::some(i), option::some(at));
                keys.push_back(bucket.borrow(at).key);
                num_keys_to_get -= 1;
                at += 1;
            };
            at = 0;
            i += 1;
        };
        (keys, option::none(), option::none())
    }

    /// The value of the key. Aborts if it has none.
    public fun borrow<K: drop, V>(self: &SmartTable<K, V>, key: K): &V {
        let hash = aptos_hash::sip_hash_from_value(&key);
        let bucket = self.buckets.borrow(bucket_index(self.level, self.num_buckets, hash));
        let (found, at) = find(bucket, hash, &key);
        assert!(found, error::invalid_argument(ENOT_FOUND));
        &bucket.borrow(at).value
    }

    /// The value of the key, or `default` if it has none.
    public fun borrow_with_default<K: copy + drop, V>(
        self: &SmartTable<K, V>, key: K, default: &V
    ): &V {
        if (self.contains(copy key)) {
            self.borrow(copy key)
        } else {
            default
        }
    }

    /// The value of the key, to be changed in place. Aborts if it has none.
    public fun borrow_mut<K: drop, V>(self: &mut SmartTable<K, V>, key: K): &mut V {
        let hash = aptos_hash::sip_hash_from_value(&key);
        let index = bucket_index(self.level, self.num_buckets, hash);
        let bucket = self.buckets.borrow_mut(index);
        let (found, at) = find(bucket, hash, &key);
        assert!(found, error::invalid_argument(ENOT_FOUND));
        &mut bucket.borrow_mut(at).value
    }

    /// The value of the key, to be changed in place; `default` is added first if it has none.
    public fun borrow_mut_with_default<K: copy + drop, V: drop>(
        self: &mut SmartTable<K, V>, key: K, default: V
    ): &mut V {
        if (!self.contains(copy key)) {
            self.add(copy key, default);
        };
        self.borrow_mut(key)
    }

    /// Whether the key has an entry.
    public fun contains<K: drop, V>(self: &SmartTable<K, V>, key: K): bool {
        let hash = aptos_hash::sip_hash_from_value(&key);
        let bucket = self.buckets.borrow(bucket_index(self.level, self.num_buckets, hash));
        let (found, _) = find(bucket, hash, &key);
        found
    }

    /// Takes the entry of the key out. Aborts if it has none.
    public fun remove<K: copy + drop, V>(self: &mut SmartTable<K, V>, key: K): V {
        let hash = aptos_hash::sip_hash_from_value(&key);
        let index = bucket_index(self.level, self.num_buckets, hash);
        let bucket = self.buckets.borrow_mut(index);
        let (found, at) = find(bucket, hash, &key);
        assert!(found, error::invalid_argument(ENOT_FOUND));
        let Entry { hash: _, key: _, value } = bucket.swap_remove(at);
        self.size -= 1;
        value
    }

    /// Sets the value of the key, which may have one.
    public fun upsert<K: copy + drop, V: drop>(self: &mut SmartTable<K, V>, key: K, value: V) {
        if (self.contains(copy key)) {
            *self.borrow_mut(key) = value;
        } else {
            self.add(key, value);
        }
    }

    /// Number of entries.
    public fun length<K, V>(self: &SmartTable<K, V>): u64 {
        self.size
    }

    /// Entries as a percentage of the number aimed at.
    public fun load_factor<K, V>(self: &SmartTable<K, V>): u64 {
        if (self.target_bucket_size == 0) return 0;
        self.size * 100 / (self.num_buckets * self.target_bucket_size)
    }

    /// Changes the percentage from which on buckets are split.
    public fun update_split_load_threshold<K, V>(self: &mut SmartTable<K, V>, split_load_threshold: u8) {
        assert!(
            split_load_threshold > 0 && split_load_threshold <= 100,
            error::invalid_argument(EINVALID_LOAD_THRESHOLD_PERCENT)
        );
        self.split_load_threshold = split_load_threshold;
    }

    /// Changes the number of entries per bucket to aim at.
    public fun update_target_bucket_size<K, V>(self: &mut SmartTable<K, V>, target_bucket_size: u64) {
        assert!(target_bucket_size > 0, error::invalid_argument(EINVALID_TARGET_BUCKET_SIZE));
        self.target_bucket_size = target_bucket_size;
    }

    /// Shows every entry to `f`.
    public inline fun for_each_ref<K, V>(self: &SmartTable<K, V>, f: |&K, &V|) {
        let i = 0;
        while (i < self.num_buckets()) {
            self.borrow_buckets().borrow(i).for_each_ref(|entry| {
                let (k, v) = entry.borrow_kv();
                f(k, v)
            });
            i += 1;
        }
    }

    /// Lets `f` change every value.
    public inline fun for_each_mut<K, V>(self: &mut SmartTable<K, V>, f: |&K, &mut V|) {
        let i = 0;
        while (i < self.num_buckets()) {
            self.borrow_buckets_mut().borrow_mut(i).for_each_mut(|entry| {
                let (k, v) = entry.borrow_kv_mut();
                f(k, v)
            });
            i += 1;
        }
    }

    /// A table of what `f` makes of every value.
    public inline fun map_ref<K: copy + drop + store, V1, V2: store>(
        self: &SmartTable<K, V1>, f: |&V1|V2
    ): SmartTable<K, V2> {
        let made = new<K, V2>();
        self.for_each_ref(|key, value| made.add(*key, f(value)));
        made
    }

    /// Whether some entry satisfies `p`; looks no further than the first.
    public inline fun any<K, V>(self: &SmartTable<K, V>, p: |&K, &V|bool): bool {
        let found = false;
        let i = 0;
        while (i < self.num_buckets()) {
            found = self.borrow_buckets().borrow(i).any(|entry| {
                let (k, v) = entry.borrow_kv();
                p(k, v)
            });
            if (found) break;
            i += 1;
        };
        found
    }

    /// Key and value of an entry; for the inline functions.
    public fun borrow_kv<K, V>(self: &Entry<K, V>): (&K, &V) {
        (&self.key, &self.value)
    }

    /// Key and value of an entry; for the inline functions.
    public fun borrow_kv_mut<K, V>(self: &mut Entry<K, V>): (&mut K, &mut V) {
        (&mut self.key, &mut self.value)
    }

    /// Number of storage items.
    public fun num_buckets<K, V>(self: &SmartTable<K, V>): u64 {
        self.num_buckets
    }

    /// The storage items; for the inline functions.
    public fun borrow_buckets<K, V>(self: &SmartTable<K, V>): &TableWithLength<u64, vector<Entry<K, V>>> {
        &self.buckets
    }

    /// The storage items; for the inline functions.
    public fun borrow_buckets_mut<K, V>(
        self: &mut SmartTable<K, V>
    ): &mut TableWithLength<u64, vector<Entry<K, V>>> {
        &mut self.buckets
    }

    fun find<K, V>(bucket: &vector<Entry<K, V>>, hash: u64, key: &K): (bool, u64) {
        let len = bucket.length();
        let i = 0;
        while (i < len) {
            let entry = bucket.borrow(i);
            if (entry.hash == hash && &entry.key == key) return (true, i);
            i += 1;
        };
        (false, 0)
    }

    fun bucket_index(level: u8, num_buckets: u64, hash: u64): u64 {
        let low = hash & ((1 << level) - 1);
        let index = hash & ((1 << (level + 1)) - 1);
        if (index < num_buckets) index else low
    }

    /// Adds the bucket `num_buckets` and moves into it what belongs there, all of it from one other bucket.
    fun split_one_bucket<K, V>(table: &mut SmartTable<K, V>) {
        let new_index = table.num_buckets;
        let level = table.level;
        let old_index = new_index - (1 << level);
        table.num_buckets = new_index + 1;
        if (table.num_buckets == 1 << (level + 1)) {
            table.level = level + 1;
        };
        let moved = vector[];
        let bucket = table.buckets.borrow_mut(old_index);
        let i = bucket.length();
        while (i > 0) {
            i -= 1;
            // One more bit of the hash decides; the level before the split is what tells the two buckets apart.
            if ((bucket.borrow(i).hash >> level) & 1 == 1) {
                moved.push_back(bucket.swap_remove(i));
            }
        };
        table.buckets.add(new_index, moved);
    }
}
