//! Facts of the running transaction. Outside a user transaction the callers in Move abort before they ask.

use crate::Family;
use move_vm_runtime::{NativeContext, NativeError, NativeResult, Scalar, TransactionFacts};

/// There is no user transaction: `invalid_state(1)`.
const NOT_AVAILABLE: u64 = 0x30001;

pub(crate) const NATIVES: Family = &[
    ("transaction_context", "transaction_hash", transaction_hash),
    ("transaction_context", "get_script_hash", script_hash),
    ("transaction_context", "unique_address", unique_address),
    ("transaction_context", "is_available", is_available),
    ("transaction_context", "sender_internal", sender),
    ("transaction_context", "secondary_signers_internal", secondary_signers),
    ("transaction_context", "gas_payer_internal", gas_payer),
    ("transaction_context", "max_gas_amount_internal", max_gas_amount),
    ("transaction_context", "gas_unit_price_internal", gas_unit_price),
    ("transaction_context", "chain_id_internal", chain_id),
    ("transaction_context", "is_orderless_internal", is_orderless),
    ("transaction_context", "monotonically_increasing_counter_internal", monotonically_increasing_counter),
    ("transaction_context", "entry_function_payload_internal", entry_function_payload),
];

fn facts(ctx: &mut dyn NativeContext) -> NativeResult<&TransactionFacts> {
    ctx.host().context.transaction.as_ref().ok_or(NativeError::Abort(NOT_AVAILABLE))
}

fn transaction_hash(ctx: &mut dyn NativeContext) -> NativeResult<()> {
    let hash = ctx.host().context.transaction_hash;
    ctx.ret_bytes(&hash)
}

fn script_hash(ctx: &mut dyn NativeContext) -> NativeResult<()> {
    let hash = ctx.host().context.script_hash.clone();
    ctx.ret_bytes(&hash)
}

fn unique_address(ctx: &mut dyn NativeContext) -> NativeResult<()> {
    let address = ctx.host().new_unique_address();
    ctx.ret(Scalar::Address(address))
}

fn is_available(ctx: &mut dyn NativeContext) -> NativeResult<()> {
    let available = ctx.host().context.transaction.is_some();
    ctx.ret(Scalar::Bool(available))
}

fn sender(ctx: &mut dyn NativeContext) -> NativeResult<()> {
    let sender = facts(ctx)?.sender;
    ctx.ret(Scalar::Address(sender))
}

fn secondary_signers(ctx: &mut dyn NativeContext) -> NativeResult<()> {
    let encoded = ::bcs::to_bytes(&facts(ctx)?.secondary_signers).map_err(|_| NativeError::Abort(NOT_AVAILABLE))?;
    ctx.charge_bytes(encoded.len() as u64)?;
    ctx.ret_bcs(&encoded)?;
    Ok(())
}

fn gas_payer(ctx: &mut dyn NativeContext) -> NativeResult<()> {
    let payer = facts(ctx)?.gas_payer;
    ctx.ret(Scalar::Address(payer))
}

fn max_gas_amount(ctx: &mut dyn NativeContext) -> NativeResult<()> {
    let amount = facts(ctx)?.max_gas_amount;
    ctx.ret(Scalar::U64(amount))
}

fn gas_unit_price(ctx: &mut dyn NativeContext) -> NativeResult<()> {
    let price = facts(ctx)?.gas_unit_price;
    ctx.ret(Scalar::U64(price))
}

fn chain_id(ctx: &mut dyn NativeContext) -> NativeResult<()> {
    let id = ctx.host().context.chain_id;
    ctx.ret(Scalar::U8(id))
}

fn is_orderless(ctx: &mut dyn NativeContext) -> NativeResult<()> {
    let orderless = facts(ctx)?.is_orderless;
    ctx.ret(Scalar::Bool(orderless))
}

fn monotonically_increasing_counter(ctx: &mut dyn NativeContext) -> NativeResult<()> {
    let next = ctx.host().next_monotonic().ok_or(NativeError::Abort(NOT_AVAILABLE))?;
    ctx.ret(Scalar::U128(next))
}

/// BCS of the payload, or nothing.
fn entry_function_payload(ctx: &mut dyn NativeContext) -> NativeResult<()> {
    let encoded = match &facts(ctx)?.entry_function {
        Some(payload) => ::bcs::to_bytes(payload).map_err(|_| NativeError::Abort(NOT_AVAILABLE))?,
        None => Vec::new(),
    };
    ctx.charge_bytes(encoded.len() as u64)?;
    ctx.ret_bytes(&encoded)
}
