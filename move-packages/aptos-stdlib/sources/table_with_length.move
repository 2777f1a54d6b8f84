/// A table that counts its entries, and can therefore be destroyed when it has none.
module aptos_std::table_with_length {
    use std::error;
    use aptos_std::table::{Self, Table};

    // 100 EALREADY_EXISTS and 101 ENOT_FOUND are raised by `table`.
    /// Only a table without entries can be destroyed.
    const ENOT_EMPTY: u64 = 102;

    // Nothing raises these here; tests that were written for other networks name them.
    #[test_only]
    const EALREADY_EXISTS: u64 = 100;
    #[test_only]
    const ENOT_FOUND: u64 = 101;

    /// `length` is the number of entries of `inner`.
    struct TableWithLength<phantom K: copy + drop, phantom V> has store {
        inner: Table<K, V>,
        length: u64
    }

    /// A table without entries.
    public fun new<K: copy + drop, V: store>(): TableWithLength<K, V> {
        TableWithLength { inner: table::new(), length: 0 }
    }

    /// Ends the life of a table without entries. Aborts if it has some.
    public fun destroy_empty<K: copy + drop, V>(self: TableWithLength<K, V>) {
        assert!(self.length == 0, error::invalid_state(ENOT_EMPTY));
        let TableWithLength { inner, length: _ } = self;
        inner.destroy_known_empty();
    }

    /// Adds an entry. Aborts if the key has one.
    public fun add<K: copy + drop, V>(self: &mut TableWithLength<K, V>, key: K, val: V) {
        self.inner.add(key, val);
        self.length += 1;
    }

    /// The value of the key. Aborts if it has none.
    public fun borrow<K: copy + drop, V>(self: &TableWithLength<K, V>, key: K): &V {
        self.inner.borrow(key)
    }

    /// The value of the key, to be changed in place. Aborts if it has none.
    public fun borrow_mut<K: copy + drop, V>(self: &mut TableWithLength<K, V>, key: K): &mut V {
        self.inner.borrow_mut(key)
    }

    /// Number of entries.
    public fun length<K: copy + drop, V>(self: &TableWithLength<K, V>): u64 {
        self.length
    }

    /// Whether there are no entries.
    public fun empty<K: copy + drop, V>(self: &TableWithLength<K, V>): bool {
        self.length == 0
    }

    /// The value of the key, to be changed in place; `default` is added first if it has none.
    public fun borrow_mut_with_default<K: copy + drop, V: drop>(
        self: &mut TableWithLength<K, V>, key: K, default: V
    ): &mut V {
        if (!self.inner.contains(key)) {
            self.inner.add(key, default);
            self.length += 1;
        };
        self.inner.borrow_mut(key)
    }

    /// Sets the value of the key, which may have one.
    public fun upsert<K: copy + drop, V: drop>(self: &mut TableWithLength<K, V>, key: K, value: V) {
        if (self.inner.contains(key)) {
            *self.inner.borrow_mut(key) = value;
        } else {
            self.inner.add(key, value);
            self.length += 1;
        }
    }

    /// Takes the entry of the key out. Aborts if it has none.
    public fun remove<K: copy + drop, V>(self: &mut TableWithLength<K, V>, key: K): V {
        let val = self.inner.remove(key);
        self.length -= 1;
        val
    }

    /// Whether the key has an entry.
    public fun contains<K: copy + drop, V>(self: &TableWithLength<K, V>, key: K): bool {
        self.inner.contains(key)
    }

    #[test_only]
    /// Ends the life of a table; its entries stay in storage, out of reach.
    public fun drop_unchecked<K: copy + drop, V>(self: TableWithLength<K, V>) {
        let TableWithLength { inner, length: _ } = self;
        inner.destroy_known_empty();
    }
}
