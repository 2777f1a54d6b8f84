//! The REST API under `/v1`: one dispatch table, a file per family of routes.

pub(crate) mod accounts;
pub(crate) mod blocks;
pub(crate) mod calls;
pub(crate) mod error;
pub(crate) mod events;
pub(crate) mod json;
pub(crate) mod modules;
pub(crate) mod rollup;
pub(crate) mod transactions;

use std::sync::Arc;

use move_core_types::AccountAddress;
use serde_json::{Value, json};
use storage::{ReadError, StateAt, Storage};
use types::Genesis;
use warp::http::Method;

use crate::driver::Handle;
use crate::http::{Request, Response};
use crate::metrics::Metrics;
use crate::status::NodeStatus;
use error::ApiError;
use modules::{ModuleCache, ModulesAt};

/// What every route works with.
pub(crate) struct Api {
    pub(crate) storage: Arc<Storage>,
    pub(crate) genesis: Arc<Genesis>,
    pub(crate) genesis_hash: types::Hash,
    pub(crate) handle: Handle,
    pub(crate) executor: Arc<executor::Executor>,
    pub(crate) cache: ModuleCache,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) status: Arc<NodeStatus>,
    pub(crate) da: da_adapter::Da,
}

/// What a route answers: JSON, or BCS bytes where the client asked for them and the route has them.
pub(crate) enum Answer {
    /// 200 with JSON.
    Json(Value),
    /// Any other finished response.
    Response(Response),
}

pub(crate) type Answered = Result<Answer, ApiError>;

impl From<ReadError> for ApiError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Future(..) | ReadError::Empty => Self::new(404, "version_not_found", error.to_string()),
            ReadError::Pruned(..) => Self::new(410, "version_pruned", error.to_string()),
            ReadError::Store(_) | ReadError::Damaged(_) => Self::internal(error.to_string()),
        }
    }
}

impl Api {
    /// The state that a request sees: the version it names, or the latest confirmed one.
    pub(crate) fn state(&self, request: &Request) -> Result<StateAt, ApiError> {
        let version = match number(request, "ledger_version")? {
            Some(version) => version,
            None => self.storage.ledger_version().ok_or(ReadError::Empty)?,
        };
        Ok(self.storage.state_at(version)?)
    }

    /// The latest confirmed state.
    pub(crate) fn latest(&self) -> Result<StateAt, ApiError> {
        let version = self.storage.ledger_version().ok_or(ReadError::Empty)?;
        Ok(self.storage.state_at(version)?)
    }

    pub(crate) fn modules<'a>(&'a self, state: &'a StateAt) -> ModulesAt<'a> {
        ModulesAt { cache: &self.cache, state }
    }

    /// The time that the next block would get, in unix microseconds.
    pub(crate) fn ledger_time_us(&self) -> u64 {
        let last = self.storage.head().map_or(0, |head| head.header.time_us);
        crate::clock::now_us().max(last + 1)
    }

    fn ledger_info(&self) -> Value {
        let kept = self.storage.kept();
        json!({
            "chain_id": self.genesis.chain_id,
            "epoch": "1",
            "ledger_version": self.storage.ledger_version().unwrap_or(0).to_string(),
            "oldest_ledger_version": kept.oldest_version.to_string(),
            "ledger_timestamp": self.ledger_time_us().to_string(),
            "node_role": "full_node",
            "oldest_block_height": kept.oldest_block.to_string(),
            "block_height": self.storage.head().map_or(0, |head| head.header.height).to_string(),
            "git_hash": env!("CARGO_PKG_VERSION"),
        })
    }

    fn with_ledger_headers(&self, response: Response) -> Response {
        let kept = self.storage.kept();
        response
            .with_header("X-Aptos-Chain-Id", self.genesis.chain_id)
            .with_header("X-Aptos-Ledger-Version", self.storage.ledger_version().unwrap_or(0))
            .with_header("X-Aptos-Ledger-Oldest-Version", kept.oldest_version)
            .with_header("X-Aptos-Ledger-TimestampUsec", self.ledger_time_us())
            .with_header("X-Aptos-Epoch", 1)
            .with_header("X-Aptos-Block-Height", self.storage.head().map_or(0, |head| head.header.height))
            .with_header("X-Aptos-Oldest-Block-Height", kept.oldest_block)
    }
}

