//! HTTP as every server of a node speaks it: one catch-all route, one dispatch function, JSON on every answer.
//!
//! Warp accepts connections and bodies; routing is a `match` on the method and the decoded path segments, because
//! the API promises a JSON body for unknown routes, wrong methods and bad paths too, and because a match is a table
//! that can be read. CORS echoes what the browser asks for (`Origin`, `Access-Control-Request-Headers`).

mod percent;

use std::collections::BTreeMap;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;

use bytes::{Buf, Bytes, BytesMut};
use futures::{Stream, StreamExt};
use serde_json::Value;
use warp::Filter;
use warp::http::{HeaderMap, HeaderValue, Method, StatusCode, header};

pub(crate) use percent::decode as percent_decode;

/// Bodies above this are answered with 413.
pub(crate) const BODY_BYTES_MAX: usize = 8 * 1024 * 1024;

/// One request, decoded as far as every route needs it.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) method: Method,
    /// Percent-decoded segments, empty ones left out: `/v1/` and `/v1` are the same.
    pub(crate) segments: Vec<String>,
    /// Percent-decoded query parameters; of a repeated one the last counts, `all` keeps every one.
    pub(crate) query: BTreeMap<String, String>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Request {
    /// The media type of the body in lower case, without parameters; empty when there is none.
    pub(crate) fn content_type(&self) -> String {
        let raw = self.headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or("");
        raw.split(';').next().unwrap_or("").trim().to_ascii_lowercase()
    }

    /// Whether `Accept` names BCS before JSON.
    pub(crate) fn wants_bcs(&self) -> bool {
        let accept = self.headers.get(header::ACCEPT).and_then(|v| v.to_str().ok()).unwrap_or("");
        for part in accept.split(',') {
            match part.split(';').next().unwrap_or("").trim() {
                "application/x-bcs" => return true,
                "application/json" => return false,
                _ => {}
            }
        }
        false
    }
}

/// One answer.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) content_type: &'static str,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
}

impl Response {
    pub(crate) fn json(status: u16, value: &Value) -> Self {
        let body = serde_json::to_vec(value).unwrap_or_else(|_| b"null".to_vec());
        Self { status, content_type: "application/json", headers: Vec::new(), body }
    }

    pub(crate) fn text(status: u16, body: impl Into<String>) -> Self {
        Self { status, content_type: "text/plain; charset=utf-8", headers: Vec::new(), body: body.into().into_bytes() }
    }

    pub(crate) fn with_header(mut self, name: &'static str, value: impl ToString) -> Self {
        self.headers.push((name, value.to_string()));
        self
    }
}

/// The headers that browsers may read.
const EXPOSED: &str = "X-Aptos-Chain-Id, X-Aptos-Ledger-Version, X-Aptos-Ledger-Oldest-Version, \
                       X-Aptos-Ledger-TimestampUsec, X-Aptos-Epoch, X-Aptos-Block-Height, \
                       X-Aptos-Oldest-Block-Height, X-Aptos-Gas-Used, X-Aptos-Cursor";

fn finish(response: Response, origin: Option<HeaderValue>, asked: Option<HeaderValue>) -> warp::reply::Response {
    let mut out = warp::http::Response::new(response.body.into());
    *out.status_mut() = StatusCode::from_u16(response.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = out.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(response.content_type));
    for (name, value) in response.headers {
        if let (Ok(name), Ok(value)) = (header::HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(&value))
        {
            headers.insert(name, value);
        }
    }
    if let Some(origin) = origin {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
        headers.insert(header::VARY, HeaderValue::from_static("Origin"));
        headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, POST"));
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(EXPOSED));
        if let Some(asked) = asked {
            headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, asked);
        }
    }
    out
}

/// Reads a body up to the limit; `None` when it is longer or breaks off.
async fn read_body<S, B>(stream: S) -> Option<Bytes>
where
    S: Stream<Item = Result<B, warp::Error>>,
    B: Buf,
{
    let mut stream = std::pin::pin!(stream);
    let mut body = BytesMut::new();
    while let Some(chunk) = stream.next().await {
        let mut chunk = chunk.ok()?;
        if body.len() + chunk.remaining() > BODY_BYTES_MAX {
            return None;
        }
        while chunk.has_remaining() {
            let part = chunk.chunk();
            body.extend_from_slice(part);
            let read = part.len();
            chunk.advance(read);
        }
    }
    Some(body.freeze())
}

/// Serves `handler` on `listener` until `shutdown` resolves; connections in flight are finished.
///
/// `handler` maps every request to an answer and `refuse` words the answers that the transport itself gives
/// (status, message), so that each server keeps its own error body.
pub(crate) async fn serve<C, H, F, R>(
    listener: tokio::net::TcpListener,
    context: Arc<C>,
    handler: H,
    refuse: R,
    shutdown: impl Future<Output = ()> + Send + 'static,
) where
    C: Send + Sync + 'static,
    H: Fn(Arc<C>, Request) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Response> + Send,
    R: Fn(u16, &str) -> Response + Clone + Send + Sync + 'static,
{
    let query = warp::query::raw().or(warp::any().map(String::new)).unify();
    let route = warp::any()
        .and(warp::method())
        .and(warp::path::full())
        .and(query)
        .and(warp::header::headers_cloned())
        .and(warp::body::stream())
        .then(move |method: Method, path: warp::path::FullPath, query: String, headers: HeaderMap, body| {
            let context = Arc::clone(&context);
            let handler = handler.clone();
            let refuse = refuse.clone();
            async move {
                let origin = headers.get(header::ORIGIN).cloned();
                let asked = headers.get(header::ACCESS_CONTROL_REQUEST_HEADERS).cloned();
                if method == Method::OPTIONS {
                    return finish(Response::text(200, ""), origin, asked);
                }
                let Some(body) = read_body(body).await else {
                    return finish(refuse(413, "the body is larger than 8 MiB or broke off"), origin, asked);
                };
                let segments: Option<Vec<String>> = path
                    .as_str()
                    .split('/')
                    .filter(|part| !part.is_empty())
                    .map(|part| percent_decode(part, false))
                    .collect();
                let Some(segments) = segments else {
                    return finish(refuse(400, "the path is not valid percent-encoded UTF-8"), origin, asked);
                };
                let Some(query) = percent::query(&query) else {
                    return finish(refuse(400, "the query is not valid percent-encoded UTF-8"), origin, asked);
                };
                let request = Request { method, segments, query, headers, body };
                finish(handler(context, request).await, origin, asked)
            }
        });
    warp::serve(route).incoming(listener).graceful(shutdown).run().await;
}

/// Binds `address`; the port may be 0.
///
/// # Errors
/// The operating system's, with the address in it.
pub(crate) async fn bind(address: SocketAddr) -> std::io::Result<tokio::net::TcpListener> {
    tokio::net::TcpListener::bind(address)
        .await
        .map_err(|error| std::io::Error::new(error.kind(), format!("cannot listen on {address}: {error}")))
}
