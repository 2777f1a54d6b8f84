/// Numbers that nobody foresees. This chain has none: a seed from a sequencer would be one that the sequencer chooses, so every
/// call outside tests aborts with E_API_USE_IS_BIASIBLE.
///
/// In tests, the numbers follow from the seed that the test sets.
module aptos_framework::randomness {
    use std::bcs;
    use std::hash;
    use std::option::{Self, Option};
    use aptos_framework::event;
    use aptos_framework::system_addresses;
    use aptos_framework::transaction_context;

    /// Nobody vouches for the seed.
    const E_API_USE_IS_BIASIBLE: u64 = 1;
    /// A range needs at least one number.
    const E_EMPTY_RANGE: u64 = 2;

    /// Keeps these hashes apart from others.
    const DST: vector<u8> = b"APTOS_RANDOMNESS";
    const MAX_U256: u256 = 115792089237316195423570985008687907853269984665640564039457584007913129639935;

    /// The seed of the block; at `0x1`.
    struct PerBlockRandomness has drop, key {
        epoch: u64,
        round: u64,
        seed: Option<vector<u8>>
    }

    #[event]
    /// A number was drawn.
    struct RandomnessGeneratedEvent has store, drop {}

    /// Makes room for a seed, which nothing outside tests sets.
    public fun initialize(framework: &signer) {
        system_addresses::assert_aptos_framework(framework);
        if (!exists<PerBlockRandomness>(@aptos_framework)) {
            move_to(framework, PerBlockRandomness { epoch: 0, round: 0, seed: option::none() });
        }
    }

    /// `n` bytes.
    public fun bytes(n: u64): vector<u8> acquires PerBlockRandomness {
        let made = vector[];
        while (made.length() < n) {
            made.append(next_32_bytes());
        };
        made.trim(n);
        event::emit(RandomnessGeneratedEvent {});
        made
    }

    /// Any `u8`.
    public fun u8_integer(): u8 acquires PerBlockRandomness {
        (integer(1) as u8)
    }

    /// Any `u16`.
    public fun u16_integer(): u16 acquires PerBlockRandomness {
        (integer(2) as u16)
    }

    /// Any `u32`.
    public fun u32_integer(): u32 acquires PerBlockRandomness {
        (integer(4) as u32)
    }

    /// Any `u64`.
    public fun u64_integer(): u64 acquires PerBlockRandomness {
        (integer(8) as u64)
    }

    /// Any `u128`.
    public fun u128_integer(): u128 acquires PerBlockRandomness {
        (integer(16) as u128)
    }

    /// Any `u256`.
    public fun u256_integer(): u256 acquires PerBlockRandomness {
        integer(32)
    }

    /// A `u8` from `min_incl` on, below `max_excl`.
    public fun u8_range(min_incl: u8, max_excl: u8): u8 acquires PerBlockRandomness {
        (u256_range((min_incl as u256), (max_excl as u256)) as u8)
    }

    /// A `u16` from `min_incl` on, below `max_excl`.
    public fun u16_range(min_incl: u16, max_excl: u16): u16 acquires PerBlockRandomness {
        (u256_range((min_incl as u256), (max_excl as u256)) as u16)
    }

    /// A `u32` from `min_incl` on, below `max_excl`.
    public fun u32_range(min_incl: u32, max_excl: u32): u32 acquires PerBlockRandomness {
        (u256_range((min_incl as u256), (max_excl as u256)) as u32)
    }

    /// A `u64` from `min_incl` on, below `max_excl`.
    public fun u64_range(min_incl: u64, max_excl: u64): u64 acquires PerBlockRandomness {
        (u256_range((min_incl as u256), (max_excl as u256)) as u64)
    }

    /// `u64_range`.
    public fun u64_range_internal(min_incl: u64, max_excl: u64): u64 acquires PerBlockRandomness {
        u64_range(min_incl, max_excl)
    }

    /// A `u128` from `min_incl` on, below `max_excl`.
    public fun u128_range(min_incl: u128, max_excl: u128): u128 acquires PerBlockRandomness {
        (u256_range((min_incl as u256), (max_excl as u256)) as u128)
    }

    /// A `u256` from `min_incl` on, below `max_excl`.
    public fun u256_range(min_incl: u256, max_excl: u256): u256 acquires PerBlockRandomness {
        assert!(min_incl < max_excl, E_EMPTY_RANGE);
        let range = max_excl - min_incl;
        // Numbers at or above the largest multiple of the range are drawn again: every number has the same chance.
        let excess = (MAX_U256 % range + 1) % range;
        let limit = MAX_U256 - excess;
        let drawn = u256_integer();
        while (drawn > limit) {
            drawn = u256_integer();
        };
        min_incl + drawn % range
    }

    /// 0 to `n - 1` in any order.
    public fun permutation(n: u64): vector<u64> acquires PerBlockRandomness {
        let values = vector[];
        let i = 0;
        while (i < n) {
            values.push_back(i);
            i += 1;
        };
        // From the end, each place gets any of those not yet placed.
        while (i > 1) {
            let pick = u64_range(0, i);
            i -= 1;
            values.swap(i, pick);
        };
        values
    }

    fun integer(width: u64): u256 acquires PerBlockRandomness {
        let drawn = bytes(width);
        let n = 0u256;
        while (!drawn.is_empty()) {
            n = n * 256 + (drawn.pop_back() as u256);
        };
        n
    }

    fun next_32_bytes(): vector<u8> acquires PerBlockRandomness {
        assert!(
            exists<PerBlockRandomness>(@aptos_framework)
                && borrow_global<PerBlockRandomness>(@aptos_framework).seed.is_some(),
            E_API_USE_IS_BIASIBLE
        );
        let input = DST;
        input.append(*borrow_global<PerBlockRandomness>(@aptos_framework).seed.borrow());
        input.append(transaction_context::get_transaction_hash());
        // Differs with every call.
        input.append(bcs::to_bytes(&transaction_context::generate_auid_address()));
        hash::sha3_256(input)
    }

    #[test_only]
    /// Makes room for a seed, and sets one.
    public fun initialize_for_testing(framework: &signer) acquires PerBlockRandomness {
        initialize(framework);
        set_seed(x"0000000000000000000000000000000000000000000000000000000000000000");
    }

    #[test_only]
    /// Sets the seed.
    public fun set_seed(seed: vector<u8>) acquires PerBlockRandomness {
        assert!(seed.length() == 32, 0);
        borrow_global_mut<PerBlockRandomness>(@aptos_framework).seed = option::some(seed);
    }
}