/// A query parameter that is a number.
pub(crate) fn number(request: &Request, name: &str) -> Result<Option<u64>, ApiError> {
    let Some(text) = request.query.get(name) else { return Ok(None) };
    text.parse()
        .map(Some)
        .map_err(|_| ApiError::web(400, format!("query parameter `{name}` must be a number, not `{text}`")))
}

/// The page size that a request asks for: `default` without the parameter, cut at `most`.
pub(crate) fn limit(request: &Request, default: u16, most: u16) -> Result<usize, ApiError> {
    let Some(text) = request.query.get("limit") else { return Ok(usize::from(default)) };
    match text.parse::<u16>() {
        Ok(0) => Err(ApiError::invalid_input("`limit` must be at least 1")),
        Ok(limit) => Ok(usize::from(limit.min(most))),
        Err(_) => Err(ApiError::web(400, format!("`limit` must be a number up to 65535, not `{text}`"))),
    }
}

/// An address in a path.
pub(crate) fn address(text: &str) -> Result<AccountAddress, ApiError> {
    AccountAddress::from_hex(text).map_err(|error| ApiError::web(400, format!("`{text}` is not an address: {error}")))
}

/// A hash in a path.
pub(crate) fn hash(text: &str) -> Result<types::Hash, ApiError> {
    json::hash_from_hex(text)
        .ok_or_else(|| ApiError::web(400, format!("`{text}` is not a hash of 64 hexadecimal digits")))
}

/// A version or height in a path.
pub(crate) fn path_number(text: &str) -> Result<u64, ApiError> {
    text.parse().map_err(|_| ApiError::web(400, format!("`{text}` is not a number")))
}

/// The JSON body of a request.
pub(crate) fn json_body(request: &Request) -> Result<Value, ApiError> {
    let content_type = request.content_type();
    if content_type != "application/json" {
        return Err(ApiError::web(
            415,
            format!("content type `{content_type}` is not taken here, send application/json"),
        ));
    }
    serde_json::from_slice(&request.body).map_err(|error| ApiError::web(400, format!("the body is not JSON: {error}")))
}

async fn route(api: &Arc<Api>, request: &Request) -> Answered {
    const GET: Method = Method::GET;
    const POST: Method = Method::POST;
    let segments: Vec<&str> = request.segments.iter().map(String::as_str).collect();
    let method = request.method.clone();
    match (method, segments.as_slice()) {
        (GET, ["v1"]) => Ok(Answer::Json(api.ledger_info())),
        (GET, ["v1", "-", "healthy"]) => healthy(api, request),
        (GET, ["v1", "estimate_gas_price"]) => calls::estimate_gas_price(api),
        (GET, ["v1", "accounts", who]) => accounts::account(api, request, who),
        (GET, ["v1", "accounts", who, "resources"]) => accounts::resources(api, request, who),
        (GET, ["v1", "accounts", who, "resource", tag]) => accounts::resource(api, request, who, tag),
        (GET, ["v1", "accounts", who, "modules"]) => accounts::modules(api, request, who),
        (GET, ["v1", "accounts", who, "module", name]) => accounts::module(api, request, who, name),
        (GET, ["v1", "accounts", who, "balance", asset]) => calls::balance(api, request, who, asset).await,
        (GET, ["v1", "accounts", who, "transactions"]) => transactions::of_account(api, request, who),
        (GET, ["v1", "accounts", who, "events", number]) => events::stream(api, request, who, number),
        (GET, ["v1", "accounts", who, "events", tag, field]) => events::field(api, request, who, tag, field),
        (POST, ["v1", "tables", handle, "item"]) => accounts::table_item(api, request, handle),
        (POST, ["v1", "view"]) => calls::view(api, request).await,
        (GET, ["v1", "transactions"]) => transactions::list(api, request),
        (POST, ["v1", "transactions"]) => calls::submit(api, request).await,
        (POST, ["v1", "transactions", "batch"]) => calls::submit_batch(api, request).await,
        (POST, ["v1", "transactions", "simulate"]) => calls::simulate(api, request).await,
        (POST, ["v1", "transactions", "encode_submission"]) => calls::encode_submission(api, request),
        (GET, ["v1", "transactions", "by_hash", text]) => transactions::by_hash(api, text),
        (GET, ["v1", "transactions", "wait_by_hash", text]) => transactions::wait_by_hash(api, text).await,
        (GET, ["v1", "transactions", "by_version", text]) => transactions::by_version(api, text),
        (GET, ["v1", "blocks", "by_height", text]) => blocks::by_height(api, request, text),
        (GET, ["v1", "blocks", "by_version", text]) => blocks::by_version(api, request, text),
        (GET, ["v1", "rollup", "info"]) => rollup::info(api),
        (GET, ["v1", "rollup", "status", text]) => rollup::status(api, text),
        (GET, ["v1", "rollup", "blocks"]) => rollup::blocks(api, request),
        (GET, ["v1", "rollup", "blocks", text]) => rollup::block(api, text),
        (GET, ["v1", "rollup", "blocks", text, "status"]) => rollup::block_status(api, text),
        (GET, ["v1", "rollup", "batches", text]) => rollup::batch(api, text),
        (GET, ["v1", "rollup", "events"]) => events::by_type(api, request),
        (GET, ["v1", "rollup", "forced"]) => rollup::forced(api, request),
        (GET, ["v1", "rollup", "proofs", "resource", who, tag]) => rollup::prove_resource(api, request, who, tag),
        (GET, ["v1", "rollup", "proofs", "module", who, name]) => rollup::prove_module(api, request, who, name),
        (POST, ["v1", "rollup", "proofs", "table_item", handle]) => rollup::prove_table_item(api, request, handle),
        (GET, ["v1", "rollup", "proofs", "transaction", text]) => rollup::prove_transaction(api, text),
        (GET, ["v1", "rollup", "proofs", "event", text, index]) => rollup::prove_event(api, text, index),
        (GET, ["metrics"]) => {
            crate::status::refresh(api);
            Ok(Answer::Response(Response::text(200, api.metrics.render())))
        }
        (GET | POST, path) if KNOWN.iter().any(|known| matches(known, path)) => {
            Err(ApiError::web(405, format!("{} is not allowed here", request.method)))
        }
        (GET | POST, _) => {
            Err(ApiError::web(404, format!("no route {} /{}", request.method, request.segments.join("/"))))
        }
        (other, _) => Err(ApiError::web(405, format!("method {other} is not allowed"))),
    }
}

