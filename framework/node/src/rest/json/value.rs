//! Move values: BCS and a type to JSON, and JSON and a type to BCS.
//!
//! Types are resolved through the modules of the state that is shown. Both directions are bounded in depth and in the
//! number of values, because a stored type can describe far more structure than it has bytes.

use std::sync::Arc;

use move_binary_format::CompiledModule;
use move_binary_format::file_format::{FieldDef, SignatureToken, StructFields};
use move_core_types::{AccountAddress, I256, Identifier, ModuleId, StructTag, TypeTag, U256};
use serde_json::{Map, Value, json};

use super::{from_hex, hex0x};

/// Deepest nesting of values shown or read.
const DEPTH_MAX: usize = 128;
/// Most values in one conversion.
const VALUES_MAX: usize = 1 << 20;

/// Where modules come from: the state at one version.
pub(crate) trait Modules {
    /// The module, if it is there and well formed.
    fn module(&self, id: &ModuleId) -> Option<Arc<CompiledModule>>;
}

/// A struct's or enum's fields with type arguments filled in: for each variant its name and fields.
struct Shape {
    is_enum: bool,
    variants: Vec<(String, Vec<(String, TypeTag)>)>,
}

fn instantiate(module: &CompiledModule, token: &SignatureToken, args: &[TypeTag], depth: usize) -> Option<TypeTag> {
    use SignatureToken as T;
    if depth > DEPTH_MAX {
        return None;
    }
    let tag = |handle, params: &[SignatureToken]| -> Option<TypeTag> {
        let handle = module.struct_handle(handle)?;
        let ModuleId { address, name } = module.module_id_at(handle.module)?;
        let type_args = params.iter().map(|p| instantiate(module, p, args, depth + 1)).collect::<Option<_>>()?;
        let name_of: Identifier = module.identifier(handle.name)?.clone();
        Some(TypeTag::from(StructTag { address, module: name, name: name_of, type_args }))
    };
    Some(match token {
        T::Bool => TypeTag::Bool,
        T::U8 => TypeTag::U8,
        T::U16 => TypeTag::U16,
        T::U32 => TypeTag::U32,
        T::U64 => TypeTag::U64,
        T::U128 => TypeTag::U128,
        T::U256 => TypeTag::U256,
        T::I8 => TypeTag::I8,
        T::I16 => TypeTag::I16,
        T::I32 => TypeTag::I32,
        T::I64 => TypeTag::I64,
        T::I128 => TypeTag::I128,
        T::I256 => TypeTag::I256,
        T::Address => TypeTag::Address,
        T::Signer => TypeTag::Signer,
        T::TypeParam(index) => args.get(usize::from(*index))?.clone(),
        T::Vector(inner) => TypeTag::vector(instantiate(module, inner, args, depth + 1)?),
        T::Struct(handle) => tag(*handle, &[])?,
        T::StructInst(handle, params) => tag(*handle, params)?,
        T::Function(_) | T::Reference(_) | T::MutableReference(_) => return None,
    })
}

/// The type of a parameter or result, references stripped, with the function's type arguments filled in.
pub(crate) fn parameter_type(module: &CompiledModule, token: &SignatureToken, args: &[TypeTag]) -> Option<TypeTag> {
    match token {
        SignatureToken::Reference(inner) | SignatureToken::MutableReference(inner) => {
            instantiate(module, inner, args, 0)
        }
        other => instantiate(module, other, args, 0),
    }
}

fn shape(modules: &dyn Modules, tag: &StructTag) -> Option<Shape> {
    let module = modules.module(&tag.module_id())?;
    let def = module.struct_defs.iter().find(|def| {
        let handle = module.struct_handle(def.handle);
        handle.and_then(|handle| module.identifier(handle.name)).is_some_and(|name| *name == tag.name)
    })?;
    let fields = |fields: &[FieldDef]| -> Option<Vec<(String, TypeTag)>> {
        let field = |field: &FieldDef| {
            Some((module.identifier(field.name)?.to_string(), instantiate(&module, &field.ty, &tag.type_args, 0)?))
        };
        fields.iter().map(field).collect()
    };
    Some(match &def.fields {
        StructFields::Native => return None,
        StructFields::Plain(list) => Shape { is_enum: false, variants: vec![(String::new(), fields(list)?)] },
        StructFields::Variants(variants) => {
            let variant = |v: &move_binary_format::file_format::VariantDef| {
                Some((module.identifier(v.name)?.to_string(), fields(&v.fields)?))
            };
            Shape { is_enum: true, variants: variants.iter().map(variant).collect::<Option<_>>()? }
        }
    })
}

struct Decoder<'a> {
    modules: &'a dyn Modules,
    bytes: &'a [u8],
    left: usize,
}

