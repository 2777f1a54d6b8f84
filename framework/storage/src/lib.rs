//! The node's database behind a few named operations: state, tree, blocks, log.
