//! `/v1/rollup`: where blocks stand on their way to DA, and proofs.

use std::sync::Arc;

use da_adapter::{Blob, DataAvailability as _, Namespace};
use move_core_types::{Identifier, ModuleId};
use serde_json::{Value, json};
use storage::{BatchRecord, ExecutedTransaction, LedgerEntry, ReadError};
use types::block::genesis_transaction_hash;
use types::hash::list_path;
use types::{SignedHeader, StateKey};

use super::accounts::{struct_tag, table_key};
use super::error::ApiError;
use super::json::{self, hex0x};
use super::{Answer, Answered, Api, address, blocks::at_height, hash, limit, number, path_number};
use crate::http::Request;

/// Where a block stands.
fn ladder(api: &Api, height: u64) -> Result<(&'static str, Option<BatchRecord>), ApiError> {
    let record = api.storage.batch_of_height(height)?;
    Ok(match &record {
        Some(batch) if batch.finalized => ("final", record),
        Some(batch) if batch.included.is_some() => ("published", record),
        _ => ("confirmed", None),
    })
}

fn da(api: &Api, record: Option<&BatchRecord>) -> Value {
    let published = record.and_then(|record| Some((record, record.included?)));
    published.map_or(Value::Null, |(record, height)| {
        json!({
            "layer": api.status.da_layer,
            "namespace": hex0x(api.status.namespaces.batches),
            "height": height.to_string(),
            "batch": record.number.to_string(),
            "parts": record.parts,
        })
    })
}

/// The same with the commitment of each blob where this node posted them, as the layer's own explorers show it.
fn da_with_commitments(api: &Api, record: Option<&BatchRecord>) -> Result<Value, ApiError> {
    let mut shown = da(api, record);
    if let (Some(fields), Some(record)) = (shown.as_object_mut(), record) {
        fields.insert("commitments".into(), commitments(api, record.number)?.into());
    }
    Ok(shown)
}

/// Commitments of a batch's blobs, in order; of none where this node does not keep them.
fn commitments(api: &Api, batch: u64) -> Result<Vec<Value>, ApiError> {
    let namespace =
        Namespace::new_v0(api.status.namespaces.batches).map_err(|error| ApiError::internal(error.to_string()))?;
    let parts = api.storage.parts(batch)?;
    let shown = parts.into_iter().map(|part| {
        let commitment = api.da.commitment(&Blob::new(namespace, part));
        commitment.map(|found| json!(hex0x(found.0))).map_err(|error| ApiError::internal(error.to_string()))
    });
    shown.collect()
}

fn da_hint(record: Option<&BatchRecord>) -> Value {
    match record {
        Some(BatchRecord { number, included: Some(height), .. }) => {
            json!({ "batch": number.to_string(), "da_height": height.to_string() })
        }
        _ => Value::Null,
    }
}

pub(crate) fn info(api: &Arc<Api>) -> Answered {
    let status = &api.status;
    let parameters = api.handle.parameters();
    let head = api.storage.head().map_or(0, |head| head.header.height);
    let (published, finalized) = (status.published(), status.finalized());
    Ok(Answer::Json(json!({
        "chain_id": api.genesis.chain_id,
        "name": api.genesis.name,
        "role": status.role,
        "sequencer": {
            "address": api.genesis.sequencer_public_key.authentication_key().to_string(),
            "public_key": hex0x(api.genesis.sequencer_public_key.0),
        },
        "heads": { "confirmed": head.to_string(), "published": published.to_string(), "final": finalized.to_string() },
        "da": {
            "layer": status.da_layer,
            "namespace": hex0x(status.namespaces.batches),
            "forced_namespace": hex0x(status.namespaces.forced),
            "read_up_to": status.da_head().to_string(),
            "lag_blocks": head.saturating_sub(published),
            "state": status.liveness(),
        },
        "halted": status.halted(),
        "genesis_hash": hex0x(api.genesis_hash.0),
        "tree": { "hash": "sha-256", "oldest_provable_height": api.storage.kept().oldest_provable_height.to_string() },
        "limits": {
            "max_transaction_bytes": parameters.max_transaction_bytes,
            "batch_max": super::calls::BATCH_MAX,
            "max_gas": parameters.max_gas_amount.to_string(),
            "min_gas_price": parameters.min_gas_price.to_string(),
        },
    })))
}

