//! Authenticators in JSON, both ways.

use move_core_types::AccountAddress;
use serde_json::{Map, Value, json};
use types::authenticator::{
    AccountAuthenticator, AnyPublicKey, AnySignature, MultiEd25519Key, MultiEd25519Signature, MultiKey,
    MultiKeySignature, TransactionAuthenticator,
};
use types::crypto::{PublicKey, Signature};

use super::{from_hex, hex0x};

fn any_key(key: &AnyPublicKey) -> Value {
    match key {
        AnyPublicKey::Ed25519(key) => json!({ "type": "ed25519", "value": hex0x(key.0) }),
        AnyPublicKey::Secp256k1(key) => json!({ "type": "secp256k1_ecdsa", "value": hex0x(key) }),
        AnyPublicKey::Secp256r1(never)
        | AnyPublicKey::Keyless(never)
        | AnyPublicKey::FederatedKeyless(never)
        | AnyPublicKey::SlhDsa(never) => match *never {},
    }
}

fn any_signature(signature: &AnySignature) -> Value {
    match signature {
        AnySignature::Ed25519(signature) => json!({ "type": "ed25519", "value": hex0x(signature.0) }),
        AnySignature::Secp256k1(signature) => json!({ "type": "secp256k1_ecdsa", "value": hex0x(signature) }),
        AnySignature::WebAuthn(never) | AnySignature::Keyless(never) | AnySignature::SlhDsa(never) => match *never {},
    }
}

/// Indices of the bits set, the first signer being the most significant bit of byte 0.
fn set_bits(bitmap: &[u8]) -> Vec<usize> {
    (0..bitmap.len() * 8).filter(|i| bitmap.get(i / 8).is_some_and(|byte| byte & (0x80 >> (i % 8)) != 0)).collect()
}

fn multi_ed25519(key: &MultiEd25519Key, signature: &MultiEd25519Signature) -> Value {
    let bytes = signature.to_bytes();
    let (signatures, bitmap) = bytes.split_at(bytes.len().saturating_sub(4));
    json!({
        "type": "multi_ed25519_signature",
        "public_keys": key.keys().iter().map(|key| hex0x(key.0)).collect::<Vec<_>>(),
        "signatures": signatures.chunks(64).map(hex0x).collect::<Vec<_>>(),
        "threshold": key.threshold(),
        "bitmap": hex0x(bitmap),
    })
}

/// An account signature as it stands inside multi-agent and fee-payer signatures.
fn account(authenticator: &AccountAuthenticator) -> Value {
    match authenticator {
        AccountAuthenticator::Ed25519 { public_key, signature } => json!({
            "type": "ed25519_signature", "public_key": hex0x(public_key.0), "signature": hex0x(signature.0),
        }),
        AccountAuthenticator::MultiEd25519 { public_key, signature } => multi_ed25519(public_key, signature),
        AccountAuthenticator::SingleKey { public_key, signature } => json!({
            "type": "single_key_signature", "public_key": any_key(public_key), "signature": any_signature(signature),
        }),
        AccountAuthenticator::MultiKey { public_keys, signatures } => json!({
            "type": "multi_key_signature",
            "public_keys": public_keys.keys().iter().map(any_key).collect::<Vec<_>>(),
            "signatures": set_bits(signatures.bitmap()).into_iter().zip(signatures.signatures())
                .map(|(index, signature)| json!({ "index": index, "signature": any_signature(signature) })).collect::<Vec<_>>(),
            "signatures_required": public_keys.required(),
        }),
        AccountAuthenticator::NoAccountAuthenticator => json!({ "type": "no_account_signature" }),
        AccountAuthenticator::Abstraction(never) => match *never {},
    }
}

/// The `signature` of a transaction.
pub(crate) fn to_json(authenticator: &TransactionAuthenticator) -> Value {
    match authenticator {
        TransactionAuthenticator::Ed25519 { public_key, signature } => json!({
            "type": "ed25519_signature", "public_key": hex0x(public_key.0), "signature": hex0x(signature.0),
        }),
        TransactionAuthenticator::MultiEd25519 { public_key, signature } => multi_ed25519(public_key, signature),
        TransactionAuthenticator::MultiAgent { sender, secondary_addresses, secondary } => json!({
            "type": "multi_agent_signature",
            "sender": account(sender),
            "secondary_signer_addresses": secondary_addresses.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "secondary_signers": secondary.iter().map(account).collect::<Vec<_>>(),
        }),
        TransactionAuthenticator::FeePayer { sender, secondary_addresses, secondary, fee_payer_address, fee_payer } => {
            json!({
                "type": "fee_payer_signature",
                "sender": account(sender),
                "secondary_signer_addresses": secondary_addresses.iter().map(ToString::to_string).collect::<Vec<_>>(),
                "secondary_signers": secondary.iter().map(account).collect::<Vec<_>>(),
                "fee_payer_address": fee_payer_address.to_string(),
                "fee_payer_signer": account(fee_payer),
            })
        }
        TransactionAuthenticator::SingleSender(authenticator) => {
            let mut value = account(authenticator);
            if let Some(object) = value.as_object_mut() {
                object.insert("type".into(), "single_sender".into());
            }
            value
        }
    }
}

