//! A node's REST API as the commands use it.

use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use serde_json::Value;

/// A connection to one node.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    base: String,
    agent: ureq::Agent,
}

/// An answer other than 2xx: status, `error_code`, message.
#[derive(Debug, thiserror::Error)]
#[error("{message} ({code}, HTTP {status})")]
pub(crate) struct Refused {
    pub(crate) status: u16,
    pub(crate) code: String,
    pub(crate) message: String,
}

impl Client {
    /// `url` is the node's address with or without `/v1`.
    pub(crate) fn new(url: &str) -> Self {
        let base = url.trim_end_matches('/').trim_end_matches("/v1").to_string();
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_secs(60)))
            .build();
        Self { base, agent: config.into() }
    }

    pub(crate) fn url(&self) -> &str {
        &self.base
    }

    fn finish(&self, path: &str, answer: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Result<Value> {
        let mut answer = answer
            .with_context(|| format!("no answer from {}; is the node running? Start it with `tenor run`", self.base))?;
        let status = answer.status().as_u16();
        let text = answer.body_mut().with_config().limit(256 * 1024 * 1024).read_to_string()?;
        let value: Value = if text.is_empty() {
            Value::Null
        } else {
            serde_json::from_str(&text)
                .with_context(|| format!("{path} answered {status} with something that is not JSON"))?
        };
        if (200..300).contains(&status) {
            return Ok(value);
        }
        let field = |name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default().to_string();
        Err(anyhow!(Refused { status, code: field("error_code"), message: field("message") }))
    }

    /// `path` starts behind the host, as in `/v1/accounts/0x1`.
    pub(crate) fn get(&self, path: &str) -> Result<Value> {
        self.finish(path, self.agent.get(format!("{}{path}", self.base)).call())
    }

    /// Like [`Client::get`], but 404 is `None`.
    pub(crate) fn find(&self, path: &str) -> Result<Option<Value>> {
        match self.get(path) {
            Ok(value) => Ok(Some(value)),
            Err(error) if error.downcast_ref::<Refused>().is_some_and(|refused| refused.status == 404) => Ok(None),
            Err(error) => Err(error),
        }
    }

    pub(crate) fn post_json(&self, path: &str, body: &Value) -> Result<Value> {
        let request = self.agent.post(format!("{}{path}", self.base)).content_type("application/json");
        self.finish(path, request.send(body.to_string()))
    }

    /// Posts JSON and takes BCS; 404 is `None`.
    pub(crate) fn post_json_for_bcs(&self, path: &str, body: &Value) -> Result<Option<Vec<u8>>> {
        let request = self.agent.post(format!("{}{path}", self.base)).content_type("application/json");
        let mut answer = request.header("accept", "application/x-bcs").send(body.to_string())?;
        match answer.status().as_u16() {
            404 => Ok(None),
            200 => Ok(Some(answer.body_mut().read_to_vec()?)),
            _ => self.finish(path, Ok(answer)).map(|_| None),
        }
    }

    /// Posts BCS bytes, such as a signed transaction.
    pub(crate) fn post_bytes(&self, path: &str, content_type: &str, body: &[u8]) -> Result<Value> {
        let request = self.agent.post(format!("{}{path}", self.base)).content_type(content_type);
        self.finish(path, request.send(body))
    }

    /// Waits until a transaction is no longer pending, at most `seconds`.
    pub(crate) fn wait(&self, hash: &str, seconds: u64) -> Result<Value> {
        for _ in 0..seconds.max(1) {
            let value = self.get(&format!("/v1/transactions/wait_by_hash/{hash}"))?;
            if value.get("type").and_then(Value::as_str) != Some("pending_transaction") {
                return Ok(value);
            }
        }
        bail!("transaction {hash} is still pending after {seconds} s; look again with `tenor status`")
    }
}
