//! Arguments on the command line: text and the type in the ABI to BCS.
//!
//! `7`, `true`, `0x1`, `hello` and `0x00ff` stand for themselves; vectors and options are JSON: `[1,2]`, `["a","b"]`,
//! `null` or `[]` for none and `[x]` or `x` for some.

use anyhow::{Result, anyhow, bail};
use move_core_types::{AccountAddress, I256, TypeTag, U256};
use serde_json::Value;

fn uleb(out: &mut Vec<u8>, length: usize) -> Result<()> {
    let mut value = u32::try_from(length)?;
    while value >= 0x80 {
        out.push(u8::try_from(value & 0x7f)? | 0x80);
        value >>= 7;
    }
    out.push(u8::try_from(value)?);
    Ok(())
}

fn number<T: std::str::FromStr>(tag: &TypeTag, value: &Value) -> Result<T> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => bail!("`{value}` is not a {tag}"),
    };
    let text = text.replace('_', "");
    text.parse().map_err(|_| anyhow!("`{text}` is not a {tag}"))
}

fn text<'a>(tag: &TypeTag, value: &'a Value) -> Result<&'a str> {
    value.as_str().ok_or_else(|| anyhow!("`{value}` is not a {tag}"))
}

fn address(value: &str) -> Result<AccountAddress> {
    AccountAddress::from_hex(value.trim_start_matches('@'))
        .map_err(|error| anyhow!("`{value}` is not an address: {error}"))
}

fn put(out: &mut Vec<u8>, tag: &TypeTag, value: &Value, depth: usize) -> Result<()> {
    if depth > 16 {
        bail!("arguments may be nested at most 16 deep");
    }
    match tag {
        TypeTag::Bool => match value {
            Value::Bool(flag) => out.push(u8::from(*flag)),
            Value::String(word) if word == "true" || word == "false" => out.push(u8::from(word == "true")),
            _ => bail!("`{value}` is not a bool: write true or false"),
        },
        TypeTag::U8 => out.extend(number::<u8>(tag, value)?.to_le_bytes()),
        TypeTag::U16 => out.extend(number::<u16>(tag, value)?.to_le_bytes()),
        TypeTag::U32 => out.extend(number::<u32>(tag, value)?.to_le_bytes()),
        TypeTag::U64 => out.extend(number::<u64>(tag, value)?.to_le_bytes()),
        TypeTag::U128 => out.extend(number::<u128>(tag, value)?.to_le_bytes()),
        TypeTag::U256 => out.extend(number::<U256>(tag, value)?.to_le_bytes()),
        TypeTag::I8 => out.extend(number::<i8>(tag, value)?.to_le_bytes()),
        TypeTag::I16 => out.extend(number::<i16>(tag, value)?.to_le_bytes()),
        TypeTag::I32 => out.extend(number::<i32>(tag, value)?.to_le_bytes()),
        TypeTag::I64 => out.extend(number::<i64>(tag, value)?.to_le_bytes()),
        TypeTag::I128 => out.extend(number::<i128>(tag, value)?.to_le_bytes()),
        TypeTag::I256 => out.extend(number::<I256>(tag, value)?.to_le_bytes()),
        TypeTag::Address => out.extend(address(text(tag, value)?)?.into_bytes()),
        TypeTag::Vector(inner) => match value {
            Value::Array(items) => {
                uleb(out, items.len())?;
                for item in items {
                    put(out, inner, item, depth + 1)?;
                }
            }
            Value::String(digits) if **inner == TypeTag::U8 => {
                let bytes = match digits.strip_prefix("0x") {
                    Some(digits) => hex::decode(digits).map_err(|_| anyhow!("`{digits}` is not hexadecimal"))?,
                    None => digits.as_bytes().to_vec(),
                };
                uleb(out, bytes.len())?;
                out.extend(bytes);
            }
            _ => bail!("`{value}` is not a {tag}: write a JSON array such as [1,2]"),
        },
        TypeTag::Struct(tag_of) if tag_of.is(&AccountAddress::ONE, "string", "String") => {
            let text = text(tag, value)?;
            uleb(out, text.len())?;
            out.extend(text.as_bytes());
        }
        TypeTag::Struct(tag_of) if tag_of.is(&AccountAddress::ONE, "object", "Object") => {
            out.extend(address(text(tag, value)?)?.into_bytes());
        }
        TypeTag::Struct(tag_of) if tag_of.is(&AccountAddress::ONE, "option", "Option") => {
            let inner = tag_of.type_args.first().ok_or_else(|| anyhow!("{tag} has no type argument"))?;
            match value {
                Value::Null => out.push(0),
                Value::Array(items) if items.is_empty() => out.push(0),
                Value::Array(items) if items.len() == 1 && !matches!(inner, TypeTag::Vector(_)) => {
                    out.push(1);
                    put(out, inner, items.first().unwrap_or(&Value::Null), depth + 1)?;
                }
                some => {
                    out.push(1);
                    put(out, inner, some, depth + 1)?;
                }
            }
        }
        TypeTag::Struct(_) | TypeTag::Signer | TypeTag::Function(_) => {
            bail!("a value of type {tag} cannot be given on the command line")
        }
    }
    Ok(())
}

/// The BCS of one argument.
pub(crate) fn encode(tag: &TypeTag, argument: &str) -> Result<Vec<u8>> {
    let structured = argument.starts_with(['[', '"']) || argument == "null";
    let value = if structured {
        serde_json::from_str(argument).map_err(|error| anyhow!("`{argument}` is not JSON: {error}"))?
    } else {
        Value::String(argument.to_string())
    };
    let mut out = Vec::new();
    put(&mut out, tag, &value, 0)?;
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_become_the_bytes_that_the_sdks_send() {
        for (ty, argument, bytes) in [
            ("u64", "1_000", "e803000000000000"),
            ("u8", "255", "ff"),
            ("i64", "-1", "ffffffffffffffff"),
            ("bool", "true", "01"),
            ("address", "0x1", "0000000000000000000000000000000000000000000000000000000000000001"),
            ("0x1::string::String", "abc", "03616263"),
            ("vector<u8>", "0x0102", "020102"),
            ("vector<u64>", "[1,\"2\"]", "0201000000000000000200000000000000"),
            ("0x1::option::Option<u64>", "null", "00"),
            ("0x1::option::Option<u64>", "5", "010500000000000000"),
            ("0x1::option::Option<u64>", "[5]", "010500000000000000"),
        ] {
            assert_eq!(hex::encode(encode(&ty.parse().unwrap(), argument).unwrap()), bytes, "{ty} {argument}");
        }
        for (ty, argument) in
            [("u8", "256"), ("u64", "x"), ("bool", "1"), ("vector<u64>", "7"), ("signer", "0x1"), ("u64", "[1")]
        {
            assert!(encode(&ty.parse().unwrap(), argument).is_err(), "{ty} {argument}");
        }
    }
}
