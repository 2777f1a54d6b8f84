//! The JSON ABI of a module: what REST returns and what type generators consume.
//!
//! Exposed are public and friend functions, entry functions, and private views; order is that of the binary. Types
//! are text: `u64`, `vector<T>`, `&T`, `0x1::m::S<T0>`, `|A,B|R`, addresses in their display form.

use std::fmt::Write as _;

use move_core_types::{AbilitySet, ModuleId};
use serde::Serialize;

use crate::attributes::ModuleAttributes;
use crate::file_format::{SignatureIdx, SignatureToken, StructFields, StructHandleIdx, Visibility};
use crate::{CompiledModule, Tables};

/// A module's ABI; serializes to the documented JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "the fields are the documented JSON keys")]
pub struct ModuleAbi {
    pub address: String,
    pub name: String,
    pub friends: Vec<String>,
    pub exposed_functions: Vec<FunctionAbi>,
    pub structs: Vec<StructAbi>,
}

/// A function as callers see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "the fields are the documented JSON keys")]
pub struct FunctionAbi {
    pub name: String,
    pub visibility: &'static str,
    pub is_entry: bool,
    pub is_view: bool,
    pub generic_type_params: Vec<FunctionTypeParam>,
    pub params: Vec<String>,
    #[serde(rename = "return")]
    pub results: Vec<String>,
}

/// A type parameter of a function.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "the fields are the documented JSON keys")]
pub struct FunctionTypeParam {
    pub constraints: Vec<&'static str>,
}

/// A type parameter of a struct.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "the fields are the documented JSON keys")]
pub struct StructTypeParam {
    pub constraints: Vec<&'static str>,
    pub is_phantom: bool,
}

/// A struct or enum.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "the fields are the documented JSON keys")]
pub struct StructAbi {
    pub name: String,
    pub is_native: bool,
    pub is_event: bool,
    pub is_enum: bool,
    pub abilities: Vec<&'static str>,
    pub generic_type_params: Vec<StructTypeParam>,
    pub fields: Vec<FieldAbi>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub variants: Vec<VariantAbi>,
}

/// A field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "the fields are the documented JSON keys")]
pub struct FieldAbi {
    pub name: String,
    #[serde(rename = "type")]
    pub ty: String,
}

/// A variant of an enum.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "the fields are the documented JSON keys")]
pub struct VariantAbi {
    pub name: String,
    pub fields: Vec<FieldAbi>,
}

fn names(abilities: AbilitySet) -> Vec<&'static str> {
    abilities.iter().map(|ability| ability.name()).collect()
}

/// Full name of the struct behind a handle.
fn struct_name(tables: &Tables, index: StructHandleIdx) -> Option<String> {
    let handle = tables.struct_handle(index)?;
    let module = tables.module_id_at(handle.module)?;
    Some(format!("{}::{}::{}", module.address, module.name, tables.identifier(handle.name)?))
}

/// Writes a type as text. The depth of signature tokens is bounded by the reader.
fn write_type(tables: &Tables, token: &SignatureToken, out: &mut String) -> Option<()> {
    use SignatureToken as T;
    let list = |tokens: &[T], separator: &str, out: &mut String| -> Option<()> {
        for (i, token) in tokens.iter().enumerate() {
            if i > 0 {
                out.push_str(separator);
            }
            write_type(tables, token, out)?;
        }
        Some(())
    };
    match token {
        T::Bool => out.push_str("bool"),
        T::U8 => out.push_str("u8"),
        T::U16 => out.push_str("u16"),
        T::U32 => out.push_str("u32"),
        T::U64 => out.push_str("u64"),
        T::U128 => out.push_str("u128"),
        T::U256 => out.push_str("u256"),
        T::I8 => out.push_str("i8"),
        T::I16 => out.push_str("i16"),
        T::I32 => out.push_str("i32"),
        T::I64 => out.push_str("i64"),
        T::I128 => out.push_str("i128"),
        T::I256 => out.push_str("i256"),
        T::Address => out.push_str("address"),
        T::Signer => out.push_str("signer"),
        T::TypeParam(index) => write!(out, "T{index}").ok()?,
        T::Reference(inner) => {
            out.push('&');
            write_type(tables, inner, out)?;
        }
        T::MutableReference(inner) => {
            out.push_str("&mut ");
            write_type(tables, inner, out)?;
        }
        T::Vector(inner) => {
            out.push_str("vector<");
            write_type(tables, inner, out)?;
            out.push('>');
        }
        T::Struct(handle) => out.push_str(&struct_name(tables, *handle)?),
        T::StructInst(handle, args) => {
            out.push_str(&struct_name(tables, *handle)?);
            out.push('<');
            list(args, ", ", out)?;
            out.push('>');
        }
        T::Function(function) => {
            out.push('|');
            list(&function.args, ",", out)?;
            out.push('|');
            list(&function.results, ",", out)?;
        }
    }
    Some(())
}

