//! Views, simulation, submission, balances: what needs the executor.

use std::sync::Arc;

use move_core_types::{AccountAddress, Identifier, ModuleId, StatusCode, TypeTag};
use sequencer::Refusal;
use serde_json::{Value, json};
use storage::{ExecutedTransaction, StateAt};
use types::authenticator::verify_all;
use types::transaction::{EntryFunction, RawTransaction, SignedTransaction, Transaction, TransactionPayload};
use types::{Discard, Hash};

use super::error::ApiError;
use super::json::transaction::{BlockFacts, committed, pending};
use super::json::{hex0x, signature, value};
use super::{Answer, Answered, Api, address, json_body};
use crate::engine::AtVersion;
use crate::http::{Request, Response};

/// Transactions of one batch submission at most.
pub(crate) const BATCH_MAX: usize = 100;
const SIGNED_BCS: &str = "application/x.aptos.signed_transaction+bcs";
const VIEW_BCS: &str = "application/x.aptos.view_function+bcs";
/// Gas prices that wallets offer, ascending.
const BUCKETS: [u64; 8] = [100, 150, 300, 500, 1_000, 3_000, 5_000, 10_000];

pub(crate) fn estimate_gas_price(api: &Arc<Api>) -> Answered {
    let lowest = api.handle.parameters().min_gas_price;
    let next = BUCKETS.iter().copied().find(|price| *price > lowest).unwrap_or(lowest);
    Ok(Answer::Json(json!({
        "deprioritized_gas_estimate": lowest, "gas_estimate": lowest, "prioritized_gas_estimate": next,
    })))
}

/// Runs work that computes on a thread that may block.
async fn compute<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, ApiError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| ApiError::internal(format!("a computation ended early: {error}")))
}

/// The call of a view request, JSON or BCS.
fn view_call(api: &Api, state: &StateAt, request: &Request) -> Result<EntryFunction, ApiError> {
    match request.content_type().as_str() {
        VIEW_BCS => EntryFunction::view_from_bytes(&request.body)
            .map_err(|error| ApiError::invalid_input(format!("the view request does not decode: {error}"))),
        "application/json" => {
            let body = json_body(request)?;
            call_from_json(api, state, &body)
        }
        other => Err(ApiError::web(415, format!("content type `{other}` is not taken here"))),
    }
}

/// A call written as JSON: `function`, `type_arguments`, `arguments`, converted by the function's signature.
fn call_from_json(api: &Api, state: &StateAt, body: &Value) -> Result<EntryFunction, ApiError> {
    let bad = |message: String| ApiError::invalid_input(message);
    let text = body.get("function").and_then(Value::as_str).ok_or_else(|| bad("`function` is missing".into()))?;
    let parts: Vec<&str> = text.split("::").collect();
    let [who, module, name] = parts.as_slice() else {
        return Err(bad(format!("`{text}` is not of the form ADDRESS::module::function")));
    };
    let who = AccountAddress::from_hex(who).map_err(|error| bad(format!("`{who}` is not an address: {error}")))?;
    let identifier = |text: &str| Identifier::new(text).map_err(|error| bad(error.to_string()));
    let mut call = EntryFunction {
        module: ModuleId::new(who, identifier(module)?),
        function: identifier(name)?,
        type_args: Vec::new(),
        args: Vec::new(),
    };
    for tag in body.get("type_arguments").and_then(Value::as_array).into_iter().flatten() {
        let text = tag.as_str().ok_or_else(|| bad("type arguments are strings".into()))?;
        let tag: TypeTag = text.parse().map_err(|error| bad(format!("`{text}` is not a type: {error}")))?;
        call.type_args.push(tag);
    }
    let modules = api.modules(state);
    let types = super::json::transaction::parameters(&modules, &call)
        .ok_or_else(|| bad(format!("there is no function {text} with these type arguments")))?;
    let empty = Vec::new();
    let given = body.get("arguments").and_then(Value::as_array).unwrap_or(&empty);
    if given.len() != types.len() {
        return Err(bad(format!("{text} takes {} arguments, {} were given", types.len(), given.len())));
    }
    for (index, (tag, argument)) in types.iter().zip(given).enumerate() {
        let bytes =
            value::from_json(&modules, tag, argument).map_err(|error| bad(format!("argument {index}: {error}")))?;
        call.args.push(bytes);
    }
    Ok(call)
}