fn header_json(block: &SignedHeader) -> Value {
    let h = &block.header;
    json!({
        "format": h.format, "genesis_hash": hex0x(h.genesis_hash.0), "height": h.height.to_string(), "parent": hex0x(h.parent.0),
        "timestamp": h.time_us.to_string(), "first_version": h.first_version.to_string(), "count": h.count,
        "da_read": h.da_read.to_string(), "transaction_root": hex0x(h.transaction_root.0),
        "receipt_root": hex0x(h.receipt_root.0), "state_root": hex0x(h.state_root.0), "gas_used": h.gas_used.to_string(),
        "fees": h.fees.to_string(), "sequencer": h.sequencer.to_string(),
    })
}

fn show_block(api: &Api, block: &SignedHeader) -> Result<Value, ApiError> {
    let header = &block.header;
    let (status, record) = ladder(api, header.height)?;
    Ok(json!({
        "header": header_json(block),
        "header_bytes": hex0x(header.to_bytes()),
        "signature": hex0x(block.signature.0),
        "hash": hex0x(header.hash().0),
        "first_version": header.first_version.to_string(),
        "last_version": header.last_version().to_string(),
        "status": status,
        "da": da(api, record.as_ref()),
    }))
}

fn height_of(api: &Api, text: &str) -> Result<u64, ApiError> {
    if text == "latest" {
        return Ok(api.storage.head().map_or(0, |head| head.header.height));
    }
    path_number(text)
}

pub(crate) fn block(api: &Arc<Api>, text: &str) -> Answered {
    show_block(api, &*at_height(api, height_of(api, text)?)?).map(Answer::Json)
}

pub(crate) fn blocks(api: &Arc<Api>, request: &Request) -> Answered {
    let head = api.storage.head().map_or(0, |head| head.header.height);
    let limit = u64::try_from(limit(request, 25, 100)?).unwrap_or(100);
    let from = number(request, "from")?.unwrap_or((head + 1).saturating_sub(limit));
    let shown = (from..=head).take_while(|height| *height < from.saturating_add(limit));
    let all: Result<Vec<Value>, ApiError> = shown.map(|height| show_block(api, &*at_height(api, height)?)).collect();
    all.map(|all| Answer::Json(Value::Array(all)))
}

pub(crate) fn block_status(api: &Arc<Api>, text: &str) -> Answered {
    let block = at_height(api, height_of(api, text)?)?;
    let (status, record) = ladder(api, block.header.height)?;
    Ok(Answer::Json(json!({
        "height": block.header.height.to_string(), "hash": hex0x(block.header.hash().0), "status": status,
        "da": da_with_commitments(api, record.as_ref())?, "verified": true,
    })))
}

pub(crate) fn status(api: &Arc<Api>, text: &str) -> Answered {
    let hash = hash(text)?;
    let Some(transaction) = api.storage.transaction_by_hash(&hash)? else {
        if api.handle.pending(&hash).is_some() {
            return Ok(Answer::Json(json!({
                "hash": hex0x(hash.0), "status": "pending", "version": null, "block_height": null, "confirmed_at": null, "da": null, "verified": false,
            })));
        }
        return Err(ApiError::new(
            404,
            "transaction_not_found",
            format!("Transaction not found by Transaction hash({hash})"),
        ));
    };
    let (height, status, record) = match api.storage.block_of_version(transaction.version) {
        Ok(block) => {
            let (status, record) = ladder(api, block.header.height)?;
            (Some(block.header.height.to_string()), status, record)
        }
        Err(ReadError::Future(..)) => (None, "confirmed", None),
        Err(error) => return Err(error.into()),
    };
    Ok(Answer::Json(json!({
        "hash": hex0x(hash.0), "status": status, "version": transaction.version.to_string(), "block_height": height,
        "confirmed_at": super::transactions::block_facts(api, transaction.version)?.time_us.to_string(),
        "da": da_with_commitments(api, record.as_ref())?, "verified": true,
    })))
}

