//! Sockets, threads, clocks, configuration; introduces the rooms to one another.
//!
//! [`Node::start`] opens the data directory, executes genesis or recovers from the log, and starts what the role
//! needs: a sequencer its driver thread, sealing thread, publishing and reading tasks, REST, faucet and indexer
//! answers; a full node its reading task and REST. Shutdown is one sequence, in [`Node::stop`].

mod clock;
pub mod config;
mod da_reader;
mod driver;
mod engine;
mod faucet;
mod full_node;
mod http;
mod indexer;
mod metrics;
mod node;
mod publisher;
mod rest;
mod resume;
mod sealer;
pub mod simulation;
mod status;

pub use node::{Addresses, Node};
