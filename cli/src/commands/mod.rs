//! The commands, one file each.

pub(crate) mod account;
pub(crate) mod bench;
pub(crate) mod build;
pub(crate) mod call;
pub(crate) mod demo;
pub(crate) mod deploy;
pub(crate) mod disassemble;
pub(crate) mod doc;
pub(crate) mod fmt;
pub(crate) mod force;
pub(crate) mod genesis;
pub(crate) mod keeper;
pub(crate) mod lsp;
pub(crate) mod new;
pub(crate) mod oracle;
pub(crate) mod prove;
pub(crate) mod resource;
pub(crate) mod run;
pub(crate) mod simulate;
pub(crate) mod status;
pub(crate) mod test;
pub(crate) mod transactional;
pub(crate) mod view;
