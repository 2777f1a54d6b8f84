//! The authenticated state tree, its proofs and its node store.
