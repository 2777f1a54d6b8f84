//! What a generated app-chain depends on; re-exports, no logic.
//!
//! A chain without Rust needs none of this: `tenor run` starts it. A crate that embeds the framework starts a node so:
//!
//! ```no_run
//! use tenor::{Node, config::Config};
//!
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! let config = Config::load(std::path::Path::new("."))?;
//! let node = Node::start(config).await?;
//! assert!(node.addresses().rest.port() > 0);
//! node.wait().await?;
//! # Ok(()) }
//! ```

pub use executor::Executor;
pub use node::{Addresses, Node, config};
pub use types;
