//! Decides whether Move code may run; one file per pass.

pub mod compatibility;
pub mod complexity;
pub mod config;
pub mod control_flow;
pub mod cyclic_dependencies;
pub mod dependencies;
mod driver;
pub mod entry;
pub mod error;
pub mod natives;

mod acquires;
mod constant_accessors;
mod constants;
mod duplicates;
mod features;
mod field_abilities;
mod friends;
mod immutable_functions;
mod instantiation_loops;
mod instructions;
mod limits;
mod locals;
mod loops;
mod recursion;
mod references;
mod signatures;
mod stack;
mod struct_accessors;
mod type_safety;

mod borrow_graph;
mod context;
mod interpret;
mod meter;
mod op;
mod same_code;
mod types;

pub use config::VerifierConfig;
pub use control_flow::ControlFlow;
pub use driver::{VerifiedModule, VerifiedScript, verify_module, verify_script};
pub use error::VerifyError;
