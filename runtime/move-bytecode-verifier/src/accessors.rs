//! Accessors: wrappers of public structs, enums and constants, and functions that never change.
//!
//! Not built yet; until then no module may carry the attributes (rule T-API-1).

use crate::{context::Context, error::Reject};
use move_binary_format::{
    errors::IndexKind,
    file_format::{FunctionAttribute, FunctionDefIdx},
};
use move_core_types::StatusCode;

pub(crate) fn check(context: &Context<'_>, definition: FunctionDefIdx) -> Result<(), Reject> {
    if definition.0 == 0 { check_script(context) } else { Ok(()) }
}

pub(crate) fn check_script(context: &Context<'_>) -> Result<(), Reject> {
    for (index, handle) in context.tables.function_handles.iter().enumerate() {
        let is_plain = |attribute: &FunctionAttribute| {
            matches!(attribute, FunctionAttribute::Persistent | FunctionAttribute::ModuleLock)
        };
        if !handle.attributes.iter().all(is_plain) {
            return Err(Reject::entry(StatusCode::FeatureNotEnabled, IndexKind::FunctionHandle, index));
        }
    }
    Ok(())
}
