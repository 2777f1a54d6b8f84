//! The metadata transaction that opens every block: time, height, and the fees of the block before.
//!
//! Pure Rust: it touches four resources whose layout is fixed. It costs no gas and cannot fail but by a bug.

use move_core_types::AccountAddress;
use types::event::event_root;
use types::{BlockMetadata, Event, Op, Receipt, StateKey, StateKeyRef, Status, WriteSet};

use crate::admission::read;
use crate::config::ChainConfig;
use crate::framework::{Account, BlockResource, CoinStore, CurrentTime, NewBlock, Resource, new_block_tag};
use crate::reader::StateReader;
use crate::transaction::{Detail, Executed, ExecutionError};

/// Executes the metadata transaction of a block.
///
/// # Errors
/// A resource of genesis is missing: the node must stop.
pub fn execute_metadata(
    state: &dyn StateReader,
    config: &ChainConfig,
    metadata: &BlockMetadata,
) -> Result<Executed, ExecutionError> {
    let mut writes = Vec::new();
    let one = AccountAddress::ONE;
    push(state, &mut writes, one, &CurrentTime { microseconds: metadata.time_us })?;
    let missing = || ExecutionError::Impossible("no resource 0x1::block::BlockResource".to_owned());
    let mut block: BlockResource = read(state, &one)?.ok_or_else(missing)?;
    block.height = metadata.height;
    push(state, &mut writes, one, &block)?;
    if metadata.parent_fees > 0 {
        credit(state, &mut writes, config.fee_recipient, metadata.parent_fees)?;
    }
    let event = Event::Module {
        tag: new_block_tag(),
        data: types::codec::encode(&NewBlock {
            hash: AccountAddress::new(metadata.block_id.0),
            epoch: 1,
            round: metadata.height,
            height: metadata.height,
            previous_block_votes_bitvec: Vec::new(),
            proposer: metadata.proposer,
            failed_proposer_indices: Vec::new(),
            time_microseconds: metadata.time_us,
        }),
    };
    let write_set = WriteSet::new(writes).map_err(|error| ExecutionError::Impossible(error.to_string()))?;
    let events = vec![event];
    let receipt = Receipt {
        transaction_hash: metadata.transaction_hash(),
        status: Status::Success,
        gas_used: 0,
        fee: 0,
        write_set_hash: write_set.hash(),
        event_root: event_root(&events),
    };
    Ok(Executed { receipt, write_set, events, detail: Detail::default() })
}

/// Adds the write of a resource unless it is there already.
fn push<R: Resource>(
    state: &dyn StateReader,
    writes: &mut Vec<(StateKey, Op)>,
    address: AccountAddress,
    resource: &R,
) -> Result<(), ExecutionError> {
    let bytes = resource.encode();
    let before = state.get(&StateKeyRef::Resource { address: &address, tag: R::tag() })?;
    if before.as_deref() != Some(bytes.as_slice()) {
        writes.push((StateKey::resource(address, R::tag().clone()), Op::Write(bytes.into())));
    }
    Ok(())
}

/// Credits native coins, with account and store if they are missing.
fn credit(
    state: &dyn StateReader,
    writes: &mut Vec<(StateKey, Op)>,
    recipient: AccountAddress,
    amount: u64,
) -> Result<(), ExecutionError> {
    let mut store = match read::<CoinStore>(state, &recipient)? {
        Some(store) => store,
        None => {
            let mut account = read::<Account>(state, &recipient)?.unwrap_or_else(|| Account::new(recipient));
            let store = CoinStore::new(recipient, &mut account);
            push(state, writes, recipient, &account)?;
            store
        }
    };
    let overflow = || ExecutionError::Impossible("the fee recipient's balance overflows".to_owned());
    store.coin = store.coin.checked_add(amount).ok_or_else(overflow)?;
    push(state, writes, recipient, &store)
}