/// A type as text in the ABI's form. `None`: an index is out of range.
pub fn type_text(tables: &Tables, token: &SignatureToken) -> Option<String> {
    let mut out = String::new();
    write_type(tables, token, &mut out)?;
    Some(out)
}

fn types(tables: &Tables, signature: SignatureIdx) -> Option<Vec<String>> {
    tables.signature(signature)?.0.iter().map(|token| type_text(tables, token)).collect()
}

impl ModuleAbi {
    /// The ABI of a module. `None`: an index is out of range, which a module that passed its bounds check has not.
    pub fn of(module: &CompiledModule) -> Option<Self> {
        let attributes = ModuleAttributes::of(module);
        let ModuleId { address, name } = module.self_id()?;
        Some(Self {
            address: address.to_string(),
            name: name.to_string(),
            friends: module.friend_ids().map(|id| format!("{}::{}", id.address, id.name)).collect(),
            exposed_functions: functions(module, &attributes)?,
            structs: structs(module, &attributes)?,
        })
    }
}

fn functions(module: &CompiledModule, attributes: &ModuleAttributes) -> Option<Vec<FunctionAbi>> {
    let mut out = Vec::new();
    for def in &module.function_defs {
        let handle = module.function_handle(def.handle)?;
        let name = module.identifier(handle.name)?.to_string();
        let is_view = attributes.is_view(&name);
        if def.visibility == Visibility::Private && !def.is_entry && !is_view {
            continue;
        }
        out.push(FunctionAbi {
            visibility: match def.visibility {
                Visibility::Private => "private",
                Visibility::Public => "public",
                Visibility::Friend => "friend",
            },
            is_entry: def.is_entry,
            is_view,
            generic_type_params: handle
                .type_params
                .iter()
                .map(|set| FunctionTypeParam { constraints: names(*set) })
                .collect(),
            params: types(module, handle.parameters)?,
            results: types(module, handle.results)?,
            name,
        });
    }
    Some(out)
}

fn structs(module: &CompiledModule, attributes: &ModuleAttributes) -> Option<Vec<StructAbi>> {
    let fields = |fields: &[crate::file_format::FieldDef]| -> Option<Vec<FieldAbi>> {
        let field = |field: &crate::file_format::FieldDef| {
            Some(FieldAbi { name: module.identifier(field.name)?.to_string(), ty: type_text(module, &field.ty)? })
        };
        fields.iter().map(field).collect()
    };
    let mut out = Vec::new();
    for def in &module.struct_defs {
        let handle = module.struct_handle(def.handle)?;
        let name = module.identifier(handle.name)?.to_string();
        let variants = def.variants().iter();
        out.push(StructAbi {
            is_native: false,
            is_event: attributes.is_event(&name),
            is_enum: matches!(def.fields, StructFields::Variants(_)),
            abilities: names(handle.abilities),
            generic_type_params: handle
                .type_params
                .iter()
                .map(|param| StructTypeParam { constraints: names(param.constraints), is_phantom: param.is_phantom })
                .collect(),
            fields: fields(def.plain_fields())?,
            variants: variants
                .map(|variant| {
                    Some(VariantAbi {
                        name: module.identifier(variant.name)?.to_string(),
                        fields: fields(&variant.fields)?,
                    })
                })
                .collect::<Option<_>>()?,
            name,
        });
    }
    Some(out)
}
