/// The block that is being made.
///
/// The machine calls `open` for the metadata transaction that starts every block. Epochs do not exist: the epoch is 1 for ever,
/// and the round is the height.
module aptos_framework::block {
    use std::error;
    use aptos_std::table_with_length::{Self, TableWithLength};
    use aptos_framework::account;
    use aptos_framework::aptos_coin::AptosCoin;
    use aptos_framework::coin;
    use aptos_framework::event::{Self, EventHandle};
    use aptos_framework::fees;
    use aptos_framework::system_addresses;
    use aptos_framework::timestamp;

    friend aptos_framework::genesis;

    /// An epoch lasts longer than no time.
    const EZERO_EPOCH_INTERVAL: u64 = 3;
    /// A history holds at least one block.
    const EZERO_MAX_CAPACITY: u64 = 3;

    /// The epoch of every block.
    const EPOCH: u64 = 1;

    // Nothing raises these here; tests that were written for other networks name them.
    #[test_only]
    const ENUM_NEW_BLOCK_EVENTS_DOES_NOT_MATCH_BLOCK_HEIGHT: u64 = 1;
    #[test_only]
    const EINVALID_PROPOSER: u64 = 2;
    const MAX_U64: u64 = 18446744073709551615;

    /// The height; at `0x1`.
    struct BlockResource has key {
        height: u64,
        epoch_interval: u64,
        new_block_events: EventHandle<NewBlockEvent>,
        update_epoch_interval_events: EventHandle<UpdateEpochIntervalEvent>
    }

    /// The last blocks, where somebody asked to keep them: block `n` stands at `n % max_capacity`.
    struct CommitHistory has key {
        max_capacity: u32,
        next_idx: u32,
        table: TableWithLength<u32, NewBlockEvent>
    }

    /// What `CommitHistory` keeps of a block; the older form of `NewBlock`.
    struct NewBlockEvent has copy, drop, store {
        hash: address,
        epoch: u64,
        round: u64,
        height: u64,
        previous_block_votes_bitvec: vector<u8>,
        proposer: address,
        failed_proposer_indices: vector<u64>,
        time_microseconds: u64
    }

    /// The older form of `UpdateEpochInterval`; none are emitted.
    struct UpdateEpochIntervalEvent has drop, store {
        old_epoch_interval: u64,
        new_epoch_interval: u64
    }

    #[event]
    /// A block began.
    struct NewBlock has drop, store {
        hash: address,
        epoch: u64,
        round: u64,
        height: u64,
        previous_block_votes_bitvec: vector<u8>,
        proposer: address,
        failed_proposer_indices: vector<u64>,
        time_microseconds: u64
    }

    #[event]
    /// The constant that stands for the length of an epoch changed.
    struct UpdateEpochInterval has drop, store {
        old_epoch_interval: u64,
        new_epoch_interval: u64
    }

    /// Starts at height 0.
    public(friend) fun initialize(aptos_framework: &signer, epoch_interval_microsecs: u64) {
        system_addresses::assert_aptos_framework(aptos_framework);
        assert!(epoch_interval_microsecs > 0, error::invalid_argument(EZERO_EPOCH_INTERVAL));
        move_to(
            aptos_framework,
            BlockResource {
                height: 0,
                epoch_interval: epoch_interval_microsecs,
                new_block_events: account::new_event_handle<NewBlockEvent>(aptos_framework),
                update_epoch_interval_events: account::new_event_handle<UpdateEpochIntervalEvent>(aptos_framework)
            }
        );
    }

