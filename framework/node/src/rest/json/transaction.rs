//! Transactions, their changes and events in JSON.

use move_binary_format::abi::ModuleAbi;
use move_core_types::{AccountAddress, StructTag, TypeTag};
use serde_json::{Map, Value, json};
use storage::{ExecutedTransaction, LedgerEntry};
use types::transaction::{EntryFunction, ExecutableRef, Script, SignedTransaction, TransactionArgument};
use types::{Event, Op, StateKey};

use super::value::{self, Modules};
use super::{hex0x, signature};

/// What a transaction's JSON needs beside the transaction: facts of its block.
#[derive(Debug, Clone)]
pub(crate) struct BlockFacts {
    /// Unix microseconds of the block.
    pub(crate) time_us: u64,
    /// Header hash; `None` while the block has no header.
    pub(crate) hash: Option<types::Hash>,
    /// State root, where the transaction is the last of a block with a header.
    pub(crate) state_root: Option<types::Hash>,
}

fn hash(hash: &types::Hash) -> String {
    hex0x(hash.0)
}

/// A committed transaction of any kind.
pub(crate) fn committed(modules: &dyn Modules, transaction: &ExecutedTransaction, block: &BlockFacts) -> Value {
    let receipt = &transaction.receipt;
    let mut out = Map::new();
    out.insert("version".into(), json!(transaction.version.to_string()));
    out.insert("hash".into(), json!(hash(&transaction.hash)));
    out.insert("state_change_hash".into(), json!(hash(&receipt.write_set_hash)));
    out.insert("event_root_hash".into(), json!(hash(&receipt.event_root)));
    out.insert("state_checkpoint_hash".into(), block.state_root.as_ref().map_or(Value::Null, |root| json!(hash(root))));
    out.insert("gas_used".into(), json!(receipt.gas_used.to_string()));
    out.insert("success".into(), json!(receipt.status.is_success()));
    let status = super::status::vm_status(modules, &receipt.status, &transaction.detail);
    out.insert("vm_status".into(), json!(status));
    if let Some(message) = super::status::vm_message(&receipt.status, &transaction.detail) {
        out.insert("vm_message".into(), json!(message));
    }
    out.insert("accumulator_root_hash".into(), json!(hash(&receipt.hash())));
    let changes: Vec<Value> = transaction.write_set.iter().map(|(key, op)| change(modules, key, op)).collect();
    out.insert("changes".into(), Value::Array(changes));
    out.insert("events".into(), transaction.events.iter().map(|e| event(modules, e)).collect());
    match &transaction.entry {
        LedgerEntry::Genesis => {
            out.insert("type".into(), json!("genesis_transaction"));
            let write_set = json!({ "type": "direct_write_set", "changes": [], "events": [] });
            out.insert("payload".into(), json!({ "type": "write_set_payload", "write_set": write_set }));
        }
        LedgerEntry::Metadata(metadata) => {
            out.insert("type".into(), json!("block_metadata_transaction"));
            out.insert("id".into(), json!(hash(&block.hash.unwrap_or(types::Hash::ZERO))));
            out.insert("epoch".into(), json!("1"));
            out.insert("round".into(), json!(metadata.height.to_string()));
            out.insert("previous_block_votes_bitvec".into(), json!([]));
            out.insert("proposer".into(), json!(metadata.proposer.to_string()));
            out.insert("failed_proposer_indices".into(), json!([]));
            out.insert("timestamp".into(), json!(metadata.time_us.to_string()));
        }
        LedgerEntry::User { bytes, .. } => {
            out.insert("type".into(), json!("user_transaction"));
            if let Ok(signed) = SignedTransaction::from_bytes(bytes) {
                request(modules, &signed, &mut out);
            }
            out.insert("timestamp".into(), json!(block.time_us.to_string()));
        }
    }
    Value::Object(out)
}

/// A transaction that waits.
pub(crate) fn pending(modules: &dyn Modules, signed: &SignedTransaction, transaction_hash: &types::Hash) -> Value {
    let mut out = Map::new();
    out.insert("type".into(), json!("pending_transaction"));
    out.insert("hash".into(), json!(hash(transaction_hash)));
    request(modules, signed, &mut out);
    Value::Object(out)
}

fn request(modules: &dyn Modules, signed: &SignedTransaction, out: &mut Map<String, Value>) {
    let raw = &signed.raw;
    out.insert("sender".into(), json!(raw.sender.to_string()));
    out.insert("sequence_number".into(), json!(raw.sequence_number.to_string()));
    out.insert("max_gas_amount".into(), json!(raw.max_gas_amount.to_string()));
    out.insert("gas_unit_price".into(), json!(raw.gas_unit_price.to_string()));
    out.insert("expiration_timestamp_secs".into(), json!(raw.expiration_timestamp_secs.to_string()));
    let nonce = raw.payload.nonce().map_or(Value::Null, |nonce| json!(nonce.to_string()));
    out.insert("replay_protection_nonce".into(), nonce);
    let inner = match raw.payload.executable() {
        ExecutableRef::EntryFunction(call) => Some(entry_function(modules, call)),
        ExecutableRef::Script(code) => Some(script(code)),
        ExecutableRef::Empty => None,
    };
    let payload = match raw.payload.multisig_address() {
        None => inner.unwrap_or(Value::Null),
        Some(address) => {
            json!({ "type": "multisig_payload", "multisig_address": address.to_string(), "transaction_payload": inner })
        }
    };
    out.insert("payload".into(), payload);
    out.insert("signature".into(), signature::to_json(&signed.authenticator));
}

fn texts(tags: &[TypeTag]) -> Vec<String> {
    tags.iter().map(ToString::to_string).collect()
}

