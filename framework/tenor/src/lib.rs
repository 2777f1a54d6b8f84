//! What a generated app-chain depends on; re-exports, no logic.
//!
//! A chain without Rust needs none of this: `tenor run` starts it. A crate that embeds the framework (`tenor new --rust` writes one)
//! adds natives to the standard table and starts a node so:
//!
//! ```no_run
//! use tenor::native::{NativeContext, NativeResult, Scalar};
//! use tenor::{AccountAddress, Node, config::Config};
//!
//! fn double(context: &mut dyn NativeContext) -> NativeResult<()> {
//!     let value = context.u64(0)?;
//!     context.ret(Scalar::U64(value.wrapping_mul(2)))
//! }
//!
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! let mut natives = tenor::native::table();
//! natives.add(AccountAddress::from_hex("0xcafe")?, "numbers", "double", double)?;
//! let config = Config::load(std::path::Path::new("."))?;
//! let node = Node::start_with(config, natives).await?;
//! assert!(node.addresses().rest.port() > 0);
//! node.wait().await?;
//! # Ok(()) }
//! ```

pub use executor::Executor;
pub use move_core_types::AccountAddress;
pub use node::{Addresses, Node, config};
pub use types;

/// What native functions are made of.
pub mod native {
    pub use move_natives::table;
    pub use move_vm_runtime::{NativeContext, NativeError, NativeFn, NativeResult, NativeTable, Scalar};
}
