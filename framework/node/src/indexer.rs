//! The few GraphQL answers that the SDKs wait for. No engine: the operation's name is matched, a fixed shape answered.

use std::sync::Arc;

use move_core_types::{AccountAddress, StructTag};
use serde_json::{Value, json};
use types::StateKey;
use warp::http::Method;

use crate::http::{Request, Response};
use crate::rest::Api;
use crate::rest::accounts::sequence_and_key;
use crate::rest::json::value;

/// The transport's own refusals as GraphQL errors.
pub(crate) fn refuse(status: u16, message: &str) -> Response {
    Response::json(status, &json!({ "errors": [{ "message": message }] }))
}

/// The name behind `query`, before its parameters.
fn operation(query: &str) -> &str {
    let rest = query.split_once("query").map_or("", |(_, rest)| rest).trim_start();
    rest.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or("")
}

/// The first string below `_eq` of a condition.
fn condition<'a>(variables: &'a Value, name: &str) -> Option<&'a str> {
    variables.get("where_condition")?.get(name)?.get("_eq")?.as_str()
}

/// The coin stores of an account: type and amount.
fn coins(api: &Api, owner: &AccountAddress) -> Vec<(StructTag, u64)> {
    let Ok(state) = api.latest() else { return Vec::new() };
    let Ok(page) = state.resources(owner, None, 9_999) else { return Vec::new() };
    let modules = api.modules(&state);
    let mut found = Vec::new();
    for (key, bytes) in page.rows {
        let Ok(StateKey::Resource { tag, .. }) = StateKey::from_bytes(&key) else { continue };
        if !tag.is(&AccountAddress::ONE, "coin", "CoinStore") {
            continue;
        }
        let Some(shown) = value::to_json(&modules, &tag.clone().into(), &bytes) else { continue };
        let amount = shown.pointer("/coin/value").and_then(Value::as_str).and_then(|text| text.parse().ok());
        if let (Some(amount), Some(coin)) = (amount, tag.type_args.first().and_then(|tag| tag.as_struct())) {
            found.push((coin.clone(), amount));
        }
    }
    found
}

fn coin_row(api: &Api, owner: &AccountAddress, coin: &StructTag, amount: u64) -> Value {
    let version = api.storage.ledger_version().unwrap_or(0);
    json!({
        "amount": amount, "asset_type": coin.to_string(), "is_frozen": false, "is_primary": null,
        "last_transaction_timestamp": "1970-01-01T00:00:00", "last_transaction_version": version,
        "owner_address": owner.to_long_string(), "storage_id": owner.to_long_string(), "token_standard": "v1",
        "metadata": {
            "token_standard": "v1", "symbol": coin.name.as_str(), "supply_aggregator_table_key_v1": null,
            "supply_aggregator_table_handle_v1": null, "project_uri": null, "name": coin.name.as_str(),
            "last_transaction_version": version, "last_transaction_timestamp": "1970-01-01T00:00:00", "icon_uri": null,
            "decimals": 8, "creator_address": coin.address.to_long_string(), "asset_type": coin.to_string(),
        },
    })
}

fn answer(api: &Api, name: &str, variables: &Value) -> Option<Value> {
    let version = api.storage.ledger_version().unwrap_or(0);
    let address = |text: &str| AccountAddress::from_hex(text).ok();
    Some(match name {
        "getProcessorStatus" => {
            let processor = condition(variables, "processor").unwrap_or("default_processor");
            json!({ "processor_status": [
                { "last_success_version": version, "processor": processor, "last_updated": "2026-01-01T00:00:00" }
            ] })
        }
        "getAccountCoinsData" => {
            let owner = condition(variables, "owner_address").and_then(address)?;
            let wanted = condition(variables, "asset_type");
            let rows: Vec<Value> = coins(api, &owner)
                .iter()
                .filter(|(coin, _)| {
                    wanted.is_none_or(|wanted| wanted.parse::<StructTag>().is_ok_and(|tag| tag == *coin))
                })
                .map(|(coin, amount)| coin_row(api, &owner, coin, *amount))
                .collect();
            json!({ "current_fungible_asset_balances": rows })
        }
        "getAccountCoinsCount" => {
            let owner = variables.get("address").and_then(Value::as_str).and_then(address)?;
            json!({ "current_fungible_asset_balances_aggregate": { "aggregate": { "count": coins(api, &owner).len() } } })
        }
        "getAccountTransactionsCount" => {
            let owner = variables.get("address").and_then(Value::as_str).and_then(address)?;
            let count = api
                .latest()
                .ok()
                .and_then(|state| sequence_and_key(&state, owner).ok())
                .map_or(0, |(number, _)| number);
            json!({ "account_transactions_aggregate": { "aggregate": { "count": count } } })
        }
        "getChainTopUserTransactions" => json!({ "user_transactions": [{ "version": version }] }),
        "getObjectData" => json!({ "current_objects": [] }),
        "getAuthKeysForPublicKey" => json!({ "public_key_auth_keys": [] }),
        "getAccountAddressesForAuthKey" => json!({ "auth_key_account_addresses": [] }),
        _ => return None,
    })
}

/// Answers one request of the indexer's server.
pub(crate) async fn handle(api: Arc<Api>, request: Request) -> Response {
    let segments: Vec<&str> = request.segments.iter().map(String::as_str).collect();
    if request.method != Method::POST || segments.as_slice() != ["v1", "graphql"] {
        return refuse(404, "the indexer answers POST /v1/graphql");
    }
    let Ok(body) = serde_json::from_slice::<Value>(&request.body) else { return refuse(400, "the body is not JSON") };
    let name = operation(body.get("query").and_then(Value::as_str).unwrap_or("")).to_string();
    let variables = body.get("variables").cloned().unwrap_or(Value::Null);
    match answer(&api, &name, &variables) {
        Some(data) => Response::json(200, &json!({ "data": data })),
        None => Response::json(200, &json!({ "errors": [{ "message": format!("unsupported query {name}") }] })),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_operation_is_the_name_behind_query() {
        for (query, name) in [
            ("\n    query getProcessorStatus($where_condition: X) {\n a }", "getProcessorStatus"),
            ("query getObjectData{a}", "getObjectData"),
            ("{ a }", ""),
            ("", ""),
        ] {
            assert_eq!(operation(query), name);
        }
    }
}