    #[lint::skip(unused_function)]
    /// Starts a block: sets time and height, and pays out what the block before collected.
    ///
    /// * `hash`: the block id, as an address.
    /// * `proposer`: the sequencer.
    /// * `parent_fees`: sum of the fees of the block before, taken from payers and held by nobody since.
    fun open(
        vm: &signer,
        hash: address,
        height: u64,
        proposer: address,
        time_microseconds: u64,
        parent_fees: u64
    ) acquires BlockResource, CommitHistory {
        system_addresses::assert_vm(vm);
        timestamp::set_block_time(vm, time_microseconds);
        borrow_global_mut<BlockResource>(@aptos_framework).height = height;
        emit_new_block(hash, height, proposer, time_microseconds);
        if (parent_fees > 0) {
            coin::deposit_collected<AptosCoin>(fees::recipient(), parent_fees);
        }
    }

    fun emit_new_block(
        hash: address, height: u64, proposer: address, time_microseconds: u64
    ) acquires CommitHistory {
        if (exists<CommitHistory>(@aptos_framework)) {
            let history = borrow_global_mut<CommitHistory>(@aptos_framework);
            let idx = history.next_idx;
            history.table.upsert(
                idx,
                NewBlockEvent {
                    hash,
                    epoch: EPOCH,
                    round: height,
                    height,
                    previous_block_votes_bitvec: vector[],
                    proposer,
                    failed_proposer_indices: vector[],
                    time_microseconds
                }
            );
            history.next_idx = (idx + 1) % history.max_capacity;
        };
        event::emit(
            NewBlock {
                hash,
                epoch: EPOCH,
                round: height,
                height,
                previous_block_votes_bitvec: vector[],
                proposer,
                failed_proposer_indices: vector[],
                time_microseconds
            }
        );
    }

    /// Keeps the last `max_capacity` blocks from now on.
    public fun initialize_commit_history(fx: &signer, max_capacity: u32) {
        system_addresses::assert_aptos_framework(fx);
        assert!(max_capacity > 0, error::invalid_argument(EZERO_MAX_CAPACITY));
        move_to(fx, CommitHistory { max_capacity, next_idx: 0, table: table_with_length::new() });
    }

    /// Changes the constant that stands for the length of an epoch.
    public fun update_epoch_interval_microsecs(
        aptos_framework: &signer, new_epoch_interval: u64
    ) acquires BlockResource {
        system_addresses::assert_aptos_framework(aptos_framework);
        assert!(new_epoch_interval > 0, error::invalid_argument(EZERO_EPOCH_INTERVAL));
        let block = borrow_global_mut<BlockResource>(@aptos_framework);
        event::emit(UpdateEpochInterval { old_epoch_interval: block.epoch_interval, new_epoch_interval });
        block.epoch_interval = new_epoch_interval;
    }

    #[view]
    /// The constant that stands for the length of an epoch, in seconds.
    public fun get_epoch_interval_secs(): u64 acquires BlockResource {
        borrow_global<BlockResource>(@aptos_framework).epoch_interval / 1000000
    }

    #[view]
    /// The height of the block that is being made.
    public fun get_current_block_height(): u64 acquires BlockResource {
        borrow_global<BlockResource>(@aptos_framework).height
    }

    /// Announces a block that was written past the machine.
    public fun emit_writeset_block_event(vm_signer: &signer, fake_block_hash: address) acquires BlockResource, CommitHistory {
        system_addresses::assert_vm(vm_signer);
        let height = get_current_block_height();
        emit_new_block(fake_block_hash, height, @vm_reserved, timestamp::now_microseconds());
    }

    /// The constant that stands for the length of an epoch on a new chain: epochs do not end.
    public(friend) fun default_epoch_interval(): u64 {
        MAX_U64
    }

    #[test_only]
    /// Starts at height 0 in a test.
    public fun initialize_for_test(account: &signer, epoch_interval_microsecs: u64) {
        initialize(account, epoch_interval_microsecs);
    }

    #[test_only]
    /// Starts a block in a test.
    public fun open_for_test(
        vm: &signer, hash: address, height: u64, proposer: address, time_microseconds: u64, parent_fees: u64
    ) acquires BlockResource, CommitHistory {
        open(vm, hash, height, proposer, time_microseconds, parent_fees);
    }
}
