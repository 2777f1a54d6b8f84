/// The time of the block, in microseconds since 1970.
module aptos_framework::timestamp {
    use std::error;
    use aptos_framework::system_addresses;

    friend aptos_framework::block;
    friend aptos_framework::genesis;

    // 1 is ENOT_OPERATING, which nothing raises: before genesis there is no resource to read.
    /// Time only goes forward.
    const EINVALID_TIMESTAMP: u64 = 2;

    // Nothing raises these here; tests that were written for other networks name them.
    #[test_only]
    const ENOT_OPERATING: u64 = 1;

    /// Microseconds in a second.
    const MICRO_CONVERSION_FACTOR: u64 = 1000000;

    /// The time, at `0x1`.
    struct CurrentTimeMicroseconds has key {
        microseconds: u64
    }

    /// Starts the clock at `microseconds`.
    public(friend) fun initialize(aptos_framework: &signer, microseconds: u64) {
        system_addresses::assert_aptos_framework(aptos_framework);
        move_to(aptos_framework, CurrentTimeMicroseconds { microseconds });
    }

    /// Sets the time of a block: later than before, or the same in a block without proposer. Only the machine may.
    public fun update_global_time(account: &signer, proposer: address, timestamp: u64) acquires CurrentTimeMicroseconds {
        system_addresses::assert_vm(account);
        let time = borrow_global_mut<CurrentTimeMicroseconds>(@aptos_framework);
        if (proposer == @vm_reserved) {
            assert!(time.microseconds == timestamp, error::invalid_argument(EINVALID_TIMESTAMP));
        } else {
            assert!(time.microseconds < timestamp, error::invalid_argument(EINVALID_TIMESTAMP));
            time.microseconds = timestamp;
        }
    }

    /// Sets the time of a block; the machine has checked that it is later than the one before.
    public(friend) fun set_block_time(vm: &signer, microseconds: u64) acquires CurrentTimeMicroseconds {
        system_addresses::assert_vm(vm);
        borrow_global_mut<CurrentTimeMicroseconds>(@aptos_framework).microseconds = microseconds;
    }

    #[view]
    /// The time in microseconds.
    public fun now_microseconds(): u64 acquires CurrentTimeMicroseconds {
        borrow_global<CurrentTimeMicroseconds>(@aptos_framework).microseconds
    }

    #[view]
    /// The time in seconds, rounded down.
    public fun now_seconds(): u64 acquires CurrentTimeMicroseconds {
        now_microseconds() / MICRO_CONVERSION_FACTOR
    }

    #[test_only]
    /// Starts the clock at 0, unless it runs.
    public fun set_time_has_started_for_testing(account: &signer) {
        if (!exists<CurrentTimeMicroseconds>(@aptos_framework)) {
            initialize(account, 0);
        }
    }

    #[test_only]
    /// Sets the time, which must be later than before.
    public fun update_global_time_for_test(timestamp_microsecs: u64) acquires CurrentTimeMicroseconds {
        let time = borrow_global_mut<CurrentTimeMicroseconds>(@aptos_framework);
        assert!(time.microseconds < timestamp_microsecs, error::invalid_argument(EINVALID_TIMESTAMP));
        time.microseconds = timestamp_microsecs;
    }

    #[test_only]
    /// Sets the time, which must be later than before.
    public fun update_global_time_for_test_secs(timestamp_seconds: u64) acquires CurrentTimeMicroseconds {
        update_global_time_for_test(timestamp_seconds * MICRO_CONVERSION_FACTOR);
    }

    #[test_only]
    /// Lets seconds pass.
    public fun fast_forward_seconds(timestamp_seconds: u64) acquires CurrentTimeMicroseconds {
        let time = borrow_global_mut<CurrentTimeMicroseconds>(@aptos_framework);
        time.microseconds += timestamp_seconds * MICRO_CONVERSION_FACTOR;
    }
}
