//! Accounts, resources, modules and table items: state at a version.

use std::sync::Arc;

use move_core_types::{AccountAddress, Identifier, ModuleId, StructTag, TypeTag};
use serde_json::{Value, json};
use storage::{StateAt, StateRow};
use types::StateKey;

use super::error::ApiError;
use super::json::{self, value};
use super::{Answer, Answered, Api, address, json_body, limit};
use crate::http::{Request, Response};

/// Most resources or modules of one page.
const PAGE_MAX: u16 = 9_999;

fn bcs(body: Vec<u8>) -> Answer {
    Answer::Response(Response { status: 200, content_type: "application/x-bcs", headers: Vec::new(), body })
}

/// The struct tag `0x1::module::name` without arguments.
pub(crate) fn framework_tag(module: &str, name: &str) -> Result<StructTag, ApiError> {
    let text = format!("0x1::{module}::{name}");
    text.parse().map_err(|_| ApiError::internal(format!("`{text}` is no type")))
}

pub(crate) fn struct_tag(text: &str) -> Result<StructTag, ApiError> {
    text.parse().map_err(|error| ApiError::web(400, format!("`{text}` is not a struct type: {error}")))
}

/// Sequence number and authentication key; an address never seen has 0 and itself.
pub(crate) fn sequence_and_key(state: &StateAt, who: AccountAddress) -> Result<(u64, Vec<u8>), ApiError> {
    let tag = framework_tag("account", "Account")?;
    let Some(bytes) = state.get(&StateKey::resource(who, tag))? else {
        return Ok((0, who.into_bytes().to_vec()));
    };
    // The resource opens with the key's bytes and the sequence number.
    let malformed = || ApiError::internal(format!("the account resource of {who} does not decode"));
    let (length, rest) = bytes.split_first().ok_or_else(malformed)?;
    let (key, rest) = rest.split_at_checked(usize::from(*length)).ok_or_else(malformed)?;
    let number = rest.first_chunk::<8>().ok_or_else(malformed)?;
    Ok((u64::from_le_bytes(*number), key.to_vec()))
}

pub(crate) fn account(api: &Arc<Api>, request: &Request, who: &str) -> Answered {
    let who = address(who)?;
    let state = api.state(request)?;
    if request.wants_bcs() {
        let tag = framework_tag("account", "Account")?;
        let bytes = state.get(&StateKey::resource(who, tag))?;
        let bytes =
            bytes.ok_or_else(|| ApiError::new(404, "account_not_found", format!("no account resource at {who}")))?;
        return Ok(bcs(bytes.to_vec()));
    }
    let (sequence_number, key) = sequence_and_key(&state, who)?;
    Ok(Answer::Json(json!({ "sequence_number": sequence_number.to_string(), "authentication_key": json::hex0x(key) })))
}

fn cursor(request: &Request) -> Result<Option<Vec<u8>>, ApiError> {
    let Some(text) = request.query.get("start") else { return Ok(None) };
    json::from_hex(text).map(Some).ok_or_else(|| ApiError::web(400, "`start` is not a cursor of a previous page"))
}

fn page(rows: Vec<Value>, next: Option<Arc<[u8]>>) -> Answer {
    let mut response = Response::json(200, &Value::Array(rows));
    if let Some(next) = next {
        response = response.with_header("X-Aptos-Cursor", hex::encode(next));
    }
    Answer::Response(response)
}

pub(crate) fn resources(api: &Arc<Api>, request: &Request, who: &str) -> Answered {
    let who = address(who)?;
    let state = api.state(request)?;
    let modules = api.modules(&state);
    let storage::Page { rows, next } =
        state.resources(&who, cursor(request)?.as_deref(), limit(request, PAGE_MAX, PAGE_MAX)?)?;
    let show = |(key, bytes): StateRow| match StateKey::from_bytes(&key) {
        Ok(StateKey::Resource { tag, .. }) => Some(json::transaction::resource(&modules, &tag, &bytes)),
        _ => None,
    };
    Ok(page(rows.into_iter().filter_map(show).collect(), next))
}

pub(crate) fn resource(api: &Arc<Api>, request: &Request, who: &str, tag: &str) -> Answered {
    let (who, tag) = (address(who)?, struct_tag(tag)?);
    let state = api.state(request)?;
    let Some(bytes) = state.get(&StateKey::resource(who, tag.clone()))? else {
        let message =
            format!("Resource not found by Address({who}), Struct tag({tag}) and Ledger version({})", state.version());
        return Err(ApiError::new(404, "resource_not_found", message));
    };
    if request.wants_bcs() {
        return Ok(bcs(bytes.to_vec()));
    }
    Ok(Answer::Json(json::transaction::resource(&api.modules(&state), &tag, &bytes)))
}

pub(crate) fn modules(api: &Arc<Api>, request: &Request, who: &str) -> Answered {
    let who = address(who)?;
    let state = api.state(request)?;
    let storage::Page { rows, next } =
        state.modules(&who, cursor(request)?.as_deref(), limit(request, PAGE_MAX, PAGE_MAX)?)?;
    Ok(page(rows.iter().map(|(_, bytes)| json::transaction::module(bytes)).collect(), next))
}

pub(crate) fn module(api: &Arc<Api>, request: &Request, who: &str, name: &str) -> Answered {
    let who = address(who)?;
    let name = Identifier::new(name).map_err(|error| ApiError::web(400, error.to_string()))?;
    let state = api.state(request)?;
    let Some(bytes) = state.get(&StateKey::module(&ModuleId::new(who, name.clone())))? else {
        let message =
            format!("Module not found by Address({who}), Module name({name}) and Ledger version({})", state.version());
        return Err(ApiError::new(404, "module_not_found", message));
    };
    if request.wants_bcs() {
        return Ok(bcs(bytes.to_vec()));
    }
    Ok(Answer::Json(json::transaction::module(&bytes)))
}

/// The table key that a request body names, and the type of its value.
pub(crate) fn table_key(
    api: &Api,
    state: &StateAt,
    request: &Request,
    handle: &str,
) -> Result<(StateKey, TypeTag), ApiError> {
    let handle = address(handle)?;
    let body = json_body(request)?;
    let tag = |name: &str| -> Result<TypeTag, ApiError> {
        let text = body
            .get(name)
            .and_then(Value::as_str)
            .ok_or_else(|| ApiError::invalid_input(format!("`{name}` is missing")))?;
        text.parse().map_err(|error| ApiError::invalid_input(format!("`{name}`: `{text}` is not a type: {error}")))
    };
    let (key_type, value_type) = (tag("key_type")?, tag("value_type")?);
    let key = body.get("key").ok_or_else(|| ApiError::invalid_input("`key` is missing"))?;
    let key = value::from_json(&api.modules(state), &key_type, key)
        .map_err(|error| ApiError::invalid_input(format!("`key`: {error}")))?;
    Ok((StateKey::table_item(handle, key), value_type))
}

pub(crate) fn table_item(api: &Arc<Api>, request: &Request, handle: &str) -> Answered {
    let state = api.state(request)?;
    let (key, value_type) = table_key(api, &state, request, handle)?;
    let Some(bytes) = state.get(&key)? else {
        let message = format!("Table Item not found by Table handle({handle}) and Ledger version({})", state.version());
        return Err(ApiError::new(404, "table_item_not_found", message));
    };
    if request.wants_bcs() {
        return Ok(bcs(bytes.to_vec()));
    }
    let shown = value::to_json(&api.modules(&state), &value_type, &bytes);
    shown.map(Answer::Json).ok_or_else(|| ApiError::invalid_input(format!("the item is not a {value_type}")))
}
