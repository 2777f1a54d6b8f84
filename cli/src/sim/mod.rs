//! A market in a test tube: drives a venue on a running node and watches every unit of it from outside.

pub(crate) mod actors;
pub(crate) mod chart;
pub(crate) mod invariants;
pub(crate) mod mirror;
pub(crate) mod random;
pub(crate) mod report;
pub(crate) mod world;