type Parsed<T> = Result<T, String>;

fn object<'a>(value: &'a Value, what: &str) -> Parsed<&'a Map<String, Value>> {
    value.as_object().ok_or_else(|| format!("{what} must be an object"))
}

fn field<'a>(object: &'a Map<String, Value>, name: &str) -> Parsed<&'a Value> {
    object.get(name).ok_or_else(|| format!("signature field `{name}` is missing"))
}

fn bytes<const N: usize>(value: &Value, name: &str) -> Parsed<[u8; N]> {
    let text = value.as_str().ok_or_else(|| format!("`{name}` must be a hex string"))?;
    from_hex(text).and_then(|bytes| bytes.try_into().ok()).ok_or_else(|| format!("`{name}` must be {N} bytes in hex"))
}

fn list<'a>(object: &'a Map<String, Value>, name: &str) -> Parsed<&'a [Value]> {
    field(object, name)?.as_array().map(Vec::as_slice).ok_or_else(|| format!("`{name}` must be an array"))
}

fn small(object: &Map<String, Value>, name: &str) -> Parsed<u8> {
    field(object, name)?
        .as_u64()
        .and_then(|n| u8::try_from(n).ok())
        .ok_or_else(|| format!("`{name}` must be a small number"))
}

fn key_from(value: &Value) -> Parsed<AnyPublicKey> {
    let fields = object(value, "a public key")?;
    let raw = field(fields, "value")?;
    match field(fields, "type")?.as_str() {
        Some("ed25519") => Ok(AnyPublicKey::Ed25519(PublicKey(bytes(raw, "value")?))),
        Some("secp256k1_ecdsa") => Ok(AnyPublicKey::Secp256k1(bytes(raw, "value")?)),
        other => Err(format!("public keys of type {other:?} are not verified by this chain")),
    }
}

fn signature_from(value: &Value) -> Parsed<AnySignature> {
    let fields = object(value, "a signature")?;
    let raw = field(fields, "value")?;
    match field(fields, "type")?.as_str() {
        Some("ed25519") => Ok(AnySignature::Ed25519(Signature(bytes(raw, "value")?))),
        Some("secp256k1_ecdsa") => Ok(AnySignature::Secp256k1(bytes(raw, "value")?)),
        other => Err(format!("signatures of type {other:?} are not verified by this chain")),
    }
}

fn multi_ed25519_from(fields: &Map<String, Value>) -> Parsed<(MultiEd25519Key, MultiEd25519Signature)> {
    let keys = list(fields, "public_keys")?
        .iter()
        .map(|key| bytes(key, "public_keys").map(PublicKey))
        .collect::<Parsed<_>>()?;
    let key = MultiEd25519Key::new(keys, small(fields, "threshold")?).ok_or("keys or threshold out of bounds")?;
    let mut raw = Vec::new();
    for signature in list(fields, "signatures")? {
        raw.extend(bytes::<64>(signature, "signatures")?);
    }
    raw.extend(bytes::<4>(field(fields, "bitmap")?, "bitmap")?);
    let signature = MultiEd25519Signature::from_bytes(&raw).ok_or("bitmap and signatures do not agree")?;
    Ok((key, signature))
}

/// Reads an account signature; `kind` overrides its `type` (inside `single_sender` the fields tell).
fn account_from(value: &Value) -> Parsed<AccountAuthenticator> {
    let fields = object(value, "a signature")?;
    let kind = field(fields, "type")?.as_str().unwrap_or_default();
    match kind {
        "ed25519_signature" => Ok(AccountAuthenticator::Ed25519 {
            public_key: PublicKey(bytes(field(fields, "public_key")?, "public_key")?),
            signature: Signature(bytes(field(fields, "signature")?, "signature")?),
        }),
        "multi_ed25519_signature" => multi_ed25519_from(fields)
            .map(|(public_key, signature)| AccountAuthenticator::MultiEd25519 { public_key, signature }),
        "single_key_signature" => Ok(AccountAuthenticator::SingleKey {
            public_key: key_from(field(fields, "public_key")?)?,
            signature: signature_from(field(fields, "signature")?)?,
        }),
        "multi_key_signature" => {
            let keys = list(fields, "public_keys")?.iter().map(key_from).collect::<Parsed<_>>()?;
            let signed = list(fields, "signatures")?
                .iter()
                .map(|entry| {
                    let entry = object(entry, "an entry of `signatures`")?;
                    Ok((usize::from(small(entry, "index")?), signature_from(field(entry, "signature")?)?))
                })
                .collect::<Parsed<Vec<_>>>()?;
            Ok(AccountAuthenticator::MultiKey {
                public_keys: MultiKey::new(keys, small(fields, "signatures_required")?)
                    .ok_or("keys or threshold out of bounds")?,
                signatures: MultiKeySignature::new(signed).ok_or("signature indices must ascend below 32")?,
            })
        }
        "no_account_signature" => Ok(AccountAuthenticator::NoAccountAuthenticator),
        other => Err(format!("unknown signature type `{other}`")),
    }
}