/// Whether a function carries the view attribute.
fn is_view(api: &Api, state: &StateAt, call: &EntryFunction) -> bool {
    use value::Modules as _;
    let module = api.modules(state).module(&call.module);
    module.is_some_and(|module| {
        move_binary_format::attributes::ModuleAttributes::of(&module).is_view(call.function.as_str())
    })
}

/// A view's results: BCS and type of each, and the gas it used.
async fn run_view(api: &Arc<Api>, state: StateAt, call: EntryFunction) -> Result<executor::ViewAnswer, ApiError> {
    if !is_view(api, &state, &call) {
        return Err(ApiError::invalid_input(format!(
            "{}::{}::{} is not a view function",
            call.module.address, call.module.name, call.function
        )));
    }
    let executor = Arc::clone(&api.executor);
    let time_us = api.ledger_time_us();
    let version = state.version();
    let result = compute(move || executor.view(&AtVersion(state), version, time_us, &call)).await?;
    result.map_err(|error| match error {
        executor::ReadFailure::Vm(error) => {
            ApiError::invalid_input(format!("the view failed: {error}")).with_vm_code(Some(error.status.number()))
        }
        other => ApiError::internal(other.to_string()),
    })
}

pub(crate) async fn view(api: &Arc<Api>, request: &Request) -> Answered {
    let state = api.state(request)?;
    let call = view_call(api, &state, request)?;
    let answer = run_view(api, state.clone(), call).await?;
    let response = if request.wants_bcs() {
        let body = types::codec::encode(&u32::try_from(answer.values.len()).unwrap_or(u32::MAX));
        let mut out = uleb(body.first().copied().unwrap_or(0));
        out.extend(answer.values.concat());
        Response { status: 200, content_type: "application/x-bcs", headers: Vec::new(), body: out }
    } else {
        let modules = api.modules(&state);
        let shown = answer
            .values
            .iter()
            .zip(&answer.types)
            .map(|(bytes, tag)| value::to_json(&modules, tag, bytes).unwrap_or_else(|| json!(hex0x(bytes))));
        Response::json(200, &Value::Array(shown.collect()))
    };
    Ok(Answer::Response(response.with_header("X-Aptos-Gas-Used", answer.gas_used)))
}

/// A count below 128 in ULEB128; functions return far fewer values.
fn uleb(count: u8) -> Vec<u8> {
    vec![count & 0x7f]
}

/// Calls a view of the framework and reads its one u64.
async fn framework_u64(
    api: &Arc<Api>,
    state: StateAt,
    module: &str,
    function: &str,
    type_args: Vec<TypeTag>,
    args: Vec<Vec<u8>>,
) -> Result<u64, ApiError> {
    let name = |text: &str| Identifier::new(text).map_err(|error| ApiError::internal(error.to_string()));
    let call = EntryFunction {
        module: ModuleId::new(AccountAddress::ONE, name(module)?),
        function: name(function)?,
        type_args,
        args,
    };
    let answer = run_view(api, state, call).await?;
    let bytes: Option<[u8; 8]> = answer.values.first().and_then(|bytes| bytes.as_slice().try_into().ok());
    bytes
        .map(u64::from_le_bytes)
        .ok_or_else(|| ApiError::internal(format!("0x1::{module}::{function} did not return a u64")))
}

pub(crate) async fn balance(api: &Arc<Api>, request: &Request, who: &str, asset: &str) -> Answered {
    let who = address(who)?;
    let state = api.state(request)?;
    let owner = who.into_bytes().to_vec();
    let amount = if asset.contains("::") {
        let tag = super::accounts::struct_tag(asset)?;
        framework_u64(api, state, "coin", "balance", vec![TypeTag::from(tag)], vec![owner]).await
    } else {
        let metadata = address(asset)?;
        let tag: TypeTag = "0x1::fungible_asset::Metadata"
            .parse()
            .map_err(|error| ApiError::internal(format!("a type of the framework does not parse: {error}")))?;
        let args = vec![owner, metadata.into_bytes().to_vec()];
        framework_u64(api, state, "primary_fungible_store", "balance", vec![tag], args).await
    };
    // An asset that is not there has no balance.
    let amount = match amount {
        Ok(amount) => amount,
        Err(error) if error.code == "invalid_input" => 0,
        Err(error) => return Err(error),
    };
    Ok(Answer::Json(json!(amount)))
}

