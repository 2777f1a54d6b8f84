//! Building, signing and sending transactions.

use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, anyhow, bail};
use move_core_types::{AccountAddress, TypeTag};
use serde_json::Value;
use types::transaction::{EntryFunction, RawTransaction, SignedTransaction, Transaction, TransactionPayload};
use types::{SigningKey, TransactionAuthenticator};

use crate::client::Client;

/// Content type of signed transactions.
pub(crate) const BCS: &str = "application/x.aptos.signed_transaction+bcs";

/// What a sender may choose.
#[derive(Debug, Clone, Copy)]
pub(crate) struct GasOptions {
    pub(crate) max_gas_amount: u64,
    pub(crate) gas_unit_price: u64,
}

impl Default for GasOptions {
    fn default() -> Self {
        Self { max_gas_amount: 200_000, gas_unit_price: 100 }
    }
}

/// A field of an answer that is a decimal string.
pub(crate) fn number(value: &Value, field: &str) -> Result<u64> {
    let found = value.get(field).with_context(|| format!("the node's answer has no `{field}`"))?;
    match found {
        Value::Number(number) => number.as_u64().context("a number is out of range"),
        Value::String(text) => text.parse().with_context(|| format!("`{field}` is not a number: {text}")),
        _ => bail!("`{field}` is not a number: {found}"),
    }
}

pub(crate) fn now_secs() -> Result<u64> {
    Ok(SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs())
}

/// The account's next sequence number.
pub(crate) fn sequence_number(client: &Client, address: AccountAddress) -> Result<u64> {
    number(&client.get(&format!("/v1/accounts/{address}"))?, "sequence_number")
}

pub(crate) fn chain_id(client: &Client) -> Result<u8> {
    Ok(u8::try_from(number(&client.get("/v1")?, "chain_id")?)?)
}

/// Signs a call with the key of its sender.
pub(crate) fn sign(
    key: &SigningKey,
    sequence_number: u64,
    chain_id: u8,
    call: EntryFunction,
    gas: GasOptions,
) -> Result<Transaction> {
    let raw = RawTransaction {
        sender: key.address(),
        sequence_number,
        payload: TransactionPayload::EntryFunction(call),
        max_gas_amount: gas.max_gas_amount,
        gas_unit_price: gas.gas_unit_price,
        expiration_timestamp_secs: now_secs()? + 600,
        chain_id,
    };
    let signature = key.sign(&raw.signing_message());
    let authenticator = TransactionAuthenticator::Ed25519 { public_key: key.public_key(), signature };
    Ok(Transaction::new(SignedTransaction { raw, authenticator }))
}

/// Sends a call and waits for its outcome; a failed one is an error that says why.
pub(crate) fn send(client: &Client, key: &SigningKey, call: EntryFunction, gas: GasOptions) -> Result<Value> {
    let number = sequence_number(client, key.address())?;
    let transaction = sign(key, number, chain_id(client)?, call, gas)?;
    client.post_bytes("/v1/transactions", BCS, transaction.bytes())?;
    let outcome = client.wait(&format!("0x{}", transaction.hash().to_hex()), 30)?;
    if outcome.get("success") == Some(&Value::Bool(true)) {
        Ok(outcome)
    } else {
        let why = outcome.get("vm_status").and_then(Value::as_str).unwrap_or("unknown status");
        let why = match outcome.get("vm_message").and_then(Value::as_str) {
            Some(message) => format!("{why}: {message}"),
            None => why.to_string(),
        };
        Err(anyhow!("transaction {} failed: {why}", transaction.hash()))
    }
}

/// `ADDR::module::function` in its three parts.
pub(crate) fn function_id(text: &str) -> Result<(AccountAddress, String, String)> {
    let parts: Vec<&str> = text.split("::").collect();
    let [address, module, function] = parts.as_slice() else {
        bail!("`{text}` is not of the form ADDR::module::function");
    };
    let address =
        AccountAddress::from_hex(address).map_err(|error| anyhow!("`{address}` is not an address: {error}"))?;
    Ok((address, (*module).to_string(), (*function).to_string()))
}