impl Decoder<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (head, rest) = self.bytes.split_first_chunk::<N>()?;
        self.bytes = rest;
        Some(*head)
    }

    fn uleb(&mut self) -> Option<usize> {
        let mut value: u64 = 0;
        for shift in (0..35).step_by(7) {
            let [byte] = self.take::<1>()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return usize::try_from(value).ok();
            }
        }
        None
    }

    fn slice(&mut self, length: usize) -> Option<&[u8]> {
        let (head, rest) = self.bytes.split_at_checked(length)?;
        self.bytes = rest;
        Some(head)
    }

    fn value(&mut self, tag: &TypeTag, depth: usize) -> Option<Value> {
        self.left = self.left.checked_sub(1)?;
        if depth > DEPTH_MAX {
            return None;
        }
        Some(match tag {
            TypeTag::Bool => match self.take::<1>()? {
                [0] => json!(false),
                [1] => json!(true),
                _ => return None,
            },
            TypeTag::U8 => json!(u8::from_le_bytes(self.take()?)),
            TypeTag::U16 => json!(u16::from_le_bytes(self.take()?)),
            TypeTag::U32 => json!(u32::from_le_bytes(self.take()?)),
            TypeTag::U64 => json!(u64::from_le_bytes(self.take()?).to_string()),
            TypeTag::U128 => json!(u128::from_le_bytes(self.take()?).to_string()),
            TypeTag::U256 => json!(U256::from_le_bytes(self.take()?).to_string()),
            TypeTag::I8 => json!(i8::from_le_bytes(self.take()?)),
            TypeTag::I16 => json!(i16::from_le_bytes(self.take()?)),
            TypeTag::I32 => json!(i32::from_le_bytes(self.take()?)),
            TypeTag::I64 => json!(i64::from_le_bytes(self.take()?).to_string()),
            TypeTag::I128 => json!(i128::from_le_bytes(self.take()?).to_string()),
            TypeTag::I256 => json!(I256::from_le_bytes(self.take()?).to_string()),
            TypeTag::Address => json!(AccountAddress::new(self.take()?).to_string()),
            TypeTag::Signer | TypeTag::Function(_) => return None,
            TypeTag::Vector(inner) if **inner == TypeTag::U8 => {
                let length = self.uleb()?;
                json!(hex0x(self.slice(length)?))
            }
            TypeTag::Vector(inner) => {
                let length = self.uleb()?;
                let mut items = Vec::new();
                for _ in 0..length {
                    items.push(self.value(inner, depth + 1)?);
                }
                Value::Array(items)
            }
            TypeTag::Struct(tag) => self.structure(tag, depth)?,
        })
    }

    fn structure(&mut self, tag: &StructTag, depth: usize) -> Option<Value> {
        if tag.is(&AccountAddress::ONE, "string", "String") {
            let length = self.uleb()?;
            let bytes = self.slice(length)?;
            return Some(match std::str::from_utf8(bytes) {
                Ok(text) => json!(text),
                Err(_) => json!(format!("Unparsable utf-8 {}", hex0x(bytes))),
            });
        }
        if let (true, [inner]) = (tag.is(&AccountAddress::ONE, "option", "Option"), tag.type_args.as_slice()) {
            // The struct form is a vector of at most one value; the enum form has variants None and Some: equal bytes.
            return Some(match self.uleb()? {
                0 => json!({ "vec": [] }),
                1 => {
                    let value = self.value(inner, depth + 1)?;
                    // The documented form of an option of bytes is an array of one hex string.
                    json!({ "vec": [value] })
                }
                _ => return None,
            });
        }
        let shape = shape(self.modules, tag)?;
        let mut object = Map::new();
        let index = if shape.is_enum { self.uleb()? } else { 0 };
        let (name, fields) = shape.variants.get(index)?;
        if shape.is_enum {
            object.insert("__variant__".into(), json!(name));
        }
        for (name, ty) in fields {
            let value = self.value(ty, depth + 1)?;
            object.insert(name.clone(), value);
        }
        Some(Value::Object(object))
    }
}

/// The JSON of a value. `None`: the bytes are not a value of this type, or the type cannot be shown.
pub(crate) fn to_json(modules: &dyn Modules, tag: &TypeTag, bytes: &[u8]) -> Option<Value> {
    let mut decoder = Decoder { modules, bytes, left: VALUES_MAX };
    let value = decoder.value(tag, 0)?;
    decoder.bytes.is_empty().then_some(value)
}

struct Encoder<'a> {
    modules: &'a dyn Modules,
    out: Vec<u8>,
    left: usize,
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

