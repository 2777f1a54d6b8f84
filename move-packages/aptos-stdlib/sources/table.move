/// Key/value storage without a size limit: every entry is a storage item of its own, found by the table's handle and the
/// BCS bytes of the key.
///
/// A table cannot be listed, copied or dropped. The handle is unique: it is made of the transaction's hash and a counter.
module aptos_std::table {
    friend aptos_std::table_with_length;

    /// The entries of one table. `handle` names them in storage.
    struct Table<phantom K: copy + drop, phantom V> has store {
        handle: address
    }

    /// How a value stands in storage; its bytes are those of `val`.
    struct Box<V> has key, drop, store {
        val: V
    }

    /// A table without entries.
    public fun new<K: copy + drop, V: store>(): Table<K, V> {
        Table { handle: new_handle() }
    }

    /// Adds an entry. Aborts with 25607 if the key has one.
    public fun add<K: copy + drop, V>(self: &mut Table<K, V>, key: K, val: V) {
        add_box(self, key, Box { val });
    }

    /// The value of the key. Aborts with 25863 if it has none.
    public fun borrow<K: copy + drop, V>(self: &Table<K, V>, key: K): &V {
        &borrow_box(self, key).val
    }

    /// The value of the key, or `default` if it has none.
    public fun borrow_with_default<K: copy + drop, V>(self: &Table<K, V>, key: K, default: &V): &V {
        if (contains_box(self, key)) {
            &borrow_box(self, key).val
        } else {
            default
        }
    }

    /// The value of the key, to be changed in place. Aborts with 25863 if it has none.
    public fun borrow_mut<K: copy + drop, V>(self: &mut Table<K, V>, key: K): &mut V {
        &mut borrow_box_mut(self, key).val
    }

    /// The value of the key, to be changed in place; `default` is added first if it has none.
    public fun borrow_mut_with_default<K: copy + drop, V: drop>(
        self: &mut Table<K, V>, key: K, default: V
    ): &mut V {
        if (!contains_box(self, key)) {
            add_box(self, key, Box { val: default });
        };
        &mut borrow_box_mut(self, key).val
    }

    /// Sets the value of the key, which may have one.
    public fun upsert<K: copy + drop, V: drop>(self: &mut Table<K, V>, key: K, value: V) {
        if (contains_box(self, key)) {
            borrow_box_mut(self, key).val = value;
        } else {
            add_box(self, key, Box { val: value });
        }
    }

    /// Takes the entry of the key out. Aborts with 25863 if it has none.
    public fun remove<K: copy + drop, V>(self: &mut Table<K, V>, key: K): V {
        let Box { val } = remove_box(self, key);
        val
    }

    /// Whether the key has an entry.
    public fun contains<K: copy + drop, V>(self: &Table<K, V>, key: K): bool {
        contains_box(self, key)
    }

    /// Ends the life of a table that its owner knows to be empty.
    public(friend) fun destroy_known_empty<K: copy + drop, V>(self: Table<K, V>) {
        let Table { handle: _ } = self;
    }

    #[test_only]
    /// Ends the life of a table; its entries stay in storage, out of reach.
    public fun drop_unchecked<K: copy + drop, V>(self: Table<K, V>) {
        let Table { handle: _ } = self;
    }

    native fun new_handle(): address;
    native fun add_box<K: copy + drop, V>(table: &mut Table<K, V>, key: K, val: Box<V>);
    native fun borrow_box<K: copy + drop, V>(table: &Table<K, V>, key: K): &Box<V>;
    native fun borrow_box_mut<K: copy + drop, V>(table: &mut Table<K, V>, key: K): &mut Box<V>;
    native fun contains_box<K: copy + drop, V>(table: &Table<K, V>, key: K): bool;
    native fun remove_box<K: copy + drop, V>(table: &mut Table<K, V>, key: K): Box<V>;
}
