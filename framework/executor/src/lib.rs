//! State and block to write sets; serial is the definition, parallel equals it.
//!
//! [`OpenBlock`] executes a block transaction by transaction over a [`StateReader`]; each outcome is a receipt, the exact
//! difference of state, and events. Nothing is written anywhere and no clock is read: what a block is under (key,
//! parameters, prices) is read from the state after its parent, and everything else is an argument. Prologue and
//! epilogue are Rust. The crate knows no storage, no network and no compiler; genesis arrives compiled.
//!
//! Parallel execution needs nothing of this to change: [`execute_transaction`] is a function of a reader, so that a
//! reader which resolves keys by version and records what was read makes it speculative.

mod admission;
mod block;
mod config;
mod executor;
mod framework;
mod genesis;
mod metadata;
mod publish;
mod reader;
mod transaction;
mod validity;

pub use admission::{
    GAS_UNIT_SCALE, ReadError, Strictness, authentication_key, balance, check_form, check_place, intrinsic_units,
    sequence_number,
};
pub use block::{
    BlockError, ClosedBlock, ExecutedBlock, Inadmissible, Kind, OpenBlock, Opening, OwnOutcome, Placed, Tip,
    execute_block, seal, tree_updates,
};
pub use config::{ChainConfig, ConfigError, GAS_FEATURE_VERSION, first_gas_schedule};
pub use executor::{Executor, ReadFailure, VIEW_GAS_UNITS, ViewAnswer};
pub use framework::{BadResource, FeeStatement};
pub use genesis::{GenesisBlock, GenesisError, execute_genesis};
pub use metadata::execute_metadata;
pub use reader::{EmptyState, MemoryState, Overlay, SessionView, StateReader, Value};
pub use transaction::{BlockEnv, Detail, Executed, ExecutionError, Place, Refused, execute_transaction};
pub use validity::{BatchContext, Invalid, Rule, VerifyError, verify_batch_block};
