//! Both layers at their boundary: what they have in common, and what is particular to each.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails loudly, helpers included")]

mod byzantine;
mod conformance;
mod embedded;
mod harness;
