//! The standard Move packages and the examples, embedded.