pub(crate) fn batch(api: &Arc<Api>, text: &str) -> Answered {
    let number = path_number(text)?;
    let record = api.storage.batch(number)?;
    let record = record.ok_or_else(|| ApiError::new(404, "block_not_found", format!("no batch {number} yet")))?;
    let (status, _) = ladder(api, record.last_height)?;
    let parts = api.storage.parts(number)?;
    let height = record.included.map(|height| height.to_string());
    let blobs: Vec<Value> = parts
        .iter()
        .zip(commitments(api, number)?)
        .enumerate()
        .map(|(index, (part, commitment))| {
            json!({ "index": index, "bytes": part.len(), "commitment": commitment, "da_height": height })
        })
        .collect();
    Ok(Answer::Json(json!({
        "number": number.to_string(), "hash": hex0x(record.hash.0), "first_height": record.first_height.to_string(),
        "last_height": record.last_height.to_string(), "blobs": blobs, "status": status,
    })))
}

pub(crate) fn forced(api: &Arc<Api>, request: &Request) -> Answered {
    let from = number(request, "from_da_height")?.unwrap_or(api.genesis.da_start + 1);
    let read = api.storage.head().map_or(0, |head| head.header.da_read);
    let newest = api.storage.last_da_header()?.map_or(0, |(height, _)| height);
    let mut out = Vec::new();
    for height in from..=newest {
        for (index, blob) in api.storage.forced(height)? {
            let counted = types::forced::counts(&blob);
            let bytes = blob.get(types::forced::HEAD_BYTES..).unwrap_or_default();
            let transaction = counted.then(|| types::block::transaction_hash(types::block::KIND_USER, bytes));
            let executed = match &transaction {
                Some(hash) => api.storage.transaction_by_hash(hash)?,
                None => None,
            };
            let included = executed.filter(|t| matches!(t.entry, LedgerEntry::User { forced: true, .. }));
            let block = included.as_ref().and_then(|t| api.storage.block_of_version(t.version).ok());
            let (outcome, reason) = match (&included, counted) {
                (Some(_), _) => ("included", None),
                (None, false) => ("skipped", Some("not a forced transaction")),
                (None, true) if height > read => ("waiting", None),
                (None, true) => ("skipped", Some("not admissible at its place")),
            };
            out.push(json!({
                "da_height": height.to_string(), "index": index, "transaction_hash": transaction.map(|hash| hex0x(hash.0)),
                "outcome": outcome, "block_height": block.map(|block| block.header.height.to_string()), "reason": reason,
            }));
            if out.len() >= 1_000 {
                return Ok(Answer::Json(Value::Array(out)));
            }
        }
    }
    Ok(Answer::Json(Value::Array(out)))
}

fn prove(api: &Arc<Api>, request: &Request, key: &StateKey, described: Value) -> Answered {
    let head = api.storage.head().map_or(0, |head| head.header.height);
    let height = number(request, "height")?.unwrap_or(head);
    at_height(api, height)?;
    let proven = api.storage.prove(height, key)?;
    let (status, record) = ladder(api, height)?;
    let leaf = proven
        .proof
        .leaf
        .as_ref()
        .map(|leaf| json!({ "path": hex0x(leaf.path), "value_hash": hex0x(leaf.value_hash) }));
    let mut key_json = described;
    if let Some(object) = key_json.as_object_mut() {
        object.insert("bytes".into(), json!(hex0x(key.to_bytes())));
        object.insert("path".into(), json!(hex0x(key.path().0)));
    }
    Ok(Answer::Json(json!({
        "height": height.to_string(),
        "state_root": hex0x(proven.block.header.state_root.0),
        "key": key_json,
        "value": proven.value.as_ref().map(hex0x),
        "proof": {
            "kind": if proven.value.is_some() { "inclusion" } else { "exclusion" },
            "leaf": leaf,
            "siblings": proven.proof.siblings.iter().map(hex0x).collect::<Vec<_>>(),
        },
        "block": { "header_bytes": hex0x(proven.block.header.to_bytes()), "signature": hex0x(proven.block.signature.0) },
        "genesis_hash": hex0x(api.genesis_hash.0),
        "da": da_hint(record.as_ref()),
        "status": status,
    })))
}

pub(crate) fn prove_resource(api: &Arc<Api>, request: &Request, who: &str, tag: &str) -> Answered {
    let (who, tag) = (address(who)?, struct_tag(tag)?);
    let described = json!({ "kind": "resource", "address": who.to_string(), "type": tag.to_string() });
    prove(api, request, &StateKey::resource(who, tag), described)
}

