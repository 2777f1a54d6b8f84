//! Why code was refused.

use move_binary_format::errors::{FormatError, IndexKind, Place};
use move_core_types::{ModuleId, StatusCode};
use std::fmt;

/// Why code was refused, and where. Status and location are stable; the text is not.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct VerifyError {
    /// The public status code.
    pub status: StatusCode,
    /// The module that was refused; `None` for scripts and for errors of the bounds pass.
    pub module: Option<ModuleId>,
    /// The table entry at fault, where one is.
    pub index: Option<(IndexKind, u16)>,
    /// The function definition at fault, where one is; `None` in scripts.
    pub function: Option<u16>,
    /// The instruction at fault, where one is.
    pub offset: Option<u16>,
    /// More for people, where there is more to say.
    pub message: Option<String>,
}

impl fmt::Display for VerifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.status.name(), self.status.number())?;
        if let Some(module) = &self.module {
            write!(f, " in {module}")?;
        }
        if let Some(function) = self.function {
            write!(f, ", function definition {function}")?;
        }
        if let Some(offset) = self.offset {
            write!(f, ", instruction {offset}")?;
        }
        if let Some((kind, index)) = self.index {
            write!(f, ", {kind:?} {index}")?;
        }
        if let Some(message) = &self.message {
            write!(f, ": {message}")?;
        }
        Ok(())
    }
}

impl VerifyError {
    /// An error without a place.
    pub fn new(status: StatusCode) -> Self {
        Self { status, module: None, index: None, function: None, offset: None, message: None }
    }

    /// The same error with more for people.
    #[must_use]
    pub fn with_message(mut self, message: impl Into<String>) -> Self {
        self.message = Some(message.into());
        self
    }
}

impl From<FormatError> for VerifyError {
    fn from(error: FormatError) -> Self {
        let mut result = VerifyError::new(error.status).with_message(error.message);
        match error.place {
            Some(Place::Entry(kind, index)) => result.index = Some((kind, index)),
            Some(Place::Code(function, offset)) => {
                result.function = function;
                result.offset = Some(offset);
            }
            None => {}
        }
        result
    }
}

/// An error inside a pass: small, and not yet knowing its module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reject {
    pub(crate) status: StatusCode,
    pub(crate) index: Option<(IndexKind, u16)>,
    pub(crate) function: Option<u16>,
    pub(crate) offset: Option<u16>,
}

impl Reject {
    pub(crate) const fn new(status: StatusCode) -> Self {
        Self { status, index: None, function: None, offset: None }
    }

    /// At an instruction of the function at hand.
    pub(crate) const fn at(status: StatusCode, offset: u16) -> Self {
        Self { status, index: None, function: None, offset: Some(offset) }
    }

    /// At a table entry.
    #[expect(clippy::cast_possible_truncation, reason = "tables have at most 65535 entries")]
    pub(crate) const fn entry(status: StatusCode, kind: IndexKind, index: usize) -> Self {
        Self { status, index: Some((kind, index as u16)), function: None, offset: None }
    }

    /// The same error, at this instruction if it had none.
    pub(crate) fn or_at(mut self, offset: u16) -> Self {
        self.offset.get_or_insert(offset);
        self
    }

    /// The same error, in this function definition if it had none.
    pub(crate) fn in_function(mut self, function: Option<u16>) -> Self {
        self.function = self.function.or(function);
        self
    }

    /// The same error, at this table entry if it had none.
    #[expect(clippy::cast_possible_truncation, reason = "tables have at most 65535 entries")]
    pub(crate) fn or_entry(mut self, kind: IndexKind, index: usize) -> Self {
        self.index.get_or_insert((kind, index as u16));
        self
    }

    pub(crate) fn into_error(self, module: Option<ModuleId>) -> VerifyError {
        let Self { status, index, function, offset } = self;
        VerifyError { status, module, index, function, offset, message: None }
    }
}
