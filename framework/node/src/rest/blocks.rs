//! Blocks by height and by version.

use std::sync::Arc;

use serde_json::{Value, json};
use storage::ReadError;
use types::SignedHeader;

use super::error::ApiError;
use super::json::hex0x;
use super::{Answer, Answered, Api, path_number, transactions};
use crate::http::Request;

/// Most transactions listed inside a block.
const TRANSACTIONS_MAX: usize = 10_000;

fn show(api: &Api, request: &Request, block: &SignedHeader) -> Answered {
    let header = &block.header;
    let transactions = if request.query.get("with_transactions").is_some_and(|flag| flag == "true") {
        let count = usize::try_from(header.count).unwrap_or(usize::MAX).min(TRANSACTIONS_MAX);
        let found = api.storage.transactions(header.first_version, count)?;
        Value::Array(found.iter().map(|t| transactions::show(api, t)).collect::<Result<_, _>>()?)
    } else {
        Value::Null
    };
    Ok(Answer::Json(json!({
        "block_height": header.height.to_string(),
        "block_hash": hex0x(header.hash().0),
        "block_timestamp": header.time_us.to_string(),
        "first_version": header.first_version.to_string(),
        "last_version": header.last_version().to_string(),
        "transactions": transactions,
    })))
}

pub(crate) fn by_height(api: &Arc<Api>, request: &Request, text: &str) -> Answered {
    show(api, request, &*at_height(api, path_number(text)?)?)
}

/// The block at a height, with the API's errors.
pub(crate) fn at_height(api: &Api, height: u64) -> Result<Arc<SignedHeader>, ApiError> {
    api.storage.block(height).map_err(|error| match error {
        ReadError::Future(..) => {
            ApiError::new(404, "block_not_found", format!("Block not found by Block height({height})"))
        }
        ReadError::Pruned(..) => ApiError::new(410, "block_pruned", format!("Block({height}) has been pruned")),
        other => other.into(),
    })
}

pub(crate) fn by_version(api: &Arc<Api>, request: &Request, text: &str) -> Answered {
    let version = path_number(text)?;
    let newest = api.storage.ledger_version().ok_or(ReadError::Empty)?;
    let block = api.storage.block_of_version(version).map_err(|error| match error {
        ReadError::Future(..) if version <= newest => {
            ApiError::new(404, "block_not_found", format!("the block of version {version} has no header yet"))
        }
        other => other.into(),
    })?;
    show(api, request, &block)
}
