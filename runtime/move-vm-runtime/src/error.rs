//! How an execution fails: status, refinement, place, and a message for people.

use move_core_types::{AbortLocation, ModuleId, StatusClass, StatusCode, VmStatus};
use std::fmt;

/// The innermost frame at the moment of an error.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Location {
    /// Before any frame existed.
    #[default]
    Undefined,
    /// In the code of a script.
    Script,
    /// In the code, or in a native function, of a module.
    Module(ModuleId),
}

/// Why an execution ended early.
///
/// `status` and `sub_status` are consensus data; the message is not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VmError {
    /// What went wrong.
    pub status: StatusCode,
    /// The number that refines the status: the abort code, or the kind of a vector error.
    pub sub_status: Option<u64>,
    /// Where.
    pub location: Location,
    /// Index of the function definition and of the instruction.
    pub at: Option<(u16, u16)>,
    /// Diagnostics, or the message of an abort with message.
    pub message: Option<String>,
    /// The calls that led here, innermost first; filled in when [`crate::VmConfig::stack_traces`] is on.
    pub stack: Box<[StackFrame]>,
}

/// One call of a stack trace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StackFrame {
    /// The module; `None` in a script.
    pub module: Option<ModuleId>,
    /// The function's name.
    pub function: String,
    /// Index of the function definition.
    pub function_index: u16,
    /// Index of the instruction.
    pub code_offset: u16,
}

/// What operations of the machine return.
pub type VmResult<T> = Result<T, VmError>;

impl VmError {
    /// An error without a place yet.
    pub fn new(status: StatusCode) -> Self {
        Self { status, sub_status: None, location: Location::Undefined, at: None, message: None, stack: Box::default() }
    }

    /// The same with a sub-status.
    #[must_use]
    pub fn with_sub(mut self, sub_status: u64) -> Self {
        self.sub_status = Some(sub_status);
        self
    }

    /// The same with a message.
    #[must_use]
    pub fn message(mut self, message: impl Into<String>) -> Self {
        self.message = Some(message.into());
        self
    }

    /// An impossible state: a bug of ours, or code that was never verified.
    pub fn invariant(message: impl Into<String>) -> Self {
        Self::new(StatusCode::UnknownInvariantViolationError).message(message)
    }

    /// An abort of the program.
    pub fn abort(code: u64) -> Self {
        Self::new(StatusCode::Aborted).with_sub(code)
    }

    /// Sets the place unless there is one already.
    #[must_use]
    pub fn located(mut self, location: Location, function: u16, offset: u16) -> Self {
        if self.location == Location::Undefined && self.at.is_none() {
            self.location = location;
            self.at = Some((function, offset));
        }
        self
    }

    /// The form in which outcomes are kept: what consensus sees.
    ///
    /// An error of execution without a place stands at "script, function 0, offset 0".
    pub fn to_vm_status(&self) -> VmStatus {
        let location = match &self.location {
            Location::Module(id) => AbortLocation::Module(id.clone()),
            Location::Script | Location::Undefined => AbortLocation::Script,
        };
        match self.status {
            StatusCode::Executed => VmStatus::Executed,
            StatusCode::Aborted => {
                VmStatus::MoveAbort { location, code: self.sub_status.unwrap_or(0), message: self.message.clone() }
            }
            StatusCode::OutOfGas
            | StatusCode::ExecutionLimitReached
            | StatusCode::IoLimitReached
            | StatusCode::StorageLimitReached => self.plain_status(),
            status if status.class() == StatusClass::Execution => {
                let (function, code_offset) = self.at.unwrap_or((0, 0));
                VmStatus::ExecutionFailure {
                    status,
                    sub_status: self.sub_status,
                    location,
                    function,
                    code_offset,
                    message: self.message.clone(),
                }
            }
            _ => self.plain_status(),
        }
    }

    fn plain_status(&self) -> VmStatus {
        VmStatus::Error { status: self.status, sub_status: self.sub_status, message: self.message.clone() }
    }
}

impl From<StatusCode> for VmError {
    fn from(status: StatusCode) -> Self {
        Self::new(status)
    }
}

impl fmt::Display for VmError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.status.name())?;
        if let Some(sub) = self.sub_status {
            write!(f, " {sub}")?;
        }
        match &self.location {
            Location::Undefined => {}
            Location::Script => f.write_str(" in script")?,
            Location::Module(id) => write!(f, " in {id}")?,
        }
        if let Some((function, offset)) = self.at {
            write!(f, ", function {function}, offset {offset}")?;
        }
        self.message.iter().try_for_each(|message| write!(f, ": {message}"))
    }
}

impl std::error::Error for VmError {}
