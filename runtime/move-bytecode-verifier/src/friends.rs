//! Friends: a module is not its own friend, and its friends live at its address.
//!
//! Linear in the friend table.

use crate::{context::Context, error::Reject};
use move_binary_format::errors::IndexKind;
use move_core_types::StatusCode;

pub(crate) fn check(context: &Context<'_>) -> Result<(), Reject> {
    let Some(own) = context.self_handle else { return Ok(()) };
    let own = &context.tables.module_handles[usize::from(own.0)];
    // Addresses and names occur once in their tables, so that indices can be compared.
    for (index, friend) in context.tables.friends.iter().enumerate() {
        if friend == own {
            return Err(Reject::entry(StatusCode::InvalidFriendDeclWithSelf, IndexKind::FriendDeclaration, index));
        }
    }
    for (index, friend) in context.tables.friends.iter().enumerate() {
        if friend.address != own.address {
            let status = StatusCode::InvalidFriendDeclWithModulesOutsideAccountAddress;
            return Err(Reject::entry(status, IndexKind::FriendDeclaration, index));
        }
    }
    Ok(())
}
