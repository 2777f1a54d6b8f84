//! Transactions by hash, by version, by account, and as a list.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use storage::{ExecutedTransaction, LedgerEntry, ReadError};
use types::Hash;

use super::error::ApiError;
use super::json::transaction::{BlockFacts, committed, pending};
use super::{Answer, Answered, Api, address, hash, limit, number, path_number};
use crate::http::Request;

/// Longest that `wait_by_hash` holds a request.
const WAIT: Duration = Duration::from_secs(1);

/// Facts of the block around a version. Without a header yet, the block's metadata transaction has them.
pub(crate) fn block_facts(api: &Api, version: u64) -> Result<BlockFacts, ApiError> {
    match api.storage.block_of_version(version) {
        Ok(block) => {
            let header = &block.header;
            let state_root = (version == header.last_version()).then_some(header.state_root);
            Ok(BlockFacts { time_us: header.time_us, hash: Some(header.hash()), state_root })
        }
        Err(ReadError::Future(..)) => {
            let first = api.storage.head().map_or(0, |head| head.header.next_version());
            for at in (first..=version).rev() {
                if let LedgerEntry::Metadata(metadata) = &api.storage.transaction(at)?.entry {
                    return Ok(BlockFacts { time_us: metadata.time_us, hash: None, state_root: None });
                }
            }
            Err(ApiError::internal(format!("version {version} lies in no block")))
        }
        Err(error) => Err(error.into()),
    }
}

/// The JSON of a committed transaction, its values read with the modules of its own version where they are kept.
pub(crate) fn show(api: &Api, transaction: &ExecutedTransaction) -> Result<Value, ApiError> {
    let state = match api.storage.state_at(transaction.version) {
        Ok(state) => state,
        Err(_) => api.latest()?,
    };
    Ok(committed(&api.modules(&state), transaction, &block_facts(api, transaction.version)?))
}

/// A committed or pending transaction.
fn find(api: &Api, hash: &Hash) -> Result<Value, ApiError> {
    if let Some(transaction) = api.storage.transaction_by_hash(hash)? {
        return show(api, &transaction);
    }
    if let Some(waiting) = api.handle.pending(hash) {
        let state = api.latest()?;
        return Ok(pending(&api.modules(&state), waiting.signed(), hash));
    }
    // It may have been confirmed between the two looks.
    if let Some(transaction) = api.storage.transaction_by_hash(hash)? {
        return show(api, &transaction);
    }
    Err(ApiError::new(404, "transaction_not_found", format!("Transaction not found by Transaction hash({hash})")))
}

pub(crate) fn by_hash(api: &Arc<Api>, text: &str) -> Answered {
    find(api, &hash(text)?).map(Answer::Json)
}

pub(crate) async fn wait_by_hash(api: &Arc<Api>, text: &str) -> Answered {
    let hash = hash(text)?;
    let mut confirmed = api.handle.confirmed();
    let wait = async {
        while api.handle.pending(&hash).is_some() {
            if confirmed.changed().await.is_err() {
                break;
            }
        }
    };
    // Whether it came in time or not, what there is now is the answer.
    let _ = tokio::time::timeout(WAIT, wait).await;
    find(api, &hash).map(Answer::Json)
}

pub(crate) fn by_version(api: &Arc<Api>, text: &str) -> Answered {
    let version = path_number(text)?;
    let found = api.storage.transaction(version).map_err(|error| match error {
        ReadError::Future(..) => ApiError::new(
            404,
            "transaction_not_found",
            format!("Transaction not found by Transaction version({version})"),
        ),
        other => other.into(),
    })?;
    show(api, &found).map(Answer::Json)
}

pub(crate) fn list(api: &Arc<Api>, request: &Request) -> Answered {
    let limit = limit(request, 25, 100)?;
    let newest = api.storage.ledger_version().ok_or(ReadError::Empty)?;
    let start = match number(request, "start")? {
        Some(start) if start > newest => {
            return Err(ApiError::invalid_input(format!("`start` is {start}, the latest version is {newest}")));
        }
        Some(start) => start,
        None => (newest + 1).saturating_sub(u64::try_from(limit).unwrap_or(0)),
    };
    let found = api.storage.transactions(start, limit)?;
    found
        .iter()
        .map(|transaction| show(api, transaction))
        .collect::<Result<Vec<_>, _>>()
        .map(|all| Answer::Json(Value::Array(all)))
}

pub(crate) fn of_account(api: &Arc<Api>, request: &Request, who: &str) -> Answered {
    let who = address(who)?;
    let found = api.storage.account_transactions(&who, number(request, "start")?, limit(request, 25, 100)?)?;
    found
        .iter()
        .map(|transaction| show(api, transaction))
        .collect::<Result<Vec<_>, _>>()
        .map(|all| Answer::Json(Value::Array(all)))
}