/// The API's error for a transaction that the pool did not take.
fn refusal_error(refusal: Refusal) -> ApiError {
    match refusal {
        Refusal::Discard(discard) => ApiError::vm(discard.name(), discard.number()),
        Refusal::PoolFull(_) | Refusal::Stopped => ApiError::new(507, "mempool_is_full", refusal.to_string()),
        Refusal::InvalidUpdate { .. } => ApiError::new(400, "invalid_transaction_update", refusal.to_string()),
    }
}

/// Decodes signed bytes with the API's errors.
fn decode(api: &Api, bytes: &[u8]) -> Result<Transaction, ApiError> {
    let most = api.handle.parameters().max_transaction_bytes;
    if bytes.len() as u64 > most {
        let discard = Discard::ExceededMaxTransactionSize;
        return Err(ApiError::vm(discard.name(), discard.number()));
    }
    Transaction::decode(bytes).map_err(|error| match error {
        types::DecodeError::Invalid(text) if text == types::authenticator::UNSUPPORTED_KIND => {
            ApiError::vm(Discard::FeatureUnderGating.name(), Discard::FeatureUnderGating.number())
        }
        other => ApiError::invalid_input(format!("the signed transaction does not decode: {other}")),
    })
}

fn u64_field(body: &Value, name: &str) -> Result<u64, ApiError> {
    let text = body.get(name).and_then(Value::as_str);
    text.and_then(|text| text.parse().ok())
        .ok_or_else(|| ApiError::invalid_input(format!("`{name}` must be a decimal string")))
}

/// The unsigned part of a JSON submission.
fn raw_from_json(api: &Api, body: &Value) -> Result<RawTransaction, ApiError> {
    let sender =
        body.get("sender").and_then(Value::as_str).ok_or_else(|| ApiError::invalid_input("`sender` is missing"))?;
    let sender =
        AccountAddress::from_hex(sender).map_err(|error| ApiError::invalid_input(format!("`sender`: {error}")))?;
    if body.get("replay_protection_nonce").is_some_and(|nonce| !nonce.is_null()) {
        return Err(ApiError::invalid_input("orderless transactions are not supported by this version"));
    }
    let payload = body.get("payload").ok_or_else(|| ApiError::invalid_input("`payload` is missing"))?;
    let state = api.latest()?;
    let payload = match payload.get("type").and_then(Value::as_str) {
        Some("entry_function_payload") => TransactionPayload::EntryFunction(call_from_json(api, &state, payload)?),
        Some("script_payload") => {
            return Err(ApiError::invalid_input("scripts are taken in BCS only: their arguments have no ABI"));
        }
        other => return Err(ApiError::invalid_input(format!("payload type {other:?} is not supported"))),
    };
    Ok(RawTransaction {
        sender,
        sequence_number: u64_field(body, "sequence_number")?,
        payload,
        max_gas_amount: u64_field(body, "max_gas_amount")?,
        gas_unit_price: u64_field(body, "gas_unit_price")?,
        expiration_timestamp_secs: u64_field(body, "expiration_timestamp_secs")?,
        chain_id: api.genesis.chain_id,
    })
}

fn signed_from_json(api: &Api, body: &Value) -> Result<Transaction, ApiError> {
    let raw = raw_from_json(api, body)?;
    let signature = body.get("signature").ok_or_else(|| ApiError::invalid_input("`signature` is missing"))?;
    let authenticator = signature::from_json(signature).map_err(ApiError::invalid_input)?;
    Ok(Transaction::new(SignedTransaction { raw, authenticator }))
}