/// A call with its arguments converted by the function's ABI, which is fetched from the node.
pub(crate) fn call(client: &Client, function: &str, type_args: &[String], args: &[String]) -> Result<EntryFunction> {
    let (address, module, name) = function_id(function)?;
    let Some(found) = client.find(&format!("/v1/accounts/{address}/module/{module}"))? else {
        bail!("there is no module {address}::{module} on this chain; deploy it with `tenor deploy`");
    };
    let functions = found.pointer("/abi/exposed_functions").and_then(Value::as_array).cloned().unwrap_or_default();
    let named = |function: &&Value| function.get("name").and_then(Value::as_str) == Some(name.as_str());
    let Some(abi) = functions.iter().find(named) else {
        let names: Vec<&str> = functions.iter().filter_map(|f| f.get("name")?.as_str()).collect();
        let nearest = names.iter().min_by_key(|other| node::config::distance(&name, other));
        let hint = nearest.map(|nearest| format!(", did you mean `{nearest}`?")).unwrap_or_default();
        bail!("{address}::{module} has no function `{name}`{hint}");
    };
    let type_args: Vec<TypeTag> = type_args
        .iter()
        .map(|text| text.parse().map_err(|error| anyhow!("`{text}` is not a type: {error}")))
        .collect::<Result<_>>()?;
    let params: Vec<&str> =
        abi.get("params").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
    let params: Vec<&str> = params.into_iter().skip_while(|param| matches!(*param, "signer" | "&signer")).collect();
    if params.len() != args.len() {
        bail!("{function} takes {} arguments ({}), {} were given", params.len(), params.join(", "), args.len());
    }
    let encoded = params.iter().zip(args).map(|(param, arg)| {
        let tag = parameter(param, &type_args)?;
        crate::args::encode(&tag, arg)
    });
    Ok(EntryFunction {
        module: move_core_types::ModuleId::new(address, module.as_str().try_into()?),
        function: name.as_str().try_into()?,
        args: encoded.collect::<Result<_>>()?,
        type_args,
    })
}

/// The type of a parameter as the ABI writes it, `T0` and so on replaced.
fn parameter(text: &str, type_args: &[TypeTag]) -> Result<TypeTag> {
    let mut text = text.trim_start_matches("&mut ").trim_start_matches('&').to_string();
    for (index, tag) in type_args.iter().enumerate().rev() {
        text = replace_word(&text, &format!("T{index}"), &tag.to_string());
    }
    text.parse().map_err(|error| anyhow!("the parameter type `{text}` cannot be given on the command line: {error}"))
}

fn replace_word(text: &str, word: &str, with: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    let is_word = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
    while let Some(at) = rest.find(word) {
        let (before, after) = (&rest[..at], &rest[at + word.len()..]);
        out.push_str(before);
        let whole = !before.ends_with(is_word) && !after.starts_with(is_word);
        out.push_str(if whole { with } else { word });
        rest = after;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn type_parameters_in_an_abi_are_replaced_as_whole_words() {
        let args: Vec<TypeTag> = vec!["u64".parse().unwrap(), "0x1::m::T0x".parse().unwrap()];
        assert_eq!(parameter("vector<T0>", &args).unwrap().to_string(), "vector<u64>");
        assert_eq!(
            parameter("0x1::object::Object<T1>", &args).unwrap().to_string(),
            "0x1::object::Object<0x1::m::T0x>"
        );
        assert!(parameter("T2", &args).is_err());
    }

    #[test]
    fn function_names_have_three_parts() {
        assert!(function_id("0x1::coin::transfer").is_ok());
        for text in ["coin::transfer", "0x1::coin", "0xzz::a::b", "0x1::a::b::c"] {
            assert!(function_id(text).is_err(), "{text}");
        }
    }
}
