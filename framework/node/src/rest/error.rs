//! The error body of the API: stable codes, messages that name what was looked for.

use serde_json::json;

use crate::http::Response;

/// An answer that is no success.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ApiError {
    /// HTTP status.
    pub(crate) status: u16,
    /// `error_code`: what clients branch on.
    pub(crate) code: &'static str,
    /// What was looked for and what was found.
    pub(crate) message: String,
    /// Number of the VM status, where there is one.
    pub(crate) vm_error_code: Option<u64>,
}

impl ApiError {
    pub(crate) fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), vm_error_code: None }
    }

    /// 400: understood, but wrong.
    pub(crate) fn invalid_input(message: impl Into<String>) -> Self {
        Self::new(400, "invalid_input", message)
    }

    /// The transport's own refusals: a path, query, body or route that does not parse.
    pub(crate) fn web(status: u16, message: impl Into<String>) -> Self {
        Self::new(status, "web_framework_error", message)
    }

    /// 400: refused by an admission check.
    pub(crate) fn vm(name: &str, number: u64) -> Self {
        Self {
            status: 400,
            code: "vm_error",
            message: format!("Invalid transaction: Type: Validation Code: {name}"),
            vm_error_code: Some(number),
        }
    }

    /// 500: a bug of ours; the client gets the sentence, the log the details.
    pub(crate) fn internal(message: impl Into<String>) -> Self {
        Self::new(500, "internal_error", message)
    }

    pub(crate) fn with_vm_code(mut self, number: Option<u64>) -> Self {
        self.vm_error_code = number;
        self
    }

    pub(crate) fn to_response(&self) -> Response {
        Response::json(self.status, &self.to_json())
    }

    pub(crate) fn to_json(&self) -> serde_json::Value {
        json!({ "message": self.message, "error_code": self.code, "vm_error_code": self.vm_error_code })
    }
}
