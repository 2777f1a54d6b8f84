//! Events by stream, by the field that holds a handle, and by type.

use std::sync::Arc;

use move_core_types::{AccountAddress, TypeTag};
use serde_json::{Value, json};
use storage::EventAt;
use types::StateKey;

use super::accounts::struct_tag;
use super::error::ApiError;
use super::json::transaction::event;
use super::json::value;
use super::{Answer, Answered, Api, address, limit, number, path_number};
use crate::http::{Request, Response};

fn show(api: &Api, found: &[EventAt]) -> Result<Vec<Value>, ApiError> {
    let state = api.latest()?;
    let modules = api.modules(&state);
    let one = |at: &EventAt| {
        let mut shown = event(&modules, &at.event);
        if let Some(object) = shown.as_object_mut() {
            object.insert("version".into(), json!(at.version.to_string()));
        }
        shown
    };
    Ok(found.iter().map(one).collect())
}

fn of_stream(api: &Api, request: &Request, who: &AccountAddress, creation_number: u64) -> Answered {
    let found = api.storage.stream_events(who, creation_number, number(request, "start")?, limit(request, 25, 100)?)?;
    Ok(Answer::Json(Value::Array(show(api, &found)?)))
}

pub(crate) fn stream(api: &Arc<Api>, request: &Request, who: &str, creation_number: &str) -> Answered {
    of_stream(api, request, &address(who)?, path_number(creation_number)?)
}

pub(crate) fn field(api: &Arc<Api>, request: &Request, who: &str, tag: &str, field: &str) -> Answered {
    let (who, tag) = (address(who)?, struct_tag(tag)?);
    let state = api.latest()?;
    let bytes = state.get(&StateKey::resource(who, tag.clone()))?;
    let bytes = bytes.ok_or_else(|| ApiError::new(404, "resource_not_found", format!("no resource {tag} at {who}")))?;
    let shown = value::to_json(&api.modules(&state), &TypeTag::from(tag.clone()), &bytes);
    let shown = shown.ok_or_else(|| ApiError::internal(format!("the resource {tag} does not decode")))?;
    let handle = shown
        .get(field)
        .ok_or_else(|| ApiError::new(404, "struct_field_not_found", format!("{tag} has no field `{field}`")))?;
    let id = handle.pointer("/guid/id");
    let part = |name: &str| id.and_then(|id| id.get(name)).and_then(Value::as_str);
    let (Some(creator), Some(number)) = (part("addr"), part("creation_num")) else {
        return Err(ApiError::invalid_input(format!("the field `{field}` of {tag} is no event handle")));
    };
    of_stream(api, request, &address(creator)?, path_number(number)?)
}

pub(crate) fn by_type(api: &Arc<Api>, request: &Request) -> Answered {
    let text = request.query.get("type").ok_or_else(|| ApiError::invalid_input("`type` is missing"))?;
    let tag: TypeTag =
        text.parse().map_err(|error| ApiError::invalid_input(format!("`{text}` is not a type: {error}")))?;
    let start = match number(request, "start")? {
        Some(start) => start,
        None => number(request, "start_version")?.unwrap_or(0),
    };
    let (found, next) = api.storage.events_by_type(&tag, start, limit(request, 25, 100)?)?;
    let mut response = Response::json(200, &Value::Array(show(api, &found)?));
    if let Some(next) = next {
        response = response.with_header("X-Aptos-Cursor", next);
    }
    Ok(Answer::Response(response))
}
