//! How an execution ended, as consensus sees it.

use crate::{ModuleId, StatusCode};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Where an error happened: in a module, or in a script (also: before any frame existed).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum AbortLocation {
    /// In a module.
    Module(ModuleId),
    /// In a script.
    Script,
}

impl fmt::Display for AbortLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AbortLocation::Module(id) => id.fmt(f),
            AbortLocation::Script => f.write_str("script"),
        }
    }
}

/// How an execution ended. Messages are diagnostics and must not reach consensus data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VmStatus {
    /// Success.
    Executed,
    /// The program gave up with a code of its own.
    MoveAbort {
        /// Where.
        location: AbortLocation,
        /// The abort code.
        code: u64,
        /// The message of an abort with message.
        message: Option<String>,
    },
    /// An error of execution at a known place.
    ExecutionFailure {
        /// What went wrong.
        status: StatusCode,
        /// The number that refines the status, if any.
        sub_status: Option<u64>,
        /// Where.
        location: AbortLocation,
        /// Index of the function definition.
        function: u16,
        /// Index of the instruction.
        code_offset: u16,
        /// Diagnostics.
        message: Option<String>,
    },
    /// Any other end.
    Error {
        /// What went wrong.
        status: StatusCode,
        /// The number that refines the status, if any.
        sub_status: Option<u64>,
        /// Diagnostics.
        message: Option<String>,
    },
}

impl VmStatus {
    /// An error without a place.
    pub fn error(status: StatusCode) -> Self {
        VmStatus::Error { status, sub_status: None, message: None }
    }

    /// The status code.
    pub fn status(&self) -> StatusCode {
        match self {
            VmStatus::Executed => StatusCode::Executed,
            VmStatus::MoveAbort { .. } => StatusCode::Aborted,
            VmStatus::ExecutionFailure { status, .. } | VmStatus::Error { status, .. } => *status,
        }
    }

    /// Whether it is success.
    pub fn is_success(&self) -> bool {
        self.status() == StatusCode::Executed
    }
}

impl fmt::Display for VmStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            VmStatus::Executed => f.write_str("executed successfully"),
            VmStatus::MoveAbort { location, code, message } => {
                write!(f, "aborted in {location} with code {code:#x}")?;
                message.iter().try_for_each(|message| write!(f, ": {message}"))
            }
            VmStatus::ExecutionFailure { status, location, function, code_offset, message, .. } => {
                write!(f, "{status} in {location}, function {function}, offset {code_offset}")?;
                message.iter().try_for_each(|message| write!(f, ": {message}"))
            }
            VmStatus::Error { status, message, .. } => {
                write!(f, "{status}")?;
                message.iter().try_for_each(|message| write!(f, ": {message}"))
            }
        }
    }
}
