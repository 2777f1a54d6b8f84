//! A language server for Move: diagnostics, definitions, types on hover, completion and formatting.
//!
//! [`Server::handle`] takes one message and gives back those that answer it; [`frame`] and [`Frames`] put messages into
//! bytes and take them out. Reading and writing these, and the files of packages, is the caller's.
//!
//! A document is analyzed with the package around it: what is open counts with its text in the editor, the rest with
//! its text in the package's files. While a document does not parse, names are those of the last time it did.

mod lookup;
mod text;
mod transport;
mod workspace;

use std::collections::BTreeMap;

use move_package::files::FileSystem;
use serde_json::{Value, json};

pub use transport::{Frames, TransportError, frame};
use workspace::Workspace;

/// Messages of the protocol that a client may not send yet, or not any more.
const NOT_INITIALIZED: i64 = -32002;
const INVALID_REQUEST: i64 = -32600;
const METHOD_NOT_FOUND: i64 = -32601;
const INVALID_PARAMS: i64 = -32602;

/// Where a server is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    New,
    Running,
    ShutDown,
}

/// A language server.
pub struct Server<'f> {
    workspace: Workspace<'f>,
    stage: Stage,
    exit: Option<u8>,
}

impl std::fmt::Debug for Server<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server").field("stage", &self.stage).finish_non_exhaustive()
    }
}

/// Why a request has no result.
struct Refusal {
    code: i64,
    message: String,
}

fn invalid(message: impl Into<String>) -> Refusal {
    Refusal { code: INVALID_PARAMS, message: message.into() }
}

impl<'f> Server<'f> {
    /// A server over these files.
    pub fn new(files: &'f dyn FileSystem) -> Self {
        Server { workspace: Workspace::new(files), stage: Stage::New, exit: None }
    }

    /// The exit code, once the client has asked to exit.
    pub fn exit_code(&self) -> Option<u8> {
        self.exit
    }

    /// Takes a message; gives back the messages that answer it.
    pub fn handle(&mut self, message: &[u8]) -> Vec<Value> {
        let Ok(message) = serde_json::from_slice::<Value>(message) else {
            return vec![json!({ "jsonrpc": "2.0", "id": null, "error": { "code": -32700, "message": "not JSON" } })];
        };
        let id = message.get("id").filter(|id| id.is_number() || id.is_string()).cloned();
        let Some(method) = message.get("method").and_then(Value::as_str) else {
            // Answers to requests: this server makes none.
            let is_answer = message.get("result").is_some() || message.get("error").is_some();
            return match id {
                Some(id) if !is_answer => vec![refused(
                    &id,
                    &Refusal { code: INVALID_REQUEST, message: "a request without a method".to_owned() },
                )],
                _ => Vec::new(),
            };
        };
        let params = message.get("params").unwrap_or(&Value::Null);
        match id {
            Some(id) => match self.request(method, params) {
                Ok(result) => vec![json!({ "jsonrpc": "2.0", "id": id, "result": result })],
                Err(refusal) => vec![refused(&id, &refusal)],
            },
            None => self.notification(method, params),
        }
    }

    fn request(&mut self, method: &str, params: &Value) -> Result<Value, Refusal> {
        match (self.stage, method) {
            (Stage::New, "initialize") => {
                self.stage = Stage::Running;
                Ok(capabilities())
            }
            (Stage::New, _) => {
                Err(Refusal { code: NOT_INITIALIZED, message: "the server is not initialized".to_owned() })
            }
            (Stage::ShutDown, _) => {
                Err(Refusal { code: INVALID_REQUEST, message: "the server is shut down".to_owned() })
            }
            (Stage::Running, "initialize") => {
                Err(Refusal { code: INVALID_REQUEST, message: "the server is initialized".to_owned() })
            }
            (Stage::Running, "shutdown") => {
                self.stage = Stage::ShutDown;
                Ok(Value::Null)
            }
            (Stage::Running, "textDocument/definition") => {
                let (path, line, column) = position(params)?;
                Ok(self.workspace.definition(&path, line, column))
            }
            (Stage::Running, "textDocument/hover") => {
                let (path, line, column) = position(params)?;
                Ok(self.workspace.hover(&path, line, column))
            }
            (Stage::Running, "textDocument/completion") => {
                let (path, line, column) = position(params)?;
                Ok(self.workspace.completion(&path, line, column))
            }
            (Stage::Running, "textDocument/formatting") => Ok(self.workspace.formatting(&document(params)?)),
            (Stage::Running, "textDocument/documentSymbol") => Ok(self.workspace.symbols(&document(params)?)),
            (Stage::Running, _) => {
                Err(Refusal { code: METHOD_NOT_FOUND, message: format!("there is no method `{method}`") })
            }
        }
    }

    fn notification(&mut self, method: &str, params: &Value) -> Vec<Value> {
        if method == "exit" {
            self.exit = Some(u8::from(self.stage != Stage::ShutDown));
            return Vec::new();
        }
        if self.stage != Stage::Running {
            return Vec::new();
        }
        let Ok(path) = document(params) else { return Vec::new() };
        match method {
            "textDocument/didOpen" => {
                let Some(text) = params.pointer("/textDocument/text").and_then(Value::as_str) else {
                    return Vec::new();
                };
                self.workspace.open(&path, text.to_owned());
            }
            "textDocument/didChange" => {
                for change in params.get("contentChanges").and_then(Value::as_array).into_iter().flatten() {
                    let Some(text) = change.get("text").and_then(Value::as_str) else { continue };
                    self.workspace.change(&path, change.get("range"), text);
                }
            }
            "textDocument/didClose" => {
                self.workspace.close(&path);
                return vec![published(&path, &[])];
            }
            "textDocument/didSave" => {}
            _ => return Vec::new(),
        }
        let by_file: BTreeMap<String, Vec<Value>> = self.workspace.diagnostics(&path);
        by_file.iter().map(|(path, list)| published(path, list)).collect()
    }
}

fn published(path: &str, list: &[Value]) -> Value {
    json!({
        "jsonrpc": "2.0",
        "method": "textDocument/publishDiagnostics",
        "params": { "uri": text::uri(path), "diagnostics": list },
    })
}

fn refused(id: &Value, refusal: &Refusal) -> Value {
    json!({ "jsonrpc": "2.0", "id": id, "error": { "code": refusal.code, "message": refusal.message } })
}

/// The path of the document that a message is about.
fn document(params: &Value) -> Result<String, Refusal> {
    let uri = params.pointer("/textDocument/uri").and_then(Value::as_str);
    let uri = uri.ok_or_else(|| invalid("the message names no document"))?;
    text::path(uri).ok_or_else(|| invalid(format!("`{uri}` is not of the form file:///path")))
}

/// Document, line and column (in UTF-16 units), both from 0.
fn position(params: &Value) -> Result<(String, u32, u32), Refusal> {
    let number = |pointer: &str| {
        let number = params.pointer(pointer).and_then(Value::as_u64);
        number.and_then(|number| u32::try_from(number).ok()).ok_or_else(|| invalid("the message names no position"))
    };
    Ok((document(params)?, number("/position/line")?, number("/position/character")?))
}

fn capabilities() -> Value {
    json!({
        "capabilities": {
            "positionEncoding": "utf-16",
            "textDocumentSync": { "openClose": true, "change": 2, "save": true },
            "definitionProvider": true,
            "hoverProvider": true,
            "completionProvider": { "triggerCharacters": [".", ":"] },
            "documentFormattingProvider": true,
            "documentSymbolProvider": true,
        },
        "serverInfo": { "name": "tenor", "version": env!("CARGO_PKG_VERSION") },
    })
}