pub(crate) fn prove_module(api: &Arc<Api>, request: &Request, who: &str, name: &str) -> Answered {
    let who = address(who)?;
    let name = Identifier::new(name).map_err(|error| ApiError::web(400, error.to_string()))?;
    let described = json!({ "kind": "module", "address": who.to_string(), "name": name.as_str() });
    prove(api, request, &StateKey::module(&ModuleId::new(who, name)), described)
}

pub(crate) fn prove_table_item(api: &Arc<Api>, request: &Request, handle: &str) -> Answered {
    let state = api.latest()?;
    let (key, _) = table_key(api, &state, request, handle)?;
    let described = json!({ "kind": "table_item", "handle": address(handle)?.to_string() });
    prove(api, request, &key, described)
}

/// The bytes whose hash is a transaction's: signed transaction, metadata, or genesis hash.
fn wire_bytes(api: &Api, transaction: &ExecutedTransaction) -> Vec<u8> {
    match &transaction.entry {
        LedgerEntry::Genesis => api.genesis_hash.0.to_vec(),
        LedgerEntry::Metadata(metadata) => types::codec::encode(metadata),
        LedgerEntry::User { bytes, .. } => bytes.clone(),
    }
}

fn transaction_proof(api: &Api, transaction: &ExecutedTransaction) -> Result<Value, ApiError> {
    let block = api.storage.block_of_version(transaction.version).map_err(|error| match error {
        ReadError::Future(..) => ApiError::new(404, "block_not_found", "the transaction's block has no header yet"),
        other => other.into(),
    })?;
    let header = &block.header;
    let count = usize::try_from(header.count).unwrap_or(usize::MAX);
    let all = api.storage.transactions(header.first_version, count)?;
    let index = transaction.version - header.first_version;
    let at = usize::try_from(index).unwrap_or(usize::MAX);
    let hashes: Vec<[u8; 32]> = match header.height {
        0 => vec![genesis_transaction_hash(&api.genesis_hash).0],
        _ => all.iter().map(|t| t.hash.0).collect(),
    };
    let receipts: Vec<[u8; 32]> = all.iter().map(|t| t.receipt.hash().0).collect();
    let path = |leaves: &[[u8; 32]]| -> Vec<String> {
        list_path(leaves, at).unwrap_or_default().iter().map(|hash| hex0x(hash.0)).collect()
    };
    let (_, record) = ladder(api, header.height)?;
    Ok(json!({
        "transaction": hex0x(wire_bytes(api, transaction)),
        "receipt": hex0x(types::codec::encode(&transaction.receipt)),
        "index": index.to_string(),
        "transaction_path": path(&hashes),
        "receipt_path": path(&receipts),
        "block": { "header_bytes": hex0x(header.to_bytes()), "signature": hex0x(block.signature.0) },
        "genesis_hash": hex0x(api.genesis_hash.0),
        "da": da_hint(record.as_ref()),
    }))
}

fn by_hash(api: &Api, text: &str) -> Result<Arc<ExecutedTransaction>, ApiError> {
    let hash = hash(text)?;
    let found = api.storage.transaction_by_hash(&hash)?;
    found.ok_or_else(|| {
        ApiError::new(404, "transaction_not_found", format!("Transaction not found by Transaction hash({hash})"))
    })
}

pub(crate) fn prove_transaction(api: &Arc<Api>, text: &str) -> Answered {
    transaction_proof(api, &*by_hash(api, text)?).map(Answer::Json)
}

pub(crate) fn prove_event(api: &Arc<Api>, text: &str, index: &str) -> Answered {
    let transaction = by_hash(api, text)?;
    let index = path_number(index)?;
    let at = usize::try_from(index).unwrap_or(usize::MAX);
    let Some(event) = transaction.events.get(at) else {
        let count = transaction.events.len();
        return Err(ApiError::invalid_input(format!("event {index} of {text} does not exist, it has {count}")));
    };
    let leaves: Vec<Vec<u8>> = transaction.events.iter().map(types::codec::encode).collect();
    let path = list_path(&leaves, at).unwrap_or_default();
    let mut proof = transaction_proof(api, &transaction)?;
    if let Some(object) = proof.as_object_mut() {
        let shown = json!({
            "bytes": hex0x(types::codec::encode(event)), "index": index.to_string(), "count": leaves.len().to_string(),
            "path": path.iter().map(|hash| json::hex0x(hash.0)).collect::<Vec<_>>(),
        });
        object.insert("event".into(), shown);
    }
    Ok(Answer::Json(proof))
}
