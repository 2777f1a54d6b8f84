//! Decides whether Move code may run; one file per pass.
//!
//! Being written: what is missing is listed at the end.
//!
//! Missing: accessors (their attributes are refused), compatibility, entry signatures, complexity.

pub mod config;
pub mod control_flow;
pub mod cyclic_dependencies;
pub mod dependencies;
mod driver;
pub mod error;

mod accessors;
mod acquires;
mod constants;
mod duplicates;
mod features;
mod field_abilities;
mod friends;
mod instantiation_loops;
mod instructions;
mod limits;
mod locals;
mod loops;
mod recursion;
mod references;
mod signatures;
mod stack;
mod type_safety;

mod borrow_graph;
mod context;
mod interpret;
mod meter;
mod op;
mod types;

pub use config::VerifierConfig;
pub use control_flow::ControlFlow;
pub use driver::{VerifiedModule, VerifiedScript, verify_module, verify_script};
pub use error::VerifyError;
