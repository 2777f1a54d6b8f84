//! The faucet: an ordinary account with a balance from genesis that answers HTTP requests with transfers.

use std::sync::Arc;

use move_core_types::{AccountAddress, ModuleId};
use serde_json::{Value, json};
use tokio::sync::Mutex;
use types::transaction::{EntryFunction, RawTransaction, SignedTransaction, Transaction, TransactionPayload};
use types::{SigningKey, TransactionAuthenticator};
use warp::http::Method;

use crate::http::{Request, Response};
use crate::rest::Api;
use crate::rest::accounts::sequence_and_key;
use crate::rest::json::from_hex;

/// Smallest units of one request at most.
const REQUEST_MAX: u64 = 100_000_000_000;
/// Smallest units where a request names none.
const REQUEST_DEFAULT: u64 = 100_000_000;
/// Gas units that a transfer may use, the creation of an account included.
const GAS_MAX: u64 = 20_000;

/// The faucet's server.
pub(crate) struct Faucet {
    api: Arc<Api>,
    key: SigningKey,
    /// The number of the next transfer, ahead of the state while transfers wait.
    next: Mutex<u64>,
}

fn error(status: u16, code: &str, message: impl Into<String>) -> Response {
    Response::json(
        status,
        &json!({ "message": message.into(), "error_code": code, "rejection_reasons": [], "txn_hashes": [] }),
    )
}

/// The transport's own refusals in the faucet's error body.
pub(crate) fn refuse(status: u16, message: &str) -> Response {
    error(status, "InvalidRequest", message)
}

/// Who is to be funded: an address, an authentication key, or a legacy ed25519 public key.
fn recipient(field: impl Fn(&str) -> Option<String>) -> Result<AccountAddress, String> {
    for name in ["address", "auth_key"] {
        if let Some(text) = field(name) {
            return AccountAddress::from_hex(&text).map_err(|error| format!("`{name}`: {error}"));
        }
    }
    let Some(text) = field("pub_key") else { return Err("name an `address`, an `auth_key` or a `pub_key`".into()) };
    let bytes: Option<[u8; 32]> = from_hex(&text).and_then(|bytes| bytes.try_into().ok());
    bytes
        .map(|key| types::PublicKey(key).authentication_key())
        .ok_or_else(|| "`pub_key` must be 32 bytes in hex".into())
}

impl Faucet {
    pub(crate) fn new(api: Arc<Api>, key: SigningKey) -> Self {
        Self { api, key, next: Mutex::new(0) }
    }

    fn transfer(&self, to: AccountAddress, amount: u64, sequence_number: u64) -> Option<Transaction> {
        let raw = RawTransaction {
            sender: self.key.address(),
            sequence_number,
            payload: TransactionPayload::EntryFunction(EntryFunction {
                module: ModuleId::new(AccountAddress::ONE, "aptos_account".parse().ok()?),
                function: "transfer".parse().ok()?,
                type_args: vec![],
                args: vec![to.into_bytes().to_vec(), amount.to_le_bytes().to_vec()],
            }),
            max_gas_amount: GAS_MAX,
            gas_unit_price: self.api.handle.parameters().min_gas_price,
            expiration_timestamp_secs: self.api.ledger_time_us() / 1_000_000 + 60,
            chain_id: self.api.genesis.chain_id,
        };
        let signature = self.key.sign(&raw.signing_message());
        let authenticator = TransactionAuthenticator::Ed25519 { public_key: self.key.public_key(), signature };
        Some(Transaction::new(SignedTransaction { raw, authenticator }))
    }

    /// Sends a transfer and gives its hash.
    async fn fund(&self, to: AccountAddress, amount: u64) -> Result<String, Response> {
        if amount > REQUEST_MAX {
            return Err(error(
                400,
                "RequestTooLarge",
                format!("at most {REQUEST_MAX} units a request, {amount} were asked for"),
            ));
        }
        let internal = |message: String| error(500, "InternalError", message);
        // Held until the transfer is in the pool, so that requests take their numbers in turn.
        let mut next = self.next.lock().await;
        let state = self.api.latest().map_err(|error| internal(error.message))?;
        let (in_state, _) = sequence_and_key(&state, self.key.address()).map_err(|error| internal(error.message))?;
        let number = in_state.max(*next);
        let transaction =
            self.transfer(to, amount, number).ok_or_else(|| internal("a name of the framework is malformed".into()))?;
        let hash = transaction.hash();
        match self.api.handle.submit(vec![transaction]).await.and_then(|verdicts| verdicts.into_iter().next()) {
            Some(Ok(())) => {
                *next = number + 1;
                Ok(hash.to_hex())
            }
            Some(Err(refusal)) => {
                // The next request starts from what the state says.
                *next = 0;
                Err(error(503, "TransactionRefused", refusal.to_string()))
            }
            None => {
                Err(error(503, "NodeBusy", "the node does not take transactions now").with_header("Retry-After", 1))
            }
        }
    }

    async fn fund_route(&self, request: &Request) -> Response {
        let Ok(body) = serde_json::from_slice::<Value>(&request.body) else {
            return refuse(400, "the body is not JSON");
        };
        let field = |name: &str| body.get(name).and_then(Value::as_str).map(ToString::to_string);
        let to = match recipient(field) {
            Ok(to) => to,
            Err(message) => return refuse(400, &message),
        };
        let amount = match body.get("amount") {
            None | Some(Value::Null) => REQUEST_DEFAULT,
            Some(value) => match value.as_u64().or_else(|| value.as_str().and_then(|text| text.parse().ok())) {
                Some(amount) => amount,
                None => return refuse(400, "`amount` must be a number of smallest units"),
            },
        };
        match self.fund(to, amount).await {
            Ok(hash) => Response::json(200, &json!({ "txn_hashes": [hash] })),
            Err(response) => response,
        }
    }

    async fn mint_route(&self, request: &Request) -> Response {
        let to = match recipient(|name| request.query.get(name).cloned()) {
            Ok(to) => to,
            Err(message) => return refuse(400, &message),
        };
        let amount = match request.query.get("amount").map(|text| text.parse()) {
            None => REQUEST_DEFAULT,
            Some(Ok(amount)) => amount,
            Some(Err(_)) => return refuse(400, "`amount` must be a number of smallest units"),
        };
        match self.fund(to, amount).await {
            Ok(hash) => Response::json(200, &json!([hash])),
            Err(response) => response,
        }
    }
}

/// Answers one request of the faucet's server.
pub(crate) async fn handle(faucet: Arc<Faucet>, request: Request) -> Response {
    let segments: Vec<&str> = request.segments.iter().map(String::as_str).collect();
    match (request.method.clone(), segments.as_slice()) {
        (Method::GET, [] | ["health"]) => Response::text(200, "tap:ok"),
        (Method::POST, ["fund"]) => faucet.fund_route(&request).await,
        (Method::POST, ["mint"]) => faucet.mint_route(&request).await,
        (_, ["fund" | "mint"]) => refuse(405, "use POST"),
        _ => refuse(404, "the faucet knows GET /, POST /fund and POST /mint"),
    }
}