/// Checks signatures off the async threads and hands what is good to the driver. One verdict each, in order.
async fn take(api: &Arc<Api>, transactions: Vec<Transaction>) -> Result<Vec<Result<(), ApiError>>, ApiError> {
    let (transactions, signatures) = compute(move || {
        let signed: Vec<&SignedTransaction> = transactions.iter().map(Transaction::signed).collect();
        let verdicts = verify_all(&signed);
        (transactions, verdicts)
    })
    .await?;
    let mut verdicts: Vec<Result<(), ApiError>> = signatures
        .into_iter()
        .map(|verdict| verdict.map_err(|discard| ApiError::vm(discard.name(), discard.number())))
        .collect();
    let good: Vec<Transaction> =
        transactions.iter().zip(&verdicts).filter(|(_, verdict)| verdict.is_ok()).map(|(t, _)| t.clone()).collect();
    if good.is_empty() {
        return Ok(verdicts);
    }
    let Some(taken) = api.handle.submit(good).await else {
        return Err(ApiError::new(507, "mempool_is_full", "this node does not take transactions now"));
    };
    let mut taken = taken.into_iter();
    for verdict in verdicts.iter_mut().filter(|verdict| verdict.is_ok()) {
        if let Some(Err(refusal)) = taken.next() {
            *verdict = Err(refusal_error(refusal));
        }
    }
    Ok(verdicts)
}

pub(crate) async fn submit(api: &Arc<Api>, request: &Request) -> Answered {
    let transaction = match request.content_type().as_str() {
        SIGNED_BCS => decode(api, &request.body)?,
        "application/json" => signed_from_json(api, &json_body(request)?)?,
        other => return Err(ApiError::web(415, format!("content type `{other}` is not taken here"))),
    };
    for verdict in take(api, vec![transaction.clone()]).await? {
        verdict?;
    }
    let state = api.latest()?;
    Ok(Answer::Response(Response::json(202, &pending(&api.modules(&state), transaction.signed(), &transaction.hash()))))
}

pub(crate) async fn submit_batch(api: &Arc<Api>, request: &Request) -> Answered {
    let decoded: Vec<Result<Transaction, ApiError>> = match request.content_type().as_str() {
        SIGNED_BCS => split_batch(&request.body)?.into_iter().map(Ok).collect(),
        "application/json" => {
            let body = json_body(request)?;
            let items = body.as_array().ok_or_else(|| ApiError::invalid_input("a batch is an array"))?;
            items.iter().take(BATCH_MAX + 1).map(|item| signed_from_json(api, item)).collect()
        }
        other => return Err(ApiError::web(415, format!("content type `{other}` is not taken here"))),
    };
    if decoded.len() > BATCH_MAX {
        return Err(ApiError::invalid_input(format!("a batch has at most {BATCH_MAX} transactions")));
    }
    let good: Vec<Transaction> = decoded.iter().filter_map(|item| item.as_ref().ok()).cloned().collect();
    let mut taken = take(api, good).await?.into_iter();
    let mut failures = Vec::new();
    for (index, item) in decoded.into_iter().enumerate() {
        let verdict = match item {
            Ok(_) => taken.next().unwrap_or(Ok(())),
            Err(error) => Err(error),
        };
        if let Err(error) = verdict {
            failures.push(json!({ "error": error.to_json(), "transaction_index": index }));
        }
    }
    let status = if failures.is_empty() { 202 } else { 206 };
    Ok(Answer::Response(Response::json(status, &json!({ "transaction_failures": failures }))))
}

/// A BCS vector of signed transactions.
fn split_batch(bytes: &[u8]) -> Result<Vec<Transaction>, ApiError> {
    let all: Vec<SignedTransaction> = types::codec::decode_limited(bytes, types::codec::TRANSACTION_DEPTH_MAX + 1)
        .map_err(|error| ApiError::invalid_input(format!("the batch does not decode: {error}")))?;
    Ok(all.into_iter().map(Transaction::new).collect())
}

pub(crate) fn encode_submission(api: &Arc<Api>, request: &Request) -> Answered {
    let body = json_body(request)?;
    let raw = raw_from_json(api, &body)?;
    let message = match body.get("secondary_signers").and_then(Value::as_array) {
        None => raw.signing_message(),
        Some(list) => {
            let addresses: Vec<AccountAddress> =
                list.iter().map(|item| address(item.as_str().unwrap_or_default())).collect::<Result<_, _>>()?;
            raw.multi_agent_message(&addresses)
        }
    };
    Ok(Answer::Json(json!(hex0x(message))))
}

fn flag(request: &Request, name: &str) -> bool {
    request.query.get(name).is_some_and(|value| value == "true")
}