/// Paths that exist with the other method, for 405; `*` is any segment.
const KNOWN: &[&[&str]] = &[
    &["v1"],
    &["v1", "view"],
    &["v1", "transactions", "batch"],
    &["v1", "transactions", "simulate"],
    &["v1", "transactions", "encode_submission"],
    &["v1", "transactions", "*", "*"],
    &["v1", "tables", "*", "item"],
    &["v1", "accounts", "*"],
    &["v1", "accounts", "*", "*"],
    &["v1", "accounts", "*", "*", "*"],
    &["v1", "blocks", "*", "*"],
    &["v1", "estimate_gas_price"],
    &["v1", "rollup", "info"],
];

fn matches(known: &[&str], path: &[&str]) -> bool {
    known.len() == path.len() && known.iter().zip(path).all(|(a, b)| *a == "*" || a == b)
}

fn healthy(api: &Api, request: &Request) -> Answered {
    if let Some(seconds) = number(request, "duration_secs")? {
        let last = api.storage.head().map_or(0, |head| head.header.time_us);
        if crate::clock::now_us().saturating_sub(last) > seconds.saturating_mul(1_000_000) && !api.status.is_live() {
            return Err(ApiError::new(503, "health_check_failed", format!("no progress for more than {seconds} s")));
        }
    }
    Ok(Answer::Json(json!({ "message": "tenor-node:ok" })))
}

/// Answers one request of the REST server.
pub(crate) async fn handle(api: Arc<Api>, request: Request) -> Response {
    api.metrics.http_requests_total.add(1);
    let response = match route(&api, &request).await {
        Ok(Answer::Json(value)) => Response::json(200, &value),
        Ok(Answer::Response(response)) => response,
        Err(error) => {
            api.metrics.http_errors_total.add(1);
            if error.status >= 500 {
                tracing::error!(message = error.message, path = request.segments.join("/"), "request failed");
            }
            error.to_response()
        }
    };
    api.with_ledger_headers(response)
}

/// The transport's own refusals in the API's error body.
pub(crate) fn refuse(status: u16, message: &str) -> Response {
    ApiError::web(status, message).to_response()
}
