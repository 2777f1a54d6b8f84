//! End-to-end suites: real node, real clients, faults, vectors.
