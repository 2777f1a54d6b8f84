/// What execution costs, as names and numbers that the machine reads at the start of a block.
module aptos_framework::gas_schedule {
    use std::cmp;
    use std::error;
    use std::string::String;
    use aptos_framework::system_addresses;

    friend aptos_framework::genesis;
    friend aptos_framework::rollup;

    /// There are not as many values as names, or the names do not ascend.
    const EINVALID_GAS_SCHEDULE: u64 = 1;

    /// One price.
    struct GasEntry has store, copy, drop {
        key: String,
        val: u64
    }

    /// All prices, names ascending; at `0x1`. `feature_version` says what the names mean: a machine that does not know it stops.
    struct GasSchedule has key, copy, drop {
        feature_version: u64,
        entries: vector<GasEntry>
    }

    /// Sets the prices from the next block on.
    ///
    /// * `keys`: names, ascending.
    /// * `values`: the prices in the same order.
    public(friend) fun set_for_next_block(
        aptos_framework: &signer, feature_version: u64, keys: vector<String>, values: vector<u64>
    ) acquires GasSchedule {
        system_addresses::assert_aptos_framework(aptos_framework);
        let count = keys.length();
        assert!(count == values.length(), error::invalid_argument(EINVALID_GAS_SCHEDULE));
        let entries = vector[];
        let i = 0;
        while (i < count) {
            let key = *keys.borrow(i);
            assert!(
                i == 0 || cmp::compare(keys.borrow(i - 1), &key).is_lt(),
                error::invalid_argument(EINVALID_GAS_SCHEDULE)
            );
            entries.push_back(GasEntry { key, val: *values.borrow(i) });
            i += 1;
        };
        if (exists<GasSchedule>(@aptos_framework)) {
            *borrow_global_mut<GasSchedule>(@aptos_framework) = GasSchedule { feature_version, entries };
        } else {
            move_to(aptos_framework, GasSchedule { feature_version, entries });
        }
    }

    #[view]
    /// What the names mean.
    public fun feature_version(): u64 acquires GasSchedule {
        borrow_global<GasSchedule>(@aptos_framework).feature_version
    }
}
