//! Events: module events and those of handles.

use crate::Family;
use move_core_types::TypeTag;
use move_vm_runtime::{Event, NativeContext, NativeError, NativeResult, Ty};
use std::sync::Arc;

/// The event has no encoding.
const NOT_ENCODABLE: u64 = 0x1C5;

pub(crate) const NATIVES: Family =
    &[("event", "write_event", write_event), ("event", "write_handle_event", write_handle_event)];

pub(crate) const TEST_NATIVES: Family =
    &[("event", "emitted_events", emitted_events), ("event", "emitted_handle_events", emitted_handle_events)];

fn message(ctx: &mut dyn NativeContext, index: usize) -> NativeResult<(TypeTag, Vec<u8>)> {
    let ty = ctx.type_arg(0)?;
    let tag = ctx.type_tag(ty)?;
    let size = ctx.abstract_size(index)?;
    ctx.charge_bytes(size)?;
    let data = ctx.encode(index)?.ok_or(NativeError::Abort(NOT_ENCODABLE))?;
    Ok(((*tag).clone(), data))
}

fn write_event(ctx: &mut dyn NativeContext) -> NativeResult<()> {
    let (tag, data) = message(ctx, 0)?;
    ctx.host().events.push(Event::Module { tag, data });
    Ok(())
}

/// Creator, creation number, sequence number, message.
fn write_handle_event(ctx: &mut dyn NativeContext) -> NativeResult<()> {
    let (creator, creation_number, sequence_number) = (ctx.address(0)?, ctx.u64(1)?, ctx.u64(2)?);
    let (tag, data) = message(ctx, 3)?;
    ctx.host().events.push(Event::Handle { creation_number, creator, sequence_number, tag, data });
    Ok(())
}

/// Leaves the events that pass a test as a vector.
fn leave(ctx: &mut dyn NativeContext, ty: Ty, wanted: impl Fn(&Event) -> bool) -> NativeResult<()> {
    let tag: Arc<TypeTag> = ctx.type_tag(ty)?;
    let found: Vec<Vec<u8>> = ctx
        .host()
        .events
        .iter()
        .filter(|event| *event.tag() == *tag && wanted(event))
        .map(|event| event.data().to_vec())
        .collect();
    let mut encoded = Vec::new();
    let mut count = found.len();
    while count >= 0x80 {
        encoded.push(count.to_le_bytes()[0] | 0x80);
        count >>= 7;
    }
    encoded.push(count.to_le_bytes()[0]);
    found.iter().for_each(|data| encoded.extend_from_slice(data));
    ctx.charge_bytes(encoded.len() as u64)?;
    ctx.ret_bcs(&encoded)?;
    Ok(())
}

fn emitted_events(ctx: &mut dyn NativeContext) -> NativeResult<()> {
    let ty = ctx.type_arg(0)?;
    leave(ctx, ty, |event| matches!(event, Event::Module { .. }))
}

/// Creator, creation number.
fn emitted_handle_events(ctx: &mut dyn NativeContext) -> NativeResult<()> {
    let ty = ctx.type_arg(0)?;
    let (from, number) = (ctx.address(0)?, ctx.u64(1)?);
    leave(
        ctx,
        ty,
        |event| matches!(event, Event::Handle { creator, creation_number, .. } if *creator == from && *creation_number == number),
    )
}
