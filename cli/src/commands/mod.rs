//! The commands, one file each.

pub(crate) mod account;
pub(crate) mod call;
pub(crate) mod force;
pub(crate) mod prove;
pub(crate) mod resource;
pub(crate) mod run;
pub(crate) mod status;
pub(crate) mod view;