impl Encoder<'_> {
    fn uleb(&mut self, length: usize) {
        let mut value = length;
        loop {
            let low = u8::try_from(value & 0x7f).unwrap_or(0);
            value >>= 7;
            if value == 0 {
                self.out.push(low);
                return;
            }
            self.out.push(low | 0x80);
        }
    }

    /// A 64-bit or wider integer: a string, so that no client loses digits.
    fn wide<T: std::str::FromStr>(tag: &TypeTag, value: &Value) -> Result<T, String> {
        let text = value.as_str().ok_or_else(|| format!("{tag} must be a decimal string, not {}", kind(value)))?;
        text.parse().map_err(|_| format!("`{text}` is not a {tag}"))
    }

    /// A 32-bit or narrower integer: a number.
    fn narrow<T: TryFrom<i64>>(tag: &TypeTag, value: &Value) -> Result<T, String> {
        let number = value.as_i64().ok_or_else(|| format!("{tag} must be a number, not {}", kind(value)))?;
        T::try_from(number).map_err(|_| format!("{number} is not a {tag}"))
    }

    fn value(&mut self, tag: &TypeTag, value: &Value, depth: usize) -> Result<(), String> {
        self.left = self.left.checked_sub(1).ok_or("too many values")?;
        if depth > DEPTH_MAX {
            return Err("nested too deep".into());
        }
        match tag {
            TypeTag::Bool => {
                self.out.push(u8::from(
                    value.as_bool().ok_or_else(|| format!("bool must be true or false, not {}", kind(value)))?,
                ));
            }
            TypeTag::U8 => self.out.extend(Self::narrow::<u8>(tag, value)?.to_le_bytes()),
            TypeTag::U16 => self.out.extend(Self::narrow::<u16>(tag, value)?.to_le_bytes()),
            TypeTag::U32 => self.out.extend(Self::narrow::<u32>(tag, value)?.to_le_bytes()),
            TypeTag::I8 => self.out.extend(Self::narrow::<i8>(tag, value)?.to_le_bytes()),
            TypeTag::I16 => self.out.extend(Self::narrow::<i16>(tag, value)?.to_le_bytes()),
            TypeTag::I32 => self.out.extend(Self::narrow::<i32>(tag, value)?.to_le_bytes()),
            TypeTag::U64 => self.out.extend(Self::wide::<u64>(tag, value)?.to_le_bytes()),
            TypeTag::U128 => self.out.extend(Self::wide::<u128>(tag, value)?.to_le_bytes()),
            TypeTag::U256 => self.out.extend(Self::wide::<U256>(tag, value)?.to_le_bytes()),
            TypeTag::I64 => self.out.extend(Self::wide::<i64>(tag, value)?.to_le_bytes()),
            TypeTag::I128 => self.out.extend(Self::wide::<i128>(tag, value)?.to_le_bytes()),
            TypeTag::I256 => self.out.extend(Self::wide::<I256>(tag, value)?.to_le_bytes()),
            TypeTag::Address => self.address(value)?,
            TypeTag::Signer => return Err("a signer cannot be given as an argument".into()),
            TypeTag::Function(_) => return Err("a function value cannot be given as an argument".into()),
            TypeTag::Vector(inner) if **inner == TypeTag::U8 => {
                let text =
                    value.as_str().ok_or_else(|| format!("vector<u8> must be a hex string, not {}", kind(value)))?;
                let bytes = from_hex(text).ok_or_else(|| format!("`{text}` is not hexadecimal"))?;
                self.uleb(bytes.len());
                self.out.extend(bytes);
            }
            TypeTag::Vector(inner) => {
                let items = value.as_array().ok_or_else(|| format!("{tag} must be an array, not {}", kind(value)))?;
                self.uleb(items.len());
                for item in items {
                    self.value(inner, item, depth + 1)?;
                }
            }
            TypeTag::Struct(tag) => self.structure(tag, value, depth)?,
        }
        Ok(())
    }

    fn address(&mut self, value: &Value) -> Result<(), String> {
        let text = value.as_str().ok_or_else(|| format!("an address must be a string, not {}", kind(value)))?;
        let address = AccountAddress::from_hex(text).map_err(|error| format!("`{text}`: {error}"))?;
        self.out.extend(address.into_bytes());
        Ok(())
    }

    fn structure(&mut self, tag: &StructTag, value: &Value, depth: usize) -> Result<(), String> {
        if tag.is(&AccountAddress::ONE, "string", "String") {
            let text = value.as_str().ok_or_else(|| format!("a String must be a string, not {}", kind(value)))?;
            self.uleb(text.len());
            self.out.extend(text.as_bytes());
            return Ok(());
        }
        if tag.is(&AccountAddress::ONE, "object", "Object") && value.is_string() {
            return self.address(value);
        }
        if let (true, [inner]) = (tag.is(&AccountAddress::ONE, "option", "Option"), tag.type_args.as_slice()) {
            let items = value.get("vec").and_then(Value::as_array).filter(|items| items.len() <= 1);
            let items = items.ok_or_else(|| format!("{tag} must be {{\"vec\":[]}} or {{\"vec\":[value]}}"))?;
            self.uleb(items.len());
            return items.iter().try_for_each(|item| self.value(inner, item, depth + 1));
        }
        let shape = shape(self.modules, tag).ok_or_else(|| format!("{tag} is not known on this chain"))?;
        let object = value.as_object().ok_or_else(|| format!("{tag} must be an object, not {}", kind(value)))?;
        let mut extra = 0;
        let (_, fields) = if shape.is_enum {
            let name = object
                .get("__variant__")
                .and_then(Value::as_str)
                .ok_or_else(|| format!("{tag} needs `__variant__`"))?;
            let index = shape.variants.iter().position(|(variant, _)| variant == name);
            let index = index.ok_or_else(|| format!("{tag} has no variant `{name}`"))?;
            self.uleb(index);
            extra = 1;
            shape.variants.get(index)
        } else {
            shape.variants.first()
        }
        .ok_or_else(|| format!("{tag} has no fields"))?;
        if object.len() != fields.len() + extra {
            let names: Vec<&str> = fields.iter().map(|(name, _)| name.as_str()).collect();
            return Err(format!("{tag} must have exactly the fields {}", names.join(", ")));
        }
        for (name, ty) in fields {
            let item = object.get(name).ok_or_else(|| format!("{tag} needs the field `{name}`"))?;
            self.value(ty, item, depth + 1)?;
        }
        Ok(())
    }
}

