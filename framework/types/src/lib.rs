//! What is signed, agreed on and proven: transactions, blocks, receipts, batches, proofs.
//!
//! Every byte here is fixed by two pages: the wire formats that clients see, and the chain's own. Decoding is strict
//! (canonical BCS, nothing left over) and bounded (no allocation by a declared length, nesting limited), so that what
//! a decoder returns needs no second look. Nothing in this crate reads a clock, a file or a network.

pub mod admission;
pub mod authenticator;
pub mod batch;
pub mod block;
pub mod bytes;
pub mod codec;
pub mod crypto;
pub mod event;
pub mod evidence;
pub mod forced;
pub mod fuzz;
pub mod genesis;
pub mod hash;
pub mod log;
pub mod namespace;
pub mod parameters;
pub mod proof;
pub mod receipt;
pub mod state;
pub mod transaction;

pub use admission::Discard;
pub use authenticator::{
    AccountAuthenticator, AnyPublicKey, AnySignature, MultiEd25519Key, MultiEd25519Signature, MultiKey,
    MultiKeySignature, TransactionAuthenticator,
};
pub use batch::{Batch, BatchBlock, BatchHeader};
pub use block::{BlockMetadata, Header, SignedHeader, block_id};
pub use codec::DecodeError;
pub use crypto::{PublicKey, Signature, SigningKey};
pub use event::Event;
pub use evidence::Evidence;
pub use genesis::Genesis;
pub use hash::Hash;
pub use log::LogRecord;
pub use namespace::Namespaces;
pub use parameters::Parameters;
pub use proof::{ProofFile, StateProof, TransactionProof};
pub use receipt::{Receipt, Status};
pub use state::{Op, StateKey, StateKeyRef, WriteSet};
pub use transaction::{
    EntryFunction, RawTransaction, Script, SignedTransaction, TransactionArgument, TransactionPayload,
};