/// Fills in price and limit where the client asked for estimates.
fn estimate(
    api: &Api,
    state: &StateAt,
    request: &Request,
    raw: &mut RawTransaction,
    payer: AccountAddress,
) -> Result<(), ApiError> {
    let parameters = api.handle.parameters();
    if flag(request, "estimate_prioritized_gas_unit_price") {
        raw.gas_unit_price =
            BUCKETS.iter().copied().find(|price| *price > parameters.min_gas_price).unwrap_or(parameters.min_gas_price);
    } else if flag(request, "estimate_gas_unit_price") {
        raw.gas_unit_price = parameters.min_gas_price;
    }
    if flag(request, "estimate_max_gas_amount") {
        let reader = AtVersion(state.clone());
        let balance = executor::balance(&reader, &payer).map_err(|error| ApiError::internal(error.to_string()))?;
        let affordable = match raw.gas_unit_price {
            0 => balance,
            price => balance / u128::from(price),
        };
        let affordable = u64::try_from(affordable).unwrap_or(u64::MAX);
        raw.max_gas_amount = if payer == AccountAddress::ZERO {
            parameters.max_gas_amount
        } else {
            parameters.max_gas_amount.min(affordable)
        };
    }
    Ok(())
}

pub(crate) async fn simulate(api: &Arc<Api>, request: &Request) -> Answered {
    let transaction = match request.content_type().as_str() {
        SIGNED_BCS => decode(api, &request.body)?,
        "application/json" => signed_from_json(api, &json_body(request)?)?,
        other => return Err(ApiError::web(415, format!("content type `{other}` is not taken here"))),
    };
    let signed = transaction.signed().clone();
    if verify_all(&[&signed]).iter().all(Result::is_ok) {
        return Err(ApiError::invalid_input(
            "a transaction with a valid signature is not simulated: anyone could replay it",
        ));
    }
    let state = api.latest()?;
    let mut altered = signed;
    let payer = altered.payer();
    estimate(api, &state, request, &mut altered.raw, payer)?;
    let transaction = Transaction::new(altered);
    let executor = Arc::clone(&api.executor);
    let (version, time_us) = (state.version(), api.ledger_time_us());
    let (reader, subject) = (AtVersion(state.clone()), transaction.clone());
    let result = compute(move || executor.simulate(&reader, version, time_us, &subject)).await?;
    let result = result.map_err(|error| ApiError::internal(error.to_string()))?;
    let shown = simulated(api, &state, &transaction, result, time_us);
    let gas_used = shown.get("gas_used").and_then(Value::as_str).unwrap_or("0").to_string();
    Ok(Answer::Response(Response::json(200, &json!([shown])).with_header("X-Aptos-Gas-Used", gas_used)))
}

fn simulated(
    api: &Api,
    state: &StateAt,
    transaction: &Transaction,
    result: Result<executor::Executed, executor::Refused>,
    time_us: u64,
) -> Value {
    let refused = match &result {
        Ok(_) => None,
        Err(refused) => Some(refused.reason.name()),
    };
    let (receipt, write_set, events, detail) = match result {
        Ok(done) => (done.receipt, done.write_set, done.events, types::codec::encode(&done.detail)),
        Err(refused) => {
            let status = types::Status::Error { status_code: refused.reason.number() };
            let receipt = types::Receipt {
                transaction_hash: transaction.hash(),
                status,
                gas_used: 0,
                fee: 0,
                write_set_hash: Hash::ZERO,
                event_root: Hash::EMPTY_LIST,
            };
            (receipt, types::WriteSet::default(), Vec::new(), Vec::new())
        }
    };
    let entry = storage::LedgerEntry::User {
        bytes: transaction.bytes().to_vec(),
        sender: transaction.raw().sender,
        sequence_number: Some(transaction.raw().sequence_number),
        forced: false,
    };
    let executed = ExecutedTransaction {
        version: state.version(),
        hash: transaction.hash(),
        entry,
        receipt,
        write_set,
        events,
        detail,
    };
    let facts = BlockFacts { time_us, hash: None, state_root: None };
    let mut shown = committed(&api.modules(state), &executed, &facts);
    if let Some(object) = shown.as_object_mut() {
        for name in ["state_change_hash", "event_root_hash", "accumulator_root_hash"] {
            object.insert(name.into(), json!(hex0x([0; 32])));
        }
        if let Some(name) = refused {
            object.insert("vm_status".into(), json!(name));
        }
    }
    shown
}

/// The public name of a status by number.
pub(crate) fn status_name(number: u64) -> String {
    StatusCode::from_number(number).name().to_string()
}
