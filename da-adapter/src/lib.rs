//! Data availability: bytes, heights, namespaces; embedded and Celestia.
//!
//! A layer orders opaque blobs at rising heights and guarantees that they were published. This crate
//! knows nothing else: what the bytes mean, who may sign them and which of them count is decided above.
//!
//! * [`DataAvailability`]: the interface; everything that it returns has been verified against a header
//!   that chains to what was known before, and a height's blobs are complete.
//! * [`embedded`]: a durable log in a directory, with the semantics of a real layer.
//! * `celestia` (feature `celestia`): a Celestia node behind its JSON-RPC.
//! * `dev_server` (feature `dev-server`): a Celestia node in the same process, for tests.
//! * [`Publisher`]: posts so that nothing is lost and nothing knowingly doubled, whatever the layer answers.
//!
//! ```
//! use da_adapter::{Blob, DataAvailability, Namespace, embedded::Embedded};
//! # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
//! let da = Embedded::in_memory();
//! let ours = Namespace::new_v0(*b"option-dex")?;
//! let blob = Blob::new(ours, b"a batch".to_vec());
//! let posted = tokio::spawn({ let da = da.clone(); async move { da.submit(&[blob]).await } });
//! tokio::task::yield_now().await;
//! da.seal(1_000_000)?; // The embedded layer's clock; `Embedded::start` winds it up.
//! let height = posted.await.unwrap()?;
//! let read = da.read(height, &[ours]).await?;
//! assert_eq!(read.blobs[0].data, b"a batch");
//! # Ok::<(), da_adapter::DaError>(()) }).unwrap();
//! ```

mod blob;
mod error;
mod interface;
mod layer;
mod publisher;

#[cfg(feature = "celestia")]
pub mod celestia;
#[cfg(feature = "dev-server")]
pub mod dev_server;
pub mod embedded;

pub use blob::{Blob, Commitment, FoundBlob, NAMESPACE_BYTES, Namespace, NamespaceError};
pub use error::{DaError, ErrorClass};
pub use interface::{Anchor, DaHeader, DataAvailability, Found, HeightData, Limits};
pub use layer::Da;
pub use publisher::{Intent, Publisher, PublisherConfig};
