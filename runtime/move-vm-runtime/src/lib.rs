//! Loads and runs verified Move code, metered.
//!
//! A [`Vm`] holds what outlives transactions: natives, configuration, loaded code. A [`Session`] runs one transaction
//! over a [`StateView`] and ends in [`Changes`].
//!
//! ```text
//! let vm = Vm::new(natives, VmConfig::default());
//! let mut session = vm.session(&view, SessionContext { .. });
//! let mut gas = GasMeter::new(user_max, transaction_max);
//! let returns = session.call(&module, "function", &ty_args, &args, CallRule::Entry(&signers), &mut gas)?;
//! session.run_script(&bytes, &ty_args, &args, &signers, &mut gas)?;
//! session.publish(&bundle, sender, PublishPolicy::Compatible, &mut gas)?;   // runs init_module of new modules
//! let mark = session.checkpoint(); session.rollback(mark);                    // a failed payload keeps earlier writes
//! session.resource(&address, &tag)?; session.set_resource(address, tag, Some(bytes));   // between calls, for Rust
//! let changes: Changes = session.finish()?;
//! ```
//!
//! A call that fails leaves no trace in state, events or extension data; the gas it used stays used.
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    reason = "values of all widths live in 64-bit words; the verifier and the lowering know each slot's width"
)]

#[doc(hidden)]
pub mod coverage;
pub mod error;
#[doc(hidden)]
pub mod fuzz;
pub mod gas;
pub mod host;
pub mod native;
pub mod publish;
pub mod session;
pub mod state;
pub mod types;
pub mod vm;

mod arguments;
mod closure;
mod codec;
mod dispatch;
mod engine;
mod fast;
mod instance;
mod layout;
mod lower;
mod plain;
mod reentrancy;
mod show;
mod world;

pub use error::{Location, StackFrame, VmError, VmResult};
pub use gas::{GasKind, GasMeter, GasSchedule, NativeGas};
pub use host::{EntryFunctionFacts, Extensions, Host, SessionContext, TransactionFacts};
pub use native::{NativeContext, NativeError, NativeFn, NativeResult, NativeTable, Scalar};
pub use publish::PublishRequest;
pub use session::{Checkpoint, FunctionInfo, Session};
pub use show::{Shown, Style};
pub use state::{Changes, Event, Key, StateError, StateView, Write};
pub use types::Ty;
pub use vm::{Vm, VmConfig};

/// Which interpreter runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// The stack interpreter: the definition, with run-time type checks.
    Plain,
    /// Lowered register code: the product.
    Lowered,
    /// Both, halting on any difference in results, write set, events, gas or status.
    Both,
}

/// Who may be called.
#[derive(Debug, Clone, Copy)]
pub enum CallRule<'a> {
    /// Any function; signer arguments are given as 32 address bytes among the arguments.
    Any,
    /// An entry function, its leading signer parameters filled with these; arguments must be constructible.
    Entry(&'a [move_core_types::AccountAddress]),
    /// A function that is called for its results; arguments must be constructible, no signers.
    View,
}

/// What a call gave back.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Returns {
    /// BCS of each result; of the target for references.
    pub values: Vec<Vec<u8>>,
    /// Types of the results, references stripped.
    pub types: Vec<move_core_types::TypeTag>,
    /// Position and BCS after the call of every `&mut` parameter.
    pub mut_args: Vec<(usize, Vec<u8>)>,
    /// Types of what these parameters refer to.
    pub mut_types: Vec<move_core_types::TypeTag>,
}

/// Which changes an upgrade may make.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PublishPolicy {
    /// Only compatible ones.
    Compatible,
    /// None: a module that exists may not be published again.
    Immutable,
    /// Any (genesis, and packages with the arbitrary policy).
    Arbitrary,
}