fn addresses(fields: &Map<String, Value>) -> Parsed<Vec<AccountAddress>> {
    list(fields, "secondary_signer_addresses")?.iter().map(address).collect()
}

fn address(value: &Value) -> Parsed<AccountAddress> {
    let text = value.as_str().ok_or("an address must be a string")?;
    AccountAddress::from_hex(text).map_err(|error| error.to_string())
}

/// The authenticator that a client wrote as JSON.
///
/// # Errors
/// A sentence naming the field that is missing or malformed.
pub(crate) fn from_json(value: &Value) -> Parsed<TransactionAuthenticator> {
    let fields = object(value, "`signature`")?;
    let accounts = || list(fields, "secondary_signers")?.iter().map(account_from).collect::<Parsed<Vec<_>>>();
    match field(fields, "type")?.as_str().unwrap_or_default() {
        "ed25519_signature" => Ok(TransactionAuthenticator::Ed25519 {
            public_key: PublicKey(bytes(field(fields, "public_key")?, "public_key")?),
            signature: Signature(bytes(field(fields, "signature")?, "signature")?),
        }),
        "multi_ed25519_signature" => multi_ed25519_from(fields)
            .map(|(public_key, signature)| TransactionAuthenticator::MultiEd25519 { public_key, signature }),
        "multi_agent_signature" => Ok(TransactionAuthenticator::MultiAgent {
            sender: account_from(field(fields, "sender")?)?,
            secondary_addresses: addresses(fields)?,
            secondary: accounts()?,
        }),
        "fee_payer_signature" => Ok(TransactionAuthenticator::FeePayer {
            sender: account_from(field(fields, "sender")?)?,
            secondary_addresses: addresses(fields)?,
            secondary: accounts()?,
            fee_payer_address: address(field(fields, "fee_payer_address")?)?,
            fee_payer: account_from(field(fields, "fee_payer_signer")?)?,
        }),
        "single_sender" => {
            let kind = if fields.contains_key("signatures_required") {
                "multi_key_signature"
            } else if fields.contains_key("threshold") {
                "multi_ed25519_signature"
            } else if fields.get("public_key").is_some_and(Value::is_object) {
                "single_key_signature"
            } else {
                "ed25519_signature"
            };
            let mut inner = fields.clone();
            inner.insert("type".into(), kind.into());
            account_from(&Value::Object(inner)).map(TransactionAuthenticator::SingleSender)
        }
        _ => account_from(value).map(TransactionAuthenticator::SingleSender),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_authenticator_survives_the_way_through_json() {
        let key = PublicKey([1; 32]);
        let signature = Signature([2; 64]);
        let ed = AccountAuthenticator::Ed25519 { public_key: key, signature };
        let single = AccountAuthenticator::SingleKey {
            public_key: AnyPublicKey::Secp256k1([4; 65]),
            signature: AnySignature::Secp256k1([5; 64]),
        };
        let multi = AccountAuthenticator::MultiKey {
            public_keys: MultiKey::new(vec![AnyPublicKey::Ed25519(key), AnyPublicKey::Secp256k1([4; 65])], 1).unwrap(),
            signatures: MultiKeySignature::new(vec![(1, AnySignature::Secp256k1([5; 64]))]).unwrap(),
        };
        let legacy = AccountAuthenticator::MultiEd25519 {
            public_key: MultiEd25519Key::new(vec![key, PublicKey([3; 32])], 1).unwrap(),
            signature: MultiEd25519Signature::new(&[(1, signature)]).unwrap(),
        };
        for authenticator in [
            TransactionAuthenticator::Ed25519 { public_key: key, signature },
            TransactionAuthenticator::SingleSender(ed.clone()),
            TransactionAuthenticator::SingleSender(single.clone()),
            TransactionAuthenticator::SingleSender(multi.clone()),
            TransactionAuthenticator::SingleSender(legacy.clone()),
            TransactionAuthenticator::MultiAgent {
                sender: ed,
                secondary_addresses: vec![AccountAddress::ONE, AccountAddress::TWO],
                secondary: vec![single, multi],
            },
            TransactionAuthenticator::FeePayer {
                sender: legacy,
                secondary_addresses: vec![],
                secondary: vec![],
                fee_payer_address: AccountAddress::TEN,
                fee_payer: AccountAuthenticator::NoAccountAuthenticator,
            },
        ] {
            assert_eq!(from_json(&to_json(&authenticator)), Ok(authenticator));
        }
    }
}