/// Parameter types of a function without its leading signers, type arguments filled in.
pub(crate) fn parameters(modules: &dyn Modules, call: &EntryFunction) -> Option<Vec<TypeTag>> {
    use move_binary_format::file_format::SignatureToken as T;
    let module = modules.module(&call.module)?;
    let def = module.function_defs.iter().find(|def| {
        let handle = module.function_handle(def.handle);
        handle.and_then(|handle| module.identifier(handle.name)).is_some_and(|name| *name == call.function)
    })?;
    let signature = module.signature(module.function_handle(def.handle)?.parameters)?;
    let is_signer = |token: &&T| match token {
        T::Signer => true,
        T::Reference(inner) => **inner == T::Signer,
        _ => false,
    };
    signature
        .0
        .iter()
        .skip_while(is_signer)
        .map(|token| value::parameter_type(&module, token, &call.type_args))
        .collect()
}

fn entry_function(modules: &dyn Modules, call: &EntryFunction) -> Value {
    let types = parameters(modules, call).filter(|types| types.len() == call.args.len());
    let shown = |(index, bytes): (usize, &Vec<u8>)| {
        let tag = types.as_ref().and_then(|types| types.get(index));
        tag.and_then(|tag| value::to_json(modules, tag, bytes)).unwrap_or_else(|| json!(hex0x(bytes)))
    };
    json!({
        "type": "entry_function_payload",
        "function": format!("{}::{}::{}", call.module.address, call.module.name, call.function),
        "type_arguments": texts(&call.type_args),
        "arguments": call.args.iter().enumerate().map(shown).collect::<Vec<_>>(),
    })
}

fn script(script: &Script) -> Value {
    let argument = |argument: &TransactionArgument| match argument {
        TransactionArgument::U8(n) => json!(n),
        TransactionArgument::U16(n) => json!(n),
        TransactionArgument::U32(n) => json!(n),
        TransactionArgument::U64(n) => json!(n.to_string()),
        TransactionArgument::U128(n) => json!(n.to_string()),
        TransactionArgument::U256(n) => json!(n.to_string()),
        TransactionArgument::I8(n) => json!(n),
        TransactionArgument::I16(n) => json!(n),
        TransactionArgument::I32(n) => json!(n),
        TransactionArgument::I64(n) => json!(n.to_string()),
        TransactionArgument::I128(n) => json!(n.to_string()),
        TransactionArgument::I256(n) => json!(n.to_string()),
        TransactionArgument::Bool(flag) => json!(flag),
        TransactionArgument::Address(address) => json!(address.to_string()),
        TransactionArgument::U8Vector(bytes) | TransactionArgument::Serialized(bytes) => json!(hex0x(bytes)),
    };
    json!({
        "type": "script_payload",
        "code": { "bytecode": hex0x(&script.code), "abi": null },
        "type_arguments": texts(&script.type_args),
        "arguments": script.args.iter().map(argument).collect::<Vec<_>>(),
    })
}

/// A resource as the API shows it; data that cannot be decoded is shown as hex.
pub(crate) fn resource(modules: &dyn Modules, tag: &StructTag, bytes: &[u8]) -> Value {
    let data = value::to_json(modules, &TypeTag::from(tag.clone()), bytes).unwrap_or_else(|| json!(hex0x(bytes)));
    json!({ "type": tag.to_string(), "data": data })
}

/// A module as the API shows it: the bytes, and the ABI if one can be built.
pub(crate) fn module(bytes: &[u8]) -> Value {
    let parsed = super::super::modules::parse(bytes);
    let abi = parsed.as_ref().and_then(ModuleAbi::of);
    json!({ "bytecode": hex0x(bytes), "abi": abi })
}

fn change(modules: &dyn Modules, key: &StateKey, op: &Op) -> Value {
    let path = hash(&key.path());
    let written = op.value();
    match key {
        StateKey::Resource { address, tag } => match written {
            Some(bytes) => json!({
                "type": "write_resource", "address": address.to_string(), "state_key_hash": path,
                "data": resource(modules, tag, bytes),
            }),
            None => json!({
                "type": "delete_resource", "address": address.to_string(), "state_key_hash": path, "resource": tag.to_string(),
            }),
        },
        StateKey::Module { address, name } => match written {
            Some(bytes) => json!({
                "type": "write_module", "address": address.to_string(), "state_key_hash": path, "data": module(bytes),
            }),
            None => json!({
                "type": "delete_module", "address": address.to_string(), "state_key_hash": path,
                "module": format!("{address}::{name}"),
            }),
        },
        StateKey::TableItem { handle, key } => match written {
            Some(bytes) => json!({
                "type": "write_table_item", "state_key_hash": path, "handle": handle.to_string(), "key": hex0x(key),
                "value": hex0x(bytes), "data": null,
            }),
            None => json!({
                "type": "delete_table_item", "state_key_hash": path, "handle": handle.to_string(), "key": hex0x(key),
                "data": null,
            }),
        },
        StateKey::Reserved(never) => match *never {},
    }
}

/// An event; module events carry zeros for their stream.
pub(crate) fn event(modules: &dyn Modules, event: &Event) -> Value {
    let data = value::to_json(modules, event.tag(), event.data()).unwrap_or_else(|| json!(hex0x(event.data())));
    let (creation_number, account, sequence_number) = match event {
        Event::Handle { creation_number, account, sequence_number, .. } => {
            (*creation_number, *account, *sequence_number)
        }
        Event::Module { .. } => (0, AccountAddress::ZERO, 0),
    };
    json!({
        "guid": { "creation_number": creation_number.to_string(), "account_address": account.to_string() },
        "sequence_number": sequence_number.to_string(),
        "type": event.tag().to_string(),
        "data": data,
    })
}