/// The BCS of a value that a client wrote as JSON.
///
/// # Errors
/// A sentence that says what was expected and what was found.
pub(crate) fn from_json(modules: &dyn Modules, tag: &TypeTag, value: &Value) -> Result<Vec<u8>, String> {
    let mut encoder = Encoder { modules, out: Vec::new(), left: VALUES_MAX };
    encoder.value(tag, value, 0)?;
    Ok(encoder.out)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Nothing;

    impl Modules for Nothing {
        fn module(&self, _: &ModuleId) -> Option<Arc<CompiledModule>> {
            None
        }
    }

    #[test]
    fn scalars_vectors_strings_and_options_go_both_ways() {
        for (ty, value, bytes) in [
            ("bool", json!(true), "01"),
            ("u8", json!(7), "07"),
            ("u32", json!(7), "07000000"),
            ("i8", json!(-1), "ff"),
            ("u64", json!("1000"), "e803000000000000"),
            ("i64", json!("-1"), "ffffffffffffffff"),
            ("u256", json!("1"), "0100000000000000000000000000000000000000000000000000000000000000"),
            ("address", json!("0x1"), "0000000000000000000000000000000000000000000000000000000000000001"),
            ("vector<u8>", json!("0x0102"), "020102"),
            ("vector<u16>", json!([1, 2]), "0201000200"),
            ("0x1::string::String", json!("ab"), "026162"),
            ("0x1::option::Option<u64>", json!({ "vec": [] }), "00"),
            ("0x1::option::Option<u64>", json!({ "vec": ["5"] }), "010500000000000000"),
        ] {
            let tag: TypeTag = ty.parse().unwrap();
            let encoded = from_json(&Nothing, &tag, &value).unwrap();
            assert_eq!(hex::encode(&encoded), bytes, "{ty}");
            assert_eq!(to_json(&Nothing, &tag, &encoded), Some(value), "{ty}");
        }
    }

    #[test]
    fn a_value_of_the_wrong_kind_is_refused_with_what_was_expected() {
        for (ty, value, message) in [
            ("u64", json!(5), "u64 must be a decimal string, not a number"),
            ("u8", json!("5"), "u8 must be a number, not a string"),
            ("u8", json!(256), "256 is not a u8"),
            ("vector<u8>", json!([1]), "vector<u8> must be a hex string, not an array"),
            ("0x2::m::S", json!({}), "0x2::m::S is not known on this chain"),
        ] {
            assert_eq!(from_json(&Nothing, &ty.parse().unwrap(), &value), Err(message.to_string()), "{ty}");
        }
    }

    #[test]
    fn hostile_bytes_are_no_values() {
        for (ty, bytes) in [
            ("vector<u64>", "ffffffff0f"),
            ("bool", "02"),
            ("u64", "00"),
            ("u8", "0000"),
            ("0x1::option::Option<u8>", "02"),
            ("vector<vector<vector<u8>>>", "ff"),
        ] {
            assert_eq!(to_json(&Nothing, &ty.parse().unwrap(), &hex::decode(bytes).unwrap()), None, "{ty} {bytes}");
        }
    }
}
